/* sheet.c: a file of a report while it is written. */
#include "handover/report/sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "handover/disk.h"
#include "handover/jstr.h"

#define FLUSH_AT (256u << 10)

enum li_err sheet_open(struct sheet *s, int dir, const char *name)
{
	*s = (struct sheet){ .dir = dir };
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->aside, sizeof(s->aside), ".%s.new", name);
	(void)unlinkat(dir, s->aside, 0);	/* of a run that was killed */
	s->fd = openat(dir, s->aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd < 0) {
		s->error = errno;
		s->err = LI_EIO;
	}
	return s->err;
}

static void failed(struct sheet *s, enum li_err e)
{
	if (e && !s->err) {
		s->error = errno;
		s->err = e;
	}
}

static void flush(struct sheet *s)
{
	struct view v = buf_view(&s->b);

	while (v.n && !s->err) {
		ssize_t k = write(s->fd, v.p, v.n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			failed(s, LI_EIO);
		else
			v = view_of(v.p + k, v.n - (size_t)k);
	}
	s->b.n = 0;
}

enum li_err sheet_close(struct sheet *s)
{
	if (s->fd < 0)
		return s->err;
	flush(s);
	if (!s->err && disk_sync(s->fd))
		failed(s, LI_EIO);
	close(s->fd);
	s->fd = -1;
	if (!s->err && renameat(s->dir, s->aside, s->dir, s->name))
		failed(s, LI_EIO);
	if (s->err)
		(void)unlinkat(s->dir, s->aside, 0);
	else if (disk_sync_folder(s->dir))
		failed(s, LI_EIO);
	buf_fini(&s->b);
	return s->err;
}

void sheet_put(struct sheet *s, struct view html)
{
	if (!s->err)
		failed(s, buf_put(&s->b, html.p, html.n));
	if (s->b.n >= FLUSH_AT)
		flush(s);
}

void sheet_raw(struct sheet *s, const char *html)
{
	sheet_put(s, view_str(html));
}

void sheet_printf(struct sheet *s, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		failed(s, LI_ENOMEM);
	else
		sheet_put(s, view_of(text, (size_t)n));
	if (n >= 0)
		free(text);
}

/* -- text of others ---------------------------------------------------------------------------------------------------------------- */

/* Controls but the blank, marks that turn or hide what stands beside them, and what is no character. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

enum li_err html_text(struct buf *b, struct view v)
{
	enum li_err e = LI_OK;

	while (v.n && !e) {
		uint32_t c = 0;
		size_t n = jstr_utf8(v, &c);

		if (n == 0) {
			e = buf_printf(b, "\\x%02x", *v.p);
			n = 1;
		} else if (is_hidden(c)) {
			e = buf_printf(b, "\\u{%x}", c);
		} else if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'' || c == '`') {
			e = buf_printf(b, "&#%u;", c);
		} else {
			e = buf_put(b, v.p, n);
		}
		v = view_of(v.p + n, v.n - n);
	}
	return e;
}

enum li_err html_json(struct buf *b, struct view v)
{
	enum li_err e = LI_OK;

	while (v.n && !e) {
		size_t n = 0;

		while (n < v.n && v.p[n] != '<' && v.p[n] != '>' && v.p[n] != '&' && v.p[n] != 0xe2)
			n++;
		e = buf_put(b, v.p, n);
		v = view_of(v.p + n, v.n - n);
		if (e || !v.n)
			continue;
		n = v.n >= 3 && v.p[0] == 0xe2 && v.p[1] == 0x80 && (v.p[2] | 1) == 0xa9 ? 3 : 1;
		if (n == 3 || *v.p != 0xe2)
			e = buf_printf(b, "\\u%04x", n == 3 ? 0x2000u | (v.p[2] & 0x3fu) : *v.p);
		else
			e = buf_put(b, v.p, 1);
		v = view_of(v.p + n, v.n - n);
	}
	return e;
}

enum li_err html_jstr(struct buf *b, struct view text)
{
	struct buf json = { 0 };
	enum li_err e = jstr_put(&json, text);

	if (!e)
		e = html_json(b, buf_view(&json));
	buf_fini(&json);
	return e;
}
