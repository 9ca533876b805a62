/* test_aper.c: aligned PER, read as X.691 writes it: its numbers at their borders, its lengths, its fragments. */
#include "mediation/proto/aper.h"
#include "test/gen/per.h"
#include "test/unit.h"

static struct per w, in;

static struct aper reader(void)
{
	return aper_of(per_view(&w));
}

static void bits(void)
{
	static const uint8_t o[] = { 0xa5, 0x3c, 0xff };
	struct aper a = aper_of(view_of(o, 3));

	CU_ASSERT_EQUAL(aper_bits(&a, 1), 1);
	CU_ASSERT_EQUAL(aper_bits(&a, 3), 2);
	CU_ASSERT_EQUAL(aper_bits(&a, 8), 0x53);
	CU_ASSERT_EQUAL(aper_bits(&a, 0), 0);
	CU_ASSERT_EQUAL(aper_bits(&a, 12), 0xcff);
	CU_ASSERT_EQUAL(aper_end(&a), LI_OK);
	CU_ASSERT_EQUAL(aper_bits(&a, 1), 0);
	CU_ASSERT_EQUAL(aper_end(&a), LI_ETRUNC);
	a = aper_of(view_of(o, 3));
	CU_ASSERT_EQUAL(aper_bits(&a, 25), 0);
	CU_ASSERT(aper_failed(&a));
	a = aper_of(view_of(o, 3));
	(void)aper_bits(&a, 3);
	CU_ASSERT_EQUAL(aper_end(&a), LI_EFORMAT);
}

/* Whole numbers of every kind of range, at both ends and in between, one after the other: clause 11.5.7. */
static void numbers(void)
{
	static const uint64_t hi[] = { 0, 1, 2, 6, 7, 62, 63, 64, 253, 254, 255, 256, 257, 65534, 65535, 65536, 16777215,
				       UINT32_MAX, UINT64_C(1099511627775) };
	uint64_t seed = 7, x[sizeof(hi) / sizeof(hi[0])];

	for (unsigned round = 0; round < unit_rounds(200); round++) {
		for (uint64_t lo = 0; lo < 3; lo++) {
			struct aper a;

			per_init(&w);
			for (size_t i = 0; i < sizeof(hi) / sizeof(hi[0]); i++) {
				x[i] = round == 0 ? hi[i] : round == 1 ? 0 : unit_rand(&seed) % (hi[i] + 1);
				per_int(&w, lo + x[i], lo, lo + hi[i]);
				per_bits(&w, 1, 1);
			}
			a = reader();
			for (size_t i = 0; i < sizeof(hi) / sizeof(hi[0]); i++) {
				CU_ASSERT_EQUAL(aper_int(&a, lo, lo + hi[i]), lo + x[i]);
				CU_ASSERT(aper_bit(&a));
			}
			CU_ASSERT_EQUAL(aper_end(&a), LI_OK);
		}
	}
}

/* A random walk written and read back, value for value. */
static void walk(void)
{
	for (unsigned round = 1; round <= unit_rounds(300); round++) {
		uint64_t s = round, t = round;
		struct aper a;

		per_init(&w);
		for (int i = 0; i < 40; i++) {
			unsigned kind = (unsigned)(unit_rand(&s) % 5);
			uint64_t x = unit_rand(&s);
			unsigned n = (unsigned)(unit_rand(&s) % 40 + 1);

			switch (kind) {
			case 0: per_bits(&w, x & ((UINT64_C(1) << n) - 1), n); break;
			case 1: per_int(&w, x % (UINT64_C(1) << n), 0, (UINT64_C(1) << n) - 1); break;
			case 2: per_small(&w, x % (n > 20 ? 100000 : 70)); break;
			case 3: per_enum(&w, x % (n + 9), n); break;
			default: per_string(&w, view_of(&x, n % 8)); break;
			}
		}
		a = reader();
		for (int i = 0; i < 40; i++) {
			unsigned kind = (unsigned)(unit_rand(&t) % 5);
			uint64_t x = unit_rand(&t);
			unsigned n = (unsigned)(unit_rand(&t) % 40 + 1);

			switch (kind) {
			case 0: CU_ASSERT_EQUAL(aper_bits(&a, n), x & ((UINT64_C(1) << n) - 1)); break;
			case 1: CU_ASSERT_EQUAL(aper_int(&a, 0, (UINT64_C(1) << n) - 1), x % (UINT64_C(1) << n)); break;
			case 2: CU_ASSERT_EQUAL(aper_small(&a), x % (n > 20 ? 100000 : 70)); break;
			case 3: CU_ASSERT_EQUAL(aper_enum(&a, n), x % (n + 9)); break;
			default: CU_ASSERT(view_eq(aper_octet_string(&a), view_of(&x, n % 8))); break;
			}
		}
		CU_ASSERT_EQUAL(aper_end(&a), LI_OK);
	}
}

static void out_of_range(void)
{
	struct aper a;

	per_init(&w);
	per_bits(&w, 7, 3);
	a = reader();
	CU_ASSERT_EQUAL(aper_int(&a, 0, 5), 0);
	CU_ASSERT_EQUAL(aper_end(&a), LI_ERANGE);
	per_init(&w);
	per_bits(&w, 1, 1);		/* a small number in nine octets */
	per_bits(&w, 1, 1);
	per_length(&w, 9);
	per_octets(&w, "\1\1\1\1\1\1\1\1\1", 9);
	a = reader();
	(void)aper_bit(&a);
	CU_ASSERT_EQUAL(aper_small(&a), 0);
	CU_ASSERT_EQUAL(a.r.err, LI_ERANGE);
}

static void lengths(void)
{
	static uint8_t o[16383];
	static const size_t n[] = { 0, 1, 127, 128, 255, 256, 16383 };

	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		struct aper a;

		per_init(&w);
		per_bits(&w, 1, 1);
		per_string(&w, view_of(o, n[i]));
		a = reader();
		CU_ASSERT(aper_bit(&a));
		CU_ASSERT_EQUAL(aper_octet_string(&a).n, n[i]);
		CU_ASSERT_EQUAL(aper_end(&a), LI_OK);
		/* one octet short */
		a = aper_of(view_of(w.p, per_view(&w).n - 1));
		(void)aper_bit(&a);
		CU_ASSERT_EQUAL(aper_octet_string(&a).n, 0);
		CU_ASSERT_EQUAL(aper_end(&a), LI_ETRUNC);
	}
	{
		struct aper a = aper_of(view_of("\xc0", 1));	/* no fragment has no block */

		(void)aper_octet_string(&a);
		CU_ASSERT_EQUAL(aper_end(&a), LI_EFORMAT);
		a = aper_of(view_of("\xc5", 1));
		aper_skip_open(&a);
		CU_ASSERT_EQUAL(aper_end(&a), LI_EFORMAT);
	}
}

/* An open type in fragments: numbers and short strings are read across the borders, long ones are stepped over, a view
 * across a border is refused. */
static void fragments(void)
{
	static const size_t pads[] = { 16000, 16380, 16382, 16383, 16384, 32768, 40000, 65000 };
	static uint8_t o[66000];

	for (size_t i = 0; i < sizeof(pads) / sizeof(pads[0]); i++) {
		struct aper a, s;

		per_init(&in);
		per_octets(&in, o, pads[i]);
		per_int(&in, UINT64_C(0x123456789a), 0, UINT64_C(1099511627775));
		per_string(&in, view_str("end"));
		per_init(&w);
		per_string(&w, per_view(&in));
		per_bits(&w, 0x5a, 8);
		a = reader();
		s = aper_open(&a);
		CU_ASSERT_EQUAL(aper_bits(&a, 8), 0x5a);
		CU_ASSERT_EQUAL(aper_end(&a), LI_OK);
		for (size_t k = 0; k < pads[i]; k++)
			CU_ASSERT_FATAL(aper_bits(&s, 8) == 0);
		CU_ASSERT_EQUAL(aper_int(&s, 0, UINT64_C(1099511627775)), UINT64_C(0x123456789a));
		CU_ASSERT_EQUAL(s.r.err, LI_OK);
		a = reader();
		aper_skip_open(&a);
		CU_ASSERT_EQUAL(aper_bits(&a, 8), 0x5a);
		CU_ASSERT_EQUAL(aper_end(&a), LI_OK);
	}
	/* a field inside that lies across a border: stepped over, or refused as a view */
	per_init(&in);
	per_octets(&in, o, 16300);
	per_string(&in, view_of(o, 300));
	per_string(&in, view_str("end"));
	per_init(&w);
	per_string(&w, per_view(&in));
	for (int whole = 0; whole < 2; whole++) {
		struct aper a = reader(), s = aper_open(&a);

		(void)aper_octets(&s, 16300);
		if (whole) {
			CU_ASSERT_EQUAL(aper_octet_string(&s).n, 0);
			CU_ASSERT_EQUAL(aper_end(&s), LI_ELIMIT);
		} else {
			aper_skip_open(&s);
			CU_ASSERT(view_eq(aper_octet_string(&s), view_str("end")));
			CU_ASSERT_EQUAL(aper_end(&s), LI_OK);
		}
	}
}

/* What a later release adds to a SEQUENCE is stepped over, few and many. */
static void additions(void)
{
	for (unsigned n = 1; n <= 65; n++) {
		struct aper_seq s;
		struct aper a;
		unsigned there = 0;

		per_init(&w);
		per_bits(&w, 1, 1);
		per_bits(&w, 2, 2);
		per_small(&w, n - 1);
		for (unsigned i = 0; i < n; i++, there += i % 3 == 0)
			per_bits(&w, i % 3 == 0, 1);
		for (unsigned i = 0; i < n; i++)
			if (i % 3 == 0)
				per_string(&w, view_str("later"));
		per_length(&w, 0);
		a = reader();
		s = aper_sequence(&a, 2);
		CU_ASSERT(s.extended && aper_has(&s, 0) && !aper_has(&s, 1));
		aper_sequence_end(&a, &s);
		if (n > 64) {
			CU_ASSERT_EQUAL(a.r.err, LI_ELIMIT);
			continue;
		}
		CU_ASSERT_EQUAL(aper_octet_string(&a).n, 0);
		CU_ASSERT_EQUAL(aper_end(&a), LI_OK);
	}
}

/* Every prefix of a random element fails or reads zeros, and no call goes past its end (the sanitizers watch). */
static void truncation(void)
{
	for (unsigned round = 1; round <= unit_rounds(200); round++) {
		uint64_t seed = round;
		uint8_t o[64];
		size_t n = unit_rand(&seed) % sizeof(o);
		uint8_t *p = malloc(n ? n : 1);
		struct aper a, s;
		struct aper_seq q;

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		for (size_t i = 0; i < n; i++)
			p[i] = (uint8_t)unit_rand(&seed);
		a = aper_of(view_of(p, n));
		q = aper_sequence(&a, 3);
		for (int i = 0; i < 30; i++) {
			switch (unit_rand(&seed) % 9) {
			case 0: (void)aper_int(&a, 0, unit_rand(&seed) >> unit_rand(&seed) % 64); break;
			case 1: (void)aper_small(&a); break;
			case 2: (void)aper_enum(&a, 5); break;
			case 3: (void)aper_octet_string(&a); break;
			case 4: aper_skip_open(&a); break;
			case 5: s = aper_open(&a); (void)aper_bits(&s, 9); break;
			case 6: (void)aper_size_ext(&a, 1, 160); break;
			case 7: (void)aper_count(&a); break;
			default: (void)aper_octets(&a, unit_rand(&seed) % 9); break;
			}
		}
		aper_sequence_end(&a, &q);
		if (aper_end(&a) == LI_OK)
			CU_ASSERT_EQUAL(rd_left(&a.r), 0);
		free(p);
	}
}

UNIT_MAIN("aper", UNIT(bits), UNIT(numbers), UNIT(walk), UNIT(out_of_range), UNIT(lengths), UNIT(fragments),
	  UNIT(additions), UNIT(truncation))
