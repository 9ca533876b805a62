/* protovec_ngap.c: NGAP messages, written from TS 38.413 with the PER writer of per.h. */
#include "test/gen/protovec_ngap.h"

#include <stdlib.h>

#include "test/gen/per.h"

static struct per body;		/* the message's fields so far */
static unsigned fields;
static struct per value;	/* the value of the field that is being written */

/* -- containers -- */

static void begin(void)
{
	per_init(&body);
	fields = 0;
}

static void field_to(struct per *w, unsigned id, struct view v)
{
	per_int(w, id, 0, 65535);
	per_int(w, 1, 0, 2);		/* criticality ignore */
	per_string(w, v);
}

/* Closes the value: an open type of at least one octet. */
static void field(unsigned id)
{
	if (value.bits == 0)
		per_bits(&value, 0, 8);
	field_to(&body, id, per_view(&value));
	fields++;
	per_init(&value);
}

/* SEQUENCE preamble: extension bit, optional members. */
static void seq(struct per *w, unsigned opt, unsigned n)
{
	per_bits(w, 0, 1);
	per_bits(w, opt, n);
}

/* iE-Extensions of one field that nobody knows. */
static void unknown_extension(struct per *w)
{
	per_int(w, 1, 1, 65535);
	field_to(w, 60000, view_of("\x01\x02\x03", 3));
}

static void end(struct protovec *out, const char *name, unsigned dir, unsigned proc)
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

static void amf_id(uint64_t id)
{
	per_int(&value, id, 0, UINT64_C(1099511627775));
	field(10);
}

static void ran_id(uint32_t id)
{
	per_int(&value, id, 0, UINT32_MAX);
	field(85);
}

static void ids(uint64_t amf, uint32_t ran)
{
	amf_id(amf);
	ran_id(ran);
}

static void cause_to(struct per *w, unsigned group, unsigned x)
{
	static const unsigned root[] = { 45, 2, 4, 7, 6 };

	per_int(w, group, 0, 5);
	per_enum(w, x, root[group]);
}

static void cause(unsigned group, unsigned x)
{
	cause_to(&value, group, x);
	field(15);
}

static void plmn(struct per *w)
{
	per_octets(w, "\x00\xf1\x10", 3);		/* 001 01 */
}

static void tai(struct per *w, uint32_t tac)
{
	seq(w, 0, 1);
	plmn(w);
	per_align(w);
	per_bits(w, tac, 24);
}

static void location_nr(uint64_t cell, uint32_t tac, uint32_t stamp)
{
	per_int(&value, 1, 0, 3);
	seq(&value, stamp ? 3 : 0, 2);
	seq(&value, 0, 1);
	plmn(&value);
	per_align(&value);
	per_bits(&value, cell, 36);
	tai(&value, tac);
	if (stamp) {
		per_align(&value);
		per_bits(&value, stamp, 32);
		unknown_extension(&value);
	}
	field(121);
}

static void location_eutra(uint32_t cell, uint32_t tac)
{
	per_int(&value, 0, 0, 3);
	seq(&value, 0, 2);
	seq(&value, 0, 1);
	plmn(&value);
	per_align(&value);
	per_bits(&value, cell, 28);
	tai(&value, tac);
	field(121);
}

/* TransportLayerAddress of 4, 16 or 20 octets. */
static void address(struct per *w, struct view a)
{
	per_bits(w, 0, 1);
	per_int(w, a.n * 8, 1, 160);
	per_octets(w, a.p, a.n);
}

static const struct view v4a = { (const uint8_t *)"\x0a\x00\x00\x01", 4 };
static const struct view v4b = { (const uint8_t *)"\x0a\x00\x00\x02", 4 };
static const struct view v6 = { (const uint8_t *)"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16 };
static const struct view both = { (const uint8_t *)"\x0a\x00\x00\x03\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08", 20 };

static void location_n3iwf(void)
{
	static struct per t;

	per_int(&value, 2, 0, 3);
	seq(&value, 1, 1);
	address(&value, v6);
	per_bits(&value, 4500, 16);
	per_init(&t);
	tai(&t, 0x000abc);
	per_int(&value, 1, 1, 65535);
	field_to(&value, 213, per_view(&t));
	field(121);
}

/* choice-Extensions of UserLocationInformation: TNGF with port. */
static void location_tngf(void)
{
	static struct per t;

	per_init(&t);
	seq(&t, 2, 2);
	per_string(&t, view_str("tnap"));
	address(&t, v4a);
	per_bits(&t, 4501, 16);
	per_int(&value, 3, 0, 3);
	field_to(&value, 244, per_view(&t));
	field(121);
}

static void guami(unsigned id)
{
	seq(&value, 0, 1);
	plmn(&value);
	per_bits(&value, 0x80, 8);
	per_bits(&value, 0x155, 10);
	per_bits(&value, 0x2a, 6);
	field(id);
}

static void nas(const char *octets, size_t n)
{
	per_string(&value, view_of(octets, n));
	field(38);
}

static void snssai(struct per *w, bool sd)
{
	seq(w, sd ? 2 : 0, 2);
	per_bits(w, 1, 8);
	if (sd)
		per_octets(w, "\x01\x02\x03", 3);
}

static void tunnel(struct per *w, struct view a, uint32_t teid)
{
	per_bits(w, 0, 1);		/* CHOICE gTPTunnel */
	seq(w, 0, 1);
	address(w, a);
	per_align(w);
	per_bits(w, teid, 32);
}

enum flows { PLAIN, MAPPED, FORWARDED, WITH_CAUSE };

/* A list of two QoS flows, the second with what is optional. */
static void flow_list(struct per *w, enum flows form)
{
	bool two = form == MAPPED || form == FORWARDED;

	per_int(w, 2, 1, 64);
	for (unsigned i = 0; i < 2; i++) {
		seq(w, two && i ? 2 : 0, two ? 2 : 1);
		per_bits(w, 0, 1);
		per_int(w, i + 5, 0, 63);
		if (two && i)
			per_enum(w, 0, form == MAPPED ? 2 : 1);
		if (form == WITH_CAUSE)
			cause_to(w, 0, i ? 45 : 7);
	}
}

static void dl_info(struct per *w, struct view a, uint32_t teid)
{
	seq(w, 0, 1);
	tunnel(w, a, teid);
	flow_list(w, MAPPED);
}

static void security_result(struct per *w)
{
	seq(w, 0, 1);
	per_enum(w, 0, 2);
	per_enum(w, 1, 2);
}

static void security_indication(struct per *w)
{
	seq(w, 2, 2);
	per_enum(w, 1, 3);
	per_enum(w, 2, 3);
	per_enum(w, 1, 2);
}

/* -- lists: begin_list, item with a transfer in `tr`, end_list -- */

static struct per tr;

static void begin_list(unsigned n)
{
	per_int(&value, n, 1, 256);
}

/* extension: an item's iE-Extensions holding an S-NSSAI (148); else none. */
static void item(unsigned psi, int optional_nas, bool slice, bool sd, bool transfer, bool extension)
{
	static struct per s;

	per_bits(&value, 0, 1);
	if (optional_nas >= 0)
		per_bits(&value, optional_nas > 0, 1);
	per_bits(&value, extension, 1);
	per_int(&value, psi, 0, 255);
	if (optional_nas > 0)
		per_string(&value, view_of("\x7e\x00\x68\x01\x00\x05\x2e\x05\x01\xd3\x24", 11));
	if (slice)
		snssai(&value, sd);
	if (transfer) {
		per_string(&value, per_view(&tr));
		per_init(&tr);
	}
	if (extension) {
		per_init(&s);
		snssai(&s, true);
		per_int(&value, 1, 1, 65535);
		field_to(&value, 148, per_view(&s));
	}
}

/* PDU Session Resource Setup Request Transfer. */
static void setup_request(struct view a, uint32_t teid, unsigned type, bool more)
{
	static struct per t;

	seq(&tr, 0, 0);
	per_int(&tr, more ? 5 : 3, 0, 65535);
	per_init(&t);
	tunnel(&t, a, teid);
	field_to(&tr, 139, per_view(&t));
	if (more) {
		per_init(&t);
		per_int(&t, 2, 1, 3);
		for (unsigned i = 0; i < 2; i++) {
			seq(&t, 0, 1);
			tunnel(&t, i ? v6 : v4b, teid + 1 + i);
		}
		field_to(&tr, 126, per_view(&t));
		per_init(&t);
		tunnel(&t, v4b, teid + 3);
		field_to(&tr, 195, per_view(&t));
	}
	per_init(&t);
	per_enum(&t, type, 5);
	field_to(&tr, 134, per_view(&t));
	per_init(&t);
	per_bits(&t, 0, 1);
	per_int(&t, 3, 1, 256);
	field_to(&tr, 129, per_view(&t));	/* network instance, stepped over */
}

static void cause_transfer(unsigned group, unsigned x, unsigned optional)
{
	seq(&tr, 0, optional);
	cause_to(&tr, group, x);
}

/* -- the messages -- */

static struct protovec *out;
static size_t n_out;

#define MESSAGE(name, dir, proc) end(&out[n_out++], "ngap_" name, dir, proc)

static void ue_messages(void)
{
	begin();
	ran_id(7);
	nas("\x7e\x00\x41\x79\x00\x0d\x01\x00\xf1\x10\x00\x00\x00\x00\x00\x00\x00\x00\x10\x2e\x02\xf0\xf0", 23);
	location_nr(UINT64_C(0x123456789), 0x000102, 0xe5d4c3b2);
	per_enum(&value, 3, 9);
	field(90);				/* RRC establishment cause */
	seq(&value, 0, 1);
	per_bits(&value, 0x155, 10);
	per_bits(&value, 0x2a, 6);
	per_octets(&value, "\xde\xad\xbe\xef", 4);
	field(26);
	per_octets(&value, "?", 1);
	field(60001);				/* nobody knows it */
	MESSAGE("initial_ue", 0, 15);

	begin();
	ids(UINT64_C(0xff00000001), 7);
	nas("\x7e\x00\x56\x00\x02\x00\x00", 7);
	MESSAGE("downlink_nas", 0, 4);

	begin();
	ids(1, 0xffffffff);
	nas("\x7e\x00\x5f\x17", 4);
	location_eutra(0xabcdef1, 0x00ffee);
	MESSAGE("uplink_nas", 0, 46);

	begin();
	ids(300, 70000);
	location_n3iwf();
	MESSAGE("location_report", 0, 18);

	begin();
	ids(300, 70000);
	location_tngf();
	MESSAGE("location_tngf", 0, 18);

	begin();
	ids(300, 70000);
	per_enum(&value, 0, 2);
	field(92);
	location_nr(1, 2, 0);
	MESSAGE("rrc_inactive", 0, 37);

	begin();
	ids(300, 70000);
	per_int(&value, 301, 0, UINT64_C(1099511627775));
	field(40);
	guami(162);
	MESSAGE("context_modification", 0, 40);

	begin();
	ran_id(9);
	per_string(&value, view_of("\x00\x0f\x40\x03\x00\x00\x00", 7));
	field(42);
	per_bits(&value, 0x155, 10);
	field(3);
	MESSAGE("reroute", 0, 36);
}

static void release_messages(void)
{
	begin();
	ids(5, 6);
	begin_list(2);
	item(1, -1, false, false, false, false);
	item(2, -1, false, false, false, false);
	field(133);
	cause(0, 20);
	MESSAGE("release_request", 0, 42);

	begin();
	per_int(&value, 0, 0, 2);
	seq(&value, 0, 1);
	per_int(&value, 5, 0, UINT64_C(1099511627775));
	per_int(&value, 6, 0, UINT32_MAX);
	field(114);
	cause(2, 2);
	MESSAGE("release_command", 0, 41);

	begin();
	per_int(&value, 1, 0, 2);
	per_int(&value, 0x1234567, 0, UINT64_C(1099511627775));
	field(114);
	cause(2, 4);				/* behind the extension marker */
	MESSAGE("release_command_amf", 0, 41);

	begin();
	ids(5, 6);
	location_nr(UINT64_C(0xfffffffff), 0xffffff, 0);
	begin_list(1);
	item(200, -1, false, false, false, false);
	field(60);
	MESSAGE("release_complete", 1, 41);
}

static void session_messages(void)
{
	begin();
	ids(1, 2);
	guami(28);
	begin_list(2);
	setup_request(v4a, 0x11, 2, true);
	item(5, 1, true, true, true, false);
	setup_request(v6, 0x21, 0, false);
	item(6, 0, true, false, true, false);
	field(71);
	nas("\x7e\x00\x42\x01\x01", 5);
	MESSAGE("context_setup_request", 0, 14);

	begin();
	ids(1, 2);
	begin_list(1);
	seq(&tr, 15, 4);
	dl_info(&tr, v4b, 0x31);
	per_int(&tr, 1, 1, 3);
	seq(&tr, 0, 1);
	dl_info(&tr, both, 0x32);
	security_result(&tr);
	flow_list(&tr, WITH_CAUSE);
	unknown_extension(&tr);
	item(5, -1, false, false, true, false);
	field(72);
	begin_list(1);
	cause_transfer(1, 0, 2);
	item(6, -1, false, false, true, false);
	field(55);
	MESSAGE("context_setup_response", 1, 14);

	begin();
	ids(1, 2);
	begin_list(1);
	cause_transfer(4, 1, 2);
	item(6, -1, false, false, true, false);
	field(132);
	cause(3, 6);
	MESSAGE("context_setup_failure", 2, 14);

	begin();
	ids(1, 2);
	begin_list(2);
	setup_request(both, 0x41, 3, false);
	item(1, 1, true, true, true, false);
	setup_request(v4a, 0xffffffff, 4, false);
	item(255, 0, true, false, true, false);
	field(74);
	MESSAGE("setup_request", 0, 29);

	begin();
	ids(1, 2);
	begin_list(1);
	seq(&tr, 0, 4);
	dl_info(&tr, v4b, 0x51);
	item(1, -1, false, false, true, false);
	field(75);
	begin_list(1);
	cause_transfer(0, 46, 2);
	item(255, -1, false, false, true, false);
	field(58);
	MESSAGE("setup_response", 1, 29);

	begin();
	ids(1, 2);
	begin_list(1);
	{
		static struct per t;

		seq(&tr, 0, 0);
		per_int(&tr, 1, 0, 65535);
		per_init(&t);
		per_int(&t, 1, 1, 4);
		seq(&t, 0, 1);
		tunnel(&t, v4a, 0x61);
		tunnel(&t, v4b, 0x51);
		field_to(&tr, 140, per_view(&t));
	}
	item(1, 1, false, false, true, true);
	field(64);
	MESSAGE("modify_request", 0, 26);

	begin();
	ids(1, 2);
	begin_list(1);
	seq(&tr, 62, 6);
	tunnel(&tr, v4b, 0x71);
	tunnel(&tr, v4a, 0x61);
	flow_list(&tr, PLAIN);
	per_int(&tr, 1, 1, 3);
	seq(&tr, 0, 1);
	dl_info(&tr, v4b, 0x72);
	flow_list(&tr, WITH_CAUSE);
	item(1, -1, false, false, true, false);
	field(65);
	begin_list(1);
	cause_transfer(0, 27, 2);
	item(2, -1, false, false, true, false);
	field(54);
	MESSAGE("modify_response", 1, 26);

	begin();
	ids(1, 2);
	begin_list(1);
	seq(&tr, 0, 2);
	dl_info(&tr, v6, 0x81);
	item(1, -1, false, false, true, false);
	field(63);
	MESSAGE("modify_indication", 0, 27);

	begin();
	ids(1, 2);
	begin_list(1);
	seq(&tr, 4, 3);
	flow_list(&tr, PLAIN);
	tunnel(&tr, v4a, 0x91);
	per_int(&tr, 1, 1, 3);
	seq(&tr, 0, 1);
	tunnel(&tr, v4a, 0x92);
	tunnel(&tr, v4b, 0x93);
	item(1, -1, false, false, true, false);
	field(62);
	begin_list(1);
	cause_transfer(4, 3, 1);
	item(2, -1, false, false, true, false);
	field(131);
	MESSAGE("modify_confirm", 1, 27);

	begin();
	ids(1, 2);
	nas("\x7e\x00\x68\x01\x00\x05\x2e\x05\x01\xd3\x24", 11);
	begin_list(2);
	cause_transfer(2, 0, 1);
	item(1, -1, false, false, true, false);
	cause_transfer(0, 42, 1);
	item(2, -1, false, false, true, false);
	field(79);
	MESSAGE("release_resource_command", 0, 28);

	begin();
	ids(1, 2);
	begin_list(1);
	seq(&tr, 0, 1);
	item(1, -1, false, false, true, false);
	field(70);
	location_nr(9, 9, 0x12345678);		/* of the era after 2036 */
	MESSAGE("release_resource_response", 1, 28);

	begin();
	ids(1, 2);
	begin_list(1);
	seq(&tr, 0, 3);
	item(3, -1, false, false, true, false);
	field(66);
	begin_list(1);
	cause_transfer(0, 24, 1);
	item(4, -1, false, false, true, false);
	field(67);
	MESSAGE("notify", 0, 30);
}

static void handover_messages(void)
{
	begin();
	ids(1, 2);
	per_enum(&value, 0, 3);
	field(29);
	cause(0, 16);
	begin_list(1);
	seq(&tr, 0, 2);
	item(1, -1, false, false, true, false);
	field(61);
	MESSAGE("handover_required", 0, 12);

	begin();
	ids(1, 2);
	per_enum(&value, 1, 3);
	field(29);
	begin_list(1);
	seq(&tr, 8, 4);
	tunnel(&tr, v4a, 0xf1);
	item(1, -1, false, false, true, false);
	field(59);
	begin_list(1);
	cause_transfer(0, 8, 1);
	item(2, -1, false, false, true, false);
	field(78);
	MESSAGE("handover_command", 1, 12);

	begin();
	ids(1, 2);
	cause(0, 7);
	MESSAGE("handover_preparation_failure", 2, 12);

	begin();
	amf_id(11);
	per_enum(&value, 3, 3);			/* behind the extension marker: to UTRAN */
	field(29);
	cause(0, 31);
	begin_list(1);
	setup_request(v4a, 0xa1, 1, true);
	item(1, -1, true, true, true, false);
	field(73);
	guami(28);
	MESSAGE("handover_request", 0, 13);

	begin();
	ids(11, 12);
	begin_list(1);
	seq(&tr, 31, 5);
	tunnel(&tr, v4b, 0xb1);
	tunnel(&tr, v4b, 0xb2);			/* forwarding: not ours */
	security_result(&tr);
	flow_list(&tr, FORWARDED);
	flow_list(&tr, WITH_CAUSE);
	per_int(&tr, 1, 1, 32);			/* one bearer's forwarding tunnels */
	seq(&tr, 6, 3);
	per_bits(&tr, 0, 1);
	per_int(&tr, 4, 1, 32);
	tunnel(&tr, v4b, 0xb3);
	tunnel(&tr, v4b, 0xb4);
	{
		static struct per t;

		per_init(&t);
		per_int(&t, 1, 1, 3);
		seq(&t, 2, 2);
		tunnel(&t, v6, 0xb5);
		flow_list(&t, FORWARDED);
		tunnel(&t, v6, 0xb6);
		per_int(&tr, 1, 1, 65535);
		field_to(&tr, 153, per_view(&t));
	}
	item(1, -1, false, false, true, false);
	field(53);
	begin_list(1);
	cause_transfer(0, 13, 2);
	item(2, -1, false, false, true, false);
	field(56);
	MESSAGE("handover_ack", 1, 13);

	begin();
	amf_id(11);
	cause(0, 13);
	MESSAGE("handover_failure", 2, 13);

	begin();
	ids(11, 12);
	location_nr(3, 4, 0);
	MESSAGE("handover_notify", 0, 11);

	begin();
	ids(1, 2);
	cause(0, 5);
	MESSAGE("handover_cancel", 0, 10);

	begin();
	ran_id(13);
	per_int(&value, 1, 0, UINT64_C(1099511627775));
	field(100);
	location_nr(5, 6, 0);
	begin_list(1);
	seq(&tr, 7, 3);
	tunnel(&tr, v4b, 0xc1);
	per_enum(&tr, 0, 1);
	seq(&tr, 0, 1);
	security_result(&tr);
	security_indication(&tr);
	flow_list(&tr, PLAIN);
	{
		static struct per t;

		per_init(&t);
		per_int(&t, 1, 1, 3);
		seq(&t, 0, 1);
		dl_info(&t, v4b, 0xc2);
		per_int(&tr, 1, 1, 65535);
		field_to(&tr, 155, per_view(&t));
	}
	item(1, -1, false, false, true, false);
	field(76);
	begin_list(1);
	cause_transfer(0, 3, 1);
	item(2, -1, false, false, true, false);
	field(57);
	MESSAGE("path_switch", 0, 25);

	begin();
	ids(1, 13);
	begin_list(1);
	seq(&tr, 7, 3);
	tunnel(&tr, v4a, 0xd1);
	security_indication(&tr);
	{
		static struct per t;

		per_init(&t);
		per_int(&t, 1, 1, 3);
		seq(&t, 0, 1);
		tunnel(&t, v4a, 0xd2);
		tunnel(&t, v4b, 0xd3);
		per_int(&tr, 1, 1, 65535);
		field_to(&tr, 154, per_view(&t));
	}
	item(1, -1, false, false, true, false);
	field(77);
	begin_list(1);
	cause_transfer(0, 22, 1);
	item(2, -1, false, false, true, false);
	field(68);
	MESSAGE("path_switch_ack", 1, 25);

	begin();
	ids(1, 13);
	begin_list(1);
	cause_transfer(0, 0, 1);
	item(1, -1, false, false, true, false);
	field(69);
	MESSAGE("path_switch_failure", 2, 25);
}

static void name(unsigned id, const char *text)
{
	per_bits(&value, 0, 1);
	per_int(&value, strlen(text), 1, 150);
	per_octets(&value, text, strlen(text));
	field(id);
}

static void connections(void)
{
	per_length(&value, 3);
	seq(&value, 6, 3);
	per_int(&value, 5, 0, UINT64_C(1099511627775));
	per_int(&value, 6, 0, UINT32_MAX);
	seq(&value, 4, 3);
	per_int(&value, 7, 0, UINT64_C(1099511627775));
	seq(&value, 2, 3);
	per_int(&value, 8, 0, UINT32_MAX);
}

static void interface_messages(void)
{
	begin();
	name(82, "gnb-west-1");
	MESSAGE("setup_ran", 0, 21);

	begin();
	name(1, "amf.example");
	MESSAGE("setup_amf", 1, 21);

	begin();
	name(1, "short");
	seq(&value, 4, 3);			/* Extended AMF Name, the VisibleString form */
	name(274, "amf-long.example");
	MESSAGE("setup_amf_long", 1, 21);

	begin();
	cause(4, 2);
	per_int(&value, 0, 0, 2);
	per_enum(&value, 0, 1);
	field(88);
	MESSAGE("reset_all", 0, 20);

	begin();
	cause(4, 2);
	per_int(&value, 1, 0, 2);
	connections();
	field(88);
	MESSAGE("reset_some", 0, 20);

	begin();
	connections();
	field(111);
	MESSAGE("reset_ack", 1, 20);

	begin();
	ids(1, 2);
	MESSAGE("other_procedure", 0, 44);
}

size_t protovec_ngap(struct protovec *to)
{
	out = to;
	n_out = 0;
	per_init(&value);
	per_init(&tr);
	ue_messages();
	release_messages();
	session_messages();
	handover_messages();
	interface_messages();
	return n_out;
}
