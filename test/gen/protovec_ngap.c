/* protovec_ngap.c: NGAP messages of UEs, their sessions and the interface. */
#include "test/gen/protovec_ngap.h"

#include "test/gen/protovec_ie.h"

/* -- the messages -- */

static struct protovec *out;
static size_t n_out;

#define MESSAGE(name, dir, proc) ie_end(&out[n_out++], "ngap_" name, dir, proc)

static void ue_messages(void)
{
	ie_begin();
	ie_ran_id(7);
	ie_nas("\x7e\x00\x41\x79\x00\x0d\x01\x00\xf1\x10\x00\x00\x00\x00\x00\x00\x00\x00\x10\x2e\x02\xf0\xf0", 23);
	ie_location_nr(UINT64_C(0x123456789), 0x000102, 0xe5d4c3b2);
	per_enum(&ie_value, 3, 9);
	ie_field(90);				/* RRC establishment cause */
	ie_seq(&ie_value, 0, 1);
	per_bits(&ie_value, 0x155, 10);
	per_bits(&ie_value, 0x2a, 6);
	per_octets(&ie_value, "\xde\xad\xbe\xef", 4);
	ie_field(26);
	per_octets(&ie_value, "?", 1);
	ie_field(60001);				/* nobody knows it */
	MESSAGE("initial_ue", 0, 15);

	ie_begin();
	ie_ids(UINT64_C(0xff00000001), 7);
	ie_nas("\x7e\x00\x56\x00\x02\x00\x00", 7);
	MESSAGE("downlink_nas", 0, 4);

	ie_begin();
	ie_ids(1, 0xffffffff);
	ie_nas("\x7e\x00\x5f\x17", 4);
	ie_location_eutra(0xabcdef1, 0x00ffee);
	MESSAGE("uplink_nas", 0, 46);

	ie_begin();
	ie_ids(300, 70000);
	ie_location_n3iwf();
	MESSAGE("location_report", 0, 18);

	ie_begin();
	ie_ids(300, 70000);
	ie_location_tngf();
	MESSAGE("location_tngf", 0, 18);

	ie_begin();
	ie_ids(300, 70000);
	per_enum(&ie_value, 0, 2);
	ie_field(92);
	ie_location_nr(1, 2, 0);
	MESSAGE("rrc_inactive", 0, 37);

	ie_begin();
	ie_ids(300, 70000);
	per_int(&ie_value, 301, 0, UINT64_C(1099511627775));
	ie_field(40);
	ie_guami(162);
	MESSAGE("context_modification", 0, 40);

	ie_begin();
	ie_ran_id(9);
	per_string(&ie_value, view_of("\x00\x0f\x40\x03\x00\x00\x00", 7));
	ie_field(42);
	per_bits(&ie_value, 0x155, 10);
	ie_field(3);
	MESSAGE("reroute", 0, 36);
}

static void release_messages(void)
{
	ie_begin();
	ie_ids(5, 6);
	ie_begin_list(2);
	ie_item(1, -1, false, false, false, false);
	ie_item(2, -1, false, false, false, false);
	ie_field(133);
	ie_cause(0, 20);
	MESSAGE("release_request", 0, 42);

	ie_begin();
	per_int(&ie_value, 0, 0, 2);
	ie_seq(&ie_value, 0, 1);
	per_int(&ie_value, 5, 0, UINT64_C(1099511627775));
	per_int(&ie_value, 6, 0, UINT32_MAX);
	ie_field(114);
	ie_cause(2, 2);
	MESSAGE("release_command", 0, 41);

	ie_begin();
	per_int(&ie_value, 1, 0, 2);
	per_int(&ie_value, 0x1234567, 0, UINT64_C(1099511627775));
	ie_field(114);
	ie_cause(2, 4);				/* behind the extension marker */
	MESSAGE("release_command_amf", 0, 41);

	ie_begin();
	ie_ids(5, 6);
	ie_location_nr(UINT64_C(0xfffffffff), 0xffffff, 0);
	ie_begin_list(1);
	ie_item(200, -1, false, false, false, false);
	ie_field(60);
	MESSAGE("release_complete", 1, 41);
}

static void session_messages(void)
{
	ie_begin();
	ie_ids(1, 2);
	ie_guami(28);
	ie_begin_list(2);
	ie_setup_request(ie_v4a, 0x11, 2, true);
	ie_item(5, 1, true, true, true, false);
	ie_setup_request(ie_v6, 0x21, 0, false);
	ie_item(6, 0, true, false, true, false);
	ie_field(71);
	ie_nas("\x7e\x00\x42\x01\x01", 5);
	MESSAGE("context_setup_request", 0, 14);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 15, 4);
	ie_dl_info(&ie_transfer, ie_v4b, 0x31);
	per_int(&ie_transfer, 1, 1, 3);
	ie_seq(&ie_transfer, 0, 1);
	ie_dl_info(&ie_transfer, ie_both, 0x32);
	ie_security_result(&ie_transfer);
	ie_flow_list(&ie_transfer, WITH_CAUSE, 62);
	ie_unknown_extension(&ie_transfer);
	ie_item(5, -1, false, false, true, false);
	ie_field(72);
	ie_begin_list(1);
	ie_cause_transfer(1, 0, 2);
	ie_item(6, -1, false, false, true, false);
	ie_field(55);
	MESSAGE("context_setup_response", 1, 14);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	ie_cause_transfer(4, 1, 2);
	ie_item(6, -1, false, false, true, false);
	ie_field(132);
	ie_cause(3, 6);
	MESSAGE("context_setup_failure", 2, 14);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(2);
	ie_setup_request(ie_both, 0x41, 3, false);
	ie_item(1, 1, true, true, true, false);
	ie_setup_request(ie_v4a, 0xffffffff, 4, false);
	ie_item(255, 0, true, false, true, false);
	ie_field(74);
	MESSAGE("setup_request", 0, 29);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 0, 4);
	ie_dl_info(&ie_transfer, ie_v4b, 0x51);
	ie_item(1, -1, false, false, true, false);
	ie_field(75);
	ie_begin_list(1);
	ie_cause_transfer(0, 46, 2);
	ie_item(255, -1, false, false, true, false);
	ie_field(58);
	MESSAGE("setup_response", 1, 29);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	{
		static struct per t;

		ie_seq(&ie_transfer, 0, 0);
		per_int(&ie_transfer, 2, 0, 65535);
		per_init(&t);
		per_int(&t, 1, 1, 4);
		ie_seq(&t, 0, 1);
		ie_tunnel(&t, ie_v4a, 0x61);
		ie_tunnel(&t, ie_v4b, 0x51);
		ie_field_to(&ie_transfer, 140, per_view(&t));
		per_init(&t);
		ie_flow_list(&t, WITH_CAUSE, 5);
		ie_field_to(&ie_transfer, 137, per_view(&t));
	}
	ie_item(1, 1, false, false, true, true);
	ie_field(64);
	MESSAGE("modify_request", 0, 26);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 62, 6);
	ie_tunnel(&ie_transfer, ie_v4b, 0x71);
	ie_tunnel(&ie_transfer, ie_v4a, 0x61);
	ie_flow_list(&ie_transfer, PLAIN, 7);
	per_int(&ie_transfer, 1, 1, 3);
	ie_seq(&ie_transfer, 0, 1);
	ie_dl_info(&ie_transfer, ie_v4b, 0x72);
	ie_flow_list(&ie_transfer, WITH_CAUSE, 62);
	ie_item(1, -1, false, false, true, false);
	ie_field(65);
	ie_begin_list(1);
	ie_cause_transfer(0, 27, 2);
	ie_item(2, -1, false, false, true, false);
	ie_field(54);
	MESSAGE("modify_response", 1, 26);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 0, 2);
	ie_dl_info(&ie_transfer, ie_v6, 0x81);
	ie_item(1, -1, false, false, true, false);
	ie_field(63);
	MESSAGE("modify_indication", 0, 27);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 4, 3);
	ie_flow_list(&ie_transfer, PLAIN, 9);
	ie_tunnel(&ie_transfer, ie_v4a, 0x91);
	per_int(&ie_transfer, 1, 1, 3);
	ie_seq(&ie_transfer, 0, 1);
	ie_tunnel(&ie_transfer, ie_v4a, 0x92);
	ie_tunnel(&ie_transfer, ie_v4b, 0x93);
	ie_item(1, -1, false, false, true, false);
	ie_field(62);
	ie_begin_list(1);
	ie_cause_transfer(4, 3, 1);
	ie_item(2, -1, false, false, true, false);
	ie_field(131);
	MESSAGE("modify_confirm", 1, 27);

	ie_begin();
	ie_ids(1, 2);
	ie_nas("\x7e\x00\x68\x01\x00\x05\x2e\x05\x01\xd3\x24", 11);
	ie_begin_list(2);
	ie_cause_transfer(2, 0, 1);
	ie_item(1, -1, false, false, true, false);
	ie_cause_transfer(0, 42, 1);
	ie_item(2, -1, false, false, true, false);
	ie_field(79);
	MESSAGE("release_resource_command", 0, 28);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 0, 1);
	ie_item(1, -1, false, false, true, false);
	ie_field(70);
	ie_location_nr(9, 9, 0x12345678);		/* of the era after 2036 */
	MESSAGE("release_resource_response", 1, 28);

	ie_begin();
	ie_ids(1, 2);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 6, 3);
	ie_flow_list(&ie_transfer, NOTIFIED, 3);
	ie_flow_list(&ie_transfer, WITH_CAUSE, 21);
	ie_item(3, -1, false, false, true, false);
	ie_field(66);
	ie_begin_list(1);
	ie_cause_transfer(0, 24, 1);
	ie_item(4, -1, false, false, true, false);
	ie_field(67);
	MESSAGE("notify", 0, 30);
}

static void name(unsigned id, const char *text)
{
	per_bits(&ie_value, 0, 1);
	per_int(&ie_value, strlen(text), 1, 150);
	per_octets(&ie_value, text, strlen(text));
	ie_field(id);
}

static void connections(void)
{
	per_length(&ie_value, 3);
	ie_seq(&ie_value, 6, 3);
	per_int(&ie_value, 5, 0, UINT64_C(1099511627775));
	per_int(&ie_value, 6, 0, UINT32_MAX);
	ie_seq(&ie_value, 4, 3);
	per_int(&ie_value, 7, 0, UINT64_C(1099511627775));
	ie_seq(&ie_value, 2, 3);
	per_int(&ie_value, 8, 0, UINT32_MAX);
}

static void interface_messages(void)
{
	ie_begin();
	name(82, "gnb-west-1");
	MESSAGE("setup_ran", 0, 21);

	ie_begin();
	name(1, "amf.example");
	MESSAGE("setup_amf", 1, 21);

	ie_begin();
	name(1, "short");
	ie_seq(&ie_value, 4, 3);			/* Extended AMF Name, the VisibleString form */
	name(274, "amf-long.example");
	MESSAGE("setup_amf_long", 1, 21);

	ie_begin();
	ie_cause(4, 2);
	per_int(&ie_value, 0, 0, 2);
	per_enum(&ie_value, 0, 1);
	ie_field(88);
	MESSAGE("reset_all", 0, 20);

	ie_begin();
	ie_cause(4, 2);
	per_int(&ie_value, 1, 0, 2);
	connections();
	ie_field(88);
	MESSAGE("reset_some", 0, 20);

	ie_begin();
	connections();
	ie_field(111);
	MESSAGE("reset_ack", 1, 20);

	ie_begin();
	ie_ids(1, 2);
	MESSAGE("other_procedure", 0, 44);
}

size_t protovec_ngap(struct protovec *to)
{
	out = to;
	n_out = 0;
	per_init(&ie_value);
	per_init(&ie_transfer);
	ue_messages();
	release_messages();
	session_messages();
	n_out += protovec_move(to + n_out);
	interface_messages();
	return n_out;
}
