/* xiris.c: XIRIPayloads over the field table. The headers around the event are written here, not by the code under test. */
#include "test/gen/xiris.h"

#include <stdlib.h>

#include "test/judge/random_value.h"

#define TYPES_MAX 2048
#define DEPTH 12	/* levels of optional members */
#define OCTETS 3000	/* about; a value that has passed it gets only what it must have */

static const struct field_set *const set = &fields_ts33128;

bool xiris_next(size_t *at, uint32_t *tag)
{
	const struct field_type *x2 = field_find(set, "XIRIEvent"), *hi2 = field_find(set, "IRIEvent");

	while (*at < x2->n) {
		const struct field_member *m = &x2->members[(*at)++];

		if (field_by_tag(hi2, m->tag_class, m->tag)) {
			*tag = m->tag;
			return true;
		}
	}
	return false;
}

bool xiris_make(uint32_t tag, uint64_t seed, bool few, uint8_t release, uint8_t version, struct buf *out, struct view *event)
{
	const struct field_type *x2 = field_find(set, "XIRIEvent");
	const struct field_member *m = field_by_tag(x2, FIELD_CONTEXT, tag);
	const uint8_t oid[] = { 0x81, 5, 4, 19, release, version, 1 };
	struct random_value v = {
		.set = set, .state = seed * 1000 + tag + 1, .depth = few ? 0 : DEPTH, .octets = OCTETS, .choice = x2, .alternative = m
	};
	static uint8_t heights[TYPES_MAX];
	uint8_t *room = malloc(XIRIS_ROOM);
	struct wr w = wr_of(room, room ? XIRIS_ROOM : 0);
	size_t n;
	bool ok;

	if (!m || !room || set->n > TYPES_MAX) {
		free(room);
		return false;
	}
	if (!heights[0])
		random_value_heights(set, heights);
	random_value_write(&v, heights, &w, x2);
	n = wr_len(&w);
	random_value_length(&w, n);
	wr_u8(&w, 0xa2);
	wr_put(&w, oid, sizeof(oid));
	random_value_length(&w, wr_len(&w));
	wr_u8(&w, 0x30);
	ok = !w.err && buf_put(out, w.p, wr_len(&w)) == LI_OK;
	if (ok)
		*event = view_of(out->p + out->n - n, n);
	free(room);
	return ok;
}
