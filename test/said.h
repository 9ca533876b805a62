/* said.h: what a loader reported, for tests; and a folder of a test's own. */
#ifndef TEST_SAID_H
#define TEST_SAID_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct said { char line[64][512]; unsigned n; };

static inline void said_add(void *arg, const char *line)
{
	struct said *s = arg;

	if (s->n < 64)
		snprintf(s->line[s->n], sizeof(s->line[0]), "%s", line);
	s->n++;
}

static inline bool said(const struct said *s, const char *part)
{
	for (unsigned i = 0; i < s->n && i < 64; i++)
		if (strstr(s->line[i], part))
			return true;
	return false;
}

static inline void said_print(const struct said *s)
{
	for (unsigned i = 0; i < s->n && i < 64; i++)
		fprintf(stderr, "  said: %s\n", s->line[i]);
}

/* A new folder below $TMPDIR or /tmp; gone with folder_remove(). */
static inline char *folder_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *s = NULL;

	if (asprintf(&s, "%s/mdf-test-XXXXXX", tmp ? tmp : "/tmp") < 0 || !mkdtemp(s))
		abort();
	return s;
}

static inline void folder_remove(char *s)
{
	char cmd[512];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", s);
	if (system(cmd))
		abort();
	free(s);
}

static inline char *file_in(const char *folder, const char *name, const char *text)
{
	char *s = NULL;
	FILE *f;

	if (asprintf(&s, "%s/%s", folder, name) < 0)
		abort();
	f = text ? fopen(s, "w") : NULL;
	if (text && (!f || fputs(text, f) < 0 || fclose(f)))
		abort();
	return s;
}

#endif
