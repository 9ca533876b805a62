/*
 * fuzz_door.c: one connection of the door, without TLS under it: a stream of octets in random pieces, contexts that are open or not, a
 * queue that is full or not, a control loop that turns now and then, acknowledgements that find room or not, an end at any place. Held
 * against a reader of its own: each product once, each context in order, each keepalive answered, nothing beyond the first PDU whose
 * lengths cannot be trusted, no memory kept.
 *
 * Input: eight octets (dice), one of mode, then the stream; or, in mode 1, a recipe of good PDUs: kind, correlation, tasks, size.
 */
#include "mediation/x/door_int.h"

#include <li/rd.h>

#include "touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The door's files, with what they call of the network. */
static bool closing, paused;
static uint64_t dice;
static struct buf answers;
static unsigned roll(unsigned n);
static void fake_close(struct netio *n, const char *why) { (void)n; (void)why; closing = true; }
static void fake_pause(struct netio *n) { (void)n; paused = true; }
static void fake_resume(struct netio *n) { (void)n; paused = false; }
static enum li_err fake_put(struct netio *n, struct view *v)
{
	size_t k = roll(3) ? v->n : roll((unsigned)v->n);

	(void)n;
	if (closing)
		return LI_ESTATE;
	if (buf_put(&answers, v->p, k))
		abort();
	*v = view_of(v->p + k, v->n - k);
	return v->n ? LI_EAGAIN : LI_OK;
}
static enum li_err fake_flush(struct netio *n) { (void)n; return closing ? LI_ESTATE : roll(4) ? LI_OK : LI_EAGAIN; }
#define netio_close fake_close
#define netio_end fake_close
#define netio_pause fake_pause
#define netio_resume fake_resume
#define netio_put fake_put
#define netio_flush fake_flush
static int fake_wake(const uv_async_t *a) { return a == NULL; }
static uint64_t fake_now(const uv_loop_t *l) { return l == NULL; }
#define uv_async_send fake_wake
#define uv_now fake_now
static int fake_start(uv_timer_t *t, uv_timer_cb fn, uint64_t after, uint64_t every) { return t == NULL || !fn || after == every + 1; }
static int fake_stop(uv_timer_t *t) { return t == NULL; }
static void fake_again(struct worker *w) { (void)w; }
#define uv_timer_start fake_start
#define uv_timer_stop fake_stop
#define worker_again fake_again
#include "mediation/x/door_burst.c"
#include "mediation/x/door_wait.c"
#include "mediation/x/door_keepalive.c"
#include "mediation/x/door_conn.c"
#include "mediation/x/door.c"
#undef uv_async_send
#undef uv_now
#undef uv_timer_start
#undef uv_timer_stop
#undef worker_again

static unsigned roll(unsigned n)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return n ? (unsigned)((dice * UINT64_C(2685821657736338717)) >> 33) % n : 0;
}

/* -- what came up, and what has to -- */

struct context { struct li_xid xid; uint64_t correlation; bool x3; uint64_t n, sum; };
struct contexts { struct context *c; size_t n, size; };

static void add(struct contexts *all, const struct li_xid *xid, uint64_t correlation, bool x3, uint64_t what)
{
	struct context *c = NULL;

	for (size_t i = 0; i < all->n && !c; i++)
		if (all->c[i].x3 == x3 && all->c[i].correlation == correlation && memcmp(all->c[i].xid.b, xid->b, 16) == 0)
			c = &all->c[i];
	if (!c) {
		if (all->n == all->size) {
			all->size = all->size ? 2 * all->size : 64;
			all->c = realloc(all->c, all->size * sizeof(*c));
			if (!all->c)
				abort();
		}
		c = &all->c[all->n++];
		*c = (struct context){ .xid = *xid, .correlation = correlation, .x3 = x3 };
	}
	c->n++;
	c->sum = (c->sum ^ what) * 1099511628211u;
}

static uint64_t digest_of(bool has_sequence, uint32_t sequence, struct view payload)
{
	uint64_t h = has_sequence ? sequence + UINT64_C(1) : 0;

	for (size_t i = 0; i < payload.n; i += 1 + payload.n / 64)	/* some of it: tasks are many */
		h = (h ^ payload.p[i]) * 1099511628211u;
	return h ^ payload.n;
}

static struct contexts got, want;
static struct buf wanted_answers;
static uint64_t open_from;		/* bit: contexts whose correlation has these low bits are open; those of 7 never are */
static bool in_turn;
static unsigned full;			/* bit: where products of such a correlation go there is no room */

static bool is_full(uint64_t correlation)
{
	return full >> correlation % 8 & 1;
}

static bool never(uint64_t correlation)
{
	return correlation % 8 == 7;
}

static void on_x3(void *arg, unsigned worker, const struct x_pdu p[], size_t n, bool again, enum li_err e[])
{
	(void)arg;
	(void)worker;
	if (n == 0 || n > X_BURST)
		abort();
	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < p[i].n_matched; k++)
			touch(p[i].matched[k]);
		touch(p[i].nfid);
		if (is_full(p[i].correlation))
			abort();
		e[i] = open_from >> p[i].correlation % 8 & 1 ? LI_OK : LI_EAGAIN;
		if (again && e[i] && !never(p[i].correlation))
			abort();	/* it was asked for, so it was opened */
		if (!e[i])
			add(&got, &p[i].xid, p[i].correlation, true, digest_of(p[i].has_sequence, p[i].sequence, p[i].pdu->payload));
	}
}

static void on_x2(void *arg, const struct x_pdu *p)
{
	(void)arg;
	if (!in_turn || is_full(p->correlation))
		abort();
	add(&got, &p->xid, p->correlation, false, digest_of(p->has_sequence, p->sequence, p->pdu->payload));
}

static void on_open(void *arg, const struct x_pdu *p)
{
	(void)arg;
	if (!in_turn || p->pdu->payload.n)
		abort();
	if (!never(p->correlation))
		open_from |= UINT64_C(1) << p->correlation % 8;
}

static void on_begin(void *arg) { (void)arg; in_turn = true; }
static void on_end(void *arg) { (void)arg; in_turn = false; }
static bool on_holds_up(void *arg, const struct x_pdu *p) { (void)arg; return is_full(p->correlation); }
static const struct door_ops fuzz_ops = { .x3 = on_x3, .x2 = on_x2, .open = on_open, .turn_begin = on_begin, .turn_end = on_end,
					  .holds_up = on_holds_up };

/* The same stream by a reader of this test's own. False: its lengths cannot be trusted from there on. */
static void want_pdu(const struct li_x_pdu *p, bool x3)
{
	struct view rest = p->attributes, v;
	struct li_x_attr a;
	bool has = li_x_attr_find(p, LI_XA_SEQUENCE, &v);
	struct rd r = rd_of(v);

	if (!x3 || !never(p->correlation))
		add(&want, &p->xid, p->correlation, x3, digest_of(has, rd_u32(&r), p->payload));
	while (!li_x_attr_next(&rest, &a)) {
		struct li_xid xid;
		uint64_t correlation;

		if (a.type != LI_XA_AXRI || (a.value.n != 24 && a.value.n != 28))
			continue;
		r = rd_of(a.value);
		rd_copy(&r, xid.b, 16);
		correlation = rd_u64(&r);
		has = a.value.n == 28;
		if (!x3 || !never(correlation))
			add(&want, &xid, correlation, x3, digest_of(has, has ? rd_u32(&r) : 0, p->payload));
	}
}

static void want_answer(const struct li_x_pdu *p)
{
	struct view v;
	bool has = li_x_attr_find(p, LI_XA_SEQUENCE, &v);
	uint8_t o[48] = { 0, (uint8_t)(p->version < 5 ? p->version : 5), 0, 4, 0, 0, 0, has ? 48 : 40 };

	if (has) {
		memcpy(o + 40, (uint8_t[]){ 0, 8, 0, 4 }, 4);
		memcpy(o + 44, v.p, 4);
	}
	if (buf_put(&wanted_answers, o, has ? 48 : 40))
		abort();
}

static bool want_all(struct view v, unsigned kinds)
{
	struct li_x_pdu p;
	enum li_err e;
	size_t n;

	for (; !(e = li_x_next(v, &n)); v = view_of(v.p + n, v.n - n)) {
		if (li_x_decode(view_of(v.p, n), &p))
			abort();
		if ((p.type == LI_X_X2 && kinds & DOOR_X2) || (p.type == LI_X_X3 && kinds & DOOR_X3))
			want_pdu(&p, p.type == LI_X_X3);
		else if (p.type == LI_X_KEEPALIVE)
			want_answer(&p);
	}
	return e == LI_EAGAIN;
}

/* -- the stream -- */

static void number(struct buf *b, uint64_t v, unsigned octets)
{
	for (unsigned i = 0; i < octets; i++) {
		unsigned shift = 8 * (octets - 1 - i);
		uint8_t o = (uint8_t)(shift < 64 ? v >> shift : 0);

		if (buf_put(b, &o, 1))
			abort();
	}
}

static void cook(struct buf *b, const uint8_t *r, size_t n)
{
	for (; n >= 4; r += 4, n -= 4) {
		unsigned kind = r[0] % 8, axri = r[0] & 0x40 ? r[2] % 64 : r[2] % 3, size = r[3] * (r[0] & 0x80 && axri < 3 ? 97u : 1u);
		size_t hl = kind == 7 ? 48 : 40 + 8 + axri * 28u;

		number(b, 5, 2);
		number(b, kind == 7 ? 3 : kind == 6 ? 9 : kind >= 4 ? 1 : 2, 2);
		number(b, hl, 4);
		number(b, size, 4);
		number(b, 5, 2);
		number(b, 3, 2);
		number(b, r[1] >> 4, 16);
		number(b, r[1], 8);
		number(b, 0x00080004, 4);
		number(b, b->n, 4);
		for (unsigned i = 0; kind != 7 && i < axri; i++) {
			number(b, 0x00150018, 4);
			number(b, i, 16);
			number(b, i + r[1], 8);
		}
		if (kind != 7)	/* AXRIs are 28 octets with their heads, as hl says */
			for (size_t k = 0; k < size; k++)
				number(b, k * 3 + r[0], 1);
		else
			for (size_t k = 0; k < size; k++)
				number(b, 0, 1);
	}
}

static struct door d;
static struct worker w;

static void turn(struct conn *c, bool *gone)
{
	struct conn *x, *next;

	if (!roll(4))
		full = roll(2) ? roll(256) & roll(256) : 0;
	(void)work(&d, 1 + roll(DOOR_TURN));
	if (roll(2))
		return;
	for (x = TAILQ_FIRST(&w.waiting); x; x = next) {
		next = TAILQ_NEXT(x, wait_list);
		conn_try(x);
	}
	*gone = TAILQ_EMPTY(&w.conns);
	(void)c;
}

/* What ends it, if something does, comes after what was being read. */
static void end_if_closed(struct conn *c, bool *gone, bool *told)
{
	if (closing && !*told && !*gone) {
		*told = true;
		on_closed(&c->n, "closed");
		*gone = TAILQ_EMPTY(&w.conns);
	}
}

static void feed(struct conn *c, struct view v)
{
	bool gone = false, told = false;

	while (!gone && v.n) {
		size_t k = 1 + roll(roll(4) ? 60 : 16384);
		uint8_t *plain;

		if (!paused && !closing) {
			k = k < v.n ? k : v.n;
			plain = malloc(k);	/* it is gone when the call returns */
			if (!plain)
				abort();
			memcpy(plain, v.p, k);
			on_data(&c->n, view_of(plain, k));
			free(plain);
			v = view_of(v.p + k, v.n - k);
		} else if (closing && told) {
			v.n = 0;
			break;
		}
		end_if_closed(c, &gone, &told);
		if (!gone && roll(3) == 0)
			turn(c, &gone);
		if (!gone && roll(3) == 0 && c->up)
			on_sent(&c->n);
	}
	for (unsigned i = 0; !gone && !closing && i < 10000 && (c->n_acks || c->waits || c->ack_at < c->ack_n); i++) {
		turn(c, &gone);
		if (!gone && !closing)
			on_sent(&c->n);
	}
	closing = true;
	end_if_closed(c, &gone, &told);
	for (unsigned i = 0; !gone && i < 10000; i++)
		turn(c, &gone);
	full = 0;
	while (work(&d, DOOR_TURN))
		;
	if (!TAILQ_EMPTY(&w.conns))
		abort();
}

static void compare(bool trusted)
{
	for (size_t i = 0; i < want.n; i++) {
		const struct context *a = &want.c[i];
		size_t k;

		for (k = 0; k < got.n; k++)
			if (got.c[k].x3 == a->x3 && got.c[k].correlation == a->correlation && memcmp(got.c[k].xid.b, a->xid.b, 16) == 0)
				break;
		if (k == got.n || got.c[k].n != a->n || got.c[k].sum != a->sum)
			abort();
	}
	if (got.n != want.n)
		abort();
	/* a lost connection need not answer any more */
	if (answers.n > wanted_answers.n || (answers.n && memcmp(answers.p, wanted_answers.p, answers.n) != 0) ||
	    (trusted && answers.n != wanted_answers.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct listener l = { .name = (char *)(uintptr_t)"l" };
	struct conn *c;
	struct buf stream;
	bool trusted;

	if (size < 9)
		return 0;
	memcpy(&dice, data, 8);
	dice |= 1;
	buf_init(&stream, 0);
	if (data[8] & 1)
		cook(&stream, data + 9, size - 9 > 160 ? 160 : size - 9);
	else if (buf_put(&stream, data + 9, size - 9))
		abort();
	closing = paused = false;
	full = 0;
	open_from = data[8] >> 4;
	got.n = want.n = 0;
	buf_init(&answers, 0);
	buf_init(&wanted_answers, 0);
	l.kinds = data[8] & 2 ? DOOR_X2 | DOOR_X3 : 1 + (data[8] >> 2 & 1);
	l.d = &d;
	memset(&d, 0, sizeof(d));
	memset(&w, 0, sizeof(w));
	d.ops = &fuzz_ops;
	d.idle = DOOR_IDLE_US;
	d.max_skew = DOOR_SKEW_US;
	d.torn_most = DOOR_TORN;
	d.worker = &w;
	d.n_workers = 1;
	d.n_conns = 1;
	d.senders = senders_new(1);
	door_queue_init(&d.q, 200 + roll(3000));
	pthread_mutex_init(&d.lock, NULL);
	w.d = &d;
	w.load = 1;
	pthread_mutex_init(&w.lock, NULL);
	TAILQ_INIT(&w.conns);
	TAILQ_INIT(&w.shaking);
	TAILQ_INIT(&w.waiting);
	rcu_reader_begin(&w.reader);
	c = calloc(1, sizeof(*c));
	if (!c || !d.senders)
		abort();
	c->w = &w;
	c->l = &l;
	c->number = 1;
	c->up = true;
	c->n.arg = c;
	TAILQ_INSERT_TAIL(&w.conns, c, all);
	trusted = want_all(buf_view(&stream), l.kinds);
	feed(c, buf_view(&stream));
	compare(trusted);
	if (atomic_load(&d.torn) || atomic_load(&d.q.octets) || d.q.n || atomic_load(&d.q.parked_octets) || !TAILQ_EMPTY(&d.q.parked) || atomic_load(&d.n_conns))
		abort();
	if (!w.online)
		rcu_reader_online(&w.reader);
	rcu_reader_end(&w.reader);
	door_queue_fini(&d.q);
	senders_free(d.senders);
	pthread_mutex_destroy(&d.lock);
	pthread_mutex_destroy(&w.lock);
	buf_fini(&stream);
	buf_fini(&answers);
	buf_fini(&wanted_answers);
	return 0;
}
