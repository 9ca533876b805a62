/* count.c: what has become of each record, told upward by group: hm_count(), hm_count_group(), hm_standing(). */
#include <stdlib.h>

#include "handover/hm_int.h"
#include "handover/counts.h"

#define TOLD 64		/* a call of ops->counted */

static void tell_lane(struct hm_lane *l)
{
	struct hm_dest *d = l->side->dest;
	const struct hm *h = d->hm;
	struct hm_counted c[TOLD];
	struct count *all;
	size_t slots, n = 0;

	all = counts_take(queue_counts(l->q), &slots);
	for (size_t i = 0; all && i < slots; i++) {
		if (all[i].key)
			c[n++] = count_of(&all[i]);
		if (n == TOLD) {
			h->ops->counted(h->arg, d, l->side->kind, c, n);
			n = 0;
		}
	}
	if (n)
		h->ops->counted(h->arg, d, l->side->kind, c, n);
	free(all);
}

void count_tell(struct hm_dest *d)
{
	for (struct hm_lane *l = NULL; d->hm->ops->counted && (l = dest_lane_next(d, l)); )
		tell_lane(l);
}

void hm_count(struct hm *h)
{
	for (struct hm_dest *d = h->dests; d; d = d->next)
		count_tell(d);
	hm_positions(h);
}

bool hm_count_group(struct hm *h, uint32_t group)
{
	return group_each(&h->groups, group, ctx_tell_taken);
}

enum hm_standing hm_standing(const struct hm *h, const struct li_did *did, enum li_hi kind)
{
	enum hm_standing is = HM_ABSENT, here;

	for (const struct hm_dest *d = h->dests; d; d = d->next) {	/* those that were removed and still deliver, too */
		for (unsigned i = 0; i < d->side[kind].lanes && memcmp(&d->conf.did, did, sizeof(*did)) == 0; i++) {
			struct queue *q = d->side[kind].lane[i].q;

			if (!q)
				continue;
			here = !queue_is_caught_up(q) ? HM_OLD : !queue_is_empty(q) ? HM_QUEUED : HM_EMPTY;
			is = is == HM_ABSENT || here < is ? here : is;
		}
	}
	return is;
}
