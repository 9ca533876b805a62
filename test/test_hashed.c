/* test_hashed.c: targets that are told by a digest: the worked value of TS 103 221-1 annex D, forms, and the index. X1-OBJ-009 */
#include "mediation/warrant/hashed.h"

#include <openssl/evp.h>
#include <string.h>

#include "mediation/warrant/target.h"
#include "test/unit.h"

#define WORKED "sha-256:4241792fc4d3d097:InternationalE164:ddbe522009b5b32f1b84c82c06dedc0d24ba373d4ae244790fd071076b4536c0"

static struct li_id subject(enum li_id_kind kind, const char *text)
{
	return (struct li_id){ .kind = kind, .text = view_str(text) };
}

static struct li_id target(const char *text, char room[LI_TARGET_MAX + 1])
{
	struct li_id id;
	const char *why;

	CU_ASSERT_EQUAL(target_read("hashedIdentifier", text, room, &id, &why), LI_OK);
	return id;
}

static void worked(void)
{
	char room[LI_TARGET_MAX + 1], text[LI_TARGET_MAX + 1];
	struct li_id t = target(WORKED, room), him = subject(LI_ID_MSISDN, "447700900000"), other = subject(LI_ID_MSISDN, "447700900001");
	struct li_id imsi = subject(LI_ID_IMSI, "447700900000");

	CU_ASSERT_TRUE(target_covers(&t, &him));
	CU_ASSERT_FALSE(target_covers(&t, &other));
	CU_ASSERT_FALSE(target_covers(&t, &imsi));	/* the same digits, and another form */
	CU_ASSERT_STRING_EQUAL(target_name(&t), "hashedIdentifier");
	target_text(&t, text);
	CU_ASSERT_STRING_EQUAL(text, WORKED);		/* as the store reads it again */
	CU_ASSERT_TRUE(li_id_on_tap(t.kind));
}

static void forms(void)
{
	static const char *const bad[] = { "", "sha-256", "md5:4241792fc4d3d097:imsi:00", "sha-256:4241792fc4d3d0:InternationalE164:"
		"ddbe522009b5b32f1b84c82c06dedc0d24ba373d4ae244790fd071076b4536c0",		/* seven octets: X1-OBJ-008 */
		"sha-256:4241792fc4d3d097:tcpPort:ddbe522009b5b32f1b84c82c06dedc0d24ba373d4ae244790fd071076b4536c0",
		"sha-512:4241792fc4d3d097:imsi:ddbe522009b5b32f1b84c82c06dedc0d24ba373d4ae244790fd071076b4536c0",
		"sha-256:4241792fc4d3d097:imsi:DDBE522009B5B32F1B84C82C06DEDC0D24BA373D4AE244790FD071076B4536C0",
		"sha-256:4241792fc4d3d097:imsi:ddbe522009b5b32f1b84c82c06dedc0d24ba373d4ae244790fd071076b4536c" };
	char room[LI_TARGET_MAX + 1];
	struct li_id id;
	const char *why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(target_read("hashedIdentifier", bad[i], room, &id, &why), LI_EFORMAT);
}

/* A digest made here, by OpenSSL's one call and not by hashed.c's. */
static void make(const EVP_MD *md, const char *name, const char *type, const char *identity, const char salt[8], char out[HASHED_TEXT])
{
	uint8_t octets[256], digest[64];
	size_t n = strlen(identity);
	unsigned len = 0;
	int at;

	memcpy(octets, identity, n);
	memcpy(octets + n, salt, 8);
	CU_ASSERT_EQUAL(EVP_Digest(octets, n + 8, digest, &len, md, NULL), 1);
	at = sprintf(out, "%s:", name);
	for (int i = 0; i < 8; i++)
		at += sprintf(out + at, "%02x", (uint8_t)salt[i]);
	at += sprintf(out + at, ":%s:", type);
	for (unsigned i = 0; i < len; i++)
		at += sprintf(out + at, "%02x", digest[i]);
}

static void found(void *arg, struct target_entry *e)
{
	(void)e;
	++*(unsigned *)arg;
}

static unsigned hits(const struct target_index *x, enum li_id_kind kind, const char *text)
{
	struct li_id s = subject(kind, text);
	unsigned n = 0;

	target_index_find(x, &s, found, &n);
	return n;
}

/* Each hash, each form; more salts than the index has places for; and nobody is found that was taken out. X1-OBJ-007 */
static void index_(void)
{
	enum { MANY = 100 };
	static struct target_entry e[MANY + 4];
	static char text[MANY + 4][HASHED_TEXT], room[MANY + 4][LI_TARGET_MAX + 1];
	static struct li_id id[MANY + 4];
	struct target_index *x = target_index_new();
	char imsi[32], salt[8] = "saltsalt";

	make(EVP_sha256(), "sha-256", "supiimsi", "001010000000001", salt, text[MANY]);
	make(EVP_sha512(), "sha-512", "supinai", "User@realm.example", salt, text[MANY + 1]);
	make(EVP_sha3_512(), "sha3-512", "peiImei", "35209900176148", salt, text[MANY + 2]);
	make(EVP_sha256(), "sha-256", "supiimsi", "001010000000001", salt, text[MANY + 3]);
	for (int i = 0; i < MANY; i++) {
		salt[0] = (char)i;
		snprintf(imsi, sizeof(imsi), "00102%010d", i);
		make(EVP_sha256(), "sha-256", "imsi", imsi, salt, text[i]);
	}
	CU_ASSERT_EQUAL(target_index_reserve(x, MANY + 4), LI_OK);
	for (int i = 0; i < MANY + 4; i++) {
		id[i] = target(text[i], room[i]);
		target_index_add(x, &e[i], &id[i]);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(imsi, sizeof(imsi), "00102%010d", i);
		CU_ASSERT_EQUAL(hits(x, LI_ID_IMSI, imsi), 1);
	}
	CU_ASSERT_EQUAL(hits(x, LI_ID_IMSI, "001010000000001"), 2);
	CU_ASSERT_EQUAL(hits(x, LI_ID_IMSI, "001010000000002"), 0);
	CU_ASSERT_EQUAL(hits(x, LI_ID_NAI, "User@REALM.example"), 1);	/* the realm has no case */
	CU_ASSERT_EQUAL(hits(x, LI_ID_NAI, "user@realm.example"), 0);
	CU_ASSERT_EQUAL(hits(x, LI_ID_IMEI, "35209900176148"), 1);
	CU_ASSERT_EQUAL(hits(x, LI_ID_IMEISV, "3520990017614823"), 1);	/* a device, whatever its software */
	for (int i = MANY + 3; i >= 0; i--)
		target_index_del(x, &e[i]);
	CU_ASSERT_EQUAL(hits(x, LI_ID_IMSI, "001010000000001"), 0);
	CU_ASSERT_EQUAL(hits(x, LI_ID_IMSI, "001020000000099"), 0);
	for (int i = 0; i < MANY; i++) {		/* the place of one that is gone is another's */
		target_index_add(x, &e[i], &id[i]);
		CU_ASSERT_FALSE(e[i].rest);
		target_index_del(x, &e[i]);
	}
	target_index_free(x);
}

UNIT_MAIN("hashed", UNIT(worked), UNIT(forms), UNIT(index_))
