/*
 * test_resume.c: mediation over a restart. A made-up network is watched, the process is killed at a random frame, and another
 * one goes on with what the store had then, some frames later that nobody saw: sessions end in between, and others take their
 * tunnels. Whatever happened, nothing of a stranger comes under a CIN that goes on, and no interception begins twice. (What
 * begins anew afterwards is as good as any capture that begins in the middle: not this test's matter.)
 */
#include "mediation/keep.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mediation/intercept.h"
#include "mediation/rcu.h"
#include "mediation/record/upf_cc.h"
#include "mediation/tap/flow.h"
#include "test/mediate_world.h"

/* -- a store, and a copy of its files as a kill would leave them -- */

static char folder[2][32];

static void remove_folder(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[512];

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

static void copy(const char *from, const char *to, const char *name)
{
	char a[128], b[128], part[65536];
	FILE *in, *out;
	size_t n;

	snprintf(a, sizeof(a), "%s/%s", from, name);
	snprintf(b, sizeof(b), "%s/%s", to, name);
	in = fopen(a, "rb");
	if (!in)
		return;
	out = fopen(b, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	while ((n = fread(part, 1, sizeof(part), in)) > 0)
		CU_ASSERT_EQUAL(fwrite(part, 1, n, out), n);
	fclose(in);
	fclose(out);
	CU_ASSERT_EQUAL(chmod(b, 0600), 0);
}

static struct store *open_in(unsigned i)
{
	char path[64], err[256] = "";
	struct store *s;

	snprintf(path, sizeof(path), "%s/key", folder[i]);
	s = store_open(folder[i], path, true, err, sizeof(err));
	if (!s)
		printf("# %s\n", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static void folders(void)
{
	for (unsigned i = 0; i < 2; i++) {
		snprintf(folder[i], sizeof(folder[i]), "/tmp/test_resume.XXXXXX");
		CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder[i]));
	}
}

/* -- a process -- */

static struct hm hm;
static const struct mediate_point point = { "smf", "upf", "amf", "tap" };

struct life {
	struct mediate_conf c;
	struct mediate *m;
	struct core *core;
	struct warrants *ws;
};

static void live(struct life *l, bool wait, uint64_t seed)
{
	struct core_conf cc = { .seed = { seed, 2 } };

	l->c = (struct mediate_conf){ .hm = &hm, .store = store, .points = &point, .n_points = 1, .identity = "op", .clock = no_clock,
				      .wait = wait, .keep = true, .resume_within = LI_US_SECOND, .index = index_new(seed) };
	l->m = mediate_new(&l->c);
	l->core = core_new(&cc, &mediate_core_ops, l->m);
	l->ws = warrants_new(store, &mediate_warrant_ops, l->m);
	CU_ASSERT_FATAL(l->c.index && l->m && l->core && l->ws);
	mediate_attach(l->m, l->core, l->ws);
	CU_ASSERT_EQUAL(mediate_recover(l->m), LI_OK);
	CU_ASSERT_EQUAL(warrants_load(l->ws), LI_OK);
	mediate_loaded(l->m, true);
}

static void resume(struct life *l, li_us t)
{
	mediate_now(l->m, t);
	warrants_advance(l->ws, t);
	mediate_resume(l->m);
}

static void die(struct life *l, li_us t)
{
	mediate_shut(l->m, t);
	warrants_free(l->ws);
	core_free(l->core);
	mediate_free(l->m);
	index_free(l->c.index);
}

/* Its files as they are, for another process; then it goes, and what it still writes is nobody's. */
static void kill_it(struct life *l, li_us t)
{
	copy(folder[0], folder[1], "key");
	copy(folder[0], folder[1], "mdfd.db");
	copy(folder[0], folder[1], "mdfd.db-wal");
	die(l, t);
	store_close(store);
	remove_folder(folder[0]);
	memcpy(folder[0], folder[1], sizeof(folder[0]));
	snprintf(folder[1], sizeof(folder[1]), "/tmp/test_resume.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder[1]));
	store = open_in(0);
}

/* -- the property -- */

/* Whoever saw everything would have taken it. */
static bool is_wanted(const struct oracle_list *l, const struct oracle_item *i)
{
	for (size_t k = 0; k < l->n; k++)
		if (l->item[k].time == i->time && l->item[k].hash == i->hash)
			return true;
	return false;
}

static struct { size_t lives, resumed, confirmed, content, all, withheld; } sum;

/* A CIN begins once and ends once at the most, and its END is its last: HO-IRI-004 */
static void once(const struct oracle_list *l, uint64_t seed)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = i + 1; k < l->n; k++) {
			const struct oracle_item *a = &l->item[i], *b = &l->item[k];
			bool begins = a->tag == TAG_BEGIN || a->tag == TAG_SOI;

			if (a->session != b->session || !((begins && (b->tag == TAG_BEGIN || b->tag == TAG_SOI)) || a->tag == TAG_END))
				continue;
			printf("# seed %llu: CIN %u: %u, then %u\n", (unsigned long long)seed, a->session, a->tag, b->tag);
			CU_FAIL("an interception begins or ends twice");
			return;
		}
}

static void one_seed(uint64_t seed)
{
	struct world_conf c = world_default(seed);
	struct oracle_warrant ow[WARRANTS];
	struct conf_warrant cw[WARRANTS];
	struct hm_dest_conf dest = { .did = { { 1 } }, .name = "a", .host = "127.0.0.1", .port = 1, .peer_name = "a", .hi2 = true,
				     .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	int lines[1] = { 1 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = 1, .dest = &dest, .dest_line = lines, .warrant = cw };
	const bool wait = seed % 2;
	struct rcu_reader reader;
	struct warrants_count count;
	struct world_frame f;
	struct seen *seen = NULL;
	size_t n_seen = 0;
	struct life l;
	unsigned at, gap, frames = 0;
	struct li_cin before = { 0 };		/* CINs of the first process are below */
	li_us end = 0;

	rng = seed * 977 + 5;
	c.subscribers = 1 + pick(8);
	c.sessions = 1 + pick(5);
	c.packets = 4 + pick(16);
	c.v6 = pick(4) == 0;
	c.eager = pick(3) == 0;
	choose_shares(&c);
	c.reuse = 100;
	at = 10 + pick(300);
	gap = pick(3) ? pick(60) : 0;
	n_got = 1 + pick(WARRANTS);
	memset(got, 0, sizeof(got));

	struct world *w = world_new(&c);
	struct oracle *o;
	struct flow_parser *parser = flow_parser_new();

	made = w;
	foreign = 0;
	for (unsigned i = 0; i < n_got; i++) {
		make_warrant(w, &c, &ow[i], &cw[i], i, 1, true);
		ow[i].hi2 = ow[i].hi3 = cw[i].hi2 = cw[i].hi3 = true;
		ow[i].start = cw[i].start = 0;
		ow[i].end = cw[i].end = LI_US_NEVER;
	}
	doc.n_warrants = n_got;
	o = oracle_new(w, ow, n_got);
	folders();
	store = open_in(0);
	live(&l, wait, seed);
	CU_ASSERT_EQUAL_FATAL(warrants_apply(l.ws, &doc, WARRANTS_ADD, WARRANT_OWNER_CTL, "test", &count, NULL, NULL), LI_OK);
	rcu_reader_begin(&reader);
	for (; world_next(w, &f); frames++) {
		struct flow fl;
		enum flow_kind kind = flow_parse(parser, world_dlt(w), f.time, 0, f.frame, (uint32_t)f.frame.n, &fl);

		oracle_frame(o, &f);
		end = f.time;
		if (frames == at) {
			CU_ASSERT_EQUAL(store_cin(store, &before), LI_OK);
			rcu_reader_offline(&reader);
			kill_it(&l, end);
			live(&l, wait, seed + 1000);
			rcu_reader_online(&reader);
			resume(&l, end);
			sum.lives++;
			sum.resumed += mediate_counter(l.m, MEDIATE_intercepts_resumed);
		}
		if (frames + gap >= at && frames < at)		/* before it, as good as after: nobody looked */
			continue;
		run_due(l.core, l.ws, l.m, f.time);
		if (pick(20) == 0)
			mediate_tick(l.m);	/* what waits for the next second is written */
		mediate_turn_begin(l.m);
		if (kind == FLOW_PFCP)
			core_pfcp(l.core, fl.time, 0, &fl.src, &fl.dst, fl.sport, fl.dport, fl.l4);
		else if (kind == FLOW_SCTP)
			core_sctp(l.core, fl.time, 0, &fl.src, &fl.dst, fl.l4);
		mediate_turn_end(l.m);
		if (kind == FLOW_GPDU) {
			struct route *r = index_find(l.c.index, &fl.dst, fl.teid);

			if (f.whose && (seen = realloc(seen, (n_seen + 1) * sizeof(*seen))))
				seen[n_seen++] = (struct seen){ f.time, oracle_hash(fl.inner), f.whose };
			if (r)
				sum.withheld += upf_cc(r, &fl, true, false).withheld;
		}
		rcu_reader_quiescent(&reader);
	}
	oracle_end(o, end);
	for (size_t i = 0; i < n_got; i++) {
		for (size_t k = 0; k < got[i].cc.n; k++) {
			const struct oracle_item *x = &got[i].cc.item[k];

			if (x->session < before.v && !of_target(&ow[i], x, seen, n_seen) && !is_wanted(oracle_cc(o, i), x)) {
				printf("# seed %llu: content of a stranger at %lld, kill at frame %u after %u unseen\n", (unsigned long long)seed,
				       (long long)x->time, at, gap);
				CU_FAIL("content of a stranger");
				break;
			}
		}
		once(&got[i].iri, seed);
		compared += got[i].iri.n + got[i].cc.n;
		if (!gap) {
			sum.content += got[i].cc.n;
			sum.all += oracle_cc(o, i)->n;
		}
	}
	if (foreign)
		printf("# seed %llu: %u records name strangers\n", (unsigned long long)seed, foreign);
	CU_ASSERT_EQUAL(foreign, 0);
	rcu_reader_end(&reader);
	die(&l, end);
	store_close(store);
	remove_folder(folder[0]);
	remove_folder(folder[1]);
	free(seen);
	flow_parser_free(parser);
	oracle_free(o);
	world_free(w);
	made = NULL;
	for (size_t i = 0; i < n_got; i++) {
		free(got[i].iri.item);
		free(got[i].cc.item);
		free(got[i].amf.item);
	}
	CU_ASSERT_EQUAL(ctxs, 0);
}

/* LI128-224: what is delivered after a restart is the target's. */
static void nobody_else(void)
{
	const char *only = getenv("SEED");

	memset(&sum, 0, sizeof(sum));
	if (only)
		one_seed(strtoull(only, NULL, 10));
	for (unsigned i = 1; !only && i <= unit_rounds(60); i++)
		one_seed(i);
	printf("# %zu restarts, %zu interceptions went on; with nothing unseen %zu of %zu packets; %zu withheld\n", sum.lives, sum.resumed,
	       sum.content, sum.all, sum.withheld);
	CU_ASSERT(only || (sum.resumed > 0 && compared > 0));
}

static void count_row(void *arg, enum store_kept kind, uint64_t id, struct view body, enum li_err bad)
{
	(void)kind, (void)id, (void)body, (void)bad;
	++*(unsigned *)arg;
}

/* Rows that nobody could have written: of no kind, of a number that is not given, of none that could follow. They are told of once and go. */
static void odd_rows(void)
{
	static const struct { int kind; uint64_t id; } row[] = { { 0, 0 }, { 1, INT64_MAX }, { 7, 3 }, { 1 << 30, 4 }, { -1, 5 }, { 1, UINT64_MAX } };
	const unsigned n = sizeof(row) / sizeof(row[0]);
	const struct store_alive alive = { .capture = 1 };
	struct life l;
	unsigned left = 0;

	folders();
	store = open_in(0);
	n_got = 0;
	for (unsigned i = 0; i < n; i++)
		CU_ASSERT_EQUAL(store_kept_put(store, (enum store_kept)row[i].kind, row[i].id, view_str("row")), LI_OK);
	CU_ASSERT_EQUAL(store_set_alive(store, &alive), LI_OK);
	for (unsigned i = 0; i < 2; i++) {
		live(&l, true, 1);
		resume(&l, 1);
		CU_ASSERT_EQUAL(mediate_counter(l.m, MEDIATE_resume_damaged), i ? 0 : n);
		die(&l, 1);
	}
	CU_ASSERT(store_kept_all(store, count_row, &left) == LI_OK && left == 0);
	store_close(store);
	remove_folder(folder[0]);
	remove_folder(folder[1]);
}

/* By when the last process lived. */
static void verdicts(void)
{
	struct store_alive a = { .wall = 1000, .steady = 500, .boot = "one" };

	CU_ASSERT_PTR_NULL(keep_verdict(&a, 1000, 500, "one", 10));
	CU_ASSERT_PTR_NULL(keep_verdict(&a, 1010, 510, "one", 10));
	CU_ASSERT_PTR_NOT_NULL(keep_verdict(&a, 1011, 500, "one", 10));
	CU_ASSERT_PTR_NOT_NULL(keep_verdict(&a, 999, 501, "one", 10));		/* set back */
	CU_ASSERT_PTR_NOT_NULL(keep_verdict(&a, 1001, 511, "one", 10));		/* set back by less than has passed */
	CU_ASSERT_PTR_NULL(keep_verdict(&a, 1001, 3, "two", 10));		/* another start of the machine */
	CU_ASSERT_PTR_NOT_NULL(keep_verdict(&a, 1000, 500, "one", 0));
	CU_ASSERT_PTR_NOT_NULL(keep_verdict(NULL, 1000, 500, "one", 10));
}

/* Of a guarded route only the session's own packets are taken, by the end that is the user's. */
static void guarded(void)
{
	struct oracle_list list = { NULL, 0, 0 };
	struct hm_ctx ctx = { .list = &list, .has_cin = true, .kind = LI_HI3 };
	struct route *r = calloc(1, sizeof(*r) + sizeof(r->cc[0]) + 3 * sizeof(struct li_addr));
	uint8_t octets[80] = { 0x34, 255 };
	struct flow f = { .time = 10, .gtpu = view_of(octets, 76), .inner = view_of(octets + 16, 60) };
	uint8_t *p = octets + 16;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	octets[3] = 68;
	made = NULL;
	r->guarded = true;
	r->n = 1;
	r->cc[0] = (struct route_cc){ &ctx, 0, 20 };
	r->own = 3;
	route_own(r)[0] = li_addr4((uint8_t[4]){ 10, 9, 8, 7 });
	route_own(r)[1] = li_addr6((uint8_t[16]){ 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, [15] = 1 });
	memcpy(route_own(r)[2].b, (uint8_t[6]){ 2, 1, 1, 1, 1, 1 }, 6);
	for (unsigned up = 0; up < 2; up++) {
		r->dir = up ? LI_FROM_TARGET : LI_TO_TARGET;
		r->ethernet = false;
		packets = 0;
		memset(p, 0, 60);
		p[0] = 0x45;
		memcpy(p + (up ? 12 : 16), (uint8_t[4]){ 10, 9, 8, 7 }, 4);
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 0 && packets == 1);
		p[up ? 15 : 19]++;
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 1 && packets == 1);
		p[up ? 15 : 19]--;
		f.inner.n = 19;
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 1 && packets == 1);
		f.inner.n = 60;
		r->dir = up ? LI_TO_TARGET : LI_FROM_TARGET;	/* his peer's end is not his */
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 1 && packets == 1);
		r->dir = up ? LI_FROM_TARGET : LI_TO_TARGET;
		memset(p, 0, 60);
		p[0] = 0x60;
		memcpy(p + (up ? 8 : 24), (uint8_t[16]){ 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 9, 9, 9 }, 16);	/* he chooses in his /64 */
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 0 && packets == 2);
		p[up ? 15 : 31]++;
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 1 && packets == 2);
		memset(p, 0, 60);
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 1 && packets == 2);	/* no address at all */
		r->ethernet = true;
		memcpy(p + (up ? 6 : 0), (uint8_t[6]){ 2, 1, 1, 1, 1, 1 }, 6);
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 0 && packets == 3);
		p[up ? 6 : 0]++;
		CU_ASSERT(upf_cc(r, &f, false, false).withheld == 1 && packets == 3);
	}
	r->own = 0;		/* nobody saw its addresses */
	CU_ASSERT(upf_cc(r, &f, false, false).withheld == 1);
	free(list.item);
	free(r);
}

UNIT_MAIN("resume", UNIT(nobody_else), UNIT(odd_rows), UNIT(verdicts), UNIT(guarded))
