/*
 * shredder.h: the thread that destroys segments all of whose records are delivered: the key, then the file (segment_destroy). A disk
 * takes milliseconds for each, to sync the key and to give the file's blocks back; who reads the next segments goes on meanwhile.
 *
 * In the order in which they were given. Nobody holds another lock of ours when he comes here, but the shredder's thread holds its own
 * when it says that one is over.
 */
#ifndef HANDOVER_SHREDDER_H
#define HANDOVER_SHREDDER_H

#include <stdbool.h>

#include <li/ids.h>

#define SHRED_NAME (LI_UUID_TEXT + 32)	/* of a segment's file */

struct shred {				/* one of them; its owner's, who leaves it where it is until it is over */
	int folder;			/* the owner's, open */
	char name[SHRED_NAME];
	void (*over)(void *arg);	/* the shredder's thread, its lock held: only wakes the owner */
	void *arg;

	/* the shredder's */
	struct shred *next;
	bool is_over;
	int why;			/* errno: it could not be destroyed; 0: it is gone */
};

struct shredder;

/* NULL: no thread, or no memory. */
struct shredder *shredder_new(void);
/* All that was given is over. */
void shredder_free(struct shredder *s);

void shredder_give(struct shredder *s, struct shred *x);
/* Is it over, so that `why` can be read? */
bool shredder_is_over(struct shredder *s, const struct shred *x);
/* Returns when it is. */
void shredder_wait(struct shredder *s, const struct shred *x);

#endif
