#include "asn1/gen_ps.h"
#include "test/golden.h"

#define HEADER_A "A1 48 80 07 04 00 02 02 05 01 21 81 0B 4C 49 2D 54 45 53 54 2D 30 30 31 82 02 4E 4C " \
	"A3 14 A0 0E 80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 82 02 4E 4C 84 01 "
#define HEADER_B " 85 13 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A "
#define HEADER HEADER_A "00" HEADER_B

static void recoded(void *arg, const char *name, const char *hex)
{
	struct buf in = { 0 }, out = { 0 };

	(void)arg;
	hex_put(&in, hex);
	CU_ASSERT_EQUAL(gen_ps_recode(strcmp(name, "EncryptedPayload") ? GEN_PS_PDU : GEN_PS_ENCRYPTED_PAYLOAD, buf_view(&in), &out), LI_OK);
	CU_ASSERT(view_eq(buf_view(&in), buf_view(&out)));
	buf_fini(&in);
	buf_fini(&out);
}

static void references(void)
{
	CU_ASSERT_EQUAL(golden_each(recoded, NULL), 11);
}

/* Each cut of a PDU, one octet too many, and each octet changed: an answer, never more. */
static void damaged(void)
{
	struct buf in = { 0 };

	golden_get("iRIPayloadSequence", &in);
	for (size_t n = 0; n < in.n; n++)
		CU_ASSERT_NOT_EQUAL(gen_ps_recode(GEN_PS_PDU, view_of(in.p, n), NULL), LI_OK);
	for (size_t i = 0; i < in.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct buf out = { 0 };

			in.p[i] ^= (uint8_t)(1u << bit);
			(void)!gen_ps_recode(GEN_PS_PDU, buf_view(&in), &out);
			in.p[i] ^= (uint8_t)(1u << bit);
			buf_fini(&out);
		}
	CU_ASSERT_EQUAL(buf_put(&in, "", 1), LI_OK);
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&in), NULL), LI_EFORMAT);
	buf_fini(&in);
}

/* A later header member [20], a foreign IRI alternative [1] and an unknown one [40] decode; a limit that is broken
 * does not encode. */
static void extensions(void)
{
	static const char *const later[] = {
		"30 53 A1 4B 80 07 04 00 02 02 05 01 21 81 0B 4C 49 2D 54 45 53 54 2D 30 30 31 82 02 4E 4C "
		"A3 14 A0 0E 80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 82 02 4E 4C 84 01 00" HEADER_B "94 01 07 A2 04 A2 02 83 00",
		"30 5A" HEADER "A2 0E A0 0C 30 0A 80 01 04 A2 05 A1 03 81 01 00",
		"30 5A" HEADER "A2 0E A0 0C 30 0A 80 01 04 A2 05 BF 28 02 05 00",
		"30 59" HEADER "A2 0D A7 0B A1 09 81 05 04 13 13 03 05 A2 00",	/* a notification, whose members are not this set's */
	};
	struct buf in = { 0 }, out = { 0 };

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		in.n = 0;
		hex_put(&in, later[i]);
		CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&in), NULL), LI_OK);
	}
	golden_get("keep-alive", &in);
	in.p[28] = '!';				/* a country is a PrintableString */
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&in), NULL), LI_OK);
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&in), &out), LI_EENCODE);
	CU_ASSERT_EQUAL(out.n, 0);
	buf_fini(&in);
	buf_fini(&out);
}

UNIT_MAIN("gen_ps", UNIT(references), UNIT(damaged), UNIT(extensions))
