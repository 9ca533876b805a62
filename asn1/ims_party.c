/*
 * ims_party.c: who began an IMS session (TS 33.128 clause 7.12.4.2.1): by where its target stands in the message, and else by where the
 * message went. X2 tells the direction of a message, and sessionDirection is that of the session.
 */
#include "asn1/ims.h"

#include <li/x2x3.h>

#include "asn1/sip.h"

#define NUMBER_MAX 24		/* digits compared; E.164 has 15 */

/* -- is it he? -- */

static struct view without_scheme(struct view uri)
{
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i]);

		if (sip_begins(uri, schemes[i]))
			return view_of(uri.p + n, uri.n - n);
	}
	return uri;
}

static struct view up_to(struct view v, const char *ends)
{
	size_t n = 0;

	while (n < v.n && !strchr(ends, v.p[n]))
		n++;
	return view_of(v.p, n);
}

/* user@host, or the number, without parameters (RFC 3261 clause 19.1.1). */
static struct view address_of(struct view uri)
{
	return up_to(without_scheme(uri), ";?>");
}

static struct view user_of(struct view uri)
{
	return up_to(address_of(uri), "@;");
}

/* The digits of a telephone number without what separates them (RFC 3966 clause 5.1.1); 0: it is none. */
static size_t number_of(struct view v, char out[NUMBER_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] && strchr("+-.()", v.p[i]))
			continue;
		if (v.p[i] < '0' || v.p[i] > '9' || n == NUMBER_MAX)
			return 0;
		out[n++] = (char)v.p[i];
	}
	return n;
}

static bool same_number(struct view a, struct view b)
{
	char x[NUMBER_MAX], y[NUMBER_MAX];
	size_t n = number_of(a, x);

	return n && number_of(b, y) == n && memcmp(x, y, n) == 0;
}

static bool same_text(struct view a, struct view b)
{
	if (a.n != b.n || !a.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (((a.p[i] ^ b.p[i]) & ~0x20) || (a.p[i] != b.p[i] && ((a.p[i] | 0x20) < 'a' || (a.p[i] | 0x20) > 'z')))
			return false;
	return true;
}

static bool names(struct view uri, const struct li_id *id)
{
	switch (li_id_seen_as(id->kind)) {
	case LI_ID_SIP_URI:
		return same_text(address_of(uri), address_of(id->text)) || same_number(user_of(uri), user_of(id->text));
	case LI_ID_TEL_URI: case LI_ID_MSISDN:
		return same_number(user_of(uri), user_of(id->text));
	case LI_ID_IMPI: case LI_ID_NAI: case LI_ID_GPSI_NAI:
		return same_text(address_of(uri), id->text);
	case LI_ID_IMSI:		/* TS 23.003 clause 13.4B: an IMPU that is made of it */
		return same_text(user_of(uri), id->text);
	default:
		return false;
	}
}

static bool any_names(struct view uri, const struct ims_party *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (uri.n && names(uri, &p->ids[i]))
			return true;
	return false;
}

/* One of the headers of this name names him. A comma inside of a quoted name cuts it into what is no URI, and what is one. */
static bool header_names(const struct sip *s, const char *name, char compact, const struct ims_party *p)
{
	const char letter[2] = { compact, 0 };
	struct rd r = rd_of(s->headers);
	struct sip_header h;

	while (sip_next(&r, &h)) {
		struct view rest = h.value;

		if (!sip_is(h.name, name) && !(compact && sip_is(h.name, letter)))
			continue;
		while (rest.n) {
			struct view one = up_to(rest, ",");

			if (any_names(sip_uri(one), p))
				return true;
			rest = one.n < rest.n ? view_of(rest.p + one.n + 1, rest.n - one.n - 1) : view_of(NULL, 0);
		}
	}
	return false;
}

/* -- who began it -- */

static enum ims_session by_direction(const struct sip *s, uint16_t x2_direction)
{
	switch (x2_direction) {
	case LI_XD_FROM: return s && s->is_response ? IMS_TO_TARGET : IMS_FROM_TARGET;	/* he answers who has called him */
	case LI_XD_TO: return s && s->is_response ? IMS_FROM_TARGET : IMS_TO_TARGET;
	case LI_XD_MULTIPLE: return IMS_COMBINED;
	default: return IMS_INDETERMINATE;
	}
}

/* A request inside of a dialog comes from either end. */
static bool begins_nothing(const struct sip *s)
{
	struct view to;

	return !s->is_response && sip_find(s->headers, "To", 't', &to) && memmem(to.p, to.n, ";tag=", 5) != NULL;
}

enum ims_session ims_session_of(struct view message, uint16_t x2_direction, const struct ims_party *p)
{
	bool from, to;
	struct sip s;

	if (sip_read(message, &s))
		return by_direction(NULL, x2_direction);
	if (x2_direction == LI_XD_MULTIPLE || begins_nothing(&s) || sip_is(s.method, "REGISTER"))	/* which has him in both */
		return by_direction(&s, x2_direction);
	from = header_names(&s, "From", 'f', p) || header_names(&s, "P-Asserted-Identity", 0, p);
	to = (!s.is_response && any_names(sip_request_uri(message), p)) || header_names(&s, "To", 't', p) ||
	     header_names(&s, "P-Called-Party-ID", 0, p);
	if (from)
		return to ? IMS_COMBINED : IMS_FROM_TARGET;
	/* LI128-157: somebody called him, and was sent on */
	if (to || header_names(&s, "Diversion", 0, p) || header_names(&s, "History-Info", 0, p))
		return IMS_TO_TARGET;
	return by_direction(&s, x2_direction);
}
