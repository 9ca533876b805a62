/* golden.h: the reference encodings of TS 102 232-1 in test/golden/ps.txt: made by Erlang's asn1ct from a module that is not ours (DER, genHeader
 * version 33); a line each: name, octets in hex. */
#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

#include "test/hex.h"

#define GOLDEN_FILE "test/golden/ps.txt"
#define GOLDEN_LINE 1024

/* Calls each for every line; how many there were. */
static inline unsigned golden_each(void (*each)(void *arg, const char *name, const char *hex), void *arg)
{
	FILE *f = fopen(GOLDEN_FILE, "r");
	char line[GOLDEN_LINE], *blank;
	unsigned n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (; fgets(line, sizeof(line), f); n++) {
		blank = strchr(line, ' ');
		CU_ASSERT_PTR_NOT_NULL_FATAL(blank);
		*blank = '\0';
		each(arg, line, blank + 1);
	}
	fclose(f);
	return n;
}

struct golden_want { const char *name; struct buf *to; bool found; };

static inline void golden_one(void *arg, const char *name, const char *hex)
{
	struct golden_want *w = arg;

	if (strcmp(name, w->name))
		return;
	w->to->n = 0;
	hex_put(w->to, hex);
	w->found = true;
}

/* The octets of that name, instead of what b holds. */
static inline void golden_get(const char *name, struct buf *b)
{
	struct golden_want w = { name, b, false };

	golden_each(golden_one, &w);
	CU_ASSERT_TRUE_FATAL(w.found);
}

static inline bool golden_is(struct view v, const char *name)
{
	struct buf want = { 0 };
	bool same;

	golden_get(name, &want);
	same = view_eq(v, buf_view(&want));
	if (!same)
		fprintf(stderr, "not %s\n", name);
	buf_fini(&want);
	return same;
}

#endif
