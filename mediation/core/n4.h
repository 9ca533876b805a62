/* n4.h: PFCP sessions: requests wait as patches for their answers, which open, change and end PDU sessions. */
#ifndef MEDIATION_CORE_N4_H
#define MEDIATION_CORE_N4_H

#include "mediation/core/session.h"

struct peer;

/* The end point of a 4G core's Sxa session towards its PGW: an Sxb session sends there. */
struct s5 {
	struct map_node node[2];	/* by IPv4, by IPv6 */
	struct li_fteid f;
};

/* The addresses of an F-SEID. A node may tell one of each family, and N4 may go on over either (TS 29.244 clause 5.6.2). */
struct fseid_addr {
	uint8_t has4 : 1, has6 : 1;
	uint8_t a4[4], a6[16];
};

struct n4 {
	struct map_node by_up, by_cp;	/* by SEID alone: few nodes share one, the address is compared */
	struct n4 *next;		/* of the PDU session */
	struct session *session;	/* NULL: of a 4G core */
	struct s5 *s5;			/* Sxa only */
	struct peer *up, *cp;		/* the nodes of the establishment */
	uint64_t up_seid, cp_seid;
	struct fseid_addr up_addr, cp_addr;
	uint16_t up_csid, cp_csid;	/* session sets; 0 none */
	struct rule_set rules;
};

/* A request that has no answer yet. Its views are its own memory. */
struct patch {
	uint8_t type;			/* enum pfcp_type */
	bool epc;			/* of a 4G core: see epc.c */
	bool fiveg;			/* something says that it is not */
	struct pfcp_fseid cp;
	struct pfcp_user user;
	struct view dnn[3];		/* APN/DNN, Network Instance of the core side, of the access side */
	uint8_t pdn_type, access;
	struct li_snssai snssai;
	uint8_t n_addr;
	struct li_addr addr[LI_UE_ADDRS];
	bool has_mac;
	uint8_t mac[6];
	uint8_t n_csid;
	uint16_t csid[PFCP_CSIDS];
	bool retains;			/* an association set-up keeps the sessions of these CP entities; of none: all */
	size_t n_retained;
	struct li_addr *retained;
	size_t n;
	struct rule_change change[];
};

void patch_free(struct patch *p);

/* -- epc.c: Sxa and Sxb -- */
/* What one request tells: sets p->fiveg and p->epc. */
void epc_judge(struct patch *p, const struct pfcp_msg *m);
/* Whether it sends to an Sxa session, which makes it Sxb. */
bool epc_is_sxb(const struct core *c, const struct patch *p);
/* Remembers where an Sxa session is reached. */
void epc_enter(struct core *c, struct n4 *n);
void epc_leave(struct core *c, struct n4 *n);

/* Sessions of a node: with this other node or (NULL) any, of these session sets or (0) all; but not those that an
 * association set-up retains. */
struct n4_lot {
	const struct peer *node, *other;
	const uint16_t *csid;
	size_t n_csid;
	const struct patch *setup;	/* NULL: of no set-up */
};

/* They are lost. False: there was none. */
bool n4_lost(struct core *c, struct seen at, const struct n4_lot *lot);
void n4_free(struct core *c, struct n4 *n);
/* It is found by its SEIDs from here on. False: there are too many. */
bool n4_index(struct core *c, struct n4 *n);
/* What is left: PFCP sessions of a 4G core. */
void n4s_free(struct core *c);

#endif
