/* keyfile.c: see keyfile.h. */
#include "handover/keyfile.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

/* A buffer would be freed with the key's text in it. */
void keyfile_unbuffered(FILE *f)
{
	setvbuf(f, NULL, _IONBF, 0);
}

/* A service asks nobody on a terminal: a key under a pass phrase is one that cannot be read. */
int keyfile_no_phrase(char *to, int n, int writing, void *asked)
{
	(void)to;
	(void)n;
	(void)writing;
	if (asked)
		*(bool *)asked = true;
	return -1;
}

/* OpenSSL's own reader of private keys leaves the last line in freed memory; its reader of octets, told so, wipes all of it. */
static EVP_PKEY *read_plain(BIO *b, bool *encrypted)
{
	unsigned char *der = NULL;
	const unsigned char *p;
	EVP_PKEY *key = NULL;
	char *kind = NULL;
	long n = 0;

	if (PEM_bytes_read_bio_secmem(&der, &n, &kind, PEM_STRING_EVP_PKEY, b, keyfile_no_phrase, encrypted) == 1) {
		p = der;
		if (strcmp(kind, PEM_STRING_PKCS8) != 0)
			key = d2i_AutoPrivateKey(NULL, &p, n);
		OPENSSL_secure_clear_free(der, (size_t)n);
		OPENSSL_secure_free(kind);
	}
	return key;
}

EVP_PKEY *keyfile_read(const char *file, bool *encrypted)
{
	FILE *f = fopen(file, "re");
	BIO *b = NULL;
	EVP_PKEY *key = NULL;

	*encrypted = false;
	if (!f)
		return NULL;
	keyfile_unbuffered(f);
	b = BIO_new_fp(f, BIO_NOCLOSE);
	if (b)
		key = read_plain(b, encrypted);
	BIO_free(b);
	if (!key) {	/* under a pass phrase, or none: the general reader says what is wrong */
		ERR_clear_error();
		rewind(f);
		key = PEM_read_PrivateKey(f, NULL, keyfile_no_phrase, encrypted);
	}
	fclose(f);
	errno = 0;
	return key;
}
