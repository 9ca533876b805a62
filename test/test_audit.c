/* test_audit.c: the log as it is written: over crashes, forgeries, a full disk, in new files. */
#include "mediation/audit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "test/audit_made.h"

static void round_trip(void)
{
	struct head h = { 0 };
	const char *f = file;
	struct audit_field odd[] = { { "text", "quote \" backslash \\ line\nend \x01\x7f \xc3\xa9 \xff\xc0\x80 \xed\xa0\x80" } };
	struct audit *a;
	uint64_t n;
	struct stat st;
	struct buf b;

	fresh();
	a = opened(&h, false);
	write_some(a, 20);
	CU_ASSERT_EQUAL(h.calls, 20);
	CU_ASSERT_EQUAL(h.count, 20);
	CU_ASSERT_EQUAL(audit_write(a, NOW, "conf", "file", odd, 1), LI_OK);
	CU_ASSERT_EQUAL(audit_write(a, NOW, "checkpoint", "me", NULL, 0), LI_EUSE);
	CU_ASSERT_EQUAL(audit_verify(&f, 1, pub, &h.count, h.hash, &n, &signed_to, err, sizeof(err)), LI_OK);
	CU_ASSERT_EQUAL(n, 21);
	CU_ASSERT_EQUAL(signed_to, 0);
	CU_ASSERT_PTR_NULL(audit_open(file, key, NULL, NULL, NULL, NULL, NOW, err, sizeof(err)));	/* one writer */
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "another process"));
	audit_close(a, NOW);
	CU_ASSERT_EQUAL(h.count, 22);
	a = opened(&h, true);		/* a clean stop needs no repair and no new signature */
	CU_ASSERT_EQUAL(h.count, 22);
	write_some(a, 1);
	audit_close(a, NOW);
	CU_ASSERT_EQUAL(audit_verify(&f, 1, pub, &h.count, h.hash, &n, &signed_to, err, sizeof(err)), LI_OK);
	CU_ASSERT_EQUAL(n, 24);
	CU_ASSERT_EQUAL(signed_to, 24);
	b = slurp(file);
	CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.p, "\"text\":\"quote \\\" backslash \\\\ line\\u000aend \\u0001\\u007f \xc3\xa9 "
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}}\n"));
	CU_ASSERT_EQUAL(memcmp(b.p, "{\"n\":1,\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\","
		"\"time\":\"2026-02-06T09:44:01.608000Z\",\"event\":\"intercept-end\",\"who\":\"uid:0 pid:1 socket\",\"fields\":{}}\n", 177), 0);
	buf_fini(&b);
	CU_ASSERT_TRUE(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600);
	CU_ASSERT_TRUE(stat(key, &st) == 0 && (st.st_mode & 0777) == 0600);
}

/* What the store knew when the first n lines were there. */
static struct head head_at(const struct log *l, unsigned n)
{
	struct head h = { .count = n };
	struct view v = l->line[n - 1];

	EVP_Digest(v.p, v.n - (v.p[v.n - 1] == '\n'), h.hash, NULL, EVP_sha256(), NULL);
	return h;
}

/* A crash may leave any part of the last line. What was confirmed stays, what was cut stands in the log. */
static void torn(void)
{
	struct log l;

	make_log(&l);
	for (unsigned k = 1; k < ENTRIES; k += 3) {
		for (size_t part = 1; part < l.line[k].n; part += 7) {
			struct head h = head_at(&l, k);
			struct audit *a;
			uint64_t n = 0;
			struct buf b;
			size_t at = (size_t)(l.line[k].p - l.all.p);

			spill(file, view_of(l.all.p, at + part));
			a = opened(&h, true);
			CU_ASSERT_EQUAL(h.count, k + 2);
			write_some(a, 1);
			audit_close(a, NOW);
			b = slurp(file);
			CU_ASSERT_EQUAL(check(buf_view(&b), l.pub, &h, &n), LI_OK);
			CU_ASSERT_EQUAL(n, k + 4);		/* repaired, its checkpoint, one more, the last checkpoint */
			CU_ASSERT_EQUAL(memcmp(b.p, l.all.p, at), 0);
			CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
			CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.p + at, "\"event\":\"audit-repaired\",\"who\":\"audit\",\"fields\":{\"octets\":\""));
			buf_fini(&b);
		}
	}
	/* killed without a torn line: the unsigned end is signed at the next start */
	struct head h = head_at(&l, 4);
	struct audit *a;
	char aside[1024];

	spill(file, view_of(l.all.p, (size_t)(l.line[4].p - l.all.p)));
	a = opened(&h, true);
	CU_ASSERT_EQUAL(h.count, 5);
	audit_close(a, NOW);
	CU_ASSERT_EQUAL(h.count, 5);
	CU_ASSERT_PTR_NULL(audit_open("/nonexistent/audit.log", key, NULL, NULL, NULL, NULL, NOW, err, sizeof(err)));
	CU_ASSERT_STRING_EQUAL(err, "/nonexistent/audit.log: No such file or directory");
	/* a key that others may read signs for anybody */
	CU_ASSERT(chmod(key, 0640) == 0);
	CU_ASSERT_PTR_NULL(audit_open(file, key, NULL, NULL, NULL, NULL, NOW, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "its mode must be 0600"));
	CU_ASSERT(chmod(key, 0600) == 0);
	/* and one that is a pipe is not waited for */
	snprintf(aside, sizeof(aside), "%s.aside", key);
	CU_ASSERT(rename(key, aside) == 0 && mkfifo(key, 0600) == 0);
	CU_ASSERT_PTR_NULL(audit_open(file, key, NULL, NULL, NULL, NULL, NOW, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is not a file"));
	CU_ASSERT(rename(aside, key) == 0);
	/* a last line that is none of ours is no crash */
	spill(file, view_str("{\"n\":1}\n"));
	CU_ASSERT_PTR_NULL(audit_open(file, key, NULL, NULL, NULL, NULL, NOW, err, sizeof(err)));
	buf_fini(&l.all);
}

/* n entries that follow `prev`, without any key. */
static void forge(struct buf *b, uint64_t first, uint64_t last, uint8_t prev[32])
{
	for (uint64_t n = first; n <= last; n++) {
		size_t at = b->n;
		char hex[65];

		for (unsigned i = 0; i < 32; i++)
			snprintf(hex + 2 * i, 3, "%02x", prev[i]);
		CU_ASSERT_EQUAL(buf_printf(b, "{\"n\":%llu,\"prev\":\"%s\",\"time\":\"2026-02-06T09:44:01.608000Z\",\"event\":\"x\",\"who\":\"y\",\"fields\":{}}\n",
			(unsigned long long)n, hex), LI_OK);
		EVP_Digest(b->p + at, b->n - at - 1, prev, NULL, EVP_sha256(), NULL);
	}
}

/* The chain has no secret: whoever may write the file can write it anew. The service must not sign that at its next start. */
static void forged(void)
{
	uint8_t zero[32] = { 0 };
	struct buf b = { 0 };
	struct audit *a;
	struct log l;
	struct head h;
	uint64_t n;

	/* the whole log, and an entry more than the store knows */
	make_log(&l);
	h = l.head;
	forge(&b, 1, h.count + 1, zero);
	spill(file, buf_view(&b));
	CU_ASSERT_PTR_NULL(audit_open(file, key, &h.count, h.hash, NULL, NULL, NOW, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is not the one whose hash the store knows"));
	/* two more behind the entry that the store knows */
	b.n = 0;
	CU_ASSERT_EQUAL(buf_put(&b, l.all.p, l.all.n), LI_OK);
	memcpy(zero, h.hash, 32);
	forge(&b, h.count + 1, h.count + 2, zero);
	spill(file, buf_view(&b));
	h = l.head;
	a = opened(&h, true);		/* as a crash would leave it: taken, and named */
	audit_close(a, NOW);
	b.n = 0;
	buf_fini(&b);
	b = slurp(file);
	CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.p + l.all.n, "\"event\":\"audit-unconfirmed\",\"who\":\"audit\",\"fields\":{\"from\":\""));
	b.n--;
	CU_ASSERT_EQUAL(check(buf_view(&b), l.pub, &h, &n), LI_OK);
	CU_ASSERT_EQUAL(n, l.head.count + 4);	/* two that nobody confirmed, what is said of them, the checkpoint */
	/* the store is gone: what no signature holds is named as well */
	b.n = 0;
	memset(zero, 0, 32);
	forge(&b, 1, 3, zero);
	spill(file, buf_view(&b));
	h = (struct head){ 0 };
	audit_close(opened(&h, false), NOW);
	CU_ASSERT_EQUAL(h.count, 5);
	/* and another's signature is not ours; nor is a new key made beside a log that is there */
	spill(file, buf_view(&l.all));
	unlink(key);
	CU_ASSERT_PTR_NULL(audit_open(file, key, &l.head.count, l.head.hash, NULL, NULL, NOW, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "the log that it signed is"));
	unlink(file);
	unlink(pub);
	audit_close(opened(&h, false), NOW);
	spill(file, buf_view(&l.all));
	CU_ASSERT_PTR_NULL(audit_open(file, key, &l.head.count, l.head.hash, NULL, NULL, NOW, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is not signed by this key"));
	buf_fini(&b);
	buf_fini(&l.all);
}

static void batches(void)
{
	struct head h = { 0 };
	struct audit *a;
	struct buf b;
	uint8_t p[32], hash[32];
	uint64_t n;
	char *large = malloc(AUDIT_LINE_MAX);

	CU_ASSERT_PTR_NOT_NULL_FATAL(large);
	memset(large, 'x', AUDIT_LINE_MAX - 1);
	large[AUDIT_LINE_MAX - 1] = '\0';
	fresh();
	a = opened(&h, false);
	audit_begin(a);
	write_some(a, 2500);
	CU_ASSERT_EQUAL(h.calls, 0);
	CU_ASSERT_EQUAL(audit_head(a, hash), 0);
	struct audit_field f = { "text", large };

	CU_ASSERT_EQUAL(audit_write(a, NOW, "x", "y", &f, 1), LI_ELIMIT);	/* costs the batch nothing */
	CU_ASSERT_EQUAL(audit_end(a), LI_OK);
	CU_ASSERT_EQUAL(h.calls, 1);
	CU_ASSERT_EQUAL(h.count, 2502);		/* two checkpoints among them */
	audit_close(a, NOW);
	b = slurp(file);
	raw_pub(p);
	CU_ASSERT_EQUAL(check(buf_view(&b), p, &h, &n), LI_OK);
	CU_ASSERT_EQUAL(n, 2503);
	buf_fini(&b);
	free(large);
}

/* A disk that is full: nothing of the entry stays, and the chain goes on when there is room again. */
static void full(void)
{
	struct head h = { 0 };
	struct audit *a;
	struct rlimit was, now;
	struct buf b;
	uint8_t p[32];
	uint64_t n;

	fresh();
	a = opened(&h, false);
	write_some(a, 3);
	getrlimit(RLIMIT_FSIZE, &was);
	b = slurp(file);
	now = was;
	now.rlim_cur = b.n + 50;
	buf_fini(&b);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &now);
	CU_ASSERT_EQUAL(audit_write(a, NOW, "warrant-add", "file", NULL, 0), LI_EIO);
	setrlimit(RLIMIT_FSIZE, &was);
	CU_ASSERT_EQUAL(h.count, 3);
	write_some(a, 1);
	CU_ASSERT_EQUAL(h.count, 4);
	h.refuse = true;
	CU_ASSERT_EQUAL(audit_write(a, NOW, "warrant-add", "file", NULL, 0), LI_EIO);
	h.refuse = false;
	audit_close(a, NOW);
	b = slurp(file);
	raw_pub(p);
	CU_ASSERT_EQUAL(check(buf_view(&b), p, &h, &n), LI_OK);
	CU_ASSERT_EQUAL(n, 6);
	buf_fini(&b);
}

/* The log goes on in new files: what it proves, it proves over all of them, in whatever order they are given. */
#define FILES 64

static size_t rotated(struct head *h, char *files[FILES], unsigned entries)
{
	struct audit *a;

	fresh();
	a = opened(h, false);
	audit_rotate(a, 4096);
	write_some(a, entries);
	audit_close(a, NOW);
	return audit_files(file, files, FILES);
}

static void forget_files(char *files[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unlink(files[i]);
		free(files[i]);
	}
}

static enum li_err verify(char *const files[], size_t n, const struct head *h, uint64_t *entries)
{
	err[0] = '\0';
	return audit_verify((const char *const *)(const void *)files, n, pub, h ? &h->count : NULL, h ? h->hash : NULL, entries, &signed_to, err, sizeof(err));
}

static void rotation(void)
{
	char *files[FILES], *order[FILES], want[200];
	struct head h = { 0 }, before;
	uint64_t n = 0, seed = 7;
	struct audit *a;
	struct stat st;
	size_t k;

	k = rotated(&h, files, 200);
	CU_ASSERT_TRUE_FATAL(k > 10 && k < FILES);
	CU_ASSERT_EQUAL(h.count, 200 + k);		/* each new file's first entry, and the last checkpoint */
	snprintf(want, sizeof(want), "%s.1", file);
	CU_ASSERT_STRING_EQUAL(files[0], want);
	CU_ASSERT_STRING_EQUAL(files[k - 1], file);
	for (size_t i = 0; i < k; i++)
		CU_ASSERT_TRUE(stat(files[i], &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_size < 4096 + 1024);
	for (unsigned round = 0; round < 20; round++) {	/* any order */
		memcpy(order, files, sizeof(order));
		for (size_t i = k - 1; i > 0; i--) {
			size_t j = unit_rand(&seed) % (i + 1);
			char *x = order[i];

			order[i] = order[j];
			order[j] = x;
		}
		CU_ASSERT_EQUAL(verify(order, k, &h, &n), LI_OK);
		CU_ASSERT_EQUAL(n, h.count);
	}
	for (size_t out = 0; out < k; out++) {		/* one of them is not there: it is named, the last one by the store */
		size_t m = 0;

		for (size_t i = 0; i < k; i++)
			if (i != out)
				order[m++] = files[i];
		CU_ASSERT_EQUAL(verify(order, m, &h, &n), LI_EFORMAT);
		snprintf(want, sizeof(want), "follows the file audit.log.%zu, which was not given", out + 1);
		if (!strstr(err, out + 1 < k ? want : "were cut"))
			printf("# %s\n", err);
		CU_ASSERT_PTR_NOT_NULL(strstr(err, out + 1 < k ? want : "were cut"));
	}
	for (size_t i = 0; i < k; i++) {		/* the end of one of them is cut, by a line */
		struct buf b = slurp(files[i]);
		size_t end = b.n - 1;

		while (end && b.p[end - 1] != '\n')
			end--;
		spill(files[i], view_of(b.p, end));
		CU_ASSERT_EQUAL(verify(files, k, &h, &n), LI_EFORMAT);
		CU_ASSERT_EQUAL(verify(files, k, NULL, &n), i + 1 < k ? LI_EFORMAT : LI_OK);
		spill(files[i], buf_view(&b));
		buf_fini(&b);
	}
	CU_ASSERT_EQUAL(verify(files, k, &h, &n), LI_OK);
	a = opened(&h, true);				/* and it goes on, in the same file */
	write_some(a, 1);
	audit_close(a, NOW);
	CU_ASSERT_EQUAL(verify(files, k, &h, &n), LI_OK);
	CU_ASSERT_EQUAL(audit_files(file, NULL, 0), k);
	forget_files(files, k);

	/* crashes: between the two renames, and before the store heard of the new file */
	for (unsigned how = 0; how < 3; how++) {
		char *aside, next[200];
		struct buf first;
		bool cut = false;

		memset(&h, 0, sizeof(h));
		fresh();
		a = opened(&h, false);
		write_some(a, 40);
		before = h;
		audit_rotate(a, 4096);			/* now */
		CU_ASSERT_EQUAL(h.count, before.count + 1);
		first = slurp(file);
		snprintf(want, sizeof(want), "%s/moved", dir);
		snprintf(next, sizeof(next), "%s.next", file);
		if (how == 2) {				/* before anything was renamed: what lies aside is not in effect */
			CU_ASSERT_TRUE(asprintf(&aside, "%s.1", file) > 0);
			CU_ASSERT_EQUAL(rename(file, want), 0);
			CU_ASSERT_EQUAL(rename(aside, file), 0);
			free(aside);
			CU_ASSERT_EQUAL(rename(want, next), 0);
			cut = true;
		} else if (how == 1) {
			CU_ASSERT_EQUAL(rename(file, next), 0);
		}
		audit_close(a, NOW);			/* what it still wrote is taken back: a kill signs nothing */
		spill(how == 1 ? next : how == 2 ? next : file, buf_view(&first));
		buf_fini(&first);
		h = before;
		audit_close(opened(&h, true), NOW);
		k = audit_files(file, files, FILES);
		CU_ASSERT_EQUAL(k, cut ? 1 : 2);
		CU_ASSERT_EQUAL(verify(files, k, &h, &n), LI_OK);
		CU_ASSERT_EQUAL(access(next, F_OK), -1);
		forget_files(files, k);
	}
}

/* No room for the new file: the log goes on in the old one. */
static void rotation_refused(void)
{
	struct head h = { 0 };
	char *files[FILES], *aside;
	struct audit *a;
	uint64_t n;
	size_t k;

	fresh();
	CU_ASSERT_TRUE(asprintf(&aside, "%s.next", file) > 0);
	a = opened(&h, false);
	CU_ASSERT_EQUAL(mkdir(aside, 0700), 0);
	audit_rotate(a, 1024);
	write_some(a, 20);
	k = audit_files(file, files, FILES);
	CU_ASSERT_EQUAL(k, 1);
	audit_close(a, NOW);
	CU_ASSERT_EQUAL(verify(files, k, &h, &n), LI_OK);
	CU_ASSERT_EQUAL(n, 21);
	rmdir(aside);
	free(aside);
	forget_files(files, k);
}

UNIT_MAIN("audit", UNIT(round_trip), UNIT(torn), UNIT(forged), UNIT(batches), UNIT(full), UNIT(rotation), UNIT(rotation_refused),
	UNIT(clean_up))
