/* assoc.h: N2 links (one SCTP association between a gNB and an AMF) and the UE associations on them (TS 38.413). */
#ifndef MEDIATION_CORE_ASSOC_H
#define MEDIATION_CORE_ASSOC_H

#include "mediation/core/ue.h"

struct link {
	struct map_node node;
	struct list assocs;
	struct li_addr ran, amf;
	uint16_t ran_port, amf_port;
};

struct assoc {
	struct map_node by_ran, by_amf;
	struct list of_link;
	struct link *link;
	struct ue *ue;
	struct assoc *ue_next;
	uint64_t amf_id;
	uint32_t ran_id;
	bool has_amf, has_ran;
	bool registering;	/* a Registration Request came by it */
	bool switching;		/* by path switch from source_amf_id, not yet acknowledged */
	uint64_t source_amf_id;
};

#define N2_PORT 38412		/* the AMF's (TS 38.412 clause 7) */

/* uplink: the message went from RAN to AMF. NULL: too many, or no memory. */
struct link *link_get(struct core *c, const struct way *way, bool uplink);
void links_free(struct core *c);

struct assoc *assoc_of_ran(const struct core *c, const struct link *l, uint32_t ran_id);
struct assoc *assoc_of_amf(const struct core *c, const struct li_addr *amf, uint64_t amf_id);
/* NULL: no memory. u NULL: a UE that nobody knows yet. */
struct assoc *assoc_new(struct core *c, struct link *l, struct ue *u);
void assoc_set_ran(struct core *c, struct assoc *a, uint32_t ran_id);
void assoc_set_amf(struct core *c, struct assoc *a, uint64_t amf_id);
/* Its UE becomes another; the old one is let go when nothing holds it. */
void assoc_move(struct core *c, struct assoc *a, struct ue *to);
/* Only the association: its UE stays, sessions forget that they came by it. */
void assoc_free(struct core *c, struct assoc *a);
/* The same, and the UE is let go when nothing else holds it. */
void assoc_forget(struct core *c, struct assoc *a);
/* The RAN let go of the UE: its tunnels there are gone, the PDU sessions stay (TS 23.502 clause 4.2.6). */
void assoc_release(struct core *c, struct assoc *a, struct seen at);
void link_release(struct core *c, struct link *l, struct seen at);

#endif
