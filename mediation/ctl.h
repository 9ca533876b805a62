/*
 * ctl.h: the control socket, a unix stream socket of mode 0660. Who asks is known from the kernel (SO_PEERCRED,
 * SO_PEERGROUPS): root, the service's own user and members of the admin group may see and change; members of the other
 * group may see. Every request is audited before it is answered, reads and refusals too.
 *
 * A request is one line, "VERB [ARGUMENT]" or "VERB [ARGUMENT] +N" with N octets of a document after the line; an answer
 * is one line of JSON, {"ok":true, …} or {"ok":false,"error":"…","faults":["file:line: key: reason", …]}. A connection
 * may ask any number of times, one after the other.
 */
#ifndef MEDIATION_CTL_H
#define MEDIATION_CTL_H

#include <sys/types.h>
#include <uv.h>

#include "mediation/json.h"

#define CTL_CLIENTS_MAX 16	/* people and scripts at once; a seventeenth is closed at once */
#define CTL_LINE_MAX 512	/* a verb and its argument; a LIID has 25 octets, a file name for messages 255 */
#define CTL_BODY_MAX (64u << 20)	/* a document of warrants: some 100,000 of them */
#define CTL_WHO_MAX 64
#define CTL_IDLE_MS 30000	/* a client that neither asks nor reads for that long is let go: there are few places */

struct ctl_peer {
	uid_t uid;
	pid_t pid;
	bool may_see, may_change;
};

struct ctl_request {
	const char *verb;		/* as in the table */
	const char *argument;		/* "" when there is none */
	struct view body;
	const struct ctl_peer *peer;
	char who[CTL_WHO_MAX];		/* "uid:0 pid:1 socket": for the audit log */
};

/* An answer in the making: members of {"ok":true, …}. Setting an error throws them away. */
struct ctl_answer {
	struct json json;
	char error[256];
	struct buf faults;		/* a line a fault */
};
void ctl_error(struct ctl_answer *a, const char *fmt, ...) LI_PRINTF(2, 3);
/* A conf_say: arg is the struct ctl_answer. */
void ctl_fault(void *answer, const char *line);

enum ctl_argument { CTL_NONE, CTL_OPTIONAL, CTL_REQUIRED };
struct ctl_verb {
	const char *name;		/* "warrant list" */
	bool changes;			/* only for those who may */
	enum ctl_argument argument;
	bool body;
	/* Does the argument name an object that there is? Only then it stands in the audit log: what was mistyped may be an
	 * identity. NULL: it never does. */
	bool (*names)(void *arg, const char *argument);
	void (*fn)(void *arg, const struct ctl_request *r, struct ctl_answer *a);
	void *arg;
	/* Names no subscriber and no warrant, as the metrics do: answered also where the audit log takes no entry, because that is what
	 * shows why. */
	bool figures;
};

/* Before a request is answered. result: "allowed", "refused", "unknown"; object: the argument of verbs that name a LIID
 * or DID, "" else. Anything but LI_OK: the request is not carried out. */
typedef enum li_err ctl_audit(void *arg, const char *who, const char *verb, const char *result, const char *object);

struct ctl;
/* Tables are borrowed until the ctl is closed. group, admin_group: unix groups, NULL: none. The socket is made at once (an
 * old one nobody listens on is removed), so that rights may be given up after. err: for people. */
struct ctl *ctl_new(uv_loop_t *loop, const char *path, const char *group, const char *admin_group,
		    const struct ctl_verb *const tables[], const size_t counts[], size_t n_tables, ctl_audit *audit, void *arg,
		    char *err, size_t errlen);
/* closed: nothing of it is left on the loop. Removes the socket. */
void ctl_close(struct ctl *c, void (*closed)(void *arg), void *arg);

/* -- verbs over warrants and destinations (ctl_warrant.c) -- */
struct warrants;
struct conf;
struct mediate;
struct ctl_warrants {
	struct warrants *warrants;
	const struct conf *conf;	/* may change on reload */
	/* Names of the taps that can see this kind of identity (enum li_id_kind), as strings into an open array.
	 * NULL: not shown. */
	void (*taps)(void *arg, int id_kind, struct json *array);
	void *arg;
	struct mediate *mediate;	/* tells agencies; NULL: nobody does */
};
#define CTL_WARRANT_VERBS 15
/* Fills the table: warrant list, show, add, end, purge, suspend, resume, test, reset-cin, message, inform; destination list, show, add, remove. cw is borrowed. */
void ctl_warrant_verbs(struct ctl_warrants *cw, struct ctl_verb table[CTL_WARRANT_VERBS]);
/* It changes no order: agencies are told something. */
bool ctl_only_tells(const char *verb);
/* The verb "audit show [N]": the last N entries of the log (default 20). */
struct ctl_verb ctl_audit_verb(const char *file);

#endif
