/*
 * judge_main.c: the ASN.1 codecs before judges. Values of every event come from random_value.c; they pass between the
 * judges as frames: one octet of root (the table below), four of length, the octets.
 *
 *   asn1_judge values SEED ROUNDS   frames to standard output: for every root and every alternative of its event ROUNDS
 *                                   values; each has been through asn1c (decode, constraint check, encode) unchanged
 *   asn1_judge recode               reads frames from standard input, holds asn1c's octets against them
 *   asn1_judge json                 reads frames; prints root, octets in hex and their text by the JSON Encoding Rules
 *   asn1_judge mediate              reads frames of XIRIPayload; writes those of the IRIPayload that comes of each: asn1/xiri.c under the judges
 *   asn1_judge strip                reads frames of XIRIPayload; plants content in events that can bear some; writes frames of the IRIPayload of
 *                                   those events, and of what a warrant of IRI alone gets of each: asn1/strip.c under the judges
 *   asn1_judge written SEED ROUNDS  PS-PDUs of every kind as our writers make them, beside the values that they have to be: written.c
 *   asn1_judge leaves               reads frames; prints every primitive member: frame, offset, length, name
 *   asn1_judge x2pcap               reads frames of IRIPayload; writes a capture: each event as an xIRI in an X2 PDU
 *
 * Faults go to standard error, one line each with what is needed to see them again; the exit status is 1 then.
 */
#include "asn1/gen_ps.h"
#include "asn1/gen_ts33128.h"
#include "asn1/gen_ts33128ia.h"
#include "asn1/jer.h"
#include "asn1/strip.h"
#include "asn1/xiri.h"
#include "test/judge/judge.h"
#include "test/judge/plant.h"
#include "test/judge/random_value.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TYPES_MAX 2048
#define MEMBERS_MAX 8192
#define DEPTH 12		/* levels of optional members: the deepest path of a location is 8 */
#define FEW 16			/* a root with fewer alternatives gets more values of each */
#define ROUNDS_ALL 10		/* of so many rounds every member that a value can have was in one */
#define OCTETS 3000		/* about; a value that has passed it gets only what it must have */

const struct judge_root judge_roots[JUDGE_ROOTS] = {
	[JUDGE_XIRI] = { &fields_ts33128, "XIRIPayload" },
	[JUDGE_IRI] = { &fields_ts33128, "IRIPayload" },
	[JUDGE_CC] = { &fields_ts33128, "CCPayload" },
	[JUDGE_LINOTIFICATION] = { &fields_ts33128, "LINotificationPayload" },
	[JUDGE_IEF] = { &fields_ts33128ia, "IEFMessage" },
	[JUDGE_PS] = { &fields_ps, "PS-PDU" },
	[JUDGE_ENCRYPTED] = { &fields_ps, "EncryptedPayload" },
};

static enum li_err recode(enum judge_kind kind, struct view v, struct buf *out)
{
	switch (kind) {
	case JUDGE_XIRI: return gen_ts33128_recode(GEN_XIRI, v, out);
	case JUDGE_IRI: return gen_ts33128_recode(GEN_IRI, v, out);
	case JUDGE_CC: return gen_ts33128_recode(GEN_CC, v, out);
	case JUDGE_LINOTIFICATION: return gen_ts33128_recode(GEN_LINOTIFICATION, v, out);
	case JUDGE_IEF: return gen_ts33128ia_recode(v, out);
	case JUDGE_PS: return gen_ps_recode(GEN_PS_PDU, v, out);
	case JUDGE_ENCRYPTED: return gen_ps_recode(GEN_PS_ENCRYPTED_PAYLOAD, v, out);
	case JUDGE_PS_WHOLE: break;
	}
	return LI_EUSE;
}

static bool judged(enum judge_kind kind, struct view v, const char *what, uint64_t seed)
{
	struct buf out = { 0 };
	enum li_err err = recode(kind, v, &out);
	bool same = !err && view_eq(v, buf_view(&out));

	if (!same) {
		fprintf(stderr, "%s %s seed %" PRIu64 ": %s\n", judge_roots[kind].type, what, seed,
			err ? li_err_text(err) : "other octets");
		for (size_t i = 0; i < v.n; i++)
			fprintf(stderr, "%02x", v.p[i]);
		fprintf(stderr, "\n");
	}
	buf_fini(&out);
	return same;
}

/* The one member of a root that is a CHOICE: event, pDU, notification, record, payload. */
static const struct field_type *event_of(const struct field_set *set, const struct field_type *root)
{
	for (size_t i = 0; i < root->n; i++)
		if (set->types[root->members[i].type].kind == FIELD_CHOICE)
			return &set->types[root->members[i].type];
	return NULL;
}

/* Types that a value of this one can hold, itself with them. */
static void reach(const struct field_set *set, const struct field_type *t, uint8_t *reached)
{
	if (reached[t - set->types])
		return;
	reached[t - set->types] = 1;
	if (t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF)
		reach(set, &set->types[t->of], reached);
	for (size_t i = 0; i < t->n && t->kind <= FIELD_CHOICE; i++)
		reach(set, &set->types[t->members[i].type], reached);
}

static int values(uint64_t seed, unsigned rounds)
{
	static uint8_t room[1 << 20], heights[TYPES_MAX], seen[MEMBERS_MAX], reached[TYPES_MAX];
	unsigned made = 0, bad = 0;

	for (enum judge_kind kind = 0; kind < JUDGE_ROOTS; kind++) {
		const struct field_set *set = judge_roots[kind].set;
		const struct field_type *root = field_find(set, judge_roots[kind].type), *event = event_of(set, root);
		unsigned members = 0, all = 0;

		if (set->n > TYPES_MAX)
			return 2;
		random_value_heights(set, heights);
		if (!kind || set != judge_roots[kind - 1].set) {
			memset(seen, 0, sizeof(seen));
			memset(reached, 0, sizeof(reached));
		}
		reach(set, root, reached);
		for (unsigned i = 0; i < event->n; i++)
			for (unsigned r = 0; r < (event->n < FEW ? 8 * rounds : rounds); r++) {
				struct wr w = wr_of(room, sizeof(room));
				uint64_t one = ((seed * 16 + kind) * 256 + i) * 65536 + r + 1;
				struct random_value v = {
					.set = set, .state = one, .depth = r ? DEPTH : 0, .octets = OCTETS,
					.choice = event, .alternative = &event->members[i], .seen = seen, .n_seen = MEMBERS_MAX
				};

				random_value_write(&v, heights, &w, root);
				if (w.err) {
					fprintf(stderr, "%s %s: %s\n", root->name, event->members[i].name, li_err_text(w.err));
					return 2;
				}
				bad += !judged(kind, wr_view(&w), event->members[i].name, one);
				judge_put(kind, wr_view(&w));
				made++;
			}
		for (size_t i = 0; i < set->n; i++)
			all += reached[i] && set->types[i].kind <= FIELD_CHOICE ? set->types[i].n : 0;
		for (size_t i = 0; i < MEMBERS_MAX; i++)
			members += seen[i];
		fprintf(stderr, "# %s: %u alternatives; of %u members and alternatives at any depth %u were written\n", root->name,
			event->n, all, members);
		if (rounds >= ROUNDS_ALL && members != all && (kind + 1 == JUDGE_ROOTS || set != judge_roots[kind + 1].set)) {
			fprintf(stderr, "%s: the generator leaves members out\n", set->name);
			bad++;
		}
	}
	fprintf(stderr, "# %u values, %u bad\n", made, bad);
	return bad || ferror(stdout) ? 1 : 0;
}

static int recodes(void)
{
	struct buf frame = { 0 };
	enum judge_kind kind;
	unsigned made = 0, bad = 0;

	while (judge_get(&kind, &frame)) {
		bad += !judged(kind, buf_view(&frame), "frame", made);
		made++;
	}
	buf_fini(&frame);
	fprintf(stderr, "# %u values, %u bad\n", made, bad);
	return bad || !made ? 1 : 0;
}

/* A PS-PDU's octets of TS 33.128 are random, and shown decoded where they happen to be some: their roots are judged. */
static bool has_foreign(enum judge_kind kind, const char *text)
{
	static const char *const foreign[] = { "\"threeGPP33128Defined", "\"threeGPP-LI-Notification", "\"?[context." };

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]) && (kind == JUDGE_PS || kind == JUDGE_ENCRYPTED); i++)
		if (strstr(text, foreign[i]))
			return true;
	return false;
}

static int json(void)
{
	struct buf frame = { 0 }, text = { 0 };
	unsigned made = 0, bad = 0;
	enum judge_kind kind;

	while (judge_get(&kind, &frame)) {
		const struct field_set *set = judge_roots[kind].set;
		struct jer_fault f;

		text.n = 0;
		if (jer_type(JER_JSON, set, field_find(set, judge_roots[kind].type), buf_view(&frame), 0, 0, &text, &f) ||
		    buf_put(&text, "", 1))
			return 2;
		if (has_foreign(kind, (const char *)text.p))
			continue;
		if (f.err)
			fprintf(stderr, "%s frame %u: %s at %" PRIu64 "\n", judge_roots[kind].type, made, f.what, f.at);
		bad += f.err != LI_OK;
		made++;
		printf("%d\t", (int)kind);
		for (size_t i = 0; i < frame.n; i++)
			printf("%02x", frame.p[i]);
		printf("\t%s\n", (const char *)text.p);
	}
	buf_fini(&frame);
	buf_fini(&text);
	fprintf(stderr, "# %u values, %u bad\n", made, bad);
	return bad || !made ? 1 : 0;
}

/* Of each record: to a destination of this release and one of another, with identities of every kind. */
static int mediate(void)
{
	static const struct li_target_id fixed[] = {
#define ID(k, s) { { .kind = (k), .text = { (const uint8_t *)(s), sizeof(s) - 1 } }, LI_PROV_LEA }
		ID(LI_ID_IMSI, "001010000000001"), ID(LI_ID_NAI, "a@b"), ID(LI_ID_PLAIN_IMSI, "001010000000001"), ID(LI_ID_PLAIN_IMEI, "12345678901234"),
		ID(LI_ID_IMEISV, "1234567890123456"), ID(LI_ID_MSISDN, "31612345678"), ID(LI_ID_PLAIN_MSISDN, "31612345678"), ID(LI_ID_PLAIN_NAI, "a@b"),
		{ { .kind = LI_ID_PEI_EUI64, .addr = { 0, { 1, 2, 3, 4, 5, 6, 7, 8 } } }, LI_PROV_OTHER },
		{ { .kind = LI_ID_IPV4, .addr = { 4, { 192, 0, 2, 1 } }, .prefix = 32 }, LI_PROV_MATCHED },
		{ { .kind = LI_ID_IPV6, .addr = { 6, { 0x20, 1 } }, .prefix = 128 }, LI_PROV_MATCHED },
		{ { .kind = LI_ID_MAC, .addr = { 0, { 1, 2, 3, 4, 5, 6 } } }, LI_PROV_OTHER }, ID(LI_ID_SIP_URI, "sip:a@b"), ID(LI_ID_TEL_URI, "tel:+1"),
		ID(LI_ID_IMPI, "a@b"), ID(LI_ID_E164, "31612345678"), ID(LI_ID_EMAIL, "a@b"), ID(LI_ID_MCPTT, "sip:a@b"), ID(LI_ID_INSTANCE_URN, "urn:uuid:1"),
		ID(LI_ID_PTC_GROUP, "sip:g@b"),
#undef ID
	};
	enum { FIXED = sizeof(fixed) / sizeof(fixed[0]), SEEN = 32 };
	struct buf frame = { 0 }, out = { 0 };
	unsigned made = 0, bad = 0;
	enum judge_kind kind;

	while (judge_get(&kind, &frame)) {
		struct li_target_id ids[FIXED + SEEN];
		struct li_id seen[SEEN];
		struct xiri x;
		size_t n;

		if (kind != JUDGE_XIRI || xiri_read(buf_view(&frame), &x) != LI_OK || x.is->route != XIRI_SHARED)
			continue;
		memcpy(ids, fixed, sizeof(fixed));
		n = xiri_observed(&x, seen, SEEN);
		for (size_t i = 0; i < n; i++)
			ids[FIXED + i] = (struct li_target_id){ seen[i], LI_PROV_OBSERVED };
		for (uint8_t version = 3; version < 5; version++) {
			const struct li_iri_env env = { 19, version, ids, FIXED + n };

			out.n = 0;
			bad += xiri_iri(&x, &env, &out) != LI_OK;
			judge_put(JUDGE_IRI, buf_view(&out));
			made++;
		}
	}
	buf_fini(&frame);
	buf_fini(&out);
	fprintf(stderr, "# %u records, %u bad\n", made, bad);
	return bad || !made || ferror(stdout) ? 1 : 0;
}

/* -- frames ---------------------------------------------------------------------------------------------------------- */
void judge_put(enum judge_kind kind, struct view v)
{
	const uint8_t head[5] = { (uint8_t)kind, (uint8_t)(v.n >> 24), (uint8_t)(v.n >> 16), (uint8_t)(v.n >> 8), (uint8_t)v.n };

	fwrite(head, 1, sizeof(head), stdout);
	fwrite(v.p, 1, v.n, stdout);
}

bool judge_get(enum judge_kind *kind, struct buf *frame)
{
	uint8_t head[5];
	size_t n;

	frame->n = 0;
	if (fread(head, 1, sizeof(head), stdin) != sizeof(head))
		return false;
	*kind = (enum judge_kind)head[0];
	n = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
	if (*kind >= JUDGE_ROOTS || n > 1 << 24 || buf_need(frame, n) != LI_OK || fread(frame->p, 1, n, stdin) != n) {
		fprintf(stderr, "frames: broken\n");
		exit(2);
	}
	frame->n = n;
	return true;
}

static int strip(void)
{
	static const struct li_iri_env env = { 19, 3, NULL, 0 };
	struct buf frame = { 0 }, planted = { 0 }, room = { 0 }, out = { 0 };
	unsigned made = 0, bad = 0, done, round = 0;
	enum judge_kind kind;
	struct xiri x;

	while (judge_get(&kind, &frame)) {
		if (kind != JUDGE_XIRI || xiri_read(buf_view(&frame), &x) != LI_OK || !strip_may(x.tag))
			continue;
		planted.n = out.n = 0;
		if (!plant_event(x.tag, x.event, ++round, &planted) || xiri_take(&x, buf_view(&planted)) || xiri_iri(&x, &env, &out)) {
			bad++;
			continue;
		}
		judge_put(JUDGE_IRI, buf_view(&out));
		out.n = 0;
		if (strip_event(&x, false, &room, &done) || plant_shows(x.event) || xiri_iri(&x, &env, &out))
			bad++;
		else
			judge_put(JUDGE_IRI, buf_view(&out));
		made++;
	}
	buf_fini(&frame);
	buf_fini(&planted);
	buf_fini(&room);
	buf_fini(&out);
	fprintf(stderr, "# %u records, %u bad\n", made, bad);
	return bad || !made || ferror(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "values") == 0)
		return values(strtoull(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "written") == 0)
		return judge_written(strtoull(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "recode") == 0)
		return recodes();
	if (argc == 2 && strcmp(argv[1], "json") == 0)
		return json();
	if (argc == 2 && strcmp(argv[1], "mediate") == 0)
		return mediate();
	if (argc == 2 && strcmp(argv[1], "strip") == 0)
		return strip();
	if (argc == 2 && strcmp(argv[1], "leaves") == 0)
		return judge_leaves();
	if (argc == 2 && strcmp(argv[1], "x2pcap") == 0)
		return judge_x2pcap();
	fprintf(stderr, "usage: asn1_judge values SEED ROUNDS | written SEED ROUNDS | recode | json | mediate | strip | leaves | x2pcap\n");
	return 2;
}
