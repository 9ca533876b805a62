/* track.c: see track.h. Ages are distances below the highest number; age 0 is the highest itself. */
#include "mediation/x/track.h"

#include <string.h>

#define HALF 0x80000000u	/* numbers further ahead than this are behind */
#define STRAGGLE (10 * LI_US_SECOND)	/* PDUs of before a restart are not on their way for longer */

void track_init(struct track *t)
{
	memset(t, 0, sizeof(*t));
}

static uint8_t digest(bool has_time, li_us time)
{
	uint8_t d = (uint8_t)((uint64_t)time * UINT64_C(0x9e3779b97f4a7c15) >> 56);

	return !has_time ? 0 : d ? d : 1;
}

static void begin(struct track *t, uint32_t seq, bool has_time, li_us time, unsigned conn)
{
	t->seen = 1;
	t->highest = t->first = t->judged = seq;
	t->latest = t->began = has_time ? time : LI_US_NEVER;
	t->missing = 0;
	t->missing_to = 0;
	t->old_conn = t->conn;
	t->conn = conn;
	t->in_row = 0;
	t->live = true;
}

/* -- holes -- */

/* Bits of the ages 0 … n - 1. */
static uint64_t ages(uint32_t n)
{
	return n >= TRACK_WINDOW ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

/* The ages that are waited for. */
static uint64_t holes(const struct track *t)
{
	return ~t->seen & ages(t->highest - t->judged + 1);
}

static void lose(struct track_news *news, uint32_t from, uint32_t to, uint64_t n)
{
	if (!news->lost)
		news->from = from;
	news->to = to;
	news->lost += n;
}

/* Gives up these ages; some are set. */
static void lose_ages(struct track *t, struct track_news *news, uint64_t which)
{
	uint32_t oldest = 63 - (uint32_t)__builtin_clzll(which), youngest = (uint32_t)__builtin_ctzll(which);

	lose(news, t->highest - oldest, t->highest - youngest, (uint64_t)__builtin_popcountll(which));
}

/* Numbers have come or were given up: what is still waited for, and since when? */
static void look_at_holes(struct track *t, li_us now)
{
	uint64_t all = holes(t);

	if (!all) {
		t->missing = 0;
	} else if (!t->missing || !(all & ~ages(t->highest - t->missing_to + 1))) {	/* none of those that the time belongs to */
		t->missing = now ? now : 1;
		t->missing_to = t->highest + 1;
	}
}

static bool give_up(struct track *t, uint32_t below, struct track_news *news)
{
	uint64_t which = holes(t) & ~ages(t->highest - below + 1);

	if (which)
		lose_ages(t, news, which);
	t->judged = below;
	return which != 0;
}

/* -- a number above the highest -- */

/* X23-MDF-001, X23-MDF-004: by `by` numbers, modulo 2^32. */
static void advance(struct track *t, uint32_t by, li_us now, struct track_news *news)
{
	uint64_t leaving = holes(t) & (by >= TRACK_WINDOW ? ~UINT64_C(0) : ~ages(TRACK_WINDOW - by));

	if (leaving)
		lose_ages(t, news, leaving);
	if (by > TRACK_WINDOW)
		lose(news, t->highest + 1, t->highest + by - TRACK_WINDOW, by - TRACK_WINDOW);
	t->seen = by >= TRACK_WINDOW ? 1 : t->seen << by | 1;
	t->highest += by;
	if (t->highest - t->judged >= TRACK_WINDOW)
		t->judged = t->highest - (TRACK_WINDOW - 1);
	if (t->highest - t->first >= HALF)	/* it has gone round */
		t->first = t->highest - (HALF - 1);
	if (by > 1 || t->missing)
		look_at_holes(t, now);
}

/* Of the run before the last restart: it has overtaken nothing, it is only late. */
static bool is_straggler(const struct track *t, uint32_t by, bool has_time, li_us time, unsigned conn)
{
	if (!has_time || t->began == LI_US_NEVER || time >= t->began || t->began - time > STRAGGLE)
		return false;
	return by > TRACK_WINDOW || (conn == t->old_conn && conn != t->conn);
}

/* -- a number that is not above it -- */

static enum track_verdict below_first(const struct track *t, uint32_t seq, int when, unsigned conn)
{
	if (when > 0 || (when == 0 && seq == 0 && conn == t->conn))	/* a connection keeps order */
		return TRACK_RESTART;
	return TRACK_LATE;
}

/* when: its time is later (1) or earlier (-1) than any of this run, or tells nothing (0). */
static enum track_verdict judge(const struct track *t, uint32_t seq, int when, uint8_t time_digest, unsigned conn)
{
	uint32_t age = t->highest - seq;
	bool in_run = age <= t->highest - t->first, again;

	if (age < TRACK_WINDOW && !(t->seen >> age & 1))
		return in_run ? TRACK_LATE : below_first(t, seq, when, conn);
	/* X23-MDF-005 */
	if (when > 0)
		return TRACK_RESTART;
	if (age < TRACK_WINDOW)
		again = seq == 0 && when == 0 && (age > 0 || (!time_digest && conn != t->conn));
	else
		again = when == 0 && (seq == 0 || (!time_digest && seq < TRACK_WINDOW));
	if (age < TRACK_WINDOW && time_digest && t->times[seq % TRACK_WINDOW])
		again |= time_digest != t->times[seq % TRACK_WINDOW];
	if (again)
		return TRACK_RESTART;
	return age < TRACK_WINDOW ? TRACK_DUPLICATE : TRACK_OLD;
}

static void restart(struct track *t, uint32_t seq, bool has_time, li_us time, unsigned conn, struct track_news *news)
{
	uint64_t left = holes(t);

	if (left)
		lose_ages(t, news, left);
	begin(t, seq, has_time, time, conn);
}

/* A POI whose clock was set back when it began again seems to repeat itself, number by number. */
static bool is_new_run(struct track *t, uint32_t seq)
{
	t->in_row = t->in_row && seq == t->below + 1 ? (uint8_t)(t->in_row + 1) : 1;
	t->below = seq;
	return t->in_row > TRACK_WINDOW;
}

static enum track_verdict go_back(struct track *t, uint32_t seq, bool has_time, li_us time, unsigned conn, li_us now,
				  struct track_news *news)
{
	bool both = has_time && t->latest != LI_US_NEVER;
	int when = both ? (time > t->latest) - (time < t->latest) : 0;
	enum track_verdict v = judge(t, seq, when, digest(has_time, time), conn);
	uint32_t age = t->highest - seq;

	if ((v == TRACK_DUPLICATE || v == TRACK_OLD) && is_new_run(t, seq))
		v = TRACK_RESTART;
	if (v == TRACK_RESTART) {
		restart(t, seq, has_time, time, conn, news);
	} else if (v == TRACK_LATE) {
		t->seen |= UINT64_C(1) << age;
		/* nobody has waited for what was sent before the first that came */
		news->found = age <= t->highest - t->first && age >= t->highest - t->judged + 1;
		if (t->missing)
			look_at_holes(t, now);
	}
	return v;
}

/* -- the whole -- */

enum track_verdict track_feed(struct track *t, uint32_t seq, bool has_time, li_us time, unsigned conn, li_us arrived,
			      struct track_news *news)
{
	uint32_t by = seq - t->highest;
	enum track_verdict v;

	*news = (struct track_news){ 0 };
	if (!t->live) {
		begin(t, seq, has_time, time, conn);
		t->old_conn = conn;
		t->times[seq % TRACK_WINDOW] = digest(has_time, time);
		return TRACK_FIRST;
	}
	if (by == 0 || by >= HALF) {
		v = go_back(t, seq, has_time, time, conn, arrived, news);
	} else if (is_straggler(t, by, has_time, time, conn)) {
		return TRACK_OLD;
	} else if (by > TRACK_JUMP) {
		restart(t, seq, has_time, time, conn, news);
		v = TRACK_JUMPED;
	} else {
		advance(t, by, arrived, news);
		t->conn = conn;
		t->in_row = 0;
		v = by == 1 ? TRACK_NEXT : TRACK_AHEAD;
	}
	if (v == TRACK_DUPLICATE || v == TRACK_OLD)
		return v;
	t->times[seq % TRACK_WINDOW] = digest(has_time, time);
	if (has_time && (t->latest == LI_US_NEVER || time > t->latest))
		t->latest = time;
	return v;
}

bool track_tick(struct track *t, li_us now, struct track_news *news)
{
	*news = (struct track_news){ 0 };
	if (!t->missing)
		return false;
	if (now < t->missing)		/* somebody has set the clock back */
		t->missing = now ? now : 1;
	if (now - t->missing < TRACK_PATIENCE)
		return false;
	(void)give_up(t, t->missing_to, news);
	t->missing = 0;
	look_at_holes(t, now);
	return news->lost != 0;
}

bool track_end(struct track *t, struct track_news *news)
{
	uint64_t left = t->live ? holes(t) : 0;

	*news = (struct track_news){ 0 };
	if (left)
		lose_ages(t, news, left);
	t->live = false;
	t->missing = 0;
	return left != 0;
}
