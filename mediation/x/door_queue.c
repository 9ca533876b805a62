/* door_queue.c: PDUs of X2, and what else the control loop has to hear of, in the order in which they came, bounded in octets. Each has
 * a ticket, passed when what it began is in effect. X2 is rare beside X3: a lock and an allocation a PDU are cheap enough. */
#include "mediation/x/door_int.h"

#include <stdlib.h>

void door_queue_init(struct door_queue *q, size_t most)
{
	pthread_mutex_init(&q->lock, NULL);
	STAILQ_INIT(&q->items);
	TAILQ_INIT(&q->parked);
	q->most = most;
}

static void item_free(struct item *i)
{
	explicit_bzero(i->octets, i->n);	/* identities went through here */
	free(i);
}

static void items_free(struct items *items)
{
	struct item *i;

	while ((i = STAILQ_FIRST(items))) {
		STAILQ_REMOVE_HEAD(items, next);
		item_free(i);
	}
}

void door_queue_fini(struct door_queue *q)
{
	struct parked *p;

	items_free(&q->items);
	while ((p = TAILQ_FIRST(&q->parked))) {
		TAILQ_REMOVE(&q->parked, p, next);
		items_free(&p->items);
		free(p);
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
	/* an empty queue takes the longest PDU there can be; what was set aside came out of a full one */
	if ((*i)->kind == ITEM_X2 && ((q->n && atomic_load(&q->octets) + size > q->most) || atomic_load(&q->parked_octets) > q->most)) {
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

/* -- set aside -- */

static size_t size_of(const struct item *i)
{
	return sizeof(*i) + i->n;
}

struct parked *door_queue_parked(struct door_queue *q, unsigned conn)
{
	struct parked *p;

	TAILQ_FOREACH(p, &q->parked, next)
		if (p->conn == conn)
			break;
	return p;
}

bool door_queue_park(struct door_queue *q, struct item *i)
{
	struct parked *p = door_queue_parked(q, i->conn), *fresh = p ? NULL : calloc(1, sizeof(*fresh));

	if (!p && !fresh)
		return false;
	pthread_mutex_lock(&q->lock);
	if (fresh) {
		p = fresh;
		p->conn = i->conn;
		p->first = i->ticket;
		STAILQ_INIT(&p->items);
		TAILQ_INSERT_TAIL(&q->parked, p, next);
		atomic_fetch_add(&q->n_parked, 1);
	}
	i->parked = true;
	STAILQ_INSERT_TAIL(&p->items, i, next);
	q->n--;
	q->parked_items++;
	atomic_fetch_sub(&q->octets, size_of(i));
	atomic_fetch_add(&q->parked_octets, size_of(i));
	pthread_mutex_unlock(&q->lock);
	return true;
}

bool door_queue_is_parked(struct door_queue *q, unsigned conn)
{
	bool is;

	if (!atomic_load(&q->n_parked))
		return false;
	pthread_mutex_lock(&q->lock);
	is = door_queue_parked(q, conn) != NULL;
	pthread_mutex_unlock(&q->lock);
	return is;
}

/* What passes by others that are set aside is seen to have done so: these are looked for after it. */
uint64_t door_queue_passed(struct door_queue *q, unsigned conn)
{
	uint64_t passed = atomic_load(&q->passed);
	const struct parked *p;

	if (!atomic_load(&q->n_parked))
		return passed;
	pthread_mutex_lock(&q->lock);
	p = door_queue_parked(q, conn);
	if (p && p->first <= passed)
		passed = p->first - 1;
	pthread_mutex_unlock(&q->lock);
	return passed;
}

/* With the lock held: those of which something was worked off. */
static void settle_parked(struct door_queue *q)
{
	struct parked *p, *next;

	for (p = TAILQ_FIRST(&q->parked); p; p = next) {
		const struct item *first = STAILQ_FIRST(&p->items);

		next = TAILQ_NEXT(p, next);
		if (first) {
			p->first = first->ticket;
			continue;
		}
		TAILQ_REMOVE(&q->parked, p, next);
		atomic_fetch_sub(&q->n_parked, 1);
		free(p);
	}
}

bool door_queue_pass(struct door_queue *q, struct items *worked, uint64_t last)
{
	size_t n[2] = { 0, 0 }, octets[2] = { 0, 0 };	/* by whether they had been set aside */
	struct item *i;
	bool more;

	while ((i = STAILQ_FIRST(worked))) {
		STAILQ_REMOVE_HEAD(worked, next);
		octets[i->parked] += size_of(i);
		n[i->parked]++;
		item_free(i);
	}
	pthread_mutex_lock(&q->lock);
	q->n -= n[0];
	q->parked_items -= n[1];
	more = q->n > 0;
	atomic_fetch_sub(&q->octets, octets[0]);
	atomic_fetch_sub(&q->parked_octets, octets[1]);
	if (last)
		atomic_store(&q->passed, last);
	settle_parked(q);
	pthread_mutex_unlock(&q->lock);
	return more;
}
