/* protovec_move.c: NGAP messages of handover and path switch. */
#include "test/gen/protovec_ngap.h"

#include "test/gen/protovec_ie.h"

static struct protovec *out;
static size_t n_out;

#define MESSAGE(name, dir, proc) ie_end(&out[n_out++], "ngap_" name, dir, proc)

size_t protovec_move(struct protovec *to)
{
	out = to;
	n_out = 0;
	ie_begin();
	ie_ids(1, 2);
	per_enum(&ie_value, 0, 3);
	ie_field(29);
	ie_cause(0, 16);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 0, 2);
	ie_item(1, -1, false, false, true, false);
	ie_field(61);
	MESSAGE("handover_required", 0, 12);

	ie_begin();
	ie_ids(1, 2);
	per_enum(&ie_value, 1, 3);
	ie_field(29);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 8, 4);
	ie_tunnel(&ie_transfer, ie_v4a, 0xf1);
	ie_item(1, -1, false, false, true, false);
	ie_field(59);
	ie_begin_list(1);
	ie_cause_transfer(0, 8, 1);
	ie_item(2, -1, false, false, true, false);
	ie_field(78);
	MESSAGE("handover_command", 1, 12);

	ie_begin();
	ie_ids(1, 2);
	ie_cause(0, 7);
	MESSAGE("handover_preparation_failure", 2, 12);

	ie_begin();
	ie_amf_id(11);
	per_enum(&ie_value, 3, 3);			/* behind the extension marker: to UTRAN */
	ie_field(29);
	ie_cause(0, 31);
	ie_begin_list(1);
	ie_setup_request(ie_v4a, 0xa1, 1, true);
	ie_item(1, -1, true, true, true, false);
	ie_field(73);
	ie_guami(28);
	MESSAGE("handover_request", 0, 13);

	ie_begin();
	ie_ids(11, 12);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 31, 5);
	ie_tunnel(&ie_transfer, ie_v4b, 0xb1);
	ie_tunnel(&ie_transfer, ie_v4b, 0xb2);			/* forwarding: not ours */
	ie_security_result(&ie_transfer);
	ie_flow_list(&ie_transfer, FORWARDED, 11);
	ie_flow_list(&ie_transfer, WITH_CAUSE, 62);
	per_int(&ie_transfer, 1, 1, 32);			/* one bearer's forwarding tunnels */
	ie_seq(&ie_transfer, 6, 3);
	per_bits(&ie_transfer, 0, 1);
	per_int(&ie_transfer, 4, 1, 32);
	ie_tunnel(&ie_transfer, ie_v4b, 0xb3);
	ie_tunnel(&ie_transfer, ie_v4b, 0xb4);
	{
		static struct per t;

		per_init(&t);
		per_int(&t, 1, 1, 3);
		ie_seq(&t, 2, 2);
		ie_tunnel(&t, ie_v6, 0xb5);
		ie_flow_list(&t, FORWARDED, 13);
		ie_tunnel(&t, ie_v6, 0xb6);
		per_int(&ie_transfer, 1, 1, 65535);
		ie_field_to(&ie_transfer, 153, per_view(&t));
	}
	ie_item(1, -1, false, false, true, false);
	ie_field(53);
	ie_begin_list(1);
	ie_cause_transfer(0, 13, 2);
	ie_item(2, -1, false, false, true, false);
	ie_field(56);
	MESSAGE("handover_ack", 1, 13);

	ie_begin();
	ie_amf_id(11);
	ie_cause(0, 13);
	MESSAGE("handover_failure", 2, 13);

	ie_begin();
	ie_ids(11, 12);
	ie_location_nr(3, 4, 0);
	MESSAGE("handover_notify", 0, 11);

	ie_begin();
	ie_ids(1, 2);
	ie_cause(0, 5);
	MESSAGE("handover_cancel", 0, 10);

	ie_begin();
	ie_ran_id(13);
	per_int(&ie_value, 1, 0, UINT64_C(1099511627775));
	ie_field(100);
	ie_location_nr(5, 6, 0);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 7, 3);
	ie_tunnel(&ie_transfer, ie_v4b, 0xc1);
	per_enum(&ie_transfer, 0, 1);
	ie_seq(&ie_transfer, 0, 1);
	ie_security_result(&ie_transfer);
	ie_security_indication(&ie_transfer);
	ie_flow_list(&ie_transfer, PLAIN, 15);
	{
		static struct per t;

		per_init(&t);
		per_int(&t, 1, 1, 3);
		ie_seq(&t, 0, 1);
		ie_dl_info(&t, ie_v4b, 0xc2);
		per_int(&ie_transfer, 1, 1, 65535);
		ie_field_to(&ie_transfer, 155, per_view(&t));
	}
	ie_item(1, -1, false, false, true, false);
	ie_field(76);
	ie_begin_list(1);
	ie_cause_transfer(0, 3, 1);
	ie_item(2, -1, false, false, true, false);
	ie_field(57);
	MESSAGE("path_switch", 0, 25);

	ie_begin();
	ie_ids(1, 13);
	ie_begin_list(1);
	ie_seq(&ie_transfer, 7, 3);
	ie_tunnel(&ie_transfer, ie_v4a, 0xd1);
	ie_security_indication(&ie_transfer);
	{
		static struct per t;

		per_init(&t);
		per_int(&t, 1, 1, 3);
		ie_seq(&t, 0, 1);
		ie_tunnel(&t, ie_v4a, 0xd2);
		ie_tunnel(&t, ie_v4b, 0xd3);
		per_int(&ie_transfer, 1, 1, 65535);
		ie_field_to(&ie_transfer, 154, per_view(&t));
	}
	ie_item(1, -1, false, false, true, false);
	ie_field(77);
	ie_begin_list(1);
	ie_cause_transfer(0, 22, 1);
	ie_item(2, -1, false, false, true, false);
	ie_field(68);
	MESSAGE("path_switch_ack", 1, 25);

	ie_begin();
	ie_ids(1, 13);
	ie_begin_list(1);
	ie_cause_transfer(0, 0, 1);
	ie_item(1, -1, false, false, true, false);
	ie_field(69);
	MESSAGE("path_switch_failure", 2, 25);
	return n_out;
}
