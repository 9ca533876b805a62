/* scope.c: names and numbers of a warrant's scope. */
#include "mediation/warrant/scope.h"

#include <li/err.h>

#include <stdarg.h>
#include <stdio.h>

_Static_assert(sizeof(struct warrant_scope) == 5 + WARRANT_SERVICES, "octets only: compared as they lie");

static const char *const service[WARRANT_SERVICES] = { "voice", "data", "messaging", "pushToTalk", "LALS", "RCS" };

const char *warrant_service_name(enum warrant_service v)
{
	return service[v];
}

enum warrant_service warrant_service_named(const char *name)
{
	unsigned v = 0;

	while (v < WARRANT_SERVICES && strcmp(service[v], name) != 0)
		v++;
	return (enum warrant_service)v;
}

/* -- numbers: locations four bits a service; options: suspend_roaming, then a bit each -- */

#define LOCATION_BITS 4
#define LOCATION_MASK 15
#define NO_DIGITS 0x100
#define LOCATION_ONLY 0x200
#define TRUNCATE_SMS 0x400
#define OPTIONS_ALL 0x7ff

bool warrant_scope_has(const struct warrant_scope *a, const struct warrant_scope *b)
{
	if ((a->no_digits && !b->no_digits) || (a->location_only && !b->location_only) || (a->suspend_roaming & ~b->suspend_roaming))
		return false;
	for (unsigned i = 0; i < WARRANT_SERVICES; i++) {
		bool both = warrant_scope_covers(a, (enum warrant_service)i) && warrant_scope_covers(b, (enum warrant_service)i);

		if (both && a->location[i] && (!b->location[i] || (b->location[i] & ~a->location[i])))	/* 0: all of them */
			return false;
	}
	return true;
}

void warrant_scope_pack(const struct warrant_scope *s, int64_t *location, int64_t *options)
{
	*location = 0;
	for (int i = 0; i < WARRANT_SERVICES; i++)
		*location |= (int64_t)s->location[i] << (LOCATION_BITS * i);
	*options = s->suspend_roaming | (s->no_digits ? NO_DIGITS : 0) | (s->location_only ? LOCATION_ONLY : 0) |
		   (s->truncate_sms ? TRUNCATE_SMS : 0);
}

bool warrant_scope_unpack(int64_t services, int64_t location, int64_t options, struct warrant_scope *s)
{
	*s = (struct warrant_scope){ .services = (uint8_t)services, .suspend_roaming = (uint8_t)options,
		.no_digits = options & NO_DIGITS, .location_only = options & LOCATION_ONLY, .truncate_sms = options & TRUNCATE_SMS };
	for (int i = 0; i < WARRANT_SERVICES; i++)
		s->location[i] = location >> (LOCATION_BITS * i) & LOCATION_MASK;
	return services >= 0 && services <= (int64_t)WARRANT_ALL_SERVICES && (options & ~(int64_t)OPTIONS_ALL) == 0 &&
	       s->suspend_roaming <= WARRANT_ALL_SERVICES && location >> (LOCATION_BITS * WARRANT_SERVICES) == 0;
}

/* -- text -- */

struct text { char *p; size_t n; };

/* WARRANT_SCOPE_TEXT holds the longest there is. */
static void LI_PRINTF(2, 3) put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->n, WARRANT_SCOPE_TEXT - t->n, fmt, ap);
	va_end(ap);
	if (n > 0 && t->n + (size_t)n < WARRANT_SCOPE_TEXT)
		t->n += (size_t)n;
}

static void put_services(struct text *t, const char *name, unsigned services)
{
	const char *between = "=";

	put(t, "%s%s", t->n ? " " : "", name);
	for (unsigned i = 0; i < WARRANT_SERVICES; i++)
		if (services >> i & 1) {
			put(t, "%s%s", between, service[i]);
			between = ",";
		}
}

static void put_location(struct text *t, const char *of, unsigned l)
{
	static const struct { unsigned bit; const char *name; } kind[] = { { WARRANT_LOCATION_BEGIN_END, "beginningAndEnd" },
		{ WARRANT_LOCATION_UPON_CHANGE, "uponChange" }, { WARRANT_LOCATION_LALS, "LALS" } };
	const char *between = "=";

	put(t, "%slocation%s", t->n ? " " : "", of);
	if (l == WARRANT_LOCATION_LIMITED)
		put(t, "=none");
	for (unsigned i = 0; i < 3; i++)
		if (l & kind[i].bit) {
			put(t, "%s%s", between, kind[i].name);
			between = ",";
		}
}

static bool same_of_all(const uint8_t l[WARRANT_SERVICES])
{
	for (unsigned i = 1; i < WARRANT_SERVICES; i++)
		if (l[i] != l[0])
			return false;
	return true;
}

void warrant_scope_text(const struct warrant_scope *s, char out[WARRANT_SCOPE_TEXT])
{
	struct text t = { out, 0 };

	*out = 0;
	if (s->services)
		put_services(&t, "services", s->services);
	if (same_of_all(s->location) && s->location[0])
		put_location(&t, "", s->location[0]);
	for (unsigned i = 0; !same_of_all(s->location) && i < WARRANT_SERVICES; i++)
		if (s->location[i]) {
			char of[32];

			snprintf(of, sizeof(of), "(%s)", service[i]);
			put_location(&t, of, s->location[i]);
		}
	if (s->suspend_roaming == WARRANT_ALL_SERVICES)
		put(&t, "%ssuspend_roaming", t.n ? " " : "");
	else if (s->suspend_roaming)
		put_services(&t, "suspend_roaming", s->suspend_roaming);
	if (s->no_digits)
		put(&t, "%sreport_digits=no", t.n ? " " : "");
	if (s->location_only)
		put(&t, "%slocation_only", t.n ? " " : "");
	if (s->truncate_sms)
		put(&t, "%struncate_tp_user_data", t.n ? " " : "");
}
