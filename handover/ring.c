/* ring.c: the memory is mapped twice, one copy behind the other: a PDU that passes the end goes on at the start, and
 * both who writes it and who reads it see contiguous octets. */
#include "handover/ring.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "handover/memlock.h"

#define NO_WAKE	UINT64_MAX

/* One piece of memory, seen twice in a row: a shared mapping that is moved by none of its octets is there a second time. No
 * file descriptor is needed, nor a name for it. */
static uint8_t *ring_map(size_t size)
{
	uint8_t *p = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (mremap(p, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, p + size) == MAP_FAILED) {
		munmap(p, 2 * size);
		return NULL;
	}
	madvise(p, 2 * size, MADV_DONTDUMP);	/* content stays out of a core dump */
	(void)memlock(p, size);			/* and of the swap, where the limit allows it */
	return p;
}

enum li_err ring_init(struct ring *r, size_t size, void (*wake)(void *arg), void *arg)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	memset(r, 0, sizeof(*r));
	r->size = (size + page - 1) / page * page;
	for (r->entries = 1; r->entries < r->size / RING_PDU_MIN; )
		r->entries *= 2;
	r->elem = calloc(r->entries, sizeof(*r->elem));
	r->end = calloc(r->entries, sizeof(*r->end));
	r->mem = ring_map(r->size);
	r->wake = wake;
	r->arg = arg;
	atomic_init(&r->wake_at, NO_WAKE);
	return r->elem && r->end && r->mem ? LI_OK : LI_ENOMEM;
}

/* What has been written since the last time, and no more: under the lock it may not take long. LI128-214 */
static void wipe(struct ring *r)
{
	uint64_t n = r->head.octets - r->rested;

	explicit_bzero(r->mem + r->rested % r->size, n < r->size ? (size_t)n : r->size);
	r->rested = r->head.octets;
}

void ring_fini(struct ring *r)
{
	if (r->mem) {
		wipe(r);
		munmap(r->mem, 2 * r->size);
	}
	free(r->elem);
	free(r->end);
}

void ring_rest(struct ring *r)
{
	wipe(r);
	madvise(r->mem, r->size, MADV_REMOVE);
}

/* -- producers -- */

void ring_reserve(struct ring *r, const struct queue_elem *e, struct queue_slot *s)
{
	r->elem[ring_slot(r, r->head.elems)] = *e;
	s->to = r->mem + r->head_at;
	s->elem = r->head.elems++;
	s->end = r->head.octets += e->n;
	r->head_at += e->n;
	if (r->head_at >= r->size)
		r->head_at -= r->size;
	for (size_t at = 0; at < e->n; at += 64)	/* the next one's place: its memory was last used a whole turn ago */
		__builtin_prefetch(r->mem + r->head_at + at, 1);
}

static void wake(struct ring *r, uint64_t at)
{
	if (at != NO_WAKE && atomic_compare_exchange_strong(&r->wake_at, &at, NO_WAKE))
		r->wake(r->arg);
}

void ring_hurry(struct ring *r)
{
	wake(r, atomic_load(&r->wake_at));
}

/* Sequentially consistent on both sides: either this producer sees that the consumer sleeps, or the consumer, which
 * looks once more after ring_arm() has said so, sees the element. */
void ring_commit(struct ring *r, const struct queue_slot *s)
{
	uint64_t at;

	atomic_store(&r->end[ring_slot(r, s->elem)], s->end);
	at = atomic_load(&r->wake_at);
	if (s->end >= at)
		wake(r, at);
}

/* -- the consumer -- */

/* The end of the first element that is not known to be ready; less than where it begins when it is not committed. */
static uint64_t next_end(const struct ring *r, const struct queue_mark *m)
{
	return atomic_load(&r->end[ring_slot(r, m->elems)]);
}

void ring_advance(const struct ring *r, struct queue_mark *m)
{
	for (uint64_t end; (end = next_end(r, m)) > m->octets; m->elems++)
		m->octets = end;
}

bool ring_arm(struct ring *r, uint64_t more)
{
	atomic_store(&r->wake_at, r->ready.octets + (more ? more : 1));
	if (next_end(r, &r->ready) <= r->ready.octets)
		return true;
	atomic_store(&r->wake_at, NO_WAKE);
	return false;
}
