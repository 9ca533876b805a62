/* test_link.c: every link header, with tags and labels up to their limits, cut at each octet. */
#include "mediation/tap/layers.h"

#include <pcap/dlt.h>

#include "test/frames.h"

static const uint8_t v4[] = { 0x45, 1, 2, 3 }, v6[] = { 0x60, 1, 2, 3 };

/* What link_skip() leaves is exactly what the frame carries; every shorter frame is short, never read past. */
static void carries(int dlt, const struct frame *f, struct view carried)
{
	struct view v = frame_view(f);

	for (size_t n = 0; n <= v.n; n++) {
		uint8_t *copy = malloc(n ? n : 1);	/* of its own size, so that a read past it shows */
		struct rd r;
		enum why why;

		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, v.p, n);
		r = rd_of(view_of(copy, n));
		why = link_skip(dlt, &r);
		if (n == v.n) {
			CU_ASSERT_EQUAL(why, WHY_GO_ON);
			CU_ASSERT(view_eq(rd_rest(&r), carried));
		} else if (n < v.n - carried.n) {
			CU_ASSERT_EQUAL(why, WHY_link_short);
		}
		free(copy);
	}
}

static uint16_t tags(struct frame *f, uint16_t type, unsigned n)
{
	static const uint16_t tag[] = { 0x8100, 0x88a8, 0x9100, 0x9200 };

	for (unsigned i = 0; i < n; i++) {
		frame_tag(f, type, (uint16_t)(i + 1));
		type = tag[i % 4];
	}
	return type;
}

static uint16_t labels(struct frame *f, uint16_t type, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		frame_label(f, 100 + i, i == 0);
		type = i % 2 ? 0x8847 : 0x8848;
	}
	return type;
}

static void sll(struct frame *f, uint16_t type)
{
	wr_u16(&f->w, type);
	wr_put(&f->w, "\0\4\3\1\0\6\0\1\2\3\4\5\6\0", 14);
}

static void sll2(struct frame *f, uint16_t type)
{
	wr_put(&f->w, "\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0", 18);
	wr_u16(&f->w, type);
}

static void typed_links(void)
{
	static const struct { int dlt; void (*put)(struct frame *, uint16_t); } link[] = {
		{ DLT_EN10MB, frame_eth }, { DLT_LINUX_SLL, sll }, { DLT_LINUX_SLL2, sll2 } };

	for (unsigned l = 0; l < 3; l++)
		for (unsigned t = 0; t <= LI_VLAN_TAGS + 1; t++)
			for (unsigned m = 0; m <= LI_MPLS_LABELS + 1; m++)
				for (int six = 0; six < 2; six++) {
					struct view ip = six ? view_of(v6, 4) : view_of(v4, 4);
					struct frame f;
					struct rd r;

					frame_init(&f);
					frame_put(&f, ip);
					link[l].put(&f, tags(&f, labels(&f, six ? 0x86dd : 0x0800, m), t));
					if (t <= LI_VLAN_TAGS && m <= LI_MPLS_LABELS) {
						carries(link[l].dlt, &f, ip);
						continue;
					}
					r = rd_of(frame_view(&f));
					CU_ASSERT_EQUAL(link_skip(link[l].dlt, &r), WHY_link_limit);
				}
}

static void untyped_links(void)
{
	static const int raw[] = { DLT_RAW, 14, 101, DLT_IPV4, DLT_IPV6 };
	static const uint32_t families[] = { 2, 10, 24, 28, 30 };
	struct frame f;

	for (unsigned i = 0; i < 5; i++) {
		frame_init(&f);
		frame_put(&f, view_of(v4, 4));
		carries(raw[i], &f, view_of(v4, 4));
	}
	for (unsigned i = 0; i < 5; i++)
		for (int swap = 0; swap < 2; swap++) {
			frame_init(&f);
			frame_put(&f, view_of(v6, 4));
			wr_u32(&f.w, swap ? __builtin_bswap32(families[i]) : families[i]);
			carries(DLT_NULL, &f, view_of(v6, 4));
			carries(DLT_LOOP, &f, view_of(v6, 4));
		}
}

static enum why ends(int dlt, struct frame *f)
{
	struct rd r = rd_of(frame_view(f));

	return link_skip(dlt, &r);
}

static void not_ours(void)
{
	struct frame f;

	frame_init(&f);
	frame_pad(&f, 0, 28);
	frame_eth(&f, 0x0806);	/* ARP */
	CU_ASSERT_EQUAL(ends(DLT_EN10MB, &f), WHY_not_ours);
	frame_init(&f);
	frame_pad(&f, 0, 40);
	frame_eth(&f, 40);	/* an IEEE 802.3 length */
	CU_ASSERT_EQUAL(ends(DLT_EN10MB, &f), WHY_not_ours);
	frame_init(&f);
	frame_pad(&f, 0, 20);	/* a pseudowire: control word */
	frame_label(&f, 7, true);
	frame_eth(&f, 0x8847);
	CU_ASSERT_EQUAL(ends(DLT_EN10MB, &f), WHY_not_ours);
	frame_init(&f);
	wr_u32(&f.w, 7);	/* OSI in BSD loopback */
	CU_ASSERT_EQUAL(ends(DLT_NULL, &f), WHY_not_ours);
	CU_ASSERT_EQUAL(ends(DLT_IEEE802_11, &f), WHY_link_type);
	CU_ASSERT_EQUAL(ends(-1, &f), WHY_link_type);
}

UNIT_MAIN("link", UNIT(typed_links), UNIT(untyped_links), UNIT(not_ours))
