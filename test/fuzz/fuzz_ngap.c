/* fuzz_ngap.c: an NGAP-PDU. */
#include "mediation/proto/ngap.h"
#include "test/fuzz/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void items(const struct ngap_item *i, size_t n)
{
	if (n > NGAP_ITEMS)
		abort();
	for (; n--; i++) {
		touch(i->nas);
		if (i->n_ul > NGAP_TUNNELS || i->n_dl > NGAP_TUNNELS || i->pdu_type > 5 || i->cause.group > 4)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ngap_msg m;
	const char *what;
	size_t at;
	enum li_err e = ngap_decode(view_of(data, size), &m, &at, &what);

	touch_error(e, what, at, size);
	items(m.item, m.n_items);
	items(m.released, m.n_released);
	touch(m.nas);
	touch(m.ran_name);
	touch(m.amf_name);
	touch(m.rerouted);
	touch_text(m.guami.plmn.mcc, sizeof(m.guami.plmn.mcc));
	touch_text(m.location.tai_plmn.mnc, sizeof(m.location.tai_plmn.mnc));
	if (m.n_reset > NGAP_RESETS || m.cause.group > 4 || m.location.cell >> 36)
		abort();
	return 0;
}
