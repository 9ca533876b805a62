/* spool_shred.c: the end of a segment: nothing of it is to be read again. The key first, then the file; the shredder does it where there is one. */
#include "handover/spool_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void spool_shreds(struct spool *s, struct shredder *by, void (*gone)(void *arg), void *arg)
{
	s->shredder = by;
	s->gone = gone;
	s->gone_arg = arg;
}

/* why: errno where it is still there. */
static void gone(struct spool *s, struct seg *g, int why)
{
	if (why)
		li_log(LI_LOG_ERR, "destination %s: spool: a delivered segment cannot be destroyed: %s", s->who, strerror(why));
	s->stats.octets -= g->size;
	s->retry = 0;		/* there may be room now */
	free(g);
}

void spool_destroy(struct spool *s, struct seg *g)
{
	char name[NAME_MAX_];

	spool_name(s, g->first, name);
	spool_unlink(s, g);
	errno = EIO;
	gone(s, g, segment_destroy(s->c.folder, name) ? errno : 0);
}

void spool_collect(struct spool *s)
{
	struct seg *g;

	while ((g = s->going) && shredder_is_over(s->shredder, &g->shred)) {
		s->going = g->next;
		s->goings--;
		gone(s, g, g->shred.why);
	}
	if (!s->going)
		s->going_end = &s->going;
}

bool spool_await_one(struct spool *s)
{
	if (!s->going)
		return false;
	shredder_wait(s->shredder, &s->going->shred);
	spool_collect(s);
	return true;
}

void spool_await(struct spool *s)
{
	while (spool_await_one(s))
		;
}

void spool_shred(struct spool *s, struct seg *g)
{
	if (!s->shredder) {
		spool_destroy(s, g);
		return;
	}
	if (s->goings == SPOOL_GOING)
		(void)spool_await_one(s);
	spool_unlink(s, g);
	g->shred = (struct shred){ .folder = s->c.folder, .over = s->gone, .arg = s->gone_arg };
	spool_name(s, g->first, g->shred.name);
	*s->going_end = g;
	s->going_end = &g->next;
	s->goings++;
	shredder_give(s->shredder, &g->shred);
}
