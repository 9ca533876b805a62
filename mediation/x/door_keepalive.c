/* door_keepalive.c: keepalives of one connection and their acknowledgements: TS 103 221-2 clauses 5.1 and 6.2.4. */
#include "mediation/x/door_int.h"

#include <li/rd.h>

/* X23-MDF-009: zeros but for version, type, lengths, and its number. X23-MDF-013: one that came without has none in its answer. */
static void write_ack(struct conn *c, const struct ack *a)
{
	static const uint8_t form[48] = { 0, 0, 0, LI_X_KEEPALIVE_ACK, 0, 0, 0, 48, [40] = 0, LI_XA_SEQUENCE, 0, 4 };

	memcpy(c->ack, form, sizeof(form));
	c->ack[1] = (uint8_t)(a->version < DOOR_VERSION ? a->version : DOOR_VERSION);
	for (unsigned i = 0; i < 4; i++)
		c->ack[44 + i] = (uint8_t)(a->sequence >> (24 - 8 * i));
	c->ack_at = 0;
	c->ack_n = a->has_sequence ? 48 : 40;
	c->ack[7] = (uint8_t)c->ack_n;
}

bool keepalive_owed(const struct conn *c)
{
	const struct ack *a = &c->acks[c->first_ack];

	return c->n_acks && door_queue_passed(&c->w->d->q, c->number) >= a->ticket && (!c->waiting.n || c->waiting.product[0].serial >= a->products);
}

/* X23-MDF-010: those whose PDUs before them are in the queue, in their order. */
void keepalive_answer(struct conn *c)
{
	enum li_err e = c->is_gone ? LI_ESTATE : LI_OK;

	while (!e) {
		struct view v;

		if (c->ack_at == c->ack_n) {
			if (!keepalive_owed(c))
				break;
			write_ack(c, &c->acks[c->first_ack]);
			c->first_ack = (c->first_ack + 1) % DOOR_ACKS_MAX;
			c->n_acks--;
			door_count(c->w, DOOR_acknowledged, 1);
		}
		v = view_of(c->ack + c->ack_at, c->ack_n - c->ack_at);
		e = netio_put(&c->n, &v);
		c->ack_at = c->ack_n - v.n;
		c->ack_flush = true;
	}
	if (c->ack_flush && !e)
		e = netio_flush(&c->n);
	if (!e)
		c->ack_flush = false;
	else if (e != LI_EAGAIN)	/* it ends; nobody waits for these any more */
		c->n_acks = 0, c->ack_at = c->ack_n = 0;
}

/* X23-MDF-008, X23-MDF-011: not before what came before it is in the queue. */
bool keepalive_take(struct conn *c, const struct li_x_pdu *head)
{
	struct worker *w = c->w;
	struct view v;
	struct ack a = { .version = head->version };
	struct rd r;

	burst_flush(c, false);
	if (!c->waits && c->n_acks == DOOR_ACKS_MAX)
		conn_wait(c, WAIT_ACKS);
	if (c->waits)
		return false;
	c->keepalives++;
	door_count(w, DOOR_keepalive, 1);
	a.has_sequence = li_x_attr_find(head, LI_XA_SEQUENCE, &v);
	r = rd_of(v);
	a.sequence = rd_u32(&r);
	if (!a.has_sequence)
		door_count(w, DOOR_keepalive_short, 1);
	if (head->payload_len || head->format || head->direction || head->correlation ||
	    memcmp(head->xid.b, (uint8_t[16]){ 0 }, sizeof(head->xid.b)) != 0)
		door_count(w, DOOR_keepalive_odd, 1);
	a.ticket = c->ticket;
	a.products = c->waiting.serial;
	c->acks[(c->first_ack + c->n_acks++) % DOOR_ACKS_MAX] = a;
	keepalive_answer(c);
	if (c->n_acks)
		conn_list(c);
	return true;
}
