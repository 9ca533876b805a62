/*
 * loss.h: which records of a queue were lost, by context, until somebody asks: those that found no room, those that were damaged on
 * disk. A few contexts are told apart; what is lost of more is one sum.
 */
#ifndef HANDOVER_LOSS_H
#define HANDOVER_LOSS_H

#include <pthread.h>

#include "handover/hm.h"

#define LOSS_CONTEXTS 32	/* told apart at a time: an audit log is to name them, not to be filled by them */

struct losses {
	pthread_mutex_t lock;	/* the last of all */
	unsigned n;
	struct hm_loss at[LOSS_CONTEXTS];
	uint64_t others[2];	/* of more contexts, or of unknown ones; by hm_loss.damaged */
};

void losses_init(struct losses *l);
void losses_fini(struct losses *l);
/* More of the same context: between its first and its last, or before or after them (numbers may have begun anew). */
void loss_join(struct hm_loss *l, const struct hm_loss *more);
/* Any thread. ctx 0: of no known context. */
void loss_add(struct losses *l, const struct hm_loss *one);
/* What there is, and forgets it; those of no known context, or of more than LOSS_CONTEXTS, come last, with a ctx of 0. */
#define LOSS_MOST (LOSS_CONTEXTS + 2)
size_t loss_take(struct losses *l, struct hm_loss out[LOSS_MOST]);

#endif
