/* test_yaml.c: documents under a table: every fault at its line, values never quoted, nothing unbounded. */
#include <li/limits.h>

#include "mediation/yaml.h"
#include "test/said.h"
#include "test/unit.h"

struct object {
	char *text;
	char array[9];
	bool flag;
	li_us wait;
	size_t room;
	int word;
	char *inner;
};

#define AT(member) offsetof(struct object, member), sizeof(((struct object *)0)->member)
static const struct yaml_key inner[] = {
	{ "inner", true, yaml_read_string, AT(inner), 1, 20, NULL },
};
static const struct yaml_table inner_table = { inner, 1 };
static const struct yaml_word words[] = { { "one", 1 }, { "two", 2 }, { NULL, 0 } };
static const struct yaml_key keys[] = {
	{ "text", true, yaml_read_string, AT(text), 2, 10, NULL },
	{ "array", false, yaml_read_array, AT(array), 1, 8, NULL },
	{ "flag", false, yaml_read_bool, AT(flag), 0, 0, NULL },
	{ "wait", false, yaml_read_duration, AT(wait), 1000, 60 * LI_US_SECOND, NULL },
	{ "room", false, yaml_read_size, AT(room), 1024, 1 << 20, NULL },
	{ "word", false, yaml_read_choice, AT(word), 0, 0, words },
	{ "within", false, yaml_read_map, 0, 0, 0, 0, &inner_table },
};

/* True: no fault. */
static bool load(const char *text, struct object *o, struct said *s)
{
	struct view v = view_str(text);
	struct yaml *y;
	struct yaml_at root;

	*o = (struct object){ .text = NULL };
	s->n = 0;
	y = yaml_open("f.yaml", &v, 4096, said_add, s);
	if (!y)
		return false;
	root = yaml_root(y);
	yaml_map(y, &root, keys, sizeof(keys) / sizeof(keys[0]), o, NULL);
	return yaml_close(y);
}

static void drop(struct object *o)
{
	free(o->text);
	free(o->inner);
}

static void good(void)
{
	struct object o;
	struct said s;

	CU_ASSERT(load("text: hello\narray: 12345678\nflag: yes\nwait: 500ms\nroom: 4KiB\nword: two\nwithin: {inner: x}\n", &o, &s));
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_STRING_EQUAL(o.text, "hello");
	CU_ASSERT_STRING_EQUAL(o.array, "12345678");
	CU_ASSERT(o.flag);
	CU_ASSERT_EQUAL(o.wait, 500000);
	CU_ASSERT_EQUAL(o.room, 4096);
	CU_ASSERT_EQUAL(o.word, 2);
	CU_ASSERT_STRING_EQUAL(o.inner, "x");
	drop(&o);
}

/* All of them in one go, each at its own line. */
static void every_fault(void)
{
	struct object o;
	struct said s;

	CU_ASSERT(!load("text: x\narray: 123456789\nflag: maybe\nwait: 12\nroom: 12kB\nword: three\nwithin: {}\n"
			"nothing: 2\nflag: no\n", &o, &s));
	CU_ASSERT(said(&s, "f.yaml:1: text: shorter than 2"));
	CU_ASSERT(said(&s, "f.yaml:2: array: longer than 8"));
	CU_ASSERT(said(&s, "f.yaml:3: flag: must be one of: yes, no"));
	CU_ASSERT(said(&s, "f.yaml:4: wait: a duration"));
	CU_ASSERT(said(&s, "f.yaml:5: room: a size"));
	CU_ASSERT(said(&s, "f.yaml:6: word: must be one of: one, two"));
	CU_ASSERT(said(&s, "f.yaml:7: within.inner: is missing"));
	CU_ASSERT(said(&s, "f.yaml:8: unknown key \"nothing\""));
	CU_ASSERT(said(&s, "f.yaml:9: flag: given twice"));
	CU_ASSERT_EQUAL(s.n, 9);
	drop(&o);
}

static void shapes(void)
{
	static const struct { const char *text, *why; } v[] = {
		{ "", "is empty" }, { "# nothing\n", "is empty" }, { "- a\n- b\n", "f.yaml:1: a mapping" }, { "text\n", "a mapping" },
		{ "text: [a]\n", "text: a plain value is expected" }, { "text:\n", "text: has no value" },
		{ "text: \"a\\0b\"\n", "control characters" }, { "text: \"a\\nb\"\n", "control characters" },
		{ "? [a]\n: b\ntext: hello\n", "unknown key" }, { "text: &x hello\narray: *x\n", "f.yaml:2: aliases are not accepted" },
		{ "a: &a [*a]\n", "aliases" }, { "<<: {text: hello}\n", "unknown key" },
		{ "text: !!binary aGVsbG8=\n", "f.yaml:1: tags" }, { "text: !mine hello\n", "tags" },
		{ "text: hello\n---\ntext: again\n", "f.yaml:2: a second document" }, { "text: \"open\n", "not YAML" },
		{ "text: a\n\tb: c\n", "not YAML" }, { "text: \xff\xfe\n", "not YAML" }, { "a: b: c\n", "f.yaml:1: not YAML" },
		{ "text: hello\n%bad\n", "not YAML" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct object o;
		struct said s;
		bool ok = load(v[i].text, &o, &s);

		CU_ASSERT(!ok && said(&s, v[i].why));
		if (ok || !said(&s, v[i].why)) {
			fprintf(stderr, "shape %zu\n", i);
			said_print(&s);
		}
		drop(&o);
	}
}

/* Depth, size and number of faults are bounded whatever the text. */
static void bounds(void)
{
	char *deep = malloc(4097), *many = malloc(65536);
	struct view v = view_of(many, 65535);
	struct object o;
	struct said s = { .n = 0 };
	struct yaml *y;
	struct yaml_at root;

	memset(deep, '[', 4096);
	deep[4096] = 0;
	CU_ASSERT(!load(deep, &o, &s));
	CU_ASSERT(said(&s, "nested deeper than 16"));
	deep[4095] = 0;
	memcpy(deep, "text: ", 6);
	memset(deep + 6, 'a', 4089);
	CU_ASSERT(!load(deep, &o, &s));
	CU_ASSERT(said(&s, "longer than 10 octets"));
	deep = realloc(deep, 4200);
	memset(deep + 4095, 'a', 10);
	deep[4105] = 0;
	CU_ASSERT(!load(deep, &o, &s));
	CU_ASSERT(said(&s, "f.yaml: longer than 4096 octets"));

	many[0] = 0;
	for (unsigned i = 0; i < 3000; i++)
		strcat(many + i * 8, "zz: 1  \n");
	v.n = strlen(many);
	s.n = 0;
	y = yaml_open("f.yaml", &v, 65536, said_add, &s);
	root = yaml_root(y);
	yaml_map(y, &root, keys, sizeof(keys) / sizeof(keys[0]), &o, NULL);
	CU_ASSERT_EQUAL(yaml_faults(y), 3001);
	CU_ASSERT(!yaml_close(y));
	CU_ASSERT_EQUAL(s.n, 1001);	/* a thousand, and how many more */
	free(deep);
	free(many);
}

static void never_quoted(void)
{
	struct object o;
	struct said s;

	CU_ASSERT(!load("text: 001010000000001\narray: 001010000000001\nflag: 001010000000001\nwait: 001010000000001\n"
			"room: 001010000000001\nword: 001010000000001\n001010000000001: a\nalice@example: b\n"
			"within: {001010000000001: b}\n", &o, &s));
	CU_ASSERT_EQUAL(s.n, 10);
	CU_ASSERT(!said(&s, "001010000000001"));
	CU_ASSERT(!said(&s, "alice"));
	drop(&o);
}

static void durations(void)
{
	static const struct { const char *text; li_us us; } v[] = {
		{ "1ms", 1000 }, { "1000us", 1000 }, { "60s", 60000000 }, { "1m", 60000000 }, { "999us", -1 }, { "61s", -1 }, { "2m", -1 },
		{ "1h", -1 }, { "-1s", -1 }, { "1.5s", -1 }, { "1 s", -1 }, { "s", -1 }, { "99999999999999999999s", -1 },
		{ "999999999999999999h", -1 }, { "5S", -1 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct object o;
		struct said s;
		char text[64];

		snprintf(text, sizeof(text), "text: hello\nwait: %s\n", v[i].text);
		CU_ASSERT_EQUAL(load(text, &o, &s), v[i].us >= 0);
		if (v[i].us >= 0)
			CU_ASSERT_EQUAL(o.wait, v[i].us);
		drop(&o);
	}
}

UNIT_MAIN("yaml", UNIT(good), UNIT(every_fault), UNIT(shapes), UNIT(bounds), UNIT(never_quoted), UNIT(durations))
