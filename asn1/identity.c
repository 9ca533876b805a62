/* identity.c: TargetIdentifier, TS 33.128 annex A. */
#include "asn1/identity.h"

#include "asn1/ber.h"

#define HEADS 20		/* identifier and length octets of four levels, and the provenance */

/* How a kind is written: the alternative, and inside it (0: nothing) the alternative or member. */
static const struct form {
	uint8_t tag, inner;
	uint8_t least, most;	/* octets or digits; 0: text without a limit */
	bool digits, octets;
	uint8_t release;	/* that has it first */
} forms[] = {
	[LI_ID_IMSI] = { 1, 1, 6, 15, true, false, 15 },
	[LI_ID_NAI] = { 1, 2, 0, 0, false, false, 15 },
	[LI_ID_PLAIN_IMSI] = { 2, 0, 6, 15, true, false, 15 },
	[LI_ID_IMEI] = { 3, 1, 14, 14, true, false, 15 },
	[LI_ID_IMEISV] = { 3, 2, 16, 16, true, false, 15 },
	[LI_ID_PEI_MAC] = { 3, 3, 6, 6, false, true, 17 },
	[LI_ID_PEI_EUI64] = { 3, 4, 8, 8, false, true, 17 },
	[LI_ID_PLAIN_IMEI] = { 4, 0, 14, 14, true, false, 15 },
	[LI_ID_MSISDN] = { 5, 1, 1, 15, true, false, 15 },
	[LI_ID_GPSI_NAI] = { 5, 2, 0, 0, false, false, 15 },
	[LI_ID_PLAIN_MSISDN] = { 6, 0, 1, 15, true, false, 15 },
	[LI_ID_PLAIN_NAI] = { 7, 0, 0, 0, false, false, 15 },
	[LI_ID_IPV4] = { 8, 0, 4, 4, false, true, 15 },
	[LI_ID_IPV6] = { 9, 0, 16, 16, false, true, 15 },
	[LI_ID_MAC] = { 10, 0, 6, 6, false, true, 15 },
	[LI_ID_SIP_URI] = { 11, 1, 0, 0, false, false, 17 },	/* LI128-054 */
	[LI_ID_TEL_URI] = { 11, 2, 0, 0, false, false, 17 },
	[LI_ID_IMPI] = { 12, 0, 0, 0, false, false, 17 },
	[LI_ID_E164] = { 13, 0, 1, 15, true, false, 17 },
	[LI_ID_EMAIL] = { 14, 0, 0, 0, false, false, 17 },
	[LI_ID_MCPTT] = { 15, 0, 0, 0, false, false, 17 },
	[LI_ID_INSTANCE_URN] = { 16, 0, 0, 0, false, false, 17 },
	[LI_ID_PTC_GROUP] = { 17, 1, 0, 0, false, false, 17 },
};

static const struct form *form_of(const struct li_id *id)
{
	if ((unsigned)id->kind >= sizeof(forms) / sizeof(forms[0]) || !forms[id->kind].tag)
		return NULL;
	return &forms[id->kind];
}

static struct view value(const struct form *f, const struct li_id *id)
{
	return f->octets ? view_of(id->addr.b, f->most) : id->text;
}

/* RFC 3629 clause 4. */
static bool is_utf8(struct view v)
{
	struct rd r = rd_of(v);

	while (rd_left(&r)) {
		uint8_t o = rd_u8(&r);
		unsigned more = o < 0x80 ? 0 : o < 0xc2 ? 4 : o < 0xe0 ? 1 : o < 0xf0 ? 2 : o < 0xf5 ? 3 : 4;
		uint32_t c = more == 4 ? 0 : o & (more ? 0x3fu >> more : 0x7fu);

		if (more == 4)
			return false;
		for (unsigned i = 0; i < more; i++) {
			uint8_t next = rd_u8(&r);

			if ((next & 0xc0) != 0x80)
				return false;
			c = c << 6 | (next & 0x3f);
		}
		if (r.err || (more == 2 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) || (more == 3 && (c < 0x10000 || c > 0x10ffff)))
			return false;
	}
	return true;
}

bool identity_known(const struct li_id *id, uint8_t release)
{
	const struct form *f = form_of(id);

	if (!f || release < f->release)
		return false;
	if ((id->kind == LI_ID_IPV4 && id->prefix != 32) || (id->kind == LI_ID_IPV6 && id->prefix != 128))
		return false;
	if (f->octets)
		return true;
	if (!f->digits)
		return id->text.n && id->text.n <= LI_URI_MAX && is_utf8(id->text);
	if (id->text.n < f->least || id->text.n > f->most)
		return false;
	for (struct rd r = rd_of(id->text); rd_left(&r);) {
		uint8_t c = rd_u8(&r);

		if (c < '0' || c > '9')
			return false;
	}
	return true;
}

bool identity_eq(const struct li_id *a, const struct li_id *b)
{
	const struct form *f = form_of(a);

	return a->kind == b->kind && (!f || (view_eq(value(f, a), value(f, b)) && a->prefix == b->prefix));
}

void identity_write(struct wr *w, const struct li_id *id)
{
	const struct form *f = form_of(id);
	size_t mark = wr_len(w);

	if (!f) {
		w->err = LI_EUSE;
		return;
	}
	if (!f->inner) {
		ber_put(w, BER_CTX(f->tag), value(f, id));
		return;
	}
	ber_put(w, BER_CTX(f->inner), value(f, id));	/* SUPI, PEI, GPSI, IMPU are CHOICEs, so that the outer tag is explicit */
	ber_head(w, BER_CTX_C(f->tag), mark);
}

size_t identity_size(const struct li_id *id)
{
	const struct form *f = form_of(id);

	return HEADS + (f ? value(f, id).n : 0);
}
