/* mark.c: places in queues, and what has been passed (hm_ctx_mark, hm_message). */
#include <stdlib.h>

#include "handover/hm_int.h"

struct hm_mark {
	struct hm *hm;
	unsigned n;
	struct { struct hm_lane *lane; uint64_t place; } at[];
};

struct hm_mark *mark_new(struct hm *h, unsigned n)
{
	struct hm_mark *m = calloc(1, sizeof(*m) + n * sizeof(m->at[0]));

	if (!m)
		return NULL;
	m->hm = h;
	h->ctxs++;
	return m;
}

void mark_put(struct hm_mark *m, struct hm_lane *l)
{
	m->at[m->n].lane = l;
	m->at[m->n++].place = queue_place(l->q);
	l->side->dest->refs++;
}

bool hm_mark_passed(const struct hm_mark *m)
{
	bool passed = true;

	for (unsigned i = 0; i < m->n && passed; i++)
		passed = queue_passed(m->at[i].lane->q, m->at[i].place);
	return passed;
}

void hm_mark_free(struct hm_mark *m)
{
	struct hm *h;

	if (!m)
		return;
	h = m->hm;
	for (unsigned i = 0; i < m->n; i++)
		m->at[i].lane->side->dest->refs--;
	free(m);
	h->ctxs--;
	hm_settle(h);
}
