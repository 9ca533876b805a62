/*
 * pcapng.h: packets from a pcapng file or stream (draft-ietf-opsawg-pcapng), any number of sections and interfaces, link
 * types mixed as they come: libpcap refuses such a file.
 */
#ifndef MEDIATION_TAP_PCAPNG_H
#define MEDIATION_TAP_PCAPNG_H

#include <stdio.h>

#include <li/time.h>

struct pcapng;

struct pcapng_packet {
	struct view octets;	/* good until the next call */
	uint32_t wire_len;
	int linktype;		/* LINKTYPE_* of its interface */
	li_us time;		/* of a Simple Packet Block, which has none: that of the packet before it */
};

/* Reads up to the first interface description from f, which stays the caller's. NULL: err says why. */
struct pcapng *pcapng_open(FILE *f, char *err, size_t errlen);
void pcapng_close(struct pcapng *p);
/* LI_ECLOSED at the end of the file, LI_EIO when it is cut short or broken: pcapng_error() says how and where. */
enum li_err pcapng_next(struct pcapng *p, struct pcapng_packet *out) LI_MUST;
/* Of the first interface; -1: the file has none, and no packets. */
int pcapng_linktype(const struct pcapng *p);
const char *pcapng_error(const struct pcapng *p);

#endif
