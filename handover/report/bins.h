/* bins.h: amounts over time in a fixed number of intervals, which widen as times come that lie outside. Pure. */
#ifndef HANDOVER_REPORT_BINS_H
#define HANDOVER_REPORT_BINS_H

#include <li/time.h>
#include <stdbool.h>
#include <stdint.h>

#define BINS 256	/* two for each mark that a printed page can show apart */

#define BINS_LEAST ((li_us)1000)	/* the narrowest interval: a millisecond */

enum bins_what { BINS_UP, BINS_DOWN, BINS_OTHER, BINS_RECORDS, BINS_KINDS };	/* octets from and to the target, of no said direction; records */

struct bins {
	li_us first, last;		/* times that came; width 0: none did */
	li_us base, width;		/* of the first interval; BINS_LEAST times a power of two */
	uint64_t sum[BINS][BINS_KINDS];
};

/* Times outside the years 1 to 9999 are none: no calendar shows them. */
bool bins_takes(li_us t);
void bins_add(struct bins *b, li_us t, enum bins_what what, uint64_t amount);
/* The largest sum of octets of an interval, up or down; others count as up. */
uint64_t bins_top(const struct bins *b);

#endif
