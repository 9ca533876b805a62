/* test_gtpu.c: whatever stands in front of it, the T-PDU is the same octets; what does not add up is refused. */
#include "mediation/tap/layers.h"

#include "test/frames.h"

static enum why read_copy(struct view v, struct flow *out)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(v.n ? v.n : 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, v.p, v.n);
	return gtpu_read(view_of(copy, v.n), out);
}

/* LI128-184: every combination of E, S and PN, every chain up to the limit and one past it, random extension lengths and types. */
static void any_header_same_packet(void)
{
	static const uint8_t kind[] = { 0x85, 0x40, 0xc0, 0x81, 0x82, 0x83, 0x84, 0x20, 0xff };
	uint64_t seed = 17;

	for (unsigned round = 0; round < unit_rounds(20000); round++) {
		uint8_t flags = 0x30 | (uint8_t)(unit_rand(&seed) & 15), next = 0, inner[64];	/* the spare bit is set too */
		unsigned n = flags & 4 ? (unsigned)(unit_rand(&seed) % (LI_GTPU_EXT + 2)) : 0;
		size_t len = unit_rand(&seed) % sizeof(inner), behind = unit_rand(&seed) % 4;
		int qfi = -1, type = 255;
		struct frame f;
		struct flow out;
		enum why why;

		for (size_t i = 0; i < len; i++)
			inner[i] = (uint8_t)unit_rand(&seed);
		frame_init(&f);
		frame_pad(&f, 0xee, behind);	/* octets of the datagram behind the message */
		frame_put(&f, view_of(inner, len));
		for (unsigned i = 0; i < n; i++) {
			size_t body = 4 * (1 + unit_rand(&seed) % 5) - 2;
			uint8_t k = kind[unit_rand(&seed) % 9];

			wr_u8(&f.w, next);
			for (size_t j = 0; j < body; j++)
				wr_u8(&f.w, (uint8_t)unit_rand(&seed));
			if (k == 0x85) {	/* the first in the message is the one that counts: the last put */
				f.w.p[0] &= 0x3f;
				type = f.w.p[0] >> 4;
				qfi = type <= 1 ? f.w.p[1] & 0x3f : -1;
			}
			wr_u8(&f.w, (uint8_t)((body + 2) / 4));
			next = k;
		}
		if (flags & 7) {
			wr_u8(&f.w, flags & 4 ? next : (uint8_t)unit_rand(&seed));	/* without E it is not to be read */
			wr_u8(&f.w, (uint8_t)unit_rand(&seed));
			wr_u16(&f.w, (uint16_t)unit_rand(&seed));
		}
		frame_gtpu(&f, flags, 255, 0x01020304, wr_len(&f.w) - behind);
		why = read_copy(frame_view(&f), &out);
		if (n > LI_GTPU_EXT) {
			CU_ASSERT_EQUAL(why, WHY_gtpu_limit);
			continue;
		}
		CU_ASSERT_EQUAL_FATAL(why, WHY_gpdu);
		CU_ASSERT(view_eq(out.inner, view_of(inner, len)));
		CU_ASSERT_EQUAL(out.teid, 0x01020304);
		CU_ASSERT_EQUAL(out.gtpu.n, wr_len(&f.w) - behind);
		CU_ASSERT_EQUAL(out.container_type, type);
		CU_ASSERT_EQUAL(out.has_qfi, qfi >= 0);
		if (qfi >= 0)
			CU_ASSERT_EQUAL(out.qfi, qfi);
		for (size_t cut = 0; cut < out.gtpu.n; cut++) {
			struct view v = view_of(f.w.p, cut);
			struct flow o;

			/* the length now says too much: the datagram's end counts, unless the header itself is cut */
			why = read_copy(v, &o);
			CU_ASSERT_EQUAL(why, cut < out.gtpu.n - len ? WHY_gtpu_malformed : WHY_gtpu_length);
			if (why == WHY_gtpu_length)
				CU_ASSERT(view_eq(o.inner, view_of(inner, len - (out.gtpu.n - cut))));
		}
	}
}

/* The message's own length cut short, step by step: the chain may not run past it into what the datagram still holds. */
static void lengths(void)
{
	struct frame f;
	struct flow out;

	for (uint8_t n = 0; n <= 20; n++) {
		enum why want = n < 8 ? WHY_gtpu_malformed : n <= 12 ? WHY_gpdu : WHY_gtpu_length;

		frame_init(&f);
		wr_u32(&f.w, 0x11223344);
		wr_put(&f.w, "\1\20\11\0", 4);		/* UL PDU SESSION INFORMATION, QFI 9, no more */
		wr_put(&f.w, "\0\0\0\x85", 4);
		frame_gtpu(&f, 0x34, 255, 5, n);
		CU_ASSERT_EQUAL(gtpu_read(frame_view(&f), &out), want);
		if (n >= 8) {
			CU_ASSERT_EQUAL(out.inner.n, n <= 12 ? n - 8u : 4);
			CU_ASSERT(out.has_qfi && out.qfi == 9 && out.container_type == 1);
		}
	}
	frame_init(&f);
	frame_pad(&f, 1, 64);
	wr_put(&f.w, "\0\0\0\0", 4);			/* an extension header of no length: LI128-185 */
	wr_put(&f.w, "\0\0\0\x40", 4);
	frame_gtpu(&f, 0x34, 255, 5, 72);
	CU_ASSERT_EQUAL(gtpu_read(frame_view(&f), &out), WHY_gtpu_malformed);
}

static void others(void)	/* LI128-186 */
{
	struct frame f;
	struct flow out;

	for (unsigned type = 0; type < 256; type++)
		for (unsigned flags = 0; flags < 256; flags++) {
			enum why want = flags >> 5 != 1 || !(flags & 0x10) ? WHY_gtp_version :
				type != 255 ? WHY_gtpu_signal : WHY_gpdu;

			frame_init(&f);
			frame_pad(&f, 0, 24);
			frame_gtpu(&f, (uint8_t)flags, (uint8_t)type, 1, 24);
			CU_ASSERT_EQUAL(gtpu_read(frame_view(&f), &out), want);
		}
}

UNIT_MAIN("gtpu", UNIT(any_header_same_packet), UNIT(lengths), UNIT(others))
