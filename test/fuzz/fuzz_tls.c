/*
 * fuzz_tls.c: what TLS reads from outside: files of keys, certificates, CRLs and lists of ciphers (first octet 0 to 6), a peer's
 * certificate (7), and what comes over the wire: octets to a client or a server that waits for a handshake (8, 9), and a good
 * handshake and data of which octets were changed on their way (10). Bits 4 and 5 of the first octet: the file is DER that comes in
 * PEM, under the label that the file should have, under another, or twice.
 */
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <li/limits.h>

#include "handover/keyfile.h"
#include "handover/tls_int.h"
#include "mediation/audit.h"
#include "mediation/cert.h"
#include "test/gen/certs.h"
#include "touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEY, CERTIFICATE, CA, CRL, CIPHERS, SUITES, AUDIT_KEY, PEER, TO_SERVER, TO_CLIENT, ON_THE_WAY, KINDS };
enum { RAW, IN_PEM, OTHER_LABEL, TWICE };

static struct certs certs;
static char own_crt[300], own_key[300], ca[300], crl[300], given[64];
static const char *const names[] = { "lemf.example", "192.0.2.7" };
static int fd = -1;
static pid_t self;

static void gone(void)
{
	if (getpid() == self)
		certs_fini(&certs, true);
}

static void begin(void)
{
	self = getpid();
	fd = memfd_create("given", MFD_CLOEXEC);
	if (fd < 0 || !certs_init(&certs, NULL) || !certs_issue(&certs, "lemf", "lemf", "DNS:lemf.example,IP:192.0.2.7", -1, 30))
		abort();
	snprintf(given, sizeof(given), "/proc/self/fd/%d", fd);
	snprintf(own_crt, sizeof(own_crt), "%s", certs_path(&certs, "lemf.crt"));
	snprintf(own_key, sizeof(own_key), "%s", certs_path(&certs, "lemf.key"));
	snprintf(ca, sizeof(ca), "%s", certs_path(&certs, "ca.crt"));
	snprintf(crl, sizeof(crl), "%s", certs_path(&certs, "ca.crl"));
	atexit(gone);
}

/* -- files -- */

static void file_of(unsigned kind, unsigned form, struct view v)
{
	static const char *const label[] = { "PRIVATE KEY", "CERTIFICATE", "CERTIFICATE", "X509 CRL", "", "", "PUBLIC KEY" };
	static const char *const other[] = { "EC PRIVATE KEY", "TRUSTED CERTIFICATE", "X509 CRL", "CERTIFICATE", "", "", "ENCRYPTED PRIVATE KEY" };
	FILE *f = fdopen(dup(fd), "w");

	if (!f || ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
		abort();
	if (form == RAW)
		fwrite(v.p, 1, v.n, f);
	else
		for (unsigned i = 0; i < (form == TWICE ? 2 : 1); i++)
			PEM_write(f, form == OTHER_LABEL ? other[kind] : label[kind], "", v.p, (long)v.n);
	if (fclose(f))
		abort();
}

static void context(const struct tls_conf *c)
{
	for (enum tls_role role = TLS_CLIENT; role <= TLS_SERVER; role++) {
		char err[TLS_ERR_TEXT] = "";
		const char *which;
		struct tls_ctx *x = tls_ctx_new(role, c, err, sizeof(err));

		touch_text(err, sizeof(err));
		if (!x != (err[0] != 0))
			abort();
		if (x)
			(void)tls_ctx_expires(x, &which);
		tls_ctx_free(x);
	}
}

static void file(unsigned kind, unsigned form, struct view v)
{
	struct tls_conf c = { .certificate = own_crt, .key = own_key, .ca = ca, .crl = crl };
	char *text = strndup((const char *)v.p, v.n), err[256] = "";
	bool encrypted;

	if (!text)
		abort();
	if (kind != CIPHERS && kind != SUITES)
		file_of(kind, form, v);
	switch (kind) {
	case KEY:
		c.key = given;
		EVP_PKEY_free(keyfile_read(given, &encrypted));
		break;
	case CERTIFICATE: c.certificate = given; break;
	case CA: c.ca = given; break;
	case CRL: c.crl = given; break;
	case CIPHERS: c.ciphers = text; break;
	case SUITES: c.ciphersuites = text; break;
	}
	if (kind == AUDIT_KEY) {
		uint64_t entries, signed_to;

		if (audit_verify(NULL, 0, given, NULL, NULL, &entries, &signed_to, err, sizeof(err)) && !err[0])
			abort();
	} else {
		context(&c);
	}
	(void)cert_ends(given);
	ERR_clear_error();
	free(text);
}

static void peer(struct view v)
{
	const unsigned char *p = v.p;
	X509 *x = d2i_X509(NULL, &p, (long)v.n);
	struct tls_refusal r = { 0 };

	tls_refusal_whose(&r, x);
	touch_text(r.subject, sizeof(r.subject));
	for (const char *s = r.subject; *s; s++)
		if (*s < ' ' || *s > '~')
			abort();
	for (size_t i = 0; x && i < 2; i++)
		(void)tls_bears(x, names[i]);
	X509_free(x);
	ERR_clear_error();
}

/* -- the wire -- */

static struct tls *connection(enum tls_role role)
{
	const struct tls_conf c = { .certificate = own_crt, .key = own_key, .ca = ca, .crl = crl };
	static struct tls_ctx *of[2];
	char err[TLS_ERR_TEXT];
	struct tls *t;

	if (!of[role] && !(of[role] = tls_ctx_new(role, &c, err, sizeof(err))))
		abort();
	t = tls_new(of[role], names, 2);
	if (!t)
		abort();
	return t;
}

static enum li_err take(struct tls *t, struct view v)
{
	uint8_t out[LI_TLS_RECORD];
	enum li_err e;
	size_t n;

	while ((e = tls_recv(t, &v, out, sizeof(out), &n)) == LI_OK)
		touch(view_of(out, n));
	if (e == LI_EAGAIN && v.n)
		abort();
	if ((e == LI_EAUTH || e == LI_EPEER) && !tls_error(t)[0])
		abort();
	if (tls_is_up(t) && !tls_peer(t)->name[0])
		abort();		/* nobody is let in whose name we did not expect */
	if (tls_refusal(t))
		touch_text(tls_refusal(t)->subject, sizeof(tls_refusal(t)->subject));
	return e;
}

static void wire(enum tls_role role, struct view v)
{
	struct tls *t = connection(role);
	size_t piece = v.n ? v.p[0] + 1u : 1;
	enum li_err e = LI_EAGAIN;

	for (size_t at = 1; at < v.n && e == LI_EAGAIN; at += piece) {
		e = take(t, view_of(v.p + at, piece < v.n - at ? piece : v.n - at));
		touch(tls_take(t));
		tls_sent(t);
	}
	if (tls_is_up(t))
		abort();		/* nobody has our key */
	tls_free(t);
}

/* From one end to the other; every change of the input that falls into it is made: an octet how far after the last, an octet of what. */
static enum li_err carry(struct tls *from, struct tls *to, struct view *v, size_t *at, bool *changed)
{
	struct view sent = tls_take(from);
	uint8_t *copy = malloc(sent.n ? sent.n : 1);
	size_t i = 0;
	enum li_err e;

	if (!copy)
		abort();
	if (sent.n)
		memcpy(copy, sent.p, sent.n);
	tls_sent(from);
	while (v->n >= 2 && sent.n - i > *at) {
		i += *at;
		copy[i] = (uint8_t)(copy[i] ^ v->p[1]);
		*changed |= v->p[1] != 0;
		*v = view_of(v->p + 2, v->n - 2);
		*at = v->n >= 2 ? v->p[0] * 8u + 1 : SIZE_MAX;
	}
	*at -= *at == SIZE_MAX ? 0 : sent.n - i;
	e = take(to, view_of(copy, sent.n));
	free(copy);
	return e;
}

static void on_the_way(struct view v)
{
	struct tls *end[2] = { connection(TLS_CLIENT), connection(TLS_SERVER) };
	size_t at = v.n >= 2 ? v.p[0] * 8u : SIZE_MAX;
	bool changed = false;
	enum li_err e[2] = { LI_EAGAIN, LI_EAGAIN };

	for (unsigned i = 0; i < 8; i++) {
		unsigned to = (i + 1) & 1;

		if (i >= 4 && tls_is_up(end[!to])) {
			struct view some = view_str("some octets that are delivered");

			if (tls_put(end[!to], &some) == LI_OK && tls_flush(end[!to]) && !changed)
				abort();
		}
		if (i == 7)
			tls_close(end[!to]);
		if (e[to] == LI_EAGAIN)
			e[to] = carry(end[!to], end[to], &v, &at, &changed);
	}
	if (!changed && (!tls_is_up(end[0]) || !tls_is_up(end[1]) || e[0] != LI_ECLOSED))
		abort();
	if (changed && e[0] == LI_ECLOSED && e[1] == LI_EAGAIN && !v.n)
		(void)tls_records(end[0]);
	tls_free(end[0]);
	tls_free(end[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned kind;
	struct view v;

	if (size == 0)
		return 0;
	if (fd < 0)
		begin();
	kind = data[0] & 15;
	v = view_of(data + 1, size - 1);
	if (kind < PEER)
		file(kind, data[0] >> 4 & 3, v);
	else if (kind == PEER)
		peer(v);
	else if (kind == TO_SERVER || kind == TO_CLIENT)
		wire(kind == TO_SERVER ? TLS_SERVER : TLS_CLIENT, v);
	else if (kind == ON_THE_WAY)
		on_the_way(v);
	return 0;
}
