/* service_http.c: the metrics listener of mdfd.yaml: GET /metrics, answered on the control loop from stats.tbl. */
#include "mediation/service_priv.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/log.h>

#include "mediation/clock.h"
#include "mediation/http.h"
#include "mediation/metrics.h"
#include "mediation/watch.h"

#define REFUSED_AGAIN (60 * LI_US_SECOND)

static void on_metrics(void *arg, struct http_request *r)
{
	struct service *s = arg;
	struct metrics m;
	struct stats_sink k;
	struct buf b;

	if (s->closing || !s->pipeline) {
		http_answer(r, 503, "text/plain; charset=utf-8", view_str("the service is stopping\n"));
		return;
	}
	buf_init(&b, 0);
	k = metrics_sink(&m, &b);
	stats_tell(s, &k);
	if (m.err)
		http_answer(r, 500, "text/plain; charset=utf-8", view_str("no memory\n"));
	else
		http_answer(r, 200, METRICS_TYPE, buf_view(&b));
	buf_fini(&b);
}

/* The same check and certificate; else the place of the one that was told longest ago. Where all wait to be told, it counts as one
 * more of the first. */
static struct http_refusal *place_of(struct service *s, const char *listener, const struct http_refusal *r)
{
	struct http_refusal *x = NULL;
	li_us oldest = LI_US_NEVER;

	for (unsigned i = 0; i < SERVICE_REFUSED; i++) {
		struct http_refusal *y = &s->refused[i];

		if (y->of.check && s->refused_at[i] == listener && strcmp(y->of.check, r->of.check) == 0 && memcmp(y->of.sha256, r->of.sha256, sizeof(r->of.sha256)) == 0)
			return y;
		if (!y->n && s->refused_told[i] < oldest) {
			x = y;
			oldest = s->refused_told[i];
		}
	}
	if (!x)
		return &s->refused[0];
	*x = *r;
	x->n = 0;
	s->refused_at[x - s->refused] = listener;
	s->refused_told[x - s->refused] = 0;
	return x;
}

void service_client_refused(struct service *s, const char *listener, const struct http_refusal *r)
{
	alarm_event(watch_alarms(s->watch), ALARM_client_refused, listener, r->n, "clients were refused, the last: %s: %s", r->of.check, r->why);
	place_of(s, listener, r)->n += r->n;
}

static void on_refused(void *arg, const struct http_refusal *r)
{
	service_client_refused(arg, "metrics", r);
}

static void audit_refused(struct service *s, struct http_refusal *x)
{
	char text[16], hash[65] = "";
	struct audit_field f[] = { { "listener", s->refused_at[x - s->refused] }, { "clients", text }, { "check", x->of.check }, { "why", x->why },
				   { "peer", x->of.subject }, { "sha256", hash } };

	snprintf(text, sizeof(text), "%u", x->n);
	service_hex(x->of.sha256, sizeof(x->of.sha256), hash);
	(void)service_audit(s, "client-refused", "mdfd", f, x->of.has_peer ? 6 : 4);
	s->refused_told[x - s->refused] = clock_steady();
	x->n = 0;
}

/* An entry a second at the most, and one a minute of the same, however many come: each is synced. */
void service_http_look(struct service *s)
{
	li_us now = clock_steady();

	for (unsigned i = 0; i < SERVICE_REFUSED; i++) {
		if (!s->refused[i].n || (s->refused_told[i] && now - s->refused_told[i] < REFUSED_AGAIN))
			continue;
		audit_refused(s, &s->refused[i]);
		return;
	}
}

bool service_http_open(struct service *s)
{
	const struct conf *c = s->c.conf;
	struct http_route route = { "GET", "/metrics", 0, on_metrics, s, 0 };
	struct tls_conf tls = service_metrics_tls(c);
	struct group *g = c->control_group ? getgrnam(c->control_group) : NULL;
	/* who may see by the control socket may see these */
	struct http_conf h = { .loop = &s->loop, .group = g ? g->gr_gid : (gid_t)-1, .tls = c->n_metrics_peers ? &tls : NULL,
			       .peers = (const char *const *)(const void *)c->metrics_peer, .n_peers = c->n_metrics_peers,
			       .routes = &route, .n_routes = 1, .refused = on_refused, .arg = s };
	char err[512] = "";
	struct http_stats st;

	if (!c->metrics_listen)
		return true;
	if (listen_read(c->metrics_listen, &h.at))
		return false;		/* conf_load() has read it already */
	s->http = http_new(&h, err, sizeof(err));
	if (!s->http) {
		li_log(LI_LOG_ERR, "metrics: %s", err);
		return false;
	}
	http_stats(s->http, &st);
	if (h.at.path)
		li_log(LI_LOG_NOTICE, "metrics: listening on %s", c->metrics_listen);
	else
		li_log(LI_LOG_NOTICE, "metrics: listening on port %u%s", st.port, h.tls ? ", TLS" : "");
	return true;
}

void service_http_renew(struct service *s)
{
	struct tls_conf tls = service_metrics_tls(s->c.conf);
	char err[TLS_ERR_TEXT] = "";

	const struct conf *c = s->c.conf;

	if (s->http && http_renew(s->http, &tls, (const char *const *)(const void *)c->metrics_peer, c->n_metrics_peers, err, sizeof(err)))
		li_log(LI_LOG_ERR, "reload: metrics: %s: the certificates in use stay", err[0] ? err : "no memory");
}

void service_http_close(struct service *s)
{
	if (s->http)
		http_close(s->http, NULL, NULL);
	s->http = NULL;
	for (unsigned i = 0; i < SERVICE_REFUSED; i++)
		if (s->refused[i].n)
			audit_refused(s, &s->refused[i]);
}
