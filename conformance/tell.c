/* tell.c: JSON as it is written. */
#include "conformance/tell.h"

#include <inttypes.h>
#include <math.h>

static void quoted(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)		/* names may be in any alphabet, and need not be UTF-8 */
			fprintf(f, "\\u%04x", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}

static void before(struct tell *t, const char *key)
{
	if (t->more)
		fputs(", ", t->f);
	if (key) {
		quoted(t->f, key);
		fputs(": ", t->f);
	}
	t->more = true;
}

void tell_open(struct tell *t, const char *key, char bracket)
{
	before(t, key);
	fputc(bracket, t->f);
	t->more = false;
}

void tell_close(struct tell *t, char bracket)
{
	fputc(bracket, t->f);
	t->more = true;
}

void tell_text(struct tell *t, const char *key, const char *text)
{
	before(t, key);
	quoted(t->f, text);
}

void tell_number(struct tell *t, const char *key, uint64_t v)
{
	before(t, key);
	fprintf(t->f, "%" PRIu64, v);
}

void tell_real(struct tell *t, const char *key, double v)
{
	before(t, key);
	fprintf(t->f, "%.6f", isfinite(v) ? v : 0.0);
}

void tell_bool(struct tell *t, const char *key, bool v)
{
	before(t, key);
	fputs(v ? "true" : "false", t->f);
}
