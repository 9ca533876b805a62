/* keyring.c: see keyring.h. */
#include "mediation/keyring.h"

#include <errno.h>
#include <keyutils.h>
#include <string.h>

const char *keyring_name(const char *text)
{
	const size_t n = sizeof(KEYRING_PREFIX) - 1;

	return text && strncmp(text, KEYRING_PREFIX, n) == 0 ? text + n : NULL;
}

/*
 * A key may be read by who possesses it. What lies in the user's keyring is not possessed by a process whose session does not have that
 * keyring (systemd's KeyringMode=private): as long as it reads, the key hangs in the process's own keyring, too.
 */
static ssize_t read_from(key_serial_t ring, const char *name, uint8_t *out, size_t n)
{
	long key = keyctl_search(ring, "user", name, KEY_SPEC_PROCESS_KEYRING);
	long got;
	int why;

	if (key < 0)
		return -1;
	got = keyctl_read((key_serial_t)key, (char *)out, n);
	why = errno;
	if (ring != KEY_SPEC_PROCESS_KEYRING)
		(void)keyctl_unlink((key_serial_t)key, KEY_SPEC_PROCESS_KEYRING);
	errno = why;
	return got;
}

ssize_t keyring_read(const char *name, uint8_t *out, size_t n)
{
	static const key_serial_t rings[] = { KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_SESSION_KEYRING, KEY_SPEC_USER_KEYRING };
	int why = ENOKEY;

	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		ssize_t got = read_from(rings[i], name, out, n);

		if (got >= 0)
			return got;
		if (errno != ENOKEY)
			why = errno;	/* one that is there and cannot be read tells more than those that have none */
	}
	errno = why;
	return -1;
}

const char *keyring_why(int error)
{
	switch (error) {
	case ENOKEY: return "no keyring of this process, of its session or of its user has such a key of type user";
	case EKEYEXPIRED: return "the key has expired";
	case EKEYREVOKED: return "the key was revoked";
	case EACCES: return "the key may not be read by this user";
	case EPERM: return "the keyrings may not be used here (a container, or SystemCallFilter of the unit)";
	case ENOSYS: return "this kernel has no keyrings";
	default: return strerror(error);
	}
}
