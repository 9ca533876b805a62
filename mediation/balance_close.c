/*
 * balance_close.c: an account (balance.h) is told: in the audit log when it is closed and when somebody asks, to its agencies when it is closed, and
 * to whoever asks.
 */
#include "mediation/balance.h"

#include <li/log.h>

#include <inttypes.h>
#include <stdio.h>

#include "mediation/intercept.h"

#define NUMBER 21		/* a uint64_t in digits */
#define REASONS 512		/* "full 18446744073709551615, …" of all that are filtered, lost or unsure */

typedef unsigned long long ull;

static const char *kind_name(const struct balance_row *r)
{
	return r->kind == LI_HI2 ? "HI2" : "HI3";
}

/* "full 3, damaged 1" of that class. */
static void reasons(const struct balance_row *r, enum balance_class of, char out[REASONS])
{
	size_t n = 0;

	out[0] = 0;
	for (unsigned f = 0; f < HM_FATES; f++)
		if (r->n[f] && balance_class((enum hm_fate)f) == of && n < REASONS)
			n += (size_t)snprintf(out + n, REASONS - n, "%s%s %llu", n ? ", " : "", balance_fate_name((enum hm_fate)f), (ull)r->n[f]);
}

/* -- the audit log -- */

static enum li_err audit_row(struct mediate *m, const struct balance *b, const struct balance_row *r, const char *who, const char *why)
{
	static const struct { const char *name; enum balance_class class; } by[] = {
		{ "filtered-by", BALANCE_FILTERED }, { "lost-by", BALANCE_LOST }, { "unsure-by", BALANCE_UNSURE },
	};
	const struct balance_sum s = balance_sum(r);
	const struct { const char *name; uint64_t v; } numbers[] = {
		{ "warrant", b->of.handle }, { "in", s.n[BALANCE_TAKEN] }, { "delivered", s.n[BALANCE_DELIVERED] }, { "octets", r->octets },
		{ "filtered", s.n[BALANCE_FILTERED] }, { "lost", s.n[BALANCE_LOST] }, { "unsure", s.n[BALANCE_UNSURE] }, { "unsure-more", r->more },
		{ "waiting", s.waiting },
	};
	char liid[LI_LIID_TEXT] = "", xid[LI_UUID_TEXT], did[LI_UUID_TEXT], text[9][NUMBER], reason[3][REASONS];
	struct audit_field f[5 + 9 + 3] = { { "liid", liid }, { "xid", xid }, { "did", did }, { "kind", kind_name(r) }, { "why", why } };
	size_t n = 5;

	li_liid_text(&b->of.liid, liid);
	li_uuid_text(b->of.xid.b, xid);
	li_uuid_text(r->did.b, did);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(text[i], NUMBER, "%" PRIu64, numbers[i].v);
		f[n++] = (struct audit_field){ numbers[i].name, text[i] };
	}
	for (size_t i = 0; i < 3; i++) {
		reasons(r, by[i].class, reason[i]);
		if (*reason[i])
			f[n++] = (struct audit_field){ by[i].name, reason[i] };
	}
	return audit_write(m->c.audit, m->c.clock(), "warrant-account", who, f, n);
}

enum li_err balance_audit(struct mediate *m, const struct balance *b, const char *who, const char *why)
{
	enum li_err e = LI_OK;

	for (size_t i = 0; !e && i < b->n_rows; i++)
		e = audit_row(m, b, &b->row[i], who, why);
	return e;
}

/* -- the agency -- */

/* Information when all of it is accounted for, an error when something is lost, or may be. */
static enum li_err tell(const struct balance *b, struct balance_row *r, struct hm_dest *d)
{
	const struct balance_sum s = balance_sum(r);
	bool whole = !s.n[BALANCE_LOST] && !s.n[BALANCE_UNSURE] && !r->more;
	char text[HM_TEXT_MAX + 1], lost[REASONS], unsure[REASONS];
	/* in no group: nobody purges it */
	struct hm_message x = { .liid = b->of.liid, .has_auth_country = b->of.has_country, .auth_country = b->of.country,
				.priority = whole ? HM_INFORMATIONAL : HM_ERROR, .text = text };

	reasons(r, BALANCE_LOST, lost);
	reasons(r, BALANCE_UNSURE, unsure);
	if (snprintf(text, sizeof(text), BALANCE_TEXT "%s%s%s%s", kind_name(r), (ull)s.n[BALANCE_TAKEN], (ull)s.n[BALANCE_DELIVERED],
		     (ull)s.n[BALANCE_FILTERED], (ull)s.n[BALANCE_LOST], (ull)(s.n[BALANCE_UNSURE] + r->more),
		     whole ? "nothing is lost" : lost, *lost && *unsure ? ", " : "", unsure, r->more ? "; unsure is at most" : "") >=
	    (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	return hm_message(d, (enum li_hi)r->kind, &x, &r->mark);
}

/* True: something has changed. */
static bool tell_row(struct mediate *m, const struct balance *b, struct balance_row *r)
{
	const struct dest *d = warrants_dest(m->ws, &r->did);

	if (r->told)
		return false;
	if (r->mark) {
		if (!hm_mark_passed(r->mark))
			return false;
		hm_mark_free(r->mark);
		r->mark = NULL;
		return r->told = true;
	}
	if (!d)				/* it has not come back, or will not */
		return r->told = m->c.clock() - b->of.closed > BALANCE_KEEP;
	if (!d->conf.account_message)
		return r->told = true;
	if (d->mediation)
		(void)!tell(b, r, d->mediation);	/* no room just now: the next tick tries again */
	return false;
}

void balance_close(struct mediate *m, struct balance *b)
{
	enum li_err e;

	if (!b->of.closed) {
		audit_begin(m->c.audit);
		e = balance_audit(m, b, "mdfd", b->why ? b->why : "the warrant is over");
		if (audit_end(m->c.audit) || e) {
			m->count[MEDIATE_audit_failed]++;
			return;		/* what cannot be recorded is tried again */
		}
		b->of.closed = m->c.clock();
		b->changed = true;
	}
	for (size_t i = 0; i < b->n_rows; i++)
		b->changed |= tell_row(m, b, &b->row[i]);
}

/* -- who asks -- */

struct asked {
	bool has_liid, has_xid;
	struct li_liid liid;
	struct li_xid xid;
};

static bool asked_read(const char *argument, struct asked *a)
{
	size_t n = strcspn(argument, " ");
	const char *xid = argument + n;

	*a = (struct asked){ 0 };
	xid += strspn(xid, " ");
	if (!*xid && li_uuid_read(argument, a->xid.b) == LI_OK)		/* longer than a LIID may be */
		return a->has_xid = true;
	a->has_xid = *xid;
	a->has_liid = true;
	return !li_liid_read_any(view_of((const uint8_t *)argument, n), &a->liid) && (!*xid || !li_uuid_read(xid, a->xid.b));
}

static bool is_meant(const struct balance *b, const struct asked *a)
{
	return (!a->has_liid || view_eq(view_of(a->liid.p, a->liid.n), view_of(b->of.liid.p, b->of.liid.n))) &&
	       (!a->has_xid || memcmp(&a->xid, &b->of.xid, sizeof(a->xid)) == 0);
}

static void show_class(struct json *j, const struct balance_row *r, enum balance_class of, const char *name)
{
	json_object(j, name);
	for (unsigned f = 0; f < HM_FATES; f++)
		if (r->n[f] && balance_class((enum hm_fate)f) == of)
			json_uint(j, balance_fate_name((enum hm_fate)f), r->n[f]);
	json_close(j, '}');
}

static void show_row(struct json *j, const struct balance *b, const struct balance_row *r)
{
	const struct balance_sum s = balance_sum(r);
	char liid[LI_LIID_TEXT] = "", xid[LI_UUID_TEXT], did[LI_UUID_TEXT];

	li_liid_text(&b->of.liid, liid);
	li_uuid_text(b->of.xid.b, xid);
	li_uuid_text(r->did.b, did);
	json_object(j, NULL);
	json_text(j, "liid", liid);
	json_text(j, "xid", xid);
	json_uint(j, "warrant", b->of.handle);
	json_text(j, "did", did);
	json_text(j, "kind", kind_name(r));
	json_text(j, "state", b->of.closed ? "closed" : b->of.over ? "over" : "open");
	json_time(j, "since", b->of.since);
	json_uint(j, "in", s.n[BALANCE_TAKEN]);
	json_uint(j, "delivered", s.n[BALANCE_DELIVERED]);
	json_uint(j, "delivered_octets", r->octets);
	json_uint(j, "waiting", s.waiting);
	json_uint(j, "filtered", s.n[BALANCE_FILTERED]);
	json_uint(j, "lost", s.n[BALANCE_LOST]);
	json_uint(j, "unsure", s.n[BALANCE_UNSURE]);
	json_uint(j, "unsure_more", r->more);
	show_class(j, r, BALANCE_FILTERED, "filtered_by");
	show_class(j, r, BALANCE_LOST, "lost_by");
	show_class(j, r, BALANCE_UNSURE, "unsure_by");
	json_close(j, '}');
}

/* All of them that are meant, as many as fit; a LIID has few, but for those that were ordered again and again. */
#define SHOWN (4 * LI_TASKS_LIID)

enum li_err balance_show(struct mediate *m, const char *argument, const char *who, struct json *j)
{
	struct balance *b, *of[SHOWN];
	struct asked a;
	size_t n = 0;
	enum li_err e = LI_OK;

	if (!asked_read(argument, &a))
		return LI_ENOTFOUND;
	TAILQ_FOREACH_REVERSE(b, &m->balances.list, balance_list, all)
		if (n < SHOWN && is_meant(b, &a))
			of[n++] = b;
	if (!n || !j)
		return n ? LI_OK : LI_ENOTFOUND;
	balance_now(m, of, n);
	audit_begin(m->c.audit);
	for (size_t i = 0; i < n && !e; i++)
		e = balance_audit(m, of[i], who, "asked for");
	if (audit_end(m->c.audit) || e) {
		m->count[MEDIATE_audit_failed]++;
		return LI_EIO;
	}
	json_array(j, "accounts");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < of[i]->n_rows; k++)
			show_row(j, of[i], &of[i]->row[k]);
	json_close(j, ']');
	return LI_OK;
}

/* -- for the service -- */

void mediate_counted(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_counted c[], size_t n)
{
	balance_counted(m, did, kind, c, n);
}

enum li_err mediate_account(struct mediate *m, const char *argument, const char *who, struct json *j)
{
	return balance_show(m, argument, who, j);
}
