/*
 * x1_report.c: news for ADMFs, by function names:
 *	x1_report_look -> look_at_dests, look_at_faults		what came or went since the last second
 *	x1_report_task, _dest, _ne -> push			audited, kept in the store, and into the queue of each ADMF it is for
 * and in that ADMF's thread:
 *	run -> one -> say -> x1_client_ask			one at a time (X1-HTTP-011), until it has answered; again with a new transaction where it has not
 *	on_async -> settle					what became of it, on the loop: kept no more, counted, and given up aloud
 * What was not answered when the process ended is sent after the next start (x1_reports_load).
 */
#include "mediation/x1/x1_report.h"

#include <li/log.h>

#include <curl/curl.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mediation/clock.h"
#include "mediation/x1/x1_job.h"

#define WAIT_FIRST LI_US_SECOND		/* before it is sent again; doubles */
#define WAIT_MOST (60 * LI_US_SECOND)
#define OLDEST ((struct x1_version){ 1, 11, 1 })	/* until an ADMF has shown another */

struct report {
	STAILQ_ENTRY(report) all;
	uint64_t id;			/* of its row in the store; 0: none */
	enum x1_type type;
	struct x1_report r;
	char text[X1_TEXT];
	unsigned tries;
};
STAILQ_HEAD(reports, report);

struct known { char name[96], text[128]; bool lasting, seen; };

/* One ADMF's thread and what waits for it. */
struct teller {
	struct x1_reports *all;
	const struct x1_space *s;
	const char *admf, *ne;		/* of the configuration; they stay */
	struct x1_client *client;	/* the thread's; by others with the lock only */
	struct x1_client *next;		/* lock: takes its place before the next report */
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct reports queue;		/* lock; the first is being sent */
	struct reports done;		/* lock: answered or given up; the loop frees them */
	const struct report *sending;	/* lock: the first, while the thread is at it */
	size_t n;			/* lock: of queue */
	bool quit, fresh;		/* lock */
	struct x1_version version;	/* lock */
	char *file[6];			/* lock: of TLS */
	enum tls_floor floor;
	uint64_t sent, failed, overflowed;	/* lock; since on_async() looked */
	char why[160];			/* lock: of the last failure */
};

struct x1_reports {
	struct x1 *x;
	struct teller teller[CONF_X1_ADMFS_MAX];
	size_t n;
	uint64_t last_id;		/* of rows */
	uv_async_t async;
	bool async_open;
	struct known known[X1_FAULTS_MAX];
	size_t n_known;
	struct x1_fault fault[X1_FAULTS_MAX];
};

/* -- the thread -- */

/* A version 4 UUID: RFC 9562 clause 5.4. */
static bool new_transaction(uint8_t id[16])
{
	if (RAND_bytes(id, 16) != 1)
		return false;
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	return true;
}

static enum li_err say(struct teller *t, const struct report *r, struct x1_version version, const struct tls_conf *tls, bool fresh, int *code,
		       char *why, size_t n)
{
	struct x1_head h = { .admf = view_str(t->admf), .ne = view_str(t->ne), .time = t->all->x->c.clock(), .version = version };
	struct x1_out o;
	struct buf b;
	enum li_err e;

	buf_init(&b, 0);
	snprintf(why, n, "no memory");
	x1_out_begin(&o, &b, false);
	e = new_transaction(h.transaction) ? LI_OK : LI_EIO;	/* X1-MSG-019, X1-REP-008: a new one each time */
	if (r->type == X1_PING)
		x1_out_ping(&o, &h);	/* X1-QRY-011 */
	else
		x1_out_report(&o, &h, r->type, &r->r);
	if (!e)
		e = x1_out_end(&o);
	if (!e)
		e = x1_client_ask(t->client, tls, fresh, buf_view(&b), h.transaction, code, why, n);
	buf_fini(&b);
	return e;
}

static void wait_for(struct teller *t, li_us time)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += time / LI_US_SECOND;
	until.tv_nsec += time % LI_US_SECOND * 1000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!t->quit && !t->fresh && pthread_cond_timedwait(&t->wake, &t->lock, &until) == 0)
		;
}

/* Called and left with the lock. */
static void one(struct teller *t)
{
	struct report *first = STAILQ_FIRST(&t->queue), r = *first;
	struct tls_conf tls = { .certificate = strdup(t->file[0]), .key = strdup(t->file[1]), .ca = strdup(t->file[2]),
		.crl = t->file[3] ? strdup(t->file[3]) : NULL, .ciphers = t->file[4] ? strdup(t->file[4]) : NULL,
		.ciphersuites = t->file[5] ? strdup(t->file[5]) : NULL, .floor = t->floor };
	struct x1_version version = t->version;
	bool fresh = t->fresh, gone;
	struct x1_client *old = t->next ? t->client : NULL;
	char why[160] = "";
	int code = 0;
	enum li_err e;

	t->fresh = false;
	t->client = t->next ? t->next : t->client;
	t->next = NULL;
	t->sending = first;
	r.r.issue.text = view_str(r.text);
	pthread_mutex_unlock(&t->lock);
	x1_client_free(old);
	e = say(t, &r, version, &tls, fresh, &code, why, sizeof(why));
	free((void *)(uintptr_t)tls.certificate);
	free((void *)(uintptr_t)tls.key);
	free((void *)(uintptr_t)tls.ca);
	free((void *)(uintptr_t)tls.crl);
	free((void *)(uintptr_t)tls.ciphers);
	free((void *)(uintptr_t)tls.ciphersuites);
	pthread_mutex_lock(&t->lock);
	t->sending = NULL;
	if (!e && code)
		snprintf(t->why, sizeof(t->why), "it answered with error %d", code);
	else if (e)
		snprintf(t->why, sizeof(t->why), "%s", why);
	gone = STAILQ_FIRST(&t->queue) != first;	/* there was no room for it any more */
	if (!gone && ++first->tries < X1_REPORT_TRIES && e) {
		li_us wait = first->tries > 6 ? WAIT_MOST : WAIT_FIRST << (first->tries - 1);

		uv_async_send(&t->all->async);
		wait_for(t, wait);
		return;
	}
	t->sent += !e;
	t->failed += !!e;
	if (!gone) {
		STAILQ_REMOVE_HEAD(&t->queue, all);
		t->n--;
		STAILQ_INSERT_TAIL(&t->done, first, all);
	}
	uv_async_send(&t->all->async);
}

static void *run(void *arg)
{
	struct teller *t = arg;

	pthread_mutex_lock(&t->lock);
	while (!t->quit) {
		if (STAILQ_EMPTY(&t->queue))
			pthread_cond_wait(&t->wake, &t->lock);
		else
			one(t);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* -- the loop's side -- */

/* The ADMF need not be told it any more. Frees it. */
static void over(struct x1 *x, struct report *r)
{
	if (r && r->id && store_x1_report_del(x->c.store, r->id))
		li_log(LI_LOG_ERR, "X1: the store cannot drop a report: it will be sent again after a restart");
	free(r);
}

static struct report *first_of(struct reports *of)
{
	struct report *r = STAILQ_FIRST(of);

	if (r)
		STAILQ_REMOVE_HEAD(of, all);
	return r;
}

static void settle(struct x1_reports *r, struct teller *t)
{
	struct reports done = STAILQ_HEAD_INITIALIZER(done);
	uint64_t sent, failed;
	struct report *one;
	char why[160];

	pthread_mutex_lock(&t->lock);
	STAILQ_CONCAT(&done, &t->done);
	sent = t->sent;
	failed = t->failed + t->overflowed;
	t->sent = t->failed = t->overflowed = 0;
	snprintf(why, sizeof(why), "%s", t->why);
	t->why[0] = 0;
	pthread_mutex_unlock(&t->lock);
	while ((one = first_of(&done)))
		over(r->x, one);
	r->x->stats.reports += sent;
	r->x->stats.reports_failed += failed;
	if (failed)
		li_log(LI_LOG_ERR, "X1: ADMF %s: a report was given up: %s", t->s->c->admf_id, why);
	else if (why[0])
		li_log(LI_LOG_WARNING, "X1: ADMF %s: a report: %s", t->s->c->admf_id, why);
}

static void on_async(uv_async_t *a)
{
	struct x1_reports *r = a->data;

	for (size_t i = 0; i < r->n; i++)
		settle(r, &r->teller[i]);
}

static void audit(struct x1 *x, const struct x1_space *s, const struct report *r)
{
	static const char *const types[] = { "AllClear", "Warning", "NonTerminatingFault", "TerminatingFault", "ImplicitDeactivation",
		"FullyActionedAndSuccessful", "FullyActionedAndUnsuccessful" };
	static const char *const ne[] = { "Warning", "FaultCleared", "FaultReport", "Alert" };
	char id[LI_UUID_TEXT] = "", code[12];
	struct audit_field f[] = { { "admf", s->c->admf_id }, { "message", x1_type_name(r->type) },
		{ "type", r->type == X1_REPORT_NE_ISSUE ? ne[r->r.ne_type] : types[r->r.type] }, { "code", code }, { "text", r->text }, { "id", id } };

	snprintf(code, sizeof(code), "%d", r->r.issue.code);
	if (r->type != X1_REPORT_NE_ISSUE)
		x1_uuid(r->r.id, id);
	if (audit_write(x->c.audit, x->c.clock(), "x1-report", "mdfd", f, r->type == X1_REPORT_NE_ISSUE ? 5 : 6))
		li_log(LI_LOG_ERR, "audit log: an entry could not be written");	/* X1-REP-007: said there at least */
}

/* Takes it. */
static void enqueue(struct x1 *x, struct teller *t, struct report *r)
{
	struct report *old = NULL;

	pthread_mutex_lock(&t->lock);
	STAILQ_INSERT_TAIL(&t->queue, r, all);
	if (++t->n > X1_REPORTS_MAX) {
		old = first_of(&t->queue);
		t->n--;
		t->overflowed++;
	}
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	over(x, old);
}

/* A restart loses none. What cannot be kept is sent all the same. */
static void keep(struct x1 *x, const char *admf, struct report *r)
{
	struct buf b;

	buf_init(&b, 0);
	r->r.issue.text = view_str(r->text);
	r->id = ++x->reports->last_id;
	if (x1_report_form(r->type, &r->r, &b) || store_x1_report_put(x->c.store, admf, r->id, buf_view(&b))) {
		li_log(LI_LOG_ERR, "X1: the store cannot keep a report: a restart would lose it");
		r->id = 0;
	}
	buf_fini(&b);
}

static void push(struct x1 *x, struct x1_space *s, const struct report *made)
{
	struct report *r;

	if (made->type != X1_PING)
		audit(x, s, made);
	if (!s->c->url || x->closing)
		return;
	r = malloc(sizeof(*r));
	if (!r)
		return;
	*r = *made;
	if (r->type != X1_PING)
		keep(x, s->c->admf_id, r);
	enqueue(x, &x->reports->teller[s - x->space], r);
}

static struct report made(enum x1_type type, int code, const char *text)
{
	struct report r = { .type = type, .r = { .issue = { .code = code } } };

	snprintf(r.text, sizeof(r.text), "%s", text);
	return r;
}

void x1_report_task(struct x1 *x, struct x1_space *s, const uint8_t xid[16], enum x1_report_type type, int code, const char *text)
{
	struct report r = made(X1_REPORT_TASK_ISSUE, code, text);

	memcpy(r.r.id, xid, 16);
	r.r.type = type;
	push(x, s, &r);
}

void x1_report_dest(struct x1 *x, struct x1_space *s, const uint8_t did[16], enum x1_report_type type, int code, const char *text)
{
	struct report r = made(X1_REPORT_DESTINATION_ISSUE, code, text);

	memcpy(r.r.id, did, 16);
	r.r.type = type;
	push(x, s, &r);
}

void x1_report_ne(struct x1 *x, struct x1_space *s, enum x1_ne_issue type, int code, const char *text)
{
	struct report r = made(X1_REPORT_NE_ISSUE, code, text);

	r.r.ne_type = type;
	for (size_t i = 0; i < x->n_spaces; i++)
		if (!s || s == &x->space[i])
			push(x, &x->space[i], &r);
}

/* -- what came and what went -- */

static void look_at_dests(struct x1 *x, struct x1_space *s)
{
	struct x1_item *i;

	TAILQ_FOREACH(i, &s->items[STORE_X1_DEST], all) {
		const struct dest *d;
		struct li_did did;
		bool down;

		memcpy(did.b, i->row.id, 16);
		d = warrants_dest(x->c.warrants, &did);
		down = d && x->c.dest_down && x->c.dest_down(x->c.arg, d, i->why, sizeof(i->why));
		if (down == i->fault)
			continue;
		i->fault = down;		/* X1-REP-004, X1-QRY-005 */
		if (down)
			x1_report_dest(x, s, i->row.id, X1_NON_TERMINATING_FAULT, X1_E_FAULT, i->why);
		else
			x1_report_dest(x, s, i->row.id, X1_ALL_CLEAR, X1_E_CLEARED, "delivery goes on");
	}
}

static void on_fault(void *arg, const char *name, bool lasting, const char *text)
{
	struct x1 *x = arg;
	struct x1_reports *r = x->reports;
	struct known *k = r->known;

	while (k < r->known + r->n_known && strcmp(k->name, name) != 0)
		k++;
	if (k == r->known + X1_FAULTS_MAX)
		return;
	if (k == r->known + r->n_known) {
		*k = (struct known){ .lasting = lasting };
		snprintf(k->name, sizeof(k->name), "%s", name);
		snprintf(k->text, sizeof(k->text), "%s", text);
		r->n_known++;
		x1_report_ne(x, NULL, lasting ? X1_NE_FAULT_REPORT : X1_NE_WARNING, lasting ? X1_E_FAULT : X1_E_WARNING, text);	/* X1-REP-005 */
	}
	k->seen = true;
}

static void look_at_faults(struct x1 *x)
{
	struct x1_reports *r = x->reports;

	for (size_t i = 0; i < r->n_known; i++)
		r->known[i].seen = false;
	if (x->c.faults)
		x->c.faults(x->c.arg, on_fault, x);
	for (size_t i = 0; i < r->n_known;) {
		struct known k = r->known[i];

		if (k.seen) {
			i++;
			continue;
		}
		r->known[i] = r->known[--r->n_known];
		if (k.lasting)
			x1_report_ne(x, NULL, X1_NE_FAULT_CLEARED, X1_E_CLEARED, k.text);
	}
}

void x1_report_look(struct x1 *x)
{
	for (size_t i = 0; i < x->n_spaces; i++)
		look_at_dests(x, &x->space[i]);
	look_at_faults(x);
}

/* X1-QRY-006, X1-QRY-007: warnings are not among them. */
struct x1_faults x1_ne_faults(struct x1 *x)
{
	struct x1_reports *r = x->reports;
	size_t n = 0;

	for (size_t i = 0; i < r->n_known; i++)
		if (r->known[i].lasting)
			r->fault[n++] = (struct x1_fault){ X1_E_FAULT, r->known[i].text };
	return (struct x1_faults){ r->fault, n };
}

/* -- life -- */

static void take_files(struct teller *t, const struct tls_conf *tls)
{
	const char *const from[6] = { tls->certificate, tls->key, tls->ca, tls->crl, tls->ciphers, tls->ciphersuites };

	for (size_t i = 0; i < 6; i++) {
		char *copy = from[i] ? strdup(from[i]) : NULL;

		if (from[i] && !copy)
			continue;	/* no memory: the old one */
		free(t->file[i]);
		t->file[i] = copy;
	}
	t->floor = tls->floor;
}

static struct x1_client *client_of(const struct x1 *x, const struct conf_x1_admf *a)
{
	struct x1_client_conf c = { .url = a->url, .admf = a->admf_id, .ne = a->ne_id, .names = (const char *const *)(const void *)a->peer,
				    .n_names = a->n_peers, .time2 = x->conf->time2 };

	return x1_client_new(&c);
}

struct x1_reports *x1_reports_new(struct x1 *x)
{
	struct x1_reports *r = calloc(1, sizeof(*r));
	pthread_condattr_t steady;

	if (!r || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(r);
		return NULL;
	}
	r->x = x;
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	for (; r->n < x->n_spaces; r->n++) {
		struct teller *t = &r->teller[r->n];
		const struct conf_x1_admf *a = x->space[r->n].c;

		t->admf = a->admf_id;
		t->ne = a->ne_id;
		t->all = r;
		t->s = &x->space[r->n];
		t->version = OLDEST;
		STAILQ_INIT(&t->queue);
		STAILQ_INIT(&t->done);
		pthread_mutex_init(&t->lock, NULL);
		pthread_cond_init(&t->wake, &steady);
		take_files(t, &x->c.tls);
		t->client = a->url ? client_of(x, a) : NULL;
		if (a->url && (!t->client || !t->file[0] || !t->file[1] || !t->file[2])) {
			r->n++;
			pthread_condattr_destroy(&steady);
			x1_reports_free(r);
			return NULL;
		}
	}
	pthread_condattr_destroy(&steady);
	r->async.data = r;
	r->async_open = uv_async_init(x->c.loop, &r->async, on_async) == 0;
	return r;
}

/* Whether an ADMF can be reached at all shows at the start, and not when there is something to tell. */
static void ping(struct x1_reports *r)
{
	struct report p = made(X1_PING, 0, "");

	for (size_t i = 0; i < r->n; i++)
		push(r->x, &r->x->space[i], &p);
}

/* -- what an earlier process left -- */

static struct teller *teller_of(struct x1_reports *r, const char *admf)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->teller[i].s->c->admf_id, admf) == 0)
			return r->teller[i].client ? &r->teller[i] : NULL;
	return NULL;
}

struct loading { struct x1_reports *r; uint64_t *gone; size_t n, cap; };	/* gone: of nobody whom mdfd.yaml lets be told */

static enum li_err drop_later(struct loading *l, uint64_t id)
{
	if (l->n == l->cap) {
		void *p = realloc(l->gone, (l->cap ? l->cap * 2 : 16) * sizeof(*l->gone));

		if (!p)
			return LI_ENOMEM;
		l->gone = p;
		l->cap = l->cap ? l->cap * 2 : 16;
	}
	l->gone[l->n++] = id;
	return LI_OK;
}

static enum li_err load_one(void *arg, const char *admf, uint64_t id, struct view body)
{
	struct loading *l = arg;
	struct teller *t = teller_of(l->r, admf);
	struct report *r;
	enum li_err e;

	if (l->r->last_id < id)
		l->r->last_id = id;
	if (!t)
		return drop_later(l, id);
	r = calloc(1, sizeof(*r));
	e = r ? x1_report_of(body, &r->type, &r->r) : LI_ENOMEM;
	if (e) {
		free(r);
		return e;
	}
	r->id = id;
	snprintf(r->text, sizeof(r->text), "%.*s", (int)r->r.issue.text.n, r->r.issue.text.n ? (const char *)r->r.issue.text.p : "");
	STAILQ_INSERT_TAIL(&t->queue, r, all);	/* its thread has not begun */
	t->n++;
	return LI_OK;
}

enum li_err x1_reports_load(struct x1_reports *r)
{
	struct loading l = { .r = r };
	enum li_err e = store_x1_report_all(r->x->c.store, load_one, &l);

	for (size_t i = 0; !e && i < l.n; i++)
		e = store_x1_report_del(r->x->c.store, l.gone[i]);
	if (!e && l.n)
		li_log(LI_LOG_WARNING, "X1: %zu reports were for ADMFs that mdfd.yaml does not name, or has no admf_url of: they are given up", l.n);
	r->x->stats.reports_failed += l.n;
	free(l.gone);
	return e;
}

void x1_reports_forget(struct x1_reports *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct reports stay = STAILQ_HEAD_INITIALIZER(stay);
		struct teller *t = &r->teller[i];
		struct report *x;

		pthread_mutex_lock(&t->lock);
		t->n = 0;
		while ((x = first_of(&t->queue))) {
			if (x->id && x != t->sending) {
				free(x);
				continue;
			}
			x->id = 0;
			STAILQ_INSERT_TAIL(&stay, x, all);
			t->n++;
		}
		STAILQ_CONCAT(&t->queue, &stay);
		pthread_mutex_unlock(&t->lock);
	}
}

/* False: no thread. */
static bool start(struct teller *t)
{
	sigset_t all, before;

	if (t->started || !t->client)
		return true;
	sigfillset(&all);	/* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	t->started = pthread_create(&t->thread, NULL, run, t) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return t->started;
}

enum li_err x1_reports_start(struct x1_reports *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!start(&r->teller[i]))
			return LI_EIO;
	ping(r);
	return LI_OK;
}

/* Who has no address any more is told what waits where he was, and nothing else. */
static void renew(struct x1_reports *r, struct teller *t, const struct tls_conf *tls)
{
	struct x1_client *next = t->s->c->url ? client_of(r->x, t->s->c) : NULL, *old;

	if (t->s->c->url && !next)
		li_log(LI_LOG_ERR, "reload: x1: no memory: ADMF %s is told where it was", t->admf);
	pthread_mutex_lock(&t->lock);
	if (tls)
		take_files(t, tls);
	old = next ? t->next : NULL;
	t->next = next ? next : t->next;
	if (!t->client) {
		t->client = t->next;
		t->next = NULL;
	}
	t->fresh = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	x1_client_free(old);
	if (!start(t))
		li_log(LI_LOG_ERR, "reload: x1: ADMF %s cannot be told: no thread", t->admf);
}

void x1_reports_renew(struct x1_reports *r, const struct tls_conf *tls)
{
	for (size_t i = 0; i < r->n; i++)
		renew(r, &r->teller[i], tls);
}

void x1_reports_version(struct x1_reports *r, size_t space, struct x1_version v)
{
	struct teller *t = &r->teller[space];

	pthread_mutex_lock(&t->lock);
	t->version = v.major == 1 ? v : t->version;
	pthread_mutex_unlock(&t->lock);
}

size_t x1_reports_waiting(const struct x1_reports *r, size_t space)
{
	struct teller *t = (struct teller *)(uintptr_t)&r->teller[space];
	size_t n;

	pthread_mutex_lock(&t->lock);
	n = t->n;
	pthread_mutex_unlock(&t->lock);
	return n;
}

void x1_reports_close(struct x1_reports *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct teller *t = &r->teller[i];

		pthread_mutex_lock(&t->lock);
		t->quit = true;
		if (t->client)
			x1_client_stop(t->client);
		pthread_cond_signal(&t->wake);
		pthread_mutex_unlock(&t->lock);
	}
	for (size_t i = 0; i < r->n; i++) {
		if (r->teller[i].started)
			pthread_join(r->teller[i].thread, NULL);
		settle(r, &r->teller[i]);
	}
	if (r->async_open)
		uv_close((uv_handle_t *)&r->async, NULL);
	r->async_open = false;
}

void x1_reports_free(struct x1_reports *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++) {
		struct teller *t = &r->teller[i];
		struct report *x;

		STAILQ_CONCAT(&t->queue, &t->done);
		while ((x = first_of(&t->queue)))
			free(x);
		x1_client_free(t->client);
		x1_client_free(t->next);
		for (size_t k = 0; k < 6; k++)
			free(t->file[k]);
		pthread_mutex_destroy(&t->lock);
		pthread_cond_destroy(&t->wake);
	}
	curl_global_cleanup();
	free(r);
}
