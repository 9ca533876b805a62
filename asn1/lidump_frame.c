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

void lidump_lost(bool x2x3, struct view v, bool cut, char *out, size_t n)
{
	struct rd rd = rd_of(v);

	if (cut)
		snprintf(out, n, "ends within a PDU: %zu octets of it are there", v.n);
	else if (x2x3)
		snprintf(out, n, "framing lost: no X2/X3 header of major version 0 with lengths in their limits");
	else if (rd_peek(&rd) != 0x30)
		snprintf(out, n, "framing lost: octet %02x where a PS-PDU begins with 30", rd_peek(&rd));
	else
		snprintf(out, n, "framing lost: a PS-PDU of more than %u octets or without a legal length", LI_PDU_MAX);
}

enum li_err lidump_tell_lost(struct lidump *d, uint64_t at, uint64_t next, bool cut, bool found, const char *why)
{
	char text[256];

	if (!found)		/* a file that is merely cut short is the usual case, and has said all */
		snprintf(text, sizeof(text), "%s%s", why, cut ? "" : "; no PDU begins in the rest of the file");
	else if (next >= at)
		snprintf(text, sizeof(text), "%s; the next PDU begins %" PRIu64 " octets on", why, next - at);
	else
		snprintf(text, sizeof(text), "%s; a PDU begins %" PRIu64 " octets back, within the one before", why, at - next);
	return lidump_fault(d, at, text);
}
