/*
 * places.h: where each PDU of an interception lies, by context and number, however many there are: the entries are in temporary
 * files that have no name (TMPDIR, else /var/tmp) and hold numbers and offsets only. One thread.
 */
#ifndef HANDOVER_REPORT_PLACES_H
#define HANDOVER_REPORT_PLACES_H

#include <li/err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACES_OFFSET_MAX ((UINT64_C(1) << 39) - 1)	/* files up to 512 GiB: what is left of 64 bits beside a context and the bit below */
#define PLACES_ASIDE (UINT64_C(1) << 39)		/* not in its context's file, but in that of PDUs which nobody could open when they came */
#define PLACES_CONTEXTS_MAX ((1u << 24) - 1)		/* sixteen times what lemfd follows */

struct place {
	uint64_t number;	/* counted on where the 32 bits begin anew */
	uint64_t where;		/* context << 40 | PLACES_ASIDE | offset */
	uint64_t time;		/* places_time() */
};
static inline uint32_t place_context(const struct place *p) { return (uint32_t)(p->where >> 40); }
static inline uint64_t place_offset(const struct place *p) { return p->where & PLACES_OFFSET_MAX; }
static inline bool place_is_aside(const struct place *p) { return p->where & PLACES_ASIDE; }
/* Signed microseconds in the order of unsigned ones. */
static inline uint64_t places_time(int64_t us) { return (uint64_t)us ^ UINT64_C(1) << 63; }

struct places {
	struct place *p, *other;	/* mapped; other: where they are sorted to */
	size_t n, cap, other_cap;
	int fd, other_fd;		/* -1: none yet */
	char error[128];		/* of LI_EIO */
};

/* Where those files are. */
const char *places_folder(void);
void places_init(struct places *s);
void places_fini(struct places *s);
/* LI_EIO: no room; LI_ELIMIT: past the limits above. */
enum li_err places_put(struct places *s, uint32_t context, uint64_t number, uint64_t offset, uint64_t time) LI_MUST;
/* The last that was put lies aside. */
static inline void places_aside(struct places *s) { s->p[s->n - 1].where |= PLACES_ASIDE; }
/* By context and number, or by time; what is equal stays in its order. LI_EIO. */
enum li_err places_sort_numbers(struct places *s) LI_MUST;
enum li_err places_sort_times(struct places *s) LI_MUST;
/* Sorted by number: the first entry of that context that is not before the number; s->n when there is none behind it. */
size_t places_from(const struct places *s, uint32_t context, uint64_t number);

#endif
