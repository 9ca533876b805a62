/* test_sheet.c: text of others stays text, and a file is there when it is whole. */
#include "handover/report/sheet.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/json.h"
#include "test/unit.h"

static const char *as_text(const char *s, size_t n)
{
	static struct buf b;

	b.n = 0;
	CU_ASSERT_EQUAL(html_text(&b, view_of(s, n)), LI_OK);
	CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
	return (const char *)b.p;
}

#define TEXT(s) as_text(s, sizeof(s) - 1)

static void text(void)
{
	CU_ASSERT_STRING_EQUAL(TEXT("LI-2026"), "LI-2026");
	CU_ASSERT_STRING_EQUAL(TEXT("</td><script>\"'`&"), "&#60;/td&#62;&#60;script&#62;&#34;&#39;&#96;&#38;");
	CU_ASSERT_STRING_EQUAL(TEXT("a\0b\n\x7f"), "a\\u{0}b\\u{a}\\u{7f}");
	CU_ASSERT_STRING_EQUAL(TEXT("\xff\xc0\x80\xed\xa0\x80"), "\\xff\\xc0\\x80\\xed\\xa0\\x80");
	CU_ASSERT_STRING_EQUAL(TEXT("\xe2\x80\xae" "drow\xe2\x80\x8b\xef\xbb\xbf"), "\\u{202e}drow\\u{200b}\\u{feff}");	/* it would be read backwards */
	CU_ASSERT_STRING_EQUAL(TEXT("J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x98\x80"), "J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x98\x80");
	CU_ASSERT_STRING_EQUAL(TEXT("\xc2\x85\xe2\x82"), "\\u{85}\\xe2\\x82");
}

static void json(void)
{
	struct buf b = { 0 };

	CU_ASSERT_EQUAL(html_json(&b, view_str("{\"</script><!--\":\"a&b\xe2\x80\xa8\xe2\x80\xa9\xe2\x82\xac\xe2\"}")), LI_OK);
	CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
	CU_ASSERT_STRING_EQUAL((const char *)b.p, "{\"\\u003c/script\\u003e\\u003c!--\":\"a\\u0026b\\u2028\\u2029\xe2\x82\xac\xe2\"}");
	for (unsigned round = 1; round <= unit_rounds(500); round++) {		/* any octets: a JSON string without what could end it */
		uint64_t seed = round;
		uint8_t octets[40];

		for (size_t i = 0; i < sizeof(octets); i++)
			octets[i] = unit_rand(&seed) % 3 ? (uint8_t)"<>/&\"'\\-!\xe2\x80\xa8"[unit_rand(&seed) % 12] : (uint8_t)unit_rand(&seed);
		b.n = 0;
		CU_ASSERT_EQUAL(html_jstr(&b, view_of(octets, sizeof(octets))), LI_OK);
		CU_ASSERT_TRUE(json_ok(buf_view(&b)));
		CU_ASSERT_PTR_NULL(memchr(b.p, '<', b.n));
		CU_ASSERT_PTR_NULL(memmem(b.p, b.n, "\xe2\x80\xa8", 3));
	}
	buf_fini(&b);
}

static void file(void)
{
	char dir[] = "/tmp/openmdf-sheet.XXXXXX", big[5000];
	struct sheet s;
	struct stat st;
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL_FATAL(sheet_open(&s, fd, "a.html"), LI_OK);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	for (unsigned i = 0; i < 100; i++)
		sheet_printf(&s, "%s", big);
	CU_ASSERT_TRUE(fstatat(fd, "a.html", &st, 0) < 0);	/* not yet */
	CU_ASSERT_EQUAL(sheet_close(&s), LI_OK);
	CU_ASSERT_EQUAL_FATAL(fstatat(fd, "a.html", &st, 0), 0);
	CU_ASSERT_EQUAL(st.st_size, 100 * 4999);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_TRUE(faccessat(fd, ".a.html.new", F_OK, 0) < 0);
	CU_ASSERT_EQUAL_FATAL(sheet_open(&s, fd, "b.html"), LI_OK);	/* one that fails leaves nothing */
	sheet_raw(&s, "x");
	s.err = LI_ENOMEM;
	CU_ASSERT_EQUAL(sheet_close(&s), LI_ENOMEM);
	CU_ASSERT_TRUE(faccessat(fd, "b.html", F_OK, 0) < 0 && faccessat(fd, ".b.html.new", F_OK, 0) < 0);
	unlinkat(fd, "a.html", 0);
	close(fd);
	rmdir(dir);
}

UNIT_MAIN("sheet", UNIT(text), UNIT(json), UNIT(file))
