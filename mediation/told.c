/* told.c: see told.h. */
#include <li/log.h>
#include <li/rd.h>

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "mediation/json.h"
#include "mediation/told_int.h"
#include "mediation/warrant/target.h"

#define FORM 1			/* of a row's body */
#define LOST "store lost"	/* likewise: when this store was made because one was, in seconds */
#define SEEDED "agencies told"	/* a number of the store: 1 since what was in force before is taken as told */

/* -- by name -- */

#define KEY (16 + 16 + LI_LIID_MAX)

static struct view key_of(const struct li_liid *liid, const struct li_xid *xid, const struct li_did *did, uint8_t to[KEY])
{
	memcpy(to, xid->b, 16);
	memcpy(to + 16, did->b, 16);
	memcpy(to + 32, liid->p, liid->n);
	return view_of(to, 32u + liid->n);
}

static struct told *find(const struct tolds *x, const struct li_liid *liid, const struct li_xid *xid, const struct li_did *did)
{
	uint8_t want[KEY], has[KEY];
	struct view key = key_of(liid, xid, did, want);

	for (struct link *l = table_first(&x->by_key, table_hash(key)); l; l = table_next(l)) {
		struct told *t = (struct told *)(void *)((char *)l - offsetof(struct told, by_key));

		if (view_eq(key_of(&t->liid, &t->xid, &t->did, has), key))
			return t;
	}
	return NULL;
}

static struct told *of(const struct mediate *m, const struct warrant *w, const struct dest *d)
{
	return find(m->tolds, &w->liid, &w->task->xid, &d->conf.did);
}

/* What one agency sees of the names: the tasks of a LIID are one interception to it. */
#define LIID_KEY (16 + LI_LIID_MAX)

static struct view liid_key(const struct told *t, uint8_t to[LIID_KEY])
{
	memcpy(to, t->did.b, 16);
	memcpy(to + 16, t->liid.p, t->liid.n);
	return view_of(to, 16u + t->liid.n);
}

static bool same_country(const struct told_facts *a, const struct told_facts *b)
{
	return a->has_country == b->has_country && (!a->has_country || memcmp(a->country.c, b->country.c, 2) == 0);
}

/* How many others the agency knows to be in force under the LIID; *one: any of them. */
static size_t beside(const struct tolds *x, const struct told *t, struct told **one)
{
	uint8_t want[LIID_KEY], has[LIID_KEY];
	struct view key = liid_key(t, want);
	size_t n = 0;

	for (struct link *l = table_first(&x->by_liid, table_hash(key)); l; l = table_next(l)) {
		struct told *o = (struct told *)(void *)((char *)l - offsetof(struct told, by_liid));

		if (o == t || !view_eq(liid_key(o, has), key) || !same_country(&o->is, &t->is))
			continue;
		n++;
		*one = o;
	}
	return n;
}

static struct told *add(struct tolds *x, const struct li_liid *liid, const struct li_xid *xid, const struct li_did *did)
{
	struct told *t = calloc(1, sizeof(*t));
	uint8_t key[KEY];

	if (!t)
		return NULL;
	t->liid = *liid;
	t->xid = *xid;
	t->did = *did;
	table_add(&x->by_key, &t->by_key, key_of(liid, xid, did, key));
	table_add(&x->by_liid, &t->by_liid, liid_key(t, key));
	TAILQ_INSERT_TAIL(&x->all, t, all);
	return t;
}

/* -- rows -- */

static void dirty(struct tolds *x, struct told *t)
{
	if (!t->dirty)
		SLIST_INSERT_HEAD(&x->dirty, t, changed);
	t->dirty = true;
}

/* Nothing is told any more under its name, but by another one. */
static void go(struct tolds *x, struct told *t)
{
	table_del(&x->by_key, &t->by_key);
	table_del(&x->by_liid, &t->by_liid);
	TAILQ_REMOVE(&x->all, t, all);
	if (t->leaving)
		TAILQ_REMOVE(&x->leaving, t, leaves);
	t->gone = true;
	dirty(x, t);
}

static bool due(void *arg)
{
	const struct mediate *m = arg;
	struct told *t;

	SLIST_FOREACH(t, &m->tolds->dirty, changed)	/* what finds no number is refused below, and tried again */
		if (!t->id && !t->gone && notices_id(m->tolds->notices, &t->id))
			break;
	return !SLIST_EMPTY(&m->tolds->dirty);
}

static enum li_err put_one(const struct mediate *m, const struct told *t)
{
	const struct told_facts *is = &t->is;
	const uint8_t head[2] = { FORM, (uint8_t)(is->hi2 | is->hi3 << 1) };
	const uint64_t numbers[5] = { (uint64_t)is->start, (uint64_t)is->end, is->target, is->delivery, is->scope };
	struct buf b;
	enum li_err e;

	if (!t->id)
		return LI_EIO;
	buf_init(&b, 0);
	e = buf_put(&b, head, sizeof(head));
	if (!e)
		e = buf_put(&b, is->has_country ? is->country.c : "  ", 2);
	if (!e)
		e = buf_put(&b, t->xid.b, 16);
	if (!e)
		e = buf_put(&b, t->did.b, 16);
	for (unsigned i = 0; i < 5 && !e; i++)
		e = buf_put_uint(&b, numbers[i], 8);
	if (!e)
		e = buf_put(&b, t->liid.p, t->liid.n);
	if (!e)
		e = store_notice_put(m->c.store, STORE_TOLD, t->id, buf_view(&b));
	buf_fini(&b);
	return e;
}

static enum li_err put(void *arg)
{
	const struct mediate *m = arg;
	enum li_err e = LI_OK;
	struct told *t;

	SLIST_FOREACH(t, &m->tolds->dirty, changed) {
		if (!e && t->gone)
			e = t->stored ? store_notice_del(m->c.store, t->id) : LI_OK;
		else if (!e)
			e = put_one(m, t);
	}
	return e;
}

static void done(void *arg, bool good)
{
	struct tolds *x = ((struct mediate *)arg)->tolds;

	while (good && !SLIST_EMPTY(&x->dirty)) {
		struct told *t = SLIST_FIRST(&x->dirty);

		SLIST_REMOVE_HEAD(&x->dirty, changed);
		t->dirty = false;
		t->stored = true;
		if (t->gone)
			free(t);
	}
}

static enum li_err load_told(struct tolds *x, uint64_t id, struct view body)
{
	struct rd r = rd_of(body);
	uint8_t form = rd_u8(&r), kinds = rd_u8(&r);
	struct view country = rd_take(&r, 2), xid = rd_take(&r, 16), did = rd_take(&r, 16);
	struct told_facts is = { .hi2 = kinds & 1, .hi3 = kinds & 2 };
	struct li_liid liid;
	struct li_xid a;
	struct li_did b;
	struct told *t;

	is.start = (li_us)rd_u64(&r);
	is.end = (li_us)rd_u64(&r);
	is.target = rd_u64(&r);
	is.delivery = rd_u64(&r);
	is.scope = rd_u64(&r);
	if (li_liid_take(rd_rest(&r), &liid) || r.err || form != FORM)
		return LI_EFORMAT;
	is.has_country = country.p[0] != ' ';
	if (is.has_country && li_country_read(country, &is.country))
		return LI_EFORMAT;
	memcpy(a.b, xid.p, 16);
	memcpy(b.b, did.p, 16);
	t = add(x, &liid, &a, &b);
	if (!t)
		return LI_ENOMEM;
	t->id = id;
	t->is = is;
	t->stored = true;
	return LI_OK;
}

static enum li_err load(void *arg, enum store_notice kind, uint64_t id, struct view body)
{
	struct mediate *m = arg;
	enum li_err e = kind == STORE_TOLD ? load_told(m->tolds, id, body) : notices_load(m->tolds->notices, id, body);

	if (e == LI_ENOMEM || !e)
		return e;
	m->tolds->damaged++;
	return LI_OK;
}

static struct hm_dest *dest_of(void *arg, const struct li_did *did, bool *known)
{
	const struct mediate *m = arg;
	struct dest *d = warrants_dest(m->ws, did);

	*known = d != NULL;
	return d ? d->mediation : NULL;
}

bool tolds_new(struct mediate *m)
{
	struct notices_conf c = { .store = m->c.store, .audit = m->c.audit, .clock = m->c.clock, .identity = m->c.identity, .dest = dest_of,
				  .due = due, .put = put, .done = done, .arg = m };
	struct tolds *x = m->tolds = calloc(1, sizeof(*m->tolds));

	if (!x)
		return false;
	TAILQ_INIT(&x->all);
	TAILQ_INIT(&x->leaving);
	SLIST_INIT(&x->dirty);
	table_init(&x->by_key);
	table_init(&x->by_liid);
	told_losses_init(x);
	x->notices = notices_new(&c);
	return x->notices;
}

enum li_err tolds_load(struct mediate *m)
{
	enum li_err e = store_notices(m->c.store, load, m);
	uint32_t lost = 0;

	if (m->tolds->damaged)
		li_log(LI_LOG_ERR, "store: %zu rows of what agencies are told cannot be read: what they said is told anew, or not at all", m->tolds->damaged);

	if (!e)
		e = store_number(m->c.store, view_str(LOST), &lost);
	m->tolds->lost = lost && m->c.clock() - (li_us)lost * LI_US_SECOND < NOTICE_KEEP;
	return e;
}

void tolds_settle(struct mediate *m)
{
	notices_settle(m->tolds->notices);
}

void tolds_free(struct mediate *m)
{
	struct tolds *x = m->tolds;
	struct told *t;

	if (!x)
		return;
	while ((t = SLIST_FIRST(&x->dirty))) {
		SLIST_REMOVE_HEAD(&x->dirty, changed);
		if (t->gone)
			free(t);
	}
	while ((t = TAILQ_FIRST(&x->all))) {
		TAILQ_REMOVE(&x->all, t, all);
		free(t);
	}
	table_fini(&x->by_key);
	table_fini(&x->by_liid);
	told_losses_free(x);
	notices_free(x->notices);
	free(x);
	m->tolds = NULL;
}

/* -- what is so -- */

static uint64_t digest_targets(const struct task *k)
{
	char text[LI_TARGET_MAX + 64];
	uint64_t all = 0;

	for (size_t i = 0; i < k->n_targets; i++) {
		char value[LI_TARGET_MAX + 1];

		target_text(&k->target[i], value);
		snprintf(text, sizeof(text), "%s %s", target_name(&k->target[i]), value);
		all = all * 31 + table_hash(view_str(text));
		explicit_bzero(value, sizeof(value));
	}
	explicit_bzero(text, sizeof(text));
	return all;
}

/* The same agency's other end takes IRI of this warrant: that is where it is told. */
static bool is_second(const struct warrant *w, const struct dest *d)
{
	for (size_t i = 0; i < w->n_dests; i++)
		if (w->dest[i] != d && w->hi2 && w->dest[i]->conf.hi2 && strcasecmp(w->dest[i]->conf.peer_name, d->conf.peer_name) == 0)
			return true;
	return false;
}

/* False: this destination is not told of it. */
static bool facts_of(const struct warrant *w, const struct dest *d, struct told_facts *is)
{
	char text[WARRANT_SCOPE_TEXT], where[LI_NAME_MAX + 32];

	*is = (struct told_facts){ .hi2 = w->hi2 && d->conf.hi2, .hi3 = w->hi3 && d->conf.hi3, .has_country = w->has_auth_country,
		.country = w->auth_country, .start = w->start, .end = w->end, .target = digest_targets(w->task) };
	warrant_scope_text(&w->scope, text);
	is->scope = table_hash(view_str(text));
	snprintf(where, sizeof(where), "%s %u %d%d", d->conf.host, d->conf.port, is->hi2, is->hi3);
	is->delivery = table_hash(view_str(where));
	return is->hi2 || (is->hi3 && !is_second(w, d));
}

/* -- what is other than was told -- */

static void over(struct mediate *m, struct told *t, li_us end)
{
	struct told *other = NULL;
	size_t n = beside(m->tolds, t, &other);

	told_say_over(m, t, n, n == 1 ? other : NULL, end < t->is.end ? end : t->is.end);
	go(m->tolds, t);
}

static void stay(struct mediate *m, struct told *t)
{
	if (t->leaving)
		TAILQ_REMOVE(&m->tolds->leaving, t, leaves);
	t->leaving = false;
}

static void changed(struct mediate *m, struct told *t, const struct warrant *w, const struct dest *d, const struct told_facts *is)
{
	unsigned changes = (t->is.target != is->target ? TOLD_TARGET : 0) | (t->is.delivery != is->delivery ? TOLD_DELIVERY : 0) |
			   (t->is.start != is->start ? TOLD_START : 0) | (t->is.end != is->end ? TOLD_END : 0);
	struct told *other;

	if (!changes && t->is.scope == is->scope)
		return;
	if (beside(m->tolds, t, &other))
		changes &= ~(unsigned)TOLD_TARGET;	/* who else is meant, is so still */
	t->is = *is;
	dirty(m->tolds, t);
	told_say_changed(m, t, w, d, changes);
}

static void active(struct mediate *m, const struct warrant *w, const struct dest *d, const struct told_facts *is, li_us start)
{
	struct told *t = add(m->tolds, &w->liid, &w->task->xid, &d->conf.did), *other;

	if (!t) {
		li_log(LI_LOG_ERR, "no memory: an agency is not told of an interception");
		return;
	}
	t->is = *is;
	dirty(m->tolds, t);
	told_say_active(m, t, w, d, beside(m->tolds, t, &other), start);
}

/* The warrant is in force, since `start`. */
static void look(struct mediate *m, const struct warrant *w, const struct dest *d, li_us start)
{
	struct told *t = of(m, w, d);
	struct told_facts is;
	bool told = facts_of(w, d, &is);

	if (t)
		stay(m, t);
	if (t && (!told || !same_country(&t->is, &is))) {	/* it is the country's who heads what was delivered */
		over(m, t, t->left ? t->left : m->now);
		t = NULL;
	}
	if (t) {
		t->left = 0;
		changed(m, t, w, d, &is);
	} else if (told) {
		active(m, w, d, &is, start);
	}
}

/* An earlier process may not have come to tell it; then it is as old as this one. */
static li_us since(const struct mediate *m, li_us t)
{
	return !m->c.wait && t < m->made ? m->made : t;
}

void told_started(struct mediate *m, struct warrant *w, li_us t)
{
	bool reset = false;

	if (!m->c.wait && w->end <= m->now)	/* a start goes through windows of long ago once more */
		return;
	for (size_t i = 0; i < w->n_dests; i++) {
		reset |= w->dest[i]->conf.cin_reset && !of(m, w, w->dest[i]);
		look(m, w, w->dest[i], since(m, t));
	}
	if (reset)
		told_flush(m);		/* before the first record */
}

static bool delivers_to(const struct warrant *w, const struct dest *d)
{
	for (size_t i = 0; i < w->n_dests; i++)
		if (w->dest[i] == d)
			return true;
	return false;
}

void told_changed(struct mediate *m, struct warrant *w, const struct warrant *old)
{
	for (size_t i = 0; i < old->n_dests; i++) {
		struct told *t = delivers_to(w, old->dest[i]) ? NULL : of(m, old, old->dest[i]);

		if (t)
			over(m, t, m->now);
	}
	if (w->state != WARRANT_ACTIVE || w->start > m->now || m->now >= w->end)	/* its state is the old window's: what it is now, told_ended() says */
		return;
	for (size_t i = 0; i < w->n_dests; i++)
		look(m, w, w->dest[i], m->now);
}

void told_ended(struct mediate *m, struct warrant *w, li_us t)
{
	for (size_t i = 0; i < w->n_dests; i++) {
		struct told *x = of(m, w, w->dest[i]);

		if (x)
			over(m, x, t);
	}
}

void told_removed(struct mediate *m, struct warrant *w)
{
	for (size_t i = 0; i < w->n_dests; i++) {
		struct told *t = of(m, w, w->dest[i]);

		if (!t || t->leaving)
			continue;
		t->leaving = true;
		t->left = m->now > 0 ? m->now : m->c.clock();	/* 0: nothing has been captured yet */
		TAILQ_INSERT_TAIL(&m->tolds->leaving, t, leaves);
	}
}

struct looking { struct mediate *m; struct dest *d; };

static void look_again(void *arg, struct warrant *w)
{
	const struct looking *x = arg;

	if (w->state == WARRANT_ACTIVE && delivers_to(w, x->d) && of(x->m, w, x->d))
		look(x->m, w, x->d, x->m->now);
}

void told_dest_changed(struct mediate *m, struct dest *d)
{
	struct looking x = { m, d };

	warrants_each(m->ws, look_again, &x);
}

/* -- a store that was lost: HO-CIN-008 -- */

static struct view reset_key(const struct li_did *did, char text[64])
{
	char uuid[LI_UUID_TEXT];

	li_uuid_text(did->b, uuid);
	return view_of((const uint8_t *)text, (size_t)snprintf(text, 64, "cinReset %s", uuid));
}

static void store_lost(struct mediate *m)
{
	if (store_set_number(m->c.store, view_str(LOST), (uint32_t)(m->c.clock() / LI_US_SECOND)))
		li_log(LI_LOG_ERR, "store: that one was lost cannot be kept: after a restart agencies that come are not told of it");
	m->tolds->lost = true;
}

void told_dest_added(struct mediate *m, const struct dest *d)
{
	struct notice like = { .side = d->conf.hi2 ? LI_HI2 : LI_HI3, .liid = { .n = 1, .p = HM_LIID_ALL }, .what = "store-lost", .who = "mdfd" };
	uint32_t done_already = 0;
	char text[64];

	if (!m->tolds->lost || store_number(m->c.store, reset_key(&d->conf.did, text), &done_already) || done_already)
		return;
	if (store_set_number(m->c.store, reset_key(&d->conf.did, text), 1))
		li_log(LI_LOG_ERR, "store: that an agency was told of a lost store cannot be kept: it will be told again");
	told_say(m, NOTICE_CIN_RESET, d, &like, NULL);
	told_flush(m);			/* before anything else that it gets */
	notice_tick(m->tolds->notices);
}

void told_dest_gone(struct mediate *m, const struct dest *d)
{
	told_flush(m);		/* what ended with it goes out before */
	notice_dest_gone(m->tolds->notices, &d->conf.did);
}

/* -- at start -- */

static void seed(void *arg, struct warrant *w)
{
	struct mediate *m = arg;
	li_us now = m->c.clock();

	for (size_t i = 0; i < w->n_dests && !w->suspended && w->start <= now && now < w->end; i++) {
		struct told_facts is;
		struct told *t = facts_of(w, w->dest[i], &is) && !of(m, w, w->dest[i]) ?
				 add(m->tolds, &w->liid, &w->task->xid, &w->dest[i]->conf.did) : NULL;

		if (!t)
			continue;
		t->is = is;
		dirty(m->tolds, t);
	}
}

/* A store of before notices were: what is in force in it was told in other ways, or never: it does not begin now. */
static void seed_all(struct mediate *m)
{
	uint32_t seeded = 0;

	if (!store_number(m->c.store, view_str(SEEDED), &seeded) && seeded)
		return;
	warrants_each(m->ws, seed, m);
	told_flush(m);
	if (!SLIST_EMPTY(&m->tolds->dirty) || store_set_number(m->c.store, view_str(SEEDED), 1))
		li_log(LI_LOG_ERR, "store: what is in force cannot be kept as told");
}

static bool stands(const struct mediate *m, const struct told *t, li_us now)
{
	const struct warrant *w = warrants_find(m->ws, &t->liid, &t->xid);
	const struct dest *d = warrants_dest(m->ws, &t->did);

	return w && d && delivers_to(w, d) && !w->suspended && (m->c.wait || w->start <= now);
}

void told_loaded(struct mediate *m)
{
	struct told *t, *next;
	li_us now = m->c.clock();

	for (t = TAILQ_FIRST(&m->tolds->all); t; t = next) {
		next = TAILQ_NEXT(t, all);
		if (!t->leaving && !stands(m, t, now))
			over(m, t, now);
	}
	told_flush(m);
	notice_tick(m->tolds->notices);
}

/* -- time -- */

void told_flush(struct mediate *m)
{
	struct told *t;

	while ((t = TAILQ_FIRST(&m->tolds->leaving)))
		over(m, t, t->left);
	if (notice_flush(m->tolds->notices, m->turn))	/* it has said what is wrong, and is tried again */
		m->count[MEDIATE_notices_failed]++;
}

void told_tick(struct mediate *m)
{
	struct notices_stats s;

	told_losses_tick(m);
	notice_tick(m->tolds->notices);
	notices_stats(m->tolds->notices, &s);
	m->count[MEDIATE_notices_made] = s.made;
	m->count[MEDIATE_notices_delivered] = s.delivered;
	m->count[MEDIATE_notices_lost] = s.lost;
}

void mediate_warrants_loaded(struct mediate *m, bool lost)
{
	seed_all(m);
	if (lost)
		store_lost(m);
}

void mediate_drained(struct mediate *m)
{
	if (!m->turn)
		tolds_settle(m);
}

uint64_t mediate_notices_queued(const struct mediate *m)
{
	return notices_queued(m->tolds->notices);
}

void mediate_lost(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_loss *l)
{
	told_lost(m, did, kind, l);
}

/* -- for whoever asks -- */

void told_show(const struct mediate *m, const struct warrant *w, struct json *array)
{
	for (size_t i = 0; i < w->n_dests; i++) {
		const struct told *t = of(m, w, w->dest[i]);
		char did[LI_UUID_TEXT];

		li_uuid_text(w->dest[i]->conf.did.b, did);
		json_object(array, NULL);
		json_text(array, "did", did);
		json_text(array, "told", t ? "active" : "nothing in force");
		json_uint(array, "waiting", notice_waiting(m->tolds->notices, &w->dest[i]->conf.did, &w->liid));
		json_close(array, '}');
	}
}
