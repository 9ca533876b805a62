/*
 * rd.h: the checked reader (LI128-222). Nobody else indexes a received buffer. The first error sticks: later reads give zeros
 * and empty views, and the caller asks once, at the end. Network byte order.
 */
#ifndef LI_RD_H
#define LI_RD_H

#include <li/err.h>
#include <li/view.h>

struct rd {
	const uint8_t *p, *end;	/* what is left */
	const uint8_t *start;	/* where it began: rd_pos() is for error messages */
	enum li_err err;
};

static inline struct rd rd_of(struct view v)
{
	return (struct rd){ v.p, v.n ? v.p + v.n : v.p, v.p, LI_OK };
}

static inline size_t rd_left(const struct rd *r)
{
	return r->err ? 0 : (size_t)(r->end - r->p);
}

static inline size_t rd_pos(const struct rd *r)
{
	return (size_t)(r->p - r->start);
}

static inline void rd_fail(struct rd *r, enum li_err e)
{
	if (!r->err)
		r->err = e;
}

/* The next n octets as a borrowed view; an empty view and LI_ETRUNC when there are fewer. The only door. */
static inline struct view rd_take(struct rd *r, size_t n)
{
	struct view v = { NULL, 0 };

	if (r->err)
		return v;
	if (n > (size_t)(r->end - r->p)) {
		r->err = LI_ETRUNC;
		return v;
	}
	v = view_of(r->p, n);
	if (n)	/* of an empty reader p is NULL, to which C adds not even 0 */
		r->p += n;
	return v;
}

static inline struct view rd_rest(struct rd *r)
{
	return rd_take(r, rd_left(r));
}

/* A nested reader over the next n octets. It has its own error; see rd_end(). */
static inline struct rd rd_sub(struct rd *r, size_t n)
{
	struct view v = rd_take(r, n);
	struct rd s = rd_of(v);

	s.err = r->err;
	return s;
}

static inline uint8_t rd_peek(const struct rd *r)
{
	return rd_left(r) ? *r->p : 0;
}

static inline uint64_t rd_uint(struct rd *r, size_t n)
{
	struct view v = rd_take(r, n);
	uint64_t x = 0;

	for (size_t i = 0; i < v.n; i++)
		x = x << 8 | v.p[i];
	return x;
}

static inline uint8_t rd_u8(struct rd *r) { return (uint8_t)rd_uint(r, 1); }
static inline uint32_t rd_u24(struct rd *r) { return (uint32_t)rd_uint(r, 3); }
static inline uint64_t rd_u64(struct rd *r) { return rd_uint(r, 8); }

/* The most frequent two without a loop: each is one load. */
static inline uint16_t rd_u16(struct rd *r)
{
	struct view v = rd_take(r, 2);

	return (uint16_t)(v.n ? v.p[0] << 8 | v.p[1] : 0);
}

static inline uint32_t rd_u32(struct rd *r)
{
	struct view v = rd_take(r, 4);

	return v.n ? (uint32_t)v.p[0] << 24 | (uint32_t)v.p[1] << 16 | (uint32_t)v.p[2] << 8 | v.p[3] : 0;
}

static inline void rd_skip(struct rd *r, size_t n) { (void)rd_take(r, n); }

/* Copies n octets out; zeros when they are not there. */
static inline void rd_copy(struct rd *r, void *to, size_t n)
{
	struct view v = rd_take(r, n);

	memset(to, 0, n);
	if (v.n)
		memcpy(to, v.p, v.n);
}

/* The verdict: the first error, or LI_EFORMAT when octets are left over. */
static inline LI_MUST enum li_err rd_end(const struct rd *r)
{
	return r->err ? r->err : r->p == r->end ? LI_OK : LI_EFORMAT;
}

#endif
