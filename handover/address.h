/* address.h: where an agency listens, as text: HOST:PORT, an IPv6 address in brackets; several are separated by blanks. Pure, any thread. */
#ifndef HANDOVER_ADDRESS_H
#define HANDOVER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <li/limits.h>

struct sockaddr_storage;

struct address {
	char host[LI_NAME_MAX + 1];	/* a name, or an address without brackets */
	uint16_t port;
};

#define ADDRESSES_MAX 16	/* of one agency: more gateways than anybody has */

/* n octets. False: it is none. */
bool address_read(const char *text, size_t n, struct address *out);
/* The first of several; *text then stands behind it. False: there is none any more, or it is not good. */
bool address_next(const char **text, struct address *out);
/* It is no name: where it is. family: as in getaddrinfo(); false where it is of another. */
bool address_literal(const char *host, uint16_t port, int family, struct sockaddr_storage *to);

#endif
