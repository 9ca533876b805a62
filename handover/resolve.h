/*
 * resolve.h: names of agencies, looked up by c-ares on the loop of who asks: no thread waits for a name server, so that names of which
 * nobody hears anything keep nobody from those that are answered, however many they are.
 *
 * A loop has one resolver, held by its delivery functions; it is in the loop's data. All of it is for the loop's thread.
 */
#ifndef HANDOVER_RESOLVE_H
#define HANDOVER_RESOLVE_H

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>

#include <li/err.h>

#define RESOLVE_MOST	16	/* addresses of a name that are told */

struct lookup;
/* The end of one, never before resolve() has returned. why: there is none, or it was cancelled; NULL: n addresses, the best first. */
typedef void resolve_done(struct lookup *l, const char *why, const struct sockaddr_storage to[], unsigned n);

struct lookup {		/* the caller's, until the end of it */
	void *data;	/* likewise */
	resolve_done *done;
	struct resolve_query *query;
};

/* The loop has one from now on, and until each that held it has let it go. False: no memory; there is nothing to let go, and nothing is to be
 * looked up. */
bool resolve_hold(uv_loop_t *loop) LI_MUST;
void resolve_let_go(uv_loop_t *loop);
/* family: as in getaddrinfo(). */
enum li_err resolve(uv_loop_t *loop, struct lookup *l, resolve_done *done, const char *host, uint16_t port, int family) LI_MUST;
/* It ends soon. */
void resolve_cancel(struct lookup *l);

/* Of tests: another file than resolv.conf(5), and another port than 53. */
extern const char *resolve_file;
extern uint16_t resolve_port;

#endif
