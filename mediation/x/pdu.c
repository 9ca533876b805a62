/* pdu.c: see pdu.h. TS 103 221-2 clause 5.3, one walk over the attributes. */
#include "mediation/x/pdu.h"

#include <li/rd.h>

#define NS 1000000000u
#define AXRI_SHORT 24		/* XID and correlation */
#define AXRI_LONG 28		/* and a sequence number */

/* Table 7, a row a format: in X2, in X3. */
static const struct { bool x2, x3; } permitted[] = {
	[LI_XF_NONE] = { false, false }, [LI_XF_102232_1] = { true, true }, [LI_XF_33128] = { true, true }, [LI_XF_33108] = { true, true },
	[LI_XF_PROPRIETARY] = { true, true }, [LI_XF_IPV4] = { true, true }, [LI_XF_IPV6] = { true, true },
	[LI_XF_ETHERNET] = { false, true }, [LI_XF_RTP] = { false, true }, [LI_XF_SIP] = { true, false }, [LI_XF_DHCP] = { true, false },
	[LI_XF_RADIUS] = { true, false }, [LI_XF_GTPU] = { false, true }, [LI_XF_MSRP] = { false, true },
	[LI_XF_EPS_IRI] = { true, false }, [LI_XF_MIME] = { true, true }, [LI_XF_UNSTRUCTURED] = { false, true },
	[LI_XF_PS_PAYLOAD] = { true, true },
};

bool x_format_permitted(unsigned type, unsigned format)
{
	if (format >= sizeof(permitted) / sizeof(permitted[0]))
		return false;
	return type == LI_X_X3 ? permitted[format].x3 : type == LI_X_X2 && permitted[format].x2;
}

enum li_err x_owner(struct view content, struct view *owner, struct view *value)
{
	struct rd r = rd_of(content);

	*owner = rd_take(&r, rd_u8(&r));
	*value = rd_rest(&r);
	return r.err || owner->n == 0 ? LI_EFORMAT : LI_OK;
}

/* -- one attribute -- */

/* X23-DEC-005: the first occurrence counts. True: this is it. */
static bool is_first(struct x_pdu *p, uint32_t *seen, unsigned type)
{
	if (*seen & 1u << type) {
		p->odd |= X_ODD_REPEATED;
		return false;
	}
	*seen |= 1u << type;
	return true;
}

/* X23-DEC-007, X23-DEC-008: unsigned seconds, nanoseconds. */
static void read_time(struct x_pdu *p, struct view v)
{
	struct rd r = rd_of(v);
	uint32_t s = rd_u32(&r), ns = rd_u32(&r);

	if (ns >= NS) {		/* no time of day: as if it had another length */
		p->odd |= X_ODD_LENGTH;
		return;
	}
	p->time = (li_us)s * LI_US_SECOND + ns / 1000;
	p->has_time = true;
}

/* X23-DEC-010: as it came, whatever the POI takes for an identifier. */
static void read_target(struct x_pdu *p, struct view to[X_TARGETS_MAX], uint8_t *n, struct view v)
{
	if (*n == X_TARGETS_MAX)
		p->odd |= X_ODD_TARGETS;
	else
		to[(*n)++] = v;
}

struct ends { struct view source4, destination4, source6, destination6; };

static void read_attr(struct x_pdu *p, struct ends *e, uint32_t *seen, const struct li_x_attr *a)
{
	struct rd r = rd_of(a->value);
	struct view owner, value;

	switch (a->type) {	/* those that may be repeated: X23-DEC-006 */
	case LI_XA_102232_1: case LI_XA_33128: case LI_XA_33108:
		return;
	case LI_XA_PROPRIETARY:
		p->odd |= x_owner(a->value, &owner, &value) ? X_ODD_OWNER : 0;
		return;
	case LI_XA_MATCHED_TARGET:
		read_target(p, p->matched, &p->n_matched, a->value);
		return;
	case LI_XA_OTHER_TARGET:
		read_target(p, p->other, &p->n_other, a->value);
		return;
	case LI_XA_AXRI:
		if (a->value.n == AXRI_SHORT || a->value.n == AXRI_LONG)
			p->n_axri++;
		else
			p->odd |= X_ODD_LENGTH;
		return;
	default:
		break;
	}
	if (a->type == 0 || a->type > LI_XA_SDP) {	/* X23-DEC-017 */
		p->odd |= X_ODD_UNKNOWN;
		return;
	}
	if (li_x_attr_len(a->type) && a->value.n != li_x_attr_len(a->type)) {	/* X23-DEC-022: one that follows may be right */
		p->odd |= X_ODD_LENGTH;
		return;
	}
	if (!is_first(p, seen, a->type))
		return;
	switch (a->type) {
	case LI_XA_DOMAIN_ID: p->domain = a->value; break;
	case LI_XA_NFID: p->nfid = a->value; break;
	case LI_XA_IPID: p->ipid = a->value; break;
	case LI_XA_SEQUENCE:
		p->sequence = rd_u32(&r);
		p->has_sequence = true;		/* X23-MDF-007: without it nothing is followed */
		break;
	case LI_XA_TIMESTAMP: read_time(p, a->value); break;
	case LI_XA_SOURCE_IPV4: e->source4 = a->value; break;
	case LI_XA_DESTINATION_IPV4: e->destination4 = a->value; break;
	case LI_XA_SOURCE_IPV6: e->source6 = a->value; break;
	case LI_XA_DESTINATION_IPV6: e->destination6 = a->value; break;
	case LI_XA_SOURCE_PORT:
		p->flow.sport = rd_u16(&r);
		p->flow.has |= X_FLOW_SPORT;
		break;
	case LI_XA_DESTINATION_PORT:
		p->flow.dport = rd_u16(&r);
		p->flow.has |= X_FLOW_DPORT;
		break;
	case LI_XA_IP_PROTOCOL:
		p->flow.protocol = rd_u8(&r);
		p->flow.has |= X_FLOW_PROTOCOL;
		break;
	case LI_XA_MIME_TYPE: p->mime_type = a->value; break;
	case LI_XA_MIME_ENCODING: p->mime_encoding = a->value; break;
	case LI_XA_SDP: p->sdp = a->value; break;
	default: break;
	}
}

/* A header is rebuilt from one family only. */
static void settle_ends(struct x_flow *f, const struct ends *e)
{
	bool v6 = e->source6.n && e->destination6.n && !(e->source4.n && e->destination4.n);
	struct view s = v6 || !e->source4.n ? e->source6 : e->source4;
	struct view d = v6 || !e->destination4.n ? e->destination6 : e->destination4;

	if (s.n) {
		f->source = s.n == 4 ? li_addr4(s.p) : li_addr6(s.p);
		f->has |= X_FLOW_SOURCE;
	}
	if (d.n) {
		f->destination = d.n == 4 ? li_addr4(d.p) : li_addr6(d.p);
		f->has |= X_FLOW_DESTINATION;
	}
}

/* -- the whole -- */

void x_pdu_read(const struct li_x_pdu *pdu, struct x_pdu *p)
{
	struct ends e = { 0 };
	uint32_t seen = 0;
	struct view rest = pdu->attributes, owner, value;
	struct li_x_attr a;
	enum li_err err;

	memset(p, 0, offsetof(struct x_pdu, matched));
	p->pdu = pdu;
	p->xid = pdu->xid;
	p->correlation = pdu->correlation;
	p->is_x3 = pdu->type == LI_X_X3;
	p->direction = LI_XD_UNKNOWN;
	if (pdu->direction >= LI_XD_UNKNOWN && pdu->direction <= LI_XD_NA)
		p->direction = (uint8_t)pdu->direction;
	else
		p->odd |= X_ODD_DIRECTION;
	if (!x_format_permitted(pdu->type, pdu->format))	/* X23-DEC-023 */
		p->odd |= X_ODD_FORMAT;
	if (pdu->payload.n == 0)
		p->odd |= X_ODD_EMPTY;
	else if (pdu->format == LI_XF_PROPRIETARY && x_owner(pdu->payload, &owner, &value))	/* X23-DEC-026 */
		p->odd |= X_ODD_OWNER;
	while (!(err = li_x_attr_next(&rest, &a)))	/* X23-DEC-004 */
		read_attr(p, &e, &seen, &a);
	if (err != LI_ECLOSED)		/* X23-DEC-021 */
		p->odd |= X_ODD_ATTRIBUTES;
	if (e.source4.n | e.destination4.n | e.source6.n | e.destination6.n)
		settle_ends(&p->flow, &e);
}

/* X23-DEC-024, LI128-188 */
bool x_pdu_next(struct x_pdu *p, struct view *rest)
{
	struct li_x_attr a;

	while (!li_x_attr_next(rest, &a)) {
		struct rd r = rd_of(a.value);

		if (a.type != LI_XA_AXRI || (a.value.n != AXRI_SHORT && a.value.n != AXRI_LONG))
			continue;
		rd_copy(&r, p->xid.b, sizeof(p->xid.b));
		p->correlation = rd_u64(&r);
		p->has_sequence = rd_left(&r) > 0;
		p->sequence = rd_u32(&r);
		return true;
	}
	return false;
}
