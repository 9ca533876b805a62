/*
 * service_ctl.c: what `mdfctl` sees and does of the running service: status, sessions, taps, queues, reload. Warrants and
 * destinations are ctl_warrant.c's. Sessions that are not under interception are counted and never listed: they
 * are nobody's business.
 */
#include "mediation/service_priv.h"

#include <li/log.h>

#include <stdio.h>
#include <stdlib.h>

#include "handover/tls.h"
#include "mediation/ctl.h"
#include "mediation/status.h"
#include "mediation/x/comm.h"
#include "mediation/x1/x1_server.h"

struct service_ctl {
	struct service *s;
	struct ctl *ctl;
	struct ctl_warrants cw;
	struct ctl_verb warrant[CTL_WARRANT_VERBS], kicking[CTL_WARRANT_VERBS];
	struct ctl_verb audit;
};

/* -- status -- */

static void on_status(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct service *s = arg;

	(void)r;
	if (s->pipeline && !s->closing)
		status_write(s, &a->json);
	else
		ctl_error(a, "the service is stopping");
}

static void on_counters(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct service *s = arg;

	(void)r;
	if (s->pipeline && !s->closing)
		status_counters(s, &a->json);
	else
		ctl_error(a, "the service is stopping");
}

/* -- sessions under interception -- */

static void write_session(void *arg, struct session *session)
{
	struct json *j = arg;

	if (mediate_of_session(session) == 0)
		return;
	json_object(j, NULL);
	json_uint(j, "session", session_handle(session));
	json_time(j, "opened", session_opened(session));
	json_text(j, "state", session_is_ended(session) ? "ended" : session_is_ready(session) ? "ready" : "opening");
	if (session_is_unconfirmed(session))	/* of before the restart */
		json_bool(j, "unconfirmed", true);
	json_text(j, "seen_on", session_has_n2(session) ? session_has_n4(session) ? "N2 N4" : "N2" : "N4");
	json_uint(j, "warrants", mediate_of_session(session));
	json_close(j, '}');
}

/* A communication that network functions report is a session to whoever looks. */
static void write_comm(void *arg, const struct comm *c)
{
	struct json *j = arg;
	bool x2, x3;

	if (!c->wd.n)
		return;
	comm_seen_on(c, &x2, &x3);
	json_object(j, NULL);
	json_uint(j, "session", c->handle);
	json_time(j, "opened", c->opened_at);
	json_text(j, "state", c->ended ? "ended" : "ready");
	json_text(j, "seen_on", x2 && x3 ? "X2 X3" : x3 ? "X3" : "X2");
	json_uint(j, "warrants", c->wd.n);
	json_close(j, '}');
}

static void on_sessions(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct service *s = arg;

	(void)r;
	json_array(&a->json, "sessions");
	core_sessions(s->core, write_session, &a->json);
	if (mediate_products(s->mediate))
		products_each_comm(mediate_products(s->mediate), write_comm, &a->json);
	json_close(&a->json, ']');
}

/* -- taps and queues -- */

static void on_taps(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	(void)r;
	status_taps(arg, &a->json, true);
}

static void on_queues(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	(void)r;
	status_queues(arg, &a->json);
}

/* -- accounts -- */

static bool names_account(void *arg, const char *argument)
{
	struct service *s = arg;

	return mediate_account(s->mediate, argument, NULL, NULL) == LI_OK;
}

static void on_account(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct service *s = arg;
	enum li_err e = mediate_account(s->mediate, r->argument, r->who, &a->json);

	if (e)
		ctl_error(a, e == LI_ENOTFOUND ? "no account is kept of this LIID or XID" : "the audit log cannot be written: nothing is shown");
}

/* -- acts -- */

static void after_restart(void *answer, const char *key)
{
	struct ctl_answer *a = answer;

	json_text(&a->json, NULL, key);
}

static void on_reload(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct service *s = arg;
	enum li_err e;

	if (s->stopping) {
		ctl_error(a, "the service is stopping");
		return;
	}
	json_array(&a->json, "after_restart");
	e = service_reload(s, r->who, ctl_fault, after_restart, a);
	json_close(&a->json, ']');
	if (e)
		ctl_error(a, "nothing has changed: %s", li_err_text(e));
}

/* An order takes effect now, not at the instant of what was seen last; and a warrant's window may be open already when it comes. */
static void on_warrant_verb(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct service_ctl *sc = arg;

	if (sc->s->pipeline)
		pipeline_kick(sc->s->pipeline);
	for (size_t i = 0; i < CTL_WARRANT_VERBS; i++)
		if (sc->kicking[i].name == r->verb)
			sc->warrant[i].fn(sc->warrant[i].arg, r, a);
	for (size_t i = 0; sc->s->x1 && i < CTL_WARRANT_VERBS; i++)
		if (sc->kicking[i].name == r->verb && sc->kicking[i].changes && !ctl_only_tells(r->verb) && !a->error[0])
			x1_told_local(sc->s->x1, r->verb);
	if (sc->s->pipeline)
		pipeline_kick(sc->s->pipeline);
}

static bool names(void *arg, const char *argument)
{
	struct service_ctl *sc = arg;

	for (size_t i = 0; i < CTL_WARRANT_VERBS; i++)
		if (sc->warrant[i].names && sc->warrant[i].names(sc->warrant[i].arg, argument))
			return true;
	return false;
}

static enum li_err on_audit(void *arg, const char *who, const char *verb, const char *result, const char *object)
{
	struct service_ctl *sc = arg;
	struct audit_field f[] = { { "verb", verb }, { "result", result }, { "object", object } };

	return audit_write(sc->s->audit, service_clock(), "control", who, f, object[0] ? 3 : 2);
}

static uint64_t seen(const struct pipeline_tap *t, const char *counter)
{
	for (size_t k = 0; k < t->n_flow; k++)
		if (strcmp(flow_counter_name(k), counter) == 0)
			return t->flow[k];
	return 0;
}

/* Which taps can see this kind of identity, by the signalling that each has seen so far: PFCP may bear any (User ID, UE IP
 * address); NGAP bears a SUPI, a PEI and, in NAS, a UE's address, but no GPSI. A tap whose file has ended sees no more. */
static void seeing_taps(void *arg, int id_kind, struct json *array)
{
	struct service *s = arg;

	for (size_t i = 0; s->pipeline && i < pipeline_taps(s->pipeline); i++) {
		struct pipeline_tap t;
		enum li_id_kind kind = li_id_seen_as((enum li_id_kind)id_kind);
		bool n2 = kind != LI_ID_MSISDN && kind != LI_ID_GPSI_NAI;

		pipeline_tap(s->pipeline, i, &t);
		if (!t.ended && li_id_on_tap(kind) && (seen(&t, "pfcp") || (n2 && seen(&t, "sctp"))))
			json_text(array, NULL, t.name);
	}
}

/* -- life -- */

bool service_ctl_open(struct service *s)
{
	static const struct ctl_verb own[] = {
		{ "status", false, CTL_NONE, false, NULL, on_status, NULL, true },
		{ "counters", false, CTL_NONE, false, NULL, on_counters, NULL, true },
		{ "session list", false, CTL_NONE, false, NULL, on_sessions, NULL, false },
		{ "tap list", false, CTL_NONE, false, NULL, on_taps, NULL, false },
		{ "warrant account", false, CTL_REQUIRED, false, names_account, on_account, NULL, false },
		{ "queue list", false, CTL_NONE, false, NULL, on_queues, NULL, false },
		{ "reload", true, CTL_NONE, false, NULL, on_reload, NULL, false },
	};
	static const size_t n_own = sizeof(own) / sizeof(own[0]);
	const struct conf *c = s->c.conf;
	struct service_ctl *sc = calloc(1, sizeof(*sc) + sizeof(own));
	struct ctl_verb *mine = sc ? (struct ctl_verb *)(void *)(sc + 1) : NULL;
	const struct ctl_verb *tables[3];
	const size_t counts[3] = { n_own, CTL_WARRANT_VERBS, 1 };
	char err[512] = "";

	if (!sc)
		return false;
	s->ctl = sc;
	sc->s = s;
	if (!c->control_socket)
		return true;
	for (size_t i = 0; i < n_own; i++) {
		mine[i] = own[i];
		mine[i].arg = s;
	}
	sc->cw = (struct ctl_warrants){ s->warrants, c, seeing_taps, s, s->mediate };
	ctl_warrant_verbs(&sc->cw, sc->warrant);
	for (size_t i = 0; i < CTL_WARRANT_VERBS; i++) {
		sc->kicking[i] = sc->warrant[i];
		sc->kicking[i].fn = on_warrant_verb;
		sc->kicking[i].names = sc->warrant[i].names ? names : NULL;
		sc->kicking[i].arg = sc;
	}
	sc->audit = ctl_audit_verb(c->audit_file);
	tables[0] = mine;
	tables[1] = sc->kicking;
	tables[2] = &sc->audit;
	sc->ctl = ctl_new(&s->loop, c->control_socket, c->control_group, c->control_admin_group, tables, counts, 3, on_audit, sc, err,
			  sizeof(err));
	if (!sc->ctl)
		li_log(LI_LOG_ERR, "control socket: %s", err);
	return sc->ctl != NULL;
}

static void on_closed(void *arg)
{
	free(arg);
}

void service_ctl_close(struct service *s)
{
	struct service_ctl *sc = s->ctl;

	s->ctl = NULL;
	if (sc && sc->ctl)
		ctl_close(sc->ctl, on_closed, sc);
	else
		free(sc);
}
