/*
 * spool_purge.c: records whose group is purged are overwritten in their segments, part by part, so that what is to be written at the
 * same time does not wait long. Their heads stay: they say whose a record was, and which.
 */
#include "handover/spool_int.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "handover/disk.h"
#include "handover/purge.h"

#define PART ((uint64_t)1 << 20)	/* octets of a segment that are gone through at once, and synced: 10 ms of a slow disk */

static void shut(struct spool *s)
{
	if (s->purge_open)
		segment_in_fini(&s->purge_in);
	if (s->purge_fd >= 0)
		close(s->purge_fd);
	s->purge_open = false;
	s->purge_fd = -1;
}

void spool_purge_end(struct spool *s)
{
	shut(s);
	s->purging = false;
}

void spool_purge_begin(struct spool *s, li_us now)
{
	spool_purge_end(s);
	(void)!spool_flush(s, now);
	spool_cut(s);
	for (const struct seg *g = s->list; g; g = g->next)
		s->purge_to = g->first;
	s->purging = s->list;
	s->purge_from = s->list ? s->list->first : 0;
}

bool spool_is_purged(const struct spool *s)
{
	return !s->purging || !s->reading || s->reading->first < s->purge_from || s->reading->first > s->purge_to;
}

/* The segment that is next; NULL: there is none. */
static struct seg *next_seg(struct spool *s)
{
	struct seg *g = s->list;

	while (g && g->first < s->purge_from)
		g = g->next;
	return g && g->first <= s->purge_to && s->purging ? g : NULL;
}

/* Where in it reading goes on; what is before was read, or memory has it. */
static uint64_t read_upto(const struct spool *s, const struct seg *g)
{
	if (g->done)
		return g->size;
	if (g != s->reading)
		return 0;
	return s->in_open ? s->in.at : g->at;
}

static void refused(const struct spool *s, const struct seg *g)
{
	li_log(LI_LOG_ERR, "destination %s: spool: what is purged of segment %016" PRIx64 " cannot be overwritten: %s; it is not delivered",
	       s->who, g->first, strerror(errno));
}

static bool open_seg(struct spool *s, const struct seg *g)
{
	char name[NAME_MAX_];

	spool_name(s, g->first, name);
	if (segment_open(&s->purge_in, s->c.folder, name, s->c.key))
		return false;		/* reading it says why */
	s->purge_open = true;
	s->purge_fd = openat(s->c.folder, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (s->purge_fd < 0)
		refused(s, g);
	return s->purge_fd >= 0;
}

/* A part of it; false: that was all. */
static bool part(struct spool *s, struct seg *g, struct purge_set *dead, bool again, spool_on_purged *gone, void *arg)
{
	struct segment_in *in = &s->purge_in;
	uint64_t from = in->at;
	enum segment_next x;
	struct queue_elem e;
	bool wrote = false, was = false, good = true;
	uint32_t lost;

	while (good && in->at - from < PART) {
		x = segment_next(in, g->size, &e, &lost);
		if (x == SEGMENT_LOST)
			continue;
		if (x == SEGMENT_ERROR)
			segment_step(in);	/* who reads it meets it too */
		else if (x != SEGMENT_ELEMENT)
			break;
		if (x != SEGMENT_ELEMENT)
			continue;
		if (purge_covers(dead, e.group)) {
			good = segment_blank(in, s->purge_fd, &e, &was) == LI_OK;
			wrote |= !was;
			if (in->at >= read_upto(s, g) && e.durable > s->delivered && (again || !was)) {
				spool_read_some(s, g, 1);
				gone(arg, &e);
			}
		}
		segment_skip(in, &e);
	}
	if (wrote)
		good &= disk_sync(s->purge_fd) == 0;
	if (wrote && g == s->reading)
		s->in.buf.n = 0;	/* what was read ahead of it is other now */
	if (!good)
		refused(s, g);
	return in->at - from >= PART;
}

bool spool_purge(struct spool *s, struct purge_set *dead, bool again, spool_on_purged *gone, void *arg)
{
	struct seg *g = next_seg(s);

	if (!g) {
		spool_await(s);		/* what was delivered could be read until now */
		spool_purge_end(s);
		return false;
	}
	if (s->purge_open && s->purge_in.of.first != g->first)	/* it was delivered meanwhile, and is gone */
		shut(s);
	if ((s->purge_open || open_seg(s, g)) && part(s, g, dead, again, gone, arg)) {
		s->purge_from = g->first;
		return true;
	}
	shut(s);
	s->purge_from = g->first + 1;
	return true;
}

void spool_leave_out(struct spool *s, const struct queue_elem *e, spool_on_purged *gone, void *arg)
{
	bool was = false;

	if (segment_blank(&s->in, -1, e, &was) || !was) {
		spool_read_some(s, s->reading, 1);
		gone(arg, e);
	}
	s->reading->left_out = true;
	segment_skip(&s->in, e);
}
