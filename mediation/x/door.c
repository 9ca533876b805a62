/*
 * door.c: where X2 and X3 come in. The story of a PDU, by function names:
 *
 * in a worker thread, with its own loop (door_worker.c, door_conn.c):
 *	on_arrivals -> conn_new		TCP, then TLS: the POI's certificate bears a name of the listener's list, or it is refused
 *	on_data -> take -> one		PDUs in place in the plaintext of a record (li_x_next: limits before memory)
 *	  X3	burst_x3 -> burst_flush	x_pdu_read; up to X_BURST products at once to ops->x3, which finds their task in the index, encodes and
 *					queues them: no lock, no memory, no copy of the door's
 *	  X3 whose context nobody has opened yet
 *		wait_add		is kept, and those of its context after it; asking takes a ticket (door_wait.c)
 *	  X2	burst_x2		a copy of it takes a ticket (door_queue.c)
 *	  keepalive			acknowledged when the tickets before it on its connection are passed
 *
 * in the control loop, here:
 *	on_async -> work		ops->turn_begin; ops->x2, ops->open; ops->turn_end: what they began is in effect
 *	  door_queue_pass		the tickets are passed; workers that wait for them are woken (conn_try)
 *
 * What finds an agency's queue nearly full is held up (ops->holds_up): X3 is not read on (burst_x3), X2 is set aside here with all that comes
 * behind it on its connection (door_queue_park); both ask again every DOOR_AGAIN_MS. Other connections go on.
 *
 * Nothing is dropped for want of room: a connection whose X2 finds none in the queue, or that has too many products waiting for their
 * contexts, is not read meanwhile, and TCP holds its POI back. What is dropped behind ops is counted there.
 */
#include "mediation/x/door_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/rand.h>

static const struct { const char *name, *help; bool alarm; } counts[] = {
#define COUNT(name, help, alarm) { #name, help, alarm },
#include "mediation/x/door.tbl"
#undef COUNT
};

const char *door_count_name(enum door_count c) { return counts[c].name; }
const char *door_count_help(enum door_count c) { return counts[c].help; }
bool door_count_is_alarm(enum door_count c) { return counts[c].alarm; }

/* -- the control loop's part -- */

/* An item's PDU again, as the worker saw it. */
static bool read_item(const struct item *i, struct li_x_pdu *head, struct x_pdu *p)
{
	if (li_x_decode(view_of(i->octets, i->n), head))
		return false;
	x_pdu_read(head, p);
	p->sender = i->sender;
	p->conn = i->conn;
	p->arrived = i->arrived;
	p->odd = i->odd;
	return true;
}

/* X23-DEC-024: as often as it stands for a task. */
static void work_x2(struct door *d, const struct item *i)
{
	struct li_x_pdu head;
	struct x_pdu p;
	struct view rest;

	if (!read_item(i, &head, &p))
		return;
	rest = head.attributes;
	do
		d->ops->x2(d->arg, &p);
	while (x_pdu_next(&p, &rest));
}

static void work_open(struct door *d, const struct item *i)
{
	struct li_x_pdu head;
	struct x_pdu p;
	struct view rest;

	if (!read_item(i, &head, &p))
		return;
	rest = head.attributes;
	for (size_t k = 0; k < i->product; k++)
		(void)x_pdu_next(&p, &rest);
	d->ops->open(d->arg, &p);
}

static void work_peer(struct door *d, const struct item *i)
{
	struct door_peer p;

	memcpy(&p, i->octets, sizeof(p));
	if (d->peer)
		d->peer(d->arg, &p);
	if (i->kind == ITEM_DOWN && d->ops->gone)
		d->ops->gone(d->arg, i->conn);
}

/* -- what is held up -- */

/* Whichever of its tasks it is that has no room. */
static bool holds_up(const struct door *d, const struct item *i)
{
	struct li_x_pdu head;
	struct x_pdu p;
	struct view rest;
	bool up = false;

	if (d->hurries || !d->ops->holds_up || i->kind != ITEM_X2 || !read_item(i, &head, &p))
		return false;
	rest = head.attributes;
	do
		up = d->ops->holds_up(d->arg, &p);
	while (!up && x_pdu_next(&p, &rest));
	return up;
}

/* Is one of those set aside held up no longer? */
static bool one_may_go(struct door *d)
{
	const struct parked *p;

	TAILQ_FOREACH(p, &d->q.parked, next)
		if (!holds_up(d, STAILQ_FIRST(&p->items)))
			return true;
	return false;
}

static void work_item(struct door *d, struct item *i, struct items *worked)
{
	switch (i->kind) {
	case ITEM_X2: work_x2(d, i); break;
	case ITEM_OPEN: work_open(d, i); break;
	case ITEM_UP: case ITEM_DOWN: work_peer(d, i); break;
	}
	STAILQ_INSERT_TAIL(worked, i, next);
}

static void work_parked(struct door *d, struct items *worked)
{
	struct parked *p;
	struct item *i;

	TAILQ_FOREACH(p, &d->q.parked, next)
		while ((i = STAILQ_FIRST(&p->items)) && !holds_up(d, i)) {
			STAILQ_REMOVE_HEAD(&p->items, next);
			work_item(d, i, worked);
		}
}

static void on_ask_again(uv_timer_t *t)
{
	struct door *d = t->data;

	uv_async_send(&d->async);
}

static bool work(struct door *d, size_t most)
{
	struct items items, worked = STAILQ_HEAD_INITIALIZER(worked);
	struct item *i;
	uint64_t last = 0;
	bool turns = one_may_go(d), more, some;

	if (!door_queue_take(&d->q, &items, most) && !turns)
		return false;
	STAILQ_FOREACH(i, &items, next)
		turns |= i->kind == ITEM_X2 || i->kind == ITEM_OPEN;
	if (turns)
		d->ops->turn_begin(d->arg);
	work_parked(d, &worked);		/* they came first */
	while ((i = STAILQ_FIRST(&items))) {
		STAILQ_REMOVE_HEAD(&items, next);
		last = i->ticket;
		if ((!door_queue_parked(&d->q, i->conn) && !holds_up(d, i)) || !door_queue_park(&d->q, i))
			work_item(d, i, &worked);
	}
	if (turns)
		d->ops->turn_end(d->arg);
	some = !STAILQ_EMPTY(&worked);
	more = door_queue_pass(&d->q, &worked, last);
	for (unsigned k = 0; k < d->n_workers; k++)
		if (atomic_exchange(&d->worker[k].wants, false))
			door_wake(&d->worker[k]);
	if (TAILQ_EMPTY(&d->q.parked))
		uv_timer_stop(&d->again);
	else if (!uv_is_active((uv_handle_t *)&d->again))
		uv_timer_start(&d->again, on_ask_again, DOOR_AGAIN_MS, DOOR_AGAIN_MS);
	return more || (some && !TAILQ_EMPTY(&d->q.parked));	/* they may have waited for this turn's */
}

static void tell_refusals(struct door *d)
{
	struct door_refusal r[DOOR_REFUSALS];
	unsigned n;

	pthread_mutex_lock(&d->lock);
	n = d->n_refusals;
	memcpy(r, d->refusal, n * sizeof(r[0]));
	d->n_refusals = 0;
	pthread_mutex_unlock(&d->lock);
	for (unsigned i = 0; i < n && d->refused; i++)
		d->refused(d->arg, &r[i]);
}

static void on_handle_gone(uv_handle_t *h)
{
	struct door *d = h->data;
	void (*stopped)(void *arg) = d->stopped;
	void *arg = d->stopped_arg;

	if (--d->handles)
		return;
	d->stopped = NULL;
	if (d->freeing)
		door_free(d);
	else if (stopped)
		stopped(arg);
}

static void close_handles(struct door *d)
{
	if (uv_is_closing((uv_handle_t *)&d->async))
		return;
	uv_close((uv_handle_t *)&d->again, on_handle_gone);
	uv_close((uv_handle_t *)&d->async, on_handle_gone);
}

/* The threads have ended: what they brought is given on to its end. */
static void look_at_end(struct door *d)
{
	for (unsigned i = 0; i < d->n_workers; i++)
		if (d->worker[i].started && !atomic_load(&d->worker[i].ended))
			return;
	for (unsigned i = 0; i < d->n_workers; i++)
		if (d->worker[i].started)
			pthread_join(d->worker[i].thread, NULL);
	while (work(d, DOOR_TURN))
		;
	tell_refusals(d);
	close_handles(d);
}

static void on_async(uv_async_t *a)
{
	struct door *d = a->data;

	if (work(d, DOOR_TURN))
		uv_async_send(&d->async);
	tell_refusals(d);
	if (d->stopping)
		look_at_end(d);
}

/* -- life -- */

static bool copy_listener(struct door *d, const struct door_listen *from, char *err, size_t errlen)
{
	struct listener *l = &d->listen[d->n_listen];

	l->d = d;
	l->kinds = from->kinds;
	l->fd = listen_open(&from->at, (gid_t)-1, &l->port, err, errlen);
	if (l->fd < 0)
		return false;
	d->n_listen++;
	snprintf(err, errlen, "out of memory");
	l->name = strdup(from->name);
	l->peers = calloc(from->n_peers, sizeof(*l->peers));
	for (; l->peers && l->n_peers < from->n_peers; l->n_peers++)
		if (!(l->peers[l->n_peers] = strdup(from->peers[l->n_peers])))
			return false;
	return l->name && l->peers;
}

struct door *door_open(const struct door_conf *c, char *err, size_t errlen)
{
	struct door *d = calloc(1, sizeof(*d));
	uint64_t seed;

	snprintf(err, errlen, "out of memory");
	if (!d)
		return NULL;
	d->loop = c->loop;
	d->ops = c->ops;
	d->arg = c->arg;
	d->refused = c->refused;
	d->peer = c->peer;
	d->idle = c->idle ? c->idle : DOOR_IDLE_US;
	d->max_skew = c->max_skew ? c->max_skew : DOOR_SKEW_US;
	d->torn_most = c->torn ? c->torn : DOOR_TORN;
	pthread_mutex_init(&d->lock, NULL);
	door_queue_init(&d->q, c->queue ? c->queue : DOOR_QUEUE);
	d->listen = calloc(c->n_listen, sizeof(*d->listen));
	d->worker = calloc(c->workers, sizeof(*d->worker));
	d->senders = RAND_bytes((unsigned char *)&seed, sizeof(seed)) == 1 ? senders_new(seed) : NULL;
	if (!d->listen || !d->worker || !d->senders)
		goto failed;
	d->tls = tls_ctx_new(TLS_SERVER, c->tls, err, errlen);
	if (!d->tls)
		goto failed;
	for (size_t i = 0; i < c->n_listen; i++)
		if (!copy_listener(d, &c->listen[i], err, errlen))
			goto failed;
	snprintf(err, errlen, "out of memory");
	for (; d->n_workers < c->workers; d->n_workers++)
		if (worker_open(d, d->n_workers))
			goto failed;
	if (uv_async_init(c->loop, &d->async, on_async))
		goto failed;
	uv_timer_init(c->loop, &d->again);
	d->async.data = d->again.data = d;
	d->handles = 2;
	*err = 0;
	return d;
failed:
	door_free(d);
	return NULL;
}

enum li_err door_start(struct door *d)
{
	enum li_err e = LI_OK;

	for (unsigned i = 0; i < d->n_workers && !e; i++)
		e = worker_start(&d->worker[i]);
	return e;
}

enum li_err door_renew(struct door *d, const struct tls_conf *tls, char *err, size_t errlen)
{
	struct tls_ctx *x = tls_ctx_new(TLS_SERVER, tls, err, errlen), *old;

	if (!x)
		return LI_ECONFIG;
	pthread_mutex_lock(&d->lock);
	old = d->tls;
	d->tls = x;
	pthread_mutex_unlock(&d->lock);
	tls_ctx_free(old);
	return LI_OK;
}

void door_stop(struct door *d, void (*stopped)(void *arg), void *arg)
{
	d->stopped = stopped;
	d->stopped_arg = arg;
	d->stopping = d->hurries = true;	/* nobody waits for room any more: what was taken is given on */
	atomic_store(&d->stop, true);
	for (unsigned i = 0; i < d->n_workers; i++)
		if (d->worker[i].started)
			door_wake(&d->worker[i]);
	uv_async_send(&d->async);
}

void door_free(struct door *d)
{
	if (!d)
		return;
	d->freeing = true;
	if (d->handles) {		/* never started */
		close_handles(d);
		return;
	}
	for (unsigned i = 0; i < d->n_workers; i++)
		worker_close(&d->worker[i]);
	for (size_t i = 0; i < d->n_listen; i++) {
		struct listener *l = &d->listen[i];

		close(l->fd);
		free(l->name);
		for (size_t k = 0; k < l->n_peers; k++)
			free(l->peers[k]);
		free(l->peers);
	}
	free(d->listen);
	free(d->worker);
	senders_free(d->senders);
	tls_ctx_free(d->tls);
	door_queue_fini(&d->q);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* -- what is seen -- */

uint64_t door_counter(const struct door *d, enum door_count c)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < d->n_workers; i++)
		n += atomic_load_explicit(&d->worker[i].count[c], memory_order_relaxed);
	return n;
}

struct senders *door_senders(struct door *d)
{
	return d->senders;
}

uint16_t door_port(const struct door *d, size_t listener)
{
	return listener < d->n_listen ? d->listen[listener].port : 0;
}

void door_each(struct door *d, void (*fn)(void *arg, const struct door_seen *s), void *arg)
{
	for (unsigned i = 0; i < d->n_workers; i++) {
		struct worker *w = &d->worker[i];
		struct conn *c;

		pthread_mutex_lock(&w->lock);
		TAILQ_FOREACH(c, &w->conns, all)
			if (c->seen.conn)
				fn(arg, &c->seen);
		pthread_mutex_unlock(&w->lock);
	}
}

size_t door_queued(const struct door *d, size_t *octets)
{
	struct door_queue *q = (struct door_queue *)(uintptr_t)&d->q;
	size_t n;

	pthread_mutex_lock(&q->lock);
	n = q->n;
	n += q->parked_items;
	*octets = atomic_load(&q->octets) + atomic_load(&q->parked_octets);
	pthread_mutex_unlock(&q->lock);
	return n;
}
