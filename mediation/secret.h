/* secret.h: a key of 32 octets that is kept in a file, or is a credential of systemd's. */
#ifndef MEDIATION_SECRET_H
#define MEDIATION_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_KEY 32

/* A systemd credential of the same base name ($CREDENTIALS_DIRECTORY) goes before the file, which only its owner may read;
 * it is made (0600) when absent and may_make is true. what: the key's name in err, which is for people. */
bool secret_get(const char *what, const char *file, bool may_make, uint8_t key[SECRET_KEY], char *err, size_t errlen);

#endif
