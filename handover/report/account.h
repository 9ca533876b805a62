/*
 * account.h: what the files of one interception add up to: which numbers of each context are there, what is missing of them, and a
 * verdict on every integrity check, all found anew from the octets; of what lemfd wrote down only what no octets can tell is believed
 * (where a numbering began anew, which numbers the operator says it did not issue). One thread.
 */
#ifndef HANDOVER_REPORT_ACCOUNT_H
#define HANDOVER_REPORT_ACCOUNT_H

#include "handover/lemf_int.h"
#include "handover/report/account_ledger.h"
#include "handover/report/evidence.h"
#include "handover/report/places.h"

#define ACCOUNT_OBJECTS_MAX 100000	/* objects put together of segments, 80 octets each */
#define ACCOUNT_NOTICES_MAX 1000000	/* runs of numbers that were not issued, 24 octets each; a sender's crash makes one a context */

struct session {			/* one communicationIdentifier: HI2 and HI3 of one CIN */
	bool has_cin, has_country;
	uint32_t cin;
	struct li_country country;	/* of delivery */
	uint8_t n_element, element[LI_ELEMENT_MAX];
	uint16_t epoch;			/* how many resets came before */
};

struct track {				/* a context: the numbers of one kind of a session's PDUs */
	uint32_t session, id;
	uint32_t tag;			/* as lemf_check_tag(), or that of the payload */
	enum lemf_kind kind;		/* the file where its PDUs lie */
	bool judged;			/* else its PDUs are encrypted or unknown: they hide what counts apart */
	uint64_t first, next;		/* the number that it begins with; the one after the highest seen; counted on past 2^32 */
	uint64_t pdus, missing, not_issued, again;
};

struct account_totals {
	uint64_t pdus[LEMF_EVENTS];	/* by file, as those below; damaged ones are not among them */
	uint64_t damaged[LEMF_EVENTS];	/* do not decode, or are another interception's */
	uint64_t lost[LEMF_EVENTS];	/* places where no PDU begins */
	uint64_t judged, unjudged;	/* PDUs whose numbers count; others: encrypted, unknown */
	uint64_t numbers;		/* expected of all contexts: judged - again + missing + not_issued */
	uint64_t gaps, missing, not_issued, again, conflicts;
	uint64_t checks[LEMF_WORDS];
	uint64_t events;
	uint64_t objects, objects_bad;	/* put together of segments; not there any more, or not as they were */
	struct account_book book;	/* the ledger, and what differs from it */
	uint64_t forgotten;		/* contexts beyond LEMF_CONTEXTS_MAX: gaps of these are not real */
	bool growing;			/* lemfd was writing to it */
};
/* Nothing is missing, damaged, contradicted or badly signed, and nothing was left unjudged. */
bool account_is_good(const struct account_totals *t);
/* Nothing is known to be wrong, but something could not be judged: keys are missing, or an algorithm. */
bool account_is_open(const struct account_totals *t);

struct account_pdu {
	enum lemf_kind kind;
	uint64_t offset;
	struct view octets;		/* as they lie in the file */
	const struct ps_pdu *means;	/* of an encrypted one that a key opens, with what is inside */
	bool encrypted;
	bool has_time;
	li_us time;			/* of the PDU, or of its first item */
	const struct session *session;
	uint32_t session_id;		/* from 0, in the order in which they came in their files */
	const struct track *track;
};

enum account_state { OBJECT_GOOD, OBJECT_DIFFERS, OBJECT_GONE };
struct account_object {			/* an object that lemfd has put together of segments, by its event */
	char file[64];
	uint32_t from, to;		/* numbers of the segments */
	uint64_t octets;
	uint8_t sha256[32];
	enum account_state state;	/* what its file is like now */
};

struct account;

/* What is found, as it is found; what one returns ends it. NULL members: nobody asks. Order: event, pdu and damaged (file by file), check, gap
 * again, object, stray. */
struct account_ops {
	enum li_err (*event)(void *arg, struct view line);
	enum li_err (*pdu)(void *arg, const struct account_pdu *p);
	/* A PDU that does not decode, or a place where none begins. */
	enum li_err (*damaged)(void *arg, enum lemf_kind kind, uint64_t offset, const char *what);
	enum li_err (*check)(void *arg, const struct track *t, uint32_t number, const struct ps_check *k, const struct lemf_verdict *v, uint64_t offset);
	enum li_err (*gap)(void *arg, const struct track *t, uint32_t from, uint32_t to);
	/* A number that is there twice: with the same octets, or with others. */
	enum li_err (*again)(void *arg, const struct track *t, uint32_t number, uint64_t first, uint64_t offset, bool same);
	enum li_err (*object)(void *arg, const struct account_object *o);
	/* What is not as lemfd stored it. */
	enum li_err (*stray)(void *arg, const struct account_stray *s);
};

struct account {
	struct folder *folder;
	struct lemf_keys *keys;
	const struct account_ops *ops;
	void *arg;
	struct account_totals totals;
	char country[8], operator_id[3 * LI_OPERATOR_MAX + 1], liid[3 * LI_LIID_MAX + 1];	/* with %XX; "": its first line does not say */
	struct lemf_name name;		/* the same as octets */
	bool named;
	struct session *session;
	struct track *track;		/* from LEMF_EVENTS on: those before stand for the damaged PDUs of each file */
	uint32_t n_sessions, n_tracks;
	struct places places;		/* every PDU; sorted by context and number */
	char error[256];		/* of LI_EIO */
	/* its own */
	struct lemf_case resets;
	struct lemf_ctxs *ctxs;
	uint32_t *of, n_of;		/* session or track of each id of ctxs */
	struct notice { uint32_t track; uint64_t from, to; } *notice;
	size_t n_notices;
	struct account_ledger *ledger;
	bool ledger_named;		/* an event says that there is one */
	uint64_t line_at;		/* offset of the next line of events.jsonl */
	struct account_object *object;
	size_t n_objects;
	struct buf plain, pdu, other;
	uint8_t epoch[LEMF_RESETS + 1];	/* addresses only: contexts before and after a reset have other owners */
};

/* The file that one of its places is in. */
static inline struct exhibit *exhibit_of(const struct account *a, const struct track *t, const struct place *p)
{
	return &a->folder->file[place_is_aside(p) ? LEMF_OTHER : t->kind];
}

/* LI_EIO, LI_ENOMEM, LI_ELIMIT, or what a callback returned. account_fini() in any case. */
enum li_err account_make(struct account *a, struct folder *f, struct lemf_keys *keys, uint64_t seed, const struct account_ops *ops, void *arg) LI_MUST;
void account_fini(struct account *a);

/* "hi2", "hi3", "other"; and of a check what it is: "hash", "signature", "other"; NULL: it is none. As in events.jsonl. */
const char *track_hi(const struct track *t);
const char *track_check(const struct track *t);

#endif
