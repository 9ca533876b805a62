/* pfcp_out.c: every function puts its part before what w holds, so parts stand here in reverse order of the wire. */
#include "test/gen/pfcp_out.h"

static void ie(struct wr *w, uint16_t type, size_t mark)
{
	wr_u16(w, (uint16_t)(wr_len(w) - mark));
	wr_u16(w, type);
}

static void ie_u8(struct wr *w, uint16_t type, uint8_t x)
{
	size_t m = wr_len(w);

	wr_u8(w, x);
	ie(w, type, m);
}

static void ie_u16(struct wr *w, uint16_t type, uint16_t x)
{
	size_t m = wr_len(w);

	wr_u16(w, x);
	ie(w, type, m);
}

static void ie_u32(struct wr *w, uint16_t type, uint32_t x)
{
	size_t m = wr_len(w);

	wr_u32(w, x);
	ie(w, type, m);
}

static void header(struct wr *w, uint8_t type, bool has_seid, uint64_t seid, uint32_t seq)
{
	size_t n = wr_len(w);

	wr_u32(w, seq << 8);
	if (has_seid)
		wr_uint(w, seid, 8);
	wr_u16(w, (uint16_t)(n + 4 + (has_seid ? 8 : 0)));
	wr_u8(w, type);
	wr_u8(w, has_seid ? 0x21 : 0x20);
}

static void addr(struct wr *w, const struct li_addr *a)
{
	wr_put(w, a->b, a->family == 4 ? 4 : a->family == 6 ? 16 : 0);
}

static void node_id(struct wr *w, const struct li_addr *a)
{
	size_t m = wr_len(w);

	addr(w, a);
	wr_u8(w, a->family == 4 ? 0 : 1);
	ie(w, 60, m);
}

static void fseid(struct wr *w, uint64_t seid, const struct li_addr *a)
{
	size_t m = wr_len(w);

	addr(w, a);
	wr_uint(w, seid, 8);
	wr_u8(w, a->family == 4 ? 2 : 1);
	ie(w, 57, m);
}

static void fteid(struct wr *w, const struct out_tunnel *t, bool choose)
{
	size_t m = wr_len(w);

	if (choose) {
		wr_u8(w, t->addr.family == 4 ? 0x05 : 0x06);	/* CH and the family wanted */
	} else {
		addr(w, &t->addr);
		wr_u32(w, t->teid);
		wr_u8(w, t->addr.family == 4 ? 1 : 2);
	}
	ie(w, 21, m);
}

static void ue_ip(struct wr *w, const struct pfcp_session *s, bool destination)
{
	size_t m = wr_len(w);

	addr(w, &s->ue6);
	addr(w, &s->ue4);
	wr_u8(w, (uint8_t)((s->ue6.family ? 1 : 0) | (s->ue4.family ? 2 : 0) | (destination ? 4 : 0)));
	ie(w, 93, m);
}

static void instance(struct wr *w, const char *name)
{
	size_t m = wr_len(w);

	wr_put(w, name, strlen(name));
	ie(w, 22, m);
}

/* 3GPP Interface Type */
static void interface(struct wr *w, uint8_t type)
{
	if (type)
		ie_u8(w, 160, (uint8_t)(type - 1));
}

/* Create PDR with a PDI that has an F-TEID (t) or the UE's address, or both. */
static void create_pdr(struct wr *w, const struct pfcp_session *s, uint16_t id, uint8_t source, uint8_t type, const char *ni,
		       const struct out_tunnel *t, bool choose, uint32_t far)
{
	size_t m = wr_len(w), pdi;

	ie_u32(w, 109, 1);		/* QER ID */
	ie_u32(w, 108, far);
	if (t)
		ie_u8(w, 95, 0);	/* Outer Header Removal: GTP-U/UDP/IPv4 */
	pdi = wr_len(w);
	interface(w, type);
	if ((s->ue4.family || s->ue6.family) && (source == 0 || !t))
		ue_ip(w, s, t == NULL);
	instance(w, ni);
	if (t)
		fteid(w, t, choose);
	ie_u8(w, 20, source);
	ie(w, 2, pdi);
	ie_u32(w, 29, 255);		/* precedence */
	ie_u16(w, 56, id);
	ie(w, 1, m);
}

static void ohc(struct wr *w, const struct out_tunnel *t)
{
	size_t m = wr_len(w);

	addr(w, &t->addr);
	wr_u32(w, t->teid);
	wr_u16(w, t->addr.family == 4 ? 0x0100 : 0x0200);
	ie(w, 84, m);
}

/* Create (3, 4) or Update FAR (10, 11). */
static void far(struct wr *w, bool create, uint32_t id, uint8_t dest, uint8_t type, const char *ni, const struct out_tunnel *t)
{
	size_t m = wr_len(w), p = m;

	interface(w, type);
	if (t)
		ohc(w, t);
	instance(w, ni);
	ie_u8(w, 42, dest);
	ie(w, create ? 4 : 11, p);
	ie_u8(w, 44, t || dest ? 2 : 4);	/* FORW, or BUFF while there is no tunnel */
	ie_u32(w, 108, id);
	ie(w, create ? 3 : 10, m);
}

static void qer(struct wr *w, const struct pfcp_session *s, bool create)
{
	size_t m = wr_len(w), r;

	ie_u8(w, 124, 9);		/* QFI */
	r = wr_len(w);
	wr_uint(w, s->mbr, 5);
	wr_uint(w, s->mbr, 5);
	ie(w, 26, r);
	ie_u8(w, 25, 0);		/* both gates open */
	ie_u32(w, 109, 1);
	ie(w, create ? 7 : 14, m);
}

static size_t tbcd(uint8_t *out, const char *digits)
{
	size_t n = strlen(digits);

	for (size_t i = 0; i < n; i += 2)
		out[i / 2] = (uint8_t)((digits[i] - '0') | (i + 1 < n ? digits[i + 1] - '0' : 15) << 4);
	return (n + 1) / 2;
}

static void user_id(struct wr *w, const struct pfcp_session *s)
{
	const char *part[] = { s->imsi, s->imei, s->msisdn };
	size_t m = wr_len(w);
	uint8_t flags = 0;

	for (int i = 2; i >= 0; i--) {
		uint8_t o[8];
		size_t n;

		if (!part[i])
			continue;
		n = tbcd(o, part[i]);
		wr_put(w, o, n);
		wr_u8(w, (uint8_t)n);
		flags = (uint8_t)(flags | 1u << i);
	}
	wr_u8(w, flags);
	ie(w, 141, m);
}

static void dnn(struct wr *w, const char *name)
{
	size_t m = wr_len(w), n = strlen(name), end = n;

	for (size_t i = n + 1; i-- > 0;) {	/* labels, from the last */
		if (i > 0 && name[i - 1] != '.')
			continue;
		wr_put(w, name + i, end - i);
		wr_u8(w, (uint8_t)(end - i));
		end = i ? i - 1 : 0;
	}
	ie(w, 159, m);
}

void pfcp_out_association(struct wr *w, bool request, uint32_t seq, const struct li_addr *node, uint32_t recovery)
{
	ie_u32(w, 96, recovery);
	if (!request)
		ie_u8(w, 19, 1);
	node_id(w, node);
	header(w, request ? 5 : 6, false, 0, seq);
}

void pfcp_out_establish(struct wr *w, const struct pfcp_session *s, uint32_t seq, bool with_dl)
{
	size_t m;

	if (s->dnn)
		dnn(w, s->dnn);
	if (s->sst) {
		m = wr_len(w);
		wr_uint(w, s->sd < 1u << 24 ? s->sd : 0xffffff, 3);
		wr_u8(w, s->sst);
		ie(w, 257, m);
	}
	if (s->user_id)
		user_id(w, s);
	if (s->pdn_type)
		ie_u8(w, 113, s->pdn_type);
	qer(w, s, true);
	if (s->cp_tunnel.addr.family)
		far(w, true, 3, 3, 0, "n4u", &s->cp_tunnel);
	far(w, true, 2, 0, s->access_type, "access", with_dl ? &s->dl : NULL);
	far(w, true, 1, 1, s->core_type, "core", s->core.addr.family ? &s->core : NULL);
	create_pdr(w, s, 2, 1, s->core_type, "core", s->core_dl.addr.family ? &s->core_dl : NULL, s->choose, 2);
	create_pdr(w, s, 1, 0, s->access_type, "access", &s->ul, s->choose, 1);
	fseid(w, s->cp_seid, &s->cp);
	node_id(w, &s->cp);
	header(w, 50, true, 0, seq);
}

void pfcp_out_established(struct wr *w, const struct pfcp_session *s, uint32_t seq, uint8_t cause)
{
	size_t m;

	if (cause == 1) {
		if (s->choose) {
			if (s->core_dl.addr.family) {
				m = wr_len(w);
				fteid(w, &s->core_dl, false);
				ie_u16(w, 56, 2);
				ie(w, 8, m);
			}
			m = wr_len(w);
			fteid(w, &s->ul, false);
			ie_u16(w, 56, 1);
			ie(w, 8, m);
		}
		fseid(w, s->up_seid, &s->up);
	}
	ie_u8(w, 19, cause);
	node_id(w, &s->up);
	header(w, 51, true, s->cp_seid, seq);
}

void pfcp_out_modify(struct wr *w, const struct pfcp_session *s, uint32_t seq, bool with_qer)
{
	if (with_qer)
		qer(w, s, false);
	far(w, false, 2, 0, s->access_type, "access", &s->dl);
	header(w, 52, true, s->up_seid, seq);
}

void pfcp_out_modified(struct wr *w, const struct pfcp_session *s, uint32_t seq)
{
	ie_u8(w, 19, 1);
	header(w, 53, true, s->cp_seid, seq);
}

void pfcp_out_delete(struct wr *w, const struct pfcp_session *s, uint32_t seq)
{
	header(w, 54, true, s->up_seid, seq);
}

void pfcp_out_deleted(struct wr *w, const struct pfcp_session *s, uint32_t seq, uint64_t uplink, uint64_t downlink)
{
	size_t m = wr_len(w), v;

	v = wr_len(w);
	wr_uint(w, downlink, 8);
	wr_uint(w, uplink, 8);
	wr_uint(w, uplink + downlink, 8);
	wr_u8(w, 7);
	ie(w, 66, v);			/* Volume Measurement */
	ie_u32(w, 104, 0);		/* UR-SEQN */
	v = wr_len(w);
	wr_u16(w, 0);
	wr_u8(w, 0);
	ie(w, 63, v);			/* Usage Report Trigger */
	ie_u32(w, 81, 1);		/* URR ID */
	ie(w, 79, m);			/* Usage Report (deletion) */
	ie_u8(w, 19, 1);
	header(w, 55, true, s->cp_seid, seq);
}

void pfcp_out_buffer(struct wr *w, const struct pfcp_session *s, uint32_t seq)
{
	size_t m = wr_len(w);

	ie_u8(w, 44, 4);		/* BUFF */
	ie_u32(w, 108, 2);
	ie(w, 10, m);
	header(w, 52, true, s->up_seid, seq);
}

void pfcp_out_forward(struct wr *w, const struct pfcp_session *s, uint32_t seq, const struct out_tunnel *from,
		      const struct out_tunnel *to)
{
	struct pfcp_session bare = *s;

	bare.ue4 = bare.ue6 = (struct li_addr){ 0 };
	far(w, true, 5, 0, 0, "access", to);
	create_pdr(w, &bare, 5, 0, 0, "access", from, false, 5);
	header(w, 52, true, s->up_seid, seq);
}

void pfcp_out_unforward(struct wr *w, const struct pfcp_session *s, uint32_t seq)
{
	size_t m = wr_len(w);

	ie_u32(w, 108, 5);
	ie(w, 16, m);
	m = wr_len(w);
	ie_u16(w, 56, 5);
	ie(w, 15, m);
	header(w, 52, true, s->up_seid, seq);
}
