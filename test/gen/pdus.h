/* pdus.h: PS-PDUs for tests of the receiving end, short to write. */
#ifndef TEST_GEN_PDUS_H
#define TEST_GEN_PDUS_H

#include <li/buf.h>

#include "asn1/ps_enc.h"

struct pdu_of {			/* absent members: NULL, or has_cin false */
	const char *liid, *operator_id, *element, *country;
	bool has_cin;
	uint32_t cin, number;
	li_us time;
	uint8_t fill;		/* another fill, other octets */
	size_t extra;		/* octets added to the payload */
};

/* Each appends one PDU; false: the encoder refused. */
bool pdu_iri(struct buf *b, const struct pdu_of *p);
bool pdu_cc(struct buf *b, const struct pdu_of *p);
bool pdu_tri(struct buf *b, const struct pdu_of *p, enum ps_tri kind, struct view body);
/* Header of iri, payload alternative `tag` with opaque contents: what no encoder of ours writes. */
bool pdu_other(struct buf *b, const struct pdu_of *p, unsigned tag);

#endif
