/*
 * test_wiped.c: keys that were used are nowhere in memory afterwards: the store's, the audit log's, that of TLS. A child makes the files
 * and gives what to look for under a mask, so that this process never has it but through the code under test.
 */
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover/memlock.h"
#include "handover/queue.h"
#include "handover/tls.h"
#include "mediation/audit.h"
#include "mediation/warrant/seal.h"
#include "mediation/warrant/store.h"
#include "test/gen/certs.h"
#include "test/unit.h"

#define MASK 0xa5
#define N 32

enum { MASTER, VALUES, NAMES, AUDIT_SEED, AUDIT_PEM, TLS_SECRET, TLS_PEM, NEEDLES };
static uint8_t masked[NEEDLES][N];
static char dir[64], file[8][128];
enum { STATE, STATE_KEY, AUDIT, AUDIT_KEY, TLS_CRT, TLS_KEY, TLS_CA };

static enum li_err no_head(void *arg, uint64_t count, const uint8_t hash[32])
{
	(void)arg;
	(void)count;
	(void)hash;
	return LI_OK;
}

static struct audit *open_audit(void)
{
	char err[512];

	return audit_open(file[AUDIT], file[AUDIT_KEY], NULL, NULL, no_head, NULL, 1, err, sizeof(err));
}

static bool pem_line(const char *path, uint8_t out[N])
{
	FILE *f = fopen(path, "re");
	char line[256];
	bool good = f && fgets(line, sizeof(line), f) && fgets(line, sizeof(line), f) && strlen(line) > N + 16;

	if (good)
		memcpy(out, line + 16, N);	/* behind what every key of the kind begins with */
	if (f)
		fclose(f);
	return good;
}

static bool secret_of(const char *path, uint8_t out[N])
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *k = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	BIGNUM *d = NULL;
	size_t n = N;
	bool good = k && EVP_PKEY_get_id(k) == EVP_PKEY_ED25519 ? EVP_PKEY_get_raw_private_key(k, out, &n) == 1 :
		    k && EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 && BN_bn2lebinpad(d, out, N) == N;

	return good;	/* the process ends */
}

/* In the child: the files, and the needles down the pipe. */
static int make(int out)
{
	uint8_t x[NEEDLES][N];
	char err[512];
	struct certs c;
	struct store *s = store_open(file[STATE], file[STATE_KEY], true, err, sizeof(err));
	struct audit *a = open_audit();
	unsigned n = N;
	int fd;

	store_close(s);
	audit_close(a, 2);
	if (!s || !a || !certs_init(&c, dir) || !certs_issue(&c, "tls", "a", "DNS:a", -1, 9))
		return 1;
	fd = open(file[STATE_KEY], O_RDONLY);
	if (fd < 0 || read(fd, x[MASTER], N) != N)
		return 2;
	HMAC(EVP_sha256(), x[MASTER], N, (const uint8_t *)"mdfd store: values", 18, x[VALUES], &n);
	HMAC(EVP_sha256(), x[MASTER], N, (const uint8_t *)"mdfd store: names", 17, x[NAMES], &n);
	if (!secret_of(file[AUDIT_KEY], x[AUDIT_SEED]) || !pem_line(file[AUDIT_KEY], x[AUDIT_PEM]) ||
	    !secret_of(file[TLS_KEY], x[TLS_SECRET]) || !pem_line(file[TLS_KEY], x[TLS_PEM]))
		return 3;
	for (size_t i = 0; i < sizeof(x); i++)
		((uint8_t *)x)[i] ^= MASK;
	return write(out, x, sizeof(x)) == sizeof(x) ? 0 : 4;
}

static void prepare(void)
{
	static const char *const name[] = { "state", "state/state.key", "audit.log", "audit.key", "tls.crt", "tls.key", "ca.crt" };
	int p[2], status = -1;
	size_t limit;
	pid_t child;

	if (dir[0])
		return;
	strcpy(dir, "/tmp/test_wiped.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		snprintf(file[i], sizeof(file[i]), "%s/%s", dir, name[i]);
	CU_ASSERT_FATAL(pipe(p) == 0);
	child = fork();
	if (child == 0)
		_exit(make(p[1]));
	close(p[1]);
	CU_ASSERT_FATAL(read(p[0], masked, sizeof(masked)) == sizeof(masked));
	close(p[0]);
	waitpid(child, &status, 0);
	CU_ASSERT_EQUAL_FATAL(status, 0);
	(void)memlock_all(&limit);
}

static bool is_at(const uint8_t *p, const uint8_t *m)
{
	for (size_t i = 0; i < N; i++)
		if ((p[i] ^ MASK) != m[i])
			return false;
	return true;
}

/* In any memory that this process may write: heap, stack, what was mapped. */
static bool found(int what)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char line[512], mode[8];
	uint8_t first = masked[what][0] ^ MASK;
	bool hit = false;

	while (f && !hit && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[0] != 'r' || mode[1] != 'w')
			continue;
		for (const uint8_t *p = (const uint8_t *)from, *end = (const uint8_t *)to - N; !hit && p && p <= end;) {
			p = memchr(p, first, (size_t)(end - p) + 1);
			if (p)
				hit = is_at(p++, masked[what]);
		}
	}
	if (f)
		fclose(f);
	return hit;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SEARCHABLE() UNIT_SKIP("a sanitizer keeps what was freed, and has terabytes of memory of its own")
#else
#define SEARCHABLE() (void)0
#endif

static void of_the_store(void)
{
	char err[512];
	struct store *s;
	struct li_cin cin;

	SEARCHABLE();
	prepare();
	s = store_open(file[STATE], file[STATE_KEY], false, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(store_cin(s, &cin), LI_OK);
	CU_ASSERT(found(VALUES));	/* the search finds */
	CU_ASSERT(found(NAMES));
	CU_ASSERT_FALSE(found(MASTER));
	store_close(s);
	CU_ASSERT_FALSE(found(VALUES));
	CU_ASSERT_FALSE(found(NAMES));
	CU_ASSERT_FALSE(found(MASTER));
}

static void of_the_audit_log(void)
{
	struct audit_field field = { "file", "x" };
	struct audit *a;

	SEARCHABLE();
	prepare();
	a = open_audit();
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_EQUAL(audit_write(a, 3, "start", "test", &field, 1), LI_OK);
	CU_ASSERT(found(AUDIT_SEED));
	CU_ASSERT_FALSE(found(AUDIT_PEM));
	audit_close(a, 4);
	CU_ASSERT_FALSE(found(AUDIT_SEED));
	CU_ASSERT_FALSE(found(AUDIT_PEM));
}

static void of_tls(void)
{
	struct tls_conf c = { .certificate = file[TLS_CRT], .key = file[TLS_KEY], .ca = file[TLS_CA] };
	char err[TLS_ERR_TEXT];
	struct tls_ctx *x;

	SEARCHABLE();
	prepare();
	x = tls_ctx_new(TLS_CLIENT, &c, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	CU_ASSERT(found(TLS_SECRET));
	CU_ASSERT_FALSE(found(TLS_PEM));
	tls_ctx_free(x);
	CU_ASSERT_FALSE(found(TLS_SECRET));
	CU_ASSERT_FALSE(found(TLS_PEM));
}

static void on_wake(void *arg)
{
	(void)arg;
}

/* The queue's memory is looked at when it goes back to the system. */
static const uint8_t *watched;
static size_t left;		/* octets in it that are not zero */

int munmap(void *p, size_t n)
{
	if (watched >= (const uint8_t *)p && watched < (const uint8_t *)p + n) {
		for (size_t i = 0; i < n; i++)
			left += ((const uint8_t *)p)[i] != 0;
		watched = NULL;
	}
	return (int)syscall(SYS_munmap, p, n);
}

/* LI128-214: the queue of a destination that is gone, through which so many octets went, in PDUs of n. */
static void queue_of(uint64_t octets, uint32_t n)
{
	static const struct queue_ops ops = { .wake = on_wake, .dropped = on_wake };
	struct queue *q = queue_new(QUEUE_MIN, &ops, NULL);
	struct queue_elem e = { .n = n };
	struct queue_slot s;

	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	for (uint64_t i = 0; i < octets; i += n) {
		queue_lock(q);
		CU_ASSERT_EQUAL_FATAL(queue_reserve(q, &e, &s), LI_OK);
		queue_unlock(q);
		memset(s.to, 'x', n);
		watched = i ? watched : s.to;
		queue_commit(q, &s, 1);
		queue_release(q, queue_ready(q));
	}
	left = 0;
	queue_free(q);
	CU_ASSERT_PTR_NULL(watched);
	CU_ASSERT_EQUAL(left, 0);
}

static void of_a_queue(void)
{
	queue_of(1, N);
	queue_of(QUEUE_MIN - 4096, 4096);
	queue_of(QUEUE_MIN, 4096);
	queue_of(QUEUE_MIN + 5000, 5000);	/* behind the end, too */
	queue_of(4 * QUEUE_MIN, 5000);
	queue_of(4 * QUEUE_MIN, 70000);
}

int main(void)
{
	CU_TestInfo tests[] = { UNIT(of_the_store), UNIT(of_the_audit_log), UNIT(of_tls), UNIT(of_a_queue), CU_TEST_INFO_NULL };
	char command[128];
	int r = unit_run("wiped", tests);

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (dir[0])
		(void)!system(command);
	return r;
}
