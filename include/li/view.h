/* view.h: borrowed octets. A view never owns; it is good until the call it was given to returns. */
#ifndef LI_VIEW_H
#define LI_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct view {
	const uint8_t *p;
	size_t n;
};

static inline struct view view_of(const void *p, size_t n)
{
	return (struct view){ p, n };
}

static inline struct view view_str(const char *s)
{
	return (struct view){ (const uint8_t *)s, strlen(s) };
}

static inline bool view_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without the white space around it. */
static inline struct view view_trim(struct view v)
{
	while (v.n && view_is_blank(v.p[0]))
		v = view_of(v.p + 1, v.n - 1);
	while (v.n && view_is_blank(v.p[v.n - 1]))
		v.n--;
	return v;
}

static inline bool view_eq(struct view a, struct view b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#endif
