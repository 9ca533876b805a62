/*
 * door_wait.c: products of X3 that wait for their contexts. The first of a context that nobody has opened asks the control loop for it;
 * it and those of its context that come meanwhile are kept, and given again, in their order, when its ticket is passed.
 */
#include "mediation/x/door_int.h"

#include <limits.h>
#include <stdlib.h>

static unsigned find(const struct conn *c, const struct x_pdu *p)
{
	const struct waiting *w = &c->waiting;
	unsigned i;

	for (i = 0; i < w->n_contexts; i++)
		if (w->context[i].correlation == p->correlation && w->context[i].sender == p->sender &&
		    memcmp(w->context[i].xid.b, p->xid.b, sizeof(p->xid.b)) == 0)
			break;
	return i;
}

bool wait_has(const struct conn *c, const struct x_pdu *p)
{
	return find(c, p) < c->waiting.n_contexts;
}

bool wait_is_full(const struct conn *c)
{
	const struct waiting *w = &c->waiting;

	return w->octets.n >= DOOR_WAIT_OCTETS || w->n >= DOOR_WAIT_PRODUCTS || w->n_contexts >= DOOR_WAIT_CONTEXTS - X_BURST;
}

bool wait_is_low(const struct conn *c)
{
	const struct waiting *w = &c->waiting;

	return w->octets.n <= DOOR_WAIT_OCTETS / 2 && w->n <= DOOR_WAIT_PRODUCTS / 2 && w->n_contexts <= (DOOR_WAIT_CONTEXTS - X_BURST) / 2;
}

/* Asks the control loop to open its context. */
static bool ask_open(struct conn *c, const struct x_pdu *p, struct view whole, size_t product)
{
	struct waiting *w = &c->waiting;
	struct item *x = door_item(ITEM_OPEN, c->number, view_of(whole.p, p->pdu->header_len));

	if (!x || w->n_contexts == DOOR_WAIT_CONTEXTS) {	/* wait_is_full() leaves room for a burst */
		free(x);
		return false;
	}
	memset(x->octets + 8, 0, 4);	/* its length of payload: there is none */
	x->sender = p->sender;
	x->arrived = p->arrived;
	x->odd = p->odd;
	x->product = product;
	(void)conn_put(c, x);		/* it is never full for these */
	w->context[w->n_contexts++] = (struct wait_context){ p->xid, p->correlation, c->ticket, p->sender };
	return true;
}

static bool put(struct conn *c, struct view whole, size_t *at)
{
	struct waiting *w = &c->waiting;

	*at = w->octets.n;
	if (!conn_claim(c, whole.n))
		return false;
	if (!buf_put(&w->octets, whole.p, whole.n))
		return true;
	conn_release(c, whole.n);
	return false;
}

static bool keep_pdu(struct conn *c, struct view whole, size_t *at)
{
	const struct waiting *w = &c->waiting;

	if (!w->n || w->last != whole.p)
		return put(c, whole, at);
	*at = w->product[w->n - 1].at;		/* several products of one PDU */
	return true;
}

void wait_add(struct conn *c, const struct x_pdu *p, struct view whole, size_t product)
{
	struct waiting *w = &c->waiting;
	unsigned of = find(c, p);
	struct wait_product *more;
	size_t at;

	if (c->is_lost) {
		door_count(c->w, DOOR_not_kept, 1);
		return;
	}
	if (w->n == w->size) {
		more = realloc(w->product, (w->size + X_BURST) * 2 * sizeof(*more));
		if (more) {
			w->product = more;
			w->size = (w->size + X_BURST) * 2;
		}
	}
	if (w->n == w->size || !keep_pdu(c, whole, &at) || (of == w->n_contexts && !ask_open(c, p, whole, product))) {
		door_count(c->w, DOOR_not_kept, 1);
		conn_no_memory(c);
		return;
	}
	w->last = whole.p;
	w->product[w->n++] = (struct wait_product){ w->serial++, at, whole.n, product, of, false, p->arrived };
	if (!c->waits && wait_is_full(c))
		conn_wait(c, WAIT_PRODUCTS);
	else
		conn_list(c);
}

/* -- going on -- */

/* A waiting product into the burst, which is not full. False: where it goes there is no room. */
static bool again(struct conn *c, const struct buf *octets, const struct wait_product *x, size_t *at, size_t *head)
{
	struct worker *w = c->w;
	struct view whole = view_of(octets->p + x->at, x->n), rest;
	struct x_pdu *p = &w->p[w->n];
	struct li_x_pdu h;
	bool fresh = x->at != *at || w->n_heads == 0;

	if (fresh) {
		if (li_x_decode(whole, &h))
			return true;	/* it was read before */
		*at = x->at;
		*head = burst_head(w, whole, &h);
	}
	x_pdu_read(&w->head[*head], p);
	burst_stamp(c, p, x->arrived);	/* the connection has been read on meanwhile */
	rest = w->head[*head].attributes;
	for (size_t k = 0; k < x->product; k++)
		(void)x_pdu_next(p, &rest);
	p->pdu = &w->head[*head];
	if (burst_holds_up(c, p)) {
		if (fresh)
			w->n_heads--;
		*at = fresh ? SIZE_MAX : *at;
		return false;
	}
	w->from[w->n].head = *head;
	w->from[w->n++].product = x->product;
	if (w->n == X_BURST)
		burst_flush(c, true);
	return true;
}

/* Those that have to wait on, with their octets and contexts. */
static void keep_rest(struct conn *c, const struct waiting *was)
{
	struct waiting *w = &c->waiting;
	unsigned to[DOOR_WAIT_CONTEXTS];
	size_t was_at = SIZE_MAX, at = 0;
	bool good = true;

	w->n = 0;
	w->n_contexts = 0;
	memset(to, 0xff, sizeof(to));
	for (size_t i = 0; i < was->n; i++) {
		struct wait_product x = was->product[i];

		if (x.given)
			continue;
		good = good && (x.at == was_at || put(c, view_of(was->octets.p + x.at, x.n), &at));
		if (!good) {
			door_count(c->w, DOOR_not_kept, 1);
			conn_no_memory(c);
			continue;
		}
		was_at = x.at;
		x.at = at;
		if (to[x.context] == UINT_MAX) {
			to[x.context] = w->n_contexts;
			w->context[w->n_contexts++] = was->context[x.context];
		}
		x.context = to[x.context];
		w->product[w->n++] = x;
	}
}

void wait_give(struct conn *c)
{
	struct waiting was = c->waiting;
	uint64_t passed = door_queue_passed(&c->w->d->q, c->number);
	bool due[DOOR_WAIT_CONTEXTS] = { false }, any = false;
	size_t at = SIZE_MAX, head = 0;

	for (unsigned i = 0; i < was.n_contexts; i++)
		any |= due[i] = was.context[i].ticket <= passed;
	if (!any)
		return;
	c->waiting.held_up = false;
	for (size_t i = 0; i < was.n; i++) {
		struct wait_product *x = &was.product[i];

		x->given = due[x->context] && again(c, &was.octets, x, &at, &head);
		if (x->given || !due[x->context])
			continue;
		due[x->context] = false;	/* those behind it keep its context's order */
		c->waiting.held_up = true;
	}
	burst_flush(c, true);
	buf_init(&c->waiting.octets, 0);
	conn_release(c, was.octets.n);
	keep_rest(c, &was);
	if (c->waiting.held_up)
		worker_again(c->w);
	if (c->waiting.held_up && !c->waits && !c->is_lost)
		conn_wait(c, WAIT_ROOM);
	buf_wipe(&was.octets);
	buf_fini(&was.octets);
}

void wait_fini(struct conn *c)
{
	conn_release(c, c->waiting.octets.n);
	buf_wipe(&c->waiting.octets);
	buf_fini(&c->waiting.octets);
	free(c->waiting.product);
}
