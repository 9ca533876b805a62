/* audit_mirror.c: see audit_mirror.h. */
#include "mediation/audit_mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <li/log.h>

#define TEXT 512	/* a message, with its fields */

static void hex(const uint8_t hash[32], char out[65])
{
	for (unsigned i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* systemd's native protocol: a field a line, one datagram. */
static bool to_journal(const char *path, uint64_t count, const char *hash)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char text[TEXT];
	int fd, n;
	bool ok;

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	n = snprintf(text, sizeof(text), "MESSAGE=audit log: entry %llu has SHA-256 %s\nPRIORITY=5\nSYSLOG_IDENTIFIER=mdfd\n"
		     "MDFD_AUDIT_COUNT=%llu\nMDFD_AUDIT_HASH=%s\n", (unsigned long long)count, hash, (unsigned long long)count, hash);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ok = fd >= 0 && sendto(fd, text, (size_t)n, MSG_NOSIGNAL, (struct sockaddr *)&a, sizeof(a)) == n;
	if (fd >= 0) {
		int e = errno;

		close(fd);
		errno = e;
	}
	return ok;
}

bool audit_mirror(enum audit_mirror to, const char *journal, uint64_t count, const uint8_t hash[32])
{
	static bool failed;
	bool ok = true;
	char text[65];

	hex(hash, text);
	if (to == AUDIT_MIRROR_SYSLOG)
		syslog(LOG_AUTHPRIV | LOG_NOTICE, "audit log: entry %llu has SHA-256 %s", (unsigned long long)count, text);
	else if (to == AUDIT_MIRROR_JOURNALD)
		ok = to_journal(journal, count, text);
	if (!ok && !failed)
		li_log(LI_LOG_ERR, "audit: the journal does not take the head of the log: %s", strerror(errno));
	failed = !ok;
	return ok;
}
