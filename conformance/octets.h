/*
 * octets.h: octets that grow while they are written, big endian. The suite's own: nothing of the product is under it.
 * The first failure (no memory, more than OCTETS_MAX) sticks in failed; every call after it does nothing: ask once.
 */
#ifndef CONF_OCTETS_H
#define CONF_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OCTETS_MAX (1u << 30)	/* nobody's test needs more in one piece */

struct octets {
	uint8_t *p;
	size_t n, room;
	bool failed;
};

void octets_fini(struct octets *o);
void octets_put(struct octets *o, const void *p, size_t n);
void octets_fill(struct octets *o, uint8_t what, size_t n);
void octets_u8(struct octets *o, unsigned v);
void octets_u16(struct octets *o, unsigned v);
void octets_u32(struct octets *o, uint32_t v);
void octets_u64(struct octets *o, uint64_t v);
/* Puts a number over what is there. */
void octets_set16(uint8_t *p, unsigned v);
void octets_set32(uint8_t *p, uint32_t v);
unsigned octets_get16(const uint8_t *p);
uint32_t octets_get32(const uint8_t *p);
uint64_t octets_get64(const uint8_t *p);
/* Takes the first n away. */
void octets_drop(struct octets *o, size_t n);
/* Hex digits in pairs; blanks, line ends, '-', ':', '.' and '|' between them are passed over, as is what follows a '#'
 * to its line's end. False, and nothing appended, when the text is something else. */
bool octets_hex(struct octets *o, const char *text);
/* A whole file, or standard input where the path is "-". False: errno says why. */
bool octets_file(struct octets *o, const char *path);

#endif
