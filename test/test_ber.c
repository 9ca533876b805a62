/* test_ber.c: TLVs in every legal form, and what is refused. */
#include "asn1/ber.h"
#include "test/hex.h"

static enum li_err one(const char *hex, struct ber *t, struct buf *b)
{
	struct rd r;

	b->n = 0;
	hex_put(b, hex);
	r = rd_of(buf_view(b));
	if (!ber_next(&r, t))
		return r.err ? r.err : LI_ECLOSED;
	return rd_end(&r);
}

static void lengths(void)	/* HO-ENC-015 */
{
	static const struct { const char *hex; enum li_err e; size_t body; } v[] = {
		{ "0400", LI_OK, 0 }, { "0401aa", LI_OK, 1 }, { "048101aa", LI_OK, 1 }, { "04820001aa", LI_OK, 1 },
		{ "048800000000000000 01aa", LI_OK, 1 }, { "0401", LI_ETRUNC, 0 }, { "04", LI_ETRUNC, 0 }, { "0482", LI_ETRUNC, 0 },
		{ "048400000001", LI_ETRUNC, 0 }, { "04ff", LI_EFORMAT, 0 }, { "0480 0000", LI_EFORMAT, 0 },
		{ "04850100000000", LI_ELIMIT, 0 }, { "0484ffffffff", LI_ETRUNC, 0 }, { "0000", LI_EFORMAT, 0 }, { "", LI_ECLOSED, 0 } };
	struct buf b;
	struct ber t;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(one(v[i].hex, &t, &b), v[i].e);
		if (!v[i].e)
			CU_ASSERT_EQUAL(t.body.n, v[i].body);
	}
	b.n = 0;		/* 126 length octets, the most there can be */
	hex_put(&b, "04fe");
	for (int i = 0; i < 125; i++)
		hex_put(&b, "00");
	hex_put(&b, "01aa");
	struct rd r = rd_of(buf_view(&b));
	CU_ASSERT_TRUE(ber_next(&r, &t));
	CU_ASSERT_EQUAL(t.body.n, 1);
	buf_fini(&b);
}

static void tags(void)
{
	static const struct { const char *hex; enum li_err e; enum ber_class cls; uint32_t tag; bool cons; } v[] = {
		{ "3000", LI_OK, BER_UNIVERSAL, 16, true }, { "8100", LI_OK, BER_CONTEXT, 1, false },
		{ "de00", LI_OK, BER_PRIVATE, 30, false }, { "5f1f00", LI_OK, BER_APPLICATION, 31, false },
		{ "bf813d00", LI_OK, BER_CONTEXT, 189, true }, { "9f8fffffff7f00", LI_OK, BER_CONTEXT, UINT32_MAX, false },
		{ "9f9080808000 00", LI_ELIMIT, 0, 0, false }, { "9f808080808100 00", LI_EFORMAT, 0, 0, false },
		{ "9f8fffffffff7f00", LI_ELIMIT, 0, 0, false }, { "9f1e00", LI_EFORMAT, 0, 0, false }, { "9f", LI_ETRUNC, 0, 0, false },
		{ "9f81", LI_ETRUNC, 0, 0, false } };
	struct buf b;
	struct ber t;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_EQUAL(one(v[i].hex, &t, &b), v[i].e);
		if (!v[i].e)
			CU_ASSERT(t.cls == v[i].cls && t.tag == v[i].tag && t.constructed == v[i].cons);
	}
	buf_fini(&b);
}

static void indefinite(void)	/* HO-ENC-014 */
{
	struct buf b;
	struct ber t;
	size_t n;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(one("3080 0000", &t, &b), LI_OK);
	CU_ASSERT_EQUAL(t.body.n, 0);
	CU_ASSERT_EQUAL(one("3080 a180 0401aa 0000 820100 0000", &t, &b), LI_OK);
	CU_ASSERT(hex_is(t.body, "a180 0401aa 0000 820100"));
	CU_ASSERT(t.indefinite && t.whole.n == b.n);
	CU_ASSERT_EQUAL(one("3080 a102 0000 0000", &t, &b), LI_OK);	/* 0000 within a definite length closes nothing */
	CU_ASSERT(hex_is(t.body, "a102 0000"));
	CU_ASSERT_EQUAL(one("3080 0401aa", &t, &b), LI_ETRUNC);
	CU_ASSERT_EQUAL(one("3080 0401aa 00", &t, &b), LI_ETRUNC);
	CU_ASSERT_EQUAL(one("3080 0001 00 0000", &t, &b), LI_EFORMAT);
	for (unsigned depth = LI_BER_DEPTH - 1; depth <= LI_BER_DEPTH + 1; depth++) {
		b.n = 0;
		for (unsigned i = 0; i < depth; i++)
			hex_put(&b, "3080");
		for (unsigned i = 0; i < depth; i++)
			hex_put(&b, "0000");
		CU_ASSERT_EQUAL(ber_size(buf_view(&b), &n), depth <= LI_BER_DEPTH ? LI_OK : LI_ELIMIT);
	}
	buf_fini(&b);
}

static void size_of_a_prefix(void)	/* HO-ENC-016: any split */
{
	static const char *v[] = { "3003 810100", "3080 a180 0401aa 0000 820100 0000", "30820003 810100", "bf813d80 0400 0000" };
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ber_walk walk = { 0, 0 };
		size_t n = 0, whole;

		b.n = 0;
		hex_put(&b, v[i]);
		whole = b.n;
		hex_put(&b, "30");
		for (size_t k = 0; k <= b.n; k++) {
			CU_ASSERT_EQUAL(ber_size(view_of(b.p, k), &n), k < whole ? LI_EAGAIN : LI_OK);
			if (k >= whole)
				CU_ASSERT_EQUAL(n, whole);
		}
		for (size_t k = 0; k <= whole; k++) {		/* as it grows: of an indefinite length only the last end is left to look at */
			CU_ASSERT_EQUAL(ber_size_on(view_of(b.p, k), &walk, &n), k < whole ? LI_EAGAIN : LI_OK);
			if (k == whole - 1)
				CU_ASSERT_EQUAL(walk.pos, i % 2 ? whole - 2 : 0);
		}
		CU_ASSERT_EQUAL(n, whole);
	}
	buf_fini(&b);
}

static void integers(void)
{
	static const struct { const char *hex; enum li_err e; int64_t x; enum li_err ue; uint64_t u; } v[] = {
		{ "020100", LI_OK, 0, LI_OK, 0 }, { "02017f", LI_OK, 127, LI_OK, 127 }, { "02020080", LI_OK, 128, LI_OK, 128 },
		{ "0201ff", LI_OK, -1, LI_ERANGE, 0 }, { "020180", LI_OK, -128, LI_ERANGE, 0 },
		{ "02087fffffffffffffff", LI_OK, INT64_MAX, LI_OK, INT64_MAX }, { "02088000000000000000", LI_OK, INT64_MIN, LI_ERANGE, 0 },
		{ "020900ffffffffffffffff", LI_ERANGE, 0, LI_OK, UINT64_MAX }, { "0209010000000000000000", LI_ERANGE, 0, LI_ERANGE, 0 },
		{ "020a00000000000000000005", LI_OK, 5, LI_OK, 5 }, { "020affffffffffffffffffff", LI_OK, -1, LI_ERANGE, 0 },
		{ "0209ff7fffffffffffffff", LI_ERANGE, 0, LI_ERANGE, 0 },
		{ "0200", LI_EFORMAT, 0, LI_EFORMAT, 0 }, { "2203020100", LI_EFORMAT, 0, LI_EFORMAT, 0 } };
	struct buf b;
	struct ber t;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		uint64_t u = 0;
		int64_t x = 0;

		CU_ASSERT_EQUAL(one(v[i].hex, &t, &b), LI_OK);
		CU_ASSERT_EQUAL(ber_int(&t, &x), v[i].e);
		CU_ASSERT_EQUAL(ber_uint(&t, &u), v[i].ue);
		if (!v[i].e)
			CU_ASSERT_EQUAL(x, v[i].x);
		if (!v[i].ue)
			CU_ASSERT_EQUAL(u, v[i].u);
	}
	buf_fini(&b);
}

static void strings(void)	/* HO-ENC-014 */
{
	static const struct { const char *hex; enum li_err e; bool segmented; const char *is; } v[] = {
		{ "8103616263", LI_OK, false, "616263" }, { "a105 0403616263", LI_OK, false, "616263" },
		{ "a106 040161 040162", LI_OK, true, "6162" }, { "a180 040161 2480 040162 0400 0000 040163 0000", LI_OK, true, "616263" },
		{ "a100", LI_OK, false, "" }, { "a103 020161", LI_EFORMAT, false, "" }, { "a103 840161", LI_EFORMAT, false, "" },
		{ "a105 2403 040161", LI_OK, true, "61" }, { "a103 0402 61", LI_ETRUNC, false, "" } };
	struct buf b, out;
	struct ber t;

	buf_init(&b, 0);
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		bool segmented = false;
		struct view s;

		CU_ASSERT_EQUAL(one(v[i].hex, &t, &b), LI_OK);
		CU_ASSERT_EQUAL(ber_string(&t, &s, &segmented), v[i].e);
		if (v[i].e)
			continue;
		CU_ASSERT_EQUAL(segmented, v[i].segmented);
		out.n = 0;
		if (segmented) {
			CU_ASSERT_EQUAL(ber_join(s, &out), LI_OK);
			s = buf_view(&out);
		}
		CU_ASSERT(hex_is(s, v[i].is));
	}
	/* segments within segments have an end */
	b.n = 0;
	hex_put(&b, "a180");
	for (int i = 0; i < LI_BER_DEPTH - 1; i++)
		hex_put(&b, "2480");
	for (int i = 0; i < LI_BER_DEPTH; i++)
		hex_put(&b, "0000");
	{
		struct rd r = rd_of(buf_view(&b));
		bool segmented;
		struct view s;

		CU_ASSERT_TRUE_FATAL(ber_next(&r, &t));
		CU_ASSERT_EQUAL(ber_string(&t, &s, &segmented), LI_OK);
	}
	buf_fini(&b);
	buf_fini(&out);
}

static void deep_definite_strings(void)
{
	uint8_t room[1024];
	bool segmented;
	struct view s;

	for (unsigned depth = LI_BER_DEPTH - 1; depth <= LI_BER_DEPTH + 2; depth++) {
		struct wr w = wr_of(room, sizeof(room));
		struct ber t;
		struct rd r;

		for (unsigned i = 0; i < depth; i++)
			ber_head(&w, 0x24, 0);
		r = rd_of(wr_view(&w));
		CU_ASSERT_TRUE_FATAL(ber_next(&r, &t));
		CU_ASSERT_EQUAL(ber_string(&t, &s, &segmented), depth <= LI_BER_DEPTH ? LI_OK : LI_ELIMIT);
	}
}

static void bit_strings(void)
{
	static const struct { const char *hex; enum li_err e; size_t bits; const char *is; } v[] = {
		{ "030100", LI_OK, 0, "" }, { "030205a0", LI_OK, 3, "a0" }, { "030300a0b0", LI_OK, 16, "a0b0" },
		{ "030208a0", LI_EFORMAT, 0, "" }, { "030101", LI_EFORMAT, 0, "" }, { "0300", LI_EFORMAT, 0, "" },
		{ "2380 030200a0 030204b0 0000", LI_OK, 12, "a0b0" }, { "2308 030204a0 030200b0", LI_EFORMAT, 0, "" },
		{ "2304 040200a0", LI_EFORMAT, 0, "" } };
	struct buf b, out;
	struct ber t;

	buf_init(&b, 0);
	buf_init(&out, 0);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		size_t n = 99;

		out.n = 0;
		CU_ASSERT_EQUAL(one(v[i].hex, &t, &b), LI_OK);
		CU_ASSERT_EQUAL(ber_bits(&t, &out, &n), v[i].e);
		if (!v[i].e) {
			CU_ASSERT_EQUAL(n, v[i].bits);
			CU_ASSERT(hex_is(buf_view(&out), v[i].is));
		}
	}
	buf_fini(&b);
	buf_fini(&out);
}

static void written(void)	/* what is written reads back, in the shortest form, at each length boundary */
{
	static const size_t n[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 16777215, 16777216 };
	static uint8_t room[16777216 + 8], zeros[16777216];

	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		struct wr w = wr_of(room, ber_tlv_size(n[i]));
		struct ber t;
		struct rd r;

		ber_put(&w, BER_CTX(5), view_of(zeros, n[i]));
		CU_ASSERT_EQUAL(w.err, LI_OK);
		CU_ASSERT_EQUAL(wr_len(&w), ber_tlv_size(n[i]));
		r = rd_of(wr_view(&w));
		CU_ASSERT_TRUE_FATAL(ber_next(&r, &t));
		CU_ASSERT(ber_is(&t, BER_CONTEXT, 5) && t.body.n == n[i] && rd_end(&r) == LI_OK);
	}
	for (unsigned bit = 0; bit <= 64; bit++) {
		for (int d = -1; d <= 1; d++) {
			uint64_t x = (bit < 64 ? UINT64_C(1) << bit : 0) + (uint64_t)(int64_t)d, y = 0;
			uint8_t small[16];
			struct wr w = wr_of(small, 2 + ber_uint_size(x));
			struct rd r;
			struct ber t;

			ber_put_uint(&w, 0x02, x);
			CU_ASSERT_EQUAL(w.err, LI_OK);
			CU_ASSERT_PTR_EQUAL(w.p, w.base);
			r = rd_of(wr_view(&w));
			CU_ASSERT_TRUE_FATAL(ber_next(&r, &t));
			CU_ASSERT_EQUAL(ber_uint(&t, &y), LI_OK);
			CU_ASSERT_EQUAL(y, x);
			/* minimal: the first nine bits are not all alike (X.690 clause 8.3.2) */
			CU_ASSERT(t.body.n == 1 || t.body.p[0] || t.body.p[1] & 0x80);
		}
	}
}

UNIT_MAIN("ber", UNIT(lengths), UNIT(tags), UNIT(indefinite), UNIT(size_of_a_prefix), UNIT(integers), UNIT(strings),
	  UNIT(deep_definite_strings), UNIT(bit_strings), UNIT(written))
