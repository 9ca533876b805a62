/* test_hm_count.c: each record that is taken ends in one fate, by group: delivered, left out, lost for a reason, unsure; the rest waits. */
#include "test/hm_rig.h"

static struct { uint64_t position[2]; } on_disk;
static uint64_t get_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane)
{
	(void)arg, (void)did, (void)lane;
	return on_disk.position[kind];
}

static void set_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t id)
{
	(void)arg, (void)did, (void)lane;
	on_disk.position[kind] = id;
}

static void spilling(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->spill = HM_SPILL_ALL;
}

/* More than the system's buffers between two sockets take. */
static void wide(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->queue = 8u << 20;
}

static struct hm_ctx *grouped(struct rig *r, enum li_hi kind, uint32_t group, int64_t cin)
{
	struct hm_ctx_conf c = ctx_conf(r, kind, "LI-1", cin);
	enum li_err e;
	struct hm_ctx *x;

	c.group = group;
	x = hm_ctx_new(r->hm, &c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	return x;
}

/* As whoever keeps accounts does. */
static void look(struct rig *r)
{
	hm_count(r->hm);
	for (uint32_t g = 1; g < 8; g++)
		(void)hm_count_group(r->hm, g);
}

static uint64_t fate(const struct rig *r, uint32_t group, enum li_hi kind, enum hm_fate f)
{
	return r->count[group][kind].n[f];
}

static uint64_t waiting(const struct rig *r, uint32_t group, enum li_hi kind)
{
	uint64_t n = fate(r, group, kind, HM_FATE_taken);

	for (unsigned f = HM_FATE_taken + 1; f < HM_FATES; f++) {
		CU_ASSERT(n >= r->count[group][kind].n[f]);
		n -= r->count[group][kind].n[f];
	}
	return n;
}

static uint64_t all_waiting(const struct rig *r, enum li_hi kind)
{
	uint64_t n = 0;

	for (uint32_t g = 1; g < 8; g++)
		n += waiting(r, g, kind);
	return n;
}

static uint64_t all(const struct rig *r, enum li_hi kind, enum hm_fate f)
{
	uint64_t n = 0;

	for (uint32_t g = 1; g < 8; g++)
		n += fate(r, g, kind, f);
	return n;
}

static struct hm_dest_stats stats(const struct rig *r)
{
	struct hm_dest_stats s;

	hm_dest_stats(r->dest[0], &s);
	return s;
}

/* The destination's own counters know nothing of groups, and add up to the same; words to the agency on HI3 are in them. */
static void agrees(struct rig *r, unsigned words)
{
	struct hm_dest_stats s = stats(r);

	look(r);
	for (enum li_hi k = LI_HI2; k <= LI_HI3; k++) {
		CU_ASSERT_EQUAL(all(r, k, HM_FATE_delivered) + (k == LI_HI3 ? words : 0), s.delivered_pdus[k]);
		CU_ASSERT(all(r, k, HM_FATE_full) + all(r, k, HM_FATE_disk) + all(r, k, HM_FATE_too_long) == s.dropped_pdus[k]);
		CU_ASSERT(all(r, k, HM_FATE_release) == s.unfit_pdus[k]);
		CU_ASSERT(all(r, k, HM_FATE_purged) + all(r, k, HM_FATE_unanswered) == s.purged_pdus[k]);
		CU_ASSERT_EQUAL(all_waiting(r, k), s.queued_pdus[k]);
	}
}

/* A queue that is full: what is dropped is lost, and who is purged, too; a word to the agency is no record. */
static void fates(void)
{
	enum { N = 3000 };
	struct rig *r = rig_new(1, wide);
	struct hm_ctx *a = grouped(r, LI_HI3, 1, 7), *b = grouped(r, LI_HI3, 2, 8);
	struct hm_packet p = packet(1000);
	struct hm_message m = { .group = 1, .liid = { .n = 4, .p = "LI-1" }, .priority = HM_ERROR, .text = "text" };
	const uint32_t group = 1;
	struct hm_mark *mark;

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &mark), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	hm_mark_free(mark);
	look(r);
	CU_ASSERT(all(r, LI_HI3, HM_FATE_taken) == 0 && all(r, LI_HI3, HM_FATE_delivered) == 0);
	atomic_store(&r->peer[0].stall, true);
	for (unsigned i = 0; i < 5 * N; i++) {
		(void)!hm_cc(a, 0, i, &p, false);
		(void)!hm_cc(b, 0, i, &p, false);
	}
	agrees(r, 1);
	CU_ASSERT(fate(r, 1, LI_HI3, HM_FATE_taken) == 5 * N && fate(r, 2, LI_HI3, HM_FATE_taken) == 5 * N);
	CU_ASSERT(fate(r, 1, LI_HI3, HM_FATE_full) > 0 && waiting(r, 1, LI_HI3) > 0 && waiting(r, 2, LI_HI3) > 0);
	CU_ASSERT(hm_standing(r->hm, &hm_dest_conf(r->dest[0])->did, LI_HI3) == HM_QUEUED);
	CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
	CU_ASSERT_EQUAL(hm_cc(a, 0, 0, &p, false), LI_ENOTFOUND);
	hm_ctx_count(b, HM_FATE_window, 3);
	CU_ASSERT(UNTIL(r, r->purged[1].told));
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	look(r);
	CU_ASSERT(waiting(r, 1, LI_HI3) == 0 && waiting(r, 2, LI_HI3) == 0);
	CU_ASSERT(fate(r, 1, LI_HI3, HM_FATE_purged) + fate(r, 1, LI_HI3, HM_FATE_unanswered) > 1);
	CU_ASSERT(fate(r, 2, LI_HI3, HM_FATE_window) == 3 && fate(r, 2, LI_HI3, HM_FATE_taken) == 5 * N + 3);
	CU_ASSERT_EQUAL(all(r, LI_HI3, HM_FATE_delivered), peer_count(&r->peer[0], PS_CC, 0));
	CU_ASSERT(r->count[2][LI_HI3].octets > 1000 * fate(r, 2, LI_HI3, HM_FATE_delivered));
	CU_ASSERT(hm_standing(r->hm, &hm_dest_conf(r->dest[0])->did, LI_HI3) == HM_EMPTY);
	CU_ASSERT(hm_standing(r->hm, &(struct li_did){ { 99 } }, LI_HI3) == HM_ABSENT);
	CU_ASSERT(!hm_count_group(r->hm, 7) && hm_count_group(r->hm, 2));
	hm_ctx_free(a);
	hm_ctx_free(b);
	CU_ASSERT(!hm_count_group(r->hm, 2));
	rig_free(r);
}

/* A stop that may put nothing on disk: what had not gone out is lost, what had is unsure; nothing waits any more. */
static void stopped(void)
{
	enum { N = 3000 };
	struct rig *r = rig_new(1, NULL);
	struct hm_ctx *a = grouped(r, LI_HI3, 1, 7);
	struct hm_packet p = packet(1000);
	uint64_t came;

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	for (unsigned i = 0; i < N; i++)
		(void)!hm_cc(a, 0, i, &p, false);
	run_ms(r, 100);
	hm_close(r->hm, on_closed, r);
	CU_ASSERT_EQUAL(hm_cc(a, 0, N, &p, false), LI_ECLOSED);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	hm_ctx_free(a);
	came = peer_count(&r->peer[0], PS_CC, 0);
	CU_ASSERT(fate(r, 1, LI_HI3, HM_FATE_taken) == N + 1 && waiting(r, 1, LI_HI3) == 0);
	CU_ASSERT(fate(r, 1, LI_HI3, HM_FATE_unanswered) > 0 && fate(r, 1, LI_HI3, HM_FATE_gone) > 0);
	CU_ASSERT(fate(r, 1, LI_HI3, HM_FATE_delivered) <= came);
	CU_ASSERT(came <= fate(r, 1, LI_HI3, HM_FATE_delivered) + fate(r, 1, LI_HI3, HM_FATE_unanswered));
	rig_free(r);
}

/* Two lives with a disk between: what the first leaves waits, and the second tells of it as another's. */
static void lives(void)
{
	enum { N = 4000 };
	char dir[] = "/tmp/openmdf-hm.XXXXXX";
	const uint8_t spool_key[32] = { 1 };
	struct hm_packet p = packet(1200);
	struct rig *r;
	struct hm_ctx *a, *b;
	uint64_t left[2];
	struct li_did did;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	memset(&on_disk, 0, sizeof(on_disk));
	rig_spool = (struct hm_spool){ .dir = dir, .key = spool_key, .position = get_position, .set_position = set_position };
	r = rig_new(1, spilling);
	did = hm_dest_conf(r->dest[0])->did;
	a = grouped(r, LI_HI3, 1, 7);
	b = grouped(r, LI_HI3, 2, 8);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	for (unsigned i = 0; i < N; i++) {
		CU_ASSERT_EQUAL_FATAL(hm_cc(a, 0, i, &p, true), LI_OK);
		CU_ASSERT_EQUAL_FATAL(hm_cc(b, 0, i, &p, true), LI_OK);
	}
	agrees(r, 0);
	hm_ctx_free(a);
	hm_ctx_free(b);
	hm_close(r->hm, on_closed, r);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	for (uint32_t g = 1; g <= 2; g++) {
		CU_ASSERT(fate(r, g, LI_HI3, HM_FATE_taken) == N && fate(r, g, LI_HI3, HM_FATE_gone) == 0 && fate(r, g, LI_HI3, HM_FATE_unanswered) == 0);
		left[g - 1] = waiting(r, g, LI_HI3);
	}
	CU_ASSERT(left[0] > N / 2 && left[1] > N / 2);
	rig_free(r);

	r = rig_new(1, spilling);
	CU_ASSERT(hm_standing(r->hm, &did, LI_HI3) <= HM_OLD || hm_is_drained(r->hm));
	a = grouped(r, LI_HI3, 1, 9);
	for (unsigned i = 0; i < 10; i++)
		CU_ASSERT_EQUAL_FATAL(hm_cc(a, 0, i, &p, true), LI_OK);
	CU_ASSERT(UNTIL(r, hm_standing(r->hm, &did, LI_HI3) == HM_EMPTY));
	look(r);
	for (uint32_t g = 1; g <= 2; g++) {
		uint64_t fresh = g == 1 ? 10 : 0;

		CU_ASSERT(r->count[g][LI_HI3].old == left[g - 1] && fate(r, g, LI_HI3, HM_FATE_delivered) == left[g - 1] + fresh);
		CU_ASSERT_EQUAL(fate(r, g, LI_HI3, HM_FATE_taken), fresh);
	}
	hm_ctx_free(a);
	rig_free(r);
	rig_spool = (struct hm_spool){ 0 };
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

/* IRI to two destinations one of which has no form for some of it; a destination that goes while it has something. */
static void each_its_own(void)
{
	struct rig *r = rig_new(2, NULL);
	struct hm_ctx *a = grouped(r, LI_HI2, 3, 7);
	const struct view both[2] = { view_str("one"), view_str("two") }, first[2] = { view_str("one"), { NULL, 0 } };

	CU_ASSERT(UNTIL(r, r->ups[LI_HI2] == 2));
	for (unsigned i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(iri_33128(a, 0, LI_IRI_REPORT, i, i & 1 ? both : first, 2, true), LI_OK);
	hm_iri_unfit(a);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	look(r);
	CU_ASSERT(fate(r, 3, LI_HI2, HM_FATE_taken) == 22 && fate(r, 3, LI_HI2, HM_FATE_delivered) == 15);
	CU_ASSERT(fate(r, 3, LI_HI2, HM_FATE_release) == 7 && waiting(r, 3, LI_HI2) == 0);
	hm_dest_remove(r->dest[1]);
	CU_ASSERT_EQUAL(iri_33128(a, 0, LI_IRI_REPORT, 99, both, 2, true), LI_OK);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	look(r);
	CU_ASSERT(fate(r, 3, LI_HI2, HM_FATE_gone) == 1 && fate(r, 3, LI_HI2, HM_FATE_delivered) == 16 && waiting(r, 3, LI_HI2) == 0);
	hm_ctx_free(a);
	rig_free(r);
}

/* Contexts come and go, bursts and single records, an agency that now and then stands still, goes, or is purged of somebody: at every look each
 * record is in one place, and at the end none is anywhere but where it says. */
static void random_worlds(void)
{
	struct hm_packet p = packet(900);

	for (unsigned round = 0; round < unit_rounds(6); round++) {
		struct rig *r = rig_new(1, round & 1 ? small : NULL);
		struct hm_ctx *c[6] = { NULL };
		uint64_t seed = round + 1, made = 0;
		bool dead[8] = { false };

		CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
		for (unsigned i = 0; i < 400; i++) {
			unsigned x = (unsigned)(unit_rand(&seed) % 6), act = (unsigned)(unit_rand(&seed) % 64);
			uint32_t group = 1 + x;

			if (!c[x])
				c[x] = grouped(r, LI_HI3, group, 100 + (int64_t)i);
			if (act < 40) {
				struct hm_record rec[20];
				enum li_err got[20];

				for (unsigned k = 0; k < 20; k++)
					rec[k] = (struct hm_record){ c[(x + k) % 6] ? c[(x + k) % 6] : c[x], 0, i, &p };
				hm_cc_burst(rec, 20, false, got);
				made += 20;
			} else if (act < 50) {
				made += hm_cc(c[x], 0, i, &p, false) != LI_EUSE;
			} else if (act < 56) {
				hm_ctx_free(c[x]);
				c[x] = NULL;
			} else if (act < 60) {
				atomic_store(&r->peer[0].stall, !atomic_load(&r->peer[0].stall));
			} else if (act == 60 && !dead[group] && group > 4) {
				dead[group] = true;
				CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
			} else {
				run_ms(r, 3);
			}
			look(r);
			(void)all_waiting(r, LI_HI3);
		}
		atomic_store(&r->peer[0].stall, false);
		CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
		for (unsigned x = 0; x < 6; x++)
			hm_ctx_free(c[x]);
		look(r);
		CU_ASSERT(all(r, LI_HI3, HM_FATE_taken) == made && all_waiting(r, LI_HI3) == 0);
		agrees(r, 0);
		CU_ASSERT_EQUAL(all(r, LI_HI3, HM_FATE_delivered), peer_count(&r->peer[0], PS_CC, 0));
		rig_free(r);
	}
}

UNIT_MAIN("hm_count", UNIT(fates), UNIT(stopped), UNIT(lives), UNIT(each_its_own), UNIT(random_worlds))
