/*
 * account_ledger.c: files held against their ledger.
 *
 *   account_ledger_open   reads it once: do its seals hold?
 *   account_ledger_saw    each PDU as it is read, beside the next entry of its file; from the first that differs on both are kept
 *   account_ledger_end    those are matched by their hashes: match(); what did not move keeps its order: the longest run of it, stay();
 *                         then what lies between two that stayed: between()
 */
#include "handover/report/account_ledger.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "handover/lemf_ledger.h"
#include "handover/report/account_int.h"

#define PAGE	(1024 * LEDGER_ENTRY)	/* octets of a ledger read at once */
#define NOT	UINT32_MAX		/* no index */

struct cursor {			/* entries of one file, one after the other */
	struct exhibit *x;
	uint64_t at;		/* in the ledger */
	unsigned kind;
	uint64_t offset;	/* where the next PDU stood */
	uint8_t *page;
	size_t n, used;
};

struct item {			/* a PDU that was, or that is */
	uint64_t key, offset;	/* key: of its hash */
	uint32_t octets, number, cin, track;
	uint32_t mate;		/* the same PDU on the other side */
	uint8_t flags;
	bool stays, copy;
};

struct side { struct item *item; uint32_t n; };

struct shelf {			/* one file */
	struct cursor c;
	bool apart;		/* a difference was found */
	uint64_t alike;		/* entries before it */
	struct side was, is;
	uint64_t beyond;
};

struct account_ledger { struct shelf shelf[LEMF_KINDS]; };

const char *ledger_state_word(enum ledger_state s)
{
	static const char *const word[LEDGER_STATES] = { "none", "whole", "gone", "broken", "other", "mended" };

	return word[s];
}

const char *stray_word(enum stray_what w)
{
	static const char *const word[STRAY_KINDS] = { "order", "changed", "removed", "added", "copied", "unrecorded", "beyond" };

	return word[w];
}

bool account_book_is_bad(const struct account_book *b)
{
	bool bad = b->state == LEDGER_GONE || b->state == LEDGER_BROKEN || b->state == LEDGER_OTHER;

	for (unsigned w = 0; w < STRAY_KINDS; w++)
		bad |= b->stray[w] && stray_is_bad((enum stray_what)w);
	return bad;
}

bool account_book_is_open(const struct account_book *b)
{
	return b->state == LEDGER_MENDED || b->stray[STRAY_UNRECORDED];
}

/* -- entries ---------------------------------------------------------------------------------------------------------------- */

/* The next entry of any file. LI_ENOTFOUND: no more. */
static enum li_err next_entry(struct cursor *c, struct ledger_entry *x)
{
	enum li_err e = LI_OK;

	if (!c->page)
		c->page = malloc(PAGE);
	if (!c->page)
		return LI_ENOMEM;
	if (c->used == c->n) {
		e = exhibit_read(c->x, c->at, c->page, PAGE, &c->n);
		c->n -= e ? c->n : c->n % LEDGER_ENTRY;
		c->at += c->n;
		c->used = 0;
	}
	if (e || !c->n)
		return e ? e : LI_ENOTFOUND;
	c->used += LEDGER_ENTRY;
	return ledger_get(c->page + c->used - LEDGER_ENTRY, x) ? LI_OK : LI_EFORMAT;
}

/* The next PDU of the cursor's file. A ledger that is broken ends there. */
static enum li_err next_stored(struct cursor *c, struct ledger_entry *x, uint64_t *offset)
{
	enum li_err e;

	while ((e = next_entry(c, x)) == LI_OK) {
		if (x->kind != c->kind || !memchr("LP", x->what, 2))
			continue;
		if (x->what != LEDGER_STORED) {
			c->offset = x->n;
			continue;
		}
		*offset = c->offset;
		c->offset += x->n;
		return LI_OK;
	}
	return e == LI_EFORMAT ? LI_ENOTFOUND : e;
}

static enum li_err stray(struct account *a, struct account_stray *s)
{
	if (s->what == STRAY_UNRECORDED && a->folder->lives) {	/* it will be entered in a second */
		a->totals.growing = true;
		return LI_OK;
	}
	a->totals.book.stray[s->what] += s->count;
	return a->ops->stray ? a->ops->stray(a->arg, s) : LI_OK;
}

struct walk { EVP_MD_CTX *chain; bool sealed; };

static enum li_err see_entry(struct account *a, struct walk *w, const struct ledger_entry *x, const uint8_t octets[LEDGER_ENTRY])
{
	struct account_book *b = &a->totals.book;
	uint8_t sha256[32];

	if ((x->what == LEDGER_SEAL || x->what == LEDGER_END) &&
	    (!ledger_seal(w->chain, x, sha256) || memcmp(sha256, x->sha256, sizeof(sha256))))
		b->state = LEDGER_BROKEN;
	if (!EVP_DigestUpdate(w->chain, octets, LEDGER_ENTRY))
		return LI_ENOMEM;
	b->entries++;
	if (b->entries == a->folder->mark.entries && (!ledger_chain_value(w->chain, sha256) || memcmp(sha256, a->folder->mark.head, sizeof(sha256))))
		b->state = LEDGER_OTHER;
	b->ended = x->what == LEDGER_END;
	if (x->what == LEDGER_AGAIN)
		b->foreign[x->kind] = x->n;
	if (x->what == LEDGER_STORED) {
		b->stored++;
		b->late += (x->flags & LEDGER_LATE) != 0;
	} else if (x->what == LEDGER_TORN && b->state == LEDGER_WHOLE) {
		b->state = LEDGER_MENDED;
	}
	return LI_OK;
}

static enum li_err read_all(struct account *a)
{
	struct walk w = { .chain = ledger_chain(a->folder->name) };
	struct cursor c = { .x = &a->folder->ledger };
	struct account_book *b = &a->totals.book;
	struct ledger_entry x;
	enum li_err e = w.chain ? LI_OK : LI_ENOMEM;

	b->state = LEDGER_WHOLE;
	while (!e && (e = next_entry(&c, &x)) == LI_OK) {
		if ((b->entries == 0) != (x.what == LEDGER_BEGIN))
			b->state = LEDGER_BROKEN;
		e = see_entry(a, &w, &x, c.page + c.used - LEDGER_ENTRY);
	}
	if (e == LI_EFORMAT || (!a->folder->lives && a->folder->ledger.size % LEDGER_ENTRY))	/* a lemfd that lives may be writing one */
		b->state = LEDGER_BROKEN;
	if (e == LI_EFORMAT || e == LI_ENOTFOUND)
		e = LI_OK;
	if (!e && b->entries < a->folder->mark.entries)
		b->state = LEDGER_OTHER;
	if (!e && !ledger_chain_value(w.chain, b->head))
		e = LI_ENOMEM;
	free(c.page);
	EVP_MD_CTX_free(w.chain);
	return e;
}

enum li_err account_ledger_open(struct account *a)
{
	a->ledger = calloc(1, sizeof(*a->ledger));
	if (!a->ledger)
		return LI_ENOMEM;
	for (unsigned k = 0; k < LEMF_KINDS; k++)
		a->ledger->shelf[k].c = (struct cursor){ .x = &a->folder->ledger, .kind = k };
	return a->folder->ledger.fd < 0 ? LI_OK : read_all(a);
}

/* -- PDUs beside their entries --------------------------------------------------------------------------------------------------- */

static uint64_t key_of(const uint8_t sha256[32])
{
	uint64_t x;

	memcpy(&x, sha256, sizeof(x));
	return x;
}

static enum li_err keep(struct shelf *s, struct side *to, const struct item *x)
{
	if (to->n == LEDGER_APART_MAX) {
		s->beyond++;
		return LI_OK;
	}
	if (!(to->n & (to->n - 1))) {
		struct item *p = realloc(to->item, (to->n ? 2 * (size_t)to->n : 1) * sizeof(*p));

		if (!p)
			return LI_ENOMEM;
		to->item = p;
	}
	to->item[to->n++] = *x;
	return LI_OK;
}

static enum li_err keep_entry(struct shelf *s, const struct ledger_entry *x, uint64_t offset)
{
	struct item i = { .key = key_of(x->sha256), .offset = offset, .octets = (uint32_t)x->n, .number = x->number, .cin = x->cin, .mate = NOT,
			  .flags = x->flags };

	return keep(s, &s->was, &i);
}

/* One that lemfd found at a start after it had ended in good order. */
static enum li_err foreign(struct account *a, unsigned kind, const struct ledger_entry *x, uint64_t offset, uint32_t track)
{
	struct account_stray s = { .what = STRAY_ADDED, .kind = (enum lemf_kind)kind, .count = 1, .is_there = true, .offset = offset, .track = track,
				   .has_number = x->flags & LEDGER_NUMBER, .has_cin = x->flags & LEDGER_CIN, .number = x->number, .last = x->number, .cin = x->cin };

	return stray(a, &s);
}

enum li_err account_ledger_saw(struct account *a, unsigned kind, struct view octets, uint64_t offset, uint32_t track, uint32_t number)
{
	struct shelf *s = &a->ledger->shelf[kind];
	struct ledger_entry x = { 0 };
	uint8_t sha256[32] = { 0 };
	uint64_t was = 0;
	enum li_err e = LI_OK;

	if (a->folder->ledger.fd < 0)
		return LI_OK;
	if (octets.p && !ledger_sha256(octets, sha256))
		return LI_ENOMEM;
	if (!s->apart) {
		e = next_stored(&s->c, &x, &was);
		if (e && e != LI_ENOTFOUND)
			return e;
		s->alike += !e;
		if (!e && was == offset && x.n == octets.n && memcmp(x.sha256, sha256, sizeof(sha256)) == 0)
			return x.flags & LEDGER_FOREIGN ? foreign(a, kind, &x, offset, track) : LI_OK;
		s->apart = true;
		e = e ? LI_OK : keep_entry(s, &x, was);
	}
	struct item i = { .key = octets.p ? key_of(sha256) : offset, .offset = offset, .octets = (uint32_t)octets.n, .number = number, .track = track, .mate = NOT };

	return e ? e : keep(s, &s->is, &i);
}

/* -- what differs ------------------------------------------------------------------------------------------------------------------ */

static const struct item *sorting;	/* of one side; one thread */

static int by_key(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (sorting[x].key != sorting[y].key)
		return sorting[x].key < sorting[y].key ? -1 : 1;
	return x < y ? -1 : x > y;
}

static uint32_t *sorted(const struct side *s)
{
	uint32_t *p = malloc((s->n ? s->n : 1) * sizeof(*p));

	for (uint32_t i = 0; p && i < s->n; i++)
		p[i] = i;
	sorting = s->item;
	if (p && s->n)
		qsort(p, s->n, sizeof(*p), by_key);
	return p;
}

static bool same(const struct item *a, const struct item *b)
{
	return a->key == b->key && a->octets == b->octets;
}

/* The first of those that were with the first of those that are, and so on; what is left of these is a copy. */
static enum li_err match(struct side *was, struct side *is)
{
	uint32_t *w = sorted(was), *s = sorted(is), i = 0;
	enum li_err e = w && s ? LI_OK : LI_ENOMEM;

	for (uint32_t k = 0; !e && k < is->n; k++) {
		struct item *x = &is->item[s[k]];

		while (i < was->n && was->item[w[i]].key < x->key)
			i++;
		if (i < was->n && same(&was->item[w[i]], x)) {
			x->mate = w[i];
			was->item[w[i]].mate = s[k];
			i++;
		} else {
			x->copy = i > 0 && same(&was->item[w[i - 1]], x);
		}
	}
	free(w);
	free(s);
	return e;
}

/* One that has no mate may be a copy of what stood before all that differs. */
static enum li_err copies(struct account *a, struct shelf *f)
{
	struct cursor c = { .x = &a->folder->ledger, .kind = f->c.kind };
	uint32_t *key = sorted(&f->is);
	struct ledger_entry x;
	uint64_t offset;
	enum li_err e = key ? LI_OK : LI_ENOMEM;

	for (uint64_t n = 0; !e && f->is.n && n < f->alike && (e = next_stored(&c, &x, &offset)) == LI_OK; n++) {
		struct item was = { .key = key_of(x.sha256), .octets = (uint32_t)x.n };
		uint32_t low = 0, high = f->is.n;

		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (f->is.item[key[middle]].key < was.key)
				low = middle + 1;
			else
				high = middle;
		}
		for (; low < f->is.n && same(&f->is.item[key[low]], &was); low++)
			f->is.item[key[low]].copy |= f->is.item[key[low]].mate == NOT;
	}
	free(key);
	free(c.page);
	return e;
}

/* Of those that have a mate, the longest run whose order is what it was. */
static enum li_err stay(struct side *was, struct side *is)
{
	uint32_t *tail = malloc((is->n + 1) * sizeof(*tail)), *before = malloc((is->n + 1) * sizeof(*before)), n = 0;
	enum li_err e = tail && before ? LI_OK : LI_ENOMEM;

	for (uint32_t k = 0; !e && k < is->n; k++) {
		uint32_t low = 0, high = n;

		if (is->item[k].mate == NOT)
			continue;
		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (is->item[tail[middle]].mate < is->item[k].mate)
				low = middle + 1;
			else
				high = middle;
		}
		before[k] = low ? tail[low - 1] : NOT;
		tail[low] = k;
		n += low == n;
	}
	for (uint32_t k = !e && n ? tail[n - 1] : NOT; k != NOT; k = before[k])
		is->item[k].stays = was->item[is->item[k].mate].stays = true;
	free(tail);
	free(before);
	return e;
}

struct telling {
	struct account *a;
	unsigned kind;
	bool open;		/* s waits for more of its run */
	struct account_stray s;
	uint32_t i, k;		/* indexes of its last PDU; NOT: none */
};

static enum li_err tell(struct telling *t)
{
	bool open = t->open;

	t->open = false;
	return open ? stray(t->a, &t->s) : LI_OK;
}

/* was, is: indexes, or NOT. */
static enum li_err tell_of(struct telling *t, const struct shelf *f, enum stray_what what, uint32_t i, uint32_t k)
{
	const struct item *was = i == NOT ? NULL : &f->was.item[i], *is = k == NOT ? NULL : &f->is.item[k], *named = was ? was : is;
	bool goes_on = t->open && t->s.what == what && what != STRAY_CHANGED && what != STRAY_AGAIN && (i == NOT ? t->i == NOT : i == t->i + 1) &&
		       (k == NOT ? t->k == NOT : k == t->k + 1) && (!t->s.has_cin || named->cin == t->s.cin);
	enum li_err e = goes_on ? LI_OK : tell(t);

	t->i = i;
	t->k = k;
	if (goes_on) {
		t->s.count++;
		t->s.last = named->number;
		return e;
	}
	t->open = true;
	t->s = (struct account_stray){ .what = what, .kind = (enum lemf_kind)t->kind, .count = 1, .is_there = is != NULL, .was_there = was != NULL,
				       .offset = is ? is->offset : 0, .was_at = was ? was->offset : 0, .track = is ? is->track : 0,
				       .has_number = was ? was->flags & LEDGER_NUMBER : is->track != 0, .has_cin = was && was->flags & LEDGER_CIN,
				       .number = named->number, .last = named->number, .cin = was ? was->cin : 0 };
	return e;
}

/* Between two that stayed, or before the first, or behind the last: those that were from i to i_end, those that are from k to k_end. */
static enum li_err between(struct telling *t, const struct shelf *f, uint32_t i, uint32_t i_end, uint32_t k, uint32_t k_end)
{
	bool last = i_end == f->was.n && k_end == f->is.n;
	enum li_err e = LI_OK;

	for (; k < k_end && !e; k++) {
		const struct item *x = &f->is.item[k];
		enum stray_what what = STRAY_ADDED;

		if (x->mate != NOT) {
			e = tell_of(t, f, STRAY_ORDER, x->mate, k);
			continue;
		}
		while (i < i_end && f->was.item[i].mate != NOT)
			i++;
		if (x->copy)
			what = STRAY_AGAIN;
		else if (i < i_end)
			what = STRAY_CHANGED;
		else if (last && !t->a->totals.book.ended && x->offset >= t->a->totals.book.foreign[t->kind])
			what = STRAY_UNRECORDED;
		e = tell_of(t, f, what, what == STRAY_CHANGED ? i++ : NOT, k);
	}
	for (; i < i_end && !e; i++)
		if (f->was.item[i].mate == NOT)
			e = tell_of(t, f, STRAY_REMOVED, i, NOT);
	return e ? e : tell(t);
}

static enum li_err compare(struct account *a, unsigned kind)
{
	struct shelf *f = &a->ledger->shelf[kind];
	struct telling t = { .a = a, .kind = kind };
	struct ledger_entry x;
	uint64_t offset;
	uint32_t i = 0, k = 0;
	enum li_err e, more = LI_OK;

	while (!(more = next_stored(&f->c, &x, &offset)) && !(more = keep_entry(f, &x, offset)))
		;
	if (more != LI_ENOTFOUND)
		return more;
	e = match(&f->was, &f->is);
	if (!e)
		e = copies(a, f);
	if (!e)
		e = stay(&f->was, &f->is);
	for (uint32_t to = 0; to < f->is.n && !e; to++) {
		if (!f->is.item[to].stays)
			continue;
		e = between(&t, f, i, f->is.item[to].mate, k, to);
		i = f->is.item[to].mate + 1;
		k = to + 1;
	}
	if (!e)
		e = between(&t, f, i, f->was.n, k, f->is.n);
	if (!e && f->beyond) {
		struct account_stray s = { .what = STRAY_BEYOND, .kind = (enum lemf_kind)kind, .count = f->beyond };

		e = stray(a, &s);
	}
	return e;
}

enum li_err account_ledger_end(struct account *a)
{
	struct account_book *b = &a->totals.book;
	enum li_err e = LI_OK;

	if (a->folder->ledger.fd < 0) {
		b->state = a->ledger_named || a->folder->mark.entries ? LEDGER_GONE : LEDGER_NONE;
		return LI_OK;
	}
	for (unsigned k = 0; k < LEMF_KINDS && !e; k++)
		e = compare(a, k);
	return e;
}

void account_ledger_free(struct account *a)
{
	for (unsigned k = 0; a->ledger && k < LEMF_KINDS; k++) {
		struct shelf *s = &a->ledger->shelf[k];

		free(s->c.page);
		free(s->was.item);
		free(s->is.item);
	}
	free(a->ledger);
	a->ledger = NULL;
}
