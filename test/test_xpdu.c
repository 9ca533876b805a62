/* test_xpdu.c: what a product of X2 or X3 says beside its payload: TS 103 221-2 clause 5.3, and what real POIs get wrong in it. */
#include "mediation/x/pdu.h"

#include "test/hex.h"

#define XID "29f28e1cf230486aa860f5a784ab9172"

static struct buf in;
static struct li_x_pdu head;
static struct x_pdu p;

/* A PDU of that type, format and direction, with these attributes and this payload. */
static void make(unsigned type, unsigned format, unsigned direction, const char *attributes, const char *payload)
{
	char start[128];
	size_t at, hl;

	in.n = 0;
	snprintf(start, sizeof(start), "0005 %04x 00000000 00000000 %04x %04x " XID " 0000000000000001", type, format, direction);
	hex_put(&in, start);
	hex_put(&in, attributes);
	hl = in.n;
	hex_put(&in, payload);
	at = in.n - hl;
	for (unsigned i = 0; i < 4; i++) {
		in.p[4 + i] = (uint8_t)(hl >> (24 - 8 * i));
		in.p[8 + i] = (uint8_t)(at >> (24 - 8 * i));
	}
	CU_ASSERT_EQUAL_FATAL(li_x_decode(buf_view(&in), &head), LI_OK);
	memset(&p, 0xee, sizeof(p));
	x_pdu_read(&head, &p);
}

static bool is_text(struct view v, const char *s)
{
	return view_eq(v, view_str(s));
}

static void samples(void)	/* X23-DEC-001, X23-DEC-002, X23-DEC-007: spec/samples/x2.bin and x3.bin, octet by octet */
{
	make(1, 2, 5, "0006 0006 616d662d3031  0007 000b 414d462d4952492d504f49  0008 0004 00000000  0009 0008 6553f100075bcd15"
	     "0011 0024 3c73757069696d73693e3030313031303132333435363738393c2f73757069696d73693e",
	     "3024 8105 0413130301 a21b a219 810101 820101 a311 810f 303031303130313233343536373839");
	CU_ASSERT(head.version == 5 && head.type == 1 && head.header_len == 125 && head.payload_len == 38 && head.format == 2);
	CU_ASSERT(!p.is_x3 && p.direction == LI_XD_NA && p.correlation == 1 && p.odd == 0);
	CU_ASSERT(is_text(p.nfid, "amf-01") && is_text(p.ipid, "AMF-IRI-POI") && p.domain.n == 0);
	CU_ASSERT(p.has_sequence && p.sequence == 0 && p.has_time && p.time == 1700000000123456);
	CU_ASSERT(p.n_matched == 1 && p.n_other == 0 && is_text(p.matched[0], "<supiimsi>001010123456789</supiimsi>"));
	make(2, 5, 3, "0006 0006 7570662d3031 0007 000a 5550462d43432d504f49 0008 0004 00000007 0009 0008 6553f100075bcd15", "45000024");
	CU_ASSERT(p.is_x3 && p.direction == LI_XD_FROM && p.sequence == 7 && p.n_matched == 0 && p.n_axri == 0 && p.flow.has == 0);
	CU_ASSERT(p.conn == 0 && p.sender == 0 && p.arrived == 0 && p.pdu == &head);
	make(2, 5, 3, "", "45");	/* X23-DEC-003, X23-MDF-007 */
	CU_ASSERT(head.header_len == 40 && !p.has_sequence && !p.has_time && p.nfid.n == 0 && p.odd == 0);
	make(2, 5, 3, "0009 0008 ffffffff00000000", "45");	/* X23-DEC-008 */
	CU_ASSERT_EQUAL(p.time, 4294967295 * LI_US_SECOND);
}

static void every_type(void)	/* X23-DEC-004 */
{
	static const uint8_t v4[] = { 192, 0, 2, 1 }, w4[] = { 192, 0, 2, 2 };
	struct li_addr a = li_addr4(v4), b = li_addr4(w4);

	make(2, 8, 2, "0001 0002 aaaa 0002 0001 bb 0003 0000 0004 0003 01 78 99 0005 0003 646964 0006 0002 6e66 0007 0002 6970"
	     "0008 0004 00000009 0009 0008 00000001 3b9ac9ff 000a 0004 c0000201 000b 0004 c0000202"
	     "000c 0010 20010db8000000000000000000000001 000d 0010 20010db8000000000000000000000002 000e 0002 1388 000f 0002 1770"
	     "0010 0001 11 0011 0003 3c613e 0012 0003 3c623e 0013 0002 612f 0014 0002 3862 0015 001c" XID "00000000000000ff 00000004"
	     "0016 0003 763d30", "80");
	CU_ASSERT(is_text(p.domain, "did") && is_text(p.nfid, "nf") && is_text(p.ipid, "ip") && p.sequence == 9 && p.time == 1999999);
	CU_ASSERT(p.flow.has == 31 && p.flow.sport == 5000 && p.flow.dport == 6000 && p.flow.protocol == 17);
	CU_ASSERT(li_addr_eq(&p.flow.source, &a) && li_addr_eq(&p.flow.destination, &b));
	CU_ASSERT(p.n_matched == 1 && is_text(p.matched[0], "<a>") && p.n_other == 1 && is_text(p.other[0], "<b>"));
	CU_ASSERT(is_text(p.mime_type, "a/") && is_text(p.mime_encoding, "8b") && is_text(p.sdp, "v=0") && p.n_axri == 1);
	CU_ASSERT_EQUAL(p.odd, 0);
}

static void ends(void)		/* one family for both ends */
{
	static const uint8_t six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 }, mapped[4] = { 192, 0, 2, 9 };
	struct li_addr a = li_addr6(six), m = li_addr4(mapped);

	make(2, 8, 2, "000a 0004 c0000201 000c 0010 20010db8000000000000000000000001 000d 0010 20010db8000000000000000000000002", "80");
	CU_ASSERT(p.flow.has == (X_FLOW_SOURCE | X_FLOW_DESTINATION) && p.flow.destination.family == 6 && li_addr_eq(&p.flow.source, &a));
	make(2, 8, 2, "000c 0010 20010db8000000000000000000000001", "80");
	CU_ASSERT(p.flow.has == X_FLOW_SOURCE && li_addr_eq(&p.flow.source, &a));
	make(2, 8, 2, "000d 0010 00000000000000000000ffffc0000209", "80");
	CU_ASSERT(p.flow.has == X_FLOW_DESTINATION && li_addr_eq(&p.flow.destination, &m));
	make(2, 8, 2, "000b 0004 c0000209", "80");
	CU_ASSERT(p.flow.has == X_FLOW_DESTINATION && li_addr_eq(&p.flow.destination, &m));
}

static void first_counts(void)	/* X23-DEC-005, X23-DEC-006 */
{
	make(1, 2, 5, "0009 0008 0000000100000000 0009 0008 0000000200000000 0011 0001 31 0011 0001 32 0011 0001 33 0006 0001 61 0006 0001 62", "30");
	CU_ASSERT(p.time == 1000000 && p.n_matched == 3 && is_text(p.matched[2], "3") && is_text(p.nfid, "a"));
	CU_ASSERT_EQUAL(p.odd, X_ODD_REPEATED);
	make(1, 2, 5, "0009 000c 000000006553f100075bcd15 0009 0008 0000000200000000 0008 0002 0001", "30");	/* X23-DEC-022 */
	CU_ASSERT(p.has_time && p.time == 2000000 && !p.has_sequence && p.odd == X_ODD_LENGTH);
	make(1, 2, 5, "0009 0008 00000001 3b9aca00", "30");	/* a second of 10^9 ns and more */
	CU_ASSERT(!p.has_time && p.odd == X_ODD_LENGTH);
}

static void deviations(void)
{
	char many[1024] = "";

	make(1, 2, 5, "0006 0001 61 00c8 0003 010203 0000 0000 0007 0001 62", "30");	/* X23-DEC-017 */
	CU_ASSERT(is_text(p.nfid, "a") && is_text(p.ipid, "b") && p.odd == X_ODD_UNKNOWN);
	make(1, 2, 5, "0006 0001 61 0007 0003 6262", "30");	/* X23-DEC-021 */
	CU_ASSERT(is_text(p.nfid, "a") && p.ipid.n == 0 && p.odd == X_ODD_ATTRIBUTES);
	make(1, 2, 5, "0006 0001 61 0007 00", "30");
	CU_ASSERT(is_text(p.nfid, "a") && p.odd == X_ODD_ATTRIBUTES);
	make(1, 2, 0, "", "");
	CU_ASSERT(p.direction == LI_XD_UNKNOWN && p.odd == (X_ODD_DIRECTION | X_ODD_EMPTY));
	make(1, 2, 6, "", "30");
	CU_ASSERT(p.direction == LI_XD_UNKNOWN && p.odd == X_ODD_DIRECTION);
	/* X23-DEC-010: kept as they came; lippycat's bare text, sipgate's name, a prefix */
	make(1, 9, 3, "0011 0015 7369703a616c696365406578616d706c652e636f6d "
	     "0011 0025 3c453136344e756d6265723e3439343031323334353637383c2f453136344e756d6265723e "
	     "0012 0016 3c6e73313a696d73693e313c2f6e73313a696d73693e", "53");
	CU_ASSERT(p.odd == 0 && p.n_matched == 2 && is_text(p.matched[0], "sip:alice@example.com"));
	CU_ASSERT(is_text(p.matched[1], "<E164Number>494012345678</E164Number>"));
	CU_ASSERT(p.n_other == 1 && is_text(p.other[0], "<ns1:imsi>1</ns1:imsi>"));
	for (unsigned i = 0; i < X_TARGETS_MAX + 2; i++)
		strcat(many, "0011 0001 61 ");
	make(1, 2, 5, many, "30");
	CU_ASSERT(p.n_matched == X_TARGETS_MAX && p.odd == X_ODD_TARGETS);
}

static void owners(void)	/* X23-DEC-026 */
{
	struct view owner, value;

	make(1, 4, 5, "0004 0012 0e 76656e646f722e6578616d706c65 010203", "0e 76656e646f722e6578616d706c65 ff");
	CU_ASSERT_EQUAL(p.odd, 0);
	CU_ASSERT_EQUAL(x_owner(head.payload, &owner, &value), LI_OK);
	CU_ASSERT(is_text(owner, "vendor.example") && hex_is(value, "ff"));
	make(1, 4, 5, "", "00 ff");
	CU_ASSERT_EQUAL(p.odd, X_ODD_OWNER);
	make(1, 4, 5, "", "03 6161");
	CU_ASSERT_EQUAL(p.odd, X_ODD_OWNER);
	make(1, 2, 5, "0004 0002 02 61", "30");
	CU_ASSERT_EQUAL(p.odd, X_ODD_OWNER);
	make(1, 2, 5, "0004 0000", "30");
	CU_ASSERT_EQUAL(p.odd, X_ODD_OWNER);
}

static void formats(void)	/* X23-DEC-023: table 7 */
{
	static const char x2[] = "-yyyyyy--yyy--yy-y", x3[] = "-yyyyyyyy---yy-yyy";

	for (unsigned f = 0; f < 20; f++) {
		CU_ASSERT_EQUAL(x_format_permitted(LI_X_X2, f), f < 18 && x2[f] == 'y');
		CU_ASSERT_EQUAL(x_format_permitted(LI_X_X3, f), f < 18 && x3[f] == 'y');
		CU_ASSERT_FALSE(x_format_permitted(LI_X_KEEPALIVE, f));
	}
	make(2, 9, 3, "", "53");
	CU_ASSERT_EQUAL(p.odd, X_ODD_FORMAT);
	make(1, 12, 3, "0006 0001 61", "30");
	CU_ASSERT(p.odd == X_ODD_FORMAT && is_text(p.nfid, "a"));
}

static void axri(void)		/* X23-DEC-024, LI128-188 */
{
	struct view rest;
	char id[LI_UUID_TEXT];

	make(2, 12, 3, "0008 0004 00000007 0015 0018 11111111111111111111111111111111 0000000000000005 0006 0001 61"
	     "0015 001c 22222222222222222222222222222222 0000000000000006 00000063 0015 0019" XID "000000000000000700 0015 0000", "34ff");
	CU_ASSERT(p.n_axri == 2 && p.odd == X_ODD_LENGTH && p.has_sequence && p.sequence == 7);
	rest = head.attributes;
	CU_ASSERT_TRUE(x_pdu_next(&p, &rest));
	li_uuid_text(p.xid.b, id);
	CU_ASSERT_STRING_EQUAL(id, "11111111-1111-1111-1111-111111111111");
	CU_ASSERT(p.correlation == 5 && !p.has_sequence && is_text(p.nfid, "a"));
	CU_ASSERT_TRUE(x_pdu_next(&p, &rest));
	li_uuid_text(p.xid.b, id);
	CU_ASSERT_STRING_EQUAL(id, "22222222-2222-2222-2222-222222222222");
	CU_ASSERT(p.correlation == 6 && p.has_sequence && p.sequence == 99 && p.pdu->payload.n == 2);
	CU_ASSERT_FALSE(x_pdu_next(&p, &rest));
}

/* A million PDUs with some octets changed: whatever comes of them lies within them. X23-DEC-029, with the fuzz drivers */
static void mutated(void)
{
	static const char attributes[] = "0005 0003 646964 0006 0002 6e66 0007 0002 6970 0008 0004 00000009 0009 0008 00000001 3b9ac9ff"
		"000a 0004 c0000201 000d 0010 20010db8000000000000000000000002 0010 0001 11 0011 0003 3c613e 0012 0003 3c623e"
		"0015 001c" XID "00000000000000ff 00000004 0016 0003 763d30";
	uint64_t seed = 29;
	struct buf good;
	unsigned read = 0;

	make(2, 8, 2, attributes, "80");
	buf_init(&good, 0);
	CU_ASSERT_EQUAL_FATAL(buf_put(&good, in.p, in.n), LI_OK);
	for (unsigned i = 0; i < unit_rounds(1000000); i++) {
		uint8_t *copy = malloc(good.n);		/* of its own size, so that a read past it shows */
		struct view rest;
		unsigned n = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, good.p, good.n);
		for (unsigned k = 0; k < 1 + i % 4; k++)
			copy[40 + unit_rand(&seed) % (good.n - 40)] = (uint8_t)unit_rand(&seed);
		if (!li_x_decode(view_of(copy, good.n), &head)) {
			x_pdu_read(&head, &p);
			for (rest = head.attributes; x_pdu_next(&p, &rest); n++)
				;
			if (n != p.n_axri || p.nfid.n + p.ipid.n + p.domain.n + p.sdp.n > head.attributes.n)
				CU_FAIL("outside");
			read++;
		}
		free(copy);
	}
	CU_ASSERT_EQUAL(read, unit_rounds(1000000));
	buf_fini(&good);
	buf_fini(&in);
}

UNIT_MAIN("xpdu", UNIT(samples), UNIT(every_type), UNIT(ends), UNIT(first_counts), UNIT(deviations), UNIT(owners), UNIT(formats), UNIT(axri), UNIT(mutated))
