/* lemf_event.c: lines of events.jsonl: {"time":…,"event":…, members}. */
#include <stdio.h>

#include "asn1/ber.h"
#include "handover/jstr.h"
#include "handover/lemf_check.h"

/* The line is built in s->line; an error empties it and cap stays, so that lemf_event_end() can tell. */
static void failed(struct lemf_store *s, enum li_err e)
{
	if (e)
		buf_fini(&s->line);
}

static bool on(const struct lemf_store *s)
{
	return s->line.n > 0;
}

void lemf_event(struct lemf_store *s, const char *event, li_us now)
{
	char t[LI_RFC3339_MAX];

	s->line.n = 0;
	if (!li_rfc3339(now, t))
		li_rfc3339(0, t);	/* a clock outside the years 1 to 9999 */
	failed(s, buf_printf(&s->line, "{\"time\":\"%s\",\"event\":\"%s\"", t, event));
}

void lemf_event_text(struct lemf_store *s, const char *member, struct view text)
{
	if (on(s))
		failed(s, buf_printf(&s->line, ",\"%s\":", member));
	if (on(s))
		failed(s, jstr_put(&s->line, text));
}

enum li_err lemf_escape(struct buf *b, struct view v, bool dashes)
{
	enum li_err e = LI_OK;

	for (size_t i = 0; i < v.n && !e; i++) {
		uint8_t c = v.p[i];
		bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (c == '-' && !dashes);

		e = plain ? buf_put(b, &c, 1) : buf_printf(b, "%%%02X", c);
	}
	return e;
}

void lemf_event_name(struct lemf_store *s, const char *member, struct view octets)
{
	if (on(s))
		failed(s, buf_printf(&s->line, ",\"%s\":\"", member));
	if (on(s))
		failed(s, lemf_escape(&s->line, octets, false));
	if (on(s))
		failed(s, buf_put(&s->line, "\"", 1));
}

void lemf_event_number(struct lemf_store *s, const char *member, uint64_t x)
{
	if (on(s))
		failed(s, buf_printf(&s->line, ",\"%s\":%llu", member, (unsigned long long)x));
}

void lemf_event_hex(struct lemf_store *s, const char *member, struct view octets)
{
	if (on(s))
		failed(s, buf_printf(&s->line, ",\"%s\":", member));
	if (on(s))
		failed(s, jstr_hex(&s->line, octets));
}

void lemf_event_ctx(struct lemf_store *s, const struct lemf_ctx *c)
{
	struct rd r = rd_of(view_of(c->key, c->n_key));
	struct ber t;
	uint64_t x;

	bool check = c->payload_tag >= LEMF_CHECK_TAG;
	uint32_t data = check ? (c->payload_tag & 15) - 1 : c->payload_tag, type = c->payload_tag >> 4 & 15;	/* dataType counts from 1 */

	lemf_event_text(s, "hi", view_str(data == 0 ? "hi2" : data == 1 ? "hi3" : "other"));
	if (check)
		lemf_event_text(s, "check", view_str(type == PS_CHECK_HASH ? "hash" : type == PS_CHECK_SIGNATURE ? "signature" : "other"));
	else if (c->payload_tag > 1)
		lemf_event_number(s, "payload", c->payload_tag);
	if (c->n_element)
		lemf_event_name(s, "element", view_of(c->element, c->n_element));
	while (ber_next(&r, &t)) {
		if (ber_is(&t, BER_CONTEXT, 1) && ber_uint(&t, &x) == LI_OK)
			lemf_event_number(s, "cin", x);
		else if (ber_is(&t, BER_CONTEXT, 2))
			lemf_event_name(s, "delivery_country", t.body);
		else if (ber_is(&t, BER_CONTEXT, 3))
			lemf_event_hex(s, "cin_extension", t.body);
	}
}

void lemf_event_source(struct lemf_store *s, const struct lemf_source *from)
{
	if (!from)
		return;
	lemf_event_number(s, "connection", from->id);
	lemf_event_text(s, "address", view_str(from->address));
	lemf_event_text(s, "subject", view_str(from->subject));
	if (from->sha256)
		lemf_event_hex(s, "sha256", view_of(from->sha256, 32));
	if (from->check)
		lemf_event_text(s, "check", view_str(from->check));
}

enum li_err lemf_event_end(struct lemf_store *s, struct lemf_folder *o)
{
	if (on(s))
		failed(s, buf_put(&s->line, "}\n", 2));
	if (!on(s))
		return LI_ENOMEM;
	s->stats.events++;
	return lemf_file_append(s->dir, &o->file[LEMF_EVENTS], buf_view(&s->line));
}
