/*
 * ring.c: an octet at position p lies at (p - base) % size, but for those of a PDU that begins before the end of the memory and passes
 * it: they go on behind it, so that both who writes and who reads see contiguous octets. The next PDU begins where its position
 * says, and what is before it stays free for this turn. There is one such PDU at a time, because a whole turn is never in use.
 *
 * Large rings lie in large pages, as far as they are used: 32 MB are 16 page faults and not 8,000, and few entries of the TLB.
 */
#include "handover/ring.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "handover/memlock.h"

#define NO_WAKE	UINT64_MAX
#define SMALL	((size_t)2 << 20)	/* a large page; of a ring that much is in small ones */
#define REST	((size_t)128 << 10)	/* less is not worth a system call and the faults that follow */

static size_t mapped(const struct ring *r)
{
	return r->size + (r->size < LI_PDU_MAX ? r->size : LI_PDU_MAX);
}

/* The first piece is in small pages: a destination that hardly has records hardly costs memory. */
static uint8_t *map(size_t n)
{
	uint8_t *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, n < SMALL ? n : SMALL, MADV_NOHUGEPAGE);
	if (n > SMALL)
		madvise(p + SMALL, n - SMALL, MADV_HUGEPAGE);	/* where the system has none it is as good as before */
	return p;
}

static size_t pages(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n + page - 1) / page * page;
}

static size_t entries(size_t size)
{
	size_t n = 1;

	while (n < size / RING_PDU_MIN)
		n *= 2;
	return n;
}

enum li_err ring_init(struct ring *r, size_t size, size_t over, void (*wake)(void *arg), void *arg)
{
	memset(r, 0, sizeof(*r));
	r->own = pages(size);
	r->own_entries = entries(r->own);
	r->size = r->own + pages(over);
	r->entries = entries(r->size);
	r->elem = (struct queue_elem *)(void *)map(r->entries * sizeof(*r->elem));
	r->end = (_Atomic uint64_t *)(void *)map(r->entries * sizeof(*r->end));
	r->mem = map(mapped(r));
	r->wake = wake;
	r->arg = arg;
	atomic_init(&r->passed, 0);
	atomic_init(&r->wake_at, NO_WAKE);
	if (!r->elem || !r->end || !r->mem)
		return LI_ENOMEM;
	madvise(r->mem, mapped(r), MADV_DONTDUMP);	/* content stays out of a core dump */
	(void)memlock(r->mem, r->own);			/* and of the swap, where the limit allows it: first what is always used */
	(void)memlock(r->mem + r->own, mapped(r) - r->own);
	return LI_OK;
}

/* What has been written since the last time, and no more: under the lock it may not take long. LI128-214 */
static void wipe(struct ring *r)
{
	explicit_bzero(r->mem, r->used);
	r->used = 0;
}

void ring_fini(struct ring *r)
{
	if (r->mem) {
		wipe(r);
		munmap(r->mem, mapped(r));
	}
	if (r->elem)
		munmap(r->elem, r->entries * sizeof(*r->elem));
	if (r->end)
		munmap((void *)(uintptr_t)r->end, r->entries * sizeof(*r->end));
}

void ring_again(struct ring *r)
{
	r->base = r->head;
	r->head_at = 0;
	atomic_store_explicit(&r->passed, r->head.octets, memory_order_relaxed);
}

void ring_rest(struct ring *r)
{
	bool much = r->used > REST;

	ring_again(r);
	wipe(r);
	if (!much)
		return;
	memlock_drop(r->mem, mapped(r));
	memlock_drop(r->elem, r->entries * sizeof(*r->elem));
	memlock_drop((void *)(uintptr_t)r->end, r->entries * sizeof(*r->end));
}

static void forget(const struct ring *r, struct view v)
{
	size_t first = pages((size_t)(v.p - r->mem)), end = (size_t)(v.p - r->mem) + v.n;

	end -= end % pages(1);
	if (first < end)
		memlock_drop(r->mem + first, end - first);
}

void ring_forget(struct ring *r, uint64_t from, uint64_t to)
{
	while (from < to) {
		struct view v = ring_view(r, from, to);

		forget(r, v);
		from += v.n;
	}
}

/* -- producers -- */

void ring_reserve(struct ring *r, const struct queue_elem *e, struct queue_slot *s)
{
	size_t next;

	r->elem[ring_slot(r, r->head.elems)] = *e;
	s->to = r->mem + r->head_at;
	s->elem = r->head.elems++;
	s->end = r->head.octets += e->n;
	r->head_at += e->n;
	if (r->head_at > r->used)
		r->used = r->head_at;
	if (r->head_at >= r->size) {
		r->head_at -= r->size;
		atomic_store_explicit(&r->passed, s->end, memory_order_relaxed);
	}
	/* the next one's place: its memory was last used a whole turn ago */
	next = ring_slot(r, r->head.elems);
	__builtin_prefetch(&r->elem[next], 1);
	__builtin_prefetch(&r->end[next], 1);
	for (size_t at = 0; at < e->n; at += 64)
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

/* Both sides change wake_at, the producer by adding nothing: one of them is the second. Either it is this producer, which then sees
 * that the consumer sleeps, or the consumer, which looks once more after ring_arm() has said so, and then sees the elements. */
void ring_commit(struct ring *r, const struct queue_slot s[], size_t n)
{
	uint64_t at;

	for (size_t i = 0; i < n; i++)
		atomic_store_explicit(&r->end[ring_slot(r, s[i].elem)], s[i].end, memory_order_release);
	at = atomic_fetch_add_explicit(&r->wake_at, 0, memory_order_acq_rel);
	if (s[n - 1].end >= at)
		wake(r, at);
}

/* -- the consumer -- */

/* The end of the first element that is not known to be ready; less than where it begins when it is not committed. */
static uint64_t next_end(const struct ring *r, const struct queue_mark *m)
{
	return atomic_load_explicit(&r->end[ring_slot(r, m->elems)], memory_order_acquire);
}

void ring_advance(const struct ring *r, struct queue_mark *m)
{
	for (uint64_t end; (end = next_end(r, m)) > m->octets; m->elems++)
		m->octets = end;
}

bool ring_arm(struct ring *r, uint64_t more)
{
	(void)atomic_exchange_explicit(&r->wake_at, r->ready.octets + (more ? more : 1), memory_order_acq_rel);
	if (next_end(r, &r->ready) <= r->ready.octets)
		return true;
	/* changed, not stored: what a producer said when it looked here is passed on to the next ring_arm() */
	(void)atomic_exchange_explicit(&r->wake_at, NO_WAKE, memory_order_acq_rel);
	return false;
}
