/* memlock.c: see memlock.h. */
#include "handover/memlock.h"

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Private keys of OpenSSL: a hundred of RSA-4096 with their factors; pages of its own, guarded, wiped when freed. Where that takes nothing
 * from a limit: of as many destinations as there may be, each with a key of its own. */
#define KEYS (1u << 18)
#define KEYS_MANY (1u << 22)
#define KEY_PIECE 32	/* the smallest: an Ed25519 seed */

static atomic_bool everything;

bool memlock_all(size_t *limit)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_MEMLOCK, &r);	/* root may; a service manager has set it already */
	if (getrlimit(RLIMIT_MEMLOCK, &r))
		r.rlim_cur = 0;
	*limit = (size_t)r.rlim_cur;
	/*
	 * Only without a limit: with one, whatever is allocated beyond it would fail later, in the middle of the work. Pages are locked
	 * when they are first used: what is only reserved (stacks, rings) costs nothing.
	 */
	if (r.rlim_cur == RLIM_INFINITY && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
		atomic_store(&everything, true);
	(void)CRYPTO_secure_malloc_init(atomic_load(&everything) ? KEYS_MANY : KEYS, KEY_PIECE);	/* locks itself where it may */
	return atomic_load(&everything);
}

bool memlock(const void *p, size_t n)
{
	return atomic_load(&everything) || mlock2(p, n, MLOCK_ONFAULT) == 0;
}

void memlock_drop(void *p, size_t n)
{
	if (madvise(p, n, MADV_DONTNEED) == 0 || munlock(p, n))
		return;
	(void)madvise(p, n, MADV_DONTNEED);
	(void)mlock2(p, n, MLOCK_ONFAULT);
}
