/* time.h: microseconds since 1970-01-01T00:00:00Z, UTC, no leap seconds. Time is a parameter: nothing below the
 * programs asks the system for it. */
#ifndef LI_TIME_H
#define LI_TIME_H

#include <li/err.h>
#include <li/view.h>

typedef int64_t li_us;		/* an instant, or a length of time, in microseconds */
#define LI_US_NEVER INT64_MAX
#define LI_US_SECOND ((li_us)1000000)

#define LI_GTIME_MAX 24		/* "YYYYMMDDhhmmss.ffffffZ" and its NUL */
#define LI_RFC3339_MAX 28	/* "YYYY-MM-DDThh:mm:ss.ffffffZ" and its NUL */

/* GeneralizedTime in DER form (X.690 clause 11.7: Z, no trailing zeros of the fraction); gives its length, 0 when
 * the instant is outside the years 1 to 9999. */
size_t li_gtime(li_us t, char out[LI_GTIME_MAX]);
/* RFC 3339 with six digits of fraction. */
size_t li_rfc3339(li_us t, char out[LI_RFC3339_MAX]);
/* Reads RFC 3339 (any fraction, of which what is finer than microseconds is cut off; Z or an offset), and the 24:00:00 that xs:dateTime
 * has besides. LI_EFORMAT; LI_ERANGE: no such instant, or in UTC it is outside the years 1 to 9999. */
enum li_err li_rfc3339_read(struct view text, li_us *t) LI_MUST;
/* Reads GeneralizedTime as X.680 allows it (fraction with . or ,; Z or offset). LI_EFORMAT, LI_ERANGE. */
enum li_err li_gtime_read(struct view text, li_us *t) LI_MUST;

#endif
