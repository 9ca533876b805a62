/*
 * service_x.c: X2 and X3 of mdfd.yaml: the door (x/door.h) in the service, and what it gives to mediation. Opened before the sandbox,
 * started within it, stopped before the taps: what it has read is mediated, then delivered.
 */
#include "mediation/service_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/log.h>

#include "mediation/watch.h"
#include "mediation/x/content.h"
#include "mediation/x/door.h"
#include "mediation/x/iri.h"
#include "mediation/x/pressure.h"

_Static_assert(CONF_X_LISTENERS_MAX == DOOR_LISTENERS_MAX && CONF_X_PEERS_MAX == DOOR_PEERS_MAX && CONF_X_WORKERS_MAX == DOOR_WORKERS_MAX &&
	       CONF_X2 == (int)DOOR_X2 && CONF_X3 == (int)DOOR_X3, "mdfd.yaml's limits are the door's");

/* -- into mediation -- */

static void on_x3(void *arg, unsigned worker, const struct x_pdu p[], size_t n, bool again, enum li_err got[])
{
	struct service *s = arg;

	(void)worker;
	content_mediate(mediate_products(s->mediate), p, n, again, got);
}

static void on_x2(void *arg, const struct x_pdu *p)
{
	struct service *s = arg;

	iri_mediate(mediate_products(s->mediate), p);
}

static void on_open(void *arg, const struct x_pdu *p)
{
	struct service *s = arg;

	content_open(mediate_products(s->mediate), p);
}

static bool on_holds_up(void *arg, const struct x_pdu *p)
{
	struct service *s = arg;

	return pressure_holds_up(mediate_products(s->mediate), p);
}

static void on_turn_begin(void *arg)
{
	struct service *s = arg;

	pipeline_turn_begin(s->pipeline);
}

static void on_turn_end(void *arg)
{
	struct service *s = arg;

	pipeline_turn_end(s->pipeline);
}

static const struct door_ops ops = { .x3 = on_x3, .x2 = on_x2, .open = on_open, .turn_begin = on_turn_begin, .turn_end = on_turn_end,
				    .holds_up = on_holds_up };

/* -- who comes and goes -- */

static void on_refused(void *arg, const struct door_refusal *r)
{
	struct http_refusal x = { .of = r->of, .n = r->n };

	snprintf(x.why, sizeof(x.why), "%.40s: %.80s", r->listener, r->why);
	service_client_refused(arg, "x2x3", &x);
}

static void on_peer(void *arg, const struct door_peer *p)
{
	struct service *s = arg;
	char conn[16], hash[65];
	struct audit_field f[] = { { "listener", p->listener }, { "connection", conn }, { "address", p->address }, { "name", p->of.name },
				   { p->up ? "peer" : "why", p->up ? p->of.subject : p->why }, { "sha256", hash } };

	snprintf(conn, sizeof(conn), "%u", p->conn);
	service_hex(p->of.sha256, sizeof(p->of.sha256), hash);
	(void)service_audit(s, p->up ? "poi-up" : "poi-down", "mdfd", f, p->up ? 6 : 5);
	if (p->up)
		li_log(LI_LOG_INFO, "x2x3: connection %u: %s, from %s", p->conn, p->of.name, p->address);
	else
		li_log(LI_LOG_NOTICE, "x2x3: connection %u: %s: down: %s", p->conn, p->of.name, p->why);
}

/* -- life -- */

static void listeners(const struct conf_x2x3 *x, struct door_listen l[CONF_X_LISTENERS_MAX])
{
	for (size_t i = 0; i < x->n_listen; i++) {
		const struct conf_x_listen *c = &x->listen[i];
		const struct conf_names *peers = c->peers.n ? &c->peers : &x->peers;

		l[i] = (struct door_listen){ .name = c->address, .kinds = c->kinds ? c->kinds : x->kinds,
					     .peers = (const char *const *)(const void *)peers->name, .n_peers = peers->n };
		if (listen_read(c->address, &l[i].at))
			l[i].at = (struct listen_at){ 0 };	/* conf_load() has read it already */
	}
}

bool service_x_open(struct service *s)
{
	const struct conf_x2x3 *x = s->c.conf->x2x3;
	struct door_listen l[CONF_X_LISTENERS_MAX];
	struct tls_conf tls;
	struct door_conf c = { .loop = &s->loop, .listen = l, .tls = &tls, .ops = &ops, .arg = s, .refused = on_refused, .peer = on_peer };
	char err[TLS_ERR_TEXT] = "";

	if (!x)
		return true;
	listeners(x, l);
	tls = service_x_tls(s->c.conf);
	c.n_listen = x->n_listen;
	c.workers = x->workers;
	c.idle = x->idle;
	c.max_skew = x->max_skew;
	s->door = door_open(&c, err, sizeof(err));
	if (!s->door) {
		li_log(LI_LOG_ERR, "x2x3: %s", err);
		return false;
	}
	pressure_patience(mediate_products(s->mediate), x->full_wait);
	for (size_t i = 0; i < x->n_listen; i++)
		li_log(LI_LOG_NOTICE, "x2x3: listening on %s, port %u, TLS", x->listen[i].address, door_port(s->door, i));
	return true;
}

enum li_err service_x_start(struct service *s)
{
	return s->door ? door_start(s->door) : LI_OK;
}

void service_x_renew(struct service *s)
{
	struct tls_conf tls = service_x_tls(s->c.conf);
	char err[TLS_ERR_TEXT] = "";

	if (s->door && door_renew(s->door, &tls, err, sizeof(err)))
		li_log(LI_LOG_ERR, "reload: x2x3: %s: the certificates in use stay", err);
	if (s->door)
		pressure_patience(mediate_products(s->mediate), s->c.conf->x2x3->full_wait);
}

void service_x_stop(struct service *s, void (*stopped)(void *arg))
{
	if (!s->door) {
		stopped(s);
		return;
	}
	pressure_patience(mediate_products(s->mediate), 0);	/* nobody is held up any more */
	door_stop(s->door, stopped, s);
}

/* -- alarms -- */

static void look_at_clocks(struct service *s, struct alarms *a)
{
	struct senders *x = door_senders(s->door);
	li_us most = s->c.conf->x2x3->max_skew ? s->c.conf->x2x3->max_skew : DOOR_SKEW_US, d;

	senders_tick(x, clock_steady());
	for (unsigned i = 1; i <= senders_count(x); i++) {
		char text[X_SENDER_TEXT];

		if (!sender_delay(x, i, &d) || (d >= -most && d <= most))
			continue;	/* one that is not looked at is over */
		sender_text(x, i, text);
		alarm_is(a, ALARM_poi_clock, text, true, d < 0 ? "its clock is at least %.1f s ahead of ours" :
			 "what it sends is at least %.1f s old when it comes: its clock is behind, or it is that late", (double)(d < 0 ? -d : d) / LI_US_SECOND);
	}
}

void service_x_alarms(struct service *s, struct alarms *a)
{
	static const struct { const char *name, *help; bool alarm; } rows[] = {
#define COUNT(name, help, alarm) { #name, help, alarm },
#include "mediation/x/x.tbl"
#undef COUNT
	};
	const struct products *x = mediate_products(s->mediate);

	if (!s->door)
		return;
	for (int i = 0; i < DOOR_COUNTS; i++) {
		uint64_t n = door_counter(s->door, (enum door_count)i);

		if (door_count_is_alarm((enum door_count)i))
			alarm_event(a, ALARM_poi, door_count_name((enum door_count)i), n - s->door_seen[i], "%" PRIu64 " %s", n,
				    door_count_help((enum door_count)i));
		s->door_seen[i] = n;
	}
	for (int i = 0; x && i < X_COUNTS; i++) {	/* X23-DEC-028 */
		uint64_t n = x_counter(x, (enum x_count)i);

		if (rows[i].alarm)
			alarm_event(a, ALARM_poi, rows[i].name, n - s->x_seen[i], "%" PRIu64 " %s", n, rows[i].help);
		s->x_seen[i] = n;
	}
	for (int i = 0; x && i < CONVERT_WHYS; i++) {
		uint64_t n = atomic_load_explicit(&x->converted[i], memory_order_relaxed);

		if (convert_is_alarm((enum convert_why)i))
			alarm_event(a, ALARM_poi, convert_name((enum convert_why)i), n - s->converted_seen[i], "%" PRIu64 " %s", n,
				    convert_text((enum convert_why)i));
		s->converted_seen[i] = n;
	}
	look_at_clocks(s, a);
}
