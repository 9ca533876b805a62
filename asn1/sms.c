/*
 * sms.c: where the user data of a TPDU stands, and blanks over it.
 *
 *	sms_blank
 *	  find           which type it is, of those that it may be: by its octets alone two types look the same
 *	    layout       a type's fields one after the other, up to the user data
 *	  header         elements of the user data header
 *	  text           the rest, by the coding scheme
 */
#include "asn1/sms.h"

#include <li/rd.h>

#define MTI(first) ((first) & 3)
#define UDHI 0x40
#define ADDRESS_DIGITS 20	/* TS 23.040 clause 9.1.2.5 */
#define TIMESTAMP 7		/* clause 9.2.3.11 */
#define PI_PID 1		/* clause 9.2.3.27 */
#define PI_DCS 2
#define PI_UDL 4
#define PI_MORE 0x80
#define RP_USER_DATA 0x41	/* TS 24.011 clause 8.2.5.3 */
/* Filler Information Element (TS 23.040 clause 9.2.3.24.17). No text that has its identifier was at hand: this one is the first of those
 * that older releases reserve, and a receiver that does not know an element steps over it. */
#define FILLER 0x26

enum coding { SEPTETS, OCTETS, UCS2 };

struct layout {
	size_t at, n;		/* user data, as far as there is any */
	size_t length;		/* TP-User-Data-Length: septets or octets */
	enum coding coding;
	bool header;
	bool exact;		/* it ends where the TPDU does */
	bool cut;		/* the TPDU ends before where user data could begin */
};

/* TS 23.038 clause 4; what is reserved there is the default alphabet. */
static enum coding coding_of(uint8_t dcs)
{
	static const enum coding alphabet[] = { SEPTETS, OCTETS, UCS2, SEPTETS };

	if (dcs < 0x80)
		return dcs & 0x20 ? OCTETS : alphabet[dcs >> 2 & 3];	/* compressed text is counted in octets */
	if (dcs < 0xe0)
		return SEPTETS;
	if (dcs < 0xf0)
		return UCS2;
	return dcs & 4 ? OCTETS : SEPTETS;
}

/* -- fields. One that is not what it should be is an error of the reader: the octets are of another type. -- */

static void address(struct rd *r)
{
	uint8_t digits = rd_u8(r), type = rd_u8(r);

	if (!r->err && (digits > ADDRESS_DIGITS || !(type & 0x80)))
		rd_fail(r, LI_EFORMAT);
	rd_skip(r, (digits + 1u) / 2);
}

static void timestamp(struct rd *r)
{
	struct view v = rd_take(r, TIMESTAMP);

	for (size_t i = 0; !r->err && i + 1 < v.n; i++)
		if ((v.p[i] & 15) > 9 || v.p[i] >> 4 > 9)
			rd_fail(r, LI_EFORMAT);
}

static void validity(struct rd *r, uint8_t first)
{
	switch (first >> 3 & 3) {	/* clause 9.2.3.3 */
	case 0: break;
	case 2: rd_skip(r, 1); break;
	default: rd_skip(r, 7);
	}
}

static void user_data(struct rd *r, struct layout *l)
{
	size_t octets;

	l->length = rd_u8(r);
	octets = l->coding == SEPTETS ? (l->length * 7 + 7) / 8 : l->length;
	l->at = rd_pos(r);
	l->n = r->err ? 0 : rd_left(r);
	l->exact = !r->err && l->n == octets;
}

static uint8_t indicator(struct rd *r)
{
	uint8_t pi = rd_u8(r), more = pi;

	while (more & PI_MORE)
		more = rd_u8(r);
	return pi;
}

/* What TP-Parameter-Indicator says is there. */
static void optional(struct rd *r, uint8_t pi, struct layout *l)
{
	if (pi & PI_PID)
		rd_skip(r, 1);
	if (pi & PI_DCS)
		l->coding = coding_of(rd_u8(r));
	if (pi & PI_UDL) {
		user_data(r, l);
		return;
	}
	l->at = rd_pos(r);
	l->n = rd_left(r);		/* nothing should be */
	l->length = l->n;
	l->coding = OCTETS;
	l->exact = !r->err && l->n == 0;
}

static void failure_cause(struct rd *r)
{
	if (!(rd_u8(r) & 0x80))		/* clause 9.2.3.22: every cause is */
		rd_fail(r, LI_EFORMAT);
}

/* Clauses 9.2.2.1 to 9.2.2.4 */
static bool layout(const uint8_t *p, size_t n, enum sms_type type, struct layout *l)
{
	struct rd r = rd_of(view_of(p, n));
	uint8_t first = rd_u8(&r), pi;

	*l = (struct layout){ .coding = SEPTETS, .header = first & UDHI };
	switch (type) {
	case SMS_SUBMIT:
		rd_skip(&r, 1);
		address(&r);
		rd_skip(&r, 1);
		l->coding = coding_of(rd_u8(&r));
		validity(&r, first);
		user_data(&r, l);
		break;
	case SMS_DELIVER:
		address(&r);
		rd_skip(&r, 1);
		l->coding = coding_of(rd_u8(&r));
		timestamp(&r);
		user_data(&r, l);
		break;
	case SMS_STATUS_REPORT:
		rd_skip(&r, 1);
		address(&r);
		timestamp(&r);
		timestamp(&r);
		rd_skip(&r, 1);
		optional(&r, rd_left(&r) ? indicator(&r) : 0, l);
		break;
	case SMS_COMMAND:
		rd_skip(&r, 4);
		address(&r);
		l->coding = OCTETS;
		user_data(&r, l);
		break;
	case SMS_DELIVER_REPORT_ERROR:
		failure_cause(&r);
		optional(&r, indicator(&r), l);
		break;
	case SMS_DELIVER_REPORT_ACK:
		optional(&r, indicator(&r), l);
		break;
	case SMS_SUBMIT_REPORT_ERROR: case SMS_SUBMIT_REPORT_ACK:
		if (type == SMS_SUBMIT_REPORT_ERROR)
			failure_cause(&r);
		pi = indicator(&r);
		timestamp(&r);
		optional(&r, pi, l);
		break;
	}
	l->cut = r.err == LI_ETRUNC;
	return !r.err;
}

/* Is this type one of those that it may be, and one that its first octet says? */
static bool may_be(unsigned types, unsigned t, uint8_t first)
{
	static const uint8_t mti[] = { [SMS_DELIVER] = 0, [SMS_DELIVER_REPORT_ACK] = 0, [SMS_DELIVER_REPORT_ERROR] = 0, [SMS_STATUS_REPORT] = 2,
		[SMS_COMMAND] = 2, [SMS_SUBMIT] = 1, [SMS_SUBMIT_REPORT_ACK] = 1, [SMS_SUBMIT_REPORT_ERROR] = 1 };

	return (types >> t & 1) && (MTI(first) == mti[t] || (MTI(first) == 3 && t == SMS_DELIVER));	/* clause 9.2.3.1: reserved is DELIVER */
}

/* Of those that it may be the one whose user data ends where the TPDU does; of several the one whose begins first; else the only one
 * that it may be, unless that is a report, in which nothing shows that it is one. */
static bool find(const uint8_t *p, size_t n, unsigned types, enum sms_type *is, struct layout *l)
{
	bool found = false, exact = false;
	unsigned may = 0;
	struct layout one;

	for (unsigned t = SMS_DELIVER; n && t <= SMS_SUBMIT_REPORT_ERROR; t++) {
		if (!may_be(types, t, p[0]))
			continue;
		may++;
		if (!layout(p, n, (enum sms_type)t, &one) || (found && (exact > one.exact || (exact == one.exact && one.at >= l->at))))
			continue;
		found = true;
		exact = one.exact;
		*is = (enum sms_type)t;
		*l = one;
	}
	return found && (exact || (may == 1 && (SMS_MESSAGES >> *is & 1)));
}

/* -- blanks -- */

static void set(uint8_t *p, uint8_t to, bool *changed)
{
	*changed |= *p != to;
	*p = to;
}

/* "SMS Control" in the table of clause 9.2.3.24. */
static bool is_control(uint8_t iei)
{
	return iei <= 0x01 || (iei >= 0x04 && iei <= 0x09) || (iei >= 0x20 && iei <= 0x25) || (iei >= 0x70 && iei <= 0x9f) || (iei >= 0xc0 && iei <= 0xdf);
}

/* How many octets it takes, its length included. */
static size_t header(uint8_t *ud, size_t n, bool *changed)
{
	size_t end = n ? 1u + ud[0] : 0, at = 1;

	if (end > n) {		/* longer than all there is */
		set(ud, (uint8_t)(n - 1), changed);
		end = n;
	}
	while (at < end) {
		size_t left = end - at, length = left > 1 ? ud[at + 1] : 0;
		bool whole = left >= 2 && length <= left - 2;

		if (whole && is_control(ud[at])) {
			at += 2 + length;
			continue;
		}
		length = whole ? length : left < 2 ? 0 : left - 2;
		set(ud + at, left < 2 ? 0 : FILLER, changed);
		if (left >= 2)
			set(ud + at + 1, (uint8_t)length, changed);
		for (size_t i = at + 2; i < at + 2 + length && i < end; i++)
			set(ud + i, 0, changed);
		at += 2 + length;
	}
	return end;
}

/* Septets begin at the first bit that is a multiple of seven: clause 9.2.3.24. */
static void septets(uint8_t *ud, size_t n, size_t length, size_t from, bool *changed)
{
	uint8_t packed[UINT8_MAX + 1] = { 0 };

	for (size_t i = (from * 8 + 6) / 7; i < length && i * 7 + 7 <= n * 8; i++)
		for (size_t bit = i * 7; bit < i * 7 + 7; bit++)
			packed[bit / 8] |= (uint8_t)((' ' >> (bit - i * 7) & 1) << bit % 8);
	for (size_t i = from; i < n; i++)
		set(ud + i, i < sizeof(packed) ? packed[i] : 0, changed);
}

static void text(uint8_t *ud, size_t n, const struct layout *l, size_t from, bool *changed)
{
	if (l->coding == SEPTETS) {
		septets(ud, n, l->length, from, changed);
		return;
	}
	for (size_t i = from; i < n; i++)
		set(ud + i, l->coding == UCS2 && (i - from) % 2 == 0 ? 0 : ' ', changed);
}

/* LI128-144 */
enum li_err sms_blank(uint8_t *p, size_t n, unsigned types, enum sms_type *is, bool *changed)
{
	struct layout l = { .n = 0 };
	uint8_t *ud;

	*changed = false;
	if (!find(p, n, types, is, &l))
		return LI_EFORMAT;
	ud = p + l.at;
	text(ud, l.n, &l, l.header ? header(ud, l.n, changed) : 0, changed);
	return LI_OK;
}

enum li_err sms_head(const uint8_t *p, size_t n, unsigned types, size_t *head)
{
	bool found = false;

	*head = n;
	for (unsigned t = SMS_DELIVER; n && t <= SMS_SUBMIT_REPORT_ERROR; t++) {
		struct layout l;
		bool read;

		if (!may_be(types, t, p[0]))
			continue;
		read = layout(p, n, (enum sms_type)t, &l);
		if (read && l.at < *head)
			*head = l.at;
		found |= read || l.cut;
	}
	return found ? LI_OK : LI_EFORMAT;
}

/* -- RP -- */

/* The user data of an acknowledgement, if it has any. */
static struct view rp_optional(struct rd *r)
{
	if (!rd_left(r))
		return view_of(NULL, 0);
	if (rd_u8(r) != RP_USER_DATA)
		rd_fail(r, LI_EFORMAT);
	return rd_take(r, rd_u8(r));
}

enum li_err sms_blank_rp(uint8_t *p, size_t n, bool *changed)
{
	/* by RP-Message-Type: RP-DATA of the MS and of the network, RP-ACK, RP-ERROR */
	static const unsigned types[] = { SMS_IS(SMS_SUBMIT) | SMS_IS(SMS_COMMAND), SMS_IS(SMS_DELIVER) | SMS_IS(SMS_STATUS_REPORT),
		SMS_IS(SMS_DELIVER_REPORT_ACK), SMS_IS(SMS_SUBMIT_REPORT_ACK), SMS_IS(SMS_DELIVER_REPORT_ERROR), SMS_IS(SMS_SUBMIT_REPORT_ERROR) };
	struct rd r = rd_of(view_of(p, n));
	uint8_t type = rd_u8(&r) & 7;
	struct view tpdu = { NULL, 0 };
	enum sms_type is;

	*changed = false;
	rd_skip(&r, 1);		/* its reference */
	switch (type) {
	case 0: case 1:
		rd_skip(&r, rd_u8(&r));		/* originator's address */
		rd_skip(&r, rd_u8(&r));		/* destination's */
		tpdu = rd_take(&r, rd_u8(&r));
		break;
	case 2: case 3:
		tpdu = rp_optional(&r);
		break;
	case 4: case 5:
		rd_skip(&r, rd_u8(&r));		/* cause */
		tpdu = rp_optional(&r);
		break;
	case 6:
		break;
	default:
		rd_fail(&r, LI_EFORMAT);
	}
	if (r.err || rd_left(&r))
		return LI_EFORMAT;
	return tpdu.n ? sms_blank(p + (tpdu.p - p), tpdu.n, types[type], &is, changed) : LI_OK;
}
