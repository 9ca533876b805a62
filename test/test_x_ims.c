/* test_x_ims.c: IMS over X2 and X3: SIP and its events, media, and how they belong together. */
#include "mediation/x/iri.h"
#include "test/x_event.h"

#define HEAD "Via: SIP/2.0/UDP 10.0.0.1\r\nFrom: <sip:a@ims.example>;tag=1\r\nTo: <sip:b@ims.example>%s\r\nCall-ID: c1\r\nCSeq: %u %s\r\nContent-Length: 0\r\n\r\n"

static struct item *said(struct x_rig *r, uint64_t correlation, int64_t sequence, unsigned direction, const char *line, const char *tag, unsigned cseq, const char *method)
{
	char text[500], format[500];
	size_t before = n_items;
	struct made d;

	snprintf(format, sizeof(format), "%s\r\n%s", line, HEAD);
	snprintf(text, sizeof(text), format, tag, cseq, method);
	rig_sip(&d, correlation, sequence, direction, text);
	rig_x2(r, &d);
	CU_ASSERT_EQUAL_FATAL(n_items, before + 1);
	CU_ASSERT(item(before)->type == LI_IRI_REPORT && memmem(item(before)->octets, item(before)->n, text, strlen(text)) != NULL);
	return item(before);
}

/* LI128-158, LI128-162: each message of a call is one REPORT, under one CIN, with the octets that came; so are those of both terminals to
 * which it was forked. LI128-155: all bear the direction of the session, and not their own. */
static void call(void)
{
	static const struct { const char *line, *tag, *method; unsigned cseq, direction; } v[] = {
		{ "INVITE sip:b@ims.example SIP/2.0", "", "INVITE", 1, LI_XD_TO }, { "SIP/2.0 100 Trying", "", "INVITE", 1, LI_XD_NA },
		{ "SIP/2.0 183 Session Progress", ";tag=2", "INVITE", 1, LI_XD_FROM }, { "SIP/2.0 180 Ringing", ";tag=3", "INVITE", 1, LI_XD_FROM },
		{ "PRACK sip:b@ims.example SIP/2.0", ";tag=2", "PRACK", 2, LI_XD_TO }, { "SIP/2.0 200 OK", ";tag=2", "PRACK", 2, LI_XD_FROM },
		{ "UPDATE sip:b@ims.example SIP/2.0", ";tag=2", "UPDATE", 3, LI_XD_TO }, { "SIP/2.0 200 OK", ";tag=2", "INVITE", 1, LI_XD_FROM },
		{ "ACK sip:b@ims.example SIP/2.0", ";tag=2", "ACK", 1, LI_XD_TO }, { "INFO sip:b@ims.example SIP/2.0", ";tag=2", "INFO", 4, LI_XD_TO },
		{ "CANCEL sip:b2@ims.example SIP/2.0", "", "CANCEL", 1, LI_XD_TO }, { "BYE sip:a@ims.example SIP/2.0", ";tag=1", "BYE", 9, LI_XD_FROM },
		{ "SIP/2.0 200 OK", ";tag=1", "BYE", 9, LI_XD_TO } };
	struct x_rig *r = rig_open(1);
	const size_t n = sizeof(v) / sizeof(v[0]);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (size_t i = 0; i < n; i++) {
		struct item *it = said(r, 7, (int64_t)i, v[i].direction, v[i].line, v[i].tag, v[i].cseq, v[i].method);

		CU_ASSERT(it->cin == item(0)->cin && it->number == i);
		CU_ASSERT(bears(it, "82 { 02 }"));
	}
	CU_ASSERT(said(r, 8, 0, LI_XD_TO, v[0].line, "", 1, "INVITE")->cin != item(0)->cin);
	rig_close(r);
}

/* LI128-159: a registration by the terminal; LI128-157: who was called, and sent it on. By whom the point of interception names. */
static void matched(void)
{
	static const char sip[] = "REGISTER sip:ims.example SIP/2.0\r\nFrom: <sip:b@ims.example>\r\nTo: <sip:b@ims.example>\r\n"
				  "Contact: <sip:b@10.0.0.2>;+sip.instance=\"<urn:gsma:imei:35123456-789012-0>\"\r\n\r\n";
	static const char diverted[] = "INVITE sip:c@ims.example SIP/2.0\r\nFrom: <sip:a@ims.example>\r\nTo: <sip:c@ims.example>\r\nDiversion: <tel:+31612345678>\r\n\r\n";
	struct x_rig *r = rig_open(1);
	struct made d;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	rig_sip(&d, 0, 0, LI_XD_FROM, sip);
	d.p.matched[0] = view_str("<imei>35123456789012</imei>");
	d.p.n_matched = 1;
	rig_x2(r, &d);
	CU_ASSERT(n_items == 1 && event_is_105(item(0)) && bears(item(0), "30 { A1 { 84 { '35123456789012' } } 82 { 03 } }"));
	rig_sip(&d, 5, 0, LI_XD_UNKNOWN, diverted);
	d.p.matched[0] = view_str("<e164Number>31612345678</e164Number>");
	d.p.n_matched = 1;
	rig_x2(r, &d);
	CU_ASSERT(n_items == 2 && bears(item(1), "82 { 02 }") && memmem(item(1)->octets, item(1)->n, diverted, sizeof(diverted) - 1) != NULL);
	rig_sip(&d, 6, 0, LI_XD_FROM, "INVITE sip:c@x SIP/2.0\r\nFrom: <tel:+31612345678>\r\nTo: <sip:b@x>\r\nDiversion: <sip:b@x>\r\n\r\n");
	d.p.matched[0] = view_str("<e164Number>31612345678</e164Number>");
	d.p.n_matched = 1;
	rig_x2(r, &d);
	CU_ASSERT(n_items == 3 && bears(item(2), "82 { 01 }"));
	rig_close(r);
}

/* LI128-153: a short message over IP is a message of SIP. */
static void sms_over_ip(void)
{
	static const char sip[] = "MESSAGE tel:+31600000000 SIP/2.0\r\nFrom: <sip:a@ims.example>\r\nContent-Type: application/vnd.3gpp.sms\r\nContent-Length: 4\r\n\r\n\1\2\3\4";
	struct x_rig *r = rig_open(1);
	struct made d;

	r->w[0].scope.services = 1u << WARRANT_MESSAGING;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	rig_sip(&d, 5, 0, LI_XD_FROM, sip);
	rig_x2(r, &d);
	CU_ASSERT(n_items == 1 && event_is_105(item(0)) && memmem(item(0)->octets, item(0)->n, sip, sizeof(sip) - 1) != NULL);
	rig_close(r);
}

/* LI128-171: where the other party is, is nobody's business: neither in iMSLocation nor in the message that the target got. What the function
 * says of the target beside it stays. */
static void other_party(void)
{
#define ANSWER "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=%s\r\n\r\n"
	static const unsigned directions[] = { LI_XD_FROM, LI_XD_TO, LI_XD_UNKNOWN };
	struct x_rig *r = rig_open(1);
	struct item *i;
	struct made d;
	char text[200];

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	snprintf(text, sizeof(text), ANSWER, "26201abcd");
	for (unsigned k = 0; k < 3; k++) {
		rig_sip(&d, 5, k, directions[k], text);
		rig_x2(r, &d);
		CU_ASSERT_EQUAL_FATAL(n_items, k + 1);
		CU_ASSERT_EQUAL(memmem(item(k)->octets, item(k)->n, "26201abcd", 9) == NULL, directions[k] == LI_XD_TO);
		CU_ASSERT(!bears(item(k), "A6 { A6"));
	}
	/* modifiedSIPMessage, with what was done, and as long as it was */
	CU_ASSERT(bears(item(1), "A2 { A1 { 81 { 01 } } }") && memmem(item(1)->octets, item(1)->n, "=000000000\r\n\r\n", 14) != NULL);
	CU_ASSERT_EQUAL(x_counter(r->x, X_other_party), 1);
	/* an IMSMessage of the function's own, with the target's location [6] { iMSLocation [6] } */
	rig_made(&d, 5, 1, 3, "BF69 { A1 { A1 { A1 { 81 { 0A000001 } } A2 { 81 { 0A000002 } } 83 { 'SIP/2.0 200 OK' 0D0A 'P-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=26201abcd' 0D0A0D0A } } } "
			      "82 { 01 } A6 { A6 { A1 { 81 { 'target-cell' } } } } }");
	d.p.direction = LI_XD_TO;
	rig_x2(r, &d);
	i = item(3);
	CU_ASSERT(n_items == 4 && memmem(i->octets, i->n, "26201abcd", 9) == NULL && bears(i, "A6 { A6 { A1 { 81 { 'target-cell' } } } }"));
	rig_close(r);
}

/* LI128-168, LI128-178: media that cannot be had, and data channels: events as they came, under the CIN of the call whose correlation they bear. */
static void beside(void)
{
	static const char *const v[] = { "BF6B { 81 { 'roaming' } 82 { 'v=0' } }", "BF8122 { A1 { 81 { 'sip:a@ims.example' } } }", "BF8123 { A1 { 81 { 'sip:a@ims.example' } } }",
		"BF8124 { A1 { 81 { 'sip:a@ims.example' } } }", "BF8135 { A1 { 81 { 'sip:a@ims.example' } } }" };
	struct x_rig *r = rig_open(1);
	struct item *i;

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	said(r, 7, 0, LI_XD_FROM, "INVITE sip:b@ims.example SIP/2.0", "", 1, "INVITE");
	for (size_t k = 0; k < 5; k++) {
		CU_ASSERT_EQUAL(rig_event(r, 7, 2, (int64_t)k, v[k], &i), 1);
		CU_ASSERT(i->type == LI_IRI_REPORT && i->cin == item(0)->cin && is_event(i, v[k]) && strcmp(i->nfid, "nf-2") == 0);
	}
	rig_close(r);
}

static void media(struct x_rig *r, int64_t sequence, uint16_t port, const char *sdp)
{
	static const uint8_t rtp[12] = { 0x80, 8 };
	struct made d;

	make(&d, true, 1, 7, 3, sequence);
	d.pdu.format = LI_XF_RTP;
	d.pdu.payload = view_of(rtp, sizeof(rtp));
	d.p.flow = (struct x_flow){ .has = 15, .sport = 4000, .dport = port, .source = li_addr4("\12\0\0\1"), .destination = li_addr4("\12\0\0\2") };
	d.p.sdp = view_str(sdp);
	x3_of(r, &d);
}

/* LI128-174: a call whose media change their port: the next packet goes out like the one before, with the SDP that came with it. */
static void ports(void)
{
	struct x_rig *r = rig_open(1);

	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	said(r, 7, 0, LI_XD_FROM, "INVITE sip:b@ims.example SIP/2.0", "", 1, "INVITE");
	media(r, 0, 5000, "v=0\r\nm=audio 5000 RTP/AVP 8\r\n");
	media(r, 1, 5000, "");
	said(r, 7, 1, LI_XD_FROM, "INVITE sip:b@ims.example SIP/2.0", ";tag=2", 2, "INVITE");
	media(r, 2, 6000, "v=0\r\nm=audio 6000 RTP/AVP 8\r\n");
	media(r, 3, 6000, "");
	CU_ASSERT_EQUAL_FATAL(n_items, 6);
	for (unsigned k = 0; k < 6; k++)
		CU_ASSERT_EQUAL(item(k)->cin, item(0)->cin);
	CU_ASSERT(item(1)->form == PS_CC_IMS && item(1)->sdp && !item(2)->sdp && item(4)->sdp && !item(5)->sdp);
	CU_ASSERT(item(2)->octets[22] == 5000 >> 8 && item(4)->octets[22] == 6000 >> 8 && item(5)->octets[23] == (6000 & 255));
	rig_close(r);
}

UNIT_MAIN("x_ims", UNIT(call), UNIT(matched), UNIT(sms_over_ip), UNIT(other_party), UNIT(beside), UNIT(ports))
