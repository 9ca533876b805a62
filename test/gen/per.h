/* per.h: writes aligned PER (ITU-T X.691) for tests: the other half of mediation/proto/aper.h, made from the standard
 * and not from it. A buffer that is too small ends the program. */
#ifndef TEST_GEN_PER_H
#define TEST_GEN_PER_H

#include <li/view.h>

#define PER_MAX 70000

struct per {
	size_t bits;
	uint8_t p[PER_MAX];
};

void per_init(struct per *w);
struct view per_view(const struct per *w);	/* padded to whole octets */
void per_bits(struct per *w, uint64_t x, unsigned n);
void per_align(struct per *w);
void per_int(struct per *w, uint64_t x, uint64_t lo, uint64_t hi);
void per_small(struct per *w, uint64_t x);
void per_enum(struct per *w, uint64_t x, unsigned root);	/* with an extension marker */
void per_octets(struct per *w, const void *p, size_t n);	/* aligned, without a length */
void per_string(struct per *w, struct view v);			/* with a general length, in fragments from 16384 on */
void per_length(struct per *w, size_t n);			/* below 16384 */

#endif
