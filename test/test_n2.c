/* test_n2.c: what NGAP tells of a PDU session: before N4, with it, after it; its QoS flows; and its end. */
#include "core_made.h"

/* LI128-096: N2 that comes late joins: CONTINUE, no second BEGIN. */
static void late_n2(void)
{
	struct script *s = script_new();

	establish_n4(s, 1, 7, NULL, 5, 100);
	script_later(s, LI_BEGIN_WAIT_US);
	attach(s, 1, 3, 1, 0);
	script_skip(s);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "identified 1 " IMSI1 "\nchanged 1 n2 identity\n");
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/200\nchanged 1 dl location\n");
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	script_free(s);
}

/* What NGAP alone announces is announced; PFCP that appears joins: no second `opened`. */
static void n2_first(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	script_skip(s);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	SCRIPT_IS(s, "identified 1 " IMSI1 "\n");	/* its address */
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/200\nready 1\n");
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_opened], 1);
	script_free(s);
}

/* The QoS flows of the RAN's tunnels, as the record shows them. */
static bool flows_are(struct script *s, size_t n, uint64_t first, uint64_t second)
{
	struct li_smf_rec r;

	session_facts(owner_of(s->c->sessions.next, struct session, all), &r);
	return r.n_dl == n && r.dl_flows[0] == first && r.dl_flows[1] == second;
}

/* The same by the RAN's tunnel, when the UPF's was not the same on both sides. */
static void joined_by_downlink(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 4, 100));
	s->flows = 1 << 9;
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	script_skip(s);
	establish_n4(s, 1, 7, NULL, 5, 100);
	SCRIPT_IS(s, "opened 2 -\n+n3ul 2 10.0.0.2/100\n");
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.4/100\nended 1 n2\nclosed 1\n+n3ul 2 10.0.0.4/100\n"
		     "+n3dl 2 10.0.2.1/200\nidentified 2 " IMSI1 "\nready 2\n");
	CU_ASSERT_EQUAL(s->c->count[CORE_sessions_joined], 1);
	CU_ASSERT(flows_are(s, 1, 1 << 9, 0));
	script_free(s);
}

/* LI128-084: N2's release says why; without N4 the memory goes after a while. */
static void ends_on_n2(void)
{
	struct script *s = script_new();

	session_n2(s);
	script_skip(s);
	release_n2(s, NGAP_INITIATING, (struct ngap_cause){ true, 2, 0 });
	SCRIPT_IS(s, "");
	release_n2(s, NGAP_SUCCESSFUL, (struct ngap_cause){ .present = false });
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n-n3ul 1 10.0.0.2/100\nended 1 n2 cause 2/0\n");
	/* An answer that comes late opens nothing. */
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	script_later(s, CORE_LINGER_US);
	SCRIPT_IS(s, "closed 1\n");
	script_free(s);
}

/* Deregistration accepted ends every session; switched off, the release of the context does. */
static void deregistration(void)
{
	struct script *s = script_new();

	for (unsigned off = 0; off < 2; off++) {
		attach(s, 1, 3, 1, 0);
		setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
		setup_asked(s, 1, 3, 6, fteid(0, 2, 101));
		script_skip(s);
		nas_up(s, 1, 3, NAS(s, true, 0x7e, 0, 0x45, (uint8_t)(off ? 0x09 : 0x01), 0, 13, SUCI(1)));
		SCRIPT_IS(s, "");
		if (off)
			release_context(s, 1, 3);
		else
			nas_down(s, 1, 3, NAS(s, true, 0x7e, 0, 0x46));
		CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "deregistered\n"));
		CU_ASSERT_EQUAL(s->c->count[CORE_sessions_ended], 2 * (off + 1));
		script_later(s, CORE_LINGER_US);
		script_skip(s);
	}
	script_free(s);
}

/* The RAN lets go of the UE: its tunnel goes, the session stays, and comes back at another tunnel. */
static void an_release(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;
	struct ngap_item *i;

	establish_n4(s, 1, 7, IMSI1, 5, 100);
	attach(s, 1, 3, 1, 0);
	accept_guti(s, 1, 3, 9);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	script_skip(s);
	release_context(s, 1, 3);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n");
	/* Service request by 5G-S-TMSI, at another cell. */
	cell_of(initial(s, 4, 9), 2);
	to_amf(s, 1);
	SCRIPT_IS(s, "located " IMSI1 " cell 2\n");
	m = ngap(s, NGAP_INITIAL_CONTEXT_SETUP, NGAP_INITIATING);
	ids_of(m, 4, 4);
	i = item_of(m, 5);
	i->n_ul = 1;
	i->ul[0] = fteid(0, 2, 100);
	to_ran(s, 1);
	SCRIPT_IS(s, "");
	m = ngap(s, NGAP_INITIAL_CONTEXT_SETUP, NGAP_SUCCESSFUL);
	ids_of(m, 4, 4);
	i = item_of(m, 5);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 201);
	to_amf(s, 1);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/201\nchanged 1 dl location\n");
	downlink_n4(s, 3, 7, fteid(2, 1, 201));
	SCRIPT_IS(s, "");
	script_free(s);
}

/* TS 23.502 clause 4.3.7: the user plane is put to sleep by N2, the session is not over. */
static void deactivation(void)
{
	struct script *s = script_new();

	session_n2(s);
	script_skip(s);
	release_n2(s, NGAP_INITIATING, (struct ngap_cause){ true, 0, 20 });
	release_n2(s, NGAP_SUCCESSFUL, (struct ngap_cause){ .present = false });
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n");
	script_free(s);
}

static struct ngap_item *modify(struct script *s, enum ngap_dir dir)
{
	struct ngap_msg *m = ngap(s, NGAP_PDU_MODIFY, dir);

	ids_of(m, 3, 3);
	return item_of(m, 5);
}

/*
 * gTPTunnelInfo: a QoS flow that comes or goes changes a member of the record (LI128-080), the same list told again does
 * not. Of a modification, what the RAN accepted counts.
 */
static void flows(void)
{
	struct script *s = script_new();
	struct ngap_item *i;

	s->flows = 1 << 9 | 1 << 5;
	session_n4_n2(s);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ready 1\n"));
	script_skip(s);
	CU_ASSERT(flows_are(s, 1, 1 << 9 | 1 << 5, 0));
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "");
	/* One is added, one goes; nothing before the answer. */
	modify(s, NGAP_INITIATING)->flows_released = 1 << 5;
	to_ran(s, 1);
	CU_ASSERT(flows_are(s, 1, 1 << 9 | 1 << 5, 0));
	SCRIPT_IS(s, "");
	modify(s, NGAP_SUCCESSFUL)->flows = 1 << 2;
	to_amf(s, 1);
	SCRIPT_IS(s, "changed 1 flows\n");
	CU_ASSERT(flows_are(s, 1, 1 << 9 | 1 << 2, 0));
	/* Refused: nothing goes, then or later. */
	modify(s, NGAP_INITIATING)->flows_released = 1 << 9;
	to_ran(s, 1);
	modify(s, NGAP_SUCCESSFUL)->failed = true;
	to_amf(s, 1);
	script_skip(s);
	modify(s, NGAP_SUCCESSFUL)->flows = 1 << 9;
	to_amf(s, 1);
	SCRIPT_IS(s, "");
	/* The RAN gives one up by itself; it comes back. */
	modify(s, NGAP_INITIATING)->flows_released = 1 << 9;
	s->m.proc = NGAP_PDU_NOTIFY;
	to_amf(s, 1);
	SCRIPT_IS(s, "changed 1 flows\n");
	CU_ASSERT(flows_are(s, 1, 1 << 2, 0));
	modify(s, NGAP_SUCCESSFUL)->flows = 1 << 9;
	to_amf(s, 1);
	SCRIPT_IS(s, "changed 1 flows\n");
	/* A flow moves to an additional tunnel; the first one stays though it is not named. */
	modify(s, NGAP_INITIATING);
	to_ran(s, 1);
	i = modify(s, NGAP_SUCCESSFUL);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 201);
	i->dl_flows[0] = 1 << 2;
	to_amf(s, 1);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/201\nchanged 1 dl flows\n");
	CU_ASSERT(flows_are(s, 2, 1 << 9, 1 << 2));
	/* The first becomes another one, with the flows that it has. */
	modify(s, NGAP_INITIATING);
	to_ran(s, 1);
	i = modify(s, NGAP_SUCCESSFUL);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 202);
	to_amf(s, 1);
	CU_ASSERT(flows_are(s, 2, 1 << 9, 1 << 2));
	downlink_n4(s, 3, 7, fteid(2, 1, 202));
	script_skip(s);
	/* The RAN lets go of its tunnels, and one comes back. */
	accept_guti(s, 1, 3, 9);
	script_skip(s);
	release_context(s, 1, 3);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/202\n-n3dl 1 10.0.2.1/201\n");
	CU_ASSERT(flows_are(s, 0, 0, 0));
	initial(s, 3, 9);
	to_amf(s, 1);
	script_skip(s);
	s->flows = 1 << 9;
	setup_answered(s, 1, 3, 5, fteid(2, 1, 203));
	SCRIPT_IS(s, "+n3dl 1 10.0.2.1/203\nchanged 1 dl flows\n");
	CU_ASSERT(flows_are(s, 1, 1 << 9, 0));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 204));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/203\n+n3dl 1 10.0.2.1/204\nchanged 1 dl\n");
	/* What a modification asks for is remembered though a tunnel goes meanwhile. */
	i = modify(s, NGAP_SUCCESSFUL);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 1, 205);
	i->dl_flows[0] = 1 << 3;
	to_amf(s, 1);
	modify(s, NGAP_INITIATING)->flows_released = 1 << 9;
	to_ran(s, 1);
	attach(s, 1, 4, 2, 0);
	setup_answered(s, 1, 4, 6, fteid(2, 1, 205));
	modify(s, NGAP_SUCCESSFUL)->flows = 1 << 4;
	to_amf(s, 1);
	CU_ASSERT(flows_are(s, 1, 1 << 4, 0));
	script_free(s);
}

/* A handover and a path switch bring the flows that the target accepted. */
static void flows_move(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;
	struct ngap_item *i;

	s->flows = 1 << 9 | 1 << 5;
	session_n4_n2(s);
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	script_skip(s);
	m = ngap(s, NGAP_PATH_SWITCH, NGAP_INITIATING);
	m->has_source_amf_id = m->has_ran_id = true;
	m->source_amf_id = 3;
	m->ran_id = 8;
	i = item_of(m, 5);
	i->n_dl = 1;
	i->dl[0] = fteid(2, 2, 300);
	i->dl_flows[0] = 1 << 9;
	to_amf(s, 2);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.2/300\n");
	CU_ASSERT(flows_are(s, 1, 1 << 9 | 1 << 5, 0));
	/* N4 switches first. */
	downlink_n4(s, 3, 7, fteid(2, 2, 300));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\nchanged 1 dl flows\n");
	CU_ASSERT(flows_are(s, 1, 1 << 9, 0));
	m = ngap(s, NGAP_PATH_SWITCH, NGAP_SUCCESSFUL);
	ids_of(m, 3, 8);
	item_of(m, 5);
	to_ran(s, 2);
	SCRIPT_IS(s, "");
	CU_ASSERT(flows_are(s, 1, 1 << 9, 0));
	script_free(s);
}

/* NGAP's failed list: one event, neither ready nor ended; a second try may still succeed. */
static void refused_by_ran(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	ask_session(s, 3, 5);
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	script_skip(s);
	setup_refused(s, 1, 3, 5);
	SCRIPT_IS(s, "failed " IMSI1 " procedure 1 cause 26 by 2\n");
	script_later(s, LI_BEGIN_WAIT_US);
	SCRIPT_IS(s, "");
	delete_n4(s, 2, 7);
	SCRIPT_IS(s, "-n3ul 1 10.0.0.2/100\nclosed 1\n");
	/* Without N4 the failure is the end of it. */
	setup_asked(s, 1, 3, 6, fteid(0, 2, 101));
	setup_refused(s, 1, 3, 6);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "failed "));
	CU_ASSERT_PTR_NULL(strstr(s->out, "ended"));
	CU_ASSERT_PTR_NULL(strstr(s->out, "ready"));
	script_skip(s);
	/* Refused, then accepted. */
	establish_n4(s, 3, 8, IMSI1, 5, 102);
	setup_asked(s, 1, 3, 7, fteid(0, 2, 102));
	setup_refused(s, 1, 3, 7);
	setup_answered(s, 1, 3, 7, fteid(2, 1, 200));
	CU_ASSERT_PTR_NOT_NULL(strstr(s->out, "ready"));
	script_free(s);
}

UNIT_MAIN("n2", UNIT(late_n2), UNIT(n2_first), UNIT(joined_by_downlink), UNIT(ends_on_n2), UNIT(deregistration),
	  UNIT(an_release), UNIT(deactivation), UNIT(flows), UNIT(flows_move), UNIT(refused_by_ran))
