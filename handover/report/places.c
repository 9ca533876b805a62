/* places.c: see places.h. Sorted digit by digit, lowest first: no input makes that slow, and equal ones keep their order. */
#include "handover/report/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST 4096	/* entries to begin with */

const char *places_folder(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/var/tmp";
}

void places_init(struct places *s)
{
	*s = (struct places){ .fd = -1, .other_fd = -1 };
}

static void drop(struct place **p, size_t *cap, int *fd)
{
	if (*p)
		munmap(*p, *cap * sizeof(**p));
	if (*fd >= 0)
		close(*fd);
	*p = NULL;
	*cap = 0;
	*fd = -1;
}

void places_fini(struct places *s)
{
	drop(&s->p, &s->cap, &s->fd);
	drop(&s->other, &s->other_cap, &s->other_fd);
	s->n = 0;
}

static enum li_err failed(struct places *s, int error)
{
	snprintf(s->error, sizeof(s->error), "temporary file: %s", strerror(error));
	return LI_EIO;
}

/* The room is taken from the disk before it is mapped: a full disk is an error here, and no signal later. */
static enum li_err grow(struct places *s, struct place **p, size_t *cap, int *fd, size_t want)
{
	void *to;
	int r;

	if (*fd < 0)
		*fd = open(places_folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd < 0)
		return failed(s, errno);
	r = posix_fallocate(*fd, 0, (off_t)(want * sizeof(**p)));
	if (r)
		return failed(s, r);
	to = *p ? mremap(*p, *cap * sizeof(**p), want * sizeof(**p), MREMAP_MAYMOVE)
		: mmap(NULL, want * sizeof(**p), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (to == MAP_FAILED)
		return failed(s, errno);
	*p = to;
	*cap = want;
	return LI_OK;
}

enum li_err places_put(struct places *s, uint32_t context, uint64_t number, uint64_t offset, uint64_t time)
{
	enum li_err e = LI_OK;

	if (context > PLACES_CONTEXTS_MAX || offset > PLACES_OFFSET_MAX)
		return LI_ELIMIT;
	if (s->n == s->cap)
		e = grow(s, &s->p, &s->cap, &s->fd, s->cap ? 2 * s->cap : FIRST);
	if (!e)
		s->p[s->n++] = (struct place){ number, (uint64_t)context << 40 | offset, time };
	return e;
}

/* -- sorting ----------------------------------------------------------------------------------------------------------------- */

struct digit { uint8_t word, shift; };		/* octets of struct place */

static unsigned digit_of(const struct place *p, struct digit d)
{
	uint64_t word = d.word == 0 ? p->number : d.word == 1 ? p->where : p->time;

	return word >> d.shift & 0xff;
}

static void pass(struct places *s, struct digit d, const size_t count[256])
{
	size_t at[256], sum = 0;
	struct place *p = s->other;
	size_t cap = s->other_cap;
	int fd = s->other_fd;

	for (unsigned i = 0; i < 256; i++) {
		at[i] = sum;
		sum += count[i];
	}
	for (size_t i = 0; i < s->n; i++)
		p[at[digit_of(&s->p[i], d)]++] = s->p[i];
	s->other = s->p;
	s->other_cap = s->cap;
	s->other_fd = s->fd;
	s->p = p;
	s->cap = cap;
	s->fd = fd;
}

static enum li_err sort(struct places *s, const struct digit *d, size_t digits)
{
	enum li_err e = LI_OK;

	for (size_t k = 0; k < digits && s->n > 1 && !e; k++) {
		size_t count[256] = { 0 };
		bool sorted = true;
		unsigned before = 0;

		for (size_t i = 0; i < s->n; i++) {
			unsigned x = digit_of(&s->p[i], d[k]);

			count[x]++;
			sorted &= x >= before;
			before = x;
		}
		if (sorted)		/* as most are: one value, or as they came */
			continue;
		if (s->other_cap < s->n)
			e = grow(s, &s->other, &s->other_cap, &s->other_fd, s->cap);
		if (!e)
			pass(s, d[k], count);
	}
	return e;
}

enum li_err places_sort_numbers(struct places *s)
{
	static const struct digit d[] = { { 0, 0 }, { 0, 8 }, { 0, 16 }, { 0, 24 }, { 0, 32 }, { 0, 40 }, { 0, 48 }, { 0, 56 },
					  { 1, 40 }, { 1, 48 }, { 1, 56 } };

	return sort(s, d, sizeof(d) / sizeof(d[0]));
}

enum li_err places_sort_times(struct places *s)
{
	static const struct digit d[] = { { 2, 0 }, { 2, 8 }, { 2, 16 }, { 2, 24 }, { 2, 32 }, { 2, 40 }, { 2, 48 }, { 2, 56 } };

	return sort(s, d, sizeof(d) / sizeof(d[0]));
}

size_t places_from(const struct places *s, uint32_t context, uint64_t number)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		uint32_t c = place_context(&s->p[mid]);

		if (c < context || (c == context && s->p[mid].number < number))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}
