/* perf.c: PDUs that are made beforehand, as fast as can be. */
#include "conformance/perf.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "conformance/reach.h"
#include "conformance/xpdu.h"

struct spot {			/* a PDU of a block */
	struct form_place place;
	uint32_t sequence;	/* in the first pass */
	uint32_t step;		/* PDUs of its context in a pass */
};

struct lane {			/* a connection */
	struct perf *p;
	struct octets block;	/* the PDUs of so many passes */
	struct spot *spots;
	size_t n, copies;	/* of one pass; passes that the block holds */
	size_t pass_octets;
	int fd;
	SSL *ssl;
	struct octets got;
	struct perf_result *r;
	pthread_t thread;
	bool begun;
};

struct perf {
	struct perf_conf c;
	struct lane *lanes;
	struct sequence *contexts;	/* PDUs of a pass, by context */
	struct sockaddr_storage addr;
	SSL_CTX *ctx;
	bool failed;
};

struct perf *perf_new(const struct perf_conf *c)
{
	struct perf *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->c = *c;
	p->lanes = calloc(c->connections, sizeof(*p->lanes));
	p->contexts = sequence_new();
	if (p->lanes && p->contexts) {
		for (size_t i = 0; i < c->connections; i++)
			p->lanes[i] = (struct lane){ .p = p, .fd = -1 };
		return p;
	}
	perf_free(p);
	return NULL;
}

void perf_free(struct perf *p)
{
	if (!p)
		return;
	for (size_t i = 0; p->lanes && i < p->c.connections; i++) {
		octets_fini(&p->lanes[i].block);
		octets_fini(&p->lanes[i].got);
		free(p->lanes[i].spots);
	}
	SSL_CTX_free(p->ctx);
	sequence_free(p->contexts);
	free(p->lanes);
	free(p);
}

/* How many PDUs of this one's context a pass has. */
static uint32_t *of_context(struct perf *p, const uint8_t *pdu, size_t n)
{
	struct octets who = { 0 };
	struct xpdu_attr a;
	struct xpdu x;
	uint32_t *count = NULL;

	if (xpdu_read(pdu, n, &x))
		return NULL;
	for (unsigned t = XPDU_A_DOMAIN_ID; t <= XPDU_A_IPID; t++)
		if (xpdu_attr_find(&x, t, &a))
			(void)xpdu_attr(&who, t, a.p, a.n);
	if (!who.failed)
		count = sequence_of(p->contexts, x.type, x.xid, x.correlation, who.p, who.n);
	octets_fini(&who);
	return count;
}

void perf_add(struct perf *p, size_t connection, const uint8_t *pdu, size_t n, const struct form_place *place)
{
	struct lane *l = &p->lanes[connection % p->c.connections];
	struct spot *a = l->n & (l->n - 1) ? l->spots : realloc(l->spots, (l->n ? l->n * 2 : 1) * sizeof(*a));
	uint32_t *count = of_context(p, pdu, n);
	size_t at = l->block.n;

	if (!a || !count) {
		p->failed = true;
		return;
	}
	++*count;
	l->spots = a;
	a[l->n++] = (struct spot){ { place->sequence ? at + place->sequence : 0, place->time ? at + place->time : 0 },
				   place->sequence ? octets_get32(pdu + place->sequence) : 0, 0 };
	octets_put(&l->block, pdu, n);
	p->failed |= l->block.failed;
}

static bool prepare(struct lane *l)
{
	size_t at = 0, whole = 0;

	l->pass_octets = l->block.n;
	for (size_t i = 0; i < l->n; i++, at += whole) {
		uint32_t *count;

		if (xpdu_next(l->block.p + at, l->block.n - at, &whole))
			return false;
		count = of_context(l->p, l->block.p + at, whole);
		if (!count)
			return false;
		l->spots[i].step = *count;
	}
	l->copies = 1;
	while (l->block.n < PERF_BLOCK) {
		struct octets one = { 0 };

		octets_put(&one, l->block.p, l->pass_octets);
		octets_put(&l->block, one.p, one.n);
		octets_fini(&one);
		l->copies++;
		if (l->block.failed)
			return false;
	}
	return true;
}

/* -- a connection's thread -- */

static bool fault(struct lane *l, const char *text)
{
	if (!*l->r->fault)
		snprintf(l->r->fault, sizeof(l->r->fault), "%s", text);
	return false;
}

static bool tls_fault(struct lane *l)
{
	char text[WIRETLS_TEXT];

	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return fault(l, "the other end took or sent nothing for TIME_P2");
	wiretls_error(l->ssl, text, sizeof(text));
	return fault(l, text);
}

static bool put(struct lane *l, const uint8_t *p, size_t n)
{
	while (n) {
		size_t part = n > (1u << 30) ? 1u << 30 : n;
		long w;

		errno = 0;
		ERR_clear_error();
		w = l->ssl ? SSL_write(l->ssl, p, (int)part) : send(l->fd, p, part, MSG_NOSIGNAL);
		if (w <= 0)
			return l->ssl ? tls_fault(l) : fault(l, strerror(errno));
		p += w;
		n -= (size_t)w;
	}
	return true;
}

static bool keepalive(struct lane *l, uint32_t sequence)
{
	struct octets o = { 0 };
	bool good;

	xpdu_keepalive(l->p->c.wire->version, true, sequence, &o);
	good = !o.failed && put(l, o.p, o.n);
	octets_fini(&o);
	return good;
}

/* Until this one is acknowledged. */
static bool await(struct lane *l, uint32_t sequence)
{
	uint8_t room[4096];
	size_t whole;
	struct xpdu x;
	enum li_err e;

	for (;;) {
		while ((e = xpdu_next(l->got.p, l->got.n, &whole)) == LI_OK) {
			uint32_t number = 0;
			bool has = false;
			unsigned faults = 0;

			e = xpdu_read(l->got.p, whole, &x);
			if (!e && x.type == XPDU_ACK)
				faults = xpdu_ack_faults(&x, &has, &number);
			octets_drop(&l->got, whole);
			if (e || faults)
				return fault(l, "an acknowledgement that is not of clause 5.1's form");
			if (has && number == sequence)
				return true;
		}
		if (e != LI_EAGAIN)
			return fault(l, "what the other end sends is no PDU");
		errno = 0;
		ERR_clear_error();
		{
			long n = l->ssl ? SSL_read(l->ssl, room, sizeof(room)) : recv(l->fd, room, sizeof(room), 0);

			if (n <= 0)
				return l->ssl ? tls_fault(l) : fault(l, n ? strerror(errno) : "closed by the other end");
			octets_put(&l->got, room, (size_t)n);
		}
	}
}

static bool dial(struct lane *l)
{
	const struct wire_conf *c = l->p->c.wire;
	conf_us d = c->ack_within ? c->ack_within : 180 * WHEN_SECOND;
	struct timeval t = { .tv_sec = (time_t)(d / WHEN_SECOND), .tv_usec = (suseconds_t)(d % WHEN_SECOND) };
	char err[WIRETLS_TEXT];

	l->fd = socket(l->p->addr.ss_family, SOCK_STREAM, 0);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&l->p->addr, reach_length(&l->p->addr)) != 0)
		return fault(l, strerror(errno));
	setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if (c->plain)
		return true;
	l->ssl = wiretls_new(l->p->ctx, &c->tls, err, sizeof(err));
	if (!l->ssl)
		return fault(l, err);
	SSL_set_fd(l->ssl, l->fd);
	if (l->p->c.record)
		SSL_set_max_send_fragment(l->ssl, (long)l->p->c.record);
	errno = 0;
	ERR_clear_error();
	return SSL_connect(l->ssl) == 1 || tls_fault(l);
}

static void number(struct lane *l, uint64_t pass, size_t copies)
{
	struct when w = when_now();
	uint8_t *p = l->block.p;

	for (size_t k = 0; k < copies; k++, pass++, p += l->pass_octets) {
		for (size_t i = 0; i < l->n; i++) {
			const struct spot *s = &l->spots[i];

			if (s->place.sequence)
				octets_set32(p + s->place.sequence, s->sequence + (uint32_t)pass * s->step);
			if (s->place.time && l->p->c.now) {
				octets_set32(p + s->place.time, w.s);
				octets_set32(p + s->place.time + 4, w.ns);
			}
		}
	}
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool send_all(struct lane *l)
{
	const struct perf_conf *c = &l->p->c;
	conf_us began = when_monotonic(), kept = began, every = c->wire->keepalive - c->wire->keepalive / 16;
	double used = cpu();
	uint32_t k = 1;

	while ((!c->passes || l->r->passes < c->passes) && (!c->within || when_monotonic() - began < c->within)) {
		size_t copies = l->copies;

		if (c->passes && c->passes - l->r->passes < copies)
			copies = (size_t)(c->passes - l->r->passes);
		number(l, l->r->passes, copies);
		if (!put(l, l->block.p, copies * l->pass_octets))
			return false;
		l->r->passes += copies;
		l->r->pdus += copies * l->n;
		l->r->octets += copies * l->pass_octets;
		if (c->wire->keepalive && when_monotonic() - kept >= every) {	/* X23-POI-011 */
			kept = when_monotonic();
			if (!keepalive(l, k++))
				return false;
		}
	}
	kept = when_monotonic();
	if (!keepalive(l, k) || !await(l, k))
		return false;
	l->r->wait = when_monotonic() - kept;
	l->r->seconds = (double)(when_monotonic() - began) / 1e6;
	l->r->cpu = cpu() - used;
	return true;
}

static void *run(void *arg)
{
	struct lane *l = arg;

	if (dial(l) && keepalive(l, 0) && await(l, 0) && send_all(l) && l->ssl)
		SSL_shutdown(l->ssl);
	SSL_free(l->ssl);
	l->ssl = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	return NULL;
}

bool perf_run(struct perf *p, struct perf_result *results, char *err, size_t room)
{
	char text[REACH_TEXT];

	snprintf(err, room, "no memory");
	if (p->failed)
		return false;
	for (size_t i = 0; i < p->c.connections; i++) {
		p->lanes[i].r = &results[i];
		if (p->lanes[i].n == 0) {
			snprintf(err, room, "there is a connection that no PDU goes to");
			return false;
		}
		if (!prepare(&p->lanes[i]))
			return false;
	}
	if (!reach(p->c.wire->host, p->c.wire->port, p->c.wire->plain, &p->addr, text, err, room))
		return false;
	if (!p->c.wire->plain) {
		p->ctx = wiretls_ctx(&p->c.wire->tls, err, room);
		if (!p->ctx)
			return false;
	}
	for (size_t i = 0; i < p->c.connections; i++) {
		p->lanes[i].begun = pthread_create(&p->lanes[i].thread, NULL, run, &p->lanes[i]) == 0;
		if (!p->lanes[i].begun)
			fault(&p->lanes[i], "no thread");
	}
	for (size_t i = 0; i < p->c.connections; i++)
		if (p->lanes[i].begun)
			pthread_join(p->lanes[i].thread, NULL);
	*err = '\0';
	return true;
}
