/*
 * pfcp.c: PFCP of TS 29.244, as far as interception needs it.
 *
 * pfcp_next reads one message header and walks its information elements by a table: type, what it is called in an
 * error, who reads it. A grouped element walks its own table in a reader of its own, which ends when its octets do.
 * What no table names, and what a vendor defines, is stepped over. An element may be longer than we know (clause
 * 7.6.4: later releases extend), never shorter.
 */
#include "mediation/proto/pfcp.h"

#include "mediation/proto/field.h"

#define PFCP_VERSION 1
#define PFCP_FO 4		/* another message follows in this datagram */
#define PFCP_S 1		/* a SEID is there */
#define PFCP_VENDOR 0x8000	/* clause 8.1.1: an Enterprise ID and its own numbering */

struct ctx {
	const uint8_t *base;	/* start of the datagram's rest: errors tell offsets from here */
	struct pfcp_msg *m;
	enum li_err err;
	const char *what;
	size_t at;
};

struct ie {
	uint16_t type;
	const char *what;
	void (*read)(struct ctx *c, struct rd *r, void *to);
};

static void fail(struct ctx *c, const struct rd *r, enum li_err e, const char *what)
{
	if (c->err)
		return;
	c->err = e;
	c->what = what;
	c->at = r->p ? (size_t)(r->p - c->base) : 0;
}

static void walk(struct ctx *c, struct rd *r, const struct ie *table, size_t n, void *to)
{
	while (rd_left(r) && !c->err) {
		uint16_t type = rd_u16(r);
		struct rd s = rd_sub(r, rd_u16(r));

		if (r->err) {
			fail(c, r, r->err, "PFCP information element header (29.244 clause 8.1.1)");
			return;
		}
		if (type & PFCP_VENDOR)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (table[i].type != type)
				continue;
			table[i].read(c, &s, to);
			if (s.err)
				fail(c, &s, s.err, table[i].what);
			break;
		}
	}
}
#define WALK(c, r, table, to) walk(c, r, table, sizeof(table) / sizeof((table)[0]), to)

/* -- leaves -- */

static struct li_addr addr4(struct rd *r)
{
	struct view v = rd_take(r, 4);

	return v.n ? li_addr4(v.p) : (struct li_addr){ 0 };
}

static struct li_addr addr6(struct rd *r)
{
	struct view v = rd_take(r, 16);

	return v.n ? li_addr6(v.p) : (struct li_addr){ 0 };
}

/* The address families of a tunnel as PFCP lists them. An IPv4-mapped IPv6 address is an IPv4 one: it takes that
 * place when the place is free. */
static void addrs(struct rd *r, bool v4, bool v6, struct li_addr *a4, struct li_addr *a6)
{
	if (v4)
		*a4 = addr4(r);
	if (v6)
		*a6 = addr6(r);
	if (a6->family == 4) {
		if (!a4->family)
			*a4 = *a6;
		*a6 = (struct li_addr){ 0 };
	}
}

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
	addrs(r, flags & 1, flags & 2, &f->f.a4, &f->f.a6);
}

/* A PDI may name an IPv4 and an IPv6 address in one element or in two. */
static void read_ue_ip(struct rd *r, struct pfcp_ue_ip *u)
{
	uint8_t flags = rd_u8(r);	/* V6 1, V4 2, S/D 4, IPv6D 8, CHV4 16, CHV6 32, IP6PL 64 */
	struct li_addr a4 = { 0 }, a6 = { 0 };

	addrs(r, flags & 2, flags & 1, &a4, &a6);
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

static void ie_mac(struct ctx *c, struct rd *r, void *to)
{
	struct mac_filter *f = to;
	uint8_t flags = rd_u8(r);	/* SOUR 1, DEST 2, USOU 4, UDES 8 */

	(void)c;
	if (flags & 1)
		f->source = rd_take(r, 6);
	if (flags & 2)
		f->destination = rd_take(r, 6);
}

static const struct ie in_ethernet_filter[] = {
	{ 133, "PFCP MAC Address (29.244 clause 8.2.93)", ie_mac },
};

/* Under construction: which of the filter's addresses is the UE's shows when the whole PDI has been read. */
struct pdi {
	struct pfcp_pdr *p;
	struct mac_filter mac;
};

static void ie_source(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pdi *)to)->p->source = rd_u8(r) & 15;
}

static void ie_pdi_fteid(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = ((struct pdi *)to)->p;

	(void)c;
	if (!p->fteid.present)		/* a second one is the redundant N3 of clause 8.2.3: the first is the session's */
		read_fteid(r, &p->fteid);
}

static void ie_pdi_instance(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pdi *)to)->p->network_instance = rd_rest(r);
}

static void ie_pdi_ue_ip(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	read_ue_ip(r, &((struct pdi *)to)->p->ue);
}

static void ie_pdi_endpoint(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = ((struct pdi *)to)->p;
	uint8_t id = rd_u8(r);

	(void)c;
	if (p->has_endpoint)
		return;
	p->has_endpoint = !r->err;
	p->endpoint = id;
}

static void ie_pdi_ethernet(struct ctx *c, struct rd *r, void *to)
{
	WALK(c, r, in_ethernet_filter, &((struct pdi *)to)->mac);
}

static void ie_pdi_qfi(struct ctx *c, struct rd *r, void *to)
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

static void ie_pdi_interface(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = ((struct pdi *)to)->p;

	p->source_3gpp = rd_u8(r) & 63;
	p->has_3gpp_source = !r->err;
	if (!r->err)
		interface_seen(c->m, p->source_3gpp);
}

static const struct ie in_pdi[] = {
	{ 20, "PFCP Source Interface (29.244 clause 8.2.2)", ie_source },
	{ 21, "PFCP F-TEID (29.244 clause 8.2.3)", ie_pdi_fteid },
	{ 22, "PFCP Network Instance (29.244 clause 8.2.4)", ie_pdi_instance },
	{ 93, "PFCP UE IP Address (29.244 clause 8.2.62)", ie_pdi_ue_ip },
	{ 131, "PFCP Traffic Endpoint ID (29.244 clause 8.2.92)", ie_pdi_endpoint },
	{ 132, "PFCP Ethernet Packet Filter (29.244 clause 7.5.2.2)", ie_pdi_ethernet },
	{ 124, "PFCP QFI (29.244 clause 8.2.89)", ie_pdi_qfi },
	{ 160, "PFCP 3GPP Interface Type (29.244 clause 8.2.118)", ie_pdi_interface },
};

static void ie_pdi(struct ctx *c, struct rd *r, void *to)
{
	struct pdi d = { .p = to };

	WALK(c, r, in_pdi, &d);
	/* uplink frames come from the UE's address, downlink frames go to it */
	d.p->ue_mac = d.p->source == PFCP_ACCESS ? d.mac.source : d.mac.destination;
}

static void ie_pdr_id(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_pdr *)to)->id = rd_u16(r);
	((struct pfcp_pdr *)to)->has_id = !r->err;
}

static void ie_pdr_far(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = to;

	(void)c;
	p->far = rd_u32(r);
	p->has_far = !r->err;
}

static void ie_pdr_fteid(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = to;

	(void)c;
	if (!p->fteid.present)
		read_fteid(r, &p->fteid);
}

static void ie_pdr_ue_ip(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	read_ue_ip(r, &((struct pfcp_pdr *)to)->ue);
}

static void ie_pdr_endpoint(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_pdr *p = to;

	(void)c;
	p->endpoint = rd_u8(r);
	p->has_id = p->has_endpoint = !r->err;
}

static void ie_pdr_instance(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_pdr *)to)->network_instance = rd_rest(r);
}

static const struct ie in_pdr[] = {
	{ 56, "PFCP PDR ID (29.244 clause 8.2.36)", ie_pdr_id },
	{ 2, "PFCP PDI (29.244 clause 7.5.2.2)", ie_pdi },
	{ 108, "PFCP FAR ID (29.244 clause 8.2.74)", ie_pdr_far },
};

static const struct ie in_created_pdr[] = {
	{ 56, "PFCP PDR ID (29.244 clause 8.2.36)", ie_pdr_id },
	{ 21, "PFCP F-TEID (29.244 clause 8.2.3)", ie_pdr_fteid },
	{ 93, "PFCP UE IP Address (29.244 clause 8.2.62)", ie_pdr_ue_ip },
};

static const struct ie in_endpoint[] = {
	{ 131, "PFCP Traffic Endpoint ID (29.244 clause 8.2.92)", ie_pdr_endpoint },
	{ 21, "PFCP F-TEID (29.244 clause 8.2.3)", ie_pdr_fteid },
	{ 22, "PFCP Network Instance (29.244 clause 8.2.4)", ie_pdr_instance },
	{ 93, "PFCP UE IP Address (29.244 clause 8.2.62)", ie_pdr_ue_ip },
};

/* A place for one more, or NULL and the note that there was none. */
static void *place(struct ctx *c, void *first, size_t size, size_t *n, size_t max)
{
	if (*n >= max) {
		c->m->over_limit = true;
		return NULL;
	}
	return (char *)first + size * (*n)++;
}
#define PLACE(c, array, count) place(c, c->m->array, sizeof(c->m->array[0]), &c->m->count, \
				     sizeof(c->m->array) / sizeof(c->m->array[0]))

/* A rule or endpoint without its identity is one that the UP function refuses: it is taken back. */
static void keep(struct ctx *c, bool has_id, size_t *n)
{
	if (has_id || c->err)
		return;
	(*n)--;
	c->m->left_out = true;
}

static void pdr(struct ctx *c, struct rd *r, struct pfcp_pdr *p, size_t *count, const struct ie *table, size_t n)
{
	if (!p)
		return;
	memset(p, 0, sizeof(*p));
	p->source = PFCP_IFACE_NONE;
	walk(c, r, table, n, p);
	keep(c, p->has_id, count);
}
#define PDR(c, r, array, table) \
	pdr(c, r, PLACE(c, array, n_##array), &c->m->n_##array, table, sizeof(table) / sizeof((table)[0]))

static void ie_create_pdr(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, create_pdr, in_pdr);
}

static void ie_update_pdr(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, update_pdr, in_pdr);
}

static void ie_created_pdr(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, created_pdr, in_created_pdr);
}

static void ie_create_endpoint(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, create_endpoint, in_endpoint);
}

static void ie_created_endpoint(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	PDR(c, r, created_endpoint, in_endpoint);
}

static void ie_remove_pdr_id(struct ctx *c, struct rd *r, void *to)
{
	uint16_t id = rd_u16(r), *p = r->err ? NULL : PLACE(c, remove_pdr, n_remove_pdr);

	(void)to;
	if (p)
		*p = id;
}

static const struct ie in_remove_pdr[] = {
	{ 56, "PFCP PDR ID (29.244 clause 8.2.36)", ie_remove_pdr_id },
};

static void ie_remove_pdr(struct ctx *c, struct rd *r, void *to)
{
	WALK(c, r, in_remove_pdr, to);
}

/* -- Create and Update FAR: clauses 7.5.2.3, 7.5.4.3 -- */

static void ie_destination(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_far *f = to;

	(void)c;
	f->dest = rd_u8(r) & 15;
	f->has_dest = !r->err;
}

static void ie_far_instance(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_far *)to)->network_instance = rd_rest(r);
}

static void ie_far_interface(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_far *f = to;

	f->dest_3gpp = rd_u8(r) & 63;
	f->has_3gpp_dest = !r->err;
	if (!r->err)
		interface_seen(c->m, f->dest_3gpp);
}

static void ie_outer_header(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_far *f = to;
	uint8_t kind = rd_u8(r);	/* GTP-U/UDP over IPv4 1, IPv6 2; UDP over 4, 8; IP 16, 32; C-TAG 64, S-TAG 128 */

	(void)c;
	rd_skip(r, 1);			/* N19, N6 indications */
	if (!(kind & 3))
		return;			/* no tunnel: nothing that a GTP-U packet could match */
	f->ohc.teid = rd_u32(r);
	addrs(r, kind & (1 | 4 | 16), kind & (2 | 8 | 32), &f->ohc.a4, &f->ohc.a6);
	f->has_ohc = !r->err;
}

static const struct ie in_forwarding[] = {
	{ 42, "PFCP Destination Interface (29.244 clause 8.2.24)", ie_destination },
	{ 22, "PFCP Network Instance (29.244 clause 8.2.4)", ie_far_instance },
	{ 84, "PFCP Outer Header Creation (29.244 clause 8.2.56)", ie_outer_header },
	{ 160, "PFCP 3GPP Interface Type (29.244 clause 8.2.118)", ie_far_interface },
};

static void ie_forwarding(struct ctx *c, struct rd *r, void *to)
{
	WALK(c, r, in_forwarding, to);
}

static void ie_far_id(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_far *)to)->id = rd_u32(r);
	((struct pfcp_far *)to)->has_id = !r->err;
}

static void ie_apply(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_far *f = to;

	(void)c;
	f->apply = rd_u8(r);
	f->has_apply = !r->err;
}

static const struct ie in_far[] = {
	{ 108, "PFCP FAR ID (29.244 clause 8.2.74)", ie_far_id },
	{ 44, "PFCP Apply Action (29.244 clause 8.2.26)", ie_apply },
	{ 4, "PFCP Forwarding Parameters (29.244 clause 7.5.2.3)", ie_forwarding },
	{ 11, "PFCP Update Forwarding Parameters (29.244 clause 7.5.4.3)", ie_forwarding },
};

static void far(struct ctx *c, struct rd *r, struct pfcp_far *f, size_t *count)
{
	if (!f)
		return;
	memset(f, 0, sizeof(*f));
	WALK(c, r, in_far, f);
	keep(c, f->has_id, count);
}

static void ie_create_far(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	far(c, r, PLACE(c, create_far, n_create_far), &c->m->n_create_far);
}

static void ie_update_far(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	far(c, r, PLACE(c, update_far, n_update_far), &c->m->n_update_far);
}

static void ie_remove_far_id(struct ctx *c, struct rd *r, void *to)
{
	uint32_t id = rd_u32(r), *p = r->err ? NULL : PLACE(c, remove_far, n_remove_far);

	(void)to;
	if (p)
		*p = id;
}

static const struct ie in_remove_far[] = {
	{ 108, "PFCP FAR ID (29.244 clause 8.2.74)", ie_remove_far_id },
};

static void ie_remove_far(struct ctx *c, struct rd *r, void *to)
{
	WALK(c, r, in_remove_far, to);
}

/* -- Create and Update QER: clauses 7.5.2.5, 7.5.4.5 -- */

static void ie_qer_id(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_qer *)to)->id = rd_u32(r);
	((struct pfcp_qer *)to)->has_id = !r->err;
}

static void ie_gate(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_qer *q = to;

	(void)c;
	q->gate = rd_u8(r) & 15;
	q->has_gate = !r->err;
}

static void ie_mbr(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_qer *q = to;

	(void)c;
	q->mbr_ul = rd_uint(r, 5);
	q->mbr_dl = rd_uint(r, 5);
	q->has_mbr = !r->err;
}

static void ie_gbr(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_qer *q = to;

	(void)c;
	q->gbr_ul = rd_uint(r, 5);
	q->gbr_dl = rd_uint(r, 5);
	q->has_gbr = !r->err;
}

static void ie_qer_qfi(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_qer *q = to;

	(void)c;
	q->qfi = rd_u8(r) & 63;
	q->has_qfi = !r->err;
}

static const struct ie in_qer[] = {
	{ 109, "PFCP QER ID (29.244 clause 8.2.75)", ie_qer_id },
	{ 25, "PFCP Gate Status (29.244 clause 8.2.7)", ie_gate },
	{ 26, "PFCP MBR (29.244 clause 8.2.8)", ie_mbr },
	{ 27, "PFCP GBR (29.244 clause 8.2.9)", ie_gbr },
	{ 124, "PFCP QFI (29.244 clause 8.2.89)", ie_qer_qfi },
};

static void qer(struct ctx *c, struct rd *r, struct pfcp_qer *q, size_t *count)
{
	if (!q)
		return;
	memset(q, 0, sizeof(*q));
	WALK(c, r, in_qer, q);
	keep(c, q->has_id, count);
}

static void ie_create_qer(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	qer(c, r, PLACE(c, create_qer, n_create_qer), &c->m->n_create_qer);
}

static void ie_update_qer(struct ctx *c, struct rd *r, void *to)
{
	(void)to;
	qer(c, r, PLACE(c, update_qer, n_update_qer), &c->m->n_update_qer);
}

static void ie_remove_qer_id(struct ctx *c, struct rd *r, void *to)
{
	uint32_t id = rd_u32(r), *p = r->err ? NULL : PLACE(c, remove_qer, n_remove_qer);

	(void)to;
	if (p)
		*p = id;
}

static const struct ie in_remove_qer[] = {
	{ 109, "PFCP QER ID (29.244 clause 8.2.75)", ie_remove_qer_id },
};

static void ie_remove_qer(struct ctx *c, struct rd *r, void *to)
{
	WALK(c, r, in_remove_qer, to);
}

/* -- Usage Report: clauses 7.5.5.2, 7.5.7.2, 7.5.8.3 -- */

static void ie_volume(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_usage *u = to;
	uint8_t flags = rd_u8(r);	/* TOVOL 1, ULVOL 2, DLVOL 4; packets follow */

	(void)c;
	u->has_total = flags & 1;
	u->has_ul = flags & 2;
	u->has_dl = flags & 4;
	if (u->has_total)
		u->total = rd_u64(r);
	if (u->has_ul)
		u->ul = rd_u64(r);
	if (u->has_dl)
		u->dl = rd_u64(r);
}

static void ie_first(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_usage *)to)->first_packet = field_ntp(rd_u32(r));
}

static void ie_last(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_usage *)to)->last_packet = field_ntp(rd_u32(r));
}

static const struct ie in_usage[] = {
	{ 66, "PFCP Volume Measurement (29.244 clause 8.2.44)", ie_volume },
	{ 69, "PFCP Time of First Packet (29.244 clause 8.2.47)", ie_first },
	{ 70, "PFCP Time of Last Packet (29.244 clause 8.2.48)", ie_last },
};

static void ie_usage(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_usage *u = PLACE(c, usage, n_usage);

	(void)to;
	if (!u)
		return;
	memset(u, 0, sizeof(*u));
	WALK(c, r, in_usage, u);
}

/* -- the message -- */

static void ie_cause(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_msg *m = to;

	(void)c;
	m->cause = rd_u8(r);
	m->has_cause = !r->err;
}

static void ie_node(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_msg *m = to;
	uint8_t kind = rd_u8(r) & 15;

	(void)c;
	m->has_node = !r->err;
	if (kind == 0)
		m->node_addr = addr4(r);
	else if (kind == 1)
		m->node_addr = addr6(r);
}

static void ie_recovery(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_msg *m = to;

	(void)c;
	m->recovery = rd_u32(r);
	m->has_recovery = !r->err;
}

static void ie_fseid(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_fseid *f = &((struct pfcp_msg *)to)->cp_or_up;
	uint8_t flags = rd_u8(r);	/* V6 1, V4 2 */

	(void)c;
	memset(f, 0, sizeof(*f));
	f->seid = rd_u64(r);
	addrs(r, flags & 2, flags & 1, &f->a4, &f->a6);
	f->present = !r->err;
}

static void ie_pdn_type(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_msg *)to)->pdn_type = rd_u8(r) & 7;
}

static void ie_apn(struct ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_msg *)to)->apn = rd_rest(r);
}

static void ie_snssai(struct ctx *c, struct rd *r, void *to)
{
	uint8_t sst = rd_u8(r);
	struct view sd = rd_take(r, 3);

	(void)c;
	if (!r->err)
		field_snssai(&((struct pfcp_msg *)to)->snssai, sst, sd);
}

/* Text after a known prefix; an empty view when it is another. */
static struct view after(struct view v, const char *prefix)
{
	size_t n = strlen(prefix);

	if (v.n <= n || memcmp(v.p, prefix, n))
		return view_of(NULL, 0);
	return view_of(v.p + n, v.n - n);
}

/* An identity that is not what its clause says is left out, not the message: the session is real all the same. */
static void digits(struct pfcp_msg *m, size_t written, size_t octets)
{
	if (octets && !written)
		m->left_out = true;
}

/* PEI of TBCD: 16 digits are an IMEISV; 15 an IMEI with its check digit or a filler 0, which is cut off. */
static void imei(struct pfcp_msg *m, size_t n)
{
	char *d = m->user.imei;

	if (n == 15)
		d[14] = 0;
	else if (n != 14 && n != 16)
		d[0] = 0;
	digits(m, n == 14 || n == 15 || n == 16, n);
}

static void ie_user(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_msg *m = to;
	struct pfcp_user *u = &m->user;
	uint8_t flags = rd_u8(r);	/* IMSI 1, IMEI 2, MSISDN 4, NAI 8, SUPI 16, GPSI 32, PEI 64 */
	struct view v, w;

	(void)c;
	u->present = !r->err;
	if (flags & 1) {
		v = rd_take(r, rd_u8(r));
		digits(m, field_tbcd(v, u->imsi, sizeof(u->imsi)), v.n);
	}
	if (flags & 2) {
		v = rd_take(r, rd_u8(r));
		imei(m, field_tbcd(v, u->imei, sizeof(u->imei)));
	}
	if (flags & 4) {
		v = rd_take(r, rd_u8(r));
		digits(m, field_tbcd(v, u->msisdn, sizeof(u->msisdn)), v.n);
	}
	if (flags & 8)
		u->nai = rd_take(r, rd_u8(r));
	if (flags & 16) {		/* as TS 29.571 writes it: imsi-…, nai-…, gci-…, gli-… */
		v = rd_take(r, rd_u8(r));
		if ((w = after(v, "imsi-")).n)
			digits(m, field_digits(w, u->imsi, sizeof(u->imsi)), w.n);
		else if ((w = after(v, "nai-")).n || (w = after(v, "gci-")).n || (w = after(v, "gli-")).n)
			u->nai = w;
		else
			m->left_out = true;
	}
	if (flags & 32) {
		v = rd_take(r, rd_u8(r));
		if ((w = after(v, "msisdn-")).n)
			digits(m, field_digits(w, u->msisdn, sizeof(u->msisdn)), w.n);
		else if ((w = after(v, "extid-")).n)
			u->external_id = w;
		else
			m->left_out = true;
	}
	if (flags & 64) {
		v = rd_take(r, rd_u8(r));
		if ((w = after(v, "imei-")).n || (w = after(v, "imeisv-")).n)
			imei(m, field_digits(w, u->imei, sizeof(u->imei)));
		else
			m->left_out = true;
	}
}

/* FQ-CSID: who is gone when a set is deleted (clause 7.4.6). */
static void ie_fqcsid(struct ctx *c, struct rd *r, void *to)
{
	struct pfcp_fqcsid *f = PLACE(c, fqcsid, n_fqcsid);
	uint8_t kind = rd_u8(r);

	(void)to;
	if (!f)
		return;
	memset(f, 0, sizeof(*f));
	switch (kind >> 4) {
	case 0:
		f->addr = addr4(r);
		break;
	case 1:
		f->addr = addr6(r);
		break;
	default:
		f->other = rd_u32(r);	/* MCC, MNC and a number of the operator's */
	}
	for (unsigned i = kind & 15; i; i--) {
		uint16_t id = rd_u16(r);

		if (f->n < PFCP_CSIDS)
			f->csid[f->n++] = id;
		else
			c->m->over_limit = true;
	}
}

static const struct ie in_message[] = {
	{ 1, "PFCP Create PDR (29.244 clause 7.5.2.2)", ie_create_pdr },
	{ 3, "PFCP Create FAR (29.244 clause 7.5.2.3)", ie_create_far },
	{ 7, "PFCP Create QER (29.244 clause 7.5.2.5)", ie_create_qer },
	{ 8, "PFCP Created PDR (29.244 clause 7.5.3.2)", ie_created_pdr },
	{ 9, "PFCP Update PDR (29.244 clause 7.5.4.2)", ie_update_pdr },
	{ 10, "PFCP Update FAR (29.244 clause 7.5.4.3)", ie_update_far },
	{ 14, "PFCP Update QER (29.244 clause 7.5.4.5)", ie_update_qer },
	{ 15, "PFCP Remove PDR (29.244 clause 7.5.4.6)", ie_remove_pdr },
	{ 16, "PFCP Remove FAR (29.244 clause 7.5.4.7)", ie_remove_far },
	{ 18, "PFCP Remove QER (29.244 clause 7.5.4.9)", ie_remove_qer },
	{ 19, "PFCP Cause (29.244 clause 8.2.1)", ie_cause },
	{ 57, "PFCP F-SEID (29.244 clause 8.2.37)", ie_fseid },
	{ 60, "PFCP Node ID (29.244 clause 8.2.38)", ie_node },
	{ 65, "PFCP FQ-CSID (29.244 clause 8.2.43)", ie_fqcsid },
	{ 78, "PFCP Usage Report of a modification (29.244 clause 7.5.5.2)", ie_usage },
	{ 79, "PFCP Usage Report of a deletion (29.244 clause 7.5.7.2)", ie_usage },
	{ 80, "PFCP Usage Report (29.244 clause 7.5.8.3)", ie_usage },
	{ 96, "PFCP Recovery Time Stamp (29.244 clause 8.2.65)", ie_recovery },
	{ 113, "PFCP PDN Type (29.244 clause 8.2.79)", ie_pdn_type },
	{ 127, "PFCP Create Traffic Endpoint (29.244 clause 7.5.2.7)", ie_create_endpoint },
	{ 128, "PFCP Created Traffic Endpoint (29.244 clause 7.5.3.5)", ie_created_endpoint },
	{ 141, "PFCP User ID (29.244 clause 8.2.101)", ie_user },
	{ 159, "PFCP APN/DNN (29.244 clause 8.2.117)", ie_apn },
	{ 257, "PFCP S-NSSAI (29.244 clause 8.2.176)", ie_snssai },
};

/* A PDI that names a traffic endpoint of the same message has its tunnel and address (clause 5.2.1A). */
static void resolve(struct pfcp_pdr *p, const struct pfcp_pdr *e, size_t n)
{
	for (size_t i = 0; p->has_endpoint && i < n; i++) {
		if (!e[i].has_endpoint || e[i].endpoint != p->endpoint)
			continue;
		if (!p->fteid.present)
			p->fteid = e[i].fteid;
		if (!p->ue.present)
			p->ue = e[i].ue;
		if (!p->network_instance.n)
			p->network_instance = e[i].network_instance;
	}
}

enum li_err pfcp_next(struct view *rest, struct pfcp_msg *m, size_t *at, const char **what)
{
	struct ctx c = { .base = rest->p, .m = m };
	struct rd all = rd_of(*rest), r;
	uint8_t flags;
	uint16_t length;

	memset(m, 0, sizeof(*m));
	*at = 0;
	*what = NULL;
	if (rest->n == 0)
		return LI_ECLOSED;
	*rest = view_of(NULL, 0);
	flags = rd_u8(&all);
	m->type = rd_u8(&all);
	length = rd_u16(&all);
	r = rd_sub(&all, length);
	if (!all.err && flags >> 5 != PFCP_VERSION) {
		fail(&c, &all, LI_EUNKNOWN, "PFCP version (29.244 clause 7.2.2.2)");
	} else {
		m->has_seid = flags & PFCP_S;
		if (m->has_seid)
			m->seid = rd_u64(&r);
		m->seq = rd_u24(&r);
		rd_skip(&r, 1);
		if (all.err || r.err)
			fail(&c, all.err ? &all : &r, LI_ETRUNC, "PFCP message header (29.244 clause 7.2.2)");
		WALK(&c, &r, in_message, m);
	}
	if (!c.err) {
		for (size_t i = 0; i < m->n_create_pdr; i++)
			resolve(&m->create_pdr[i], m->create_endpoint, m->n_create_endpoint);
		for (size_t i = 0; i < m->n_update_pdr; i++)
			resolve(&m->update_pdr[i], m->create_endpoint, m->n_create_endpoint);
		if (flags & PFCP_FO)	/* without it, octets behind the message belong to nobody (clause 7.2.2.2) */
			*rest = rd_rest(&all);
	}
	*at = c.at;
	*what = c.what;
	return c.err;
}

/* -- names -- */

static bool printable(uint8_t c)
{
	return c > 0x20 && c < 0x7f;
}

static size_t labels_text(struct view v, char *out)
{
	struct rd r = rd_of(v);
	size_t n = 0;

	while (rd_left(&r)) {
		struct rd label = rd_sub(&r, rd_u8(&r));

		if (r.err || !rd_left(&label))
			return 0;
		if (n)
			out[n++] = '.';
		while (rd_left(&label)) {
			uint8_t c = rd_u8(&label);

			if (!printable(c) || c == '.' || n + 2 > LI_DNN_MAX)
				return 0;
			out[n++] = (char)c;
		}
	}
	return n;
}

size_t pfcp_name_text(struct view labels, char out[LI_DNN_MAX + 1])
{
	size_t n = labels.n <= LI_DNN_MAX ? labels_text(labels, out) : 0;

	if (!n && labels.n <= LI_DNN_MAX) {
		struct rd r = rd_of(labels);

		while (rd_left(&r) && printable(rd_peek(&r)))
			out[n++] = (char)rd_u8(&r);
		if (rd_left(&r))
			n = 0;
	}
	out[n] = 0;
	return n;
}
