/* fuzz_redact.c: an event of X2 without its locations, as a record of locations only, as the start of what it began, and as an older
 * release permits it; the same octets as text that bears a location. What comes out is read again, and nothing of its own types is left
 * in it to take out. */
#include "asn1/fit.h"
#include "asn1/redact.h"
#include "asn1/redact_text.h"
#include "asn1/start.h"
#include "touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void text(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size + 1);

	if (!p)
		return;
	memcpy(p, data, size);
	(void)redact_is_located(p, size);
	(void)redact_sip(p, size);
	memcpy(p, data, size);
	(void)redact_rcs(p, size);
	free(p);
}

/* One level is added around a modified message. */
static void whole(struct view v)
{
	enum li_err e = xiri_whole(v);

	if (e && e != LI_ELIMIT)
		__builtin_trap();
}

/* What has gone does not go once more. */
static void fitted(struct xiri x, uint8_t release, uint8_t version)
{
	struct buf room = { 0 }, again = { 0 };
	enum fit_how how;

	if (fit_event(&x, release, version, &room, &how) == LI_OK && how == FIT_LEFT_OUT) {
		whole(x.event);
		if (fit_event(&x, release, version, &again, &how) != LI_OK || how != FIT_AS_IT_IS)
			__builtin_trap();
	}
	buf_fini(&room);
	buf_fini(&again);
}

static void event(struct xiri x)
{
	static const struct li_id supi = { .kind = LI_ID_IMSI, .text = { (const uint8_t *)"001010000000001", 15 } };
	struct buf room = { 0 }, again = { 0 };
	struct xiri other;
	bool changed;

	fitted(x, 16, 5);
	fitted(x, 19, 3);
	if (redact_to_location(&x, &supi, &room, &other) == LI_OK) {
		touch(other.event);
		whole(other.event);
	}
	if (redact_location(&x, &room, &changed) == LI_OK) {
		touch(x.event);
		whole(x.event);
		other = x;	/* text may be cut up otherwise when the lines between its parts are gone: it may change once more, and no more than that */
		if (redact_location(&other, &again, &changed) != LI_OK || other.tag != x.tag)
			__builtin_trap();
	}
	(void)redact_is_edge(&x);
	(void)redact_is_digits(&x);
	if (xiri_start(&x, 1770371041000000, &room, &other) == LI_OK)
		whole(other.event);
	buf_fini(&room);
	buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xiri x;

	text(data, size);
	if (xiri_read(view_of(data, size), &x) == LI_OK)
		event(x);
	return 0;
}
