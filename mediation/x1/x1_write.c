/* x1_write.c: see x1_write.h. The order of elements is the schema's; the tests hold every message against it. */
#include "mediation/x1/x1_write.h"

#include <inttypes.h>
#include <stdio.h>

#include "mediation/x1/x1_frag.h"
#include "mediation/x1/x1_read.h"

#define SINCE_OBJECT_LISTS 10	/* the schema of HashContext, the first generic object, is 1.10.1 */
#define SINCE_1_12 12		/* members that v1.11.1 does not have and schema 1.12.1 or 1.22.1 has */

static void put(struct x1_out *o, const char *s)
{
	if (!o->err)
		o->err = buf_put(o->to, s, strlen(s));
}

static void put_view(struct x1_out *o, struct view v)
{
	if (!o->err)
		o->err = buf_put(o->to, v.p, v.n);
}

static void put_text(struct x1_out *o, struct view v)
{
	if (!o->err)
		o->err = x1_frag_escape(v, o->to);
}

static void tag(struct x1_out *o, const char *name)
{
	put(o, "<");
	put(o, name);
	put(o, ">");
}

static void end_tag(struct x1_out *o, const char *name)
{
	put(o, "</");
	put(o, name);
	put(o, ">");
}

static void text(struct x1_out *o, const char *name, struct view v)
{
	tag(o, name);
	put_text(o, v);
	end_tag(o, name);
}

static void number(struct x1_out *o, const char *name, uint64_t n)
{
	char t[24];

	snprintf(t, sizeof(t), "%" PRIu64, n);
	text(o, name, view_str(t));
}

static void instant(struct x1_out *o, const char *name, li_us t)
{
	char s[LI_RFC3339_MAX];			/* six digits and a zone: X1-MSG-003 */

	if (li_rfc3339(t, s) == 0 && !o->err)
		o->err = LI_ERANGE;
	text(o, name, view_str(s));
}

static void uuid(struct x1_out *o, const char *name, const uint8_t b[16])
{
	char s[LI_UUID_TEXT];

	li_uuid_text(b, s);
	text(o, name, view_str(s));
}

/* -- envelope -- */

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

void x1_out_begin(struct x1_out *o, struct buf *to, bool response)
{
	*o = (struct x1_out){ .to = to, .response = response, .container = response ? "X1Response" : "X1Request", .version = X1_VERSION_OURS };
	put(o, DECLARATION "<");
	put(o, o->container);
	put(o, X1_FRAG_NAMESPACES ">");
}

enum li_err x1_out_end(struct x1_out *o)
{
	end_tag(o, o->container);
	put(o, "\n");
	return o->err;
}

/* What stands in every message before the transaction: X1-MSG-001. */
static void who(struct x1_out *o, const struct x1_head *h)
{
	char v[48];

	snprintf(v, sizeof(v), "v%u.%u.%u", h->version.major, h->version.minor, h->version.patch);
	text(o, "admfIdentifier", h->admf);
	text(o, "neIdentifier", h->ne);
	instant(o, "messageTimestamp", h->time);
	text(o, "version", view_str(v));
}

static void open_as(struct x1_out *o, const struct x1_head *h, const char *type, const char *suffix)
{
	o->message = o->response ? "x1ResponseMessage" : "x1RequestMessage";
	o->version = h->version;
	put(o, "<");
	put(o, o->message);
	put(o, " xsi:type=\"");
	put(o, type);
	put(o, suffix);
	put(o, "\">");
	who(o, h);
	uuid(o, "x1TransactionId", h->transaction);	/* X1-MSG-002 */
}

void x1_out_open(struct x1_out *o, const struct x1_head *h, enum x1_type t)
{
	open_as(o, h, x1_type_name(t), "Response");
}

void x1_out_close(struct x1_out *o)
{
	end_tag(o, o->message);
}

enum li_err x1_out_top_level_error(struct buf *to, const struct x1_head *h)
{
	struct x1_out o = { .to = to };

	put(&o, DECLARATION "<X1TopLevelErrorResponse xmlns=\"http://uri.etsi.org/03221/X1/2017/10\">");
	who(&o, h);
	put(&o, "</X1TopLevelErrorResponse>\n");
	return o.err;
}

/* -- outcomes -- */

void x1_out_ok(struct x1_out *o, const struct x1_head *h, enum x1_type t, bool completed)
{
	x1_out_open(o, h, t);
	text(o, "oK", view_str(completed || t == X1_REPORT_NE_ISSUE ? "AcknowledgedAndCompleted" : "Acknowledged"));
	x1_out_close(o);
}

static void error_information(struct x1_out *o, const char *name, int code, const char *description)
{
	tag(o, name);
	number(o, "errorCode", (uint64_t)x1_code_for(code, o->version));
	text(o, "errorDescription", view_str(description ? description : ""));	/* X1-MSG-012 */
	end_tag(o, name);
}

void x1_out_error(struct x1_out *o, const struct x1_head *h, const struct x1_msg *m, int code, const char *description)
{
	open_as(o, h, "Error", "Response");
	/* X1-MSG-011. Of a type that nobody knows it is ExtendedRequestMessageType, to old versions too: no other value is true. */
	text(o, "requestMessageType", view_str(x1_type_name(m->type)));
	error_information(o, "errorInformation", code, description);
	if (m->type == X1_UNKNOWN && m->type_3gpp && m->type_name.n && o->version.minor >= SINCE_1_12) {
		tag(o, "extensionInformation");
		text(o, "extensionSpecification", view_str("TS133128"));
		text(o, "extendedRequestMessageType", m->type_name);
		end_tag(o, "extensionInformation");
	}
	x1_out_close(o);
}

/* -- status -- */

static void faults(struct x1_out *o, struct x1_faults f)
{
	tag(o, "listOfFaults");	/* the schema wants it, also where it is empty */
	for (size_t i = 0; i < f.n; i++)
		error_information(o, "unresolvedFault", f.p[i].code, f.p[i].text);
	end_tag(o, "listOfFaults");
}

static void fragment(struct x1_out *o, struct view xml, unsigned young)
{
	if (o->version.minor >= young)
		put_view(o, xml);
	else if (!o->err)
		o->err = x1_frag_fit(xml, o->version.minor, o->to);
}

void x1_out_task(struct x1_out *o, const struct x1_task_state *s)
{
	static const char *const provisioning[] = { "awaitingProvisioning", "failed", "complete" };

	if (o->skip)
		return;
	tag(o, "taskResponseDetails");
	fragment(o, s->xml, s->young);
	tag(o, "taskStatus");
	text(o, "provisioningStatus", view_str(provisioning[s->provisioning]));
	faults(o, s->faults);
	if (s->has_counts) {
		if (s->last_intercept != LI_US_NEVER)
			instant(o, "timeOfLastIntercept", s->last_intercept);
		number(o, "amountOfX2Data", s->x2);
		number(o, "amountOfX3Data", s->x3);
		instant(o, "timeOfLastModification", s->modified);
		number(o, "numberOfModifications", s->modifications);
	}
	put(o, "</taskStatus></taskResponseDetails>");
}

void x1_out_dest(struct x1_out *o, const struct x1_dest_state *s)
{
	if (o->skip)
		return;
	tag(o, "destinationResponseDetails");
	fragment(o, s->xml, s->young);
	tag(o, "destinationStatus");
	text(o, "destinationDeliveryStatus", view_str(s->works ? "activeAndWorking" : "deliveryFault"));
	faults(o, s->faults);
	put(o, "</destinationStatus></destinationResponseDetails>");
}

void x1_out_object(struct x1_out *o, const struct x1_object_state *s)
{
	if (o->skip)
		return;
	tag(o, "genericObjectResponseDetails");
	fragment(o, s->xml, s->young);
	end_tag(o, "genericObjectResponseDetails");
}

void x1_out_ne(struct x1_out *o, struct x1_faults f)
{
	tag(o, "neStatusDetails");
	text(o, "neStatus", view_str(f.n ? "Faults" : "OK"));
	faults(o, f);
	end_tag(o, "neStatusDetails");
}

void x1_out_task_details(struct x1_out *o, const struct x1_head *h, const struct x1_task_state *s)
{
	x1_out_open(o, h, X1_GET_TASK_DETAILS);
	x1_out_task(o, s);
	x1_out_close(o);
}

void x1_out_dest_details(struct x1_out *o, const struct x1_head *h, const struct x1_dest_state *s)
{
	x1_out_open(o, h, X1_GET_DESTINATION_DETAILS);
	x1_out_dest(o, s);
	x1_out_close(o);
}

void x1_out_object_details(struct x1_out *o, const struct x1_head *h, const struct x1_object_state *s)
{
	x1_out_open(o, h, X1_GET_OBJECT);
	x1_out_object(o, s);
	x1_out_close(o);
}

void x1_out_ne_status(struct x1_out *o, const struct x1_head *h, struct x1_faults f)
{
	x1_out_open(o, h, X1_GET_NE_STATUS);
	x1_out_ne(o, f);
	x1_out_close(o);
}

/* -- lists -- */

static const struct {
	const char *list, *item;
	unsigned since;
} lists[] = {
	[X1_LIST_TASKS] = { "listOfTaskResponseDetails", NULL, 0 },
	[X1_LIST_DESTS] = { "listOfDestinationResponseDetails", NULL, 0 },
	[X1_LIST_OBJECTS] = { "listOfGenericObjectResponseDetails", NULL, SINCE_OBJECT_LISTS },
	[X1_LIST_XIDS] = { "ListOfXIDs", "xId", 0 },
	[X1_LIST_DIDS] = { "ListOfDIDs", "dId", 0 },
	[X1_LIST_OBJECT_IDS] = { "ListOfGenericObjectIDs", "objectId", SINCE_OBJECT_LISTS },
	[X1_LIST_OF_TYPE] = { "listOfObjects", "objectId", 0 },
};

void x1_out_list(struct x1_out *o, enum x1_list l)
{
	o->list = lists[l].list;
	o->skip = o->version.minor < lists[l].since;
	if (!o->skip)
		tag(o, o->list);
}

void x1_out_id(struct x1_out *o, enum x1_list l, const uint8_t id[16])
{
	if (!o->skip)
		uuid(o, lists[l].item, id);
}

void x1_out_list_end(struct x1_out *o)
{
	if (!o->skip)
		end_tag(o, o->list);
	o->skip = false;
}

/* -- our requests -- */

/* X1-REP-009 */
void x1_out_report(struct x1_out *o, const struct x1_head *h, enum x1_type t, const struct x1_report *r)
{
	static const char *const type[] = { "AllClear", "Warning", "NonTerminatingFault", "TerminatingFault", "ImplicitDeactivation",
					    "FullyActionedAndSuccessful", "FullyActionedAndUnsuccessful" };
	static const char *const ne[] = { "Warning", "FaultCleared", "FaultReport", "Alert" };
	bool dest = t == X1_REPORT_DESTINATION_ISSUE;
	enum x1_ne_issue n = r->ne_type;

	open_as(o, h, x1_type_name(t), "Request");
	if (t == X1_REPORT_NE_ISSUE) {
		if (n == X1_NE_ALERT && o->version.minor < SINCE_1_12)
			n = X1_NE_FAULT_REPORT;
		text(o, "typeOfNeIssueMessage", view_str(ne[n]));
		text(o, "description", r->issue.text);
		if (r->issue.code && o->version.minor >= SINCE_1_12)
			number(o, "issueCode", (uint64_t)x1_code_for(r->issue.code, o->version));
	} else {
		uuid(o, dest ? "dId" : "xId", r->id);
		text(o, dest ? "destinationReportType" : "taskReportType", view_str(type[r->type]));
		if (r->issue.code)
			number(o, dest ? "destinationIssueErrorCode" : "taskIssueErrorCode", (uint64_t)x1_code_for(r->issue.code, o->version));
		if (r->issue.text.n)
			text(o, dest ? "destinationIssueDetails" : "taskIssueDetails", r->issue.text);
	}
	x1_out_close(o);
}

void x1_out_ping(struct x1_out *o, const struct x1_head *h)
{
	open_as(o, h, x1_type_name(X1_PING), "Request");
	x1_out_close(o);
}
