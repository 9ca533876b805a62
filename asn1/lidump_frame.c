/*
 * lidump_frame.c: where PDUs begin. The PDUs' own lengths are the only framing there is; where they lead nowhere, the
 * next place where a PDU may begin is looked for.
 */
#include <li/limits.h>
#include <li/rd.h>
#include <li/x2x3.h>

#include <inttypes.h>
#include <stdio.h>

#include "asn1/lidump.h"
#include "asn1/ps_dec.h"

#define LENGTH_OCTETS 4		/* of a length that may be the truth; LI_PDU_MAX needs three */
#define X_LENGTHS 12		/* octets of an X2/X3 header up to and with its lengths */

enum li_err lidump_frame(bool x2x3, struct view v, size_t *n)
{
	return x2x3 ? li_x_next(v, n) : ps_next(v, n);
}

/* A tag and its length octets, taken off the front of v; LI_EAGAIN when they may still come. */
static enum li_err tag_at(struct view *v, uint8_t tag)
{
	struct rd rd = rd_of(*v);
	uint8_t first = rd_u8(&rd), length = rd_u8(&rd);

	if ((v->n && first != tag) || length == 0x80 || length > 0x80 + LENGTH_OCTETS)
		return LI_EFORMAT;
	if (length > 0x80)
		rd_skip(&rd, length & 0x7f);
	*v = rd_rest(&rd);
	return rd.err ? LI_EAGAIN : LI_OK;
}

/* Whether a PDU may begin here: a PS-PDU by three tags that nothing stands between, its own, pSHeader's and
 * li-psDomainId's; an X2/X3 PDU by its type. Both by lengths in their limits. One of indefinite length is not looked for:
 * to tell where it ends, and that for each place, takes time with the square of the octets. */
static enum li_err begins(bool x2x3, struct view v)
{
	static const uint8_t tags[] = { 0x30, 0xa1, 0x80 };
	enum li_err e = LI_OK;
	struct view rest = v;
	struct rd rd = rd_of(v);
	uint16_t type;
	size_t n;

	if (x2x3) {
		rd_skip(&rd, 2);
		type = rd_u16(&rd);
		if (!rd.err && (type < LI_X_X2 || type > LI_X_KEEPALIVE_ACK))
			return LI_EFORMAT;
		e = v.n < X_LENGTHS ? LI_EAGAIN : LI_OK;
	}
	for (size_t i = 0; i < sizeof(tags) && !x2x3 && !e; i++)
		e = tag_at(&rest, tags[i]);
	return e ? e : lidump_frame(x2x3, v, &n) == LI_EPEER ? LI_EFORMAT : LI_OK;
}

size_t lidump_seek(bool x2x3, struct view v, bool ended, bool *found)
{
	enum li_err e = LI_EFORMAT;
	size_t i;

	for (i = 0; i < v.n; i++) {
		e = begins(x2x3, view_of(v.p + i, v.n - i));
		if (e == LI_OK || (e == LI_EAGAIN && !ended))
			break;
	}
	*found = i < v.n && e == LI_OK;
	return i;
}

void lidump_say_lost(bool x2x3, struct view v, struct lidump_lost *l)
{
	struct rd rd = rd_of(v);

	if (l->cut)
		snprintf(l->why, sizeof(l->why), "ends within a PDU: %zu octets of it are there", v.n);
	else if (x2x3)
		snprintf(l->why, sizeof(l->why), "framing lost: no X2/X3 header of major version 0 with lengths in their limits");
	else if (rd_peek(&rd) != 0x30)
		snprintf(l->why, sizeof(l->why), "framing lost: octet %02x where a PS-PDU begins with 30", rd_peek(&rd));
	else
		snprintf(l->why, sizeof(l->why), "framing lost: a PS-PDU of more than %u octets or without a legal length", LI_PDU_MAX);
}

enum li_err lidump_tell_lost(struct lidump *d, const struct lidump_lost *l)
{
	char text[256];

	if (!l->found)		/* a file that is merely cut short is the usual case, and has said all */
		snprintf(text, sizeof(text), "%s%s", l->why, l->cut ? "" : "; no PDU begins in the rest of the file");
	else if (l->next >= l->at)
		snprintf(text, sizeof(text), "%s; the next PDU begins %" PRIu64 " octets on", l->why, l->next - l->at);
	else
		snprintf(text, sizeof(text), "%s; a PDU begins %" PRIu64 " octets back, within the one before", l->why, l->at - l->next);
	return lidump_fault(d, l->at, text);
}

/* -- a file ---------------------------------------------------------------------------------------------------------------- */

struct walk {
	const struct lidump_reader *r;
	struct buf *in;
	uint64_t offset;		/* of in->p + pos */
	size_t pos, keep;		/* keep: octets of a faulty PDU before pos */
	bool ended, seeking;
	struct lidump_lost lost;
};

static struct view ahead(const struct walk *w)
{
	return w->in->n ? view_of(w->in->p + w->pos, w->in->n - w->pos) : view_of(NULL, 0);
}

static void step(struct walk *w, size_t n)
{
	w->pos += n;
	w->offset += n;
}

static enum li_err take(struct walk *w, struct view pdu)
{
	bool faulty = false;
	enum li_err e = w->r->pdu(w->r->arg, pdu, w->offset, &faulty);

	step(w, pdu.n);
	w->keep = faulty && !w->lost.found ? pdu.n : 0;
	w->lost.found = false;
	return e;
}

/* No PDU begins here: looks from the next octet on, or from the one after the front of the faulty one before. */
static void lose(struct walk *w, bool cut)
{
	w->lost = (struct lidump_lost){ .at = w->offset, .cut = cut };
	lidump_say_lost(w->r->x2x3, ahead(w), &w->lost);
	w->seeking = true;
	w->pos -= w->keep;
	w->offset -= w->keep;
	w->keep = 0;
	step(w, 1);
}

/* *again: it has come to a place where to go on. */
static enum li_err seek(struct walk *w, bool *again)
{
	step(w, lidump_seek(w->r->x2x3, ahead(w), w->ended, &w->lost.found));
	*again = w->lost.found;
	if (!w->lost.found && !w->ended)
		return LI_OK;
	w->lost.next = w->offset;
	w->seeking = false;
	return w->r->lost(w->r->arg, &w->lost);
}

static enum li_err more(struct walk *w)
{
	enum li_err e;
	size_t n;

	buf_consume(w->in, w->pos - w->keep);
	w->pos = w->keep;
	e = buf_need(w->in, LIDUMP_PIECE);
	if (e)
		return e;
	n = w->r->read(w->r->arg, w->in->p + w->in->n, LIDUMP_PIECE);
	w->in->n += n;
	w->ended = n == 0;
	return LI_OK;
}

enum li_err lidump_read(const struct lidump_reader *r, struct buf *in)
{
	struct walk w = { .r = r, .in = in };
	enum li_err e = LI_OK;
	size_t n;

	in->n = 0;
	while (!e) {
		enum li_err next = w.seeking ? LI_EAGAIN : lidump_frame(r->x2x3, ahead(&w), &n);
		bool again = false;

		if (next == LI_OK) {
			e = take(&w, view_of(in->p + w.pos, n));
			continue;
		}
		if (!w.seeking && (next != LI_EAGAIN || (w.ended && ahead(&w).n)))
			lose(&w, next == LI_EAGAIN);
		if (w.seeking)
			e = seek(&w, &again);
		if (e || again)
			continue;
		if (w.ended)
			break;
		e = more(&w);
	}
	return e;
}
