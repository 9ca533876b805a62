/* test_nas5gs.c: what nas_decode reads out of the messages of protovec.h, and what it must not read. */
#include "mediation/proto/nas5gs.h"
#include "test/gen/protovec.h"
#include "test/unit.h"

static struct nas_msg m;

static struct view vec(const char *name)
{
	const struct protovec *v = protovec(name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	return view_of(v->p, v->n);
}

static void read_one(const char *name)
{
	const char *what;

	CU_ASSERT_EQUAL(nas_decode(vec(name), true, &m, &what), LI_OK);
	CU_ASSERT_PTR_NULL(what);
}

static bool guti_is(uint32_t tmsi)
{
	const struct li_guti *g = &m.id.guti;

	return m.has_identity && m.id.is_guti && g->present && g->guami.present && g->guami.region == 0x80 &&
	       g->guami.set == 0x155 && g->guami.pointer == 0x2a && g->tmsi == tmsi &&
	       strcmp(g->guami.plmn.mcc, "001") == 0 && strcmp(g->guami.plmn.mnc, "01") == 0;
}

static void registration(void)
{
	read_one("nas_registration_suci");
	CU_ASSERT(m.mm == NAS_REGISTRATION_REQUEST && m.sec == 0 && !m.protected_ && m.registration_type == 1);
	CU_ASSERT(m.has_identity && m.id.is_suci && m.id.suci.n == 13);
	CU_ASSERT_STRING_EQUAL(m.id.imsi, "001010123456789");
	read_one("nas_registration_mnc3");
	CU_ASSERT_STRING_EQUAL(m.id.imsi, "3102601234567");	/* an odd number of digits ends with a filler */
	/* a concealed SUCI names nobody */
	read_one("nas_registration_hidden");
	CU_ASSERT(m.id.is_suci && m.id.suci.n == 13 && m.id.imsi[0] == 0 && m.id.nai.n == 0);
	read_one("nas_registration_nai");
	CU_ASSERT(m.id.is_suci && m.id.is_nai_suci && view_eq(m.id.nai, view_str("user17@example.com")));
	read_one("nas_registration_nai_hidden");
	CU_ASSERT(m.id.is_suci && !m.id.is_nai_suci && m.id.nai.n == 0);
	read_one("nas_registration_guti");
	CU_ASSERT(m.sec == 1 && m.protected_ && m.registration_type == 2 && guti_is(0xdeadbeef));
	CU_ASSERT_EQUAL(m.container.n, 5);
	read_one("nas_registration_accept");
	CU_ASSERT(m.mm == NAS_REGISTRATION_ACCEPT && m.registration_result == 1 && guti_is(0xdeadbeef));
	read_one("nas_registration_reject");
	CU_ASSERT(m.mm == NAS_REGISTRATION_REJECT && m.cause == 111);
	read_one("nas_registration_complete");
	CU_ASSERT(m.mm == NAS_REGISTRATION_COMPLETE && m.sec == 2);
	read_one("nas_config_update");
	CU_ASSERT(m.mm == NAS_CONFIG_UPDATE && guti_is(0xdeadbeef));
}

static void identity(void)
{
	read_one("nas_identity_response_imei");
	CU_ASSERT(m.id.is_imei && !m.id.is_imeisv);
	CU_ASSERT_STRING_EQUAL(m.id.digits, "35123456789012");	/* without its check digit */
	read_one("nas_identity_response_imeisv");
	CU_ASSERT(m.id.is_imeisv);
	CU_ASSERT_STRING_EQUAL(m.id.digits, "3512345678901234");
}

static void security(void)
{
	read_one("nas_sm_command");
	CU_ASSERT(m.mm == NAS_SM_COMMAND && m.sec == 3 && m.cipher == 0);
	read_one("nas_sm_complete");
	CU_ASSERT(m.mm == NAS_SM_COMPLETE && m.sec == 4 && m.has_imeisv);
	CU_ASSERT_STRING_EQUAL(m.imeisv, "3512345678901234");
	{
		struct view inner = m.container;
		const char *what;

		CU_ASSERT_EQUAL(nas_decode(inner, false, &m, &what), LI_OK);
		CU_ASSERT_STRING_EQUAL(m.id.imsi, "001010123456789");
		CU_ASSERT_EQUAL(m.cipher, 255);
	}
}

/* Security header types 2 and 4 are opened under NEA0 only; 1 and 3 always. */
static void ciphered(void)
{
	const struct protovec *v;
	unsigned closed = 0;

	for (size_t i = 0; (v = protovec_at(i)); i++) {
		const char *what;
		enum li_err e;

		if (v->kind != VEC_NAS)
			continue;
		e = nas_decode(view_of(v->p, v->n), false, &m, &what);
		CU_ASSERT_EQUAL(e, LI_OK);
		CU_ASSERT_EQUAL(m.ciphered, v->p[0] == 0x7e && (v->p[1] == 2 || v->p[1] == 4));
		if (m.ciphered) {
			closed++;
			CU_ASSERT(m.protected_ && m.mm == 0 && m.sm == 0 && !m.has_identity && !m.container.n);
		}
	}
	CU_ASSERT(closed > 8);
}

static void service_and_deregistration(void)
{
	read_one("nas_service_request");
	CU_ASSERT(m.mm == NAS_SERVICE_REQUEST && m.id.is_s_tmsi && !m.id.guti.present && m.id.guti.tmsi == 0xcafebabe);
	CU_ASSERT(m.id.guti.guami.set == 0x155 && m.id.guti.guami.pointer == 0x2a);
	read_one("nas_service_accept");
	CU_ASSERT_EQUAL(m.mm, NAS_SERVICE_ACCEPT);
	read_one("nas_service_reject");
	CU_ASSERT(m.mm == NAS_SERVICE_REJECT && m.cause == 9);
	read_one("nas_dereg_ue");
	CU_ASSERT(m.mm == NAS_DEREG_REQUEST_UE && m.switch_off && m.dereg_access == 1 && guti_is(0xdeadbeef));
	read_one("nas_dereg_accept");
	CU_ASSERT_EQUAL(m.mm, NAS_DEREG_ACCEPT_UE);
	read_one("nas_dereg_net");
	CU_ASSERT(m.mm == NAS_DEREG_REQUEST_NET && m.dereg_access == 3 && m.cause == 3);
	read_one("nas_auth_reject");
	CU_ASSERT_EQUAL(m.mm, NAS_AUTH_REJECT);
}

static void sessions(void)
{
	read_one("nas_est_request");
	CU_ASSERT(m.mm == NAS_UL_TRANSPORT && m.payload_type == 1 && m.sm == NAS_PDU_EST_REQUEST);
	CU_ASSERT(m.psi == 5 && m.pti == 1 && m.request_type == 1 && m.pdu_type == 3);
	CU_ASSERT(view_eq(m.dnn, view_str("\x08internet")) && view_eq(m.dn_request, view_str("U")));
	CU_ASSERT(m.snssai.present && m.snssai.sst == 1 && m.snssai.has_sd && m.snssai.sd[0] == 1);
	read_one("nas_est_accept");
	CU_ASSERT(m.mm == NAS_DL_TRANSPORT && m.sm == NAS_PDU_EST_ACCEPT && m.psi == 5 && m.pdu_type == 3);
	CU_ASSERT(m.has_addr4 && m.has_addr6 && memcmp(m.addr4, "\x0a\x2d\x00\x05", 4) == 0 && m.iid6[7] == 9);
	CU_ASSERT(m.sm_cause == 50 && view_eq(m.dnn, view_str("\x08internet")));
	CU_ASSERT(m.snssai.present && m.snssai.sst == 1 && !m.snssai.has_sd);
	read_one("nas_est_accept_v4");
	CU_ASSERT(m.mm == 0 && m.sm == NAS_PDU_EST_ACCEPT && m.psi == 6 && m.pti == 2 && m.pdu_type == 1);
	CU_ASSERT(m.has_addr4 && !m.has_addr6 && m.addr4[3] == 6);
	read_one("nas_est_reject");
	CU_ASSERT(m.sm == NAS_PDU_EST_REJECT && m.sm_cause == 27 && m.psi == 5 && m.cause == 90);
	read_one("nas_mod_request");
	CU_ASSERT(m.sm == NAS_PDU_MOD_REQUEST && m.sm_cause == 36);
	read_one("nas_mod_command");
	CU_ASSERT(m.sm == NAS_PDU_MOD_COMMAND && m.sm_cause == 36);
	read_one("nas_mod_complete");
	CU_ASSERT_EQUAL(m.sm, NAS_PDU_MOD_COMPLETE);
	read_one("nas_rel_request");
	CU_ASSERT(m.sm == NAS_PDU_REL_REQUEST && m.sm_cause == 36 && m.pti == 3);
	read_one("nas_rel_reject");
	CU_ASSERT(m.sm == NAS_PDU_REL_REJECT && m.sm_cause == 43);
	read_one("nas_rel_command");
	CU_ASSERT(m.sm == NAS_PDU_REL_COMMAND && m.sm_cause == 36);
	read_one("nas_rel_complete");
	CU_ASSERT(m.sm == NAS_PDU_REL_COMPLETE && m.sm_cause == 0);
	read_one("nas_sms_transport");
	CU_ASSERT(m.mm == NAS_UL_TRANSPORT && m.payload_type == 2 && m.sm == 0);
}

static void errors(void)
{
	static const struct { const char *octets; size_t n; enum li_err e; const char *what; } bad[] = {
		{ "", 0, LI_ETRUNC, "NAS security header (24.501 clause 9.1.1)" },
		{ "\x7e\x05\x00", 3, LI_EUNKNOWN, "NAS security header (24.501 clause 9.1.1)" },
		{ "\x12\x00\x41", 3, LI_EUNKNOWN, "NAS security header (24.501 clause 9.1.1)" },
		{ "\x7e\x00", 2, LI_ETRUNC, "NAS 5GMM header (24.501 clause 9.1.1)" },
		{ "\x7e\x00\x41\x79\x00\x0b\xf2\x00", 8, LI_ETRUNC, "NAS 5GS mobile identity (24.501 clause 9.11.3.4)" },
		{ "\x7e\x00\x41\x79\x00\x02\xf2\x00", 8, LI_ETRUNC, "NAS 5GS mobile identity (24.501 clause 9.11.3.4)" },
		{ "\x7e\x00\x44", 3, LI_ETRUNC, "NAS registration reject (24.501 clause 8.2.9)" },
		{ "\x7e\x00\x67\x01\x00\x02\x2e\x05", 8, LI_ETRUNC, "NAS 5GSM header (24.501 clause 9.1.1)" },
		{ "\x7e\x00\x67\x01\x00\x01\x7e", 7, LI_EFORMAT, "NAS 5GSM header (24.501 clause 9.1.1)" },
		{ "\x2e\x05\x01\xc2\x11\x00\x00\x00\x29\x05\x01\x0a", 12, LI_ETRUNC,
		  "NAS optional information element (24.501 clause 11.2.1.1)" },
		{ "\x2e\x05\x01\xc2\x11\x00\x00\x00\x29\x03\x01\x0a\x0b", 13, LI_ETRUNC,
		  "NAS PDU address (24.501 clause 9.11.4.10)" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *what = NULL;

		CU_ASSERT_EQUAL(nas_decode(view_of(bad[i].octets, bad[i].n), true, &m, &what), bad[i].e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(what);
		CU_ASSERT_STRING_EQUAL(what, bad[i].what);
	}
}

/* Every prefix in memory of its own size, and random changes. */
static void truncation(void)
{
	const struct protovec *v;

	for (size_t i = 0; (v = protovec_at(i)); i++) {
		for (size_t n = 0; v->kind == VEC_NAS && n < v->n; n++) {
			uint8_t *p = malloc(n ? n : 1);
			const char *what;
			enum li_err e;

			CU_ASSERT_PTR_NOT_NULL_FATAL(p);
			memcpy(p, v->p, n);
			e = nas_decode(view_of(p, n), true, &m, &what);
			CU_ASSERT_EQUAL(e == LI_OK, what == NULL);
			free(p);
		}
	}
}

static void mutation(void)	/* LI128-222 */
{
	const struct protovec *v;

	for (size_t i = 0; (v = protovec_at(i)); i++) {
		for (unsigned round = 1; v->kind == VEC_NAS && round <= unit_rounds(300); round++) {
			uint64_t seed = round;
			uint8_t o[sizeof(v->p)];
			const char *what;
			enum li_err e;

			memcpy(o, v->p, v->n);
			for (unsigned k = 0; k <= round % 3; k++)
				o[unit_rand(&seed) % v->n] = (uint8_t)unit_rand(&seed);
			e = nas_decode(view_of(o, v->n), round & 1, &m, &what);
			CU_ASSERT_EQUAL(e == LI_OK, what == NULL);
			CU_ASSERT(strlen(m.id.imsi) <= LI_IMSI_DIGITS && strlen(m.id.digits) <= 16);
		}
	}
}

UNIT_MAIN("nas5gs", UNIT(registration), UNIT(identity), UNIT(security), UNIT(ciphered),
	  UNIT(service_and_deregistration), UNIT(sessions), UNIT(errors), UNIT(truncation), UNIT(mutation))
