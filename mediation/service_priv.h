/* service_priv.h: the service's parts, for service.c and service_ctl.c. */
#ifndef MEDIATION_SERVICE_PRIV_H
#define MEDIATION_SERVICE_PRIV_H

#include <errno.h>
#include <stdatomic.h>
#include <uv.h>

#include "handover/sandbox.h"
#include "mediation/clock.h"
#include "mediation/http.h"
#include "mediation/pipeline.h"
#include "mediation/rcu.h"
#include "mediation/secret.h"
#include "mediation/service.h"
#include "mediation/x/door.h"
#include "mediation/x/product.h"

#define SERVICE_ORPHANS 16	/* destinations that are gone and have something on disk: so many are named */

#define SERVICE_REFUSED 16	/* kinds of refused clients that are told apart */

struct service_ctl;
struct alarms;
struct http;
struct watch;
struct x1;
struct trouble_of;

struct service {
	struct service_conf c;
	uv_loop_t loop;
	uv_async_t wish;
	uv_timer_t timer;		/* drain_timeout */
	uv_timer_t look;		/* each second: watch.c */
	uv_timer_t alive;		/* the service manager's watchdog */
	unsigned handles;
	_Atomic unsigned wishes;	/* bits: enum service_wish */
	li_us since;
	bool rcu, wait, stopping, closing;
	bool store_lost;		/* it was made anew beside an audit log that has entries */
	size_t told_alarms;		/* to the service manager: 1 more than that; 0: nothing yet */
	enum service_end end;
	uint64_t kept, lost;		/* undelivered at the end: on disk; nowhere */

	struct store *store;
	struct audit *audit;
	struct hm *hm;
	struct index *index;
	struct mediate *mediate;
	struct core *core;
	struct warrants *warrants;
	struct pipeline *pipeline;
	struct service_ctl *ctl;
	struct watch *watch;
	struct hm_orphan orphan[SERVICE_ORPHANS];	/* as last seen */
	size_t n_orphans;
	li_us orphans_due;
	struct http *http;		/* metrics; NULL: none */
	struct x1 *x1;			/* NULL: none */
	struct trouble_of *troubles;
	struct door *door;		/* X2 and X3; NULL: none */
	uint64_t door_seen[DOOR_COUNTS], x_seen[X_COUNTS], converted_seen[CONVERT_WHYS];	/* counters, when they were last looked at */
	struct http_refusal refused[SERVICE_REFUSED];	/* its clients: how many of each have not been audited */
	const char *refused_at[SERVICE_REFUSED];	/* by which listener */
	li_us refused_told[SERVICE_REFUSED];
	struct mediate_point points[LI_TAPS_MAX];
	char sandbox[SANDBOX_TEXT + 16];	/* in a word, for mdfctl status */
	char boot[CLOCK_BOOT];		/* of mediate_conf, too */
	char identity[64];		/* of mediate_conf: at most 20 + 2 * 16 + 2 octets and blanks */
};

/* False: not written, and logged. */
bool service_audit(struct service *s, const char *event, const char *who, const struct audit_field f[], size_t n);
/* mdfd.yaml, the file of warrants and the certificates are read and checked, then take effect as far as they can while
 * the service runs; keys that cannot are logged and told to left() (NULL allowed). LI_ECONFIG: refused, tell() has the
 * faults; whatever it refuses, nothing has changed. */
enum li_err service_reload(struct service *s, const char *who, conf_say *tell, conf_say *left, void *arg) LI_MUST;

/* A client of this listener was refused: an alarm, and in the audit log soon. */
void service_client_refused(struct service *s, const char *listener, const struct http_refusal *r);
bool service_x1_open(struct service *s);
void service_x1_loaded(struct service *s);	/* warrants have been: is anybody there who may end them? */
/* end_of_task of the ADMF that is this owner; mediate_conf.purges. */
bool service_x1_purges(void *service, const char *owner);
void service_x1_renew(struct service *s);	/* its certificates are read anew */
bool service_http_open(struct service *s);
void service_http_renew(struct service *s);	/* its certificates are read anew */
void service_http_look(struct service *s);	/* each second */
void service_http_close(struct service *s);	/* its handle closes by itself */
/* A client of this listener was refused: an alarm, and in the audit log soon. */
void service_client_refused(struct service *s, const char *listener, const struct http_refusal *r);
/* service_dest.c: of struct hm_ops */
void service_dest_rests(void *arg, struct hm_dest *d, enum li_hi kind, unsigned lane);
void service_dest_telling(void *arg, bool begins);
void service_dest_up(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_up *up);
void service_dest_down(void *arg, struct hm_dest *d, enum li_hi kind, unsigned lane, const char *why);
void service_dest_refused(void *arg, struct hm_dest *d, enum li_hi kind, const char *why, const struct tls_refusal *r);
void service_dest_dropped(void *arg, struct hm_dest *d, enum li_hi kind, uint64_t pdus);
/* n octets as 2 * n digits and a NUL. */
void service_hex(const uint8_t *p, size_t n, char *out);

bool service_x_open(struct service *s);
enum li_err service_x_start(struct service *s) LI_MUST;
void service_x_renew(struct service *s);	/* its certificates are read anew */
void service_x_alarms(struct service *s, struct alarms *a);	/* each second */
void service_x_stop(struct service *s, void (*stopped)(void *arg));	/* with the service, at once where there is no door */
/* Gives up what is no longer needed; w: the warrants about to be applied, or NULL. False: no start without it; logged. */
bool service_sandbox(struct service *s, const struct conf_warrants *w);
struct hm_seals service_seals(void);
/* out: as the configuration names it; key: room that is the caller's to wipe. False: there is no key, and the log says why. */
bool service_spool(struct service *s, struct hm_spool *out, uint8_t key[SECRET_KEY]);
/* Segments that no destination will take: they stay, and somebody has to know. */
void service_spool_orphans(const struct service *s);
void service_spool_alarms(struct service *s, struct alarms *a);

/* What the audit log hears of as an episode (service_trouble.c). */
enum trouble {
	TROUBLE_SPOOL_FULL, TROUBLE_SPOOL_REFUSED, TROUBLE_SPOOL_UNREADABLE,	/* a destination's, of a kind */
	TROUBLE_DROPS, TROUBLE_DAMAGE,		/* likewise, by service_lost() */
	TROUBLE_DISK_FULL,			/* disk: its name, a text that stays */
};
/* It is so, or not, now: asked about every second. did or disk, the other NULL. */
void service_trouble(struct service *s, enum trouble what, const struct li_did *did, enum li_hi kind, const char *disk, bool bad);
void service_lost(struct service *s, const struct li_did *did, enum li_hi kind, const struct hm_loss *l);
void service_troubles_look(struct service *s);	/* each second */
void service_troubles_end(struct service *s);	/* before the audit log closes */

bool service_ctl_open(struct service *s);
void service_ctl_close(struct service *s);	/* its handles close by themselves */

#endif
