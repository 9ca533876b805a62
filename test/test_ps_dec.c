/* test_ps_dec.c: what was written reads back; every legal form of the same PDU reads alike; what is refused says where. */
#include "asn1/ps_dec.h"

#include "asn1/ber.h"
#include "test/hex.h"

#define HEAD "A1 48 80 07 04 00 02 02 05 01 21  81 0B 4C 49 2D 54 45 53 54 2D 30 30 31  82 02 4E 4C " \
	"A3 14 A0 0E 80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 82 02 4E 4C  84 01 00 " \
	"85 13 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A "
#define T INT64_C(1770371041608000)

static struct buf in;

static enum li_err decode(const char *hex, struct ps_pdu *p, size_t *at, const char **what)
{
	in.n = 0;
	hex_put(&in, hex);
	return ps_decode(buf_view(&in), p, at, what);
}

/* HO-AGG-001, HO-PSH-001, HO-PSH-011, HO-PSH-014, HO-PSH-016, HO-TS-004, LI128-026 */
static void there_and_back(void)
{
	uint64_t s = 3;

	for (unsigned i = 0; i < unit_rounds(20000); i++) {
		static const char text[] = "abcdefghijklmnopqrstuvwxyz";
		uint64_t x = unit_rand(&s);
		struct ps_head h = { .gen_header = (uint8_t)unit_rand(&s), .liid = { (uint8_t)(1 + unit_rand(&s) % 25), "x" },
			.has_auth_country = x & 1, .has_delivery_country = x & 2, .has_cin = x & 4, .auth_country = { { 'N', 'L' } },
			.delivery_country = { { 'D', 'E' } }, .operator_id = view_of(text, 1 + unit_rand(&s) % 16),
			.element_id = view_of(text, unit_rand(&s) % 17), .cin = { (uint32_t)unit_rand(&s) },
			.nfid = view_of(text, x & 8 ? 9 : 0), .eipid = view_of(text, x & 16 ? 26 : 0),
			.time_form = x & 32 ? PS_TIME_GENERALIZED : PS_TIME_MICRO };
		struct ps_cc cc = { .form = x & 64 ? PS_CC_GTPU : PS_CC_EXTENDED, .has_qfi = x & 128, .qfi = (uint8_t)(x >> 8 & 63),
			.dir = (enum li_dir)(unit_rand(&s) % 5), .release = 19, .version = 3, .octets = view_of(text, unit_rand(&s) % 27) };
		enum li_iri_type type = (enum li_iri_type)(1 + unit_rand(&s) % 4);
		uint32_t number = (uint32_t)unit_rand(&s);
		li_us t = (li_us)(unit_rand(&s) % UINT64_C(253402300800000000));
		const char *what = "";
		struct ps_item item;
		struct view rest;
		struct ps_pdu p;
		size_t at = 0, n;
		struct buf b;

		buf_init(&b, 0);
		if (x & 1u << 20) {
			CU_ASSERT_EQUAL_FATAL(ps_enc_iri(&h, number, t, type, cc.octets, &b), LI_OK);
		} else {
			CU_ASSERT_EQUAL_FATAL(ps_enc_cc(&h, &cc, number, t, &b), LI_OK);
		}
		CU_ASSERT_EQUAL_FATAL(ps_next(buf_view(&b), &n), LI_OK);
		CU_ASSERT_EQUAL_FATAL(n, b.n);
		CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&b), &p, &at, &what), LI_OK);
		CU_ASSERT_EQUAL_FATAL(p.kind, x & 1u << 20 ? PS_IRI : PS_CC);
		CU_ASSERT(view_eq(p.liid, view_of(h.liid.p, h.liid.n)));
		CU_ASSERT(view_eq(p.operator_id, h.operator_id));
		CU_ASSERT(view_eq(p.element_id, h.element_id));
		CU_ASSERT(view_eq(p.nfid, h.gen_header < PS_SINCE_POINTS ? view_of("", 0) : h.nfid));
		CU_ASSERT(view_eq(p.eipid, h.gen_header < PS_SINCE_POINTS ? view_of("", 0) : h.eipid));
		CU_ASSERT_EQUAL(p.has_auth_country, h.has_auth_country);
		CU_ASSERT(!p.has_auth_country || memcmp(&p.auth_country, &h.auth_country, 2) == 0);
		CU_ASSERT_EQUAL(p.has_delivery_country, h.has_delivery_country);
		CU_ASSERT(!p.has_delivery_country || memcmp(&p.delivery_country, &h.delivery_country, 2) == 0);
		CU_ASSERT_EQUAL(p.has_cin, h.has_cin);
		CU_ASSERT(!p.has_cin || p.cin == h.cin.v);
		CU_ASSERT_EQUAL(p.number, number);
		CU_ASSERT(p.has_time && p.time == t && p.time_is_micro == (h.time_form == PS_TIME_MICRO));
		CU_ASSERT_EQUAL(p.qualifier, 1);
		rest = p.payload;
		CU_ASSERT_EQUAL_FATAL(ps_item_next(p.kind, &rest, &item), LI_OK);
		CU_ASSERT(!item.has_time && item.qualifier == -1 && !item.segmented);
		if (p.kind == PS_IRI) {
			CU_ASSERT(item.has_type && item.type == type && !item.has_dir);
			CU_ASSERT_EQUAL(item.contents_tag, 19);
			CU_ASSERT(view_eq(item.contents, cc.octets));
		} else {
			CU_ASSERT(item.has_dir && item.dir == cc.dir && !item.has_type);
			CU_ASSERT_EQUAL(item.contents_tag, 23);
			CU_ASSERT(item.contents.n > cc.octets.n && item.contents.p[0] == BER_SEQ);
			CU_ASSERT_PTR_NOT_NULL(memmem(item.contents.p, item.contents.n, cc.octets.p, cc.octets.n));
		}
		CU_ASSERT_EQUAL(ps_item_next(p.kind, &rest, &item), LI_ECLOSED);
		buf_fini(&b);
	}
}

static void aggregated(void)	/* the reference with two items, HO-AGG-006; HO-TS-006's qualifier on one of them */
{
	struct ps_item i;
	const char *what;
	struct ps_pdu p;
	struct view rest;
	size_t at;

	CU_ASSERT_EQUAL(decode("30 74 " HEAD "A2 28 A1 26 30 19 80 01 00 A2 04 97 02 30 00 A3 0B 80 04 69 85 B7 E1 81 03 09 47 00 "
			       "84 01 01 30 09 80 01 01 A2 04 97 02 30 00", &p, &at, &what), LI_OK);
	rest = p.payload;
	CU_ASSERT_EQUAL(ps_item_next(p.kind, &rest, &i), LI_OK);
	CU_ASSERT(i.has_dir && i.dir == LI_FROM_TARGET && i.contents_tag == 23 && i.contents.n == 2);
	CU_ASSERT(i.has_time && i.time == T && i.qualifier == 1);
	CU_ASSERT_EQUAL(ps_item_next(p.kind, &rest, &i), LI_OK);
	CU_ASSERT(i.dir == LI_TO_TARGET && !i.has_time && i.qualifier == -1);
	CU_ASSERT_EQUAL(ps_item_next(p.kind, &rest, &i), LI_ECLOSED);
}

static void tri(void)
{
	const char *what;
	struct ps_pdu p;
	size_t at;

	CU_ASSERT_EQUAL(decode("30 50 " HEAD "A2 04 A2 02 8C 00", &p, &at, &what), LI_OK);
	CU_ASSERT(p.kind == PS_TRI && p.tri == PS_TRI_ACK_REQUEST && p.tri_tag == 12 && p.tri_body.n == 0);
	CU_ASSERT_EQUAL(decode("30 51 " HEAD "A2 05 A2 03 9F 63 00", &p, &at, &what), LI_OK);
	CU_ASSERT(p.kind == PS_TRI && p.tri == PS_TRI_UNKNOWN && p.tri_tag == 99);
	CU_ASSERT_EQUAL(decode("30 51 " HEAD "A2 05 BF 63 02 80 00", &p, &at, &what), LI_OK);	/* HO-ENC-011 */
	CU_ASSERT(p.kind == PS_UNKNOWN && p.payload_tag == 99);
}

static void every_legal_form(void)	/* HO-ENC-014, HO-ENC-015 */
{
	static const char *same[] = {
		/* indefinite lengths all the way down */
		"30 80 A1 80 80 07 04 00 02 02 05 01 21  81 0B 4C 49 2D 54 45 53 54 2D 30 30 31  82 02 4E 4C "
		"A3 80 A0 80 80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 00 00 82 02 4E 4C 00 00 84 01 00 "
		"85 13 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A 00 00 A2 80 A2 80 83 00 00 00 00 00 00 00",
		/* padded lengths */
		"30 81 50 " HEAD "A2 04 A2 02 83 00", "30 82 00 50 " HEAD "A2 04 A2 02 83 00",
		/* strings in segments: LIID in three of them, the operator in one, a country in two, the time in two */
		"30 66 A1 5E 80 07 04 00 02 02 05 01 21  A1 17 04 02 4C 49 24 06 04 00 04 02 2D 54 04 04 45 53 54 2D 04 03 30 30 31  "
		"A2 06 04 01 4E 04 01 4C A3 16 A0 10 A0 06 04 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 82 02 4E 4C 84 01 00 "
		"A5 17 04 04 32 30 32 36 04 0F 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A A2 04 A2 02 83 00",
		/* members that a later version may add: HO-ENC-012 */
		"30 58 A1 50 80 07 04 00 02 02 05 01 21  81 0B 4C 49 2D 54 45 53 54 2D 30 30 31  82 02 4E 4C "
		"A3 14 A0 0E 80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 82 02 4E 4C  84 01 00 "
		"85 13 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A 8B 01 FF 9F 1F 02 01 02 A2 04 A2 02 83 00" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		const char *what = "";
		struct ps_pdu p;
		size_t at = 0, n;

		CU_ASSERT_EQUAL(decode(same[i], &p, &at, &what), LI_OK);
		CU_ASSERT_STRING_EQUAL(what, "");
		CU_ASSERT_EQUAL(ps_next(buf_view(&in), &n), LI_OK);
		CU_ASSERT_EQUAL(n, in.n);
		CU_ASSERT(view_eq(p.liid, view_str("LI-TEST-001")));
		CU_ASSERT(view_eq(p.operator_id, view_str("OP01")));
		CU_ASSERT(view_eq(p.element_id, view_str("MDF2-1")));
		CU_ASSERT(p.has_auth_country && memcmp(p.auth_country.c, "NL", 2) == 0);
		CU_ASSERT(p.has_time && p.time == T);
		CU_ASSERT(p.kind == PS_TRI && p.tri == PS_TRI_KEEPALIVE);
	}
}

static void far_time(void)	/* seconds are of 64 bits; those that no clock shows cost the PDU its time and nothing else */
{
	static const char pdu[] = "30 43 A1 3B 80 07 04 00 02 02 05 01 21 81 02 4C 31 A3 0A A0 05 80 03 4F 50 31 81 01 01 84 01 07 "
		"A7 0E 80 09 00 FF FF FF FF FF FF FF FF 81 01 05 89 0D 4C 49 2D 54 45 53 54 2D 30 30 31 30 30 A2 04 A2 02 83 00";
	const char *what;
	struct ps_pdu p;
	size_t at;

	CU_ASSERT_EQUAL(decode(pdu, &p, &at, &what), LI_OK);
	CU_ASSERT_FALSE(p.has_time);
	CU_ASSERT_EQUAL(p.number, 7);
}

static void refused(void)
{
	static const struct { const char *hex; enum li_err e; size_t at; const char *what; } v[] = {
		{ "", LI_ETRUNC, 0, "PS-PDU" },
		{ "31 00", LI_EFORMAT, 0, "PS-PDU" },
		{ "30 50 " HEAD "A2 04 A2 02 83 00 00", LI_EFORMAT, 82, "PS-PDU" },
		{ "30 00", LI_EMISSING, 2, "pSHeader" },
		{ "30 4A " HEAD, LI_EMISSING, 76, "payload" },
		{ "30 52 " HEAD "A2 04 A2 02 83 00 05 00", LI_EFORMAT, 82, "PS-PDU" },
		{ "30 52 " HEAD "A2 06 A2 02 83 00 83 00", LI_EFORMAT, 82, "payload" },		/* HO-ENC-009 */
		{ "30 4C " HEAD "A2 00", LI_EMISSING, 78, "payload" },
		{ "30 50 " HEAD "A2 04 A2 02 83 01", LI_ETRUNC, 80, "tRIPayload" },
		{ "30 02 A1 00", LI_EMISSING, 2, "li-psDomainId" },
		{ "30 13 A1 0B 80 01 04 81 01 41 A3 00 84 01 00 A2 04 A2 02 83 00", LI_EMISSING, 10, "networkIdentifier" },
		{ "30 09 A1 07 80 01 04 84 03 01 02", LI_ETRUNC, 7, "pSHeader" },
		{ "30 0D A1 0B 80 01 04 84 06 01 00 00 00 00 00", LI_ERANGE, 7, "sequenceNumber" },
		{ "30 11 A1 0F 80 01 04 A7 0A 80 08 7F FF FF FF FF FF FF FF", LI_EMISSING, 7, "microSecondTimeStamp" },
		{ "30 0A A1 08 80 01 04 84 01 05 00 00", LI_EFORMAT, 10, "pSHeader" },
		{ "30 0A A1 08 80 01 04 80 01 04 84 00", LI_EFORMAT, 7, "pSHeader" } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		const char *what = "none";
		struct ps_pdu p;
		size_t at = 999;

		CU_ASSERT_EQUAL(decode(v[i].hex, &p, &at, &what), v[i].e);
		CU_ASSERT_EQUAL(at, v[i].at);
		CU_ASSERT_STRING_EQUAL(what, v[i].what);
		if (at != v[i].at || strcmp(what, v[i].what))
			fprintf(stderr, "%zu: at %zu, %s\n", i, at, what);
	}
}

static void framing(void)	/* HO-ENC-016, HO-ENC-017, HO-ENC-018 */
{
	static const uint8_t huge[] = { 0x30, 0x84, 0x7f, 0xff, 0xff, 0xff }, wild[] = { 0x16, 0x03 },
		wide[] = { 0x30, 0x88, 1, 0, 0, 0, 0, 0, 0, 0 };
	static uint8_t endless[LI_PDU_MAX + 1];
	struct ps_pdu p;
	const char *what;
	size_t n, at, whole;

	CU_ASSERT_EQUAL(ps_next(view_of(huge, sizeof(huge)), &n), LI_EPEER);
	CU_ASSERT_EQUAL(ps_next(view_of(wild, 2), &n), LI_EPEER);
	CU_ASSERT_EQUAL(ps_next(view_of(wide, sizeof(wide)), &n), LI_EPEER);
	CU_ASSERT_EQUAL(ps_next(view_of(NULL, 0), &n), LI_EAGAIN);
	CU_ASSERT_EQUAL(decode("30 50 " HEAD "A2 04 A2 02 83 00", &p, &at, &what), LI_OK);
	whole = in.n;
	for (size_t k = 1; k < whole; k++)
		CU_ASSERT_EQUAL(ps_next(view_of(in.p, k), &n), LI_EAGAIN);
	memset(endless, 0, sizeof(endless));	/* an indefinite length that does not end */
	endless[0] = 0x30;
	endless[1] = 0x80;
	for (size_t i = 2; i + 1 < sizeof(endless); i += 2)
		endless[i] = 4;
	CU_ASSERT_EQUAL(ps_next(view_of(endless, LI_PDU_MAX), &n), LI_EAGAIN);
	CU_ASSERT_EQUAL(ps_next(view_of(endless, LI_PDU_MAX + 1), &n), LI_EPEER);
}

static void items(void)
{
	static const struct { const char *hex; enum li_err e; } v[] = { { "31 00", LI_EFORMAT }, { "30 00", LI_EMISSING },
		{ "30 03 80 01 00", LI_EMISSING }, { "30 02 A2 00", LI_EMISSING }, { "30 05 80 03 00", LI_ETRUNC },
		{ "30 09 80 01 63 A2 04 97 02 30 00", LI_OK }, { "30 0A B7 08 A2 06 B7 04 04 00 04 00", LI_EMISSING },
		{ "30 0A A2 08 B7 06 04 01 30 04 01 00", LI_OK } };
	struct ps_item item;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct view rest;

		in.n = 0;
		hex_put(&in, v[i].hex);
		rest = buf_view(&in);
		CU_ASSERT_EQUAL(ps_item_next(PS_CC, &rest, &item), v[i].e);
		CU_ASSERT_EQUAL(ps_item_next(PS_CC, &rest, &item), LI_ECLOSED);
	}
	/* the last one came in segments */
	in.n = 0;
	hex_put(&in, v[7].hex);
	struct view rest = buf_view(&in);
	struct buf out;

	buf_init(&out, 0);
	CU_ASSERT_EQUAL(ps_item_next(PS_CC, &rest, &item), LI_OK);
	CU_ASSERT_TRUE(item.segmented);
	CU_ASSERT_EQUAL(ber_join(item.contents, &out), LI_OK);
	CU_ASSERT(hex_is(buf_view(&out), "3000"));
	buf_fini(&out);
	/* an unknown direction is kept: HO-ENC-013 */
	in.n = 0;
	hex_put(&in, v[5].hex);
	rest = buf_view(&in);
	CU_ASSERT_EQUAL(ps_item_next(PS_CC, &rest, &item), LI_OK);
	CU_ASSERT_EQUAL((int)item.dir, 0x63);
	buf_fini(&in);
}

UNIT_MAIN("ps_dec", UNIT(there_and_back), UNIT(aggregated), UNIT(tri), UNIT(every_legal_form), UNIT(far_time), UNIT(refused), UNIT(framing), UNIT(items))
