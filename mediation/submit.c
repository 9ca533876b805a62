/*
 * submit.c: a record on its way to the handover: whom it names, and its octets once for each release that is asked for.
 */
#include "mediation/submit.h"

#include <li/log.h>

#include <inttypes.h>

#include "asn1/gen_ts33128.h"
#include "mediation/keep.h"

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

static enum li_err encode_smf(const void *rec, const struct li_iri_env *env, struct buf *out, const char **member)
{
	return gen_ts33128_smf(rec, env, out, member);
}

size_t submit_encode(struct mediate *m, const struct warrant *w, li_us t, submit_fn *encode, const void *rec, const struct ids *ids,
		     struct view payload[LI_DESTS_WARRANT])
{
	size_t at[LI_DESTS_WARRANT], len[LI_DESTS_WARRANT], n = 0;
	const struct hm_dest_conf *conf[LI_DESTS_WARRANT];
	const char *member = NULL;
	enum li_err e = LI_OK;
	bool some = false, lacks;

	if (t < intercept_from(w) || t >= w->end) {
		m->count[MEDIATE_iri_outside_window]++;
		return 0;
	}
	m->record.n = 0;
	for (size_t i = 0; i < w->n_dests && !e; i++) {
		struct hm_dest *d = w->dest[i]->mediation;
		struct li_iri_env env = { .ids = ids->id, .n_ids = ids->n };
		size_t j = 0;

		if (!d || !hm_dest_conf(d)->hi2)
			continue;
		conf[n] = hm_dest_conf(d);
		while (j < n && (conf[j]->release != conf[n]->release || conf[j]->version != conf[n]->version))
			j++;
		if (j < n) {
			at[n] = at[j];
			len[n] = len[j];
		} else {
			env.release = conf[n]->release;
			env.version = conf[n]->version;
			at[n] = m->record.n;
			e = encode(rec, &env, &m->record, &member);
			lacks = e == LI_EUNKNOWN;
			e = lacks ? LI_OK : e;
			len[n] = m->record.n - at[n];
		}
		m->count[MEDIATE_record_release] += len[n] == 0;
		some |= len[n] != 0;
		n++;
	}
	if (e) {
		bool missing = e == LI_EMISSING;

		m->count[missing ? MEDIATE_record_incomplete : MEDIATE_record_not_encoded]++;
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": record not sent: TS 33.128 %s: %s", w->handle, member ? member : "record",
		       li_err_text(e));
		buf_wipe(&m->record);
		return 0;
	}
	if (!some)
		return 0;
	for (size_t i = 0; i < n; i++)
		payload[i] = view_of(m->record.p + at[i], len[i]);
	return n;
}

void intercept_record(struct mediate *m, struct intercept *ic, enum li_smf_kind kind, li_us t, unsigned tap,
		      const struct session_end *e, const struct session_fail *f)
{
	static const enum li_iri_type type[] = { LI_IRI_BEGIN, LI_IRI_CONTINUE, LI_IRI_END, LI_IRI_BEGIN, LI_IRI_REPORT };
	struct li_smf_rec r = { .kind = kind };
	struct ids ids = { .n = 0 };
	struct view payload[LI_DESTS_WARRANT];
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
		return;
	}
	if (kind == LI_SMF_ESTABLISHMENT || kind == LI_SMF_SOI) {
		ic->begun = true;
		keep_session(m, ic->on, true);
	}
	n = submit_encode(m, ic->w, t, encode_smf, &r, &ids, payload);
	if (n) {
		ic->held_in = m->turn ? m->turns : 0;
		intercept_send(m, ic->hi2, ic->iri, type[kind], t, tap, payload, n);
	}
	buf_wipe(&m->record);
}
