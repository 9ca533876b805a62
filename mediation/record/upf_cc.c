/* upf_cc.c: TS 33.128 clause 6.2.3.8: the packet as uPFCCPDU or extendedUPFCCPDU, by destination. */
#include "mediation/record/upf_cc.h"

#define UPF_CC_AHEAD 32	/* routes looked ahead at once */

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

struct upf_cc_lost upf_cc(const struct route *r, const struct flow *f, bool n9, bool wait)
{
	struct hm_packet p;
	struct upf_cc_lost lost = { 0, 0, 0 };
	enum li_err e;
	uint8_t version;

	if (r->n == 0 || (r->n9 && !n9))
		return lost;
	if (r->guarded && !is_own(r, f->inner)) {
		lost.withheld++;
		return lost;
	}
	version = f->inner.n ? f->inner.p[0] >> 4 : 0;
	p = (struct hm_packet){ .gtpu = f->gtpu, .inner = f->inner, .has_qfi = f->has_qfi, .qfi = f->qfi, .dir = r->dir,	/* LI128-179, LI128-181 */
		.inner_kind = r->ethernet ? PS_INNER_ETHERNET : version == 4 || version == 6 ? PS_INNER_IP : PS_INNER_UNSTRUCTURED };	/* LI128-180 */
	for (size_t i = 0; i < r->n; i++) {
		const struct route_cc *cc = &r->cc[i];

		if (f->time < cc->start || f->time >= cc->end)	/* [start, end) of the warrant */
			continue;
		e = hm_cc(cc->ctx, f->tap, f->time, &p, wait);	/* HO-M33-016 */
		if (e == LI_EBUSY)
			lost.unnumbered++;
		else if (e)
			lost.full++;
	}
	return lost;
}

void upf_cc_ahead(void *const route[], size_t n, unsigned tap)
{
	const struct route *wanted[UPF_CC_AHEAD];
	size_t m = 0;

	for (size_t i = 0; i < n && m < UPF_CC_AHEAD; i++)
		if (route[i] && route[i] != &route_unwanted) {
			__builtin_prefetch(route[i]);
			__builtin_prefetch((const char *)route[i] + 64);
			wanted[m++] = route[i];
		}
	for (unsigned step = 0; step < HM_CC_STEPS; step++)
		for (size_t i = 0; i < m; i++)
			if (wanted[i]->n)
				hm_cc_ahead(wanted[i]->cc[0].ctx, tap, step);
}
