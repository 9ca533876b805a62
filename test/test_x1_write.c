/*
 * test_x1_write.c: every answer and report that we write is valid by our own schema and by the published ones, reads back as
 * what was said, and has nothing younger than the version it carries.
 */
#include "mediation/x1/x1_write.h"

#include <time.h>
#include <unistd.h>

#include "test/x1_judge.h"
#include "test/x1_made.h"

static struct x1_reader *reader;
static xmlSchemaPtr judge;

static struct x1_head head(unsigned minor)
{
	struct x1_head h = { view_str("admf-1"), view_str("mdf-1"), INT64_C(1767225600250000), { 1, minor, 1 }, { 0 } };

	CU_ASSERT_EQUAL(li_uuid_read(MADE_TX, h.transaction), LI_OK);
	return h;
}

/* Valid by both, and each message read without an error of its own. */
static struct x1_doc *valid(struct buf *b)
{
	struct x1_doc *d = NULL;
	struct x1_top top;

	CU_ASSERT_EQUAL_FATAL(x1_read(reader, buf_view(b), &d, &top), LI_OK);
	for (size_t i = 0; i < d->n; i++) {
		CU_ASSERT(!d->msg[i].invalid);
		CU_ASSERT_EQUAL(d->msg[i].head.time, INT64_C(1767225600250000));	/* X1-MSG-003 */
		CU_ASSERT(view_eq(d->msg[i].head.admf, view_str("admf-1")) && view_eq(d->msg[i].head.ne, view_str("mdf-1")));	/* X1-MSG-001 */
	}
	if (judge && !judge_valid(judge, buf_view(b), true))
		CU_FAIL("the published schemas refuse what we write");
	return d;
}

static bool has(const struct buf *b, const char *s)
{
	return memmem(b->p, b->n, s, strlen(s));
}

static bool outcome_is_ok(enum x1_type t)
{
	enum { EMPTY, TASK, XID, DEST, DID, OBJECT, OBJECT_ID, OBJECT_TYPE, REPORT, OK, DETAILS };
	static const int answer[X1_TYPES] = {
#define M(id, name, dir, since, clause, req, res) [X1_##id] = res,
#include "mediation/x1/x1_message.tbl"
#undef M
	};

	return answer[t] == OK;
}

/* Every message of the catalogue that is answered with oK, both ways, and every message with an error. */
static void outcomes(void)
{
	for (unsigned t = X1_UNKNOWN + 1; t < X1_TYPES; t++) {
		struct x1_msg m = { .type = t };
		struct x1_head h = head(X1_MINOR);
		struct x1_out o;
		struct x1_doc *d;
		struct buf b;
		size_t n = 0;

		buf_init(&b, 0);
		x1_out_begin(&o, &b, true);
		if (outcome_is_ok(t)) {
			x1_out_ok(&o, &h, t, true);
			x1_out_ok(&o, &h, t, false);
			n = 2;
		}
		x1_out_error(&o, &h, &m, X1_E_SYNTAX, "taskDetails: \"<a>\" & more");
		CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
		d = valid(&b);
		CU_ASSERT_EQUAL_FATAL(d->n, n + 1);	/* X1-MSG-010 */
		CU_ASSERT(d->root == X1_RESPONSE);
		CU_ASSERT(n == 0 || (d->msg[0].u.completed && d->msg[0].type == t && d->msg[1].u.completed == (t == X1_REPORT_NE_ISSUE)));
		CU_ASSERT(d->msg[n].error.code == X1_E_SYNTAX && d->msg[n].type == t);	/* X1-MSG-011 */
		CU_ASSERT(view_eq(d->msg[n].error.text, view_str("taskDetails: \"<a>\" & more")));
		CU_ASSERT(memcmp(d->msg[n].head.transaction, h.transaction, 16) == 0);	/* X1-MSG-002 */
		x1_doc_free(d);
		buf_fini(&b);
	}
}

static void every_code_in_an_error(void)
{
	static const int code[] = {
#define E(code, id, name, older, since, who, when) code,
#include "mediation/x1/x1_error.tbl"
#undef E
	};
	struct x1_head h = head(X1_MINOR);
	struct x1_msg m = { .type = X1_PING };
	struct x1_doc *d;
	struct x1_out o;
	struct buf b;

	buf_init(&b, 0);
	x1_out_begin(&o, &b, true);
	for (size_t i = 0; i < sizeof(code) / sizeof(code[0]); i++) {
		CU_ASSERT(x1_code_name(code[i]) && *x1_code_name(code[i]));
		x1_out_error(&o, &h, &m, code[i], NULL);	/* X1-MSG-012: errorDescription is there, be it empty */
	}
	CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
	d = valid(&b);
	CU_ASSERT_EQUAL_FATAL(d->n, sizeof(code) / sizeof(code[0]));
	for (size_t i = 0; i < d->n; i++)
		CU_ASSERT(d->msg[i].error.code == code[i]);
	CU_ASSERT_PTR_NULL(x1_code_name(8520));
	x1_doc_free(d);
	buf_fini(&b);
}

static void codes_of_later_versions(void)
{
	CU_ASSERT_EQUAL(x1_code_for(X1_E_UNSUPPORTED, (struct x1_version){ 1, 11, 1 }), X1_E_GENERIC);
	CU_ASSERT_EQUAL(x1_code_for(X1_E_UNSUPPORTED, (struct x1_version){ 1, 15, 1 }), X1_E_UNSUPPORTED);
	CU_ASSERT_EQUAL(x1_code_for(X1_E_NO_KEEPALIVES, (struct x1_version){ 1, 11, 1 }), X1_E_FAULT);
	CU_ASSERT_EQUAL(x1_code_for(X1_E_DATABASE_CLEARED, (struct x1_version){ 1, 22, 1 }), X1_E_DATABASE_CLEARED);
	CU_ASSERT_EQUAL(x1_code_for(X1_E_SYNTAX, (struct x1_version){ 1, 0, 0 }), X1_E_SYNTAX);
}

static void an_unknown_request_is_told_by_its_name(void)
{
	static const struct { unsigned minor; bool named; } v[] = { { 22, true }, { 11, false } };

	for (size_t i = 0; i < 2; i++) {
		struct x1_msg m = { .type = X1_UNKNOWN, .type_name = view_str("LocationAcquisition"), .type_3gpp = true };
		struct x1_head h = head(v[i].minor);
		struct x1_out o;
		struct buf b;

		buf_init(&b, 0);
		x1_out_begin(&o, &b, true);
		x1_out_error(&o, &h, &m, X1_E_UNSUPPORTED, "requests of this type are not supported");
		CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
		x1_doc_free(valid(&b));
		CU_ASSERT_EQUAL(has(&b, "<extendedRequestMessageType>LocationAcquisition<"), v[i].named);
		CU_ASSERT(has(&b, v[i].named ? "<errorCode>1080<" : "<errorCode>1000<"));
		CU_ASSERT(has(&b, v[i].named ? "<version>v1.22.1<" : "<version>v1.11.1<"));
		buf_fini(&b);
	}
}

static const struct x1_fault two[] = { { X1_E_FAULT, "no delivery" }, { X1_E_FAULT, "a & b" } };

static void put_task(struct x1_out *o, uint64_t seed, bool published)
{
	struct x1_task_state s = { .provisioning = (enum x1_provisioning)(seed % 3), .has_counts = seed % 2, .last_intercept = seed % 4 == 1 ? LI_US_NEVER : 1767225600000001,
				   .x2 = seed, .x3 = UINT64_MAX, .modified = 1, .modifications = 7 };
	struct buf b;
	struct maker m = { .b = &b, .seed = seed, .release = "r19:v2", .published = published };

	buf_init(&b, 0);
	make_task(&m);
	s.xml = buf_view(&b);
	s.young = 22;
	s.faults = (struct x1_faults){ two, seed % 3 };
	x1_out_task(o, &s);
	buf_fini(&b);
}

static void put_dest(struct x1_out *o, uint64_t seed)
{
	struct x1_dest_state s = { .works = seed % 2, .faults = { two, seed % 3 } };
	struct buf b;
	struct maker m = { .b = &b, .seed = seed };

	buf_init(&b, 0);
	make_dest(&m);
	s.xml = buf_view(&b);
	x1_out_dest(o, &s);
	buf_fini(&b);
}

static void put_object(struct x1_out *o, uint64_t seed)
{
	struct x1_object_state s = { 0 };
	struct buf b;
	struct maker m = { .b = &b, .seed = seed };

	buf_init(&b, 0);
	make_object(&m, "object");
	s.xml = buf_view(&b);
	x1_out_object(o, &s);
	buf_fini(&b);
}

static void put_lists(struct x1_out *o, const struct x1_head *h, enum x1_type t, unsigned n)
{
	uint8_t id[16] = { 0xab };

	x1_out_open(o, h, t);
	if (t == X1_GET_ALL_DETAILS)
		x1_out_ne(o, (struct x1_faults){ two, n % 3 });
	if (t == X1_GET_ALL_DETAILS || t == X1_GET_ALL_TASK_DETAILS) {
		x1_out_list(o, X1_LIST_TASKS);
		for (unsigned i = 0; i < n; i++)
			put_task(o, i + 1, true);
		x1_out_list_end(o);
	}
	if (t == X1_GET_ALL_DETAILS || t == X1_GET_ALL_DESTINATION_DETAILS) {
		x1_out_list(o, X1_LIST_DESTS);
		for (unsigned i = 0; i < n; i++)
			put_dest(o, i + 1);
		x1_out_list_end(o);
	}
	if (t == X1_GET_ALL_DETAILS || t == X1_GET_ALL_OBJECT_DETAILS) {
		x1_out_list(o, X1_LIST_OBJECTS);
		for (unsigned i = 0; i < n; i++)
			put_object(o, i + 1);
		x1_out_list_end(o);
	}
	if (t == X1_LIST_ALL_DETAILS)
		for (unsigned l = X1_LIST_XIDS; l <= X1_LIST_OBJECT_IDS; l++) {
			x1_out_list(o, l);
			for (unsigned i = 0; i < n; i++)
				x1_out_id(o, l, id);
			x1_out_list_end(o);
		}
	if (t == X1_LIST_OBJECTS_OF_TYPE) {
		x1_out_list(o, X1_LIST_OF_TYPE);
		for (unsigned i = 0; i < n; i++)
			x1_out_id(o, X1_LIST_OF_TYPE, id);
		x1_out_list_end(o);
	}
	x1_out_close(o);
}

/* X1-QRY-008: an empty list is no error. */
static void queries(void)
{
	static const enum x1_type list[] = { X1_GET_ALL_DETAILS, X1_LIST_ALL_DETAILS, X1_GET_ALL_TASK_DETAILS, X1_GET_ALL_DESTINATION_DETAILS,
					     X1_GET_ALL_OBJECT_DETAILS, X1_LIST_OBJECTS_OF_TYPE };

	for (unsigned n = 0; n < 30; n = n * 3 + 1)
		for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
			struct x1_head h = head(X1_MINOR);
			struct x1_doc *d;
			struct x1_out o;
			struct buf b;

			buf_init(&b, 0);
			x1_out_begin(&o, &b, true);
			put_lists(&o, &h, list[i], n);
			CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
			d = valid(&b);
			CU_ASSERT_EQUAL(d->msg[0].type, list[i]);
			x1_doc_free(d);
			buf_fini(&b);
		}
}

static void details(void)
{
	for (uint64_t i = 1; i <= unit_rounds(200); i++) {
		struct x1_task_state t = { .young = 0, .provisioning = X1_COMPLETE };
		struct x1_dest_state e = { .works = true };
		struct x1_object_state x = { .young = 0 };
		struct x1_head h = head(X1_MINOR);
		struct buf b, part[3];
		struct maker m = { .b = &part[0], .seed = i, .release = "r19:v2" };
		struct x1_out o;
		struct x1_doc *d;

		for (size_t k = 0; k < 3; k++)
			buf_init(&part[k], 0);
		make_task(&m);
		m.b = &part[1];
		make_dest(&m);
		m.b = &part[2];
		make_object(&m, "object");
		t.xml = buf_view(&part[0]);
		e.xml = buf_view(&part[1]);
		x.xml = buf_view(&part[2]);
		buf_init(&b, 0);
		x1_out_begin(&o, &b, true);
		x1_out_task_details(&o, &h, &t);
		x1_out_dest_details(&o, &h, &e);
		x1_out_object_details(&o, &h, &x);
		x1_out_ne_status(&o, &h, (struct x1_faults){ two, 2 });
		x1_out_ne_status(&o, &h, (struct x1_faults){ NULL, 0 });
		CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
		d = valid(&b);
		CU_ASSERT_EQUAL(d->n, 5);
		for (size_t k = 0; k < 3; k++)
			CU_ASSERT_PTR_NOT_NULL(memmem(b.p, b.n, part[k].p, part[k].n));	/* X1-QRY-001: what was sent */
		x1_doc_free(d);
		buf_fini(&b);
		for (size_t k = 0; k < 3; k++)
			buf_fini(&part[k]);
	}
}

/* X1-REP-009 */
static void reports(void)
{
	for (unsigned minor = 1; minor <= X1_MINOR; minor++) {
		struct x1_head h = head(minor);
		struct x1_report r = { .id = { 1, 2, 3 }, .issue = { X1_E_DATABASE_CLEARED, view_str("store & \"more\"") } };
		struct x1_doc *d;
		struct x1_out o;
		struct buf b;

		buf_init(&b, 0);
		x1_out_begin(&o, &b, false);
		for (r.type = X1_ALL_CLEAR; r.type <= X1_ACTIONED_UNSUCCESSFUL; r.type++) {
			x1_out_report(&o, &h, X1_REPORT_TASK_ISSUE, &r);
			x1_out_report(&o, &h, X1_REPORT_DESTINATION_ISSUE, &r);
		}
		r.type = X1_WARNING;
		for (r.ne_type = X1_NE_WARNING; r.ne_type <= X1_NE_ALERT; r.ne_type++)
			x1_out_report(&o, &h, X1_REPORT_NE_ISSUE, &r);
		x1_out_ping(&o, &h);
		r.issue = (struct x1_error){ 0, { NULL, 0 } };
		x1_out_report(&o, &h, X1_REPORT_TASK_ISSUE, &r);
		CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
		d = valid(&b);
		CU_ASSERT_EQUAL_FATAL(d->n, 20);
		for (unsigned i = 0; i < 14; i++) {
			CU_ASSERT_EQUAL(d->msg[i].type, i % 2 ? X1_REPORT_DESTINATION_ISSUE : X1_REPORT_TASK_ISSUE);
			CU_ASSERT(d->msg[i].u.report.type == i / 2 && memcmp(d->msg[i].u.report.id, r.id, 16) == 0);
			CU_ASSERT_EQUAL(d->msg[i].u.report.issue.code, minor < 15 ? X1_E_FAULT : X1_E_DATABASE_CLEARED);
			CU_ASSERT(view_eq(d->msg[i].u.report.issue.text, view_str("store & \"more\"")));
		}
		for (unsigned i = 0; i < 4; i++) {
			CU_ASSERT_EQUAL(d->msg[14 + i].u.report.ne_type, minor < 12 && i == X1_NE_ALERT ? X1_NE_FAULT_REPORT : i);
			CU_ASSERT_EQUAL(d->msg[14 + i].u.report.issue.code, minor < 12 ? 0 : minor < 15 ? X1_E_FAULT : X1_E_DATABASE_CLEARED);
		}
		CU_ASSERT_EQUAL(d->msg[18].type, X1_PING);
		CU_ASSERT(d->msg[19].u.report.issue.code == 0 && d->msg[19].u.report.issue.text.n == 0);
		CU_ASSERT_EQUAL(has(&b, "issueCode"), minor >= 12);
		CU_ASSERT_EQUAL(has(&b, "Alert"), minor >= 12);
		x1_doc_free(d);
		buf_fini(&b);
	}
}

/* X1-MSG-004: four fields and no transaction. */
static void a_top_level_error(void)
{
	struct x1_head h = head(11);
	struct x1_doc *d;
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(x1_out_top_level_error(&b, &h), LI_OK);
	d = valid(&b);
	CU_ASSERT(d->root == X1_TOP_LEVEL_ERROR && d->n == 1 && d->msg[0].head.version.minor == 11);
	CU_ASSERT(!has(&b, "x1TransactionId") && !has(&b, "essage>"));
	x1_doc_free(d);
	buf_fini(&b);
}

/* Members that v1.11.1 does not have: nothing of them in an answer to it. */
static void nothing_younger_than_the_requester(void)
{
	static const char *const young[] = { "listOfTrafficPolicyReferences", "tcpPortList", "udpPortList", "<vrf", "serviceAccessIdentifier", "extensionInformation" };

	for (uint64_t i = 1; i <= unit_rounds(300); i++) {
		struct x1_head h = head(11);
		struct x1_out o;
		struct buf b;

		buf_init(&b, 0);
		x1_out_begin(&o, &b, true);
		x1_out_open(&o, &h, X1_GET_TASK_DETAILS);
		put_task(&o, i, true);
		x1_out_close(&o);
		CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
		x1_doc_free(valid(&b));
		for (size_t k = 0; k < sizeof(young) / sizeof(young[0]); k++)
			CU_ASSERT(!has(&b, young[k]));
		buf_fini(&b);
	}
	for (unsigned minor = 9; minor <= 10; minor++) {	/* generic objects came with v1.10 */
		struct x1_head h = head(minor);
		struct x1_out o;
		struct buf b;

		buf_init(&b, 0);
		x1_out_begin(&o, &b, true);
		put_lists(&o, &h, X1_GET_ALL_DETAILS, 2);
		put_lists(&o, &h, X1_LIST_ALL_DETAILS, 2);
		CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
		x1_doc_free(valid(&b));
		CU_ASSERT_EQUAL(has(&b, "istOfGenericObject"), minor == 10);
		CU_ASSERT_EQUAL(has(&b, "genericObjectResponseDetails"), minor == 10);
		buf_fini(&b);
	}
}

/* What does not fit is an error, not half a document that looks whole. */
static void no_room(void)
{
	struct x1_head h = head(11);
	struct x1_out o;
	struct buf b;

	buf_init(&b, 600);
	x1_out_begin(&o, &b, true);
	x1_out_ok(&o, &h, X1_PING, true);
	x1_out_ok(&o, &h, X1_PING, true);
	CU_ASSERT_EQUAL(x1_out_end(&o), LI_ELIMIT);
	buf_fini(&b);
}

/* Everything of 100,000 tasks: far within TIME1 (X1-MSG-016), for it is little more than copying. */
static void all_details_of_many_tasks(void)
{
	unsigned n = unit_rounds(100000);
	struct x1_head h = head(11);
	struct timespec from, to;
	struct buf b, task;
	struct maker m = { .b = &task, .seed = 5, .release = "r19:v2" };
	struct x1_task_state s = { .provisioning = X1_COMPLETE, .has_counts = true, .last_intercept = 1767225600000001 };
	struct x1_out o;
	double ms;

	buf_init(&b, 0);
	buf_init(&task, 0);
	make_task(&m);
	s.xml = buf_view(&task);
	clock_gettime(CLOCK_MONOTONIC, &from);
	x1_out_begin(&o, &b, true);
	x1_out_open(&o, &h, X1_GET_ALL_DETAILS);
	x1_out_ne(&o, (struct x1_faults){ NULL, 0 });
	x1_out_list(&o, X1_LIST_TASKS);
	for (unsigned i = 0; i < n; i++)
		x1_out_task(&o, &s);
	x1_out_list_end(&o);
	x1_out_list(&o, X1_LIST_DESTS);
	x1_out_list_end(&o);
	x1_out_close(&o);
	CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
	fprintf(stderr, "%u tasks, %zu octets: %.0f ms\n", n, b.n, ms);
	CU_ASSERT(b.n > (size_t)n * task.n && ms < 2500);	/* half of TIME1, for a machine that does other things too */
	buf_fini(&b);
	buf_fini(&task);
}

/* And by the program whose judgement others use. */
static void xmllint_agrees(void)
{
	char dir[] = "/tmp/x1_write.XXXXXX", folder[512], *real, file[600], command[2048];
	struct x1_head h = head(X1_MINOR);
	struct x1_msg m = { .type = X1_UNKNOWN };
	struct x1_out o;
	struct buf b;
	FILE *f;

	if (!judge)
		UNIT_SKIP("no published schemas in SHARED/spec/xsd");
	if (system("command -v xmllint >/dev/null 2>&1"))
		UNIT_SKIP("no xmllint");
	real = realpath(judge_folder(folder), NULL);
	if (!real || !mkdtemp(dir))
		UNIT_SKIP("no temporary folder");
	buf_init(&b, 0);
	x1_out_begin(&o, &b, true);
	x1_out_ok(&o, &h, X1_ACTIVATE_TASK, true);
	x1_out_error(&o, &h, &m, X1_E_UNSUPPORTED, "requests of this type are not supported");
	x1_out_open(&o, &h, X1_GET_ALL_DETAILS);
	x1_out_ne(&o, (struct x1_faults){ two, 2 });
	x1_out_list(&o, X1_LIST_TASKS);
	for (unsigned i = 1; i < 30; i++)
		put_task(&o, i, true);
	x1_out_list_end(&o);
	x1_out_list(&o, X1_LIST_DESTS);
	for (unsigned i = 1; i < 10; i++)
		put_dest(&o, i);
	x1_out_list_end(&o);
	x1_out_close(&o);
	CU_ASSERT_EQUAL(x1_out_end(&o), LI_OK);
	snprintf(file, sizeof(file), "%s/x.xml", dir);
	f = fopen(file, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fwrite(b.p, 1, b.n, f);
	fclose(f);
	snprintf(file, sizeof(file), "%s/x.xsd", dir);
	f = fopen(file, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>"
		"<xs:import namespace='" X1_NS_COMMON "' schemaLocation='%s/TS_103_280.xsd'/>"
		"<xs:import namespace='" X1_NS "' schemaLocation='%s/TS_103_221_01.xsd'/>"
		"<xs:import namespace='" X1_NS_HASHED "' schemaLocation='%s/TS_103_221_01_HashedID.xsd'/>"
		"<xs:import namespace='" X1_NS_3GPP "' schemaLocation='%s/urn_3GPP_ns_li_3GPPX1Extensions.xsd'/></xs:schema>", real, real, real, real);
	fclose(f);
	free(real);
	snprintf(command, sizeof(command), "xmllint --nonet --noout --schema %s/x.xsd %s/x.xml >&2", dir, dir);
	CU_ASSERT_EQUAL(system(command), 0);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CU_ASSERT_EQUAL(system(command), 0);
	buf_fini(&b);
}

static void set_up(void)
{
	static const struct x1_limits much = { .octets = 64u << 20, .messages = 1000, .elements = 1000000, .depth = 64, .attributes = 32, .text = 65535 };

	reader = x1_reader_new(&much);
	judge = judge_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
}

static void by_the_published_schemas(void)
{
	if (!judge)
		UNIT_SKIP("no published schemas in SHARED/spec/xsd: what is written was held against our own alone");
}

static void tear_down(void)
{
	x1_reader_free(reader);
	xmlSchemaFree(judge);
}

UNIT_MAIN("x1_write", UNIT(set_up), UNIT(outcomes), UNIT(every_code_in_an_error), UNIT(codes_of_later_versions), UNIT(an_unknown_request_is_told_by_its_name),
	  UNIT(queries), UNIT(details), UNIT(reports), UNIT(a_top_level_error), UNIT(nothing_younger_than_the_requester), UNIT(no_room),
	  UNIT(all_details_of_many_tasks), UNIT(xmllint_agrees), UNIT(by_the_published_schemas), UNIT(tear_down))
