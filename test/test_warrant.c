/* test_warrant.c: a change is whole or nothing, owners stay apart, all targets match. */
#include "test/warrant_rig.h"

static void reload(void)
{
	struct warrants *ws = fresh();

	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID1, "1", "10", "20") W("B", XID1, DID2, "1", "10", "20")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(destination-add a) (destination-add b) (warrant-add A) (warrant-add B) +a +b +A +B ");
	/* the same again touches nothing, in any order */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D2 D1 "warrants:\n" W("B", XID1, DID2, "1", "10", "20") W("A", XID1, DID1, "1", "10", "20")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "");
	/* the window changes; one is gone */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID1, "1", "10", "30")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end B) (warrant-change A) -B ~A:30<20 ");
	/* another target is another warrant; a destination moves, one goes */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n  - {did: " DID1 ", name: a, address: \"h:9\", peer_name: p}\nwarrants:\n"
			      W("A", XID1, DID1, "2", "10", "30")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(destination-change a) (warrant-end A) (warrant-add A) (destination-remove b) ~a:9<1 -A +A -b ");
	CU_ASSERT_EQUAL(warrants_count(ws), 1);
	/* another country: the numbers' contexts are other */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n  - {did: " DID1 ", name: a, address: \"h:9\", peer_name: p}\nwarrants: []\n"), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end A) -A ");
	CU_ASSERT_EQUAL(apply(ws, "warrants: []\n"), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(destination-remove a) -a ");
	warrants_free(ws);
}

static struct li_xid xid(const char *uuid)
{
	struct li_xid x = { { 0 } };

	CU_ASSERT_EQUAL(li_uuid_read(uuid, x.b), LI_OK);
	return x;
}

/* Not audited, or in conflict: nothing at all has changed. */
static void nothing_by_halves(void)
{
	struct warrants *ws = fresh();

	lg.deny_audit = true;
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20")), LI_EIO);
	CU_ASSERT(warrants_count(ws) == 0 && lg.acts == 1 && lg.begun == 0);
	lg.deny_audit = false;
	lg.deny_end = true;
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20")), LI_EIO);
	CU_ASSERT_EQUAL(warrants_count(ws), 0);
	lg.deny_end = false;
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20")), LI_OK);
	lg.deny_audit = true;
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D2 "warrants:\n" W("B", XID2, DID2, "1", "10", "20")), LI_EIO);
	lg.deny_audit = false;
	CU_ASSERT(warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL) != NULL && warrants_count(ws) == 1);
	warrants_free(ws);
}

static void owners(void)
{
	struct warrants *ws = fresh();
	struct li_liid a = name("A"), c = name("C");
	struct li_did did;

	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20")), LI_OK);
	/* mdfctl may not take the file's LIID, XID, DID or a destination's name */
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("A", XID2, DID1, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml:2: liid: belongs to a warrant of another owner"));
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("C", XID1, DID1, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml:2: xid: belongs to another owner"));
	CU_ASSERT_EQUAL(apply_as(ws, "destinations:\n" D1, WARRANTS_ADD, WARRANT_OWNER_CTL), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml:2: did: belongs to another owner"));
	CU_ASSERT_EQUAL(apply_as(ws, "destinations:\n  - {did: " DID2 ", name: a, address: \"h:2\", peer_name: p}\n", WARRANTS_ADD,
				 WARRANT_OWNER_CTL), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml:2: name: is another destination's"));
	/* it may add its own, to the file's destination */
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("C", XID2, DID1, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-add C) +C ");
	/* which the file then may not drop */
	CU_ASSERT_EQUAL(apply(ws, "warrants: []\n"), LI_ECONFIG);
	CU_ASSERT(said(&sd, "used by another owner's warrant"));
	CU_ASSERT_EQUAL(warrants_count(ws), 2);
	/* a reload of the file leaves mdfctl's alone */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants: []\n"), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end A) -A ");
	CU_ASSERT_EQUAL(warrants_end(ws, &a, NULL, WARRANT_OWNER_CTL, "test", false), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(warrants_end(ws, &c, NULL, WARRANT_OWNER_FILE, "test", false), LI_ESTATE);
	CU_ASSERT_EQUAL(li_uuid_read(DID1, did.b), LI_OK);
	CU_ASSERT_EQUAL(warrants_dest_remove(ws, &did, WARRANT_OWNER_CTL, "test"), LI_ESTATE);
	CU_ASSERT_EQUAL(warrants_dest_remove(ws, &did, WARRANT_OWNER_FILE, "test"), LI_EBUSY);
	lg.text[0] = 0;
	CU_ASSERT_EQUAL(warrants_end(ws, &c, NULL, WARRANT_OWNER_CTL, "test", false), LI_OK);
	CU_ASSERT_EQUAL(warrants_dest_remove(ws, &did, WARRANT_OWNER_FILE, "test"), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end C) -C (destination-remove a) -a ");
	CU_ASSERT_EQUAL(warrants_dest_remove(ws, &did, WARRANT_OWNER_FILE, "test"), LI_ENOTFOUND);
	warrants_free(ws);
}

/* Adding leaves the rest; a LIID that is there changes; another warrant of one's own holds its task's targets. */
static void adding(void)
{
	struct warrants *ws = fresh();

	CU_ASSERT_EQUAL(apply_as(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_OK);
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("B", XID1, DID1, "2", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml:2: xid: is that of a warrant whose targets are other"));
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("B", XID1, DID1, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_OK);
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("A", XID1, DID1, "1", "10", "40"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-change A) ~A:40<20 ");
	CU_ASSERT_PTR_EQUAL(warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->task, warrants_find(ws, &(struct li_liid){ 1, "B" }, NULL)->task);
	warrants_free(ws);
}

#define XID3 "29f28e1c-f230-486a-a860-f5a784ab9174"

/* As many destinations as there may be are read again, and changed; one more is refused. */
static void most_dests(void)
{
	struct warrants *ws = warrants_new(NULL, &ops, &lg);
	static char text[LI_DESTS_MAX * 100 + 100];
	size_t n = (size_t)sprintf(text, "destinations:\n");

	for (unsigned i = 0; i < LI_DESTS_MAX; i++)
		n += (size_t)sprintf(text + n, "  - {did: 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f%04x, name: n%u, address: \"h:1\", peer_name: p}\n", i, i);
	CU_ASSERT_EQUAL(apply(ws, text), LI_OK);
	CU_ASSERT_EQUAL(apply(ws, text), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "");
	memcpy(strstr(text, "h:1"), "h:2", 3);
	CU_ASSERT_EQUAL(apply(ws, text), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(destination-change n0) ~n0:2<1 ");
	CU_ASSERT_EQUAL(apply_as(ws, "destinations:\n" D1, WARRANTS_ADD, WARRANT_OWNER_CTL), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml: destinations: too many"));
	warrants_free(ws);
}

static void count_one(void *arg, struct warrant *w)
{
	CU_ASSERT_PTR_NOT_NULL(w);
	++*(size_t *)arg;
}

/* One LIID in several tasks of one owner, each with targets, window and destinations of its own: each changes and ends by itself, all of
 * them end together. */
static void tasks_of_a_liid(void)
{
	struct warrants *ws = fresh();
	struct li_liid a = name("A");
	struct li_xid one = xid(XID1), two = xid(XID2), three = xid(XID3);
	const struct warrant *first, *second;
	char text[LI_TASKS_LIID * 256] = "warrants:\n";
	uint64_t handle;
	size_t n = 0;

	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID1, "1", "10", "20") W("A", XID2, DID2, "2", "15", "40")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(destination-add a) (destination-add b) (warrant-add A) (warrant-add A) +a +b +A +A ");
	first = warrants_find(ws, &a, &one);
	second = warrants_find(ws, &a, &two);
	CU_ASSERT_FATAL(first && second && first != second && !warrants_find(ws, &a, &three));
	CU_ASSERT(first->dest[0] != second->dest[0] && first->start == AT(10) && second->end == AT(40));
	CU_ASSERT_PTR_EQUAL(warrants_find_handle(ws, &a, second->handle), second);
	CU_ASSERT_PTR_NULL(warrants_find_handle(ws, &a, second->handle + 1));
	warrants_of_liid(ws, &a, count_one, &n);
	CU_ASSERT_EQUAL(n, 2);
	/* one changes, the other is not touched; a third comes, and one goes */
	handle = second->handle;
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID1, DID1, "1", "10", "30") W("A", XID2, DID2, "2", "15", "40")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-change A) ~A:30<20 ");
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID2, DID2, "2", "15", "40") W("A", XID3, DID1, "3", "10", "30")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end A) (warrant-add A) -A +A ");
	CU_ASSERT(!warrants_find(ws, &a, &one) && warrants_find(ws, &a, &two)->handle == handle && warrants_find(ws, &a, &three));
	/* HO-PSH-004: nobody else may have the LIID, whatever the task */
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("A", XID1, DID1, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml:2: liid: belongs to a warrant of another owner") && sd.n == 1);
	/* one order is of one law */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n" W("A", XID2, DID2, "2", "15", "40")
		"  - {liid: A, xid: " XID3 ", authorization_country: NL, delivery: HI2Only, start: 2026-01-01T00:00:10Z, end: never, "
		"targets: [{imsi: \"001010000000003\"}], destinations: [" DID1 "]}\n"), LI_ECONFIG);
	CU_ASSERT(said(&sd, "authorization_country: is other than in another task of the liid"));
	CU_ASSERT_EQUAL(warrants_end(ws, &a, &one, WARRANT_OWNER_FILE, "test", false), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(warrants_end(ws, &a, NULL, WARRANT_OWNER_CTL, "test", false), LI_ESTATE);
	lg.text[0] = 0;
	CU_ASSERT_EQUAL(warrants_end(ws, &a, &three, WARRANT_OWNER_FILE, "test", false), LI_OK);
	CU_ASSERT(warrants_count(ws) == 1 && warrants_find(ws, &a, NULL)->handle == handle);
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("A", XID1, DID1, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_FILE), LI_OK);
	lg.acts = 0;
	CU_ASSERT_EQUAL(warrants_end(ws, &a, NULL, WARRANT_OWNER_FILE, "test", false), LI_OK);
	CU_ASSERT(warrants_count(ws) == 0 && lg.acts == 2 && !warrants_find(ws, &a, NULL));
	/* a bound: what is held against each other is not without end */
	for (unsigned i = 0; i < LI_TASKS_LIID; i++)
		sprintf(text + strlen(text), "  - {liid: A, xid: 29f28e1c-f230-486a-a860-f5a784ab91%02x, delivery: HI2Only, start: 2026-01-01T00:00:10Z, end: never, "
			"targets: [{imsi: \"0010100000001%02u\"}], destinations: [" DID1 "]}\n", i + 1, i);
	CU_ASSERT_EQUAL(apply_as(ws, text, WARRANTS_ADD, WARRANT_OWNER_FILE), LI_OK);
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" W("A", "29f28e1c-f230-486a-a860-f5a784ab91ff", DID1, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_FILE), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml:2: liid: is in too many tasks"));
	warrants_free(ws);
}

/* A document with a warrant and more of its keys. */
#define WM(liid, xid, did, imsi, more) "  - {liid: " liid ", xid: " xid ", delivery: HI2andHI3, start: 2026-01-01T00:00:10Z, " \
	"end: 2026-01-01T00:00:20Z, targets: [{imsi: \"00101000000000" imsi "\"}], destinations: [" did "]" more "}\n"
#define PRODUCT(n) ", product_id: 29f28e1c-f230-486a-a860-f5a784ab91" n

static const struct task *by(const struct warrants *ws, const char *uuid)
{
	struct li_xid x = xid(uuid);

	return warrants_by_xid(ws, &x);
}

/* Other services and locations are a change of what runs, not another warrant; the store holds them. */
static void scopes(void)
{
	char *dir = folder_new(), *key = file_in(dir, "state.key", NULL), err[256];
	struct store *s = store_open(dir, key, true, err, sizeof(err));
	struct warrants *ws = warrants_new(s, &ops, &lg);
	struct warrant *a;
	uint64_t handle;
	struct warrant_scope was;

	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" WM("A", XID1, DID1, "1", "")), LI_OK);
	a = warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL);
	handle = a->handle;
	CU_ASSERT(warrant_scope_eq(&a->scope, &(struct warrant_scope){ 0 }));
	advance(ws, AT(12));
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" WM("A", XID1, DID1, "1", ", services: voice, location: none")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-change A) ~A:20<20 ");
	CU_ASSERT(a->handle == handle && a->state == WARRANT_ACTIVE && a->since[0] == AT(10));	/* it goes on */
	CU_ASSERT(warrant_scope_covers(&a->scope, WARRANT_VOICE) && !warrant_scope_covers(&a->scope, WARRANT_DATA));
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" WM("A", XID1, DID1, "1", ", location: none, services: [voice]")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "");
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" WM("A", XID1, DID1, "1", ", location: [uponChange, LALS], location_only: yes, "
			      "suspend_roaming: no, report_digits: no")), LI_OK);
	was = a->scope;
	CU_ASSERT(was.services == 0 && was.location_only && was.no_digits && !was.suspend_roaming);
	warrants_free(ws);
	store_close(s);
	s = store_open(dir, key, false, err, sizeof(err));
	ws = warrants_new(s, &ops, &lg);
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	a = warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL);
	CU_ASSERT(a && warrant_scope_eq(&a->scope, &was));
	warrants_free(ws);
	store_close(s);
	free(key);
	folder_remove(dir);
}

/* X1-MDF-016: a task is found by its XID and by its ProductID, which no two tasks share; changed, added and dropped while it runs. */
static void products(void)
{
	char *dir = folder_new(), *key = file_in(dir, "state.key", NULL), err[256];
	struct store *s = store_open(dir, key, true, err, sizeof(err));
	struct warrants *ws = warrants_new(s, &ops, &lg);
	uint64_t handle;

	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" WM("A", XID1, DID1, "1", PRODUCT("01")) WM("B", XID1, DID1, "1", PRODUCT("01"))), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(destination-add a) (warrant-add A) (warrant-add B) +a +A +B ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(by(ws, XID1));
	CU_ASSERT_PTR_EQUAL(by(ws, XID1), by(ws, "29f28e1c-f230-486a-a860-f5a784ab9101"));
	CU_ASSERT_PTR_NULL(by(ws, XID2));
	handle = warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->handle;
	/* another name, for what runs */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" WM("A", XID1, DID1, "1", PRODUCT("02")) WM("B", XID1, DID1, "1", PRODUCT("02"))), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-change A) (warrant-change B) product:2<1 ~A:20<20 ~B:20<20 ");
	CU_ASSERT(by(ws, "29f28e1c-f230-486a-a860-f5a784ab9102") && !by(ws, "29f28e1c-f230-486a-a860-f5a784ab9101"));
	CU_ASSERT_EQUAL(warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->handle, handle);
	/* nobody else's XID or ProductID, within a document or beside it */
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("C", XID2, DID1, "2", PRODUCT("02")), WARRANTS_ADD, WARRANT_OWNER_FILE), LI_ECONFIG);
	CU_ASSERT(said(&sd, "w.yaml:2: product_id: is another task's already"));
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("C", XID2, DID1, "2", ", product_id: " XID1), WARRANTS_ADD, WARRANT_OWNER_FILE), LI_ECONFIG);
	CU_ASSERT(said(&sd, "product_id: is another task's xid"));
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("C", "29f28e1c-f230-486a-a860-f5a784ab9102", DID1, "2", ""), WARRANTS_ADD, WARRANT_OWNER_FILE), LI_ECONFIG);
	CU_ASSERT(said(&sd, "xid: is another task's product_id"));
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("C", XID2, DID1, "2", PRODUCT("07")) WM("D", "29f28e1c-f230-486a-a860-f5a784ab9105", DID1, "3", PRODUCT("07")),
				 WARRANTS_ADD, WARRANT_OWNER_FILE), LI_ECONFIG);
	CU_ASSERT(said(&sd, "product_id: is given to another task of this document"));
	/* two that come, one that comes and one that stays, two that stay */
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("C", XID2, DID1, "2", PRODUCT("05")) WM("D", "29f28e1c-f230-486a-a860-f5a784ab9105", DID1, "3", ""),
				 WARRANTS_ADD, WARRANT_OWNER_FILE), LI_ECONFIG);
	CU_ASSERT(said(&sd, "xid: is given to another task of this document as its product_id"));
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("E", XID1, DID1, "1", PRODUCT("05")) WM("D", "29f28e1c-f230-486a-a860-f5a784ab9105", DID1, "3", ""),
				 WARRANTS_ADD, WARRANT_OWNER_FILE), LI_ECONFIG);
	CU_ASSERT(said(&sd, "xid: is given to another task of this document as its product_id"));
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("E", XID1, DID1, "1", PRODUCT("07")) WM("C", XID2, DID1, "2", PRODUCT("07")),
				 WARRANTS_ADD, WARRANT_OWNER_FILE), LI_ECONFIG);
	CU_ASSERT(said(&sd, "product_id: is given to another task of this document"));
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("C", XID2, DID1, "2", ", product_id: " XID2), WARRANTS_ADD, WARRANT_OWNER_FILE), LI_OK);	/* its own */
	/* a warrant that joins changes it too */
	CU_ASSERT_EQUAL(apply_as(ws, "warrants:\n" WM("E", XID1, DID1, "1", PRODUCT("03")), WARRANTS_ADD, WARRANT_OWNER_FILE), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-add E) product:3<2 +E ");
	warrants_free(ws);
	store_close(s);
	s = store_open(dir, key, false, err, sizeof(err));
	ws = warrants_new(s, &ops, &lg);
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	CU_ASSERT(by(ws, "29f28e1c-f230-486a-a860-f5a784ab9103") == by(ws, XID1) && by(ws, XID1));
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" WM("A", XID1, DID1, "1", "")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end B) (warrant-end C) (warrant-end E) (warrant-change A) -B -C -E product:0<3 ~A:20<20 ");
	CU_ASSERT(!by(ws, "29f28e1c-f230-486a-a860-f5a784ab9103") && !by(ws, XID2) && by(ws, XID1));
	warrants_free(ws);
	store_close(s);
	free(key);
	folder_remove(dir);
}

static void note_liid(void *arg, struct warrant *w) { note(arg, "%s ", liid(w)); }

static enum li_err keep_with(void *arg, struct store *s)
{
	(void)s;
	return *(enum li_err *)arg;
}

static enum li_err apply_more(struct warrants *ws, const char *text, const struct warrants_more *more)
{
	struct view v = view_str(text);
	struct conf_warrants *f = conf_warrants_load(NULL, "w.yaml", &v, warrants_known, ws, said_add, &sd);
	enum li_err e;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	lg.text[0] = 0;
	sd.n = 0;
	e = warrants_apply_more(ws, f, WARRANTS_ADD, WARRANT_OWNER_CTL, "test", more, NULL, said_add, &sd);
	conf_warrants_free(f);
	return e;
}

/* X1-MDF-005: a task becomes what the document has of it: those that stay are not touched. Destinations go by name, and what else is to
 * be kept is kept with it, or nothing is done. */
static void whole_tasks(void)
{
	char *dir = folder_new(), *key = file_in(dir, "state.key", NULL), err[256];
	struct store *s = store_open(dir, key, true, err, sizeof(err));
	struct warrants *ws = warrants_new(s, &ops, &lg);
	enum li_err keeps = LI_EIO;
	struct li_xid xid;
	struct li_did did;
	struct warrants_more more = { .whole = &xid, .n_whole = 1, .keep = keep_with, .arg = &keeps };

	CU_ASSERT(!li_uuid_read(XID1, xid.b) && !li_uuid_read(DID1, did.b));
	CU_ASSERT_EQUAL(apply_as(ws, "destinations:\n" D1 D2 "warrants:\n" WM("A", XID1, DID1, "1", "") WM("B", XID1, DID1, "1", "")
				 WM("C", XID2, DID1, "2", ""), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_OK);
	CU_ASSERT_EQUAL(apply_more(ws, "warrants:\n" WM("A", XID1, DID1, "1", "") WM("D", XID1, DID2, "1", ""), &more), LI_EIO);
	lg.text[0] = 0;
	warrants_of(by(ws, XID1), note_liid, &lg);
	CU_ASSERT_STRING_EQUAL(lg.text, "A B ");
	keeps = LI_OK;
	CU_ASSERT_EQUAL(apply_more(ws, "warrants:\n" WM("A", XID1, DID1, "1", "") WM("D", XID1, DID2, "1", ""), &more), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end B) (warrant-add D) -B +D ");
	CU_ASSERT_EQUAL(warrants_count(ws), 3);
	CU_ASSERT_EQUAL(apply_more(ws, "warrants: []\n", &more), LI_OK);	/* ends it */
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end A) (warrant-end D) -A -D ");
	CU_ASSERT(!by(ws, XID1) && by(ws, XID2));
	more = (struct warrants_more){ .gone = &did, .n_gone = 1 };
	CU_ASSERT_EQUAL(apply_more(ws, "warrants: []\n", &more), LI_ECONFIG);
	CU_ASSERT(said(&sd, "did: a warrant delivers to it"));
	CU_ASSERT(!li_uuid_read(DID2, did.b));
	CU_ASSERT_EQUAL(apply_more(ws, "warrants: []\n", &more), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(destination-remove b) -b ");
	CU_ASSERT_EQUAL(apply_more(ws, "warrants: []\n", &more), LI_ECONFIG);
	CU_ASSERT(said(&sd, "did: is none of this owner's"));
	warrants_free(ws);
	store_close(s);
	free(key);
	folder_remove(dir);
}

/* -- matching -- */

static void hit(void *arg, struct warrant *w)
{
	strcat(arg, liid(w));
}

static const char *match(struct warrants *ws, const struct li_id *id, size_t n)
{
	static char got[256];

	got[0] = 0;
	warrants_match(ws, &(struct subject){ id, n }, hit, got);
	return got;
}

static void matching(void)
{
	struct warrants *ws = fresh();
	struct li_id id[3] = { { .kind = LI_ID_IMSI, .text = view_str("001010000000001") },
		{ .kind = LI_ID_IMEISV, .text = view_str("3569380356438001") }, { .kind = LI_ID_IPV4, .prefix = 32 } }, two[2];

	CU_ASSERT_EQUAL(li_addr_read("10.1.2.3", &id[2].addr), LI_OK);
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 D2 "warrants:\n"
		W("A", XID1, DID1, "1", "10", "20") W("B", XID1, DID2, "1", "10", "20")		/* two agencies, one task */
		"  - {liid: C, xid: 29f28e1c-f230-486a-a860-f5a784ab9173, delivery: HI2Only, start: 2026-01-01T00:00:00Z, end: never, "
		"targets: [ipv4Cidr: 10.0.0.0/8, imei: \"35693803564380\"], destinations: [" DID1 "]}\n"
		"  - {liid: D, xid: 29f28e1c-f230-486a-a860-f5a784ab9174, delivery: HI2Only, start: 2026-01-01T00:00:00Z, end: never, "
		"targets: [ipv4Cidr: 10.1.0.0/16, ipv4Cidr: 10.0.0.0/8], destinations: [" DID1 "]}\n"), LI_OK);
	CU_ASSERT_STRING_EQUAL(match(ws, id, 1), "AB");
	CU_ASSERT_STRING_EQUAL(match(ws, id + 1, 1), "");	/* C needs the address too */
	CU_ASSERT_STRING_EQUAL(match(ws, id + 2, 1), "D");
	CU_ASSERT_STRING_EQUAL(match(ws, id + 1, 2), "CD");
	CU_ASSERT_STRING_EQUAL(match(ws, id, 3), "ABCD");
	CU_ASSERT_STRING_EQUAL(match(ws, id, 0), "");
	two[0] = two[1] = id[2];
	two[1].addr.b[3]++;
	CU_ASSERT_STRING_EQUAL(match(ws, two, 2), "D");	/* met by both addresses, given once */
	id[0].text = view_str("001010000000002");
	CU_ASSERT_STRING_EQUAL(match(ws, id, 1), "");
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "2", "10", "20")), LI_OK);
	CU_ASSERT_STRING_EQUAL(match(ws, id, 3), "A");
	warrants_free(ws);
}

/* -- the store -- */

static void restart(void)
{
	char *dir = folder_new(), *key = file_in(dir, "state.key", NULL), err[256];
	struct store *s = store_open(dir, key, true, err, sizeof(err));
	struct warrants *ws = warrants_new(s, &ops, &lg);
	uint64_t handle;

	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "20") W("B", XID1, DID1, "1", "10", "20")), LI_OK);
	CU_ASSERT_EQUAL(apply_as(ws, "destinations:\n" D2 "warrants:\n" W("C", XID2, DID2, "1", "10", "20"), WARRANTS_ADD, WARRANT_OWNER_CTL), LI_OK);
	handle = warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->handle;
	warrants_free(ws);
	store_close(s);

	s = store_open(dir, key, false, err, sizeof(err));
	ws = warrants_new(s, &ops, &lg);
	lg.text[0] = 0;
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "+a +b +A +B +C ");	/* known already: not audited again */
	CU_ASSERT_EQUAL(warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->handle, handle);
	CU_ASSERT_PTR_EQUAL(warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->task, warrants_find(ws, &(struct li_liid){ 1, "B" }, NULL)->task);
	/* the file changed while nobody was looking: B is gone, A is longer; mdfctl's stays */
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "1", "10", "30")), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "(warrant-end B) (warrant-change A) -B ~A:30<20 ");
	CU_ASSERT_EQUAL(apply(ws, "destinations:\n" D1 "warrants:\n" W("A", XID1, DID1, "3", "10", "30")), LI_OK);
	CU_ASSERT(warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->handle > handle + 2);	/* never given twice */
	warrants_free(ws);
	store_close(s);

	s = store_open(dir, key, false, err, sizeof(err));
	ws = warrants_new(s, &ops, &lg);
	lg.text[0] = 0;
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	CU_ASSERT_STRING_EQUAL(lg.text, "+a +b +C +A ");
	CU_ASSERT_EQUAL(apply(ws, "warrants: []\n"), LI_OK);
	warrants_free(ws);
	store_close(s);
	free(key);
	folder_remove(dir);
}

/* Random documents from two owners, against a plain table of what should be there; and the store holds the same. */
struct model { bool there; unsigned owner, imsi; li_us end; };

static void model_text(const struct model *m, unsigned owner, char *text)
{
	size_t n = (size_t)sprintf(text, "destinations:\n%swarrants:%s\n", owner ? D2 : D1, "");
	bool any = false;

	for (unsigned i = 0; i < 12; i++) {
		if (!m[i].there || m[i].owner != owner)
			continue;
		any = true;
		n += (size_t)sprintf(text + n, "  - {liid: L%u, xid: 29f28e1c-f230-486a-a860-f5a784ab92%u%u, delivery: HI2Only, "
			"start: 2026-01-01T00:00:00Z, end: 2026-01-01T00:00:%02uZ, targets: [imsi: \"00101000000000%u\"], destinations: [%s]}\n",
			i, owner, m[i].imsi, (unsigned)m[i].end, m[i].imsi, owner ? DID2 : DID1);
	}
	if (!any)
		strcpy(strstr(text, "warrants:"), "warrants: []\n");
}

static unsigned model_wrong(struct warrants *ws, const struct model *m)
{
	unsigned wrong = 0, n = 0;

	for (unsigned i = 0; i < 12; i++) {
		char t[4];
		struct li_liid l;
		struct warrant *w;

		snprintf(t, sizeof(t), "L%u", i);
		l = name(t);
		w = warrants_find(ws, &l, NULL);
		n += m[i].there;
		wrong += (w != NULL) != m[i].there;
		if (!w)
			continue;
		wrong += w->end != AT(m[i].end) || w->task->target[0].text.p[14] != '0' + m[i].imsi;
		wrong += strcmp(w->task->owner, m[i].owner ? "two" : "one") != 0;
	}
	return wrong + (warrants_count(ws) != n);
}

static void random_reloads(void)
{
	for (unsigned round = 0; round < unit_rounds(30); round++) {
		char *dir = folder_new(), *key = file_in(dir, "state.key", NULL), err[256], text[8192];
		struct store *s = store_open(dir, key, true, err, sizeof(err));
		struct warrants *ws = warrants_new(s, NULL, NULL);
		struct model m[12] = { 0 };
		uint64_t seed = round * 17 + 3;

		for (unsigned step = 0; step < 25; step++) {
			unsigned owner = unit_rand(&seed) % 2;

			for (unsigned i = owner * 6; i < owner * 6 + 6; i++)
				if (unit_rand(&seed) % 3 == 0)
					m[i] = (struct model){ unit_rand(&seed) % 4 != 0, owner, (unsigned)(unit_rand(&seed) % 3), 10 + (li_us)(unit_rand(&seed) % 3) };
			model_text(m, owner, text);
			CU_ASSERT_EQUAL(apply_as(ws, text, WARRANTS_REPLACE, owner ? "two" : "one"), LI_OK);
			CU_ASSERT_EQUAL(model_wrong(ws, m), 0);
			if (step % 5 == 4) {
				warrants_free(ws);
				ws = warrants_new(s, NULL, NULL);
				CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
				CU_ASSERT_EQUAL(model_wrong(ws, m), 0);
			}
		}
		warrants_free(ws);
		store_close(s);
		free(key);
		folder_remove(dir);
	}
}

UNIT_MAIN("warrant", UNIT(reload), UNIT(nothing_by_halves), UNIT(owners), UNIT(adding), UNIT(most_dests), UNIT(tasks_of_a_liid), UNIT(scopes), UNIT(products), UNIT(whole_tasks),
	  UNIT(matching), UNIT(restart), UNIT(random_reloads))
