/*
 * test_balance.c: accounts over many lives of a process that is stopped, or killed at any instant. The store and the ledger are real; the handover, the
 * agencies and the audit log are stood in for here, and know what has really become of each record. While nothing is killed an account says just that;
 * afterwards it says nothing that is not so, and what it calls unsure covers the rest.
 */
#include <stdlib.h>

#include "mediation/intercept.h"
#include "test/said.h"
#include "test/unit.h"

#define DESTS 3			/* 0: in memory alone; 1: each record is on disk at once; 2: on disk at a stop */
#define CTXS 16			/* contexts a life */
#define WARRANTS 200		/* of all lives */
#define QUEUE 20000

static char *dir, *key;
static char err[256];
static uint64_t seed;
static li_us time_now;
static struct mediate *m;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_rand(&seed) % n);
}

/* -- what is so -- */

struct truth {			/* of a warrant, a destination and a kind */
	uint64_t taken, delivered, filtered, lost;
	uint64_t noted;		/* without a number, since the accounts were kept last */
	uint64_t forgotten;	/* such that a kill made nobody remember */
	bool killed;
};

static struct order {
	struct task task;
	struct warrant w;
	struct truth t[DESTS][2];
	bool there, over;
	unsigned closed;
} order[WARRANTS];
static size_t n_orders;

static struct order *order_of(uint32_t group)
{
	CU_ASSERT_FATAL(group >= 1 && group <= n_orders);
	return &order[group - 1];
}

/* -- the handover -- */

struct elem { uint32_t group; enum li_hi kind; bool word, delivered, spoilt; };

struct hm_dest {
	struct hm_dest_conf conf;
	struct elem elem[QUEUE];
	size_t head, tail, position;
	size_t old;			/* elements before it are of an earlier life */
	struct counts counts[2];
	bool full;
};

struct hm_ctx {
	uint32_t group;
	enum li_hi kind;
	uint32_t next, end;
	size_t n;
	struct hm_dest *dest[DESTS];
	uint32_t taken[DESTS];
};

struct hm_mark { size_t n, at[DESTS]; struct hm_dest *dest[DESTS]; };

static struct hm_dest hd[DESTS];
static struct dest dest[DESTS];
static struct user { struct hm_ctx ctx; struct account *a; bool held, used; } u[CTXS];
static size_t n_users, marks_alive;

const struct hm_dest_conf *hm_dest_conf(const struct hm_dest *d) { return &d->conf; }
uint32_t hm_ctx_next(const struct hm_ctx *c) { return c->next; }
void hm_ctx_lease(struct hm_ctx *c, uint32_t end) { c->end = end; }
void hm_ctx_flush(struct hm_ctx *c) { (void)c; }

static struct hm_mark *mark(struct hm_dest *const d[], size_t n)
{
	struct hm_mark *x = calloc(1, sizeof(*x));

	for (; x->n < n; x->n++) {
		x->dest[x->n] = d[x->n];
		x->at[x->n] = d[x->n]->head;
	}
	marks_alive++;
	return x;
}

struct hm_mark *hm_ctx_mark(const struct hm_ctx *c, uint32_t *next)
{
	*next = c->next;
	return mark(c->dest, c->n);
}

bool hm_mark_passed(const struct hm_mark *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->dest[i]->tail < x->at[i])
			return false;
	return true;
}

void hm_mark_free(struct hm_mark *x) { marks_alive -= x != NULL; free(x); }

static void push(struct hm_dest *d, uint32_t group, enum li_hi kind, bool word)
{
	CU_ASSERT_FATAL(d->head < QUEUE);
	d->elem[d->head++] = (struct elem){ .group = group, .kind = kind, .word = word };
}

enum li_err hm_message(struct hm_dest *d, enum li_hi kind, const struct hm_message *x, struct hm_mark **at)
{
	unsigned long long in, delivered, filtered, lost, unsure;
	char hi[4];

	if (d->full)
		return LI_EFULL;
	if (sscanf(x->text, "account %3s in=%llu delivered=%llu filtered=%llu lost=%llu unsure=%llu:", hi, &in, &delivered, &filtered, &lost, &unsure) == 6)
		CU_ASSERT((x->priority == HM_INFORMATIONAL) == (lost == 0 && unsure == 0) && in <= delivered + filtered + lost + unsure);
	push(d, 0, kind, true);
	*at = mark(&d, 1);
	return LI_OK;
}

static void tell(size_t i)
{
	for (unsigned k = 0; k < 2; k++) {
		size_t slots;
		struct count *all = counts_take(&hd[i].counts[k], &slots);

		for (size_t s = 0; all && s < slots; s++)
			if (all[s].key) {
				struct hm_counted c = count_of(&all[s]);

				balance_counted(m, &hd[i].conf.did, (enum li_hi)k, &c, 1);
			}
		free(all);
	}
}

void hm_count(struct hm *h)
{
	(void)h;
	for (size_t i = 0; i < DESTS; i++) {
		tell(i);
		hd[i].position = hd[i].tail;
	}
}

bool hm_count_group(struct hm *h, uint32_t group)
{
	bool any = false;

	(void)h;
	for (size_t x = 0; x < n_users; x++)
		for (size_t i = 0; u[x].used && u[x].ctx.group == group && i < u[x].ctx.n; i++) {
			struct hm_counted c = { .group = group, .fate = HM_FATE_taken, .n = u[x].ctx.taken[i] };

			any = true;
			u[x].ctx.taken[i] = 0;
			if (c.n)
				balance_counted(m, &u[x].ctx.dest[i]->conf.did, u[x].ctx.kind, &c, 1);
		}
	return any;
}

enum hm_standing hm_standing(const struct hm *h, const struct li_did *did, enum li_hi kind)
{
	const struct hm_dest *d = &hd[did->b[0]];

	(void)h, (void)kind;
	return d->tail < d->old ? HM_OLD : d->tail < d->head ? HM_QUEUED : HM_EMPTY;
}

void hm_ctx_count(const struct hm_ctx *c, enum hm_fate fate, uint64_t n)
{
	for (size_t i = 0; i < c->n; i++)
		counts_never_came(&c->dest[i]->counts[c->kind], c->group, fate, n);
}

/* -- whose destinations and warrants -- */

struct dest *warrants_dest(const struct warrants *ws, const struct li_did *did)
{
	(void)ws;
	return &dest[did->b[0]];
}

void warrants_of_liid(const struct warrants *ws, const struct li_liid *liid, void (*fn)(void *arg, struct warrant *w), void *arg)
{
	(void)ws;
	for (size_t i = 0; i < n_orders; i++)
		if (order[i].there && memcmp(&order[i].w.liid, liid, sizeof(*liid)) == 0)
			fn(arg, &order[i].w);
}

/* -- the audit log -- */

void audit_begin(struct audit *a) { (void)a; }
enum li_err audit_end(struct audit *a) { (void)a; return LI_OK; }
enum li_err audit_write(struct audit *a, li_us at, const char *event, const char *who, const struct audit_field f[], size_t n)
{
	uint64_t v[16] = { 0 }, sum = 0;

	(void)a, (void)at, (void)who;
	if (strcmp(event, "warrant-account") != 0)
		return LI_OK;
	for (size_t i = 5; i < n && i < 14; i++)	/* warrant, in, delivered, octets, filtered, lost, unsure, unsure-more, waiting */
		v[i - 5] = strtoull(f[i].value, NULL, 10);
	sum = v[2] + v[4] + v[5] + v[6] + v[8];
	CU_ASSERT(strcmp(f[6].name, "in") == 0 && v[1] == sum);
	if (strcmp(f[4].value, "asked for") != 0) {
		CU_ASSERT_EQUAL(v[8], 0);		/* nothing waits when it is closed */
		order_of((uint32_t)v[0])->closed++;
	}
	return LI_OK;
}

/* -- a record -- */

static size_t place(const struct hm_dest *d) { return (size_t)(d - hd); }

static struct truth *truth_of(const struct hm_ctx *c, size_t i) { return &order_of(c->group)->t[place(c->dest[i])][c->kind]; }

/* A number is taken. lost: the process ends before it has a place. */
static void taken(const struct hm_ctx *c, bool lost)
{
	for (size_t i = 0; i < c->n; i++) {
		truth_of(c, i)->taken++;
		truth_of(c, i)->lost += lost;
	}
}

static void hand_over(struct hm_ctx *c)
{
	taken(c, false);
	for (size_t i = 0; i < c->n; i++) {
		struct hm_dest *d = c->dest[i];

		if (d->full) {
			counts_never_came(&d->counts[c->kind], c->group, HM_FATE_full, 1);
			truth_of(c, i)->lost++;
		} else {
			push(d, c->group, c->kind, false);
			c->taken[i]++;
		}
	}
	c->next++;
}

/* The agency takes some, some that lie on a disk are damaged. */
static void deliver(size_t most)
{
	for (size_t i = 0; i < DESTS; i++) {
		struct hm_dest *d = &hd[i];

		for (size_t n = most == QUEUE ? QUEUE : pick((unsigned)most + 1); n && d->tail < d->head; n--) {
			struct elem *e = &d->elem[d->tail];
			struct queue_elem q = { .group = e->group, .n = 100, .kind = (uint8_t)e->kind, .durable = d->tail < d->old ? 1 : 2 };
			struct truth *t = e->word ? NULL : &order_of(e->group)->t[i][e->kind];

			d->counts[e->kind].since = 2;
			d->tail++;
			if (e->word)
				continue;
			e->spoilt |= d->tail <= d->old && !e->delivered && pick(20) == 0;
			if (e->spoilt) {
				counts_elem_came_to(&d->counts[e->kind], &q, HM_FATE_damaged);
				t->lost += !e->delivered;
				e->delivered = true;
				continue;
			}
			counts_lock(&d->counts[e->kind]);
			counts_delivered(&d->counts[e->kind], &q);
			counts_unlock(&d->counts[e->kind]);
			t->delivered += !e->delivered;
			e->delivered = true;		/* it may come once more */
		}
	}
}

/* -- accounts against it -- */

static struct balance *balance_of(uint32_t group)
{
	struct balance *b;

	TAILQ_FOREACH(b, &m->balances.list, all)
		if (b->of.handle == group)
			return b;
	return NULL;
}

static void compare_row(const struct balance_row *r, const struct truth *t, uint64_t waits)
{
	const struct balance_sum s = balance_sum(r);
	uint64_t in = s.n[BALANCE_TAKEN], unsure = s.n[BALANCE_UNSURE] + r->more;

	CU_ASSERT((int64_t)s.waiting >= 0 && r->old <= s.waiting);
	CU_ASSERT_EQUAL(r->n[HM_FATE_unexplained], 0);
	if (!t->killed) {
		CU_ASSERT(in == t->taken && s.n[BALANCE_DELIVERED] == t->delivered && s.n[BALANCE_FILTERED] == t->filtered);
		CU_ASSERT(s.n[BALANCE_LOST] == t->lost && unsure == 0 && s.waiting == waits);
		return;
	}
	CU_ASSERT(in <= t->taken && t->taken <= in + r->more + t->forgotten);
	CU_ASSERT(s.n[BALANCE_DELIVERED] <= t->delivered && t->delivered <= s.n[BALANCE_DELIVERED] + unsure + s.waiting);
	CU_ASSERT(s.n[BALANCE_LOST] <= t->lost && t->lost <= s.n[BALANCE_LOST] + unsure + s.waiting + t->forgotten);
	CU_ASSERT(s.n[BALANCE_FILTERED] <= t->filtered && t->filtered <= s.n[BALANCE_FILTERED] + t->forgotten);
}

static void compare(void)
{
	static uint64_t waits[WARRANTS][DESTS][2];

	memset(waits, 0, sizeof(waits));
	for (size_t i = 0; i < DESTS; i++)
		for (size_t k = hd[i].tail; k < hd[i].head; k++)
			if (!hd[i].elem[k].word)
				waits[hd[i].elem[k].group - 1][i][hd[i].elem[k].kind]++;
	for (size_t i = 0; i < n_orders; i++) {
		struct balance *b = balance_of((uint32_t)i + 1);

		if (!b)
			continue;
		balance_now(m, &b, 1);
		for (size_t k = 0; k < b->n_rows; k++) {
			const struct balance_row *r = &b->row[k];

			compare_row(r, &order[i].t[r->did.b[0]][r->kind], waits[i][r->did.b[0]][r->kind]);
		}
	}
}

/* -- a life -- */

static li_us now(void) { return time_now += 1000; }

static struct hm_dest *find(void *arg, const struct li_did *did, bool *known)
{
	(void)arg;
	*known = true;
	return &hd[did->b[0]];
}

static bool due(void *arg) { return balance_due(arg); }
static enum li_err put(void *arg) { return balance_put(arg); }
static void done(void *arg, bool good) { balance_done(arg, good); }

static void ordered(void)
{
	struct order *o = &order[n_orders];

	if (n_orders == WARRANTS)
		return;
	memset(o, 0, sizeof(*o));
	o->task.xid.b[0] = (uint8_t)n_orders;
	o->w = (struct warrant){ .handle = ++n_orders, .task = &o->task, .liid = { .n = 4, .p = "LI-1" }, .hi2 = true, .hi3 = pick(3) != 0,
				 .end = LI_US_NEVER, .n_dests = DESTS };
	o->w.liid.p[3] = (uint8_t)('0' + n_orders % 7);		/* several have one */
	for (size_t i = 0; i < DESTS; i++)
		o->w.dest[i] = &dest[i];
	o->there = true;
	balance_there(m, &o->w);
}

static struct order *some_order(void)
{
	struct order *o = n_orders ? &order[pick((unsigned)n_orders)] : NULL;

	return o && o->there && !o->over ? o : NULL;
}

static void open_one(struct user *x)
{
	struct order *o = some_order();
	struct hm_dest *to[DESTS];
	struct hm_ctx_conf c = { .has_cin = true, .cin = { pick(1u << 30) }, .dests = to };
	enum li_err e;

	if (!o)
		return;
	c.kind = o->w.hi3 && pick(2) ? LI_HI3 : LI_HI2;
	c.liid = o->w.liid;
	for (size_t i = 0; i < DESTS; i++)
		if (pick(2) || (i + 1 == DESTS && !c.n_dests))
			to[c.n_dests++] = &hd[i];
	memset(x, 0, sizeof(*x));
	x->a = ledger_open(m->ledger, &c, o->w.handle, view_of(NULL, 0), &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x->a);
	x->ctx = (struct hm_ctx){ .group = (uint32_t)o->w.handle, .kind = c.kind, .next = c.first_number, .end = c.lease_end, .n = c.n_dests };
	memcpy(x->ctx.dest, to, c.n_dests * sizeof(to[0]));
	account_use(x->a, &x->ctx);
	x->used = true;
	n_users++;
}

static void close_one(struct user *x)
{
	if (!x->used || x->held)
		return;
	account_close(x->a);
	for (size_t i = 0; i < x->ctx.n; i++) {
		counts_taken(&x->ctx.dest[i]->counts[x->ctx.kind], x->ctx.group, x->ctx.taken[i]);	/* as hm_ctx_free() does */
		x->ctx.taken[i] = 0;
	}
	x->used = false;
}

/* Records of one turn, and a kill between any two of its steps. True: there was one. */
static bool turn(unsigned kill)
{
	for (unsigned i = pick(6); n_users && i; i--) {
		struct user *x = &u[pick((unsigned)n_users)];

		if (x->used && x->ctx.kind == LI_HI2 && !x->held) {
			account_take(x->a);
			x->held = true;
		}
	}
	if (pick(kill) == 0) {
		for (size_t i = 0; i < n_users; i++)
			u[i].held = false;
		return true;
	}
	CU_ASSERT_EQUAL(ledger_commit(m->ledger), LI_OK);
	for (size_t i = 0; i < n_users; i++) {
		struct user *x = &u[i];

		if (!x->held)
			continue;
		x->held = false;
		if (pick(kill) == 0) {		/* and all that follow */
			for (taken(&x->ctx, true); i < n_users; i++)
				if (u[i].held)
					taken(&u[i].ctx, true);
			return true;
		}
		hand_over(&x->ctx);
		account_sent(x->a);
	}
	return false;
}

static void content(void)
{
	CU_ASSERT_EQUAL(ledger_commit(m->ledger), LI_OK);	/* a file tap's waits for the end of the turn that opened its context */
	for (unsigned i = pick(20); n_users && i; i--) {
		struct user *x = &u[pick((unsigned)n_users)];

		if (!x->used || x->ctx.kind != LI_HI3)
			continue;
		CU_ASSERT_NOT_EQUAL_FATAL(x->ctx.next, x->ctx.end);
		hand_over(&x->ctx);
	}
}

/* What mediation keeps from a warrant, or cannot make. */
static void note(void)
{
	struct order *o = some_order();
	bool lost = pick(2), content_too = pick(2);

	if (!o)
		return;
	balance_note(m, &o->w, LI_HI2, 1u << 1 | 1u << 2, lost ? HM_FATE_unreadable : HM_FATE_window, 3);
	if (content_too)
		balance_count(m, LI_HI3, o->w.handle, o->w.hi3 ? HM_FATE_scope : HM_FATE_kind);
	for (size_t i = 0; i < DESTS; i++) {
		struct truth *t = o->t[i];

		t[LI_HI2].taken += i ? 3 : 0;
		t[LI_HI2].noted += i ? 3 : 0;
		*(lost ? &t[LI_HI2].lost : &t[LI_HI2].filtered) += i ? 3 : 0;
		t[LI_HI3].taken += content_too;
		t[LI_HI3].noted += content_too;
		t[LI_HI3].filtered += content_too;
	}
}

static void tick(void)
{
	balance_tick(m);
	ledger_tick(m->ledger);
	for (size_t i = 0; i < n_orders; i++)
		for (size_t k = 0; k < DESTS; k++)
			order[i].t[k][0].noted = order[i].t[k][1].noted = 0;
}

static void end_one(void)
{
	struct order *o = some_order();

	if (!o)
		return;
	for (size_t i = 0; i < n_users; i++)
		if (u[i].used && u[i].ctx.group == o->w.handle)
			close_one(&u[i]);
	o->over = true;
	o->there = pick(2);
	balance_over(m, &o->w, !o->there, "test");
}

/* What survives: of a killed process what disk 1 has, from its position on; of one that was stopped disk 2, too. */
static void leave(bool killed)
{
	for (size_t i = 0; i < DESTS; i++) {
		struct hm_dest *d = &hd[i];
		size_t n = 0, from = killed ? d->position : d->tail;

		for (size_t k = from; k < d->head; k++) {
			struct elem *e = &d->elem[k];
			struct queue_elem q = { .group = e->group, .n = 100, .kind = (uint8_t)e->kind, .durable = k < d->old ? 1 : 2 };

			if (i == 1 || (i == 2 && (!killed || k < d->old))) {
				d->elem[n++] = *e;
				continue;
			}
			if (e->word)
				continue;
			order_of(e->group)->t[i][e->kind].lost += !e->delivered;
			if (!killed)
				counts_elem_came_to(&d->counts[e->kind], &q, HM_FATE_gone);
		}
		d->head = d->old = n;
		d->tail = d->position = 0;
	}
}

static struct store *store;

static void start(void)
{
	struct ledger_conf lc = { .store = store, .clock = now, .dest = find, .due = due, .put = put, .done = done, .counts = true, .left = balance_left,
				  .recovered = balance_recovered };

	m = calloc(1, sizeof(*m));
	m->c.store = store;
	m->c.clock = now;
	balances_init(&m->balances);
	lc.arg = m;
	m->ledger = ledger_new(&lc);
	n_users = 0;
	CU_ASSERT_EQUAL_FATAL(balance_load(m), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ledger_recover(m->ledger), LI_OK);
	ledger_forgets(m->ledger);
	for (size_t i = 0; i < n_orders; i++)
		if (order[i].there)
			balance_there(m, &order[i].w);
	for (size_t i = 0; i < n_orders; i++)
		if (order[i].there && order[i].over)
			balance_over(m, &order[i].w, false, "test");
	balance_loaded(m);
}

static void stop(void)
{
	balance_last(m);
	ledger_finish(m->ledger);
	balance_finish(m);
}

static void forget(void)
{
	ledger_free(m->ledger);
	balances_fini(&m->balances);
	CU_ASSERT_EQUAL(marks_alive, 0);
	free(m);
	m = NULL;
}

static void life(bool clean, unsigned kill)
{
	bool killed = false;

	start();
	while (!killed && (n_users < CTXS || (clean && pick(20)))) {
		switch (pick(9)) {
		case 0: if (n_users < CTXS) open_one(&u[n_users]); break;
		case 1: case 2: content(); break;
		case 3: deliver(10); break;
		case 4: tick(); break;
		case 5: if (pick(2)) ordered(); else if (pick(4) == 0) end_one(); break;
		case 6: if (n_users && pick(3) == 0) close_one(&u[pick((unsigned)n_users)]); break;
		case 7: note(); compare(); break;
		default: killed = turn(clean ? 1000000 : kill);
		}
		for (size_t i = 0; i < DESTS; i++)
			hd[i].full = pick(6) == 0;
	}
	for (size_t i = 0; i < DESTS; i++)
		hd[i].full = false;
	if (clean) {
		for (size_t i = 0; i < n_users; i++)
			close_one(&u[i]);
		leave(false);
		hm_count(NULL);
		stop();
	} else {
		leave(true);
		for (size_t i = 0; i < n_orders; i++)
			for (size_t k = 0; k < 2 * DESTS; k++) {
				struct truth *t = &order[i].t[k / 2][k % 2];

				t->killed = true;
				t->forgotten += t->noted;
				t->noted = 0;
			}
	}
	forget();
	for (size_t i = 0; i < DESTS; i++)
		for (unsigned k = 0; k < 2; k++) {
			size_t slots;

			free(counts_take(&hd[i].counts[k], &slots));
		}
	store_close(store);
	store = store_open(dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
}

/* A last life in which everything is delivered: no account waits, each that is over is closed. */
static void at_rest(void)
{
	start();
	for (unsigned i = 0; i < 40; i++) {
		deliver(QUEUE);
		tick();
	}
	compare();
	for (size_t i = 0; i < n_orders; i++) {
		struct balance *b = balance_of((uint32_t)i + 1);

		for (size_t k = 0; b && k < b->n_rows; k++)
			CU_ASSERT_EQUAL(balance_sum(&b->row[k]).waiting, 0);
		CU_ASSERT(!order[i].over || !b || (b->of.closed && order[i].closed > 0));
		for (size_t k = 0; k < 2 * DESTS; k++) {
			const struct truth *t = &order[i].t[k / 2][k % 2];

			CU_ASSERT_EQUAL(t->taken, t->delivered + t->filtered + t->lost);
		}
	}
	CU_ASSERT_EQUAL(m->count[MEDIATE_unexplained], 0);
	stop();
	forget();
}

static void world(uint64_t with, unsigned lives, unsigned clean_of)
{
	seed = with;
	n_orders = 0;
	memset(order, 0, sizeof(order));
	dir = folder_new();
	key = file_in(dir, "state.key", NULL);
	store = store_open(dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	for (size_t i = 0; i < DESTS; i++) {
		memset(&hd[i], 0, sizeof(hd[i]));
		hd[i].conf = (struct hm_dest_conf){ .did = { { (uint8_t)i } }, .hi2 = true, .hi3 = true, .account_message = i != 2,
			.aggregate_iri = i == 2 && with % 2 ? 5 : 0 };
		dest[i] = (struct dest){ .conf = hd[i].conf, .mediation = &hd[i] };
		counts_init(&hd[i].counts[0]);
		counts_init(&hd[i].counts[1]);
	}
	for (unsigned i = 0; i < lives; i++)
		life(pick(10) < clean_of, 40);
	at_rest();
	for (size_t i = 0; i < DESTS; i++) {
		counts_fini(&hd[i].counts[0]);
		counts_fini(&hd[i].counts[1]);
	}
	store_close(store);
	free(key);
	folder_remove(dir);
}

/* Nothing is killed: each account is just what happened. */
static void stopped(void)
{
	for (unsigned i = 0; i < unit_rounds(6); i++)
		world(i + 1, 6, 10);
}

static void killed(void)
{
	for (unsigned i = 0; i < unit_rounds(20); i++)
		world(i + 1000, 8, 4);
}

UNIT_MAIN("balance", UNIT(stopped), UNIT(killed))
