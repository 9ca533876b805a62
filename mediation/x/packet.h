/* packet.h: IP packets on X2. TS 103 221-2 clause 5.4.1 lets a POI send what preserves most of the encapsulation: a SIP message in its packet.
 * Pure, any thread; nothing is copied. */
#ifndef MEDIATION_X_PACKET_H
#define MEDIATION_X_PACKET_H

#include "mediation/x/pdu.h"

/* What a whole IPv4 or IPv6 packet carries over UDP or TCP, and between whom. False: it is a fragment, cut short, or carries something else. */
bool packet_read(struct view packet, struct x_flow *flow, struct view *payload);
/* The SIP message at the front of what is left, which is of a flow like this; over TCP another one may stand behind it. Blank lines before it, which
 * keep connections open, are skipped. False: there is none; rest then is what stands there. */
bool packet_sip(const struct x_flow *flow, struct view *rest, struct view *message);

#endif
