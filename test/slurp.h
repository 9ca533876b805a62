/* slurp.h: a file's octets, for tests that look at what was written. */
#ifndef TEST_SLURP_H
#define TEST_SLURP_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <li/buf.h>

#include "test/unit.h"

/* Of DIR/name; with a NUL behind them, which does not count. Nothing when there is no such file. */
static inline struct buf slurp_in(const char *dir, const char *name)
{
	struct buf b = { 0 };
	char path[600];
	ssize_t k = 1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && k > 0) {
		CU_ASSERT_EQUAL_FATAL(buf_need(&b, 65537), LI_OK);
		k = read(fd, b.p + b.n, 65536);
		b.n += k > 0 ? (size_t)k : 0;
	}
	if (fd >= 0)
		close(fd);
	CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
	b.n--;
	return b;
}

/* How often text stands in it. */
static inline unsigned slurp_count(const char *dir, const char *name, const char *text)
{
	struct buf b = slurp_in(dir, name);
	unsigned n = 0;

	for (const char *p = (const char *)b.p; (p = strstr(p, text)); p += strlen(text))
		n++;
	buf_fini(&b);
	return n;
}

#endif
