/*
 * told_loss.c: records of one interception that an agency will never get, told to it by operatorLeaMessage and, where HI1 is agreed, as an
 * alarm: the first soon, then sums, so that however many are lost it is no flood.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/ps_hi1.h"
#include "mediation/told_int.h"

#define FORGET (10 * TOLD_LOSSES)	/* quiet for so long, it is another event */

struct loss {
	struct li_did did;
	struct li_liid liid;
	enum li_hi kind;
	bool damaged;
	uint64_t pdus;			/* since it was told */
	size_t contexts;		/* likewise; their sum where one comes again */
	struct hm_loss first;		/* of them */
	li_us last, told;		/* 0: not yet */
};

void told_losses_free(struct tolds *t)
{
	free(t->losses);
}

static struct loss *get(struct tolds *t, const struct li_did *did, enum li_hi kind, const struct hm_loss *l)
{
	for (size_t i = 0; i < t->n_losses; i++) {
		struct loss *x = &t->losses[i];

		if (x->kind == kind && x->damaged == l->damaged && memcmp(x->did.b, did->b, 16) == 0 &&
		    view_eq(view_of(x->liid.p, x->liid.n), view_of(l->liid.p, l->liid.n)))
			return x;
	}
	if (!t->losses)
		t->losses = calloc(TOLD_LOSSES_MOST, sizeof(*t->losses));
	if (!t->losses || t->n_losses == TOLD_LOSSES_MOST)
		return NULL;
	t->losses[t->n_losses] = (struct loss){ .did = *did, .liid = l->liid, .kind = kind, .damaged = l->damaged };
	return &t->losses[t->n_losses++];
}

/* Whose they are is not known of all: those are in the audit log alone. */
void told_lost(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_loss *l)
{
	struct loss *x = l->named ? get(m->tolds, did, kind, l) : NULL;

	if (!x)
		return;
	if (!x->pdus)
		x->first = *l;
	else if (x->first.ctx == l->ctx && x->contexts == 1)
		x->first.last = l->last;
	x->contexts += !x->pdus || x->first.ctx != l->ctx;
	x->pdus += l->pdus;
	x->last = m->c.clock();
}

static void write_text(const struct loss *x, char text[HM_TEXT_MAX + 1])
{
	const char *kind = x->kind == LI_HI2 ? "HI2" : "HI3", *why = x->damaged ? "they were damaged on the operator's disk" : "there was no room for them";
	char cin[11] = "-";

	if (x->first.has_cin)
		snprintf(cin, sizeof(cin), "%" PRIu32, x->first.cin.v);
	if (x->contexts == 1 && x->first.ctx)
		snprintf(text, HM_TEXT_MAX + 1, "lost %s cin=%s from=%" PRIu32 " to=%" PRIu32 " records=%" PRIu64 ": %s", kind, cin, x->first.first,
			 x->first.last, x->pdus, why);
	else
		snprintf(text, HM_TEXT_MAX + 1, "lost %s records=%" PRIu64 ": %s", kind, x->pdus, why);
}

static void tell(struct mediate *m, const struct loss *x)
{
	const struct dest *d = warrants_dest(m->ws, &x->did);
	const struct warrant *w = warrants_find(m->ws, &x->liid, NULL);
	struct notice like = { .side = x->kind, .liid = x->liid, .priority = HM_ERROR, .what = "records-lost", .who = "mdfd" };
	char text[HM_TEXT_MAX + 1];

	if (!d)
		return;
	if (w) {
		like.has_country = w->has_auth_country;
		like.country = w->auth_country;
	}
	write_text(x, text);
	if (d->conf.messages != HM_MESSAGES_NONE)
		told_say(m, NOTICE_MESSAGE, d, &like, text);	/* HO-TRI-006 */
	told_say_alarm(m, d, &like, text);
}

void told_losses_tick(struct mediate *m)
{
	struct tolds *t = m->tolds;
	li_us now = m->c.clock();

	for (size_t i = 0; i < t->n_losses; ) {
		struct loss *x = &t->losses[i];

		if (x->pdus && (!x->told || now - x->told >= TOLD_LOSSES || now < x->told)) {
			tell(m, x);
			x->told = now;
			x->pdus = 0;
			x->contexts = 0;
		} else if (!x->pdus && (now - x->last > FORGET || now < x->last)) {
			*x = t->losses[--t->n_losses];
			continue;
		}
		i++;
	}
}
