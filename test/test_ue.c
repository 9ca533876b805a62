/* test_ue.c: who is who: names, GUTIs, associations, handover, location. */
#include "core_made.h"

#include "mediation/core/assoc.h"

/* A GUTI given where it could be read gives the SUPI back, in a registration and in NGAP's 5G-S-TMSI. */
static void guti(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	attach(s, 1, 3, 1, 0);
	accept_guti(s, 1, 3, 9);
	SCRIPT_IS(s, "ue " IMSI1 "\nue " IMSI1 " guti\n");
	release_context(s, 1, 3);
	comes_back(s, 4, 9);
	setup_asked(s, 1, 4, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	/* By a Registration Request with the GUTI, at another gNB. */
	m = initial(s, 8, 0);
	m->nas = NAS(s, false, 0x7e, 0, 0x41, 0x79, 0, 11, GUTI(9), 0x2e, 2, 0xe0, 0xe0);
	to_amf(s, 2);
	ids_of(ngap(s, NGAP_DOWNLINK_NAS, NGAP_INITIATING), 8, 8);
	to_ran(s, 2);
	script_skip(s);
	setup_asked(s, 2, 8, 6, fteid(0, 2, 101));
	SCRIPT_IS(s, "opened 2 " IMSI1 "\n+n3ul 2 10.0.0.2/101\n");
	script_free(s);
}

/* Under way: a new GUTI by Configuration Update, the device's number in a Security Mode Complete, a change that is refused. */
static void told_under_way(void)
{
	struct script *s = script_new();
	struct li_amf_rec r;

	attach(s, 1, 3, 1, 0);
	nas_up(s, 1, 3, NAS(s, true, 0x7e, 0, 0x5e, 0x77, 0, 9, 0x35, 0x15, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0xf4));
	accept_guti(s, 1, 3, 9);
	nas_down(s, 1, 3, NAS(s, true, 0x7e, 0, 0x54, 0x77, 0, 11, GUTI(8)));
	ue_facts(ue_of_supi(s->c, view_str(IMSI1)), &r);
	CU_ASSERT(r.pei.kind == LI_ID_IMEISV && view_eq(r.pei.text, view_str("3512345678901234")));
	CU_ASSERT(r.guti.present);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(1, 1, 200));
	script_skip(s);
	nas_down(s, 1, 3, nas_session(s, false, 5, NAS_PDU_MOD_REJECT, 31));
	SCRIPT_IS(s, "failed " IMSI1 " procedure 2 cause 31 by 2\n");
	/* the new one names it from now on */
	release_context(s, 1, 3);
	comes_back(s, 4, 8);
	script_skip(s);
	setup_asked(s, 1, 4, 6, fteid(0, 2, 101));
	SCRIPT_IS(s, "opened 2 " IMSI1 "\n+n3ul 2 10.0.0.2/101\n");
	script_free(s);
}

/* The AMF gives the same GUTI to another: it is not the first one's any more. */
static void guti_reused(void)
{
	struct script *s = script_new();
	struct li_amf_rec r;

	attach(s, 1, 3, 1, 0);
	accept_guti(s, 1, 3, 9);
	release_context(s, 1, 3);
	attach(s, 1, 4, 2, 0);
	accept_guti(s, 1, 4, 9);
	ue_facts(ue_of_supi(s->c, view_str(IMSI1)), &r);
	CU_ASSERT_FALSE(r.guti.present);
	release_context(s, 1, 4);
	comes_back(s, 5, 9);
	script_skip(s);
	setup_asked(s, 1, 5, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 1 " IMSI2 "\n+n3ul 1 10.0.0.2/100\n");
	script_free(s);
}

/* NEA2: what is ciphered is not looked under, and a GUTI from before is not trusted any more (LI128-064). */
static void ciphered(void)
{
	struct script *s = script_new();
	struct li_amf_rec r;

	attach(s, 1, 3, 1, 0);
	accept_guti(s, 1, 3, 9);
	attach(s, 1, 4, 1, 2);
	script_skip(s);
	accept_guti(s, 1, 4, 10);
	SCRIPT_IS(s, "");
	CU_ASSERT_EQUAL(s->c->count[CORE_nas_ciphered], 1);
	ue_facts(ue_of_supi(s->c, view_str(IMSI1)), &r);
	CU_ASSERT_FALSE(r.guti.present);
	initial(s, 5, 9);
	to_amf(s, 1);
	CU_ASSERT_EQUAL(s->c->n_ues, 2);
	CU_ASSERT_PTR_NULL(ue_of_tmsi(s->c, 1, 1, 0xc0000009));
	script_free(s);
}

static void leaves(struct script *s, uint32_t ran)
{
	nas_down(s, 1, ran, NAS(s, true, 0x7e, 0, 0x46));
	release_context(s, 1, ran);
}

/* Who has left may come back by the old GUTI, as long as every GUTI that is given is seen; from the first that may have
 * been given in ciphered NAS on, it may be somebody else's. */
static void guti_of_the_gone(void)
{
	struct script *s = script_new();

	attach(s, 1, 3, 1, 0);
	accept_guti(s, 1, 3, 9);
	leaves(s, 3);
	comes_back(s, 4, 9);
	script_skip(s);
	setup_asked(s, 1, 4, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 1 " IMSI1 "\n+n3ul 1 10.0.0.2/100\n");
	leaves(s, 4);
	attach(s, 1, 5, 2, 2);		/* another's NAS is ciphered */
	comes_back(s, 6, 9);
	script_skip(s);
	setup_asked(s, 1, 6, 6, fteid(0, 2, 101));
	SCRIPT_IS(s, "opened 2 -\n+n3ul 2 10.0.0.2/101\n");
	script_free(s);
}

/* What an initial message carries in its container is ciphered though the message is not (TS 24.501 clause 4.4.6): it is
 * looked into only under NEA0, and never taken for what it happens to look like. */
static void container(void)
{
	for (uint8_t cipher = 0; cipher <= 2; cipher += 2) {
		struct script *s = script_new();

		attach(s, 1, 3, 1, cipher);
		nas_up(s, 1, 3, NAS(s, false, 0x7e, 1, 1, 2, 3, 4, 5, 0x7e, 0, 0x41, 0x79, 0, 11, GUTI(77),
				    0x71, 0, 19, 0x7e, 0, 0x41, 0x79, 0, 13, SUCI(2)));
		CU_ASSERT_EQUAL(s->c->count[CORE_nas_ciphered], cipher ? 1 : 0);
		CU_ASSERT_EQUAL(ue_of_supi(s->c, view_str(IMSI2)) != NULL, cipher == 0);
		script_free(s);
	}
}

/* A name that comes later, by Identity Response, names the sessions too. PEI and SUCI likewise. */
static void identity_response(void)
{
	struct script *s = script_new();
	struct li_amf_rec r;

	comes_back(s, 3, 77);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "opened 1 -\n+n3ul 1 10.0.0.2/100\n");
	nas_up(s, 1, 3, NAS(s, false, 0x7e, 0, 0x5c, 0, 13, SUCI(1)));
	SCRIPT_IS(s, "identified 1 " IMSI1 "\nue " IMSI1 "\n");
	/* IMEISV 1234567890123456 */
	nas_up(s, 1, 3, NAS(s, false, 0x7e, 0, 0x5c, 0, 9, 0x15, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x54, 0xf6));
	SCRIPT_IS(s, "identified 1 " IMSI1 "\nue " IMSI1 " pei\n");
	ue_facts(ue_of_supi(s->c, view_str(IMSI1)), &r);
	CU_ASSERT(r.pei.kind == LI_ID_IMEISV && view_eq(r.pei.text, view_str("1234567890123456")));
	CU_ASSERT(r.suci.n == 13 && r.suci.p[0] == 1);
	/* One who was taken for somebody else, and says who he is. */
	nas_up(s, 1, 3, NAS(s, false, 0x7e, 0, 0x5c, 0, 13, SUCI(2)));
	script_skip(s);
	setup_asked(s, 1, 3, 6, fteid(0, 2, 101));
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n+n3ul 2 10.0.0.2/101\n");
	script_free(s);
}

/* The session's User ID names a UE whose NAS says nothing; it comes before what NAS says. */
static void named_by_n4(void)
{
	struct script *s = script_new();

	initial(s, 3, 0);
	to_amf(s, 1);
	establish_n4(s, 1, 7, IMSI2, 5, 100);
	SCRIPT_IS(s, "opened 1 " IMSI2 "\n+n3ul 1 10.0.0.2/100\n");
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	SCRIPT_IS(s, "ue " IMSI2 "\n");
	attach(s, 1, 4, 1, 0);
	script_skip(s);
	establish_n4(s, 2, 8, IMSI2, 6, 101);
	setup_asked(s, 1, 4, 5, fteid(0, 2, 101));
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n+n3ul 2 10.0.0.2/101\n");
	script_free(s);
}

/* The same RAN-UE-NGAP-ID again on the same association: the older UE is gone from the RAN, its session is not. */
static void replaced(void)
{
	struct script *s = script_new();

	session_n2(s);
	script_skip(s);
	attach(s, 1, 3, 2, 0);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\nue " IMSI2 "\n");
	setup_asked(s, 1, 3, 5, fteid(0, 2, 101));
	SCRIPT_IS(s, "opened 2 " IMSI2 "\n+n3ul 2 10.0.0.2/101\n");
	CU_ASSERT_EQUAL(s->c->count[CORE_ngap_replaced], 1);
	/* The same number at another gNB is another UE. */
	attach(s, 2, 3, 1, 0);
	CU_ASSERT_EQUAL(s->c->count[CORE_ngap_replaced], 1);
	script_free(s);
}

static void serve(struct script *s)
{
	session_n4_n2(s);
	downlink_n4(s, 2, 7, fteid(2, 1, 200));
	script_skip(s);
}

static struct ngap_item *switch_item(struct ngap_msg *m, struct li_fteid f)
{
	struct ngap_item *i = item_of(m, 5);

	i->n_dl = 1;
	i->dl[0] = f;
	return i;
}

/* LI128-079: Xn handover. One CONTINUE, whether N4 or N2's acknowledgement comes first; the AMF changes its number. */
static void path_switch(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	for (unsigned n4_first = 0; n4_first < 2; n4_first++) {
		unsigned gnb = 2 + n4_first;

		if (!n4_first)
			serve(s);
		m = ngap(s, NGAP_PATH_SWITCH, NGAP_INITIATING);
		ids_of(m, 0, 30 + n4_first);
		m->has_source_amf_id = true;
		m->source_amf_id = n4_first ? 40 : 3;
		cell_of(m, gnb);
		switch_item(m, fteid(2, gnb, 300));
		to_amf(s, gnb);
		CU_ASSERT(strstr(s->out, "located " IMSI1 " cell") && strstr(s->out, "+n3dl 1 ") && !strstr(s->out, "changed"));
		script_skip(s);
		if (n4_first) {
			downlink_n4(s, 3, 7, fteid(2, gnb, 300));
			SCRIPT_IS(s, "-n3dl 1 10.0.2.2/300\nchanged 1 dl location\n");
		}
		m = ngap(s, NGAP_PATH_SWITCH, NGAP_SUCCESSFUL);
		ids_of(m, 40 + n4_first, 30 + n4_first);
		item_of(m, 5);
		to_ran(s, gnb);
		SCRIPT_IS(s, n4_first ? "" : "changed 1 dl location\n");
		if (!n4_first) {
			downlink_n4(s, 4, 7, fteid(2, gnb, 300));
			SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n");
		}
		/* The source's association is gone, and takes nothing with it. */
		CU_ASSERT_PTR_NULL(assoc_of_amf(s->c, (const struct li_addr[]){ host(1, 1) }, n4_first ? 40 : 3));
		release_context(s, 1, 3);
		SCRIPT_IS(s, "");
	}
	/* The target serves: its release counts. */
	release_context(s, 3, 41);
	script_skip(s);
	ids_of(ngap(s, NGAP_UE_CONTEXT_RELEASE, NGAP_SUCCESSFUL), 41, 31);
	to_amf(s, 3);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.3/300\n");
	script_free(s);
}

static void handover_asked(struct script *s)
{
	struct ngap_msg *m = ngap(s, NGAP_HANDOVER_RESOURCE_ALLOCATION, NGAP_INITIATING);
	struct ngap_item *i = item_of(m, 5);

	ids_of(m, 50, 0);
	i->n_ul = 1;
	i->ul[0] = fteid(0, 2, 100);
	to_ran(s, 2);
	m = ngap(s, NGAP_HANDOVER_RESOURCE_ALLOCATION, NGAP_SUCCESSFUL);
	ids_of(m, 50, 60);
	switch_item(m, fteid(2, 2, 300));
	to_amf(s, 2);
}

/* N2 handover: the target's tunnel is there when it is promised, counts when the UE has come, and the source's context
 * is released afterwards. Indirect forwarding is no content. */
static void handover(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;
	struct pfcp_msg *p;

	serve(s);
	handover_asked(s);
	SCRIPT_IS(s, "+n3dl 1 10.0.2.2/300\n");
	p = mod_req(s, 3, 7);
	pdr_of(p->create_pdr, &p->n_create_pdr, 20, PFCP_ACCESS, 20)->fteid =
		(struct pfcp_fteid){ .present = true, .f = fteid(0, 2, 190) };
	ohc_of(far_of(p->create_far, &p->n_create_far, 20, PFCP_ACCESS), fteid(2, 2, 390));
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, 3, 1);
	SCRIPT_IS(s, "");
	m = ngap(s, NGAP_HANDOVER_NOTIFICATION, NGAP_INITIATING);
	ids_of(m, 50, 60);
	cell_of(m, 2);
	to_amf(s, 2);
	SCRIPT_IS(s, "located " IMSI1 " cell 2\nchanged 1 dl location handover\n");
	downlink_n4(s, 4, 7, fteid(2, 2, 300));
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/200\n");
	release_context(s, 1, 3);
	SCRIPT_IS(s, "");
	ids_of(ngap(s, NGAP_UE_CONTEXT_RELEASE, NGAP_SUCCESSFUL), 50, 60);
	to_amf(s, 2);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.2/300\n");
	script_free(s);
}

static void handover_cancelled(void)
{
	struct script *s = script_new();

	serve(s);
	handover_asked(s);
	script_skip(s);
	ids_of(ngap(s, NGAP_HANDOVER_CANCEL, NGAP_INITIATING), 3, 3);
	to_amf(s, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.2/300\n");
	/* The target's context is released: the source serves on. */
	ids_of(ngap(s, NGAP_UE_CONTEXT_RELEASE, NGAP_SUCCESSFUL), 50, 60);
	to_amf(s, 2);
	SCRIPT_IS(s, "");
	/* Without a cancellation, too. */
	handover_asked(s);
	script_skip(s);
	ids_of(ngap(s, NGAP_UE_CONTEXT_RELEASE, NGAP_SUCCESSFUL), 50, 60);
	to_amf(s, 2);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.2/300\n");
	/* Refused by the target. */
	ids_of(ngap(s, NGAP_HANDOVER_RESOURCE_ALLOCATION, NGAP_INITIATING), 51, 0);
	to_ran(s, 2);
	ids_of(ngap(s, NGAP_HANDOVER_RESOURCE_ALLOCATION, NGAP_UNSUCCESSFUL), 51, 0);
	to_amf(s, 2);
	SCRIPT_IS(s, "");
	script_free(s);
}

/* LI128-062: the first location is no change, the same is none either. */
static void location(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	attach(s, 1, 3, 1, 0);
	script_skip(s);
	for (uint64_t cell = 1; cell < 4; cell++) {
		for (unsigned again = 0; again < 2; again++) {
			m = ngap(s, NGAP_UPLINK_NAS, NGAP_INITIATING);
			ids_of(m, 3, 3);
			cell_of(m, cell);
			m->location.has_time = true;
			m->location.time = (li_us)cell * 10 + again;
			to_amf(s, 1);
		}
	}
	SCRIPT_IS(s, "located " IMSI1 " cell 2\nlocated " IMSI1 " cell 3\n");
	script_free(s);
}

/* LI128-135: what radio it is, the cell says; behind an N3IWF nobody does, and nothing is told. */
static void radio(void)
{
	static const struct { enum li_loc_kind kind; enum li_rat rat; enum li_access access; } v[] = { { LI_LOC_NR, LI_RAT_NR, LI_ACCESS_3GPP },
		{ LI_LOC_EUTRA, LI_RAT_EUTRA, LI_ACCESS_3GPP }, { LI_LOC_N3IWF, LI_RAT_NONE, LI_ACCESS_NON3GPP } };

	for (size_t i = 0; i < 3; i++) {
		struct script *s = script_new();
		struct ngap_msg *m;
		struct li_amf_rec r;

		attach(s, 1, 3, 1, 0);
		m = ngap(s, NGAP_UPLINK_NAS, NGAP_INITIATING);
		ids_of(m, 3, 3);
		cell_of(m, 2);
		m->location.kind = v[i].kind;
		m->location.n3iwf_addr = host(9, 9);
		to_amf(s, 1);
		ue_facts(ue_of_supi(s->c, view_str(IMSI1)), &r);
		CU_ASSERT_EQUAL(r.location.kind, v[i].kind);
		CU_ASSERT_EQUAL(r.rat, v[i].rat);
		CU_ASSERT_EQUAL(r.access, v[i].access);
		script_free(s);
	}
}

/* NG Reset, of some and of all, and a new NG Setup release UE contexts. */
static void reset(void)
{
	struct script *s = script_new();
	struct ngap_msg *m;

	for (uint32_t i = 1; i <= 3; i++) {
		attach(s, 1, i, i, 0);
		setup_asked(s, 1, i, 5, fteid(0, 2, 100 + i));
		setup_answered(s, 1, i, 5, fteid(2, 1, 200 + i));
	}
	script_skip(s);
	m = ngap(s, NGAP_NG_RESET, NGAP_INITIATING);
	m->n_reset = 1;
	m->reset[0].has_ran = true;
	m->reset[0].ran = 2;
	to_amf(s, 1);
	SCRIPT_IS(s, "-n3dl 2 10.0.2.1/202\n");
	ngap(s, NGAP_NG_RESET, NGAP_INITIATING)->reset_all = true;
	to_ran(s, 1);
	SCRIPT_IS(s, "-n3dl 1 10.0.2.1/201\n-n3dl 3 10.0.2.1/203\n");
	attach(s, 1, 1, 1, 0);
	ngap(s, NGAP_NG_SETUP, NGAP_SUCCESSFUL);
	to_ran(s, 1);
	CU_ASSERT_EQUAL(s->c->by_ran.n, 0);
	script_free(s);
}

/* A capture that begins in the middle: the association is made from what is seen of it. */
static void late_start(void)
{
	struct script *s = script_new();

	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
	SCRIPT_IS(s, "opened 1 -\n+n3dl 1 10.0.2.1/200\nready 1\n");
	release_context(s, 1, 9);
	CU_ASSERT(s->c->count[CORE_ngap_no_association] > 0);
	script_free(s);
}

/* Registered: by a readable accept, or by the context that is set up after it. */
static void registered(void)
{
	struct script *s = script_new();
	struct li_amf_rec r;
	struct ue *u;

	attach(s, 1, 3, 1, 2);
	u = ue_of_supi(s->c, view_str(IMSI1));
	CU_ASSERT_FALSE(ue_is_registered(u));
	accept_guti(s, 1, 3, 9);
	CU_ASSERT_TRUE(ue_is_registered(u));
	ue_facts(u, &r);
	CU_ASSERT_EQUAL(r.registered, s->t);
	CU_ASSERT_EQUAL(r.registration_result, 0);
	attach(s, 1, 4, 2, 0);
	accept_guti(s, 1, 4, 10);
	ue_facts(ue_of_supi(s->c, view_str(IMSI2)), &r);
	CU_ASSERT_EQUAL(r.registration_result, 1);
	CU_ASSERT(r.guti.present && r.guti.tmsi == 0xc000000a);
	script_free(s);
}

/* Known by name from before, and here again without one: PFCP's name for its session joins the two, and what was agreed
 * last counts, the GUTI too. */
static void guti_of_two(void)
{
	struct script *s = script_new();
	struct li_amf_rec r;

	attach(s, 1, 3, 1, 0);
	accept_guti(s, 1, 3, 9);
	release_context(s, 1, 3);
	initial(s, 4, 0);
	to_amf(s, 1);
	nas_down(s, 1, 4, nas_cipher(s, 0));
	accept_guti(s, 1, 4, 10);
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	setup_asked(s, 1, 4, 5, fteid(0, 2, 100));
	ue_facts(ue_of_supi(s->c, view_str(IMSI1)), &r);
	CU_ASSERT(r.guti.present && r.guti.tmsi == 0xc000000a);
	CU_ASSERT_PTR_NULL(ue_of_tmsi(s->c, 1, 1, 0xc0000009));
	release_context(s, 1, 4);
	comes_back(s, 5, 10);
	script_skip(s);
	setup_asked(s, 1, 5, 6, fteid(0, 2, 101));
	SCRIPT_IS(s, "opened 2 " IMSI1 "\n+n3ul 2 10.0.0.2/101\n");
	script_free(s);
}

UNIT_MAIN("ue", UNIT(guti), UNIT(guti_of_two), UNIT(told_under_way), UNIT(guti_reused), UNIT(guti_of_the_gone), UNIT(ciphered), UNIT(container), UNIT(identity_response),
	  UNIT(named_by_n4), UNIT(replaced), UNIT(path_switch), UNIT(handover), UNIT(handover_cancelled), UNIT(location), UNIT(radio),
	  UNIT(reset), UNIT(late_start), UNIT(registered))
