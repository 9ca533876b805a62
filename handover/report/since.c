/* since.c: see since.h. No JSON reader: the lines are our own, and members are looked for by their octets. */
#include "handover/report/since.h"

#include <errno.h>
#include <stdio.h>

#include "handover/lemf_line.h"

#define FOLDER "{\"folder\":\""

bool since_read(struct since *s, const char *file, char *err, size_t n)
{
	FILE *f = fopen(file, "re");
	bool good = f;
	size_t got = 1;

	buf_init(&s->text, SINCE_MAX);
	while (good && got) {
		good = buf_need(&s->text, 65536) == LI_OK;
		got = good ? fread(s->text.p + s->text.n, 1, 65536, f) : 0;
		s->text.n += got;
		good = good && !ferror(f);
	}
	if (!good)
		snprintf(err, n, "%s: %s", file, f && !ferror(f) ? "too long" : strerror(errno));
	if (f)
		fclose(f);
	if (good && (s->text.n < sizeof(FOLDER) || memcmp(s->text.p, FOLDER, sizeof(FOLDER) - 1))) {
		snprintf(err, n, "%s: it is nothing that lemfd verify --json wrote", file);
		good = false;
	}
	return good;
}

/* The next line of it, from *at on. */
static bool next_line(const struct since *s, size_t *at, struct view *line)
{
	const uint8_t *p = s->text.p + *at, *nl = *at < s->text.n ? memchr(p, '\n', s->text.n - *at) : NULL;

	if (!nl)
		return false;	/* one without an end is torn */
	*line = view_of(p, (size_t)(nl - p));
	*at += line->n + 1;
	return true;
}

static bool head_of(struct view line, struct since_mark *m)
{
	struct view ledger, head;

	*m = (struct since_mark){ .entries = 0 };
	if (!lemf_line_after(line, "\"ledger\":{", &ledger))
		return true;	/* of a lemfd that knew of none */
	m->entries = lemf_line_number(ledger, "\"entries\":");
	if (!m->entries)
		return true;
	if (!lemf_line_text(ledger, "head", &head) || head.n != 2 * sizeof(m->head))
		return false;
	for (size_t i = 0; i < sizeof(m->head); i++) {
		char two[3] = { (char)head.p[2 * i], (char)head.p[2 * i + 1], '\0' };
		unsigned x;

		if (sscanf(two, "%2x", &x) != 1)
			return false;
		m->head[i] = (uint8_t)x;
	}
	return true;
}

static bool folder_of(struct view line, struct view *name)
{
	return line.n > sizeof(FOLDER) && memcmp(line.p, FOLDER, sizeof(FOLDER) - 1) == 0 && lemf_line_text(line, "folder", name);
}

bool since_find(const struct since *s, const char *folder, struct since_mark *m)
{
	struct view line, name;
	size_t at = 0;
	bool found = false;

	while (next_line(s, &at, &line))
		if (folder_of(line, &name) && view_eq(name, view_str(folder)))	/* our names are plain: nothing is escaped in them */
			found = head_of(line, m);
	return found;
}

void since_each(const struct since *s, void (*each)(void *arg, const char *folder), void *arg)
{
	struct view line, name;
	char text[512];
	size_t at = 0;

	while (next_line(s, &at, &line)) {
		if (!folder_of(line, &name) || name.n >= sizeof(text))
			continue;
		memcpy(text, name.p, name.n);
		text[name.n] = '\0';
		each(arg, text);
	}
}

void since_fini(struct since *s)
{
	buf_fini(&s->text);
}
