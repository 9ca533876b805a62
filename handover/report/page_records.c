/*
 * page_records.c: the table of records and content of a page: each row has its PDU as data, for the drill-down: its JSON as lidump has it, and its octets.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/fields.h"
#include "asn1/look.h"
#include "asn1/notify.h"
#include "asn1/ps_dec.h"
#include "handover/report/finding.h"
#include "handover/report/page.h"

static const char *const type_name[] = { "", "BEGIN", "END", "CONTINUE", "REPORT" };

struct row {
	struct page *p;
	struct lidump d;
	struct buf pdu, plain, cell, data;
	uint64_t n;
};

/* -- cells -------------------------------------------------------------------------------------------------------------------------- */

static enum li_err cell(struct row *r, const char *class, struct view text)
{
	struct buf b = { 0 };
	enum li_err e = html_text(&b, text);

	sheet_printf(&r->p->out, "<td%s><bdi>", class);
	sheet_put(&r->p->out, buf_view(&b));
	sheet_raw(&r->p->out, "</bdi></td>");
	buf_fini(&b);
	return e;
}

static const char *const dir_name[] = { "from target", "to target", "no direction", "both directions", "no direction" };

/* What kind of thing it is: its type and its name, of the first item. */
static void what(const struct ps_pdu *m, char type[16], char name[96])
{
	struct view rest = m->payload;
	struct look_iri l;
	struct ps_item i;
	struct notify note;
	size_t more = 0, n;

	type[0] = name[0] = '\0';
	if (notify_is(m) && notify_next(m, &rest, &note) == LI_OK && note.form) {
		snprintf(type, 16, "%s", note.what ? note.what : "");
		snprintf(name, 96, "%s", note.form);
		return;
	}
	rest = m->payload;
	if ((m->kind != PS_IRI && m->kind != PS_CC) || ps_item_next(m->kind, &rest, &i)) {
		const struct field_member *f = field_by_tag(field_find(&fields_ps, "Payload"), FIELD_CONTEXT, m->payload_tag);

		snprintf(name, 96, "%s", f ? f->name : "unknown payload");
		return;
	}
	if (m->kind == PS_CC) {
		snprintf(type, 16, "%s", i.has_dir && (unsigned)i.dir < 5 ? dir_name[i.dir] : "-");
		snprintf(name, 96, "content, %zu octets", i.contents.n);
	} else {
		snprintf(type, 16, "%s", i.has_type && (unsigned)i.type < 5 ? type_name[i.type] : "-");
		if (i.contents_tag == 19 && !i.segmented && look_iri(i.contents, &l) == LI_OK && l.name)
			snprintf(name, 96, "%s", l.name);
		else
			snprintf(name, 96, "iRIContents [%" PRIu32 "]", i.contents_tag);
	}
	for (enum li_err e; (e = ps_item_next(m->kind, &rest, &i)) != LI_ECLOSED; )
		more++;
	n = strlen(name);
	if (more)
		snprintf(name + n, 96 - n, ", and %zu more", more);
}

static enum li_err cells(struct row *r, const struct page_record *x, const struct ps_pdu *m)
{
	char type[16], name[96], time[LI_RFC3339_MAX] = "", text[64];
	enum li_err e;

	what(m, type, name);
	if (x->time)
		page_time(x->time, time);
	sheet_printf(&r->p->out, "<tr class=\"kept\" data-k=\"%s\" data-y=\"%s\">", x->kind == LEMF_HI2 ? "hi2" : x->kind == LEMF_HI3 ? "hi3" : "other", type);
	e = cell(r, " class=\"t\"", view_str(time));
	if (!e)
		e = cell(r, "", view_str(type));
	if (!e)
		e = cell(r, "", view_str(name));
	snprintf(text, sizeof(text), "%" PRIu32, m->cin);
	if (!e)
		e = cell(r, " class=\"n\"", view_str(m->has_cin ? text : ""));
	snprintf(text, sizeof(text), "%" PRIu32, m->number);
	if (!e)
		e = cell(r, " class=\"n\"", view_str(text));
	if (!e)
		e = cell(r, "", m->nfid.n ? m->nfid : m->element_id);
	r->cell.n = 0;
	if (!e && x->kind != LEMF_HI3)
		e = page_members(buf_view(&r->d.text), &r->cell);
	return e ? e : cell(r, " class=\"w\"", buf_view(&r->cell));
}

/* -- data --------------------------------------------------------------------------------------------------------------------------- */

static enum li_err data(struct row *r, const struct page_record *x, bool decrypted)
{
	static const char digit[] = "0123456789abcdef";
	size_t shown = r->pdu.n < PAGE_HEX_MAX ? r->pdu.n : PAGE_HEX_MAX;
	struct buf *b = &r->data;
	enum li_err e;

	b->n = 0;
	e = buf_printf(b, "<script type=\"application/json\" id=\"r%" PRIu64 "\">{\"file\":\"%s\",\"offset\":%" PRIu64 ",\"octets\":%zu,\"decrypted\":%s,\"hex\":\"",
		       r->n, lemf_file_name[x->kind], x->offset, r->pdu.n, decrypted ? "true" : "false");
	if (!e)
		e = buf_need(b, 2 * shown);
	for (size_t i = 0; i < shown && !e; i++) {
		b->p[b->n++] = (uint8_t)digit[r->pdu.p[i] >> 4];
		b->p[b->n++] = (uint8_t)digit[r->pdu.p[i] & 15];
	}
	if (!e)
		e = buf_put(b, "\",\"pdu\":", 8);
	if (!e && r->d.text.n > 1 && r->d.text.n <= PAGE_TEXT_MAX)
		e = html_json(b, view_of(r->d.text.p, r->d.text.n - 1));	/* without its end of line */
	else if (!e)
		e = buf_put(b, "null", 4);
	r->p->cut += shown < r->pdu.n || r->d.text.n > PAGE_TEXT_MAX;
	return e ? e : buf_printf(b, "}</script>");
}

static enum li_err one(struct row *r, const struct page_record *x)
{
	struct page *p = r->p;
	const char *none;
	struct ps_pdu m, in;
	const struct ps_pdu *means = &m;
	size_t at;
	enum li_err e = lemf_pdu_at(exhibit_read, &p->folder.file[x->kind], x->offset, &r->pdu);

	if (!e)
		e = ps_decode(buf_view(&r->pdu), &m, &at, &none);
	if (e)
		return e == LI_ENOMEM || e == LI_EIO ? e : LI_OK;	/* the file has changed under us: it was decoded before */
	if (m.kind == PS_ENCRYPTED && p->keys && lemf_keys_open(p->keys, buf_view(&r->pdu), &r->plain, &in) == LI_OK)
		means = &in;
	r->d.text.n = 0;
	e = lidump_ps(&r->d, buf_view(&r->pdu), x->offset);
	if (!e)
		e = data(r, x, means != &m);
	if (e)
		return e;
	if (p->embedded + r->data.n > PAGE_EMBED_MAX)
		return LI_ELIMIT;
	p->embedded += r->data.n;
	e = cells(r, x, means);
	sheet_raw(&p->out, "<td class=\"act\">");
	sheet_put(&p->out, buf_view(&r->data));
	sheet_raw(&p->out, "</td></tr>\n");
	r->n++;
	p->shown++;
	return e;
}

/* -- all ------------------------------------------------------------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
	const struct page_record *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static size_t take(struct page_record *to, const struct page_kept *k)
{
	memcpy(to, k->first, k->n_first * sizeof(*to));
	memcpy(to + k->n_first, k->last, k->n_last * sizeof(*to));
	return k->n_first + k->n_last;
}

static void say_left_out(struct page *p, const char *what, const struct page_kept *k)
{
	uint64_t shown = k->n_first + k->n_last;

	if (k->n > shown)
		sheet_printf(&p->out, "<p class=\"note\">Of %" PRIu64 " %s the first %zu and the last %zu are shown here; <code>lemfd export</code> writes all.</p>\n", k->n,
			     what, k->n_first, k->n_last);
}

static void table(struct row *r, const struct page_record *x, size_t n)
{
	struct page *p = r->p;
	enum li_err e = LI_OK;
	size_t i = 0;

	sheet_raw(&p->out, "<div class=\"tools\" hidden><label>Find <input id=\"find\" type=\"search\" size=\"28\"></label>\n"
		  "<label>Kind <select id=\"kind\"><option value=\"\">all</option><option value=\"hi2\">records</option><option value=\"hi3\">content</option>"
		  "<option value=\"other\">others</option></select></label>\n<label>Type <select id=\"type\"><option value=\"\">all</option>"
		  "<option>BEGIN</option><option>CONTINUE</option><option>END</option><option>REPORT</option></select></label>\n"
		  "<output id=\"shown\" aria-live=\"polite\"></output></div>\n<table id=\"table\"><thead><tr><th scope=\"col\" data-o=\"t\">Time (UTC)</th>"
		  "<th scope=\"col\" data-o=\"t\">Type</th><th scope=\"col\" data-o=\"t\">Event</th><th scope=\"col\" class=\"n\" data-o=\"n\">CIN</th>"
		  "<th scope=\"col\" class=\"n\" data-o=\"n\">Number</th><th scope=\"col\" data-o=\"t\">Network function</th><th scope=\"col\">Members</th>"
		  "<th scope=\"col\" class=\"act\">Octets</th></tr></thead><tbody>\n");
	for (; i < n && !e; i++)
		e = one(r, &x[i]);
	sheet_raw(&p->out, "</tbody></table>\n");
	if (e == LI_ELIMIT)
		sheet_printf(&p->out, "<p class=\"note\">The last %zu of these are left out: the page would become too large.</p>\n", n - i + 1);
	else if (e && !p->out.err)
		p->out.err = e;
	if (p->cut)
		sheet_printf(&p->out, "<p class=\"note\">Of %" PRIu64 " long ones not all octets or members are in this page.</p>\n", p->cut);
}

void page_records(struct page *p)
{
	struct row r = { .p = p, .d = { .form = LIDUMP_JSON, .decrypt = p->keys && p->keys->n_ciphers ? lemf_keys_decrypt : NULL, .decrypt_arg = p->keys } };
	struct page_record *x = calloc(PAGE_RECORDS_FIRST + PAGE_RECORDS_LAST + PAGE_CONTENT_FIRST + PAGE_CONTENT_LAST, sizeof(*x));
	size_t n;

	if (!x) {
		p->out.err = p->out.err ? p->out.err : LI_ENOMEM;
		return;
	}
	n = take(x, &p->kept_records);
	n += take(x + n, &p->kept_content);
	qsort(x, n, sizeof(*x), by_time);
	buf_init(&r.d.text, LIDUMP_TEXT_MAX);
	say_left_out(p, "records", &p->kept_records);
	say_left_out(p, "PDUs of content", &p->kept_content);
	sheet_raw(&p->out, "<noscript><p class=\"note\">Filter and drill-down need a script, which this page has inside; without it the table stands whole.</p></noscript>\n");
	if (n)
		table(&r, x, n);
	else
		sheet_raw(&p->out, "<p class=\"note\">None.</p>\n");
	free(x);
	buf_fini(&r.d.text);
	buf_fini(&r.d.opened);
	buf_fini(&r.pdu);
	buf_fini(&r.plain);
	buf_fini(&r.cell);
	buf_fini(&r.data);
}
