/* fuzz_xpdu.c: the attributes of a PDU of X2 or X3: what is read of them lies inside the PDU and is what li_x_attr_find() finds; its AXRI
 * gives as many products as it says; numbers in any order are followed without a miscount. */
#include "mediation/x/pdu.h"
#include "mediation/x/track.h"

#include <li/rd.h>

#include "touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const struct li_x_pdu *h, struct view v)
{
	if (v.n && (v.p < h->attributes.p || v.p + v.n > h->attributes.p + h->attributes.n))
		abort();
	touch(v);
}

/* A type whose length varies: the first one of it. */
static void first(const struct li_x_pdu *h, uint16_t type, struct view got)
{
	struct view v;

	inside(h, got);
	(void)li_x_attr_find(h, type, &v);
	if (!view_eq(v, got))
		abort();
}

static void one(const struct li_x_pdu *h)
{
	static struct x_pdu p;
	struct view v, rest = h->attributes;
	uint32_t s, ns;
	unsigned n = 0;

	memset(&p, 0xa5, sizeof(p));
	x_pdu_read(h, &p);
	first(h, LI_XA_DOMAIN_ID, p.domain);
	first(h, LI_XA_NFID, p.nfid);
	first(h, LI_XA_IPID, p.ipid);
	first(h, LI_XA_SDP, p.sdp);
	first(h, LI_XA_MIME_TYPE, p.mime_type);
	first(h, LI_XA_MIME_ENCODING, p.mime_encoding);
	if (p.has_sequence != li_x_attr_find(h, LI_XA_SEQUENCE, &v))
		abort();
	if (p.has_time && (!li_x_time(h, &s, &ns) || p.time != (li_us)s * LI_US_SECOND + ns / 1000))
		abort();
	if (p.n_matched > X_TARGETS_MAX || p.n_other > X_TARGETS_MAX || p.direction < LI_XD_UNKNOWN || p.direction > LI_XD_NA || p.odd >> X_ODDITIES)
		abort();
	for (unsigned i = 0; i < p.n_matched; i++)
		inside(h, p.matched[i]);
	for (unsigned i = 0; i < p.n_other; i++)
		inside(h, p.other[i]);
	if (p.flow.has & X_FLOW_SOURCE && p.flow.source.family != 4 && p.flow.source.family != 6)
		abort();
	for (; x_pdu_next(&p, &rest); n++)
		if (p.pdu != h)
			abort();
	if (n != p.n_axri)
		abort();
}

/* Each two octets: how far from the last number, how its time is, which connection. */
static void follow(struct view v)
{
	struct track t;
	struct track_news news;
	struct rd r = rd_of(v);
	uint32_t seq = rd_u32(&r);
	li_us now = 1000000, time = 1000000;

	track_init(&t);
	while (rd_left(&r) >= 2) {
		uint8_t a = rd_u8(&r), b = rd_u8(&r);
		uint32_t step = (b & 3) == 3 ? (uint32_t)a << 23 : (b & 3) == 2 ? a * 3u : a % 3;
		enum track_verdict is;

		seq = b & 4 ? seq - step : seq + step;
		now += a * 10000;
		time += b & 8 ? -(li_us)a * 1000 : (li_us)a * 1000;
		is = track_feed(&t, seq, b & 16, time, b >> 6, now, &news);
		if (is == TRACK_NEXT && news.found)
			abort();
		if (news.lost > UINT32_MAX || (news.lost && news.to - news.from + UINT64_C(1) < news.lost))
			abort();
		if (b & 32 && track_tick(&t, now, &news) != (news.lost > 0))
			abort();
		if (track_waits(&t) && !(~t.seen))
			abort();
	}
	(void)track_end(&t, &news);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = view_of(data, size), all = v;
	struct li_x_pdu h;
	size_t n;

	for (; !li_x_next(v, &n); v = view_of(v.p + n, v.n - n)) {
		if (li_x_decode(view_of(v.p, n), &h))
			abort();
		one(&h);
	}
	follow(all);
	return 0;
}
