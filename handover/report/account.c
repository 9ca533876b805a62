/*
 * account.c: the files of one interception, read again.
 *
 *   account_make -> read_events      whose it is, where numbering began anew
 *                   read_pdus        hi2.ber, hi3.ber, other.ber, integrity.ber: each PDU's context, its number into places
 *                   judge_checks     each of integrity.ber: lemf_verdict()
 *                   read_notices     what the operator says that it did not issue
 *                   count_numbers    each context, number after number: account_numbers.c
 *                   account_objects  what was put together of segments: account_objects.c
 *                   account_ledger   each PDU and event beside its entry in the ledger: account_ledger.c
 */
#include "handover/report/account_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "asn1/ps_dec.h"
#include "handover/lemf_check.h"
#include "handover/lemf_line.h"

#define SESSION_TAG 0x10000u	/* no payload and no check has it: the context of a session itself */
#define NUMBER_BASE (UINT64_C(1) << 32)	/* so that counting back from a context's first number stays above 0 */

const char *track_hi(const struct track *t)
{
	uint32_t data = t->tag >= LEMF_CHECK_TAG ? (t->tag & 15) - 1 : t->tag;	/* dataType counts from 1 */

	return data == 0 ? "hi2" : data == 1 ? "hi3" : "other";
}

const char *track_check(const struct track *t)
{
	uint32_t type = t->tag >> 4 & 15;

	if (t->tag < LEMF_CHECK_TAG)
		return NULL;
	return type == PS_CHECK_HASH ? "hash" : type == PS_CHECK_SIGNATURE ? "signature" : "other";
}

bool account_is_open(const struct account_totals *t)
{
	return account_book_is_open(&t->book) || t->unjudged || t->checks[LEMF_UNKNOWN] || t->checks[LEMF_NO_KEY] || t->forgotten;
}

bool account_is_good(const struct account_totals *t)
{
	bool damaged = false;

	for (unsigned k = 0; k < LEMF_EVENTS; k++)
		damaged |= t->damaged[k] || t->lost[k];
	return !damaged && !t->missing && !t->conflicts && !t->objects_bad && !account_book_is_bad(&t->book) && !t->checks[LEMF_BAD] && !t->checks[LEMF_MISSING] && !account_is_open(t);
}

/* -- events ---------------------------------------------------------------------------------------------------------------- */

static void name_into(struct view line, const char *member, char *to, size_t n)
{
	struct view v;

	if (lemf_line_text(line, member, &v))
		snprintf(to, n, "%.*s", (int)v.n, (const char *)v.p);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Octets of a name with %XX; 0: it is none of lemfd's, or too long. */
static uint8_t octets_of(const char *name, uint8_t *to, size_t max)
{
	size_t n = 0;

	for (; *name && n < max; n++) {
		int high = *name == '%' ? digit(name[1]) : 0, low = *name == '%' && high >= 0 ? digit(name[2]) : 0;

		if (high < 0 || low < 0)
			return 0;
		to[n] = (uint8_t)(*name == '%' ? high << 4 | low : *name);
		name += *name == '%' ? 3 : 1;
	}
	return *name ? 0 : (uint8_t)n;
}

/* The first line says whose folder it is. */
static void read_name(struct account *a, struct view line)
{
	uint8_t country[2];

	name_into(line, "country", a->country, sizeof(a->country));
	name_into(line, "operator", a->operator_id, sizeof(a->operator_id));
	name_into(line, "liid", a->liid, sizeof(a->liid));
	a->name.n_operator = octets_of(a->operator_id, a->name.operator_id, LI_OPERATOR_MAX);
	a->name.n_liid = octets_of(a->liid, a->name.liid, LI_LIID_MAX);
	a->named = a->name.n_operator && a->name.n_liid && octets_of(a->country, country, 2) == 2;
	if (a->named)
		memcpy(a->name.country, country, 2);
}

/* A PDU of another interception has been put there: lemfd did not. */
static bool is_foreign(const struct account *a, const struct ps_pdu *p)
{
	const struct lemf_name *n = &a->name;

	return a->named && (memcmp(n->country, p->has_auth_country ? p->auth_country.c : "__", 2) ||
			    !view_eq(view_of(n->operator_id, n->n_operator), p->operator_id) || !view_eq(view_of(n->liid, n->n_liid), p->liid));
}

static enum li_err on_event(void *arg, struct view line)
{
	struct account *a = arg;
	struct lemf_reset r;
	struct view members;
	enum li_err e = account_ledger_saw(a, LEMF_EVENTS, view_of(line.p, line.n + 1), a->line_at, 0, 0);	/* with its end */

	a->line_at += line.n + 1;
	if (a->totals.events++ == 0)
		read_name(a, line);
	a->ledger_named |= lemf_line_is(line, "ledger", &members);
	if (e)
		return e;
	if (lemf_line_reset(line, &r))
		e = lemf_reset_add(&a->resets, &r);
	if (!e)
		e = account_object(a, line);
	return !e && a->ops->event ? a->ops->event(a->arg, line) : e;
}

/* How many resets that are about the element lie before this place of the file. */
static unsigned epoch_at(const struct account *a, enum lemf_kind kind, uint64_t offset, struct view element)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->resets.n_reset; i++) {
		const struct lemf_reset *r = &a->resets.reset[i];

		n += r->at[kind] <= offset && (!r->n_element || view_eq(view_of(r->element, r->n_element), element));
	}
	return n;
}

/* -- contexts -------------------------------------------------------------------------------------------------------------- */

/* Room for one more behind n. */
static enum li_err room(void **p, uint32_t n, size_t size)
{
	void *to;

	if (n & (n - 1))
		return LI_OK;
	to = realloc(*p, (n ? 2 * (size_t)n : 1) * size);
	if (!to)
		return LI_ENOMEM;
	*p = to;
	return LI_OK;
}

/* The context of that tag; *made: it has no entry of ours yet, and gets index. */
static enum li_err ctx_of(struct account *a, const struct ps_pdu *p, unsigned epoch, uint32_t tag, uint32_t index, uint32_t *found, bool *made)
{
	struct lemf_ctx *x, *gone;
	enum li_err e = lemf_ctx_of(a->ctxs, &a->epoch[epoch], p, tag, &x, made, &gone);

	a->totals.forgotten += gone != NULL;
	if (e)
		return e;
	if (*made) {
		if (x->id >= a->n_of) {
			uint32_t n = a->n_of ? 2 * a->n_of : 1024;
			uint32_t *of = realloc(a->of, n * sizeof(*of));

			if (!of)
				return LI_ENOMEM;
			a->of = of;
			a->n_of = n;
		}
		a->of[x->id] = index;
	}
	*found = a->of[x->id];
	return LI_OK;
}

static enum li_err session_of(struct account *a, const struct ps_pdu *p, unsigned epoch, uint32_t *index)
{
	bool made;
	enum li_err e = ctx_of(a, p, epoch, SESSION_TAG, a->n_sessions, index, &made);

	if (e || !made)
		return e;
	e = room((void **)&a->session, a->n_sessions, sizeof(*a->session));
	if (e)
		return e;
	struct session *s = &a->session[a->n_sessions++];

	*s = (struct session){ .has_cin = p->has_cin, .cin = p->cin, .has_country = p->has_delivery_country, .country = p->delivery_country,
			       .n_element = (uint8_t)p->element_id.n, .epoch = (uint16_t)epoch };
	if (s->n_element)
		memcpy(s->element, p->element_id.p, s->n_element);
	return LI_OK;
}

enum li_err account_track(struct account *a, const struct ps_pdu *p, unsigned epoch, uint32_t tag, uint32_t *index)
{
	uint32_t session;
	bool made;
	enum li_err e = session_of(a, p, epoch, &session);

	if (!e)
		e = ctx_of(a, p, epoch, tag, a->n_tracks, index, &made);
	if (e || !made)
		return e;
	if (a->n_tracks >= PLACES_CONTEXTS_MAX)
		return LI_ELIMIT;
	e = room((void **)&a->track, a->n_tracks, sizeof(*a->track));
	if (e)
		return e;
	a->track[a->n_tracks] = (struct track){ .session = session, .id = a->n_tracks, .tag = tag, .kind = lemf_file_of(tag), .judged = true };
	a->n_tracks++;
	return LI_OK;
}

uint64_t track_number(const struct track *t, uint32_t number)
{
	uint32_t ahead = number - (uint32_t)t->next;

	return ahead < UINT32_C(0x80000000) ? t->next + ahead : t->next - ((uint32_t)t->next - number);
}

void track_begin(struct track *t, uint32_t number)
{
	if (t->first)
		return;
	t->first = NUMBER_BASE;
	if (number >= UINT32_C(0x80000000))	/* as lemf_seq_put() has it: we joined before a wrap */
		t->first = number;
	else if (t->kind == LEMF_CHECKS && number == 1)		/* HO-INT-016 */
		t->first++;
	t->next = t->first;
}

/* -- PDUs ------------------------------------------------------------------------------------------------------------------ */

struct reading { struct account *a; enum lemf_kind kind; uint64_t time; };

static enum li_err damaged(struct reading *r, uint64_t offset, const char *what)
{
	struct account *a = r->a;

	return a->ops->damaged ? a->ops->damaged(a->arg, r->kind, offset, what) : LI_OK;
}

static enum li_err on_lost(void *arg, const struct lidump_lost *l)
{
	struct reading *r = arg;
	enum li_err e;

	if (l->cut && !l->found && exhibit_grows(&r->a->folder->file[r->kind])) {
		r->a->totals.growing = true;
		return LI_OK;
	}
	r->a->totals.lost[r->kind]++;
	e = account_ledger_saw(r->a, r->kind, view_of(NULL, (size_t)(l->next - l->at)), l->at, 0, 0);
	return e ? e : damaged(r, l->at, l->cut ? "the file ends within a PDU" : "no PDU begins here");	/* no octet of it */
}

static bool time_of(const struct ps_pdu *p, li_us *time)
{
	struct view rest = p->payload;
	struct ps_item i;

	*time = p->time;
	if (p->has_time || (p->kind != PS_IRI && p->kind != PS_CC))
		return p->has_time;
	if (ps_item_next(p->kind, &rest, &i) || !i.has_time)
		return false;
	*time = i.time;
	return true;
}

/* What it means, and the tag of its context. */
static enum li_err meaning(struct account *a, struct view pdu, struct ps_pdu *p, struct ps_pdu *in, const struct ps_pdu **means, uint32_t *tag,
			   const char **what)
{
	struct ps_check check;
	size_t at;
	enum li_err e = ps_decode(pdu, p, &at, what);

	*means = p;
	if (e)
		return e;
	if (p->kind == PS_ENCRYPTED && a->keys) {
		e = lemf_keys_open(a->keys, pdu, &a->plain, in);
		if (e == LI_ENOMEM)
			return e;
		*means = e ? p : in;
	}
	*tag = (*means)->payload_tag;
	if ((*means)->kind != PS_TRI)
		return LI_OK;
	*what = "integrityCheck";
	e = ps_check_read((*means)->tri_body, &check);
	*tag = e ? 0 : lemf_check_tag(&check);
	return e;
}

static enum li_err on_pdu(void *arg, struct view pdu, uint64_t offset, bool *faulty)
{
	struct reading *r = arg;
	struct account *a = r->a;
	const struct ps_pdu *means;
	const char *what = "communicationIdentifier";
	struct account_pdu told = { .kind = r->kind, .offset = offset, .octets = pdu };
	struct ps_pdu p, in;
	uint32_t tag, index = 0;
	struct track *t;
	char text[160];
	enum li_err e = meaning(a, pdu, &p, &in, &means, &tag, &what);

	if (!e && is_foreign(a, means)) {
		what = "header of another interception";
		e = LI_EUNKNOWN;
	}
	if (!e)
		e = account_track(a, means, epoch_at(a, r->kind, offset, means->element_id), tag, &index);
	if (e && li_err_class(e) != LI_CLASS_PDU)
		return e;
	if (e) {
		*faulty = true;
		a->totals.damaged[r->kind]++;
		snprintf(text, sizeof(text), "%s: %s", what, li_err_text(e));
		e = places_put(&a->places, r->kind, 0, offset, r->time);
		if (!e)
			e = account_ledger_saw(a, r->kind, pdu, offset, 0, 0);
		return e ? e : damaged(r, offset, text);
	}
	t = &a->track[index];
	t->judged &= means->kind != PS_ENCRYPTED && means->kind != PS_UNKNOWN;
	track_begin(t, means->number);
	t->pdus++;
	a->totals.pdus[r->kind]++;
	told.has_time = time_of(means, &told.time);
	if (told.has_time)
		r->time = places_time(told.time);
	uint64_t number = track_number(t, means->number);

	if (number >= t->next)
		t->next = number + 1;
	e = places_put(&a->places, index, number, offset, told.has_time ? r->time : 0);
	if (!e && r->kind == LEMF_OTHER && t->kind != LEMF_OTHER)	/* no key opened it when it came */
		places_aside(&a->places);
	if (!e)
		e = account_ledger_saw(a, r->kind, pdu, offset, index, means->number);
	told.means = means;
	told.encrypted = means != &p;
	told.session_id = t->session;
	told.session = &a->session[t->session];
	told.track = t;
	return !e && a->ops->pdu ? a->ops->pdu(a->arg, &told) : e;
}

static enum li_err read_pdus(struct account *a)
{
	static const struct exhibit_ops ops = { on_pdu, on_lost };
	enum li_err e = LI_OK;

	for (unsigned k = 0; k < LEMF_EVENTS && !e; k++) {
		struct reading r = { a, (enum lemf_kind)k, 0 };

		e = exhibit_pdus(&a->folder->file[k], &ops, &r);
		if (e == LI_EIO)
			snprintf(a->error, sizeof(a->error), "%s/%s: %s", a->folder->name, lemf_file_name[k],
				 a->places.error[0] ? a->places.error : "it can no longer be read to the end that it had");
	}
	return e;
}

/* -- integrity ----------------------------------------------------------------------------------------------------------------- */

struct naming { struct account *a; const struct track *t; };	/* t NULL: nothing of that context is here */

static bool find(void *arg, uint32_t number, uint64_t *offset)
{
	const struct naming *n = arg;
	const struct places *s = &n->a->places;
	uint64_t x = n->t ? track_number(n->t, number) : 0;
	size_t at = n->t ? places_from(s, n->t->id, x) : s->n;

	if (at == s->n || place_context(&s->p[at]) != n->t->id || s->p[at].number != x)
		return false;
	*offset = s->p[at].where & (PLACES_ASIDE | PLACES_OFFSET_MAX);
	return true;
}

static enum li_err read_at(void *arg, uint64_t offset, uint8_t *to, size_t n, size_t *got)
{
	const struct naming *w = arg;

	return exhibit_read(&w->a->folder->file[offset & PLACES_ASIDE ? LEMF_OTHER : w->t->kind], offset & PLACES_OFFSET_MAX, to, n, got);
}

/* One of integrity.ber, decoded. HO-INT-014 */
static enum li_err judge(struct account *a, const struct ps_pdu *p, unsigned epoch, const struct track *t, uint64_t offset)
{
	struct naming from = { a, NULL };
	struct lemf_witness w = { find, read_at, &from, a->keys };
	struct lemf_verdict v;
	struct ps_check k, of;
	const struct lemf_ctx *x;
	enum li_err e = ps_check_read(p->tri_body, &k);

	if (e)
		return e;
	of = (struct ps_check){ .type = PS_CHECK_HASH, .data = k.data };
	x = lemf_ctx_find(a->ctxs, &a->epoch[epoch], p, k.type == PS_CHECK_HASH ? k.data == PS_DATA_CC : lemf_check_tag(&of));
	if (x)
		from.t = &a->track[a->of[x->id]];
	e = lemf_verdict(&w, &k, &v);
	if (!e && k.type == PS_CHECK_HASH && v.word == LEMF_GOOD && p->number <= 1 && v.from == 1 && x)	/* HO-INT-016: 0 was never there */
		e = account_notice(a, from.t, 0, 0);
	if (!e)
		a->totals.checks[v.word]++;
	return !e && a->ops->check ? a->ops->check(a->arg, t, p->number, &k, &v, offset) : e;
}

static enum li_err on_check(void *arg, struct view pdu, uint64_t offset, bool *faulty)
{
	struct account *a = arg;
	const struct ps_pdu *means;
	const struct lemf_ctx *x;
	const char *what;
	struct ps_pdu p, in;
	uint32_t tag;
	unsigned epoch;

	(void)faulty;
	if (meaning(a, pdu, &p, &in, &means, &tag, &what) || means->kind != PS_TRI)
		return LI_OK;		/* told before */
	epoch = epoch_at(a, LEMF_CHECKS, offset, means->element_id);
	x = lemf_ctx_find(a->ctxs, &a->epoch[epoch], means, tag);
	return x ? judge(a, means, epoch, &a->track[a->of[x->id]], offset) : LI_OK;
}

static enum li_err no_lost(void *arg, const struct lidump_lost *l)
{
	(void)arg;
	(void)l;
	return LI_OK;
}

static enum li_err judge_checks(struct account *a)
{
	static const struct exhibit_ops ops = { on_check, no_lost };

	return exhibit_pdus(&a->folder->file[LEMF_CHECKS], &ops, a);
}

/* -- what the operator says ------------------------------------------------------------------------------------------------------ */

enum li_err account_notice(struct account *a, const struct track *t, uint32_t from, uint32_t to)
{
	uint64_t first = track_number(t, from);
	size_t n = a->n_notices;

	if (n >= ACCOUNT_NOTICES_MAX)
		return LI_ELIMIT;
	if (!(n & (n - 1))) {
		struct notice *p = realloc(a->notice, (n ? 2 * n : 1) * sizeof(*p));

		if (!p)
			return LI_ENOMEM;
		a->notice = p;
	}
	a->notice[a->n_notices++] = (struct notice){ t->id, first, first + (uint32_t)(to - from) };
	return LI_OK;
}

struct said { struct account *a; unsigned resets; };

static enum li_err on_said(void *arg, struct view line)
{
	struct said *s = arg;
	struct account *a = s->a;
	struct lemf_notice n;
	struct lemf_reset r;
	struct view hex;
	struct ps_pdu p;
	const char *what;
	uint32_t index;
	unsigned epoch = 0;
	size_t at;
	enum li_err e;

	s->resets += lemf_line_reset(line, &r);
	if (!lemf_line_pdu(line, "not-issued", &hex))
		return LI_OK;
	a->pdu.n = 0;
	e = lemf_explain_keep(&a->pdu, hex);
	if (e)
		return e;
	if (ps_decode(buf_view(&a->pdu), &p, &at, &what) || p.kind != PS_TRI || !lemf_notice_read(&p, &n))
		return LI_OK;
	/* of the resets those that were written before this line; the oldest may have been let go */
	for (unsigned i = 0; i < a->resets.n_reset && i < s->resets; i++) {
		const struct lemf_reset *x = &a->resets.reset[i];

		epoch += !x->n_element || view_eq(view_of(x->element, x->n_element), p.element_id);
	}
	e = account_track(a, &p, epoch, n.kind == LEMF_HI2 ? 0 : 1, &index);
	if (e)
		return li_err_class(e) == LI_CLASS_PDU ? LI_OK : e;
	track_begin(&a->track[index], n.r.from >= UINT32_C(0x80000000) ? n.r.from : 0);
	return account_notice(a, &a->track[index], n.r.from, n.r.to);
}

static enum li_err read_notices(struct account *a)
{
	struct said s = { a, 0 };

	return exhibit_lines(&a->folder->file[LEMF_EVENTS], on_said, &s);
}

/* -- all of it ---------------------------------------------------------------------------------------------------------------------- */

enum li_err account_make(struct account *a, struct folder *f, struct lemf_keys *keys, uint64_t seed, const struct account_ops *ops, void *arg)
{
	enum li_err e;

	*a = (struct account){ .folder = f, .keys = keys, .ops = ops, .arg = arg };
	places_init(&a->places);
	a->ctxs = lemf_ctxs_new(seed, LEMF_CONTEXTS_MAX);
	e = a->ctxs ? LI_OK : LI_ENOMEM;
	for (uint32_t k = 0; k < LEMF_EVENTS && !e; k++) {	/* the damaged PDUs of each file */
		e = room((void **)&a->track, a->n_tracks, sizeof(*a->track));
		if (!e)
			a->track[a->n_tracks++] = (struct track){ .id = k, .kind = (enum lemf_kind)k };
	}
	if (!e)
		e = account_ledger_open(a);
	if (!e)
		e = exhibit_lines(&f->file[LEMF_EVENTS], on_event, a);
	if (!e)
		e = read_pdus(a);
	if (!e)
		e = places_sort_numbers(&a->places);
	if (!e)
		e = judge_checks(a);
	if (!e)
		e = read_notices(a);
	if (!e)
		e = account_numbers(a);
	if (!e)
		e = account_objects(a);
	if (!e)
		e = account_ledger_end(a);
	if (e == LI_EIO && !a->error[0])
		snprintf(a->error, sizeof(a->error), "%s: %s", f->name, a->places.error[0] ? a->places.error : "a file cannot be read");
	return e;
}

void account_fini(struct account *a)
{
	places_fini(&a->places);
	account_ledger_free(a);
	if (a->ctxs)
		lemf_ctxs_free(a->ctxs);
	free(a->resets.reset);
	free(a->of);
	free(a->session);
	free(a->track);
	free(a->notice);
	free(a->object);
	buf_fini(&a->plain);
	buf_fini(&a->pdu);
	buf_fini(&a->other);
}
