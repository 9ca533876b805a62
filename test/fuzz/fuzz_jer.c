/* fuzz_jer.c: octets as text under every root: well-formed whatever they are, and with a fault where something is unread;
 * and as a PS-PDU in every form of lidump. */
#include "asn1/lidump.h"
#include "test/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcapwr pcap;
	struct buf out;

	buf_init(&out, 64u << 20);
	for (enum jer_root root = JER_PS_PDU; root <= JER_LINOTIFICATION; root++) {
		struct jer_fault f;

		out.n = 0;
		if (jer_walk(JER_TREE, root, view_of(data, size), 0, 0, &out, &f) == LI_OK && f.err && (f.at > size || !f.what))
			__builtin_trap();
		out.n = 0;
		if (jer_walk(JER_JSON, root, view_of(data, size), 0, 0, &out, &f) == LI_OK && size < 300 && !json_ok(buf_view(&out)))
			__builtin_trap();
	}
	buf_fini(&out);
	if (pcapwr_init(&pcap))
		return 0;
	for (enum lidump_form form = LIDUMP_JSON; form <= LIDUMP_SILENT; form++) {
		struct lidump d = { .form = form, .pcap = &pcap };

		buf_init(&d.text, LIDUMP_TEXT_MAX);
		if (lidump_heading(&d, false))
			__builtin_trap();
		d.text.n = 0;
		if (lidump_ps(&d, view_of(data, size), 0))
			__builtin_trap();
		if (form == LIDUMP_JSON && size < 300 && !json_ok(buf_view(&d.text)))
			__builtin_trap();
		if (lidump_totals(&d, false))
			__builtin_trap();
		buf_fini(&d.text);
		buf_fini(&d.opened);
		pcap.out.n = 0;
	}
	pcapwr_fini(&pcap);
	return 0;
}
