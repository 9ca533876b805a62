/* jer_out.c: JSON text or an indented tree, piece by piece. */
#include <inttypes.h>
#include <stdio.h>

#include "asn1/jer.h"

static void put(struct jer_out *o, const void *p, size_t n)
{
	if (!o->err)
		o->err = buf_put(o->b, p, n);
}

static void puts_(struct jer_out *o, const char *s)
{
	put(o, s, strlen(s));
}

/* A line of the tree begins. */
static void line(struct jer_out *o)
{
	if (o->b->n && o->b->p[o->b->n - 1] != '\n')
		put(o, "\n", 1);
	for (unsigned i = 0; i < o->depth; i++)
		put(o, "  ", 2);
}

void jer_open(struct jer_out *o, char bracket)
{
	if (o->form == JER_JSON)
		put(o, &bracket, 1);
	else
		o->depth++;
}

void jer_close(struct jer_out *o, char bracket)
{
	if (o->form == JER_JSON)
		put(o, &bracket, 1);
	else
		o->depth--;
}

/* Names come from our tables and need no escapes. */
void jer_key(struct jer_out *o, const char *name)
{
	if (o->form == JER_TREE) {
		line(o);
		puts_(o, name);
		return;
	}
	/* a comma is due unless the object has just been opened: no value ends in a brace that opens */
	puts_(o, o->b->n && o->b->p[o->b->n - 1] == '{' ? "\"" : ", \"");
	puts_(o, name);
	puts_(o, "\": ");
}

void jer_item(struct jer_out *o, size_t i)
{
	char text[24];

	if (o->form == JER_JSON) {
		if (i)
			puts_(o, ", ");
		return;
	}
	line(o);
	snprintf(text, sizeof(text), "[%zu]", i);
	puts_(o, text);
}

static void scalar(struct jer_out *o, const char *s)
{
	if (o->form == JER_TREE)
		puts_(o, ": ");
	puts_(o, s);
}

void jer_word(struct jer_out *o, const char *word)
{
	scalar(o, word);
}

void jer_uint(struct jer_out *o, uint64_t x)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, x);
	scalar(o, text);
}

/* -- strings -- */

/* The UTF-8 sequence at the front: its length and code point; 0 when it is none (RFC 3629 clause 4). */
static size_t utf8(struct view v, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = v.p[0] < 0x80 ? 1 : v.p[0] >> 5 == 6 ? 2 : v.p[0] >> 4 == 14 ? 3 : v.p[0] >> 3 == 30 ? 4 : 0;

	if (n == 0 || n > v.n)
		return 0;
	*c = n == 1 ? v.p[0] : v.p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (v.p[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (v.p[i] & 0x3f);
	}
	return *c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : n;
}

static bool is_utf8(struct view v)
{
	uint32_t c;
	size_t n;

	for (; v.n; v = view_of(v.p + n, v.n - n)) {
		n = utf8(v, &c);
		if (n == 0)
			return false;
	}
	return true;
}

/* Control characters never reach a terminal: C0, DEL, C1 and the marks that turn the direction of text. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

bool jer_text(struct jer_out *o, struct view v)
{
	char text[8];
	uint32_t c;
	size_t n;

	if (!is_utf8(v))
		return false;
	scalar(o, "\"");
	for (; v.n && !o->err; v = view_of(v.p + n, v.n - n)) {
		n = utf8(v, &c);
		if (c == '"' || c == '\\') {
			snprintf(text, sizeof(text), "\\%c", (char)c);
			puts_(o, text);
		} else if (is_control(c)) {
			snprintf(text, sizeof(text), "\\u%04x", (unsigned)c & 0xffff);
			puts_(o, text);
		} else {
			put(o, v.p, n);
		}
	}
	put(o, "\"", 1);
	return true;
}

/* For people: octets that are text are shown as such too. */
static bool is_printable(struct view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < 0x20 || v.p[i] > 0x7e)
			return false;
	return v.n > 1;
}

void jer_hex(struct jer_out *o, struct view v)
{
	static const char digit[] = "0123456789abcdef";

	scalar(o, o->form == JER_JSON ? "\"" : "");
	if (!o->err)
		o->err = buf_need(o->b, 2 * v.n);
	if (o->err)
		return;
	for (size_t i = 0; i < v.n; i++) {
		o->b->p[o->b->n++] = (uint8_t)digit[v.p[i] >> 4];
		o->b->p[o->b->n++] = (uint8_t)digit[v.p[i] & 15];
	}
	if (o->form == JER_JSON) {
		put(o, "\"", 1);
	} else if (is_printable(v)) {
		put(o, " \"", 2);
		put(o, v.p, v.n);
		put(o, "\"", 1);
	}
}
