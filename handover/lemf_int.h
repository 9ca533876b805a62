/* lemf_int.h: what the files of the LEMF receiver share, and who reads again what they wrote. */
#ifndef HANDOVER_LEMF_INT_H
#define HANDOVER_LEMF_INT_H

#include "handover/lemf_ctx.h"
#include "handover/lemf_store.h"

#define LEMF_RESETS 1024	/* cINReset remembered per interception; a sender loses its state once in years */

struct lemf_reset {		/* from these places on the element's contexts began anew */
	uint64_t at[LEMF_EVENTS];
	uint8_t n_element, element[LI_ELEMENT_MAX];
};

struct lemf_name {		/* whose interception: octets as in the header */
	char country[3];
	uint8_t n_operator, n_liid;
	uint8_t operator_id[LI_OPERATOR_MAX], liid[LI_LIID_MAX];
};

#define LEMF_SOURCES 40	/* HI2 and HI3 of 16 DFs, and some of before a reconnect: those that take turns are told once each */

/* One interception: LIID of one operator, under one country's authorization. */
struct lemf_case {
	struct lemf_folder *folder;
	struct lemf_name name;
	bool named;			/* its first event says whose it is */
	bool loaded, forgot;		/* contexts were read from the files; some were put out of memory since */
	bool no_time, no_type;		/* an event has said that IRI come without a time, without iRIType */
	li_us resumed;			/* when its contexts were read again from its files; 0: they were not */
	bool noted;			/* an event has said that encrypted or unknown payloads come */
	uint64_t source[LEMF_SOURCES];	/* connections that delivered: the one that did last comes first */
	struct lemf_reset *reset;
	unsigned n_reset;
	struct lemf_block *block;	/* objects in segments that are not whole yet */
	unsigned n_blocks;
	struct lemf_case *next;		/* all of them */
};

/* Where LEMF_ASIDE means. */
static inline struct lemf_file *lemf_file_aside(const struct lemf_ctx *x)
{
	return &((const struct lemf_case *)x->owner)->folder->file[LEMF_OTHER];
}

struct lemf_store {
	struct lemf_dir *dir;
	struct lemf_ctxs *ctxs;
	struct lemf_folder *top;
	struct lemf_case *cases;
	unsigned n_blocks;		/* of all cases */
	struct lemf_ctx *again;		/* contexts with duplicates that no event has told yet */
	struct lemf_ctx *gaps;		/* those with gaps that wait */
	li_us gap_wait, looked;		/* looked: when those were gone through last */
	struct lemf_pending *pending;	/* checks that wait */
	unsigned n_pending;
	bool ledgers;			/* somebody keeps them: lemf_ledger.h */
	struct buf line;		/* the event that is being written */
	struct lemf_keys *keys;		/* NULL: it has none */
	struct buf plain;		/* an encrypted PDU, opened */
	struct lemf_stats stats;
	li_us now;			/* of the call that is under way, as the next */
	const struct lemf_source *from;
};

/* -- lemf_event.c -- */
/* A line of events.jsonl in three steps; what fails in between is told by the last. */
void lemf_event(struct lemf_store *s, const char *event, li_us now);
void lemf_event_text(struct lemf_store *s, const char *member, struct view text);	/* any octets as a JSON string */
void lemf_event_name(struct lemf_store *s, const char *member, struct view octets);	/* with %XX, as in folder names */
void lemf_event_number(struct lemf_store *s, const char *member, uint64_t x);
void lemf_event_hex(struct lemf_store *s, const char *member, struct view octets);
void lemf_event_ctx(struct lemf_store *s, const struct lemf_ctx *c);	/* "hi", "element", "cin", "delivery_country" */
void lemf_event_source(struct lemf_store *s, const struct lemf_source *from);
enum li_err lemf_event_end(struct lemf_store *s, struct lemf_folder *o) LI_MUST;
/* Appends octets with %XX for what is outside [A-Za-z0-9_-]; dashes: for "-" too. */
enum li_err lemf_escape(struct buf *b, struct view octets, bool dashes) LI_MUST;

/* -- lemf_store.c -- */
/* Writes the duplicates that were counted so far; before a context with some goes. */
enum li_err lemf_settle(struct lemf_store *s) LI_MUST;

/* What the number says of its context; *store: its octets (as received) are not in the file yet. */
enum li_err lemf_judge(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, bool made, struct lemf_file *f, const struct ps_pdu *p,
		       struct view octets, bool *store) LI_MUST;
/* A context had to go for another (lemf_ctx_of); e is given back, or what went wrong here. */
enum li_err lemf_ctx_gone(struct lemf_store *s, struct lemf_ctx *gone, enum li_err e) LI_MUST;
/* These numbers of the context were never issued: what is missing of them is explained, with an event for each run. */
enum li_err lemf_not_issued(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, struct lemf_range r) LI_MUST;
/* What a PDU means: itself, or, of an encrypted one that a key opens, that with the payload inside (*in, as long as s->plain stays). */
enum li_err lemf_meaning(struct lemf_store *s, const struct ps_pdu *p, struct ps_pdu *in, const struct ps_pdu **out) LI_MUST;

/* -- lemf_gap.c -- */
/* May what is missing be under way on another connection? */
bool lemf_gap_waits(const struct lemf_store *s, const struct lemf_case *c, enum lemf_kind kind);
/* The numbers of r are missing, found just now: said, or it waits. */
enum li_err lemf_gap_open(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, struct lemf_range r) LI_MUST;
/* A part of r, which waits, has come: for what is left it waits on. */
void lemf_gap_shrinks(struct lemf_store *s, struct lemf_ctx *x, struct lemf_range r);
enum li_err lemf_gap_closed(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, struct lemf_range r) LI_MUST;
/* Those whose time has come; about once a second. */
enum li_err lemf_gap_tick(struct lemf_store *s) LI_MUST;
/* While files are read: these numbers are missing; whether it was said, lemf_gap_resume() looks up when all of it was read. */
struct lemf_tolds;
void lemf_gap_found(struct lemf_store *s, struct lemf_ctx *x, struct lemf_range r);
enum li_err lemf_gap_resume(struct lemf_store *s, struct lemf_case *c, struct lemf_tolds *told) LI_MUST;
/* All of them now: of a context that goes; of an interception, NULL: of all. */
enum li_err lemf_gap_say(struct lemf_store *s, struct lemf_ctx *x) LI_MUST;
enum li_err lemf_gap_say_all(struct lemf_store *s, const struct lemf_case *c) LI_MUST;

/* -- lemf_check.c -- */
/* The PDU of one number from the file of its context: its octets in clear, as digests are made of them, and what they mean; both point into
 * plain. LI_ENOTFOUND: not here. */
enum li_err lemf_octets_of(struct lemf_store *s, struct lemf_ctx *x, struct lemf_file *f, uint32_t number, struct buf *pdu, struct buf *plain,
			   struct ps_pdu *p) LI_MUST;

/* -- lemf_explain.c -- */
/* An operatorLeaMessage that begins "not-issued HI2|HI3 cin=N|- from=N to=N": numbers of the context of its own header that
 * were not issued, or whose records are lost. */
struct lemf_notice { enum lemf_kind kind; struct lemf_range r; };
/* False: it says something else. */
bool lemf_notice_read(const struct ps_pdu *p, struct lemf_notice *n);
/* The context that it is about, made when nothing of it has come. */
enum li_err lemf_explain_ctx(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p, const struct lemf_notice *n,
			     struct lemf_ctx **ctx) LI_MUST;
/* Remembers an event's PDU in hex until the files are read; later ones go behind. */
enum li_err lemf_explain_keep(struct buf *b, struct view hex) LI_MUST;
/* Those of that element (empty: all) are void: its numbers began anew. */
void lemf_explain_reset(struct buf *b, struct view element);
/* The files are read: now what was said of them. */
enum li_err lemf_explain_all(struct lemf_store *s, struct lemf_case *c, struct view pdus) LI_MUST;

/* -- lemf_hi4.c -- */
/* An event with what a stored HI4 or HI1 notification says; of other payloads none. */
enum li_err lemf_notification(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p) LI_MUST;

/* -- lemf_load.c -- */
/* Says in the folder's first event whose it is, or reads it there. *mine false: it is another's. */
enum li_err lemf_load_name(struct lemf_store *s, struct lemf_case *c, li_us now, bool *mine) LI_MUST;
/* Reads whose folder that is. LI_ENOTFOUND: it does not say. */
enum li_err lemf_load_whose(struct lemf_store *s, struct lemf_folder *o, struct buf *line) LI_MUST;
/* The contexts from the files; torn ends are cut. */
enum li_err lemf_load(struct lemf_store *s, struct lemf_case *c, li_us now) LI_MUST;
/* Torn ends only: of the directory's own files. */
enum li_err lemf_load_top(struct lemf_store *s, li_us now) LI_MUST;
/* Remembers a reset. */
enum li_err lemf_reset_add(struct lemf_case *c, const struct lemf_reset *r) LI_MUST;
/* Drops the contexts that it is about, as far as their PDUs lie in that file. */
void lemf_reset_apply(struct lemf_store *s, const struct lemf_case *c, enum lemf_kind kind, const struct lemf_reset *r);

#endif
