/* payload.h: packets made from a few words, for payloads of X3: IP with UDP, GTP-U and Ethernet around it, RTP. */
#ifndef CONF_PAYLOAD_H
#define CONF_PAYLOAD_H

#include "conformance/octets.h"

struct payload_addr {
	uint8_t b[16];
	unsigned n;		/* 4, 16; 0: none */
};

struct payload_end {
	struct payload_addr addr;
	unsigned port;
};

/* Any usual form of an IPv4 or IPv6 address. */
bool payload_addr(const char *text, struct payload_addr *a);
/* ADDRESS:PORT, [ADDRESS]:PORT */
bool payload_end(const char *text, struct payload_end *e);
/* An IPv4 or IPv6 packet with UDP around data, lengths and checksums right. False: the two ends are not of one family, or
 * it is too long. */
bool payload_udp(const struct payload_end *from, const struct payload_end *to, const uint8_t *data, size_t n, struct octets *out);
/* A G-PDU of TS 29.281; qfi >= 0: with a PDU session container (TS 38.415), uplink or downlink. */
bool payload_gtpu(uint32_t teid, int qfi, bool uplink, const uint8_t *inner, size_t n, struct octets *out);
/* An Ethernet frame around an IP packet, without FCS. */
void payload_ethernet(const uint8_t destination[6], const uint8_t source[6], const uint8_t *ip, size_t n, struct octets *out);
void payload_rtp(unsigned type, unsigned number, uint32_t stamp, uint32_t ssrc, const uint8_t *data, size_t n, struct octets *out);

#endif
