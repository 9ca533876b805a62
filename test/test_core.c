/* test_core.c: asking the core, its memory, and what holds whatever the messages are. */
#include "core_chaos.h"

#include <malloc.h>

static void collect(void *arg, struct session *x)
{
	char supi[LI_NAI_MAX + 1];
	struct script *s = arg;

	script_say(s, "found %u %s\n", script_number(s, x), script_supi(x, supi));
}

static void find(struct script *s, enum li_id_kind kind, const char *text, struct li_addr addr, uint8_t prefix)
{
	struct li_id id = { .kind = kind, .text = text ? view_str(text) : view_of(NULL, 0), .addr = addr,
			    .prefix = prefix };

	core_find(s->c, &id, collect, s);
}

static void finds(void)
{
	static const struct li_addr no;
	struct script *s = script_new();
	struct li_addr v6 = li_addr6((uint8_t[16]){ 0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, [15] = 1 }), other = v6;
	struct pfcp_msg *m = est_req(s, 1, 7, IMSI1, 5);

	snprintf(m->user.msisdn, sizeof(m->user.msisdn), "491700000001");
	snprintf(m->user.imei, sizeof(m->user.imei), "1234567890123456");
	m->create_pdr[1].ue.a6 = v6;
	send_up(s, 1, 2);
	est_rsp(s, 1, 7, 100);
	send_back(s, 1, 2);
	/* One that only N2 names. */
	establish_n4(s, 2, 8, NULL, 6, 101);
	attach(s, 1, 3, 2, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 101));
	script_skip(s);

	find(s, LI_ID_IMSI, IMSI1, no, 0);
	SCRIPT_IS(s, "found 1 " IMSI1 "\n");
	find(s, LI_ID_IMSI, IMSI2, no, 0);
	SCRIPT_IS(s, "found 2 " IMSI2 "\n");
	find(s, LI_ID_IMSI, "001010000000003", no, 0);
	find(s, LI_ID_IMSI, "", no, 0);
	SCRIPT_IS(s, "");
	find(s, LI_ID_MSISDN, "491700000001", no, 0);
	find(s, LI_ID_IMEISV, "1234567890123456", no, 0);
	find(s, LI_ID_IMEI, "12345678901234", no, 0);
	SCRIPT_IS(s, "found 1 " IMSI1 "\nfound 1 " IMSI1 "\nfound 1 " IMSI1 "\n");
	find(s, LI_ID_IMEISV, "1234567890123457", no, 0);
	find(s, LI_ID_IMEI, "1234567890123", no, 0);
	SCRIPT_IS(s, "");
	find(s, LI_ID_IPV4, NULL, host(9, 5), 32);
	SCRIPT_IS(s, "found 1 " IMSI1 "\n");
	find(s, LI_ID_IPV4, NULL, host(9, 0), 24);
	SCRIPT_IS(s, "found 1 " IMSI1 "\nfound 2 " IMSI2 "\n");
	find(s, LI_ID_IPV4, NULL, host(9, 7), 31);
	SCRIPT_IS(s, "found 2 " IMSI2 "\n");
	find(s, LI_ID_IPV4, NULL, host(9, 7), 32);
	SCRIPT_IS(s, "");
	/* A UE chooses its address in its /64. */
	other.b[15] = 77;
	find(s, LI_ID_IPV6, NULL, other, 128);
	find(s, LI_ID_IPV6, NULL, other, 64);
	find(s, LI_ID_IPV6, NULL, other, 32);
	SCRIPT_IS(s, "found 1 " IMSI1 "\nfound 1 " IMSI1 "\nfound 1 " IMSI1 "\n");
	other.b[7] = 9;
	find(s, LI_ID_IPV6, NULL, other, 128);
	SCRIPT_IS(s, "");
	/* LI128-095: who has ended is not found by its address; the next holder is. */
	delete_n4(s, 3, 7);
	establish_n4(s, 4, 9, "001010000000009", 5, 110);
	script_skip(s);
	find(s, LI_ID_IPV4, NULL, host(9, 5), 32);
	SCRIPT_IS(s, "found 3 001010000000009\n");
	find(s, LI_ID_IMSI, IMSI1, no, 0);
	SCRIPT_IS(s, "");
	core_sessions(s->c, collect, s);
	SCRIPT_IS(s, "found 2 " IMSI2 "\nfound 3 001010000000009\n");
	script_free(s);
}

static void counters(void)
{
	struct script *s = script_new();
	uint64_t out[CORE_COUNTERS_MAX];
	size_t n = core_counters(s->c, out);

	CU_ASSERT_EQUAL(n, CORE_N);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT(out[i] == 0 && core_counter_name(i)[0]);
	CU_ASSERT_PTR_NULL(core_counter_name(n));
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	core_counters(s->c, out);
	CU_ASSERT_EQUAL(out[CORE_sessions_opened], 1);
	script_free(s);
}

/* Broken octets are counted, and nothing else. */
static void broken(void)
{
	struct script *s = script_new();
	struct li_addr a = host(0, 1), b = host(0, 2);
	uint64_t seed = 1;
	uint8_t junk[200];

	for (unsigned i = 0; i < unit_rounds(20000); i++) {
		size_t n = unit_rand(&seed) % sizeof(junk);

		for (size_t k = 0; k < n; k++)
			junk[k] = (uint8_t)unit_rand(&seed);
		if (n > 4 && i % 2) {
			junk[0] = 0x20;
			junk[1] = 50;
			junk[2] = 0;
			junk[3] = (uint8_t)(n - 4);
		}
		core_pfcp(s->c, s->t + i, 0, &a, &b, 8805, 8805, view_of(junk, n));
		core_sctp(s->c, s->t + i, 0, &a, &b, view_of(junk, n));
	}
	CU_ASSERT(s->c->count[CORE_pfcp_broken] > 0 && s->c->count[CORE_sctp_broken] > 0);
	CU_ASSERT_EQUAL(s->opened, 0);
	script_free(s);
}

/* Issue 4: at most 1 kB for a session that is not under interception; the UE and its association beside it. */
static void memory(void)
{
	enum { N = 5000 };
	struct script *s = script_new();
	size_t before, each;
	char imsi[16];

	if (getenv("MODE") && strcmp(getenv("MODE"), "release") != 0) {
		script_free(s);
		UNIT_SKIP("another build's memory");
	}
	s->quiet = true;
	establish_n4(s, 1, 1, IMSI1, 5, 1);
	before = mallinfo2().uordblks;
	for (uint32_t i = 2; i < N + 2; i++) {
		snprintf(imsi, sizeof(imsi), "00101%010u", i);
		s->t += CORE_TXN_US / 100;
		core_advance(s->c, s->t);
		establish_n4(s, i * 4, i, imsi, 0, i);
		s->p.n_created_pdr = 0;
		downlink_n4(s, i * 4 + 1, i, fteid(2, 1, i));
	}
	script_later(s, CORE_TXN_US);
	each = (mallinfo2().uordblks - before) / N;
	printf("# %zu octets a session (session %zu, n4 %zu, who %zu, tunnel %zu, rule %zu, ue %zu, assoc %zu)\n", each,
	       sizeof(struct session), sizeof(struct n4), sizeof(struct who), sizeof(struct tunnel), sizeof(struct rule),
	       sizeof(struct ue), sizeof(struct assoc));
	CU_ASSERT(each <= 1024);
	script_free(s);
}

/* -- whatever the messages are -- */
struct life {
	bool ready, ended;
	unsigned tunnels;
};

static bool bad;

static struct life *life_of(struct session *x)
{
	struct life *l = session_mediation(x);

	bad = bad || !l;
	return l;
}

static void chaos_opened(void *arg, struct session *x, li_us t, unsigned tap)
{
	struct script *s = arg;

	(void)t, (void)tap;
	bad = bad || session_mediation(x) != NULL;
	session_set_mediation(x, calloc(1, sizeof(struct life)));
	s->opened++;
}

static void chaos_identified(void *arg, struct session *x, li_us t, unsigned tap)
{
	(void)arg, (void)t, (void)tap;
	bad = bad || !life_of(x) || life_of(x)->ended;
}

static void chaos_ready(void *arg, struct session *x, li_us t, unsigned tap)
{
	struct life *l = life_of(x);

	(void)arg, (void)t, (void)tap;
	bad = bad || l->ready || l->ended;
	l->ready = true;
}

static void chaos_changed(void *arg, struct session *x, li_us t, unsigned tap, unsigned changes)
{
	struct life *l = life_of(x);

	(void)arg, (void)t, (void)tap;
	bad = bad || !l->ready || l->ended || !changes;
}

static void chaos_ended(void *arg, struct session *x, li_us t, unsigned tap, const struct session_end *e)
{
	struct life *l = life_of(x);

	(void)arg, (void)t, (void)tap, (void)e;
	bad = bad || !l->ready || l->ended || l->tunnels;
	l->ended = true;
}

static void chaos_closed(void *arg, struct session *x)
{
	struct life *l = life_of(x);
	struct script *s = arg;

	bad = bad || l->tunnels;
	free(l);
	session_set_mediation(x, NULL);
	s->closed++;
}

static void chaos_tunnel(void *arg, struct session *x, bool there, enum tunnel_kind kind, const struct li_addr *addr,
			 uint32_t teid)
{
	struct life *l = life_of(x);
	struct script *s = arg;

	(void)kind, (void)addr, (void)teid;
	bad = bad || l->ended || (!there && !l->tunnels);
	l->tunnels += there ? 1u : -1u;
	s->tunnels += there ? 1u : -1u;
}

static void chaos_failed(void *arg, struct session *x, li_us t, unsigned tap, const struct session_fail *f)
{
	struct li_smf_rec r;

	(void)arg, (void)t, (void)tap, (void)f;
	session_facts(x, &r);
}

static const struct core_ops chaos_ops = {
	chaos_opened, chaos_identified, chaos_ready, chaos_changed, chaos_ended, chaos_closed, chaos_failed, chaos_tunnel,
	script_located, script_ue_identified, script_ue_closed, chaos_identified, script_touched, script_ue_touched
};

static void chaos(void)
{
	static const struct core_conf conf;

	for (unsigned round = 0; round < unit_rounds(300) && !bad; round++) {
		uint64_t seed = round * 7919 + 1;
		struct script *s = calloc(1, sizeof(*s));

		if (!s)
			abort();
		s->quiet = true;
		s->t = LI_US_SECOND;
		s->c = core_new(&conf, &chaos_ops, s);
		for (unsigned i = 0; i < 1000 && !bad; i++) {
			s->t += (li_us)(unit_rand(&seed) % (unit_rand(&seed) % 50 ? 1000 : 20 * LI_US_SECOND));
			core_advance(s->c, s->t);
			if (unit_rand(&seed) % 2)
				random_n4(s, &seed);
			else
				random_n2(s, &seed);
		}
		if (bad)
			printf("# round %u\n", round);
		core_end_of_input(s->c, s->t);
		CU_ASSERT_EQUAL(s->c->tunnels.n, s->tunnels);
		core_free(s->c);
		CU_ASSERT_EQUAL(s->opened, s->closed);
		CU_ASSERT_EQUAL(s->tunnels, 0);
		free(s);
	}
	CU_ASSERT_FALSE(bad);
}

UNIT_MAIN("core", UNIT(finds), UNIT(counters), UNIT(broken), UNIT(memory), UNIT(chaos))
