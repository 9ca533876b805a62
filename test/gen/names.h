/* names.h: a name server for tests, in a thread: names that begin with "good" are at 127.0.0.1, of those that begin with "slow" nobody ever
 * hears, all others are not there. What is looked up by handover/resolve.h asks it from names_start() on. */
#ifndef TEST_GEN_NAMES_H
#define TEST_GEN_NAMES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct names {
	uint16_t port;
	int fd;
	_Atomic bool quit;
	_Atomic unsigned asked;		/* questions that came */
	pthread_t thread;
};

/* At this address of loopback; port 0: any. */
bool names_start(struct names *n, const char *address, uint16_t port);
/* From now on resolv.conf names this one. */
bool names_point(const struct names *n, const char *address);
/* And what is looked up asks the machine's again. */
void names_stop(struct names *n);

#endif
