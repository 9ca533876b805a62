/*
 * test_x1_server.c: the X1 server without a network: requests as if their certificates had been verified, answers as they stand, and
 * what it would tell its ADMF, by the audit log. What goes over a wire is test/integration/x1.sh's.
 */
#include "mediation/x1/x1_server.h"

#include <fcntl.h>

#include "mediation/clock.h"
#include "mediation/http_int.h"
#include "mediation/x1/x1_job.h"
#include "mediation/x1/x1_report.h"
#include "test/gen/certs.h"
#include "test/said.h"
#include "test/unit.h"

#define NS "xmlns=\"http://uri.etsi.org/03221/X1/2017/10\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" " \
	"xmlns:c=\"http://uri.etsi.org/03280/common/2017/07\" xmlns:s=\"http://uri.etsi.org/03221/X1/2017/10/DestinationSet\""
#define D1 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01"
#define D2 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e02"
#define S1 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e0a"
#define X1_1 "29f28e1c-f230-486a-a860-f5a784ab9171"
#define X1_2 "29f28e1c-f230-486a-a860-f5a784ab9172"

static struct certs certs;
static char *dir, *audit_file;
static uv_loop_t loop;
static struct store *store;
static struct audit *audit;
static struct warrants *ws;
static struct conf conf;
static struct conf_x1 x1conf;
static struct x1 *x;
static char answer[1 << 16];
static bool answered;
static struct http_asked asked;
static const char *from, *to;	/* identifiers of what is asked */
static const char *fault;	/* of the element, now */
static bool lasting;
static char down[2][37];	/* destinations that are */

static char unknown[37];	/* a destination that was not reached yet, and did not fail */

static bool deny;		/* the audit log takes nothing */
static unsigned deny_after;	/* so many acts, where that is not 0 */

static enum li_err act(void *arg, enum warrant_act what, const char *who, const struct warrant *w, const struct dest *d)
{
	(void)arg;
	(void)what;
	(void)w;
	(void)d;
	CU_ASSERT_TRUE(strncmp(who, "x1 ", 3) == 0);
	return deny || (deny_after && --deny_after == 0) ? LI_EIO : LI_OK;
}

static li_us clock_shift;

static li_us now(void)
{
	return clock_real() + clock_shift;
}

static enum li_err no_head(void *arg, uint64_t count, const uint8_t hash[32])
{
	(void)arg;
	(void)count;
	(void)hash;
	return LI_OK;
}

static void faults(void *arg, x1_on_fault *fn, void *fn_arg)
{
	(void)arg;
	if (fault)
		fn(fn_arg, fault, lasting, fault);
}

static bool dest_down(void *arg, const struct dest *d, char *why, size_t n)
{
	char did[LI_UUID_TEXT];

	(void)arg;
	li_uuid_text(d->conf.did.b, did);
	snprintf(why, n, "no connection");
	return strcmp(did, down[0]) == 0 || strcmp(did, down[1]) == 0;
}

static bool dest_up(void *arg, const struct dest *d)
{
	char did[LI_UUID_TEXT];

	(void)arg;
	li_uuid_text(d->conf.did.b, did);
	return strcmp(did, unknown) != 0;
}

static struct warrant counted;	/* what is counted at the next occasion, of the LIID "A" and of others alike */

static void count(void *arg, struct warrant *w)
{
	(void)arg;
	w->octets[LI_HI2] += counted.octets[LI_HI2];
	w->octets[LI_HI3] += counted.octets[LI_HI3];
	w->last_record = counted.last_record;
	counted.octets[LI_HI2] = counted.octets[LI_HI3] = 0;
}

static void open_x1(void)
{
	struct x1_open o = { .loop = &loop, .conf = &conf, .clock = now, .faults = faults, .dest_down = dest_down, .dest_up = dest_up, .count = count };
	static char crt[300], key[300], ca[300];
	char *state = file_in(dir, "state.key", NULL), *sign = file_in(dir, "audit.key", NULL);
	static const struct warrant_ops ops = { .act = act };
	char err[512];

	uv_loop_init(&loop);
	store = store_open(dir, state, true, err, sizeof(err));
	audit = audit_open(audit_file, sign, NULL, NULL, no_head, NULL, now(), err, sizeof(err));
	free(state);
	free(sign);
	CU_ASSERT_FATAL(store && audit);
	ws = warrants_new(store, &ops, NULL);
	snprintf(crt, sizeof(crt), "%s", certs_path(&certs, "good.crt"));
	snprintf(key, sizeof(key), "%s", certs_path(&certs, "good.key"));
	snprintf(ca, sizeof(ca), "%s", certs_path(&certs, "ca.crt"));
	o.tls = (struct tls_conf){ .certificate = crt, .key = key, .ca = ca };
	o.warrants = ws;
	o.store = store;
	o.audit = audit;
	x = x1_open(&o, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	warrants_advance(ws, now());
}

static void close_x1(void)
{
	x1_close(x);
	uv_run(&loop, UV_RUN_DEFAULT);
	x1_free(x);
	warrants_free(ws);
	audit_close(audit, now());
	store_close(store);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

static void begin(void)
{
	static char *peers[] = { (char *)(uintptr_t)"good.example" };

	if (!certs.dir[0])
		CU_ASSERT_FATAL(certs_init(&certs, NULL) && certs_issue(&certs, "good", "good UID=MDF-1", "DNS:good.example", -1, 30));
	dir = folder_new();
	audit_file = file_in(dir, "audit.log", NULL);
	fault = NULL;
	memset(down, 0, sizeof(down));
	unknown[0] = 0;
	from = "ADMF-1";
	to = "MDF-1";
	memset(&x1conf, 0, sizeof(x1conf));
	x1conf.listen = (char *)(uintptr_t)"127.0.0.1:0";
	x1conf.path = (char *)(uintptr_t)"/X1/NE";
	x1conf.max_body = 1 << 20;
	x1conf.time1 = 5 * LI_US_SECOND;
	x1conf.time2 = 15 * LI_US_SECOND;
	x1conf.n_admfs = 1;
	x1conf.admf[0] = (struct conf_x1_admf){ .admf_id = (char *)(uintptr_t)"ADMF-1", .ne_id = (char *)(uintptr_t)"MDF-1", .n_peers = 1, .peer = { peers[0] },
		.keepalive = true, .time_p2 = 3600 * LI_US_SECOND, .deactivate_all = true, .remove_all = true, .delete_all_objects = true };
	conf.x1 = &x1conf;
	asked = (struct http_asked){ .has_peer = true, .peer = { .subject = "CN=admf", .name = "good.example", .uid = "ADMF-1" } };
	open_x1();
}

static void end(void)
{
	close_x1();
	free(audit_file);
	folder_remove(dir);
}

static void on_answer(void *arg, struct buf *b)
{
	(void)arg;
	snprintf(answer, sizeof(answer), "%.*s", (int)b->n, (const char *)b->p);
	answered = true;
}

static void on_whole_answer(void *arg, struct buf *b)
{
	CU_ASSERT_FATAL(b->n < 1 << 20);
	memcpy(arg, b->p, b->n);
	((char *)arg)[b->n] = 0;
	answered = true;
}

static const char *ask(const char *type, const char *body)
{
	static char text[1 << 18];

	snprintf(text, sizeof(text), "<X1Request " NS "><x1RequestMessage xsi:type=\"%sRequest\"><admfIdentifier>%s</admfIdentifier><neIdentifier>%s</neIdentifier>"
		 "<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>"
		 "<x1TransactionId>3741800e-971b-4aa9-85f4-466d2b1adc7f</x1TransactionId>%s</x1RequestMessage></X1Request>", type, from, to, body);
	asked.body = view_str(text);
	answered = false;
	x1_ask(x, &asked, on_answer, NULL);
	while (!answered)
		uv_run(&loop, UV_RUN_ONCE);
	return answer;
}

static const char *ask_raw(struct view text)
{
	asked.body = text;
	answered = false;
	x1_ask(x, &asked, on_answer, NULL);
	while (!answered)
		uv_run(&loop, UV_RUN_ONCE);
	return answer;
}

static bool is_ok(const char *a)
{
	return strstr(a, "<oK>AcknowledgedAndCompleted</oK>");
}

static bool is_error(const char *a, const char *code)
{
	char t[64];

	snprintf(t, sizeof(t), "<errorInformation><errorCode>%s</errorCode>", code);
	return strstr(a, t);
}

static bool make_dest(const char *did, const char *name)
{
	char t[1024];

	snprintf(t, sizeof(t), "<destinationDetails><dId>%s</dId><friendlyName>%s</friendlyName><deliveryType>X2andX3</deliveryType><deliveryAddress><ipAddressAndPort>"
		 "<c:address><c:IPv4Address>192.0.2.1</c:IPv4Address></c:address><c:port><c:TCPPort>9</c:TCPPort></c:port></ipAddressAndPort></deliveryAddress>"
		 "</destinationDetails>", did, name);
	return is_ok(ask("CreateDestination", t));
}

#define TASK(xid, lists, liid) "<taskDetails><xId>" xid "</xId><targetIdentifiers><targetIdentifier><supiimsi>001010000000001</supiimsi></targetIdentifier>" \
	"</targetIdentifiers><deliveryType>X2Only</deliveryType><listOfDIDs>" lists "</listOfDIDs><listOfMediationDetails><mediationDetails><LIID>" liid \
	"</LIID><deliveryType>HI2andHI3</deliveryType></mediationDetails></listOfMediationDetails></taskDetails>"

/* How many entries of the audit log have both. */
static unsigned told(const char *a, const char *b)
{
	FILE *f = fopen(audit_file, "r");
	char line[4096];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "\"event\":\"x1-report\"") && strstr(line, a) && strstr(line, b);
	if (f)
		fclose(f);
	return n;
}

/* X1-QRY-006, X1-QRY-007, X1-REP-005: a fault is told, stands in the status, and its end is told; a warning is told once, and no more. */
static void element(void)
{
	begin();
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("GetNEStatus", ""), "<neStatus>OK</neStatus><listOfFaults></listOfFaults>"));
	fault = "disk nearly full";
	lasting = false;
	x1_look(x);
	x1_look(x);
	CU_ASSERT_EQUAL(told("\"type\":\"Warning\",\"code\":\"9010\"", "disk nearly full"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("GetNEStatus", ""), "<neStatus>OK</neStatus>"));
	fault = "tap is down";
	lasting = true;
	x1_look(x);
	CU_ASSERT_EQUAL(told("\"type\":\"FaultReport\",\"code\":\"9020\"", "tap is down"), 1);
	CU_ASSERT_EQUAL(told("FaultCleared", ""), 0);		/* a warning that goes is no news */
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("GetNEStatus", ""), "<neStatus>Faults</neStatus><listOfFaults><unresolvedFault><errorCode>9020</errorCode>"));
	fault = NULL;
	x1_look(x);
	CU_ASSERT_EQUAL(told("\"type\":\"FaultCleared\",\"code\":\"9000\"", "tap is down"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("GetNEStatus", ""), "<neStatus>OK</neStatus>"));
	end();
}

/* X1-REP-001, X1-REP-002: what a task lost, and that it loses no more. */
static void task_faults(void)
{
	struct li_liid a = { 1, "A" }, other = { 1, "Z" };
	struct li_did did;

	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	CU_ASSERT_EQUAL(li_uuid_read(D2, did.b), LI_OK);
	x1_task_fault(x, &a, &did, true, "on the way to where it does not deliver");
	CU_ASSERT_EQUAL(told("does not deliver", ""), 0);
	CU_ASSERT_EQUAL(li_uuid_read(D1, did.b), LI_OK);
	x1_task_fault(x, &other, &did, true, "nobody's");
	x1_task_fault(x, &a, &did, true, "records were lost");
	x1_task_fault(x, &a, &did, true, "records were lost");
	CU_ASSERT_EQUAL(told("ReportTaskIssue\",\"type\":\"NonTerminatingFault\"", X1_1), 1);
	CU_ASSERT_EQUAL(told("nobody", ""), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("GetTaskDetails", "<xId>" X1_1 "</xId>"), "<unresolvedFault><errorCode>9020</errorCode><errorDescription>records were lost"));
	x1_look(x);			/* not calm for long enough */
	CU_ASSERT_EQUAL(told("AllClear", X1_1), 0);
	x1_task_fault(x, &a, &did, false, "it goes on");
	CU_ASSERT_EQUAL(told("ReportTaskIssue\",\"type\":\"AllClear\",\"code\":\"9000\"", X1_1), 1);
	CU_ASSERT_PTR_NULL(strstr(ask("GetTaskDetails", "<xId>" X1_1 "</xId>"), "unresolvedFault"));
	end();
}

static void used(void *arg, struct warrant *w)
{
	CU_ASSERT_EQUAL_FATAL(w->n_dests, 1);
	li_uuid_text(w->dest[0]->conf.did.b, arg);
}

static const char *used_by(const char *liid)
{
	static char did[LI_UUID_TEXT];
	struct li_liid l;

	CU_ASSERT_EQUAL(li_liid_read(view_str(liid), &l), LI_OK);
	did[0] = 0;
	if (warrants_find(ws, &l, NULL))
		used(did, warrants_find(ws, &l, NULL));
	return did;
}

/* X1-OBJ-010, X1-REP-004: the preferred member while it is up; the next one; and back. What runs on the other goes on under its handle. */
static void redundant(void)
{
	uint64_t handle;

	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a") && make_dest(D2, "b"));
	CU_ASSERT_TRUE(is_ok(ask("CreateObject", "<createObject xsi:type=\"s:DestinationSetDetails\"><objectId>" S1 "</objectId><s:listOfAssociatedDIDs>"
		"<s:AssociatedDID><s:dId>" D1 "</s:dId><s:preference>2</s:preference></s:AssociatedDID>"
		"<s:AssociatedDID><s:dId>" D2 "</s:dId><s:preference>1</s:preference></s:AssociatedDID>"
		"</s:listOfAssociatedDIDs><s:destinationSetType>Redundant</s:destinationSetType></createObject>")));
	CU_ASSERT_TRUE(is_ok(ask("ActivateTask", TASK(X1_1, "<dSId>" S1 "</dSId>", "A"))));
	CU_ASSERT_STRING_EQUAL(used_by("A"), D2);
	handle = warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->handle;
	strcpy(down[0], D2);
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	CU_ASSERT_EQUAL(warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL)->handle, handle);
	CU_ASSERT_EQUAL(told("ReportDestinationIssue\",\"type\":\"NonTerminatingFault\"", D2), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("GetDestinationDetails", "<dId>" D2 "</dId>"), "<destinationDeliveryStatus>deliveryFault<"));
	strcpy(down[1], D1);		/* nobody is up: it stays where it is */
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	down[0][0] = 0;
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D2);
	CU_ASSERT_EQUAL(told("ReportDestinationIssue\",\"type\":\"AllClear\"", D2), 1);
	/* over a restart */
	close_x1();
	open_x1();
	CU_ASSERT_STRING_EQUAL(used_by("A"), D2);
	/* a restart moves nothing: what is used stays until the preferred one is known to be up */
	strcpy(down[0], D2);
	down[1][0] = 0;
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	close_x1();
	strcpy(unknown, D2);
	down[0][0] = down[1][0] = 0;
	open_x1();
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	CU_ASSERT_TRUE(is_ok(ask("ModifyTask", TASK(X1_1, "<dSId>" S1 "</dSId>", "A"))));
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	unknown[0] = 0;
	x1_look(x);
	CU_ASSERT_STRING_EQUAL(used_by("A"), D2);
	CU_ASSERT_TRUE(is_error(ask("DeleteObject", "<objectId>" S1 "</objectId>"), "8530"));
	CU_ASSERT_TRUE(is_error(ask("RemoveDestination", "<dId>" D1 "</dId>"), "7010"));
	CU_ASSERT_TRUE(is_ok(ask("DeactivateTask", "<xId>" X1_1 "</xId>")) && is_ok(ask("DeleteObject", "<objectId>" S1 "</objectId>")) &&
		       is_ok(ask("RemoveAllDestinations", "")));
	end();
}

/* Annex C.2.2 maps an XID to LIIDs, and forbids nobody to give one to several: one order, in two tasks. Another owner's it may not be. */
static void liid_in_two_tasks(void)
{
	struct li_liid a = { 1, "A" };
	struct li_xid one, two;
	uint64_t handle;

	begin();
	CU_ASSERT(!li_uuid_read(X1_1, one.b) && !li_uuid_read(X1_2, two.b));
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))) &&
		       is_ok(ask("ActivateTask", TASK(X1_2, "<dId>" D1 "</dId>", "A"))));
	CU_ASSERT_FATAL(warrants_find(ws, &a, &one) && warrants_find(ws, &a, &two));
	handle = warrants_find(ws, &a, &two)->handle;
	CU_ASSERT_TRUE(is_ok(ask("ModifyTask", TASK(X1_1, "<dId>" D1 "</dId>", "B"))));
	CU_ASSERT(!warrants_find(ws, &a, &one) && warrants_find(ws, &a, &two)->handle == handle);
	CU_ASSERT_TRUE(is_ok(ask("ModifyTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	close_x1();
	open_x1();
	CU_ASSERT_FATAL(warrants_find(ws, &a, &one) && warrants_find(ws, &a, &two));
	CU_ASSERT_TRUE(is_ok(ask("DeactivateTask", "<xId>" X1_1 "</xId>")));
	CU_ASSERT(!warrants_find(ws, &a, &one) && warrants_find(ws, &a, &two)->handle == handle);
	CU_ASSERT_TRUE(is_ok(ask("DeactivateAllTasks", "")));
	CU_ASSERT_PTR_NULL(warrants_find(ws, &a, NULL));
	end();
}

/* X1-SEC-005, X1-SEC-006, X1-SEC-007: by the certificate, whatever the message says; nothing of it is done. */
static void identity(void)
{
	begin();
	asked.peer.uid[0] = 0;
	CU_ASSERT_TRUE(is_error(ask("DeactivateAllTasks", ""), "1030"));
	strcpy(asked.peer.urn[1], "urn:etsi:li:103221-1:cert-binding:NE:ADMF-1");
	CU_ASSERT_TRUE(is_error(ask("Ping", ""), "1030"));
	strcpy(asked.peer.urn[1], "urn:etsi:li:103221-1:cert-binding:ADMF:ADMF-1");
	CU_ASSERT_TRUE(is_ok(ask("Ping", "")));
	strcpy(asked.peer.name, "other.example");	/* a certificate of the ADMF's identity, and of another machine's name */
	CU_ASSERT_TRUE(is_error(ask("Ping", ""), "1040"));
	asked.has_peer = false;
	CU_ASSERT_TRUE(is_error(ask("Ping", ""), "1030"));
	end();
}

/* X1-SEC-013: a second ADMF, refused for whatever reason, hears who we are to it, and not who we are to the first. */
static void two_of_them(void)
{
	begin();
	close_x1();
	x1conf.admf[1] = x1conf.admf[0];
	x1conf.admf[1].admf_id = (char *)(uintptr_t)"ADMF-2";
	x1conf.admf[1].ne_id = (char *)(uintptr_t)"MDF-B";
	x1conf.n_admfs = 2;
	open_x1();
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	strcpy(asked.peer.uid, "ADMF-2");
	CU_ASSERT_TRUE(is_error(ask("Ping", ""), "1030"));
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, "<neIdentifier>MDF-B<"));
	/* that there is another, what it calls us and where it delivers to are no business of its */
	from = "ADMF-2";
	CU_ASSERT_TRUE(is_error(ask("Ping", ""), "1060"));
	to = "nobody";
	CU_ASSERT_TRUE(is_error(ask("Ping", ""), "1060"));
	to = "MDF-B";
	CU_ASSERT_TRUE(is_ok(ask("Ping", "")));
	CU_ASSERT_FALSE(make_dest(D1, "a"));
	CU_ASSERT_TRUE(is_error(answer, "6000") && !strstr(answer, "xist") && !strstr(answer, "owner"));
	CU_ASSERT_TRUE(is_error(ask("RemoveDestination", "<dId>" D1 "</dId>"), "2040") && is_error(ask("DeactivateTask", "<xId>" X1_1 "</xId>"), "2020"));
	CU_ASSERT_TRUE(is_error(ask("ActivateTask", TASK(D2, "<dId>" D1 "</dId>", "B")), "2040"));
	/* but X2 and X3 have one name for a task, whoever ordered it */
	CU_ASSERT_TRUE(make_dest(D2, "a") && is_error(ask("ActivateTask", TASK(X1_1, "<dId>" D2 "</dId>", "B")), "2010"));
	end();
}

static unsigned order;
static void on_order(void *arg, struct buf *b)
{
	CU_ASSERT_TRUE(b->n > 0);
	*(unsigned *)arg = ++order;
}

static const char head[] = "<admfIdentifier>ADMF-1</admfIdentifier><neIdentifier>MDF-1</neIdentifier><messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp>"
	"<version>v1.11.1</version><x1TransactionId>3741800e-971b-4aa9-85f4-466d2b1adc7f</x1TransactionId></x1RequestMessage>";

/* All details of 300 destinations, a hundred times in one request, as asked. */
static void be_greedy(void)
{
	static char greedy[1 << 16];
	char did[] = D1;
	size_t n;

	for (unsigned i = 0; i < 300; i++) {
		snprintf(did + 33, 4, "%03x", i);
		CU_ASSERT_TRUE(make_dest(did, did));
	}
	n = (size_t)snprintf(greedy, sizeof(greedy), "<X1Request " NS ">");
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(greedy + n, sizeof(greedy) - n, "<x1RequestMessage xsi:type=\"GetAllDetailsRequest\">%s", head);
	snprintf(greedy + n, sizeof(greedy) - n, "</X1Request>");
	asked.body = view_str(greedy);
}

/* X1-MSG-016: who asks for everything a hundred times keeps nobody else waiting. */
static void turns(void)
{
	static char modest[1 << 11];
	struct http_asked other;
	unsigned first = 0, second = 0;

	begin();
	be_greedy();
	snprintf(modest, sizeof(modest), "<X1Request " NS "><x1RequestMessage xsi:type=\"PingRequest\">%s</X1Request>", head);
	other = asked;
	other.peer.sha256[0] = 1;
	other.body = view_str(modest);
	order = 0;
	x1_ask(x, &asked, on_order, &first);
	while (TAILQ_EMPTY(&x->jobs))
		uv_run(&loop, UV_RUN_ONCE);
	x1_ask(x, &other, on_order, &second);
	while (order < 2)
		uv_run(&loop, UV_RUN_ONCE);
	CU_ASSERT_EQUAL(second, 1);
	end();
}

/* A stop in the middle of a request: what of it was done is in the audit log, though nobody is answered. */
static void stopped(void)
{
	FILE *f;
	char line[4096];
	unsigned n = 0;

	begin();
	be_greedy();
	answered = false;
	x1_ask(x, &asked, on_answer, NULL);
	while (TAILQ_EMPTY(&x->jobs) || !TAILQ_FIRST(&x->jobs)->begun)
		uv_run(&loop, UV_RUN_ONCE);
	x1_close(x);
	CU_ASSERT(answered && !answer[0]);
	f = fopen(audit_file, "r");
	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "\"event\":\"x1-request\"") && strstr(line, "GetAllDetails");
	if (f)
		fclose(f);
	CU_ASSERT_TRUE(n > 0);
	end();
}

/* Answers that nobody takes fill so much memory, and no more. */
static void slow_readers(void)
{
	static struct http_peer peer;
	struct http_request r = { .peer = &peer };

	begin();
	r.h = x->http;
	CU_ASSERT_TRUE(is_ok(ask("Ping", "")));
	asked.of = &r;
	atomic_store(&x->http->answers, (uint64_t)257 << 20);
	CU_ASSERT_TRUE(is_ok(ask("Ping", "")));	/* they are another's: this one has taken all of its own */
	atomic_store(&peer.answers, 1);
	CU_ASSERT_STRING_EQUAL(ask("GetNEStatus", ""), "");
	CU_ASSERT_FALSE(make_dest(D1, "a"));
	atomic_store(&x->http->answers, (uint64_t)65 << 20);
	CU_ASSERT_TRUE(is_ok(ask("Ping", "")));
	atomic_store(&peer.answers, (uint64_t)65 << 20);
	CU_ASSERT_STRING_EQUAL(ask("GetNEStatus", ""), "");
	atomic_store(&peer.answers, 0);
	atomic_store(&x->http->answers, 0);
	CU_ASSERT_TRUE(make_dest(D1, "a"));
	end();
}

/* What the store does not give back is not said to be unknown, and no list is answered without it. */
static void unreadable(void)
{
	struct store_x1_row r = { .kind = STORE_X1_TASK };

	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	CU_ASSERT_EQUAL(li_uuid_read(X1_1, r.id), LI_OK);
	CU_ASSERT_EQUAL(store_x1_put(store, "ADMF-1", &r, view_str("no item")), LI_OK);
	CU_ASSERT_TRUE(is_error(ask("GetTaskDetails", "<xId>" X1_1 "</xId>"), "1000"));
	CU_ASSERT_STRING_EQUAL(ask("GetAllDetails", ""), "");
	CU_ASSERT_TRUE(is_ok(ask("DeactivateTask", "<xId>" X1_1 "</xId>")));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("GetAllDetails", ""), D1));
	end();
}

/* A task may name many destinations, and no more: the memory of one request is bounded. */
static void many_names(void)
{
	static char t[1 << 17];
	size_t n;

	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a"));
	n = (size_t)snprintf(t, sizeof(t), "<taskDetails><xId>" X1_1 "</xId><targetIdentifiers><targetIdentifier><supiimsi>001010000000001</supiimsi></targetIdentifier>"
		"</targetIdentifiers><deliveryType>X2Only</deliveryType><listOfDIDs>");
	for (unsigned i = 0; i < 1500; i++)
		n += (size_t)snprintf(t + n, sizeof(t) - n, "<dId>" D1 "</dId>");
	snprintf(t + n, sizeof(t) - n, "</listOfDIDs><listOfMediationDetails><mediationDetails><LIID>A</LIID><deliveryType>HI2Only</deliveryType></mediationDetails>"
		 "</listOfMediationDetails></taskDetails>");
	CU_ASSERT_TRUE(is_ok(ask("ActivateTask", t)));	/* one, many times */
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	end();
}

static bool has_amounts(const char *x2, const char *x3, const char *modifications)
{
	char t[512];

	ask("GetTaskDetails", "<xId>" X1_1 "</xId>");
	snprintf(t, sizeof(t), "<amountOfX2Data>%s</amountOfX2Data><amountOfX3Data>%s</amountOfX3Data><timeOfLastModification>", x2, x3);
	if (!strstr(answer, t))
		return false;
	snprintf(t, sizeof(t), "<numberOfModifications>%s</numberOfModifications>", modifications);
	return strstr(answer, t);
}

/* X1-QRY-003, X1-QRY-004: what a task has delivered since it was created, whichever of its LIIDs it was, over restarts; a new one of that
 * XID has none. */
static void amounts(void)
{
	begin();
	counted = (struct warrant){ .handle = 0 };
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	CU_ASSERT_TRUE(has_amounts("0", "0", "0") && !strstr(answer, "timeOfLastIntercept"));
	counted = (struct warrant){ .octets = { [LI_HI2] = 100, [LI_HI3] = 5000000000 }, .last_record = INT64_C(1767225600000001) };
	CU_ASSERT_TRUE(has_amounts("100", "5000000000", "0") && strstr(answer, "<timeOfLastIntercept>2026-01-01T00:00:00.000001Z<"));
	CU_ASSERT_TRUE(has_amounts("100", "5000000000", "0"));
	counted.octets[LI_HI2] = 7;
	CU_ASSERT_TRUE(is_ok(ask("ModifyTask", TASK(X1_1, "<dId>" D1 "</dId>", "B"))));
	CU_ASSERT_TRUE(has_amounts("107", "5000000000", "1"));
	counted.octets[LI_HI3] = 1;
	x1_look(x);			/* kept, where the end comes without notice */
	close_x1();
	open_x1();
	CU_ASSERT_TRUE(has_amounts("107", "5000000001", "1") && strstr(answer, "<timeOfLastIntercept>2026-01-01T00:00:00.000001Z<"));
	warrants_find(ws, &(struct li_liid){ 1, "B" }, NULL)->octets[LI_HI2] = 3;	/* counted when it ended */
	close_x1();
	open_x1();
	CU_ASSERT_TRUE(has_amounts("110", "5000000001", "1"));
	counted.last_record = 0;
	CU_ASSERT_TRUE(is_ok(ask("DeactivateTask", "<xId>" X1_1 "</xId>")) && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	CU_ASSERT_TRUE(has_amounts("0", "0", "0"));
	close_x1();
	open_x1();
	CU_ASSERT_TRUE(has_amounts("0", "0", "0"));
	end();
}

/* What cannot be recorded is not done, and each request says so by its own code. */
static void not_recorded(void)
{
	static const char mod[] = "<destinationDetails><dId>" D1 "</dId><deliveryType>X2andX3</deliveryType><deliveryAddress><ipAddressAndPort>"
		"<c:address><c:IPv4Address>192.0.2.2</c:IPv4Address></c:address><c:port><c:TCPPort>9</c:TCPPort></c:port></ipAddressAndPort></deliveryAddress>"
		"</destinationDetails>";

	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	deny = true;
	CU_ASSERT_TRUE(is_error(ask("ActivateTask", TASK(D2, "<dId>" D1 "</dId>", "B")), "3000"));
	CU_ASSERT_TRUE(is_error(ask("ModifyTask", TASK(X1_1, "<dId>" D1 "</dId>", "B")), "3001"));
	CU_ASSERT_TRUE(is_error(ask("DeactivateTask", "<xId>" X1_1 "</xId>"), "4000"));
	CU_ASSERT_TRUE(is_error(ask("DeactivateAllTasks", ""), "5000"));
	CU_ASSERT_FALSE(make_dest(D2, "b"));
	CU_ASSERT_TRUE(is_error(answer, "6000"));
	CU_ASSERT_TRUE(is_error(ask("ModifyDestination", mod), "6001"));
	deny = false;
	CU_ASSERT_STRING_EQUAL(used_by("A"), D1);
	CU_ASSERT_TRUE(is_error(ask("GetTaskDetails", "<xId>" D2 "</xId>"), "2020"));
	CU_ASSERT_TRUE(is_error(ask("GetDestinationDetails", "<dId>" D2 "</dId>"), "2040"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("GetDestinationDetails", "<dId>" D1 "</dId>"), "192.0.2.1"));
	CU_ASSERT_TRUE(is_ok(ask("DeactivateTask", "<xId>" X1_1 "</xId>")));
	deny = true;
	CU_ASSERT_TRUE(is_error(ask("RemoveDestination", "<dId>" D1 "</dId>"), "7000"));
	CU_ASSERT_TRUE(is_error(ask("RemoveAllDestinations", ""), "8000"));
	deny = false;
	CU_ASSERT_TRUE(is_ok(ask("RemoveDestination", "<dId>" D1 "</dId>")));
	end();
}

/* What the operator orders here: LIIDs of one task. */
static bool order_here(const char *xid, const char *a, const char *b, const char *owner)
{
	const char *const liid[2] = { a, b };
	struct conf_warrant w[2] = { { .line = 1 }, { .line = 2 } };
	struct conf_warrants f = { .file = (char *)(uintptr_t)"here", .n_warrants = 2, .warrant = w };

	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(li_uuid_read(xid, w[i].xid.b), LI_OK);
		CU_ASSERT_EQUAL(li_liid_read(view_str(liid[i]), &w[i].liid), LI_OK);
		CU_ASSERT_EQUAL(li_uuid_read(D1, w[i].dest[0].b), LI_OK);
		w[i].n_dests = w[i].n_targets = 1;
		w[i].hi2 = true;
		w[i].end = LI_US_NEVER;
		w[i].target[0].kind = LI_ID_IMSI;
		w[i].target[0].text = view_str("001010000000007");
	}
	return warrants_apply(ws, &f, WARRANTS_ADD, owner, "x1 the operator, here", NULL, NULL, NULL) == LI_OK;
}

static bool is_there(const char *liid)
{
	return used_by(liid)[0];
}

/* Clause 4.3: what the operator ordered ends by the ADMF's word; all of a task, or none of it, and with X1-TASK-019 all of everything. */
static void reversed(void)
{
	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a") && is_ok(ask("ActivateTask", TASK(X1_1, "<dId>" D1 "</dId>", "A"))));
	CU_ASSERT_TRUE(order_here(D2, "L1", "L2", WARRANT_OWNER_FILE) && order_here(S1, "L3", "L4", WARRANT_OWNER_CTL));
	deny_after = 2;
	CU_ASSERT_TRUE(is_error(ask("DeactivateTask", "<xId>" D2 "</xId>"), "4000"));
	CU_ASSERT_TRUE(is_there("L1") && is_there("L2"));
	deny_after = 0;
	CU_ASSERT_TRUE(is_ok(ask("DeactivateTask", "<xId>" D2 "</xId>")));
	CU_ASSERT_TRUE(!is_there("L1") && !is_there("L2") && is_there("L3") && is_there("L4") && is_there("A"));
	CU_ASSERT_TRUE(is_error(ask("DeactivateTask", "<xId>" D2 "</xId>"), "2020"));
	CU_ASSERT_TRUE(order_here(D2, "L1", "L2", WARRANT_OWNER_FILE));
	deny_after = 5;			/* the last of five */
	CU_ASSERT_TRUE(is_error(ask("DeactivateAllTasks", ""), "5000"));
	CU_ASSERT_TRUE(is_there("L1") && is_there("L2") && is_there("L3") && is_there("L4") && is_there("A"));
	deny_after = 0;
	CU_ASSERT_TRUE(is_ok(ask("DeactivateAllTasks", "")));
	CU_ASSERT_EQUAL(warrants_count(ws), 0);
	end();
}

/* X1-TASK-013: a ModifyTask lists all LIIDs, those whose time is over as they were; they do not begin again. */
static void one_is_over(void)
{
	static const char form[] = "<taskDetails><xId>" X1_1 "</xId><targetIdentifiers><targetIdentifier><supiimsi>001010000000001</supiimsi></targetIdentifier>"
		"</targetIdentifiers><deliveryType>X2Only</deliveryType><listOfDIDs><dId>" D1 "</dId></listOfDIDs><listOfMediationDetails><mediationDetails><LIID>A</LIID>"
		"<deliveryType>HI2andHI3</deliveryType><EndTime>%s</EndTime></mediationDetails>%s</listOfMediationDetails></taskDetails>";
	char t[2048], soon[LI_RFC3339_MAX];
	const struct warrant *w;

	begin();
	CU_ASSERT_TRUE(make_dest(D1, "a"));
	li_rfc3339(now() + 300 * 1000, soon);
	snprintf(t, sizeof(t), form, soon, "");
	CU_ASSERT_TRUE(is_ok(ask("ActivateTask", t)));
	warrants_advance(ws, now());
	usleep(400 * 1000);
	warrants_advance(ws, now());
	w = warrants_find(ws, &(struct li_liid){ 1, "A" }, NULL);
	CU_ASSERT_FATAL(w && w->state == WARRANT_ENDED);
	snprintf(t, sizeof(t), form, soon, "<mediationDetails><LIID>B</LIID><deliveryType>HI2Only</deliveryType></mediationDetails>");
	CU_ASSERT_TRUE(is_ok(ask("ModifyTask", t)));
	warrants_advance(ws, now());
	CU_ASSERT_EQUAL(w->state, WARRANT_ENDED);
	CU_ASSERT_STRING_EQUAL(used_by("B"), D1);
	li_rfc3339(now() - 1000, soon);
	snprintf(t, sizeof(t), form, soon, "");
	CU_ASSERT_TRUE(is_error(ask("ModifyTask", t), "3001"));
	end();
}

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

/* Two destinations of one friendlyName are two for us; and what profiles say. */
static void profiles(void)
{
	struct li_did d;
	const struct dest *a;

	begin();
	x1conf.n_profiles = 2;
	x1conf.profile[0] = (struct conf_x1_profile){ .match = (char *)(uintptr_t)"agency-*", .d = { .peer_name = "{name}.{address}.example", .success = HM_TCP, .release = 17,
		.version = 6, .queue = 1 << 20 } };
	x1conf.profile[1] = (struct conf_x1_profile){ .d = { .success = HM_WRITTEN, .release = 18, .version = 4, .queue = 1 << 20 } };
	CU_ASSERT_TRUE(make_dest(D1, "agency-a") && make_dest(D2, "agency-a"));
	CU_ASSERT_EQUAL(li_uuid_read(D1, d.b), LI_OK);
	a = warrants_dest(ws, &d);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_STRING_EQUAL(a->conf.peer_name, "agency-a.192.0.2.1.example");
	CU_ASSERT_STRING_EQUAL(a->conf.name, "agency-a");
	CU_ASSERT_STRING_EQUAL(a->owner, "x1:ADMF-1");
	CU_ASSERT(a->conf.success == HM_TCP && a->conf.release == 17 && a->conf.hi2 && a->conf.hi3 && a->conf.port == 9);
	CU_ASSERT_EQUAL(li_uuid_read(D2, d.b), LI_OK);
	CU_ASSERT_STRING_EQUAL(warrants_dest(ws, &d)->conf.name, "agency-a " D2);
	CU_ASSERT_TRUE(make_dest(S1, "elsewhere"));
	CU_ASSERT_EQUAL(li_uuid_read(S1, d.b), LI_OK);
	CU_ASSERT_STRING_EQUAL(warrants_dest(ws, &d)->conf.peer_name, "192.0.2.1");	/* no name given: its address */
	CU_ASSERT_EQUAL(warrants_dest(ws, &d)->conf.success, HM_WRITTEN);
	end();
}

#define X1NS "http://uri.etsi.org/03221/X1/2017/10"
#define XSI "http://www.w3.org/2001/XMLSchema-instance"
#define COMMON "http://uri.etsi.org/03280/common/2017/07"
#define HEADS(p, version) "<" p "admfIdentifier>ADMF-1</" p "admfIdentifier><" p "neIdentifier>MDF-1</" p "neIdentifier><" p "messageTimestamp>2026-08-31T17:16:08.832000Z</" \
	p "messageTimestamp><" p "version>" version "</" p "version><" p "x1TransactionId>a8d730e4-e71a-4ce8-978d-124c0ab6ed1b</" p "x1TransactionId>"
#define DEST(p, c, name) "<" p "destinationDetails><" p "dId>" D1 "</" p "dId><" p "friendlyName>" name "</" p "friendlyName><" p "deliveryType>X2Only</" p "deliveryType><" p \
	"deliveryAddress><" p "ipAddressAndPort><" c "address><" c "IPv4Address>192.0.2.62</" c "IPv4Address></" c "address><" c "port><" c "TCPPort>9</" c "TCPPort></" c \
	"port></" p "ipAddressAndPort></" p "deliveryAddress></" p "destinationDetails>"

static size_t widen(const char *text, bool big, char *wide)
{
	size_t n = 0;

	wide[n++] = (char)(big ? 0xfe : 0xff);	/* a byte order mark */
	wide[n++] = (char)(big ? 0xff : 0xfe);
	for (; *text; text++) {
		wide[n++] = big ? 0 : *text;
		wide[n++] = big ? *text : 0;
	}
	return n;
}

/* X1-MSG-015: whatever hand an ADMF writes in (JAXB's, a template's, a namespace declared where it is first needed), it says the same. */
static void hands(void)
{
	static const struct { const char *what, *text; } good[] = {
		{ "as JAXB writes", "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<X1Request xmlns=\"" X1NS "\" xmlns:ns2=\"" COMMON "\" "
		  "xmlns:ns3=\"http://uri.etsi.org/03221/X1/2017/10/HashedID\" xmlns:xsi=\"" XSI "\"><x1RequestMessage xsi:type=\"CreateDestinationRequest\">" HEADS("", "v1.6.1")
		  DEST("", "ns2:", "a") "</x1RequestMessage></X1Request>" },
		{ "all prefixed", "<?xml version='1.0' encoding='utf-8'?><ns1:X1Request xmlns:ns1=\"" X1NS "\" xmlns:c=\"" COMMON "\" xmlns:xsi=\"" XSI "\">\n  <ns1:x1RequestMessage "
		  "xsi:type=\"ns1:CreateDestinationRequest\">\n    " HEADS("ns1:", "v1.6.1") DEST("ns1:", "c:", "a") "\n  </ns1:x1RequestMessage>\n</ns1:X1Request>\n" },
		{ "two prefixes of one namespace", "<a:X1Request xmlns:a=\"" X1NS "\" xmlns:b=\"" X1NS "\" xmlns:c=\"" COMMON "\"><b:x1RequestMessage xmlns:i=\"" XSI "\" "
		  "i:type=\"a:CreateDestinationRequest\">" HEADS("b:", "v1.11.1") DEST("a:", "c:", "a") "</b:x1RequestMessage></a:X1Request>" },
		{ "declared where needed", "<X1Request xmlns=\"" X1NS "\"><x1RequestMessage i:type=\"CreateDestinationRequest\" xmlns:i=\"" XSI "\">" HEADS("", "v1.99.1")
		  "<destinationDetails><dId>" D1 "</dId><deliveryType>X2Only</deliveryType><deliveryAddress><ipAddressAndPort><address xmlns=\"" COMMON "\"><IPv4Address>192.0.2.1"
		  "</IPv4Address></address><q:port xmlns:q=\"" COMMON "\"><q:TCPPort>9</q:TCPPort></q:port></ipAddressAndPort></deliveryAddress></destinationDetails>"
		  "</x1RequestMessage></X1Request>" },
		{ "a prefix that means something else outside", "<p:X1Request xmlns:p=\"" X1NS "\" xmlns:c=\"urn:other\"><p:x1RequestMessage xmlns:c=\"" COMMON "\" xmlns:xsi=\"" XSI "\" "
		  "xsi:type=\"p:CreateDestinationRequest\">" HEADS("p:", "v1.1.1") DEST("p:", "c:", "a") "</p:x1RequestMessage></p:X1Request>" },
		{ "where the schema lies", "<X1Request xsi:schemaLocation=\"" X1NS " file:///x1.xsd\" xmlns:c=\"" COMMON "\" xmlns:xsi=\"" XSI "\" xmlns=\"" X1NS "\"><x1RequestMessage "
		  "xsi:type=\"CreateDestinationRequest\">" HEADS("", "v1.6.1") DEST("", "c:", "a") "</x1RequestMessage></X1Request>" },
		{ "in pieces", "<!-- x --><?pi?><X1Request xmlns=\"" X1NS "\" xmlns:c=\"" COMMON "\" xmlns:xsi=\"" XSI "\"><?pi a?><!-- <x1RequestMessage/> --><x1RequestMessage xsi:type=\"Create&#68;estinationRequest\"><admfIdentifier>"
		  "AD<!-- -->M<![CDATA[F-]]>&#x31;</admfIdentifier><neIdentifier>\t MDF-1\n</neIdentifier><messageTimestamp> 2026-08-31T17:16:08.832000Z </messageTimestamp><version>v1.6"
		  "<!-- -->.1</version><x1TransactionId>a8d730e4-e71a-4ce8-978d-124c0ab6ed1b<?x?></x1TransactionId>" DEST("", "c:", "<![CDATA[<&>]]>") "</x1RequestMessage></X1Request>" } };
	static char wide[1 << 14];
	char text[1 << 13];
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		bool done;

		done = is_ok(ask_raw(view_str(good[i].text))) && is_ok(ask("RemoveDestination", "<dId>" D1 "</dId>"));
		if (!done)
			fprintf(stderr, "%s: %s\n", good[i].what, answer);
		CU_ASSERT(done);
	}
	/* encodings: by a mark, by a declaration, by both */
	n = (size_t)snprintf(text, sizeof(text), "\xef\xbb\xbf%s", good[0].text);
	CU_ASSERT_TRUE(is_ok(ask_raw(view_of(text, n))) && is_ok(ask("RemoveDestination", "<dId>" D1 "</dId>")));
	snprintf(text, sizeof(text), "<?xml version=\"1.0\" encoding=\"UTF-16\"?>%s", strstr(good[0].text, "<X1Request"));
	for (int big = 0; big < 2; big++) {
		n = widen(text, big, wide);
		CU_ASSERT_TRUE(is_ok(ask_raw(view_of(wide, n))) && is_ok(ask("RemoveDestination", "<dId>" D1 "</dId>")));
	}
	snprintf(text, sizeof(text), "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><X1Request xmlns=\"" X1NS "\" xmlns:c=\"" COMMON "\" xmlns:xsi=\"" XSI "\"><x1RequestMessage "
		 "xsi:type=\"CreateDestinationRequest\">" HEADS("", "v1.6.1") DEST("", "c:", "b\xfcro") "</x1RequestMessage></X1Request>");
	CU_ASSERT_PTR_NOT_NULL(strstr(ask_raw(view_str(text)), "X1TopLevelErrorResponse"));	/* none but those that every reader of XML has */
	/* no message: an answer without one (X1-MSG-009), or that it is not as the schema has it */
	ask_raw(view_str("<X1Request xmlns=\"" X1NS "\"/>"));
	CU_ASSERT_TRUE(strstr(answer, "X1TopLevelErrorResponse") || strstr(answer, "<X1Response"));
	end();
}

/* A sample's answer, as if from the ADMF that it names; NULL: it is not there. */
static const char *ask_sample(const char *name, const char *admf, const char *ne)
{
	static char text[1 << 15];
	const char *shared = getenv("SHARED");
	char file[512];
	size_t n;
	FILE *f;

	snprintf(file, sizeof(file), "%s/spec/samples/%s", shared ? shared : "../shared", name);
	f = fopen(file, "r");
	if (!f)
		return NULL;
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	close_x1();
	x1conf.admf[0].admf_id = (char *)(uintptr_t)admf;
	x1conf.admf[0].ne_id = (char *)(uintptr_t)ne;
	open_x1();
	snprintf(asked.peer.uid, sizeof(asked.peer.uid), "%s", admf);
	return ask_raw(view_of(text, n));
}

/* Documents that were made from the standard and from nothing of ours. */
static void samples(void)
{
	clock_shift = INT64_C(1769904000) * LI_US_SECOND - clock_real();	/* February 2026: theirs */
	begin();
	if (!ask_sample("x1-CreateDestination.xml", "admf-1", "mdf-1")) {
		end();
		clock_shift = 0;
		UNIT_SKIP("no samples in SHARED/spec/samples");
	}
	CU_ASSERT_TRUE(is_ok(answer));
	/* what is no mediation function's: a trigger of a user plane, ports, roles */
	CU_ASSERT_PTR_NOT_NULL(strstr(ask_sample("x1-ActivateTask-3GPPext.xml", "tf", "upf-1"), "<errorCode>30"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask_sample("x1-ActivateTask-identifierforms.xml", "a", "n"), "<errorCode>30"));
	CU_ASSERT_TRUE(is_ok(ask_sample("x1-ActivateTask-MDF.xml", "admf-1", "mdf-1")));
	CU_ASSERT_TRUE(is_there("LIID-A-0001") && is_there("LIID-B-0002"));
	CU_ASSERT_TRUE(is_error(ask_sample("x1-ActivateTask-MDF.xml", "admf-1", "mdf-1"), "2010"));
	end();
	clock_shift = 0;
}

/* A thousand messages, each of another version and every third of them bad: each is answered for itself, in order. */
static void a_thousand(void)
{
	static char text[1 << 20], whole[1 << 20];
	size_t n;
	const char *p;

	begin();
	n = (size_t)snprintf(text, sizeof(text), "<X1Request " NS ">");
	for (unsigned i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "<x1RequestMessage xsi:type=\"%s\"><admfIdentifier>%s</admfIdentifier><neIdentifier>MDF-1</neIdentifier>"
			"<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.%u.1</version><x1TransactionId>3741800e-971b-4aa9-85f4-%012u</x1TransactionId>%s"
			"</x1RequestMessage>", i % 3 == 1 ? "GetTaskDetailsRequest" : "PingRequest", i % 3 == 2 ? "ADMF-9" : "ADMF-1", i % 30, i, i % 3 == 1 ? "<xId>x</xId>" : "");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "</X1Request>");
	asked.body = view_of(text, n);
	answered = false;
	x1_ask(x, &asked, on_whole_answer, whole);
	while (!answered)
		uv_run(&loop, UV_RUN_ONCE);
	p = whole;
	for (unsigned i = 0; i < 1000 && p; i++) {
		char id[128];

		snprintf(id, sizeof(id), "<version>v1.%u.1</version><x1TransactionId>3741800e-971b-4aa9-85f4-%012u<", i % 30, i);
		p = strstr(p, id);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		p = strstr(p, i % 3 == 0 ? "<oK>" : i % 3 == 1 ? "<errorCode>1010<" : "<errorCode>1030<");
	}
	CU_ASSERT_PTR_NOT_NULL(p);
	end();
}

static void clean_up(void)
{
	certs_fini(&certs, true);
}

UNIT_MAIN("x1_server", UNIT(element), UNIT(task_faults), UNIT(redundant), UNIT(identity), UNIT(two_of_them), UNIT(liid_in_two_tasks), UNIT(turns), UNIT(stopped), UNIT(slow_readers), UNIT(unreadable), UNIT(many_names), UNIT(amounts), UNIT(not_recorded), UNIT(reversed), UNIT(one_is_over), UNIT(silence), UNIT(silent_for), UNIT(silence_over_restarts), UNIT(reports_kept), UNIT(report_forms), UNIT(gone), UNIT(profiles), UNIT(hands), UNIT(samples), UNIT(a_thousand), UNIT(clean_up))
