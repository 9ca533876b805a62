/*
 * x1_server.c: X1 (TS 103 221-1), we are the network element. One request, by function names:
 *	on_request -> x1_ask				its octets, whole, from the HTTP server (mediation/http.h: X1-HTTP-010)
 *	x1_job.c					read, done message by message, written down
 *	on_answer -> http_answer_take			200 with what came of it
 *
 * x1_look, each second: keepalives (x1_keepalive.c), tasks that may end by themselves, redundant sets, news for ADMFs (x1_report.c).
 */
#include "mediation/x1/x1_job.h"

#include <li/log.h>

#include <stdio.h>
#include <stdlib.h>

#include "mediation/clock.h"
#include "mediation/listen.h"
#include "mediation/x1/x1_report.h"

#define STRANGER_TIME_P2 (3600 * LI_US_SECOND)	/* X1-KA-003, by its default: time to put a name in mdfd.yaml right */
#define CONTENT_TYPE "application/xml; charset=utf-8"

/* -- a request -- */

static void on_answer(void *arg, struct buf *body)
{
	struct http_request *r = arg;

	if (body->n)
		http_answer_take(r, 200, CONTENT_TYPE, body);	/* X1-HTTP-008 */
	else
		http_answer(r, 503, "text/plain; charset=utf-8", view_str("the service is stopping, or has no memory\n"));
}

static void on_request(void *arg, struct http_request *r)
{
	x1_ask(arg, http_asked(r), on_answer, r);
}

/* -- each second -- */

struct over { bool all; };

static void is_over(void *arg, struct warrant *w)
{
	((struct over *)arg)->all &= w->state == WARRANT_ENDED;
}

/* X1-TASK-023, X1-TASK-024: only a task that allows it, when the time of all its LIIDs is over. */
static void end_implicit(struct x1 *x, struct x1_space *s)
{
	struct x1_item *i = s->n_implicit ? TAILQ_FIRST(&s->items[STORE_X1_TASK]) : NULL, *next;

	for (; i; i = next) {
		struct over o = { true };
		const struct task *t;
		struct li_xid xid;

		next = TAILQ_NEXT(i, all);
		if (!(i->flags & X1_ITEM_IMPLICIT))
			continue;
		memcpy(xid.b, i->row.id, 16);
		t = warrants_by_xid(x->c.warrants, &xid);
		if (t)
			warrants_of(t, is_over, &o);
		if (o.all) {
			const struct x1_call k = { x, s, "x1 implicit deactivation", false };
			struct x1_result res = { 0 };

			x1_task_end(&k, &xid, &res);
			if (!res.code)
				x1_report_task(x, s, xid.b, X1_IMPLICIT_DEACTIVATION, X1_E_CLEARED, "the time of all its LIIDs is over");
		}
	}
}

void x1_look(struct x1 *x)
{
	if (x->closing)
		return;
	for (size_t i = 0; i < x->n_spaces; i++) {
		struct x1_space *s = &x->space[i];
		const struct x1_call k = { x, s, "x1 destination set", true };

		x1_fail_safe(x, s);
		end_implicit(x, s);
		x1_sets_look(&k);
		x1_tasks_calm(x, s);
		x1_amounts_keep(x, s, false);
	}
	for (size_t i = 0; i < x->n_strangers; i++)
		x1_fail_safe(x, &x->stranger[i].s);
	x1_report_look(x);
}

void x1_told_local(struct x1 *x, const char *what)
{
	char text[X1_TEXT];

	snprintf(text, sizeof(text), "changed by the operator: %s", what);
	x1_report_ne(x, NULL, X1_NE_WARNING, X1_E_WARNING, text);		/* X1-SEC-012 */
}

/* -- life -- */

/* Of an ADMF that mdfd.yaml does not name: nobody can change what it ordered, so nobody is heard for it, and TIME_P2 goes by. */
static struct x1_space *stranger(struct x1 *x, const char *admf)
{
	struct x1_stranger *g = x->stranger;

	while (g < x->stranger + x->n_strangers && strcmp(g->id, admf) != 0)
		g++;
	if (g < x->stranger + x->n_strangers)
		return &g->s;
	if (x->n_strangers == CONF_X1_ADMFS_MAX)
		return NULL;
	x->n_strangers++;
	snprintf(g->id, sizeof(g->id), "%s", admf);
	g->c = (struct conf_x1_admf){ .admf_id = g->id, .keepalive = true, .time_p2 = STRANGER_TIME_P2 };
	x1_space_init(&g->s, &g->c);
	g->s.heard_steady = clock_steady();
	g->s.heard_kept = LI_US_NEVER;	/* what it was heard is kept as it is: it may be named again */
	return &g->s;
}

static enum li_err load_one(void *arg, const char *admf, const struct store_x1_row *r, struct view body)
{
	struct x1 *x = arg;
	struct x1_space *s = NULL;
	struct x1_item *i;
	struct view xml;

	for (size_t k = 0; k < x->n_spaces; k++)
		if (strcmp(x->space[k].c->admf_id, admf) == 0)
			s = &x->space[k];
	if (!s)
		s = stranger(x, admf);
	if (!s) {
		li_log(LI_LOG_ERR, "X1: ADMF %s is one too many that mdfd.yaml does not name: what it ordered stays", admf);
		return LI_OK;
	}
	i = x1_item_of(r, body, &xml);
	if (!i)
		return LI_EFORMAT;
	x1_space_put(s, i);
	return LI_OK;
}

/* Objects come after what they name, and tasks before: uses are counted when all are there. */
static void recount(struct x1_space *s)
{
	struct x1_item *i;

	for (int kind = 0; kind < STORE_X1_KINDS; kind++)
		TAILQ_FOREACH(i, &s->items[kind], all)
			i->uses = 0;
	for (int kind = 0; kind < STORE_X1_KINDS; kind++)
		TAILQ_FOREACH(i, &s->items[kind], all)
			for (size_t k = 0; k < i->n_refs; k++) {
				struct x1_item *to = x1_space_find(s, i->ref[k].kind, i->ref[k].id);

				if (to)
					to->uses++;
			}
}

static bool load(struct x1 *x, char *err, size_t errlen)
{
	enum li_err e = store_x1_all(x->c.store, load_one, x);

	for (size_t k = 0; !e && k < x->n_spaces; k++) {
		recount(&x->space[k]);
		e = x1_heard_load(x, &x->space[k]);
	}
	if (!e)
		e = x1_amounts_load(x);
	if (!e)
		e = x1_reports_load(x->reports);
	if (e)
		snprintf(err, errlen, "what ADMFs ordered, or are to be told, cannot be read: %s", li_err_text(e));
	for (size_t k = 0; !e && k < x->n_strangers; k++)
		li_log(LI_LOG_WARNING, "X1: ADMF %s is not in mdfd.yaml, and has %zu tasks here: nobody can change them, and they end after TIME_P2",
		       x->stranger[k].id, x->stranger[k].s.n[STORE_X1_TASK]);
	return !e;
}

static void forget(struct x1_space *s)
{
	for (int kind = 0; kind < STORE_X1_KINDS; kind++)
		while (!TAILQ_EMPTY(&s->items[kind]))
			x1_space_remove(s, TAILQ_FIRST(&s->items[kind]));
}

void x1_forget(struct x1 *x)
{
	x1_reports_forget(x->reports);
	for (size_t k = 0; k < x->n_strangers; k++)
		forget(&x->stranger[k].s);
	for (size_t k = 0; k < x->n_spaces; k++) {
		struct x1_space *s = &x->space[k];

		forget(s);
		s->heard_steady = clock_steady();
		x1_report_ne(x, s, X1_NE_WARNING, X1_E_DATABASE_CLEARED, "the service started with an empty store");	/* X1-TASK-032 */
	}
}

static size_t list_peers(const struct x1 *x, const char *peers[CONF_PEERS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_spaces; i++)
		for (size_t k = 0; k < x->space[i].c->n_peers && n < CONF_PEERS_MAX; k++)
			peers[n++] = x->space[i].c->peer[k];
	return n;
}

static bool open_http(struct x1 *x, char *err, size_t errlen)
{
	const char *peers[CONF_PEERS_MAX];
	size_t n_peers = list_peers(x, peers);
	/* X1-HTTP-001, X1-HTTP-002, X1-HTTP-014: TLS always, HTTP/1.1 and HTTP/2 */
	struct http_route route = { "POST", x->conf->path, x->conf->max_body, on_request, x, X1_ANSWER_MAX };
	struct http_conf h = { .loop = x->c.loop, .group = (gid_t)-1, .tls = &x->c.tls, .peers = peers, .n_peers = n_peers, .routes = &route, .n_routes = 1,
			       .refused = x->c.refused, .arg = x->c.arg };

	if (listen_read(x->conf->listen, &h.at))
		return false;		/* conf_load() has read it already */
	x->http = http_new(&h, err, errlen);
	return x->http;
}

struct x1 *x1_open(const struct x1_open *c, char *err, size_t errlen)
{
	struct x1 *x = calloc(1, sizeof(*x));

	snprintf(err, errlen, "out of memory");
	if (!x)
		return NULL;
	x->c = *c;
	x->conf = c->conf->x1;
	clock_boot(x->boot);
	x1_jobs_init(x);
	for (; x->n_spaces < x->conf->n_admfs; x->n_spaces++)
		x1_space_init(&x->space[x->n_spaces], &x->conf->admf[x->n_spaces]);
	x->space[0].sees_local = x->n_spaces == 1;
	x->reports = x1_reports_new(x);
	if (x->reports && load(x, err, errlen) && open_http(x, err, errlen))
		return x;
	x1_close(x);
	return NULL;			/* what is left of it goes with the loop */
}

enum li_err x1_start(struct x1 *x)
{
	enum li_err e = http_start(x->http);

	return e ? e : x1_reports_start(x->reports);
}

enum li_err x1_renew(struct x1 *x, const struct tls_conf *tls, char *err, size_t errlen)
{
	const char *peers[CONF_PEERS_MAX];
	enum li_err e = http_renew(x->http, tls, peers, list_peers(x, peers), err, errlen);

	x1_jobs_renew(x);
	http_body_max(x->http, 0, x->conf->max_body);
	x1_reports_renew(x->reports, e ? NULL : tls);
	return e;
}

void x1_close(struct x1 *x)
{
	if (x->closing)
		return;
	x->closing = true;
	x1_jobs_stop(x);
	for (size_t i = 0; i < x->n_spaces; i++)
		x1_heard_save(x, &x->space[i]);
	if (x->reports)
		x1_reports_close(x->reports);
	if (x->http)
		http_close(x->http, NULL, NULL);
	x->http = NULL;
}

void x1_free(struct x1 *x)
{
	if (!x)
		return;
	x->c.count = NULL;		/* what ran has ended, and is counted */
	for (size_t i = 0; i < x->n_spaces; i++)
		x1_amounts_keep(x, &x->space[i], true);
	x1_jobs_fini(x);
	x1_reports_free(x->reports);
	for (size_t i = 0; i < x->n_spaces; i++)
		x1_space_fini(&x->space[i]);
	for (size_t i = 0; i < x->n_strangers; i++)
		x1_space_fini(&x->stranger[i].s);
	free(x);
}

/* -- for status and counters -- */

void x1_stats(const struct x1 *x, struct x1_stats *s)
{
	*s = x->stats;
}

size_t x1_admfs(const struct x1 *x)
{
	return x->n_spaces;
}

void x1_admf(const struct x1 *x, size_t i, struct x1_admf_state *s)
{
	const struct x1_space *sp = &x->space[i];

	*s = (struct x1_admf_state){ sp->c->admf_id, sp->c->ne_id, sp->n[STORE_X1_TASK], sp->n[STORE_X1_DEST], sp->n[STORE_X1_OBJECT], sp->heard,
				     sp->silent, x1_reports_waiting(x->reports, i) };
}

uint16_t x1_port(const struct x1 *x)
{
	struct http_stats st;

	http_stats(x->http, &st);
	return st.port;
}
