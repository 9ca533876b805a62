/* wiretls.c: a POI's side of TLS. */
#include "conformance/wiretls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* RFC 9325 clause 4.2 */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

static void reason(const char *what, const char *file, char *err, size_t room)
{
	unsigned long e = ERR_peek_last_error();
	const char *why = e ? ERR_reason_error_string(e) : NULL;

	snprintf(err, room, "%s %s: %s", what, file, why ? why : e && ERR_SYSTEM_ERROR(e) ? strerror(ERR_GET_REASON(e)) : "not usable");
	ERR_clear_error();
}

static int version(unsigned v)
{
	switch (v) {
	case 10: return TLS1_VERSION;
	case 11: return TLS1_1_VERSION;
	case 12: return TLS1_2_VERSION;
	case 13: return TLS1_3_VERSION;
	default: return 0;
	}
}

static void log_key(const SSL *ssl, const char *line)
{
	const char *path = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	fprintf(f, "%s\n", line);
	fclose(f);
}

static bool revocation(SSL_CTX *x, const char *crl)
{
	X509_STORE *store = SSL_CTX_get_cert_store(x);
	X509_LOOKUP *l = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	if (!l || X509_load_crl_file(l, crl, X509_FILETYPE_PEM) < 1)
		return false;
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return true;
}

SSL_CTX *wiretls_ctx(const struct wiretls_conf *c, char *err, size_t room)
{
	SSL_CTX *x = SSL_CTX_new(TLS_client_method());

	ERR_clear_error();
	if (!x) {
		snprintf(err, room, "no memory");
		return NULL;
	}
	if (c->min && c->min < 12)
		SSL_CTX_set_security_level(x, 0);	/* misuse: whoever asks for TLS 1.1 wants to see it refused */
	SSL_CTX_set_min_proto_version(x, version(c->min ? c->min : 12));	/* clause 6.2.2. X23-POI-016 */
	SSL_CTX_set_max_proto_version(x, version(c->max));
	SSL_CTX_set_options(x, SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(x, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);	/* without partial writes: all of a PDU, or none of it */
	SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(x, c->no_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_set_cipher_list(x, c->ciphers ? c->ciphers : c->min && c->min < 12 ? "ALL:@SECLEVEL=0" : CIPHERS) != 1) {
		reason("ciphers", c->ciphers ? c->ciphers : CIPHERS, err, room);
		goto bad;
	}
	if (c->ciphersuites && SSL_CTX_set_ciphersuites(x, c->ciphersuites) != 1) {
		reason("ciphersuites", c->ciphersuites, err, room);
		goto bad;
	}
	if (c->ca && SSL_CTX_load_verify_locations(x, c->ca, NULL) != 1) {
		reason("CA", c->ca, err, room);
		goto bad;
	}
	if (c->crl && !revocation(x, c->crl)) {
		reason("CRL", c->crl, err, room);
		goto bad;
	}
	if (!c->no_certificate) {
		if (SSL_CTX_use_certificate_chain_file(x, c->cert) != 1) {
			reason("certificate", c->cert, err, room);
			goto bad;
		}
		if (SSL_CTX_use_PrivateKey_file(x, c->key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(x) != 1) {
			reason("key", c->key, err, room);
			goto bad;
		}
	}
	if (c->keylog) {
		SSL_CTX_set_app_data(x, c->keylog);
		SSL_CTX_set_keylog_callback(x, log_key);
	}
	return x;
bad:
	SSL_CTX_free(x);
	return NULL;
}

SSL *wiretls_new(SSL_CTX *x, const struct wiretls_conf *c, char *err, size_t room)
{
	SSL *ssl = SSL_new(x);
	unsigned char addr[16];
	bool ip = c->peer && (inet_pton(AF_INET, c->peer, addr) == 1 || inet_pton(AF_INET6, c->peer, addr) == 1);

	if (!ssl) {
		snprintf(err, room, "no memory");
		return NULL;
	}
	SSL_set_connect_state(ssl);
	if (c->peer && !c->no_verify) {		/* clause 6.2.3, RFC 6125: alternative names, never the common name beside them */
		X509_VERIFY_PARAM *p = SSL_get0_param(ssl);

		X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		if (ip ? X509_VERIFY_PARAM_set1_ip_asc(p, c->peer) != 1 : X509_VERIFY_PARAM_set1_host(p, c->peer, 0) != 1) {
			snprintf(err, room, "the peer's name cannot be used");
			SSL_free(ssl);
			return NULL;
		}
	}
	if (c->peer && !ip)
		SSL_set_tlsext_host_name(ssl, c->peer);
	return ssl;
}

void wiretls_error(SSL *ssl, char *err, size_t room)
{
	long verdict = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	unsigned long e = ERR_peek_error();
	const char *why = e ? ERR_reason_error_string(e) : NULL;

	if (verdict != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
		snprintf(err, room, "the peer's certificate: %s", X509_verify_cert_error_string(verdict));
	else
		snprintf(err, room, "TLS: %s", why ? why : "broken");
	ERR_clear_error();
}
