/* path.h: where a session's packets go: its tunnels, as its PFCP rules and what N2 told make them. */
#ifndef MEDIATION_CORE_PATH_H
#define MEDIATION_CORE_PATH_H

#include "mediation/core/session.h"

/* All of them, for tunnel_settle(). */
void path_tunnels(const struct session *s, struct tunnel_set *set);
/* One of its UPFs leaves. What only that one's rules showed to be N9 stays so until a rule or N2 says otherwise: a UPF
 * that goes first at a release moves no tunnel to the RAN. */
void path_keep_n9(struct session *s);
/* N4's tunnels of one kind, each once; gives their number. */
size_t path_n3(const struct session *s, enum tunnel_kind want, struct li_fteid *out, size_t room);
/* The UPF's and the RAN's N3 tunnels, as records show them: uplink N4 first, downlink N2 first. */
size_t path_uplink(const struct session *s, struct li_fteid out[NGAP_TUNNELS]);
/* flows: the QoS flows of each, which N2 alone tells; NULL: not wanted. */
size_t path_downlink(const struct session *s, struct li_fteid out[NGAP_TUNNELS], uint64_t flows[NGAP_TUNNELS]);

#endif
