/* when.c: times and durations. */
#include "conformance/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONGEST 1e12	/* microseconds: eleven days */

bool when_duration(const char *text, conf_us *d)
{
	static const struct { const char *unit; double us; } units[] = {
		{ "", 1e6 }, { "s", 1e6 }, { "ms", 1e3 }, { "us", 1 }, { "m", 60e6 }, { "min", 60e6 }, { "h", 3600e6 } };
	char *end;
	double v;

	if (!strchr("0123456789.", *text) || !*text)
		return false;
	v = strtod(text, &end);
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		v *= units[i].us;
		if (!(v >= 0 && v <= LONGEST))
			return false;
		*d = (conf_us)(v + 0.5);
		return true;
	}
	return false;
}

/* "", or '.' and digits: nanoseconds of them; what follows in *end. */
static bool fraction(const char *text, uint32_t *ns, const char **end)
{
	uint32_t unit = 100000000;

	*ns = 0;
	if (*text == '.') {
		if (text[1] < '0' || text[1] > '9')
			return false;
		for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
			*ns += (uint32_t)(*text - '0') * unit;
	}
	*end = text;
	return true;
}

bool when_read(const char *text, struct when *w)
{
	struct tm t = { 0 };
	const char *end;
	char *after;
	time_t s;

	if (strchr(text, 'T')) {
		end = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
		if (!end || !fraction(end, &w->ns, &end) || strcmp(end, "Z") != 0)
			return false;
		s = timegm(&t);
	} else {
		if (*text < '0' || *text > '9')
			return false;
		s = (time_t)strtoll(text, &after, 10);
		if (!fraction(after, &w->ns, &end) || *end)
			return false;
	}
	if (s < 0 || s > (time_t)UINT32_MAX)
		return false;
	w->s = (uint32_t)s;
	return true;
}

struct when when_add(struct when w, conf_us d)
{
	int64_t ns = (int64_t)w.ns + d % WHEN_SECOND * 1000, s = (int64_t)w.s + d / WHEN_SECOND;

	if (ns < 0) {
		ns += 1000000000;
		s--;
	} else if (ns >= 1000000000) {
		ns -= 1000000000;
		s++;
	}
	return (struct when){ (uint32_t)s, (uint32_t)ns };
}

void when_text(struct when w, char text[WHEN_RFC3339])
{
	time_t s = (time_t)w.s;
	struct tm t;
	size_t n;

	gmtime_r(&s, &t);
	n = strftime(text, WHEN_RFC3339, "%Y-%m-%dT%H:%M:%S", &t);
	snprintf(text + n, WHEN_RFC3339 - n, ".%09uZ", w.ns);
}

struct when when_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (struct when){ (uint32_t)t.tv_sec, (uint32_t)t.tv_nsec };
}

conf_us when_monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (conf_us)t.tv_sec * WHEN_SECOND + t.tv_nsec / 1000;
}
