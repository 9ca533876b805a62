/*
 * gtpu.c: GTP-U of TS 29.281 clause 5. A header of 8 octets; 4 more when any of E, S, PN is set; then, when E is set, a
 * chain of extension headers, each a multiple of 4 octets with the type of the next one as its last. Whatever stands in
 * front of it, the T-PDU is what remains of the message.
 *
 * Peers in the field write a length that counts the first 8 octets too. The datagram's end is where the message ends then: it was
 * checked before, and the receiver reads it so.
 */
#include "mediation/tap/layers.h"

enum { GTPU_PN = 1, GTPU_S = 2, GTPU_E = 4, GTPU_PT = 0x10, GTPU_GPDU = 255, GTPU_CONTAINER = 0x85 };

/* PDU Session Container, TS 38.415 clause 5.5.2: PDU type in the first half octet, QFI in the lower six bits of the second octet. */
static void container(struct rd *r, struct flow *out)
{
	out->container_type = rd_u8(r) >> 4;
	out->has_qfi = out->container_type <= 1;
	out->qfi = rd_u8(r) & 0x3f;
}

static enum why extensions(struct rd *r, uint8_t type, struct flow *out)	/* LI128-184 */
{
	for (unsigned n = 0; type; n++) {
		size_t length = (size_t)rd_u8(r) * 4;	/* itself and the type of the next one included */
		struct rd body;

		if (n == LI_GTPU_EXT)
			return WHY_gtpu_limit;
		if (length == 0)	/* TS 29.281 clause 5.2.1: n = 1, 2, …; also where the octet is absent: LI128-185 */
			return WHY_gtpu_malformed;
		body = rd_sub(r, length - 2);
		if (type == GTPU_CONTAINER && out->container_type == 255)
			container(&body, out);
		type = rd_u8(r);
		if (r->err)
			return WHY_gtpu_malformed;
	}
	return WHY_GO_ON;
}

enum why gtpu_read(struct view datagram, struct flow *out)
{
	struct rd r = rd_of(datagram);
	uint8_t flags = rd_u8(&r), type = rd_u8(&r);
	uint16_t length = rd_u16(&r);
	struct rd body;
	enum why why;
	bool over;

	out->teid = rd_u32(&r);
	if (r.err)
		return WHY_gtpu_malformed;
	if (flags >> 5 != 1 || !(flags & GTPU_PT))	/* another version, or GTP' */
		return WHY_gtp_version;
	if (type != GTPU_GPDU)	/* LI128-186 */
		return WHY_gtpu_signal;
	over = length > rd_left(&r);
	body = rd_sub(&r, over ? rd_left(&r) : length);
	out->gtpu = view_of(datagram.p, rd_pos(&r));
	out->has_qfi = false;
	out->qfi = 0;
	out->container_type = 255;
	if (flags & (GTPU_E | GTPU_S | GTPU_PN)) {
		uint8_t next;

		rd_skip(&body, 3);	/* sequence number, N-PDU number: there, and meant or not */
		next = rd_u8(&body);
		if (body.err)
			return WHY_gtpu_malformed;
		why = flags & GTPU_E ? extensions(&body, next, out) : WHY_GO_ON;
		if (why)
			return why;
	}
	out->inner = rd_rest(&body);
	return over ? WHY_gtpu_length : WHY_gpdu;
}
