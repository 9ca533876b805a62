/* dial.h: the sockets of delivery functions. */
#ifndef HANDOVER_DIAL_H
#define HANDOVER_DIAL_H

/* A TCP socket, non-blocking, that will connect from a dynamic port (HO-CON-002); -1 and errno. */
int dial_socket(int family);

#endif
