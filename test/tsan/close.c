/*
 * close.c: of tsan builds only. libuv closes its descriptors by syscall(SYS_close), past ThreadSanitizer's eyes; the next
 * thread to be given the number then seems to race with the one that had it. The program's own syscall() comes before the
 * C library's, and sends such a close through close(), which the sanitizer sees. It hides nothing.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGS 6		/* as many as any system call has */

static long (*_Atomic real)(long, ...);

long syscall(long number, ...)
{
	long a[ARGS];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < ARGS; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_close)
		return close((int)a[0]);
	if (!real)
		real = (long (*)(long, ...))(intptr_t)dlsym(RTLD_NEXT, "syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
