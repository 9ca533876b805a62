/*
 * aper.h: a bounded reader of aligned PER (ITU-T X.691), for decoders written by hand against an ASN.1 module. It reads
 * through rd.h: the first error sticks, later reads give zeros, ask once. An element in fragments (X.691 clause
 * 11.9.3.8) is read across their borders bit by bit or stepped over; only octets that lie across one cannot be had as
 * a view (LI_ELIMIT).
 */
#ifndef MEDIATION_PROTO_APER_H
#define MEDIATION_PROTO_APER_H

#include <li/rd.h>

struct aper {
	struct rd r;		/* octets of this element, or of its fragment */
	struct rd rest;		/* what follows the fragment in the element around it */
	bool more;		/* there are more fragments in rest */
	uint8_t octet, bits;	/* the octet that is half read, and how many of its bits are left */
};

struct aper aper_of(struct view v);

static inline bool aper_failed(const struct aper *a)
{
	return a->r.err != LI_OK;
}

/* n bits, 0 to 64, not aligned: bit fields, extension markers, optional maps. */
uint64_t aper_bits(struct aper *a, unsigned n);
static inline bool aper_bit(struct aper *a) { return aper_bits(a, 1); }
/* A constrained whole number lo..hi (clause 11.5), lo <= hi. */
uint64_t aper_int(struct aper *a, uint64_t lo, uint64_t hi);
/* A normally small non-negative number (clause 11.6). */
uint64_t aper_small(struct aper *a);
/* ENUMERATED with `root` values before its extension marker (clause 14): values of the extension follow at root.
 * One without marker is aper_int(a, 0, root - 1). */
uint64_t aper_enum(struct aper *a, unsigned root);
/* INTEGER (lo..hi, ...): a value outside its root is read and given as it is, at most 64 bits of it. */
uint64_t aper_int_ext(struct aper *a, uint64_t lo, uint64_t hi);
/* n octets from the next octet border on. */
struct view aper_octets(struct aper *a, size_t n);
/* OCTET STRING without size constraint: LI_ELIMIT when it comes in fragments. */
struct view aper_octet_string(struct aper *a);
/* The number of elements of a SEQUENCE OF whose upper bound is 65,536 or more, or none (clause 11.9.3.5 on). */
size_t aper_count(struct aper *a);
/* SIZE(lo..hi, ...) of a string, octets or bits after it aligned: gives the size. */
size_t aper_size_ext(struct aper *a, size_t lo, size_t hi);

/* An open type (clause 11.2): a reader over its octets. */
struct aper aper_open(struct aper *a);
void aper_skip_open(struct aper *a);
/* The verdict on a whole element: the first error, or LI_EFORMAT when octets are left over. */
enum li_err aper_end(struct aper *a) LI_MUST;

/* SEQUENCE with an extension marker: its preamble of n optional members, first member in the highest bit (clause 19.2,
 * 19.3). aper_sequence_end steps over the additions that a later release made (19.7 on). */
struct aper_seq {
	bool extended;
	uint32_t opt;
	unsigned n;
};
struct aper_seq aper_sequence(struct aper *a, unsigned n);
static inline bool aper_has(const struct aper_seq *s, unsigned i) { return s->opt >> (s->n - 1 - i) & 1; }
void aper_sequence_end(struct aper *a, const struct aper_seq *s);

#endif
