/* test_x1_read.c: the two stages: what costs a whole document, what one message, and what is read of those that are good. */
#include "mediation/x1/x1_read.h"

#include <pthread.h>
#include <time.h>

#include "test/x1_made.h"

static struct x1_reader *reader;

static struct x1_doc *read_doc(struct buf *b)
{
	struct x1_doc *d = NULL;
	struct x1_top top;
	enum li_err e = x1_read(reader, buf_view(b), &d, &top);

	if (e)
		fprintf(stderr, "%s\n", top.why);
	CU_ASSERT_EQUAL_FATAL(e, LI_OK);
	CU_ASSERT_PTR_NULL(top.why);
	buf_fini(b);
	return d;
}

static struct x1_doc *request(const char *type, const char *version, const char *body)
{
	struct buf b;

	made_request(&b, type, version, body);
	return read_doc(&b);
}

static bool says(const struct x1_msg *m, int code, const char *text)
{
	bool ok = m->error.code == code && (!*text || memmem(m->error.text.p, m->error.text.n, text, strlen(text)));

	if (!ok)
		fprintf(stderr, "%d %.*s\n", m->error.code, (int)m->error.text.n, (const char *)m->error.text.p);
	return ok;
}

/* One message that must be refused so. */
static void refused(const char *type, const char *version, const char *body, int code, const char *text)
{
	struct x1_doc *d = request(type, version, body);

	CU_ASSERT(d->n == 1 && says(&d->msg[0], code, text));
	x1_doc_free(d);
}

/* -- stage 1 -- */

/* Nobody can be answered: X1-MSG-004, X1-MSG-005. */
static void documents_that_cannot_be_answered(void)
{
	static const struct { const char *body, *why; enum li_err e; } v[] = {
		{ "", "an empty body", LI_EFORMAT },
		{ "x", "not well-formed", LI_EFORMAT },
		{ "<X1Request>", "not well-formed", LI_EFORMAT },
		{ "<X1Request/>", "the root is none of X1's", LI_EFORMAT },
		{ "<X1Request xmlns=\"urn:x\"/>", "the root is none of X1's", LI_EFORMAT },
		{ "<x:X1Request/>", "not well-formed", LI_EFORMAT },
		{ "<X1Request" MADE_NS "/>", "a container without a message", LI_EFORMAT },
		{ "<X1Request" MADE_NS "><x1ResponseMessage/></X1Request>", "something else than messages in the container", LI_EFORMAT },
		{ "<X1Request" MADE_NS "><x1RequestMessage/></X1Request>", "a message's identifiers or transaction cannot be read", LI_EFORMAT },
		{ "<X1Request" MADE_NS "><x1RequestMessage xsi:type=\"PingRequest\"><admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier>"
		  "<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version></x1RequestMessage></X1Request>",
		  "a message's identifiers or transaction cannot be read", LI_EFORMAT },
		{ "<X1Request" MADE_NS "><x1RequestMessage xsi:type=\"PingRequest\"><admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier>"
		  "<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>"
		  "<x1TransactionId>3741800E-971b-4aa9-85f4-466d2b1adc7f</x1TransactionId></x1RequestMessage></X1Request>",
		  "a message's identifiers or transaction cannot be read", LI_EFORMAT },
		{ "<X1Request" MADE_NS "/><X1Request/>", "not well-formed", LI_EFORMAT },
		{ "<X1TopLevelErrorResponse" MADE_NS "/>", "the root is not as the schema has it", LI_EFORMAT },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct x1_doc *d = (void *)1;
		struct x1_top top;

		CU_ASSERT_EQUAL(x1_read(reader, view_str(v[i].body), &d, &top), v[i].e);
		CU_ASSERT_PTR_NULL(d);
		CU_ASSERT_STRING_EQUAL(top.why, v[i].why);
		CU_ASSERT(top.version.major == 1);
	}
}

/* Cut at every octet: nothing of it is ever done. */
static void nothing_of_half_a_document(void)
{
	struct buf b;

	made_request(&b, "ActivateTaskRequest", "v1.11.1", MADE_TASK(MADE_IMSI, ""));
	for (size_t i = 0; i < b.n; i++) {
		struct x1_doc *d;
		struct x1_top top;

		CU_ASSERT_EQUAL(x1_read(reader, view_of(b.p, i), &d, &top), LI_EFORMAT);
	}
	x1_doc_free(read_doc(&b));
}

static void the_version_is_known_where_there_is_one(void)
{
	struct x1_doc *d;
	struct x1_top top;
	struct buf b;

	made_request(&b, NULL, NULL, "<x1RequestMessage><version>v1.6.1</version></x1RequestMessage>");
	CU_ASSERT_EQUAL(x1_read(reader, buf_view(&b), &d, &top), LI_EFORMAT);
	CU_ASSERT(top.version.major == 1 && top.version.minor == 6 && top.version.patch == 1);
	buf_fini(&b);
}

static void versions(void)
{
	static const struct { const char *version; int code; unsigned minor; } v[] = {
		{ "v1.11.1", 0, 11 }, { "v1.6.1", 0, 6 }, { "v1.0.0", 0, 0 }, { "v1.99.1", 0, 99 }, { "v1.22.17", 0, 22 },	/* X1-MSG-008 */
		{ "v2.0.0", X1_E_VERSION, X1_MINOR }, { "v0.1.1", X1_E_VERSION, X1_MINOR }, { "v10.1.1", X1_E_VERSION, X1_MINOR },	/* X1-MSG-007 */
		{ "1.11.1", X1_E_SYNTAX, X1_MINOR }, { "v1.11", X1_E_SYNTAX, X1_MINOR }, { "", X1_E_SYNTAX, X1_MINOR }, { "v1.11.1.1", X1_E_SYNTAX, X1_MINOR },
		{ " v1.11.1", X1_E_SYNTAX, X1_MINOR }, { "v1.-1.1", X1_E_SYNTAX, X1_MINOR }, { "v1.9999999999.1", X1_E_SYNTAX, X1_MINOR },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct x1_doc *d = request("PingRequest", v[i].version, "");

		CU_ASSERT_EQUAL(d->msg[0].error.code, v[i].code);
		CU_ASSERT(d->msg[0].type == X1_PING && d->msg[0].head.version.major == 1 && d->msg[0].head.version.minor == v[i].minor);
		if (v[i].code == X1_E_VERSION)
			CU_ASSERT(says(&d->msg[0], X1_E_VERSION, "v1.22.1"));
		x1_doc_free(d);
	}
}

static void the_head(void)
{
	static const uint8_t tx[16] = { 0x37, 0x41, 0x80, 0x0e, 0x97, 0x1b, 0x4a, 0xa9, 0x85, 0xf4, 0x46, 0x6d, 0x2b, 0x1a, 0xdc, 0x7f };
	struct x1_doc *d = request("KeepaliveRequest", "v1.11.1", "");
	struct x1_msg *m = &d->msg[0];
	struct buf b;

	CU_ASSERT(d->root == X1_REQUEST && d->n == 1 && m->type == X1_KEEPALIVE && !m->response && m->error.code == 0);
	CU_ASSERT(view_eq(m->head.admf, view_str("admf-1")) && view_eq(m->head.ne, view_str("mdf-1")));
	CU_ASSERT(m->head.time == INT64_C(1767225600000000) && memcmp(m->head.transaction, tx, 16) == 0);
	x1_doc_free(d);

	/* xs:token: white space around an identifier is none of it */
	made_request(&b, NULL, NULL, "<x1RequestMessage xsi:type=\" PingRequest\n\"><admfIdentifier>\n admf-1\t</admfIdentifier><neIdentifier> mdf-1 </neIdentifier>"
		     "<messageTimestamp>2026-01-01T02:00:00.000000+02:00</messageTimestamp><version>v1.11.1</version><x1TransactionId> " MADE_TX
		     " </x1TransactionId></x1RequestMessage>");
	d = read_doc(&b);
	m = &d->msg[0];
	CU_ASSERT(m->type == X1_PING && m->error.code == 0 && view_eq(m->head.admf, view_str("admf-1")) && m->head.time == INT64_C(1767225600000000));
	x1_doc_free(d);

	made_request(&b, NULL, NULL, "<x1RequestMessage xsi:type=\"PingRequest\"><admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier>"
		     "<messageTimestamp>2026-01-01T02:00:00Z</messageTimestamp><version>v1.11.1</version><x1TransactionId>" MADE_TX "</x1TransactionId></x1RequestMessage>");
	d = read_doc(&b);
	CU_ASSERT(says(&d->msg[0], X1_E_SYNTAX, "messageTimestamp"));
	x1_doc_free(d);
}

/* X1-MSG-003: every instant that QualifiedMicrosecondDateTime has, the day's end and the widest zones too. */
static void times(void)
{
	static const struct { const char *text; li_us is; } v[] = {
		{ "2025-12-31T24:00:00.000000Z", INT64_C(1767225600000000) }, { "2026-01-01T14:00:00.000000+14:00", INT64_C(1767225600000000) },
		{ "2025-12-31T10:00:00.000000-14:00", INT64_C(1767225600000000) },
		{ "9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999) } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct x1_doc *d;
		struct buf b;

		made_request(&b, NULL, NULL, "");
		b.n -= strlen("</X1Request>");
		made_put(&b, "<x1RequestMessage xsi:type=\"ActivateTaskRequest\"><admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier><messageTimestamp>%s</messageTimestamp>"
			 "<version>v1.11.1</version><x1TransactionId>" MADE_TX "</x1TransactionId>" MADE_TASK(MADE_IMSI, "<listOfMediationDetails><mediationDetails>"
			 "<LIID>A</LIID><deliveryType>HI2Only</deliveryType><EndTime>%s</EndTime></mediationDetails></listOfMediationDetails>")
			 "</x1RequestMessage></X1Request>", v[i].text, v[i].text);
		d = read_doc(&b);
		CU_ASSERT(d->msg[0].error.code == 0 && d->msg[0].head.time == v[i].is);
		CU_ASSERT(d->msg[0].u.task.n_mediation == 1 && d->msg[0].u.task.mediation[0].end == v[i].is);
		x1_doc_free(d);
	}
}

/* Also what RFC 3339 or ISO 8601 would have, and the schema has not. */
static void a_time_that_is_none(void)
{
	static const char *const v[] = { "yesterday", "", "2026-02-30T00:00:00.000000Z", "2026-01-01T24:30:00.000000Z", "2026-01-01T24:00:00.000001Z",
		"2016-12-31T23:59:60.000000Z", "10000-01-01T00:00:00.000000Z", "9999-12-31T24:00:00.000000Z", "0000-01-01T00:00:00.000000Z",
		"2026-01-01T00:00:00.000000+14:01", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000000000Z", "2026-01-01T00:00:00.000000" };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct x1_doc *d;
		struct buf b;

		made_request(&b, NULL, NULL, "");
		b.n -= strlen("</X1Request>");
		made_put(&b, "<x1RequestMessage xsi:type=\"PingRequest\"><admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier><messageTimestamp>%s</messageTimestamp>"
			 "<version>v1.11.1</version><x1TransactionId>" MADE_TX "</x1TransactionId></x1RequestMessage></X1Request>", v[i]);
		d = read_doc(&b);
		CU_ASSERT(says(&d->msg[0], X1_E_SYNTAX, "messageTimestamp"));
		x1_doc_free(d);
	}
}

/* The text's spelling where the document declares only what that needs. */
static void spelling_without_the_schemas_namespaces(void)
{
	static const char head[] = "<X1Request xmlns=\"http://uri.etsi.org/03221/X1/2017/10\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"%s><x1RequestMessage i:type=\"ActivateTaskRequest\">"
		"<admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier><messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>"
		"<x1TransactionId>" MADE_TX "</x1TransactionId>%s</x1RequestMessage></X1Request>";
	static const char *const declared[] = { "", " xmlns:openmdf0=\"urn:x\"", " xmlns:c=\"http://uri.etsi.org/03280/common/2017/07\"" };

	for (size_t i = 0; i < 3; i++) {
		struct x1_doc *d;
		struct buf b;

		buf_init(&b, 0);
		made_put(&b, head, declared[i], MADE_TASK("<targetIdentifier><ipv4Cidr> 192.0.2.0/24 </ipv4Cidr></targetIdentifier>", ""));
		d = read_doc(&b);
		CU_ASSERT(says(&d->msg[0], 0, "") && d->msg[0].u.task.target && d->msg[0].u.task.target[0].id.kind == LI_ID_IPV4);
		CU_ASSERT_PTR_NOT_NULL(memmem(d->msg[0].u.task.xml.p, d->msg[0].u.task.xml.n, "<c:IPv4CIDR>192.0.2.0/24</c:IPv4CIDR>", 37));
		x1_doc_free(d);
	}
	refused("ActivateTaskRequest", "v1.11.1", MADE_TASK("<targetIdentifier><ipv4Cidr/></targetIdentifier>", ""), X1_E_SYNTAX, "ipv4Cidr");
	refused("ActivateTaskRequest", "v1.11.1", MADE_TASK("<targetIdentifier><ipv4Cidr>&lt;x&gt;&amp;y;</ipv4Cidr></targetIdentifier>", ""), X1_E_SYNTAX, "IPv4CIDR");
	refused("ActivateTaskRequest", "v1.11.1", MADE_TASK("<targetIdentifier><ipv6Cidr><c:IPv6CIDR>&amp;x;</c:IPv6CIDR></ipv6Cidr></targetIdentifier>", ""), X1_E_SYNTAX, "ipv6Cidr");
}

/* X1-MSG-015: whatever the prefix. */
static void namespaces(void)
{
	static const char *const v[] = {
		"<X1Request xmlns=\"" "http://uri.etsi.org/03221/X1/2017/10" "\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><x1RequestMessage xsi:type=\"PingRequest\">"
		"<admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier><messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>"
		"<x1TransactionId>" MADE_TX "</x1TransactionId></x1RequestMessage></X1Request>",
		"<ns1:X1Request xmlns:ns1=\"http://uri.etsi.org/03221/X1/2017/10\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><ns1:x1RequestMessage xsi:type=\"ns1:PingRequest\">"
		"<ns1:admfIdentifier>a</ns1:admfIdentifier><ns1:neIdentifier>n</ns1:neIdentifier><ns1:messageTimestamp>2026-01-01T00:00:00.000000Z</ns1:messageTimestamp>"
		"<ns1:version>v1.11.1</ns1:version><ns1:x1TransactionId>" MADE_TX "</ns1:x1TransactionId></ns1:x1RequestMessage></ns1:X1Request>",
		"<X1Request xmlns=\"http://uri.etsi.org/03221/X1/2017/10\"><x1RequestMessage xmlns:q=\"http://uri.etsi.org/03221/X1/2017/10\" "
		"xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"q:PingRequest\" i:schemaLocation=\"http://uri.etsi.org/03221/X1/2017/10 http://192.0.2.1/x.xsd\">"
		"<admfIdentifier>a</admfIdentifier><neIdentifier>n</neIdentifier><messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>"
		"<x1TransactionId>" MADE_TX "</x1TransactionId></x1RequestMessage></X1Request>",
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct x1_doc *d;
		struct x1_top top;

		CU_ASSERT_EQUAL_FATAL(x1_read(reader, view_str(v[i]), &d, &top), LI_OK);
		CU_ASSERT(d->msg[0].type == X1_PING && d->msg[0].error.code == 0);
		x1_doc_free(d);
	}
	/* a type that is named where there is none to choose, by its name in the published schema */
	struct x1_doc *d = request("ActivateTaskRequest", "v1.11.1", "<taskDetails xsi:type=\"TaskDetails\"><xId xsi:type=\"XId\">" MADE_XID "</xId><targetIdentifiers xsi:type=\"ListOfTargetIdentifiers\">"
		MADE_IMSI "</targetIdentifiers><deliveryType>X2Only</deliveryType><listOfDIDs xsi:type=\"ListOfDids\"/></taskDetails>");

	CU_ASSERT(says(&d->msg[0], 0, "") && !memmem(d->msg[0].u.task.xml.p, d->msg[0].u.task.xml.n, "xsi:", 4));
	x1_doc_free(d);
	/* a prefix that is not declared names nothing; nor does a type of another namespace */
	refused("q:PingRequest", "v1.22.1", "", X1_E_SYNTAX, "without a type");
	refused("c:PingRequest", "v1.22.1", "", X1_E_UNSUPPORTED, "not supported");
}

/* Every request of the catalogue is read as what it is. */
static void every_request(void)
{
	enum { EMPTY, TASK, XID, DEST, DID, OBJECT, OBJECT_ID, OBJECT_TYPE, REPORT, OK, DETAILS };
	static const struct { enum x1_type type; int body; } v[] = {
#define M(id, name, dir, since, clause, req, res) { X1_##id, req },
#include "mediation/x1/x1_message.tbl"
#undef M
	};
	static const char object[] = " xsi:type=\"h:HashContext\"><objectId>" MADE_DID "</objectId><h:hashAlgorithm>sha-512</h:hashAlgorithm><h:salt>4241792fc4d3d097</h:salt></";

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char type[100], body[1000] = "", id[LI_UUID_TEXT] = "";
		struct x1_doc *d;
		struct x1_msg *m;

		snprintf(type, sizeof(type), "%sRequest", x1_type_name(v[i].type));
		switch (v[i].body) {
		case TASK: snprintf(body, sizeof(body), "%s", MADE_TASK(MADE_IMSI, "")); break;
		case XID: snprintf(body, sizeof(body), "<xId>" MADE_XID "</xId>"); break;
		case DEST: snprintf(body, sizeof(body), "<destinationDetails><dId>" MADE_DID "</dId><deliveryType>X2Only</deliveryType><deliveryAddress><uri>urn:x</uri>"
				    "</deliveryAddress></destinationDetails>"); break;
		case DID: snprintf(body, sizeof(body), "<dId>" MADE_DID "</dId>"); break;
		case OBJECT: snprintf(body, sizeof(body), "<%s%s%s>", v[i].type == X1_CREATE_OBJECT ? "createObject" : "modifyObject", object,
				      v[i].type == X1_CREATE_OBJECT ? "createObject" : "modifyObject"); break;
		case OBJECT_ID: snprintf(body, sizeof(body), "<objectId>" MADE_DID "</objectId>"); break;
		case OBJECT_TYPE: snprintf(body, sizeof(body), "<objectType>Q{http://uri.etsi.org/03221/X1/2017/10/HashedID}HashContext</objectType>"); break;
		case REPORT: snprintf(body, sizeof(body), v[i].type == X1_REPORT_NE_ISSUE ? "<typeOfNeIssueMessage>Alert</typeOfNeIssueMessage><description>d</description><issueCode>9010</issueCode>" :
				      v[i].type == X1_REPORT_TASK_ISSUE ? "<xId>" MADE_XID "</xId><taskReportType>TerminatingFault</taskReportType><taskIssueErrorCode>9030</taskIssueErrorCode>" :
				      "<dId>" MADE_DID "</dId><destinationReportType>AllClear</destinationReportType>"); break;
		default: break;
		}
		d = request(type, "v1.22.1", body);
		m = &d->msg[0];
		CU_ASSERT(m->type == v[i].type && m->error.code == 0);
		if (m->error.code)
			fprintf(stderr, "%s: %.*s\n", type, (int)m->error.text.n, (const char *)m->error.text.p);
		switch (v[i].body) {
		case TASK: li_uuid_text(m->u.task.xid.b, id); CU_ASSERT_STRING_EQUAL(id, MADE_XID); break;
		case XID: li_uuid_text(m->u.xid.b, id); CU_ASSERT_STRING_EQUAL(id, MADE_XID); break;
		case DEST: li_uuid_text(m->u.dest.did.b, id); CU_ASSERT_STRING_EQUAL(id, MADE_DID); break;
		case DID: li_uuid_text(m->u.did.b, id); CU_ASSERT_STRING_EQUAL(id, MADE_DID); break;
		case OBJECT: li_uuid_text(m->u.object.id.b, id); CU_ASSERT_STRING_EQUAL(id, MADE_DID); break;
		case OBJECT_ID: li_uuid_text(m->u.object_id.b, id); CU_ASSERT_STRING_EQUAL(id, MADE_DID); break;
		case OBJECT_TYPE: CU_ASSERT(view_eq(m->u.object_type, view_str("Q{http://uri.etsi.org/03221/X1/2017/10/HashedID}HashContext"))); break;
		default: break;
		}
		x1_doc_free(d);
	}
}

/* X1-MSG-014, X1-MSG-009: a bad message is only itself. */
static void one_bad_message_costs_only_itself(void)
{
	struct x1_doc *d;
	struct buf b;

	buf_init(&b, 0);
	made_put(&b, "<X1Request" MADE_NS ">");
	made_message(&b, "PingRequest", "v1.11.1", "");
	made_message(&b, "ActivateTaskRequest", "v1.11.1", "<taskDetails/>");
	made_message(&b, "nope:PingRequest", "v1.11.1", "");
	made_message(&b, "FooRequest", "v1.11.1", "<x/>");
	made_message(&b, "PingRequest", "v3.1.1", "");
	made_message(&b, "GetTaskDetailsRequest", "v1.11.1", "<xId>" MADE_XID "</xId>");
	made_put(&b, "</X1Request>");
	d = read_doc(&b);
	CU_ASSERT_EQUAL_FATAL(d->n, 6);
	CU_ASSERT(d->msg[0].type == X1_PING && d->msg[0].error.code == 0);
	CU_ASSERT(d->msg[1].type == X1_ACTIVATE_TASK && says(&d->msg[1], X1_E_SYNTAX, "taskDetails: an element is missing in it"));	/* X1-MSG-006 */
	CU_ASSERT(d->msg[2].type == X1_UNKNOWN && d->msg[2].error.code == X1_E_SYNTAX);
	CU_ASSERT(d->msg[3].type == X1_UNKNOWN && d->msg[3].error.code == X1_E_GENERIC && view_eq(d->msg[3].type_name, view_str("Foo")));	/* X1-MSG-020 */
	CU_ASSERT(d->msg[4].error.code == X1_E_VERSION);
	CU_ASSERT(d->msg[5].type == X1_GET_TASK_DETAILS && d->msg[5].error.code == 0);
	x1_doc_free(d);
	d = request("g:LocationAcquisitionRequest", "v1.22.1", "");
	CU_ASSERT(d->msg[0].type_3gpp && d->msg[0].error.code == X1_E_UNSUPPORTED && view_eq(d->msg[0].type_name, view_str("LocationAcquisition")));
	x1_doc_free(d);
	/* types that our schema has for itself are none of a message */
	refused("BareRequest", "v1.22.1", "", X1_E_UNSUPPORTED, "not supported");
	refused("Bare", "v1.22.1", "", X1_E_UNSUPPORTED, "not supported");
	refused("X1RequestMessage", "v1.22.1", "", X1_E_UNSUPPORTED, "not supported");
	refused("ErrorRequest", "v1.22.1", "", X1_E_UNSUPPORTED, "not supported");
}

/* -- what is read -- */

static void targets(void)
{
	static const struct { const char *xml; enum x1_target_kind kind; const char *name; enum li_id_kind id; const char *value; } v[] = {
		{ "<supiimsi> 001010123456789\n</supiimsi>", X1_TARGET_SUPI_IMSI, "supiimsi", LI_ID_IMSI, "001010123456789" },
		{ "<supinai>user@EXAMPLE.org</supinai>", X1_TARGET_SUPI_NAI, "supinai", LI_ID_NAI, "user@EXAMPLE.org" },
		{ "<gpsiMsisdn>447700900000</gpsiMsisdn>", X1_TARGET_GPSI_MSISDN, "gpsiMsisdn", LI_ID_MSISDN, "447700900000" },
		{ "<peiImei>35299906037642</peiImei>", X1_TARGET_PEI_IMEI, "peiImei", LI_ID_IMEI, "35299906037642" },
		{ "<peiImeisv>3529990603764201</peiImeisv>", X1_TARGET_PEI_IMEISV, "peiImeisv", LI_ID_IMEISV, "3529990603764201" },
		{ "<ipv4Address>192.000.02.7</ipv4Address>", X1_TARGET_IPV4, "ipv4Address", LI_ID_IPV4, "192.000.02.7" },
		{ "<ipv4Cidr><c:IPv4CIDR>10.0.010.0/24</c:IPv4CIDR></ipv4Cidr>", X1_TARGET_IPV4_CIDR, "ipv4Cidr", LI_ID_IPV4, "10.0.010.0/24" },
		{ "<ipv4Cidr>10.0.0.0/24</ipv4Cidr>", X1_TARGET_IPV4_CIDR, "ipv4Cidr", LI_ID_IPV4, "10.0.0.0/24" },
		{ "<ipv4Cidr><c:IPv6CIDR>2001:0db8:0000:0000:0000:0000:0000:0000/48</c:IPv6CIDR></ipv4Cidr>", X1_TARGET_IPV6_CIDR, "ipv6Cidr", LI_ID_IPV6, "2001:0db8:0000:0000:0000:0000:0000:0000/48" },
		{ "<ipv6Cidr><c:IPv6CIDR>2001:0db8:0000:0000:0000:0000:0000:0000/48</c:IPv6CIDR></ipv6Cidr>", X1_TARGET_IPV6_CIDR, "ipv6Cidr", LI_ID_IPV6, "2001:0db8:0000:0000:0000:0000:0000:0000/48" },
		{ "<tcpPort>1</tcpPort>", X1_TARGET_TCP_PORT, "tcpPort", LI_ID_NONE, "1" },
		{ "<tcpPortRange><c:start>2</c:start><c:end>9</c:end></tcpPortRange>", X1_TARGET_TCP_PORT_RANGE, "tcpPortRange", LI_ID_NONE, "" },
		{ "<callPartyRole>ForwardedTo</callPartyRole>", X1_TARGET_CALL_PARTY_ROLE, "callPartyRole", LI_ID_NONE, "Forwarded-To" },
		{ "<suci>0102</suci>", X1_TARGET_SUCI, "suci", LI_ID_NONE, "0102" },
		{ "<sipUri>sip:alice@ims.example.org</sipUri>", X1_TARGET_SIP_URI, "sipUri", LI_ID_SIP_URI, "sip:alice@ims.example.org" },
		{ "<macAddress>00:0a:95:9d:68:16</macAddress>", X1_TARGET_MAC, "macAddress", LI_ID_MAC, "00:0a:95:9d:68:16" },
		{ "<targetIdentifierExtension><Owner>3GPP</Owner><g:PTCLIX1TargetIdentifierExtensions><g:PTCLIX1TargetIdentifier><g:MCPTTID>sip:m@example.org</g:MCPTTID></g:PTCLIX1TargetIdentifier>"
		  "</g:PTCLIX1TargetIdentifierExtensions></targetIdentifierExtension>", X1_TARGET_MCPTT_ID, "MCPTTID", LI_ID_MCPTT, "sip:m@example.org" },
		{ "<vrf>x</vrf>", X1_TARGET_VRF, "vrf", LI_ID_NONE, "x" },
		{ "<targetIdentifierExtension><Owner>3GPP</Owner><g:DNN>internet</g:DNN></targetIdentifierExtension>", X1_TARGET_DNN, "DNN", LI_ID_NONE, "internet" },
		{ "<targetIdentifierExtension><Owner>3GPP</Owner><g:HR/></targetIdentifierExtension>", X1_TARGET_HR, "HR", LI_ID_NONE, "" },
		{ "<targetIdentifierExtension><Owner>3GPP</Owner><g:AKMATargetIdentifier><g:AKID>a@b</g:AKID></g:AKMATargetIdentifier></targetIdentifierExtension>", X1_TARGET_AKID, "AKID", LI_ID_NONE, "a@b" },
		{ "<targetIdentifierExtension><Owner>3GPP</Owner><g:PINLIX1TargetIdentifier><g:PINID>7</g:PINID></g:PINLIX1TargetIdentifier></targetIdentifierExtension>", X1_TARGET_PIN, "PINID", LI_ID_NONE, "7" },
		{ "<targetIdentifierExtension><Owner>3GPP</Owner><g:ECX1TargetIdentifierExtensions><g:EECID>e</g:EECID></g:ECX1TargetIdentifierExtensions></targetIdentifierExtension>", X1_TARGET_EEC_ID, "EECID", LI_ID_NONE, "e" },
		{ "<targetIdentifierExtension><Owner>3GPP</Owner><g:HRLIT1TargetIdentifierExtensions><g:HRLIT1TargetIdentifier><g:PDUSessionID>5</g:PDUSessionID></g:HRLIT1TargetIdentifier>"
		  "<g:HRLIT1TargetIdentifier><g:BearerID>6</g:BearerID></g:HRLIT1TargetIdentifier></g:HRLIT1TargetIdentifierExtensions></targetIdentifierExtension>",
		  X1_TARGET_HR_PDU_SESSION, "PDUSessionID", LI_ID_NONE, "" },	/* two: no single value */
		{ "<targetIdentifierExtension><Owner>x</Owner><e xmlns=\"urn:x\">1</e></targetIdentifierExtension>", X1_TARGET_UNKNOWN_EXTENSION, "targetIdentifierExtension", LI_ID_NONE, "" },
		{ "<targetIdentifierExtension><Owner>x</Owner></targetIdentifierExtension>", X1_TARGET_UNKNOWN_EXTENSION, "targetIdentifierExtension", LI_ID_NONE, "" },
	};
	static const uint8_t octets[] = { 0xdd, 0xbe, 0x52 };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char body[2048];
		struct x1_doc *d;
		struct x1_task *t;

		snprintf(body, sizeof(body), MADE_TASK("<targetIdentifier>%s</targetIdentifier>", ""), v[i].xml);
		d = request("ActivateTaskRequest", "v1.11.1", body);
		t = &d->msg[0].u.task;
		CU_ASSERT(says(&d->msg[0], 0, "") && t->n_targets == 1);
		if (t->n_targets == 1) {
			CU_ASSERT(t->target[0].kind == v[i].kind && strcmp(t->target[0].name, v[i].name) == 0 && !t->target[0].why);
			CU_ASSERT(t->target[0].id.kind == v[i].id && view_eq(t->target[0].value, view_str(v[i].value)));
			if (t->target[0].id.kind != v[i].id || !view_eq(t->target[0].value, view_str(v[i].value)) || t->target[0].kind != v[i].kind)
				fprintf(stderr, "%zu: %s kind %d id %d value %.*s\n", i, t->target[0].name, t->target[0].kind, t->target[0].id.kind,
					(int)t->target[0].value.n, (const char *)t->target[0].value.p);
		}
		x1_doc_free(d);
	}

	struct x1_doc *d = request("ActivateTaskRequest", "v1.11.1", MADE_TASK("<targetIdentifier><ipv4Address>192.000.02.7</ipv4Address></targetIdentifier>"
		"<targetIdentifier><ipv4Cidr><c:IPv4CIDR>10.0.0.1/24</c:IPv4CIDR></ipv4Cidr></targetIdentifier>"
		"<targetIdentifier><hashedIdentifier><h:hashContextID>" MADE_DID "</h:hashContextID><h:targetIdentityType>InternationalE164</h:targetIdentityType>"
		"<h:hashDigest>DDbe52</h:hashDigest></hashedIdentifier></targetIdentifier><targetIdentifier><supinai>user@EXAMPLE.org</supinai></targetIdentifier>", ""));
	struct x1_task *t = &d->msg[0].u.task;

	CU_ASSERT_EQUAL_FATAL(t->n_targets, 4);
	CU_ASSERT(memcmp(t->target[0].id.addr.b, "\xc0\x00\x02\x07", 4) == 0 && t->target[0].id.prefix == 32);
	CU_ASSERT(t->target[1].id.kind == LI_ID_NONE && t->target[1].why && strstr(t->target[1].why, "bits beyond its prefix"));
	CU_ASSERT(view_eq(t->target[2].hashed.digest, view_of(octets, 3)) && view_eq(t->target[2].hashed.type, view_str("InternationalE164")));
	CU_ASSERT(t->target[2].hashed.context.b[0] == 0x19 && t->target[2].hashed.context.b[15] == 0xd4);
	CU_ASSERT(view_eq(t->target[3].id.text, view_str("user@example.org")));
	x1_doc_free(d);
}

/* However a value is cut up, it is one; or the half of an identity would be intercepted. */
static void values_in_pieces(void)
{
	static const char *const v[] = {
		"00101<!-- x -->0123456789", "00101<?x?>0123456789", "<![CDATA[00101]]>0123456789", "00101<![CDATA[0123456789]]>", "<![CDATA[001]]><![CDATA[010123456789]]>",
		"&#48;&#x30;1010123456789", "00101&#48;123456789", "<!-- a --> 00<?b?>1<![CDATA[010123]]><!-- c -->4&#53;6789 <!-- d -->",
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char body[2048];
		struct x1_doc *d;

		snprintf(body, sizeof(body), MADE_TASK("<targetIdentifier><!-- t --><imsi>%s</imsi><?u?></targetIdentifier>", ""), v[i]);
		d = request("ActivateTaskRequest", "v1.11.1", body);
		CU_ASSERT(says(&d->msg[0], 0, "") && d->msg[0].u.task.n_targets == 1 && view_eq(d->msg[0].u.task.target[0].id.text, view_str("001010123456789")));
		CU_ASSERT_PTR_NOT_NULL(memmem(d->msg[0].u.task.xml.p, d->msg[0].u.task.xml.n, "1010123456789", 13));
		x1_doc_free(d);
	}
}

/* At the longest that a target can be, and one more: that is its fault, not its kind's. */
static void long_targets(void)
{
	for (size_t n = LI_TARGET_MAX - 1; n <= LI_TARGET_MAX + 1; n++) {
		char body[4096], uri[LI_TARGET_MAX + 2];
		struct x1_target *t;
		struct x1_doc *d;

		memset(uri, 'a', n);
		memcpy(uri, "sip:", 4);
		memcpy(uri + n - 4, "@b.c", 5);
		snprintf(body, sizeof(body), MADE_TASK("<targetIdentifier><sipUri>%s</sipUri></targetIdentifier>", ""), uri);
		d = request("ActivateTaskRequest", "v1.11.1", body);
		CU_ASSERT_FATAL(says(&d->msg[0], 0, "") && d->msg[0].u.task.n_targets == 1);
		t = &d->msg[0].u.task.target[0];
		CU_ASSERT(t->value.n == n && (t->id.kind == LI_ID_SIP_URI) == (n <= LI_TARGET_MAX));
		CU_ASSERT((t->why != NULL) == (n > LI_TARGET_MAX));
		x1_doc_free(d);
	}
}

#define MEDIATION(x) MADE_TASK(MADE_IMSI, "<listOfMediationDetails>" x "</listOfMediationDetails>")

static void mediation(void)
{
	struct x1_doc *d = request("ActivateTaskRequest", "v1.22.1", MEDIATION(
		"<mediationDetails><LIID>LIID-A-0001</LIID><deliveryType>HI2andHI3</deliveryType><StartTime>2026-01-01T08:00:00.000001Z</StartTime>"
		"<EndTime>2026-03-31T22:00:00.000000+02:00</EndTime><listOfDIDs><dId>" MADE_DID "</dId><dSId>" MADE_XID "</dSId></listOfDIDs>"
		"<mediationDetailsExtensions><Owner>3GPP</Owner><g:X1Extensions><g:LocationOnlyProvisioning><g:LocationOnly/></g:LocationOnlyProvisioning></g:X1Extensions></mediationDetailsExtensions>"
		"<serviceScopingOptions><serviceScopingOptions><serviceType><serviceType>voice</serviceType><serviceType>messaging</serviceType></serviceType>"
		"<locationType><listOfLocationTypes><locationType><beginningAndEnd>true</beginningAndEnd><uponChange>false</uponChange></locationType></listOfLocationTypes></locationType>"
		"<suspendOnOutboundInternationalRoaming>0</suspendOnOutboundInternationalRoaming><reportPostDialledDigits>1</reportPostDialledDigits></serviceScopingOptions>"
		"<serviceScopingOptions><serviceType><serviceType>data</serviceType></serviceType><locationType><doNotReport/></locationType></serviceScopingOptions></serviceScopingOptions>"
		"<listOfTrafficPolicyReferences><trafficPolicyReference>" MADE_TX "</trafficPolicyReference></listOfTrafficPolicyReferences></mediationDetails>"
		"<mediationDetails><LIID>0123456789abcdef0123456789</LIID><deliveryType>HI3Only</deliveryType></mediationDetails>"));
	struct x1_mediation *m = d->msg[0].u.task.mediation;

	CU_ASSERT(says(&d->msg[0], 0, ""));
	CU_ASSERT_EQUAL_FATAL(d->msg[0].u.task.n_mediation, 2);
	CU_ASSERT(m[0].liid.n == 11 && memcmp(m[0].liid.p, "LIID-A-0001", 11) == 0 && !m[0].liid_binary);
	CU_ASSERT(m[0].delivery == (X1_HI2 | X1_HI3) && m[0].has_start && m[0].start == INT64_C(1767254400000001) && m[0].has_end && m[0].end == INT64_C(1774987200000000));
	CU_ASSERT(m[0].has_dests && m[0].dests.n_dids == 1 && m[0].dests.n_sets == 1 && m[0].dests.did[0].b[0] == 0x19 && m[0].dests.set[0].b[0] == 0x29);
	CU_ASSERT(m[0].extensions.n == 1 && m[0].extensions.p[0].kind == X1_EXT_LOCATION_ONLY && m[0].extensions.p[0].u.location_only && m[0].extensions.p[0].release == 19);
	CU_ASSERT(view_eq(m[0].extensions.p[0].owner, view_str("3GPP")) && view_eq(m[0].extensions.p[0].name, view_str("LocationOnlyProvisioning")));
	CU_ASSERT(m[0].has_scopes && m[0].n_scopes == 2 && m[0].scope[0].services == (X1_VOICE | X1_MESSAGING) && m[0].scope[0].location == X1_LOCATION_LISTED);
	CU_ASSERT(m[0].scope[0].begin_end == LI_TRUE && m[0].scope[0].upon_change == LI_FALSE && m[0].scope[0].lals == LI_ABSENT);
	CU_ASSERT(m[0].scope[0].suspend_roaming == LI_FALSE && m[0].scope[0].report_digits == LI_TRUE);
	CU_ASSERT(m[0].scope[1].services == X1_DATA && m[0].scope[1].location == X1_LOCATION_NONE && m[0].scope[1].report_digits == LI_ABSENT);
	CU_ASSERT(m[0].policies.n == 1 && d->msg[0].u.task.young == 12);
	CU_ASSERT(m[1].liid_binary && m[1].liid.n == 13 && m[1].liid.p[0] == 0x01 && m[1].liid.p[12] == 0x89);
	CU_ASSERT(!m[1].has_dests && !m[1].has_start && !m[1].has_end && m[1].delivery == X1_HI3 && !m[1].has_scopes && m[1].extensions.n == 0);
	x1_doc_free(d);

	/* the text's names of table C.2 */
	d = request("ActivateTaskRequest", "v1.11.1", MEDIATION("<mediationDetails><LIID>1</LIID><deliveryType>HI2Only</deliveryType><serviceScopingOptions><serviceScopingOptions>"
		"<locationType><listOfLocationTypes><locationType><reportBeginningAndEnd>true</reportBeginningAndEnd><reportUponChange>true</reportUponChange><reportLALS>false</reportLALS>"
		"</locationType></listOfLocationTypes></locationType></serviceScopingOptions></serviceScopingOptions></mediationDetails>"));
	m = d->msg[0].u.task.mediation;
	CU_ASSERT(says(&d->msg[0], 0, "") && m && m[0].scope[0].begin_end == LI_TRUE && m[0].scope[0].lals == LI_FALSE);
	CU_ASSERT_PTR_NOT_NULL(memmem(d->msg[0].u.task.xml.p, d->msg[0].u.task.xml.n, "<beginningAndEnd>", 17));
	x1_doc_free(d);

	refused("ActivateTaskRequest", "v1.11.1", MEDIATION("<mediationDetails><LIID>0123456789abcdef0123456789a</LIID><deliveryType>HI3Only</deliveryType></mediationDetails>"),
		X1_E_ACTIVATE, "odd number of hex digits");
	refused("ModifyTaskRequest", "v1.11.1", MEDIATION("<mediationDetails><LIID>-</LIID><deliveryType>HI3Only</deliveryType></mediationDetails>"), X1_E_MODIFY, "hyphen");
}

static void the_rest_of_a_task(void)
{
	struct x1_doc *d = request("ModifyTaskRequest", "v1.11.1", MADE_TASK(MADE_IMSI, "<correlationID>18446744073709551616</correlationID>"
		"<implicitDeactivationAllowed>true</implicitDeactivationAllowed><productID>" MADE_TX "</productID><listOfServiceTypes><serviceType>RCS</serviceType></listOfServiceTypes>"
		"<taskDetailsExtensions><Owner>3GPP</Owner><g:X1Extensions><g:HeaderReporting><g:PDHType><g:PDSR><g:PDSRTriggerType><g:TimerExpiry>30</g:TimerExpiry></g:PDSRTriggerType>"
		"<g:PDSRTriggerType><g:ByteCount>1000</g:ByteCount></g:PDSRTriggerType><g:useSessionTriggers>true</g:useSessionTriggers></g:PDSR></g:PDHType></g:HeaderReporting></g:X1Extensions></taskDetailsExtensions>"
		"<taskDetailsExtensions><Owner>3GPP</Owner><g:X1Extensions><g:SMSFExtensions><g:TruncateTPUserData/></g:SMSFExtensions></g:X1Extensions></taskDetailsExtensions>"
		"<taskDetailsExtensions><Owner>nobody</Owner></taskDetailsExtensions>"));
	struct x1_task *t = &d->msg[0].u.task;

	CU_ASSERT(says(&d->msg[0], 0, "") && d->msg[0].type == X1_MODIFY_TASK);
	CU_ASSERT(t->delivery == (X1_X2 | X1_X3) && t->dests.n_dids == 1 && t->dests.n_sets == 0 && !t->has_mediation);
	CU_ASSERT(t->has_correlation && t->correlation == UINT64_MAX && t->implicit == LI_TRUE && t->has_product && t->product.b[0] == 0x37);
	CU_ASSERT(t->has_services && t->services == X1_RCS && t->young == 0);
	CU_ASSERT_EQUAL_FATAL(t->extensions.n, 3);
	CU_ASSERT(t->extensions.p[0].kind == X1_EXT_HEADER_REPORTING && t->extensions.p[0].u.header.pdsr && t->extensions.p[0].u.header.n_triggers == 2);
	CU_ASSERT(t->extensions.p[0].u.header.trigger[0].kind == X1_TRIGGER_SECONDS && t->extensions.p[0].u.header.trigger[1].kind == X1_TRIGGER_OCTETS &&
		  t->extensions.p[0].u.header.trigger[1].value == 1000 && t->extensions.p[0].u.header.use_session == LI_TRUE);
	CU_ASSERT(t->extensions.p[1].kind == X1_EXT_SMSF && t->extensions.p[1].u.truncate_sms);
	CU_ASSERT(t->extensions.p[2].kind == X1_EXT_EMPTY);
	x1_doc_free(d);
	d = request("ActivateTaskRequest", "v1.11.1", MADE_TASK("<targetIdentifier><vrf>x</vrf></targetIdentifier>", ""));
	CU_ASSERT(d->msg[0].u.task.young == 11);	/* by who sent it, it can be given back */
	x1_doc_free(d);
	d = request("ActivateTaskRequest", "v1.22.1", MADE_TASK("<targetIdentifier><vrf>x</vrf></targetIdentifier>", ""));
	CU_ASSERT(d->msg[0].u.task.young == 12);
	x1_doc_free(d);
	d = request("ActivateTaskRequest", "v1.11.1", MADE_TASK(MADE_IMSI, "<correlationID>+0042</correlationID>"));
	t = &d->msg[0].u.task;
	CU_ASSERT(t->has_correlation && t->correlation == 42 && t->implicit == LI_ABSENT && !t->has_product && !t->has_services && t->extensions.n == 0);
	x1_doc_free(d);
}

#define EXT(ns) "<taskDetailsExtensions><Owner>o</Owner><X1Extensions xmlns=\"" ns "\"><LocationOnlyProvisioning><LocationOnly/></LocationOnlyProvisioning></X1Extensions></taskDetailsExtensions>"

/* X1-TASK-029, X1-TASK-030. */
static void extensions(void)
{
	static const struct { const char *body; unsigned release; int code; } v[] = {
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r19:v2")), 19, 0 },
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r18:v6")), 18, 0 },
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r17:v11")), 17, 0 },
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r16:v1")), 16, 0 },
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r20:v1")), 0, X1_E_ACTIVATE },
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r15:v1")), 0, X1_E_ACTIVATE },
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r18")), 0, X1_E_ACTIVATE },
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r18:v")), 0, X1_E_ACTIVATE },
		{ MADE_TASK(MADE_IMSI, EXT("urn:3GPP:ns:li:3GPPX1Extensions:r18:v1x")), 0, X1_E_ACTIVATE },
		{ MADE_TASK(MADE_IMSI, EXT("urn:example:ours")), 0, X1_E_ACTIVATE },
		{ MADE_TASK(MADE_IMSI, "<taskDetailsExtensions><X1Extensions xmlns=\"urn:x\"/></taskDetailsExtensions>"), 0, X1_E_SYNTAX },
		{ MADE_TASK(MADE_IMSI, "<taskDetailsExtensions><Owner>o</Owner><g:Unheard/></taskDetailsExtensions>"), 0, X1_E_ACTIVATE },
		{ MADE_TASK(MADE_IMSI, "<taskDetailsExtensions><Owner>o</Owner><g:X1Extensions><g:Unheard/></g:X1Extensions></taskDetailsExtensions>"), 0, X1_E_SYNTAX },
		{ MADE_TASK(MADE_IMSI, "<taskDetailsExtensions><Owner>o</Owner><imsi>001010123456789</imsi></taskDetailsExtensions>"), 0, X1_E_SYNTAX },	/* not of X1's namespace */
		{ MEDIATION("<mediationDetails><LIID>1</LIID><deliveryType>HI2Only</deliveryType><mediationDetailsExtensions><Owner>o</Owner><e xmlns=\"urn:x\"/></mediationDetailsExtensions></mediationDetails>"), 0, X1_E_ACTIVATE },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct x1_doc *d = request("ActivateTaskRequest", "v1.11.1", v[i].body);

		CU_ASSERT(says(&d->msg[0], v[i].code, v[i].code == X1_E_ACTIVATE ? "extension" : ""));
		if (!d->msg[0].error.code) {
			char ns[] = "r00:";

			CU_ASSERT(d->msg[0].u.task.extensions.n == 1 && d->msg[0].u.task.extensions.p[0].release == v[i].release);
			snprintf(ns, sizeof(ns), "r%02u:", v[i].release % 100);
			CU_ASSERT_PTR_NOT_NULL(memmem(d->msg[0].u.task.xml.p, d->msg[0].u.task.xml.n, ns, 4));	/* as it was sent */
			CU_ASSERT_PTR_NOT_NULL(memmem(d->msg[0].u.task.extensions.p[0].ns.p, d->msg[0].u.task.extensions.p[0].ns.n, ns, 4));
		}
		x1_doc_free(d);
	}
	refused("ModifyTaskRequest", "v1.11.1", MADE_TASK(MADE_IMSI, EXT("urn:x")), X1_E_MODIFY, "extension");
#define DEST_EXT "<destinationDetails><dId>" MADE_DID "</dId><deliveryType>X2Only</deliveryType><deliveryAddress><uri>urn:x</uri></deliveryAddress>" \
	"<destinationDetailsExtensions><Owner>o</Owner><e xmlns=\"urn:x\"/></destinationDetailsExtensions></destinationDetails>"
	refused("CreateDestinationRequest", "v1.11.1", DEST_EXT, X1_E_CREATE_DEST, "extension");
	refused("ModifyDestinationRequest", "v1.11.1", DEST_EXT, X1_E_MODIFY_DEST, "extension");
}

static void destinations(void)
{
	static const struct { const char *address; enum x1_address_kind kind; uint8_t family; uint16_t port; bool udp; const char *text; } v[] = {
		{ "<ipAddressAndPort><c:address><c:IPv4Address>192.0.2.50</c:IPv4Address></c:address><c:port><c:TCPPort>8102</c:TCPPort></c:port></ipAddressAndPort>", X1_ADDRESS_IP, 4, 8102, false, "" },
		{ "<ipAddressAndPort><c:address><c:IPv6Address>2001:0db8:0000:0000:0000:0000:0000:0001</c:IPv6Address></c:address><c:port><c:UDPPort>0</c:UDPPort></c:port></ipAddressAndPort>", X1_ADDRESS_IP, 6, 0, true, "" },	/* X1-DEST-013 */
		{ "<e164Number>447700900000</e164Number>", X1_ADDRESS_E164, 0, 0, false, "447700900000" },
		{ "<uri>https://lemf.example.org/</uri>", X1_ADDRESS_URI, 0, 0, false, "https://lemf.example.org/" },
		{ "<emailAddress>a@b.example</emailAddress>", X1_ADDRESS_EMAIL, 0, 0, false, "a@b.example" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char body[1024];
		struct x1_doc *d;
		struct x1_dest *t;

		snprintf(body, sizeof(body), "<destinationDetails><dId>" MADE_DID "</dId>%s<deliveryType>X3Only</deliveryType><deliveryAddress>%s</deliveryAddress></destinationDetails>",
			 i % 2 ? "<friendlyName> LEMF &amp; 1</friendlyName>" : "", v[i].address);
		d = request("CreateDestinationRequest", "v1.11.1", body);
		t = &d->msg[0].u.dest;
		CU_ASSERT(says(&d->msg[0], 0, "") && t->address == v[i].kind && t->ip.family == v[i].family && t->port == v[i].port && t->udp == v[i].udp);
		CU_ASSERT(view_eq(t->text, view_str(v[i].text)) && t->delivery == X1_X3 && t->has_name == (i % 2 == 1) && view_eq(t->name, view_str(i % 2 ? " LEMF & 1" : "")));
		x1_doc_free(d);
	}
	refused("CreateDestinationRequest", "v1.11.1", "<destinationDetails><dId>" MADE_DID "</dId><deliveryType>X3Only</deliveryType><friendlyName>a</friendlyName>"
		"<deliveryAddress><uri>urn:x</uri></deliveryAddress></destinationDetails>", X1_E_SYNTAX, "deliveryAddress");
}

#define SET(members, type) "<createObject xsi:type=\"s:DestinationSetDetails\"><objectId>" MADE_XID "</objectId><s:friendlyName>both</s:friendlyName>" \
	"<s:listOfAssociatedDIDs>" members "</s:listOfAssociatedDIDs><s:destinationSetType>" type "</s:destinationSetType></createObject>"

static void objects(void)
{
	static const uint8_t salt[] = { 0x42, 0x41, 0x79, 0x2f, 0xc4, 0xd3, 0xd0, 0x97 };
	static const char *const hash[] = { "sha-256", "sha-512", "sha3-512" };
	struct x1_object *o;
	struct x1_doc *d;
	char body[1024];

	for (unsigned i = 0; i < 3; i++) {	/* X1-OBJ-007 */
		snprintf(body, sizeof(body), "<createObject xsi:type=\"h:HashContext\"><objectId>" MADE_XID "</objectId><h:hashAlgorithm>%s</h:hashAlgorithm><h:salt>4241792FC4D3D097</h:salt></createObject>", hash[i]);
		d = request("CreateObjectRequest", "v1.11.1", body);
		o = &d->msg[0].u.object;
		CU_ASSERT(says(&d->msg[0], 0, "") && o->kind == X1_OBJECT_HASH_CONTEXT && o->hash.algorithm == i && view_eq(o->hash.salt, view_of(salt, sizeof(salt))));
		CU_ASSERT(view_eq(o->type, view_str("Q{http://uri.etsi.org/03221/X1/2017/10/HashedID}HashContext")));
		x1_doc_free(d);
	}
	refused("CreateObjectRequest", "v1.11.1", "<createObject xsi:type=\"h:HashContext\"><objectId>" MADE_XID "</objectId><h:hashAlgorithm>md5</h:hashAlgorithm>"
		"<h:salt>4241792fc4d3d097</h:salt></createObject>", X1_E_SYNTAX, "hashAlgorithm");
	refused("CreateObjectRequest", "v1.11.1", "<createObject xsi:type=\"h:HashContext\"><objectId>" MADE_XID "</objectId><h:hashAlgorithm>sha-256</h:hashAlgorithm>"
		"<h:salt>4241792fc4d3d0</h:salt></createObject>", X1_E_SYNTAX, "salt");	/* X1-OBJ-008 */
	refused("CreateObjectRequest", "v1.11.1", "<createObject xsi:type=\"g:Other\"><objectId>" MADE_XID "</objectId></createObject>", X1_E_CREATE_OBJECT, "type");	/* X1-OBJ-003 */
	refused("ModifyObjectRequest", "v1.11.1", "<modifyObject xsi:type=\"g:Other\"><objectId>" MADE_XID "</objectId></modifyObject>", X1_E_MODIFY_OBJECT, "type");
	refused("CreateObjectRequest", "v1.11.1", "<createObject><objectId>" MADE_XID "</objectId></createObject>", X1_E_SYNTAX, "createObject");

	d = request("CreateObjectRequest", "v1.11.1", SET("<s:AssociatedDID><s:dId>" MADE_DID "</s:dId><s:preference>7</s:preference></s:AssociatedDID>"
		"<s:AssociatedDID><s:dId>" MADE_TX "</s:dId></s:AssociatedDID>", "Redundant"));
	o = &d->msg[0].u.object;
	CU_ASSERT(says(&d->msg[0], 0, "") && o->kind == X1_OBJECT_DESTINATION_SET && o->set.redundant && o->set.n == 2 && view_eq(o->set.name, view_str("both")));
	CU_ASSERT(o->set.member && o->set.member[0].has_preference && o->set.member[0].preference == 7 && o->set.member[0].did.b[0] == 0x19 && !o->set.member[1].has_preference);
	x1_doc_free(d);
	d = request("CreateObjectRequest", "v1.11.1", SET("", "Duplicate"));
	CU_ASSERT(says(&d->msg[0], 0, "") && !d->msg[0].u.object.set.redundant && d->msg[0].u.object.set.n == 0);
	x1_doc_free(d);
	/* nobody has the schema: members in X1's own namespace, and the text's name of the id */
	d = request("CreateObjectRequest", "v1.11.1", "<createObject xsi:type=\"s:DestinationSetDetails\"><x1ObjectID>" MADE_XID "</x1ObjectID>"
		"<listOfAssociatedDIDs><associatedDID><dId>" MADE_DID "</dId><preference>1</preference></associatedDID></listOfAssociatedDIDs>"
		"<destinationSetType>Redundant</destinationSetType></createObject>");
	o = &d->msg[0].u.object;
	CU_ASSERT(says(&d->msg[0], 0, "") && o->set.n == 1 && o->set.redundant && o->id.b[0] == 0x29);
	CU_ASSERT_PTR_NOT_NULL(memmem(o->xml.p, o->xml.n, "<s:AssociatedDID><s:dId>", 24));
	x1_doc_free(d);
#define SET_EXT(what) "<" what " xsi:type=\"s:DestinationSetDetails\"><objectId>" MADE_XID "</objectId><s:listOfAssociatedDIDs/><s:destinationSetDetailsExtension><Owner>o</Owner>" \
	"<e xmlns=\"urn:x\"/></s:destinationSetDetailsExtension><s:destinationSetType>Redundant</s:destinationSetType></" what ">"
	refused("CreateObjectRequest", "v1.11.1", SET_EXT("createObject"), X1_E_CREATE_OBJECT, "extension");
	refused("ModifyObjectRequest", "v1.11.1", SET_EXT("modifyObject"), X1_E_MODIFY_OBJECT, "extension");
	refused("ListObjectsOfTypeRequest", "v1.11.1", "<objectType>HashContext</objectType>", X1_E_SYNTAX, "objectType");
	d = request("GetAllGenericObjectDetailsRequest", "v1.22.1", "");
	CU_ASSERT(says(&d->msg[0], 0, "") && d->msg[0].u.object_type.n == 0);
	x1_doc_free(d);
}

/* What an ADMF answers to our reports. */
static void responses(void)
{
	static const char who[] = "<admfIdentifier>admf-1</admfIdentifier><neIdentifier>mdf-1</neIdentifier><messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>";
	struct x1_doc *d;
	struct buf b;

	buf_init(&b, 0);
	made_put(&b, "<X1Response" MADE_NS "><x1ResponseMessage xsi:type=\"ReportTaskIssueResponse\">%s<x1TransactionId>" MADE_TX "</x1TransactionId><oK>Acknowledged</oK></x1ResponseMessage>", who);
	made_put(&b, "<x1ResponseMessage xsi:type=\"ReportNEIssueResponse\">%s<x1TransactionId>" MADE_TX "</x1TransactionId><OK>AcknowledgedAndCompleted</OK></x1ResponseMessage>", who);
	made_put(&b, "<x1ResponseMessage xsi:type=\"ErrorResponse\">%s<x1TransactionId>" MADE_TX "</x1TransactionId><requestMessageType>ReportNEIssue</requestMessageType>"
		 "<errorInformation><errorCode>1050</errorCode></errorInformation></x1ResponseMessage>", who);
	made_put(&b, "<x1ResponseMessage xsi:type=\"ReportNEIssueResponse\">%s<x1TransactionId>" MADE_TX "</x1TransactionId><oK>Acknowledged</oK></x1ResponseMessage></X1Response>", who);
	d = read_doc(&b);
	CU_ASSERT_FATAL(d->root == X1_RESPONSE && d->n == 4);
	CU_ASSERT(d->msg[0].type == X1_REPORT_TASK_ISSUE && d->msg[0].error.code == 0 && !d->msg[0].u.completed && d->msg[0].response);
	CU_ASSERT(d->msg[1].type == X1_REPORT_NE_ISSUE && d->msg[1].error.code == 0 && d->msg[1].u.completed);
	CU_ASSERT(d->msg[2].type == X1_REPORT_NE_ISSUE && d->msg[2].error.code == X1_E_NE_CERT && d->msg[2].error.text.n == 0);
	CU_ASSERT(says(&d->msg[3], X1_E_SYNTAX, "oK") && d->msg[3].invalid && !d->msg[2].invalid);
	x1_doc_free(d);

	buf_init(&b, 0);
	made_put(&b, "<X1TopLevelErrorResponse" MADE_NS ">%s</X1TopLevelErrorResponse>", who);
	d = read_doc(&b);
	CU_ASSERT(d->root == X1_TOP_LEVEL_ERROR && view_eq(d->msg[0].head.ne, view_str("mdf-1")) && d->msg[0].head.version.minor == 11);
	x1_doc_free(d);
}

/* A container of many, and what one costs. */
static void many_messages(void)
{
	struct timespec from, to;
	struct x1_doc *d;
	struct buf b;
	double us;

	buf_init(&b, 0);
	made_put(&b, "<X1Request" MADE_NS ">");
	for (unsigned i = 0; i < LI_X1_MESSAGES; i++)
		made_message(&b, "ActivateTaskRequest", "v1.11.1", MEDIATION("<mediationDetails><LIID>LIID-A-0001</LIID><deliveryType>HI2andHI3</deliveryType></mediationDetails>"
			     "<mediationDetails><LIID>LIID-A-0002</LIID><deliveryType>HI2Only</deliveryType><StartTime>2026-01-01T08:00:00.000000Z</StartTime></mediationDetails>"));
	made_put(&b, "</X1Request>");
	clock_gettime(CLOCK_MONOTONIC, &from);
	d = read_doc(&b);
	clock_gettime(CLOCK_MONOTONIC, &to);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3) / LI_X1_MESSAGES;
	fprintf(stderr, "%.0f us an ActivateTask\n", us);
	CU_ASSERT(d->n == LI_X1_MESSAGES && d->msg[LI_X1_MESSAGES - 1].error.code == 0 && d->msg[LI_X1_MESSAGES - 1].u.task.n_mediation == 2);
	CU_ASSERT(us < 1000 || getenv("ROUNDS"));	/* a sanitizer's build says ROUNDS=10 */
	x1_doc_free(d);
}

/* Each thread its own reader; one that was made by one is used by another. */
static void *in_thread(void *arg)
{
	struct x1_reader *own = arg ? arg : x1_reader_new(NULL);
	intptr_t bad = own == NULL;

	for (unsigned i = 0; own && i < unit_rounds(200); i++) {
		struct x1_doc *d = NULL;
		struct x1_top top;
		struct buf b;

		made_request(&b, "ActivateTaskRequest", "v1.11.1", i % 2 ? MADE_TASK(MADE_IMSI, "") : MADE_TASK("<targetIdentifier><imsi>x</imsi></targetIdentifier>", ""));
		bad += x1_read(own, buf_view(&b), &d, &top) || d->msg[0].error.code != (i % 2 ? 0 : X1_E_SYNTAX);
		x1_doc_free(d);
		b.n /= 2;
		bad += x1_read(own, buf_view(&b), &d, &top) != LI_EFORMAT;
		buf_fini(&b);
	}
	x1_reader_free(own);
	return (void *)bad;
}

static void threads(void)
{
	pthread_t t[4];
	void *bad;

	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, in_thread, i ? NULL : x1_reader_new(NULL)), 0);
	for (size_t i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(pthread_join(t[i], &bad), 0);
		CU_ASSERT_EQUAL((intptr_t)bad, 0);
	}
}

static void set_up(void)
{
	reader = x1_reader_new(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
}

static void tear_down(void)
{
	x1_reader_free(reader);
}

UNIT_MAIN("x1_read", UNIT(set_up), UNIT(documents_that_cannot_be_answered), UNIT(nothing_of_half_a_document), UNIT(the_version_is_known_where_there_is_one),
	  UNIT(versions), UNIT(the_head), UNIT(times), UNIT(a_time_that_is_none), UNIT(spelling_without_the_schemas_namespaces), UNIT(namespaces), UNIT(every_request), UNIT(one_bad_message_costs_only_itself), UNIT(targets), UNIT(long_targets), UNIT(values_in_pieces), UNIT(mediation),
	  UNIT(the_rest_of_a_task), UNIT(extensions), UNIT(destinations), UNIT(objects), UNIT(responses), UNIT(many_messages), UNIT(threads), UNIT(tear_down))
