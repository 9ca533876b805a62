/*
 * relay_main.c: a TCP relay between mdfd and lemfd, to break what lies between them. Prints the port it took, then does as the lines
 * of standard input say:
 *
 *	reset		every connection is reset, at both ends
 *	cut N		after N more octets from mdfd: in the middle of whatever they are
 *	stall, go	nothing is read any more, in either direction; everything goes on
 *	deaf		nothing comes back from the agency: no acknowledgement
 *	hole N		the next N octets from mdfd are taken, and are gone; then reset
 *	shut, open	new connections are reset at once; taken again
 *
 *	fault_relay PORT [OUR-PORT]		PORT: lemfd's, on 127.0.0.1
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS 64
#define ROOM 65536

struct way {			/* one direction */
	char b[ROOM];
	size_t at, n;
	bool ended;
};

struct pair {
	int fd[2];		/* mdfd's, lemfd's; -1: free */
	struct way way[2];	/* from fd[0] to fd[1], and back */
};

static struct pair pair[PAIRS];
static int listener, to_port;
static bool stalled, deaf, closed;
static long long cut = -1, hole;
static unsigned long resets;

static void reset_fd(int fd)
{
	struct linger l = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

static void reset_pair(struct pair *p)
{
	reset_fd(p->fd[0]);
	reset_fd(p->fd[1]);
	p->fd[0] = p->fd[1] = -1;
	resets++;
}

static void reset_all(void)
{
	for (int i = 0; i < PAIRS; i++)
		if (pair[i].fd[0] >= 0)
			reset_pair(&pair[i]);
	cut = -1;
	hole = 0;
}

static int local(int port, bool listening)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listening ? bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 16) : connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void take(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), there = -1;
	struct pair *p = NULL;

	for (int i = 0; i < PAIRS && !p; i++)
		if (pair[i].fd[0] < 0)
			p = &pair[i];
	if (fd >= 0 && p && !closed)
		there = local(to_port, false);
	if (there < 0) {
		if (fd >= 0)
			reset_fd(fd);
		return;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(there, F_SETFL, O_NONBLOCK);
	p->fd[0] = fd;
	p->fd[1] = there;
	for (int w = 0; w < 2; w++)
		p->way[w].at = p->way[w].n = p->way[w].ended = 0;
}

/* What came from mdfd is counted for cut and hole. False: everything was reset. */
static bool count(struct way *w)
{
	long long n = (long long)w->n;

	if (hole > 0) {
		hole -= n;
		w->n = 0;
		if (hole <= 0) {
			reset_all();
			return false;
		}
	}
	if (cut >= 0) {
		cut -= n;
		if (cut <= 0) {
			reset_all();
			return false;
		}
	}
	return true;
}

static void move(struct pair *p, int w)
{
	struct way *y = &p->way[w];
	int from = p->fd[w], to = p->fd[!w];
	ssize_t n;

	if (!y->n && !y->ended) {
		n = recv(from, y->b, ROOM, 0);
		if (n < 0 && errno != EAGAIN) {
			reset_pair(p);
			return;
		}
		y->at = 0;
		y->n = n > 0 ? (size_t)n : 0;
		if (n == 0) {
			y->ended = true;
			shutdown(to, SHUT_WR);
		}
		if (w == 0 && y->n && !count(y))
			return;
	}
	if (y->n) {
		n = send(to, y->b + y->at, y->n, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN) {
			reset_pair(p);
			return;
		}
		y->at += n > 0 ? (size_t)n : 0;
		y->n -= n > 0 ? (size_t)n : 0;
	}
	if (p->way[0].ended && p->way[1].ended) {
		close(p->fd[0]);
		close(p->fd[1]);
		p->fd[0] = p->fd[1] = -1;
	}
}

/* One line; false: the end. */
static bool obey(void)
{
	char line[64], word[16];
	long long n = 0;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (sscanf(line, "%15s %lld", word, &n) < 1)
		return true;
	if (strcmp(word, "reset") == 0)
		reset_all();
	else if (strcmp(word, "cut") == 0)
		cut = n;
	else if (strcmp(word, "hole") == 0)
		hole = n;
	else if (strcmp(word, "stall") == 0)
		stalled = true;
	else if (strcmp(word, "deaf") == 0)
		deaf = true;
	else if (strcmp(word, "go") == 0)
		stalled = deaf = false;
	else if (strcmp(word, "shut") == 0 || strcmp(word, "open") == 0)
		closed = word[0] == 's';
	else
		fprintf(stderr, "fault_relay: %s?\n", word);
	return true;
}

static int index_of[2 + 2 * PAIRS];

static nfds_t wants(struct pollfd *f)
{
	nfds_t n = 2;

	f[0] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
	f[1] = (struct pollfd){ listener, stalled ? 0 : POLLIN, 0 };
	for (int i = 0; i < PAIRS && !stalled; i++) {
		for (int w = 0; w < 2 && pair[i].fd[0] >= 0; w++) {
			const struct way *in = &pair[i].way[w], *out = &pair[i].way[!w];
			short e = 0;

			if (!in->n && !in->ended && !(w == 1 && deaf))
				e |= POLLIN;
			if (out->n && !(w == 0 && deaf))
				e |= POLLOUT;
			index_of[n] = 2 * i + w;
			f[n++] = (struct pollfd){ pair[i].fd[w], e, 0 };
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	if (argc < 2)
		return 2;
	to_port = atoi(argv[1]);
	listener = local(argc > 2 ? atoi(argv[2]) : 0, true);
	if (listener < 0 || getsockname(listener, (struct sockaddr *)&a, &len)) {
		perror("fault_relay");
		return 1;
	}
	for (int i = 0; i < PAIRS; i++)
		pair[i].fd[0] = pair[i].fd[1] = -1;
	setvbuf(stdin, NULL, _IONBF, 0);	/* poll must see what is left */
	printf("%u\n", ntohs(a.sin_port));
	fflush(stdout);
	for (;;) {
		struct pollfd f[2 + 2 * PAIRS];
		nfds_t n = wants(f);

		if (poll(f, n, -1) < 0 && errno != EINTR)
			return 1;
		if (f[0].revents && !obey())
			break;
		if (f[1].revents & POLLIN)
			take();
		for (nfds_t i = 2; i < n; i++) {
			struct pair *p = &pair[index_of[i] / 2];
			int w = index_of[i] % 2;

			if (!f[i].revents || p->fd[w] != f[i].fd)
				continue;	/* it went meanwhile */
			if (f[i].revents & (POLLIN | POLLHUP | POLLERR) && !(w == 1 && deaf && !(f[i].revents & (POLLHUP | POLLERR))))
				move(p, w);
			if (p->fd[w] == f[i].fd && f[i].revents & POLLOUT)
				move(p, !w);
		}
	}
	fprintf(stderr, "fault_relay: %lu connections reset\n", resets);
	return 0;
}
