/* test_lemf_rules.c: what is said of peers: patterns, files of them, limits, and what cannot be said. */
#include "handover/lemf_rules.h"

#include <stdlib.h>
#include <unistd.h>

#include "test/unit.h"

static struct lemf_rules r;
static char err[200];

static bool says(bool (*option)(struct lemf_rules *, char *, char *, size_t), const char *text)
{
	char copy[300];

	snprintf(copy, sizeof(copy), "%s", text);
	err[0] = '\0';
	return option(&r, copy, err, sizeof(err));
}

static void expectations(void)	/* HO-PSH-018 */
{
	CU_ASSERT(says(lemf_rules_expect, "a=NL-OP01-*") && says(lemf_rules_expect, "a=__-OP02-LI%2D7") && says(lemf_rules_expect, "a=DE-OP03-1"));
	CU_ASSERT(says(lemf_rules_limit, "b=connections=2"));
	lemf_rules_ready(&r);
	CU_ASSERT_PTR_NULL(lemf_rule_of(&r, "c"));
	CU_ASSERT(lemf_rule_expects(NULL, "anything") && lemf_rule_expects(lemf_rule_of(&r, "b"), "anything"));
	CU_ASSERT(lemf_rule_expects(lemf_rule_of(&r, "a"), "NL-OP01-LI-1") && lemf_rule_expects(lemf_rule_of(&r, "a"), "__-OP02-LI%2D7") &&
		  lemf_rule_expects(lemf_rule_of(&r, "a"), "DE-OP03-1"));
	CU_ASSERT(!lemf_rule_expects(lemf_rule_of(&r, "a"), "NL-OP011-LI-1") && !lemf_rule_expects(lemf_rule_of(&r, "a"), "DE-OP03-12") &&
		  !lemf_rule_expects(lemf_rule_of(&r, "a"), "__-OP02-LI%2D8") && !lemf_rule_expects(lemf_rule_of(&r, "a"), ""));
	lemf_rules_fini(&r);
}

static void files(void)
{
	char name[] = "/tmp/test_rules.XXXXXX", text[300], one[32];
	FILE *f = fdopen(mkstemp(name), "w");
	unsigned good = 0;

	CU_ASSERT_FATAL(f != NULL);
	fprintf(f, "# whom we ordered\n\nNL-OP01-A  # a comment\r\nNL-OP02-*\n");
	for (unsigned i = 0; i < 20000; i++)
		fprintf(f, "NL-OP03-%u\n", i * 7919 % 20000 * 3);
	fclose(f);
	snprintf(text, sizeof(text), "a=@%s", name);
	CU_ASSERT_TRUE(says(lemf_rules_expect, text));
	lemf_rules_ready(&r);
	for (unsigned i = 0; i < 60000; i++) {
		snprintf(one, sizeof(one), "NL-OP03-%u", i);
		good += lemf_rule_expects(lemf_rule_of(&r, "a"), one);
	}
	CU_ASSERT_EQUAL(good, 20000);
	CU_ASSERT(lemf_rule_expects(lemf_rule_of(&r, "a"), "NL-OP01-A") && lemf_rule_expects(lemf_rule_of(&r, "a"), "NL-OP02-x") &&
		  !lemf_rule_expects(lemf_rule_of(&r, "a"), "# whom we ordered") && !lemf_rule_expects(lemf_rule_of(&r, "a"), ""));
	lemf_rules_fini(&r);
	f = fopen(name, "w");
	for (unsigned i = 0; i < 600; i++)
		fputc('x', f);
	fclose(f);
	CU_ASSERT(!says(lemf_rules_expect, text) && strstr(err, ":1: longer"));
	unlink(name);
	CU_ASSERT(!says(lemf_rules_expect, text) && strstr(err, "No such"));
	lemf_rules_fini(&r);
}

static void limits(void)
{
	CU_ASSERT(says(lemf_rules_limit, "a=connections=3,rate=50MiB") && says(lemf_rules_limit, "b=rate=1000"));
	CU_ASSERT(lemf_rule_of(&r, "a")->connections == 3 && lemf_rule_of(&r, "a")->rate == 50u << 20 && lemf_rule_of(&r, "a")->allowance == 50u << 20);
	CU_ASSERT(lemf_rule_of(&r, "b")->connections == 0 && lemf_rule_of(&r, "b")->rate == 1000);
	CU_ASSERT(!says(lemf_rules_limit, "a=connections=0") && !says(lemf_rules_limit, "a=connections=3MiB") && !says(lemf_rules_limit, "a=rate=-1") &&
		  !says(lemf_rules_limit, "a=rate=20000000000GiB") && !says(lemf_rules_limit, "a=speed=3") && !says(lemf_rules_limit, "a=rate="));
	CU_ASSERT(strstr(err, "can be limited") != NULL);
	CU_ASSERT(!says(lemf_rules_limit, "a") && !says(lemf_rules_limit, "=rate=3") && !says(lemf_rules_expect, "a="));
	lemf_rules_fini(&r);
	for (unsigned i = 0; i <= LEMF_RULES_MAX; i++) {
		char text[32];

		snprintf(text, sizeof(text), "peer%u=rate=1", i);
		CU_ASSERT_EQUAL(says(lemf_rules_limit, text), i < LEMF_RULES_MAX);
	}
	CU_ASSERT(strstr(err, "too many") != NULL);
	lemf_rules_fini(&r);
}

static void unexpected(void)	/* HO-PSH-018 */
{
	CU_ASSERT(says(lemf_rules_unexpected, "a=refuse") && lemf_rule_of(&r, "a")->refuses);
	CU_ASSERT(says(lemf_rules_unexpected, "b=aside") && !lemf_rule_of(&r, "b")->refuses);
	CU_ASSERT(says(lemf_rules_unexpected, "a=aside") && !lemf_rule_of(&r, "a")->refuses);
	CU_ASSERT(!says(lemf_rules_unexpected, "a=drop") && strstr(err, "aside and refuse") && !says(lemf_rules_unexpected, "refuse"));
	CU_ASSERT(lemf_rule_expects(lemf_rule_of(&r, "a"), "NL-OP01-X"));	/* without an --expect all is */
	lemf_rules_fini(&r);
}

UNIT_MAIN("lemf_rules", UNIT(expectations), UNIT(files), UNIT(limits), UNIT(unexpected))
