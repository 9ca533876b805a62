/* lemf_ctx.c: the sequence-number contexts of a LEMF. */
#include "handover/lemf_ctx.h"

#include <stdlib.h>

#include "asn1/ber.h"

#define TABLE (1u << 18)	/* chains of four when there are a million */

struct seen { uint64_t offset; uint32_t ctx, number; };	/* ctx 0: none */
#define ROW 8		/* of those, the newest first: two cache lines */

struct lemf_ctxs {
	uint64_t seed;
	unsigned max, n;
	uint32_t last_id;
	struct lemf_ctx **table, *newest, *oldest, *gone;
	struct seen *seen;
};

struct lemf_ctxs *lemf_ctxs_new(uint64_t seed, unsigned max)
{
	struct lemf_ctxs *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->seed = seed;
	t->max = max;
	t->table = calloc(TABLE, sizeof(*t->table));
	t->seen = calloc(LEMF_SEEN, sizeof(*t->seen));
	if (t->table && t->seen)
		return t;
	lemf_ctxs_free(t);
	return NULL;
}

/* The communicationIdentifier as it stands in the PDU: the context's key but for the LIID, which is its owner's, and
 * the payload's kind. It holds cINExtension and eTSI671NEID too, wherever a sender uses them (HO-SEQ-004, HO-SEQ-005, HO-SEQ-006). */
static enum li_err cid_of(const struct ps_pdu *p, struct view *cid)
{
	struct rd r = rd_of(p->whole);
	struct ber t;

	if (!ber_next(&r, &t))
		return LI_EFORMAT;
	r = rd_of(t.body);
	if (!ber_next(&r, &t) || !ber_is(&t, BER_CONTEXT, 1))
		return LI_EFORMAT;
	r = rd_of(t.body);
	while (ber_next(&r, &t))
		if (ber_is(&t, BER_CONTEXT, 3)) {
			*cid = t.body;
			return t.body.n <= LEMF_KEY_MAX ? LI_OK : LI_ELIMIT;
		}
	return LI_EFORMAT;
}

static unsigned slot(const struct lemf_ctxs *t, const void *owner, uint32_t tag, struct view key)
{
	uint64_t h = t->seed ^ (uintptr_t)owner ^ (uint64_t)tag << 56;

	for (size_t i = 0; i < key.n; i++) {
		h = (h ^ key.p[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return (unsigned)(h % TABLE);
}

static void unlink_used(struct lemf_ctxs *t, struct lemf_ctx *c)
{
	*(c->newer ? &c->newer->older : &t->newest) = c->older;
	*(c->older ? &c->older->newer : &t->oldest) = c->newer;
}

static void link_used(struct lemf_ctxs *t, struct lemf_ctx *c)
{
	c->older = t->newest;
	c->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = c;
	t->newest = c;
}

static void unhook(struct lemf_ctxs *t, struct lemf_ctx *c)
{
	struct lemf_ctx **at = &t->table[slot(t, c->owner, c->payload_tag, view_of(c->key, c->n_key))];

	while (*at != c)
		at = &(*at)->chain;
	*at = c->chain;
	unlink_used(t, c);
	t->n--;
}

static void ctx_free(struct lemf_ctx *c)
{
	if (!c)
		return;
	lemf_ctx_gap_unlink(c);
	lemf_seq_fini(&c->seq);
	free(c);
}

static struct lemf_ctx *find(const struct lemf_ctxs *t, const void *owner, uint32_t payload_tag, struct view key)
{
	struct lemf_ctx *c = t->table[slot(t, owner, payload_tag, key)];

	while (c && (c->owner != owner || c->payload_tag != payload_tag || !view_eq(view_of(c->key, c->n_key), key)))
		c = c->chain;
	return c;
}

struct lemf_ctx *lemf_ctx_find(const struct lemf_ctxs *t, const void *owner, const struct ps_pdu *p, uint32_t payload_tag)
{
	struct view key = view_of(NULL, 0);

	return cid_of(p, &key) ? NULL : find(t, owner, payload_tag, key);
}

enum li_err lemf_ctx_of(struct lemf_ctxs *t, void *owner, const struct ps_pdu *p, uint32_t payload_tag, struct lemf_ctx **ctx, bool *made, struct lemf_ctx **forgotten)
{
	struct view key = view_of(NULL, 0);
	enum li_err e = cid_of(p, &key);
	struct lemf_ctx *c, **at;

	*ctx = *forgotten = NULL;
	*made = false;
	if (e)
		return e;
	c = find(t, owner, payload_tag, key);
	if (c) {
		if (t->newest != c) {
			unlink_used(t, c);
			link_used(t, c);
		}
		*ctx = c;
		return LI_OK;
	}
	ctx_free(t->gone);
	t->gone = NULL;
	if (t->n >= t->max) {
		*forgotten = t->gone = t->oldest;
		unhook(t, t->gone);
	}
	c = calloc(1, sizeof(*c) + key.n);
	if (!c)
		return LI_ENOMEM;
	c->owner = owner;
	c->id = ++t->last_id ? t->last_id : ++t->last_id;
	c->payload_tag = payload_tag;
	c->n_element = (uint8_t)p->element_id.n;	/* ps_decode holds it to LI_ELEMENT_MAX */
	if (c->n_element)
		memcpy(c->element, p->element_id.p, c->n_element);
	c->n_key = (uint16_t)key.n;
	memcpy(c->key, key.p, key.n);
	at = &t->table[slot(t, owner, payload_tag, key)];
	c->chain = *at;
	*at = c;
	link_used(t, c);
	t->n++;
	*ctx = c;
	*made = true;
	return LI_OK;
}

struct lemf_ctx *lemf_ctx_by_id(const struct lemf_ctxs *t, const void *owner, uint32_t id)
{
	struct lemf_ctx *c = t->newest;

	while (c && (c->owner != owner || c->id != id))
		c = c->older;
	return c;
}

void lemf_ctx_drop(struct lemf_ctxs *t, bool (*which)(const struct lemf_ctx *c, const void *arg), const void *arg)
{
	struct lemf_ctx *c = t->oldest, *next;

	for (; c; c = next) {
		next = c->newer;
		if (!which || which(c, arg)) {
			unhook(t, c);
			ctx_free(c);
		}
	}
}

unsigned lemf_ctx_count(const struct lemf_ctxs *t)
{
	return t->n;
}

/* Numbers that fall into one row push out the oldest of it: what has just come does not go while much older ones stay. */
static struct seen *row(const struct lemf_ctxs *t, const struct lemf_ctx *c, uint32_t number)
{
	return &t->seen[(c->id * UINT32_C(2654435761) + number) % (LEMF_SEEN / ROW) * ROW];
}

void lemf_seen_put(struct lemf_ctxs *t, const struct lemf_ctx *c, uint32_t number, uint64_t offset)
{
	struct seen *s = row(t, c, number);

	memmove(s + 1, s, (ROW - 1) * sizeof(*s));
	s[0] = (struct seen){ offset, c->id, number };
}

bool lemf_seen_get(const struct lemf_ctxs *t, const struct lemf_ctx *c, uint32_t number, uint64_t *offset)
{
	const struct seen *s = row(t, c, number);
	unsigned i = 0;

	while (i < ROW - 1 && (s[i].ctx != c->id || s[i].number != number))
		i++;
	*offset = s[i].offset;
	return s[i].ctx == c->id && s[i].number == number;
}

void lemf_ctxs_free(struct lemf_ctxs *t)
{
	if (!t)
		return;
	lemf_ctx_drop(t, NULL, NULL);
	ctx_free(t->gone);
	free(t->table);
	free(t->seen);
	free(t);
}
