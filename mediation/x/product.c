/*
 * product.c: tasks by XID and ProductID. A product comes with the first warrant of its task and goes with the last; what
 * workers may still hold of it goes after the grace period.
 */
#include "mediation/x/product.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdlib.h>

#include "mediation/keep.h"
#include "mediation/x/sms.h"
#include "mediation/x/start.h"

#define LOOKED_AT 1024		/* communications a tick whose missing numbers are looked at: all of them in COMMS_MAX / 1024 s at the worst */

/* -- life -- */

struct products *products_new(struct mediate *m, uint64_t seed)
{
	struct products *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->m = m;
	buf_init(&x->message, 0);
	buf_init(&x->party, 0);
	buf_init(&x->start, 0);
	buf_init(&x->given, 0);
	buf_init(&x->stripped, 0);
	buf_init(&x->limited, 0);
	TAILQ_INIT(&x->lru);
	TAILQ_INIT(&x->round);
	TAILQ_INIT(&x->messages);
	x->ids = index_new(seed);
	x->routes = x->ids ? index_new(~seed) : NULL;
	if (!x->routes) {
		products_free(x);
		return NULL;
	}
	return x;
}

void products_free(struct products *x)
{
	if (!x)
		return;
	rcu_barrier();		/* what was given away before is counted as gone */
	index_free(x->ids);
	index_free(x->routes);
	buf_wipe(&x->message);
	buf_fini(&x->message);
	buf_wipe(&x->party);
	buf_fini(&x->party);
	buf_wipe(&x->start);
	buf_fini(&x->start);
	buf_wipe(&x->given);
	buf_fini(&x->given);
	buf_wipe(&x->stripped);
	buf_fini(&x->stripped);
	buf_wipe(&x->limited);
	buf_fini(&x->limited);
	free(x);
}

/* -- ids -- */

static enum li_err publish(struct products *x, const struct li_xid *id, struct product *p)
{
	struct li_addr key = x_key_id(id);

	return index_set(x->ids, &key, 0, p, NULL);
}

static void withdraw(struct products *x, const struct li_xid *id)
{
	struct li_addr key = x_key_id(id);

	(void)index_del(x->ids, &key, 0);
}

struct product *product_find(const struct products *x, const struct li_xid *xid)
{
	struct li_addr key = x_key_id(xid);

	return index_find(x->ids, &key, 0);
}

static struct product *product_new(struct products *x, const struct task *t)
{
	struct product *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->handle = ++x->last_handle;
	p->task = t;
	p->xid = t->xid;
	TAILQ_INIT(&p->comms);
	TAILQ_INIT(&p->messages);
	if (publish(x, &t->xid, p)) {
		free(p);
		return NULL;
	}
	if (t->has_product_id && publish(x, &t->product_id, p))
		li_log(LI_LOG_ERR, "no memory for a ProductID: PDUs that bear it are not mediated");
	x->n_products++;
	return p;
}

static void count_in(void *arg, struct warrant *w)
{
	struct product *p = arg;

	p->warrants += !w->in_product;
	w->in_product = true;
}

/* With those of its task for which there was no memory before. */
void products_added(struct products *x, struct warrant *w)
{
	struct product *p = product_find(x, &w->task->xid);

	if (!p)
		p = product_new(x, w->task);
	if (p) {
		warrants_of(w->task, count_in, p);
		return;
	}
	li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no memory: X2 and X3 do not find it yet", w->handle);
	intercept_refused(x->m, w);	/* it is tried again */
}

void products_removed(struct products *x, struct warrant *w)
{
	struct product *p = w->in_product ? product_find(x, &w->task->xid) : NULL;

	w->in_product = false;
	if (!p || --p->warrants)
		return;
	withdraw(x, &p->xid);
	if (w->task->has_product_id)
		withdraw(x, &w->task->product_id);
	while (!TAILQ_EMPTY(&p->messages))
		comm_close(TAILQ_FIRST(&p->messages), x->m->now, "ended by its owner");
	while (!TAILQ_EMPTY(&p->comms))
		comm_close(TAILQ_FIRST(&p->comms), x->m->now, "ended by its owner");
	for (size_t i = 0; i < PRODUCT_HELD; i++)
		held_drop(&p->held[i]);
	known_drop(&p->known);
	keep_product_gone(x->m, p);
	x->n_products--;
	rcu_defer(&p->node, free, p);
}

void products_renamed(struct products *x, const struct task *t, const struct li_xid *old)
{
	struct product *p = product_find(x, &t->xid);

	if (old && memcmp(old, &t->xid, sizeof(*old)) != 0)	/* by its XID it is found whatever else it is called */
		withdraw(x, old);
	if (p && t->has_product_id && publish(x, &t->product_id, p))
		li_log(LI_LOG_ERR, "no memory for a ProductID: PDUs that bear it are not mediated");
}

/* -- a warrant comes into force -- */

void products_begin(struct products *x, struct warrant *w, li_us t)
{
	products_again(x, w, t, true);
}

void products_again(struct products *x, struct warrant *w, li_us t, bool untold)
{
	struct product *p = product_find(x, &w->task->xid);
	struct running *run = w->mediation;
	struct comm *c, *next;

	if (!p) {
		products_added(x, w);
		p = product_find(x, &w->task->xid);
	}
	if (!p)
		return;
	if (untold && run)
		run->x_told_in = x->m->turn ? x->m->turns : 0;	/* turn.c: or it has not been told after all */
	keep_product(x->m, p);		/* somebody may ask for it from now on */
	if (untold)
		start_product(x, p, w, t);
	for (c = TAILQ_FIRST(&p->comms); c; c = next) {
		next = TAILQ_NEXT(c, in_product);
		comm_begin(c, w, t);	/* LI128-087, LI128-204 */
	}
}

void products_each_comm(const struct products *x, void (*fn)(void *arg, const struct comm *c), void *arg)
{
	const struct comm *c;

	TAILQ_FOREACH(c, &x->lru, lru)
		fn(arg, c);
}

/* -- time -- */

void products_tick(struct products *x)
{
	size_t most = x->n_comms < LOOKED_AT ? x->n_comms : LOOKED_AT;

	for (size_t i = 0; i < most && !TAILQ_EMPTY(&x->round); i++)
		comm_look(TAILQ_FIRST(&x->round), x->m->now);
	sms_tick(x, x->m->now);
}

/* -- counters -- */

uint64_t x_counter(const struct products *x, enum x_count c)
{
	return atomic_load_explicit(&x->count[c], memory_order_relaxed);
}

uint64_t x_taken(const struct products *x, enum strip kind)
{
	return atomic_load_explicit(&x->taken[kind], memory_order_relaxed);
}

const char *x_counter_name(enum x_count c)
{
	static const char *const name[] = {
#define COUNT(name, help, alarm) #name,
#include "mediation/x/x.tbl"
#undef COUNT
	};

	return name[c];
}
