/*
 * page.h: the report on one interception while it is collected: page_collect.c hears what account.c finds, page.c writes the page, page_svg.c its timeline,
 * page_records.c its records. What is kept is bounded whatever the files hold; the page says what was left out.
 */
#ifndef HANDOVER_REPORT_PAGE_H
#define HANDOVER_REPORT_PAGE_H

#include "handover/report/account.h"
#include "handover/report/bins.h"
#include "handover/report/sheet.h"

/* Records and content shown in full: from the beginning, and from the end. A browser takes that many rows at once, and with PAGE_EMBED_MAX a page stays one that
 * can be sent. lemfd export has all of them. */
#define PAGE_RECORDS_FIRST	500
#define PAGE_RECORDS_LAST	1500
#define PAGE_CONTENT_FIRST	50
#define PAGE_CONTENT_LAST	50
#define PAGE_EMBED_MAX	(24u << 20)	/* octets of text of all these */
#define PAGE_HEX_MAX	(16u << 10)	/* octets of one PDU */
#define PAGE_TEXT_MAX	(256u << 10)	/* of one PDU's JSON */
#define PAGE_SESSIONS	200		/* rows of the timeline: four printed pages */
#define PAGE_MARKS	64		/* records marked in one row: more would lie upon each other */
#define PAGE_ROWS	1000		/* of each table of findings and of events */
#define PAGE_EVENTS	128		/* names of events that are counted apart: TS 33.128 has fewer in use at one agency */
#define PAGE_PEERS	64		/* certificates */

struct page_rows {			/* of a table: n came, the first PAGE_ROWS of them are in html and, as objects, in json */
	struct buf html, json;
	uint64_t n;
};

struct page_mark { li_us time; uint8_t type; uint32_t number; };

struct page_session {
	uint32_t id;			/* of the account's sessions */
	bool begun, ended;
	li_us begin, end, first, last;	/* first > last: no time was seen */
	uint64_t records, content, octets;
	struct bins bins;
	struct page_mark mark[PAGE_MARKS];
	unsigned n_marks;
};

struct page_record { enum lemf_kind kind; uint64_t offset; li_us time; };

struct page_kept {			/* the first and the last of many */
	struct page_record *first, *last;	/* last: a ring */
	size_t n_first, n_last, at, max_first, max_last;
	uint64_t n;
};

struct page_count { char name[64]; uint64_t n; };

struct page_peer { char subject[300], sha256[65], address[96], first[LI_RFC3339_MAX], last[LI_RFC3339_MAX]; uint64_t n; };

struct page {
	struct account a;
	struct folder folder;
	struct lemf_keys *keys;
	li_us made;
	struct sheet out;
	struct bins all;
	bool timed;
	li_us from, to;			/* of all PDUs */
	uint64_t types[5];		/* IRI by enum li_iri_type; [0]: without one */
	uint64_t records, content, up, down, other;	/* items; octets of content */
	struct page_kept kept_records, kept_content;
	struct page_session *session[PAGE_SESSIONS];	/* in the order in which they came */
	size_t n_sessions;
	struct page_count event[PAGE_EVENTS], arrival[PAGE_EVENTS];	/* records by event; lines of events.jsonl by name */
	struct page_peer peer[PAGE_PEERS];
	uint64_t peers;
	struct page_rows gaps, again, good, checks, damaged, events, notifications, objects, strays;	/* checks: those that are not good */
	size_t embedded;
	uint64_t shown, cut;		/* records in the table; of these without all their octets */
};

extern const struct account_ops page_ops;	/* page_collect.c; arg: the page */

enum li_err page_begin(struct page *p, struct lemf_keys *keys, li_us made) LI_MUST;
void page_end(struct page *p);
/* The page, into p->out. */
void page_write(struct page *p);
void page_timeline(struct page *p);
void page_records(struct page *p);

/* A few members of a record for people who look for places, addresses and networks: "dNN internet; nCI 1a2b3c4d5": from its JSON. */
enum li_err page_members(struct view json, struct buf *out) LI_MUST;
/* "2026-02-06 10:11:12.345678"; *to is empty when it is none. */
void page_time(li_us t, char to[LI_RFC3339_MAX]);
/* HTML of a template: text with {{name}}, each written by fill(). */
void page_fill(struct sheet *s, const char *template, void (*fill)(void *arg, const char *name, size_t n), void *arg);
/* The policy of a page with this style and script, and with nothing else: 'sha256-…'. */
void page_policy(struct sheet *s, const char *css, const char *js);

/* report.mk makes them of the files of these names */
extern const char report_head_html[], report_page_html[], report_index_html[], report_page_css[], report_page_js[];

#endif
