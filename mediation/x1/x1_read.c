/*
 * x1_read.c: the two stages of x1_read.h.
 *
 *   x1_read        x1_xml_parse, the root, then for each message:
 *     envelope       who it is from and to, its transaction, version and type: stage 1
 *     message        settle (x1_tree.h), check (x1_schema.h), body (x1_body.h): stage 2
 */
#include "mediation/x1/x1_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mediation/x1/x1_body.h"
#include "mediation/x1/x1_frag.h"
#include "mediation/x1/x1_schema.h"
#include "mediation/x1/x1_tree.h"

#define VERSION_DIGITS 9	/* of one number: fits 32 bits */

const struct x1_limits x1_limits_default = {
	.octets = LI_X1_OCTETS, .messages = LI_X1_MESSAGES, .elements = LI_X1_ELEMENTS,
	.depth = LI_X1_DEPTH, .attributes = LI_X1_ATTRIBUTES, .text = LI_X1_TEXT,
};

struct x1_reader {
	struct x1_limits l;
	struct x1_schema *schema;
};

struct x1_reader *x1_reader_new(const struct x1_limits *l)
{
	struct x1_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->l = l ? *l : x1_limits_default;
	r->schema = x1_schema_new();
	if (!r->schema) {
		free(r);
		return NULL;
	}
	return r;
}

void x1_reader_free(struct x1_reader *r)
{
	if (!r)
		return;
	x1_schema_free(r->schema);
	free(r);
}

void x1_doc_free(struct x1_doc *d)
{
	if (d)
		x1_arena_free(d->arena);	/* it lies in there itself */
}

/* -- stage 1: the envelope -- */

static bool number(const uint8_t **p, const uint8_t *end, unsigned *out)
{
	const uint8_t *from = *p;

	for (*out = 0; *p < end && **p >= '0' && **p <= '9' && *p - from < VERSION_DIGITS; (*p)++)
		*out = *out * 10 + (unsigned)(**p - '0');
	return *p > from;
}

static bool version(struct view v, struct x1_version *out)
{
	const uint8_t *p = v.p, *end = v.p + v.n;

	if (v.n == 0 || *p++ != 'v' || !number(&p, end, &out->major) || p == end || *p++ != '.' ||
	    !number(&p, end, &out->minor) || p == end || *p++ != '.' || !number(&p, end, &out->patch))
		return false;
	return p == end;
}

static enum x1_type type_of(const char *ns, const char *local, const char *suffix)
{
	size_t n = strlen(local), s = strlen(suffix);

	if (!ns || strcmp(ns, X1_NS) != 0 || n <= s || strcmp(local + n - s, suffix) != 0)
		return X1_UNKNOWN;
	for (unsigned t = X1_UNKNOWN + 1; t < X1_TYPES; t++)
		if (strlen(x1_type_name(t)) == n - s && strncmp(x1_type_name(t), local, n - s) == 0)
			return t;
	return X1_UNKNOWN;
}

static void refused(struct x1_msg *m, struct x1_arena *a, int code, const char *text)
{
	m->invalid = true;
	m->error.code = code;
	m->error.text = x1_arena_copy(a, view_str(text));
}

/*
 * What an answer to the message needs. LI_EFORMAT: it cannot be answered. A version or time that is wrong can: so it is this
 * message's error, kept in m. Names go by their namespaces, whatever the prefix: X1-MSG-015.
 */
static enum li_err envelope(xmlNodePtr n, struct x1_arena *a, struct x1_msg *m)
{
	const char *suffix = m->response ? "Response" : "Request", *ns;
	xmlNodePtr c;
	char local[LI_NAME_MAX + 1];
	size_t end;

	m->head.admf = x1_arena_copy(a, x1_xml_token(x1_xml_child(n, X1_NS, "admfIdentifier")));
	m->head.ne = x1_arena_copy(a, x1_xml_token(x1_xml_child(n, X1_NS, "neIdentifier")));
	if (!m->head.admf.n || !m->head.ne.n || !x1_body_uuid(x1_xml_child(n, X1_NS, "x1TransactionId"), m->head.transaction))
		return LI_EFORMAT;
	for (struct view v = x1_xml_token(x1_xml_child(n, X1_NS, "x1TransactionId")); v.n; v.n--)
		if (v.p[v.n - 1] >= 'A' && v.p[v.n - 1] <= 'F')	/* it could not be given back: a UUID is in lower case here */
			return LI_EFORMAT;
	ns = x1_xml_type(n, local);
	m->type = type_of(ns, local, suffix);
	m->type_3gpp = x1_tree_3gpp(ns);
	end = strlen(local);
	if (end > strlen(suffix) && strcmp(local + end - strlen(suffix), suffix) == 0)
		local[end - strlen(suffix)] = 0;
	m->type_name = x1_arena_copy(a, view_str(local));

	c = x1_xml_child(n, X1_NS, "version");
	if (!version(x1_xml_text(c), &m->head.version)) {	/* xs:string: no white space around it */
		m->head.version = X1_VERSION_OURS;
		refused(m, a, X1_E_SYNTAX, "version: none of the form v1.2.3");
	} else if (m->head.version.major != 1) {	/* X1-MSG-007; any minor of 1 is taken: X1-MSG-008 */
		m->head.version = X1_VERSION_OURS;
		refused(m, a, X1_E_VERSION, "v1.22.1 is supported, and every v1.*.*");
	}
	if (li_rfc3339_read(x1_xml_token(x1_xml_child(n, X1_NS, "messageTimestamp")), &m->head.time) && !m->error.code)
		refused(m, a, X1_E_SYNTAX, "messageTimestamp: not an instant with six digits of fraction and a zone");
	return LI_OK;
}

/* -- stage 2: what it says -- */

static xmlNodePtr child(xmlNodePtr n, const char *name)
{
	return x1_xml_child(n, X1_NS, name);
}

static void read_report(struct x1_build *b, xmlNodePtr n, struct x1_report *out)
{
	static const char *const task[] = { "AllClear", "Warning", "NonTerminatingFault", "TerminatingFault", "ImplicitDeactivation",
					    "FullyActionedAndSuccessful", "FullyActionedAndUnsuccessful" };
	static const char *const ne[] = { "Warning", "FaultCleared", "FaultReport", "Alert" };
	bool dest = b->m->type == X1_REPORT_DESTINATION_ISSUE;
	xmlNodePtr code, text;

	if (b->m->type == X1_REPORT_NE_ISSUE) {
		for (size_t i = 0; i < sizeof(ne) / sizeof(ne[0]); i++)
			if (view_eq(x1_xml_token(child(n, "typeOfNeIssueMessage")), view_str(ne[i])))
				out->ne_type = (enum x1_ne_issue)i;
		code = child(n, "issueCode");
		text = child(n, "description");
	} else {
		x1_body_uuid(child(n, dest ? "dId" : "xId"), out->id);
		for (size_t i = 0; i < sizeof(task) / sizeof(task[0]); i++)
			if (view_eq(x1_xml_token(child(n, dest ? "destinationReportType" : "taskReportType")), view_str(task[i])))
				out->type = (enum x1_report_type)i;
		code = child(n, dest ? "destinationIssueErrorCode" : "taskIssueErrorCode");
		text = child(n, dest ? "destinationIssueDetails" : "taskIssueDetails");
	}
	if (code)
		out->issue.code = (int)(x1_body_uint(code) & INT32_MAX);
	out->issue.text = x1_body_copy(b, x1_xml_text(text));
}

static void read_response(struct x1_build *b, xmlNodePtr n)
{
	struct x1_msg *m = b->m;
	xmlNodePtr info = child(n, "errorInformation");
	char name[LI_NAME_MAX + 1];

	if (!info) {
		m->u.completed = view_eq(x1_xml_token(child(n, "oK")), view_str("AcknowledgedAndCompleted"));
		return;
	}
	snprintf(name, sizeof(name), "%.*sResponse", (int)x1_xml_token(child(n, "requestMessageType")).n,
		 (const char *)x1_xml_token(child(n, "requestMessageType")).p);
	m->type = type_of(X1_NS, name, "Response");
	m->error.code = (int)(x1_body_uint(child(info, "errorCode")) & INT32_MAX);
	m->error.text = x1_body_copy(b, x1_xml_text(child(info, "errorDescription")));
}

/* Whoever sends a member of a later version than it says understands it, too, when it is given back (X1-QRY-001). */
static void not_younger(unsigned *young, const struct x1_head *h)
{
	if (*young > h->version.minor)
		*young = h->version.minor;
}

static void read_body(struct x1_build *b, xmlNodePtr n)
{
	struct x1_msg *m = b->m;

	switch (m->type) {
	case X1_ACTIVATE_TASK:
	case X1_MODIFY_TASK:
		b->modify = m->type == X1_MODIFY_TASK;
		x1_body_task(b, child(n, "taskDetails"), &m->u.task);
		not_younger(&m->u.task.young, &m->head);
		break;
	case X1_DEACTIVATE_TASK:
	case X1_GET_TASK_DETAILS:
		x1_body_uuid(child(n, "xId"), m->u.xid.b);
		break;
	case X1_CREATE_DESTINATION:
	case X1_MODIFY_DESTINATION:
		x1_body_dest(b, child(n, "destinationDetails"), &m->u.dest);
		not_younger(&m->u.dest.young, &m->head);
		break;
	case X1_REMOVE_DESTINATION:
	case X1_GET_DESTINATION_DETAILS:
		x1_body_uuid(child(n, "dId"), m->u.did.b);
		break;
	case X1_CREATE_OBJECT:
	case X1_MODIFY_OBJECT:
		x1_body_object(b, child(n, m->type == X1_CREATE_OBJECT ? "createObject" : "modifyObject"), &m->u.object);
		not_younger(&m->u.object.young, &m->head);
		break;
	case X1_DELETE_OBJECT:
	case X1_GET_OBJECT:
		x1_body_uuid(child(n, "objectId"), m->u.object_id.b);
		break;
	case X1_LIST_OBJECTS_OF_TYPE:
	case X1_GET_ALL_OBJECT_DETAILS:
		m->u.object_type = x1_body_copy(b, x1_xml_token(child(n, "objectType")));
		break;
	case X1_REPORT_TASK_ISSUE:
	case X1_REPORT_DESTINATION_ISSUE:
	case X1_REPORT_NE_ISSUE:
		read_report(b, n, &m->u.report);
		break;
	default:
		break;
	}
}

/* An object of a type that we do not have is no syntax error: its owner's schema may well have it (X1-OBJ-003). */
static bool object_known(xmlNodePtr n)
{
	xmlNodePtr o = child(n, "createObject");
	char local[LI_NAME_MAX + 1];
	const char *ns;

	if (!o)
		o = child(n, "modifyObject");
	if (!o || !xmlHasNsProp(o, (const xmlChar *)"type", (const xmlChar *)X1_NS_XSI))
		return true;	/* the schema says what is wrong */
	ns = x1_xml_type(o, local);
	return ns && ((strcmp(ns, X1_NS_HASHED) == 0 && strcmp(local, "HashContext") == 0) ||
		      (strcmp(ns, X1_NS_SET) == 0 && strcmp(local, "DestinationSetDetails") == 0));
}

static enum li_err message(struct x1_reader *r, xmlNodePtr n, struct x1_arena *a, struct x1_msg *m)
{
	struct x1_build b = { .a = a, .m = m };
	bool error_response = m->response && view_eq(m->type_name, view_str("Error"));
	char fault[X1_FAULT_MAX];
	enum li_err e;

	if (m->error.code)
		return LI_OK;
	if (m->type == X1_UNKNOWN && !error_response) {	/* X1-MSG-020 */
		if (m->type_name.n == 0)
			refused(m, a, X1_E_SYNTAX, "a message without a type (xsi:type)");
		else
			refused(m, a, x1_code_for(X1_E_UNSUPPORTED, m->head.version), "requests of this type are not supported");
		return LI_OK;
	}
	e = x1_tree_settle(n, a);
	if (e)
		return e;
	if (!m->response && !object_known(n)) {
		refused(m, a, m->type == X1_MODIFY_OBJECT ? X1_E_MODIFY_OBJECT : X1_E_CREATE_OBJECT, "objects of this type are not supported");
		return LI_OK;
	}
	e = x1_schema_check(r->schema, n, fault);
	if (e == LI_EFORMAT) {
		refused(m, a, X1_E_SYNTAX, fault);
		return LI_OK;
	}
	if (e)
		return e;
	if (m->response)
		read_response(&b, n);
	else
		read_body(&b, n);
	if (b.code) {
		memset(&m->u, 0, sizeof(m->u));
		refused(m, a, b.code, b.text);
	}
	return b.no_memory ? LI_ENOMEM : LI_OK;
}

/* -- documents -- */

static enum li_err top_level_error(struct x1_reader *r, xmlNodePtr root, struct x1_doc *d, struct x1_top *top)
{
	char fault[X1_FAULT_MAX];
	enum li_err e = x1_tree_settle(root, d->arena);

	if (!e)
		e = x1_schema_check(r->schema, root, fault);
	if (e) {
		top->why = "the root is not as the schema has it";
		return e;
	}
	d->msg = x1_arena_get(d->arena, sizeof(*d->msg));
	if (!d->msg)
		return LI_ENOMEM;
	d->n = 1;
	d->msg[0].response = true;
	d->msg[0].head.admf = x1_arena_copy(d->arena, x1_xml_token(child(root, "admfIdentifier")));
	d->msg[0].head.ne = x1_arena_copy(d->arena, x1_xml_token(child(root, "neIdentifier")));
	if (!version(x1_xml_text(child(root, "version")), &d->msg[0].head.version))
		d->msg[0].head.version = X1_VERSION_OURS;
	return li_rfc3339_read(x1_xml_token(child(root, "messageTimestamp")), &d->msg[0].head.time);
}

static enum li_err container(struct x1_reader *r, xmlNodePtr root, struct x1_doc *d, struct x1_top *top)
{
	const char *name = d->root == X1_RESPONSE ? "x1ResponseMessage" : "x1RequestMessage";
	bool versioned = false;
	enum li_err e;

	for (xmlNodePtr n = x1_xml_element(root->children); n; n = x1_xml_element(n->next)) {
		top->why = "something else than messages in the container";
		if (!x1_xml_is(n, X1_NS, name))
			return LI_EFORMAT;
		top->why = "too many messages";
		if (++d->n > r->l.messages)
			return LI_ELIMIT;
	}
	top->why = "a container without a message";
	if (d->n == 0)
		return LI_EFORMAT;
	top->why = "no memory";
	d->msg = x1_arena_array(d->arena, d->n, sizeof(*d->msg));
	if (!d->msg)
		return LI_ENOMEM;
	e = x1_tree_releases(root, d->arena);
	if (e)
		return e;
	top->why = "a message's identifiers or transaction cannot be read";
	d->n = 0;
	for (xmlNodePtr n = x1_xml_element(root->children); n; n = x1_xml_element(n->next)) {
		struct x1_msg *m = &d->msg[d->n++];
		struct x1_version v;

		m->response = d->root == X1_RESPONSE;
		if (!versioned && version(x1_xml_text(child(n, "version")), &v) && v.major == 1) {
			top->version = v;
			versioned = true;
		}
		e = envelope(n, d->arena, m);
		if (e)
			return e;
	}
	d->n = 0;
	for (xmlNodePtr n = x1_xml_element(root->children); n; n = x1_xml_element(n->next)) {
		top->why = "it takes too long";
		if (r->l.late && r->l.late(r->l.arg))
			return LI_ELIMIT;
		top->why = "no memory";
		e = message(r, n, d->arena, &d->msg[d->n++]);
		if (e)
			return e;
	}
	return LI_OK;
}

enum li_err x1_read(struct x1_reader *r, struct view body, struct x1_doc **doc, struct x1_top *top)
{
	struct x1_arena *a = x1_arena_new();
	struct x1_doc *d = a ? x1_arena_get(a, sizeof(*d)) : NULL;
	xmlDocPtr tree = NULL;
	xmlNodePtr root;
	enum li_err e = LI_ENOMEM;

	*doc = NULL;
	*top = (struct x1_top){ "no memory", X1_VERSION_OURS };
	x1_xml_init();	/* the library keeps things of its own for each thread */
	if (!d)
		goto failed;
	d->arena = a;
	e = x1_xml_parse(body, &r->l, &tree, &top->why);
	if (e)
		goto failed;
	root = xmlDocGetRootElement(tree);
	if (x1_xml_is(root, X1_NS, "X1TopLevelErrorResponse")) {
		d->root = X1_TOP_LEVEL_ERROR;
		e = top_level_error(r, root, d, top);
	} else if (x1_xml_is(root, X1_NS, "X1Request") || x1_xml_is(root, X1_NS, "X1Response")) {
		d->root = strcmp((const char *)root->name, "X1Request") == 0 ? X1_REQUEST : X1_RESPONSE;
		e = container(r, root, d, top);
	} else {
		top->why = "the root is none of X1's";
		e = LI_EFORMAT;
	}
	if (!e && x1_arena_failed(a)) {
		top->why = "no memory";
		e = LI_ENOMEM;
	}
failed:
	xmlFreeDoc(tree);
	if (e) {
		x1_arena_free(a);
		return e;
	}
	top->why = NULL;
	*doc = d;
	return LI_OK;
}

/* -- stored fragments -- */

/* The tree around one; the caller frees it. */
static enum li_err wrapped(struct x1_reader *r, struct view xml, struct x1_arena *a, const char *name, xmlDocPtr *tree, xmlNodePtr *n)
{
	struct x1_limits l = r->l;
	const char *why;
	struct buf b;
	enum li_err e;

	l.octets = xml.n + sizeof(X1_FRAG_NAMESPACES) + 16;	/* it was within all of them when it came */
	l.late = NULL;
	x1_xml_init();
	*tree = NULL;
	buf_init(&b, 0);
	e = buf_printf(&b, "<f%s>", X1_FRAG_NAMESPACES);
	if (!e)
		e = buf_put(&b, xml.p, xml.n);
	if (!e)
		e = buf_printf(&b, "</f>");
	if (!e)
		e = x1_xml_parse(buf_view(&b), &l, tree, &why);
	buf_wipe(&b);
	buf_fini(&b);
	if (e)
		return e;
	*n = x1_xml_element(xmlDocGetRootElement(*tree)->children);
	e = x1_xml_is(*n, X1_NS, name) && !x1_xml_element((*n)->next) ? x1_tree_settle(*n, a) : LI_EFORMAT;
	if (e) {
		xmlFreeDoc(*tree);
		*tree = NULL;
	}
	return e;
}

static enum li_err stored(const struct x1_build *b)
{
	if (b->no_memory || x1_arena_failed(b->a))
		return LI_ENOMEM;
	return b->code ? LI_EFORMAT : LI_OK;
}

enum li_err x1_read_task(struct x1_reader *r, struct view xml, struct x1_arena *a, struct x1_task *out)
{
	struct x1_build b = { .a = a };
	xmlDocPtr tree;
	xmlNodePtr n;
	enum li_err e = wrapped(r, xml, a, "taskDetails", &tree, &n);

	memset(out, 0, sizeof(*out));
	if (e)
		return e;
	x1_body_task(&b, n, out);
	xmlFreeDoc(tree);
	return stored(&b);
}

enum li_err x1_read_dest(struct x1_reader *r, struct view xml, struct x1_arena *a, struct x1_dest *out)
{
	struct x1_build b = { .a = a };
	xmlDocPtr tree;
	xmlNodePtr n;
	enum li_err e = wrapped(r, xml, a, "destinationDetails", &tree, &n);

	memset(out, 0, sizeof(*out));
	if (e)
		return e;
	x1_body_dest(&b, n, out);
	xmlFreeDoc(tree);
	return stored(&b);
}

enum li_err x1_read_object(struct x1_reader *r, struct view xml, struct x1_arena *a, struct x1_object *out)
{
	struct x1_build b = { .a = a };
	xmlDocPtr tree;
	xmlNodePtr n;
	enum li_err e = wrapped(r, xml, a, "object", &tree, &n);

	memset(out, 0, sizeof(*out));
	if (e)
		return e;
	x1_body_object(&b, n, out);
	xmlFreeDoc(tree);
	return stored(&b);
}
