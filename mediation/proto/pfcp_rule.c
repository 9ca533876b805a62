/*
 * pfcp_rule.c: what a PFCP session consists of: PDRs, FARs and QERs, and the traffic endpoints that PDRs may share
 * (TS 29.244 clauses 7.5.2 to 7.5.4).
 */
#include "mediation/proto/pfcp_ie.h"

static void read_fteid(struct rd *r, struct pfcp_fteid *f)
{
	uint8_t flags = rd_u8(r);	/* V4 1, V6 2, CH 4, CHID 8 */

	memset(f, 0, sizeof(*f));
	f->present = true;
	f->choose = flags & 4;
	if (f->choose) {		/* no TEID and no address: the Created PDR brings them */
		f->has_choose_id = flags & 8;
		if (f->has_choose_id)
			f->choose_id = rd_u8(r);
		return;
	}
	f->f.teid = rd_u32(r);
	pfcp_addrs(r, flags & 1, flags & 2, &f->f.a4, &f->f.a6);
}

/* A PDI may name an IPv4 and an IPv6 address in one element or in two. */
static void read_ue_ip(struct rd *r, struct pfcp_ue_ip *u)
{
	uint8_t flags = rd_u8(r);	/* V6 1, V4 2, S/D 4, IPv6D 8, CHV4 16, CHV6 32, IP6PL 64 */
	struct li_addr a4 = { 0 }, a6 = { 0 };

	/* what the UP function chooses is not there, even if a sender says both */
	pfcp_addrs(r, (flags & (2 | 16)) == 2, (flags & (1 | 32)) == 1, &a4, &a6);
	if (flags & 8)
		rd_skip(r, 1);
	if (flags & 64)
		rd_skip(r, 1);
	if (r->err)
		return;
	u->present = true;
	u->is_destination = flags & 4;
	u->choose = flags & (16 | 32);
	if (a4.family && !u->a4.family)
		u->a4 = a4;
	if (a6.family && !u->a6.family)
		u->a6 = a6;
}

/* -- Create, Update and Created PDR; Create and Created Traffic Endpoint: clauses 7.5.2.2, 7.5.3.2, 7.5.2.7 -- */

struct mac_filter {
	struct view source, destination;
};

static void ie_mac(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct mac_filter *f = to;
	uint8_t flags = rd_u8(r);	/* SOUR 1, DEST 2, USOU 4, UDES 8 */

	(void)c;
	if (flags & 1)
		f->source = rd_take(r, 6);
	if (flags & 2)
		f->destination = rd_take(r, 6);
}

static const struct pfcp_ie in_ethernet_filter[] = {
	{ 133, "PFCP MAC Address (29.244 clause 8.2.93)", ie_mac },
};

/* Under construction: which of the filter's addresses is the UE's shows when the whole PDI has been read. */
struct pdi {
	struct pfcp_pdr *p;
	struct mac_filter mac;
};

static void ie_source(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pdi *)to)->p->source = rd_u8(r) & 15;
}

static void ie_pdi_fteid(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = ((struct pdi *)to)->p;

	(void)c;
	if (!p->fteid.present)		/* a second one is the redundant N3 of clause 8.2.3: the first is the session's */
		read_fteid(r, &p->fteid);
}

static void ie_pdi_instance(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pdi *)to)->p->network_instance = rd_rest(r);
}

static void ie_pdi_ue_ip(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	read_ue_ip(r, &((struct pdi *)to)->p->ue);
}

static void ie_pdi_endpoint(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = ((struct pdi *)to)->p;
	uint8_t id = rd_u8(r);

	(void)c;
	if (p->has_endpoint)
		return;
	p->has_endpoint = !r->err;
	p->endpoint = id;
}

static void ie_pdi_ethernet(struct pfcp_ctx *c, struct rd *r, void *to)
{
	PFCP_WALK(c, r, in_ethernet_filter, &((struct pdi *)to)->mac);
}

static void ie_pdi_qfi(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = ((struct pdi *)to)->p;
	uint8_t qfi = rd_u8(r) & 63;

	(void)c;
	if (p->n_qfi < sizeof(p->qfi))
		p->qfi[p->n_qfi++] = qfi;
}

/* Tells Sx from N4: S1-U to S2b-U, the eNodeB's forwarding, SGi, S8, Gp, Iu, Sxa, Sxb, Sxc are of the EPC; forwarding
 * by an SGW or UPF (10, 28) is of either. */
static void interface_seen(struct pfcp_msg *m, uint8_t type)
{
	static const uint64_t epc = UINT64_C(0x3ff) | UINT64_C(1) << 16 | UINT64_C(1) << 19 | UINT64_C(1) << 20 |
				    UINT64_C(1) << 22 | UINT64_C(7) << 24;

	if (type == 10 || type == 28)
		return;
	if (!m->interfaces_seen)
		m->sx_s1u = true;
	m->interfaces_seen = true;
	if (!(epc >> (type & 63) & 1))
		m->sx_s1u = false;
}

static void ie_pdi_interface(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = ((struct pdi *)to)->p;

	p->source_3gpp = rd_u8(r) & 63;
	p->has_3gpp_source = !r->err;
	if (!r->err)
		interface_seen(c->m, p->source_3gpp);
}

static const struct pfcp_ie in_pdi[] = {
	{ 20, "PFCP Source Interface (29.244 clause 8.2.2)", ie_source },
	{ 21, "PFCP F-TEID (29.244 clause 8.2.3)", ie_pdi_fteid },
	{ 22, "PFCP Network Instance (29.244 clause 8.2.4)", ie_pdi_instance },
	{ 93, "PFCP UE IP Address (29.244 clause 8.2.62)", ie_pdi_ue_ip },
	{ 131, "PFCP Traffic Endpoint ID (29.244 clause 8.2.92)", ie_pdi_endpoint },
	{ 132, "PFCP Ethernet Packet Filter (29.244 clause 7.5.2.2)", ie_pdi_ethernet },
	{ 124, "PFCP QFI (29.244 clause 8.2.89)", ie_pdi_qfi },
	{ 160, "PFCP 3GPP Interface Type (29.244 clause 8.2.118)", ie_pdi_interface },
};

static void ie_pdi(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pdi d = { .p = to };

	PFCP_WALK(c, r, in_pdi, &d);
	/* uplink frames come from the UE's address, downlink frames go to it */
	d.p->ue_mac = d.p->source == PFCP_ACCESS ? d.mac.source : d.mac.destination;
}

static void ie_pdr_id(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_pdr *)to)->id = rd_u16(r);
	((struct pfcp_pdr *)to)->has_id = !r->err;
}

static void ie_pdr_far(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = to;

	(void)c;
	p->far = rd_u32(r);
	p->has_far = !r->err;
}

static void ie_pdr_fteid(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = to;

	(void)c;
	if (!p->fteid.present)
		read_fteid(r, &p->fteid);
}

static void ie_pdr_ue_ip(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	read_ue_ip(r, &((struct pfcp_pdr *)to)->ue);
}

static void ie_pdr_endpoint(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = to;

	(void)c;
	p->endpoint = rd_u8(r);
	p->has_id = p->has_endpoint = !r->err;
}

static void ie_pdr_instance(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_pdr *)to)->network_instance = rd_rest(r);
}

static const struct pfcp_ie in_pdr[] = {
	{ 56, "PFCP PDR ID (29.244 clause 8.2.36)", ie_pdr_id },
	{ 2, "PFCP PDI (29.244 clause 7.5.2.2)", ie_pdi },
	{ 108, "PFCP FAR ID (29.244 clause 8.2.74)", ie_pdr_far },
};

static const struct pfcp_ie in_created_pdr[] = {
	{ 56, "PFCP PDR ID (29.244 clause 8.2.36)", ie_pdr_id },
	{ 21, "PFCP F-TEID (29.244 clause 8.2.3)", ie_pdr_fteid },
	{ 93, "PFCP UE IP Address (29.244 clause 8.2.62)", ie_pdr_ue_ip },
};

static const struct pfcp_ie in_endpoint[] = {
	{ 131, "PFCP Traffic Endpoint ID (29.244 clause 8.2.92)", ie_pdr_endpoint },
	{ 21, "PFCP F-TEID (29.244 clause 8.2.3)", ie_pdr_fteid },
	{ 22, "PFCP Network Instance (29.244 clause 8.2.4)", ie_pdr_instance },
	{ 93, "PFCP UE IP Address (29.244 clause 8.2.62)", ie_pdr_ue_ip },
};

static void ie_new_ue_ip(struct pfcp_ctx *c, struct rd *r, void *to)
{
	if (rd_left(r))
		ie_pdr_ue_ip(c, r, to);
}

static void ie_new_fteid(struct pfcp_ctx *c, struct rd *r, void *to)
{
	if (rd_left(r))
		ie_pdr_fteid(c, r, to);
	else
		((struct pfcp_pdr *)to)->fteid.present = true;	/* taken away */
}

static const struct pfcp_ie in_update_endpoint[] = {
	{ 131, "PFCP Traffic Endpoint ID (29.244 clause 8.2.92)", ie_pdr_endpoint },
	{ 21, "PFCP F-TEID (29.244 clause 8.2.3)", ie_new_fteid },
	{ 22, "PFCP Network Instance (29.244 clause 8.2.4)", ie_pdr_instance },
	{ 93, "PFCP UE IP Address (29.244 clause 8.2.62)", ie_new_ue_ip },
};

/* A rule or endpoint without its identity is one that the UP function refuses: it is taken back. */
static void keep(struct pfcp_ctx *c, bool has_id, size_t *n)
{
	if (has_id || c->err)
		return;
	(*n)--;
	c->m->left_out = true;
}

static void pdr(struct pfcp_ctx *c, struct rd *r, struct pfcp_pdr *p, size_t *count, const struct pfcp_ie *table,
		size_t n)
{
	if (!p)
		return;
	memset(p, 0, sizeof(*p));
	p->source = PFCP_IFACE_NONE;
	pfcp_walk(c, r, table, n, p);
	keep(c, p->has_id, count);
}
#define PDR(c, r, array, table) \
	pdr(c, r, PFCP_PLACE(c, array, n_##array), &c->m->n_##array, table, sizeof(table) / sizeof((table)[0]))

void pfcp_create_pdr(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, create_pdr, in_pdr);
}

void pfcp_update_pdr(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, update_pdr, in_pdr);
}

void pfcp_created_pdr(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, created_pdr, in_created_pdr);
}

void pfcp_create_endpoint(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, create_endpoint, in_endpoint);
}

void pfcp_update_endpoint(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, update_endpoint, in_update_endpoint);
}

static void ie_remove_endpoint_id(struct pfcp_ctx *c, struct rd *r, void *to)
{
	uint8_t id = rd_u8(r), *p = r->err ? NULL : PFCP_PLACE(c, remove_endpoint, n_remove_endpoint);

	(void)to;
	if (p)
		*p = id;
}

static const struct pfcp_ie in_remove_endpoint[] = {
	{ 131, "PFCP Traffic Endpoint ID (29.244 clause 8.2.92)", ie_remove_endpoint_id },
};

void pfcp_remove_endpoint(struct pfcp_ctx *c, struct rd *r, void *to)
{
	PFCP_WALK(c, r, in_remove_endpoint, to);
}

void pfcp_created_endpoint(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, created_endpoint, in_endpoint);
}

static void ie_remove_pdr_id(struct pfcp_ctx *c, struct rd *r, void *to)
{
	uint16_t id = rd_u16(r), *p = r->err ? NULL : PFCP_PLACE(c, remove_pdr, n_remove_pdr);

	(void)to;
	if (p)
		*p = id;
}

static const struct pfcp_ie in_remove_pdr[] = {
	{ 56, "PFCP PDR ID (29.244 clause 8.2.36)", ie_remove_pdr_id },
};

void pfcp_remove_pdr(struct pfcp_ctx *c, struct rd *r, void *to)
{
	PFCP_WALK(c, r, in_remove_pdr, to);
}

/* -- Create and Update FAR: clauses 7.5.2.3, 7.5.4.3 -- */

static void ie_destination(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_far *f = to;

	(void)c;
	f->dest = rd_u8(r) & 15;
	f->has_dest = !r->err;
}

static void ie_far_instance(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_far *)to)->network_instance = rd_rest(r);
}

static void ie_far_interface(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_far *f = to;

	f->dest_3gpp = rd_u8(r) & 63;
	f->has_3gpp_dest = !r->err;
	if (!r->err)
		interface_seen(c->m, f->dest_3gpp);
}

static void ie_outer_header(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_far *f = to;
	uint8_t kind = rd_u8(r);	/* GTP-U/UDP over IPv4 1, IPv6 2; UDP over 4, 8; IP 16, 32; C-TAG 64, S-TAG 128 */

	(void)c;
	rd_skip(r, 1);			/* N19, N6 indications */
	if (!(kind & 3))
		return;			/* no tunnel: nothing that a GTP-U packet could match */
	f->ohc.teid = rd_u32(r);
	pfcp_addrs(r, kind & (1 | 4 | 16), kind & (2 | 8 | 32), &f->ohc.a4, &f->ohc.a6);
	f->has_ohc = !r->err;
}

static const struct pfcp_ie in_forwarding[] = {
	{ 42, "PFCP Destination Interface (29.244 clause 8.2.24)", ie_destination },
	{ 22, "PFCP Network Instance (29.244 clause 8.2.4)", ie_far_instance },
	{ 84, "PFCP Outer Header Creation (29.244 clause 8.2.56)", ie_outer_header },
	{ 160, "PFCP 3GPP Interface Type (29.244 clause 8.2.118)", ie_far_interface },
};

static void ie_forwarding(struct pfcp_ctx *c, struct rd *r, void *to)
{
	PFCP_WALK(c, r, in_forwarding, to);
}

static void ie_far_id(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_far *)to)->id = rd_u32(r);
	((struct pfcp_far *)to)->has_id = !r->err;
}

static void ie_apply(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_far *f = to;

	(void)c;
	f->apply = rd_u8(r);
	f->has_apply = !r->err;
}

static const struct pfcp_ie in_far[] = {
	{ 108, "PFCP FAR ID (29.244 clause 8.2.74)", ie_far_id },
	{ 44, "PFCP Apply Action (29.244 clause 8.2.26)", ie_apply },
	{ 4, "PFCP Forwarding Parameters (29.244 clause 7.5.2.3)", ie_forwarding },
	{ 11, "PFCP Update Forwarding Parameters (29.244 clause 7.5.4.3)", ie_forwarding },
};

static void far(struct pfcp_ctx *c, struct rd *r, struct pfcp_far *f, size_t *count)
{
	if (!f)
		return;
	memset(f, 0, sizeof(*f));
	PFCP_WALK(c, r, in_far, f);
	keep(c, f->has_id, count);
}

void pfcp_create_far(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	far(c, r, PFCP_PLACE(c, create_far, n_create_far), &c->m->n_create_far);
}

void pfcp_update_far(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	far(c, r, PFCP_PLACE(c, update_far, n_update_far), &c->m->n_update_far);
}

static void ie_remove_far_id(struct pfcp_ctx *c, struct rd *r, void *to)
{
	uint32_t id = rd_u32(r), *p = r->err ? NULL : PFCP_PLACE(c, remove_far, n_remove_far);

	(void)to;
	if (p)
		*p = id;
}

static const struct pfcp_ie in_remove_far[] = {
	{ 108, "PFCP FAR ID (29.244 clause 8.2.74)", ie_remove_far_id },
};

void pfcp_remove_far(struct pfcp_ctx *c, struct rd *r, void *to)
{
	PFCP_WALK(c, r, in_remove_far, to);
}

/* -- Create and Update QER: clauses 7.5.2.5, 7.5.4.5 -- */

static void ie_qer_id(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_qer *)to)->id = rd_u32(r);
	((struct pfcp_qer *)to)->has_id = !r->err;
}

static void ie_gate(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_qer *q = to;

	(void)c;
	q->gate = rd_u8(r) & 15;
	q->has_gate = !r->err;
}

static void ie_mbr(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_qer *q = to;

	(void)c;
	q->mbr_ul = rd_uint(r, 5);
	q->mbr_dl = rd_uint(r, 5);
	q->has_mbr = !r->err;
}

static void ie_gbr(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_qer *q = to;

	(void)c;
	q->gbr_ul = rd_uint(r, 5);
	q->gbr_dl = rd_uint(r, 5);
	q->has_gbr = !r->err;
}

static void ie_qer_qfi(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_qer *q = to;

	(void)c;
	q->qfi = rd_u8(r) & 63;
	q->has_qfi = !r->err;
}

static const struct pfcp_ie in_qer[] = {
	{ 109, "PFCP QER ID (29.244 clause 8.2.75)", ie_qer_id },
	{ 25, "PFCP Gate Status (29.244 clause 8.2.7)", ie_gate },
	{ 26, "PFCP MBR (29.244 clause 8.2.8)", ie_mbr },
	{ 27, "PFCP GBR (29.244 clause 8.2.9)", ie_gbr },
	{ 124, "PFCP QFI (29.244 clause 8.2.89)", ie_qer_qfi },
};

static void qer(struct pfcp_ctx *c, struct rd *r, struct pfcp_qer *q, size_t *count)
{
	if (!q)
		return;
	memset(q, 0, sizeof(*q));
	PFCP_WALK(c, r, in_qer, q);
	keep(c, q->has_id, count);
}

void pfcp_create_qer(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	qer(c, r, PFCP_PLACE(c, create_qer, n_create_qer), &c->m->n_create_qer);
}

void pfcp_update_qer(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)to;
	qer(c, r, PFCP_PLACE(c, update_qer, n_update_qer), &c->m->n_update_qer);
}

static void ie_remove_qer_id(struct pfcp_ctx *c, struct rd *r, void *to)
{
	uint32_t id = rd_u32(r), *p = r->err ? NULL : PFCP_PLACE(c, remove_qer, n_remove_qer);

	(void)to;
	if (p)
		*p = id;
}

static const struct pfcp_ie in_remove_qer[] = {
	{ 109, "PFCP QER ID (29.244 clause 8.2.75)", ie_remove_qer_id },
};

void pfcp_remove_qer(struct pfcp_ctx *c, struct rd *r, void *to)
{
	PFCP_WALK(c, r, in_remove_qer, to);
}
