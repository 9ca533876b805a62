/* fuzz_audit.c: the audit log's verifier over any octets; the first octet says where the input is cut into two files. */
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <li/view.h>

#include "mediation/audit.h"
#include "mediation/audit_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As a log is looked at before it is written on: nothing beyond its last entry is confirmed. */
static void known(struct view log, const uint8_t pub[32], const uint64_t *count, const uint8_t *hash)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, 32);
	struct view line, torn;
	struct audit_line last;
	uint64_t confirmed;
	char err[256];

	audit_split_last(log, &line, &torn);
	if (audit_known(log, "log", key, count, hash, &confirmed, err, sizeof(err)) == LI_OK &&
	    confirmed && (audit_line_read(line, &last) || confirmed > last.n))
		__builtin_trap();
	EVP_PKEY_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "one", "two" };
	static const uint8_t pub[32] = { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
		0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a };	/* RFC 8032 clause 7.1, test 1 */
	uint8_t hash[32] = { 0 };
	uint64_t entries, signed_to, count = 3;
	struct view logs[2];
	char err[256];
	size_t cut;

	if (size == 0)
		return 0;
	cut = 1 + (size - 1) * data[0] / 255;
	logs[0] = view_of(data + 1, cut - 1);
	logs[1] = view_of(data + cut, size - cut);
	if (audit_check(logs, names, 2, pub, NULL, NULL, &entries, &signed_to, err, sizeof(err)) == LI_OK &&
	    audit_check(logs, names, 2, pub, &count, hash, &entries, &signed_to, err, sizeof(err)) == LI_OK)
		__builtin_trap();	/* no entry hashes to zero, and a shorter log is cut */
	known(logs[0], pub, NULL, NULL);
	known(logs[1], pub, &count, hash);
	return 0;
}
