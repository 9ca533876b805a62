/* test_cc_template.c: the template's octets are those of the writer that goes level by level, whatever the packet. */
#include "asn1/cc_template.h"

#include "asn1/gen_ps.h"
#include "asn1/gen_ts33128.h"
#include "asn1/ps_dec.h"
#include "test/hex.h"

#define T INT64_C(1770371041608000)
#define CONTENT_MAX 70000

static uint8_t content[CONTENT_MAX];
static uint8_t point[65535];

static char letters[CONTENT_MAX];

struct round {
	struct ps_head h;
	struct ps_cc cc;
	struct ps_cc_beside beside;
	uint32_t number;
	li_us time;
};

/* Both ways; the template into room of exactly its size, with a canary on either side. */
static bool same(const struct round *r)
{
	enum li_err e;
	struct cc_template *t = cc_template_new(&r->h, r->cc.release, r->cc.version, &e);
	struct ps_cc cc = r->cc;
	struct buf slow;
	uint8_t *fast;
	size_t n;
	bool ok;

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	cc.beside = &r->beside;
	buf_init(&slow, 0);
	CU_ASSERT_EQUAL_FATAL(ps_enc_cc(&r->h, &cc, r->number, r->time, &slow), LI_OK);
	n = cc_template_size(t, &cc, r->number, r->time);
	fast = malloc(n + 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fast);
	fast[0] = fast[n + 1] = 0xee;
	cc_template_write(t, &cc, r->number, r->time, fast + 1, n);
	ok = n == slow.n && memcmp(fast + 1, slow.p, n) == 0 && fast[0] == 0xee && fast[n + 1] == 0xee;
	free(fast);
	buf_fini(&slow);
	cc_template_free(t);
	return ok;
}

static struct round base(void)
{
	return (struct round){ .h = { .gen_header = 33, .liid = { 11, "LI-TEST-001" }, .operator_id = view_str("OP01"),
		.has_cin = true, .cin = { 42 } }, .cc = { .release = 19, .version = 3, .octets = view_of(content, 100) },
		.number = 1, .time = T };
}

/* Everything that some form has beside its octets; the strings are letters, because some are UTF8String. */
static void furnish(struct round *r, uint64_t *s)
{
	struct ps_cc_beside *b = &r->beside;
	uint64_t x = unit_rand(s);

	b->front = view_of(letters, x & 1 ? unit_rand(s) % 100 : 0);
	b->sdp = view_of(x & 2 ? letters : NULL, x & 2 ? unit_rand(s) % (x & 4 ? 300 : 70000) : 0);
	b->mime_type = view_of(letters, unit_rand(s) % (x & 8 ? 300 : 70000));
	b->transaction = view_of(letters, unit_rand(s) % (x & 16 ? 300 : 70000));
	b->src = x & 32 ? li_addr4(content) : li_addr6(content + 1);
	b->dst = x & 64 ? li_addr4(content + 20) : li_addr6(content + 24);
	b->major = (uint8_t)(x >> 8);
	b->minor = (uint8_t)(x >> 16);
	r->cc.octets.p = (const uint8_t *)letters;
}

static void length_boundaries(void)
{
	static const size_t edge[] = { 0, 128, 256, 65536, CONTENT_MAX };
	unsigned all = 0;

	/* every content length around each length of each level: levels add at most 60 octets to it */
	for (size_t i = 0; i < sizeof(edge) / sizeof(edge[0]); i++) {
		for (size_t n = edge[i] > 80 ? edge[i] - 80 : 0; n <= edge[i] + 2 && n <= CONTENT_MAX; n++) {
			struct round r = base();

			r.cc.octets.n = n;
			r.cc.has_qfi = n & 1;
			CU_ASSERT(same(&r));
			r.cc.form = PS_CC_GTPU;
			CU_ASSERT(same(&r));
			r.beside.sdp = r.beside.mime_type = r.beside.transaction = view_str("x");
			r.beside.src = r.beside.dst = li_addr4("\x0a\0\0\1");
			for (r.cc.form = PS_CC_MMS; r.cc.form < PS_CC_FORMS; r.cc.form++) {
				r.beside.front = view_of(letters, n < 40 ? n : n & 31);
				r.cc.octets.n = n - r.beside.front.n;
				CU_ASSERT(same(&r));
				r.beside.front.n = 0;	/* and by the length of a member beside */
				r.cc.octets.n = 5;
				r.beside.sdp = r.beside.mime_type = r.beside.transaction = view_of(letters, n);
				CU_ASSERT(same(&r));
				r.beside.sdp = r.beside.mime_type = r.beside.transaction = view_str("x");
			}
			all++;
		}
	}
	CU_ASSERT(all > 200);
	/* the header's own length, by its points */
	for (size_t i = 0; i < 4; i++) {
		for (size_t n = edge[i] > 140 ? edge[i] - 140 : 0; n <= edge[i] && n <= sizeof(point); n++) {
			struct round r = base();

			r.h.nfid = view_of(point, n);
			CU_ASSERT(same(&r));
		}
	}
}

static void numbers_and_times(void)
{
	static const uint32_t number[] = { 0, 1, 127, 128, 255, 256, 32767, 32768, 65535, 8388607, 8388608, 0x7fffffff, 0x80000000,
		0xffffffff };
	static const li_us time[] = { 0, 1, 127, 128, 32767, 32768, 999999, 1000000, INT64_C(2147483647) * 1000000,
		INT64_C(2147483648) * 1000000, T, T - T % 1000000, T + 1, T + 10, T + 100000, INT64_C(253402300799999999) };

	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		for (size_t j = 0; j < sizeof(time) / sizeof(time[0]); j++) {
			struct round r = base();

			r.number = number[i];
			r.time = time[j];
			CU_ASSERT(same(&r));
			r.h.time_form = PS_TIME_GENERALIZED;
			CU_ASSERT(same(&r));
		}
	}
}

static struct round any(uint64_t *s)
{
	static const char text[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct round r = base();
	uint64_t x = unit_rand(s);

	r.h.gen_header = (uint8_t)(x & 1 ? 33 : x >> 32);
	r.h.liid.n = (uint8_t)(1 + unit_rand(s) % LI_LIID_MAX);
	for (size_t i = 0; i < r.h.liid.n; i++)
		r.h.liid.p[i] = (uint8_t)(0x21 + unit_rand(s) % 94);
	r.h.has_auth_country = x & 2;
	r.h.has_delivery_country = x & 4;
	memcpy(r.h.auth_country.c, "NL", 2);
	memcpy(r.h.delivery_country.c, "DE", 2);
	r.h.has_cin = x & 8;
	r.h.cin.v = (uint32_t)(unit_rand(s) >> (32 + unit_rand(s) % 32));
	r.h.operator_id = view_of(text, 1 + unit_rand(s) % 16);
	r.h.element_id = view_of(text, unit_rand(s) % 17);
	r.h.nfid = view_of(text, x & 16 ? 1 + unit_rand(s) % 26 : 0);
	r.h.eipid = view_of(text, x & 32 ? 1 + unit_rand(s) % 26 : 0);
	r.h.time_form = x & 64 ? PS_TIME_GENERALIZED : PS_TIME_MICRO;
	r.cc.form = x & 128 ? PS_CC_GTPU : x & 2048 ? PS_CC_EXTENDED : (enum ps_cc_form)(unit_rand(s) % PS_CC_FORMS);
	r.cc.inner_kind = r.cc.form == PS_CC_GTPU ? PS_INNER_IP : (enum ps_inner)(unit_rand(s) % 3);
	r.cc.has_qfi = x & 256;
	r.cc.qfi = (uint8_t)(unit_rand(s) % 64);
	r.cc.dir = (enum li_dir)(unit_rand(s) % 5);
	r.cc.release = (uint8_t)(x & 512 ? 19 : unit_rand(s));
	r.cc.version = (uint8_t)(x & 512 ? 3 : unit_rand(s));
	r.cc.octets = view_of(content, unit_rand(s) % (x & 1024 ? 300 : CONTENT_MAX));
	if (r.cc.form > PS_CC_GTPU)
		furnish(&r, s);
	r.number = (uint32_t)(unit_rand(s) >> (32 + unit_rand(s) % 32));
	r.time = (li_us)(unit_rand(s) % UINT64_C(253402300800000000));
	return r;
}

/* The generated codecs are the judge: they read the PDU, and the payload in it, and write the same octets again. */
static bool judged(const struct round *r)
{
	struct ps_cc cc = r->cc;
	struct ps_item item;
	const char *what;
	struct view rest;
	struct ps_pdu p;
	struct buf b, again;
	size_t at;
	bool ok;

	buf_init(&b, 0);
	buf_init(&again, 0);
	cc.beside = &r->beside;
	CU_ASSERT_EQUAL_FATAL(ps_enc_cc(&r->h, &cc, r->number, r->time, &b), LI_OK);
	ok = gen_ps_recode(GEN_PS_PDU, buf_view(&b), &again) == LI_OK && view_eq(buf_view(&b), buf_view(&again));
	again.n = 0;
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&b), &p, &at, &what), LI_OK);
	rest = p.payload;
	CU_ASSERT_EQUAL_FATAL(ps_item_next(p.kind, &rest, &item), LI_OK);
	ok = ok && gen_ts33128_recode(GEN_CC, item.contents, &again) == LI_OK && view_eq(item.contents, buf_view(&again));
	buf_fini(&b);
	buf_fini(&again);
	return ok;
}

static void any_packet(void)
{
	unsigned forms[PS_CC_FORMS] = { 0 };
	uint64_t s = 7;

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)unit_rand(&s);
	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (char)('a' + unit_rand(&s) % 26);
	for (unsigned i = 0; i < unit_rounds(20000); i++) {
		struct round r = any(&s);

		forms[r.cc.form]++;

		CU_ASSERT_TRUE_FATAL(same(&r));
		if (i % 10 == 0)
			CU_ASSERT_TRUE_FATAL(judged(&r));	/* HO-ENC-001, HO-ENC-019 */
	}
	for (unsigned i = 0; i < PS_CC_FORMS; i++)
		CU_ASSERT(forms[i] > unit_rounds(200));
}

/* One template, many packets of any form: nothing of one packet is left in the next. */
static void again(void)
{
	uint64_t s = 9;
	enum li_err e;
	struct round first = any(&s);
	struct cc_template *t = cc_template_new(&first.h, 19, 3, &e);

	for (unsigned i = 0; i < unit_rounds(2000); i++) {
		struct round r = any(&s);
		struct buf slow, fast;
		size_t n;

		r.h = first.h;
		r.cc.beside = &r.beside;
		r.cc.release = 19;
		r.cc.version = 3;
		buf_init(&slow, 0);
		buf_init(&fast, 0);
		n = cc_template_size(t, &r.cc, r.number, r.time);
		CU_ASSERT_EQUAL_FATAL(buf_need(&fast, n), LI_OK);
		cc_template_write(t, &r.cc, r.number, r.time, fast.p, n);
		fast.n = n;
		CU_ASSERT_EQUAL_FATAL(ps_enc_cc(&r.h, &r.cc, r.number, r.time, &slow), LI_OK);
		CU_ASSERT_TRUE_FATAL(view_eq(buf_view(&fast), buf_view(&slow)));
		buf_fini(&slow);
		buf_fini(&fast);
	}
	cc_template_free(t);
}

static void out_of_limits(void)
{
	struct round r = base();
	struct cc_template *t;
	enum li_err e = LI_OK;
	size_t n;
	struct ps_pdu p;
	const char *what;
	size_t at;
	uint8_t *o;

	r.h.operator_id.n = 0;
	CU_ASSERT_PTR_NULL(cc_template_new(&r.h, 19, 3, &e));
	CU_ASSERT_EQUAL(e, LI_ERANGE);
	/* a capture clock before 1970 or after 9999 gives the nearest instant that the form can say */
	r = base();
	for (unsigned i = 0; i < 4; i++) {
		li_us time = i & 1 ? INT64_MIN : INT64_C(253402300800000000);

		r.h.time_form = i & 2 ? PS_TIME_GENERALIZED : PS_TIME_MICRO;
		t = cc_template_new(&r.h, 19, 3, &e);
		n = cc_template_size(t, &r.cc, 1, time);
		o = malloc(n);
		cc_template_write(t, &r.cc, 1, time, o, n);
		CU_ASSERT_EQUAL(ps_decode(view_of(o, n), &p, &at, &what), LI_OK);
		CU_ASSERT_EQUAL(p.time, i & 1 ? 0 : i & 2 ? time - 1 : time);
		free(o);
		cc_template_free(t);
	}
	cc_template_free(NULL);
}

/* HO-SEG-001, HO-SEG-002, HO-SEG-004: a flag's header is that of the record, and has no time. */
static void flags(void)
{
	struct ps_head h = { .gen_header = 33, .liid = { 2, "L1" }, .has_auth_country = true, .auth_country = { { 'N', 'L' } }, .operator_id = view_str("OP01"),
			     .element_id = view_str("MDF-1"), .has_cin = true, .cin = { 70000 } };

	for (unsigned i = 0; i < 8; i++) {
		enum ps_tri kind = i & 1 ? PS_TRI_LAST_SEGMENT : PS_TRI_FIRST_SEGMENT;
		struct buf want = { 0 }, got = { 0 };
		struct cc_template *t;
		enum li_err e;

		h.nfid = i & 2 ? view_str("upf-1") : view_of(NULL, 0);
		h.eipid = i & 2 ? view_str("n3") : view_of(NULL, 0);
		h.unqualified = i & 4;
		t = cc_template_new(&h, 19, 3, &e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(t);
		CU_ASSERT_EQUAL(ps_enc_tri(&h, kind, 300u << i, 5, view_of(NULL, 0), &want), LI_OK);
		CU_ASSERT_EQUAL(cc_template_tri(t, kind, 300u << i, &got), LI_OK);
		CU_ASSERT(view_eq(buf_view(&want), buf_view(&got)));
		buf_fini(&want);
		buf_fini(&got);
		cc_template_free(t);
	}
}

UNIT_MAIN("cc_template", UNIT(length_boundaries), UNIT(numbers_and_times), UNIT(any_packet), UNIT(again), UNIT(out_of_limits), UNIT(flags))
