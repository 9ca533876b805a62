/* test_dedup.c: which octets make a copy, and for how long. */
#include "mediation/tap/layers.h"
#include "mediation/tap/tap.h"

#include "test/frames.h"

static const uint8_t key[16] = { 1, 2, 3, 4, 5 };

static void make(struct frame *f, bool six, uint8_t proto, const uint8_t *data, size_t n)
{
	frame_init(f);
	wr_put(&f->w, data, n);
	if (proto == PROTO_UDP) {
		frame_udp(f, 2152, 2152, n);
		n += 8;
	} else if (proto == PROTO_SCTP) {
		frame_sctp(f);
		n += 12;
	}
	if (six)
		frame_ip6(f, proto, n);
	else
		frame_ip4_part(f, proto, n, 1, 0, 1, 2, 4);
}

/* Each octet of a packet changed in turn: only those that a way through the network changes still make a copy. */
static void octets_that_count(void)
{
	static const uint8_t proto[] = { PROTO_UDP, PROTO_SCTP, 47 }, data[20] = { 9, 8, 7 };

	for (unsigned six = 0; six < 2; six++)
		for (unsigned p = 0; p < 3; p++) {
			struct dedup *d = dedup_new(key);
			size_t header = six ? 40 : 24, n;
			struct frame f;
			li_us t = 0;

			CU_ASSERT_PTR_NOT_NULL_FATAL(d);
			make(&f, six, proto[p], data, sizeof(data));
			n = frame_view(&f).n;
			for (size_t i = 0; i < n; i++) {
				bool free_ip = six ? i == 7 : i == 8 || i == 10 || i == 11;
				bool free_l4 = p == 0 ? i == header + 6 || i == header + 7 : p == 1 ? i >= header + 8 && i < header + 12 : false;
				/* what says where the checksum is may not be changed for this comparison */
				bool layout = six ? i == 0 || i == 6 : i == 0 || i == 6 || i == 7 || i == 9;

				t += 20000;
				CU_ASSERT_FALSE(dedup_seen(d, t, frame_view(&f)));
				if (!layout) {
					f.w.p[i] ^= 0x10;
					CU_ASSERT_EQUAL(dedup_seen(d, t + 1, frame_view(&f)), free_ip || free_l4);
					f.w.p[i] ^= 0x10;
				}
				CU_ASSERT(dedup_seen(d, t + 2, frame_view(&f)));
			}
			CU_ASSERT_FALSE(dedup_seen(d, t + 3, view_of(f.w.p, n - 1)));
			dedup_free(d);
		}
}

static void window(void)
{
	struct dedup *d = dedup_new(key);
	struct frame f;

	make(&f, false, PROTO_UDP, (const uint8_t *)"x", 1);
	CU_ASSERT_FALSE(dedup_seen(d, 1000000, frame_view(&f)));
	CU_ASSERT(dedup_seen(d, 1009999, frame_view(&f)));
	CU_ASSERT(dedup_seen(d, 1019998, frame_view(&f)));	/* a copy of the copy */
	CU_ASSERT_FALSE(dedup_seen(d, 1029998, frame_view(&f)));
	CU_ASSERT(dedup_seen(d, 1020000, frame_view(&f)));	/* out of order */
	CU_ASSERT_FALSE(dedup_seen(d, 0, frame_view(&f)));
	CU_ASSERT_EQUAL(dedup_lost(d), 0);
	dedup_free(d);
	dedup_free(NULL);
}

/* Hostile lengths: every prefix of every kind of packet, each of its own size. */
static void prefixes(void)
{
	struct dedup *d = dedup_new(key);
	static const uint8_t data[20];

	for (unsigned six = 0; six < 2; six++)
		for (unsigned p = 0; p < 2; p++) {
			struct frame f;

			make(&f, six, p ? PROTO_UDP : PROTO_SCTP, data, sizeof(data));
			for (size_t n = 0; n < frame_view(&f).n; n++) {
				uint8_t *c = malloc(n ? n : 1);

				CU_ASSERT_PTR_NOT_NULL_FATAL(c);
				memcpy(c, f.w.p, n);
				(void)dedup_seen(d, 0, view_of(c, n));
				CU_ASSERT(dedup_seen(d, 0, view_of(c, n)));
				free(c);
			}
		}
	dedup_free(d);
}

/* Many different packets in one window: none is taken for another; what is forgotten early is counted. */
static void many(void)
{
	struct dedup *d = dedup_new(key);
	unsigned n = unit_rounds(200000), copies = 0, missed = 0;
	struct frame f;

	for (unsigned i = 0; i < n; i++) {
		make(&f, false, PROTO_UDP, (const uint8_t *)&i, sizeof(i));
		copies += dedup_seen(d, 5, frame_view(&f));
	}
	CU_ASSERT_EQUAL(copies, 0);
	CU_ASSERT(dedup_lost(d) > 0 || n <= 65536);
	for (unsigned i = 0; i < n && n <= 20000; i++) {
		make(&f, false, PROTO_UDP, (const uint8_t *)&i, sizeof(i));
		missed += !dedup_seen(d, 6, frame_view(&f));
	}
	CU_ASSERT(missed <= n / 100);
	dedup_free(d);
}

UNIT_MAIN("dedup", UNIT(octets_that_count), UNIT(window), UNIT(prefixes), UNIT(many))
