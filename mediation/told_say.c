/* told_say.c: how an agency is told: by LI notifications, HI1 notifications, test PDUs, cINReset and messages, by what its destination wants. */
#include <li/log.h>

#include <stdlib.h>

#include "asn1/ps_hi1.h"
#include "asn1/ps_hi4.h"
#include "mediation/carry.h"
#include "mediation/stream.h"
#include "mediation/told_int.h"

/* -- one notice -- */

void told_say(struct mediate *m, enum notice_kind kind, const struct dest *d, const struct notice *like, const char *text)
{
	struct notice x = *like;

	x.kind = kind;
	x.did = d->conf.did;
	x.time = m->c.clock();
	if (text)
		x.body = view_str(text);
	if (notice_add(m->tolds->notices, &x))
		li_log(LI_LOG_ERR, "no memory: an agency is not told what it should be");
}

static struct notice like_of(const struct told *t, const char *what)
{
	return (struct notice){ .side = t->is.hi2 ? LI_HI2 : LI_HI3, .liid = t->liid, .has_country = t->is.has_country, .country = t->is.country,
		.what = what, .who = "mdfd" };
}

static void say_hi4(struct mediate *m, const struct told *t, const struct dest *d, const char *what, struct ps_hi4 *n)
{
	struct notice like = like_of(t, what);
	struct buf b;
	enum li_err e;

	if (!hm_wants_hi4(&d->conf))
		return;
	n->release = d->conf.release;
	n->version = d->conf.version;
	buf_init(&b, 0);
	e = ps_hi4_write(n, &b);
	like.body = buf_view(&b);
	if (e)
		li_log(LI_LOG_ERR, "an LI notification cannot be written: %s", li_err_text(e));
	else
		told_say(m, NOTICE_HI4, d, &like, NULL);
	buf_wipe(&b);
	buf_fini(&b);
}

static void say_hi1(struct mediate *m, const struct dest *d, const struct notice *of, enum ps_hi1_type type, const char *text)
{
	struct ps_hi1 n = { .module = d->conf.hi1 == HM_HI1_3GPP ? PS_HI1_3GPP : PS_HI1_ETSI, .type = type, .liid = of->liid,
		.time = m->c.clock(), .text = text ? view_str(text) : view_of(NULL, 0) };
	struct notice like = *of;
	struct buf b;

	if (d->conf.hi1 == HM_HI1_NONE)
		return;
	if (d->conf.liid_octets && li_liid_hex(view_of(of->liid.p, of->liid.n), &n.liid))
		n.liid = of->liid;	/* it is none in digits, and stands as it is */
	buf_init(&b, 0);
	if (ps_hi1_write(&n, &b))
		li_log(LI_LOG_ERR, "an HI1 notification cannot be written");
	like.body = buf_view(&b);
	if (b.n)
		told_say(m, NOTICE_HI1, d, &like, NULL);
	buf_fini(&b);
}

void told_say_alarm(struct mediate *m, const struct dest *d, const struct notice *like, const char *text)
{
	say_hi1(m, d, like, PS_HI1_ALARM, text);
}

/* -- what is so now -- */

/* Where it is reached, if that is an address: a name is none. Of another agency nothing is said. */
static struct ps_hi4_delivery delivery_of(const struct told *t, const struct dest *d)
{
	struct ps_hi4_delivery x = { .hi2_port = d->conf.port, .hi3_port = d->conf.port };
	struct li_addr a;

	if (li_addr_read(d->conf.host, &a))
		return x;
	if (t->is.hi2)
		x.hi2 = a;
	if (t->is.hi3)
		x.hi3 = a;
	return x;
}

/* Whom: where all of several are meant together, none of them alone is. */
static const struct li_id *target_of(const struct warrant *w)
{
	return w->task->n_targets == 1 ? &w->task->target[0] : NULL;
}

static li_us from_of(const struct warrant *w, const struct dest *d)
{
	dest_set of = 0;

	for (size_t i = 0; i < w->n_dests; i++)
		of |= (dest_set)((unsigned)(w->dest[i] == d) << i);
	return intercept_from(w, of);
}

struct others { struct mediate *m; const struct warrant *but; const struct dest *d; bool active; };

static void look(void *arg, struct warrant *w)
{
	struct others *x = arg;

	for (size_t i = 0; w != x->but && w->state == WARRANT_ACTIVE && i < w->n_dests; i++)
		x->active |= w->dest[i] == x->d;
}

/* Nothing of the LIID runs there: its numbers may begin anew. */
static bool is_first(struct mediate *m, const struct warrant *w, const struct dest *d)
{
	struct others x = { m, w, d, false };

	warrants_of_liid(m->ws, &w->liid, look, &x);
	return !x.active;
}

void told_say_active(struct mediate *m, const struct told *t, const struct warrant *w, const struct dest *d, bool beside, li_us start)
{
	const struct ps_hi4_delivery to = delivery_of(t, d);
	struct ps_hi4 n = { .type = PS_HI4_ACTIVATION, .target = target_of(w), .delivery = &to, .n_delivery = to.hi2.family || to.hi3.family,
		.has_start = true, .start = start, .has_end = t->is.end != LI_US_NEVER, .end = t->is.end };	/* LI128-208 */
	struct notice like = like_of(t, "activation");

	if (d->conf.cin_reset && is_first(m, w, d)) {		/* HO-CIN-009 */
		stream_restart(m, &w->liid, d);
		told_say(m, NOTICE_CIN_RESET, d, &like, NULL);
	}
	if (beside) {
		told_say_changed(m, t, w, d, 0);
		return;
	}
	say_hi4(m, t, d, "activation", &n);			/* HO-HI4-001 */
	say_hi1(m, d, &like, PS_HI1_ACTIVATED, NULL);
	if (d->conf.test_pdu)
		told_say(m, NOTICE_TEST, d, &like, NULL);	/* HO-TRI-001 */
}

void told_say_changed(struct mediate *m, const struct told *t, const struct warrant *w, const struct dest *d, unsigned changes)
{
	const struct ps_hi4_delivery to = delivery_of(t, d);
	struct ps_hi4 n = { .type = PS_HI4_MODIFICATION, .target = changes & TOLD_TARGET ? target_of(w) : NULL, .delivery = &to,
		.n_delivery = changes & TOLD_DELIVERY && (to.hi2.family || to.hi3.family),
		.has_start = changes & TOLD_START, .start = changes & TOLD_START ? from_of(w, d) : 0,
		.has_end = changes & TOLD_END && t->is.end != LI_US_NEVER, .end = t->is.end };		/* LI128-210 */
	struct notice like = like_of(t, "modification");

	say_hi4(m, t, d, "modification", &n);
	say_hi1(m, d, &like, PS_HI1_MODIFIED, NULL);
}

void told_say_over(struct mediate *m, const struct told *t, bool beside, const struct told *last, li_us end)
{
	const struct dest *d = warrants_dest(m->ws, &t->did);
	struct ps_hi4 n = { .type = PS_HI4_DEACTIVATION, .has_end = true, .end = end };			/* LI128-209 */
	struct notice like = like_of(t, "deactivation");
	const struct warrant *w;

	if (!d)		/* nobody is there who could be told */
		return;
	if (beside) {
		w = last ? warrants_find(m->ws, &last->liid, &last->xid) : NULL;
		told_say_changed(m, w ? last : t, w, d, w ? TOLD_TARGET | TOLD_DELIVERY | TOLD_START | TOLD_END : 0);
		return;
	}
	say_hi4(m, t, d, "deactivation", &n);
	say_hi1(m, d, &like, PS_HI1_DEACTIVATED, NULL);
}

/* -- by order -- */

struct ordering {
	struct mediate *m;
	enum told_order what;
	const struct li_xid *xid;
	const char *text, *who;
	const struct dest *told[LI_TASKS_LIID * LI_DESTS_WARRANT];
	size_t n, found, unwanted;
	bool active;
};

static void order_one(struct ordering *x, const struct warrant *w, const struct dest *d)
{
	static const enum notice_kind kinds[] = { [TOLD_TEST] = NOTICE_TEST, [TOLD_MESSAGE_ERROR] = NOTICE_MESSAGE,
		[TOLD_MESSAGE_INFO] = NOTICE_MESSAGE, [TOLD_RESET] = NOTICE_CIN_RESET };
	struct notice like = { .side = w->hi2 && d->conf.hi2 ? LI_HI2 : LI_HI3, .liid = w->liid, .has_country = w->has_auth_country,
		.country = w->auth_country, .priority = x->what == TOLD_MESSAGE_INFO ? HM_INFORMATIONAL : HM_ERROR, .what = "order", .who = x->who };

	for (size_t i = 0; i < x->n; i++)
		if (x->told[i] == d)
			return;
	if (!(w->hi2 && d->conf.hi2) && !(w->hi3 && d->conf.hi3))
		return;
	if (x->text && d->conf.messages == HM_MESSAGES_NONE) {
		x->unwanted++;
		return;
	}
	x->told[x->n++] = d;
	if (x->what == TOLD_RESET)
		stream_restart(x->m, &w->liid, d);
	told_say(x->m, kinds[x->what], d, &like, x->text);
}

static void order_each(void *arg, struct warrant *w)
{
	struct ordering *x = arg;

	if (x->xid && memcmp(w->task->xid.b, x->xid->b, 16) != 0)
		return;
	x->found++;
	x->active |= w->state == WARRANT_ACTIVE;
	for (size_t i = 0; w->state == WARRANT_ACTIVE && i < w->n_dests; i++)
		order_one(x, w, w->dest[i]);
}

static void stop_each(void *arg, struct warrant *w)
{
	struct mediate *m = arg;

	mediate_stop(m, w, m->now, "its CINs are reset by order");
}

static void begin_each(void *arg, struct warrant *w)
{
	struct mediate *m = arg;

	if (w->state != WARRANT_ACTIVE || !w->mediation)
		return;
	if (!m->c.wait && w->begun < m->now)
		w->begun = m->now;		/* of what taps see, nothing of the old numbers' time is in the new ones */
	mediate_begin(m, w, m->now);
}

/* What runs is closed and begins anew, with CINs that were never used and numbers from 0; between the two the agency hears why. */
static void reset(struct mediate *m, const struct li_liid *liid, struct ordering *x)
{
	m->anew = true;
	warrants_of_liid(m->ws, liid, stop_each, m);
	m->anew = false;
	late_free(m);
	warrants_of_liid(m->ws, liid, order_each, x);
	told_flush(m);
	warrants_of_liid(m->ws, liid, begin_each, m);
}

enum li_err told_order(struct mediate *m, enum told_order what, const struct li_liid *liid, const struct li_xid *xid, const char *text,
		       const char *who, size_t *n)
{
	struct ordering *x = calloc(1, sizeof(*x));
	enum li_err e;

	*n = 0;
	if (!x)
		return LI_ENOMEM;
	*x = (struct ordering){ .m = m, .what = what, .xid = xid, .text = text, .who = who };
	if (what == TOLD_RESET)
		reset(m, liid, x);
	else
		warrants_of_liid(m->ws, liid, order_each, x);
	*n = x->n;
	e = !x->found ? LI_ENOTFOUND : !x->active ? LI_ESTATE : !x->n && x->unwanted ? LI_EUSE : LI_OK;
	free(x);
	return e ? e : notice_flush(m->tolds->notices, m->turn);
}
