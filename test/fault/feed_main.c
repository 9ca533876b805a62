/*
 * feed_main.c: a core's wires that carry on whatever becomes of mdfd: sessions are established on N4, talk on N3, are changed and released,
 * and others begin; into a FIFO, or onto a test's own interface. Each packet says which it is (made.h). What was sent is written down
 * (--truth), a line each:
 *
 *	s SESSION SUBSCRIBER SERIAL	established; SERIAL: of the next packet of content
 *	e SESSION PACKETS SERIAL	released, after so many packets
 *	g SESSION PACKETS SERIAL	left alone for ever, without a word: --again
 *	a SESSION PACKETS SERIAL	there at the end: one of four
 *	k SESSION PACKETS SERIAL	so many of it were sent before this reader
 *	l SERIAL			another mdfd reads from here on, or may
 *	r SERIAL			and is known to, from here on
 *	z SERIAL MICROSECONDS		the last packet, and how long it took to the agency's file; -1: not in WATCH_S
 *
 * A FIFO's reader that is gone is waited for; the header of the capture goes again. On an interface SIGUSR1 says that the reader
 * is gone, and SIGUSR2 that another one is there; traffic goes on between them. SIGTERM: the end, with a last packet of
 * subscriber 1, who is a target. Subscriber i has the
 * IMSI 00101 and 500 + i in ten digits. Its capture clock has nothing to do with ours: a
 * packet is --step microseconds after the one before.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "test/fault/made.h"
#include "test/gen/frame.h"
#include "test/gen/pfcp_out.h"

#define IMSI	500u		/* before those are ligen's subscribers, who may be on the same wire */
#define GNBS	16u
#define SLOTS	4096u
#define BUFFER	32768u		/* octets that are written at once: whoever dies takes that with it, and the pipe's 64 KiB */
#define WATCH_S	60

static const char help[] =
	"usage: fault_feed (--fifo PATH | --interface IF) --truth FILE [options]\n"
	"\n"
	"  --rate N          packets of content a second; 0: as fast as they are taken (20000)\n"
	"  --hour S          the rate follows the hours of a day, each so many seconds; --rate is the busiest, which comes first\n"
	"  --packets N       the end after so many (for ever)\n"
	"  --sessions N      at once (20)              --subscribers N   whose they are, in turn (20)\n"
	"  --targets N       the first N of them are targets (5); the sessions of a burst are theirs\n"
	"  --life N          packets of a session, about; 0: it is never released (500)\n"
	"  --again           when another mdfd reads, every session is established anew, as another one\n"
	"  --resumed         the last packet is of a session that may be older than the reader\n"
	"  --burst N         at the end so many packets as fast as they go, all of targets\n"
	"  --watch FILE      where the last packet must appear\n"
	"  --step US         between two packets, of the capture's clock (1000)   --back US   a new reader finds that clock set back\n"
	"  --least N --most N   octets of a packet (64, 300)           --seed N (1)\n";

struct conf {
	const char *fifo, *interface, *truth, *watch;
	unsigned long rate, packets, sessions, subscribers, targets, life, burst, least, most, seed, hour;
	long step, back;
	bool again, resumed;
};

struct slot {
	uint32_t session, subscriber, k, most, mbr;
	unsigned reader;	/* which one was told of it */
};

static struct conf c = { .rate = 20000, .sessions = 20, .subscribers = 20, .targets = 5, .life = 500, .least = MADE_LEAST, .most = 300,
			 .seed = 1, .step = 1000 };
static struct slot slot[SLOTS];
static struct li_addr smf, upf, upf_n3, gnb[GNBS];
static volatile sig_atomic_t stop, other, ready;
static FILE *truth;
static int fd = -1;
static unsigned readers;
static uint32_t sessions, seq, frames;
static uint64_t serial, rng;
static li_us now;
static uint8_t buffer[BUFFER + FRAME_MAX + 16];
static size_t buffered;

static uint64_t rnd(uint64_t below)
{
	rng = made_mix(rng, 1);
	return rng % below;
}

static struct li_addr address(uint8_t net, unsigned i)
{
	return li_addr4((uint8_t[]){ 172, (uint8_t)(16 + net), (uint8_t)(i >> 8), (uint8_t)i });	/* none of ligen's */
}

/* -- out ----------------------------------------------------------------------------------------------------------- */

static void put32(uint32_t x)
{
	memcpy(buffer + buffered, &x, 4);
	buffered += 4;
}

static void await_reader(void)
{
	while ((fd = open(c.fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 && errno == ENXIO)
		usleep(500);
	if (fd < 0) {
		perror(c.fifo);
		exit(1);
	}
	fcntl(fd, F_SETFL, 0);
	buffered = 0;
	put32(0xa1b2c3d4);
	put32(2 | 4u << 16);
	put32(0);
	put32(0);
	put32(262144);
	put32(1);
	other = 1;
}

static void flush(void)
{
	size_t at = 0;

	while (c.fifo && at < buffered) {
		ssize_t n = write(fd, buffer + at, buffered - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {		/* the reader is gone, and with it all that it was to be given */
			close(fd);
			await_reader();
			return;
		}
		at += (size_t)n;
	}
	buffered = 0;
}

static void frame(struct wr *w, const struct li_addr *src, const struct li_addr *dst, uint16_t port)
{
	frame_udp(w, src, dst, port, port);
	frame_ip(w, src, dst, 17, (uint16_t)frames++);
	frame_link(w, FRAME_ETHERNET, false);
	if (w->err)
		exit(1);
	now += c.step;
	if (c.interface) {
		while (send(fd, wr_view(w).p, wr_len(w), 0) < 0 && (errno == ENOBUFS || errno == EINTR || errno == EAGAIN))
			usleep(100);
		return;
	}
	put32((uint32_t)(now / LI_US_SECOND));
	put32((uint32_t)(now % LI_US_SECOND));
	put32((uint32_t)wr_len(w));
	put32((uint32_t)wr_len(w));
	memcpy(buffer + buffered, wr_view(w).p, wr_len(w));
	buffered += wr_len(w);
	if (buffered >= BUFFER)
		flush();
}

/* -- sessions ------------------------------------------------------------------------------------------------------ */

enum message { ASSOCIATE, ASSOCIATED, ESTABLISH, ESTABLISHED, MODIFY, MODIFIED, DELETE, DELETED };

static void message(const struct slot *s, enum message m)
{
	uint32_t i = s ? s->session : 0;
	char imsi[32];
	uint8_t room[FRAME_MAX];
	struct wr w = wr_of(room, sizeof(room));
	bool request = m == ASSOCIATE || m == ESTABLISH || m == MODIFY || m == DELETE;
	struct pfcp_session p = {
		.cp = smf, .up = upf, .cp_seid = 2 * i + 1, .up_seid = 2 * i + 2, .imsi = imsi, .user_id = true, .dnn = "internet",
		.ul = { upf_n3, 2 * i + 1 }, .dl = { gnb[i % GNBS], 2 * i + 2 }, .pdn_type = 1, .sst = 1, .sd = 1 << 24,
		.mbr = s ? s->mbr : 0, .ue4 = made_ue(i),
	};

	snprintf(imsi, sizeof(imsi), "00101%010u", s ? IMSI + s->subscriber : 0);
	seq += request;
	switch (m) {
	case ASSOCIATE: case ASSOCIATED: pfcp_out_association(&w, m == ASSOCIATE, seq, request ? &smf : &upf, 1); break;
	case ESTABLISH: pfcp_out_establish(&w, &p, seq, true); break;
	case ESTABLISHED: pfcp_out_established(&w, &p, seq, 1); break;
	case MODIFY: pfcp_out_modify(&w, &p, seq, true); break;
	case MODIFIED: pfcp_out_modified(&w, &p, seq); break;
	case DELETE: pfcp_out_delete(&w, &p, seq); break;
	case DELETED: pfcp_out_deleted(&w, &p, seq, 0, 0); break;
	}
	frame(&w, request ? &smf : &upf, request ? &upf : &smf, 8805);
}

static void establish(unsigned i)
{
	struct slot *s = &slot[i];
	bool burst = c.burst != 0;

	*s = (struct slot){ .session = sessions++, .mbr = 1000, .reader = readers };
	/* slot 0 is subscriber 1's, and never released; in a burst all are targets' */
	s->subscriber = i == 0 ? 1 : (uint32_t)(burst ? s->session % c.targets : s->session % c.subscribers) + 1;
	s->most = c.life && i ? (uint32_t)(1 + rnd(2 * c.life)) : UINT32_MAX;
	fprintf(truth, "s %u %u %llu\n", s->session, s->subscriber, (unsigned long long)serial);
	message(s, ESTABLISH);
	message(s, ESTABLISHED);
}

static void tell(const struct slot *s, char how)
{
	fprintf(truth, "%c %u %u %llu\n", how, s->session, s->k, (unsigned long long)serial);
}

static void release(unsigned i)
{
	message(&slot[i], DELETE);
	message(&slot[i], DELETED);
	tell(&slot[i], 'e');
}

static void content(unsigned i)
{
	struct slot *s = &slot[i];
	struct made m = { .session = s->session, .k = s->k++, .serial = serial++, .time = now + c.step };
	uint8_t room[FRAME_MAX], inner[MADE_MOST];
	struct wr w = wr_of(room, sizeof(room));
	const struct li_addr *ran = &gnb[s->session % GNBS];
	size_t n = c.least + made_mix(m.serial, c.seed) % (c.most - c.least + 1);

	m.up = m.serial & 1;
	made_write(c.seed, &m, n, inner);
	wr_put(&w, inner, n);
	frame_gtpu(&w, 2 * s->session + (m.up ? 1 : 2), false, false, 9, m.up, 0);
	frame(&w, m.up ? ran : &upf_n3, m.up ? &upf_n3 : ran, 2152);
}

/* One step of slot i: a packet, and what a session does besides. */
static void step(unsigned i)
{
	struct slot *s = &slot[i];

	if (s->k >= s->most) {
		release(i);
		establish(i);
	} else if (s->k == s->most / 2 && s->k && s->most != UINT32_MAX) {
		s->mbr++;
		message(s, MODIFY);
		message(s, MODIFIED);
	}
	content(i);
}

/* Another mdfd reads from here on. */
static void greet(void)
{
	ready = 0;
	fprintf(truth, "r %llu\n", (unsigned long long)serial);
	if (readers == 1 || c.again) {
		message(NULL, ASSOCIATE);
		message(NULL, ASSOCIATED);
	}
	for (unsigned i = 0; i < c.sessions; i++) {
		if (readers == 1) {
			establish(i);
		} else if (c.again) {
			tell(&slot[i], 'g');
			establish(i);
		} else {
			tell(&slot[i], 'k');
		}
	}
	fflush(truth);
}

static void leave(void)
{
	other = 0;
	if (readers++)
		now -= c.back;
	fprintf(truth, "l %llu\n", (unsigned long long)serial);
	if (c.fifo || readers == 1)
		greet();
	fflush(truth);
}

/* -- time ---------------------------------------------------------------------------------------------------------- */

static double clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Percent of the busiest hour, from 19 h on: an evening, a night, a day. */
static const uint8_t day[24] = { 100, 95, 85, 70, 50, 35, 25, 20, 20, 20, 25, 40, 60, 75, 80, 80, 85, 85, 80, 80, 80, 85, 90, 95 };

static double rate_at(double t)
{
	static double begin;

	begin = begin == 0 ? t : begin;
	return (double)c.rate * (c.hour ? day[(unsigned)((t - begin) / (double)c.hour) % 24] : 100) / 100;
}

/* So many packets that are due by now; what a silence or a wait held up is not made up for. */
static unsigned due(double *begin, double *sent)
{
	double t = clock_now(), rate = rate_at(t);

	if (!c.rate)
		return 64;
	*sent += (t - *begin) * rate;	/* that many, and a part of one */
	*begin = t;
	if (*sent > rate / 10)
		*sent = 1;
	if (*sent < 1)
		return 0;
	rate = (double)(unsigned)*sent;
	*sent -= rate;
	return (unsigned)rate;
}

static bool is_there(int w, uint64_t last)
{
	static const uint8_t magic[4] = { 0x9d, 'M', 'F', 0xa7 };
	uint8_t end[4096], want[8];
	struct stat st;
	ssize_t n;

	if (w < 0 || fstat(w, &st))
		return false;
	n = pread(w, end, sizeof(end), st.st_size > (off_t)sizeof(end) ? st.st_size - (off_t)sizeof(end) : 0);
	for (unsigned i = 0; i < 8; i++)
		want[i] = (uint8_t)(last >> 8 * (7 - i));
	for (ssize_t i = 0; i + 20 <= n; i++)
		if (memcmp(end + i, magic, 4) == 0 && memcmp(end + i + 12, want, 8) == 0)
			return true;
	return false;
}

static void watch(uint64_t last)
{
	double begin = clock_now(), took = -1;
	int w = -1;

	while (c.watch && !stop && clock_now() - begin < WATCH_S && took < 0) {
		if (w < 0)
			w = open(c.watch, O_RDONLY | O_CLOEXEC);
		if (is_there(w, last))
			took = clock_now() - begin;
		else
			usleep(1000);
	}
	fprintf(truth, "z %llu %lld\n", (unsigned long long)last, took < 0 ? -1LL : (long long)(took * 1e6));
	fflush(truth);
}

/* -- */

static void on_stop(int s)
{
	(void)s;
	stop = 1;
}

static void on_other(int s)
{
	if (s == SIGUSR2)
		ready = 1;
	else
		other = 1;
}

static void begin(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	now = (li_us)t.tv_sec * LI_US_SECOND;
	rng = made_mix(c.seed, 2);
	smf = address(0, 1);
	upf = address(0, 2);
	upf_n3 = address(1, 1);
	for (unsigned i = 0; i < GNBS; i++)
		gnb[i] = address(2, i + 1);
	truth = fopen(c.truth, "w");
	if (!truth) {
		perror(c.truth);
		exit(1);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_stop);
	signal(SIGUSR1, on_other);
	signal(SIGUSR2, on_other);
	if (c.interface) {
		struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(c.interface) };

		fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		if (fd < 0 || !to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to))) {
			perror(c.interface);
			exit(1);
		}
		other = 1;
	} else {
		await_reader();
	}
}

static void go(void)
{
	double start = clock_now(), sent = 0;

	while (!stop && (!c.packets || serial < c.packets)) {
		unsigned n = due(&start, &sent);

		if (other)
			leave();
		if (ready)
			greet();
		while (n-- && !other)
			step((unsigned)rnd(c.sessions));
		if (c.rate) {
			flush();
			usleep(1000);
		}
	}
}

/* The last packets: to the reader that there is, of a session that it knows. */
static void end(void)
{
	unsigned reader;

	do {
		flush();
		if (other)
			leave();
		reader = readers;
		if (slot[0].reader != readers && !c.resumed) {
			tell(&slot[0], 'g');
			establish(0);
		}
		for (unsigned long i = 0; i < c.burst && reader == readers && !other; i++)
			content((unsigned)rnd(c.sessions));
		content(0);
		flush();
	} while (other);
	stop = 0;
	watch(serial - 1);
	for (unsigned i = 0; i < c.sessions; i++) {
		if (i % 4 == 3)
			tell(&slot[i], 'a');
		else
			release(i);
	}
	flush();
	fclose(truth);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "fifo", 1, NULL, 'f' }, { "interface", 1, NULL, 'i' }, { "truth", 1, NULL, 't' }, { "rate", 1, NULL, 'r' },
		{ "packets", 1, NULL, 'p' }, { "sessions", 1, NULL, 's' }, { "subscribers", 1, NULL, 'u' }, { "targets", 1, NULL, 'T' },
		{ "life", 1, NULL, 'l' }, { "again", 0, NULL, 'a' }, { "resumed", 0, NULL, 'R' }, { "burst", 1, NULL, 'b' },
		{ "watch", 1, NULL, 'w' }, { "step", 1, NULL, 'S' }, { "back", 1, NULL, 'B' }, { "least", 1, NULL, 'm' },
		{ "most", 1, NULL, 'M' }, { "seed", 1, NULL, 'x' }, { "hour", 1, NULL, 'h' },
		{ "help", 0, NULL, '?' }, { NULL, 0, NULL, 0 }
	};
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned long n = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (o) {
		case 'f': c.fifo = optarg; break;
		case 'i': c.interface = optarg; break;
		case 't': c.truth = optarg; break;
		case 'w': c.watch = optarg; break;
		case 'r': c.rate = n; break;
		case 'p': c.packets = n; break;
		case 's': c.sessions = n; break;
		case 'u': c.subscribers = n; break;
		case 'T': c.targets = n; break;
		case 'l': c.life = n; break;
		case 'b': c.burst = n; break;
		case 'S': c.step = (long)n; break;
		case 'B': c.back = (long)n; break;
		case 'm': c.least = n; break;
		case 'M': c.most = n; break;
		case 'x': c.seed = n; break;
		case 'h': c.hour = n; break;
		case 'a': c.again = true; break;
		case 'R': c.resumed = true; break;
		default: fputs(help, o == '?' && optopt == 0 ? stdout : stderr); return o == '?' && optopt == 0 ? 0 : 2;
		}
	}
	if (!c.fifo == !c.interface || !c.truth || !c.sessions || c.sessions > SLOTS || !c.targets || c.targets > c.subscribers ||
	    c.least < MADE_LEAST || c.most < c.least || c.most > MADE_MOST) {
		fputs(help, stderr);
		return 2;
	}
	begin();
	go();
	end();
	fprintf(stderr, "fault_feed: %llu packets, %u sessions, %u readers\n", (unsigned long long)serial, sessions, readers);
	return 0;
}
