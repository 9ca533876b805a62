/*
 * ber.h: ITU-T X.690. One TLV at a time off a reader, in every legal form (long and padded lengths, indefinite
 * length, high tag numbers, strings in segments); DER written tail first. Nothing is copied; no tree is built.
 */
#ifndef ASN1_BER_H
#define ASN1_BER_H

#include <li/buf.h>
#include <li/limits.h>
#include <li/rd.h>
#include <li/wr.h>

enum ber_class { BER_UNIVERSAL, BER_APPLICATION, BER_CONTEXT, BER_PRIVATE };

enum {	/* universal tag numbers, X.680 clause 8.6 */
	BER_BOOLEAN = 1, BER_INTEGER = 2, BER_BIT_STRING = 3, BER_OCTET_STRING = 4, BER_NULL = 5, BER_OID = 6,
	BER_ENUMERATED = 10, BER_UTF8 = 12, BER_RELATIVE_OID = 13, BER_SEQUENCE = 16, BER_SET = 17, BER_PRINTABLE = 19,
	BER_IA5 = 22, BER_UTCTIME = 23, BER_GTIME = 24, BER_VISIBLE = 26
};

struct ber {
	enum ber_class cls;
	bool constructed, indefinite;
	uint32_t tag;
	struct view whole;	/* identifier to last octet, end-of-contents included */
	struct view body;	/* contents octets, without end-of-contents */
};

/* The next TLV. False at the end of r and on an error; r->err then tells which. On an error r stays where the TLV
 * began. LI_ETRUNC: ends too early; LI_EFORMAT; LI_ELIMIT: a tag or length past 32 bits, or indefinite lengths nested
 * deeper than LI_BER_DEPTH. */
bool ber_next(struct rd *r, struct ber *t);
/* The first TLV of these contents that has this context tag. */
bool ber_member(struct view contents, uint32_t tag, struct ber *t);
/* How many octets the TLV at the front of v takes, when it may not all be there yet. LI_EAGAIN; else as ber_next(). */
enum li_err ber_size(struct view v, size_t *n) LI_MUST;
/* The same for octets that grow at their end: of an indefinite length, what was walked before is not walked again, or a
 * sender of single octets costs the square of them. All zero for a new TLV. */
struct ber_walk {
	size_t pos;
	unsigned open;		/* indefinite lengths that no end-of-contents has closed */
};
enum li_err ber_size_on(struct view v, struct ber_walk *walk, size_t *n) LI_MUST;

static inline bool ber_is(const struct ber *t, enum ber_class cls, uint32_t tag)
{
	return t->cls == cls && t->tag == tag;
}

/* -- values. LI_EFORMAT when the TLV is not of a legal form for the type; LI_ERANGE when the value does not fit. -- */
enum li_err ber_uint(const struct ber *t, uint64_t *x) LI_MUST;
enum li_err ber_int(const struct ber *t, int64_t *x) LI_MUST;
enum li_err ber_null(const struct ber *t) LI_MUST;
/* The octets of a string: a view of them where they stand when it is primitive or one segment; else *segmented, and
 * the view is the segments' TLVs, for ber_join(). Nested segments are bounded by LI_BER_DEPTH. */
enum li_err ber_string(const struct ber *t, struct view *v, bool *segmented) LI_MUST;
/* Appends the octets of the segments to out. */
enum li_err ber_join(struct view segments, struct buf *out) LI_MUST;
/* A BIT STRING: appends its octets and gives the number of bits. */
enum li_err ber_bits(const struct ber *t, struct buf *out, size_t *bits) LI_MUST;

/* -- writing, tail first: contents, then ber_head() around what was written since `mark` = wr_len() -- */

/* First identifier octets of the forms we write. */
#define BER_CTX(n) ((uint8_t)(0x80 | (n)))	/* context, primitive, n < 31 */
#define BER_CTX_C(n) ((uint8_t)(0xa0 | (n)))	/* context, constructed, n < 31 */
#define BER_SEQ ((uint8_t)0x30)

/* Octets of the shortest form of a length (X.690 clause 10.1). */
static inline size_t ber_len_size(size_t n)
{
	return n < 0x80 ? 1 : n < 0x100 ? 2 : n < 0x10000 ? 3 : n < 0x1000000 ? 4 : 5;
}

/* Octets of a TLV with one identifier octet around n octets. */
static inline size_t ber_tlv_size(size_t n)
{
	return 1 + ber_len_size(n) + n;
}

/* Contents octets of a non-negative INTEGER: minimal two's complement (X.690 clause 8.3.2). HO-ENC-004 */
static inline size_t ber_uint_size(uint64_t x)
{
	return x ? (size_t)(64 - __builtin_clzll(x)) / 8 + 1 : 1;
}

static inline void ber_len(struct wr *w, size_t n)
{
	size_t k = ber_len_size(n) - 1;

	wr_uint(w, n, k ? k : 1);
	if (k)
		wr_u8(w, (uint8_t)(0x80 | k));
}

/* Identifier and length around all that was written since wr_len(w) was `mark`. */
static inline void ber_head(struct wr *w, uint8_t id, size_t mark)
{
	ber_len(w, wr_len(w) - mark);
	wr_u8(w, id);
}

static inline void ber_put(struct wr *w, uint8_t id, struct view v)
{
	size_t mark = wr_len(w);

	wr_put(w, v.p, v.n);
	ber_head(w, id, mark);
}

static inline void ber_put_uint(struct wr *w, uint8_t id, uint64_t x)
{
	size_t n = ber_uint_size(x), mark = wr_len(w);

	wr_uint(w, x, n < 9 ? n : 8);
	if (n == 9)
		wr_u8(w, 0);
	ber_head(w, id, mark);
}

#endif
