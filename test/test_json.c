/* test_json.c: what is written is read as the same; what is not JSON is refused, at every length. */
#include "mediation/json.h"

#include "test/unit.h"

static const struct json_node *top(const struct json_doc *d)
{
	return &d->node[0];
}

static void written_is_read(void)
{
	struct buf b;
	struct json j;
	struct json_doc d;
	const struct json_node *n;

	buf_init(&b, 0);
	j = json_to(&b);
	json_object(&j, NULL);
	json_text(&j, "text", "a\"b\\c\n\x01\xc3\xa9\xf0\x9f\x98\x80");
	json_int(&j, "int", INT64_MIN);
	json_uint(&j, "uint", UINT64_MAX);
	json_bool(&j, "yes", true);
	json_null(&j, "nothing");
	json_time(&j, "time", 0);
	json_time(&j, "never", LI_US_NEVER);
	json_array(&j, "list");
	json_int(&j, NULL, 1);
	json_object(&j, NULL);
	json_close(&j, '}');
	json_array(&j, NULL);
	json_close(&j, ']');
	json_close(&j, ']');
	json_raw(&j, "raw", view_str("{\"x\":2}"));
	json_close(&j, '}');
	CU_ASSERT_EQUAL(json_end(&j), LI_OK);
	CU_ASSERT_EQUAL_FATAL(json_read(buf_view(&b), &d), LI_OK);
	n = json_member(&d, top(&d), "text");
	CU_ASSERT(view_eq(n->text, view_str("a\"b\\c\n\x01\xc3\xa9\xf0\x9f\x98\x80")));
	CU_ASSERT(view_eq(json_member(&d, top(&d), "int")->text, view_str("-9223372036854775808")));
	CU_ASSERT(view_eq(json_member(&d, top(&d), "uint")->text, view_str("18446744073709551615")));
	CU_ASSERT_EQUAL(json_member(&d, top(&d), "yes")->kind, JSON_TRUE);
	CU_ASSERT_EQUAL(json_member(&d, top(&d), "nothing")->kind, JSON_NULL);
	CU_ASSERT(view_eq(json_member(&d, top(&d), "time")->text, view_str("1970-01-01T00:00:00.000000Z")));
	CU_ASSERT_EQUAL(json_member(&d, top(&d), "never")->kind, JSON_NULL);
	n = json_first(&d, json_member(&d, top(&d), "list"));
	CU_ASSERT_EQUAL(n->kind, JSON_NUMBER);
	n = json_next(&d, n);
	CU_ASSERT(n->kind == JSON_OBJECT && !json_first(&d, n));
	n = json_next(&d, n);
	CU_ASSERT(n->kind == JSON_ARRAY && !json_next(&d, n));
	CU_ASSERT(view_eq(json_member(&d, json_member(&d, top(&d), "raw"), "x")->text, view_str("2")));
	CU_ASSERT_PTR_NULL(json_member(&d, top(&d), "absent"));
	json_doc_fini(&d);
	for (size_t i = 0; i < b.n; i++) {	/* no beginning of it is a document */
		struct json_doc cut;

		CU_ASSERT_NOT_EQUAL(json_read(view_of(b.p, i), &cut), LI_OK);
	}
	buf_fini(&b);
}

static void strings(void)
{
	static const struct { const char *in, *out; } v[] = {
		{ "\"\\u0041\\/\\b\\f\\r\\t\"", "A/\b\f\r\t" }, { "\"\\u00e9\"", "\xc3\xa9" }, { "\"\\u20AC\"", "\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" }, { " \"\" ", "" }, { "\"\\ud83d\"", NULL }, { "\"\\ude00\"", NULL },
		{ "\"\\ud83d\\u0041\"", NULL }, { "\"\\x\"", NULL }, { "\"\\u00g0\"", NULL }, { "\"a", NULL }, { "\"a\nb\"", NULL }, { "'a'", NULL },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct json_doc d;
		enum li_err e = json_read(view_str(v[i].in), &d);

		CU_ASSERT_EQUAL(e == LI_OK, v[i].out != NULL);
		CU_ASSERT(e || !v[i].out || view_eq(d.node[0].text, view_str(v[i].out)));
		if (!e)
			json_doc_fini(&d);
	}
}

static void refused(void)
{
	static const char *const bad[] = { "", " ", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[1 2]", "tru", "nul", "-", "+",
		"1 2", "[]]", "{\"a\":1]", "[1}", ",", "\x01" };
	char deep[64];
	struct json_doc d;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_NOT_EQUAL(json_read(view_str(bad[i]), &d), LI_OK);
	for (size_t n = 1; n <= 20; n++) {
		memset(deep, '[', n);
		memset(deep + n, ']', n);
		CU_ASSERT_EQUAL(json_read(view_of(deep, 2 * n), &d), n <= JSON_DEPTH + 1 ? LI_OK : LI_ELIMIT);
		json_doc_fini(&d);
	}
}

static void writer_errors(void)
{
	struct buf b;
	struct json j;

	buf_init(&b, 8);
	j = json_to(&b);
	json_text(&j, NULL, "longer than eight");
	CU_ASSERT_EQUAL(json_end(&j), LI_ELIMIT);
	b.n = 0;
	j = json_to(&b);
	json_array(&j, NULL);
	CU_ASSERT_EQUAL(json_end(&j), LI_EUSE);	/* not closed */
	json_close(&j, ']');
	CU_ASSERT_EQUAL(json_end(&j), LI_OK);
	json_close(&j, ']');
	CU_ASSERT_EQUAL(json_end(&j), LI_EUSE);
	buf_fini(&b);
}

UNIT_MAIN("json", UNIT(written_is_read), UNIT(strings), UNIT(refused), UNIT(writer_errors))
