/*
 * memlock.h: memory that holds keys and identities stays out of the swap. Everything, where RLIMIT_MEMLOCK allows it (or
 * can be raised); else pieces: private keys (OpenSSL's secure heap), the keys of the store, queues as far as they fit.
 */
#ifndef HANDOVER_MEMLOCK_H
#define HANDOVER_MEMLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* Once, before keys are read. True: everything, now and later. False: pieces; limit is RLIMIT_MEMLOCK in octets. */
bool memlock_all(size_t *limit);
/* A piece where not everything is locked. False: the limit is too small, and nobody needs to care: it was said at start. */
bool memlock(const void *p, size_t n);
/* Whole pages, whose content nobody wants: back to the system, also where they are locked; those that come in their place are, too. */
void memlock_drop(void *p, size_t n);

#endif
