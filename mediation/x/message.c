/* message.c: headers of RFC 2045 and 5322, and the first three fields of an MM1 PDU, which the encapsulation protocol puts in this order. */
#include "mediation/x/message.h"

#include <li/rd.h>

enum { MMS_TYPE = 0x8c, MMS_TRANSACTION = 0x98, MMS_VERSION = 0x8d };	/* header fields: OMA-TS-MMS_ENC clause 7.3 */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* Where the line at the front ends: behind its LF, or the end. */
static size_t line(struct view v)
{
	const uint8_t *lf = v.n ? memchr(v.p, '\n', v.n) : NULL;

	return lf ? (size_t)(lf - v.p) + 1 : v.n;
}

/* The line at the front and those that go on with it. */
static size_t folded(struct view v)
{
	size_t n = line(v);

	while (n < v.n && (v.p[n] == ' ' || v.p[n] == '\t'))
		n += line(view_of(v.p + n, v.n - n));
	return n;
}

static bool is_empty_line(struct view v)
{
	return v.n && (v.p[0] == '\n' || (v.p[0] == '\r' && v.n > 1 && v.p[1] == '\n'));
}

/* The value when the field at the front has this name. */
static bool named(struct view field, const char *name, struct view *value)
{
	size_t i = 0;

	for (; name[i]; i++)
		if (i >= field.n || lower(field.p[i]) != (uint8_t)name[i])
			return false;
	for (; i < field.n && (field.p[i] == ' ' || field.p[i] == '\t'); i++)	/* obsolete, and met */
		;
	if (i >= field.n || field.p[i] != ':')
		return false;
	*value = view_trim(view_of(field.p + i + 1, field.n - i - 1));
	return true;
}

struct view message_field(struct view v, const char *name)
{
	struct view value;

	while (v.n && !is_empty_line(v)) {
		size_t n = folded(v);

		if (named(view_of(v.p, n), name, &value))
			return value;
		v = view_of(v.p + n, v.n - n);
	}
	return view_of(NULL, 0);
}

/* What stands behind the empty line; empty: there is none. */
static struct view body(struct view v)
{
	while (v.n && !is_empty_line(v)) {
		size_t n = line(v);

		v = view_of(v.p + n, v.n - n);
	}
	return v.n ? view_of(v.p + line(v), v.n - line(v)) : v;
}

static enum li_err mm1(struct view v, struct message_mms *out)
{
	struct rd r = rd_of(v);
	const uint8_t *end;
	uint8_t version;

	if (rd_u8(&r) != MMS_TYPE)
		return LI_EMISSING;
	rd_skip(&r, 1);
	if (rd_u8(&r) != MMS_TRANSACTION)
		return LI_EMISSING;
	if (rd_peek(&r) == 0x7f)	/* Text-string of WSP clause 8.4.2.1: a quote before a first octet past 127 */
		rd_skip(&r, 1);
	end = rd_left(&r) ? memchr(r.p, 0, rd_left(&r)) : NULL;
	if (!end)
		return LI_EMISSING;
	out->transaction = rd_take(&r, (size_t)(end - r.p));
	rd_skip(&r, 1);
	if (rd_u8(&r) != MMS_VERSION)
		return LI_EMISSING;
	version = rd_u8(&r);		/* Short-integer: three bits and four; 15: no minor */
	if (r.err || !(version & 0x80))
		return LI_EMISSING;
	out->major = version >> 4 & 7;
	out->minor = (version & 15) == 15 ? 0 : version & 15;
	return LI_OK;
}

/* "1.3", and MM4's "6.10.0", of which the first two. */
static bool number(struct view *v, uint8_t *x)
{
	unsigned n = 0, digits = 0;

	for (; v->n && v->p[0] >= '0' && v->p[0] <= '9' && digits < 3; digits++) {
		n = 10 * n + (unsigned)(v->p[0] - '0');
		*v = view_of(v->p + 1, v->n - 1);
	}
	*x = (uint8_t)n;
	return digits && n <= 255;
}

static struct view unquote(struct view v)
{
	return v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"' ? view_of(v.p + 1, v.n - 2) : v;
}

static enum li_err text(struct view v, struct message_mms *out)
{
	struct view version = message_field(v, "x-mms-mms-version");

	if (!version.n)
		version = message_field(v, "x-mms-3gpp-mms-version");
	out->transaction = unquote(message_field(v, "x-mms-transaction-id"));
	if (!out->transaction.n || !number(&version, &out->major))
		return LI_EMISSING;
	out->minor = 0;
	if (version.n && version.p[0] == '.') {
		version = view_of(version.p + 1, version.n - 1);
		if (!number(&version, &out->minor))
			return LI_EMISSING;
	}
	return LI_OK;
}

enum li_err message_mms(struct view v, struct message_mms *out)
{
	if (v.n && v.p[0] == MMS_TYPE)	/* no character: no field of text begins with it */
		return mm1(v, out);
	if (text(v, out) == LI_OK)
		return LI_OK;
	return mm1(body(v), out);
}
