/* certs.c: throw-away certificates for tests. */
#include "test/gen/certs.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY 86400L
#define CRL_FROM -1	/* days */
#define CRL_UNTIL 100

const char *certs_path(const struct certs *c, const char *file)
{
	static char rooms[8][512];
	static unsigned turn;
	char *r = rooms[turn++ % 8];

	snprintf(r, sizeof(rooms[0]), "%s/%s", c->dir, file);
	return r;
}

static bool put_key(const struct certs *c, const char *name, EVP_PKEY *key)
{
	char file[64];
	BIO *b;
	bool ok;

	snprintf(file, sizeof(file), "%s.key", name);
	b = BIO_new_file(certs_path(c, file), "w");
	ok = b && PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1 && chmod(certs_path(c, file), 0600) == 0;
	BIO_free(b);
	return ok;
}

static bool put_cert(const struct certs *c, const char *name, X509 *x)
{
	char file[64];
	BIO *b;
	bool ok;

	snprintf(file, sizeof(file), "%s.crt", name);
	b = BIO_new_file(certs_path(c, file), "w");
	ok = b && PEM_write_bio_X509(b, x) == 1;
	BIO_free(b);
	return ok;
}

static bool extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

struct kind {			/* of certificate */
	bool ca, self;
	const EVP_MD *md;
	const char *eku;
};

/* "cn UID=a UID=b" */
static bool put_names(X509_NAME *n, const char *cn)
{
	const char *uid = strstr(cn, " UID=");
	char part[300];
	size_t len = uid ? (size_t)(uid - cn) : strlen(cn);
	bool ok;

	snprintf(part, sizeof(part), "%.*s", (int)len, cn);
	ok = X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)part, -1, -1, 0) == 1;
	for (cn += len; ok && strncmp(cn, " UID=", 5) == 0; cn += 5 + len) {
		len = strcspn(cn + 5, " ");
		snprintf(part, sizeof(part), "%.*s", (int)len, cn + 5);
		ok = X509_NAME_add_entry_by_NID(n, NID_userId, MBSTRING_UTF8, (const unsigned char *)part, -1, -1, 0) == 1;
	}
	return ok;
}

static X509 *make(struct certs *c, EVP_PKEY *key, const char *cn, const char *san, int from, int until, const struct kind *k)
{
	X509 *x = X509_new(), *by = k->ca || k->self ? x : c->ca;
	X509_NAME *n = x ? X509_get_subject_name(x) : NULL;
	bool ok = n && X509_set_version(x, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), ++c->serial) == 1 &&
		X509_gmtime_adj(X509_getm_notBefore(x), from * DAY) && X509_gmtime_adj(X509_getm_notAfter(x), until * DAY) &&
		put_names(n, cn) &&
		X509_set_issuer_name(x, X509_get_subject_name(by)) == 1 && X509_set_pubkey(x, key) == 1 &&
		extension(x, by, NID_basic_constraints, k->ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
		extension(x, by, NID_key_usage, k->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
		extension(x, by, NID_subject_key_identifier, "hash") && (!k->eku || extension(x, by, NID_ext_key_usage, k->eku)) &&
		(!san || extension(x, by, NID_subject_alt_name, san)) &&
		X509_sign(x, by == x ? key : c->key, k->md ? k->md : EVP_sha256()) > 0;

	if (ok)
		return x;
	X509_free(x);
	return NULL;
}

static bool put_crl(struct certs *c, const char *file)
{
	BIO *b;
	bool ok = X509_CRL_sign(c->crl, c->key, EVP_sha256()) > 0;

	b = BIO_new_file(certs_path(c, file), "w");
	ok = ok && b && PEM_write_bio_X509_CRL(b, c->crl) == 1;
	BIO_free(b);
	return ok;
}

static bool crl_times(struct certs *c, int from, int until)
{
	ASN1_TIME *now = X509_gmtime_adj(NULL, from * DAY), *then = X509_gmtime_adj(NULL, until * DAY);
	bool ok = now && then && X509_CRL_set1_lastUpdate(c->crl, now) == 1 && X509_CRL_set1_nextUpdate(c->crl, then) == 1;

	ASN1_TIME_free(now);
	ASN1_TIME_free(then);
	return ok;
}

bool certs_crl(struct certs *c, const char *file, int from, int until)
{
	bool ok = crl_times(c, from, until) && put_crl(c, file);

	return crl_times(c, CRL_FROM, CRL_UNTIL) && ok;
}

bool certs_init(struct certs *c, const char *dir)
{
	const char *tmp = getenv("TMPDIR");
	char cn[64];		/* no two alike: X.520 ub-common-name */
	bool ok;

	memset(c, 0, sizeof(*c));
	if (dir)
		snprintf(c->dir, sizeof(c->dir), "%s", dir);
	else
		snprintf(c->dir, sizeof(c->dir), "%s/openmdf-test.XXXXXX", tmp ? tmp : "/tmp");
	if (dir ? mkdir(dir, 0700) && access(dir, W_OK) : !mkdtemp(c->dir))
		return false;
	snprintf(cn, sizeof(cn), "test CA %.40s", strrchr(c->dir, '/') ? strrchr(c->dir, '/') + 1 : c->dir);
	c->key = EVP_EC_gen("P-256");
	c->ca = c->key ? make(c, c->key, cn, NULL, -1000, 1000, &(struct kind){ .ca = true }) : NULL;
	c->crl = X509_CRL_new();
	ok = c->ca && c->crl && put_key(c, "ca", c->key) && put_cert(c, "ca", c->ca) &&
		X509_CRL_set_version(c->crl, 1) == 1 && X509_CRL_set_issuer_name(c->crl, X509_get_subject_name(c->ca)) == 1 &&
		crl_times(c, CRL_FROM, CRL_UNTIL) && put_crl(c, "ca.crl");
	return ok;
}

static bool issue(struct certs *c, EVP_PKEY *key, const char *name, const char *cn, const char *san, int from, int until,
		  const struct kind *k)
{
	X509 *x = key ? make(c, key, cn, san, from, until, k) : NULL;
	bool ok = x && put_key(c, name, key) && put_cert(c, name, x);

	X509_free(x);
	EVP_PKEY_free(key);
	return ok;
}

bool certs_issue(struct certs *c, const char *name, const char *cn, const char *san, int from, int until)
{
	return issue(c, EVP_EC_gen("P-256"), name, cn, san, from, until, &(struct kind){ .ca = false });
}

bool certs_issue_wrong(struct certs *c, const char *name, const char *cn, const char *san, enum certs_wrong wrong)
{
	const unsigned bits = wrong == CERTS_RSA1024 ? 1024 : wrong == CERTS_RSA2048 ? 2048 : 0;
	const struct kind k = { .self = wrong == CERTS_SELF, .md = wrong == CERTS_SHA1 ? EVP_sha1() : NULL,
		.eku = wrong == CERTS_CLIENT ? "clientAuth" : wrong == CERTS_SERVER ? "serverAuth" : NULL };

	return issue(c, bits ? EVP_RSA_gen(bits) : EVP_EC_gen("P-256"), name, cn, san, -1, 30, &k);
}

bool certs_revoke(struct certs *c, const char *name)
{
	char file[64];
	BIO *b;
	X509 *x;
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, -3600);
	bool ok;

	snprintf(file, sizeof(file), "%s.crt", name);
	b = BIO_new_file(certs_path(c, file), "r");
	x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
	BIO_free(b);
	ok = x && r && now && X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(x)) == 1 &&
		X509_REVOKED_set_revocationDate(r, now) == 1 && X509_CRL_add0_revoked(c->crl, r) == 1;
	if (!ok)
		X509_REVOKED_free(r);
	X509_free(x);
	ASN1_TIME_free(now);
	return ok && put_crl(c, "ca.crl");
}

void certs_fini(struct certs *c, bool gone)
{
	DIR *d = gone ? opendir(c->dir) : NULL;
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlink(certs_path(c, e->d_name));
	if (d) {
		closedir(d);
		rmdir(c->dir);
	}
	X509_CRL_free(c->crl);
	X509_free(c->ca);
	EVP_PKEY_free(c->key);
	memset(c, 0, sizeof(*c));
}
