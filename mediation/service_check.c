/* service_check.c: `mdfd --check` of the taps: files that can be read, filters that compile, and what a filter hides. */
#include "mediation/service.h"

#include <pcap/dlt.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#define ERR_TEXT 512

struct checking {
	const struct conf *c;
	const struct conf_tap *t;
	conf_say *say;
	void *arg;
};

static void LI_PRINTF(2, 3) tell(const struct checking *x, const char *fmt, ...)
{
	char text[ERR_TEXT], line[ERR_TEXT + 512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "%s:%d: taps: %s: %s", x->c->file, x->t->line, x->t->name, text);
	x->say(x->arg, line);
}

static void hidden(void *arg, const char *what)
{
	tell(arg, "warning: the filter hides %s", what);
}

/* A FIFO is not opened: reading it would take what it holds. */
static bool is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static bool check_one(const struct checking *x)
{
	char err[ERR_TEXT] = "";
	struct tap_conf t = { .name = x->t->name, .interface = x->t->interface, .file = x->t->file, .filter = x->t->filter };
	const unsigned index = 0;
	bool bad = false;

	if (x->t->filter && tap_filter_hides(x->t->filter, DLT_EN10MB, hidden, (void *)(uintptr_t)x, err, sizeof(err)) < 0) {
		tell(x, "filter: %s", err);
		bad = true;
	} else if (x->t->file && strcmp(x->t->file, "-") != 0 && !is_stream(x->t->file)) {
		struct tap_files *f = tap_files_open(&t, &index, 1, err, sizeof(err));

		if (!f) {
			tell(x, "%s", err);
			bad = true;
		} else {
			tap_files_close(f);
		}
	}
	return bad;
}

bool service_check_taps(const struct conf *c, conf_say *say, void *arg)
{
	bool bad = false, live = false, files = false;

	for (size_t i = 0; i < c->n_taps; i++) {
		struct checking x = { c, &c->tap[i], say, arg };

		bad |= check_one(&x);
		live |= c->tap[i].interface != NULL;
		files |= c->tap[i].file != NULL;
		if (live && files) {
			tell(&x, "file and live taps cannot be one run: a file's time is its packets' own");
			return true;
		}
	}
	return bad;
}
