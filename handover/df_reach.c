/*
 * df_reach.c: how a delivery function comes to a connection: the agency's addresses are looked up and tried in turn.
 *
 * A round is all of them, the first first, and of each all that the resolver says; within it one attempt follows the other without a pause
 * (NEXT), and after it comes one (FAILED). Each round asks the resolver anew.
 */
#include "handover/df_int.h"

#include <stdio.h>
#include <unistd.h>

#include "handover/dial.h"

unsigned df_addresses(const struct df *f)
{
	return 1 + f->conf->n_more;
}

static void address(const struct df *f, unsigned i, const char **host, uint16_t *port)
{
	*host = i ? f->conf->more[i - 1].host : f->conf->host;
	*port = i ? f->conf->more[i - 1].port : f->conf->port;
}

void df_reach_begin(struct df *f, unsigned at)
{
	at = at < df_addresses(f) ? at : 0;
	f->reach.first = f->reach.at = at;
	f->reach.n = f->reach.next = 0;
}

bool df_reach_more(struct df *f)
{
	struct df_reach *r = &f->reach;

	if (r->next < r->n)
		return true;
	r->at = (r->at + 1) % df_addresses(f);
	r->n = r->next = 0;
	if (r->at != r->first)
		return true;
	df_reach_begin(f, 0);
	return false;
}

void df_tell_down(struct df *f, const char *why, const struct tls_refusal *refused)
{
	char text[TLS_ERR_TEXT + 32];

	if (df_addresses(f) > 1)
		snprintf(text, sizeof(text), "address %u: %s", f->reach.at + 1, why);
	f->ops->down(f->arg, df_addresses(f) > 1 ? text : why, refused);
}

/* An attempt that never got a connection. */
static void attempt_failed(struct df *f, const char *what, const char *why)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", what, why);
	atomic_fetch_add(&f->stats.failures, 1);
	df_tell_down(f, text, NULL);
	df_fire(f, df_reach_more(f) ? EV_NEXT : EV_FAILED);
}

static void on_resolved(struct lookup *l, const char *why, const struct sockaddr_storage to[], unsigned n)
{
	struct df *f = df_of(l->data);
	bool late = f->late;

	f->looking = f->late = false;
	if (late && why)
		why = "the resolver does not answer";
	if (!why) {
		memcpy(f->reach.to, to, n * sizeof(to[0]));
		f->reach.n = n;
		f->reach.next = 0;
	}
	if (f->state == ST_ENDING) {
		df_fire(f, EV_FAILED);
	} else if (f->moved) {
		f->moved = false;
		df_reach_begin(f, 0);
		df_resolve(f);
	} else if (why) {
		df_timer_stop(f, DF_RESOLVE);
		attempt_failed(f, "address", why);
	} else {
		df_fire(f, EV_ADDRESS);
	}
}

/* The resolver hangs: it is not waited for, and the agency's next address has its turn; on_resolved() says so. */
void df_on_RESOLVE(struct df *f)
{
	if (f->state != ST_RESOLVING)
		return;
	f->late = true;
	resolve_cancel(&f->lookup);
}

void df_resolve(struct df *f)
{
	const char *host;
	uint16_t port;

	df_timers_stop(f);
	atomic_store(&f->stats.rests, false);
	address(f, f->reach.at, &host, &port);
	if (f->reach.next == f->reach.n && address_literal(host, port, f->conf->family, &f->reach.to[0])) {
		f->reach.n = 1;
		f->reach.next = 0;
	}
	if (f->reach.next < f->reach.n) {
		df_fire(f, EV_ADDRESS);
		return;
	}
	f->lookup.data = f;
	if (!f->resolves || resolve(f->loop, &f->lookup, on_resolved, host, port, f->conf->family)) {
		attempt_failed(f, "address", "no memory");
		return;
	}
	f->looking = true;
	df_timer_start(f, DF_RESOLVE);
}

int df_socket(const struct df *f, int family)
{
	int fd = dial_socket(family);

	if (fd >= 0 && f->conf->send_buffer)
		dial_send_bound(fd, f->conf->send_buffer);	/* HO-BUF-007 */
	return fd;
}

/* One address an attempt, in turn. */
void df_connect_next(struct df *f)
{
	const char *names[] = { f->conf->peer_name };
	const struct sockaddr *to = (const struct sockaddr *)&f->reach.to[f->reach.next++];
	int fd;

	df_timer_stop(f, DF_RESOLVE);
	if (netio_init(&f->net, f->loop, f->conf->tls, names, 1, &df_net_ops, f)) {
		attempt_failed(f, "connect", "no memory");
		return;
	}
	f->net.turns = f->turns;
	fd = df_socket(f, to->sa_family);
	if (fd >= 0 && uv_tcp_open(&f->net.tcp, fd))
		close(fd);
	(void)!netio_connect(&f->net, to);	/* HO-CON-001; if it fails, on_net_closed says so */
}

void df_look_up_again(struct df *f)
{
	f->moved = true;
}

void df_cancel(struct df *f)
{
	if (f->looking)
		resolve_cancel(&f->lookup);
}
