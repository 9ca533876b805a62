/*
 * door.h: where X2 and X3 come in (TS 103 221-2): TLS listeners, both ends verified, for points of interception whose certificates
 * bear a name that we know. Worker threads read; what they read goes up by struct door_ops: X3 in the worker itself, X2 in the control
 * loop. The story stands in door.c.
 */
#ifndef MEDIATION_X_DOOR_H
#define MEDIATION_X_DOOR_H

#include <uv.h>

#include "handover/tls.h"
#include "mediation/listen.h"
#include "mediation/x/pdu.h"
#include "mediation/x/sender.h"

#define DOOR_LISTENERS_MAX	8	/* one for each interface of the machine and kind */
#define DOOR_PEERS_MAX		1024	/* names of one listener: every NF that has a POI */
#define DOOR_WORKERS_MAX	16	/* a worker is a core; beyond that the machine's memory is the limit */
#define DOOR_CONNS_MAX		1024	/* at once; each costs about 150 KiB */
#define DOOR_HANDSHAKES_MAX	128	/* of them, those that have said nothing yet: the oldest gives way */
#define DOOR_HANDSHAKE_MS	10000	/* a handshake's patience: two round trips */
#define DOOR_QUEUE		(32u << 20)	/* octets of X2 on their way to the control loop: a second of it at 100,000 a second */
#define DOOR_TORN		(256u << 20)	/* octets of PDUs that are not whole yet, of all connections: 16 of the longest there can be */
#define DOOR_ACKS_MAX		64	/* keepalives of one connection that wait to be acknowledged; then it is not read */
#define DOOR_AGAIN_MS		20	/* whoever waits for room asks again: a fraction of what a person or an agency would notice */
#define DOOR_IDLE_US		(180 * LI_US_SECOND)	/* no whole PDU for so long: TIME_P2, after which the POI itself would have gone */
#define DOOR_SKEW_US		(10 * LI_US_SECOND)

enum door_count {
#define COUNT(name, help, alarm) DOOR_##name,
#include "mediation/x/door.tbl"
#undef COUNT
	DOOR_COUNTS
};
const char *door_count_name(enum door_count c);
const char *door_count_help(enum door_count c);
bool door_count_is_alarm(enum door_count c);

struct door;

struct door_ops {		/* arg goes with each */
	/* In a worker, which is an online reader of rcu.h: a burst of at most X_BURST products of one connection, in their order. For each:
	 *   LI_OK      taken, or dropped and counted
	 *   LI_EAGAIN  its context {XID, correlation, sender} is not open: `open` is called for it in the control loop, and it comes again
	 *              with `again`, before others of its context. The same for all of the burst that belong to this context. With
	 *              `again`: it is dropped.
	 * Whatever it does about a full queue: it must not block. Octets are good until it returns. A product with X_ODD_FORMAT is here
	 * for its number; it is not to be mediated. */
	void (*x3)(void *arg, unsigned worker, const struct x_pdu p[], size_t n, bool again, enum li_err got[]);
	/* In the control loop, between turn_begin and turn_end; what they began is in effect when turn_end returns, for then its
	 * keepalives are acknowledged. Octets are good until the call returns. open: without payload. */
	void (*x2)(void *arg, const struct x_pdu *p);
	void (*open)(void *arg, const struct x_pdu *p);
	void (*turn_begin)(void *arg);
	void (*turn_end)(void *arg);
	/* Control loop: everything of that connection has been given on, and there will be no more. NULL allowed. */
	void (*gone)(void *arg, unsigned conn);
	/* Has this product to wait, since where it would go there is no room? Of X3 in its worker, of X2 in the control loop. Then nothing
	 * behind it on its connection is given on or acknowledged, the connection is not read, and it is asked for again every
	 * DOOR_AGAIN_MS; how long is up to who answers, but for the door's end. NULL: none has. */
	bool (*holds_up)(void *arg, const struct x_pdu *p);
};

enum door_kinds { DOOR_X2 = 1, DOOR_X3 = 2 };

struct door_listen {
	const char *name;		/* as configured, for people */
	struct listen_at at;
	unsigned kinds;			/* enum door_kinds, or'ed */
	const char *const *peers;	/* a POI's certificate bears one of them */
	size_t n_peers;
};

#define DOOR_REFUSALS 8
#define DOOR_WHY_MAX 192
struct door_refusal {
	const char *listener;
	struct tls_refusal of;
	char why[DOOR_WHY_MAX];
	unsigned n;			/* connections */
};

struct door_peer {		/* a connection that stands, or stood */
	const char *listener;
	unsigned conn;
	struct tls_peer of;
	char address[LI_ADDR_TEXT + 8];
	bool up;
	char why[DOOR_WHY_MAX];		/* of its end */
};

struct door_conf {
	uv_loop_t *loop;		/* the control loop */
	const struct door_listen *listen;	/* all of it is copied */
	size_t n_listen;
	const struct tls_conf *tls;	/* read now, and by door_renew */
	unsigned workers;
	li_us idle, max_skew;		/* 0: those above */
	size_t queue, torn;		/* 0: those above */
	const struct door_ops *ops;
	void *arg;
	/* Control loop; NULL allowed. refused: since the last call, one for each check and certificate. */
	void (*refused)(void *arg, const struct door_refusal *r);
	void (*peer)(void *arg, const struct door_peer *p);
};

/* Opens the listeners; nobody is answered before door_start(). NULL: err says why. */
struct door *door_open(const struct door_conf *c, char *err, size_t errlen);
/* Starts the threads: a sandbox that stands by now is theirs, too. Not after an error. LI_EIO, LI_ENOMEM. */
enum li_err door_start(struct door *d) LI_MUST;
/* Certificates are read again, for new connections; LI_ECONFIG: the old ones stay, err says why. */
enum li_err door_renew(struct door *d, const struct tls_conf *tls, char *err, size_t errlen) LI_MUST;
/* Nobody is taken any more, connections end, what they brought is given on, the threads end; then stopped(), on the loop. */
void door_stop(struct door *d, void (*stopped)(void *arg), void *arg);
/* After stopped(), or of a door that was never started. NULL allowed. Its handle closes on the loop. */
void door_free(struct door *d);

/* -- what is seen: control loop -- */
uint64_t door_counter(const struct door *d, enum door_count c);
struct senders *door_senders(struct door *d);
uint16_t door_port(const struct door *d, size_t listener);
struct door_seen {
	const char *listener;
	unsigned conn, worker;
	char name[256];			/* of the certificate */
	char address[LI_ADDR_TEXT + 8];
	li_us since, last;		/* last: of a whole PDU; LI_US_NEVER */
	uint64_t octets, x2, x3, keepalives;
	unsigned sender;		/* the last one it spoke for; 0: none */
	bool waits;			/* it is not read just now */
};
void door_each(struct door *d, void (*fn)(void *arg, const struct door_seen *s), void *arg);
size_t door_queued(const struct door *d, size_t *octets);	/* X2 PDUs that the control loop has not come to */

#endif
