/*
 * tap_file.c: a capture file, FIFO or standard input as frames. The first octets tell the format: pcapng is read by pcapng.c, the
 * usual pcap in place by classic.c, everything else by libpcap, all through a stream of ours that a stop can end.
 *
 * Without a filter nothing is filtered here: flow_parse() is faster than BPF outside the kernel, and drops the same.
 */
#include "mediation/tap/tap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <li/limits.h>
#include "mediation/tap/classic.h"
#include "mediation/tap/layers.h"
#include "mediation/tap/pcapng.h"

#define READ_AHEAD	(1u << 18)	/* octets a read asks for */
#define POLL_MS		100		/* how late a stop may be noticed */
#define FILTERS		8		/* link types of one file that a filter is compiled for; more than we read */
#define LINKTYPE_RAW	101

struct filter {
	int dlt;
	struct bpf_program prog;
};

struct tap_file {
	const char *name, *filter;
	unsigned index;
	int fd;
	const atomic_bool *stop;
	bool waits;			/* a stream that nothing was read of: it may be long in coming */
	uint8_t first[CLASSIC_HEADER];	/* octets that told the format, to be read again */
	size_t first_n, first_at;
	char *ahead;			/* f's buffer */
	FILE *f;
	struct classic *classic;	/* one of these three */
	pcap_t *pcap;
	struct pcapng *ng;
	int linktype;			/* of classic, as DLT_* */
	struct filter filters[FILTERS];
	size_t n_filters;
	struct tap_stats stats;
	li_us last;
	uint64_t unread;		/* frames of link types that are not read */
	int unread_dlt;			/* of the first of them */
	bool ended;
	char error[256];
};

LI_PRINTF(2, 3) static void say(struct tap_file *f, const char *fmt, ...)
{
	int n = snprintf(f->error, sizeof(f->error), "tap %s: ", f->name);
	va_list ap;

	if (n < 0 || (size_t)n >= sizeof(f->error))
		return;
	va_start(ap, fmt);
	vsnprintf(f->error + n, sizeof(f->error) - (size_t)n, fmt, ap);
	va_end(ap);
}

/* -- the stream -- */

static ssize_t stream_read(void *arg, char *to, size_t n)
{
	struct tap_file *f = arg;
	struct pollfd p = { f->fd, POLLIN, 0 };

	if (f->first_at < f->first_n) {
		size_t left = f->first_n - f->first_at, k = n < left ? n : left;

		memcpy(to, f->first + f->first_at, k);
		f->first_at += k;
		return (ssize_t)k;
	}
	for (;;) {
		int r;

		if (atomic_load_explicit(f->stop, memory_order_relaxed))
			return 0;
		r = poll(&p, 1, POLL_MS);
		if (r < 0 && errno != EINTR)
			return -1;
		if (r > 0) {
			ssize_t got = read(f->fd, to, n);

			if (got >= 0 || (errno != EINTR && errno != EAGAIN))
				return got;
		}
	}
}

static int stream_close(void *arg)
{
	const struct tap_file *f = arg;

	return f->fd == STDIN_FILENO ? 0 : close(f->fd);
}

/* Nobody waits for the writer of a FIFO here: the thread that reads does, and a stop ends that. */
static bool stream_open(struct tap_file *f, const char *file)
{
	struct stat st;

	f->fd = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0 || fstat(f->fd, &st)) {
		say(f, "cannot open %s: %s", file, strerror(errno));
		return false;
	}
	f->waits = S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode) || S_ISSOCK(st.st_mode);
	return true;
}

/* The stream as the others want it. It closes the file descriptor. */
static bool stdio_open(struct tap_file *f)
{
	cookie_io_functions_t io = { .read = stream_read, .close = stream_close };

	f->ahead = malloc(READ_AHEAD);
	f->f = f->ahead ? fopencookie(f, "rb", io) : NULL;
	if (!f->f) {
		say(f, "out of memory");
		return false;
	}
	setvbuf(f->f, f->ahead, _IOFBF, READ_AHEAD);	/* without a buffer given, glibc takes one of its own size */
	return true;
}

/* -- filters -- */

/* The user's filter for this link type, compiled when it is first met; NULL: it does not compile. */
static const struct bpf_program *filter_for(struct tap_file *f, int dlt)
{
	pcap_t *p;
	int r;

	for (size_t i = 0; i < f->n_filters; i++)
		if (f->filters[i].dlt == dlt)
			return &f->filters[i].prog;
	if (f->n_filters == FILTERS) {
		say(f, "filter: the file mixes more than %d link types", FILTERS);
		return NULL;
	}
	p = pcap_open_dead(dlt, LI_SNAP_MAX);
	if (!p) {
		say(f, "out of memory");
		return NULL;
	}
	r = pcap_compile(p, &f->filters[f->n_filters].prog, f->filter, 1, PCAP_NETMASK_UNKNOWN);
	if (r)
		say(f, "filter for link type %d: %s", dlt, pcap_geterr(p));
	pcap_close(p);
	if (r)
		return NULL;
	f->filters[f->n_filters].dlt = dlt;
	return &f->filters[f->n_filters++].prog;
}

/* LI_OK: it passes. LI_EAGAIN: it does not. LI_EIO: there is no filter for its link type. */
static enum li_err filtered(struct tap_file *f, const struct tap_frame *t)
{
	struct pcap_pkthdr h = { .caplen = (uint32_t)t->octets.n, .len = t->wire_len };
	const struct bpf_program *prog;

	if (!f->filter || !link_known(t->dlt))	/* the parser counts what is not read */
		return LI_OK;
	prog = filter_for(f, t->dlt);
	if (!prog)
		return LI_EIO;
	return pcap_offline_filter(prog, &h, t->octets.p) ? LI_OK : LI_EAGAIN;
}

/* -- opening -- */

/* What is there at the front, up to a classic header; less when the stream is shorter. */
static void look(struct tap_file *f)
{
	ssize_t got = 1;

	while (got > 0 && f->first_n < sizeof(f->first)) {
		f->first_at = f->first_n;	/* nothing of it is to be read again yet */
		got = stream_read(f, (char *)f->first + f->first_n, sizeof(f->first) - f->first_n);
		f->first_n += got > 0 ? (size_t)got : 0;
	}
	f->first_at = 0;
}

static bool is_pcapng(const struct tap_file *f)
{
	static const uint8_t section[4] = { 0x0a, 0x0d, 0x0d, 0x0a };

	return f->first_n >= 4 && memcmp(f->first, section, 4) == 0;
}

static const char *dlt_name(int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	return name ? name : "unknown";
}

#define READ_ARE "capture as Ethernet, Linux cooked, raw IP or BSD loopback"

static bool is_read(struct tap_file *f, int dlt)
{
	if (!link_known(dlt)) {
		say(f, "link type %d (%s) is not read: " READ_ARE, dlt, dlt_name(dlt));
		return false;
	}
	return !f->filter || filter_for(f, dlt);
}

static int dlt_of(int linktype)
{
	return linktype == LINKTYPE_RAW ? DLT_RAW : linktype;
}

static bool open_classic(struct tap_file *f)
{
	f->first_at = f->first_n;
	f->linktype = dlt_of(f->linktype);
	f->classic = classic_open(view_of(f->first, f->first_n), stream_read, f);
	if (!f->classic) {
		say(f, "out of memory");
		return false;
	}
	return is_read(f, f->linktype);
}

static bool open_pcap(struct tap_file *f)
{
	char why[PCAP_ERRBUF_SIZE];

	if (!stdio_open(f))
		return false;
	f->pcap = pcap_fopen_offline_with_tstamp_precision(f->f, PCAP_TSTAMP_PRECISION_MICRO, why);
	if (!f->pcap) {
		say(f, "%s", why);
		return false;
	}
	f->f = NULL;	/* libpcap closes it */
	return is_read(f, pcap_datalink(f->pcap));
}

static bool open_pcapng(struct tap_file *f)
{
	char why[128];

	if (!stdio_open(f))
		return false;
	f->ng = pcapng_open(f->f, why, sizeof(why));
	if (!f->ng)
		say(f, "%s", why);
	else if (f->filter && pcapng_linktype(f->ng) >= 0 && link_known(dlt_of(pcapng_linktype(f->ng))))
		return filter_for(f, dlt_of(pcapng_linktype(f->ng)));	/* the others are met on the way */
	return f->ng;
}

/* What the first octets say it is. */
static bool begin(struct tap_file *f)
{
	look(f);
	if (classic_is(view_of(f->first, f->first_n), &f->linktype))
		return open_classic(f);
	return is_pcapng(f) ? open_pcapng(f) : open_pcap(f);
}

struct tap_file *tap_file_open(const struct tap_conf *c, unsigned index, const atomic_bool *stop, char *err, size_t errlen)
{
	struct tap_file *f = calloc(1, sizeof(*f));

	if (!f) {
		snprintf(err, errlen, "out of memory");
		return NULL;
	}
	f->name = c->name;
	f->filter = c->filter;
	f->index = index;
	f->stop = stop;
	f->last = INT64_MIN;
	if (stream_open(f, c->file) && (f->waits || begin(f)))
		return f;
	snprintf(err, errlen, "%s", f->error);
	tap_file_close(f);
	return NULL;
}

void tap_file_close(struct tap_file *f)
{
	if (!f)
		return;
	if (f->pcap)
		pcap_close(f->pcap);
	pcapng_close(f->ng);
	if (f->f)
		fclose(f->f);
	else if (!f->pcap && f->fd > STDIN_FILENO)
		close(f->fd);
	classic_close(f->classic);
	free(f->ahead);
	for (size_t i = 0; i < f->n_filters; i++)
		pcap_freecode(&f->filters[i].prog);
	free(f);
}

/* -- frames -- */

static void frame_of(const struct tap_file *f, const struct classic_packet *p, struct tap_frame *out)
{
	out->octets = p->octets;
	out->wire_len = p->wire_len;
	out->dlt = f->linktype;
	out->time = p->time;
}

static enum li_err next_classic(struct tap_file *f, struct tap_frame *out)
{
	struct classic_packet p;
	enum li_err e = classic_next(f->classic, &p);

	if (e == LI_EIO)
		say(f, "%s", classic_error(f->classic));
	if (!e)
		frame_of(f, &p, out);
	return e;
}

static enum li_err next_pcap(struct tap_file *f, struct tap_frame *out)
{
	struct pcap_pkthdr *h;
	const u_char *octets;

	switch (pcap_next_ex(f->pcap, &h, &octets)) {
	case 1:
		out->octets = view_of(octets, h->caplen);
		out->wire_len = h->len;
		out->dlt = pcap_datalink(f->pcap);
		out->time = h->ts.tv_sec * LI_US_SECOND + h->ts.tv_usec;
		return LI_OK;
	case PCAP_ERROR_BREAK:
		return LI_ECLOSED;
	}
	say(f, "%s", pcap_geterr(f->pcap));
	return LI_EIO;
}

/* A pcapng may mix link types, so what cannot be read is left out, and told of at its end. */
static enum li_err next_pcapng(struct tap_file *f, struct tap_frame *out)
{
	struct pcapng_packet p;
	enum li_err e = pcapng_next(f->ng, &p);

	if (e == LI_EIO)
		say(f, "%s", pcapng_error(f->ng));
	if (e == LI_ECLOSED && f->unread) {
		say(f, "%llu frames of link type %d (%s) and such were not read: " READ_ARE, (unsigned long long)f->unread,
		    f->unread_dlt, dlt_name(f->unread_dlt));
		return LI_EIO;
	}
	if (e)
		return e;
	out->octets = p.octets;
	out->wire_len = p.wire_len;
	out->dlt = dlt_of(p.linktype);
	out->time = p.time;
	if (!link_known(out->dlt) && !f->unread++)
		f->unread_dlt = out->dlt;
	return LI_OK;
}

static void count(struct tap_file *f, const struct tap_frame *t)
{
	f->stats.frames++;
	f->stats.octets += t->octets.n;
	f->stats.truncated += t->wire_len > t->octets.n;
	f->stats.backwards += t->time < f->last;
	f->last = t->time;
}

enum li_err tap_file_next(struct tap_file *f, struct tap_frame *out)
{
	enum li_err e = LI_EAGAIN;

	if (f->ended)
		return LI_ECLOSED;
	if (f->waits && !begin(f))
		e = LI_EIO;
	f->waits = false;
	out->tap = f->index;
	while (e == LI_EAGAIN) {
		e = f->classic ? next_classic(f, out) : f->pcap ? next_pcap(f, out) : next_pcapng(f, out);
		if (!e) {
			count(f, out);
			e = filtered(f, out);
		}
	}
	if (e && atomic_load_explicit(f->stop, memory_order_relaxed))
		e = LI_ECLOSED;	/* a stop in the middle of a frame is no broken file */
	f->ended = e != LI_OK;
	return e;
}

enum li_err tap_file_ahead(struct tap_file *f, struct tap_frame *out)
{
	enum li_err e = LI_EAGAIN;

	if (f->ended || !f->classic)
		return LI_EAGAIN;
	out->tap = f->index;
	do {
		struct classic_packet p;

		if (classic_ahead(f->classic, &p))
			return LI_EAGAIN;
		frame_of(f, &p, out);
		count(f, out);
		e = filtered(f, out);
	} while (e == LI_EAGAIN);
	f->ended = e != LI_OK;		/* its filter was compiled when it was opened: it cannot fail */
	return e;
}

const char *tap_file_error(const struct tap_file *f)
{
	return f->error;
}

void tap_file_stats(const struct tap_file *f, struct tap_stats *s)
{
	*s = f->stats;
}
