/* ps_hi4.c: hI4Payload [7], threeGPP-LI-Notification [1]: LINotificationPayload, as DER. HO-HI4-003 */
#include "asn1/ps_hi4.h"

#include "asn1/ber.h"
#include "asn1/identity.h"
#include "asn1/oid.h"
#include "asn1/ps_head.h"

#define FIXED 128		/* heads, OID, type, two times and two booleans */
#define DELIVERY 64		/* two addresses of 16 octets, two ports, their heads */
#define LOCAL_SINCE 17		/* appliedTargetIsLocal and appliedTargetIsNonLocal */

static void put_bool(struct wr *w, unsigned tag, enum li_tri x)
{
	static const uint8_t value[] = { 0, 0, 0xff };	/* DER: X.690 clause 11.1 */

	if (x != LI_ABSENT)
		ber_put(w, BER_CTX(tag), view_of(&value[x], 1));
}

static void put_time(struct wr *w, unsigned tag, li_us t)
{
	char text[LI_GTIME_MAX];

	ber_put(w, BER_CTX(tag), view_of(text, li_gtime(t, text)));
}

/* IPAddress is a CHOICE: its tag stands around that of the alternative. */
static void put_address(struct wr *w, unsigned tag, const struct li_addr *a, uint16_t port)
{
	size_t mark;

	if (!a->family)
		return;
	ber_put_uint(w, BER_CTX(tag + 1), port);
	mark = wr_len(w);
	ber_put(w, BER_CTX(a->family == 4 ? 1 : 2), view_of(a->b, a->family == 4 ? 4 : 16));
	ber_head(w, BER_CTX_C(tag), mark);
}

static void put_deliveries(struct wr *w, const struct ps_hi4 *n)
{
	size_t all = wr_len(w);

	for (size_t i = n->n_delivery; i-- > 0; ) {
		size_t mark = wr_len(w);

		put_address(w, 3, &n->delivery[i].hi3, n->delivery[i].hi3_port);
		put_address(w, 1, &n->delivery[i].hi2, n->delivery[i].hi2_port);
		ber_head(w, BER_SEQ, mark);
	}
	if (n->n_delivery)
		ber_head(w, BER_CTX_C(3), all);
}

static void put_target(struct wr *w, const struct ps_hi4 *n)
{
	size_t mark = wr_len(w);

	if (!n->target || !identity_known(n->target, n->release))
		return;
	identity_write(w, n->target);
	ber_head(w, BER_CTX_C(2), mark);
}

static void put_notification(struct wr *w, const struct ps_hi4 *n)
{
	uint8_t oid[OID_MAX];

	if (n->release >= LOCAL_SINCE) {
		put_bool(w, 7, n->non_local);
		put_bool(w, 6, n->local);
	}
	if (n->has_end)
		put_time(w, 5, n->end);
	if (n->has_start)
		put_time(w, 4, n->start);
	put_deliveries(w, n);
	put_target(w, n);
	ber_put_uint(w, BER_CTX(1), n->type);
	ber_head(w, BER_CTX_C(1), 0);		/* lINotification */
	ber_head(w, BER_CTX_C(2), 0);		/* notification is a CHOICE */
	ber_put(w, BER_CTX(1), view_of(oid, oid_33128(n->release, n->version, OID_LINOTIFICATION, oid)));	/* LI128-004 */
	ber_head(w, BER_CTX_C(1), 0);		/* threeGPP-LI-Notification: no OCTET STRING around it */
	ber_head(w, BER_CTX_C(7), 0);
}

enum li_err ps_hi4_write(const struct ps_hi4 *n, struct buf *out)
{
	size_t most;
	struct wr w;

	if (n->n_delivery > PS_HI4_DELIVERIES || (n->has_start && !ps_time_ok(PS_TIME_GENERALIZED, n->start)) ||
	    (n->has_end && !ps_time_ok(PS_TIME_GENERALIZED, n->end)))
		return LI_ERANGE;
	most = FIXED + n->n_delivery * DELIVERY + (n->target ? identity_size(n->target) : 0);
	if (buf_need(out, most))
		return LI_ENOMEM;
	w = wr_of(out->p + out->n, most);
	put_notification(&w, n);
	if (w.err)
		return LI_EENCODE;
	memmove(out->p + out->n, w.p, wr_len(&w));	/* it was written from the end on */
	out->n += wr_len(&w);
	return LI_OK;
}

enum li_err ps_enc_hi4(const struct ps_head *h, const struct ps_hi4 *n, uint32_t number, li_us t, struct buf *out)
{
	struct buf payload;
	enum li_err e;

	buf_init(&payload, 0);
	e = ps_hi4_write(n, &payload);
	if (!e)
		e = ps_enc_payload(h, number, t, buf_view(&payload), out);
	buf_fini(&payload);
	return e;
}
