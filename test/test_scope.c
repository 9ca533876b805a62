/* test_scope.c: a warrant's scope as numbers and as text. */
#include "mediation/warrant/scope.h"

#include "test/unit.h"

static void names(void)
{
	for (unsigned i = 0; i < WARRANT_SERVICES; i++)
		CU_ASSERT_EQUAL(warrant_service_named(warrant_service_name((enum warrant_service)i)), (enum warrant_service)i);
	CU_ASSERT_EQUAL(warrant_service_named("VOICE"), WARRANT_SERVICES);
	CU_ASSERT_EQUAL(warrant_service_named(""), WARRANT_SERVICES);
}

/* Random scopes come back from their numbers as they were; numbers that none has are refused. */
static void numbers(void)
{
	uint64_t seed = 7;

	for (int i = 0; i < 2000; i++) {
		struct warrant_scope s = { .services = (uint8_t)(unit_rand(&seed) & WARRANT_ALL_SERVICES),
			.suspend_roaming = (uint8_t)(unit_rand(&seed) & WARRANT_ALL_SERVICES), .no_digits = unit_rand(&seed) & 1,
			.location_only = unit_rand(&seed) & 1, .truncate_sms = unit_rand(&seed) & 1 }, back;
		int64_t location, options;

		for (int k = 0; k < WARRANT_SERVICES; k++)
			s.location[k] = unit_rand(&seed) & 15;
		warrant_scope_pack(&s, &location, &options);
		CU_ASSERT(warrant_scope_unpack(s.services, location, options, &back) && warrant_scope_eq(&s, &back));
		CU_ASSERT(!warrant_scope_unpack(64 + s.services, location, options, &back));
		CU_ASSERT(!warrant_scope_unpack(s.services, location | 1 << 24, options, &back));
		CU_ASSERT(!warrant_scope_unpack(s.services, location, options | 64, &back));
		CU_ASSERT(!warrant_scope_unpack(s.services, location, options | 2048, &back));
		CU_ASSERT(!warrant_scope_unpack(-1, -1, -1, &back));
	}
}

static void text(void)
{
	struct warrant_scope s = { 0 };
	char t[WARRANT_SCOPE_TEXT];

	warrant_scope_text(&s, t);
	CU_ASSERT_STRING_EQUAL(t, "");
	s.location[WARRANT_MESSAGING] = WARRANT_LOCATION_LIMITED;
	s.location[WARRANT_DATA] = WARRANT_LOCATION_LIMITED | WARRANT_LOCATION_BEGIN_END | WARRANT_LOCATION_LALS;
	s.suspend_roaming = 1u << WARRANT_VOICE;
	warrant_scope_text(&s, t);
	CU_ASSERT_STRING_EQUAL(t, "location(data)=beginningAndEnd,LALS location(messaging)=none suspend_roaming=voice");
	/* the longest there is has room */
	s = (struct warrant_scope){ .services = WARRANT_ALL_SERVICES, .suspend_roaming = WARRANT_ALL_SERVICES - 1, .no_digits = true, .location_only = true,
		.truncate_sms = true };
	for (int k = 0; k < WARRANT_SERVICES; k++)
		s.location[k] = k == 3 ? 13 : 15;
	warrant_scope_text(&s, t);
	CU_ASSERT_PTR_NOT_NULL(strstr(t, " location_only truncate_tp_user_data"));
	CU_ASSERT(strlen(t) < WARRANT_SCOPE_TEXT - 1);
}

UNIT_MAIN("scope", UNIT(names), UNIT(numbers), UNIT(text))
