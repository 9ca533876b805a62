/*
 * scope.h: how far a warrant reaches: services, locations and the like of TS 103 221-1 table C.2, and location only (TS 33.128
 * LocationOnlyProvisioning). All zero: everything.
 */
#ifndef MEDIATION_WARRANT_SCOPE_H
#define MEDIATION_WARRANT_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum warrant_service { WARRANT_VOICE, WARRANT_DATA, WARRANT_MESSAGING, WARRANT_PUSH_TO_TALK, WARRANT_LALS, WARRANT_RCS, WARRANT_SERVICES };
#define WARRANT_ALL_SERVICES ((1u << WARRANT_SERVICES) - 1)

/* Which locations are reported: 0: all; else WARRANT_LOCATION_LIMITED and those that are (none of them: no location at all). */
#define WARRANT_LOCATION_LIMITED	1u
#define WARRANT_LOCATION_BEGIN_END	2u
#define WARRANT_LOCATION_UPON_CHANGE	4u
#define WARRANT_LOCATION_LALS		8u

struct warrant_scope {
	uint8_t services;			/* bits 1 << enum warrant_service; 0: all */
	uint8_t location[WARRANT_SERVICES];	/* of that service's events: WARRANT_LOCATION_*; events of no service go by the first
						 * service that is covered */
	uint8_t suspend_roaming;		/* services of which nothing is delivered while the target roams abroad */
	bool no_digits;				/* digits dialled after a call was set up are not reported */
	bool location_only;			/* nothing but locations */
	bool truncate_sms;			/* the text of short messages is not told, with content or without (TruncateTPUserData) */
};

static inline bool warrant_scope_eq(const struct warrant_scope *a, const struct warrant_scope *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;	/* octets only: no padding */
}

static inline bool warrant_scope_covers(const struct warrant_scope *s, enum warrant_service v)
{
	return s->services == 0 || (s->services >> v & 1);
}

/* Is all that b lets through let through by a as well? Of the services that both cover. */
bool warrant_scope_has(const struct warrant_scope *a, const struct warrant_scope *b);

/* The name of table C.2 ("voice" … "RCS"), and back: WARRANT_SERVICES where there is none. */
const char *warrant_service_name(enum warrant_service v);
enum warrant_service warrant_service_named(const char *name);

/* As two numbers for the store, beside the services; scope_unpack is false of what scope_pack never made. */
void warrant_scope_pack(const struct warrant_scope *s, int64_t *location, int64_t *options);
bool warrant_scope_unpack(int64_t services, int64_t location, int64_t options, struct warrant_scope *s);

/* For the audit log and people: "services=voice,data location=none …"; empty: everything. */
#define WARRANT_SCOPE_TEXT 672
void warrant_scope_text(const struct warrant_scope *s, char out[WARRANT_SCOPE_TEXT]);

#endif
