/* form.c: from a form to PDUs. */
#include "conformance/form.h"

#include <stdio.h>
#include <string.h>

/* Every member that owns octets. */
#define OWNED(do) \
	do(did) do(nfid) do(ipid) do(source_addr) do(destination_addr) do(source_port) do(destination_port) do(protocol) \
	do(matched) do(other) do(axri) do(raw) do(mime_type) do(mime_encoding) do(sdp) do(payload) do(who) do(rest) do(head)

void form_init(struct form *f)
{
	memset(f, 0, sizeof(*f));
	f->x.version = XPDU_VERSION;	/* X23-POI-002 */
	f->correlations = 1;
}

void form_fini(struct form *f)
{
#define FINI(m) octets_fini(&f->m);
	OWNED(FINI)
}

bool form_copy(struct form *to, const struct form *from)
{
	bool good = true;

	*to = *from;
#define COPY(m) to->m = (struct octets){ 0 }; octets_put(&to->m, from->m.p, from->m.n); good = good && !to->m.failed;
	OWNED(COPY)
	return good;
}

/* XML's own characters as references. */
static void escaped(struct octets *o, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<': octets_put(o, "&lt;", 4); break;
		case '>': octets_put(o, "&gt;", 4); break;
		case '&': octets_put(o, "&amp;", 5); break;
		default: octets_put(o, text, 1); break;
		}
	}
}

/* X23-POI-017 */
bool form_target(struct octets *attributes, unsigned type, const char *name, const char *value)
{
	struct octets o = { 0 };
	bool good;

	octets_put(&o, "<", 1);
	octets_put(&o, name, strlen(name));
	octets_put(&o, ">", 1);
	escaped(&o, value);
	octets_put(&o, "</", 2);
	octets_put(&o, name, strlen(name));
	octets_put(&o, ">", 1);
	good = !o.failed && xpdu_attr(attributes, type, o.p, o.n);
	octets_fini(&o);
	return good;
}

static bool put(struct octets *o, unsigned type, const struct octets *value)
{
	return value->n == 0 || xpdu_attr(o, type, value->p, value->n);
}

static bool address(struct octets *o, unsigned four, unsigned sixteen, const struct octets *a)
{
	return put(o, a->n == 4 ? four : sixteen, a);
}

static unsigned by_payload(const struct form *f)
{
	if (f->x.type == XPDU_X2)
		return XPDU_F_33128;
	return f->payload.n && f->payload.p[0] >> 4 == 6 ? XPDU_F_IPV6 : XPDU_F_IPV4;
}

/* What would be wrong with its first PDU. */
static const char *judge(struct form *f)
{
	static _Thread_local char text[160];
	struct sequence *s = sequence_new();
	struct octets o = { 0 };
	const char *fault = "no memory";
	struct xpdu x;

	if (s && form_build(f, s, 0, (struct when){ 0, 0 }, &o, NULL)) {
		x = f->x;
		x.attributes = o.p + XPDU_HEADER;
		x.n_attributes = o.n - XPDU_HEADER - f->payload.n;
		x.payload = f->payload.p;
		x.n_payload = f->payload.n;
		fault = xpdu_fault(&x);
		if (fault) {
			snprintf(text, sizeof(text), "%s: hostile: yes is needed for that", fault);
			fault = text;
		}
	}
	octets_fini(&o);
	sequence_free(s);
	return fault;
}

const char *form_ready(struct form *f)
{
	bool good = true;

	if (!f->has_format)
		f->x.format = by_payload(f);
	if (!f->has_direction)
		f->x.direction = f->x.type == XPDU_X2 ? XPDU_DIR_NA : XPDU_DIR_UNKNOWN;
	if (f->x.type == XPDU_KEEPALIVE || f->x.type == XPDU_ACK) {
		if (!f->has_format)
			f->x.format = 0;
		if (!f->has_direction)
			f->x.direction = 0;
	} else if (!f->has_xid && !f->hostile) {
		return "xid is missing";
	}
	f->who.n = f->rest.n = 0;
	good = good && put(&f->who, XPDU_A_DOMAIN_ID, &f->did) && put(&f->who, XPDU_A_NFID, &f->nfid) && put(&f->who, XPDU_A_IPID, &f->ipid);
	good = good && address(&f->rest, XPDU_A_SOURCE_IPV4, XPDU_A_SOURCE_IPV6, &f->source_addr) &&
	       address(&f->rest, XPDU_A_DESTINATION_IPV4, XPDU_A_DESTINATION_IPV6, &f->destination_addr) &&
	       put(&f->rest, XPDU_A_SOURCE_PORT, &f->source_port) && put(&f->rest, XPDU_A_DESTINATION_PORT, &f->destination_port) &&
	       put(&f->rest, XPDU_A_PROTOCOL, &f->protocol);
	octets_put(&f->rest, f->matched.p, f->matched.n);
	octets_put(&f->rest, f->other.p, f->other.n);
	good = good && put(&f->rest, XPDU_A_MIME_TYPE, &f->mime_type) && put(&f->rest, XPDU_A_MIME_ENCODING, &f->mime_encoding);
	octets_put(&f->rest, f->axri.p, f->axri.n);	/* only where somebody asked for it. X23-POI-018 */
	good = good && put(&f->rest, XPDU_A_SDP, &f->sdp);
	octets_put(&f->rest, f->raw.p, f->raw.n);
	if (!good)
		return "an attribute is longer than 65,535 octets";
	if (f->who.failed || f->rest.failed)
		return "no memory";
	if (f->has_number_at && (f->payload.n < 4 || f->number_at > f->payload.n - 4))
		return "number_at: there are no four octets of payload";
	if (f->correlations == 0)
		return "correlations: 1 at the least";
	return f->hostile ? NULL : judge(f);
}

bool form_build(struct form *f, struct sequence *s, uint64_t nth, struct when now, struct octets *out, struct form_place *p)
{
	struct when w = f->time == FORM_AT ? f->at : now;
	struct xpdu x = f->x;
	size_t sequence = 0, time = 0, start = out->n, payload;
	uint8_t v[8];
	uint32_t *n;

	x.correlation += nth % f->correlations;
	f->head.n = 0;
	octets_put(&f->head, f->who.p, f->who.n);
	if (f->number != FORM_UNNUMBERED) {
		n = sequence_of(s, x.type, x.xid, x.correlation, f->who.p, f->who.n);
		if (!n)
			return false;
		*n = f->number == FORM_SET ? f->set + (uint32_t)nth : *n + f->skip;
		octets_set32(v, (*n)++);	/* after 4,294,967,295 comes 0. X23-POI-010 */
		sequence = XPDU_HEADER + f->head.n + 4;
		(void)xpdu_attr(&f->head, XPDU_A_SEQUENCE, v, 4);
	}
	if (f->time != FORM_UNDATED) {
		w = when_add(w, f->shift);
		octets_set32(v, w.s);
		octets_set32(v + 4, w.ns);
		time = XPDU_HEADER + f->head.n + 4;
		(void)xpdu_attr(&f->head, XPDU_A_TIMESTAMP, v, 8);
	}
	octets_put(&f->head, f->rest.p, f->rest.n);
	x.attributes = f->head.p;
	x.n_attributes = f->head.n;
	x.payload = f->payload.p;
	x.n_payload = f->payload.n;
	xpdu_write(&x, out);
	if (f->head.failed || out->failed)
		return false;
	payload = start + XPDU_HEADER + f->head.n;
	if (f->has_number_at)
		octets_set32(out->p + payload + f->number_at, (uint32_t)nth);
	if (p)
		*p = (struct form_place){ sequence ? start + sequence : 0, time ? start + time : 0 };
	return true;
}
