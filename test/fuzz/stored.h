/*
 * stored.h: octets as the files of an interception that an agency's end has stored, for the drivers that read them: events.jsonl, hi2.ber, hi3.ber,
 * other.ber, integrity.ber, each with two octets of length before it. The first octet says whether events.jsonl gets the line in front that says whose
 * folder it is, whether each PDU of the input that tells of numbers not issued comes as the line of events.jsonl that is made of it, and whether there
 * is a ledger: entries follow, of which those that end in an even octet have the hashes that lemfd would have given them.
 */
#ifndef TEST_FUZZ_STORED_H
#define TEST_FUZZ_STORED_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <li/rd.h>

#include "asn1/ps_dec.h"
#include "handover/lemf_ledger.h"

#define FOLDER "NL-OP01-LI-1"
#define TIME "{\"time\":\"2026-01-01T00:00:00.000000Z\","
enum { WHOSE = 1, NOTICES = 2, TOP = 4, LEDGER = 128 };

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

/* file: by enum lemf_kind. */
static void ledger(struct buf *b, struct view v, const struct buf file[LEMF_KINDS])
{
	EVP_MD_CTX *chain = ledger_chain(FOLDER);
	size_t at[LEMF_KINDS] = { 0 };
	struct ledger_entry x;

	for (; chain && v.n >= LEDGER_ENTRY; v = view_of(v.p + LEDGER_ENTRY, v.n - LEDGER_ENTRY)) {
		uint8_t octets[LEDGER_ENTRY];
		bool good = ledger_get(v.p, &x), honest = v.p[LEDGER_ENTRY - 1] % 2 == 0;

		if (good && honest && (x.what == LEDGER_SEAL || x.what == LEDGER_END) && !ledger_seal(chain, &x, x.sha256))
			abort();
		if (good && honest && x.what == LEDGER_STORED && x.n <= file[x.kind].n - at[x.kind]) {
			if (!ledger_sha256(view_of(file[x.kind].p + at[x.kind], (size_t)x.n), x.sha256))
				abort();
			at[x.kind] += (size_t)x.n;
		}
		memcpy(octets, v.p, sizeof(octets));
		if (good)
			ledger_put(&x, octets);
		if (EVP_DigestUpdate(chain, octets, sizeof(octets)) != 1 || buf_put(b, octets, sizeof(octets)))
			abort();
	}
	EVP_MD_CTX_free(chain);
	if (buf_put(b, v.p, v.n))	/* and one that is torn */
		abort();
}

/* In dir, and in folder inside it. */
static void files(struct view v)
{
	struct rd r = rd_of(v);
	uint8_t how = rd_u8(&r);
	static const enum lemf_kind kind[] = { LEMF_EVENTS, LEMF_HI2, LEMF_HI3, LEMF_OTHER, LEMF_CHECKS };
	struct buf b = { 0 }, file[LEMF_KINDS] = { 0 };

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
		struct buf *f = &file[kind[i]];

		if (i == 0 && how & WHOSE &&
		    buf_printf(f, TIME "\"event\":\"interception\",\"country\":\"NL\",\"operator\":\"OP01\",\"liid\":\"LI-1\"}\n"))
			abort();
		if (i == 0 && how & NOTICES)
			notices(f, part);
		else if (buf_put(f, part.p, part.n))
			abort();
		file_put(how & TOP ? dir : folder, name[i], f);
	}
	if (how & LEDGER) {
		ledger(&b, rd_take(&r, rd_left(&r)), file);
		file_put(how & TOP ? dir : folder, LEDGER_FILE, &b);
	}
	for (unsigned i = 0; i < LEMF_KINDS; i++)
		buf_fini(&file[i]);
	buf_fini(&b);
}

#endif
