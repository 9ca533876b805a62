/*
 * pcapng.h: delivered content as a capture file (draft-ietf-opsawg-pcapng), one interface a kind of packet. Octets go
 * in as delivered; only a GTP-U message gets outer headers, of ours, and each such packet says so in its comment.
 */
#ifndef ASN1_PCAPNG_H
#define ASN1_PCAPNG_H

#include <li/buf.h>

#include "asn1/look.h"

enum pcapng_dir { PCAPNG_UNKNOWN, PCAPNG_FROM_TARGET, PCAPNG_TO_TARGET };

struct pcapng {
	struct buf out;		/* blocks; the caller takes them with buf_consume() */
	uint64_t packets[LOOK_OTHER];
	uint64_t left_out;	/* no packet, or too long for the outer headers */
};

/* Section and interfaces. LI_ENOMEM. */
enum li_err pcapng_init(struct pcapng *p) LI_MUST;
void pcapng_fini(struct pcapng *p);
/* One packet, at ns nanoseconds since 1970. comment may be "". */
enum li_err pcapng_put(struct pcapng *p, enum look_kind kind, uint64_t ns, enum pcapng_dir dir, struct view octets,
		       const char *comment) LI_MUST;

#endif
