/*
 * conf_moot.c: what mdfd.yaml and warrants.yaml say without effect, or against what they say elsewhere: warnings of --check. A destination
 * is looked at where it is read (conf_moot), for there it is known what it has from its profile: an option that came along with one, and that
 * the destination has switched off, is nothing to tell.
 */
#include "mediation/conf_read.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include <li/limits.h>

#include "handover/address.h"

#define LINE_TEXT 1024

/* What a timer is of which nothing is said. */
enum {
#define TIMER(name, unset, least, most, text) UNSAID_##name = (int)(unset),
#include "handover/timers.tbl"
#undef TIMER
};

/* -- a destination ------------------------------------------------------------------------------------------------- */

static bool spills(const struct hm_dest_conf *d)
{
	return (d->hi2 && d->spill != HM_SPILL_NONE) || (d->hi3 && d->spill == HM_SPILL_ALL);
}

static bool aggregates_none(const struct hm_dest_conf *d)
{
	return d->aggregate_cc <= 1 && d->aggregate_iri <= 1;
}

/* All that it has, the first one first; false: no more. i counts from 0. */
static bool address_at(const struct hm_dest_conf *d, unsigned i, struct address *a)
{
	const char *rest = d->addresses;

	if (!i) {
		snprintf(a->host, sizeof(a->host), "%s", d->host ? d->host : "");
		a->port = d->port;
		return true;
	}
	while (rest && i-- && address_next(&rest, a))
		if (!i)
			return true;
	return false;
}

static bool names_twice(const struct hm_dest_conf *d)
{
	struct address a, b;

	for (unsigned i = 0; address_at(d, i, &a); i++)
		for (unsigned k = i + 1; address_at(d, k, &b); k++)
			if (a.port == b.port && strcasecmp(a.host, b.host) == 0)
				return true;
	return false;
}

/* A name may turn out to be of any family. */
static bool none_of_family(const struct hm_dest_conf *d)
{
	uint8_t octets[sizeof(struct in6_addr)];
	struct address a;

	for (unsigned i = 0; address_at(d, i, &a); i++)
		if (!a.host[0] || inet_pton(d->family == 6 ? AF_INET : AF_INET6, a.host, octets) != 1)
			return false;
	return true;
}

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define MOOT(key, member, when, why) static bool JOIN(moot_, __LINE__)(const struct hm_dest_conf *d) { return when; }
#include "mediation/moot.tbl"
#undef MOOT

static const struct moot {
	const char *key;
	size_t at, size;
	bool (*is)(const struct hm_dest_conf *d);
	const char *why;
} moot[] = {
#define MOOT(key, member, when, why) { key, offsetof(struct hm_dest_conf, member), sizeof(((struct hm_dest_conf *)0)->member), JOIN(moot_, __LINE__), why },
#include "mediation/moot.tbl"
#undef MOOT
};
#define MOOTS (sizeof(moot) / sizeof(moot[0]))
_Static_assert(MOOTS <= 64, "a bit each");

static bool same(const struct moot *m, const struct hm_dest_conf *a, const struct hm_dest_conf *b)
{
	return memcmp((const char *)a + m->at, (const char *)b + m->at, m->size) == 0;
}

uint64_t conf_moot(const struct conf *c, const struct hm_dest_conf *dest, const struct hm_dest_conf *base)
{
	const struct hm_dest_conf unsaid = conf_dest_preset(c);
	struct hm_dest_conf d = *dest, from = *base;
	uint64_t bits = 0;

	if (c && !d.tls_floor)
		d.tls_floor = c->tls_floor;
	if (c && !from.tls_floor)
		from.tls_floor = c->tls_floor;
	for (size_t i = 0; i < MOOTS; i++) {
		bool came_along = same(&moot[i], &d, &from) && !moot[i].is(&from);

		if (!same(&moot[i], &d, &unsaid) && !came_along && moot[i].is(&d))
			bits |= UINT64_C(1) << i;
	}
	return bits;
}

/* -- told ---------------------------------------------------------------------------------------------------------- */

struct telling {
	const char *file;
	conf_say *say;
	void *arg;
};

static void LI_PRINTF(3, 4) tell(const struct telling *t, int line, const char *fmt, ...)
{
	char text[LINE_TEXT];
	va_list ap;
	int n = snprintf(text, sizeof(text), line ? "%s:%d: " : "%s: ", t->file, line);

	if (n < 0 || (size_t)n >= sizeof(text))
		return;
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	t->say(t->arg, text);
}

static void tell_dest(const struct telling *t, int line, const char *list, size_t index, uint64_t bits)
{
	for (size_t i = 0; i < MOOTS; i++)
		if (bits >> i & 1)
			tell(t, line, "%s[%zu].%s: warning: %s", list, index, moot[i].key, moot[i].why);
}

static const struct hm_dest_conf *dest_of(const struct conf_warrants *w, const struct li_did *did)
{
	for (size_t i = 0; i < w->n_dests; i++)
		if (memcmp(w->dest[i].did.b, did->b, sizeof(did->b)) == 0)
			return &w->dest[i];
	return NULL;
}

/* What all that take content, or IRI, have agreed to: of how many one at the least has, and how many they are. */
struct agreed { unsigned some, all; };

static void count(struct agreed *a, bool takes, bool agrees)
{
	a->all += takes;
	a->some += takes && agrees;
}

/* HO-AGG-001: numbers are the same for all of them. */
static void tell_agreed(const struct telling *t, const struct conf_warrants *w, size_t i)
{
	const struct conf_warrant *x = &w->warrant[i];
	struct agreed of[3] = { { 0 } };
	static const char *const what[] = { "aggregation.cc", "aggregation.iri", "segment" };

	for (size_t k = 0; k < x->n_dests; k++) {
		const struct hm_dest_conf *d = dest_of(w, &x->dest[k]);

		if (!d)
			return;		/* not of this file */
		count(&of[0], x->hi3 && d->hi3, d->aggregate_cc > 1);
		count(&of[1], x->hi2 && d->hi2, d->aggregate_iri > 1);
		count(&of[2], x->hi3 && d->hi3, d->segment);
	}
	for (size_t k = 0; k < 3; k++)
		if (of[k].some && of[k].some < of[k].all)
			tell(t, x->line, "warrants[%zu].destinations: warning: not all of them have agreed to %s: it is not done", i, what[k]);
}

static void tell_warrant(const struct telling *t, const struct conf *c, const struct conf_warrants *w, size_t i)
{
	const struct conf_warrant *x = &w->warrant[i];

	if (x->scope.truncate_sms && !x->hi3)
		tell(t, x->line, "warrants[%zu].truncate_tp_user_data: warning: a warrant of IRI alone is never told the text", i);
	if (x->scope.location_only && x->scope.location[0] == WARRANT_LOCATION_LIMITED)
		tell(t, x->line, "warrants[%zu].location_only: warning: location is none: nothing is delivered", i);
	if (x->has_product_id && !c->x2x3)
		tell(t, x->line, "warrants[%zu].product_id: warning: nothing comes over X2 and X3 (x2x3 of mdfd.yaml)", i);
	tell_agreed(t, w, i);
}

static bool same_text(const char *a, const char *b)
{
	return !a == !b && (!a || strcmp(a, b) == 0);
}

/* What one of them sees the other sees as well: each packet comes twice. */
static void tell_taps(const struct telling *t, const struct conf *c)
{
	for (size_t i = 1; i < c->n_taps; i++)
		for (size_t k = 0; k < i; k++)
			if (c->tap[i].interface && same_text(c->tap[i].interface, c->tap[k].interface) && same_text(c->tap[i].filter, c->tap[k].filter))
				tell(t, c->tap[i].line, "taps[%zu].interface: warning: the tap in line %d has it, too, with the same filter", i, c->tap[k].line);
}

/* The first that matches holds. */
static void tell_profiles(const struct telling *t, const struct conf_x1 *x)
{
	int any = 0;		/* line of one that matches everything */

	for (size_t i = 0; i < x->n_profiles; i++) {
		const struct conf_x1_profile *p = &x->profile[i];

		tell_dest(t, p->line, "x1.destination_profiles", i, p->moot);
		if (any)
			tell(t, p->line, "x1.destination_profiles[%zu]: warning: the one in line %d matches every destination before it does", i, any);
		else if (!p->match || strcmp(p->match, "*") == 0)
			any = p->line;
	}
}

static void tell_file(const struct telling *t, const struct conf *c)
{
	bool of_all = c->x2x3 && c->x2x3->n_listen;

	if (c->ciphers && c->tls_floor == TLS_FLOOR_13)
		tell(t, 0, "tls.ciphers: warning: they are those of TLS 1.2, and 1.3 is the least (min_version)");
	if (!c->n_metrics_peers && (c->metrics_certificate || c->metrics_key || c->metrics_ca || c->metrics_crl))
		tell(t, 0, "metrics.tls: warning: no TLS is spoken where no peers are named");
	if (c->start_empty && c->resume_within && c->resume_within != CONF_RESUME_WITHIN)
		tell(t, 0, "mdf.resume_within: warning: nothing goes on after a start that forgets warrants (start_empty)");
	for (size_t i = 0; c->x1 && i < c->x1->n_admfs; i++)
		if (!c->x1->admf[i].keepalive && c->x1->admf[i].time_p2 != CONF_X1_TIME_P2)
			tell(t, c->x1->admf[i].line, "x1: TIME_P2: warning: nobody waits for this ADMF (keepalive)");
	for (size_t i = 0; c->x2x3 && i < c->x2x3->n_listen; i++)
		of_all &= c->x2x3->listen[i].peers.n > 0;
	if (of_all && c->x2x3->peers.n)
		tell(t, c->x2x3->line, "x2x3.peers: warning: each listener has its own");
	if (c->x2x3 && c->x2x3->ciphers && (c->x2x3->tls_floor ? c->x2x3->tls_floor : c->tls_floor) == TLS_FLOOR_13)
		tell(t, c->x2x3->line, "x2x3.tls.ciphers: warning: they are those of TLS 1.2, and 1.3 is the least (min_version)");
	if (c->x1)
		tell_profiles(t, c->x1);
	tell_taps(t, c);
}

void conf_moot_tell(const struct conf *c, const struct conf_warrants *w, conf_say *say, void *arg)
{
	struct telling t = { c->file, say, arg };

	tell_file(&t, c);
	if (!w)
		return;
	t.file = w->file;
	for (size_t i = 0; i < w->n_dests; i++)
		tell_dest(&t, w->dest_line[i], "destinations", i, w->dest_moot[i]);
	for (size_t i = 0; i < w->n_warrants; i++)
		tell_warrant(&t, c, w, i);
}
