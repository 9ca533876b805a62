/* x1_job.h: one X1 request from its octets to its answer. See x1_job.c. */
#ifndef MEDIATION_X1_X1_JOB_H
#define MEDIATION_X1_X1_JOB_H

#include "mediation/x1/x1_int.h"
#include "mediation/x1/x1_write.h"

#define X1_WHO 384
#define X1_ANSWER_MAX ((size_t)1 << 30)	/* details of 1,000,000 tasks */

/* A reader and until when it may work; used by one thread at a time. */
struct x1_rd {
	struct x1_reader *r;
	li_us until;		/* clock_steady() */
	size_t octets;		/* of a document, at most */
};

/* An answer with lists that is written piece by piece, so that 100,000 tasks do not hold up the loop. */
struct x1_walk {
	const enum x1_list *list;	/* what is left of them */
	size_t n_lists;
	bool open;			/* the first of them is begun */
	enum x1_object_kind type;	/* of objects; X1_OBJECT_UNKNOWN: all, or none where `none` */
	bool none;
	uint8_t (*id)[16];		/* of the list's items, as they were when it began */
	size_t n, at;
};

struct x1_job {
	TAILQ_ENTRY(x1_job) all;
	uv_work_t work;
	struct x1 *x;
	const struct http_asked *asked;
	void (*answer)(void *arg, struct buf *body);
	void *arg;

	struct x1_doc *doc;
	struct x1_top top;
	enum li_err err;

	uint64_t turn;			/* when its client, by its certificate, had one */
	size_t at;			/* the message that is being done */
	struct buf out;
	struct x1_out o;
	bool begun, walking;
	struct x1_walk walk;
	struct x1_space *s;		/* of that message */
	char who[X1_WHO];
	struct x1_told { int code; struct x1_space *s; } *told;	/* what became of each message, for the audit log */
};

/* The whole way: parsed in a thread of the pool, done on the loop, answered. a stays until then. */
void x1_ask(struct x1 *x, const struct http_asked *a, void (*answer)(void *arg, struct buf *body), void *arg);

void x1_jobs_init(struct x1 *x);
void x1_jobs_renew(struct x1 *x);	/* the configuration has changed */
/* What is under way is answered with nothing; what of it was done is in the audit log. */
void x1_jobs_stop(struct x1 *x);
void x1_jobs_fini(struct x1 *x);	/* when the loop has no more of it */

/* -- x1_query.c -- */
/* Begins the answer to a query; true: the walk goes on with x1_query_step(). */
bool x1_query(struct x1_job *j, const struct x1_msg *m, const struct x1_head *h, struct x1_result *res);
/* A slice; true: more is to come. */
bool x1_query_step(struct x1_job *j);
void x1_walk_fini(struct x1_walk *w);
/* The faults of the network element, for as long as nothing else is asked. */
struct x1_faults x1_ne_faults(struct x1 *x);

/* -- x1_local.c: what the operator ordered here, as an ADMF would have -- */
bool x1_local_task(struct x1 *x, const struct task *t, struct buf *xml);
bool x1_local_dest(const struct dest *d, struct buf *xml);

#endif
