/*
 * wire.h: one connection of a POI to an MDF: dialled, verified, kept alive, watched, dialled again (TS 103 221-2 clause 6.2).
 *
 *	wire_put -> outbox -> (TLS is up) -> SSL_write of up to 16 kB -> socket
 *	socket -> SSL_read -> xpdu_next -> an acknowledgement: its keepalive is found, the time it took noted
 *	every TIME_P1 a keepalive; TIME_P2 without an acknowledgement: disconnect, dial again
 *
 * What is in the outbox when a connection ends waits for the next one. All on the caller's loop; ops->changed is called for whatever
 * somebody may be waiting for, also from inside his own calls: it may take a note, and must call nothing of these.
 */
#ifndef CONF_WIRE_H
#define CONF_WIRE_H

#include <uv.h>

#include "conformance/spread.h"
#include "conformance/wiretls.h"

#define WIRE_OUTBOX	(1u << 20)	/* octets that wait; who puts in more waits until it is less */
#define WIRE_ENDS_KEPT	64		/* ends that are told one by one */
#define WIRE_PENDING	(1u << 20)	/* keepalives without acknowledgement that are remembered, 16 MiB; a storm's others are only counted */

struct wire_conf {
	char *name;			/* in reports; numbered where there are several */
	char *host, *port;
	struct wiretls_conf tls;
	bool plain;			/* no TLS: loopback only, to test tools with */
	bool later;			/* not before a step says so */
	bool may_end;			/* the other end may end it: no failure */
	bool hostile;			/* may misuse TLS */
	bool stall;			/* a ClientHello, then nothing */
	bool deaf;			/* reads nothing once it is up */
	struct octets before;		/* octets in the clear, ahead of TLS */
	unsigned version;		/* of keepalives */
	conf_us keepalive, ack_within;	/* TIME_P1 and TIME_P2; 0: never */
	conf_us reconnect;		/* how long after an end it is dialled again; 0: never */
	conf_us connect_within;		/* how long TCP and TLS may take */
	uint64_t count;			/* so many of these */
};

enum wire_state { WIRE_NEW, WIRE_DIALLING, WIRE_UP, WIRE_CLOSING, WIRE_WAITING, WIRE_ENDED };
enum wire_close { WIRE_NOTIFY, WIRE_FIN, WIRE_RESET };
enum wire_kind { WIRE_X2, WIRE_X3, WIRE_KEEPALIVE, WIRE_OTHER, WIRE_PART };

struct wire_end {
	conf_us at;			/* monotonic */
	bool was_up, ours;		/* TLS had been up; we ended it */
	char why[WIRETLS_TEXT];
};

struct wire_stats {
	uint64_t dials, ups, ends, bad_ends;	/* bad: not ours, not expected */
	uint64_t sent[WIRE_PART + 1], octets;
	uint64_t acks, acks_unexpected, acks_faulty, others, broken;
	unsigned ack_faults;			/* bits of xpdu.h that were seen */
	uint64_t ack_timeouts;
	struct spread up_us, ack_us;		/* from dialling to up; from a keepalive to its acknowledgement */
	char tls[96];				/* version and cipher of the last one that was up */
	char address[64];			/* as of reach.h */
};

struct wire;

struct wire_ops {
	void (*changed)(void *arg, struct wire *w);
	void (*told)(void *arg, struct wire *w, const char *text);	/* a line for people; may be NULL */
};

/* NULL: err says why. c stays the caller's, and lives as long. number: of several of one name, from 0. */
struct wire *wire_new(uv_loop_t *loop, const struct wire_conf *c, uint64_t number, const struct wire_ops *ops, void *arg, char *err, size_t room);
/* Only when it is WIRE_NEW or WIRE_ENDED, and the loop has run its close callbacks. */
void wire_free(struct wire *w);
/* Ends it at once, for good. */
void wire_stop(struct wire *w);

void wire_dial(struct wire *w);
/* Ends it when what is in the outbox is out (a reset: at once); not dialled again. */
void wire_close(struct wire *w, enum wire_close how);
/* Octets for the other end, one PDU or something else; sequence: of a keepalive that has one. */
void wire_put(struct wire *w, enum wire_kind k, const void *p, size_t n);
void wire_put_keepalive(struct wire *w, bool with_sequence, uint32_t sequence);
/* The next number that it would give a keepalive itself. */
uint32_t wire_next_keepalive(const struct wire *w);
/* Octets straight to the socket, under TLS. */
void wire_put_under(struct wire *w, const void *p, size_t n);
/* Misuse. False: not possible (not up, or another version). */
bool wire_renegotiate(struct wire *w);
bool wire_key_update(struct wire *w);

enum wire_state wire_state(const struct wire *w);
const char *wire_name(const struct wire *w);
const struct wire_conf *wire_conf(const struct wire *w);
bool wire_has_room(const struct wire *w);
bool wire_drained(const struct wire *w);
/* Keepalives without acknowledgement; on this connection. */
size_t wire_pending(const struct wire *w);
/* True: this one has been acknowledged on the present or last connection. */
bool wire_acked(const struct wire *w, bool with_sequence, uint32_t sequence);
/* Whatever it was that ended it last, somebody had expected it. */
void wire_excuse(struct wire *w);
struct wire_stats *wire_stats(struct wire *w);
const struct wire_end *wire_ends(const struct wire *w, size_t *n);
/* The last connection ended (or could not be made) without a single acknowledgement. */
bool wire_refused(const struct wire *w);

#endif
