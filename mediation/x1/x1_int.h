/* x1_int.h: what the files of the X1 server share. The story is in x1_server.c. */
#ifndef MEDIATION_X1_X1_INT_H
#define MEDIATION_X1_X1_INT_H

#include <stdatomic.h>
#include <uv.h>

#include "mediation/x1/space.h"
#include "mediation/x1/x1_arena.h"
#include "mediation/x1/x1_msg.h"
#include "mediation/x1/x1_read.h"
#include "mediation/x1/x1_server.h"

#define X1_READERS 4		/* kept: as many as libuv's pool has threads */
#define X1_TEXT 256		/* of an error's description */

/* What becomes of a request: code 0: it is done. */
struct x1_result {
	int code;
	char text[X1_TEXT];	/* never a value of the request but an XID, DID, object id or LIID that the table of codes asks for */
};
void x1_fail(struct x1_result *res, int code, const char *fmt, ...) LI_PRINTF(3, 4);	/* the first one stays */

struct x1_job;
struct x1_rd;
struct x1_reports;

struct x1 {
	struct x1_open c;
	const struct conf_x1 *conf;
	struct x1_space space[CONF_X1_ADMFS_MAX];
	size_t n_spaces;
	struct http *http;
	struct x1_reports *reports;
	uv_idle_t idle;			/* while a job goes on */
	TAILQ_HEAD(, x1_job) jobs;	/* that are parsed; of one client answered one after the other */
	uint64_t turns;
	size_t n_parsing;
	bool closing;
	uv_mutex_t lock;		/* of readers */
	struct x1_rd *rd[X1_READERS];	/* readers that nobody uses just now */
	_Atomic size_t max_body;	/* of the configuration, for the pool's threads */
	_Atomic li_us time1;
	size_t n_rds;
	struct x1_stranger {		/* ADMFs that mdfd.yaml does not name any more, and that have tasks here */
		struct conf_x1_admf c;
		char id[WARRANT_OWNER_MAX];
		struct x1_space s;
	} stranger[CONF_X1_ADMFS_MAX];
	size_t n_strangers;
	char boot[STORE_BOOT];		/* which start of the machine this is */
	struct x1_stats stats;
};

/* One request that is being done: whose, and by whom in words, for the audit log. */
struct x1_call {
	struct x1 *x;
	struct x1_space *s;
	const char *who;
	bool modify;		/* ModifyTask, ModifyDestination, ModifyObject */
};

/* A task that was stored. */
enum li_err x1_task_read(struct x1 *x, struct view xml, struct x1_arena *a, struct x1_task *t) LI_MUST;
enum li_err x1_object_read(struct x1 *x, struct view xml, struct x1_arena *a, struct x1_object *o) LI_MUST;

/* -- x1_change.c: what is to be, with all that comes of it, in one transaction -- */
struct x1_change {
	struct conf_warrants f;		/* warrants and destinations as they will be */
	struct conf_warrant *warrant;	/* f.warrant, growing */
	size_t warrants_cap;
	struct li_xid *whole, *over;	/* struct warrants_more has them */
	size_t n_whole, whole_cap, n_over, over_cap;
	struct li_did *gone;
	size_t n_gone;
	struct x1_put {			/* items that are kept, with their documents as stored */
		struct x1_item *item;
		struct buf body;
	} *put;
	size_t n_put, put_cap;
	const struct x1_item **del;
	size_t n_del;
	bool all[STORE_X1_KINDS];	/* all of a kind go instead */
	struct x1_arena **lent;		/* where texts of the warrants lie */
	size_t n_lent, lent_cap;
	struct x1_arena *texts;		/* of targets that were made here; among those lent */
	bool nomem;
};
void x1_change_init(struct x1_change *g);
void x1_change_fini(struct x1_change *g);
struct conf_warrant *x1_change_warrant(struct x1_change *g);	/* NULL: no memory */
void x1_change_whole(struct x1_change *g, const struct li_xid *xid);
void x1_change_over(struct x1_change *g, const struct li_xid *xid);
/* item becomes the change's; xml is copied. NULL item: no memory. */
void x1_change_put(struct x1_change *g, struct x1_item *item, struct view xml);
/* A copy of a text that lives as long as the change; empty: no memory. */
struct view x1_change_text(struct x1_change *g, const char *text);
/* The change's from now on: freed with it. NULL allowed. */
void x1_change_lend(struct x1_change *g, struct x1_arena *a);
/* Does it, or nothing: code is what a refusal by the store, the audit log or a conflict is answered with. */
void x1_change_do(const struct x1_call *k, struct x1_change *g, int code, struct x1_result *res);

/* -- requests -- */
void x1_task_put(const struct x1_call *k, const struct x1_task *t, struct x1_result *res);
void x1_task_end(const struct x1_call *k, const struct li_xid *xid, struct x1_result *res);
/* local: and those that the operator ordered, where this ADMF sees them. */
void x1_task_end_all(const struct x1_call *k, bool local, struct x1_result *res);
/* Faults of tasks that have not come again for a while are over. */
void x1_tasks_calm(struct x1 *x, struct x1_space *s);
/* Warrants of this task as its destination sets stand now, into g. */
void x1_task_again(const struct x1_call *k, const struct x1_item *i, struct x1_change *g, struct x1_result *res);
void x1_dest_put(const struct x1_call *k, const struct x1_dest *d, struct x1_result *res);
void x1_dest_end(const struct x1_call *k, const struct li_did *did, struct x1_result *res);
void x1_dest_end_all(const struct x1_call *k, struct x1_result *res);
void x1_object_put(const struct x1_call *k, const struct x1_object *o, struct x1_result *res);
void x1_object_end(const struct x1_call *k, const struct x1_object_id *id, struct x1_result *res);
void x1_object_end_all(const struct x1_call *k, struct x1_result *res);
/* The redundant set's member that is used: the first that is up, by preference. True: it is another one than before. */
bool x1_set_choose(struct x1 *x, const struct x1_space *s, struct x1_item *set);

/* Sets whose member is down use another; and the preferred one again when it is up. */
void x1_sets_look(const struct x1_call *k);

/* -- x1_keepalive.c -- */
void x1_heard(struct x1 *x, struct x1_space *s, struct x1_version v);
enum li_err x1_heard_load(struct x1 *x, struct x1_space *s) LI_MUST;
void x1_heard_save(struct x1 *x, struct x1_space *s);
/* Its tasks end where TIME_P2 has gone by. */
void x1_fail_safe(struct x1 *x, struct x1_space *s);
/* For how long that one was silent, at this reading of both clocks and this start of the machine. sure false: the clock does not tell. */
li_us x1_silent_for(const struct store_heard *h, li_us wall, li_us steady, const char *boot, bool *sure);

/* -- x1_amount.c: what tasks have delivered (clause 6.4.2.2) -- */
enum li_err x1_amounts_load(struct x1 *x) LI_MUST;
/* Up to now; also before something of the task ends. */
void x1_amount_take(struct x1 *x, struct x1_item *task);
/* The store is told, of some tasks a second; or of all. */
void x1_amounts_keep(struct x1 *x, struct x1_space *s, bool all);

/* Is this space the one that sees what the operator ordered here (warrants.yaml, mdfctl)? */
bool x1_sees_local(const struct x1_space *s);

void x1_uuid(const uint8_t b[16], char out[LI_UUID_TEXT]);

#endif
