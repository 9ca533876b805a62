/*
 * frame.h: packets for tests, built inside out over li/wr.h: payload, then UDP, IP, link. Nothing here is shared with the
 * decoders that these packets are for.
 */
#ifndef TEST_GEN_FRAME_H
#define TEST_GEN_FRAME_H

#include <li/ids.h>
#include <li/time.h>
#include <li/wr.h>

#define FRAME_MAX 9216

enum frame_link { FRAME_ETHERNET, FRAME_VLAN, FRAME_QINQ, FRAME_MPLS, FRAME_RAW, FRAME_SLL, FRAME_SLL2, FRAME_NULL };
int frame_dlt(enum frame_link l);

/* Each writes its header before what w holds. */
void frame_udp(struct wr *w, const struct li_addr *src, const struct li_addr *dst, uint16_t sport, uint16_t dport);
void frame_ip(struct wr *w, const struct li_addr *src, const struct li_addr *dst, uint8_t proto, uint16_t id);
void frame_link(struct wr *w, enum frame_link l, bool v6);
/* Headers of a G-PDU: n_ext extension headers of 4 * ext_len octets; qfi < 64 puts a PDU Session Container first. */
void frame_gtpu(struct wr *w, uint32_t teid, bool seq, bool npdu, unsigned qfi, bool uplink, unsigned n_ext);
/* One DATA chunk with its padding and the SCTP common header. */
void frame_sctp(struct wr *w, uint16_t sport, uint16_t dport, uint32_t vtag, uint32_t tsn, uint16_t stream, uint16_t ssn);

/* Cuts the IP packet in w (from its IP header on) into fragments of at most mtu octets and gives each to fn, whole with
 * its IP header, before any link header. */
void frame_fragments(struct view ip, size_t mtu, uint32_t id, void (*fn)(void *arg, struct view part), void *arg);

/* -- files -- */
struct pcap_out;
enum pcap_form { PCAP_MICRO, PCAP_NANO, PCAPNG };
struct pcap_out *pcap_out_open(const char *path, enum pcap_form form, int dlt);	/* NULL: errno */
void pcap_out_put(struct pcap_out *p, li_us t, struct view frame);
bool pcap_out_close(struct pcap_out *p);	/* false: something could not be written */

#endif
