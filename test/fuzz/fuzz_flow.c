/* fuzz_flow.c: frames of one parser, one after another, so that fragments meet. Input: link type, then frames, each with
 * two octets of length in front. Views must stay inside the packet they are views of. */
#include <pcap/dlt.h>
#include <stdlib.h>

#include <li/rd.h>
#include "mediation/tap/flow.h"
#include "mediation/tap/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct view v, struct view outer)
{
	if (v.n && (v.p < outer.p || v.p + v.n > outer.p + outer.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int dlt[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW, DLT_NULL, DLT_LOOP, DLT_IPV4, 147 };
	static const uint8_t key[16];
	struct rd r = rd_of(view_of(data, size));
	int link = dlt[rd_u8(&r) % 8];
	struct flow_parser *p = flow_parser_new();
	struct dedup *d = dedup_new(key);

	for (li_us t = 0; p && d && rd_left(&r); t += 1000) {
		struct view v = rd_take(&r, rd_u16(&r));
		struct flow f;

		switch (flow_parse(p, link, t, 0, v, (uint32_t)v.n, &f)) {
		case FLOW_GPDU:
			inside(f.gtpu, f.ip);
			inside(f.inner, f.gtpu);
			(void)dedup_seen(d, t, f.ip);
			break;
		case FLOW_PFCP: case FLOW_SCTP:
			inside(f.l4, f.ip);
			(void)dedup_seen(d, t, f.ip);
			break;
		default:
			break;
		}
		(void)dedup_seen(d, t, v);
	}
	flow_parser_free(p);
	dedup_free(d);
	return 0;
}
