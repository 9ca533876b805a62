/* field.c: digits, PLMN, slice and time as the mobile core's protocols write them. */
#include "mediation/proto/field.h"

#define NTP_TO_UNIX INT64_C(2208988800)	/* seconds from 1900 to 1970 */
#define NTP_ERA (INT64_C(1) << 32)

size_t field_tbcd_from(struct view octets, size_t nibble, char *out, size_t room)
{
	struct rd r = rd_of(octets);
	size_t n = 0, all = octets.n * 2;
	uint8_t octet = 0;
	bool ended = false, bad = false;

	for (size_t i = 0; i < all && !bad; i++) {
		uint8_t d;

		if (i % 2 == 0)
			octet = rd_u8(&r);
		d = i % 2 ? octet >> 4 : octet & 15;
		if (i < nibble)
			continue;
		if (d == 15)
			ended = true;
		else if (ended || d > 9 || n + 1 >= room)
			bad = true;
		else
			out[n++] = (char)('0' + d);
	}
	if (bad)
		n = 0;
	if (room)
		out[n] = 0;
	return n;
}

size_t field_tbcd(struct view octets, char *out, size_t room)
{
	return field_tbcd_from(octets, 0, out, room);
}

size_t field_digits(struct view text, char *out, size_t room)
{
	struct rd r = rd_of(text);
	size_t n = 0;

	if (text.n == 0 || text.n >= room) {
		out[0] = 0;
		return 0;
	}
	while (rd_left(&r)) {
		uint8_t c = rd_u8(&r);

		if (c < '0' || c > '9') {
			n = 0;
			break;
		}
		out[n++] = (char)c;
	}
	out[n] = 0;
	return n;
}

void field_plmn(struct rd *r, struct li_plmn *p)
{
	/* octets: MCC 2 1, MNC 3 MCC 3, MNC 2 1; the filler of a two-digit MNC stands in the middle */
	static const uint8_t shift[6] = { 16, 20, 8, 0, 4, 12 };
	uint32_t x = rd_u24(r);
	char d[6];

	memset(p, 0, sizeof(*p));
	if (r->err)
		return;
	for (size_t i = 0; i < 6; i++) {
		uint8_t v = x >> shift[i] & 15;

		if (v > 9 && !(i == 5 && v == 15))
			return;
		d[i] = v == 15 ? '\0' : (char)('0' + v);
	}
	memcpy(p->mcc, d, 3);
	memcpy(p->mnc, d + 3, 3);
}

void field_snssai(struct li_snssai *s, uint8_t sst, struct view sd)
{
	static const uint8_t none[3] = { 0xff, 0xff, 0xff };

	memset(s, 0, sizeof(*s));
	s->present = true;
	s->sst = sst;
	if (sd.n == sizeof(none) && memcmp(sd.p, none, sizeof(none))) {
		s->has_sd = true;
		memcpy(s->sd, sd.p, sizeof(s->sd));
	}
}

li_us field_ntp(uint32_t seconds)
{
	int64_t s = seconds;

	if (s == 0)
		return 0;
	if (!(seconds & UINT32_C(0x80000000)))
		s += NTP_ERA;
	return (s - NTP_TO_UNIX) * LI_US_SECOND;
}
