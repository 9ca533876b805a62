/* notice.c: see notice.h. */
#include "mediation/notice.h"

#include <li/log.h>
#include <li/rd.h>

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "handover/table.h"

#define FORM 1			/* of a row's body */
#define IDS 1024		/* numbers a lease of the store */
#define KEY_MAX (LI_LIID_TEXT + 128 + LI_UUID_TEXT)

struct entry {
	STAILQ_ENTRY(entry) all;
	uint64_t id;
	struct li_liid liid;
	li_us time;
	struct hm_mark *mark;		/* it is in the queue, and this is when it will have been delivered */
};
STAILQ_HEAD(entries, entry);

/* What one destination is still to be told: in their order. */
struct outbox {
	struct link by_did;
	SLIST_ENTRY(outbox) all;
	struct li_did did;
	struct entries out, in;		/* not in its queue yet; in it */
	size_t n;
};

struct pending {			/* not in the store yet */
	STAILQ_ENTRY(pending) all;
	struct notice x;		/* its body is behind it */
	char what[16], who[64];
	bool audited;
	struct entry *entry;
	struct outbox *to;
	uint8_t octets[];
};

struct notices {
	struct notices_conf c;
	STAILQ_HEAD(, pending) pending;
	SLIST_HEAD(, outbox) boxes;
	struct table by_did;
	uint64_t id_next, id_end;
	struct notices_stats stats;
};

struct notices *notices_new(const struct notices_conf *c)
{
	struct notices *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->c = *c;
	STAILQ_INIT(&n->pending);
	SLIST_INIT(&n->boxes);
	table_init(&n->by_did);
	return n;
}

static void entries_free(struct entries *l)
{
	while (!STAILQ_EMPTY(l)) {
		struct entry *e = STAILQ_FIRST(l);

		STAILQ_REMOVE_HEAD(l, all);
		hm_mark_free(e->mark);
		free(e);
	}
}

static void pending_free(struct pending *p)
{
	explicit_bzero(p->octets, p->x.body.n);
	free(p->entry);
	free(p);
}

void notices_free(struct notices *n)
{
	if (!n)
		return;
	while (!STAILQ_EMPTY(&n->pending)) {
		struct pending *p = STAILQ_FIRST(&n->pending);

		STAILQ_REMOVE_HEAD(&n->pending, all);
		pending_free(p);
	}
	while (!SLIST_EMPTY(&n->boxes)) {
		struct outbox *b = SLIST_FIRST(&n->boxes);

		SLIST_REMOVE_HEAD(&n->boxes, all);
		entries_free(&b->out);
		entries_free(&b->in);
		free(b);
	}
	table_fini(&n->by_did);
	free(n);
}

void notices_stats(const struct notices *n, struct notices_stats *s)
{
	const struct outbox *b;

	*s = n->stats;
	SLIST_FOREACH(b, &n->boxes, all)
		s->waiting += b->n;
}

static struct outbox *box_find(const struct notices *n, const struct li_did *did)
{
	for (struct link *l = table_first(&n->by_did, table_hash(view_of(did->b, 16))); l; l = table_next(l)) {
		struct outbox *b = (struct outbox *)(void *)((char *)l - offsetof(struct outbox, by_did));

		if (memcmp(b->did.b, did->b, 16) == 0)
			return b;
	}
	return NULL;
}

/* They stay: there are no more than destinations ever were in this process. */
static struct outbox *box_get(struct notices *n, const struct li_did *did)
{
	struct outbox *b = box_find(n, did);

	if (b)
		return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->did = *did;
	STAILQ_INIT(&b->out);
	STAILQ_INIT(&b->in);
	table_add(&n->by_did, &b->by_did, view_of(b->did.b, 16));
	SLIST_INSERT_HEAD(&n->boxes, b, all);
	return b;
}

enum li_err notices_id(struct notices *n, uint64_t *id)
{
	if (n->id_next == n->id_end) {
		enum li_err e = store_lease(n->c.store, STORE_LEASE_NOTICE, IDS, INT64_MAX, &n->id_next);

		if (e)
			return e;
		n->id_end = n->id_next + IDS;
	}
	*id = n->id_next++;
	return LI_OK;
}

/* -- a row: form, kind, side, priority, country or blanks, DID, time, number, LIID with its length, body -- */

static enum li_err form(const struct notice *x, uint32_t number, struct buf *out)
{
	const uint8_t head[4] = { FORM, (uint8_t)x->kind, (uint8_t)x->side, (uint8_t)x->priority };
	enum li_err e = buf_put(out, head, sizeof(head));

	if (!e)
		e = buf_put(out, x->has_country ? x->country.c : "  ", 2);
	if (!e)
		e = buf_put(out, x->did.b, sizeof(x->did.b));
	if (!e)
		e = buf_put_uint(out, (uint64_t)x->time, 8);
	if (!e)
		e = buf_put_uint(out, number, 4);
	if (!e)
		e = buf_put_uint(out, x->liid.n, 1);
	if (!e)
		e = buf_put(out, x->liid.p, x->liid.n);
	return e ? e : buf_put(out, x->body.p, x->body.n);
}

static enum li_err of_form(struct view body, struct notice *x, uint32_t *number)
{
	struct rd r = rd_of(body);
	uint8_t version = rd_u8(&r), kind = rd_u8(&r), side = rd_u8(&r), priority = rd_u8(&r);
	struct view country = rd_take(&r, 2), did = rd_take(&r, sizeof(x->did.b));
	uint64_t t = rd_u64(&r);

	*number = rd_u32(&r);
	*x = (struct notice){ .kind = (enum notice_kind)kind, .side = side ? LI_HI3 : LI_HI2, .priority = (enum hm_priority)priority, .time = (li_us)t };
	if (li_liid_take(rd_take(&r, rd_u8(&r)), &x->liid) || r.err || version != FORM || kind >= NOTICE_KINDS)
		return LI_EFORMAT;
	x->body = rd_rest(&r);
	memcpy(x->did.b, did.p, sizeof(x->did.b));
	x->has_country = country.p[0] != ' ';
	return x->has_country ? li_country_read(country, &x->country) : LI_OK;
}

/* -- into the queue -- */

static enum li_err give(struct hm_dest *d, const struct notice *x, uint32_t number, struct hm_mark **mark)
{
	static const enum hm_notice_kind kinds[] = { [NOTICE_HI4] = HM_NOTICE_PAYLOAD, [NOTICE_HI1] = HM_NOTICE_PAYLOAD,
		[NOTICE_TEST] = HM_NOTICE_TEST, [NOTICE_CIN_RESET] = HM_NOTICE_CIN_RESET };
	char text[HM_TEXT_MAX + 1];
	const struct hm_notice h = { .kind = x->kind == NOTICE_MESSAGE ? HM_NOTICE_TEST : kinds[x->kind], .liid = x->liid,
		.has_auth_country = x->has_country, .auth_country = x->country, .payload = x->body, .number = number, .time = x->time };
	const struct hm_message m = { .liid = x->liid, .has_auth_country = x->has_country, .auth_country = x->country,
		.priority = x->priority, .text = text };

	if (x->kind != NOTICE_MESSAGE)
		return hm_notice(d, x->side, &h, mark);
	snprintf(text, sizeof(text), "%.*s", (int)x->body.n, (const char *)x->body.p);
	return hm_message(d, x->side, &m, mark);
}

static bool is_hopeless(enum li_err e)
{
	return e == LI_ERANGE || e == LI_EENCODE || e == LI_ELIMIT || e == LI_EFORMAT || e == LI_EUSE;
}

/* Will not be told: its row goes with the next look. */
static void give_up(struct notices *n, struct outbox *b, struct entry *e, const char *why)
{
	if (store_notice_del(n->c.store, e->id))
		li_log(LI_LOG_ERR, "store: a notice could not be taken back: it is told after a restart");
	li_log(LI_LOG_ERR, "a notice for an agency is not sent: %s", why);
	n->stats.lost++;
	b->n--;
	free(e);
}

/* The first `most` that wait, as long as there is room. */
static void put_out(struct notices *n, struct outbox *b, size_t most)
{
	bool known;
	struct hm_dest *d = n->c.dest(n->c.arg, &b->did, &known);

	while (d && most-- && !STAILQ_EMPTY(&b->out)) {
		struct entry *e = STAILQ_FIRST(&b->out);
		struct notice x;
		struct view body;
		uint32_t number;
		enum li_err err = store_notice_get(n->c.store, e->id, &body);

		if (!err)
			err = of_form(body, &x, &number);
		if (!err)
			err = give(d, &x, number, &e->mark);
		if (err && !is_hopeless(err))	/* LI_EFULL, or it goes, or the store is busy: later */
			return;
		STAILQ_REMOVE_HEAD(&b->out, all);
		if (err)
			give_up(n, b, e, li_err_text(err));
		else
			STAILQ_INSERT_TAIL(&b->in, e, all);
	}
}

/* Those that are delivered need not be kept: the first `most`. */
static void take_in(struct notices *n, struct outbox *b, size_t most)
{
	struct entry *e = STAILQ_FIRST(&b->in), *next;
	size_t done = 0;
	enum li_err err;

	if (!e || !hm_mark_passed(e->mark))
		return;
	store_slack(n->c.store, true);
	err = store_begin(n->c.store);
	for (; e && !err && done < most && hm_mark_passed(e->mark); e = STAILQ_NEXT(e, all), done++)
		err = store_notice_del(n->c.store, e->id);
	if (!err)
		err = store_commit(n->c.store);
	if (err)	/* told once more after a restart */
		store_rollback(n->c.store);
	store_slack(n->c.store, false);
	for (e = STAILQ_FIRST(&b->in); !err && done--; e = next) {
		next = STAILQ_NEXT(e, all);
		STAILQ_REMOVE_HEAD(&b->in, all);
		hm_mark_free(e->mark);
		free(e);
		b->n--;
		n->stats.delivered++;
	}
}

enum li_err notices_load(struct notices *n, uint64_t id, struct view body)
{
	struct entry *e = calloc(1, sizeof(*e));
	struct outbox *b;
	struct notice x;
	uint32_t number;
	enum li_err err = e ? of_form(body, &x, &number) : LI_ENOMEM;

	b = err ? NULL : box_get(n, &x.did);
	if (!b) {
		free(e);
		return err ? err : LI_ENOMEM;
	}
	*e = (struct entry){ .id = id, .liid = x.liid, .time = x.time };
	STAILQ_INSERT_TAIL(&b->out, e, all);
	b->n++;
	return LI_OK;
}

/* -- new ones -- */

enum li_err notice_add(struct notices *n, const struct notice *x)
{
	struct pending *p = calloc(1, sizeof(*p) + x->body.n);
	struct outbox *b = p ? box_get(n, &x->did) : NULL;

	if (!b || !(p->entry = calloc(1, sizeof(*p->entry)))) {
		free(p);
		return LI_ENOMEM;
	}
	p->x = *x;
	if (x->body.n)
		memcpy(p->octets, x->body.p, x->body.n);
	p->x.body.p = p->octets;
	snprintf(p->what, sizeof(p->what), "%s", x->what);
	snprintf(p->who, sizeof(p->who), "%s", x->who);
	p->to = b;
	STAILQ_INSERT_TAIL(&n->pending, p, all);
	return LI_OK;
}

/* What was said in free words is known by its digest: it may name somebody. */
static enum li_err audit_one(struct notices *n, const struct pending *p)
{
	static const char *const kinds[NOTICE_KINDS] = { "HI4", "HI1", "testPDU", "cINReset", "operatorLeaMessage" };
	char liid[LI_LIID_TEXT] = "", did[LI_UUID_TEXT], hash[65] = "";
	struct audit_field f[5] = { { "liid", liid }, { "did", did }, { "by", kinds[p->x.kind] }, { "what", p->what } };
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned octets = 0;
	size_t k = 4;

	li_liid_text(&p->x.liid, liid);
	li_uuid_text(p->x.did.b, did);
	if (p->x.kind == NOTICE_MESSAGE && EVP_Digest(p->octets, p->x.body.n, digest, &octets, EVP_sha256(), NULL) == 1 && octets == 32) {
		for (unsigned i = 0; i < octets; i++)
			snprintf(hash + 2 * i, 3, "%02x", digest[i]);
		f[k++] = (struct audit_field){ "sha256", hash };
	}
	return audit_write(n->c.audit, n->c.clock(), "agency-told", p->who, f, k);
}

static enum li_err audit_all(struct notices *n, bool turn)
{
	enum li_err e = LI_OK, e2 = LI_OK;
	struct pending *p = STAILQ_FIRST(&n->pending);

	while (p && p->audited)
		p = STAILQ_NEXT(p, all);
	if (!p)
		return LI_OK;
	if (!turn)
		audit_begin(n->c.audit);
	for (struct pending *x = p; x && !e; x = STAILQ_NEXT(x, all))
		e = audit_one(n, x);
	if (!turn)
		e2 = audit_end(n->c.audit);
	for (e = e ? e : e2; p && !e; p = STAILQ_NEXT(p, all))
		p->audited = true;
	return e;
}

/* Each kind of payload is a context of its own at each destination: HO-SEQ-004, HO-SEQ-009. */
static struct view number_key(const struct notices *n, const struct notice *x, enum notice_kind kind, char text[KEY_MAX])
{
	char liid[LI_LIID_TEXT], did[LI_UUID_TEXT];
	int k;

	li_liid_text(&x->liid, liid);
	li_uuid_text(x->did.b, did);
	k = snprintf(text, KEY_MAX, "%s %s %s %s", kind == NOTICE_HI4 ? "hi4" : "hi1", liid, n->c.identity, did);
	return view_of((const uint8_t *)text, (size_t)k < KEY_MAX ? (size_t)k : KEY_MAX);
}

static enum li_err take_number(struct notices *n, const struct notice *x, uint32_t *number)
{
	char key[KEY_MAX];
	struct view v;
	enum li_err e;

	*number = 0;
	if (x->kind == NOTICE_HI4 || x->kind == NOTICE_HI1) {
		v = number_key(n, x, x->kind, key);
		e = store_number(n->c.store, v, number);
		return e ? e : store_set_number(n->c.store, v, *number + 1);
	}
	if (x->kind != NOTICE_CIN_RESET)
		return LI_OK;
	e = store_set_number(n->c.store, number_key(n, x, NOTICE_HI4, key), 0);		/* HO-SEQ-010 */
	return e ? e : store_set_number(n->c.store, number_key(n, x, NOTICE_HI1, key), 0);
}

static enum li_err keep_one(struct notices *n, const struct pending *p)
{
	uint32_t number;
	struct buf body;
	enum li_err e = take_number(n, &p->x, &number);

	buf_init(&body, 0);
	if (!e)
		e = form(&p->x, number, &body);
	if (!e)
		e = store_notice_put(n->c.store, STORE_NOTICE, p->entry->id, buf_view(&body));
	buf_wipe(&body);
	buf_fini(&body);
	return e;
}

static enum li_err keep_all(struct notices *n)
{
	struct pending *p;
	enum li_err e = LI_OK;

	STAILQ_FOREACH(p, &n->pending, all)	/* a lease is a change of its own */
		if (!e && !p->entry->id)
			e = notices_id(n, &p->entry->id);
	if (!e)
		e = store_begin(n->c.store);
	if (e)
		return e;
	STAILQ_FOREACH(p, &n->pending, all)
		if (!e)
			e = keep_one(n, p);
	if (!e)
		e = n->c.put(n->c.arg);
	if (!e)
		return store_commit(n->c.store);
	store_rollback(n->c.store);
	return e;
}

enum li_err notice_flush(struct notices *n, bool turn)
{
	bool due = n->c.due(n->c.arg);
	enum li_err e;

	if (STAILQ_EMPTY(&n->pending) && !due)
		return LI_OK;
	e = audit_all(n, turn);
	if (!e)
		e = keep_all(n);
	n->c.done(n->c.arg, !e);
	if (e) {
		li_log(LI_LOG_ERR, "what agencies are to be told cannot be recorded yet: %s", li_err_text(e));
		return e;
	}
	while (!STAILQ_EMPTY(&n->pending)) {
		struct pending *p = STAILQ_FIRST(&n->pending);
		struct outbox *b = p->to;
		bool first = STAILQ_EMPTY(&b->out);

		STAILQ_REMOVE_HEAD(&n->pending, all);
		*p->entry = (struct entry){ .id = p->entry->id, .liid = p->x.liid, .time = p->x.time };
		STAILQ_INSERT_TAIL(&b->out, p->entry, all);
		p->entry = NULL;
		b->n++;
		n->stats.made++;
		pending_free(p);
		if (first)	/* else there was no room for those before it */
			put_out(n, b, 1);
	}
	return LI_OK;
}

/* -- time -- */

static void drop_out(struct notices *n, struct outbox *b, const char *why)
{
	while (!STAILQ_EMPTY(&b->out)) {
		struct entry *e = STAILQ_FIRST(&b->out);

		STAILQ_REMOVE_HEAD(&b->out, all);
		give_up(n, b, e, why);
	}
}

void notice_dest_gone(struct notices *n, const struct li_did *did)
{
	struct outbox *b = box_find(n, did);

	if (b)
		drop_out(n, b, "its destination was removed");
}

void notice_tick(struct notices *n)
{
	li_us now = n->c.clock();
	struct outbox *b;
	bool known;

	if (notice_flush(n, false))
		return;
	SLIST_FOREACH(b, &n->boxes, all) {
		take_in(n, b, NOTICE_VISITS);
		put_out(n, b, NOTICE_VISITS);
		if (!STAILQ_EMPTY(&b->out) && now - STAILQ_FIRST(&b->out)->time > NOTICE_KEEP && (n->c.dest(n->c.arg, &b->did, &known), !known))
			drop_out(n, b, "its destination has not come back");
	}
}

void notices_settle(struct notices *n)
{
	struct outbox *b;

	SLIST_FOREACH(b, &n->boxes, all)
		take_in(n, b, SIZE_MAX);
}

uint64_t notices_queued(const struct notices *n)
{
	const struct outbox *b;
	const struct entry *e;
	uint64_t k = 0;

	SLIST_FOREACH(b, &n->boxes, all)
		STAILQ_FOREACH(e, &b->in, all)
			k += !hm_mark_passed(e->mark);
	return k;
}

static size_t count(const struct entries *l, const struct li_liid *liid)
{
	const struct entry *e;
	size_t k = 0;

	STAILQ_FOREACH(e, l, all)
		k += view_eq(view_of(e->liid.p, e->liid.n), view_of(liid->p, liid->n));
	return k;
}

size_t notice_waiting(const struct notices *n, const struct li_did *did, const struct li_liid *liid)
{
	const struct outbox *b = box_find(n, did);

	return b ? count(&b->out, liid) + count(&b->in, liid) : 0;
}
