/*
 * test_x1_server.c: the X1 server without a network: requests as if their certificates had been verified, answers as they stand.
 * What goes over a wire is test/integration/x1.sh's.
 */
#include "test/x1_server_rig.h"

#include <fcntl.h>

static void on_whole_answer(void *arg, struct buf *b)
{
	CU_ASSERT_FATAL(b->n < 1 << 20);
	memcpy(arg, b->p, b->n);
	((char *)arg)[b->n] = 0;
	answered = true;
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

UNIT_MAIN("x1_server", UNIT(element), UNIT(task_faults), UNIT(redundant), UNIT(identity), UNIT(two_of_them), UNIT(liid_in_two_tasks), UNIT(turns), UNIT(stopped), UNIT(slow_readers), UNIT(unreadable), UNIT(many_names), UNIT(amounts), UNIT(not_recorded), UNIT(reversed), UNIT(one_is_over), UNIT(profiles), UNIT(hands), UNIT(samples), UNIT(a_thousand), UNIT(clean_up))
