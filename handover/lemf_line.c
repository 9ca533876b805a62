/* lemf_line.c: what stands in a line of events.jsonl. */
#include "handover/lemf_line.h"

#include <stdio.h>
#include <stdlib.h>

bool lemf_line_after(struct view line, const char *what, struct view *rest)
{
	const uint8_t *p = line.n ? memmem(line.p, line.n, what, strlen(what)) : NULL;

	if (!p)
		return false;
	p += strlen(what);
	*rest = view_of(p, (size_t)(line.p + line.n - p));
	return true;
}

uint64_t lemf_line_number(struct view line, const char *what)
{
	struct view v = { NULL, 0 };
	uint64_t x = 0;

	if (lemf_line_after(line, what, &v))
		for (size_t i = 0; i < v.n && i < 18 && v.p[i] >= '0' && v.p[i] <= '9'; i++)
			x = x * 10 + (uint64_t)(v.p[i] - '0');
	return x;
}

/* Hex of the element, as we wrote it. */
static void element_after(struct view line, struct lemf_reset *r)
{
	struct view v = { NULL, 0 };

	if (!lemf_line_after(line, "\"element_hex\":\"", &v))
		return;
	for (size_t i = 0; i + 1 < v.n && r->n_element < LI_ELEMENT_MAX && v.p[i] != '"'; i += 2) {
		char two[3] = { (char)v.p[i], (char)v.p[i + 1], '\0' };

		r->element[r->n_element++] = (uint8_t)strtoul(two, NULL, 16);
	}
}

bool lemf_line_text(struct view line, const char *member, struct view *text)
{
	char what[64];
	size_t n = 0;

	snprintf(what, sizeof(what), "\"%s\":\"", member);
	if (!lemf_line_after(line, what, text))
		return false;
	while (n < text->n && text->p[n] != '"')
		n += text->p[n] == '\\' ? 2 : 1;
	if (n >= text->n)
		return false;
	text->n = n;
	return true;
}

static bool is_event(struct view line, const char *event, struct view *rest)
{
	char octets[64];
	int n = snprintf(octets, sizeof(octets), ",\"event\":\"%s\",", event);

	if (line.n < LEMF_LINE_TIME + (size_t)n)
		return false;
	*rest = view_of(line.p + LEMF_LINE_TIME, line.n - LEMF_LINE_TIME);
	return memcmp(rest->p, octets, (size_t)n) == 0;
}

bool lemf_line_is(struct view line, const char *event, struct view *members)
{
	struct view rest;
	size_t n = strlen(event) + sizeof(",\"event\":\"\"") - 1;

	if (!is_event(line, event, &rest))
		return false;
	*members = view_of(rest.p + n, rest.n - n);
	return true;
}

bool lemf_line_reset(struct view line, struct lemf_reset *r)
{
	struct view rest;

	*r = (struct lemf_reset){ 0 };
	if (!is_event(line, "cin-reset", &rest))
		return false;
	r->at[LEMF_HI2] = lemf_line_number(rest, "\"hi2_from\":");
	r->at[LEMF_HI3] = lemf_line_number(rest, "\"hi3_from\":");
	r->at[LEMF_OTHER] = lemf_line_number(rest, "\"other_from\":");
	r->at[LEMF_CHECKS] = lemf_line_number(rest, "\"checks_from\":");
	element_after(rest, r);
	return true;
}

bool lemf_line_pdu(struct view line, const char *event, struct view *hex)
{
	struct view rest;

	return is_event(line, event, &rest) && lemf_line_after(rest, "\"pdu\":\"", hex);
}
