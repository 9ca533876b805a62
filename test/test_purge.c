/* test_purge.c: the set of what is purged, what is counted of it, and a queue under a feed against a model while groups are purged. */
#include "handover/feed.h"

#include "test/unit.h"

/* -- the set -- */

static void set(void)
{
	struct purge_set p;
	uint64_t first, second;

	purge_init(&p);
	CU_ASSERT(!purge_covers(&p, 1) && !purge_covers(NULL, 1));
	for (uint32_t g = 1; g <= 1000; g += 2) {
		first = purge_add(&p, &g, 1);
		CU_ASSERT(first > 0);
	}
	second = purge_add(&p, (const uint32_t[]){ 2000, 3, 0, 2002 }, 4);
	CU_ASSERT(second == first + 1 && p.n == 502);	/* 3 was there; 0 is nobody's */
	for (uint32_t g = 1; g <= 1000; g++)
		CU_ASSERT_EQUAL_FATAL(purge_covers(&p, g), g % 2 == 1);
	CU_ASSERT(purge_covers(&p, 2000) && purge_covers(&p, 2002) && !purge_covers(&p, 0));
	purge_forget(&p, first);
	CU_ASSERT(p.n == 2 && purge_covers(&p, 2000) && !purge_covers(&p, 3) && !purge_covers(&p, 999));
	purge_forget(&p, second);
	CU_ASSERT(p.n == 0 && !purge_covers(&p, 2000));
	purge_fini(&p);
}

static void tally(void)
{
	struct purge_tally t = { 0 };
	uint64_t pdus = 0, sent = 0;

	CU_ASSERT(tally_is_empty(&t));
	for (uint32_t number = 0; number < 10; number++)
		for (uint64_t ctx = 1; ctx <= 500; ctx++) {
			struct queue_elem e = { .ctx = ctx, .group = (uint32_t)ctx % 7 + 1, .number = number + (uint32_t)ctx };

			tally_add(&t, &e, number < 3);
		}
	CU_ASSERT(t.n == 500 && t.other.pdus == 0 && !tally_is_empty(&t));
	for (size_t i = 0; i < t.slots; i++) {
		const struct purge_count *c = &t.at[i];

		if (!c->pdus)
			continue;
		CU_ASSERT(c->first == c->ctx && c->last == c->ctx + 9 && c->group == c->ctx % 7 + 1);
		pdus += c->pdus;
		sent += c->sent;
	}
	CU_ASSERT(pdus == 5000 && sent == 1500);
	tally_fini(&t);
}

/* -- a queue -- */

enum { GROUPS = 12, MOST = 3000, HELD = 3 };

static struct feed the_feed;		/* of the model that there is */

struct model {
	struct feed *d;
	struct purge_set dead;
	struct queue *q;
	uint64_t seed;
	unsigned n;				/* elements so far */
	uint32_t size[MOST], group[MOST];
	uint64_t at[MOST];
	bool out[MOST];				/* all of it went out */
	struct queue_slot held[HELD];		/* reserved, not committed yet */
	unsigned of[HELD], n_held;
	bool is_dead[GROUPS + 1];
	unsigned told;
};

static void on_wake(void *arg) { (void)arg; }
static void on_dropped(void *arg) { (void)arg; }
static void on_purged(void *arg) { ((struct model *)arg)->told++; }
static const struct queue_ops ops = { .wake = on_wake, .dropped = on_dropped, .purged = on_purged };

static unsigned rnd(struct model *m, unsigned n)
{
	return (unsigned)(unit_rand(&m->seed) % n);
}

static uint8_t octet(unsigned i, uint64_t k)
{
	return (uint8_t)(1 + (i * 131 + k) % 255);	/* never 0 */
}

static void commit(struct model *m, unsigned k)
{
	unsigned i = m->of[k];

	for (uint32_t b = 0; b < m->size[i]; b++)
		m->held[k].to[b] = octet(i, b);
	queue_commit(m->q, &m->held[k], 1);
	m->n_held--;
	m->held[k] = m->held[m->n_held];
	m->of[k] = m->of[m->n_held];
}

static void produce(struct model *m)
{
	uint32_t g = 1 + rnd(m, GROUPS);
	struct queue_elem e = { .ctx = g * 10, .group = g, .number = m->n, .time = m->n, .n = 1 + rnd(m, 3000), .kind = LI_HI3 };
	enum li_err err;

	if (m->n == MOST || m->is_dead[g])
		return;
	if (m->n_held == HELD)
		commit(m, rnd(m, HELD));
	queue_lock(m->q);
	err = queue_reserve(m->q, &e, &m->held[m->n_held]);
	queue_unlock(m->q);
	if (err)
		return;
	m->size[m->n] = e.n;
	m->group[m->n] = g;
	m->at[m->n] = m->n ? m->at[m->n - 1] + m->size[m->n - 1] : 0;
	m->of[m->n_held++] = m->n++;
	if (rnd(m, 2))
		commit(m, rnd(m, m->n_held));
}

/* What TLS takes is checked octet by octet: nothing of the dead begins, and nothing is torn. */
static void send(struct model *m)
{
	uint64_t at, i;
	struct view v;
	size_t n;

	if (rnd(m, 4))		/* or something is purged after it has looked */
		feeds_look(m->d, 1, 1);
	at = m->d->at;
	i = m->d->sent.elems;
	if (!feed_is_mid(m->d) && !feed_has_more(m->d))
		return;
	v = feed_run(m->d, feed_is_mid(m->d) && rnd(m, 2));
	CU_ASSERT_FATAL(v.n > 0);
	n = rnd(m, 4) ? v.n : 1 + rnd(m, (unsigned)v.n);
	for (size_t k = 0; k < n; ) {
		uint64_t in = at + k - m->at[i];

		CU_ASSERT_FATAL(i < m->n && in < m->size[i]);
		if (in == 0)
			CU_ASSERT_FALSE_FATAL(m->is_dead[m->group[i]]);
		for (; k < n && in < m->size[i]; k++, in++)
			CU_ASSERT_EQUAL_FATAL(v.p[k], octet((unsigned)i, in));
		m->out[i] |= in == m->size[i];
		i += in == m->size[i];
	}
	(void)feed_put(m->d, n, 0);
}

static void purge(struct model *m, uint32_t g)
{
	uint64_t serial = purge_add(&m->dead, &g, 1);

	m->is_dead[g] = true;
	queue_purge(m->q, serial);
	CU_ASSERT(queue_purged_upto(m->q) < serial || queue_is_empty(m->q));
}

static void finish(struct model *m)
{
	struct purge_tally t;
	struct queue_stats st;
	uint64_t pdus = 0;

	while (m->n_held)
		commit(m, 0);
	for (unsigned k = 0; k < 100000 && !queue_is_empty(m->q); k++) {
		send(m);
		(void)feed_release(m->d, feed_is_mid(m->d) ? queue_tail(m->q) : m->d->sent);
	}
	CU_ASSERT(queue_is_empty(m->q) && !queue_is_purging(m->q));
	CU_ASSERT_EQUAL(feed_on_the_way(m->d, 1), 0);
	CU_ASSERT_EQUAL(queue_purged_upto(m->q), UINT64_MAX);
	for (unsigned i = 0; i < m->n; i++)
		CU_ASSERT_FATAL(m->out[i] || m->is_dead[m->group[i]]);
	queue_stats(m->q, &st);
	CU_ASSERT_EQUAL(st.delivered_pdus + st.purged_pdus, m->n);
	CU_ASSERT_EQUAL(st.delivered_octets + st.purged_octets, m->at[m->n - 1] + m->size[m->n - 1]);
	t = queue_purged_take(m->q);
	for (size_t i = 0; i < t.slots; i++) {
		pdus += t.at[i].pdus;
		CU_ASSERT(!t.at[i].pdus || (t.at[i].ctx == t.at[i].group * 10 && m->is_dead[t.at[i].group]));
	}
	CU_ASSERT_EQUAL(pdus, st.purged_pdus);
	CU_ASSERT(!pdus || m->told);
	tally_fini(&t);
}

/* Producers, an agency that takes, answers and goes, and purges, in any order. */
static void model(void)
{
	for (unsigned round = 0; round < unit_rounds(300); round++) {
		struct model *m = calloc(1, sizeof(*m));
		struct queue_mark asked[8] = { { 0, 0 } };
		unsigned n_asked = 0;
		uint32_t dead = 0;

		if (!m)
			abort();
		m->seed = round + 1;
		purge_init(&m->dead);
		m->q = queue_new(QUEUE_MIN, &ops, m);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m->q);
		queue_purges(m->q, &m->dead);
		the_feed = (struct feed){ .q = m->q };
		m->d = &the_feed;
		for (unsigned k = 0; k < 6000; k++) {
			unsigned what = rnd(m, 100);

			if (what < 50)
				produce(m);
			else if (what < 75)
				send(m);
			else if (what < 85 && n_asked < 8)
				asked[n_asked++] = m->d->sent;
			else if (what < 95 && n_asked) {
				if (asked[0].elems > queue_tail(m->q).elems)
					(void)feed_release(m->d, asked[0]);
				memmove(&asked[0], &asked[1], --n_asked * sizeof(asked[0]));
			} else if (what == 95) {
				feed_rewind(m->d);
				n_asked = 0;
			} else if (what == 96 && dead < GROUPS - 4 && rnd(m, 4) == 0) {
				purge(m, ++dead);
			}
			if (rnd(m, 50) == 0)
				CU_ASSERT(feed_on_the_way(m->d, 1) <= m->d->at - queue_tail(m->q).octets);
		}
		finish(m);
		queue_free(m->q);
		purge_fini(&m->dead);
		free(m);
	}
}

/* What the socket has for certain is told without what was stepped over: an octet that TLS still gathers is none of it. */
static void gathered(void)
{
	struct model *m = calloc(1, sizeof(*m));
	const uint32_t groups[] = { 1, 2, 2, 1, 2, 1 };
	struct queue_mark w;

	if (!m)
		abort();
	purge_init(&m->dead);
	m->q = queue_new(QUEUE_MIN, &ops, m);
	queue_purges(m->q, &m->dead);
	the_feed = (struct feed){ .q = m->q };
	m->d = &the_feed;
	for (unsigned i = 0; i < 6; i++) {
		struct queue_elem e = { .ctx = 1, .group = groups[i], .number = i, .n = 1000 };
		struct queue_slot s;

		queue_lock(m->q);
		CU_ASSERT_EQUAL_FATAL(queue_reserve(m->q, &e, &s), LI_OK);
		queue_unlock(m->q);
		queue_commit(m->q, &s, 1);
	}
	purge(m, 2);
	while (feeds_look(m->d, 1, 1))
		;
	while (feed_has_more(m->d)) {
		(void)feed_put(m->d, feed_run(m->d, false).n, 0);
		(void)feeds_look(m->d, 1, 1);
	}
	CU_ASSERT(m->d->at == 6000 && m->d->stepped == 3000);
	CU_ASSERT_EQUAL(feed_on_the_way(m->d, 1), 3000);
	w = feed_written(m->d, 1500, false);	/* half of the second, and the third */
	CU_ASSERT(w.elems == 3 && w.octets == 3000);
	w = feed_written(m->d, 999, false);
	CU_ASSERT(w.elems == 5 && w.octets == 5000);
	w = feed_written(m->d, 0, false);
	CU_ASSERT_EQUAL(w.elems, 6);
	CU_ASSERT(feed_release(m->d, w) && queue_is_empty(m->q));
	queue_free(m->q);
	purge_fini(&m->dead);
	free(m);
}

UNIT_MAIN("purge", UNIT(set), UNIT(tally), UNIT(model), UNIT(gathered))
