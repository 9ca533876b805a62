/*
 * product.h: which orders a PDU of X2 or X3 belongs to. A task is found by its XID, or by its ProductID (TS 103 221-1 clause
 * 6.2.1.2); a correlation of it is one communication (comm.h): a CIN for each of the task's warrants.
 *
 *	a worker of the door	product_find, comm_route: read without a lock, good until its next quiescent state
 *	the control loop	everything else
 */
#ifndef MEDIATION_X_PRODUCT_H
#define MEDIATION_X_PRODUCT_H

#include <sys/queue.h>

#include "asn1/strip.h"
#include "mediation/intercept.h"
#include "mediation/x/convert.h"
#include "mediation/x/held.h"
#include "mediation/x/known.h"

struct comm;
struct products;
TAILQ_HEAD(comm_list, comm);
TAILQ_HEAD(sms_list, comm);

#define PRODUCT_HELD 4		/* kinds of functions that register one subscriber: AMF, MME, UDM or HSS, and one more */
struct product {
	struct rcu_node node;		/* for its end */
	uint64_t handle;		/* never used twice by one process: half of the key of its communications */
	/* the control loop's */
	const struct task *task;
	struct li_xid xid;
	size_t warrants;		/* those that are in_product */
	struct comm_list comms;
	size_t n_comms;
	struct sms_list messages;	/* that a report may answer, the oldest first: sms.h */
	size_t n_messages;
	struct held_event held[PRODUCT_HELD];	/* of no communication: that its target is registered, and where */
	struct known known;		/* likewise */
	struct kept *kept;		/* its row: keep.h; NULL: none */
};

enum x_count {
#define COUNT(name, help, alarm) X_##name,
#include "mediation/x/x.tbl"
#undef COUNT
	X_COUNTS
};

struct products {
	struct mediate *m;
	struct index *ids;		/* XID or ProductID: struct product */
	struct index *routes;		/* {product, correlation}, sender: struct xroute; {product, correlation}: struct comm */
	struct comm_list lru;		/* the one that was heard of longest ago first */
	struct comm_list round;		/* all, looked at one after the other */
	struct sms_list messages;
	size_t n_products, n_comms, n_messages;
	uint64_t last_handle;
	struct buf message;		/* what is made of the PDU of the moment */
	struct buf party;		/* that without what is of the other party */
	struct buf start;		/* a start of interception, which may be made while that is under way */
	_Atomic li_us patience;		/* pressure.h */
	size_t coming;			/* octets of records, about, that the turn coming_in has under way */
	uint64_t coming_in;
	struct buf given, stripped, limited;	/* the record of the moment: before and after content, and then locations, were taken out of it for a warrant */
	_Atomic uint64_t count[X_COUNTS], converted[CONVERT_WHYS], taken[STRIP_KINDS];
};

/* What X2 and X3 are mediated with. NULL: no memory. */
struct products *products_new(struct mediate *m, uint64_t seed);
/* After the door's workers have ended and the warrants are gone. */
void products_free(struct products *x);

/* From order.c and mediate.c: a warrant is there; goes (its interceptions have ended); is in force from t on; its task has another ProductID. */
void products_added(struct products *x, struct warrant *w);
void products_removed(struct products *x, struct warrant *w);
void products_begin(struct products *x, struct warrant *w, li_us t);
/* What of it could not begin does now. untold: nor has what belongs to no session been told. */
void products_again(struct products *x, struct warrant *w, li_us t, bool untold);
void products_renamed(struct products *x, const struct task *t, const struct li_xid *old);
/* About every second: what has not been heard of for long goes, and numbers that are missing for long are lost. */
void products_tick(struct products *x);

/* Every communication that there is. fn must not change any. */
void products_each_comm(const struct products *x, void (*fn)(void *arg, const struct comm *c), void *arg);

/* Over a restart (keep.h), what is held of it: is there any that a warrant in force may ask for? In octets of a form of ours, and back,
 * told to warrants that came into force meanwhile: *out NULL: no task has its XID any more. LI_EFORMAT, LI_ETRUNC, LI_EUNKNOWN, LI_ENOMEM. */
bool product_is_kept(const struct product *p);
enum li_err product_save(const struct product *p, struct buf *b) LI_MUST;
enum li_err product_restore(struct products *x, struct view body, li_us now, struct product **out) LI_MUST;

/* By XID or ProductID (LI128-031). NULL: no warrant, in force or not, has it. Any thread that is a reader. */
struct product *product_find(const struct products *x, const struct li_xid *xid);

/* Keys of both indexes: sixteen octets and a number. */
#define X_COMM_KEY UINT32_MAX		/* no sender has it: the communication itself */
static inline struct li_addr x_key_id(const struct li_xid *id)
{
	struct li_addr a = { .family = 6 };

	memcpy(a.b, id->b, sizeof(a.b));
	return a;
}
static inline struct li_addr x_key_comm(uint64_t product, uint64_t correlation)
{
	struct li_addr a = { .family = 6 };

	memcpy(a.b, &product, 8);
	memcpy(a.b + 8, &correlation, 8);
	return a;
}

static inline void x_counts(struct products *x, enum x_count c, uint64_t n)
{
	atomic_fetch_add_explicit(&x->count[c], n, memory_order_relaxed);
}
uint64_t x_counter(const struct products *x, enum x_count c);
const char *x_counter_name(enum x_count c);
/* Records out of which content of this kind was taken, each for a warrant. */
uint64_t x_taken(const struct products *x, enum strip kind);

#endif
