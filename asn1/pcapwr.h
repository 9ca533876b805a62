/*
 * pcapwr.h: delivered content as a capture file (draft-ietf-opsawg-pcapng), one interface a kind of packet. Octets go
 * in as delivered; only a GTP-U message gets outer headers, of ours, and each such packet says so in its comment.
 */
#ifndef ASN1_PCAPWR_H
#define ASN1_PCAPWR_H

#include <li/buf.h>

#include "asn1/look.h"

enum pcapwr_dir { PCAPWR_UNKNOWN, PCAPWR_FROM_TARGET, PCAPWR_TO_TARGET };

struct pcapwr {
	struct buf out;		/* blocks; the caller takes them with buf_consume() */
	uint64_t packets[LOOK_OTHER];
	uint64_t left_out;	/* no packet, or too long for the outer headers */
};

/* Section and interfaces. LI_ENOMEM. */
enum li_err pcapwr_init(struct pcapwr *p) LI_MUST;
void pcapwr_fini(struct pcapwr *p);
/* One packet, at ns nanoseconds since 1970. comment may be "". */
enum li_err pcapwr_put(struct pcapwr *p, enum look_kind kind, uint64_t ns, enum pcapwr_dir dir, struct view octets,
		       const char *comment) LI_MUST;

#endif
