/* judge.h: what the files of asn1_judge share. */
#ifndef TEST_JUDGE_JUDGE_H
#define TEST_JUDGE_JUDGE_H

#include "asn1/fields.h"
#include <li/buf.h>

enum judge_kind { JUDGE_XIRI, JUDGE_IRI, JUDGE_CC, JUDGE_LINOTIFICATION, JUDGE_IEF, JUDGE_PS, JUDGE_ENCRYPTED, JUDGE_ROOTS,
	JUDGE_PS_WHOLE = JUDGE_ROOTS	/* asn1ct's only: the PS-PDU with TS 33.128's notification in place */
};

struct judge_root {
	const struct field_set *set;
	const char *type;
};

extern const struct judge_root judge_roots[JUDGE_ROOTS];

/* Frames on standard output and input. */
void judge_put(enum judge_kind kind, struct view v);
bool judge_get(enum judge_kind *kind, struct buf *frame);

int judge_leaves(void);
int judge_x2pcap(void);
int judge_written(uint64_t seed, unsigned rounds);

#endif
