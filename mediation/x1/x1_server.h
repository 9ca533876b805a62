/*
 * x1_server.h: X1 (TS 103 221-1), where we are the network element: ADMFs order tasks and destinations, ask, and are told what is
 * wrong. What they order becomes warrants (warrant/warrant.h) under the owner "x1:ADMF". Control loop only.
 */
#ifndef MEDIATION_X1_X1_SERVER_H
#define MEDIATION_X1_X1_SERVER_H

#include <uv.h>

#include "mediation/audit.h"
#include "mediation/conf.h"
#include "mediation/http.h"
#include "mediation/warrant/store.h"
#include "mediation/warrant/warrant.h"

struct x1;

/* A fault or warning of the whole network element, by a name that stays the same while it lasts. */
typedef void x1_on_fault(void *arg, const char *name, bool lasting, const char *text);

struct x1_open {
	uv_loop_t *loop;
	const struct conf *conf;	/* conf->x1 is there */
	struct tls_conf tls;		/* of the listener and of our reports */
	struct warrants *warrants;
	struct store *store;
	struct audit *audit;
	li_us (*clock)(void);
	bool file_time;			/* taps are files: their clock is the captures' own, and a task begins as early as it can */

	/* The service's. NULL allowed, but for tests only. */
	void (*kick)(void *arg);	/* before and after a change: orders take effect now */
	void (*refused)(void *arg, const struct http_refusal *r);
	void (*faults)(void *arg, x1_on_fault *fn, void *fn_arg);	/* those that there are now */
	bool (*dest_down)(void *arg, const struct dest *d, char *why, size_t n);	/* nothing can be delivered to it now */
	void (*count)(void *arg, struct warrant *w);	/* its octets and the time of its last record, up to now */
	bool (*dest_up)(void *arg, const struct dest *d);	/* it takes what it is given; neither: that is not known yet */
	void *arg;
};

/* Opens the socket and reads what ADMFs sent to an earlier process; before warrants_load(). NULL: err says why. */
struct x1 *x1_open(const struct x1_open *c, char *err, size_t errlen);
/* The store was emptied: so are we. */
void x1_forget(struct x1 *x);
/* Threads start: the sandbox stands. LI_EIO. */
enum li_err x1_start(struct x1 *x) LI_MUST;
/* The configuration has changed: its certificates, names, addresses of ADMFs, times and limits are taken up. LI_ECONFIG: the
 * certificates cannot be read; they and the names stay as they were, err says why. */
enum li_err x1_renew(struct x1 *x, const struct tls_conf *tls, char *err, size_t errlen) LI_MUST;
/* Each second: keepalives, faults, sets, tasks whose time is over. */
void x1_look(struct x1 *x);
/* Nothing is done from here on; then, when the loop has no more of it, x1_free(). */
void x1_close(struct x1 *x);
void x1_free(struct x1 *x);

/* The operator changed something here (mdfctl, warrants.yaml): ADMFs are told (clause 4.3). what: in words, no identity. */
void x1_told_local(struct x1 *x, const char *what);
/* Something of this LIID's was lost on its way to this destination, or is in order again: of each of its tasks that delivers there. */
void x1_task_fault(struct x1 *x, const struct li_liid *liid, const struct li_did *did, bool bad, const char *text);

struct x1_stats {
	uint64_t requests, messages, refused, errors;	/* documents; messages; of which not authorised; and answered with another error */
	uint64_t reports, reports_failed, purges;	/* sent and answered; given up; keepalive fail-safes */
};
struct x1_admf_state {
	const char *admf, *ne;
	size_t tasks, dests, objects;
	li_us heard;			/* 0: never */
	bool silent;
	size_t reports_waiting;
};
void x1_stats(const struct x1 *x, struct x1_stats *s);
size_t x1_admfs(const struct x1 *x);
void x1_admf(const struct x1 *x, size_t i, struct x1_admf_state *s);
uint16_t x1_port(const struct x1 *x);

#endif
