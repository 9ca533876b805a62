/* tls_guest.c: the rules of our own connections for those of a library that makes them itself (mediation/http.c). */
#include "handover/tls_int.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>

static int judge(int ok, X509_STORE_CTX *sc)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(sc, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tls_guest *g = ssl ? SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;
	X509 *cert = X509_STORE_CTX_get_current_cert(sc);

	if (!g)
		return 0;
	if (ok && X509_STORE_CTX_get_error_depth(sc) == 0) {
		ok = 0;
		for (size_t i = 0; i < g->n_names && cert && !ok; i++)
			ok = tls_bears(cert, g->names[i]);
		if (!ok)
			X509_STORE_CTX_set_error(sc, X509_V_ERR_HOSTNAME_MISMATCH);
	}
	if (!ok && g->refused) {
		int why = X509_STORE_CTX_get_error(sc);
		struct tls_refusal r = { .check = tls_check_of(why) };

		tls_refusal_whose(&r, X509_STORE_CTX_get0_cert(sc));
		g->refused(g->arg, &r, X509_verify_cert_error_string(why));
	}
	return ok;
}

/* Where a connection keeps that its handshake was done: the library forgets it where it fails afterwards. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int done_index;

static void make_index(void)
{
	done_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

/* A handshake that we end for another reason than a certificate: the alert is where that shows. Who just goes away, later, is no
 * stranger. */
static void on_info(const SSL *ssl, int where, int alert)
{
	const struct tls_guest *g = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	unsigned long e = ERR_peek_last_error();
	struct tls_refusal r = { .check = "handshake" };
	const char *why = ERR_reason_error_string(e);

	if (where & SSL_CB_HANDSHAKE_DONE)
		(void)SSL_set_ex_data((SSL *)(uintptr_t)ssl, done_index, &done_index);
	if (where != SSL_CB_WRITE_ALERT || SSL_get_ex_data(ssl, done_index) || alert >> 8 != SSL3_AL_FATAL || !g || !g->refused ||
	    ERR_GET_REASON(e) == SSL_R_CERTIFICATE_VERIFY_FAILED)
		return;
	if (ERR_GET_REASON(e) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
		r.check = "no-certificate";
	g->refused(g->arg, &r, why ? why : "TLS failed");
}

static enum li_err dress(enum tls_role role, SSL_CTX *ssl, const struct tls_conf *c, struct tls_guest *g, char *err, size_t errlen)
{
	struct tls_ctx x = { .role = role, .ssl = ssl, .expires = LI_US_NEVER, .expires_first = "" };
	X509_STORE *fresh = X509_STORE_new();	/* what is no longer in the files is no longer trusted */

	ERR_clear_error();
	if (!fresh || g->n_names == 0) {
		X509_STORE_free(fresh);
		snprintf(err, errlen, "%s", fresh ? "no names of peers" : "no memory for TLS");
		return LI_ECONFIG;
	}
	SSL_CTX_set_cert_store(ssl, fresh);
	SSL_CTX_set_app_data(ssl, g);
	pthread_once(&once, make_index);
	SSL_CTX_set_info_callback(ssl, on_info);
	return tls_ctx_dress(&x, c, judge, err, errlen);
}

enum li_err tls_dress(SSL_CTX *ssl, const struct tls_conf *c, struct tls_guest *g, char *err, size_t errlen)
{
	return dress(TLS_SERVER, ssl, c, g, err, errlen);
}

enum li_err tls_dress_client(SSL_CTX *ssl, const struct tls_conf *c, struct tls_guest *g, char *err, size_t errlen)
{
	return dress(TLS_CLIENT, ssl, c, g, err, errlen);
}

void tls_guest_peer(SSL *ssl, const struct tls_guest *g, struct tls_peer *peer)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	struct tls_refusal r = { 0 };	/* who it is, by the same words */

	memset(peer, 0, sizeof(*peer));
	tls_refusal_whose(&r, cert);
	memcpy(peer->subject, r.subject, sizeof(peer->subject));
	memcpy(peer->sha256, r.sha256, sizeof(peer->sha256));
	tls_peer_ids(peer, cert);
	snprintf(peer->protocol, sizeof(peer->protocol), "%s", SSL_get_version(ssl));
	snprintf(peer->cipher, sizeof(peer->cipher), "%s", SSL_get_cipher_name(ssl));
	for (size_t i = 0; i < g->n_names && cert && !peer->name[0]; i++)
		if (tls_bears(cert, g->names[i]))
			snprintf(peer->name, sizeof(peer->name), "%s", g->names[i]);
}
