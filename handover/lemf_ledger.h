/*
 * lemf_ledger.h: what a LEMF's files were when they were written: DIR/<folder>/ledger has an entry for each PDU and each event of the folder, in
 * the order in which they were stored, with its SHA-256; seals in it hash all that stands before them. So that nobody can say later that PDUs
 * arrived in another order, or that others did: lemfd verify holds the files against it.
 *
 * The file is there, empty, before anything else of the folder that is to have entries. Nothing is entered before it is durable: a file that is
 * shorter than its ledger was cut. What a kill left without an entry gets it at the next start, marked as such. Entries have LEDGER_ENTRY octets, highest octet of a number first:
 *
 *   0      what           1  kind (enum lemf_kind)   2  flags of LEDGER_STORED   3  0
 *   4..7   number         8..11 CIN   12..15 octets       of LEDGER_STORED
 *   8..15  offset, octets, or microseconds since 1970     of the others
 *   16..47 SHA-256
 */
#ifndef HANDOVER_LEMF_LEDGER_H
#define HANDOVER_LEMF_LEDGER_H

#include <openssl/types.h>

#include <li/time.h>

#include "handover/lemf_dir.h"

#define LEDGER_ENTRY	48u
#define LEDGER_FILE	"ledger"

enum ledger_what {
	LEDGER_BEGIN = 'B',	/* at this time it was begun: the first one, and no other */
	LEDGER_STORED = 'P',	/* a PDU, or a line of events.jsonl with its end */
	LEDGER_LOST = 'L',	/* at a start the file ended at this offset, before that of its entries: they go on there */
	LEDGER_SEAL = 'S',	/* at this time; the hash is that of the folder's name, a line's end, all entries before, and its own first 16 octets */
	LEDGER_END = 'E',	/* the same, and lemfd ended in good order: it has stored nothing more */
	LEDGER_AGAIN = 'R',	/* after an end: lemfd goes on, and found the file of so many octets. What is behind its entries up to there it did not store */
	LEDGER_TORN = 'T',	/* at a start so many octets behind the last seal were no entries: they were put aside, with this hash */
};
enum {
	LEDGER_NUMBER = 1,	/* the sequence number is known */
	LEDGER_CIN = 2,		/* and the CIN */
	LEDGER_LATE = 4,	/* found at a start, after a kill, or of a lemfd that kept no ledger */
	LEDGER_FOREIGN = 8,	/* found at a start, after an end in good order: lemfd did not store it */
};

struct ledger_entry {
	uint8_t what, kind, flags;
	uint32_t number, cin;
	uint64_t n;		/* octets, offset or time */
	uint8_t sha256[32];
};

void ledger_put(const struct ledger_entry *x, uint8_t to[LEDGER_ENTRY]);
/* False: it is none. */
bool ledger_get(const uint8_t from[LEDGER_ENTRY], struct ledger_entry *x);

/* The hash that seals have. NULL: no memory. */
EVP_MD_CTX *ledger_chain(const char *folder);
bool ledger_chain_value(const EVP_MD_CTX *chain, uint8_t sha256[32]);
/* That of a seal, or an end, that is the next entry. */
bool ledger_seal(const EVP_MD_CTX *chain, const struct ledger_entry *x, uint8_t sha256[32]);
bool ledger_sha256(struct view v, uint8_t sha256[32]);

/* -- the one that writes -- */
/* On the owner's thread, before anything more is stored in a folder that was there: its end, if it had one, is taken back, durably. LI_EIO. */
enum li_err lemf_ledger_again(struct lemf_dir *d, struct lemf_folder *o) LI_MUST;
struct lemf_ledger;
void lemf_ledger_free(struct lemf_ledger *l);

struct ledger_job {		/* one at a time */
	int dir;
	bool end;
	li_us now;
	struct ledger_item *item;
	size_t n;
	unsigned failed;	/* folders whose ledger could not be written: what it lacks is entered with what comes next */
	char error[256];	/* why, of the last */
};
/* What became durable since the last job is to be entered. On the owner's thread; end: of all folders, as the last thing. LI_ENOTFOUND: there is
 * nothing to do. */
enum li_err lemf_ledger_begin(struct lemf_dir *d, bool end, li_us now, struct ledger_job *j) LI_MUST;
/* On any thread, while the owner goes on. */
void lemf_ledger_run(struct ledger_job *j);
/* On the owner's thread. */
void lemf_ledger_done(struct lemf_dir *d, struct ledger_job *j);

#endif
