/* oid.c: object identifiers of TS 102 232-1 annex A and TS 33.128 annex A. */
#include "asn1/oid.h"

#include <inttypes.h>

#include "asn1/ber.h"

static const uint8_t li_ps[] = { 0x04, 0x00, 0x02, 0x02, 0x05, 0x01 };	/* {0 4 0 2 2 li-ps(5) genHeader(1)} */

/* The newest module version of each release that we have seen: TS 33.128 annex A. */
static const struct { uint8_t release, version; } newest[] = { { 16, 5 }, { 19, 3 } };

static size_t arc(uint8_t *to, uint8_t x)
{
	if (x < 0x80) {
		to[0] = x;
		return 1;
	}
	to[0] = (uint8_t)(0x80 | x >> 7);
	to[1] = x & 0x7f;
	return 2;
}

size_t oid_gen_header(uint8_t version, uint8_t out[OID_MAX])	/* HO-ENC-005, HO-PSH-002 */
{
	memcpy(out, li_ps, sizeof(li_ps));
	return sizeof(li_ps) + arc(out + sizeof(li_ps), version);
}

size_t oid_33128(uint8_t release, uint8_t version, enum oid_33128 kind, uint8_t out[OID_MAX])
{
	size_t n = 2;

	out[0] = 4;	/* threeGPP */
	out[1] = 19;	/* ts33128 */
	n += arc(out + n, release);
	n += arc(out + n, version);
	return n + arc(out + n, (uint8_t)kind);
}

/* One arc: seven bits an octet, the first never 0x80 (X.690 clause 8.19.2). */
static uint32_t arc_read(struct rd *r)
{
	uint64_t x = 0;
	uint8_t o;
	bool first = true;

	do {
		o = rd_u8(r);
		if (first && o == 0x80)
			rd_fail(r, LI_EFORMAT);
		first = false;
		x = x << 7 | (o & 0x7f);
		if (x > UINT32_MAX)
			rd_fail(r, LI_ELIMIT);
	} while ((o & 0x80) && !r->err);
	return r->err ? 0 : (uint32_t)x;
}

enum li_err oid_gen_header_read(struct view octets, uint32_t *version)
{
	struct rd r = rd_of(octets);
	struct view v = rd_take(&r, sizeof(li_ps));

	*version = 0;
	if (r.err || memcmp(v.p, li_ps, sizeof(li_ps)) != 0)
		return LI_EUNKNOWN;
	*version = arc_read(&r);
	return rd_end(&r);
}

enum li_err oid_33128_read(struct view octets, uint32_t *release, uint32_t *version, uint32_t *kind)
{
	struct rd r = rd_of(octets);
	uint16_t ts = rd_u16(&r);

	*release = arc_read(&r);
	*version = arc_read(&r);
	*kind = arc_read(&r);
	return r.err || ts == 0x0413 ? rd_end(&r) : LI_EUNKNOWN;
}

enum li_err oid_text(struct view octets, bool relative, struct buf *out)
{
	struct rd r = rd_of(octets);
	enum li_err e = LI_OK;
	bool first = true;

	if (octets.n == 0)
		return LI_EFORMAT;
	while (!e && rd_left(&r)) {
		uint32_t x = arc_read(&r), top = x / 40 > 2 ? 2 : x / 40;

		if (r.err)
			break;
		if (first && !relative)		/* the first two arcs share an octet: X.690 clause 8.19.4 */
			e = buf_printf(out, "%" PRIu32 ".%" PRIu32, top, x - 40 * top);
		else
			e = buf_printf(out, first ? "%" PRIu32 : ".%" PRIu32, x);
		first = false;
	}
	return e ? e : rd_end(&r);
}

/* "19" and the like: one to three digits, at most 255, no leading zero. */
static bool small(struct rd *r, uint8_t *x)
{
	unsigned v = 0, n = 0;

	for (; rd_left(r) && rd_peek(r) >= '0' && rd_peek(r) <= '9' && n < 4; n++)
		v = v * 10 + (unsigned)(rd_u8(r) - '0');
	*x = (uint8_t)v;
	return n && v <= 255;
}

enum li_err oid_release_read(struct view text, uint8_t *release, uint8_t *version)
{
	struct rd r = rd_of(text);

	*version = 0;
	if (rd_u8(&r) != 'r' || !small(&r, release))
		return LI_EFORMAT;
	if (rd_left(&r)) {
		if (rd_u8(&r) != 'v' || !small(&r, version) || rd_left(&r))
			return LI_EFORMAT;
		return *release >= 15 ? LI_OK : LI_EUNKNOWN;	/* TS 33.128 begins with release 15 */
	}
	for (size_t i = 0; i < sizeof(newest) / sizeof(newest[0]); i++)
		if (newest[i].release == *release)
			*version = newest[i].version;
	return *version ? LI_OK : LI_EUNKNOWN;
}
