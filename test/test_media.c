/* test_media.c: which medium of a call a packet is of, and who gets it: LI128-169. */
#include "mediation/x/media.h"
#include "test/x_event.h"

/* What the target sends to (its peer's description), and what is sent to it. */
#define PEER "v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 5000 RTP/AVP 8\r\nm=video 5002 RTP/AVP 96\r\na=rtcp:6003\r\nm=message 2855 TCP/MSRP *\r\nm=text 0 RTP/AVP 98\r\n"
#define OWN "v=0\nm=audio 4000 RTP/AVP 8\nc=IN IP6 2001:db8::1\nm=video 4002/2 RTP/AVP 96\nc=IN IP4 10.0.0.1/127\nm=application 4004 UDP/DTLS/SCTP webrtc-datachannel\n"

static struct made d;

static struct x_pdu *udp(unsigned direction, const char *from, uint16_t sport, const char *to, uint16_t dport, const char *sdp)
{
	struct x_pdu *p = make(&d, true, 1, 7, 1, -1);

	d.pdu.format = LI_XF_RTP;
	p->direction = (uint8_t)direction;
	p->flow = (struct x_flow){ .has = 15, .sport = sport, .dport = dport };
	CU_ASSERT_EQUAL(li_addr_read(from, &p->flow.source), LI_OK);
	CU_ASSERT_EQUAL(li_addr_read(to, &p->flow.destination), LI_OK);
	p->sdp = view_str(sdp);
	return p;
}

static void lines(void)
{
	static const struct { unsigned direction; const char *from; uint16_t sport; const char *to; uint16_t dport; enum media_kind want; } v[] = {
		{ LI_XD_FROM, "10.0.0.1", 4000, "10.0.0.2", 5000, MEDIA_VOICE }, { LI_XD_FROM, "10.0.0.1", 4001, "10.0.0.2", 5001, MEDIA_VOICE },
		{ LI_XD_FROM, "10.0.0.1", 9, "10.0.0.2", 5002, MEDIA_OTHER }, { LI_XD_FROM, "10.0.0.1", 9, "10.0.0.2", 6003, MEDIA_OTHER },
		{ LI_XD_FROM, "10.0.0.1", 9, "10.0.0.2", 2855, MEDIA_MESSAGE }, { LI_XD_FROM, "10.0.0.1", 9, "10.0.0.2", 5003, MEDIA_UNCLEAR },
		{ LI_XD_FROM, "10.0.0.1", 9, "10.0.0.3", 5000, MEDIA_UNCLEAR },		/* of somebody else */
		{ LI_XD_TO, "10.0.0.2", 9, "2001:db8::1", 4000, MEDIA_VOICE }, { LI_XD_TO, "10.0.0.2", 9, "10.0.0.1", 4000, MEDIA_UNCLEAR },
		{ LI_XD_TO, "10.0.0.2", 9, "10.0.0.1", 4002, MEDIA_OTHER }, { LI_XD_TO, "10.0.0.2", 9, "10.0.0.1", 4004, MEDIA_VOICE },
		{ LI_XD_TO, "10.0.0.2", 5002, "192.0.2.9", 1, MEDIA_OTHER },		/* behind a NAT: by where it comes from */
		{ LI_XD_NA, "10.0.0.2", 9, "10.0.0.2", 5000, MEDIA_VOICE },
	};
	struct media m = { .of = { { 0 } } };

	CU_ASSERT_EQUAL(media_of(NULL, udp(LI_XD_FROM, "10.0.0.1", 1, "10.0.0.2", 5002, "")), MEDIA_UNTOLD);
	CU_ASSERT_EQUAL(media_of(&m, udp(LI_XD_FROM, "10.0.0.1", 1, "10.0.0.2", 5002, "")), MEDIA_UNTOLD);
	media_describe(&m, udp(LI_XD_FROM, "10.0.0.1", 1, "10.0.0.2", 2, PEER));
	media_describe(&m, udp(LI_XD_TO, "10.0.0.1", 1, "10.0.0.2", 2, OWN));
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		enum media_kind k = media_of(&m, udp(v[i].direction, v[i].from, v[i].sport, v[i].to, v[i].dport, ""));

		if (k != v[i].want)
			fprintf(stderr, "%zu: %d\n", i, k);
		CU_ASSERT_EQUAL(k, v[i].want);
	}
	d.pdu.format = LI_XF_MSRP;
	CU_ASSERT_EQUAL(media_of(NULL, &d.p), MEDIA_MESSAGE);
}

/* One medium alone needs no match; several in one flow cannot be told apart; more lines than there is room for, and what is no description. */
static void descriptions(void)
{
	struct media m = { .of = { { 0 } } };
	char text[2000] = "v=0\n";

	media_describe(&m, udp(LI_XD_FROM, "10.0.0.1", 1, "10.0.0.2", 2, "v=0\nm=audio 5000 RTP/AVP 8\nm=video 0 RTP/AVP 96\n"));
	CU_ASSERT_EQUAL(media_of(&m, udp(LI_XD_TO, "10.9.9.9", 9, "10.9.9.8", 9, "")), MEDIA_VOICE);
	media_describe(&m, udp(LI_XD_FROM, "10.0.0.1", 1, "10.0.0.2", 2, "m=audio 5000 RTP/AVP 8\nm=video 5000 RTP/AVP 96"));
	CU_ASSERT_EQUAL(media_of(&m, udp(LI_XD_FROM, "10.0.0.1", 9, "10.0.0.2", 5000, "")), MEDIA_UNCLEAR);
	for (unsigned i = 0; i < 20; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "m=%s %u RTP/AVP 8\r\n", i ? "audio" : "video", 5000 + 10 * i);
	media_describe(&m, udp(LI_XD_FROM, "10.0.0.1", 1, "10.0.0.2", 2, text));
	CU_ASSERT_EQUAL(m.of[LI_XD_FROM].n, MEDIA_LINES);
	CU_ASSERT_EQUAL(media_of(&m, udp(LI_XD_FROM, "10.0.0.1", 9, "10.0.0.2", 5070, "")), MEDIA_VOICE);
	CU_ASSERT_EQUAL(media_of(&m, udp(LI_XD_FROM, "10.0.0.1", 9, "10.0.0.2", 5180, "")), MEDIA_UNCLEAR);
	media_describe(&m, udp(LI_XD_FROM, "10.0.0.1", 1, "10.0.0.2", 2, "m=\nm=audio\nm=audio 99999999999\nc=IN IP4 1.2.3.4.5\na=rtcp:\n\n=\nx"));
	CU_ASSERT_EQUAL(media_of(&m, udp(LI_XD_FROM, "10.0.0.1", 9, "10.0.0.2", 5000, "")), MEDIA_UNTOLD);
}

static void packets(void)
{
	static const uint8_t v4[] = { 0x46, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1, 0x0f, 0xa0, 0x13, 0x8a, 0, 8, 0, 0 };
	uint8_t v6[48] = { 0x60, 0, 0, 0, 0, 8, 17, 64, [40] = 0, 9, 0x13, 0x88, 0, 8 }, part[sizeof(v4)];
	struct media m = { .of = { { 0 } } };
	struct x_pdu *p;

	media_describe(&m, udp(LI_XD_FROM, "10.0.0.1", 1, "10.0.0.2", 2, "m=audio 5000 RTP/AVP 8\nm=video 5002 RTP/AVP 96\n"));
	p = make(&d, true, 1, 7, 1, -1);
	d.pdu.payload = view_of(v4, sizeof(v4));
	CU_ASSERT_EQUAL(media_of(&m, p), MEDIA_OTHER);
	memcpy(part, v4, sizeof(v4));
	part[7] = 1;		/* not the first part of a packet */
	d.pdu.payload = view_of(part, sizeof(part));
	CU_ASSERT_EQUAL(media_of(&m, p), MEDIA_UNCLEAR);
	for (size_t n = 0; n < 28; n++) {
		d.pdu.payload.n = n;
		CU_ASSERT_EQUAL(media_of(&m, p), MEDIA_UNCLEAR);
	}
	d.pdu.format = LI_XF_IPV6;
	d.pdu.payload = view_of(v6, sizeof(v6));
	CU_ASSERT_EQUAL(media_of(&m, p), MEDIA_VOICE);
}

static size_t sends(struct x_rig *r, struct x_pdu *p, int64_t sequence)
{
	static const uint8_t rtp[12] = { 0x80, 8 };
	size_t before = n_items;

	p->has_sequence = true;
	p->sequence = (uint32_t)sequence;
	d.pdu.payload = view_of(rtp, sizeof(rtp));
	x3_of(r, &d);
	return n_items - before;
}

/* LI128-169: a video call: who is for voice gets the voice, who is for messages the messages, who is for all of it all; IRI is that of the call. */
static void scopes(void)
{
	struct x_rig *r = rig_open(3);

	r->w[1].scope.services = 1u << WARRANT_VOICE;
	r->w[2].scope.services = 1u << WARRANT_MESSAGING;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	CU_ASSERT_EQUAL(sends(r, udp(LI_XD_FROM, "10.0.0.1", 4000, "10.0.0.2", 5000, ""), 0), 3);	/* nothing is told yet */
	CU_ASSERT_EQUAL(sends(r, udp(LI_XD_FROM, "10.0.0.1", 4000, "10.0.0.2", 5000, PEER), 1), 2);
	CU_ASSERT(item(3)->liid[1] == '0' && item(4)->liid[1] == '1');
	CU_ASSERT_EQUAL(sends(r, udp(LI_XD_FROM, "10.0.0.1", 4002, "10.0.0.2", 5002, ""), 2), 1);
	CU_ASSERT_EQUAL(sends(r, udp(LI_XD_TO, "10.0.0.2", 5002, "10.0.0.1", 4002, ""), 3), 1);
	CU_ASSERT_EQUAL(sends(r, udp(LI_XD_FROM, "10.0.0.1", 4002, "10.0.0.2", 7777, ""), 4), 1);
	CU_ASSERT(item(5)->liid[1] == '0' && item(6)->liid[1] == '0' && item(7)->liid[1] == '0');
	CU_ASSERT_EQUAL(x_counter(r->x, X_media_unclear), 2);
	CU_ASSERT_EQUAL(x_counter(r->x, X_out_of_scope), 1 + 2 + 2);
	udp(LI_XD_FROM, "10.0.0.1", 4002, "10.0.0.2", 2855, "");
	d.pdu.format = LI_XF_MSRP;
	CU_ASSERT_EQUAL(sends(r, &d.p, 5), 2);
	CU_ASSERT(item(8)->liid[1] == '0' && item(9)->liid[1] == '2');
	for (size_t i = 0; i < n_items; i++)
		CU_ASSERT(item(i)->form == PS_CC_IMS);
	rig_close(r);
}

UNIT_MAIN("media", UNIT(lines), UNIT(descriptions), UNIT(packets), UNIT(scopes))
