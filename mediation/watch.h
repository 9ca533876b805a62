/*
 * watch.h: looks once a second at what an operator would otherwise have to look at, and raises alarms: taps, connections and
 * queues, the clock, disks, certificates, counters of failures. What it saw is here for `mdfctl status` and for metrics.
 * Control loop only.
 */
#ifndef MEDIATION_WATCH_H
#define MEDIATION_WATCH_H

#include "mediation/alarm.h"
#include "mediation/clock.h"
#include "mediation/conf.h"
#include "mediation/pipeline.h"

struct service;
struct watch;

#define WATCH_RATE_S 10		/* rates are over that long */
#define WATCH_CERTS_MAX (4 * (LI_DESTS_MAX + 2))

struct watch_rate { double packets, octets; };	/* a second */
struct watch_disk { const char *name, *path; bool known; uint64_t free, size; };	/* octets */
struct watch_cert { char owner[ALARM_OBJECT_MAX / 2]; const char *what; li_us ends; };	/* LI_US_NEVER: cannot be read */

struct watch *watch_new(struct service *s);
void watch_free(struct watch *w);
/* The look. certificates: their files are read again, too (they are at the first look and once an hour). */
void watch_look(struct watch *w, bool certificates);

struct alarms *watch_alarms(const struct watch *w);
struct watch_rate watch_rate(const struct watch *w, size_t tap);
size_t watch_disks(const struct watch *w, const struct watch_disk **disks);
size_t watch_certs(const struct watch *w, const struct watch_cert **certs);
uint64_t watch_clock_steps(const struct watch *w);

/* What a destination is called: the first digits of its DID, all of them where another begins alike. */
struct dest;
void watch_did(const struct dest *d, char out[LI_UUID_TEXT]);

#endif
