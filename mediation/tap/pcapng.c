/* pcapng.c: block by block. Blocks that carry no packet are stepped over; no block is held but the one that is read. */
#include "mediation/tap/pcapng.h"

#include <stdarg.h>
#include <stdlib.h>

#include <li/buf.h>
#include <li/limits.h>
#include <li/rd.h>

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, OLD_PACKET = 2, SIMPLE_PACKET = 3, ENHANCED_PACKET = 6 };
enum { OPT_END = 0, OPT_TSRESOL = 9, OPT_TSOFFSET = 14 };

#define MAGIC		0x1a2b3c4du
#define BLOCK_MAX	(LI_SNAP_MAX + 65536)	/* a packet and its options; only blocks that are read count */
#define INTERFACES_MAX	4096			/* a machine's, many times over */

struct interface {
	int linktype;
	uint32_t snap;
	uint8_t resolution;	/* if_tsresol: 10^-n s, or 2^-n s with the top bit set */
	int64_t offset;		/* seconds */
};

struct pcapng {
	FILE *f;
	bool little;		/* byte order of the section */
	uint64_t at;		/* octets read */
	struct interface *iface;
	size_t n, room;
	struct buf body;
	li_us last;
	char error[128];
};

LI_PRINTF(2, 3) static enum li_err broken(struct pcapng *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(p->error, sizeof(p->error), fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof(p->error))
		snprintf(p->error + n, sizeof(p->error) - (size_t)n, " at octet %llu", (unsigned long long)p->at);
	return LI_EIO;
}

const char *pcapng_error(const struct pcapng *p)
{
	return p->error;
}

/* Reads n octets to `to`, or past them when it is NULL. LI_ECLOSED: the file ends before the first. */
static enum li_err take(struct pcapng *p, void *to, size_t n)
{
	size_t got = 0;

	while (got < n) {
		uint8_t away[4096];
		size_t want = n - got, r;

		if (!to && want > sizeof(away))
			want = sizeof(away);
		r = fread(to ? (uint8_t *)to + got : away, 1, want, p->f);
		if (!r)
			break;
		got += r;
		p->at += r;
	}
	if (got == n)
		return LI_OK;
	if (ferror(p->f))
		return broken(p, "read error");
	return got ? broken(p, "cut short") : LI_ECLOSED;
}

/* As take(), inside a block. */
static enum li_err take_rest(struct pcapng *p, void *to, size_t n)
{
	enum li_err e = n ? take(p, to, n) : LI_OK;

	return e == LI_ECLOSED ? broken(p, "cut short") : e;
}

/* Numbers stand in the section's byte order; options alike. */
static uint16_t u16(const struct pcapng *p, struct rd *r)
{
	uint16_t x = rd_u16(r);

	return p->little ? __builtin_bswap16(x) : x;
}

static uint32_t u32(const struct pcapng *p, struct rd *r)
{
	uint32_t x = rd_u32(r);

	return p->little ? __builtin_bswap32(x) : x;
}

static int64_t s64(const struct pcapng *p, struct rd *r)
{
	uint64_t x = rd_u64(r);

	return (int64_t)(p->little ? __builtin_bswap64(x) : x);
}

/* A timestamp in the interface's unit, as microseconds; what no clock says becomes the nearest end of time. */
static li_us us_of(const struct interface *i, uint64_t stamp)
{
	unsigned n = i->resolution & 0x7f;
	__int128 us;

	if (i->resolution & 0x80) {
		us = n > 63 ? 0 : (__int128)(stamp >> n) * LI_US_SECOND +
			(__int128)(((unsigned __int128)(stamp & ((UINT64_C(1) << n) - 1)) * (uint64_t)LI_US_SECOND) >> n);
	} else {
		us = stamp;
		for (; n > 6 && us; n--)
			us /= 10;
		for (; n < 6; n++)
			us *= 10;
	}
	us += (__int128)i->offset * LI_US_SECOND;
	if (us > LI_US_NEVER - 1)
		return LI_US_NEVER - 1;
	return us < -(LI_US_NEVER - 1) ? -(LI_US_NEVER - 1) : (li_us)us;
}

/* -- blocks -- */

static enum li_err read_interface(struct pcapng *p, struct rd *r)
{
	struct interface i = { .resolution = 6 };

	i.linktype = u16(p, r);
	rd_skip(r, 2);
	i.snap = u32(p, r);
	if (r->err)
		return broken(p, "interface block too short");
	while (rd_left(r) >= 4) {
		uint16_t code = u16(p, r), len = u16(p, r);
		struct rd v;

		if (code == OPT_END)
			break;
		v = rd_sub(r, len);
		if (code == OPT_TSRESOL && len == 1)
			i.resolution = rd_u8(&v);
		else if (code == OPT_TSOFFSET && len == 8)
			i.offset = s64(p, &v);
		rd_skip(r, (4u - len % 4) % 4);
	}
	if (r->err)
		return broken(p, "options of an interface block run past it");
	if (p->n == INTERFACES_MAX)
		return broken(p, "more than %d interfaces", INTERFACES_MAX);
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 4;
		struct interface *q = realloc(p->iface, room * sizeof(*q));

		if (!q)
			return broken(p, "out of memory");
		p->iface = q;
		p->room = room;
	}
	p->iface[p->n++] = i;
	return LI_OK;
}

static enum li_err read_packet(struct pcapng *p, uint32_t type, struct rd *r, struct pcapng_packet *out)
{
	uint32_t which = type == ENHANCED_PACKET ? u32(p, r) : type == OLD_PACKET ? u16(p, r) : 0, captured;
	uint64_t stamp = 0;

	if (type == OLD_PACKET)
		rd_skip(r, 2);	/* drops count */
	if (type != SIMPLE_PACKET) {
		stamp = (uint64_t)u32(p, r) << 32;
		stamp |= u32(p, r);
		captured = u32(p, r);
		out->wire_len = u32(p, r);
	} else {
		out->wire_len = captured = u32(p, r);
	}
	if (r->err)
		return broken(p, "packet block too short");
	if (which >= p->n)
		return broken(p, "packet of an interface that was not described");
	if (type == SIMPLE_PACKET) {	/* cut by the interface's snap length, and nothing in the block says so */
		if (p->iface[0].snap && captured > p->iface[0].snap)
			captured = p->iface[0].snap;
	} else {
		p->last = us_of(&p->iface[which], stamp);
	}
	if (captured > LI_SNAP_MAX)
		return broken(p, "packet of %u octets", captured);
	out->octets = rd_take(r, captured);
	if (r->err)
		return broken(p, "packet runs past its block");
	out->linktype = p->iface[which].linktype;
	out->time = p->last;
	return LI_OK;
}

/* A section header says by its magic in which byte order its own length stands. */
static enum li_err read_section(struct pcapng *p, const uint8_t length[4])
{
	uint8_t magic[4];
	struct rd m = rd_of(view_of(magic, 4)), l = rd_of(view_of(length, 4)), r;
	enum li_err e = take_rest(p, magic, 4);
	uint32_t x, len;
	uint16_t major;

	if (e)
		return e;
	x = rd_u32(&m);
	if (x != MAGIC && x != __builtin_bswap32(MAGIC))
		return broken(p, "bad byte-order magic");
	p->little = x != MAGIC;
	len = u32(p, &l);
	if (len < 28 || len % 4 || len > BLOCK_MAX)
		return broken(p, "section header of %u octets", len);
	p->body.n = 0;
	if (buf_need(&p->body, len))
		return broken(p, "out of memory");
	e = take_rest(p, p->body.p, len - 12);
	if (e)
		return e;
	r = rd_of(view_of(p->body.p, len - 12));
	major = u16(p, &r);
	if (major != 1)
		return broken(p, "version %u is not known", major);
	r = rd_of(view_of(p->body.p + len - 16, 4));
	if (u32(p, &r) != len)
		return broken(p, "the two lengths of a block differ");
	p->n = 0;
	return LI_OK;
}

/* The next block: LI_OK with a packet, LI_EAGAIN when it had none. */
static enum li_err block(struct pcapng *p, struct pcapng_packet *out)
{
	uint8_t head[8];
	enum li_err e = take(p, head, sizeof(head));
	struct rd r = rd_of(view_of(head, sizeof(head)));
	uint32_t type, len;

	if (e)
		return e;
	if (rd_u32(&r) == SECTION) {	/* reads the same in both orders */
		e = read_section(p, head + 4);
		return e ? e : LI_EAGAIN;
	}
	r = rd_of(view_of(head, sizeof(head)));
	type = u32(p, &r);
	len = u32(p, &r);
	if (len < 12 || len % 4)
		return broken(p, "block of %u octets", len);
	if (type != INTERFACE && type != OLD_PACKET && type != SIMPLE_PACKET && type != ENHANCED_PACKET) {
		e = take_rest(p, NULL, len - 12);
		if (e)
			return e;
		e = take_rest(p, head, 4);
	} else {
		if (len > BLOCK_MAX)
			return broken(p, "block of %u octets", len);
		p->body.n = 0;
		if (buf_need(&p->body, len))
			return broken(p, "out of memory");
		e = take_rest(p, p->body.p, len - 12);
		if (!e)
			e = take_rest(p, head, 4);
	}
	if (e)
		return e;
	r = rd_of(view_of(head, 4));
	if (u32(p, &r) != len)
		return broken(p, "the two lengths of a block differ");
	r = rd_of(view_of(p->body.p, len - 12));
	switch (type) {
	case INTERFACE:
		e = read_interface(p, &r);
		return e ? e : LI_EAGAIN;
	case OLD_PACKET: case SIMPLE_PACKET: case ENHANCED_PACKET:
		return read_packet(p, type, &r, out);
	}
	return LI_EAGAIN;
}

/* -- the file -- */

struct pcapng *pcapng_open(FILE *f, char *err, size_t errlen)
{
	struct pcapng *p = calloc(1, sizeof(*p));
	uint8_t head[8];
	struct rd r = rd_of(view_of(head, sizeof(head)));
	struct pcapng_packet none;
	enum li_err e;

	if (!p) {
		snprintf(err, errlen, "out of memory");
		return NULL;
	}
	p->f = f;
	buf_init(&p->body, BLOCK_MAX);
	e = take(p, head, sizeof(head));
	if (!e)
		e = rd_u32(&r) == SECTION ? read_section(p, head + 4) : broken(p, "not a pcapng file");
	else if (e == LI_ECLOSED)
		e = broken(p, "empty file");
	while (!e && !p->n) {	/* a packet before it would be broken */
		e = block(p, &none);
		if (e == LI_EAGAIN || e == LI_ECLOSED) {
			bool end = e == LI_ECLOSED;

			e = LI_OK;
			if (end)
				break;
		}
	}
	if (!e)
		return p;
	snprintf(err, errlen, "%s", p->error);
	pcapng_close(p);
	return NULL;
}

void pcapng_close(struct pcapng *p)
{
	if (!p)
		return;
	free(p->iface);
	buf_fini(&p->body);
	free(p);
}

int pcapng_linktype(const struct pcapng *p)
{
	return p->n ? p->iface[0].linktype : -1;
}

enum li_err pcapng_next(struct pcapng *p, struct pcapng_packet *out)
{
	enum li_err e;

	if (p->error[0])	/* the first error sticks: nothing after it can be told apart */
		return LI_EIO;
	do
		e = block(p, out);
	while (e == LI_EAGAIN);
	return e;
}
