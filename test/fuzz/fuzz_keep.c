/*
 * fuzz_keep.c: octets as the rows of sessions under interception that a start finds: an octet which kind, an octet the row's number, two
 * octets of length, the body; and so on. All mediation goes on from there, with a warrant for half of all IPv4 addresses. What can go on does,
 * what cannot is told of; and the rows that it leaves another start reads without a fault.
 */
#include <ftw.h>
#include <sqlite3.h>
#include <unistd.h>

#include <li/log.h>
#include <li/rd.h>

#include "mediation/keep.h"
#include "mediation/warrant/store_priv.h"
#include "test/mediate_fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW (1000 * LI_US_SECOND)
#define LATER (NOW + 600 * LI_US_SECOND)	/* past every wait of the core's */

static char dir[64];

struct life {
	struct mediate_conf c;
	struct mediate *m;
	struct core *core;
	struct warrants *ws;
};

/* What the fakes assert is asserted here, too: there is no suite. */
CU_BOOL CU_assertImplementation(CU_BOOL good, unsigned line, const char *what, const char *file, const char *function, CU_BOOL fatal)
{
	(void)line, (void)what, (void)file, (void)function, (void)fatal;
	if (!good)
		abort();
	return good;
}

static int rm(const char *p, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(p);
}

static void gone(void)
{
	store_close(store);
	nftw(dir, rm, 16, FTW_DEPTH | FTW_PHYS);
}

static li_us no_clock(void)
{
	return 0;
}

static void live(struct life *l)
{
	static const struct mediate_point point = { "smf", "upf", "amf", "tap" };
	static struct hm hm;
	struct core_conf cc = { .seed = { 1, 2 } };

	l->c = (struct mediate_conf){ .hm = &hm, .store = store, .points = &point, .n_points = 1, .identity = "op", .clock = no_clock,
				      .wait = true, .keep = true, .resume_within = LI_US_SECOND, .index = index_new(1),
				      .products = true, .seed = 7 };
	l->m = mediate_new(&l->c);
	l->core = core_new(&cc, &mediate_core_ops, l->m);
	l->ws = warrants_new(store, &mediate_warrant_ops, l->m);
	if (!l->c.index || !l->m || !l->core || !l->ws)
		abort();
	mediate_attach(l->m, l->core, l->ws);
	if (mediate_recover(l->m) || warrants_load(l->ws))
		abort();
	mediate_loaded(l->m, true);
}

static void die(struct life *l, li_us t)
{
	mediate_shut(l->m, t);
	warrants_free(l->ws);
	core_free(l->core);
	mediate_free(l->m);
	index_free(l->c.index);
}

static void begin(void)
{
	struct hm_dest_conf dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true,
				     .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	struct conf_warrant w = { .liid = { .n = 2, .p = { 'L', '0' } }, .hi2 = true, .hi3 = true, .end = LI_US_NEVER, .n_dests = 1,
				  .n_targets = 1, .target = { { .kind = LI_ID_IPV4, .addr = { .family = 4 }, .prefix = 1 } } };
	int lines[1] = { 1 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"fuzz", .n_dests = 1, .dest = &dest, .dest_line = lines, .n_warrants = 1, .warrant = &w };
	struct warrants_count count;
	char key[80], err[256];
	struct life l;

	li_log_level((enum li_log)0);
	snprintf(dir, sizeof(dir), "%s/openmdf-fuzz-keep.%ld", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (long)getpid());
	snprintf(key, sizeof(key), "%s/key", dir);
	nftw(dir, rm, 16, FTW_DEPTH | FTW_PHYS);
	store = store_open(dir, key, true, err, sizeof(err));
	if (!store || sqlite3_exec(store->db, "PRAGMA journal_mode = MEMORY", NULL, NULL, NULL) != SQLITE_OK)
		abort();
	w.xid.b[0] = w.dest[0].b[0] = 1;
	n_got = 1;
	got[0].liid = w.liid;
	live(&l);
	if (warrants_apply(l.ws, &doc, WARRANTS_ADD, WARRANT_OWNER_CTL, "fuzz", &count, NULL, NULL))
		abort();
	die(&l, NOW);
	atexit(gone);
}

static void forget(void)
{
	compared += got[0].iri.n + got[0].cc.n;
	for (unsigned i = 0; i < 3; i++) {
		struct oracle_list *of = i == 0 ? &got[0].iri : i == 1 ? &got[0].cc : &got[0].amf;

		free(of->item);
		*of = (struct oracle_list){ .n = 0 };
	}
	if (ctxs)
		abort();
}

/* A process that goes on from what is there; how many rows it cannot read. */
static uint64_t resume(bool until_the_end)
{
	const struct store_alive alive = { .capture = NOW };
	uint64_t damaged;
	struct life l;

	if (store_set_alive(store, &alive))
		abort();
	live(&l);
	mediate_now(l.m, NOW);
	warrants_advance(l.ws, NOW);
	mediate_resume(l.m);
	damaged = mediate_counter(l.m, MEDIATE_resume_damaged);
	if (until_the_end) {
		mediate_turn_begin(l.m);
		core_advance(l.core, LATER);
		mediate_turn_end(l.m);
	}
	die(&l, until_the_end ? LATER : NOW);
	return damaged;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(view_of(data, size));

	if (!store)
		begin();
	if (sqlite3_exec(store->db, "DELETE FROM kept; DELETE FROM context", NULL, NULL, NULL) != SQLITE_OK || store_begin(store))
		abort();
	while (rd_left(&r) >= 4) {
		unsigned kind = rd_u8(&r);
		uint64_t id = rd_u8(&r);
		size_t n = rd_u16(&r);

		if (store_kept_put(store, (enum store_kept)kind, id, rd_take(&r, n < rd_left(&r) ? n : rd_left(&r))))
			abort();
	}
	if (store_commit(store))
		abort();
	(void)resume(false);
	if (resume(true))
		abort();
	forget();
	return 0;
}
