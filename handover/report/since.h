/*
 * since.h: what lemfd verify --json said earlier, kept where those that can write to the evidence cannot: each ledger of today must go on from
 * the one of then, and each interception of then must be there. One thread.
 */
#ifndef HANDOVER_REPORT_SINCE_H
#define HANDOVER_REPORT_SINCE_H

#include <li/buf.h>

#define SINCE_MAX (1u << 30)	/* octets of the file: a million interceptions */

struct since_mark {		/* the ledger of then */
	uint64_t entries;	/* 0: there was none */
	uint8_t head[32];
};

struct since { struct buf text; };

/* False: err says why. */
bool since_read(struct since *s, const char *file, char *err, size_t n);
/* What it said of that folder, the last time if several; false: nothing. */
bool since_find(const struct since *s, const char *folder, struct since_mark *m);
/* Calls each with the name of every folder that it told of, in the order of its lines. */
void since_each(const struct since *s, void (*each)(void *arg, const char *folder), void *arg);
void since_fini(struct since *s);

#endif
