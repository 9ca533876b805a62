/*
 * index.c: a hash table in 256 parts, each small enough to grow without a pause that anybody could feel.
 *
 * A part publishes a table of 32-bit slots, open addressing, linear probing. A slot names a cell of the part and carries
 * some bits of the hash, so that a miss hardly ever touches a cell. Cells hold key and value, never move, and are
 * written before the slot that names them is stored (release); a reader that loaded the slot (acquire) sees them whole.
 * Growing makes new slots over the same cells and publishes them; the old slots go after a grace period.
 * A deleted cell is used again after a grace period; until then a late reader finds its value NULL or as it was.
 */
#include "mediation/warrant/index.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "mediation/rcu.h"

#define PARTS		256
#define CELL_BITS	20		/* of a slot: 256 parts of 2^20 cells are 268 million tunnels */
#define CELL_MASK	((1u << CELL_BITS) - 1)
#define CELLS_MAX	(CELL_MASK - 1)
#define SLOT_EMPTY	0u
#define SLOT_GONE	(1u << CELL_BITS)	/* cell 0 of any tag: was deleted, go on probing */
#define CHUNK		32		/* cells that a part takes at once: 1 kB, of which half is spare in each part */
#define BLOCK_MIN	(16u << 10)	/* octets of cells allocated at once, by all parts: doubled up to a large page, so that a random
					 * tunnel's cell is not a page of its own among a million sessions */
#define BLOCK_MAX	(2u << 20)
#define SLOTS_MIN	32
#define NO_CELL		UINT32_MAX
#define INDEX_AT_ONCE	32		/* keys of a burst: line-fill buffers of a core are 10 to 16, the second cache's 48 */

/* IPv4 stands IPv4-mapped: an address of ids.h is never mapped IPv6, so no two keys fall together. */
struct cell {
	uint8_t addr[16];
	uint32_t teid;
	uint32_t link;			/* the writer's: next free or deleted cell */
	_Atomic(void *) value;
};

_Static_assert(BLOCK_MIN % (CHUNK * sizeof(struct cell)) == 0, "chunks fill a block");

struct table {
	struct rcu_node node;
	uint32_t size;			/* slots */
	uint32_t chunks;		/* room in chunk[] */
	struct cell **chunk;		/* an entry is written before any slot that needs it */
	_Atomic(uint32_t) slot[];
};

struct part {
	_Atomic(struct table *) table;
	/* the writer's */
	uint32_t live, gone;		/* slots in use; slots that were deleted */
	uint32_t cells;			/* cells that exist */
	uint32_t free, deleted, closing;/* lists: may be used; gone since the last grace period began; wait for one */
	bool waiting;
	atomic_bool passed;		/* the grace period of `closing` is over */
	struct rcu_node node;
};

struct block {				/* chunks for whichever part asks */
	struct block *next;
	uint8_t *octets;
	size_t n, used;
};

struct index {
	uint64_t seed;
	size_t count, octets;
	struct block *blocks;		/* the one in use first */
	struct part part[PARTS];
};

struct hashed {
	struct cell key;		/* addr and teid only */
	uint64_t hash;
};

/* -- keys -- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 x = (unsigned __int128)a * b;

	return (uint64_t)x ^ (uint64_t)(x >> 64);
}

static uint64_t hash_of(uint64_t seed, const uint8_t addr[16], uint32_t teid)
{
	uint64_t w[2];

	memcpy(w, addr, sizeof(w));
	return mix(mix(w[0] ^ seed, w[1] ^ UINT64_C(0x9e3779b97f4a7c15)) ^ seed, teid ^ UINT64_C(0xd6e8feb86659fd93));
}

static bool hashed_of(const struct index *ix, const struct li_addr *a, uint32_t teid, struct hashed *h)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family == 6) {
		memcpy(h->key.addr, a->b, 16);
	} else if (a->family == 4) {
		memcpy(h->key.addr, mapped, 12);
		memcpy(h->key.addr + 12, a->b, 4);
	} else {
		return false;
	}
	h->key.teid = teid;
	h->hash = hash_of(ix->seed, h->key.addr, teid);
	return true;
}

/* The hash's top byte chooses the part, the next 32 bits the slot, the lowest bits are the tag. */
static unsigned part_of(uint64_t hash)
{
	return (unsigned)(hash >> 56);
}

static uint32_t slot_of(const struct table *t, uint64_t hash)
{
	return (uint32_t)((uint64_t)(uint32_t)(hash >> 24) * t->size >> 32);
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)hash << CELL_BITS;
}

static struct cell *cell_at(const struct table *t, uint32_t i)
{
	return &t->chunk[i / CHUNK][i % CHUNK];
}

/* -- readers -- */

/* The slot of the key, or NULL. There is always an empty slot, so that probing ends. */
static _Atomic(uint32_t) *probe(struct table *t, const struct hashed *h, struct cell **cell)
{
	uint32_t tag = tag_of(h->hash);

	for (uint32_t i = slot_of(t, h->hash);; i = i + 1 == t->size ? 0 : i + 1) {
		uint32_t s = atomic_load_explicit(&t->slot[i], memory_order_acquire);

		if (s == SLOT_EMPTY)
			return NULL;
		if ((s & ~CELL_MASK) != tag || !(s & CELL_MASK))
			continue;
		*cell = cell_at(t, (s & CELL_MASK) - 1);
		if ((*cell)->teid == h->key.teid && memcmp((*cell)->addr, h->key.addr, 16) == 0)
			return &t->slot[i];
	}
}

static void *find(const struct index *ix, const struct hashed *h)
{
	struct table *t = atomic_load_explicit(&ix->part[part_of(h->hash)].table, memory_order_acquire);
	struct cell *c;

	return probe(t, h, &c) ? atomic_load_explicit(&c->value, memory_order_acquire) : NULL;
}

void *index_find(const struct index *ix, const struct li_addr *addr, uint32_t teid)
{
	struct hashed h;

	return hashed_of(ix, addr, teid, &h) ? find(ix, &h) : NULL;
}

/* The cell that a key's first slot of its tag names: nearly always its own, or NULL. */
static const struct cell *likely(const struct table *t, uint64_t hash)
{
	uint32_t tag = tag_of(hash);

	for (uint32_t i = slot_of(t, hash);; i = i + 1 == t->size ? 0 : i + 1) {
		uint32_t s = atomic_load_explicit(&t->slot[i], memory_order_acquire);

		if (s == SLOT_EMPTY)
			return NULL;
		if ((s & ~CELL_MASK) == tag && s & CELL_MASK)
			return cell_at(t, (s & CELL_MASK) - 1);
	}
}

/* Slots of all keys are on their way before the first is looked at, then cells: the memory's latency is waited for twice and not
 * twice for each. */
static void find_some(const struct index *ix, const struct index_key key[], size_t n, void *value[])
{
	struct hashed h[INDEX_AT_ONCE];
	struct table *t[INDEX_AT_ONCE];

	for (size_t i = 0; i < n; i++) {
		t[i] = NULL;
		if (!hashed_of(ix, &key[i].addr, key[i].teid, &h[i]))
			continue;
		t[i] = atomic_load_explicit(&ix->part[part_of(h[i].hash)].table, memory_order_acquire);
		__builtin_prefetch(&t[i]->slot[slot_of(t[i], h[i].hash)]);
	}
	for (size_t i = 0; i < n; i++)
		if (t[i])
			__builtin_prefetch(likely(t[i], h[i].hash));
	for (size_t i = 0; i < n; i++) {
		struct cell *c;

		value[i] = t[i] && probe(t[i], &h[i], &c) ? atomic_load_explicit(&c->value, memory_order_acquire) : NULL;
	}
}

void index_find_burst(const struct index *ix, const struct index_key key[], size_t n, void *value[])
{
	for (size_t at = 0; at < n; at += INDEX_AT_ONCE)
		find_some(ix, key + at, n - at < INDEX_AT_ONCE ? n - at : INDEX_AT_ONCE, value + at);
}

/* -- the writer -- */

static struct table *table_of(const struct part *p)
{
	return atomic_load_explicit(&p->table, memory_order_relaxed);
}

/* Probing stays short and always ends: at most seven of eight slots are in use or were. */
static uint32_t most(uint32_t size)
{
	return size / 8 * 7;
}

static size_t table_octets(uint32_t size, uint32_t chunks)
{
	return sizeof(struct table) + size * sizeof(_Atomic(uint32_t)) + chunks * sizeof(struct cell *);
}

static void table_free(void *arg)
{
	struct table *t = arg;

	free(t->chunk);
	free(t);
}

static struct table *table_new(uint32_t size, uint32_t chunks)
{
	struct table *t = malloc(sizeof(*t) + size * sizeof(_Atomic(uint32_t)));

	if (!t)
		return NULL;
	t->size = size;
	t->chunks = chunks;
	t->chunk = calloc(chunks, sizeof(struct cell *));
	if (!t->chunk) {
		free(t);
		return NULL;
	}
	for (uint32_t i = 0; i < size; i++)
		atomic_init(&t->slot[i], SLOT_EMPTY);
	return t;
}

static void place(struct table *t, uint64_t hash, uint32_t cell)
{
	uint32_t i = slot_of(t, hash);

	while (atomic_load_explicit(&t->slot[i], memory_order_relaxed) & CELL_MASK)	/* a slot that was deleted serves */
		i = i + 1 == t->size ? 0 : i + 1;
	atomic_store_explicit(&t->slot[i], tag_of(hash) | (cell + 1), memory_order_release);
}

/* New slots over the same cells: larger when those in use ask for it, the same size when only deleted ones do. */
static enum li_err rebuild(struct index *ix, struct part *p)
{
	struct table *old = table_of(p), *t;
	uint32_t size = old->size;

	if (p->live >= most(size) - size / 8)
		size += size / 2;		/* by a half: in use between 7/12 and 7/8, 4.6 to 6.9 octets a tunnel */
	t = table_new(size, p->cells / CHUNK + size / CHUNK + 1);
	if (!t)
		return LI_ENOMEM;
	memcpy(t->chunk, old->chunk, (p->cells / CHUNK) * sizeof(struct cell *));
	for (uint32_t i = 0; i < old->size; i++) {
		uint32_t s = atomic_load_explicit(&old->slot[i], memory_order_relaxed) & CELL_MASK;

		if (s) {
			const struct cell *c = cell_at(t, s - 1);

			place(t, hash_of(ix->seed, c->addr, c->teid), s - 1);
		}
	}
	p->gone = 0;
	ix->octets += table_octets(t->size, t->chunks) - table_octets(old->size, old->chunks);
	atomic_store_explicit(&p->table, t, memory_order_release);
	rcu_defer(&old->node, table_free, old);
	return LI_OK;
}

static void on_passed(void *arg)
{
	struct part *p = arg;

	atomic_store_explicit(&p->passed, true, memory_order_release);
}

/* Deleted cells whose grace period is over become free; those deleted since then wait for the next one. */
static void recycle(struct part *p)
{
	if (p->waiting) {
		const struct table *t = table_of(p);

		if (!atomic_load_explicit(&p->passed, memory_order_acquire))
			return;
		p->waiting = false;
		while (p->closing != NO_CELL) {
			uint32_t i = p->closing;

			p->closing = cell_at(t, i)->link;
			cell_at(t, i)->link = p->free;
			p->free = i;
		}
	}
	if (p->deleted == NO_CELL)
		return;
	p->closing = p->deleted;
	p->deleted = NO_CELL;
	p->waiting = true;
	atomic_store_explicit(&p->passed, false, memory_order_relaxed);
	rcu_defer(&p->node, on_passed, p);
}

static struct block *block_new(size_t n)
{
	struct block *b = malloc(sizeof(*b));

	if (!b)
		return NULL;
	*b = (struct block){ .n = n, .octets = aligned_alloc(n, n) };
	if (!b->octets) {
		free(b);
		return NULL;
	}
	if (n == BLOCK_MAX)
		madvise(b->octets, n, MADV_HUGEPAGE);	/* where the system has none it is as good as before */
	return b;
}

static struct cell *chunk_take(struct index *ix)
{
	struct block *b = ix->blocks;

	if (!b || b->used == b->n) {
		struct block *more = block_new(!b ? BLOCK_MIN : b->n < BLOCK_MAX ? 2 * b->n : BLOCK_MAX);

		if (!more)
			return NULL;
		more->next = b;
		b = ix->blocks = more;
	}
	b->used += CHUNK * sizeof(struct cell);
	return (struct cell *)(void *)(b->octets + b->used - CHUNK * sizeof(struct cell));
}

/* A cell that no reader can see. */
static enum li_err cell_take(struct index *ix, struct part *p, uint32_t *out)
{
	struct table *t = table_of(p);
	struct cell *c;

	recycle(p);
	if (p->free == NO_CELL) {
		if (p->cells + CHUNK > CELLS_MAX)
			return LI_ELIMIT;
		if (p->cells / CHUNK == t->chunks) {	/* many wait for their grace period */
			if (rebuild(ix, p))
				return LI_ENOMEM;
			t = table_of(p);
		}
		c = chunk_take(ix);
		if (!c)
			return LI_ENOMEM;
		ix->octets += CHUNK * sizeof(*c);
		t->chunk[p->cells / CHUNK] = c;
		for (uint32_t i = CHUNK; i--;) {
			c[i].link = p->free;
			p->free = p->cells + i;
		}
		p->cells += CHUNK;
	}
	*out = p->free;
	p->free = cell_at(t, p->free)->link;
	return LI_OK;
}

enum li_err index_set(struct index *ix, const struct li_addr *addr, uint32_t teid, void *value, void **old)
{
	struct hashed h;
	struct part *p;
	struct cell *c;
	enum li_err e;
	uint32_t i;

	if (old)
		*old = NULL;
	if (!value || !hashed_of(ix, addr, teid, &h))
		return LI_EUSE;
	p = &ix->part[part_of(h.hash)];
	if (probe(table_of(p), &h, &c)) {
		void *was = atomic_exchange_explicit(&c->value, value, memory_order_acq_rel);

		if (old)
			*old = was;
		return LI_OK;
	}
	if (p->live + p->gone >= most(table_of(p)->size)) {
		e = rebuild(ix, p);
		if (e)
			return e;
	}
	e = cell_take(ix, p, &i);
	if (e)
		return e;
	c = cell_at(table_of(p), i);
	memcpy(c->addr, h.key.addr, sizeof(c->addr));
	c->teid = teid;
	atomic_store_explicit(&c->value, value, memory_order_relaxed);
	place(table_of(p), h.hash, i);
	p->live++;
	ix->count++;
	return LI_OK;
}

void *index_del(struct index *ix, const struct li_addr *addr, uint32_t teid)
{
	_Atomic(uint32_t) *slot;
	struct hashed h;
	struct part *p;
	struct cell *c;
	uint32_t cell;
	void *was;

	if (!hashed_of(ix, addr, teid, &h))
		return NULL;
	p = &ix->part[part_of(h.hash)];
	slot = probe(table_of(p), &h, &c);
	if (!slot)
		return NULL;
	cell = (atomic_load_explicit(slot, memory_order_relaxed) & CELL_MASK) - 1;
	atomic_store_explicit(slot, SLOT_GONE, memory_order_release);
	was = atomic_exchange_explicit(&c->value, NULL, memory_order_acq_rel);
	c->link = p->deleted;
	p->deleted = cell;
	p->live--;
	p->gone++;
	ix->count--;
	recycle(p);
	return was;
}

size_t index_count(const struct index *ix)
{
	return ix->count;
}

size_t index_octets(const struct index *ix)
{
	return ix->octets;
}

/* -- life -- */

struct index *index_new(uint64_t seed)
{
	struct index *ix = calloc(1, sizeof(*ix));

	if (!ix)
		return NULL;
	ix->seed = mix(seed ^ UINT64_C(0xa0761d6478bd642f), UINT64_C(0xe7037ed1a0b428db)) | 1;
	ix->octets = sizeof(*ix);
	for (unsigned i = 0; i < PARTS; i++) {
		struct part *p = &ix->part[i];
		struct table *t = table_new(SLOTS_MIN, 1);

		if (!t) {
			index_free(ix);
			return NULL;
		}
		p->free = p->deleted = p->closing = NO_CELL;
		atomic_store_explicit(&p->table, t, memory_order_release);
		ix->octets += table_octets(t->size, t->chunks);
	}
	return ix;
}

void index_free(struct index *ix)
{
	if (!ix)
		return;
	rcu_barrier();	/* on_passed() of a part may still come */
	for (unsigned i = 0; i < PARTS; i++) {
		struct table *t = table_of(&ix->part[i]);

		if (!t)
			continue;
		table_free(t);
	}
	for (struct block *b = ix->blocks, *next; b; b = next) {
		next = b->next;
		free(b->octets);
		free(b);
	}
	free(ix);
}
