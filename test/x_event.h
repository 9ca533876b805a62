/* x_event.h: events of X2, written as tlv.h has it, on their way through x_rig.h, and what of them came out of it. */
#ifndef TEST_X_EVENT_H
#define TEST_X_EVENT_H

#include "test/tlv.h"
#include "test/x_rig.h"

#define EV_SUPI "A1 { 81 { '001010000000001' } }"

static inline void rig_x2(struct x_rig *r, struct made *d)
{
	mediate_turn_begin(r->m);
	iri_mediate(r->x, &d->p);
	mediate_turn_end(r->m);
}

/* The same of an event, with the attributes that make() gives it. It stays until the next one. */
static inline void rig_made(struct made *d, uint64_t correlation, unsigned sender, int64_t sequence, const char *event)
{
	static struct buf octets;

	make(d, false, 1, correlation, sender, sequence);
	d->pdu.payload = tlv_xiri(&octets, event);
}

/* How many records came of it; the first is *first. */
static inline size_t rig_event(struct x_rig *r, uint64_t correlation, unsigned sender, int64_t sequence, const char *event, struct item **first)
{
	size_t before = n_items;
	struct made d;

	rig_made(&d, correlation, sender, sequence, event);
	rig_x2(r, &d);
	*first = item(before);
	return n_items - before;
}

/* Do these octets stand in the record? */
static inline bool bears(const struct item *i, const char *text)
{
	struct buf want = { 0 };
	bool is;

	tlv_put(&want, text);
	is = memmem(i->octets, i->n, want.p, want.n) != NULL;
	buf_fini(&want);
	return is;
}

/* Is it an IRIPayload whose event is this, octet for octet? */
static inline bool is_event(const struct item *i, const char *event)
{
	struct buf want = { 0 };
	struct xiri x;
	bool is;

	tlv_put(&want, event);
	is = i->tag == PS_IRI_33128 && xiri_read(view_of(i->octets, i->n), &x) == LI_OK && view_eq(x.event, buf_view(&want));
	buf_fini(&want);
	return is;
}

static inline bool event_is_105(const struct item *i)
{
	struct xiri x;

	return i->tag == PS_IRI_33128 && xiri_read(view_of(i->octets, i->n), &x) == LI_OK && x.tag == 105;
}

static inline void rig_sip(struct made *d, uint64_t correlation, int64_t sequence, unsigned direction, const char *message)
{
	make(d, false, 1, correlation, 1, sequence);
	d->pdu.format = LI_XF_SIP;
	d->pdu.payload = view_str(message);
	d->p.direction = (uint8_t)direction;
}

#endif
