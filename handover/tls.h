/*
 * tls.h: OpenSSL for every program. A connection object that owns no socket and no loop: octets that were received go
 * in by tls_recv(), octets to send come out by tls_take(). TLS 1.2 and 1.3 only, both ends always verified, the peer's
 * certificate always held against a name. An object belongs to one thread; a context may be shared.
 *
 * Sending: tls_put() gathers plaintext until a record of 16 kB is full (tls_flush() ends it early); OpenSSL writes the
 * record through a BIO of ours straight into the send buffer. tls_take() lends that buffer out and a second one is
 * filled meanwhile: what is lent does not move until tls_sent().
 */
#ifndef HANDOVER_TLS_H
#define HANDOVER_TLS_H

#include <li/err.h>
#include <li/time.h>
#include <li/view.h>

#define TLS_UID_MAX 255	/* RFC 4519 clause 2.39 has 256 in its example of a limit */
#define TLS_ERR_TEXT 512	/* room for any error text of these functions */

enum tls_floor { TLS_FLOOR_UNSET, TLS_FLOOR_12, TLS_FLOOR_13 };	/* unset: 1.2 */

struct tls_conf {		/* paths of PEM files, and what is agreed to */
	const char *certificate;	/* ours, with its intermediates after it */
	const char *key;
	const char *ca;			/* who may sign the peer's */
	const char *crl;		/* NULL: revocation is not checked; else every certificate of the chain needs its CRL */
	enum tls_floor floor;
	/* OpenSSL's names with ':' between them, of TLS 1.2 and of 1.3; NULL: all of ours. None but ephemeral keys and AEAD. */
	const char *ciphers, *ciphersuites;
};

enum tls_role { TLS_CLIENT, TLS_SERVER };

struct tls_ctx;
struct tls;

/* Reads the files. NULL: err says which file, or which of ciphers and ciphersuites, and why. */
struct tls_ctx *tls_ctx_new(enum tls_role role, const struct tls_conf *c, char *err, size_t errlen);
/* The same, or one that somebody has who named the same files, unchanged since, and the same terms. Any thread. */
struct tls_ctx *tls_ctx_share(enum tls_role role, const struct tls_conf *c, char *err, size_t errlen);
/* Connections hold their own reference: a context may be given up (reload) while they live. Any thread. */
void tls_ctx_free(struct tls_ctx *x);
/* When the first of certificate, CA certificates and CRL ends to be valid; *which names the file ("certificate" …). */
li_us tls_ctx_expires(const struct tls_ctx *x, const char **which);

/* A connection; a client's first octets are ready to be taken at once. The peer's certificate must bear one of the
 * names: DNS name or IP address in subjectAltName, or the common name when it has no subjectAltName at all; wildcards
 * do not count. Names are copied. NULL: no memory, or no names. */
struct tls *tls_new(struct tls_ctx *x, const char *const names[], size_t n);
/* Not while octets are lent out: after the write callback. NULL allowed. */
void tls_free(struct tls *t);

/* Takes received octets off *in and gives at most cap octets of plaintext (cap >= 16384 takes a whole record).
 *   LI_OK       *n octets are in out; call again
 *   LI_EAGAIN   *in is used up, no plaintext yet
 *   LI_ECLOSED  the peer said that it is done (close_notify)
 *   LI_EAUTH    certificate or name refused, by us or by the peer;  LI_EPEER  TLS broken: tls_error() says why
 * Whatever it returns there may be octets to send (handshake, alerts). Without this call a client's handshake stands still. */
enum li_err tls_recv(struct tls *t, struct view *in, uint8_t *out, size_t cap, size_t *n) LI_MUST;

/* Takes plaintext off *v. LI_EAGAIN: the handshake goes on, or the send buffer is full; what is left of *v is for later. */
enum li_err tls_put(struct tls *t, struct view *v) LI_MUST;
/* Ends the record that is being gathered. LI_EAGAIN: no room in the send buffer just now; call again after tls_sent(). */
enum li_err tls_flush(struct tls *t) LI_MUST;
/* Ends the record, then writes close_notify. */
void tls_close(struct tls *t);

/* Octets to send, lent until tls_sent(); empty while an earlier loan is out or when there are none. */
struct view tls_take(struct tls *t);
void tls_sent(struct tls *t);

/* The handshake is done and the peer verified. In TLS 1.3 a client is up before the server has judged its
 * certificate: a refusal then comes as LI_EAUTH of a later tls_recv(). */
bool tls_is_up(const struct tls *t);
/* The peer has accepted us, too: known at once in TLS 1.2, in TLS 1.3 by its first plaintext. */
bool tls_is_accepted(const struct tls *t);
/* Plaintext that waits for its record to be full. */
size_t tls_gathered(const struct tls *t);
/* Records written so far: SSL_write calls. */
uint64_t tls_records(const struct tls *t);

struct tls_peer {		/* of the verified peer */
	char subject[256];	/* RFC 2253, cut when longer */
	char name[256];		/* which of the names it bears */
	uint8_t sha256[32];	/* of the DER of its certificate */
	char protocol[16], cipher[64];
	char uid[TLS_UID_MAX + 1];	/* of its subject: RDN 0.9.2342.19200300.100.1.1; empty: none, several, or none that is text */
	char urn[2][TLS_UID_MAX + 1];	/* the first URIs "urn:…" of its subjectAltName */
};
/* Why somebody was refused, for an audit log: the handshake failed, or the peer refused us after it. check is one word:
 *   name expired not-yet-valid revoked no-crl crl-expired crl-not-yet-valid crl-signature self-signed authority weak-key
 *   weak-signature purpose certificate		the check of the peer's certificate that failed
 *   no-certificate		it showed none
 *   by-peer			the peer refuses ours; tls_error() has its alert
 *   handshake			no certificate was at fault: no common version or cipher, not TLS at all */
struct tls_refusal {
	const char *check;
	bool has_peer;		/* it showed a certificate: */
	char subject[256];
	uint8_t sha256[32];
};
/* NULL: it was not refused. */
const struct tls_refusal *tls_refusal(const struct tls *t);

/* NULL before the connection is up. */
const struct tls_peer *tls_peer(const struct tls *t);
/* Why the connection failed, for people; no secrets. Empty when it did not. */
const char *tls_error(const struct tls *t);

/* -- for a library that makes its connections itself (mediation/http.c) -------------------------------------------------
 * Its SSL_CTX gets the rules and the files of a server's context, and each peer is judged as above. */
struct ssl_ctx_st;
struct ssl_st;
struct tls_guest {
	const char *const *names;	/* a peer must bear one of them; borrowed while connections live */
	size_t n_names;
	/* Inside the handshake, on the library's thread: the peer is refused, once a connection. May be NULL. One that ends for another
	 * reason is not told: it says nothing, or refuses us. */
	void (*refused)(void *arg, const struct tls_refusal *r, const char *why);
	void *arg;
};
/* g stays where it is while the SSL_CTX lives. Called again, it is for connections made from then on (reload). */
enum li_err tls_dress(struct ssl_ctx_st *ssl, const struct tls_conf *c, struct tls_guest *g, char *err, size_t errlen) LI_MUST;
/* The same of a client's SSL_CTX (mediation/x1/report_client.c): the server must bear one of the names. */
enum li_err tls_dress_client(struct ssl_ctx_st *ssl, const struct tls_conf *c, struct tls_guest *g, char *err, size_t errlen) LI_MUST;
/* Of a verified peer of such a connection. */
void tls_guest_peer(struct ssl_st *ssl, const struct tls_guest *g, struct tls_peer *peer);

#endif
