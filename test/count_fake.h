/* count_fake.h: a handover of tests that counts nothing, or does it of its own: for those that stand in for the rest of it. */
#ifndef TEST_COUNT_FAKE_H
#define TEST_COUNT_FAKE_H

#include "handover/hm.h"

void hm_count(struct hm *h) { (void)h; }
bool hm_count_group(struct hm *h, uint32_t group) { (void)h, (void)group; return false; }
enum hm_standing hm_standing(const struct hm *h, const struct li_did *did, enum li_hi kind) { (void)h, (void)did, (void)kind; return HM_EMPTY; }

/* What never came into a queue, by fate: of all contexts. */
static uint64_t counted[HM_FATES];
void hm_ctx_count(const struct hm_ctx *c, enum hm_fate fate, uint64_t n) { (void)c; counted[fate] += n; }

#endif
