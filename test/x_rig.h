/*
 * x_rig.h: the mediation of X2 and X3 with real warrants, store and ledger, between PDUs that a test makes and a handover in memory
 * that remembers what it was given.
 */
#ifndef TEST_X_RIG_H
#define TEST_X_RIG_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mediation/x/content.h"
#include "mediation/x/iri.h"
#include "test/count_fake.h"
#include "test/purge_fake.h"
#include "test/fake_burst.h"
#include "test/unit.h"

#define T0 (1800000000 * LI_US_SECOND)	/* when it all begins */

/* -- the handover -- */

struct hm { int unused; };
struct hm_dest { struct hm_dest_conf conf; struct hm_dest *next; };
static struct hm_dest *dests;	/* open: who closes the handover frees them */
struct hm_ctx {
	struct hm_ctx_conf c;
	struct hm_dest *dests[LI_DESTS_WARRANT];
	char nfid[LI_POINTS_MAX][32], ipid[LI_POINTS_MAX][32];
	uint32_t *next;
};

static struct item {		/* a record that was handed over */
	enum li_hi kind;
	char liid[LI_LIID_MAX + 1];
	int64_t cin;		/* -1: none */
	uint8_t did;		/* of its only destination, its first octet; 0: of several */
	uint32_t number;
	enum li_iri_type type;
	uint8_t tag;		/* of IRIContents */
	li_us time;
	enum li_dir dir;
	bool has_dir;		/* of a record of HI2 */
	enum ps_cc_form form;
	size_t sdp;		/* octets of it beside content */
	char nfid[32], ipid[32];
	uint8_t octets[2048];
	size_t n;
} items[512];
static size_t n_items;
static size_t ctxs;
static struct { char liid[LI_LIID_MAX + 1]; int64_t cin; uint8_t own; enum li_hi kind; uint32_t next; } numbers[256];
static size_t n_numbers;
static struct { char event[32]; char why[80]; } audits[512];
static size_t n_audits;
static unsigned skipped, unfit;
static enum li_err iri_fails;	/* a record cannot be handed over: no number is taken */
static size_t last_given[LI_DESTS_WARRANT];	/* octets of the last IRI, by destination */
static uint8_t last_tag[LI_DESTS_WARRANT];

static inline struct item *item(size_t i)
{
	static struct item none = { .cin = -2 };

	return i < n_items ? &items[i] : &none;
}

enum li_err hm_dest_add(struct hm *h, const struct hm_dest_conf *c, struct hm_dest **out)
{
	(void)h;
	*out = calloc(1, sizeof(**out));
	(*out)->conf = *c;
	(*out)->next = dests;
	dests = *out;
	return LI_OK;
}

enum li_err hm_dest_change(struct hm_dest *d, const struct hm_dest_conf *c)
{
	if (d->conf.gen_header != c->gen_header)
		return LI_ESTATE;	/* another form is another destination */
	d->conf = *c;
	return LI_OK;
}
enum li_err hm_dest_check(const struct hm *h, const struct hm_dest_conf *c, char *err, size_t n) { (void)h, (void)c, (void)err, (void)n; return LI_OK; }
static void (*at_remove)(void);		/* what comes in the middle of a change */
void hm_dest_remove(struct hm_dest *d)
{
	struct hm_dest **at = &dests;

	if (at_remove)
		at_remove();
	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	free(d);
}
const struct hm_dest_conf *hm_dest_conf(const struct hm_dest *d) { return &d->conf; }

static inline void text_of(char *to, size_t size, struct view v)
{
	snprintf(to, size, "%.*s", (int)v.n, (const char *)v.p);
}

struct hm_ctx *hm_ctx_new(struct hm *h, const struct hm_ctx_conf *c, enum li_err *err)
{
	struct hm_ctx *x = calloc(1, sizeof(*x));
	int64_t cin = c->has_cin ? (int64_t)c->cin.v : -1;
	uint8_t own = c->own_numbers ? c->dests[0]->conf.did.b[0] : 0;
	char liid[LI_LIID_MAX + 1];
	size_t i;

	(void)h;
	x->c = *c;
	memcpy(x->dests, c->dests, c->n_dests * sizeof(c->dests[0]));
	for (i = 0; i < c->n_points; i++) {
		text_of(x->nfid[i], 32, c->points[i].nfid);
		text_of(x->ipid[i], 32, c->points[i].eipid);
	}
	text_of(liid, sizeof(liid), view_of(c->liid.p, c->liid.n));
	for (i = 0; i < n_numbers; i++)
		if (numbers[i].kind == c->kind && numbers[i].cin == cin && numbers[i].own == own && strcmp(numbers[i].liid, liid) == 0)
			break;
	if (i == n_numbers) {
		snprintf(numbers[i].liid, sizeof(numbers[i].liid), "%s", liid);
		numbers[i].cin = cin;
		numbers[i].own = own;
		numbers[i].kind = c->kind;
		numbers[i].next = c->first_number;
		n_numbers++;
	}
	x->next = &numbers[i].next;
	ctxs++;
	*err = LI_OK;
	return x;
}

void hm_ctx_free(struct hm_ctx *c) { ctxs -= c != NULL; free(c); }
uint32_t hm_ctx_next(const struct hm_ctx *c) { return *c->next; }
uint64_t hm_ctx_octets(const struct hm_ctx *c, li_us *last) { (void)c; *last = 0; return 0; }
struct hm_mark { int unused; };
void hm_ctx_flush(struct hm_ctx *c) { (void)c; }
void hm_turn(struct hm *h, bool wait) { (void)h, (void)wait; }
struct hm_mark *hm_ctx_mark(const struct hm_ctx *c, uint32_t *next) { static struct hm_mark m; *next = *c->next; return &m; }
bool hm_mark_passed(const struct hm_mark *m) { return m; }
void hm_mark_free(struct hm_mark *m) { (void)m; }
void hm_ctx_lease(struct hm_ctx *c, uint32_t end) { (void)c, (void)end; }
void hm_iri_unfit(const struct hm_ctx *c) { (void)c; unfit++; }
static unsigned busy;		/* so many records find no number at first, and then after a moment */
static unsigned awaited;
enum li_err hm_ctx_lease_await(struct hm_ctx *c, unsigned ms) { (void)c, (void)ms; awaited++; return busy > 1000 ? LI_EBUSY : LI_OK; }
void hm_cc_ahead(const struct hm_ctx *c, unsigned point, unsigned step) { (void)c, (void)point, (void)step; }
static inline struct hm_mark *fake_mark(void) { static struct hm_mark m; return &m; }
#include "test/notice_fake.h"
enum li_err hm_message(struct hm_dest *d, enum li_hi kind, const struct hm_message *m, struct hm_mark **mark)
{
	(void)d, (void)kind, (void)m, (void)mark;
	return LI_EFULL;
}
enum li_err hm_iri_skipped(struct hm_ctx *c, unsigned given, uint32_t number, const char *why)
{
	(void)c, (void)given, (void)number, (void)why;
	skipped++;
	return LI_OK;
}

static inline struct item *add(const struct hm_ctx *c, unsigned point)
{
	struct item *i = &items[n_items++ % 512];

	CU_ASSERT_FATAL(point < c->c.n_points);
	*i = (struct item){ .kind = c->c.kind, .cin = c->c.has_cin ? (int64_t)c->c.cin.v : -1, .number = (*c->next)++ };
	text_of(i->liid, sizeof(i->liid), view_of(c->c.liid.p, c->c.liid.n));
	i->did = c->c.n_dests == 1 ? c->dests[0]->conf.did.b[0] : 0;
	strcpy(i->nfid, c->nfid[point]);
	strcpy(i->ipid, c->ipid[point]);
	return i;
}

enum li_err hm_iri(struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], bool wait)
{
	struct item *i;

	(void)wait;
	CU_ASSERT_EQUAL(c->c.kind, LI_HI2);
	if (iri_fails)
		return iri_fails;
	i = add(c, point);
	for (size_t k = 0; k < c->c.n_dests; k++) {
		last_given[k] = iri[k].octets.n;
		last_tag[k] = iri[k].tag;
	}
	i->type = iri[0].type;
	i->tag = iri[0].tag;
	i->has_dir = iri[0].has_direction;
	i->time = t;
	i->n = iri[0].octets.n;
	CU_ASSERT_FATAL(i->n <= sizeof(i->octets));
	if (i->n)
		memcpy(i->octets, iri[0].octets.p, i->n);
	return LI_OK;
}

enum li_err hm_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait)
{
	struct item *i;
	size_t front = p->beside ? p->beside->front.n : 0;

	(void)wait;
	CU_ASSERT_EQUAL(c->c.kind, LI_HI3);
	CU_ASSERT_TRUE(c->c.has_cin);
	if (busy) {
		busy -= busy <= 1000;
		return LI_EBUSY;
	}
	if (!((c->c.families ? c->c.families : 1u) >> ps_family(p->form) & 1))
		return LI_EUSE;
	i = add(c, point);
	i->time = t;
	i->dir = p->dir;
	i->form = p->form;
	i->sdp = p->beside ? p->beside->sdp.n : 0;
	i->n = front + p->inner.n;
	CU_ASSERT_FATAL(i->n <= sizeof(i->octets));
	if (front)
		memcpy(i->octets, p->beside->front.p, front);
	memcpy(i->octets + front, p->inner.p, p->inner.n);
	return LI_OK;
}

static bool hm_full;		/* every queue is: whoever can wait has to */
bool hm_has_room(const struct hm *h) { (void)h; return !hm_full; }
bool hm_ctx_holds_up(const struct hm_ctx *c, size_t n, li_us now, li_us patience) { (void)c, (void)n, (void)now; return hm_full && patience; }
bool hm_dest_holds_up(const struct hm_dest *d, enum li_hi kind, size_t n, size_t coming, li_us now, li_us patience)
{
	(void)d, (void)kind, (void)n, (void)coming, (void)now;
	return hm_full && patience;
}

/* -- the audit log -- */

void audit_begin(struct audit *a) { (void)a; }
static bool audit_fails;
enum li_err audit_end(struct audit *a) { (void)a; return audit_fails ? LI_EIO : LI_OK; }
uint64_t audit_head(const struct audit *a, uint8_t hash[32]) { (void)a; memset(hash, 0, 32); return 0; }
enum li_err audit_write(struct audit *a, li_us now, const char *event, const char *who, const struct audit_field f[], size_t n)
{
	(void)a, (void)now, (void)who;
	snprintf(audits[n_audits % 512].event, 32, "%s", event);
	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].name, "why") == 0)
			snprintf(audits[n_audits % 512].why, 80, "%s", f[i].value);
	n_audits++;
	return LI_OK;
}

static inline unsigned audited(const char *event)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_audits && i < 512; i++)
		n += strcmp(audits[i].event, event) == 0;
	return n;
}

/* -- the rig -- */

static li_us clock_now = T0;
static inline li_us the_clock(void) { return clock_now; }

#define RIG_WARRANTS 4
struct x_rig {
	char dir[64];
	struct store *store;
	struct hm hm;
	struct mediate *m;
	struct core *core;
	struct warrants *ws;
	struct index *index;
	struct products *x;
	struct rcu_reader reader;
	struct hm_dest_conf dest[2];
	struct conf_warrant w[RIG_WARRANTS];
	size_t n, n_dests;
};

/* Warrants "L0" …, all of the task xid 1, for destination 1, until tweaked. */
static inline void rig_warrants(struct x_rig *r, size_t n)
{
	r->n = n;
	r->n_dests = 1;
	for (size_t i = 0; i < 2; i++)
		r->dest[i] = (struct hm_dest_conf){ .did = { { (uint8_t)(i + 1) } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a",
			.hi2 = true, .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	for (size_t i = 0; i < n; i++) {
		r->w[i] = (struct conf_warrant){ .liid = { .n = 2, .p = { 'L', (uint8_t)('0' + i) } }, .xid = { { 1 } }, .n_targets = 1,
			.n_dests = 1, .dest = { { { 1 } } }, .hi2 = true, .hi3 = true, .end = LI_US_NEVER };
		r->w[i].target[0] = (struct li_id){ .kind = LI_ID_IMSI, .text = view_str("001010000000001") };
	}
}

static inline void rig_now(struct x_rig *r, li_us now)
{
	clock_now = now;
	for (li_us d; (d = warrants_deadline(r->ws)) <= now;) {
		mediate_now(r->m, d);
		warrants_advance(r->ws, d);
	}
	mediate_now(r->m, now);
	warrants_advance(r->ws, now);
}

static inline enum li_err rig_apply(struct x_rig *r)
{
	int lines[2] = { 1, 2 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = r->n_dests, .dest = r->dest, .dest_line = lines,
				     .n_warrants = r->n, .warrant = r->w };
	struct warrants_count count;
	enum li_err e;

	mediate_turn_begin(r->m);
	e = warrants_apply(r->ws, &doc, WARRANTS_REPLACE, WARRANT_OWNER_FILE, "test", &count, NULL, NULL);
	mediate_turn_end(r->m);
	rig_now(r, clock_now);
	return e;
}

static inline void rig_up(struct x_rig *r)
{
	struct mediate_conf mc = { .identity = "op", .clock = the_clock, .products = true, .seed = 5, .keep = true, .resume_within = 3600 * LI_US_SECOND,
				   .hm = &r->hm, .store = r->store, .index = r->index };
	struct core_conf cc = { .seed = { 1, 2 } };

	r->m = mediate_new(&mc);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->m);
	r->core = core_new(&cc, &mediate_core_ops, r->m);
	r->ws = warrants_new(r->store, &mediate_warrant_ops, r->m);
	mediate_attach(r->m, r->core, r->ws);
	r->x = mediate_products(r->m);
	CU_ASSERT_EQUAL(mediate_recover(r->m), LI_OK);
	CU_ASSERT_EQUAL(warrants_load(r->ws), LI_OK);
	mediate_loaded(r->m, true);
	CU_ASSERT_EQUAL_FATAL(rcu_start(), LI_OK);
	rcu_reader_begin(&r->reader);
	rig_now(r, clock_now);
	mediate_resume(r->m);
}

static inline void rig_down(struct x_rig *r)
{
	rcu_reader_end(&r->reader);
	mediate_shut(r->m, clock_now);
	rcu_stop();
	warrants_free(r->ws);
	core_free(r->core);
	mediate_free(r->m);
	while (dests)
		hm_dest_remove(dests);
	CU_ASSERT_EQUAL(ctxs, 0);
}

static inline struct x_rig *rig_open(size_t n)
{
	struct x_rig *r = calloc(1, sizeof(*r));
	char err[200], key[80];

	clock_now = T0;
	n_items = n_numbers = n_audits = 0;
	skipped = 0;
	strcpy(r->dir, "/tmp/x_rig.XXXXXX");
	CU_ASSERT_FATAL(mkdtemp(r->dir) != NULL);
	snprintf(key, sizeof(key), "%s/key", r->dir);
	r->store = store_open(r->dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->store);
	r->index = index_new(3);
	rig_up(r);
	rig_warrants(r, n);
	return r;
}

/* What workers may hold is let go, and what waits for that is freed. */
static inline void rig_settle(struct x_rig *r)
{
	rcu_reader_offline(&r->reader);
	rcu_barrier();
	rcu_reader_online(&r->reader);
	mediate_reap(r->m);
}

static inline void rig_close(struct x_rig *r)
{
	rig_down(r);
	index_free(r->index);
	store_close(r->store);
	{
		char path[128];
		static const char *const files[] = { "mdfd.db", "mdfd.db-wal", "mdfd.db-shm", "mdfd.lock", "key" };

		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			snprintf(path, sizeof(path), "%s/%s", r->dir, files[i]);
			unlink(path);
		}
		rmdir(r->dir);
	}
	free(r);
}

/* Records that came to that, of warrant "L<w>": without the handover. */
static inline uint64_t rig_fate(struct x_rig *r, unsigned w, enum li_hi kind, enum hm_fate f)
{
	struct balance *b;
	uint64_t n = 0;

	TAILQ_FOREACH(b, &r->m->balances.list, all) {
		if (b->of.liid.p[1] != '0' + w)
			continue;
		balance_now(r->m, &b, 1);
		for (size_t i = 0; i < b->n_rows; i++)
			n += b->row[i].kind == kind ? b->row[i].n[f] : 0;
	}
	return n;
}

/* -- PDUs -- */

struct made {
	struct li_x_pdu pdu;
	struct x_pdu p;
	uint8_t payload[512];
	char nfid[16], ipid[16];
};

/* sender 1 is "nf-1/poi-1" … */
static inline struct x_pdu *make(struct made *d, bool x3, uint8_t xid, uint64_t correlation, unsigned sender, int64_t sequence)
{
	memset(d, 0, sizeof(*d));
	d->pdu = (struct li_x_pdu){ .version = 5, .type = x3 ? LI_X_X3 : LI_X_X2, .format = x3 ? LI_XF_IPV4 : LI_XF_33128, .direction = LI_XD_FROM,
				    .xid = { { xid } }, .correlation = correlation };
	snprintf(d->nfid, sizeof(d->nfid), "nf-%u", sender);
	snprintf(d->ipid, sizeof(d->ipid), "poi-%u", sender);
	d->p = (struct x_pdu){ .pdu = &d->pdu, .xid = d->pdu.xid, .correlation = correlation, .is_x3 = x3, .direction = LI_XD_FROM,
			       .has_sequence = sequence >= 0, .sequence = (uint32_t)sequence, .has_time = true, .time = clock_now,
			       .arrived = clock_now, .sender = sender, .conn = 1, .nfid = view_str(d->nfid), .ipid = view_str(d->ipid) };
	return &d->p;
}

/* An XIRIPayload of r19v3 with this event: tag below 31, contents as given. */
static inline void event_of(struct made *d, uint8_t release, uint32_t tag, struct view body)
{
	uint8_t *o = d->payload, t[3];
	size_t n_tag = tag < 31 ? 1 : tag < 128 ? 2 : 3, event = n_tag + 1 + body.n, at = 0;

	t[0] = tag < 31 ? (uint8_t)(0xa0 | tag) : 0xbf;
	t[1] = (uint8_t)(tag < 128 ? tag : 0x80 | tag >> 7);
	t[2] = tag & 0x7f;
	CU_ASSERT_FATAL(body.n < 100);
	o[at++] = 0x30;
	o[at++] = (uint8_t)(7 + 2 + event);
	memcpy(o + at, (uint8_t[]){ 0x81, 5, 4, 19, release, 3, 1, 0xa2, (uint8_t)event }, 9);
	at += 9;
	memcpy(o + at, t, n_tag);
	at += n_tag;
	o[at++] = (uint8_t)body.n;
	memcpy(o + at, body.p, body.n);
	d->pdu.payload = view_of(o, at + body.n);
	d->pdu.payload_len = (uint32_t)d->pdu.payload.n;
}

/* An IPv4 packet of 28 octets whose last is `last`. */
static inline void packet_of(struct made *d, uint8_t last)
{
	static const uint8_t ip[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 0, 8, 0, 0 };

	memcpy(d->payload, ip, sizeof(ip));
	d->payload[27] = last;
	d->pdu.payload = view_of(d->payload, sizeof(ip));
	d->pdu.payload_len = sizeof(ip);
}

static inline void x2(struct x_rig *r, uint64_t correlation, unsigned sender, int64_t sequence, uint32_t tag)
{
	struct made d;

	make(&d, false, 1, correlation, sender, sequence);
	event_of(&d, 19, tag, view_of((const uint8_t *)"\x81\x01\x05", 3));
	mediate_turn_begin(r->m);
	iri_mediate(r->x, &d.p);
	mediate_turn_end(r->m);
}

static inline void x2_of(struct x_rig *r, struct made *d)
{
	mediate_turn_begin(r->m);
	iri_mediate(r->x, &d->p);
	mediate_turn_end(r->m);
}

static inline void x3_of(struct x_rig *r, struct made *d)
{
	enum li_err got;

	content_mediate(r->x, &d->p, 1, false, &got);
	if (got == LI_EAGAIN) {
		struct x_pdu open = d->p;

		mediate_turn_begin(r->m);
		content_open(r->x, &open);
		mediate_turn_end(r->m);
		content_mediate(r->x, &d->p, 1, true, &got);
	}
	CU_ASSERT_EQUAL(got, LI_OK);
	rcu_reader_quiescent(&r->reader);
}

static inline void x3(struct x_rig *r, uint64_t correlation, unsigned sender, int64_t sequence, uint8_t last)
{
	struct made d;

	make(&d, true, 1, correlation, sender, sequence);
	packet_of(&d, last);
	x3_of(r, &d);
}

#endif
