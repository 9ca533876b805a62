/* octets.c: octets that grow while they are written. */
#include "conformance/octets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 256u	/* the least that is asked of the heap */

void octets_fini(struct octets *o)
{
	free(o->p);
	memset(o, 0, sizeof(*o));
}

/* Where n more octets go; NULL when there is no room to be had. */
static uint8_t *more(struct octets *o, size_t n)
{
	size_t room = o->room ? o->room : FIRST;
	uint8_t *p;

	if (o->failed || n > OCTETS_MAX || o->n > OCTETS_MAX - n) {
		o->failed = true;
		return NULL;
	}
	while (room < o->n + n)
		room *= 2;
	if (room > o->room) {
		p = realloc(o->p, room);
		if (!p) {
			o->failed = true;
			return NULL;
		}
		o->p = p;
		o->room = room;
	}
	p = o->p + o->n;
	o->n += n;
	return p;
}

void octets_put(struct octets *o, const void *p, size_t n)
{
	uint8_t *to = n ? more(o, n) : NULL;

	if (to)
		memcpy(to, p, n);
}

void octets_fill(struct octets *o, uint8_t what, size_t n)
{
	uint8_t *to = n ? more(o, n) : NULL;

	if (to)
		memset(to, what, n);
}

void octets_set16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void octets_set32(uint8_t *p, uint32_t v)
{
	octets_set16(p, v >> 16);
	octets_set16(p + 2, v & 0xffff);
}

unsigned octets_get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

uint32_t octets_get32(const uint8_t *p)
{
	return (uint32_t)octets_get16(p) << 16 | octets_get16(p + 2);
}

uint64_t octets_get64(const uint8_t *p)
{
	return (uint64_t)octets_get32(p) << 32 | octets_get32(p + 4);
}

void octets_u8(struct octets *o, unsigned v)
{
	uint8_t b = (uint8_t)v;

	octets_put(o, &b, 1);
}

void octets_u16(struct octets *o, unsigned v)
{
	uint8_t *p = more(o, 2);

	if (p)
		octets_set16(p, v);
}

void octets_u32(struct octets *o, uint32_t v)
{
	uint8_t *p = more(o, 4);

	if (p)
		octets_set32(p, v);
}

void octets_u64(struct octets *o, uint64_t v)
{
	octets_u32(o, (uint32_t)(v >> 32));
	octets_u32(o, (uint32_t)v);
}

void octets_drop(struct octets *o, size_t n)
{
	if (n >= o->n) {
		o->n = 0;
		return;
	}
	memmove(o->p, o->p + n, o->n - n);
	o->n -= n;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool octets_hex(struct octets *o, const char *text)
{
	size_t before = o->n;
	int high = -1, d;

	for (; *text; text++) {
		if (*text == '#') {
			while (text[1] && text[1] != '\n')
				text++;
			continue;
		}
		d = digit(*text);
		if (d < 0 && (high >= 0 || !strchr(" \t\r\n-:.|", *text)))
			break;
		if (d < 0)
			continue;
		if (high < 0) {
			high = d;
			continue;
		}
		octets_u8(o, (unsigned)(high << 4 | d));
		high = -1;
	}
	if (*text || high >= 0)
		o->n = before;
	return !*text && high < 0 && !o->failed;
}

bool octets_file(struct octets *o, const char *path)
{
	bool std = strcmp(path, "-") == 0, good;
	FILE *f = std ? stdin : fopen(path, "rb");
	uint8_t piece[16384];
	size_t n;

	if (!f)
		return false;
	errno = 0;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		octets_put(o, piece, n);
	good = !ferror(f) && !o->failed;
	if (!std)
		fclose(f);
	if (!good && !errno)
		errno = EFBIG;
	return good;
}
