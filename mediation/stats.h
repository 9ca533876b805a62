/*
 * stats.h: every figure of the service, told family by family to whoever writes them down. Nothing in it is an identity, a LIID or a
 * name of an agency.
 */
#ifndef MEDIATION_STATS_H
#define MEDIATION_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stat_label { const char *name, *value; };
struct stat_value { bool real; uint64_t n; double d; };

struct stats_sink {
	/* All samples of a family follow it. */
	void (*family)(void *arg, const char *name, bool counter, const char *text);
	/* text: what this sample's reason or kind means; NULL: the family's says all. */
	void (*sample)(void *arg, const struct stat_label labels[], size_t n, const struct stat_value *v, const char *text);
	void *arg;
};

struct service;
/* Control loop. */
void stats_tell(struct service *s, const struct stats_sink *k);

#endif
