/* test_redact.c: what is left of an event for warrants that are not told where somebody is, or only that. */
#include "asn1/redact.h"

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/gen_ts33128.h"
#include "asn1/ims.h"
#include "test/gen/xiris.h"
#include "test/tlv.h"

static struct buf in, room, out, again, want;

static enum li_err redacted(const char *event, struct xiri *x, bool *changed)
{
	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, event), x), LI_OK);
	return redact_location(x, &room, changed);
}

static void becomes(const char *event, const char *left)
{
	struct xiri x;
	bool changed;
	enum li_err e = redacted(event, &x, &changed);

	CU_ASSERT_EQUAL(e, left ? LI_OK : LI_EMISSING);
	if (e || !left)
		return;
	want.n = 0;
	tlv_put(&want, left);
	CU_ASSERT(view_eq(x.event, buf_view(&want)));
	CU_ASSERT_EQUAL(changed, strcmp(event, left) != 0);
	if (!view_eq(x.event, buf_view(&want)))
		fprintf(stderr, "%s\n", event);
}

#define LOC "A1 { A1 { A1 { A1 { A1 { 81 { '001' } 82 { '01' } } 82 { 000001 } } } } }"	/* locationInfo … eUTRALocation */

/* LI128-126 */
static void members(void)
{
	/* AMFRegistration: location [9], fiveGSTAIList [11], NG information [18], UE area [29]; the rest as it came, whatever its form */
	becomes("A1 { 81 { 01 } 82 { 01 } A4 { 81 { '001010' } } A9 { " LOC " } AB { 30 { A1 { } 82 { 000001 } } } 8C 81 01 07 }",
		"A1 { 81 { 01 } 82 { 01 } A4 { 81 { '001010' } } 8C 81 01 07 }");
	/* nothing to take out: not an octet changes */
	becomes("A1 { 81 { 01 } 82 { 01 } A4 80 81 { '001010' } 00 00 }", "A1 { 81 { 01 } 82 { 01 } A4 80 81 { '001010' } 00 00 }");
	/* a member that nobody here knows is not vouched for */
	becomes("A8 { A1 { 81 { '001010' } } 84 { 05 } BF 63 { 80 { 01 } } }", "A8 { A1 { 81 { '001010' } } 84 { 05 } }");
	/* EPSPDNConnectionEstablishment: location [8] and additionalLocation [9]; and inside of SMF records, two levels down */
	becomes("BF 81 30 { A1 { 81 { '001010' } } 84 { 05 } A8 { } A9 { } 8A { 'apn' } }", "BF 81 30 { A1 { 81 { '001010' } } 84 { 05 } 8A { 'apn' } }");
	becomes("A6 { 85 { 05 } BB { A1 { 81 { '001010' } } A8 { " LOC " } 84 { 05 } } }", "A6 { 85 { 05 } BB { A1 { 81 { '001010' } } 84 { 05 } } }");
	/* UEIdentifiers and lists: AMFUEConfigurationUpdate.serviceAreaList [6] */
	becomes("BF 81 04 { A1 { A2 { 81 { '001010' } } } 86 { 010203 } }", "BF 81 04 { A1 { A2 { 81 { '001010' } } } }");
	/* lengths that lose an octet of their own */
	becomes("A8 { A1 { 81 { '001010' } } A9 { 80 { '0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567' } } 84 { 05 } }",
		"A8 { A1 { 81 { '001010' } } 84 { 05 } }");
}

/* Mandatory locations take what is around them along, up to the whole record: LI128-126, LI128-137. */
static void withheld(void)
{
	struct xiri x;
	bool changed;

	becomes("A3 { A1 { 81 { '001010' } } A6 { " LOC " } }", NULL);				/* AMFLocationUpdate */
	becomes("BF 3E { A1 { 81 { '001010' } } A6 { } }", NULL);				/* AMFIdentifierAssociation */
	becomes("BF 71 { A1 { } 82 { 01 } 83 { 01 } 84 { 01 } 85 { 00 } }", NULL);		/* AMFRANHandoverCommand: a container of the RAN's */
	becomes("BF 81 0B { A1 { } A7 { A1 { } 82 { } } }", NULL);				/* AMFRANTraceReport.nGRANCGI */
	becomes("AD { A1 { 81 { '001010' } } }", NULL);						/* LALSReport, even without */
	becomes("BF 66 { A1 { 81 { '001010' } } A6 { } }", NULL);
	becomes("BF 6F { A1 { 81 { '001010' } } 86 { 00 } }", NULL);				/* AMFPositioningInfoTransfer */
	becomes("BF 81 3E { A1 { } }", NULL);							/* ChargingDataEvent */
	/* NEFExpectedUEBehaviourUpdate: the trajectory [2] cannot be without its places, and the record can */
	becomes("BF 4B { A1 { 81 { '31' } } A2 { 30 { 81 { 01 } A3 { } } } 83 { 01 } }", "BF 4B { A1 { 81 { '31' } } 83 { 01 } }");
	CU_ASSERT_EQUAL(redacted("BF 81 7A { 80 { 01 } }", &x, &changed), LI_EUNKNOWN);	/* an event that we do not know */
}

/* JSON that says a place is gone as a whole; XML loses the text inside location-info. */
static void documents(void)
{
	/* NWDAFEventsNotification { sUPI, list, [3] SBIType { reference, value } } */
	becomes("BF 81 19 { A1 { 81 { '001010' } } A2 { 81 { 01 } } A3 { 81 { '#' } 82 { '{\"a\":1}' } } }",
		"BF 81 19 { A1 { 81 { '001010' } } A2 { 81 { 01 } } A3 { 81 { '#' } 82 { '{\"a\":1}' } } }");
	becomes("BF 81 19 { A1 { 81 { '001010' } } A2 { 81 { 01 } } A3 { 81 { '#' } 82 { '{\"nrLocation\":{}}' } } }", NULL);
	/* NEFAFSessionWithQoSProvision: the subscription [5] is optional */
	becomes("BF 81 07 { A1 { 81 { '31' } } 82 { 'af' } 83 { 01 } A4 { 81 { '#' } 82 { '{\"tai\" : 1}' } } }", "BF 81 07 { A1 { 81 { '31' } } 82 { 'af' } 83 { 01 } }");
	/* FiveGMSAFMetricsReporting.metricsReport [2]: XML */
	becomes("BF 81 00 { A1 { 81 { '31' } } A2 { 81 { 'n' } 82 { '<x><location-info><a>12</a></location-info></x>' } } }",
		"BF 81 00 { A1 { 81 { '31' } } A2 { 81 { 'n' } 82 { '<x><location-info><a>00</a></location-info></x>' } } }");
}

#define PANI "P-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=0010100"

/* LI128-163: modifiedSIPMessage, what was done, and all lengths as they were */
static void sip(void)
{
	const char *encapsulated = "BF 69 { A1 { A1 { A1 { 81 { C0000201 } } A2 { 81 { C0000202 } } 83 { 'BYE a SIP/2.0\r\n" PANI "\r\n\r\n' } } } 82 { 01 } "
		"A6 { } A7 { 30 { 81 { 'x' } } } A8 { 30 { 81 { 'x' } } } }";

	becomes(encapsulated, "BF 69 { A1 { A2 { A1 { A1 { 81 { C0000201 } } A2 { 81 { C0000202 } } 83 { 'BYE a SIP/2.0\r\n"
		"P-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=0000000\r\n\r\n' } } A2 { A1 { 81 { 01 } } } } } 82 { 01 } }");
	/* one that somebody changed before us keeps that, and each modification stands once */
	becomes("BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\n" PANI "\r\n\r\n' } } A2 { A1 { 81 { 08 } } } } } 82 { 01 } }",
		"BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=0000000\r\n\r\n' } } A2 { A1 { 81 { 08 } 81 { 01 } } } } } 82 { 01 } }");
	becomes("BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\n" PANI "\r\n\r\n' } } A2 { A1 { 81 { 01 } } } } } 82 { 01 } }",
		"BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=0000000\r\n\r\n' } } A2 { A1 { 81 { 01 } } } } } 82 { 01 } }");
	/* without a location nothing is called modified */
	becomes("BF 69 { A1 { A1 { 83 { 'BYE a SIP/2.0\r\n\r\n' } } } 82 { 01 } }", "BF 69 { A1 { A1 { 83 { 'BYE a SIP/2.0\r\n\r\n' } } } 82 { 01 } }");
	/* octets in segments are joined */
	becomes("BF 69 { A1 { A1 { A3 { 04 { 'BYE a SIP/2.0\r\n' } 04 { '" PANI "\r\n\r\n' } } } } 82 { 01 } }",
		"BF 69 { A1 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=0000000\r\n\r\n' } } A2 { A1 { 81 { 01 } } } } } 82 { 01 } }");
	/* a payload of a kind that we do not know, and a mandatory one */
	becomes("BF 69 { A1 { A3 { } } 82 { 01 } }", NULL);
	/* RCSCapabilityDiscovery.sIPMessage [3], and STIRSHAKENSignatureGeneration.encapsulatedSIPMessage, which has no list */
	becomes("BF 81 0E { A1 { } A3 { A1 { 83 { 'BYE a SIP/2.0\r\n" PANI "\r\n\r\n' } } } 84 { 01 } }",
		"BF 81 0E { A1 { } A3 { A2 { A1 { 83 { 'BYE a SIP/2.0\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=0000000\r\n\r\n' } } A2 { A1 { 81 { 01 } } } } } 84 { 01 } }");
}

static void rcs(void)
{
	/* RCSMessage.messagePayload [12] { fullPayload { mIME { type, entity } } } */
	becomes("BF 81 0D { A1 { } AC { A1 { A1 { 81 { 'message/cpim' } 82 { 'a:b\r\n\r\nx.P-Access-Network-Info: a;b=123\r\n' } } } } }",
		"BF 81 0D { A1 { } AC { A2 { A1 { A1 { 81 { 'message/cpim' } 82 { 'a:b\r\n\r\nx.P-Access-Network-Info: a;b=000\r\n' } } } A2 { A1 { 81 { 0A } } } } } }");
	becomes("BF 81 0D { A1 { } AC { A1 { A2 { 81 { 'MSRP <g:location-info>12</g:location-info>' } } } } }",
		"BF 81 0D { A1 { } AC { A2 { A1 { A2 { 81 { 'MSRP <g:location-info>00</g:location-info>' } } } A2 { A1 { 81 { 09 } } } } } }");
	becomes("BF 81 0D { A1 { } AC { A2 { A1 { A3 { 83 { 'BYE a SIP/2.0\r\n" PANI "\r\n\r\n' } } } A2 { A1 { 81 { 0B } } } } } }",
		"BF 81 0D { A1 { } AC { A2 { A1 { A3 { 83 { 'BYE a SIP/2.0\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=0000000\r\n\r\n' } } } A2 { A1 { 81 { 0B } 81 { 01 } } } } } }");
	becomes("BF 81 0D { A1 { } AC { A1 { A1 { 81 { 'text/plain' } 82 { 'hello' } } } } }", "BF 81 0D { A1 { } AC { A1 { A1 { 81 { 'text/plain' } 82 { 'hello' } } } } }");
}

/* -- begin and end only ---------------------------------------------------------------------------------------------- */

/* LI128-127, LI128-128 */
static void edges(void)
{
	static const struct { const char *sip; bool edge; } v[] = { { "INVITE a SIP/2.0\r\n\r\n", true }, { "BYE a SIP/2.0\r\n\r\n", true },
		{ "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n", true }, { "SIP/2.0 200 OK\r\nCSeq: 2 BYE\r\n\r\n", true }, { "SIP/2.0 180 R\r\nCSeq: 1 INVITE\r\n\r\n", false },
		{ "SIP/2.0 200 OK\r\nCSeq: 1 UPDATE\r\n\r\n", false }, { "ACK a SIP/2.0\r\n\r\n", false }, { "UPDATE a SIP/2.0\r\n\r\n", false }, { "?", false } };
	static const struct { uint32_t tag; bool edge; } w[] = { { 6, true }, { 7, false }, { 8, true }, { 9, true }, { 176, true }, { 177, false }, { 178, true },
		{ 1, true }, { 2, true }, { 3, false }, { 10, false }, { 12, true }, { 89, false }, { 106, true }, { 250, false } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ims_sip s = { .message = view_str(v[i].sip), .session = IMS_COMBINED };
		struct xiri x;
		bool filled;

		CU_ASSERT_EQUAL_FATAL(ims_message(&s, &room, &x, &filled), LI_OK);
		CU_ASSERT_EQUAL(redact_is_edge(&x), v[i].edge);
	}
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
		char text[64];
		struct xiri x;

		if (w[i].tag < 31)
			snprintf(text, sizeof(text), "%02X { }", 0xa0 | w[i].tag);
		else if (w[i].tag < 128)
			snprintf(text, sizeof(text), "BF %02X { }", w[i].tag);
		else
			snprintf(text, sizeof(text), "BF %02X %02X { }", 0x80 | w[i].tag >> 7, w[i].tag & 0x7f);
		CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, text), &x), LI_OK);
		CU_ASSERT_EQUAL(redact_is_edge(&x), w[i].edge);
	}
}

/* -- locations only -------------------------------------------------------------------------------------------------- */
static void located(const char *event, const struct li_id *supi, const char *left)
{
	struct xiri x, y;
	enum li_err e;

	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, event), &x), LI_OK);
	e = redact_to_location(&x, supi, &room, &y);
	CU_ASSERT_EQUAL(e, left ? LI_OK : LI_EMISSING);
	if (e || !left)
		return;
	want.n = 0;
	tlv_put(&want, left);
	CU_ASSERT(view_eq(y.event, buf_view(&want)));
	CU_ASSERT(y.is == xiri_event(y.tag) && view_eq(y.oid, x.oid) && y.release == 19);
	if (!view_eq(y.event, buf_view(&want)))
		fprintf(stderr, "%s\n", event);
}

/* LI128-122, LI128-123, LI128-124, LI128-131 */
static void only(void)
{
	static const struct li_id imsi = { .kind = LI_ID_IMSI, .text = { (const uint8_t *)"262019999999999", 15 } };
	static const struct li_id nai = { .kind = LI_ID_NAI, .text = { (const uint8_t *)"a@b", 3 } };
	static const struct li_id msisdn = { .kind = LI_ID_MSISDN, .text = { (const uint8_t *)"31", 2 } };
	static const char *pass[] = { "A3 { A1 { 81 { '001010' } } A6 { " LOC " } }", "AB { A1 { 81 { '001010' } } 84 { 01 } }", "AD { A4 { } }",
		"BF 59 { 81 { '001010' } }", "BF 66 { A1 { 81 { '001010' } } A6 { } }", "BF 81 05 { 81 { '001010' } }" };

	for (size_t i = 0; i < sizeof(pass) / sizeof(pass[0]); i++)
		located(pass[i], NULL, pass[i]);
	/* SMFPDUSessionEstablishment: sUPI, pEI, gPSI, location, non3GPPAccessEndpoint, rATType of it */
	located("A6 { A1 { 81 { '001010' } } A3 { 81 { '12345678901234' } } A4 { 81 { '31' } } 85 { 05 } AA { 81 { C0000201 } } AB { " LOC " } 8C { 'dnn' } 91 { 01 } }", NULL,
		"BF 66 { A1 { 81 { '001010' } } A3 { 81 { '12345678901234' } } A4 { 81 { '31' } } A6 { " LOC " } A7 { 81 { C0000201 } } 88 { 01 } }");
	/* EPS: the IMSI as SUPI, and the identities as they are; from an MME's single members too */
	located("BF 81 32 { A1 { 81 { '001010' } 82 { '31' } } A4 { " LOC " } }", NULL, "BF 66 { A1 { 81 { '001010' } } A6 { " LOC " } A9 { 81 { '001010' } 82 { '31' } } }");
	located("BF 57 { 81 { 01 } 82 { 01 } 83 { '001010' } 84 { '12345678901234' } 85 { '31' } A7 { " LOC " } }", NULL,
		"BF 66 { A1 { 81 { '001010' } } A6 { " LOC " } A9 { 81 { '001010' } 82 { '31' } 83 { '12345678901234' } } }");
	/* a record that names nobody: the task's SUPI; without any nothing */
	located("BF 38 { A1 { " LOC " } }", &imsi, "BF 66 { A1 { 81 { '262019999999999' } } A6 { " LOC " } }");
	located("BF 38 { A1 { " LOC " } }", &nai, "BF 66 { A1 { 82 { 'a@b' } } A6 { " LOC " } }");
	located("BF 38 { A1 { " LOC " } }", &msisdn, NULL);
	located("BF 38 { A1 { " LOC " } }", NULL, NULL);
	/* SMSMessage: the target's side names it */
	located("AC { A1 { A1 { 81 { '001010' } } } A2 { A1 { 81 { '001011' } } } 83 { 02 } A6 { " LOC " } }", &imsi, "BF 66 { A1 { 81 { '001011' } } A6 { " LOC " } }");
	/* a location that is none, without a location, and of an unknown event */
	located("BF 81 30 { A1 { 81 { '001010' } } 88 { 6E76 } }", &imsi, NULL);
	located("A8 { A1 { 81 { '001010' } } 84 { 05 } }", &imsi, NULL);
	located("BF 81 7A { A6 { " LOC " } }", &imsi, NULL);
}

static void digits(void)
{
	static const struct { const char *sip; bool are; } v[] = { { "INFO a SIP/2.0\r\nc: application/dtmf-relay\r\n\r\nSignal=1", true },
		{ "NOTIFY a SIP/2.0\r\nContent-Type: Application/kpml-response+xml\r\n\r\n", true }, { "INFO a SIP/2.0\r\nc: text/plain\r\n\r\nx", false },
		{ "INFO a SIP/2.0\r\n\r\n", false }, { "INVITE a SIP/2.0\r\nc: application/dtmf\r\n\r\n", false },
		{ "SIP/2.0 200 OK\r\nCSeq: 1 INFO\r\nc: application/dtmf\r\n\r\n", false }, { "?", false } };
	struct xiri x;
	bool filled;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ims_sip s = { .message = view_str(v[i].sip), .session = IMS_COMBINED };

		CU_ASSERT_EQUAL_FATAL(ims_message(&s, &room, &x, &filled), LI_OK);
		CU_ASSERT_EQUAL(redact_is_digits(&x), v[i].are);
	}
	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "A2 { }"), &x), LI_OK);
	CU_ASSERT(!redact_is_digits(&x));
}

/* -- every event ----------------------------------------------------------------------------------------------------- */

/* A second opinion: walks a value and looks for anything that by its type's name is a place. */
static bool is_place(const char *type)
{
	static const char *const names[] = { "Location", "TAI", "TAIList", "NCGI", "ECGI", "CGI", "RANCGI", "SAI", "RAI", "LAI", "TAC", "GlobalRANNodeID", "CellInformation",
		"CellSiteInformation", "GeographicalCoordinates", "GeographicArea", "SIPAccessNetworkInformation", "SIPCellularNetworkInformation", "NRCellID",
		"EUTRACellID", "CellID", "EPSUserLocationInformation", "UserLocation", "CivicAddress", "RANSourceToTargetContainer", "RANTargetToSourceContainer",
		"SSID", "BSSID", "UEAreaIndication", "ServiceAreaList", "RawMLPResponse", "TNAPID", "TWAPID", "AMFEventArea" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], type) == 0)
			return true;
	return false;
}

struct look { unsigned places, leaves; struct buf *octets; };

static void look_at(struct look *l, const struct field_type *t, struct view body);

static void look_value(struct look *l, const struct field_type *t, const struct ber *v)
{
	l->places += is_place(t->name);
	if (field_constructed(t->kind)) {
		look_at(l, t, v->body);
	} else {
		l->leaves++;
		CU_ASSERT_FATAL(buf_put(l->octets, v->whole.p, v->whole.n) == LI_OK);
	}
}

static void look_at(struct look *l, const struct field_type *t, struct view body)
{
	const struct field_member *m = NULL;
	struct rd r = rd_of(body);
	struct ber v;

	while (ber_next(&r, &v)) {
		if (t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF) {
			const struct field_type *of = &fields_ts33128.types[t->of];

			if (of->kind == FIELD_CHOICE) {
				l->places += is_place(of->name);
				look_at(l, of, v.whole);
			} else {
				look_value(l, of, &v);
			}
			continue;
		}
		m = field_after(t, m, (uint8_t)v.cls, v.tag);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		look_value(l, &fields_ts33128.types[m->type], &v);
	}
	CU_ASSERT_EQUAL(r.err, LI_OK);
}

static struct look look(const struct xiri *x, struct buf *octets)
{
	const struct field_member *m = field_by_tag(field_find(&fields_ts33128, "IRIEvent"), FIELD_CONTEXT, x->tag);
	struct look l = { 0, 0, octets };

	octets->n = 0;
	look_at(&l, &fields_ts33128.types[m->type], x->body);
	return l;
}

/* LI128-126: no place is left in any of the 186 events, whatever its members; what is left is a value of its type, and says
 * nothing that was not there. */
static void every_event(void)
{
	const struct li_iri_env env = { 19, 3, NULL, 0 };
	unsigned changed_events = 0, withheld_events = 0, whole = 0, places = 0;
	struct buf before = { 0 }, after = { 0 };
	uint32_t tag;

	for (size_t at = 0; xiris_next(&at, &tag);)
		for (unsigned r = 0; r < unit_rounds(30); r++) {
			struct view event;
			struct xiri x;
			struct look a, b;
			bool changed;
			enum li_err e;

			in.n = out.n = again.n = 0;
			CU_ASSERT_FATAL(xiris_make(tag, r, r % 10 == 0, 19, 3, &in, &event));
			CU_ASSERT_EQUAL_FATAL(xiri_read(buf_view(&in), &x), LI_OK);
			a = look(&x, &before);
			e = redact_location(&x, &room, &changed);
			CU_ASSERT_FATAL(e == LI_OK || e == LI_EMISSING);
			withheld_events += e != LI_OK;
			places += a.places;
			if (e)
				continue;
			CU_ASSERT_EQUAL_FATAL(xiri_iri(&x, &env, &out), LI_OK);
			CU_ASSERT_EQUAL_FATAL(xiri_read(buf_view(&out), &x), LI_OK);
			b = look(&x, &after);
			CU_ASSERT_EQUAL(b.places, 0);
			CU_ASSERT(b.leaves <= a.leaves && after.n <= before.n);
			CU_ASSERT(changed || (view_eq(x.event, event) && a.places == 0));
			CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), &again), LI_OK);
			CU_ASSERT_EQUAL(again.n, out.n);	/* DER puts what is left of a SET OF into another order */
			if (b.places || again.n != out.n)
				fprintf(stderr, "event %u round %u\n", tag, r);
			changed_events += changed;
			whole += !changed;
		}
	fprintf(stderr, "# %u changed, %u as they were, %u withheld; %u places were there\n", changed_events, whole, withheld_events, places);
	CU_ASSERT(changed_events && whole && withheld_events && places);
	buf_fini(&before);
	buf_fini(&after);
	buf_fini(&in);
	buf_fini(&room);
	buf_fini(&out);
	buf_fini(&again);
	buf_fini(&want);
}

UNIT_MAIN("redact", UNIT(members), UNIT(withheld), UNIT(documents), UNIT(sip), UNIT(rcs), UNIT(edges), UNIT(only), UNIT(digits), UNIT(every_event))
