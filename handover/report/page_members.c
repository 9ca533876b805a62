/* page_members.c: the members of a record that people look for first, taken from its JSON (of asn1/jer.c: names are the ASN.1's). */
#include <arpa/inet.h>
#include <stdio.h>

#include "handover/report/page.h"

#define MEMBERS 8	/* in a cell of a table */
#define CELL_MAX 240	/* octets */

static const char *const wanted[] = { "dNN", "pDUSessionID", "requestType", "accessType", "iPv4Address", "iPv6Address", "nCI", "nRCellID", "nRCellIdentity",
	"eUTRACellID", "tAC", "aMFID", "originatingSMSParty", "iMEI", "mSISDN", "cause", "sNSSAI", "fiveGSRegistrationType", "registrationResult" };

/* The string at the front of v, whose first octet is its quote: what is inside, as it stands, and v behind it. */
static bool string(struct view *v, struct view *inside)
{
	size_t n = 1;

	while (n < v->n && v->p[n] != '"')
		n += v->p[n] == '\\' ? 2 : 1;
	if (n >= v->n)
		return false;
	*inside = view_of(v->p + 1, n - 1);
	*v = view_of(v->p + n + 1, v->n - n - 1);
	return true;
}

static bool is_wanted(struct view name)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (view_eq(name, view_str(wanted[i])))
			return true;
	return false;
}

static int nibble(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* An address that stands in hex. */
static bool address(struct view hex, char to[INET6_ADDRSTRLEN])
{
	uint8_t octets[16];

	if (hex.n != 8 && hex.n != 32)
		return false;
	for (size_t i = 0; i < hex.n / 2; i++) {
		int high = nibble(hex.p[2 * i]), low = nibble(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		octets[i] = (uint8_t)(high << 4 | low);
	}
	return inet_ntop(hex.n == 8 ? AF_INET : AF_INET6, octets, to, INET6_ADDRSTRLEN);
}

static bool has(const struct buf *b, const struct buf *one)
{
	return b->n && memmem(b->p, b->n, one->p, one->n);
}

static enum li_err add(struct buf *out, struct view name, struct view value, unsigned *n)
{
	char text[INET6_ADDRSTRLEN];
	struct buf one = { 0 };
	enum li_err e = buf_put(&one, name.p, name.n);

	if (name.n == 11 && memcmp(name.p, "iPv", 3) == 0 && address(value, text))
		value = view_str(text);
	if (!e)
		e = buf_put(&one, " ", 1);
	if (!e)
		e = buf_put(&one, value.p, value.n);
	if (!e && !has(out, &one) && out->n + one.n + 2 <= CELL_MAX) {
		e = out->n ? buf_put(out, "; ", 2) : LI_OK;
		if (!e)
			e = buf_put(out, one.p, one.n);
		++*n;
	}
	buf_fini(&one);
	return e;
}

enum li_err page_members(struct view v, struct buf *out)
{
	struct view name, value;
	enum li_err e = LI_OK;
	unsigned n = 0;

	while (!e && n < MEMBERS && v.n) {
		size_t k;

		if (*v.p != '"') {
			v = view_of(v.p + 1, v.n - 1);
			continue;
		}
		if (!string(&v, &name))
			break;
		for (k = 0; k < v.n && (v.p[k] == ':' || v.p[k] == ' '); k++)
			;
		if (k == 0 || !is_wanted(name))
			continue;
		v = view_of(v.p + k, v.n - k);
		if (v.n && *v.p == '"') {
			if (!string(&v, &value))
				break;
		} else {
			for (k = 0; k < v.n && ((v.p[k] >= '0' && v.p[k] <= '9') || v.p[k] == '-'); k++)
				;
			value = view_of(v.p, k);
			v = view_of(v.p + k, v.n - k);
		}
		if (value.n)
			e = add(out, name, value, &n);
	}
	return e;
}
