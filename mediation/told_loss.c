/*
 * told_loss.c: what an agency will never get of one interception, told to it by operatorLeaMessage and, where HI1 is agreed, as an alarm:
 * records that found no room or were damaged, reports of network functions that did not arrive, packets that a tap lost while sessions were
 * under interception there. The first soon, then sums, so that however much is lost it is no flood.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "handover/loss.h"
#include "mediation/told_int.h"

#define FORGET (10 * TOLD_LOSSES)	/* quiet for so long, it is another event */

struct loss {
	struct link by_key;
	TAILQ_ENTRY(loss) all;
	struct li_did did;
	struct li_liid liid;
	enum li_hi kind;
	enum told_loss why;
	bool has_country;	/* as its warrant has it, which may be gone when it is told */
	struct li_country country;
	uint64_t n;			/* since it was told: records, PDUs of X2 or X3 */
	size_t contexts;		/* likewise; their sum where one comes again */
	struct hm_loss first;		/* of them */
	li_us last, told;		/* 0: not yet */
};

void told_losses_init(struct tolds *t)
{
	TAILQ_INIT(&t->losses);
	table_init(&t->losses_by_key);
}

static void forget(struct tolds *t, struct loss *x)
{
	TAILQ_REMOVE(&t->losses, x, all);
	table_del(&t->losses_by_key, &x->by_key);
	t->n_losses--;
	free(x);
}

void told_losses_free(struct tolds *t)
{
	while (!TAILQ_EMPTY(&t->losses))
		forget(t, TAILQ_FIRST(&t->losses));
	table_fini(&t->losses_by_key);
}

#define KEY (16 + LI_LIID_MAX + 2)

static struct view key_of(const struct loss *x, uint8_t to[KEY])
{
	memcpy(to, x->did.b, 16);
	memcpy(to + 16, x->liid.p, x->liid.n);
	to[16 + x->liid.n] = (uint8_t)x->kind;
	to[17 + x->liid.n] = (uint8_t)x->why;
	return view_of(to, 18u + x->liid.n);
}

static struct loss *get(struct mediate *m, const struct li_did *did, enum li_hi kind, enum told_loss why, const struct li_liid *liid)
{
	const struct loss like = { .did = *did, .liid = *liid, .kind = kind, .why = why };
	struct tolds *t = m->tolds;
	uint8_t want[KEY], has[KEY];
	struct view key = key_of(&like, want);
	const struct warrant *w;
	struct loss *x;

	for (struct link *l = table_first(&t->losses_by_key, table_hash(key)); l; l = table_next(l)) {
		x = (struct loss *)(void *)((char *)l - offsetof(struct loss, by_key));
		if (view_eq(key_of(x, has), key))
			return x;
	}
	x = t->n_losses < TOLD_LOSSES_MOST ? malloc(sizeof(*x)) : NULL;
	if (!x) {
		m->count[MEDIATE_losses_untold]++;
		return NULL;
	}
	*x = like;
	w = warrants_find(m->ws, liid, NULL);
	if (w) {
		x->has_country = w->has_auth_country;
		x->country = w->auth_country;
	}
	table_add(&t->losses_by_key, &x->by_key, key);
	TAILQ_INSERT_TAIL(&t->losses, x, all);
	t->n_losses++;
	return x;
}

/* Whose they are is not known of all: those are in the audit log alone. */
void told_lost(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_loss *l)
{
	struct loss *x = l->named ? get(m, did, kind, l->damaged ? TOLD_DAMAGED : TOLD_NO_ROOM, &l->liid) : NULL;

	if (!x)
		return;
	if (!x->n)
		x->first = *l;
	else if (x->first.ctx == l->ctx && x->contexts == 1)
		loss_join(&x->first, l);
	x->contexts += !x->n || x->first.ctx != l->ctx;
	x->n += l->pdus;
	x->last = m->c.clock();
}

void told_missing(struct mediate *m, const struct warrant *w, enum li_hi kind, enum told_loss why, uint64_t n)
{
	for (size_t i = 0; i < w->n_dests && n && w->state == WARRANT_ACTIVE; i++) {
		const struct hm_dest_conf *c = &w->dest[i]->conf;
		struct loss *x = (kind == LI_HI2 ? w->hi2 && c->hi2 : w->hi3 && c->hi3) ? get(m, &c->did, kind, why, &w->liid) : NULL;

		if (!x)
			continue;
		x->n += n;
		x->last = m->c.clock();
	}
}

struct missing { struct mediate *m; enum li_hi kind; uint64_t n; };

static void missing_one(void *arg, struct warrant *w)
{
	const struct missing *x = arg;

	told_missing(x->m, w, x->kind, TOLD_UNREPORTED, x->n);
}

void mediate_unreported(struct mediate *m, const struct task *t, enum li_hi kind, uint64_t n)
{
	struct missing x = { m, kind, n };

	if (n)
		warrants_of(t, missing_one, &x);
}

static void tap_one(void *arg, struct warrant *w)
{
	const struct running *run = w->mediation;
	const struct intercept *ic = run ? run->list : NULL;

	while (ic && !ic->on->s)	/* what network functions report no tap loses */
		ic = ic->w_next;
	if (!ic)
		return;
	told_missing(arg, w, LI_HI2, TOLD_UNSEEN, 1);
	told_missing(arg, w, LI_HI3, TOLD_UNSEEN, 1);
}

void mediate_unseen(struct mediate *m)
{
	m->tolds->unseen = true;
}

/* -- in words -- */

static void write_text(const struct loss *x, char text[HM_TEXT_MAX + 1])
{
	static const char *const why[] = { [TOLD_NO_ROOM] = "there was no room for them", [TOLD_DAMAGED] = "they were damaged on the operator's disk" };
	const char *kind = x->kind == LI_HI2 ? "HI2" : "HI3";
	char cin[11] = "-";

	if (x->first.has_cin)
		snprintf(cin, sizeof(cin), "%" PRIu32, x->first.cin.v);
	if (x->why == TOLD_UNSEEN)
		snprintf(text, HM_TEXT_MAX + 1, "missing %s: a tap lost packets while sessions were under interception; records may be missing", kind);
	else if (x->why == TOLD_UNREPORTED)
		snprintf(text, HM_TEXT_MAX + 1, "missing %s reports=%" PRIu64 ": network functions sent them, and they did not arrive", kind, x->n);
	else if (x->contexts == 1 && x->first.ctx)
		snprintf(text, HM_TEXT_MAX + 1, "lost %s cin=%s from=%" PRIu32 " to=%" PRIu32 " records=%" PRIu64 ": %s", kind, cin, x->first.first,
			 x->first.last, x->n, why[x->why]);
	else
		snprintf(text, HM_TEXT_MAX + 1, "lost %s records=%" PRIu64 ": %s", kind, x->n, why[x->why]);
}

static void tell(struct mediate *m, const struct loss *x)
{
	const struct dest *d = warrants_dest(m->ws, &x->did);
	struct notice like = { .side = x->kind, .liid = x->liid, .priority = HM_ERROR, .what = "records-lost", .who = "mdfd" };
	char text[HM_TEXT_MAX + 1];

	if (!d)
		return;
	like.has_country = x->has_country;
	like.country = x->country;
	write_text(x, text);
	if (d->conf.messages != HM_MESSAGES_NONE)
		told_say(m, NOTICE_MESSAGE, d, &like, text);	/* HO-TRI-006 */
	told_say_alarm(m, d, &like, text);
}

static void tell_now(struct mediate *m, struct loss *x)
{
	tell(m, x);
	x->told = m->c.clock();
	x->n = 0;
	x->contexts = 0;
}

void told_losses_end(struct mediate *m, const struct li_liid *liid)
{
	struct loss *x;

	TAILQ_FOREACH(x, &m->tolds->losses, all)
		if (x->n && (!liid || (x->liid.n == liid->n && memcmp(x->liid.p, liid->p, liid->n) == 0)))
			tell_now(m, x);
}

static li_us pause_of(const struct loss *x)
{
	return x->why == TOLD_UNSEEN ? 10 * TOLD_LOSSES : TOLD_LOSSES;	/* a busy tap loses a packet now and then, all day */
}

void told_losses_tick(struct mediate *m)
{
	struct tolds *t = m->tolds;
	li_us now = m->c.clock();
	struct loss *x, *next;

	if (t->unseen)
		warrants_each(m->ws, tap_one, m);
	t->unseen = false;
	for (x = TAILQ_FIRST(&t->losses); x; x = next) {
		next = TAILQ_NEXT(x, all);
		if (x->n && (!x->told || now - x->told >= pause_of(x) || now < x->told)) {
			tell_now(m, x);
		} else if (!x->n && (now - x->last > FORGET || now < x->last)) {
			forget(t, x);
		}
	}
}
