/*
 * x1_ext.c: extensions (annex B): which of TS 33.128's one is, and what is in it. One of a namespace that we do not know is
 * never passed over: a task that is to be done differently must not be done as if it had not been said.
 */
#include <string.h>

#include "mediation/x1/x1_body.h"
#include "mediation/x1/x1_tree.h"

static const struct {
	const char *element;
	enum x1_ext_kind kind;
	bool in_x1;	/* in X1Extensions */
} known[] = {
#define IN_X1 true
#define ALONE false
#define X(id, element, where) { element, X1_EXT_##id, where },
#include "mediation/x1/x1_extension.tbl"
#undef X
};

static xmlNodePtr inner(xmlNodePtr n, const char *name)
{
	return x1_xml_child(n, X1_NS_3GPP, name);
}

static void header_reporting(struct x1_build *b, xmlNodePtr n, struct x1_extension *out)
{
	xmlNodePtr pdsr = inner(inner(n, "PDHType"), "PDSR");
	size_t i = 0;

	out->u.header.pdsr = pdsr;
	if (!pdsr)
		return;
	out->u.header.n_triggers = x1_body_count(pdsr, X1_NS_3GPP, "PDSRTriggerType");
	out->u.header.trigger = x1_arena_array(b->a, out->u.header.n_triggers, sizeof(*out->u.header.trigger));
	if (!out->u.header.trigger)
		out->u.header.n_triggers = 0;
	for (xmlNodePtr c = inner(pdsr, "PDSRTriggerType"); c && i < out->u.header.n_triggers; c = x1_body_next(c->next, X1_NS_3GPP, "PDSRTriggerType")) {
		struct x1_trigger *t = &out->u.header.trigger[i++];
		xmlNodePtr v = x1_xml_element(c->children);

		t->kind = x1_xml_is(v, X1_NS_3GPP, "TimerExpiry") ? X1_TRIGGER_SECONDS :
			  x1_xml_is(v, X1_NS_3GPP, "PacketCount") ? X1_TRIGGER_PACKETS : X1_TRIGGER_OCTETS;
		t->value = x1_body_uint(v);
	}
	out->u.header.use_session = x1_body_bool(inner(pdsr, "useSessionTriggers"));
}

static void content(struct x1_build *b, xmlNodePtr n, struct x1_extension *out)
{
	xmlNodePtr c;

	switch (out->kind) {
	case X1_EXT_HEADER_REPORTING:
		header_reporting(b, n, out);
		break;
	case X1_EXT_LOCATION_ONLY:
		out->u.location_only = inner(n, "LocationOnly");
		break;
	case X1_EXT_SMSF:
		out->u.truncate_sms = inner(n, "TruncateTPUserData");
		break;
	case X1_EXT_IDENTIFIER_ASSOCIATION:
	case X1_EXT_ID_ASSOCIATION_ALONE:
		out->u.all_events = view_eq(x1_xml_token(inner(n, "IdentifierAssociationEventsGenerated")), view_str("All"));
		break;
	case X1_EXT_CHARGING:
		out->u.all_events = view_eq(x1_xml_token(inner(n, "ChargingDataEventsGenerated")), view_str("TranslatedChargingDataInformation"));
		break;
	case X1_EXT_STIR_SHAKEN:
		out->u.report_diversion = x1_body_bool(inner(n, "ReportDiversionPASSporTInfo")) == LI_TRUE;
		break;
	case X1_EXT_LALS_LCS:
		out->u.lals.periodic = view_eq(x1_xml_token(inner(n, "PositioningServiceType")), view_str("Periodic"));
		c = inner(n, "PositioningPeriodicity");
		out->u.lals.has_period = c;
		if (c)
			out->u.lals.period = x1_body_uint(c);
		break;
	case X1_EXT_LALS_LTF:
		c = inner(n, "LILCSClientAddress");
		c = c ? x1_xml_element(c->children) : NULL;
		if (c)
			x1_body_addr(x1_xml_token(c), &out->u.lals.client);
		break;
	default:
		break;
	}
}

/* One foreign element of an extension. */
static void read_one(struct x1_build *b, xmlNodePtr n, struct x1_extension *out)
{
	const char *ns = x1_xml_ns(n);
	bool in_x1;

	out->release = x1_tree_release(ns);
	out->ns = x1_body_copy(b, view_str(ns ? ns : ""));
	in_x1 = out->release && strcmp((const char *)n->name, "X1Extensions") == 0;
	if (in_x1 && x1_xml_element(n->children))
		n = x1_xml_element(n->children);
	out->name = x1_body_copy(b, view_str((const char *)n->name));
	for (size_t i = 0; out->release && i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].in_x1 == in_x1 && strcmp(known[i].element, (const char *)n->name) == 0)
			out->kind = known[i].kind;
	content(b, n, out);
}

static void refuse(struct x1_build *b)
{
	static const char text[] = "an extension of an owner, namespace or name that is not supported";

	switch (b->m ? b->m->type : X1_UNKNOWN) {
	case X1_ACTIVATE_TASK:
		x1_body_fault(b, X1_E_ACTIVATE, text);
		break;
	case X1_MODIFY_TASK:
		x1_body_fault(b, X1_E_MODIFY, text);
		break;
	case X1_CREATE_DESTINATION:
		x1_body_fault(b, X1_E_CREATE_DEST, text);
		break;
	case X1_MODIFY_DESTINATION:
		x1_body_fault(b, X1_E_MODIFY_DEST, text);
		break;
	case X1_CREATE_OBJECT:
		x1_body_fault(b, X1_E_CREATE_OBJECT, text);
		break;
	case X1_MODIFY_OBJECT:
		x1_body_fault(b, X1_E_MODIFY_OBJECT, text);
		break;
	default:
		x1_body_fault(b, X1_E_SYNTAX, text);
	}
}

void x1_body_extensions(struct x1_build *b, xmlNodePtr parent, const char *ns, const char *element, struct x1_extensions *out)
{
	size_t n = 0;

	for (xmlNodePtr c = x1_xml_child(parent, ns, element); c; c = x1_body_next(c->next, ns, element))
		for (xmlNodePtr f = x1_xml_element(c->children); f; f = x1_xml_element(f->next))
			n++;	/* with its Owner: one more than there are foreign ones, for those that have none */
	out->p = n ? x1_arena_array(b->a, n, sizeof(*out->p)) : NULL;
	out->n = 0;
	if (!out->p)
		return;
	for (xmlNodePtr c = x1_xml_child(parent, ns, element); c; c = x1_body_next(c->next, ns, element)) {
		xmlNodePtr owner = x1_xml_child(c, X1_NS, "Owner"), f = owner ? x1_xml_element(owner->next) : NULL;
		struct view name = x1_body_copy(b, x1_xml_text(owner));

		if (!f) {
			out->p[out->n].kind = X1_EXT_EMPTY;
			out->p[out->n++].owner = name;
		}
		for (; f; f = x1_xml_element(f->next)) {
			struct x1_extension *x = &out->p[out->n++];

			x->owner = name;
			read_one(b, f, x);
			if (x->kind == X1_EXT_UNKNOWN)
				refuse(b);
		}
	}
}

/* -- target identifiers -- */

/* Elements of 3GPPX1Extensions that stand for a target themselves; the others hold it one or two levels below. */
static bool names_itself(const char *name)
{
	static const char *const alone[] = { "IdentityAssociationTargetIdentifier", "HR", "IMSSignaling", "APN", "DNN" };

	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (strcmp(alone[i], name) == 0)
			return true;
	return false;
}

/*
 * The identity in it, where it is one of one value. Several (a tunnel and its direction, say) are a combination that only
 * the one who knows all of them could match: they are named by the first.
 */
void x1_body_target_extension(struct x1_build *b, xmlNodePtr n, struct x1_target *out)
{
	static const char *const inside[] = {
#define T(id, element, since) element,
#include "mediation/x1/x1_target.tbl"
#undef T
	};
	xmlNodePtr owner = x1_xml_child(n, X1_NS, "Owner"), f = owner ? x1_xml_element(owner->next) : NULL, v;

	out->name = "targetIdentifierExtension";
	out->kind = X1_TARGET_UNKNOWN_EXTENSION;
	out->extension.owner = x1_body_copy(b, x1_xml_text(owner));
	if (!f) {
		out->extension.kind = X1_EXT_EMPTY;
		return;
	}
	out->extension.ns = x1_body_copy(b, view_str(x1_xml_ns(f) ? x1_xml_ns(f) : ""));
	out->extension.name = x1_body_copy(b, view_str((const char *)f->name));
	out->extension.release = x1_tree_release(x1_xml_ns(f));
	if (!out->extension.release)
		return;
	v = names_itself((const char *)f->name) ? f : x1_xml_element(f->children);
	if (v && v != f && strcmp((const char *)f->name, "PINLIX1TargetIdentifier") != 0 && strcmp((const char *)f->name, "AKMATargetIdentifier") != 0 &&
	    strcmp((const char *)f->name, "ECX1TargetIdentifierExtensions") != 0)
		v = x1_xml_element(v->children);
	for (size_t i = 0; v && i < sizeof(inside) / sizeof(inside[0]); i++)
		if (strcmp(inside[i], (const char *)v->name) == 0) {
			out->name = inside[i];
			out->kind = (enum x1_target_kind)(i + 1);
		}
	if (v && !x1_xml_element(v->children) && !x1_xml_element(f->next) && (v == f || !x1_xml_element(v->parent->next)))
		out->value = x1_body_copy(b, x1_xml_token(v));
}
