/* fuzz_sctp.c: SCTP packets, each after its length in two octets, of which the highest bit turns the direction round
 * and the next lets time pass. */
#include <li/rd.h>

#include "mediation/proto/ngap.h"
#include "test/fuzz/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void message(void *arg, const struct sctp_message *m)
{
	(void)arg;
	if (m->data.n == 0)
		abort();
	touch(m->data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct li_addr a = li_addr4("\x0a\x00\x00\x01"), b = li_addr4("\x0a\x00\x00\x02");
	struct rd r = rd_of(view_of(data, size));
	struct sctp *s = sctp_new();
	li_us t = 0;

	if (!s)
		return 0;
	while (rd_left(&r)) {
		uint16_t head = rd_u16(&r);
		struct view v = rd_take(&r, (head & 0x3fff) < rd_left(&r) ? head & 0x3fff : rd_left(&r));
		const char *what;
		enum li_err e;

		if (head & 0x4000)
			t += 20 * LI_US_SECOND;
		e = sctp_packet(s, t, head & 0x8000 ? &b : &a, head & 0x8000 ? &a : &b, v, message, NULL, &what);
		touch_error(e, what, 0, v.n);
	}
	sctp_free(s);
	return 0;
}
