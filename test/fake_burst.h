/* fake_burst.h: the handover's ways for many records at once, over whatever hm_cc() a test has. For the fakes of the handover alone. */
#ifndef TEST_FAKE_BURST_H
#define TEST_FAKE_BURST_H

#include "handover/hm.h"
#include "test/unit.h"

void hm_cc_burst(const struct hm_record r[], size_t n, bool wait, enum li_err said[])
{
	CU_ASSERT(n > 0 && n <= HM_CC_BURST);
	for (size_t i = 0; i < n; i++)
		said[i] = hm_cc(r[i].ctx, r[i].point, r[i].time, r[i].packet, wait);
}

size_t hm_cc_in_order(const struct hm_record r[], size_t n, enum li_err said[])
{
	size_t i;

	CU_ASSERT(n > 0 && n <= HM_CC_BURST);
	for (i = 0; i < n; i++)
		if ((said[i] = hm_cc(r[i].ctx, r[i].point, r[i].time, r[i].packet, false)) == LI_EBUSY)
			break;
	return i;
}

#endif
