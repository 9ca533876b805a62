/* audit_line.c: one line of the audit log. Only what the chain needs is read; the rest of an entry is held by its hash. */
#include "mediation/audit_line.h"

#include <openssl/sha.h>

#include <li/rd.h>
#include <li/time.h>

static bool eat(struct rd *r, const char *text)
{
	struct view v = rd_take(r, strlen(text));

	if (!r->err && !view_eq(v, view_str(text)))
		rd_fail(r, LI_EFORMAT);
	return !r->err;
}

enum li_err audit_hex(struct view text, uint8_t *out, size_t n)
{
	struct rd r = rd_of(text);

	for (size_t i = 0; i < 2 * n; i++) {
		uint8_t c = rd_u8(&r), x = c >= '0' && c <= '9' ? (uint8_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint8_t)(c - 'a' + 10) : 255;

		if (x == 255)
			return LI_EFORMAT;
		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | x : x << 4);
	}
	return rd_end(&r);
}

static uint64_t number(struct rd *r)
{
	uint64_t x = 0;

	if (rd_peek(r) < '1' || rd_peek(r) > '9')	/* no sign, no leading zero */
		rd_fail(r, LI_EFORMAT);
	while (rd_peek(r) >= '0' && rd_peek(r) <= '9') {
		uint8_t d = (uint8_t)(rd_u8(r) - '0');

		if (x > (UINT64_MAX - d) / 10)
			rd_fail(r, LI_EFORMAT);
		x = x * 10 + d;
	}
	return x;
}

/* To the end of a JSON string whose first quote was read. */
static void skip_string(struct rd *r)
{
	while (rd_left(r)) {
		uint8_t c = rd_u8(r);

		if (c == '"')
			return;
		if (c == '\\')
			rd_skip(r, 1);
	}
	rd_fail(r, LI_EFORMAT);
}

enum li_err audit_line_read(struct view line, struct audit_line *out)
{
	static const char tail[] = "\"event\":\"" AUDIT_CHECKPOINT_EVENT "\"";
	struct rd r = rd_of(line), at_event;
	bool continued;

	memset(out, 0, sizeof(*out));
	if (line.n == 0 || line.p[line.n - 1] != '}')
		return LI_EFORMAT;	/* two lines in one, or half of one */
	eat(&r, "{\"n\":");
	out->n = number(&r);
	eat(&r, ",\"prev\":\"");
	if (audit_hex(rd_take(&r, 64), out->prev, sizeof(out->prev)))
		rd_fail(&r, LI_EFORMAT);
	eat(&r, "\",\"time\":\"");
	rd_skip(&r, LI_RFC3339_MAX - 1);
	eat(&r, "\",");
	if (r.err)
		return LI_EFORMAT;
	SHA256(line.p, line.n, out->hash);
	at_event = r;
	if (eat(&at_event, tail)) {
		out->said = view_of(line.p, rd_pos(&at_event));
		eat(&at_event, ",\"sig\":\"");
		out->sig = rd_take(&at_event, 128);
		eat(&at_event, "\"}");
		return rd_end(&at_event) ? LI_EFORMAT : LI_OK;
	}
	at_event = r;
	continued = eat(&at_event, "\"event\":\"" AUDIT_CONTINUED_EVENT "\"");
	eat(&r, "\"event\":\"");
	skip_string(&r);
	eat(&r, ",\"who\":\"");
	skip_string(&r);
	if (!eat(&r, ",\"fields\":{"))
		return LI_EFORMAT;
	if (continued && eat(&r, "\"file\":\"")) {
		size_t at = rd_pos(&r);

		skip_string(&r);
		if (!r.err)
			out->from = view_of(line.p + at, rd_pos(&r) - at - 1);
	}
	return LI_OK;
}

bool audit_line_next(struct view *rest, struct view *line)
{
	const uint8_t *nl = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!nl)
		return false;
	*line = view_of(rest->p, (size_t)(nl - rest->p));
	*rest = view_of(nl + 1, rest->n - line->n - 1);
	return true;
}

void audit_split_last(struct view v, struct view *line, struct view *torn)
{
	const uint8_t *nl = v.n ? memrchr(v.p, '\n', v.n) : NULL, *before;
	size_t end = nl ? (size_t)(nl - v.p) : 0;

	*torn = nl ? view_of(nl + 1, v.n - end - 1) : v;
	before = end ? memrchr(v.p, '\n', end) : NULL;
	*line = before ? view_of(before + 1, end - (size_t)(before - v.p) - 1) : view_of(v.p, end);
}
