/* dial.h: the sockets of delivery functions. */
#ifndef HANDOVER_DIAL_H
#define HANDOVER_DIAL_H

#include <uv.h>

/* As uv_getaddrinfo(), for TCP. */
int dial_lookup(uv_loop_t *loop, uv_getaddrinfo_t *r, uv_getaddrinfo_cb done, const char *host, uint16_t port, int family);
/* What TCP's send buffer may grow to. */
size_t dial_send_most(void);
/* It shall not grow beyond these octets, or what the kernel takes at the least. */
void dial_send_bound(int fd, int octets);
/* A TCP socket, non-blocking, that will connect from a dynamic port (HO-CON-002); -1 and errno. */
int dial_socket(int family);

#endif
