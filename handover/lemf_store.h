/*
 * lemf_store.h: what a LEMF keeps: DIR/<country>-<operator>-<LIID>/hi2.ber, hi3.ber (octets as received), events.jsonl.
 *
 * Names: <country> is the authorizationCountryCode, "__" when there is none (no country code can be that); octets
 * outside [A-Za-z0-9_-] are %XX. Where two interceptions would get one name (OP-A + B, OP + A-B) the second one
 * has every "-" of its operator and LIID written %2D. PDUs of other kinds (HI1, HI4 …) go to other.ber, integrity checks to integrity.ber; encrypted
 * ones, as they came, where their payload belongs if a key opens it, else to other.ber; PDUs that do not decode to DIR/other.ber; DIR/events.jsonl is for what belongs to no interception.
 *
 * A PDU that comes again (same context and number, TS 102 232-1 clause 6.3.3 note 2) is held against the octets in the
 * file: the same octets are a duplicate, counted and not stored a second time; other octets are a conflict and stored;
 * when the first one can no longer be found, it is stored and said to be so. Nothing that differs is ever lost.
 *
 * DIR/<folder>/ledger, which lemf_ledger.c writes, tells what these files were as they came.
 *
 * The state of every context is in the files: it is read again when an interception's first PDU after a start comes.
 */
#ifndef HANDOVER_LEMF_STORE_H
#define HANDOVER_LEMF_STORE_H

#include "asn1/ps_dec.h"
#include "handover/lemf_dir.h"
#include "handover/lemf_key.h"


struct lemf_source {		/* a connection, for events */
	uint64_t id;
	const char *address, *subject;
	const uint8_t *sha256;		/* of its certificate; NULL: it has shown none */
	const char *check;		/* which check refused it; NULL: none did */
	/* Nothing of that kind can come from its peer on another connection, so that a number missing here is missing. NULL: it can. */
	bool (*alone)(const struct lemf_source *me, enum lemf_kind kind);
	/* May its peer deliver the interception of that folder? NULL: any. */
	bool (*expects)(const struct lemf_source *me, const char *folder);
};

struct lemf_stats {
	uint64_t pdus[LEMF_EVENTS], octets[LEMF_EVENTS];	/* stored, by LEMF_HI2, LEMF_HI3, LEMF_OTHER, LEMF_CHECKS */
	uint64_t unexpected;	/* of interceptions that their peer was not to deliver */
	uint64_t undecoded, duplicates, conflicts, repeats, gaps, gaps_closed, missing, not_issued, events;
	uint64_t contexts_forgotten;
	uint64_t checks_good, checks_bad, checks_open;	/* integrity checks; open: PDUs or keys are missing to judge them */
	unsigned interceptions, contexts;
};

struct lemf_store;

/* seed: a random number, against floods of one hash chain. NULL: err says why. */
struct lemf_store *lemf_store_open(const char *dir, uint64_t seed, li_us now, char *err, size_t errlen);
void lemf_store_close(struct lemf_store *s);
/* What encrypted PDUs are opened with and signatures are held against; before the first PDU. Borrowed. */
void lemf_store_keys(struct lemf_store *s, struct lemf_keys *k);
/* A gap, and an integrity check whose PDUs are not all here, are said when nothing of what is missing has come for so long (0: at once). For peers that deliver
 * over several connections: what is missing on one may be under way on another. */
void lemf_store_gap_wait(struct lemf_store *s, li_us wait);
/* The owner keeps a ledger of each folder (lemf_ledger.h): an event of each says so, lest the ledger be lost unseen. */
void lemf_store_ledgers(struct lemf_store *s);
struct lemf_dir *lemf_store_dir(struct lemf_store *s);
const struct lemf_stats *lemf_store_stats(const struct lemf_store *s);

/* A decoded PDU: IRI, CC, other payloads; of the TRIs those that mean something for an interception. LI_EIO, LI_ENOMEM:
 * not stored; every peer must be dropped, and lemf_store_forget() called. */
enum li_err lemf_store_put(struct lemf_store *s, const struct ps_pdu *p, const struct lemf_source *from, li_us now) LI_MUST;
/* <country>-<operator>-<LIID> of it, as in the name of its folder; appended with a NUL behind it, which does not count. */
enum li_err lemf_store_name(const struct ps_pdu *p, struct buf *b) LI_MUST;
/* One that its peer was not to deliver: kept aside in DIR/other.ber. tell: with an event, and the name. */
enum li_err lemf_store_unexpected(struct lemf_store *s, const struct ps_pdu *p, const char *name, bool tell, const struct lemf_source *from,
				  li_us now) LI_MUST;
/* The same, and nothing of it is kept but the event: its connection ends. */
enum li_err lemf_store_refused(struct lemf_store *s, const char *name, const struct lemf_source *from, li_us now) LI_MUST;
/* One that does not decode: kept, and said where and why. */
enum li_err lemf_store_bad(struct lemf_store *s, struct view pdu, enum li_err why, size_t at, const char *what,
			   const struct lemf_source *from, li_us now) LI_MUST;
/* Peers; anything else that happened on a connection ("negotiation-refused" …), text NULL allowed. */
enum li_err lemf_store_note(struct lemf_store *s, const char *event, const struct lemf_source *from, const char *text,
			    li_us now) LI_MUST;
/* Before lemf_dir_flush or _sync_begin: writes the events that are still being counted, and those whose time has come. */
enum li_err lemf_store_settle(struct lemf_store *s, li_us now) LI_MUST;
/* Nothing more will come: says what has waited to be said. */
enum li_err lemf_store_end(struct lemf_store *s, li_us now) LI_MUST;
/* After an error: what is known of the interceptions is dropped and read again from the files. */
void lemf_store_forget(struct lemf_store *s);

#endif
