/*
 * x1_write.h: what we answer and report, as octets. One container is begun, messages are put into it, and it is ended;
 * fragments are copied as they are, so that 100,000 tasks cost little more than their octets. The first error sticks; ask
 * once, at the end.
 *
 * A message carries the version of its head, and nothing that is younger than that: members are left out, codes become
 * those that older versions had.
 */
#ifndef MEDIATION_X1_X1_WRITE_H
#define MEDIATION_X1_X1_WRITE_H

#include <li/buf.h>

#include "mediation/x1/x1_msg.h"

struct x1_out {
	struct buf *to;
	enum li_err err;
	struct x1_version version;	/* of the message being written */
	bool response;
	const char *container, *message, *list;	/* what is open */
	bool skip;			/* the list is one that this version does not have */
};

/* X1Response, or X1Request. The head of an answer is its request's, with our own time. */
void x1_out_begin(struct x1_out *o, struct buf *to, bool response);
enum li_err x1_out_end(struct x1_out *o) LI_MUST;

/* -- answers -- */
/* oK: AcknowledgedAndCompleted, or Acknowledged (which ReportNEIssue's answer does not have). */
void x1_out_ok(struct x1_out *o, const struct x1_head *h, enum x1_type t, bool completed);
/* ErrorResponse to m, with a head of its own. The text holds no value of a target: it is sent and logged. */
void x1_out_error(struct x1_out *o, const struct x1_head *h, const struct x1_msg *m, int code, const char *text);

struct x1_fault {	/* unresolvedFault */
	int code;
	const char *text;
};

struct x1_faults {
	const struct x1_fault *p;
	size_t n;
};

enum x1_provisioning { X1_AWAITING, X1_FAILED, X1_COMPLETE };

struct x1_task_state {
	struct view xml;	/* struct x1_task's, and its young */
	unsigned young;
	enum x1_provisioning provisioning;
	struct x1_faults faults;
	bool has_counts;	/* all of these, or none in any answer of ours (clause 6.4.2.2) */
	li_us last_intercept;	/* LI_US_NEVER: there was none, and the member is left out */
	uint64_t x2, x3;	/* octets since activation */
	li_us modified;
	uint64_t modifications;
};

struct x1_dest_state {
	struct view xml;
	unsigned young;
	bool works;		/* activeAndWorking, else deliveryFault */
	struct x1_faults faults;
};

struct x1_object_state {
	struct view xml;
	unsigned young;
};

void x1_out_task_details(struct x1_out *o, const struct x1_head *h, const struct x1_task_state *s);
void x1_out_dest_details(struct x1_out *o, const struct x1_head *h, const struct x1_dest_state *s);
void x1_out_object_details(struct x1_out *o, const struct x1_head *h, const struct x1_object_state *s);
void x1_out_ne_status(struct x1_out *o, const struct x1_head *h, struct x1_faults f);

/*
 * Answers with lists, piece by piece: open, then in the order of the message the NE's status (GetAllDetails) and lists with
 * their items, then close. A list that the version does not have is skipped with its items.
 */
enum x1_list { X1_LIST_TASKS, X1_LIST_DESTS, X1_LIST_OBJECTS, X1_LIST_XIDS, X1_LIST_DIDS, X1_LIST_OBJECT_IDS, X1_LIST_OF_TYPE };
void x1_out_open(struct x1_out *o, const struct x1_head *h, enum x1_type t);
void x1_out_ne(struct x1_out *o, struct x1_faults f);
void x1_out_list(struct x1_out *o, enum x1_list l);
void x1_out_task(struct x1_out *o, const struct x1_task_state *s);
void x1_out_dest(struct x1_out *o, const struct x1_dest_state *s);
void x1_out_object(struct x1_out *o, const struct x1_object_state *s);
void x1_out_id(struct x1_out *o, enum x1_list l, const uint8_t id[16]);
void x1_out_list_end(struct x1_out *o);
void x1_out_close(struct x1_out *o);

/* X1TopLevelErrorResponse, a document of its own: nothing is known of what was asked. */
enum li_err x1_out_top_level_error(struct buf *to, const struct x1_head *h) LI_MUST;

/* -- our requests -- */
/* REPORT_TASK_ISSUE, REPORT_DESTINATION_ISSUE, REPORT_NE_ISSUE. */
void x1_out_report(struct x1_out *o, const struct x1_head *h, enum x1_type t, const struct x1_report *r);
void x1_out_ping(struct x1_out *o, const struct x1_head *h);

#endif
