/*
 * door_conn.c: one connection of a point of interception, in its worker. Octets, by function names:
 *
 *	on_data -> take		PDUs in place; keep() copies the end of one that is torn, fill_torn() completes it
 *	  one -> burst_x3	into the burst, as often as it stands for a task; or it waits for its context (door_wait.c)
 *	      -> burst_x2	into the queue
 *	      -> keepalive_take	acknowledged at once, or when the queue has passed what came before it
 *	  burst_flush		the burst goes up
 *
 * A connection that has to wait (conn_wait) is not read, and holds what has come up already (hold): a few TLS records at the most.
 * conn_try() goes on where it stopped.
 */
#include "mediation/x/door_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <li/rd.h>

#include "mediation/clock.h"

#define GOODBYE_MS 2000		/* at the door's end: for a POI that reads nothing */
#define TORN_KEPT 65536		/* of memory for torn PDUs that a connection keeps */
#define LENGTHS 12		/* octets of a PDU that say how long it is */

/* -- waiting -- */

/* The control loop wakes whoever wants it after it has passed tickets: so wanting comes before looking. */
void conn_list(struct conn *c)
{
	if (c->is_listed)
		return;
	TAILQ_INSERT_TAIL(&c->w->waiting, c, wait_list);
	c->is_listed = true;
	atomic_store(&c->w->wants, true);
	uv_async_send(&c->w->async);	/* it may have come to pass meanwhile */
}

static void unlist(struct conn *c)
{
	if (c->is_listed)
		TAILQ_REMOVE(&c->w->waiting, c, wait_list);
	c->is_listed = false;
}

/* X23-MDF-022: nothing more is read; TCP holds the POI back. */
void conn_wait(struct conn *c, enum wait why)
{
	c->waits = why;
	if (why == WAIT_ROOM)
		worker_again(c->w);
	if (why != WAIT_ROOM || !c->tries) {	/* else it waits on */
		door_count(c->w, DOOR_paused, 1);
		door_count(c->w, DOOR_held_up, why == WAIT_ROOM);
	}
	if (!c->is_gone)
		netio_pause(&c->n);
	conn_list(c);
}

bool conn_claim(struct conn *c, size_t n)
{
	struct door *d = c->w->d;

	if (atomic_fetch_add(&d->torn, n) + n <= d->torn_most)
		return true;
	atomic_fetch_sub(&d->torn, n);
	conn_no_memory(c);
	return false;
}

void conn_release(struct conn *c, size_t n)
{
	atomic_fetch_sub(&c->w->d->torn, n);
}

static void give_up(struct conn *c, struct buf *b)
{
	conn_release(c, b->n);
	buf_wipe(b);
	buf_fini(b);
}

static void drop_torn(struct conn *c)
{
	c->torn_spent = false;
	if (c->torn.cap > TORN_KEPT) {
		give_up(c, &c->torn);
		return;
	}
	conn_release(c, c->torn.n);	/* its octets are wiped at the end: the next ones come at once */
	c->torn.n = 0;
}

/* Nothing more of it is read: it cannot be trusted, or we cannot. */
static void lose(struct conn *c, enum door_count why, const char *text)
{
	if (c->is_lost)			/* of several reasons the first counts */
		return;
	c->is_lost = true;
	door_count(c->w, why, 1);
	if (!c->is_gone)
		netio_close(&c->n, text);
}

void conn_no_memory(struct conn *c)
{
	lose(c, DOOR_no_memory, "no memory for its PDUs");
}

bool conn_put(struct conn *c, struct item *i)
{
	bool first, counts = i->kind == ITEM_X2 || i->kind == ITEM_OPEN;
	uint64_t ticket;

	if (door_queue_put(&c->w->d->q, &i, &ticket, &first)) {
		free(i);
		return false;
	}
	if (counts)
		c->ticket = ticket;
	if (first)
		uv_async_send(&c->w->d->async);
	return true;
}

/* -- the stream -- */

/* A whole PDU. False: it waits, or the connection is lost; the PDU has to come again. */
static bool one(struct conn *c, struct view whole)
{
	struct worker *w = c->w;
	struct li_x_pdu *head = &w->head[w->n_heads];	/* of the burst, if it becomes part of it */

	if (li_x_decode(whole, head)) {	/* li_x_next() has read its lengths */
		lose(c, DOOR_framing_lost, "framing lost");
		return false;
	}
	if ((head->version & 0xff) > DOOR_MINOR)		/* X23-DEC-014, X23-DEC-015 */
		door_count(w, DOOR_minor_version, 1);
	switch (head->type) {
	case LI_X_X2: case LI_X_X3:
		if (c->l->kinds & (head->type == LI_X_X2 ? DOOR_X2 : DOOR_X3))	/* X23-MDF-020 */
			return head->type == LI_X_X2 ? burst_x2(c, whole, head) : burst_x3(c, whole, head);
		door_count(w, DOOR_wrong_kind, 1);
		return true;
	case LI_X_KEEPALIVE:			/* X23-MDF-012, X23-MDF-014: of either kind, with numbers of their own */
		return keepalive_take(c, head);
	default:				/* X23-DEC-018 */
		door_count(w, DOOR_unknown_type, 1);
		return true;
	}
}

/* The rest of what was read, until the connection goes on; whole: a PDU that has to come again, before it. */
static void hold(struct conn *c, struct view whole, struct view rest)
{
	if (c->is_lost || !conn_claim(c, whole.n + rest.n))
		return;
	if (buf_put(&c->held, whole.p, whole.n) || buf_put(&c->held, rest.p, rest.n)) {
		conn_release(c, whole.n + rest.n - c->held.n);
		conn_no_memory(c);
	}
}

/* X23-DEC-019, X23-DEC-020, X23-DEC-016: nothing behind it can be read. */
static void lose_framing(struct conn *c, struct view v)
{
	struct rd r = rd_of(v);
	unsigned version = rd_u16(&r), type = rd_u16(&r), header = rd_u32(&r), payload = rd_u32(&r);
	char why[DOOR_WHY_MAX];

	if (version >> 8)
		snprintf(why, sizeof(why), "framing lost: version %u.%u (TS 103 221-2 clause 5.2.1)", version >> 8, version & 0xff);
	else
		snprintf(why, sizeof(why), "framing lost: a PDU of type %u with a header of %u and a payload of %u octets", type, header, payload);
	lose(c, DOOR_framing_lost, why);
}

/* Takes v's first n octets to the PDU that is not whole. Memory grows with what has come, not with what it claims. */
static bool keep(struct conn *c, struct view *v, size_t n)
{
	n = n < v->n ? n : v->n;
	if (!conn_claim(c, n))
		return false;
	if (buf_put(&c->torn, v->p, n)) {
		conn_release(c, n);
		conn_no_memory(c);
		return false;
	}
	*v = view_of(v->p + n, v->n - n);
	return true;
}

/* X23-DEC-012. True: the torn PDU is whole. */
static bool fill_torn(struct conn *c, struct view *v)
{
	enum li_err e;
	size_t n;

	if (c->torn.n < LENGTHS && !keep(c, v, LENGTHS - c->torn.n))
		return false;
	e = li_x_next(buf_view(&c->torn), &n);
	if (e == LI_EAGAIN && c->torn.n >= LENGTHS && v->n) {
		if (!keep(c, v, n - c->torn.n))
			return false;
		e = li_x_next(buf_view(&c->torn), &n);
	}
	if (e == LI_EPEER)
		lose_framing(c, buf_view(&c->torn));
	return e == LI_OK;
}

/* X23-DEC-011, X23-DEC-013 */
static void take(struct conn *c, struct view v)
{
	bool torn = c->torn.n > 0, whole = false;
	struct view pdu;
	enum li_err e;
	size_t n;

	while (!c->is_lost && (v.n || torn)) {
		if (torn) {
			if (!fill_torn(c, &v))	/* more has to come, or it is lost */
				break;
			pdu = buf_view(&c->torn);
			torn = false;
			c->torn_spent = true;
		} else {
			e = li_x_next(v, &n);
			if (e == LI_EAGAIN) {
				burst_flush(c, false);
				if (c->torn_spent)
					drop_torn(c);
				c->waiting.last = NULL;
				if (!c->waits && !c->is_lost)
					(void)keep(c, &v, v.n);
				break;
			}
			if (e) {
				burst_flush(c, false);	/* what came before it counts */
				lose_framing(c, v);
				break;
			}
			pdu = view_of(v.p, n);
			v = view_of(v.p + n, v.n - n);
		}
		whole = true;
		if (!one(c, pdu)) {
			hold(c, pdu, v);
			v.n = 0;
			break;
		}
		if (c->waits)
			break;
	}
	burst_flush(c, false);
	c->waiting.last = NULL;
	if (c->torn_spent)
		drop_torn(c);
	if (c->waits && v.n)
		hold(c, view_of(NULL, 0), v);
	if (c->is_lost) {		/* at once: others may be short of it */
		give_up(c, &c->torn);
		give_up(c, &c->held);
	}
	if (whole) {
		c->heard = uv_now(&c->w->loop);
		c->last = c->arrived;
	}
}

static void on_data(struct netio *n, struct view plain)
{
	struct conn *c = n->arg;

	if (c->is_lost)
		return;
	c->arrived = clock_real();
	c->octets += plain.n;
	door_count(c->w, DOOR_octets, plain.n);
	take(c, plain);
}

/* -- going on -- */

static bool may_go_on(struct conn *c)
{
	struct door_queue *q = &c->w->d->q;

	if (c->waiting.held_up || (c->waits && wait_is_full(c)))
		return false;
	switch (c->waits) {
	case WAIT_PRODUCTS: return wait_is_low(c);
	case WAIT_QUEUE: return door_queue_room(q);
	case WAIT_ACKS: return c->n_acks < DOOR_ACKS_MAX;
	case WAIT_ROOM: return !door_queue_is_parked(q, c->number);
	case WAIT_NOT: break;
	}
	return true;
}

static void finish(struct conn *c);

void conn_try(struct conn *c)
{
	struct buf held;
	bool waited = c->waits != WAIT_NOT;

	c->tries = c->waits == WAIT_ROOM;
	wait_give(c);			/* before what came after them is acknowledged */
	keepalive_answer(c);
	if (!may_go_on(c)) {
		if (c->waits == WAIT_ROOM)
			worker_again(c->w);
		c->tries = false;
		return;
	}
	c->waits = WAIT_NOT;
	held = c->held;
	buf_init(&c->held, 0);
	if (held.n && !c->is_lost)
		take(c, buf_view(&held));
	c->tries = false;
	give_up(c, &held);
	if (c->waits)
		return;			/* again */
	if (!c->n_acks && !c->waiting.n)
		unlist(c);
	if (c->is_gone && !c->waiting.n) {
		finish(c);
	} else if (waited && !c->is_lost && !c->is_gone) {
		c->heard = uv_now(&c->w->loop);
		netio_resume(&c->n);
		if (c->stops && !c->waits)
			conn_stop(c);
	}
}

/* -- life -- */

void conn_show(struct conn *c)
{
	struct door_seen *s = &c->seen;

	s->octets = c->octets;
	s->x2 = c->x2;
	s->x3 = c->x3;
	s->keepalives = c->keepalives;
	s->last = c->last;
	s->sender = c->sender;
	s->waits = c->waits != WAIT_NOT;
}

static void tell(struct conn *c, bool up)
{
	struct door_peer p = { .listener = c->l->name, .conn = c->number, .of = c->peer, .up = up };
	struct item *i;

	memcpy(p.address, c->seen.address, sizeof(p.address));
	memcpy(p.why, c->why, sizeof(p.why));
	i = door_item(up ? ITEM_UP : ITEM_DOWN, c->number, view_of(&p, sizeof(p)));
	if (i)
		(void)conn_put(c, i);
}

static void stop_shaking(struct conn *c)
{
	if (!c->is_shaking)
		return;
	c->is_shaking = false;
	TAILQ_REMOVE(&c->w->shaking, c, shake);
}

static void on_up(struct netio *n)
{
	struct conn *c = n->arg;
	struct worker *w = c->w;

	stop_shaking(c);
	c->up = true;
	c->heard = uv_now(&w->loop);
	c->peer = *tls_peer(n->tls);
	pthread_mutex_lock(&w->lock);
	c->seen.conn = c->number;
	c->seen.since = clock_real();
	snprintf(c->seen.name, sizeof(c->seen.name), "%s", c->peer.name);
	pthread_mutex_unlock(&w->lock);
	tell(c, true);
}

static void on_sent(struct netio *n)
{
	struct conn *c = n->arg;

	keepalive_answer(c);
	if (c->waits == WAIT_ACKS)
		conn_try(c);
}

/* An entry for each check and certificate that failed, however often. */
static void refused(struct conn *c, const struct tls_refusal *r, const char *why)
{
	struct door *d = c->w->d;
	struct door_refusal *x = NULL;
	bool first;

	pthread_mutex_lock(&d->lock);
	first = d->n_refusals == 0;
	for (unsigned i = 0; i < d->n_refusals && !x; i++)
		if (strcmp(d->refusal[i].of.check, r->check) == 0 && memcmp(d->refusal[i].of.sha256, r->sha256, sizeof(r->sha256)) == 0)
			x = &d->refusal[i];
	if (!x && d->n_refusals == DOOR_REFUSALS) {
		x = &d->refusal[DOOR_REFUSALS - 1];
	} else if (!x) {
		x = &d->refusal[d->n_refusals++];
		*x = (struct door_refusal){ .listener = c->l->name, .of = *r };
		snprintf(x->why, sizeof(x->why), "%s", why);
	}
	x->n++;
	pthread_mutex_unlock(&d->lock);
	if (first)
		uv_async_send(&d->async);
}

static void finish(struct conn *c)
{
	struct worker *w = c->w;

	unlist(c);
	if (c->torn.n && !c->is_lost)	/* X23-MDF-021 */
		door_count(w, DOOR_cut, 1);
	give_up(c, &c->torn);
	give_up(c, &c->held);
	wait_fini(c);
	if (c->up)
		tell(c, false);
	pthread_mutex_lock(&w->lock);
	TAILQ_REMOVE(&w->conns, c, all);
	pthread_mutex_unlock(&w->lock);
	atomic_fetch_sub(&w->d->n_conns, 1);
	atomic_fetch_sub(&w->load, 1);
	free(c);
	worker_left(w);
}

/* What waits still has to come up: it was whole before the end. */
static void on_closed(struct netio *n, const char *why)
{
	struct conn *c = n->arg;

	c->is_gone = true;
	snprintf(c->why, sizeof(c->why), "%s", why);
	if (c->up) {
		door_count(c->w, DOOR_ended, 1);
	} else {
		stop_shaking(c);
		door_count(c->w, DOOR_refused, 1);
		if (n->refused.check)	/* X23-MDF-016, X23-MDF-023 */
			refused(c, &n->refused, why);
	}
	if (c->waits || c->waiting.n)
		conn_try(c);
	else
		finish(c);
}

/* Who gives way to the newest: with too many connections the one that is being verified for longest; with too many that have said
 * nothing yet, the oldest of these. After a restart every POI dials at once: whoever has begun goes on. NULL: there is room. */
static struct conn *gives_way(struct worker *w, struct conn *newest)
{
	struct conn *c, *silent = NULL;
	unsigned n = 0;

	if (atomic_load(&w->d->n_conns) > DOOR_CONNS_MAX)
		return TAILQ_FIRST(&w->shaking);
	TAILQ_FOREACH(c, &w->shaking, shake) {
		if (c->n.octets_in)
			continue;
		if (!silent)
			silent = c;
		n++;
	}
	return n > DOOR_HANDSHAKES_MAX / w->d->n_workers && silent != newest ? silent : NULL;
}

void conn_new(struct worker *w, const struct arrival *a)
{
	static const struct netio_ops ops = { on_up, on_data, on_sent, on_closed };
	struct door *d = w->d;
	struct conn *c = calloc(1, sizeof(*c)), *other;
	enum li_err e = LI_ENOMEM;

	if (c) {
		pthread_mutex_lock(&d->lock);
		e = netio_init(&c->n, &w->loop, d->tls, (const char *const *)(void *)a->l->peers, a->l->n_peers, &ops, c);
		pthread_mutex_unlock(&d->lock);
	}
	if (e) {
		free(c);
		close(a->fd);
		door_count(w, DOOR_turned_away, 1);
		atomic_fetch_sub(&d->n_conns, 1);
		atomic_fetch_sub(&w->load, 1);
		return;
	}
	c->w = w;
	c->l = a->l;
	c->number = atomic_fetch_add(&d->last_conn, 1) + 1;
	c->last = LI_US_NEVER;
	c->seen = (struct door_seen){ .listener = a->l->name, .worker = w->index, .last = LI_US_NEVER };
	memcpy(c->seen.address, a->address, sizeof(c->seen.address));
	c->n.patience = DOOR_HANDSHAKE_MS;
	c->n.hear_out = true;
	pthread_mutex_lock(&w->lock);
	TAILQ_INSERT_TAIL(&w->conns, c, all);
	pthread_mutex_unlock(&w->lock);
	TAILQ_INSERT_TAIL(&w->shaking, c, shake);
	c->is_shaking = true;
	if (netio_adopt(&c->n, a->fd))
		return;			/* on_closed follows */
	other = gives_way(w, c);
	if (other) {
		stop_shaking(other);
		door_count(w, DOOR_turned_away, 1);
		netio_close(&other->n, "too many connections at once");
	}
}

void conn_look(struct conn *c, uint64_t now)
{
	bool ours = c->waits && (c->waits != WAIT_ACKS || !keepalive_owed(c));	/* that it is not heard; not that it reads no answers */

	if (!c->up || c->is_gone || c->is_lost || ours || c->n.end || (li_us)(now - c->heard) * 1000 <= c->w->d->idle)
		return;
	door_count(c->w, DOOR_idle, 1);
	netio_end(&c->n, "no whole PDU within the idle time");
}

void conn_stop(struct conn *c)
{
	if (c->is_gone)
		return;
	c->stops = true;
	if (c->waits && c->waits != WAIT_ACKS)
		return;			/* what it has said already comes up first: that is up to us */
	c->n.patience = GOODBYE_MS;
	netio_end(&c->n, "the listener is closed");
}
