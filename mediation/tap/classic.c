/*
 * classic.c: records out of a window over the file. The window is small enough to stay in a core's second cache, and takes the longest
 * record behind a whole read; what is left of a read goes to its front before the next one.
 */
#include "mediation/tap/classic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/limits.h>
#include <li/rd.h>

#define MAGIC_MICRO	0xa1b2c3d4u
#define MAGIC_NANO	0xa1b23c4du
#define RECORD		16		/* octets of a record's header */
#define READ_AHEAD	(1u << 18)	/* octets a read asks for */
#define WINDOW		(READ_AHEAD + RECORD + LI_SNAP_MAX)

struct classic {
	ssize_t (*read)(void *arg, char *to, size_t n);
	void *arg;
	bool little, nano;
	size_t at, n;			/* of the window: what is given, what is read */
	char error[128];
	uint8_t window[WINDOW];
};

static uint32_t u32(bool little, struct rd *r)
{
	uint32_t x = rd_u32(r);

	return little ? __builtin_bswap32(x) : x;
}

static uint16_t u16(bool little, struct rd *r)
{
	uint16_t x = rd_u16(r);

	return little ? __builtin_bswap16(x) : x;
}

/* The link type's upper bits say whether frames end in a checksum: then libpcap is asked. */
bool classic_is(struct view header, int *linktype)
{
	struct rd r = rd_of(header);
	uint32_t magic = rd_u32(&r), type;
	bool little = magic == __builtin_bswap32(MAGIC_MICRO) || magic == __builtin_bswap32(MAGIC_NANO);
	uint16_t major, minor;

	if (!little && magic != MAGIC_MICRO && magic != MAGIC_NANO)
		return false;
	major = u16(little, &r);
	minor = u16(little, &r);
	rd_skip(&r, 12);
	type = u32(little, &r);
	*linktype = (int)type;
	return !r.err && major == 2 && minor == 4 && type <= UINT16_MAX;
}

struct classic *classic_open(struct view header, ssize_t (*read)(void *arg, char *to, size_t n), void *arg)
{
	struct classic *c = malloc(sizeof(*c));
	struct rd r = rd_of(header);
	uint32_t magic = rd_u32(&r);

	if (!c)
		return NULL;
	c->read = read;
	c->arg = arg;
	c->little = magic != MAGIC_MICRO && magic != MAGIC_NANO;
	c->nano = magic == MAGIC_NANO || magic == __builtin_bswap32(MAGIC_NANO);
	c->at = c->n = 0;
	c->error[0] = 0;
	return c;
}

void classic_close(struct classic *c)
{
	free(c);
}

const char *classic_error(const struct classic *c)
{
	return c->error;
}

/* A record at the front of what is read. LI_EAGAIN: it is not all there; *need: so many octets of it would be. */
static enum li_err record(struct classic *c, struct classic_packet *out, size_t *need)
{
	struct rd r = rd_of(view_of(c->window + c->at, c->n - c->at));
	uint32_t sec = u32(c->little, &r), part = u32(c->little, &r), captured = u32(c->little, &r);

	out->wire_len = u32(c->little, &r);
	*need = RECORD;
	if (r.err)
		return LI_EAGAIN;
	if (captured > LI_SNAP_MAX) {
		snprintf(c->error, sizeof(c->error), "invalid packet capture length %u, bigger than maximum of %u", captured, LI_SNAP_MAX);
		return LI_EIO;
	}
	*need = RECORD + captured;
	out->octets = rd_take(&r, captured);
	if (r.err)
		return LI_EAGAIN;
	out->time = (li_us)sec * LI_US_SECOND + (c->nano ? part / 1000 : part);
	c->at += *need;
	return LI_OK;
}

enum li_err classic_ahead(struct classic *c, struct classic_packet *out)
{
	size_t need, at = c->at;
	enum li_err e = record(c, out, &need);

	if (!e)
		return LI_OK;
	c->at = at;
	return LI_EAGAIN;
}

/* More octets behind those that are left. LI_ECLOSED: the file has no more. */
static enum li_err refill(struct classic *c)
{
	ssize_t got;

	memmove(c->window, c->window + c->at, c->n - c->at);
	c->n -= c->at;
	c->at = 0;
	got = c->read(c->arg, (char *)c->window + c->n, READ_AHEAD);
	if (got < 0) {
		snprintf(c->error, sizeof(c->error), "error reading dump file: %s", strerror(errno));
		return LI_EIO;
	}
	c->n += (size_t)got;
	return got ? LI_OK : LI_ECLOSED;
}

enum li_err classic_next(struct classic *c, struct classic_packet *out)
{
	size_t need;
	enum li_err e;

	if (c->error[0])	/* the first error sticks: nothing after it can be told apart */
		return LI_EIO;
	while ((e = record(c, out, &need)) == LI_EAGAIN) {
		e = refill(c);
		if (e == LI_ECLOSED && c->n)
			snprintf(c->error, sizeof(c->error), "truncated dump file; tried to read %zu octets of a record, only got %zu",
				 need, c->n);
		if (e)
			break;
	}
	return c->error[0] ? LI_EIO : e;
}
