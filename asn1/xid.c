/*
 * xid.c: X1 target identifiers (TS 103 221-1 clause 6.2.1.2, table 5) as TS 33.128 identities.
 *
 *	xid_identity
 *	  element            steps through tags to the first element with a name of the table and text in it
 *	  unescape           its text, without the escapes of XML
 *	  bare               or, without any tag, text that tells its kind by itself
 *	  read_*             the value: prefix off, form checked
 */
#include "asn1/xid.h"

#include <strings.h>

#include "asn1/identity.h"
#include <li/rd.h>

#define NAME_MAX_OCTETS 64	/* the longest element name of X1 and its 3GPP extensions has 35 */
#define ENTITY_MAX 10		/* "&#x10FFFF;" */

struct text {
	char *p;
	size_t n;
};

/* -- values -- */

static bool cut(struct text *t, const char *prefix)
{
	size_t n = strlen(prefix);

	if (t->n < n || strncasecmp(t->p, prefix, n) != 0)
		return false;
	t->p += n;
	t->n -= n;
	return true;
}

static enum li_err as_text(enum li_id_kind kind, const struct text *t, struct li_id *out)
{
	out->kind = kind;
	out->text = view_of(t->p, t->n);
	return identity_known(out, UINT8_MAX) ? LI_OK : LI_ERANGE;
}

static enum li_err read_imsi(enum li_id_kind kind, struct text *t, struct li_id *out)	/* LI128-051 */
{
	(void)cut(t, "imsi-");
	return as_text(kind, t, out);
}

static enum li_err read_number(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	(void)cut(t, "msisdn-");
	(void)cut(t, "+");
	return as_text(kind, t, out);
}

/* 15 digits have a check digit: LI128-050. 16 are IMEI and software version. */
static enum li_err read_imei(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	if (!cut(t, "imei-"))
		(void)cut(t, "imeisv-");
	if (t->n == 16 && kind == LI_ID_IMEI)
		kind = LI_ID_IMEISV;
	else if (t->n == 15 || t->n == 16)
		t->n = 14;
	return as_text(kind, t, out);
}

static enum li_err read_imeisv(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	if (!cut(t, "imeisv-"))
		(void)cut(t, "imei-");
	return as_text(kind, t, out);
}

static enum li_err read_nai(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	if (!cut(t, "nai-"))
		(void)cut(t, "extid-");
	return as_text(kind, t, out);
}

static enum li_err read_plain(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	return as_text(kind, t, out);
}

/* IMPU: a tel URI, or any other, which is a SIP URI. */
static enum li_err read_impu(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	struct text probe = *t;

	return as_text(cut(&probe, "tel:") ? LI_ID_TEL_URI : kind, t, out);
}

static enum li_err read_addr(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	char text[LI_ADDR_TEXT];

	(void)kind;
	if (t->n >= sizeof(text))
		return LI_EFORMAT;
	memcpy(text, t->p, t->n);
	text[t->n] = 0;
	if (li_addr_read(text, &out->addr))
		return LI_EFORMAT;
	out->kind = out->addr.family == 4 ? LI_ID_IPV4 : LI_ID_IPV6;
	out->prefix = out->addr.family == 4 ? 32 : 128;
	return LI_OK;
}

static unsigned hex(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) :
	       c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10) : 16;
}

/* Octets in hex, with : or - or nothing between them. */
static enum li_err read_octets(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	size_t want = kind == LI_ID_PEI_EUI64 ? 8 : 6, n = 0;

	if (!cut(t, "mac-"))
		(void)cut(t, "eui-");
	for (size_t i = 0; i < t->n; n++) {
		if (n && (t->p[i] == ':' || t->p[i] == '-'))
			i++;
		if (n == want || i + 1 >= t->n || hex(t->p[i]) > 15 || hex(t->p[i + 1]) > 15)
			return LI_EFORMAT;
		out->addr.b[n] = (uint8_t)(hex(t->p[i]) << 4 | hex(t->p[i + 1]));
		i += 2;
	}
	out->kind = kind;
	return n == want ? LI_OK : LI_EFORMAT;
}

static enum li_err bare(enum li_id_kind kind, struct text *t, struct li_id *out);

static const struct name {
	const char *name;
	enum li_id_kind kind;
	enum li_err (*read)(enum li_id_kind kind, struct text *t, struct li_id *out);
} names[] = {
	/* table 5 */
	{ "e164Number", LI_ID_E164, read_number },
	{ "imsi", LI_ID_PLAIN_IMSI, read_imsi },
	{ "imei", LI_ID_PLAIN_IMEI, read_imei },
	{ "macAddress", LI_ID_MAC, read_octets },
	{ "ipv4Address", LI_ID_IPV4, read_addr },
	{ "ipv6Address", LI_ID_IPV6, read_addr },
	{ "emailAddress", LI_ID_EMAIL, read_plain },
	{ "internationalizedEmailAddress", LI_ID_EMAIL, read_plain },
	{ "sipUri", LI_ID_SIP_URI, read_plain },
	{ "telUri", LI_ID_TEL_URI, read_plain },
	{ "impu", LI_ID_SIP_URI, read_impu },
	{ "impi", LI_ID_IMPI, read_plain },
	{ "nai", LI_ID_PLAIN_NAI, read_nai },
	{ "supiimsi", LI_ID_IMSI, read_imsi },
	{ "supinai", LI_ID_NAI, read_nai },
	{ "peiImei", LI_ID_IMEI, read_imei },
	{ "peiImeiCheckDigit", LI_ID_IMEI, read_imei },
	{ "peiImeisv", LI_ID_IMEISV, read_imeisv },
	{ "gpsiMsisdn", LI_ID_MSISDN, read_number },
	{ "gpsiNai", LI_ID_GPSI_NAI, read_nai },
	{ "eui64", LI_ID_PEI_EUI64, read_octets },
	/* inside targetIdentifierExtension, TS 33.128 */
	{ "MCPTTID", LI_ID_MCPTT, read_plain },
	{ "InstanceIdentifierURN", LI_ID_INSTANCE_URN, read_plain },
	{ "PTCChatGroupID", LI_ID_PTC_GROUP, read_plain },
	/* not of the schema, and seen or likely */
	{ "msisdn", LI_ID_PLAIN_MSISDN, read_number },
	{ "imeisv", LI_ID_IMEISV, read_imeisv },
	{ "supi", LI_ID_NONE, bare },
	{ "pei", LI_ID_NONE, bare },
	{ "gpsi", LI_ID_NONE, bare },
};

/* Text that says by itself what it is. */
static enum li_err bare(enum li_id_kind kind, struct text *t, struct li_id *out)
{
	static const struct { const char *prefix, *as; } forms[] = {
		{ "imsi-", "supiimsi" }, { "msisdn-", "gpsiMsisdn" }, { "imei-", "peiImei" }, { "imeisv-", "peiImeisv" }, { "nai-", "supinai" },
		{ "extid-", "gpsiNai" }, { "sip:", "impu" }, { "sips:", "impu" }, { "tel:", "impu" } };

	(void)kind;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct text probe = *t;

		if (!cut(&probe, forms[i].prefix))
			continue;
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (strcmp(names[k].name, forms[i].as) == 0)
				return names[k].read(names[k].kind, t, out);
	}
	return read_addr(LI_ID_NONE, t, out) ? LI_EUNKNOWN : LI_OK;
}

/* -- XML, as much of it as a fragment has -- */

/* Up to the next octet c, which is stepped over. */
static struct view upto(struct rd *r, uint8_t c)
{
	const uint8_t *at = rd_left(r) ? memchr(r->p, c, rd_left(r)) : NULL;
	struct view v = at ? rd_take(r, (size_t)(at - r->p)) : view_of(NULL, 0);

	if (at)
		rd_skip(r, 1);
	else
		rd_fail(r, LI_EFORMAT);
	return v;
}

/* X23-DEC-009, X23-DEC-010. The local part of the name at the front of a tag: "ns1:imsi xmlns:ns1=…" is imsi. */
static const struct name *named(struct view tag)
{
	size_t n = 0, from = 0;

	while (n < tag.n && !view_is_blank(tag.p[n]) && tag.p[n] != '/') {
		if (tag.p[n] == ':')
			from = n + 1;
		n++;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && n - from <= NAME_MAX_OCTETS; i++)
		if (strlen(names[i].name) == n - from && strncasecmp(names[i].name, (const char *)tag.p + from, n - from) == 0)
			return &names[i];
	return NULL;
}

/* What stands between < and >, where a > in quotes is none. */
static struct view tag_of(struct rd *r)
{
	const uint8_t *start = r->p;
	uint8_t quote = 0, c;

	do {
		c = rd_u8(r);
		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
	} while (!r->err && (quote || c != '>'));
	return r->err ? view_of(NULL, 0) : view_of(start, (size_t)(r->p - start) - 1);
}

/* The first element of a known name and its text. The table has no element that holds others, so that text up to the next
 * tag is all of it. */
static enum li_err element(struct view fragment, const struct name **name, struct view *text)
{
	struct rd r = rd_of(fragment);

	while (rd_left(&r)) {
		struct view tag;

		(void)upto(&r, '<');
		tag = tag_of(&r);
		if (r.err)
			return LI_EUNKNOWN;
		if (!tag.n || tag.p[0] == '/' || tag.p[0] == '?' || tag.p[0] == '!')
			continue;
		*name = named(tag);
		if (!*name || tag.p[tag.n - 1] == '/')
			continue;
		*text = view_trim(upto(&r, '<'));
		return r.err || rd_peek(&r) != '/' ? LI_EFORMAT : LI_OK;
	}
	return LI_EUNKNOWN;
}

static enum li_err put_utf8(uint32_t c, struct text *to)
{
	char *p = to->p + to->n;

	if (to->n + 4 > LI_URI_MAX)
		return LI_ERANGE;
	if (c < 0x80) {
		p[0] = (char)c;
		to->n += 1;
	} else if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		to->n += 2;
	} else if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		to->n += 3;
	} else {
		p[0] = (char)(0xf0 | c >> 18);
		p[1] = (char)(0x80 | (c >> 12 & 0x3f));
		p[2] = (char)(0x80 | (c >> 6 & 0x3f));
		p[3] = (char)(0x80 | (c & 0x3f));
		to->n += 4;
	}
	return LI_OK;
}

/* &amp; and the like, &#38; and &#x26; between & and ; */
static enum li_err entity(struct view e, struct text *to)
{
	static const struct { const char *name; char is; } five[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' } };
	struct rd r = rd_of(e);
	uint32_t base = 10, c = 0;

	for (size_t i = 0; i < sizeof(five) / sizeof(five[0]); i++)
		if (view_eq(e, view_str(five[i].name)))
			return put_utf8((uint32_t)five[i].is, to);
	if (e.n > ENTITY_MAX || rd_u8(&r) != '#')
		return LI_EFORMAT;
	if (rd_peek(&r) == 'x') {
		base = 16;
		rd_skip(&r, 1);
	}
	if (!rd_left(&r))
		return LI_EFORMAT;
	while (rd_left(&r)) {
		uint32_t digit = hex((char)rd_u8(&r));

		if (digit >= base || c > 0x10ffff)
			return LI_EFORMAT;
		c = c * base + digit;
	}
	return c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? LI_EFORMAT : put_utf8(c, to);
}

static enum li_err unescape(struct view v, struct text *to)
{
	struct rd r = rd_of(v);
	enum li_err e = LI_OK;

	while (!e && rd_left(&r)) {
		uint8_t c = rd_u8(&r);

		if (c == '&') {
			struct view name = upto(&r, ';');

			e = r.err ? LI_EFORMAT : entity(name, to);
		} else if (to->n == LI_URI_MAX) {
			e = LI_ERANGE;
		} else {
			to->p[to->n++] = (char)c;
		}
	}
	return e;
}

enum li_err xid_identity(struct view fragment, char to[XID_TEXT], struct li_id *out)
{
	static const struct name no_element = { "", LI_ID_NONE, bare };
	const struct name *name = &no_element;
	struct view v = view_trim(fragment);
	struct text t = { to, 0 };
	enum li_err e = LI_OK;

	*out = (struct li_id){ .kind = LI_ID_NONE };
	if (v.n && v.p[0] == '<')
		e = element(v, &name, &v);
	if (!e)
		e = unescape(v, &t);
	to[t.n] = 0;
	if (!e)
		e = name->read(name->kind, &t, out);
	if (e)
		*out = (struct li_id){ .kind = LI_ID_NONE };
	return e;
}
