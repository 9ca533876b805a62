/*
 * x1_body.c: see x1_body.h. The schema has been asked before; so nothing here says "missing". What the schema cannot say
 * (half an octet in a LIID, an extension that nobody here knows) is found here, and becomes the message's error.
 */
#include "mediation/x1/x1_body.h"

#include <stdio.h>
#include <string.h>

#include "mediation/warrant/target.h"
#include "mediation/x1/x1_frag.h"

#define LIID_HEX_LEAST 26	/* TS 103 280: shorter ones are text, whatever they look like */

void x1_body_fault(struct x1_build *b, int code, const char *text)
{
	if (!b->code) {
		b->code = code;
		b->text = text;
	}
}

struct view x1_body_copy(struct x1_build *b, struct view v)
{
	return x1_arena_copy(b->a, v);
}

bool x1_body_uuid(xmlNodePtr n, uint8_t out[16])
{
	struct view v = x1_xml_token(n);
	char text[LI_UUID_TEXT];

	if (v.n != LI_UUID_TEXT - 1)
		return false;
	memcpy(text, v.p, v.n);
	text[v.n] = 0;
	return li_uuid_read(text, out) == LI_OK;
}

enum li_tri x1_body_bool(xmlNodePtr n)
{
	struct view v = x1_xml_token(n);

	if (!n)
		return LI_ABSENT;
	return view_eq(v, view_str("true")) || view_eq(v, view_str("1")) ? LI_TRUE : LI_FALSE;
}

uint64_t x1_body_uint(xmlNodePtr n)
{
	struct view v = x1_xml_token(n);
	uint64_t x = 0;

	for (size_t i = 0; i < v.n; i++) {
		unsigned d = (unsigned)(v.p[i] - '0');

		if (d > 9)	/* the sign that xs:integer may have */
			continue;
		if (x > (UINT64_MAX - d) / 10)
			return UINT64_MAX;
		x = x * 10 + d;
	}
	return x;
}

/* TS 103 280 lets an IPv4 address have leading zeros, and means decimal by them. */
bool x1_body_addr(struct view v, struct li_addr *out)
{
	char text[LI_ADDR_TEXT];
	uint8_t four[4] = { 0 };
	size_t part = 0;

	if (v.n >= sizeof(text))
		return false;
	memcpy(text, v.p, v.n);
	text[v.n] = 0;
	if (strchr(text, ':'))
		return li_addr_read(text, out) == LI_OK;
	for (const char *p = text; *p && part < 4; p++) {
		if (*p == '.')
			part++;
		else
			four[part] = (uint8_t)(four[part] * 10 + (*p - '0'));
	}
	*out = li_addr4(four);
	return part == 3;
}

xmlNodePtr x1_body_next(xmlNodePtr n, const char *ns, const char *name)
{
	for (n = x1_xml_element(n); n && !x1_xml_is(n, ns, name); n = x1_xml_element(n->next))
		;
	return n;
}

size_t x1_body_count(xmlNodePtr parent, const char *ns, const char *name)
{
	size_t n = 0;

	for (xmlNodePtr c = parent ? x1_body_next(parent->children, ns, name) : NULL; c; c = x1_body_next(c->next, ns, name))
		n++;
	return n;
}

static xmlNodePtr child(xmlNodePtr parent, const char *name)
{
	return x1_xml_child(parent, X1_NS, name);
}

static xmlNodePtr next(xmlNodePtr n, const char *name)
{
	return n ? x1_body_next(n->next, X1_NS, name) : NULL;
}

/* The UUIDs of all children of that name. NULL of none. */
static void *uuids(struct x1_build *b, xmlNodePtr parent, const char *name, size_t *n)
{
	uint8_t (*p)[16];
	size_t i = 0;

	*n = x1_body_count(parent, X1_NS, name);
	p = *n ? x1_arena_array(b->a, *n, sizeof(*p)) : NULL;
	if (!p) {
		*n = 0;
		return NULL;
	}
	for (xmlNodePtr c = child(parent, name); c && i < *n; c = next(c, name))
		x1_body_uuid(c, p[i++]);
	return p;
}

static struct x1_dests dests(struct x1_build *b, xmlNodePtr n)
{
	struct x1_dests d;

	d.did = uuids(b, n, "dId", &d.n_dids);
	d.set = uuids(b, n, "dSId", &d.n_sets);
	return d;
}

static struct x1_object_ids policies(struct x1_build *b, xmlNodePtr n)
{
	struct x1_object_ids p;

	p.p = uuids(b, n, "trafficPolicyReference", &p.n);
	return p;
}

/* "X2Only", "HI3Only", "X2andX3": by what it names. */
static unsigned delivery(xmlNodePtr n)
{
	struct view v = x1_xml_token(n);

	return (memchr(v.p, '2', v.n) ? X1_X2 : 0) | (memchr(v.p, '3', v.n) ? X1_X3 : 0);
}

static unsigned services(xmlNodePtr list)
{
	static const struct { const char *name; unsigned bit; } service[] = {
		{ "voice", X1_VOICE }, { "data", X1_DATA }, { "messaging", X1_MESSAGING },
		{ "pushToTalk", X1_PUSH_TO_TALK }, { "LALS", X1_LALS }, { "RCS", X1_RCS },
	};
	unsigned bits = 0;

	for (xmlNodePtr c = child(list, "serviceType"); c; c = next(c, "serviceType"))
		for (size_t i = 0; i < sizeof(service) / sizeof(service[0]); i++)
			if (view_eq(x1_xml_token(c), view_str(service[i].name)))
				bits |= service[i].bit;
	return bits;
}

/* The fragment of an element. */
static struct view fragment(struct x1_build *b, xmlNodePtr n, const char *as, unsigned *young)
{
	struct view v = { NULL, 0 };
	struct buf f;

	buf_init(&f, 0);
	if (x1_frag_write(n, as, &f, young))
		b->no_memory = true;
	else
		v = x1_body_copy(b, buf_view(&f));
	buf_wipe(&f);
	buf_fini(&f);
	return v;
}

/* -- target identifiers -- */

static const struct {
	const char *name;
	enum x1_target_kind kind;
} kinds[] = {
#define T(id, element, since) { element, X1_TARGET_##id },
#include "mediation/x1/x1_target.tbl"
#undef T
};

static void kind_of(const char *name, struct x1_target *t)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0) {
			t->kind = kinds[i].kind;
			t->name = kinds[i].name;
			return;
		}
}

/* The identity that mediation knows by that name. */
static void identify(struct x1_build *b, struct x1_target *t)
{
	char text[LI_TARGET_MAX + 1], canonical[LI_TARGET_MAX + 1];
	struct li_addr a;
	enum li_err e;

	if (!t->name || t->value.n == 0)
		return;
	if (t->value.n > LI_TARGET_MAX) {
		t->why = "longer than a target can be";
		return;
	}
	memcpy(text, t->value.p, t->value.n);
	text[t->value.n] = 0;
	if (t->kind == X1_TARGET_IPV4 && x1_body_addr(t->value, &a))
		li_addr_text(&a, text);
	if (t->kind == X1_TARGET_IPV4_CIDR) {
		const uint8_t *slash = memchr(t->value.p, '/', t->value.n);
		char four[LI_ADDR_TEXT];

		if (slash && x1_body_addr(view_of(t->value.p, (size_t)(slash - t->value.p)), &a)) {
			li_addr_text(&a, four);
			snprintf(text, sizeof(text), "%s%.*s", four, (int)(t->value.n - (size_t)(slash - t->value.p)), (const char *)slash);
		}
	}
	e = target_read(t->name, text, canonical, &t->id, &t->why);
	if (e) {
		t->id = (struct li_id){ .kind = LI_ID_NONE };
		if (e == LI_EUNKNOWN)	/* no such kind: for the server to say (3010) */
			t->why = NULL;
		return;
	}
	t->why = NULL;
	if (t->id.text.n)
		t->id.text = x1_body_copy(b, t->id.text);
}

static uint8_t nibble(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* An even number of hex digits, as the schema has seen to. */
static struct view octets(struct x1_build *b, struct view hex)
{
	uint8_t *p = x1_arena_get(b->a, hex.n / 2 + 1);

	if (!p)
		return (struct view){ NULL, 0 };
	for (size_t i = 0; i + 1 < hex.n; i += 2)
		p[i / 2] = (uint8_t)(nibble(hex.p[i]) << 4 | nibble(hex.p[i + 1]));
	return view_of(p, hex.n / 2);
}

static void target(struct x1_build *b, xmlNodePtr targetIdentifier, struct x1_target *t)
{
	xmlNodePtr n = x1_xml_element(targetIdentifier->children), in;

	if (!n)
		return;
	kind_of((const char *)n->name, t);
	in = x1_xml_element(n->children);
	if (strcmp((const char *)n->name, "targetIdentifierExtension") == 0) {
		x1_body_target_extension(b, n, t);
		identify(b, t);
	} else if (t->kind == X1_TARGET_HASHED) {
		x1_body_uuid(x1_xml_child(n, X1_NS_HASHED, "hashContextID"), t->hashed.context.b);
		t->hashed.type = x1_body_copy(b, x1_xml_token(x1_xml_child(n, X1_NS_HASHED, "targetIdentityType")));
		t->hashed.digest = octets(b, x1_xml_token(x1_xml_child(n, X1_NS_HASHED, "hashDigest")));
	} else if (t->kind == X1_TARGET_IPV4_CIDR && in) {
		if (strcmp((const char *)in->name, "IPv6CIDR") == 0)
			kind_of("ipv6Cidr", t);
		t->value = x1_body_copy(b, x1_xml_token(in));
		identify(b, t);
	} else if (!in) {
		t->value = x1_body_copy(b, x1_xml_token(n));
		identify(b, t);
	}
}

/* -- mediation details -- */

/* X1-MDF-013 */
static void liid(struct x1_build *b, xmlNodePtr n, struct x1_mediation *out)
{
	struct view v = x1_xml_text(n);

	out->liid_binary = v.n >= LIID_HEX_LEAST;
	if (out->liid_binary && v.n % 2) {
		x1_body_fault(b, b->modify ? X1_E_MODIFY : X1_E_ACTIVATE, "LIID: an odd number of hex digits is no whole number of octets");
		return;
	}
	if (out->liid_binary)
		v = octets(b, v);
	if (out->liid_binary && v.n && v.n <= LI_LIID_MAX) {
		out->liid.n = (uint8_t)v.n;
		memcpy(out->liid.p, v.p, v.n);
	} else if (li_liid_read(v, &out->liid)) {
		x1_body_fault(b, b->modify ? X1_E_MODIFY : X1_E_ACTIVATE, "LIID: a single hyphen stands for all interceptions (TS 102 232-1)");
	}
}

static bool instant(struct x1_build *b, xmlNodePtr n, li_us *t)
{
	if (!n)
		return false;
	if (li_rfc3339_read(x1_xml_token(n), t))
		x1_body_fault(b, X1_E_SYNTAX, "StartTime or EndTime: there is no such instant");
	return true;
}

/* Several elements of a list say one thing together: true where one says so. */
static void say(enum li_tri *t, enum li_tri more)
{
	if (more > *t)
		*t = more;
}

static void scope(xmlNodePtr n, struct x1_scope *out)
{
	xmlNodePtr where = child(n, "locationType"), list = child(n, "serviceType");

	out->has_services = list;
	out->services = services(list);
	if (child(where, "doNotReport"))
		out->location = X1_LOCATION_NONE;
	list = child(where, "listOfLocationTypes");
	if (list)
		out->location = X1_LOCATION_LISTED;
	for (xmlNodePtr c = child(list, "locationType"); c; c = next(c, "locationType")) {
		say(&out->begin_end, x1_body_bool(child(c, "beginningAndEnd")));
		say(&out->upon_change, x1_body_bool(child(c, "uponChange")));
		say(&out->lals, x1_body_bool(child(c, "LALS")));
	}
	out->suspend_roaming = x1_body_bool(child(n, "suspendOnOutboundInternationalRoaming"));
	out->report_digits = x1_body_bool(child(n, "reportPostDialledDigits"));
}

static void mediation(struct x1_build *b, xmlNodePtr n, struct x1_mediation *out)
{
	xmlNodePtr list = child(n, "serviceScopingOptions");
	size_t i = 0;

	liid(b, child(n, "LIID"), out);
	out->delivery = delivery(child(n, "deliveryType"));
	out->has_start = instant(b, child(n, "StartTime"), &out->start);
	out->has_end = instant(b, child(n, "EndTime"), &out->end);
	out->has_dests = child(n, "listOfDIDs");
	out->dests = dests(b, child(n, "listOfDIDs"));
	x1_body_extensions(b, n, X1_NS, "mediationDetailsExtensions", &out->extensions);
	out->has_scopes = list;
	out->n_scopes = x1_body_count(list, X1_NS, "serviceScopingOptions");
	out->scope = out->n_scopes ? x1_arena_array(b->a, out->n_scopes, sizeof(*out->scope)) : NULL;
	if (!out->scope)
		out->n_scopes = 0;
	for (xmlNodePtr c = child(list, "serviceScopingOptions"); c && i < out->n_scopes; c = next(c, "serviceScopingOptions"))
		scope(c, &out->scope[i++]);
	out->policies = policies(b, child(n, "listOfTrafficPolicyReferences"));
}

/* -- tasks -- */

void x1_body_task(struct x1_build *b, xmlNodePtr n, struct x1_task *out)
{
	xmlNodePtr list;
	size_t i = 0;

	x1_body_uuid(child(n, "xId"), out->xid.b);
	list = child(n, "targetIdentifiers");
	out->n_targets = x1_body_count(list, X1_NS, "targetIdentifier");
	out->target = x1_arena_array(b->a, out->n_targets, sizeof(*out->target));
	if (!out->target)
		out->n_targets = 0;
	for (xmlNodePtr c = child(list, "targetIdentifier"); c && i < out->n_targets; c = next(c, "targetIdentifier"))
		target(b, c, &out->target[i++]);
	out->delivery = delivery(child(n, "deliveryType"));
	out->dests = dests(b, child(n, "listOfDIDs"));
	list = child(n, "listOfMediationDetails");
	out->has_mediation = list;
	out->n_mediation = x1_body_count(list, X1_NS, "mediationDetails");
	out->mediation = out->n_mediation ? x1_arena_array(b->a, out->n_mediation, sizeof(*out->mediation)) : NULL;
	if (!out->mediation)
		out->n_mediation = 0;
	i = 0;
	for (xmlNodePtr c = child(list, "mediationDetails"); c && i < out->n_mediation; c = next(c, "mediationDetails"))
		mediation(b, c, &out->mediation[i++]);
	out->has_correlation = child(n, "correlationID");
	if (out->has_correlation)
		out->correlation = x1_body_uint(child(n, "correlationID"));
	out->implicit = x1_body_bool(child(n, "implicitDeactivationAllowed"));
	out->has_product = x1_body_uuid(child(n, "productID"), out->product.b);
	list = child(n, "listOfServiceTypes");
	out->has_services = list;
	out->services = services(list);
	x1_body_extensions(b, n, X1_NS, "taskDetailsExtensions", &out->extensions);
	out->policies = policies(b, child(n, "listOfTrafficPolicyReferences"));
	out->xml = fragment(b, n, "taskDetails", &out->young);
}

/* -- destinations -- */

void x1_body_dest(struct x1_build *b, xmlNodePtr n, struct x1_dest *out)
{
	xmlNodePtr name = child(n, "friendlyName"), address = child(n, "deliveryAddress");
	xmlNodePtr kind = address ? x1_xml_element(address->children) : NULL, part;

	x1_body_uuid(child(n, "dId"), out->did.b);
	out->has_name = name;
	if (name)
		out->name = x1_body_copy(b, x1_xml_text(name));
	out->delivery = delivery(child(n, "deliveryType"));
	if (x1_xml_is(kind, X1_NS, "ipAddressAndPort")) {
		out->address = X1_ADDRESS_IP;
		part = x1_xml_child(kind, X1_NS_COMMON, "address");
		part = part ? x1_xml_element(part->children) : NULL;
		x1_body_addr(x1_xml_token(part), &out->ip);
		part = x1_xml_child(kind, X1_NS_COMMON, "port");
		part = part ? x1_xml_element(part->children) : NULL;
		out->udp = x1_xml_is(part, X1_NS_COMMON, "UDPPort");
		out->port = (uint16_t)x1_body_uint(part);
	} else {
		out->address = x1_xml_is(kind, X1_NS, "e164Number") ? X1_ADDRESS_E164 :
			       x1_xml_is(kind, X1_NS, "uri") ? X1_ADDRESS_URI : X1_ADDRESS_EMAIL;
		out->text = x1_body_copy(b, x1_xml_token(kind));
	}
	x1_body_extensions(b, n, X1_NS, "destinationDetailsExtensions", &out->extensions);
	out->xml = fragment(b, n, "destinationDetails", &out->young);
}

/* -- generic objects -- */

static void hash_context(struct x1_build *b, xmlNodePtr n, struct x1_object *out)
{
	struct view a = x1_xml_token(x1_xml_child(n, X1_NS_HASHED, "hashAlgorithm"));	/* X1-OBJ-007 */

	out->kind = X1_OBJECT_HASH_CONTEXT;
	out->hash.algorithm = view_eq(a, view_str("sha-256")) ? X1_SHA_256 : view_eq(a, view_str("sha-512")) ? X1_SHA_512 : X1_SHA3_512;
	out->hash.salt = octets(b, x1_xml_token(x1_xml_child(n, X1_NS_HASHED, "salt")));
}

static void destination_set(struct x1_build *b, xmlNodePtr n, struct x1_object *out)
{
	xmlNodePtr name = x1_xml_child(n, X1_NS_SET, "friendlyName"), list = x1_xml_child(n, X1_NS_SET, "listOfAssociatedDIDs");
	size_t i = 0;

	out->kind = X1_OBJECT_DESTINATION_SET;
	out->set.has_name = name;
	if (name)
		out->set.name = x1_body_copy(b, x1_xml_text(name));
	out->set.n = x1_body_count(list, X1_NS_SET, "AssociatedDID");
	out->set.member = out->set.n ? x1_arena_array(b->a, out->set.n, sizeof(*out->set.member)) : NULL;
	if (!out->set.member)
		out->set.n = 0;
	for (xmlNodePtr c = x1_xml_child(list, X1_NS_SET, "AssociatedDID"); c && i < out->set.n; c = x1_body_next(c->next, X1_NS_SET, "AssociatedDID")) {
		struct x1_set_member *m = &out->set.member[i++];
		xmlNodePtr p = x1_xml_child(c, X1_NS_SET, "preference");

		x1_body_uuid(x1_xml_child(c, X1_NS_SET, "dId"), m->did.b);
		m->has_preference = p;
		if (p)
			m->preference = x1_body_uint(p);
	}
	x1_body_extensions(b, n, X1_NS_SET, "destinationSetDetailsExtension", &out->set.extensions);
	out->set.redundant = view_eq(x1_xml_token(x1_xml_child(n, X1_NS_SET, "destinationSetType")), view_str("Redundant"));
}

void x1_body_object(struct x1_build *b, xmlNodePtr n, struct x1_object *out)
{
	char local[LI_NAME_MAX + 1], type[2 * LI_NAME_MAX + 4];
	const char *ns = x1_xml_type(n, local);

	snprintf(type, sizeof(type), "Q{%.*s}%s", LI_NAME_MAX, ns ? ns : "", local);
	out->type = x1_body_copy(b, view_str(type));
	x1_body_uuid(child(n, "objectId"), out->id.b);
	if (ns && strcmp(ns, X1_NS_HASHED) == 0)
		hash_context(b, n, out);
	else if (ns && strcmp(ns, X1_NS_SET) == 0)
		destination_set(b, n, out);
	out->xml = fragment(b, n, "object", &out->young);
}
