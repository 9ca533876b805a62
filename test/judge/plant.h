/*
 * plant.h: content planted in records made at random, wherever TS 33.128 lets content in: so that it shows when some of it is left where
 * none may be.
 */
#ifndef TEST_JUDGE_PLANT_H
#define TEST_JUDGE_PLANT_H

#include <li/buf.h>

/* The event (a whole TLV of IRIEvent) with content in it, appended to out. The same seed plants the same. */
bool plant_event(uint32_t tag, struct view event, uint64_t seed, struct buf *out);
/* Does any of it show, whatever coding it was planted in? */
bool plant_shows(struct view v);

#endif
