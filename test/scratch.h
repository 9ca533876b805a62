/* scratch.h: a folder for what lemfd stores, in memory where there is such a place: a store syncs thousands of times. */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test/unit.h"

#define SCRATCH_PATH 64

static inline int scratch_rm(const char *p, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(p);
}

/* With all that is in it; "": nothing. */
static inline void scratch_remove(char dir[SCRATCH_PATH])
{
	if (dir[0])
		nftw(dir, scratch_rm, 16, FTW_DEPTH | FTW_PHYS);
	dir[0] = 0;
}

/* An empty one, in the place of the one before. */
static inline void scratch_new(char dir[SCRATCH_PATH])
{
	scratch_remove(dir);
	snprintf(dir, SCRATCH_PATH, "%s/openmdf-lemf.XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

#endif
