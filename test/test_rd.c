/* test_rd.c: every door of the reader and the writer, at each length from nothing to one past the end. */
#include <li/rd.h>
#include <li/wr.h>
#include <li/buf.h>

#include "test/unit.h"

static void reader_doors(void)
{
	static const uint8_t o[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

	for (size_t n = 0; n <= sizeof(o); n++) {
		for (size_t want = 0; want <= 8; want++) {
			struct rd r = rd_of(view_of(o, n));
			uint64_t x = rd_uint(&r, want), y = 0;

			for (size_t i = 0; i < want; i++)
				y = y << 8 | o[i];
			CU_ASSERT_EQUAL(x, want <= n ? y : 0);
			CU_ASSERT_EQUAL(r.err, want <= n ? LI_OK : LI_ETRUNC);
			CU_ASSERT_EQUAL(rd_left(&r), want <= n ? n - want : 0);
			CU_ASSERT_EQUAL(rd_end(&r), want > n ? LI_ETRUNC : want == n ? LI_OK : LI_EFORMAT);
		}
	}
}

static void first_error_sticks(void)
{
	static const uint8_t o[4] = { 9, 9, 9, 9 };
	struct rd r = rd_of(view_of(o, 4));
	uint8_t to[4] = { 1, 1, 1, 1 };

	rd_skip(&r, 5);
	CU_ASSERT_EQUAL(r.err, LI_ETRUNC);
	CU_ASSERT_EQUAL(rd_u8(&r), 0);
	rd_copy(&r, to, 4);
	CU_ASSERT_EQUAL(to[0] | to[3], 0);
	rd_fail(&r, LI_ERANGE);
	CU_ASSERT_EQUAL(r.err, LI_ETRUNC);
	CU_ASSERT_EQUAL(rd_sub(&r, 0).err, LI_ETRUNC);
	CU_ASSERT_EQUAL(rd_peek(&r), 0);
}

static void nested(void)
{
	static const uint8_t o[] = { 2, 0xaa, 0xbb, 0xcc };
	struct rd r = rd_of(view_of(o, 4)), s = rd_sub(&r, rd_u8(&r));

	CU_ASSERT_EQUAL(rd_u16(&s), 0xaabb);
	CU_ASSERT_EQUAL(rd_end(&s), LI_OK);
	CU_ASSERT_EQUAL(rd_u8(&s), 0);
	CU_ASSERT_EQUAL(s.err, LI_ETRUNC);
	CU_ASSERT_EQUAL(rd_u8(&r), 0xcc);
	CU_ASSERT_EQUAL(rd_end(&r), LI_OK);
	r = rd_of(view_of(NULL, 0));
	CU_ASSERT_EQUAL(rd_end(&r), LI_OK);
}

static void writer_doors(void)
{
	for (size_t n = 0; n <= 9; n++) {
		uint8_t room[9];
		struct wr w;

		memset(room, 0xee, sizeof(room));
		w = wr_of(room, n);
		wr_u32(&w, 0x01020304);
		wr_u16(&w, 0x0506);
		wr_u8(&w, 7);
		wr_put(&w, "x", 1);
		CU_ASSERT_EQUAL(w.err, n >= 8 ? LI_OK : LI_EFULL);
		if (n >= 8)
			CU_ASSERT(memcmp(w.p, "x\7\5\6\1\2\3\4", 8) == 0);
		for (size_t i = n; i < sizeof(room); i++)
			CU_ASSERT_EQUAL(room[i], 0xee);
	}
}

static void buffers(void)
{
	struct buf b;

	buf_init(&b, 1000);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(buf_put(&b, "a", 1), LI_OK);
	CU_ASSERT_EQUAL(buf_put(&b, "a", 1), LI_ELIMIT);
	CU_ASSERT_EQUAL(b.n, 1000);
	buf_consume(&b, 999);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT_EQUAL(buf_printf(&b, "%s-%d", "bc", 7), LI_OK);
	CU_ASSERT(view_eq(buf_view(&b), view_str("abc-7")));
	buf_consume(&b, 99);
	CU_ASSERT_EQUAL(b.n, 0);
	/* the printf door fills the buffer to its last octet and not further */
	for (size_t n = 995; n <= 1001; n++) {
		char s[1002];

		memset(s, 'z', n);
		s[n] = 0;
		b.n = 0;
		CU_ASSERT_EQUAL(buf_printf(&b, "%s", s), n + 1 <= 1000 ? LI_OK : LI_ELIMIT);
		CU_ASSERT_EQUAL(b.n, n + 1 <= 1000 ? n : 0);
	}
	buf_fini(&b);
}

UNIT_MAIN("rd", UNIT(reader_doors), UNIT(first_error_sticks), UNIT(nested), UNIT(writer_doors), UNIT(buffers))
