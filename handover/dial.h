/* dial.h: the sockets of delivery functions. */
#ifndef HANDOVER_DIAL_H
#define HANDOVER_DIAL_H

#include <uv.h>

/* What TCP's send buffer may grow to. */
size_t dial_send_most(void);
/* It shall not grow beyond these octets, or what the kernel takes at the least. */
void dial_send_bound(int fd, int octets);
/* A TCP socket, non-blocking, that will connect from a dynamic port (HO-CON-002); -1 and errno. */
int dial_socket(int family);

#endif
