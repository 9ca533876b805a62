/*
 * service.c: the order in which the service comes up and goes down.
 *
 * Up:   store -> audit log (checked against the head that the store holds) -> handover (TLS) -> index, mediation, warrants,
 *       core -> what the last process left (audited) -> taps (rights) -> control socket, X2/X3 -> sandbox -> the first thread ->
 *       metrics, X1 -> warrants -> "ready" -> tap threads, X2/X3.
 * Down: X2/X3 -> taps -> interceptions closed and audited -> queues delivered, at most drain_timeout -> connections -> control socket
 *       -> audit log signed -> store.
 */
#include "mediation/service_priv.h"
#include "mediation/http.h"
#include "mediation/watch.h"
#include "mediation/x1/x1_server.h"

#include "mediation/audit_mirror.h"

#include <li/log.h>
#include <li/version.h>

#include <inttypes.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "mediation/secret.h"

#define ERR_TEXT 512
#define LOOK_MS 1000		/* how late an alarm may be */

li_us service_clock(void)
{
	return clock_real();
}

/* -- audit -- */

bool service_audit(struct service *s, const char *event, const char *who, const struct audit_field f[], size_t n)
{
	if (audit_write(s->audit, service_clock(), event, who, f, n) == LI_OK)
		return true;
	li_log(LI_LOG_ERR, "audit log: an entry could not be written");
	return false;
}

static enum li_err set_head(void *arg, uint64_t count, const uint8_t hash[32])
{
	struct service *s = arg;

	enum li_err e = store_set_audit_head(s->store, count, hash);

	(void)audit_mirror((enum audit_mirror)s->c.conf->audit_mirror, AUDIT_JOURNAL, count, hash);
	return e;
}

/* Which configuration runs: its octets by hash. */
static bool audit_configuration(struct service *s, const char *who)
{
	uint8_t hash[32] = { 0 };
	char text[65] = "", name[] = "sha256";
	unsigned n = sizeof(hash);
	EVP_MD_CTX *x = EVP_MD_CTX_new();
	FILE *f = fopen(s->c.conf->file, "rb");
	uint8_t part[4096];
	size_t got;
	struct audit_field fields[] = { { "file", s->c.conf->file }, { name, text }, { "version", LI_VERSION } };

	if (x && f && EVP_DigestInit_ex(x, EVP_sha256(), NULL)) {
		while ((got = fread(part, 1, sizeof(part), f)) > 0)
			EVP_DigestUpdate(x, part, got);
		EVP_DigestFinal_ex(x, hash, &n);
		service_hex(hash, sizeof(hash), text);
	}
	EVP_MD_CTX_free(x);
	if (f)
		fclose(f);
	return service_audit(s, "configuration", who, fields, 3);
}

/* -- going down -- */

static void on_handle_closed(uv_handle_t *h)
{
	struct service *s = h->data;

	s->handles--;
}

static void close_handles(struct service *s)
{
	service_ctl_close(s);
	service_http_close(s);
	if (s->x1)
		x1_close(s->x1);
	uv_close((uv_handle_t *)&s->wish, on_handle_closed);
	uv_close((uv_handle_t *)&s->timer, on_handle_closed);
	uv_close((uv_handle_t *)&s->look, on_handle_closed);
	uv_close((uv_handle_t *)&s->alive, on_handle_closed);
}

/* What never came into a queue, although a warrant wanted it. */
static bool owes(const struct service *s)
{
	return s->mediate && (mediate_counter(s->mediate, MEDIATE_destination_closed) ||
			      mediate_counter(s->mediate, MEDIATE_intercepts_refused));
}

/* What was not delivered, and is on disk where that is allowed, as what agencies are told always is, is no failure of a stop: the next start goes on with it.
 * --drain has promised delivery. */
static void on_hm_closed(void *arg)
{
	struct service *s = arg;

	if (s->end == SERVICE_UNDELIVERED && !s->lost && !s->c.drain && !owes(s))
		s->end = SERVICE_DONE;
	s->hm = NULL;
	close_handles(s);
}

static void close_hm(struct service *s)
{
	if (s->closing)
		return;
	s->closing = true;
	if (s->end == SERVICE_DONE && owes(s)) {
		s->end = SERVICE_UNDELIVERED;
		li_log(LI_LOG_ERR, "interceptions were refused, or a destination could not be opened: what was owed was not delivered");
	}
	if (!hm_is_drained(s->hm)) {
		s->end = SERVICE_UNDELIVERED;	/* until the handover has said what is kept on disk */
	}
	hm_close(s->hm, on_hm_closed, s);
}

static void on_timeout(uv_timer_t *t)
{
	close_hm(t->data);
}

static void on_taps_stopped(void *arg)
{
	struct service *s = arg;

	pipeline_free(s->pipeline);
	s->pipeline = NULL;
	hm_drain(s->hm);
	mediate_shut(s->mediate, service_clock());
	if (hm_is_drained(s->hm))
		close_hm(s);
	else if (!uv_is_active((uv_handle_t *)&s->timer))
		uv_timer_start(&s->timer, on_timeout, (uint64_t)(s->c.conf->drain_timeout / 1000), 0);
}

static void on_door_stopped(void *arg)
{
	struct service *s = arg;

	pipeline_stop(s->pipeline, on_taps_stopped, s);
}

static void stop(struct service *s, enum service_end end)
{
	if (s->stopping)
		return;
	s->stopping = true;
	s->end = end;
	if (s->c.ready)
		s->c.ready("STOPPING=1");
	if (s->x1)
		x1_close(s->x1);	/* nothing is ordered any more */
	service_x_stop(s, on_door_stopped);
}

/* -- what comes up from below -- */

static void on_drained(void *arg)
{
	struct service *s = arg;

	if (s->mediate)
		mediate_drained(s->mediate);
	if (s->stopping && !s->pipeline)
		close_hm(s);
	else if (s->c.drain && s->pipeline && pipeline_has_ended(s->pipeline))
		stop(s, SERVICE_DONE);
}

static void on_drain_timeout(uv_timer_t *t)
{
	stop(t->data, SERVICE_UNDELIVERED);
	close_hm(t->data);
}

static void on_taps_ended(void *arg)
{
	struct service *s = arg;

	li_log(LI_LOG_NOTICE, "every file tap has ended");
	hm_drain(s->hm);
	if (!s->c.drain)
		return;
	if (hm_is_drained(s->hm))
		stop(s, SERVICE_DONE);
	else
		uv_timer_start(&s->timer, on_drain_timeout, (uint64_t)(s->c.conf->drain_timeout / 1000), 0);
}

static void on_lost(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_loss *given)
{
	struct service *s = arg;
	struct hm_loss l = *given;

	if (s->mediate)
		mediate_names(s->mediate, &l);
	service_lost(s, &hm_dest_conf(d)->did, kind, &l);
	if (s->mediate)
		mediate_lost(s->mediate, &hm_dest_conf(d)->did, kind, &l);
	if (s->x1 && l.named)
		x1_task_fault(s->x1, &l.liid, &hm_dest_conf(d)->did, true, "records were lost: the audit log has which");
}

static void on_purged(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_purged p[], size_t n)
{
	struct service *s = arg;

	if (s->mediate)
		mediate_purged(s->mediate, &hm_dest_conf(d)->did, kind, p, n);
}

static void on_counted(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_counted c[], size_t n)
{
	struct service *s = arg;

	if (s->mediate)
		mediate_counted(s->mediate, &hm_dest_conf(d)->did, kind, c, n);
}

static void on_leases(void *arg, const uint64_t id[], size_t n)
{
	struct service *s = arg;

	if (s->mediate)
		mediate_leases(s->mediate, id, n);
}

static const struct hm_ops hm_ops = { .up = service_dest_up, .down = service_dest_down, .rests = service_dest_rests, .refused = service_dest_refused, .telling = service_dest_telling, .dropped = service_dest_dropped,
				      .lost = on_lost, .purged = on_purged, .counted = on_counted, .drained = on_drained, .leases = on_leases };

/* -- warrants -- */

static void say_log(void *arg, const char *line)
{
	(void)arg;
	li_log(LI_LOG_ERR, "%s", line);
}

/* Certificates, keys and CRLs are read anew with a destination's configuration; a bad file leaves the old ones in use. */
static void renew(void *arg, struct dest *d)
{
	bool *bad = arg;

	*bad |= d->mediation && hm_dest_change(d->mediation, &d->conf) != LI_OK;
}

/* What the file of warrants says comes into force: at start and at each reload. w NULL: no file is named. */
static enum li_err apply(struct service *s, const struct conf_warrants *w, const char *who, conf_say *tell, void *arg)
{
	struct warrants_count n;
	enum li_err e = w ? warrants_apply(s->warrants, w, WARRANTS_REPLACE, WARRANT_OWNER_FILE, who, &n, tell, arg) : LI_OK;

	if (w && !e)
		li_log(LI_LOG_NOTICE, "warrants of the file: %u added, %u changed, %u ended; destinations: %u added, %u changed, %u removed",
		       n.added, n.changed, n.ended, n.dests_added, n.dests_changed, n.dests_removed);
	if (w && !e && s->x1 && n.added + n.changed + n.ended + n.dests_added + n.dests_changed + n.dests_removed)
		x1_told_local(s->x1, "the file of warrants");
	return e;
}

/* -- reload -- */

struct leaving {
	conf_say *left;
	void *arg;
};

static void on_left(void *arg, const char *key)
{
	const struct leaving *x = arg;

	li_log(LI_LOG_WARNING, "reload: %s has changed: that takes effect after a restart", key);
	if (x->left)
		x->left(x->arg, key);
}

static void points_of(struct service *s)
{
	for (size_t i = 0; i < s->c.conf->n_taps; i++) {
		const struct conf_tap *t = &s->c.conf->tap[i];

		s->points[i] = (struct mediate_point){ t->nf_smf ? t->nf_smf : t->nf_any, t->nf_upf ? t->nf_upf : t->nf_any,
						       t->nf_amf ? t->nf_amf : t->nf_any, t->name };
	}
}

enum li_err service_reload(struct service *s, const char *who, conf_say *tell, conf_say *left, void *arg)
{
	struct conf *now = s->c.conf, *fresh = conf_load(now->file, tell, arg);
	struct conf_warrants *w = NULL;
	struct leaving x = { left, arg };
	struct tls_conf tls;
	bool bad = false;
	enum li_err e = LI_ECONFIG;

	if (!fresh || service_check(fresh, false, &w, tell, arg))
		goto done;
	e = audit_configuration(s, who) ? LI_OK : LI_EIO;	/* what cannot be recorded is not done */
	if (e)
		goto done;
	/* New destinations are opened with the new certificates; nothing else has changed yet, should this be refused. */
	tls = service_tls(fresh);
	e = hm_tls_files(s->hm, &tls);
	pipeline_kick(s->pipeline);	/* what is ordered takes effect now, not at the instant of what was seen last */
	if (!e)
		e = apply(s, w, who, tell, arg);
	if (e) {
		tls = service_tls(now);
		if (hm_tls_files(s->hm, &tls))
			li_log(LI_LOG_ERR, "reload: out of memory: new connections use the new certificates");
		goto done;
	}
	if (now->warrants_file && !fresh->warrants_file)
		li_log(LI_LOG_WARNING, "reload: no file of warrants is named any more: those that came from it stay");
	conf_take(now, fresh, on_left, &x);
	audit_rotate(s->audit, now->audit_rotate);
	points_of(s);
	mediate_points(s->mediate);	/* before `fresh`, which has the old names, goes */
	warrants_each_dest(s->warrants, renew, &bad);
	if (bad)
		li_log(LI_LOG_ERR, "reload: a destination's certificates could not be read anew: those in use stay");
	service_http_renew(s);
	service_x1_renew(s);
	service_x_renew(s);
	watch_look(s->watch, true);
	pipeline_kick(s->pipeline);
done:
	conf_warrants_free(w);
	conf_free(fresh);
	return e;
}

/* -- wishes from other threads -- */

static void tell_reload(struct service *s)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
	if (s->c.ready)
		s->c.ready(text);
}

static void on_wish(uv_async_t *a)
{
	struct service *s = a->data;
	unsigned w = atomic_exchange(&s->wishes, 0);

	if (w & 1u << SERVICE_STOP)
		stop(s, SERVICE_DONE);
	else if (w & 1u << SERVICE_RELOAD && !s->stopping) {
		tell_reload(s);
		if (service_reload(s, "signal", say_log, NULL, NULL)) {
			(void)service_audit(s, "reload-refused", "signal", NULL, 0);
			li_log(LI_LOG_ERR, "reload: refused; nothing has changed");
		} else {
			li_log(LI_LOG_NOTICE, "reload: done");
		}
		if (s->c.ready)
			s->c.ready("READY=1");
	}
}

void service_signal(struct service *s, enum service_wish w)
{
	atomic_fetch_or(&s->wishes, 1u << w);
	if (w == SERVICE_STOP && s->wait)
		hm_interrupt(s->hm);	/* the control loop may be waiting for room in a queue */
	uv_async_send(&s->wish);
}

/* -- coming up -- */

/*
 * The store is made before the first entry of the log. So where the log has entries, what knows the numbers that were given is lost
 * or elsewhere, and a new store would give them again, with other content (HO-CIN-010). Somebody has to say that it is lost: then every
 * agency hears that numbering begins anew (HO-CIN-008).
 */
static bool log_has_entries(const struct conf *c)
{
	struct stat st;

	return stat(c->audit_file, &st) == 0 && st.st_size > 0;
}

static bool store_is_there(const struct conf *c)
{
	char file[PATH_MAX];
	struct stat st;

	snprintf(file, sizeof(file), "%s/mdfd.db", c->state_dir);
	return stat(file, &st) == 0 && st.st_size > 0;
}

static bool open_store(struct service *s)
{
	const struct conf *c = s->c.conf;
	char err[ERR_TEXT] = "";
	uint64_t count = 0;
	uint8_t hash[32];
	bool known;

	if (mkdir(c->state_dir, 0700) && errno != EEXIST) {
		li_log(LI_LOG_ERR, "state_dir %s: %s", c->state_dir, strerror(errno));
		return false;
	}
	s->store_lost = s->c.new_store && log_has_entries(c) && !store_is_there(c);
	if (s->c.new_store && !s->store_lost)
		li_log(LI_LOG_NOTICE, "--new-store: the store is there, or there was none yet: as without it");
	s->store = store_open(c->state_dir, c->state_key, s->store_lost || !log_has_entries(c), err, sizeof(err));
	if (!s->store) {
		li_log(LI_LOG_ERR, "store: %s", err);
		return false;
	}
	known = store_audit_head(s->store, &count, hash) == LI_OK;
	s->audit = audit_open(c->audit_file, c->audit_key, known ? &count : NULL, known ? hash : NULL, set_head, s,
			      service_clock(), err, sizeof(err));
	if (!s->audit)
		li_log(LI_LOG_ERR, "audit log: %s", err);
	else
		audit_rotate(s->audit, c->audit_rotate);
	return s->audit != NULL;
}

static bool open_handover(struct service *s)
{
	const struct conf *c = s->c.conf;
	struct hm_conf h = { .operator_id = view_str(c->operator_id), .element_id = view_str(c->element_id),
			     .delivery_country = c->delivery_country, .has_delivery_country = c->has_delivery_country,
			     .certificate = c->certificate, .key = c->key, .ca = c->ca, .crl = c->crl,
			     .tls_floor = c->tls_floor, .ciphers = c->ciphers, .ciphersuites = c->ciphersuites };
	uint8_t key[SECRET_KEY];
	enum li_err e = LI_OK;

	h.seals = service_seals();
	if (!service_spool(s, &h.spool, key))
		return false;
	s->hm = hm_new(&s->loop, &h, &hm_ops, s, &e);
	explicit_bzero(key, sizeof(key));
	if (!s->hm)
		li_log(LI_LOG_ERR, "handover: %s", li_err_text(e));
	return s->hm != NULL;
}

/* A file begins anew with each process; an interface or a stream goes on. */
static bool goes_on(const struct conf_tap *t)
{
	struct stat st;

	return t->interface || stat(t->file, &st) != 0 || !S_ISREG(st.st_mode);
}

static bool open_mediation(struct service *s)
{
	const struct conf *c = s->c.conf;
	uint64_t seed[4];
	struct core_conf cc;
	struct mediate_conf m;

	if (RAND_bytes((unsigned char *)seed, sizeof(seed)) != 1)
		return false;
	for (size_t i = 0; i < c->n_taps; i++)
		s->wait |= c->tap[i].file != NULL;
	points_of(s);
	cc = (struct core_conf){ .seed = { seed[0], seed[1] } };
	s->index = index_new(seed[2]);
	snprintf(s->identity, sizeof(s->identity), "%zu %s %s %.2s", strlen(c->operator_id), c->operator_id, c->element_id,
		 c->has_delivery_country ? c->delivery_country.c : "");
	m = (struct mediate_conf){ .hm = s->hm, .index = s->index, .store = s->store, .audit = s->audit, .points = s->points,
				   .n_points = c->n_taps, .identity = s->identity, .wait = s->wait, .clock = service_clock, .steady = clock_steady, .boot = s->boot,
				   .start_empty = c->start_empty, .resume_within = c->resume_within, .products = c->x2x3 != NULL,
				   .seed = seed[3], .keep = c->x2x3 != NULL, .purges = service_x1_purges, .arg = s };
	for (size_t i = 0; i < c->n_taps; i++)
		m.keep |= goes_on(&c->tap[i]);
	clock_boot(s->boot);
	s->mediate = s->index ? mediate_new(&m) : NULL;
	s->core = s->mediate ? core_new(&cc, &mediate_core_ops, s->mediate) : NULL;
	s->warrants = s->core ? warrants_new(s->store, &mediate_warrant_ops, s->mediate) : NULL;
	if (!s->warrants) {
		li_log(LI_LOG_ERR, "out of memory");
		return false;
	}
	mediate_attach(s->mediate, s->core, s->warrants);
	return true;
}

static bool recover(struct service *s)
{
	enum li_err e = mediate_recover(s->mediate);

	if (e)
		li_log(LI_LOG_ERR, "what the last process left cannot be read or recorded: %s", li_err_text(e));
	return !e;
}

/* -- start_empty: the owners of warrants and destinations give them anew (LI128-220) -- */

static enum li_err forget_dest(void *arg, const struct hm_dest_conf *c, const char *owner)
{
	char did[LI_UUID_TEXT];
	struct audit_field f[] = { { "did", did }, { "owner", owner } };

	li_uuid_text(c->did.b, did);
	return service_audit(arg, "destination-forgotten", "start_empty", f, 2) ? LI_OK : LI_EIO;
}

static enum li_err forget_warrant(void *arg, const struct task *t, const struct warrant *w, const struct li_did *dests)
{
	char liid[LI_LIID_TEXT] = "", xid[LI_UUID_TEXT];
	struct audit_field f[] = { { "liid", liid }, { "xid", xid }, { "owner", t->owner } };

	(void)dests;
	li_liid_text(&w->liid, liid);
	li_uuid_text(t->xid.b, xid);
	return service_audit(arg, "warrant-forgotten", "start_empty", f, 3) ? LI_OK : LI_EIO;
}

static enum li_err forget(struct service *s)
{
	enum li_err e, e2;

	audit_begin(s->audit);
	e = store_load(s->store, forget_dest, forget_warrant, s);
	e2 = audit_end(s->audit);
	e = e ? e : e2;
	if (!e)
		e = store_begin(s->store);
	if (e)
		return e;
	e = store_forget(s->store);
	if (!e)
		e = store_commit(s->store);
	if (!e && s->x1)
		x1_forget(s->x1);
	if (!e)
		return LI_OK;
	store_rollback(s->store);
	return e;
}

static bool open_taps(struct service *s)
{
	struct pipeline_conf p = { .loop = &s->loop, .conf = s->c.conf, .core = s->core, .mediate = s->mediate,
				   .warrants = s->warrants, .index = s->index, .clock = service_clock,
				   .ended = on_taps_ended, .arg = s };
	char err[ERR_TEXT] = "";

	if (RAND_bytes(p.key, sizeof(p.key)) != 1)
		return false;
	s->pipeline = pipeline_open(&p, err, sizeof(err));
	if (!s->pipeline)
		li_log(LI_LOG_ERR, "%s", err);
	return s->pipeline != NULL;
}

/* What `systemctl status` shows: whether somebody has to look. */
static void tell_state(struct service *s)
{
	size_t n = alarms_all_raised(watch_alarms(s->watch));
	char text[64];

	if (!s->c.ready || n + 1 == s->told_alarms)
		return;
	s->told_alarms = n + 1;
	snprintf(text, sizeof(text), n ? "STATUS=%zu alarms: see mdfctl status" : "STATUS=well", n);
	s->c.ready(text);
}

static void on_look(uv_timer_t *t)
{
	struct service *s = t->data;

	watch_look(s->watch, false);
	tell_state(s);
	service_troubles_look(s);
	service_http_look(s);
	if (s->x1)
		x1_look(s->x1);
}

static bool open_watch(struct service *s)
{
	s->watch = watch_new(s);
	if (!s->watch)
		li_log(LI_LOG_ERR, "out of memory");
	return s->watch != NULL;
}

struct service *service_open(const struct service_conf *c)
{
	struct service *s = calloc(1, sizeof(*s));
	struct conf_warrants *w = NULL;
	enum li_err e;

	if (!s)
		return NULL;
	s->c = *c;
	uv_loop_init(&s->loop);
	uv_async_init(&s->loop, &s->wish, on_wish);
	uv_timer_init(&s->loop, &s->timer);
	uv_timer_init(&s->loop, &s->look);
	uv_timer_init(&s->loop, &s->alive);
	s->wish.data = s->timer.data = s->look.data = s->alive.data = s;
	s->handles = 4;
	if (!open_store(s))
		goto failed;
	s->since = service_clock();
	if (!service_audit(s, "start", "mdfd", NULL, 0) || !audit_configuration(s, "mdfd") ||
	    (s->store_lost && !service_audit(s, "store-lost", "mdfd --new-store", NULL, 0)))
		goto failed;	/* what cannot be recorded is not begun */
	if (!open_handover(s) || !open_mediation(s) || !recover(s) || !open_taps(s) || !service_ctl_open(s) ||
	    !open_watch(s) || !service_http_open(s) || !service_x1_open(s) || !service_x_open(s))
		goto failed;
	e = service_check(c->conf, false, &w, say_log, NULL) ? LI_ECONFIG : LI_OK;
	if (!e && !service_sandbox(s, w)) {	/* everything is open, and no thread runs yet */
		conf_warrants_free(w);
		goto failed;
	}
	if (!e)
		e = rcu_start();
	s->rcu = !e;
	if (!e && s->http)
		e = http_start(s->http);
	if (!e && s->x1)
		e = x1_start(s->x1);
	if (!e && c->conf->start_empty)
		e = forget(s);	/* its destinations' certificates stay allowed: they come again */
	if (!e)
		e = warrants_load(s->warrants);
	if (!e)
		mediate_warrants_loaded(s->mediate, s->store_lost);
	if (!e)
		service_x1_loaded(s);
	if (!e)
		e = apply(s, w, "file", say_log, NULL);
	if (!e)
		mediate_loaded(s->mediate, !c->conf->start_empty);
	conf_warrants_free(w);
	if (e) {
		li_log(LI_LOG_ERR, "warrants: %s", li_err_text(e));
		goto failed;
	}
	service_spool_orphans(s);
	return s;
failed:
	service_free(s);
	return NULL;
}

/*
 * The service manager is told that the control loop still turns, at half of the time after which it would end us. A file tap's
 * loop may wait, for as long as it takes, for room in a queue: it is not watched.
 */
static void on_alive(uv_timer_t *t)
{
	struct service *s = t->data;

	s->c.ready("WATCHDOG=1");
}

static void watch_over(struct service *s)
{
	uint64_t ms = (uint64_t)(s->c.watchdog / 2 / 1000);

	if (s->c.watchdog <= 0 || !s->c.ready)
		return;
	if (s->wait)
		s->c.ready("WATCHDOG_USEC=0");
	else
		uv_timer_start(&s->alive, on_alive, ms, ms ? ms : 1);
}

enum service_end service_run(struct service *s)
{
	if (pipeline_start(s->pipeline)) {
		li_log(LI_LOG_ERR, "taps: no thread");
		stop(s, SERVICE_FAILED);
	} else if (s->c.ready) {
		s->c.ready("READY=1");
		watch_over(s);
	}
	if (!s->stopping && service_x_start(s)) {
		li_log(LI_LOG_ERR, "x2x3: no thread");
		stop(s, SERVICE_FAILED);
	}
	li_log(LI_LOG_NOTICE, "mdfd %s: %zu taps, %zu warrants", LI_VERSION, s->c.conf->n_taps, warrants_count(s->warrants));
	watch_look(s->watch, true);
	uv_timer_start(&s->look, on_look, LOOK_MS, LOOK_MS);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	return s->end;
}

/* After a run, or of whatever service_open() had come to. */
void service_free(struct service *s)
{
	if (!s)
		return;
	if (s->pipeline || s->hm) {	/* never run */
		s->end = SERVICE_FAILED;
		if (s->pipeline)
			stop(s, SERVICE_FAILED);
		else
			close_hm(s);
		uv_run(&s->loop, UV_RUN_DEFAULT);
	} else if (s->handles) {
		close_handles(s);
		uv_run(&s->loop, UV_RUN_DEFAULT);
	}
	door_free(s->door);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	if (s->rcu)
		rcu_stop();
	x1_free(s->x1);
	watch_free(s->watch);
	core_free(s->core);
	warrants_free(s->warrants);
	mediate_free(s->mediate);
	index_free(s->index);
	service_troubles_end(s);
	if (s->audit) {
		(void)service_audit(s, "stop", "mdfd", NULL, 0);
		audit_close(s->audit, service_clock());
	}
	store_close(s->store);
	uv_loop_close(&s->loop);
	free(s);
}
