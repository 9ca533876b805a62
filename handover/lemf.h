/*
 * lemf.h: a LEMF receiver on a libuv loop: listens, verifies peers, stores what they deliver, acknowledges what is
 * durable. The protocol is lemf_peer.h, the files are lemf_store.h; here they meet the sockets.
 */
#ifndef HANDOVER_LEMF_H
#define HANDOVER_LEMF_H

#include <uv.h>

#include "handover/lemf_peer.h"
#include "handover/lemf_store.h"
#include "handover/tls.h"

#define LEMF_CONNS_MAX	512		/* connections at once: with 256 files under the usual limit of 1024; a
					 * peer takes the place of one that has shown no certificate yet */
#define LEMF_REPLIES_MAX (256u << 10)	/* octets of answers for a peer that does not read them; then it is dropped */

struct lemf_conf {
	const char *host, *port;	/* port "0": any; lemf_port() says which */
	struct tls_conf tls;
	const char *const *names;	/* a client's certificate must bear one of them; copied by nobody: must outlive the lemf */
	size_t n_names;
	struct lemf_rules *rules;	/* of peers; NULL: none. Borrowed */
	struct lemf_keys *keys;		/* for payloads and signatures; NULL: none. Borrowed */
	const char *dir;
	enum lemf_options options;
	li_us negotiation_wait;		/* 0: LEMF_NEGOTIATION_WAIT */
	li_us gap_wait;			/* lemf_store_gap_wait(); it waits only where the peer has, or had lately, more than one connection */
	uint64_t seed;			/* random */
	li_us (*now)(void);
};

struct lemf;

/* On the loop. None may call lemf_close from within but `failed` and `down`. */
struct lemf_ops {
	void (*up)(void *arg, uint64_t id, const char *address, const struct tls_peer *peer);
	/* id 0: several that failed before TLS stood; why says how many. */
	void (*down)(void *arg, uint64_t id, const char *address, bool was_up, const char *why);
	/* The files cannot be written. last: they never will be by this process (a sync failed); else peers were dropped and
	 * may come again. */
	void (*failed)(void *arg, const char *why, bool last);
};

/* NULL: err says why, for people. */
struct lemf *lemf_new(uv_loop_t *loop, const struct lemf_conf *c, const struct lemf_ops *ops, void *arg, char *err, size_t errlen);
/* Certificate, key, CA, CRL and terms anew: for handshakes to come; connections that stand go on. LI_ECONFIG: err says why,
 * and nothing has changed. Either is an event. */
enum li_err lemf_reload(struct lemf *l, const struct tls_conf *c, char *err, size_t errlen) LI_MUST;
/* Does its certificate, CA or CRL end within LEMF_SOON, or has it ended? Then text says which and when, and it is an event. For who
 * looks at the start, after a reload and once a day. */
#define LEMF_SOON (30 * 86400 * LI_US_SECOND)	/* weeks to get another */
bool lemf_tls_ends(struct lemf *l, char *text, size_t n);
/* Host and port it listens on: "127.0.0.1:50001", "[::1]:50001". */
const char *lemf_address(const struct lemf *l);
const struct lemf_stats *lemf_stats(const struct lemf *l);
/* Stops listening, ends the connections, syncs; `closed` is called when nothing of it is left on the loop; then the lemf is gone. */
void lemf_close(struct lemf *l, void (*closed)(void *arg), void *arg);

#endif
