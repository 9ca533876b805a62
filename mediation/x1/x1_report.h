/*
 * x1_report.h: what we tell ADMFs without being asked (TS 103 221-1 clauses 5.3, 6.5). What is wrong is looked at each second; news
 * wait in a queue for each ADMF until it has answered.
 */
#ifndef MEDIATION_X1_X1_REPORT_H
#define MEDIATION_X1_X1_REPORT_H

#include "mediation/x1/x1_int.h"
#include "mediation/x1/x1_write.h"

#define X1_FAULTS_MAX 256	/* of the network element, told apart */
#define X1_REPORTS_MAX 4096	/* that wait for one ADMF; the oldest goes */
#define X1_REPORT_TRIES 20	/* of one report: a quarter of an hour, by its waits */

struct x1_reports *x1_reports_new(struct x1 *x);
/* Those of an earlier process that were not answered; before x1_reports_start(). */
enum li_err x1_reports_load(struct x1_reports *r) LI_MUST;
/* The store was emptied: none of those waits any more, but for one that is being sent. */
void x1_reports_forget(struct x1_reports *r);
enum li_err x1_reports_start(struct x1_reports *r) LI_MUST;
/* ADMFs' addresses and names as they are now, and TLS's files (NULL: as before). */
void x1_reports_renew(struct x1_reports *r, const struct tls_conf *tls);
/* Threads end; what waits is sent after the next start. */
void x1_reports_close(struct x1_reports *r);
void x1_reports_free(struct x1_reports *r);
size_t x1_reports_waiting(const struct x1_reports *r, size_t space);
/* An answer came to our version or the ADMF's request had this one: what we send it has no younger member. */
void x1_reports_version(struct x1_reports *r, size_t space, struct x1_version v);

/* -- x1_report_form.c: as stored. r's text is borrowed from body -- */
enum li_err x1_report_form(enum x1_type type, const struct x1_report *r, struct buf *out) LI_MUST;
enum li_err x1_report_of(struct view body, enum x1_type *type, struct x1_report *r) LI_MUST;

/* code and text: of an enum x1_code; text without a value of a target. */
void x1_report_task(struct x1 *x, struct x1_space *s, const uint8_t xid[16], enum x1_report_type type, int code, const char *text);
void x1_report_dest(struct x1 *x, struct x1_space *s, const uint8_t did[16], enum x1_report_type type, int code, const char *text);
void x1_report_ne(struct x1 *x, struct x1_space *s, enum x1_ne_issue type, int code, const char *text);	/* s NULL: every ADMF */

/* Each second: destinations and faults of the element that came or went. */
void x1_report_look(struct x1 *x);

/* -- x1_client.c: one ADMF's client, in a thread of its own: one request at a time (HTTP pipelining shall not be used) -- */
struct x1_client_conf {
	const char *url, *admf, *ne;
	const char *const *names;	/* of its certificate */
	size_t n_names;
	li_us time2;
};
struct x1_client;
struct x1_client *x1_client_new(const struct x1_client_conf *c);	/* copied; NULL: no memory */
void x1_client_free(struct x1_client *c);
/* Sends the document and waits, at most TIME2, for its answer. LI_OK: *code is 0 or the ADMF's error. Else nothing is known of what
 * became of it: why says what went wrong. tls: read for a new connection where `fresh`. */
enum li_err x1_client_ask(struct x1_client *c, const struct tls_conf *tls, bool fresh, struct view body, const uint8_t transaction[16], int *code,
			  char *why, size_t n) LI_MUST;
/* A call that waits gives up soon. Any thread. */
void x1_client_stop(struct x1_client *c);

#endif
