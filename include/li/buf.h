/* buf.h: owned octets that grow. Whoever holds the struct buf frees it; giving it away is `struct buf **`. */
#ifndef LI_BUF_H
#define LI_BUF_H

#include <li/err.h>
#include <li/view.h>

struct buf {
	uint8_t *p;
	size_t n;	/* octets in use */
	size_t cap;
	size_t max;	/* never grows past this; 0: no limit of its own */
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
void buf_wipe(struct buf *b);	/* zeroes the octets, keeps the memory */

/* Room for n more octets after p + n: LI_ENOMEM, or LI_ELIMIT past max. */
enum li_err buf_need(struct buf *b, size_t n) LI_MUST;
enum li_err buf_put(struct buf *b, const void *p, size_t n) LI_MUST;
/* The lowest n octets of v, 8 at the most, highest first. */
enum li_err buf_put_uint(struct buf *b, uint64_t v, size_t n) LI_MUST;
enum li_err buf_printf(struct buf *b, const char *fmt, ...) LI_MUST LI_PRINTF(2, 3);
/* Takes n octets off the front. */
void buf_consume(struct buf *b, size_t n);

static inline struct view buf_view(const struct buf *b)
{
	return view_of(b->p, b->n);
}

#endif
