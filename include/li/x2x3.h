/*
 * x2x3.h: PDUs of ETSI TS 103 221-2 (X2 and X3, from a point of interception to a mediation function), read off a
 * stream. Views are borrowed. Pure, any thread.
 */
#ifndef LI_X2X3_H
#define LI_X2X3_H

#include <li/ids.h>
#include <li/rd.h>

enum li_x_type { LI_X_X2 = 1, LI_X_X3 = 2, LI_X_KEEPALIVE = 3, LI_X_KEEPALIVE_ACK = 4 };	/* table 2 */

enum li_x_format {		/* table 7 */
	LI_XF_NONE = 0, LI_XF_102232_1 = 1, LI_XF_33128 = 2, LI_XF_33108 = 3, LI_XF_PROPRIETARY = 4, LI_XF_IPV4 = 5,
	LI_XF_IPV6 = 6, LI_XF_ETHERNET = 7, LI_XF_RTP = 8, LI_XF_SIP = 9, LI_XF_DHCP = 10, LI_XF_RADIUS = 11,
	LI_XF_GTPU = 12, LI_XF_MSRP = 13, LI_XF_EPS_IRI = 14, LI_XF_MIME = 15, LI_XF_UNSTRUCTURED = 16,
	LI_XF_PS_PAYLOAD = 17	/* since V1.8.1 */
};

enum li_x_direction { LI_XD_NONE = 0, LI_XD_UNKNOWN = 1, LI_XD_TO = 2, LI_XD_FROM = 3, LI_XD_MULTIPLE = 4, LI_XD_NA = 5 };

enum li_x_attr_type {		/* table 5 */
	LI_XA_102232_1 = 1, LI_XA_33128 = 2, LI_XA_33108 = 3, LI_XA_PROPRIETARY = 4, LI_XA_DOMAIN_ID = 5, LI_XA_NFID = 6,
	LI_XA_IPID = 7, LI_XA_SEQUENCE = 8, LI_XA_TIMESTAMP = 9, LI_XA_SOURCE_IPV4 = 10, LI_XA_DESTINATION_IPV4 = 11,
	LI_XA_SOURCE_IPV6 = 12, LI_XA_DESTINATION_IPV6 = 13, LI_XA_SOURCE_PORT = 14, LI_XA_DESTINATION_PORT = 15,
	LI_XA_IP_PROTOCOL = 16, LI_XA_MATCHED_TARGET = 17, LI_XA_OTHER_TARGET = 18, LI_XA_MIME_TYPE = 19,
	LI_XA_MIME_ENCODING = 20, LI_XA_AXRI = 21, LI_XA_SDP = 22
};

struct li_x_pdu {
	uint16_t version;	/* major in the high octet */
	uint16_t type;		/* enum li_x_type; others are kept as they came */
	uint32_t header_len, payload_len;
	uint16_t format, direction;
	struct li_xid xid;
	uint64_t correlation;	/* 0: none */
	struct view attributes, payload;
};

struct li_x_attr {
	uint16_t type;
	struct view value;
};

/* How many octets the PDU at the front of v takes. LI_EAGAIN: more are needed; LI_EPEER: major version not 0, header
 * shorter than 40 octets or a length past LI_X_HEADER_MAX or LI_X_PAYLOAD_MAX: framing cannot be trusted. */
enum li_err li_x_next(struct view v, size_t *n) LI_MUST;
/* Reads one whole PDU. LI_ETRUNC, LI_EFORMAT (octets left over), LI_EPEER. */
enum li_err li_x_decode(struct view pdu, struct li_x_pdu *out) LI_MUST;
/* Steps through the attributes: *rest starts as pdu->attributes. LI_ECLOSED after the last; LI_ETRUNC when one runs
 * past the header, *rest then stays. */
static inline LI_MUST enum li_err li_x_attr_next(struct view *rest, struct li_x_attr *a)
{
	struct rd r = rd_of(*rest);

	if (rest->n == 0)
		return LI_ECLOSED;
	a->type = rd_u16(&r);
	a->value = rd_take(&r, rd_u16(&r));
	if (r.err)
		return r.err;
	*rest = rd_rest(&r);
	return LI_OK;
}
/* The first attribute of this type; of a fixed-length type one of the right length (clause 5.3.1: later ones are
 * ignored, and so is one of a wrong length). False when there is none. */
bool li_x_attr_find(const struct li_x_pdu *p, uint16_t type, struct view *value);
/* The Timestamp attribute. False when there is none. */
bool li_x_time(const struct li_x_pdu *p, uint32_t *seconds, uint32_t *nanoseconds);
/* Length that clause 5.3 fixes for this type; 0 when it varies. */
static inline size_t li_x_attr_len(uint16_t type)
{
	switch (type) {
	case LI_XA_SEQUENCE: case LI_XA_SOURCE_IPV4: case LI_XA_DESTINATION_IPV4: return 4;
	case LI_XA_TIMESTAMP: return 8;
	case LI_XA_SOURCE_IPV6: case LI_XA_DESTINATION_IPV6: return 16;
	case LI_XA_SOURCE_PORT: case LI_XA_DESTINATION_PORT: return 2;
	case LI_XA_IP_PROTOCOL: return 1;
	default: return 0;
	}
}

#endif
