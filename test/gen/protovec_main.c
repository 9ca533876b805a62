/*
 * protovec: writes the messages of protovec.h.
 *   protovec FILE.pcap        as a capture: PFCP over UDP, NGAP over SCTP, NAS inside a Downlink NAS Transport
 *   protovec --seeds FOLDER   a file each in FOLDER/pfcp, ngap, nas5gs and sctp: the fuzz drivers' seeds
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include <li/wr.h>

#include "test/gen/per.h"
#include "test/gen/protovec.h"

static const uint8_t ethernet[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };

/* NAS-PDU in a Downlink NAS Transport. */
static struct view carry(struct view nas)
{
	static struct per field, all, pdu;

	per_init(&field);
	per_string(&field, nas);
	per_init(&all);
	per_bits(&all, 0, 1);
	per_int(&all, 1, 0, 65535);
	per_int(&all, 38, 0, 65535);
	per_int(&all, 0, 0, 2);
	per_string(&all, per_view(&field));
	per_init(&pdu);
	per_bits(&pdu, 0, 3);
	per_int(&pdu, 4, 0, 255);
	per_int(&pdu, 0, 0, 2);
	per_string(&pdu, per_view(&all));
	return per_view(&pdu);
}

/* A DATA chunk: FLAGS are unordered 4, first 2, last 1. */
static void chunk(struct wr *w, uint32_t tsn, unsigned flags, struct view v)
{
	static const uint8_t zero[3];

	wr_put(w, zero, (4 - v.n % 4) % 4);
	wr_put(w, v.p, v.n);
	wr_u32(w, 60);			/* payload protocol identifier */
	wr_u16(w, (uint16_t)tsn);	/* stream sequence number */
	wr_u16(w, 0);
	wr_u32(w, tsn);
	wr_u16(w, (uint16_t)(v.n + 16));
	wr_u16(w, (uint16_t)flags);
}

static void sctp_header(struct wr *w)
{
	wr_u32(w, 0);
	wr_u32(w, 0x01020304);		/* verification tag */
	wr_u16(w, 38412);
	wr_u16(w, 38412);
}

static void frame(struct wr *w, const struct protovec *v, uint32_t number)
{
	struct view payload = view_of(v->p, v->n);
	uint8_t protocol = v->kind == VEC_PFCP ? 17 : 132;

	if (v->kind == VEC_NAS)
		payload = carry(payload);
	if (v->kind == VEC_PFCP) {
		wr_put(w, payload.p, payload.n);
		wr_u16(w, 0);
		wr_u16(w, (uint16_t)(payload.n + 8));
		wr_u16(w, 8805);
		wr_u16(w, 8805);
	} else {
		chunk(w, number, 3, payload);
		sctp_header(w);
	}
	wr_u32(w, 0x0a000002);
	wr_u32(w, 0x0a000001);
	wr_u16(w, 0);
	wr_u8(w, protocol);
	wr_u8(w, 64);
	wr_u32(w, 0);
	wr_u16(w, (uint16_t)(wr_len(w) + 4));
	wr_u16(w, 0x4500);
	wr_put(w, ethernet, sizeof(ethernet));
}

static int capture(const char *path)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *d = pcap_dump_open(p, path);
	const struct protovec *v;

	if (!d) {
		fprintf(stderr, "protovec: %s\n", pcap_geterr(p));
		return 1;
	}
	for (uint32_t i = 0; (v = protovec_at(i)); i++) {
		uint8_t room[4096];
		struct wr w = wr_of(room, sizeof(room));
		struct pcap_pkthdr h = { .ts = { 1700000000 + i, 0 } };

		frame(&w, v, i + 1);
		if (w.err)
			return 1;
		h.caplen = h.len = (bpf_u_int32)wr_len(&w);
		pcap_dump((u_char *)d, &h, w.p);
	}
	pcap_dump_close(d);
	pcap_close(p);
	return 0;
}

static int seeds(const char *folder)
{
	static const char *const kind[] = { "pfcp", "ngap", "nas5gs" };
	const struct protovec *v;

	for (size_t i = 0; (v = protovec_at(i)); i++) {
		char path[1024];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s/%s", folder, kind[v->kind], v->name);
		f = fopen(path, "wb");
		if (!f || fwrite(v->p, 1, v->n, f) != v->n || fclose(f)) {
			perror(path);
			return 1;
		}
	}
	return 0;
}

/* Packets one after the other, each after its length in two octets, as fuzz_sctp reads them; written from the last. */
static void packet_done(struct wr *w, size_t before)
{
	sctp_header(w);
	wr_u16(w, (uint16_t)(wr_len(w) - before));
}

static int sctp_seed(const char *folder, const char *name, const struct wr *w)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/sctp/%s", folder, name);
	f = fopen(path, "wb");
	if (w->err || !f || fwrite(w->p, 1, wr_len(w), f) != wr_len(w) || fclose(f)) {
		perror(path);
		return 1;
	}
	return 0;
}

static int sctp_seeds(const char *folder)
{
	const struct protovec *v = protovec("ngap_setup_response");
	struct view a = view_of(v->p, 20), b = view_of(v->p + 20, 9), c = view_of(v->p + 29, v->n - 29);
	uint8_t room[1024];
	struct wr w = wr_of(room, sizeof(room));
	size_t n;
	int bad;

	chunk(&w, 2, 3, view_of(v->p, v->n));		/* a bundle, and the second message once more */
	packet_done(&w, 0);
	n = wr_len(&w);
	chunk(&w, 2, 3, view_of(v->p, v->n));
	chunk(&w, 1, 3, view_of(v->p, v->n));
	packet_done(&w, n);
	bad = sctp_seed(folder, "bundle", &w);

	w = wr_of(room, sizeof(room));			/* fragments, the last one first, over the end of the numbers */
	chunk(&w, 0, 0, b);
	packet_done(&w, 0);
	n = wr_len(&w);
	chunk(&w, UINT32_MAX, 2, a);
	packet_done(&w, n);
	n = wr_len(&w);
	chunk(&w, 1, 1, c);
	packet_done(&w, n);
	return bad | sctp_seed(folder, "fragments", &w);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
		return seeds(argv[2]) | sctp_seeds(argv[2]);
	if (argc == 2)
		return capture(argv[1]);
	fprintf(stderr, "usage: protovec FILE.pcap | --seeds FOLDER\n");
	return 2;
}
