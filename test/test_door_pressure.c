/* test_door_pressure.c: an agency without room holds back who reports for it, and nobody else: X23-MDF-011, X23-MDF-022. */
#include "test/starve.h"
#include "test/door_rig.h"

static void put(unsigned type, uint64_t correlation, uint32_t sequence, size_t payload)
{
	rig_pdu(&b, &(struct rig_pdu){ .type = type, .format = type == LI_X_X2 ? LI_XF_33128 : LI_XF_IPV4, .correlation = correlation,
				       .sequence = sequence, .payload = payload });
}

static void two(struct poi *p, struct poi *q)
{
	start(&(struct door_conf){ .queue = 256 << 10 });
	poi_init(p, &r, "amf");
	poi_init(q, &r, "upf");
	SPIN(&r, p->up && q->up && r.n_peers == 2);
}

/* The other one says what is never held up, and is answered. */
static void goes_on(struct poi *q, size_t so_far)
{
	size_t before = q->got.n;

	b.n = 0;
	put(LI_X_X2, 9, (uint32_t)before, 10);
	put(LI_X_X3, 9, (uint32_t)before, 10);
	rig_keepalive(&b, 5, 4);
	poi_send(q, buf_view(&b));
	SPIN(&r, q->got.n == before + 48 && rig_n(&r) == so_far + 2);
}

static void in_order(uint64_t other, size_t n)
{
	uint32_t next = 0;

	for (size_t i = 0; i < r.n; i++) {
		if (r.got[i].correlation == other)
			continue;
		CU_ASSERT(r.got[i].sequence == next && r.got[i].sum == rig_payload_sum(next, r.got[i].payload));
		next++;
	}
	CU_ASSERT_EQUAL(next, n);
}

/* Of either kind: nothing behind it is given on, or acknowledged, until there is room; and little is taken meanwhile. */
static void held(void)
{
	enum { N = 3000, SIZE = 3000 };

	for (unsigned x3 = 0; x3 < 2; x3++) {
		unsigned type = x3 ? LI_X_X3 : LI_X_X2;
		struct poi p, q;
		size_t octets;

		two(&p, &q);
		put(type, 1, 0, 10);
		put(type, 5, 1, 10);
		put(type, 1, 2, 10);
		put(x3 ? LI_X_X2 : LI_X_X3, 9, 0, 10);
		for (uint32_t i = 3; i < N; i++)
			put(type, 1 + i % 3, i, SIZE);
		rig_keepalive(&b, 5, 9);
		atomic_store(&r.full[x3], 5);
		poi_send(&p, buf_view(&b));
		rig_for(&r, 300, true);
		/* content of others that came later is no worry of X2: it does not wait in a queue */
		CU_ASSERT(rig_n(&r) == (x3 ? 1 : 2) && p.got.n == 0);
		goes_on(&q, rig_n(&r));
		goes_on(&q, rig_n(&r));
		(void)door_queued(r.d, &octets);
		CU_ASSERT(octets <= (512 << 10) && counted(DOOR_octets) < (1 << 20));
		CU_ASSERT(counted(DOOR_held_up) == 1 && p.got.n == 0);
		atomic_store(&r.full[x3], 0);
		SPIN(&r, p.got.n == 48);
		CU_ASSERT_EQUAL(rig_n(&r), N + 5);
		in_order(9, N);
		CU_ASSERT(door_queued(r.d, &octets) == 0 && octets == 0);
		poi_fini(&p);
		poi_fini(&q);
		rig_fini(&r);
	}
}

/* X2 of one connection in its order, whatever happens to come; and a context that it opens behind it. */
static void set_aside(void)
{
	struct poi p, q;

	two(&p, &q);
	r.need_open = true;
	r.open[r.n_open++] = 9;
	atomic_store(&r.full[0], 5);
	for (uint32_t i = 0; i < 40; i++)
		put(LI_X_X2, i == 7 ? 5 : 1, i, 10);
	rig_keepalive(&b, 5, 9);
	put(LI_X_X3, 3, 40, 10);		/* its context is not open */
	rig_keepalive(&b, 5, 10);
	poi_send(&p, buf_view(&b));
	SPIN(&r, rig_n(&r) == 7);
	goes_on(&q, 7);
	rig_for(&r, 100, true);
	CU_ASSERT(rig_n(&r) == 9 && p.got.n == 0 && atomic_load(&r.asked) < 200);
	atomic_store(&r.full[0], 0);
	SPIN(&r, p.got.n == 96 && rig_n(&r) == 43);
	in_order(9, 41);
	poi_fini(&p);
	poi_fini(&q);
	rig_fini(&r);
}

/* One PDU for several tasks, one of which has no room: each gets it once, when that one has some. X23-DEC-024 */
static void several(void)
{
	for (unsigned x3 = 0; x3 < 2; x3++) {
		struct poi p;
		unsigned seen[4] = { 0 };

		start(NULL);
		poi_init(&p, &r, "upf");
		SPIN(&r, p.up && r.n_peers == 1);
		atomic_store(&r.full[x3], 7);
		rig_pdu(&b, &(struct rig_pdu){ .type = x3 ? LI_X_X3 : LI_X_X2, .format = x3 ? LI_XF_IPV4 : LI_XF_33128, .correlation = 1, .payload = 10,
			.more = "0015 0018 00000000000000000000000000000001 0000000000000002 0015 0018 00000000000000000000000000000002 0000000000000007"
				"0015 001c 00000000000000000000000000000003 0000000000000003 00000001" });
		rig_keepalive(&b, 5, 1);
		poi_send(&p, buf_view(&b));
		rig_for(&r, 100, true);
		CU_ASSERT(rig_n(&r) == 0 && p.got.n == 0 && counted(x3 ? DOOR_x3 : DOOR_x2) == !x3);
		atomic_store(&r.full[x3], 0);
		SPIN(&r, p.got.n == 48);
		CU_ASSERT_EQUAL_FATAL(rig_n(&r), 4);
		for (size_t i = 0; i < 4; i++)
			seen[r.got[i].xid.b[15] & 3]++;
		for (size_t i = 0; i < 4; i++)
			CU_ASSERT_EQUAL(seen[i], 1);
		CU_ASSERT(counted(x3 ? DOOR_x3 : DOOR_x2) == 1 && counted(DOOR_axri) == 3);
		poi_fini(&p);
		rig_fini(&r);
	}
}

/* Contexts that are open by now, one of which has no room: its products wait on, in their order, and so does what comes behind. */
static void opened(void)
{
	struct poi p;

	start(NULL);
	r.need_open = true;
	poi_init(&p, &r, "upf");
	SPIN(&r, p.up && r.n_peers == 1);
	for (uint32_t i = 0; i < 30; i++)
		put(LI_X_X3, 5 + i % 3, i, 10);
	rig_keepalive(&b, 5, 1);
	poi_send(&p, buf_view(&b));
	rig_for(&r, 50, false);
	atomic_store(&r.full[1], 6);
	SPIN(&r, rig_n(&r) == 20);
	b.n = 0;
	put(LI_X_X3, 5, 30, 10);
	put(LI_X_X3, 6, 31, 10);
	rig_keepalive(&b, 5, 2);
	poi_send(&p, buf_view(&b));
	rig_for(&r, 100, true);
	CU_ASSERT(rig_n(&r) == 20 && p.got.n == 0);
	atomic_store(&r.full[1], 0);
	SPIN(&r, p.got.n == 96 && rig_n(&r) == 32);
	for (uint64_t k = 5; k < 8; k++) {
		uint32_t next = (uint32_t)(k - 5);

		for (size_t i = 0; i < r.n; i++) {
			if (r.got[i].correlation != k)
				continue;
			CU_ASSERT_EQUAL(r.got[i].sequence, next);
			next += 3;
		}
	}
	CU_ASSERT(r.n_opened == 3 && counted(DOOR_not_opened) == 0 && counted(DOOR_not_kept) == 0);
	poi_fini(&p);
	rig_fini(&r);
}

/* Whoever goes meanwhile has said it all the same. */
static void gone(void)
{
	for (unsigned x3 = 0; x3 < 2; x3++) {
		struct poi p;

		start(NULL);
		poi_init(&p, &r, "amf");
		SPIN(&r, p.up && r.n_peers == 1);
		for (uint32_t i = 0; i < 20; i++)
			put(x3 ? LI_X_X3 : LI_X_X2, i == 4 ? 5 : 1, i, 100);
		atomic_store(&r.full[x3], 5);
		poi_send(&p, buf_view(&b));
		SPIN(&r, rig_n(&r) == 4);
		rig_for(&r, 50, true);
		netio_close(&p.n, "pulled out");
		rig_for(&r, 100, true);
		CU_ASSERT(rig_n(&r) == 4 && r.n_gone == 0);
		atomic_store(&r.full[x3], 0);
		SPIN(&r, rig_n(&r) == 20 && r.n_gone == 1);
		in_order(0, 20);
		poi_fini(&p);
		rig_fini(&r);
	}
}

/* At the end nothing that was taken is kept back, whether its POI is still there or not. */
static void stopped(void)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned x3 = i & 1, gone = i & 2;
		struct poi p;

		start(NULL);
		poi_init(&p, &r, "amf");
		SPIN(&r, p.up && r.n_peers == 1);
		for (uint32_t k = 0; k < 20; k++)
			put(x3 ? LI_X_X3 : LI_X_X2, k == 4 ? 5 : 1, k, 100);
		atomic_store(&r.full[x3], 5);
		poi_send(&p, view_of(b.p, b.n / 20 * 10));
		SPIN(&r, rig_n(&r) == 4);
		rig_for(&r, 50, true);		/* it is set aside by now */
		poi_send(&p, view_of(b.p + b.n / 20 * 10, b.n - b.n / 20 * 10));
		rig_for(&r, 50, true);
		if (gone)
			netio_close(&p.n, "pulled out");
		rig_for(&r, 50, true);
		CU_ASSERT_EQUAL(rig_n(&r), 4);
		door_stop(r.d, rig_stopped, &r);
		SPIN(&r, r.stopped);
		CU_ASSERT(rig_n(&r) >= 10);	/* what it had not read is the POI's */
		in_order(0, rig_n(&r));
		poi_fini(&p);
		rig_fini(&r);
	}
}

/* There is no memory for what waits on: it is counted, and the connection ends; what is kept comes up. */
static void no_memory(void)
{
	enum { SIZE = 60000 };
	struct poi p;

	if (!starve_can)
		return;
	start(NULL);
	r.need_open = true;
	poi_init(&p, &r, "upf");
	SPIN(&r, p.up && r.n_peers == 1);
	put(LI_X_X3, 5, 0, 10);
	for (uint32_t i = 0; i < 2; i++)
		put(LI_X_X3, 6, i, SIZE);
	poi_send(&p, buf_view(&b));
	for (unsigned i = 0; i < 5000 && counted(DOOR_x3) < 3; i++)
		rig_turn(&r, false);
	atomic_store(&r.full[1], 6);
	starve(STARVE_REALLOC, 131072, 131072, 0);
	SPIN(&r, counted(DOOR_no_memory) == 1);
	starve_end();
	CU_ASSERT(starved > 0 && counted(DOOR_not_kept) == 1 && rig_n(&r) == 1);
	rig_for(&r, 50, true);
	atomic_store(&r.full[1], 0);
	SPIN(&r, rig_n(&r) == 2 && r.n_gone == 1);
	CU_ASSERT(counted(DOOR_no_memory) == 1 && r.got[1].sequence == 0 && r.got[1].payload == SIZE);
	poi_fini(&p);
	rig_fini(&r);
}

UNIT_MAIN("door_pressure", UNIT(held), UNIT(set_aside), UNIT(several), UNIT(opened), UNIT(gone), UNIT(stopped), UNIT(no_memory))
