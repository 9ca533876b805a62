/* fuzz_strip.c: an event of X2 without its content; the same octets as messages, short messages and records of older standards that bear
 * some. What comes out is read again, and no octet is longer or shorter than it may be. */
#include "asn1/hi2.h"
#include "asn1/sms.h"
#include "asn1/strip.h"
#include "asn1/strip_text.h"
#include "touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of its own size for each: an octet beyond it shows. */
static void texts(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "", "message/cpim", "multipart/mixed;boundary=b" };
	enum sms_type is;
	uint8_t *p = malloc(size + 1);
	size_t head;
	bool changed;

	if (!p)
		return;
	for (unsigned k = 0; k < 8; k++) {
		memcpy(p, data, size);
		if (k < 2)
			(void)strip_sip(p, size, k);
		else if (k == 2)
			(void)strip_msrp(p, size, false);
		else if (k < 6)
			(void)strip_mime(view_str(types[k - 3]), p, size, false);
		else if (k == 6 && sms_blank(p, size, SMS_MESSAGES | SMS_REPORTS, &is, &changed) && memcmp(p, data, size) != 0)
			__builtin_trap();
		else if (k == 7 && sms_blank_rp(p, size, &changed) && memcmp(p, data, size) != 0)
			__builtin_trap();
	}
	if (sms_head(data, size, SMS_MESSAGES, &head) == LI_OK && head > size)
		__builtin_trap();
	free(p);
}

static void whole(struct view v)
{
	enum li_err e = xiri_whole(v);

	if (e && e != LI_ELIMIT)	/* one level is added around a modified message */
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf room = { 0 }, again = { 0 };
	struct xiri x, was;
	unsigned done;

	texts(data, size);
	for (unsigned sms_only = 0; sms_only < 2 && xiri_read(view_of(data, size), &x) == LI_OK; sms_only++) {
		was = x;
		if (strip_event(&x, sms_only, &room, &done) != LI_OK)
			continue;
		touch(x.event);
		whole(x.event);
		if (!strip_may(x.tag) && x.event.p != was.event.p)	/* not even looked at */
			__builtin_trap();
		if (strip_event(&x, sms_only, &again, &done) == LI_OK)
			whole(x.event);
	}
	if (size > 1) {
		struct ps_iri iri = { .tag = data[0] % 22, .octets = view_of(data + 1, size - 1) };

		if (hi2_strip(&iri, data[0] & 0x80, &room, &done) == LI_OK)
			touch(iri.octets);
		if (hi2_redact(&iri, &again) == LI_OK)
			touch(iri.octets);
		(void)hi2_is_edge(&iri);
		(void)hi2_is_digits(&iri);
	}
	buf_fini(&room);
	buf_fini(&again);
	return 0;
}
