/*
 * service_x1.c: X1 in the service: it is opened with the other listeners, starts behind the sandbox, looks around each second, and
 * hears what is wrong here and what the operator does.
 */
#include "mediation/service_priv.h"

#include <stdio.h>

#include <li/log.h>

#include "mediation/watch.h"
#include "mediation/x1/x1_server.h"

#define DOWN_GRACE (10 * LI_US_SECOND)	/* a connection that comes back sooner was no fault: as the alarm has it */

struct tls_conf service_x1_tls(const struct conf *c)
{
	struct tls_conf t = service_tls(c);

	if (!c->x1)
		return t;
	t.certificate = c->x1->certificate ? c->x1->certificate : t.certificate;
	t.key = c->x1->key ? c->x1->key : t.key;
	t.ca = c->x1->ca ? c->x1->ca : t.ca;
	t.crl = c->x1->crl ? c->x1->crl : t.crl;
	return t;
}

static void on_kick(void *arg)
{
	struct service *s = arg;

	if (s->pipeline)
		pipeline_kick(s->pipeline);
}

static void on_refused(void *arg, const struct http_refusal *r)
{
	service_client_refused(arg, "x1", r);
}

struct telling { x1_on_fault *fn; void *arg; bool several; };

/* Delivery faults are their destinations' (TS 103 221-1 clause 6.4.4). */
static bool is_delivery(enum alarm_name a)
{
	return a == ALARM_destination_down || a == ALARM_queue_filling || a == ALARM_queue_dropped;
}

/* A fault lasts, or loses something; a warning does neither (clause 5.3: a resource that is nearly full, a certificate that ends soon). */
static bool is_fault(enum alarm_name a)
{
	return a == ALARM_tap_drops || (alarm_level(a) == LI_LOG_ERR && a != ALARM_disk_full);
}

static void on_alarm(void *arg, const struct alarm *a)
{
	const struct telling *t = arg;
	char name[96], text[ALARM_TEXT_MAX + 96];

	if (!a->raised || is_delivery(a->name))
		return;
	snprintf(name, sizeof(name), "%u %s", (unsigned)a->name, a->object);
	/* X1-SEC-013: which destinations another ADMF has is no news for this one */
	if (t->several && strcmp(alarm_what(a->name), "destination") == 0)
		snprintf(text, sizeof(text), "%s: a destination: %s", alarm_text(a->name), a->text);
	else
		snprintf(text, sizeof(text), "%s: %s %s: %s", alarm_text(a->name), alarm_what(a->name), a->object, a->text);
	t->fn(t->arg, name, is_fault(a->name), text);
}

static void on_faults(void *arg, x1_on_fault *fn, void *fn_arg)
{
	struct service *s = arg;
	struct telling t = { fn, fn_arg, s->c.conf->x1->n_admfs > 1 };

	if (s->watch)
		alarms_each(watch_alarms(s->watch), on_alarm, &t);
}

static bool on_dest_down(void *arg, const struct dest *d, char *why, size_t n)
{
	const bool wanted[2] = { d->conf.hi2, d->conf.hi3 };
	bool any = false;

	(void)arg;
	if (!d->mediation) {
		snprintf(why, n, "it could not be opened");
		return true;
	}
	for (int k = 0; k < 2; k++) {
		li_us since = d->changed[k] ? service_clock() - d->changed[k] : 0;
		bool down = wanted[k] && d->down[k] && (since >= DOWN_GRACE || since < 0);	/* below 0: the clock was set back */

		if (!wanted[k])
			continue;
		if (down && !any)
			snprintf(why, n, "no connection for %s", k == LI_HI2 ? "HI2" : "HI3");	/* the reason may name hosts: it is in our log */
		any |= down;
	}
	return any;
}

static void on_count(void *arg, struct warrant *w)
{
	(void)arg;
	mediate_count(w);
}

static bool on_dest_up(void *arg, const struct dest *d)
{
	(void)arg;
	return d->mediation && (!d->conf.hi2 || (d->changed[LI_HI2] && !d->down[LI_HI2])) &&
	       (!d->conf.hi3 || (d->changed[LI_HI3] && !d->down[LI_HI3]));
}

bool service_x1_purges(void *service, const char *owner)
{
	const struct service *s = service;
	const struct conf_x1 *x = s->c.conf->x1;

	for (size_t i = 0; x && i < x->n_admfs && strncmp(owner, "x1:", 3) == 0; i++)
		if (strcmp(owner + 3, x->admf[i].admf_id) == 0)
			return x->admf[i].purge;
	return false;		/* whose profile nobody knows any more is delivered */
}

bool service_x1_open(struct service *s)
{
	const struct conf *c = s->c.conf;
	struct x1_open o = { .loop = &s->loop, .conf = c, .tls = service_x1_tls(c), .warrants = s->warrants, .store = s->store, .audit = s->audit,
			     .clock = service_clock, .file_time = s->wait, .kick = on_kick, .refused = on_refused, .faults = on_faults,
			     .dest_down = on_dest_down, .dest_up = on_dest_up, .count = on_count, .arg = s };
	char err[512] = "";

	if (!c->x1)
		return true;
	s->x1 = x1_open(&o, err, sizeof(err));
	if (s->x1)
		li_log(LI_LOG_NOTICE, "X1: listening on port %u", x1_port(s->x1));
	else
		li_log(LI_LOG_ERR, "X1: %s", err);
	return s->x1;
}

void service_x1_renew(struct service *s)
{
	struct tls_conf tls = service_x1_tls(s->c.conf);
	char err[TLS_ERR_TEXT] = "";

	if (s->x1 && x1_renew(s->x1, &tls, err, sizeof(err)))
		li_log(LI_LOG_ERR, "reload: x1: %s: the certificates in use stay", err[0] ? err : "no memory");
}

static void count_ordered(void *arg, struct warrant *w)
{
	*(size_t *)arg += strncmp(w->task->owner, "x1:", 3) == 0;
}

void service_x1_loaded(struct service *s)
{
	size_t n = 0;

	if (s->c.conf->x1)
		return;
	warrants_each(s->warrants, count_ordered, &n);
	if (n)
		li_log(LI_LOG_WARNING, "%zu warrants were ordered over X1, and mdfd.yaml has no x1: no ADMF can end them; mdfctl warrant end may", n);
}
