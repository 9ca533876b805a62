/* test_map.c: the hash map against an array, its list, and what its hash is keyed by. */
#include "mediation/core/map.h"

#include "unit.h"

struct thing {
	struct map_node node;
	uint32_t key;
};

static const uint64_t key[2] = { 1, 2 };

static struct thing *find(const struct map *m, uint32_t k)
{
	for (struct map_node *n = map_first(m, map_hash(key, &k, sizeof(k))); n; n = map_again(n))
		if (owner_of(n, struct thing, node)->key == k)
			return owner_of(n, struct thing, node);
	return NULL;
}

static void against_array(void)
{
	enum { N = 2000 };
	static struct thing things[N];
	uint64_t seed = 3;
	size_t in = 0;
	struct map m;

	CU_ASSERT_TRUE_FATAL(map_init(&m));
	for (uint32_t i = 0; i < N; i++)
		things[i] = (struct thing){ .key = i };
	for (unsigned i = 0; i < unit_rounds(100000); i++) {
		struct thing *t = &things[unit_rand(&seed) % N];

		CU_ASSERT_PTR_EQUAL(find(&m, t->key), t->node.in ? t : NULL);
		if (t->node.in) {
			map_del(&m, &t->node);
			map_del(&m, &t->node);		/* nothing happens */
			in--;
		} else {
			map_add(&m, &t->node, map_hash(key, &t->key, sizeof(t->key)));
			in++;
		}
		CU_ASSERT_EQUAL(m.n, in);
	}
	map_fini(&m);
}

/* Nodes of one hash are all walked, and no other's. */
static void one_hash(void)
{
	struct thing t[5] = { { .key = 0 } };
	unsigned n = 0;
	struct map m;

	CU_ASSERT_TRUE_FATAL(map_init(&m));
	for (unsigned i = 0; i < 5; i++)
		map_add(&m, &t[i].node, i < 3 ? 7 : 7 + 64);
	for (struct map_node *i = map_first(&m, 7); i; i = map_again(i))
		n++;
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_PTR_NULL(map_first(&m, 8));
	map_fini(&m);
}

/* Another key gives other hashes; every length and octet counts; slots are used evenly. */
static void hash(void)
{
	static const uint64_t other[2] = { 1, 3 };
	unsigned slot[64] = { 0 };
	uint8_t octets[40] = { 0 };
	uint32_t last = 0;

	for (size_t n = 0; n < sizeof(octets); n++) {
		uint32_t h = map_hash(key, octets, n);

		CU_ASSERT_NOT_EQUAL(h, last);
		CU_ASSERT_NOT_EQUAL(h, map_hash(other, octets, n));
		for (size_t i = 0; i < n; i++) {
			octets[i] ^= 1;
			CU_ASSERT_NOT_EQUAL(h, map_hash(key, octets, n));
			octets[i] ^= 1;
		}
		last = h;
	}
	for (uint32_t i = 0; i < 64000; i++)
		slot[map_hash(key, &i, sizeof(i)) % 64]++;
	for (unsigned i = 0; i < 64; i++)
		CU_ASSERT(slot[i] > 800 && slot[i] < 1200);
}

static void lists(void)
{
	struct list head, a, b;

	list_init(&head);
	list_init(&a);
	CU_ASSERT_TRUE(list_empty(&head));
	list_cut(&a);
	list_put(&head, &a);
	list_put(&a, &b);
	CU_ASSERT(head.next == &b && b.next == &a && a.next == &head && head.prev == &a);
	list_cut(&b);
	CU_ASSERT(head.next == &a);
	list_cut(&a);
	CU_ASSERT_TRUE(list_empty(&head));
}

UNIT_MAIN("map", UNIT(against_array), UNIT(one_hash), UNIT(hash), UNIT(lists))
