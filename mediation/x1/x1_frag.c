/* x1_frag.c: see x1_frag.h. */
#include "mediation/x1/x1_frag.h"

#include <string.h>

#include "mediation/x1/x1_xml.h"

/* Elements of X1's namespace that are younger than the oldest version, by name. */
static const struct {
	const char *element;
	unsigned since;
	bool target;	/* one of a choice: it cannot be left out */
} member[] = {
	{ "listOfTrafficPolicyReferences", 12, false },
#define T(id, element, since) { element, since, true },
#include "mediation/x1/x1_target.tbl"
#undef T
};

static unsigned since(const char *name, size_t n, bool *target)
{
	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++)
		if (member[i].since && strlen(member[i].element) == n && memcmp(member[i].element, name, n) == 0) {
			*target = member[i].target;
			return member[i].since;
		}
	return 0;
}

/* -- writing -- */

/* The length of the character that begins at p, and whether XML has it; 0 of no UTF-8 is 1 and not had. */
static size_t character(const uint8_t *p, size_t left, bool *had)
{
	uint32_t c;
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	*had = false;
	if (n == 0 || n > left)
		return 1;
	if (n == 1) {
		*had = p[0] >= 0x20 || p[0] == '\t' || p[0] == '\n' || p[0] == '\r';
		return 1;
	}
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < (n == 2 ? 0x80u : n == 3 ? 0x800u : 0x10000u) || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c == 0xfffe || c == 0xffff)
		return 1;
	*had = true;
	return n;
}

enum li_err x1_frag_escape(struct view text, struct buf *to)
{
	enum li_err e = LI_OK;
	size_t from = 0;

	for (size_t i = 0; !e && i < text.n;) {
		bool had;
		size_t n = character(text.p + i, text.n - i, &had);
		const char *s = !had ? "?" : text.p[i] == '&' ? "&amp;" : text.p[i] == '<' ? "&lt;" : text.p[i] == '>' ? "&gt;" :
				text.p[i] == '"' ? "&quot;" : text.p[i] == '\r' ? "&#13;" : NULL;

		if (s) {
			e = buf_put(to, text.p + from, i - from);
			if (!e)
				e = buf_put(to, s, strlen(s));
			from = i + n;
		}
		i += n;
	}
	return e ? e : buf_put(to, text.p + from, text.n - from);
}

static enum li_err put(struct buf *to, const char *s)
{
	return buf_put(to, s, strlen(s));
}

static const char *prefix_of(const char *ns)
{
	if (ns && strcmp(ns, X1_NS_COMMON) == 0)
		return "c:";
	if (ns && strcmp(ns, X1_NS_HASHED) == 0)
		return "h:";
	if (ns && strcmp(ns, X1_NS_SET) == 0)
		return "s:";
	return NULL;
}

static enum li_err write_attributes(xmlNodePtr n, struct buf *to)
{
	char local[LI_NAME_MAX + 1];
	const char *ns = x1_xml_type(n, local);
	enum li_err e = LI_OK;

	if (local[0]) {
		const char *prefix = prefix_of(ns);

		e = buf_printf(to, " xsi:type=\"%s%s\"", prefix ? prefix : "", local);
	}
	for (xmlAttrPtr a = n->properties; !e && a; a = a->next) {
		if (a->ns)
			continue;
		e = buf_printf(to, " %s=\"", (const char *)a->name);
		if (!e)
			e = x1_frag_escape(x1_xml_text((xmlNodePtr)a), to);
		if (!e)
			e = put(to, "\"");
	}
	return e;
}

/* Blanks in an element that could hold elements and holds none are no text. */
static bool holds_elements(const char *name)
{
	static const char *const empty[] = { "serviceScopingOptions", "locationType", "SMSFExtensions", "LocationOnlyProvisioning", "PositioningParameters" };

	if (strncmp(name, "listOf", 6) == 0 || strncmp(name, "ListOf", 6) == 0)
		return true;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		if (strcmp(empty[i], name) == 0)
			return true;
	return false;
}

/* `ns`: the default namespace where it stands. */
static enum li_err write(xmlNodePtr n, const char *as, const char *ns, struct buf *to, unsigned *young)
{
	const char *own = x1_xml_ns(n), *prefix = prefix_of(own), *name = as ? as : (const char *)n->name;
	bool new_default = !prefix && strcmp(own ? own : "", ns) != 0, target;
	xmlNodePtr child = x1_xml_element(n->children);
	struct view text = holds_elements(name) ? (struct view){ NULL, 0 } : x1_xml_text(n);
	enum li_err e;

	if (!prefix && own && strcmp(own, X1_NS) == 0) {
		unsigned s = since(name, strlen(name), &target);

		if (s > *young)
			*young = s;
	}
	e = buf_printf(to, "<%s%s", prefix ? prefix : "", name);
	if (!e && new_default) {
		e = put(to, " xmlns=\"");
		if (!e && own)
			e = x1_frag_escape(view_str(own), to);
		if (!e)
			e = put(to, "\"");
		ns = own ? own : "";
	}
	if (!e)
		e = write_attributes(n, to);
	if (!e && !child && text.n == 0)
		return put(to, "/>");
	if (!e)
		e = put(to, ">");
	if (!e && !child)
		e = x1_frag_escape(text, to);
	for (; !e && child; child = x1_xml_element(child->next))
		e = write(child, NULL, ns, to, young);
	return e ? e : buf_printf(to, "</%s%s>", prefix ? prefix : "", name);
}

enum li_err x1_frag_write(xmlNodePtr n, const char *as, struct buf *to, unsigned *young)
{
	*young = 0;
	return write(n, as, X1_NS, to, young);
}

/* -- for older versions -- */

/* Behind the end tag of the element that begins at p; our own fragments nest no element in one of its own name here. */
static const char *behind(const char *p, const char *end, const char *name, size_t n)
{
	const char *tag = memchr(p, '>', (size_t)(end - p));

	if (!tag)
		return end;
	if (tag[-1] == '/')
		return tag + 1;
	for (p = tag; p < end && (p = memchr(p, '<', (size_t)(end - p))); p++)
		if ((size_t)(end - p) > n + 2 && p[1] == '/' && memcmp(p + 2, name, n) == 0 && p[n + 2] == '>')
			return p + n + 3;
	return end;
}

enum li_err x1_frag_fit(struct view xml, unsigned minor, struct buf *to)
{
	const char *p = (const char *)xml.p, *end = p + xml.n, *from = p;

	while (p < end && (p = memchr(p, '<', (size_t)(end - p)))) {
		const char *name = ++p;
		size_t n = 0;
		bool target;
		enum li_err e;

		while (p + n < end && !strchr(" />", p[n]))
			n++;
		if (n == 0 || since(name, n, &target) <= minor)
			continue;
		e = buf_put(to, from, (size_t)(name - 1 - from));
		if (!e && target)
			e = put(to, "<targetIdentifierExtension><Owner>a target identifier of a later version of X1</Owner></targetIdentifierExtension>");
		if (e)
			return e;
		from = p = behind(name, end, name, n);
	}
	return buf_put(to, from, (size_t)(end - from));
}
