/* dial.c: where a delivery function connects from. */
#include "handover/dial.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#define PORT_LOW	49152	/* the dynamic ports: HO-CON-002 */
#define PORT_HIGH	65535
#define PORT_TRIES	64	/* ports tried one by one where the kernel cannot be told a range (before Linux 6.3) */

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51	/* newer than Debian 12's headers */
#endif

#define SEND_MOST	((size_t)4 << 20)	/* of a Linux that nobody has told otherwise */

size_t dial_send_most(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_wmem", "re");
	size_t least, usual, most = SEND_MOST;

	if (f && fscanf(f, "%zu %zu %zu", &least, &usual, &most) != 3)
		most = SEND_MOST;
	if (f)
		fclose(f);
	return most;
}

void dial_send_bound(int fd, int octets)
{
	octets /= 2;		/* the kernel doubles it, for its own use */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof(octets));
}

int dial_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, r = -1;
	uint32_t range = (uint32_t)PORT_HIGH << 16 | PORT_LOW;
	unsigned port = (unsigned)(uv_hrtime() / 1000);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, sizeof(range)) == 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	for (unsigned i = 0; i < PORT_TRIES && r; i++, port++) {
		in_port_t at = htons((in_port_t)(PORT_LOW + port % (PORT_HIGH - PORT_LOW + 1)));
		struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = at };
		struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = at };

		r = family == AF_INET ? bind(fd, (struct sockaddr *)&a4, sizeof(a4)) :
			bind(fd, (struct sockaddr *)&a6, sizeof(a6));
	}
	return fd;	/* no such port is free: any port is better than no delivery */
}
