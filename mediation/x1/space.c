/* space.c: see space.h. */
#include "mediation/x1/space.h"

#include <stdio.h>
#include <stdlib.h>

#define BODY_FORM 1
#define HEAD 4			/* form, flags, type, young */
#define REF 25			/* kind, id, preference */
#define REFS_MAX 4096		/* of one item: a task names 16 destinations for each of its LIIDs at the most */

#define ITEM_OF(l) ((struct x1_item *)(void *)((char *)(l) - offsetof(struct x1_item, by_id)))

void x1_space_init(struct x1_space *s, const struct conf_x1_admf *c)
{
	memset(s, 0, sizeof(*s));
	s->c = c;
	snprintf(s->owner, sizeof(s->owner), "x1:%s", c->admf_id);
	for (int k = 0; k < STORE_X1_KINDS; k++) {
		TAILQ_INIT(&s->items[k]);
		table_init(&s->by_id[k]);
	}
}

void x1_item_free(struct x1_item *i)
{
	if (i)
		free(i->ref);
	free(i);
}

void x1_space_fini(struct x1_space *s)
{
	for (int k = 0; k < STORE_X1_KINDS; k++) {
		struct x1_item *i;

		while ((i = TAILQ_FIRST(&s->items[k]))) {
			TAILQ_REMOVE(&s->items[k], i, all);
			x1_item_free(i);
		}
		table_fini(&s->by_id[k]);
	}
}

struct x1_item *x1_space_find(const struct x1_space *s, enum store_x1 kind, const uint8_t id[16])
{
	for (struct link *l = table_first(&s->by_id[kind], table_hash(view_of(id, 16))); l; l = table_next(l))
		if (memcmp(ITEM_OF(l)->row.id, id, 16) == 0)
			return ITEM_OF(l);
	return NULL;
}

static bool same(const struct x1_ref *a, const struct x1_ref *b)
{
	return a->kind == b->kind && memcmp(a->id, b->id, 16) == 0;
}

struct x1_item *x1_item_new(enum store_x1 kind, const uint8_t id[16], const struct x1_ref *ref, size_t n)
{
	struct x1_item *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->row.kind = kind;
	memcpy(i->row.id, id, 16);
	i->ref = n ? calloc(n, sizeof(*i->ref)) : NULL;
	if (n && !i->ref) {
		free(i);
		return NULL;
	}
	for (size_t k = 0; k < n; k++) {
		size_t j = 0;

		while (j < i->n_refs && !same(&i->ref[j], &ref[k]))
			j++;
		if (j == i->n_refs)
			i->ref[i->n_refs++] = ref[k];
	}
	return i;
}

/* What it names, if that is there; and itself, where it may end by itself. */
static void count(struct x1_space *s, const struct x1_item *i, int by)
{
	s->n_implicit += i->flags & X1_ITEM_IMPLICIT ? (size_t)by : 0;
	for (size_t k = 0; k < i->n_refs; k++) {
		struct x1_item *to = x1_space_find(s, i->ref[k].kind, i->ref[k].id);

		if (to)
			to->uses += (unsigned)by;
	}
}

static void take_out(struct x1_space *s, struct x1_item *i)
{
	count(s, i, -1);
	table_del(&s->by_id[i->row.kind], &i->by_id);
	TAILQ_REMOVE(&s->items[i->row.kind], i, all);
	s->n[i->row.kind]--;
}

void x1_space_put(struct x1_space *s, struct x1_item *i)
{
	struct x1_item *old = x1_space_find(s, i->row.kind, i->row.id);

	i->uses = old ? old->uses : 0;
	if (old) {
		count(s, old, -1);
		TAILQ_INSERT_BEFORE(old, i, all);
		TAILQ_REMOVE(&s->items[i->row.kind], old, all);
		table_del(&s->by_id[i->row.kind], &old->by_id);
		i->fault = old->fault;
		i->fault_at = old->fault_at;
		memcpy(i->why, old->why, sizeof(i->why));
		i->listed = old->listed;
		i->amount = old->amount;
		i->unkept = old->unkept;
		x1_item_free(old);
	} else {
		TAILQ_INSERT_TAIL(&s->items[i->row.kind], i, all);
		s->n[i->row.kind]++;
	}
	table_add(&s->by_id[i->row.kind], &i->by_id, view_of(i->row.id, 16));
	count(s, i, 1);
}

void x1_space_remove(struct x1_space *s, struct x1_item *i)
{
	take_out(s, i);
	x1_item_free(i);
}

const struct x1_item *x1_space_user(const struct x1_space *s, enum store_x1 kind, const uint8_t id[16])
{
	static const enum store_x1 users[] = { STORE_X1_TASK, STORE_X1_OBJECT };
	const struct x1_item *i;

	for (size_t k = 0; k < 2; k++)
		TAILQ_FOREACH(i, &s->items[users[k]], all)
			for (size_t j = 0; j < i->n_refs; j++)
				if (i->ref[j].kind == kind && memcmp(i->ref[j].id, id, 16) == 0)
					return i;
	return NULL;
}

/* -- as stored: form, flags, type, young; number of references (2 octets); each; the document -- */

static void put_number(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

enum li_err x1_item_body(const struct x1_item *i, struct view xml, struct buf *out)
{
	uint8_t head[HEAD + 2] = { BODY_FORM, i->flags, i->type, i->young };
	enum li_err e;

	if (i->n_refs > REFS_MAX)
		return LI_ELIMIT;
	put_number(head + HEAD, i->n_refs, 2);
	e = buf_put(out, head, sizeof(head));
	for (size_t k = 0; !e && k < i->n_refs; k++) {
		uint8_t ref[REF] = { (uint8_t)i->ref[k].kind };

		memcpy(ref + 1, i->ref[k].id, 16);
		put_number(ref + 17, i->ref[k].preference, 8);
		e = buf_put(out, ref, sizeof(ref));
	}
	return e ? e : buf_put(out, xml.p, xml.n);
}

/* Where the document begins; 0: it is no such body. */
static size_t head_of(struct view body, size_t *refs)
{
	if (body.n < HEAD + 2 || body.p[0] != BODY_FORM)
		return 0;
	*refs = (size_t)body.p[HEAD] << 8 | body.p[HEAD + 1];
	return *refs <= REFS_MAX && body.n >= HEAD + 2 + *refs * REF ? HEAD + 2 + *refs * REF : 0;
}

struct x1_item *x1_item_of(const struct store_x1_row *row, struct view body, struct view *xml)
{
	size_t n = 0, at = head_of(body, &n);
	struct x1_ref *ref = at && n ? calloc(n, sizeof(*ref)) : NULL;
	struct x1_item *i = NULL;
	bool good = at && (!n || ref);

	for (size_t k = 0; good && k < n; k++) {
		const uint8_t *p = body.p + HEAD + 2 + k * REF;

		good = p[0] < STORE_X1_KINDS;
		ref[k].kind = (enum store_x1)p[0];
		memcpy(ref[k].id, p + 1, 16);
		for (size_t j = 0; j < 8; j++)
			ref[k].preference = ref[k].preference << 8 | p[17 + j];
	}
	if (good)
		i = x1_item_new(row->kind, row->id, ref, n);
	free(ref);
	if (!i)
		return NULL;
	i->row = *row;
	i->flags = body.p[1];
	i->type = body.p[2];
	i->young = body.p[3];
	*xml = view_of(body.p + at, body.n - at);
	return i;
}

enum li_err x1_item_xml(struct store *st, const struct x1_space *s, const struct x1_item *i, struct view *xml)
{
	struct view body;
	size_t n = 0, at;
	enum li_err e = store_x1_get(st, s->c->admf_id, i->row.kind, i->row.id, &body);

	if (e)
		return e;
	at = head_of(body, &n);
	*xml = view_of(body.p + at, body.n - at);
	return at ? LI_OK : LI_EFORMAT;
}
