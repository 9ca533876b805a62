/* assoc.c: see assoc.h. */
#include "mediation/core/assoc.h"

#include <stdlib.h>

/* -- links -- */
static uint32_t hash_link(const struct core *c, const struct li_addr *ran, uint16_t ran_port, const struct li_addr *amf,
			  uint16_t amf_port)
{
	return core_hash_addr(c, ran, ran_port) ^ core_hash_addr(c, amf, amf_port + 0x10000u);
}

struct link *link_get(struct core *c, const struct way *way, bool uplink)
{
	const struct li_addr *ran = uplink ? &way->src : &way->dst, *amf = uplink ? &way->dst : &way->src;
	uint16_t ran_port = uplink ? way->sport : way->dport, amf_port = uplink ? way->dport : way->sport;
	uint32_t h = hash_link(c, ran, ran_port, amf, amf_port);
	struct link *l;

	for (struct map_node *n = map_first(&c->links, h); n; n = map_again(n)) {
		l = owner_of(n, struct link, node);
		if (l->ran_port == ran_port && l->amf_port == amf_port && li_addr_eq(&l->ran, ran) &&
		    li_addr_eq(&l->amf, amf))
			return l;
	}
	l = c->links.n < CORE_PEERS ? calloc(1, sizeof(*l)) : NULL;
	if (!l) {
		core_count(c, CORE_ngap_links_refused);
		return NULL;
	}
	list_init(&l->assocs);
	l->ran = *ran;
	l->amf = *amf;
	l->ran_port = ran_port;
	l->amf_port = amf_port;
	map_add(&c->links, &l->node, h);
	return l;
}

void links_free(struct core *c)
{
	for (size_t i = 0; i < c->links.slots; i++) {
		for (struct map_node *n = c->links.slot[i], *next; n; n = next) {
			next = n->next;
			free(owner_of(n, struct link, node));
		}
	}
	map_fini(&c->links);
}

/* -- associations -- */
static uint32_t hash_ran(const struct core *c, const struct link *l, uint32_t ran_id)
{
	return core_hash_addr(c, &l->ran, ran_id) ^ l->ran_port;
}

static uint32_t hash_amf(const struct core *c, const struct li_addr *amf, uint64_t amf_id)
{
	return core_hash_addr(c, amf, (uint32_t)amf_id) ^ (uint32_t)(amf_id >> 32);
}

struct assoc *assoc_of_ran(const struct core *c, const struct link *l, uint32_t ran_id)
{
	for (struct map_node *n = map_first(&c->by_ran, hash_ran(c, l, ran_id)); n; n = map_again(n)) {
		struct assoc *a = owner_of(n, struct assoc, by_ran);

		if (a->link == l && a->ran_id == ran_id)
			return a;
	}
	return NULL;
}

struct assoc *assoc_of_amf(const struct core *c, const struct li_addr *amf, uint64_t amf_id)
{
	for (struct map_node *n = map_first(&c->by_amf, hash_amf(c, amf, amf_id)); n; n = map_again(n)) {
		struct assoc *a = owner_of(n, struct assoc, by_amf);

		if (a->amf_id == amf_id && li_addr_eq(&a->link->amf, amf))
			return a;
	}
	return NULL;
}

static void enter(struct assoc *a, struct ue *u)
{
	a->ue = u;
	a->ue_next = u->assocs;
	u->assocs = a;
}

static void leave(struct assoc *a)
{
	for (struct assoc **i = &a->ue->assocs; *i; i = &(*i)->ue_next) {
		if (*i == a) {
			*i = a->ue_next;
			break;
		}
	}
	a->ue = NULL;
	a->ue_next = NULL;
}

struct assoc *assoc_new(struct core *c, struct link *l, struct ue *u)
{
	struct assoc *a = calloc(1, sizeof(*a));

	if (a && !u)
		u = ue_new(c);
	if (!a || !u) {
		free(a);
		return NULL;
	}
	a->link = l;
	list_put(&l->assocs, &a->of_link);
	enter(a, u);
	/* Heard of: the last to be forgotten. */
	list_cut(&u->age);
	list_put(&c->ues, &u->age);
	return a;
}

void assoc_set_ran(struct core *c, struct assoc *a, uint32_t ran_id)
{
	map_del(&c->by_ran, &a->by_ran);
	a->ran_id = ran_id;
	a->has_ran = true;
	map_add(&c->by_ran, &a->by_ran, hash_ran(c, a->link, ran_id));
	c->ops->ue_touched(c->arg, a->ue);
}

void assoc_set_amf(struct core *c, struct assoc *a, uint64_t amf_id)
{
	map_del(&c->by_amf, &a->by_amf);
	a->amf_id = amf_id;
	a->has_amf = true;
	map_add(&c->by_amf, &a->by_amf, hash_amf(c, &a->link->amf, amf_id));
	c->ops->ue_touched(c->arg, a->ue);
}

void assoc_move(struct core *c, struct assoc *a, struct ue *to)
{
	struct ue *was = a->ue;

	if (was == to)
		return;
	leave(a);
	enter(a, to);
	c->ops->ue_touched(c->arg, was);
	c->ops->ue_touched(c->arg, to);
	ue_let_go(c, was);
}

void assoc_free(struct core *c, struct assoc *a)
{
	for (struct session *s = a->ue->sessions; s; s = s->ue_next) {
		if (s->assoc == a)
			s->assoc = NULL;
		if (s->target == a)
			s->target = NULL;
	}
	c->ops->ue_touched(c->arg, a->ue);
	leave(a);
	map_del(&c->by_ran, &a->by_ran);
	map_del(&c->by_amf, &a->by_amf);
	list_cut(&a->of_link);
	free(a);
}

void assoc_forget(struct core *c, struct assoc *a)
{
	struct ue *u = a->ue;

	assoc_free(c, a);
	ue_let_go(c, u);
}

void assoc_release(struct core *c, struct assoc *a, struct seen at)
{
	struct ue *u = a->ue;

	for (struct session *s = u->sessions, *next; s; s = next) {
		next = s->ue_next;
		if (s->assoc == a)
			session_drop_ran(c, s, at);
		else if (s->target == a)
			session_stay(c, s, at);
	}
	if (u->leaving)
		ue_end_sessions(c, u, at, u->dereg_access);
	assoc_forget(c, a);
}

void link_release(struct core *c, struct link *l, struct seen at)
{
	while (!list_empty(&l->assocs))
		assoc_release(c, owner_of(l->assocs.next, struct assoc, of_link), at);
}
