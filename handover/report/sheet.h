/*
 * sheet.h: a file of a report while it is written: readable by its owner only, and under its name only when it is whole. Text of others goes
 * through sheet_text() and sheet_json(), so that it stays text. One thread.
 */
#ifndef HANDOVER_REPORT_SHEET_H
#define HANDOVER_REPORT_SHEET_H

#include <li/buf.h>

struct sheet {
	int dir, fd;
	char name[320], aside[330];
	struct buf b;		/* what is to be written */
	enum li_err err;	/* the first failure: all that follows does nothing */
	int error;		/* its errno, of LI_EIO */
};

/* In the folder dir (borrowed). LI_EIO. */
enum li_err sheet_open(struct sheet *s, int dir, const char *name) LI_MUST;
/* Writes the rest, and gives the file its name; or, where something failed, removes it. */
enum li_err sheet_close(struct sheet *s) LI_MUST;

void sheet_raw(struct sheet *s, const char *html);
void sheet_put(struct sheet *s, struct view html);
/* Of our own words and numbers only. */
void sheet_printf(struct sheet *s, const char *fmt, ...) LI_PRINTF(2, 3);

/* -- the same for any buffer -- */

/* Text of others for HTML, inside an element or a quoted attribute: what is no character, and what would change the direction or
 * hide (controls, bidirectional marks), is shown by its number. */
enum li_err html_text(struct buf *b, struct view text) LI_MUST;
/* A valid JSON text for a <script> of data: what could end that, or a line of script, is written \uXXXX. */
enum li_err html_json(struct buf *b, struct view json) LI_MUST;
/* Text of others as a JSON string, in such a place. */
enum li_err html_jstr(struct buf *b, struct view text) LI_MUST;

#endif
