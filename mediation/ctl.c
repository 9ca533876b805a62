/*
 * ctl.c: see ctl.h. One request, by name: on_connect (who is it?) -> on_read -> take_line -> find_verb -> body complete?
 * -> serve (may they? audit, then the verb's own function) -> answer -> on_written -> the next line.
 * A client is read only while none of its answers is being written, so what one costs is bounded.
 */
#include "mediation/ctl.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <li/log.h>
#include "mediation/listen.h"

#define CTL_TABLES_MAX 8	/* warrants, audit and a few of the service's own */
#define CTL_BACKLOG 8
#define CTL_GROUPS_MAX 65536	/* NGROUPS_MAX of Linux */
#define READ_STEP 16384

struct client {
	uv_pipe_t pipe;
	uv_timer_t idle;
	uv_write_t write;
	struct ctl *ctl;
	TAILQ_ENTRY(client) all;
	struct ctl_peer peer;
	struct buf in, out;
	const struct ctl_verb *verb;	/* whose body is awaited */
	char argument[CTL_LINE_MAX + 1];
	size_t body;
	int handles;			/* still to be closed */
	bool closing, reading, writing, last;	/* last: close when the answer is written */
};

struct ctl {
	uv_pipe_t server;
	char *path;
	gid_t see, change;		/* (gid_t)-1: none */
	uid_t own;
	const struct ctl_verb *table[CTL_TABLES_MAX];
	size_t count[CTL_TABLES_MAX], n_tables;
	ctl_audit *audit;
	void *arg;
	TAILQ_HEAD(, client) clients;
	size_t n_clients;
	bool closing, server_closed;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* -- answers -- */

void ctl_error(struct ctl_answer *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->error, sizeof(a->error), fmt, ap);
	va_end(ap);
}

void ctl_fault(void *answer, const char *line)
{
	struct ctl_answer *a = answer;

	if (buf_put(&a->faults, line, strlen(line)) || buf_put(&a->faults, "\n", 1))
		ctl_error(a, "out of memory");
}

static void begin_answer(struct ctl_answer *a, struct buf *out)
{
	out->n = 0;
	a->error[0] = 0;
	buf_init(&a->faults, 0);
	a->json = json_to(out);
	json_object(&a->json, NULL);
	json_bool(&a->json, "ok", true);
}

static void write_faults(struct json *j, struct view v)
{
	json_array(j, "faults");
	while (v.n) {
		const uint8_t *end = memchr(v.p, '\n', v.n);
		size_t n = end ? (size_t)(end - v.p) : v.n;

		json_view(j, NULL, view_of(v.p, n));
		n += end ? 1 : 0;
		v = view_of(v.p + n, v.n - n);
	}
	json_close(j, ']');
}

/* The answer as one line; an error replaces what was written of a good one. */
static enum li_err end_answer(struct ctl_answer *a, struct buf *out)
{
	enum li_err e;

	if (!a->error[0]) {
		json_close(&a->json, '}');
		e = json_end(&a->json);
		if (e)
			ctl_error(a, "the answer: %s", li_err_text(e));
	}
	if (a->error[0]) {
		out->n = 0;
		a->json = json_to(out);
		json_object(&a->json, NULL);
		json_bool(&a->json, "ok", false);
		json_text(&a->json, "error", a->error);
		if (a->faults.n)
			write_faults(&a->json, buf_view(&a->faults));
		json_close(&a->json, '}');
	}
	buf_fini(&a->faults);
	e = json_end(&a->json);
	return e ? e : buf_put(out, "\n", 1);
}

/* -- clients' ends -- */

static void finish(struct ctl *c)
{
	if (!c->closing || !c->server_closed || c->n_clients)
		return;
	if (c->closed)
		c->closed(c->closed_arg);
	free(c->path);
	free(c);
}

static void on_client_closed(uv_handle_t *h)
{
	struct client *k = h->data;
	struct ctl *c = k->ctl;

	if (--k->handles)
		return;
	TAILQ_REMOVE(&c->clients, k, all);
	c->n_clients--;
	buf_wipe(&k->in);
	buf_fini(&k->in);
	buf_wipe(&k->out);
	buf_fini(&k->out);
	free(k);
	finish(c);
}

static void client_close(struct client *k)
{
	if (k->closing)
		return;
	k->closing = true;
	uv_close((uv_handle_t *)&k->pipe, on_client_closed);
	uv_close((uv_handle_t *)&k->idle, on_client_closed);
}

static void on_idle(uv_timer_t *t)
{
	client_close(t->data);
}

static void rest(struct client *k)
{
	uv_timer_start(&k->idle, on_idle, CTL_IDLE_MS, 0);
}

/* -- serving -- */

static void go_on(struct client *k);
static void listen_on(struct client *k);

static void on_written(uv_write_t *w, int status)
{
	struct client *k = w->handle->data;

	k->writing = false;
	if (k->closing)
		return;
	if (status < 0 || k->last)
		client_close(k);
	else
		go_on(k);
}

static void send_answer(struct client *k, struct ctl_answer *a)
{
	uv_buf_t b;

	if (end_answer(a, &k->out)) {
		client_close(k);
		return;
	}
	b = uv_buf_init((char *)k->out.p, (unsigned)k->out.n);
	uv_read_stop((uv_stream_t *)&k->pipe);
	k->reading = false;
	k->writing = true;
	rest(k);
	if (k->out.n > UINT32_MAX || uv_write(&k->write, (uv_stream_t *)&k->pipe, &b, 1, on_written))
		client_close(k);
}

static void refuse(struct client *k, const char *why)
{
	struct ctl_answer a;

	begin_answer(&a, &k->out);
	ctl_error(&a, "%s", why);
	send_answer(k, &a);
}

static enum li_err audit(struct client *k, const struct ctl_request *r, const struct ctl_verb *v, const char *result)
{
	bool named = v && v->names && *r->argument && v->names(v->arg, r->argument);

	if (!k->ctl->audit)
		return LI_OK;
	return k->ctl->audit(k->ctl->arg, r->who, v ? v->name : "unknown", result, named ? r->argument : "");
}

static void serve(struct client *k, const struct ctl_verb *v, const char *argument, struct view body)
{
	struct ctl_request r = { v ? v->name : "", argument, body, &k->peer, "" };
	const char *why = !v ? "no such verb" :
		!k->peer.may_see || (v->changes && !k->peer.may_change) ? "not allowed" :	/* LI128-221 */
		v->argument == CTL_REQUIRED && !*argument ? "an argument is missing" :
		v->argument == CTL_NONE && *argument ? "this verb takes no argument" :
		v->body && !body.n ? "a document is missing" :
		!v->body && body.n ? "this verb takes no document" : NULL;
	struct ctl_answer a;

	snprintf(r.who, sizeof(r.who), "uid:%ld pid:%ld socket", (long)k->peer.uid, (long)k->peer.pid);
	if (audit(k, &r, v, why ? "refused" : "allowed")) {	/* LI128-217 */
		if (!why && v->figures)
			li_log(LI_LOG_WARNING, "control socket: %s is answered to %s without an entry in the audit log", v->name, r.who);
		else
			why = "the audit log cannot be written";
	}
	if (why) {
		refuse(k, why);
		return;
	}
	begin_answer(&a, &k->out);
	v->fn(v->arg, &r, &a);
	send_answer(k, &a);
}

/* The verb that the line begins with, and what follows it. */
static const struct ctl_verb *find_verb(const struct ctl *c, char *line, char **rest_of)
{
	for (size_t t = 0; t < c->n_tables; t++)
		for (size_t i = 0; i < c->count[t]; i++) {
			size_t n = strlen(c->table[t][i].name);

			if (strncmp(line, c->table[t][i].name, n) != 0 || (line[n] != ' ' && line[n] != 0))
				continue;
			*rest_of = line + n + strspn(line + n, " ");
			return &c->table[t][i];
		}
	*rest_of = line + strlen(line);
	return NULL;
}

/* Takes "+N" off the end of the argument. False: N is no number, or too big. */
static bool take_length(char *argument, size_t *body)
{
	char *plus = strrchr(argument, '+');

	*body = 0;
	if (!plus || (plus > argument && plus[-1] != ' '))
		return true;
	if (!plus[1] || plus[1 + strspn(plus + 1, "0123456789")] || strlen(plus + 1) > 9)
		return false;
	*body = strtoul(plus + 1, NULL, 10);
	while (plus > argument && plus[-1] == ' ')
		plus--;
	*plus = 0;
	return *body <= CTL_BODY_MAX;
}

/* One line without its end: a request whose document may follow. */
static void take_line(struct client *k, char *line)
{
	const struct ctl_verb *v;
	char *argument;
	size_t body;

	v = find_verb(k->ctl, line, &argument);
	if (!take_length(argument, &body)) {
		k->last = true;	/* where the next line begins is not known */
		refuse(k, "the document is too long");
		return;
	}
	if (body && (!v || !v->body || !k->peer.may_change))
		k->last = true;	/* it is not read */
	if (!body || k->last) {
		serve(k, v, argument, view_of("", body ? 1 : 0));
		return;
	}
	k->verb = v;
	k->body = body;
	snprintf(k->argument, sizeof(k->argument), "%s", argument);
}

/* What has been received, as far as it makes whole requests. */
static void go_on(struct client *k)
{
	while (!k->closing && !k->writing) {
		char line[CTL_LINE_MAX + 1];
		const uint8_t *end;
		size_t n;

		if (k->verb) {
			const struct ctl_verb *v = k->verb;

			if (k->in.n < k->body)
				break;
			k->verb = NULL;
			serve(k, v, k->argument, view_of(k->in.p, k->body));
			buf_consume(&k->in, k->body);
			continue;
		}
		end = k->in.n ? memchr(k->in.p, '\n', k->in.n) : NULL;
		n = end ? (size_t)(end - k->in.p) : k->in.n;
		if (n > CTL_LINE_MAX || (n && memchr(k->in.p, 0, n))) {
			k->last = true;
			refuse(k, "not a request");
			return;
		}
		if (!end)
			break;
		memcpy(line, k->in.p, n);
		line[n] = 0;
		buf_consume(&k->in, n + 1);
		take_line(k, line);
	}
	if (!k->closing && !k->writing)
		listen_on(k);
}

static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *b)
{
	struct client *k = h->data;

	(void)want;
	if (buf_need(&k->in, READ_STEP))
		*b = uv_buf_init(NULL, 0);
	else
		*b = uv_buf_init((char *)k->in.p + k->in.n, READ_STEP);
}

static void on_read(uv_stream_t *st, ssize_t n, const uv_buf_t *b)
{
	struct client *k = st->data;

	(void)b;
	if (n < 0) {
		client_close(k);
		return;
	}
	k->in.n += (size_t)n;
	if (n > 0)
		go_on(k);
}

static void listen_on(struct client *k)
{
	rest(k);
	if (!k->reading && uv_read_start((uv_stream_t *)&k->pipe, on_alloc, on_read)) {
		client_close(k);
		return;
	}
	k->reading = true;
}

/* -- who is it? -- */

static bool in_group(const gid_t *g, size_t n, gid_t want)
{
	for (size_t i = 0; want != (gid_t)-1 && i < n; i++)
		if (g[i] == want)
			return true;
	return false;
}

static bool who_is(const struct ctl *c, int fd, struct ctl_peer *p)
{
	struct ucred cred;
	socklen_t n = sizeof(cred), len = CTL_GROUPS_MAX * sizeof(gid_t);
	gid_t *g;
	size_t groups;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) || n != sizeof(cred))
		return false;
	g = malloc(len + sizeof(gid_t));
	if (!g)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, g, &len))
		len = 0;	/* before Linux 4.13: the first group alone counts */
	groups = len / sizeof(gid_t);
	g[groups++] = cred.gid;
	p->uid = cred.uid;
	p->pid = cred.pid;
	p->may_change = cred.uid == 0 || cred.uid == c->own || in_group(g, groups, c->change);
	p->may_see = p->may_change || in_group(g, groups, c->see);
	free(g);
	return true;
}

static void on_connect(uv_stream_t *server, int status)
{
	struct ctl *c = server->data;
	struct client *k = status < 0 ? NULL : calloc(1, sizeof(*k));
	uv_os_fd_t fd;

	if (!k)
		return;
	k->ctl = c;
	k->handles = 2;
	buf_init(&k->in, 0);
	buf_init(&k->out, JSON_READ_MAX);
	uv_pipe_init(server->loop, &k->pipe, 0);
	uv_timer_init(server->loop, &k->idle);
	k->pipe.data = k->idle.data = k;
	TAILQ_INSERT_TAIL(&c->clients, k, all);
	c->n_clients++;
	if (uv_accept(server, (uv_stream_t *)&k->pipe) || c->n_clients > CTL_CLIENTS_MAX ||
	    uv_fileno((uv_handle_t *)&k->pipe, &fd) || !who_is(c, fd, &k->peer)) {
		client_close(k);
		return;
	}
	listen_on(k);
}

/* -- the socket -- */

static bool group_id(const char *name, gid_t *id, char *err, size_t errlen)
{
	struct group *g;

	*id = (gid_t)-1;
	if (!name)
		return true;
	errno = 0;
	g = getgrnam(name);
	if (!g) {
		snprintf(err, errlen, "control group %s: there is no such group", name);
		return false;
	}
	*id = g->gr_gid;
	return true;
}

static void on_server_closed(uv_handle_t *h)
{
	struct ctl *c = h->data;

	c->server_closed = true;
	finish(c);
}

/* Between bind and listen nobody can connect: the mode is set before anyone comes. */
static bool folder_is_there(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];

	if (!slash || slash == path)
		return true;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	return access(dir, F_OK) == 0;
}

static bool listen_at(struct ctl *c, char *err, size_t errlen)
{
	gid_t g = c->see != (gid_t)-1 ? c->see : c->change;
	int r = uv_pipe_bind(&c->server, c->path);

	if (!r && g != (gid_t)-1 && chown(c->path, (uid_t)-1, g))
		r = uv_translate_sys_error(errno);
	if (!r && chmod(c->path, 0660))
		r = uv_translate_sys_error(errno);
	if (!r)
		r = uv_listen((uv_stream_t *)&c->server, CTL_BACKLOG, on_connect);
	if (r == UV_EACCES && !folder_is_there(c->path))	/* libuv's word for it */
		r = UV_ENOENT;
	if (r)
		snprintf(err, errlen, "control_socket %s: %s%s", c->path, r == UV_ENOENT ? "its folder: " : "", uv_strerror(r));
	return !r;
}

struct ctl *ctl_new(uv_loop_t *loop, const char *path, const char *group, const char *admin_group,
		    const struct ctl_verb *const tables[], const size_t counts[], size_t n_tables, ctl_audit *audit_fn,
		    void *arg, char *err, size_t errlen)
{
	struct ctl *c = calloc(1, sizeof(*c));

	snprintf(err, errlen, "out of memory");
	if (!c)
		return NULL;
	c->path = strdup(path);
	if (!c->path || n_tables > CTL_TABLES_MAX || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		if (c->path)
			snprintf(err, errlen, "control_socket %s: the name is too long", path);
		goto fail;
	}
	if (!group_id(group, &c->see, err, errlen) || !group_id(admin_group, &c->change, err, errlen) ||
	    !listen_clear("control_socket", path, err, errlen))
		goto fail;
	memcpy(c->table, tables, n_tables * sizeof(tables[0]));
	memcpy(c->count, counts, n_tables * sizeof(counts[0]));
	c->n_tables = n_tables;
	c->own = geteuid();
	c->audit = audit_fn;
	c->arg = arg;
	TAILQ_INIT(&c->clients);
	uv_pipe_init(loop, &c->server, 0);
	c->server.data = c;
	if (listen_at(c, err, errlen)) {
		*err = 0;
		return c;
	}
	ctl_close(c, NULL, NULL);
	return NULL;
fail:
	free(c->path);
	free(c);
	return NULL;
}

void ctl_close(struct ctl *c, void (*closed)(void *arg), void *arg)
{
	struct client *k;

	c->closing = true;
	c->closed = closed;
	c->closed_arg = arg;
	TAILQ_FOREACH(k, &c->clients, all)
		client_close(k);
	uv_close((uv_handle_t *)&c->server, on_server_closed);	/* removes the socket it bound */
}
