/*
 * window.h: how much may be on its way to an agency without its answer.
 *
 * An answer to a request comes after everything that TCP's buffers hold before it: megabytes, which a slow agency or a thin
 * line cannot take within TIME5. Without a limit each connection would fill the buffers anew, wait in vain and begin again.
 * So a request that is answered late, or never, makes the window smaller; one that is answered soon makes it wider.
 */
#ifndef HANDOVER_WINDOW_H
#define HANDOVER_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include <li/limits.h>

#define WINDOW_MIN	(4ull * LI_TLS_RECORD)	/* 64 kB in TIME5's default: an agency on 9 kbit/s */
#define WINDOW_MAX	(64ull << 20)		/* wider than this, TCP's own buffers are the limit */
#define WINDOW_OPEN	UINT64_MAX		/* no limit: how it begins */

struct window { uint64_t octets; };

static inline bool window_is_full(const struct window *w, uint64_t on_the_way)
{
	return on_the_way >= w->octets;
}

/* No answer came in time. */
void window_unanswered(struct window *w, uint64_t on_the_way);
/* One came after so many milliseconds of the limit's. */
void window_answered(struct window *w, uint64_t on_the_way, uint64_t waited, uint64_t limit);

#endif
