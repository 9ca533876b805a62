/* test_xiri.c: records of X2 become records of HI2, octet for octet. */
#include "asn1/xiri.h"

#include <li/wr.h>
#include <stdlib.h>

#include "asn1/fields.h"
#include "asn1/gen_ts33128.h"
#include "test/gen/xiris.h"
#include "test/hex.h"

#define ROUNDS 10

static struct buf in, out;

static struct view octets(const char *hex)
{
	in.n = 0;
	hex_put(&in, hex);
	return buf_view(&in);
}

/* -- the table ------------------------------------------------------------------------------------------------------- */
static bool listed(const uint16_t *list, uint32_t tag)
{
	for (; *list; list++)
		if (*list == tag)
			return true;
	return false;
}

/* What the clauses say of each event, written here a second time and another way. */
static void types(void)
{
	static const uint16_t begin[] = { 6, 9, 57, 60, 65, 69, 76, 80, 92, 94, 97, 176, 179, 0 };
	static const uint16_t more[] = { 7, 58, 64, 66, 77, 93, 96, 98, 177, 0 };
	static const uint16_t end[] = { 8, 59, 67, 78, 95, 99, 178, 0 };

	for (uint32_t tag = 1; tag <= 190; tag++) {	/* LI128-055, LI128-057, LI128-060, LI128-092, LI128-093 */
		const struct xiri_event *e = xiri_event(tag);
		enum li_iri_type want = listed(begin, tag) ? LI_IRI_BEGIN : listed(more, tag) ? LI_IRI_CONTINUE :
					listed(end, tag) ? LI_IRI_END : LI_IRI_REPORT;

		CU_ASSERT_PTR_NOT_NULL_FATAL(e);
		CU_ASSERT_EQUAL(xiri_type(e, false), want);
		CU_ASSERT_EQUAL(xiri_type(e, true), tag == 68 ? LI_IRI_CONTINUE : want);
		/* a record that opens, goes on with or closes a session has its CIN */
		CU_ASSERT(want == LI_IRI_REPORT || e->cin == XIRI_CIN_SESSION);
	}
	CU_ASSERT_EQUAL(xiri_event(12)->cin, XIRI_CIN_MESSAGE);
	CU_ASSERT_EQUAL(xiri_event(56)->cin, XIRI_CIN_ANSWER);
	CU_ASSERT_EQUAL(xiri_event(105)->cin, XIRI_CIN_SESSION);
	for (uint32_t tag = 1; tag <= 5; tag++)
		CU_ASSERT_EQUAL(xiri_event(tag)->cin, XIRI_CIN_OMIT);	/* LI128-056 */
	CU_ASSERT_PTR_NULL(xiri_event(0));
	CU_ASSERT_PTR_NULL(xiri_event(191));
	CU_ASSERT_PTR_NULL(xiri_event(UINT32_MAX));
}

static void against_module(void)
{
	const struct field_type *x2 = field_find(&fields_ts33128, "XIRIEvent"), *hi2 = field_find(&fields_ts33128, "IRIEvent");
	unsigned n[4] = { 0 };

	for (uint32_t tag = 1; tag <= 256; tag++) {
		const struct field_member *a = field_by_tag(x2, FIELD_CONTEXT, tag), *b = field_by_tag(hi2, FIELD_CONTEXT, tag);
		const struct xiri_event *e = xiri_event(tag);
		enum xiri_route want = a && b ? XIRI_SHARED : b ? XIRI_HI2_ONLY : tag == 161 ? XIRI_IPPR : XIRI_NOWHERE;

		CU_ASSERT_EQUAL(e != NULL, a || b);
		if (!e)
			continue;
		CU_ASSERT_EQUAL(e->tag, tag);
		CU_ASSERT_STRING_EQUAL(e->name, (a ? a : b)->name);
		CU_ASSERT_EQUAL(e->route, want);
		CU_ASSERT(!a || !b || a->type == b->type);
		n[e->route]++;
	}
	CU_ASSERT(n[XIRI_SHARED] == 186 && n[XIRI_NOWHERE] == 2 && n[XIRI_IPPR] == 1 && n[XIRI_HI2_ONLY] == 1);
}

/* LI128-007 */
static void releases(void)
{
	static const struct { uint32_t tag; uint8_t release, version; bool fits; } v[] = {
		{ 6, 15, 0, true }, { 17, 15, 9, false }, { 64, 16, 5, true }, { 65, 16, 17, false }, { 65, 17, 0, true }, { 112, 17, 15, true },
		{ 113, 17, 15, false }, { 132, 17, 15, true }, { 161, 18, 8, true }, { 176, 16, 5, false }, { 176, 17, 9, false },
		{ 176, 18, 9, false }, { 176, 18, 10, true }, { 176, 19, 1, false }, { 176, 19, 2, true }, { 175, 18, 15, false },
		{ 186, 18, 11, true }, { 190, 19, 2, false }, { 190, 19, 3, true }, { 190, 20, 0, true },
		/* what we do not know */
		{ 250, 16, 5, false }, { 250, 18, 15, false }, { 250, 19, 3, true }, { 250, 20, 1, true } };
	const char *shared = getenv("SHARED");
	char line[512], name[128];
	unsigned tag, seen = 0;
	FILE *f;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		CU_ASSERT_EQUAL(xiri_fits(v[i].tag, v[i].release, v[i].version), v[i].fits);
	snprintf(line, sizeof(line), "%s/spec/ts33128-fields.csv", shared ? shared : "../shared");
	f = fopen(line, "r");
	if (!f)
		UNIT_SKIP("no field table of the standard to hold the releases against");
	while (fgets(line, sizeof(line), f)) {
		bool r16 = strstr(line, ",r16");

		if (sscanf(line, "TS33128Payloads,XIRIEvent,CHOICE,%127[^,],%u", name, &tag) != 2 &&
		    sscanf(line, "TS33128Payloads,IRIEvent,CHOICE,%127[^,],%u", name, &tag) != 2)
			continue;
		/* the table goes by names: of these two release 16 spelled them otherwise, and of 5 and 10 in IRIEvent */
		if (tag != 62 && tag != 63 && tag != 5 && tag != 10)
			CU_ASSERT_EQUAL(xiri_fits(tag, 16, 5), r16);
		CU_ASSERT(xiri_fits(tag, 19, 3));
		seen++;
	}
	fclose(f);
	CU_ASSERT_EQUAL(seen, 189 + 187);
}

/* LI128-206, LI128-207 */
static void services(void)
{
	static const struct { uint32_t tag; unsigned of; } v[] = { { 1, 0 }, { 3, 0 }, { 11, 0 }, { 89, 0 }, { 102, 0 }, { 6, LI_SERVICE_DATA },
		{ 15, LI_SERVICE_DATA }, { 176, LI_SERVICE_DATA }, { 65, LI_SERVICE_DATA }, { 12, LI_SERVICE_MESSAGING }, { 17, LI_SERVICE_MESSAGING },
		{ 56, LI_SERVICE_MESSAGING }, { 74, LI_SERVICE_MESSAGING }, { 165, LI_SERVICE_MESSAGING }, { 36, LI_SERVICE_PTC }, { 53, LI_SERVICE_PTC },
		{ 13, LI_SERVICE_LALS }, { 141, LI_SERVICE_RCS }, { 158, LI_SERVICE_RCS }, { 106, LI_SERVICE_VOICE }, { 103, LI_SERVICE_VOICE },
		{ 164, LI_SERVICE_VOICE } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (unsigned bit = 1; bit <= LI_SERVICE_RCS; bit <<= 1) {
			struct xiri x = { .tag = v[i].tag, .is = xiri_event(v[i].tag) };

			CU_ASSERT_EQUAL(xiri_in_scope(&x, bit), !v[i].of || v[i].of == bit);
			CU_ASSERT(xiri_in_scope(&x, 0));
			CU_ASSERT(xiri_in_scope(&x, bit | v[i].of));
		}
}

/* -- reading --------------------------------------------------------------------------------------------------------- */
#define DEREGISTRATION "81 05 04 13 13 03 01 A2 1B A2 19 81 01 01 82 01 01 A3 11 81 0F 30 30 31 30 31 30 31 32 33 34 35 36 37 38 39"

static void reads(void)
{
	static const struct { const char *hex; uint32_t tag, release, version; const char *event; } v[] = {
		{ "30 24 " DEREGISTRATION, 2, 19, 3, "A2 19 81 01 01 82 01 01 A3 11 81 0F 30 30 31 30 31 30 31 32 33 34 35 36 37 38 39" },
		{ "30 0B 81 05 04 13 10 05 01 A2 02 A2 00", 2, 16, 5, "A2 00" },
		/* LI128-016, LI128-017: indefinite, and lengths with zeros in front */
		{ "30 80 81 81 05 04 13 11 02 01 A2 80 A6 80 85 82 00 01 05 00 00 00 00 00 00", 6, 17, 2, "A6 80 85 82 00 01 05 00 00" },
		/* a tag of two octets, and of an event that nobody knows: LI128-009 */
		{ "30 0D 81 05 04 13 13 03 01 A2 04 BF 81 30 00", 176, 19, 3, "BF 81 30 00" },
		{ "30 0F 81 05 04 13 13 05 01 A2 06 BF 81 7A 02 99 00", 250, 19, 5, "BF 81 7A 02 99 00" },
		/* members that were added after ours, known first occurrence: LI128-010 */
		{ "30 13 81 05 04 13 13 03 01 A2 02 A2 00 A3 02 80 00 A2 02 A3 00", 2, 19, 3, "A2 00" },
		/* an OID that is none of TS 33.128 costs no evidence */
		{ "30 09 81 03 05 13 01 A2 02 A2 00", 2, 0, 0, "A2 00" },
		/* CHOICE of a primitive */
		{ "30 0B 81 05 04 13 13 03 01 A2 02 82 00", 2, 19, 3, "82 00" } };
	struct xiri x;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(xiri_read(octets(v[i].hex), &x), LI_OK);
		CU_ASSERT_EQUAL(x.tag, v[i].tag);
		CU_ASSERT(x.release == v[i].release && x.version == v[i].version);
		CU_ASSERT(hex_is(x.event, v[i].event));
		CU_ASSERT(x.is == xiri_event(x.tag) || (!x.is->name && !xiri_event(x.tag)));
	}
	CU_ASSERT_EQUAL(xiri_read(octets("30 0F 81 05 04 13 13 05 01 A2 06 BF 81 7A 02 99 00"), &x), LI_OK);
	CU_ASSERT(x.is->route == XIRI_SHARED && x.is->type == LI_IRI_REPORT && x.is->cin == XIRI_CIN_IF_ANY && !x.is->services);
}

static void refuses(void)
{
	static const struct { const char *hex; enum li_err e; } v[] = {
		{ "", LI_ETRUNC }, { "30", LI_ETRUNC }, { "31 00", LI_EFORMAT }, { "30 00", LI_EMISSING }, { "30 80", LI_ETRUNC },
		{ "30 07 81 05 04 13 13 03 01", LI_EMISSING },				/* LI128-019 */
		{ "30 09 81 05 04 13 13 03 01 A2 00", LI_EMISSING },
		{ "30 04 A2 02 A2 00", LI_EMISSING },					/* no OID */
		{ "30 06 81 00 A2 02 A2 00", LI_EFORMAT }, { "30 0D A1 07 81 05 04 13 13 03 01 A2 02 A2 00", LI_EFORMAT },
		{ "30 0B 81 05 04 13 13 03 01 82 02 A2 00", LI_EFORMAT },		/* a CHOICE under a tag is constructed */
		{ "30 0B 81 05 04 13 13 03 01 A2 02 30 00", LI_EFORMAT },		/* an alternative has its tag */
		{ "30 0D 81 05 04 13 13 03 01 A2 04 A2 00 A3 00", LI_EFORMAT },		/* two of them */
		{ "30 0B 81 05 04 13 13 03 01 A2 02 A2 00 00", LI_EFORMAT },		/* octets behind it */
		/* LI128-015: cut off at any depth */
		{ "30 0E 81 05 04 13 13 03 01 A2 05 A2 03 A3 02 81", LI_ETRUNC },
		{ "30 0F 81 05 04 13 13 03 01 A2 06 A2 04 A3 02 81 05", LI_ETRUNC },
		{ "30 0F 81 05 04 13 13 03 01 A2 06 A2 04 A3 02 00 00", LI_EFORMAT } };
	static uint8_t deep[8192];
	struct xiri x;
	struct wr w;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		CU_ASSERT_EQUAL(xiri_read(octets(v[i].hex), &x), v[i].e);
	/* LI128-018: levels, each of them whole */
	for (unsigned levels = 50; levels < 200; levels++) {
		w = wr_of(deep, sizeof(deep));
		for (unsigned i = 0; i < levels; i++) {
			size_t n = wr_len(&w);

			if (n < 128) {
				wr_u8(&w, (uint8_t)n);
			} else {
				wr_u16(&w, (uint16_t)n);
				wr_u8(&w, 0x82);
			}
			wr_u8(&w, 0xa2);
		}
		wr_put(&w, "\x81\x05\x04\x13\x13\x03\x01", 7);
		wr_u16(&w, (uint16_t)wr_len(&w));
		wr_u16(&w, 0x3082);
		CU_ASSERT_EQUAL(xiri_read(wr_view(&w), &x), levels + 1 > LI_BER_DEPTH ? LI_ELIMIT : LI_OK);
	}
	x.is = NULL;
	CU_ASSERT_EQUAL(xiri_read(view_of(deep, LI_PDU_MAX + 1), &x), LI_ELIMIT);
	CU_ASSERT_PTR_NOT_NULL(x.is);
}

/* Every cut of every event of the small kind is refused, and nothing else happens. */
static void cut(void)
{
	struct view event;
	struct xiri x;
	uint32_t tag;

	for (size_t at = 0; xiris_next(&at, &tag);) {
		in.n = 0;
		CU_ASSERT_FATAL(xiris_make(tag, 1, true, 19, 3, &in, &event));
		for (size_t n = 0; n < in.n; n++)
			CU_ASSERT_EQUAL(xiri_read(view_of(in.p, n), &x), LI_ETRUNC);
	}
}

/* -- writing --------------------------------------------------------------------------------------------------------- */
static enum li_err iri(const char *hex, uint8_t release, uint8_t version, const struct li_target_id *ids, size_t n)
{
	const struct li_iri_env env = { release, version, ids, n };
	struct xiri x;

	CU_ASSERT_EQUAL_FATAL(xiri_read(octets(hex), &x), LI_OK);
	out.n = 0;
	return xiri_iri(&x, &env, &out);
}

static void writes(void)
{
	static const struct { const char *in; uint8_t release, version; const char *out; } v[] = {
		/* LI128-002, LI128-005, LI128-027 */
		{ "30 0B 81 05 04 13 13 03 01 A2 02 A2 00", 19, 3, "30 0B 81 05 04 13 13 03 03 A2 02 A2 00" },
		/* LI128-006, HO-M33-011: another release, another version */
		{ "30 0B 81 05 04 13 10 05 01 A2 02 A2 00", 19, 3, "30 14 81 05 04 13 13 03 03 A2 02 A2 00 A4 07 81 05 04 13 10 05 01" },
		{ "30 0B 81 05 04 13 13 07 01 A2 02 A2 00", 19, 3, "30 14 81 05 04 13 13 03 03 A2 02 A2 00 A4 07 81 05 04 13 13 07 01" },
		{ "30 09 81 03 05 13 01 A2 02 A2 00", 19, 3, "30 12 81 05 04 13 13 03 03 A2 02 A2 00 A4 05 81 03 05 13 01" },
		/* of release 18 on */
		{ "30 0B 81 05 04 13 13 03 01 A2 02 A2 00", 18, 8, "30 14 81 05 04 13 12 08 03 A2 02 A2 00 A4 07 81 05 04 13 13 03 01" },
		{ "30 0B 81 05 04 13 13 03 01 A2 02 A2 00", 16, 5, "30 0B 81 05 04 13 10 05 03 A2 02 A2 00" },
		/* event octets as they came, whatever their form */
		{ "30 80 81 05 04 13 13 03 01 A2 80 A2 80 81 82 00 01 01 00 00 00 00 00 00", 19, 3,
		  "30 12 81 05 04 13 13 03 03 A2 09 A2 80 81 82 00 01 01 00 00" } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(iri(v[i].in, v[i].release, v[i].version, NULL, 0), LI_OK);
		CU_ASSERT(hex_is(buf_view(&out), v[i].out));
	}
}

/* LI128-011, LI128-012, LI128-013, LI128-014 */
static void not_mapped(void)
{
	static const char *v[] = { "30 0C 81 05 04 13 13 03 01 A2 03 BF 64 00", "30 0C 81 05 04 13 13 03 01 A2 03 BF 65 00",
		"30 0D 81 05 04 13 13 03 01 A2 04 BF 81 21 00", "30 0B 81 05 04 13 13 03 01 A2 02 B0 00" };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(iri(v[i], 19, 3, NULL, 0), LI_EUNKNOWN);
		CU_ASSERT_EQUAL(out.n, 0);
	}
}

#define ID(k, s) { { .kind = (k), .text = { (const uint8_t *)(s), sizeof(s) - 1 } }, LI_PROV_OTHER }

/* Each alternative of TargetIdentifier; LI128-044, LI128-045, LI128-049, LI128-054. */
static void identities(void)
{
	static const struct li_target_id v[] = {
		ID(LI_ID_IMSI, "001010000000001"), ID(LI_ID_NAI, "a@b"), ID(LI_ID_PLAIN_IMSI, "001010000000001"), ID(LI_ID_IMEI, "12345678901234"),
		ID(LI_ID_IMEISV, "1234567890123456"), { { .kind = LI_ID_PEI_MAC, .addr = { 0, { 1, 2, 3, 4, 5, 6 } } }, LI_PROV_OTHER },
		{ { .kind = LI_ID_PEI_EUI64, .addr = { 0, { 1, 2, 3, 4, 5, 6, 7, 8 } } }, LI_PROV_OTHER }, ID(LI_ID_PLAIN_IMEI, "12345678901234"),
		ID(LI_ID_MSISDN, "31612345678"), ID(LI_ID_GPSI_NAI, "a@b"), ID(LI_ID_PLAIN_MSISDN, "31612345678"), ID(LI_ID_PLAIN_NAI, "a@b"),
		{ { .kind = LI_ID_IPV4, .addr = { 4, { 192, 0, 2, 1 } }, .prefix = 32 }, LI_PROV_OTHER },
		{ { .kind = LI_ID_IPV6, .addr = { 6, { 0x20, 1 } }, .prefix = 128 }, LI_PROV_OTHER },
		{ { .kind = LI_ID_MAC, .addr = { 0, { 1, 2, 3, 4, 5, 6 } } }, LI_PROV_OTHER }, ID(LI_ID_SIP_URI, "sip:a@b"), ID(LI_ID_TEL_URI, "tel:+1"),
		ID(LI_ID_IMPI, "a@b"), ID(LI_ID_E164, "31612345678"), ID(LI_ID_EMAIL, "a@b"), ID(LI_ID_MCPTT, "sip:a@b"),
		ID(LI_ID_INSTANCE_URN, "urn:uuid:1"), ID(LI_ID_PTC_GROUP, "sip:g@b") };
	static const char *want[] = { "A1 11 81 0F 303031303130303030303030303031", "A1 05 82 03 614062", "82 0F 303031303130303030303030303031",
		"A3 10 81 0E 3132333435363738393031323334", "A3 12 82 10 31323334353637383930313233343536", "A3 08 83 06 010203040506",
		"A3 0A 84 08 0102030405060708", "84 0E 3132333435363738393031323334", "A5 0D 81 0B 3331363132333435363738", "A5 05 82 03 614062",
		"86 0B 3331363132333435363738", "87 03 614062", "88 04 C0000201", "89 10 20010000000000000000000000000000", "8A 06 010203040506",
		"AB 09 81 07 7369703A614062", "AB 08 82 06 74656C3A2B31", "8C 03 614062", "8D 0B 3331363132333435363738", "8E 03 614062",
		"8F 07 7369703A614062", "90 0A 75726E3A757569643A31", "B1 09 81 07 7369703A674062" };
	struct buf text = { 0 }, again = { 0 };
	struct li_target_id two[3];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct view t;

		text.n = 0;
		hex_put(&text, want[i]);
		CU_ASSERT_EQUAL_FATAL(iri("30 24 " DEREGISTRATION, 19, 3, &v[i], 1), LI_OK);
		/* SEQUENCE { OID, event, [3] { SEQUENCE { [1] identifier, [2] provenance } } } */
		CU_ASSERT_EQUAL_FATAL(out.n, 2 + 7 + 29 + 4 + 2 + text.n + 3);
		t = view_of(out.p + 2 + 7 + 29 + 6, text.n);
		CU_ASSERT(hex_is(view_of(out.p + out.n - 3, 3), "82 01 04"));
		CU_ASSERT(hex_is(t, want[i]));
		again.n = 0;
		CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), &again), LI_OK);
		CU_ASSERT(view_eq(buf_view(&again), buf_view(&out)));
		/* a pair stands there once, another provenance of it too */
		two[0] = two[1] = two[2] = v[i];
		two[2].provenance = LI_PROV_MATCHED;
		CU_ASSERT_EQUAL(iri("30 24 " DEREGISTRATION, 19, 3, two, 3), LI_OK);
		CU_ASSERT_EQUAL(out.n, 2 + 7 + 29 + 2 + 2 * (4 + text.n + 3));
		CU_ASSERT(hex_is(view_of(out.p + out.n - 3, 3), "82 01 03"));
	}
	buf_fini(&text);
	buf_fini(&again);
}

/* As many identifiers as one PDU can bear, as long as they can be: no record is lost for the octets around them. */
static void long_identities(void)
{
	static char text[32][LI_URI_MAX];
	struct li_target_id id[32];

	for (size_t n = 1; n <= LI_URI_MAX; n += n < 120 || n > 260 ? 61 : 1) {
		for (size_t i = 0; i < 32; i++) {
			memset(text[i], 'a', n);
			text[i][0] = (char)('0' + i);
			id[i] = (struct li_target_id){ { .kind = LI_ID_SIP_URI, .text = view_of(text[i], n) }, LI_PROV_MATCHED };
		}
		CU_ASSERT_EQUAL(iri("30 0B 81 05 04 13 10 05 01 A2 02 A2 00", 19, 3, id, 32), LI_OK);
	}
}

/* LI128-020, LI128-052: what has no form, or breaks its form's limits, or is newer than the destination, is left out. */
static void left_out(void)
{
	static const struct { struct li_target_id id; uint8_t release; } v[] = {
		{ ID(LI_ID_IMSI, "00101"), 19 }, { ID(LI_ID_IMSI, "0010100000000010"), 19 }, { ID(LI_ID_IMSI, "00101000000000a"), 19 },
		{ ID(LI_ID_IMEI, "123456789012345"), 19 }, { ID(LI_ID_MSISDN, ""), 19 }, { ID(LI_ID_E164, "+31612345678"), 19 }, { ID(LI_ID_NONE, "x"), 19 },
		{ ID(LI_ID_NAI, "a\xc3"), 19 }, { ID(LI_ID_NAI, "a\xed\xa0\x80"), 19 }, { ID(LI_ID_NAI, "a\xc0\x80"), 19 }, { ID(LI_ID_NAI, "\xf4\x90\x80\x80"), 19 },
		{ ID(LI_ID_NAI, ""), 19 }, { { { .kind = LI_ID_IPV4, .addr = { 4, { 192, 0, 2, 0 } }, .prefix = 24 }, LI_PROV_LEA }, 19 },
		{ { { .kind = LI_ID_IPV6, .addr = { 6, { 0x20 } }, .prefix = 64 }, LI_PROV_LEA }, 19 },
		{ ID(LI_ID_SIP_URI, "sip:a@b"), 16 }, { ID(LI_ID_IMPI, "a@b"), 16 }, { ID(LI_ID_E164, "31612345678"), 16 }, { ID(LI_ID_PTC_GROUP, "g"), 16 } };
	static const struct li_target_id more = ID(LI_ID_NAI, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(iri("30 0B 81 05 04 13 10 05 01 A2 02 A2 00", v[i].release, 5, &v[i].id, 1), LI_OK);
		CU_ASSERT_EQUAL(out.n, v[i].release == 16 ? 13 : 22);
	}
	CU_ASSERT_EQUAL(iri("30 0B 81 05 04 13 13 05 01 A2 02 A2 00", 19, 5, &more, 1), LI_OK);
	CU_ASSERT(out.n > 22);
}

/* -- every event ----------------------------------------------------------------------------------------------------- */

/* Each of the 186 that both have, with random members: the same octets, and a value that asn1c decodes, checks and encodes the
 * same. LI128-001, LI128-008, LI128-027 */
static void every_event(void)
{
	static const struct li_target_id ids[] = { ID(LI_ID_IMSI, "001010000000001"), ID(LI_ID_SIP_URI, "sip:a@b"), ID(LI_ID_E164, "1") };
	static const struct li_iri_env env[] = { { 19, 3, ids, 3 }, { 19, 3, NULL, 0 }, { 16, 5, ids, 3 }, { 18, 9, ids, 3 } };
	struct buf again = { 0 };
	unsigned events = 0;
	uint32_t tag;

	for (size_t at = 0; xiris_next(&at, &tag); events++)
		for (unsigned r = 0; r < unit_rounds(ROUNDS); r++) {
			struct xiri x, y;
			struct view event;
			const struct li_iri_env *to = &env[r % 4];

			in.n = out.n = again.n = 0;
			CU_ASSERT_FATAL(xiris_make(tag, r, !r, r % 2 ? 16 : 19, r % 2 ? 5 : 3, &in, &event));
			CU_ASSERT_EQUAL_FATAL(xiri_read(buf_view(&in), &x), LI_OK);
			CU_ASSERT_EQUAL(x.tag, tag);
			CU_ASSERT(view_eq(x.event, event));
			CU_ASSERT_EQUAL_FATAL(xiri_iri(&x, to, &out), LI_OK);
			CU_ASSERT_EQUAL_FATAL(xiri_read(buf_view(&out), &y), LI_OK);
			CU_ASSERT(view_eq(y.event, event));
			CU_ASSERT(y.release == to->release && y.version == to->version);
			CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), &again), LI_OK);
			CU_ASSERT(view_eq(buf_view(&again), buf_view(&out)));
		}
	CU_ASSERT_EQUAL(events, 186);
	buf_fini(&again);
	buf_fini(&in);
	buf_fini(&out);
}

UNIT_MAIN("xiri", UNIT(types), UNIT(against_module), UNIT(releases), UNIT(services), UNIT(reads), UNIT(refuses), UNIT(cut), UNIT(writes),
	  UNIT(not_mapped), UNIT(identities), UNIT(long_identities), UNIT(left_out), UNIT(every_event))
