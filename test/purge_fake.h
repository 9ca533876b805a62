/* purge_fake.h: the handover's purging as mediation sees it: which groups, in how many calls. */
#ifndef TEST_PURGE_FAKE_H
#define TEST_PURGE_FAKE_H

#include "handover/hm.h"

static struct { uint32_t group[64]; size_t n; uint64_t serial, gone, forgotten; bool nomem, no_spool; } purged;

uint64_t hm_purge(struct hm *h, const uint32_t group[], size_t n)
{
	(void)h;
	if (purged.nomem)
		return 0;
	for (size_t i = 0; i < n && purged.n < 64; i++)
		purged.group[purged.n++] = group[i];
	return ++purged.serial;
}

uint64_t hm_purged_upto(struct hm *h)
{
	(void)h;
	return purged.gone;
}

bool hm_has_spool(const struct hm *h)
{
	(void)h;
	return !purged.no_spool;
}

void hm_purge_forget(struct hm *h, uint64_t serial)
{
	(void)h;
	purged.forgotten = serial;
}

#endif
