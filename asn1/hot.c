/*
 * hot.c: blocks of 2 MB are cut into slabs, a slab into pieces of one size. A slab of which no piece is in use serves any size again;
 * blocks stay: what many intercepts needed once, many will need again. A piece that is large has a slab of its own, from the
 * allocator and back to it.
 */
#include "asn1/hot.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LINE	64u
#define SLAB	(64u << 10)
#define BLOCK	(2u << 20)		/* a large page */
#define LINES	(SLAB / LINE / 8)	/* of a piece, where several share a slab: an eighth of it, so that little is left over */

/* Under a sanitizer each piece is the allocator's, so that it is watched. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WATCHED true
#else
#define WATCHED false
#endif

struct piece { struct piece *next; };

struct slab {			/* at its front, on a line of its own; a slab is aligned to SLAB */
	struct slab *next, *before;	/* of those of its size that have room, or of those that are empty */
	struct piece *given;	/* back */
	size_t at;		/* octets that were used at some time */
	uint32_t lines;		/* of a piece; 0: it has one piece alone */
	uint32_t used;		/* pieces */
};

_Static_assert(sizeof(struct slab) <= LINE, "a slab's own line");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slab *room[LINES + 1], *empty;	/* by lines */

static void link_in(struct slab **list, struct slab *s)
{
	s->before = NULL;
	s->next = *list;
	if (*list)
		(*list)->before = s;
	*list = s;
}

static void unlink_from(struct slab **list, struct slab *s)
{
	if (s->next)
		s->next->before = s->before;
	*(s->before ? &s->before->next : list) = s->next;
}

static bool has_room(const struct slab *s)
{
	return s->given || s->at + s->lines * LINE <= SLAB;
}

static void more(void)
{
	uint8_t *b = aligned_alloc(BLOCK, BLOCK);

	if (!b)
		return;
	madvise(b, BLOCK, MADV_HUGEPAGE);	/* where the system has none it is as good as before */
	for (size_t at = BLOCK; at; at -= SLAB)
		link_in(&empty, (struct slab *)(void *)(b + at - SLAB));
}

/* One with room; NULL: no memory. */
static struct slab *slab_for(uint32_t lines)
{
	struct slab *s = room[lines];

	if (s)
		return s;
	if (!empty)
		more();
	s = empty;
	if (!s)
		return NULL;
	unlink_from(&empty, s);
	s->given = NULL;
	s->at = LINE;
	s->lines = lines;
	s->used = 0;
	link_in(&room[lines], s);
	return s;
}

static void *share(uint32_t lines)
{
	struct slab *s;
	void *p = NULL;

	pthread_mutex_lock(&lock);
	s = slab_for(lines);
	if (s) {
		p = s->given;
		if (p) {
			s->given = s->given->next;
		} else {
			p = (uint8_t *)s + s->at;
			s->at += lines * LINE;
		}
		s->used++;
		if (!has_room(s))
			unlink_from(&room[lines], s);
	}
	pthread_mutex_unlock(&lock);
	return p;
}

static void *alone(size_t n)
{
	struct slab *s = aligned_alloc(SLAB, (LINE + n + SLAB - 1) / SLAB * SLAB);

	if (!s)
		return NULL;
	s->lines = 0;
	s->at = LINE + n;
	return (uint8_t *)s + LINE;
}

void *hot_take(size_t n)
{
	size_t lines = n / LINE + (n % LINE || !n);
	void *p;

	if (n > SIZE_MAX / 2)
		return NULL;
	p = WATCHED ? aligned_alloc(LINE, lines * LINE) : lines > LINES ? alone(n) : share((uint32_t)lines);
	return p ? memset(p, 0, n) : NULL;
}

void hot_give(void *p)
{
	struct slab *s = (struct slab *)((uintptr_t)p & ~(uintptr_t)(SLAB - 1));
	bool had;

	if (!p || WATCHED) {
		free(p);
		return;
	}
	if (!s->lines) {
		explicit_bzero(p, s->at - LINE);
		free(s);
		return;
	}
	explicit_bzero(p, s->lines * LINE);
	pthread_mutex_lock(&lock);
	had = has_room(s);
	((struct piece *)p)->next = s->given;
	s->given = p;
	if (!had)
		link_in(&room[s->lines], s);
	if (--s->used == 0) {
		unlink_from(&room[s->lines], s);
		link_in(&empty, s);
	}
	pthread_mutex_unlock(&lock);
}
