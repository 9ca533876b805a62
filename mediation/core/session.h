/* session.h: one PDU session: what N4, N2 and NAS say of it, its state, and what its watchers are told. */
#ifndef MEDIATION_CORE_SESSION_H
#define MEDIATION_CORE_SESSION_H

#include "mediation/core/rule.h"

enum session_state {
#define STATE(name) SESSION_##name,
#include "mediation/core/session.tbl"
#undef STATE
	SESSION_STATES
};

enum session_event { EVENT_ACCEPTED, EVENT_ANNOUNCED, EVENT_COMPLETE, EVENT_WAITED, EVENT_OVER, EVENT_FAILED };

/* Where a name of the data network stands; the first that is known counts (issue text, README "filled"). */
enum dnn_from { DNN_NAS_ACCEPT, DNN_NAS_REQUEST, DNN_APN, DNN_CORE_INSTANCE, DNN_ACCESS_INSTANCE, DNN_UNKNOWN };

/* Who a session belongs to by PFCP's User ID. */
struct who {
	struct map_node by_supi, by_msisdn, by_imei;
	struct session *session;
	char imsi[16], msisdn[16], imei[17];
	char *nai, *external;		/* NULL: absent */
};

/* An address of the UE, or its MAC. */
struct endpoint {
	struct map_node node;
	struct endpoint *next;
	struct session *session;
	struct li_addr addr;		/* family 0: the first six octets are a MAC */
};

/* A tunnel end point told by NGAP. */
enum end_role {
	ROLE_UL, ROLE_DL,
	ROLE_TARGET_UL, ROLE_TARGET_DL,	/* of a handover that is not complete */
	ROLE_FLOWS_RELEASED		/* no end point: the flows that a modification under way releases */
};
#define HANDOVER_COMPLETED 4	/* TS 33.128 HandoverState */
struct end {
	uint64_t flows;			/* QoS flows of a downlink end, a bit a QFI; 0: not told */
	struct li_fteid f;
	uint8_t role;
};

/* One PFCP session; a PDU session has one for each UPF on its way. See n4.h. */
struct n4;
struct assoc;

/* What the watchers were told last, to find what changed. 0: nothing was there. */
struct told {
	uint32_t id, address, ul, dl, flows, qos, location;
	uint8_t n2, handover;
};

/* Who told the PDU session type: the lower takes precedence. */
enum type_from { TYPE_FROM_NAS, TYPE_FROM_N2, TYPE_FROM_N4, TYPE_FROM_NOBODY };

struct session {
	struct list all;		/* c->sessions */
	struct list wait;		/* c->waiting[] */
	li_us due;
	uint64_t handle;
	li_us opened;
	void *mediation;
	struct n4 *n4;
	struct ue *ue;
	struct session *ue_next;	/* the UE's sessions */
	struct assoc *assoc;		/* by which its RAN tunnels came; NULL */
	struct assoc *target;		/* to which it is being moved; NULL */
	struct who *who;
	struct endpoint *endpoints;
	struct tunnel *tunnels;
	struct end *end;
	char *dnn;			/* dotted; NULL: unknown */
	uint8_t *dn_request;
	struct told told;
	unsigned tap;			/* where it was opened */
	uint16_t dn_request_n;
	uint8_t n_end;
	uint8_t state;			/* enum session_state */
	uint8_t dnn_from;
	uint8_t psi, pti;
	uint8_t pdu_type, pdu_type_from;
	uint8_t request_type;		/* FiveGSMRequestType */
	uint8_t handover_state;
	uint8_t ngap_group, ngap_value;	/* of an N2 release command, for the end it leads to */
	uint8_t sm_cause;		/* of a NAS release command, likewise */
	uint8_t access;			/* enum li_access by N4's interface type */
	struct li_snssai snssai;
	uint8_t fail_cause;		/* of a rejection on N4 (rejected) that waits for WAIT_FAILURE */
	bool served : 1;		/* asked for, and N4 has it: another rejection is not of this */
	bool rejected : 1, has_n2 : 1, n2_answered : 1, access_set : 1, completed : 1, failed : 1;
	bool has_ngap_cause : 1, keep_on_release : 1, has_volume : 1;
	bool unconfirmed : 1;		/* restored, and not heard of since: session_confirm() */
	uint64_t uplink, downlink;
	li_us first_packet, last_packet;
};

/* NULL: too many, or no memory (counted). State ASKED; nobody is told of it until session_open(). */
struct session *session_new(struct core *c, struct seen at);
/* Withdraws its tunnels, tells `closed` when it was opened, unlinks and frees it with its PFCP sessions. */
void session_free(struct core *c, struct session *s);

void session_open(struct core *c, struct session *s, struct seen at, enum session_event how);
/* After its facts changed: settles tunnels, tells identities, readiness and changes, in that order. */
void session_settle(struct core *c, struct session *s, struct seen at);
/* Once; nothing happens to a session that has ended or was never opened. e says by what; volumes and causes that the
 * session knows are filled in here. */
void session_end(struct core *c, struct session *s, struct seen at, const struct session_end *e);
/* A procedure failed. An attempt (of establishment) fails once, and is over when N4 does not know it. */
void session_fail(struct core *c, struct session *s, struct seen at, const struct session_fail *f);
/* What `from` (which was never ready, or never opened) knows goes over to `to`; `from` is freed. */
void session_absorb(struct core *c, struct session *to, struct session *from, struct seen at);

/* -- a restored session: core.h -- */
/* It is whole, and its UE is bound: its tunnels, which nobody else has, are told of. */
void session_resume(struct core *c, struct session *s, const struct tunnel_set *set, li_us now, bool ready);
/*
 * CORE_CONFIRM: what confirms a restored session. A PFCP modification that its UP function accepted, between its nodes, with
 * the SEIDs of both; or its UE, known by its name, its GUTI or both of its numbers on the same N2 link, being given the UPF's
 * tunnel that it has under the PDU session identity that it has.
 */
void session_confirm(struct core *c, struct session *s, struct seen at);
/* Its tunnel or its address is another's now. Nothing happens to one that is no longer unconfirmed. */
void session_lose(struct core *c, struct session *s);
/* The same data network, as far as both name one. */
bool session_same_network(const struct session *a, const struct session *b);

/* -- facts -- */
void session_set_dnn(struct session *s, enum dnn_from from, struct view labels);
void session_set_dn_request(struct session *s, struct view octets);
void session_set_type(struct session *s, uint8_t type, enum type_from from);
void session_set_who(struct core *c, struct session *s, const struct pfcp_user *u);
void session_add_address(struct core *c, struct session *s, const struct li_addr *a);
void session_add_endpoint(struct core *c, struct session *s, const struct li_addr *a);
void session_add_mac(struct core *c, struct session *s, struct view mac);
/* Usage Reports: of the reports of one message, which may count the same traffic for several rules, the largest. */
void session_add_usage(struct session *s, const struct pfcp_msg *m);
/* Replaces the end points of a role; n of 0 clears them. flows: of each; NULL: not told. */
void session_set_ends(struct core *c, struct session *s, enum end_role role, const struct li_fteid *f,
		      const uint64_t *flows, size_t n);
/* Those of one role take the place of another's. */
void session_move_ends(struct session *s, enum end_role from, enum end_role to);
/* Those of a role, and their flows (NULL: not wanted); gives their number. */
size_t session_ends(const struct session *s, enum end_role role, struct li_fteid out[NGAP_TUNNELS],
		    uint64_t flows[NGAP_TUNNELS]);
/* What a modification makes of the downlink end points and their QoS flows (TS 38.413 clause 8.2.3): it asks to release
 * some, which happens when the RAN answers. */
void session_flows_asked(struct core *c, struct session *s, uint64_t released);
void session_flows_answered(struct core *c, struct session *s, const struct ngap_item *i);
/* After N4 changed its rules: which of N2's downlink end points still hold. */
void session_n4_downlink(struct core *c, struct session *s);
void session_lost_tunnel(struct session *s, const struct li_addr *addr, uint32_t teid);
/* The RAN's tunnels are gone (UE context released, user plane given up); the session stays. */
void session_drop_ran(struct core *c, struct session *s, struct seen at);

/* A handover came to nothing: the target's tunnels are gone. */
void session_stay(struct core *c, struct session *s, struct seen at);

struct li_id session_supi(const struct session *s);
uint32_t session_address_hash(const struct core *c, const struct li_addr *a);

static inline bool session_is_open(const struct session *s)
{
	return s->state == SESSION_OPEN || s->state == SESSION_READY;
}

/* -- time -- */
void session_wait(struct core *c, struct session *s, enum wait what, li_us due);
void sessions_advance(struct core *c, li_us t);
li_us sessions_deadline(const struct core *c);
/* Sessions that wait for ready become so, and rejections are told; the rest goes on waiting. */
void sessions_end_of_input(struct core *c, li_us t);

#endif
