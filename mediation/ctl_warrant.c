/*
 * ctl_warrant.c: what the control socket shows and changes of warrants and destinations. Those who may see may see
 * targets: it is what the seeing group is for. Changes are made as the owner "mdfctl".
 */
#include <stdio.h>
#include <stdlib.h>

#include "handover/chain.h"
#include "handover/cipher.h"
#include "mediation/conf.h"
#include "mediation/conf_read.h"
#include "mediation/ctl.h"
#include "mediation/told.h"
#include "mediation/warrant/target.h"
#include "mediation/warrant/warrant.h"

/* -- names -- */

/* "LIID", which is all of its tasks, or "LIID XID", which is one of them. */
struct name {
	struct li_liid liid;
	bool has_xid;
	struct li_xid xid;
};

static bool name_read(const char *argument, struct name *n)
{
	size_t liid = strcspn(argument, " ");
	const char *xid = argument + liid;

	xid += strspn(xid, " ");
	n->has_xid = *xid;
	return !li_liid_read_any(view_of((const uint8_t *)argument, liid), &n->liid) && (!*xid || !li_uuid_read(xid, n->xid.b));
}

/* The first of them; NULL: there is none. */
static struct warrant *warrant_named(const struct ctl_warrants *cw, const char *argument)
{
	struct name n;

	return name_read(argument, &n) ? warrants_find(cw->warrants, &n.liid, n.has_xid ? &n.xid : NULL) : NULL;
}

static struct dest *dest_named(const struct ctl_warrants *cw, const char *did)
{
	struct li_did d;

	return li_uuid_read(did, d.b) ? NULL : warrants_dest(cw->warrants, &d);
}

static bool names_warrant(void *arg, const char *argument)
{
	return warrant_named(arg, argument);
}

static bool names_dest(void *arg, const char *argument)
{
	return dest_named(arg, argument);
}

/* -- showing -- */

static const char *delivery_name(bool hi2, bool hi3)
{
	return hi2 && hi3 ? "HI2andHI3" : hi2 ? "HI2Only" : "HI3Only";
}

static void show_uuid(struct json *j, const char *name, const uint8_t b[16])
{
	char text[LI_UUID_TEXT];

	li_uuid_text(b, text);
	json_text(j, name, text);
}

static void show_targets(struct json *j, const struct task *t)
{
	json_array(j, "targets");
	for (size_t i = 0; i < t->n_targets; i++) {
		char text[LI_TARGET_MAX + 1];

		target_text(&t->target[i], text);
		json_object(j, NULL);
		json_text(j, target_name(&t->target[i]), text);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void show_scope(struct json *j, const struct warrant_scope *s)
{
	char text[WARRANT_SCOPE_TEXT];

	warrant_scope_text(s, text);
	if (*text)
		json_text(j, "scope", text);
}

static void show_warrant(struct json *j, const struct warrant *w)
{
	static const char *const state[] = { "pending", "active", "ended", "suspended" };
	char liid[LI_LIID_TEXT];

	li_liid_text(&w->liid, liid);
	json_text(j, "liid", liid);
	show_uuid(j, "xid", w->task->xid.b);
	if (w->task->has_product_id)
		show_uuid(j, "product_id", w->task->product_id.b);
	json_uint(j, "handle", w->handle);
	json_text(j, "state", state[w->state]);
	json_text(j, "owner", w->task->owner);
	json_text(j, "delivery", delivery_name(w->hi2, w->hi3));
	json_time(j, "start", w->start);
	json_time(j, "end", w->end);
	if (w->has_auth_country)
		json_view(j, "authorization_country", view_of(w->auth_country.c, 2));
	show_scope(j, &w->scope);
	show_targets(j, w->task);
	json_array(j, "destinations");
	for (size_t i = 0; i < w->n_dests; i++)
		show_uuid(j, NULL, w->dest[i]->conf.did.b);
	json_close(j, ']');
}

static void show_counts(struct json *j, const struct warrant *w)
{
	json_array(j, "ordered");	/* since when, of each of the destinations; null: that is not known, and it counts since `start` */
	for (size_t i = 0; i < w->n_dests; i++) {
		if (w->since[i] == INT64_MIN)
			json_null(j, NULL);
		else
			json_time(j, NULL, w->since[i]);
	}
	json_close(j, ']');
	if (w->last_match)
		json_time(j, "last_match", w->last_match);
	else
		json_null(j, "last_match");
	json_uint(j, "begins", w->begins);
	json_uint(j, "ends", w->ends);
	json_uint(j, "iri", w->pdus[LI_HI2]);
	json_uint(j, "cc", w->pdus[LI_HI3]);
	json_uint(j, "purged", w->purged_pdus);
	json_uint(j, "stripped", w->stripped);
}

static void list_one(void *arg, struct warrant *w)
{
	struct json *j = arg;

	json_object(j, NULL);
	show_warrant(j, w);
	json_close(j, '}');
}

static void warrant_list(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct ctl_warrants *cw = arg;

	(void)r;
	json_array(&a->json, "warrants");
	warrants_each(cw->warrants, list_one, &a->json);
	json_close(&a->json, ']');
}

/* Which taps can see each target at all: a warrant on what nothing shows would be silent for ever. */
static void show_taps(const struct ctl_warrants *cw, struct json *j, const struct task *t)
{
	json_array(j, "seen_by");
	for (size_t i = 0; i < t->n_targets; i++) {
		json_object(j, NULL);
		json_text(j, "target", target_name(&t->target[i]));
		json_array(j, "taps");
		cw->taps(cw->arg, (int)t->target[i].kind, j);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void show_one(const struct ctl_warrants *cw, struct ctl_answer *a, const char *name, const struct warrant *w)
{
	json_object(&a->json, name);
	show_warrant(&a->json, w);
	show_counts(&a->json, w);
	if (cw->taps)
		show_taps(cw, &a->json, w->task);
	if (cw->mediate) {
		json_array(&a->json, "agencies");
		told_show(cw->mediate, w, &a->json);
		json_close(&a->json, ']');
	}
	if (cw->conf && cw->conf->x2x3)	/* whoever reports it by its XID or ProductID, whatever its targets are */
		json_bool(&a->json, "x2x3", true);
	json_close(&a->json, '}');
}

struct showing { const struct ctl_warrants *cw; struct ctl_answer *a; };

static void show_each(void *arg, struct warrant *w)
{
	const struct showing *s = arg;

	show_one(s->cw, s->a, NULL, w);
}

static void count_one(void *arg, struct warrant *w)
{
	(void)w;
	++*(size_t *)arg;
}

static void warrant_show(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct ctl_warrants *cw = arg;
	const struct warrant *w = warrant_named(cw, r->argument);
	struct showing s = { cw, a };
	size_t tasks = 0;
	struct name n;

	if (!w || !name_read(r->argument, &n)) {
		ctl_error(a, strchr(r->argument, ' ') ? "no warrant has this LIID and XID" : "no warrant has this LIID");
		return;
	}
	warrants_of_liid(cw->warrants, &n.liid, count_one, &tasks);
	if (tasks == 1 || n.has_xid) {
		show_one(cw, a, "warrant", w);
		return;
	}
	json_array(&a->json, "warrants");
	warrants_of_liid(cw->warrants, &n.liid, show_each, &s);
	json_close(&a->json, ']');
}

static void show_dest(struct json *j, const struct dest *d)
{
	const struct hm_dest_conf *c = &d->conf;
	char text[LI_NAME_MAX + 16];

	json_object(j, NULL);
	show_uuid(j, "did", c->did.b);
	json_text(j, "name", c->name);
	snprintf(text, sizeof(text), strchr(c->host, ':') ? "[%s]:%u" : "%s:%u", c->host, c->port);
	json_text(j, "address", text);
	if (c->addresses)
		json_text(j, "addresses", c->addresses);
	json_text(j, "peer_name", c->peer_name);
	json_text(j, "delivery", delivery_name(c->hi2, c->hi3));
	json_text(j, "success", yaml_word_of(conf_successes, (int)c->success));
	json_text(j, "negotiation", yaml_word_of(conf_negotiations, (int)c->negotiation));
	if (c->negotiation)
		json_text(j, "without_acknowledgement", yaml_word_of(conf_withouts, (int)c->without_ack));
	json_text(j, "connection", c->as_required ? "as-required" : "always");
	json_text(j, "connections", c->shared ? "shared" : "separate");
	if (c->rate)
		json_uint(j, "rate_bits", c->rate * 8);
	json_text(j, "cc_form", c->cc_form == PS_CC_EXTENDED ? "extendedUPFCCPDU" : "uPFCCPDU");
	json_text(j, "time_form", c->time_form == PS_TIME_MICRO ? "microSecond" : "generalized");
	snprintf(text, sizeof(text), "r%uv%u", c->release, c->version);
	json_text(j, "ts33128_release", text);
	json_uint(j, "aggregate_cc", c->aggregate_cc);
	json_uint(j, "aggregate_iri", c->aggregate_iri);
	json_uint(j, "segment", c->segment);
	json_text(j, "encryption", c->encryption ? cipher_name((enum ps_cipher)c->encryption) : "none");
	json_text(j, "integrity", c->hash ? chain_hash_name(c->hash) : "none");
	json_text(j, "owner", d->owner);
	json_uint(j, "warrants", d->warrants);
	json_close(j, '}');
}

static void list_dest(void *arg, struct dest *d)
{
	show_dest(arg, d);
}

static void destination_list(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct ctl_warrants *cw = arg;

	(void)r;
	json_array(&a->json, "destinations");
	warrants_each_dest(cw->warrants, list_dest, &a->json);
	json_close(&a->json, ']');
}

static void destination_show(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	const struct dest *d = dest_named(arg, r->argument);

	if (!d) {
		ctl_error(a, "no destination has this DID");
		return;
	}
	json_array(&a->json, "destinations");
	json_object(&a->json, NULL);
	conf_dest_show(&a->json, &d->conf);
	json_text(&a->json, "owner", d->owner);
	json_uint(&a->json, "warrants", d->warrants);
	json_close(&a->json, '}');
	json_close(&a->json, ']');
}

/* -- changing -- */

/* The reason of a refusal, for the one who asked. */
static void refused(struct ctl_answer *a, enum li_err e, const char *what)
{
	switch (e) {
	case LI_OK:
		return;
	case LI_ENOTFOUND:
		ctl_error(a, "no such %s", what);
		return;
	case LI_ESTATE:
		ctl_error(a, "this %s was not made by mdfctl: only its owner changes it", what);
		return;
	case LI_EBUSY:
		ctl_error(a, "a warrant still delivers to it");
		return;
	case LI_ECONFIG:
		ctl_error(a, "the document has faults");
		return;
	case LI_EIO:
		ctl_error(a, "the audit log or the store cannot be written; nothing was changed");
		return;
	default:
		ctl_error(a, "%s; nothing was changed", li_err_text(e));
	}
}

static void add(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct ctl_warrants *cw = arg;
	const char *file = *r->argument ? r->argument : "-";
	struct conf_warrants *f;
	struct warrants_count n;
	enum li_err e = LI_ECONFIG;

	f = conf_warrants_load(cw->conf, file, &r->body, warrants_known, cw->warrants, ctl_fault, a);
	if (f && r->verb[0] == 'd' && f->n_warrants)
		ctl_fault(a, "the document has warrants: they are added by warrant add");
	else if (f)
		e = warrants_apply(cw->warrants, f, WARRANTS_ADD, WARRANT_OWNER_CTL, r->who, &n, ctl_fault, a);
	conf_warrants_free(f);
	refused(a, e, "document");
	if (e)
		return;
	json_uint(&a->json, "added", n.added);
	json_uint(&a->json, "changed", n.changed);
	json_uint(&a->json, "ended", n.ended);
	json_uint(&a->json, "destinations_added", n.dests_added);
	json_uint(&a->json, "destinations_changed", n.dests_changed);
}

/* Where no ADMF can be heard (mdfd.yaml has no x1), what one ordered is the operator's to end: nobody else could. */
static const char *who_owns(const struct ctl_warrants *cw, const struct li_liid *l)
{
	const struct warrant *w = warrants_find(cw->warrants, l, NULL);	/* all of a LIID have one owner */

	return w && cw->conf && !cw->conf->x1 && strncmp(w->task->owner, "x1:", 3) == 0 ? w->task->owner : WARRANT_OWNER_CTL;
}

static void end(const struct ctl_warrants *cw, const struct ctl_request *r, struct ctl_answer *a, bool purge)
{
	char owner[WARRANT_OWNER_MAX];
	struct name n;

	if (!name_read(r->argument, &n)) {
		refused(a, LI_ENOTFOUND, "warrant");
		return;
	}
	snprintf(owner, sizeof(owner), "%s", who_owns(cw, &n.liid));	/* the task goes with its last warrant */
	refused(a, warrants_end(cw->warrants, &n.liid, n.has_xid ? &n.xid : NULL, owner, r->who, purge), "warrant");
}

static void warrant_end(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	end(arg, r, a, false);
}

static void warrant_purge(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	end(arg, r, a, true);
}

static void suspend(const struct ctl_warrants *cw, const struct ctl_request *r, struct ctl_answer *a, bool suspended)
{
	struct name n;
	enum li_err e = !name_read(r->argument, &n) ? LI_ENOTFOUND :
			warrants_suspend(cw->warrants, &n.liid, n.has_xid ? &n.xid : NULL, suspended, WARRANT_OWNER_CTL, r->who);

	if (e == LI_EEXIST)
		ctl_error(a, suspended ? "it is suspended already" : "it is not suspended");
	else
		refused(a, e, "warrant");
}

static void warrant_suspend(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	suspend(arg, r, a, true);
}

static void warrant_resume(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	suspend(arg, r, a, false);
}

/* -- telling its agencies -- */

#define NAMED_MOST LI_TASKS_LIID	/* LIIDs of one task that are told at once; one has as many as agencies ordered it */

/* What "LIID", "LIID XID" or an XID alone names: warrants by LIID and, but for the first, task. */
struct named { struct name name[NAMED_MOST]; size_t n; };

static void name_one(void *arg, struct warrant *w)
{
	struct named *x = arg;

	if (x->n < NAMED_MOST)
		x->name[x->n++] = (struct name){ .liid = w->liid, .has_xid = true, .xid = w->task->xid };
}

static bool named_by(const struct ctl_warrants *cw, const char *argument, struct named *x)
{
	const struct task *t = NULL;
	struct li_xid xid;

	x->n = 0;
	if (name_read(argument, &x->name[0]) && warrant_named(cw, argument))
		x->n = 1;
	else if (!li_uuid_read(argument, xid.b))
		t = warrants_by_xid(cw->warrants, &xid);
	if (t)
		warrants_of(t, name_one, x);
	return x->n;
}

static bool names_any(void *arg, const char *argument)
{
	struct named x;

	return named_by(arg, argument, &x);
}

static void order(const struct ctl_warrants *cw, const struct ctl_request *r, struct ctl_answer *a, enum told_order what, const char *text)
{
	enum li_err e = LI_ENOTFOUND;
	size_t told = 0, n;
	struct named x;

	for (size_t i = 0; cw->mediate && named_by(cw, r->argument, &x) && i < x.n; i++) {
		enum li_err one = told_order(cw->mediate, what, &x.name[i].liid, x.name[i].has_xid ? &x.name[i].xid : NULL, text, r->who, &n);

		told += n;
		e = !one || e == LI_ENOTFOUND ? one : e;	/* one that is told is enough */
	}
	if (e == LI_ESTATE)
		ctl_error(a, "it is not in force: its agencies are told nothing of it");
	else if (e == LI_EUSE)
		ctl_error(a, "none of its destinations wants messages");
	else if (e == LI_EIO)
		ctl_error(a, "the audit log or the store cannot be written: it is told as soon as they can");
	else
		refused(a, e, "warrant");
	if (!e)
		json_uint(&a->json, "destinations", told);
}

static void warrant_test(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	order(arg, r, a, TOLD_TEST, NULL);
}

static void warrant_reset(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	if (strchr(r->argument, ' '))
		ctl_error(a, "CINs are those of the LIID, whatever tasks it has: it is named alone");
	else
		order(arg, r, a, TOLD_RESET, NULL);
}

/* The text is the body, without the end of its line. */
static void say(const struct ctl_warrants *cw, const struct ctl_request *r, struct ctl_answer *a, enum told_order what)
{
	char text[HM_TEXT_MAX + 1] = "";
	size_t n = r->body.n;

	while (n && (r->body.p[n - 1] == '\n' || r->body.p[n - 1] == '\r'))
		n--;
	if (!n || n > HM_TEXT_MAX || memchr(r->body.p, 0, n)) {
		ctl_error(a, "a message has 1 to %d octets of text", HM_TEXT_MAX);
		return;
	}
	memcpy(text, r->body.p, n);
	order(cw, r, a, what, text);
}

static void warrant_message(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	say(arg, r, a, TOLD_MESSAGE_ERROR);
}

static void warrant_inform(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	say(arg, r, a, TOLD_MESSAGE_INFO);
}

static void destination_remove(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	struct ctl_warrants *cw = arg;
	struct li_did d;

	refused(a, li_uuid_read(r->argument, d.b) ? LI_ENOTFOUND :
		warrants_dest_remove(cw->warrants, &d, WARRANT_OWNER_CTL, r->who), "destination");
}

bool ctl_only_tells(const char *verb)
{
	static const char *const tell[] = { "warrant test", "warrant reset-cin", "warrant message", "warrant inform" };
	size_t i = 0;

	while (i < sizeof(tell) / sizeof(tell[0]) && strcmp(tell[i], verb) != 0)
		i++;
	return i < sizeof(tell) / sizeof(tell[0]);
}

void ctl_warrant_verbs(struct ctl_warrants *cw, struct ctl_verb table[CTL_WARRANT_VERBS])
{
	const struct ctl_verb all[] = {
		{ "warrant list", false, CTL_NONE, false, NULL, warrant_list, cw, false },
		{ "warrant show", false, CTL_REQUIRED, false, names_warrant, warrant_show, cw, false },
		{ "warrant add", true, CTL_OPTIONAL, true, NULL, add, cw, false },
		{ "warrant end", true, CTL_REQUIRED, false, names_warrant, warrant_end, cw, false },
		{ "warrant purge", true, CTL_REQUIRED, false, names_warrant, warrant_purge, cw, false },
		{ "warrant suspend", true, CTL_REQUIRED, false, names_warrant, warrant_suspend, cw, false },
		{ "warrant resume", true, CTL_REQUIRED, false, names_warrant, warrant_resume, cw, false },
		{ "warrant test", true, CTL_REQUIRED, false, names_any, warrant_test, cw, false },
		{ "warrant reset-cin", true, CTL_REQUIRED, false, names_warrant, warrant_reset, cw, false },
		{ "warrant message", true, CTL_REQUIRED, true, names_any, warrant_message, cw, false },
		{ "warrant inform", true, CTL_REQUIRED, true, names_any, warrant_inform, cw, false },
		{ "destination list", false, CTL_NONE, false, NULL, destination_list, cw, false },
		{ "destination show", false, CTL_REQUIRED, false, names_dest, destination_show, cw, false },
		{ "destination add", true, CTL_OPTIONAL, true, NULL, add, cw, false },
		{ "destination remove", true, CTL_REQUIRED, false, names_dest, destination_remove, cw, false },
	};

	_Static_assert(sizeof(all) / sizeof(all[0]) == CTL_WARRANT_VERBS, "the table has room for each");
	memcpy(table, all, sizeof(all));
}
