/* test_resolve.c: names looked up on a loop: many at once, none of which keeps another waiting; other name servers while it runs. */
#include "handover/resolve.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "test/gen/names.h"
#include "test/gen/peer.h"
#include "test/unit.h"

#define SLOW 1000

struct asked {
	struct lookup l;
	unsigned ended, n;
	bool failed;
	struct sockaddr_storage to;
	uint64_t at;
};

static uv_loop_t loop;
static unsigned ends;

static void begin(void)
{
	uv_loop_init(&loop);
	CU_ASSERT_FATAL(resolve_hold(&loop));
	ends = 0;
}

static void end(void)
{
	resolve_let_go(&loop);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

static void on_done(struct lookup *l, const char *why, const struct sockaddr_storage to[], unsigned n)
{
	struct asked *a = l->data;

	a->ended++;
	a->failed = why != NULL;
	a->n = n;
	a->at = peer_now();
	if (n)
		a->to = to[0];
	ends++;
}

static void ask(struct asked *a, const char *name, uint16_t port, int family)
{
	*a = (struct asked){ .l.data = a };
	CU_ASSERT_EQUAL(resolve(&loop, &a->l, on_done, name, port, family), LI_OK);
	CU_ASSERT_EQUAL(a->ended, 0);		/* never before it has returned */
}

static bool until(const unsigned *what, unsigned n, unsigned ms)
{
	uint64_t to = peer_now() + (uint64_t)ms * 1000;

	while (*what < n && peer_now() < to) {
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(200);
	}
	return *what == n;
}

static void check_good(const struct asked *a, uint16_t port)
{
	const struct sockaddr_in *to = (const struct sockaddr_in *)&a->to;

	CU_ASSERT(!a->failed && a->n == 1 && to->sin_family == AF_INET && to->sin_port == htons(port) && to->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
}

/* A thousand of which nobody hears, and one that is answered at once; they can be given up, and the end does not wait for them. */
static void many(void)
{
	static struct asked slow[SLOW], good, none;
	struct names n;
	uint64_t from;
	char name[40];

	CU_ASSERT_FATAL(names_start(&n, "127.0.0.1", 0));
	begin();
	for (unsigned i = 0; i < SLOW; i++) {
		snprintf(name, sizeof(name), "slow%u.agency.test", i);
		ask(&slow[i], name, 80, AF_UNSPEC);
	}
	from = peer_now();
	ask(&good, "good.agency.test", 4711, AF_UNSPEC);
	ask(&none, "none.agency.test", 4711, AF_UNSPEC);
	CU_ASSERT(until(&good.ended, 1, 5000) && until(&none.ended, 1, 5000));
	CU_ASSERT(good.at - from < 1000 * 1000);
	check_good(&good, 4711);
	CU_ASSERT(none.failed && none.n == 0);
	CU_ASSERT_EQUAL(ends, 2);
	for (unsigned i = 0; i < SLOW; i += 2) {
		resolve_cancel(&slow[i].l);
		resolve_cancel(&slow[i].l);
	}
	CU_ASSERT_EQUAL(ends, 2);
	CU_ASSERT(until(&ends, 2 + SLOW / 2, 1000));
	for (unsigned i = 0; i < SLOW; i += 2)
		CU_ASSERT(slow[i].ended == 1 && slow[i].failed);
	for (unsigned i = 1; i < SLOW; i += 2)
		resolve_cancel(&slow[i].l);
	CU_ASSERT(until(&ends, 2 + SLOW, 1000));
	end();
	names_stop(&n);
}

/* resolv.conf is another while one is looked up that the old servers never answer. */
static void other_servers(void)
{
	struct names first, second;
	struct asked slow, a[3];

	CU_ASSERT_FATAL(names_start(&first, "127.0.0.1", 0));
	if (!names_start(&second, "127.0.0.2", first.port)) {
		printf("skipped: resolve.other_servers: no 127.0.0.2\n");
		close(second.fd);
		names_stop(&first);
		return;
	}
	CU_ASSERT(names_point(&first, "127.0.0.1"));
	begin();
	ask(&slow, "slow.agency.test", 1, AF_INET);
	ask(&a[0], "good.agency.test", 1, AF_INET);
	CU_ASSERT(until(&a[0].ended, 1, 5000));
	check_good(&a[0], 1);
	CU_ASSERT(atomic_load(&first.asked) >= 2 && atomic_load(&second.asked) == 0);
	CU_ASSERT(names_point(&second, "127.0.0.2"));
	for (unsigned i = 1; i < 3; i++) {
		ask(&a[i], "good.agency.test", 1, AF_INET);
		CU_ASSERT(until(&a[i].ended, 1, 5000));
		check_good(&a[i], 1);
		CU_ASSERT_EQUAL(atomic_load(&second.asked), i);
	}
	resolve_cancel(&slow.l);
	CU_ASSERT(until(&slow.ended, 1, 1000));
	CU_ASSERT(slow.failed);
	end();
	names_stop(&second);
	names_stop(&first);
}

/* Numbers, and what the machine knows itself; and only the family that is wanted. */
static void numbers(void)
{
	struct asked a[3];
	struct names n;

	CU_ASSERT_FATAL(names_start(&n, "127.0.0.1", 0));
	begin();
	ask(&a[0], "127.0.0.1", 7, AF_UNSPEC);
	ask(&a[1], "127.0.0.1", 7, AF_INET6);
	ask(&a[2], "localhost", 7, AF_INET);
	CU_ASSERT(until(&ends, 3, 5000));
	check_good(&a[0], 7);
	CU_ASSERT(a[1].failed && a[1].n == 0);
	check_good(&a[2], 7);
	end();
	names_stop(&n);
}

/* Nobody answers: it is said in about ten seconds. Here: at all, of a port that is closed. */
static void nobody(void)
{
	struct asked a;
	struct names n;

	CU_ASSERT_FATAL(names_start(&n, "127.0.0.1", 0));
	resolve_port = 9;
	begin();
	ask(&a, "good.agency.test", 7, AF_INET);
	CU_ASSERT(until(&ends, 1, 5000));
	CU_ASSERT(a.failed && a.n == 0);
	end();
	names_stop(&n);
}

UNIT_MAIN("resolve", UNIT(many), UNIT(other_servers), UNIT(numbers), UNIT(nobody))
