/* barrier.c: see barrier.h. */
#include "handover/barrier.h"

#include <stdlib.h>

struct barrier {
	struct barrier *next;
	uint64_t reset, before;		/* its place; and where the queue of content ended */
};

/* -- the control loop ---------------------------------------------------------------------------------------------- */

void barriers_init(struct barriers *b)
{
	*b = (struct barriers){ .last = &b->first, .next = &b->first };
	pthread_mutex_init(&b->lock, NULL);
}

struct barrier *barrier_new(struct queue *content)
{
	struct barrier *x = calloc(1, sizeof(*x));

	if (x)
		x->before = queue_place(content);
	return x;
}

void barriers_add(struct barriers *b, struct barrier *x, uint64_t place)
{
	x->reset = place;
	pthread_mutex_lock(&b->lock);
	*b->last = x;
	b->last = &x->next;
	pthread_mutex_unlock(&b->lock);
	atomic_fetch_add_explicit(&b->n, 1, memory_order_relaxed);	/* the commit that follows carries both to the consumer */
	atomic_fetch_add_explicit(&b->added, 1, memory_order_relaxed);
}

/* -- the delivery loop --------------------------------------------------------------------------------------------- */

/* With the lock. */
static void drop_first(struct barriers *b)
{
	struct barrier *x = b->first;

	b->first = x->next;
	if (b->last == &x->next)
		b->last = &b->first;
	if (b->next == &x->next)
		b->next = &b->first;
	atomic_fetch_sub_explicit(&b->n, 1, memory_order_relaxed);
	free(x);
}

void barriers_fini(struct barriers *b)
{
	while (b->first)
		drop_first(b);
	pthread_mutex_destroy(&b->lock);
}

void barriers_rewind(struct barriers *b)
{
	pthread_mutex_lock(&b->lock);
	b->next = &b->first;
	pthread_mutex_unlock(&b->lock);
	b->held_ms += b->seen - b->since;	/* while there was no connection nobody waited for content */
	b->since = b->seen = 0;
}

/* With the lock. */
static enum barrier_says say(struct barriers *b, const struct feed d[2])
{
	const struct feed *iri = &d[LI_HI2], *content = &d[LI_HI3];
	const struct barrier *x;

	while (b->first && queue_is_behind(iri->q, iri->done, b->first->reset + 1))
		drop_first(b);
	while (*b->next && queue_is_behind(iri->q, iri->sent, (*b->next)->reset + 1))
		b->next = &(*b->next)->next;
	x = *b->next;
	if (!x)
		return BARRIER_NONE;
	if (queue_is_behind(content->q, content->sent, x->before))
		return BARRIER_HOLDS_CONTENT;
	return queue_is_behind(iri->q, iri->sent, x->reset) || queue_has_moved(iri->q, x->reset) ? BARRIER_HOLDS_IRI : BARRIER_NEAR;
}

/* With the lock: none that is there is kept to, nor one that comes while the same content waits. */
static void give_up(struct barriers *b)
{
	while (b->first) {
		b->free_to = b->first->before;
		drop_first(b);
	}
	b->held_ms = b->since = b->seen = 0;
}

enum barrier_says barriers_look(struct barriers *b, const struct feed d[2], uint64_t now, uint64_t most)
{
	enum barrier_says s;

	pthread_mutex_lock(&b->lock);
	b->seen_added = atomic_load_explicit(&b->added, memory_order_relaxed);
	if (b->free_to && queue_is_behind(d[LI_HI3].q, d[LI_HI3].done, b->free_to))
		b->free_to = 0;
	if (b->free_to)
		give_up(b);
	s = say(b, d);
	if (s == BARRIER_HOLDS_IRI || s == BARRIER_HOLDS_CONTENT) {
		b->since = b->since ? b->since : now;
		b->seen = now;
		if (!barriers_patience(b, now, most)) {
			give_up(b);
			s = BARRIER_GIVEN_UP;
		}
	} else {
		b->held_ms = s == BARRIER_NONE ? 0 : b->held_ms + (b->since ? now - b->since : 0);
		b->since = b->seen = 0;
	}
	pthread_mutex_unlock(&b->lock);
	return s;
}

uint64_t barriers_patience(const struct barriers *b, uint64_t now, uint64_t most)
{
	uint64_t held = b->held_ms + (b->since ? now - b->since : 0);

	return held < most ? most - held : 0;
}
