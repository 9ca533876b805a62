/* json.c: see json.h. The writer first, the reader after it. */
#include "mediation/json.h"

#include <li/rd.h>
#include <stdio.h>
#include <stdlib.h>

#include "handover/jstr.h"

/* -- writing -- */

struct json json_to(struct buf *b)
{
	return (struct json){ .b = b };
}

static void put(struct json *j, struct view v)
{
	if (!j->err)
		j->err = buf_put(j->b, v.p, v.n);
}

static void put_string(struct json *j, struct view v)
{
	if (!j->err)
		j->err = jstr_put(j->b, v);
}

/* What stands before a value: the comma, the name. */
static void lead(struct json *j, const char *name)
{
	if (j->more)
		put(j, view_str(","));
	j->more = true;
	if (name) {
		put_string(j, view_str(name));
		put(j, view_str(":"));
	}
}

static void open_level(struct json *j, const char *name, const char *bracket)
{
	lead(j, name);
	put(j, view_str(bracket));
	j->more = false;
	if (++j->depth > JSON_DEPTH && !j->err)
		j->err = LI_EUSE;
}

void json_object(struct json *j, const char *name)
{
	open_level(j, name, "{");
}

void json_array(struct json *j, const char *name)
{
	open_level(j, name, "[");
}

void json_close(struct json *j, char end)
{
	if (j->depth == 0 && !j->err)
		j->err = LI_EUSE;
	put(j, view_of(&end, 1));
	j->depth--;
	j->more = true;
}

void json_view(struct json *j, const char *name, struct view text)
{
	lead(j, name);
	put_string(j, text);
}

void json_text(struct json *j, const char *name, const char *text)
{
	if (text)
		json_view(j, name, view_str(text));
	else
		json_null(j, name);
}

static void plain(struct json *j, const char *name, const char *text)
{
	lead(j, name);
	put(j, view_str(text));
}

void json_int(struct json *j, const char *name, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)v);
	plain(j, name, text);
}

void json_uint(struct json *j, const char *name, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	plain(j, name, text);
}

void json_bool(struct json *j, const char *name, bool v)
{
	plain(j, name, v ? "true" : "false");
}

void json_null(struct json *j, const char *name)
{
	plain(j, name, "null");
}

void json_time(struct json *j, const char *name, li_us t)
{
	char text[LI_RFC3339_MAX];

	if (t == LI_US_NEVER || !li_rfc3339(t, text))
		json_null(j, name);
	else
		json_text(j, name, text);
}

void json_raw(struct json *j, const char *name, struct view document)
{
	lead(j, name);
	put(j, document);
}

enum li_err json_end(const struct json *j)
{
	return j->err ? j->err : j->depth ? LI_EUSE : LI_OK;
}

/* -- reading -- */

struct reader {
	struct json_doc *d;
	struct rd r;
	size_t cap;
};

static void blanks(struct rd *r)
{
	while (rd_left(r) && strchr(" \t\r\n", rd_peek(r)) && rd_peek(r))
		rd_skip(r, 1);
}

/* A node more; its index, or 0 and the reader has failed (node 0 is the document: it is made when there is none). */
static uint32_t new_node(struct reader *p)
{
	struct json_doc *d = p->d;

	if (d->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		struct json_node *n = cap > UINT32_MAX ? NULL : realloc(d->node, cap * sizeof(*n));

		if (!n) {
			rd_fail(&p->r, LI_ENOMEM);
			return 0;
		}
		d->node = n;
		p->cap = cap;
	}
	d->node[d->n] = (struct json_node){ .kind = JSON_NULL };
	return (uint32_t)d->n++;
}

static uint32_t hex4(struct rd *r)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		static const char digit[] = "0123456789abcdef0123456789ABCDEF";
		uint8_t c = rd_u8(r);
		const char *at = c ? strchr(digit, c) : NULL;

		if (!at)
			rd_fail(r, LI_EFORMAT);
		else
			v = v << 4 | (uint32_t)((at - digit) & 15);
	}
	return v;
}

/* A character as UTF-8: never longer than the escape it was. */
static char *utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

static char *escape(struct rd *r, char *to)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	uint8_t c = rd_u8(r);
	const char *at = c ? strchr(from, c) : NULL;
	uint32_t u;

	if (at) {
		*to++ = is[at - from];
		return to;
	}
	if (c != 'u') {
		rd_fail(r, LI_EFORMAT);
		return to;
	}
	u = hex4(r);
	if (u >= 0xd800 && u < 0xdc00) {	/* the first of a pair */
		uint32_t low;

		if (rd_u8(r) != '\\' || rd_u8(r) != 'u')
			rd_fail(r, LI_EFORMAT);
		low = hex4(r);
		if (low < 0xdc00 || low > 0xdfff)
			rd_fail(r, LI_EFORMAT);
		u = 0x10000 + ((u & 0x3ff) << 10) + (low & 0x3ff);
	} else if (u >= 0xdc00 && u < 0xe000) {
		rd_fail(r, LI_EFORMAT);
	}
	return r->err ? to : utf8(to, u);
}

/* After the opening quote. Unescaped in place: what is written stays behind what is read. */
static struct view string(struct reader *p)
{
	char *start = p->d->text + rd_pos(&p->r), *to = start;

	for (;;) {
		uint8_t c = rd_u8(&p->r);

		if (p->r.err || c < 0x20) {
			rd_fail(&p->r, LI_EFORMAT);
			return view_of(NULL, 0);
		}
		if (c == '"')
			return view_of(start, (size_t)(to - start));
		if (c == '\\')
			to = escape(&p->r, to);
		else
			*to++ = (char)c;
	}
}

static bool word(struct rd *r, const char *text)
{
	struct view v = rd_take(r, strlen(text));

	if (!r->err && !view_eq(v, view_str(text)))
		rd_fail(r, LI_EFORMAT);
	return !r->err;
}

static struct view number(struct reader *p)
{
	char *start = p->d->text + rd_pos(&p->r);
	size_t from = rd_pos(&p->r), digits = 0;

	while (rd_left(&p->r) && rd_peek(&p->r) && strchr("+-.0123456789eE", rd_peek(&p->r)))
		digits += rd_u8(&p->r) >= '0';
	if (!digits)
		rd_fail(&p->r, LI_EFORMAT);
	return view_of(start, rd_pos(&p->r) - from);
}

static uint32_t value(struct reader *p, unsigned depth);

/* Elements or members up to the closing bracket, chained below node `of`. */
static void children(struct reader *p, uint32_t of, bool object, unsigned depth)
{
	uint8_t end = object ? '}' : ']';
	uint32_t last = 0;

	blanks(&p->r);
	if (rd_peek(&p->r) == end) {
		rd_skip(&p->r, 1);
		return;
	}
	while (!p->r.err) {
		struct view name = { NULL, 0 };
		uint32_t i;
		uint8_t c;

		if (object) {
			blanks(&p->r);
			if (rd_u8(&p->r) != '"')
				rd_fail(&p->r, LI_EFORMAT);
			name = string(p);
			blanks(&p->r);
			if (rd_u8(&p->r) != ':')
				rd_fail(&p->r, LI_EFORMAT);
		}
		i = value(p, depth);
		if (p->r.err)
			return;
		p->d->node[i].name = name;
		if (last)
			p->d->node[last].next = i;
		else
			p->d->node[of].child = i;
		last = i;
		blanks(&p->r);
		c = rd_u8(&p->r);
		if (c == end)
			return;
		if (c != ',')
			rd_fail(&p->r, LI_EFORMAT);
	}
}

static uint32_t value(struct reader *p, unsigned depth)
{
	uint32_t i = new_node(p);
	struct view text = { NULL, 0 };
	enum json_kind kind = JSON_NULL;

	if (depth > JSON_DEPTH)
		rd_fail(&p->r, LI_ELIMIT);
	blanks(&p->r);
	if (p->r.err)
		return 0;
	switch (rd_peek(&p->r)) {
	case '{':
	case '[':
		kind = rd_u8(&p->r) == '{' ? JSON_OBJECT : JSON_ARRAY;
		p->d->node[i].kind = kind;
		children(p, i, kind == JSON_OBJECT, depth + 1);
		return i;
	case '"':
		rd_skip(&p->r, 1);
		kind = JSON_STRING;
		text = string(p);
		break;
	case 't':
		kind = JSON_TRUE;
		word(&p->r, "true");
		break;
	case 'f':
		kind = JSON_FALSE;
		word(&p->r, "false");
		break;
	case 'n':
		word(&p->r, "null");
		break;
	default:
		kind = JSON_NUMBER;
		text = number(p);
	}
	p->d->node[i].kind = kind;
	p->d->node[i].text = text;
	return i;
}

enum li_err json_read(struct view text, struct json_doc *d)
{
	struct reader p = { .d = d };

	*d = (struct json_doc){ NULL, NULL, 0 };
	if (text.n > JSON_READ_MAX)
		return LI_ELIMIT;
	d->text = malloc(text.n + 1);
	if (!d->text)
		return LI_ENOMEM;
	if (text.n)
		memcpy(d->text, text.p, text.n);
	p.r = rd_of(view_of(d->text, text.n));
	value(&p, 0);
	blanks(&p.r);
	if (rd_end(&p.r)) {
		json_doc_fini(d);
		return p.r.err ? p.r.err : LI_EFORMAT;
	}
	return LI_OK;
}

void json_doc_fini(struct json_doc *d)
{
	free(d->text);
	free(d->node);
	*d = (struct json_doc){ NULL, NULL, 0 };
}

const struct json_node *json_first(const struct json_doc *d, const struct json_node *n)
{
	return n && n->child ? &d->node[n->child] : NULL;
}

const struct json_node *json_next(const struct json_doc *d, const struct json_node *n)
{
	return n->next ? &d->node[n->next] : NULL;
}

const struct json_node *json_member(const struct json_doc *d, const struct json_node *object, const char *name)
{
	const struct json_node *n = object && object->kind == JSON_OBJECT ? json_first(d, object) : NULL;

	while (n && !view_eq(n->name, view_str(name)))
		n = json_next(d, n);
	return n;
}
