/* tlv.h: BER written in a test: hex, 'text' in quotes, and braces around a body whose length is put in front of it: A2 { 81 { "ab" } 82 { 01 } }. */
#ifndef TEST_TLV_H
#define TEST_TLV_H

#include "test/hex.h"

static inline const char *tlv_body(struct buf *b, const char *s)
{
	while (*s && *s != '}') {
		if (*s == '{') {
			struct buf in = { 0 };
			uint8_t head[3];
			size_t n = 1;

			s = tlv_body(&in, s + 1);
			head[0] = (uint8_t)in.n;
			if (in.n >= 128 && in.n < 256) {
				head[0] = 0x81;
				head[1] = (uint8_t)in.n;
				n = 2;
			} else if (in.n >= 256) {
				head[0] = 0x82;
				head[1] = (uint8_t)(in.n >> 8);
				head[2] = (uint8_t)in.n;
				n = 3;
			}
			CU_ASSERT_FATAL(in.n < 65536 && buf_put(b, head, n) == LI_OK && buf_put(b, in.p, in.n) == LI_OK);
			buf_fini(&in);
			s += *s == '}';
		} else if (*s == '\'') {
			const char *end = strchr(s + 1, '\'');

			CU_ASSERT_FATAL(end && buf_put(b, s + 1, (size_t)(end - s - 1)) == LI_OK);
			s = end + 1;
		} else if (*s == ' ') {
			s++;
		} else {
			char two[3] = { s[0], s[1], 0 };

			hex_put(b, two);
			s += 2;
		}
	}
	return s;
}

/* Appends what s says. */
static inline void tlv_put(struct buf *b, const char *s)
{
	CU_ASSERT_EQUAL(*tlv_body(b, s), 0);
}

/* XIRIPayload {OID of r19v3, event}, in b alone. */
static inline struct view tlv_xiri(struct buf *b, const char *event)
{
	char text[4096];

	b->n = 0;
	CU_ASSERT_FATAL((size_t)snprintf(text, sizeof(text), "30 { 81 { 04 13 13 03 01 } A2 { %s } }", event) < sizeof(text));
	tlv_put(b, text);
	return buf_view(b);
}

#endif
