/* outfile.c: PDUs into a file. */
#include "conformance/outfile.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT	65495u		/* what an IPv4 packet has room for behind its and TCP's header */

struct outfile {
	FILE *f;
	pcap_t *pcap;
	pcap_dumper_t *dump;
	uint32_t *next;		/* TCP's sequence number, by connection */
	size_t n;
	bool bad;
};

struct outfile *outfile_new(const char *path, char *err, size_t room)
{
	struct outfile *o = calloc(1, sizeof(*o));
	size_t n = strlen(path);

	snprintf(err, room, "no memory");
	if (!o)
		return NULL;
	if (n > 5 && strcmp(path + n - 5, ".pcap") == 0) {
		o->pcap = pcap_open_dead_with_tstamp_precision(DLT_RAW, 262144, PCAP_TSTAMP_PRECISION_NANO);
		o->dump = o->pcap ? pcap_dump_open(o->pcap, path) : NULL;
		if (!o->dump)
			snprintf(err, room, "%s", o->pcap ? pcap_geterr(o->pcap) : "no memory");
	} else {
		o->f = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
		if (!o->f)
			snprintf(err, room, "%s: %s", path, strerror(errno));
	}
	if (o->f || o->dump)
		return o;
	if (o->pcap)
		pcap_close(o->pcap);
	free(o);
	return NULL;
}

static unsigned folded(const uint8_t *p, size_t n, uint32_t s)
{
	for (; n > 1; p += 2, n -= 2)
		s += octets_get16(p);
	if (n)
		s += (uint32_t)p[0] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s & 0xffff;
}

static void segment(struct outfile *o, size_t c, struct when t, const uint8_t *p, size_t n)
{
	static const uint8_t ends[] = { 192, 0, 2, 1, 192, 0, 2, 2 };
	struct pcap_pkthdr h = { .ts = { .tv_sec = (time_t)t.s, .tv_usec = (suseconds_t)t.ns }, .caplen = (bpf_u_int32)(n + 40), .len = (bpf_u_int32)(n + 40) };
	struct octets x = { 0 };
	uint32_t s = 6 + (uint32_t)n + 20;

	octets_u16(&x, 0x4500);
	octets_u16(&x, (unsigned)(n + 40));
	octets_u32(&x, 0x4000);
	octets_u16(&x, 64 << 8 | 6);
	octets_u16(&x, 0);
	octets_put(&x, ends, 8);
	octets_u16(&x, 10000 + (unsigned)c % 30000);
	octets_u16(&x, OUTFILE_PORT);
	octets_u32(&x, o->next[c]);
	octets_u32(&x, 1);
	octets_u16(&x, 0x5018);
	octets_u16(&x, 0xffff);
	octets_u32(&x, 0);
	octets_put(&x, p, n);
	if (x.failed) {
		o->bad = true;
	} else {
		octets_set16(x.p + 10, folded(x.p, 20, 0));
		for (unsigned i = 0; i < 8; i += 2)
			s += octets_get16(ends + i);
		octets_set16(x.p + 36, folded(x.p + 20, n + 20, s));
		pcap_dump((u_char *)o->dump, &h, x.p);
		o->next[c] += (uint32_t)n;
	}
	octets_fini(&x);
}

void outfile_put(struct outfile *o, size_t c, struct when t, const uint8_t *p, size_t n)
{
	if (o->f) {
		o->bad |= n && fwrite(p, 1, n, o->f) != n;
		return;
	}
	if (c >= o->n) {
		uint32_t *a = realloc(o->next, (c + 1) * sizeof(*a));

		if (!a) {
			o->bad = true;
			return;
		}
		o->next = a;
		while (o->n <= c)
			a[o->n++] = 1;
	}
	for (; n; p += n < SEGMENT ? n : SEGMENT, n -= n < SEGMENT ? n : SEGMENT)
		segment(o, c, t, p, n < SEGMENT ? n : SEGMENT);
}

bool outfile_close(struct outfile *o)
{
	bool good;

	if (!o)
		return true;
	good = !o->bad;
	if (o->dump) {
		good = pcap_dump_flush(o->dump) == 0 && good;
		pcap_dump_close(o->dump);
		pcap_close(o->pcap);
	} else {
		good = (o->f == stdout ? fflush(o->f) : fclose(o->f)) == 0 && good;
	}
	free(o->next);
	free(o);
	return good;
}
