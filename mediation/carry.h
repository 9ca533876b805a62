/*
 * carry.h: several warrants of one LIID may cover one session of the taps: by the IMSI in one task, by the number in another. The agency
 * gets it once: of each kind and destination one of them carries it, the others do not, and go on with it when that one ends. Of X2
 * and X3 each task has its own reports, and nothing is shared. Internal to mediation. Control loop only.
 *
 *	carry_session	a warrant covers a session, or does not any more: who carries what is settled anew
 *	intercept_pass	one goes on with what another one had, under its CIN
 *	carry_dests	a record of no session: for which destinations a warrant gives it
 *
 * Of IRI, whoever's scope leaves out less goes before; then he who gives the destination both kinds, so that they have one CIN; then he
 * who carries it already, and the older one. Where each leaves out something that the other does not, both deliver.
 */
#ifndef MEDIATION_CARRY_H
#define MEDIATION_CARRY_H

#include "mediation/matching.h"

/* Does another warrant than w have the LIID? */
bool carry_is_shared(const struct mediate *m, const struct li_liid *liid, const struct warrant *w);

struct carrying {
	struct mediate *m;
	struct session *s;
	li_us t;
	unsigned tap;
	/* An interception that begins on a session that is ready; NULL: nothing more is done with it. */
	void (*begun)(struct mediate *m, struct intercept *ic, li_us t, unsigned tap);
};
/* That, for intercept_open(). arg: the struct carrying. */
void carry_begun(void *arg, struct intercept *ic);
/* Those of the warrants of this LIID that cover the session, but for `gone` (NULL allowed). why: it is no longer theirs. */
void carry_session(const struct carrying *c, const struct li_liid *liid, const struct warrant *gone, const char *why);
/* The warrant of the interception covers its session no more: another one goes on with it, or it is closed. */
void carry_leave(struct mediate *m, struct intercept *ic, li_us t, const char *why);

/* Those destinations of w that are given a record of that instant by it, and not by another one in x, under the same LIID. */
dest_set carry_dests(struct mediate *m, const struct matching *x, const struct warrant *w, li_us t);
/* The same of what is told when it begins: by another one only if that begins then, too. */
dest_set carry_start(struct mediate *m, const struct matching *x, const struct warrant *w);

/* The window of its content: those who would go on with it when its own warrant ends are in it. */
void carry_window(const struct intercept *ic, li_us *from, li_us *until);

#endif
