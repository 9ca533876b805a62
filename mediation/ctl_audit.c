/* ctl_audit.c: the end of the audit log, as it stands in the file: its lines are JSON already. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mediation/ctl.h"

#define SHOW_DEFAULT 20
#define SHOW_MAX 10000
#define SHOW_OCTETS (4l << 20)	/* looked at from the end of the file: SHOW_MAX entries of 400 octets */

static void tail(FILE *f, unsigned long want, struct json *j)
{
	long size = fseek(f, 0, SEEK_END) ? -1 : ftell(f), from = size > SHOW_OCTETS ? size - SHOW_OCTETS : 0;
	char *p = size < 0 ? NULL : malloc((size_t)(size - from) + 1);
	size_t n, start;

	if (!p || fseek(f, from, SEEK_SET)) {
		free(p);
		j->err = LI_EIO;
		return;
	}
	n = fread(p, 1, (size_t)(size - from), f);
	while (n && p[n - 1] != '\n')	/* a line that is being written */
		n--;
	for (start = n; start > 0; start--)	/* back to the start of the first line wanted */
		if (p[start - 1] == '\n' && start < n && --want == 0)
			break;
	if (start == 0 && from)	/* the first line is cut */
		while (start < n && p[start++] != '\n')
			;
	while (start < n) {
		const char *end = memchr(p + start, '\n', n - start);
		size_t len = (size_t)(end - (p + start));

		json_raw(j, NULL, view_of(p + start, len));
		start += len + 1;
	}
	free(p);
}

static void show(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	unsigned long want = SHOW_DEFAULT;
	FILE *f;

	if (*r->argument) {
		want = strtoul(r->argument, NULL, 10);
		if (r->argument[strspn(r->argument, "0123456789")] || want < 1 || want > SHOW_MAX) {
			ctl_error(a, "a number from 1 to %d is expected", SHOW_MAX);
			return;
		}
	}
	f = fopen(arg, "re");
	if (!f) {
		ctl_error(a, "the audit log: %s", strerror(errno));
		return;
	}
	json_array(&a->json, "entries");
	tail(f, want, &a->json);
	json_close(&a->json, ']');
	fclose(f);
}

struct ctl_verb ctl_audit_verb(const char *file)
{
	return (struct ctl_verb){ "audit show", false, CTL_OPTIONAL, false, NULL, show, (void *)(uintptr_t)file };
}
