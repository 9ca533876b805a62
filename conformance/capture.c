/*
 * capture.c: from frames to what a POI would send.
 *
 *	capture_next -> link -> ip -> (inner: gtpu -> ip) -> sip, rtp, dhcp, radius | gtpu | ip | ethernet: the first that is asked for and fits
 */
#include "conformance/capture.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conformance/xpdu.h"

#define TAGS	4		/* VLAN tags of one frame */
#define GTPU	2152u
#define STREAMS	4096		/* RTP streams that SDP has gone with */

struct media {			/* what an SDP announced */
	struct payload_end at;
	size_t call;
};

struct call {
	char *id, *sdp;
};

struct capture {
	const struct script_capture *c;
	pcap_t *pcap;
	int link;
	bool std;
	struct capture_stats stats;
	struct call *calls;
	struct media *media;
	size_t n_calls, n_media, n_streams;
	struct payload_end streams[STREAMS];
};

struct packet {			/* one IP packet, and what is in it */
	const uint8_t *ip, *data;	/* data: of UDP or TCP */
	size_t n, n_data;
	struct payload_end from, to;
	unsigned protocol;
	bool fragment;
};

struct capture *capture_open(const struct script_capture *c, char *err, size_t room)
{
	bool std = strcmp(c->file, "-") == 0;
	char text[PCAP_ERRBUF_SIZE] = "";
	struct capture *x = calloc(1, sizeof(*x));
	struct bpf_program f;

	snprintf(err, room, "no memory");
	if (!x)
		return NULL;
	x->c = c;
	x->calls = calloc(CAPTURE_CALLS, sizeof(*x->calls));
	x->media = calloc(2 * CAPTURE_CALLS, sizeof(*x->media));
	if (!x->calls || !x->media)
		goto bad;
	x->pcap = std ? pcap_fopen_offline_with_tstamp_precision(stdin, PCAP_TSTAMP_PRECISION_NANO, text)
		      : pcap_open_offline_with_tstamp_precision(c->file, PCAP_TSTAMP_PRECISION_NANO, text);
	if (!x->pcap) {
		snprintf(err, room, "%s", text);
		goto bad;
	}
	x->link = pcap_datalink(x->pcap);
	if (c->filter) {
		if (pcap_compile(x->pcap, &f, c->filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
			snprintf(err, room, "filter: %s", pcap_geterr(x->pcap));
			goto bad;
		}
		pcap_setfilter(x->pcap, &f);
		pcap_freecode(&f);
	}
	if ((c->as & SCRIPT_AS_ETHERNET) && x->link != DLT_EN10MB) {
		snprintf(err, room, "%s: its frames are not Ethernet's", c->file);
		goto bad;
	}
	return x;
bad:
	capture_close(x);
	return NULL;
}

void capture_close(struct capture *x)
{
	if (!x)
		return;
	if (x->pcap)
		pcap_close(x->pcap);
	for (size_t i = 0; i < x->n_calls; i++) {
		free(x->calls[i].id);
		free(x->calls[i].sdp);
	}
	free(x->calls);
	free(x->media);
	free(x);
}

const char *capture_error(struct capture *x)
{
	return pcap_geterr(x->pcap);
}

const struct capture_stats *capture_stats(const struct capture *x)
{
	return &x->stats;
}

/* -- down to a packet -- */

/* Where the IP packet of a frame begins; n: nowhere. */
static size_t past_link(int link, const uint8_t *p, size_t n)
{
	unsigned type;
	size_t at;

	switch (link) {
	case DLT_EN10MB:
		if (n < 14)
			return n;
		type = octets_get16(p + 12);
		at = 14;
		for (unsigned i = 0; i < TAGS && (type == 0x8100 || type == 0x88a8 || type == 0x9100) && n >= at + 4; i++, at += 4)
			type = octets_get16(p + at + 2);
		break;
	case DLT_LINUX_SLL:
		if (n < 16)
			return n;
		type = octets_get16(p + 14);
		at = 16;
		break;
	case DLT_LINUX_SLL2:
		if (n < 20)
			return n;
		type = octets_get16(p);
		at = 20;
		break;
	case DLT_NULL:
	case DLT_LOOP:
		return n < 4 ? n : 4;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return 0;
	default:
		return n;
	}
	return type == 0x0800 || type == 0x86dd ? at : n;
}

static struct payload_end end_of(const uint8_t *addr, unsigned n)
{
	struct payload_end e = { .addr = { .n = n } };

	memcpy(e.addr.b, addr, n);
	return e;
}

static bool ports(struct packet *k, const uint8_t *p, size_t n)
{
	size_t head = k->protocol == 17 ? 8 : 20;

	if ((k->protocol != 17 && k->protocol != 6) || k->fragment)
		return true;
	if (n < head)
		return false;
	k->from.port = octets_get16(p);
	k->to.port = octets_get16(p + 2);
	if (k->protocol == 17) {
		if (octets_get16(p + 4) < 8 || octets_get16(p + 4) > n)
			return false;
		n = octets_get16(p + 4);
	} else {
		head = (size_t)(p[12] >> 4) * 4;
		if (head < 20 || head > n)
			return false;
	}
	k->data = p + head;
	k->n_data = n - head;
	return true;
}

/* False: cut short, or no IP packet. */
static bool packet(const uint8_t *p, size_t n, struct packet *k)
{
	size_t at = 40, all;

	memset(k, 0, sizeof(*k));
	if (n >= 20 && p[0] >> 4 == 4) {
		at = (size_t)(p[0] & 15) * 4;
		all = octets_get16(p + 2);
		if (at < 20 || all < at || all > n)
			return false;
		k->from = end_of(p + 12, 4);
		k->to = end_of(p + 16, 4);
		k->protocol = p[9];
		k->fragment = octets_get16(p + 6) & 0x3fff;
	} else if (n >= 40 && p[0] >> 4 == 6) {
		all = 40 + (size_t)octets_get16(p + 4);
		if (all > n)
			return false;
		k->from = end_of(p + 8, 16);
		k->to = end_of(p + 24, 16);
		k->protocol = p[6];
		while (k->protocol == 0 || k->protocol == 43 || k->protocol == 60 || k->protocol == 44) {
			bool fragment = k->protocol == 44;

			if (all - at < 8)
				return false;
			k->fragment |= fragment && (octets_get16(p + at + 2) & 0xfff9);
			k->protocol = p[at];
			at += fragment ? 8 : ((size_t)p[at + 1] + 1) * 8;
			if (at > all)
				return false;
		}
	} else {
		return false;
	}
	k->ip = p;
	k->n = all;
	return ports(k, p + at, all - at);
}

static bool is_gtpu(const struct packet *k)
{
	return k->protocol == 17 && k->data && (k->from.port == GTPU || k->to.port == GTPU) && k->n_data >= 8 && k->data[0] >> 4 == 3;
}

/* The packet inside a G-PDU; uplink: -1 unknown. False: none that is whole. */
static bool inside(const struct packet *k, struct packet *inner, int *uplink)
{
	const uint8_t *p = k->data;
	size_t n = k->n_data, at = 8, all = 8 + (size_t)octets_get16(p + 2);
	unsigned next;

	*uplink = -1;
	if (p[1] != 255 || all > n)
		return false;
	if (p[0] & 7) {
		if (all < 12)
			return false;
		next = p[0] & 4 ? p[11] : 0;
		at = 12;
		while (next) {
			size_t len = at < all ? (size_t)p[at] * 4 : 0;

			if (len == 0 || at + len > all)
				return false;
			if (next == 0x85)
				*uplink = p[at + 1] >> 4;
			next = p[at + len - 1];
			at += len;
		}
	}
	return packet(p + at, all - at, inner) && inner->ip;
}

/* -- whose, and which way -- */

static bool same(const struct payload_addr *a, const struct octets *b)
{
	return a->n == b->n && memcmp(a->b, b->p, a->n) == 0;
}

/* False: of nobody who is asked for. */
static bool judge(struct capture *x, const struct packet *k, int uplink, struct capture_item *i)
{
	i->direction = uplink < 0 ? XPDU_DIR_UNKNOWN : uplink ? XPDU_DIR_FROM : XPDU_DIR_TO;	/* X23-POI-008 */
	for (size_t t = 0; k && t < x->c->n_targets; t++) {
		bool from = same(&k->from.addr, &x->c->targets[t]), to = same(&k->to.addr, &x->c->targets[t]);

		if (!from && !to)
			continue;
		i->direction = from && to ? XPDU_DIR_MULTIPLE : from ? XPDU_DIR_FROM : XPDU_DIR_TO;
		i->group = t;
		return true;
	}
	return x->c->n_targets == 0;
}

static void with_ends(const struct packet *k, struct capture_item *i)
{
	i->payload = k->data;
	i->n = k->n_data;
	i->has_ends = true;
	i->from = k->from;
	i->to = k->to;
	i->protocol = k->protocol;
}

/* -- SIP and what it announces -- */

static const char *header(const char *p, size_t n, const char *name, const char *compact, size_t *len)
{
	const char *end = p + n, *line = p;

	while (line < end) {
		const char *eol = memchr(line, '\n', (size_t)(end - line)), *colon;

		if (!eol || eol - line < 2)
			return NULL;
		colon = memchr(line, ':', (size_t)(eol - line));
		if (colon) {
			size_t k = (size_t)(colon - line);

			while (k && (line[k - 1] == ' ' || line[k - 1] == '\t'))
				k--;
			if ((k == strlen(name) && strncasecmp(line, name, k) == 0) || (k == strlen(compact) && strncasecmp(line, compact, k) == 0)) {
				for (colon++; colon < eol && (*colon == ' ' || *colon == '\t'); colon++)
					;
				while (eol > colon && (eol[-1] == '\r' || eol[-1] == ' '))
					eol--;
				*len = (size_t)(eol - colon);
				return colon;
			}
		}
		line = eol + 1;
	}
	return NULL;
}

static bool starts_sip(const char *p, size_t n)
{
	const char *eol = memchr(p, '\r', n < 4096 ? n : 4096);

	if (!eol || eol - p < 10)
		return false;
	return memcmp(p, "SIP/2.0 ", 8) == 0 || memcmp(eol - 8, " SIP/2.0", 8) == 0;
}

static size_t call_of(struct capture *x, const char *id, size_t n)
{
	size_t i = 0;

	while (i < x->n_calls && (strlen(x->calls[i].id) != n || memcmp(x->calls[i].id, id, n) != 0))
		i++;
	if (i == x->n_calls && i < CAPTURE_CALLS) {
		x->calls[i].id = strndup(id, n);
		if (x->calls[i].id)
			x->n_calls++;
	}
	return i;
}

static void announce(struct capture *x, size_t call, const char *addr, unsigned long port)
{
	struct media m = { .call = call };

	if (x->n_media == 2 * CAPTURE_CALLS || port == 0 || port > 65535 || !payload_addr(addr, &m.at.addr))
		return;
	m.at.port = (unsigned)port;
	for (size_t i = 0; i < x->n_media; i++) {
		if (memcmp(&x->media[i].at, &m.at, sizeof(m.at)) == 0) {
			x->media[i].call = call;	/* the port's next call */
			return;
		}
	}
	x->media[x->n_media++] = m;
}

/* The session's c= and each m= with its own, RFC 4566 clause 5. */
static void read_sdp(struct capture *x, size_t call, const char *body, size_t n)
{
	char *text = strndup(body, n), *line, *next, session[64] = "", media[64] = "";
	unsigned long port = 0;

	if (!text || call >= x->n_calls) {
		free(text);
		return;
	}
	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (strncmp(line, "c=", 2) == 0) {
			(void)sscanf(line, "c=IN IP%*c %63[0-9a-fA-F.:]", port ? media : session);
		} else if (strncmp(line, "m=", 2) == 0) {
			if (port)
				announce(x, call, *media ? media : session, port);
			*media = '\0';
			port = 0;
			(void)sscanf(line, "m=%*s %lu", &port);
		}
	}
	if (port)
		announce(x, call, *media ? media : session, port);
	free(text);
	text = strndup(body, n);
	if (text) {
		free(x->calls[call].sdp);
		x->calls[call].sdp = text;
	}
}

static bool sip(struct capture *x, const struct packet *k, struct capture_item *i)
{
	const char *p = (const char *)k->data, *body, *v;
	size_t n = k->n_data, head, length, len;

	if (!p || n < 20 || !starts_sip(p, n))
		return false;
	body = memmem(p, n, "\r\n\r\n", 4);
	if (!body) {
		x->stats.cut++;
		return false;
	}
	body += 4;
	head = (size_t)(body - p);
	v = header(p, head, "Content-Length", "l", &len);
	length = v ? strtoul(v, NULL, 10) : n - head;
	if (length > n - head) {
		x->stats.cut++;
		return false;
	}
	with_ends(k, i);
	i->n = head + length;
	i->type = XPDU_X2;
	i->format = XPDU_F_SIP;
	v = header(p, head, "Call-ID", "i", &len);
	if (v) {
		i->group = x->c->n_targets + call_of(x, v, len);
		v = header(p, head, "Content-Type", "c", &len);
		if (v && len >= 15 && strncasecmp(v, "application/sdp", 15) == 0)
			read_sdp(x, (size_t)i->group - x->c->n_targets, body, length);
	}
	return true;
}

static const struct media *announced(const struct capture *x, const struct payload_end *e)
{
	for (size_t i = 0; i < x->n_media; i++)
		if (x->media[i].at.port == e->port && x->media[i].at.addr.n == e->addr.n && memcmp(x->media[i].at.addr.b, e->addr.b, e->addr.n) == 0)
			return &x->media[i];
	return NULL;
}

static bool first_of_stream(struct capture *x, const struct payload_end *to)
{
	for (size_t i = 0; i < x->n_streams; i++)
		if (x->streams[i].port == to->port && memcmp(&x->streams[i].addr, &to->addr, sizeof(to->addr)) == 0)
			return false;
	if (x->n_streams < STREAMS)
		x->streams[x->n_streams++] = *to;
	return true;
}

/* Where SDP announced its address, or, when there was none at all, what looks like it. */
static bool rtp(struct capture *x, const struct packet *k, struct capture_item *i)
{
	const struct media *m;

	if (k->protocol != 17 || k->n_data < 12 || k->data[0] >> 6 != 2 || (k->data[1] >= 192 && k->data[1] <= 223))
		return false;		/* RFC 5761: 192 to 223 are RTCP's */
	m = announced(x, &k->to);
	if (!m)
		m = announced(x, &k->from);
	if (!m && (x->n_media || k->from.port < 1024 || k->to.port < 1024 || ((k->data[1] & 0x7f) > 34 && (k->data[1] & 0x7f) < 96)))
		return false;
	with_ends(k, i);
	i->type = XPDU_X3;
	i->format = XPDU_F_RTP;
	if (m) {
		i->group = x->c->n_targets + m->call;
		if (first_of_stream(x, &k->to))
			i->sdp = x->calls[m->call].sdp;
	}
	return true;
}

static bool port_is(const struct packet *k, unsigned port)
{
	return k->data && k->protocol == 17 && (k->from.port == port || k->to.port == port);
}

static bool message(const struct packet *k, struct capture_item *i, unsigned format)
{
	with_ends(k, i);
	i->type = XPDU_X2;
	i->format = format;
	return k->n_data > 0;
}

/* -- frames -- */

static bool raw_ip(const struct packet *k, struct capture_item *i)
{
	i->type = XPDU_X3;
	i->format = k->ip[0] >> 4 == 6 ? XPDU_F_IPV6 : XPDU_F_IPV4;
	i->payload = k->ip;
	i->n = k->n;
	return true;
}

static bool found(struct capture *x, const uint8_t *p, size_t n, struct capture_item *i)
{
	unsigned as = x->c->as;
	struct packet outer, inner, *k = &outer;
	size_t at = past_link(x->link, p, n);
	int uplink = -1;
	bool is_ip, has_inner, hit = false;

	is_ip = at < n && packet(p + at, n - at, &outer);
	if (at < n && !is_ip)
		x->stats.cut++;
	if (is_ip && outer.fragment) {
		x->stats.fragments++;
		if (!(as & (SCRIPT_AS_IP | SCRIPT_AS_ETHERNET)))
			return false;
	}
	has_inner = is_ip && is_gtpu(&outer) && inside(&outer, &inner, &uplink);
	if (x->c->inner) {
		if (!has_inner)
			return false;
		k = &inner;
	}
	if (is_ip) {		/* the most encapsulated form that is asked for comes last: X23-POI-007 is the asker's */
		hit = ((as & SCRIPT_AS_SIP) && sip(x, k, i)) || ((as & SCRIPT_AS_RTP) && rtp(x, k, i)) ||
		      ((as & SCRIPT_AS_DHCP) && (port_is(k, 67) || port_is(k, 68)) && message(k, i, XPDU_F_DHCP)) ||
		      ((as & SCRIPT_AS_RADIUS) && (port_is(k, 1812) || port_is(k, 1813) || port_is(k, 3799)) && message(k, i, XPDU_F_RADIUS));
		if (hit) {
			uint64_t group = i->group;

			hit = judge(x, k, -1, i);
			i->group = group >= x->c->n_targets ? group : i->group;
		} else if ((as & SCRIPT_AS_GTPU) && has_inner) {
			*i = (struct capture_item){ .time = i->time, .type = XPDU_X3, .format = XPDU_F_GTPU, .payload = outer.data, .n = outer.n_data };
			hit = judge(x, &inner, uplink, i);
		} else if (as & SCRIPT_AS_IP) {
			hit = raw_ip(k, i) && judge(x, k, k == &inner ? uplink : -1, i);
		}
	}
	if (!hit && (as & SCRIPT_AS_ETHERNET) && i->format == 0) {
		*i = (struct capture_item){ .time = i->time, .type = XPDU_X3, .format = XPDU_F_ETHERNET, .payload = p, .n = n };
		hit = judge(x, is_ip ? k : NULL, -1, i);
	}
	if (!hit && i->format) {
		x->stats.unwanted++;
		i->format = 0;
		return false;
	}
	x->stats.others += !hit;
	return hit;
}

int capture_next(struct capture *x, struct capture_item *i)
{
	struct pcap_pkthdr *h;
	const u_char *p;
	int r;

	while ((r = pcap_next_ex(x->pcap, &h, &p)) == 1) {
		x->stats.frames++;
		if (h->caplen < h->len && (x->c->as & SCRIPT_AS_ETHERNET)) {
			x->stats.cut++;
			continue;
		}
		memset(i, 0, sizeof(*i));
		i->time = (struct when){ (uint32_t)h->ts.tv_sec, (uint32_t)h->ts.tv_usec };
		if (!found(x, p, h->caplen, i))
			continue;
		x->stats.items++;
		return 1;
	}
	return r == PCAP_ERROR_BREAK ? 0 : -1;
}
