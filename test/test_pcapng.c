/* test_pcapng.c: blocks of every kind in both byte orders; each cut and each broken length ends in a clear error. */
#include "mediation/tap/pcapng.h"

#include "test/pcapng_made.h"

static const uint8_t data[] = "packet octets";

static FILE *file_of(struct view v)
{
	FILE *f = fmemopen((void *)(uintptr_t)v.p, v.n, "rb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	return f;
}

static void both_orders(void)
{
	for (int little = 0; little < 2; little++) {
		struct made m = { .little = little };
		struct pcapng_packet p;
		struct pcapng *g;
		struct made s = { .little = little };
		char err[128];
		FILE *f;

		made_section(&m);
		made_block(&m, 0x0bad, view_of(data, 11));	/* unknown: stepped over */
		made_interface(&m, 1, 0, 0, 0);			/* microseconds */
		made_interface(&m, 113, 100, 9, 0);		/* nanoseconds */
		made_interface(&m, 101, 0, 0x80 | 10, -3600);	/* 1/1024 s, an hour behind */
		made_packet(&m, 0, 1000001, view_of(data, 13), 13);
		made_packet(&m, 1, 2000001999, view_of(data, 12), 99);
		made_packet(&m, 2, 3 * 1024 + 512, view_of(data, 0), 0);
		made_n(&s, 20, 4);				/* Simple Packet Block */
		made_put(&s, data, 13);
		made_put(&s, data, 7);
		made_block(&m, 3, buf_view(&s.b));
		s.b.n = 0;
		made_n(&s, 1, 2);				/* Packet Block of old */
		made_n(&s, 7, 2);
		made_n(&s, 0, 4);
		made_n(&s, 4000, 4);
		made_n(&s, 5, 4);
		made_n(&s, 6, 4);
		made_put(&s, data, 5);
		made_block(&m, 2, buf_view(&s.b));
		m.little = !little;				/* a section in the other order, interfaces anew */
		made_section(&m);
		made_interface(&m, 276, 0, 3, 0);		/* milliseconds */
		made_packet(&m, 0, 5001, view_of(data, 1), 1);

		f = file_of(buf_view(&m.b));
		g = pcapng_open(f, err, sizeof(err));
		CU_ASSERT_PTR_NOT_NULL_FATAL(g);
		CU_ASSERT_EQUAL(pcapng_linktype(g), 1);
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_OK);
		CU_ASSERT(p.linktype == 1 && p.time == 1000001 && p.wire_len == 13 && view_eq(p.octets, view_of(data, 13)));
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_OK);
		CU_ASSERT(p.linktype == 113 && p.time == 2000001 && p.wire_len == 99 && view_eq(p.octets, view_of(data, 12)));
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_OK);
		CU_ASSERT(p.linktype == 101 && p.time == 3500000 - 3600 * LI_US_SECOND && p.octets.n == 0);
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_OK);
		CU_ASSERT(p.linktype == 1 && p.time == 3500000 - 3600 * LI_US_SECOND && p.octets.n == 20 && p.wire_len == 20);
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_OK);
		CU_ASSERT(p.linktype == 113 && p.time == 4 && p.octets.n == 5 && p.wire_len == 6);
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_OK);
		CU_ASSERT(p.linktype == 276 && p.time == 5001000 && p.octets.n == 1);
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_ECLOSED);
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_ECLOSED);
		pcapng_close(g);
		fclose(f);
		buf_fini(&m.b);
		buf_fini(&s.b);
	}
}

/* A Simple Packet Block of an interface with a snap length says the wire's length only. */
static void simple_cut(void)
{
	struct made m = { .little = true }, s = { .little = true };
	struct pcapng_packet p;
	struct pcapng *g;
	char err[128];
	FILE *f;

	made_section(&m);
	made_interface(&m, 1, 8, 0, 0);
	made_n(&s, 13, 4);
	made_put(&s, data, 8);
	made_block(&m, 3, buf_view(&s.b));
	f = file_of(buf_view(&m.b));
	g = pcapng_open(f, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(g);
	CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_OK);
	CU_ASSERT(p.octets.n == 8 && p.wire_len == 13);
	pcapng_close(g);
	fclose(f);
	buf_fini(&m.b);
	buf_fini(&s.b);
}

static void sample(struct made *m)
{
	made_section(m);
	made_interface(m, 1, 0, 9, 0);
	made_packet(m, 0, 1, view_of(data, 13), 13);
	made_block(m, 5, view_of(data, 12));
	made_packet(m, 0, 2, view_of(data, 13), 13);
}

/* Cut at every octet: the packets before the cut come, then cut short; at the end of a block the file just ends. */
static void every_cut(void)
{
	struct made m = { .little = true };
	unsigned clean = 0;

	sample(&m);
	for (size_t n = 1; n <= m.b.n; n++) {
		FILE *f = file_of(view_of(m.b.p, n));
		struct pcapng_packet p;
		struct pcapng *g;
		char err[128] = "";
		enum li_err e;
		int got = 0;

		g = pcapng_open(f, err, sizeof(err));
		if (g) {
			while ((e = pcapng_next(g, &p)) == LI_OK)
				got++;
			CU_ASSERT(e == LI_ECLOSED || (e == LI_EIO && strstr(pcapng_error(g), "cut short")));
			clean += e == LI_ECLOSED;
			CU_ASSERT_EQUAL(pcapng_next(g, &p), e);
		} else {
			CU_ASSERT_PTR_NOT_NULL(strstr(err, "cut short"));
		}
		CU_ASSERT_EQUAL(got, (n >= m.b.n) + (n >= m.b.n - 60 - 24));
		pcapng_close(g);
		fclose(f);
	}
	CU_ASSERT_EQUAL(clean, 5);
	buf_fini(&m.b);
}

/* A file broken at `at`: what is said. */
static void broken_at(const struct made *m, size_t at, uint32_t value, const char *says)
{
	uint8_t *copy = malloc(m->b.n);
	struct pcapng_packet p;
	struct pcapng *g;
	char err[128] = "";
	enum li_err e = LI_EIO;
	FILE *f;

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, m->b.p, m->b.n);
	memcpy(copy + at, &value, 4);
	f = file_of(view_of(copy, m->b.n));
	g = pcapng_open(f, err, sizeof(err));
	if (g) {
		while ((e = pcapng_next(g, &p)) == LI_OK)
			;
		snprintf(err, sizeof(err), "%s", pcapng_error(g));
	}
	CU_ASSERT_EQUAL(e, LI_EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, says));
	if (!strstr(err, says))
		printf("# %zu: %s, not %s\n", at, err, says);
	pcapng_close(g);
	fclose(f);
	free(copy);
}

static void broken(void)
{
	struct made m = { .little = true };
	size_t iface = 28, packet = iface + 20 + 12 + 8 + 4;

	sample(&m);
	broken_at(&m, 0, 0, "not a pcapng file");
	broken_at(&m, 4, 27, "section header of 27");
	broken_at(&m, 4, 0x7ffffffc, "section header of");
	broken_at(&m, 8, 0x1a2b3c4e, "byte-order magic");
	broken_at(&m, 12, 2, "version 2");
	broken_at(&m, 24, 32, "two lengths");
	broken_at(&m, iface + 4, 8, "block of 8");
	broken_at(&m, iface + 4, 0x10000000, "block of");
	broken_at(&m, iface + 16, 0xffff0002, "options of an interface");
	broken_at(&m, packet + 8, 1, "was not described");
	broken_at(&m, packet + 20, 14000, "runs past its block");
	broken_at(&m, packet + 20, 262145, "packet of 262145");
	broken_at(&m, packet + 56, 8, "two lengths");
	buf_fini(&m.b);
}

static void clocks(void)
{
	static const struct { uint8_t resolution; uint64_t stamp; li_us us; } v[] = {
		{ 0x7f, UINT64_MAX, 0 }, { 19, UINT64_MAX, 1844674 }, { 1, 7, 700000 }, { 0x80, 9, 9000000 }, { 0xbf, UINT64_MAX, 1999999 },
		{ 0xff, UINT64_MAX, 0 }, { 6, UINT64_MAX, LI_US_NEVER - 1 } };

	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct made m = { .little = true };
		struct pcapng_packet p;
		struct pcapng *g;
		char err[128];
		FILE *f;

		made_section(&m);
		made_interface(&m, 1, 0, v[i].resolution, 0);
		made_packet(&m, 0, v[i].stamp, view_of(data, 1), 1);
		f = file_of(buf_view(&m.b));
		g = pcapng_open(f, err, sizeof(err));
		CU_ASSERT_PTR_NOT_NULL_FATAL(g);
		CU_ASSERT_EQUAL(pcapng_next(g, &p), LI_OK);
		CU_ASSERT_EQUAL(p.time, v[i].us);
		pcapng_close(g);
		fclose(f);
		buf_fini(&m.b);
	}
}

UNIT_MAIN("pcapng", UNIT(both_orders), UNIT(simple_cut), UNIT(every_cut), UNIT(broken), UNIT(clocks))
