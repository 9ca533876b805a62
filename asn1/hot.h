/*
 * hot.h: memory for what each packet of content makes a core read: routes, contexts, their numbers and templates. An allocator strews
 * them among everything else that a session costs, over as many pages as there are intercepts, and a packet of another
 * session than the last then waits for its pages' translations as well as for its memory. Here they lie together, each
 * on cache lines of its own, in large pages.
 */
#ifndef ASN1_HOT_H
#define ASN1_HOT_H

#include <stddef.h>

/* n octets, all zero, on a cache line; NULL: no memory. Any thread. */
void *hot_take(size_t n);
/* What hot_take() gave, or NULL; it is wiped. Any thread. */
void hot_give(void *p);

#endif
