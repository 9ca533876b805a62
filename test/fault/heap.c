/*
 * heap.c: loaded before the C library, counts the octets that are allocated and not freed, into the file that FAULT_HEAP names: what the
 * process holds, whatever malloc keeps of what was given back. fault_do heap FILE prints it.
 */
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static _Atomic long early, *live = &early;

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("FAULT_HEAP");
	int fd = file ? open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
	void *p;

	if (fd < 0)
		return;
	p = ftruncate(fd, sizeof(early)) ? MAP_FAILED : mmap(NULL, sizeof(early), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return;
	atomic_store((_Atomic long *)p, atomic_load(&early));	/* no thread runs yet */
	live = p;
}

static void *count(void *p)
{
	if (p)
		atomic_fetch_add_explicit(live, (long)malloc_usable_size(p), memory_order_relaxed);
	return p;
}

static void uncount(void *p)
{
	if (p)
		atomic_fetch_sub_explicit(live, (long)malloc_usable_size(p), memory_order_relaxed);
}

void *malloc(size_t n)
{
	return count(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
	return count(__libc_calloc(n, size));
}

void free(void *p)
{
	uncount(p);
	__libc_free(p);
}

void *realloc(void *p, size_t n)
{
	void *to;

	uncount(p);
	to = __libc_realloc(p, n);
	if (!to && n)
		count(p);	/* it is still there */
	return count(to);
}

void *aligned_alloc(size_t align, size_t n)
{
	return count(__libc_memalign(align, n));
}

void *memalign(size_t align, size_t n)
{
	return count(__libc_memalign(align, n));
}

int posix_memalign(void **to, size_t align, size_t n)
{
	*to = count(__libc_memalign(align, n));
	return *to ? 0 : 12;	/* ENOMEM */
}
