/* keyring.h: octets that somebody put into a keyring of the kernel's (keyrings(7)), as a key of type "user". */
#ifndef MEDIATION_KEYRING_H
#define MEDIATION_KEYRING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KEYRING_PREFIX "keyring:"

/* The name in "keyring:NAME"; NULL: text is something else, a file's name. */
const char *keyring_name(const char *text);
/* Looks into this process's keyring, its session's and its user's, and reads the first that is found. How many octets the key has: all
 * of them are in out where that is at most n. -1: errno says why; ENOKEY: there is none. Before the sandbox, which forbids these calls. */
ssize_t keyring_read(const char *name, uint8_t *out, size_t n);
/* For people: what errno says of a key. */
const char *keyring_why(int error);

#endif
