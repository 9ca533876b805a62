/* test_classic.c: records of every size across the window's edge, however the reads fall; frames last as promised; cuts. */
#include "mediation/tap/classic.h"

#include <errno.h>

#include <li/limits.h>
#include "test/pcapng_made.h"

struct file {
	struct view octets;
	size_t at;
	uint64_t *seed;		/* short reads; NULL: whole ones */
	bool fails;
};

static ssize_t read_file(void *arg, char *to, size_t n)
{
	struct file *f = arg;
	size_t left = f->octets.n - f->at, k = n < left ? n : left;

	if (f->fails && !left) {
		errno = EIO;
		return -1;
	}
	if (f->seed && k)
		k = 1 + unit_rand(f->seed) % k;
	memcpy(to, f->octets.p + f->at, k);
	f->at += k;
	return (ssize_t)k;
}

static void header(struct made *m, uint32_t magic, uint16_t major, uint16_t minor, uint32_t type)
{
	made_n(m, magic, 4);
	made_n(m, major, 2);
	made_n(m, minor, 2);
	made_n(m, 0, 8);
	made_n(m, 65535, 4);
	made_n(m, type, 4);
}

/* Octet j of frame i. */
static uint8_t octet(size_t i, size_t j)
{
	return (uint8_t)(i * 31 + j * 7 + (j >> 8));
}

static void put_record(struct made *m, size_t i, uint32_t sec, uint32_t part, size_t n)
{
	made_n(m, sec, 4);
	made_n(m, part, 4);
	made_n(m, n, 4);
	made_n(m, n + 1, 4);
	for (size_t j = 0; j < n; j++)
		made_put(m, &(uint8_t){ octet(i, j) }, 1);
}

static bool is(const struct classic_packet *p, size_t i, size_t n)
{
	if (p->octets.n != n || p->wire_len != n + 1 || p->time != (li_us)(UINT32_MAX - i) * LI_US_SECOND + 999999)
		return false;
	for (size_t j = 0; j < n; j++)
		if (p->octets.p[j] != octet(i, j))
			return false;
	return true;
}

static void every_size(void)
{
	static const size_t edge[] = { 0, 1, LI_SNAP_MAX, LI_SNAP_MAX - 1, 262128, 9000, 1500 };
	uint64_t seed = 3;

	for (unsigned how = 0; how < 8; how++) {
		enum { N = 24 };
		bool nano = how & 2;
		struct made m = { .little = how & 1 };
		struct classic_packet p[N];
		size_t n[N], i = 0;
		struct file f;
		struct classic *c;
		int type;

		header(&m, nano ? 0xa1b23c4d : 0xa1b2c3d4, 2, 4, 113);
		for (size_t k = 0; k < N; k++) {
			n[k] = unit_rand(&seed) % 3 ? unit_rand(&seed) % 3000 : edge[unit_rand(&seed) % 7];
			put_record(&m, k, (uint32_t)(UINT32_MAX - k), nano ? 999999999 : 999999, n[k]);
		}
		CU_ASSERT(classic_is(buf_view(&m.b), &type));
		CU_ASSERT_EQUAL(type, 113);
		f = (struct file){ .octets = buf_view(&m.b), .at = CLASSIC_HEADER, .seed = how & 4 ? &seed : NULL };
		c = classic_open(view_of(m.b.p, CLASSIC_HEADER), read_file, &f);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		while (i < N) {
			size_t first = i;

			CU_ASSERT_EQUAL_FATAL(classic_next(c, &p[i]), LI_OK);
			for (i++; i < N && classic_ahead(c, &p[i]) == LI_OK; i++)
				;
			for (size_t k = first; k < i; k++)	/* all of them, now that the last is here */
				CU_ASSERT(is(&p[k], k, n[k]));
		}
		CU_ASSERT_EQUAL(classic_ahead(c, p), LI_EAGAIN);
		CU_ASSERT_EQUAL(classic_next(c, p), LI_ECLOSED);
		CU_ASSERT_EQUAL(classic_next(c, p), LI_ECLOSED);
		classic_close(c);
		buf_fini(&m.b);
	}
}

/* However a file is cut, whole records come out and then the end, or one error that stays. */
static void cuts(void)
{
	struct made m = { .little = true };
	size_t ends[3];

	header(&m, 0xa1b2c3d4, 2, 4, 1);
	for (size_t k = 0; k < 3; k++) {
		put_record(&m, k, (uint32_t)(UINT32_MAX - k), 999999, 10 * k);
		ends[k] = m.b.n;
	}
	for (size_t cut = CLASSIC_HEADER; cut <= m.b.n; cut++) {
		struct file f = { .octets = view_of(m.b.p, cut), .at = CLASSIC_HEADER };
		struct classic *c = classic_open(view_of(m.b.p, CLASSIC_HEADER), read_file, &f);
		struct classic_packet p;
		size_t whole = 0, got = 0;
		enum li_err e;

		while (whole < 3 && ends[whole] <= cut)
			whole++;
		while ((e = classic_next(c, &p)) == LI_OK) {
			CU_ASSERT(is(&p, got, 10 * got));
			got++;
		}
		CU_ASSERT_EQUAL(got, whole);
		CU_ASSERT_EQUAL(e, cut == (whole ? ends[whole - 1] : CLASSIC_HEADER) ? LI_ECLOSED : LI_EIO);
		CU_ASSERT_EQUAL(classic_next(c, &p), e);
		if (e == LI_EIO)
			CU_ASSERT_PTR_NOT_NULL(strstr(classic_error(c), "truncated"));
		classic_close(c);
	}
	buf_fini(&m.b);
}

static void refused(void)
{
	static const struct { uint32_t magic; uint16_t major, minor; uint32_t type; } others[] = {
		{ 0xa1b2cd34, 2, 4, 1 }, { 0xa1b2c3d4, 2, 3, 1 }, { 0xa1b2c3d4, 1, 4, 1 }, { 0xa1b23c4d, 2, 4, 0x14000001 },
		{ 0x0a0d0d0a, 2, 4, 1 }
	};
	struct classic_packet p;
	struct file f = { .fails = true };
	struct classic *c;
	struct made m = { .little = true };
	int type;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		m.b.n = 0;
		header(&m, others[i].magic, others[i].major, others[i].minor, others[i].type);
		CU_ASSERT_FALSE(classic_is(buf_view(&m.b), &type));
	}
	m.b.n = 0;
	header(&m, 0xa1b2c3d4, 2, 4, 1);
	CU_ASSERT_FALSE(classic_is(view_of(m.b.p, CLASSIC_HEADER - 1), &type));
	CU_ASSERT(classic_is(buf_view(&m.b), &type));

	c = classic_open(buf_view(&m.b), read_file, &f);	/* the system says no */
	CU_ASSERT_EQUAL(classic_next(c, &p), LI_EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(classic_error(c), strerror(EIO)));
	CU_ASSERT_EQUAL(classic_next(c, &p), LI_EIO);
	classic_close(c);

	made_n(&m, 0, 8);		/* no frame is that long */
	made_n(&m, LI_SNAP_MAX + 1, 4);
	made_n(&m, LI_SNAP_MAX + 1, 4);
	f = (struct file){ .octets = buf_view(&m.b), .at = CLASSIC_HEADER };
	c = classic_open(view_of(m.b.p, CLASSIC_HEADER), read_file, &f);
	CU_ASSERT_EQUAL(classic_next(c, &p), LI_EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(classic_error(c), "invalid packet capture length 262145"));
	CU_ASSERT_EQUAL(classic_ahead(c, &p), LI_EAGAIN);
	classic_close(c);
	buf_fini(&m.b);
}

UNIT_MAIN("classic", UNIT(every_size), UNIT(cuts), UNIT(refused))
