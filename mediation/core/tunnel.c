/* tunnel.c: see tunnel.h. */
#include "mediation/core/tunnel.h"

#include "mediation/core/session.h"

bool fteid_same(const struct li_fteid *a, const struct li_fteid *b)
{
	if (a->teid != b->teid)
		return false;
	/* A node may tell one address of two here and both there. */
	return (a->a4.family && li_addr_eq(&a->a4, &b->a4)) || (a->a6.family && li_addr_eq(&a->a6, &b->a6));
}

static void want_one(struct tunnel_set *set, enum tunnel_kind kind, const struct li_addr *a, uint32_t teid)
{
	if (!a->family)
		return;
	for (size_t i = 0; i < set->n; i++)
		if (set->t[i].teid == teid && li_addr_eq(&set->t[i].addr, a))
			return;
	if (set->n == LI_TUNNELS_SESSION) {
		set->over_limit = true;
		return;
	}
	set->t[set->n].addr = *a;
	set->t[set->n].teid = teid;
	set->t[set->n++].kind = kind;
}

void tunnel_want(struct tunnel_set *set, enum tunnel_kind kind, const struct li_fteid *f)
{
	want_one(set, kind, &f->a4, f->teid);
	want_one(set, kind, &f->a6, f->teid);
}

static struct tunnel *find(const struct core *c, const struct li_addr *addr, uint32_t teid)
{
	for (struct map_node *n = map_first(&c->tunnels, core_hash_addr(c, addr, teid)); n; n = map_again(n)) {
		struct tunnel *t = owner_of(n, struct tunnel, node);

		if (t->teid == teid && li_addr_eq(&t->addr, addr))
			return t;
	}
	return NULL;
}

const struct tunnel *tunnel_at(const struct core *c, const struct li_fteid *f)
{
	const struct tunnel *t = f->a4.family ? find(c, &f->a4, f->teid) : NULL;

	return t || !f->a6.family ? t : find(c, &f->a6, f->teid);
}

/* Takes the tunnel at *at out of its session's list, tells of it and frees it. */
static void drop(struct core *c, struct tunnel **at)
{
	struct tunnel *t = *at;

	*at = t->next;
	map_del(&c->tunnels, &t->node);
	c->ops->tunnel(c->arg, t->session, false, (enum tunnel_kind)t->kind, &t->addr, t->teid);
	pool_give(&c->tunnel_pool, t);
}

static void take_away(struct core *c, struct tunnel *t)
{
	struct session *loser = t->session;
	struct li_addr addr = t->addr;
	uint32_t teid = t->teid;

	for (struct tunnel **at = &loser->tunnels; *at; at = &(*at)->next) {
		if (*at == t) {
			drop(c, at);
			break;
		}
	}
	/* The loser's facts must not claim it back. */
	session_lost_tunnel(loser, &addr, teid);
	core_count(c, CORE_tunnels_taken);
	session_lose(c, loser);
}

static void add(struct core *c, struct session *s, const struct li_addr *addr, uint32_t teid, enum tunnel_kind kind)
{
	struct tunnel *t = pool_take(&c->tunnel_pool);

	if (!t) {
		core_count(c, CORE_no_memory);
		return;
	}
	*t = (struct tunnel){ .next = s->tunnels, .session = s, .teid = teid, .addr = *addr, .kind = (uint8_t)kind,
			      .wanted = true };
	s->tunnels = t;
	map_add(&c->tunnels, &t->node, core_hash_addr(c, addr, teid));
	c->ops->tunnel(c->arg, s, true, kind, addr, teid);
}

void tunnel_settle(struct core *c, struct session *s, const struct tunnel_set *set)
{
	for (struct tunnel *t = s->tunnels; t; t = t->next)
		t->wanted = false;
	for (size_t i = 0; i < set->n; i++) {
		struct tunnel *t = find(c, &set->t[i].addr, set->t[i].teid);

		if (t && t->session == s)
			t->wanted = t->kind == set->t[i].kind;
	}
	for (struct tunnel **at = &s->tunnels; *at; ) {
		if ((*at)->wanted)
			at = &(*at)->next;
		else
			drop(c, at);
	}
	for (size_t i = 0; i < set->n; i++) {
		struct tunnel *t = find(c, &set->t[i].addr, set->t[i].teid);

		if (t && t->session == s)
			continue;
		if (t)
			take_away(c, t);
		add(c, s, &set->t[i].addr, set->t[i].teid, set->t[i].kind);
	}
	if (set->over_limit)
		core_count(c, CORE_tunnels_refused);
}
