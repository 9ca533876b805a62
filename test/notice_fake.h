/* notice_fake.h: what agencies are told beside records, as the handover takes it: notices in their order. */
#ifndef TEST_NOTICE_FAKE_H
#define TEST_NOTICE_FAKE_H

#include <stdbool.h>

#include "handover/hm.h"

struct noticed {
	enum hm_notice_kind kind;
	enum li_hi side;
	struct li_did did;
	struct li_liid liid;
	bool has_country;
	uint8_t octets[512];		/* the payload */
	size_t n;
	uint32_t number;
	li_us time;
};
static struct { struct noticed at[256]; size_t n; bool full; } noticed;

enum li_err hm_notice(struct hm_dest *d, enum li_hi kind, const struct hm_notice *x, struct hm_mark **mark)
{
	struct noticed *to = &noticed.at[noticed.n % 256];

	if (noticed.full)
		return LI_EFULL;
	*to = (struct noticed){ .kind = x->kind, .side = kind, .did = hm_dest_conf(d)->did, .liid = x->liid, .has_country = x->has_auth_country,
		.number = x->number, .time = x->time, .n = x->payload.n < sizeof(to->octets) ? x->payload.n : sizeof(to->octets) };
	if (to->n)
		memcpy(to->octets, x->payload.p, to->n);
	noticed.n++;
	*mark = fake_mark();
	return LI_OK;
}

#endif
