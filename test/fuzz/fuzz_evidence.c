/*
 * fuzz_evidence.c: what an agency's end has stored (stored.h), added up and made a page of. Whatever stands there: it is read to its end, the sums hold, and
 * the page has no script but its own and those of its data.
 */
#include "handover/report/page.h"
#include "stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void page_is_sound(int at, uint64_t shown)
{
	static const char open_tag[] = "<script", close_tag[] = "</script";
	struct buf b = { 0 };
	struct stat st;
	uint64_t opens = 0, closes = 0;
	int fd = openat(at, "page.html", O_RDONLY);

	if (fd < 0 || fstat(fd, &st) || buf_need(&b, (size_t)st.st_size) || read(fd, b.p, (size_t)st.st_size) != st.st_size)
		abort();
	b.n = (size_t)st.st_size;
	for (const uint8_t *p = b.p; (p = memmem(p, (size_t)(b.p + b.n - p), open_tag, 7)); p++)
		opens++;
	for (const uint8_t *p = b.p; (p = memmem(p, (size_t)(b.p + b.n - p), close_tag, 8)); p++)
		closes++;
	if (opens != shown + 2 || closes != opens)
		abort();
	close(fd);
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct page p;
	static struct lemf_keys keys;
	const struct account_totals *t = &p.a.totals;
	struct evidence d;
	char err[300];

	if (size == 0)
		return 0;
	files(view_of(data, size));
	if (!evidence_open(&d, dir, err, sizeof(err)) || page_begin(&p, &keys, 0))
		abort();
	if (folder_open(&d, FOLDER, &p.folder, err, sizeof(err)) == LI_OK) {
		if (account_make(&p.a, &p.folder, &keys, 1, &page_ops, &p))
			abort();
		if (t->numbers != t->judged - t->again + t->missing + t->not_issued)
			abort();
		if (sheet_open(&p.out, d.fd, "page.html"))
			abort();
		page_write(&p);
		if (sheet_close(&p.out))
			abort();
		page_is_sound(d.fd, p.shown);
		account_fini(&p.a);
		folder_close(&p.folder);
	}
	page_end(&p);
	evidence_close(&d);
	clear();
	return 0;
}
