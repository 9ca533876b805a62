/* bench_index.c: the bare look-up of a random tunnel, nanoseconds of CPU, among 2,000 tunnels and among 2,000,000, in bursts as a file
 * tap asks for them. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mediation/warrant/index.h"

enum { BURST = 32, LOOKUPS = 4000000 };

static struct li_addr addr(uint32_t i)
{
	return li_addr4((uint8_t[]){ 10, 2, 0, (uint8_t)(i % 64) });
}

static double run(uint32_t n)
{
	struct index *ix = index_new(7);
	struct index_key key[BURST];
	struct timespec a, b;
	void *value[BURST];
	uint64_t rng = 1;
	size_t found = 0;
	static int any;

	for (uint32_t i = 0; i < n; i++) {
		struct li_addr to = addr(i);

		if (!ix || index_set(ix, &to, i + 1, &any, NULL))
			exit(1);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	for (unsigned i = 0; i < LOOKUPS; i += BURST) {
		for (unsigned k = 0; k < BURST; k++) {
			uint32_t t = (uint32_t)((rng = rng * UINT64_C(6364136223846793005) + 1) >> 33) % n;

			key[k] = (struct index_key){ addr(t), t + 1 };
		}
		index_find_burst(ix, key, BURST, value);
		for (unsigned k = 0; k < BURST; k++)
			found += value[k] != NULL;
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	index_free(ix);
	if (found != LOOKUPS)
		exit(1);
	return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / LOOKUPS;
}

int main(void)
{
	printf("small %.1f large %.1f\n", run(2000), run(2000000));
	return 0;
}
