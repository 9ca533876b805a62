/* ethernet.h: is there a frame check sequence behind a frame (IEEE 802.3 clause 3.2.9)? Pure, any thread. */
#ifndef MEDIATION_X_ETHERNET_H
#define MEDIATION_X_ETHERNET_H

#include <li/view.h>

/* The frame without it: uPFEthernetCC has none, and nothing on X3 says whether there is one. Four octets that are the sum of all before them are
 * taken for it: one frame in 2^32 ends so by chance. Where the packet inside fills the frame nothing is summed. */
struct view ethernet_frame(struct view v);

#endif
