/*
 * fuzz_stored.c: what an agency's end finds of an interception when it starts (stored.h). Whatever stands there: what arrives is stored, ends that are
 * torn go aside, and the second start finds whole files.
 */
#include "handover/lemf_store.h"
#include "stored.h"
#include "test/gen/pdus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1770371041608000)
static const struct lemf_source from = { .id = 1, .address = "address", .subject = "subject" };
/* What a start left has to be whole PDUs. */
static void whole(const char *what)
{
	static uint8_t room[1 << 18];
	char path[160];
	size_t n, at = 0, one;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, what);
	f = fopen(path, "r");
	n = f ? fread(room, 1, sizeof(room), f) : 0;
	if (f)
		fclose(f);
	for (; at < n; at += one)
		if (ps_next(view_of(room + at, n - at), &one) || one > n - at)
			abort();
}

static void arrive(struct lemf_store *s, bool (*make)(struct buf *, const struct pdu_of *), uint32_t cin, uint32_t number)
{
	struct pdu_of of = { .liid = "LI-1", .operator_id = "OP01", .element = "MDF-1", .country = "NL", .has_cin = true, .cin = cin,
			     .number = number, .time = NOW };
	struct buf b = { 0 };
	const char *what;
	struct ps_pdu p;
	size_t at;

	if (!make(&b, &of) || ps_decode(buf_view(&b), &p, &at, &what) || lemf_store_put(s, &p, &from, NOW))
		abort();
	buf_fini(&b);
}

/* A hash over what came before it, whatever it is. */
static bool pdu_check(struct buf *b, const struct pdu_of *p)
{
	static const uint8_t body[] = { 0xa0, 6, 2, 1, 3, 2, 1, 10, 0x81, 1, 1, 0x82, 1, 1, 0x83, 1, 0xaa, 0x84, 1, 2 };

	return pdu_tri(b, p, PS_TRI_INTEGRITY, view_of(body, sizeof(body)));
}

#define WAIT LI_US_SECOND

/* Whatever ledger stood there, what is stored now is entered. */
static void enter(struct lemf_store *s, bool end)
{
	struct lemf_dir *d = lemf_store_dir(s);
	struct ledger_job j;

	if (lemf_dir_sync(d))
		abort();
	if (lemf_ledger_begin(d, end, NOW, &j))
		return;
	lemf_ledger_run(&j);
	if (j.failed)
		abort();
	lemf_ledger_done(d, &j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t before = 0;
	char err[300];

	if (size == 0)
		return 0;
	files(view_of(data, size));
	for (unsigned round = 0; round < 2; round++) {
		struct lemf_store *s = lemf_store_open(dir, 1, NOW, err, sizeof(err));
		const struct lemf_stats *st;

		if (!s)
			abort();
		st = lemf_store_stats(s);
		lemf_store_gap_wait(s, data[0] & 8 ? WAIT : 0);
		arrive(s, pdu_iri, 7, 3);
		arrive(s, pdu_cc, 7, 10);
		arrive(s, pdu_check, 7, 0);
		if (lemf_store_settle(s, NOW) || (data[0] & 16 && lemf_store_settle(s, NOW + 2 * WAIT)) || (data[0] & 32 && lemf_store_end(s, NOW)) ||
		    lemf_dir_flush(lemf_store_dir(s)))
			abort();
		/* what arrived once is known again, or differs from what stood there under its number; never lost */
		if (st->pdus[LEMF_HI2] + st->pdus[LEMF_HI3] + st->duplicates + st->undecoded < 2)
			abort();
		if (round && before == 2 && st->duplicates < 2 && !memmem(data, size, "cin-reset", 9))
			abort();
		/* a gap that was said is not said again */
		if (round && st->gaps && (!(data[0] & 8) || data[0] & 48) && !memmem(data, size, "cin-reset", 9))
			abort();
		enter(s, round || data[0] & 64);
		before = st->pdus[LEMF_HI2] + st->pdus[LEMF_HI3] - st->conflicts - st->repeats;
		lemf_store_close(s);
		if (data[0] & WHOSE && !(data[0] & TOP))
			for (unsigned i = 1; i < 5; i++)
				whole(name[i]);
	}
	clear();
	return 0;
}
