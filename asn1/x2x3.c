/* x2x3.c: TS 103 221-2 clause 5: header, conditional attributes, payload. */
#include <li/x2x3.h>

#include <li/rd.h>

#define HEADER 40	/* octets of the mandatory header */

/* Lengths come before anything else is believed. */
static enum li_err lengths(struct view v, uint64_t *n)
{
	struct rd r = rd_of(v);
	uint16_t version = rd_u16(&r);
	uint32_t header, payload;

	rd_skip(&r, 2);
	header = rd_u32(&r);
	payload = rd_u32(&r);
	if (v.n >= 2 && version >> 8)			/* clause 5.2.1: another major version, another structure */
		return LI_EPEER;
	if (r.err)
		return LI_EAGAIN;
	if (header < HEADER || header > LI_X_HEADER_MAX || payload > LI_X_PAYLOAD_MAX)
		return LI_EPEER;
	*n = (uint64_t)header + payload;
	return LI_OK;
}

enum li_err li_x_next(struct view v, size_t *n)
{
	uint64_t all = 0;
	enum li_err e = lengths(v, &all);

	*n = (size_t)all;
	return e ? e : all > v.n ? LI_EAGAIN : LI_OK;
}

enum li_err li_x_decode(struct view pdu, struct li_x_pdu *out)
{
	struct rd r = rd_of(pdu);
	uint64_t all;
	enum li_err e = lengths(pdu, &all);

	/* X23-DEC-001, X23-DEC-002, X23-DEC-003: 40 octets and whatever attributes there are */
	memset(out, 0, sizeof(*out));
	if (e)
		return e == LI_EAGAIN ? LI_ETRUNC : e;
	out->version = rd_u16(&r);
	out->type = rd_u16(&r);
	out->header_len = rd_u32(&r);
	out->payload_len = rd_u32(&r);
	out->format = rd_u16(&r);
	out->direction = rd_u16(&r);
	rd_copy(&r, out->xid.b, sizeof(out->xid.b));
	out->correlation = rd_u64(&r);
	out->attributes = rd_take(&r, out->header_len - HEADER);
	out->payload = rd_take(&r, out->payload_len);
	return rd_end(&r);
}

bool li_x_attr_find(const struct li_x_pdu *p, uint16_t type, struct view *value)
{
	struct view rest = p->attributes;
	size_t want = li_x_attr_len(type);
	struct li_x_attr a;

	*value = view_of(NULL, 0);
	while (li_x_attr_next(&rest, &a) == LI_OK) {
		if (a.type == type && (want == 0 || a.value.n == want)) {
			*value = a.value;
			return true;
		}
	}
	return false;
}

bool li_x_time(const struct li_x_pdu *p, uint32_t *seconds, uint32_t *nanoseconds)
{
	struct view v;
	struct rd r;
	bool found = li_x_attr_find(p, LI_XA_TIMESTAMP, &v);

	r = rd_of(v);
	*seconds = rd_u32(&r);
	*nanoseconds = rd_u32(&r);
	return found;
}
