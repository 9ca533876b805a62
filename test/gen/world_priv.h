/* world_priv.h: what the world's files share: subscribers, their sessions, their scripts. */
#ifndef TEST_GEN_WORLD_PRIV_H
#define TEST_GEN_WORLD_PRIV_H

#include "test/gen/nas_out.h"
#include "test/gen/ngap_out.h"
#include "test/gen/world.h"

#define GNBS 4

/* Steps, each one frame. */
#define WORLD_STEPS(X) \
	/* N2, of the UE */ \
	X(REGISTER) X(SECURITY) X(ACCEPT) X(MOVE) X(RETURN) X(WAKE) X(AWAKE) \
	X(SLEEP_ASK) X(SLEEP) X(ASLEEP) X(LEAVE) X(LEFT) X(GONE) \
	X(SWITCH) X(SWITCHED) \
	X(HO_REQUIRED) X(HO_REQUEST) X(HO_ACK) X(HO_COMMAND) X(HO_NOTIFY) X(HO_SOURCE) X(HO_SOURCE_DONE) \
	X(HO_CANCEL) X(HO_CANCELLED) X(HO_TARGET) X(HO_TARGET_DONE) \
	/* N2, of a session */ \
	X(ASK) X(SETUP) X(SET_UP) X(SETUP_FAILED) X(REFUSED) X(RELEASE) X(RELEASED) X(COMPLETE) \
	X(DOZE) X(DOZED) X(ROUSE) X(ROUSED) \
	/* N4 */ \
	X(ESTABLISH) X(ESTABLISHED) X(REJECTED) X(OVERTAKEN) X(ANCHOR) X(ANCHORED) X(ANCHOR_MODIFY) X(ANCHOR_MODIFIED) \
	X(MODIFY) X(MODIFIED) X(BUFFER) X(BUFFERED) X(FORWARD) X(FORWARDED) X(UNFORWARD) X(UNFORWARDED) \
	X(QOS) X(QOS_DONE) X(DELETE) X(DELETED) X(ANCHOR_DELETE) X(ANCHOR_DELETED) X(TWICE) \
	/* N3 and N9 */ \
	X(EARLY) X(TALK) X(TALK_N9) X(FORWARD_TALK) X(LATE) \
	/* nothing of it any more: its tunnels may be anybody's; and a pause */ \
	X(REST) X(PAUSE)

enum step {
#define X(name) S_##name,
	WORLD_STEPS(X)
#undef X
};

/* A session as its subscriber lives it. */
struct ses {
	struct world_session *s;	/* NULL: the slot is free */
	struct pfcp_session p;		/* of the UPF towards the RAN */
	struct pfcp_session anchor;	/* of the one behind it (has_anchor) */
	bool n4, n4_late, has_anchor, by_core;	/* by_core: the RAN's tunnel names no interface type */
	bool bound;			/* N2 has shown it */
	bool up;			/* its user plane is awake */
	bool over;			/* what it was to do is done */
	bool stays;			/* it will not be ended */
	unsigned n4_left;		/* PFCP sessions that are there */
	unsigned parts, packets;	/* still to talk; packets a part */
	uint8_t psi;
	uint32_t seq;			/* of the last N4 request */
	uint64_t up_octets, down_octets;
	struct out_tunnel next_dl, fwd_upf, fwd_ran;
};

/* What a tap knows of a UE that it can tell from others. */
struct known_ue {
	bool named, registered, guti, secured, readable;
	uint32_t tmsi;
	bool has_told;
	struct ngap_place told;
};

struct sub {
	unsigned id;
	char imsi[16], msisdn[16], imei[15];
	uint64_t rng;
	li_us at;
	struct { uint8_t step, slot; } *script;
	size_t n, pos, room;
	unsigned asked;			/* sessions so far */
	struct ses ses[WORLD_SLOTS];
	struct world_session *ghost[WORLD_EVENTS - WORLD_SLOTS];	/* over, which no tap could see */
	unsigned ghosts;
	struct nas_ue nas;
	struct ngap_ids ids, old_ids;
	unsigned gnb, next_gnb;
	struct ngap_place place, source_place;
	bool n2, user_id, concealed, registered, connected, has_guti, left;
	bool fresh;			/* the tap takes the UE for another than it knows already */
	bool by_guti;			/* of a return */
	bool tmsi_fresh;		/* it got its TMSI while fresh: who knows that one may not know it is another's */
	bool direct, forwards;
	bool apart;			/* fresh, and it may have left sessions behind: of prev, or of the person */
	bool prev_person;
	struct known_ue person, other, prev;	/* other: while fresh */
	struct world_ue ue;
	uint8_t psi;
};

struct world {
	struct world_conf c;
	struct sub *sub;
	unsigned *heap;
	size_t heaped;
	struct world_session *session;
	size_t sessions;
	uint64_t rng;
	uint32_t teid, seq, tmsi, ran_id;
	bool ciphered;			/* somebody's NAS is */
	uint64_t amf_id;
	uint32_t tsn[GNBS][2];
	uint16_t ssn[GNBS][2], ip_id;
	struct li_addr smf, upf_n4, upf_n3, gnb[GNBS], amf, far_upf, anchor_n4, anchor_n9, mid_n9;
	struct out_tunnel *freed;	/* given back, oldest first */
	size_t n_freed;
	uint32_t freed_tmsi;		/* 0: none */
	uint8_t out[FRAME_MAX], inner[FRAME_MAX];
	uint8_t again[FRAME_MAX];	/* the last signalling packet */
	size_t again_n;
	struct { uint8_t o[64][FRAME_MAX]; size_t n[64]; unsigned count, next; } parts;
	struct world_frame pending;
};

uint64_t world_rnd(uint64_t *s);
bool world_chance(uint64_t *s, unsigned percent);
/* A tunnel at an address: one that was given back, or one that never was. */
struct out_tunnel world_tunnel(struct world *w, struct sub *u, const struct li_addr *at, bool anew);
void world_free_tunnel(struct world *w, const struct out_tunnel *t);

/* script.c: what the subscriber does next; false: nothing more, for ever. */
bool script_next(struct world *w, struct sub *u);

/* step.c: one frame, and what it makes true. */
void step_run(struct world *w, struct sub *u, enum step s, struct ses *x, struct wr *out, struct world_frame *f);
/* A G-PDU of nobody. */
void step_noise(struct world *w, struct wr *out);

/* life.c: what a tap knows of a UE by what it has seen. */
void life_register(struct sub *u, struct world_frame *f);
void life_return(const struct world *w, struct sub *u, struct world_frame *f);
void life_secured(struct world *w, struct sub *u);
void life_accepted(struct sub *u);
void life_left(struct sub *u);
void life_name(struct sub *u, struct world_frame *f);	/* its IMSI is told */
void life_rejoin(struct sub *u, struct world_frame *f);	/* by a tunnel that is known already */
void life_place(struct sub *u, struct world_frame *f);
const struct known_ue *life_now(const struct sub *u);
void life_event(struct world_frame *f, struct world_session *s, unsigned truth);

#endif
