/* test_index.c: the published index against a plain array, and under readers that never stop (make tsan). */
#include "mediation/warrant/index.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "mediation/rcu.h"
#include "test/unit.h"

static struct li_addr addr_of(uint64_t n)
{
	uint8_t b[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	memcpy(b + 8, &n, 8);
	return n & 1 ? li_addr6(b) : li_addr4(&n);
}

static void one_key(void)
{
	struct index *ix = index_new(1);
	struct li_addr a = addr_of(2), b = addr_of(3), none = { 0 };
	int x, y;
	void *old = &x;

	CU_ASSERT_PTR_NOT_NULL_FATAL(ix);
	CU_ASSERT_PTR_NULL(index_find(ix, &a, 7));
	CU_ASSERT_EQUAL(index_set(ix, &a, 7, &x, &old), LI_OK);
	CU_ASSERT_PTR_NULL(old);
	CU_ASSERT_PTR_EQUAL(index_find(ix, &a, 7), &x);
	CU_ASSERT_PTR_NULL(index_find(ix, &a, 8));
	CU_ASSERT_PTR_NULL(index_find(ix, &b, 7));
	CU_ASSERT_EQUAL(index_set(ix, &a, 7, &y, &old), LI_OK);
	CU_ASSERT_PTR_EQUAL(old, &x);
	CU_ASSERT_PTR_EQUAL(index_find(ix, &a, 7), &y);
	CU_ASSERT_EQUAL(index_count(ix), 1);
	CU_ASSERT_PTR_EQUAL(index_del(ix, &a, 7), &y);
	CU_ASSERT_PTR_NULL(index_del(ix, &a, 7));
	CU_ASSERT_PTR_NULL(index_find(ix, &a, 7));
	CU_ASSERT_EQUAL(index_count(ix), 0);
	CU_ASSERT_EQUAL(index_set(ix, &a, 7, NULL, NULL), LI_EUSE);
	CU_ASSERT_EQUAL(index_set(ix, &none, 7, &x, NULL), LI_EUSE);
	CU_ASSERT_PTR_NULL(index_find(ix, &none, 7));
	CU_ASSERT_PTR_NULL(index_del(ix, &none, 7));
	index_free(ix);
	index_free(NULL);
}

/* 1.2.3.4 and ::102:304 differ; octets of a li_addr past an IPv4 address do not count. */
static void families(void)
{
	uint8_t six[16] = { [12] = 1, 2, 3, 4 };
	struct li_addr a4 = li_addr4(six + 12), a6 = li_addr6(six), dirty = a4;
	struct index *ix = index_new(2);
	int x, y;

	dirty.b[9] = 9;
	CU_ASSERT_EQUAL(index_set(ix, &a4, 1, &x, NULL), LI_OK);
	CU_ASSERT_EQUAL(index_set(ix, &a6, 1, &y, NULL), LI_OK);
	CU_ASSERT_PTR_EQUAL(index_find(ix, &dirty, 1), &x);
	CU_ASSERT_PTR_EQUAL(index_find(ix, &a6, 1), &y);
	index_free(ix);
}

/* Random sets and deletes over few keys, so that slots and cells are used again many times. */
static void like_an_array(void)
{
	enum { KEYS = 20000 };
	static char *model[KEYS], value[KEYS + 1];
	struct index *ix = index_new(3);
	uint64_t seed = 11;
	size_t count = 0;

	memset(model, 0, sizeof(model));
	for (unsigned i = 0; i < unit_rounds(1000000); i++) {
		uint64_t r = unit_rand(&seed);
		unsigned k = (unsigned)(r >> 32) % KEYS;
		struct li_addr a = addr_of(k / 2);
		void *was;

		if (r % 3) {
			char *v = &value[r % (KEYS + 1)];

			CU_ASSERT_EQUAL_FATAL(index_set(ix, &a, k, v, &was), LI_OK);
			count += !model[k];
			CU_ASSERT_PTR_EQUAL_FATAL(was, model[k]);
			model[k] = v;
		} else {
			CU_ASSERT_PTR_EQUAL_FATAL(index_del(ix, &a, k), model[k]);
			count -= model[k] != NULL;
			model[k] = NULL;
		}
		CU_ASSERT_PTR_EQUAL_FATAL(index_find(ix, &a, k), model[k]);
	}
	CU_ASSERT_EQUAL(index_count(ix), count);
	for (unsigned k = 0; k < KEYS; k++) {
		struct li_addr a = addr_of(k / 2);

		CU_ASSERT_PTR_EQUAL_FATAL(index_find(ix, &a, k), model[k]);
	}
	index_free(ix);
}

/* At most 40 octets a tunnel at a million, and no set that takes long enough for a live tap to notice. */
static void a_million(void)
{
	unsigned n = unit_rounds(1000000);
	struct index *ix = index_new(4);
	struct timespec a, b;
	int64_t worst = 0;
	size_t found = 0;
	int x;

	for (unsigned i = 0; i < n; i++) {
		struct li_addr addr = addr_of(i % 512);

		clock_gettime(CLOCK_MONOTONIC, &a);
		CU_ASSERT_EQUAL_FATAL(index_set(ix, &addr, i, &x, NULL), LI_OK);
		clock_gettime(CLOCK_MONOTONIC, &b);
		if ((b.tv_sec - a.tv_sec) * INT64_C(1000000000) + b.tv_nsec - a.tv_nsec > worst)
			worst = (b.tv_sec - a.tv_sec) * INT64_C(1000000000) + b.tv_nsec - a.tv_nsec;
		if (i >= 250000)
			CU_ASSERT_FATAL(index_octets(ix) <= (size_t)40 * (i + 1));
	}
	fprintf(stderr, "%u tunnels, %.1f octets each, slowest set %.3f ms\n", n, (double)index_octets(ix) / n, (double)worst / 1e6);
	for (unsigned i = 0; i < n; i += 16) {
		struct index_key k[16];
		void *v[16];

		for (unsigned j = 0; j < 16; j++)
			k[j] = (struct index_key){ addr_of((i + j) % 512), i + j };
		index_find_burst(ix, k, 16, v);
		for (unsigned j = 0; j < 16; j++)
			found += v[j] == &x;
	}
	CU_ASSERT_EQUAL(found, n);
	index_free(ix);
}

/* -- readers -- */

struct entry {
	struct rcu_node node;
	unsigned key;
	unsigned alive;		/* 1 until it is freed: a reader that sees 0 got freed memory */
};

static void entry_free(void *arg)
{
	struct entry *e = arg;

	e->alive = 0;
	free(e);
}

static struct {
	struct index *ix;
	atomic_bool stop;
	atomic_uint wrong, found;
} shared;

enum { LASTING = 64, MOVING = 4096 };	/* keys that are always there; keys that come and go */

static void *reader(void *arg)
{
	struct rcu_reader r;
	uint64_t seed = (uint64_t)(uintptr_t)arg;

	rcu_reader_begin(&r);
	for (unsigned i = 1; !atomic_load_explicit(&shared.stop, memory_order_relaxed); i++) {
		unsigned k = (unsigned)unit_rand(&seed) % (i % 2 ? LASTING : MOVING);
		struct li_addr a = addr_of(k);
		struct entry *e = index_find(shared.ix, &a, k);

		if ((!e && k < LASTING) || (e && (e->key != k || e->alive != 1)))
			atomic_fetch_add_explicit(&shared.wrong, 1, memory_order_relaxed);
		if (e)
			atomic_fetch_add_explicit(&shared.found, 1, memory_order_relaxed);
		if (i % 50 == 0)
			rcu_reader_quiescent(&r);
		if (i % 5000 == 0) {
			rcu_reader_offline(&r);
			usleep(100);
			rcu_reader_online(&r);
		}
	}
	rcu_reader_end(&r);
	return NULL;
}

static void put(unsigned k)
{
	struct li_addr a = addr_of(k);
	struct entry *e = malloc(sizeof(*e)), *old;
	void *was;

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	e->key = k;
	e->alive = 1;
	CU_ASSERT_EQUAL_FATAL(index_set(shared.ix, &a, k, e, &was), LI_OK);
	old = was;
	if (old)
		rcu_defer(&old->node, entry_free, old);
}

static void take(unsigned k)
{
	struct li_addr a = addr_of(k);
	struct entry *old = index_del(shared.ix, &a, k);

	if (old)
		rcu_defer(&old->node, entry_free, old);
}

static void readers_and_a_writer(void)
{
	pthread_t t[3];
	uint64_t seed = 5;

	CU_ASSERT_EQUAL_FATAL(rcu_start(), LI_OK);
	shared.ix = index_new(5);
	atomic_store(&shared.stop, false);
	for (unsigned k = 0; k < LASTING; k++)
		put(k);
	for (uintptr_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, reader, (void *)(i + 1)), 0);
	for (unsigned i = 0; i < unit_rounds(1000000); i++) {
		uint64_t r = unit_rand(&seed);
		unsigned k = (unsigned)(r >> 32) % MOVING;

		if (k < LASTING || r % 2)
			put(k);
		else
			take(k);
	}
	while (!atomic_load(&shared.found))
		usleep(100);
	atomic_store(&shared.stop, true);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	CU_ASSERT_EQUAL(atomic_load(&shared.wrong), 0);
	for (unsigned k = 0; k < MOVING; k++)
		take(k);
	rcu_barrier();
	CU_ASSERT_EQUAL(index_count(shared.ix), 0);
	index_free(shared.ix);
	rcu_stop();
}

/* Cells of deleted keys serve again: churn over one live key does not grow. */
static void churn_is_bounded(void)
{
	struct index *ix = index_new(6);
	size_t at = 0;
	int x;

	for (unsigned i = 0; i < unit_rounds(1000000); i++) {
		struct li_addr a = addr_of(i);

		CU_ASSERT_EQUAL_FATAL(index_set(ix, &a, i, &x, NULL), LI_OK);
		CU_ASSERT_PTR_EQUAL_FATAL(index_del(ix, &a, i), &x);
		if (i == 5000)
			at = index_octets(ix);
		if (i > 5000)
			CU_ASSERT_FATAL(index_octets(ix) <= at + at / 4);
	}
	index_free(ix);
}

/* -- grace periods -- */

static atomic_uint order[3], at_order;

static void noted(void *arg)
{
	atomic_store(&order[atomic_fetch_add(&at_order, 1)], (unsigned)(uintptr_t)arg);
}

static void deferred_in_order(void)
{
	struct rcu_node n[3];

	for (int with = 0; with < 2; with++) {
		struct rcu_reader r;

		if (with)
			CU_ASSERT_EQUAL_FATAL(rcu_start(), LI_OK);
		atomic_store(&at_order, 0);
		rcu_reader_begin(&r);
		for (uintptr_t i = 0; i < 3; i++)
			rcu_defer(&n[i], noted, (void *)(i + 7));
		if (with) {	/* this thread is a reader and has not been quiescent: nothing may have run */
			usleep(20000);
			CU_ASSERT_EQUAL(atomic_load(&at_order), 0);
		}
		rcu_reader_end(&r);
		rcu_barrier();
		CU_ASSERT_EQUAL(atomic_load(&at_order), 3);
		for (unsigned i = 0; i < 3; i++)
			CU_ASSERT_EQUAL(atomic_load(&order[i]), i + 7);
		if (with)
			rcu_stop();
	}
}

UNIT_MAIN("index", UNIT(one_key), UNIT(families), UNIT(like_an_array), UNIT(a_million), UNIT(readers_and_a_writer),
	  UNIT(churn_is_bounded), UNIT(deferred_in_order))
