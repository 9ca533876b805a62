/*
 * service_sandbox.c: what mdfd may still open once it runs, by its configuration; then it gives up everything else.
 *
 * Folders, not files: certificates, keys and mdfd.yaml are replaced by rename before a reload, and a rule of landlock is
 * tied to the file that was there. Captures, the control socket and live taps are open by now and need no rule.
 */
#include "mediation/service_priv.h"

#include <li/log.h>

#include <stdio.h>
#include <stdlib.h>

#include "handover/sandbox.h"
#include "mediation/warrant/store.h"

static void tls(struct sandbox *b, const char *certificate, const char *key, const char *ca, const char *crl)
{
	const char *const file[] = { certificate, key, ca, crl };

	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++)
		if (file[i])
			sandbox_folder_of(b, file[i], SANDBOX_READ);
}

static void dest_files(struct sandbox *b, const struct hm_dest_conf *d)
{
	tls(b, d->certificate, d->key, d->ca, d->crl);
	if (d->sign_key)
		sandbox_folder_of(b, d->sign_key, SANDBOX_READ);
	if (d->encryption_key)
		sandbox_folder_of(b, d->encryption_key, SANDBOX_READ);
}

static enum li_err on_dest(void *arg, const struct hm_dest_conf *d, const char *owner)
{
	(void)owner;
	dest_files(arg, d);
	return LI_OK;
}

static enum li_err on_warrant(void *arg, const struct task *t, const struct warrant *w, const struct li_did *dests)
{
	(void)arg;
	(void)t;
	(void)w;
	(void)dests;
	return LI_OK;
}

/* libpcap asks the kernel's counters of an interface by their files; one that comes back has new ones in the same folder. */
static void interface(struct sandbox *b, const char *name)
{
	char *path, *real;

	if (asprintf(&path, "/sys/class/net/%s/..", name) < 0)
		return;
	real = realpath(path, NULL);
	if (real)
		sandbox_path(b, real, SANDBOX_READ);
	free(real);
	free(path);
}

static enum li_err name_paths(struct sandbox *b, struct service *s, const struct conf_warrants *w)
{
	const struct conf *c = s->c.conf;

	sandbox_path(b, c->state_dir, SANDBOX_WRITE);
	sandbox_folder_of(b, c->audit_file, SANDBOX_WRITE);
	if (c->spool)
		sandbox_path(b, c->spool_dir, SANDBOX_WRITE);
	sandbox_folder_of(b, c->file, SANDBOX_READ);
	if (c->warrants_file)
		sandbox_folder_of(b, c->warrants_file, SANDBOX_READ);
	tls(b, c->certificate, c->key, c->ca, c->crl);
	for (size_t i = 0; w && i < w->n_dests; i++)
		dest_files(b, &w->dest[i]);
	if (c->x1) {
		tls(b, c->x1->certificate, c->x1->key, c->x1->ca, c->x1->crl);
		for (size_t i = 0; i < c->x1->n_profiles; i++)
			dest_files(b, &c->x1->profile[i].d);
	}
	tls(b, c->metrics_certificate, c->metrics_key, c->metrics_ca, c->metrics_crl);
	if (c->x2x3)
		tls(b, c->x2x3->certificate, c->x2x3->key, c->x2x3->ca, c->x2x3->crl);
	if (c->control_socket)
		sandbox_folder_of(b, c->control_socket, SANDBOX_SOCKETS);
	if (c->metrics_listen && strncmp(c->metrics_listen, "unix:", 5) == 0)
		sandbox_folder_of(b, c->metrics_listen + 5, SANDBOX_SOCKETS);
	for (size_t i = 0; i < c->n_taps; i++)
		if (c->tap[i].interface)
			interface(b, c->tap[i].interface);
	sandbox_resolver(b);
	return store_load(s->store, on_dest, on_warrant, b);	/* destinations that mdfctl added */
}

bool service_sandbox(struct service *s, const struct conf_warrants *w)
{
	char missing[SANDBOX_TEXT];
	struct sandbox b;
	enum li_err e;

	if (s->c.conf->sandbox == CONF_SANDBOX_OFF) {
		snprintf(s->sandbox, sizeof(s->sandbox), "off");
		li_log(LI_LOG_WARNING, "sandbox: off by the configuration: what takes this process over may do what its user may");
		return true;
	}
	sandbox_begin(&b);
	e = name_paths(&b, s, w);
	if (e) {
		sandbox_cancel(&b);
		li_log(LI_LOG_ERR, "sandbox: the store: %s", li_err_text(e));
		return false;
	}
	if (sandbox_enter(&b, SANDBOX_MDFD, missing)) {
		snprintf(s->sandbox, sizeof(s->sandbox), "on");
		li_log(LI_LOG_INFO, "sandbox: only the files that the configuration names, no rights, no system call beyond the known");
		return true;
	}
	snprintf(s->sandbox, sizeof(s->sandbox), "without %s", missing);
	if (s->c.conf->sandbox == CONF_SANDBOX_REQUIRED) {
		li_log(LI_LOG_ERR, "sandbox: required, and not to be had: %s", missing);
		return false;
	}
	li_log(LI_LOG_WARNING, "sandbox: without %s", missing);
	return true;
}
