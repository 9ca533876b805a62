/* hashed.c: see hashed.h. */
#include "mediation/warrant/hashed.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mediation/warrant/target.h"

static const struct { const char *name; const EVP_MD *(*md)(void); size_t n; } hashes[HASHED_KINDS] = {	/* X1-OBJ-007 */
	{ "sha-256", EVP_sha256, 32 }, { "sha-512", EVP_sha512, 64 }, { "sha3-512", EVP_sha3_512, 64 } };

/* Names of table 5, and TS 103 280's of the same types. */
static const struct { const char *name; enum li_id_kind kind; } types[] = {
	{ "supiimsi", LI_ID_IMSI }, { "imsi", LI_ID_IMSI }, { "supinai", LI_ID_NAI }, { "nai", LI_ID_NAI },
	{ "gpsiMsisdn", LI_ID_MSISDN }, { "e164Number", LI_ID_MSISDN }, { "InternationalE164", LI_ID_MSISDN }, { "msisdn", LI_ID_MSISDN },
	{ "gpsiNai", LI_ID_GPSI_NAI }, { "peiImei", LI_ID_IMEI }, { "imei", LI_ID_IMEI }, { "peiImeisv", LI_ID_IMEISV }, { "imeisv", LI_ID_IMEISV } };

enum li_id_kind hashed_type(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(types[i].name, type) == 0)
			return types[i].kind;
	return LI_ID_NONE;
}

bool hashed_context_eq(const struct hashed_context *a, const struct hashed_context *b)
{
	return a->by == b->by && a->kind == b->kind && a->n_salt == b->n_salt && memcmp(a->salt, b->salt, a->n_salt) == 0;
}

/* -- text -- */

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool octets(struct view hex, uint8_t *out, size_t most, size_t *n)
{
	*n = hex.n / 2;
	if (hex.n % 2 || *n > most)
		return false;
	for (size_t i = 0; i < *n; i++) {
		int high = digit(hex.p[2 * i]), low = digit(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Up to the next colon, or the end. */
static struct view part(struct view *rest)
{
	const uint8_t *colon = rest->n ? memchr(rest->p, ':', rest->n) : NULL;
	struct view v = view_of(rest->p, colon ? (size_t)(colon - rest->p) : rest->n);
	size_t used = v.n + (colon != NULL);

	*rest = view_of(rest->p + used, rest->n - used);
	return v;
}

enum li_err hashed_read(struct view text, struct hashed_context *c, uint8_t digest[HASHED_DIGEST_MOST], size_t *n)
{
	struct view by = part(&text), salt = part(&text), type = part(&text);
	char name[64];
	size_t n_salt = 0;

	*c = (struct hashed_context){ .by = HASHED_KINDS };
	for (unsigned i = 0; i < HASHED_KINDS; i++)
		if (view_eq(by, view_str(hashes[i].name)))
			c->by = (enum hashed_by)i;
	snprintf(name, sizeof(name), "%.*s", (int)(type.n < sizeof(name) ? type.n : 0), type.n ? (const char *)type.p : "");
	c->kind = hashed_type(name);
	if (c->by == HASHED_KINDS || c->kind == LI_ID_NONE)
		return LI_EUNKNOWN;
	if (!octets(salt, c->salt, HASHED_SALT_MOST, &n_salt) || n_salt < HASHED_SALT_LEAST || !octets(text, digest, HASHED_DIGEST_MOST, n) ||
	    *n != hashes[c->by].n)
		return LI_EFORMAT;
	c->n_salt = (uint8_t)n_salt;
	return LI_OK;
}

static size_t put_hex(char *out, struct view v)
{
	for (size_t i = 0; i < v.n; i++)
		snprintf(out + 2 * i, 3, "%02x", v.p[i]);
	return 2 * v.n;
}

bool hashed_text(enum hashed_by by, struct view salt, const char *type, struct view digest, char out[HASHED_TEXT])
{
	size_t n;

	if (hashed_type(type) == LI_ID_NONE || salt.n < HASHED_SALT_LEAST || salt.n > HASHED_SALT_MOST || digest.n != hashes[by].n)
		return false;
	n = (size_t)snprintf(out, HASHED_TEXT, "%s:", hashes[by].name);
	n += put_hex(out + n, salt);
	n += (size_t)snprintf(out + n, HASHED_TEXT - n, ":%s:", type);
	n += put_hex(out + n, digest);
	out[n] = 0;
	return true;
}

/* -- digests -- */

/* Annex D.2.3: the identity's octets in their one form, then the salt. A device is its IMEI whatever its software version. */
size_t hashed_digest(const struct hashed_context *c, const struct li_id *subject, uint8_t out[HASHED_DIGEST_MOST])
{
	enum li_id_kind as = li_id_seen_as(subject->kind);
	char text[LI_TARGET_MAX + 1];
	unsigned n = 0;
	EVP_MD_CTX *x;
	size_t len;
	bool good;

	if (as != c->kind && !(as == LI_ID_IMEISV && c->kind == LI_ID_IMEI))
		return 0;
	len = target_hash_text(subject, c->kind, text);
	x = len ? EVP_MD_CTX_new() : NULL;
	good = x && EVP_DigestInit_ex(x, hashes[c->by].md(), NULL) == 1 && EVP_DigestUpdate(x, text, len) == 1 &&
	       EVP_DigestUpdate(x, c->salt, c->n_salt) == 1 && EVP_DigestFinal_ex(x, out, &n) == 1;
	EVP_MD_CTX_free(x);
	explicit_bzero(text, sizeof(text));
	return good ? n : 0;
}
