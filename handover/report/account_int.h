/* account_int.h: what the files of account.h share. */
#ifndef HANDOVER_REPORT_ACCOUNT_INT_H
#define HANDOVER_REPORT_ACCOUNT_INT_H

#include "handover/report/account.h"

/* The context, made when it is new; index into a->track. */
enum li_err account_track(struct account *a, const struct ps_pdu *p, unsigned epoch, uint32_t tag, uint32_t *index) LI_MUST;
/* Its first number that is known of. */
void track_begin(struct track *t, uint32_t number);
/* The number, counted on past 2^32: the one that is nearest to what has been seen. */
uint64_t track_number(const struct track *t, uint32_t number);
/* These were not issued. */
enum li_err account_notice(struct account *a, const struct track *t, uint32_t from, uint32_t to) LI_MUST;
/* A line of events.jsonl, if it is about an object; then, when all are there, whether each is as it was. */
enum li_err account_object(struct account *a, struct view line) LI_MUST;
enum li_err account_objects(struct account *a) LI_MUST;
/* Does the ledger hold? After the events. Then each PDU and line, octets NULL: of no PDU; track 0: it is of none. Then what differs. */
enum li_err account_ledger_open(struct account *a) LI_MUST;
enum li_err account_ledger_saw(struct account *a, unsigned kind, struct view octets, uint64_t offset, uint32_t track, uint32_t number) LI_MUST;
enum li_err account_ledger_end(struct account *a) LI_MUST;
void account_ledger_free(struct account *a);
/* Gaps, repeats and totals of all contexts: places are sorted, notices are all there. */
enum li_err account_numbers(struct account *a) LI_MUST;

#endif
