/* test_poi_pdu.c: the conformance suite's own writer and reader of X2/X3, against octets that were written down by hand. */
#include "conformance/form.h"
#include "conformance/xpdu.h"

#include <string.h>

#include "test/hex.h"

#define XID "29f28e1cf230486aa860f5a784ab9172"
/* x2x3.md of the requirements, worked examples: checked there by hand and with tshark */
#define X2 "0005 0001 0000007d 00000026 0002 0005 " XID " 0000000000000001 0006 0006 616d662d3031 0007 000b 414d462d4952492d504f49 " \
	"0008 0004 00000000 0009 0008 6553f100 075bcd15 0011 0024 3c737570 69696d73 693e3030 31303130 31323334 35363738 393c2f73 75706969 6d7369 3e"
#define XIRI "3024 8105 0413130301 a21b a219 810101 820101 a311 810f 303031303130313233343536373839"
#define X3 "0005 0002 00000054 00000024 0005 0003 " XID " 0000000000000001 0006 0006 7570662d3031 0007 000a 5550462d43432d504f49 " \
	"0008 0004 00000007 0009 0008 6553f100075bcd15 " IP
#define IP "450000240001000040118e76c000020ac6336414 9c400009 0010 0000 4c492d7465737421"
#define KEEPALIVE "0005 0003 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 0000002a"
#define ACK "0005 0004 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 0000002a"

static struct octets in, out;

static const uint8_t *octets(const char *hex)
{
	in.n = 0;
	CU_ASSERT_TRUE_FATAL(octets_hex(&in, hex));
	return in.p;
}

static bool wrote(const char *hex)
{
	return hex_is(view_of(out.p, out.n), hex);
}

static void set(struct octets *o, const char *text)
{
	o->n = 0;
	octets_put(o, text, strlen(text));
}

static struct form x3_form(void)
{
	struct form f;

	form_init(&f);
	f.x.type = XPDU_X3;
	f.has_xid = xpdu_uuid("29f28e1c-f230-486a-a860-f5a784ab9172", f.x.xid);
	f.x.correlation = 1;
	f.x.direction = XPDU_DIR_FROM;
	f.has_direction = true;
	set(&f.nfid, "upf-01");
	set(&f.ipid, "UPF-CC-POI");
	f.time = FORM_AT;
	f.at = (struct when){ 1700000000, 123456789 };
	octets_hex(&f.payload, IP);
	return f;
}

/* X23-POI-003 X23-POI-004 X23-POI-008 X23-POI-017 X23-POI-022 */
static void golden(void)
{
	struct form f = x3_form();
	struct sequence *s = sequence_new();
	char lacks[80];

	f.number = FORM_SET;
	f.set = 7;
	CU_ASSERT_PTR_NULL(form_ready(&f));
	out.n = 0;
	CU_ASSERT_TRUE(form_build(&f, s, 0, (struct when){ 1, 1 }, &out, NULL));
	CU_ASSERT(wrote(X3));
	form_fini(&f);

	form_init(&f);
	f.x.type = XPDU_X2;
	f.has_xid = xpdu_uuid("29F28E1CF230486AA860F5A784AB9172", f.x.xid);
	f.x.correlation = 1;
	set(&f.nfid, "amf-01");
	set(&f.ipid, "AMF-IRI-POI");
	CU_ASSERT_TRUE(form_target(&f.matched, XPDU_A_MATCHED, "supiimsi", "001010123456789"));
	octets_hex(&f.payload, XIRI);
	CU_ASSERT_PTR_NULL(form_ready(&f));
	out.n = 0;
	CU_ASSERT_TRUE(form_build(&f, s, 0, (struct when){ 1700000000, 123456789 }, &out, NULL));
	CU_ASSERT(wrote(X2 XIRI));
	{
		struct xpdu x;

		CU_ASSERT_EQUAL(xpdu_read(out.p, out.n, &x), LI_OK);
		xpdu_lacks(&x, lacks, sizeof(lacks));
		CU_ASSERT_STRING_EQUAL(lacks, "");
		x.n_attributes = 25;	/* NFID and IPID */
		xpdu_lacks(&x, lacks, sizeof(lacks));
		CU_ASSERT_STRING_EQUAL(lacks, "sequence, timestamp, matched");
		x.type = XPDU_X3;
		xpdu_lacks(&x, lacks, sizeof(lacks));
		CU_ASSERT_STRING_EQUAL(lacks, "sequence, timestamp");
	}
	form_fini(&f);
	sequence_free(s);
	out.n = 0;
	xpdu_keepalive(XPDU_VERSION, true, 42, &out);	/* X23-POI-012 */
	CU_ASSERT(wrote(KEEPALIVE));
	out.n = 0;
	xpdu_keepalive(XPDU_VERSION, false, 42, &out);
	CU_ASSERT(wrote("0005 0003 00000028 00000000 0000 0000 00000000000000000000000000000000 0000000000000000"));
}

static uint32_t number_of(struct form *f, struct sequence *s, uint64_t nth)
{
	struct form_place p;

	out.n = 0;
	CU_ASSERT_TRUE(form_build(f, s, nth, (struct when){ 5, 0 }, &out, &p));
	return p.sequence ? octets_get32(out.p + p.sequence) : 99;
}

/* X23-POI-005 X23-POI-009 X23-POI-010: a count a context, from 0, and 0 after the last */
static void numbers(void)
{
	struct sequence *s = sequence_new();
	struct form f = x3_form(), g;

	CU_ASSERT_PTR_NULL(form_ready(&f));
	for (uint32_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(number_of(&f, s, i), i);
	CU_ASSERT_TRUE(form_copy(&g, &f));
	CU_ASSERT_EQUAL(number_of(&g, s, 0), 3);	/* the same context */
	g.x.correlation = 2;
	CU_ASSERT_EQUAL(number_of(&g, s, 0), 0);
	g.x.correlation = 1;
	g.x.type = XPDU_X2;				/* X2 counts for itself */
	CU_ASSERT_EQUAL(number_of(&g, s, 0), 0);
	g.x.type = XPDU_X3;
	g.x.xid[0] ^= 1;
	CU_ASSERT_EQUAL(number_of(&g, s, 0), 0);
	g.x.xid[0] ^= 1;
	set(&g.ipid, "UPF-CC-POJ");
	CU_ASSERT_PTR_NULL(form_ready(&g));
	CU_ASSERT_EQUAL(number_of(&g, s, 0), 0);
	set(&g.ipid, "UPF-CC-POI");
	set(&g.did, "nl");
	CU_ASSERT_PTR_NULL(form_ready(&g));
	CU_ASSERT_EQUAL(number_of(&g, s, 0), 0);
	CU_ASSERT_EQUAL(number_of(&f, s, 0), 4);	/* nobody has disturbed it */
	f.skip = 2;
	CU_ASSERT_EQUAL(number_of(&f, s, 0), 7);
	f.skip = 0;
	f.number = FORM_SET;
	f.set = UINT32_MAX;
	CU_ASSERT_EQUAL(number_of(&f, s, 0), UINT32_MAX);
	f.number = FORM_COUNT;
	CU_ASSERT_EQUAL(number_of(&f, s, 0), 0);
	f.number = FORM_UNNUMBERED;
	CU_ASSERT_EQUAL(number_of(&f, s, 0), 99);
	f.number = FORM_COUNT;
	f.correlations = 3;				/* 1, 2, 3, 1 … */
	f.x.correlation = 100;
	for (uint64_t i = 0; i < 7; i++)
		CU_ASSERT_EQUAL(number_of(&f, s, i), i / 3);
	CU_ASSERT_EQUAL(octets_get64(out.p + 32), 100);
	for (uint32_t i = 0; i < 5000; i++) {		/* many contexts, each found again */
		f.x.correlation = 1000 + i;
		f.correlations = 1;
		CU_ASSERT_EQUAL(number_of(&f, s, 0), 0);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		f.x.correlation = 1000 + i;
		CU_ASSERT_EQUAL(number_of(&f, s, 0), 1);
	}
	form_fini(&f);
	form_fini(&g);
	sequence_free(s);
}

static void places(void)
{
	struct sequence *s = sequence_new();
	struct form f = x3_form();
	struct form_place p;

	f.has_number_at = true;
	f.number_at = f.payload.n - 4;
	f.time = FORM_CAPTURE;
	f.shift = -2 * WHEN_SECOND - 1;
	CU_ASSERT_PTR_NULL(form_ready(&f));
	out.n = 0;
	octets_fill(&out, 9, 3);	/* not at the front */
	CU_ASSERT_TRUE(form_build(&f, s, 77, (struct when){ 100, 500 }, &out, &p));
	CU_ASSERT_EQUAL(octets_get32(out.p + p.sequence), 0);
	CU_ASSERT_EQUAL(octets_get32(out.p + p.time), 97);
	CU_ASSERT_EQUAL(octets_get32(out.p + p.time + 4), 999999500);
	CU_ASSERT_EQUAL(octets_get32(out.p + out.n - 4), 77);
	f.number_at++;
	CU_ASSERT_PTR_NOT_NULL(form_ready(&f));
	form_fini(&f);
	sequence_free(s);
}

/* X23-POI-002 X23-POI-006 X23-POI-018 X23-POI-019 X23-POI-021: what a well-behaved POI never sends is said and, unless hostile, not sent */
static void faults(void)
{
	struct form f = x3_form();
	struct octets big = { 0 };

	CU_ASSERT_PTR_NULL(form_ready(&f));
	CU_ASSERT_EQUAL(f.rest.n, 0);	/* no AXRI unasked */
#define FAULTY(change) do { struct form g; CU_ASSERT_TRUE(form_copy(&g, &f)); change; CU_ASSERT_PTR_NOT_NULL(form_ready(&g)); \
		g.hostile = true; CU_ASSERT_PTR_NULL(form_ready(&g)); form_fini(&g); } while (0)
	FAULTY(g.x.version = 0x0500);
	FAULTY(g.x.version = 0);
	FAULTY(g.x.type = 9);
	FAULTY(g.x.type = XPDU_ACK);
	FAULTY(g.x.format = XPDU_F_SIP; g.has_format = true);
	FAULTY(g.x.format = 0; g.has_format = true);
	FAULTY(g.x.format = 18; g.has_format = true);
	FAULTY(g.x.format = XPDU_F_GTPU; g.has_format = true; g.x.type = XPDU_X2);
	FAULTY(g.x.direction = 0);
	FAULTY(g.x.direction = 6);
	FAULTY(g.has_xid = false);
	FAULTY(g.x.has_header_length = true; g.x.header_length = 39);
	FAULTY(g.x.has_payload_length = true; g.x.payload_length = UINT32_MAX);
	FAULTY(set(&g.sdp, "v=0"); g.x.format = XPDU_F_RTP; g.has_format = true);
	FAULTY(set(&g.sdp, "v=0"); g.x.format = XPDU_F_GTPU; g.has_format = true);
	FAULTY(octets_hex(&g.raw, "0008 0002 0001"));
	FAULTY(octets_hex(&g.raw, "0006 0002 3131"));
	FAULTY(octets_hex(&g.raw, "00c8 0009 31"));
	FAULTY(octets_hex(&g.axri, "0015 0001 31"));
	FAULTY(octets_hex(&g.raw, "0004 0002 0231"));
	FAULTY(octets_hex(&g.raw, "0004 0002 0031"));
	octets_hex(&f.raw, "0011 0001 31 0011 0001 32 0004 0002 0131 00c8 0001 ff");	/* what may be there more than once */
	octets_hex(&f.source_port, "1f40");
	octets_hex(&f.destination_port, "1f42");
	octets_hex(&f.destination_addr, "c0000201");
	f.x.format = XPDU_F_RTP;
	f.has_format = true;
	set(&f.sdp, "v=0");
	CU_ASSERT_PTR_NULL(form_ready(&f));
	octets_fill(&big, 'x', 65536);
	out.n = 0;
	CU_ASSERT_FALSE(xpdu_attr(&out, 6, big.p, big.n));
	CU_ASSERT_EQUAL(out.n, 0);
	CU_ASSERT_TRUE(xpdu_attr(&out, 6, big.p, 65535));
	octets_put(&f.nfid, big.p, big.n);
	CU_ASSERT_PTR_NOT_NULL(form_ready(&f));
	f.hostile = true;
	CU_ASSERT_PTR_NOT_NULL(form_ready(&f));		/* not even then: its length cannot be written */
	octets_fini(&big);
	form_fini(&f);
}

static void reader(void)
{
	static const struct { const char *hex; enum li_err e; } v[] = {
		{ "", LI_EAGAIN }, { "00", LI_EAGAIN }, { "01", LI_EPEER }, { "0500", LI_EPEER }, { "0005 0004 00000027 00000000", LI_EPEER },
		{ "0005 0004 00000028 000fffd8", LI_EAGAIN }, { "0005 0004 00000028 000fffd9", LI_EPEER },
		{ "0005 0004 ffffffff ffffffff", LI_EPEER }, { ACK, LI_OK }, { ACK "00", LI_OK } };
	struct xpdu x;
	uint32_t sequence;
	bool has;
	size_t n;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		octets(v[i].hex);
		CU_ASSERT_EQUAL(xpdu_next(in.p, in.n, &n), v[i].e);
	}
	CU_ASSERT_EQUAL(n, 48);
	CU_ASSERT_EQUAL(xpdu_read(in.p, 49, &x), LI_EFORMAT);
	for (size_t k = 0; k < 48; k++)
		CU_ASSERT_EQUAL(xpdu_read(in.p, k, &x), LI_ETRUNC);
	CU_ASSERT_EQUAL(xpdu_read(in.p, 48, &x), LI_OK);
	CU_ASSERT(x.version == 5 && x.type == XPDU_ACK);
	CU_ASSERT_EQUAL(xpdu_ack_faults(&x, &has, &sequence), 0);
	CU_ASSERT(has && sequence == 42);
#define WRONG(at, what, bits) do { octets(ACK); in.p[at] = what; CU_ASSERT_EQUAL(xpdu_read(in.p, 48, &x), LI_OK); \
		CU_ASSERT_EQUAL(xpdu_ack_faults(&x, &has, &sequence), bits); } while (0)
	WRONG(1, 0, XPDU_ACK_VERSION);
	WRONG(13, 1, XPDU_ACK_NOT_ZERO);
	WRONG(15, 1, XPDU_ACK_NOT_ZERO);
	WRONG(16, 1, XPDU_ACK_NOT_ZERO);
	WRONG(31, 1, XPDU_ACK_NOT_ZERO);
	WRONG(39, 1, XPDU_ACK_NOT_ZERO);
	WRONG(41, 9, XPDU_ACK_NO_SEQUENCE);
	WRONG(43, 3, XPDU_ACK_NO_SEQUENCE);
	WRONG(43, 5, XPDU_ACK_NO_SEQUENCE);
	octets("0005 0004 00000028 00000000 0000 0000 00000000000000000000000000000000 0000000000000000");
	CU_ASSERT_EQUAL(xpdu_read(in.p, in.n, &x), LI_OK);
	CU_ASSERT_EQUAL(xpdu_ack_faults(&x, &has, &sequence), XPDU_ACK_NO_SEQUENCE | XPDU_ACK_LENGTH);
}

static void attributes(void)
{
	struct xpdu x = { .attributes = octets("0006 0001 61  00c8 0000  0006 0001 62  0008 0005 61") };
	struct xpdu_attr a;
	size_t at = 0;

	x.n_attributes = in.n;
	CU_ASSERT_TRUE(xpdu_attr_find(&x, 6, &a));
	CU_ASSERT(a.n == 1 && a.p[0] == 'a');
	CU_ASSERT_TRUE(xpdu_attr_find(&x, 200, &a));
	CU_ASSERT_EQUAL(a.n, 0);
	CU_ASSERT_FALSE(xpdu_attr_find(&x, 8, &a));
	while (xpdu_attr_next(&x, &at, &a) == LI_OK)
		;
	CU_ASSERT_EQUAL(xpdu_attr_next(&x, &at, &a), LI_ETRUNC);
	CU_ASSERT_EQUAL(at, 14);
	for (x.n_attributes = 0; x.n_attributes < in.n; x.n_attributes++)	/* no read past the end at any length (asan) */
		for (at = 0; xpdu_attr_next(&x, &at, &a) == LI_OK; )
			;
}

static void names(void)
{
	unsigned v;

	CU_ASSERT(xpdu_type_read("x2", &v) && v == 1);
	CU_ASSERT(xpdu_type_read("keepalive", &v) && v == 3);
	CU_ASSERT(xpdu_type_read("0x9", &v) && v == 9);
	CU_ASSERT_FALSE(xpdu_type_read("x4", &v));
	CU_ASSERT_FALSE(xpdu_type_read("65536", &v));
	CU_ASSERT_FALSE(xpdu_type_read("-1", &v));
	CU_ASSERT_FALSE(xpdu_type_read("", &v));
	CU_ASSERT(xpdu_format_read("gtpu", &v) && v == 12);
	CU_ASSERT(xpdu_format_read("17", &v) && v == 17);
	CU_ASSERT(xpdu_direction_read("from", &v) && v == 3);
	CU_ASSERT(xpdu_direction_read("0", &v) && v == 0);
	CU_ASSERT(xpdu_attr_type_read("sdp", &v) && v == 22);
	CU_ASSERT_STRING_EQUAL(xpdu_attr_name(7), "ipid");
	CU_ASSERT_PTR_NULL(xpdu_attr_name(23));
	CU_ASSERT_STRING_EQUAL(xpdu_format_name(9), "sip");
	/* table 7, written out once more */
	for (v = 0; v < 20; v++) {
		CU_ASSERT_EQUAL(xpdu_format_permitted(XPDU_X2, v), v >= 1 && v <= 17 && v != 7 && v != 8 && v != 12 && v != 13 && v != 16);
		CU_ASSERT_EQUAL(xpdu_format_permitted(XPDU_X3, v), v >= 1 && v <= 17 && v != 9 && v != 10 && v != 11 && v != 14);
		CU_ASSERT_FALSE(xpdu_format_permitted(XPDU_KEEPALIVE, v));
	}
	out.n = 0;
	CU_ASSERT_TRUE(form_target(&out, XPDU_A_OTHER, "imsi", "2<0>4&1"));
	CU_ASSERT(out.n == 34 && memcmp(out.p + 4, "<imsi>2&lt;0&gt;4&amp;1</imsi>", 30) == 0);
}

static void hex(void)
{
	CU_ASSERT(octets_hex(&out, " 0a-0B:0c.0d |\n0e # rest\n0f"));
	out.n = 0;
	CU_ASSERT(!octets_hex(&out, "0") && out.n == 0);
	CU_ASSERT(!octets_hex(&out, "000") && out.n == 0);
	CU_ASSERT(!octets_hex(&out, "0 0") && out.n == 0);
	CU_ASSERT(!octets_hex(&out, "00 0g") && out.n == 0);
	CU_ASSERT(octets_hex(&out, "") && out.n == 0);
	octets_fini(&in);
	octets_fini(&out);
}

UNIT_MAIN("poi_pdu", UNIT(golden), UNIT(numbers), UNIT(places), UNIT(faults), UNIT(reader), UNIT(attributes), UNIT(names), UNIT(hex))
