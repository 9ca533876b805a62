/* service_seal.c: what survives of chains of integrity checks, between the handover and the store. */
#include "mediation/service_priv.h"

#include "mediation/warrant/store.h"

static enum li_err save(void *arg, const struct hm_seal_row row[], size_t n)
{
	struct service *s = arg;

	return store_chains_save(s->store, row, n);
}

static enum li_err load(void *arg, const struct li_did *did, enum li_hi kind, enum li_err (*fn)(void *to, const struct hm_seal_row *row), void *to)
{
	struct service *s = arg;

	return store_chains_load(s->store, did, (int)kind, fn, to);
}

struct hm_seals service_seals(void)
{
	return (struct hm_seals){ save, load };
}
