/* test_tls.c: two connection objects talk in memory; nothing of theirs needs a socket. */
#include "handover/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <li/buf.h>
#include <li/limits.h>

#include "test/gen/certs.h"
#include "test/unit.h"

static struct certs own, other;

static bool setup(void)
{
	return own.ca || (certs_init(&own, NULL) && certs_init(&other, NULL) &&
		certs_issue(&own, "mdf", "ignored", "DNS:mdf.example,IP:192.0.2.7,IP:2001:db8::7", -1, 30) &&
		certs_issue(&own, "lemf", "ignored", "DNS:lemf.example", -1, 30) &&
		certs_issue(&own, "plain", "plain.example", NULL, -1, 30) &&
		certs_issue(&own, "iponly", "iponly.example", "IP:192.0.2.9", -1, 30) &&
		certs_issue(&own, "wild", "ignored", "DNS:*.lea.example", -1, 30) &&
		certs_issue(&own, "old", "ignored", "DNS:mdf.example", -30, -1) &&
		certs_issue(&own, "early", "ignored", "DNS:mdf.example", 1, 30) &&
		certs_issue(&own, "revoked", "ignored", "DNS:mdf.example", -1, 30) && certs_revoke(&own, "revoked") &&
		certs_issue_wrong(&own, "self", "self", "DNS:mdf.example", CERTS_SELF) &&
		certs_issue_wrong(&own, "forserver", "forserver", "DNS:mdf.example", CERTS_SERVER) && certs_crl(&own, "old.crl", -60, -1) &&
		certs_issue(&other, "mdf", "ignored", "DNS:mdf.example", -1, 30));
}

static struct tls_ctx *ctx(enum tls_role role, const struct certs *by, const char *name, const struct certs *trust, bool crl)
{
	char crt[300], key[300], ca[300], cr[300], err[TLS_ERR_TEXT] = "";
	struct tls_conf c = { .certificate = crt, .key = key, .ca = ca, .crl = crl ? cr : NULL };
	struct tls_ctx *x;

	snprintf(crt, sizeof(crt), "%s/%s.crt", by->dir, name);
	snprintf(key, sizeof(key), "%s/%s.key", by->dir, name);
	snprintf(ca, sizeof(ca), "%s/ca.crt", trust->dir);
	snprintf(cr, sizeof(cr), "%s/ca.crl", trust->dir);
	x = tls_ctx_new(role, &c, err, sizeof(err));
	if (!x)
		printf("# %s\n", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	return x;
}

struct end {
	struct tls *t;
	struct buf in, plain;	/* on the wire towards it; what it read */
	enum li_err e;
};

/* Lends the send buffer, hands it over, gives it back; then reads. True while anything moved. */
static bool step(struct end *from, struct end *to, size_t chunk)
{
	uint8_t out[LI_TLS_RECORD];
	struct view v = tls_take(from->t), w;
	bool moved = v.n > 0;
	size_t n;

	if (v.n) {
		CU_ASSERT_EQUAL_FATAL(buf_put(&to->in, v.p, v.n), LI_OK);
		CU_ASSERT_EQUAL(tls_take(from->t).n, 0);	/* one loan at a time */
		tls_sent(from->t);
	}
	while (to->in.n && (!to->e || to->e == LI_EAGAIN)) {
		size_t k = chunk && chunk < to->in.n ? chunk : to->in.n;

		w = view_of(to->in.p, k);
		while ((to->e = tls_recv(to->t, &w, out, sizeof(out), &n)) == LI_OK)
			CU_ASSERT_EQUAL_FATAL(buf_put(&to->plain, out, n), LI_OK);
		if (to->e == LI_EAGAIN)
			CU_ASSERT_EQUAL(w.n, 0);
		buf_consume(&to->in, k);
		moved = true;
	}
	return moved;
}

static void pump(struct end *a, struct end *b, size_t chunk)
{
	while (step(a, b, chunk) | step(b, a, chunk))
		;
}

static struct end end_of(struct tls_ctx *x, const char *name)
{
	struct end e = { tls_new(x, &name, 1), { 0 }, { 0 }, LI_EAGAIN };

	CU_ASSERT_PTR_NOT_NULL_FATAL(e.t);
	return e;
}

static void end_fini(struct end *e)
{
	tls_free(e->t);
	buf_fini(&e->in);
	buf_fini(&e->plain);
}

/* A handshake between the two; both ends are left for the caller to look at. */
static void meet(struct tls_ctx *cx, const char *server_name, struct tls_ctx *sx, const char *client_name, struct end *c, struct end *s)
{
	*c = end_of(cx, server_name);
	*s = end_of(sx, client_name);
	tls_ctx_free(cx);	/* the connections hold their own */
	tls_ctx_free(sx);
	pump(c, s, 0);
}

static void hello(void)
{
	struct end c, s;
	struct view v = view_str("iri");
	const struct tls_peer *p;
	const char *which;
	struct tls_ctx *cx;
	uint8_t octets[16];
	size_t n;

	CU_ASSERT_TRUE_FATAL(setup());
	cx = ctx(TLS_CLIENT, &own, "mdf", &own, true);
	CU_ASSERT_TRUE(tls_ctx_expires(cx, &which) < LI_US_NEVER);
	CU_ASSERT_STRING_EQUAL(which, "certificate");	/* 30 days; the CRL 100, the CA 1000 */
	meet(cx, "lemf.example", ctx(TLS_SERVER, &own, "lemf", &own, true), "mdf.example", &c, &s);
	CU_ASSERT_TRUE(tls_is_up(c.t) && tls_is_up(s.t));
	p = tls_peer(s.t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->subject, "CN=ignored");
	CU_ASSERT_STRING_EQUAL(p->name, "mdf.example");
	CU_ASSERT_STRING_EQUAL(p->protocol, "TLSv1.3");	/* HO-TLS-002 */
	CU_ASSERT_TRUE(p->sha256[0] | p->sha256[1] | p->sha256[31]);
	/* nothing leaves before the record is full or flushed */
	CU_ASSERT_EQUAL(tls_put(c.t, &v), LI_OK);
	CU_ASSERT_EQUAL(v.n, 0);
	CU_ASSERT_EQUAL(tls_gathered(c.t), 3);
	CU_ASSERT_EQUAL(tls_take(c.t).n, 0);
	CU_ASSERT_EQUAL(tls_flush(c.t), LI_OK);
	CU_ASSERT_EQUAL(tls_records(c.t), 1);
	pump(&c, &s, 1);
	CU_ASSERT_TRUE(view_eq(buf_view(&s.plain), view_str("iri")));
	/* what somebody else on this thread left in OpenSSL's queue of errors is no error of the connection */
	ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
	v = view_of(NULL, 0);
	CU_ASSERT_EQUAL(tls_recv(s.t, &v, octets, sizeof(octets), &n), LI_EAGAIN);
	tls_close(c.t);		/* HO-TLS-010 */
	pump(&c, &s, 0);
	CU_ASSERT_EQUAL(s.e, LI_ECLOSED);
	end_fini(&c);
	end_fini(&s);
}

/* What X1 knows an ADMF or NE by: TS 103 221-1 clause 8.2.4. */
static void identities(void)
{
	static const struct { const char *name, *cn, *san, *uid, *urn; } v[] = {
		{ "u1", "x UID=admf-1", "DNS:mdf.example", "admf-1", "" },
		{ "u2", "x", "DNS:mdf.example,URI:https://x.example/,URI:urn:etsi:li:103221-1:cert-binding:ADMF:admf-1", "",
		  "urn:etsi:li:103221-1:cert-binding:ADMF:admf-1" },
		{ "u3", "x UID=admf-1 UID=admf-2", "DNS:mdf.example,URI:urn:a:1,URI:urn:a:2,URI:urn:a:3", "", "urn:a:1" },	/* which of them? */
	};

	CU_ASSERT_TRUE_FATAL(setup());
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct end c, s;
		const struct tls_peer *p;

		CU_ASSERT_TRUE_FATAL(certs_issue(&own, v[i].name, v[i].cn, v[i].san, -1, 30));
		meet(ctx(TLS_CLIENT, &own, v[i].name, &own, false), "lemf.example", ctx(TLS_SERVER, &own, "lemf", &own, false), "mdf.example", &c, &s);
		p = tls_peer(s.t);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		CU_ASSERT_STRING_EQUAL(p->uid, v[i].uid);
		CU_ASSERT_STRING_EQUAL(p->urn[0], v[i].urn);
		CU_ASSERT_STRING_EQUAL(tls_peer(c.t)->uid, "");
		end_fini(&c);
		end_fini(&s);
	}
}

/* Is that how it was refused, and is the certificate the one of that name? check NULL: it was not; name NULL: it showed none. */
static bool is_refusal(const struct tls *t, const char *check, const char *name)
{
	const struct tls_refusal *r = tls_refusal(t);
	uint8_t hash[32] = { 0 };
	char file[64];
	X509 *x = NULL;
	BIO *b;
	bool ok;

	if (!r || !check)
		return !r && !check;
	if (name) {
		snprintf(file, sizeof(file), "%s.crt", name);
		b = BIO_new_file(certs_path(strcmp(name, "theirs") ? &own : &other, strcmp(name, "theirs") ? file : "mdf.crt"), "r");
		x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
		BIO_free(b);
	}
	ok = strcmp(r->check, check) == 0 && r->has_peer == (name != NULL) && (!name || (x && X509_digest(x, EVP_sha256(), hash, NULL) == 1)) &&
		memcmp(hash, r->sha256, 32) == 0;
	X509_free(x);
	if (!ok)
		printf("# want %s of %s, got %s of %s: %s\n", check, name ? name : "nobody", r->check, r->has_peer ? r->subject : "nobody", tls_error(t));
	return ok;
}

/* Refused by the server: its own verdict, and what the client hears of it. */
static void refused_client(const char *what, struct tls_ctx *cx, struct tls_ctx *sx, const char *client_name, const char *text,
			   const char *check, const char *cert)
{
	struct end c, s;

	meet(cx, "lemf.example", sx, client_name, &c, &s);
	CU_ASSERT_FALSE(tls_is_up(s.t));
	CU_ASSERT_EQUAL(s.e, LI_EAUTH);
	CU_ASSERT_EQUAL(c.e, LI_EAUTH);
	if (!strstr(tls_error(s.t), text) || c.e != LI_EAUTH) {
		printf("# %s: %s | %s\n", what, tls_error(s.t), tls_error(c.t));
		CU_FAIL("text");
	}
	CU_ASSERT_TRUE(is_refusal(s.t, check, cert));
	CU_ASSERT_TRUE(is_refusal(c.t, "by-peer", "lemf"));	/* the other end knows whom it was refused by */
	CU_ASSERT_TRUE(strlen(tls_error(c.t)) > 0);
	CU_ASSERT_PTR_NULL(tls_peer(s.t));
	end_fini(&c);
	end_fini(&s);
}

static void refused_server(struct tls_ctx *cx, const char *server_name, struct tls_ctx *sx, const char *text, const char *check)
{
	struct end c, s;

	meet(cx, server_name, sx, "mdf.example", &c, &s);
	CU_ASSERT_FALSE(tls_is_up(c.t));
	CU_ASSERT_FALSE(tls_is_up(s.t));
	CU_ASSERT_EQUAL(c.e, LI_EAUTH);
	CU_ASSERT_PTR_NOT_NULL(strstr(tls_error(c.t), text));
	CU_ASSERT_TRUE(is_refusal(c.t, check, "lemf"));
	end_fini(&c);
	end_fini(&s);
}

static struct tls_ctx *client(const char *name) { return ctx(TLS_CLIENT, &own, name, &own, false); }
static struct tls_ctx *server(bool crl) { return ctx(TLS_SERVER, &own, "lemf", &own, crl); }

static struct tls_ctx *with_crl(const struct certs *by, const char *crl)
{
	struct tls_conf c = { .certificate = certs_path(&own, "lemf.crt"), .key = certs_path(&own, "lemf.key"), .ca = certs_path(&own, "ca.crt"),
		.crl = certs_path(by, crl) };
	char err[TLS_ERR_TEXT] = "";
	struct tls_ctx *x = tls_ctx_new(TLS_SERVER, &c, err, sizeof(err));

	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	return x;
}

static void refused(void)	/* HO-TLS-005, HO-TLS-006 */
{
	CU_ASSERT_TRUE_FATAL(setup());
	refused_client("wrong CA", ctx(TLS_CLIENT, &other, "mdf", &own, false), server(false), "mdf.example", "", "authority", "theirs");
	refused_client("wrong name", client("mdf"), server(false), "mdf2.example", "none of the expected names (mdf2.example)", "name", "mdf");
	refused_client("part of a name", client("mdf"), server(false), "example", "none of the expected names", "name", "mdf");
	refused_client("common name beside others", client("mdf"), server(false), "ignored", "none of the expected names", "name", "mdf");
	refused_client("wildcard", client("wild"), server(false), "mdf.lea.example", "none of the expected names", "name", "wild");
	refused_client("expired", client("old"), server(false), "mdf.example", "expired: ", "expired", "old");
	refused_client("not yet", client("early"), server(false), "mdf.example", "not-yet-valid: ", "not-yet-valid", "early");
	refused_client("revoked", client("revoked"), server(true), "mdf.example", "revoked: ", "revoked", "revoked");
	refused_client("self-signed", client("self"), server(false), "mdf.example", "self-signed: ", "self-signed", "self");
	refused_client("purpose", client("forserver"), server(false), "mdf.example", "purpose: ", "purpose", "forserver");
	refused_client("old CRL", client("mdf"), with_crl(&own, "old.crl"), "mdf.example", "crl-expired: ", "crl-expired", "mdf");
	refused_client("no CRL", client("mdf"), with_crl(&other, "ca.crl"), "mdf.example", "no-crl: ", "no-crl", "mdf");
	refused_server(client("mdf"), "other.example", server(false), "none of the expected names", "name");
	refused_server(ctx(TLS_CLIENT, &own, "mdf", &other, false), "lemf.example", server(false), "refused: ", "authority");
}

static void names(void)
{
	static const struct { const char *cert, *name; bool good; } v[] = {
		{ "mdf", "192.0.2.7", true }, { "mdf", "192.0.2.8", false }, { "mdf", "2001:DB8:0::7", true },
		{ "mdf", "MDF.example", true }, { "plain", "plain.example", true }, { "plain", "other.example", false },
		{ "iponly", "iponly.example", false }, { "iponly", "192.0.2.9", true } };
	const char *several[] = { "a.example", "b.example", "mdf.example" };

	CU_ASSERT_TRUE_FATAL(setup());
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct end c, s;

		meet(client(v[i].cert), "lemf.example", server(false), v[i].name, &c, &s);
		CU_ASSERT_EQUAL(tls_is_up(s.t), v[i].good);
		end_fini(&c);
		end_fini(&s);
	}
	struct tls_ctx *cx = client("mdf"), *sx = server(false);
	struct end c = end_of(cx, "lemf.example"), s = { tls_new(sx, several, 3), { 0 }, { 0 }, LI_EAGAIN };

	pump(&c, &s, 0);
	CU_ASSERT_TRUE(tls_is_up(s.t));
	CU_ASSERT_STRING_EQUAL(tls_peer(s.t)->name, "mdf.example");
	CU_ASSERT_PTR_NULL(tls_new(sx, several, 0));
	end_fini(&c);
	end_fini(&s);
	tls_ctx_free(cx);
	tls_ctx_free(sx);
}

static const char *foreign_name = "mdf";
static bool foreign_again, foreign_refused;
static struct tls_ctx *foreign_server;		/* whom it meets, given up with the call; NULL: server(false) */
static unsigned foreign_tickets, foreign_resumable;

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	(void)session;
	foreign_tickets++;
	return 0;
}

static void on_alert(const SSL *ssl, int where, int alert)
{
	(void)ssl;
	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (alert & 0xff) == SSL_AD_NO_RENEGOTIATION)
		foreign_refused = true;
}

/* Clients that are not ours: straight OpenSSL against our server. */
static enum li_err foreign(int min, int max, const char *ciphers, bool cert, struct end *s)
{
	SSL_CTX *x = SSL_CTX_new(TLS_client_method());
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	struct tls_ctx *sx = foreign_server ? foreign_server : server(false);
	SSL *ssl;
	char b[4096], plain[LI_TLS_RECORD];

	SSL_CTX_set_security_level(x, 0);
	SSL_CTX_set_min_proto_version(x, min);
	SSL_CTX_set_max_proto_version(x, max);
	if (ciphers)
		SSL_CTX_set_cipher_list(x, ciphers);
	if (cert) {
		char file[64];

		snprintf(file, sizeof(file), "%s.crt", foreign_name);
		SSL_CTX_use_certificate_file(x, certs_path(&own, file), SSL_FILETYPE_PEM);
		snprintf(file, sizeof(file), "%s.key", foreign_name);
		SSL_CTX_use_PrivateKey_file(x, certs_path(&own, file), SSL_FILETYPE_PEM);
	}
	SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(x, on_session);
	ssl = SSL_new(x);
	SSL_set_info_callback(ssl, on_alert);
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	*s = end_of(sx, "mdf.example");
	for (int i = 0; i < 8; i++) {
		struct view v;
		size_t n;
		int k;

		SSL_do_handshake(ssl);
		if (SSL_is_init_finished(ssl) && !foreign_again)
			(void)SSL_read(ssl, b, 1);	/* takes what comes after the handshake: tickets */
		while ((k = BIO_read(out, b, sizeof(b))) > 0)
			for (v = view_of(b, (size_t)k); v.n && (s->e == LI_EAGAIN || s->e == LI_OK);)
				s->e = tls_recv(s->t, &v, (uint8_t *)plain, sizeof(plain), &n);
		v = tls_take(s->t);
		if (v.n) {
			BIO_write(in, v.p, (int)v.n);
			tls_sent(s->t);
		}
		if (foreign_again && i == 4)
			SSL_renegotiate(ssl);
		if (foreign_again)
			CU_ASSERT_PTR_NULL(SSL_get_current_compression(ssl));
	}
	foreign_resumable += SSL_get0_session(ssl) && SSL_SESSION_is_resumable(SSL_get0_session(ssl));
	SSL_free(ssl);
	SSL_CTX_free(x);
	tls_ctx_free(sx);
	return s->e;
}

static void strangers(void)
{
	struct end s;

	CU_ASSERT_TRUE_FATAL(setup());
	CU_ASSERT_EQUAL(foreign(TLS1_2_VERSION, TLS1_2_VERSION, NULL, true, &s), LI_EAGAIN);
	CU_ASSERT_TRUE(tls_is_up(s.t));
	CU_ASSERT_STRING_EQUAL(tls_peer(s.t)->protocol, "TLSv1.2");
	end_fini(&s);
	CU_ASSERT_EQUAL(foreign(TLS1_2_VERSION, TLS1_2_VERSION, NULL, false, &s), LI_EAUTH);
	CU_ASSERT_STRING_EQUAL(tls_error(s.t), "the peer has no certificate");
	CU_ASSERT_TRUE(is_refusal(s.t, "no-certificate", NULL));
	end_fini(&s);
	CU_ASSERT_EQUAL(foreign(TLS1_3_VERSION, TLS1_3_VERSION, NULL, false, &s), LI_EAUTH);
	end_fini(&s);
	/* HO-TLS-001 */
	CU_ASSERT_EQUAL(foreign(TLS1_VERSION, TLS1_1_VERSION, NULL, true, &s), LI_EPEER);
	CU_ASSERT_PTR_NOT_NULL(strstr(tls_error(s.t), "unsupported protocol"));
	end_fini(&s);
	/* HO-TLS-003: no CBC, no plain RSA */
	CU_ASSERT_EQUAL(foreign(TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256:AES256-GCM-SHA384", true, &s), LI_EPEER);
	CU_ASSERT_PTR_NOT_NULL(strstr(tls_error(s.t), "no shared cipher"));
	CU_ASSERT_TRUE(is_refusal(s.t, "handshake", NULL));
	end_fini(&s);
}

/* HO-TLS-007: neither taken as ours nor from the other end. */
static void weak_certificates(void)
{
	static const struct { const char *name; enum certs_wrong wrong; const char *check; } v[] = { { "rsa1024", CERTS_RSA1024, "weak-key" },
		{ "sha1", CERTS_SHA1, "weak-signature" }, { "rsa2048", CERTS_RSA2048, NULL } };
	char err[TLS_ERR_TEXT] = "";
	struct end s;

	CU_ASSERT_TRUE_FATAL(setup());
	for (size_t i = 0; i < 3; i++) {
		struct tls_conf c = { .ca = certs_path(&own, "ca.crt") };
		char crt[64], key[64];
		struct tls_ctx *x;

		CU_ASSERT_TRUE_FATAL(certs_issue_wrong(&own, v[i].name, "weak", "DNS:mdf.example", v[i].wrong));
		snprintf(crt, sizeof(crt), "%s.crt", v[i].name);
		snprintf(key, sizeof(key), "%s.key", v[i].name);
		c.certificate = certs_path(&own, crt);
		c.key = certs_path(&own, key);
		x = tls_ctx_new(TLS_CLIENT, &c, err, sizeof(err));
		CU_ASSERT_EQUAL(x != NULL, i == 2);
		tls_ctx_free(x);
		foreign_name = v[i].name;
		CU_ASSERT_EQUAL(foreign(TLS1_2_VERSION, TLS1_3_VERSION, NULL, true, &s), i == 2 ? LI_EAGAIN : LI_EAUTH);
		CU_ASSERT_EQUAL(tls_is_up(s.t), i == 2);
		CU_ASSERT_TRUE(is_refusal(s.t, v[i].check, v[i].name));
		end_fini(&s);
	}
	foreign_name = "mdf";
}

/* HO-TLS-004: a second handshake inside TLS 1.2 is not gone into, and nothing is compressed. */
static void no_renegotiation(void)
{
	struct end s;

	CU_ASSERT_TRUE_FATAL(setup());
	foreign_again = true;
	(void)!foreign(TLS1_2_VERSION, TLS1_2_VERSION, NULL, true, &s);	/* OpenSSL's client takes the refusal hard */
	CU_ASSERT_TRUE(foreign_refused);
	end_fini(&s);
	foreign_again = false;
}

/* Floor and ciphers by configuration: what is left out is not taken, and nothing weaker than ours can be put in. */
static void terms(void)
{
	static const struct { enum tls_floor floor; const char *ciphers, *suites, *error; int min, max; const char *theirs, *agreed; } v[] = {
		{ TLS_FLOOR_13, NULL, NULL, NULL, TLS1_2_VERSION, TLS1_2_VERSION, NULL, NULL },	/* HO-TLS-001, HO-TLS-002 */
		{ TLS_FLOOR_13, NULL, "TLS_CHACHA20_POLY1305_SHA256", NULL, TLS1_2_VERSION, TLS1_3_VERSION, NULL, "TLS_CHACHA20_POLY1305_SHA256" },
		{ TLS_FLOOR_12, "ECDHE-ECDSA-AES128-GCM-SHA256", NULL, NULL, TLS1_2_VERSION, TLS1_2_VERSION, NULL, "ECDHE-ECDSA-AES128-GCM-SHA256" },
		{ TLS_FLOOR_12, "ECDHE-ECDSA-AES128-GCM-SHA256", NULL, NULL, TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384", NULL },
		{ TLS_FLOOR_UNSET, "ECDHE-ECDSA-AES128-SHA256", NULL, "ciphers: ", 0, 0, NULL, NULL },	/* CBC */
		{ TLS_FLOOR_UNSET, "ECDHE-RSA-AES128-GCM-SHA256:AES256-GCM-SHA384", NULL, "ciphers: ", 0, 0, NULL, NULL },	/* plain RSA */
		{ TLS_FLOOR_UNSET, "DHE-PSK-AES128-GCM-SHA256", NULL, "ciphers: ", 0, 0, NULL, NULL },
		{ TLS_FLOOR_UNSET, "ALL", NULL, "ciphers: ", 0, 0, NULL, NULL }, { TLS_FLOOR_UNSET, "", NULL, "ciphers: ", 0, 0, NULL, NULL },
		{ TLS_FLOOR_UNSET, "ECDHE-RSA-AES128-GCM-SHA256:", NULL, "ciphers: ", 0, 0, NULL, NULL },
		{ TLS_FLOOR_UNSET, NULL, "TLS_AES_128_GCM_SHA256:TLS_NONE", "ciphersuites: ", 0, 0, NULL, NULL },
		{ TLS_FLOOR_UNSET, NULL, "ECDHE-RSA-AES128-GCM-SHA256", "ciphersuites: ", 0, 0, NULL, NULL } };

	CU_ASSERT_TRUE_FATAL(setup());
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct tls_conf c = { .certificate = certs_path(&own, "lemf.crt"), .key = certs_path(&own, "lemf.key"), .ca = certs_path(&own, "ca.crt"),
			.floor = v[i].floor, .ciphers = v[i].ciphers, .ciphersuites = v[i].suites };
		char err[TLS_ERR_TEXT] = "";
		struct end s;

		foreign_server = tls_ctx_new(TLS_SERVER, &c, err, sizeof(err));
		if (!foreign_server != !!v[i].error)
			printf("# row %zu: %s\n", i, err);
		CU_ASSERT_EQUAL_FATAL(!foreign_server, !!v[i].error);
		if (v[i].error) {
			CU_ASSERT_PTR_EQUAL(strstr(err, v[i].error), err);
			continue;
		}
		(void)!foreign(v[i].min, v[i].max, v[i].theirs, true, &s);
		CU_ASSERT_EQUAL(tls_is_up(s.t), v[i].agreed != NULL);
		CU_ASSERT_TRUE(v[i].agreed ? tls_peer(s.t) && strcmp(tls_peer(s.t)->cipher, v[i].agreed) == 0 : is_refusal(s.t, "handshake", NULL));
		end_fini(&s);
		foreign_server = NULL;
	}
}

/* No session can be resumed: each connection shows its certificate anew, so that its end and a CRL are looked at. */
static void no_resumption(void)
{
	struct end s;

	CU_ASSERT_TRUE_FATAL(setup());
	for (int v = TLS1_2_VERSION; v <= TLS1_3_VERSION; v++) {
		foreign_tickets = foreign_resumable = 0;
		CU_ASSERT_EQUAL(foreign(v, v, NULL, true, &s), LI_EAGAIN);
		CU_ASSERT_TRUE(tls_is_up(s.t));
		CU_ASSERT_EQUAL(foreign_tickets, 0);	/* nor a session of the server's cache */
		CU_ASSERT_EQUAL(foreign_resumable, 0);
		end_fini(&s);
	}
}

static void files(void)
{
	static const struct { const char *crt, *key, *ca, *crl, *text; } v[] = {
		{ "none.crt", "mdf.key", "ca.crt", NULL, "none.crt: No such file" }, { "mdf.crt", "lemf.key", "ca.crt", NULL, "lemf.key: key values mismatch" },
		{ "mdf.crt", "mdf.key", "mdf.key", NULL, "mdf.key: holds no certificate" }, { "mdf.crt", "mdf.key", "ca.crt", "ca.crt", "ca.crt: holds no CRL" },
		{ "mdf.crt", "locked.key", "ca.crt", NULL, "locked.key: it is encrypted, and a pass phrase is not asked for" },
		{ "mdf.key", "mdf.key", "ca.crt", NULL, "certificate " }, { "mdf.crt", "mdf.key", "none.crt", NULL, "none.crt: No such file" },
		{ "mdf.crt", "mdf.key", "ca.crt", "none.crl", "none.crl: No such file" }, { "mdf.crt", NULL, "ca.crt", NULL, "key: not given" } };
	char err[TLS_ERR_TEXT];
	BIO *b;

	CU_ASSERT_TRUE_FATAL(setup());
	b = BIO_new_file(certs_path(&own, "locked.key"), "w");
	CU_ASSERT_EQUAL_FATAL(PEM_write_bio_PrivateKey(b, own.key, EVP_aes_256_cbc(), (const unsigned char *)"word", 4, NULL, NULL), 1);
	BIO_free(b);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct tls_conf c = { .certificate = certs_path(&own, v[i].crt), .key = v[i].key ? certs_path(&own, v[i].key) : NULL,
			.ca = certs_path(&own, v[i].ca), .crl = v[i].crl ? certs_path(&own, v[i].crl) : NULL };

		err[0] = '\0';
		CU_ASSERT_PTR_NULL(tls_ctx_new(TLS_SERVER, &c, err, sizeof(err)));
		if (!strstr(err, v[i].text)) {
			printf("# %s\n", err);
			CU_FAIL("text");
		}
	}
}

/* Any sizes put, any chunks on the wire: the same octets come out, records are full, the send buffer is bounded. */
static void much(void)
{
	CU_ASSERT_TRUE_FATAL(setup());
	for (unsigned round = 0; round < unit_rounds(20); round++) {
		uint64_t seed = round + 1;
		size_t total = 1000000 + unit_rand(&seed) % 500000, at = 0;
		uint8_t *data = malloc(total);
		struct end c, s;

		CU_ASSERT_PTR_NOT_NULL_FATAL(data);
		for (size_t i = 0; i < total; i++)
			data[i] = (uint8_t)(unit_rand(&seed) >> 32);
		meet(client("mdf"), "lemf.example", server(false), "mdf.example", &c, &s);
		CU_ASSERT_TRUE_FATAL(tls_is_up(c.t));
		while (at < total) {
			size_t k = 1 + unit_rand(&seed) % (round % 2 ? 3000 : 40000);
			struct view v = view_of(data + at, k < total - at ? k : total - at);
			enum li_err e = tls_put(c.t, &v);

			CU_ASSERT_TRUE_FATAL(e == LI_OK || e == LI_EAGAIN);
			at = (size_t)(v.p - data);
			if (e == LI_EAGAIN || unit_rand(&seed) % 16 == 0) {
				struct view o = tls_take(c.t);

				CU_ASSERT_TRUE(o.n < 270000);
				/* the loan stands still while the other buffer is filled */
				uint8_t *copy = malloc(o.n + 1);
				struct view w = view_of(data + at, total - at < 100000 ? total - at : 100000);

				CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
				if (o.n)
					memcpy(copy, o.p, o.n);
				e = tls_put(c.t, &w);
				CU_ASSERT_TRUE_FATAL(e == LI_OK || e == LI_EAGAIN);
				at = (size_t)(w.p - data);
				CU_ASSERT_TRUE(o.n == 0 || memcmp(copy, o.p, o.n) == 0);
				free(copy);
				CU_ASSERT_EQUAL_FATAL(buf_put(&s.in, o.p, o.n), LI_OK);
				tls_sent(c.t);
				pump(&c, &s, 1 + unit_rand(&seed) % 20000);
			}
		}
		while (tls_flush(c.t) == LI_EAGAIN)
			pump(&c, &s, 0);
		pump(&c, &s, 777);
		CU_ASSERT_EQUAL(s.plain.n, total);
		CU_ASSERT_TRUE(s.plain.n == total && memcmp(s.plain.p, data, total) == 0);
		CU_ASSERT_EQUAL(tls_records(c.t), (total + LI_TLS_RECORD - 1) / LI_TLS_RECORD);
		end_fini(&c);
		end_fini(&s);
		free(data);
	}
}

static void broken(void)
{
	struct end c, s;
	struct view v;
	uint8_t junk[300], out[100];
	size_t n;

	CU_ASSERT_TRUE_FATAL(setup());
	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (uint8_t)(i * 7);
	struct tls_ctx *sx = server(false);
	s = end_of(sx, "mdf.example");
	v = view_of(junk, sizeof(junk));
	CU_ASSERT_EQUAL(tls_recv(s.t, &v, out, sizeof(out), &n), LI_EPEER);
	CU_ASSERT_EQUAL(tls_recv(s.t, &v, out, sizeof(out), &n), LI_EPEER);	/* it stays so */
	CU_ASSERT_TRUE(strncmp(tls_error(s.t), "TLS: ", 5) == 0);
	v = view_str("x");
	CU_ASSERT_EQUAL(tls_put(s.t, &v), LI_EPEER);
	end_fini(&s);
	tls_ctx_free(sx);
	/* an octet changed on the wire */
	meet(client("mdf"), "lemf.example", server(false), "mdf.example", &c, &s);
	v = view_str("content");
	CU_ASSERT_EQUAL(tls_put(c.t, &v), LI_OK);
	CU_ASSERT_EQUAL(tls_flush(c.t), LI_OK);
	v = tls_take(c.t);
	CU_ASSERT_EQUAL_FATAL(buf_put(&s.in, v.p, v.n), LI_OK);
	tls_sent(c.t);
	s.in.p[s.in.n - 1] ^= 1;
	pump(&c, &s, 0);
	CU_ASSERT_EQUAL(s.e, LI_EPEER);
	CU_ASSERT_EQUAL(s.plain.n, 0);
	end_fini(&c);
	end_fini(&s);
}

static bool file_copy(const char *from, const char *to)
{
	char command[700];

	snprintf(command, sizeof(command), "cp '%s/%s' '%s/%s'", own.dir, from, own.dir, to);
	return system(command) == 0;
}

/* One context for the same files and terms; another as soon as a file or a term is another, and none is kept for nobody. */
static void shared(void)
{
	char crt[300], key[300], ca[300], err[TLS_ERR_TEXT] = "";
	struct tls_conf c = { .certificate = crt, .key = key, .ca = ca }, terms = { 0 };
	struct tls_ctx *a, *b, *other_terms, *server, *renewed;
	li_us before, after;
	const char *which;

	snprintf(crt, sizeof(crt), "%s/shared.crt", own.dir);
	snprintf(key, sizeof(key), "%s/shared.key", own.dir);
	snprintf(ca, sizeof(ca), "%s/ca.crt", own.dir);
	CU_ASSERT_FATAL(certs_issue(&own, "fresh", "ignored", "DNS:mdf.example", -1, 20));
	CU_ASSERT_FATAL(file_copy("mdf.crt", "shared.crt") && file_copy("mdf.key", "shared.key"));
	a = tls_ctx_share(TLS_CLIENT, &c, err, sizeof(err));
	b = tls_ctx_share(TLS_CLIENT, &c, err, sizeof(err));
	CU_ASSERT(a && a == b);
	server = tls_ctx_share(TLS_SERVER, &c, err, sizeof(err));
	terms = c;
	terms.floor = TLS_FLOOR_13;
	other_terms = tls_ctx_share(TLS_CLIENT, &terms, err, sizeof(err));
	CU_ASSERT(server && server != a && other_terms && other_terms != a);
	before = tls_ctx_expires(a, &which);
	/* in the same place: those who have the old one keep it */
	CU_ASSERT_FATAL(file_copy("fresh.crt", "shared.crt") && file_copy("fresh.key", "shared.key"));
	renewed = tls_ctx_share(TLS_CLIENT, &c, err, sizeof(err));
	CU_ASSERT(renewed && renewed != a);
	after = tls_ctx_expires(renewed, &which);
	CU_ASSERT(after < before && tls_ctx_expires(a, &which) == before);
	tls_ctx_free(a);
	tls_ctx_free(b);
	CU_ASSERT_PTR_EQUAL(b = tls_ctx_share(TLS_CLIENT, &c, err, sizeof(err)), renewed);
	tls_ctx_free(b);
	tls_ctx_free(renewed);
	tls_ctx_free(server);
	tls_ctx_free(other_terms);
	/* what is not there is not found with those who read it before */
	a = tls_ctx_share(TLS_CLIENT, &c, err, sizeof(err));
	CU_ASSERT_EQUAL(unlink(key), 0);
	CU_ASSERT_PTR_NULL(tls_ctx_share(TLS_CLIENT, &c, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "shared.key"));
	tls_ctx_free(a);
}

static void clean_up(void)
{
	certs_fini(&own, true);
	certs_fini(&other, true);
	CU_ASSERT_PTR_NULL(own.ca);
}

/* NAME.crt again as FILE under the pass phrase "pass". */
static void hide(const char *name, const char *file)
{
	BIO *b = BIO_new_file(certs_path(&own, name), "r");
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);

	BIO_free(b);
	b = BIO_new_file(certs_path(&own, file), "w");
	CU_ASSERT_FATAL(x && b && PEM_ASN1_write_bio((i2d_of_void *)i2d_X509, PEM_STRING_X509, b, x, EVP_aes_128_cbc(),
		(const unsigned char *)"pass", 4, NULL, NULL) == 1);
	BIO_free(b);
	X509_free(x);
}

/* Without a terminal, and with the pass phrase on standard input for who asks there: 1: the files were read, 0: they were refused. */
static int asks(const char *certificate, const char *ca)
{
	struct tls_conf c = { .certificate = certs_path(&own, certificate), .key = certs_path(&own, "mdf.key"), .ca = certs_path(&own, ca) };
	char err[TLS_ERR_TEXT];
	int to[2], status = -1;
	pid_t pid = pipe(to) ? -1 : fork();

	if (pid == 0) {
		setsid();
		if (write(to[1], "pass\npass\n", 10) != 10 || dup2(to[0], 0) || close(to[1]))
			_exit(2);
		_exit(tls_ctx_new(TLS_CLIENT, &c, err, sizeof(err)) != NULL);
	}
	close(to[0]);
	close(to[1]);
	CU_ASSERT(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Files under a pass phrase are refused; a service asks nobody. */
static void no_phrase(void)
{
	setup();
	hide("mdf.crt", "hidden.crt");
	hide("ca.crt", "hidden-ca.crt");
	CU_ASSERT_EQUAL(asks("mdf.crt", "ca.crt"), 1);
	CU_ASSERT_EQUAL(asks("hidden.crt", "ca.crt"), 0);
	CU_ASSERT_EQUAL(asks("mdf.crt", "hidden-ca.crt"), 0);
}

UNIT_MAIN("tls", UNIT(hello), UNIT(identities), UNIT(refused), UNIT(names), UNIT(strangers), UNIT(weak_certificates), UNIT(no_renegotiation), UNIT(terms),
	UNIT(no_resumption), UNIT(files), UNIT(no_phrase), UNIT(shared), UNIT(much), UNIT(broken), UNIT(clean_up))
