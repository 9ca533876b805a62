/* test_hm_spool.c: the manager over two lives, with a spool. */
#include "test/hm_rig.h"

static struct { uint64_t position[2], kept, lost; unsigned positions; } on_disk;
static uint64_t get_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane)
{
	(void)arg, (void)did, (void)lane;
	return on_disk.position[kind];
}

static void set_position(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t id)
{
	(void)arg, (void)did, (void)lane;
	CU_ASSERT(id > on_disk.position[kind]);
	on_disk.position[kind] = id;
	on_disk.positions++;
}

static void on_kept(void *arg, uint64_t kept, uint64_t lost)
{
	(void)arg;
	on_disk.kept += kept;
	on_disk.lost += lost;
}

static void spilling(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->spill = HM_SPILL_ALL;
}

/* Two lives: an agency that stands still while many times the memory comes, a stop, a start; a destination that is
 * removed meanwhile, and one of the same DID that follows it. All numbers come, the second life sends no other. */
static void spools(void)
{
	enum { SENT = 12000 };
	char dir[] = "/tmp/openmdf-hm.XXXXXX";
	const uint8_t spool_key[32] = { 1 };
	struct hm_packet p = packet(1200);
	struct hm_dest_stats s;
	struct hm_orphan o[2];
	struct hm_mark *mark;
	uint32_t next;
	size_t first;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	rig_spool = (struct hm_spool){ .dir = dir, .key = spool_key, .position = get_position, .set_position = set_position, .kept = on_kept };
	struct rig *r = rig_new(1, spilling);
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 7);

	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	atomic_store(&r->peer[0].stall, true);
	for (unsigned i = 0; i < SENT; i++)
		CU_ASSERT_EQUAL_FATAL(hm_cc(c, 0, (li_us)i, &p, true), LI_OK);
	mark = hm_ctx_mark(c, &next);
	CU_ASSERT(mark && next == SENT && !hm_mark_passed(mark));
	hm_dest_stats(r->dest[0], &s);
	CU_ASSERT(s.spills[LI_HI3] && s.queued_pdus[LI_HI3] > s.memory_pdus[LI_HI3] * 5 && s.dropped_pdus[LI_HI3] == 0);
	hm_ctx_free(c);
	hm_close(r->hm, on_closed, r);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	CU_ASSERT(hm_mark_passed(mark));	/* all of it is on disk */
	hm_mark_free(mark);
	rig_free(r);
	CU_ASSERT(on_disk.kept > SENT / 2 && on_disk.kept <= SENT && on_disk.lost == 0);
	first = on_disk.kept;

	r = rig_new(0, NULL);	/* nobody takes them: they are named and stay */
	CU_ASSERT(hm_spool_orphans(r->hm, o, 2) == 1 && o[0].kind == LI_HI3 && o[0].files > 0 && o[0].octets > 10000000);
	rig_free(r);

	r = rig_new(1, spilling);
	struct hm_dest_conf d = *hm_dest_conf(r->dest[0]);

	CU_ASSERT(UNTIL(r, on_disk.positions > 0));
	hm_dest_remove(r->dest[0]);	/* it delivers what is its own; another comes under its name and goes on behind */
	d.queue *= 2;
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	CU_ASSERT_EQUAL(hm_spool_orphans(r->hm, o, 2), 0);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	run_ms(r, 250);
	CU_ASSERT_EQUAL(peer_count(&r->peer[0], PS_CC, 0), first);
	CU_ASSERT(on_disk.position[LI_HI3] <= SENT);
	for (size_t i = 0; i < first; i++) {
		struct peer_pdu pdu;

		CU_ASSERT_FATAL(peer_get(&r->peer[0], PS_CC, 0, i, &pdu));
		CU_ASSERT_EQUAL_FATAL(pdu.number, SENT - first + i);
	}
	rig_free(r);
	rig_spool = (struct hm_spool){ 0 };
	CU_ASSERT_EQUAL(rmdir(dir), 0);	/* nothing stays */
}

UNIT_MAIN("hm_spool", UNIT(spools))
