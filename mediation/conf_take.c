/*
 * conf_take.c: a new mdfd.yaml under a running service. What can change while it runs is exchanged between the two
 * objects: tls (that of metrics, x1 and x2x3 too), drain_timeout, ts33128_release and profiles (what destinations inherit), warrants, the network functions
 * of taps, whom metrics answers, and of x1 all but where it listens and who its ADMFs are. The rest stands in headers already sent, in open files or in running threads: it is named, and waits for a restart.
 */
#include "mediation/conf.h"

#include "mediation/conf_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_TEXT 64	/* "taps[63].network_function" and room */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void swap(char **a, char **b)
{
	char *x = *a;

	*a = *b;
	*b = x;
}

static void take_taps(struct conf *to, struct conf *from, conf_say *left, void *arg)
{
	bool same_taps = to->n_taps == from->n_taps;

	for (size_t i = 0; same_taps && i < to->n_taps; i++)
		same_taps = same(to->tap[i].name, from->tap[i].name);
	if (!same_taps) {
		left(arg, "taps");
		return;
	}
	for (size_t i = 0; i < to->n_taps; i++) {
		struct conf_tap *t = &to->tap[i], *f = &from->tap[i];
		const struct { const char *key; bool same; } stays[] = {
			{ "interface", same(t->interface, f->interface) }, { "file", same(t->file, f->file) },
			{ "filter", same(t->filter, f->filter) }, { "content", t->n3 == f->n3 && t->n9 == f->n9 },
			{ "deduplicate", t->deduplicate == f->deduplicate } };
		char key[KEY_TEXT];

		for (size_t k = 0; k < sizeof(stays) / sizeof(stays[0]); k++) {
			if (stays[k].same)
				continue;
			snprintf(key, sizeof(key), "taps[%zu].%s", i, stays[k].key);
			left(arg, key);
		}
		swap(&t->nf_any, &f->nf_any);
		swap(&t->nf_smf, &f->nf_smf);
		swap(&t->nf_upf, &f->nf_upf);
		swap(&t->nf_amf, &f->nf_amf);
		t->line = f->line;
	}
}

/* Whether there are any says whether it speaks TLS: that stays. */
static void take_metrics_peers(struct conf *to, struct conf *from, conf_say *left, void *arg)
{
	size_t n = to->n_metrics_peers;

	if (!n != !from->n_metrics_peers) {
		left(arg, "metrics.peers");
		return;
	}
	for (size_t i = 0; i < n || i < from->n_metrics_peers; i++)
		swap(&to->metrics_peer[i], &from->metrics_peer[i]);
	to->n_metrics_peers = from->n_metrics_peers;
	from->n_metrics_peers = n;
}

static bool same_names(const struct conf_names *a, const struct conf_names *b)
{
	bool all = a->n == b->n;

	for (size_t i = 0; all && i < a->n; i++)
		all = same(a->name[i], b->name[i]);
	return all;
}

static bool same_listen(const struct conf_x2x3 *a, const struct conf_x2x3 *b)
{
	bool all = a->n_listen == b->n_listen && a->kinds == b->kinds && same_names(&a->peers, &b->peers);

	for (size_t i = 0; all && i < a->n_listen; i++)
		all = same(a->listen[i].address, b->listen[i].address) && a->listen[i].kinds == b->listen[i].kinds &&
		      same_names(&a->listen[i].peers, &b->listen[i].peers);
	return all;
}

/* Its certificates and what is agreed to in TLS change; the rest stands in running threads. */
static void take_x2x3(struct conf_x2x3 *to, struct conf_x2x3 *from, conf_say *left, void *arg)
{
	if (!to || !from) {
		if (to != from)
			left(arg, "x2x3");
		return;
	}
	if (!same_listen(to, from))
		left(arg, "x2x3.listen");	/* peers and kinds are part of it */
	if (to->workers != from->workers)
		left(arg, "x2x3.workers");
	if (to->idle != from->idle)
		left(arg, "x2x3.idle");
	if (to->max_skew != from->max_skew)
		left(arg, "x2x3.max_skew");
	to->full_wait = from->full_wait;
	swap(&to->certificate, &from->certificate);
	swap(&to->key, &from->key);
	swap(&to->ca, &from->ca);
	swap(&to->crl, &from->crl);
	swap(&to->ciphers, &from->ciphers);
	swap(&to->ciphersuites, &from->ciphersuites);
	to->tls_floor = from->tls_floor;
}

/* Destinations that exist are changed by the document in which they stand; new ones have what it says now. */
static void take_profiles(struct conf *to, struct conf *from)
{
	struct conf_profile *old = to->profile;
	size_t n = to->n_profiles;

	to->profile = from->profile;
	to->n_profiles = from->n_profiles;
	from->profile = old;
	from->n_profiles = n;
}

void conf_take(struct conf *to, struct conf *from, conf_say *left, void *arg)
{
	const struct { const char *key; bool same; } stays[] = {
		{ "mdf.operator_id", same(to->operator_id, from->operator_id) },
		{ "mdf.element_id", same(to->element_id, from->element_id) },
		{ "mdf.delivery_country", to->has_delivery_country == from->has_delivery_country &&
		  memcmp(&to->delivery_country, &from->delivery_country, sizeof(to->delivery_country)) == 0 },
		{ "mdf.state_dir", same(to->state_dir, from->state_dir) },
		{ "mdf.state_key", same(to->state_key, from->state_key) },
		{ "mdf.control_socket", same(to->control_socket, from->control_socket) },
		{ "mdf.control_group", same(to->control_group, from->control_group) },
		{ "mdf.control_admin_group", same(to->control_admin_group, from->control_admin_group) },
		{ "mdf.user", same(to->user, from->user) },
		{ "mdf.sandbox", to->sandbox == from->sandbox },
		{ "spool", to->spool == from->spool },
		{ "spool.dir", same(to->spool_dir, from->spool_dir) || to->spool != from->spool },
		{ "spool.key", same(to->spool_key, from->spool_key) || to->spool != from->spool },
		{ "audit.file", same(to->audit_file, from->audit_file) },
		{ "audit.key", same(to->audit_key, from->audit_key) },
		{ "audit.mirror", to->audit_mirror == from->audit_mirror },
		{ "metrics.listen", same(to->metrics_listen, from->metrics_listen) } };

	for (size_t i = 0; i < sizeof(stays) / sizeof(stays[0]); i++)
		if (!stays[i].same)
			left(arg, stays[i].key);
	take_taps(to, from, left, arg);
	take_x2x3(to->x2x3, from->x2x3, left, arg);
	take_profiles(to, from);
	conf_x1_take(to->x1, from->x1, left, arg);
	take_metrics_peers(to, from, left, arg);
	swap(&to->certificate, &from->certificate);
	swap(&to->key, &from->key);
	swap(&to->ca, &from->ca);
	swap(&to->crl, &from->crl);
	swap(&to->metrics_certificate, &from->metrics_certificate);
	swap(&to->metrics_key, &from->metrics_key);
	swap(&to->metrics_ca, &from->metrics_ca);
	swap(&to->metrics_crl, &from->metrics_crl);
	swap(&to->ciphers, &from->ciphers);
	swap(&to->ciphersuites, &from->ciphersuites);
	to->tls_floor = from->tls_floor;
	swap(&to->warrants_file, &from->warrants_file);
	to->drain_timeout = from->drain_timeout;
	to->audit_rotate = from->audit_rotate;
	to->start_empty = from->start_empty;	/* of the next start */
	to->resume_within = from->resume_within;
	to->release = from->release;
	to->version = from->version;
}
