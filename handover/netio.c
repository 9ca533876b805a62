/*
 * netio.c: one TCP connection with TLS on a libuv loop.
 *
 * Received octets: on_read -> tls_recv -> ops->data, and whatever TLS wants to say goes out by push(). Octets to send:
 * netio_put -> tls_put; push() lends the send buffer to one uv_write at a time; on_written gives it back, lends the
 * next and tells the owner that there is room. The struct ends in on_closed, when both handles are closed: a write
 * that was under way has been called back by then, so that nobody reads the send buffer any more.
 */
#include "handover/netio.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <li/limits.h>

#define NETIO_MAGIC	0x6e657469u
#define NETIO_IN	65536		/* a read: four full records */
#define NETIO_PLAIN	(2 * LI_TLS_RECORD)	/* what comes up at once: a full record, or as many short ones as leave room for that */

static struct netio *netio_of(void *data)
{
	struct netio *n = data;

	assert(n && n->magic == NETIO_MAGIC);
	return n;
}

static void on_closed(uv_handle_t *h)
{
	struct netio *n = netio_of(h->data);

	if (--n->open)
		return;
	if (tls_refusal(n->tls))
		n->refused = *tls_refusal(n->tls);
	tls_free(n->tls);
	n->tls = NULL;
	free(n->in);
	free(n->plain);
	n->in = n->plain = NULL;
	n->magic = 0;
	n->ops->closed(n, n->why);
}

void netio_close(struct netio *n, const char *why)
{
	if (n->closing)
		return;
	n->closing = true;
	if (n->turns)
		turn_forget(n->turns, &n->turn);
	if (!n->why[0])
		snprintf(n->why, sizeof(n->why), "%s", why);
	uv_close((uv_handle_t *)&n->timer, on_closed);
	uv_close((uv_handle_t *)&n->tcp, on_closed);
}

static void close_errno(struct netio *n, const char *what, int r)
{
	char why[128];

	snprintf(why, sizeof(why), "%s: %s", what, uv_strerror(r));
	netio_close(n, why);
}

/* The peer is gone; but what it said before that may lie here still, and its alert tells why. False: it said nothing of that kind. */
static bool last_words(struct netio *n)
{
	uv_os_fd_t fd;
	struct view in;
	ssize_t k;
	size_t got;
	enum li_err e = LI_OK;

	if (n->closing || uv_fileno((uv_handle_t *)&n->tcp, &fd))
		return false;
	while (!e && (k = recv(fd, n->in, NETIO_IN, MSG_DONTWAIT)) > 0) {
		in = view_of(n->in, (size_t)k);
		while (!(e = tls_recv(n->tls, &in, n->plain, LI_TLS_RECORD, &got)))
			;
		e = e == LI_EAGAIN ? LI_OK : e;
	}
	if (!tls_refusal(n->tls))
		return false;
	netio_close(n, tls_error(n->tls));
	return true;
}

static void on_written(uv_write_t *w, int status);
static void feed(struct netio *n, struct view in);

/* The socket takes nothing any more; what lies in it is read to its end. */
static void hear_out(struct netio *n, int r)
{
	uv_os_fd_t fd;
	ssize_t k;

	n->broken = r;
	if (uv_fileno((uv_handle_t *)&n->tcp, &fd))
		fd = -1;
	while (fd >= 0 && !n->closing && !n->paused && (k = recv(fd, n->in, NETIO_IN, MSG_DONTWAIT)) > 0) {
		n->octets_in += (uint64_t)k;
		feed(n, view_of(n->in, (size_t)k));
	}
	if (!n->closing && !n->paused)
		close_errno(n, "write", r);
}

static void on_shutdown(uv_shutdown_t *s, int status)
{
	struct netio *n = netio_of(s->data);

	n->clean |= status == 0 && !n->closing;
	netio_close(n, "ended");
}

/* Lends what is ready to the socket; at the end of it all, says goodbye. */
static void push(struct netio *n)
{
	struct view v;
	uv_buf_t b;
	int r;

	if (n->busy || n->closing || n->broken)
		return;
	if (n->end == NETIO_ENDING && tls_flush(n->tls) != LI_EAGAIN) {
		n->end = NETIO_BYE;
		tls_close(n->tls);
	}
	v = tls_take(n->tls);
	if (v.n == 0) {
		if (n->end == NETIO_BYE) {
			n->busy = true;		/* nothing more is written */
			n->ending.data = n;
			r = uv_shutdown(&n->ending, (uv_stream_t *)&n->tcp, on_shutdown);
			if (r)
				close_errno(n, "shutdown", r);
		}
		return;
	}
	b = uv_buf_init((char *)(uintptr_t)v.p, (unsigned)v.n);
	n->octets_out += v.n;
	n->busy = true;
	n->writing.data = n;
	r = uv_write(&n->writing, (uv_stream_t *)&n->tcp, &b, 1, on_written);
	if (r) {
		n->busy = false;
		close_errno(n, "write", r);
	}
}

static void on_written(uv_write_t *w, int status)
{
	struct netio *n = netio_of(w->data);

	n->busy = false;
	tls_sent(n->tls);
	if (status && status != UV_ECANCELED && n->hear_out && n->up && !n->closing)
		hear_out(n, status);
	else if (status && status != UV_ECANCELED && !last_words(n))
		close_errno(n, "write", status);
	if (n->closing)
		return;
	push(n);
	if (n->up && !n->closing && n->end == NETIO_LASTING && n->ops->sent)
		n->ops->sent(n);
}

/* TLS has failed: its alert gets one chance to go out, then the connection ends. */
static void tls_failed(struct netio *n)
{
	struct view v = n->busy ? view_of(NULL, 0) : tls_take(n->tls);

	if (v.n) {
		uv_buf_t b = uv_buf_init((char *)(uintptr_t)v.p, (unsigned)v.n);

		if (uv_try_write((uv_stream_t *)&n->tcp, &b, 1) > 0)
			n->octets_out += v.n;
		tls_sent(n->tls);
	}
	netio_close(n, tls_error(n->tls));
}

/* Peers that write a record for each of their messages are heard many at a time. */
static enum li_err gather(struct netio *n, struct view *in, size_t *all)
{
	enum li_err e;
	size_t k;

	*all = 0;
	do {
		e = tls_recv(n->tls, in, n->plain + *all, LI_TLS_RECORD, &k);
		*all += k;
	} while (!e && n->up && NETIO_PLAIN - *all >= LI_TLS_RECORD);
	return e;
}

static void feed(struct netio *n, struct view in)
{
	enum li_err e = LI_OK;

	n->feeding = true;
	while (!n->closing && !n->paused && e == LI_OK) {
		size_t k;

		e = gather(n, &in, &k);
		if (!n->up && tls_is_up(n->tls)) {
			n->up = true;
			uv_timer_stop(&n->timer);
			push(n);	/* the end of the handshake goes before anything the owner says */
			n->ops->up(n);
		}
		if (k && !n->closing)
			n->ops->data(n, view_of(n->plain, k));
	}
	n->feeding = false;
	if (n->closing)
		return;
	if (n->paused)
		n->rest = in;
	if (e == LI_EAGAIN || e == LI_OK) {
		push(n);
	} else if (e == LI_ECLOSED) {
		n->clean = true;
		netio_end(n, "the peer closed");
	} else {
		tls_failed(n);
	}
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	struct netio *n = netio_of(h->data);

	(void)hint;
	*b = uv_buf_init((char *)n->in, NETIO_IN);
}

static void start(struct netio *n);

static void on_turn(void *arg)
{
	struct netio *n = netio_of(arg);

	if (n->begun)
		netio_resume(n);
	else
		start(n);
}

/* What the peer said in its handshake lies in our read buffer until then. */
static void wait_for_turn(struct netio *n, struct view in)
{
	netio_pause(n);
	n->rest = in;
	turn_ask(n->turns, &n->turn, on_turn, n);
}

static void on_read(uv_stream_t *s, ssize_t k, const uv_buf_t *b)
{
	struct netio *n = netio_of(s->data);

	if (k > 0 && n->turns && !n->up) {
		n->octets_in += (uint64_t)k;
		wait_for_turn(n, view_of((const uint8_t *)b->base, (size_t)k));
	} else if (k > 0) {
		n->octets_in += (uint64_t)k;
		feed(n, view_of(b->base, (size_t)k));
	} else if (k == UV_EOF) {	/* HO-TLS-010: without close_notify; what came before it is whole PDUs or is dropped */
		netio_close(n, n->up ? "the peer cut the connection" : "the peer cut the connection before TLS stood");
	} else if (k < 0) {
		close_errno(n, "read", (int)k);
	}
}

static void on_timer(uv_timer_t *t)
{
	struct netio *n = netio_of(t->data);

	netio_close(n, n->up ? "the peer does not read" : "no TLS handshake in time");
}

static void start(struct netio *n)
{
	int r;

	n->begun = true;
	uv_tcp_nodelay(&n->tcp, 1);	/* HO-CON-011; SO_KEEPALIVE stays off, HO-CON-010 */
	r = uv_read_start((uv_stream_t *)&n->tcp, on_alloc, on_read);
	if (r)
		close_errno(n, "read", r);
	push(n);
}

static void begin(struct netio *n)
{
	if (n->turns)
		turn_ask(n->turns, &n->turn, on_turn, n);
	else
		start(n);
}

static void on_connect(uv_connect_t *c, int status)
{
	struct netio *n = netio_of(c->data);

	if (status && status != UV_ECANCELED)
		close_errno(n, "connect", status);
	if (!n->closing)
		begin(n);
}

enum li_err netio_init(struct netio *n, uv_loop_t *loop, struct tls_ctx *x, const char *const names[], size_t n_names,
		       const struct netio_ops *ops, void *arg)
{
	*n = (struct netio){ .magic = NETIO_MAGIC, .ops = ops, .arg = arg };
	n->tls = tls_new(x, names, n_names);
	n->in = malloc(NETIO_IN);
	n->plain = malloc(NETIO_PLAIN);
	if (!n->tls || !n->in || !n->plain) {
		tls_free(n->tls);
		free(n->in);
		free(n->plain);
		n->magic = 0;
		return LI_ENOMEM;
	}
	uv_tcp_init(loop, &n->tcp);	/* neither opens a socket, nor can it fail */
	uv_timer_init(loop, &n->timer);
	n->tcp.data = n->timer.data = n;
	n->open = 2;
	n->patience = NETIO_PATIENCE_MS;
	return LI_OK;
}

enum li_err netio_connect(struct netio *n, const struct sockaddr *to)
{
	int r;

	uv_timer_start(&n->timer, on_timer, n->patience, 0);
	n->connecting.data = n;
	r = uv_tcp_connect(&n->connecting, &n->tcp, to, on_connect);
	if (r)
		close_errno(n, "connect", r);
	return r ? LI_EIO : LI_OK;
}

enum li_err netio_accept(struct netio *n, uv_stream_t *listener)
{
	int r;

	uv_timer_start(&n->timer, on_timer, n->patience, 0);
	r = uv_accept(listener, (uv_stream_t *)&n->tcp);
	if (r)
		close_errno(n, "accept", r);
	else
		begin(n);
	return n->closing ? LI_EIO : LI_OK;
}

enum li_err netio_adopt(struct netio *n, int fd)
{
	int r;

	uv_timer_start(&n->timer, on_timer, n->patience, 0);
	r = uv_tcp_open(&n->tcp, fd);
	if (r) {
		close(fd);
		close_errno(n, "accept", r);
	} else {
		begin(n);
	}
	return n->closing ? LI_EIO : LI_OK;
}

enum li_err netio_put(struct netio *n, struct view *v)
{
	bool was_busy;
	enum li_err e;

	if (n->closing || n->end || n->broken)
		return LI_ESTATE;
	do {			/* a full buffer that the socket takes leaves the other one empty */
		was_busy = n->busy;
		e = tls_put(n->tls, v);
		if (li_err_class(e) == LI_CLASS_PEER)
			tls_failed(n);
		else
			push(n);
	} while (e == LI_EAGAIN && n->busy && !was_busy);
	return e;
}

enum li_err netio_flush(struct netio *n)
{
	enum li_err e;

	if (n->closing || n->end || n->broken)
		return LI_ESTATE;
	e = tls_flush(n->tls);
	if (li_err_class(e) == LI_CLASS_PEER)
		tls_failed(n);
	else
		push(n);
	return e;
}

void netio_pause(struct netio *n)
{
	if (n->closing)
		return;
	n->paused = true;
	uv_read_stop((uv_stream_t *)&n->tcp);
}

void netio_resume(struct netio *n)
{
	struct view rest = n->rest;
	int r;

	n->paused = false;
	n->rest = view_of(NULL, 0);
	if (!n->feeding && rest.n)
		feed(n, rest);
	if (!n->closing && !n->paused && n->broken && !n->feeding)
		hear_out(n, n->broken);
	if (n->closing || n->paused)
		return;
	r = uv_read_start((uv_stream_t *)&n->tcp, on_alloc, on_read);
	if (r && r != UV_EALREADY)
		close_errno(n, "read", r);
}

void netio_end(struct netio *n, const char *why)
{
	if (n->closing || n->end)
		return;
	if (!n->up) {
		netio_close(n, why);
		return;
	}
	snprintf(n->why, sizeof(n->why), "%s", why);
	n->end = NETIO_ENDING;
	uv_timer_start(&n->timer, on_timer, n->patience, 0);
	push(n);
}
