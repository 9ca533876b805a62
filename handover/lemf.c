/*
 * lemf.c: a LEMF receiver.
 *
 *   on_listen -> netio_accept -> conn_up -> conn_data -> lemf_peer_feed -> peer_pdu -> lemf_store_put
 *                                              an acknowledgement request -> peer_ack_wanted -> sync_start
 *   sync_start marks what every connection asked so far and begins a sync; sync_run waits for the disk on a worker
 *   thread, while the loop answers keep-alives and takes more; sync_done answers, and starts the next if more was asked
 *
 *   record_start gives what a sync has made durable to another worker thread, which enters it into the ledgers (lemf_ledger.h): record_run,
 *   record_done
 *
 * So one sync serves every request that came while the one before it ran. What the disk refuses is never acknowledged:
 * all peers are dropped and send again.
 */
#include "handover/lemf.h"

#include <assert.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "handover/lemf_ledger.h"
#include "handover/lemf_peer.h"
#include "handover/lemf_rules.h"
#include "handover/netio.h"

#define CONN_MAGIC	0x4c454d46u
#define TICK_MS		1000	/* timers of the session layer, counted duplicates, a sync for peers that do not ask for one */
#define BACKLOG		128
#define ENDED_MAX	64	/* connections that ended lately: HI2 and HI3 of 16 DFs of two peers */
#define FAILED_TOLD	16	/* strangers told of singly in a tick: they need no certificate to fill a disk with events */

struct conn {
	uint32_t magic;
	struct lemf *of;
	struct netio net;
	struct lemf_peer peer;
	struct buf out;			/* answers that found no room */
	bool refused;			/* an error of the session was noted */
	bool paused;			/* nothing is read: the disk is behind its acknowledgement requests, or it has sent its share of this second */
	struct lemf_rule *rule;		/* NULL: none */
	struct buf name, told;		/* the interception judged last, and the unexpected one told last */
	struct li_liid liid;		/* of `name`: what need not be judged again */
	uint8_t n_operator, operator_id[LI_OPERATOR_MAX];
	bool has_country, expected;
	struct li_country country;
	char address[64], subject[256];
	uint8_t sha256[32];
	bool was_up;
	char name_of_peer[256];		/* which of our names its certificate bears */
	unsigned kinds;			/* bits 1u << enum lemf_kind of what it has delivered; LEMF_OTHER: something that hides it */
	bool company;			/* its peer had others beside it */
	struct lemf_source source;
	struct conn *next, **at;
};

struct ended { char name[256]; unsigned kinds; li_us at; };	/* a connection that is no more: its peer may come back and go on */

struct lemf {
	uv_loop_t *loop;
	struct tls_ctx *tls;
	struct lemf_store *store;
	const char *const *names;
	size_t n_names;
	struct lemf_rules *rules;
	li_us (*now)(void);
	const struct lemf_ops *ops;
	void *arg;
	char address[80];
	uv_tcp_t listener;
	uv_timer_t tick;
	uv_work_t work, record;
	struct lemf_sync sync;
	struct ledger_job job;
	bool recording, record_failed;	/* failed: and it was said */
	bool syncing, ack_wanted, store_failed, closing;
	unsigned handles;
	uint64_t last_id;
	unsigned n_conns, n_failed;	/* failed: before TLS stood, since the last tick */
	struct conn *conns;
	enum lemf_options options;
	li_us gap_wait, negotiation_wait;
	struct ended ended[ENDED_MAX];
	unsigned n_ended;		/* so far, round and round */
	void (*closed)(void *arg);
	void *closed_arg;
};

static struct conn *conn_of(void *p)
{
	struct conn *c = p;

	assert(c && c->magic == CONN_MAGIC);
	return c;
}

/* -- who else may bring it ------------------------------------------------------------------------------------------- */

/* Could a connection that delivered these kinds so far bring one of that kind? One that has delivered nothing yet may. */
static bool may_bring(unsigned kinds, enum lemf_kind kind)
{
	return !kinds || kind >= LEMF_OTHER || kinds & (1u << kind | 1u << LEMF_OTHER);
}

/* lemf_source.alone: asked when a number is passed over, which is rare. */
static bool is_alone(const struct lemf_source *me, enum lemf_kind kind)
{
	const struct conn *c = (const struct conn *)((const char *)me - offsetof(struct conn, source));
	struct lemf *l = conn_of((void *)(uintptr_t)c)->of;
	li_us now = l->now();

	for (const struct conn *x = l->conns; x; x = x->next)
		if (x != c && x->was_up && strcmp(x->name_of_peer, c->name_of_peer) == 0 && may_bring(x->kinds, kind))
			return false;
	for (unsigned i = 0; i < ENDED_MAX && i < l->n_ended; i++)
		if (now - l->ended[i].at < l->gap_wait && strcmp(l->ended[i].name, c->name_of_peer) == 0 && may_bring(l->ended[i].kinds, kind))
			return false;
	return true;
}

/* lemf_source.expects */
static bool expects(const struct lemf_source *me, const char *folder)
{
	const struct conn *c = (const struct conn *)((const char *)me - offsetof(struct conn, source));

	return lemf_rule_expects(c->rule, folder);
}

static void note_up(struct conn *c)
{
	for (struct conn *x = c->of->conns; x; x = x->next)
		if (x != c && x->was_up && strcmp(x->name_of_peer, c->name_of_peer) == 0)
			x->company = c->company = true;
}

/* A peer that says goodbye to its only connection has nothing left on it. */
static void note_ended(struct lemf *l, const struct conn *c, bool clean)
{
	struct ended *x = &l->ended[l->n_ended % ENDED_MAX];

	if (clean && !c->company)
		return;

	snprintf(x->name, sizeof(x->name), "%s", c->name_of_peer);
	x->kinds = c->kinds;
	x->at = l->now();
	l->n_ended = l->n_ended + 1 < 2 * ENDED_MAX ? l->n_ended + 1 : ENDED_MAX;
}

static void note_kind(struct conn *c, const struct ps_pdu *p)
{
	if (p->kind == PS_IRI || p->kind == PS_CC)
		c->kinds |= 1u << (p->kind == PS_IRI ? LEMF_HI2 : LEMF_HI3);
	else if (p->kind == PS_ENCRYPTED || p->kind == PS_UNKNOWN)
		c->kinds |= 1u << LEMF_OTHER;
}

/* -- the disk -------------------------------------------------------------------------------------------------------- */

static void finish(struct lemf *l);

/* Nothing that is not durable may be acknowledged to anybody: all peers go, and send again when they come back. */
static void store_failed(struct lemf *l, bool last)
{
	char why[320];

	snprintf(why, sizeof(why), "cannot store: %s", lemf_dir_error(lemf_store_dir(l->store)));
	for (struct conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		netio_close(&c->net, why);
	}
	lemf_store_forget(l->store);
	l->store_failed = false;
	l->ops->failed(l->arg, why, last);
}

static void record_run(uv_work_t *w)
{
	struct lemf *l = w->data;

	lemf_ledger_run(&l->job);
}

/* What could not be entered is tried again with what comes next: nothing of the data is lost by it. */
static void record_note(struct lemf *l)
{
	if (l->job.failed && !l->record_failed && lemf_store_note(l->store, "ledger-failed", NULL, l->job.error, l->now()))
		l->store_failed = true;
	l->record_failed = l->job.failed;
	lemf_ledger_done(lemf_store_dir(l->store), &l->job);
}

static void record_done(uv_work_t *w, int status)
{
	struct lemf *l = w->data;

	(void)status;
	l->recording = false;
	record_note(l);
	finish(l);
}

static void record_start(struct lemf *l)
{
	int r;

	if (l->recording || lemf_ledger_begin(lemf_store_dir(l->store), false, l->now(), &l->job))
		return;
	l->recording = true;
	l->record.data = l;
	r = uv_queue_work(l->loop, &l->record, record_run, record_done);
	assert(!r);
	(void)r;
}

/* Its last entries. */
static void record_end(struct lemf *l)
{
	if (lemf_ledger_begin(lemf_store_dir(l->store), true, l->now(), &l->job))
		return;
	lemf_ledger_run(&l->job);
	if (l->job.failed)
		l->ops->failed(l->arg, l->job.error, true);
	lemf_ledger_done(lemf_store_dir(l->store), &l->job);
}

static void sync_run(uv_work_t *w)
{
	struct lemf *l = w->data;

	lemf_sync_run(&l->sync);
}

static void conn_flush(struct conn *c);
static void conn_pause(struct conn *c);
static void sync_start(struct lemf *l);

static void sync_done(uv_work_t *w, int status)
{
	struct lemf *l = w->data;
	enum li_err e = lemf_dir_sync_end(lemf_store_dir(l->store), &l->sync);

	(void)status;
	l->syncing = false;
	if (e) {
		store_failed(l, true);
	} else {
		for (struct conn *c = l->conns, *next; c; c = next) {
			next = c->next;
			if (!c->peer.asking.n)
				continue;
			if (lemf_peer_ack(&c->peer, l->now()))
				netio_close(&c->net, c->peer.why);
			else
				conn_flush(c);
			conn_pause(c);
		}
		record_start(l);
		if (l->ack_wanted && !l->closing)
			sync_start(l);
	}
	finish(l);
}

static void sync_start(struct lemf *l)
{
	enum li_err e;

	if (l->syncing || l->store_failed)
		return;
	l->ack_wanted = false;
	for (struct conn *c = l->conns; c; c = c->next)
		(void)lemf_peer_mark(&c->peer);
	e = lemf_store_settle(l->store, l->now());
	if (!e)
		e = lemf_dir_sync_begin(lemf_store_dir(l->store), &l->sync);
	if (e) {
		store_failed(l, false);
		return;
	}
	l->syncing = true;
	l->work.data = l;
	e = uv_queue_work(l->loop, &l->work, sync_run, sync_done) ? LI_EIO : LI_OK;
	assert(!e);		/* only a NULL function is refused */
}

/* -- one connection's session ---------------------------------------------------------------------------------------- */

static bool same_name(const struct conn *c, const struct ps_pdu *p)
{
	return c->name.n && view_eq(p->liid, view_of(c->liid.p, c->liid.n)) && view_eq(p->operator_id, view_of(c->operator_id, c->n_operator)) &&
	       p->has_auth_country == c->has_country && (!c->has_country || memcmp(p->auth_country.c, c->country.c, 2) == 0);
}

/* May this peer deliver it? HO-PSH-018 */
static enum li_err judge(struct conn *c, const struct ps_pdu *p, bool *expected)
{
	enum li_err e = LI_OK;

	if (!same_name(c, p)) {
		c->name.n = 0;
		e = lemf_store_name(p, &c->name);
		if (e)
			return e;
		c->liid.n = (uint8_t)p->liid.n;		/* ps_decode holds them to their limits */
		memcpy(c->liid.p, p->liid.p, p->liid.n);
		c->n_operator = (uint8_t)p->operator_id.n;
		memcpy(c->operator_id, p->operator_id.p, p->operator_id.n);
		c->has_country = p->has_auth_country;
		c->country = p->auth_country;
		c->expected = lemf_rule_expects(c->rule, (const char *)c->name.p);
	}
	*expected = c->expected;
	return e;
}

static enum li_err unexpected(struct conn *c, const struct ps_pdu *p)
{
	bool tell = !view_eq(buf_view(&c->told), buf_view(&c->name));
	enum li_err e = LI_OK;

	if (c->rule->refuses) {
		e = lemf_store_refused(c->of->store, (const char *)c->name.p, &c->source, c->of->now());
		return e ? e : LI_EPEER;
	}
	if (tell) {
		c->told.n = 0;
		e = buf_put(&c->told, c->name.p, c->name.n);
	}
	return e ? e : lemf_store_unexpected(c->of->store, p, (const char *)c->name.p, tell, &c->source, c->of->now());
}

static enum li_err peer_pdu(void *arg, const struct ps_pdu *p)
{
	struct conn *c = conn_of(arg);
	/* of padding the header means nothing: HO-TRI-005; what is about all interceptions of an operator is taken for those that are expected */
	bool expected = true, of_none = p->kind == PS_TRI && (p->tri == PS_TRI_PADDING || view_eq(p->liid, view_str("-")));
	enum li_err e = c->rule && !of_none ? judge(c, p, &expected) : LI_OK;

	note_kind(c, p);
	if (!e)
		e = expected ? lemf_store_put(c->of->store, p, &c->source, c->of->now()) : unexpected(c, p);
	c->of->store_failed |= e != LI_OK && e != LI_EPEER;
	return e;
}

static enum li_err peer_bad(void *arg, struct view pdu, enum li_err why, size_t at, const char *what)
{
	struct conn *c = conn_of(arg);
	enum li_err e = lemf_store_bad(c->of->store, pdu, why, at, what, &c->source, c->of->now());

	c->of->store_failed |= e != LI_OK;
	return e;
}

static enum li_err peer_reply(void *arg, struct view pdu)
{
	return buf_put(&conn_of(arg)->out, pdu.p, pdu.n);
}

static void peer_ack_wanted(void *arg)
{
	conn_of(arg)->of->ack_wanted = true;
}

static void note(struct conn *c, const char *event, const char *text)
{
	struct lemf *l = c->of;

	if (lemf_store_note(l->store, event, &c->source, text, l->now()))
		l->store_failed = true;
}

static void peer_note(void *arg, const char *event, const char *text)
{
	note(conn_of(arg), event, text);
}

static const struct lemf_peer_ops peer_ops = { peer_pdu, peer_bad, peer_reply, peer_ack_wanted, peer_note };

/* -- one connection's octets ------------------------------------------------------------------------------------------- */

/* Answers go at once: HO-KA-006. */
static void conn_flush(struct conn *c)
{
	struct view v = buf_view(&c->out);
	enum li_err e = LI_OK;

	if (v.n)
		e = netio_put(&c->net, &v);
	buf_consume(&c->out, c->out.n - v.n);
	if (!e)
		e = netio_flush(&c->net);
	(void)e;	/* LI_EAGAIN: conn_sent() goes on; anything else has closed it */
}

/* A peer may ask after each PDU, and need not wait for the answer: TCP makes it wait for the disk. */
static void conn_pause(struct conn *c)
{
	bool full = lemf_peer_is_full(&c->peer) || (c->rule && c->rule->rate && !c->rule->allowance);

	bool was = c->paused;

	c->paused = full;
	if (full && !was)
		netio_pause(&c->net);
	else if (!full && was)
		netio_resume(&c->net);		/* what it feeds may pause again */
}

static void conn_sent(struct netio *n)
{
	conn_flush(conn_of(n->arg));
}

/* What one call of the loop brought goes to the files, then to the peer; then the disk may be asked. */
static void settle(struct lemf *l)
{
	if (lemf_dir_flush(lemf_store_dir(l->store)))
		l->store_failed = true;
	if (l->store_failed)
		store_failed(l, false);
	else if (l->ack_wanted && !l->closing)
		sync_start(l);
}

static void conn_error(struct conn *c)
{
	if (c->refused || c->of->store_failed)
		return;
	c->refused = true;
	conn_flush(c);		/* answers to what came before it */
	note(c, "peer-refused", c->peer.why);
	netio_end(&c->net, c->peer.why);
}

/* A part of what came, not all that a peer has to say: others get their turn in between. HO-CC-012 */
static void conn_data(struct netio *n, struct view in)
{
	struct conn *c = conn_of(n->arg);

	if (c->refused)
		return;
	if (c->rule && c->rule->rate)
		c->rule->allowance -= in.n < c->rule->allowance ? in.n : c->rule->allowance;
	if (lemf_peer_feed(&c->peer, in, c->of->now()))
		conn_error(c);
	conn_flush(c);
	conn_pause(c);
	settle(c->of);
}

static void conn_up(struct netio *n)
{
	struct conn *c = conn_of(n->arg);
	const struct tls_peer *p = tls_peer(n->tls);

	c->was_up = true;
	snprintf(c->subject, sizeof(c->subject), "%s", p->subject);
	memcpy(c->sha256, p->sha256, sizeof(c->sha256));
	c->source.sha256 = c->sha256;
	snprintf(c->name_of_peer, sizeof(c->name_of_peer), "%s", p->name);
	note_up(c);
	note(c, "peer-up", p->name);
	c->rule = lemf_rule_of(c->of->rules, p->name);
	if (c->rule && ++c->rule->conns > c->rule->connections && c->rule->connections) {
		c->peer.why = "more connections than this peer may have";
		conn_error(c);
	}
	c->of->ops->up(c->of->arg, c->source.id, c->address, p);
	settle(c->of);
}

/* Who it was, as far as it said, and which check it failed. */
static void learn_refused(struct conn *c, const struct tls_refusal *r)
{
	c->source.check = r->check;
	if (!r->has_peer)
		return;
	snprintf(c->subject, sizeof(c->subject), "%s", r->subject);
	memcpy(c->sha256, r->sha256, sizeof(c->sha256));
	c->source.sha256 = c->sha256;
}

static void conn_closed(struct netio *n, const char *why)
{
	struct conn *c = conn_of(n->arg);
	struct lemf *l = c->of;

	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	l->n_conns--;
	if (c->peer.part.n)	/* the front of a PDU: its sender has no acknowledgement for it and sends it again */
		note(c, "peer-cut", "within a PDU");
	if (n->refused.check)
		learn_refused(c, &n->refused);
	if (c->rule)
		c->rule->conns--;
	if (c->was_up)
		note_ended(l, c, n->clean);
	if (c->was_up)
		note(c, "peer-down", why);
	else if (++l->n_failed <= FAILED_TOLD)
		note(c, "peer-failed", why);
	if (lemf_store_settle(l->store, l->now()))
		l->store_failed = true;
	if (c->was_up || l->n_failed <= FAILED_TOLD)
		l->ops->down(l->arg, c->source.id, c->address, c->was_up, why);
	lemf_peer_fini(&c->peer);
	buf_fini(&c->out);
	buf_fini(&c->name);
	buf_fini(&c->told);
	c->magic = 0;
	free(c);
	settle(l);
	finish(l);
}

static const struct netio_ops net_ops = { conn_up, conn_data, conn_sent, conn_closed };

static void address_of(const uv_tcp_t *t, int (*get)(const uv_tcp_t *, struct sockaddr *, int *), char *out, size_t n)
{
	struct sockaddr_storage a;
	int len = sizeof(a);
	char host[46];

	snprintf(out, n, "unknown");
	if (get(t, (struct sockaddr *)&a, &len))
		return;
	if (a.ss_family == AF_INET6) {
		uv_ip6_name((struct sockaddr_in6 *)&a, host, sizeof(host));
		snprintf(out, n, "[%s]:%u", host, ntohs(((struct sockaddr_in6 *)&a)->sin6_port));
	} else {
		uv_ip4_name((struct sockaddr_in *)&a, host, sizeof(host));
		snprintf(out, n, "%s:%u", host, ntohs(((struct sockaddr_in *)&a)->sin_port));
	}
}

/* -- listening --------------------------------------------------------------------------------------------------------- */

static void on_refused(uv_handle_t *h)
{
	free(h);
}

/* Room for one more: who holds a place without a certificate loses it, the oldest first. False: all are verified peers. */
static bool make_room(struct lemf *l)
{
	struct conn *oldest = NULL;

	if (l->n_conns < LEMF_CONNS_MAX)
		return true;
	for (struct conn *c = l->conns; c; c = c->next)
		if (!c->was_up && !c->net.closing)
			oldest = c;
	if (oldest)
		netio_close(&oldest->net, "no TLS handshake yet, and others wait");
	return oldest;
}

/* Too many, or no memory: the connection is taken and closed, so that the peer sees it and not a queue that stands still. */
static void refuse(struct lemf *l, uv_stream_t *listener)
{
	uv_tcp_t *t = malloc(sizeof(*t));

	if (!t)
		return;
	uv_tcp_init(l->loop, t);
	(void)uv_accept(listener, (uv_stream_t *)t);
	uv_close((uv_handle_t *)t, on_refused);
}

static void on_listen(uv_stream_t *listener, int status)	/* HO-CON-012 */
{
	struct lemf *l = listener->data;
	struct conn *c;

	if (status || l->closing)
		return;
	c = make_room(l) ? calloc(1, sizeof(*c)) : NULL;
	if (!c || netio_init(&c->net, l->loop, l->tls, l->names, l->n_names, &net_ops, c)) {
		free(c);
		refuse(l, listener);
		return;
	}
	c->magic = CONN_MAGIC;
	c->of = l;
	buf_init(&c->out, LEMF_REPLIES_MAX);
	lemf_peer_init(&c->peer, &peer_ops, c);
	c->peer.options = l->options;
	if (l->negotiation_wait)
		c->peer.negotiation_wait = l->negotiation_wait;
	c->source = (struct lemf_source){ .id = ++l->last_id, .alone = is_alone, .expects = expects, .address = c->address, .subject = c->subject };
	c->next = l->conns;
	c->at = &l->conns;
	if (c->next)
		c->next->at = &c->next;
	l->conns = c;
	l->n_conns++;
	snprintf(c->address, sizeof(c->address), "unknown");
	if (netio_accept(&c->net, listener) == LI_OK)
		address_of(&c->net.tcp, uv_tcp_getpeername, c->address, sizeof(c->address));
}

static void on_tick(uv_timer_t *t)
{
	struct lemf *l = t->data;
	char text[64];

	if (l->n_failed > FAILED_TOLD) {
		snprintf(text, sizeof(text), "%u more connections failed", l->n_failed - FAILED_TOLD);
		if (lemf_store_note(l->store, "peers-failed", NULL, text, l->now()))
			l->store_failed = true;
		l->ops->down(l->arg, 0, "several addresses", false, text);
	}
	l->n_failed = 0;
	for (unsigned i = 0; l->rules && i < l->rules->n; i++)	/* TICK_MS is a second */
		l->rules->rule[i].allowance = l->rules->rule[i].rate;
	for (struct conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		if (!c->was_up || c->refused)
			continue;
		if (lemf_peer_tick(&c->peer, l->now()))
			conn_error(c);
		conn_flush(c);
		conn_pause(c);
	}
	if (lemf_store_settle(l->store, l->now()))
		l->store_failed = true;
	settle(l);
	if (lemf_dir_is_dirty(lemf_store_dir(l->store)))
		sync_start(l);
	if (lemf_dir_has_stored(lemf_store_dir(l->store)))	/* while others were entered, or that failed */
		record_start(l);
}

/* -- life -------------------------------------------------------------------------------------------------------------- */

static bool bind_to(struct lemf *l, const struct lemf_conf *c, char *err, size_t errlen)
{
	struct addrinfo hint = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *a = NULL;
	int r = getaddrinfo(c->host, c->port, &hint, &a);

	if (r) {
		snprintf(err, errlen, "%s port %s: %s", c->host, c->port, gai_strerror(r));
		return false;
	}
	r = uv_tcp_bind(&l->listener, a->ai_addr, 0);
	if (!r)
		r = uv_listen((uv_stream_t *)&l->listener, BACKLOG, on_listen);
	freeaddrinfo(a);
	if (r)
		snprintf(err, errlen, "%s port %s: %s", c->host, c->port, uv_strerror(r));
	else
		address_of(&l->listener, uv_tcp_getsockname, l->address, sizeof(l->address));
	return !r;
}

struct lemf *lemf_new(uv_loop_t *loop, const struct lemf_conf *c, const struct lemf_ops *ops, void *arg, char *err, size_t errlen)
{
	struct lemf *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct lemf){ .loop = loop, .names = c->names, .n_names = c->n_names, .rules = c->rules, .now = c->now, .ops = ops, .arg = arg, .handles = 2,
		.options = c->options, .gap_wait = c->gap_wait, .negotiation_wait = c->negotiation_wait };
	uv_tcp_init(loop, &l->listener);
	uv_timer_init(loop, &l->tick);
	l->listener.data = l->tick.data = l;
	l->tls = tls_ctx_new(TLS_SERVER, &c->tls, err, errlen);
	if (l->tls)
		l->store = lemf_store_open(c->dir, c->seed, c->now(), err, errlen);
	if (l->store)
		lemf_store_keys(l->store, c->keys);
	if (l->store) {
		lemf_store_gap_wait(l->store, c->gap_wait);
		lemf_store_ledgers(l->store);
	}
	if (!l->store || !bind_to(l, c, err, errlen)) {
		lemf_close(l, NULL, NULL);
		return NULL;
	}
	uv_timer_start(&l->tick, on_tick, TICK_MS, TICK_MS);
	return l;
}

enum li_err lemf_reload(struct lemf *l, const struct tls_conf *c, char *err, size_t errlen)
{
	struct tls_ctx *x = tls_ctx_new(TLS_SERVER, c, err, errlen);

	if (lemf_store_note(l->store, x ? "tls-reloaded" : "tls-reload-failed", NULL, x ? NULL : err, l->now()))
		l->store_failed = true;
	settle(l);
	if (!x)
		return LI_ECONFIG;
	tls_ctx_free(l->tls);	/* connections that stand hold it as long as they do */
	l->tls = x;
	return LI_OK;
}

bool lemf_tls_ends(struct lemf *l, char *text, size_t n)
{
	const char *what = "";
	char day[LI_RFC3339_MAX] = "";
	li_us end = tls_ctx_expires(l->tls, &what), now = l->now();

	if (end >= now + LEMF_SOON || !li_rfc3339(end, day))
		return false;
	snprintf(text, n, "%s %s %s", what, end < now ? "has ended on" : "ends on", day);
	if (lemf_store_note(l->store, "tls-ends", NULL, text, now))
		l->store_failed = true;
	settle(l);
	return true;
}

const char *lemf_address(const struct lemf *l)
{
	return l->address;
}

const struct lemf_stats *lemf_stats(const struct lemf *l)
{
	return lemf_store_stats(l->store);
}

/* When everything has ended: the last sync, and the memory. */
static void finish(struct lemf *l)
{
	if (!l->closing || l->handles || l->conns || l->syncing || l->recording)
		return;
	if (l->store && (lemf_store_settle(l->store, l->now()) || lemf_store_end(l->store, l->now()) || lemf_dir_sync(lemf_store_dir(l->store))))
		l->ops->failed(l->arg, lemf_dir_error(lemf_store_dir(l->store)), true);
	else if (l->store)
		record_end(l);
	if (l->closed)
		l->closed(l->closed_arg);
	lemf_store_close(l->store);
	tls_ctx_free(l->tls);
	free(l);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct lemf *l = h->data;

	l->handles--;
	finish(l);
}

void lemf_close(struct lemf *l, void (*closed)(void *arg), void *arg)
{
	if (l->closing)
		return;
	l->closing = true;
	l->closed = closed;
	l->closed_arg = arg;
	uv_close((uv_handle_t *)&l->listener, on_handle_closed);
	uv_close((uv_handle_t *)&l->tick, on_handle_closed);
	for (struct conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		netio_end(&c->net, "this end stops");
	}
}
