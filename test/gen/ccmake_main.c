/*
 * ccmake_main.c: content as it comes over X3, of random octets, converted and written as mdfd does it, for judges that know nothing of us:
 *
 *   ccmake pdus SEED COUNT     HI3: PS-PDUs of RTP and MSRP with headers made, alternately as iMSCCPDU and pTCCCPDU
 *   ccmake flows SEED COUNT    a line for each of these: protocol, addresses, ports, SSRC or "-", payload in hex
 *   ccmake frames SEED COUNT   frames for the ASN.1 judges (test/judge/judge.h) of CCPayload, of every form COUNT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/cc_template.h"
#include "asn1/ps_dec.h"
#include "mediation/x/convert.h"

#define TIME INT64_C(1770371041608000)
#define OCTETS 1500
enum { JUDGE_CC = 2 };		/* its place among the judge's roots */

struct source {
	struct li_x_pdu pdu;
	struct x_pdu x;
	uint8_t octets[OCTETS];
};

static uint64_t state;

static uint64_t any(void)		/* splitmix64 */
{
	uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void flow(struct x_flow *f, bool v6)
{
	uint8_t a[32] = { 0x20, 1, 0xd, 0xb8, [16] = 0x20, [17] = 1, [18] = 0xd, [19] = 0xb8 };

	a[15] = (uint8_t)(1 + any() % 200);
	a[31] = (uint8_t)(1 + any() % 200);
	f->has = X_FLOW_SOURCE | X_FLOW_DESTINATION | X_FLOW_SPORT | X_FLOW_DPORT;
	f->source = v6 ? li_addr6(a) : li_addr4((uint8_t[]){ 192, 0, 2, a[15] });
	f->destination = v6 ? li_addr6(a + 16) : li_addr4((uint8_t[]){ 198, 51, 100, a[31] });
	f->sport = (uint16_t)(20000 + any() % 1000 * 2);
	f->dport = (uint16_t)(50000 + any() % 1000 * 2);
}

static void payload(struct source *s, unsigned format, size_t n)
{
	static const uint8_t rtp[] = { 0x80, 8 };
	static const char msrp[] = "MSRP a786hjs2 SEND\r\nTo-Path: msrp://b.example:9/kjh;tcp\r\nFrom-Path: msrp://a.example:7/ius;tcp\r\n"
		"Message-ID: 87652\r\nByte-Range: 1-4/4\r\nContent-Type: text/plain\r\n\r\n";
	static const uint8_t ip[] = { 0x45, 0, OCTETS >> 8, OCTETS & 255 }, mm1[] = { 0x8c, 0x80, 0x98, 'T', 0, 0x8d, 0x93 };

	for (size_t i = 0; i < n; i++)		/* letters, since some forms want UTF-8 */
		s->octets[i] = (uint8_t)(format == LI_XF_RTP ? any() : 'a' + any() % 26);
	if (format == LI_XF_RTP)
		memcpy(s->octets, rtp, sizeof(rtp));
	if (format == LI_XF_MSRP) {
		n = n % 64 + sizeof(msrp) - 1;
		memcpy(s->octets, msrp, sizeof(msrp) - 1);
		memcpy(s->octets + n, "\r\n-------a786hjs2$\r\n", 20);
		n += 20;
	}
	if (format == LI_XF_IPV4)
		memcpy(s->octets, ip, sizeof(ip));
	if (format == LI_XF_MIME)
		memcpy(s->octets, mm1, sizeof(mm1));
	s->pdu.format = (uint16_t)format;
	s->pdu.payload = view_of(s->octets, n);
	s->x.pdu = &s->pdu;
	s->x.direction = (uint8_t)(1 + any() % 5);
}

static bool record(const struct converted *c, uint32_t number, struct buf *out)
{
	static struct cc_template *t;
	struct ps_head h = { .gen_header = 33, .liid = { 4, "LI-1" }, .has_cin = true, .cin = { 7 }, .operator_id = view_str("OP01") };
	const struct hm_packet *p = &c->packet;
	struct ps_cc cc = { .form = p->form, .inner_kind = p->inner_kind, .has_qfi = p->has_qfi, .qfi = p->qfi, .dir = p->dir, .release = 19,
			    .version = 3, .octets = p->inner, .beside = p->beside };
	enum li_err e = LI_OK;
	size_t n;

	if (!t)
		t = cc_template_new(&h, 19, 3, &e);
	n = t ? cc_template_size(t, &cc, number, TIME + number) : 0;
	out->n = 0;
	if (!t || buf_need(out, n))
		return false;
	cc_template_write(t, &cc, number, TIME + number, out->p, n);
	out->n = n;
	return true;
}

static void line(const struct source *s, bool msrp)
{
	const struct x_flow *f = &s->x.flow;
	char a[LI_ADDR_TEXT], b[LI_ADDR_TEXT];
	struct view v = s->pdu.payload;

	li_addr_text(&f->source, a);
	li_addr_text(&f->destination, b);
	printf("%d|%s|%s|%u|%u|", msrp ? 6 : 17, a, b, f->sport, f->dport);
	if (msrp)
		printf("-|");
	else
		printf("0x%08x|", (unsigned)v.p[8] << 24 | (unsigned)v.p[9] << 16 | (unsigned)v.p[10] << 8 | v.p[11]);
	for (size_t i = 0; i < v.n; i++)
		printf("%02x", v.p[i]);
	printf("\n");
}

static bool flows(unsigned count, bool lines)
{
	struct source s = { .pdu.type = LI_X_X3 };
	struct buf out = { 0 };
	uint32_t sent = 1;
	bool ok = true;

	for (unsigned i = 0; i < count && ok; i++) {
		bool msrp = i % 3 == 2;
		struct converted c;

		flow(&s.x.flow, any() & 1);
		payload(&s, msrp ? LI_XF_MSRP : LI_XF_RTP, 13 + any() % 500);
		if (lines) {
			line(&s, msrp);
			continue;
		}
		ok = convert(&s.x, i % 2 && !msrp ? PS_FAMILY_PTC : PS_FAMILY_IMS, sent, &c) == CONVERT_rebuilt && record(&c, i, &out) &&
		     fwrite(out.p, 1, out.n, stdout) == out.n;
	}
	buf_fini(&out);
	return ok;
}

static bool frame(const struct converted *c, uint32_t number, struct buf *out)
{
	struct ps_item item;
	struct ps_pdu p;
	struct view rest;
	const char *what;
	size_t at, n;

	if (!record(c, number, out) || ps_decode(buf_view(out), &p, &at, &what))
		return false;
	rest = p.payload;
	if (ps_item_next(p.kind, &rest, &item))
		return false;
	n = item.contents.n;
	printf("%c%c%c%c%c", JUDGE_CC, (int)(n >> 24), (int)(n >> 16 & 255), (int)(n >> 8 & 255), (int)(n & 255));
	return fwrite(item.contents.p, 1, n, stdout) == n;
}

static bool frames(unsigned count)
{
	static const struct { enum ps_family family; unsigned format; } v[] = {
		{ PS_FAMILY_UPF, LI_XF_IPV4 }, { PS_FAMILY_UPF, LI_XF_ETHERNET }, { PS_FAMILY_UPF, LI_XF_UNSTRUCTURED }, { PS_FAMILY_IMS, LI_XF_IPV4 },
		{ PS_FAMILY_IMS, LI_XF_RTP }, { PS_FAMILY_IMS, LI_XF_MSRP }, { PS_FAMILY_PTC, LI_XF_IPV4 }, { PS_FAMILY_PTC, LI_XF_RTP },
		{ PS_FAMILY_NIDD, LI_XF_UNSTRUCTURED }, { PS_FAMILY_RCS, LI_XF_SIP }, { PS_FAMILY_RCS, LI_XF_MSRP },
		{ PS_FAMILY_RCS, LI_XF_UNSTRUCTURED /* MIME */ }, { PS_FAMILY_MMS, LI_XF_MIME } };
	struct source s = { .pdu.type = LI_X_X3 };
	struct buf out = { 0 };
	bool ok = true;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]) && ok; i++)
		for (unsigned k = 0; k < count && ok; k++) {
			struct converted c;

			flow(&s.x.flow, any() & 1);
			s.x.sdp = any() & 1 ? view_str("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n") : view_of(NULL, 0);
			s.x.mime_type = any() & 1 ? view_str("text/plain") : view_of(NULL, 0);
			payload(&s, v[i].format, 30 + any() % (k % 4 ? 300 : 1300));
			if (v[i].family == PS_FAMILY_RCS && v[i].format == LI_XF_UNSTRUCTURED)
				s.pdu.format = LI_XF_MIME;
			ok = convert_good(convert(&s.x, v[i].family, 1, &c)) && frame(&c, k, &out);
		}
	buf_fini(&out);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned count = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	bool ok;

	if (!count || (strcmp(argv[1], "pdus") && strcmp(argv[1], "flows") && strcmp(argv[1], "frames"))) {
		fprintf(stderr, "usage: ccmake pdus|flows|frames SEED COUNT\n");
		return 2;
	}
	state = strtoull(argv[2], NULL, 10);
	ok = strcmp(argv[1], "frames") == 0 ? frames(count) : flows(count, strcmp(argv[1], "flows") == 0);
	return ok && !ferror(stdout) ? 0 : 1;
}
