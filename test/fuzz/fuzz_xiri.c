/* fuzz_xiri.c: a payload of X2 becomes one of HI2, or does not; and the same octets as an identity of X1. What is written is read
 * again: it holds the event as it came. */
#include "asn1/identity.h"
#include "asn1/xid.h"
#include "asn1/xiri.h"
#include "touch.h"

#define IDS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mediate(const struct xiri *x, const struct li_id *id)
{
	static const struct { uint8_t release, version; } to[] = { { 19, 3 }, { 16, 5 }, { 18, 9 } };
	struct li_id seen[IDS];
	struct li_target_id ids[IDS + 2];
	size_t n = xiri_observed(x, seen, IDS);
	struct buf out = { 0 };
	struct xiri again;

	for (size_t i = 0; i < n; i++) {
		touch(seen[i].text);
		if (!identity_known(&seen[i], UINT8_MAX))
			__builtin_trap();
		ids[i] = (struct li_target_id){ seen[i], LI_PROV_OBSERVED };
	}
	ids[n++] = (struct li_target_id){ *id, LI_PROV_MATCHED };
	ids[n++] = (struct li_target_id){ *id, LI_PROV_OTHER };
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		struct li_iri_env env = { to[i].release, to[i].version, ids, n };
		enum li_err e;

		out.n = 0;
		(void)xiri_fits(x->tag, env.release, env.version);
		e = xiri_iri(x, &env, &out);
		if (e == LI_ENOMEM)
			break;
		if ((e != LI_OK) != (x->is->route != XIRI_SHARED))
			__builtin_trap();
		if (e)
			continue;
		if (xiri_read(buf_view(&out), &again) != LI_OK && out.n <= LI_PDU_MAX)
			__builtin_trap();
		if (out.n <= LI_PDU_MAX && (!view_eq(again.event, x->event) || again.release != env.release || again.tag != x->tag))
			__builtin_trap();
	}
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char to[XID_TEXT];
	struct li_id id;
	struct xiri x;

	if (xid_identity(view_of(data, size), to, &id) == LI_OK) {
		touch(id.text);
		if (!identity_known(&id, UINT8_MAX))
			__builtin_trap();
	} else if (id.kind != LI_ID_NONE) {
		__builtin_trap();
	}
	touch_text(to, sizeof(to));
	if (xiri_read(view_of(data, size), &x) != LI_OK)
		return 0;
	touch(x.oid);
	touch(x.event);
	touch(x.body);
	mediate(&x, &id);
	return 0;
}
