/*
 * fuzz_core.c: N4 and N2 as a whole: messages one after another, between a few nodes, with time in between. Input: for each
 * packet an octet that says which (below), two octets of length, the UDP payload or the SCTP packet. Whatever comes, each session and
 * tunnel that was told of goes again, once, a session ends once at the most, and facts can be asked for at any time.
 */
#include <stdlib.h>

#include <li/log.h>
#include <li/rd.h>
#include "mediation/core/core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The octet: SCTP, answer (from the second node), another node at either end, seconds that pass before. */
enum { SCTP = 1, BACK = 2, OTHER_FIRST = 4, OTHER_SECOND = 8, LATER_SHIFT = 4 };

static struct { unsigned opened, closed, tunnels; } told;

static void facts(struct session *s)
{
	struct li_smf_rec r;

	session_facts(s, &r);
	if (r.n_dl > 4 || r.n_ue > LI_UE_ADDRS)
		abort();
}

static void on_session(void *arg, struct session *s, li_us t, unsigned tap)
{
	(void)arg, (void)t, (void)tap;
	facts(s);
}

static void opened(void *arg, struct session *s, li_us t, unsigned tap)
{
	on_session(arg, s, t, tap);
	if (session_mediation(s))
		abort();
	session_set_mediation(s, &told.opened);
	told.opened++;
}

static void changed(void *arg, struct session *s, li_us t, unsigned tap, unsigned changes)
{
	if (!changes || !session_is_ready(s))
		abort();
	on_session(arg, s, t, tap);
}

static void ended(void *arg, struct session *s, li_us t, unsigned tap, const struct session_end *e)
{
	(void)e;
	on_session(arg, s, t, tap);
	if (session_mediation(s) != &told.opened || !session_is_ended(s))
		abort();
	session_set_mediation(s, &told.closed);
}

static void closed(void *arg, struct session *s)
{
	(void)arg;
	facts(s);
	if (!session_mediation(s))
		abort();
	told.closed++;
}

static void failed(void *arg, struct session *s, li_us t, unsigned tap, const struct session_fail *f)
{
	(void)f;
	on_session(arg, s, t, tap);
}

static void tunnel(void *arg, struct session *s, bool there, enum tunnel_kind kind, const struct li_addr *a, uint32_t teid)
{
	(void)arg, (void)kind, (void)teid;
	if (!session_mediation(s) || !a->family)
		abort();
	told.tunnels += there ? 1u : -1u;
}

static void on_ue(void *arg, struct ue *u, li_us t, unsigned tap)
{
	struct li_amf_rec r;

	(void)arg, (void)t, (void)tap;
	ue_facts(u, &r);
}

static void ue_closed(void *arg, struct ue *u)
{
	on_ue(arg, u, 0, 0);
}

static void touched(void *arg, struct session *s)
{
	on_session(arg, s, 0, 0);
}

static const struct core_ops ops = { opened, on_session, on_session, changed, ended, closed, failed, tunnel, on_ue, on_ue, ue_closed,
				     on_session, touched, ue_closed };

/* A new warrant's questions: what a session says of itself is what it is found by. */
static void found(void *arg, struct session *s)
{
	*(bool *)arg |= session_handle(s) != 0;
	facts(s);
}

static void seek(void *arg, struct session *s)
{
	struct li_smf_rec r;
	bool any = false;

	session_facts(s, &r);
	core_find(arg, &r.supi, found, &any);
	core_find(arg, &r.gpsi, found, &any);
	core_find(arg, &r.pei, found, &any);
	for (size_t i = 0; i < r.n_ue; i++)
		core_find(arg, &r.ue[i], found, &any);
}

static void each_ue(void *arg, struct ue *u)
{
	(void)arg, (void)ue_handle(u), (void)ue_tap(u), (void)ue_is_registered(u);
	on_ue(NULL, u, 0, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct core_conf conf = { { 1, 2 } };
	struct core *c = core_new(&conf, &ops, NULL);
	struct rd r = rd_of(view_of(data, size));
	li_us t = 1000 * LI_US_SECOND;

	li_log_level(LI_LOG_ERR);	/* broken input is told of as a warning */
	told.opened = told.closed = told.tunnels = 0;
	while (c && rd_left(&r)) {
		uint8_t how = rd_u8(&r);
		struct view v = rd_take(&r, rd_u16(&r));
		uint8_t net = how & SCTP ? 2 : 0;
		struct li_addr a = li_addr4((uint8_t[4]){ 10, 0, net, how & OTHER_FIRST ? 4 : 1 });
		struct li_addr b = li_addr4((uint8_t[4]){ 10, 0, how & SCTP ? 1 : 0, how & OTHER_SECOND ? 3 : 2 });

		t += (li_us)(how >> LATER_SHIFT) * LI_US_SECOND + 1;
		for (li_us d; (d = core_deadline(c)) <= t;)
			core_advance(c, d);
		if (how & SCTP)
			core_sctp(c, t, 0, how & BACK ? &b : &a, how & BACK ? &a : &b, v);
		else
			core_pfcp(c, t, 0, how & BACK ? &b : &a, how & BACK ? &a : &b, 8805, 8805, v);
	}
	if (c) {
		uint64_t counters[CORE_COUNTERS_MAX];

		core_sessions(c, seek, c);
		core_ues(c, each_ue, NULL);
		for (size_t n = core_counters(c, counters); n; n--)
			if (!*core_counter_name(n - 1))
				abort();
		core_end_of_input(c, t);
	}
	core_free(c);
	if (told.opened != told.closed || told.tunnels)
		abort();
	return 0;
}
