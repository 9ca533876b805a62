/*
 * tls.c: one connection's TLS, with no socket. A client's octets go
 *
 *   tls_put -> gather (until a record is full) -> SSL_write -> bio_write -> out -> tls_take -> the caller's socket
 *
 * and what came from the socket goes tls_recv -> bio_read (straight from the caller's octets) -> SSL_read -> plaintext.
 * The peer is judged in verify(), inside the handshake, so that a wrong peer is told so by an alert.
 */
#include "handover/tls.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/buf.h>
#include <li/ids.h>
#include <li/limits.h>

#include "handover/keyfile.h"

#define TLS_OVERHEAD	256			/* header, nonce, tag and padding of one record */
#define TLS_OUT_DATA	(8 * (LI_TLS_RECORD + TLS_OVERHEAD))	/* a send buffer takes data up to here */
#define TLS_OUT_MAX	(TLS_OUT_DATA + (128u << 10))	/* handshakes and alerts may still go: a chain is far shorter */
#define TLS_NAMES_MAX	64			/* allowed names of one listener */

/* RFC 7525 clause 4.2, RFC 9325 clause 4.2: ephemeral keys and AEAD, nothing else (HO-TLS-003). */
#define TLS12_CIPHERS "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:" \
	"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define TLS13_CIPHERS "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"

struct tls_ctx {
	_Atomic unsigned refs;
	enum tls_role role;
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	li_us expires;
	const char *expires_first;
};

struct tls {
	struct tls_ctx *ctx;
	SSL *ssl;
	struct view *in;	/* the caller's octets, while tls_recv runs */
	struct buf gather;	/* plaintext of the next record */
	struct buf out[2];	/* send buffers: one is filled, one may be lent */
	unsigned fill;
	bool lent, full, up, closed;
	enum li_err failed;
	uint64_t records;
	char **names;
	size_t n_names;
	long refused;		/* X509_V_ERR_… that verify() ended with */
	struct tls_peer peer;
	char error[TLS_ERR_TEXT];
};

/* -- context --------------------------------------------------------------------------------------------------------- */

static LI_PRINTF(3, 4) void say(char *err, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, n, fmt, ap);
	va_end(ap);
}

/* The reason of OpenSSL's oldest error: for a file that cannot be read the first one says it. */
static const char *reason(char *room, size_t n)
{
	unsigned long e = ERR_get_error();
	const char *text = NULL;

	if (e && ERR_SYSTEM_ERROR(e))
		text = strerror(ERR_GET_REASON(e));
	else if (e)
		text = ERR_reason_error_string(e);
	if (text)
		say(room, n, "%s", text);
	else
		say(room, n, "OpenSSL error %lx", e);
	ERR_clear_error();
	return room;
}

static enum li_err of_file(const char *what, const char *file, char *err, size_t errlen)
{
	char why[128];

	say(err, errlen, "%s %s: %s", what, file, reason(why, sizeof(why)));
	return LI_ECONFIG;
}

static void note_expiry(struct tls_ctx *x, const ASN1_TIME *t, const char *what)
{
	struct tm tm;

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return;
	li_us us = (li_us)timegm(&tm) * LI_US_SECOND;
	if (us < x->expires) {
		x->expires = us;
		x->expires_first = what;
	}
}

/* Loads every certificate or CRL of the trust store's file; our own loop so that an empty file is an error too. */
static enum li_err load_trust(struct tls_ctx *x, const char *what, const char *file, bool crl, char *err, size_t errlen)
{
	X509_STORE *store = SSL_CTX_get_cert_store(x->ssl);
	BIO *b = BIO_new_file(file, "r");
	STACK_OF(X509_INFO) *all;
	int found = 0;
	enum li_err e = LI_OK;

	if (!b)
		return of_file(what, file, err, errlen);
	all = PEM_X509_INFO_read_bio(b, NULL, NULL, NULL);
	BIO_free(b);
	if (!all)
		return of_file(what, file, err, errlen);
	for (int i = 0; i < sk_X509_INFO_num(all) && !e; i++) {
		X509_INFO *it = sk_X509_INFO_value(all, i);

		if (crl && it->crl) {
			e = X509_STORE_add_crl(store, it->crl) == 1 ? LI_OK : of_file(what, file, err, errlen);
			note_expiry(x, X509_CRL_get0_nextUpdate(it->crl), what);
			found++;
		} else if (!crl && it->x509) {
			e = X509_STORE_add_cert(store, it->x509) == 1 ? LI_OK : of_file(what, file, err, errlen);
			note_expiry(x, X509_get0_notAfter(it->x509), what);
			found++;
		}
	}
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	if (!e && !found) {
		say(err, errlen, "%s %s: holds no %s in PEM", what, file, crl ? "CRL" : "certificate");
		e = LI_ECONFIG;
	}
	return e;
}

/* False: OpenSSL's errors say why. */
static bool use_key(struct tls_ctx *x, const char *file)
{
	EVP_PKEY *key = keyfile_read(file);
	bool good = key && SSL_CTX_use_PrivateKey(x->ssl, key) == 1;

	if (!key && errno)
		ERR_raise(ERR_LIB_SYS, errno);
	EVP_PKEY_free(key);
	return good;
}

static enum li_err load(struct tls_ctx *x, const struct tls_conf *c, char *err, size_t errlen)
{
	enum li_err e;

	if (!c->certificate || !c->key || !c->ca) {
		say(err, errlen, "%s: not given", !c->certificate ? "certificate" : !c->key ? "key" : "ca");
		return LI_ECONFIG;
	}
	if (SSL_CTX_use_certificate_chain_file(x->ssl, c->certificate) != 1)
		return of_file("certificate", c->certificate, err, errlen);
	note_expiry(x, X509_get0_notAfter(SSL_CTX_get0_certificate(x->ssl)), "certificate");
	if (!use_key(x, c->key))
		return of_file("key", c->key, err, errlen);
	if (SSL_CTX_check_private_key(x->ssl) != 1)
		return of_file("key", c->key, err, errlen);
	e = load_trust(x, "ca", c->ca, false, err, errlen);
	if (!e && c->crl) {
		e = load_trust(x, "crl", c->crl, true, err, errlen);
		X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(x->ssl), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	}
	if (!e && x->role == TLS_SERVER) {	/* tells clients whose certificates we take */
		STACK_OF(X509_NAME) *cas = SSL_load_client_CA_file(c->ca);

		if (!cas)
			return of_file("ca", c->ca, err, errlen);
		SSL_CTX_set_client_CA_list(x->ssl, cas);
	}
	return e;
}

static int verify(int ok, X509_STORE_CTX *sc);
static BIO_METHOD *bio_method(void);

/* A service asks nobody on a terminal: a key under a pass phrase is one that cannot be read. */
static int no_phrase(char *to, int n, int writing, void *arg)
{
	(void)to;
	(void)n;
	(void)writing;
	(void)arg;
	return -1;
}

/* What holds for every connection of a context, and its files. */
static enum li_err dress(struct tls_ctx *x, const struct tls_conf *c, SSL_verify_cb judge, char *err, size_t errlen)
{
	char why[128];

	/* HO-TLS-001, HO-TLS-002, HO-TLS-004, HO-TLS-007: level 2 is 2048 bits of RSA, 224 of EC, no SHA-1 */
	SSL_CTX_set_security_level(x->ssl, 2);
	SSL_CTX_set_options(x->ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
			    SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_default_passwd_cb(x->ssl, no_phrase);
	SSL_CTX_set_session_cache_mode(x->ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(x->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* HO-TLS-006: a server insists on a certificate as a client does */
	SSL_CTX_set_verify(x->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, judge);
	if (SSL_CTX_set_min_proto_version(x->ssl, TLS1_2_VERSION) != 1 || SSL_CTX_set_num_tickets(x->ssl, 0) != 1 ||
	    SSL_CTX_set_cipher_list(x->ssl, TLS12_CIPHERS) != 1 || SSL_CTX_set_ciphersuites(x->ssl, TLS13_CIPHERS) != 1) {
		say(err, errlen, "TLS: %s", reason(why, sizeof(why)));
		return LI_ECONFIG;
	}
	return load(x, c, err, errlen);
}

struct tls_ctx *tls_ctx_new(enum tls_role role, const struct tls_conf *c, char *err, size_t errlen)
{
	struct tls_ctx *x = calloc(1, sizeof(*x));

	ERR_clear_error();
	if (x) {
		atomic_init(&x->refs, 1);
		x->role = role;
		x->expires = LI_US_NEVER;
		x->expires_first = "";
		x->bio = bio_method();
		x->ssl = SSL_CTX_new(role == TLS_SERVER ? TLS_server_method() : TLS_client_method());
	}
	if (!x || !x->bio || !x->ssl) {
		say(err, errlen, "no memory for TLS");
		tls_ctx_free(x);
		return NULL;
	}
	if (dress(x, c, verify, err, errlen)) {
		tls_ctx_free(x);
		return NULL;
	}
	return x;
}

void tls_ctx_free(struct tls_ctx *x)
{
	if (!x || atomic_fetch_sub(&x->refs, 1) != 1)
		return;
	SSL_CTX_free(x->ssl);
	BIO_meth_free(x->bio);
	free(x);
}

li_us tls_ctx_expires(const struct tls_ctx *x, const char **which)
{
	*which = x->expires_first;
	return x->expires;
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

static BIO_METHOD *bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "send buffer");

	if (m) {
		BIO_meth_set_read_ex(m, bio_read);
		BIO_meth_set_write_ex(m, bio_write);
		BIO_meth_set_ctrl(m, bio_ctrl);
	}
	return m;
}

/* -- judging the peer ---------------------------------------------------------------------------------------------------- */

static bool is_address(const char *name)
{
	struct li_addr a;

	return li_addr_read(name, &a) == LI_OK;
}

/* RFC 9525: the alternative names decide; the common name only speaks for a certificate that has none of them. */
static bool bears(X509 *cert, const char *name)
{
	bool san = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1) >= 0;
	unsigned flags = X509_CHECK_FLAG_NO_WILDCARDS | (san ? X509_CHECK_FLAG_NEVER_CHECK_SUBJECT : 0);
	bool ip = is_address(name);

	if (ip && X509_check_ip_asc(cert, name, 0) == 1)
		return true;
	return (!ip || !san) && X509_check_host(cert, name, strlen(name), flags, NULL) == 1;
}

static int verify(int ok, X509_STORE_CTX *sc)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(sc, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *t = ssl ? SSL_get_app_data(ssl) : NULL;
	X509 *cert = X509_STORE_CTX_get_current_cert(sc);

	if (!t)
		return 0;
	if (ok && X509_STORE_CTX_get_error_depth(sc) == 0) {
		ok = 0;
		for (size_t i = 0; i < t->n_names && cert && !ok; i++)
			if (bears(cert, t->names[i])) {
				say(t->peer.name, sizeof(t->peer.name), "%s", t->names[i]);
				ok = 1;
			}
		if (!ok)
			X509_STORE_CTX_set_error(sc, X509_V_ERR_HOSTNAME_MISMATCH);	/* HO-TLS-005 */
	}
	if (!ok) {
		t->refused = X509_STORE_CTX_get_error(sc);
		if (cert)	/* so that the error can name whom we refused */
			X509_NAME_oneline(X509_get_subject_name(cert), t->peer.subject, (int)sizeof(t->peer.subject));
	}
	return ok;
}

/* Printable ASCII only: the text stands in logs. */
static void clean(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

static void learn_peer(const SSL *ssl, struct tls_peer *p)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	BIO *b = BIO_new(BIO_s_mem());
	int n = 0;

	memset(p->subject, 0, sizeof(p->subject));
	if (b && cert && X509_NAME_print_ex(b, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_read(b, p->subject, (int)sizeof(p->subject) - 1);
	p->subject[n > 0 ? n : 0] = '\0';
	clean(p->subject);
	if (cert)
		X509_digest(cert, EVP_sha256(), p->sha256, NULL);
	BIO_free(b);
	say(p->protocol, sizeof(p->protocol), "%s", SSL_get_version(ssl));
	say(p->cipher, sizeof(p->cipher), "%s", SSL_get_cipher_name(ssl));
}

/* -- connections of a library's own -- */

static int verify_guest(int ok, X509_STORE_CTX *sc)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(sc, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tls_guest *g = ssl ? SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;
	X509 *cert = X509_STORE_CTX_get_current_cert(sc);

	if (!g)
		return 0;
	if (ok && X509_STORE_CTX_get_error_depth(sc) == 0) {
		ok = 0;
		for (size_t i = 0; i < g->n_names && cert && !ok; i++)
			ok = bears(cert, g->names[i]);
		if (!ok)
			X509_STORE_CTX_set_error(sc, X509_V_ERR_HOSTNAME_MISMATCH);
	}
	if (!ok && g->refused)
		g->refused(g->arg, X509_verify_cert_error_string(X509_STORE_CTX_get_error(sc)));
	return ok;
}

enum li_err tls_dress(SSL_CTX *ssl, const struct tls_conf *c, struct tls_guest *g, char *err, size_t errlen)
{
	struct tls_ctx x = { .role = TLS_SERVER, .ssl = ssl, .expires = LI_US_NEVER, .expires_first = "" };
	X509_STORE *fresh = X509_STORE_new();	/* what is no longer in the files is no longer trusted */

	ERR_clear_error();
	if (!fresh || g->n_names == 0) {
		X509_STORE_free(fresh);
		say(err, errlen, "%s", fresh ? "no names of peers" : "no memory for TLS");
		return LI_ECONFIG;
	}
	SSL_CTX_set_cert_store(ssl, fresh);
	SSL_CTX_set_app_data(ssl, g);
	return dress(&x, c, verify_guest, err, errlen);
}

void tls_guest_peer(SSL *ssl, const struct tls_guest *g, struct tls_peer *peer)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);

	memset(peer, 0, sizeof(*peer));
	learn_peer(ssl, peer);
	for (size_t i = 0; i < g->n_names && cert && !peer->name[0]; i++)
		if (bears(cert, g->names[i]))
			say(peer->name, sizeof(peer->name), "%s", g->names[i]);
}

/* -- connection ---------------------------------------------------------------------------------------------------------- */

static enum li_err fail(struct tls *t)
{
	unsigned long e = ERR_peek_error();
	int alert = ERR_GET_REASON(e);
	char why[128];

	if (t->failed)
		return t->failed;
	t->failed = LI_EPEER;
	if (t->full) {
		say(t->error, sizeof(t->error), "TLS: the peer asks and does not read");
	} else if (t->refused) {
		t->failed = LI_EAUTH;
		clean(t->peer.subject);
		if (t->refused == X509_V_ERR_HOSTNAME_MISMATCH)
			say(t->error, sizeof(t->error), "the peer's certificate (%s) bears none of the expected names (%s%s)",
			    t->peer.subject, t->names[0], t->n_names > 1 ? " …" : "");
		else
			say(t->error, sizeof(t->error), "the peer's certificate (%s) is refused: %s", t->peer.subject,
			    X509_verify_cert_error_string(t->refused));
	} else if (ERR_GET_LIB(e) == ERR_LIB_SSL && alert > SSL_AD_REASON_OFFSET && alert <= SSL_AD_REASON_OFFSET + 255) {
		int a = alert - SSL_AD_REASON_OFFSET;

		/* about certificates: 41..46, unknown_ca 48, access_denied 49, a signature 51, certificate_required 116 */
		if ((a >= 41 && a <= 46) || a == 48 || a == 49 || a == 51 || a == 116)
			t->failed = LI_EAUTH;
		say(t->error, sizeof(t->error), "the peer ended TLS: %s", reason(why, sizeof(why)));
	} else if (alert == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE && ERR_GET_LIB(e) == ERR_LIB_SSL) {
		t->failed = LI_EAUTH;
		say(t->error, sizeof(t->error), "the peer has no certificate");
	} else {
		say(t->error, sizeof(t->error), "TLS: %s", e ? reason(why, sizeof(why)) : "broken");
	}
	memset(&t->peer, 0, sizeof(t->peer));
	ERR_clear_error();
	return t->failed;
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
		learn_peer(t->ssl, &t->peer);
		return LI_OK;
	}
	return SSL_get_error(t->ssl, r) == SSL_ERROR_WANT_READ ? LI_EAGAIN : fail(t);
}

struct tls *tls_new(struct tls_ctx *x, const char *const names[], size_t n)
{
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
	t->names = calloc(n, sizeof(*t->names));
	for (; t->names && t->n_names < n; t->n_names++)
		if (!(t->names[t->n_names] = strdup(names[t->n_names])))
			goto bad;
	t->ssl = SSL_new(x->ssl);
	b = BIO_new(x->bio);
	if (!t->names || !t->ssl || !b) {
		BIO_free(b);
		goto bad;
	}
	BIO_set_data(b, t);
	BIO_set_init(b, 1);
	SSL_set_bio(t->ssl, b, b);
	SSL_set_app_data(t->ssl, t);
	if (x->role == TLS_SERVER) {
		SSL_set_accept_state(t->ssl);
		return t;
	}
	SSL_set_connect_state(t->ssl);
	/* server_name takes DNS names only, RFC 6066 clause 3 */
	if (!is_address(t->names[0]))
		SSL_set_tlsext_host_name(t->ssl, t->names[0]);
	if (handshake(t) != LI_EAGAIN)
		goto bad;
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
	for (size_t i = 0; i < t->n_names; i++)
		free(t->names[i]);
	free(t->names);
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
		ERR_clear_error();
		r = SSL_read_ex(t->ssl, out, cap, n);
		why = SSL_get_error(t->ssl, r);
		if (r == 1) {
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

		ERR_clear_error();
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

const char *tls_error(const struct tls *t)
{
	return t->error;
}
