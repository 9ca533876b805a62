/*
 * sctp_path.h: the addresses of multi-homed SCTP associations (RFC 9260 clause 6.4), as INIT and INIT ACK list them.
 * Packets of one association may go between any of them; whoever follows it wants one name for each end.
 */
#ifndef MEDIATION_PROTO_SCTP_PATH_H
#define MEDIATION_PROTO_SCTP_PATH_H

#include <li/ids.h>
#include <li/rd.h>

/* What the common header and the IP header of a packet say. */
struct sctp_key {
	struct li_addr src, dst;
	uint16_t sport, dport;
	uint32_t vtag;
};

enum { SCTP_DATA = 0, SCTP_INIT = 1, SCTP_INIT_ACK = 2 };

struct sctp_paths;
struct sctp_paths *sctp_paths_new(void);	/* NULL: no memory */
void sctp_paths_free(struct sctp_paths *p);

/* An INIT or INIT ACK chunk after its header; a broken one is passed over, it sets nothing up. */
void sctp_paths_learn(struct sctp_paths *p, const struct sctp_key *k, uint8_t type, struct rd r);
/* Puts in place of both addresses those of the first path, where both are known as this association's: its tag and its
 * ports, too, so that nobody is taken for another because his host lists an address that others have as well. */
void sctp_paths_resolve(const struct sctp_paths *p, struct sctp_key *k);

#endif
