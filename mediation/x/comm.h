/*
 * comm.h: one communication of a task, as network functions report it: all PDUs of X2 and X3 with its correlation (TS 103 221-2
 * clause 5.2.8), whoever sends them. It is under interception as a session of the core is: one CIN a warrant, for IRI and CC alike.
 *
 *	comm_get	the control loop, at the first PDU of a correlation: opens it for each warrant in force
 *	comm_sender	a network function that reports it: a point of its contexts
 *	comm_route	a worker, for each X3 PDU: where its content goes
 *
 * Correlation 0 says nothing (TS 103 221-2 clause 5.2.8): content with it is one communication a task, for a CIN it must have; a
 * record with it stands alone (comm_alone).
 */
#ifndef MEDIATION_X_COMM_H
#define MEDIATION_X_COMM_H

#include "mediation/x/known.h"
#include "mediation/x/media.h"
#include "mediation/x/pdu.h"
#include "mediation/x/product.h"
#include "mediation/x/track.h"

#define COMM_IDLE	(24 * 3600 * LI_US_SECOND)	/* nothing says when a call ends, and none is silent on X2 and X3 for a day */
#define COMM_IDLE_OPEN	(30 * 86400 * LI_US_SECOND)	/* of one whose begin was reported, and no end: the longest that a PDU session was seen to last */
#define COMM_LINGER	(60 * LI_US_SECOND)	/* after its end: content that was under way, and reports of another function */
#define COMMS_MAX	(1u << 20)		/* at once: of the largest networks' targets several times over */
#define COMMS_PRODUCT	4096			/* of one task: a correlation for each call of months, or a sender that counts upwards */
#define COMM_SECOND_US	(10 * LI_US_SECOND)	/* A, then B, then A again within it: both are alive */

/* What X3 PDUs of one sender share: under its lock. */
struct xstream {
	struct rcu_node node;
	pthread_mutex_t lock;
	struct track track;
	struct media *media;		/* what is known of its media; NULL: nothing, */
	bool undescribed;		/* or there was no memory for it */
	uint64_t lost;			/* PDUs, since an agency's message counted them */
	uint32_t sent[2];		/* octets, to and from the target: for TCP headers that are made */
	_Atomic(li_us) seen;		/* its last PDU's arrival */
	_Atomic unsigned taken;		/* payload formats that became content: bits 1u << enum li_x_format */
};

/* Who reports it: of more than one, on one interface, somebody has to know. */
struct xlive {
	struct rcu_node node;
	pthread_mutex_t lock;
	_Atomic unsigned last;
	unsigned before;
	li_us since;			/* `last` took over from `before` */
};

struct xroute_cc {
	struct hm_ctx *ctx;
	unsigned media;			/* bits 1u << enum media_kind that its warrant is for; 0: all */
	li_us start, end;		/* its warrant's window, held against the PDU's time and its arrival: X1-MDF-009 */
};

struct xroute_out {			/* a warrant that does not get its content, and why */
	uint64_t handle;
	enum hm_fate why;
};

/* Immutable once it is published. */
struct xroute {
	struct rcu_node node;
	struct xstream *stream;
	struct xlive *live;		/* NULL: of correlation 0 */
	unsigned point;
	bool wanted;			/* some warrant is in force on the communication */
	bool ordered;			/* one of them orders content */
	bool narrow;			/* some warrant is not for all media */
	uint8_t never;			/* comm.never */
	uint8_t family;			/* enum ps_family: what its content is */
	size_t n, n_out;
	struct xroute_cc cc[];
};
static inline struct xroute_out *xroute_out(struct xroute *r)
{
	return (struct xroute_out *)(void *)(r->cc + r->n);
}
_Static_assert(sizeof(struct xroute_out) <= sizeof(struct xroute_cc), "each warrant has room for either");

#define COMM_UNMET (UINT32_MAX - 1)	/* a sender of before a restart, which has its names and no number yet */
struct comm_sender {
	unsigned sender;		/* sender.h of the door */
	struct xstream *stream;		/* it sends X3; NULL: it has not yet */
	struct xroute *route;		/* published */
	struct track x2;
	li_us seen;			/* the last X2 PDU of it */
	uint8_t *names;			/* NFID and IPID: its point's octets */
};

/* Of a message of SMS, while a report may answer it: sms.h. */
enum sms_way { SMS_ANY_WAY, SMS_FROM_MOBILE, SMS_TO_MOBILE };
struct sms_key {
	enum sms_way way;
	bool has_reference;
	uint8_t reference;		/* of the relay layer */
};
struct sms_waits {
	struct sms_key key;
	uint64_t correlation;		/* that it came with */
	li_us since;			/* 0: none waits */
	bool answered;
	bool report_first;		/* nothing but a report was told of it yet */
	TAILQ_ENTRY(comm) all, in_product;
};

struct comm {
	struct watched wd;		/* first */
	struct products *all;
	struct product *of;
	uint64_t correlation, handle;
	TAILQ_ENTRY(comm) lru, round, in_product;
	struct comm_sender *sender;
	struct hm_point *point;		/* as many */
	size_t n_senders, room;
	struct xlive *x2_live, *x3_live;
	uint8_t family;
	uint8_t ims_session;		/* enum ims_session: who began it, by its first SIP message; 0: none came */
	bool opened;			/* something of it is delivered, to whoever has a warrant in force */
	bool alone;			/* a record of its own: in no table */
	bool told;			/* an event told what its content is; else `family` is what content looked like */
	uint8_t never;			/* kinds that its content seemed to be, and cannot: bits 1u << enum ps_family. Such PDUs are refused */
	bool began, ended;		/* its begin and its end were reported */
	li_us heard;			/* X2, or X3 through the control loop */
	li_us opened_at;
	struct held_event held;		/* what began it */
	struct known known;		/* of one that has a correlation */
	struct sms_waits sms;
};

/* The time that a record of it bears: its own, unless that is further ahead of ours than a clock may be. */
static inline li_us x_when(const struct x_pdu *p)
{
	return p->has_time && !(p->odd & X_ODD_AHEAD) ? p->time : p->arrived;
}

static inline struct comm *comm_watched(const struct watched *wd)
{
	return (struct comm *)(uintptr_t)wd;	/* wd is its first member */
}

/* The communication of this correlation, made where there is none yet. NULL: no memory. now: the clock. */
struct comm *comm_get(struct products *x, struct product *p, uint64_t correlation, li_us now);
struct comm *comm_find(const struct products *x, const struct product *p, uint64_t correlation);
/* One for a record that is related to no other; comm_close() with it as soon as it is sent. */
struct comm *comm_alone(struct products *x, struct product *p, li_us now);
/* Something of it is delivered from now on: interceptions for those warrants in force that have none. */
void comm_open(struct comm *c, li_us now);
/* Who sends this PDU, among its senders: its point of the contexts. */
struct comm_sender *comm_sender(struct comm *c, const struct x_pdu *p);
/* Who reported what is held of it: its point. */
unsigned comm_holder(struct comm *c);
/* It sends X3: a route of its own. False: no memory. */
bool comm_streams(struct comm *c, struct comm_sender *s);
/* The warrant is in force from t on: it is opened, with a start of interception where its begin was reported (start.c). */
void comm_begin(struct comm *c, struct warrant *w, li_us t);
/* Its turn in the round: numbers that are missing for long are lost; what was not heard of for long goes. It may be gone then. */
void comm_look(struct comm *c, li_us now);
/* Closes what runs on it, and forgets it. */
void comm_close(struct comm *c, li_us t, const char *why);
/* Its content is of this kind from now on. */
void comm_set_family(struct comm *c, uint8_t family);
/* It cannot be of that one. */
void comm_never_family(struct comm *c, uint8_t family);
/* Over a restart (keep.h): what is known of it, in octets of a form of ours; and it again, without interceptions: *out NULL: no task has
 * its XID any more. LI_EFORMAT, LI_ETRUNC, LI_EUNKNOWN, LI_ENOMEM. */
enum li_err comm_save(const struct comm *c, struct buf *b) LI_MUST;
enum li_err comm_restore(struct products *x, struct view body, li_us now, struct comm **out) LI_MUST;
/* As intercept_resume(). */
const char *comm_resume(struct comm *c, const struct intercept_was *was, li_us now);
/* A PDU of this sender has come: is another one alive? */
void comm_live(struct products *x, struct xlive *l, unsigned sender, li_us now);

/* Which of X2 and X3 have brought something of it. */
void comm_seen_on(const struct comm *c, bool *x2, bool *x3);

/* A worker's: NULL: not open yet, or nobody has said that this sender reports it. */
struct xroute *comm_route(const struct products *x, const struct product *p, uint64_t correlation, unsigned sender);

#endif
