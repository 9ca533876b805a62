/*
 * evidence.h: what a LEMF has stored, opened to be read and nothing else; lemfd may be writing to it meanwhile. Each file is looked
 * at as far as it went when it was opened. One thread.
 */
#ifndef HANDOVER_REPORT_EVIDENCE_H
#define HANDOVER_REPORT_EVIDENCE_H

#include <openssl/types.h>

#include "asn1/lidump.h"
#include "handover/lemf_dir.h"
#include "handover/lemf_verdict.h"
#include "handover/report/since.h"

#define EVIDENCE_FOLDERS_MAX 1000000	/* ten times the interceptions of one lemfd */
#define EVIDENCE_LINE_MAX (4u << 20)	/* of events.jsonl: as lemf_load.c has it */

struct evidence { int fd; bool lives; };		/* the directory; somebody writes there */

struct exhibit {			/* one file of a folder */
	int fd;				/* -1: it is not there */
	uint64_t size;
	uint8_t sha256[32];		/* of those octets; once it was read through */
	bool hashed;
	EVP_MD_CTX *md;
	uint64_t at;			/* of a reading that is under way */
	int error;			/* errno of it */
};

struct folder {
	const char *name;		/* borrowed */
	int fd;				/* the folder itself; -1: not open */
	struct exhibit file[LEMF_KINDS];
	struct exhibit ledger;		/* lemf_ledger.h */
	struct since_mark mark;		/* what its ledger must go on from; entries 0: nothing is known */
	bool lives;			/* a lemfd is writing there, or may begin to any time */
};

/* False: err says why. */
bool evidence_open(struct evidence *d, const char *path, char *err, size_t n);
void evidence_close(struct evidence *d);
/* The names of all interceptions' folders, sorted; the caller frees each and the array. LI_ELIMIT, LI_EIO, LI_ENOMEM. */
enum li_err evidence_folders(const struct evidence *d, char ***names, size_t *n) LI_MUST;

/* A folder to write to, made when it is not there; errno as below. */
int evidence_outside(const struct evidence *d, const char *path);
/* A new file for its owner only, in place of one that is there; errno EPERM: it would lie in the evidence. -1. */
int evidence_create(const struct evidence *d, const char *path);

/* LI_ENOTFOUND: there is no such folder, or it is none of lemfd's. LI_EIO: err says why. */
enum li_err folder_open(const struct evidence *d, const char *name, struct folder *f, char *err, size_t n) LI_MUST;
void folder_close(struct folder *f);

/* Another file of it, of the name that an event gives: its octets and their hash. LI_ENOTFOUND: it is not there, or no plain file of that
 * folder. LI_EIO, LI_ENOMEM. */
enum li_err folder_hash(const struct folder *f, const char *name, uint64_t *octets, uint8_t sha256[32]) LI_MUST;

/* Has it more octets by now than are looked at? Then an end within a PDU is lemfd's, writing. */
bool exhibit_grows(const struct exhibit *x);
/* A lemf_read_at; arg: the exhibit. */
enum li_err exhibit_read(void *arg, uint64_t offset, uint8_t *to, size_t n, size_t *got) LI_MUST;
/* All PDUs, as lidump_read() has it, and the hash of the file. */
struct exhibit_ops {
	enum li_err (*pdu)(void *arg, struct view pdu, uint64_t offset, bool *faulty);
	enum li_err (*lost)(void *arg, const struct lidump_lost *l);
};
enum li_err exhibit_pdus(struct exhibit *x, const struct exhibit_ops *ops, void *arg) LI_MUST;
/* All lines that have an end, without it, and the hash of the file. */
enum li_err exhibit_lines(struct exhibit *x, enum li_err (*each)(void *arg, struct view line), void *arg) LI_MUST;

#endif
