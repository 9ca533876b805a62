/*
 * target_index.c: from an identity to the tasks that name it. Texts are in a hash table; addresses are in two binary
 * tries with skipped bits (IPv4, IPv6): a walk along the subject's bits passes every range that holds the subject, and
 * what lies below its end are targets inside what the subject holds (an address of its /64). A lookup costs the length
 * of the identity, whatever the number of tasks. Entries are embedded in their owners; trie nodes are reserved first,
 * so that adding cannot fail. Digests lie among the texts: a subject's is made for each hash and salt in use, so a lookup costs as many
 * hashes; those of hashes and salts beyond HASHES are tried one by one.
 */
#include <stdlib.h>

#include "mediation/warrant/hashed.h"
#include "mediation/warrant/target.h"

#define BUCKETS_FIRST 64
#define HASHES 32	/* an ADMF has one of each kind of identity, and a few more while it goes over to others */

/* A prefix. One with entries is a target's; one without is a fork with two children. */
struct target_node {
	uint8_t bit[16];
	uint8_t len;
	struct target_node *up, *child[2];
	struct target_entry *first;
};

struct target_index {
	struct target_entry **bucket;
	size_t n_buckets, n;		/* entries in buckets */
	struct target_node *root4, *root6;
	struct { struct hashed_context c; size_t uses; } hash[HASHES];
	size_t n_hashes;
	struct target_entry *rest;	/* digests of other hashes */
	struct target_node *spare;	/* linked by up */
	size_t n_spare;
};

struct target_index *target_index_new(void)
{
	struct target_index *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->bucket = calloc(BUCKETS_FIRST, sizeof(struct target_entry *));
	x->n_buckets = BUCKETS_FIRST;
	if (x->bucket)
		return x;
	free(x);
	return NULL;
}

static void free_nodes(struct target_node *n)
{
	while (n) {	/* down to a leaf, free it, back up: no recursion */
		struct target_node *next = n->child[0] ? n->child[0] : n->child[1];

		if (next) {
			n->child[next == n->child[1]] = NULL;
			next->up = n;
			n = next;
			continue;
		}
		next = n->up;
		free(n);
		n = next;
	}
}

void target_index_free(struct target_index *x)
{
	if (!x)
		return;
	free_nodes(x->root4);
	free_nodes(x->root6);
	free_nodes(x->spare);
	free(x->bucket);
	free(x);
}

/* -- trie nodes -- */

static struct target_node *take_node(struct target_index *x)
{
	struct target_node *n = x->spare;

	x->spare = n->up;
	x->n_spare--;
	*n = (struct target_node){ .up = NULL };
	return n;
}

static void spare_node(struct target_index *x, struct target_node *n)
{
	*n = (struct target_node){ .up = x->spare };
	x->spare = n;
	x->n_spare++;
}

/* A bigger table, when there is memory for it: without it, chains are longer, no more. */
static void grow(struct target_index *x, size_t want)
{
	size_t n = x->n_buckets;
	struct target_entry **b;

	while (n < want)
		n *= 2;
	if (n == x->n_buckets)
		return;
	b = calloc(n, sizeof(struct target_entry *));
	if (!b)
		return;
	for (size_t i = 0; i < x->n_buckets; i++)
		for (struct target_entry *e = x->bucket[i], *next; e; e = next) {
			next = e->next;
			e->next = b[e->hash & (n - 1)];
			b[e->hash & (n - 1)] = e;
		}
	free(x->bucket);
	x->bucket = b;
	x->n_buckets = n;
}

enum li_err target_index_reserve(struct target_index *x, size_t n)
{
	while (x->n_spare < 2 * n) {	/* an addition makes a leaf and at most one fork */
		struct target_node *node = malloc(sizeof(*node));

		if (!node)
			return LI_ENOMEM;
		spare_node(x, node);
	}
	grow(x, x->n + n);
	return LI_OK;
}

/* -- bits -- */

static bool is_addr(const struct li_id *id)
{
	return id->kind == LI_ID_IPV4 || id->kind == LI_ID_IPV6;
}

static unsigned bit_at(const uint8_t *b, unsigned i)
{
	return b[i / 8] >> (7 - i % 8) & 1;
}

/* Leading bits that both have, at most n. */
static unsigned common(const uint8_t *a, const uint8_t *b, unsigned n)
{
	unsigned i = 0;

	while (i + 8 <= n && a[i / 8] == b[i / 8])
		i += 8;
	while (i < n && bit_at(a, i) == bit_at(b, i))
		i++;
	return i;
}

static struct target_node **root_of(struct target_index *x, const struct li_id *id)
{
	return id->kind == LI_ID_IPV4 ? &x->root4 : &x->root6;
}

static struct target_node *new_node(struct target_index *x, const uint8_t *bit, unsigned len)
{
	struct target_node *n = take_node(x);

	memcpy(n->bit, bit, sizeof(n->bit));
	n->len = (uint8_t)len;
	return n;
}

static void hang(struct target_node *under, struct target_node *n)
{
	under->child[bit_at(n->bit, under->len)] = n;
	n->up = under;
}

/* The node of exactly this prefix, made when there is none. */
static struct target_node *node_for(struct target_index *x, const struct li_id *id)
{
	struct target_node **link = root_of(x, id), *up = NULL, *n, *leaf, *fork;
	unsigned len = id->prefix, same = 0;

	for (n = *link; n; up = n, link = &n->child[bit_at(id->addr.b, n->len)], n = *link) {
		same = common(n->bit, id->addr.b, n->len < len ? n->len : len);
		if (same < n->len || n->len == len)
			break;
	}
	if (n && same == n->len && n->len == len)
		return n;
	leaf = new_node(x, id->addr.b, len);
	if (!n) {
		leaf->up = up;
		*link = leaf;
		return leaf;
	}
	fork = same == len ? leaf : new_node(x, id->addr.b, same);
	fork->up = up;
	*link = fork;
	hang(fork, n);
	if (fork != leaf)
		hang(fork, leaf);
	return leaf;
}

/* Takes out n, and the forks that lose their purpose with it. */
static void prune(struct target_index *x, struct target_node **root, struct target_node *n)
{
	while (n && !n->first && !(n->child[0] && n->child[1])) {
		struct target_node *up = n->up, *down = n->child[0] ? n->child[0] : n->child[1];

		*(up ? &up->child[up->child[1] == n] : root) = down;
		if (down)
			down->up = up;
		spare_node(x, n);
		n = up;
	}
}

/* -- texts -- */

static uint64_t hash_text(enum li_id_kind kind, const char *s, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)kind;	/* FNV-1a; keys are the operator's, not a peer's */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * UINT64_C(1099511628211);
	return h ^ h >> 32;
}

/* The place of a hash and salt, made where there is none: HASHES: there is no room. */
static size_t hash_place(struct target_index *x, const struct hashed_context *c)
{
	size_t i = 0;

	while (i < x->n_hashes && (x->hash[i].uses == 0 || !hashed_context_eq(&x->hash[i].c, c)))
		i++;
	if (i < x->n_hashes)
		return i;
	for (i = 0; i < x->n_hashes && x->hash[i].uses; i++)
		;
	if (i == HASHES)
		return i;
	x->n_hashes += i == x->n_hashes;
	x->hash[i].c = *c;
	x->hash[i].uses = 0;
	return i;
}

static bool is_hashed(const struct target_entry *e, struct hashed_context *c, uint8_t digest[HASHED_DIGEST_MOST], size_t *n)
{
	return e->id->kind == LI_ID_HASHED && hashed_read(e->id->text, c, digest, n) == LI_OK;
}

static struct target_entry **link_hashed(struct target_index *x, struct target_entry *e)
{
	uint8_t digest[HASHED_DIGEST_MOST];
	struct hashed_context c;
	size_t n = 0, at = is_hashed(e, &c, digest, &n) ? hash_place(x, &c) : HASHES;

	e->rest = at == HASHES;
	if (e->rest)
		return &x->rest;
	x->hash[at].uses++;
	x->n++;
	e->hash = hash_text(LI_ID_HASHED, (const char *)digest, n);
	return &x->bucket[e->hash & (x->n_buckets - 1)];
}

static void forget_hashed(struct target_index *x, const struct target_entry *e)
{
	uint8_t digest[HASHED_DIGEST_MOST];
	struct hashed_context c;
	size_t n, at;

	if (e->rest || !is_hashed(e, &c, digest, &n))
		return;
	at = hash_place(x, &c);		/* it is there: this one uses it */
	x->hash[at].uses--;
}

void target_index_add(struct target_index *x, struct target_entry *e, const struct li_id *id)
{
	struct target_entry **link;

	e->id = id;
	e->node = NULL;
	e->hash = 0;
	e->rest = false;
	if (id->kind == LI_ID_HASHED) {
		link = link_hashed(x, e);
	} else if (is_addr(id)) {
		e->node = node_for(x, id);
		link = &e->node->first;
	} else {
		struct view key = target_key(id);

		e->hash = hash_text(li_id_seen_as(id->kind), (const char *)key.p, key.n);
		link = &x->bucket[e->hash & (x->n_buckets - 1)];
		x->n++;
	}
	e->next = *link;
	*link = e;
}

void target_index_del(struct target_index *x, struct target_entry *e)
{
	struct target_node *n = e->node;
	struct target_entry **link = n ? &n->first : e->rest ? &x->rest : &x->bucket[e->hash & (x->n_buckets - 1)];

	while (*link != e)
		link = &(*link)->next;
	*link = e->next;
	forget_hashed(x, e);
	if (!n)
		x->n -= !e->rest;
	else
		prune(x, root_of(x, e->id), n);
	e->id = NULL;
}

/* -- finding -- */

static void give(const struct target_node *n, void (*fn)(void *arg, struct target_entry *e), void *arg)
{
	for (struct target_entry *e = n->first; e; e = e->next)
		fn(arg, e);
}

/* n and everything below it. */
static void give_below(const struct target_node *n, void (*fn)(void *arg, struct target_entry *e), void *arg)
{
	const struct target_node *top = n->up, *from = top;

	while (n != top) {
		const struct target_node *next = n->up;

		if (from == n->up) {
			give(n, fn, arg);
			next = n->child[0] ? n->child[0] : n->child[1] ? n->child[1] : n->up;
		} else if (from == n->child[0] && n->child[1]) {
			next = n->child[1];
		}
		from = n;
		n = next;
	}
}

static void find_addr(const struct target_index *x, const struct li_id *s, void (*fn)(void *arg, struct target_entry *e),
		      void *arg)
{
	const struct target_node *n = s->kind == LI_ID_IPV4 ? x->root4 : x->root6;
	unsigned len = target_bits(s);

	while (n) {
		unsigned least = n->len < len ? n->len : len;

		if (common(n->bit, s->addr.b, least) < least)
			return;
		if (n->len >= len) {	/* all that is left lies inside what the subject holds */
			give_below(n, fn, arg);
			return;
		}
		give(n, fn, arg);
		n = n->child[bit_at(s->addr.b, n->len)];
	}
}

static void find_text(const struct target_index *x, const struct li_id *s, enum li_id_kind as,
		      void (*fn)(void *arg, struct target_entry *e), void *arg)
{
	char text[LI_TARGET_MAX + 1];
	size_t n = target_hash_text(s, as, text);
	uint64_t h = hash_text(as, text, n);

	for (struct target_entry *e = x->bucket[h & (x->n_buckets - 1)], *next; e; e = next) {
		next = e->next;
		if (e->hash == h && li_id_seen_as(e->id->kind) == as && target_covers(e->id, s))
			fn(arg, e);
	}
}

static void find_hashed(const struct target_index *x, const struct li_id *s, void (*fn)(void *arg, struct target_entry *e), void *arg)
{
	for (size_t i = 0; i < x->n_hashes; i++) {
		uint8_t digest[HASHED_DIGEST_MOST];
		size_t n = x->hash[i].uses ? hashed_digest(&x->hash[i].c, s, digest) : 0;
		uint64_t h = hash_text(LI_ID_HASHED, (const char *)digest, n);

		for (struct target_entry *e = n ? x->bucket[h & (x->n_buckets - 1)] : NULL, *next; e; e = next) {
			struct hashed_context c;
			uint8_t want[HASHED_DIGEST_MOST];
			size_t m = 0;

			next = e->next;
			if (e->hash == h && is_hashed(e, &c, want, &m) && hashed_context_eq(&c, &x->hash[i].c) && m == n && memcmp(want, digest, n) == 0)
				fn(arg, e);
		}
	}
	for (struct target_entry *e = x->rest, *next; e; e = next) {
		next = e->next;
		if (target_covers(e->id, s))
			fn(arg, e);
	}
}

void target_index_find(const struct target_index *x, const struct li_id *s, void (*fn)(void *arg, struct target_entry *e),
		       void *arg)
{
	if (is_addr(s)) {
		find_addr(x, s, fn, arg);
		return;
	}
	if (s->kind == LI_ID_NONE || s->kind == LI_ID_MAC)
		return;
	if (x->n_hashes || x->rest)
		find_hashed(x, s, fn, arg);
	find_text(x, s, s->kind, fn, arg);
	if (s->kind == LI_ID_IMEISV)
		find_text(x, s, LI_ID_IMEI, fn, arg);
}
