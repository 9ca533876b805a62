/*
 * play.h: a script, played: tracks side by side on one loop, or, dry, on a clock of their own into a file.
 *
 *	play_run -> turn -> each track: step by step until it must wait for a time, a connection or another track
 *	         -> all tracks are done: what is out is acknowledged, connections are closed, the result
 */
#ifndef CONF_PLAY_H
#define CONF_PLAY_H

#include "conformance/capture.h"
#include "conformance/outfile.h"
#include "conformance/script.h"

#define PLAY_FAILS	256	/* that are told one by one */
#define PLAY_UP_WITHIN	(30 * WHEN_SECOND)	/* so long a step waits for its connection */

struct play_conf {
	const struct script *script;
	struct outfile *out;		/* may be NULL */
	bool dry;			/* no connection at all */
	struct when start;		/* dry: when it begins */
	conf_us stay;			/* stay connected so long after the last step */
	conf_us timeout;		/* all of it may take so long; 0: as long as it takes */
	void (*told)(const char *text);	/* lines for people; may be NULL */
	void (*built)(void *arg, size_t wire, const uint8_t *p, size_t n, const struct form_place *place);	/* dry: each PDU; may be NULL */
	void *arg;
};

struct play_fail {
	unsigned line;
	char what[WIRETLS_TEXT + 64];
};

struct play_result {
	struct wire **wires;		/* NULL when dry */
	size_t n_wires;
	uint64_t pdus[5];		/* built, by type; 0: raw octets and parts */
	uint64_t octets, unsent;	/* unsent: their connection had ended */
	uint64_t expected;		/* expectations that were met */
	struct play_fail *fails;
	size_t n_fails, more_fails;
	size_t contexts;
	struct capture_stats capture;
	bool captured, stopped;		/* stopped: by a signal */
	conf_us took;
	uint64_t lacking;		/* PDUs without all that TS 33.128 asks of a POI */
	char lacks[96];			/* of the first of them */
};

/* NULL: err says why; it has not begun. */
struct play_result *play_run(const struct play_conf *c, char *err, size_t room);
void play_free(struct play_result *r);
/* All went as it should. */
bool play_good(const struct play_result *r);

#endif
