/*
 * test_told.c: what agencies are told of interceptions: each change once, by what each destination wants, under numbers that go on over a
 * restart; what cannot be recorded or finds no room is told later. HO-HI4-001, LI128-208, LI128-209, LI128-210, LI128-211, LI128-212
 */
#include "mediation/told.h"

#include <stdlib.h>
#include <unistd.h>

#include "mediation/clock.h"
#include "test/mediate_life.h"

#define S LI_US_SECOND

static struct life *life_new(bool lost)
{
	struct life *x;

	memset(&noticed, 0, sizeof(noticed));
	x = life_open(NULL);
	mediate_warrants_loaded(x->m, lost);
	mediate_loaded(x->m, true);
	return x;
}

/* In order: what waits for a tick has had it. */
static void life_stop(struct life *x)
{
	mediate_tick(x->m);
	life_end(x);
}

static struct hm_dest_conf dest[2];
static struct conf_warrant cw[3];

static void plain(void)
{
	for (unsigned i = 0; i < 2; i++)
		dest[i] = (struct hm_dest_conf){ .did = { { (uint8_t)(i + 1) } }, .name = i ? "b" : "a", .host = i ? "name.example" : "192.0.2.1",
			.port = 50001, .peer_name = i ? "b" : "a", .hi2 = true, .hi3 = true, .release = 19, .version = 3, .gen_header = 33, .queue = 1 << 20 };
	for (unsigned i = 0; i < 3; i++) {
		cw[i] = (struct conf_warrant){ .liid = { .n = 2, .p = { 'L', (uint8_t)('0' + i) } }, .xid = { { (uint8_t)(8 + i) } }, .n_targets = 1,
			.n_dests = 1, .dest = { { { 1 } }, { { 2 } } }, .hi2 = true, .hi3 = true, .start = T0 - S, .end = T0 + 1000 * S };
		cw[i].target[0] = (struct li_id){ .kind = LI_ID_IMSI, .text = view_str("001010000000001") };
	}
}

static enum li_err order_these(struct life *x, struct conf_warrant *these, size_t n)
{
	int lines[2] = { 1, 2 };
	struct conf_warrants doc = { .file = (char *)(uintptr_t)"test", .n_dests = 2, .dest = dest, .dest_line = lines, .n_warrants = n, .warrant = these };

	return warrants_apply(x->ws, &doc, WARRANTS_REPLACE, WARRANT_OWNER_FILE, "test", NULL, NULL, NULL);
}

/* The first n of cw become all that the file has. */
static enum li_err order(struct life *x, size_t n)
{
	return order_these(x, cw, n);
}

static unsigned hi4_type(const struct noticed *x)
{
	/* A7 L A1 L 81 L oid A2 L A1 L 81 01 TYPE */
	const uint8_t *p = memmem(x->octets, x->n, "\x81\x01", 2);

	return p ? p[2] : 0;
}

/* What was told since the last look: "1:L0 hi4.1#0 ", by destination, LIID, kind (of HI4 and HI1 with its type) and number. */
static const char *news(void)
{
	static char text[2048];
	static const char *const kinds[] = { [HM_NOTICE_TEST] = "test", [HM_NOTICE_CIN_RESET] = "reset" };
	size_t n = 0;

	text[0] = 0;
	for (size_t i = 0; i < noticed.n && i < 256; i++) {
		const struct noticed *x = &noticed.at[i];
		char what[16];
		unsigned type = 0;

		if (x->kind == HM_NOTICE_PAYLOAD && x->octets[0] == 0xa7) {
			type = hi4_type(x);
		} else if (x->kind == HM_NOTICE_PAYLOAD) {
			type = x->octets[2] & 31u;
		}
		if (x->kind == HM_NOTICE_PAYLOAD)
			snprintf(what, sizeof(what), "%s.%u", x->octets[0] == 0xa7 ? "hi4" : x->octets[0] == 0xa3 ? "hi1" : "3gpp", type);
		else
			snprintf(what, sizeof(what), "%s", kinds[x->kind]);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%u:%.*s %s#%u ", x->did.b[0], (int)x->liid.n, (const char *)x->liid.p, what, x->number);
	}
	noticed.n = 0;
	return text;
}

/* The last notice's member of that tag (80 + 4: start …), as text. */
static const char *member(uint8_t tag)
{
	static char text[32];
	const struct noticed *x = &noticed.at[noticed.n - 1];
	const uint8_t head[2] = { tag, 0x0f };
	const uint8_t *p = noticed.n ? memmem(x->octets, x->n, head, 2) : NULL;

	snprintf(text, sizeof(text), "%.15s", p ? (const char *)p + 2 : "none");
	return text;
}

static void each_change_once(void)
{
	struct life *x;

	begin();
	plain();
	x = life_new(false);
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "");			/* its time has not come: the clock stands before everything */
	pass(x, T0 + 1 * S);
	CU_ASSERT_STRING_EQUAL(member(0x84), "20260101000000Z");	/* when this process began */
	CU_ASSERT_STRING_EQUAL(member(0x85), "20260101001640Z");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.1#0 ");
	/* the same once more is nothing */
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "");
	/* the end alone: LI128-210 */
	cw[0].end = T0 + 900 * S;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(member(0x85), "20260101001500Z");
	CU_ASSERT_STRING_EQUAL(member(0x84), "none");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.3#1 ");
	/* a destination more: an activation there, nothing here */
	cw[0].n_dests = 2;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "2:L0 hi4.1#0 ");
	/* and away again */
	cw[0].n_dests = 1;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "2:L0 hi4.2#1 ");
	/* where it is reached */
	dest[0].port = 50002;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.3#2 ");
	/* of somebody else: the same order, in a document that ends and begins it */
	cw[0].target[0].text = view_str("001010000000002");
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.3#3 ");
	/* under another country's law it is another */
	cw[0].has_auth_country = true;
	cw[0].auth_country = (struct li_country){ "NL" };
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.2#4 1:L0 hi4.1#5 ");
	/* suspended: LI128-211; and resumed: LI128-212 */
	cw[0].suspended = true;
	clock_is += S;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(member(0x84), "none");
	CU_ASSERT_STRING_EQUAL(member(0x85), "20260101000002Z");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.2#6 ");
	cw[0].suspended = false;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.1#7 ");
	/* postponed while in force: it is over, until then */
	cw[0].start = T0 + 100 * S;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.2#8 ");
	pass(x, T0 + 100 * S);
	CU_ASSERT_STRING_EQUAL(member(0x84), "20260101000140Z");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.1#9 ");
	/* its window closes: at its end, and not when that is seen */
	pass(x, T0 + 950 * S);
	CU_ASSERT_STRING_EQUAL(member(0x85), "20260101001500Z");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.2#10 ");
	CU_ASSERT_EQUAL(order(x, 0), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "");			/* it was over */
	life_stop(x);
	end();
}

static void over_a_restart(void)
{
	struct life *x;

	begin();
	plain();
	cw[1].end = T0 + 50 * S;
	x = life_new(false);
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	pass(x, T0 + 1 * S);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.1#0 1:L1 hi4.1#0 ");
	life_stop(x);
	/* what goes on is not told again; whose window closed meanwhile is over since then */
	clock_is = T0 + 60 * S;
	x = life_new(false);
	CU_ASSERT_STRING_EQUAL(news(), "");
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	pass(x, T0 + 61 * S);
	CU_ASSERT_STRING_EQUAL(member(0x85), "20260101000050Z");
	CU_ASSERT_STRING_EQUAL(news(), "1:L1 hi4.2#1 ");
	/* the queue is full: it waits, in its order */
	noticed.full = true;
	cw[0].end = T0 + 900 * S;
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	cw[0].end = T0 + 800 * S;
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	mediate_tick(x->m);
	CU_ASSERT_STRING_EQUAL(news(), "");
	/* a kill: the same numbers in the next process, and no others */
	life_end(x);
	x = life_new(false);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.3#1 1:L0 hi4.3#2 ");
	pass(x, T0 + 62 * S);
	mediate_tick(x->m);
	life_stop(x);
	x = life_new(false);
	CU_ASSERT_STRING_EQUAL(news(), "");
	/* no disk: nothing is told; later it is */
	deny_audit = true;
	cw[0].end = T0 + 700 * S;
	CU_ASSERT_NOT_EQUAL(order(x, 2), LI_OK);
	pass(x, T0 + 700 * S);
	deny_audit = false;
	CU_ASSERT_STRING_EQUAL(news(), "");
	deny_audit = true;
	pass(x, T0 + 801 * S);
	CU_ASSERT_STRING_EQUAL(news(), "");
	deny_audit = false;
	mediate_tick(x->m);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.2#3 ");
	life_stop(x);
	end();
}

/* A row that a disk has damaged keeps nobody from starting. */
static void damaged(void)
{
	struct life *x;

	begin();
	plain();
	x = life_new(false);
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	pass(x, T0 + 1 * S);
	(void)news();
	life_stop(x);
	store = store_open(dir, key, false, (char[256]){ 0 }, 256);
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	CU_ASSERT(!store_notice_put(store, STORE_NOTICE, 5000, view_str("x")) && !store_notice_put(store, STORE_TOLD, 5001, view_str("\x01")));
	store_close(store);
	x = life_new(false);
	pass(x, T0 + 2 * S);
	CU_ASSERT_STRING_EQUAL(news(), "");
	CU_ASSERT_EQUAL(order(x, 0), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.2#1 1:L1 hi4.2#1 ");
	life_stop(x);
	end();
}

/* A store of before this was: what is in force in it does not begin now. */
static void from_before(void)
{
	struct life *x;

	begin();
	plain();
	x = life_new(false);
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	pass(x, T0 + 1 * S);
	CU_ASSERT_EQUAL(store_set_number(store, view_str("agencies told"), 0), LI_OK);
	life_stop(x);
	store = store_open(dir, key, false, (char[256]){ 0 }, 256);
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	for (uint64_t id = 1; id < 100; id++)
		CU_ASSERT_EQUAL(store_notice_del(store, id), LI_OK);
	store_close(store);
	x = life_new(false);
	pass(x, T0 + 2 * S);
	CU_ASSERT_STRING_EQUAL(news(), "");
	CU_ASSERT_EQUAL(order(x, 0), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.2#1 ");
	life_stop(x);
	end();
}

static void by_what_is_wanted(void)
{
	struct li_liid l0 = { .n = 2, .p = "L0" };
	struct life *x;
	size_t n;

	begin();
	plain();
	dest[0].hi4 = HM_HI4_NO;
	dest[0].hi1 = HM_HI1_3GPP;
	dest[1].test_pdu = dest[1].cin_reset = true;
	dest[1].hi1 = HM_HI1_ETSI;
	cw[0].n_dests = 2;
	x = life_new(false);
	pass(x, T0 + 1 * S);
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 3gpp.1#0 2:L0 reset#0 2:L0 hi4.1#0 2:L0 hi1.1#0 2:L0 test#0 ");
	cw[0].end--;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 3gpp.3#1 2:L0 hi4.3#1 2:L0 hi1.3#1 ");
	/* by order: once a destination */
	CU_ASSERT(told_order(x->m, TOLD_TEST, &l0, NULL, NULL, "test", &n) == LI_OK && n == 2);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 test#0 2:L0 test#0 ");
	CU_ASSERT(told_order(x->m, TOLD_TEST, &l0, &(struct li_xid){ { 77 } }, NULL, "test", &n) == LI_ENOTFOUND && n == 0);
	CU_ASSERT(told_order(x->m, TOLD_RESET, &l0, NULL, NULL, "test", &n) == LI_OK && n == 2);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 reset#0 2:L0 reset#0 ");
	cw[0].end--;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 3gpp.3#0 2:L0 hi4.3#0 2:L0 hi1.3#0 ");	/* HO-SEQ-010 */
	/* a second task of the LIID while the first runs: its numbers go on */
	cw[1].liid = cw[0].liid;
	cw[1].n_dests = 2;
	cw[1].target[0].text = view_str("001010000000003");
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 3gpp.3#1 2:L0 hi4.3#1 2:L0 hi1.3#1 ");	/* to the agency it is one interception */
	cw[0].suspended = cw[1].suspended = true;
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 3gpp.3#2 2:L0 hi4.3#2 2:L0 hi1.3#2 1:L0 3gpp.2#3 2:L0 hi4.2#3 2:L0 hi1.2#3 ");
	CU_ASSERT(told_order(x->m, TOLD_TEST, &l0, NULL, NULL, "test", &n) == LI_ESTATE && n == 0);
	/* messages that nobody wants */
	dest[0].messages = dest[1].messages = HM_MESSAGES_NONE;
	cw[0].suspended = false;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	(void)news();
	CU_ASSERT(told_order(x->m, TOLD_MESSAGE_INFO, &l0, NULL, "x", "test", &n) == LI_EUSE && n == 0);
	life_stop(x);
	/* a lost store: first of all, and once a destination */
	end();
	begin();
	plain();
	x = life_new(true);
	pass(x, T0 + 1 * S);
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "1:- reset#0 2:- reset#0 1:L0 hi4.1#0 ");
	life_stop(x);
	x = life_new(false);
	CU_ASSERT_STRING_EQUAL(news(), "");
	life_stop(x);
	end();
}

static const char *last_said(void)
{
	static char text[sizeof(messages_said)];

	memcpy(text, messages_said, sizeof(text));
	messages_said[0] = 0;
	return text;
}

static void lose(struct life *x, enum li_hi kind, bool damaged, uint64_t ctx, uint32_t from, uint32_t to)
{
	const struct hm_loss l = { .damaged = damaged, .named = true, .ctx = ctx, .liid = { .n = 2, .p = "L0" }, .has_cin = true, .cin = { 7 },
				   .pdus = to - from + 1, .first = from, .last = to };

	mediate_lost(x->m, &dest[0].did, kind, &l);
}

/* What an agency will never get: told at once, then in sums, however much it is. HO-TRI-006 */
static void losses(void)
{
	struct li_liid l0 = { .n = 2, .p = "L0" };
	struct life *x;
	size_t n;

	begin();
	plain();
	dest[0].hi1 = HM_HI1_ETSI;
	takes_messages = true;
	x = life_new(false);
	pass(x, T0 + 1 * S);
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	(void)news();
	lose(x, LI_HI3, false, 5, 10, 19);
	lose(x, LI_HI3, false, 5, 25, 29);
	lose(x, LI_HI2, true, 6, 3, 3);
	mediate_lost(x->m, &dest[0].did, LI_HI3, &(struct hm_loss){ .pdus = 9 });	/* nobody knows whose */
	mediate_tick(x->m);
	CU_ASSERT_STRING_EQUAL(last_said(), "1 L0 1 lost HI3 cin=7 from=10 to=29 records=15: there was no room for them; "
			       "1 L0 1 lost HI2 cin=7 from=3 to=3 records=1: they were damaged on the operator's disk; ");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi1.4#1 1:L0 hi1.4#2 ");
	for (unsigned i = 0; i < 100; i++) {
		lose(x, LI_HI3, false, 5 + i % 2, 100 + i, 100 + i);
		clock_is += S / 2;
		mediate_tick(x->m);
	}
	CU_ASSERT_STRING_EQUAL(last_said(), "");
	clock_is += 20 * S;
	mediate_tick(x->m);
	CU_ASSERT_STRING_EQUAL(last_said(), "1 L0 1 lost HI3 records=100: there was no room for them; ");
	clock_is += 2000 * S;
	mediate_tick(x->m);
	CU_ASSERT_STRING_EQUAL(last_said(), "");
	/* a full queue is where losses come from: it is said when there is room */
	takes_messages = false;
	lose(x, LI_HI2, false, 6, 4, 4);
	mediate_tick(x->m);
	mediate_tick(x->m);
	takes_messages = true;
	mediate_tick(x->m);
	CU_ASSERT_STRING_EQUAL(last_said(), "1 L0 1 lost HI2 cin=7 from=4 to=4 records=1: there was no room for them; ");
	CU_ASSERT(told_order(x->m, TOLD_MESSAGE_INFO, &l0, NULL, "hello", "test", &n) == LI_OK && n == 1);
	CU_ASSERT_STRING_EQUAL(last_said(), "1 L0 2 hello; ");
	/* what network functions sent, and did not arrive; what taps lose concerns nobody without a session there */
	mediate_unreported(x->m, warrants_find(x->ws, &l0, NULL)->task, LI_HI3, 4);
	mediate_unreported(x->m, warrants_find(x->ws, &l0, NULL)->task, LI_HI3, 3);
	mediate_unreported(x->m, warrants_find(x->ws, &l0, NULL)->task, LI_HI2, 0);
	mediate_unseen(x->m);
	mediate_tick(x->m);
	CU_ASSERT_STRING_EQUAL(last_said(), "1 L0 1 missing HI3 reports=7: network functions sent them, and they did not arrive; ");
	told_missing(x->m, warrants_find(x->ws, &l0, NULL), LI_HI3, TOLD_UNSEEN, 1);
	for (unsigned i = 0; i < 20; i++) {
		mediate_tick(x->m);
		told_missing(x->m, warrants_find(x->ws, &l0, NULL), LI_HI3, TOLD_UNSEEN, 1);
		clock_is += 60 * S;
	}
	CU_ASSERT_STRING_EQUAL(last_said(), "1 L0 1 missing HI3: a tap lost packets while sessions were under interception; records may be missing; "
			       "1 L0 1 missing HI3: a tap lost packets while sessions were under interception; records may be missing; ");
	dest[0].messages = HM_MESSAGES_NONE;
	dest[0].hi1 = HM_HI1_NONE;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	(void)news();
	lose(x, LI_HI3, false, 5, 1, 1);
	mediate_tick(x->m);
	CU_ASSERT_STRING_EQUAL(last_said(), "");
	CU_ASSERT_STRING_EQUAL(news(), "");
	life_stop(x);
	takes_messages = false;
	end();
}

/* The same agency's two ends, one for IRI and one for content, are one series to it. */
static void one_agency(void)
{
	struct life *x;

	begin();
	plain();
	dest[0].hi2 = dest[1].hi3 = false;
	dest[1].peer_name = "A";
	cw[0].n_dests = 2;
	cw[1].hi2 = false;
	cw[1].n_dests = 2;
	x = life_new(false);
	pass(x, T0 + 1 * S);
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	CU_ASSERT_STRING_EQUAL(news(), "2:L0 hi4.1#0 1:L1 hi4.1#0 ");
	life_stop(x);
	end();
}

/* The same order under another task's name is neither over nor new to the agency; of two tasks, what stays alone is told whole. */
static void another_task(void)
{
	struct life *x;

	begin();
	plain();
	x = life_new(false);
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	pass(x, T0 + 1 * S);
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.1#0 ");
	cw[0].xid.b[0] ^= 0x40;
	CU_ASSERT_EQUAL(order(x, 1), LI_OK);
	CU_ASSERT_STRING_EQUAL(member(0x85), "20260101001640Z");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.3#1 1:L0 hi4.3#2 ");
	cw[1].liid = cw[0].liid;
	cw[1].target[0].text = view_str("001010000000002");
	cw[1].end = T0 + 900 * S;
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	CU_ASSERT_STRING_EQUAL(member(0x85), "none");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.3#3 ");
	cw[0].suspended = true;
	CU_ASSERT_EQUAL(order(x, 2), LI_OK);
	CU_ASSERT_STRING_EQUAL(member(0x85), "20260101001500Z");
	CU_ASSERT_STRING_EQUAL(news(), "1:L0 hi4.3#4 ");
	life_stop(x);
	end();
}

/*
 * Whatever is ordered, and when: each agency hears of an interception that it begins, changes while it is in force, and ends, under numbers
 * without a gap, and knows in the end what is so. A disk that fails and a queue that is full delay it; a kill says the last over again.
 */
#define HEARD 512

static struct heard {			/* by one agency, of one LIID */
	unsigned n;			/* how many numbers */
	uint8_t type[HEARD];
	unsigned at;			/* the next that may come: less than n after a kill */
	bool any;			/* nothing came since the kill */
} heard[2][3];

static unsigned misheard;

static void hear(void)
{
	misheard += noticed.n > 256;
	for (size_t i = 0; i < noticed.n && i < 256; i++) {
		const struct noticed *x = &noticed.at[i];
		struct heard *h = &heard[x->did.b[0] - 1][x->liid.p[1] - '0'];
		unsigned type = hi4_type(x), before;

		if (h->any && x->number < h->n)
			h->at = x->number;
		h->any = false;
		if (x->number != h->at || h->at == HEARD || (h->at < h->n && h->type[h->at] != type)) {
			misheard++;
			continue;
		}
		before = h->at ? h->type[h->at - 1] : 2;
		misheard += before == 2 ? type != 1 : type != 2 && type != 3;
		h->type[h->at++] = (uint8_t)type;
		h->n = h->at > h->n ? h->at : h->n;
	}
	noticed.n = 0;
}

static void kill_all(struct life **x)
{
	deny_audit = not_passed = true;		/* its end writes nothing more */
	life_end(*x);
	hear();
	deny_audit = not_passed = false;
	for (unsigned i = 0; i < 6; i++) {
		heard[i / 3][i % 3].at = heard[i / 3][i % 3].n;
		heard[i / 3][i % 3].any = true;
	}
	*x = life_new(false);
	pass(*x, clock_is);
	hear();
}

static void anything(uint64_t *seed)
{
	struct conf_warrant *w = &cw[unit_rand(seed) % 3];

	switch (unit_rand(seed) % 9) {
	case 0: w->suspended = !w->suspended; break;
	case 1: w->start = clock_is + ((li_us)(unit_rand(seed) % 40) - 20) * S; break;
	case 2: w->end = clock_is + (li_us)(unit_rand(seed) % 200) * S; break;
	case 3: w->n_dests = 1 + unit_rand(seed) % 2; break;
	case 4: w->dest[0].b[0] ^= 3; w->dest[1].b[0] ^= 3; break;
	case 5: w->xid.b[0] ^= 0x40; break;
	case 6: if (w != &cw[2]) w->target[0].text = view_str(unit_rand(seed) % 2 ? "001010000000001" : "001010000000002"); break;
	case 7: cw[2].liid.p[1] ^= '0' ^ '2'; break;		/* two tasks of one LIID are one interception to the agency */
	default: dest[unit_rand(seed) % 2].port ^= 1; break;
	}
	if (w->end <= w->start)
		w->end = w->start + S;
}

/* The orders that hold. */
static struct { struct conf_warrant w[3]; size_t n; } held;

static void order_some(struct life *x, uint64_t *seed)
{
	struct conf_warrant some[3];
	size_t n = 0;

	for (unsigned i = 0; i < 3; i++)
		if (unit_rand(seed) % 8)
			some[n++] = cw[i];
	if (order_these(x, some, n))
		return;
	memcpy(held.w, some, sizeof(some));
	held.n = n;
}

static bool is_so(unsigned did, unsigned liid)
{
	for (size_t i = 0; i < held.n; i++) {
		const struct conf_warrant *w = &held.w[i];

		if (w->liid.p[1] != '0' + liid || w->suspended || w->start > clock_is || clock_is >= w->end)
			continue;
		if (w->dest[0].b[0] == did || (w->n_dests == 2 && w->dest[1].b[0] == did))
			return true;
	}
	return false;
}

static unsigned unknown(void)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < 6; i++) {
		const struct heard *h = &heard[i / 3][i % 3];

		bad += is_so(i / 3 + 1, i % 3) != (h->n && h->type[h->n - 1] != 2);
	}
	return bad;
}

static void whatever_comes(void)
{
	for (unsigned round = 0; round < unit_rounds(10); round++) {
		uint64_t seed = round * 37 + 11;
		struct life *x;

		begin();
		plain();
		cw[2].target[0].text = view_str("001010000000003");
		memset(heard, 0, sizeof(heard));
		memset(&held, 0, sizeof(held));
		misheard = 0;
		x = life_new(false);
		pass(x, T0);
		for (unsigned step = 0; step < 60; step++) {
			noticed.full = unit_rand(&seed) % 4 == 0;
			deny_audit = unit_rand(&seed) % 4 == 0;
			not_passed = unit_rand(&seed) % 2;
			for (unsigned k = unit_rand(&seed) % 4; k; k--)
				anything(&seed);
			order_some(x, &seed);
			hear();
			if (unit_rand(&seed) % 2)
				pass(x, clock_is + (li_us)(unit_rand(&seed) % 20) * S);
			hear();
			if (unit_rand(&seed) % 6 == 0)
				kill_all(&x);
			deny_audit = false;
			if (unit_rand(&seed) % 3)
				continue;
			noticed.full = false;
			pass(x, clock_is);
			mediate_tick(x->m);
			hear();
			if (unknown() || misheard)
				fprintf(stderr, "round %u, step %u: %u unknown, %u misheard\n", round, step, unknown(), misheard);
			CU_ASSERT_EQUAL_FATAL(unknown(), 0);
			CU_ASSERT_EQUAL_FATAL(misheard, 0);
		}
		not_passed = false;
		life_stop(x);
		end();
	}
}

UNIT_MAIN("told", UNIT(each_change_once), UNIT(over_a_restart), UNIT(damaged), UNIT(from_before), UNIT(by_what_is_wanted), UNIT(losses), UNIT(one_agency),
	  UNIT(another_task), UNIT(whatever_comes))
