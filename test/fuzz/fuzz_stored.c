/*
 * fuzz_stored.c: octets as the files that an agency's end finds of an interception when it starts: events.jsonl, hi2.ber, hi3.ber,
 * other.ber, integrity.ber, each with two octets of length before it. The first octet says whether events.jsonl gets the line in front that says whose
 * folder it is, and whether each PDU of the input that tells of numbers not issued comes as the line of events.jsonl that is made of it.
 * Whatever stands there: what arrives is stored, ends that are torn go aside, and the second start finds whole files.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <li/rd.h>

#include "handover/lemf_store.h"
#include "test/gen/pdus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1770371041608000)
#define FOLDER "NL-OP01-LI-1"
#define TIME "{\"time\":\"2026-01-01T00:00:00.000000Z\","
enum { WHOSE = 1, NOTICES = 2, TOP = 4 };

static const struct lemf_source from = { 1, "address", "subject", NULL, NULL };
static const char *const name[] = { "events.jsonl", "hi2.ber", "hi3.ber", "other.ber", "integrity.ber" };
static char dir[64], folder[96];

static int rm(const char *p, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(p);
}

static void clear(void)
{
	nftw(dir, rm, 16, FTW_DEPTH | FTW_PHYS);
}

static void file_put(const char *in, const char *what, const struct buf *b)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", in, what);
	f = fopen(path, "w");
	if (!f || (b->n && fwrite(b->p, 1, b->n, f) != b->n) || fclose(f))
		abort();
}

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

/* Each PDU as the event that tells of it; what is none stands as it is. */
static void notices(struct buf *b, struct view v)
{
	size_t n;

	while (v.n && ps_next(v, &n) == LI_OK && n <= v.n) {
		if (buf_printf(b, TIME "\"event\":\"not-issued\",\"pdu\":\""))
			abort();
		for (size_t i = 0; i < n; i++)
			if (buf_printf(b, "%02x", v.p[i]))
				abort();
		if (buf_printf(b, "\"}\n"))
			abort();
		v = view_of(v.p + n, v.n - n);
	}
	if (buf_put(b, v.p, v.n))
		abort();
}

static void files(struct view v)
{
	struct rd r = rd_of(v);
	uint8_t how = rd_u8(&r);
	struct buf b = { 0 };

	if (mkdir(dir, 0700) || mkdir(folder, 0700))
		abort();
	for (unsigned i = 0; i < 5; i++) {
		size_t n = rd_u16(&r);
		struct view part = rd_take(&r, n < rd_left(&r) ? n : rd_left(&r));

		b.n = 0;
		if (i == 0 && how & WHOSE &&
		    buf_printf(&b, TIME "\"event\":\"interception\",\"country\":\"NL\",\"operator\":\"OP01\",\"liid\":\"LI-1\"}\n"))
			abort();
		if (i == 0 && how & NOTICES)
			notices(&b, part);
		else if (buf_put(&b, part.p, part.n))
			abort();
		file_put(how & TOP ? dir : folder, name[i], &b);
	}
	buf_fini(&b);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t before = 0;
	char err[300];

	if (size == 0)
		return 0;
	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "%s/openmdf-fuzz-stored.%ld", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (long)getpid());
		snprintf(folder, sizeof(folder), "%s/" FOLDER, dir);
		clear();
	}
	files(view_of(data, size));
	for (unsigned round = 0; round < 2; round++) {
		struct lemf_store *s = lemf_store_open(dir, 1, NOW, err, sizeof(err));
		const struct lemf_stats *st;

		if (!s)
			abort();
		st = lemf_store_stats(s);
		arrive(s, pdu_iri, 7, 3);
		arrive(s, pdu_cc, 7, 10);
		arrive(s, pdu_check, 7, 0);
		if (lemf_store_settle(s, NOW) || lemf_dir_flush(lemf_store_dir(s)))
			abort();
		/* what arrived once is known again, or differs from what stood there under its number; never lost */
		if (st->pdus[LEMF_HI2] + st->pdus[LEMF_HI3] + st->duplicates + st->undecoded < 2)
			abort();
		if (round && before == 2 && st->duplicates < 2 && !memmem(data, size, "cin-reset", 9))
			abort();
		before = st->pdus[LEMF_HI2] + st->pdus[LEMF_HI3] - st->conflicts - st->repeats;
		lemf_store_close(s);
		if (data[0] & WHOSE && !(data[0] & TOP))
			for (unsigned i = 1; i < 5; i++)
				whole(name[i]);
	}
	clear();
	return 0;
}
