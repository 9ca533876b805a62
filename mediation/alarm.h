/*
 * alarm.h: what an operator has to act upon, by alarm.tbl: raised, since when, how often, over. Logged once when it is raised and
 * once when it is over. An alarm is (name, object); objects are names of taps, short DIDs, counters: nobody's identity.
 * Control loop only.
 */
#ifndef MEDIATION_ALARM_H
#define MEDIATION_ALARM_H

#include <li/log.h>
#include <li/time.h>

#define ALARM_QUIET_S 3600	/* an event's alarm is over when none came for that long: who looks once an hour sees it */
#define ALARMS_MAX 4096		/* destinations have four; more are counted as one more of the last */
#define ALARM_OBJECT_MAX 64
#define ALARM_TEXT_MAX 256

enum alarm_name {
#define ALARM(name, lasting, grace, level, what, action) ALARM_##name,
#include "mediation/alarm.tbl"
#undef ALARM
	ALARM_NAMES
};

struct alarm {
	enum alarm_name name;
	bool raised;
	char object[ALARM_OBJECT_MAX], text[ALARM_TEXT_MAX];
	li_us since, last, over;	/* LI_US_NEVER: not yet */
	uint64_t count;			/* times it was raised, or events */
};

struct alarms;
/* clock: real time, to be shown; steady: a clock that nobody sets. NULL: no memory. */
struct alarms *alarms_new(li_us (*clock)(void), li_us (*steady)(void));
void alarms_free(struct alarms *a);

/* A lasting one, looked at in every round: is it so now? */
void alarm_is(struct alarms *a, enum alarm_name name, const char *object, bool bad, const char *fmt, ...) LI_PRINTF(5, 6);
/* n events more; 0: nothing has happened. */
void alarm_event(struct alarms *a, enum alarm_name name, const char *object, uint64_t n, const char *fmt, ...) LI_PRINTF(5, 6);
/* The end of a round: lasting alarms that were not looked at in it are over (their object is gone), and so are events that are
 * long past. */
void alarms_round(struct alarms *a);

/* Those that are raised, then those that are over, in the order in which they came. */
void alarms_each(const struct alarms *a, void (*fn)(void *arg, const struct alarm *x), void *arg);
size_t alarms_raised(const struct alarms *a, enum alarm_name name);
size_t alarms_all_raised(const struct alarms *a);
uint64_t alarms_count(const struct alarms *a, enum alarm_name name);	/* ever */
const char *alarm_text(enum alarm_name name);
const char *alarm_what(enum alarm_name name);
enum li_log alarm_level(enum alarm_name name);
const char *alarm_action(enum alarm_name name);

#endif
