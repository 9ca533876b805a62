/*
 * seal_int.h: chains of integrity checks on the control loop, for hm_seal.c, which makes them, and seal_kept.c, which keeps them, puts them into the
 * queue and forgets them.
 */
#ifndef HANDOVER_SEAL_INT_H
#define HANDOVER_SEAL_INT_H

#include <sys/queue.h>

#include "handover/hm_int.h"

struct hm_check {		/* one IntegrityCheck, until it is delivered and, a Hash, signed */
	struct chain_of *of;
	enum ps_check_type type;
	uint32_t number;
	uint32_t group;		/* whose records it is about; 0: several groups' */
	struct buf pdu;		/* empty once nobody needs it */
	uint64_t place;		/* in the queue: it is delivered when that is gone */
	bool delivered, is_signed, has_row;
	TAILQ_ENTRY(hm_check) next;	/* of the lane's lists, or `done` */
	TAILQ_ENTRY(hm_check) in_chain;	/* of a Hash that is not signed */
};
TAILQ_HEAD(check_list, hm_check);

struct chain_of {		/* one LIID, CID and data type at one destination */
	uint64_t id;
	enum ps_check_data data;
	uint64_t ctx;
	uint32_t group;			/* that all its records are of; 0: of several, of which none takes it along */
	uint32_t hashes, signatures, sealed;	/* the next numbers; the first Hash that is not signed */
	struct check_list open;		/* Hashes that are not signed, in order */
	size_t n_open, open_octets;
	size_t checks;			/* that there are of it */
	struct seal_lane *at;		/* where its records went last; its Signatures follow */
	uint64_t since;			/* ms: of the first of `open` */
	bool dirty, over;
	unsigned ends;			/* lanes that are to say that its context has ended there */
	enum chain_in { AT_WORK, IS_OVER, UNCLAIMED } in;	/* the lists of the side */
	TAILQ_ENTRY(chain_of) unsigned_;	/* of the side's, where n_open */
	TAILQ_ENTRY(chain_of) changed;	/* where dirty */
	TAILQ_ENTRY(chain_of) idle;	/* of the one where `in` says so */
	TAILQ_ENTRY(chain_of) all;
	struct link by_ids;
	size_t ids_n;
	uint8_t ids[];
};
TAILQ_HEAD(chain_list, chain_of);

struct seal_lane {		/* what goes through one lane */
	struct hm_seal *of;
	struct hm_lane *lane;
	struct df_seal *df;
	_Atomic(struct seal_run *) in;	/* from the delivery thread, the newest first */
	struct seal_run *todo, **todo_at;	/* taken, in order */
	struct seal_run *waiting;	/* there is a Hash of each; not given back yet */
	struct check_list fresh, kept, sent;	/* new; in the store; in the queue too */
	bool claimed;			/* df_seal_claim(): of the first two there are some */
};

struct hm_seal {		/* a side's */
	struct hm_dest *dest;
	enum li_hi kind;
	struct seal_lane *lane;		/* in one piece */
	unsigned lanes;			/* those without a df_seal are none */
	struct seal_lane *first;
	struct table by_ids;
	size_t n;			/* chains */
	struct chain_list unsigned_;	/* with a Hash that is not signed: the oldest first */
	struct chain_list changed, all;
	struct chain_list over;		/* their contexts have ended, and nothing of them is left: to be forgotten */
	struct chain_list unclaimed;	/* of an earlier process: no context of this one has gone on with them */
	struct check_list done;		/* rows to be taken away */
	uint64_t *gone;			/* chains whose rows are to go */
	size_t n_gone, gone_cap;
	uint64_t opened;		/* ms */
	uint64_t hashes, signatures;
	EVP_PKEY *key;
	bool told;			/* that something could not be made */
};

#define CHAIN_OF_LINK(l) ((struct chain_of *)(void *)((char *)(l) - offsetof(struct chain_of, by_ids)))

static inline uint64_t seal_ms(const struct hm *h)
{
	return uv_now(h->control);
}

/* -- seal_kept.c --------------------------------------------------------------------------------------------------- */
struct chain_of *chain_find(const struct hm_seal *s, struct view ids);
/* id 0: a new one's. NULL: no memory. */
struct chain_of *chain_new(struct hm_seal *s, uint64_t id, struct view ids);
/* What the store has of it is other. */
void chain_changed(struct hm_seal *s, struct chain_of *c);
void chain_move(struct hm_seal *s, struct chain_of *c, enum chain_in to);
/* Two of one LIID, CID and kind, at destinations of the same name, count as one: both have the later numbers. True: other's are new to it. */
bool chain_level(struct chain_of *c, struct chain_of *other);
/* A context without a CIN goes on in every process, and at who follows a destination: what it has counted stays. */
bool chain_has_cin(const struct chain_of *c);
/* Its context has ended: it is forgotten when nothing of it is left. */
void chain_retire(struct hm_seal *s, struct chain_of *c);
/* All lanes are told that its context has ended. */
void chain_end(struct hm_seal *s, struct chain_of *c);
void check_free(struct hm_check *k);
/* A Hash is to be signed. */
void check_waits(struct hm_seal *s, struct chain_of *c, struct hm_check *k);
/* It is done with; its row goes. */
void check_finish(struct hm_seal *s, struct hm_check *k);
/* Something could not be made: logged, once. */
void seal_trouble(struct hm_seal *s, enum li_err e);
/* The delivery function does not go as long as a check waits to come into its queue. */
void seal_claim(struct seal_lane *l);
/* Of all destinations. False: nothing has been kept, all of it is tried again. */
bool seal_keep(struct hm *h);
/* What is kept goes into the queue; when all of it is there, its runs go back. */
void seal_give(struct seal_lane *l);
void seal_sweep_checks(struct seal_lane *l);
void seal_sweep_chains(struct hm_seal *s);
/* hm_seals.load(): to is a struct hm_seal. */
enum li_err seal_on_row(void *to, const struct hm_seal_row *r);

#endif
