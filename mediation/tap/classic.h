/*
 * classic.h: frames of a classic capture file (draft-ietf-opsawg-pcap), in place: a frame is a view into the window of the file
 * that was read last, so that several can be had at once and none is copied. Version 2.4 in either byte order, micro- or
 * nanoseconds, which is what is written today; whatever else calls itself pcap is libpcap's.
 */
#ifndef MEDIATION_TAP_CLASSIC_H
#define MEDIATION_TAP_CLASSIC_H

#include <sys/types.h>

#include <li/err.h>
#include <li/time.h>
#include <li/view.h>

#define CLASSIC_HEADER	24

struct classic;

struct classic_packet {
	struct view octets;
	uint32_t wire_len;
	li_us time;
};

/* Is this the header of such a file? *linktype: LINKTYPE_*. */
bool classic_is(struct view header, int *linktype);
/* read: as read(2); what it gives follows the header. NULL: no memory. */
struct classic *classic_open(struct view header, ssize_t (*read)(void *arg, char *to, size_t n), void *arg);
void classic_close(struct classic *c);
/* Frames are good until the next call of classic_next(), not of classic_ahead(). LI_ECLOSED at the end of the file; LI_EIO when it is
 * cut short or broken, and classic_error() says how. */
enum li_err classic_next(struct classic *c, struct classic_packet *out) LI_MUST;
/* The same, of what has been read already; LI_EAGAIN: classic_next() has to see to it. */
enum li_err classic_ahead(struct classic *c, struct classic_packet *out) LI_MUST;
const char *classic_error(const struct classic *c);

#endif
