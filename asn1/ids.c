/* ids.c: identifiers as text and back. */
#include <li/ids.h>

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool li_addr_eq(const struct li_addr *a, const struct li_addr *b)
{
	if (a->family != b->family)
		return false;
	return memcmp(a->b, b->b, a->family == 4 ? 4 : a->family == 6 ? 16 : 0) == 0;
}

struct li_addr li_addr4(const void *four)
{
	struct li_addr a = { .family = 4 };

	memcpy(a.b, four, 4);
	return a;
}

struct li_addr li_addr6(const void *sixteen)
{
	struct li_addr a = { .family = 6 };

	if (memcmp(sixteen, mapped, sizeof(mapped)) == 0)
		return li_addr4((const uint8_t *)sixteen + sizeof(mapped));
	memcpy(a.b, sixteen, 16);
	return a;
}

enum li_err li_addr_read(const char *text, struct li_addr *a)
{
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1) {
		*a = li_addr4(b);
		return LI_OK;
	}
	if (inet_pton(AF_INET6, text, b) == 1) {
		*a = li_addr6(b);
		return LI_OK;
	}
	return LI_EFORMAT;
}

void li_addr_text(const struct li_addr *a, char out[LI_ADDR_TEXT])
{
	out[0] = 0;
	if (a->family)
		inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->b, out, LI_ADDR_TEXT);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum li_err li_uuid_read(const char *text, uint8_t b[16])
{
	static const uint8_t part[] = { 4, 2, 2, 2, 6 };
	size_t n = 0;

	if (strlen(text) != 36)
		return LI_EFORMAT;
	for (size_t i = 0; i < sizeof(part); i++) {
		if (i && *text++ != '-')
			return LI_EFORMAT;
		for (size_t j = 0; j < part[i]; j++, text += 2) {
			int h = hex(text[0]), l = hex(text[1]);

			if (h < 0 || l < 0)
				return LI_EFORMAT;
			b[n++] = (uint8_t)(h << 4 | l);
		}
	}
	return LI_OK;
}

void li_uuid_text(const uint8_t b[16], char out[LI_UUID_TEXT])
{
	snprintf(out, LI_UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
		 b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

enum li_err li_liid_read(struct view text, struct li_liid *l)
{
	if (text.n < 1 || text.n > LI_LIID_MAX)
		return LI_ERANGE;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x21 || text.p[i] > 0x7e)
			return LI_EFORMAT;
	if (text.n == 1 && text.p[0] == '-')	/* TS 102 232-1: all interceptions, in a cINReset */
		return LI_EFORMAT;
	l->n = (uint8_t)text.n;
	memcpy(l->p, text.p, text.n);
	return LI_OK;
}

static int hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum li_err li_liid_hex(struct view text, struct li_liid *l)
{
	struct li_liid made = { .n = (uint8_t)(text.n / 2) };

	if (text.n < 2 || text.n > 2 * LI_LIID_MAX || text.n % 2)
		return LI_ERANGE;
	for (size_t i = 0; i < made.n; i++) {
		int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return LI_EFORMAT;
		made.p[i] = (uint8_t)(high << 4 | low);
	}
	*l = made;
	return LI_OK;
}

enum li_err li_liid_read_any(struct view text, struct li_liid *l)
{
	return text.n <= LI_LIID_MAX ? li_liid_read(text, l) : li_liid_hex(text, l);
}

void li_liid_text(const struct li_liid *l, char out[LI_LIID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	struct li_liid same;

	if (li_liid_read(view_of(l->p, l->n), &same) == LI_OK) {
		memcpy(out, l->p, l->n);
		out[l->n] = 0;
		return;
	}
	for (size_t i = 0; i < l->n; i++) {
		out[2 * i] = hex[l->p[i] >> 4];
		out[2 * i + 1] = hex[l->p[i] & 15];
	}
	out[2 * l->n] = 0;
}

enum li_err li_liid_take(struct view octets, struct li_liid *l)
{
	if (octets.n < 1 || octets.n > LI_LIID_MAX)
		return LI_ERANGE;
	l->n = (uint8_t)octets.n;
	memcpy(l->p, octets.p, octets.n);
	return LI_OK;
}

enum li_err li_country_read(struct view text, struct li_country *c)
{
	if (text.n != 2)
		return LI_ERANGE;
	for (size_t i = 0; i < 2; i++) {
		if (text.p[i] < 'A' || text.p[i] > 'Z')
			return LI_EFORMAT;
		c->c[i] = (char)text.p[i];
	}
	return LI_OK;
}
