/* protovec_ie.c: see protovec_ie.h; written from TS 38.413 with the PER writer of per.h. */
#include "test/gen/protovec_ie.h"

#include <stdlib.h>

static struct per body;		/* the message's fields so far */
static unsigned fields;
struct per ie_value;	/* the value of the field that is being written */

/* -- containers -- */

void ie_begin(void)
{
	per_init(&body);
	fields = 0;
}

void ie_field_to(struct per *w, unsigned id, struct view v)
{
	per_int(w, id, 0, 65535);
	per_int(w, 1, 0, 2);		/* criticality ignore */
	per_string(w, v);
}

/* Closes the value: an open type of at least one octet. */
void ie_field(unsigned id)
{
	if (ie_value.bits == 0)
		per_bits(&ie_value, 0, 8);
	ie_field_to(&body, id, per_view(&ie_value));
	fields++;
	per_init(&ie_value);
}

/* SEQUENCE preamble: extension bit, optional members. */
void ie_seq(struct per *w, unsigned opt, unsigned n)
{
	per_bits(w, 0, 1);
	per_bits(w, opt, n);
}

/* iE-Extensions of one field that nobody knows. */
void ie_unknown_extension(struct per *w)
{
	per_int(w, 1, 1, 65535);
	ie_field_to(w, 60000, view_of("\x01\x02\x03", 3));
}

void ie_end(struct protovec *out, const char *name, unsigned dir, unsigned proc)
{
	static struct per pdu, all;

	per_init(&all);
	per_bits(&all, 0, 1);
	per_int(&all, fields, 0, 65535);
	per_octets(&all, per_view(&body).p, per_view(&body).n);
	per_init(&pdu);
	per_bits(&pdu, 0, 1);
	per_int(&pdu, dir, 0, 2);
	per_int(&pdu, proc, 0, 255);
	per_int(&pdu, 0, 0, 2);
	per_string(&pdu, per_view(&all));
	out->name = name;
	out->kind = VEC_NGAP;
	out->n = per_view(&pdu).n;
	if (out->n > sizeof(out->p))
		abort();
	memcpy(out->p, pdu.p, out->n);
}

/* -- elements -- */

void ie_amf_id(uint64_t id)
{
	per_int(&ie_value, id, 0, UINT64_C(1099511627775));
	ie_field(10);
}

void ie_ran_id(uint32_t id)
{
	per_int(&ie_value, id, 0, UINT32_MAX);
	ie_field(85);
}

void ie_ids(uint64_t amf, uint32_t ran)
{
	ie_amf_id(amf);
	ie_ran_id(ran);
}

void ie_cause_to(struct per *w, unsigned group, unsigned x)
{
	static const unsigned root[] = { 45, 2, 4, 7, 6 };

	per_int(w, group, 0, 5);
	per_enum(w, x, root[group]);
}

void ie_cause(unsigned group, unsigned x)
{
	ie_cause_to(&ie_value, group, x);
	ie_field(15);
}

void ie_plmn(struct per *w)
{
	per_octets(w, "\x00\xf1\x10", 3);		/* 001 01 */
}

void ie_tai(struct per *w, uint32_t tac)
{
	ie_seq(w, 0, 1);
	ie_plmn(w);
	per_align(w);
	per_bits(w, tac, 24);
}

void ie_location_nr(uint64_t cell, uint32_t tac, uint32_t stamp)
{
	per_int(&ie_value, 1, 0, 3);
	ie_seq(&ie_value, stamp ? 3 : 0, 2);
	ie_seq(&ie_value, 0, 1);
	ie_plmn(&ie_value);
	per_align(&ie_value);
	per_bits(&ie_value, cell, 36);
	ie_tai(&ie_value, tac);
	if (stamp) {
		per_align(&ie_value);
		per_bits(&ie_value, stamp, 32);
		ie_unknown_extension(&ie_value);
	}
	ie_field(121);
}

void ie_location_eutra(uint32_t cell, uint32_t tac)
{
	per_int(&ie_value, 0, 0, 3);
	ie_seq(&ie_value, 0, 2);
	ie_seq(&ie_value, 0, 1);
	ie_plmn(&ie_value);
	per_align(&ie_value);
	per_bits(&ie_value, cell, 28);
	ie_tai(&ie_value, tac);
	ie_field(121);
}

/* TransportLayerAddress of 4, 16 or 20 octets. */
void ie_address(struct per *w, struct view a)
{
	per_bits(w, 0, 1);
	per_int(w, a.n * 8, 1, 160);
	per_octets(w, a.p, a.n);
}

const struct view ie_v4a = { (const uint8_t *)"\x0a\x00\x00\x01", 4 };
const struct view ie_v4b = { (const uint8_t *)"\x0a\x00\x00\x02", 4 };
const struct view ie_v6 = { (const uint8_t *)"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16 };
const struct view ie_both = { (const uint8_t *)"\x0a\x00\x00\x03\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08", 20 };

void ie_location_n3iwf(void)
{
	static struct per t;

	per_int(&ie_value, 2, 0, 3);
	ie_seq(&ie_value, 1, 1);
	ie_address(&ie_value, ie_v6);
	per_bits(&ie_value, 4500, 16);
	per_init(&t);
	ie_tai(&t, 0x000abc);
	per_int(&ie_value, 1, 1, 65535);
	ie_field_to(&ie_value, 213, per_view(&t));
	ie_field(121);
}

/* choice-Extensions of UserLocationInformation: TNGF with port. */
void ie_location_tngf(void)
{
	static struct per t;

	per_init(&t);
	ie_seq(&t, 2, 2);
	per_string(&t, view_str("tnap"));
	ie_address(&t, ie_v4a);
	per_bits(&t, 4501, 16);
	per_int(&ie_value, 3, 0, 3);
	ie_field_to(&ie_value, 244, per_view(&t));
	ie_field(121);
}

void ie_guami(unsigned id)
{
	ie_seq(&ie_value, 0, 1);
	ie_plmn(&ie_value);
	per_bits(&ie_value, 0x80, 8);
	per_bits(&ie_value, 0x155, 10);
	per_bits(&ie_value, 0x2a, 6);
	ie_field(id);
}

void ie_nas(const char *octets, size_t n)
{
	per_string(&ie_value, view_of(octets, n));
	ie_field(38);
}

void ie_snssai(struct per *w, bool sd)
{
	ie_seq(w, sd ? 2 : 0, 2);
	per_bits(w, 1, 8);
	if (sd)
		per_octets(w, "\x01\x02\x03", 3);
}

void ie_tunnel(struct per *w, struct view a, uint32_t teid)
{
	per_bits(w, 0, 1);		/* CHOICE gTPTunnel */
	ie_seq(w, 0, 1);
	ie_address(w, a);
	per_align(w);
	per_bits(w, teid, 32);
}

/* A list of two QoS flows, this QFI and the next, the second with what is optional. */
void ie_flow_list(struct per *w, enum flows form, unsigned first)
{
	bool two = form == MAPPED || form == FORWARDED;

	per_int(w, 2, 1, 64);
	for (unsigned i = 0; i < 2; i++) {
		ie_seq(w, two && i ? 2 : 0, two ? 2 : 1);
		per_bits(w, 0, 1);
		per_int(w, i + first, 0, 63);
		if (two && i)
			per_enum(w, 0, form == MAPPED ? 2 : 1);
		if (form == NOTIFIED)
			per_enum(w, i, 2);
		if (form == WITH_CAUSE)
			ie_cause_to(w, 0, i ? 45 : 7);
	}
}

void ie_dl_info(struct per *w, struct view a, uint32_t teid)
{
	ie_seq(w, 0, 1);
	ie_tunnel(w, a, teid);
	ie_flow_list(w, MAPPED, teid & 31);
}

void ie_security_result(struct per *w)
{
	ie_seq(w, 0, 1);
	per_enum(w, 0, 2);
	per_enum(w, 1, 2);
}

void ie_security_indication(struct per *w)
{
	ie_seq(w, 2, 2);
	per_enum(w, 1, 3);
	per_enum(w, 2, 3);
	per_enum(w, 1, 2);
}

/* -- lists: ie_begin_list, ie_item with a transfer in ie_transfer -- */

struct per ie_transfer;

void ie_begin_list(unsigned n)
{
	per_int(&ie_value, n, 1, 256);
}

/* extension: an item's iE-Extensions holding an S-NSSAI (148); else none. */
void ie_item(unsigned psi, int optional_nas, bool slice, bool sd, bool transfer, bool extension)
{
	static struct per s;

	per_bits(&ie_value, 0, 1);
	if (optional_nas >= 0)
		per_bits(&ie_value, optional_nas > 0, 1);
	per_bits(&ie_value, extension, 1);
	per_int(&ie_value, psi, 0, 255);
	if (optional_nas > 0)
		per_string(&ie_value, view_of("\x7e\x00\x68\x01\x00\x05\x2e\x05\x01\xd3\x24", 11));
	if (slice)
		ie_snssai(&ie_value, sd);
	if (transfer) {
		per_string(&ie_value, per_view(&ie_transfer));
		per_init(&ie_transfer);
	}
	if (extension) {
		per_init(&s);
		ie_snssai(&s, true);
		per_int(&ie_value, 1, 1, 65535);
		ie_field_to(&ie_value, 148, per_view(&s));
	}
}

/* PDU Session Resource Setup Request Transfer. */
void ie_setup_request(struct view a, uint32_t teid, unsigned type, bool more)
{
	static struct per t;

	ie_seq(&ie_transfer, 0, 0);
	per_int(&ie_transfer, more ? 5 : 3, 0, 65535);
	per_init(&t);
	ie_tunnel(&t, a, teid);
	ie_field_to(&ie_transfer, 139, per_view(&t));
	if (more) {
		per_init(&t);
		per_int(&t, 2, 1, 3);
		for (unsigned i = 0; i < 2; i++) {
			ie_seq(&t, 0, 1);
			ie_tunnel(&t, i ? ie_v6 : ie_v4b, teid + 1 + i);
		}
		ie_field_to(&ie_transfer, 126, per_view(&t));
		per_init(&t);
		ie_tunnel(&t, ie_v4b, teid + 3);
		ie_field_to(&ie_transfer, 195, per_view(&t));
	}
	per_init(&t);
	per_enum(&t, type, 5);
	ie_field_to(&ie_transfer, 134, per_view(&t));
	per_init(&t);
	per_bits(&t, 0, 1);
	per_int(&t, 3, 1, 256);
	ie_field_to(&ie_transfer, 129, per_view(&t));	/* network instance, stepped over */
}

void ie_cause_transfer(unsigned group, unsigned x, unsigned optional)
{
	ie_seq(&ie_transfer, 0, optional);
	ie_cause_to(&ie_transfer, group, x);
}
