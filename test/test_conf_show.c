/* test_conf_show.c: every member of dest.tbl is shown as warrants.yaml has it: what is shown is read back as it was, and takes back whatever a profile says. */
#include <stdlib.h>

#include "handover/dest_conf.h"
#include "mediation/conf_read.h"
#include "mediation/json.h"
#include "test/said.h"
#include "test/unit.h"

#define NAMES "did: 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01, name: A, address: \"h:1\", peer_name: p"
/* As much as can be said at once; what excludes each other is in one of the two. */
#define OPTIONS "success: written, negotiation: yes, without_acknowledgement: refuse, rate: 100Mbit/s, burst: 1MiB,\n" \
	"addresses: [\"b.example:2\", \"[2001:db8::1]:3\"], addresses_use: spread, family: ipv6, return: no, connection: as-required, keepalive_when_closed: yes,\n" \
	"connections: shared, cc_form: uPFCCPDU, time_form: generalized, ts33128_release: r17v6, ps_version: 43, time_qualifier: none, liid_form: octets,\n" \
	"authorization_country: none, delivery_country: BE, reconnect: 2s, queue: 8MiB, spill: all, spill_limit: 5GiB, full: oldest, lanes: 4, spread: random,\n" \
	"timers: {TIME1: 240s, TIME2: 31s, TIME4: 32s, TIME3: 61s, TIME5: 62s, TIME6: 1500ms, RETURN: 7s, IDLE: 8s, QUIET: 9s, NEGOTIATION: 10s},\n" \
	"lane_leave: 11s, backlog: second, backlog_contexts: split, backlog_over: 3MiB, backlog_late: 12s, account_message: yes,\n" \
	"tls: {certificate: c.crt, key: c.key, ca: ca.crt, crl: a.crl, min_version: 1.3, ciphers: ECDHE-RSA-AES256-GCM-SHA384, ciphersuites: TLS_AES_128_GCM_SHA256},\n" \
	"aggregation: {cc: 20, iri: 5, octets: 8KiB, delay: 50ms, time: items}, segment: 5KiB, encryption: {type: AES-256-CBC, key: p.key, iv_order: little, tri: yes},\n" \
	"integrity: {hash: SHA-384, hashTimeout: 2s, dataPduCount: 7, sign: s.pem, signTimeout: 3s, hashPduCount: 8, signed: payload, first_number: 1, hash_algorithm: all,\n" \
	"  signature_algorithm: yes}, hi4: yes, hi1: etsi, test_pdu: yes, cin_reset: at-activation, messages: all, message_numbers: zero, message_charset: ascii"
#define EVERY "padding: {every: 30s, size: 512B}"
#define STEADY "padding: {rate: 1Mbit/s, size: 512B}"

static const struct conf own = { .spool = true, .release = 18, .version = 4 };

static struct conf_warrants *load(const struct conf *c, const char *text, struct said *s)
{
	struct view v = view_str(text);

	s->n = 0;
	return conf_warrants_load(c, "/etc/w.yaml", &v, NULL, NULL, said_add, s);
}

static struct conf_warrants *made(const struct conf *c, const char *options)
{
	struct conf_warrants *w;
	char text[8192];
	struct said s;

	snprintf(text, sizeof(text), "destinations: [{" NAMES "%s%s}]\n", *options ? ", " : "", options);
	w = load(c, text, &s);
	if (!w)
		said_print(&s);
	return w;
}

/* What is shown of a destination, as the document of one; more: keys before them. */
static char *document(const struct hm_dest_conf *d, const char *more)
{
	struct json j;
	struct buf b;
	char *text;

	buf_init(&b, 0);
	j = json_to(&b);
	json_object(&j, NULL);
	conf_dest_show(&j, d);
	json_close(&j, '}');
	CU_ASSERT_EQUAL(json_end(&j), LI_OK);
	if (asprintf(&text, "destinations: [{%s%.*s]\n", more, (int)b.n - 1, (char *)b.p + 1) < 0)
		text = NULL;
	buf_fini(&b);
	return text;
}

static bool comes_back(const struct conf *c, const struct hm_dest_conf *d, const char *more)
{
	char *text = document(d, more);
	struct said s;
	struct conf_warrants *w = text ? load(c, text, &s) : NULL;
	bool same = w && w->n_dests == 1 && dest_conf_eq(&w->dest[0], d);

	conf_warrants_free(w);
	free(text);
	return same;
}

struct member {
	const char *name;
	size_t at, size;
	bool text;
};

static const struct member member[] = {
#define TEXT(m, changes, kept) { #m, offsetof(struct hm_dest_conf, m), sizeof(char *), true },
#define NUMBER(m, changes, kept) { #m, offsetof(struct hm_dest_conf, m), sizeof(((struct hm_dest_conf *)NULL)->m), false },
#include "handover/dest.tbl"
#undef TEXT
#undef NUMBER
};

/* Some of these each member may be: bools, words, counts, octets, octets a second, microseconds. */
static const uint64_t number[] = { 0, 1, 2, 3, 4, 6, 17, 19, 43, 4097, 20000, 1 << 20, 12500000, 70 * LI_US_SECOND, 3600 * LI_US_SECOND };
static const char *const word[] = { "b", "/x/y.pem", "BE", "NL", "c.example:1 [::1]:65535", "ECDHE-ECDSA-AES256-GCM-SHA384" };

/* Is there another value of it than d's that comes back? */
static bool other_comes_back(const struct hm_dest_conf *d, const struct member *m)
{
	size_t n = m->text ? sizeof(word) / sizeof(word[0]) : sizeof(number) / sizeof(number[0]);

	for (size_t i = 0; i < n; i++) {
		struct hm_dest_conf c = *d;
		const void *from = m->text ? (const void *)&word[i] : &number[i];

		memcpy((char *)&c + m->at, from, m->size);	/* this host's order of octets */
		if (!m->text && m->size < sizeof(number[0]) && number[i] >> (8 * m->size))
			continue;
		if (!dest_conf_eq(&c, d) && comes_back(&own, &c, ""))
			return true;
	}
	return false;
}

static void each_member_is_shown(void)
{
	struct conf_warrants *a = made(&own, OPTIONS ", " EVERY), *b = made(&own, OPTIONS ", " STEADY), *c = made(&own, "");

	CU_ASSERT_FATAL(a && b && c);
	CU_ASSERT(comes_back(&own, &a->dest[0], "") && comes_back(&own, &b->dest[0], "") && comes_back(&own, &c->dest[0], ""));
	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++) {
		bool some = other_comes_back(&a->dest[0], &member[i]) || other_comes_back(&b->dest[0], &member[i]) || other_comes_back(&c->dest[0], &member[i]);

		CU_ASSERT(some);
		if (!some)
			fprintf(stderr, "  %s is not shown\n", member[i].name);
	}
	conf_warrants_free(a);
	conf_warrants_free(b);
	conf_warrants_free(c);
}

/* Does OPTIONS say something of each member? Else the next test would not see one that cannot be taken back. */
static void each_member_is_said(void)
{
	static const char *const names[] = { "name", "host", "port", "peer_name", "hi2", "hi3" };
	struct conf_warrants *a = made(&own, OPTIONS ", " EVERY), *b = made(&own, OPTIONS ", " STEADY), *c = made(&own, "");

	CU_ASSERT_FATAL(a && b && c);
	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++) {
		const struct member *m = &member[i];
		bool said = memcmp((char *)&a->dest[0] + m->at, (char *)&c->dest[0] + m->at, m->size) != 0 ||
			    memcmp((char *)&b->dest[0] + m->at, (char *)&c->dest[0] + m->at, m->size) != 0;

		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			said |= strcmp(names[k], m->name) == 0;
		CU_ASSERT(said);
		if (!said)
			fprintf(stderr, "  nothing is said of %s\n", m->name);
	}
	conf_warrants_free(a);
	conf_warrants_free(b);
	conf_warrants_free(c);
}

/* A destination that says all that one without a profile has, is it, whatever its profile says. */
static void each_member_is_taken_back(void)
{
	static const char *const said[] = { OPTIONS ", " EVERY, OPTIONS ", " STEADY };
	struct conf_warrants *plain = made(&own, "");

	CU_ASSERT_PTR_NOT_NULL_FATAL(plain);
	for (size_t i = 0; i < 2; i++) {
		struct conf_warrants *full = made(&own, said[i]);
		struct conf_profile p = { .name = (char[]){ "full" } };
		struct conf c = own;

		CU_ASSERT_PTR_NOT_NULL_FATAL(full);
		p.d = full->dest[0];
		c.profile = &p;
		c.n_profiles = 1;
		CU_ASSERT(comes_back(&c, &plain->dest[0], "profile: full, "));
		CU_ASSERT(!comes_back(&c, &plain->dest[0], "profile: nobody, "));
		conf_warrants_free(full);
	}
	conf_warrants_free(plain);
}

static void is(const struct hm_dest_conf *d, const char *text)
{
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL_FATAL(conf_dest_said(d, &b), LI_OK);
	CU_ASSERT_STRING_EQUAL((const char *)b.p, text);
	buf_fini(&b);
}

/* For the audit log: what is other than unsaid, and nothing else. */
static void what_is_said(void)
{
	struct conf_warrants *w = made(NULL, ""), *x = made(NULL, "success: tcp, timers: {TIME1: 4m, IDLE: 5s}, integrity: {hash: SHA-256, sign: s.pem}, ts33128_release: r17v6, queue: 32MiB");

	CU_ASSERT_FATAL(w && x);
	is(&w->dest[0], "{\"ts33128_release\":\"r19v3\"}");
	is(&x->dest[0], "{\"success\":\"tcp\",\"ts33128_release\":\"r17v6\",\"timers\":{\"TIME1\":\"4m\",\"IDLE\":\"5s\"},\"integrity\":{\"hash\":\"SHA-256\",\"sign\":\"/etc/s.pem\"}}");
	conf_warrants_free(w);
	conf_warrants_free(x);
}

static void words(void)
{
	static const char *const parts[] = { "\"rate\":\"100Mbit/s\"", "\"burst\":\"1MiB\"", "\"addresses\":[\"b.example:2\",\"[2001:db8::1]:3\"]", "\"return\":\"no\"",
		"\"ts33128_release\":\"r17v6\"", "\"TIME6\":\"1500ms\"", "\"TIME1\":\"4m\"", "\"key\":\"/etc/c.key\"", "\"aggregation\":{\"cc\":20,",
		"\"size\":\"512B\"", "\"spill_limit\":\"5GiB\"", "\"sign\":\"/etc/s.pem\"", "\"delivery\":\"HI2andHI3\"", "\"every\":\"30s\",", "\"keepalive_when_closed\":true" };
	struct conf_warrants *w = made(&own, OPTIONS ", " EVERY);
	char *text;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	text = document(&w->dest[0], "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(text, parts[i]));
		if (!strstr(text, parts[i]))
			fprintf(stderr, "  %s is not in %s\n", parts[i], text);
	}
	free(text);
	conf_warrants_free(w);
}

UNIT_MAIN("conf_show", UNIT(each_member_is_said), UNIT(each_member_is_shown), UNIT(each_member_is_taken_back), UNIT(what_is_said), UNIT(words))
