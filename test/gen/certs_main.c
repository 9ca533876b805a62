/*
 * certs_main.c: a CA and one certificate of every kind that a peer may show, for scripts whose peers are not ours.
 *
 *   certs DIR NAME	all of them bear NAME but one; DIR/good, renewed, wrongname, expired, early, revoked, foreign, self,
 *			rsa1024, sha1, client, server (.crt, .key); ca.crt, ca.crl, old.crl (expired), empty.crl (nothing revoked),
 *			other.crt (another CA)
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "test/gen/certs.h"

static bool copy(struct certs *from, const char *file, struct certs *to, const char *as)
{
	FILE *f = fopen(certs_path(from, file), "r"), *t = fopen(certs_path(to, as), "w");
	char b[8192];
	size_t n = f && t ? fread(b, 1, sizeof(b), f) : 0;
	bool ok = n && fwrite(b, 1, n, t) == n;

	if (f)
		fclose(f);
	return (!t || fclose(t) == 0) && ok;
}

int main(int argc, char **argv)
{
	struct certs c = { 0 }, other = { 0 };
	char san[256], dir[240];
	bool ok;

	if (argc != 3 || strlen(argv[1]) > 190) {
		fprintf(stderr, "usage: certs DIR NAME\n");
		return 2;
	}
	snprintf(san, sizeof(san), "DNS:%s", argv[2]);
	snprintf(dir, sizeof(dir), "%s/other", argv[1]);
	ok = certs_init(&c, argv[1]) && certs_init(&other, dir) && certs_crl(&c, "empty.crl", -1, 100) &&
		certs_issue(&c, "good", "good", san, -1, 60) && certs_issue(&c, "renewed", "renewed", san, -1, 90) &&
		certs_issue(&c, "wrongname", "wrongname", "DNS:somebody.example", -1, 60) &&
		certs_issue(&c, "expired", "expired", san, -60, -1) && certs_issue(&c, "early", "early", san, 1, 60) &&
		certs_issue(&c, "revoked", "revoked", san, -1, 60) && certs_revoke(&c, "revoked") &&
		certs_issue(&other, "foreign", "foreign", san, -1, 60) && copy(&other, "foreign.crt", &c, "foreign.crt") &&
		copy(&other, "foreign.key", &c, "foreign.key") && copy(&other, "ca.crt", &c, "other.crt") &&
		certs_issue_wrong(&c, "self", "self", san, CERTS_SELF) && certs_issue_wrong(&c, "rsa1024", "rsa1024", san, CERTS_RSA1024) &&
		certs_issue_wrong(&c, "sha1", "sha1", san, CERTS_SHA1) && certs_issue_wrong(&c, "client", "client", san, CERTS_CLIENT) &&
		certs_issue_wrong(&c, "server", "server", san, CERTS_SERVER) && certs_crl(&c, "old.crl", -60, -1);
	if (!ok)
		fprintf(stderr, "certs: %s: could not be made\n", argv[1]);
	certs_fini(&c, false);
	certs_fini(&other, false);
	return !ok;
}
