/*
 * peer.h: a scripted agency for tests: a TLS server on loopback that remembers every PDU and answers, or does not, as
 * its knobs say. It is OpenSSL and threads, and shares nothing with handover/ but the PS-PDU reader.
 */
#ifndef TEST_GEN_PEER_H
#define TEST_GEN_PEER_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "asn1/ps_dec.h"
#include "test/gen/certs.h"

#define PEER_CONNS 256

struct peer_pdu {
	unsigned conn;		/* which connection, from 0 in the order of their coming up */
	enum ps_payload kind;
	enum ps_tri tri;
	uint32_t number, cin;
	li_us time;
	uint64_t at;		/* us, when it came */
	uint64_t hash;		/* of its octets */
	uint32_t n;
	bool ack, declined;	/* in option lists: pDUAcknowledgement */
	uint8_t *octets;	/* where they are kept, until peer_stop(); else NULL */
};

/* What it does when it is asked for options; with the keep-alive that follows, it asks (PEER_ASKS) or says optionComplete. */
enum peer_options { PEER_IGNORES, PEER_ACCEPTS, PEER_DECLINES };
enum peer_fault {
	PEER_NONE, PEER_ASKS, PEER_ASKS_TWICE,	/* these two are none */
	PEER_WAITS,		/* says optionComplete only after ours */
	PEER_NEVER,		/* never says it */
	PEER_TWICE, PEER_WRONG,	/* answers twice, with a wrong number */
	PEER_DATA, PEER_LEAVES,	/* data in the middle; closes there */
	PEER_LATE,		/* answers after 100 ms */
};

struct peer {
	uint16_t port;
	/* knobs, any time. hang_up: closes what it accepts; part: says goodbye once TLS stands; keep: octets, too */
	_Atomic bool mute_ack, mute_keepalive, stall, wrong_numbers, talk_iri, talk_noise, talk_option, hang_up, part, keep;
	_Atomic unsigned options, fault;
	_Atomic unsigned mute_to;	/* connections with a lower number acknowledge nothing */
	_Atomic unsigned reset;		/* +1: every open connection gets an RST */
	_Atomic unsigned depart;	/* +1: it says goodbye on every open connection */
	_Atomic unsigned cut_after;	/* PDUs a connection, then an RST; 0: never */
	_Atomic unsigned cut_one;	/* 1 + the number of a connection that gets an RST; 0: none */
	_Atomic unsigned most;		/* connections at once, one more is closed; 0: any number */
	/* what is known */
	_Atomic unsigned conns, open, accepted;
	uint16_t client_port[PEER_CONNS];
	unsigned long broken;		/* PDUs that did not decode */

	pthread_mutex_t lock;
	struct peer_pdu *pdu;
	size_t n, cap;
	int fd;
	SSL_CTX *ssl;
	pthread_t thread;
	_Atomic bool quit;
	_Atomic unsigned threads;
};

/* Listens on 127.0.0.1 with NAME's certificate; port 0: any. */
bool peer_start(struct peer *p, const struct certs *c, const char *name, uint16_t port);
void peer_stop(struct peer *p);
/* How many PDUs of this kind have come; tri is looked at for PS_TRI only. */
size_t peer_count(struct peer *p, enum ps_payload kind, enum ps_tri tri);
/* A copy of the i-th of this kind; false: there is none. */
bool peer_get(struct peer *p, enum ps_payload kind, enum ps_tri tri, size_t i, struct peer_pdu *out);
/* All of them, copied: *out is the caller's to free. */
size_t peer_take(struct peer *p, struct peer_pdu **out);
uint64_t peer_hash(struct view v);
uint64_t peer_now(void);

#endif
