/* test_keyring.c: the store's key out of a keyring of the kernel's: where it is looked for, what is wrong with it. */
#include "mediation/keyring.h"

#include <errno.h>
#include <keyutils.h>
#include <sys/stat.h>

#include "mediation/secret.h"
#include "mediation/warrant/store.h"
#include "test/said.h"
#include "test/unit.h"

#define NAME "openmdf-test-key"
#define OCTETS "0123456789abcdef0123456789abcdef"

static uint8_t out[SECRET_KEY + 1];
static char err[256];

/* A session of this test's own, which the user's keyring does not hang in. False: this kernel, or this container, has none. */
static bool begin(void)
{
	memset(out, 0, sizeof(out));
	return keyctl_join_session_keyring(NULL) >= 0;
}

#define BEGIN() do { if (!begin()) UNIT_SKIP("no keyrings here"); } while (0)

static key_serial_t add(const char *octets, size_t n, key_serial_t ring)
{
	key_serial_t k = add_key("user", NAME, octets, n, ring);

	CU_ASSERT_FATAL(k > 0);
	return k;
}

static void names(void)
{
	CU_ASSERT_STRING_EQUAL(keyring_name("keyring:a:b"), "a:b");
	CU_ASSERT_STRING_EQUAL(keyring_name("keyring:"), "");
	CU_ASSERT_PTR_NULL(keyring_name("keyring"));
	CU_ASSERT_PTR_NULL(keyring_name("/x/keyring:a"));
	CU_ASSERT_PTR_NULL(keyring_name(NULL));
}

/* Each of the three; afterwards nothing of it hangs in the process's own keyring but what hung there. */
static void places(void)
{
	static const key_serial_t ring[] = { KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_SESSION_KEYRING, KEY_SPEC_USER_KEYRING };

	BEGIN();
	CU_ASSERT_EQUAL(keyring_read(NAME, out, sizeof(out)), -1);
	CU_ASSERT_EQUAL(errno, ENOKEY);
	for (size_t i = 0; i < 3; i++) {
		key_serial_t k = add(OCTETS, 32, ring[i]);

		memset(out, 0, sizeof(out));
		CU_ASSERT_EQUAL(keyring_read(NAME, out, sizeof(out)), 32);
		CU_ASSERT(memcmp(out, OCTETS, 32) == 0);
		CU_ASSERT_EQUAL(keyctl_search(KEY_SPEC_PROCESS_KEYRING, "user", NAME, 0), i == 0 ? k : -1);
		CU_ASSERT_EQUAL(keyctl_unlink(k, ring[i]), 0);
		CU_ASSERT_EQUAL(keyring_read(NAME, out, sizeof(out)), -1);
	}
}

static const char *refused(void)
{
	CU_ASSERT_EQUAL(keyring_read(NAME, out, sizeof(out)), -1);
	return keyring_why(errno);
}

static void wrong(void)
{
	uint8_t key[SECRET_KEY];
	key_serial_t k;

	BEGIN();
	CU_ASSERT_FALSE(secret_get("k", "keyring:" NAME, true, key, err, sizeof(err)));	/* none is made */
	CU_ASSERT_STRING_EQUAL(err, "k keyring:" NAME ": no keyring of this process, of its session or of its user has such a key of type user");
	CU_ASSERT_EQUAL(secret_check("k", "keyring:" NAME, err, sizeof(err)), SECRET_ABSENT);
	CU_ASSERT_EQUAL(keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", NAME, 0), -1);
	for (size_t n = 31; n <= 33; n++) {
		k = add(OCTETS "x", n, KEY_SPEC_SESSION_KEYRING);
		CU_ASSERT_EQUAL(secret_get("k", "keyring:" NAME, false, key, err, sizeof(err)), n == 32);
		CU_ASSERT_EQUAL(secret_check("k", "keyring:" NAME, err, sizeof(err)), n == 32 ? SECRET_GOOD : SECRET_BAD);
		CU_ASSERT(n == 32 || strstr(err, "a key has 32 octets"));
	}
	k = add(OCTETS, 32, KEY_SPEC_SESSION_KEYRING);
	CU_ASSERT_EQUAL(keyctl_setperm(k, KEY_POS_VIEW), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(refused(), "may not be read"));
	CU_ASSERT_EQUAL(keyctl_clear(KEY_SPEC_SESSION_KEYRING), 0);
	k = add(OCTETS, 32, KEY_SPEC_SESSION_KEYRING);
	CU_ASSERT_EQUAL(keyctl_revoke(k), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(refused(), "revoked"));
	CU_ASSERT_EQUAL(secret_check("k", "keyring:" NAME, err, sizeof(err)), SECRET_BAD);
	k = add(OCTETS, 32, KEY_SPEC_SESSION_KEYRING);
	CU_ASSERT_EQUAL(keyctl_set_timeout(k, 1), 0);
	for (int i = 0; i < 300 && keyring_read(NAME, out, sizeof(out)) >= 0; i++)
		usleep(10000);
	CU_ASSERT_PTR_NOT_NULL(strstr(refused(), "expired"));
}

/* As the service takes it: no file is made, the same key opens it again, another does not. */
static void store(void)
{
	char *dir, *key, *odd;
	struct store *s;

	BEGIN();
	dir = folder_new();
	key = file_in(dir, "state.key", NULL);
	odd = file_in(dir, "keyring:" NAME, NULL);
	CU_ASSERT_PTR_NULL(store_open(dir, "keyring:" NAME, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "state_key keyring:" NAME ": no keyring"));
	(void)add(OCTETS, 32, KEY_SPEC_SESSION_KEYRING);
	for (int i = 0; i < 2; i++) {
		s = store_open(dir, "keyring:" NAME, true, err, sizeof(err));
		CU_ASSERT_PTR_NOT_NULL(s);
		store_close(s);
	}
	CU_ASSERT(access(key, F_OK) != 0 && access(odd, F_OK) != 0);
	(void)add("another key of thirty-two octets", 32, KEY_SPEC_SESSION_KEYRING);
	CU_ASSERT_PTR_NULL(store_open(dir, "keyring:" NAME, true, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is not the key"));
	free(odd);
	free(key);
	folder_remove(dir);
}

/* What --check tells of files: those that a start would refuse. */
static void files(void)
{
	char *dir = folder_new(), *key = file_in(dir, "state.key", NULL), *short_key = file_in(dir, "short.key", "31 octets, no more, no less ...");

	CU_ASSERT_EQUAL(secret_check("k", key, err, sizeof(err)), SECRET_GOOD);
	CU_ASSERT(access(key, F_OK) != 0);
	chmod(short_key, 0600);
	CU_ASSERT_EQUAL(secret_check("k", short_key, err, sizeof(err)), SECRET_BAD);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "32 octets"));
	CU_ASSERT(chmod(short_key, 0640) == 0);
	CU_ASSERT_EQUAL(secret_check("k", short_key, err, sizeof(err)), SECRET_BAD);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "0600"));
	free(short_key);
	free(key);
	folder_remove(dir);
}

UNIT_MAIN("keyring", UNIT(names), UNIT(places), UNIT(wrong), UNIT(store), UNIT(files))
