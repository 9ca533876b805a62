/* test_sender.c: who sends X2 and X3, by a small number, from any thread; and how far its clock is from ours. */
#include "mediation/x/sender.h"

#include <pthread.h>
#include <stdio.h>

#include "test/unit.h"

static unsigned of(struct senders *s, const char *d, const char *n, const char *i)
{
	return sender_of(s, view_str(d), view_str(n), view_str(i));
}

static void one_number(void)
{
	struct senders *s = senders_new(1);
	struct view d, n, i;
	char text[X_SENDER_TEXT], a[256], b[257];

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(of(s, "", "amf-1", "iri"), 1);
	CU_ASSERT_EQUAL(of(s, "", "amf-1", "iri"), 1);
	CU_ASSERT_EQUAL(of(s, "", "amf-1i", "ri"), 2);		/* the same octets, cut elsewhere */
	CU_ASSERT_EQUAL(of(s, "nl", "amf-1", "iri"), 3);
	CU_ASSERT_EQUAL(of(s, "", "", ""), 4);
	CU_ASSERT_EQUAL(of(s, "", "amf-1-of-the-north", "a-longer-name-of-a-poi"), 5);
	CU_ASSERT_EQUAL(of(s, "", "amf-1-of-the-north", "a-longer-name-of-a-poj"), 6);
	CU_ASSERT_EQUAL(senders_count(s), 6);
	sender_ids(s, 3, &d, &n, &i);
	CU_ASSERT(view_eq(d, view_str("nl")) && view_eq(n, view_str("amf-1")) && view_eq(i, view_str("iri")));
	sender_ids(s, 99, &d, &n, &i);
	CU_ASSERT(d.n == 0 && n.n == 0 && i.n == 0);
	sender_text(s, 1, text);
	CU_ASSERT_STRING_EQUAL(text, "amf-1/iri");
	sender_text(s, 3, text);
	CU_ASSERT_STRING_EQUAL(text, "nl/amf-1/iri");
	sender_text(s, 0, text);
	CU_ASSERT_STRING_EQUAL(text, "-");
	sender_text(s, of(s, "", "\x01\xff\n", "a b"), text);
	CU_ASSERT_STRING_EQUAL(text, "?\?\?/a?b");
	memset(a, 'x', sizeof(a));
	memset(b, 'x', sizeof(b));
	a[255] = b[256] = 0;
	CU_ASSERT_NOT_EQUAL(of(s, "", a, ""), 0);
	sender_text(s, of(s, "", a, ""), text);
	CU_ASSERT_EQUAL(strlen(text), X_SENDER_TEXT - 1);
	CU_ASSERT_EQUAL(of(s, "", b, ""), 0);
	senders_free(s);
}

static void no_room(void)
{
	struct senders *s = senders_new(2);
	char name[16];

	for (unsigned i = 1; i <= X_SENDERS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "nf-%u", i);
		CU_ASSERT_EQUAL(of(s, "", name, ""), i <= X_SENDERS_MAX ? i : 0);
	}
	CU_ASSERT_EQUAL(of(s, "", "nf-77", ""), 77);
	senders_free(s);
}

static void clocks(void)
{
	struct senders *s = senders_new(3);
	unsigned a = of(s, "", "a", "");
	li_us least;

	CU_ASSERT_FALSE(sender_delay(s, a, &least));
	CU_ASSERT_EQUAL(sender_last(s, a), LI_US_NEVER);
	senders_tick(s, 0);
	sender_time(s, a, 1000, 1500);
	sender_time(s, a, 2000, 2100);
	sender_time(s, a, 3000, 3900);
	sender_time(s, 0, 1, 1);
	CU_ASSERT_TRUE(sender_delay(s, a, &least));
	CU_ASSERT_EQUAL(least, 100);
	CU_ASSERT_EQUAL(sender_last(s, a), 3900);
	senders_tick(s, X_SENDER_WINDOW - 1);
	senders_tick(s, X_SENDER_WINDOW);
	sender_time(s, a, 9000, 8000);
	CU_ASSERT_TRUE(sender_delay(s, a, &least));
	CU_ASSERT_EQUAL(least, -1000);		/* its clock is ahead */
	senders_tick(s, 2 * X_SENDER_WINDOW);
	sender_time(s, a, 10000, 10007);
	CU_ASSERT(sender_delay(s, a, &least) && least == -1000);
	senders_tick(s, 3 * X_SENDER_WINDOW);
	CU_ASSERT(sender_delay(s, a, &least) && least == 7);
	senders_tick(s, 4 * X_SENDER_WINDOW);
	CU_ASSERT_FALSE(sender_delay(s, a, &least));
	senders_free(s);
}

#define THREADS 4
#define NAMES 500
static struct senders *shared;
static unsigned got[THREADS][NAMES];

static void *many(void *arg)
{
	unsigned *out = arg;
	char name[16];

	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "nf-%u", i);
		out[i] = of(shared, "", name, "poi");
		sender_time(shared, out[i], (li_us)i, 5000);
	}
	return NULL;
}

static void threads(void)
{
	pthread_t t[THREADS];
	bool used[NAMES + 1] = { false };
	li_us least;

	shared = senders_new(4);
	for (unsigned i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, many, got[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	CU_ASSERT_EQUAL(senders_count(shared), NAMES);
	for (unsigned i = 0; i < NAMES; i++) {
		for (unsigned k = 0; k < THREADS; k++)
			CU_ASSERT_EQUAL(got[k][i], got[0][i]);
		CU_ASSERT_TRUE_FATAL(got[0][i] >= 1 && got[0][i] <= NAMES);
		CU_ASSERT_FALSE(used[got[0][i]]);
		used[got[0][i]] = true;
		CU_ASSERT(sender_delay(shared, got[0][i], &least) && least == 5000 - (li_us)i);
	}
	senders_free(shared);
}

UNIT_MAIN("sender", UNIT(one_number), UNIT(no_room), UNIT(clocks), UNIT(threads))
