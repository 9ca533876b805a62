/*
 * limit.c: what a warrant's scope leaves of a record beside its services (TS 103 221-1 table C.2, TS 33.128 clauses 4.4.4 and 7.3.6):
 * which locations it is told, by the service of the event that bears them. asn1/redact.h does it to the octets.
 */
#include "mediation/limit.h"

#include "asn1/hi2.h"
#include "asn1/ims.h"
#include "asn1/redact.h"

#define TAG_LALS 13		/* lALSReport */

bool limit_is_needed(const struct warrant *w)
{
	static const uint8_t all[WARRANT_SERVICES];

	return w->scope.location_only || w->scope.no_digits || memcmp(w->scope.location, all, sizeof(all)) != 0;
}

/* LI128-144, LI128-148, LI128-165 */
bool limit_content(const struct warrant *w, bool *sms_only)
{
	*sms_only = w->hi3;
	return !w->hi3 || w->scope.truncate_sms;
}

/* Of the event's services the first that is covered; of an event of no service the first that is. */
static unsigned location_of(const struct warrant_scope *s, const struct xiri *x)
{
	unsigned services = ims_services(x), of = services ? services : WARRANT_ALL_SERVICES;	/* a SIP message is of what its method says */

	for (unsigned i = 0; i < WARRANT_SERVICES; i++)
		if ((of >> i & 1) && warrant_scope_covers(s, (enum warrant_service)i))
			return s->location[i];
	return 0;
}

static const struct li_id *supi_of(const struct task *t)
{
	for (size_t i = 0; i < t->n_targets; i++)
		if (t->target[i].kind == LI_ID_IMSI || t->target[i].kind == LI_ID_NAI)
			return &t->target[i];
	return NULL;
}

static enum li_err only_location(const struct warrant *w, struct xiri *x, struct buf *room)
{
	struct xiri left;
	enum li_err e = redact_to_location(x, supi_of(w->task), room, &left);

	if (!e)
		*x = left;
	return e;
}

static enum li_err limit(const struct warrant *w, struct xiri *x, struct buf *room)
{
	unsigned told = location_of(&w->scope, x), edge;
	bool changed;

	if (w->scope.no_digits && redact_is_digits(x))
		return LI_EMISSING;
	if (w->scope.location_only)
		return only_location(w, x, room);
	if (!told)
		return LI_OK;
	edge = redact_is_edge(x) ? WARRANT_LOCATION_BEGIN_END : WARRANT_LOCATION_UPON_CHANGE;
	if (told & (x->tag == TAG_LALS ? WARRANT_LOCATION_LALS : edge))
		return LI_OK;
	return redact_location(x, room, &changed);
}

enum li_err limit_event(const struct warrant *w, struct xiri *x, struct buf *room)
{
	enum li_err e = limit(w, x, room);

	/* what nobody here knows may bear a location: LI128-137 */
	return e == LI_EMISSING || e == LI_EUNKNOWN ? LI_ENOTFOUND : e;
}

/* Of which service it is nobody says for certain: what all that are covered may be told. */
static unsigned location_of_any(const struct warrant_scope *s)
{
	unsigned told = 0, kinds = WARRANT_LOCATION_BEGIN_END | WARRANT_LOCATION_UPON_CHANGE | WARRANT_LOCATION_LALS;

	for (unsigned i = 0; i < WARRANT_SERVICES; i++)
		if (warrant_scope_covers(s, (enum warrant_service)i) && s->location[i]) {
			told = WARRANT_LOCATION_LIMITED;
			kinds &= s->location[i];
		}
	return told ? told | kinds : 0;
}

enum li_err limit_record(const struct warrant *w, struct ps_iri *iri, struct buf *room)
{
	unsigned told = location_of_any(&w->scope);
	enum li_err e = LI_OK;

	if (w->scope.location_only || (w->scope.no_digits && hi2_is_digits(iri)))
		return LI_ENOTFOUND;
	if (told && !(told & (hi2_is_edge(iri) ? WARRANT_LOCATION_BEGIN_END : WARRANT_LOCATION_UPON_CHANGE)))
		e = hi2_redact(iri, room);
	return e == LI_ENOMEM ? e : e ? LI_ENOTFOUND : LI_OK;
}

struct buf *limit_room(const struct submit *s, struct buf *out)
{
	return limit_is_needed(s->w) ? &s->m->whole : out;
}

enum li_err limit_made(const struct submit *s, enum li_err made, struct buf *out, struct ps_iri *iri)
{
	struct buf *whole = &s->m->whole;
	struct xiri x;
	uint32_t tag;
	enum li_err e = made;

	if (e || !limit_is_needed(s->w))
		return e;
	e = xiri_read(buf_view(whole), &x);
	if (!e) {
		tag = x.tag;
		e = limit_event(s->w, &x, &s->m->limited);
		if (!e && x.tag != tag)		/* another record was made of it */
			iri->type = xiri_type(x.is, true);
	}
	if (!e)
		e = xiri_fits(x.tag, s->env.release, s->env.version) ? xiri_iri(&x, &s->env, out) : LI_EUNKNOWN;
	buf_wipe(&s->m->limited);
	buf_wipe(whole);
	return e;
}
