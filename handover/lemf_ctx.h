/*
 * lemf_ctx.h: the sequence-number contexts of a LEMF and the places of the PDUs seen lately. Bounded: the context
 * that was quiet the longest is forgotten when there are too many.
 */
#ifndef HANDOVER_LEMF_CTX_H
#define HANDOVER_LEMF_CTX_H

#include "asn1/ps_dec.h"
#include "handover/lemf_seq.h"

#define LEMF_CONTEXTS_MAX 1000000	/* followed at once, about 200 octets each */
#define LEMF_SEEN (1u << 20)	/* PDUs whose place is remembered to recognise duplicates, 16 octets each */
#define LEMF_KEY_MAX 512	/* communicationIdentifier in octets: 40 are usual, a correlation number of 256 fits */

struct lemf_ctx {
	struct lemf_ctx *chain;			/* of the table */
	struct lemf_ctx *newer, *older;		/* by last use */
	struct lemf_ctx *next_again;		/* those with repeats not written down yet */
	struct lemf_ctx *next_gap, **at_gap;	/* those with gaps of which nothing is said yet; at_gap NULL: none of these */
	void *owner;				/* the interception */
	uint32_t id;
	struct lemf_seq seq;
	struct lemf_range again;		/* duplicates in a row */
	uint32_t n_again;
	bool has_again;
	uint32_t payload_tag;
	uint8_t n_element, element[LI_ELEMENT_MAX];
	uint16_t n_key;
	uint8_t key[];				/* communicationIdentifier as received: operator, element, CIN, country */
};

static inline void lemf_ctx_gap_link(struct lemf_ctx *c, struct lemf_ctx **list)
{
	if (c->at_gap)
		return;
	c->next_gap = *list;
	c->at_gap = list;
	if (c->next_gap)
		c->next_gap->at_gap = &c->next_gap;
	*list = c;
}

static inline void lemf_ctx_gap_unlink(struct lemf_ctx *c)
{
	if (!c->at_gap)
		return;
	*c->at_gap = c->next_gap;
	if (c->next_gap)
		c->next_gap->at_gap = c->at_gap;
	c->at_gap = NULL;
}

struct lemf_ctxs;

struct lemf_ctxs *lemf_ctxs_new(uint64_t seed, unsigned max);
void lemf_ctxs_free(struct lemf_ctxs *t);
/* The context of the PDU's header and of a payload of that tag (usually its own), made when it is new; it is then the last used. forgotten: the one that had to go for it, still
 * whole until the next call, or NULL. LI_EFORMAT, LI_ELIMIT: no usable communicationIdentifier. LI_ENOMEM. */
enum li_err lemf_ctx_of(struct lemf_ctxs *t, void *owner, const struct ps_pdu *p, uint32_t payload_tag, struct lemf_ctx **ctx,
			bool *made, struct lemf_ctx **forgotten) LI_MUST;
/* That context if it is known; NULL. */
struct lemf_ctx *lemf_ctx_find(const struct lemf_ctxs *t, const void *owner, const struct ps_pdu *p, uint32_t payload_tag);
/* By its id, slowly; NULL: it is gone. */
struct lemf_ctx *lemf_ctx_by_id(const struct lemf_ctxs *t, const void *owner, uint32_t id);
static inline enum li_err lemf_ctx_get(struct lemf_ctxs *t, void *owner, const struct ps_pdu *p, struct lemf_ctx **ctx, bool *made,
				       struct lemf_ctx **forgotten)
{
	return lemf_ctx_of(t, owner, p, p->payload_tag, ctx, made, forgotten);
}
/* Drops those that `which` says; NULL: all. */
void lemf_ctx_drop(struct lemf_ctxs *t, bool (*which)(const struct lemf_ctx *c, const void *arg), const void *arg);
unsigned lemf_ctx_count(const struct lemf_ctxs *t);

/* Where the PDU of that number lies in its file; or, with LEMF_ASIDE, in that of PDUs which no key opened when they came. */
#define LEMF_ASIDE (UINT64_C(1) << 63)
void lemf_seen_put(struct lemf_ctxs *t, const struct lemf_ctx *c, uint32_t number, uint64_t offset);
bool lemf_seen_get(const struct lemf_ctxs *t, const struct lemf_ctx *c, uint32_t number, uint64_t *offset);

#endif
