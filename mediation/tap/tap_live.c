/*
 * tap_live.c: one interface through libpcap's ring (TPACKET_V3). The kernel hands over a block when it is full or after
 * BLOCK_MS; a poll here waits POLL_MS at the most, on the ring and on a wake. Frames are given in place.
 */
#include "mediation/tap/tap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <li/limits.h>
#include "handover/sandbox.h"
#include "mediation/tap/layers.h"

#define RING_OCTETS	(64 << 20)	/* half a second of a fully used 1 Gbit/s link */
#define BLOCK_MS	5		/* with POLL_MS: how late signalling may be; well inside LI_HOLD_US */
#define POLL_MS		10
#define STATS_EVERY	64		/* polls between two looks at the kernel's counters on a busy link */

struct tap_live {
	const char *name, *interface, *filter;	/* the caller's */
	unsigned index;
	pcap_t *pcap;			/* NULL: it is closed, until tap_live_reopen() */
	int dlt;
	unsigned hardware;		/* ARPHRD_… of the interface */
	int ring, wake, any;		/* file descriptors; wake: an eventfd; any: a socket to ask the kernel by */
	atomic_bool stopped;
	unsigned polls;
	li_us last;
	struct tap_stats mine;		/* the polling thread's */
	uint32_t told_kernel, told_interface;	/* what libpcap said at the last look */
	atomic_uint_fast64_t shown[6];	/* copies for other threads */
	char error[256];

	/* during one poll */
	void (*fn)(void *arg, const struct tap_frame *);
	void *arg;
};

LI_PRINTF(2, 3) static void say(struct tap_live *l, const char *fmt, ...)
{
	int n = snprintf(l->error, sizeof(l->error), "tap %s: ", l->name);
	va_list ap;

	if (n < 0 || (size_t)n >= sizeof(l->error))
		return;
	va_start(ap, fmt);
	vsnprintf(l->error + n, sizeof(l->error) - (size_t)n, fmt, ap);
	va_end(ap);
}

/* -- opening -- */

/* What the kernel says of the interface that has this name now. */
static bool ask(const struct tap_live *l, unsigned long what, struct ifreq *r)
{
	*r = (struct ifreq){ .ifr_flags = 0 };
	if (strlen(l->interface) >= sizeof(r->ifr_name))
		return false;
	memcpy(r->ifr_name, l->interface, strlen(l->interface) + 1);
	return ioctl(l->any, what, r) == 0;
}

static bool configure(struct tap_live *l)
{
	int r;

	/* none of these fails before the handle is active */
	pcap_set_snaplen(l->pcap, LI_SNAP_MAX);
	pcap_set_promisc(l->pcap, 1);
	pcap_set_timeout(l->pcap, BLOCK_MS);
	pcap_set_buffer_size(l->pcap, RING_OCTETS);
	r = pcap_activate(l->pcap);
	if (r >= 0)	/* above 0: warnings, such as no promiscuous mode on "any" */
		return true;
	if (strcmp(pcap_statustostr(r), pcap_geterr(l->pcap)) == 0)
		say(l, "%s", pcap_geterr(l->pcap));
	else
		say(l, "%s: %s", pcap_statustostr(r), pcap_geterr(l->pcap));
	return false;
}

static bool set_filter(struct tap_live *l, const char *filter)
{
	struct bpf_program prog;
	bool ok;

	if (!filter)
		filter = tap_default_filter(l->dlt);
	if (!filter)
		return true;
	if (pcap_compile(l->pcap, &prog, filter, 1, PCAP_NETMASK_UNKNOWN)) {
		say(l, "filter: %s", pcap_geterr(l->pcap));
		return false;
	}
	ok = pcap_setfilter(l->pcap, &prog) == 0;
	if (!ok)
		say(l, "filter: %s", pcap_geterr(l->pcap));
	pcap_freecode(&prog);
	return ok;
}

/* Needs CAP_NET_RAW (AF_PACKET, promiscuous mode) each time, not only at the start. */
static bool open_pcap(struct tap_live *l)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct ifreq r;

	l->pcap = pcap_create(l->interface, why);
	if (!l->pcap) {
		say(l, "%s", why);
		return false;
	}
	if (!configure(l))
		return false;
	l->hardware = ask(l, SIOCGIFHWADDR, &r) ? r.ifr_hwaddr.sa_family : 0;
	l->dlt = pcap_datalink(l->pcap);
	if (!link_known(l->dlt)) {
		say(l, "%s has link type %d, which is not read", l->interface, l->dlt);
		return false;
	}
	if (!set_filter(l, l->filter))
		return false;
	l->told_kernel = l->told_interface = 0;	/* a new socket counts from 0 */
	l->ring = pcap_get_selectable_fd(l->pcap);
	if (l->ring >= 0 && pcap_setnonblock(l->pcap, 1, why) == 0)
		return true;
	say(l, "cannot wait for %s", l->interface);
	return false;
}

static void close_pcap(struct tap_live *l)
{
	if (l->pcap)
		pcap_close(l->pcap);
	l->pcap = NULL;
}

struct tap_live *tap_live_open(const struct tap_conf *c, unsigned index, char *err, size_t errlen)
{
	struct tap_live *l = calloc(1, sizeof(*l));

	if (!l) {
		snprintf(err, errlen, "out of memory");
		return NULL;
	}
	l->name = c->name;
	l->interface = c->interface;
	l->filter = c->filter;
	l->index = index;
	l->last = INT64_MIN;
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (l->wake >= 0 && l->any >= 0 && open_pcap(l))
		return l;
	snprintf(err, errlen, "%s", l->wake < 0 ? "no eventfd" : l->error);
	tap_live_close(l);
	return NULL;
}

/* What was counted of the interface that is gone is not taken off that of the new one. */
static void forget_counts(struct tap_live *l)
{
	struct pcap_stat s;

	if (pcap_stats(l->pcap, &s) == 0)
		l->told_interface = s.ps_ifdrop;
}

/*
 * The right to open a packet socket is gone in a sandbox, but the one that was open is bound to nothing since its interface was
 * deleted, and may be bound again: that, and to be promiscuous, needs no right. Ring, filter and libpcap's handle stay as they are.
 */
static bool bind_again(struct tap_live *l)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq promiscuous = { .mr_type = PACKET_MR_PROMISC };
	int fd = pcap_fileno(l->pcap), why;
	socklen_t n = sizeof(why);
	struct ifreq r;

	if (!ask(l, SIOCGIFHWADDR, &r) || r.ifr_hwaddr.sa_family != l->hardware || !ask(l, SIOCGIFINDEX, &r))
		return false;
	to.sll_ifindex = promiscuous.mr_ifindex = r.ifr_ifindex;
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n);	/* that it was gone */
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)))
		return false;
	(void)setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous));	/* as at the opening: not all can */
	forget_counts(l);
	return true;
}

enum li_err tap_live_reopen(struct tap_live *l, unsigned wait_ms)
{
	struct pollfd p = { l->wake, POLLIN, 0 };
	uint64_t woken;

	if (atomic_load_explicit(&l->stopped, memory_order_relaxed))
		return LI_ECLOSED;
	if (poll(&p, 1, (int)wait_ms) > 0 && read(l->wake, &woken, sizeof(woken)) < 0 && errno != EAGAIN)
		return LI_EIO;
	if (atomic_load_explicit(&l->stopped, memory_order_relaxed))
		return LI_ECLOSED;
	if (p.revents)
		return LI_EIO;		/* woken for what is held: the time is not over */
	if (l->pcap && bind_again(l))
		return LI_OK;
	if (sandbox_is_entered())
		return LI_EIO;
	close_pcap(l);			/* another kind of interface has its name now */
	if (open_pcap(l))
		return LI_OK;
	close_pcap(l);
	return LI_EIO;
}

void tap_live_close(struct tap_live *l)
{
	if (!l)
		return;
	close_pcap(l);
	if (l->wake >= 0)
		close(l->wake);
	if (l->any >= 0)
		close(l->any);
	free(l);
}

/* libpcap goes on in silence while an interface is down: only its absence ends a poll. */
bool tap_live_has_link(const struct tap_live *l)
{
	struct ifreq r;

	if (!ask(l, SIOCGIFFLAGS, &r))
		return true;		/* no interface of the kernel's: "any" */
	return (r.ifr_flags & IFF_UP) && (r.ifr_flags & IFF_RUNNING);
}

/* -- counters: the kernel's may be asked by the polling thread only -- */

static void show(struct tap_live *l)
{
	const uint64_t v[] = { l->mine.frames, l->mine.octets, l->mine.dropped_kernel, l->mine.dropped_interface, l->mine.truncated,
			       l->mine.backwards };

	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		atomic_store_explicit(&l->shown[i], v[i], memory_order_relaxed);
}

void tap_live_stats(struct tap_live *l, struct tap_stats *s)
{
	uint64_t v[6];

	for (unsigned i = 0; i < 6; i++)
		v[i] = atomic_load_explicit(&l->shown[i], memory_order_relaxed);
	*s = (struct tap_stats){ v[0], v[1], v[2], v[3], v[4], v[5] };
}

/* libpcap's counts are 32 bits wide and begin again: what grew since the last look is added. */
static void look(struct tap_live *l)
{
	struct pcap_stat s;

	if (pcap_stats(l->pcap, &s))
		return;
	l->mine.dropped_kernel += (uint32_t)(s.ps_drop - l->told_kernel);
	l->mine.dropped_interface += (uint32_t)(s.ps_ifdrop - l->told_interface);
	l->told_kernel = s.ps_drop;
	l->told_interface = s.ps_ifdrop;
}

/* -- frames -- */

static void on_frame(u_char *arg, const struct pcap_pkthdr *h, const u_char *octets)
{
	struct tap_live *l = (void *)arg;
	struct tap_frame f = { view_of(octets, h->caplen), h->len, l->dlt, h->ts.tv_sec * LI_US_SECOND + h->ts.tv_usec, l->index };

	l->mine.frames++;
	l->mine.octets += f.octets.n;
	l->mine.truncated += f.wire_len > f.octets.n;
	l->mine.backwards += f.time < l->last;
	l->last = f.time;
	l->fn(l->arg, &f);
}

enum li_err tap_live_poll(struct tap_live *l, int max, void (*fn)(void *arg, const struct tap_frame *), void *arg)
{
	struct pollfd p[2] = { { l->ring, POLLIN, 0 }, { l->wake, POLLIN, 0 } };
	uint64_t woken;
	int n;

	if (atomic_load_explicit(&l->stopped, memory_order_relaxed))
		return LI_ECLOSED;
	l->fn = fn;
	l->arg = arg;
	n = pcap_dispatch(l->pcap, max, on_frame, (u_char *)l);	/* on a busy link there is something: no system call */
	if (n == 0) {
		if (poll(p, 2, POLL_MS) < 0 && errno != EINTR) {
			say(l, "poll: %s", strerror(errno));
			return LI_EIO;
		}
		if (p[1].revents && read(l->wake, &woken, sizeof(woken)) < 0 && errno != EAGAIN) {
			say(l, "eventfd: %s", strerror(errno));
			return LI_EIO;
		}
		if (atomic_load_explicit(&l->stopped, memory_order_relaxed))
			return LI_ECLOSED;
		n = pcap_dispatch(l->pcap, max, on_frame, (u_char *)l);
	}
	if (n == 0 || ++l->polls % STATS_EVERY == 0)
		look(l);
	show(l);
	if (n >= 0)
		return LI_OK;
	say(l, "%s", pcap_geterr(l->pcap));
	return LI_EIO;
}

const char *tap_live_error(const struct tap_live *l)
{
	return l->error;
}

void tap_live_wake(struct tap_live *l)
{
	uint64_t one = 1;

	if (write(l->wake, &one, sizeof(one)) < 0)
		return;	/* it has been woken 2^64 times: it is awake */
}

void tap_live_stop(struct tap_live *l)
{
	atomic_store_explicit(&l->stopped, true, memory_order_relaxed);
	tap_live_wake(l);
}
