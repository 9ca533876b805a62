/* test_audit_mirror.c: the head of the log in a second place: syslog, journald. */
#include "mediation/audit_mirror.h"

#include <syslog.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "test/audit_made.h"

/* The second sink gets a number and a hash, and nothing else. */
static char told[1000];
static int told_at;

void syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(told, sizeof(told), fmt, ap);
	va_end(ap);
	told_at = priority;
}

void __syslog_chk(int priority, int flag, const char *fmt, ...);
void __syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, fmt);
	vsnprintf(told, sizeof(told), fmt, ap);
	va_end(ap);
	told_at = priority;
}

static void mirrored(void)
{
	static const char hash[] = "abababababababababababababababababababababababababababababababab";
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char want[300];
	uint8_t h[32];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ssize_t n;

	fresh();
	memset(h, 0xab, sizeof(h));
	CU_ASSERT_TRUE(audit_mirror(AUDIT_MIRROR_NONE, "", 7, h));
	CU_ASSERT_EQUAL(told[0], 0);
	CU_ASSERT_TRUE(audit_mirror(AUDIT_MIRROR_SYSLOG, "", 7, h));
	snprintf(want, sizeof(want), "audit log: entry 7 has SHA-256 %s", hash);
	CU_ASSERT_STRING_EQUAL(told, want);
	CU_ASSERT_EQUAL(told_at, LOG_AUTHPRIV | LOG_NOTICE);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/journal", dir);
	CU_ASSERT_FALSE(audit_mirror(AUDIT_MIRROR_JOURNALD, a.sun_path, 7, h));	/* nobody there: it does not wait */
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	CU_ASSERT_TRUE(audit_mirror(AUDIT_MIRROR_JOURNALD, a.sun_path, 8, h));
	n = recv(fd, told, sizeof(told) - 1, 0);
	told[n > 0 ? n : 0] = '\0';
	snprintf(want, sizeof(want), "MESSAGE=audit log: entry 8 has SHA-256 %s\nPRIORITY=5\nSYSLOG_IDENTIFIER=mdfd\nMDFD_AUDIT_COUNT=8\nMDFD_AUDIT_HASH=%s\n",
		 hash, hash);
	CU_ASSERT_STRING_EQUAL(told, want);
	for (unsigned i = 0; i < 10000; i++)		/* nor for one who does not read */
		(void)audit_mirror(AUDIT_MIRROR_JOURNALD, a.sun_path, i, h);
	CU_ASSERT_FALSE(audit_mirror(AUDIT_MIRROR_JOURNALD, a.sun_path, 9, h));
	close(fd);
	unlink(a.sun_path);
}

UNIT_MAIN("audit_mirror", UNIT(mirrored), UNIT(clean_up))
