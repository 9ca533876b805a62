/*
 * purge.h: warrants that are over, and of which what is queued is not delivered any more: whoever ended them wants it so, or their owner's
 * profile says it (x1: end_of_task), or they are suspended (TS 33.127 annex C).
 *
 *	on_act (order.c)	the audit log has it: warrant-purge
 *	store_purge_put		in the transaction of the warrant's end: a next process will know
 *	purge_take		the warrant goes: of its contexts no record is taken any more
 *	purge_flush		all of a change together: hm_purge(), and the numbers are nobody's debt (ledger_purge)
 *	purge_told		a queue tells what it had: records-purged
 *	purge_tick		nothing is left of it anywhere: forgotten
 *
 * Control loop only.
 */
#ifndef MEDIATION_PURGE_H
#define MEDIATION_PURGE_H

#include <sys/queue.h>

#include "handover/hm.h"
#include "handover/table.h"
#include "mediation/audit.h"
#include "mediation/warrant/warrant.h"

struct mediate;

struct purge_one {
	TAILQ_ENTRY(purge_one) all;
	struct link by_handle;
	uint64_t handle;
	struct li_liid liid;
	uint64_t serial;		/* hm_purge()'s; 0: not yet */
	bool stored, told;		/* to the audit log */
	bool loaded;			/* of an earlier process, which may have had a spool */
};

struct purges {
	TAILQ_HEAD(purge_list, purge_one) list;		/* those without a serial are the last */
	struct table by_handle;
	size_t n;
	bool due;			/* some are not given to the handover yet */
	bool unstored;			/* some are not in the store yet */
	unsigned ticks;
	uint64_t gone;			/* the serial up to which all was gone when it was asked last */
};

void purges_init(struct purges *p);
void purges_fini(struct purges *p);
/* What earlier processes purged, before any destination is there. */
enum li_err purge_load(struct mediate *m) LI_MUST;
/* To the audit log: before it takes effect. */
enum li_err purge_audit(struct mediate *m, const struct warrant *w, const char *who, const char *why) LI_MUST;
/* The warrant is over. stored: its row is kept already, with the change that ended it. */
void purge_take(struct mediate *m, const struct warrant *w, bool stored);
/* Those take effect. Not within a turn whose entries are not synced yet. */
void purge_flush(struct mediate *m);
/* The entries of this turn could not be written. */
void purge_untold(struct mediate *m);
/* Is this handle's warrant purged? */
bool purge_is(const struct mediate *m, uint64_t handle);
/* hm_ops.purged. */
void purge_told(struct mediate *m, const struct li_did *did, enum li_hi kind, const struct hm_purged p[], size_t n);
void purge_tick(struct mediate *m);

#endif
