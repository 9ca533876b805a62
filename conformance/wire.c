/* wire.c: one connection of a POI to an MDF. */
#include "conformance/wire.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/reach.h"
#include "conformance/xpdu.h"

#define RECORD	16384u			/* RFC 8446 clause 5.1 */
#define FLIGHT	(256u << 10)		/* octets that the socket may still have before more is encrypted */
#define READ	16384u
#define ACKED_KEPT 4096			/* acknowledgements that an expectation can be about */
#define LINGER	(2 * WHEN_SECOND)	/* after our close: for the other end to close, too */

struct piece {				/* of the outbox: what so many octets are */
	size_t n;
	enum wire_kind kind;
	bool with_sequence;
	uint32_t sequence;
};

struct pending {			/* a keepalive that was sent */
	uint32_t sequence;
	bool with_sequence;
	conf_us sent;
};

struct session {			/* one TCP connection; outlives its wire's interest until its handles are closed */
	struct wire *w;			/* NULL: it has ended */
	uv_tcp_t tcp;
	uv_timer_t deadline, keep, watch;
	uv_connect_t connect;
	uv_shutdown_t shutdown;
	unsigned handles;
	conf_us dialled;
	SSL *ssl;
	BIO *in, *out;			/* ssl's */
	bool up, reset;
	struct octets got;		/* plaintext that is no whole PDU yet */
	char room[READ];
};

struct wire {
	const struct wire_conf *c;
	const struct wire_ops *ops;
	void *arg;
	char *name;
	uv_loop_t *loop;
	struct sockaddr_storage addr;
	SSL_CTX *ctx;
	struct session *s;
	uv_timer_t again;
	enum wire_state state;
	bool close_wanted, refused, stopped, last_bad;
	enum wire_close how;
	struct octets outbox;
	size_t out_at;			/* octets before it are gone */
	struct piece *pieces;
	size_t n_pieces, piece_at, piece_room;
	struct pending *pending;
	size_t pending_at, pending_end, pending_room;
	uint32_t keepalive;		/* number of the next; goes on over connections */
	uint64_t acked_here;
	bool acked_bare;
	struct octets acked;		/* numbers acknowledged on this connection, 32 bits each, the last ACKED_KEPT at the least */
	struct wire_end ends[WIRE_ENDS_KEPT];
	size_t n_ends;
	struct wire_stats stats;
};

struct flight {				/* a uv_write */
	uv_write_t req;
	struct session *s;
	uint8_t *p;
};

static void session_end(struct session *s, bool ours, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void pump(struct wire *w);

static void tell(struct wire *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct wire *w, const char *format, ...)
{
	char text[WIRETLS_TEXT + 64];
	va_list ap;

	if (!w->ops->told)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	w->ops->told(w->arg, w, text);
}

static uint64_t ms(conf_us d)
{
	return d <= 0 ? 0 : (uint64_t)((d + 999) / 1000);
}

/* -- the end of a connection -- */

static void on_handle_closed(uv_handle_t *h)
{
	struct session *s = h->data;

	if (--s->handles)
		return;
	SSL_free(s->ssl);
	octets_fini(&s->got);
	free(s);
}

static void close_handles(struct session *s)
{
	uv_close((uv_handle_t *)&s->deadline, on_handle_closed);
	uv_close((uv_handle_t *)&s->keep, on_handle_closed);
	uv_close((uv_handle_t *)&s->watch, on_handle_closed);
	if (!s->reset || uv_tcp_close_reset(&s->tcp, on_handle_closed) != 0)
		uv_close((uv_handle_t *)&s->tcp, on_handle_closed);
}

static void on_again(uv_timer_t *t)
{
	struct wire *w = t->data;

	wire_dial(w);
}

static void session_end(struct session *s, bool ours, const char *format, ...)
{
	struct wire *w = s->w;
	struct wire_end *e;
	va_list ap;

	if (!w)
		return;
	s->w = NULL;
	w->s = NULL;
	w->last_bad = !ours && !w->c->may_end;
	w->stats.bad_ends += w->last_bad;
	w->stats.ends++;
	w->refused = w->acked_here == 0 && !ours;
	e = &w->ends[w->n_ends < WIRE_ENDS_KEPT ? w->n_ends++ : WIRE_ENDS_KEPT - 1];
	*e = (struct wire_end){ .at = when_monotonic(), .was_up = s->up, .ours = ours };
	va_start(ap, format);
	vsnprintf(e->why, sizeof(e->why), format, ap);
	va_end(ap);
	close_handles(s);
	w->pending_at = w->pending_end = 0;
	if (w->c->reconnect && !w->close_wanted && !w->stopped) {
		w->state = WIRE_WAITING;
		uv_timer_start(&w->again, on_again, ms(w->c->reconnect), 0);
	} else {
		w->state = WIRE_ENDED;
	}
	tell(w, "%s%s", e->why, w->state == WIRE_WAITING ? "; dialled again soon" : "");
	w->ops->changed(w->arg, w);
}

/* -- sending -- */

static void on_written(uv_write_t *r, int status)
{
	struct flight *f = (struct flight *)r;
	struct session *s = f->s;

	free(f->p);
	free(f);
	if (!s->w)
		return;
	if (status < 0) {
		session_end(s, false, "writing: %s", uv_strerror(status));
		return;
	}
	pump(s->w);
	if (s->w && wire_has_room(s->w))
		s->w->ops->changed(s->w->arg, s->w);
}

static void to_socket(struct session *s, const void *p, size_t n)
{
	struct flight *f;
	uv_buf_t b;
	int e;

	if (n == 0)
		return;
	f = malloc(sizeof(*f));
	b = uv_buf_init(f ? malloc(n) : NULL, (unsigned)n);
	if (!b.base) {
		free(f);
		session_end(s, true, "no memory");
		return;
	}
	memcpy(b.base, p, n);
	f->s = s;
	f->p = (uint8_t *)b.base;
	e = uv_write(&f->req, (uv_stream_t *)&s->tcp, &b, 1, on_written);
	if (e) {
		free(f->p);
		free(f);
		session_end(s, false, "writing: %s", uv_strerror(e));
	}
}

static void flush(struct session *s)
{
	char *p;
	long n = s->ssl ? BIO_get_mem_data(s->out, &p) : 0;

	if (n <= 0)
		return;
	to_socket(s, p, (size_t)n);
	(void)BIO_reset(s->out);
}

static void broken(struct session *s)
{
	bool ours = s->w->state == WIRE_CLOSING;	/* it may complain of how we end it */
	char why[WIRETLS_TEXT];

	wiretls_error(s->ssl, why, sizeof(why));
	flush(s);		/* an alert */
	session_end(s, ours, "%s", why);
}

/* TIME_P2: X23-POI-013 X23-POI-014 */
static void on_watch(uv_timer_t *t)
{
	struct session *s = t->data;

	s->w->stats.ack_timeouts++;
	session_end(s, false, "no acknowledgement within %g s (TIME_P2)", (double)s->w->c->ack_within / 1e6);
}

static void await_ack(struct session *s)
{
	if (s->w->c->ack_within && !uv_is_active((uv_handle_t *)&s->watch))
		uv_timer_start(&s->watch, on_watch, ms(s->w->c->ack_within), 0);
}

/* A keepalive is on its way. */
static void note_keepalive(struct session *s, const struct piece *p)
{
	struct wire *w = s->w;

	if (w->pending_end == w->pending_room && w->pending_room < WIRE_PENDING) {
		struct pending *a = realloc(w->pending, 2 * w->pending_room * sizeof(*a));

		w->pending = a ? a : w->pending;
		w->pending_room *= a ? 2 : 1;
	}
	if (w->pending_end < w->pending_room)
		w->pending[w->pending_end++] = (struct pending){ p->sequence, p->with_sequence, when_monotonic() };
	await_ack(s);
}

static void forget_sent(struct wire *w)
{
	if (w->out_at == w->outbox.n || w->out_at > WIRE_OUTBOX) {
		octets_drop(&w->outbox, w->out_at);
		w->out_at = 0;
	}
	if (w->piece_at == w->n_pieces || w->piece_at > 4096) {
		memmove(w->pieces, w->pieces + w->piece_at, (w->n_pieces - w->piece_at) * sizeof(*w->pieces));
		w->n_pieces -= w->piece_at;
		w->piece_at = 0;
	}
}

static void do_close(struct session *s);

/* Whole pieces, a record or more of them at a time, as long as the socket takes them. */
static void pump(struct wire *w)
{
	struct session *s = w->s;

	while (s && s->w && w->state == WIRE_UP && w->piece_at < w->n_pieces && uv_stream_get_write_queue_size((uv_stream_t *)&s->tcp) < FLIGHT) {
		size_t n = 0, upto = w->piece_at;
		const uint8_t *p = w->outbox.p + w->out_at;

		while (upto < w->n_pieces && (n == 0 || n + w->pieces[upto].n <= RECORD))
			n += w->pieces[upto++].n;
		if (s->ssl) {
			ERR_clear_error();
			if (n && SSL_write(s->ssl, p, (int)n) <= 0) {
				int e = SSL_get_error(s->ssl, 0);

				flush(s);
				if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE && s->w)
					broken(s);
				return;
			}
			flush(s);
		} else {
			to_socket(s, p, n);
		}
		if (!s->w)
			return;
		w->stats.octets += n;
		for (; w->piece_at < upto; w->piece_at++) {
			w->stats.sent[w->pieces[w->piece_at].kind]++;
			if (w->pieces[w->piece_at].kind == WIRE_KEEPALIVE)
				note_keepalive(s, &w->pieces[w->piece_at]);
		}
		w->out_at += n;
		forget_sent(w);
	}
	if (s && s->w && w->close_wanted && w->state == WIRE_UP && wire_drained(w))
		do_close(s);
}

static void put(struct wire *w, struct piece piece, const void *p)
{
	if (w->n_pieces == w->piece_room) {
		size_t room = w->piece_room ? w->piece_room * 2 : 256;
		struct piece *a = realloc(w->pieces, room * sizeof(*a));

		if (!a)
			return;
		w->pieces = a;
		w->piece_room = room;
	}
	octets_put(&w->outbox, p, piece.n);
	if (w->outbox.failed)
		return;
	w->pieces[w->n_pieces++] = piece;
	if (piece.kind == WIRE_KEEPALIVE && w->state == WIRE_UP)
		await_ack(w->s);	/* also while an MDF that does not read holds it up */
	pump(w);
}

void wire_put(struct wire *w, enum wire_kind k, const void *p, size_t n)
{
	put(w, (struct piece){ .n = n, .kind = k }, p);
}

void wire_put_keepalive(struct wire *w, bool with_sequence, uint32_t sequence)
{
	struct octets o = { 0 };

	xpdu_keepalive(w->c->version, with_sequence, sequence, &o);
	if (with_sequence)
		w->keepalive = sequence + 1;
	if (!o.failed)
		put(w, (struct piece){ o.n, WIRE_KEEPALIVE, with_sequence, sequence }, o.p);
	octets_fini(&o);
}

uint32_t wire_next_keepalive(const struct wire *w)
{
	return w->keepalive;
}

void wire_put_under(struct wire *w, const void *p, size_t n)
{
	if (w->s && w->state == WIRE_UP)
		to_socket(w->s, p, n);
}

bool wire_renegotiate(struct wire *w)
{
	struct session *s = w->s;
	bool good;

	if (!s || w->state != WIRE_UP || !s->ssl)
		return false;
	ERR_clear_error();
	good = SSL_renegotiate(s->ssl) == 1 && SSL_do_handshake(s->ssl) != 0;
	ERR_clear_error();
	flush(s);
	return good;
}

bool wire_key_update(struct wire *w)
{
	struct session *s = w->s;
	bool good;

	if (!s || w->state != WIRE_UP || !s->ssl)
		return false;
	ERR_clear_error();
	good = SSL_key_update(s->ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(s->ssl) == 1;
	ERR_clear_error();
	flush(s);
	return good;
}

/* At least every TIME_P1, whatever else is sent: a little earlier, for a timer is never early. X23-POI-011 */
static void on_keep(uv_timer_t *t)
{
	struct session *s = t->data;

	wire_put_keepalive(s->w, true, s->w->keepalive);
}

/* -- receiving -- */

static void acknowledged(struct session *s, const struct xpdu *x)
{
	struct wire *w = s->w;
	bool has;
	uint32_t sequence;
	unsigned faults = xpdu_ack_faults(x, &has, &sequence);
	size_t i = w->pending_at;

	while (i < w->pending_end && (w->pending[i].with_sequence != has || w->pending[i].sequence != sequence))
		i++;
	if (!has && i < w->pending_end)
		faults = 0;		/* the answer to one without number can have none */
	w->stats.ack_faults |= faults;
	w->stats.acks_faulty += faults != 0;
	if (i == w->pending_end) {	/* a number that was not asked for says nothing. X23-POI-015 */
		w->stats.acks_unexpected++;
		tell(w, "an acknowledgement that answers no keepalive");
		return;
	}
	w->stats.acks++;
	w->acked_here++;
	spread_add(&w->stats.ack_us, when_monotonic() - w->pending[i].sent);
	/* they come in order: what it moves is what was passed over */
	memmove(w->pending + w->pending_at + 1, w->pending + w->pending_at, (i - w->pending_at) * sizeof(*w->pending));
	if (++w->pending_at == w->pending_end)
		w->pending_at = w->pending_end = 0;
	if (has) {
		if (w->acked.n >= 8 * ACKED_KEPT)
			octets_drop(&w->acked, 4 * ACKED_KEPT);
		octets_u32(&w->acked, sequence);
	} else {
		w->acked_bare = true;
	}
	uv_timer_stop(&s->watch);
	if (wire_pending(w) && w->c->ack_within)
		uv_timer_start(&s->watch, on_watch, ms(w->c->ack_within), 0);
	w->ops->changed(w->arg, w);
}

static void take(struct session *s, const uint8_t *p, size_t n)
{
	size_t at = 0, whole;
	struct xpdu x;
	enum li_err e;

	octets_put(&s->got, p, n);
	while (s->w && (e = xpdu_next(s->got.p + at, s->got.n - at, &whole)) != LI_EAGAIN) {
		if (e || xpdu_read(s->got.p + at, whole, &x)) {
			s->w->stats.broken++;
			session_end(s, false, "what the other end sends is no PDU");
			return;
		}
		at += whole;
		if (x.type == XPDU_ACK)
			acknowledged(s, &x);
		else
			s->w->stats.others++;	/* an MDF has nothing else to say */
	}
	octets_drop(&s->got, at);
}

static void up(struct session *s)
{
	struct wire *w = s->w;

	s->up = true;
	w->state = WIRE_UP;
	w->stats.ups++;
	spread_add(&w->stats.up_us, when_monotonic() - s->dialled);
	if (s->ssl)
		snprintf(w->stats.tls, sizeof(w->stats.tls), "%s %s", SSL_get_version(s->ssl), SSL_get_cipher_name(s->ssl));
	uv_timer_stop(&s->deadline);
	tell(w, "up%s%s", s->ssl ? ": " : " without TLS", w->stats.tls);
	if (w->c->deaf)
		uv_read_stop((uv_stream_t *)&s->tcp);
	if (w->c->keepalive) {
		/* the first one at once: TIME_P2 then counts from here, and a peer that answers is seen to be one */
		uv_timer_start(&s->keep, on_keep, ms(w->c->keepalive - w->c->keepalive / 16), ms(w->c->keepalive - w->c->keepalive / 16));
		wire_put_keepalive(w, true, w->keepalive);
	}
	pump(w);
	if (s->w)
		w->ops->changed(w->arg, w);
}

static void handshake(struct session *s)
{
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(s->ssl);
	if (r == 1) {
		flush(s);
		if (s->w)
			up(s);
		return;
	}
	r = SSL_get_error(s->ssl, r);
	if (r != SSL_ERROR_WANT_READ && r != SSL_ERROR_WANT_WRITE)
		broken(s);
	else
		flush(s);
}

static void from_tls(struct session *s)
{
	uint8_t plain[RECORD];
	int n;

	if (!s->up)
		handshake(s);
	while (s->w && s->up) {
		ERR_clear_error();
		n = SSL_read(s->ssl, plain, sizeof(plain));
		if (n > 0) {
			take(s, plain, (size_t)n);
			continue;
		}
		n = SSL_get_error(s->ssl, n);
		flush(s);
		if (!s->w)
			return;
		if (n == SSL_ERROR_ZERO_RETURN)
			session_end(s, s->w->state == WIRE_CLOSING, "closed by the other end");
		else if (n != SSL_ERROR_WANT_READ && n != SSL_ERROR_WANT_WRITE)
			broken(s);
		else
			pump(s->w);	/* a handshake that held writing up is over */
		return;
	}
}

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b)
{
	struct session *s = h->data;

	(void)n;
	*b = uv_buf_init(s->room, READ);
}

static void on_read(uv_stream_t *t, ssize_t n, const uv_buf_t *b)
{
	struct session *s = t->data;

	if (!s->w || n == 0)
		return;
	if (n < 0) {
		bool ours = s->w->state == WIRE_CLOSING;

		session_end(s, ours, "%s%s", n == UV_EOF ? "closed by the other end" : uv_strerror((int)n),
			    n == UV_EOF && s->ssl && !ours ? " without close_notify" : "");
		return;
	}
	if (s->w->c->stall)
		return;
	if (!s->ssl) {
		take(s, (const uint8_t *)b->base, (size_t)n);
		return;
	}
	BIO_write(s->in, b->base, (int)n);
	from_tls(s);
}

/* -- dialling and closing -- */

static void on_deadline(uv_timer_t *t)
{
	struct session *s = t->data;

	if (s->w->state == WIRE_CLOSING)
		session_end(s, true, "closed by us");
	else
		session_end(s, false, "no connection within %g s", (double)s->w->c->connect_within / 1e6);
}

static void on_connect(uv_connect_t *c, int status)
{
	struct session *s = c->data;
	struct wire *w = s->w;
	char why[WIRETLS_TEXT];

	if (!w)
		return;
	if (status < 0) {
		session_end(s, false, "connecting: %s", uv_strerror(status));
		return;
	}
	uv_tcp_nodelay(&s->tcp, 1);
	uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_read);
	to_socket(s, w->c->before.p, w->c->before.n);
	if (!s->w)
		return;
	if (w->c->plain) {
		up(s);
		return;
	}
	s->ssl = wiretls_new(w->ctx, &w->c->tls, why, sizeof(why));
	s->in = BIO_new(BIO_s_mem());
	s->out = BIO_new(BIO_s_mem());
	if (!s->ssl || !s->in || !s->out) {
		BIO_free(s->in);
		BIO_free(s->out);
		SSL_free(s->ssl);
		s->ssl = NULL;
		session_end(s, true, "TLS: no memory");
		return;
	}
	BIO_set_mem_eof_return(s->in, -1);
	SSL_set_bio(s->ssl, s->in, s->out);
	handshake(s);
}

/* Clause 6.2.1: the POI opens the connection. X23-POI-001 */
void wire_dial(struct wire *w)
{
	struct session *s;
	int e;

	if (w->s || w->stopped)
		return;
	s = calloc(1, sizeof(*s));
	if (!s)
		return;
	s->w = w;
	w->s = s;
	w->state = WIRE_DIALLING;
	w->stats.dials++;
	w->acked_here = 0;
	w->acked_bare = false;
	w->acked.n = 0;
	w->close_wanted = false;
	s->dialled = when_monotonic();
	s->handles = 4;
	uv_tcp_init(w->loop, &s->tcp);
	uv_timer_init(w->loop, &s->deadline);
	uv_timer_init(w->loop, &s->keep);
	uv_timer_init(w->loop, &s->watch);
	s->tcp.data = s->deadline.data = s->keep.data = s->watch.data = s->connect.data = s;
	uv_timer_start(&s->deadline, on_deadline, ms(w->c->connect_within), 0);
	e = uv_tcp_connect(&s->connect, &s->tcp, (const struct sockaddr *)&w->addr, on_connect);
	if (e)
		session_end(s, false, "connecting: %s", uv_strerror(e));
}

static void do_close(struct session *s)
{
	struct wire *w = s->w;

	if (w->how == WIRE_RESET) {
		s->reset = true;
		session_end(s, true, "reset by us");
		return;
	}
	if (w->how == WIRE_NOTIFY && s->ssl) {
		ERR_clear_error();
		(void)SSL_shutdown(s->ssl);
		flush(s);
		if (!s->w)
			return;
	}
	w->state = WIRE_CLOSING;
	uv_timer_stop(&s->keep);
	uv_timer_stop(&s->watch);
	(void)uv_shutdown(&s->shutdown, (uv_stream_t *)&s->tcp, NULL);	/* where it cannot, the deadline ends it */
	uv_timer_start(&s->deadline, on_deadline, ms(LINGER), 0);
	w->ops->changed(w->arg, w);
}

void wire_close(struct wire *w, enum wire_close how)
{
	w->close_wanted = true;
	w->how = how;
	uv_timer_stop(&w->again);
	if (w->state == WIRE_WAITING || w->state == WIRE_NEW)
		w->state = WIRE_ENDED;
	else if (w->state == WIRE_DIALLING)
		session_end(w->s, true, "given up by us");
	else if (w->state == WIRE_UP && how == WIRE_RESET)
		do_close(w->s);
	else if (w->state == WIRE_UP)
		pump(w);
}

void wire_stop(struct wire *w)
{
	w->stopped = true;
	if (w->s)
		session_end(w->s, true, "ended by us");
	w->state = WIRE_ENDED;
	if (!uv_is_closing((uv_handle_t *)&w->again))
		uv_close((uv_handle_t *)&w->again, NULL);
}

/* -- making -- */

struct wire *wire_new(uv_loop_t *loop, const struct wire_conf *c, uint64_t number, const struct wire_ops *ops, void *arg, char *err, size_t room)
{
	struct wire *w = calloc(1, sizeof(*w));

	snprintf(err, room, "no memory");
	if (!w)
		return NULL;
	w->c = c;
	w->ops = ops;
	w->arg = arg;
	w->loop = loop;
	w->pending_room = 64;
	w->pending = calloc(w->pending_room, sizeof(*w->pending));
	if (!w->pending || asprintf(&w->name, c->count > 1 ? "%s-%llu" : "%s", c->name, (unsigned long long)number) < 0)
		goto bad;
	if (!reach(c->host, c->port, c->plain, &w->addr, w->stats.address, err, room))
		goto bad;
	if (!c->plain) {
		w->ctx = wiretls_ctx(&c->tls, err, room);
		if (!w->ctx)
			goto bad;
	}
	uv_timer_init(loop, &w->again);
	w->again.data = w;
	return w;
bad:
	free(w->name);
	free(w->pending);
	free(w);
	return NULL;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	SSL_CTX_free(w->ctx);
	spread_fini(&w->stats.up_us);
	spread_fini(&w->stats.ack_us);
	octets_fini(&w->outbox);
	octets_fini(&w->acked);
	free(w->pieces);
	free(w->pending);
	free(w->name);
	free(w);
}

/* -- looking -- */

enum wire_state wire_state(const struct wire *w) { return w->state; }
const char *wire_name(const struct wire *w) { return w->name; }
const struct wire_conf *wire_conf(const struct wire *w) { return w->c; }
size_t wire_pending(const struct wire *w) { return w->pending_end - w->pending_at; }
struct wire_stats *wire_stats(struct wire *w) { return &w->stats; }
bool wire_has_room(const struct wire *w) { return w->outbox.n - w->out_at < WIRE_OUTBOX; }

bool wire_refused(const struct wire *w)
{
	return w->refused && !w->s && w->stats.ends > 0;
}

bool wire_drained(const struct wire *w)
{
	return w->piece_at == w->n_pieces && (!w->s || uv_stream_get_write_queue_size((const uv_stream_t *)&w->s->tcp) == 0);
}

bool wire_acked(const struct wire *w, bool with_sequence, uint32_t sequence)
{
	if (!with_sequence)
		return w->acked_bare;
	for (size_t i = w->acked.n; i >= 4; i -= 4)
		if (octets_get32(w->acked.p + i - 4) == sequence)
			return true;
	return false;
}

void wire_excuse(struct wire *w)
{
	w->stats.bad_ends -= w->last_bad;
	w->last_bad = false;
}

const struct wire_end *wire_ends(const struct wire *w, size_t *n)
{
	*n = w->n_ends;
	return w->ends;
}
