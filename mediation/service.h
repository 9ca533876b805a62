/*
 * service.h: the service as one object: opened in order, run on one loop, stopped in order. What `mdfctl` shows and does
 * is in service_ctl.c.
 */
#ifndef MEDIATION_SERVICE_H
#define MEDIATION_SERVICE_H

#include "mediation/conf.h"

struct service;

struct service_conf {
	const struct conf *conf;	/* stays while the service lives */
	bool drain;			/* end when the file taps have ended and all is delivered */
	void (*ready)(const char *state);	/* sd_notify's text; NULL allowed */
};

/* Opens everything: store, audit log, TLS, taps, control socket. NULL: the log says why. */
struct service *service_open(const struct service_conf *c);

enum service_end { SERVICE_DONE = 0, SERVICE_FAILED = 1, SERVICE_UNDELIVERED = 3 };
/* Runs until it is stopped, or drained. */
enum service_end service_run(struct service *s);
void service_free(struct service *s);

enum service_wish { SERVICE_STOP, SERVICE_RELOAD };
/* From any thread (not from a signal handler). */
void service_signal(struct service *s, enum service_wish w);

/* What --check asks of the taps: files that can be read, filters that compile, and what a filter hides. True: a fault. */
bool service_check_taps(const struct conf *c, conf_say *say, void *arg);

#endif
