/* listen.c: see listen.h. */
#include "mediation/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64
#define UNIX "unix:"

enum li_err listen_read(const char *text, struct listen_at *at)
{
	char host[LI_ADDR_TEXT + 2];
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	bool brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';
	unsigned long port;

	memset(at, 0, sizeof(*at));
	if (strncmp(text, UNIX, strlen(UNIX)) == 0) {
		at->path = text + strlen(UNIX);
		n = strlen(at->path);
		return n && n < sizeof(((struct sockaddr_un *)0)->sun_path) ? LI_OK : LI_EFORMAT;
	}
	if (n == 0 || n >= sizeof(host) || !colon[1] || strlen(colon + 1) > 5 || colon[1 + strspn(colon + 1, "0123456789")])
		return LI_EFORMAT;
	snprintf(host, sizeof(host), "%.*s", (int)(brackets ? n - 2 : n), text + (brackets ? 1 : 0));
	port = strtoul(colon + 1, NULL, 10);
	if (port > UINT16_MAX || li_addr_read(host, &at->addr) || (strchr(host, ':') != NULL) != brackets)
		return LI_EFORMAT;
	at->port = (uint16_t)port;
	return LI_OK;
}

bool listen_is_local(const struct listen_at *at)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (at->path)
		return true;
	return at->addr.family == 4 ? at->addr.b[0] == 127 : memcmp(at->addr.b, one, sizeof(one)) == 0;
}

bool listen_clear(const char *what, const char *path, char *err, size_t errlen)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, r;

	if (lstat(path, &st))
		return true;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(err, errlen, "%s %s: is there and is no socket", what, path);
		return false;
	}
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	r = fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof(a));
	if (fd >= 0)
		close(fd);
	if (r == 0) {
		snprintf(err, errlen, "%s %s: another process listens on it", what, path);
		return false;
	}
	return unlink(path) == 0 || errno == ENOENT;
}

/* Between bind and listen nobody can connect: the mode is set before anyone comes. */
static bool open_unix(int fd, const char *path, gid_t group, char *err, size_t errlen)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (!listen_clear("listen unix:", path, err, errlen))
		return false;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || (group != (gid_t)-1 && chown(path, (uid_t)-1, group)) ||
	    chmod(path, 0660) || listen(fd, BACKLOG)) {
		snprintf(err, errlen, "listen unix:%s: %s%s", path, errno == ENOENT ? "its folder: " : "", strerror(errno));
		return false;
	}
	return true;
}

static bool open_inet(int fd, const struct listen_at *at, uint16_t *port, char *err, size_t errlen)
{
	union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } a;
	socklen_t n = at->addr.family == 4 ? sizeof(a.v4) : sizeof(a.v6);
	char text[LI_ADDR_TEXT];
	const int yes = 1;

	memset(&a, 0, sizeof(a));
	if (at->addr.family == 4) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(at->port);
		memcpy(&a.v4.sin_addr, at->addr.b, 4);
	} else {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(at->port);
		memcpy(&a.v6.sin6_addr, at->addr.b, 16);
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, &a.any, n) || listen(fd, BACKLOG) || getsockname(fd, &a.any, &n)) {
		li_addr_text(&at->addr, text);
		snprintf(err, errlen, "listen %s port %u: %s", text, at->port, strerror(errno));
		return false;
	}
	*port = ntohs(at->addr.family == 4 ? a.v4.sin_port : a.v6.sin6_port);
	return true;
}

int listen_open(const struct listen_at *at, gid_t group, uint16_t *port, char *err, size_t errlen)
{
	int family = at->path ? AF_UNIX : at->addr.family == 4 ? AF_INET : AF_INET6;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*port = 0;
	if (fd < 0)
		snprintf(err, errlen, "listen: %s", strerror(errno));
	else if (at->path ? open_unix(fd, at->path, group, err, errlen) : open_inet(fd, at, port, err, errlen))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}
