/* mediate_fake.h: the handover and the audit log as mediation sees them, in memory: what a test of it looks at afterwards. */
#ifndef TEST_MEDIATE_FAKE_H
#define TEST_MEDIATE_FAKE_H

#include <stdlib.h>

#include "asn1/ber.h"
#include "mediation/mediate.h"
#include "test/gen/oracle.h"
#include "test/count_fake.h"
#include "test/purge_fake.h"
#include "test/fake_burst.h"
#include "test/unit.h"

#define WARRANTS 6

/* -- the handover, as far as mediation sees it -- */

struct hm { int unused; };
struct hm_dest { struct hm_dest_conf conf; };
struct got;
struct hm_ctx {
	struct oracle_list *list;	/* where its records go */
	struct got *got;
	uint32_t first, next, cin;
	bool has_cin;
	enum li_hi kind;
	const char *only;		/* the target's IMSI */
	unsigned dests;			/* bits: first octets of their DIDs */
	struct hm_ctx *all;
};
static struct hm_ctx *alive_ctx;	/* those that are not freed */

static struct got {
	struct li_liid liid;
	const char *only;
	struct oracle_list iri, cc, amf;
	uint32_t next;		/* of its last IRI's context */
	unsigned begun[2], ended[2];	/* what the audit log was told: of sessions, of AMF records */
	char first_at[LI_RFC3339_MAX];	/* the earliest instant of all these */
	size_t told_iri, told_cc, told_amf;
} got[WARRANTS];
static size_t n_got;
static size_t ctxs;
static struct hm_packet last;		/* of content */
static unsigned packets, foreign;
static enum li_err refusal;		/* what hm_cc says instead of taking it */
static struct world *made;		/* whose subscribers may be named */
static size_t compared;		/* records of all worlds that were as they should be */
static struct store *store;
static bool other_form;			/* hm_dest_change: this is another stream */
static void (*on_record)(const struct hm_ctx *c, const struct oracle_item *i);

static struct got *got_of(const struct li_liid *l)
{
	for (size_t i = 0; i < n_got; i++)
		if (memcmp(&got[i].liid, l, sizeof(*l)) == 0)
			return &got[i];
	return NULL;
}

enum li_err hm_dest_add(struct hm *h, const struct hm_dest_conf *c, struct hm_dest **out)
{
	static struct hm_dest some[4];	/* by name; who closes the handover frees them */
	struct hm_dest *d = &some[c->did.b[0] % 4];

	(void)h;
	d->conf = *c;
	*out = d;
	return LI_OK;
}

enum li_err hm_dest_change(struct hm_dest *d, const struct hm_dest_conf *c)
{
	if (other_form)
		return LI_ESTATE;
	d->conf = *c;
	return LI_OK;
}

enum li_err hm_dest_check(const struct hm *h, const struct hm_dest_conf *c, char *err, size_t n)
{
	(void)h, (void)c, (void)err, (void)n;
	return LI_OK;
}

void hm_dest_remove(struct hm_dest *d)
{
	(void)d;
}

const struct hm_dest_conf *hm_dest_conf(const struct hm_dest *d)
{
	return &d->conf;
}

struct hm_ctx *hm_ctx_new(struct hm *h, const struct hm_ctx_conf *c, enum li_err *err)
{
	struct hm_ctx *x = calloc(1, sizeof(*x));
	struct got *g = got_of(&c->liid);

	(void)h;
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	x->got = g;
	x->kind = c->kind;
	x->has_cin = c->has_cin;
	x->cin = c->cin.v;
	x->only = g->only;
	x->next = x->first = c->first_number;
	for (size_t i = 0; i < c->n_dests; i++)
		x->dests |= 1u << c->dests[i]->conf.did.b[0];
	for (const struct hm_ctx *o = alive_ctx; o; o = o->all)	/* who follows another goes on with its numbers */
		if (o->got == g && o->kind == c->kind && o->has_cin == c->has_cin && (!c->has_cin || o->cin == c->cin.v) && o->next > x->next)
			x->next = o->next;
	x->all = alive_ctx;
	alive_ctx = x;
	x->list = c->kind == LI_HI3 ? &g->cc : c->has_cin ? &g->iri : &g->amf;
	*err = LI_OK;
	ctxs++;
	return x;
}

void hm_ctx_free(struct hm_ctx *c)
{
	for (struct hm_ctx **at = &alive_ctx; c && *at; at = &(*at)->all)
		if (*at == c) {
			*at = c->all;
			break;
		}
	ctxs--;
	free(c);
}

uint32_t hm_ctx_next(const struct hm_ctx *c)
{
	return c->next;
}

/* Each record has one octet. */
uint64_t hm_ctx_octets(const struct hm_ctx *c, li_us *at)
{
	*at = c->next - c->first;
	return c->next - c->first;
}

/* All is delivered at once; every lease lasts. */
struct hm_mark { int unused; };

void hm_ctx_flush(struct hm_ctx *c) { (void)c; }
void hm_turn(struct hm *h, bool wait) { (void)h, (void)wait; }

struct hm_mark *hm_ctx_mark(const struct hm_ctx *c, uint32_t *next)
{
	static struct hm_mark mark;

	*next = c->next;
	return &mark;
}

static bool not_passed;			/* what is given stays so */

bool hm_mark_passed(const struct hm_mark *m)
{
	return m && !not_passed;
}

void hm_mark_free(struct hm_mark *m)
{
	(void)m;
}

void hm_ctx_lease(struct hm_ctx *c, uint32_t end)
{
	(void)c, (void)end;
}

enum li_err hm_ctx_lease_await(struct hm_ctx *c, unsigned ms)
{
	(void)c, (void)ms;
	return LI_EBUSY;
}

/* What it gave is passed at once, unless not_passed. */
static inline struct hm_mark *fake_mark(void)
{
	static struct hm_mark mark;

	return &mark;
}
#include "test/notice_fake.h"

static bool takes_messages;		/* else there is no room for any */
static char messages_said[2048];	/* "DID LIID PRIORITY text; " */

enum li_err hm_message(struct hm_dest *d, enum li_hi kind, const struct hm_message *m, struct hm_mark **mark)
{
	size_t n = strlen(messages_said);

	(void)kind;
	if (!takes_messages)
		return LI_EFULL;
	snprintf(messages_said + n, sizeof(messages_said) - n, "%u %.*s %d %s; ", d->conf.did.b[0], (int)m->liid.n, (const char *)m->liid.p, (int)m->priority, m->text);
	*mark = fake_mark();
	return LI_OK;
}

/* The event's tag, by our BER reader; what is inside is the encoders' tests' business. */
static uint8_t event_tag(struct view payload)
{
	struct rd r = rd_of(payload);
	struct ber t;

	if (!ber_next(&r, &t))
		return 255;
	r = rd_of(t.body);
	while (ber_next(&r, &t))
		if (ber_is(&t, BER_CONTEXT, 2)) {
			r = rd_of(t.body);
			return ber_next(&r, &t) ? (uint8_t)t.tag : 255;
		}
	return 255;
}

enum li_err hm_iri(struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], bool wait)
{
	static const uint8_t type_of[] = { [TAG_LOCATION] = 4, [TAG_AMF_SOI] = 4, [TAG_BEGIN] = 1, [TAG_CONTINUE] = 3,
					   [TAG_END] = 2, [TAG_SOI] = 1, [TAG_FAILED] = 4 };
	const struct view payload = iri[0].octets;
	struct oracle_item i = { .tag = event_tag(payload), .time = t, .session = c->has_cin ? c->cin : UINT32_MAX };

	(void)point, (void)wait;
	CU_ASSERT_EQUAL(c->kind, LI_HI2);
	CU_ASSERT_EQUAL(c->has_cin, i.tag != TAG_AMF_SOI && i.tag != TAG_LOCATION);	/* LI128-033, HO-CIN-004, HO-M33-013 */
	CU_ASSERT(i.tag < sizeof(type_of) && type_of[i.tag] == iri[0].type && iri[0].tag == PS_IRI_33128);
	c->got->next = ++c->next;
	for (size_t k = 0; made && k < world_sessions(made); k++) {
		const char *imsi = world_session(made, k)->imsi;

		foreign += c->only && strcmp(imsi, c->only) && memmem(payload.p, payload.n, imsi, strlen(imsi));
	}
	oracle_add(c->list, &i);
	if (on_record)
		on_record(c, &i);
	return LI_OK;
}

enum li_err hm_iri_skipped(struct hm_ctx *c, unsigned given, uint32_t number, const char *why)
{
	(void)c, (void)given, (void)number, (void)why;
	return LI_EFULL;
}

void hm_iri_unfit(const struct hm_ctx *c)
{
	(void)c;
}

void hm_cc_ahead(const struct hm_ctx *c, unsigned point, unsigned step)
{
	CU_ASSERT(c->kind == LI_HI3 && point < LI_TAPS_MAX && step < HM_CC_STEPS);
}

enum li_err hm_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait)
{
	struct oracle_item i = { .up = p->dir == LI_FROM_TARGET, .time = t, .session = c->cin, .hash = oracle_hash(p->inner) };

	(void)point, (void)wait;
	if (refusal)
		return refusal;
	CU_ASSERT_EQUAL(c->kind, LI_HI3);
	CU_ASSERT_TRUE(c->has_cin);			/* HO-CIN-003 */
	if (made) {	/* LI128-179: a whole GTP-U message, by its own length; LI128-181: the QFI that stands in it */
		const uint8_t *g = p->gtpu.p;

		CU_ASSERT(p->gtpu.n >= 8 && g[1] == 255 && (size_t)(g[2] << 8 | g[3]) == p->gtpu.n - 8);
		CU_ASSERT(p->inner.p + p->inner.n == g + p->gtpu.n);
		CU_ASSERT_EQUAL(p->has_qfi, (g[0] & 4) && g[11] == 0x85);
		CU_ASSERT(!p->has_qfi || p->qfi == (g[14] & 0x3f));
	}
	last = *p;
	packets++;
	c->next++;
	oracle_add(c->list, &i);
	if (on_record)
		on_record(c, &i);
	return LI_OK;
}

bool hm_has_room(const struct hm *h) { (void)h; return true; }
bool hm_ctx_holds_up(const struct hm_ctx *c, size_t n, li_us now, li_us patience) { (void)c, (void)n, (void)now, (void)patience; return false; }
bool hm_dest_holds_up(const struct hm_dest *d, enum li_hi kind, size_t n, size_t coming, li_us now, li_us patience)
{
	(void)d, (void)kind, (void)n, (void)coming, (void)now, (void)patience;
	return false;
}

/* -- the audit log -- */

static bool batching, deny_audit;
static char purge_events[4096];		/* those about purging, with their fields */

void audit_begin(struct audit *a)
{
	(void)a;
	batching = true;
}

enum li_err audit_end(struct audit *a)
{
	(void)a;
	batching = false;
	return deny_audit ? LI_EIO : LI_OK;
}

uint64_t audit_head(const struct audit *a, uint8_t hash[32])
{
	(void)a;
	memset(hash, 0, 32);
	return 0;
}

enum li_err audit_write(struct audit *a, li_us now, const char *event, const char *who, const struct audit_field f[], size_t n)
{
	struct got *g = NULL;

	(void)a, (void)now, (void)who;
	for (size_t i = 0, k = strlen(purge_events); strstr(event, "purge") && i <= n && k < sizeof(purge_events); i++)
		k += (size_t)snprintf(purge_events + k, sizeof(purge_events) - k, "%s%s%s%s", i ? f[i - 1].name : event, i ? "=" : "",
				      i ? f[i - 1].value : "", i < n ? " " : "; ");
	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].name, "liid") == 0 && strlen(f[i].value) <= LI_LIID_MAX) {
			struct li_liid l = { .n = (uint8_t)strlen(f[i].value) };

			memcpy(l.p, f[i].value, l.n);
			g = got_of(&l);
		}
	for (size_t i = 0; g && i < n; i++)
		if (strcmp(f[i].name, "at") == 0 && (!g->first_at[0] || strcmp(f[i].value, g->first_at) < 0))
			snprintf(g->first_at, sizeof(g->first_at), "%s", f[i].value);
	if (g && strstr(event, "-begin"))
		g->begun[event[0] == 'a']++;
	if (g && strstr(event, "-end") && event[0] != 'w') {
		g->ended[event[0] == 'a']++;
		for (size_t i = 0; i < n; i++) {
			if (strcmp(f[i].name, "iri") == 0)
				*(event[0] == 'a' ? &g->told_amf : &g->told_iri) += strtoull(f[i].value, NULL, 10);
			if (strcmp(f[i].name, "cc") == 0)
				g->told_cc += strtoull(f[i].value, NULL, 10);
		}
	}
	if (strncmp(event, "warrant-", 8) == 0)
		CU_ASSERT(batching);	/* one sync a change, however many warrants it has */
	return LI_OK;
}

#endif
