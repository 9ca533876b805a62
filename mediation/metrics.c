/* metrics.c: see metrics.h. */
#include "mediation/metrics.h"

#include <inttypes.h>
#include <string.h>

static void put(struct metrics *m, const char *s, size_t n)
{
	if (!m->err)
		m->err = buf_put(m->b, s, n);
}

static void text(struct metrics *m, const char *s)
{
	put(m, s, strlen(s));
}

/* Backslash and line feed are escaped, in label values the quotation mark too. What is not UTF-8 cannot come here: YAML is. */
static void escaped(struct metrics *m, const char *s, bool quoted)
{
	for (; *s; s++) {
		if (*s == '\\')
			text(m, "\\\\");
		else if (*s == '\n')
			text(m, "\\n");
		else if (quoted && *s == '"')
			text(m, "\\\"");
		else
			put(m, s, 1);
	}
}

static void on_family(void *arg, const char *name, bool counter, const char *what)
{
	struct metrics *m = arg;

	m->name = name;
	text(m, "# HELP ");
	text(m, name);
	text(m, " ");
	escaped(m, what, false);
	text(m, "\n# TYPE ");
	text(m, name);
	text(m, counter ? " counter\n" : " gauge\n");
}

static void on_sample(void *arg, const struct stat_label labels[], size_t n, const struct stat_value *v, const char *what)
{
	struct metrics *m = arg;

	(void)what;
	text(m, m->name);
	for (size_t i = 0; i < n; i++) {
		text(m, i ? "," : "{");
		text(m, labels[i].name);
		text(m, "=\"");
		escaped(m, labels[i].value, true);
		text(m, "\"");
	}
	text(m, n ? "} " : " ");
	if (!m->err)
		m->err = v->real ? buf_printf(m->b, "%.17g\n", v->d) : buf_printf(m->b, "%" PRIu64 "\n", v->n);
}

struct stats_sink metrics_sink(struct metrics *m, struct buf *b)
{
	*m = (struct metrics){ .b = b };
	return (struct stats_sink){ on_family, on_sample, m };
}
