/* message.h: the few fields of MIME and MMS messages that stand beside their octets on HI3. Pure, any thread; views point into the message. */
#ifndef MEDIATION_X_MESSAGE_H
#define MEDIATION_X_MESSAGE_H

#include <li/err.h>
#include <li/view.h>

/* A field of the header that a message of RFC 2045 begins with: its value, folded as it came, without white space around it; of several the
 * first. Empty: there is none. name in lower case. */
struct view message_field(struct view message, const char *name);

struct message_mms {
	uint8_t major, minor;
	struct view transaction;
};
/* X-Mms-Transaction-ID and X-Mms-MMS-Version of a message: as an MM1 PDU (OMA MMS Encapsulation Protocol: octets), as the same behind a header
 * of MIME, or as text fields (MM4: TS 23.140 clause 8.4). LI_EMISSING. */
enum li_err message_mms(struct view message, struct message_mms *out) LI_MUST;

#endif
