/*
 * stored.h: octets as the files of an interception that an agency's end has stored, for the drivers that read them: events.jsonl, hi2.ber, hi3.ber,
 * other.ber, integrity.ber, each with two octets of length before it. The first octet says whether events.jsonl gets the line in front that says whose
 * folder it is, and whether each PDU of the input that tells of numbers not issued comes as the line of events.jsonl that is made of it.
 */
#ifndef TEST_FUZZ_STORED_H
#define TEST_FUZZ_STORED_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <li/rd.h>

#include "asn1/ps_dec.h"

#define FOLDER "NL-OP01-LI-1"
#define TIME "{\"time\":\"2026-01-01T00:00:00.000000Z\","
enum { WHOSE = 1, NOTICES = 2, TOP = 4 };

static const char *const name[] = { "events.jsonl", "hi2.ber", "hi3.ber", "other.ber", "integrity.ber" };
static char dir[64], folder[96];

static int rm(const char *p, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(p);
}

/* Removes all of it. */
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

/* In dir, and in folder inside it. */
static void files(struct view v)
{
	struct rd r = rd_of(v);
	uint8_t how = rd_u8(&r);
	struct buf b = { 0 };

	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "%s/openmdf-fuzz-stored.%ld", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (long)getpid());
		snprintf(folder, sizeof(folder), "%s/" FOLDER, dir);
		clear();
	}
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

#endif
