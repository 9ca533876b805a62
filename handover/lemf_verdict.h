/*
 * lemf_verdict.h: one IntegrityCheck held against the PDUs that it names (TS 102 232-1 clause 7.2.3), wherever these lie: lemf_check.c
 * asks as checks arrive, report/account.c when the files are read again.
 */
#ifndef HANDOVER_LEMF_VERDICT_H
#define HANDOVER_LEMF_VERDICT_H

#include "asn1/ps_tri.h"
#include "handover/lemf_key.h"

enum lemf_word {
	LEMF_GOOD,
	LEMF_BAD,
	LEMF_MISSING,	/* PDUs that it names are not here */
	LEMF_UNKNOWN,	/* an algorithm, or data of a kind, that is not ours to judge */
	LEMF_NO_KEY,	/* a signature, and no signer's key */
	LEMF_WORDS
};
/* "good", "bad", "missing", "unknown", "no-key". */
const char *lemf_word_text(enum lemf_word w);

struct lemf_verdict {
	enum lemf_word word;
	const char *covers;		/* of a good signature, which octets of the hashes; NULL: it is not known */
	uint64_t missing;
	uint32_t first_missing;
	uint32_t from, to;		/* numbers: the first and the last that it names */
	enum ps_hash hash;
};

/* At most n octets from offset; *got < n only at the end. */
typedef enum li_err lemf_read_at(void *arg, uint64_t offset, uint8_t *to, size_t n, size_t *got);

/* The file that holds what the check names: data of a hash, hashes of a signature. */
struct lemf_witness {
	bool (*find)(void *arg, uint32_t number, uint64_t *offset);	/* false: there is no such PDU */
	lemf_read_at *read;
	void *arg;
	struct lemf_keys *keys;		/* NULL: none */
};

/* LI_EIO, LI_ENOMEM: there is no verdict. */
enum li_err lemf_verdict(const struct lemf_witness *w, const struct ps_check *k, struct lemf_verdict *v) LI_MUST;

/* Of one number: the octets that digests are made of (plain), decoded too (*p points into it). LI_ENOTFOUND: not here. */
enum li_err lemf_witness_octets(const struct lemf_witness *w, uint32_t number, struct buf *pdu, struct buf *plain, struct ps_pdu *p) LI_MUST;
/* The PDU at offset, whole. LI_ENOTFOUND: there is none. */
enum li_err lemf_pdu_at(lemf_read_at *read, void *arg, uint64_t offset, struct buf *pdu) LI_MUST;

#endif
