/* jstr.c: a text as a JSON string. */
#include "handover/jstr.h"

#include <li/rd.h>

size_t jstr_utf8(struct view v, uint32_t *code)
{
	struct rd r = rd_of(v);
	uint8_t first = rd_u8(&r);
	size_t more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 :
		first >= 0xf0 && first < 0xf5 ? 3 : SIZE_MAX;
	uint32_t c = more == 0 ? first : more == 1 ? first & 0x1fu : more == 2 ? first & 0x0fu : first & 0x07u;

	if (more == SIZE_MAX)
		return 0;
	for (size_t i = 0; i < more; i++) {
		uint8_t x = rd_u8(&r);

		if ((x & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (x & 0x3fu);
	}
	if (r.err || (more == 2 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) || (more == 3 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	*code = c;
	return more + 1;
}

bool jstr_is_utf8(struct view v)
{
	uint32_t code;

	for (size_t n; v.n; v = view_of(v.p + n, v.n - n)) {
		n = jstr_utf8(v, &code);
		if (!n)
			return false;
	}
	return true;
}

enum li_err jstr_put(struct buf *b, struct view v)
{
	enum li_err e = buf_put(b, "\"", 1);

	while (v.n && !e) {
		uint32_t code;
		size_t n = jstr_utf8(v, &code);
		uint8_t c = *v.p;

		if (n == 0) {
			e = buf_put(b, "\xef\xbf\xbd", 3);
			n = 1;
		} else if (c == '"' || c == '\\') {
			char esc[2] = { '\\', (char)c };

			e = buf_put(b, esc, 2);
		} else if (c < 0x20 || c == 0x7f) {
			e = buf_printf(b, "\\u%04x", c);
		} else {
			e = buf_put(b, v.p, n);
		}
		v = view_of(v.p + n, v.n - n);
	}
	return e ? e : buf_put(b, "\"", 1);
}

enum li_err jstr_hex(struct buf *b, struct view v)
{
	static const char digit[] = "0123456789abcdef";
	enum li_err e = buf_need(b, 2 * v.n + 2);

	if (e)
		return e;
	b->p[b->n++] = '"';
	for (size_t i = 0; i < v.n; i++) {
		b->p[b->n++] = (uint8_t)digit[v.p[i] >> 4];
		b->p[b->n++] = (uint8_t)digit[v.p[i] & 15];
	}
	b->p[b->n++] = '"';
	return LI_OK;
}
