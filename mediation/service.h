/*
 * service.h: the service as one object: opened in order, run on one loop, stopped in order. What `mdfctl` shows and does
 * is in service_ctl.c.
 */
#ifndef MEDIATION_SERVICE_H
#define MEDIATION_SERVICE_H

#include "mediation/conf.h"

struct service;

struct service_conf {
	struct conf *conf;		/* stays while the service lives; a reload changes it (conf_take) */
	bool drain;			/* end when the file taps have ended and all is delivered */
	bool new_store;			/* a store that is not there beside a log that is is lost: a new one is made, and agencies are told */
	void (*ready)(const char *state);	/* sd_notify's text; NULL allowed */
	li_us watchdog;			/* the service manager ends us when it hears nothing for so long; 0: it does not */
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

/* What --check, a start and a reload insist on beyond conf_load(): the file of warrants, certificates (their near end is a
 * warning), filters that compile and do not hide; alone (--check, no service) also captures and keys that can be read.
 * True: a fault. No fault and out given: the warrants, the caller's to free; NULL where the conf names no file of them. */
bool service_check(const struct conf *c, bool alone, struct conf_warrants **out, conf_say *say, void *arg);

/* What the conf says of TLS, on loan. */
struct tls_conf service_tls(const struct conf *c);
/* The same of X1's listener and reports. */
struct tls_conf service_x1_tls(const struct conf *c);
/* The same of the metrics listener: its own files where it has some. */
struct tls_conf service_metrics_tls(const struct conf *c);
/* Of the listeners of X2 and X3. */
struct tls_conf service_x_tls(const struct conf *c);

li_us service_clock(void);

#endif
