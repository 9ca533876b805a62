/* test_shredder.c: files that are destroyed by another thread: all, in order, with their end told, and what cannot be. */
#include "handover/shredder.h"

#include <errno.h>
#include <stdatomic.h>

#include "test/spool_made.h"
#include "test/unit.h"

static struct folder dir;

struct told { struct shred shred; atomic_uint *count; unsigned place; };

static void on_over(void *arg)
{
	struct told *t = arg;

	t->place = atomic_fetch_add(t->count, 1) + 1;
}

static void give(struct shredder *s, struct told *t, const char *name, atomic_uint *count)
{
	*t = (struct told){ .shred = { .folder = dir.fd, .over = on_over, .arg = t }, .count = count };
	snprintf(t->shred.name, sizeof(t->shred.name), "%s", name);
	shredder_give(s, &t->shred);
}

static void make(const char *name)
{
	int fd = openat(dir.fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	CU_ASSERT_FATAL(fd >= 0 && ftruncate(fd, SEGMENT_START + 100) == 0 && close(fd) == 0);
}

/* Each is told of once, in the order in which they were given, and is gone by then; whoever waits for the last has waited for all. */
static void in_order(void)
{
	enum { MANY = 60 };
	struct shredder *s = shredder_new();
	static struct told t[MANY];
	atomic_uint count = 0;
	char name[20];

	dir = folder_make();
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%u.seg", i);
		make(name);
	}
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%u.seg", i);
		give(s, &t[i], name, &count);
	}
	shredder_wait(s, &t[MANY - 1].shred);
	for (unsigned i = 0; i < MANY; i++)
		CU_ASSERT_FATAL(shredder_is_over(s, &t[i].shred) && t[i].shred.why == 0 && t[i].place == i + 1);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
	make("again");
	give(s, &t[0], "again", &count);	/* after a rest it goes on */
	shredder_wait(s, &t[0].shred);
	CU_ASSERT(t[0].place == MANY + 1 && folder_files(&dir, 0, NULL) == 0);
	shredder_free(s);
	folder_remove(&dir);
}

/* What is not there, or no file, is over, too, and says why; those behind it go on. */
static void refused(void)
{
	struct shredder *s = shredder_new();
	struct told t[3];
	atomic_uint count = 0;

	dir = folder_make();
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	make("good");
	CU_ASSERT_EQUAL_FATAL(mkdirat(dir.fd, "folder", 0700), 0);
	give(s, &t[0], "nothing", &count);
	give(s, &t[1], "folder", &count);
	give(s, &t[2], "good", &count);
	shredder_wait(s, &t[2].shred);
	CU_ASSERT(t[0].shred.why == ENOENT && t[1].shred.why == EISDIR && t[2].shred.why == 0);
	CU_ASSERT(count == 3 && unlinkat(dir.fd, "folder", AT_REMOVEDIR) == 0);
	CU_ASSERT_EQUAL(folder_files(&dir, 0, NULL), 0);
	shredder_free(s);
	folder_remove(&dir);
}

/* Its end waits for all that was given. */
static void end(void)
{
	enum { MANY = 50 };
	struct shredder *s = shredder_new();
	static struct told t[MANY];
	atomic_uint count = 0;
	char name[20];

	dir = folder_make();
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%u.seg", i);
		make(name);
		give(s, &t[i], name, &count);
	}
	shredder_free(s);
	CU_ASSERT(count == MANY && folder_files(&dir, 0, NULL) == 0);
	shredder_free(NULL);
	folder_remove(&dir);
}

UNIT_MAIN("shredder", UNIT(in_order), UNIT(refused), UNIT(end))
