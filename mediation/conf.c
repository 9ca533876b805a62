/*
 * conf.c: mdfd.yaml. conf_load makes a new object: defaults, then the document through conf.tbl, then what keys mean
 * together, then paths. A document with any fault gives nothing.
 */
#include "mediation/conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "mediation/audit_mirror.h"
#include "mediation/conf_read.h"
#include "mediation/keyring.h"
#include "mediation/listen.h"

#define CONF_FILE_MAX (1u << 20)	/* 64 taps with the longest filters are half of it */

/* What holds where the file says nothing. */
#define DEFAULT_RELEASE 19
#define DEFAULT_VERSION 3
#define DEFAULT_STATE_DIR "/var/lib/mdfd"
#define DEFAULT_STATE_KEY "state.key"
#define DEFAULT_SOCKET "/run/mdfd/control"
#define DEFAULT_AUDIT_FILE "audit.log"
#define DEFAULT_AUDIT_KEY "audit.key"
#define DEFAULT_SPOOL_DIR "spool"
#define DEFAULT_SPOOL_KEY "spool.key"	/* not beside the data: annex F.5.1 of TS 102 232-1 */
#define DEFAULT_DRAIN (30 * LI_US_SECOND)

/* -- shared readers -- */

bool conf_release(struct yaml *y, const struct yaml_at *at, uint8_t *release, uint8_t *version)
{
	/* The version that a release alone stands for; others have to be named. */
	static const struct { uint8_t release, version; } known[] = { { DEFAULT_RELEASE, DEFAULT_VERSION } };
	const char *s = yaml_text(y, at, 16);
	unsigned r = 0, v = 0;
	int n = 0, m = 0;

	if (!s)
		return false;
	if (sscanf(s, "r%2u%n", &r, &n) == 1 && s[n])
		sscanf(s + n, "v%2u%n", &v, &m);
	else if (n)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (known[i].release == r)
				v = known[i].version;
	if (!n || s[n + m] || strpbrk(s, " +-") || r < 15 || r > 19) {
		yaml_fault(y, at, "a release is r15 to r19, with its version as in r19v3");
		return false;
	}
	if (!v) {
		yaml_fault(y, at, "the version is needed too, as in r%uv1", r);
		return false;
	}
	*release = (uint8_t)r;
	*version = (uint8_t)v;
	return true;
}

bool conf_country(struct yaml *y, const struct yaml_at *at, struct li_country *c)
{
	const char *s = yaml_text(y, at, 64);

	if (!s)
		return false;
	if (!li_country_read(view_str(s), c))
		return true;
	yaml_fault(y, at, "a country is two capital letters (ISO 3166-1)");
	return false;
}

char *conf_path(const char *base, const char *path)
{
	char *s;

	if (path[0] == '/' || !base || strcmp(base, ".") == 0)
		return strdup(path);
	return asprintf(&s, "%s/%s", base, path) < 0 ? NULL : s;
}

char *conf_folder(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return strdup(".");
	return strndup(file, slash == file ? 1 : (size_t)(slash - file));
}

/* -- readers of this file -- */

static void read_delivery_country(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf *c = to;

	(void)k;
	c->has_delivery_country = conf_country(y, at, &c->delivery_country);
}

static void read_release(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf *c = to;

	(void)k;
	(void)conf_release(y, at, &c->release, &c->version);
}

static void read_key(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *name;

	yaml_read_string(y, at, k, to);
	name = keyring_name(*(char **)to);
	if (name && !*name)
		yaml_fault(y, at, KEYRING_PREFIX "NAME is expected");
}

static void read_sandbox(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const struct yaml_word words[] = { { "wanted", CONF_SANDBOX_WANTED }, { "required", CONF_SANDBOX_REQUIRED },
						  { "off", CONF_SANDBOX_OFF }, { NULL, 0 } };
	struct conf *c = to;
	int which;

	(void)k;
	if (yaml_word(y, at, words, &which))
		c->sandbox = (enum conf_sandbox)which;
}

static void read_mirror(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const struct yaml_word words[] = { { "none", AUDIT_MIRROR_NONE }, { "syslog", AUDIT_MIRROR_SYSLOG },
						  { "journald", AUDIT_MIRROR_JOURNALD }, { NULL, 0 } };
	int which = AUDIT_MIRROR_NONE;

	(void)k;
	(void)yaml_word(y, at, words, &which);
	*(uint8_t *)to = (uint8_t)which;
}

static void read_content(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const struct yaml_word words[] = { { "n3", 3 }, { "n9", 9 }, { NULL, 0 } };
	struct conf_tap *t = to;
	size_t n = yaml_count(y, at, (size_t)k->most, true);

	t->n3 = t->n9 = false;
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		int which;

		if (!yaml_word(y, &item, words, &which))
			continue;
		if (which == 3)
			t->n3 = true;
		else
			t->n9 = true;
	}
}

static void read_peers(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf *c = to;
	size_t n = yaml_count(y, at, (size_t)k->most, true);

	for (size_t i = 0; i < n && c->n_metrics_peers < CONF_PEERS_MAX; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		const char *s = yaml_text(y, &item, LI_NAME_MAX);

		if (!s)
			continue;
		c->metrics_peer[c->n_metrics_peers] = strdup(s);
		if (c->metrics_peer[c->n_metrics_peers])
			c->n_metrics_peers++;
		else
			yaml_nomem(y);
	}
}

static void read_metrics(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);
static void read_taps(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);
static void read_spool(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);

/* Rows that fill several members or none name the object's first member: `to` is then the object itself. */
_Static_assert(offsetof(struct conf, file) == 0, "first member");
_Static_assert(offsetof(struct conf_tap, line) == 0, "first member");

#define MDF(...) ROW(conf, __VA_ARGS__)
static const struct yaml_key mdf[] = {
#include "mediation/conf.tbl"
};
TABLE(mdf);
#define TLS(...) ROW(conf, __VA_ARGS__)
static const struct yaml_key tls[] = {
#include "mediation/conf.tbl"
};
TABLE(tls);
#define AUDIT(...) ROW(conf, __VA_ARGS__)
static const struct yaml_key audit[] = {
#include "mediation/conf.tbl"
};
TABLE(audit);
#define METRICS_TLS(...) ROW(conf, __VA_ARGS__)
static const struct yaml_key metrics_tls[] = {
#include "mediation/conf.tbl"
};
TABLE(metrics_tls);
#define METRICS(...) ROW(conf, __VA_ARGS__)
static const struct yaml_key metrics[] = {
#include "mediation/conf.tbl"
};
#define SPOOL(...) ROW(conf, __VA_ARGS__)
static const struct yaml_key spool[] = {
#include "mediation/conf.tbl"
};
TABLE(spool);
#define NFS(...) ROW(conf_tap, __VA_ARGS__)
static const struct yaml_key nfs[] = {
#include "mediation/conf.tbl"
};
TABLE(nfs);
#define TAP(...) ROW(conf_tap, __VA_ARGS__)
static const struct yaml_key tap[] = {
#include "mediation/conf.tbl"
};
#define TOP(...) ROW(conf, __VA_ARGS__)
static const struct yaml_key top[] = {
#include "mediation/conf.tbl"
};

/* Who may read what this service does: only this machine, by the rights of a socket or over loopback, or whose certificate we know. */
static void read_metrics(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf *c = to;
	struct listen_at l;

	(void)k;
	yaml_map(y, at, metrics, sizeof(metrics) / sizeof(metrics[0]), c, NULL);
	if (!c->metrics_listen)
		return;
	if (listen_read(c->metrics_listen, &l))
		yaml_fault(y, at, "listen: unix:PATH or ADDRESS:PORT is expected, the address in digits, IPv6 in brackets");
	else if (l.path && c->n_metrics_peers)
		yaml_fault(y, at, "peers: a unix socket is guarded by its rights, not by certificates");
	else if (!listen_is_local(&l) && !c->n_metrics_peers)
		yaml_fault(y, at, "peers: needed where others than this machine can connect: the names that clients' certificates bear");
}

static void read_taps(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf *c = to;
	size_t n = yaml_count(y, at, (size_t)k->most, false);

	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		struct conf_tap *t = &c->tap[c->n_taps++];

		t->line = yaml_line(y, &item);
		t->n3 = true;
		yaml_map(y, &item, tap, sizeof(tap) / sizeof(tap[0]), t, NULL);
		if (!t->interface == !t->file)
			yaml_fault(y, &item, "either interface or file is needed");
		for (size_t j = 0; t->name && j < i; j++)
			if (c->tap[j].name && strcmp(c->tap[j].name, t->name) == 0)
				yaml_fault(y, &item, "has the name of the tap in line %d", c->tap[j].line);
	}
}

static void read_spool(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	((struct conf *)to)->spool = true;
	yaml_read_map(y, at, k, to);
}

/* -- the whole -- */

/* *path: NULL becomes preset (may be NULL); what is relative begins at base. */
static void resolve(struct yaml *y, char **path, const char *base, const char *preset)
{
	char *full;

	if (!*path && !preset)
		return;
	full = conf_path(base, *path ? *path : preset);
	if (!full)
		yaml_nomem(y);
	free(*path);
	*path = full;
}

/* A file as above, or the name of a key in a keyring: that is no path. */
static void resolve_key(struct yaml *y, char **key, const char *base, const char *preset)
{
	if (!keyring_name(*key))
		resolve(y, key, base, preset);
}

/* "audit.key" -> "audit.pub" */
static char *pub_of(const char *key)
{
	size_t n = strlen(key);
	char *s;

	if (n > 4 && strcmp(key + n - 4, ".key") == 0)
		n -= 4;
	return asprintf(&s, "%.*s.pub", (int)n, key) < 0 ? NULL : s;
}

/* "unix:metrics" beside the file. */
static void resolve_listen(struct yaml *y, char **listen, const char *base)
{
	char *full, *text;
	struct listen_at l;

	if (!*listen || listen_read(*listen, &l) || !l.path)
		return;
	full = conf_path(base, l.path);
	if (!full || asprintf(&text, "unix:%s", full) < 0) {
		yaml_nomem(y);
	} else {
		free(*listen);
		*listen = text;
	}
	free(full);
}

static void resolve_all(struct yaml *y, const struct yaml_at *root, struct conf *c)
{
	struct yaml_at profiles;
	char *dir = conf_folder(c->file);

	if (!dir) {
		yaml_nomem(y);
		return;
	}
	resolve(y, &c->state_dir, dir, DEFAULT_STATE_DIR);
	resolve(y, &c->control_socket, dir, DEFAULT_SOCKET);
	resolve(y, &c->certificate, dir, NULL);
	resolve(y, &c->key, dir, NULL);
	resolve(y, &c->ca, dir, NULL);
	resolve(y, &c->crl, dir, NULL);
	resolve(y, &c->warrants_file, dir, NULL);
	if (yaml_member(y, root, "profiles", &profiles))
		conf_read_profiles(y, &profiles, c, dir);
	conf_x1_resolve(y, root, c, dir);
	resolve_listen(y, &c->metrics_listen, dir);
	resolve(y, &c->metrics_certificate, dir, NULL);
	resolve(y, &c->metrics_key, dir, NULL);
	resolve(y, &c->metrics_ca, dir, NULL);
	resolve(y, &c->metrics_crl, dir, NULL);
	if (c->x2x3) {
		resolve(y, &c->x2x3->certificate, dir, NULL);
		resolve(y, &c->x2x3->key, dir, NULL);
		resolve(y, &c->x2x3->ca, dir, NULL);
		resolve(y, &c->x2x3->crl, dir, NULL);
	}
	for (size_t i = 0; i < c->n_taps; i++)
		if (c->tap[i].file && strcmp(c->tap[i].file, "-") != 0)
			resolve(y, &c->tap[i].file, dir, NULL);
	/* what we make ourselves lies with the state */
	resolve_key(y, &c->state_key, c->state_dir, DEFAULT_STATE_KEY);
	resolve(y, &c->audit_file, c->state_dir, DEFAULT_AUDIT_FILE);
	resolve(y, &c->audit_key, c->state_dir, DEFAULT_AUDIT_KEY);
	if (c->spool) {
		resolve(y, &c->spool_dir, c->state_dir, DEFAULT_SPOOL_DIR);
		resolve_key(y, &c->spool_key, dir, DEFAULT_SPOOL_KEY);	/* HO-BUF-010 */
	}
	c->audit_pub = c->audit_key ? pub_of(c->audit_key) : NULL;
	if (!c->audit_pub)
		yaml_nomem(y);
	free(dir);
}

static void read_whole(struct yaml *y, struct conf *c)
{
	struct yaml_at root = yaml_root(y);

	c->release = DEFAULT_RELEASE;
	c->version = DEFAULT_VERSION;
	c->drain_timeout = DEFAULT_DRAIN;
	c->resume_within = CONF_RESUME_WITHIN;
	yaml_map(y, &root, top, sizeof(top) / sizeof(top[0]), c, NULL);
	resolve_all(y, &root, c);
}

struct conf *conf_load(const char *file, conf_say *say, void *arg)
{
	struct yaml *y = yaml_open(file, NULL, CONF_FILE_MAX, say, arg);
	struct conf *c = y ? calloc(1, sizeof(*c)) : NULL;

	if (!y)
		return NULL;
	if (c)
		c->file = strdup(file);
	if (c && c->file)
		read_whole(y, c);
	else
		yaml_nomem(y);
	if (yaml_close(y))
		return c;
	conf_free(c);
	return NULL;
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	free(c->file);
	free(c->state_dir);
	free(c->state_key);
	free(c->control_socket);
	free(c->control_group);
	free(c->control_admin_group);
	free(c->user);
	free(c->certificate);
	free(c->key);
	free(c->ca);
	free(c->crl);
	free(c->ciphers);
	free(c->ciphersuites);
	free(c->audit_file);
	free(c->audit_key);
	free(c->audit_pub);
	free(c->spool_dir);
	free(c->spool_key);
	free(c->warrants_file);
	conf_profiles_free(c);
	conf_x1_free(c->x1);
	free(c->metrics_listen);
	for (size_t i = 0; i < c->n_metrics_peers; i++)
		free(c->metrics_peer[i]);
	free(c->metrics_certificate);
	free(c->metrics_key);
	free(c->metrics_ca);
	free(c->metrics_crl);
	conf_x2x3_free(c->x2x3);
	for (size_t i = 0; i < c->n_taps; i++) {
		struct conf_tap *t = &c->tap[i];

		free(t->name);
		free(t->interface);
		free(t->file);
		free(t->filter);
		free(t->nf_any);
		free(t->nf_smf);
		free(t->nf_upf);
		free(t->nf_amf);
	}
	free(c);
}
