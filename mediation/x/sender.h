/*
 * sender.h: who sends X2 and X3: {Domain ID, NFID, IPID} of TS 103 221-2, each known by a small number as long as the process lives,
 * and how far its clock is from ours. A number is found without a lock; entries never move and never go.
 */
#ifndef MEDIATION_X_SENDER_H
#define MEDIATION_X_SENDER_H

#include <li/limits.h>
#include <li/time.h>

#define X_SENDERS_MAX	4096	/* points of interception of one operator at once: NFs times a few POIs each; 1 MiB at the most */
#define X_SENDER_WINDOW	(60 * LI_US_SECOND)	/* a clock is measured over that long, and as long before */
#define X_SENDER_TEXT	64

struct senders;
struct senders *senders_new(uint64_t seed);
void senders_free(struct senders *s);

/* Any thread. Its number, 1 …; 0: there is no room for one more, or a name is longer than LI_NAME_MAX. */
unsigned sender_of(struct senders *s, struct view domain, struct view nfid, struct view ipid);
/* Any thread: a product of it was made at `time` and read at `arrived`, by their clocks. Id 0 is nobody. */
void sender_time(struct senders *s, unsigned id, li_us time, li_us arrived);

/* -- what is known: any thread; views are good as long as s -- */
size_t senders_count(const struct senders *s);		/* numbers 1 … count are in use */
void sender_ids(const struct senders *s, unsigned id, struct view *domain, struct view *nfid, struct view *ipid);
/* "NFID/IPID" for people, or "DOMAIN/NFID/IPID": whatever is not printable ASCII is "?", cut when it is too long. "-" for 0. */
void sender_text(const struct senders *s, unsigned id, char out[X_SENDER_TEXT]);
/* The shortest way from it to us in the last one to two windows: its products' ages when they were read. Below 0: its clock is ahead of
 * ours by at least as much. False: none of them had a time. */
bool sender_delay(const struct senders *s, unsigned id, li_us *least);
/* When it was last heard; LI_US_NEVER: not in this process's time. */
li_us sender_last(const struct senders *s, unsigned id);
/* One thread, about once a second: windows end. steady: a clock that nobody sets. */
void senders_tick(struct senders *s, li_us steady);

#endif
