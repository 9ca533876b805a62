/*
 * sms.h: which CIN a message of SMS has, and which message a report answers (TS 33.128 clause 6.2.5.4): each SMSMessage has a new one, and
 * each SMSReport that of its message. A correlation of the sender's tells where it gives each message its own; where it gives none, or one
 * for all messages of a subscriber, the report is told by what both bear: their RP message reference (TS 24.011 clause 7.3) and whether the
 * message went to the mobile or came from it. Control loop only.
 */
#ifndef MEDIATION_X_SMS_H
#define MEDIATION_X_SMS_H

#include "mediation/x/comm.h"

#define SMS_PATIENCE	(15 * 60 * LI_US_SECOND)	/* a report that comes later has a CIN of its own: TS 29.002 waits ten minutes for an answer (timer l) */
#define SMS_TASK	64		/* messages of one task without a report at once: a target sends and gets one after the other */
#define SMS_ALL		(1u << 16)	/* of all tasks */

/* Whose CIN the message has: c's own, when nothing of c was told before; else that of a communication made for it. NULL: no memory. */
struct comm *sms_message(struct comm *c, const struct xiri *message, li_us now);
/* That of the message which it answers; c's own when none is known and c has a correlation; NULL: it stands alone. */
struct comm *sms_answered(struct comm *c, const struct xiri *report);

/* Its message is not waited for any more: comm_close() calls it. */
void sms_gone(struct comm *c);
/* About every second: messages whose report has not come for long. */
void sms_tick(struct products *x, li_us now);

#endif
