/*
 * wr.h: the checked writer, tail first. It fills a caller's buffer from its end towards its start, so that the
 * length of a TLV is known when its header is written. The first error sticks; ask once, at the end.
 */
#ifndef LI_WR_H
#define LI_WR_H

#include <li/err.h>
#include <li/view.h>

struct wr {
	uint8_t *base;	/* lowest octet that may be written */
	uint8_t *p;	/* start of what has been written */
	uint8_t *end;
	enum li_err err;
};

static inline struct wr wr_of(void *buf, size_t n)
{
	return (struct wr){ buf, (uint8_t *)buf + n, (uint8_t *)buf + n, LI_OK };
}

static inline size_t wr_len(const struct wr *w)
{
	return (size_t)(w->end - w->p);
}

static inline struct view wr_view(const struct wr *w)
{
	return view_of(w->p, wr_len(w));
}

/* Room for n octets before what is written, or NULL and LI_EFULL. The only door. */
static inline uint8_t *wr_room(struct wr *w, size_t n)
{
	if (w->err)
		return NULL;
	if (n > (size_t)(w->p - w->base)) {
		w->err = LI_EFULL;
		return NULL;
	}
	w->p -= n;
	return w->p;
}

static inline void wr_put(struct wr *w, const void *p, size_t n)
{
	uint8_t *to = wr_room(w, n);

	if (to && n)
		memcpy(to, p, n);
}

static inline void wr_uint(struct wr *w, uint64_t x, size_t n)
{
	uint8_t *to = wr_room(w, n);

	if (!to)
		return;
	while (n--) {
		to[n] = (uint8_t)x;
		x >>= 8;
	}
}

static inline void wr_u8(struct wr *w, uint8_t x) { wr_uint(w, x, 1); }
static inline void wr_u16(struct wr *w, uint16_t x) { wr_uint(w, x, 2); }
static inline void wr_u32(struct wr *w, uint32_t x) { wr_uint(w, x, 4); }

#endif
