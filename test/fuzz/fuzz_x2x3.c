/* fuzz_x2x3.c: a stream of X2/X3 PDUs, framed, read, and shown in every form. */
#include <li/x2x3.h>

#include "asn1/lidump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = view_of(data, size);
	struct pcapwr pcap;
	size_t n;

	if (pcapwr_init(&pcap))
		return 0;
	while (v.n && li_x_next(v, &n) == LI_OK) {
		if (n < 40 || n > v.n)
			__builtin_trap();
		for (enum lidump_form f = LIDUMP_JSON; f <= LIDUMP_SILENT; f++) {
			struct lidump d = { .form = f, .pcap = &pcap };

			buf_init(&d.text, LIDUMP_TEXT_MAX);
			if (lidump_heading(&d, true))
				__builtin_trap();
			d.text.n = 0;
			if (lidump_x(&d, view_of(v.p, n), 0))
				__builtin_trap();
			if (d.text.n && d.text.p[d.text.n - 1] != '\n')
				__builtin_trap();
			if (lidump_totals(&d, true))
				__builtin_trap();
			buf_fini(&d.text);
			pcap.out.n = 0;
		}
		v = view_of(v.p + n, v.n - n);
	}
	pcapwr_fini(&pcap);
	return 0;
}
