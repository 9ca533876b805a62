/*
 * lemf_rules.h: what an agency expects of each peer, by the name in its certificate: whose interceptions it may deliver, how many
 * connections it may have, how much it may send. Pure.
 */
#ifndef HANDOVER_LEMF_RULES_H
#define HANDOVER_LEMF_RULES_H

#include <li/buf.h>
#include <li/time.h>

#define LEMF_RULES_MAX 64		/* peers with rules: names, as many as TLS takes */
#define LEMF_PATTERNS_MAX 1000000	/* of all peers: an interception each at the most */

struct lemf_rule {
	char name[256];			/* of the peer */
	char **exact;			/* folder names <country>-<operator>-<LIID> without a wildcard, sorted */
	size_t n_exact, cap_exact;
	char **pattern;			/* as of fnmatch(3) */
	size_t n_pattern, cap_pattern;
	unsigned connections;		/* at once; 0: as many as there are */
	bool refuses;			/* what is not expected ends its connection; else that is kept aside */
	uint64_t rate;			/* octets a second over all its connections; 0: no limit */
	/* in use */
	unsigned conns;
	uint64_t allowance;		/* octets of this second that are left */
};
struct lemf_rules {
	struct lemf_rule rule[LEMF_RULES_MAX];
	unsigned n;
	size_t n_patterns;
};

/* Options of lemfd, which cut text in two; false: err says why. NAME=PATTERN; NAME=@FILE: a pattern a line, # begins a comment. */
bool lemf_rules_expect(struct lemf_rules *r, char *text, char *err, size_t n);
/* NAME=connections=N,rate=SIZE, either or both; SIZE is a number of octets with KiB, MiB or GiB behind it, or none. */
bool lemf_rules_limit(struct lemf_rules *r, char *text, char *err, size_t n);
/* NAME=aside or NAME=refuse: what becomes of a PDU that is not expected. */
bool lemf_rules_unexpected(struct lemf_rules *r, char *text, char *err, size_t n);
/* After the last of them. */
void lemf_rules_ready(struct lemf_rules *r);
void lemf_rules_fini(struct lemf_rules *r);

/* NULL: nothing is said of it. */
struct lemf_rule *lemf_rule_of(struct lemf_rules *r, const char *name);
/* May it deliver that interception? Where no --expect names it, all. HO-PSH-018 */
bool lemf_rule_expects(const struct lemf_rule *r, const char *folder);

#endif
