/* certs.h: throw-away certificates for tests: a CA in a folder of its own, and what it signs. EC P-256 throughout. */
#ifndef TEST_GEN_CERTS_H
#define TEST_GEN_CERTS_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

struct certs {
	char dir[200];
	EVP_PKEY *key;
	X509 *ca;
	X509_CRL *crl;
	long serial;
};

/* Makes DIR/ca.crt, DIR/ca.key and an empty DIR/ca.crl. dir NULL: a new folder under TMPDIR or /tmp. */
bool certs_init(struct certs *c, const char *dir);
/* DIR/NAME.crt and DIR/NAME.key: common name cn ("cn UID=a UID=b": and UIDs), subjectAltName san ("DNS:a,IP:127.0.0.1") or NULL for none, valid
 * from and until so many days from now. */
bool certs_issue(struct certs *c, const char *name, const char *cn, const char *san, int from, int until);
/* The same with something wrong with it (or unusual): what certs_wrong says. */
enum certs_wrong {
	CERTS_SELF,		/* signed by itself */
	CERTS_RSA1024,		/* a key that is too short */
	CERTS_SHA1,		/* signed over SHA-1 */
	CERTS_RSA2048,		/* nothing, but RSA */
	CERTS_CLIENT,		/* only for clients (extendedKeyUsage) */
	CERTS_SERVER,		/* only for servers */
};
bool certs_issue_wrong(struct certs *c, const char *name, const char *cn, const char *san, enum certs_wrong wrong);
/* DIR/FILE: the CRL as it is, valid from and until so many days from now. */
bool certs_crl(struct certs *c, const char *file, int from, int until);
/* Puts NAME's certificate on DIR/ca.crl. */
bool certs_revoke(struct certs *c, const char *name);
/* DIR/FILE, in one of eight static rooms used in turn. */
const char *certs_path(const struct certs *c, const char *file);
/* Forgets; remove: the folder goes too. */
void certs_fini(struct certs *c, bool remove);

#endif
