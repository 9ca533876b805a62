/*
 * test_ledger.c: numbers over many lives of a process that is killed at any instant: none is used twice, and each that the
 * agencies lack is announced to them. The store is real; the handover and the audit log are stood in for here: queues of
 * what was handed over, which the agency takes some of, and whose rest a kill loses.
 */
#include "mediation/ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include "test/said.h"
#include "test/unit.h"

#define DESTS 3
#define CTXS 24			/* contexts a life */
#define QUEUE 4000

static char *dir, *key;
static char err[256];
static struct store *store;
static uint64_t seed;
static li_us time_now;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_rand(&seed) % n);
}

/* -- the handover -- */

struct elem { uint64_t ctx; uint32_t number; char text[64]; };

struct hm_dest {
	struct hm_dest_conf conf;
	struct elem elem[QUEUE];
	size_t head, tail;		/* handed over, delivered */
	bool there, full, closed;	/* closed: it is known and could not be opened */
};

struct hm_ctx {
	uint64_t id;
	enum li_hi kind;
	uint32_t next, end;
	struct hm_dest *dest[DESTS];
	size_t n;
};

struct hm_mark { struct hm_dest *dest[DESTS]; size_t at[DESTS], n; };

static struct hm_dest dest[DESTS];
static size_t marks_alive;

const struct hm_dest_conf *hm_dest_conf(const struct hm_dest *d)
{
	return &d->conf;
}

uint32_t hm_ctx_next(const struct hm_ctx *c)
{
	return c->next;
}

void hm_ctx_lease(struct hm_ctx *c, uint32_t end)
{
	c->end = end;
}

void hm_ctx_flush(struct hm_ctx *c) { (void)c; }

struct hm_mark *hm_ctx_mark(const struct hm_ctx *c, uint32_t *next)
{
	struct hm_mark *m = calloc(1, sizeof(*m));

	*next = c->next;
	for (; m->n < c->n; m->n++) {
		m->dest[m->n] = c->dest[m->n];
		m->at[m->n] = c->dest[m->n]->head;
	}
	marks_alive++;
	return m;
}

bool hm_mark_passed(const struct hm_mark *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->dest[i]->tail < m->at[i])
			return false;
	return true;
}

void hm_mark_free(struct hm_mark *m)
{
	marks_alive -= m != NULL;
	free(m);
}

static void put(struct hm_dest *d, uint64_t ctx, uint32_t number, const char *text)
{
	struct elem *e = &d->elem[d->head++];

	CU_ASSERT_FATAL(d->head <= QUEUE);
	*e = (struct elem){ .ctx = ctx, .number = number };
	snprintf(e->text, sizeof(e->text), "%s", text);
}

enum li_err hm_message(struct hm_dest *d, enum li_hi kind, const struct hm_message *m, struct hm_mark **mark)
{
	(void)kind;
	if (d->full)
		return LI_EFULL;
	CU_ASSERT(strlen(m->text) <= HM_TEXT_MAX && strchr(m->text, ':'));
	put(d, m->ctx, 0, m->text);
	*mark = calloc(1, sizeof(**mark));
	**mark = (struct hm_mark){ .dest = { d }, .at = { d->head }, .n = 1 };
	marks_alive++;
	return LI_OK;
}

/* -- the audit log -- */

static unsigned audited;

void audit_begin(struct audit *a) { (void)a; }
enum li_err audit_end(struct audit *a) { (void)a; return LI_OK; }

enum li_err audit_write(struct audit *a, li_us now, const char *event, const char *who, const struct audit_field f[], size_t n)
{
	(void)a, (void)now, (void)who, (void)f, (void)n;
	CU_ASSERT_STRING_EQUAL(event, "numbers-not-issued");
	audited++;
	return LI_OK;
}

/* -- a life -- */

static li_us now(void)
{
	return time_now += 1000;
}

static struct hm_dest *find(void *arg, const struct li_did *did, bool *known)
{
	(void)arg;
	*known = false;
	for (size_t i = 0; i < DESTS; i++)
		if (dest[i].there && memcmp(&dest[i].conf.did, did, sizeof(*did)) == 0) {
			*known = true;
			return dest[i].closed ? NULL : &dest[i];
		}
	return NULL;
}

struct past {			/* what one context of any life has used, as the test knows it */
	uint64_t id;
	bool keyed;
	uint32_t first, used;	/* [first, used) went into the queues */
	unsigned dests;		/* bits */
	bool open;		/* when its life ended */
	uint32_t got[DESTS];	/* the agency has [first, got) */
	bool told[DESTS];
	uint32_t from[DESTS], to[DESTS];
};

static struct past *past;
static size_t n_past;

static struct past *past_of(uint64_t id)
{
	for (size_t i = n_past; i-- > 0; )
		if (past[i].id == id)
			return &past[i];
	return NULL;
}

/* The agency takes some; what it has is known of each context. */
static void deliver(unsigned most)
{
	for (size_t i = 0; i < DESTS; i++) {
		struct hm_dest *d = &dest[i];

		for (unsigned n = most == QUEUE ? QUEUE : pick(most + 1); n && d->tail < d->head; n--) {
			struct elem *e = &d->elem[d->tail++];
			struct past *p = past_of(e->ctx);
			unsigned from, to;

			CU_ASSERT_PTR_NOT_NULL_FATAL(p);
			if (e->text[0]) {
				CU_ASSERT((p->dests & 1u << i) != 0);
				CU_ASSERT(sscanf(e->text, "not-issued %*s cin=%*[0-9-] from=%u to=%u", &from, &to) == 2);
				CU_ASSERT(!p->told[i] || (p->from[i] == from && p->to[i] == to));	/* told again is told the same */
				p->told[i] = true;
				p->from[i] = from;
				p->to[i] = to;
			} else {
				CU_ASSERT_EQUAL_FATAL(e->number, p->got[i]);	/* none twice, none missing before it */
				p->got[i]++;
			}
		}
	}
}

struct user { struct hm_ctx ctx; struct account *a; bool held, keyed; };

static void hand_over(struct hm_ctx *c)
{
	struct past *p = past_of(c->id);

	for (size_t i = 0; i < c->n; i++)
		put(c->dest[i], c->id, c->next, "");
	p->used = ++c->next;
}

static void open_as(struct ledger *l, struct user *u, bool keyed, enum li_hi kind, struct li_cin cin, uint32_t first)
{
	struct hm_dest *to[DESTS];
	struct hm_ctx_conf c = { .kind = kind, .liid = { .n = 4, .p = "LI-1" }, .has_cin = !keyed, .cin = cin, .dests = to,
		.first_number = first };
	struct past *p;
	enum li_err e;

	memset(u, 0, sizeof(*u));
	u->keyed = keyed;
	for (size_t i = 0; i < DESTS; i++)
		if (pick(2) || (i + 1 == DESTS && !c.n_dests))
			to[c.n_dests++] = &dest[i];
	u->a = ledger_open(l, &c, 1, keyed ? view_str("LI-1 key") : view_of(NULL, 0), &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(u->a);
	CU_ASSERT_EQUAL(c.leased, c.kind == LI_HI3);
	u->ctx = (struct hm_ctx){ .id = c.id, .kind = c.kind, .next = c.first_number, .end = c.lease_end, .n = c.n_dests };
	memcpy(u->ctx.dest, to, c.n_dests * sizeof(to[0]));
	account_use(u->a, &u->ctx);
	past = realloc(past, (n_past + 1) * sizeof(*past));
	CU_ASSERT_PTR_NULL(past_of(c.id));		/* ids are never used twice */
	p = &past[n_past++];
	*p = (struct past){ .id = c.id, .keyed = keyed, .first = c.first_number, .used = c.first_number, .open = true };
	for (size_t i = 0; i < DESTS; i++)
		p->got[i] = c.first_number;
	for (size_t i = 0; i < c.n_dests; i++)
		p->dests |= 1u << (unsigned)(to[i] - dest);
}

static void open_one(struct ledger *l, struct user *u, bool keyed)
{
	open_as(l, u, keyed, keyed || pick(2) ? LI_HI2 : LI_HI3, (struct li_cin){ pick(1000) }, 0);
}

/* Records of one turn: taken, kept, sent; a kill may come between any two of them. True: it has. */
static bool turn(struct ledger *l, struct user *u, size_t n, unsigned kill)
{
	for (unsigned i = pick(6); n && i; i--) {
		struct user *x = &u[pick((unsigned)n)];

		if (x->a && x->ctx.kind == LI_HI2 && !x->held) {
			account_take(x->a);
			x->held = true;
		}
	}
	if (pick(kill) == 0)
		return true;
	CU_ASSERT_EQUAL(ledger_commit(l), LI_OK);
	if (pick(kill) == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		struct user *x = &u[i];

		if (!x->held)
			continue;
		x->held = false;
		if (pick(20))			/* else it could not be encoded: the number stays free */
			hand_over(&x->ctx);
		account_sent(x->a);
		if (pick(kill) == 0)
			return true;
	}
	return false;
}

static void content(struct ledger *l, struct user *u, size_t n, bool at_once)
{
	if (!at_once)		/* a file tap's content waits for the end of the turn */
		CU_ASSERT_EQUAL(ledger_commit(l), LI_OK);

	for (unsigned i = pick(20); n && i; i--) {
		struct user *x = &u[pick((unsigned)n)];

		if (!x->a || x->ctx.kind != LI_HI3)
			continue;
		if (x->ctx.next == x->ctx.end)
			ledger_lease(l, &x->ctx.id, 1);
		CU_ASSERT_NOT_EQUAL_FATAL(x->ctx.next, x->ctx.end);
		hand_over(&x->ctx);
		x->ctx.end = pick(8) == 0 ? x->ctx.next : x->ctx.end;	/* as if the lease were that short */
	}
}

/* Everybody gets all that is in the queues; then each number that an agency lacks of an earlier life must be announced to it. */
static void settle(struct ledger *l, size_t n_old)
{
	struct ledger_stats s;

	for (unsigned i = 0; i < 30; i++) {
		ledger_tick(l);
		deliver(QUEUE);
	}
	ledger_tick(l);
	for (unsigned i = 0; i < 30; i++)
		deliver(QUEUE);
	ledger_tick(l);
	ledger_stats(l, &s);
	CU_ASSERT_EQUAL(s.owed, 0);
	for (size_t k = 0; k < n_old; k++)
		for (size_t i = 0; i < DESTS; i++) {
			const struct past *p = &past[k];

			if (!(p->dests & 1u << i) || p->got[i] == p->used)
				continue;
			CU_ASSERT(p->told[i]);
			CU_ASSERT(p->from[i] <= p->got[i] && p->to[i] >= p->used - 1);
		}
}

/* Holders of the same numbers share them (handover/seq.c): one at a time here. */
static bool may_key(const struct user *u, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (u[i].a && u[i].keyed)
			return false;
	return true;
}

/* Nobody goes on with what was before: goes_on() is about that. */
static enum li_err recovered(struct ledger *l)
{
	enum li_err e = ledger_recover(l);

	ledger_forgets(l);
	return e;
}

static void life(bool at_once, bool clean, unsigned kill)
{
	struct ledger_conf lc = { .store = store, .clock = now, .at_once = at_once, .dest = find };
	size_t n_old = n_past, n = 0;
	struct user u[CTXS];
	struct ledger *l = ledger_new(&lc);
	bool killed = false;
	struct ledger_stats s;

	CU_ASSERT_EQUAL_FATAL(recovered(l), LI_OK);
	if (pick(3) == 0)
		settle(l, n_old);
	while (!killed && (n < CTXS || (clean && pick(10)))) {
		switch (pick(5)) {
		case 0:
			if (n < CTXS)
				open_one(l, &u[n], pick(3) == 0 && may_key(u, n)), n++;
			break;
		case 1:
			content(l, u, n, at_once);
			break;
		case 2:
			deliver(10);
			ledger_tick(l);
			break;
		case 3: {
			size_t i = n ? pick((unsigned)n) : 0;

			if (n && u[i].a && !u[i].held && pick(3) == 0) {
				account_close(u[i].a);
				past_of(u[i].ctx.id)->open = false;
				u[i].a = NULL;
			}
			break;
		}
		default:
			killed = turn(l, u, n, clean ? 1000000 : kill);
		}
		for (size_t i = 0; i < DESTS; i++)
			dest[i].full = pick(4) == 0;
	}
	for (size_t i = 0; i < DESTS; i++)
		dest[i].full = false;
	if (clean) {
		settle(l, n_old);
		for (size_t i = 0; i < n; i++)
			if (u[i].a)
				account_close(u[i].a);
		deliver(QUEUE), deliver(QUEUE);
		for (size_t i = 0; i < DESTS; i++)
			dest[i].tail = dest[i].head;
		ledger_finish(l);
	}
	ledger_stats(l, &s);
	ledger_free(l);
	CU_ASSERT_EQUAL(marks_alive, 0);
	store_close(store);
	store = store_open(dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	for (size_t i = 0; i < DESTS; i++)	/* what was queued is lost */
		dest[i].head = dest[i].tail = 0;
}

static enum li_err count_row(void *arg, const struct store_context *c)
{
	(void)c;
	++*(unsigned *)arg;
	return LI_OK;
}

static unsigned rows(void)
{
	unsigned n = 0;

	CU_ASSERT_EQUAL(store_contexts(store, count_row, &n), LI_OK);
	return n;
}

static void begin(void)
{
	dir = folder_new();
	key = file_in(dir, "state.key", NULL);
	store = store_open(dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	past = NULL;
	n_past = 0;
	memset(dest, 0, sizeof(dest));
	for (size_t i = 0; i < DESTS; i++) {
		dest[i].conf.did.b[0] = (uint8_t)(i + 1);
		dest[i].there = true;
	}
}

static void end(void)
{
	store_close(store);
	free(past);
	free(key);
	folder_remove(dir);
}

/* LI128-220, HO-SEQ-002: no number twice, none missing without a word, over lives that end at random points. A keyed context's numbers go on:
 * where one life's use ends the next begins, or later if the kill came in between. */
static void lives(void)
{
	for (unsigned round = 0; round < unit_rounds(12); round++) {
		uint32_t keyed = 0;

		seed = 1000 + round;
		begin();
		for (unsigned k = 0; k < 6; k++)
			life(round % 2, false, 4 + pick(60));
		life(round % 2, true, 1);		/* a clean one settles all */
		CU_ASSERT_EQUAL(rows(), 0);		/* and leaves nothing to say */
		for (size_t i = 0; i < n_past; i++) {
			if (!past[i].keyed)
				continue;
			CU_ASSERT(past[i].first >= keyed);
			keyed = past[i].used > keyed ? past[i].used : keyed;
		}
		audited = 0;
		life(round % 2, true, 1);
		CU_ASSERT_EQUAL(audited, 0);
		end();
	}
}

/* A destination that is not there yet is waited for (start_empty), one that will not come is not. */
static void absent(void)
{
	struct ledger_conf lc;
	struct ledger_stats s;
	struct ledger *l;
	struct user u;

	begin();
	lc = (struct ledger_conf){ .store = store, .clock = now, .at_once = true, .dest = find };
	l = ledger_new(&lc);
	CU_ASSERT_EQUAL(recovered(l), LI_OK);
	seed = 1;
	do
		open_one(l, &u, false);
	while (past[n_past - 1].dests != 7 || u.ctx.kind != LI_HI3);
	ledger_free(l);
	for (unsigned pass = 0; pass < 2; pass++) {
		l = ledger_new(&lc);
		audited = 0;
		CU_ASSERT_EQUAL(recovered(l), LI_OK);
		CU_ASSERT_EQUAL(audited > 0, pass == 0);	/* told once, however long it is owed */
		dest[0].there = false;
		ledger_tick(l);
		deliver(QUEUE), deliver(QUEUE), deliver(QUEUE), deliver(QUEUE);
		ledger_tick(l);
		ledger_stats(l, &s);
		CU_ASSERT(s.owed >= 1);
		if (pass == 0) {
			ledger_free(l);
			memset(dest[1].elem, 0, sizeof(dest[1].elem));
			continue;
		}
		time_now += LEDGER_KEEP / 2;
		ledger_tick(l);
		ledger_stats(l, &s);
		CU_ASSERT(s.owed >= 1);
		time_now += LEDGER_KEEP;
		ledger_tick(l);
		ledger_stats(l, &s);
		CU_ASSERT_EQUAL(s.owed, 0);
		ledger_free(l);
	}
	CU_ASSERT_EQUAL(rows(), 0);
	dest[0].there = true;
	/* one that could not be opened is waited for as long as it is there */
	l = ledger_new(&lc);
	CU_ASSERT_EQUAL(recovered(l), LI_OK);
	do
		open_one(l, &u, false);
	while (u.ctx.kind != LI_HI3);
	ledger_free(l);
	l = ledger_new(&lc);
	CU_ASSERT_EQUAL(recovered(l), LI_OK);
	for (size_t i = 0; i < DESTS; i++)
		dest[i].closed = true;
	ledger_prune(l);
	time_now += 2 * LEDGER_KEEP;
	ledger_tick(l);
	ledger_stats(l, &s);
	CU_ASSERT_EQUAL(s.owed, 1);
	for (size_t i = 0; i < DESTS; i++)
		dest[i].closed = false;
	ledger_tick(l);
	deliver(QUEUE);
	ledger_tick(l);
	ledger_stats(l, &s);
	CU_ASSERT_EQUAL(s.owed, 0);
	ledger_free(l);
	for (unsigned pass = 0; pass < 2; pass++) {	/* its owner's word; or it is not among all that there are */
		l = ledger_new(&lc);
		CU_ASSERT_EQUAL(recovered(l), LI_OK);
		open_one(l, &u, false);
		ledger_free(l);
		l = ledger_new(&lc);
		CU_ASSERT_EQUAL(recovered(l), LI_OK);
		for (size_t i = 0; i < DESTS; i++) {
			if (pass == 0)
				ledger_dest_gone(l, &dest[i].conf.did);
			dest[i].there = false;
		}
		if (pass == 1)
			ledger_prune(l);
		ledger_stats(l, &s);
		CU_ASSERT_EQUAL(s.owed, 0);
		ledger_free(l);
		CU_ASSERT_EQUAL(rows(), 0);
		for (size_t i = 0; i < DESTS; i++)
			dest[i].there = true;
	}
	end();
}

/* A context of an interception that goes on in the next process: its numbers go on after the last that may have been used, whatever
 * ended the process; and a third process goes on after the second's. Who does not go on leaves nothing. */
static void goes_on(void)
{
	for (unsigned clean = 0; clean < 2; clean++) {
		struct ledger_conf lc = { .clock = now, .dest = find };
		struct ledger_past p = { .next = 0 };
		struct ledger *l;
		struct user u;
		uint32_t next;
		struct li_cin cin = { 77 };

		begin();
		lc.store = store;
		seed = 5;
		l = ledger_new(&lc);
		CU_ASSERT_EQUAL(recovered(l), LI_OK);
		open_as(l, &u, false, LI_HI3, cin, 0);
		next = LEDGER_LEASE;
		for (unsigned i = 0; i < 3; i++) {
			CU_ASSERT_EQUAL(ledger_commit(l), LI_OK);
			for (unsigned k = 0; k < 7; k++)
				hand_over(&u.ctx);	/* content */
			if (clean) {
				account_stays(u.a);
				account_close(u.a);
				next = u.ctx.next;
				for (size_t k = 0; k < DESTS; k++)
					dest[k].tail = dest[k].head;
				ledger_finish(l);
			}
			ledger_free(l);
			l = ledger_new(&lc);
			audited = 0;
			CU_ASSERT_EQUAL(ledger_recover(l), LI_OK);
			CU_ASSERT_EQUAL(audited > 0, !clean);
			CU_ASSERT_TRUE(ledger_past(l, cin, LI_HI3, &p));
			CU_ASSERT_FALSE(ledger_past(l, cin, LI_HI2, &(struct ledger_past){ 0 }));
			CU_ASSERT_EQUAL(p.next, next);
			CU_ASSERT(p.n_dests > 0);
			open_as(l, &u, false, LI_HI3, cin, p.next);
			next = p.next + LEDGER_LEASE;
			CU_ASSERT_EQUAL(ledger_commit(l), LI_OK);
			ledger_forgets(l);
			CU_ASSERT_FALSE(ledger_past(l, cin, LI_HI3, &p));
		}
		ledger_free(l);
		end();
	}
}

UNIT_MAIN("ledger", UNIT(lives), UNIT(absent), UNIT(goes_on))
