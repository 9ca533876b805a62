/* life.c: see world_priv.h. A UE of which a tap cannot tell that it was here before is another one, until its name or a
 * tunnel tells. */
#include "test/gen/world_priv.h"

void life_event(struct world_frame *f, struct world_session *s, unsigned truth)
{
	for (unsigned i = 0; i < f->n; i++) {
		if (f->event[i].session == s) {
			f->event[i].truth |= truth;
			return;
		}
	}
	f->event[f->n].session = s;
	f->event[f->n++].truth = truth;
}

static struct known_ue *now(struct sub *u)
{
	return u->fresh ? &u->other : &u->person;
}

const struct known_ue *life_now(const struct sub *u)
{
	return u->fresh ? &u->other : &u->person;
}

static bool same_place(const struct ngap_place *a, const struct ngap_place *b)
{
	return memcmp(a->tac, b->tac, 3) == 0 && a->cell == b->cell;
}

static void told(struct known_ue *k, const struct ngap_place *p, struct world_frame *f)
{
	if (k->has_told && k->named && !same_place(&k->told, p))
		f->located = true;
	k->told = *p;
	k->has_told = true;
}

void life_place(struct sub *u, struct world_frame *f)
{
	told(now(u), &u->place, f);
}

/* The two are one: where it was last seen, and what it agreed on last, is what counts. */
static void join(struct sub *u, struct world_frame *f)
{
	u->fresh = u->apart = false;
	if (u->other.has_told)
		told(&u->person, &u->other.told, f);
	if (u->other.secured) {
		u->person.readable = u->other.readable;
		u->person.guti = u->other.guti;
		u->person.tmsi = u->other.tmsi;
	}
	u->person.registered = u->person.registered || u->other.registered;
}

void life_rejoin(struct sub *u, struct world_frame *f)
{
	struct known_ue back = u->prev;

	if (!u->fresh || !u->apart)
		return;
	u->apart = false;
	if (u->prev_person) {
		join(u, f);
		return;
	}
	if (u->other.has_told)
		told(&back, &u->other.told, f);
	back.registered = back.registered || u->other.registered;
	u->other = back;
}

void life_name(struct sub *u, struct world_frame *f)
{
	if (now(u)->named)
		return;
	if (u->fresh && u->person.named)
		join(u, f);
	else if (u->fresh)
		u->person = u->other;
	u->fresh = u->apart = false;
	u->person.named = true;
	/* and so are the sessions that came by it */
	for (unsigned i = 0; i < WORLD_SLOTS; i++) {
		struct world_session *s = u->ses[i].s;

		if (!s || !u->ses[i].bound || s->known || s->ended || !s->accepted)
			continue;
		s->known = f->time;
		life_event(f, s, TRUTH_NAMED | (s->ready ? TRUTH_CHANGED : 0));
	}
}

void life_register(struct sub *u, struct world_frame *f)
{
	u->fresh = true;
	u->apart = false;
	u->other = (struct known_ue){ .has_told = false };
	life_place(u, f);
	if (!u->concealed)
		life_name(u, f);
}

void life_return(const struct world *w, struct sub *u, struct world_frame *f)
{
	const struct known_ue *k = now(u);

	/* who has left is not told by a GUTI that may have been given away unseen */
	u->apart = !k->guti || k->tmsi != u->nas.tmsi || (w->ciphered && !k->registered);
	if (u->apart) {
		u->prev_person = !u->fresh;
		u->prev = u->other;
		u->fresh = true;
		u->other = (struct known_ue){ .has_told = false };
	}
	life_place(u, f);
}

void life_secured(struct world *w, struct sub *u)
{
	now(u)->secured = true;
	now(u)->readable = u->nas.nea == 0;
	if (!u->nas.nea)
		return;
	now(u)->guti = false;
	w->ciphered = true;
}

void life_accepted(struct sub *u)
{
	struct known_ue *k = now(u);

	if (!k->readable)
		return;
	k->registered = true;
	k->guti = true;
	k->tmsi = u->nas.tmsi;
}

void life_left(struct sub *u)
{
	now(u)->registered = false;
}
