/* test_lidump_ps.c: encrypted PDUs as lidump shows them: with the key what is inside, without it octets. */
#include "asn1/lidump.h"

#include "handover/lemf_key.h"
#include "test/gen/pdus.h"
#include "test/unit.h"

static bool decrypt(void *arg, uint8_t *pdu, size_t n)
{
	return lemf_keys_decrypt(arg, pdu, n);
}

static bool shows(struct lidump *d, enum lidump_form form, struct view pdu, const char *text)
{
	bool ok;

	d->form = form;
	d->text.n = 0;
	CU_ASSERT_EQUAL(lidump_ps(d, pdu, 0), LI_OK);
	CU_ASSERT_EQUAL(buf_put(&d->text, "", 1), LI_OK);
	ok = strstr((char *)d->text.p, text) != NULL;
	if (!ok)
		fprintf(stderr, "%s\n", (char *)d->text.p);
	return ok;
}

static void encrypted(void)
{
	struct pdu_of of = { .liid = "LI-1", .has_cin = true, .cin = 1, .number = 9, .time = 1770371041608000, .extra = 40 };
	struct cipher_key key = { .type = PS_CIPHER_AES_256, .key = { 7 } }, wrong = { .type = PS_CIPHER_AES_256 };
	struct buf b = { 0 }, sealed = { 0 }, before = { 0 };
	struct lemf_keys k = { 0 };
	struct lidump d = { .form = LIDUMP_JSON };
	struct pcapwr pcap;

	CU_ASSERT_TRUE_FATAL(pdu_cc(&b, &of));
	CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&b), 5, &sealed), LI_OK);
	CU_ASSERT(shows(&d, LIDUMP_JSON, buf_view(&sealed), "\"encryptionType\": \"none\", \"encryptedPayload\": {\"byteCounter\": 5, \"payload\": {\"cCPayloadSequence\": [{"));
	CU_ASSERT_EQUAL_FATAL(lemf_keys_cipher(&k, &wrong), LI_OK);
	CU_ASSERT_EQUAL_FATAL(lemf_keys_cipher(&k, &key), LI_OK);
	CU_ASSERT_EQUAL_FATAL(cipher_seal(k.cipher[1], sealed.p, sealed.n), LI_OK);
	CU_ASSERT_EQUAL(buf_put(&before, sealed.p, sealed.n), LI_OK);
	CU_ASSERT(shows(&d, LIDUMP_JSON, buf_view(&sealed), "\"encryptionType\": \"aES-256-CBC\", \"encryptedPayload\": \""));
	CU_ASSERT(shows(&d, LIDUMP_SUMMARY, buf_view(&sealed), "encryptionContainer"));
	d.decrypt = decrypt;
	d.decrypt_arg = &k;
	CU_ASSERT(shows(&d, LIDUMP_JSON, buf_view(&sealed), "\"encryptionType\": \"aES-256-CBC\", \"encryptedPayload\": {\"byteCounter\": 5, \"payload\": {\"cCPayloadSequence\": [{"));
	CU_ASSERT(shows(&d, LIDUMP_TREE, buf_view(&sealed), "cCPayloadSequence"));
	CU_ASSERT(shows(&d, LIDUMP_SUMMARY, buf_view(&sealed), "extendedUPFCCPDU, 48 octets"));
	CU_ASSERT_EQUAL_FATAL(pcapwr_init(&pcap), LI_OK);
	d.pcap = &pcap;
	pcap.out.n = 0;
	CU_ASSERT(shows(&d, LIDUMP_SUMMARY, buf_view(&sealed), "HI3"));
	CU_ASSERT(pcap.out.n > 48 || pcap.left_out == 1);
	CU_ASSERT_EQUAL(d.faults, 0);
	CU_ASSERT(view_eq(buf_view(&before), buf_view(&sealed)));	/* the caller's octets stay */
	pcapwr_fini(&pcap);
	lemf_keys_fini(&k);
	buf_fini(&d.text);
	buf_fini(&d.opened);
	buf_fini(&b);
	buf_fini(&sealed);
	buf_fini(&before);
}

UNIT_MAIN("lidump_ps", UNIT(encrypted))
