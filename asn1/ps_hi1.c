/* ps_hi1.c: hI1-Operation [3] and threeGPP-HI1-Operation [5] as DER. domainID is for delivery by FTP, and left out. */
#include "asn1/ps_hi1.h"

#include <stdio.h>

#include "asn1/ber.h"

#define FIXED 64		/* heads and the time */
#define TWO_DIGITS (INT64_C(2524608000) * LI_US_SECOND)	/* 2050: two digits of a year mean 1950 to 2049 (RFC 5280 clause 4.1.2.5.1) */

/* TimeStamp is a CHOICE, its tag stands around utcTime [1]. The one form that says by itself where it is of. */
static void put_time(struct wr *w, unsigned tag, li_us t)
{
	char text[LI_GTIME_MAX];
	size_t mark = wr_len(w);

	(void)li_gtime(t - t % LI_US_SECOND, text);	/* YYYYMMDDhhmmssZ */
	ber_put(w, BER_CTX(1), view_str(text + 2));
	ber_head(w, BER_CTX_C(tag), mark);
}

static void put_notification(struct wr *w, const struct ps_hi1 *n)
{
	if (n->text.n)
		ber_put(w, BER_CTX(6), n->text);
	put_time(w, 3, n->time);
	ber_put(w, BER_CTX(1), view_of(n->liid.p, n->liid.n));
}

static void put_alarm(struct wr *w, const struct ps_hi1 *n)
{
	ber_put(w, BER_CTX(4), view_of(n->liid.p, n->liid.n));
	ber_put(w, BER_CTX(3), n->text);
	put_time(w, 2, n->time);
}

enum li_err ps_hi1_write(const struct ps_hi1 *n, struct buf *out)
{
	uint8_t room[FIXED + LI_LIID_MAX + PS_HI1_TEXT_MAX];
	struct wr w = wr_of(room, sizeof(room));

	if (!n->liid.n || n->text.n > PS_HI1_TEXT_MAX || (n->type == PS_HI1_ALARM && !n->text.n) || n->time < 0 || n->time >= TWO_DIGITS)
		return LI_ERANGE;
	if (n->type == PS_HI1_ALARM)
		put_alarm(&w, n);
	else
		put_notification(&w, n);
	ber_head(&w, BER_CTX_C(n->type), 0);
	ber_head(&w, BER_CTX_C(n->module), 0);		/* HI1-Operation is a CHOICE */
	return w.err ? LI_EENCODE : buf_put(out, w.p, wr_len(&w));
}
