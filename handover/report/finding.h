/* finding.h: what an account finds, as JSON objects and as words: the same members as lemfd's events have. Pure. */
#ifndef HANDOVER_REPORT_FINDING_H
#define HANDOVER_REPORT_FINDING_H

#include "handover/report/account.h"

/* "HI2, element MDF-1, CIN 1": octets of others are %XX, so that this is plain text anywhere. */
enum li_err finding_where(struct buf *b, const struct account *a, const struct track *t) LI_MUST;

/* One object each: {"finding":"gap",…}. */
enum li_err finding_gap(struct buf *b, const struct account *a, const struct track *t, uint32_t from, uint32_t to) LI_MUST;
enum li_err finding_again(struct buf *b, const struct account *a, const struct track *t, uint32_t number, uint64_t first, uint64_t offset,
			  bool same) LI_MUST;
enum li_err finding_check(struct buf *b, const struct account *a, const struct track *t, uint32_t number, const struct ps_check *k,
			  const struct lemf_verdict *v, uint64_t offset) LI_MUST;
enum li_err finding_damaged(struct buf *b, enum lemf_kind kind, uint64_t offset, const char *what) LI_MUST;
enum li_err finding_object(struct buf *b, const struct account_object *o) LI_MUST;
enum li_err finding_stray(struct buf *b, const struct account *a, const struct account_stray *s) LI_MUST;
/* What it says in words: "hi3.ber, offset 12: HI3, CIN 1, number 17: it was stored at offset 5". */
enum li_err finding_stray_text(struct buf *b, const struct account *a, const struct account_stray *s) LI_MUST;
/* What is wrong with the ledger itself; NULL: nothing. */
const char *finding_ledger(const struct account_book *b);
/* "good", "differs" (from what was put together), "gone". */
const char *finding_object_word(const struct account_object *o);
/* {"good":true,"pdus":{"hi2":1,…},…} and each file's size and SHA-256. */
enum li_err finding_totals(struct buf *b, const struct account *a) LI_MUST;
/* "good", "open" (something could not be judged) or "bad". */
const char *finding_word(const struct account_totals *t);

#endif
