/* listen.h: where a server of ours listens: "unix:PATH", or a numeric address and port, "[IPv6]:PORT" in brackets. */
#ifndef MEDIATION_LISTEN_H
#define MEDIATION_LISTEN_H

#include <sys/types.h>

#include <li/ids.h>

struct listen_at {
	const char *path;		/* of a unix socket, in the text that was read; else NULL */
	struct li_addr addr;
	uint16_t port;
};

/* LI_EFORMAT: neither. Port 0 is allowed: the kernel chooses one. */
enum li_err listen_read(const char *text, struct listen_at *at) LI_MUST;
/* Can only this machine reach it? */
bool listen_is_local(const struct listen_at *at);
/* Opens it, not blocking. A unix socket has mode 0660 and this group ((gid_t)-1: the process's own); an old one that nobody
 * listens on is removed. port: the one in use. -1: err says why, for people. */
int listen_open(const struct listen_at *at, gid_t group, uint16_t *port, char *err, size_t errlen);

/* Removes a socket that nobody listens on any more; what: the key, for the message. False: somebody does, or it is something
 * else. */
bool listen_clear(const char *what, const char *path, char *err, size_t errlen);

#endif
