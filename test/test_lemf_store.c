/* test_lemf_store.c: what a LEMF keeps, and what it knows again after a start. */
#include "handover/lemf_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/ber.h"
#include "test/gen/pdus.h"
#include "test/hex.h"
#include "test/scratch.h"
#include "test/slurp.h"

#define NOW INT64_C(1770371041608000)

static char dir[SCRATCH_PATH];
static const uint8_t sha[32] = { 0xab };
static const struct lemf_source from = { .id = 1, .address = "127.0.0.1:60000", .subject = "CN=mdf", .sha256 = sha };

static struct lemf_store *opened(bool again)
{
	char err[300] = "";
	struct lemf_store *s;

	if (!again) {
		scratch_new(dir);
	}
	s = lemf_store_open(dir, 42, NOW, err, sizeof(err));
	if (!s)
		printf("# %s\n", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static void synced(struct lemf_store *s)
{
	CU_ASSERT_EQUAL(lemf_store_settle(s, NOW), LI_OK);
	CU_ASSERT_EQUAL(lemf_dir_sync(lemf_store_dir(s)), LI_OK);
	CU_ASSERT_FALSE(lemf_dir_is_dirty(lemf_store_dir(s)));
}

static enum li_err put_octets(struct lemf_store *s, struct view v)
{
	struct ps_pdu p;
	const char *what;
	size_t at;
	enum li_err e = ps_decode(v, &p, &at, &what);

	return e ? lemf_store_bad(s, v, e, at, what, &from, NOW) : lemf_store_put(s, &p, &from, NOW);
}

enum form { IRI, CC };

static struct pdu_of one(const char *liid, uint32_t cin, uint32_t number)
{
	return (struct pdu_of){ .liid = liid, .element = "MDF-1", .country = "NL", .has_cin = true, .cin = cin, .number = number, .time = NOW };
}

static void put(struct lemf_store *s, enum form f, const struct pdu_of *p)
{
	struct buf b = { 0 };

	CU_ASSERT_TRUE_FATAL(f == IRI ? pdu_iri(&b, p) : pdu_cc(&b, p));
	CU_ASSERT_EQUAL(put_octets(s, buf_view(&b)), LI_OK);
	buf_fini(&b);
}

static void put_tri(struct lemf_store *s, const struct pdu_of *p, enum ps_tri kind, struct view body)
{
	struct buf b = { 0 };

	CU_ASSERT_TRUE_FATAL(pdu_tri(&b, p, kind, body));
	CU_ASSERT_EQUAL(put_octets(s, buf_view(&b)), LI_OK);
	buf_fini(&b);
}

/* How often text stands in a file. */
static unsigned count(const char *name, const char *text)
{
	return slurp_count(dir, name, text);
}

static unsigned pdus(const char *name)
{
	struct buf b = slurp_in(dir, name);
	unsigned k = 0;
	size_t at = 0, n;

	while (at < b.n && ps_next(view_of(b.p + at, b.n - at), &n) == LI_OK) {
		at += n;
		k++;
	}
	CU_ASSERT_EQUAL(at, b.n);
	buf_fini(&b);
	return k;
}

#define L1 "NL-OP01-LI-1/"

/* HO-PSH-017, HO-PSH-018 (a new LIID is told, and has a folder), HO-CC-011 (IRI and CC of one LIID and CIN lie side by side) */
static void as_received(void)
{
	struct lemf_store *s = opened(false);
	struct buf want = { 0 }, got;
	struct pdu_of p;

	for (uint32_t i = 0; i < 300; i++) {
		p = one("LI-1", i % 3, i / 3);
		p.extra = i;
		CU_ASSERT_TRUE(pdu_iri(&want, &p));
		put(s, IRI, &p);
		put(s, CC, &p);
	}
	synced(s);
	got = slurp_in(dir, L1 "hi2.ber");
	CU_ASSERT_TRUE(view_eq(buf_view(&got), buf_view(&want)));
	CU_ASSERT_EQUAL(pdus(L1 "hi3.ber"), 300);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\n"), 2);	/* whose it is, who delivers it */
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"interception\",\"country\":\"NL\",\"operator\":\"OP01\",\"liid\":\"LI-1\"}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"peer\",\"connection\":1,\"address\":\"127.0.0.1:60000\",\"subject\":\"CN=mdf\",\"sha256\":\"ab00"), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->pdus[LEMF_HI2], 300);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->contexts, 6);
	buf_fini(&got);
	buf_fini(&want);
	lemf_store_close(s);
}

static void gaps_and_duplicates(void)	/* HO-SEQ-012, HO-SEQ-013, HO-SEQ-014, HO-SEQ-015, HO-BUF-011 */
{
	struct lemf_store *s = opened(false);
	struct pdu_of p;

	for (uint32_t i = 0; i < 10; i++)
		if (i < 4 || i > 6)
			put(s, IRI, (p = one("LI-1", 9, i), &p));
	CU_ASSERT_EQUAL(lemf_store_stats(s)->missing, 3);
	for (uint32_t i = 2; i < 10; i++)	/* a resend: all but the missing are there */
		put(s, IRI, (p = one("LI-1", 9, i), &p));
	put(s, IRI, (p = one("LI-1", 10, UINT32_MAX), &p));
	put(s, IRI, (p = one("LI-1", 10, 0), &p));
	synced(s);
	CU_ASSERT_EQUAL(pdus(L1 "hi2.ber"), 12);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"gap\",\"hi\":\"hi2\",\"element\":\"MDF-1\",\"cin\":9,\"from\":4,\"to\":6}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"gap-closed\",\"hi\":\"hi2\",\"element\":\"MDF-1\",\"cin\":9,\"from\":4,\"to\":6}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"gap"), 2);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"duplicates\""), 2);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"cin\":9,\"from\":2,\"to\":3,\"count\":2}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"cin\":9,\"from\":7,\"to\":9,\"count\":3}"), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->duplicates, 5);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->missing, 0);
	/* the same number, other octets: both are kept */
	p = one("LI-1", 9, 3);
	p.fill = 1;
	put(s, IRI, &p);
	put(s, IRI, (p = one("LI-1", 9, 3), &p));	/* the first one again */
	synced(s);
	CU_ASSERT_EQUAL(pdus(L1 "hi2.ber"), 13);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"conflict\",\"hi\":\"hi2\",\"element\":\"MDF-1\",\"cin\":9,\"number\":3,\"first_offset\":"), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->duplicates, 6);
	/* HO-SEQ-016: a later number with an earlier time is the next one */
	for (uint32_t i = 0; i < 3; i++) {
		p = one("LI-1", 11, i);
		p.time = NOW - (li_us)i * LI_US_SECOND;
		put(s, IRI, &p);
	}
	synced(s);
	CU_ASSERT_EQUAL(pdus(L1 "hi2.ber"), 16);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"cin\":11"), 0);
	lemf_store_close(s);
}

/* Contexts: every part of the key makes its own. HO-SEQ-003, HO-SEQ-004, HO-SEQ-005, HO-SEQ-006, HO-PSH-019 */
static void contexts(void)
{
	struct lemf_store *s = opened(false);
	struct pdu_of p = one("LI-1", 1, 0);

	put(s, IRI, &p);
	put(s, CC, &p);
	p.cin = 2;
	put(s, IRI, &p);
	p.has_cin = false;
	put(s, IRI, &p);
	p.element = "MDF-2";
	put(s, IRI, &p);
	p.element = NULL;
	put(s, IRI, &p);
	p.operator_id = "OP02";
	put(s, IRI, &p);
	p.country = NULL;
	put(s, IRI, &p);
	synced(s);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->contexts, 8);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->duplicates + lemf_store_stats(s)->conflicts + lemf_store_stats(s)->gaps, 0);
	CU_ASSERT_EQUAL(pdus("NL-OP01-LI-1/hi2.ber"), 5);
	CU_ASSERT_EQUAL(pdus("NL-OP02-LI-1/hi2.ber"), 1);
	CU_ASSERT_EQUAL(pdus("__-OP02-LI-1/hi2.ber"), 1);
	lemf_store_close(s);
}

static void names(void)
{
	struct lemf_store *s = opened(false);
	struct pdu_of p = one("../..", 1, 0);

	for (unsigned again = 0; again < 2; again++) {
		p = one("../..", 1, again);
		put(s, IRI, &p);
		p = one("a b/\x01%", 1, again);
		put(s, IRI, &p);
		p = one("A-B", 1, again);		/* OP + A-B and OP-A + B would be one folder */
		p.operator_id = "OP";
		put(s, IRI, &p);
		p = one("B", 1, again);
		p.operator_id = "OP-A";
		put(s, IRI, &p);
		p = one("D", 1, again);			/* and the other way round */
		p.operator_id = "OP-C";
		put(s, IRI, &p);
		p = one("C-D", 1, again);
		p.operator_id = "OP";
		put(s, IRI, &p);
		synced(s);
		if (!again) {			/* and a start does not confuse them */
			lemf_store_close(s);
			s = opened(true);
		}
	}
	CU_ASSERT_EQUAL(pdus("NL-OP01-%2E%2E%2F%2E%2E/hi2.ber"), 2);
	CU_ASSERT_EQUAL(pdus("NL-OP01-a%20b%2F%01%25/hi2.ber"), 2);
	CU_ASSERT_EQUAL(pdus("NL-OP-A-B/hi2.ber"), 2);
	CU_ASSERT_EQUAL(pdus("NL-OP%2DA-B/hi2.ber"), 2);
	CU_ASSERT_EQUAL(pdus("NL-OP-C-D/hi2.ber"), 2);
	CU_ASSERT_EQUAL(pdus("NL-OP-C%2DD/hi2.ber"), 2);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->undecoded, 0);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 0);
	lemf_store_close(s);
}

static void tail(const char *name, const void *octets, size_t n)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_APPEND);
	CU_ASSERT_TRUE(fd >= 0 && write(fd, octets, n) == (ssize_t)n);
	close(fd);
}

/* A start reads the state of every context from the files. What a crash tore is put aside. */
static void restart(void)
{
	struct lemf_store *s = opened(false);
	struct buf half = { 0 };
	struct pdu_of p;

	for (uint32_t i = 0; i < 1000; i++)
		if (i != 500) {
			p = one("LI-1", 9, i);
			p.extra = i % 900;
			put(s, CC, &p);
		}
	put(s, IRI, (p = one("LI-1", 9, 0), &p));
	synced(s);
	lemf_store_close(s);
	p = one("LI-1", 9, 1);
	CU_ASSERT_TRUE(pdu_iri(&half, &p));
	tail(L1 "hi2.ber", half.p, half.n - 3);
	tail(L1 "events.jsonl", "{\"time\":\"", 9);
	s = opened(true);
	put(s, CC, (p = one("LI-1", 9, 1000), &p));
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 0);
	p = one("LI-1", 9, 500);
	p.extra = 500;
	put(s, CC, &p);
	for (uint32_t i = 990; i < 1000; i++) {
		p = one("LI-1", 9, i);
		p.extra = i % 900;
		put(s, CC, &p);
	}
	put(s, IRI, (p = one("LI-1", 9, 1), &p));
	put(s, IRI, (p = one("LI-1", 9, 0), &p));
	synced(s);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps_closed, 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->duplicates, 11);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->conflicts + lemf_store_stats(s)->repeats, 0);
	CU_ASSERT_EQUAL(pdus(L1 "hi3.ber"), 1001);
	CU_ASSERT_EQUAL(pdus(L1 "hi2.ber"), 2);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"torn-end\",\"file\":\"hi2.ber\""), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"torn-end\",\"file\":\"events.jsonl\""), 1);
	DIR *d = opendir(dir);
	struct buf aside = { 0 };
	char path[500];
	struct dirent *x;

	closedir(d);
	snprintf(path, sizeof(path), "%s/%s", dir, L1);
	d = opendir(path);
	while (d && (x = readdir(d)))
		if (strncmp(x->d_name, "hi2.ber.torn-", 13) == 0) {
			snprintf(path, sizeof(path), "%s%s", L1, x->d_name);
			aside = slurp_in(dir, path);
		}
	closedir(d);
	CU_ASSERT_TRUE(view_eq(buf_view(&aside), view_of(half.p, half.n - 3)));
	buf_fini(&aside);
	buf_fini(&half);
	lemf_store_close(s);
}

static void cin_reset(void)	/* HO-CIN-011 */
{
	struct lemf_store *s = opened(false);
	struct pdu_of p, r = { .liid = "-", .element = "MDF-1", .country = "NL", .time = NOW };

	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 5; i++) {
			p = one("LI-1", 1, i);
			p.fill = (uint8_t)round;
			put(s, IRI, &p);
			p.liid = "LI-2";
			put(s, IRI, &p);
			p.element = "MDF-2";		/* another element: its contexts are not reset */
			p.number = round * 5 + i;
			put(s, CC, &p);
		}
		if (round == 0) {
			lemf_store_close((synced(s), s));	/* the reset finds the folders on the disk, too */
			s = opened(true);
			put(s, IRI, (p = one("LI-1", 1, 5), &p));
		}
		r.liid = round ? "LI-1" : "-";
		put_tri(s, &r, PS_TRI_CIN_RESET, view_of(NULL, 0));
		if (round)
			put_tri(s, (r.liid = "LI-2", &r), PS_TRI_CIN_RESET, view_of(NULL, 0));
		if (round == 1) {
			synced(s);
			lemf_store_close(s);
			s = opened(true);
		}
	}
	synced(s);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->conflicts + lemf_store_stats(s)->repeats + lemf_store_stats(s)->gaps, 0);
	CU_ASSERT_EQUAL(pdus(L1 "hi2.ber"), 16);
	CU_ASSERT_EQUAL(pdus("NL-OP01-LI-2/hi2.ber"), 15);
	CU_ASSERT_EQUAL(pdus("NL-OP01-LI-2/hi3.ber"), 15);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"cin-reset\""), 3);
	CU_ASSERT_EQUAL(count("events.jsonl", "\"event\":\"cin-reset-all\""), 1);
	/* what came after the last reset is what a start goes on from */
	for (uint32_t i = 0; i < 3; i++)
		put(s, IRI, (p = one("LI-1", 1, i), &p));
	synced(s);
	lemf_store_close(s);
	s = opened(true);
	for (uint32_t i = 0; i < 5; i++)
		put(s, IRI, (p = one("LI-1", 1, i), &p));
	CU_ASSERT_EQUAL(lemf_store_stats(s)->duplicates, 3);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->conflicts + lemf_store_stats(s)->repeats + lemf_store_stats(s)->gaps, 0);
	lemf_store_close(s);
}

static void other_pdus(void)	/* HO-TRI-002, HO-TRI-004, HO-TRI-005, HO-TRI-007, HO-TRI-009, HO-PEN-009, HO-ENC-011 */
{
	static const uint8_t message[] = { 0x80, 1, 1, 0x81, 8, 'b', 'u', 'f', ' ', 'f', 'u', 'l', 'l' };
	static const uint8_t latin[] = { 0x80, 1, 2, 0x81, 4, 'c', 'a', 'f', 0xe9 };
	struct lemf_store *s = opened(false);
	struct pdu_of p = one("LI-1", 1, 0);
	struct buf b = { 0 };
	char path[400];

	put_tri(s, &p, PS_TRI_TEST, view_of(NULL, 0));
	put_tri(s, &p, PS_TRI_OPERATOR_MESSAGE, view_of(latin, sizeof(latin)));
	put_tri(s, &p, PS_TRI_OPERATOR_MESSAGE, view_of(message, sizeof(message)));
	put_tri(s, &p, PS_TRI_FIRST_SEGMENT, view_of(NULL, 0));
	put_tri(s, &p, PS_TRI_LAST_SEGMENT, view_of(NULL, 0));
	p.liid = "nobody";
	put_tri(s, &p, PS_TRI_PADDING, view_str("zzzz"));
	p.liid = "LI-1";
	CU_ASSERT_TRUE(pdu_other(&b, &p, 4));		/* encryptionContainer, twice: it is not for us to judge */
	CU_ASSERT_EQUAL(put_octets(s, buf_view(&b)), LI_OK);
	CU_ASSERT_EQUAL(put_octets(s, buf_view(&b)), LI_OK);
	synced(s);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"test\""), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"operator-message\",\"number\":0,\"priority\":1,\"text\":\"buf full\"}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"priority\":2,\"text\":\"caf\xef\xbf\xbd\",\"octets\":\"636166e9\"}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "-segment\",\"number\":0,\"pdu\":\"30"), 2);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"encrypted\""), 1);
	CU_ASSERT_EQUAL(pdus(L1 "other.ber"), 2);
	CU_ASSERT_EQUAL(count("events.jsonl", "nobody"), 0);
	CU_ASSERT_EQUAL(access(dir, F_OK), 0);
	snprintf(path, sizeof(path), "%s/NL-OP01-nobody", dir);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);	/* HO-TRI-004, HO-TRI-005: padding leaves nothing behind */
	/* what does not decode is kept at the top */
	CU_ASSERT_EQUAL(put_octets(s, view_of("\x30\x03\xa1\x01\x00", 5)), LI_OK);
	synced(s);
	CU_ASSERT_EQUAL(pdus("other.ber"), 1);
	CU_ASSERT_EQUAL(count("events.jsonl", "\"event\":\"undecoded\""), 1);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->undecoded, 1);
	buf_fini(&b);
	lemf_store_close(s);
}

static void put_payload(struct lemf_store *s, uint32_t number, bool has_cin, const char *hex)
{
	struct ps_head h = { .gen_header = 33, .liid = { 4, "LI-1" }, .has_auth_country = true, .auth_country = { "NL" },
			     .operator_id = view_str("OP01"), .element_id = view_str("MDF-1"), .has_cin = has_cin };
	struct buf payload = { 0 }, b = { 0 };

	hex_put(&payload, hex);
	CU_ASSERT_EQUAL_FATAL(ps_enc_payload(&h, number, NOW, buf_view(&payload), &b), LI_OK);
	CU_ASSERT_EQUAL(put_octets(s, buf_view(&b)), LI_OK);
	buf_fini(&payload);
	buf_fini(&b);
}

/* What an operator says of an interception is stored, and its fields are told; what comes twice is told once. HO-HI4-004, HO-HI4-005, HO-HI4-006 */
static void notifications(void)
{
	static const char activation[] = "A7 3F A1 3D 81 05 04 13 13 03 05 A2 34 A1 32 81 01 01 A2 04 A1 02 81 00 84 10 "
		"32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 85 0F 32 30 32 36 30 32 30 36 30 39 34 34 30 32 5A 86 01 FF 87 01 00";
	struct lemf_store *s = opened(false);

	put_payload(s, 0, false, activation);
	put_payload(s, 0, false, activation);
	put_payload(s, 0, true, activation);		/* with a CIN it is another context: HO-HI4-004 */
	put_payload(s, 1, false, "A7 05 A9 03 81 01 01");		/* an alternative of a version to come */
	put_payload(s, 3, false, "A7 10 A1 0E 81 05 04 13 10 05 05 A2 05 A1 03 81 01 07");	/* 2 is missing; 7 is no type that there is */
	put_payload(s, 0, false, "A3 1C A4 1A A2 0F 81 0D 32 36 30 32 30 36 30 39 34 34 30 31 5A 83 01 31 84 04 4C 49 2D 31");
	put_payload(s, 0, false, "A5 06 A2 04 81 02 4C 31");
	synced(s);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"li-notification\",\"number\":0,\"type\":\"activation\","
			      "\"start\":\"2026-02-06T09:44:01.600000Z\",\"end\":\"2026-02-06T09:44:02.000000Z\"}"), 2);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"unknown-notification\",\"number\":1,\"alternative\":9}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"li-notification\",\"number\":3,\"type\":7}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"hi1-notification\",\"number\":0,\"type\":\"alarm\",\"text\":\"1\"}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"hi1-notification\",\"number\":0,\"type\":\"deactivation\"}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"gap\",\"hi\":\"other\",\"payload\":7"), 1);
	CU_ASSERT(pdus(L1 "other.ber") == 6 && lemf_store_stats(s)->duplicates == 1);
	lemf_store_close(s);
}

/* HO-TS-009, HO-IRI-008: neither a time nor an iRIType; kept as it is, and told of the first. */
static void lacking(void)
{
	struct lemf_store *s = opened(false);
	struct buf b = { 0 };
	struct pdu_of p = one("LI-1", 1, 0);

	for (unsigned i = 0; i < 2; i++) {
		b.n = 0;
		hex_put(&b, "30 41 A1 33 80 07 04 00 02 02 05 01 21 81 0B 4C 49 2D 54 45 53 54 2D 30 30 31 82 02 4E 4C "
			"A3 14 A0 0E 80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 82 02 4E 4C 84 01 00 A2 0A A0 08 30 06 A2 04 93 02 30 00");
		b.p[54] = (uint8_t)i;	/* sequenceNumber */
		CU_ASSERT_EQUAL(put_octets(s, buf_view(&b)), LI_OK);
	}
	put(s, IRI, &p);
	synced(s);
	CU_ASSERT_EQUAL(pdus("NL-OP01-LI-TEST-001/hi2.ber"), 2);
	CU_ASSERT_EQUAL(count("NL-OP01-LI-TEST-001/events.jsonl", "\"event\":\"no-time\",\"hi\":\"hi2\""), 1);
	CU_ASSERT_EQUAL(count("NL-OP01-LI-TEST-001/events.jsonl", "\"event\":\"no-iri-type\",\"hi\":\"hi2\""), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "no-"), 0);
	buf_fini(&b);
	lemf_store_close(s);
}

/* More interceptions than open files, in turn; every file is right, and few are open. */
static void many(void)
{
	struct lemf_store *s = opened(false);
	struct rlimit was, now;
	unsigned n = unit_rounds(2000);
	char liid[26], name[80];

	n = n < LEMF_OPEN_MAX ? LEMF_OPEN_MAX : n;
	getrlimit(RLIMIT_NOFILE, &was);
	now = was;
	now.rlim_cur = LEMF_OPEN_MAX + 40;
	setrlimit(RLIMIT_NOFILE, &now);
	for (uint32_t turn = 0; turn < 3; turn++) {
		for (unsigned i = 0; i < n; i++) {
			snprintf(liid, sizeof(liid), "LI-%u", i);
			struct pdu_of p = one(liid, i, turn);

			put(s, IRI, &p);
			put(s, CC, &p);
		}
		if (turn == 1) {
			synced(s);
			lemf_store_close(s);
			s = opened(true);
		}
	}
	synced(s);
	setrlimit(RLIMIT_NOFILE, &was);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 0);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->interceptions, n);
	for (unsigned i = 0; i < n; i += 37) {
		snprintf(name, sizeof(name), "NL-OP01-LI-%u/hi2.ber", i);
		CU_ASSERT_EQUAL(pdus(name), 3);
	}
	lemf_store_close(s);
}

/* A disk that is full: what was there stays whole, and after lemf_store_forget() the stream goes on where the files end. */
static void full(void)
{
	struct lemf_store *s = opened(false);
	struct rlimit was, now;
	struct pdu_of p;
	struct buf b = { 0 };
	unsigned held;

	signal(SIGXFSZ, SIG_IGN);
	for (uint32_t i = 0; i < 100; i++)
		put(s, IRI, (p = one("LI-1", 1, i), &p));
	synced(s);
	getrlimit(RLIMIT_FSIZE, &was);
	now = was;
	now.rlim_cur = 20000;
	setrlimit(RLIMIT_FSIZE, &now);
	enum li_err e = LI_OK;
	for (uint32_t i = 100; i < 300 && !e; i++) {
		p = one("LI-1", 1, i);
		p.extra = 1000;
		b.n = 0;
		CU_ASSERT_TRUE(pdu_iri(&b, &p));
		e = put_octets(s, buf_view(&b));
	}
	if (!e)
		e = lemf_dir_flush(lemf_store_dir(s));
	CU_ASSERT_EQUAL(e, LI_EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(lemf_dir_error(lemf_store_dir(s)), "hi2.ber: File too large"));
	setrlimit(RLIMIT_FSIZE, &was);
	lemf_store_forget(s);
	held = pdus(L1 "hi2.ber");
	CU_ASSERT_TRUE(held >= 100 && held < 300);
	for (uint32_t i = 90; i < 300; i++) {
		p = one("LI-1", 1, i);
		p.extra = i < 100 ? 0 : 1000;
		put(s, IRI, &p);
	}
	synced(s);
	CU_ASSERT_EQUAL(pdus(L1 "hi2.ber"), 300);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->conflicts + lemf_store_stats(s)->repeats, 0);
	buf_fini(&b);
	lemf_store_close(s);
}

static void notice(struct lemf_store *s, const struct pdu_of *p, const char *text)
{
	uint8_t body[300] = { 0x80, 1, 1, 0x81 };
	size_t n = strlen(text), at = 4;

	if (n > 127)
		body[at++] = 0x81;
	body[at++] = (uint8_t)n;
	memcpy(body + at, text, n);
	put_tri(s, p, PS_TRI_OPERATOR_MESSAGE, view_of(body, at + n));
}

/* What the operator says it did not issue is not reported as missing, before it, after it, and after a start. */
static void not_issued(void)
{
	struct lemf_store *s = opened(false);
	struct pdu_of p;

	for (uint32_t i = 0; i < 5; i++)
		put(s, CC, (p = one("LI-1", 9, i), &p));
	put(s, IRI, (p = one("LI-1", 9, 4), &p));		/* 0 to 3 are missing */
	notice(s, (p = one("LI-1", 9, 0), &p), "not-issued HI3 cin=9 from=3 to=16383: for people");
	notice(s, (p = one("LI-1", 9, 1), &p), "not-issued HI2 cin=9 from=2 to=4");
	notice(s, (p = one("LI-1", 7, 2), &p), "not-issued HI3 cin=7 from=0 to=9");	/* nothing of it has come */
	/* not for machines, or not whole: a text */
	notice(s, (p = one("LI-1", 9, 3), &p), "not-issued HI3 cin=8 from=0 to=9");
	notice(s, (p = one("LI-1", 9, 3), &p), "not-issued HI3 cin=9 from=0 to=");
	notice(s, (p = one("LI-1", 9, 3), &p), "not-issued HI3 cin=9 from=0 to=4294967295");
	notice(s, (p = one("LI-1", 9, 3), &p), "buffer full");
	notice(s, (p = one("LI-1", 9, 3), &p), "not-issued HI4 cin=9 from=0 to=9");
	put_tri(s, (p = one("LI-1", 9, 3), &p), PS_TRI_OPERATOR_MESSAGE, view_str("\x80\x01\x01"));	/* no text at all */
	p = one("LI-1", 9, 3);
	p.has_cin = false;
	notice(s, &p, "not-issued HI2 cin=- from=1 to=1");
	synced(s);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"not-issued\""), 4);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"operator-message\""), 6);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"not-issued\",\"hi\":\"hi3\",\"element\":\"MDF-1\",\"cin\":9,\"from\":3,\"to\":16383,\"pdu\":\"30"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"gap-explained\",\"hi\":\"hi2\",\"element\":\"MDF-1\",\"cin\":9,\"from\":2,\"to\":3}"), 1);
	CU_ASSERT_EQUAL(count(L1 "events.jsonl", "\"event\":\"gap\""), 2);	/* 0 to 3; 0 without a CIN, which was not said */
	CU_ASSERT_EQUAL(lemf_store_stats(s)->missing, 3);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->not_issued, 16381 + 3 + 10 + 1);
	lemf_store_close(s);
	s = opened(true);
	put(s, CC, (p = one("LI-1", 9, 16384), &p));
	put(s, CC, (p = one("LI-1", 7, 10), &p));
	put(s, IRI, (p = one("LI-1", 9, 5), &p));
	put(s, IRI, (p = one("LI-1", 9, 1), &p));
	p = one("LI-1", 9, 2);
	p.has_cin = false;
	put(s, IRI, &p);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 0);
	/* a sender that lost its numbering begins anew, and what was said is void */
	put_tri(s, (p = one("LI-1", 9, 0), &p), PS_TRI_CIN_RESET, view_of(NULL, 0));
	synced(s);
	lemf_store_close(s);
	s = opened(true);
	put(s, CC, (p = one("LI-1", 7, 10), &p));
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 1);
	lemf_store_close(s);
}

static void append(const char *name, const char *text)
{
	char path[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT(fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Two elements say it of one CIN each; one of them loses its numbering, the other's word holds, also beside lines that are damaged. */
static void not_issued_by_two(void)
{
	struct lemf_store *s = opened(false);
	struct pdu_of p;

	notice(s, (p = one("LI-1", 7, 0), &p), "not-issued HI3 cin=7 from=0 to=9");
	p = one("LI-1", 7, 0);
	p.element = "MDF-2";
	notice(s, &p, "not-issued HI3 cin=7 from=0 to=9");
	put_tri(s, (p = one("LI-1", 7, 1), &p), PS_TRI_CIN_RESET, view_of(NULL, 0));
	synced(s);
	lemf_store_close(s);
	append(L1 "events.jsonl", "{\"time\":\"2026-01-01T00:00:00.000000Z\",\"event\":\"not-issued\",\"hi\":\"hi3\",\"pdu\":\"\"}\n"
	       "{\"time\":\"2026-01-01T00:00:00.000000Z\",\"event\":\"not-issued\",\"hi\":\"hi3\",\"pdu\":\"30zz\"}\n"
	       "{\"time\":\"2026-01-01T00:00:00.000000Z\",\"event\":\"not-issued\",\"hi\":\"hi3\",\"pdu\":\"3003020105\"}\n");
	s = opened(true);
	p = one("LI-1", 7, 10);
	p.element = "MDF-2";
	put(s, CC, &p);
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 0);
	put(s, CC, (p = one("LI-1", 7, 10), &p));
	CU_ASSERT_EQUAL(lemf_store_stats(s)->gaps, 1);
	synced(s);
	lemf_store_close(s);
}

static void refused(void)
{
	char err[300] = "";
	struct lemf_store *s = opened(false);

	CU_ASSERT_PTR_NULL(lemf_store_open(dir, 1, NOW, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "another process"));
	lemf_store_close(s);
	CU_ASSERT_PTR_NULL(lemf_store_open("/proc/nothing/here", 1, NOW, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "No such file"));
	scratch_remove(dir);
}

/* HI2 and HI3 take turns on two connections, then on the two that follow after a reconnect: each is told once. */
static void peers(void)
{
	struct lemf_store *s = opened(false);

	for (uint32_t i = 0; i < 40; i++) {
		struct lemf_source at = { .id = 1 + i % 2 + i / 20 * 2, .address = "127.0.0.1:60000", .subject = "CN=mdf", .sha256 = sha };
		struct pdu_of one_ = one("LI-1", 7, i / 2);
		struct buf b = { 0 };
		struct ps_pdu p;
		const char *what;
		size_t n;

		CU_ASSERT_TRUE_FATAL(i % 2 ? pdu_cc(&b, &one_) : pdu_iri(&b, &one_));
		CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&b), &p, &n, &what), LI_OK);
		CU_ASSERT_EQUAL(lemf_store_put(s, &p, &at, NOW), LI_OK);
		buf_fini(&b);
	}
	synced(s);
	CU_ASSERT_EQUAL(count("NL-OP01-LI-1/events.jsonl", "\"event\":\"peer\""), 4);
	lemf_store_close(s);
}

UNIT_MAIN("lemf_store", UNIT(as_received), UNIT(gaps_and_duplicates), UNIT(contexts), UNIT(names), UNIT(restart), UNIT(cin_reset), UNIT(not_issued),
	UNIT(not_issued_by_two),
	UNIT(peers), UNIT(other_pdus), UNIT(notifications), UNIT(lacking), UNIT(many), UNIT(full), UNIT(refused))
