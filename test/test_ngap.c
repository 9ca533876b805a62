/* test_ngap.c: what ngap_decode reads out of the messages of protovec.h, and what it does with broken ones. */
#include "mediation/proto/ngap.h"
#include "test/gen/per.h"
#include "test/gen/protovec.h"
#include "test/unit.h"

static struct ngap_msg m;

static void read_one(const char *name, enum ngap_dir dir, unsigned proc)
{
	const struct protovec *v = protovec(name);
	const char *what;
	size_t at;

	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	CU_ASSERT_EQUAL(ngap_decode(view_of(v->p, v->n), &m, &at, &what), LI_OK);
	CU_ASSERT_PTR_NULL(what);
	CU_ASSERT(m.dir == dir && m.proc == proc && !m.over_limit);
}

static bool ids(uint64_t amf, uint32_t ran)
{
	return m.has_amf_id && m.amf_id == amf && m.has_ran_id && m.ran_id == ran;
}

static bool addr(const struct li_addr *a, const char *text)
{
	char t[LI_ADDR_TEXT];

	li_addr_text(a, t);
	return strcmp(t, text) == 0;
}

/* a6: "" when there is none. */
static bool tunnel(const struct li_fteid *f, uint32_t teid, const char *a4, const char *a6)
{
	return f->teid == teid && addr(&f->a4, a4) && addr(&f->a6, a6);
}

static bool cause(const struct ngap_cause *c, unsigned group, unsigned value)
{
	return c->present && c->group == group && c->value == value;
}

/* The vectors give each tunnel two QoS flows in a row. */
static bool flows(const struct ngap_item *i, size_t tunnel, unsigned first)
{
	return i->dl_flows[tunnel] == UINT64_C(3) << first;
}

static bool guami(void)
{
	const struct li_guami *g = &m.guami;

	return g->present && strcmp(g->plmn.mcc, "001") == 0 && strcmp(g->plmn.mnc, "01") == 0 && g->region == 0x80 &&
	       g->set == 0x155 && g->pointer == 0x2a;
}

static bool tai(uint32_t tac)
{
	const struct li_location *l = &m.location;

	return strcmp(l->tai_plmn.mcc, "001") == 0 && strcmp(l->tai_plmn.mnc, "01") == 0 &&
	       (unsigned)(l->tac[0] << 16 | l->tac[1] << 8 | l->tac[2]) == tac;
}

static void ue(void)
{
	read_one("ngap_initial_ue", NGAP_INITIATING, NGAP_INITIAL_UE);
	CU_ASSERT(!m.has_amf_id && m.has_ran_id && m.ran_id == 7 && m.nas.n == 23);
	CU_ASSERT(m.has_s_tmsi && m.s_tmsi_set == 0x155 && m.s_tmsi_pointer == 0x2a && m.s_tmsi == 0xdeadbeef);
	CU_ASSERT(m.location.kind == LI_LOC_NR && m.location.cell == UINT64_C(0x123456789) && tai(0x102));
	CU_ASSERT_STRING_EQUAL(m.location.cell_plmn.mcc, "001");
	CU_ASSERT(m.location.has_time);
	CU_ASSERT_EQUAL(m.location.time, (INT64_C(0xe5d4c3b2) - INT64_C(2208988800)) * LI_US_SECOND);
	read_one("ngap_downlink_nas", NGAP_INITIATING, NGAP_DOWNLINK_NAS);
	CU_ASSERT(ids(UINT64_C(0xff00000001), 7) && m.nas.n == 7 && m.location.kind == LI_LOC_NONE);
	read_one("ngap_uplink_nas", NGAP_INITIATING, NGAP_UPLINK_NAS);
	CU_ASSERT(ids(1, UINT32_MAX) && m.location.kind == LI_LOC_EUTRA && m.location.cell == 0xabcdef1 && tai(0xffee));
	CU_ASSERT(!m.location.has_time);
	read_one("ngap_context_modification", NGAP_INITIATING, NGAP_UE_CONTEXT_MODIFICATION);
	CU_ASSERT(ids(300, 70000) && m.has_new_amf_id && m.new_amf_id == 301 && guami());
	read_one("ngap_reroute", NGAP_INITIATING, NGAP_REROUTE_NAS);
	CU_ASSERT(m.has_ran_id && m.ran_id == 9 && m.rerouted.n == 7);
	/* of a procedure that does not concern us nothing is read */
	read_one("ngap_other_procedure", NGAP_INITIATING, 44);
	CU_ASSERT(!m.has_amf_id && !m.has_ran_id);
}

static void locations(void)
{
	read_one("ngap_location_report", NGAP_INITIATING, NGAP_LOCATION_REPORT);
	CU_ASSERT(m.location.kind == LI_LOC_N3IWF && addr(&m.location.n3iwf_addr, "2001:db8::7"));
	CU_ASSERT(m.location.n3iwf_port == 4500 && tai(0xabc));
	read_one("ngap_location_tngf", NGAP_INITIATING, NGAP_LOCATION_REPORT);
	CU_ASSERT(m.location.kind == LI_LOC_N3IWF && addr(&m.location.n3iwf_addr, "10.0.0.1"));
	CU_ASSERT(m.location.n3iwf_port == 4501 && m.location.tai_plmn.mcc[0] == 0);
	read_one("ngap_rrc_inactive", NGAP_INITIATING, NGAP_RRC_INACTIVE_REPORT);
	CU_ASSERT(m.location.kind == LI_LOC_NR && m.location.cell == 1 && tai(2));
}

static void releases(void)
{
	read_one("ngap_release_request", NGAP_INITIATING, NGAP_UE_CONTEXT_RELEASE_REQUEST);
	CU_ASSERT(ids(5, 6) && cause(&m.cause, 0, 20) && m.n_items == 0);
	CU_ASSERT(m.n_released == 2 && m.released[0].psi == 1 && m.released[1].psi == 2);
	read_one("ngap_release_command", NGAP_INITIATING, NGAP_UE_CONTEXT_RELEASE);
	CU_ASSERT(ids(5, 6) && cause(&m.cause, 2, 2));
	read_one("ngap_release_command_amf", NGAP_INITIATING, NGAP_UE_CONTEXT_RELEASE);
	CU_ASSERT(m.has_amf_id && m.amf_id == 0x1234567 && !m.has_ran_id && cause(&m.cause, 2, 4));
	read_one("ngap_release_complete", NGAP_SUCCESSFUL, NGAP_UE_CONTEXT_RELEASE);
	CU_ASSERT(ids(5, 6) && m.location.cell == UINT64_C(0xfffffffff) && tai(0xffffff));
	CU_ASSERT(m.n_released == 1 && m.released[0].psi == 200);
}

static void context_setup(void)
{
	const struct ngap_item *i = m.item;

	read_one("ngap_context_setup_request", NGAP_INITIATING, NGAP_INITIAL_CONTEXT_SETUP);
	CU_ASSERT(ids(1, 2) && guami() && m.nas.n == 5 && m.n_items == 2);
	CU_ASSERT(i[0].psi == 5 && i[0].nas.n == 11 && i[0].snssai.present && i[0].snssai.sd[2] == 3 && !i[0].failed);
	CU_ASSERT(i[0].pdu_type == 3 && i[0].n_ul == 4 && i[0].n_dl == 0);
	CU_ASSERT(tunnel(&i[0].ul[0], 0x11, "10.0.0.1", "") && tunnel(&i[0].ul[1], 0x12, "10.0.0.2", ""));
	CU_ASSERT(tunnel(&i[0].ul[2], 0x13, "", "2001:db8::7") && tunnel(&i[0].ul[3], 0x14, "10.0.0.2", ""));
	CU_ASSERT(i[1].psi == 6 && i[1].nas.n == 0 && i[1].snssai.present && !i[1].snssai.has_sd);
	CU_ASSERT(i[1].pdu_type == 1 && i[1].n_ul == 1 && tunnel(&i[1].ul[0], 0x21, "", "2001:db8::7"));

	read_one("ngap_context_setup_response", NGAP_SUCCESSFUL, NGAP_INITIAL_CONTEXT_SETUP);
	CU_ASSERT(m.n_items == 2 && i[0].psi == 5 && i[0].n_dl == 2 && i[0].n_ul == 0);
	CU_ASSERT(tunnel(&i[0].dl[0], 0x31, "10.0.0.2", "") && tunnel(&i[0].dl[1], 0x32, "10.0.0.3", "2001:db8::8"));
	CU_ASSERT(flows(i, 0, 17) && flows(i, 1, 18));
	CU_ASSERT(i[1].psi == 6 && i[1].failed && cause(&i[1].cause, 1, 0));
	read_one("ngap_context_setup_failure", NGAP_UNSUCCESSFUL, NGAP_INITIAL_CONTEXT_SETUP);
	CU_ASSERT(cause(&m.cause, 3, 6) && m.n_items == 1 && i[0].failed && cause(&i[0].cause, 4, 1));
}

static void sessions(void)
{
	const struct ngap_item *i = m.item;

	read_one("ngap_setup_request", NGAP_INITIATING, NGAP_PDU_SETUP);
	CU_ASSERT(m.n_items == 2 && i[0].psi == 1 && i[1].psi == 255);
	/* NGAP's order of types is not TS 33.128's: ethernet 3 is 5, unstructured 4 is 4: LI128-078 */
	CU_ASSERT(i[0].pdu_type == 5 && i[1].pdu_type == 4);
	CU_ASSERT(tunnel(&i[0].ul[0], 0x41, "10.0.0.3", "2001:db8::8") && i[1].ul[0].teid == UINT32_MAX);
	read_one("ngap_setup_response", NGAP_SUCCESSFUL, NGAP_PDU_SETUP);
	CU_ASSERT(m.n_items == 2 && i[0].n_dl == 1 && tunnel(&i[0].dl[0], 0x51, "10.0.0.2", "") && !i[0].failed);
	CU_ASSERT(flows(i, 0, 17) && i[0].flows == 0);
	CU_ASSERT(i[1].failed && cause(&i[1].cause, 0, 46));	/* 45 values before the marker, then the second behind */
	read_one("ngap_modify_request", NGAP_INITIATING, NGAP_PDU_MODIFY);
	CU_ASSERT(m.n_items == 1 && i[0].n_ul == 1 && i[0].ul[0].teid == 0x61 && i[0].n_dl == 0 && i[0].nas.n == 11);
	CU_ASSERT(i[0].snssai.present && i[0].snssai.has_sd);	/* from the item's extensions */
	CU_ASSERT_EQUAL(i[0].flows_released, 0x60);
	read_one("ngap_modify_response", NGAP_SUCCESSFUL, NGAP_PDU_MODIFY);
	CU_ASSERT(m.n_items == 2 && i[0].n_dl == 2 && i[0].dl[0].teid == 0x71 && i[0].dl[1].teid == 0x72);
	CU_ASSERT(i[0].n_ul == 1 && i[0].ul[0].teid == 0x61 && i[1].failed && cause(&i[1].cause, 0, 27));
	CU_ASSERT(i[0].dl_flows[0] == 0 && flows(i, 1, 18) && i[0].flows == 0x180);
	read_one("ngap_modify_indication", NGAP_INITIATING, NGAP_PDU_MODIFY_INDICATION);
	CU_ASSERT(m.n_items == 1 && tunnel(&i[0].dl[0], 0x81, "", "2001:db8::7") && flows(i, 0, 1));
	read_one("ngap_modify_confirm", NGAP_SUCCESSFUL, NGAP_PDU_MODIFY_INDICATION);
	CU_ASSERT(m.n_items == 2 && i[0].n_ul == 2 && i[0].ul[0].teid == 0x91 && i[0].ul[1].teid == 0x92);
	CU_ASSERT(i[1].failed && cause(&i[1].cause, 4, 3));
	read_one("ngap_release_resource_command", NGAP_INITIATING, NGAP_PDU_RELEASE);
	CU_ASSERT(m.nas.n == 11 && m.n_items == 0 && m.n_released == 2);
	CU_ASSERT(cause(&m.released[0].cause, 2, 0) && cause(&m.released[1].cause, 0, 42));
	read_one("ngap_release_resource_response", NGAP_SUCCESSFUL, NGAP_PDU_RELEASE);
	CU_ASSERT(m.n_released == 1 && m.released[0].psi == 1 && !m.released[0].cause.present);
	CU_ASSERT_EQUAL(m.location.time, (INT64_C(0x112345678) - INT64_C(2208988800)) * LI_US_SECOND);
	read_one("ngap_notify", NGAP_INITIATING, NGAP_PDU_NOTIFY);
	CU_ASSERT_EQUAL(i[0].flows_released, 3 << 21);
	CU_ASSERT(m.n_items == 1 && i[0].psi == 3 && m.n_released == 1 && cause(&m.released[0].cause, 0, 24));
}

static void handovers(void)
{
	const struct ngap_item *i = m.item;

	read_one("ngap_handover_required", NGAP_INITIATING, NGAP_HANDOVER_PREPARATION);
	CU_ASSERT(ids(1, 2) && m.handover_type == 1 && cause(&m.cause, 0, 16) && m.n_items == 1);
	read_one("ngap_handover_command", NGAP_SUCCESSFUL, NGAP_HANDOVER_PREPARATION);
	CU_ASSERT(m.handover_type == 2 && m.n_items == 1 && i[0].n_dl == 0);	/* a forwarding tunnel is not N3's */
	CU_ASSERT(m.n_released == 1 && m.released[0].psi == 2 && cause(&m.released[0].cause, 0, 8));
	read_one("ngap_handover_preparation_failure", NGAP_UNSUCCESSFUL, NGAP_HANDOVER_PREPARATION);
	CU_ASSERT(cause(&m.cause, 0, 7));
	read_one("ngap_handover_request", NGAP_INITIATING, NGAP_HANDOVER_RESOURCE_ALLOCATION);
	CU_ASSERT(m.has_amf_id && m.amf_id == 11 && !m.has_ran_id && m.handover_type == 4 && guami());
	CU_ASSERT(m.n_items == 1 && i[0].n_ul == 4 && i[0].ul[0].teid == 0xa1 && i[0].pdu_type == 2);
	read_one("ngap_handover_ack", NGAP_SUCCESSFUL, NGAP_HANDOVER_RESOURCE_ALLOCATION);
	CU_ASSERT(ids(11, 12) && m.n_items == 2 && i[0].n_dl == 2 && i[0].n_ul == 0);
	CU_ASSERT(i[0].dl[0].teid == 0xb1 && tunnel(&i[0].dl[1], 0xb5, "", "2001:db8::7"));
	CU_ASSERT(flows(i, 0, 11) && flows(i, 1, 13));
	CU_ASSERT(i[1].failed && cause(&i[1].cause, 0, 13));
	read_one("ngap_handover_failure", NGAP_UNSUCCESSFUL, NGAP_HANDOVER_RESOURCE_ALLOCATION);
	CU_ASSERT(m.amf_id == 11 && cause(&m.cause, 0, 13));
	read_one("ngap_handover_notify", NGAP_INITIATING, NGAP_HANDOVER_NOTIFICATION);
	CU_ASSERT(ids(11, 12) && m.location.cell == 3);
	read_one("ngap_handover_cancel", NGAP_INITIATING, NGAP_HANDOVER_CANCEL);
	CU_ASSERT(cause(&m.cause, 0, 5));
	read_one("ngap_path_switch", NGAP_INITIATING, NGAP_PATH_SWITCH);
	CU_ASSERT(m.has_source_amf_id && m.source_amf_id == 1 && !m.has_amf_id && m.ran_id == 13);
	CU_ASSERT(m.n_items == 2 && i[0].n_dl == 2 && i[0].dl[0].teid == 0xc1 && i[0].dl[1].teid == 0xc2);
	CU_ASSERT(flows(i, 0, 15) && flows(i, 1, 2));
	CU_ASSERT(i[1].failed && cause(&i[1].cause, 0, 3));
	read_one("ngap_path_switch_ack", NGAP_SUCCESSFUL, NGAP_PATH_SWITCH);
	CU_ASSERT(ids(1, 13) && i[0].n_ul == 2 && i[0].ul[0].teid == 0xd1 && i[0].ul[1].teid == 0xd2);
	CU_ASSERT(m.n_released == 1 && cause(&m.released[0].cause, 0, 22));
	read_one("ngap_path_switch_failure", NGAP_UNSUCCESSFUL, NGAP_PATH_SWITCH);
	CU_ASSERT(m.n_items == 0 && m.n_released == 1 && cause(&m.released[0].cause, 0, 0));
}

static void interface(void)
{
	read_one("ngap_setup_ran", NGAP_INITIATING, NGAP_NG_SETUP);
	CU_ASSERT(view_eq(m.ran_name, view_str("gnb-west-1")));
	read_one("ngap_setup_amf", NGAP_SUCCESSFUL, NGAP_NG_SETUP);
	CU_ASSERT(view_eq(m.amf_name, view_str("amf.example")));
	read_one("ngap_setup_amf_long", NGAP_SUCCESSFUL, NGAP_NG_SETUP);
	CU_ASSERT(view_eq(m.amf_name, view_str("amf-long.example")));
	read_one("ngap_reset_all", NGAP_INITIATING, NGAP_NG_RESET);
	CU_ASSERT(m.reset_all && m.n_reset == 0 && cause(&m.cause, 4, 2));
	read_one("ngap_reset_some", NGAP_INITIATING, NGAP_NG_RESET);
	CU_ASSERT(!m.reset_all && m.n_reset == 3);
	CU_ASSERT(m.reset[0].has_amf && m.reset[0].amf == 5 && m.reset[0].has_ran && m.reset[0].ran == 6);
	CU_ASSERT(m.reset[1].has_amf && m.reset[1].amf == 7 && !m.reset[1].has_ran);
	CU_ASSERT(!m.reset[2].has_amf && m.reset[2].has_ran && m.reset[2].ran == 8);
	read_one("ngap_reset_ack", NGAP_SUCCESSFUL, NGAP_NG_RESET);
	CU_ASSERT(!m.reset_all && m.n_reset == 3);
}

/* -- messages that only a test sends: one field with this value -- */

static struct per value, body, pdu;

static struct view message(unsigned proc, unsigned id)
{
	per_init(&body);
	per_bits(&body, 0, 1);
	per_int(&body, 1, 0, 65535);
	per_int(&body, id, 0, 65535);
	per_int(&body, 0, 0, 2);
	per_string(&body, per_view(&value));
	per_init(&pdu);
	per_bits(&pdu, 0, 3);
	per_int(&pdu, proc, 0, 255);
	per_int(&pdu, 0, 0, 2);
	per_string(&pdu, per_view(&body));
	return per_view(&pdu);
}

static void limits(void)
{
	const char *what;
	size_t at;

	/* more associations, more PDU sessions than a message has room for: the rest is left out and that is noted */
	per_init(&value);
	per_int(&value, 1, 0, 2);
	per_length(&value, NGAP_RESETS + 5);
	for (unsigned i = 0; i < NGAP_RESETS + 5; i++) {
		per_bits(&value, 2, 4);
		per_int(&value, i, 0, UINT32_MAX);
	}
	CU_ASSERT_EQUAL(ngap_decode(message(NGAP_NG_RESET, 88), &m, &at, &what), LI_OK);
	CU_ASSERT(m.n_reset == NGAP_RESETS && m.over_limit && m.reset[NGAP_RESETS - 1].ran == NGAP_RESETS - 1);
	per_init(&value);
	per_int(&value, 256, 1, 256);
	for (unsigned i = 0; i < 256; i++) {
		per_bits(&value, 0, 2);
		per_int(&value, i, 0, 255);
	}
	CU_ASSERT_EQUAL(ngap_decode(message(NGAP_UE_CONTEXT_RELEASE, 60), &m, &at, &what), LI_OK);
	CU_ASSERT(m.n_released == NGAP_ITEMS && m.over_limit && m.released[NGAP_ITEMS - 1].psi == NGAP_ITEMS - 1);
}

/* LI128-094: QFIs 0 and 63 are the outermost; of 64, which PER can say, the flow is left out, and that is noted. */
static void flow_identifiers(void)
{
	static struct per transfer;
	const char *what;
	size_t at;

	per_init(&transfer);
	per_bits(&transfer, 0, 4);
	per_bits(&transfer, 0, 3);		/* a tunnel over IPv4 */
	per_bits(&transfer, 0, 1);
	per_int(&transfer, 32, 1, 160);
	per_octets(&transfer, "\x0a\0\0\x02", 4);
	per_octets(&transfer, "\0\0\0\x07", 4);
	per_int(&transfer, 3, 1, 64);
	for (unsigned i = 0; i < 3; i++) {
		per_bits(&transfer, 0, 2);
		per_bits(&transfer, i == 1, 1);
		if (i == 1)
			per_string(&transfer, view_of("\x40", 1));
		else
			per_int(&transfer, i ? 63 : 0, 0, 63);
	}
	per_init(&value);
	per_int(&value, 1, 1, 256);
	per_bits(&value, 0, 2);
	per_int(&value, 5, 0, 255);
	per_string(&value, per_view(&transfer));
	CU_ASSERT_EQUAL(ngap_decode(message(NGAP_PATH_SWITCH, 76), &m, &at, &what), LI_OK);
	CU_ASSERT(m.n_items == 1 && m.item[0].n_dl == 1 && tunnel(&m.item[0].dl[0], 7, "10.0.0.2", ""));
	CU_ASSERT_EQUAL(m.item[0].dl_flows[0], UINT64_C(1) << 63 | 1);
	CU_ASSERT_TRUE(m.over_limit);
}

/* A message in fragments, as UE radio capabilities make it: what stands before and behind the long field is read. */
static void fragments(void)
{
	static const uint8_t radio[40000];
	const char *what;
	size_t at;

	per_init(&body);
	per_bits(&body, 0, 1);
	per_int(&body, 3, 0, 65535);
	for (unsigned i = 0; i < 3; i++) {
		per_init(&value);
		if (i == 1)
			per_string(&value, view_of(radio, sizeof(radio)));
		else
			per_int(&value, i + 5, 0, i ? UINT64_C(1099511627775) : UINT32_MAX);
		per_int(&body, i == 1 ? 117 : i == 0 ? 85 : 10, 0, 65535);
		per_int(&body, 0, 0, 2);
		per_string(&body, per_view(&value));
	}
	per_init(&pdu);
	per_bits(&pdu, 0, 3);
	per_int(&pdu, NGAP_INITIAL_CONTEXT_SETUP, 0, 255);
	per_int(&pdu, 0, 0, 2);
	per_string(&pdu, per_view(&body));
	CU_ASSERT_EQUAL(ngap_decode(per_view(&pdu), &m, &at, &what), LI_OK);
	CU_ASSERT(ids(7, 5));
}

/* What a later release adds to a message, and UTF-8 names, which have a general length. */
static void later(void)
{
	const struct protovec *v = protovec("ngap_handover_notify");
	const char *what;
	size_t at;

	per_init(&value);
	per_bits(&value, 2, 4);
	per_string(&value, view_str("gnb-\xc3\xa9"));
	CU_ASSERT_EQUAL(ngap_decode(message(NGAP_NG_SETUP, 273), &m, &at, &what), LI_OK);
	CU_ASSERT(view_eq(m.ran_name, view_str("gnb-\xc3\xa9")));
	per_init(&body);			/* extension bit, no field, one addition */
	per_bits(&body, 1, 1);
	per_int(&body, 0, 0, 65535);
	per_small(&body, 0);
	per_bits(&body, 1, 1);
	per_string(&body, view_str("new"));
	per_init(&pdu);
	per_bits(&pdu, 0, 3);
	per_int(&pdu, NGAP_UPLINK_NAS, 0, 255);
	per_int(&pdu, 0, 0, 2);
	per_string(&pdu, per_view(&body));
	CU_ASSERT_EQUAL(ngap_decode(per_view(&pdu), &m, &at, &what), LI_OK);
	/* octets behind the PDU are nobody's: some AMFs send their whole buffer */
	memset(pdu.p, 0, sizeof(pdu.p));
	memcpy(pdu.p, v->p, v->n);
	CU_ASSERT_EQUAL(ngap_decode(view_of(pdu.p, v->n + 100), &m, &at, &what), LI_OK);
	CU_ASSERT_EQUAL(m.location.cell, 3);
}

static void errors(void)
{
	const char *what;
	size_t at;

	CU_ASSERT_EQUAL(ngap_decode(view_of("\x80\x0f\x40\x01\x00", 5), &m, &at, &what), LI_EUNKNOWN);
	CU_ASSERT_STRING_EQUAL(what, "NGAP-PDU (38.413 clause 9.4.3)");
	CU_ASSERT_EQUAL(ngap_decode(view_of("\x00\x0f\x40\x05\x00", 5), &m, &at, &what), LI_ETRUNC);
	CU_ASSERT_STRING_EQUAL(what, "NGAP-PDU (38.413 clause 9.4.3)");
	CU_ASSERT_EQUAL(ngap_decode(view_of("\x60\x0f\x40\x01\x00", 5), &m, &at, &what), LI_ERANGE);
	CU_ASSERT_EQUAL(ngap_decode(view_of("\x00\x0f\x40\x03\x00\x00\x01", 7), &m, &at, &what), LI_ETRUNC);
	CU_ASSERT_STRING_EQUAL(what, "NGAP message container (38.413 clause 9.4.8)");
	per_init(&value);
	per_bits(&value, 0, 16);		/* one octet and another that is nobody's */
	per_bits(&value, 0, 16);
	CU_ASSERT_EQUAL(ngap_decode(message(NGAP_UPLINK_NAS, 85), &m, &at, &what), LI_EFORMAT);
	CU_ASSERT_STRING_EQUAL(what, "NGAP RAN UE NGAP ID (38.413 clause 9.3.3.2)");
	CU_ASSERT(at > 7 && at <= pdu.bits / 8);
}

/* Every prefix in memory of its own size fails; random changes are bounded. */
static void truncation(void)
{
	const struct protovec *v;

	for (size_t i = 0; (v = protovec_at(i)); i++) {
		for (size_t n = 0; v->kind == VEC_NGAP && n < v->n; n++) {
			uint8_t *p = malloc(n ? n : 1);
			const char *what;
			size_t at;

			CU_ASSERT_PTR_NOT_NULL_FATAL(p);
			memcpy(p, v->p, n);
			CU_ASSERT_EQUAL(ngap_decode(view_of(p, n), &m, &at, &what), LI_ETRUNC);
			CU_ASSERT_PTR_NOT_NULL(what);
			CU_ASSERT(at <= n);
			free(p);
		}
	}
}

static void mutation(void)	/* LI128-222 */
{
	const struct protovec *v;

	for (size_t i = 0; (v = protovec_at(i)); i++) {
		for (unsigned round = 1; v->kind == VEC_NGAP && round <= unit_rounds(300); round++) {
			uint64_t seed = round;
			uint8_t o[sizeof(v->p)];
			const char *what;
			enum li_err e;
			size_t at;

			memcpy(o, v->p, v->n);
			for (unsigned k = 0; k <= round % 3; k++)
				o[unit_rand(&seed) % v->n] = (uint8_t)unit_rand(&seed);
			e = ngap_decode(view_of(o, v->n), &m, &at, &what);
			CU_ASSERT_EQUAL(e == LI_OK, what == NULL);
			CU_ASSERT(at <= v->n && m.n_items <= NGAP_ITEMS && m.n_released <= NGAP_ITEMS);
		}
	}
}

UNIT_MAIN("ngap", UNIT(ue), UNIT(locations), UNIT(releases), UNIT(context_setup), UNIT(sessions), UNIT(handovers),
	  UNIT(interface), UNIT(limits), UNIT(flow_identifiers),
	  UNIT(fragments), UNIT(later), UNIT(errors), UNIT(truncation), UNIT(mutation))
