/*
 * submit.c: a record on its way to the handover: whom it names, and its octets once for each release that is asked for.
 */
#include "mediation/submit.h"

#include <li/log.h>

#include <inttypes.h>

#include "asn1/gen_ts33128.h"
#include "mediation/keep.h"
#include "mediation/limit.h"

/* -- target identifiers: TS 33.128 clause 5.5.5; de-duplicated on (identifier, provenance) -- */

static bool same_id(const struct li_id *a, const struct li_id *b)
{
	return a->kind == b->kind && view_eq(a->text, b->text) && memcmp(&a->addr, &b->addr, sizeof(a->addr)) == 0;
}

void ids_add(struct ids *l, const struct li_id *id, enum li_provenance p)
{
	if (id->kind == LI_ID_NONE)
		return;
	/* a prefix names no address: TargetIdentifier has no alternative for it */
	if ((id->kind == LI_ID_IPV4 && id->prefix != 32) || (id->kind == LI_ID_IPV6 && id->prefix != 128))
		return;
	for (size_t i = 0; i < l->n; i++)	/* LI128-049 */
		if (l->id[i].provenance == p && same_id(&l->id[i].id, id))
			return;
	if (l->n < sizeof(l->id) / sizeof(l->id[0]))
		l->id[l->n++] = (struct li_target_id){ *id, p };
}

void ids_targets(struct ids *l, const struct task *t)
{
	for (size_t i = 0; i < t->n_targets; i++)
		ids_add(l, &t->target[i], LI_PROV_LEA);		/* LI128-047 */
	for (size_t i = 0; i < t->n_targets; i++)
		ids_add(l, &t->target[i], LI_PROV_MATCHED);	/* all of a task's targets match, or none: LI128-044 */
}

/* -- submitting -- */

static enum li_err encode_smf(const struct submit *s, struct buf *out, struct ps_iri *iri, const char **member)
{
	return limit_made(s, gen_ts33128_smf(s->rec, &s->env, limit_room(s, out), member), out, iri);
}

/* Destinations of one form share the octets. */
static bool same_form(const struct hm_dest_conf *a, const struct hm_dest_conf *b)
{
	return a->release == b->release && a->version == b->version && a->gen_header == b->gen_header;
}

static void refuse(struct mediate *m, const struct warrant *w, enum li_err e, const char *member)
{
	m->count[e == LI_EMISSING ? MEDIATE_record_incomplete : MEDIATE_record_not_encoded]++;
	li_log(LI_LOG_ERR, "warrant %" PRIu64 ": record not sent: TS 33.128 %s: %s", w->handle, member ? member : "record", li_err_text(e));
	buf_wipe(&m->record);
}

size_t submit_encode(struct mediate *m, const struct warrant *w, li_us t, enum li_iri_type type, submit_fn *encode, const void *rec,
		     const struct ids *ids, dest_set to, struct ps_iri iri[LI_DESTS_WARRANT])
{
	struct submit s = { .m = m, .w = w, .rec = rec, .type = type, .env = { .ids = ids->id, .n_ids = ids->n } };
	const struct hm_dest_conf *conf[LI_DESTS_WARRANT];
	size_t at[LI_DESTS_WARRANT], n = 0;
	const char *member = NULL;
	bool some = false;

	if (t < intercept_ordered(w, to) || t >= w->end) {
		m->count[MEDIATE_iri_outside_window]++;
		balance_note(m, w, LI_HI2, to, HM_FATE_window, 1);
		return 0;
	}
	m->record.n = 0;
	for (size_t i = 0; i < w->n_dests; i++) {
		struct hm_dest *d = w->dest[i]->mediation;
		enum li_err e;
		size_t j = 0;

		if ((to >> i & 1) && !d)
			balance_note(m, w, LI_HI2, 1u << i, HM_FATE_gone, 1);
		if (!(to >> i & 1) || !d || !hm_dest_conf(d)->hi2)
			continue;
		conf[n] = hm_dest_conf(d);
		while (j < n && !same_form(conf[j], conf[n]))
			j++;
		if (j < n) {
			at[n] = at[j];
			iri[n] = iri[j];
		} else {
			at[n] = m->record.n;
			s.env.release = conf[n]->release;
			s.env.version = conf[n]->version;
			s.gen_header = conf[n]->gen_header;
			iri[n] = (struct ps_iri){ .type = type, .tag = PS_IRI_33128 };
			e = encode(&s, &m->record, &iri[n], &member);
			if (e == LI_ENOTFOUND) {	/* nothing of it is inside the scope */
				m->count[MEDIATE_record_withheld]++;
				balance_note(m, w, LI_HI2, to, HM_FATE_scope, 1);
				buf_wipe(&m->record);
				return 0;
			}
			if (e && e != LI_EUNKNOWN) {
				refuse(m, w, e, member);
				balance_note(m, w, LI_HI2, to, HM_FATE_unreadable, 1);
				return 0;
			}
			iri[n].octets.n = m->record.n - at[n];
		}
		m->count[MEDIATE_record_release] += iri[n].octets.n == 0;
		some |= iri[n].octets.n != 0;
		n++;
	}
	for (size_t i = 0; i < n; i++)		/* where they lie is known when all are there */
		iri[i].octets.p = m->record.p + at[i];
	if (!some && n)			/* else the handover counts it */
		balance_note(m, w, LI_HI2, to, HM_FATE_release, 1);
	return some ? n : 0;
}

void intercept_record(struct mediate *m, struct intercept *ic, enum li_smf_kind kind, li_us t, unsigned tap,
		      const struct session_end *e, const struct session_fail *f)
{
	static const enum li_iri_type type[] = { LI_IRI_BEGIN, LI_IRI_CONTINUE, LI_IRI_END, LI_IRI_BEGIN, LI_IRI_REPORT };
	struct li_smf_rec r = { .kind = kind };
	struct ids ids = { .n = 0 };
	struct ps_iri iri[LI_DESTS_WARRANT];
	const struct task *task = ic->w->task;
	size_t n;

	if (!ic->hi2)
		return;
	session_facts(ic->on->s, &r);
	r.kind = kind;
	ids_targets(&ids, task);	/* of this warrant and no other: LI128-053, HO-M33-012 */
	ids_add(&ids, &r.supi, LI_PROV_OBSERVED);	/* LI128-046 */
	ids_add(&ids, &r.pei, LI_PROV_OBSERVED);
	ids_add(&ids, &r.gpsi, LI_PROV_OBSERVED);
	for (size_t i = 0; i < r.n_ue; i++)
		ids_add(&ids, &r.ue[i], LI_PROV_OBSERVED);
	fill_smf(&r, session_has_n2(ic->on->s), task->target, task->n_targets, &m->fills);
	if (kind == LI_SMF_SOI)
		r.established = session_opened(ic->on->s);
	if (e)
		r.end = e->told;	/* LI128-082 */
	if (f) {
		r.failed = f->procedure;
		r.failure_cause = f->cause;
		r.initiator = f->initiator;
	}
	/* LI128-066, LI128-083: at least one identity, and sUPI for a release; a target by address has it from nobody */
	if (r.supi.kind == LI_ID_NONE && (kind == LI_SMF_RELEASE || (r.pei.kind == LI_ID_NONE && r.gpsi.kind == LI_ID_NONE))) {
		m->count[MEDIATE_record_no_supi]++;
		balance_note(m, ic->w, LI_HI2, ic->to[LI_HI2], HM_FATE_unreadable, 1);
		return;
	}
	if (kind == LI_SMF_ESTABLISHMENT || kind == LI_SMF_SOI) {
		ic->begun = true;
		keep_session(m, ic->on, true);
	}
	n = submit_encode(m, ic->w, t, type[kind], encode_smf, &r, &ids, ic->to[LI_HI2], iri);
	if (n) {
		ic->held_in = m->turn ? m->turns : 0;
		intercept_send(m, ic->hi2, ic->iri, t, tap, iri, n);
	}
	buf_wipe(&m->record);
}
