/* pcapwr.c: section header, interface description and enhanced packet blocks, in the machine's byte order as the
 * format asks. */
#include "asn1/pcapwr.h"

#include <stdio.h>

#include <li/version.h>
#include <li/wr.h>

enum { SHB = 0x0a0d0d0a, IDB = 1, EPB = 6 };
enum { OPT_END = 0, OPT_COMMENT = 1, SHB_USERAPPL = 4, IF_NAME = 2, IF_DESCRIPTION = 3, IF_TSRESOL = 9 };
enum { LINKTYPE_ETHERNET = 1, LINKTYPE_RAW = 101, LINKTYPE_USER0 = 147 };

#define NANOSECONDS 9		/* if_tsresol: 10^-9 */
#define OUTER 28		/* IPv4 and UDP header */
#define GTPU_PORT 2152

static const struct { uint16_t link; const char *name, *says; } interfaces[] = {
	[LOOK_GTPU] = { LINKTYPE_RAW, "gtpu", "GTP-U messages as delivered (uPFCCPDU); outer IP and UDP headers are synthetic" },
	[LOOK_IP] = { LINKTYPE_RAW, "ip", "IP packets as delivered (uPFIPCC, iMSCCPDU, pTCCCPDU)" },
	[LOOK_ETHERNET] = { LINKTYPE_ETHERNET, "ethernet", "inner Ethernet frames as delivered (uPFEthernetCC)" },
	[LOOK_UNSTRUCTURED] = { LINKTYPE_USER0, "unstructured", "unstructured octets as delivered (uPFUnstructuredCC, nIDDCCPDU)" },
};

static void put(struct buf *b, enum li_err *e, const void *p, size_t n)
{
	if (!*e)
		*e = buf_put(b, p, n);
}

static void put32(struct buf *b, enum li_err *e, uint32_t x)
{
	put(b, e, &x, sizeof(x));
}

static void put16(struct buf *b, enum li_err *e, uint16_t x)
{
	put(b, e, &x, sizeof(x));
}

static void pad(struct buf *b, enum li_err *e, size_t n)
{
	put(b, e, "\0\0\0", (4 - n % 4) % 4);
}

static void option(struct buf *b, enum li_err *e, uint16_t code, const void *p, size_t n)
{
	put16(b, e, code);
	put16(b, e, (uint16_t)n);
	put(b, e, p, n);
	pad(b, e, n);
}

/* A block begins; its length is written by end(). */
static size_t begin(struct buf *b, enum li_err *e, uint32_t type)
{
	size_t at = b->n;

	put32(b, e, type);
	put32(b, e, 0);
	return at;
}

static void end(struct buf *b, enum li_err *e, size_t at)
{
	uint32_t n = (uint32_t)(b->n + 4 - at);

	put32(b, e, n);
	if (!*e)
		memcpy(b->p + at + 4, &n, sizeof(n));
	else
		b->n = at;	/* half a block is none */
}

enum li_err pcapwr_init(struct pcapwr *p)
{
	static const char who[] = "lidump " LI_VERSION;
	static const uint8_t resolution = NANOSECONDS;
	enum li_err e = LI_OK;
	struct buf *b = &p->out;
	size_t at;

	*p = (struct pcapwr){ .left_out = 0 };
	buf_init(b, 0);
	at = begin(b, &e, SHB);
	put32(b, &e, 0x1a2b3c4d);
	put16(b, &e, 1);
	put16(b, &e, 0);
	put32(b, &e, UINT32_MAX);	/* section length: not told */
	put32(b, &e, UINT32_MAX);
	option(b, &e, SHB_USERAPPL, who, sizeof(who) - 1);
	option(b, &e, OPT_END, NULL, 0);
	end(b, &e, at);
	for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
		at = begin(b, &e, IDB);
		put16(b, &e, interfaces[i].link);
		put16(b, &e, 0);
		put32(b, &e, 0);	/* no snapshot length */
		option(b, &e, IF_NAME, interfaces[i].name, strlen(interfaces[i].name));
		option(b, &e, IF_DESCRIPTION, interfaces[i].says, strlen(interfaces[i].says));
		option(b, &e, IF_TSRESOL, &resolution, 1);
		option(b, &e, OPT_END, NULL, 0);
		end(b, &e, at);
	}
	return e;
}

void pcapwr_fini(struct pcapwr *p)
{
	buf_fini(&p->out);
}

/* IPv4 and UDP before a GTP-U message: addresses of TEST-NET-1 (RFC 5737), .1 on the target's side, .2 on the other. */
static void outer(uint8_t to[OUTER], enum pcapwr_dir dir, size_t n)
{
	struct wr w = wr_of(to, OUTER);
	uint8_t from_target = dir != PCAPWR_TO_TARGET;
	uint32_t sum = 0;

	wr_u16(&w, 0);			/* UDP checksum: none, as RFC 768 allows */
	wr_u16(&w, (uint16_t)(n + 8));
	wr_u16(&w, GTPU_PORT);
	wr_u16(&w, GTPU_PORT);
	wr_u32(&w, from_target ? 0xc0000202 : 0xc0000201);
	wr_u32(&w, from_target ? 0xc0000201 : 0xc0000202);
	wr_u16(&w, 0);			/* header checksum, below */
	wr_u16(&w, 0x4011);		/* TTL 64, UDP */
	wr_u32(&w, 0x00004000);		/* don't fragment */
	wr_u16(&w, (uint16_t)(n + OUTER));
	wr_u16(&w, 0x4500);
	for (size_t i = 0; i < 20; i += 2)
		sum += (uint32_t)to[i] << 8 | to[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	to[10] = (uint8_t)(~sum >> 8);
	to[11] = (uint8_t)~sum;
}

enum li_err pcapwr_put(struct pcapwr *p, enum look_kind kind, uint64_t ns, enum pcapwr_dir dir, struct view octets,
		       const char *comment)
{
	static const char says[] = "synthetic outer IP and UDP header";
	size_t head = kind == LOOK_GTPU ? OUTER : 0, at;
	uint8_t synthetic[OUTER];
	enum li_err e = LI_OK;
	struct buf *b = &p->out;
	char text[512];
	int n;

	if (kind >= LOOK_OTHER || octets.n > UINT32_MAX / 2 || (head && octets.n + head > UINT16_MAX)) {
		p->left_out++;
		return LI_OK;
	}
	at = begin(b, &e, EPB);
	put32(b, &e, (uint32_t)kind);
	put32(b, &e, (uint32_t)(ns >> 32));
	put32(b, &e, (uint32_t)ns);
	put32(b, &e, (uint32_t)(octets.n + head));
	put32(b, &e, (uint32_t)(octets.n + head));
	if (head) {
		outer(synthetic, dir, octets.n);
		put(b, &e, synthetic, head);
	}
	put(b, &e, octets.p, octets.n);
	pad(b, &e, octets.n + head);
	n = snprintf(text, sizeof(text), "%s%s%s", head ? says : "", head && *comment ? "; " : "", comment);
	if (n > 0)
		option(b, &e, OPT_COMMENT, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	option(b, &e, OPT_END, NULL, 0);
	end(b, &e, at);
	if (!e)
		p->packets[kind]++;
	return e;
}
