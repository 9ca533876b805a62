/*
 * service_check.c: what `mdfd --check` looks at beside the keys of mdfd.yaml, and what a start and a reload insist on:
 * certificates that can be read, the file of warrants, taps. Every fault is told.
 */
#include "mediation/service.h"

#include <grp.h>
#include <openssl/evp.h>
#include <pcap/dlt.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "asn1/xiri.h"
#include "handover/dest_conf.h"
#include "handover/sign.h"
#include "handover/tls.h"
#include "mediation/keyring.h"
#include "mediation/secret.h"

#define ERR_TEXT 512
#define EVENTS_LAST 255		/* tags of events are below it: asn1/xiri.tbl */
#define SOON (30 * 86400 * LI_US_SECOND)	/* before a certificate or CRL expires: weeks to get another */

struct checking {
	const struct conf *c;
	const struct conf_tap *t;
	conf_say *say;
	void *arg;
};

static void LI_PRINTF(2, 3) tell(const struct checking *x, const char *fmt, ...)
{
	char text[ERR_TEXT], line[ERR_TEXT + 512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "%s:%d: taps: %s: %s", x->c->file, x->t->line, x->t->name, text);
	x->say(x->arg, line);
}

static void hidden(void *arg, const char *what)
{
	tell(arg, "warning: the filter hides %s", what);
}

/* A FIFO is not opened: reading it would take what it holds. */
static bool is_stream(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static bool check_one(const struct checking *x, bool files)
{
	char err[ERR_TEXT] = "";
	struct tap_conf t = { .name = x->t->name, .interface = x->t->interface, .file = x->t->file, .filter = x->t->filter };
	const unsigned index = 0;
	bool bad = false;

	if (x->t->filter && tap_filter_hides(x->t->filter, DLT_EN10MB, hidden, (void *)(uintptr_t)x, err, sizeof(err)) < 0) {
		tell(x, "filter: %s", err);
		bad = true;
	} else if (files && x->t->file && strcmp(x->t->file, "-") != 0 && !is_stream(x->t->file)) {
		struct tap_files *f = tap_files_open(&t, &index, 1, err, sizeof(err));

		if (!f) {
			tell(x, "%s", err);
			bad = true;
		} else {
			tap_files_close(f);
		}
	}
	return bad;
}

static bool check_taps(const struct conf *c, bool open_files, conf_say *say, void *arg)
{
	bool bad = false, live = false, files = false;

	for (size_t i = 0; i < c->n_taps; i++) {
		struct checking x = { c, &c->tap[i], say, arg };

		bad |= check_one(&x, open_files);
		live |= c->tap[i].interface != NULL;
		files |= c->tap[i].file != NULL;
		if (live && files) {
			tell(&x, "file and live taps cannot be one run: a file's time is its packets' own");
			return true;
		}
	}
	if (c->x2x3 && files) {
		char line[ERR_TEXT];

		snprintf(line, sizeof(line), "%s:%d: x2x3: cannot be one run with file taps: a file's time is its packets' own", c->file, c->x2x3->line);
		say(arg, line);
		bad = true;
	}
	return bad;
}

/* -- certificates -- */

struct tls_conf service_tls(const struct conf *c)
{
	return (struct tls_conf){ .certificate = c->certificate, .key = c->key, .ca = c->ca, .crl = c->crl,
		.floor = (enum tls_floor)c->tls_floor, .ciphers = c->ciphers, .ciphersuites = c->ciphersuites };
}

struct tls_conf service_metrics_tls(const struct conf *c)
{
	struct tls_conf t = service_tls(c);

	t.certificate = c->metrics_certificate ? c->metrics_certificate : t.certificate;
	t.key = c->metrics_key ? c->metrics_key : t.key;
	t.ca = c->metrics_ca ? c->metrics_ca : t.ca;
	t.crl = c->metrics_crl ? c->metrics_crl : t.crl;
	return t;
}

struct tls_conf service_x_tls(const struct conf *c)
{
	struct tls_conf t = service_tls(c);
	const struct conf_x2x3 *x = c->x2x3;

	if (!x)
		return t;
	t.certificate = x->certificate ? x->certificate : t.certificate;
	t.key = x->key ? x->key : t.key;
	t.ca = x->ca ? x->ca : t.ca;
	t.crl = x->crl ? x->crl : t.crl;
	t.floor = x->tls_floor ? (enum tls_floor)x->tls_floor : t.floor;
	t.ciphers = x->ciphers ? x->ciphers : t.ciphers;
	t.ciphersuites = x->ciphersuites ? x->ciphersuites : t.ciphersuites;
	return t;
}

/* where: "file: tls", or a destination's "file:line: destinations[i].tls". */
static bool check_tls(const struct tls_conf *t, const char *where, conf_say *say, void *arg)
{
	char err[TLS_ERR_TEXT], line[TLS_ERR_TEXT + 512], day[LI_RFC3339_MAX];
	struct tls_ctx *x = tls_ctx_share(TLS_CLIENT, t, err, sizeof(err));
	const char *what;
	li_us end, now = service_clock();

	if (!x) {
		snprintf(line, sizeof(line), "%s: %s", where, err);
		say(arg, line);
		return true;
	}
	end = tls_ctx_expires(x, &what);
	if (end < now + SOON && li_rfc3339(end, day)) {	/* not a fault: the other connections go on */
		snprintf(line, sizeof(line), "%s: warning: %s %s %s", where, what, end < now ? "has expired" : "expires", day);
		say(arg, line);
	}
	tls_ctx_free(x);
	return false;
}

static bool has_own_tls(const struct conf_x2x3 *x)
{
	return x && (x->certificate || x->key || x->ca || x->crl || x->tls_floor || x->ciphers || x->ciphersuites);
}

static bool check_all_tls(const struct conf *c, const struct conf_warrants *w, conf_say *say, void *arg)
{
	const struct tls_conf own = service_tls(c);
	char where[512];
	bool bad;

	snprintf(where, sizeof(where), "%s: tls", c->file);
	bad = check_tls(&own, where, say, arg);
	if (c->metrics_certificate || c->metrics_ca || c->metrics_crl) {
		const struct tls_conf t = service_metrics_tls(c);

		snprintf(where, sizeof(where), "%s: metrics.tls", c->file);
		bad |= check_tls(&t, where, say, arg);
	}
	if (c->x1 && (c->x1->certificate || c->x1->ca || c->x1->crl)) {
		const struct tls_conf t = service_x1_tls(c);

		snprintf(where, sizeof(where), "%s: x1.tls", c->file);
		bad |= check_tls(&t, where, say, arg);
	}
	if (has_own_tls(c->x2x3)) {
		const struct tls_conf t = service_x_tls(c);

		snprintf(where, sizeof(where), "%s:%d: x2x3.tls", c->file, c->x2x3->line);
		bad |= check_tls(&t, where, say, arg);
	}
	for (size_t i = 0; w && i < w->n_dests; i++) {
		const struct hm_dest_conf *d = &w->dest[i];
		struct tls_conf t;

		if (!d->certificate && !d->ca && !d->crl && !d->tls_floor && !d->ciphers && !d->ciphersuites)
			continue;
		hm_dest_tls(d, &own, &t);
		snprintf(where, sizeof(where), "%s:%d: destinations[%zu].tls", w->file, w->dest_line[i], i);
		bad |= check_tls(&t, where, say, arg);
	}
	return bad;
}

/* -- keys of payload encryption, and of integrity checks -- */

static bool check_encryption(const struct hm_dest_conf *d, const char *where, conf_say *say, void *arg)
{
	char err[ERR_TEXT], line[ERR_TEXT + 512];
	struct stat st;

	if (!d->encryption)
		return false;
	if (dest_encryption_check(d, err, sizeof(err))) {
		snprintf(line, sizeof(line), "%s.encryption: %s", where, err);
		say(arg, line);
		return true;
	}
	if (stat(d->encryption_key, &st) == 0 && st.st_mode & 077) {
		snprintf(line, sizeof(line), "%s.encryption: warning: others than its owner may read the key: its mode should be 0600", where);
		say(arg, line);
	}
	return false;
}

static bool check_sign(const struct hm_dest_conf *d, const char *where, conf_say *say, void *arg)
{
	char err[ERR_TEXT], line[ERR_TEXT + 512];
	EVP_PKEY *key;

	if (!d->hash || !d->sign_key)
		return false;
	key = sign_private(d->sign_key, err, sizeof(err));
	if (!key) {
		snprintf(line, sizeof(line), "%s.integrity.sign: %s", where, err);
		say(arg, line);
	}
	EVP_PKEY_free(key);
	return !key;
}

static bool check_agreed(const struct hm_dest_conf *d, const char *where, conf_say *say, void *arg)
{
	bool bad = check_encryption(d, where, say, arg);

	return check_sign(d, where, say, arg) || bad;
}

static bool check_all_agreed(const struct conf *c, const struct conf_warrants *w, conf_say *say, void *arg)
{
	char where[512];
	bool bad = false;

	for (size_t i = 0; w && i < w->n_dests; i++) {
		snprintf(where, sizeof(where), "%s:%d: destinations[%zu]", w->file, w->dest_line[i], i);
		bad |= check_agreed(&w->dest[i], where, say, arg);
	}
	for (size_t i = 0; c->x1 && i < c->x1->n_profiles; i++) {
		snprintf(where, sizeof(where), "%s:%d: x1.destination_profiles[%zu]", c->file, c->x1->profile[i].line, i);
		bad |= check_agreed(&c->x1->profile[i].d, where, say, arg);
	}
	return bad;
}

/* -- the spool -- */

static bool lies_in(const char *file, const char *dir)
{
	const char *slash = strrchr(file, '/');
	char folder[4096];
	struct stat a, b;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - file) : 1, slash ? file : ".");
	return stat(folder[0] ? folder : "/", &a) == 0 && stat(dir, &b) == 0 ? a.st_dev == b.st_dev && a.st_ino == b.st_ino :
	       strcmp(folder, dir) == 0;
}

/* HO-BUF-010: whoever takes the disk away must not have the key with it. A credential of that name goes before the file; a keyring is
 * in memory. */
static void check_spool(const struct conf *c, conf_say *say, void *arg)
{
	char line[ERR_TEXT + 512];

	if (!c->spool || keyring_name(c->spool_key) || (!lies_in(c->spool_key, c->spool_dir) && !lies_in(c->spool_key, c->state_dir)))
		return;
	snprintf(line, sizeof(line), "%s: spool.key: warning: lies beside the data that it protects", c->file);
	say(arg, line);
}

/* -- keys of the store, of the spool and of the audit log -- */

static bool check_key(const struct conf *c, const char *name, const char *file, conf_say *say, void *arg)
{
	char err[ERR_TEXT] = "", line[ERR_TEXT + 512];
	enum secret_is is = file ? secret_check(name, file, err, sizeof(err)) : SECRET_GOOD;

	if (is == SECRET_GOOD)
		return false;
	/* who checks is often not the user that the service will be */
	snprintf(line, sizeof(line), "%s: %s%s", c->file, is == SECRET_ABSENT ? "warning: for the user who checks: " : "", err);
	say(arg, line);
	return is == SECRET_BAD;
}

/* The one that signs the audit log: made at first start. */
static bool check_audit_key(const struct conf *c, conf_say *say, void *arg)
{
	char line[ERR_TEXT];
	struct stat st;

	if (stat(c->audit_key, &st) || (S_ISREG(st.st_mode) && !(st.st_mode & 077)))
		return false;
	snprintf(line, sizeof(line), "%s: audit.key: %s", c->file, S_ISREG(st.st_mode) ?
		 "others may read it, and sign as mdfd does: its mode must be 0600" : "is not a file");
	say(arg, line);
	return true;
}

/* -- who it is to be, and who may ask it -- */

static bool unknown(const struct conf *c, const char *key, const char *kind, const char *name, bool there, conf_say *say, void *arg)
{
	char line[ERR_TEXT];

	if (!name || there)
		return false;
	snprintf(line, sizeof(line), "%s: mdf.%s: there is no %s %s", c->file, key, kind, name);
	say(arg, line);
	return true;
}

static bool check_names(const struct conf *c, conf_say *say, void *arg)
{
	bool bad = unknown(c, "user", "user", c->user, c->user && getpwnam(c->user), say, arg);

	bad |= unknown(c, "control_group", "group", c->control_group, c->control_group && getgrnam(c->control_group), say, arg);
	bad |= unknown(c, "control_admin_group", "group", c->control_admin_group, c->control_admin_group && getgrnam(c->control_admin_group),
		       say, arg);
	return bad;
}

/* Octets of its folder's name, without slashes at the end; 0: it has none. */
static size_t folder_of(const char *file)
{
	size_t n = strlen(file);

	for (; n && file[n - 1] == '/'; n--)	/* "DIR/" is DIR */
		;
	for (; n && file[n - 1] != '/'; n--)
		;
	for (; n && file[n - 1] == '/'; n--)
		;
	return n;
}

/* A folder may be made between the check and the start (tmpfiles, RuntimeDirectory); mdfd makes none but state_dir and that of the spool. */
static void check_folder(const struct conf *c, const char *key, const char *file, conf_say *say, void *arg)
{
	size_t n = file ? folder_of(file) : 0;
	char line[ERR_TEXT], folder[ERR_TEXT];
	struct stat st;

	if (!n || n >= sizeof(folder))
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)n, file);
	if (strncmp(folder, c->state_dir, n) == 0 && !c->state_dir[n + strspn(c->state_dir + n, "/")])
		return;
	if (stat(folder, &st) == 0 && S_ISDIR(st.st_mode))
		return;
	snprintf(line, sizeof(line), "%s: %s: warning: its folder is not there, and mdfd does not make it", c->file, key);
	say(arg, line);
}

/* -- what releases lack -- */

static size_t print(char *to, size_t size, size_t n, const char *fmt, ...) LI_PRINTF(4, 5);
static size_t print(char *to, size_t size, size_t n, const char *fmt, ...)
{
	va_list ap;
	int k;

	va_start(ap, fmt);
	k = vsnprintf(to + n, size - n, fmt, ap);
	va_end(ap);
	return k < 0 || n + (size_t)k >= size ? size - 1 : n + (size_t)k;
}

static bool lacks_event(const struct hm_dest_conf *d, uint32_t tag)
{
	const struct xiri_event *e = xiri_event(tag);

	return d->hi2 && e && e->route == XIRI_SHARED && !xiri_fits(tag, d->release, d->version);
}

/* "1-4,7": those tags of events that the release has not. */
static size_t lacking_events(const struct hm_dest_conf *d, char *to, size_t size, size_t n)
{
	uint32_t from = 0;
	bool some = false;

	for (uint32_t tag = 1; tag <= EVENTS_LAST + 1; tag++) {
		if (lacks_event(d, tag)) {
			from = from ? from : tag;
			continue;
		}
		if (from) {
			n = print(to, size, n, "%s%u", some ? "," : "events ", from);
			if (tag - from > 1)
				n = print(to, size, n, "-%u", tag - 1);
			some = true;
		}
		from = 0;
	}
	return n;
}

/* LI128-007: X2 and X3 bring what taps do not, and an agency of an older release cannot be given all of it. */
static void check_releases(const struct conf *c, const struct conf_warrants *w, conf_say *say, void *arg)
{
	for (size_t i = 0; c->x2x3 && w && i < w->n_dests; i++) {
		const struct hm_dest_conf *d = &w->dest[i];
		unsigned families = d->hi3 ? ps_families_lacking(d->release, d->version) : 0;
		char lacks[ERR_TEXT] = "", line[2 * ERR_TEXT];
		size_t n = lacking_events(d, lacks, sizeof(lacks), 0);

		for (unsigned f = 0; f < PS_FAMILIES; f++)
			if (families >> f & 1)
				n = print(lacks, sizeof(lacks), n, "%s%s", n ? ", " : "", ps_family_name((enum ps_family)f));
		if (!n)
			continue;
		snprintf(line, sizeof(line), "%s:%d: destinations[%zu].ts33128_release: warning: r%uv%u has not: %s. What X2 and X3 bring of that is not delivered "
			 "there, and counted", w->file, w->dest_line[i], i, d->release, d->version, lacks);
		say(arg, line);
	}
}

/* -- the whole -- */

bool service_check(const struct conf *c, bool alone, struct conf_warrants **out, conf_say *say, void *arg)
{
	struct conf_warrants *w = NULL;
	bool bad = false;

	if (c->warrants_file) {
		w = conf_warrants_load(c, c->warrants_file, NULL, NULL, NULL, say, arg);
		bad = !w;
	}
	bad |= check_all_tls(c, w, say, arg);
	bad |= check_all_agreed(c, w, say, arg);
	bad |= check_taps(c, alone, say, arg);
	if (alone) {
		bad |= check_names(c, say, arg);
		check_folder(c, "mdf.state_dir", c->state_dir, say, arg);
		check_folder(c, "mdf.control_socket", c->control_socket, say, arg);
		check_folder(c, "audit.file", c->audit_file, say, arg);
		bad |= check_key(c, "mdf.state_key", c->state_key, say, arg);
		bad |= check_key(c, "spool.key", c->spool_key, say, arg);
		bad |= check_audit_key(c, say, arg);
		conf_moot_tell(c, w, say, arg);
	}
	check_spool(c, say, arg);
	check_releases(c, w, say, arg);
	if (bad || !out) {
		conf_warrants_free(w);
		w = NULL;
	}
	if (out)
		*out = w;
	return bad;
}
