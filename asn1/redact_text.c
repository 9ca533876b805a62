/*
 * redact_text.c: location in text.
 *
 *	redact_sip
 *	  headers          P-Access-Network-Info, Cellular-Network-Info, Geolocation
 *	  entity           bodies by their type: multipart and SIP inside are gone into, encoded ones that bear a location are blotted out
 *	  redact_xml       and location-info wherever it stands, for not everybody calls a document what it is
 */
#include "asn1/redact_text.h"

#include <strings.h>

#include "asn1/sip.h"

#define LEVELS 4		/* bodies in bodies: a SIP message in a part of a multipart is two */
#define TAG_NAME_MAX 128	/* a prefix, and location-info */
#define BLOT '0'

/* What is read is a copy that we may write. */
static uint8_t *mine(const uint8_t *p)
{
	return (uint8_t *)(uintptr_t)p;
}

static bool fill(const uint8_t *from, const uint8_t *to, uint8_t with)
{
	bool any = false;

	for (uint8_t *p = mine(from); p < to; p++)
		if (*p != '\r' && *p != '\n' && *p != with) {
			*p = with;
			any = true;
		}
	return any;
}

static bool blot(const uint8_t *from, const uint8_t *to)
{
	return fill(from, to, BLOT);
}

/* -- headers -- */

/* access-type;name=value;name="value", …: every character of every value (access-info of TS 24.229 clause 7.2A.4). Names stay, and
 * what kind of access it is. */
static bool access_info(struct view v)
{
	bool any = false;

	for (size_t i = 0; i < v.n; i++) {
		size_t from = i + 1;

		if (v.p[i] != '=')
			continue;
		while (from < v.n && (v.p[from] == ' ' || v.p[from] == '\t'))
			from++;
		if (from < v.n && v.p[from] == '"') {
			for (i = ++from; i < v.n && v.p[i] != '"'; i++)
				i += v.p[i] == '\\' && i + 1 < v.n;
		} else {
			for (i = from; i < v.n && v.p[i] != ';' && v.p[i] != ','; i++)
				;
		}
		any |= blot(v.p + from, v.p + (i < v.n ? i : v.n));
	}
	return any;
}

/* A reference to a part of this message says nothing by itself; any other URI is the location, or leads to it. */
static bool references(struct view v)
{
	bool any = false;

	for (size_t i = 0; i < v.n; i++) {
		size_t from = i + 1;

		if (v.p[i] != '<')
			continue;
		while (i < v.n && v.p[i] != '>')
			i++;
		if (i - from < 4 || strncasecmp((const char *)v.p + from, "cid:", 4) != 0)
			any |= blot(v.p + from, v.p + (i < v.n ? i : v.n));
	}
	return any;
}

static unsigned headers(struct view block)
{
	struct rd r = rd_of(block);
	struct sip_header h;
	unsigned done = 0;

	while (sip_next(&r, &h)) {
		if (sip_is(h.name, "P-Access-Network-Info") && access_info(h.value))
			done |= 1u << REDACT_PANI;
		else if (sip_is(h.name, "Cellular-Network-Info") && access_info(h.value))
			done |= 1u << REDACT_CNI;
		else if (sip_is(h.name, "Geolocation") && references(h.value))
			done |= 1u << REDACT_GEOLOCATION;
	}
	return done;
}

/* -- XML -- */

/* The name of a tag without its prefix; at is behind the '<' or "</". */
static struct view local_name(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *from = at;

	if (end - at > TAG_NAME_MAX)		/* a sender of '<' alone does not have each of them looked at to the end */
		end = at + TAG_NAME_MAX;
	for (; at < end && *at != '<' && *at != '>' && *at != '/' && *at != ' ' && *at != '\t' && *at != '\r' && *at != '\n'; at++)
		if (*at == ':')
			from = at + 1;
	return view_of(from, (size_t)(at - from));
}

/* The element that is looked for, and what its text becomes. */
struct element {
	const char *name;
	uint8_t with;
};

static bool is_element(const struct element *e, const uint8_t *at, const uint8_t *end)
{
	return view_eq(local_name(at, end), view_str(e->name));
}

static const uint8_t *find(const uint8_t *at, const uint8_t *end, const char *text)
{
	const uint8_t *hit = at < end ? memmem(at, (size_t)(end - at), text, strlen(text)) : NULL;

	return hit ? hit : end;
}

/* Behind the '>' of a tag that begins at '<', where a '>' in quotes is none. */
static const uint8_t *tag_end(const uint8_t *at, const uint8_t *end)
{
	uint8_t quote = 0;

	for (; at < end; at++) {
		if (quote)
			quote = *at == quote ? 0 : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '>')
			return at + 1;
	}
	return end;
}

/* Text between two tags: all of it, unless it only sets lines apart. */
static bool text(const struct element *e, const uint8_t *from, const uint8_t *to)
{
	const uint8_t *p = from;

	while (p < to && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p < to && fill(from, to, e->with);
}

/* From behind the tag that opens the element to behind the one that closes it. */
static const uint8_t *inside(const struct element *e, const uint8_t *at, const uint8_t *end, bool *any)
{
	unsigned open = 1;

	while (at < end && open) {
		const uint8_t *lt = find(at, end, "<"), *next;

		*any |= text(e, at, lt);
		if (lt + 8 < end && memcmp(lt, "<![CDATA[", 9) == 0) {
			next = find(lt, end, "]]>");
			*any |= text(e, lt + 9, next);
			at = next < end ? next + 3 : end;
			continue;
		}
		if (lt + 3 < end && memcmp(lt, "<!--", 4) == 0) {
			next = find(lt + 4, end, "-->");
			*any |= text(e, lt + 4, next);		/* nobody needs a comment on a location */
			at = next < end ? next + 3 : end;
			continue;
		}
		at = tag_end(lt, end);
		if (lt + 1 < end && lt[1] == '/')
			open -= is_element(e, lt + 2, at);
		else if (lt < end && at - lt > 2 && at[-2] != '/')
			open += is_element(e, lt + 1, at);
	}
	return at;
}

static bool element(const struct element *e, uint8_t *p, size_t n)
{
	const uint8_t *at = p, *end = p ? p + n : p;
	bool any = false;

	while ((at = find(at, end, "<")) < end) {
		const uint8_t *to;

		if (!is_element(e, at + 1, end)) {
			at++;		/* into what only looks like a tag, too */
			continue;
		}
		to = tag_end(at, end);
		at = to - at > 2 && to[-2] == '/' ? to : inside(e, to, end, &any);
	}
	return any;
}

bool redact_xml(uint8_t *p, size_t n)
{
	return element(&(struct element){ "location-info", BLOT }, p, n);
}

bool redact_element(uint8_t *p, size_t n, const char *name)
{
	return element(&(struct element){ name, ' ' }, p, n);
}

/* -- bodies -- */

/* Types whose documents are locations. */
static bool is_location_type(struct view type)
{
	return sip_begins(type, "application/pidf+xml") || sip_begins(type, "application/held+xml") || sip_begins(type, "application/pidf-diff+xml") ||
	       sip_begins(type, "application/vnd.gsma.rcspushlocation+xml") || sip_begins(type, "application/rlmi+xml");
}

static unsigned message(struct view v, unsigned level);

static unsigned entity(struct view block, struct view body, unsigned level)
{
	struct view type, boundary, part, inner, in_body;
	unsigned done = 0;

	if (level > LEVELS || !sip_find(block, "Content-Type", 'c', &type))
		return 0;
	if (sip_boundary(type, &boundary)) {	/* clause 7.12.9.1 */
		while (sip_part(boundary, &body, &part)) {
			sip_split(part, &inner, &in_body);
			done |= headers(inner) | entity(inner, in_body, level + 1);
		}
		return done;
	}
	if (is_location_type(type) && sip_is_encoded(block))
		return body.n && blot(body.p, body.p + body.n) ? 1u << REDACT_PRESENCE : 0;
	if (sip_begins(type, "message/sip"))	/* sipfrag too */
		return message(body, level + 1);
	return 0;
}

/* LI128-163, LI128-164 */
static unsigned message(struct view v, unsigned level)
{
	struct sip s;
	unsigned done;

	if (sip_read(v, &s) != LI_OK)
		sip_split(v, &s.headers, &s.body);
	done = headers(s.headers);
	return done | entity(s.headers, s.body, level);
}

unsigned redact_sip(uint8_t *p, size_t n)
{
	unsigned done = message(view_of(p, n), 0);

	if (redact_xml(p, n))
		done |= 1u << REDACT_PRESENCE;
	return done;
}

/* -- RCS -- */

/* Header lines anywhere: a CPIM message has several blocks, and a prefix may stand before the name. */
static bool cpim_headers(struct view v)
{
	const uint8_t *at = v.p, *end = v.p + v.n;
	bool any = false;

	while (at < end) {
		const uint8_t *eol = find(at, end, "\n"), *colon = find(at, eol, ":");
		struct view name = view_of(at, (size_t)(colon - at));

		while (name.n && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t'))
			name.n--;
		if (colon < eol && (sip_ends(name, "P-Access-Network-Info") || sip_ends(name, "Cellular-Network-Info")))
			any |= access_info(view_of(colon + 1, (size_t)(eol - colon - 1)));
		at = eol < end ? eol + 1 : end;
	}
	return any;
}

unsigned redact_rcs(uint8_t *p, size_t n)
{
	struct view v = view_of(p, n), block, body;
	unsigned done = 0;

	if (!n)
		return 0;
	sip_split(v, &block, &body);
	if (entity(block, body, 0))
		done |= 1u << REDACT_RCS_PRESENCE;
	if (cpim_headers(v))
		done |= 1u << REDACT_RCS_CPIM;
	if (redact_xml(p, n))
		done |= 1u << REDACT_RCS_PRESENCE;
	return done;
}

/* -- JSON -- */

bool redact_is_located(const uint8_t *p, size_t n)
{
	/* members of TS 29.571, 29.572, 29.503, 29.520 and 32.291 that hold a place */
	static const char *const names[] = { "nrLocation", "eutraLocation", "utraLocation", "geraLocation", "n3gaLocation", "userLocation", "ueLocation",
		"userLocationinformation", "userLocationInformation", "locationInfo", "locInfo", "ncgi", "ecgi", "tai", "nrCellId", "eutraCellId", "cellId",
		"globalGnbId", "gRanNodeId", "geographicArea", "locationEstimate", "civicAddress", "visitedAreas", "networkArea", "uELocation",
		"geographicalInformation", "geodeticInformation", "lastVisitedTai", "trackingAreaList" };
	const uint8_t *end = p ? p + n : p;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (const uint8_t *at = p; (at = find(at, end, names[i])) < end; at++)
			if (at > p && at[-1] == '"' && at + strlen(names[i]) < end && at[strlen(names[i])] == '"')
				return true;
	return false;
}
