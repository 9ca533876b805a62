/* alarm.c: see alarm.h. */
#include "mediation/alarm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handover/table.h"

struct row { const char *name, *what, *action; bool lasting; unsigned grace; enum li_log level; };
static const struct row rows[] = {
#define ALARM(name, lasting, grace, level, what, action) { #name, what, action, lasting, grace, LI_LOG_##level },
#include "mediation/alarm.tbl"
#undef ALARM
};

struct held {
	struct alarm x;
	struct link by_object;
	bool looked;			/* in this round */
	li_us bad_since;		/* steady; LI_US_NEVER: it is not bad */
	li_us last;			/* steady: of its last event */
};

struct alarms {
	li_us (*clock)(void), (*steady)(void);
	struct held **held;		/* in the order in which they came */
	size_t n, size;
	struct table by_object;		/* a thousand destinations ask for theirs each second */
	uint64_t count[ALARM_NAMES];
};

struct alarms *alarms_new(li_us (*clock)(void), li_us (*steady)(void))
{
	struct alarms *a = calloc(1, sizeof(*a));

	if (a) {
		a->clock = clock;
		a->steady = steady;
		table_init(&a->by_object);
	}
	return a;
}

void alarms_free(struct alarms *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		free(a->held[i]);
	free(a->held);
	table_fini(&a->by_object);
	free(a);
}

static struct view key_of(const char *object)
{
	return view_of((const uint8_t *)object, strnlen(object, ALARM_OBJECT_MAX - 1));
}

static struct held *find(struct alarms *a, enum alarm_name name, const char *object)
{
	struct view key = key_of(object);

	for (struct link *l = table_first(&a->by_object, table_hash(key)); l; l = table_next(l)) {
		struct held *h = (struct held *)(void *)((char *)l - offsetof(struct held, by_object));

		if (h->x.name == name && view_eq(key_of(h->x.object), key))
			return h;
	}
	return NULL;
}

static struct held *more(struct alarms *a)
{
	if (a->n == a->size) {
		size_t size = a->size ? 2 * a->size : 16;
		struct held **list = realloc(a->held, size * sizeof(struct held *));

		if (!list)
			return NULL;
		a->held = list;
		a->size = size;
	}
	a->held[a->n] = calloc(1, sizeof(struct held));
	return a->held[a->n] ? a->held[a->n++] : NULL;
}

/* Room is made of what is over; where all are raised, there is none. */
static struct held *add(struct alarms *a, enum alarm_name name, const char *object)
{
	struct held *h = a->n < ALARMS_MAX ? more(a) : NULL;

	for (size_t i = 0; !h && i < a->n; i++)
		if (!a->held[i]->x.raised) {
			h = a->held[i];
			table_del(&a->by_object, &h->by_object);
		}
	if (!h)
		return NULL;
	memset(h, 0, sizeof(*h));
	h->x.name = name;
	h->x.since = h->x.last = h->x.over = h->bad_since = LI_US_NEVER;
	snprintf(h->x.object, sizeof(h->x.object), "%s", object);
	table_add(&a->by_object, &h->by_object, key_of(h->x.object));
	return h;
}

static void raise_it(struct alarms *a, struct held *h)
{
	const struct row *r = &rows[h->x.name];

	if (h->x.raised)
		return;
	h->x.raised = true;
	h->x.since = a->clock();
	h->x.over = LI_US_NEVER;
	li_log(r->level, "alarm: %s %s: %s: %s", r->name, h->x.object, h->x.text, r->action);
}

static void end_it(struct alarms *a, struct held *h)
{
	if (!h->x.raised)
		return;
	h->x.raised = false;
	h->x.over = a->clock();
	li_log(LI_LOG_NOTICE, "alarm over: %s %s", rows[h->x.name].name, h->x.object);
}

void alarm_is(struct alarms *a, enum alarm_name name, const char *object, bool bad, const char *fmt, ...)
{
	struct held *h = find(a, name, object);
	li_us now = a->steady();
	va_list ap;

	if (!h && bad)
		h = add(a, name, object);
	if (!h)
		return;
	h->looked = true;
	if (!bad) {
		h->bad_since = LI_US_NEVER;
		end_it(a, h);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(h->x.text, sizeof(h->x.text), fmt, ap);
	va_end(ap);
	if (h->bad_since == LI_US_NEVER)
		h->bad_since = now;
	if (now - h->bad_since < rows[name].grace * LI_US_SECOND)
		return;
	h->x.last = a->clock();
	if (!h->x.raised) {
		h->x.count++;
		a->count[name]++;
	}
	raise_it(a, h);
}

void alarm_event(struct alarms *a, enum alarm_name name, const char *object, uint64_t n, const char *fmt, ...)
{
	struct held *h;
	va_list ap;

	if (n == 0)
		return;
	a->count[name] += n;
	h = find(a, name, object);
	if (!h)
		h = add(a, name, object);
	if (!h)
		return;
	h->x.count += n;
	h->x.last = a->clock();
	h->last = a->steady();
	va_start(ap, fmt);
	vsnprintf(h->x.text, sizeof(h->x.text), fmt, ap);
	va_end(ap);
	raise_it(a, h);
}

void alarms_round(struct alarms *a)
{
	li_us now = a->steady();

	for (size_t i = 0; i < a->n; i++) {
		struct held *h = a->held[i];
		bool lasting = rows[h->x.name].lasting;

		if (lasting ? !h->looked : now - h->last >= ALARM_QUIET_S * LI_US_SECOND) {
			h->bad_since = LI_US_NEVER;
			end_it(a, h);
		}
		h->looked = false;
	}
}

void alarms_each(const struct alarms *a, void (*fn)(void *arg, const struct alarm *x), void *arg)
{
	for (int raised = 1; raised >= 0; raised--)
		for (size_t i = 0; i < a->n; i++)
			if (a->held[i]->x.raised == raised && a->held[i]->x.since != LI_US_NEVER)
				fn(arg, &a->held[i]->x);
}

size_t alarms_raised(const struct alarms *a, enum alarm_name name)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->held[i]->x.raised && a->held[i]->x.name == name;
	return n;
}

size_t alarms_all_raised(const struct alarms *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->held[i]->x.raised;
	return n;
}

uint64_t alarms_count(const struct alarms *a, enum alarm_name name)
{
	return a->count[name];
}

const char *alarm_text(enum alarm_name name)
{
	return rows[name].name;
}

const char *alarm_what(enum alarm_name name)
{
	return rows[name].what;
}

enum li_log alarm_level(enum alarm_name name)
{
	return rows[name].level;
}

const char *alarm_action(enum alarm_name name)
{
	return rows[name].action;
}
