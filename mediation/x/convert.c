/*
 * convert.c: one payload of X3 to one content of HI3.
 *
 *	convert		by family: upf, ims, ptc, nidd, rcs, mms
 *	  upf		by format: gtpu (the usual), packet, ethernet, unstructured
 *	  remade	headers before RTP and MSRP, where a family wants IP packets
 */
#include "mediation/x/convert.h"

#include <li/rd.h>

#include "mediation/tap/layers.h"
#include "mediation/x/ethernet.h"
#include "mediation/x/message.h"

#define GTPU_HEADER 8

static const struct { const char *name; bool good, alarm; const char *text; } whys[] = {
#define CONVERT(name, good, alarm, text) { #name, good, alarm, text },
#include "mediation/x/convert.tbl"
#undef CONVERT
};

bool convert_good(enum convert_why why)
{
	return why < CONVERT_WHYS && whys[why].good;
}

bool convert_is_alarm(enum convert_why why)
{
	return why < CONVERT_WHYS && whys[why].alarm;
}

const char *convert_name(enum convert_why why)
{
	return why < CONVERT_WHYS ? whys[why].name : "?";
}

const char *convert_text(enum convert_why why)
{
	return why < CONVERT_WHYS ? whys[why].text : "?";
}

enum li_dir convert_dir(unsigned direction)	/* LI128-039, LI128-175, LI128-176 */
{
	switch (direction) {
	case LI_XD_TO: return LI_TO_TARGET;
	case LI_XD_FROM: return LI_FROM_TARGET;
	case LI_XD_MULTIPLE: return LI_DIR_COMBINED;
	case LI_XD_NA: return LI_DIR_NOTAPPLICABLE;
	default: return LI_DIR_INDETERMINATE;
	}
}

/* -- IP packets ---------------------------------------------------------------------------------------------------- */

static bool is_ip(struct view v)
{
	return v.n && (v.p[0] >> 4 == 4 || v.p[0] >> 4 == 6);
}

/* How long an IP packet says that it is; what says nothing (segmentation by the card, jumbograms) is as long as it is. */
static size_t ip_length(struct view v)
{
	struct rd r = rd_of(v);
	bool v4 = rd_peek(&r) >> 4 == 4;
	size_t n;

	rd_skip(&r, v4 ? 2 : 4);
	n = rd_u16(&r);
	if (r.err)
		return SIZE_MAX;
	return n == 0 ? v.n : v4 ? n : n + 40;
}

/* The content is an IP packet, as it came. */
static enum convert_why ip_packet(struct view v, struct hm_packet *p)
{
	p->inner = v;
	return !is_ip(v) ? CONVERT_no_ip : ip_length(v) > v.n ? CONVERT_ip_length : CONVERT_plain;
}

/* -- UPF ------------------------------------------------------------------------------------------------------------ */

/* The message's end and that of its payload are not one: the packet inside is believed, if it is there whole. */
static enum convert_why other_length(struct view message, struct view inner, struct hm_packet *p)
{
	size_t n;

	inner.n = (size_t)(message.p + message.n - inner.p);
	n = is_ip(inner) ? ip_length(inner) : SIZE_MAX;
	if (n > inner.n)
		return CONVERT_gtpu_malformed;
	p->inner = view_of(inner.p, n);
	return CONVERT_gtpu_length;
}

static enum convert_why gtpu(struct view v, struct hm_packet *p)	/* LI128-179, LI128-180, LI128-181, LI128-184 to LI128-186 */
{
	struct flow f;

	switch (gtpu_read(v, &f)) {
	case WHY_gpdu: case WHY_gtpu_length:
		break;
	case WHY_gtp_version: return CONVERT_gtpu_version;
	case WHY_gtpu_signal: return CONVERT_gtpu_signal;
	case WHY_gtpu_limit: return CONVERT_gtpu_limit;
	default: return CONVERT_gtpu_malformed;
	}
	p->has_qfi = f.has_qfi;
	p->qfi = f.qfi;
	p->inner_kind = is_ip(f.inner) ? PS_INNER_IP : PS_INNER_UNSTRUCTURED;
	if ((size_t)(v.p[2] << 8 | v.p[3]) + GTPU_HEADER != v.n)
		return other_length(v, f.inner, p);
	p->gtpu = f.gtpu;
	p->inner = f.inner;
	if (p->inner_kind == PS_INNER_IP && ip_length(f.inner) > f.inner.n)
		return CONVERT_ip_length;
	return f.inner.n ? CONVERT_plain : CONVERT_empty;
}

static enum convert_why upf(const struct x_pdu *x, struct hm_packet *p)
{
	struct view v = x->pdu->payload;
	enum convert_why why;

	p->form = PS_CC_EXTENDED;
	switch (x->pdu->format) {
	case LI_XF_GTPU:
		return gtpu(v, p);
	case LI_XF_IPV4: case LI_XF_IPV6:		/* LI128-182: no GTP-U header is made up */
		p->inner_kind = PS_INNER_IP;
		why = ip_packet(v, p);
		if (why != CONVERT_no_ip)
			return why;
		p->inner_kind = PS_INNER_UNSTRUCTURED;
		return CONVERT_not_ip;
	case LI_XF_ETHERNET:				/* LI128-183 */
		p->inner_kind = PS_INNER_ETHERNET;
		p->inner = ethernet_frame(v);
		return p->inner.n < v.n ? CONVERT_fcs : CONVERT_plain;
	case LI_XF_UNSTRUCTURED:
		p->inner_kind = PS_INNER_UNSTRUCTURED;
		p->inner = v;
		return CONVERT_plain;
	default:
		return CONVERT_format;
	}
}

/* -- other kinds of functions --------------------------------------------------------------------------------------- */

static struct ps_cc_beside *beside(struct converted *out)
{
	memset(&out->beside, 0, sizeof(out->beside));
	out->packet.beside = &out->beside;
	return &out->beside;
}

static enum convert_why remade(const struct x_pdu *x, uint8_t protocol, uint32_t sent, struct converted *out)
{
	size_t n;

	switch (rebuild(&x->flow, protocol, sent, x->pdu->payload, out->front, &n)) {
	case LI_OK: break;
	case LI_EUNKNOWN: return CONVERT_other_protocol;
	case LI_ELIMIT: return CONVERT_too_long;
	default: return CONVERT_no_flow;
	}
	out->beside.front = view_of(out->front, n);
	out->packet.inner = x->pdu->payload;
	return CONVERT_rebuilt;
}

static enum convert_why ims(const struct x_pdu *x, uint32_t sent, struct converted *out)	/* LI128-172 */
{
	struct ps_cc_beside *b = beside(out);

	out->packet.form = PS_CC_IMS;
	if (x->sdp.n)		/* LI128-173, LI128-174: where it came, and nowhere else */
		b->sdp = x->sdp;
	switch (x->pdu->format) {
	case LI_XF_IPV4: case LI_XF_IPV6: return ip_packet(x->pdu->payload, &out->packet);
	case LI_XF_RTP: return remade(x, REBUILD_UDP, sent, out);
	case LI_XF_MSRP: return remade(x, REBUILD_TCP, sent, out);
	default: return CONVERT_format;
	}
}

static enum convert_why ptc(const struct x_pdu *x, struct converted *out)
{
	out->packet.form = PS_CC_PTC;
	switch (x->pdu->format) {
	case LI_XF_IPV4: case LI_XF_IPV6:
		return ip_packet(x->pdu->payload, &out->packet);
	case LI_XF_RTP:
		beside(out);
		return remade(x, REBUILD_UDP, 0, out);
	default:
		return CONVERT_format;
	}
}

static enum convert_why nidd(const struct x_pdu *x, struct converted *out)
{
	out->packet.form = PS_CC_NIDD;
	out->packet.inner = x->pdu->payload;
	switch (x->pdu->format) {
	case LI_XF_UNSTRUCTURED: case LI_XF_IPV4: case LI_XF_IPV6: return CONVERT_plain;	/* what a device sends may be any octets */
	default: return CONVERT_format;
	}
}

static enum convert_why mime(const struct x_pdu *x, struct converted *out)
{
	struct ps_cc_beside *b = beside(out);

	out->packet.form = PS_CC_RCS_MIME;
	b->mime_type = x->mime_type.n ? x->mime_type : message_field(x->pdu->payload, "content-type");
	if (b->mime_type.n)
		return CONVERT_plain;
	b->mime_type = view_str("text/plain; charset=us-ascii");
	return CONVERT_type_filled;
}

static enum convert_why sip(const struct x_pdu *x, struct converted *out)
{
	const unsigned both = X_FLOW_SOURCE | X_FLOW_DESTINATION;
	struct ps_cc_beside *b = beside(out);

	out->packet.form = PS_CC_RCS_SIP;
	if ((x->flow.has & both) != both)
		return CONVERT_no_flow;
	b->src = x->flow.source;
	b->dst = x->flow.destination;
	return CONVERT_plain;
}

/* EncapsulatedMSRP and EncapsulatedMIMEEntity are UTF8String by the ASN.1; a message may hold any octets, and goes on as it came. */
static enum convert_why rcs(const struct x_pdu *x, struct converted *out)
{
	out->packet.inner = x->pdu->payload;
	switch (x->pdu->format) {
	case LI_XF_MIME:
		return mime(x, out);
	case LI_XF_SIP:		/* TS 103 221-2 has it on X2 alone; TS 33.128 clause 7.13 wants it here */
		return sip(x, out);
	case LI_XF_MSRP:
		out->packet.form = PS_CC_RCS_MSRP;
		return CONVERT_plain;
	default:
		return CONVERT_format;
	}
}

static enum convert_why mms(const struct x_pdu *x, struct converted *out)
{
	struct ps_cc_beside *b = beside(out);
	struct message_mms m;

	out->packet.form = PS_CC_MMS;
	out->packet.inner = x->pdu->payload;
	if (x->pdu->format != LI_XF_MIME)
		return CONVERT_format;
	if (message_mms(x->pdu->payload, &m))
		return CONVERT_no_transaction;
	b->major = m.major;
	b->minor = m.minor;
	b->transaction = m.transaction;
	return CONVERT_plain;
}

enum convert_why convert(const struct x_pdu *x, enum ps_family family, uint32_t sent, struct converted *out)
{
	out->packet = (struct hm_packet){ .dir = convert_dir(x->direction) };
	if (!x->pdu->payload.n)
		return CONVERT_empty;
	switch (family) {
	case PS_FAMILY_UPF: return upf(x, &out->packet);
	case PS_FAMILY_IMS: return ims(x, sent, out);
	case PS_FAMILY_PTC: return ptc(x, out);
	case PS_FAMILY_NIDD: return nidd(x, out);
	case PS_FAMILY_RCS: return rcs(x, out);
	case PS_FAMILY_MMS: return mms(x, out);
	case PS_FAMILIES: break;
	}
	return CONVERT_format;
}
