/* ids.h: identifiers, one struct each, so that one cannot be passed for another. */
#ifndef LI_IDS_H
#define LI_IDS_H

#include <li/err.h>
#include <li/limits.h>
#include <li/view.h>

/* Lawful interception identifier: TS 102 232-1 clause 5.2.2, TS 103 280 clause 6.1. */
struct li_liid {
	uint8_t n;
	uint8_t p[LI_LIID_MAX];
};

/* UUIDs: X1's task (XID) and destination (DID), TS 103 221-1. */
struct li_xid { uint8_t b[16]; };
struct li_did { uint8_t b[16]; };

/* Communication identity number: one communication session of one LIID, TS 102 232-1 clause 5.2.4. */
struct li_cin { uint32_t v; };

/* ISO 3166-1 alpha-2, two upper-case letters. */
struct li_country { char c[2]; };

/* An IP address in canonical form; IPv4-mapped IPv6 is never kept as IPv6. */
struct li_addr {
	uint8_t family;		/* 0 none, 4, 6 */
	uint8_t b[16];		/* the first four of IPv4 */
};

#define LI_UUID_TEXT 37
#define LI_ADDR_TEXT 46

bool li_addr_eq(const struct li_addr *a, const struct li_addr *b);
struct li_addr li_addr4(const void *four);
struct li_addr li_addr6(const void *sixteen);	/* an IPv4-mapped address becomes IPv4 */
/* Reads any usual form of an address. LI_EFORMAT. */
enum li_err li_addr_read(const char *text, struct li_addr *a) LI_MUST;
void li_addr_text(const struct li_addr *a, char out[LI_ADDR_TEXT]);
/* 8-4-4-4-12 hex digits, any case. LI_EFORMAT. */
enum li_err li_uuid_read(const char *text, uint8_t b[16]) LI_MUST;
static inline bool li_uuid_is_nil(const uint8_t b[16])
{
	static const uint8_t nil[16];

	return memcmp(b, nil, sizeof(nil)) == 0;
}
void li_uuid_text(const uint8_t b[16], char out[LI_UUID_TEXT]);
/* Printable ASCII 0x21..0x7E, 1..25 of them (TS 103 280 clause 6.1); "-" alone is reserved. LI_EFORMAT, LI_ERANGE. */
enum li_err li_liid_read(struct view text, struct li_liid *l) LI_MUST;
/* Lower-case hexadecimal digits of 1 to LI_LIID_MAX octets. LI_ERANGE, LI_EFORMAT. */
enum li_err li_liid_hex(struct view text, struct li_liid *l) LI_MUST;
/* The same, or the 26 to 50 lower-case hexadecimal digits by which TS 103 280 clause 6.1 writes one of other octets. */
enum li_err li_liid_read_any(struct view text, struct li_liid *l) LI_MUST;
/* As either of them reads it: itself where it is printable, else its octets in hexadecimal digits. */
#define LI_LIID_TEXT (2 * LI_LIID_MAX + 1)
void li_liid_text(const struct li_liid *l, char out[LI_LIID_TEXT]);
/* The octets as they are: 1 to LI_LIID_MAX, any. LI_ERANGE. */
enum li_err li_liid_take(struct view octets, struct li_liid *l) LI_MUST;
enum li_err li_country_read(struct view text, struct li_country *c) LI_MUST;

#endif
