/* door_queue.c: PDUs of X2, and what else the control loop has to hear of, in the order in which they came, bounded in octets. Each has
 * a ticket, passed when what it began is in effect. X2 is rare beside X3: a lock and an allocation a PDU are cheap enough. */
#include "mediation/x/door_int.h"

#include <stdlib.h>

void door_queue_init(struct door_queue *q, size_t most)
{
	pthread_mutex_init(&q->lock, NULL);
	STAILQ_INIT(&q->items);
	q->most = most;
}

static void item_free(struct item *i)
{
	explicit_bzero(i->octets, i->n);	/* identities went through here */
	free(i);
}

void door_queue_fini(struct door_queue *q)
{
	struct item *i;

	while ((i = STAILQ_FIRST(&q->items))) {
		STAILQ_REMOVE_HEAD(&q->items, next);
		item_free(i);
	}
	pthread_mutex_destroy(&q->lock);
}

struct item *door_item(enum item_kind kind, unsigned conn, struct view octets)
{
	struct item *i = malloc(sizeof(*i) + octets.n);

	if (!i)
		return NULL;
	*i = (struct item){ .kind = kind, .conn = conn, .n = octets.n };
	if (octets.n)
		memcpy(i->octets, octets.p, octets.n);
	return i;
}

/* The others are as many as connections and bursts: they need no bound, and whoever waits for room waits for them. */
enum li_err door_queue_put(struct door_queue *q, struct item **i, uint64_t *ticket, bool *first)
{
	size_t size = sizeof(**i) + (*i)->n;

	*first = false;
	pthread_mutex_lock(&q->lock);
	/* an empty queue takes the longest PDU there can be */
	if ((*i)->kind == ITEM_X2 && q->n && atomic_load(&q->octets) + size > q->most) {
		pthread_mutex_unlock(&q->lock);
		return LI_EFULL;
	}
	*first = q->n == 0;
	q->n++;
	atomic_fetch_add(&q->octets, size);
	*ticket = (*i)->ticket = ++q->issued;
	STAILQ_INSERT_TAIL(&q->items, *i, next);
	pthread_mutex_unlock(&q->lock);
	*i = NULL;
	return LI_OK;
}

size_t door_queue_take(struct door_queue *q, struct items *out, size_t most)
{
	struct item *i;
	size_t n = 0;

	STAILQ_INIT(out);
	pthread_mutex_lock(&q->lock);
	while (n < most && (i = STAILQ_FIRST(&q->items))) {
		STAILQ_REMOVE_HEAD(&q->items, next);
		STAILQ_INSERT_TAIL(out, i, next);
		n++;
	}
	pthread_mutex_unlock(&q->lock);
	return n;
}

bool door_queue_pass(struct door_queue *q, struct items *worked)
{
	struct item *i;
	uint64_t last = 0;
	size_t n = 0, octets = 0;
	bool more;

	while ((i = STAILQ_FIRST(worked))) {
		STAILQ_REMOVE_HEAD(worked, next);
		last = i->ticket;
		octets += sizeof(*i) + i->n;
		n++;
		item_free(i);
	}
	pthread_mutex_lock(&q->lock);
	q->n -= n;
	more = q->n > 0;
	atomic_fetch_sub(&q->octets, octets);
	if (n)
		atomic_store(&q->passed, last);
	pthread_mutex_unlock(&q->lock);
	return more;
}
