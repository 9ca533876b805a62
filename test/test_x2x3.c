/* test_x2x3.c: X2/X3 PDUs off a stream: TS 103 221-2 clause 5 and the reactions of our digest's table 11. */
#include <li/x2x3.h>

#include "test/hex.h"

#define XID "29f28e1cf230486aa860f5a784ab9172"
#define X3 "0005 0002 00000054 00000004 0005 0003 " XID " 0000000000000001 0006 0006 7570662d3031 0007 000a 5550462d43432d504f49 " \
	"0008 0004 00000007 0009 0008 6553f100075bcd15 45000024"

static struct buf in;

static struct view octets(const char *hex)
{
	in.n = 0;
	hex_put(&in, hex);
	return buf_view(&in);
}

static void read_it(void)
{
	struct view v = octets(X3), rest, value;
	static const uint16_t types[] = { 6, 7, 8, 9 };
	struct li_x_attr a;
	struct li_x_pdu p;
	uint32_t s, ns;
	char id[LI_UUID_TEXT];
	size_t n;

	for (size_t k = 0; k < v.n; k++)
		CU_ASSERT_EQUAL(li_x_next(view_of(v.p, k), &n), LI_EAGAIN);
	CU_ASSERT_EQUAL(li_x_next(v, &n), LI_OK);
	CU_ASSERT_EQUAL(n, v.n);
	CU_ASSERT_EQUAL(li_x_decode(v, &p), LI_OK);
	CU_ASSERT(p.version == 5 && p.type == LI_X_X3 && p.header_len == 84 && p.payload_len == 4);
	CU_ASSERT(p.format == LI_XF_IPV4 && p.direction == LI_XD_FROM && p.correlation == 1);
	li_uuid_text(p.xid.b, id);
	CU_ASSERT_STRING_EQUAL(id, "29f28e1c-f230-486a-a860-f5a784ab9172");
	CU_ASSERT(hex_is(p.payload, "45000024"));
	rest = p.attributes;
	for (size_t i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(li_x_attr_next(&rest, &a), LI_OK);
		CU_ASSERT_EQUAL(a.type, types[i]);
	}
	CU_ASSERT_EQUAL(li_x_attr_next(&rest, &a), LI_ECLOSED);
	CU_ASSERT_TRUE(li_x_attr_find(&p, LI_XA_SEQUENCE, &value));
	CU_ASSERT(hex_is(value, "00000007"));
	CU_ASSERT_FALSE(li_x_attr_find(&p, LI_XA_AXRI, &value));
	CU_ASSERT_TRUE(li_x_time(&p, &s, &ns));
	CU_ASSERT(s == 1700000000 && ns == 123456789);
}

static void framing(void)
{
	static const struct { const char *hex; enum li_err e; } v[] = {
		{ "", LI_EAGAIN }, { "00", LI_EAGAIN }, { "0100", LI_EPEER }, { "0500 0001", LI_EPEER },	/* major version */
		{ "0005 0001 00000027 00000000", LI_EPEER },		/* header shorter than 40 */
		{ "0005 0001 00020001 00000000", LI_EPEER }, { "0005 0001 00020000 00000000", LI_EAGAIN },
		{ "0005 0001 00000028 01000001", LI_EPEER }, { "0005 0001 00000028 01000000", LI_EAGAIN },
		{ "0005 0001 ffffffff ffffffff", LI_EPEER },		/* the sum needs 33 bits */
		{ "00ff 0009 00000028 00000000 0000 0000 " XID " 0000000000000000", LI_OK } };	/* minor version and type of tomorrow */
	struct li_x_pdu p;
	size_t n;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		CU_ASSERT_EQUAL(li_x_next(octets(v[i].hex), &n), v[i].e);
	CU_ASSERT_EQUAL(li_x_decode(buf_view(&in), &p), LI_OK);
	CU_ASSERT(p.version == 255 && p.type == 9);
	CU_ASSERT_EQUAL(li_x_decode(view_of(in.p, in.n - 1), &p), LI_ETRUNC);
	hex_put(&in, "00");
	CU_ASSERT_EQUAL(li_x_decode(buf_view(&in), &p), LI_EFORMAT);
	CU_ASSERT_EQUAL(li_x_decode(view_of(in.p, 7), &p), LI_ETRUNC);
}

static void attributes(void)	/* clause 5.3.1: the first counts; a wrong length counts as absent */
{
	struct li_x_pdu p = { .attributes = octets("0008 0002 0001  0008 0004 00000002  0008 0004 00000003  1234 0001 ff  0007 0005 61") };
	struct view rest = p.attributes, value;
	struct li_x_attr a;
	unsigned n = 0;

	CU_ASSERT_TRUE(li_x_attr_find(&p, LI_XA_SEQUENCE, &value));
	CU_ASSERT(hex_is(value, "00000002"));
	CU_ASSERT_TRUE(li_x_attr_find(&p, 0x1234, &value));
	while (li_x_attr_next(&rest, &a) == LI_OK)
		n++;
	CU_ASSERT_EQUAL(n, 4);
	CU_ASSERT_EQUAL(li_x_attr_next(&rest, &a), LI_ETRUNC);	/* and stays */
	CU_ASSERT(hex_is(rest, "0007 0005 61"));
	p.attributes = octets("0009 000c 000000006553f100075bcd15");
	CU_ASSERT_FALSE(li_x_time(&p, &(uint32_t){ 0 }, &(uint32_t){ 0 }));
	rest = octets("00 06 00");
	CU_ASSERT_EQUAL(li_x_attr_next(&rest, &a), LI_ETRUNC);
	buf_fini(&in);
}

UNIT_MAIN("x2x3", UNIT(read_it), UNIT(framing), UNIT(attributes))
