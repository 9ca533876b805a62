/*
 * clock.h: is this machine's clock good enough for records? The kernel knows whether it is synchronised and how far off it may be
 * (adjtimex); a step shows between the real-time clock and one that nobody sets.
 */
#ifndef MEDIATION_CLOCK_H
#define MEDIATION_CLOCK_H

#include <li/time.h>

/* NTP daemons slew what is less than 128 ms, and slewing changes both clocks alike: a step of this size was made by somebody. */
#define CLOCK_STEP_US 50000

/* The system's, in microseconds since 1970; and one that goes on at the same pace, through suspends too, and is never set. */
li_us clock_real(void);
li_us clock_steady(void);
/* Which start of the machine the steady one counts from; empty: not known. */
#define CLOCK_BOOT 37
void clock_boot(char out[CLOCK_BOOT]);
/* The difference of the two; both are read in the same instant, give or take microseconds. */
li_us clock_offset(void);

struct clock_kernel {
	bool known, synchronised;
	li_us error, worst;		/* estimated and maximum error */
};
void clock_kernel(struct clock_kernel *k);

struct clock_watch { bool begun; li_us offset; };
/* By how much the clock was set since the last look; 0: it was not. Positive: forward. */
li_us clock_step(struct clock_watch *w, li_us offset);

#endif
