/* spool_made.h: a folder for one test, and records whose octets tell which they are. */
#ifndef TEST_SPOOL_MADE_H
#define TEST_SPOOL_MADE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/segment.h"

struct folder { char path[64]; int fd; };

static inline struct folder folder_make(void)
{
	struct folder f = { "/tmp/openmdf-spool.XXXXXX", -1 };

	if (!mkdtemp(f.path) || (f.fd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		abort();
	return f;
}

/* How many files of the folder there are; the n-th's name goes to out. */
static inline unsigned folder_files(const struct folder *f, unsigned n, char out[300])
{
	DIR *d = opendir(f->path);
	struct dirent *x;
	unsigned k = 0;

	while (d && (x = readdir(d))) {
		if (x->d_name[0] == '.')
			continue;
		if (k++ == n && out)
			snprintf(out, 300, "%s", x->d_name);
	}
	if (d)
		closedir(d);
	return k;
}

static inline void folder_clear(const struct folder *f)
{
	char name[300];

	while (folder_files(f, 0, name) > 0)
		if (unlinkat(f->fd, name, 0))
			abort();
}

static inline void folder_remove(struct folder *f)
{
	folder_clear(f);
	close(f->fd);
	rmdir(f->path);
}

static inline uint8_t made_octet(uint64_t id, size_t i)
{
	return (uint8_t)(id * 131 + i * 7);
}

static inline void made_fill(uint8_t *p, uint64_t id, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = made_octet(id, i);
}

static inline bool made_holds(const uint8_t *p, uint64_t id, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != made_octet(id, i))
			return false;
	return true;
}

static inline struct queue_elem made_elem(uint64_t id, size_t n)
{
	return (struct queue_elem){ .ctx = id * 3, .durable = id, .time = (li_us)id * 1000, .number = (uint32_t)id + 5, .n = (uint32_t)n,
				    .kind = LI_HI3 };
}

static inline bool made_is(const struct queue_elem *e, uint64_t id, size_t n)
{
	struct queue_elem w = made_elem(id, n);

	return e->ctx == w.ctx && e->durable == id && e->time == w.time && e->number == w.number && e->n == n && e->kind == LI_HI3;
}

#endif
