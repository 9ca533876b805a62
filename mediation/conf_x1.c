/*
 * conf_x1.c: mdfd.yaml's x1: where ADMFs find us, who they are, and what the destinations that they create are like. One ADMF's
 * keys may stand in x1 itself; several are a list, each with a network element of its own (TS 103 221-1 clause 4.1.2).
 */
#include "mediation/conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "handover/dest_conf.h"
#include "handover/queue.h"
#include "mediation/conf_read.h"
#include "mediation/listen.h"

#define X1_PORT "443"			/* clause 7.2.2.3 */
#define X1_PATH "/X1/NE"
#define X1_ADMF_PATH "/X1/ADMF"
#define X1_BODY ((size_t)LI_X1_OCTETS)
#define X1_TIME1 (5 * LI_US_SECOND)	/* clause 5.2.2 */
#define X1_TIME2 (15 * LI_US_SECOND)
#define X1_PATH_LONGEST 255

/* -- readers -- */

static void take(struct yaml *y, char **to, char *text)
{
	if (!text)
		yaml_nomem(y);
	free(*to);
	*to = text;
}

/* ADDRESS[:PORT]; a unix socket has no certificates. */
static void read_x1_listen(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s = yaml_text(y, at, LI_NAME_MAX);
	struct conf_x1 *x = to;
	struct listen_at l;
	char *with;

	(void)k;
	if (!s)
		return;
	if (listen_read(s, &l) == LI_OK && !l.path) {
		take(y, &x->listen, strdup(s));
		return;
	}
	if (asprintf(&with, "%s:" X1_PORT, s) < 0) {
		yaml_nomem(y);
		return;
	}
	take(y, &x->listen, with);
	if (listen_read(with, &l) || l.path)
		yaml_fault(y, at, "ADDRESS or ADDRESS:PORT is expected, the address in digits, IPv6 in brackets");
}

static void read_x1_path(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s = yaml_text(y, at, X1_PATH_LONGEST);

	(void)k;
	if (s && (s[0] != '/' || strpbrk(s, " ?#%")))
		yaml_fault(y, at, "a path is expected, as in " X1_PATH ", without a query");
	else if (s)
		take(y, &((struct conf_x1 *)to)->path, strdup(s));
}

/* An xs:token. */
static void read_x1_id(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s;

	yaml_read_string(y, at, k, to);
	s = *(char **)to;
	if (s && (s[0] == ' ' || s[strlen(s) - 1] == ' ' || strstr(s, "  ")))
		yaml_fault(y, at, "blanks stand alone, and not at an end");
}

static void read_admf_peers(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	size_t n = yaml_count(y, at, (size_t)k->most, true);
	struct conf_x1_admf *a = to;

	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		const char *s = yaml_text(y, &item, LI_NAME_MAX);

		if (s && !(a->peer[a->n_peers] = strdup(s)))
			yaml_nomem(y);
		else if (s)
			a->n_peers++;
	}
}

/* https://HOST[:PORT][/PATH] */
static void read_admf_url(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const char https[] = "https://";
	const char *s = yaml_text(y, at, (size_t)k->most), *path;
	char *url;

	if (!s)
		return;
	path = strncmp(s, https, sizeof(https) - 1) == 0 ? s + sizeof(https) - 1 : NULL;
	if (!path || strcspn(path, "/") == 0 || strpbrk(s, " @?#")) {
		yaml_fault(y, at, "https://HOST:PORT/PATH is expected");
		return;
	}
	path += strcspn(path, "/");
	if (asprintf(&url, "%.*s%s", (int)(path - s), s, path[0] && path[1] ? path : X1_ADMF_PATH) < 0)
		url = NULL;
	take(y, to, url);
}

static void read_end_of_task(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const struct yaml_word words[] = { { "deliver", 0 }, { "purge", 1 }, { NULL, 0 } };
	int v;

	(void)k;
	if (yaml_word(y, at, words, &v))
		((struct conf_x1_admf *)to)->purge = v;
}

static void read_admf_country(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_x1_admf *a = to;

	(void)k;
	a->has_country = conf_country(y, at, &a->country);
}

static void read_admfs(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);

_Static_assert(offsetof(struct conf_x1, line) == 0 && offsetof(struct conf_x1_admf, line) == 0, "first member");

#define X1_TLS(...) ROW(conf_x1, __VA_ARGS__)
static const struct yaml_key x1_tls[] = {
#include "mediation/conf.tbl"
};
TABLE(x1_tls);
#define ADMF(...) ROW(conf_x1_admf, __VA_ARGS__)
static const struct yaml_key admf[] = {
#include "mediation/conf.tbl"
};
/* the keys of its one ADMF, too */
#define X1(...) ROW(conf_x1, __VA_ARGS__)
#define ADMF(n, req, rd, m, least, most, more) { #n, req, rd, offsetof(struct conf_x1, admf) + offsetof(struct conf_x1_admf, m), \
	sizeof(((struct conf_x1_admf *)0)->m), least, most, more },
static const struct yaml_key x1[] = {
#include "mediation/conf.tbl"
};

static void preset(struct conf_x1_admf *a)
{
	a->keepalive = a->deactivate_all = a->remove_all = a->delete_all_objects = true;
	a->time_p2 = CONF_X1_TIME_P2;
}

static void read_admfs(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	size_t n = yaml_count(y, at, (size_t)k->most, false);
	struct conf_x1 *x = to;

	if (n == 0)
		yaml_fault(y, at, "at least one ADMF is needed");
	if (x->admf[0].admf_id || x->admf[0].ne_id || x->admf[0].n_peers || x->admf[0].url) {
		yaml_fault(y, at, "each has its keys in the list; none stand beside it");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		struct conf_x1_admf *a = &x->admf[x->n_admfs];

		preset(a);
		yaml_map(y, &item, admf, sizeof(admf) / sizeof(admf[0]), a, NULL);
		a->line = yaml_line(y, &item);
		x->n_admfs++;
	}
}

static void read_profiles(struct yaml *y, const struct yaml_at *at, const struct conf *c, const char *dir)
{
	size_t n = yaml_count(y, at, CONF_X1_PROFILES_MAX, false);
	struct conf_x1 *x = c->x1;

	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);

		conf_dest_profile(y, &item, c, dir, &x->profile[x->n_profiles++]);
	}
}

/* -- the whole -- */

static void check_admf(struct yaml *y, const struct yaml_at *at, struct conf_x1 *x, size_t i)
{
	struct conf_x1_admf *a = &x->admf[i];

	if (!a->ne_id)
		yaml_fault(y, at, "ne_id: is missing%s: what the ADMF calls this network element", x->n_admfs > 1 ? " at an ADMF" : "");
	if (!a->admf_id && !a->n_peers)
		yaml_fault(y, at, "admf_id or peers is needed: who the ADMF is");
	if (!a->admf_id && a->n_peers && strlen(a->peer[0]) <= 59 && !(a->admf_id = strdup(a->peer[0])))
		yaml_nomem(y);
	if (!a->admf_id && a->n_peers)
		yaml_fault(y, at, "admf_id: is missing");
	if (a->admf_id && !a->n_peers) {
		a->peer[0] = strdup(a->admf_id);
		a->n_peers = a->peer[0] ? 1 : 0;
		if (!a->n_peers)
			yaml_nomem(y);
	}
	for (size_t j = 0; j < i; j++) {
		const struct conf_x1_admf *b = &x->admf[j];

		if (a->admf_id && b->admf_id && strcmp(a->admf_id, b->admf_id) == 0)
			yaml_fault(y, at, "admfs: two have one admf_id");
		if (a->ne_id && b->ne_id && strcmp(a->ne_id, b->ne_id) == 0)	/* X1-SEC-013 */
			yaml_fault(y, at, "admfs: two have one ne_id: to each ADMF this is a network element of its own");
	}
}

void conf_read_x1(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_x1 *x = calloc(1, sizeof(*x));
	uint64_t seen = 0;
	size_t names = 0;

	(void)k;
	memcpy(to, &x, sizeof(x));
	if (!x) {
		yaml_nomem(y);
		return;
	}
	x->line = yaml_line(y, at);
	x->max_body = X1_BODY;
	x->time1 = X1_TIME1;
	x->time2 = X1_TIME2;
	preset(&x->admf[0]);
	yaml_map(y, at, x1, sizeof(x1) / sizeof(x1[0]), x, &seen);
	if (x->n_admfs == 0) {
		x->n_admfs = 1;
		x->admf[0].line = x->line;
	}
	if (!x->path)
		take(y, &x->path, strdup(X1_PATH));
	if (x->time2 < 2 * x->time1)		/* X1-MSG-017 */
		yaml_fault(y, at, "TIME2 must be at least twice TIME1");
	if (!x->certificate != !x->key)
		yaml_fault(y, at, "tls: certificate and key belong together");
	for (size_t i = 0; i < x->n_admfs; i++) {
		check_admf(y, at, x, i);
		names += x->admf[i].n_peers;
	}
	if (names > CONF_PEERS_MAX)	/* of one listener: those behind would be strangers */
		yaml_fault(y, at, "admfs: together they have more than %d peers", CONF_PEERS_MAX);
}

/* *path: what is relative begins at dir. */
static void resolve(struct yaml *y, const char **path, const char *dir)
{
	char *full = *path ? conf_path(dir, *path) : NULL;

	if (*path && !full)
		yaml_nomem(y);
	free((void *)(uintptr_t)*path);
	*path = full;
}

void conf_x1_resolve(struct yaml *y, const struct yaml_at *root, struct conf *c, const char *dir)
{
	struct yaml_at at, profiles;
	struct conf_x1 *x = c->x1;
	char **own[4];

	if (!x)
		return;
	own[0] = &x->certificate;
	own[1] = &x->key;
	own[2] = &x->ca;
	own[3] = &x->crl;
	for (size_t i = 0; i < 4; i++) {
		const char *p = *own[i];

		resolve(y, &p, dir);
		*own[i] = (char *)(uintptr_t)p;
	}
	if (yaml_member(y, root, "x1", &at) && yaml_member(y, &at, "destination_profiles", &profiles))
		read_profiles(y, &profiles, c, dir);
}

void conf_x1_free(struct conf_x1 *x)
{
	if (!x)
		return;
	free(x->listen);
	free(x->path);
	free(x->certificate);
	free(x->key);
	free(x->ca);
	free(x->crl);
	for (size_t i = 0; i < CONF_X1_ADMFS_MAX; i++) {
		struct conf_x1_admf *a = &x->admf[i];

		free(a->admf_id);
		free(a->ne_id);
		free(a->url);
		for (size_t j = 0; j < a->n_peers; j++)
			free(a->peer[j]);
	}
	for (size_t i = 0; i < x->n_profiles; i++) {
		free(x->profile[i].match);
		dest_conf_fini(&x->profile[i].d);
	}
	free(x);
}

/* -- a reload -- */

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

/* All but its identities, which are names of what is in the store, and of a thread. */
static void take_admf(struct conf_x1_admf *to, struct conf_x1_admf *from)
{
	struct conf_x1_admf old = *to;

	*to = *from;
	*from = old;
	swap(&to->admf_id, &from->admf_id);
	swap(&to->ne_id, &from->ne_id);
}

static bool same_admfs(const struct conf_x1 *a, const struct conf_x1 *b)
{
	bool all = a->n_admfs == b->n_admfs;

	for (size_t i = 0; all && i < a->n_admfs; i++)
		all = same(a->admf[i].admf_id, b->admf[i].admf_id) && same(a->admf[i].ne_id, b->admf[i].ne_id);
	return all;
}

void conf_x1_take(struct conf_x1 *to, struct conf_x1 *from, conf_say *left, void *arg)
{
	struct conf_x1_profile old[CONF_X1_PROFILES_MAX];
	size_t n;

	if (!to || !from) {
		if (to != from)
			left(arg, "x1");
		return;
	}
	if (!same(to->listen, from->listen))
		left(arg, "x1.listen");
	if (!same(to->path, from->path))
		left(arg, "x1.path");
	if (!same_admfs(to, from))
		left(arg, "x1.admfs");		/* who they are, and what they call us; then the rest of them waits, too */
	else
		for (size_t i = 0; i < to->n_admfs; i++)
			take_admf(&to->admf[i], &from->admf[i]);
	swap(&to->certificate, &from->certificate);
	swap(&to->key, &from->key);
	swap(&to->ca, &from->ca);
	swap(&to->crl, &from->crl);
	to->max_body = from->max_body;
	to->time1 = from->time1;
	to->time2 = from->time2;
	n = to->n_profiles;
	memcpy(old, to->profile, sizeof(old));
	memcpy(to->profile, from->profile, sizeof(old));
	memcpy(from->profile, old, sizeof(old));
	to->n_profiles = from->n_profiles;
	from->n_profiles = n;
}
