/* queue.c: the memory is mapped twice, one copy behind the other: a PDU that passes the end goes on at the start, and
 * both who writes it and who reads it see contiguous octets. */
#include "handover/queue.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "handover/memlock.h"

#define NO_WAKE	UINT64_MAX

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t room;
	uint64_t id;
	const struct queue_ops *ops;
	void *arg;
	uint8_t *mem;
	size_t size;
	struct queue_elem *elem;
	/* Beside each element the position after its last octet, once that is committed; before, what an element of an
	 * earlier turn had, which is less. All that the consumer needs of an element on its way is these 8 octets. */
	_Atomic uint64_t *end;
	size_t entries;			/* of both rings: a power of two */

	/* under the lock */
	struct queue_mark head, tail;
	size_t head_at;			/* head.octets modulo size */
	unsigned waiting;
	enum li_err shut;
	uint64_t dropped_pdus, dropped_octets;

	_Alignas(64) _Atomic uint64_t wake_at;	/* the commit that passes it wakes the consumer */
	/* the consumer's own; apart from what producers write */
	_Alignas(64) struct queue_mark ready;
};

static size_t slot_of(const struct queue *q, uint64_t elem)
{
	return elem & (q->entries - 1);
}

/* -- life -- */

/* Past the C library, as libuv closes its sockets: a checker of threads that saw neither the socket go nor the memfd come
 * takes the number for one that two threads share. */
static void close_unseen(int fd)
{
	(void)syscall(SYS_close, fd);
}

/* One piece of memory, seen twice in a row. */
static uint8_t *ring_map(size_t size)
{
	int fd = memfd_create("queue", MFD_CLOEXEC);
	uint8_t *p = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)size) == 0)
		p = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p != MAP_FAILED) {
		void *a = mmap(p, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
		void *b = mmap(p + size, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);

		if (a == MAP_FAILED || b == MAP_FAILED) {
			munmap(p, 2 * size);
			p = MAP_FAILED;
		} else {
			madvise(p, 2 * size, MADV_DONTDUMP);	/* content stays out of a core dump */
			(void)memlock(p, size);			/* and of the swap, where the limit allows it */
		}
	}
	close_unseen(fd);
	return p == MAP_FAILED ? NULL : p;
}

struct queue *queue_new(size_t size, const struct queue_ops *ops, void *arg)
{
	static _Atomic uint64_t last_id;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct queue *q = aligned_alloc(64, (sizeof(*q) + 63) / 64 * 64);

	if (!q)
		return NULL;
	memset(q, 0, sizeof(*q));
	if (size < QUEUE_MIN)
		size = QUEUE_MIN;
	if (size > QUEUE_MAX)
		size = QUEUE_MAX;
	q->size = (size + page - 1) / page * page;
	for (q->entries = 1; q->entries < q->size / QUEUE_PDU_MIN; )
		q->entries *= 2;
	q->elem = calloc(q->entries, sizeof(*q->elem));
	q->end = calloc(q->entries, sizeof(*q->end));
	q->mem = ring_map(q->size);
	q->id = atomic_fetch_add(&last_id, 1) + 1;
	q->ops = ops;
	q->arg = arg;
	atomic_init(&q->wake_at, NO_WAKE);
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->room, NULL);
	if (!q->elem || !q->end || !q->mem) {
		queue_free(q);
		return NULL;
	}
	return q;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	if (q->mem) {
		explicit_bzero(q->mem, q->head.octets < q->size ? (size_t)q->head.octets : q->size);	/* LI128-214 */
		munmap(q->mem, 2 * q->size);
	}
	free(q->elem);
	free(q->end);
	pthread_cond_destroy(&q->room);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

void queue_stats(struct queue *q, struct queue_stats *s)
{
	queue_lock(q);
	*s = (struct queue_stats){
		.queued_pdus = q->head.elems - q->tail.elems, .queued_octets = q->head.octets - q->tail.octets,
		.delivered_pdus = q->tail.elems, .delivered_octets = q->tail.octets,
		.dropped_pdus = q->dropped_pdus, .dropped_octets = q->dropped_octets,
		.oldest = q->head.elems == q->tail.elems ? LI_US_NEVER : q->elem[slot_of(q, q->tail.elems)].time,
	};
	queue_unlock(q);
}

uint64_t queue_id(const struct queue *q)
{
	return q->id;
}

/* -- producers -- */

void queue_lock(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
}

void queue_unlock(struct queue *q)
{
	pthread_mutex_unlock(&q->lock);
}

enum li_err queue_room(const struct queue *q, size_t n)
{
	if (q->shut)
		return q->shut;
	if (n == 0)
		return LI_EUSE;
	if (n > q->size || n > LI_PDU_MAX)
		return LI_ELIMIT;
	return n > q->size - (q->head.octets - q->tail.octets) || q->head.elems - q->tail.elems == q->entries ?
		LI_EFULL : LI_OK;
}

enum li_err queue_reserve(struct queue *q, const struct queue_elem *e, struct queue_slot *s)
{
	enum li_err err = queue_room(q, e->n);

	if (err) {
		if (err == LI_EFULL || err == LI_ELIMIT) {
			q->dropped_pdus++;
			q->dropped_octets += e->n;
			q->ops->dropped(q->arg);
		}
		return err;
	}
	q->elem[slot_of(q, q->head.elems)] = *e;
	s->to = q->mem + q->head_at;
	s->elem = q->head.elems++;
	s->end = q->head.octets += e->n;
	q->head_at += e->n;
	if (q->head_at >= q->size)
		q->head_at -= q->size;
	for (size_t at = 0; at < e->n; at += 64)	/* the next one's place: its memory was last used a whole turn ago */
		__builtin_prefetch(q->mem + q->head_at + at, 1);
	return LI_OK;
}

static void wake(struct queue *q, uint64_t at)
{
	if (at != NO_WAKE && atomic_compare_exchange_strong(&q->wake_at, &at, NO_WAKE))
		q->ops->wake(q->arg);
}

/* Sequentially consistent on both sides: either this producer sees that the consumer sleeps, or the consumer, which
 * looks once more after queue_arm() has said so, sees the element. */
void queue_commit(struct queue *q, const struct queue_slot *s)
{
	uint64_t at;

	atomic_store(&q->end[slot_of(q, s->elem)], s->end);
	at = atomic_load(&q->wake_at);
	if (s->end >= at)
		wake(q, at);
}

void queue_wait(struct queue *q, size_t n)
{
	queue_lock(q);
	while (queue_room(q, n) == LI_EFULL) {
		wake(q, atomic_load(&q->wake_at));	/* no use to linger for more */
		q->waiting++;
		pthread_cond_wait(&q->room, &q->lock);
		q->waiting--;
	}
	queue_unlock(q);
}

void queue_shut(struct queue *q, enum li_err why)
{
	queue_lock(q);
	q->shut = why;
	pthread_cond_broadcast(&q->room);
	queue_unlock(q);
}

/* -- the consumer -- */

/* The end of the first element that is not known to be ready; less than where it begins when it is not committed. */
static uint64_t next_end(const struct queue *q)
{
	return atomic_load(&q->end[slot_of(q, q->ready.elems)]);
}

struct queue_mark queue_ready(struct queue *q)
{
	for (uint64_t end; (end = next_end(q)) > q->ready.octets; q->ready.elems++)
		q->ready.octets = end;
	return q->ready;
}

struct queue_mark queue_tail(const struct queue *q)
{
	return q->tail;	/* written by the consumer alone */
}

struct view queue_view(const struct queue *q, uint64_t from, uint64_t to)
{
	return view_of(q->mem + from % q->size, (size_t)(to - from));
}

const struct queue_elem *queue_elem(const struct queue *q, uint64_t elem)
{
	return &q->elem[slot_of(q, elem)];
}

uint64_t queue_end(const struct queue *q, uint64_t elem)
{
	return atomic_load_explicit(&q->end[slot_of(q, elem)], memory_order_relaxed);
}

void queue_release(struct queue *q, struct queue_mark m)
{
	uint64_t used;

	queue_lock(q);
	q->tail = m;
	used = q->head.octets - m.octets;
	/* a waiting producer is woken for a quarter of the queue, not for each PDU */
	if (q->waiting && used <= q->size / 4 * 3 && q->head.elems - m.elems <= q->entries / 4 * 3)
		pthread_cond_broadcast(&q->room);
	queue_unlock(q);
}

bool queue_arm(struct queue *q, uint64_t more)
{
	atomic_store(&q->wake_at, q->ready.octets + (more ? more : 1));
	if (next_end(q) <= q->ready.octets)
		return true;
	atomic_store(&q->wake_at, NO_WAKE);
	return false;
}

bool queue_is_empty(struct queue *q)
{
	bool empty;

	queue_lock(q);
	empty = q->head.elems == q->tail.elems;
	queue_unlock(q);
	return empty;
}

bool queue_is_low(struct queue *q)
{
	bool low;

	queue_lock(q);
	low = q->head.octets - q->tail.octets > q->size / 2 || q->head.elems - q->tail.elems > q->entries / 2;
	queue_unlock(q);
	return low;
}
