/*
 * perf.h: PDUs that are made beforehand, sent as fast as TLS and the other end take them: a thread a connection, blocking, a block of
 * PDUs a pass; only sequence numbers and, where they are of sending, times are written anew. Each connection begins with a
 * keepalive and ends with one: what is measured ends with the acknowledgement that says that all before it has been taken.
 */
#ifndef CONF_PERF_H
#define CONF_PERF_H

#include "conformance/form.h"
#include "conformance/wire.h"

#define PERF_BLOCK	(256u << 10)	/* octets of a block, at the least: 16 full records */
#define PERF_THREADS	256

struct perf;

struct perf_conf {
	const struct wire_conf *wire;
	size_t connections;
	conf_us within;			/* begins no pass later than that; 0: passes counts */
	uint64_t passes;		/* of the PDUs that were made; 0: within counts */
	size_t record;			/* octets a record; 0: as many as there may be */
	bool now;			/* times are of sending */
};

struct perf_result {			/* of a connection */
	uint64_t pdus, octets, passes;
	double seconds, cpu;		/* to the last acknowledgement; of this thread */
	conf_us wait;			/* from the last octet to the last acknowledgement */
	char fault[WIRETLS_TEXT];	/* empty: all is well */
};

struct perf *perf_new(const struct perf_conf *c);
/* Another PDU of a pass, for this connection. */
void perf_add(struct perf *p, size_t connection, const uint8_t *pdu, size_t n, const struct form_place *place);
/* One result a connection. False: err says why it did not even begin. */
bool perf_run(struct perf *p, struct perf_result *results, char *err, size_t room);
void perf_free(struct perf *p);

#endif
