/* sender.c: see sender.h. An open-addressed table of pointers, published with release stores; only adding takes the lock. */
#include "mediation/x/sender.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define PLACES (4 * X_SENDERS_MAX)	/* a quarter full at the most: probes are short */

struct sender {
	unsigned id;
	uint64_t hash;
	uint8_t n[3];			/* domain, NFID, IPID */
	_Atomic li_us least, before;	/* of this window, of the one before */
	_Atomic li_us last;
	uint8_t name[];			/* one after the other */
};

struct senders {
	uint64_t seed;
	pthread_mutex_t lock;
	_Atomic unsigned count;
	li_us window;			/* when it ends; the ticking thread's */
	struct sender *_Atomic by_id[X_SENDERS_MAX + 1];
	struct sender *_Atomic place[PLACES];
};

struct senders *senders_new(uint64_t seed)
{
	struct senders *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->seed = seed | 1;
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void senders_free(struct senders *s)
{
	if (!s)
		return;
	for (unsigned i = 1; i <= X_SENDERS_MAX; i++)
		free(s->by_id[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* -- finding -- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t hash_more(uint64_t h, struct view v)
{
	uint64_t w;
	size_t at = 0;

	for (; at + 8 <= v.n; at += 8) {
		memcpy(&w, v.p + at, 8);
		h = mix(h ^ w, UINT64_C(0x9e3779b97f4a7c15));
	}
	w = v.n;
	if (v.n - at)
		memcpy(&w, v.p + at, v.n - at);
	return mix(h ^ w, UINT64_C(0xd6e8feb86659fd93) + v.n);
}

static bool is_it(const struct sender *x, uint64_t hash, const struct view v[3])
{
	const uint8_t *p = x->name;

	if (x->hash != hash)
		return false;
	for (unsigned i = 0; i < 3; p += x->n[i++])
		if (x->n[i] != v[i].n || (v[i].n && memcmp(p, v[i].p, v[i].n) != 0))
			return false;
	return true;
}

/* Or the free place where it would stand: *at. */
static struct sender *find(struct senders *s, uint64_t hash, const struct view v[3], size_t *at)
{
	struct sender *x;

	for (*at = hash % PLACES; (x = atomic_load_explicit(&s->place[*at], memory_order_acquire)); *at = (*at + 1) % PLACES)
		if (is_it(x, hash, v))
			return x;
	return NULL;
}

static struct sender *add(struct senders *s, uint64_t hash, const struct view v[3])
{
	unsigned n = atomic_load_explicit(&s->count, memory_order_relaxed);
	struct sender *x;
	uint8_t *p;
	size_t at;

	x = find(s, hash, v, &at);	/* somebody may have been here before us */
	if (x || n == X_SENDERS_MAX)
		return x;
	x = malloc(sizeof(*x) + v[0].n + v[1].n + v[2].n);
	if (!x)
		return NULL;
	x->id = n + 1;
	x->hash = hash;
	atomic_init(&x->least, LI_US_NEVER);
	atomic_init(&x->before, LI_US_NEVER);
	atomic_init(&x->last, LI_US_NEVER);
	p = x->name;
	for (unsigned i = 0; i < 3; p += v[i++].n) {
		x->n[i] = (uint8_t)v[i].n;
		if (v[i].n)
			memcpy(p, v[i].p, v[i].n);
	}
	atomic_store_explicit(&s->by_id[n + 1], x, memory_order_release);
	atomic_store_explicit(&s->place[at], x, memory_order_release);
	atomic_store_explicit(&s->count, n + 1, memory_order_release);
	return x;
}

unsigned sender_of(struct senders *s, struct view domain, struct view nfid, struct view ipid)
{
	const struct view v[3] = { domain, nfid, ipid };
	uint64_t hash = s->seed;
	struct sender *x;
	size_t at;

	for (unsigned i = 0; i < 3; i++) {
		if (v[i].n > LI_NAME_MAX)
			return 0;
		hash = hash_more(hash, v[i]);
	}
	x = find(s, hash, v, &at);
	if (x)
		return x->id;
	pthread_mutex_lock(&s->lock);
	x = add(s, hash, v);
	pthread_mutex_unlock(&s->lock);
	return x ? x->id : 0;
}

static struct sender *by_id(const struct senders *s, unsigned id)
{
	return id <= X_SENDERS_MAX ? atomic_load_explicit(&s->by_id[id], memory_order_acquire) : NULL;
}

/* -- its clock -- */

void sender_time(struct senders *s, unsigned id, li_us time, li_us arrived)
{
	struct sender *x = by_id(s, id);
	li_us d = arrived - time, old;

	if (!x)
		return;
	atomic_store_explicit(&x->last, arrived, memory_order_relaxed);
	old = atomic_load_explicit(&x->least, memory_order_relaxed);
	while (d < old && !atomic_compare_exchange_weak_explicit(&x->least, &old, d, memory_order_relaxed, memory_order_relaxed))
		;
}

bool sender_delay(const struct senders *s, unsigned id, li_us *least)
{
	struct sender *x = by_id(s, id);
	li_us a = x ? atomic_load_explicit(&x->least, memory_order_relaxed) : LI_US_NEVER;
	li_us b = x ? atomic_load_explicit(&x->before, memory_order_relaxed) : LI_US_NEVER;

	*least = a < b ? a : b;
	return *least != LI_US_NEVER;
}

li_us sender_last(const struct senders *s, unsigned id)
{
	struct sender *x = by_id(s, id);

	return x ? atomic_load_explicit(&x->last, memory_order_relaxed) : LI_US_NEVER;
}

void senders_tick(struct senders *s, li_us steady)
{
	if (steady < s->window)
		return;
	s->window = steady + X_SENDER_WINDOW;
	for (unsigned i = 1; i <= senders_count(s); i++) {
		struct sender *x = by_id(s, i);
		li_us least = atomic_exchange_explicit(&x->least, LI_US_NEVER, memory_order_relaxed);

		atomic_store_explicit(&x->before, least, memory_order_relaxed);
	}
}

/* -- what is known -- */

size_t senders_count(const struct senders *s)
{
	return atomic_load_explicit(&s->count, memory_order_acquire);
}

void sender_ids(const struct senders *s, unsigned id, struct view *domain, struct view *nfid, struct view *ipid)
{
	const struct sender *x = by_id(s, id);
	struct view *const v[3] = { domain, nfid, ipid };
	const uint8_t *p = x ? x->name : NULL;

	for (unsigned i = 0; i < 3; i++) {
		*v[i] = view_of(x && x->n[i] ? p : NULL, x ? x->n[i] : 0);
		if (x)
			p += x->n[i];
	}
}

void sender_text(const struct senders *s, unsigned id, char out[X_SENDER_TEXT])
{
	struct view v[3];
	size_t n = 0;

	snprintf(out, X_SENDER_TEXT, "-");
	if (!by_id(s, id))
		return;
	sender_ids(s, id, &v[0], &v[1], &v[2]);
	for (unsigned i = v[0].n ? 0 : 1; i < 3; i++) {
		for (size_t k = 0; k < v[i].n && n < X_SENDER_TEXT - 1; k++)
			out[n++] = v[i].p[k] > 0x20 && v[i].p[k] < 0x7f ? (char)v[i].p[k] : '?';
		if (i < 2 && n < X_SENDER_TEXT - 1)
			out[n++] = '/';
	}
	out[n] = 0;
}
