/*
 * tls_judge.c: is the peer whom we expect? OpenSSL walks the chain and calls tls_judge() for each fault and, when there is
 * none, for each certificate; the peer's own comes last, and then a name is asked of it. Which check failed has a name of
 * ours, so that an audit log can be searched for it.
 */
#include "handover/tls_int.h"

#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <li/ids.h>

/* The checks, by what OpenSSL says of them. What is not here is "certificate". */
static const struct { int error; const char *check; } checks[] = {
	{ X509_V_ERR_HOSTNAME_MISMATCH, "name" },
	{ X509_V_ERR_CERT_HAS_EXPIRED, "expired" },
	{ X509_V_ERR_CERT_NOT_YET_VALID, "not-yet-valid" },
	{ X509_V_ERR_CERT_REVOKED, "revoked" },
	{ X509_V_ERR_UNABLE_TO_GET_CRL, "no-crl" },
	{ X509_V_ERR_CRL_HAS_EXPIRED, "crl-expired" },
	{ X509_V_ERR_CRL_NOT_YET_VALID, "crl-not-yet-valid" },
	{ X509_V_ERR_CRL_SIGNATURE_FAILURE, "crl-signature" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self-signed" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "authority" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "authority" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "authority" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "authority" },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, "authority" },	/* one of the same name as ours */
	{ X509_V_ERR_INVALID_CA, "authority" },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, "weak-key" },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, "weak-key" },
	{ X509_V_ERR_CA_MD_TOO_WEAK, "weak-signature" },
	{ X509_V_ERR_INVALID_PURPOSE, "purpose" },
};

const char *tls_check_of(long error)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].error == error)
			return checks[i].check;
	return "certificate";
}

/* Printable ASCII only: the text stands in logs. */
static void clean(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

void tls_refusal_whose(struct tls_refusal *r, X509 *cert)
{
	BIO *b = BIO_new(BIO_s_mem());
	int n = 0;

	memset(r->subject, 0, sizeof(r->subject));
	if (b && cert && X509_NAME_print_ex(b, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_read(b, r->subject, (int)sizeof(r->subject) - 1);
	r->subject[n > 0 ? n : 0] = '\0';
	clean(r->subject);
	BIO_free(b);
	r->has_peer = cert && X509_digest(cert, EVP_sha256(), r->sha256, NULL) == 1;
}

/* Text of at most TLS_UID_MAX octets without a NUL; else nothing. */
static void take_text(char out[TLS_UID_MAX + 1], const ASN1_STRING *s)
{
	unsigned char *utf8 = NULL;
	int n = s ? ASN1_STRING_to_UTF8(&utf8, s) : -1;

	out[0] = '\0';
	if (n > 0 && n <= TLS_UID_MAX && !memchr(utf8, 0, (size_t)n)) {
		memcpy(out, utf8, (size_t)n);
		out[n] = '\0';
	}
	OPENSSL_free(utf8);
}

static void take_urns(struct tls_peer *p, const GENERAL_NAMES *names)
{
	size_t n = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && n < sizeof(p->urn) / sizeof(p->urn[0]); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type != GEN_URI)
			continue;
		take_text(p->urn[n], g->d.uniformResourceIdentifier);
		n += strncmp(p->urn[n], "urn:", 4) == 0;
	}
	if (n < sizeof(p->urn) / sizeof(p->urn[0]))
		p->urn[n][0] = '\0';
}

void tls_peer_ids(struct tls_peer *p, X509 *cert)
{
	X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;
	int at = subject ? X509_NAME_get_index_by_NID(subject, NID_userId, -1) : -1;
	GENERAL_NAMES *names = cert ? X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL) : NULL;

	p->uid[0] = '\0';
	if (at >= 0 && X509_NAME_get_index_by_NID(subject, NID_userId, at) < 0)
		take_text(p->uid, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (names)
		take_urns(p, names);
	GENERAL_NAMES_free(names);
}

static bool is_address(const char *name)
{
	struct li_addr a;

	return li_addr_read(name, &a) == LI_OK;
}

/* RFC 9525: the alternative names decide; the common name only speaks for a certificate that has none of them. */
bool tls_bears(X509 *cert, const char *name)
{
	bool san = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1) >= 0;
	unsigned flags = X509_CHECK_FLAG_NO_WILDCARDS | (san ? X509_CHECK_FLAG_NEVER_CHECK_SUBJECT : 0);
	bool ip = is_address(name);

	if (ip && X509_check_ip_asc(cert, name, 0) == 1)
		return true;
	return (!ip || !san) && X509_check_host(cert, name, strlen(name), flags, NULL) == 1;
}

int tls_judge(int ok, X509_STORE_CTX *sc)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(sc, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_judged *j = ssl ? SSL_get_app_data(ssl) : NULL;
	X509 *cert = X509_STORE_CTX_get_current_cert(sc);

	if (!j)
		return 0;
	if (ok && X509_STORE_CTX_get_error_depth(sc) == 0) {
		ok = 0;
		for (size_t i = 0; i < j->n_names && cert && !ok; i++)
			if (tls_bears(cert, j->names[i])) {
				j->name = j->names[i];
				ok = 1;
			}
		if (!ok)
			X509_STORE_CTX_set_error(sc, X509_V_ERR_HOSTNAME_MISMATCH);	/* HO-TLS-005 */
	}
	if (!ok) {	/* whose fault in the chain it is, and whose connection */
		j->refused = X509_STORE_CTX_get_error(sc);
		j->depth = X509_STORE_CTX_get_error_depth(sc);
		tls_refusal_whose(&j->of, X509_STORE_CTX_get0_cert(sc));
	}
	return ok;
}
