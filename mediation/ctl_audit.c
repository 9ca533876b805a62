/* ctl_audit.c: the end of the audit log, as it stands in the file: its lines are JSON already. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/buf.h>

#include "mediation/audit.h"
#include "mediation/ctl.h"

#define SHOW_DEFAULT 20
#define SHOW_MAX 10000
#define SHOW_OCTETS (4l << 20)	/* looked at from the end of a file: SHOW_MAX entries of 400 octets */

/* The end of a file, whole lines: what is being written is left out. */
static bool read_end(const char *file, struct buf *b)
{
	FILE *f = fopen(file, "re");
	long size = !f || fseek(f, 0, SEEK_END) ? -1 : ftell(f), from = size > SHOW_OCTETS ? size - SHOW_OCTETS : 0;
	bool ok = size >= 0 && !buf_need(b, (size_t)(size - from) + 1) && fseek(f, from, SEEK_SET) == 0;
	const uint8_t *nl;

	if (ok)
		b->n = fread(b->p, 1, (size_t)(size - from), f);
	if (f)
		fclose(f);
	while (b->n && b->p[b->n - 1] != '\n')
		b->n--;
	nl = from && b->n ? memchr(b->p, '\n', b->n) : NULL;
	if (nl)		/* the first line is cut */
		buf_consume(b, (size_t)(nl - b->p) + 1);
	return ok;
}

static size_t lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->p[i] == '\n';
	return n;
}

static void write_lines(const struct buf *b, size_t skip, struct json *j)
{
	const uint8_t *p = b->p, *end = b->p + b->n, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (skip)
			skip--;
		else
			json_raw(j, NULL, view_of(p, (size_t)(nl - p)));
	}
}

/* The last `want` entries, from as many files as they lie in: from the newest back, until there are enough. */
static bool show_last(char *const files[], size_t n, size_t want, struct json *j)
{
	size_t have = 0, first = n;
	struct buf *b = calloc(n ? n : 1, sizeof(*b));
	bool ok = b != NULL;

	while (ok && first && have < want) {
		ok = files[--first] && read_end(files[first], &b[first]);
		have += lines(&b[first]);
	}
	for (size_t i = first, skip = have > want ? have - want : 0; ok && i < n; i++) {
		size_t here = lines(&b[i]);

		write_lines(&b[i], skip < here ? skip : here, j);
		skip -= skip < here ? skip : here;
	}
	for (size_t i = 0; b && i < n; i++)
		buf_fini(&b[i]);
	free(b);
	return ok;
}

static void show(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	unsigned long want = SHOW_DEFAULT;
	char **files = calloc(AUDIT_FILES_MAX, sizeof(*files));
	size_t n = files ? audit_files(arg, files, AUDIT_FILES_MAX) : 0;
	bool ok = false;

	errno = 0;
	if (*r->argument) {
		want = strtoul(r->argument, NULL, 10);
		if (r->argument[strspn(r->argument, "0123456789")] || want > SHOW_MAX)
			want = 0;
	}
	if (want < 1) {
		ctl_error(a, "a number from 1 to %d is expected", SHOW_MAX);
	} else {
		json_array(&a->json, "entries");
		ok = n && n <= AUDIT_FILES_MAX && show_last(files, n, want, &a->json);
		json_close(&a->json, ']');
		if (!ok)
			ctl_error(a, "the audit log: %s", strerror(errno ? errno : ENOMEM));
	}
	for (size_t i = 0; i < n && i < AUDIT_FILES_MAX; i++)
		free(files[i]);
	free(files);
}

struct ctl_verb ctl_audit_verb(const char *file)
{
	return (struct ctl_verb){ "audit show", false, CTL_OPTIONAL, false, NULL, show, (void *)(uintptr_t)file, false };
}
