/* upf_cc.c: TS 33.128 clause 6.2.3.8: the packet as uPFCCPDU or extendedUPFCCPDU, by destination. */
#include "mediation/record/upf_cc.h"

#include <assert.h>

struct route route_unwanted = { .dir = LI_DIR_INDETERMINATE };

/* The user's end of the packet is the session's own: of IPv6 it has the whole /64 (TS 23.501 clause 5.8.2.2.3); of Ethernet the MAC. */
static bool is_own(const struct route *r, struct view inner)
{
	bool up = r->dir == LI_FROM_TARGET;
	uint8_t version = inner.n ? inner.p[0] >> 4 : 0, family = r->ethernet ? 0 : version == 4 || version == 6 ? version : 255;
	size_t at = family == 4 ? (up ? 12 : 16) : family == 6 ? (up ? 8 : 24) : up ? 6 : 0;
	size_t n = family == 4 ? 4 : family == 6 ? 8 : 6, least = family == 4 ? 20 : family == 6 ? 40 : 14;

	if (family == 255 || inner.n < least)
		return false;
	for (size_t i = 0; i < r->own; i++) {
		const struct li_addr *a = &route_own(r)[i];

		if (a->family == family && memcmp(a->b, inner.p + at, n) == 0)
			return true;
	}
	return false;
}

/* False: nothing of it goes to anybody. */
static bool packet_of(struct upf_cc *u, struct hm_packet *p)
{
	const struct route *r = u->route;
	const struct flow *f = u->flow;
	uint8_t version = f->inner.n ? f->inner.p[0] >> 4 : 0;

	if (r->n == 0 || (r->n9 && !u->n9))
		return false;
	if (r->guarded && !is_own(r, f->inner)) {
		u->lost.withheld++;
		return false;
	}
	*p = (struct hm_packet){ .gtpu = f->gtpu, .inner = f->inner, .has_qfi = f->has_qfi, .qfi = f->qfi, .dir = r->dir,	/* LI128-179, LI128-181 */
		.inner_kind = r->ethernet ? PS_INNER_ETHERNET : version == 4 || version == 6 ? PS_INNER_IP : PS_INNER_UNSTRUCTURED };	/* LI128-180 */
	return true;
}

struct records {
	size_t n;
	struct hm_record list[HM_CC_BURST];
	struct upf_cc *of[HM_CC_BURST];
};

static void deliver(struct records *b, bool wait)
{
	enum li_err got[HM_CC_BURST];

	hm_cc_burst(b->list, b->n, wait, got);	/* HO-M33-016 */
	for (size_t i = 0; i < b->n; i++) {
		if (got[i] == LI_EBUSY) {
			b->of[i]->lost.unnumbered++;
			hm_ctx_count(b->list[i].ctx, HM_FATE_unnumbered, 1);
		} else if (got[i] && got[i] != LI_ENOTFOUND) {	/* purged: counted by the destination */
			b->of[i]->lost.full++;
		}
	}
	b->n = 0;
}

void upf_cc_burst(struct upf_cc u[], size_t n, bool wait)
{
	struct hm_packet packet[UPF_CC_BURST];
	struct records b;

	assert(n <= UPF_CC_BURST);
	b.n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct route *r = u[i].route;
		const struct flow *f = u[i].flow;

		u[i].lost = (struct upf_cc_lost){ 0, 0, 0 };
		if (!packet_of(&u[i], &packet[i]))
			continue;
		for (size_t k = 0; k < r->n; k++) {
			if (f->time < r->cc[k].start || f->time >= r->cc[k].end) {	/* [start, end) of the warrant */
				hm_ctx_count(r->cc[k].ctx, HM_FATE_window, 1);
				continue;
			}
			b.of[b.n] = &u[i];
			b.list[b.n++] = (struct hm_record){ r->cc[k].ctx, f->tap, f->time, &packet[i] };
			if (b.n == HM_CC_BURST)
				deliver(&b, wait);
		}
	}
	if (b.n)
		deliver(&b, wait);
}

struct upf_cc_lost upf_cc(const struct route *r, const struct flow *f, bool n9, bool wait)
{
	struct upf_cc u = { .route = r, .flow = f, .n9 = n9 };

	upf_cc_burst(&u, 1, wait);
	return u.lost;
}

void upf_cc_ahead(void *const route[], size_t n, unsigned tap)
{
	const struct route *wanted[UPF_CC_BURST];
	size_t m = 0;

	for (size_t i = 0; i < n && m < UPF_CC_BURST; i++)
		if (route[i] && route[i] != &route_unwanted) {
			__builtin_prefetch(route[i]);
			wanted[m++] = route[i];
		}
	for (unsigned step = 0; step < HM_CC_STEPS; step++)
		for (size_t i = 0; i < m; i++)
			if (wanted[i]->n)
				hm_cc_ahead(wanted[i]->cc[0].ctx, tap, step);
}
