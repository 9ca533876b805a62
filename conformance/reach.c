/* reach.c: where the other end is. */
#include "conformance/reach.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool loopback(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

socklen_t reach_length(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

bool reach(const char *host, const char *port, bool plain, struct sockaddr_storage *a, char text[REACH_TEXT], char *err, size_t room)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	char ip[INET6_ADDRSTRLEN], service[8];
	int e = getaddrinfo(host, port, &hints, &list);

	if (e) {
		snprintf(err, room, "%s: %s", host, gai_strerror(e));
		return false;
	}
	memset(a, 0, sizeof(*a));
	memcpy(a, list->ai_addr, list->ai_addrlen);
	e = getnameinfo(list->ai_addr, list->ai_addrlen, ip, sizeof(ip), service, sizeof(service), NI_NUMERICHOST | NI_NUMERICSERV);
	freeaddrinfo(list);
	snprintf(text, REACH_TEXT, e ? "?" : a->ss_family == AF_INET ? "%s:%s" : "[%s]:%s", ip, service);
	if (plain && !loopback(a)) {
		snprintf(err, room, "without TLS only to this machine itself: %s is not", host);
		return false;
	}
	return true;
}
