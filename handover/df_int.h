/*
 * df_int.h: a delivery function's insides, for df.c (its machine), df_write.c (what it writes), df_hear.c (what it hears),
 * df_negotiate.c (what options they agree on), df_padding.c (what means nothing),
 * df_reach.c (how it comes to a connection) and df_return.c (how it comes back to the first address).
 */
#ifndef HANDOVER_DF_INT_H
#define HANDOVER_DF_INT_H

#include "handover/df.h"

#include <assert.h>

#include "handover/ask.h"
#include "handover/barrier.h"
#include "handover/df_cipher.h"
#include "handover/feed.h"
#include "handover/resolve.h"
#include "handover/window.h"

#define DF_MAGIC	0x64656c69u

enum df_state {
#define STATE(name, text) ST_##name,
#include "handover/df.tbl"
#undef STATE
	ST_N
};

enum df_event {
#define EVENT(name, text) EV_##name,
#include "handover/df.tbl"
#undef EVENT
};

struct df_reach {		/* a round: each address in turn, and each answer of the resolver */
	unsigned first, at;	/* address of the destination, from 0: where it began, and which is tried */
	struct sockaddr_storage to[RESOLVE_MOST];
	unsigned n, next;	/* where that is, if it is known; which is tried next */
};

struct df_return {		/* the way back to the first address: a connection beside, on which nothing is sent */
	struct netio net;
	struct lookup lookup;
	unsigned nth;
	bool looking, open;	/* it is with the resolver; net is on the loop */
	bool settling;		/* net is up, and the agency has SETTLE for its judgement */
	bool good;
};

struct df {
	uint32_t magic;
	uv_loop_t *loop;
	struct turns *turns;		/* of that loop; NULL: nobody else is on it */
	struct df_conf *conf;
	li_us (*now)(void);
	const struct df_ops *ops;
	void *arg;
	enum df_state state;
	bool retiring, hurry;
	bool resolves;			/* it holds its loop's resolver */
	bool hastened;			/* the attempt after the one that is being made follows at once */
	bool quiet;			/* HM_FURTHER: QUIET is over, but for the answer to a keep-alive */
	bool keepalive_due;		/* it is opened for a keep-alive */
	uint64_t busy_at;		/* ms: data were last put */

	struct netio net;	/* HO-TLS-008 */
	struct lookup lookup;
	bool looking;			/* it is with the resolver */
	bool late;			/* and it was asked to end, for it took too long */
	struct df_reach reach;
	struct df_return ret;
	uint64_t up_since;		/* ms of the loop */
	uint64_t records_before;	/* of earlier connections */
	uv_timer_t timer[DF_TIMERS];
	unsigned timers_open;
	char why[TLS_ERR_TEXT];

	struct feed feed[2];
	unsigned feeds;
	struct barriers *barriers;	/* NULL: it has one feed, or nobody puts any */
	unsigned held;			/* feeds, by bits, that wait for the other: barrier.h */
	bool near;			/* a PDU at a time: a barrier stands */
	struct df_cipher *cipher;	/* NULL: payloads are not encrypted */
	bool blocked, wrote;		/* the send buffer is full; something was put since the last flush */
	bool moved;			/* what is being looked up, or tried, is no longer wanted */
	uint64_t seal_due;		/* ms: when DF_SEAL fires */
	bool shaped;			/* more would go, were it not for the rate */
	bool progress;			/* something was delivered on this connection */
	bool returning;			/* it is to be left for the first address, and nothing more is begun on it */

	struct negotiate options;	/* of this connection */
	enum hm_success success;	/* what "delivered" means on it */
	bool disagreed;			/* it ends because of its options */
	bool plain_next;		/* the next is tried without */

	struct tri tri;
	struct buf tri_out;		/* TRI octets on their way */
	bool want_keepalive, want_ack;
	unsigned want_padding;
	bool tri_pads;			/* tri_out is that */
	bool spoke;			/* something that is no padding was put since TIME1 began */
	uint64_t put, put_before;	/* octets of data; at the last padding */
	uint64_t owed, padded_at;	/* octets of padding; ms */
	bool keepalive_open;		/* one waits for its answer */
	uint32_t keepalive_number;
	bool asked_once;
	uint64_t asked_at;		/* ms */
	struct asks asks;
	struct window window;

	struct df_stats stats;
};

static inline struct df *df_of(void *p)
{
	struct df *f = p;

	assert(f && f->magic == DF_MAGIC);
	return f;
}

/* -- df.c ---------------------------------------------------------------------------------------------------------- */
extern const struct netio_ops df_net_ops;
void df_fire(struct df *f, enum df_event e);
/* The connection is no longer good: the machine closes it and connects anew. */
void df_give_up(struct df *f, const char *why);
/* Both ends have accepted each other: only then is it said to be up. */
void df_settle(struct df *f);
#define TIMER(name, unset, least, most, text) void df_on_##name(struct df *f);
#include "handover/timers.tbl"
#undef TIMER
static inline uint64_t df_ms(li_us t)
{
	return t <= 0 ? 0 : (uint64_t)(t + 999) / 1000;
}
void df_timer_start_ms(struct df *f, enum df_timer t, uint64_t in);
void df_timer_start(struct df *f, enum df_timer t);
void df_timer_stop(struct df *f, enum df_timer t);
bool df_timer_runs(const struct df *f, enum df_timer t);
/* But for what is to be done whether there is a connection or not. */
void df_timers_stop(struct df *f);
/* A handle of it is off the loop: is it the last? */
void df_may_go(struct df *f);

/* -- df_write.c ---------------------------------------------------------------------------------------------------- */
/* Many PDUs go in one record: what does not fill it waits for the FLUSH timer, and so do the producers' wakes. */
void df_pump(struct df *f);
/* A connection begins: everything that is not delivered goes again; TRI of the old one does not (HO-BUF-002). */
void df_rewind(struct df *f);
/* Delivered by the destination's meaning of it: released, and never sent again. */
void df_deliver(struct df *f, const struct queue_mark upto[]);
/* Asks the producers to wake us again; false: there is something already. */
bool df_arm(struct df *f);
/* A queue has just become empty. */
void df_emptied(struct df *f);
void df_on_sent(struct netio *n);
/* A keep-alive was answered. */
void df_is_alive(struct df *f);

/* -- df_hear.c ----------------------------------------------------------------------------------------------------- */
void df_on_data(struct netio *n, struct view in);

/* -- df_negotiate.c ------------------------------------------------------------------------------------------------ */
/* A connection begins, and it is over. False: its options were not agreed, and it was not refused in TLS either. */
void df_negotiate_begin(struct df *f);
bool df_negotiate_end(struct df *f);
/* True: the PDU was the negotiation's. */
bool df_negotiate_take(struct df *f, const struct ps_pdu *p);

/* -- df_padding.c -------------------------------------------------------------------------------------------------- */
void df_padding_begin(struct df *f);

/* -- df_return.c --------------------------------------------------------------------------------------------------- */
/* It stands on an address: is that not the first, it is seen to that it comes back. */
void df_return_begin(struct df *f);
void df_return_stop(struct df *f);
/* Is it to be left, and is nothing on its way any more? */
void df_return_now(struct df *f);

/* -- df_seal.c: what is due, or all of it -- */
void df_seal_turn(struct df *f, bool all);

/* -- df_reach.c: df.tbl's actions ---------------------------------------------------------------------------------- */
/* The next attempt begins a round at that address. */
void df_reach_begin(struct df *f, unsigned address);
/* This one came to nothing: is there another in this round? If not, the next begins one. */
bool df_reach_more(struct df *f);
unsigned df_addresses(const struct df *f);
/* Tells of a connection's end, or an attempt's, and where that was. */
void df_tell_down(struct df *f, const char *why, const struct tls_refusal *refused);
/* A socket that is to connect there; -1 and errno. */
int df_socket(const struct df *f, int family);
void df_resolve(struct df *f);
void df_connect_next(struct df *f);
void df_look_up_again(struct df *f);
void df_cancel(struct df *f);

#endif
