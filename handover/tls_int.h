/* tls_int.h: what a context and a connection know of each other. Internal to tls*.c. */
#ifndef HANDOVER_TLS_INT_H
#define HANDOVER_TLS_INT_H

#include "handover/tls.h"

#include <openssl/ssl.h>
#include <stdatomic.h>

struct tls_ctx {
	_Atomic unsigned refs;
	enum tls_role role;
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	li_us expires;
	const char *expires_first;
	struct tls_share *share;	/* tls_share.c; NULL: nobody else finds it */
	struct tls_ctx *next;
};

/* -- tls.c -- */
BIO_METHOD *tls_bio_method(void);

/* -- tls_ctx.c -- */
typedef int tls_judging(int ok, X509_STORE_CTX *sc);
/* Gives x->ssl what is agreed to, its files and who judges the peer. */
enum li_err tls_ctx_dress(struct tls_ctx *x, const struct tls_conf *c, tls_judging *judge, char *err, size_t errlen) LI_MUST;

/* -- tls_share.c -- */
/* Nobody holds x any more. */
void tls_share_leave(struct tls_ctx *x);

/* -- tls_judge.c: the peer's certificate -- */
struct tls_judged {		/* of one handshake */
	char **names;		/* what it must bear one of */
	size_t n_names;
	const char *name;	/* the one it bears; NULL before */
	long refused;		/* X509_V_ERR_… that it ended with */
	int depth;		/* of the certificate at fault: 0 is the peer's own */
	struct tls_refusal of;	/* whose: subject and hash */
};
/* Where the verify callback finds its struct tls_judged: SSL_set_app_data(). */
int tls_judge(int ok, X509_STORE_CTX *sc);
/* Does it bear the name? RFC 9525. */
bool tls_bears(X509 *cert, const char *name);
/* The name of the check that an X509_V_ERR_… failed: "expired", "name" … */
const char *tls_check_of(long x509_error);
/* What the certificate says of its owner for X1 (TS 103 221-1 clause 8.2.4): uid and urn of p. */
void tls_peer_ids(struct tls_peer *p, X509 *cert);
/* Subject and hash of a certificate into r. */
void tls_refusal_whose(struct tls_refusal *r, X509 *cert);

#endif
