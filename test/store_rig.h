/* store_rig.h: a store in a folder of its own, opened again and again. */
#ifndef TEST_STORE_RIG_H
#define TEST_STORE_RIG_H

#include "mediation/warrant/store.h"
#include "test/said.h"
#include "test/unit.h"

static char *dir, *key;
static char err[256];

static inline void begin(void)
{
	dir = folder_new();
	key = file_in(dir, "state.key", NULL);
}

static inline void end(void)
{
	free(key);
	folder_remove(dir);
}

static inline struct store *again(struct store *s)
{
	store_close(s);
	s = store_open(dir, key, true, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

/* The next number of a context without a CIN, taken. */
static inline enum li_err take(struct store *s, struct view context, uint32_t *n)
{
	enum li_err e = store_number(s, context, n);

	return e ? e : store_set_number(s, context, *n + 1);
}

#endif
