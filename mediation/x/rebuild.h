/*
 * rebuild.h: IP and UDP or TCP headers for a payload that came without, from what attributes 10 to 16 say of its flow. Lengths and checksums are
 * right; what nobody told is the plainest there can be: no options, hop limit 64, identification 0 and "don't fragment" (RFC 6864 clause
 * 4.1), TCP's window open, PSH and ACK set. Pure, any thread.
 */
#ifndef MEDIATION_X_REBUILD_H
#define MEDIATION_X_REBUILD_H

#include "mediation/x/pdu.h"

#define REBUILD_MAX 60		/* IPv6 and TCP */
enum { REBUILD_TCP = 6, REBUILD_UDP = 17 };

/* Headers of this protocol, in out, for the payload that follows them. sent: TCP's sequence number. LI_EMISSING: an address or a port is not
 * told, or the addresses are of two kinds; LI_EUNKNOWN: the flow is of another protocol; LI_ELIMIT: longer than an IP packet. */
enum li_err rebuild(const struct x_flow *flow, uint8_t protocol, uint32_t sent, struct view payload, uint8_t out[REBUILD_MAX], size_t *n) LI_MUST;

#endif
