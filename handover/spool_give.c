/*
 * spool_give.c: records on disk that give way to others, a segment at a time (TS 102 232-1 clause 6.3.3, HO-BUF-005, HO-BUF-006): their heads tell
 * whose they were. What memory has of a segment, or part of it, is on its way, and the segment stays. Words about records (checks of integrity,
 * what the operator says) do not go with them: they are written again, under the same ids, in a segment of their own in its place.
 */
#include "handover/spool_int.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <stdlib.h>

/* Nobody has begun to read it, it can be read, and there are records in it. */
static bool is_whole(const struct spool *s, const struct seg *g)
{
	return !g->words && !g->stuck && !g->done && !g->unreadable && !g->unknown && !g->at && !(g == s->reading && s->in_open);
}

static struct seg *choose(const struct spool *s, bool oldest)
{
	struct seg *found = NULL;

	for (struct seg *g = s->reading; g && !(oldest && found); g = g->next)
		if (is_whole(s, g))
			found = g;
	return found;
}

static void tell_damaged(struct spool *s, uint64_t n)
{
	s->stats.lost += n;
	if (s->c.lost)
		s->c.lost(s->c.arg, NULL, n);
}

static void keep_word(struct spool *s, struct seg *g, struct segment_in *in, const struct queue_elem *e, struct buf *words)
{
	size_t before = words->n;
	enum li_err err;

	if (buf_put(words, e, sizeof(*e)) || buf_need(words, e->n)) {
		words->n = before;
		segment_skip(in, e);
		tell_damaged(s, 1);
		return;
	}
	err = segment_take(in, e, words->p + words->n);
	if (!err) {
		words->n += e->n;
		return;
	}
	words->n = before;	/* it would not have been delivered either */
	if (err == LI_EIO)
		spool_step(g, in);	/* and what comes next tells that it is missing */
	else
		tell_damaged(s, 1);
}

/* As spool_peek() takes it: of a torn segment the last record was written again when the next segment begins with it. */
static bool is_written_again(const struct seg *g, const struct segment_in *in, const struct queue_elem *e)
{
	return g->next && g->next->first == (e->durable ? e->durable : in->last + 1);
}

/* What was blanked was told when it was purged. */
static void go_through(struct spool *s, struct seg *g, struct segment_in *in, spool_on_purged *gone, void *arg, struct buf *words)
{
	uint64_t all = g->left;
	struct queue_elem e;
	uint32_t damaged = 0;
	enum segment_next x;
	bool was;

	while ((x = segment_next(in, g->size, &e, &damaged)) == SEGMENT_ELEMENT || x == SEGMENT_LOST || x == SEGMENT_ERROR) {
		if (x == SEGMENT_ERROR)
			spool_step(g, in);
		else
			g->failed_at = 0;
		if (x == SEGMENT_LOST)
			tell_damaged(s, damaged);
		if (x != SEGMENT_ELEMENT)
			continue;
		was = false;
		if (e.durable <= s->delivered || (segment_blank(in, -1, &e, &was) == LI_OK && was)) {
			segment_skip(in, &e);
		} else if (e.kind & ELEM_WORD) {
			keep_word(s, g, in, &e, words);
		} else {
			spool_read_some(s, g, 1);
			gone(arg, &e);
			segment_skip(in, &e);
		}
	}
	if (x == SEGMENT_TORN && is_written_again(g, in, &e))
		damaged--;
	if ((x == SEGMENT_END || x == SEGMENT_TORN) && damaged)
		tell_damaged(s, damaged);
	if (x == SEGMENT_NO_MORE && g->failed_at && spool_untold(g, all > in->count ? all - in->count : 0))
		tell_damaged(s, spool_untold(g, all > in->count ? all - in->count : 0));
}

/* Those in words, as a segment that is read next after those before it. */
static struct seg *write_words(struct spool *s, struct view words)
{
	struct segment_of of = { .did = s->c.did, .kind = (uint8_t)spool_line(s->c.kind, s->c.lane) };
	struct seg *g = calloc(1, sizeof(*g));
	struct segment_out out;
	struct queue_elem e;
	char name[NAME_MAX_];
	enum li_err err;

	memcpy(&e, words.p, sizeof(e));
	of.first = e.durable;
	spool_name(s, of.first, name);
	if (!g || segment_create(&out, s->c.folder, name, &of, s->c.key)) {
		free(g);
		return NULL;
	}
	for (err = LI_OK; words.n && !err; words = view_of(words.p + sizeof(e) + e.n, words.n - sizeof(e) - e.n)) {
		memcpy(&e, words.p, sizeof(e));
		err = segment_append(&out, &e, view_of(words.p + sizeof(e), e.n));
	}
	if (!err)
		err = segment_flush(&out);
	if (!err)
		err = segment_sync(&out);
	segment_close(&out);
	s->folder_dirty = true;
	*g = (struct seg){ .first = of.first, .last = e.durable, .size = out.size, .left = out.kept_count, .words = true };
	if (!err)
		return g;
	(void)!segment_destroy(s->c.folder, name);
	free(g);
	return NULL;
}

/* In the place of one that has gone, which was before `next`. */
static void put_words(struct spool *s, struct view words, struct seg *next, bool is_read_next)
{
	struct seg *g = write_words(s, words), **at = &s->list;

	if (!g) {
		li_log(LI_LOG_ERR, "destination %s: spool: words about records are lost with a segment that gave way: %s", s->who, strerror(errno));
		for (struct queue_elem e; words.n; words = view_of(words.p + sizeof(e) + e.n, words.n - sizeof(e) - e.n)) {
			memcpy(&e, words.p, sizeof(e));
			tell_damaged(s, 1);
		}
		return;
	}
	while (*at != next)
		at = &(*at)->next;
	g->next = next;
	*at = g;
	if (!next)
		s->end = &g->next;
	s->stats.octets += g->size;
	s->stats.pdus += g->left;
	if (is_read_next)
		s->reading = g;
}

/* The one that gives way, open. NULL: none can. */
static struct seg *open_one(struct spool *s, bool oldest, struct segment_in *in)
{
	char name[NAME_MAX_];
	struct seg *g;

	while ((g = choose(s, oldest))) {
		if (g == s->writing) {
			spool_cut(s);
			continue;
		}
		spool_name(s, g->first, name);
		g->stuck = segment_open(in, s->c.folder, name, s->c.key) != LI_OK;	/* reading it says why */
		if (!g->stuck)
			break;
	}
	for (struct seg *o = s->list; o; o = o->next)
		o->stuck = false;	/* another time it may be different */
	return g;
}

bool spool_give(struct spool *s, bool oldest, li_us now, spool_on_purged *gone, void *arg)
{
	struct segment_in in;
	struct seg *g, *next;
	struct buf words;
	bool is_read_next;

	if (spool_await_one(s))
		return true;		/* what is delivered makes room, too */
	if (s->purging)
		return false;
	(void)!spool_flush(s, now);
	g = open_one(s, oldest, &in);
	if (!g)
		return false;
	buf_init(&words, 0);
	go_through(s, g, &in, gone, arg, &words);
	segment_in_fini(&in);
	next = g->next;
	is_read_next = s->reading == g;
	if (is_read_next)
		s->reading = next;
	spool_destroy(s, g);
	if (words.n)
		put_words(s, buf_view(&words), next, is_read_next);
	buf_wipe(&words);
	buf_fini(&words);
	return true;
}

uint64_t spool_lend(struct spool *from, struct spool *to, bool oldest, li_us now, spool_on_purged *gone, void *arg)
{
	uint64_t n = to->segment, left = from->stats.octets;

	if (!to->at_limit || from->c.limit < n + from->segment)	/* a segment stays its own */
		return 0;
	for (const struct seg *g = from->reading; g && left > from->c.limit - n; g = g->next)
		left -= is_whole(from, g) ? g->size < left ? g->size : left : 0;
	if (left > from->c.limit - n)
		return 0;	/* nothing goes for nothing */
	while (from->stats.octets > from->c.limit - n)
		if (!spool_give(from, oldest, now, gone, arg))
			return 0;
	from->c.limit -= n;
	to->c.limit += n;
	return n;
}

uint64_t spool_give_back(struct spool *from, struct spool *to, uint64_t most)
{
	uint64_t spare = to->c.limit > to->stats.octets + 2 * to->segment ? to->c.limit - to->stats.octets - 2 * to->segment : 0;

	most = most < spare ? most : spare;
	from->c.limit += most;
	to->c.limit -= most;
	return most;
}

bool spool_is_at_limit(const struct spool *s)
{
	return s->at_limit;
}

void spool_hurry(struct spool *s)
{
	s->retry = 0;
}
