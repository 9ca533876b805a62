/* test_x1_heard.c: what is heard of an ADMF and for how long it was silent, over restarts, too; what it is told until it has answered. */
#include "test/x1_server_rig.h"

/* So many seconds in which nothing is heard. */
static void pass(li_us seconds)
{
	x->space[0].heard_steady -= seconds * LI_US_SECOND;
	x->space[0].heard_kept -= seconds * LI_US_SECOND;
}

/* X1-KA-003, X1-KA-007: a silent ADMF's tasks end; by what is heard of it only. Its destinations stay. */
static void silence(void)
{
	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	pass(3000);
	asked.peer.uid[0] = 0;
	CU_ASSERT_TRUE(is_error(ask("Ping", ""), "1030"));
	asked.peer.uid[0] = 'A';
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	pass(601);
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), "");
	CU_ASSERT_EQUAL(told("\"type\":\"FaultReport\",\"code\":\"9050\"", "TIME_P2"), 1);
	x1_look(x);
	CU_ASSERT_EQUAL(told("\"code\":\"9050\"", ""), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("ListAllDetails", ""), D1));
	CU_ASSERT_EQUAL(told("\"type\":\"FaultCleared\"", "heard again"), 1);
	end();
}

/* X1-KA-003: for how long an ADMF was silent when nobody looked; of what is known the longest, and no clock's word that was set back. */
static void silent_for(void)
{
	static const struct { struct store_heard h; li_us wall, steady; const char *boot; li_us is; bool sure; } v[] = {
		{ { 1000, 50, 0, "b" }, 9000, 70, "b", 20, true },	/* the clock does not matter: set forward, set back */
		{ { 1000, 50, 0, "b" }, 500, 70, "b", 20, true },
		{ { 1000, 50, 7, "b" }, 1300, 70, "c", 300, true },	/* another start of the machine */
		{ { 1000, 50, 7, "b" }, 1030, 70, "c", 70, true },	/* it runs for longer than the clock has it */
		{ { 1000, 50, 7, "b" }, 900, 70, "c", 70, false },
		{ { 1000, 50, 90, "b" }, 900, 70, "c", 90, false },	/* counted before */
		{ { 1000, 50, 7, "" }, 900, 70, "c", 7, false },		/* a start that is not known */
		{ { 1000, 50, 7, "b" }, 900, 70, "", 7, false },
		{ { 1000, 80, 7, "b" }, 1100, 70, "b", 100, true },	/* not this start, whatever it says */
		{ { 0, 50, 7, "" }, 900, 70, "c", 7, false } };		/* never heard */

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		bool sure = !v[i].sure;

		CU_ASSERT_EQUAL(x1_silent_for(&v[i].h, v[i].wall, v[i].steady, v[i].boot, &sure), v[i].is);
		CU_ASSERT_EQUAL(sure, v[i].sure);
	}
}

/* As if the machine had been started anew meanwhile, with a clock an hour behind. */
static void lose_the_time(void)
{
	struct store_heard h;

	x1_heard_save(x, &x->space[0]);
	CU_ASSERT_EQUAL(store_x1_heard(store, "ADMF-1", &h), LI_OK);
	CU_ASSERT(h.silence >= 0 && strcmp(h.boot, x->boot) == 0);
	h.wall += 3600 * LI_US_SECOND;
	h.boot[0] = 0;
	x->space[0].heard = 0;		/* so that closing does not save it again */
	CU_ASSERT_EQUAL(store_x1_set_heard(store, "ADMF-1", &h), LI_OK);
	close_x1();
	open_x1();
}

/* X1-KA-003 over restarts: with the same start of the machine to the second, whatever the clock; else at most TIME_P2 of counting. */
static void silence_over_restarts(void)
{
	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	pass(500);
	clock_shift = -3600 * LI_US_SECOND;
	close_x1();
	open_x1();
	CU_ASSERT_TRUE(clock_steady() - x->space[0].heard_steady >= 500 * LI_US_SECOND);	/* not anew */
	clock_shift = 0;
	for (int i = 0; i < 3; i++) {
		pass(1000);
		x1_look(x);
		lose_the_time();
	}
	CU_ASSERT_TRUE(clock_steady() - x->space[0].heard_steady >= 3500 * LI_US_SECOND);
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	pass(100);
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), "");
	end();
}

static size_t waiting(void)
{
	struct x1_admf_state s;

	x1_admf(x, 0, &s);
	return s.reports_waiting;
}

static uint64_t given_up(void)
{
	struct x1_stats s;

	x1_stats(x, &s);
	return s.reports_failed;
}

/* X1-REP-008 over a restart: what an ADMF has not answered is still to be told; the oldest goes where there are too many. */
static void reports_kept(void)
{
	uint8_t xid[16] = { 7 };

	begin();
	close_x1();
	x1conf.admf[0].url = (char *)(uintptr_t)"https://127.0.0.1:9/";
	open_x1();
	x1_report_task(x, &x->space[0], xid, X1_NON_TERMINATING_FAULT, X1_E_FAULT, "records were lost");
	x1_report_dest(x, &x->space[0], xid, X1_ALL_CLEAR, X1_E_CLEARED, "delivery goes on");
	x1_report_ne(x, NULL, X1_NE_FAULT_REPORT, X1_E_NO_KEEPALIVES, "nothing was heard");
	CU_ASSERT_EQUAL(waiting(), 3);
	close_x1();
	open_x1();
	CU_ASSERT_EQUAL(waiting(), 3);
	for (unsigned i = 0; i < X1_REPORTS_MAX; i++)
		x1_report_task(x, &x->space[0], xid, X1_ALL_CLEAR, X1_E_CLEARED, "");
	CU_ASSERT_EQUAL(waiting(), X1_REPORTS_MAX);
	close_x1();
	open_x1();
	CU_ASSERT_EQUAL(waiting(), X1_REPORTS_MAX);
	CU_ASSERT_EQUAL(given_up(), 0);
	close_x1();
	x1conf.admf[0].url = NULL;		/* nobody is told any more */
	open_x1();
	CU_ASSERT_EQUAL(given_up(), X1_REPORTS_MAX);
	close_x1();
	x1conf.admf[0].url = (char *)(uintptr_t)"https://127.0.0.1:9/";
	open_x1();
	CU_ASSERT(waiting() == 0 && given_up() == 0);
	x1_report_task(x, &x->space[0], xid, X1_ALL_CLEAR, X1_E_CLEARED, "");
	x1_forget(x);
	CU_ASSERT_EQUAL(waiting(), 1);		/* that the store is empty */
	end();
}

/* As stored, and back: nothing but what the three messages have. */
static void report_forms(void)
{
	static const struct { enum x1_type type; struct x1_report r; } v[] = {
		{ X1_REPORT_TASK_ISSUE, { .id = { 1, 2, 3 }, .type = X1_IMPLICIT_DEACTIVATION, .issue = { .code = 9000 } } },
		{ X1_REPORT_DESTINATION_ISSUE, { .id = { [15] = 9 }, .type = X1_ALL_CLEAR, .issue = { .code = 9020 } } },
		{ X1_REPORT_NE_ISSUE, { .ne_type = X1_NE_ALERT, .issue = { .code = 10000 } } } };
	enum x1_type type;
	struct x1_report got;
	struct buf b;

	for (size_t i = 0; i < 3; i++) {
		struct x1_report r = v[i].r;

		r.issue.text = view_str("why");
		buf_init(&b, 0);
		CU_ASSERT_EQUAL_FATAL(x1_report_form(v[i].type, &r, &b), LI_OK);
		for (size_t n = 0; n < b.n - 3; n++)
			CU_ASSERT_EQUAL(x1_report_of(view_of(b.p, n), &type, &got), LI_EFORMAT);
		CU_ASSERT_EQUAL(x1_report_of(buf_view(&b), &type, &got), LI_OK);
		CU_ASSERT(type == v[i].type && got.type == r.type && got.ne_type == r.ne_type && got.issue.code == r.issue.code);
		CU_ASSERT(memcmp(got.id, r.id, 16) == 0 && view_eq(got.issue.text, r.issue.text));
		for (size_t k = 0; k < 3; k++) {
			uint8_t was = b.p[k];

			b.p[k] = 99;
			CU_ASSERT_EQUAL(x1_report_of(buf_view(&b), &type, &got), LI_EFORMAT);
			b.p[k] = was;
		}
		buf_fini(&b);
	}
	buf_init(&b, 0);
	CU_ASSERT_EQUAL(x1_report_form(X1_PING, &v[0].r, &b), LI_EUSE);
	buf_fini(&b);
}

/* X1-KA-003: one that mdfd.yaml does not name any more will not be heard again. */
static void gone(void)
{
	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	close_x1();
	x1conf.admf[0].admf_id = (char *)(uintptr_t)"ADMF-2";
	open_x1();
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);	/* time to put it right */
	x->stranger[0].s.heard_steady -= 3601 * LI_US_SECOND;
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), "");
	close_x1();
	x1conf.admf[0].admf_id = (char *)(uintptr_t)"ADMF-1";
	open_x1();
	CU_ASSERT_TRUE(is_error(ask("GetTaskDetails", "<xId>" X1_1 "</xId>"), "2020"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("ListAllDetails", ""), D1));
	end();
}

UNIT_MAIN("x1_heard", UNIT(silence), UNIT(silent_for), UNIT(silence_over_restarts), UNIT(reports_kept), UNIT(report_forms), UNIT(gone), UNIT(clean_up))
