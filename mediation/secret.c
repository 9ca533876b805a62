/* secret.c: see secret.h. */
#include "mediation/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/disk.h"
#include "mediation/keyring.h"

static void say(char *err, size_t errlen, const char *what, const char *file, const char *why)
{
	snprintf(err, errlen, "%s %s: %s", what, file, why);
}

static bool sync_folder_of(const char *file)
{
	char *dir = strdup(file), *slash = dir ? strrchr(dir, '/') : NULL;
	int fd;
	bool good;

	if (slash)
		slash[slash == dir] = 0;
	fd = dir ? open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	good = fd >= 0 && disk_sync_folder(fd) == 0;
	if (fd >= 0)
		close(fd);
	free(dir);
	return good;
}

/* Written aside, synced, named: a key file is whole or not there. */
static bool make_key(const char *file, uint8_t key[SECRET_KEY])
{
	char *aside;
	bool good = false;
	int fd;

	if (asprintf(&aside, "%s.new", file) < 0)
		return false;
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		good = RAND_bytes(key, SECRET_KEY) == 1 && fchmod(fd, 0600) == 0 &&
		       write(fd, key, SECRET_KEY) == SECRET_KEY && disk_sync(fd) == 0;
		good &= close(fd) == 0;
		good = good && rename(aside, file) == 0 && sync_folder_of(file);
	}
	free(aside);
	return good;
}

/* 1 read, 0 not there, -1 refused; err says why. A credential is systemd's, with modes of its own. */
static int read_key(const char *what, const char *file, bool credential, uint8_t key[SECRET_KEY], char *err, size_t errlen)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);	/* of a pipe nobody may be writing */
	uint8_t more[SECRET_KEY + 1];
	struct stat st;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st)) {
		say(err, errlen, what, file, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		say(err, errlen, what, file, "is not a file");
		close(fd);
		return -1;
	}
	n = read(fd, more, sizeof(more));
	close(fd);
	if (n == SECRET_KEY)
		memcpy(key, more, SECRET_KEY);
	explicit_bzero(more, sizeof(more));
	if (!credential && st.st_mode & 077) {
		say(err, errlen, what, file, "others may read it: its mode must be 0600");
		return -1;
	}
	if (n != SECRET_KEY) {
		say(err, errlen, what, file, "a key has 32 octets");
		return -1;
	}
	return 1;
}

/* As read_key(). */
static int read_ring(const char *what, const char *file, uint8_t key[SECRET_KEY], char *err, size_t errlen)
{
	uint8_t more[SECRET_KEY + 1];
	ssize_t n = keyring_read(keyring_name(file), more, sizeof(more));
	int why = n < 0 ? errno : 0;

	if (n == SECRET_KEY)
		memcpy(key, more, SECRET_KEY);
	explicit_bzero(more, sizeof(more));
	if (n == SECRET_KEY)
		return 1;
	say(err, errlen, what, file, why ? keyring_why(why) : "a key has 32 octets");
	return why == ENOKEY ? 0 : -1;
}

static int read_any(const char *what, const char *file, uint8_t key[SECRET_KEY], char *err, size_t errlen)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY"), *slash = strrchr(file, '/');
	char *credential = NULL;
	int got;

	if (keyring_name(file))
		return read_ring(what, file, key, err, errlen);
	if (dir && asprintf(&credential, "%s/%s", dir, slash ? slash + 1 : file) < 0)
		credential = NULL;
	got = credential ? read_key(what, credential, true, key, err, errlen) : 0;
	free(credential);
	return got ? got : read_key(what, file, false, key, err, errlen);
}

bool secret_get(const char *what, const char *file, bool may_make, uint8_t key[SECRET_KEY], char *err, size_t errlen)
{
	int got = read_any(what, file, key, err, errlen);

	if (got || keyring_name(file))	/* one that we made there would be gone with the machine's next start */
		return got > 0;
	if (!may_make) {
		say(err, errlen, what, file, "is not there");
		return false;
	}
	if (make_key(file, key))
		return true;
	say(err, errlen, what, file, "cannot be made");
	return false;
}

enum secret_is secret_check(const char *what, const char *file, char *err, size_t errlen)
{
	uint8_t key[SECRET_KEY];
	int got = read_any(what, file, key, err, errlen);

	explicit_bzero(key, sizeof(key));
	if (got > 0)
		return SECRET_GOOD;
	if (keyring_name(file))
		return got < 0 ? SECRET_BAD : SECRET_ABSENT;
	if (got == 0)
		return SECRET_GOOD;
	return access(file, R_OK) && errno == EACCES ? SECRET_ABSENT : SECRET_BAD;
}
