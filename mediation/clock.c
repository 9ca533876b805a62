/* clock.c: see clock.h. */
#include "mediation/clock.h"

#include <stdio.h>
#include <sys/timex.h>
#include <time.h>

#define TRIES 8			/* readings of both clocks; the closest is taken */

static li_us get(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (li_us)t.tv_sec * LI_US_SECOND + t.tv_nsec / 1000;
}

li_us clock_real(void)
{
	return get(CLOCK_REALTIME);
}

/* Not CLOCK_MONOTONIC: that stands still while a virtual machine is suspended, and the end of that is no step. */
li_us clock_steady(void)
{
	return get(CLOCK_BOOTTIME);
}

void clock_boot(char out[CLOCK_BOOT])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || fscanf(f, "%36[0-9a-f-]", out) != 1)
		out[0] = '\0';
	if (f)
		fclose(f);
}

li_us clock_offset(void)
{
	li_us best = LI_US_NEVER, offset = 0;

	for (int i = 0; i < TRIES && best > 10; i++) {
		li_us before = clock_steady(), real = clock_real(), took = clock_steady() - before;

		if (took < best) {
			best = took;
			offset = real - before - took / 2;
		}
	}
	return offset;
}

void clock_kernel(struct clock_kernel *k)
{
	struct timex t = { .modes = 0 };
	int r = adjtimex(&t);

	*k = (struct clock_kernel){ .known = r >= 0, .synchronised = r >= 0 && r != TIME_ERROR && !(t.status & STA_UNSYNC),
				    .error = t.esterror, .worst = t.maxerror };
}

li_us clock_step(struct clock_watch *w, li_us offset)
{
	li_us step = w->begun ? offset - w->offset : 0;

	w->begun = true;
	w->offset = offset;
	return step >= CLOCK_STEP_US || step <= -CLOCK_STEP_US ? step : 0;
}
