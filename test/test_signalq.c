/* test_signalq.c: order, wrap, fullness, tickets, and closing under waiting threads. */
#include "mediation/signalq.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "test/unit.h"

static _Atomic unsigned woken;

static void wake(void *arg)
{
	(void)arg;
	woken++;
}

static enum li_err put(struct signalq *q, uint32_t n, size_t len, uint64_t *ticket)
{
	uint8_t o[4096];
	struct signal s = { .kind = SIGNAL_PFCP, .time = n, .octets = { o, len } };

	memset(o, (int)(n & 0xff), len);
	return signalq_put(q, &s, false, ticket);
}

/* Against a model: random lengths in and out, everything comes back once, in order, unchanged. */
static void model(void)
{
	uint64_t seed = 7, ticket = 0;
	struct signalq *q = signalq_new(20000, wake, NULL);
	uint32_t in = 0, out = 0, passed = 0;
	size_t len[4096];

	for (unsigned i = 0; i < unit_rounds(200000); i++) {
		struct signal s;

		if (passed < out && unit_rand(&seed) % 3 == 0) {	/* passed later than given, as a turn does */
			CU_ASSERT_EQUAL_FATAL(signalq_pass(q), in > out);
			CU_ASSERT_EQUAL_FATAL(signalq_passed(q), ++passed);
		} else if (unit_rand(&seed) % 2) {
			size_t n = unit_rand(&seed) % 3000;
			enum li_err e = put(q, in, n, &ticket);

			if (e == LI_OK) {
				len[in % 4096] = n;
				in++;
				CU_ASSERT_EQUAL_FATAL(ticket, in);
			} else {
				CU_ASSERT_EQUAL_FATAL(e, LI_EFULL);
				CU_ASSERT_NOT_EQUAL_FATAL(in, passed);
			}
		} else if (signalq_next(q, &s)) {
			CU_ASSERT_EQUAL_FATAL(s.time, out);
			CU_ASSERT_EQUAL_FATAL(s.octets.n, len[out % 4096]);
			for (size_t j = 0; j < s.octets.n; j++)
				CU_ASSERT_EQUAL_FATAL(s.octets.p[j], out & 0xff);
			out++;
		} else {
			CU_ASSERT_EQUAL_FATAL(in, out);
		}
	}
	CU_ASSERT_EQUAL(signalq_issued(q), in);
	CU_ASSERT_TRUE(in > 100);
	signalq_free(q);
}

static void too_big(void)
{
	struct signalq *q = signalq_new(4096, wake, NULL);
	uint64_t t;

	CU_ASSERT_EQUAL(put(q, 0, 4000, &t), LI_ELIMIT);
	signalq_free(q);
}

static void *producer(void *arg)
{
	struct signalq *q = arg;

	for (uint32_t i = 0; i < 2000; i++) {
		uint8_t o[64] = { 0 };
		struct signal s = { .kind = SIGNAL_SCTP, .time = i, .octets = { o, i % 64 } };
		uint64_t t;

		if (signalq_put(q, &s, true, &t))
			return NULL;
		if (i % 100 == 0 && signalq_wait(q, t))
			return NULL;
	}
	return q;
}

static void threads(void)
{
	struct signalq *q = signalq_new(2048, wake, NULL);
	pthread_t th[3];
	unsigned got = 0;
	struct signal s;
	void *r;

	for (int i = 0; i < 3; i++)
		pthread_create(&th[i], NULL, producer, q);
	while (got < 6000)
		if (signalq_next(q, &s)) {
			signalq_pass(q);
			got++;
		}
	for (int i = 0; i < 3; i++) {
		pthread_join(th[i], &r);
		CU_ASSERT_PTR_EQUAL(r, q);
	}
	CU_ASSERT_FALSE(signalq_next(q, &s));
	CU_ASSERT(woken > 0);
	signalq_free(q);
}

static void *waiter(void *arg)
{
	static enum li_err e;

	e = signalq_wait(arg, 1);
	return &e;
}

static void closing(void)
{
	struct signalq *q = signalq_new(2048, wake, NULL);
	pthread_t th;
	uint64_t t;
	void *r;

	CU_ASSERT_EQUAL(put(q, 0, 10, &t), LI_OK);
	pthread_create(&th, NULL, waiter, q);
	usleep(10000);
	signalq_close(q);
	pthread_join(th, &r);
	CU_ASSERT_EQUAL(*(enum li_err *)r, LI_ECLOSED);
	CU_ASSERT_EQUAL(put(q, 0, 10, &t), LI_ECLOSED);
	signalq_free(q);
}

UNIT_MAIN("signalq", UNIT(model), UNIT(too_big), UNIT(threads), UNIT(closing))
