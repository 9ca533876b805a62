/*
 * resolve.c: c-ares on a libuv loop.
 *
 *	resolve -> ares_getaddrinfo -> (sockets: on_socket, on_io; time: on_time) -> on_answer -> ended -> on_ended -> done
 *
 * A server is chosen by resolv.conf(5) and nsswitch.conf(5) as they are when the channel is opened; where the first has changed a lookup opens
 * another, and the old one ends with its last.
 */
#include "handover/resolve.h"

#include <ares.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESOLV_CONF	"/etc/resolv.conf"
#define TIMEOUT_MS	1400	/* for the first answer of a server; c-ares doubles it each time it asks again: ten seconds for one, as in resolver(3) */
#define TRIES		3
#define LOOK_MS		250	/* c-ares is asked for its times that often at the least while something is looked up */

const char *resolve_file = RESOLV_CONF;
uint16_t resolve_port;

struct channel;

struct io {			/* a socket of c-ares */
	LIST_ENTRY(io) all;
	struct channel *of;
	uv_poll_t poll;
	ares_socket_t fd;
};

struct channel {
	struct resolver *of;
	ares_channel ares;
	LIST_HEAD(, io) ios;
	LIST_ENTRY(channel) all;
	unsigned queries;	/* that c-ares has not ended */
};

struct resolve_query {
	struct resolver *by;
	struct channel *of;	/* until c-ares has ended it */
	struct lookup *lookup;	/* NULL: cancelled */
	int family, status;
	struct sockaddr_storage to[RESOLVE_MOST];
	unsigned n;
	TAILQ_ENTRY(resolve_query) ended;
};

struct resolver {
	uv_loop_t *loop;
	unsigned holds, open;	/* open: timers that are on the loop */
	uv_timer_t timer, end;
	LIST_HEAD(, channel) channels;	/* the newest first */
	TAILQ_HEAD(, resolve_query) ended;
	struct timespec changed;	/* resolv.conf, as the newest channel knows it */
	ino_t file;
};

/* -- sockets and time ---------------------------------------------------------------------------------------------- */

static void see_to_time(struct resolver *r);

static void on_io_closed(uv_handle_t *h)
{
	free(h->data);
}

static void on_io(uv_poll_t *p, int status, int events)
{
	struct io *io = p->data;
	struct resolver *r = io->of->of;
	ares_socket_t fd = io->fd;
	ares_channel ares = io->of->ares;

	if (status < 0)
		events = UV_READABLE | UV_WRITABLE;	/* c-ares finds out why */
	ares_process_fd(ares, events & UV_READABLE ? fd : ARES_SOCKET_BAD, events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
	see_to_time(r);
}

static void io_close(struct io *io)
{
	LIST_REMOVE(io, all);
	uv_poll_stop(&io->poll);
	uv_close((uv_handle_t *)&io->poll, on_io_closed);
}

static struct io *io_new(struct channel *c, ares_socket_t fd)
{
	struct io *io = calloc(1, sizeof(*io));

	if (!io)
		return NULL;
	if (uv_poll_init(c->of->loop, &io->poll, fd)) {
		free(io);
		return NULL;
	}
	io->of = c;
	io->fd = fd;
	io->poll.data = io;
	LIST_INSERT_HEAD(&c->ios, io, all);
	return io;
}

/* c-ares opens a socket, waits for something else on it, or is about to close it. */
static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *c = arg;
	struct io *io;

	LIST_FOREACH(io, &c->ios, all)
		if (io->fd == fd)
			break;
	if (!readable && !writable) {
		if (io)
			io_close(io);
		return;
	}
	if (!io)
		io = io_new(c, fd);
	if (io)		/* else it is a server that does not answer */
		uv_poll_start(&io->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_io);
}

/* -- channels ------------------------------------------------------------------------------------------------------ */

static void channel_close(struct channel *c)
{
	LIST_REMOVE(c, all);
	ares_destroy(c->ares);		/* what it has not ended ends now */
	free(c);
}

static struct channel *channel_new(struct resolver *r)
{
	struct channel *c = calloc(1, sizeof(*c));
	struct ares_options o = { .timeout = TIMEOUT_MS, .tries = TRIES, .sock_state_cb = on_socket, .sock_state_cb_data = c,
				  .udp_port = resolve_port, .tcp_port = resolve_port, .resolvconf_path = (char *)(uintptr_t)resolve_file };
	int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF;

	if (resolve_port)
		mask |= ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
	if (!c)
		return NULL;
	if (ares_init_options(&c->ares, &o, mask) != ARES_SUCCESS) {
		free(c);
		return NULL;
	}
	c->of = r;
	LIST_INIT(&c->ios);
	LIST_INSERT_HEAD(&r->channels, c, all);
	return c;
}


/* Where we may not read it (a sandbox that knows the file that was there), c-ares would ask this machine without a word. */
static bool is_barred(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno != ENOENT;
	close(fd);
	return false;
}

static struct channel *channel_now(struct resolver *r)
{
	struct channel *c = LIST_FIRST(&r->channels), *fresh;
	struct stat s = { 0 };

	(void)!stat(resolve_file, &s);
	if (c && s.st_ino == r->file && s.st_mtim.tv_sec == r->changed.tv_sec && s.st_mtim.tv_nsec == r->changed.tv_nsec)
		return c;
	if (c && is_barred(resolve_file))
		return c;	/* the servers of before */
	fresh = channel_new(r);
	if (!fresh)
		return c;	/* as before, and tried again with the next */
	r->file = s.st_ino;
	r->changed = s.st_mtim;
	if (c && !c->queries)
		channel_close(c);
	return fresh;
}

/* Those that were followed by another, and have nothing to do any more. */
static void sweep(struct resolver *r)
{
	struct channel *c = LIST_FIRST(&r->channels), *next;

	for (c = c ? LIST_NEXT(c, all) : NULL; c; c = next) {
		next = LIST_NEXT(c, all);
		if (!c->queries)
			channel_close(c);
	}
}

static void on_time(uv_timer_t *t)
{
	struct resolver *r = t->data;
	struct channel *c;

	LIST_FOREACH(c, &r->channels, all)
		ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	see_to_time(r);
}

static void see_to_time(struct resolver *r)
{
	struct channel *c;
	bool some = false;

	LIST_FOREACH(c, &r->channels, all)
		some |= c->queries > 0;
	if (!some)
		uv_timer_stop(&r->timer);
	else if (!uv_is_active((uv_handle_t *)&r->timer))
		uv_timer_start(&r->timer, on_time, LOOK_MS, LOOK_MS);
}

/* -- lookups ------------------------------------------------------------------------------------------------------- */

static void on_ended(uv_timer_t *t)
{
	struct resolver *r = t->data;
	struct resolve_query *q;

	while ((q = TAILQ_FIRST(&r->ended))) {
		struct lookup *l = q->lookup;

		TAILQ_REMOVE(&r->ended, q, ended);
		if (l)
			l->done(l, q->status == ARES_SUCCESS && q->n ? NULL : q->status ? ares_strerror(q->status) : "no address", q->to, q->n);
		free(q);
	}
	sweep(r);
	see_to_time(r);
}

static void ended(struct resolver *r, struct resolve_query *q, int status)
{
	q->status = status;
	TAILQ_INSERT_TAIL(&r->ended, q, ended);
	if (!uv_is_active((uv_handle_t *)&r->end))
		uv_timer_start(&r->end, on_ended, 0, 0);
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *list)
{
	struct resolve_query *q = arg;

	(void)timeouts;
	for (const struct ares_addrinfo_node *a = list ? list->nodes : NULL; a && q->n < RESOLVE_MOST; a = a->ai_next)
		if (a->ai_addrlen <= sizeof(q->to[0]) && (q->family == AF_UNSPEC || a->ai_family == q->family))	/* of numbers it tells any */
			memcpy(&q->to[q->n++], a->ai_addr, a->ai_addrlen);
	ares_freeaddrinfo(list);
	q->of->queries--;
	if (!q->lookup)
		free(q);
	else
		ended(q->by, q, status);
}

enum li_err resolve(uv_loop_t *loop, struct lookup *l, resolve_done *done, const char *host, uint16_t port, int family)
{
	struct ares_addrinfo_hints hints = { .ai_flags = ARES_AI_NUMERICSERV, .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
	struct resolver *r = uv_loop_get_data(loop);
	struct channel *c = r ? channel_now(r) : NULL;
	struct resolve_query *q = c ? calloc(1, sizeof(*q)) : NULL;
	char service[8];

	if (!q)
		return LI_ENOMEM;
	q->by = r;
	q->of = c;
	q->lookup = l;
	q->family = family;
	l->done = done;
	l->query = q;
	c->queries++;
	snprintf(service, sizeof(service), "%u", port);
	ares_getaddrinfo(c->ares, host, service, &hints, on_answer, q);
	see_to_time(r);
	return LI_OK;
}

/* c-ares goes on asking; whoever asked us hears of the end now. */
void resolve_cancel(struct lookup *l)
{
	struct resolve_query *q = l->query, *told;
	struct resolver *r = q->by;

	TAILQ_FOREACH(told, &r->ended, ended)
		if (told == q)
			return;		/* soon */
	told = calloc(1, sizeof(*told));
	if (!told)
		return;			/* when it ends */
	told->by = r;
	told->lookup = l;
	q->lookup = NULL;
	l->query = told;
	ended(r, told, ARES_ECANCELLED);
}

/* -- life ---------------------------------------------------------------------------------------------------------- */

bool resolve_hold(uv_loop_t *loop)
{
	struct resolver *r = uv_loop_get_data(loop);

	if (!r) {
		r = calloc(1, sizeof(*r));
		if (!r)
			return false;
		r->loop = loop;
		LIST_INIT(&r->channels);
		TAILQ_INIT(&r->ended);
		uv_timer_init(loop, &r->timer);
		uv_timer_init(loop, &r->end);
		r->timer.data = r->end.data = r;
		r->open = 2;
		uv_loop_set_data(loop, r);
	}
	r->holds++;
	return true;
}

static void on_closed(uv_handle_t *h)
{
	struct resolver *r = h->data;

	if (--r->open == 0)
		free(r);
}

void resolve_let_go(uv_loop_t *loop)
{
	struct resolver *r = uv_loop_get_data(loop);

	if (!r || --r->holds)
		return;
	uv_loop_set_data(loop, NULL);
	while (!LIST_EMPTY(&r->channels))
		channel_close(LIST_FIRST(&r->channels));
	uv_close((uv_handle_t *)&r->timer, on_closed);
	uv_close((uv_handle_t *)&r->end, on_closed);
}
