/* json.h: is a text one JSON value (RFC 8259), with no name twice in an object? For tests; knows nothing of our writer. */
#ifndef TEST_JSON_H
#define TEST_JSON_H

#include <li/view.h>

#define JSON_DEPTH 300
#define JSON_NAMES 400		/* members of one object */

struct json {
	const uint8_t *p, *end;
	unsigned depth;
	bool bad;
};

static inline int json_peek(struct json *j)
{
	return j->p < j->end ? *j->p : -1;
}

static inline void json_space(struct json *j)
{
	while (j->p < j->end && strchr(" \t\r\n", *j->p) && *j->p)
		j->p++;
}

static inline bool json_take(struct json *j, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, s, n) != 0) {
		j->bad = true;
		return false;
	}
	j->p += n;
	return true;
}

static inline struct view json_string(struct json *j)
{
	const uint8_t *start;

	json_take(j, "\"");
	start = j->p;
	while (!j->bad && json_peek(j) != '"') {
		int c = json_peek(j);

		if (c < 0x20)
			j->bad = true;
		j->p++;
		if (c == '\\') {
			c = json_peek(j);
			if (c == 'u') {
				for (int i = 1; i <= 4; i++)
					j->bad |= j->p + i >= j->end || !strchr("0123456789abcdefABCDEF", j->p[i]) || !j->p[i];
				j->p += j->bad ? 0 : 5;
			} else if (c > 0 && strchr("\"\\/bfnrt", c)) {
				j->p++;
			} else {
				j->bad = true;
			}
		}
	}
	j->p += !j->bad;
	return view_of(start, j->bad ? 0 : (size_t)(j->p - start - 1));
}

static inline void json_digits(struct json *j)
{
	if (json_peek(j) < '0' || json_peek(j) > '9')
		j->bad = true;
	while (json_peek(j) >= '0' && json_peek(j) <= '9')
		j->p++;
}

static inline void json_value(struct json *j);

static inline void json_object(struct json *j)
{
	struct view names[JSON_NAMES];
	size_t n = 0;

	json_take(j, "{");
	json_space(j);
	while (!j->bad && json_peek(j) != '}') {
		if (n && json_take(j, ","))
			json_space(j);
		if (n == JSON_NAMES) {
			j->bad = true;
			return;
		}
		names[n] = json_string(j);
		for (size_t i = 0; i < n; i++)
			j->bad |= view_eq(names[i], names[n]);
		n++;
		json_space(j);
		json_take(j, ":");
		json_value(j);
	}
	json_take(j, "}");
}

static inline void json_array(struct json *j)
{
	bool first = true;

	json_take(j, "[");
	json_space(j);
	while (!j->bad && json_peek(j) != ']') {
		if (!first)
			json_take(j, ",");
		first = false;
		json_value(j);
	}
	json_take(j, "]");
}

static inline void json_value(struct json *j)
{
	if (j->bad || ++j->depth > JSON_DEPTH) {
		j->bad = true;
		return;
	}
	json_space(j);
	switch (json_peek(j)) {
	case '{': json_object(j); break;
	case '[': json_array(j); break;
	case '"': json_string(j); break;
	case 't': json_take(j, "true"); break;
	case 'f': json_take(j, "false"); break;
	case 'n': json_take(j, "null"); break;
	default:
		if (json_peek(j) == '-')
			j->p++;
		if (json_peek(j) == '0')
			j->p++;
		else
			json_digits(j);
		break;		/* no fraction, no exponent: we write integers only */
	}
	json_space(j);
	j->depth--;
}

static inline bool json_ok(struct view text)
{
	struct json j = { text.p, text.p + text.n, 0, false };

	json_value(&j);
	return !j.bad && j.p == j.end;
}

#endif
