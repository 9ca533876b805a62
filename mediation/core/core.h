/*
 * core.h: what the network is doing: PDU sessions from N4 and N2, who they belong to, where their tunnels are.
 * It knows nothing of warrants. Control loop only; time is the capture time of the packet and never the system's.
 * It lives in memory only, bounded by limits.h.
 */
#ifndef MEDIATION_CORE_CORE_H
#define MEDIATION_CORE_CORE_H

#include <li/record.h>

struct buf;
struct core;
struct session;		/* one PDU session */
struct ue;		/* one subscriber as NGAP sees it */

struct core_conf {
	uint64_t seed[2];	/* keys the hash maps: random in a service, fixed in a test */
};

/* Which way a tunnel's packets go, as seen from the subscriber. The core tells every kind, N9 and TUNNEL_CP too: who
 * publishes them leaves out what is not content. */
enum tunnel_kind { TUNNEL_N3_UL, TUNNEL_N3_DL, TUNNEL_N9_UL, TUNNEL_N9_DL, TUNNEL_CP };

/* What a modification changed (TS 33.128 clause 6.2.3.2.3), a bit set. */
enum session_change {
	CHANGE_DL_TUNNEL = 1, CHANGE_UL_TUNNEL = 2, CHANGE_LOCATION = 4, CHANGE_HANDOVER = 8, CHANGE_QOS = 16,
	CHANGE_UE_ADDRESS = 32, CHANGE_N2_JOINED = 64, CHANGE_IDENTITY = 128, CHANGE_FLOWS = 256
};

/* END_LOST: restored, and signalling says that its tunnel or address is another's, or nothing was heard of it. */
enum session_end_by { END_N4, END_N2, END_NAS, END_DEREGISTERED, END_PEER_RESTART, END_LOST };
struct session_end {
	enum session_end_by by;
	struct li_smf_end told;
};

struct session_fail {
	uint8_t procedure;	/* 1 establishment, 2 modification, 3 release */
	uint8_t cause;		/* 5GSM cause */
	uint8_t initiator;	/* 1 UE, 2 network, 3 unknown */
};

/* Upward calls, made while a packet or a deadline is worked on. They may read, and must not feed the core. tap is
 * where the packet that caused it was seen. */
struct core_ops {
	/* The session exists from now on: accepted on N4, or announced by N2 alone. Comes before its tunnels. */
	void (*opened)(void *arg, struct session *s, li_us t, unsigned tap);
	/* Its identities or addresses are other than before: warrants have to be matched again. */
	void (*identified)(void *arg, struct session *s, li_us t, unsigned tap);
	/* BEGIN may be sent: N4 accepted (or not seen here) and N2 answered, or N4 set the access tunnel, or waited
	 * LI_BEGIN_WAIT_US. Once. */
	void (*ready)(void *arg, struct session *s, li_us t, unsigned tap);
	/* A member that a record reports has changed after ready. changes: enum session_change bits. */
	void (*changed)(void *arg, struct session *s, li_us t, unsigned tap, unsigned changes);
	/* It has ended: once, whatever else is seen later. Its tunnels went right before. A session that ends before it
	 * was ready becomes ready first; one whose set-up failed is told as failed, and gives neither ready nor ended.
	 * `closed` follows when its memory goes. */
	void (*ended)(void *arg, struct session *s, li_us t, unsigned tap, const struct session_end *e);
	void (*closed)(void *arg, struct session *s);
	/* A procedure failed; s may be a session that was never opened (only identified), facts are good during the call.
	 * t is when it failed: a rejection on N4 is told later, when nothing overtook it (see CORE_FAIL_WAIT_US). */
	void (*failed)(void *arg, struct session *s, li_us t, unsigned tap, const struct session_fail *f);
	/* A tunnel end point of the session came or went. */
	void (*tunnel)(void *arg, struct session *s, bool there, enum tunnel_kind kind, const struct li_addr *addr,
		       uint32_t teid);
	/* The UE's location differs from the last one known (the first is not a difference). */
	void (*located)(void *arg, struct ue *u, li_us t, unsigned tap);
	/* The UE became known by SUPI, or more of its identities did. */
	void (*ue_identified)(void *arg, struct ue *u, li_us t, unsigned tap);
	void (*ue_closed)(void *arg, struct ue *u);
	/* Signalling of its own says that a restored session is as it was: changes follow. */
	void (*confirmed)(void *arg, struct session *s, li_us t, unsigned tap);
	/* What core_save() or core_save_ue() writes of it may be other than before. */
	void (*touched)(void *arg, struct session *s);
	void (*ue_touched)(void *arg, struct ue *u);
};

struct core *core_new(const struct core_conf *c, const struct core_ops *ops, void *arg);
void core_free(struct core *c);

/* One UDP payload of port 8805; one SCTP packet. Broken input is counted and logged by peer and clause, never fatal. */
void core_pfcp(struct core *c, li_us t, unsigned tap, const struct li_addr *src, const struct li_addr *dst,
	       uint16_t sport, uint16_t dport, struct view payload);
void core_sctp(struct core *c, li_us t, unsigned tap, const struct li_addr *src, const struct li_addr *dst,
	       struct view packet);

/* Time passes: runs what was due at or before t, in order of its due time. */
void core_advance(struct core *c, li_us t);
/* The clock that capture times come from was set back by so much: what waits does not wait for it to catch up, and what comes does not
 * have to pass by all that waits. */
void core_set_back(struct core *c, li_us by);
li_us core_deadline(const struct core *c);	/* the earliest thing due; LI_US_NEVER */
/* End of all input: sessions that wait for BEGIN become ready. Ends nothing. */
void core_end_of_input(struct core *c, li_us t);

/* -- sessions, for whoever is told of them -- */
uint64_t session_handle(const struct session *s);	/* opaque, for logs and `session list` */
/* Everything known now, for a record of any kind: members that do not depend on the kind. Views are good until the
 * core is fed again. */
void session_facts(const struct session *s, struct li_smf_rec *out);
li_us session_opened(const struct session *s);
unsigned session_tap(const struct session *s);		/* where it was opened */
bool session_is_ready(const struct session *s);
bool session_is_ended(const struct session *s);
bool session_has_n2(const struct session *s);
bool session_has_n4(const struct session *s);
struct ue *session_ue(const struct session *s);		/* NULL: no NGAP association owns it */
/* One pointer for mediation's own use; NULL at first. */
void session_set_mediation(struct session *s, void *p);
void *session_mediation(const struct session *s);
/* The tunnels that are there now. */
void session_tunnels(const struct session *s, void (*fn)(void *arg, enum tunnel_kind kind, const struct li_addr *addr,
			uint32_t teid), void *arg);
/* Every session that is open and not ended. fn must not feed the core. */
void core_sessions(struct core *c, void (*fn)(void *arg, struct session *s), void *arg);
/* Open sessions of the subscriber or address that an identity names, through the core's own maps: what a new warrant asks. All of
 * them for a digest. */
void core_find(struct core *c, const struct li_id *id, void (*fn)(void *arg, struct session *s), void *arg);

/* -- UEs -- */
uint64_t ue_handle(const struct ue *u);
void ue_facts(const struct ue *u, struct li_amf_rec *out);
unsigned ue_tap(const struct ue *u);			/* where its name or place was told last */
bool ue_is_registered(const struct ue *u);
void core_ues(struct core *c, void (*fn)(void *arg, struct ue *u), void *arg);
void ue_set_mediation(struct ue *u, void *p);		/* as of a session */
void *ue_mediation(const struct ue *u);

/* -- over a restart: save.c -- */
/*
 * What must be known of an open session, or of a subscriber, to go on with it in another process: octets of a form of ours,
 * appended to out.
 *
 * What is restored is unconfirmed: while no process looked, it may have ended, and its tunnel, address or numbers may have become
 * somebody else's. So nothing changes by what anybody but itself could have said, and no event but its end is told of it, until
 * signalling bears more of its own numbers than chance would (CORE_CONFIRM, session.h). It is lost when its tunnel or
 * address is another's, a node of it has restarted, or nothing was heard of it for CORE_UNCONFIRMED_US.
 */
struct core_resume {
	li_us now;
	unsigned taps;		/* how many there are: one that is gone is the first */
};
enum li_err core_save(const struct core *c, const struct session *s, struct buf *out) LI_MUST;	/* LI_EUSE: it is not open */
enum li_err core_save_ue(const struct core *c, const struct ue *u, struct buf *out) LI_MUST;
/* Told of are its tunnels and nothing else. u: whose it is; NULL: no NGAP association owned it. LI_EUNKNOWN: of another form;
 * LI_ETRUNC, LI_EFORMAT; LI_EFULL. */
enum li_err core_restore(struct core *c, struct view v, const struct core_resume *r, struct ue *u, struct session **out) LI_MUST;
enum li_err core_restore_ue(struct core *c, struct view v, const struct core_resume *r, struct ue **out) LI_MUST;	/* LI_EBUSY: known by that name */
bool session_is_unconfirmed(const struct session *s);
/* Nobody wants a restored session: its tunnels go, `closed` is told. */
void core_forget(struct core *c, struct session *s);
void core_forget_ue(struct core *c, struct ue *u);	/* when it has no session */

/* -- counters: core.tbl order -- */
#define CORE_COUNTERS_MAX 64
size_t core_counters(const struct core *c, uint64_t out[CORE_COUNTERS_MAX]);
const char *core_counter_name(size_t i);

#endif
