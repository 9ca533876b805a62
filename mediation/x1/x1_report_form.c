/* x1_report_form.c: a report as the store keeps it: form, message, kind of issue, code (4 octets), XID or DID, text. */
#include "mediation/x1/x1_report.h"

#include <li/rd.h>

#define FORM 1

static const enum x1_type message[] = { X1_REPORT_TASK_ISSUE, X1_REPORT_DESTINATION_ISSUE, X1_REPORT_NE_ISSUE };	/* by number: as stored */
#define MESSAGES (sizeof(message) / sizeof(message[0]))

enum li_err x1_report_form(enum x1_type type, const struct x1_report *r, struct buf *out)
{
	uint8_t head[3] = { FORM, 0, (uint8_t)(type == X1_REPORT_NE_ISSUE ? (unsigned)r->ne_type : (unsigned)r->type) };
	enum li_err e;

	while (head[1] < MESSAGES && message[head[1]] != type)
		head[1]++;
	if (head[1] == MESSAGES)
		return LI_EUSE;
	e = buf_put(out, head, sizeof(head));
	if (!e)
		e = buf_put_uint(out, (uint64_t)r->issue.code, 4);
	if (!e)
		e = buf_put(out, r->id, sizeof(r->id));
	return e ? e : buf_put(out, r->issue.text.p, r->issue.text.n);
}

enum li_err x1_report_of(struct view body, enum x1_type *type, struct x1_report *r)
{
	struct rd d = rd_of(body);
	uint8_t form = rd_u8(&d), which = rd_u8(&d), kind = rd_u8(&d);
	uint32_t code = rd_u32(&d);
	struct view id = rd_take(&d, sizeof(r->id)), text = rd_rest(&d);

	if (d.err || form != FORM || which >= MESSAGES || kind > (message[which] == X1_REPORT_NE_ISSUE ? (unsigned)X1_NE_ALERT : (unsigned)X1_ACTIONED_UNSUCCESSFUL) ||
	    code > INT32_MAX || text.n >= X1_TEXT)
		return LI_EFORMAT;
	*type = message[which];
	*r = (struct x1_report){ .issue = { .code = (int)code, .text = text } };
	memcpy(r->id, id.p, sizeof(r->id));
	if (*type == X1_REPORT_NE_ISSUE)
		r->ne_type = (enum x1_ne_issue)kind;
	else
		r->type = (enum x1_report_type)kind;
	return LI_OK;
}
