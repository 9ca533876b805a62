/* cert.c: see cert.h. */
#include "mediation/cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <time.h>

#include "handover/keyfile.h"

static void earlier(li_us *end, const ASN1_TIME *t)
{
	struct tm tm;
	li_us at;

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return;
	at = (li_us)timegm(&tm) * LI_US_SECOND;
	if (at < *end)
		*end = at;
}

/* A key in the file is left alone. */
li_us cert_ends(const char *file)
{
	BIO *b = BIO_new_file(file, "r");
	STACK_OF(X509_INFO) *all = b ? PEM_X509_INFO_read_bio(b, NULL, keyfile_no_phrase, NULL) : NULL;
	li_us end = LI_US_NEVER;

	for (int i = 0; all && i < sk_X509_INFO_num(all); i++) {
		X509_INFO *it = sk_X509_INFO_value(all, i);

		if (it->x509)
			earlier(&end, X509_get0_notAfter(it->x509));
		if (it->crl)
			earlier(&end, X509_CRL_get0_nextUpdate(it->crl));
	}
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	BIO_free(b);
	ERR_clear_error();
	return end;
}
