/*
 * xpdu.h: PDUs of ETSI TS 103 221-2 as a POI writes them, right or wrong on purpose, and as it reads what comes back.
 * Pure, no state.
 *
 *	xpdu_write   header, attributes, payload -> octets; lengths are computed unless they are given
 *	xpdu_next    octets off a stream -> how long the first PDU is
 *	xpdu_read    one whole PDU -> its parts
 *	xpdu_faults  what of a well-behaved sender's duties a PDU neglects
 */
#ifndef CONF_XPDU_H
#define CONF_XPDU_H

#include <li/err.h>

#include "conformance/octets.h"

#define XPDU_HEADER	40u	/* octets of the mandatory header, table 1 */
#define XPDU_VERSION	0x0005u	/* clause 5.2.1: V1.6.1 */
#define XPDU_ATTR_MAX	65535u	/* what the two octets of an attribute's length can say */
#define XPDU_READ_MAX	(1u << 20)	/* the longest PDU that we take from an MDF: it sends acknowledgements of 48 octets */

enum { XPDU_X2 = 1, XPDU_X3 = 2, XPDU_KEEPALIVE = 3, XPDU_ACK = 4 };
enum { XPDU_DIR_UNKNOWN = 1, XPDU_DIR_TO = 2, XPDU_DIR_FROM = 3, XPDU_DIR_MULTIPLE = 4, XPDU_DIR_NA = 5 };
enum { XPDU_F_33128 = 2, XPDU_F_IPV4 = 5, XPDU_F_IPV6 = 6, XPDU_F_ETHERNET = 7, XPDU_F_RTP = 8, XPDU_F_SIP = 9, XPDU_F_DHCP = 10,
       XPDU_F_RADIUS = 11, XPDU_F_GTPU = 12, XPDU_F_MSRP = 13, XPDU_F_MIME = 15 };
enum { XPDU_A_PROPRIETARY = 4, XPDU_A_DOMAIN_ID = 5, XPDU_A_NFID = 6, XPDU_A_IPID = 7, XPDU_A_SEQUENCE = 8, XPDU_A_TIMESTAMP = 9,
       XPDU_A_SOURCE_IPV4 = 10, XPDU_A_DESTINATION_IPV4 = 11, XPDU_A_SOURCE_IPV6 = 12, XPDU_A_DESTINATION_IPV6 = 13,
       XPDU_A_SOURCE_PORT = 14, XPDU_A_DESTINATION_PORT = 15, XPDU_A_PROTOCOL = 16, XPDU_A_MATCHED = 17, XPDU_A_OTHER = 18,
       XPDU_A_MIME_TYPE = 19, XPDU_A_MIME_ENCODING = 20, XPDU_A_AXRI = 21, XPDU_A_SDP = 22 };

struct xpdu {
	unsigned version, type, format, direction;	/* of 16 bits each */
	uint8_t xid[16];
	uint64_t correlation;
	bool has_header_length, has_payload_length;	/* what is written instead of the truth */
	uint32_t header_length, payload_length;
	const uint8_t *attributes, *payload;		/* attributes: back to back, as xpdu_attr writes them */
	size_t n_attributes, n_payload;
};

struct xpdu_attr {
	unsigned type;
	const uint8_t *p;
	size_t n;
};

/* Appends the PDU. */
void xpdu_write(const struct xpdu *x, struct octets *out);
/* Appends one attribute. False, and nothing is written, when it is longer than 65,535 octets. */
bool xpdu_attr(struct octets *attributes, unsigned type, const void *p, size_t n);
/* Appends a Keepalive; with_sequence false: the malformed one of 40 octets. */
void xpdu_keepalive(unsigned version, bool with_sequence, uint32_t sequence, struct octets *out);

/* How many octets the first PDU takes. LI_EAGAIN: there are not enough yet; LI_EPEER: no PDU of major version 0 and sane
 * lengths begins here. */
enum li_err xpdu_next(const uint8_t *p, size_t n, size_t *whole) LI_MUST;
/* Reads exactly one PDU. Views into p. LI_EPEER as above, LI_ETRUNC. */
enum li_err xpdu_read(const uint8_t *p, size_t n, struct xpdu *x) LI_MUST;
/* Steps through attributes; *at begins with 0. LI_ECLOSED after the last, LI_ETRUNC: what is left is none. */
enum li_err xpdu_attr_next(const struct xpdu *x, size_t *at, struct xpdu_attr *a) LI_MUST;
/* The first of its type. */
bool xpdu_attr_find(const struct xpdu *x, unsigned type, struct xpdu_attr *a);

/* What clause 5.1 asks of an acknowledgement: bits of what is wrong with it. */
enum { XPDU_ACK_LENGTH = 1, XPDU_ACK_NOT_ZERO = 2, XPDU_ACK_NO_SEQUENCE = 4, XPDU_ACK_VERSION = 8 };
unsigned xpdu_ack_faults(const struct xpdu *x, bool *has_sequence, uint32_t *sequence);

/* Values by name or number: false when the text is neither. */
bool xpdu_type_read(const char *text, unsigned *type);
bool xpdu_format_read(const char *text, unsigned *format);
bool xpdu_direction_read(const char *text, unsigned *direction);
bool xpdu_attr_type_read(const char *text, unsigned *type);
/* NULL where the value has no name. */
const char *xpdu_format_name(unsigned format);
const char *xpdu_attr_name(unsigned type);
bool xpdu_format_permitted(unsigned type, unsigned format);
/* Octets that table 5 fixes; 0: it varies, or nobody knows the type. */
size_t xpdu_attr_octets(unsigned type);

/* The first fault of a PDU of types 1 to 3 that a well-behaved POI would not make, as text; NULL: there is none. */
const char *xpdu_fault(const struct xpdu *x);
/* Attributes that TS 33.128 wants on X2 or X3 and that are not there; empty: none is missing. */
void xpdu_lacks(const struct xpdu *x, char *text, size_t room);

/* 8-4-4-4-12, or 32 hex digits. */
bool xpdu_uuid(const char *text, uint8_t uuid[16]);

#endif
