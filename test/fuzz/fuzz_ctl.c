/* fuzz_ctl.c: any octets on the control socket, from one who may change. Each answer must be a line of JSON. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mediation/ctl.h"
#include "mediation/warrant/warrant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IDLE_TURNS 3	/* turns of the loop after which a client that waits for more is left */

static uv_loop_t loop;
static struct ctl *ctl;
static char path[64];
static struct ctl_warrants cw;
static struct ctl_verb verbs[CTL_WARRANT_VERBS];

static void remove_path(void)
{
	unlink(path);
}

static void begin(void)
{
	static const struct ctl_verb *tables[1] = { verbs };
	static const size_t counts[1] = { CTL_WARRANT_VERBS };
	char err[256];

	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof(path), "/tmp/fuzz-ctl-%ld", (long)getpid());
	uv_loop_init(&loop);
	cw.warrants = warrants_new(NULL, NULL, NULL);
	ctl_warrant_verbs(&cw, verbs);
	ctl = ctl_new(&loop, path, NULL, NULL, tables, counts, 1, NULL, NULL, err, sizeof(err));
	if (!ctl || !cw.warrants)
		abort();
	atexit(remove_path);
}

static void check(const struct buf *b)
{
	struct view v = buf_view(b);

	while (v.n) {
		const uint8_t *end = memchr(v.p, '\n', v.n);
		struct json_doc d;

		if (!end || json_read(view_of(v.p, (size_t)(end - v.p)), &d))
			abort();
		json_doc_fini(&d);
		v = view_of(end + 1, v.n - (size_t)(end + 1 - v.p));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	unsigned idle = 0;
	struct buf got;
	int fd;

	if (!ctl)
		begin();
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		abort();
	buf_init(&got, 0);
	while (idle < IDLE_TURNS) {
		ssize_t sent = size ? send(fd, data, size, MSG_NOSIGNAL) : 0, n;

		if (sent > 0) {
			data += sent;
			size -= (size_t)sent;
		}
		uv_run(&loop, UV_RUN_NOWAIT);
		if (buf_need(&got, 65536))
			abort();
		n = recv(fd, got.p + got.n, 65536, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		got.n += n > 0 ? (size_t)n : 0;
		idle = n > 0 || sent > 0 ? 0 : idle + 1;
	}
	close(fd);
	uv_run(&loop, UV_RUN_NOWAIT);
	uv_run(&loop, UV_RUN_NOWAIT);
	check(&got);
	buf_fini(&got);
	return 0;
}
