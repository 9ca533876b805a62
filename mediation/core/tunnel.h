/* tunnel.h: the GTP-U tunnel end points that are announced now, and whose they are: address and TEID to session. */
#ifndef MEDIATION_CORE_TUNNEL_H
#define MEDIATION_CORE_TUNNEL_H

#include "mediation/core/state.h"

struct tunnel {
	struct map_node node;
	struct tunnel *next;		/* of the session */
	struct session *session;
	uint32_t teid;
	struct li_addr addr;
	uint8_t kind;			/* enum tunnel_kind */
	bool wanted;			/* tunnel_settle's mark */
};

/* What a session's tunnels ought to be. */
struct tunnel_set {
	size_t n;
	struct { struct li_addr addr; uint32_t teid; enum tunnel_kind kind; } t[LI_TUNNELS_SESSION];
	bool over_limit;
};
/* Adds each address of an F-TEID; one that is in the set already stays as it is: the first kind counts. */
void tunnel_want(struct tunnel_set *set, enum tunnel_kind kind, const struct li_fteid *f);

/* The tunnel at one of the addresses of an F-TEID. */
const struct tunnel *tunnel_at(const struct core *c, const struct li_fteid *f);

/* Makes the session's tunnels those of the set and tells of each that came or went. One that another session holds is
 * taken from it: an end point is announced anew only after its old use is over (LI128-095, LI128-224). */
void tunnel_settle(struct core *c, struct session *s, const struct tunnel_set *set);

bool fteid_same(const struct li_fteid *a, const struct li_fteid *b);

#endif
