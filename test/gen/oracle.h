/*
 * oracle.h: what must be delivered, computed from the world's truth and the warrants, without any of the product's code:
 * for each warrant a list of records in order. The test compares it with what came out.
 */
#ifndef TEST_ORACLE_H
#define TEST_ORACLE_H

#include "test/gen/world.h"

enum oracle_target { TARGET_IMSI, TARGET_MSISDN, TARGET_IMEI, TARGET_ADDRESS, TARGET_PREFIX };

struct oracle_warrant {
	enum oracle_target kind;
	unsigned subscriber;		/* IMSI, MSISDN, IMEI */
	struct li_addr addr;		/* ADDRESS, PREFIX */
	unsigned prefix;
	bool hi2, hi3, n9;		/* n9: content of N9 too */
	li_us start, end;
};

/* One record: an IRI's event tag, or 0 for content with its direction. */
struct oracle_item {
	uint8_t tag;
	bool up;
	li_us time;
	uint32_t session;		/* number in the world; UINT32_MAX: a record without a CIN */
	uint64_t hash;			/* of the inner packet */
};
struct oracle_list {
	struct oracle_item *item;
	size_t n, room;
};
void oracle_add(struct oracle_list *l, const struct oracle_item *i);
uint64_t oracle_hash(struct view v);

/* tags of TS 33.128 IRIEvent */
enum { TAG_LOCATION = 3, TAG_AMF_SOI = 4, TAG_BEGIN = 6, TAG_CONTINUE = 7, TAG_END = 8, TAG_SOI = 9, TAG_FAILED = 10 };

struct oracle;
struct oracle *oracle_new(struct world *w, const struct oracle_warrant *ow, size_t n);
void oracle_free(struct oracle *o);
/* Before the frame is given to the product. */
void oracle_frame(struct oracle *o, const struct world_frame *f);
/* The input is at its end: what was waited for is not waited for any longer. */
void oracle_end(struct oracle *o, li_us last);
/* The records due to warrant i: those with a CIN; content; those without a CIN. */
struct oracle_list *oracle_iri(struct oracle *o, size_t i);
struct oracle_list *oracle_cc(struct oracle *o, size_t i);
struct oracle_list *oracle_amf(struct oracle *o, size_t i);

#endif
