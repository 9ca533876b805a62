/* test_store_x1.c: what the store keeps for X1: what ADMFs sent, what their tasks have delivered, what they are still to be told. */
#include "mediation/warrant/store.h"

#include <sqlite3.h>

#include "test/store_rig.h"

static enum li_err count_x1(void *arg, const char *admf, const struct store_x1_row *r, struct view body)
{
	char *text = arg;

	sprintf(text + strlen(text), "%s.%d.%x:%.*s:%lld,%lld,%llu ", admf, (int)r->kind, r->id[15], (int)body.n, (const char *)body.p,
		(long long)r->created, (long long)r->modified, (unsigned long long)r->modifications);
	return LI_OK;
}

/* What ADMFs sent: under the name of each, sealed, and moved to no other's. */
static void x1_rows(void)
{
	struct store_x1_row r = { .kind = STORE_X1_TASK, .id = { [15] = 1 }, .created = 5, .modified = 7, .modifications = 1 };
	struct store *s;
	char text[512] = "";
	struct view v;
	struct store_heard heard, one = { .wall = 11, .boot = "b" }, two = { 12, 13, 14, "29f28e1c-f230-486a-a860-f5a784ab9172" };
	sqlite3 *d;
	char *path;

	begin();
	s = again(NULL);
	CU_ASSERT(store_x1_put(s, "a", &r, view_str("<one/>")) == LI_OK && store_x1_put(s, "b", &r, view_str("<two/>")) == LI_OK);
	r.kind = STORE_X1_DEST;
	CU_ASSERT_EQUAL(store_x1_put(s, "a", &r, view_str("<dest/>")), LI_OK);
	r = (struct store_x1_row){ .kind = STORE_X1_TASK, .id = { [15] = 1 }, .created = 5, .modified = 9, .modifications = 2 };
	CU_ASSERT_EQUAL(store_x1_put(s, "a", &r, view_str("<three/>")), LI_OK);
	CU_ASSERT_EQUAL(store_x1_heard(s, "a", &heard), LI_ENOTFOUND);
	CU_ASSERT(store_x1_set_heard(s, "a", &one) == LI_OK && store_x1_set_heard(s, "a", &two) == LI_OK);
	s = again(s);
	CU_ASSERT_EQUAL(store_x1_all(s, count_x1, text), LI_OK);
	CU_ASSERT_STRING_EQUAL(text, "a.0.1:<three/>:5,9,2 a.1.1:<dest/>:5,7,1 b.0.1:<two/>:5,7,1 ");
	CU_ASSERT(store_x1_get(s, "b", STORE_X1_TASK, r.id, &v) == LI_OK && view_eq(v, view_str("<two/>")));
	CU_ASSERT_EQUAL(store_x1_get(s, "c", STORE_X1_TASK, r.id, &v), LI_ENOTFOUND);
	CU_ASSERT(store_x1_heard(s, "a", &heard) == LI_OK && heard.wall == 12 && heard.steady == 13 && heard.silence == 14 && strcmp(heard.boot, two.boot) == 0);
	CU_ASSERT(store_x1_del(s, "a", STORE_X1_TASK, r.id) == LI_OK && store_x1_get(s, "a", STORE_X1_TASK, r.id, &v) == LI_ENOTFOUND);
	CU_ASSERT(store_x1_del_all(s, "a", STORE_X1_DEST) == LI_OK && store_x1_get(s, "a", STORE_X1_DEST, r.id, &v) == LI_ENOTFOUND);
	store_close(s);
	path = file_in(dir, "mdfd.db", NULL);	/* given to another ADMF behind our back: its body does not open there */
	CU_ASSERT_FATAL(sqlite3_open(path, &d) == SQLITE_OK);
	CU_ASSERT_FATAL(sqlite3_exec(d, "UPDATE x1_object SET admf = 'a'", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(d);
	free(path);
	s = again(NULL);
	CU_ASSERT_EQUAL(store_x1_get(s, "a", STORE_X1_TASK, r.id, &v), LI_EFORMAT);
	CU_ASSERT_EQUAL(store_x1_all(s, count_x1, text), LI_EFORMAT);
	CU_ASSERT(store_begin(s) == LI_OK && store_forget(s) == LI_OK && store_commit(s) == LI_OK);	/* start_empty */
	CU_ASSERT_EQUAL(store_x1_get(s, "a", STORE_X1_TASK, r.id, &v), LI_ENOTFOUND);
	store_close(s);
	end();
}

static enum li_err count_reports(void *arg, const char *admf, uint64_t id, struct view body)
{
	char *text = arg;

	sprintf(text + strlen(text), "%s.%llu:%.*s ", admf, (unsigned long long)id, (int)body.n, (const char *)body.p);
	return LI_OK;
}

static enum li_err count_amounts(void *arg, const char *admf, const uint8_t xid[16], const struct store_x1_amount *a)
{
	char *text = arg;

	sprintf(text + strlen(text), "%s.%x:%llu,%llu,%lld ", admf, xid[15], (unsigned long long)a->x2, (unsigned long long)a->x3, (long long)a->last);
	return LI_OK;
}

/* What tasks have delivered: it goes with its task. */
static void x1_amounts(void)
{
	struct store_x1_amount one = { 1, 2, 3 }, two = { UINT64_C(5000000000), 0, 9 };
	uint8_t a[16] = { [15] = 1 }, b[16] = { [15] = 2 };
	char text[512] = "";
	struct store *s;

	begin();
	s = again(NULL);
	CU_ASSERT(!store_x1_amount_put(s, "a", a, &one) && !store_x1_amount_put(s, "a", b, &one) && !store_x1_amount_put(s, "b", a, &one) &&
		  !store_x1_amount_put(s, "a", a, &two));
	CU_ASSERT(!store_x1_del(s, "a", STORE_X1_DEST, b) && !store_x1_del_all(s, "b", STORE_X1_OBJECT));
	s = again(s);
	CU_ASSERT_EQUAL(store_x1_amount_all(s, count_amounts, text), LI_OK);
	CU_ASSERT_STRING_EQUAL(text, "a.1:5000000000,0,9 a.2:1,2,3 b.1:1,2,3 ");
	CU_ASSERT(!store_x1_del(s, "a", STORE_X1_TASK, b) && !store_x1_del_all(s, "b", STORE_X1_TASK));
	text[0] = 0;
	CU_ASSERT_EQUAL(store_x1_amount_all(s, count_amounts, text), LI_OK);
	CU_ASSERT_STRING_EQUAL(text, "a.1:5000000000,0,9 ");
	CU_ASSERT(!store_begin(s) && !store_forget(s) && !store_commit(s));
	text[0] = 0;
	CU_ASSERT(!store_x1_amount_all(s, count_amounts, text) && !text[0]);
	store_close(s);
	end();
}

/* What ADMFs are to be told, until they have answered: each its own, in order. */
static void x1_reports(void)
{
	struct store *s;
	char text[512] = "";
	sqlite3 *d;
	char *path;

	begin();
	s = again(NULL);
	CU_ASSERT(store_x1_report_put(s, "b", 7, view_str("two")) == LI_OK && store_x1_report_put(s, "a", 3, view_str("one")) == LI_OK &&
		  store_x1_report_put(s, "a", 9, view_str("three")) == LI_OK && store_x1_report_del(s, 9) == LI_OK);
	CU_ASSERT_NOT_EQUAL(store_x1_report_put(s, "c", 7, view_str("again")), LI_OK);
	s = again(s);
	CU_ASSERT_EQUAL(store_x1_report_all(s, count_reports, text), LI_OK);
	CU_ASSERT_STRING_EQUAL(text, "a.3:one b.7:two ");
	store_close(s);
	path = file_in(dir, "mdfd.db", NULL);	/* given to another behind our back */
	CU_ASSERT_FATAL(sqlite3_open(path, &d) == SQLITE_OK);
	CU_ASSERT_FATAL(sqlite3_exec(d, "UPDATE x1_report SET admf = 'b'", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(d);
	free(path);
	s = again(NULL);
	CU_ASSERT_EQUAL(store_x1_report_all(s, count_reports, text), LI_EFORMAT);
	CU_ASSERT(store_begin(s) == LI_OK && store_forget(s) == LI_OK && store_commit(s) == LI_OK);
	text[0] = 0;
	CU_ASSERT(store_x1_report_all(s, count_reports, text) == LI_OK && !text[0]);
	store_close(s);
	end();
}

UNIT_MAIN("store_x1", UNIT(x1_rows), UNIT(x1_amounts), UNIT(x1_reports))
