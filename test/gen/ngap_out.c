/* ngap_out.c: a forward bit writer of aligned PER (X.691), and the messages over it. */
#include "test/gen/ngap_out.h"

struct per {
	uint8_t *o;
	size_t bits, max;	/* written, room; in bits */
};

static struct per per_of(uint8_t *o, size_t n)
{
	memset(o, 0, n);
	return (struct per){ o, 0, n * 8 };
}

static void bits(struct per *p, uint64_t x, unsigned n)
{
	while (n--) {
		if (p->bits < p->max && x >> n & 1)
			p->o[p->bits / 8] = (uint8_t)(p->o[p->bits / 8] | 0x80 >> p->bits % 8);
		p->bits++;
	}
}

static void align(struct per *p)
{
	p->bits = (p->bits + 7) & ~(size_t)7;
}

static size_t per_len(struct per *p)
{
	align(p);
	return p->bits / 8;
}

static void octets(struct per *p, const void *o, size_t n)
{
	align(p);
	for (size_t i = 0; i < n; i++)
		bits(p, ((const uint8_t *)o)[i], 8);
}

static void uint_octets(struct per *p, uint64_t x, unsigned n)
{
	align(p);
	bits(p, x, n * 8);
}

/* Length determinant, and octets: an unconstrained OCTET STRING or an open type. */
static void counted(struct per *p, const void *o, size_t n)
{
	align(p);
	if (n < 128)
		bits(p, n, 8);
	else
		bits(p, 0x8000 | n, 16);
	octets(p, o, n);
}

/* INTEGER of a range over 65536: number of octets in `w` bits, then the octets. */
static void long_int(struct per *p, uint64_t x, unsigned w)
{
	unsigned n = 1;

	while (n < 8 && x >> 8 * n)
		n++;
	bits(p, n - 1, w);
	uint_octets(p, x, n);
}

/* -- a message: its IEs are gathered, then wrapped -- */

struct msg {
	struct per p;		/* the IEs */
	uint8_t o[NGAP_OUT_MAX];
	unsigned n;
};

static void begin(struct msg *m)
{
	m->p = per_of(m->o, sizeof(m->o));
	m->n = 0;
}

static void put_ie(struct msg *m, uint16_t id, unsigned criticality, struct per *value)
{
	size_t n = per_len(value);

	uint_octets(&m->p, id, 2);
	bits(&m->p, criticality, 2);
	counted(&m->p, value->o, n ? n : 1);
	m->n++;
}

static size_t wrap(struct msg *m, ngap_out out, unsigned dir, uint8_t proc, unsigned criticality)
{
	uint8_t inner[NGAP_OUT_MAX];
	struct per v = per_of(inner, sizeof(inner)), p = per_of(out, NGAP_OUT_MAX);
	size_t n = per_len(&m->p);

	bits(&v, 0, 1);				/* extension marker of the message */
	uint_octets(&v, m->n, 2);
	octets(&v, m->o, n);
	bits(&p, 0, 1);				/* NGAP-PDU */
	bits(&p, dir, 2);
	uint_octets(&p, proc, 1);
	bits(&p, criticality, 2);
	counted(&p, inner, per_len(&v));
	return per_len(&p);
}

/* -- IEs -- */

static void ie_amf(struct msg *m, uint16_t ie, uint64_t id)
{
	uint8_t o[16];
	struct per v = per_of(o, sizeof(o));

	long_int(&v, id, 3);
	put_ie(m, ie, 0, &v);
}

static void ie_ran(struct msg *m, uint32_t id)
{
	uint8_t o[16];
	struct per v = per_of(o, sizeof(o));

	long_int(&v, id, 2);
	put_ie(m, 85, 0, &v);
}

static void ie_ids(struct msg *m, const struct ngap_ids *id)
{
	ie_amf(m, 10, id->amf);
	ie_ran(m, id->ran);
}

static void ie_nas(struct msg *m, struct view nas)
{
	uint8_t o[NGAP_OUT_MAX];
	struct per v = per_of(o, sizeof(o));

	counted(&v, nas.p, nas.n);
	put_ie(m, 38, 0, &v);
}

static void ie_place(struct msg *m, const struct ngap_place *l)
{
	uint8_t o[64];
	struct per v = per_of(o, sizeof(o));

	bits(&v, 1, 2);			/* userLocationInformationNR */
	bits(&v, 0, 1);
	bits(&v, l->has_time, 1);
	bits(&v, 0, 1);
	bits(&v, 0, 2);			/* NR-CGI */
	octets(&v, l->plmn, 3);
	align(&v);
	bits(&v, l->cell, 36);
	bits(&v, 0, 2);			/* TAI */
	octets(&v, l->plmn, 3);
	octets(&v, l->tac, 3);
	if (l->has_time)
		uint_octets(&v, l->time, 4);
	put_ie(m, 121, 0, &v);
}

static void tunnel(struct per *v, const struct out_tunnel *t)
{
	unsigned n = t->addr.family == 4 ? 32 : 128;

	bits(v, 0, 1);			/* gTPTunnel */
	bits(v, 0, 2);
	bits(v, 0, 1);			/* TransportLayerAddress, SIZE (1..160, ...) */
	bits(v, n - 1, 8);
	octets(v, t->addr.b, n / 8);
	uint_octets(v, t->teid, 4);
}

/* A list of one item (SIZE (1..256)) with the item's preamble bits and PDU session id. */
static void item(struct per *v, unsigned preamble, uint8_t psi)
{
	uint_octets(v, 0, 1);
	bits(v, 0, preamble);
	uint_octets(v, psi, 1);
}

size_t ngap_out_initial_ue(ngap_out out, uint32_t ran, struct view nas, const struct ngap_place *p)
{
	uint8_t o[4];
	struct per v = per_of(o, sizeof(o));
	struct msg m;

	begin(&m);
	ie_ran(&m, ran);
	ie_nas(&m, nas);
	ie_place(&m, p);
	bits(&v, 0, 1);
	bits(&v, 3, 4);			/* RRCEstablishmentCause mo-Signalling */
	put_ie(&m, 90, 1, &v);
	return wrap(&m, out, 0, 15, 1);
}

size_t ngap_out_downlink_nas(ngap_out out, const struct ngap_ids *id, struct view nas)
{
	struct msg m;

	begin(&m);
	ie_ids(&m, id);
	ie_nas(&m, nas);
	return wrap(&m, out, 0, 4, 1);
}

size_t ngap_out_uplink_nas(ngap_out out, const struct ngap_ids *id, struct view nas, const struct ngap_place *p)
{
	struct msg m;

	begin(&m);
	ie_ids(&m, id);
	ie_nas(&m, nas);
	ie_place(&m, p);
	return wrap(&m, out, 0, 46, 1);
}

static void qos_request(struct msg *t)
{
	uint8_t o[32];
	struct per v = per_of(o, sizeof(o));

	bits(&v, 0, 6);			/* one flow */
	bits(&v, 0, 3);
	bits(&v, 0, 1);
	bits(&v, 9, 6);			/* QFI */
	bits(&v, 0, 5);			/* parameters */
	bits(&v, 0, 2);			/* nonDynamic5QI */
	bits(&v, 0, 5);
	bits(&v, 0, 1);
	uint_octets(&v, 9, 1);
	bits(&v, 0, 2);			/* allocation and retention priority */
	bits(&v, 7, 4);
	bits(&v, 0, 2);
	bits(&v, 0, 2);
	put_ie(t, 136, 0, &v);
}

size_t ngap_out_setup_request(ngap_out out, const struct ngap_ids *id, const struct ngap_pdu_session *s)
{
	uint8_t o[NGAP_OUT_MAX], x[64], transfer[NGAP_OUT_MAX];
	struct per v = per_of(x, sizeof(x)), list = per_of(o, sizeof(o)), tr = per_of(transfer, sizeof(transfer));
	struct msg m, t;

	begin(&t);
	tunnel(&v, &s->t);
	put_ie(&t, 139, 0, &v);
	v = per_of(x, sizeof(x));
	bits(&v, 0, 1);
	bits(&v, s->type, 3);
	put_ie(&t, 134, 0, &v);
	qos_request(&t);
	bits(&tr, 0, 1);
	uint_octets(&tr, t.n, 2);
	octets(&tr, t.o, per_len(&t.p));

	uint_octets(&list, 0, 1);
	bits(&list, 0, 1);
	bits(&list, s->nas.n > 0, 1);
	bits(&list, 0, 1);
	uint_octets(&list, s->psi, 1);
	if (s->nas.n)
		counted(&list, s->nas.p, s->nas.n);
	bits(&list, 0, 1);		/* S-NSSAI */
	bits(&list, s->sd < 1u << 24, 1);
	bits(&list, 0, 1);
	bits(&list, s->sst, 8);
	if (s->sd < 1u << 24)
		uint_octets(&list, s->sd, 3);
	counted(&list, transfer, per_len(&tr));

	begin(&m);
	ie_ids(&m, id);
	put_ie(&m, 74, 0, &list);
	return wrap(&m, out, 0, 29, 0);
}

static void accepted_flows(struct per *v)
{
	bits(v, 0, 6);
	bits(v, 0, 3);
	bits(v, 0, 1);
	bits(v, 9, 6);
}

size_t ngap_out_setup_response(ngap_out out, const struct ngap_ids *id, uint8_t psi, const struct out_tunnel *dl)
{
	uint8_t o[256], transfer[128];
	struct per list = per_of(o, sizeof(o)), tr = per_of(transfer, sizeof(transfer));
	struct msg m;

	bits(&tr, 0, 5);
	bits(&tr, 0, 2);		/* QosFlowPerTNLInformation */
	tunnel(&tr, dl);
	accepted_flows(&tr);
	item(&list, 2, psi);
	counted(&list, transfer, per_len(&tr));
	begin(&m);
	ie_ids(&m, id);
	put_ie(&m, 75, 1, &list);
	return wrap(&m, out, 1, 29, 0);
}

size_t ngap_out_setup_failed(ngap_out out, const struct ngap_ids *id, uint8_t psi)
{
	uint8_t o[64], transfer[8];
	struct per list = per_of(o, sizeof(o)), tr = per_of(transfer, sizeof(transfer));
	struct msg m;

	bits(&tr, 0, 3);
	bits(&tr, 0, 3);		/* cause: radioNetwork */
	bits(&tr, 0, 1);
	bits(&tr, 13, 6);		/* no-radio-resources-available-in-target-cell */
	item(&list, 2, psi);
	counted(&list, transfer, per_len(&tr));
	begin(&m);
	ie_ids(&m, id);
	put_ie(&m, 58, 1, &list);
	return wrap(&m, out, 1, 29, 0);
}

size_t ngap_out_release_command(ngap_out out, const struct ngap_ids *id, uint8_t psi, struct view nas, bool asleep)
{
	uint8_t o[64], transfer[8];
	struct per list = per_of(o, sizeof(o)), tr = per_of(transfer, sizeof(transfer));
	struct msg m;

	bits(&tr, 0, 2);
	bits(&tr, asleep ? 0 : 2, 3);	/* cause: radioNetwork, nas */
	bits(&tr, 0, 1);
	bits(&tr, asleep ? 20 : 0, asleep ? 6 : 2);	/* user-inactivity, normal-release */
	item(&list, 2, psi);
	counted(&list, transfer, per_len(&tr));
	begin(&m);
	ie_ids(&m, id);
	if (nas.n)
		ie_nas(&m, nas);
	put_ie(&m, 79, 0, &list);
	return wrap(&m, out, 0, 28, 0);
}

size_t ngap_out_release_response(ngap_out out, const struct ngap_ids *id, uint8_t psi)
{
	static const uint8_t empty = 0;
	uint8_t o[64];
	struct per list = per_of(o, sizeof(o));
	struct msg m;

	item(&list, 2, psi);
	counted(&list, &empty, 1);
	begin(&m);
	ie_ids(&m, id);
	put_ie(&m, 70, 1, &list);
	return wrap(&m, out, 1, 28, 0);
}

size_t ngap_out_context_release(ngap_out out, const struct ngap_ids *id, bool gone)
{
	uint8_t o[64], c[4];
	struct per v = per_of(o, sizeof(o)), cause = per_of(c, sizeof(c));
	struct msg m;

	bits(&v, 0, 2);			/* uE-NGAP-ID-pair */
	bits(&v, 0, 2);
	long_int(&v, id->amf, 3);
	long_int(&v, id->ran, 2);
	bits(&cause, gone ? 2 : 0, 3);	/* nas, radioNetwork */
	bits(&cause, 0, 1);
	bits(&cause, gone ? 2 : 20, gone ? 2 : 6);	/* deregister, user-inactivity */
	begin(&m);
	put_ie(&m, 114, 0, &v);
	put_ie(&m, 15, 1, &cause);
	return wrap(&m, out, 0, 41, 0);
}

size_t ngap_out_context_released(ngap_out out, const struct ngap_ids *id)
{
	struct msg m;

	begin(&m);
	ie_ids(&m, id);
	return wrap(&m, out, 1, 41, 0);
}
