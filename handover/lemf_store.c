/*
 * lemf_store.c: one PDU's way into the files.
 *
 *   lemf_store_put -> find_case (folder; its contexts from the files) -> put_data: lemf_ctx_get, lemf_seq_put
 *     in order or missing before -> append;  came before -> again(): same octets are counted, others are stored and said
 *   TRI that means something -> an event;  what does not decode -> lemf_store_bad -> DIR/other.ber and an event
 *
 * Nothing is on the disk before the owner has called lemf_dir_sync_begin … _end.
 */
#include "handover/lemf_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "asn1/ber.h"
#include "handover/jstr.h"
#include "handover/lemf_check.h"
#include "handover/lemf_object.h"

#define CASES_MAX LI_WARRANTS_MAX	/* folders; more are refused: their PDUs go to DIR/other.ber */

struct lemf_store *lemf_store_open(const char *dir, uint64_t seed, li_us now, char *err, size_t errlen)
{
	struct lemf_store *s = calloc(1, sizeof(*s));

	snprintf(err, errlen, "%s: no memory", dir);
	if (!s)
		return NULL;
	s->dir = lemf_dir_open(dir, err, errlen);
	s->ctxs = s->dir ? lemf_ctxs_new(seed, LEMF_CONTEXTS_MAX) : NULL;
	s->top = s->ctxs ? lemf_dir_folder(s->dir, ".") : NULL;
	if (s->top && lemf_load_top(s, now) == LI_OK)
		return s;
	if (s->top)
		snprintf(err, errlen, "%s: %s", dir, lemf_dir_error(s->dir));
	lemf_store_close(s);
	return NULL;
}

void lemf_store_close(struct lemf_store *s)
{
	struct lemf_case *c;

	if (!s)
		return;
	lemf_ctxs_free(s->ctxs);
	lemf_dir_close(s->dir);
	while ((c = s->cases)) {
		s->cases = c->next;
		free(c->reset);
		lemf_object_free(c);
		free(c);
	}
	buf_fini(&s->line);
	buf_fini(&s->plain);
	free(s->pending);
	free(s);
}

void lemf_store_keys(struct lemf_store *s, struct lemf_keys *k)
{
	s->keys = k;
}

void lemf_store_gap_wait(struct lemf_store *s, li_us wait)
{
	s->gap_wait = wait;
}

void lemf_store_ledgers(struct lemf_store *s)
{
	s->ledgers = true;
}

struct lemf_dir *lemf_store_dir(struct lemf_store *s)
{
	return s->dir;
}

const struct lemf_stats *lemf_store_stats(const struct lemf_store *s)
{
	return &s->stats;
}

/* -- whose ----------------------------------------------------------------------------------------------------------------- */

static void name_of(const struct ps_pdu *p, struct lemf_name *n)
{
	memset(n, 0, sizeof(*n));
	memcpy(n->country, p->has_auth_country ? p->auth_country.c : "__", 2);
	n->n_operator = (uint8_t)p->operator_id.n;	/* ps_decode holds both to their limits, and to one octet at least */
	memcpy(n->operator_id, p->operator_id.p, n->n_operator);
	n->n_liid = (uint8_t)p->liid.n;
	memcpy(n->liid, p->liid.p, n->n_liid);
}

static enum li_err folder_name(const struct lemf_name *n, bool dashes, struct buf *b)
{
	enum li_err e = lemf_escape(b, view_str(n->country), false);

	if (!e)
		e = buf_put(b, "-", 1);
	if (!e)
		e = lemf_escape(b, view_of(n->operator_id, n->n_operator), dashes);
	if (!e)
		e = buf_put(b, "-", 1);
	if (!e)
		e = lemf_escape(b, view_of(n->liid, n->n_liid), dashes);
	return e ? e : buf_put(b, "", 1);
}

/* The case of that folder, made when there is none; *mine false: the folder is another's. */
static enum li_err case_in(struct lemf_store *s, const struct lemf_name *n, const char *folder, li_us now, struct lemf_case **out, bool *mine)
{
	struct lemf_folder *o = lemf_dir_folder(s->dir, folder);
	struct lemf_case *c = o ? o->owner : NULL;
	enum li_err e;

	*out = c;
	if (!o)
		return LI_EIO;
	if (c && c->named) {
		*mine = memcmp(&c->name, n, sizeof(*n)) == 0;
		return LI_OK;
	}
	if (!c) {
		if (s->stats.interceptions >= CASES_MAX)
			return LI_ELIMIT;
		*out = c = calloc(1, sizeof(*c));
		if (!c)
			return LI_ENOMEM;
		c->folder = o;
		c->next = s->cases;
		s->cases = o->owner = c;
		s->stats.interceptions++;
	}
	c->name = *n;
	e = lemf_load_name(s, c, now, mine);	/* HO-PSH-018 */
	if (!e && *mine)
		c->named = true;
	return e;
}

static enum li_err find_case(struct lemf_store *s, const struct ps_pdu *p, li_us now, struct lemf_case **c)
{
	struct lemf_name n;
	struct buf b = { 0 };
	bool mine = false;
	enum li_err e = LI_OK;

	name_of(p, &n);
	for (unsigned dashes = 0; dashes < 2 && !e && !mine; dashes++) {
		b.n = 0;
		e = folder_name(&n, dashes, &b);
		if (!e)
			e = case_in(s, &n, (const char *)b.p, now, c, &mine);
	}
	buf_fini(&b);
	if (!e && !mine)	/* somebody put a folder of that name there */
		e = LI_EEXIST;
	if (!e && !(*c)->loaded)
		e = lemf_load(s, *c, now);
	return e;
}

/* -- data ------------------------------------------------------------------------------------------------------------------ */

static enum li_err tell_again(struct lemf_store *s, struct lemf_ctx *x)
{
	const struct lemf_case *c = x->owner;

	if (!x->n_again)
		return LI_OK;
	lemf_event(s, "duplicates", s->now);
	lemf_event_ctx(s, x);
	lemf_event_number(s, "from", x->again.from);
	lemf_event_number(s, "to", x->again.to);
	lemf_event_number(s, "count", x->n_again);
	x->n_again = 0;
	return lemf_event_end(s, c->folder);
}

/* HO-SEQ-014, HO-BUF-011: the PDU is there already, octet for octet. One event tells of a run of them. */
static enum li_err count_again(struct lemf_store *s, struct lemf_ctx *x, uint32_t number)
{
	enum li_err e = LI_OK;

	s->stats.duplicates++;
	if (x->n_again && number != x->again.to + 1)
		e = tell_again(s, x);
	if (!x->n_again)
		x->again.from = number;
	x->again.to = number;
	x->n_again++;
	if (!x->has_again) {
		x->has_again = true;
		x->next_again = s->again;
		s->again = x;
	}
	return e;
}

enum li_err lemf_settle(struct lemf_store *s)
{
	enum li_err e = LI_OK;

	while (s->again) {
		struct lemf_ctx *x = s->again;
		enum li_err y = tell_again(s, x);

		s->again = x->next_again;
		x->has_again = false;
		e = e ? e : y;
	}
	return e;
}

enum li_err lemf_store_settle(struct lemf_store *s, li_us now)
{
	enum li_err e;

	s->now = now;
	s->from = NULL;
	e = lemf_object_tick(s);
	if (!e)
		e = lemf_gap_tick(s);
	if (!e)
		e = lemf_check_tick(s);
	return e ? e : lemf_settle(s);
}

enum li_err lemf_store_end(struct lemf_store *s, li_us now)
{
	enum li_err e;

	s->now = now;
	s->from = NULL;
	e = lemf_check_say(s, NULL);
	return e ? e : lemf_gap_say_all(s, NULL);
}

static enum li_err same_octets(struct lemf_store *s, struct lemf_file *f, uint64_t offset, struct view pdu, bool *same)
{
	uint8_t block[4096];
	size_t got;
	enum li_err e = LI_OK;

	*same = true;
	while (pdu.n && *same && !e) {
		size_t n = pdu.n < sizeof(block) ? pdu.n : sizeof(block);

		e = lemf_file_read(s->dir, f, offset, block, n, &got);
		*same = !e && got == n && memcmp(block, pdu.p, n) == 0;
		offset += n;
		pdu = view_of(pdu.p + n, pdu.n - n);
	}
	return e;
}

/* A number that had come before. *store: its octets are not there yet. */
static enum li_err again(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, struct lemf_file *f, const struct ps_pdu *p,
			 struct view octets, bool *store)
{
	uint64_t first;
	bool known = lemf_seen_get(s->ctxs, x, p->number, &first), same = false;
	bool aside = known && first & LEMF_ASIDE;
	enum li_err e;

	first &= ~LEMF_ASIDE;
	e = known ? same_octets(s, aside ? lemf_file_aside(x) : f, first, octets, &same) : LI_OK;
	*store = !same;
	if (e)
		return e;
	if (same)
		return count_again(s, x, p->number);
	if (known)
		s->stats.conflicts++;
	else
		s->stats.repeats++;
	lemf_event(s, known ? "conflict" : "repeat", s->now);
	lemf_event_ctx(s, x);
	lemf_event_number(s, "number", p->number);
	if (known)
		lemf_event_number(s, aside ? "first_offset_aside" : "first_offset", first);
	lemf_event_number(s, "offset", lemf_file_end(f));
	return lemf_event_end(s, c->folder);
}

/* Only payloads of their own counter are judged: an encrypted one that no key opens hides whether it is IRI or CC, which count apart
 * (digest of TS 102 232-1, clause 6.2). */
enum li_err lemf_judge(struct lemf_store *s, struct lemf_case *c, struct lemf_ctx *x, bool made, struct lemf_file *f, const struct ps_pdu *p,
		       struct view octets, bool *store)
{
	struct lemf_range r;

	if (made && c->forgot && p->number) {	/* it may have been forgotten: what is missing before cannot be told */
		x->seq.started = true;
		x->seq.next = p->number;
	}
	switch (lemf_seq_put(&x->seq, p->number, &r)) {	/* HO-SEQ-016 */
	case LEMF_OPENS:	/* HO-SEQ-012 */
		return lemf_gap_open(s, c, x, r);
	case LEMF_CLOSES:
		return lemf_gap_closed(s, c, x, r);
	case LEMF_LATER:	/* HO-SEQ-013: connections took turns */
		lemf_gap_shrinks(s, x, r);
		return LI_OK;
	case LEMF_LATE:		/* it was said not to be coming: better than that */
		return LI_OK;
	case LEMF_FILLS:	/* HO-SEQ-013: stored as it came, the gap's events say that order is not arrival */
		s->stats.missing -= s->stats.missing > 0;	/* of before a start it is not counted */
		return LI_OK;
	case LEMF_OLD:
		return again(s, c, x, f, p, octets, store);
	case LEMF_NEXT:
		break;
	}
	return LI_OK;
}

static enum lemf_kind kind_of(const struct ps_pdu *p)
{
	return p->kind == PS_IRI ? LEMF_HI2 : p->kind == PS_CC ? LEMF_HI3 : LEMF_OTHER;
}

static enum li_err note_payload(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p)
{
	bool encrypted = p->kind == PS_ENCRYPTED;

	if (c->noted || (!encrypted && p->kind != PS_UNKNOWN))
		return LI_OK;
	c->noted = true;
	lemf_event(s, encrypted ? "encrypted" : "unknown-payload", s->now);	/* HO-PEN-009, HO-ENC-011 */
	lemf_event_number(s, "payload", p->payload_tag);
	return lemf_event_end(s, c->folder);
}

static enum li_err tell_lack(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const char *event, uint32_t number, bool *told)
{
	*told = true;
	lemf_event(s, event, s->now);
	lemf_event_ctx(s, x);
	lemf_event_number(s, "number", number);
	return lemf_event_end(s, c->folder);
}

/* HO-TS-009, HO-IRI-008: an IRI without a time or, from a peer before v3.25.1, without iRIType is kept, and told once. */
static enum li_err note_lacks(struct lemf_store *s, struct lemf_case *c, const struct lemf_ctx *x, const struct ps_pdu *p)
{
	bool timed = true, typed = true;
	struct view rest = p->payload;
	enum li_err e = LI_OK;
	struct ps_item i;

	if (p->kind != PS_IRI || (c->no_time && c->no_type))
		return LI_OK;
	while (ps_item_next(p->kind, &rest, &i) == LI_OK) {
		timed &= i.has_time;
		typed &= i.has_type;
	}
	if (!p->has_time && !timed && !c->no_time)
		e = tell_lack(s, c, x, "no-time", p->number, &c->no_time);
	if (!e && !typed && !c->no_type)
		e = tell_lack(s, c, x, "no-iri-type", p->number, &c->no_type);
	return e;
}

enum li_err lemf_ctx_gone(struct lemf_store *s, struct lemf_ctx *gone, enum li_err e)
{
	if (!gone)
		return e;
	((struct lemf_case *)gone->owner)->forgot = true;
	s->stats.contexts_forgotten++;
	if (gone->has_again)	/* it stands in the list that lemf_settle() goes through */
		e = e ? e : lemf_settle(s);
	return e ? e : lemf_gap_say(s, gone);
}

/* p: what it means; octets: as received. */
static enum li_err put_data(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p, struct view octets, const struct lemf_source *from)
{
	enum lemf_kind kind = kind_of(p);
	struct lemf_file *f = &c->folder->file[kind];
	struct lemf_ctx *x, *gone;
	bool made, store = true;
	enum li_err e = lemf_ctx_get(s->ctxs, c, p, &x, &made, &gone);	/* HO-PSH-019 */

	e = lemf_ctx_gone(s, gone, e);
	if (li_err_class(e) == LI_CLASS_PDU)
		return lemf_store_bad(s, octets, e, 0, "communicationIdentifier", from, s->now);
	if (!e && p->kind != PS_ENCRYPTED && p->kind != PS_UNKNOWN)
		e = lemf_judge(s, c, x, made, f, p, octets, &store);
	if (!e)
		e = note_payload(s, c, p);
	if (!e && store)
		e = note_lacks(s, c, x, p);
	if (e || !store)
		return e;
	if (!lemf_seen_get(s->ctxs, x, p->number, &(uint64_t){ 0 }))	/* a conflict does not take the first one's place */
		lemf_seen_put(s->ctxs, x, p->number, lemf_file_end(f));
	s->stats.pdus[kind]++;
	s->stats.octets[kind] += octets.n;
	e = lemf_file_append(s->dir, f, octets);	/* HO-PSH-017 */
	if (!e)
		e = lemf_notification(s, c, p);
	return !e && c->n_blocks && kind == LEMF_HI3 ? lemf_object_data(s, c, x, p->number) : e;
}

/* -- TRI ------------------------------------------------------------------------------------------------------------------- */

/* HO-CIN-011. The event says from which octet on the files belong to the new numbering; it is what a restart reads. */
static enum li_err reset_case(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p)
{
	struct lemf_reset r = { .n_element = (uint8_t)p->element_id.n };
	enum li_err e = lemf_settle(s);

	if (!e && c->loaded)
		e = lemf_check_say(s, c);
	if (!e && c->loaded)
		e = lemf_gap_say_all(s, c);
	for (unsigned k = LEMF_HI2; k < LEMF_EVENTS; k++)
		r.at[k] = lemf_file_end(&c->folder->file[k]);
	if (r.n_element)
		memcpy(r.element, p->element_id.p, r.n_element);
	if (!e && c->loaded) {
		for (unsigned k = LEMF_HI2; k < LEMF_EVENTS; k++)
			lemf_reset_apply(s, c, (enum lemf_kind)k, &r);
		e = lemf_reset_add(c, &r);
	}
	if (e)
		return e;
	lemf_event(s, "cin-reset", s->now);
	lemf_event_number(s, "hi2_from", r.at[LEMF_HI2]);
	lemf_event_number(s, "hi3_from", r.at[LEMF_HI3]);
	lemf_event_number(s, "other_from", r.at[LEMF_OTHER]);
	lemf_event_number(s, "checks_from", r.at[LEMF_CHECKS]);
	if (r.n_element) {
		lemf_event_name(s, "element", p->element_id);
		lemf_event_hex(s, "element_hex", p->element_id);
	}
	return lemf_event_end(s, c->folder);
}

struct reset_all { struct lemf_store *s; const struct ps_pdu *p; const struct lemf_source *from; struct buf want, line; };

/* A folder that is the operator's, and its peer's to deliver, gets its own event, whether its case is in memory or not. */
static enum li_err reset_folder(void *arg, const char *name)
{
	struct reset_all *r = arg;
	struct lemf_folder *o = lemf_dir_folder(r->s->dir, name);
	struct lemf_case *c = o ? o->owner : NULL, unread = { .folder = o };
	enum li_err e;

	if (!o)
		return LI_EIO;
	if (r->from && r->from->expects && !r->from->expects(r->from, name))
		return LI_OK;
	if (c && c->named) {
		bool ours = view_eq(view_of(c->name.operator_id, c->name.n_operator), r->p->operator_id);

		return ours ? reset_case(r->s, c, r->p) : LI_OK;
	}
	e = lemf_load_whose(r->s, o, &r->line);
	if (e)
		return e == LI_ENOTFOUND ? LI_OK : e;
	return memmem(r->line.p, r->line.n, r->want.p, r->want.n) ? reset_case(r->s, &unread, r->p) : LI_OK;
}

static enum li_err reset(struct lemf_store *s, const struct ps_pdu *p, const struct lemf_source *from)
{
	struct reset_all r = { .s = s, .p = p, .from = from };
	struct lemf_case *c;
	enum li_err e;

	if (!view_eq(p->liid, view_str("-"))) {		/* clause 6.2.2: of one interception */
		e = find_case(s, p, s->now, &c);
		return e ? e : reset_case(s, c, p);
	}
	e = lemf_store_note(s, "cin-reset-all", from, NULL, s->now);
	if (!e)
		e = buf_printf(&r.want, ",\"operator\":\"");
	if (!e)
		e = lemf_escape(&r.want, p->operator_id, false);
	if (!e)
		e = buf_put(&r.want, "\",", 2);
	if (!e)
		e = lemf_dir_each(s->dir, reset_folder, &r);
	buf_fini(&r.want);
	buf_fini(&r.line);
	return e;
}

/* operatorLeaMessage: priority [0], text [1] of 1..255 octets in no said charset. */
/* TS 102 232-1 has no charset for them: what a line of JSON cannot hold stands beside it as it came. */
static void put_words(struct lemf_store *s, struct view text)
{
	lemf_event_text(s, "text", text);
	if (!jstr_is_utf8(text))
		lemf_event_hex(s, "octets", text);
}

static void event_message(struct lemf_store *s, const struct ps_pdu *p)
{
	struct rd r = rd_of(p->tri_body);
	struct view text;
	struct ber t;
	bool segmented;
	uint64_t x;

	while (ber_next(&r, &t)) {
		if (ber_is(&t, BER_CONTEXT, 0) && ber_uint(&t, &x) == LI_OK)
			lemf_event_number(s, "priority", x);
		else if (ber_is(&t, BER_CONTEXT, 1) && ber_string(&t, &text, &segmented) == LI_OK)
			put_words(s, text);
	}
}

/* -- numbers that were not issued: lemf_explain.c reads what the operator says of them -- */

static enum li_err not_issued(struct lemf_store *s, struct lemf_case *c, const struct ps_pdu *p, const struct lemf_notice *n)
{
	struct lemf_ctx *ctx;
	enum li_err e = lemf_explain_ctx(s, c, p, n, &ctx);

	if (e)
		return e;
	s->stats.not_issued += (uint64_t)(n->r.to - n->r.from) + 1;
	lemf_event(s, "not-issued", s->now);
	lemf_event_ctx(s, ctx);
	lemf_event_number(s, "from", n->r.from);
	lemf_event_number(s, "to", n->r.to);
	lemf_event_hex(s, "pdu", p->whole);	/* whole: what a restart reads */
	e = lemf_event_end(s, c->folder);
	return e ? e : lemf_not_issued(s, c, ctx, n->r);
}

/* HO-INT-014. One that cannot be read is kept as such. */
static enum li_err put_check(struct lemf_store *s, const struct ps_pdu *p, struct view octets, const struct lemf_source *from)
{
	struct lemf_case *c;
	enum li_err e = find_case(s, p, s->now, &c);

	if (!e)
		e = lemf_check_put(s, c, p, octets);
	return li_err_class(e) == LI_CLASS_PDU ? lemf_store_bad(s, octets, e, 0, "integrityCheck", from, s->now) : e;
}

/* p: what it means; octets: as received. */
static enum li_err put_tri(struct lemf_store *s, const struct ps_pdu *p, struct view octets, const struct lemf_source *from)
{
	bool all = view_eq(p->liid, view_str("-")), segment = p->tri == PS_TRI_FIRST_SEGMENT || p->tri == PS_TRI_LAST_SEGMENT;
	struct lemf_folder *o = s->top;
	struct lemf_notice notice;
	struct lemf_case *c = NULL;
	const char *event;
	enum li_err e;

	switch (p->tri) {
	case PS_TRI_CIN_RESET:
		return reset(s, p, from);
	case PS_TRI_TEST:		/* HO-TRI-002 */
		event = "test";
		break;
	case PS_TRI_INTEGRITY:
		return put_check(s, p, octets, from);
	case PS_TRI_FIRST_SEGMENT:	/* HO-TRI-009 */
		event = "first-segment";
		break;
	case PS_TRI_LAST_SEGMENT:
		event = "last-segment";
		break;
	case PS_TRI_OPERATOR_MESSAGE:	/* HO-TRI-007 */
		event = "operator-message";
		break;
	default:			/* HO-TRI-004, HO-TRI-005: padding is not even read */
		return LI_OK;
	}
	if (!all) {
		e = find_case(s, p, s->now, &c);
		if (e)
			return e;
		o = c->folder;
		e = p->tri == PS_TRI_OPERATOR_MESSAGE && lemf_notice_read(p, &notice) ? not_issued(s, c, p, &notice) : LI_EUNKNOWN;
		if (li_err_class(e) != LI_CLASS_PDU)
			return e;
	}
	lemf_event(s, event, s->now);
	lemf_event_number(s, "number", p->number);
	if (p->tri == PS_TRI_OPERATOR_MESSAGE)
		event_message(s, p);
	if (segment)		/* whole: what a restart reads */
		lemf_event_hex(s, "pdu", p->whole);
	if (all)
		lemf_event_name(s, "operator", p->operator_id);
	e = lemf_event_end(s, o);
	if (e || !segment || all)
		return e;
	e = lemf_object_flag(s, c, p);
	return li_err_class(e) == LI_CLASS_PDU ? LI_OK : e;
}

/* -- doors ----------------------------------------------------------------------------------------------------------------- */

static enum li_err note_peer(struct lemf_store *s, struct lemf_case *c, const struct lemf_source *from)
{
	unsigned i = 0;

	while (i < LEMF_SOURCES - 1 && c->source[i] != from->id)
		i++;
	bool known = c->source[i] == from->id;

	for (; i > 0; i--)
		c->source[i] = c->source[i - 1];
	c->source[0] = from->id;
	if (known)
		return LI_OK;
	lemf_event(s, "peer", s->now);
	lemf_event_source(s, from);
	return lemf_event_end(s, c->folder);
}

enum li_err lemf_meaning(struct lemf_store *s, const struct ps_pdu *p, struct ps_pdu *in, const struct ps_pdu **out)
{
	enum li_err e = p->kind == PS_ENCRYPTED && s->keys ? lemf_keys_open(s->keys, p->whole, &s->plain, in) : LI_ENOTFOUND;

	*out = e ? p : in;
	return e == LI_ENOMEM ? e : LI_OK;
}

enum li_err lemf_store_put(struct lemf_store *s, const struct ps_pdu *p, const struct lemf_source *from, li_us now)
{
	const struct ps_pdu *means;
	struct ps_pdu in;
	struct lemf_case *c;
	enum li_err e;

	s->now = now;
	s->from = from;
	e = lemf_meaning(s, p, &in, &means);
	if (!e && means->kind == PS_TRI)
		e = put_tri(s, means, p->whole, from);
	else if (!e && !(e = find_case(s, p, now, &c)) && !(e = note_peer(s, c, from)))	/* HO-CC-011 */
		e = put_data(s, c, means, p->whole, from);
	if (e == LI_ELIMIT || e == LI_EEXIST)
		e = lemf_store_bad(s, p->whole, e, 0, e == LI_EEXIST ? "a foreign folder" : "too many interceptions", from, now);
	s->stats.contexts = lemf_ctx_count(s->ctxs);
	return e;
}

enum li_err lemf_store_name(const struct ps_pdu *p, struct buf *b)
{
	struct lemf_name n;
	enum li_err e;

	name_of(p, &n);
	e = folder_name(&n, false, b);
	b->n -= !e;
	return e;
}

enum li_err lemf_store_refused(struct lemf_store *s, const char *name, const struct lemf_source *from, li_us now)
{
	s->stats.unexpected++;
	lemf_event(s, "unexpected-refused", now);
	lemf_event_source(s, from);
	lemf_event_text(s, "interception", view_str(name));
	return lemf_event_end(s, s->top);
}

enum li_err lemf_store_unexpected(struct lemf_store *s, const struct ps_pdu *p, const char *name, bool tell, const struct lemf_source *from, li_us now)
{
	struct lemf_file *f = &s->top->file[LEMF_OTHER];
	enum li_err e = LI_OK;

	s->stats.unexpected++;
	if (tell) {
		lemf_event(s, "unexpected", now);
		lemf_event_source(s, from);
		lemf_event_text(s, "interception", view_str(name));
		lemf_event_number(s, "offset", lemf_file_end(f));
		e = lemf_event_end(s, s->top);
	}
	return e ? e : lemf_file_append(s->dir, f, p->whole);
}

enum li_err lemf_store_bad(struct lemf_store *s, struct view pdu, enum li_err why, size_t at, const char *what,
			   const struct lemf_source *from, li_us now)
{
	struct lemf_file *f = &s->top->file[LEMF_OTHER];
	enum li_err e;

	s->stats.undecoded++;
	lemf_event(s, "undecoded", now);
	lemf_event_source(s, from);
	lemf_event_text(s, "what", view_str(what));
	lemf_event_text(s, "why", view_str(li_err_text(why)));
	lemf_event_number(s, "at", at);
	lemf_event_number(s, "offset", lemf_file_end(f));
	lemf_event_number(s, "octets", pdu.n);
	e = lemf_event_end(s, s->top);
	return e ? e : lemf_file_append(s->dir, f, pdu);
}

enum li_err lemf_store_note(struct lemf_store *s, const char *event, const struct lemf_source *from, const char *text, li_us now)
{
	lemf_event(s, event, now);
	lemf_event_source(s, from);
	if (text)
		lemf_event_text(s, "text", view_str(text));
	return lemf_event_end(s, s->top);
}

void lemf_store_forget(struct lemf_store *s)
{
	s->again = NULL;
	lemf_ctx_drop(s->ctxs, NULL, NULL);
	for (struct lemf_case *c = s->cases; c; c = c->next) {
		c->loaded = c->named = false;
		lemf_object_free(c);
	}
	s->n_blocks = s->n_pending = 0;
}
