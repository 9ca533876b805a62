/*
 * running.c: records of a warrant that belong to no session: those of AMFs, and of whoever else reports without a CIN (TS 33.128
 * clause 6.2.2.3). Their numbers are those of its LIID at each destination (stream.c).
 */
#include <li/log.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/gen_ts33128.h"
#include "mediation/intercept.h"
#include "mediation/limit.h"
#include "mediation/stream.h"
#include "mediation/submit.h"

static enum li_err encode_amf(const struct submit *s, struct buf *out, struct ps_iri *iri, const char **member)
{
	return limit_made(s, gen_ts33128_amf(s->rec, &s->env, limit_room(s, out), member), out, iri);
}

/* -- its streams -- */

void running_free(struct running *run)
{
	if (run)
		free(run->seat);
	free(run);
}

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

void running_stop(struct mediate *m, const struct warrant *w)
{
	struct running *run = w->mediation;
	bool left = true;

	for (size_t i = 0; i < run->n_seats; i++)
		left &= !run->seat[i].stream || stream_leave(m, w, &run->seat[i]);
	if (!left)
		return;
	free(run->seat);
	run->seat = NULL;
	run->n_seats = 0;
}

void running_renamed(struct mediate *m, struct warrant *w)
{
	struct running *run = w->mediation;

	for (size_t i = 0; run && i < run->n_seats; i++)
		if (run->seat[i].stream)
			stream_renamed(m, &run->seat[i], w);
}

static bool takes_iri(const struct warrant *w, size_t place)
{
	const struct hm_dest *d = w->dest[place]->mediation;

	return d && hm_dest_conf(d)->hi2;
}

/* Of each destination that takes IRI; where the record was seen, as a point of it. False: of none. */
static bool streams(struct mediate *m, struct warrant *w, const struct seen_by *by, unsigned point[LI_DESTS_WARRANT])
{
	struct running *run = w->mediation;
	bool any = false;

	if (!run->seat) {
		run->seat = calloc(w->n_dests, sizeof(*run->seat));
		run->n_seats = run->seat ? w->n_dests : 0;
	}
	for (size_t i = 0; i < run->n_seats && i < w->n_dests; i++) {
		struct seat *seat = &run->seat[i];

		point[i] = takes_iri(w, i) && (seat->stream || stream_join(m, w, i, seat)) ? stream_point(m, seat, w, by) : UINT_MAX;
		any |= point[i] != UINT_MAX;
	}
	return any;
}

/* -- their begin and their end -- */

/* Records of a warrant that belong to no session begin and end too, with the first of them and with the warrant. */
static bool audit_amf(struct mediate *m, const struct warrant *w, li_us t, const char *event, const char *iri, const char *why)
{
	const struct running *run = w->mediation;
	char liid[LI_LIID_TEXT] = "", at[LI_RFC3339_MAX], xid[LI_UUID_TEXT], contexts[LI_DESTS_WARRANT * 21 + 1] = "0";
	const struct audit_field f[] = { { "liid", liid }, { "xid", xid }, { "at", at }, { why ? "iri" : "iri-context", why ? iri : contexts },
					 { "why", why } };
	size_t n = 0;

	li_liid_text(&w->liid, liid);
	li_uuid_text(w->task->xid.b, xid);
	li_rfc3339(t, at);
	for (size_t i = 0; i < run->n_seats; i++)	/* of each destination, in their order */
		if (run->seat[i].stream && n < sizeof(contexts))
			n += (size_t)snprintf(contexts + n, sizeof(contexts) - n, "%s%" PRIu64, n ? " " : "", stream_id(&run->seat[i]));
	if (audit_write(m->c.audit, m->c.clock(), event, "mdfd", f, why ? 5 : 4) == LI_OK)
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
	run->amf_records = run->amf_now = 0;
	if (m->turn)
		turn_begins_amf(m, w);
	return true;
}

void running_end(struct mediate *m, struct warrant *w, li_us t, const char *why)
{
	struct running *run = w->mediation;
	char iri[11];

	if (run->amf_open) {
		snprintf(iri, sizeof(iri), "%" PRIu32, run->amf_records);
		(void)audit_amf(m, w, t, "amf-end", iri, why);
	}
	run->amf_open = false;
	for (size_t i = 0; i < run->n_seats; i++)
		stream_count(&run->seat[i], w);
	running_stop(m, w);
}

/* -- records -- */

static void count(struct mediate *m, struct running *run)
{
	if (run->amf_now_in != m->turns)
		run->amf_now = 0;
	run->amf_now_in = m->turns;
	run->amf_now++;
	run->amf_records++;
}

void running_unsent(struct mediate *m, struct running *run)
{
	if (run->amf_now_in == m->turns)
		run->amf_records -= run->amf_now < run->amf_records ? run->amf_now : run->amf_records;
	run->amf_now = 0;
}

bool running_send(struct mediate *m, struct warrant *w, li_us t, const struct seen_by *by, dest_set to, const struct ps_iri iri[])
{
	struct running *run = w->mediation;
	unsigned point[LI_DESTS_WARRANT];
	size_t n = 0;

	w->last_match = t;
	if (!streams(m, w, by, point)) {	/* first: the entry of their beginning names them */
		balance_note(m, w, LI_HI2, to, HM_FATE_unrecorded, 1);
		return true;
	}
	if (!running_begin(m, w, t)) {
		balance_note(m, w, LI_HI2, to, HM_FATE_unrecorded, 1);
		return false;
	}
	for (size_t i = 0; i < run->n_seats; i++) {
		if (!(to >> i & 1) || !takes_iri(w, i))
			continue;
		m->count[MEDIATE_iri_queue_full] += point[i] == UINT_MAX;
		if (point[i] == UINT_MAX)
			balance_note(m, w, LI_HI2, 1u << i, HM_FATE_unrecorded, 1);
		if (point[i] != UINT_MAX)
			stream_send(m, &run->seat[i], t, point[i], &iri[n]);
		n++;
	}
	count(m, run);
	return true;
}

void running_amf(struct mediate *m, struct warrant *w, dest_set to, const struct li_amf_rec *facts, enum li_amf_kind kind, li_us t,
		 unsigned tap)
{
	struct li_amf_rec r = *facts;
	struct ids ids = { .n = 0 };
	struct ps_iri iri[LI_DESTS_WARRANT];
	const struct seen_by by = { .who = tap };

	if (!w->hi2 || !w->mediation || !to)
		return;
	r.kind = kind;
	if (r.supi.kind == LI_ID_NONE) {			/* LI128-063 */
		m->count[MEDIATE_record_no_supi]++;
		balance_note(m, w, LI_HI2, to, HM_FATE_unreadable, 1);
		return;
	}
	if (kind == LI_AMF_SOI && !r.guti.present) {
		m->count[MEDIATE_record_no_guti]++;
		balance_note(m, w, LI_HI2, to, HM_FATE_unreadable, 1);
		return;
	}
	ids_targets(&ids, w->task);
	ids_add(&ids, &r.supi, LI_PROV_OBSERVED);
	ids_add(&ids, &r.pei, LI_PROV_OBSERVED);
	ids_add(&ids, &r.gpsi, LI_PROV_OBSERVED);
	/* a number is taken for what will be sent and nothing else: an agency would look for the missing one (HO-SEQ-002) */
	if (!submit_encode(m, w, t, LI_IRI_REPORT, encode_amf, &r, &ids, to, iri))
		return;
	if (!running_send(m, w, t, &by, to, iri) && kind == LI_AMF_SOI)
		running_refused(m, w, to);
	buf_wipe(&m->record);
}
