/*
 * pfcp.c: PFCP of TS 29.244, as far as interception needs it.
 *
 * pfcp_next reads one message header and walks its information elements by a table: type, what it is called in an
 * error, who reads it. A grouped element walks its own table in a reader of its own, which ends when its octets do; the
 * rules of a session are in pfcp_rule.c. What no table names, and what a vendor defines, is stepped over. An element
 * may be longer than we know (clause 7.6.4: later releases extend), never shorter.
 */
#include "mediation/proto/pfcp.h"

#include "mediation/proto/field.h"
#include "mediation/proto/pfcp_ie.h"

#define PFCP_VERSION 1
#define PFCP_FO 4		/* another message follows in this datagram */
#define PFCP_S 1		/* a SEID is there */

void pfcp_fail(struct pfcp_ctx *c, const struct rd *r, enum li_err e, const char *what)
{
	if (c->err)
		return;
	c->err = e;
	c->what = what;
	c->at = r->p ? (size_t)(r->p - c->base) : 0;
}

void pfcp_walk(struct pfcp_ctx *c, struct rd *r, const struct pfcp_ie *table, size_t n, void *to)
{
	while (rd_left(r) && !c->err) {
		uint16_t type = rd_u16(r);
		struct rd s = rd_sub(r, rd_u16(r));

		if (r->err) {
			pfcp_fail(c, r, r->err, "PFCP information element header (29.244 clause 8.1.1)");
			return;
		}
		/* a vendor's own (highest bit, clause 8.1.1) is in no table */
		for (size_t i = 0; i < n; i++) {
			if (table[i].type != type)
				continue;
			table[i].read(c, &s, to);
			if (s.err)
				pfcp_fail(c, &s, s.err, table[i].what);
			break;
		}
	}
}

void *pfcp_place(struct pfcp_ctx *c, void *first, size_t size, size_t *n, size_t max)
{
	if (*n >= max) {
		c->m->over_limit = true;
		return NULL;
	}
	return (char *)first + size * (*n)++;
}

/* -- addresses -- */

struct li_addr pfcp_addr4(struct rd *r)
{
	struct view v = rd_take(r, 4);

	return v.n ? li_addr4(v.p) : (struct li_addr){ 0 };
}

struct li_addr pfcp_addr6(struct rd *r)
{
	struct view v = rd_take(r, 16);

	return v.n ? li_addr6(v.p) : (struct li_addr){ 0 };
}

void pfcp_addrs(struct rd *r, bool v4, bool v6, struct li_addr *a4, struct li_addr *a6)
{
	if (v4)
		*a4 = pfcp_addr4(r);
	if (v6)
		*a6 = pfcp_addr6(r);
	if (a6->family == 4) {
		if (!a4->family)
			*a4 = *a6;
		*a6 = (struct li_addr){ 0 };
	}
}

/* -- Usage Report: clauses 7.5.5.2, 7.5.7.2, 7.5.8.3 -- */

static void ie_volume(struct pfcp_ctx *c, struct rd *r, void *to)
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

static void ie_first(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_usage *)to)->first_packet = field_ntp(rd_u32(r));
}

static void ie_last(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_usage *)to)->last_packet = field_ntp(rd_u32(r));
}

static const struct pfcp_ie in_usage[] = {
	{ 66, "PFCP Volume Measurement (29.244 clause 8.2.44)", ie_volume },
	{ 69, "PFCP Time of First Packet (29.244 clause 8.2.47)", ie_first },
	{ 70, "PFCP Time of Last Packet (29.244 clause 8.2.48)", ie_last },
};

static void ie_usage(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_usage *u = PFCP_PLACE(c, usage, n_usage);

	(void)to;
	if (!u)
		return;
	memset(u, 0, sizeof(*u));
	PFCP_WALK(c, r, in_usage, u);
}

/* -- the message -- */

static void ie_cause(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_msg *m = to;

	(void)c;
	m->cause = rd_u8(r);
	m->has_cause = !r->err;
}

static void ie_node(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_msg *m = to;
	uint8_t kind = rd_u8(r) & 15;

	(void)c;
	m->has_node = !r->err;
	if (kind == 0)
		m->node_addr = pfcp_addr4(r);
	else if (kind == 1)
		m->node_addr = pfcp_addr6(r);
}

static void ie_recovery(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_msg *m = to;

	(void)c;
	m->recovery = rd_u32(r);
	m->has_recovery = !r->err;
}

static void ie_fseid(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_fseid *f = &((struct pfcp_msg *)to)->cp_or_up;
	uint8_t flags = rd_u8(r);	/* V6 1, V4 2 */

	(void)c;
	memset(f, 0, sizeof(*f));
	f->seid = rd_u64(r);
	pfcp_addrs(r, flags & 2, flags & 1, &f->a4, &f->a6);
	f->present = !r->err;
}

static void ie_pdn_type(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_msg *)to)->pdn_type = rd_u8(r) & 7;
}

static void ie_apn(struct pfcp_ctx *c, struct rd *r, void *to)
{
	(void)c;
	((struct pfcp_msg *)to)->apn = rd_rest(r);
}

static void ie_snssai(struct pfcp_ctx *c, struct rd *r, void *to)
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

static void ie_user(struct pfcp_ctx *c, struct rd *r, void *to)
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
		if ((w = after(v, "imsi-")).n)	/* LI128-051 */
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
static void ie_fqcsid(struct pfcp_ctx *c, struct rd *r, void *to)
{
	struct pfcp_fqcsid *f = PFCP_PLACE(c, fqcsid, n_fqcsid);
	uint8_t kind = rd_u8(r);

	(void)to;
	if (!f)
		return;
	memset(f, 0, sizeof(*f));
	switch (kind >> 4) {
	case 0:
		f->addr = pfcp_addr4(r);
		break;
	case 1:
		f->addr = pfcp_addr6(r);
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

/* CP PFCP Entity IP Address: one of each family, or one of them. */
static void ie_entity(struct pfcp_ctx *c, struct rd *r, void *to)
{
	uint8_t flags = rd_u8(r);	/* V6 1, V4 2 */
	struct li_addr a[2] = { { 0 }, { 0 } };

	(void)to;
	pfcp_addrs(r, flags & 2, flags & 1, &a[0], &a[1]);
	for (size_t i = 0; i < 2 && !r->err; i++) {
		struct li_addr *p = a[i].family ? PFCP_PLACE(c, retained, n_retained) : NULL;

		if (p)
			*p = a[i];
	}
}

static const struct pfcp_ie in_retention[] = {
	{ 185, "PFCP CP PFCP Entity IP Address (29.244 clause 8.2.135)", ie_entity },
};

static void ie_retention(struct pfcp_ctx *c, struct rd *r, void *to)
{
	((struct pfcp_msg *)to)->retains = true;
	PFCP_WALK(c, r, in_retention, to);
}

static const struct pfcp_ie in_message[] = {
	{ 1, "PFCP Create PDR (29.244 clause 7.5.2.2)", pfcp_create_pdr },
	{ 3, "PFCP Create FAR (29.244 clause 7.5.2.3)", pfcp_create_far },
	{ 7, "PFCP Create QER (29.244 clause 7.5.2.5)", pfcp_create_qer },
	{ 8, "PFCP Created PDR (29.244 clause 7.5.3.2)", pfcp_created_pdr },
	{ 9, "PFCP Update PDR (29.244 clause 7.5.4.2)", pfcp_update_pdr },
	{ 10, "PFCP Update FAR (29.244 clause 7.5.4.3)", pfcp_update_far },
	{ 14, "PFCP Update QER (29.244 clause 7.5.4.5)", pfcp_update_qer },
	{ 15, "PFCP Remove PDR (29.244 clause 7.5.4.6)", pfcp_remove_pdr },
	{ 16, "PFCP Remove FAR (29.244 clause 7.5.4.7)", pfcp_remove_far },
	{ 18, "PFCP Remove QER (29.244 clause 7.5.4.9)", pfcp_remove_qer },
	{ 19, "PFCP Cause (29.244 clause 8.2.1)", ie_cause },
	{ 57, "PFCP F-SEID (29.244 clause 8.2.37)", ie_fseid },
	{ 60, "PFCP Node ID (29.244 clause 8.2.38)", ie_node },
	{ 65, "PFCP FQ-CSID (29.244 clause 8.2.43)", ie_fqcsid },
	{ 78, "PFCP Usage Report of a modification (29.244 clause 7.5.5.2)", ie_usage },
	{ 79, "PFCP Usage Report of a deletion (29.244 clause 7.5.7.2)", ie_usage },
	{ 80, "PFCP Usage Report (29.244 clause 7.5.8.3)", ie_usage },
	{ 96, "PFCP Recovery Time Stamp (29.244 clause 8.2.65)", ie_recovery },
	{ 113, "PFCP PDN Type (29.244 clause 8.2.79)", ie_pdn_type },
	{ 127, "PFCP Create Traffic Endpoint (29.244 clause 7.5.2.7)", pfcp_create_endpoint },
	{ 128, "PFCP Created Traffic Endpoint (29.244 clause 7.5.3.5)", pfcp_created_endpoint },
	{ 129, "PFCP Update Traffic Endpoint (29.244 clause 7.5.4.13)", pfcp_update_endpoint },
	{ 130, "PFCP Remove Traffic Endpoint (29.244 clause 7.5.4.14)", pfcp_remove_endpoint },
	{ 141, "PFCP User ID (29.244 clause 8.2.101)", ie_user },
	{ 159, "PFCP APN/DNN (29.244 clause 8.2.117)", ie_apn },
	{ 183, "PFCP Session Retention Information (29.244 clause 7.4.4.1)", ie_retention },
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
	struct pfcp_ctx c = { .base = rest->p, .m = m };
	struct rd all = rd_of(*rest), r;
	uint8_t flags;
	uint16_t length;

	memset(m, 0, offsetof(struct pfcp_msg, create_pdr));
	*at = 0;
	*what = NULL;
	if (rest->n == 0)
		return LI_ECLOSED;
	*rest = view_of(NULL, 0);
	flags = rd_u8(&all);
	m->type = rd_u8(&all);
	length = rd_u16(&all);
	r = rd_sub(&all, length);
	m->octets = view_of(c.base, rd_pos(&all));
	if (!all.err && flags >> 5 != PFCP_VERSION) {
		pfcp_fail(&c, &all, LI_EUNKNOWN, "PFCP version (29.244 clause 7.2.2.2)");
	} else {
		m->has_seid = flags & PFCP_S;
		if (m->has_seid)
			m->seid = rd_u64(&r);
		m->seq = rd_u24(&r);
		rd_skip(&r, 1);
		if (all.err || r.err)
			pfcp_fail(&c, all.err ? &all : &r, LI_ETRUNC, "PFCP message header (29.244 clause 7.2.2)");
		PFCP_WALK(&c, &r, in_message, m);
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
			out[n++] = '.';	/* LI128-069, LI128-070 */
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
