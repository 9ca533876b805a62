/*
 * x1_job.c: one X1 request from its octets to its answer, by function names:
 *	parse						in a thread of libuv's pool: x1_read, within half of TIME1
 *	parsed -> queue					on the loop again; requests of one ADMF are done one after the other
 *	on_idle -> step -> do_message			each message of its container, in document order (X1-MSG-009):
 *		authorise				who it is from: certificate, identifiers (clause 8.2)
 *		order					a change: x1_task.c, x1_dest.c, x1_object.c -> x1_change_do -> warrants
 *		x1_query				a question: x1_query.c, in slices
 *		tell					the audit log
 *	finish						X1Response (X1-MSG-010); what cannot be read: X1TopLevelErrorResponse
 */
#include "mediation/x1/x1_job.h"

#include <li/log.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "mediation/clock.h"

#define TURN (10 * INT64_C(1000))	/* microseconds of the loop's time at once: X1-MSG-016 without holding it up */
/* Answers that wait for slow clients: of one ADMF (details of 100,000 tasks have 60 MB), and of all. Then nothing more is answered, and
 * memory stays what it is: but who has none waiting always is. */
#define ANSWERS_MAX ((uint64_t)256 << 20)
#define ANSWERS_OF_ONE ((uint64_t)64 << 20)
#define BINDING "urn:etsi:li:103221-1:cert-binding:ADMF:"

/* -- readers -- */

static bool is_late(void *arg)
{
	return clock_steady() > ((const struct x1_rd *)arg)->until;
}

static struct x1_rd *rd_new(const struct x1 *x)
{
	struct x1_limits l = x1_limits_default;
	struct x1_rd *rd = calloc(1, sizeof(*rd));

	if (!rd)
		return NULL;
	rd->octets = l.octets = atomic_load(&x->max_body);
	l.late = is_late;
	l.arg = rd;
	rd->r = x1_reader_new(&l);
	if (rd->r)
		return rd;
	free(rd);
	return NULL;
}

static void rd_free(struct x1_rd *rd)
{
	if (rd)
		x1_reader_free(rd->r);
	free(rd);
}

static struct x1_rd *take_rd(struct x1 *x)
{
	struct x1_rd *rd = NULL;

	uv_mutex_lock(&x->lock);
	if (x->n_rds)
		rd = x->rd[--x->n_rds];
	uv_mutex_unlock(&x->lock);
	if (rd && rd->octets != atomic_load(&x->max_body)) {
		rd_free(rd);
		rd = NULL;
	}
	if (!rd)
		rd = rd_new(x);
	if (rd)
		rd->until = clock_steady() + atomic_load(&x->time1) / 2;
	return rd;
}

static void give_rd(struct x1 *x, struct x1_rd *rd)
{
	uv_mutex_lock(&x->lock);
	if (x->n_rds < X1_READERS) {
		x->rd[x->n_rds++] = rd;
		rd = NULL;
	}
	uv_mutex_unlock(&x->lock);
	rd_free(rd);
}

enum li_err x1_task_read(struct x1 *x, struct view xml, struct x1_arena *a, struct x1_task *t)
{
	struct x1_rd *rd = take_rd(x);
	enum li_err e = rd ? x1_read_task(rd->r, xml, a, t) : LI_ENOMEM;

	if (rd)
		give_rd(x, rd);
	return e;
}

enum li_err x1_object_read(struct x1 *x, struct view xml, struct x1_arena *a, struct x1_object *o)
{
	struct x1_rd *rd = take_rd(x);
	enum li_err e = rd ? x1_read_object(rd->r, xml, a, o) : LI_ENOMEM;

	if (rd)
		give_rd(x, rd);
	return e;
}

/* -- who it is from -- */

static bool is_bound(const struct http_asked *a, struct view id)
{
	for (size_t i = 0; i < 2; i++)
		if (strncmp(a->peer.urn[i], BINDING, sizeof(BINDING) - 1) == 0 && view_eq(id, view_str(a->peer.urn[i] + sizeof(BINDING) - 1)))
			return true;
	return a->peer.uid[0] && view_eq(id, view_str(a->peer.uid));
}

static bool is_peer(const struct http_asked *a, const struct conf_x1_admf *c)
{
	for (size_t i = 0; i < c->n_peers; i++)
		if (strcmp(a->peer.name, c->peer[i]) == 0)
			return true;
	return false;
}

/* Each message on its own, not the connection (X1-SEC-015). Whose space it is; NULL: res says why. */
static struct x1_space *authorise(struct x1 *x, const struct http_asked *a, const struct x1_head *h, struct x1_result *res)
{
	struct x1_space *s = NULL;

	for (size_t i = 0; i < x->n_spaces; i++)
		if (view_eq(h->admf, view_str(x->space[i].c->admf_id)))
			s = &x->space[i];
	if (!a->has_peer || !is_bound(a, h->admf))				/* X1-SEC-005, X1-SEC-006 */
		x1_fail(res, X1_E_ADMF_CERT, "%s", x1_code_name(X1_E_ADMF_CERT));
	else if (!s || !is_peer(a, s->c))					/* X1-SEC-007 */
		x1_fail(res, X1_E_ADMF_UNEXPECTED, "%s", x1_code_name(X1_E_ADMF_UNEXPECTED));
	else if (!view_eq(h->ne, view_str(s->c->ne_id)))			/* X1-SEC-008; that another ADMF calls us so is not told (X1-SEC-013) */
		x1_fail(res, X1_E_NE_UNEXPECTED, "%s", x1_code_name(X1_E_NE_UNEXPECTED));
	return res->code ? NULL : s;
}

/* Who we are to the owner of a certificate: nobody is told what another ADMF calls us, or that it is there. */
static const struct x1_space *known_as(const struct x1 *x, const struct http_asked *a)
{
	for (size_t i = 0; i < x->n_spaces; i++)
		if (a->has_peer && is_bound(a, view_str(x->space[i].c->admf_id)))
			return &x->space[i];
	return &x->space[0];
}

/* -- a message -- */

/* A request that changes something; false: it is none. */
static bool order(const struct x1_call *k, const struct x1_msg *m, struct x1_result *res)
{
	const struct conf_x1_admf *c = k->s->c;

	switch (m->type) {
	case X1_ACTIVATE_TASK: case X1_MODIFY_TASK: x1_task_put(k, &m->u.task, res); return true;
	case X1_DEACTIVATE_TASK: x1_task_end(k, &m->u.xid, res); return true;
	case X1_DEACTIVATE_ALL_TASKS:
		if (c->deactivate_all)
			x1_task_end_all(k, true, res);
		else				/* X1-TASK-020 */
			x1_fail(res, X1_E_DEACTIVATE_ALL_OFF, "%s", x1_code_name(X1_E_DEACTIVATE_ALL_OFF));
		return true;
	case X1_CREATE_DESTINATION: case X1_MODIFY_DESTINATION: x1_dest_put(k, &m->u.dest, res); return true;
	case X1_REMOVE_DESTINATION: x1_dest_end(k, &m->u.did, res); return true;
	case X1_REMOVE_ALL_DESTINATIONS:
		if (c->remove_all)
			x1_dest_end_all(k, res);
		else				/* X1-DEST-012 */
			x1_fail(res, X1_E_REMOVE_ALL_OFF, "%s", x1_code_name(X1_E_REMOVE_ALL_OFF));
		return true;
	case X1_CREATE_OBJECT: case X1_MODIFY_OBJECT: x1_object_put(k, &m->u.object, res); return true;
	case X1_DELETE_OBJECT: x1_object_end(k, &m->u.object_id, res); return true;
	case X1_DELETE_ALL_OBJECTS:
		if (c->delete_all_objects)
			x1_object_end_all(k, res);
		else				/* X1-OBJ-006 */
			x1_fail(res, X1_E_DELETE_ALL_OBJECTS_OFF, "%s", x1_code_name(X1_E_DELETE_ALL_OBJECTS_OFF));
		return true;
	case X1_PING: return true;
	case X1_KEEPALIVE:				/* X1-KA-001 */
		if (!c->keepalive)
			x1_fail(res, X1_E_KEEPALIVE, "%s", x1_code_name(X1_E_KEEPALIVE));
		return true;
	default: return false;
	}
}

static bool is_query(enum x1_type t)
{
	return (t >= X1_GET_TASK_DETAILS && t <= X1_GET_ALL_OBJECT_DETAILS) || t == X1_GET_OBJECT || t == X1_LIST_OBJECTS_OF_TYPE;
}

static void set_who(struct x1_job *j)
{
	snprintf(j->who, sizeof(j->who), "x1 %s", j->asked->has_peer ? j->asked->peer.subject : "");
}

/* Every request, refused ones too. */
static enum li_err tell_one(struct x1_job *j, const struct x1_msg *m, const struct x1_told *t)
{
	char code[12] = "oK", hash[65] = "", transaction[LI_UUID_TEXT], type[64];
	struct audit_field f[] = { { "message", type }, { "result", code }, { "transaction", transaction }, { "admf", t->s ? t->s->c->admf_id : "" },
				   { "sha256", hash } };

	snprintf(type, sizeof(type), "%s", m->type == X1_UNKNOWN ? "unknown" : x1_type_name(m->type));
	if (t->code)
		snprintf(code, sizeof(code), "%d", t->code);
	for (size_t i = 0; !t->s && i < 32; i++)
		snprintf(hash + 2 * i, 3, "%02x", j->asked->peer.sha256[i]);
	x1_uuid(m->head.transaction, transaction);
	return audit_write(j->x->c.audit, j->x->c.clock(), t->s ? "x1-request" : "x1-refused", j->who, f, t->s ? 4 : 5);
}

/* All of a container with one sync, before any of it is answered (what it changed was told before it was done). False: it could not be
 * written, and nothing is answered. */
static bool tell(struct x1_job *j)
{
	enum li_err e = LI_OK, e2;

	audit_begin(j->x->c.audit);
	for (size_t i = 0; !e && i < j->at; i++)
		e = tell_one(j, &j->doc->msg[i], &j->told[i]);
	e2 = audit_end(j->x->c.audit);
	if (!e && !e2)
		return true;
	li_log(LI_LOG_ERR, "audit log: an X1 request could not be written: it is not answered");
	return false;
}

static void count(struct x1 *x, bool authorised, const struct x1_result *res)
{
	x->stats.messages++;
	x->stats.refused += !authorised;
	x->stats.errors += authorised && res->code;
}

static void answer(struct x1_job *j, const struct x1_msg *m, const struct x1_head *h, struct x1_result *res)
{
	struct buf *b = &j->out;
	size_t from = b->n;

	if (is_query(m->type) && !res->code)
		j->walking = x1_query(j, m, h, res);
	if (res->code) {
		b->n = from;
		x1_out_error(&j->o, h, m, res->code, res->text);
	} else if (!is_query(m->type)) {
		x1_out_ok(&j->o, h, m->type, true);	/* done, and kept: nothing is only acknowledged */
	}
}

static void do_message(struct x1_job *j, const struct x1_msg *m)
{
	struct x1 *x = j->x;
	struct x1_head h = m->head;
	struct x1_result res = { 0 };

	j->s = authorise(x, j->asked, &m->head, &res);
	h.time = x->c.clock();
	h.ne = view_str((j->s ? j->s : known_as(x, j->asked))->c->ne_id);
	if (j->s)
		x1_heard(x, j->s, m->head.version);
	if (j->s && m->error.code)			/* X1-MSG-006, X1-MSG-014: this message's own */
		x1_fail(&res, m->error.code, "%.*s", m->error.text.n > X1_TEXT - 1 ? X1_TEXT - 1 : (int)m->error.text.n,
			m->error.text.n ? (const char *)m->error.text.p : "");
	if (j->s && !res.code && !is_query(m->type)) {
		const struct x1_call k = { x, j->s, j->who, m->type == X1_MODIFY_TASK || m->type == X1_MODIFY_DESTINATION || m->type == X1_MODIFY_OBJECT };

		if (!order(&k, m, &res))	/* X1-MSG-020: of the other direction */
			x1_fail(&res, X1_E_UNSUPPORTED, "%s", x1_code_name(X1_E_UNSUPPORTED));
	}
	count(x, j->s, &res);
	answer(j, m, &h, &res);
	j->told[m - j->doc->msg] = (struct x1_told){ res.code, j->s };
}

/* -- a request -- */

static void job_free(struct x1_job *j)
{
	x1_walk_fini(&j->walk);
	x1_doc_free(j->doc);
	buf_wipe(&j->out);
	buf_fini(&j->out);
	free(j->told);
	free(j);
}

/* Nobody can be answered by name: who asks is known by the certificate, if at all. X1-MSG-004, X1-MSG-005 */
static void top_level(struct x1_job *j)
{
	struct x1 *x = j->x;
	const struct conf_x1_admf *c = known_as(x, j->asked)->c;
	struct x1_head h = { .admf = view_str(c->admf_id), .ne = view_str(c->ne_id), .time = x->c.clock(), .version = j->top.version };
	struct audit_field f[] = { { "message", "none" }, { "result", "top-level error" }, { "why", j->top.why ? j->top.why : li_err_text(j->err) } };

	if (!h.version.major)
		h.version = X1_VERSION_OURS;
	x->stats.errors++;
	if (audit_write(x->c.audit, x->c.clock(), "x1-refused", j->who, f, 3))
		li_log(LI_LOG_ERR, "audit log: an entry could not be written");
	j->out.n = 0;
	j->err = x1_out_top_level_error(&j->out, &h);
}

static void finish(struct x1_job *j)
{
	struct x1 *x = j->x;

	TAILQ_REMOVE(&x->jobs, j, all);
	if (j->begun && !tell(j)) {
		j->out.n = 0;
	} else if (j->begun && x1_out_end(&j->o)) {
		j->out.n = 0;
		li_log(LI_LOG_ERR, "X1: an answer could not be written: %s", li_err_text(j->o.err));
	}
	j->answer(j->arg, &j->out);
	job_free(j);
}

static bool is_crowded(const struct x1_job *j)
{
	struct http_waiting w = j->asked->of ? http_answers(j->asked->of) : (struct http_waiting){ 0 };

	return w.peer > ANSWERS_OF_ONE || (w.peer && w.all > ANSWERS_MAX);
}

/* Some of it; true: there is more. */
static bool step(struct x1_job *j)
{
	struct x1 *x = j->x;

	if (j->err || !j->doc || j->doc->root != X1_REQUEST) {
		j->top.why = j->top.why ? j->top.why : "no request";
		top_level(j);
		return false;
	}
	if (!j->begun && is_crowded(j)) {
		x->stats.errors++;
		return false;		/* 503: nothing of it is done */
	}
	if (!j->begun) {
		j->told = calloc(j->doc->n ? j->doc->n : 1, sizeof(*j->told));
		if (!j->told) {
			j->err = LI_ENOMEM;
			return true;
		}
		x1_out_begin(&j->o, &j->out, true);
	}
	j->begun = true;
	if (j->walking)
		j->walking = x1_query_step(j);
	else if (j->at < j->doc->n)
		do_message(j, &j->doc->msg[j->at++]);
	return !j->o.err && (j->walking || j->at < j->doc->n);
}

/* Message by message the clients have their turns: one that asks for everything, again and again, must not keep another's waiting. */
static struct x1_job *whose_turn(struct x1 *x)
{
	struct x1_job *first = TAILQ_FIRST(&x->jobs), *j;

	TAILQ_FOREACH(j, &x->jobs, all)
		if (j->turn < first->turn)
			first = j;
	return first;
}

static bool same_client(const struct x1_job *a, const struct x1_job *b)
{
	return memcmp(a->asked->peer.sha256, b->asked->peer.sha256, sizeof(a->asked->peer.sha256)) == 0;
}

static void has_turn(struct x1 *x, const struct x1_job *j)
{
	struct x1_job *other;

	x->turns++;
	TAILQ_FOREACH(other, &x->jobs, all)
		if (same_client(other, j))
			other->turn = x->turns;
}

static void on_idle(uv_idle_t *i)
{
	struct x1 *x = i->data;
	li_us until = clock_steady() + TURN;
	struct x1_job *j;

	while ((j = whose_turn(x)) && clock_steady() < until) {
		has_turn(x, j);
		if (!step(j))
			finish(j);
	}
	if (TAILQ_EMPTY(&x->jobs))
		uv_idle_stop(i);
}

static void parse(uv_work_t *w)
{
	struct x1_job *j = w->data;
	struct x1_rd *rd = take_rd(j->x);

	j->err = rd ? x1_read(rd->r, j->asked->body, &j->doc, &j->top) : LI_ENOMEM;
	if (rd)
		give_rd(j->x, rd);
}

static void parsed(uv_work_t *w, int status)
{
	struct x1_job *j = w->data;
	const struct x1_job *other;
	struct x1 *x = j->x;

	(void)status;
	x->n_parsing--;
	TAILQ_FOREACH(other, &x->jobs, all)
		if (same_client(other, j))
			j->turn = other->turn;
	TAILQ_INSERT_TAIL(&x->jobs, j, all);
	if (x->closing) {		/* nothing is ordered any more */
		TAILQ_REMOVE(&x->jobs, j, all);
		j->answer(j->arg, &j->out);
		job_free(j);
	} else {
		uv_idle_start(&x->idle, on_idle);
	}
}

void x1_ask(struct x1 *x, const struct http_asked *a, void (*to)(void *arg, struct buf *body), void *arg)
{
	struct x1_job *j = x->closing ? NULL : calloc(1, sizeof(*j));
	struct buf nothing;

	if (!j) {
		buf_init(&nothing, 0);
		to(arg, &nothing);
		return;
	}
	*j = (struct x1_job){ .x = x, .asked = a, .answer = to, .arg = arg };
	buf_init(&j->out, X1_ANSWER_MAX);
	set_who(j);
	j->work.data = j;
	x->stats.requests++;
	x->n_parsing++;
	if (uv_queue_work(x->c.loop, &j->work, parse, parsed)) {
		parse(&j->work);
		parsed(&j->work, 0);
	}
}

/* -- life -- */

void x1_jobs_renew(struct x1 *x)
{
	atomic_store(&x->max_body, x->conf->max_body);
	atomic_store(&x->time1, x->conf->time1);
}

void x1_jobs_init(struct x1 *x)
{
	TAILQ_INIT(&x->jobs);
	x1_jobs_renew(x);
	uv_mutex_init(&x->lock);
	uv_idle_init(x->c.loop, &x->idle);
	x->idle.data = x;
}

void x1_jobs_stop(struct x1 *x)
{
	struct x1_job *j;

	while ((j = TAILQ_FIRST(&x->jobs))) {
		TAILQ_REMOVE(&x->jobs, j, all);
		if (j->begun)
			(void)tell(j);	/* what of it was done; its failure is in our log */
		j->out.n = 0;
		j->answer(j->arg, &j->out);
		job_free(j);
	}
	uv_close((uv_handle_t *)&x->idle, NULL);
}

void x1_jobs_fini(struct x1 *x)
{
	while (x->n_rds)
		rd_free(x->rd[--x->n_rds]);
	uv_mutex_destroy(&x->lock);
}
