/* conf.h: mdfd's configuration and warrants.yaml, read whole, checked whole: every fault is reported, with file, line
 * and key, and never an identity's value. A conf is a plain object; a bad file changes nothing. */
#ifndef MEDIATION_CONF_H
#define MEDIATION_CONF_H

#include <li/record.h>
#include "handover/hm.h"
#include "mediation/tap/tap.h"
#include "mediation/warrant/scope.h"

struct conf_tap {
	int line;
	char *name, *interface, *file, *filter;
	char *nf_any, *nf_smf, *nf_upf, *nf_amf;	/* network function ids; nf_any for kinds not named */
	bool n3, n9;
	bool deduplicate;
};

struct conf_warrant {
	int line;
	struct li_liid liid;
	struct li_xid xid;
	bool has_product_id;
	struct li_xid product_id;
	struct warrant_scope scope;
	bool has_auth_country;
	struct li_country auth_country;
	bool hi2, hi3, suspended;
	li_us start, end;
	size_t n_targets;
	struct li_id target[LI_TARGETS_TASK];	/* canonical (target.h); texts owned by the conf */
	size_t n_dests;
	struct li_did dest[LI_DESTS_WARRANT];
};

/* x2x3: where points of interception connect. */
#define CONF_X_LISTENERS_MAX 8
#define CONF_X_PEERS_MAX 1024
#define CONF_X_WORKERS_MAX 16
struct conf_names { size_t n; char **name; };
enum { CONF_X2 = 1, CONF_X3 = 2 };
struct conf_x_listen {
	int line;
	char *address;			/* as listen.h reads it */
	struct conf_names peers;	/* none of its own: those of x2x3 */
	uint8_t kinds;			/* 0: those of x2x3 */
};
struct conf_x2x3 {
	int line;
	size_t n_listen;
	struct conf_x_listen listen[CONF_X_LISTENERS_MAX];
	struct conf_names peers;
	uint8_t kinds, tls_floor;
	unsigned workers;
	li_us idle, max_skew, full_wait;
	char *certificate, *key, *ca, *crl, *ciphers, *ciphersuites;	/* NULL: those of tls */
};

#define CONF_PEERS_MAX 64	/* names of clients of one listener of HTTP */
/* x1: whom we obey over X1 (TS 103 221-1) */
#define CONF_X1_ADMFS_MAX 16	/* an operator has one; a hosted one several */
#define CONF_X1_PEERS_MAX 8	/* names of one ADMF's certificates: its machines */
#define CONF_X1_PROFILES_MAX 64
struct conf_x1_admf {
	int line;
	char *admf_id, *ne_id;		/* what it calls itself, and us; no two share a pair, nor an admf_id */
	size_t n_peers;
	char *peer[CONF_X1_PEERS_MAX];
	char *url;			/* where our reports go, with its path; NULL: nowhere */
	bool has_country;
	struct li_country country;	/* of its warrants: authorization_country */
	bool keepalive, deactivate_all, remove_all, delete_all_objects;
	bool purge;			/* end_of_task */
	li_us time_p2;
};
/* What a destination is like that X1 creates: the first whose pattern its friendlyName, its address or its DID matches. */
struct conf_x1_profile {
	int line;
	char *match;			/* as of fnmatch(3); NULL: any */
	struct hm_dest_conf d;		/* peer_name may have {name}, {address} and {did} in it */
	uint64_t moot;			/* conf_moot() */
};
struct conf_x1 {
	int line;
	char *listen, *path;
	char *certificate, *key, *ca, *crl;	/* NULL: those of tls */
	size_t max_body;
	li_us time1, time2;
	size_t n_admfs, n_profiles;
	struct conf_x1_admf admf[CONF_X1_ADMFS_MAX];
	struct conf_x1_profile profile[CONF_X1_PROFILES_MAX];
};

/* What is said once of many destinations, by name; what it inherits is in it already. */
#define CONF_PROFILES_MAX 256	/* a country has some dozens of agencies, and most of them one profile */
struct conf_profile {
	int line;
	char *name;
	struct hm_dest_conf d;
};

enum conf_sandbox {
	CONF_SANDBOX_WANTED,		/* what the kernel has not is logged */
	CONF_SANDBOX_REQUIRED,		/* all of it, or no start */
	CONF_SANDBOX_OFF,
};

struct conf {
	char *file;			/* as given to -c; relative paths in it are relative to its folder */
	/* mdf */
	char operator_id[LI_OPERATOR_MAX + 1], element_id[LI_ELEMENT_MAX + 1];
	bool has_delivery_country;
	struct li_country delivery_country;
	uint8_t release, version;
	char *state_dir, *state_key, *control_socket;	/* state_key: in state_dir unless absolute */
	char *control_group, *control_admin_group;	/* who sees; who sees and changes; NULL: root only */
	char *user;			/* becomes this user after the start; NULL: stays who it is */
	enum conf_sandbox sandbox;
	li_us drain_timeout, resume_within;
	char *certificate, *key, *ca, *crl, *ciphers, *ciphersuites;
	uint8_t tls_floor;		/* enum tls_floor */
	bool start_empty;		/* warrants and destinations of the store are forgotten at start */
	size_t n_taps;
	struct conf_tap tap[LI_TAPS_MAX];
	char *audit_file, *audit_key, *audit_pub;	/* in state_dir unless absolute; pub is key with ".pub" */
	size_t audit_rotate;		/* octets; 0: never */
	uint8_t audit_mirror;		/* enum audit_mirror */
	bool spool;			/* there is one */
	char *spool_dir, *spool_key;	/* in state_dir; in this file's folder, unless absolute; NULL without */
	char *warrants_file;		/* NULL: none */
	size_t n_profiles;
	struct conf_profile *profile;
	struct conf_x1 *x1;		/* NULL: none */
	/* metrics: NULL: none; as listen.h reads it, "unix:" relative to the file's folder too */
	char *metrics_listen;
	size_t n_metrics_peers;		/* above 0: TLS, and a client bears one of these names */
	char *metrics_peer[CONF_PEERS_MAX];
	char *metrics_certificate, *metrics_key, *metrics_ca, *metrics_crl;	/* NULL: those of tls */
	struct conf_x2x3 *x2x3;		/* NULL: none */
};

struct conf_warrants {
	char *file;			/* as named in messages */
	size_t n_dests;
	struct hm_dest_conf *dest;	/* strings owned here */
	int *dest_line;
	uint64_t *dest_moot;		/* conf_moot() */
	size_t n_warrants;
	struct conf_warrant *warrant;
};

/* Faults go to say(), one a call, already formatted "file:line: key: reason"; NULL is returned when there was any. */
typedef void conf_say(void *arg, const char *line);
struct conf *conf_load(const char *file, conf_say *say, void *arg);
void conf_free(struct conf *c);

/* A running service's conf becomes what `from` says, as far as that can be while it runs: each key that cannot goes to
 * left() and stays as it is. Cannot fail; `from` has the old values afterwards and is freed as usual. */
void conf_take(struct conf *to, struct conf *from, conf_say *left, void *arg);

/* Destinations that exist already, which a document may refer to without repeating them; NULL where there are none. */
typedef const struct hm_dest_conf *conf_known(void *arg, const struct li_did *did);
/* c gives the defaults that a destination inherits. text: NULL to read file, else the document itself (mdfctl). */
struct conf_warrants *conf_warrants_load(const struct conf *c, const char *file, const struct view *text,
					 conf_known *known, void *known_arg, conf_say *say, void *arg);
void conf_warrants_free(struct conf_warrants *w);

/* The options of a destination that are other than where nothing is said, as JSON in the words of warrants.yaml, with a NUL behind. */
enum li_err conf_dest_said(const struct hm_dest_conf *d, struct buf *out) LI_MUST;

/* Tells of what is said in them without effect, a warning a line. w NULL: there are none. */
void conf_moot_tell(const struct conf *c, const struct conf_warrants *w, conf_say *say, void *arg);

#endif
