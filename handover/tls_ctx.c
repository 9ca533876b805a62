/*
 * tls_ctx.c: what many connections share: certificate and key, whom we trust, what we agree to. A context is never changed:
 * a reload makes a new one for the handshakes to come, and connections that stand keep theirs.
 */
#include "handover/tls_int.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "handover/keyfile.h"

/* RFC 7525 clause 4.2, RFC 9325 clause 4.2: ephemeral keys and AEAD, nothing else (HO-TLS-003, X1-SEC-014). */
#define TLS12_CIPHERS "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:" \
	"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define TLS13_CIPHERS "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define CIPHER_NAME 64		/* the longest that OpenSSL knows is half of it */

/* -- files -------------------------------------------------------------------------------------------------------------- */

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
	all = PEM_X509_INFO_read_bio(b, NULL, keyfile_no_phrase, NULL);
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
			/* what OpenSSL derives of it is kept in it: now, not when several threads verify with it at once */
			(void)X509_check_purpose(it->x509, -1, 0);
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

static enum li_err load_key(struct tls_ctx *x, const char *file, char *err, size_t errlen)
{
	bool encrypted;
	EVP_PKEY *key = keyfile_read(file, &encrypted);
	bool good;

	if (!key && errno)
		ERR_raise(ERR_LIB_SYS, errno);
	good = key && SSL_CTX_use_PrivateKey(x->ssl, key) == 1 && SSL_CTX_check_private_key(x->ssl) == 1;
	EVP_PKEY_free(key);
	if (good)
		return LI_OK;
	if (!encrypted)
		return of_file("key", file, err, errlen);
	ERR_clear_error();
	say(err, errlen, "key %s: it is encrypted, and a pass phrase is not asked for: store it without one", file);
	return LI_ECONFIG;
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
	e = load_key(x, c->key, err, errlen);
	if (!e)
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

/* -- what is agreed to -------------------------------------------------------------------------------------------------- */

/* One name of a list: one that OpenSSL has, of a version that it is for, and as good as those that we take unasked. */
static bool is_good_cipher(SSL_CTX *ssl, const char *name, bool v13)
{
	const STACK_OF(SSL_CIPHER) *all;
	bool good = false;

	if ((v13 ? SSL_CTX_set_ciphersuites(ssl, name) : SSL_CTX_set_cipher_list(ssl, name)) != 1)
		return false;
	all = SSL_CTX_get_ciphers(ssl);
	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);
		int kx = SSL_CIPHER_get_kx_nid(c), auth = SSL_CIPHER_get_auth_nid(c);

		if (strcmp(SSL_CIPHER_get_name(c), name) == 0)	/* HO-TLS-003 */
			good = SSL_CIPHER_is_aead(c) && SSL_CIPHER_get_bits(c, NULL) >= 128 &&
				(v13 ? kx == NID_kx_any : (kx == NID_kx_ecdhe || kx == NID_kx_dhe) && (auth == NID_auth_rsa || auth == NID_auth_ecdsa));
	}
	return good;
}

/* Every name of a list with ':' between them; OpenSSL itself passes over what it does not know, and takes words for more. */
static enum li_err check_ciphers(const char *key, const char *list, bool v13, char *err, size_t errlen)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_method());
	bool good = ssl != NULL;
	char name[CIPHER_NAME];

	for (const char *at = list; good && at; ) {
		size_t n = strcspn(at, ":");

		good = n && n < sizeof(name);
		say(name, sizeof(name), "%.*s", (int)n, at);
		good = good && is_good_cipher(ssl, name, v13);
		at = at[n] ? at + n + 1 : NULL;
	}
	SSL_CTX_free(ssl);
	ERR_clear_error();
	if (good)
		return LI_OK;
	say(err, errlen, "%s: one of them is not a cipher of TLS 1.%c with ephemeral keys and AEAD by its OpenSSL name", key, v13 ? '3' : '2');
	return LI_ECONFIG;
}

static enum li_err agree(struct tls_ctx *x, const struct tls_conf *c, char *err, size_t errlen)
{
	int floor = c->floor == TLS_FLOOR_13 ? TLS1_3_VERSION : TLS1_2_VERSION;
	enum li_err e = c->ciphers ? check_ciphers("ciphers", c->ciphers, false, err, errlen) : LI_OK;
	char why[128];

	if (!e && c->ciphersuites)
		e = check_ciphers("ciphersuites", c->ciphersuites, true, err, errlen);
	if (e)
		return e;
	/* HO-TLS-001, HO-TLS-002, HO-TLS-004, HO-TLS-007, X1-SEC-001, X1-SEC-002, LI128-218: level 2 is 2048 bits of RSA, 224 of EC, no SHA-1 */
	SSL_CTX_set_security_level(x->ssl, 2);
	/* No tickets and no cache: a session that is resumed shows no certificate, so that neither its end nor a CRL would
	 * be looked at; connections stand for days, and a handshake saved is nothing. */
	/* X23-MDF-017 */
	SSL_CTX_set_options(x->ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
			    SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(x->ssl, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(x->ssl, floor) == 1 && SSL_CTX_set_num_tickets(x->ssl, 0) == 1 &&
	    SSL_CTX_set_cipher_list(x->ssl, c->ciphers ? c->ciphers : TLS12_CIPHERS) == 1 &&
	    SSL_CTX_set_ciphersuites(x->ssl, c->ciphersuites ? c->ciphersuites : TLS13_CIPHERS) == 1)
		return LI_OK;
	say(err, errlen, "TLS: %s", reason(why, sizeof(why)));
	return LI_ECONFIG;
}

/* -- context ------------------------------------------------------------------------------------------------------------ */

enum li_err tls_ctx_dress(struct tls_ctx *x, const struct tls_conf *c, tls_judging *judge, char *err, size_t errlen)
{
	enum li_err e = agree(x, c, err, errlen);

	SSL_CTX_set_default_passwd_cb(x->ssl, keyfile_no_phrase);
	/* HO-TLS-006, X1-SEC-003, X1-SEC-004: a server insists on a certificate as a client does */
	SSL_CTX_set_verify(x->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, judge);
	return e ? e : load(x, c, err, errlen);
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
		x->bio = tls_bio_method();
		x->ssl = SSL_CTX_new(role == TLS_SERVER ? TLS_server_method() : TLS_client_method());
	}
	if (!x || !x->bio || !x->ssl) {
		say(err, errlen, "no memory for TLS");
		tls_ctx_free(x);
		return NULL;
	}
	SSL_CTX_set_mode(x->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (tls_ctx_dress(x, c, tls_judge, err, errlen)) {
		tls_ctx_free(x);
		return NULL;
	}
	return x;
}

void tls_ctx_free(struct tls_ctx *x)
{
	if (!x || atomic_fetch_sub(&x->refs, 1) != 1)
		return;
	tls_share_leave(x);
	SSL_CTX_free(x->ssl);
	BIO_meth_free(x->bio);
	free(x);
}

li_us tls_ctx_expires(const struct tls_ctx *x, const char **which)
{
	*which = x->expires_first;
	return x->expires;
}
