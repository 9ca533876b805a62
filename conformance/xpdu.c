/* xpdu.c: PDUs of ETSI TS 103 221-2 clause 5: header, conditional attributes, payload. */
#include "conformance/xpdu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES(a) (sizeof(a) / sizeof((a)[0]))

static const struct { unsigned value; const char *name; bool x2, x3; } formats[] = {
#define XPDU_FORMAT(value, name, x2, x3) { value, name, x2, x3 },
#include "conformance/xpdu.tbl"
};

static const struct { unsigned type; const char *name; size_t octets; bool multiple; } attributes[] = {
#define XPDU_ATTRIBUTE(type, name, octets, multiple) { type, name, octets, multiple },
#include "conformance/xpdu.tbl"
};

/* -- writing -- */

void xpdu_write(const struct xpdu *x, struct octets *out)
{
	octets_u16(out, x->version);
	octets_u16(out, x->type);
	/* clauses 5.2.3 and 5.2.4: header with all attributes; payload alone. X23-POI-003 */
	octets_u32(out, x->has_header_length ? x->header_length : XPDU_HEADER + (uint32_t)x->n_attributes);
	octets_u32(out, x->has_payload_length ? x->payload_length : (uint32_t)x->n_payload);
	octets_u16(out, x->format);
	octets_u16(out, x->direction);
	octets_put(out, x->xid, sizeof(x->xid));
	octets_u64(out, x->correlation);
	octets_put(out, x->attributes, x->n_attributes);
	octets_put(out, x->payload, x->n_payload);
}

bool xpdu_attr(struct octets *o, unsigned type, const void *p, size_t n)
{
	if (n > XPDU_ATTR_MAX)		/* X23-POI-021 */
		return false;
	octets_u16(o, type);
	octets_u16(o, (unsigned)n);
	octets_put(o, p, n);
	return true;
}

/* Clause 5.1: version, type and header length; every other field zero; one Sequence Number. X23-POI-012 */
void xpdu_keepalive(unsigned version, bool with_sequence, uint32_t sequence, struct octets *out)
{
	struct xpdu x = { .version = version, .type = XPDU_KEEPALIVE };
	uint8_t attr[8] = { 0, XPDU_A_SEQUENCE, 0, 4 };

	octets_set32(attr + 4, sequence);
	if (with_sequence) {
		x.attributes = attr;
		x.n_attributes = sizeof(attr);
	}
	xpdu_write(&x, out);
}

/* -- reading -- */

enum li_err xpdu_next(const uint8_t *p, size_t n, size_t *whole)
{
	uint64_t all;

	*whole = 0;
	if (n >= 1 && p[0] != 0)	/* clause 5.2.1: another major version is another structure */
		return LI_EPEER;
	if (n < 12)
		return LI_EAGAIN;
	if (octets_get32(p + 4) < XPDU_HEADER)
		return LI_EPEER;
	all = (uint64_t)octets_get32(p + 4) + octets_get32(p + 8);
	if (all > XPDU_READ_MAX)
		return LI_EPEER;
	*whole = (size_t)all;
	return all > n ? LI_EAGAIN : LI_OK;
}

enum li_err xpdu_read(const uint8_t *p, size_t n, struct xpdu *x)
{
	size_t whole;
	enum li_err e = xpdu_next(p, n, &whole);

	memset(x, 0, sizeof(*x));
	if (e)
		return e == LI_EAGAIN ? LI_ETRUNC : e;
	x->version = octets_get16(p);
	x->type = octets_get16(p + 2);
	x->has_header_length = x->has_payload_length = true;
	x->header_length = octets_get32(p + 4);
	x->payload_length = octets_get32(p + 8);
	x->format = octets_get16(p + 12);
	x->direction = octets_get16(p + 14);
	memcpy(x->xid, p + 16, sizeof(x->xid));
	x->correlation = octets_get64(p + 32);
	x->attributes = p + XPDU_HEADER;
	x->n_attributes = x->header_length - XPDU_HEADER;
	x->payload = p + x->header_length;
	x->n_payload = x->payload_length;
	return whole == n ? LI_OK : LI_EFORMAT;
}

enum li_err xpdu_attr_next(const struct xpdu *x, size_t *at, struct xpdu_attr *a)
{
	const uint8_t *p = x->attributes + *at;
	size_t left = x->n_attributes - *at;

	if (left == 0)
		return LI_ECLOSED;
	if (left < 4 || left - 4 < octets_get16(p + 2))
		return LI_ETRUNC;
	*a = (struct xpdu_attr){ octets_get16(p), p + 4, octets_get16(p + 2) };
	*at += 4 + a->n;
	return LI_OK;
}

bool xpdu_attr_find(const struct xpdu *x, unsigned type, struct xpdu_attr *a)
{
	size_t at = 0;

	while (xpdu_attr_next(x, &at, a) == LI_OK)
		if (a->type == type)
			return true;
	return false;
}

unsigned xpdu_ack_faults(const struct xpdu *x, bool *has_sequence, uint32_t *sequence)
{
	static const uint8_t zero[16];
	struct xpdu_attr a;
	unsigned f = 0;

	*has_sequence = xpdu_attr_find(x, XPDU_A_SEQUENCE, &a) && a.n == 4;
	*sequence = *has_sequence ? octets_get32(a.p) : 0;
	if (!*has_sequence)
		f |= XPDU_ACK_NO_SEQUENCE;
	if (x->header_length != XPDU_HEADER + 8 || x->payload_length != 0)
		f |= XPDU_ACK_LENGTH;
	if (x->format || x->direction || x->correlation || memcmp(x->xid, zero, sizeof(zero)) != 0)
		f |= XPDU_ACK_NOT_ZERO;
	if (x->version == 0 || x->version > 0xff)
		f |= XPDU_ACK_VERSION;
	return f;
}

/* -- names -- */

static bool number(const char *text, unsigned *v)
{
	char *end;
	unsigned long x = strtoul(text, &end, 0);

	if (end == text || *end || x > 0xffff || *text == '-')
		return false;
	*v = (unsigned)x;
	return true;
}

static bool word(const char *text, const char *const names[], size_t n, unsigned *v)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i] && strcmp(text, names[i]) == 0) {
			*v = (unsigned)i;
			return true;
		}
	}
	return number(text, v);
}

bool xpdu_type_read(const char *text, unsigned *type)
{
	static const char *const names[] = { NULL, "x2", "x3", "keepalive", "ack" };

	return word(text, names, NAMES(names), type);
}

bool xpdu_direction_read(const char *text, unsigned *direction)
{
	static const char *const names[] = { NULL, "unknown", "to", "from", "multiple", "none" };

	return word(text, names, NAMES(names), direction);
}

bool xpdu_format_read(const char *text, unsigned *format)
{
	for (size_t i = 0; i < NAMES(formats); i++) {
		if (strcmp(text, formats[i].name) == 0) {
			*format = formats[i].value;
			return true;
		}
	}
	return number(text, format);
}

bool xpdu_attr_type_read(const char *text, unsigned *type)
{
	for (size_t i = 0; i < NAMES(attributes); i++) {
		if (strcmp(text, attributes[i].name) == 0) {
			*type = attributes[i].type;
			return true;
		}
	}
	return number(text, type);
}

const char *xpdu_format_name(unsigned format)
{
	for (size_t i = 0; i < NAMES(formats); i++)
		if (formats[i].value == format)
			return formats[i].name;
	return NULL;
}

const char *xpdu_attr_name(unsigned type)
{
	for (size_t i = 0; i < NAMES(attributes); i++)
		if (attributes[i].type == type)
			return attributes[i].name;
	return NULL;
}

bool xpdu_format_permitted(unsigned type, unsigned format)
{
	for (size_t i = 0; i < NAMES(formats); i++)
		if (formats[i].value == format)
			return type == XPDU_X2 ? formats[i].x2 : type == XPDU_X3 && formats[i].x3;
	return false;
}

size_t xpdu_attr_octets(unsigned type)
{
	for (size_t i = 0; i < NAMES(attributes); i++)
		if (attributes[i].type == type)
			return attributes[i].octets;
	return 0;
}

static bool multiple(unsigned type)
{
	for (size_t i = 0; i < NAMES(attributes); i++)
		if (attributes[i].type == type)
			return attributes[i].multiple;
	return true;	/* nobody knows */
}

/* -- duties -- */

static const char *attribute_fault(const struct xpdu *x)
{
	struct xpdu_attr a, ip;
	uint64_t seen = 0;
	enum li_err e;
	size_t at = 0;

	while ((e = xpdu_attr_next(x, &at, &a)) == LI_OK) {
		if (xpdu_attr_octets(a.type) && a.n != xpdu_attr_octets(a.type))
			return "an attribute whose length is not the one of table 5";
		if (!multiple(a.type) && seen >> a.type & 1)
			return "an attribute twice that table 5 has once";
		if (a.type < 64)
			seen |= UINT64_C(1) << a.type;
		if (a.type == XPDU_A_AXRI && a.n != 24 && a.n != 28)
			return "an AXRI that is neither of 24 nor of 28 octets";
		if (a.type == XPDU_A_PROPRIETARY && (a.n < 2 || a.p[0] == 0 || a.p[0] > a.n - 1))
			return "a proprietary attribute without a whole owner";
		if (a.type == XPDU_A_TIMESTAMP && octets_get32(a.p + 4) > 999999999)
			return "a timestamp with more than 999,999,999 nanoseconds";
	}
	if (e != LI_ECLOSED)
		return "attributes that run past the header";
	if (!xpdu_attr_find(x, XPDU_A_SDP, &a))
		return NULL;
	/* clause 5.3.23: with IP packets; with RTP and MSRP where it can be told whose it is. X23-POI-019 */
	if (x->format == XPDU_F_RTP || x->format == XPDU_F_MSRP) {
		if (!xpdu_attr_find(x, XPDU_A_DESTINATION_PORT, &a) ||
		    (!xpdu_attr_find(x, XPDU_A_DESTINATION_IPV4, &ip) && !xpdu_attr_find(x, XPDU_A_DESTINATION_IPV6, &ip)))
			return "an SDP attribute with RTP or MSRP and no destination address and port";
	} else if (x->format != XPDU_F_IPV4 && x->format != XPDU_F_IPV6) {
		return "an SDP attribute with a format that has none";
	}
	return NULL;
}

const char *xpdu_fault(const struct xpdu *x)
{
	static const uint8_t zero[16];

	if (x->version == 0 || x->version > 0xff)	/* clause 5.2.1: major 0; minor 0 was never used. X23-POI-002 */
		return "a version whose major number is not 0";
	if (x->type == 0 || x->type > XPDU_ACK)
		return "a PDU type that table 2 does not have";
	if (x->type == XPDU_ACK)
		return "an acknowledgement: only an MDF sends it";
	if (x->has_header_length && x->header_length != XPDU_HEADER + x->n_attributes)
		return "a wrong header length";
	if (x->has_payload_length && x->payload_length != x->n_payload)
		return "a wrong payload length";
	if (x->type == XPDU_KEEPALIVE) {
		struct xpdu_attr a;

		if (x->n_payload || x->format || x->direction || x->correlation || memcmp(x->xid, zero, sizeof(zero)) != 0)
			return "a keepalive whose other fields are not zero";
		return xpdu_attr_find(x, XPDU_A_SEQUENCE, &a) ? attribute_fault(x) : "a keepalive without sequence number";
	}
	if (!xpdu_format_permitted(x->type, x->format))	/* table 7. X23-POI-006 */
		return "a payload format that table 7 does not permit for this PDU type";
	if (x->direction < XPDU_DIR_UNKNOWN || x->direction > XPDU_DIR_NA)	/* table 3. X23-POI-008 */
		return "a payload direction that is not 1 to 5";
	return attribute_fault(x);
}

/* What TS 33.128 asks of its POIs beyond TS 103 221-2. X23-POI-022 */
void xpdu_lacks(const struct xpdu *x, char *text, size_t room)
{
	static const unsigned wanted[] = { XPDU_A_NFID, XPDU_A_IPID, XPDU_A_SEQUENCE, XPDU_A_TIMESTAMP, XPDU_A_MATCHED };
	struct xpdu_attr a;
	size_t n = 0;

	text[0] = '\0';
	if (x->type != XPDU_X2 && x->type != XPDU_X3)
		return;
	for (size_t i = 0; i < NAMES(wanted) - (x->type == XPDU_X3); i++)
		if (!xpdu_attr_find(x, wanted[i], &a) && n < room)
			n += (size_t)snprintf(text + n, room - n, "%s%s", n ? ", " : "", xpdu_attr_name(wanted[i]));
}

bool xpdu_uuid(const char *text, uint8_t uuid[16])
{
	struct octets o = { 0 };
	bool good = (strlen(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-') || strlen(text) == 32;

	good = good && octets_hex(&o, text) && o.n == 16;
	if (good)
		memcpy(uuid, o.p, 16);
	octets_fini(&o);
	return good;
}
