/* lemf_rules.c: see lemf_rules.h. */
#include "handover/lemf_rules.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LONGEST 512	/* of a file of patterns: a folder name with every octet escaped is 130 */

struct lemf_rule *lemf_rule_of(struct lemf_rules *r, const char *name)
{
	for (unsigned i = 0; r && i < r->n; i++)
		if (strcmp(r->rule[i].name, name) == 0)
			return &r->rule[i];
	return NULL;
}

/* NAME=…; the rest in *rest. */
static struct lemf_rule *rule_for(struct lemf_rules *r, char *text, char **rest, char *err, size_t n)
{
	char *equals = strchr(text, '=');
	struct lemf_rule *x;

	if (!equals || equals == text || !equals[1] || (size_t)(equals - text) >= sizeof(x->name)) {
		snprintf(err, n, "a peer's name, =, and what is said of it are wanted");
		return NULL;
	}
	*equals = '\0';
	*rest = equals + 1;
	x = lemf_rule_of(r, text);
	if (x)
		return x;
	if (r->n == LEMF_RULES_MAX) {
		snprintf(err, n, "too many peers");
		return NULL;
	}
	x = &r->rule[r->n++];
	snprintf(x->name, sizeof(x->name), "%s", text);
	return x;
}

static bool list_add(char ***list, size_t *n, size_t *cap, const char *text)
{
	if (*n == *cap) {
		size_t more = *cap ? *cap * 2 : 8;
		char **p = realloc(*list, more * sizeof(*p));

		if (!p)
			return false;
		*list = p;
		*cap = more;
	}
	(*list)[*n] = strdup(text);
	return (*list)[*n] && ++*n;
}

static bool add(struct lemf_rules *r, struct lemf_rule *x, const char *text, char *err, size_t n)
{
	bool wild = text[strcspn(text, "*?[\\")];

	if (r->n_patterns == LEMF_PATTERNS_MAX) {
		snprintf(err, n, "too many interceptions");
		return false;
	}
	r->n_patterns++;
	if (wild ? list_add(&x->pattern, &x->n_pattern, &x->cap_pattern, text) : list_add(&x->exact, &x->n_exact, &x->cap_exact, text))
		return true;
	snprintf(err, n, "no memory");
	return false;
}

static bool add_file(struct lemf_rules *r, struct lemf_rule *x, const char *file, char *err, size_t n)
{
	FILE *f = fopen(file, "re");
	char line[LINE_LONGEST];
	unsigned number = 0;
	bool good = true;

	if (!f) {
		snprintf(err, n, "%s: %s", file, strerror(errno));
		return false;
	}
	while (good && fgets(line, sizeof(line), f)) {
		size_t len = strlen(line);

		number++;
		good = (len && line[len - 1] == '\n') || feof(f);
		if (!good)
			snprintf(err, n, "%s:%u: longer than %u octets", file, number, LINE_LONGEST - 2);
		line[strcspn(line, "#\r\n")] = '\0';
		for (len = strlen(line); len && (line[len - 1] == ' ' || line[len - 1] == '\t'); )
			line[--len] = '\0';
		if (good && len)
			good = add(r, x, line, err, n);
	}
	if (good && ferror(f)) {
		snprintf(err, n, "%s: %s", file, strerror(errno));
		good = false;
	}
	fclose(f);
	return good;
}

bool lemf_rules_expect(struct lemf_rules *r, char *text, char *err, size_t n)
{
	struct lemf_rule *x;
	char *rest;

	x = rule_for(r, text, &rest, err, n);
	if (!x)
		return false;
	return rest[0] == '@' ? add_file(r, x, rest + 1, err, n) : add(r, x, rest, err, n);
}

static bool size_of(const char *text, uint64_t *out)
{
	static const struct { const char *unit; unsigned shift; } units[] = { { "", 0 }, { "B", 0 }, { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 } };
	char *end;
	unsigned long long x;

	errno = 0;
	x = strtoull(text, &end, 10);
	if (end == text || *text == '-' || errno || x == 0)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0 && x <= UINT64_MAX >> units[i].shift) {
			*out = (uint64_t)x << units[i].shift;
			return true;
		}
	return false;
}

bool lemf_rules_limit(struct lemf_rules *r, char *text, char *err, size_t n)
{
	struct lemf_rule *x;
	char *rest, *word, *at = NULL;
	uint64_t v;

	x = rule_for(r, text, &rest, err, n);
	if (!x)
		return false;
	for (word = strtok_r(rest, ",", &at); word; word = strtok_r(NULL, ",", &at)) {
		if (strncmp(word, "connections=", 12) == 0 && size_of(word + 12, &v) && v <= 100000 && word[strlen(word) - 1] != 'B') {
			x->connections = (unsigned)v;
		} else if (strncmp(word, "rate=", 5) == 0 && size_of(word + 5, &v)) {
			x->rate = x->allowance = v;
		} else {
			snprintf(err, n, "connections=N and rate=SIZE (octets a second; KiB, MiB, GiB) are what can be limited");
			return false;
		}
	}
	return true;
}

bool lemf_rules_unexpected(struct lemf_rules *r, char *text, char *err, size_t n)
{
	char *rest;
	struct lemf_rule *x = rule_for(r, text, &rest, err, n);

	if (!x)
		return false;
	x->refuses = strcmp(rest, "refuse") == 0;
	if (x->refuses || strcmp(rest, "aside") == 0)
		return true;
	snprintf(err, n, "aside and refuse are what can become of a PDU that is not expected");
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void lemf_rules_ready(struct lemf_rules *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->rule[i].n_exact)
			qsort(r->rule[i].exact, r->rule[i].n_exact, sizeof(char *), by_text);
}

bool lemf_rule_expects(const struct lemf_rule *r, const char *folder)
{
	if (!r || (!r->n_exact && !r->n_pattern))
		return true;
	if (r->n_exact && bsearch(&folder, r->exact, r->n_exact, sizeof(char *), by_text))
		return true;
	for (size_t i = 0; i < r->n_pattern; i++)
		if (fnmatch(r->pattern[i], folder, 0) == 0)
			return true;
	return false;
}

void lemf_rules_fini(struct lemf_rules *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		struct lemf_rule *x = &r->rule[i];

		for (size_t k = 0; k < x->n_exact; k++)
			free(x->exact[k]);
		for (size_t k = 0; k < x->n_pattern; k++)
			free(x->pattern[k]);
		free(x->exact);
		free(x->pattern);
	}
	*r = (struct lemf_rules){ .n = 0 };
}
