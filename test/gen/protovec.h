/*
 * protovec.h: messages of PFCP, NGAP and 5GS NAS made by us, of every kind that the decoders read. The decoders' tests
 * say what is in them; protovec_main.c writes them as a capture, so that tshark can say so as well.
 */
#ifndef TEST_GEN_PROTOVEC_H
#define TEST_GEN_PROTOVEC_H

#include <li/view.h>

enum protovec_kind { VEC_PFCP, VEC_NGAP, VEC_NAS };

struct protovec {
	const char *name;
	enum protovec_kind kind;
	size_t n;
	uint8_t p[1500];
};

/* The message of this name; NULL when there is none. Built at the first call. */
const struct protovec *protovec(const char *name);
/* All of them, one after the other; NULL after the last. */
const struct protovec *protovec_at(size_t i);

#endif
