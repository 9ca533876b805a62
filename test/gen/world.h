/*
 * world.h: a made-up 5G core: subscribers who register, open PDU sessions, talk, move, and leave, as its wires would show
 * it (N2, N3, N4, noise between). Everything follows from the seed. With each frame comes the truth behind it, so that
 * what a tap must deliver is computed and not copied.
 */
#ifndef TEST_GEN_WORLD_H
#define TEST_GEN_WORLD_H

#include "test/gen/frame.h"
#include "test/gen/nas_out.h"
#include "test/gen/ngap_out.h"

struct world_conf {
	uint64_t seed;
	unsigned subscribers;
	unsigned sessions;		/* each opens so many, one after another */
	unsigned packets;		/* content packets a session, about */
	unsigned least, most;		/* octets of an inner packet */
	li_us start, step;		/* first instant; mean time between two steps of a subscriber */
	enum frame_link link;
	bool v6;			/* the core's own addresses are IPv6 */
	bool eager;			/* one packet of content right after each announcement */
	size_t mtu;			/* fragment what is larger; 0: never */
	/* in percent of the subscribers or sessions */
	unsigned n2;			/* seen on N2 too */
	unsigned user_id;		/* PFCP says who it is */
	unsigned nea2, concealed;	/* NAS is ciphered; the SUCI is concealed */
	unsigned choose;		/* the UPF chooses the F-TEID */
	unsigned handover, qos, release, n9, cp, reject, twice, noise;
	unsigned dual, only6;		/* UE addresses: both families, IPv6 only */
};
/* Everything switched on, in proportions that reach each path. */
struct world_conf world_default(uint64_t seed);

struct world_session {
	unsigned subscriber, number;	/* number: over the whole world, from 0 */
	const char *imsi, *msisdn, *imei;	/* the subscriber's, whether or not signalling says so */
	bool imsi_seen, other_seen;	/* a tap can come to know the IMSI; MSISDN and IMEI */
	bool ue_named;			/* N2 says who it is, from the registration on */
	li_us known;			/* since when it is known whose session it is; 0: not yet */
	struct li_addr ue4, ue6;
	li_us accepted, ready, ended;	/* 0: not yet */
	bool has_n2, rejected;
	struct out_tunnel ul, dl;
	uint64_t up_octets, down_octets;
	void *mark;			/* the reader's own */
};

enum truth {			/* what this frame makes true */
	TRUTH_NOTHING = 0,
	TRUTH_ACCEPTED = 1,	/* N4 accepted it: the session exists */
	TRUTH_READY = 2,	/* BEGIN */
	TRUTH_CHANGED = 4,	/* CONTINUE */
	TRUTH_ENDED = 8,	/* END */
	TRUTH_REJECTED = 16,	/* the attempt failed */
	TRUTH_LOCATED = 32,	/* the UE is elsewhere than last known */
	TRUTH_CONTENT = 64	/* a packet of this session */
};

struct world_frame {
	li_us time;
	struct view frame;		/* good until the next call */
	unsigned truth;			/* enum truth bits */
	struct world_session *session;	/* whom it is about; NULL: nobody */
	enum { WORLD_UP, WORLD_DOWN } way;
	struct view inner;		/* of content */
};

struct world;
struct world *world_new(const struct world_conf *c);
void world_free(struct world *w);
bool world_next(struct world *w, struct world_frame *f);	/* in order of time */
size_t world_sessions(const struct world *w);
struct world_session *world_session(struct world *w, size_t i);
int world_dlt(const struct world *w);

#endif
