/* stream.c: see stream.h. */
#include "mediation/stream.h"

#include <li/log.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Who reports over X2. */
struct sender { unsigned who; struct hm_point point; };

struct stream {
	size_t users;			/* warrants that are on it */
	struct hm_dest *dest;
	struct account *numbers;	/* NULL: nothing was sent yet */
	struct sender *sender;		/* points behind the taps' */
	size_t n_senders, oldest;
	unsigned senders;		/* counts changes of them */
	uint64_t octets;		/* of its records, in some warrant's */
};

/* -- who is on it -- */

struct looking { struct hm_dest *dest; const struct warrant *but; struct seat *found, *live; };

static void look(void *arg, struct warrant *w)
{
	const struct running *run = w->mediation;
	struct looking *l = arg;

	for (size_t i = 0; w != l->but && run && i < run->n_seats; i++) {
		struct seat *s = &run->seat[i];

		if (!s->stream || s->stream->dest != l->dest)
			continue;
		l->found = s;
		l->live = s->ctx ? s : l->live;
	}
}

bool stream_join(struct mediate *m, struct warrant *w, size_t place, struct seat *seat)
{
	struct looking l = { .dest = w->dest[place]->mediation, .but = w };

	warrants_of_liid(m->ws, &w->liid, look, &l);
	*seat = (struct seat){ .stream = l.found ? l.found->stream : calloc(1, sizeof(*seat->stream)) };
	if (!seat->stream)
		return false;
	seat->stream->dest = l.dest;
	if (seat->stream->users++ && seat->stream->numbers)
		account_shared(seat->stream->numbers);
	return true;
}

static void point_fini(struct hm_point *p)
{
	free((void *)(uintptr_t)p->nfid.p);	/* both are in one piece */
}

bool stream_leave(struct mediate *m, const struct warrant *w, struct seat *seat)
{
	struct stream *s = seat->stream;
	struct looking l = { .dest = s->dest, .but = w };

	warrants_of_liid(m->ws, &w->liid, look, &l);
	/* records of this turn may still be on their way to it; without memory it goes on, until the next attempt or the end of the process */
	if (seat->ctx && !late_put(m, seat->ctx, l.live ? NULL : s->numbers))
		return false;
	if (seat->ctx && l.live)
		account_use(s->numbers, l.live->ctx);
	else if (seat->ctx)
		s->numbers = NULL;
	*seat = (struct seat){ 0 };
	if (--s->users)
		return true;
	for (size_t i = 0; i < s->n_senders; i++)
		point_fini(&s->sender[i].point);
	free(s->sender);
	free(s);
	return true;
}

/* -- its context -- */

#define KEY_MAX (LI_LIID_TEXT + 128 + LI_UUID_TEXT)

/* HO-SEQ-006: another element or country is another context. without: of before each destination had its own. */
static struct view key_of(const struct mediate *m, const struct li_did *of, const struct li_liid *l, bool without, char text[KEY_MAX])
{
	char liid[LI_LIID_TEXT], did[LI_UUID_TEXT];
	int n;

	li_liid_text(l, liid);
	li_uuid_text(of->b, did);
	n = snprintf(text, KEY_MAX, without ? "%s %s" : "%s %s %s", liid, m->c.identity, did);
	return view_of((const uint8_t *)text, (size_t)n < KEY_MAX ? (size_t)n : KEY_MAX);
}

/* A store of before has one number for all destinations: each goes on with it. */
static enum li_err inherit(struct mediate *m, struct view key, struct view before)
{
	uint32_t now, then = 0;
	enum li_err e = store_number(m->c.store, key, &now);

	if (!e && !now)
		e = store_number(m->c.store, before, &then);
	return e || !then ? e : store_set_number(m->c.store, key, then);
}

void stream_restart(struct mediate *m, const struct li_liid *liid, const struct dest *d)
{
	char key[KEY_MAX];

	ledger_restart(m->ledger, key_of(m, &d->conf.did, liid, false, key));
}

static struct hm_ctx *context(struct mediate *m, struct stream *s, const struct warrant *w, enum li_err *err)
{
	struct context_of of = { .w = w, .kind = LI_HI2 };
	char key[KEY_MAX], before[KEY_MAX];
	struct hm_point p[LI_POINTS_MAX];

	memcpy(p, m->amf, m->c.n_points * sizeof(p[0]));
	for (size_t i = 0; i < s->n_senders; i++)
		p[m->c.n_points + i] = s->sender[i].point;
	of.points = p;
	of.n_points = m->c.n_points + s->n_senders;
	for (size_t i = 0; i < w->n_dests; i++)
		of.to |= (dest_set)((w->dest[i]->mediation == s->dest) << i);
	*err = LI_OK;
	if (!of.n_points)
		return NULL;
	if (!s->numbers) {
		const struct li_did *did = &hm_dest_conf(s->dest)->did;

		of.key = key_of(m, did, &w->liid, false, key);
		*err = inherit(m, of.key, key_of(m, did, &w->liid, true, before));
	}
	return *err ? NULL : intercept_context(m, &of, &s->numbers, err);	/* LI128-033, HO-CIN-004, HO-M33-013 */
}

void stream_renamed(struct mediate *m, struct seat *seat, const struct warrant *w)
{
	struct stream *s = seat->stream;
	struct hm_ctx *old = seat->ctx, *ctx;
	enum li_err err = LI_OK;

	if (!old)
		return;
	ctx = context(m, s, w, &err);
	if (err)
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": records without a session keep the old names: %s", w->handle, li_err_text(err));
	if (!ctx)
		return;
	/* the old one goes after the new one is made, which so goes on with its numbers */
	if (late_put(m, old, NULL)) {
		seat->ctx = ctx;
		seat->senders = s->senders;
	} else {
		account_use(s->numbers, old);
		hm_ctx_free(ctx);
	}
}

/* It has one, with all who send. */
static bool make_context(struct mediate *m, struct seat *seat, const struct warrant *w)
{
	bool shared = seat->stream->users > 1 && !seat->stream->numbers;
	enum li_err err = LI_OK;

	if (seat->ctx && seat->senders != seat->stream->senders)
		stream_renamed(m, seat, w);
	if (!seat->ctx) {
		seat->ctx = context(m, seat->stream, w, &err);
		seat->senders = seat->stream->senders;
	}
	if (err)
		li_log(LI_LOG_ERR, "warrant %" PRIu64 ": no context for records without a session: %s", w->handle, li_err_text(err));
	if (shared && seat->ctx)
		account_shared(seat->stream->numbers);
	return seat->ctx && seat->senders == seat->stream->senders;
}

/* -- points: the taps', then those who report over X2 -- */

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

/* Its place among the senders; the oldest makes room. */
static size_t sender_of(struct stream *s, const struct seen_by *by)
{
	bool full = s->n_senders == LI_SENDERS_COMM;
	struct hm_point p;
	size_t i;

	for (i = 0; i < s->n_senders; i++)
		if (s->sender[i].who == by->who)
			return i;
	if (!s->sender)
		s->sender = calloc(LI_SENDERS_COMM, sizeof(*s->sender));
	if (!s->sender || !point_init(&p, by->names))
		return SIZE_MAX;
	i = full ? s->oldest++ % LI_SENDERS_COMM : s->n_senders++;
	if (full)
		point_fini(&s->sender[i].point);
	s->sender[i] = (struct sender){ by->who, p };
	s->senders++;
	return i;
}

unsigned stream_point(struct mediate *m, struct seat *seat, const struct warrant *w, const struct seen_by *by)
{
	size_t at = by->names ? sender_of(seat->stream, by) : 0;

	if (at == SIZE_MAX || !make_context(m, seat, w))
		return UINT_MAX;
	return by->names ? (unsigned)(m->c.n_points + at) : by->who;
}

void stream_send(struct mediate *m, struct seat *seat, li_us t, unsigned point, const struct ps_iri *iri)
{
	if (iri->octets.n)
		intercept_send(m, seat->ctx, seat->stream->numbers, t, point, iri, 1);
	else
		hm_iri_unfit(seat->ctx);		/* its numbers are its own: none is missing */
}

void stream_count(struct seat *seat, struct warrant *w)
{
	if (seat->stream && seat->ctx)
		intercept_octets(w, LI_HI2, seat->ctx, &seat->stream->octets);
}

uint64_t stream_id(const struct seat *seat)
{
	return seat->ctx ? account_id(seat->stream->numbers) : 0;
}
