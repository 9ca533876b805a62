/* show.c: see show.h. */
#include "mediation/show.h"

#include <ctype.h>
#include <stdlib.h>

#define COLUMNS_MAX 24	/* more do not fit a screen */
#define CELL_MAX 4608	/* the standby addresses of a destination, or the names of its ciphers, whole */

/* -- one value as text -- */

size_t show_clean(char *to, size_t room, struct view v)
{
	size_t n = 0;

	for (; n < v.n && n < room - 1; n++) {
		uint8_t c = v.p[n], next = n + 1 < v.n ? v.p[n + 1] : 0, last = n ? v.p[n - 1] : 0;
		bool high = (c == 0xc2 && next >= 0x80 && next < 0xa0) || (last == 0xc2 && c >= 0x80 && c < 0xa0);

		to[n] = c < 0x20 || c == 0x7f || high ? '?' : (char)c;
	}
	to[n] = 0;
	return n;
}

struct cell { char text[CELL_MAX]; size_t n; };

static void cell_put(struct cell *c, struct view v)
{
	c->n += show_clean(c->text + c->n, sizeof(c->text) - c->n, v);
}

static void cell_value(struct cell *c, const struct json_doc *d, const struct json_node *n, unsigned depth);

/* Lists with commas between, pairs as "name value". */
static void cell_children(struct cell *c, const struct json_doc *d, const struct json_node *n, unsigned depth)
{
	const struct json_node *k = json_first(d, n);

	if (!k)
		cell_put(c, view_str("-"));
	for (; k; k = json_next(d, k)) {
		if (n->kind == JSON_OBJECT) {
			cell_put(c, k->name);
			cell_put(c, view_str(" "));
		}
		cell_value(c, d, k, depth + 1);
		if (k->next)
			cell_put(c, view_str(", "));
	}
}

static void cell_value(struct cell *c, const struct json_doc *d, const struct json_node *n, unsigned depth)
{
	static const char *const word[] = { "-", "no", "yes" };

	if (!n)
		cell_put(c, view_str("-"));
	else if (n->kind <= JSON_TRUE)
		cell_put(c, view_str(word[n->kind]));
	else if (n->kind < JSON_ARRAY)
		cell_put(c, n->text);
	else if (depth < JSON_DEPTH)
		cell_children(c, d, n, depth);
}

static struct cell cell_of(const struct json_doc *d, const struct json_node *n)
{
	struct cell c = { "", 0 };

	cell_value(&c, d, n, 0);
	return c;
}

/* Characters, not octets: UTF-8's later octets take no place. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* -- tables -- */

struct columns { char name[COLUMNS_MAX][48]; size_t width[COLUMNS_MAX], n; };

static void column(struct columns *c, struct view name)
{
	if (c->n == COLUMNS_MAX || name.n >= sizeof(c->name[0]))
		return;
	show_clean(c->name[c->n], sizeof(c->name[0]), name);
	c->width[c->n] = name.n;
	c->n++;
}

static void choose(struct columns *c, const struct json_doc *d, const struct json_node *first, const char *wanted)
{
	c->n = 0;
	for (const struct json_node *m = wanted ? NULL : json_first(d, first); m; m = json_next(d, m))
		column(c, m->name);
	while (wanted && *wanted) {
		size_t n = strcspn(wanted, " ");

		column(c, view_of(wanted, n));
		wanted += n + strspn(wanted + n, " ");
	}
}

static void pad(FILE *out, const char *s, size_t to, bool last)
{
	fputs(s, out);
	for (size_t n = width(s); !last && n < to + 2; n++)
		fputc(' ', out);
}

void show_table(FILE *out, const struct json_doc *d, const struct json_node *list, const char *wanted)
{
	const struct json_node *first = json_first(d, list);
	struct columns c;

	if (!first) {
		fputs("none\n", out);
		return;
	}
	choose(&c, d, first, wanted);
	for (const struct json_node *e = first; e; e = json_next(d, e))
		for (size_t i = 0; i < c.n; i++) {
			struct cell v = cell_of(d, json_member(d, e, c.name[i]));
			size_t w = width(v.text);

			c.width[i] = w > c.width[i] ? w : c.width[i];
		}
	for (size_t i = 0; i < c.n; i++) {
		char head[sizeof(c.name[0])];

		for (size_t k = 0; k < sizeof(head); k++)
			head[k] = (char)(c.name[i][k] == '_' ? ' ' : toupper((unsigned char)c.name[i][k]));
		pad(out, head, c.width[i], i + 1 == c.n);
	}
	fputc('\n', out);
	for (const struct json_node *e = first; e; e = json_next(d, e)) {
		for (size_t i = 0; i < c.n; i++) {
			struct cell v = cell_of(d, json_member(d, e, c.name[i]));

			pad(out, v.text, c.width[i], i + 1 == c.n);
		}
		fputc('\n', out);
	}
}

/* -- the whole -- */

static bool is_table(const struct json_doc *d, const struct json_node *n)
{
	const struct json_node *first = json_first(d, n);

	return n->kind == JSON_ARRAY && (!first || first->kind == JSON_OBJECT);
}

static void pairs(FILE *out, const struct json_doc *d, const struct json_node *object, unsigned depth)
{
	for (const struct json_node *m = json_first(d, object); m; m = json_next(d, m)) {
		struct cell name = { "", 0 }, v;

		cell_put(&name, m->name);
		if (m->kind == JSON_OBJECT && depth < JSON_DEPTH) {
			fprintf(out, "%*s%s\n", (int)depth * 2, "", name.text);
			pairs(out, d, m, depth + 1);
			continue;
		}
		v = cell_of(d, m);
		fprintf(out, "%*s%-*s %s\n", (int)depth * 2, "", 24 - (int)depth * 2, name.text, v.text);
	}
}

void show_answer(FILE *out, const struct json_doc *d, const char *columns)
{
	const struct json_node *m = json_first(d, &d->node[0]);
	bool blank = false;

	for (; m; m = json_next(d, m)) {
		if (view_eq(m->name, view_str("ok")))
			continue;
		if (is_table(d, m) && columns && !*columns) {
			for (const struct json_node *e = json_first(d, m); e; e = json_next(d, e)) {
				if (e != json_first(d, m))
					fputc('\n', out);
				pairs(out, d, e, 0);
			}
		} else if (is_table(d, m)) {
			if (blank)
				fputc('\n', out);
			show_table(out, d, m, columns);
		} else if (m->kind == JSON_OBJECT) {
			pairs(out, d, m, 0);
		} else {
			struct cell name = { "", 0 }, v = cell_of(d, m);

			cell_put(&name, m->name);
			fprintf(out, "%-24s %s\n", name.text, v.text);
		}
		blank = true;
	}
}
