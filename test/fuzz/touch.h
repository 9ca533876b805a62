/* touch.h: reads every octet of what a decoder gave out, so that a view that lies outside its input shows. */
#ifndef TEST_FUZZ_TOUCH_H
#define TEST_FUZZ_TOUCH_H

#include <stdlib.h>

#include <li/ids.h>

static volatile uint8_t touched;

static inline void touch(struct view v)
{
	for (size_t i = 0; i < v.n; i++)
		touched ^= v.p[i];
}

/* A text must end within its room. */
static inline void touch_text(const char *s, size_t room)
{
	if (!memchr(s, 0, room))
		abort();
}

/* A failure names its field and lies inside the input; a success names none. */
static inline void touch_error(enum li_err e, const char *what, size_t at, size_t size)
{
	if (e != LI_ECLOSED && (e != LI_OK) != (what != NULL))
		abort();
	if (at > size)
		abort();
}

#endif
