/* test_save.c: sessions and subscribers go from one core to another, as over a restart; what confirms them there, and what does not. */
#include "core_chaos.h"

#include <li/buf.h>

#include "mediation/core/path.h"

#define MOST 256

/* What a process leaves. */
struct left {
	struct buf ue[MOST], session[MOST];
	size_t ue_of[MOST];		/* of a session: index + 1 */
	const struct ue *u[MOST];
	size_t n_ue, n;
};

static void keep_ue(void *arg, struct ue *u)
{
	struct left *l = arg;

	if (l->n_ue == MOST)
		return;
	buf_init(&l->ue[l->n_ue], 0);
	l->u[l->n_ue] = u;
	CU_ASSERT_EQUAL(core_save_ue(NULL, u, &l->ue[l->n_ue++]), LI_OK);
}

static void keep(void *arg, struct session *s)
{
	struct left *l = arg;

	if (l->n == MOST)
		return;
	l->ue_of[l->n] = 0;
	for (size_t i = 0; i < l->n_ue; i++)
		if (session_ue(s) == l->u[i])
			l->ue_of[l->n] = i + 1;
	if (session_ue(s) && !l->ue_of[l->n] && l->n_ue < MOST) {	/* nameless: core_ues() leaves him out */
		keep_ue(l, session_ue(s));
		l->ue_of[l->n] = l->n_ue;
	}
	buf_init(&l->session[l->n], 0);
	CU_ASSERT_EQUAL(core_save(NULL, s, &l->session[l->n++]), LI_OK);
}

static struct left *leave(struct core *c)
{
	struct left *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	core_ues(c, keep_ue, l);
	core_sessions(c, keep, l);
	return l;
}

static void left_free(struct left *l)
{
	for (size_t i = 0; i < l->n_ue; i++)
		buf_fini(&l->ue[i]);
	for (size_t i = 0; i < l->n; i++)
		buf_fini(&l->session[i]);
	free(l);
}

static const struct core_conf other = { { 77, 78 } };

/* Another process, which has what that one left. It speaks of the sessions in their order, from 1. */
static struct script *reborn(const struct left *l, li_us now)
{
	struct script *s = script_new();
	struct core_resume r = { now, 2 };
	struct ue *ue[MOST] = { NULL };

	core_free(s->c);
	s->c = core_new(&other, &script_ops, s);
	if (!s->c)
		abort();
	s->t = s->c->now = now;
	for (size_t i = 0; i < l->n_ue; i++)
		CU_ASSERT_EQUAL(core_restore_ue(s->c, buf_view(&l->ue[i]), &r, &ue[i]), LI_OK);
	for (size_t i = 0; i < l->n; i++) {
		struct session *x;
		enum li_err e = core_restore(s->c, buf_view(&l->session[i]), &r, l->ue_of[i] ? ue[l->ue_of[i] - 1] : NULL, &x);

		CU_ASSERT_EQUAL(e, LI_OK);
		if (e)
			continue;
		s->opened++;
		CU_ASSERT_TRUE(session_is_unconfirmed(x));
	}
	return s;
}

static bool same_id(const struct li_id *a, const struct li_id *b)
{
	return a->kind == b->kind && view_eq(a->text, b->text) && memcmp(&a->addr, &b->addr, sizeof(a->addr)) == 0;
}

/* Nothing that a record shows is other than before. */
static bool same_facts(const struct session *a, const struct session *b)
{
	struct li_smf_rec x, y;
	bool same;

	session_facts(a, &x);
	session_facts(b, &y);
	same = same_id(&x.supi, &y.supi) && same_id(&x.pei, &y.pei) && same_id(&x.gpsi, &y.gpsi) && view_eq(x.dnn, y.dnn) &&
	       view_eq(x.dn_request, y.dn_request) && x.n_ue == y.n_ue;
	for (size_t i = 0; same && i < x.n_ue; i++)
		same = same_id(&x.ue[i], &y.ue[i]);
	for (struct li_smf_rec *r = &x; r; r = r == &x ? &y : NULL) {
		r->supi = r->pei = r->gpsi = (struct li_id){ .kind = LI_ID_NONE };
		r->dnn = r->dn_request = view_of(NULL, 0);
		memset(r->ue, 0, sizeof(r->ue));
	}
	return same && session_opened(a) == session_opened(b) && session_is_ready(a) == session_is_ready(b) &&
	       memcmp(&x, &y, sizeof(x)) == 0;
}

struct counted { size_t n; struct session *s[MOST]; };

static void note(void *arg, struct session *s)
{
	struct counted *c = arg;

	if (c->n < MOST)
		c->s[c->n++] = s;
}

static void count_tunnel(void *arg, enum tunnel_kind kind, const struct li_addr *addr, uint32_t teid)
{
	*(uint64_t *)arg += (kind + 1u) * 31u + teid * 7u + addr->b[3] * 1000003u;
}

static uint64_t tunnels_of(const struct session *s)
{
	uint64_t sum = 0;

	session_tunnels(s, count_tunnel, &sum);
	return sum;
}

/* Whatever happened to them: what is restored is what was saved, and is saved as the same octets. */
static void round_trip(void)
{
	size_t sessions = 0;

	for (unsigned round = 0; round < unit_rounds(200); round++) {
		uint64_t seed = round * 104729 + 1;
		struct script *s = script_new(), *t;
		struct counted was = { 0 }, is = { 0 };
		struct left *l, *again;

		s->quiet = true;
		for (unsigned i = 0; i < 300; i++) {
			s->t += (li_us)(unit_rand(&seed) % 20000);
			core_advance(s->c, s->t);
			if (unit_rand(&seed) % 2)
				random_n4(s, &seed);
			else
				random_n2(s, &seed);
		}
		l = leave(s->c);
		t = reborn(l, s->t);
		again = leave(t->c);
		core_sessions(s->c, note, &was);
		core_sessions(t->c, note, &is);
		CU_ASSERT(was.n == is.n && l->n == again->n && l->n_ue >= again->n_ue);
		for (size_t i = 0; i < was.n && i < is.n; i++, sessions++) {
			CU_ASSERT(same_facts(was.s[i], is.s[i]));
			CU_ASSERT_EQUAL(tunnels_of(was.s[i]), tunnels_of(is.s[i]));
			CU_ASSERT(view_eq(buf_view(&l->session[i]), buf_view(&again->session[i])));
		}
		t->quiet = true;
		for (unsigned i = 0; i < 300; i++) {	/* and the network goes on */
			if (unit_rand(&seed) % 2)
				random_n4(t, &seed);
			else
				random_n2(t, &seed);
			t->t += (li_us)(unit_rand(&seed) % 20000);
			core_advance(t->c, t->t);
		}
		left_free(l);
		left_free(again);
		script_free(s);
		script_free(t);
	}
	printf("# %zu sessions\n", sessions);
	CU_ASSERT(sessions > 100 || getenv("ROUNDS"));
}

/* A session of IMSI1 that both N4 (SEIDs 7) and N2 (5, at gNB 1 by 3) told of, and its subscriber with a GUTI. */
static struct script *one(void)
{
	struct script *s = script_new();
	struct pfcp_msg *m = est_req(s, 1, 7, IMSI1, 5);

	snprintf(m->user.msisdn, sizeof(m->user.msisdn), "491700000001");
	snprintf(m->user.imei, sizeof(m->user.imei), "1234567890123456");
	m->apn = view_of((const uint8_t *)"\x08internet", 9);
	send_up(s, 1, 2);
	est_rsp(s, 1, 7, 100);
	send_back(s, 1, 2);
	recovery(s, PFCP_HEARTBEAT_RSP, 2, 2, 5000);
	attach(s, 1, 3, 1, 0);
	accept_guti(s, 1, 3, 9);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	downlink_n4(s, 3, 7, fteid(2, 1, 200));
	return s;
}

#define GONE 60		/* seconds for which nobody looked */

static struct script *after(struct script *s)
{
	struct left *l = leave(s->c);
	struct script *t = reborn(l, s->t + GONE * LI_US_SECOND);

	left_free(l);
	script_free(s);
	return t;
}

static struct session *first(struct script *s)
{
	struct counted c = { 0 };

	core_sessions(s->c, note, &c);
	return c.n ? c.s[0] : NULL;
}

/* As an UP function answers: with the CP function's SEID. */
static void answered(struct script *s, enum pfcp_type type, uint32_t seq, uint64_t cp_seid)
{
	struct pfcp_msg *m = pfcp(s, type, seq);

	m->has_cause = true;
	m->cause = 1;
	m->has_seid = true;
	m->seid = cp_seid;
	send_back(s, 1, 2);
}

static void moved(struct script *s, uint32_t seq, uint64_t cp_seid, struct li_fteid ran)
{
	struct pfcp_msg *m = mod_req(s, seq, 7);

	ohc_of(far_of(m->update_far, &m->n_update_far, 2, PFCP_ACCESS), ran);
	send_up(s, 1, 2);
	answered(s, PFCP_MOD_RSP, seq, cp_seid);
}

/* Its own signalling: it is confirmed, and only then told of what it changed; its end comes once. */
static void confirmed(void)
{
	struct script *s = after(one());

	SCRIPT_IS(s, "+n3ul 1 10.0.0.2/100\n+n3dl 1 10.0.2.1/200\n");
	moved(s, 11, 7, fteid(2, 1, 201));
	SCRIPT_IS(s, "confirmed 1\n-n3dl 1 10.0.2.1/200\n+n3dl 1 10.0.2.1/201\nchanged 1 dl\n");
	CU_ASSERT_FALSE(session_is_unconfirmed(first(s)));
	pfcp(s, PFCP_DEL_REQ, 12)->seid = 7;
	send_up(s, 1, 2);
	answered(s, PFCP_DEL_RSP, 12, 7);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/201\n-n3ul 1 10.0.0.2/100\nended 1 n4\nclosed 1\n");
	script_free(s);
}

/* A release that comes first is its end, too: LI128-083 */
static void released(void)
{
	struct script *s = after(one());

	script_skip(s);
	pfcp(s, PFCP_DEL_REQ, 12)->seid = 7;
	send_up(s, 1, 2);
	answered(s, PFCP_DEL_RSP, 12, 7);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 n4\nclosed 1\n");
	script_free(s);
}

/* The UP function's SEID with another of the SMF's: somebody else has it. Without one nobody knows. */
static void other_seid(void)
{
	struct script *s = after(one());

	script_skip(s);
	moved(s, 11, 0, fteid(2, 1, 201));
	SCRIPT_IS(s, "");
	CU_ASSERT_TRUE(session_is_unconfirmed(first(s)));
	moved(s, 12, 8, fteid(2, 1, 201));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 lost\n");
	script_free(s);
}

/* LI128-095: a stranger is given its tunnel, or its address in its network; and one who is given the address elsewhere is no reason. */
static void taken(void)
{
	struct script *s = after(one());

	script_skip(s);
	establish_n4(s, 21, 90, IMSI2, 6, 100);
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n-n3ul 1 10.0.0.2/100\n-n3dl 1 10.0.2.1/200\nended 1 lost\n+n3ul 2 10.0.0.2/100\n");
	script_free(s);

	s = after(one());
	script_skip(s);
	establish_n4(s, 21, 90, IMSI2, 5, 101);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 lost\nopened 2 " IMSI2 "\n+n3ul 2 10.0.0.2/101\n");
	script_free(s);

	s = after(one());
	script_skip(s);
	est_req(s, 21, 90, IMSI2, 5)->apn = view_of((const uint8_t *)"\x03ims", 4);
	send_up(s, 1, 2);
	est_rsp(s, 21, 90, 101);
	send_back(s, 1, 2);
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n+n3ul 2 10.0.0.2/101\n");
	CU_ASSERT_TRUE(session_is_unconfirmed(first(s)));
	script_free(s);
}

/* LI128-085: a node that has restarted meanwhile says so in its next heartbeat; an association set up anew says it as well. */
static void restarted(void)
{
	struct script *s = after(one());

	script_skip(s);
	recovery(s, PFCP_HEARTBEAT_RSP, 30, 2, 5000);
	SCRIPT_IS(s, "");
	script_later(s, 30 * LI_US_SECOND);
	recovery(s, PFCP_HEARTBEAT_RSP, 31, 2, 5050);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 restart\n");
	script_free(s);

	/* in the first that we hear of it, too */
	s = after(one());
	script_skip(s);
	recovery(s, PFCP_HEARTBEAT_RSP, 31, 2, 5030);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 restart\n");
	script_free(s);

	s = after(one());
	script_skip(s);
	pfcp(s, PFCP_ASSOC_SETUP_REQ, 30);
	send_up(s, 1, 2);
	accept_back(s, PFCP_ASSOC_SETUP_RSP, 30, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 restart\n");
	script_free(s);
}

static void context_asked(struct script *s, uint32_t ran, uint32_t amf, uint8_t psi, struct li_fteid upf)
{
	struct ngap_msg *m = ngap(s, NGAP_INITIAL_CONTEXT_SETUP, NGAP_INITIATING);
	struct ngap_item *i = item_of(m, psi);

	ids_of(m, amf, ran);
	i->n_ul = 1;
	i->ul[0] = upf;
	to_ran(s, 1);
}

/* A UE without a name is given its tunnel: it may be anybody. Nothing is told, no place is his, and nothing is lost. */
static void nameless(void)
{
	struct script *s = after(one());
	struct li_smf_rec r;

	script_skip(s);
	ids_of(ngap(s, NGAP_INITIAL_UE, NGAP_INITIATING), 0, 44);
	cell_of(&s->m, 77);
	to_amf(s, 1);
	context_asked(s, 44, 45, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "");
	CU_ASSERT_TRUE(session_is_unconfirmed(first(s)));
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_doubted], 1);
	session_facts(first(s), &r);
	CU_ASSERT_EQUAL(r.location.cell, 1);
	moved(s, 11, 7, fteid(2, 1, 201));
	SCRIPT_IS(s, "confirmed 1\n-n3dl 1 10.0.2.1/200\n+n3dl 1 10.0.2.1/201\nchanged 1 dl\n");
	script_free(s);
}

/* Another name is given it: then it is that one's. */
static void renamed(void)
{
	struct script *s = after(one());

	attach(s, 1, 44, 2, 0);
	script_skip(s);
	setup_asked(s, 1, 44, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n-n3ul 1 10.0.0.2/100\n-n3dl 1 10.0.2.1/200\nended 1 lost\n+n3ul 2 10.0.0.2/100\n");
	script_free(s);
}

/* Of one that only N4 told of: who is given its tunnel has its name, or it is his. */
static void named(void)
{
	for (unsigned d = 1; d <= 2; d++) {
		struct script *s = script_new();

		establish_n4(s, 1, 7, IMSI1, 5, 100);
		downlink_n4(s, 2, 7, fteid(2, 1, 200));
		s = after(s);
		attach(s, 1, 44, d, 0);
		script_skip(s);
		setup_asked(s, 1, 44, 5, fteid(0, 2, 100));
		SCRIPT_IS(s, d == 1 ? "confirmed 1\nchanged 1 n2\n" :
			  "opened 2 " IMSI2 "\n-n3ul 1 10.0.0.2/100\n-n3dl 1 10.0.2.1/200\nended 1 lost\n+n3ul 2 10.0.0.2/100\n");
		script_free(s);
	}
}

/* The subscriber comes back by his 5G-S-TMSI, and is given the tunnel that he had. */
static void came_back(void)
{
	struct script *s = after(one());

	script_skip(s);
	cell_of(initial(s, 44, 9), 77);
	to_amf(s, 1);
	SCRIPT_IS(s, "located " IMSI1 " cell 77\n");
	CU_ASSERT_TRUE(session_is_unconfirmed(first(s)));
	context_asked(s, 44, 45, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "confirmed 1\n");
	setup_answered(s, 1, 44, 5, fteid(2, 1, 201));
	script_skip(s);
	CU_ASSERT_FALSE(session_is_unconfirmed(first(s)));
	script_free(s);
}

/* His numbers on N2 may be another's by now: where that one is, he is not. */
static void elsewhere(void)
{
	struct script *s = after(one());

	script_skip(s);
	ids_of(ngap(s, NGAP_LOCATION_REPORT, NGAP_INITIATING), 3, 3);
	cell_of(&s->m, 77);
	to_amf(s, 1);
	SCRIPT_IS(s, "");
	moved(s, 11, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "confirmed 1\n");
	ids_of(ngap(s, NGAP_LOCATION_REPORT, NGAP_INITIATING), 3, 3);
	cell_of(&s->m, 78);
	to_amf(s, 1);
	SCRIPT_IS(s, "located " IMSI1 " cell 78\n");
	script_free(s);
}

/* Its RAN moves the tunnel, or somebody's who has its numbers: packets are looked for there, and nothing is told until it is sure. */
static void held_back(void)
{
	struct script *s = after(one());
	struct ngap_item *i;

	script_skip(s);
	ids_of(ngap(s, NGAP_PDU_MODIFY_INDICATION, NGAP_INITIATING), 3, 3);
	i = item_of(&s->m, 5);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 202);
	to_amf(s, 1);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/202\n");
	ids_of(ngap(s, NGAP_PDU_MODIFY_INDICATION, NGAP_SUCCESSFUL), 3, 3);
	to_ran(s, 1);
	script_skip(s);
	CU_ASSERT_TRUE(session_is_unconfirmed(first(s)));
	moved(s, 11, 7, fteid(2, 1, 202));
	SCRIPT_IS(s, "confirmed 1\n-n3dl 1 10.0.2.1/200\nchanged 1 dl\n");
	script_free(s);
}

/* Nothing comes for a day. */
static void silence(void)
{
	struct script *s = after(one());

	script_skip(s);
	script_later(s, CORE_UNCONFIRMED_US - 1);
	SCRIPT_IS(s, "");
	script_later(s, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 lost\n");
	script_free(s);
}

/* One that was not ready yet becomes so in its time, or by the message that completes it. */
static void unready(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	s = after(s);
	SCRIPT_IS(s, "+n3ul 1 10.0.0.2/100\n");
	script_later(s, LI_BEGIN_WAIT_US);
	SCRIPT_IS(s, "ready 1\n");
	CU_ASSERT_TRUE(session_is_unconfirmed(first(s)));
	script_free(s);

	s = script_new();
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	s = after(s);
	script_skip(s);
	moved(s, 11, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "confirmed 1\n+n3dl 1 10.0.2.1/200\nready 1\n");
	script_free(s);
}

/* Each octet cut off or changed: it is refused, or gives a session like any other. */
static void damage(void)
{
	struct script *s = one(), *t;
	struct left *l = leave(s->c);
	struct core_resume r = { s->t, 2 };
	uint8_t b[8192];
	size_t refused = 0;

	CU_ASSERT_FATAL(l->n == 1 && l->n_ue == 1 && l->session[0].n < sizeof(b) && l->ue[0].n < sizeof(b));
	t = script_new();
	t->quiet = true;
	for (unsigned kind = 0; kind < 2; kind++) {
		const struct buf *from = kind ? &l->ue[0] : &l->session[0];

		for (size_t i = 0; i < 9 * from->n; i++) {
			size_t n = i < from->n ? i : from->n;
			struct session *x = NULL;
			struct ue *u = NULL;
			enum li_err e;

			memcpy(b, from->p, from->n);
			if (i >= from->n)
				b[i % from->n] ^= (uint8_t)(1 << (i / from->n - 1));
			e = kind ? core_restore_ue(t->c, view_of(b, n), &r, &u) : core_restore(t->c, view_of(b, n), &r, NULL, &x);
			CU_ASSERT(n == from->n || e == LI_ETRUNC || e == LI_EFORMAT || (!kind && e == LI_EUNKNOWN) || e == LI_EUNKNOWN);
			refused += e != LI_OK;
			if (x) {
				struct li_smf_rec f;

				session_facts(x, &f);
				t->opened++;
				core_forget(t->c, x);
			}
			if (u)
				core_forget_ue(t->c, u);
		}
	}
	CU_ASSERT(refused > l->session[0].n + l->ue[0].n);
	CU_ASSERT_EQUAL(t->c->n_sessions, 0);
	CU_ASSERT_EQUAL(t->c->n_ues, 0);
	CU_ASSERT_EQUAL(t->c->n_n4, 0);
	l->session[0].p[0]++;
	CU_ASSERT_EQUAL(core_restore(t->c, buf_view(&l->session[0]), &r, NULL, &(struct session *){ NULL }), LI_EUNKNOWN);
	l->ue[0].p[0]++;
	CU_ASSERT_EQUAL(core_restore_ue(t->c, buf_view(&l->ue[0]), &r, &(struct ue *){ NULL }), LI_EUNKNOWN);
	left_free(l);
	script_free(s);
	script_free(t);
}

UNIT_MAIN("save", UNIT(round_trip), UNIT(confirmed), UNIT(released), UNIT(other_seid), UNIT(taken), UNIT(restarted),
	  UNIT(nameless), UNIT(renamed), UNIT(named), UNIT(came_back), UNIT(elsewhere), UNIT(held_back), UNIT(silence), UNIT(unready), UNIT(damage))
