/* audit_made.h: a log in a folder of the test's own, and what is done to it. */
#ifndef TEST_AUDIT_MADE_H
#define TEST_AUDIT_MADE_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <li/buf.h>

#include "mediation/audit.h"
#include "test/unit.h"

#define NOW INT64_C(1770371041608000)

static char dir[64], file[128], key[128], pub[128], err[1000];

struct head { uint64_t count; uint8_t hash[32]; unsigned calls; bool refuse; };

static inline enum li_err set_head(void *arg, uint64_t count, const uint8_t hash[32])
{
	struct head *h = arg;

	h->calls++;
	if (h->refuse)
		return LI_EIO;
	h->count = count;
	memcpy(h->hash, hash, 32);
	return LI_OK;
}

static inline void fresh(void)
{
	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "%s/openmdf-audit.XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");	/* thousands of syncs */
		CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
		snprintf(file, sizeof(file), "%s/audit.log", dir);
		snprintf(key, sizeof(key), "%s/audit.key", dir);
		audit_pub_path(key, pub, sizeof(pub));
	}
	unlink(file);
}

static inline struct audit *opened(struct head *h, bool know)
{
	struct audit *a = audit_open(file, key, know ? &h->count : NULL, know ? h->hash : NULL, set_head, h, NOW, err, sizeof(err));

	if (!a)
		printf("# %s\n", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	return a;
}

static inline void write_some(struct audit *a, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct audit_field f[] = { { "liid", "LI-2026-0001" }, { "destination", "agency-a" } };

		CU_ASSERT_EQUAL_FATAL(audit_write(a, NOW + i, i % 2 ? "intercept-begin" : "intercept-end", "uid:0 pid:1 socket", f, i % 3), LI_OK);
	}
}

static inline struct buf slurp(const char *path)
{
	struct buf b = { 0 };
	FILE *f = fopen(path, "r");
	size_t k;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	do {
		CU_ASSERT_EQUAL_FATAL(buf_need(&b, 4096), LI_OK);
		k = fread(b.p + b.n, 1, 4096, f);
		b.n += k;
	} while (k);
	fclose(f);
	return b;
}

static inline void spill(const char *path, struct view v)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(v.p, 1, v.n, f), v.n);
	fclose(f);
}

static inline void raw_pub(uint8_t out[32])
{
	FILE *f = fopen(pub, "r");
	EVP_PKEY *k = f ? PEM_read_PUBKEY(f, NULL, NULL, NULL) : NULL;
	size_t n = 32;

	CU_ASSERT_TRUE_FATAL(k && EVP_PKEY_get_raw_public_key(k, out, &n) == 1);
	EVP_PKEY_free(k);
	fclose(f);
}

static uint64_t signed_to;	/* what the last check said */

static inline enum li_err check(struct view v, const uint8_t p[32], const struct head *h, uint64_t *n)
{
	static const char *name = "audit.log";
	uint64_t entries;

	err[0] = '\0';
	return audit_check(&v, &name, 1, p, h ? &h->count : NULL, h ? h->hash : NULL, n ? n : &entries, &signed_to, err, sizeof(err));
}

/* Every kind of tampering, at every entry. Entries 1..12 and the checkpoint 13. */
#define ENTRIES 13

struct log {
	struct buf all;
	struct view line[ENTRIES];	/* with their ends */
	uint8_t pub[32];
	struct head head;
};

static inline void make_log(struct log *l)
{
	struct audit *a;
	size_t at = 0;

	memset(l, 0, sizeof(*l));
	fresh();
	a = opened(&l->head, false);
	write_some(a, ENTRIES - 1);
	audit_close(a, NOW);
	l->all = slurp(file);
	raw_pub(l->pub);
	for (unsigned i = 0; i < ENTRIES; i++) {
		const uint8_t *nl = memchr(l->all.p + at, '\n', l->all.n - at);

		CU_ASSERT_PTR_NOT_NULL_FATAL(nl);
		l->line[i] = view_of(l->all.p + at, (size_t)(nl - l->all.p) + 1 - at);
		at += l->line[i].n;
	}
	CU_ASSERT_EQUAL_FATAL(at, l->all.n);
	CU_ASSERT_EQUAL_FATAL(check(buf_view(&l->all), l->pub, &l->head, NULL), LI_OK);
}

/* Puts lines together in the given order (numbers from 1; 0 ends) and checks them. */
static inline enum li_err arranged(const struct log *l, const unsigned *order, const struct head *h)
{
	struct buf b = { 0 };
	enum li_err e;

	for (; *order; order++)
		CU_ASSERT_EQUAL_FATAL(buf_put(&b, l->line[*order - 1].p, l->line[*order - 1].n), LI_OK);
	e = check(buf_view(&b), l->pub, h, NULL);
	buf_fini(&b);
	return e;
}

static inline bool names(unsigned entry)
{
	char word[32], *at = err;

	snprintf(word, sizeof(word), "entry %u", entry);
	while ((at = strstr(at, word))) {
		at += strlen(word);
		if (*at < '0' || *at > '9')
			return true;
	}
	printf("# entry %u: %s\n", entry, err);
	return false;
}

static inline void clean_up(void)
{
	unlink(file);
	unlink(key);
	unlink(pub);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

#endif
