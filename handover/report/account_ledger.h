/*
 * account_ledger.h: the files of an interception held against what lemfd entered of them as it stored them (lemf_ledger.h): a PDU that stands
 * elsewhere now, one that is gone, one that was put there, one whose octets differ. One thread.
 */
#ifndef HANDOVER_REPORT_ACCOUNT_LEDGER_H
#define HANDOVER_REPORT_ACCOUNT_LEDGER_H

#include <li/view.h>

#include "handover/lemf_dir.h"

#define LEDGER_APART_MAX 4000000	/* PDUs of a file from the first difference on that are told apart singly: 500 MB of memory in all */

enum ledger_state {
	LEDGER_NONE,		/* the folder is of a lemfd that kept none */
	LEDGER_WHOLE,
	LEDGER_GONE,		/* an event says that there is one */
	LEDGER_BROKEN,		/* somebody has changed it */
	LEDGER_OTHER,		/* it does not go on from what --since says of it */
	LEDGER_MENDED,		/* a crash of the machine tore it: what it lacked was entered at the next start */
	LEDGER_STATES
};

enum stray_what {
	STRAY_ORDER,		/* it stands elsewhere than it was stored */
	STRAY_CHANGED,		/* its octets are others now */
	STRAY_REMOVED,
	STRAY_ADDED,		/* lemfd did not store it */
	STRAY_AGAIN,		/* a copy of one that it did store */
	STRAY_UNRECORDED,	/* behind the last entry, which a kill of lemfd leaves, too */
	STRAY_BEYOND,		/* more than LEDGER_APART_MAX: no longer told apart */
	STRAY_KINDS
};

struct account_stray {		/* count PDUs in a row, or lines of events.jsonl */
	enum stray_what what;
	enum lemf_kind kind;
	uint64_t count;
	bool is_there, was_there;
	uint64_t offset, was_at;	/* of the first: where it is, where it was */
	bool has_number, has_cin;
	uint32_t number, last, cin;	/* sequence numbers of the first and the last, as its entry says; CIN of the first */
	uint32_t track;			/* index into the account's; 0: it is not known */
};

struct account_book {		/* totals */
	enum ledger_state state;
	uint64_t entries, stored, late;	/* late: entered at a start, after a kill or of a lemfd that kept none */
	uint8_t head[32];		/* the hash that the next seal would have */
	uint64_t foreign[LEMF_KINDS];	/* up to there what has no entry came after an end, before lemfd went on */
	bool ended;			/* by a lemfd that ended in good order */
	uint64_t stray[STRAY_KINDS];	/* PDUs and lines */
};

/* "whole", "none", …; "order", "changed", … */
const char *ledger_state_word(enum ledger_state s);
const char *stray_word(enum stray_what w);
static inline bool stray_is_bad(enum stray_what w) { return w != STRAY_UNRECORDED; }
bool account_book_is_bad(const struct account_book *b);
bool account_book_is_open(const struct account_book *b);

#endif
