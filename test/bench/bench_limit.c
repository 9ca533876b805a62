/*
 * bench_limit.c: what the machine asks for at least, as programs of the same make: microseconds of CPU, of the whole process, for the
 * frames of a capture behind the first BEFORE.
 *
 *	bench_limit read FILE BEFORE			libpcap reads the file, and nothing else
 *	bench_limit deliver FILE BEFORE HOT OVERHEAD CERTIFICATE KEY CA PORT
 *		and of each G-PDU of the first HOT sessions (bulkgen's TEIDs) OVERHEAD octets more than its content are copied once,
 *		and go out in full TLS records: the octets of our PS-PDUs, without their being made, queued or acknowledged
 */
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define RECORD	16384
#define TEID_AT	46		/* Ethernet, IPv4, UDP, and in the G-PDU's header */
#define INNER_AT 58		/* behind a header with a PDU Session Container */

struct out {
	SSL *ssl;
	uint8_t room[RECORD];
	size_t n, pdus, octets;
};

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_limit: %s\n", what);
	exit(1);
}

static pcap_t *open_file(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);

	if (!p)
		die(why);
	return p;
}

static SSL *dial(const char *crt, const char *key, const char *ca, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL_CTX *x = SSL_CTX_new(TLS_client_method());
	SSL *ssl;

	if (SSL_CTX_use_certificate_file(x, crt, SSL_FILETYPE_PEM) != 1 || SSL_CTX_use_PrivateKey_file(x, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_locations(x, ca, NULL) != 1)
		die("certificates");
	SSL_CTX_set_verify(x, SSL_VERIFY_PEER, NULL);
	ssl = SSL_new(x);
	SSL_CTX_free(x);
	SSL_set_fd(ssl, fd);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) || SSL_connect(ssl) != 1)
		die("no TLS connection");
	return ssl;
}

static void record(struct out *o)
{
	if (SSL_write(o->ssl, o->room, (int)o->n) <= 0)
		die("the sink has gone");
	o->n = 0;
}

static void put(struct out *o, const uint8_t *p, size_t n)
{
	o->octets += n;
	while (n) {
		size_t k = n < RECORD - o->n ? n : RECORD - o->n;

		memcpy(o->room + o->n, p, k);
		o->n += k;
		p += k;
		n -= k;
		if (o->n == RECORD)
			record(o);
	}
}

int main(int argc, char **argv)
{
	static uint8_t head[512];
	static struct out o;
	bool deliver = argc == 10 && strcmp(argv[1], "deliver") == 0;
	unsigned long n = 0, before, hot = 0;
	struct pcap_pkthdr *h;
	const u_char *p;
	size_t overhead = 0;
	double start = 0;
	pcap_t *pcap;

	if (!deliver && (argc != 4 || strcmp(argv[1], "read")))
		die("wrong use");
	pcap = open_file(argv[2]);
	before = strtoul(argv[3], NULL, 10);
	if (deliver) {
		hot = strtoul(argv[4], NULL, 10);
		overhead = strtoul(argv[5], NULL, 10);
		if (overhead > sizeof(head))
			die("wrong use");
		o.ssl = dial(argv[6], argv[7], argv[8], argv[9]);
	}
	for (; pcap_next_ex(pcap, &h, &p) == 1; n++) {
		if (n == before)
			start = cpu();
		if (!deliver || n < before || h->caplen < INNER_AT)
			continue;
		if (((unsigned long)p[TEID_AT] << 24 | (unsigned long)p[TEID_AT + 1] << 16 | (unsigned long)p[TEID_AT + 2] << 8 |
		     p[TEID_AT + 3]) > 2 * hot)
			continue;
		o.pdus++;
		put(&o, head, overhead);
		put(&o, p + INNER_AT, h->caplen - INNER_AT);
	}
	if (deliver && o.n)
		record(&o);
	printf("cpu_us %.0f frames %lu pdus %zu octets %zu\n", cpu() - start, n - before, o.pdus, o.octets);
	if (deliver) {
		SSL_shutdown(o.ssl);
		SSL_free(o.ssl);
	}
	pcap_close(pcap);
	return 0;
}
