/*
 * world.h: a made-up 5G core: subscribers who register, open PDU sessions, talk, sleep, move, and leave, as its wires would
 * show it (N2, N3, N4, N9, noise between). Everything follows from the seed. With each frame comes the truth behind it, so
 * that what a tap must deliver is computed and not copied.
 */
#ifndef TEST_GEN_WORLD_H
#define TEST_GEN_WORLD_H

#include "test/gen/frame.h"

/* Shares in percent, of the subscribers, sessions or occasions: name, option of ligen, what is on by default. */
#define WORLD_SHARES(X)										\
	X(n2, "n2", 80)			/* subscribers seen on N2 too */				\
	X(user_id, "user-id", 60)	/* of whom PFCP says who they are */				\
	X(nea2, "nea2", 40)		/* registrations after which NAS is ciphered */			\
	X(concealed, "concealed", 15)	/* subscribers whose SUCI is concealed */			\
	X(choose, "choose", 50)		/* sessions whose UPF chooses the F-TEIDs */			\
	X(n2_only, "n2-only", 10)	/* sessions that N2 announces and N4 never shows */		\
	X(n4_late, "n4-late", 10)	/* sessions that N4 shows only after N2 */			\
	X(n9, "n9", 25)			/* sessions by way of an intermediate UPF, both seen */		\
	X(far, "far", 10)		/* sessions that go on to a UPF which is not seen */		\
	X(cp, "cp", 20)			/* with a tunnel to the SMF (N4-u) */				\
	X(several, "several", 30)	/* another session while one is there */			\
	X(handover, "handover", 30)	/* between two parts of a session: the UE moves */		\
	X(n2_handover, "n2-handover", 60)	/* of handovers, those by N2 */				\
	X(forward, "forward", 60)	/* of these, with data forwarding */				\
	X(cancel, "cancel", 20)		/* of these, cancelled */					\
	X(idle, "idle", 20)		/* the UE context is released, and the UE comes back */		\
	X(inactive, "inactive", 10)	/* one session's user plane sleeps, and wakes */		\
	X(reassign, "reassign", 40)	/* of returns, those that register and get a new GUTI */	\
	X(qos, "qos", 20)		/* other bit rates */						\
	X(reject, "reject", 10)		/* attempts that the UPF rejects */				\
	X(retry, "retry", 40)		/* of these, those that another UPF then accepts */		\
	X(refuse, "refuse", 10)		/* attempts that the SMF or the RAN refuses */			\
	X(release, "release", 80)	/* sessions that end */						\
	X(deregister, "deregister", 30)	/* subscribers who leave, with what they have */		\
	X(reuse, "reuse", 50)		/* tunnels given anew after an end, to whoever is next */	\
	X(twice, "twice", 10)		/* signalling that is seen again */				\
	X(noise, "noise", 10)		/* frames of nobody */						\
	X(dual, "dual", 20)		/* UE addresses: both families */				\
	X(only6, "only6", 10)		/* IPv6 alone */

struct world_conf {
	uint64_t seed;
	unsigned subscribers;
	unsigned sessions;		/* each asks for so many */
	unsigned packets;		/* content packets a session, about */
	unsigned least, most;		/* octets of an inner packet */
	li_us start, step;		/* first instant; mean time between two steps of a subscriber */
	enum frame_link link;
	bool v6;			/* the core's own addresses are IPv6 */
	bool eager;			/* one packet of content right after each announcement */
	size_t mtu;			/* fragment what is larger; 0: never */
#define X(member, option, share) unsigned member;
	WORLD_SHARES(X)
#undef X
};
/* Everything switched on, in proportions that reach each path. */
struct world_conf world_default(uint64_t seed);
/* Every session on N2 and N4, all identities readable, nothing unusual. */
void world_plain(struct world_conf *c);

struct world_session {
	unsigned subscriber, number;	/* number: over the whole world, from 0 */
	const char *imsi, *msisdn, *imei;	/* the subscriber's, whether or not signalling says so */
	struct li_addr ue4, ue6;
	/* Since when a tap can tell, 0: not yet. */
	li_us known, known_other;	/* whose IMSI it is; which MSISDN and IMEI */
	li_us known4, known6;		/* which addresses */
	li_us accepted, ready, ended;	/* it exists; BEGIN; END */
	li_us failed;			/* its attempt was rejected or refused */
};

/* What a tap knows of a subscriber by N2. */
struct world_ue {
	unsigned subscriber;
	bool named;			/* its IMSI */
	bool registered;		/* that it is registered */
	bool guti;			/* and by which 5G-GUTI */
};

enum truth {			/* what a frame makes true of a session */
	TRUTH_NOTHING = 0,
	TRUTH_ACCEPTED = 1,	/* it exists: N4 accepted it, or N2 announced it */
	TRUTH_READY = 2,	/* BEGIN */
	TRUTH_CHANGED = 4,	/* CONTINUE: a reported member is other than before */
	TRUTH_ENDED = 8,	/* END */
	TRUTH_FAILED = 16,	/* its attempt failed */
	TRUTH_REJECTED = 32,	/* a UPF rejected it, and nothing overtakes that: known when WORLD_FAIL_WAIT is over */
	TRUTH_CONTENT = 64,	/* a packet of it on N3 */
	TRUTH_N9 = 128,		/* a packet of it on N9 */
	TRUTH_NAMED = 256	/* it is known whose it is, or more of its identities or addresses are */
};
#define WORLD_FAIL_WAIT (2 * LI_US_SECOND)
#define WORLD_SLOTS 3		/* sessions of one subscriber at a time */
#define WORLD_EVENTS 16

struct world_frame {
	li_us time;
	const char *step;		/* what happens, for who looks for a difference */
	struct view frame;		/* good until the next call */
	struct {
		struct world_session *session;
		unsigned truth;		/* enum truth bits */
	} event[WORLD_EVENTS];
	unsigned n;
	enum { WORLD_UP, WORLD_DOWN } way;
	struct view inner;		/* of content */
	const struct world_session *whose;	/* of a G-PDU, due or not: in whose tunnel, or one that was its, it goes */
	const struct world_ue *ue;	/* as it is after this frame; NULL: nobody's */
	bool located;			/* the UE is elsewhere than last known */
};

struct world;
struct world *world_new(const struct world_conf *c);
void world_free(struct world *w);
bool world_next(struct world *w, struct world_frame *f);	/* in order of time */
/* All that will be asked for, from the beginning. */
size_t world_sessions(const struct world *w);
struct world_session *world_session(struct world *w, size_t i);
int world_dlt(const struct world *w);

#endif
