/* shaper.c: see shaper.h. */
#include "handover/shaper.h"

#define SECOND UINT64_C(1000000000)

/* What n octets take, in ns: no overflow below 2^34 octets at once. */
static uint64_t time_of(uint64_t n, uint64_t rate)
{
	return n / rate * SECOND + n % rate * SECOND / rate;
}

void shaper_set(struct shaper *s, uint64_t rate, uint64_t burst)
{
	uint64_t usual = rate / (1000000 / SHAPER_BURST_US), least = rate / (1000000 / SHAPER_LEAST_US);

	if (!burst)
		burst = usual > SHAPER_BURST_MIN ? usual : SHAPER_BURST_MIN;
	burst = burst > least ? burst : least;
	atomic_store(&s->burst, burst);
	atomic_store(&s->rate, rate);
}

uint64_t shaper_room(const struct shaper *s, uint64_t now, bool urgent)
{
	uint64_t rate = atomic_load(&s->rate), until = atomic_load(&s->until), most, ahead;

	if (!rate)
		return UINT64_MAX;
	most = time_of(atomic_load(&s->burst), rate) * (urgent ? 2 : 1);
	ahead = until > now ? until - now : 0;
	if (ahead >= most)
		return 0;
	return (most - ahead) / SECOND * rate + (most - ahead) % SECOND * rate / SECOND;
}

void shaper_take(struct shaper *s, uint64_t now, uint64_t octets)
{
	uint64_t rate = atomic_load(&s->rate), until = atomic_load(&s->until), next;

	if (!rate)
		return;
	do
		next = (until > now ? until : now) + time_of(octets, rate);
	while (!atomic_compare_exchange_weak(&s->until, &until, next));
}
