/* test_start.c: starts of interception, made of what began. */
#include "asn1/start.h"

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/gen_ts33128.h"
#include "asn1/ims.h"
#include "test/gen/xiris.h"
#include "test/tlv.h"

#define SINCE INT64_C(1770371041000000)		/* 2026-02-06T09:44:01Z */
#define TIME "'20260206094401Z'"

static struct buf in, room, out, want;

static void becomes(const char *event, li_us since, const char *start)
{
	struct xiri x, y;
	enum li_err e;

	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, event), &x), LI_OK);
	e = xiri_start(&x, since, &room, &y);
	CU_ASSERT_EQUAL(e, start ? LI_OK : LI_EMISSING);
	if (e || !start)
		return;
	want.n = 0;
	tlv_put(&want, start);
	CU_ASSERT(view_eq(y.event, buf_view(&want)));
	if (!view_eq(y.event, buf_view(&want)))
		fprintf(stderr, "%s\n", event);
	CU_ASSERT(y.is == xiri_event(y.tag) && y.tag == xiri_starts(x.tag) && view_eq(y.oid, x.oid) && y.release == 19);
	CU_ASSERT(xiri_starts(y.tag) == y.tag);
}

/* LI128-059, LI128-088, LI128-089 */
static void made(void)
{
	/* AMFRegistration: what both have; registrationType [1] is [2] there, timeOfRegistration [11] is ours */
	becomes("A1 { 81 { 01 } 82 { 01 } A4 { 81 { '001010' } } A8 { 81 { 01 } } }", SINCE, "A4 { 81 { 01 } 82 { 01 } A4 { 81 { '001010' } } A8 { 81 { 01 } } 8B { " TIME " } }");
	becomes("A1 { 81 { 01 } 82 { 01 } A4 { 81 { '001010' } } A8 { 81 { 01 } } }", 0, "A4 { 81 { 01 } 82 { 01 } A4 { 81 { '001010' } } A8 { 81 { 01 } } }");
	/* SMF: uEEndpoint [9] must be there, and may be empty */
	becomes("A6 { A1 { 81 { '001010' } } 85 { 05 } A6 { 81 { 01 } } 87 { 01 } 8C { 'dnn' } 8F { 01 } }", SINCE,
		"A9 { A1 { 81 { '001010' } } 85 { 05 } A6 { 81 { 01 } } 87 { 01 } A9 { } 8C { 'dnn' } 8F { 01 } 93 { " TIME " } }");
	/* a start that is held already says itself since when */
	becomes("A9 { 85 { 05 } A6 { 81 { 01 } } 87 { 01 } A9 { } 8C { 'dnn' } 8F { 01 } 93 { '20260101000000Z' } }", SINCE,
		"A9 { 85 { 05 } A6 { 81 { 01 } } 87 { 01 } A9 { } 8C { 'dnn' } 8F { 01 } 93 { '20260101000000Z' } }");
	/* without what must be there nothing is made up */
	becomes("A6 { 85 { 05 } }", SINCE, NULL);
	becomes("A1 { 81 { 01 } 82 { 01 } A4 { 81 { '001010' } } }", SINCE, NULL);
	/* EPS: a bearer context [17] is another type there: tunnels [3] are [2], QoS [4] is [3]; a cause has no place */
	becomes("BF 81 30 { A1 { 81 { '001010' } } 83 { 05 } 85 { 01 } 8A { 'apn' } B1 { 30 { 81 { 05 } 82 { 10 } A3 { A1 { } } A4 { 81 { 09 } } } } }", SINCE,
		"BF 81 33 { A1 { 81 { '001010' } } 83 { 05 } 85 { 01 } 8A { 'apn' } B1 { 30 { 81 { 05 } A2 { A1 { } } A3 { 81 { 09 } } } } }");
	becomes("BF 81 30 { A1 { 81 { '001010' } } 83 { 05 } 85 { 01 } 8A { 'apn' } B1 { 30 { 81 { 05 } 82 { 10 } } } }", SINCE, NULL);
	/* the same inside an SMF record [27], where the start [25] has it under the start's name */
	becomes("A6 { 85 { 05 } A6 { 81 { 01 } } 87 { 01 } A9 { 81 { C0000201 } } 8C { 'dnn' } 8F { 01 } BB { A1 { } 83 { 05 } 85 { 01 } 8A { 'apn' } B1 { 30 { 81 { 05 } A3 { } A4 { } } } } }", 0,
		"A9 { 85 { 05 } A6 { 81 { 01 } } 87 { 01 } A9 { 81 { C0000201 } } 8C { 'dnn' } 8F { 01 } B9 { A1 { } 83 { 05 } 85 { 01 } 8A { 'apn' } B1 { 30 { 81 { 05 } A2 { } A3 { } } } } }");
	/* MME, NEF, AKMA */
	becomes("BF 57 { 81 { 01 } 82 { 01 } 83 { '001010' } 84 { '12345678901234' } }", 0, "BF 5A { 81 { 01 } 82 { 01 } 83 { '001010' } 84 { '12345678901234' } }");
	becomes("BF 5C { 81 { 'a@b' } A2 { 81 { '001010' } } }", 0, "BF 5E { 81 { 'a@b' } }");
}

/* LI128-167: an IMS session by its INVITE */
static void ims(void)
{
	static const char body[] = "Content-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--";
	char text[1024];

#define INVITE "INVITE tel:+31;x=y SIP/2.0\r\nFrom: <sip:anon@b>;tag=1\r\n"
	snprintf(text, sizeof(text), "BF 69 { A1 { A1 { 83 { '" INVITE "P-Asserted-Identity: \"Doe, J\" <sip:j@b>, <tel:+32>\r\nDiversion: <sip:d@b>;reason=x\r\n%s' } } } 82 { 01 } 83 { 01 } A7 { } }", body);
	becomes(text, SINCE, "BF 6A { A1 { 81 { 'sip:j@b' } 82 { 'tel:+32' } } A2 { 82 { 'tel:+31;x=y' } } A3 { 04 { 'v=0\r\n' } } A4 { 81 { 'sip:d@b' } } 85 { 01 } A8 { } }");
	becomes("BF 69 { A1 { A1 { 83 { '" INVITE "Content-Type: application/sdp\r\n\r\nv=1' } } } 82 { 01 } }", 0, "BF 6A { A1 { 81 { 'sip:anon@b' } } A2 { 82 { 'tel:+31;x=y' } } A3 { 04 { 'v=1' } } }");
	becomes("BF 69 { A1 { A1 { 83 { 'INVITE sip:t@b SIP/2.0\r\nf: sip:o@b;tag=1\r\n\r\n' } } } 82 { 01 } }", 0, "BF 6A { A1 { 81 { 'sip:o@b' } } A2 { 81 { 'sip:t@b' } } }");
	/* nobody who calls, nobody who is called, another message */
	becomes("BF 69 { A1 { A1 { 83 { 'INVITE sip:t@b SIP/2.0\r\n\r\n' } } } 82 { 01 } }", 0, NULL);
	becomes("BF 69 { A1 { A1 { 83 { 'INVITE x SIP/2.0\r\nf: sip:o@b;tag=1\r\n\r\n' } } } 82 { 01 } }", 0, NULL);
	becomes("BF 69 { A1 { A1 { 83 { 'BYE sip:t@b SIP/2.0\r\nf: sip:o@b;tag=1\r\n\r\n' } } } 82 { 01 } }", 0, NULL);
	becomes("BF 69 { A1 { A1 { 83 { 'SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nf: sip:o@b\r\n\r\n' } } } 82 { 01 } }", 0, NULL);
}

static void none(void)
{
	static const uint32_t of[] = { 2, 3, 7, 8, 10, 12, 58, 177, 178, 106 + 1, 190, 250, 0 };
	struct xiri x, y;

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		CU_ASSERT_EQUAL(xiri_starts(of[i]), 0);
	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "A2 { }"), &x), LI_OK);
	CU_ASSERT_EQUAL(xiri_start(&x, SINCE, &room, &y), LI_EUNKNOWN);
	CU_ASSERT_EQUAL_FATAL(xiri_read(tlv_xiri(&in, "86 { 00 }"), &x), LI_OK);
	CU_ASSERT_EQUAL(xiri_start(&x, SINCE, &room, &y), LI_EMISSING);
}

/* The TLV of this member, or false. */
static bool member_of(struct view body, const struct field_member *m, struct ber *v)
{
	struct rd r = rd_of(body);

	while (ber_next(&r, v))
		if ((uint8_t)v->cls == m->tag_class && v->tag == m->tag)
			return true;
	return false;
}

/* Any record that begins something, with any members: its start is a value of its type, and every member of the same name and type
 * is in it with the same octets. */
static void at_random(void)
{
	const struct field_type *events = field_find(&fields_ts33128, "IRIEvent");
	const struct li_iri_env env = { 19, 3, NULL, 0 };
	unsigned starts = 0, same = 0, missing = 0;

	for (size_t i = 0; i < events->n; i++) {
		uint32_t tag = events->members[i].tag, to = xiri_starts(tag);

		if (!to || tag == 105)
			continue;
		for (unsigned r = 0; r < unit_rounds(50); r++) {
			const struct field_type *a = &fields_ts33128.types[events->members[i].type];
			const struct field_type *b = &fields_ts33128.types[field_by_tag(events, FIELD_CONTEXT, to)->type];
			struct view event;
			struct xiri x, y;
			enum li_err e;

			in.n = out.n = 0;
			CU_ASSERT_FATAL(xiris_make(tag, r, r % 10 == 0, 19, 3, &in, &event));
			CU_ASSERT_EQUAL_FATAL(xiri_read(buf_view(&in), &x), LI_OK);
			e = xiri_start(&x, SINCE, &room, &y);
			missing += e != LI_OK;
			if (e)		/* 176 may have a bearer without tunnels or QoS, 37 lacks nothing */
				CU_ASSERT(e == LI_EMISSING && (tag == 176 || tag == 189));
			if (e)
				continue;
			starts++;
			CU_ASSERT_EQUAL_FATAL(xiri_iri(&y, &env, &out), LI_OK);
			CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), NULL), LI_OK);
			want.n = 0;
			CU_ASSERT_EQUAL(gen_ts33128_recode(GEN_IRI, buf_view(&out), &want), LI_OK);
			for (size_t k = 0; k < b->n; k++) {
				const struct field_member *s = field_by_name(a, b->members[k].name);
				struct ber v, w;

				if (!s || s->type != b->members[k].type || !member_of(x.body, s, &v))
					continue;
				CU_ASSERT(member_of(y.body, &b->members[k], &w) && view_eq(v.body, w.body));
				same++;
			}
		}
	}
	fprintf(stderr, "# %u starts, %u members carried over, %u could not be\n", starts, same, missing);
	CU_ASSERT(starts && same);
	buf_fini(&in);
	buf_fini(&room);
	buf_fini(&out);
	buf_fini(&want);
}

UNIT_MAIN("start", UNIT(made), UNIT(ims), UNIT(none), UNIT(at_random))
