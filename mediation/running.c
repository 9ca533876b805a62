/*
 * running.c: records of a warrant that belong to no session: those of AMFs, and of whoever else reports without a CIN (TS 33.128
 * clause 6.2.2.3). Their numbers outlive the process and are kept in the store.
 */
#include <li/log.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/gen_ts33128.h"
#include "mediation/intercept.h"
#include "mediation/limit.h"
#include "mediation/submit.h"

static enum li_err encode_amf(const struct submit *s, struct buf *out, struct ps_iri *iri, const char **member)
{
	return limit_made(s, gen_ts33128_amf(s->rec, &s->env, limit_room(s, out), member), out, iri);
}

/* -- points: the taps', then those who report over X2 -- */

static size_t points_of(const struct mediate *m, const struct running *run, struct hm_point p[LI_POINTS_MAX])
{
	size_t n = m->c.n_points;

	memcpy(p, m->amf, n * sizeof(p[0]));
	for (size_t i = 0; i < run->n_senders; i++)
		p[n++] = run->sender[i].point;
	return n;
}

/* The context's next holder, or its first. */
static struct hm_ctx *context(struct mediate *m, struct warrant *w, struct view key, enum li_err *err)
{
	struct running *run = w->mediation;
	struct hm_point p[LI_POINTS_MAX];
	size_t n = points_of(m, run, p);

	return n ? intercept_context(m, w, LI_HI2, p, n, 0, NULL, false, &run->numbers, key, err) : NULL;
}

static struct hm_ctx *amf_context(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;
	char liid[LI_LIID_TEXT], key[LI_LIID_TEXT + 128];	/* HO-SEQ-006: another element or country is another context */
	enum li_err err = LI_OK;
	int n;

	li_liid_text(&w->liid, liid);
	n = snprintf(key, sizeof(key), "%s %s", liid, m->c.identity);
	if (!run->amf)
		run->amf = context(m, w, view_of((uint8_t *)key, (size_t)n < sizeof(key) ? (size_t)n : sizeof(key)), &err);	/* LI128-033, HO-CIN-004, HO-M33-013 */
	if (err)
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no context for AMF records: %s", w->handle, li_err_text(err));
	return run->amf;
}

static void point_fini(struct hm_point *p)
{
	free((void *)(uintptr_t)p->nfid.p);	/* both are in one piece */
}

static bool point_init(struct hm_point *p, const struct hm_point *names)
{
	uint8_t *octets = malloc(names->nfid.n + names->eipid.n + 1);

	if (!octets)
		return false;
	if (names->nfid.n)
		memcpy(octets, names->nfid.p, names->nfid.n);
	if (names->eipid.n)
		memcpy(octets + names->nfid.n, names->eipid.p, names->eipid.n);
	*p = (struct hm_point){ view_of(octets, names->nfid.n), view_of(octets + names->nfid.n, names->eipid.n) };
	return true;
}

void running_free(struct running *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->n_senders; i++)
		point_fini(&run->sender[i].point);
	free(run->sender);
	free(run);
}

unsigned running_sender(struct mediate *m, struct warrant *w, unsigned sender, const struct hm_point *names)
{
	struct running *run = w->mediation;
	bool full = run->n_senders == LI_SENDERS_COMM;
	struct hm_point p;
	size_t i;

	for (i = 0; i < run->n_senders; i++)
		if (run->sender[i].sender == sender)
			return (unsigned)(m->c.n_points + i);
	if (!run->sender)
		run->sender = calloc(LI_SENDERS_COMM, sizeof(*run->sender));
	if (!run->sender || !point_init(&p, names))
		return UINT_MAX;
	i = full ? run->oldest++ % LI_SENDERS_COMM : run->n_senders++;
	if (full)
		point_fini(&run->sender[i].point);
	run->sender[i] = (struct running_sender){ sender, p };
	running_renamed(m, w);
	return (unsigned)(m->c.n_points + i);
}

/* -- the context's life -- */

/* Records of this turn may still be on their way to it. */
bool late_put(struct mediate *m, struct hm_ctx *ctx, struct account *a)
{
	struct late *l = malloc(sizeof(*l));

	if (!l)
		return false;
	*l = (struct late){ m->late, ctx, a };
	m->late = l;
	return true;
}

void running_stop(struct mediate *m, struct running *run)
{
	if (!run->amf)
		return;
	/* without memory it goes on, and its account with it, until the next attempt or the end of the process */
	if (!late_put(m, run->amf, run->numbers))
		return;
	run->amf = NULL;
	run->amf_octets = 0;
	run->numbers = NULL;
}

void late_free(struct mediate *m)
{
	while (m->late) {
		struct late *l = m->late;

		m->late = l->next;
		account_close(l->account);
		hm_ctx_free(l->ctx);
		free(l);
	}
}

void running_renamed(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;
	struct hm_ctx *old = run ? run->amf : NULL, *ctx;
	enum li_err err = LI_OK;

	if (!old)
		return;
	ctx = context(m, w, view_of(NULL, 0), &err);
	if (err)
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": AMF records keep the old names: %s", w->handle, li_err_text(err));
	if (!ctx)
		return;
	/* the old one goes after the new one is made, which so goes on with its numbers */
	if (late_put(m, old, NULL)) {
		run->amf = ctx;
	} else {
		account_use(run->numbers, old);
		hm_ctx_free(ctx);
	}
}

/* Records of a warrant that belong to no session begin and end too, with the first of them and with the warrant. */
static bool audit_amf(struct mediate *m, const struct warrant *w, li_us t, const char *event, const char *iri, const char *why)
{
	const struct running *run = w->mediation;
	char liid[LI_LIID_TEXT] = "", at[LI_RFC3339_MAX], context[21];
	const struct audit_field f[] = { { "liid", liid }, { "at", at }, { why ? "iri" : "iri-context", why ? iri : context }, { "why", why } };

	li_liid_text(&w->liid, liid);
	li_rfc3339(t, at);
	snprintf(context, sizeof(context), "%" PRIu64, run->amf ? account_id(run->numbers) : 0);
	if (audit_write(m->c.audit, m->c.clock(), event, "mdfd", f, why ? 4 : 3) == LI_OK)
		return true;
	m->count[MEDIATE_audit_failed]++;
	return false;
}

static bool running_begin(struct mediate *m, struct warrant *w, li_us t)
{
	struct running *run = w->mediation;

	if (run->amf_open)
		return true;
	if (!audit_amf(m, w, t, "amf-begin", NULL, NULL))
		return false;
	run->amf_open = true;
	run->amf_before = run->amf ? account_records(run->numbers) : 0;
	if (m->turn)
		turn_begins_amf(m, w);
	return true;
}

void running_end(struct mediate *m, struct warrant *w, li_us t, const char *why)
{
	struct running *run = w->mediation;
	char iri[11];

	if (run->amf_open) {
		snprintf(iri, sizeof(iri), "%" PRIu32, run->amf ? account_records(run->numbers) - run->amf_before : 0);
		(void)audit_amf(m, w, t, "amf-end", iri, why);
	}
	run->amf_open = false;
	intercept_octets(w, LI_HI2, run->amf, &run->amf_octets);
	running_stop(m, run);
}

void running_amf(struct mediate *m, struct warrant *w, const struct li_amf_rec *facts, enum li_amf_kind kind, li_us t,
		 unsigned tap)
{
	struct li_amf_rec r = *facts;
	struct ids ids = { .n = 0 };
	struct ps_iri iri[LI_DESTS_WARRANT];
	struct running *run = w->mediation;
	struct hm_ctx *ctx;
	size_t n;

	if (!w->hi2 || !run)
		return;
	r.kind = kind;
	if (r.supi.kind == LI_ID_NONE) {			/* LI128-063 */
		m->count[MEDIATE_record_no_supi]++;
		return;
	}
	if (kind == LI_AMF_SOI && !r.guti.present) {
		m->count[MEDIATE_record_no_guti]++;
		return;
	}
	ids_targets(&ids, w->task);
	ids_add(&ids, &r.supi, LI_PROV_OBSERVED);
	ids_add(&ids, &r.pei, LI_PROV_OBSERVED);
	ids_add(&ids, &r.gpsi, LI_PROV_OBSERVED);
	/* a number is taken for what will be sent and nothing else: an agency would look for the missing one (HO-SEQ-002) */
	n = submit_encode(m, w, t, LI_IRI_REPORT, encode_amf, &r, &ids, iri);
	if (!n)
		return;
	w->last_match = t;
	ctx = amf_context(m, w);	/* first: the entry of its beginning names it */
	if (ctx && running_begin(m, w, t))
		intercept_send(m, ctx, run->numbers, t, tap, iri, n);
	else if (ctx && kind == LI_AMF_SOI)
		running_refused(m, w);
	buf_wipe(&m->record);
}

void running_send(struct mediate *m, struct warrant *w, li_us t, unsigned point, const struct ps_iri iri[], size_t n)
{
	struct running *run = w->mediation;
	struct hm_ctx *ctx = amf_context(m, w);

	w->last_match = t;
	if (ctx && running_begin(m, w, t))
		intercept_send(m, ctx, run->numbers, t, point, iri, n);
}
