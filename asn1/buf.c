/* buf.c: owned octets that grow by doubling. */
#include <li/buf.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST 256	/* most texts and records fit; one allocation */

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ NULL, 0, 0, max };
}

void buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ NULL, 0, 0, b->max };
}

void buf_wipe(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	b->n = 0;
}

enum li_err buf_need(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	uint8_t *p;

	if (n > SIZE_MAX / 2 - b->n || (b->max && b->n + n > b->max))
		return LI_ELIMIT;
	if (b->n + n <= b->cap)
		return LI_OK;
	while (cap < b->n + n)
		cap *= 2;
	p = realloc(b->p, cap);
	if (!p)
		return LI_ENOMEM;
	b->p = p;
	b->cap = cap;
	return LI_OK;
}

enum li_err buf_put(struct buf *b, const void *p, size_t n)
{
	enum li_err e = buf_need(b, n);

	if (e)
		return e;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	return LI_OK;
}

enum li_err buf_put_uint(struct buf *b, uint64_t v, size_t n)
{
	uint8_t o[8];

	for (size_t i = 0; i < n; i++)
		o[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	return buf_put(b, o, n);
}

enum li_err buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	enum li_err e;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return LI_EFORMAT;
	e = buf_need(b, (size_t)n + 1);	/* vsnprintf writes a NUL past the text; it is not counted */
	if (e)
		return e;
	va_start(ap, fmt);
	vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
	return LI_OK;
}

void buf_consume(struct buf *b, size_t n)
{
	if (n > b->n)
		n = b->n;
	if (n < b->n)
		memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}
