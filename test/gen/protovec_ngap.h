/* protovec_ngap.h: the NGAP part of protovec.h. */
#ifndef TEST_GEN_PROTOVEC_NGAP_H
#define TEST_GEN_PROTOVEC_NGAP_H

#include "test/gen/protovec.h"

/* Writes them to `to`, which has room for all; gives their number. */
size_t protovec_ngap(struct protovec *to);
size_t protovec_move(struct protovec *to);	/* of them, handover and path switch */

#endif
