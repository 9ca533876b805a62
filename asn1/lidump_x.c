/* lidump_x.c: an X2/X3 PDU (TS 103 221-2) as JSON, tree, line of a table, and packets. */
#include <li/rd.h>
#include <li/time.h>
#include <li/x2x3.h>

#include <inttypes.h>
#include <stdio.h>

#include "asn1/lidump.h"

#define STAMP_TEXT 31		/* "YYYY-MM-DDThh:mm:ss.fffffffffZ" and its NUL */

static const char *const names[] = {	/* table 5 */
	[LI_XA_102232_1] = "ETSI TS 102 232-1 Defined Attribute", [LI_XA_33128] = "3GPP TS 33.128 Defined Attribute",
	[LI_XA_33108] = "3GPP TS 33.108 Defined Attribute", [LI_XA_PROPRIETARY] = "Proprietary Attribute",
	[LI_XA_DOMAIN_ID] = "Domain ID", [LI_XA_NFID] = "Network Function ID", [LI_XA_IPID] = "Interception Point ID",
	[LI_XA_SEQUENCE] = "Sequence Number", [LI_XA_TIMESTAMP] = "Timestamp", [LI_XA_SOURCE_IPV4] = "Source IPv4 Address",
	[LI_XA_DESTINATION_IPV4] = "Destination IPv4 Address", [LI_XA_SOURCE_IPV6] = "Source IPv6 Address",
	[LI_XA_DESTINATION_IPV6] = "Destination IPv6 Address", [LI_XA_SOURCE_PORT] = "Source Port",
	[LI_XA_DESTINATION_PORT] = "Destination Port", [LI_XA_IP_PROTOCOL] = "IP Protocol",
	[LI_XA_MATCHED_TARGET] = "Matched Target Identifier", [LI_XA_OTHER_TARGET] = "Other Target Identifier",
	[LI_XA_MIME_TYPE] = "MIME Content Type", [LI_XA_MIME_ENCODING] = "MIME Content Transfer Encoding",
	[LI_XA_AXRI] = "Additional XID Related Information", [LI_XA_SDP] = "SDP Session Description",
};

static const char *const formats[] = {	/* table 7 */
	"none", "TS 102 232-1", "TS 33.128", "TS 33.108", "proprietary", "IPv4", "IPv6", "Ethernet", "RTP", "SIP", "DHCP", "RADIUS",
	"GTP-U", "MSRP", "EpsIRIContent", "MIME", "unstructured", "PS-PDU payload"
};

static const char *attr_name(uint16_t type)
{
	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

/* RFC 3339 with nanoseconds; false when they are more than a second. */
static bool stamp(uint32_t seconds, uint32_t ns, char out[STAMP_TEXT])
{
	char text[LI_RFC3339_MAX];

	if (ns > 999999999 || li_rfc3339((li_us)seconds * LI_US_SECOND, text) == 0)
		return false;
	snprintf(out, STAMP_TEXT, "%.19s.%09" PRIu32 "Z", text, ns);
	return true;
}

static void text_or_hex(struct jer_out *o, struct view v)
{
	if (!jer_text(o, v))
		jer_hex(o, v);
}

static void xid(struct jer_out *o, struct view v)
{
	char text[LI_UUID_TEXT];

	li_uuid_text(v.p, text);
	(void)jer_text(o, view_str(text));
}

/* -- values of attributes: false when the value is not of its form; nothing is written then -- */

static bool timestamp(struct jer_out *o, struct rd r)
{
	uint32_t s = rd_u32(&r), ns = rd_u32(&r);
	char text[STAMP_TEXT];

	return stamp(s, ns, text) && jer_text(o, view_str(text));
}

static bool proprietary(struct jer_out *o, struct rd r)	/* table 6 */
{
	struct view owner = rd_take(&r, rd_u8(&r));

	if (r.err || owner.n == 0)
		return false;
	jer_open(o, '{');
	jer_key(o, "owner");
	text_or_hex(o, owner);
	jer_key(o, "value");
	jer_hex(o, rd_rest(&r));
	jer_close(o, '}');
	return true;
}

static bool axri(struct jer_out *o, struct rd r)		/* clause 5.3.22 */
{
	struct view id = rd_take(&r, 16);
	uint64_t correlation = rd_u64(&r);

	if (r.err || (rd_left(&r) != 0 && rd_left(&r) != 4))
		return false;
	jer_open(o, '{');
	jer_key(o, "xid");
	xid(o, id);
	jer_key(o, "correlationId");
	jer_uint(o, correlation);
	if (rd_left(&r)) {
		jer_key(o, "sequenceNumber");
		jer_uint(o, rd_u32(&r));
	}
	jer_close(o, '}');
	return true;
}

static bool attr_value(struct jer_out *o, const struct li_x_attr *a)
{
	size_t fixed = li_x_attr_len(a->type);
	struct rd r = rd_of(a->value);
	char text[LI_ADDR_TEXT];
	struct li_addr addr;

	if (fixed && a->value.n != fixed)
		return false;
	switch (a->type) {
	case LI_XA_PROPRIETARY:
		return proprietary(o, r);
	case LI_XA_SEQUENCE: case LI_XA_SOURCE_PORT: case LI_XA_DESTINATION_PORT: case LI_XA_IP_PROTOCOL:
		jer_uint(o, rd_uint(&r, fixed));
		return true;
	case LI_XA_TIMESTAMP:
		return timestamp(o, r);
	case LI_XA_SOURCE_IPV4: case LI_XA_DESTINATION_IPV4:
		addr = li_addr4(a->value.p);
		li_addr_text(&addr, text);
		return jer_text(o, view_str(text));
	case LI_XA_SOURCE_IPV6: case LI_XA_DESTINATION_IPV6:
		addr = (struct li_addr){ .family = 6 };		/* as it came, IPv4-mapped or not */
		memcpy(addr.b, a->value.p, 16);
		li_addr_text(&addr, text);
		return jer_text(o, view_str(text));
	case LI_XA_AXRI:
		return axri(o, r);
	case LI_XA_DOMAIN_ID: case LI_XA_NFID: case LI_XA_IPID: case LI_XA_MATCHED_TARGET: case LI_XA_OTHER_TARGET:
	case LI_XA_MIME_TYPE: case LI_XA_MIME_ENCODING: case LI_XA_SDP:
		text_or_hex(o, a->value);
		return true;
	default:
		jer_hex(o, a->value);
		return true;
	}
}

static void attributes(struct jer_out *o, struct view rest, uint64_t offset, struct jer_fault *f)
{
	const uint8_t *start = rest.p;
	struct li_x_attr a;
	enum li_err e;
	size_t i;

	jer_open(o, '[');
	for (i = 0; (e = li_x_attr_next(&rest, &a)) == LI_OK && !o->err; i++) {
		jer_item(o, i);
		jer_open(o, '{');
		jer_key(o, "type");
		jer_uint(o, a.type);
		jer_key(o, "name");
		if (attr_name(a.type))
			(void)jer_text(o, view_str(attr_name(a.type)));
		else
			jer_word(o, "null");
		jer_key(o, "value");
		if (!attr_value(o, &a)) {
			jer_hex(o, a.value);
			if (!f->err)
				*f = (struct jer_fault){ LI_EFORMAT, offset + (uint64_t)(a.value.p - start), attr_name(a.type) };
		}
		jer_close(o, '}');
	}
	if (e && e != LI_ECLOSED) {	/* what is left is no attribute: the PDU is shown all the same */
		jer_item(o, i);
		jer_open(o, '{');
		jer_key(o, "?rest");
		jer_hex(o, rest);
		jer_close(o, '}');
		if (!f->err)
			*f = (struct jer_fault){ e, offset + (uint64_t)(rest.p - start), "attribute" };
	}
	jer_close(o, ']');
}

static enum li_err payload(struct jer_out *o, const struct li_x_pdu *p, uint64_t offset, struct jer_fault *f)
{
	bool xiri = p->type == LI_X_X2 && p->format == LI_XF_33128, ps = p->format == LI_XF_PS_PAYLOAD;
	struct jer_fault own;
	enum li_err e;

	if (!xiri && !ps) {
		jer_hex(o, p->payload);
		return o->err;
	}
	e = jer_walk(o->form, xiri ? JER_XIRI : JER_PS_PAYLOAD, p->payload, offset, o->depth, o->b, &own);
	if (own.err && !f->err)
		*f = own;
	return e;
}

static enum li_err structured(struct lidump *d, const struct li_x_pdu *p, uint64_t offset)
{
	struct jer_out o = { d->form == LIDUMP_JSON ? JER_JSON : JER_TREE, &d->text, LI_OK, 0 };
	struct jer_fault f = { LI_OK, 0, NULL };
	enum li_err e;

	jer_open(&o, '{');
	jer_key(&o, "version");
	jer_uint(&o, p->version);
	jer_key(&o, "pduType");
	jer_uint(&o, p->type);
	jer_key(&o, "headerLength");
	jer_uint(&o, p->header_len);
	jer_key(&o, "payloadLength");
	jer_uint(&o, p->payload_len);
	jer_key(&o, "payloadFormat");
	jer_uint(&o, p->format);
	jer_key(&o, "payloadDirection");
	jer_uint(&o, p->direction);
	jer_key(&o, "xid");
	xid(&o, view_of(p->xid.b, sizeof(p->xid.b)));
	jer_key(&o, "correlationId");
	jer_uint(&o, p->correlation);
	jer_key(&o, "attributes");
	attributes(&o, p->attributes, offset + p->header_len - p->attributes.n, &f);
	jer_key(&o, "payload");
	e = payload(&o, p, offset + p->header_len, &f);
	return e ? e : lidump_close(d, &o, &f);
}

/* -- summary -- */

static enum li_err line(struct lidump *d, const struct li_x_pdu *p)
{
	static const char *const types[] = { "?", "X2", "X3", "ka", "kaack" }, *const dirs[] = { "-", "unknown", "to", "from", "both", "-" };
	char time[STAMP_TEXT] = "-", id[LI_UUID_TEXT], number[16] = "-", event[64] = "";
	uint32_t s, ns;
	struct view v;

	li_uuid_text(p->xid.b, id);
	if (li_x_time(p, &s, &ns) && !stamp(s, ns, time))
		snprintf(time, sizeof(time), "-");
	if (li_x_attr_find(p, LI_XA_SEQUENCE, &v)) {
		struct rd r = rd_of(v);

		snprintf(number, sizeof(number), "%" PRIu32, rd_u32(&r));
	}
	if (p->type == LI_X_X2 && p->format == LI_XF_33128)
		d->faults += !lidump_event(p->payload, event, sizeof(event));
	return buf_printf(&d->text, "%7" PRIu64 "  %-30s  %-5s  %-36s %20" PRIu64 " %10s  %-8s %s, %" PRIu32 " octets%s%s\n", d->pdus,
			  time, p->type < 5 ? types[p->type] : "?", id, p->correlation, number, p->direction < 6 ? dirs[p->direction] : "?",
			  p->format < sizeof(formats) / sizeof(formats[0]) ? formats[p->format] : "?", p->payload_len,
			  *event ? ", " : "", event);
}

/* -- packets -- */

static enum li_err packet(struct lidump *d, const struct li_x_pdu *p)
{
	enum pcapwr_dir dir = p->direction == LI_XD_FROM ? PCAPWR_FROM_TARGET : p->direction == LI_XD_TO ? PCAPWR_TO_TARGET : PCAPWR_UNKNOWN;
	enum look_kind kind = LOOK_OTHER;
	char id[LI_UUID_TEXT], comment[128];
	uint32_t s, ns;

	switch (p->format) {
	case LI_XF_IPV4: case LI_XF_IPV6: kind = LOOK_IP; break;
	case LI_XF_ETHERNET: kind = LOOK_ETHERNET; break;
	case LI_XF_GTPU: kind = LOOK_GTPU; break;
	case LI_XF_UNSTRUCTURED: kind = LOOK_UNSTRUCTURED; break;
	default: break;
	}
	li_uuid_text(p->xid.b, id);
	snprintf(comment, sizeof(comment), "XID %s, correlation %" PRIu64, id, p->correlation);
	(void)li_x_time(p, &s, &ns);
	return pcapwr_put(d->pcap, kind, (uint64_t)s * 1000000000 + ns, dir, p->payload, comment);
}

enum li_err lidump_x(struct lidump *d, struct view pdu, uint64_t offset)
{
	struct li_x_pdu p;
	enum li_err e = li_x_decode(pdu, &p);

	d->pdus++;
	if (e)
		return lidump_fault(d, offset, li_err_text(e));
	d->kinds[p.type < 5 ? p.type : 0]++;
	if (d->pcap && p.type == LI_X_X3)
		e = packet(d, &p);
	if (e)
		return e;
	switch (d->form) {
	case LIDUMP_TREE:
		e = buf_printf(&d->text, "PDU %" PRIu64 " at offset %" PRIu64 ", %zu octets", d->pdus, offset, pdu.n);
		if (!e)
			e = structured(d, &p, offset);
		return e ? e : buf_put(&d->text, "\n", 1);
	case LIDUMP_JSON:
		return structured(d, &p, offset);
	case LIDUMP_SUMMARY:
		return line(d, &p);
	case LIDUMP_SILENT:
		break;
	}
	return LI_OK;
}
