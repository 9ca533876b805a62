/* test_dest_conf.c: every member that dest.tbl names is copied, compared, told apart by whether it may change, and kept as text; no member is missing there. */
#include "handover/dest_conf.h"

#include "test/unit.h"

enum { WAY, LIVE, FIXED, OCTETS };
#define COLUMN false
#define OPTION true

struct member {
	const char *name;
	size_t at, size;
	bool text;
	int changes;
	bool option;
};

static const struct member member[] = {
#define TEXT(m, changes, kept) { #m, offsetof(struct hm_dest_conf, m), sizeof(char *), true, changes, kept },
#define NUMBER(m, changes, kept) { #m, offsetof(struct hm_dest_conf, m), sizeof(((struct hm_dest_conf *)NULL)->m), false, changes, kept },
#include "handover/dest.tbl"
#undef TEXT
#undef NUMBER
};
#define MEMBERS (sizeof(member) / sizeof(member[0]))

/* Another value than it has: 1, or a text. */
static void set(struct hm_dest_conf *c, const struct member *m)
{
	static const uint8_t one = 1;
	const char *text = "some text=of two\tparts";

	if (m->text)
		memcpy((char *)c + m->at, &text, sizeof(text));
	else
		memcpy((char *)c + m->at, &one, 1);	/* this host's order of octets */
}

static void each_member_counts(void)
{
	const struct hm_dest_conf none = { .did = { { 7 } } };

	for (size_t i = 0; i < MEMBERS; i++) {
		struct hm_dest_conf c = none, d;

		set(&c, &member[i]);
		CU_ASSERT(dest_conf_eq(&c, &c) && !dest_conf_eq(&c, &none) && !dest_conf_eq(&none, &c));
		CU_ASSERT_EQUAL(dest_conf_may_follow(&none, &c), member[i].changes <= LIVE);
		CU_ASSERT_EQUAL(dest_conf_same_octets(&none, &c), member[i].changes != OCTETS);
		CU_ASSERT_EQUAL(dest_conf_copy(&d, &c), LI_OK);
		CU_ASSERT(dest_conf_eq(&c, &d));
		/* its own: not the same pointer */
		CU_ASSERT_EQUAL(member[i].text, memcmp((char *)&c + member[i].at, (char *)&d + member[i].at, member[i].size) != 0);
		dest_conf_fini(&d);
		CU_ASSERT(!member[i].text || dest_conf_eq(&none, &d));
	}
}

/* A pointer or a number of 64 bits that the table does not name is longer than any padding is. */
static void no_member_is_missing(void)
{
	uint8_t known[sizeof(struct hm_dest_conf)] = { 0 };
	size_t unknown = 0, run = 0;

	memset(known + offsetof(struct hm_dest_conf, did), 1, sizeof(struct li_did));
	for (size_t i = 0; i < MEMBERS; i++)
		memset(known + member[i].at, 1, member[i].size);
	for (size_t i = 0; i < sizeof(known); i++) {
		run = known[i] ? 0 : run + 1;
		unknown += run == sizeof(uint64_t);
	}
	CU_ASSERT_EQUAL(unknown, 0);
}

static void options_as_text(void)
{
	struct hm_dest_conf c = { .did = { { 7 } } }, back = c;
	struct buf lines;
	char text[8192];
	size_t n = 0;

	buf_init(&lines, 0);
	CU_ASSERT_EQUAL(dest_conf_write(&c, &lines), LI_OK);
	CU_ASSERT_EQUAL(lines.n, 0);	/* who says nothing needs nothing */
	for (size_t i = 0; i < MEMBERS; i++)
		if (member[i].option) {
			set(&c, &member[i]);
			n++;
		}
	CU_ASSERT(n > 0);
	CU_ASSERT_EQUAL(dest_conf_write(&c, &lines), LI_OK);
	snprintf(text, sizeof(text), "a_later_option=7\n%.*s", (int)lines.n, (const char *)lines.p);
	CU_ASSERT_EQUAL(dest_conf_read(text, &back), LI_OK);
	CU_ASSERT(dest_conf_eq(&c, &back));
	/* every value of a number */
	c = (struct hm_dest_conf){ .did = { { 7 } }, .time2 = INT64_MAX };
	lines.n = 0;
	CU_ASSERT_EQUAL(dest_conf_write(&c, &lines), LI_OK);
	snprintf(text, sizeof(text), "%.*s", (int)lines.n, (const char *)lines.p);
	back = (struct hm_dest_conf){ .did = { { 7 } } };
	CU_ASSERT(dest_conf_read(text, &back) == LI_OK && back.time2 == INT64_MAX);
	for (size_t i = 0; i < 3; i++) {
		static const char *const bad[] = { "time2", "time2=", "time2=7x" };

		snprintf(text, sizeof(text), "%s\n", bad[i]);
		CU_ASSERT_EQUAL(dest_conf_read(text, &back), LI_EFORMAT);
	}
	buf_fini(&lines);
}

/* Lanes that begin with another address each: the nth, then those that follow, and round. */
static void addresses_go_round(void)
{
	for (unsigned n = 0; n < 7; n++) {
		struct df_conf *f = calloc(1, sizeof(*f));
		char want[8];

		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		f->host = strdup("h0");
		f->port = 100;
		f->more = calloc(ADDRESSES_MAX, sizeof(*f->more));
		CU_ASSERT_FATAL(f->host && f->more);
		for (f->n_more = 0; f->n_more < 2; f->n_more++) {
			snprintf(f->more[f->n_more].host, sizeof(f->more[0].host), "h%u", f->n_more + 1);
			f->more[f->n_more].port = (uint16_t)(101 + f->n_more);
		}
		CU_ASSERT_EQUAL_FATAL(dest_df_turn(f, n), LI_OK);
		for (unsigned i = 0; i < 3; i++) {
			snprintf(want, sizeof(want), "h%u", (n + i) % 3);
			CU_ASSERT_STRING_EQUAL(i ? f->more[i - 1].host : f->host, want);
			CU_ASSERT_EQUAL(i ? f->more[i - 1].port : f->port, 100 + (n + i) % 3);
		}
		df_conf_free(f);
	}
}

UNIT_MAIN("dest_conf", UNIT(addresses_go_round), UNIT(each_member_counts), UNIT(no_member_is_missing), UNIT(options_as_text))
