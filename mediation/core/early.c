/* early.c: see early.h. */
#include "mediation/core/early.h"

#include <stdlib.h>

static struct early *find(const struct core *c, const struct way *way, uint32_t seq, uint8_t type)
{
	for (struct list *l = c->early.next; l != &c->early; l = l->next) {
		struct early *e = owner_of(l, struct early, age);

		if (e->seq == seq && e->type == type && e->way.dport == way->dport &&
		    li_addr_eq(&e->way.src, &way->src) && li_addr_eq(&e->way.dst, &way->dst))
			return e;
	}
	return NULL;
}

static void drop(struct core *c, struct early *e)
{
	list_cut(&e->age);
	c->n_early--;
	free(e);
}

void early_keep(struct core *c, li_us t, const struct way *way, const struct pfcp_msg *m)
{
	struct early *e;

	if (find(c, way, m->seq, m->type)) {
		core_count(c, CORE_pfcp_repeated);
		return;
	}
	e = m->octets.n ? malloc(sizeof(*e) + m->octets.n) : NULL;
	if (!e) {
		core_count(c, CORE_pfcp_unasked);
		return;
	}
	if (c->n_early == CORE_EARLY) {
		core_count(c, CORE_pfcp_unasked);
		drop(c, owner_of(c->early.next, struct early, age));
	}
	*e = (struct early){ .way = *way, .t = t, .seq = m->seq, .type = m->type, .n = m->octets.n };
	memcpy(e->octets, m->octets.p, m->octets.n);
	list_put(&c->early, &e->age);
	c->n_early++;
}

struct early *early_take(struct core *c, const struct way *request, const struct pfcp_msg *m)
{
	struct way back = { request->dst, request->src, request->dport, request->sport };
	struct early *e = c->n_early ? find(c, &back, m->seq, (uint8_t)(m->type + 1)) : NULL;

	if (e) {
		list_cut(&e->age);
		c->n_early--;
	}
	return e;
}

void early_advance(struct core *c, li_us t)
{
	while (!list_empty(&c->early)) {
		struct early *e = owner_of(c->early.next, struct early, age);

		if (e->t + CORE_EARLY_US > t)
			break;
		core_count(c, CORE_pfcp_unasked);
		drop(c, e);
	}
}

void early_set_back(struct core *c, li_us by)
{
	for (struct list *l = c->early.next; l != &c->early; l = l->next)
		owner_of(l, struct early, age)->t -= by;
}

void early_free(struct core *c)
{
	while (!list_empty(&c->early))
		drop(c, owner_of(c->early.next, struct early, age));
}
