/* Tests of mediation/metrics.c: the text format. */
#include <math.h>
#include <string.h>

#include "mediation/metrics.h"
#include "unit.h"

static void the_format(void)
{
	struct metrics m;
	struct buf b;
	struct stats_sink k;
	struct stat_label l[] = { { "tap", "a\"b\\c\nd" }, { "kind", "x" } };
	struct stat_value n = { .n = UINT64_MAX }, d = { .real = true, .d = 0.25 };
	static const char want[] = "# HELP mdfd_a_total one\\\\ two\\n\"three\"\n# TYPE mdfd_a_total counter\n"
		"mdfd_a_total 18446744073709551615\nmdfd_a_total{tap=\"a\\\"b\\\\c\\nd\",kind=\"x\"} 18446744073709551615\n"
		"# HELP mdfd_b b\n# TYPE mdfd_b gauge\nmdfd_b 0.25\n";

	buf_init(&b, 0);
	k = metrics_sink(&m, &b);
	k.family(k.arg, "mdfd_a_total", true, "one\\ two\n\"three\"");
	k.sample(k.arg, NULL, 0, &n, "not told");
	k.sample(k.arg, l, 2, &n, NULL);
	k.family(k.arg, "mdfd_b", false, "b");
	k.sample(k.arg, NULL, 0, &d, NULL);
	CU_ASSERT_EQUAL(m.err, LI_OK);
	CU_ASSERT_EQUAL(b.n, strlen(want));
	CU_ASSERT(b.n == strlen(want) && memcmp(b.p, want, b.n) == 0);
	buf_fini(&b);
}

static void no_room(void)
{
	struct metrics m;
	struct buf b;
	struct stats_sink k;

	buf_init(&b, 16);
	k = metrics_sink(&m, &b);
	k.family(k.arg, "mdfd_a_total", true, "a text that is longer than that");
	CU_ASSERT_NOT_EQUAL(m.err, LI_OK);
	buf_fini(&b);
}

/* Names by the conventions: what is a counter ends in _total, nothing else does; units are seconds and bytes. */
static void names(void)
{
	static const struct { const char *name; bool counter; } f[] = {
#define counter true
#define gauge false
#define FAMILY(id, kind, text) { #id, kind },
#include "mediation/stats.tbl"
#undef FAMILY
#undef counter
#undef gauge
	};

	for (size_t i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		size_t n = strlen(f[i].name);
		bool total = n > 6 && strcmp(f[i].name + n - 6, "_total") == 0;

		CU_ASSERT_EQUAL(total, f[i].counter);
		CU_ASSERT_EQUAL(strspn(f[i].name, "abcdefghijklmnopqrstuvwxyz_"), n);
		CU_ASSERT_PTR_NULL(strstr(f[i].name, "octets"));
		CU_ASSERT_PTR_NULL(strstr(f[i].name, "_us"));
		for (size_t k = 0; k < i; k++)
			CU_ASSERT(strcmp(f[k].name, f[i].name) != 0);
	}
}

UNIT_MAIN("metrics", UNIT(the_format), UNIT(no_room), UNIT(names))
