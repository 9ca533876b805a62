/* ctx_int.h: a context's insides, for ctx.c (its life, its marks) and record.c (how a record takes its number and its places). */
#ifndef HANDOVER_CTX_INT_H
#define HANDOVER_CTX_INT_H

#include "asn1/cc_template.h"
#include "asn1/ps_aggregate.h"
#include "asn1/ps_wrap.h"
#include "handover/hm_int.h"

#define CTX_MAGIC 0x63747820u

struct profile {		/* destinations whose octets are the same; what is laid out for them, by point */
	const struct hm_dest_conf *of;		/* the first one's, which the context holds */
	uint8_t release, version, cc_form;	/* of it: what each packet asks for */
	uint8_t times;				/* enum ps_times */
	bool wrapped;				/* in containers (asn1/ps_wrap.h), which its delivery function encrypts */
	bool wraps_tri;				/* also TRI about a record */
	union {
		struct ps_head *head;		/* HI2 */
		struct cc_template **tmpl;	/* HI3 */
	};
};

struct target {			/* one destination of the context; sorted by queue_id, the order of locking */
	struct hm_lane *lane;	/* the first of its side */
	struct way *way;	/* NULL: it is the only one */
	uint8_t profile;
	uint8_t given;		/* its place in the caller's dests */
	uint16_t counter;	/* where its profile is wrapped: seq_counter() */
	uint32_t taken;		/* under the seq's lock: records that had a place in q, since ctx_take_taken() */
};

struct hm_ctx {
	uint32_t magic;
	uint8_t kind;		/* enum li_hi */
	uint8_t n_points, n_targets, n_profiles;
	uint8_t families;	/* HI3: bits */
	uint8_t n_lacking;
	bool dead;		/* ctx_purge(); under the seq's lock */
	uint32_t segment;	/* object_segment() */
	struct seq *seq;
	struct hm *hm;
	struct profile *profile;	/* behind the targets, and behind these the profiles' places for templates: two cache lines, where there is one target */
	union {
		uint8_t *octets;		/* HI2: the points' */
		struct hm_dest **lacking;	/* HI3: destinations whose release lacks one of the families */
	};
	struct bundle *bundle;	/* where its targets have agreed to have records in one PDU; else NULL */
	struct group_link group;
	struct target target[];
};

static inline struct hm_dest *dest_of(const struct hm_ctx *c, unsigned i)
{
	return c->target[i].lane->side->dest;
}

/* It changes under the seq's lock alone. */
static inline struct queue *queue_of(const struct hm_ctx *c, unsigned i)
{
	const struct target *g = &c->target[i];

	return (g->way ? way_lane(g->way) : g->lane)->q;
}

static inline bool ctx_is_dead(const struct hm_ctx *c)
{
	return c->dead | c->seq->dead;
}

static inline bool is_wrapped(const struct hm_ctx *c, unsigned i)
{
	return c->profile[c->target[i].profile].wrapped;
}

/* -- record.c ------------------------------------------------------------------------------------------------------ */
struct places {			/* a record's places, by target */
	struct queue *q[LI_DESTS_WARRANT];	/* which: record_place() */
	size_t n[LI_DESTS_WARRANT];	/* octets; 0: not for this one */
	struct ps_wrap wrap[LI_DESTS_WARRANT];	/* where the target's profile is wrapped */
	struct queue_slot slot[LI_DESTS_WARRANT];
	enum li_err got[LI_DESTS_WARRANT];
};

/* What comes too late for all of its destinations: LI_ENOTFOUND. */
enum li_err record_too_late(const struct hm_ctx *c);
/* byteCounter of what target i gets next; the context is locked. */
uint64_t record_byte_counter(const struct hm_ctx *c, unsigned i);
/* With the context locked: the number and a place in every queue are one act, so that in each queue the order is the order of numbers, and a
 * drop in one is a gap there alone. With wait: LI_EAGAIN, and nothing is taken, when queue *full has no room. early: the number was
 * taken before; else it is seq->next, and is. */
enum li_err record_place(struct hm_ctx *c, struct places *pl, uint32_t number, li_us t, bool early, bool wait, unsigned *full) LI_MUST;
/* A packet as destinations of this profile get it. */
const struct cc_template *record_content(const struct profile *f, unsigned point, const struct hm_packet *p, struct ps_cc *cc);
/* Octets of a packet as target i gets it, with the seq locked; w: of its container. And they are written. */
size_t record_cc_size(const struct hm_ctx *c, unsigned i, const struct cc_template *tmpl, const struct ps_cc *cc, uint32_t number, li_us t,
		      struct ps_wrap *w);
void record_cc_write(const struct hm_ctx *c, unsigned i, const struct cc_template *tmpl, const struct ps_cc *cc, uint32_t number, li_us t,
		     uint8_t *to, size_t n, const struct ps_wrap *w);
/* One that goes alone. It is of the context's families. */
enum li_err record_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait) LI_MUST;
enum li_err record_iri(struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], bool wait) LI_MUST;

#endif
