/*
 * lemf_object.c: segments between two flags become one object.
 *
 *   firstSegmentFlag -> a block that waits; lastSegmentFlag -> it knows its end (or the other way round, where connections take turns); each PDU of its
 *   context -> is it whole?
 *   whole: the content of numbers from..to, in the order of numbers (HO-SEG-006), read back from hi3.ber -> object file -> event "object"
 *   not whole after LEMF_BLOCK_WAIT, or one flag only -> event "object-incomplete" with what is missing (HO-SEG-007, HO-SEG-008)
 *
 * Nothing of an object is held in memory.
 */
#include "handover/lemf_object.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "asn1/ber.h"
#include "asn1/look.h"
#include "handover/lemf_check.h"
#include "handover/lemf_told.h"

struct lemf_block {
	uint32_t ctx;			/* lemf_ctx.id */
	bool has_from, has_to;
	uint32_t from, to;
	uint32_t here;			/* numbers from `from` on that have come: where to look next */
	li_us since;
};

/* -- blocks ------------------------------------------------------------------------------------------------------------------ */

static void drop(struct lemf_store *s, struct lemf_case *c, unsigned i)
{
	c->n_blocks--;
	s->n_blocks--;
	memmove(&c->block[i], &c->block[i + 1], (c->n_blocks - i) * sizeof(*c->block));
}

/* The first number of it that has not come; false: it is whole. */
static bool lacks(const struct lemf_store *s, const struct lemf_ctx *x, struct lemf_block *b, uint32_t *number)
{
	uint64_t offset;

	for (;; b->here++) {
		*number = b->from + b->here;
		if (!b->has_from || !b->has_to || !lemf_seen_get(s->ctxs, x, *number, &offset))
			return true;
		if (*number == b->to)
			return false;
	}
}

static enum li_err give_up(struct lemf_store *s, struct lemf_case *c, unsigned i, const struct lemf_ctx *x, const char *why)
{
	struct lemf_block b = c->block[i];
	uint32_t missing;

	drop(s, c, i);
	lemf_event(s, "object-incomplete", s->now);
	if (x)
		lemf_event_ctx(s, x);
	if (b.has_from)
		lemf_event_number(s, "from", b.from);
	if (b.has_to)
		lemf_event_number(s, "to", b.to);
	if (x && b.has_from && b.has_to && lacks(s, x, &b, &missing))
		lemf_event_number(s, "first_missing", missing);
	lemf_event_text(s, "why", view_str(why));
	return lemf_event_end(s, c->folder);
}

/* -- the object -------------------------------------------------------------------------------------------------------------- */

struct object {
	struct lemf_store *s;
	FILE *to;
	EVP_MD_CTX *md;
	uint64_t octets;
};

static enum li_err put(struct object *o, struct view v)
{
	if (v.n && fwrite(v.p, 1, v.n, o->to) != v.n)
		return LI_EIO;
	o->octets += v.n;
	return EVP_DigestUpdate(o->md, v.p, v.n) == 1 ? LI_OK : LI_ENOMEM;
}

/* The content of one segment's items. */
static enum li_err segment(struct object *o, const struct ps_pdu *p)
{
	struct view rest = p->payload;
	struct buf joined = { 0 }, inner = { 0 };
	struct ps_item item;
	struct look_cc l;
	enum li_err e = LI_OK;

	while (!e && p->kind == PS_CC && ps_item_next(p->kind, &rest, &item) == LI_OK) {
		struct view v = item.contents;

		joined.n = inner.n = 0;
		if (item.segmented) {
			e = ber_join(v, &joined);
			v = buf_view(&joined);
		}
		if (!e && item.contents_tag == 23) {
			e = look_cc(v, &inner, &l);
			if (!e)
				e = look_object(&l, &inner, &v);
		}
		if (!e)
			e = put(o, v);
	}
	buf_fini(&joined);
	buf_fini(&inner);
	return e;
}

static enum li_err write_object(struct object *o, struct lemf_case *c, struct lemf_ctx *x, const struct lemf_block *b)
{
	struct buf pdu = { 0 }, plain = { 0 };
	struct ps_pdu p;
	enum li_err e = EVP_DigestInit_ex(o->md, EVP_sha256(), NULL) == 1 ? LI_OK : LI_ENOMEM;

	for (uint32_t n = b->from; !e; n++) {
		e = lemf_octets_of(o->s, x, &c->folder->file[LEMF_HI3], n, &pdu, &plain, &p);
		if (!e)
			e = segment(o, &p);
		if (n == b->to)
			break;
	}
	buf_fini(&pdu);
	buf_fini(&plain);
	return e;
}

static void name_of(const struct lemf_ctx *x, const struct lemf_block *b, char *out, size_t n)
{
	struct rd r = rd_of(view_of(x->key, x->n_key));
	struct ber t;
	uint64_t cin = 0;
	bool has = false;

	while (ber_next(&r, &t))
		if (ber_is(&t, BER_CONTEXT, 1))
			has = ber_uint(&t, &cin) == LI_OK;
	snprintf(out, n, has ? "object-%llu-%u-%u.bin" : "object-none%.0llu-%u-%u.bin", (unsigned long long)cin, b->from, b->to);
}

/* A disk that refuses is the store's failure; content that cannot be read, the object's. */
static enum li_err finish(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, unsigned i)
{
	struct object o = { .s = s };
	struct lemf_block b = c->block[i];
	uint8_t digest[32];
	char name[64];
	enum li_err e;

	name_of(x, &b, name, sizeof(name));
	e = lemf_dir_create(s->dir, c->folder, name, &o.to);
	if (e)
		return e;
	o.md = EVP_MD_CTX_new();
	e = o.md ? write_object(&o, c, x, &b) : LI_ENOMEM;
	if (!e && EVP_DigestFinal_ex(o.md, digest, NULL) != 1)
		e = LI_ENOMEM;
	EVP_MD_CTX_free(o.md);
	e = lemf_dir_created(s->dir, c->folder, name, o.to, e);
	if (li_err_class(e) == LI_CLASS_PDU || e == LI_ENOTFOUND)
		return give_up(s, c, i, x, "a segment cannot be read");
	if (e)
		return e;
	drop(s, c, i);
	lemf_event(s, "object", s->now);
	lemf_event_ctx(s, x);
	lemf_event_number(s, "from", b.from);
	lemf_event_number(s, "to", b.to);
	lemf_event_number(s, "octets", o.octets);
	lemf_event_hex(s, "sha256", view_of(digest, sizeof(digest)));
	lemf_event_text(s, "file", view_str(name));
	return lemf_event_end(s, c->folder);
}

static enum li_err look(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, unsigned i)
{
	uint32_t missing;

	return lacks(s, x, &c->block[i], &missing) ? LI_OK : finish(s, c, x, i);
}

/* -- what comes ---------------------------------------------------------------------------------------------------------------- */

static enum li_err add(struct lemf_store *s, struct lemf_case *c, const struct lemf_block *b, unsigned *at)
{
	enum li_err e = LI_OK;

	if (!c->block) {
		c->block = calloc(LEMF_BLOCKS, sizeof(*c->block));
		if (!c->block)
			return LI_ENOMEM;
	}
	if (c->n_blocks == LEMF_BLOCKS)
		e = give_up(s, c, 0, NULL, "too many at once");
	*at = c->n_blocks;
	c->block[c->n_blocks++] = *b;
	s->n_blocks++;
	return e;
}

/* The block that the flag belongs to: of those of its context that lack it the one whose other end is the nearest; LEMF_BLOCKS: there is none. */
static unsigned other_end(const struct lemf_case *c, uint32_t ctx, bool last, uint32_t number)
{
	unsigned best = LEMF_BLOCKS;
	uint32_t least = LEMF_BLOCK_SEGMENTS;

	for (unsigned i = 0; i < c->n_blocks; i++) {
		const struct lemf_block *b = &c->block[i];
		uint32_t n = last ? number - b->from : b->to - number;

		if (b->ctx == ctx && b->has_from == last && b->has_to != last && n < least) {
			best = i;
			least = n;
		}
	}
	return best;
}

static enum li_err take_flag(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const struct ps_pdu *p, unsigned *at)
{
	bool last = p->tri == PS_TRI_LAST_SEGMENT;
	struct lemf_block b = { .ctx = x->id, .has_from = !last, .has_to = last, .since = s->now };

	*at = other_end(c, x->id, last, p->number);
	b.from = b.to = p->number;
	if (*at == LEMF_BLOCKS)
		return add(s, c, &b, at);
	if (last) {
		c->block[*at].has_to = true;
		c->block[*at].to = p->number;
	} else {
		c->block[*at].has_from = true;
		c->block[*at].from = p->number;
	}
	return LI_OK;
}

enum li_err lemf_object_flag(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p)
{
	struct lemf_ctx *x, *gone;
	unsigned at;
	bool made;
	enum li_err e = lemf_ctx_of(s->ctxs, c, p, LEMF_HI3, &x, &made, &gone);

	e = lemf_ctx_gone(s, gone, e);
	if (!e)
		e = take_flag(s, c, x, p, &at);
	if (e)
		return e;
	if (!c->block[at].has_from && !lemf_gap_waits(s, c, LEMF_HI3))
		return give_up(s, c, at, x, "no firstSegmentFlag");
	return c->block[at].has_from ? look(s, c, x, at) : LI_OK;
}

enum li_err lemf_object_load(struct lemf_store *s, struct lemf_case *c, struct lemf_tolds *told, struct view pdus)
{
	struct lemf_range as;
	struct lemf_ctx *x, *gone;
	struct ps_pdu p;
	const char *what;
	unsigned i;
	size_t n, at;
	bool made;
	enum li_err e = LI_OK;

	for (; !e && pdus.n && ps_next(pdus, &n) == LI_OK && n <= pdus.n; pdus = view_of(pdus.p + n, pdus.n - n)) {
		if (ps_decode(view_of(pdus.p, n), &p, &at, &what) || p.kind != PS_TRI)
			continue;
		e = lemf_ctx_of(s->ctxs, c, &p, LEMF_HI3, &x, &made, &gone);	/* no segment of it may have come yet */
		e = lemf_ctx_gone(s, gone, e);
		if (c->n_blocks == LEMF_BLOCKS)
			drop(s, c, 0);
		if (!e)
			e = take_flag(s, c, x, &p, &i);
		if (!e && lemf_told_of(s, told, LEMF_TOLD_OBJECT, x, (struct lemf_range){ c->block[i].from, c->block[i].to }, &as))
			drop(s, c, i);
		if (li_err_class(e) == LI_CLASS_PDU)
			e = LI_OK;
	}
	for (i = c->n_blocks; i-- > 0 && !e; )		/* whole, and not written any more */
		if (c->block[i].has_from && c->block[i].has_to && (x = lemf_ctx_by_id(s->ctxs, c, c->block[i].ctx)))
			e = look(s, c, x, i);
	return e;
}

enum li_err lemf_object_data(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, uint32_t number)
{
	enum li_err e = LI_OK;

	for (unsigned i = c->n_blocks; i-- > 0 && !e; ) {
		const struct lemf_block *b = &c->block[i];

		if (b->ctx == x->id && b->has_from && b->has_to && number - b->from <= b->to - b->from)
			e = look(s, c, x, i);
	}
	return e;
}

enum li_err lemf_object_tick(struct lemf_store *s)
{
	enum li_err e = LI_OK;

	for (struct lemf_case *c = s->cases; c && !e && s->n_blocks; c = c->next)
		while (!e && c->n_blocks && s->now - c->block[0].since >= LEMF_BLOCK_WAIT)
			e = give_up(s, c, 0, lemf_ctx_by_id(s->ctxs, c, c->block[0].ctx), c->block[0].has_from && c->block[0].has_to ? "segments are missing" :
				    c->block[0].has_to ? "no firstSegmentFlag" : "no lastSegmentFlag");
	return e;
}

void lemf_object_free(struct lemf_case *c)
{
	free(c->block);
	c->block = NULL;
	c->n_blocks = 0;
}
