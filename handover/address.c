/* address.c: see address.h. */
#include "handover/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <li/ids.h>

#define PORT_DIGITS 5

static bool port_read(const char *s, size_t n, uint16_t *port)
{
	unsigned long v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned long)(s[i] - '0');
	}
	*port = (uint16_t)v;
	return n && n <= PORT_DIGITS && v >= 1 && v <= UINT16_MAX;
}

bool address_read(const char *text, size_t n, struct address *out)
{
	static const char name_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	const char *port = memrchr(text, ':', n), *end = text + n;
	size_t host = port ? (size_t)(port - text) : 0;
	bool brackets = host > 2 && text[0] == '[' && text[host - 1] == ']';
	struct li_addr a;

	if (brackets) {
		text++;
		host -= 2;
	}
	if (!host || host >= sizeof(out->host) || !port_read(port + 1, (size_t)(end - port - 1), &out->port))
		return false;
	memcpy(out->host, text, host);
	out->host[host] = '\0';
	return brackets ? li_addr_read(out->host, &a) == LI_OK : strspn(out->host, name_chars) == host;
}

bool address_next(const char **text, struct address *out)
{
	const char *s = *text + strspn(*text, " ");
	size_t n = strcspn(s, " ");

	*text = s + n;
	return n && address_read(s, n, out);
}

bool address_literal(const char *host, uint16_t port, int family, struct sockaddr_storage *to)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (family != AF_INET6 && inet_pton(AF_INET, host, &a4.sin_addr) == 1)
		memcpy(to, &a4, sizeof(a4));
	else if (family != AF_INET && inet_pton(AF_INET6, host, &a6.sin6_addr) == 1)
		memcpy(to, &a6, sizeof(a6));
	else
		return false;
	return true;
}
