/*
 * fuzz_store.c: octets as what stands in the rows of the store, sealed by its key or not, where a start reads them. Input: an octet
 * which column, an octet which value of an unsealed one is meant (or whether a sealed one is sealed), two octets of length, the octets;
 * and so on. Nothing of it is committed. What is read keeps its limits; the store goes on after it.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <li/limits.h>
#include <li/rd.h>

#include "handover/dest_conf.h"
#include "mediation/warrant/store_priv.h"
#include "mediation/warrant/target.h"
#include "mediation/warrant/warrant.h"
#include "touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HANDLE 7u
#define BOOT "fuzz"

static const uint8_t id16[16] = { 1, 2, 3 };
static const uint64_t id8 = HANDLE;

/* The columns; sealed: bound to its place, of one row's key. */
static const struct { const char *table, *column, *where; const void *key; size_t n_key; } columns[] = {
	{ "destination", "name", "did", id16, 16 }, { "destination", "host", "did", id16, 16 }, { "destination", "peer_name", "did", id16, 16 },
	{ "task", "targets", "xid", id16, 16 }, { "warrant", "liid", "handle", &id8, 8 }, { "context", "header", "id", &id8, 8 },
	{ "kept", "body", "id", &id8, 8 },
#define SEALED 7
	{ "destination", "did", NULL, NULL, 0 }, { "destination", "owner", NULL, NULL, 0 }, { "destination", "port", NULL, NULL, 0 },
	{ "destination", "certificate", NULL, NULL, 0 }, { "task", "xid", NULL, NULL, 0 }, { "task", "owner", NULL, NULL, 0 },
	{ "warrant", "handle", NULL, NULL, 0 }, { "warrant", "country", NULL, NULL, 0 }, { "warrant", "start", NULL, NULL, 0 },
	{ "context", "kind", NULL, NULL, 0 }, { "context", "cin", NULL, NULL, 0 }, { "context", "id", NULL, NULL, 0 },
	{ "kept", "kind", NULL, NULL, 0 }, { "kept", "id", NULL, NULL, 0 }, { "warrant_destination", "did", NULL, NULL, 0 },
	{ "context_destination", "did", NULL, NULL, 0 },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static char dir[64], key[80];
static struct store *store;
static sqlite3_stmt *update[COLUMNS];

static int rm(const char *p, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(p);
}

static void gone(void)
{
	for (size_t i = 0; i < COLUMNS; i++)
		sqlite3_finalize(update[i]);
	store_close(store);
	nftw(dir, rm, 16, FTW_DEPTH | FTW_PHYS);
}

/* One row of everything. */
static void rows(void)
{
	struct dest d = { .conf = { .name = "agency", .host = "192.0.2.1", .peer_name = "lemf.example", .port = 50001, .hi2 = true, .hi3 = true },
			  .owner = "file" };
	struct task t = { .owner = "file", .n_targets = 1 };
	char text[LI_TARGET_MAX + 1];
	const char *why;
	struct warrant w = { .handle = HANDLE, .task = &t, .hi2 = true, .end = LI_US_NEVER, .n_dests = 1, .dest = { &d } };
	struct store_context c = { .id = HANDLE, .warrant = HANDLE, .has_cin = true, .cin = { 9 }, .next = 5, .n_dests = 1 };
	const struct store_alive alive = { 1, 2, 3, BOOT };

	memcpy(d.conf.did.b, id16, 16);
	memcpy(t.xid.b, id16, 16);
	memcpy(c.dest[0].b, id16, 16);
	if (target_read("supiimsi", "001010000000001", text, &t.target[0], &why) || li_liid_read(view_str("LI-1"), &w.liid) || store_begin(store) || store_dest_put(store, &d) || store_warrant_put(store, &w))
		abort();
	c.liid = w.liid;
	if (store_context_put(store, &c) || store_kept_put(store, STORE_KEPT_SESSION, HANDLE, view_str("body")) ||
	    store_set_alive(store, &alive) || store_commit(store) || store_set_audit_head(store, 3, (uint8_t[32]){ 1 }))
		abort();
}

static void begin(void)
{
	char err[256], sql[128];

	snprintf(dir, sizeof(dir), "%s/openmdf-fuzz-store.%ld", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (long)getpid());
	snprintf(key, sizeof(key), "%s/key", dir);
	nftw(dir, rm, 16, FTW_DEPTH | FTW_PHYS);
	store = store_open(dir, key, true, err, sizeof(err));
	if (!store)
		abort();
	rows();
	for (size_t i = 0; i < COLUMNS; i++) {
		snprintf(sql, sizeof(sql), "UPDATE %s SET %s = ?1", columns[i].table, columns[i].column);
		if (sqlite3_prepare_v2(store->db, sql, -1, &update[i], NULL) != SQLITE_OK)
			abort();
	}
	atexit(gone);
}

/* What the table's own rules refuse does not stand there. */
static void put(size_t i, unsigned as, struct view v)
{
	sqlite3_stmt *q = update[i];
	uint64_t number = 0;

	if (i < SEALED && !(as & 1)) {
		struct place at;
		char what[64];

		snprintf(what, sizeof(what), "%s.%s", columns[i].table, columns[i].column);
		at = store_place(what, columns[i].key, columns[i].n_key);
		if (store_bind_sealed(store, q, 1, &at, v))
			abort();
	} else if (i < SEALED || as % 4 == 0) {
		sqlite3_bind_blob(q, 1, v.p, (int)v.n, SQLITE_TRANSIENT);
	} else if (as % 4 == 1) {
		sqlite3_bind_text(q, 1, (const char *)v.p, (int)v.n, SQLITE_TRANSIENT);
	} else if (as % 4 == 2) {
		memcpy(&number, v.p, v.n < 8 ? v.n : 8);
		sqlite3_bind_int64(q, 1, (sqlite3_int64)number);
	} else {
		sqlite3_bind_null(q, 1);
	}
	sqlite3_step(q);
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

static enum li_err on_dest(void *arg, const struct hm_dest_conf *c, const char *owner)
{
	(void)arg;
	touch_text(c->name, LI_NAME_MAX + 1);
	touch_text(c->host, LI_NAME_MAX + 1);
	touch_text(c->peer_name, LI_NAME_MAX + 1);
	touch(view_str(owner));
	if (c->certificate)
		touch(view_str(c->certificate));
	return LI_OK;
}

static enum li_err on_warrant(void *arg, const struct task *t, const struct warrant *w, const struct li_did *dests)
{
	(void)arg;
	touch_text(t->owner, sizeof(t->owner));
	if (t->n_targets == 0 || t->n_targets > LI_TARGETS_TASK || w->n_dests > LI_DESTS_WARRANT || w->liid.n == 0)
		abort();
	touch(view_of(dests, w->n_dests * sizeof(*dests)));
	return LI_OK;
}

static enum li_err on_context(void *arg, const struct store_context *c)
{
	(void)arg;
	if (c->n_dests > LI_DESTS_WARRANT || c->kind > 1 || c->liid.n == 0)
		abort();
	return LI_OK;
}

static void on_kept(void *arg, enum store_kept kind, uint64_t id, struct view body, enum li_err bad)
{
	(void)arg, (void)kind, (void)id;
	touch(body);
	if (bad && body.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(view_of(data, size));
	struct store_alive a;
	uint8_t hash[32];
	uint64_t count;

	if (!store)
		begin();
	if (store_begin(store) || sqlite3_exec(store->db, "PRAGMA defer_foreign_keys = ON", NULL, NULL, NULL) != SQLITE_OK)
		abort();
	while (rd_left(&r) >= 4) {
		size_t column = rd_u8(&r) % COLUMNS;
		unsigned as = rd_u8(&r);
		size_t n = rd_u16(&r);

		put(column, as, rd_take(&r, n < rd_left(&r) ? n : rd_left(&r)));
	}
	(void)!store_load(store, on_dest, on_warrant, NULL);
	(void)!store_contexts(store, on_context, NULL);
	if (store_kept_all(store, on_kept, NULL) || store_alive(store, &a) || store_audit_head(store, &count, hash))
		abort();
	touch_text(a.boot, sizeof(a.boot));
	store_rollback(store);
	if (size == 0 && (store_load(store, on_dest, on_warrant, NULL) || store_contexts(store, on_context, NULL)))
		abort();
	return 0;
}
