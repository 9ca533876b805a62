/*
 * tap_merge.c: all file taps of a run as one source. Each file has its next frame read; the earliest goes first, at equal
 * times the one of the tap that stands first in the configuration. So a run gives the same order every time.
 * A file whose own frames stand out of order is not sorted: its frames keep their order, and are counted.
 */
#include <stdio.h>
#include <stdlib.h>

#include <li/limits.h>
#include "mediation/tap/tap_file.h"

struct source {
	struct tap_file *file;
	struct tap_frame next;
	bool ready, ended;
};

struct tap_files {
	size_t n;
	struct source *given;		/* whose frame the caller still holds: read on at the next call */
	const char *error;
	atomic_bool stop;
	struct source source[];
};

struct tap_files *tap_files_open(const struct tap_conf *c, const unsigned index[], size_t n, char *err, size_t errlen)
{
	struct tap_files *f = calloc(1, sizeof(*f) + n * sizeof(f->source[0]));

	if (!f) {
		snprintf(err, errlen, "out of memory");
		return NULL;
	}
	atomic_init(&f->stop, false);
	f->error = "";
	for (f->n = 0; f->n < n; f->n++) {
		f->source[f->n].file = tap_file_open(&c[f->n], index[f->n], &f->stop, err, errlen);
		if (!f->source[f->n].file) {
			tap_files_close(f);
			return NULL;
		}
	}
	return f;
}

/* The source whose next frame goes first; NULL: none has one. */
static struct source *first_of(struct tap_files *f)
{
	struct source *first = NULL;

	for (size_t i = 0; i < f->n; i++) {
		struct source *s = &f->source[i];

		if (s->ready && (!first || s->next.time < first->next.time ||
				 (s->next.time == first->next.time && s->next.tap < first->next.tap)))
			first = s;
	}
	return first;
}

/* Each file that has not ended has its next frame ready, or LI_EIO. */
static enum li_err make_ready(struct tap_files *f)
{
	if (f->given)
		f->given->ready = false;
	f->given = NULL;
	for (size_t i = 0; i < f->n; i++) {
		struct source *s = &f->source[i];
		enum li_err e;

		if (s->ready || s->ended)
			continue;
		e = tap_file_next(s->file, &s->next);
		s->ready = e == LI_OK;
		s->ended = e != LI_OK;
		if (e && e != LI_ECLOSED) {
			f->error = tap_file_error(s->file);
			return LI_EIO;
		}
	}
	return LI_OK;
}

enum li_err tap_files_burst(struct tap_files *f, struct tap_frame out[], size_t max, size_t *n)
{
	enum li_err e;

	*n = 0;
	if (atomic_load(&f->stop))
		return LI_ECLOSED;
	e = make_ready(f);
	if (e)
		return e;
	f->given = first_of(f);
	if (!f->given)
		return LI_ECLOSED;
	out[(*n)++] = f->given->next;
	while (*n < max && !tap_file_ahead(f->given->file, &f->given->next)) {
		f->given = first_of(f);
		out[(*n)++] = f->given->next;
	}
	return LI_OK;
}

enum li_err tap_files_next(struct tap_files *f, struct tap_frame *out)
{
	size_t n;

	return tap_files_burst(f, out, 1, &n);
}

void tap_files_stop(struct tap_files *f)
{
	atomic_store(&f->stop, true);
}

const char *tap_files_error(const struct tap_files *f)
{
	return f->error;
}

void tap_files_stats(const struct tap_files *f, size_t i, struct tap_stats *s)
{
	if (i < f->n)
		tap_file_stats(f->source[i].file, s);
	else
		*s = (struct tap_stats){ 0 };
}

void tap_files_close(struct tap_files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		tap_file_close(f->source[i].file);
	free(f);
}
