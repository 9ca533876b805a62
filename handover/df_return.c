/*
 * df_return.c: the way back to an agency's first address, while a connection to another one delivers.
 *
 *	df_return_begin -> RETURN -> (lookup) -> dial -> on_up -> (SETTLE) -> come_back -> df_return_now -> df_fire(RETURN) -> leave
 *
 * The first is only asked whether it takes us: TLS, both ends verified, then goodbye. Then nothing more is begun where we are, and as soon
 * as what is on its way there counts as delivered it is left. Where that takes longer than TIME5 the rest goes again where we come to, as
 * after any connection's end.
 */
#include "handover/df_int.h"

#include <string.h>
#include <unistd.h>

#include "handover/dial.h"

void df_return_begin(struct df *f)
{
	if (f->reach.at && !f->conf->stays)
		df_timer_start(f, DF_RETURN);
}

/* The first takes us. */
static void come_back(struct df *f)
{
	f->ret.settling = false;
	f->ret.good = true;
	df_timer_stop(f, DF_RETURN);
	netio_end(&f->ret.net, "asked");
}

static void on_up(struct netio *n)
{
	struct df *f = df_of(n->arg);

	if (tls_is_accepted(n->tls)) {
		come_back(f);
	} else {
		f->ret.settling = true;
		df_timer_start_ms(f, DF_RETURN, df_ms(f->conf->timer[DF_SETTLE]));
	}
}

static void on_data(struct netio *n, struct view in)
{
	struct df *f = df_of(n->arg);

	(void)in;
	if (f->ret.settling)
		come_back(f);
}

static void on_closed(struct netio *n, const char *why)
{
	struct df *f = df_of(n->arg);
	bool good = f->ret.good;

	(void)why;
	f->ret.open = f->ret.settling = f->ret.good = false;
	if (f->state == ST_DEAD) {
		df_may_go(f);
	} else if (f->state == ST_UP && good && f->reach.at) {
		f->returning = true;
		df_return_now(f);
		if (f->state == ST_UP)
			df_pump(f);	/* asks whether it has what is on its way */
	} else if (f->state == ST_UP) {
		df_return_begin(f);
	}
}

void df_return_now(struct df *f)
{
	bool waits = f->success != HM_FURTHER && feed_on_the_way(f->feed, f->feeds);	/* which counts only when more follows */

	if (f->returning && f->state == ST_UP && !waits)
		df_fire(f, EV_RETURN);
}

static void dial(struct df *f, const struct sockaddr *to)
{
	static const struct netio_ops ops = { .up = on_up, .data = on_data, .closed = on_closed };
	const char *names[] = { f->conf->peer_name };
	int fd;

	if (netio_init(&f->ret.net, f->loop, f->conf->tls, names, 1, &ops, f)) {
		df_return_begin(f);
		return;
	}
	f->ret.net.turns = f->turns;
	f->ret.open = true;
	fd = df_socket(f, to->sa_family);
	if (fd >= 0 && uv_tcp_open(&f->ret.net.tcp, fd))
		close(fd);
	(void)!netio_connect(&f->ret.net, to);	/* if it fails, on_closed says so */
}

static void on_resolved(struct lookup *l, const char *why, const struct sockaddr_storage to[], unsigned n)
{
	struct df *f = df_of(l->data);
	unsigned i = f->ret.nth < n ? f->ret.nth : 0;

	f->ret.looking = false;
	f->ret.nth = i + 1 < n ? i + 1 : 0;	/* another time the next of them */
	if (f->state == ST_DEAD)
		df_may_go(f);
	else if (f->state == ST_UP && !why && !f->ret.open)
		dial(f, (const struct sockaddr *)&to[i]);
	else if (f->state == ST_UP)
		df_return_begin(f);
}

void df_on_RETURN(struct df *f)
{
	struct sockaddr_storage to;

	if (f->state != ST_UP || !f->reach.at || f->conf->stays)
		return;
	if (f->ret.settling) {
		come_back(f);
	} else if (f->ret.open || f->ret.looking) {
		df_return_begin(f);
	} else if (address_literal(f->conf->host, f->conf->port, f->conf->family, &to)) {
		dial(f, (const struct sockaddr *)&to);
	} else {
		f->ret.lookup.data = f;
		f->ret.looking = f->resolves && !resolve(f->loop, &f->ret.lookup, on_resolved, f->conf->host, f->conf->port, f->conf->family);
		if (!f->ret.looking)
			df_return_begin(f);
	}
}

void df_return_stop(struct df *f)
{
	if (f->ret.looking)
		resolve_cancel(&f->ret.lookup);
	if (f->ret.open)
		netio_close(&f->ret.net, HM_CLOSED_BY_US);
}
