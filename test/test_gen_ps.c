#include "asn1/gen_ps.h"
#include "unit.h"
#include <ctype.h>

/* Hex with blanks to octets. */
static void hex(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned x;
		uint8_t o;

		if (isspace((unsigned char)*s))
			continue;
		CU_ASSERT_FATAL(sscanf(s, "%2x", &x) == 1);
		o = (uint8_t)x;
		CU_ASSERT_FATAL(buf_put(b, &o, 1) == LI_OK);
		s++;
	}
}

#define HEADER_A "A1 48 80 07 04 00 02 02 05 01 21 81 0B 4C 49 2D 54 45 53 54 2D 30 30 31 82 02 4E 4C " \
	"A3 14 A0 0E 80 04 4F 50 30 31 81 06 4D 44 46 32 2D 31 82 02 4E 4C 84 01 "
#define HEADER_B " 85 13 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A "
#define HEADER HEADER_A "00" HEADER_B
#define HEADER_1 HEADER_A "01" HEADER_B

/* The reference encodings: TS 102 232-1 with header version 33, made by another compiler. */
static const char *const reference[] = {
	"30 50" HEADER "A2 04 A2 02 83 00",				/* keep-alive */
	"30 50" HEADER "A2 04 A2 02 84 00",				/* keep-aliveResponse */
	"30 54" HEADER "A2 08 A2 06 A9 04 A0 02 80 00",			/* optionRequest */
	"30 56" HEADER "A2 0A A2 08 AA 06 A0 02 80 00 A1 00",		/* optionResponse */
	"30 50" HEADER_1 "A2 04 A2 02 8B 00",				/* optionComplete */
	"30 50" HEADER "A2 04 A2 02 8C 00",				/* pDUAcknowledgementRequest */
	"30 5D" HEADER "A2 11 A2 0F A8 0D 80 01 01 81 08 62 75 66 20 66 75 6C 6C",	/* operatorLeaMessage */
	/* IRI: CIN 42, number 7, qualifier, REPORT */
	"30 62 A1 4E 80 07 04 00 02 02 05 01 21 81 0B 4C 49 2D 54 45 53 54 2D 30 30 31 82 02 4E 4C A3 17 A0 0E 80 04 4F 50 30 31"
	"81 06 4D 44 46 32 2D 31 81 01 2A 82 02 4E 4C 84 01 07 85 13 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A"
	"88 01 01 A2 10 A0 0E 30 0C 80 01 04 A2 07 93 05 30 03 81 01 00",
	/* CC: number 4294967295, two aggregated items */
	"30 7B A1 4F 80 07 04 00 02 02 05 01 21 81 0B 4C 49 2D 54 45 53 54 2D 30 30 31 82 02 4E 4C A3 14 A0 0E 80 04 4F 50 30 31"
	"81 06 4D 44 46 32 2D 31 82 02 4E 4C 84 05 00 FF FF FF FF 85 13 32 30 32 36 30 32 30 36 30 39 34 34 30 31 2E 36 30 38 5A"
	"88 01 03 A2 28 A1 26 30 19 80 01 00 A2 04 97 02 30 00 A3 0B 80 04 69 85 B7 E1 81 03 09 47 00 84 01 01"
	"30 09 80 01 01 A2 04 97 02 30 00",
	/* IntegrityCheck: hash over 0, 1, 300 */
	"30 69" HEADER "A2 1D A2 1B A0 19 A0 0A 02 01 00 02 01 01 02 02 01 2C 81 01 01 82 01 01 83 02 AA BB 84 01 02",
};

static void references(void)
{
	for (size_t i = 0; i < sizeof(reference) / sizeof(reference[0]); i++) {
		struct buf in = { 0 }, out = { 0 };

		hex(&in, reference[i]);
		CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&in), &out), LI_OK);
		CU_ASSERT(view_eq(buf_view(&in), buf_view(&out)));
		buf_fini(&in);
		buf_fini(&out);
	}
}

static void encrypted_payload(void)
{
	struct buf in = { 0 }, out = { 0 };

	hex(&in, "30 0E 80 08 69 85 B7 E1 00 00 00 00 A1 02 A1 00");
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_ENCRYPTED_PAYLOAD, buf_view(&in), &out), LI_OK);
	CU_ASSERT(view_eq(buf_view(&in), buf_view(&out)));
	buf_fini(&in);
	buf_fini(&out);
}

/* Each cut of a PDU, one octet too many, and each octet changed: an answer, never more. */
static void damaged(void)
{
	struct buf in = { 0 };

	hex(&in, reference[7]);
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
		hex(&in, later[i]);
		CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&in), NULL), LI_OK);
	}
	in.n = 0;
	hex(&in, reference[0]);
	in.p[28] = '!';				/* a country is a PrintableString */
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&in), NULL), LI_OK);
	CU_ASSERT_EQUAL(gen_ps_recode(GEN_PS_PDU, buf_view(&in), &out), LI_EENCODE);
	CU_ASSERT_EQUAL(out.n, 0);
	buf_fini(&in);
	buf_fini(&out);
}

UNIT_MAIN("gen_ps", UNIT(references), UNIT(encrypted_payload), UNIT(damaged), UNIT(extensions))
