/* ngap_move.c: NGAP of a UE that comes back or moves with its sessions, with the PER writer of per.h. */
#include "test/gen/ngap_out.h"

#include <stdlib.h>

#include "test/gen/per.h"

#define AMF_IDS UINT64_C(1099511627775)

static struct per body, value, transfer, open;	/* the fields, one field's value, a session's transfer, a field in that */
static unsigned fields;

/* -- containers -- */

static void field_to(struct per *w, unsigned id, struct per *v)
{
	per_int(w, id, 0, 65535);
	per_int(w, 0, 0, 2);
	per_string(w, per_view(v));
	per_init(v);
}

static void field(unsigned id)
{
	field_to(&body, id, &value);
	fields++;
}

static void begin(void)
{
	per_init(&body);
	per_init(&value);
	per_init(&transfer);
	per_init(&open);
	fields = 0;
}

static size_t end(ngap_out out, unsigned dir, unsigned proc)
{
	static struct per all, pdu;
	struct view v = per_view(&body);

	per_init(&all);
	per_bits(&all, 0, 1);
	per_int(&all, fields, 0, 65535);
	per_octets(&all, v.p, v.n);
	per_init(&pdu);
	per_bits(&pdu, 0, 1);
	per_int(&pdu, dir, 0, 2);
	per_int(&pdu, proc, 0, 255);
	per_int(&pdu, 0, 0, 2);
	per_string(&pdu, per_view(&all));
	v = per_view(&pdu);
	if (v.n > NGAP_OUT_MAX)
		abort();
	memcpy(out, v.p, v.n);
	return v.n;
}

/* SEQUENCE preamble: extension bit, optional members. */
static void seq(struct per *w, unsigned opt, unsigned n)
{
	per_bits(w, 0, 1);
	per_bits(w, opt, n);
}

/* -- elements -- */

static void amf_id(unsigned ie, uint64_t id)
{
	per_int(&value, id, 0, AMF_IDS);
	field(ie);
}

static void ran_id(uint32_t id)
{
	per_int(&value, id, 0, UINT32_MAX);
	field(85);
}

static void ids(const struct ngap_ids *id)
{
	amf_id(10, id->amf);
	ran_id(id->ran);
}

static void plmn(void)
{
	per_octets(&value, "\x00\xf1\x10", 3);
}

static void radio_cause(unsigned x)
{
	per_int(&value, 0, 0, 5);
	per_enum(&value, x, 45);
	field(15);
}

static void place(const struct ngap_place *p)
{
	per_int(&value, 1, 0, 3);
	seq(&value, p->has_time ? 2 : 0, 2);
	seq(&value, 0, 1);
	per_octets(&value, p->plmn, 3);
	per_align(&value);
	per_bits(&value, p->cell, 36);
	seq(&value, 0, 1);
	per_octets(&value, p->plmn, 3);
	per_octets(&value, p->tac, 3);
	if (p->has_time) {
		per_align(&value);
		per_bits(&value, p->time, 32);
	}
	field(121);
}

static void nas(struct view v)
{
	per_string(&value, v);
	field(38);
}

static void guami(void)
{
	seq(&value, 0, 1);
	plmn();
	per_bits(&value, 2, 8);
	per_bits(&value, 1, 10);
	per_bits(&value, 0, 6);
	field(28);
}

static void snssai(struct per *w, unsigned sst, uint32_t sd)
{
	seq(w, sd < 1u << 24 ? 2 : 0, 2);
	per_bits(w, sst, 8);
	if (sd < 1u << 24) {
		per_align(w);
		per_bits(w, sd, 24);
	}
}

static void allowed_nssai(void)
{
	per_int(&value, 1, 1, 8);
	seq(&value, 0, 1);
	snssai(&value, 1, UINT32_MAX);
	field(0);
}

static void security_capabilities(void)
{
	seq(&value, 0, 1);
	for (unsigned i = 0; i < 4; i++) {
		per_bits(&value, 0, 1);
		per_bits(&value, 0xe000, 16);
	}
	field(119);
}

static void next_hop(void)
{
	static const uint8_t key[32];

	seq(&value, 0, 1);
	per_int(&value, 1, 0, 7);
	per_octets(&value, key, sizeof(key));
	field(93);
}

/* A container of the RAN nodes that nobody else reads. */
static void container(unsigned ie)
{
	per_string(&value, view_of("\x00\x01\x02\x03", 4));
	field(ie);
}

static void handover_type(void)
{
	per_enum(&value, 0, 3);		/* intra5gs */
	field(29);
}

static void tunnel(struct per *w, const struct out_tunnel *t)
{
	unsigned n = t->addr.family == 4 ? 4 : 16;

	per_bits(w, 0, 1);
	seq(w, 0, 1);
	per_bits(w, 0, 1);
	per_int(w, n * 8, 1, 160);
	per_octets(w, t->addr.b, n);
	per_align(w);
	per_bits(w, t->teid, 32);
}

/* A list of QoS flows of one: QFI 9. opt: optional members beside the iE-Extensions. */
static void flow(struct per *w, unsigned opt)
{
	per_int(w, 1, 1, 64);
	seq(w, 0, opt + 1);
	per_bits(w, 0, 1);
	per_int(w, 9, 0, 63);
}

/* -- the transfers -- */

static void request(const struct ngap_moving *s)
{
	seq(&transfer, 0, 0);
	per_int(&transfer, 3, 0, 65535);
	tunnel(&open, &s->ul);
	field_to(&transfer, 139, &open);
	per_enum(&open, s->type, 5);
	field_to(&transfer, 134, &open);
	per_int(&open, 1, 1, 64);
	seq(&open, 0, 2);
	per_bits(&open, 0, 1);
	per_int(&open, 9, 0, 63);
	seq(&open, 0, 4);		/* QosFlowLevelQosParameters */
	per_bits(&open, 0, 1);
	per_int(&open, 0, 0, 2);	/* nonDynamic5QI */
	seq(&open, 0, 4);
	per_bits(&open, 0, 1);
	per_int(&open, 9, 0, 255);
	seq(&open, 0, 1);		/* allocation and retention priority */
	per_int(&open, 8, 1, 15);
	per_enum(&open, 0, 2);
	per_enum(&open, 0, 2);
	field_to(&transfer, 136, &open);
}

static void answer(const struct ngap_moving *s)
{
	seq(&transfer, 0, 4);
	seq(&transfer, 0, 1);
	tunnel(&transfer, &s->dl);
	flow(&transfer, 1);
}

static void switch_request(const struct ngap_moving *s)
{
	seq(&transfer, 0, 3);
	tunnel(&transfer, &s->dl);
	flow(&transfer, 0);
}

static void switched(const struct ngap_moving *s)
{
	seq(&transfer, 4, 3);
	tunnel(&transfer, &s->ul);
}

static bool direct_path;

static void required(const struct ngap_moving *s)
{
	(void)s;
	seq(&transfer, direct_path ? 2 : 0, 2);
	if (direct_path)
		per_enum(&transfer, 0, 1);
}

static void acknowledged(const struct ngap_moving *s)
{
	bool forward = s->forward.addr.family != 0;

	seq(&transfer, forward ? 16 : 0, 5);
	tunnel(&transfer, &s->dl);
	if (forward)
		tunnel(&transfer, &s->forward);
	flow(&transfer, 1);
}

static void command(const struct ngap_moving *s)
{
	bool forward = s->forward.addr.family != 0;

	seq(&transfer, forward ? 8 : 0, 4);
	if (forward)
		tunnel(&transfer, &s->forward);
}

/* A list of the sessions with a transfer each. setup: items have NAS and an S-NSSAI (71), or an S-NSSAI (73). */
enum list_form { LIST_PLAIN, LIST_CONTEXT, LIST_HANDOVER };

static void list(unsigned ie, const struct ngap_moving *s, unsigned n, enum list_form form,
		 void (*write)(const struct ngap_moving *s))
{
	if (n == 0)
		return;
	per_int(&value, n, 1, 256);
	for (unsigned i = 0; i < n; i++) {
		seq(&value, 0, form == LIST_CONTEXT ? 2 : 1);
		per_int(&value, s[i].psi, 0, 255);
		if (form != LIST_PLAIN)
			snssai(&value, s[i].sst, s[i].sd);
		write(&s[i]);
		per_string(&value, per_view(&transfer));
		per_init(&transfer);
	}
	field(ie);
}

/* -- the messages -- */

size_t ngap_out_returning_ue(ngap_out out, uint32_t ran, struct view v, const struct ngap_place *p, uint16_t set_pointer,
			     uint32_t tmsi)
{
	begin();
	ran_id(ran);
	nas(v);
	place(p);
	per_enum(&value, 3, 9);		/* mo-Signalling */
	field(90);
	seq(&value, 0, 1);		/* 5G-S-TMSI */
	per_bits(&value, set_pointer, 16);
	per_align(&value);
	per_bits(&value, tmsi, 32);
	field(26);
	return end(out, 0, 15);
}

size_t ngap_out_context_setup(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n)
{
	static const uint8_t key[32];

	begin();
	ids(id);
	guami();
	list(71, s, n, LIST_CONTEXT, request);
	allowed_nssai();
	security_capabilities();
	per_octets(&value, key, sizeof(key));
	field(94);
	return end(out, 0, 14);
}

size_t ngap_out_context_set_up(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n)
{
	begin();
	ids(id);
	list(72, s, n, LIST_PLAIN, answer);
	return end(out, 1, 14);
}

size_t ngap_out_context_release_request(ngap_out out, const struct ngap_ids *id)
{
	begin();
	ids(id);
	radio_cause(20);
	return end(out, 0, 42);
}

size_t ngap_out_path_switch(ngap_out out, uint32_t ran, uint64_t source_amf, const struct ngap_place *p,
			    const struct ngap_moving *s, unsigned n)
{
	begin();
	ran_id(ran);
	amf_id(100, source_amf);
	place(p);
	security_capabilities();
	list(76, s, n, LIST_PLAIN, switch_request);
	return end(out, 0, 25);
}

size_t ngap_out_path_switched(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n)
{
	begin();
	ids(id);
	next_hop();
	list(77, s, n, LIST_PLAIN, switched);
	allowed_nssai();
	return end(out, 1, 25);
}

size_t ngap_out_handover_required(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n, bool direct)
{
	begin();
	ids(id);
	handover_type();
	radio_cause(16);		/* handover-desirable-for-radio-reason */
	per_int(&value, 0, 0, 2);	/* TargetID: targetRANNodeID */
	seq(&value, 0, 1);
	per_int(&value, 0, 0, 3);	/* globalGNB-ID */
	seq(&value, 0, 1);
	plmn();
	per_int(&value, 0, 0, 1);	/* gNB-ID, SIZE (22..32) */
	per_int(&value, 22, 22, 32);
	per_align(&value);
	per_bits(&value, 1, 22);
	seq(&value, 0, 1);		/* TAI */
	plmn();
	per_octets(&value, "\x00\x00\x01", 3);
	field(105);
	if (direct) {
		per_enum(&value, 0, 1);
		field(22);
	}
	direct_path = direct;
	list(61, s, n, LIST_PLAIN, required);
	container(101);
	return end(out, 0, 12);
}

size_t ngap_out_handover_request(ngap_out out, uint64_t amf, const struct ngap_moving *s, unsigned n)
{
	begin();
	amf_id(10, amf);
	handover_type();
	radio_cause(16);
	seq(&value, 0, 1);		/* UEAggregateMaximumBitRate */
	for (unsigned i = 0; i < 2; i++) {
		per_bits(&value, 0, 1);
		per_int(&value, 1000000, 0, UINT64_C(4000000000000));
	}
	field(110);
	security_capabilities();
	next_hop();
	list(73, s, n, LIST_HANDOVER, request);
	allowed_nssai();
	container(101);
	guami();
	return end(out, 0, 13);
}

size_t ngap_out_handover_ack(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n)
{
	begin();
	ids(id);
	list(53, s, n, LIST_PLAIN, acknowledged);
	container(106);
	return end(out, 1, 13);
}

size_t ngap_out_handover_command(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n)
{
	begin();
	ids(id);
	handover_type();
	list(59, s, n, LIST_PLAIN, command);
	container(106);
	return end(out, 1, 12);
}

size_t ngap_out_handover_notify(ngap_out out, const struct ngap_ids *id, const struct ngap_place *p)
{
	begin();
	ids(id);
	place(p);
	return end(out, 0, 11);
}

size_t ngap_out_handover_cancel(ngap_out out, const struct ngap_ids *id)
{
	begin();
	ids(id);
	radio_cause(5);			/* handover-cancelled */
	return end(out, 0, 10);
}

size_t ngap_out_handover_cancelled(ngap_out out, const struct ngap_ids *id)
{
	begin();
	ids(id);
	return end(out, 1, 10);
}
