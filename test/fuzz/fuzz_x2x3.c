/* fuzz_x2x3.c: a stream of X2/X3 PDUs, framed, read, and shown in every form; and where lidump looks for the next PDU, of either kind,
 * when the lengths of a stream lead nowhere. */
#include <li/x2x3.h>

#include "asn1/lidump.h"
#include "touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seek(bool x2x3, bool ended, struct view v)
{
	struct lidump d = { .form = LIDUMP_JSON };
	struct lidump_lost l = { .at = v.n / 2 };
	bool found;
	size_t n, at = lidump_seek(x2x3, v, ended, &found);

	if (at > v.n || (found && at == v.n) || (ended && !found && at != v.n))
		__builtin_trap();
	if (found && lidump_frame(x2x3, view_of(v.p + at, v.n - at), &n) == LI_EPEER)
		__builtin_trap();
	l.next = at;
	l.found = found;
	l.cut = ended && !found;
	lidump_say_lost(x2x3, v, &l);
	touch_text(l.why, sizeof(l.why));
	buf_init(&d.text, LIDUMP_TEXT_MAX);
	if (lidump_tell_lost(&d, &l) || d.faults != 1)
		__builtin_trap();
	buf_fini(&d.text);
}

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
	for (unsigned i = 0; i < 4; i++)
		seek(i & 1, i & 2, view_of(data, size));
	return 0;
}
