/* door_burst.c: products of one connection on their way up: X3 in bursts, in the worker; X2 by the queue. Between two calls of burst_flush() the burst points into the octets that are being read. */
#include "mediation/x/door_int.h"

#include <assert.h>

/* The burst goes up; afterwards it does not point into the octets that were read any more. */
void burst_flush(struct conn *c, bool again)
{
	struct worker *w = c->w;
	struct door *d = w->d;

	if (w->n) {
		if (!w->online)
			rcu_reader_online(&w->reader);
		w->online = true;
		d->ops->x3(d->arg, w->index, w->p, w->n, again, w->got);
		rcu_reader_quiescent(&w->reader);
		for (size_t i = 0; i < w->n; i++) {
			if (w->got[i] != LI_EAGAIN)
				continue;
			if (again)
				door_count(w, DOOR_not_opened, 1);
			else
				wait_add(c, &w->p[i], w->whole[w->from[i].head], w->from[i].product);
		}
	}
	w->n = w->n_heads = 0;
}

/* A PDU of the burst. head is its next place already, but where it comes again. */
size_t burst_head(struct worker *w, struct view whole, const struct li_x_pdu *head)
{
	assert(w->n_heads < X_BURST);
	w->whole[w->n_heads] = whole;
	if (head != &w->head[w->n_heads])
		w->head[w->n_heads] = *head;
	return w->n_heads++;
}

/* The burst's next product has been filled in, of the PDU whole. */
static void push(struct conn *c, struct view whole, const struct li_x_pdu *head, size_t product)
{
	struct worker *w = c->w;
	struct x_pdu *p = &w->p[w->n];
	size_t h;

	p->pdu = head;
	if (c->waiting.n && wait_has(c, p)) {	/* not before those of its context */
		wait_add(c, p, whole, product);
		return;
	}
	h = w->n_heads && w->whole[w->n_heads - 1].p == whole.p ? w->n_heads - 1 : burst_head(w, whole, head);
	p->pdu = &w->head[h];
	w->from[w->n].head = h;
	w->from[w->n].product = product;
	if (++w->n == X_BURST)
		burst_flush(c, false);
}

/* -- a product -- */

static void find_sender(struct conn *c, const struct x_pdu *p)
{
	struct senders *s = c->w->d->senders;

	c->sender = sender_of(s, p->domain, p->nfid, p->ipid);
	c->has_sender = c->sender != 0;
	sender_ids(s, c->sender, &c->domain, &c->nfid, &c->ipid);
}

void burst_stamp(struct conn *c, struct x_pdu *p, li_us arrived)
{
	const struct door *d = c->w->d;

	p->arrived = arrived;
	p->conn = c->number;
	if (!c->has_sender || !view_eq(c->ipid, p->ipid) || !view_eq(c->nfid, p->nfid) || !view_eq(c->domain, p->domain))
		find_sender(c, p);
	p->sender = c->sender;
	if (!p->has_time)
		return;
	sender_time(d->senders, c->sender, p->time, p->arrived);
	if (p->time - p->arrived > d->max_skew)
		p->odd |= X_ODD_AHEAD;
}

_Static_assert(DOOR_COUNTS == DOOR_odd_attributes + X_ODDITIES, "a counter for each of enum x_odd");
static void count_odd(struct worker *w, const struct x_pdu *p)
{
	if (!p->sender)
		door_count(w, DOOR_no_sender, 1 + p->n_axri);
	for (unsigned i = 0; p->odd >> i; i++)
		if (p->odd >> i & 1)
			door_count(w, (enum door_count)(DOOR_odd_attributes + i), 1);
}

/* X23-DEC-024: one PDU, several tasks. False: it waits in the middle, and c->skip says where. */
static bool give_axri(struct conn *c, struct view whole, const struct li_x_pdu *of, size_t skip)
{
	const struct li_x_pdu head = *of;
	struct worker *w = c->w;
	struct view rest = head.attributes;
	struct x_pdu p = w->p[w->n];	/* its own product */
	bool more = true;

	for (size_t k = 0; more; k++) {
		if (k < skip) {
			more = x_pdu_next(&p, &rest);
			continue;
		}
		w->p[w->n] = p;
		more = x_pdu_next(&p, &rest);
		if (k)
			door_count(w, DOOR_axri, 1);
		push(c, whole, &head, k);
		if (c->waits && more) {
			c->skip = k + 1;
			return false;
		}
	}
	return true;
}

bool burst_holds_up(struct conn *c, const struct x_pdu *p)
{
	struct worker *w = c->w;
	const struct door *d = w->d;

	if (!d->ops->holds_up || atomic_load(&d->stop))
		return false;
	if (!w->online)
		rcu_reader_online(&w->reader);
	w->online = true;
	return d->ops->holds_up(d->arg, p);
}

/* Nothing behind it is given on before there is room; what comes before it is. */
static bool stop_here(struct conn *c, size_t skip)
{
	burst_flush(c, false);
	c->skip = skip;
	if (!c->waits && !c->is_lost)
		conn_wait(c, WAIT_ROOM);
	return false;
}

/* Whichever of its tasks it is, from the next on. */
static bool has_room(struct conn *c, const struct x_pdu *own, size_t skip)
{
	struct view rest = own->pdu->attributes;
	struct x_pdu p;
	bool more = true;

	if (!own->n_axri)
		return !burst_holds_up(c, own);
	p = *own;
	for (size_t k = 0; more; k++) {
		if (k >= skip && burst_holds_up(c, &p))
			return false;
		more = x_pdu_next(&p, &rest);
	}
	return true;
}

/* False: the connection waits, and the PDU has to come again. */
bool burst_x3(struct conn *c, struct view whole, const struct li_x_pdu *head)
{
	struct worker *w = c->w;
	struct x_pdu *p = &w->p[w->n];
	size_t skip = c->skip;

	c->skip = 0;
	x_pdu_read(head, p);
	burst_stamp(c, p, c->arrived);
	if (!has_room(c, p, skip))
		return stop_here(c, skip);
	if (!skip) {
		c->x3++;
		door_count(w, DOOR_x3, 1);
		if (whole.p == c->torn.p)
			door_count(w, DOOR_copied, 1);
		if (p->odd || !p->sender)
			count_odd(w, p);
	}
	if (p->n_axri)
		return give_axri(c, whole, head, skip);
	push(c, whole, head, 0);
	return true;
}

bool burst_x2(struct conn *c, struct view whole, const struct li_x_pdu *head)
{
	struct worker *w = c->w;
	struct x_pdu *p = &w->p[w->n];	/* free: a full burst goes up at once */
	struct item *i;

	if (door_queue_is_parked(&w->d->q, c->number))
		return stop_here(c, 0);
	i = door_item(ITEM_X2, c->number, whole);
	if (!i) {
		conn_no_memory(c);
		return false;
	}
	x_pdu_read(head, p);
	burst_stamp(c, p, c->arrived);
	i->sender = p->sender;
	i->arrived = p->arrived;
	i->odd = p->odd;
	if (!conn_put(c, i)) {
		burst_flush(c, false);
		if (!c->waits)
			conn_wait(c, WAIT_QUEUE);
		return false;
	}
	c->x2++;
	door_count(w, DOOR_x2, 1);
	door_count(w, DOOR_axri, p->n_axri);
	if (p->odd || !p->sender)
		count_odd(w, p);
	return true;
}
