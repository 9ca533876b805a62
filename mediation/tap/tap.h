/*
 * tap.h: frames from libpcap: files (pcap, pcapng, FIFO, "-") and live interfaces. One tap belongs to one thread;
 * all file taps of a run are one source, merged by capture time.
 */
#ifndef MEDIATION_TAP_TAP_H
#define MEDIATION_TAP_TAP_H

#include <li/time.h>
#include <li/view.h>

struct tap_conf {
	const char *name;
	const char *interface;	/* or */
	const char *file;
	const char *filter;	/* NULL: tap_default_filter() */
	bool deduplicate;
};

struct tap_frame {
	struct view octets;	/* captured octets: good until the next call on the same source */
	uint32_t wire_len;
	int dlt;
	li_us time;
	unsigned tap;		/* index in the array given to the open call */
};

struct tap_stats {
	uint64_t frames, octets;
	uint64_t dropped_kernel, dropped_interface;	/* pcap_stats; 0 for files */
	uint64_t truncated;				/* frames cut by the snap length */
	uint64_t backwards;				/* frames older than the one before */
};

/* -- files: one merged source -- */
struct tap_files;
/* err: what is wrong with which tap, for people. Headers are read here, and a filter compiled, but for
 * a FIFO and such, which may be long in coming: the first read waits for its header, and tells what is wrong with it. conf's strings
 * must live as long. */
struct tap_files *tap_files_open(const struct tap_conf *c, const unsigned index[], size_t n, char *err, size_t errlen);
/* The earliest next frame. LI_ECLOSED at the end of all files; LI_EIO when a file is cut short or broken (its good
 * frames were given; tap_files_error() says which and why; the other files go on). */
enum li_err tap_files_next(struct tap_files *f, struct tap_frame *out) LI_MUST;
/* The same, and behind it up to max in all of those whose octets are here already: all good until the next call. */
enum li_err tap_files_burst(struct tap_files *f, struct tap_frame out[], size_t max, size_t *n) LI_MUST;
const char *tap_files_error(const struct tap_files *f);
/* Ends a read that waits for a stream: the next call gives LI_ECLOSED. Any thread. */
void tap_files_stop(struct tap_files *f);
void tap_files_stats(const struct tap_files *f, size_t i, struct tap_stats *s);
void tap_files_close(struct tap_files *f);

/* -- one live interface -- */
struct tap_live;
/* conf's strings must live as long. */
struct tap_live *tap_live_open(const struct tap_conf *c, unsigned index, char *err, size_t errlen);
/* Waits up to 10 ms and gives at most max frames to fn. LI_ECLOSED after tap_live_stop(), LI_EIO when the interface
 * is gone. */
enum li_err tap_live_poll(struct tap_live *l, int max, void (*fn)(void *arg, const struct tap_frame *), void *arg) LI_MUST;
const char *tap_live_error(const struct tap_live *l);	/* after LI_EIO: what the system said */
/* After LI_EIO of a poll: waits, and binds to the interface again if it is back. LI_OK: poll it. LI_EIO: not yet, or woken
 * meanwhile; call again. LI_ECLOSED after tap_live_stop(). Counts go on. Needs no right, but for an interface of another
 * kind: that is opened anew where there is no sandbox. The polling thread. */
enum li_err tap_live_reopen(struct tap_live *l, unsigned wait_ms) LI_MUST;
/* Is the interface up, with a carrier? A poll does not tell. The polling thread. */
bool tap_live_has_link(const struct tap_live *l);
void tap_live_wake(struct tap_live *l);			/* any thread: a poll that waits returns, with or without frames */
void tap_live_stop(struct tap_live *l);			/* any thread */
void tap_live_stats(struct tap_live *l, struct tap_stats *s);	/* any thread */
void tap_live_close(struct tap_live *l);

/* Our own filter: PFCP, GTP-U, SCTP, fragments, each also inside VLAN, QinQ, MPLS; NULL where the link type has none
 * (then everything is captured). Static. */
const char *tap_default_filter(int dlt);
/* What a filter of the user's hides of all that: says each thing ("G-PDUs over IPv6 inside QinQ"), found by running the
 * filter on made frames; a filter that passes none of them (it may ask for hosts) gives one line that says so. Gives how many lines, or
 * -1 and err when the filter does not compile for this link type. On a live interface Linux takes the outermost VLAN tag off before
 * the filter runs: what is hidden only behind one tag may show there. */
int tap_filter_hides(const char *filter, int dlt, void (*say)(void *arg, const char *what), void *arg, char *err, size_t errlen);

/* Second copies: same tap, same octets from the outer IP header on (TTL and checksums aside), within 10 ms. */
struct dedup;
/* key: random. NULL: no memory. */
struct dedup *dedup_new(const uint8_t key[16]);
void dedup_free(struct dedup *d);
/* ip: from the outer IP header on. True: a copy was seen less than 10 ms before. */
bool dedup_seen(struct dedup *d, li_us t, struct view ip);
/* Packets forgotten before their 10 ms were over, because too many came: a copy of one may pass. */
uint64_t dedup_lost(const struct dedup *d);

#endif
