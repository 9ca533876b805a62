/* keyfile.h: private keys in PEM, read so that no copy of the text stays behind in a buffer of the C library. */
#ifndef HANDOVER_KEYFILE_H
#define HANDOVER_KEYFILE_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdio.h>

/* NULL: errno says why it cannot be opened, or is 0 and OpenSSL's errors say what is wrong with it; *encrypted: it wants a pass
 * phrase, which nobody is asked for. */
EVP_PKEY *keyfile_read(const char *file, bool *encrypted);
/* For OpenSSL's readers of PEM, which would else ask on the terminal: there is no pass phrase. asked: a bool that is set, or NULL. */
int keyfile_no_phrase(char *to, int n, int writing, void *asked);
/* A stream without a buffer of its own, for who writes one: before its first use. */
void keyfile_unbuffered(FILE *f);

#endif
