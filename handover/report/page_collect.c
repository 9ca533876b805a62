/* page_collect.c: what a page keeps of all that its account finds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/look.h"
#include "asn1/notify.h"
#include "asn1/ps_dec.h"
#include "handover/chain.h"
#include "handover/lemf_line.h"
#include "handover/report/finding.h"
#include "handover/report/page.h"

/* -- rows of tables -------------------------------------------------------------------------------------------------------------- */

/* Room for one more of each; the comma before its object. */
static bool more(struct page_rows *r, enum li_err *e)
{
	*e = LI_OK;
	if (r->n++ >= PAGE_ROWS)
		return false;
	if (r->json.n)
		*e = buf_put(&r->json, ",", 1);
	return !*e;
}

static enum li_err where_cell(struct page *p, const struct track *t, struct buf *b)
{
	enum li_err e = buf_printf(b, "<tr><td>");

	if (!e)
		e = finding_where(b, &p->a, t);
	return e ? e : buf_printf(b, "</td>");
}

static enum li_err on_gap(void *arg, const struct track *t, uint32_t from, uint32_t to)
{
	struct page *p = arg;
	enum li_err e;

	if (!more(&p->gaps, &e))
		return e;
	e = where_cell(p, t, &p->gaps.html);
	if (!e)
		e = buf_printf(&p->gaps.html, "<td class=n>%" PRIu32 "</td><td class=n>%" PRIu32 "</td><td class=n>%" PRIu64 "</td></tr>\n", from, to,
			       (uint64_t)(to - from) + 1);
	return e ? e : finding_gap(&p->gaps.json, &p->a, t, from, to);
}

static enum li_err on_again(void *arg, const struct track *t, uint32_t number, uint64_t first, uint64_t offset, bool same)
{
	struct page *p = arg;
	enum li_err e;

	if (!more(&p->again, &e))
		return e;
	e = where_cell(p, t, &p->again.html);
	if (!e)
		e = buf_printf(&p->again.html, "<td class=n>%" PRIu32 "</td><td class=n>%" PRIu64 "</td><td class=n>%" PRIu64 "</td><td%s</td></tr>\n", number,
			       first, offset, same ? ">the same" : " class=bad>different");
	return e ? e : finding_again(&p->again.json, &p->a, t, number, first, offset, same);
}

static enum li_err on_check(void *arg, const struct track *t, uint32_t number, const struct ps_check *k, const struct lemf_verdict *v, uint64_t offset)
{
	struct page *p = arg;
	struct page_rows *r = v->word == LEMF_GOOD ? &p->good : &p->checks;
	const char *algorithm = chain_hash_name(v->hash);
	enum li_err e;

	if (!more(r, &e))
		return e;
	e = where_cell(p, t, &r->html);
	if (!e)
		e = buf_printf(&r->html, "<td class=n>%" PRIu32 "</td><td class=%s>%s</td><td class=n>%" PRIu32 "</td><td class=n>%" PRIu32
			       "</td><td class=n>%zu</td><td>%s%s%s</td><td class=n>%" PRIu64 "</td><td>", number,
			       v->word == LEMF_GOOD ? "good" : v->word == LEMF_BAD || v->word == LEMF_MISSING ? "bad" : "open", lemf_word_text(v->word),
			       v->from, v->to, k->n_numbers, algorithm ? algorithm : "-", v->covers ? ", over " : "", v->covers ? v->covers : "", offset);
	if (!e && v->missing)
		e = buf_printf(&r->html, "%" PRIu64 " not here, the first is %" PRIu32, v->missing, v->first_missing);
	if (!e)
		e = buf_printf(&r->html, "</td></tr>\n");
	return e ? e : finding_check(&r->json, &p->a, t, number, k, v, offset);
}

static enum li_err on_damaged(void *arg, enum lemf_kind kind, uint64_t offset, const char *what)
{
	struct page *p = arg;
	struct buf *b = &p->damaged.html;
	enum li_err e;

	if (!more(&p->damaged, &e))
		return e;
	e = buf_printf(b, "<tr><td>%s</td><td class=n>%" PRIu64 "</td><td>", lemf_file_name[kind], offset);
	if (!e)
		e = html_text(b, view_str(what));
	if (!e)
		e = buf_printf(b, "</td></tr>\n");
	return e ? e : finding_damaged(&p->damaged.json, kind, offset, what);
}

static enum li_err on_object(void *arg, const struct account_object *o)
{
	struct page *p = arg;
	struct buf *b = &p->objects.html;
	enum li_err e;

	if (!more(&p->objects, &e))
		return e;
	e = buf_printf(b, "<tr><td>");
	if (!e)
		e = html_text(b, view_str(o->file));
	if (!e)
		e = buf_printf(b, "</td><td class=n>%" PRIu32 "</td><td class=n>%" PRIu32 "</td><td class=n>%" PRIu64 "</td><td class=w>", o->from, o->to, o->octets);
	for (size_t i = 0; i < sizeof(o->sha256) && !e; i++)
		e = buf_printf(b, "%02x", o->sha256[i]);
	if (!e)
		e = buf_printf(b, "</td><td class=%s>%s</td></tr>\n", o->state == OBJECT_GOOD ? "good" : "bad", finding_object_word(o));
	return e ? e : finding_object(&p->objects.json, o);
}

static enum li_err on_stray(void *arg, const struct account_stray *s)
{
	struct page *p = arg;
	struct buf *b = &p->strays.html;
	enum li_err e;

	if (!more(&p->strays, &e))
		return e;
	e = buf_printf(b, "<tr><td class=%s>%s</td><td>", stray_is_bad(s->what) ? "bad" : "open", stray_word(s->what));
	if (!e)
		e = finding_stray_text(b, &p->a, s);	/* octets of others are %XX in it */
	if (!e)
		e = buf_printf(b, "</td></tr>\n");
	return e ? e : finding_stray(&p->strays.json, &p->a, s);
}

/* -- notifications ------------------------------------------------------------------------------------------------------------------- */

static enum li_err time_cell(struct buf *b, bool has, li_us t)
{
	char text[LI_RFC3339_MAX] = "";

	if (has)
		page_time(t, text);
	return buf_printf(b, "<td class=t>%s</td>", text);
}

static enum li_err time_member(struct buf *b, const char *name, bool has, li_us t)
{
	char text[LI_RFC3339_MAX];

	return has && li_rfc3339(t, text) ? buf_printf(b, ",\"%s\":\"%s\"", name, text) : LI_OK;
}

/* A row of it, and its object. */
static enum li_err notification(struct page *p, const struct account_pdu *x, const struct notify *n)
{
	struct buf *b = &p->notifications.html, *j = &p->notifications.json;
	bool has = n->has_time || x->has_time;
	li_us t = n->has_time ? n->time : x->time;
	char what[48];
	enum li_err e;

	if (!more(&p->notifications, &e))
		return e;
	if (n->what)
		snprintf(what, sizeof(what), "%s", n->what);
	else
		snprintf(what, sizeof(what), "[%" PRIu32 "]", n->form ? n->type : n->tag);
	e = buf_printf(b, "<tr>");
	if (!e)
		e = time_cell(b, has, t);
	if (!e)
		e = buf_printf(b, "<td>%s</td><td>%s</td>", what, n->form ? n->form : "hI4Payload of a later version");
	if (!e)
		e = time_cell(b, n->has_start, n->start);
	if (!e)
		e = time_cell(b, n->has_end, n->end);
	if (!e)
		e = buf_printf(b, "<td class=w>");
	if (!e)
		e = html_text(b, n->text);
	if (!e)
		e = buf_printf(b, "</td><td class=n>%" PRIu32 "</td></tr>\n", x->means->number);
	if (!e)
		e = buf_printf(j, "{\"finding\":\"notification\",\"form\":\"%s\",\"what\":\"%s\",\"number\":%" PRIu32, n->form ? n->form : "hI4Payload", what, x->means->number);
	if (!e)
		e = time_member(j, "time", has, t);
	if (!e)
		e = time_member(j, "start", n->has_start, n->start);
	if (!e)
		e = time_member(j, "end", n->has_end, n->end);
	return e ? e : buf_put(j, "}", 1);
}

static enum li_err notifications(struct page *p, const struct account_pdu *x)
{
	struct view rest = x->means->payload;
	enum li_err e = LI_OK, got;
	struct notify n;

	while (!e && (got = notify_next(x->means, &rest, &n)) != LI_ECLOSED)
		e = got ? LI_OK : notification(p, x, &n);
	return e;
}

/* -- events -------------------------------------------------------------------------------------------------------------------------- */

static void count(struct page_count c[PAGE_EVENTS], const char *name, size_t n)
{
	unsigned i = 0;

	if (n >= sizeof(c->name))
		n = sizeof(c->name) - 1;
	while (i < PAGE_EVENTS - 1 && c[i].n && (strncmp(c[i].name, name, n) || c[i].name[n]))
		i++;
	if (!c[i].n)
		snprintf(c[i].name, sizeof(c->name), "%.*s", (int)n, i == PAGE_EVENTS - 1 ? "others" : name);
	c[i].n++;
}

static void copy(char *to, size_t n, struct view line, const char *member)
{
	struct view v;

	if (lemf_line_text(line, member, &v))
		snprintf(to, n, "%.*s", (int)(v.n < n ? v.n : n - 1), (const char *)v.p);
}

/* A certificate that PDUs came from, once. */
static void on_peer(struct page *p, struct view line)
{
	struct page_peer x = { .n = 1 };
	unsigned i = 0;

	p->peers++;
	copy(x.subject, sizeof(x.subject), line, "subject");
	copy(x.sha256, sizeof(x.sha256), line, "sha256");
	copy(x.address, sizeof(x.address), line, "address");
	copy(x.first, sizeof(x.first), line, "time");
	memcpy(x.last, x.first, sizeof(x.last));
	while (i < PAGE_PEERS && p->peer[i].n && (strcmp(p->peer[i].sha256, x.sha256) || strcmp(p->peer[i].subject, x.subject)))
		i++;
	if (i == PAGE_PEERS)
		return;
	if (!p->peer[i].n) {
		p->peer[i] = x;
		return;
	}
	p->peer[i].n++;
	memcpy(p->peer[i].last, x.last, sizeof(x.last));
}

/* What the page finds anew, or shows apart. */
static bool is_elsewhere(struct view event)
{
	static const char *const name[] = { "interception", "peer", "gap", "gap-closed", "gap-explained", "integrity", "conflict", "repeat", "object" };

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (view_eq(event, view_str(name[i])))
			return true;
	return false;
}

#define REST_MAX 400	/* octets shown of a line: that of a message fits, that of a notice with its PDU is cut */

static enum li_err on_event(void *arg, struct view line)
{
	struct page *p = arg;
	struct view event = view_of("", 0), time = event, rest;
	struct buf *b = &p->events.html;
	enum li_err e;

	(void)lemf_line_text(line, "event", &event);
	(void)lemf_line_text(line, "time", &time);
	count(p->arrival, (const char *)event.p, event.n);
	if (view_eq(event, view_str("peer")))
		on_peer(p, line);
	if (is_elsewhere(event) || !more(&p->events, &e))
		return LI_OK;
	rest = event.n ? view_of(event.p + event.n + 1, (size_t)(line.p + line.n - (event.p + event.n + 1))) : line;
	if (rest.n && *rest.p == ',')
		rest = view_of(rest.p + 1, rest.n - 1);
	if (event.n && rest.n)
		rest.n--;		/* the brace */
	e = buf_printf(b, "<tr><td>");
	if (!e)
		e = html_text(b, time);
	if (!e)
		e = buf_printf(b, "</td><td>");
	if (!e)
		e = html_text(b, event);
	if (!e)
		e = buf_printf(b, "</td><td class=w>");
	if (!e)
		e = html_text(b, view_of(rest.p, rest.n > REST_MAX ? REST_MAX : rest.n));
	if (!e)
		e = buf_printf(b, "%s</td></tr>\n", rest.n > REST_MAX ? " …" : "");
	return e ? e : html_jstr(&p->events.json, line);
}

/* -- PDUs ---------------------------------------------------------------------------------------------------------------------------- */

static void keep(struct page_kept *k, const struct account_pdu *x)
{
	struct page_record r = { x->kind, x->offset, x->has_time ? x->time : 0 };

	k->n++;
	if (k->n_first < k->max_first) {
		k->first[k->n_first++] = r;
		return;
	}
	k->last[k->at] = r;
	k->at = (k->at + 1) % k->max_last;
	k->n_last += k->n_last < k->max_last;
}

static struct page_session *session_of(struct page *p, const struct account_pdu *x)
{
	struct page_session *s;

	if (x->session_id < p->n_sessions)
		return p->session[x->session_id];
	if (x->session_id >= PAGE_SESSIONS || x->session_id > p->n_sessions)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->id = x->session_id;
	s->first = INT64_MAX;
	s->last = INT64_MIN;
	p->session[p->n_sessions++] = s;
	return s;
}

static void see(struct page *p, struct page_session *s, li_us t)
{
	if (!p->timed || t < p->from)
		p->from = t;
	if (!p->timed || t > p->to)
		p->to = t;
	p->timed = true;
	if (s && t < s->first)
		s->first = t;
	if (s && t > s->last)
		s->last = t;
}

static void mark(struct page_session *s, const struct account_pdu *x, const struct ps_item *i, li_us t)
{
	unsigned type = i->has_type && (unsigned)i->type < 5 ? (unsigned)i->type : 0;

	if (type == LI_IRI_BEGIN && !s->begun) {
		s->begun = true;
		s->begin = t;
	} else if (type == LI_IRI_END) {
		s->ended = true;
		s->end = t;
	}
	if (s->n_marks < PAGE_MARKS)
		s->mark[s->n_marks++] = (struct page_mark){ t, (uint8_t)type, x->means->number };
}

static void on_iri(struct page *p, struct page_session *s, const struct account_pdu *x, const struct ps_item *i, bool timed, li_us t)
{
	struct look_iri l;
	char tag[48];

	p->records++;
	p->types[i->has_type && (unsigned)i->type < 5 ? (unsigned)i->type : 0]++;
	snprintf(tag, sizeof(tag), "iRIContents [%" PRIu32 "]", i->contents_tag);
	if (i->contents_tag == 19 && !i->segmented && look_iri(i->contents, &l) == LI_OK) {
		if (!l.name)
			snprintf(tag, sizeof(tag), "event [%" PRIu32 "]", l.event);
		count(p->event, l.name ? l.name : tag, strlen(l.name ? l.name : tag));
	} else {
		count(p->event, tag, strlen(tag));
	}
	if (s)
		s->records++;
	if (!timed)
		return;
	bins_add(&p->all, t, BINS_RECORDS, 1);
	if (s)
		mark(s, x, i, t);
}

static void on_cc(struct page *p, struct page_session *s, const struct ps_item *i, bool timed, li_us t)
{
	enum bins_what what = !i->has_dir ? BINS_OTHER : i->dir == LI_FROM_TARGET ? BINS_UP : i->dir == LI_TO_TARGET ? BINS_DOWN : BINS_OTHER;

	p->content++;
	*(what == BINS_UP ? &p->up : what == BINS_DOWN ? &p->down : &p->other) += i->contents.n;
	if (s) {
		s->content++;
		s->octets += i->contents.n;
	}
	if (!timed)
		return;
	bins_add(&p->all, t, what, i->contents.n);
	if (s)
		bins_add(&s->bins, t, what, i->contents.n);
}

static enum li_err on_pdu(void *arg, const struct account_pdu *x)
{
	struct page *p = arg;
	struct page_session *s = session_of(p, x);
	struct view rest = x->means->payload;
	struct ps_item i;
	enum li_err e = LI_OK;

	if (x->kind == LEMF_CHECKS)
		return LI_OK;
	keep(x->kind == LEMF_HI3 ? &p->kept_content : &p->kept_records, x);
	if (x->has_time && bins_takes(x->time))
		see(p, s, x->time);
	if (notify_is(x->means))
		return notifications(p, x);
	while ((x->means->kind == PS_IRI || x->means->kind == PS_CC) && (e = ps_item_next(x->means->kind, &rest, &i)) != LI_ECLOSED) {
		li_us t = i.has_time ? i.time : x->time;
		bool timed = (i.has_time || x->has_time) && bins_takes(t);

		if (e)
			continue;
		if (i.has_time && timed)
			see(p, s, t);
		if (x->means->kind == PS_IRI)
			on_iri(p, s, x, &i, timed, t);
		else
			on_cc(p, s, &i, timed, t);
	}
	return LI_OK;
}

const struct account_ops page_ops = { on_event, on_pdu, on_damaged, on_check, on_gap, on_again, on_object, on_stray };

/* -- life ---------------------------------------------------------------------------------------------------------------------------- */

static bool kept_init(struct page_kept *k, size_t first, size_t last)
{
	k->max_first = first;
	k->max_last = last;
	k->first = calloc(first, sizeof(*k->first));
	k->last = calloc(last, sizeof(*k->last));
	return k->first && k->last;
}

enum li_err page_begin(struct page *p, struct lemf_keys *keys, li_us made)
{
	*p = (struct page){ .keys = keys, .made = made };
	return kept_init(&p->kept_records, PAGE_RECORDS_FIRST, PAGE_RECORDS_LAST) && kept_init(&p->kept_content, PAGE_CONTENT_FIRST, PAGE_CONTENT_LAST)
		? LI_OK : LI_ENOMEM;
}

void page_end(struct page *p)
{
	struct page_rows *rows[] = { &p->gaps, &p->again, &p->good, &p->checks, &p->damaged, &p->events, &p->notifications, &p->objects,
				      &p->strays };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_fini(&rows[i]->html);
		buf_fini(&rows[i]->json);
	}
	for (size_t i = 0; i < p->n_sessions; i++)
		free(p->session[i]);
	free(p->kept_records.first);
	free(p->kept_records.last);
	free(p->kept_content.first);
	free(p->kept_content.last);
}
