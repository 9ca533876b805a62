/* test_pfcp.c: what pfcp_next reads out of the messages of protovec.h, and what it does with broken ones. */
#include "mediation/proto/pfcp.h"
#include "test/gen/protovec.h"
#include "test/unit.h"

static struct pfcp_msg m;

static struct view vec(const char *name)
{
	const struct protovec *v = protovec(name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	return view_of(v->p, v->n);
}

/* One message and no more. */
static void read_one(const char *name)
{
	struct view rest = vec(name);
	const char *what;
	size_t at;

	CU_ASSERT_EQUAL(pfcp_next(&rest, &m, &at, &what), LI_OK);
	CU_ASSERT_PTR_NULL(what);
	CU_ASSERT_EQUAL(rest.n, 0);
}

static bool addr(const struct li_addr *a, const char *text)
{
	char t[LI_ADDR_TEXT];

	li_addr_text(a, t);
	return strcmp(t, text) == 0;
}

static bool name_is(struct view v, const char *text)
{
	char t[LI_DNN_MAX + 1];

	return pfcp_name_text(v, t) == strlen(text) && strcmp(t, text) == 0;
}

static void establishment(void)
{
	const struct pfcp_pdr *p = m.create_pdr;
	const struct pfcp_far *f = m.create_far;

	read_one("pfcp_establishment");
	CU_ASSERT(m.type == PFCP_EST_REQ && m.has_seid && m.seid == 0 && m.seq == 0x010203);
	CU_ASSERT(m.has_node && addr(&m.node_addr, "10.0.0.1"));
	CU_ASSERT(m.cp_or_up.present && m.cp_or_up.seid == UINT64_C(0x1122334455667788));
	CU_ASSERT(addr(&m.cp_or_up.a4, "10.0.0.1") && addr(&m.cp_or_up.a6, "2001:db8::1"));
	CU_ASSERT(m.has_recovery && m.recovery == 0xe8c38669);
	CU_ASSERT_EQUAL(m.pdn_type, 3);
	CU_ASSERT(m.snssai.present && m.snssai.sst == 1 && m.snssai.has_sd && m.snssai.sd[2] == 3);
	CU_ASSERT(name_is(m.apn, "internet.mnc001.mcc001.gprs"));
	/* LI128: identities of User ID */
	CU_ASSERT(m.user.present);
	CU_ASSERT_STRING_EQUAL(m.user.imsi, "001010123456789");
	CU_ASSERT_STRING_EQUAL(m.user.imei, "3512345678901234");
	CU_ASSERT_STRING_EQUAL(m.user.msisdn, "31612345678");
	CU_ASSERT(view_eq(m.user.nai, view_str("u@realm.test")));
	CU_ASSERT(!m.left_out && !m.over_limit);

	CU_ASSERT_EQUAL_FATAL(m.n_create_pdr, 2);
	CU_ASSERT(p[0].id == 1 && p[0].source == PFCP_ACCESS && p[0].has_3gpp_source && p[0].source_3gpp == 11);
	CU_ASSERT(p[0].fteid.present && p[0].fteid.choose && p[0].fteid.has_choose_id && p[0].fteid.choose_id == 0x2a);
	CU_ASSERT(p[0].ue.present && !p[0].ue.is_destination && addr(&p[0].ue.a4, "10.45.0.5"));
	CU_ASSERT(addr(&p[0].ue.a6, "2001:db8:1::1"));		/* from a second element, behind its prefix length */
	CU_ASSERT(name_is(p[0].network_instance, "access"));
	CU_ASSERT(p[0].n_qfi == 2 && p[0].qfi[0] == 1 && p[0].qfi[1] == 5 && p[0].has_far && p[0].far == 1);
	CU_ASSERT(p[1].id == 2 && p[1].source == PFCP_CORE && !p[1].fteid.present && p[1].ue.is_destination);
	CU_ASSERT(name_is(p[1].network_instance, "internet"));	/* plain text is a Network Instance too */

	CU_ASSERT_EQUAL_FATAL(m.n_create_far, 2);
	CU_ASSERT(f[0].id == 1 && f[0].dest == PFCP_CORE && !f[0].has_ohc && f[0].apply == 2);
	CU_ASSERT(f[1].id == 2 && f[1].has_dest && f[1].dest == PFCP_ACCESS && f[1].has_ohc);
	CU_ASSERT(f[1].ohc.teid == 0xd17 && addr(&f[1].ohc.a4, "10.0.0.2") && f[1].ohc.a6.family == 0);
	CU_ASSERT(f[1].has_3gpp_dest && f[1].dest_3gpp == 11);

	CU_ASSERT_EQUAL_FATAL(m.n_create_qer, 1);
	CU_ASSERT(m.create_qer[0].id == 1 && m.create_qer[0].has_gate && m.create_qer[0].qfi == 1);
	CU_ASSERT(m.create_qer[0].mbr_ul == 1000000 && m.create_qer[0].mbr_dl == 2000000);
	CU_ASSERT(m.create_qer[0].gbr_ul == 1 && m.create_qer[0].gbr_dl == 2);
	CU_ASSERT(m.interfaces_seen && !m.sx_s1u);
}

static void session_messages(void)
{
	read_one("pfcp_establishment_response");
	CU_ASSERT(m.type == PFCP_EST_RSP && m.has_cause && m.cause == 1 && m.seid == UINT64_C(0x1122334455667788));
	CU_ASSERT(addr(&m.node_addr, "2001:db8::9"));
	CU_ASSERT(m.cp_or_up.seid == 9 && addr(&m.cp_or_up.a4, "10.0.0.2"));
	CU_ASSERT_EQUAL_FATAL(m.n_created_pdr, 1);
	CU_ASSERT(m.created_pdr[0].id == 1 && m.created_pdr[0].fteid.f.teid == 0x2a && !m.created_pdr[0].fteid.choose);
	CU_ASSERT(addr(&m.created_pdr[0].fteid.f.a4, "10.0.0.2") && addr(&m.created_pdr[0].fteid.f.a6, "2001:db8::2"));
	CU_ASSERT(addr(&m.created_pdr[0].ue.a4, "10.45.0.6"));

	read_one("pfcp_modification");
	CU_ASSERT(m.type == PFCP_MOD_REQ && m.seid == 9);
	CU_ASSERT_EQUAL_FATAL(m.n_update_far, 1);
	CU_ASSERT(m.update_far[0].id == 2 && m.update_far[0].ohc.teid == 0xfffffffe && m.update_far[0].apply == 0x0c);
	CU_ASSERT(addr(&m.update_far[0].ohc.a6, "2001:db8::3") && m.update_far[0].ohc.a4.family == 0);
	CU_ASSERT(m.n_update_pdr == 1 && m.update_pdr[0].fteid.f.teid == 0x2b);
	CU_ASSERT(m.n_update_qer == 1 && m.update_qer[0].mbr_dl == 6 && !m.update_qer[0].has_gbr);
	CU_ASSERT(m.n_remove_pdr == 1 && m.remove_pdr[0] == 7);
	CU_ASSERT(m.n_remove_far == 1 && m.remove_far[0] == 8 && m.n_remove_qer == 1 && m.remove_qer[0] == 9);

	read_one("pfcp_modification_response");
	CU_ASSERT(m.n_usage == 1 && m.usage[0].total == 100 && m.usage[0].ul == 40 && m.usage[0].dl == 60);
	CU_ASSERT_EQUAL(m.usage[0].first_packet, 0);
	read_one("pfcp_deletion");
	CU_ASSERT(m.type == PFCP_DEL_REQ && m.seid == 9 && !m.has_cause);

	read_one("pfcp_deletion_response");
	CU_ASSERT_EQUAL_FATAL(m.n_usage, 2);
	CU_ASSERT(!m.usage[0].has_total && m.usage[0].ul == 256 && m.usage[0].dl == 512);
	CU_ASSERT_EQUAL(m.usage[0].first_packet, (INT64_C(0xe8c38669) - INT64_C(2208988800)) * LI_US_SECOND);
	CU_ASSERT_EQUAL(m.usage[0].last_packet - m.usage[0].first_packet, LI_US_SECOND);
	CU_ASSERT(m.usage[1].has_total && m.usage[1].total == 5 && !m.usage[1].has_ul);
	read_one("pfcp_report");
	CU_ASSERT(m.type == PFCP_REPORT_REQ && m.n_usage == 1 && m.usage[0].ul == UINT64_MAX);
	read_one("pfcp_report_response");
	CU_ASSERT(m.has_cause && m.cause == 0x41);
}

static void endpoints(void)
{
	read_one("pfcp_endpoint");
	CU_ASSERT(m.n_create_pdr == 1 && m.create_pdr[0].has_endpoint && m.create_pdr[0].endpoint == 3);
	CU_ASSERT(m.create_pdr[0].fteid.present && m.create_pdr[0].fteid.f.teid == 0x77);
	CU_ASSERT(addr(&m.create_pdr[0].ue.a4, "10.45.0.7") && name_is(m.create_pdr[0].network_instance, "access"));
	read_one("pfcp_endpoint_response");
	CU_ASSERT(m.n_created_endpoint == 1 && m.created_endpoint[0].endpoint == 3);
	CU_ASSERT_EQUAL(m.created_endpoint[0].fteid.f.teid, 0x78);
	read_one("pfcp_endpoint_modification");
	CU_ASSERT_EQUAL_FATAL(m.n_update_endpoint, 2);
	CU_ASSERT(m.update_endpoint[0].endpoint == 3 && m.update_endpoint[0].fteid.f.teid == 0x79);
	CU_ASSERT(addr(&m.update_endpoint[0].ue.a4, "10.45.0.8"));
	CU_ASSERT(m.update_endpoint[1].endpoint == 4 && m.update_endpoint[1].fteid.present);
	CU_ASSERT(!m.update_endpoint[1].fteid.f.a4.family && !m.update_endpoint[1].fteid.choose);
	CU_ASSERT(m.n_remove_endpoint == 1 && m.remove_endpoint[0] == 5);
}

static void kinds(void)
{
	read_one("pfcp_ethernet");
	CU_ASSERT_EQUAL(m.pdn_type, 5);
	CU_ASSERT(view_eq(m.create_pdr[0].ue_mac, view_of("\x02\x00\x00\x00\x00\x05", 6)));
	CU_ASSERT(!m.interfaces_seen && !m.sx_s1u);	/* absence tells nothing */
	read_one("pfcp_sxb");
	CU_ASSERT(m.interfaces_seen && m.sx_s1u);
	CU_ASSERT(m.create_pdr[0].fteid.choose && !m.create_pdr[0].fteid.has_choose_id);
	CU_ASSERT(m.create_pdr[0].ue.choose && m.create_pdr[0].ue.a4.family == 0 && m.create_pdr[0].ue.is_destination);
}

static void users(void)
{
	read_one("pfcp_supi");	/* LI128-051 */
	CU_ASSERT_STRING_EQUAL(m.user.imsi, "001010123456789");
	CU_ASSERT_STRING_EQUAL(m.user.msisdn, "31612345678");
	CU_ASSERT_STRING_EQUAL(m.user.imei, "35123456789012");
	read_one("pfcp_supi_nai");
	CU_ASSERT(view_eq(m.user.nai, view_str("u@x.exa")) && m.user.imsi[0] == 0);
	CU_ASSERT(view_eq(m.user.external_id, view_str("e@x.y")));
	CU_ASSERT(!m.left_out);
	/* an IMEI of 15 digits has a check digit, which TS 33.128 does not want */
	{
		struct view rest = view_of("\x20\x32\0\x11\0\0\1\0\0\x8d\0\x09\2\7\x53\x21\x43\x65\x87\x09\x21", 21);
		const char *what;
		size_t at;

		CU_ASSERT_EQUAL(pfcp_next(&rest, &m, &at, &what), LI_OK);
		CU_ASSERT_STRING_EQUAL(m.user.imei, "35123456789012");
		rest = view_of("\x20\x32\0\x12\0\0\1\0\0\x8d\0\x0a\2\x08\x53\x21\x43\x65\x87\x09\x21\xf3", 22);
		CU_ASSERT_EQUAL(pfcp_next(&rest, &m, &at, &what), LI_OK);
		CU_ASSERT_STRING_EQUAL(m.user.imei, "35123456789012");
		CU_ASSERT(!m.left_out);
	}
	/* a broken identity is left out and said so; the session is real all the same */
	read_one("pfcp_broken_user");
	CU_ASSERT(m.left_out && m.user.present && !m.user.imsi[0] && !m.user.msisdn[0] && !m.user.external_id.n);
}

static void nodes(void)
{
	struct view two = vec("pfcp_two");
	const char *what;
	size_t at;

	read_one("pfcp_heartbeat");
	CU_ASSERT(m.type == PFCP_HEARTBEAT_REQ && !m.has_seid && m.seq == 0x010203 && m.recovery == 0xe8c38669);
	read_one("pfcp_association");
	CU_ASSERT(m.has_node && m.node_addr.family == 0 && m.recovery == 0xe8c38670);
	CU_ASSERT_FALSE(m.retains);
	read_one("pfcp_association_retaining");
	CU_ASSERT(m.retains && m.n_retained == 3);
	CU_ASSERT(addr(&m.retained[0], "10.0.0.1") && addr(&m.retained[1], "10.0.0.9") && addr(&m.retained[2], "2001:db8::1"));
	read_one("pfcp_association_response");
	CU_ASSERT(m.has_cause && addr(&m.node_addr, "10.0.0.2"));
	read_one("pfcp_association_release");
	read_one("pfcp_set_deletion");
	CU_ASSERT(m.type == PFCP_SET_DELETION_REQ && m.n_fqcsid == 2);
	CU_ASSERT(addr(&m.fqcsid[0].addr, "10.0.0.1") && m.fqcsid[0].n == 2 && m.fqcsid[0].csid[1] == 6);
	CU_ASSERT(m.fqcsid[1].other == 0x12345678 && m.fqcsid[1].n == 1 && m.fqcsid[1].csid[0] == 7);
	/* FO: one after the other, then the end */
	CU_ASSERT_EQUAL(pfcp_next(&two, &m, &at, &what), LI_OK);
	CU_ASSERT(m.type == PFCP_HEARTBEAT_REQ && m.seq == 1 && two.n);
	CU_ASSERT_EQUAL(pfcp_next(&two, &m, &at, &what), LI_OK);
	CU_ASSERT(m.type == PFCP_DEL_RSP && m.seid == 77 && m.seq == 2 && !two.n);
	CU_ASSERT_EQUAL(pfcp_next(&two, &m, &at, &what), LI_ECLOSED);
}

/* Errors name the field and where it is. */
static void errors(void)
{
	static const struct { const char *octets; size_t n; enum li_err e; const char *what; size_t at; } bad[] = {
		{ "\x20\x01\x00", 3, LI_ETRUNC, "PFCP message header (29.244 clause 7.2.2)", 2 },
		{ "\x40\x01\x00\x04\0\0\1\0", 8, LI_EUNKNOWN, "PFCP version (29.244 clause 7.2.2.2)", 8 },
		{ "\x21\x32\x00\x04\0\0\1\0", 8, LI_ETRUNC, "PFCP message header (29.244 clause 7.2.2)", 4 },
		{ "\x20\x01\x00\x07\0\0\1\0\0\x60\0", 11, LI_ETRUNC,
		  "PFCP information element header (29.244 clause 8.1.1)", 10 },
		{ "\x20\x01\x00\x0b\0\0\1\0\0\x60\0\3\1\2\3", 15, LI_ETRUNC,
		  "PFCP Recovery Time Stamp (29.244 clause 8.2.65)", 12 },
		{ "\x20\x32\x00\x14\0\0\1\0\0\1\0\x0c\0\2\0\x08\0\x15\0\4\1\0\0\0", 24, LI_ETRUNC,
		  "PFCP F-TEID (29.244 clause 8.2.3)", 21 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct view rest = view_of(bad[i].octets, bad[i].n);
		const char *what;
		size_t at;

		CU_ASSERT_EQUAL(pfcp_next(&rest, &m, &at, &what), bad[i].e);
		CU_ASSERT_STRING_EQUAL(what, bad[i].what);
		CU_ASSERT_EQUAL(at, bad[i].at);
		CU_ASSERT_EQUAL(rest.n, 0);
	}
}

/* A rule without its identity is not listed; rules above the limit are noted. */
static void limits(void)
{
	static uint8_t o[8192];
	size_t n = 8;
	struct view rest;
	const char *what;
	size_t at;

	memcpy(o, "\x20\x34\0\0\0\0\1\0", 8);
	for (int i = 0; i < PFCP_PDRS + 3; i++, n += 10)
		memcpy(o + n, "\0\1\0\6\0\x38\0\2\0\1", 10);
	memcpy(o + n, "\0\3\0\5\0\x2c\0\1\2", 9);
	n += 9;
	o[2] = (uint8_t)((n - 4) >> 8);
	o[3] = (uint8_t)(n - 4);
	rest = view_of(o, n);
	CU_ASSERT_EQUAL(pfcp_next(&rest, &m, &at, &what), LI_OK);
	CU_ASSERT(m.n_create_pdr == PFCP_PDRS && m.over_limit);
	CU_ASSERT(m.n_create_far == 0 && m.left_out);
}

/* Every prefix of every message, in memory of its own size; random changes: never past the end, always a verdict. */
static void truncation(void)
{
	const struct protovec *v;

	for (size_t i = 0; (v = protovec_at(i)); i++) {
		for (size_t n = 0; v->kind == VEC_PFCP && n < v->n; n++) {
			uint8_t *p = malloc(n ? n : 1);
			struct view rest = view_of(p, n);
			const char *what;
			enum li_err e;
			size_t at;

			CU_ASSERT_PTR_NOT_NULL_FATAL(p);
			memcpy(p, v->p, n);
			while ((e = pfcp_next(&rest, &m, &at, &what)) == LI_OK)
				;
			CU_ASSERT(e == LI_ETRUNC || (e == LI_ECLOSED && strcmp(v->name, "pfcp_two") == 0) || n == 0);
			free(p);
		}
	}
}

static void mutation(void)	/* LI128-222 */
{
	const struct protovec *v;

	for (size_t i = 0; (v = protovec_at(i)); i++) {
		for (unsigned round = 1; v->kind == VEC_PFCP && round <= unit_rounds(300); round++) {
			uint64_t seed = round;
			uint8_t o[sizeof(v->p)];
			struct view rest = view_of(o, v->n);
			const char *what;
			enum li_err e;
			size_t at;

			memcpy(o, v->p, v->n);
			for (unsigned k = 0; k <= round % 4; k++)
				o[unit_rand(&seed) % v->n] = (uint8_t)unit_rand(&seed);
			while ((e = pfcp_next(&rest, &m, &at, &what)) == LI_OK)
				CU_ASSERT_PTR_NULL(what);
			CU_ASSERT(e == LI_ECLOSED || (what && at <= v->n));
		}
	}
}

static void names(void)
{
	char t[LI_DNN_MAX + 1];
	uint8_t o[LI_DNN_MAX + 1];

	CU_ASSERT_EQUAL(pfcp_name_text(view_of("\3ims\7example", 12), t), 11);
	CU_ASSERT_STRING_EQUAL(t, "ims.example");	/* LI128-069 */
	CU_ASSERT_EQUAL(pfcp_name_text(view_of("\3ims\6mnc001\6mcc001\4gprs", 23), t), 22);	/* LI128-070: the operator's part stays */
	CU_ASSERT_STRING_EQUAL(t, "ims.mnc001.mcc001.gprs");
	CU_ASSERT_EQUAL(pfcp_name_text(view_str("internet"), t), 8);
	CU_ASSERT_EQUAL(pfcp_name_text(view_of("", 0), t), 0);
	CU_ASSERT_EQUAL(pfcp_name_text(view_of("\3i\0s", 4), t), 0);
	CU_ASSERT_STRING_EQUAL(t, "");
	CU_ASSERT_EQUAL(pfcp_name_text(view_of("\0\0", 2), t), 0);
	CU_ASSERT_EQUAL(pfcp_name_text(view_of("\5ims", 4), t), 0);
	for (size_t n = 90; n <= sizeof(o); n++) {	/* TS 23.003 clause 9A: 100 octets at the most */
		memset(o, 'a', sizeof(o));
		o[0] = 63;
		o[64] = (uint8_t)(n - 65);
		CU_ASSERT_EQUAL(pfcp_name_text(view_of(o, n), t), n <= LI_DNN_MAX ? n - 1 : 0);
	}
}

UNIT_MAIN("pfcp", UNIT(establishment), UNIT(session_messages), UNIT(endpoints), UNIT(kinds), UNIT(users), UNIT(nodes),
	  UNIT(errors), UNIT(limits), UNIT(truncation), UNIT(mutation), UNIT(names))
