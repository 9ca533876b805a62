/* balance.c: see balance.h. */
#include "mediation/balance.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdlib.h>

#include "mediation/intercept.h"

#define OCTETS 8		/* of a count in its row */

/* -- fates -- */

enum balance_class balance_class(enum hm_fate f)
{
	static const uint8_t of[] = {
#define FATE(name, class, text) BALANCE_##class,
#include "handover/fate.tbl"
#undef FATE
	};

	return (enum balance_class)of[f];
}

const char *balance_fate_name(enum hm_fate f)
{
	static const char *const name[] = {
#define FATE(name, class, text) #name,
#include "handover/fate.tbl"
#undef FATE
	};

	return name[f];
}

struct balance_sum balance_sum(const struct balance_row *r)
{
	struct balance_sum s = { 0 };
	uint64_t known = 0;

	for (unsigned f = 0; f < HM_FATES; f++)
		s.n[balance_class((enum hm_fate)f)] += r->n[f];
	for (unsigned c = BALANCE_DELIVERED; c < BALANCE_CLASSES; c++)
		known += s.n[c];
	s.waiting = s.n[BALANCE_TAKEN] - known;
	return s;
}

static uint64_t waiting(const struct balance_row *r)
{
	return balance_sum(r).waiting;
}

/* -- life -- */

static struct view key_of(const uint64_t *handle)
{
	return view_of((const uint8_t *)handle, sizeof(*handle));
}

void balances_init(struct balances *b)
{
	*b = (struct balances){ 0 };
	TAILQ_INIT(&b->list);
	TAILQ_INIT(&b->due);
	table_init(&b->by_handle);
	counts_init(&b->left_out);
}

static void drop(struct balances *bs, struct balance *b)
{
	for (size_t i = 0; i < b->n_rows; i++)
		hm_mark_free(b->row[i].mark);
	if (b->is_due)
		TAILQ_REMOVE(&bs->due, b, due);
	TAILQ_REMOVE(&bs->list, b, all);
	table_del(&bs->by_handle, &b->by_handle);
	bs->n--;
	free(b->row);
	free(b);
}

void balances_fini(struct balances *b)
{
	while (!TAILQ_EMPTY(&b->list))
		drop(b, TAILQ_FIRST(&b->list));
	table_fini(&b->by_handle);
	counts_fini(&b->left_out);
}

static struct balance *find(const struct balances *bs, uint64_t handle)
{
	for (struct link *l = table_first(&bs->by_handle, table_hash(key_of(&handle))); l; l = table_next(l)) {
		struct balance *b = (struct balance *)(void *)((char *)l - offsetof(struct balance, by_handle));

		if (b->of.handle == handle)
			return b;
	}
	return NULL;
}

static struct balance *add(struct balances *bs, const struct store_balance *of)
{
	struct balance *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->of = *of;
	TAILQ_INSERT_TAIL(&bs->list, b, all);
	table_add(&bs->by_handle, &b->by_handle, key_of(&b->of.handle));
	bs->n++;
	return b;
}

static struct balance_row *row_of(struct balance *b, const struct li_did *did, enum li_hi kind)
{
	struct balance_row *more;

	for (size_t i = 0; i < b->n_rows; i++)
		if (b->row[i].kind == kind && memcmp(&b->row[i].did, did, sizeof(*did)) == 0)
			return &b->row[i];
	more = realloc(b->row, (b->n_rows + 1) * sizeof(*more));
	if (!more) {
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no memory for its account: it will not be complete", b->of.handle);
		return NULL;
	}
	b->row = more;
	b->row[b->n_rows] = (struct balance_row){ .did = *did, .kind = (uint8_t)kind };
	b->changed = true;
	return &b->row[b->n_rows++];
}

/* -- warrants -- */

static void make_due(struct mediate *m, struct balance *b)
{
	if (b->is_due)
		return;
	b->is_due = true;
	TAILQ_INSERT_TAIL(&m->balances.due, b, due);
}

static bool is_given(const struct warrant *w, const struct dest *d, enum li_hi kind)
{
	return kind == LI_HI2 ? w->hi2 && d->conf.hi2 : w->hi3 && d->conf.hi3;
}

void balance_there(struct mediate *m, const struct warrant *w)
{
	struct store_balance of = { .handle = w->handle, .xid = w->task->xid, .liid = w->liid, .has_country = w->has_auth_country,
				    .country = w->auth_country, .since = m->c.clock() };
	struct balance *b = find(&m->balances, w->handle);

	if (!b)
		b = add(&m->balances, &of);
	if (!b) {
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no memory: no account of it is kept", w->handle);
		return;
	}
	b->there = true;
	b->of.xid = of.xid;	/* balance_left() did not know it */
	for (size_t i = 0; i < w->n_dests; i++)
		for (unsigned k = 0; k < 2; k++)
			if (is_given(w, w->dest[i], (enum li_hi)k))
				(void)row_of(b, &w->dest[i]->conf.did, (enum li_hi)k);
	if (b->changed)		/* with the first of its contexts */
		make_due(m, b);
}

void balance_begins(struct mediate *m, const struct warrant *w)
{
	struct balance *b = find(&m->balances, w->handle);

	if (!b || !b->of.over || w->end <= b->of.over)	/* a start goes through windows of long ago once more */
		return;
	b->of.over = b->of.closed = 0;
	b->why = NULL;
	b->changed = true;
	for (size_t i = 0; i < b->n_rows; i++)
		b->row[i].told = false;
}

void balance_over(struct mediate *m, const struct warrant *w, bool gone, const char *why)
{
	struct balance *b = find(&m->balances, w->handle);

	if (!b)
		return;
	b->there &= !gone;
	if (b->of.over)
		return;
	b->of.over = m->c.clock();
	b->why = why;
	b->changed = true;
	TAILQ_REMOVE(&m->balances.list, b, all);	/* it is looked at soon */
	TAILQ_INSERT_HEAD(&m->balances.list, b, all);
}

/* -- counting -- */

/* Of what an earlier process had queued no more comes to something than waited, but for records that it had not said any more that it
 * took; and what is delivered, or overwritten, once more. What is not delivered after a kill may have been in the last moments before it. */
static void count(struct balance_row *r, const struct hm_counted *c)
{
	enum hm_fate f = c->old && r->crashed && balance_class(c->fate) == BALANCE_LOST ? HM_FATE_crash : c->fate;
	uint64_t n = c->n, past, found;

	if (c->old) {
		past = n < r->old ? n : r->old;
		found = n - past < r->more ? n - past : r->more;
		r->old -= past;
		r->more -= found;
		r->n[HM_FATE_taken] += found;
		n = past + found;
	}
	r->n[f] += n;
	r->octets += c->fate == HM_FATE_delivered && n ? c->octets : 0;
}

void balance_counted(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_counted c[], size_t n)
{
	for (; n; n--, c++) {
		struct balance *b = find(&m->balances, c->group);
		struct balance_row *r = b ? row_of(b, did, kind) : NULL;

		if (!r) {
			m->count[MEDIATE_unclaimed] += c->n;
			continue;
		}
		count(r, c);
		b->changed = true;
	}
}

void balance_note(struct mediate *m, const struct warrant *w, enum li_hi kind, unsigned to, enum hm_fate f, uint64_t n)
{
	struct balance *b = find(&m->balances, w->handle);

	for (size_t i = 0; b && i < w->n_dests; i++) {
		const struct dest *d = w->dest[i];
		struct balance_row *r;

		if (!(to >> i & 1) || (f != HM_FATE_kind && !is_given(w, d, kind)))
			continue;
		r = row_of(b, &d->conf.did, kind);
		if (!r)
			continue;
		r->n[HM_FATE_taken] += n;
		r->n[f] += n;
		b->changed = true;
	}
}

/* The kind stands in the bit that says elsewhere who had queued it. */
void balance_count(struct mediate *m, enum li_hi kind, uint64_t handle, enum hm_fate f)
{
	struct count *c;

	counts_lock(&m->balances.left_out);
	c = counts_find(&m->balances.left_out, count_key((uint32_t)handle, kind == LI_HI3, f));
	if (c)
		c->n++;
	counts_unlock(&m->balances.left_out);
}

/* At each destination that it has a row of that kind for; of a kind that it does not order, at each. */
static void note_all(struct balance *b, enum li_hi kind, enum hm_fate f, uint64_t n)
{
	for (size_t i = 0, rows = b->n_rows; i < rows; i++) {
		const struct li_did did = b->row[i].did;
		struct balance_row *r = b->row[i].kind == kind ? &b->row[i] : f == HM_FATE_kind && b->row[i].kind < kind ? row_of(b, &did, kind) : NULL;

		if (!r || (r != &b->row[i] && r < &b->row[rows]))
			continue;	/* it has had it, or will */
		r->n[HM_FATE_taken] += n;
		r->n[f] += n;
		b->changed = true;
	}
}

static void take_left_out(struct mediate *m)
{
	size_t slots;
	struct count *all = counts_take(&m->balances.left_out, &slots);

	for (size_t i = 0; all && i < slots; i++) {
		const struct hm_counted c = count_of(&all[i]);
		struct balance *b = all[i].key ? find(&m->balances, c.group) : NULL;

		if (b)
			note_all(b, c.old ? LI_HI3 : LI_HI2, c.fate, c.n);
	}
	free(all);
}

/* What is taken comes last: so what comes to something was taken. */
static void add_up(struct mediate *m, struct balance *b)
{
	ledger_counted(m->ledger, b->of.handle);
	b->live = hm_count_group(m->c.hm, (uint32_t)b->of.handle);
	if (b->changed)		/* or the ledger would keep numbers as counted that are not */
		make_due(m, b);
}

static void stand(struct mediate *m, struct balance *b)
{
	for (size_t i = 0; i < b->n_rows; i++) {
		struct balance_row *r = &b->row[i];
		bool asks = r->old || r->crashed || (b->of.over && !b->of.closed && waiting(r));

		r->standing = asks ? hm_standing(m->c.hm, &r->did, (enum li_hi)r->kind) : HM_QUEUED;
	}
}

/* What the last process left, and its queue has no more of: missing on a disk, or gone with memory. */
static void miss(struct balance *b, struct balance_row *r, enum hm_fate f)
{
	r->n[f] += r->old;
	b->changed = true;
	r->old = 0;
	r->crashed = false;
}

static bool is_unknown(struct mediate *m, const struct li_did *did)
{
	return m->balances.loaded && !warrants_dest(m->ws, did);
}

static void settle_row(struct mediate *m, struct balance *b, struct balance_row *r)
{
	uint64_t rest;

	if ((r->old || r->crashed) && r->standing > HM_OLD)
		miss(b, r, r->crashed ? HM_FATE_crash : HM_FATE_damaged);
	rest = b->of.over && !b->live ? waiting(r) : 0;
	if (rest && r->standing == HM_EMPTY) {
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": its account does not explain %" PRIu64 " records", b->of.handle, rest);
		m->count[MEDIATE_unexplained] += rest;
		r->n[HM_FATE_unexplained] += rest;
		b->changed = true;
	}
	if (rest && r->standing == HM_ABSENT && is_unknown(m, &r->did) && m->c.clock() - b->of.over > BALANCE_KEEP) {
		r->n[HM_FATE_gone] += rest;
		b->changed = true;
	}
}

static bool is_settled(const struct balance *b)
{
	for (size_t i = 0; i < b->n_rows; i++)
		if (waiting(&b->row[i]))
			return false;
	return true;
}

static void visit(struct mediate *m, struct balance *b)
{
	li_us now = m->c.clock();

	add_up(m, b);
	for (size_t i = 0; i < b->n_rows; i++)
		settle_row(m, b, &b->row[i]);
	if (m->balances.loaded && !b->there && !b->of.over) {	/* forgotten, or of another configuration */
		b->of.over = now;
		b->why = "its warrant is not there any more";
		b->changed = true;
	}
	if (b->of.over && !b->live && is_settled(b))
		balance_close(m, b);
	if (b->changed)
		make_due(m, b);
}

void balance_now(struct mediate *m, struct balance *const b[], size_t n)
{
	take_left_out(m);
	hm_count(m->c.hm);
	for (size_t i = 0; i < n; i++)
		add_up(m, b[i]);
}

void balance_keep(struct mediate *m, const uint32_t handle[], size_t n)
{
	balance_now(m, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		struct balance *b = find(&m->balances, handle[i]);

		if (!b)
			continue;
		add_up(m, b);
		make_due(m, b);
	}
}

/* So long closed, and of no warrant, that nobody asks for it. */
static bool is_past(const struct mediate *m, const struct balance *b)
{
	return b->of.closed && !b->there && !b->is_due && m->c.clock() - b->of.closed > BALANCE_KEEP;
}

static void forget(struct mediate *m, struct balance *b)
{
	enum li_err e = store_begin(m->c.store);

	if (!e)
		e = store_balance_del(m->c.store, b->of.handle);
	if (e || store_commit(m->c.store))
		store_rollback(m->c.store);	/* later */
	else
		drop(&m->balances, b);
}

void balance_tick(struct mediate *m)
{
	struct balances *bs = &m->balances;
	size_t most = bs->n / 10 > BALANCE_VISITS ? bs->n / 10 : BALANCE_VISITS;
	struct balance *b, *next, *last = TAILQ_LAST(&bs->list, balance_list);
	size_t n = 0;

	TAILQ_FOREACH(b, &bs->list, all) {	/* first: what was delivered is counted before its queue is empty */
		if (n++ == most)
			break;
		stand(m, b);
	}
	take_left_out(m);
	hm_count(m->c.hm);
	for (b = TAILQ_FIRST(&bs->list); b && most; b = next, most--) {
		next = b == last ? NULL : TAILQ_NEXT(b, all);
		TAILQ_REMOVE(&bs->list, b, all);
		TAILQ_INSERT_TAIL(&bs->list, b, all);
		if (is_past(m, b))
			forget(m, b);
		else
			visit(m, b);
	}
}

/* -- keeping -- */

bool balance_due(const struct mediate *m)
{
	return !TAILQ_EMPTY(&m->balances.due);
}

static enum li_err put_row(struct mediate *m, const struct balance *b, const struct balance_row *r)
{
	uint8_t octets[HM_FATES * OCTETS];
	struct store_balance_row s = { .did = r->did, .kind = r->kind, .crashed = r->crashed, .told = r->told, .octets = r->octets,
				       .more = r->more, .counts = { octets, sizeof(octets) } };

	for (unsigned f = 0; f < HM_FATES; f++)
		for (unsigned i = 0; i < OCTETS; i++)
			octets[f * OCTETS + i] = (uint8_t)(r->n[f] >> 8 * i);
	return store_balance_row_put(m->c.store, b->of.handle, &s);
}

enum li_err balance_put(struct mediate *m)
{
	const struct balance *b;
	enum li_err e = LI_OK;

	TAILQ_FOREACH(b, &m->balances.due, due) {
		if (!e)
			e = store_balance_put(m->c.store, &b->of);
		for (size_t i = 0; !e && i < b->n_rows; i++)
			e = put_row(m, b, &b->row[i]);
	}
	return e;
}

void balance_done(struct mediate *m, bool good)
{
	struct balance *b;

	while (good && (b = TAILQ_FIRST(&m->balances.due))) {
		TAILQ_REMOVE(&m->balances.due, b, due);
		b->is_due = b->changed = false;
		b->stored = true;
	}
}

/* -- the start -- */

static enum li_err on_balance(void *arg, const struct store_balance *of)
{
	struct balance *b = add(arg, of);

	if (!b)
		return LI_ENOMEM;
	b->stored = true;
	return LI_OK;
}

static enum li_err on_row(void *arg, uint64_t handle, const struct store_balance_row *s)
{
	struct balance *b = find(arg, handle);
	struct balance_row *r = b ? row_of(b, &s->did, (enum li_hi)s->kind) : NULL;

	if (!r)
		return LI_ENOMEM;
	r->octets = s->octets;
	r->more = s->more;
	r->crashed = s->crashed;
	r->told = s->told;
	for (unsigned f = 0; f < HM_FATES && (f + 1) * OCTETS <= s->counts.n; f++)	/* a store of before has fewer */
		for (unsigned i = 0; i < OCTETS; i++)
			r->n[f] |= (uint64_t)s->counts.p[f * OCTETS + i] << 8 * i;
	if ((int64_t)waiting(r) < 0)	/* kept when it was delivered, before it was added up: it had been taken */
		r->n[HM_FATE_taken] -= waiting(r);
	r->old = waiting(r);
	return LI_OK;
}

enum li_err balance_load(struct mediate *m)
{
	struct balances *bs = &m->balances;
	struct balance *b;
	bool clean;
	enum li_err e = store_balances_clean(m->c.store, &clean);

	if (!e)
		e = store_balances(m->c.store, on_balance, on_row, bs);
	if (e)
		return e;
	bs->crashed = !clean;
	TAILQ_FOREACH(b, &bs->list, all) {
		b->changed = !clean;
		for (size_t i = 0; !clean && i < b->n_rows; i++)
			b->row[i].crashed |= b->row[i].old != 0;
	}
	return LI_OK;
}

struct leaving { struct mediate *m; const struct store_context *c; const struct balance *but; uint32_t n; };

/* Of which of its LIID's warrants these numbers are nobody knows. */
static void may_be_of(struct balance *b, const struct leaving *x)
{
	for (size_t i = 0; i < x->c->n_dests; i++) {
		struct balance_row *r = row_of(b, &x->c->dest[i], (enum li_hi)x->c->kind);

		if (!r)
			continue;
		r->more += x->n;
		r->crashed = true;
	}
}

static void is_of(struct balance *b, const struct store_context *c, uint32_t n)
{
	for (size_t i = 0; i < c->n_dests; i++) {
		struct balance_row *r = row_of(b, &c->dest[i], (enum li_hi)c->kind);

		if (!r)
			continue;
		r->n[HM_FATE_taken] += n;
		r->old += n;
		r->crashed = true;
	}
}

/* A process that ended at once has told numbers that no account has. IRI: each was taken. Content: all that were leased may have been,
 * unless it had ended: then its last number is known. */
void balance_left(void *arg, const struct store_context *c)
{
	struct mediate *m = arg;
	struct balance *b = find(&m->balances, c->warrant);
	struct leaving x = { m, c, NULL, c->next - (c->has_counted ? c->counted : c->settled) };

	if (!m->balances.crashed || !x.n)
		return;
	if (c->has_counted && !b)	/* it had begun just then */
		b = add(&m->balances, &(struct store_balance){ .handle = c->warrant, .liid = c->liid, .has_country = c->has_country,
							       .country = c->country, .since = c->since });
	if (c->has_counted && b && (c->kind == LI_HI2 || c->settled == c->next))
		is_of(b, c, x.n);
	else if (c->has_counted && b)
		may_be_of(b, &x);
	else
		TAILQ_FOREACH(b, &m->balances.list, all)
			if (!b->of.closed && view_eq(view_of(b->of.liid.p, b->of.liid.n), view_of(c->liid.p, c->liid.n)))
				may_be_of(b, &x);
}

enum li_err balance_recovered(void *arg)
{
	struct mediate *m = arg;
	struct balance *b;
	enum li_err e;

	TAILQ_FOREACH(b, &m->balances.list, all)
		if (b->changed)
			make_due(m, b);
	e = balance_put(m);
	if (!e)
		e = store_set_balances_clean(m->c.store, false);
	balance_done(m, !e);	/* without it there is no start */
	return e;
}

void balance_loaded(struct mediate *m)
{
	m->balances.loaded = true;
}

/* -- the end -- */

void balance_last(struct mediate *m)
{
	struct balance *b;

	take_left_out(m);
	TAILQ_FOREACH(b, &m->balances.list, all)
		if (b->changed)
			make_due(m, b);
}

void balance_finish(struct mediate *m)
{
	enum li_err e = balance_due(m) ? LI_EIO : store_begin(m->c.store);	/* the ledger could not keep them */

	if (!e)
		e = store_set_balances_clean(m->c.store, true);
	if (!e)
		e = store_commit(m->c.store);
	if (e) {
		store_rollback(m->c.store);
		li_log(LI_LOG_ERR, "store: what has become of records could not be kept: the next start cannot say it of all of them");
	}
}
