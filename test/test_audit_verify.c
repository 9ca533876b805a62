/* test_audit_verify.c: what is done to a log is found, and named. */
#include "test/audit_made.h"

static void changed(void)
{
	struct log l;

	make_log(&l);
	for (unsigned k = 1; k <= ENTRIES; k++) {
		size_t from = (size_t)(l.line[k - 1].p - l.all.p);

		for (size_t i = 0; i + 1 < l.line[k - 1].n; i++) {	/* each octet but the line's end */
			uint8_t was = l.all.p[from + i];

			l.all.p[from + i] = was == '0' ? '1' : was == '}' ? ']' : (uint8_t)(was ^ 1);
			CU_ASSERT_EQUAL(check(buf_view(&l.all), l.pub, &l.head, NULL), LI_EFORMAT);
			CU_ASSERT_TRUE(names(k));
			CU_ASSERT_EQUAL(check(buf_view(&l.all), l.pub, NULL, NULL), LI_EFORMAT);	/* signed: found without the store too */
			l.all.p[from + i] = was;
		}
		from += l.line[k - 1].n - 1;
		l.all.p[from] = ' ';
		CU_ASSERT_EQUAL(check(buf_view(&l.all), l.pub, &l.head, NULL), LI_EFORMAT);
		l.all.p[from] = '\n';
	}
	CU_ASSERT_EQUAL(check(buf_view(&l.all), l.pub, &l.head, NULL), LI_OK);
	buf_fini(&l.all);
}

static void dropped_swapped_inserted(void)
{
	struct log l;
	unsigned order[ENTRIES + 2];

	make_log(&l);
	for (unsigned k = 1; k < ENTRIES; k++) {
		unsigned n = 0;

		for (unsigned i = 1; i <= ENTRIES; i++)		/* dropped */
			if (i != k)
				order[n++] = i;
		order[n] = 0;
		CU_ASSERT_EQUAL(arranged(&l, order, NULL), LI_EFORMAT);
		CU_ASSERT_TRUE(names(k));
		CU_ASSERT_PTR_NOT_NULL(strstr(err, "is missing"));
		for (unsigned j = k + 1; j <= ENTRIES; j++) {	/* swapped */
			for (unsigned i = 0; i < ENTRIES; i++)
				order[i] = i + 1 == k ? j : i + 1 == j ? k : i + 1;
			order[ENTRIES] = 0;
			CU_ASSERT_EQUAL(arranged(&l, order, NULL), LI_EFORMAT);
			CU_ASSERT_TRUE(names(k) && names(j));
			CU_ASSERT_PTR_NOT_NULL(strstr(err, "swapped"));
		}
		for (unsigned j = 1; j <= ENTRIES; j++) {	/* a copy of j before k */
			n = 0;
			for (unsigned i = 1; i <= ENTRIES; i++) {
				if (i == k)
					order[n++] = j;
				order[n++] = i;
			}
			order[n] = 0;
			CU_ASSERT_EQUAL(arranged(&l, order, NULL), LI_EFORMAT);
			CU_ASSERT_TRUE(names(j));
			CU_ASSERT_PTR_NOT_NULL(strstr(err, "inserted"));
		}
	}
	/* an entry of the attacker's own, rightly chained to the one before: the next one gives it away */
	for (unsigned k = 1; k < ENTRIES; k++) {
		struct buf b = { 0 };
		char hash[65];
		uint8_t h[32];

		for (unsigned i = 1; i <= k; i++)
			CU_ASSERT_EQUAL(buf_put(&b, l.line[i - 1].p, l.line[i - 1].n), LI_OK);
		EVP_Digest(l.line[k - 1].p, l.line[k - 1].n - 1, h, NULL, EVP_sha256(), NULL);
		for (unsigned i = 0; i < 32; i++)
			snprintf(hash + 2 * i, 3, "%02x", h[i]);
		CU_ASSERT_EQUAL(buf_printf(&b, "{\"n\":%u,\"prev\":\"%s\",\"time\":\"2026-02-06T09:44:01.608000Z\",\"event\":\"x\",\"who\":\"y\",\"fields\":{}}\n", k + 1, hash), LI_OK);
		for (unsigned i = k + 1; i <= ENTRIES; i++)
			CU_ASSERT_EQUAL(buf_put(&b, l.line[i - 1].p, l.line[i - 1].n), LI_OK);
		CU_ASSERT_EQUAL(check(buf_view(&b), l.pub, NULL, NULL), LI_EFORMAT);
		CU_ASSERT_TRUE(names(k + 1));
		buf_fini(&b);
	}
	buf_fini(&l.all);
}

/* A cut end is whole lines or a part of one; only the store's head tells the former. */
static void cut(void)
{
	struct log l;

	make_log(&l);
	for (size_t n = 0; n < l.all.n; n++) {
		bool whole = n == 0 || l.all.p[n - 1] == '\n';

		CU_ASSERT_EQUAL(check(view_of(l.all.p, n), l.pub, &l.head, NULL), LI_EFORMAT);
		CU_ASSERT_PTR_NOT_NULL(strstr(err, whole ? "were cut" : "is torn"));
		CU_ASSERT_EQUAL(check(view_of(l.all.p, n), l.pub, NULL, NULL), whole ? LI_OK : LI_EFORMAT);
		spill(file, view_of(l.all.p, n));	/* and the service does not go on with it */
		CU_ASSERT_PTR_NULL(audit_open(file, key, &l.head.count, l.head.hash, NULL, NULL, NOW, err, sizeof(err)));
	}
	/* another head of the same count: the whole log was written anew */
	l.head.hash[0] ^= 1;
	CU_ASSERT_EQUAL(check(buf_view(&l.all), l.pub, &l.head, NULL), LI_EFORMAT);
	spill(file, buf_view(&l.all));
	CU_ASSERT_PTR_NULL(audit_open(file, key, &l.head.count, l.head.hash, NULL, NULL, NOW, err, sizeof(err)));
	CU_ASSERT_TRUE(names(ENTRIES));
	buf_fini(&l.all);
}

static void several_files(void)
{
	static const char *n2[] = { "one.log", "two.log", "three.log" };
	struct log l;
	struct view parts[3];
	uint64_t n;

	make_log(&l);
	for (unsigned i = 0; i < ENTRIES; i++) {
		size_t at = (size_t)(l.line[i].p - l.all.p);

		parts[0] = view_of(l.all.p, at);
		parts[1] = view_of(l.all.p + at, l.line[i].n);
		parts[2] = view_of(l.all.p + at + l.line[i].n, l.all.n - at - l.line[i].n);
		CU_ASSERT_EQUAL(audit_check(parts, n2, 3, l.pub, &l.head.count, l.head.hash, &n, &signed_to, err, sizeof(err)), LI_OK);
		CU_ASSERT_EQUAL(n, ENTRIES);
		parts[1] = parts[2];	/* the middle file is missing, or the last */
		CU_ASSERT_EQUAL(audit_check(parts, n2, 2, l.pub, &l.head.count, l.head.hash, &n, &signed_to, err, sizeof(err)), LI_EFORMAT);
		CU_ASSERT_PTR_NOT_NULL(strstr(err, i + 1 < ENTRIES ? "two.log:1: entry" : "were cut"));
	}
	/* the last line of a file was changed: that file is named */
	parts[0] = view_of(l.all.p, (size_t)(l.line[5].p - l.all.p));
	parts[1] = view_of(l.line[5].p, l.all.n - parts[0].n);
	l.all.p[parts[0].n - 10] ^= 1;
	CU_ASSERT_EQUAL(audit_check(parts, n2, 2, l.pub, NULL, NULL, &n, &signed_to, err, sizeof(err)), LI_EFORMAT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "one.log:5: entry 5 was changed"));
	buf_fini(&l.all);
}

static void other_key(void)
{
	struct log l;

	make_log(&l);
	l.pub[0] ^= 1;
	CU_ASSERT_EQUAL(check(buf_view(&l.all), l.pub, &l.head, NULL), LI_EFORMAT);
	CU_ASSERT_TRUE(names(ENTRIES));
	buf_fini(&l.all);
}

/* A log without its checkpoints is not ours to believe. */
static void unsigned_log(void)
{
	struct buf b = { 0 };
	uint8_t h[32] = { 0 }, p[32] = { 0 };
	size_t at = 0;

	for (unsigned n = 1; n <= AUDIT_CHECKPOINT; n++) {
		char hex[65];

		for (unsigned i = 0; i < 32; i++)
			snprintf(hex + 2 * i, 3, "%02x", h[i]);
		at = b.n;
		CU_ASSERT_EQUAL(buf_printf(&b, "{\"n\":%u,\"prev\":\"%s\",\"time\":\"2026-02-06T09:44:01.608000Z\",\"event\":\"x\",\"who\":\"y\",\"fields\":{}}\n", n, hex), LI_OK);
		EVP_Digest(b.p + at, b.n - at - 1, h, NULL, EVP_sha256(), NULL);
		CU_ASSERT_EQUAL(check(view_of(b.p, b.n), p, NULL, NULL), n < AUDIT_CHECKPOINT ? LI_OK : LI_EFORMAT);
	}
	CU_ASSERT_TRUE(names(AUDIT_CHECKPOINT));
	buf_fini(&b);
}

UNIT_MAIN("audit_verify", UNIT(changed), UNIT(dropped_swapped_inserted), UNIT(cut), UNIT(several_files), UNIT(other_key),
	UNIT(unsigned_log), UNIT(clean_up))
