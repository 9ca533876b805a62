/* secret.h: a key of 32 octets that is kept in a file, is a credential of systemd's, or lies in a keyring of the kernel's. */
#ifndef MEDIATION_SECRET_H
#define MEDIATION_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_KEY 32

/* file: "keyring:NAME" (keyring.h), or a file, which only its owner may read. A systemd credential of the same base name
 * ($CREDENTIALS_DIRECTORY) goes before a file, and one that is absent is made (0600) when may_make is true. what: the key's name in err,
 * which is for people. */
bool secret_get(const char *what, const char *file, bool may_make, uint8_t key[SECRET_KEY], char *err, size_t errlen);

enum secret_is { SECRET_GOOD, SECRET_ABSENT, SECRET_BAD };

/* What a start would find, by who asks; err says what is wrong. A file that is not there is good: it may be made, or be a credential.
 * Absent: the user who asks does not see it, which another one may. */
enum secret_is secret_check(const char *what, const char *file, char *err, size_t errlen);

#endif
