/* test_conf_dest.c: profiles of mdfd.yaml: what destinations take from them, what profiles take from each other, and what is refused. */
#include <stdlib.h>

#include "asn1/ps_wrap.h"
#include "mediation/conf.h"
#include "test/said.h"
#include "test/unit.h"

#define HEAD "mdf: {operator_id: OP01, element_id: MDF-1, ts33128_release: r18v4, delivery_country: NL}\n" \
	"tls: {certificate: c, key: k, ca: a}\nspool: {}\n"
#define PROFILES "profiles:\n" \
	"  - {name: national, success: written, timers: {TIME1: 240s, TIME6: 2s}, time_form: generalized, ts33128_release: r17v6,\n" \
	"     time_qualifier: none, liid_form: octets, authorization_country: none, delivery_country: BE, tls: {ca: nat.crt, min_version: 1.3}}\n" \
	"  - {name: police, inherits: national, success: tcp, timers: {TIME1: 60s}, spill: none}\n" \
	"  - {name: police-north, inherits: police, queue: 8MiB, delivery_country: none}\n" \
	"  - {name: other}\n"

static char *dir;

static struct conf *load(const char *text, struct said *s)
{
	char *file = file_in(dir, "mdfd.yaml", text);
	struct conf *c;

	s->n = 0;
	c = conf_load(file, said_add, s);
	free(file);
	return c;
}

static struct conf_warrants *dests(const struct conf *c, const char *text, struct said *s)
{
	struct view v = view_str(text);

	s->n = 0;
	return conf_warrants_load(c, "/elsewhere/w.yaml", &v, NULL, NULL, said_add, s);
}

#define DEST(n, more) "destinations:\n  - {did: 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e0" #n ", name: A" #n ", address: \"h:1\", peer_name: p, " more "}\n"

static void inherited(void)
{
	struct said s;
	struct conf *c = load(HEAD PROFILES, &s);
	const struct hm_dest_conf *d;
	struct conf_warrants *w;
	char ca[200];

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL_FATAL(c->n_profiles, 4);
	snprintf(ca, sizeof(ca), "%s/nat.crt", dir);
	d = &c->profile[2].d;
	CU_ASSERT_STRING_EQUAL(d->ca, ca);	/* a profile's paths are beside mdfd.yaml */
	CU_ASSERT(d->success == HM_TCP && d->time1 == 60 * LI_US_SECOND && d->time6 == 2 * LI_US_SECOND && d->time_form == PS_TIME_GENERALIZED);
	CU_ASSERT(d->release == 17 && d->version == 6 && d->spill == HM_SPILL_NONE && d->queue == 8u << 20 && d->tls_floor == TLS_FLOOR_13);
	CU_ASSERT(d->unqualified && d->liid_octets && d->no_auth_country);
	CU_ASSERT_STRING_EQUAL(d->delivery_country, "none");
	CU_ASSERT_STRING_EQUAL(c->profile[1].d.delivery_country, "BE");
	d = &c->profile[3].d;	/* nothing but its name: what a destination has without one */
	CU_ASSERT(d->release == 18 && d->version == 4 && d->spill == HM_SPILL_IRI && d->success == HM_ACKNOWLEDGED && !d->ca && !d->unqualified);
	w = dests(c, DEST(1, "profile: police-north, timers: {TIME6: 3s}, tls: {crl: x.crl}, time_qualifier: timeOfInterception"), &s);
	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	d = &w->dest[0];
	CU_ASSERT(d->success == HM_TCP && d->time1 == 60 * LI_US_SECOND && d->time6 == 3 * LI_US_SECOND && d->queue == 8u << 20 && !d->unqualified);
	CU_ASSERT_STRING_EQUAL(d->ca, ca);
	CU_ASSERT_STRING_EQUAL(d->crl, "/elsewhere/x.crl");
	CU_ASSERT(d->ca != c->profile[2].d.ca);		/* its own */
	conf_warrants_free(w);
	conf_free(c);
}

static void x1_too(void)
{
	struct said s;
	/* wherever it stands in the file */
	struct conf *c = load("x1: {listen: 192.0.2.1, ne_id: M, admf_id: B, destination_profiles: [{profile: police, match: \"a*\", queue: 1MiB}, {cc_form: uPFCCPDU}]}\n"
			      PROFILES HEAD, &s);

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL_FATAL(c->x1->n_profiles, 2);
	CU_ASSERT(c->x1->profile[0].d.success == HM_TCP && c->x1->profile[0].d.queue == 1u << 20 && c->x1->profile[0].d.release == 17);
	CU_ASSERT(c->x1->profile[0].d.spill == HM_SPILL_NONE && c->x1->profile[1].d.spill == HM_SPILL_IRI && c->x1->profile[1].d.release == 18);
	conf_free(c);
}

static void refused(void)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "profiles: [{name: a, inherits: b}, {name: b}]\n", "profiles[0].inherits: is no profile that stands before this one" },
		{ "profiles: [{name: a, inherits: a}]\n", "profiles[0].inherits: is no profile that stands before this one" },
		{ "profiles: [{name: a}, {name: a}]\n", "profiles[1]: has the name of the profile in line" },
		{ "profiles: [{success: tcp}]\n", "profiles[0].name: is missing" },
		{ "profiles: [{name: a, address: \"h:1\"}]\n", "unknown key \"address\"" },
		{ "profiles: [{name: a, timers: {TIME5: 1s}}]\n", "TIME5 must be longer" },
		{ "profiles: [{name: a, timers: {TIME5: 90s}}, {name: b, inherits: a, timers: {TIME6: 91s}}]\n", "profiles[1]: timers: TIME5 must be longer" },
		{ "profiles: [{name: a, tls: {certificate: x}}]\n", "certificate and key belong together" },
		{ "profiles: [{name: a, delivery_country: nl}]\n", "delivery_country:" },
		{ "profiles: [{name: a, delivery_country: N}]\n", "delivery_country:" },
		{ "profiles: [{name: a, liid_form: hex}]\n", "must be one of: text, octets" },
		{ "profiles: {name: a}\n", "profiles:" },
	};
	struct said s;
	struct conf *c;
	char text[1024];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", HEAD, bad[i].text);
		CU_ASSERT_PTR_NULL(load(text, &s));
		CU_ASSERT(said(&s, bad[i].why));
		if (!said(&s, bad[i].why))
			said_print(&s);
	}
	c = load(HEAD PROFILES, &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_PTR_NULL(dests(c, DEST(1, "profile: nobody"), &s));
	CU_ASSERT(said(&s, "destinations[0].profile: is no profile that stands in mdfd.yaml"));
	conf_free(c);
	c = load(HEAD, &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_PTR_NULL(dests(c, DEST(1, "profile: police"), &s));
	conf_free(c);
}

/* What is said goes before what is inherited, also where both could not stand together. */
static void taken_back(void)
{
	struct said s;
	struct conf *c = load(HEAD "profiles:\n  - {name: p, encryption: {type: AES-256-CBC, key: k}, integrity: {hash: SHA-256, dataPduCount: 5}, padding: {every: 30s}}\n"
			      "  - {name: q, inherits: p, encryption: {type: none}, integrity: {hashTimeout: 2s}, padding: {rate: 1Mbit/s}}\n"
			      "  - {name: r, inherits: q, padding: {every: 40s}, encryption: {type: AES-192-CBC, key: l}}\n", &s);
	const struct hm_dest_conf *d;

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	d = &c->profile[1].d;
	CU_ASSERT(!d->encryption && !d->encryption_key && d->hash == PS_HASH_SHA256 && d->hash_timeout == 2 * LI_US_SECOND && d->data_pdu_count == 5);
	CU_ASSERT(!d->time_padding && d->padding_rate);
	d = &c->profile[2].d;
	CU_ASSERT(d->encryption == PS_CIPHER_AES_192 && d->encryption_key && d->time_padding == 40 * LI_US_SECOND && !d->padding_rate);
	conf_free(c);
	CU_ASSERT_PTR_NULL(load(HEAD "profiles: [{name: p, encryption: {type: none, key: k}}]\n", &s));
	CU_ASSERT(said(&s, "a type other than none, and a key, belong together"));
	CU_ASSERT_PTR_NULL(load(HEAD "profiles: [{name: p, encryption: {tri: yes}}]\n", &s));
	CU_ASSERT(said(&s, "encryption: type is missing"));
	CU_ASSERT_PTR_NULL(load(HEAD "profiles: [{name: p, integrity: {hashTimeout: 2s}}]\n", &s));
	CU_ASSERT(said(&s, "integrity: hash is missing"));
	CU_ASSERT_PTR_NULL(load(HEAD "profiles: [{name: p, messages: none, account_message: yes}]\n", &s));
	CU_ASSERT(said(&s, "account_message: is one of the messages"));
}

/* A reload takes them: what comes after inherits the new ones. */
static void taken(void)
{
	struct said s;
	struct conf *a = load(HEAD PROFILES, &s), *b = load(HEAD "profiles: [{name: police, queue: 3MiB}]\n", &s);
	struct conf_warrants *w;

	CU_ASSERT_FATAL(a && b);
	s.n = 0;
	conf_take(a, b, said_add, &s);
	CU_ASSERT_EQUAL(s.n, 0);
	conf_free(b);
	CU_ASSERT_EQUAL(a->n_profiles, 1);
	w = dests(a, DEST(1, "profile: police"), &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(w->dest[0].queue == 3u << 20 && w->dest[0].success == HM_ACKNOWLEDGED);
	conf_warrants_free(w);
	conf_free(a);
}

static void all(void (*test)(void))
{
	dir = folder_new();
	test();
	folder_remove(dir);
}

static void inheritance(void) { all(inherited); }
static void of_x1(void) { all(x1_too); }
static void faults(void) { all(refused); }
static void reload(void) { all(taken); }
static void overridden(void) { all(taken_back); }

UNIT_MAIN("conf_dest", UNIT(inheritance), UNIT(of_x1), UNIT(faults), UNIT(reload), UNIT(overridden))
