/* time.c: instants as text and back. Days by Howard Hinnant's civil calendar, good for the years 1 to 9999. */
#include <li/time.h>

#include <stdio.h>

#define DAY (INT64_C(86400) * LI_US_SECOND)

struct civil {
	int64_t year;
	unsigned month, day, hour, min, sec, us;
};

static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = (unsigned)(y - era * 400);
	doy = (153 * (m + (m > 2 ? -3u : 9u)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + (int64_t)doe - 719468;
}

static bool civil_from_us(li_us t, struct civil *c)
{
	int64_t day = t / DAY, rest = t % DAY, era;
	unsigned doe, yoe, doy, mp;

	if (rest < 0) {
		rest += DAY;
		day--;
	}
	c->us = (unsigned)(rest % LI_US_SECOND);
	rest /= LI_US_SECOND;
	c->sec = (unsigned)(rest % 60);
	c->min = (unsigned)(rest / 60 % 60);
	c->hour = (unsigned)(rest / 3600);
	day += 719468;
	era = (day >= 0 ? day : day - 146096) / 146097;
	doe = (unsigned)(day - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c->day = doy - (153 * mp + 2) / 5 + 1;
	c->month = mp < 10 ? mp + 3 : mp - 9;
	c->year = (int64_t)yoe + era * 400 + (c->month <= 2);
	return c->year >= 1 && c->year <= 9999;
}

size_t li_gtime(li_us t, char out[LI_GTIME_MAX])
{
	struct civil c;
	int n;

	out[0] = 0;
	if (!civil_from_us(t, &c))
		return 0;
	n = snprintf(out, LI_GTIME_MAX, "%04u%02u%02u%02u%02u%02u", (unsigned)c.year % 10000u, c.month % 100u, c.day % 100u,
		     c.hour % 100u, c.min % 100u, c.sec % 100u);
	if (c.us) {
		n += snprintf(out + n, LI_GTIME_MAX - (size_t)n, ".%06u", c.us % 1000000u);
		while (out[n - 1] == '0')	/* X.690 clause 11.7.3 */
			n--;
	}
	out[n++] = 'Z';
	out[n] = 0;
	return (size_t)n;
}

size_t li_rfc3339(li_us t, char out[LI_RFC3339_MAX])
{
	struct civil c;

	out[0] = 0;
	if (!civil_from_us(t, &c))
		return 0;
	return (size_t)snprintf(out, LI_RFC3339_MAX, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ", (unsigned)c.year % 10000u,
				c.month % 100u, c.day % 100u, c.hour % 100u, c.min % 100u, c.sec % 100u, c.us % 1000000u);
}

/* -- reading -- */

struct text {
	const uint8_t *p, *end;
	bool bad;
};

static unsigned digits(struct text *t, unsigned n)
{
	unsigned x = 0;

	while (n--) {
		if (t->p == t->end || *t->p < '0' || *t->p > '9') {
			t->bad = true;
			return 0;
		}
		x = x * 10 + (unsigned)(*t->p++ - '0');
	}
	return x;
}

static bool take(struct text *t, const char *any)
{
	if (t->p == t->end || !*t->p || !strchr(any, *t->p))
		return false;
	t->p++;
	return true;
}

/* Digits after the point, as millionths of a unit; what is finer is cut off. */
static uint64_t fraction(struct text *t)
{
	uint64_t x = 0, unit = 100000;

	if (t->p == t->end || *t->p < '0' || *t->p > '9')
		t->bad = true;
	for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, unit /= 10)
		x += unit * (uint64_t)(*t->p - '0');
	return x;
}

static bool civil_ok(const struct civil *c)
{
	static const uint8_t len[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (c->year < 1 || c->month < 1 || c->month > 12 || c->day < 1 || c->day > len[c->month - 1])
		return false;
	if (c->month == 2 && c->day == 29 && (c->year % 4 || (c->year % 100 == 0 && c->year % 400)))
		return false;
	return c->hour < 24 && c->min < 60 && c->sec < 61;	/* a leap second reads as the next second */
}

static li_us us_of(const struct civil *c)
{
	return days_from_civil(c->year, c->month, c->day) * DAY +
	       (((int64_t)c->hour * 60 + c->min) * 60 + c->sec) * LI_US_SECOND;
}

/* Z, or ±hh[:]mm; false when neither stands there. */
static bool zone(struct text *t, bool colon, li_us *shift)
{
	bool minus;
	unsigned h, m = 0;

	*shift = 0;
	if (take(t, colon ? "Zz" : "Z"))
		return true;
	if (t->p == t->end || (*t->p != '+' && *t->p != '-'))
		return false;
	minus = *t->p++ == '-';
	h = digits(t, 2);
	if (colon && !take(t, ":"))
		t->bad = true;
	if (colon || t->p < t->end)
		m = digits(t, 2);
	if (h > 23 || m > 59)
		t->bad = true;
	*shift = (int64_t)(h * 60 + m) * 60 * LI_US_SECOND * (minus ? 1 : -1);
	return true;
}

enum li_err li_rfc3339_read(struct view text, li_us *out)
{
	struct text t = { text.p, text.p + text.n, false };
	struct civil c = { 0 };
	uint64_t us = 0;
	li_us shift = 0, at;
	bool midnight;			/* 24:00:00 is the next day's first instant: XML Schema part 2 clause 3.2.7.1 */

	c.year = digits(&t, 4);
	t.bad |= !take(&t, "-");
	c.month = digits(&t, 2);
	t.bad |= !take(&t, "-");
	c.day = digits(&t, 2);
	t.bad |= !take(&t, "Tt ");
	c.hour = digits(&t, 2);
	t.bad |= !take(&t, ":");
	c.min = digits(&t, 2);
	t.bad |= !take(&t, ":");
	c.sec = digits(&t, 2);
	if (take(&t, "."))
		us = fraction(&t);
	if (!zone(&t, true, &shift))
		t.bad = true;
	if (t.bad || t.p != t.end)
		return LI_EFORMAT;
	midnight = c.hour == 24 && !c.min && !c.sec && !us;
	if (midnight)
		c.hour = 0;
	if (!civil_ok(&c))
		return LI_ERANGE;
	at = us_of(&c) + (midnight ? DAY : (li_us)us) + shift;
	if (!civil_from_us(at, &c))	/* nobody could be told it */
		return LI_ERANGE;
	*out = at;
	return LI_OK;
}

enum li_err li_gtime_read(struct view text, li_us *out)
{
	struct text t = { text.p, text.p + text.n, false };
	struct civil c = { 0 };
	li_us unit = 3600 * LI_US_SECOND, shift = 0;
	uint64_t part = 0;

	c.year = digits(&t, 4);
	c.month = digits(&t, 2);
	c.day = digits(&t, 2);
	c.hour = digits(&t, 2);
	if (t.p < t.end && *t.p >= '0' && *t.p <= '9') {
		c.min = digits(&t, 2);
		unit = 60 * LI_US_SECOND;
		if (t.p < t.end && *t.p >= '0' && *t.p <= '9') {
			c.sec = digits(&t, 2);
			unit = LI_US_SECOND;
		}
	}
	if (take(&t, ".,"))
		part = fraction(&t);
	(void)zone(&t, false, &shift);	/* none: local time, read as UTC (TS 102 232-1 digest 4.3) */
	if (t.bad || t.p != t.end)
		return LI_EFORMAT;
	if (!civil_ok(&c))
		return LI_ERANGE;
	*out = us_of(&c) + (li_us)(part * (uint64_t)(unit / LI_US_SECOND)) + shift;
	return LI_OK;
}
