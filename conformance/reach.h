/* reach.h: where the other end is. */
#ifndef CONF_REACH_H
#define CONF_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define REACH_TEXT 64

/* host and port into an address, and that as text. plain: without TLS it may only be this machine itself. False: err says why. */
bool reach(const char *host, const char *port, bool plain, struct sockaddr_storage *a, char text[REACH_TEXT], char *err, size_t room);
socklen_t reach_length(const struct sockaddr_storage *a);

#endif
