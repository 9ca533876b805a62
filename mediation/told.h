/*
 * told.h: what each agency has been told of each interception: that it is active, since when, until when, of whom, and where it goes. What
 * is other than what was told is told (TS 33.128 clause 5.6, TS 101 671 annex D.4), and so each change is told once, whoever ordered
 * it and by which way; a start of the process is none, because what was told is in the store. Internal to mediation. Control loop only.
 * Tasks of one LIID are one interception to an agency: the first of them activates it, the last ends it, and others modify it.
 *
 *	told_started	its window opens, or it comes while that is open: activation
 *	told_changed	modification, by destination: those that come are told an activation, those that go a deactivation
 *	told_ended	deactivation: its window closes
 *	told_removed	deactivation, at the end of the change; unless it comes back with it as another order under its names, of another
 *			person: then that is a modification
 *	told_loaded	what an earlier process did not come to tell
 *	told_flush	all of it to the audit log, to the store and into the queues (notice.h)
 */
#ifndef MEDIATION_TOLD_H
#define MEDIATION_TOLD_H

#include "mediation/notice.h"
#include "mediation/warrant/warrant.h"

struct mediate;
struct tolds;
struct json;

bool tolds_new(struct mediate *m) LI_MUST;
/* Once, at start, before warrants and destinations come. LI_ENOMEM, or the rows cannot be read. */
enum li_err tolds_load(struct mediate *m) LI_MUST;
/* Something has been delivered, or nothing will be any more. */
void tolds_settle(struct mediate *m);
void tolds_free(struct mediate *m);

void told_started(struct mediate *m, struct warrant *w, li_us t);
void told_changed(struct mediate *m, struct warrant *w, const struct warrant *old);
void told_ended(struct mediate *m, struct warrant *w, li_us t);
void told_removed(struct mediate *m, struct warrant *w);
/* Where it is reached, or what it wants, is other than before; also for those whose streams begin anew. */
void told_dest_changed(struct mediate *m, struct dest *d);
void told_dest_added(struct mediate *m, const struct dest *d);
void told_dest_gone(struct mediate *m, const struct dest *d);
/* What was ordered at the start is there, too. */
void told_loaded(struct mediate *m);
/* At the end of a change, of a turn, and about every second. An error is logged; it is tried again. */
void told_flush(struct mediate *m);
void told_tick(struct mediate *m);

/* By order. To each destination of the warrants of this LIID (xid: of one of its tasks; NULL: of all) that are in force. *n: how many are
 * told. LI_ENOTFOUND: there is no such warrant; LI_ESTATE: none is in force; LI_EIO: it cannot be recorded, and nobody is told. */
enum told_order { TOLD_TEST, TOLD_MESSAGE_ERROR, TOLD_MESSAGE_INFO, TOLD_RESET };
enum li_err told_order(struct mediate *m, enum told_order what, const struct li_liid *liid, const struct li_xid *xid, const char *text,
		       const char *who, size_t *n) LI_MUST;

/* What an agency will never get of one interception: told soon, and then at most every TOLD_LOSSES of each cause; and at its end. */
enum told_loss { TOLD_NO_ROOM, TOLD_DAMAGED, TOLD_UNREPORTED, TOLD_UNSEEN };
#define TOLD_LOSSES (60 * LI_US_SECOND)
#define TOLD_LOSSES_MOST 65536	/* causes by interception and destination that are told apart: 10 MB */
void told_lost(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_loss *l);
/* Its warrant ends, or (NULL) the service does: what has not been told yet is. */
void told_losses_end(struct mediate *m, const struct li_liid *liid);
/* n things that a warrant in force would have got records of that kind from. */
void told_missing(struct mediate *m, const struct warrant *w, enum li_hi kind, enum told_loss why, uint64_t n);

/* An array of what the agencies of this warrant were told. */
void told_show(const struct mediate *m, const struct warrant *w, struct json *array);

#endif
