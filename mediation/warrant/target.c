/*
 * target.c: target identifiers in canonical form (TS 103 221-1 clause 5.3.2 names, TS 103 280 formats). The index over
 * them is target_index.c.
 */
#include "mediation/warrant/target.h"

#include "mediation/warrant/hashed.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define IMEI_DIGITS 14		/* TS 23.003 clause 6.2.1, without check digit */
#define IMEISV_DIGITS 16	/* TS 23.003 clause 6.2.2 */
#define IMSI_LEAST 6		/* TS 103 280: 6 to 15 digits */
#define EMAIL_MAX 255		/* TS 103 280 EmailAddress */
#define MAC_OCTETS 6
#define EUI64_OCTETS 8

static bool all_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == 0;
}

static enum li_err digits(const char *v, size_t least, size_t most, char *to, struct li_id *out, const char **why)
{
	size_t n = strlen(v);

	if (!all_digits(v)) {
		*why = "digits only are expected";	/* LI128-051 */
		return LI_EFORMAT;
	}
	if (n < least || n > most) {
		*why = "has too few or too many digits";
		return LI_ERANGE;
	}
	memcpy(to, v, n + 1);
	out->text = view_of(to, n);
	return LI_OK;
}

static enum li_err read_imsi(const char *v, char *to, struct li_id *out, const char **why)
{
	return digits(v, IMSI_LEAST, LI_IMSI_DIGITS, to, out, why);
}

/* International numbers; the usual + in front is not part of TS 103 280's form. */
static enum li_err read_msisdn(const char *v, char *to, struct li_id *out, const char **why)
{
	return digits(v + (*v == '+'), 1, LI_MSISDN_DIGITS, to, out, why);
}

/* TS 23.003 annex B. */
static char check_digit(const char *v)
{
	unsigned sum = 0;

	for (size_t i = 0; i < IMEI_DIGITS; i++) {
		unsigned d = (unsigned)(v[i] - '0');

		if (i % 2)
			d = d * 2 / 10 + d * 2 % 10;
		sum += d;
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

/* 14 digits; a 15th is the check digit, or 0 as it is transmitted (TS 23.003 clause 6.2.1), and is dropped: LI128-050. */
static enum li_err read_imei(const char *v, char *to, struct li_id *out, const char **why)
{
	enum li_err e = digits(v, IMEI_DIGITS, IMEI_DIGITS + 1, to, out, why);

	if (e || out->text.n == IMEI_DIGITS)
		return e;
	if (to[IMEI_DIGITS] != check_digit(to) && to[IMEI_DIGITS] != '0') {
		*why = "the check digit is wrong";
		return LI_EFORMAT;
	}
	to[IMEI_DIGITS] = 0;
	out->text.n = IMEI_DIGITS;
	return LI_OK;
}

static enum li_err read_imeisv(const char *v, char *to, struct li_id *out, const char **why)
{
	return digits(v, IMEISV_DIGITS, IMEISV_DIGITS, to, out, why);
}

/* RFC 7542: the realm is compared without case, the user name with it. */
static size_t nai_canonical(const char *v, size_t n, char *to)
{
	bool realm = false;

	for (size_t i = 0; i < n; i++) {
		to[i] = realm && v[i] >= 'A' && v[i] <= 'Z' ? (char)(v[i] + 'a' - 'A') : v[i];
		realm |= v[i] == '@';
	}
	to[n] = 0;
	return n;
}

static enum li_err read_nai(const char *v, char *to, struct li_id *out, const char **why)
{
	size_t n = strlen(v);

	if (n < 1 || n > LI_NAI_MAX) {
		*why = "a network access identifier has 1 to 253 octets";
		return LI_ERANGE;
	}
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)v[i] <= 0x20 || v[i] == 0x7f) {
			*why = "a network access identifier has no blanks";
			return LI_EFORMAT;
		}
	out->text = view_of(to, nai_canonical(v, n, to));
	return LI_OK;
}

/* -- what taps do not see -- */

static enum li_err text(const char *v, const char *must, char *to, struct li_id *out, const char **why)
{
	size_t n = strlen(v);

	if (n < 1 || n > LI_TARGET_MAX) {
		*why = "has too few or too many octets";
		return LI_ERANGE;
	}
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)v[i] <= 0x20 || v[i] == 0x7f) {
			*why = "has no blanks";
			return LI_EFORMAT;
		}
	*why = must;
	memcpy(to, v, n + 1);
	out->text = view_of(to, n);
	return LI_OK;
}

static enum li_err read_text(const char *v, char *to, struct li_id *out, const char **why)
{
	return text(v, "", to, out, why);
}

/* TS 103 280: the HTML5 form, or one with letters of any script. */
static enum li_err read_email(const char *v, char *to, struct li_id *out, const char **why)
{
	const char *at = strchr(v, '@');
	enum li_err e = text(v, "a name, an @ and a domain are expected", to, out, why);

	if (!e && strlen(v) > EMAIL_MAX)
		return LI_ERANGE;
	return e ? e : at && at != v && at[1] ? LI_OK : LI_EFORMAT;
}

static enum li_err read_sip(const char *v, char *to, struct li_id *out, const char **why)
{
	enum li_err e = text(v, "a SIP URI is expected", to, out, why);

	return e || ((strncasecmp(v, "sip:", 4) || !v[4]) && (strncasecmp(v, "sips:", 5) || !v[5])) ? e ? e : LI_EFORMAT : LI_OK;
}

static enum li_err read_tel(const char *v, char *to, struct li_id *out, const char **why)
{
	enum li_err e = text(v, "a tel URI is expected", to, out, why);

	return e || strncasecmp(v, "tel:", 4) || !v[4] ? e ? e : LI_EFORMAT : LI_OK;
}

/* A public identity of the IMS: a SIP URI, whatever its scheme, unless it is a tel URI. */
static enum li_err read_impu(const char *v, char *to, struct li_id *out, const char **why)
{
	if (strncasecmp(v, "tel:", 4) == 0)
		out->kind = LI_ID_TEL_URI;
	return text(v, "", to, out, why);
}

/* Pairs of hex digits with colons between. */
static enum li_err hex_octets(const char *v, size_t want, struct li_id *out, const char **why)
{
	static const char digits16[] = "0123456789abcdef";

	*why = "pairs of hex digits with colons between are expected";
	if (strlen(v) != 3 * want - 1)
		return LI_EFORMAT;
	for (size_t i = 0; i < want; i++) {
		const char *hi = memchr(digits16, tolower((unsigned char)v[3 * i]), 16), *lo = memchr(digits16, tolower((unsigned char)v[3 * i + 1]), 16);

		if (!hi || !lo || (i + 1 < want && v[3 * i + 2] != ':'))
			return LI_EFORMAT;
		out->addr.b[i] = (uint8_t)((hi - digits16) << 4 | (lo - digits16));
	}
	return LI_OK;
}

static enum li_err read_mac(const char *v, char *to, struct li_id *out, const char **why)
{
	(void)to;
	return hex_octets(v, MAC_OCTETS, out, why);
}

static enum li_err read_eui64(const char *v, char *to, struct li_id *out, const char **why)
{
	(void)to;
	return hex_octets(v, EUI64_OCTETS, out, why);
}

/* The form that hashed.h writes, and none that it cannot compare. */
static enum li_err read_hashed(const char *v, char *to, struct li_id *out, const char **why)
{
	uint8_t digest[HASHED_DIGEST_MOST];
	struct hashed_context c;
	enum li_err e;
	size_t n;

	*why = "HASH:SALT:TYPE:DIGEST is expected: sha-256, sha-512 or sha3-512, a salt of 8 to 64 octets, a type of identity, a digest of the hash's length";
	e = strlen(v) < HASHED_TEXT ? hashed_read(view_str(v), &c, digest, &n) : LI_EFORMAT;
	return e ? LI_EFORMAT : text(v, "", to, out, why);
}

/* -- addresses -- */

static void set_addr(const struct li_addr *a, unsigned prefix, struct li_id *out)
{
	out->kind = a->family == 4 ? LI_ID_IPV4 : LI_ID_IPV6;
	out->addr = *a;
	out->prefix = (uint8_t)prefix;
}

static enum li_err address(uint8_t family, const char *v, struct li_id *out, const char **why)
{
	struct li_addr a;
	bool colon = strchr(v, ':');

	if (colon != (family == 6) || li_addr_read(v, &a)) {
		*why = family == 6 ? "not an IPv6 address" : "not an IPv4 address";
		return LI_EFORMAT;
	}
	set_addr(&a, a.family == 4 ? 32 : 128, out);
	return LI_OK;
}

static bool bits_after(const struct li_addr *a, unsigned prefix)
{
	for (unsigned i = prefix; i < (a->family == 4 ? 32u : 128u); i++)
		if (a->b[i / 8] & 0x80 >> i % 8)
			return true;
	return false;
}

static enum li_err cidr(uint8_t family, const char *v, struct li_id *out, const char **why)
{
	const char *slash = strchr(v, '/');
	char text[LI_ADDR_TEXT];
	unsigned long prefix;
	enum li_err e;

	*why = "an address, a slash and a prefix length are expected";
	if (!slash || (size_t)(slash - v) >= sizeof(text) || !slash[1] || !all_digits(slash + 1) || strlen(slash + 1) > 3)
		return LI_EFORMAT;
	memcpy(text, v, (size_t)(slash - v));
	text[slash - v] = 0;
	e = address(family, text, out, why);
	if (e)
		return e;
	prefix = strtoul(slash + 1, NULL, 10);
	if (family == 6 && out->kind == LI_ID_IPV4 && prefix <= 128)	/* an IPv4-mapped range */
		prefix = prefix > 96 ? prefix - 96 : 0;
	if (prefix < 1 || prefix > (out->kind == LI_ID_IPV4 ? 32 : 128)) {	/* /0 would be everyone */
		*why = "the prefix length is out of its range";
		return LI_ERANGE;
	}
	if (bits_after(&out->addr, (unsigned)prefix)) {	/* cutting them off would intercept more than was written */
		*why = "the address has bits beyond its prefix";
		return LI_EFORMAT;
	}
	out->prefix = (uint8_t)prefix;
	return LI_OK;
}

static enum li_err read_ipv4(const char *v, char *to, struct li_id *out, const char **why)
{
	(void)to;
	return address(4, v, out, why);
}

static enum li_err read_ipv6(const char *v, char *to, struct li_id *out, const char **why)
{
	(void)to;
	return address(6, v, out, why);
}

static enum li_err read_ipv4_cidr(const char *v, char *to, struct li_id *out, const char **why)
{
	(void)to;
	return cidr(4, v, out, why);
}

static enum li_err read_ipv6_cidr(const char *v, char *to, struct li_id *out, const char **why)
{
	(void)to;
	return cidr(6, v, out, why);
}

/* TS 103 221-1 table 5, and the names people use for the same. The first name of a kind is the one we write. */
static const struct {
	const char *name;
	enum li_id_kind kind;
	enum li_err (*read)(const char *v, char *to, struct li_id *out, const char **why);
} name[] = {
	{ "supiimsi", LI_ID_IMSI, read_imsi },
	{ "imsi", LI_ID_PLAIN_IMSI, read_imsi },
	{ "supinai", LI_ID_NAI, read_nai },
	{ "nai", LI_ID_PLAIN_NAI, read_nai },
	{ "gpsiMsisdn", LI_ID_MSISDN, read_msisdn },
	{ "e164Number", LI_ID_E164, read_msisdn },
	{ "msisdn", LI_ID_PLAIN_MSISDN, read_msisdn },
	{ "gpsiNai", LI_ID_GPSI_NAI, read_nai },
	{ "peiImei", LI_ID_IMEI, read_imei },
	{ "peiImeiCheckDigit", LI_ID_IMEI, read_imei },
	{ "imei", LI_ID_PLAIN_IMEI, read_imei },
	{ "peiImeisv", LI_ID_IMEISV, read_imeisv },
	{ "ipv4Address", LI_ID_IPV4, read_ipv4 },
	{ "ipv4Cidr", LI_ID_IPV4, read_ipv4_cidr },
	{ "ipv6Address", LI_ID_IPV6, read_ipv6 },
	{ "ipv6Cidr", LI_ID_IPV6, read_ipv6_cidr },
	/* of these only X2 and X3 tell */
	{ "macAddress", LI_ID_MAC, read_mac },
	{ "eui64", LI_ID_PEI_EUI64, read_eui64 },
	{ "impu", LI_ID_SIP_URI, read_impu },
	{ "sipUri", LI_ID_SIP_URI, read_sip },
	{ "telUri", LI_ID_TEL_URI, read_tel },
	{ "impi", LI_ID_IMPI, read_text },
	{ "emailAddress", LI_ID_EMAIL, read_email },
	{ "internationalizedEmailAddress", LI_ID_EMAIL, read_email },
	{ "MCPTTID", LI_ID_MCPTT, read_text },
	{ "InstanceIdentifierURN", LI_ID_INSTANCE_URN, read_text },
	{ "PTCChatGroupID", LI_ID_PTC_GROUP, read_text },
	{ "hashedIdentifier", LI_ID_HASHED, read_hashed },
};
#define N_NAMES (sizeof(name) / sizeof(name[0]))

enum li_err target_read(const char *n, const char *value, char *to, struct li_id *out, const char **why)
{
	*out = (struct li_id){ LI_ID_NONE, { NULL, 0 }, { 0, { 0 } }, 0 };
	*why = "";
	for (size_t i = 0; i < N_NAMES; i++)
		if (strcasecmp(name[i].name, n) == 0) {
			out->kind = name[i].kind;
			return name[i].read(value, to, out, why);
		}
	*why = "unknown kind of target";
	return LI_EUNKNOWN;
}

const char *target_name(const struct li_id *id)
{
	if (id->kind == LI_ID_IPV4 && id->prefix < 32)
		return "ipv4Cidr";
	if (id->kind == LI_ID_IPV6 && id->prefix < 128)
		return "ipv6Cidr";
	for (size_t i = 0; i < N_NAMES; i++)
		if (name[i].kind == id->kind)
			return name[i].name;
	return "none";
}

void target_text(const struct li_id *id, char out[LI_TARGET_MAX + 1])
{
	char a[LI_ADDR_TEXT];

	if (id->kind == LI_ID_MAC || id->kind == LI_ID_PEI_EUI64) {
		for (size_t i = 0; i < (id->kind == LI_ID_MAC ? MAC_OCTETS : EUI64_OCTETS); i++)
			snprintf(out + 3 * i - (i != 0), 4, i ? ":%02x" : "%02x", id->addr.b[i]);
		return;
	}
	if (id->kind != LI_ID_IPV4 && id->kind != LI_ID_IPV6) {
		snprintf(out, LI_TARGET_MAX + 1, "%.*s", (int)id->text.n, (const char *)id->text.p);
		return;
	}
	li_addr_text(&id->addr, a);
	if (id->prefix < (id->kind == LI_ID_IPV4 ? 32 : 128))
		snprintf(out, LI_TARGET_MAX + 1, "%s/%u", a, id->prefix);
	else
		snprintf(out, LI_TARGET_MAX + 1, "%s", a);
}

struct view target_key(const struct li_id *id)
{
	if (id->kind == LI_ID_MAC || id->kind == LI_ID_PEI_EUI64)
		return view_of(id->addr.b, id->kind == LI_ID_MAC ? MAC_OCTETS : EUI64_OCTETS);
	return id->text;
}

static bool same(const struct li_id *a, const struct li_id *b)
{
	if (a->kind == LI_ID_IPV4 || a->kind == LI_ID_IPV6)
		return a->prefix == b->prefix && li_addr_eq(&a->addr, &b->addr);
	return view_eq(target_key(a), target_key(b));
}

bool target_eq(const struct li_id *a, const struct li_id *b)
{
	return a->kind == b->kind && same(a, b);
}

bool target_same(const struct li_id *a, const struct li_id *b)
{
	return li_id_seen_as(a->kind) == li_id_seen_as(b->kind) && same(a, b);
}

/* -- matching -- */

unsigned target_bits(const struct li_id *subject)
{
	unsigned most = subject->kind == LI_ID_IPV4 ? 32 : 128;

	return subject->prefix == 0 || subject->prefix > most ? most : subject->prefix;
}

static bool same_bits(const struct li_addr *a, const struct li_addr *b, unsigned n)
{
	unsigned rest = n % 8;

	if (memcmp(a->b, b->b, n / 8) != 0)
		return false;
	return rest == 0 || (a->b[n / 8] ^ b->b[n / 8]) >> (8 - rest) == 0;
}

/* X1-OBJ-009 */
static bool covers_hashed(const struct li_id *t, const struct li_id *s)
{
	uint8_t want[HASHED_DIGEST_MOST], got[HASHED_DIGEST_MOST];
	struct hashed_context c;
	size_t n = 0;

	return hashed_read(t->text, &c, want, &n) == LI_OK && hashed_digest(&c, s, got) == n && memcmp(want, got, n) == 0;
}

bool target_covers(const struct li_id *t, const struct li_id *s)
{
	enum li_id_kind as = li_id_seen_as(t->kind);
	char canon[LI_NAI_MAX + 1];
	unsigned a, b;

	switch (as) {
	case LI_ID_IPV4:
	case LI_ID_IPV6:
		if (s->kind != t->kind)
			return false;
		a = t->prefix;
		b = target_bits(s);
		return same_bits(&t->addr, &s->addr, a < b ? a : b);
	case LI_ID_NAI:
	case LI_ID_GPSI_NAI:
		if (s->kind != as || s->text.n != t->text.n || s->text.n > LI_NAI_MAX)
			return false;
		nai_canonical((const char *)s->text.p, s->text.n, canon);
		return memcmp(canon, t->text.p, t->text.n) == 0;
	case LI_ID_IMEI:	/* a software version does not make another device */
		if (s->kind != LI_ID_IMEI && s->kind != LI_ID_IMEISV)
			return false;
		return s->text.n >= IMEI_DIGITS && memcmp(s->text.p, t->text.p, IMEI_DIGITS) == 0;
	case LI_ID_HASHED:
		return covers_hashed(t, s);
	default:
		return li_id_on_tap(as) && s->kind == as && same(t, s);
	}
}

size_t target_hash_text(const struct li_id *subject, enum li_id_kind as, char out[LI_TARGET_MAX + 1])
{
	size_t n = subject->text.n;

	if (as == LI_ID_IMEI && n > IMEI_DIGITS)
		n = IMEI_DIGITS;
	if (n > LI_NAI_MAX)	/* no subject on a tap has more */
		return 0;
	if (as == LI_ID_NAI || as == LI_ID_GPSI_NAI)
		return nai_canonical((const char *)subject->text.p, n, out);
	memcpy(out, subject->text.p, n);
	return n;
}
