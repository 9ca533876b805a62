/* Tests of mediation/alarm.c: when an alarm begins, is told, and is over. */
#include "mediation/alarm.h"
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* The log goes to standard error: aside, meanwhile. */
static FILE *aside;
static int before;

static void said_begin(void)
{
	fflush(stderr);
	before = dup(STDERR_FILENO);
	aside = tmpfile();
	dup2(fileno(aside), STDERR_FILENO);
}

/* How many lines have this part. */
static int said_end(const char *part)
{
	char line[1024];
	int n = 0;

	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	rewind(aside);
	while (fgets(line, sizeof(line), aside))
		n += strstr(line, part) != NULL;
	fclose(aside);
	return n;
}

static li_us real_now = 1000 * LI_US_SECOND, steady_now = 5 * LI_US_SECOND;

static li_us real(void)
{
	return real_now;
}

static li_us steady(void)
{
	return steady_now;
}

static void later(int seconds)
{
	real_now += seconds * LI_US_SECOND;
	steady_now += seconds * LI_US_SECOND;
}

struct seen { size_t n, raised; struct alarm last, first; };

static void see(void *arg, const struct alarm *x)
{
	struct seen *s = arg;

	if (s->n++ == 0)
		s->first = *x;
	s->raised += x->raised;
	s->last = *x;
}

static struct seen all(const struct alarms *a)
{
	struct seen s = { 0 };

	alarms_each(a, see, &s);
	return s;
}

static void a_state(void)
{
	struct alarms *a = alarms_new(real, steady);
	struct seen s;

	alarm_is(a, ALARM_tap_down, "core", false, "x");
	alarms_round(a);
	CU_ASSERT_EQUAL(all(a).n, 0);
	said_begin();
	alarm_is(a, ALARM_tap_down, "core", true, "gone %d", 1);
	alarms_round(a);
	later(1);
	alarm_is(a, ALARM_tap_down, "core", true, "gone %d", 2);
	alarms_round(a);
	CU_ASSERT_EQUAL(said_end("alarm: tap_down core: gone 1: "), 1);	/* once, with what to do */
	s = all(a);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT(s.last.raised && s.last.count == 1 && s.last.since == real_now - LI_US_SECOND && s.last.over == LI_US_NEVER);
	CU_ASSERT_STRING_EQUAL(s.last.text, "gone 2");
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_down), 1);
	said_begin();
	alarm_is(a, ALARM_tap_down, "core", false, "x");
	alarms_round(a);
	alarm_is(a, ALARM_tap_down, "core", false, "x");
	CU_ASSERT_EQUAL(said_end("alarm over: tap_down core"), 1);
	s = all(a);
	CU_ASSERT(!s.last.raised && s.last.over == real_now);
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_down), 0);
	CU_ASSERT_EQUAL(alarms_count(a, ALARM_tap_down), 1);
	alarm_is(a, ALARM_tap_down, "core", true, "again");
	CU_ASSERT_EQUAL(all(a).last.count, 2);
	CU_ASSERT_EQUAL(all(a).n, 1);
	/* its object is gone: nobody looks at it any more */
	alarms_round(a);
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_down), 1);
	alarms_round(a);
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_down), 0);
	alarms_free(a);
}

/* What comes and goes within the grace is no alarm; and the clock that people set does not count it. */
static void grace(void)
{
	struct alarms *a = alarms_new(real, steady);

	for (int i = 0; i < 3; i++) {
		alarm_is(a, ALARM_destination_down, "d HI2", true, "x");
		later(9);
		real_now += 100 * LI_US_SECOND;
		alarm_is(a, ALARM_destination_down, "d HI2", true, "x");
		CU_ASSERT_EQUAL(alarms_raised(a, ALARM_destination_down), 0);
		CU_ASSERT_EQUAL(all(a).n, 0);
		alarm_is(a, ALARM_destination_down, "d HI2", false, "x");
	}
	alarm_is(a, ALARM_destination_down, "d HI2", true, "x");
	later(10);
	alarm_is(a, ALARM_destination_down, "d HI2", true, "x");
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_destination_down), 1);
	alarm_is(a, ALARM_destination_down, "d HI3", false, "x");
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_destination_down), 1);
	alarms_free(a);
}

static void events(void)
{
	struct alarms *a = alarms_new(real, steady);
	struct seen s;

	alarm_event(a, ALARM_tap_drops, "core", 0, "x");
	CU_ASSERT_EQUAL(all(a).n, 0);
	said_begin();
	alarm_event(a, ALARM_tap_drops, "core", 5, "5 packets");
	for (int i = 0; i < 100; i++) {
		later(ALARM_QUIET_S - 1);
		alarm_event(a, ALARM_tap_drops, "core", 1, "more");
		alarms_round(a);
	}
	CU_ASSERT_EQUAL(said_end("alarm: tap_drops core: 5 packets: "), 1);
	s = all(a);
	CU_ASSERT(s.last.raised && s.last.count == 105 && s.last.last == real_now && s.last.since < real_now);
	CU_ASSERT_EQUAL(alarms_count(a, ALARM_tap_drops), 105);
	later(ALARM_QUIET_S - 1);
	alarms_round(a);
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_drops), 1);
	later(1);
	alarms_round(a);
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_drops), 0);
	/* raised ones come first */
	alarm_event(a, ALARM_clock_step, "real time", 1, "x");
	s = all(a);
	CU_ASSERT(s.n == 2 && s.first.name == ALARM_clock_step && s.last.name == ALARM_tap_drops);
	alarms_free(a);
}

/* More objects than there is room for: those that are over make room, and nothing grows for ever. */
static void many(void)
{
	struct alarms *a = alarms_new(real, steady);
	char name[32];

	for (int i = 0; i < ALARMS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "tap %d", i);
		said_begin();
		alarm_event(a, ALARM_tap_drops, name, 1, "x");
		said_end("");
	}
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_drops), ALARMS_MAX);
	CU_ASSERT_EQUAL(alarms_count(a, ALARM_tap_drops), ALARMS_MAX + 10);
	later(ALARM_QUIET_S);
	said_begin();
	alarms_round(a);
	said_end("");
	alarm_event(a, ALARM_tap_drops, "another", 1, "x");
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_drops), 1);
	CU_ASSERT_STRING_EQUAL(all(a).first.object, "another");
	/* each is found again, whoever had its place before */
	alarm_event(a, ALARM_tap_drops, "another", 1, "x");
	CU_ASSERT_EQUAL(all(a).first.count, 2);
	said_begin();
	alarm_event(a, ALARM_tap_drops, "tap 0", 1, "x");
	alarm_event(a, ALARM_tap_drops, "tap 7", 1, "x");
	said_end("");
	CU_ASSERT_EQUAL(alarms_raised(a, ALARM_tap_drops), 3);
	CU_ASSERT_EQUAL(all(a).n, ALARMS_MAX);
	alarms_free(a);
}

UNIT_MAIN("alarm", UNIT(a_state), UNIT(grace), UNIT(events), UNIT(many))
