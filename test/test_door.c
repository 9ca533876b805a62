/* test_door.c: what points of interception send over TLS comes up whole, in order, once, and is acknowledged when it may be. Who is refused, and
 * how connections end: test_door_end.c. */
#include "test/door_rig.h"

#include "mediation/clock.h"

#define KA_42 "0005 0003 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 0000002a"
#define ACK_42 "0005 0004 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 0000002a"

/* X23-DEC-001, X23-DEC-002: PDUs of both types, and who sent them. */
static void both_kinds(void)
{
	struct poi p;
	const struct rig_got *g;
	struct view d, n, i;

	start(NULL);
	poi_init(&p, &r, "amf");
	rig_pdu(&b, &(struct rig_pdu){ .type = LI_X_X2, .format = 2, .direction = 5, .xid = 0x29, .correlation = 1, .sequence = 0, .payload = 38,
				       .more = "0009 0008 6553f100075bcd15" });
	rig_pdu(&b, &(struct rig_pdu){ .xid = 0x29, .correlation = 1, .sequence = 7, .payload = 36 });
	poi_send(&p, buf_view(&b));
	SPIN(&r, rig_n(&r) == 2);
	g = r.got[0].x3 ? &r.got[1] : &r.got[0];
	CU_ASSERT(!g->x3 && g->format == 2 && g->correlation == 1 && g->has_sequence && g->sequence == 0 && g->payload == 38 && g->odd == 0);
	CU_ASSERT_EQUAL(g->sum, rig_payload_sum(0, 38));
	g = r.got[0].x3 ? &r.got[0] : &r.got[1];
	CU_ASSERT(g->x3 && !g->again && g->format == 5 && g->sequence == 7 && g->xid.b[0] == 0x29 && g->sum == rig_payload_sum(7, 36));
	CU_ASSERT(g->sender == 1 && g->conn == 1 && g->arrived > 0 && g->arrived <= clock_real());
	sender_ids(door_senders(r.d), 1, &d, &n, &i);
	CU_ASSERT(d.n == 0 && view_eq(n, view_str("nf")) && view_eq(i, view_str("ip")));
	CU_ASSERT(counted(DOOR_x2) == 1 && counted(DOOR_x3) == 1 && counted(DOOR_octets) == b.n && counted(DOOR_connections) == 1);
	poi_fini(&p);
	SPIN(&r, r.n_gone == 1);
	CU_ASSERT(r.n_peers == 2 && r.peer[0].up && !r.peer[1].up && r.peer[0].conn == 1);
	CU_ASSERT_STRING_EQUAL(r.peer[0].of.name, "amf.example");
	CU_ASSERT_STRING_EQUAL(r.peer[1].why, "the peer closed");
	CU_ASSERT(strncmp(r.peer[0].address, "127.0.0.1:", 10) == 0);
	rig_fini(&r);
}

static void pieces(void)	/* X23-DEC-011, X23-DEC-012, X23-DEC-013 */
{
	struct poi p;
	size_t sizes[] = { 0, 1, 3, 39, 100, 16384 };	/* of a record; 0: as they come */

	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		start(NULL);
		poi_init(&p, &r, "upf");
		p.piece = sizes[k];
		for (uint32_t i = 0; i < 3; i++)
			rig_pdu(&b, &(struct rig_pdu){ .sequence = i, .payload = 77 + i });
		if (sizes[k] == 0 || sizes[k] > 1000)
			rig_pdu(&b, &(struct rig_pdu){ .sequence = 3, .payload = 1u << 20 });
		else
			rig_pdu(&b, &(struct rig_pdu){ .sequence = 3, .payload = 0 });
		rig_pdu(&b, &(struct rig_pdu){ .sequence = 4, .payload = 5 });
		poi_send(&p, buf_view(&b));
		SPIN(&r, rig_n(&r) == 5);
		for (uint32_t i = 0; i < 5; i++) {
			CU_ASSERT_EQUAL(r.got[i].sequence, i);
			CU_ASSERT_EQUAL(r.got[i].sum, rig_payload_sum(i, r.got[i].payload));
		}
		CU_ASSERT_EQUAL(r.got[3].payload, sizes[k] == 0 || sizes[k] > 1000 ? 1u << 20 : 0);
		poi_fini(&p);
		rig_fini(&r);
	}
}

static void keepalives(void)	/* X23-MDF-008, X23-MDF-009, X23-MDF-010, X23-MDF-013, X23-MDF-014 */
{
	static const struct { const char *in, *out; } v[] = {
		{ KA_42, ACK_42 },
		{ "0003 0003 00000028 00000000 0000 0000 00000000000000000000000000000000 0000000000000000",
		  "0003 0004 00000028 00000000 0000 0000 00000000000000000000000000000000 0000000000000000" },
		{ "0006 0003 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 ffffffff",
		  "0005 0004 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 ffffffff" },
		/* what ought to be 0 is not; with a payload, and with an attribute before the number */
		{ "0005 0003 00000034 00000002 0001 0002 11111111111111111111111111111111 0000000000000009 0005 0000 0008 0004 00000007 aabb",
		  "0005 0004 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 00000007" } };
	struct poi p;

	start(NULL);
	poi_init(&p, &r, "amf");
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct buf want;

		buf_init(&want, 0);
		hex_put(&want, v[i].out);
		p.got.n = 0;
		poi_send(&p, octets(v[i].in));
		SPIN(&r, p.got.n >= want.n);
		CU_ASSERT(hex_is(buf_view(&p.got), v[i].out));
		buf_fini(&want);
	}
	CU_ASSERT(counted(DOOR_keepalive) == 4 && counted(DOOR_acknowledged) == 4);
	CU_ASSERT(counted(DOOR_keepalive_short) == 1 && counted(DOOR_keepalive_odd) == 1);
	p.got.n = b.n = 0;
	for (uint32_t i = 7; i < 10; i++) {
		rig_keepalive(&b, 5, i);
		rig_pdu(&b, &(struct rig_pdu){ .type = i == 8 ? LI_X_X2 : LI_X_X3, .sequence = i, .payload = 10 });
	}
	poi_send(&p, buf_view(&b));
	SPIN(&r, p.got.n >= 3 * 48);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(p.got.p[48 * i + 47], 7 + i);
	SPIN(&r, rig_n(&r) == 3);
	poi_fini(&p);
	rig_fini(&r);
}

/* The acknowledgement waits for the control loop, where X2 was before it; not where X3 was, which is in the queues already. */
static void acknowledged_when(void)	/* X23-MDF-011, X23-MDF-012 */
{
	struct poi p, q;

	start(NULL);
	poi_init(&p, &r, "amf");
	poi_init(&q, &r, "upf");
	SPIN(&r, p.up && q.up && r.n_peers == 2);
	rig_pdu(&b, &(struct rig_pdu){ .type = LI_X_X2, .format = 2, .payload = 10 });
	rig_keepalive(&b, 5, 1);
	poi_send(&p, buf_view(&b));
	b.n = 0;
	rig_pdu(&b, &(struct rig_pdu){ .payload = 10 });
	rig_keepalive(&b, 5, 2);
	poi_send(&q, buf_view(&b));
	for (unsigned i = 0; i < 5000 && q.got.n < 48; i++)
		rig_turn(&r, false);
	rig_for(&r, 100, false);
	CU_ASSERT(q.got.n == 48 && p.got.n == 0);
	SPIN(&r, p.got.n == 48);
	CU_ASSERT_EQUAL(r.n_turns, 1);
	poi_fini(&p);
	poi_fini(&q);
	rig_fini(&r);
}

/* A keepalive on one connection, while another one of the same worker brings all it can. X23-MDF-011 */
static void acknowledged_under_load(void)
{
	enum { N = 40000 };
	struct poi p, q;
	uint64_t since, longest = 0;
	unsigned acks = 0;

	start(NULL);
	r.slow_us = 300;		/* a burst of 14 a record: a worker that has its hands full */
	poi_init(&p, &r, "amf");
	poi_init(&q, &r, "upf");
	SPIN(&r, p.up && q.up);
	for (uint32_t i = 0; i < N; i++)
		rig_pdu(&b, &(struct rig_pdu){ .sequence = i, .payload = 1000 });
	poi_send(&q, buf_view(&b));
	b.n = 0;
	rig_keepalive(&b, 5, 1);
	while (rig_n(&r) < N && acks < 20) {
		since = rig_ms();
		p.got.n = 0;
		poi_send(&p, buf_view(&b));
		SPIN(&r, p.got.n == 48);
		longest = rig_ms() - since > longest ? rig_ms() - since : longest;
		acks++;
	}
	CU_ASSERT(acks >= 5 && longest < 1000 * 100 / unit_rounds(100));	/* where every instruction costs ten, ten seconds */
	SPIN(&r, rig_n(&r) == N);
	poi_fini(&p);
	poi_fini(&q);
	rig_fini(&r);
}

/* What comes to a worker that is busy comes up together, each two milliseconds; what comes to one that is not, at once. */
static void rests(void)
{
	enum { FULL = 300, EACH = 20, SINGLE = 50, N = FULL * EACH };
	li_us gap, rested = 0;
	unsigned quick = 0;
	struct poi p;

	start(NULL);
	poi_init(&p, &r, "upf");
	SPIN(&r, p.up);
	for (uint32_t i = 0; i < FULL; i++) {		/* more than a full record each time, and several times a millisecond */
		b.n = 0;
		for (uint32_t k = 0; k < EACH; k++)
			rig_pdu(&b, &(struct rig_pdu){ .sequence = i * EACH + k, .payload = 1000 });
		poi_send(&p, buf_view(&b));
		rig_turn(&r, true);
	}
	SPIN(&r, rig_n(&r) == N);
	for (size_t i = 1; i < N; i++) {
		gap = r.got[i].arrived - r.got[i - 1].arrived;
		rested += gap >= 1000 ? gap : 0;
	}
	CU_ASSERT(rested >= (r.got[N - 1].arrived - r.got[0].arrived) / 2);
	for (uint32_t i = 0; i < SINGLE; i++) {
		b.n = 0;
		rig_pdu(&b, &(struct rig_pdu){ .sequence = N + i, .payload = 1000 });
		poi_send(&p, buf_view(&b));
		SPIN(&r, rig_n(&r) == N + i + 1);
	}
	for (size_t i = N + 1; i < N + SINGLE; i++)
		quick += r.got[i].arrived - r.got[i - 1].arrived < 1000;
	CU_ASSERT(quick >= SINGLE / 5);
	poi_fini(&p);
	rig_fini(&r);
}

static void versions(void)	/* X23-DEC-014, X23-DEC-015, X23-DEC-018 */
{
	struct poi p;

	start(NULL);
	poi_init(&p, &r, "amf");
	for (unsigned v = 1; v < 256; v++)
		rig_pdu(&b, &(struct rig_pdu){ .version = v, .sequence = v, .payload = 4 });
	rig_pdu(&b, &(struct rig_pdu){ .type = 9, .payload = 300 });
	rig_pdu(&b, &(struct rig_pdu){ .type = LI_X_KEEPALIVE_ACK, .payload = 0 });
	rig_pdu(&b, &(struct rig_pdu){ .sequence = 256, .payload = 4 });
	poi_send(&p, buf_view(&b));
	SPIN(&r, rig_n(&r) == 256);
	CU_ASSERT(r.got[255].sequence == 256 && counted(DOOR_minor_version) == 249 && counted(DOOR_unknown_type) == 2);
	poi_fini(&p);
	rig_fini(&r);
}

static void framing(void)	/* X23-DEC-016, X23-DEC-019, X23-DEC-020 */
{
	static const struct { const char *hex, *why; } bad[] = {
		{ "0100 0002 00000028", "framing lost: version 1.0 (TS 103 221-2 clause 5.2.1)" },
		{ "0500 0002 00000028 00000000", "framing lost: version 5.0 (TS 103 221-2 clause 5.2.1)" },
		{ "0005 0002 00000027 00000000", "framing lost: a PDU of type 2 with a header of 39 and a payload of 0 octets" },
		{ "0005 0002 ffffffff ffffffff", "framing lost: a PDU of type 2 with a header of 4294967295 and a payload of 4294967295 octets" },
		{ "0005 0001 00000028 ffffffff", "framing lost: a PDU of type 1 with a header of 40 and a payload of 4294967295 octets" } };
	struct poi p;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (size_t piece = 0; piece < 2; piece++) {
			start(NULL);
			poi_init(&p, &r, "amf");
			p.piece = piece;
			rig_pdu(&b, &(struct rig_pdu){ .sequence = 1, .payload = 4 });
			hex_put(&b, bad[i].hex);
			poi_send(&p, buf_view(&b));
			SPIN(&r, r.n_gone == 1 && p.closed);
			CU_ASSERT(rig_n(&r) == 1 && r.got[0].sequence == 1);	/* what came before it counts */
			CU_ASSERT_STRING_EQUAL(r.peer[1].why, bad[i].why);
			CU_ASSERT(counted(DOOR_framing_lost) == 1 && counted(DOOR_cut) == 0);
			poi_fini(&p);
			rig_fini(&r);
		}
}

static void odd(void)		/* X23-DEC-021, X23-DEC-023 */
{
	struct poi p;

	start(NULL);
	poi_init(&p, &r, "amf");
	rig_pdu(&b, &(struct rig_pdu){ .format = LI_XF_SIP, .payload = 4, .more = "00c8 0001 00 0007 0001" });
	rig_pdu(&b, &(struct rig_pdu){ .type = LI_X_X2, .format = LI_XF_GTPU, .payload = 4 });
	rig_pdu(&b, &(struct rig_pdu){ .payload = 4, .more = "0009 0008 f0000000 00000000" });	/* its clock is years ahead */
	poi_send(&p, buf_view(&b));
	SPIN(&r, rig_n(&r) == 3);
	CU_ASSERT(counted(DOOR_odd_format) == 2 && counted(DOOR_odd_unknown) == 1 && counted(DOOR_odd_attributes) == 1);
	CU_ASSERT(counted(DOOR_odd_ahead) == 1);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT(r.got[i].odd & (X_ODD_FORMAT | X_ODD_AHEAD));
	poi_fini(&p);
	rig_fini(&r);
}

/* -- waiting for the control loop -- */

/* Contexts are opened once each, nothing is given twice or out of order, and another connection goes on meanwhile. */
static void opens(void)
{
	struct poi p, q;
	uint32_t last[4] = { 0 };
	size_t again = 0;

	start(&(struct door_conf){ .workers = 1 });
	r.need_open = true;
	r.open[r.n_open++] = 77;
	poi_init(&p, &r, "upf");
	poi_init(&q, &r, "amf");
	SPIN(&r, p.up && q.up);
	for (uint32_t i = 0; i < 400; i++)
		rig_pdu(&b, &(struct rig_pdu){ .correlation = i % 4, .sequence = i, .payload = 700 });
	poi_send(&p, buf_view(&b));
	rig_for(&r, 50, false);
	b.n = 0;
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 77, .sequence = 1, .payload = 10 });
	rig_keepalive(&b, 5, 3);
	poi_send(&q, buf_view(&b));
	for (unsigned i = 0; i < 5000 && q.got.n < 48; i++)
		rig_turn(&r, false);
	CU_ASSERT(q.got.n == 48 && rig_n(&r) == 1 && counted(DOOR_paused) == 1);
	SPIN(&r, rig_n(&r) == 401);
	CU_ASSERT_EQUAL(r.n_opened, 4);
	for (size_t i = 1; i < r.n; i++) {
		const struct rig_got *g = &r.got[i];

		CU_ASSERT(g->sequence >= last[g->correlation] && g->sum == rig_payload_sum(g->sequence, 700));
		last[g->correlation] = g->sequence + 1;
		again += g->again;
	}
	CU_ASSERT(again > 0 && again < 400 && counted(DOOR_not_opened) == 0);
	poi_fini(&p);
	poi_fini(&q);
	rig_fini(&r);
}

/* Products of a context that is not open keep nobody else's waiting, are given in their order, and before their keepalive is answered. */
static void overtaken(void)
{
	struct poi p;
	static const uint64_t order[] = { 77, 77, 1, 2, 1, 3 };

	start(NULL);
	r.need_open = true;
	r.open[r.n_open++] = 77;
	poi_init(&p, &r, "upf");
	SPIN(&r, p.up && r.n_peers == 1);
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 1, .sequence = 1, .payload = 700 });
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 77, .sequence = 1, .payload = 10 });
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 2, .sequence = 1, .payload = 10 });
	poi_send(&p, buf_view(&b));
	rig_for(&r, 50, false);
	b.n = 0;
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 1, .sequence = 2, .payload = 10 });
	rig_keepalive(&b, 5, 3);
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 77, .sequence = 2, .payload = 10 });
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 3, .sequence = 1, .payload = 10 });
	poi_send(&p, buf_view(&b));
	rig_for(&r, 50, false);
	CU_ASSERT(rig_n(&r) == 2 && p.got.n == 0 && counted(DOOR_paused) == 0);
	SPIN(&r, rig_n(&r) == 6 && p.got.n == 48);
	for (size_t i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(r.got[i].correlation, order[i]);
	CU_ASSERT(r.n_opened == 3 && r.got[2].sequence == 1 && r.got[4].sequence == 2 && r.got[2].again && r.got[4].again);
	CU_ASSERT(r.got[2].arrived == r.got[0].arrived && r.got[4].arrived == r.got[1].arrived);	/* X1-MDF-009: not when they were given */
	poi_fini(&p);
	rig_fini(&r);
}

/* However many of them wait, alone or in one PDU: they need no places of the burst. */
static void many_wait(void)
{
	enum { N = 300 };
	struct poi p;
	char more[60 * 72] = "", one[80];

	start(NULL);
	r.need_open = true;
	r.open[r.n_open++] = 77;
	poi_init(&p, &r, "upf");
	SPIN(&r, p.up && r.n_peers == 1);
	for (unsigned i = 1; i <= 60; i++) {
		snprintf(one, sizeof(one), "0015 0018 %032x %016x ", 0, 1);
		strcat(more, one);
	}
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 1, .payload = 10 });
	poi_send(&p, buf_view(&b));
	rig_for(&r, 50, false);
	b.n = 0;
	for (uint32_t i = 0; i < N; i++)
		rig_pdu(&b, &(struct rig_pdu){ .correlation = i % 50 ? 1 : 77, .sequence = i, .payload = 3 });
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 1, .sequence = N, .payload = 3, .more = more });
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 77, .sequence = N + 1, .payload = 3 });
	poi_send(&p, buf_view(&b));
	rig_for(&r, 50, false);
	CU_ASSERT_EQUAL(rig_n(&r), N / 50 + 1);
	SPIN(&r, rig_n(&r) == N + 63);
	for (size_t i = 0; i < r.n; i++)
		CU_ASSERT(r.got[i].payload == 10 || r.got[i].sum == rig_payload_sum(r.got[i].has_sequence ? r.got[i].sequence : N, 3));
	CU_ASSERT_EQUAL(r.n_opened, 1);
	poi_fini(&p);
	rig_fini(&r);
}

/* A context that cannot be opened costs its products, counted, and nothing else. */
static void cannot_open(void)
{
	struct poi p;

	start(NULL);
	r.need_open = r.never_open = true;
	r.open[r.n_open++] = 1;
	poi_init(&p, &r, "upf");
	for (uint32_t i = 0; i < 40; i++)
		rig_pdu(&b, &(struct rig_pdu){ .correlation = i % 2, .sequence = i, .payload = 10 });
	rig_keepalive(&b, 5, 3);
	poi_send(&p, buf_view(&b));
	SPIN(&r, p.got.n == 48);
	CU_ASSERT(rig_n(&r) == 20 && counted(DOOR_not_opened) == 20);
	poi_fini(&p);
	rig_fini(&r);
}

/* More tasks than a burst has places, of which some have to wait: each gets it once. X23-DEC-024 */
static void axri(void)
{
	struct poi p;
	char more[100 * 80] = "", one[80];
	unsigned seen[101] = { 0 }, others = 0;

	for (unsigned i = 1; i <= 100; i++) {
		snprintf(one, sizeof(one), "0015 %s %032x %016x %s ", i % 2 ? "0018" : "001c", i, i % 7, i % 2 ? "" : "00000005");
		strcat(more, one);
	}
	for (int x2 = 0; x2 < 2; x2++) {
		start(NULL);
		r.need_open = true;
		poi_init(&p, &r, "upf");
		memset(seen, 0, sizeof(seen));
		others = 0;
		rig_pdu(&b, &(struct rig_pdu){ .type = x2 ? LI_X_X2 : LI_X_X3, .sequence = 4, .correlation = 3, .payload = 100, .more = more });
		rig_pdu(&b, &(struct rig_pdu){ .type = x2 ? LI_X_X2 : LI_X_X3, .xid = 0xff, .sequence = 9, .payload = 1 });
		poi_send(&p, buf_view(&b));
		SPIN(&r, rig_n(&r) == 102);
		rig_for(&r, 20, true);
		CU_ASSERT_EQUAL(rig_n(&r), 102);
		for (size_t i = 0; i < 102; i++) {
			const struct rig_got *g = &r.got[i];
			unsigned k = g->xid.b[15];

			if (k == 0xff) {	/* its context may be open by now, and it goes first */
				others++;
				continue;
			}
			CU_ASSERT_FATAL(k <= 100);
			seen[k]++;
			CU_ASSERT_EQUAL(g->correlation, k ? k % 7 : 3);
			CU_ASSERT(g->has_sequence == (k % 2 == 0) && (!g->has_sequence || g->sequence == (k ? 5 : 4)));
			CU_ASSERT_EQUAL(g->sum, rig_payload_sum(4, 100));
		}
		for (unsigned i = 0; i <= 100; i++)
			CU_ASSERT_EQUAL(seen[i], 1);
		CU_ASSERT(others == 1 && counted(DOOR_axri) == 100 && counted(x2 ? DOOR_x2 : DOOR_x3) == 2);
		poi_fini(&p);
		rig_fini(&r);
	}
}

/* The control loop stands: X2 waits in a bounded queue, its connection is not read, X3 of others goes on, nothing is dropped. X23-MDF-022 */
static void stalled(void)
{
	enum { N = 3000, SIZE = 3000, QUEUE = 256 << 10 };
	struct poi p, q;
	size_t octets, n;

	start(&(struct door_conf){ .queue = QUEUE });
	poi_init(&p, &r, "amf");
	poi_init(&q, &r, "upf");
	SPIN(&r, p.up && q.up);
	for (uint32_t i = 0; i < N; i++)
		rig_pdu(&b, &(struct rig_pdu){ .type = LI_X_X2, .format = 2, .sequence = i, .payload = SIZE });
	rig_keepalive(&b, 5, 9);
	poi_send(&p, buf_view(&b));
	rig_for(&r, 300, false);
	n = door_queued(r.d, &octets);
	CU_ASSERT(n > 0 && octets <= QUEUE && octets > QUEUE / 2);
	CU_ASSERT(counted(DOOR_x2) <= QUEUE / SIZE && counted(DOOR_octets) < QUEUE + (64u << 10));
	b.n = 0;
	rig_pdu(&b, &(struct rig_pdu){ .payload = 10 });
	rig_keepalive(&b, 5, 3);
	poi_send(&q, buf_view(&b));
	for (unsigned i = 0; i < 5000 && q.got.n < 48; i++)
		rig_turn(&r, false);
	CU_ASSERT(q.got.n == 48 && p.got.n == 0);
	SPIN(&r, p.got.n == 48);
	CU_ASSERT_EQUAL(rig_n(&r), N + 1);
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT(r.got[i + 1].sequence == i && r.got[i + 1].sum == rig_payload_sum(i, SIZE));
	CU_ASSERT(door_queued(r.d, &octets) == 0 && octets == 0);
	poi_fini(&p);
	poi_fini(&q);
	rig_fini(&r);
}

/* A POI says all it has and goes, while its contexts are not open and its X2 finds no room: all of it comes up. */
static void gone_meanwhile(void)
{
	struct poi p;

	for (unsigned abrupt = 0; abrupt < 2; abrupt++) {
		start(&(struct door_conf){ .queue = 4096 });
		r.need_open = true;
		poi_init(&p, &r, "amf");
		SPIN(&r, p.up);
		for (uint32_t i = 0; i < 60; i++)
			rig_pdu(&b, &(struct rig_pdu){ .type = i % 3 ? LI_X_X2 : LI_X_X3, .correlation = i / 10, .sequence = i, .payload = 900 });
		p.end_when_sent = !abrupt;
		poi_send(&p, buf_view(&b));
		rig_for(&r, 50, false);
		if (abrupt)
			netio_close(&p.n, "pulled out");
		rig_for(&r, 50, false);
		SPIN(&r, rig_n(&r) == 60 && r.n_gone == 1);
		CU_ASSERT(counted(DOOR_cut) == 0 && r.n_opened == 6);
		poi_fini(&p);
		rig_fini(&r);
	}
}

/* Keepalives by the hundred, from a POI that is not answered for a while, or reads no answers. */
static void many_keepalives(void)
{
	enum { N = 5 * DOOR_ACKS_MAX };
	struct poi p;

	start(NULL);
	poi_init(&p, &r, "amf");
	SPIN(&r, p.up && r.n_peers == 1);
	rig_pdu(&b, &(struct rig_pdu){ .type = LI_X_X2, .format = 2, .payload = 10 });
	for (uint32_t i = 0; i < N; i++)
		rig_keepalive(&b, 5, i);
	poi_send(&p, buf_view(&b));
	rig_for(&r, 50, false);
	CU_ASSERT(counted(DOOR_keepalive) == DOOR_ACKS_MAX && counted(DOOR_acknowledged) == 0);
	SPIN(&r, p.got.n >= N * 48);
	for (uint32_t i = 0; i < N; i++)
		CU_ASSERT_EQUAL(p.got.p[48 * i + 46] * 256u + p.got.p[48 * i + 47], i);
	b.n = 0;			/* reads nothing: its answers fill what there is of buffers, then it is not read any more */
	netio_pause(&p.n);
	for (uint32_t i = 0; i < 400000; i++)
		rig_keepalive(&b, 5, i);
	poi_send(&p, buf_view(&b));
	for (uint64_t before = 0, end = rig_ms() + 20000; rig_ms() < end;) {
		rig_for(&r, 300, true);
		if (counted(DOOR_octets) == before)
			break;
		before = counted(DOOR_octets);
	}
	CU_ASSERT(counted(DOOR_keepalive) < N + 400000);
	netio_close(&p.n, "enough");
	poi_fini(&p);
	rig_fini(&r);
}

/* -- several connections, listeners, workers -- */

static void see(void *arg, const struct door_seen *s)
{
	unsigned *n = arg;

	CU_ASSERT(s->conn > 0 && s->since > 0 && strstr(s->name, ".example"));
	n[s->worker]++;
	n[3] += (unsigned)s->x3;
}

static void workers(void)	/* X23-MDF-019 */
{
	enum { CONNS = 6, N = 500 };
	static struct poi p[CONNS];
	uint32_t next[CONNS + 2] = { 0 };
	unsigned seen[4] = { 0 };

	start(&(struct door_conf){ .workers = 3 });
	for (unsigned i = 0; i < CONNS; i++)
		poi_init(&p[i], &r, i % 2 ? "amf" : "upf");
	for (unsigned i = 0; i < CONNS; i++)
		SPIN(&r, p[i].up);
	for (uint32_t i = 0; i < N; i++)
		rig_pdu(&b, &(struct rig_pdu){ .xid = 5, .correlation = 5, .sequence = i, .payload = 1000 });
	for (unsigned i = 0; i < CONNS; i++)
		poi_send(&p[i], buf_view(&b));
	SPIN(&r, rig_n(&r) == CONNS * N);
	for (size_t i = 0; i < r.n; i++) {
		const struct rig_got *g = &r.got[i];

		CU_ASSERT_FATAL(g->conn >= 1 && g->conn <= CONNS);
		CU_ASSERT_EQUAL(g->sequence, next[g->conn]++);
		CU_ASSERT_EQUAL(g->sender, 1);
	}
	rig_for(&r, 1200, true);	/* what is seen is a second old at the most */
	door_each(r.d, see, seen);
	CU_ASSERT(seen[0] == 2 && seen[1] == 2 && seen[2] == 2 && seen[3] == CONNS * N);
	for (unsigned i = 0; i < CONNS; i++)
		poi_fini(&p[i]);
	rig_fini(&r);
}

static void kinds(void)		/* X23-MDF-020, and MDF-012 on either */
{
	static const char *const amf[] = { "amf.example" }, *const upf[] = { "upf.example" };
	struct door_listen l[2] = { { .name = "x2", .kinds = DOOR_X2, .peers = amf, .n_peers = 1 },
				    { .name = "x3", .kinds = DOOR_X3, .peers = upf, .n_peers = 1 } };
	struct tls_conf a, u;
	struct poi p, q;

	CU_ASSERT(!listen_read("127.0.0.1:0", &l[0].at) && !listen_read("127.0.0.1:0", &l[1].at));
	start(&(struct door_conf){ .listen = l, .n_listen = 2, .workers = 2 });
	CU_ASSERT(door_port(r.d, 0) && door_port(r.d, 1) && door_port(r.d, 0) != door_port(r.d, 1) && !door_port(r.d, 2));
	a = rig_tls(&certs, "amf");
	poi_open(&p, &r, &a, 0);
	u = rig_tls(&certs, "upf");
	poi_open(&q, &r, &u, 1);
	rig_pdu(&b, &(struct rig_pdu){ .type = LI_X_X2, .format = 2, .sequence = 2, .payload = 1 });
	rig_pdu(&b, &(struct rig_pdu){ .sequence = 3, .payload = 1 });
	rig_keepalive(&b, 5, 1);
	poi_send(&p, buf_view(&b));
	poi_send(&q, buf_view(&b));
	SPIN(&r, p.got.n == 48 && q.got.n == 48 && rig_n(&r) == 2);
	CU_ASSERT(r.got[0].x3 != r.got[1].x3 && counted(DOOR_wrong_kind) == 2);
	poi_fini(&p);
	poi_fini(&q);
	u = rig_tls(&certs, "upf");
	poi_open(&p, &r, &u, 0);	/* a good certificate, at the wrong door */
	SPIN(&r, r.n_refusals == 1 && p.closed);
	CU_ASSERT_STRING_EQUAL(r.refusal[0].listener, "x2");
	tls_ctx_free(p.x);
	rig_fini(&r);
}

static void renewed(void)
{
	struct poi p, q;
	struct certs fresh = { 0 };
	struct tls_conf t;
	char err[TLS_ERR_TEXT], ca[300];

	start(NULL);
	poi_init(&p, &r, "amf");
	SPIN(&r, p.up);
	CU_ASSERT_TRUE_FATAL(certs_init(&fresh, NULL) && certs_issue(&fresh, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
			     certs_issue(&fresh, "amf", "amf", "DNS:amf.example", -1, 30));
	t = rig_tls(&certs, "mdf");
	t.certificate = "/nowhere.crt";
	CU_ASSERT_EQUAL(door_renew(r.d, &t, err, sizeof(err)), LI_ECONFIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "nowhere"));
	t = rig_tls(&fresh, "mdf");
	CU_ASSERT_EQUAL(door_renew(r.d, &t, err, sizeof(err)), LI_OK);
	snprintf(ca, sizeof(ca), "%s/ca.crt", fresh.dir);
	t = rig_tls(&fresh, "amf");
	poi_open(&q, &r, &t, 0);
	rig_keepalive(&b, 5, 1);
	poi_send(&q, buf_view(&b));
	poi_send(&p, buf_view(&b));		/* who stands, stays */
	SPIN(&r, p.got.n == 48 && q.got.n == 48);
	poi_fini(&p);
	poi_fini(&q);
	certs_fini(&fresh, true);
	rig_fini(&r);
}

static void on_early(void *arg)
{
	*(bool *)arg = true;
}

/* What has been read when the door closes is given on; a door that never started closes, too. */
static void stops(void)
{
	enum { N = 2000 };
	struct poi p;
	struct door_listen l = { .name = "l", .kinds = DOOR_X2, .peers = (const char *const[]){ "amf.example" }, .n_peers = 1 };
	struct door_conf c = { .workers = 2, .ops = &rig_ops };
	struct tls_conf tls;
	struct door *d;
	char err[TLS_ERR_TEXT];
	bool early = false;
	size_t n;

	start(&(struct door_conf){ .queue = 1u << 20 });
	r.need_open = true;
	poi_init(&p, &r, "amf");
	SPIN(&r, p.up);
	for (uint32_t i = 0; i < N; i++)
		rig_pdu(&b, &(struct rig_pdu){ .type = i % 2 ? LI_X_X2 : LI_X_X3, .correlation = 5, .sequence = i, .payload = 1000 });
	poi_send(&p, buf_view(&b));
	rig_for(&r, 100, false);
	door_stop(r.d, rig_stopped, &r);
	SPIN(&r, r.stopped && p.closed);
	n = rig_n(&r);
	CU_ASSERT(n > 0 && r.n_gone == 1 && n == counted(DOOR_x2) + counted(DOOR_x3));
	CU_ASSERT_STRING_EQUAL(r.peer[1].why, "the listener is closed");
	poi_fini(&p);

	tls = rig_tls(&certs, "mdf");
	CU_ASSERT_EQUAL(listen_read("127.0.0.1:0", &l.at), LI_OK);
	c.loop = &r.control;
	c.listen = &l;
	c.n_listen = 1;
	c.tls = &tls;
	d = door_open(&c, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	door_free(d);
	d = door_open(&c, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	door_stop(d, on_early, &early);
	SPIN(&r, early);
	door_free(d);
	l.at.port = door_port(r.d, 0);		/* taken */
	CU_ASSERT_PTR_NULL(door_open(&c, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "in use"));
	l.at.port = 0;
	tls.key = "/nowhere.key";
	CU_ASSERT_PTR_NULL(door_open(&c, err, sizeof(err)));
	rig_fini(&r);
}

/* Random PDUs, cut into random records, over several connections, contexts that have to be opened at random, a control loop that turns
 * at random: each product once, in its connection's order, untouched. */
static void random_streams(void)
{
	enum { CONNS = 4, N = 300 };

	for (uint64_t round = 1; round <= unit_rounds(12); round++) {
		static struct poi p[CONNS];
		uint64_t seed = round * 6364136223846793005u;
		uint32_t next2[CONNS + 1] = { 0 }, next3[CONNS + 1][8] = { 0 };
		size_t want = 0, acks = 0;

		start(&(struct door_conf){ .workers = 1 + (unsigned)(round % 3), .queue = 20000 });
		r.need_open = true;
		for (unsigned i = 0; i < CONNS; i++) {
			poi_init(&p[i], &r, i % 2 ? "amf" : "upf");
			SPIN(&r, p[i].up && r.n_peers == i + 1);
		}
		for (unsigned i = 0; i < CONNS; i++) {
			uint32_t two = 0, three[8] = { 0 };

			b.n = 0;
			for (unsigned k = 0; k < N; k++) {
				uint64_t x = unit_rand(&seed);
				unsigned of = (unsigned)(x >> 8) % 8;
				size_t size = (x >> 16) % 10 ? (x >> 20) % 1500 : (x >> 20) % 40000;

				if (x % 20 == 0 && i) {	/* the first ends: with unread answers, TCP would throw away what it sent */
					rig_keepalive(&b, 5, k);
					acks += 48;
				} else if (x % 20 < 6) {
					rig_pdu(&b, &(struct rig_pdu){ .type = LI_X_X2, .format = 2, .correlation = i, .sequence = two++, .payload = size });
					want++;
				} else {
					rig_pdu(&b, &(struct rig_pdu){ .xid = (uint8_t)of, .correlation = i * 8 + of, .sequence = three[of]++, .payload = size });
					want++;
				}
			}
			p[i].piece = round % 2 ? 0 : 1 + unit_rand(&seed) % 3000;
			p[i].end_when_sent = i == 0;
			poi_send(&p[i], buf_view(&b));
		}
		for (uint64_t end = rig_ms() + RIG_SECONDS * 1000; rig_n(&r) < want && rig_ms() < end;)
			rig_turn(&r, unit_rand(&seed) % 4 == 0);
		CU_ASSERT_EQUAL_FATAL(rig_n(&r), want);
		rig_for(&r, 20, true);
		CU_ASSERT_EQUAL(rig_n(&r), want);
		for (size_t i = 0; i < r.n; i++) {
			const struct rig_got *g = &r.got[i];
			uint32_t *next = g->x3 ? &next3[g->conn][g->correlation % 8] : &next2[g->conn];

			CU_ASSERT_EQUAL(g->sequence, (*next)++);
			CU_ASSERT_EQUAL(g->sum, rig_payload_sum(g->sequence, g->payload));
		}
		CU_ASSERT(counted(DOOR_not_opened) == 0 && counted(DOOR_cut) == 0);
		for (unsigned i = 0; i < CONNS; i++)
			acks -= p[i].got.n;
		CU_ASSERT_EQUAL(acks, 0);
		for (unsigned i = 0; i < CONNS; i++)
			poi_fini(&p[i]);
		rig_fini(&r);
	}
}

static void clean_up(void)
{
	buf_fini(&b);
	certs_fini(&certs, true);
}

UNIT_MAIN("door", UNIT(both_kinds), UNIT(pieces), UNIT(keepalives), UNIT(acknowledged_when), UNIT(acknowledged_under_load), UNIT(rests), UNIT(versions), UNIT(framing), UNIT(odd),
	  UNIT(opens), UNIT(overtaken), UNIT(many_wait), UNIT(cannot_open), UNIT(axri), UNIT(stalled), UNIT(gone_meanwhile), UNIT(many_keepalives),
	  UNIT(workers), UNIT(kinds), UNIT(renewed), UNIT(stops), UNIT(random_streams), UNIT(clean_up))
