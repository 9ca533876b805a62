/*
 * bench_send.c: sends a capture's frames on an interface of the benchmark's own: what comes before the content slowly, then, for
 * each line RATE SECONDS of standard input, content at that rate, round and round; a line says how many went and how fast.
 *
 *	bench_send INTERFACE FILE BEFORE
 */
#include <net/if.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST	200000u		/* frames held: 170 MB */
#define BATCH	32u
#define SLOWLY	20000.0		/* frames a second of signalling */

static struct iovec frame[MOST];
static unsigned frames;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void load(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);
	struct pcap_pkthdr *h;
	const u_char *o;

	if (!p) {
		fprintf(stderr, "bench_send: %s\n", why);
		exit(1);
	}
	while (frames < MOST && pcap_next_ex(p, &h, &o) == 1) {
		frame[frames] = (struct iovec){ malloc(h->caplen), h->caplen };
		memcpy(frame[frames++].iov_base, o, h->caplen);
	}
	pcap_close(p);
}

/* From first on, round and round between first and frames. */
static unsigned long go(int fd, unsigned first, double rate, double until, unsigned long most)
{
	struct mmsghdr m[BATCH];
	unsigned long sent = 0;
	double start = now();
	unsigned at = first;

	while (sent < most && now() - start < until) {
		unsigned n = 0;
		int done;

		while ((double)sent > (now() - start) * rate)	/* sleeping is too coarse */
			;
		memset(m, 0, sizeof(m));
		for (; n < BATCH && sent + n < most; n++) {
			m[n].msg_hdr.msg_iov = &frame[at + n < frames ? at + n : first + (at + n - frames)];
			m[n].msg_hdr.msg_iovlen = 1;
		}
		done = sendmmsg(fd, m, n, 0);
		if (done <= 0)
			continue;	/* the device's queue is full */
		sent += (unsigned)done;
		at += (unsigned)done;
		if (at >= frames)
			at = first + (at - frames);
	}
	return sent;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	unsigned before;
	double rate, seconds;

	if (argc != 4)
		return 2;
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (fd < 0 || !to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror("bench_send");
		return 1;
	}
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &(int){ 1 }, sizeof(int));
	load(argv[2]);
	before = (unsigned)atoi(argv[3]);
	if (before >= frames)
		return 2;
	go(fd, 0, SLOWLY, 1e9, before);
	printf("signalled %u\n", before);
	fflush(stdout);
	while (scanf("%lf %lf", &rate, &seconds) == 2) {
		double start = now();
		unsigned long n = go(fd, before, rate, seconds, ~0ul);

		printf("sent %lu rate %.0f\n", n, (double)n / (now() - start));
		fflush(stdout);
	}
	return 0;
}
