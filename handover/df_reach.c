/* df_reach.c: how a delivery function comes to a connection: the agency's address is looked up, its addresses are tried in turn. */
#include "handover/df_int.h"

#include <stdio.h>
#include <unistd.h>

#include "handover/dial.h"

/* An attempt that never got a connection. */
static void attempt_failed(struct df *f, const char *what, const char *why)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", what, why);
	atomic_fetch_add(&f->stats.failures, 1);
	f->ops->down(f->arg, text, NULL);
	df_fire(f, EV_FAILED);
}

static void on_resolved(uv_getaddrinfo_t *r, int status, struct addrinfo *list)
{
	struct df *f = df_of(r->data);

	if (f->moved && f->state == ST_RESOLVING) {
		f->moved = false;
		uv_freeaddrinfo(list);
		df_resolve(f);
		return;
	}
	if (status || !list) {
		uv_freeaddrinfo(list);
		if (f->state == ST_ENDING)
			df_fire(f, EV_FAILED);
		else
			attempt_failed(f, "address", uv_strerror(status ? status : UV_EAI_NONAME));
		return;
	}
	f->addrs = list;
	df_fire(f, EV_ADDRESS);
	uv_freeaddrinfo(list);
	f->addrs = NULL;
}

void df_resolve(struct df *f)
{
	int r;

	df_timers_stop(f);
	atomic_store(&f->stats.rests, false);
	f->lookup.data = f;
	r = dial_lookup(f->loop, &f->lookup, on_resolved, f->conf->host, f->conf->port);
	if (r)
		attempt_failed(f, "address", uv_strerror(r));
}

/* One address an attempt, in turn. */
void df_connect_next(struct df *f)
{
	const char *names[] = { f->conf->peer_name };
	const struct addrinfo *a = dial_nth(f->addrs, f->attempt++);
	int fd;

	if (netio_init(&f->net, f->loop, f->conf->tls, names, 1, &df_net_ops, f)) {
		attempt_failed(f, "connect", "no memory");
		return;
	}
	fd = dial_socket(a->ai_family);
	if (fd >= 0 && f->conf->send_buffer)
		dial_send_bound(fd, f->conf->send_buffer);	/* HO-BUF-007 */
	if (fd >= 0 && uv_tcp_open(&f->net.tcp, fd))
		close(fd);
	(void)!netio_connect(&f->net, a->ai_addr);	/* HO-CON-001; if it fails, on_net_closed says so */
}

void df_look_up_again(struct df *f)
{
	f->moved = true;
}

void df_cancel(struct df *f)
{
	uv_cancel((uv_req_t *)&f->lookup);	/* or it is answered soon: on_resolved ends it in both cases */
}
