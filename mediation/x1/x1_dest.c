/*
 * x1_dest.c: CreateDestination, ModifyDestination, RemoveDestination, RemoveAllDestinations (TS 103 221-1 clause 6.3). X1 says a
 * destination's name, address and kinds; the rest is a profile's of mdfd.yaml (x1: destination_profiles). To a mediation function
 * X2 means HI2 and X3 HI3 (x1.md clause 7.2).
 */
#include "mediation/x1/x1_int.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "mediation/conf_read.h"

#define NAME_MAX_X1 200		/* of a friendlyName, so that an id fits behind it (LI_NAME_MAX) */

/* One that is being made: room for its texts. */
struct making {
	const struct x1_call *k;
	const struct x1_dest *d;
	struct x1_result *res;
	int generic;
	struct hm_dest_conf conf;
	char name[LI_NAME_MAX + 1], host[LI_ADDR_TEXT], did[LI_UUID_TEXT], peer[LI_NAME_MAX + 1];
};

static void take_address(struct making *m)
{
	static const char *const kind[] = { "ipAddressAndPort", "e164Number", "uri", "emailAddress" };

	if (m->d->address != X1_ADDRESS_IP)			/* X1-DEST-003 */
		x1_fail(m->res, X1_E_ADDRESS, "%s", kind[m->d->address]);
	else if (m->d->udp || m->d->port == 0)
		x1_fail(m->res, X1_E_ADDRESS, "%s", m->d->udp ? "UDPPort" : "TCPPort 0");
	else					/* X1-DEST-013; X1-TASK-005: whether anybody is there shows later */
		li_addr_text(&m->d->ip, m->host);
	m->conf.host = m->host;
	m->conf.port = m->d->port;
}

struct naming { const char *name; const struct li_did *did; bool taken; };

static void is_named(void *arg, struct dest *d)
{
	struct naming *n = arg;

	n->taken |= memcmp(d->conf.did.b, n->did->b, 16) != 0 && strcmp(d->conf.name, n->name) == 0;
}

/* Names are for people, and one name is one destination (warrant_apply.c); X1 knows no such rule. */
static void take_name(struct making *m)
{
	struct naming n = { m->name, &m->d->did, false };
	size_t len = m->d->name.n > NAME_MAX_X1 ? NAME_MAX_X1 : m->d->name.n;

	snprintf(m->name, sizeof(m->name), "%.*s", (int)len, len ? (const char *)m->d->name.p : "");
	if (len)
		warrants_each_dest(m->k->x->c.warrants, is_named, &n);
	if (!len || n.taken)
		snprintf(m->name + len, sizeof(m->name) - len, "%s%s", len ? " " : "", m->did);
	m->conf.name = m->name;
}

static bool matches(const struct making *m, const struct conf_x1_profile *p)
{
	char name[NAME_MAX_X1 + 1];

	if (!p->match)
		return true;
	snprintf(name, sizeof(name), "%.*s", m->d->name.n > NAME_MAX_X1 ? NAME_MAX_X1 : (int)m->d->name.n,
		 m->d->name.n ? (const char *)m->d->name.p : "");
	return (name[0] && fnmatch(p->match, name, 0) == 0) || fnmatch(p->match, m->host, 0) == 0 || fnmatch(p->match, m->did, 0) == 0;
}

/* {name}, {address} and {did} of the pattern replaced. */
static void take_peer_name(struct making *m, const char *pattern)
{
	const struct { const char *key; const char *value; } part[] = { { "{name}", NULL }, { "{address}", m->host }, { "{did}", m->did } };
	char name[NAME_MAX_X1 + 1];
	size_t at = 0;

	snprintf(name, sizeof(name), "%.*s", m->d->name.n > NAME_MAX_X1 ? NAME_MAX_X1 : (int)m->d->name.n,
		 m->d->name.n ? (const char *)m->d->name.p : "");
	for (const char *p = pattern ? pattern : "{address}"; *p && at < sizeof(m->peer) - 1;) {
		size_t i = 0;

		while (i < 3 && strncmp(p, part[i].key, strlen(part[i].key)) != 0)
			i++;
		if (i == 3) {
			m->peer[at++] = *p++;
			m->peer[at] = 0;
			continue;
		}
		at += (size_t)snprintf(m->peer + at, sizeof(m->peer) - at, "%s", part[i].value ? part[i].value : name);
		p += strlen(part[i].key);
	}
	if (at >= sizeof(m->peer) - 1 || !m->peer[0])
		x1_fail(m->res, m->generic, "its name does not fit into the profile's peer_name");
	m->conf.peer_name = m->peer;
}

static void take_profile(struct making *m)
{
	const struct conf_x1 *c = m->k->x->conf;
	const char *peer_name = NULL;
	size_t i = 0;

	while (i < c->n_profiles && !matches(m, &c->profile[i]))
		i++;
	if (i < c->n_profiles) {
		const char *host = m->conf.host, *name = m->conf.name;
		uint16_t port = m->conf.port;

		m->conf = c->profile[i].d;
		m->conf.host = host;
		m->conf.port = port;
		m->conf.name = name;
		peer_name = c->profile[i].d.peer_name;
	}
	take_peer_name(m, peer_name);
	m->conf.did = m->d->did;
	m->conf.hi2 = m->d->delivery & X1_X2;		/* either, or both: LI128-203 */
	m->conf.hi3 = m->d->delivery & X1_X3;
}

/* -- a destination that tasks use -- */

struct using { const struct making *m; const struct dest *d; bool bad; };

static void still_served(void *arg, struct warrant *w)
{
	struct using *u = arg;
	bool uses = false, hi2 = u->m->conf.hi2, hi3 = u->m->conf.hi3;

	for (size_t i = 0; i < w->n_dests; i++) {
		uses |= w->dest[i] == u->d;
		hi2 |= w->dest[i] != u->d && w->dest[i]->conf.hi2;
		hi3 |= w->dest[i] != u->d && w->dest[i]->conf.hi3;
	}
	u->bad |= uses && ((w->hi2 && !hi2) || (w->hi3 && !hi3));
}

static void check_users(struct making *m)
{
	struct using u = { m, warrants_dest(m->k->x->c.warrants, &m->d->did), false };

	if (u.d && u.d->warrants)
		warrants_each(m->k->x->c.warrants, still_served, &u);
	if (u.bad)				/* X1-DEST-006 */
		x1_fail(m->res, m->generic, "a task that uses it would have nowhere to deliver one of its kinds");
}

static void put_item(struct making *m, struct x1_change *g)
{
	const struct x1_item *old = x1_space_find(m->k->s, STORE_X1_DEST, m->d->did.b);
	struct x1_item *i = x1_item_new(STORE_X1_DEST, m->d->did.b, NULL, 0);
	li_us now = m->k->x->c.clock();

	if (i) {
		i->row.created = old ? old->row.created : now;
		i->row.modified = now;
		i->row.modifications = old ? old->row.modifications + 1 : 0;
		i->young = (uint8_t)m->d->young;
	}
	x1_change_put(g, i, m->d->xml);		/* X1-DEST-001, X1-DEST-004: whole */
}

static void carry_out(struct making *m)
{
	struct x1_change g;

	x1_change_init(&g);
	g.f.dest = calloc(1, sizeof(*g.f.dest));
	g.f.dest_line = calloc(1, sizeof(*g.f.dest_line));
	g.nomem = !g.f.dest || !g.f.dest_line;
	if (!g.nomem) {
		g.f.dest[0] = m->conf;
		g.f.n_dests = 1;
	}
	put_item(m, &g);
	x1_change_do(m->k, &g, m->generic, m->res);
	x1_change_fini(&g);
}

void x1_dest_put(const struct x1_call *k, const struct x1_dest *d, struct x1_result *res)
{
	struct making *m = calloc(1, sizeof(*m));
	bool known = x1_space_find(k->s, STORE_X1_DEST, d->did.b);
	const struct dest *there = warrants_dest(k->x->c.warrants, &d->did);

	if (!m) {
		x1_fail(res, X1_E_GENERIC, "no memory");
		return;
	}
	*m = (struct making){ .k = k, .d = d, .res = res, .generic = k->modify ? X1_E_MODIFY_DEST : X1_E_CREATE_DEST,
			      .conf = conf_dest_preset(k->x->c.conf) };
	x1_uuid(d->did.b, m->did);
	if (k->modify && !known)					/* X1-DEST-005 */
		x1_fail(res, X1_E_DID_UNKNOWN, "%s", m->did);
	else if (!k->modify && (known || (there && x1_sees_local(k->s))))	/* X1-DEST-002 */
		x1_fail(res, X1_E_DID_EXISTS, "%s", m->did);
	else if (!k->modify && there)		/* X1-SEC-013: of another one's, nothing is told */
		x1_fail(res, m->generic, "it cannot be created under this DID");
	for (size_t i = 0; i < d->extensions.n; i++)
		if (d->extensions.p[i].kind != X1_EXT_EMPTY)
			x1_fail(res, m->generic, "its extension is not supported");
	if (!res->code)
		take_address(m);
	if (!res->code) {
		take_name(m);
		take_profile(m);
		check_users(m);
	}
	if (!res->code)
		carry_out(m);
	free(m);
}

/* -- removing -- */

/* 7010 and 8010 name who uses it. */
static void in_use(const struct x1_call *k, const struct x1_item *i, int code, struct x1_result *res)
{
	const struct x1_item *user = x1_space_user(k->s, STORE_X1_DEST, i->row.id);
	char did[LI_UUID_TEXT], by[LI_UUID_TEXT] = "the operator";

	x1_uuid(i->row.id, did);
	if (user)
		x1_uuid(user->row.id, by);
	x1_fail(res, code, "%s is used by %s", did, by);
}

static bool used(const struct x1_call *k, const struct x1_item *i)
{
	struct li_did did;
	const struct dest *d;

	memcpy(did.b, i->row.id, 16);
	d = warrants_dest(k->x->c.warrants, &did);
	return i->uses || (d && d->warrants);	/* X1-DEST-009, X1-DEST-014 */
}

/* The operator's own, removed by the ADMF (clause 4.3). */
static bool end_local(const struct x1_call *k, const struct li_did *did, struct x1_result *res)
{
	const struct dest *d = warrants_dest(k->x->c.warrants, did);
	char owner[WARRANT_OWNER_MAX], text[LI_UUID_TEXT];
	enum li_err e;

	if (!d || strncmp(d->owner, "x1:", 3) == 0 || !x1_sees_local(k->s))
		return false;
	snprintf(owner, sizeof(owner), "%s", d->owner);
	e = warrants_dest_remove(k->x->c.warrants, did, owner, k->who);
	x1_uuid(did->b, text);
	if (e == LI_EBUSY)
		x1_fail(res, X1_E_DEST_IN_USE, "%s", text);
	else if (e)
		x1_fail(res, X1_E_REMOVE_DEST, "%s", li_err_text(e));
	return true;
}

void x1_dest_end(const struct x1_call *k, const struct li_did *did, struct x1_result *res)
{
	const struct x1_item *i = x1_space_find(k->s, STORE_X1_DEST, did->b);
	struct x1_change g;
	char text[LI_UUID_TEXT];

	if (!i && end_local(k, did, res))
		return;
	if (!i) {				/* X1-DEST-008 */
		x1_uuid(did->b, text);
		x1_fail(res, X1_E_DID_UNKNOWN, "%s", text);
		return;
	}
	if (used(k, i)) {
		in_use(k, i, X1_E_DEST_IN_USE, res);
		return;
	}
	x1_change_init(&g);
	g.del = calloc(1, sizeof(*g.del));	/* X1-DEST-007 */
	g.gone = malloc(sizeof(*g.gone));
	g.nomem = !g.del || !g.gone;
	if (!g.nomem) {
		g.del[g.n_del++] = i;
		g.gone[g.n_gone++] = *did;
	}
	x1_change_do(k, &g, X1_E_REMOVE_DEST, res);
	x1_change_fini(&g);
}

void x1_dest_end_all(const struct x1_call *k, struct x1_result *res)
{
	struct x1_change g;
	const struct x1_item *i;

	TAILQ_FOREACH(i, &k->s->items[STORE_X1_DEST], all)
		if (used(k, i)) {		/* X1-DEST-011: then none */
			in_use(k, i, X1_E_DESTS_IN_USE, res);
			return;
		}
	x1_change_init(&g);
	g.gone = calloc(k->s->n[STORE_X1_DEST] ? k->s->n[STORE_X1_DEST] : 1, sizeof(*g.gone));
	g.nomem = !g.gone;
	TAILQ_FOREACH(i, &k->s->items[STORE_X1_DEST], all)
		if (g.gone)
			memcpy(g.gone[g.n_gone++].b, i->row.id, 16);
	g.all[STORE_X1_DEST] = true;
	x1_change_do(k, &g, X1_E_REMOVE_ALL, res);
	x1_change_fini(&g);
}
