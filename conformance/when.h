/* when.h: times and durations as people write them. */
#ifndef CONF_WHEN_H
#define CONF_WHEN_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t conf_us;	/* microseconds: a duration, or on the monotonic clock */

#define WHEN_SECOND INT64_C(1000000)
#define WHEN_RFC3339 40		/* room for when_text */

struct when {			/* a Timestamp attribute, clause 5.3.10: UTC */
	uint32_t s, ns;
};

/* 250us, 10ms, 5s, 2m, 1h; a number alone is seconds; decimals are allowed. */
bool when_duration(const char *text, conf_us *d);
/* 2026-01-01T00:00:00[.fraction]Z, or seconds since 1970 with a fraction. */
bool when_read(const char *text, struct when *w);
struct when when_add(struct when w, conf_us d);
void when_text(struct when w, char text[WHEN_RFC3339]);
struct when when_now(void);
conf_us when_monotonic(void);

#endif
