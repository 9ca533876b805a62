/*
 * core.c: what the network is doing. The story of a signalling packet:
 *
 *   core_pfcp -> pfcp_next -> core_pfcp_message (n4.c)     core_sctp -> sctp_packet -> ngap_decode -> core_ngap_message (n2.c)
 *     a request waits for its answer (peer.c)                a UE association is found (assoc.c), its subscriber (ue.c)
 *     an answer changes rules (rule.c)                       NAS says who, where it may be read (nas.c)
 *                     \                                     /
 *                      a PDU session's facts (session.c): one session, whoever told of it first; N4 and N2 meet at
 *                      their tunnels (tunnel.c). session_settle() then tells, in this order: tunnels, identities,
 *                      ready, changed; session_end() tells the end.
 *
 * Time comes with the packets; core_advance() runs what is due. Nothing here knows of warrants.
 */
#include "mediation/core/early.h"
#include "mediation/core/n2.h"
#include "mediation/core/n4.h"
#include "mediation/core/peer.h"

#include <li/log.h>
#include <assert.h>
#include <stdlib.h>

/* -- hashes -- */
uint32_t core_hash(const struct core *c, const void *octets, size_t n)
{
	return map_hash(c->conf.seed, octets, n);
}

uint32_t core_hash_addr(const struct core *c, const struct li_addr *a, uint32_t salt)
{
	uint8_t key[1 + sizeof(a->b) + sizeof(salt)] = { a->family };

	memcpy(key + 1, a->b, a->family == 4 ? 4 : sizeof(a->b));
	memcpy(key + 1 + sizeof(a->b), &salt, sizeof(salt));
	return map_hash(c->conf.seed, key, sizeof(key));
}

/* -- life -- */
#define MAPS(c) { &(c)->tunnels, &(c)->by_supi, &(c)->by_msisdn, &(c)->by_imei, &(c)->by_address, &(c)->peers,	\
		  &(c)->txns, &(c)->by_up_seid, &(c)->by_cp_seid, &(c)->s5, &(c)->ue_by_supi, &(c)->ue_by_tmsi,		\
		  &(c)->ue_by_imei, &(c)->links, &(c)->by_ran, &(c)->by_amf }

struct core *core_new(const struct core_conf *conf, const struct core_ops *ops, void *arg)
{
	struct core *c = calloc(1, sizeof(*c));
	bool ok = c != NULL;

	if (!c)
		return NULL;
	c->conf = *conf;
	c->ops = ops;
	c->arg = arg;
	pool_init(&c->session_pool, sizeof(struct session));
	pool_init(&c->who_pool, sizeof(struct who));
	pool_init(&c->endpoint_pool, sizeof(struct endpoint));
	pool_init(&c->tunnel_pool, sizeof(struct tunnel));
	pool_init(&c->txn_pool, sizeof(struct txn));
	list_init(&c->sessions);
	for (enum wait w = 0; w < WAITS; w++)
		list_init(&c->waiting[w]);
	list_init(&c->txn_age);
	list_init(&c->early);
	list_init(&c->ues);
	struct map *maps[] = MAPS(c);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		ok = map_init(maps[i]) && ok;
	c->sctp = sctp_new();
	if (ok && c->sctp)
		return c;
	core_free(c);
	return NULL;
}

void core_free(struct core *c)
{
	if (!c)
		return;
	while (!list_empty(&c->sessions))
		session_free(c, owner_of(c->sessions.next, struct session, all));
	for (enum wait w = 0; w < WAITS; w++)
		while (!list_empty(&c->waiting[w]))
			session_free(c, owner_of(c->waiting[w].next, struct session, wait));
	while (!list_empty(&c->txn_age))
		txn_free(c, owner_of(c->txn_age.next, struct txn, age));
	early_free(c);
	n4s_free(c);
	ues_free(c);
	links_free(c);
	peers_free(c);
	struct map *maps[] = MAPS(c);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		map_fini(maps[i]);
	struct pool *pools[] = { &c->session_pool, &c->who_pool, &c->endpoint_pool, &c->tunnel_pool, &c->txn_pool };
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		pool_fini(pools[i]);
	sctp_free(c->sctp);
	free(c);
}

/* -- input -- */
void core_advance(struct core *c, li_us t)
{
	if (t > c->now)
		c->now = t;
	txns_advance(c, t);
	early_advance(c, t);
	sessions_advance(c, t);
}

void core_set_back(struct core *c, li_us by)
{
	c->now -= by;
	for (enum wait w = 0; w < WAITS; w++)
		for (struct list *l = c->waiting[w].next; l != &c->waiting[w]; l = l->next)
			owner_of(l, struct session, wait)->due -= by;
	for (struct list *l = c->txn_age.next; l != &c->txn_age; l = l->next)
		owner_of(l, struct txn, age)->t -= by;
	early_set_back(c, by);
}

li_us core_deadline(const struct core *c)
{
	return sessions_deadline(c);
}

void core_end_of_input(struct core *c, li_us t)
{
	core_advance(c, t);
	sessions_end_of_input(c, t);
}

/* A peer is named, never a subscriber; the field says which clause was broken. A peer that goes on sending such gives a
 * line only when its protocol's count has doubled. */
static void log_broken(struct core *c, enum core_counter count, const char *protocol, const struct li_addr *src,
		       const char *what, size_t at)
{
	char peer[LI_ADDR_TEXT];
	uint64_t n = ++c->count[count];

	if (n & (n - 1))
		return;
	li_addr_text(src, peer);
	li_log(LI_LOG_WARNING, "%s from %s dropped: %s at octet %zu (%lu so far)", protocol, peer, what, at, (unsigned long)n);
}

void core_pfcp(struct core *c, li_us t, unsigned tap, const struct li_addr *src, const struct li_addr *dst,
	       uint16_t sport, uint16_t dport, struct view payload)
{
	struct way way = { *src, *dst, sport, dport };
	struct seen at = { t, tap };
	const char *what = "";
	size_t where = 0;
	enum li_err e;

	core_advance(c, t);
	while ((e = pfcp_next(&payload, &c->pfcp, &where, &what)) == LI_OK)
		core_pfcp_message(c, at, &way, &c->pfcp);
	if (e == LI_ECLOSED)
		return;
	log_broken(c, CORE_pfcp_broken, "PFCP (TS 29.244)", src, what, where);
}

struct arrival {
	struct core *c;
	struct seen at;
	const struct li_addr *src;
};

static void on_sctp_message(void *arg, const struct sctp_message *m)
{
	struct arrival *a = arg;
	struct way way = { m->src, m->dst, m->sport, m->dport };
	const char *what = "";
	size_t where = 0;

	if (m->duplicate) {
		core_count(a->c, CORE_ngap_repeated);
		return;
	}
	if (ngap_decode(m->data, &a->c->ngap, &where, &what)) {
		log_broken(a->c, CORE_ngap_broken, "NGAP (TS 38.413)", a->src, what, where);
		return;
	}
	core_ngap_message(a->c, a->at, &way, &a->c->ngap);
}

void core_sctp(struct core *c, li_us t, unsigned tap, const struct li_addr *src, const struct li_addr *dst,
	       struct view packet)
{
	struct arrival a = { c, { t, tap }, src };
	const char *what = "";

	core_advance(c, t);
	if (sctp_packet(c->sctp, t, src, dst, packet, on_sctp_message, &a, &what))
		log_broken(c, CORE_sctp_broken, "SCTP (RFC 9260)", src, what, 0);
}

/* -- asking -- */
void core_sessions(struct core *c, void (*fn)(void *arg, struct session *s), void *arg)
{
	for (struct list *l = c->sessions.next, *next; l != &c->sessions; l = next) {
		next = l->next;
		fn(arg, owner_of(l, struct session, all));
	}
}

void core_ues(struct core *c, void (*fn)(void *arg, struct ue *u), void *arg)
{
	for (struct list *l = c->ues.next, *next; l != &c->ues; l = next) {
		struct ue *u = owner_of(l, struct ue, age);

		next = l->next;
		if (ue_is_named(u))
			fn(arg, u);
	}
}

struct quest {
	const struct li_id *id;
	void (*fn)(void *arg, struct session *s);
	void *arg;
};

static void found(const struct quest *q, struct session *s)
{
	if (session_is_open(s))
		q->fn(q->arg, s);
}

static bool same_equipment(const struct li_id *a, const struct li_id *b)
{
	if (b->kind != LI_ID_IMEI && b->kind != LI_ID_IMEISV)
		return false;
	if (a->kind == b->kind)
		return view_eq(a->text, b->text);
	return memcmp(a->text.p, b->text.p, 14) == 0;
}

/* Sessions whose own User ID names it, then those of a UE of that name which have no User ID. */
static void find_supi(struct core *c, const struct quest *q)
{
	struct view v = q->id->text;
	struct ue *u = ue_of_supi(c, v);

	for (struct map_node *n = map_first(&c->by_supi, core_hash(c, v.p, v.n)), *next; n; n = next) {
		struct who *w = owner_of(n, struct who, by_supi);

		next = map_again(n);
		if (view_eq(session_supi(w->session).text, v))
			found(q, w->session);
	}
	for (struct session *s = u ? u->sessions : NULL, *next; s; s = next) {
		next = s->ue_next;
		if (!(s->who && s->who->by_supi.in) && view_eq(session_supi(s).text, v))
			found(q, s);
	}
}

static void find_gpsi(struct core *c, const struct quest *q)
{
	struct view v = q->id->text;
	struct li_smf_rec r;

	for (struct map_node *n = map_first(&c->by_msisdn, core_hash(c, v.p, v.n)), *next; n; n = next) {
		struct who *w = owner_of(n, struct who, by_msisdn);

		next = map_again(n);
		session_facts(w->session, &r);
		if (r.gpsi.kind == q->id->kind && view_eq(r.gpsi.text, v))
			found(q, w->session);
	}
}

static void find_pei(struct core *c, const struct quest *q)
{
	uint32_t h;
	struct li_smf_rec r;

	if (q->id->text.n < 14)
		return;
	h = core_hash(c, q->id->text.p, 14);
	for (struct map_node *n = map_first(&c->by_imei, h), *next; n; n = next) {
		struct who *w = owner_of(n, struct who, by_imei);

		next = map_again(n);
		session_facts(w->session, &r);
		if (same_equipment(q->id, &r.pei))
			found(q, w->session);
	}
	for (struct map_node *n = map_first(&c->ue_by_imei, h), *next; n; n = next) {
		struct ue *u = owner_of(n, struct ue, by_imei);

		next = map_again(n);
		for (struct session *s = u->sessions, *after; s; s = after) {
			after = s->ue_next;
			session_facts(s, &r);
			if (!(s->who && s->who->by_imei.in) && same_equipment(q->id, &r.pei))
				found(q, s);
		}
	}
}

static bool in_prefix(const struct li_addr *a, const struct li_addr *p, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (a->family != p->family || whole + (rest != 0) > 16 || memcmp(a->b, p->b, whole) != 0)
		return false;
	return !rest || ((a->b[whole] ^ p->b[whole]) >> (8 - rest)) == 0;
}

/* A UE may use any address of its /64, so a longer prefix than that names whoever has the /64. */
static bool covers(const struct li_id *id, const struct li_addr *a)
{
	unsigned bits = id->prefix;

	if (id->kind == LI_ID_MAC)
		return a->family == 0 && memcmp(a->b, id->addr.b, 6) == 0;
	if (id->addr.family == 6 && bits > 64)
		bits = 64;
	return a->family != 0 && in_prefix(a, &id->addr, bits);
}

static void find_address(struct core *c, const struct quest *q)
{
	const struct li_id *id = q->id;
	struct li_addr key = id->addr;
	bool exact = id->kind == LI_ID_MAC || id->prefix >= (id->kind == LI_ID_IPV4 ? 32 : 64);

	if (id->kind == LI_ID_MAC)
		key.family = 0;
	if (exact) {
		for (struct map_node *n = map_first(&c->by_address, session_address_hash(c, &key)), *next; n; n = next) {
			struct endpoint *e = owner_of(n, struct endpoint, node);

			next = map_again(n);
			if (covers(id, &e->addr))
				found(q, e->session);
		}
		return;
	}
	for (struct list *l = c->sessions.next, *next; l != &c->sessions; l = next) {
		struct session *s = owner_of(l, struct session, all);
		bool any = false;

		next = l->next;
		for (const struct endpoint *e = s->endpoints; e && !any; e = e->next)
			any = covers(id, &e->addr);
		if (any)
			found(q, s);
	}
}

void core_find(struct core *c, const struct li_id *id, void (*fn)(void *arg, struct session *s), void *arg)
{
	struct li_id seen = *id;
	struct quest q = { &seen, fn, arg };

	seen.kind = li_id_seen_as(id->kind);
	switch (seen.kind) {
	case LI_ID_IMSI:
	case LI_ID_NAI:
		find_supi(c, &q);
		break;
	case LI_ID_MSISDN:
	case LI_ID_GPSI_NAI:
		find_gpsi(c, &q);
		break;
	case LI_ID_IMEI:
	case LI_ID_IMEISV:
		find_pei(c, &q);
		break;
	case LI_ID_IPV4:
	case LI_ID_IPV6:
	case LI_ID_MAC:
		find_address(c, &q);
		break;
	case LI_ID_HASHED:		/* it may be anybody: the caller's match says who */
		core_sessions(c, fn, arg);
		break;
	default:
		break;
	}
}

/* -- counters -- */
static const char *const names[] = {
#define X(name, text) #name,
#include "mediation/core/core.tbl"
#undef X
};

size_t core_counters(const struct core *c, uint64_t out[CORE_COUNTERS_MAX])
{
	static_assert(CORE_N <= CORE_COUNTERS_MAX, "core.h has room for every counter");
	memcpy(out, c->count, sizeof(c->count));
	return CORE_N;
}

const char *core_counter_name(size_t i)
{
	return i < CORE_N ? names[i] : NULL;
}
