/*
 * xiris.h: records as points of interception send them over X2 (TS 33.128 XIRIPayload), random but for the event: what is in it is
 * left to test/judge/random_value.c, over the field table. A seed gives the same octets on every machine.
 */
#ifndef TEST_GEN_XIRIS_H
#define TEST_GEN_XIRIS_H

#include <li/buf.h>

#define XIRIS_ROOM (1u << 20)

/* The alternatives that XIRIEvent and IRIEvent share, one after the other: *at starts as 0. False after the last. */
bool xiris_next(size_t *at, uint32_t *tag);
/* Appends to out a XIRIPayload {OID of this release and version, event}; *event becomes a view of the event's TLV in out. With
 * few, only what the ASN.1 makes mandatory is in it. False: XIRIEvent has no such tag, or no memory. */
bool xiris_make(uint32_t tag, uint64_t seed, bool few, uint8_t release, uint8_t version, struct buf *out, struct view *event);

#endif
