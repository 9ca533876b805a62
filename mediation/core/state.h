/*
 * state.h: what the files of this folder share: the core's tables. Nobody else includes it, but for tests, which feed
 * decoded messages through core_pfcp_message() and core_ngap_message().
 */
#ifndef MEDIATION_CORE_STATE_H
#define MEDIATION_CORE_STATE_H

#include "mediation/core/core.h"
#include "mediation/core/map.h"
#include "mediation/core/pool.h"
#include "mediation/proto/nas5gs.h"
#include "mediation/proto/ngap.h"
#include "mediation/proto/pfcp.h"

/* How long a session's memory is kept after its end, for messages that still name it. */
#define CORE_LINGER_US		(30 * LI_US_SECOND)
/* A request and its answer are remembered that long: T1 times N1 of TS 29.244 clause 6.4 is about 15 s. */
#define CORE_TXN_US		(20 * LI_US_SECOND)
#define CORE_TXNS		262144	/* PFCP messages of 20 s at 13,000 a second; the oldest goes first */
/* An answer waits that long for a question that comes by another tap: their queues differ by milliseconds. */
#define CORE_EARLY_US		(LI_US_SECOND / 2)
#define CORE_EARLY		256	/* such answers at once; looked through one by one */
/* A rejection on N4 is a failed attempt when the SMF found no other way in that time (LI128-091). */
#define CORE_FAIL_WAIT_US	(2 * LI_US_SECOND)
/* A session establishment asked for in NAS has an outcome within T3580 (TS 24.501 table 10.3.1: 16 s, five times). */
#define CORE_OUTCOME_US		(80 * LI_US_SECOND)
/* N4 precedes N2, so a tunnel that N2 announced longer ago than taps can differ is not what N4 establishes now. */
#define CORE_JOIN_US		(60 * LI_US_SECOND)
/* A restored session of which neither signalling nor anything else came in that time is over: a UE registers every 54 minutes
 * (T3512, TS 24.501 table 10.2.1), and wakes its sessions when there is something to send. */
#define CORE_UNCONFIRMED_US	(24 * 3600 * LI_US_SECOND)
#define CORE_PEERS		65536	/* addresses of SMFs, UPFs, AMFs and gNBs in N4 and N2 */

enum core_counter {
#define X(name, text) CORE_##name,
#include "mediation/core/core.tbl"
#undef X
	CORE_N
};

/* What a session may wait for; those of one kind wait equally long. */
enum wait { WAIT_READY, WAIT_FAILURE, WAIT_OUTCOME, WAIT_LINGER, WAIT_CONFIRM, WAITS };

struct core {
	struct core_conf conf;
	const struct core_ops *ops;
	void *arg;
	uint64_t count[CORE_N];
	uint64_t handles;		/* the last one given away */
	struct pool session_pool, who_pool, endpoint_pool, tunnel_pool, txn_pool;	/* what each session has */
	li_us now;			/* of the packet or deadline that is worked on */

	/* tunnel.c */
	struct map tunnels;
	/* session.c */
	struct list sessions;		/* opened and not ended */
	struct list waiting[WAITS];	/* each by due time */
	size_t n_sessions;
	struct map by_supi, by_msisdn, by_imei, by_address;
	/* n4.c, peer.c, txn.c */
	struct map peers, txns, by_up_seid, by_cp_seid, s5;
	struct list txn_age;		/* oldest first */
	struct list early;		/* answers before their questions, oldest first */
	size_t n_peers, n_n4, n_early;
	/* ue.c, assoc.c */
	struct list ues;		/* the one heard of least recently first */
	size_t n_ues;
	struct map ue_by_supi, ue_by_tmsi, ue_by_imei;
	bool unseen_gutis;		/* NAS is ciphered for some: an AMF may give a GUTI away unseen */
	struct map links, by_ran, by_amf;

	struct sctp *sctp;
	struct pfcp_msg pfcp;		/* decoded here: too large for a stack */
	struct ngap_msg ngap;
};

/* Where an event was seen, and when. */
struct seen {
	li_us t;
	unsigned tap;
};

static inline void core_count(struct core *c, enum core_counter what)
{
	c->count[what]++;
}

/* Decoded messages: where core_pfcp() and core_sctp() arrive. */
struct way {
	struct li_addr src, dst;
	uint16_t sport, dport;
};
void core_pfcp_message(struct core *c, struct seen at, const struct way *way, const struct pfcp_msg *m);
void core_ngap_message(struct core *c, struct seen at, const struct way *way, const struct ngap_msg *m);

/* Keyed hashes of what the maps are searched by. */
uint32_t core_hash(const struct core *c, const void *octets, size_t n);
uint32_t core_hash_addr(const struct core *c, const struct li_addr *a, uint32_t salt);

#endif
