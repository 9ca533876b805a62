/* fuzz_nas5gs.c: a NAS PDU, read with and without NEA0; and what it contains. */
#include "mediation/proto/nas5gs.h"
#include "test/fuzz/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one(struct view v, bool nea0, unsigned depth)
{
	struct nas_msg m;
	const char *what;
	enum li_err e = nas_decode(v, nea0, &m, &what);

	touch_error(e, what, 0, v.n);
	touch(m.id.nai);
	touch(m.id.suci);
	touch(m.container);
	touch(m.dnn);
	touch(m.dn_request);
	touch_text(m.id.imsi, sizeof(m.id.imsi));
	touch_text(m.id.digits, sizeof(m.id.digits));
	touch_text(m.imeisv, sizeof(m.imeisv));
	if (m.ciphered && (m.mm || m.sm || m.has_identity))
		abort();
	if (m.container.n && depth < 8)
		one(m.container, nea0, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	one(view_of(data, size), false, 0);
	one(view_of(data, size), true, 0);
	return 0;
}
