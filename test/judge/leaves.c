/*
 * leaves.c: frames for the tshark judge. Each IRIPayload becomes an XIRIPayload around the same event octets, in an X2
 * PDU (TS 103 221-2 clause 5), in a TCP segment of its own; and each primitive member of that event is listed with its
 * place in the PDU, so that what tshark shows there can be held against it.
 */
#include "test/judge/judge.h"
#include <li/rd.h>
#include <li/wr.h>
#include <stdio.h>

#define PORT 42069
#define X2_HEADER 40
#define IP_TCP 40		/* headers of IPv4 and TCP without options: where the X2 PDU begins in the packet */
#define XIRI_FORMAT 2		/* payload format, TS 103 221-2 clause 5.4.3 */

struct tlv {
	uint8_t tag_class;
	bool constructed;
	uint32_t tag;
	struct view body;
};

static bool next(struct rd *r, struct tlv *t)
{
	uint8_t first, n;
	uint64_t length;

	if (!rd_left(r))
		return false;
	first = rd_u8(r);
	*t = (struct tlv){ .tag_class = first >> 6, .constructed = first & 0x20, .tag = first & 31 };
	if (t->tag == 31)
		for (t->tag = 0;;) {
			uint8_t more = rd_u8(r);

			t->tag = t->tag << 7 | (more & 0x7f);
			if (!(more & 0x80))
				break;
		}
	n = rd_u8(r);
	length = n < 128 ? n : rd_uint(r, n & 7);
	t->body = rd_take(r, (size_t)length);
	return !r->err;
}

/* The event as it stands in an IRIPayload: the whole TLV of member [2]. */
static struct view event_tlv(struct view iri)
{
	struct rd r = rd_of(iri);
	struct tlv t;

	if (!next(&r, &t))
		return view_of(NULL, 0);
	r = rd_of(t.body);
	while (rd_left(&r)) {
		const uint8_t *start = r.p;

		if (next(&r, &t) && t.tag == 2)
			return view_of(start, (size_t)(r.p - start));
	}
	return view_of(NULL, 0);
}

static uint32_t event_tag(struct view event)
{
	struct rd r = rd_of(event);
	struct tlv t;

	if (!next(&r, &t))
		return 0;
	r = rd_of(t.body);
	return next(&r, &t) ? t.tag : 0;
}

/* XIRIPayload {xIRIPayloadOID, event}; the packet's octets from the IP header on. */
static struct view packet(struct view event, struct wr *w, unsigned number)
{
	static const uint8_t oid[] = { 0x81, 5, 4, 19, 19, 3, 1 };
	size_t n;

	wr_put(w, event.p, event.n);
	wr_put(w, oid, sizeof(oid));
	n = wr_len(w);
	wr_u16(w, (uint16_t)n);
	wr_u16(w, 0x3082);
	n = wr_len(w);
	/* X2: version, type 1, lengths, format, direction 5, XID, correlation */
	wr_uint(w, 1, 8);
	wr_uint(w, number, 8);
	wr_uint(w, 0, 8);
	wr_u16(w, 5);
	wr_u16(w, XIRI_FORMAT);
	wr_u32(w, (uint32_t)n);
	wr_u32(w, X2_HEADER);
	wr_u16(w, 1);
	wr_u16(w, 5);
	/* TCP: no check sums, each segment a connection of its own */
	wr_u32(w, 0);
	wr_u16(w, 0x2000);
	wr_u16(w, 0x5010);
	wr_u32(w, 1);
	wr_u32(w, 1);
	wr_u16(w, PORT);
	wr_u16(w, (uint16_t)(1024 + number % 40000));
	n = wr_len(w) + 20;
	wr_u32(w, 0x0a020202);
	wr_u32(w, 0x0a010101);
	wr_u32(w, 0x40060000);
	wr_u32(w, 0);
	wr_u16(w, (uint16_t)n);
	wr_u16(w, 0x4500);
	return n < 65536 ? wr_view(w) : view_of(NULL, 0);
}

static bool next_packet(struct buf *frame, unsigned *number, struct view *p)
{
	static uint8_t room[1 << 17];
	enum judge_kind kind;

	while (judge_get(&kind, frame)) {
		struct wr w = wr_of(room, sizeof(room));
		struct view event = kind == JUDGE_IRI ? event_tlv(buf_view(frame)) : view_of(NULL, 0);
		uint32_t tag = event_tag(event);

		/* what this dissector can know: it is older than r19 */
		if (tag == 0 || tag > 91 || tag == 16)
			continue;
		*p = packet(event, &w, *number + 1);
		if (!p->n)		/* longer than a segment */
			continue;
		++*number;
		return true;
	}
	return false;
}

int judge_x2pcap(void)
{
	static const uint32_t head[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144, 101 };	/* LINKTYPE_RAW */
	struct buf frame = { 0 };
	unsigned number = 0;
	struct view p;

	fwrite(head, 1, sizeof(head), stdout);
	while (next_packet(&frame, &number, &p)) {
		const uint32_t record[] = { number, 0, (uint32_t)p.n, (uint32_t)p.n };

		fwrite(record, 1, sizeof(record), stdout);
		fwrite(p.p, 1, p.n, stdout);
	}
	buf_fini(&frame);
	return number && !ferror(stdout) ? 0 : 1;
}

/* -- leaves ---------------------------------------------------------------------------------------------------------- */
struct place {
	unsigned number;		/* of the packet */
	const uint8_t *packet;		/* its first octet */
};

static size_t offset(const struct place *p, const uint8_t *at)
{
	return (size_t)(at - p->packet);
}

/* A line: packet, offset of the TLV, offset and length of its contents, the type that names the member, the member,
 * what it is (item of an OF, choice, bits, leaf, or other), and for a primitive its octets. */
static void print_member(const struct place *p, const uint8_t *tlv, const struct tlv *t, const struct field_type *type, bool item,
			 const char *owner, const char *name)
{
	bool leaf = type->kind > FIELD_SET_OF;
	const char *kind = item && !leaf ? "item" : type->kind == FIELD_CHOICE ? "choice" : type->kind == FIELD_BIT_STRING ? "bits" :
			   leaf ? "leaf" : "other";

	printf("%u\t%zu\t%zu\t%zu\t%s\t%s\t%s\t", p->number, offset(p, tlv), offset(p, t->body.p), t->body.n, owner, name, kind);
	for (size_t i = 0; leaf && i < t->body.n; i++)
		printf("%02x", t->body.p[i]);
	printf("\n");
}

static void walk(const struct place *p, const struct field_set *set, const struct field_type *type, struct view in,
		 const char *owner, const char *name);

/* A member or item: tlv is its first octet, t what stands there, of the given type. */
static void walk_member(const struct place *p, const struct field_set *set, const struct field_type *type, const uint8_t *tlv,
			const struct tlv *t, bool item, const char *owner, const char *name)
{
	print_member(p, tlv, t, type, item, owner, name);
	if (type->kind <= FIELD_SET_OF)
		walk(p, set, type, t->body, owner, name);
}

/* The TLVs inside a constructed type. A CHOICE without tag of its own is walked as the one TLV that it is. An item of an
 * OF has its type's name, or that of the member when the type has none. */
static void walk(const struct place *p, const struct field_set *set, const struct field_type *type, struct view in,
		 const char *owner, const char *name)
{
	struct rd r = rd_of(in);
	const struct field_member *m = NULL;
	const uint8_t *start = r.p;
	struct tlv t;

	for (; next(&r, &t); start = r.p) {
		const struct field_type *of = &set->types[type->of];

		if (type->kind == FIELD_SEQUENCE_OF || type->kind == FIELD_SET_OF) {
			bool named = of->name[0];

			if (of->kind == FIELD_CHOICE)
				t.body = view_of(start, (size_t)(r.p - start));
			walk_member(p, set, of, start, &t, of->kind != FIELD_CHOICE, named ? of->name : owner, named ? of->name : name);
			continue;
		}
		m = field_after(type, m, t.tag_class, t.tag);
		if (m)
			walk_member(p, set, &set->types[m->type], start, &t, false, type->name, m->name);
	}
}

int judge_leaves(void)
{
	const struct field_set *set = &fields_ts33128;
	const struct field_type *xiri = field_find(set, "XIRIPayload");
	struct buf frame = { 0 };
	unsigned number = 0;
	struct view p;

	while (next_packet(&frame, &number, &p)) {
		struct rd r = rd_of(view_of(p.p + IP_TCP + X2_HEADER, p.n - IP_TCP - X2_HEADER));
		struct tlv t;

		if (!next(&r, &t))
			return 1;
		printf("%u\tevent\t%u\n", number, event_tag(event_tlv(buf_view(&frame))));
		walk(&(struct place){ number, p.p }, set, xiri, t.body, "", "");
	}
	buf_fini(&frame);
	return number ? 0 : 1;
}
