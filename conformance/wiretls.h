/*
 * wiretls.h: TLS of a POI (TS 103 221-2 clause 6.2): a client that shows its certificate, verifies the MDF's and holds it against a
 * name (RFC 6125); or one that misuses TLS, where it is told to.
 */
#ifndef CONF_WIRETLS_H
#define CONF_WIRETLS_H

#include <openssl/ssl.h>

#include "conformance/octets.h"
#include "conformance/when.h"

#define WIRETLS_TEXT 256	/* room for an error's text */

struct wiretls_conf {
	char *cert, *key, *ca, *crl;	/* PEM */
	char *peer;			/* the name that the MDF's certificate must bear, DNS or IP */
	char *ciphers, *ciphersuites;	/* OpenSSL's names, of 1.2 and 1.3 */
	char *keylog;			/* where to append the secrets, for tshark */
	unsigned min, max;		/* 12, 13; below only for misuse; 0: 1.2 and whatever is newest */
	bool no_certificate, no_verify;	/* misuse */
};

/* NULL: err says which file, and why. */
SSL_CTX *wiretls_ctx(const struct wiretls_conf *c, char *err, size_t room);
/* A client's connection; its BIOs are set by the caller. */
SSL *wiretls_new(SSL_CTX *x, const struct wiretls_conf *c, char *err, size_t room);
/* Why the last call on this thread failed. */
void wiretls_error(SSL *ssl, char *err, size_t room);

#endif
