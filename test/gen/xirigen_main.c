/*
 * xirigen_main.c: every event that X2 and HI2 share, with random members, as points of interception send it; and whether what an
 * agency got is the same.
 *
 *   xirigen hex SEED ROUNDS RELEASE         a line an event: its tag, the XIRIPayload, the event's octets in it
 *   xirigen x2 XID SEED ROUNDS RELEASE      X2 PDUs to standard output. The correlation is the event's tag, so that each event is a
 *                                           session of its own; the sequence number is the round, the time that of now
 *   xirigen check SEED ROUNDS RELEASE FILE  the same events are in FILE (PS-PDUs), each with the octets that were sent and the IRI
 *                                           type of its clause. Prints what is missing, other or not expected; exit 1 then
 *   xirigen seeds DIR                       a file a payload, short ones, for test/fuzz/seeds
 *   xirigen made                            reads lines of hex, an XIRIPayload each, and writes each with what mediation makes of it:
 *                                           its IRIPayload for r18v5; then the event without location, of location only, and the
 *                                           start of an interception: "-" where there is none, "=" where it is the same
 *
 * RELEASE is r19v3 and the like, of what is sent. Of ROUNDS the first has only what an event must have.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "asn1/fields.h"
#include "asn1/oid.h"
#include "asn1/ps_dec.h"
#include "asn1/redact.h"
#include "asn1/start.h"
#include "asn1/xiri.h"
#include "test/gen/xiris.h"

#define X2_HEADER 60		/* with sequence number and timestamp */
#define FILE_MAX ((size_t)64 << 20)

struct plan {
	uint64_t seed;
	unsigned rounds;
	uint8_t release, version;
};

static bool plan_of(char **argv, struct plan *p)
{
	p->seed = strtoull(argv[0], NULL, 10);
	p->rounds = (unsigned)strtoul(argv[1], NULL, 10);
	return oid_release_read(view_str(argv[2]), &p->release, &p->version) == LI_OK;
}

static bool make(const struct plan *p, uint32_t tag, unsigned round, struct buf *out, struct view *event)
{
	out->n = 0;
	return xiris_make(tag, p->seed * 1000 + round, round == 0, p->release, p->version, out, event);
}

static void print_hex(struct view v)
{
	for (size_t i = 0; i < v.n; i++)
		printf("%02x", v.p[i]);
}

static void be(uint64_t x, size_t n)
{
	while (n--)
		putchar((int)(x >> (8 * n) & 0xff));
}

static void put_pdu(const uint8_t xid[16], uint32_t tag, unsigned round, struct view payload)
{
	struct timespec now;

	be(5, 2);		/* version 0.5 */
	be(1, 2);		/* X2 PDU */
	be(X2_HEADER, 4);
	be(payload.n, 4);
	be(2, 2);		/* TS 33.128 */
	be(5, 2);		/* direction not applicable */
	fwrite(xid, 1, 16, stdout);
	be(tag, 8);
	be(0x00080004, 4);
	be(round, 4);
	be(0x00090008, 4);
	clock_gettime(CLOCK_REALTIME, &now);
	be((uint64_t)now.tv_sec, 4);
	be((uint64_t)now.tv_nsec, 4);
	fwrite(payload.p, 1, payload.n, stdout);
}

static int all(const struct plan *p, const uint8_t *xid)
{
	struct buf b = { 0 };
	struct view event;
	uint32_t tag;

	for (unsigned r = 0; r < p->rounds; r++)
		for (size_t at = 0; xiris_next(&at, &tag);) {
			if (!make(p, tag, r, &b, &event))
				return 2;
			if (xid) {
				put_pdu(xid, tag, r, buf_view(&b));
				continue;
			}
			printf("%" PRIu32 " ", tag);
			print_hex(buf_view(&b));
			printf(" ");
			print_hex(event);
			printf("\n");
		}
	buf_fini(&b);
	return ferror(stdout) ? 2 : 0;
}

static int seeds(const char *dir)
{
	const struct plan p = { 1, 1, 19, 3 };
	struct buf b = { 0 };
	struct view event;
	char path[4096];
	uint32_t tag;
	FILE *f;

	for (size_t at = 0; xiris_next(&at, &tag);) {
		snprintf(path, sizeof(path), "%s/event-%" PRIu32, dir, tag);
		f = fopen(path, "w");
		if (!f || !make(&p, tag, 0, &b, &event) || fwrite(b.p, 1, b.n, f) != b.n || fclose(f))
			return 2;
	}
	buf_fini(&b);
	return 0;
}

/* -- what is made of it ---------------------------------------------------------------------------------------------- */
static size_t unhex(char *line)
{
	size_t n = strcspn(line, " \n") / 2;
	unsigned x;

	for (size_t i = 0; i < n; i++) {
		if (sscanf(line + 2 * i, "%2x", &x) != 1)
			return i;
		line[i] = (char)x;
	}
	return n;
}

static void print_made(enum li_err e, const struct xiri *made, const struct xiri *of)
{
	printf(" ");
	if (e)
		printf("-");
	else if (view_eq(made->event, of->event))
		printf("=");
	else
		print_hex(made->event);
}

static int made(void)
{
	const struct li_target_id id = { { .kind = LI_ID_IMSI, .text = view_str("001010123456789") }, LI_PROV_LEA };
	const struct li_iri_env env = { 18, 5, &id, 1 };
	struct buf iri = { 0 }, room = { 0 };
	struct xiri x, y;
	char *line = NULL;
	size_t size = 0;
	bool changed;
	int bad = 0;

	while (!bad && getline(&line, &size, stdin) > 0) {
		struct view payload = { (const uint8_t *)line, unhex(line) };

		iri.n = 0;
		bad = xiri_read(payload, &x) || xiri_iri(&x, &env, &iri) ? 2 : 0;
		if (bad)
			break;
		print_hex(payload);
		printf(" ");
		print_hex(buf_view(&iri));
		y = x;
		print_made(redact_location(&y, &room, &changed), &y, &x);
		print_made(redact_to_location(&x, NULL, &room, &y), &y, &x);
		print_made(xiri_start(&x, 0, &room, &y), &y, &x);
		printf("\n");
	}
	free(line);
	buf_fini(&iri);
	buf_fini(&room);
	return bad;
}

/* -- what came ------------------------------------------------------------------------------------------------------- */
static bool whole_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	size_t n = 1;

	while (f && n && buf_need(b, 1 << 16) == LI_OK) {
		n = fread(b->p + b->n, 1, 1 << 16, f);
		b->n += n;
	}
	return f && !fclose(f);
}

/* Takes the event that this item holds off the list of what is expected. */
static bool expected(const struct plan *p, uint8_t *seen, const struct ps_item *i)
{
	struct buf b = { 0 };
	struct view event;
	uint32_t tag;
	struct xiri x;
	bool found = false;
	size_t n = 0;

	if (i->contents_tag != 19 || xiri_read(i->contents, &x))
		return false;
	for (unsigned r = 0; r < p->rounds && !found; r++)
		for (size_t at = 0; xiris_next(&at, &tag) && !found; n++)
			if (tag == x.tag && !seen[n] && make(p, tag, r, &b, &event) && view_eq(event, x.event)) {
				found = true;
				seen[n] = 1;
			}
	buf_fini(&b);
	if (found && (!i->has_type || i->type != xiri_type(x.is, false))) {
		printf("event %" PRIu32 ": IRI type %d\n", x.tag, (int)i->type);
		return false;
	}
	return found;
}

static int check(const struct plan *p, const char *path)
{
	unsigned came = 0, other = 0, missing = 0;
	struct buf file = { .max = FILE_MAX };
	size_t n, at, all_events = 0;
	uint32_t tag;
	uint8_t *seen;
	struct view v;

	for (at = 0; xiris_next(&at, &tag);)
		all_events++;
	seen = calloc(all_events * p->rounds + 1, 1);
	if (!seen || !whole_file(path, &file))
		return 2;
	for (v = buf_view(&file); v.n; v = view_of(v.p + n, v.n - n)) {
		struct ps_pdu pdu;
		struct ps_item item;
		const char *what;
		struct view rest;

		if (ps_next(v, &n) != LI_OK || ps_decode(view_of(v.p, n), &pdu, &at, &what) != LI_OK) {
			printf("not a PS-PDU at octet %zu\n", file.n - v.n);
			return 1;
		}
		for (rest = pdu.payload; pdu.kind == PS_IRI && ps_item_next(PS_IRI, &rest, &item) == LI_OK; came++)
			if (!expected(p, seen, &item)) {
				printf("PDU %" PRIu32 ": not an event that was sent\n", pdu.number);
				other++;
			}
	}
	for (size_t i = 0; i < all_events * p->rounds; i++)
		missing += !seen[i];
	n = 0;
	for (unsigned r = 0; r < p->rounds; r++)
		for (at = 0; xiris_next(&at, &tag); n++)
			if (!seen[n])
				printf("event %" PRIu32 " of round %u: missing\n", tag, r);
	printf("%u records, %zu expected, %u missing, %u other\n", came, all_events * p->rounds, missing, other);
	free(seen);
	buf_fini(&file);
	return missing || other ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct plan p;
	uint8_t xid[16];

	if (argc == 5 && strcmp(argv[1], "hex") == 0 && plan_of(argv + 2, &p))
		return all(&p, NULL);
	if (argc == 6 && strcmp(argv[1], "x2") == 0 && plan_of(argv + 3, &p) && li_uuid_read(argv[2], xid) == LI_OK)
		return all(&p, xid);
	if (argc == 6 && strcmp(argv[1], "check") == 0 && plan_of(argv + 2, &p))
		return check(&p, argv[5]);
	if (argc == 3 && strcmp(argv[1], "seeds") == 0)
		return seeds(argv[2]);
	if (argc == 2 && strcmp(argv[1], "made") == 0)
		return made();
	fprintf(stderr, "usage: xirigen hex SEED ROUNDS RELEASE | x2 XID SEED ROUNDS RELEASE | check SEED ROUNDS RELEASE FILE | seeds DIR | made\n");
	return 2;
}
