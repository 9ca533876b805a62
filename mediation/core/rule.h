/*
 * rule.h: what is kept of a PFCP session's PDRs, FARs, QERs and traffic endpoints: enough to say which tunnels it has (TS 29.244 clause
 * 5.2.1) and whether its quality of service changed. A request becomes a patch, which waits for its answer.
 */
#ifndef MEDIATION_CORE_RULE_H
#define MEDIATION_CORE_RULE_H

#include "mediation/core/tunnel.h"

enum rule_what { RULE_PDR, RULE_FAR, RULE_QER, RULE_ENDPOINT };

/* The 3GPP Interface Type of a rule (TS 29.244 clause 8.2.118), as far as it tells tunnels apart. */
enum rule_type { TYPE_NONE, TYPE_N3, TYPE_N9, TYPE_FORWARDING, TYPE_EPC };

struct rule {
	uint32_t id;
	uint32_t far;			/* PDR: where its packets go */
	uint32_t teid;			/* PDR, endpoint: F-TEID; FAR: Outer Header Creation. QER: hash of its rates */
	uint8_t what : 4;		/* enum rule_what */
	uint8_t type : 4;		/* enum rule_type */
	uint8_t iface;			/* enum pfcp_iface: PDR source, FAR destination; none of the others */
	uint8_t endpoint;		/* PDR: the traffic endpoint that it has its F-TEID of; endpoint: its id */
	uint8_t has4 : 1, has6 : 1, has_far : 1, choose : 1, has_endpoint : 1;
	uint8_t a4[4];			/* the IPv6 address stands apart: few have one */
};

enum rule_op { RULE_SET, RULE_UPDATE, RULE_REMOVE };

struct rule_change {
	struct rule rule;
	uint8_t a6[16];
	uint8_t op;
	bool has_pdi, has_dest, has_ohc;	/* parts of an update that are there */
	bool has_fteid;				/* of an endpoint */
	bool has_choose_id;			/* PDRs of one message with the same number are given one tunnel */
	uint8_t choose_id;
};

struct rule_set {
	struct rule *rule;
	uint8_t (*a6)[16];		/* of each; NULL: none has one */
	uint16_t n;
};

#define RULE_CHANGES	(12 * PFCP_PDRS)	/* created, updated, removed; of each of the four kinds */
#define RULES_MAX	512	/* kept of one PFCP session: a message has at most 192, sessions have fewer than 20 */

/* The changes that a request asks for, into out[RULE_CHANGES]; gives their number. */
size_t rule_changes(const struct core *c, const struct pfcp_msg *m, struct rule_change *out);
/* What the UP function chose (Created PDR, created traffic endpoint), into changes that asked for it. */
void rule_chosen(struct rule_change *change, size_t n, const struct pfcp_msg *response);
/* LI_ENOMEM leaves the set as it was; LI_ELIMIT: rules past RULES_MAX were left out. */
enum li_err rule_apply(struct rule_set *set, const struct rule_change *change, size_t n) LI_MUST;

void rule_set_fini(struct rule_set *set);

/* r is one of the set's. */
struct li_fteid rule_fteid(const struct rule_set *set, const struct rule *r);
struct li_fteid rule_change_fteid(const struct rule_change *ch);
/* A FAR whose packets come from the access side and go back to it: indirect data forwarding of a handover
 * (TS 23.502 clause 4.9.1.3.3), a second copy of what the tunnel to the source node carried. */
bool rule_is_forwarding(const struct rule_set *set, const struct rule *r);
/* Forgets an end point that is somebody else's now, or nobody's. */
void rule_lost(struct rule_set *set, const struct li_addr *addr, uint32_t teid);
/* A number that changes when rates or flows of the QERs do. */
uint32_t rule_qos(const struct rule_set *set);

#endif
