/*
 * df.h: a delivery function (TS 102 232-1 clause 6.3): one agency's one connection, and the queues that it empties.
 * It lives on a delivery loop; every call but df_new() is that thread's.
 */
#ifndef HANDOVER_DF_H
#define HANDOVER_DF_H

#include "handover/address.h"
#include "handover/cipher.h"
#include "handover/df_seal.h"
#include "handover/hm.h"
#include "handover/negotiate.h"
#include "handover/netio.h"
#include "handover/queue.h"
#include "handover/shaper.h"
#include "handover/tri.h"

enum df_timer {
#define TIMER(name, unset, least, most, text) DF_##name,
#include "handover/timers.tbl"
#undef TIMER
	DF_TIMERS
};

struct df;
struct barriers;

#define DF_LABEL 9

struct df_conf {		/* strings and context are its own */
	char label[DF_LABEL];	/* what the log calls it: the first digits of its DID, never its name */
	char *host, *peer_name;
	uint16_t port;
	struct address *more;	/* where else */
	unsigned n_more;
	int family;		/* as in getaddrinfo() */
	bool stays;		/* where it is, also when the first answers again */
	struct shaper *shaper;	/* on loan, it outlives the df; NULL: no limit */
	bool urgent;		/* records, which go before content */
	size_t padding;		/* octets of a paddingPDU */
	uint64_t padding_rate;	/* octets a second with the data; 0: one each PADDING, when no data went */
	int send_buffer;	/* what TCP's is to hold at the most; 0: as the kernel likes */
	enum hm_success success;
	bool as_required, keepalive_closed;
	enum hm_negotiation negotiation;
	enum hm_without without_ack;
	li_us timer[DF_TIMERS];
	struct tls_ctx *tls;
	struct cipher *cipher;	/* NULL: payloads are not encrypted */
	struct seal_terms seal;
};

/* Upward calls, on the delivery loop. They must not call the df. */
struct df_ops {
	/* Both ends have accepted each other, and agreed where that is asked for; df_stats() says on what. */
	void (*up)(void *arg, const struct tls_peer *peer);
	/* A connection ended, or an attempt failed; refused: in TLS, else NULL. */
	void (*down)(void *arg, const char *why, const struct tls_refusal *refused);
	/* It is closed until there is something to deliver. */
	void (*rests)(void *arg);
	void (*empty)(void *arg);			/* a queue has just become empty */
	void (*gone)(void *arg);			/* stopped; nothing of it is on the loop any more */
	/* TLS stands, and what is queued goes out from now on; the agency may still refuse. NULL: of no interest. */
	void (*stands)(void *arg);
};

/* Why nothing more goes out, although something waits and the connection is up. */
enum df_waits { DF_GOES, DF_WAITS_RATE, DF_WAITS_OPTIONS, DF_WAITS_ANSWER, DF_WAITS_SOCKET };

struct df_stats {		/* of this df since it was made; read from any thread */
	_Atomic bool up, rests;
	_Atomic unsigned waits;		/* enum df_waits */
	_Atomic unsigned address;		/* on which it stands, or did last: from 1; 0: never */
	_Atomic unsigned options, success;	/* of the connection: enum negotiate_state, enum hm_success */
	_Atomic uint64_t connects, failures, tls_writes;
	_Atomic uint64_t resent[2];		/* by feed */
};

/* Takes *conf and sets it to NULL. queues: one, or HI2's and HI3's, in the order of preference. NULL: no memory. */
struct df *df_new(struct df_conf **conf, const struct ps_head *head, li_us (*now)(void), struct queue *const queues[],
		  unsigned n_queues, const struct df_ops *ops, void *arg);
/* After gone, or when it was never started. */
void df_free(struct df *f);
void df_conf_free(struct df_conf *c);
const struct df_stats *df_stats(const struct df *f);
const char *df_state_name(const struct df *f);

/* turns: of the loop, for its handshakes; NULL: they wait for nobody. */
void df_start(struct df *f, uv_loop_t *loop, struct turns *turns);
/* Timers hold at once; another address or name ends the connection, TLS files are for the next one. Takes *conf. */
void df_change(struct df *f, struct df_conf **conf);
/* Before it is started: who digests what leaves that queue. The caller's, and there as long as the df; another df may use it until then. */
void df_seals(struct df *f, unsigned feed, struct df_seal *s);
/* Likewise, of a df with two queues: what of them goes before what (barrier.h). */
void df_barriers(struct df *f, struct barriers *b);
/* Its queues have octets, or somebody waits for room. */
void df_wake(struct df *f);
/* Something of its queues is purged (queue_purge): it goes, and is not sent again where it was. */
void df_purge(struct df *f);
/* Runs were given back (seal_run_back), or the end of a context told (df_seal_end). */
void df_sealed(struct df *f);
/* Once the thread is joined: what was delivered, and may leave the queues by now, does. */
void df_let_go(struct df *f);
/* Nothing more is coming for now: asks for acknowledgement as soon as all is written, whatever TIME6 says. */
void df_hurry(struct df *f);
/* An attempt is made now, where one is made at all: somebody waits, and the agency is there. */
void df_hasten(struct df *f);
/* Delivers what is queued, then stops. */
void df_retire(struct df *f);
/* Says goodbye and closes; `gone` follows. */
void df_stop(struct df *f);

#endif
