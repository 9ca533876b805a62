/* fuzz_xiri.c: a payload of X2 becomes one of HI2, or does not; the same octets as a record of TS 33.108, as records of TS 102 232, as
 * a SIP message and as an identity of X1. What is written is read again: it holds the event as it came. */
#include <li/x2x3.h>

#include "asn1/contents.h"
#include "asn1/identity.h"
#include "asn1/ims.h"
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

static void others(struct view v)
{
	static const struct li_liid liid = { 5, "LI-42" };
	static const struct li_id me[] = { { .kind = LI_ID_SIP_URI, .text = { (const uint8_t *)"sip:a@b", 7 } },
		{ .kind = LI_ID_E164, .text = { (const uint8_t *)"1", 1 } } };
	const struct ims_party target = { me, 2 };
	struct buf room = { 0 };
	struct ims_sip sip = { .message = v, .session = IMS_COMBINED };
	struct view rest, again;
	struct ps_iri iri;
	struct xiri x;
	enum li_err e;
	bool any;
	li_us time;

	for (unsigned eps = 0; eps < 2; eps++)
		if (contents_33108(v, eps, &liid, &room, &iri) == LI_OK)
			touch(iri.octets);
	e = contents_102232(v, &rest);
	while (!e) {
		size_t left = rest.n;

		e = contents_next(&rest, &room, &iri, &any, &time);
		touch(iri.octets);
		if (e != LI_OK && e != LI_ECLOSED && rest.n < left)
			e = LI_OK;	/* the next one may be right */
	}
	if (v.n && (ims_message(&sip, &room, &x, &any) != LI_OK || !ims_sip_of(&x, &again) || !view_eq(again, v)))
		__builtin_trap();
	if (v.n)
		(void)ims_services(&x);
	if (ims_session_of(v, LI_XD_MULTIPLE, &target) < IMS_FROM_TARGET)
		__builtin_trap();
	buf_fini(&room);
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
	others(view_of(data, size));
	if (xiri_read(view_of(data, size), &x) != LI_OK)
		return 0;
	touch(x.oid);
	touch(x.event);
	touch(x.body);
	(void)xiri_in_scope(&x, LI_SERVICE_VOICE);
	mediate(&x, &id);
	return 0;
}
