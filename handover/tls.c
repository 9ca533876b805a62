/*
 * tls.c: one connection's TLS, with no socket. A client's octets go
 *
 *   tls_put -> gather (until a record is full) -> SSL_write -> bio_write -> out -> tls_take -> the caller's socket
 *
 * and what came from the socket goes tls_recv -> bio_read (straight from the caller's octets) -> SSL_read -> plaintext.
 * The peer is judged in tls_judge(), inside the handshake, so that a wrong peer is told so by an alert.
 */
#include "handover/tls_int.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/buf.h>
#include <li/ids.h>
#include <li/limits.h>

#define TLS_OVERHEAD	256			/* header, nonce, tag and padding of one record */
#define TLS_OUT_DATA	(16 * (LI_TLS_RECORD + TLS_OVERHEAD))	/* a send buffer takes data up to here: each write to the socket wakes whoever reads there */
#define TLS_OUT_MAX	(TLS_OUT_DATA + (128u << 10))	/* handshakes and alerts may still go: a chain is far shorter */
#define TLS_NAMES_MAX	1024			/* allowed names of one listener: every NF of an operator that has a POI */

struct tls {
	struct tls_ctx *ctx;
	SSL *ssl;
	struct view *in;	/* the caller's octets, while tls_recv runs */
	struct buf gather;	/* plaintext of the next record */
	struct buf out[2];	/* send buffers: one is filled, one may be lent */
	unsigned fill;
	bool lent, full, up, heard, closed;
	bool client_begins;	/* its first octets are made when they are wanted: a peer that is away costs no keys */
	enum li_err failed;
	uint64_t records;
	struct tls_judged judged;
	struct tls_peer peer;
	char error[TLS_ERR_TEXT];
};

static LI_PRINTF(3, 4) void say(char *err, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, n, fmt, ap);
	va_end(ap);
}

/* -- the BIO: reads what tls_recv was given, writes into the send buffer ------------------------------------------------- */

static int bio_read(BIO *b, char *to, size_t n, size_t *done)
{
	struct tls *t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	*done = 0;
	if (!t->in || t->in->n == 0) {
		BIO_set_retry_read(b);
		return 0;
	}
	if (n > t->in->n)
		n = t->in->n;
	memcpy(to, t->in->p, n);
	*t->in = view_of(t->in->p + n, t->in->n - n);
	*done = n;
	return 1;
}

static int bio_write(BIO *b, const char *from, size_t n, size_t *done)
{
	struct tls *t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	*done = 0;
	/* Data leaves room before it comes here; what overflows is a peer that asks for answers and never reads them. */
	if (buf_put(&t->out[t->fill], from, n)) {
		t->full = true;
		return 0;
	}
	*done = n;
	return 1;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)b;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "send buffer");

	if (m) {
		BIO_meth_set_read_ex(m, bio_read);
		BIO_meth_set_write_ex(m, bio_write);
		BIO_meth_set_ctrl(m, bio_ctrl);
	}
	return m;
}

/* -- connection ---------------------------------------------------------------------------------------------------------- */

static void learn_peer(struct tls *t)
{
	struct tls_refusal r = { 0 };	/* who it is, by the same words */

	tls_refusal_whose(&r, SSL_get0_peer_certificate(t->ssl));
	memcpy(t->peer.subject, r.subject, sizeof(t->peer.subject));
	memcpy(t->peer.sha256, r.sha256, sizeof(t->peer.sha256));
	tls_peer_ids(&t->peer, SSL_get0_peer_certificate(t->ssl));
	say(t->peer.name, sizeof(t->peer.name), "%s", t->judged.name);
	say(t->peer.protocol, sizeof(t->peer.protocol), "%s", SSL_get_version(t->ssl));
	say(t->peer.cipher, sizeof(t->peer.cipher), "%s", SSL_get_cipher_name(t->ssl));
}

/* We refuse the peer's certificate. */
static const char *refuse(struct tls *t)
{
	const struct tls_judged *j = &t->judged;
	const char *check = tls_check_of(j->refused);

	if (j->refused == X509_V_ERR_HOSTNAME_MISMATCH)
		say(t->error, sizeof(t->error), "the peer's certificate (%s) bears none of the expected names (%s%s)", j->of.subject,
		    j->names[0], j->n_names > 1 ? " …" : "");
	else
		say(t->error, sizeof(t->error), "the peer's certificate (%s) is refused: %s: %s%s", j->of.subject, check,
		    X509_verify_cert_error_string(j->refused), j->depth ? " (of an authority in its chain)" : "");
	return check;
}

/* Alerts about certificates: 41 to 46, unknown_ca 48, access_denied 49, a signature 51, certificate_required 116. */
static bool is_about_us(int alert)
{
	return (alert >= 41 && alert <= 46) || alert == 48 || alert == 49 || alert == 51 || alert == 116;
}

static enum li_err fail(struct tls *t)
{
	unsigned long e = ERR_peek_error();
	bool of_ssl = ERR_GET_LIB(e) == ERR_LIB_SSL;
	int code = ERR_GET_REASON(e), alert = code - SSL_AD_REASON_OFFSET;
	const char *check = t->up ? NULL : "handshake", *why = e ? ERR_reason_error_string(e) : "broken";

	if (t->failed)
		return t->failed;
	t->failed = LI_EPEER;
	if (!why)
		why = "an error that has no text";
	if (t->full) {
		say(t->error, sizeof(t->error), "TLS: the peer asks and does not read");
	} else if (t->judged.refused) {
		t->failed = LI_EAUTH;
		check = refuse(t);
	} else if (of_ssl && alert > 0 && alert <= 255) {
		if (is_about_us(alert)) {
			t->failed = LI_EAUTH;
			check = "by-peer";
		}
		say(t->error, sizeof(t->error), "the peer ended TLS: %s", why);
	} else if (of_ssl && code == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
		t->failed = LI_EAUTH;
		check = "no-certificate";
		say(t->error, sizeof(t->error), "the peer has no certificate");
	} else {
		say(t->error, sizeof(t->error), "TLS: %s", why);
	}
	if (check) {
		if (!t->judged.of.has_peer)
			tls_refusal_whose(&t->judged.of, SSL_get0_peer_certificate(t->ssl));
		t->judged.of.check = check;
	}
	memset(&t->peer, 0, sizeof(t->peer));
	ERR_clear_error();
	return t->failed;
}

/* OpenSSL looks for the reason of an error in its queue, which nobody may have left anything in. Emptying it takes longer than
 * decrypting a short record, even where it is empty. */
static void forget_errors(void)
{
	if (ERR_peek_error())
		ERR_clear_error();
}

static enum li_err handshake(struct tls *t)
{
	int r;

	if (t->up)
		return LI_OK;
	ERR_clear_error();
	r = SSL_do_handshake(t->ssl);
	if (r == 1) {
		t->up = true;
		learn_peer(t);
		return LI_OK;
	}
	return SSL_get_error(t->ssl, r) == SSL_ERROR_WANT_READ ? LI_EAGAIN : fail(t);
}

struct tls *tls_new(struct tls_ctx *x, const char *const names[], size_t n)
{
	struct li_addr a;
	struct tls *t;
	BIO *b;

	if (n == 0 || n > TLS_NAMES_MAX)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	buf_init(&t->gather, LI_TLS_RECORD);
	buf_init(&t->out[0], TLS_OUT_MAX);
	buf_init(&t->out[1], TLS_OUT_MAX);
	atomic_fetch_add(&x->refs, 1);
	t->ctx = x;
	t->judged.names = calloc(n, sizeof(*t->judged.names));
	for (; t->judged.names && t->judged.n_names < n; t->judged.n_names++)
		if (!(t->judged.names[t->judged.n_names] = strdup(names[t->judged.n_names])))
			goto bad;
	t->ssl = SSL_new(x->ssl);
	b = BIO_new(x->bio);
	if (!t->judged.names || !t->ssl || !b) {
		BIO_free(b);
		goto bad;
	}
	BIO_set_data(b, t);
	BIO_set_init(b, 1);
	SSL_set_bio(t->ssl, b, b);
	SSL_set_app_data(t->ssl, &t->judged);
	if (x->role == TLS_SERVER) {
		SSL_set_accept_state(t->ssl);
		return t;
	}
	SSL_set_connect_state(t->ssl);
	/* server_name takes DNS names only, RFC 6066 clause 3 */
	if (li_addr_read(t->judged.names[0], &a))
		SSL_set_tlsext_host_name(t->ssl, t->judged.names[0]);
	t->client_begins = true;
	return t;
bad:
	ERR_clear_error();
	tls_free(t);
	return NULL;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	for (size_t i = 0; i < t->judged.n_names; i++)
		free(t->judged.names[i]);
	free(t->judged.names);
	buf_wipe(&t->gather);
	buf_fini(&t->gather);
	buf_fini(&t->out[0]);
	buf_fini(&t->out[1]);
	tls_ctx_free(t->ctx);
	free(t);
}

enum li_err tls_recv(struct tls *t, struct view *in, uint8_t *out, size_t cap, size_t *n)
{
	enum li_err e = t->failed;
	int r, why;

	*n = 0;
	if (e)
		return e;
	if (t->closed)
		return LI_ECLOSED;
	t->in = in;
	e = handshake(t);
	if (!e) {
		forget_errors();
		r = SSL_read_ex(t->ssl, out, cap, n);
		why = SSL_get_error(t->ssl, r);
		if (r == 1) {
			t->heard = true;
			e = LI_OK;
		} else if (why == SSL_ERROR_WANT_READ) {
			e = LI_EAGAIN;
		} else if (why == SSL_ERROR_ZERO_RETURN) {
			t->closed = true;
			e = LI_ECLOSED;
		} else {
			e = fail(t);
		}
	}
	t->in = NULL;
	return e;
}

static bool room(const struct tls *t)
{
	return t->out[t->fill].n + LI_TLS_RECORD + TLS_OVERHEAD <= TLS_OUT_DATA;
}

/* One record, or a few where the peer asked for shorter ones (RFC 6066 clause 4). All of v goes: room() was asked. */
static enum li_err record(struct tls *t, struct view v)
{
	while (v.n) {
		size_t done = 0;

		forget_errors();
		if (SSL_write_ex(t->ssl, v.p, v.n, &done) != 1)
			return fail(t);
		t->records++;
		v = view_of(v.p + done, v.n - done);
	}
	return LI_OK;
}

enum li_err tls_flush(struct tls *t)
{
	enum li_err e;

	if (t->failed)
		return t->failed;
	if (t->gather.n == 0)
		return LI_OK;
	if (!room(t))
		return LI_EAGAIN;
	e = record(t, buf_view(&t->gather));
	t->gather.n = 0;
	return e;
}

enum li_err tls_put(struct tls *t, struct view *v)
{
	enum li_err e = LI_OK;

	if (t->failed)
		return t->failed;
	if (!t->up)
		return LI_EAGAIN;
	while (v->n && !e) {
		size_t k = LI_TLS_RECORD - t->gather.n;

		if (k > v->n)
			k = v->n;
		if (k == LI_TLS_RECORD) {	/* a whole record from the caller's memory: no copy of ours */
			if (!room(t))
				return LI_EAGAIN;
			e = record(t, view_of(v->p, k));
		} else if (t->gather.n + k == LI_TLS_RECORD && !room(t)) {
			return LI_EAGAIN;	/* it would be full and could not go */
		} else {
			e = buf_put(&t->gather, v->p, k);
			if (!e && t->gather.n == LI_TLS_RECORD)
				e = tls_flush(t);
		}
		if (!e)
			*v = view_of(v->p + k, v->n - k);
	}
	return e;
}

void tls_close(struct tls *t)
{
	if (t->failed || !t->up)
		return;
	if (tls_flush(t))
		return;		/* no room: the peer sees a cut stream and knows it from a goodbye */
	ERR_clear_error();
	SSL_shutdown(t->ssl);
	ERR_clear_error();
}

struct view tls_take(struct tls *t)
{
	struct buf *b = &t->out[t->fill];

	if (t->client_begins) {
		t->client_begins = false;
		(void)!handshake(t);
	}
	if (t->lent || b->n == 0)
		return view_of(NULL, 0);
	t->lent = true;
	t->fill ^= 1;
	return buf_view(b);
}

void tls_sent(struct tls *t)
{
	t->out[t->fill ^ 1].n = 0;
	t->lent = false;
}

bool tls_is_up(const struct tls *t)
{
	return t->up && !t->failed;
}

/* A server has seen the client's Finished, which follows the client's judgement. */
bool tls_is_accepted(const struct tls *t)
{
	return tls_is_up(t) && (t->heard || SSL_is_server(t->ssl) || SSL_version(t->ssl) < TLS1_3_VERSION);
}

size_t tls_gathered(const struct tls *t)
{
	return t->gather.n;
}

uint64_t tls_records(const struct tls *t)
{
	return t->records;
}

const struct tls_peer *tls_peer(const struct tls *t)
{
	return t->up ? &t->peer : NULL;
}

const struct tls_refusal *tls_refusal(const struct tls *t)
{
	return t->judged.of.check ? &t->judged.of : NULL;
}

const char *tls_error(const struct tls *t)
{
	return t->error;
}
