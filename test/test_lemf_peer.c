/* test_lemf_peer.c: one delivery connection's session, as the LEMF must behave. */
#include "handover/lemf_peer.h"

#include <string.h>

#include "test/gen/pdus.h"
#include "test/unit.h"

#define NOW INT64_C(1770371041608000)

struct world {
	struct lemf_peer c;
	struct buf got, replies;	/* PDUs for the store; answers */
	unsigned n_got, n_bad, n_asked, n_notes;
	enum li_err refuse;
};

static enum li_err on_pdu(void *arg, const struct ps_pdu *p)
{
	struct world *w = arg;

	w->n_got++;
	CU_ASSERT_EQUAL(buf_put(&w->got, p->whole.p, p->whole.n), LI_OK);
	return w->refuse;
}

static enum li_err on_bad(void *arg, struct view pdu, enum li_err why, size_t at, const char *what)
{
	struct world *w = arg;

	(void)what;
	w->n_bad++;
	CU_ASSERT_TRUE(why != LI_OK && at <= pdu.n);
	return LI_OK;
}

static enum li_err on_reply(void *arg, struct view pdu)
{
	return buf_put(&((struct world *)arg)->replies, pdu.p, pdu.n);
}

static void on_ack(void *arg) { ((struct world *)arg)->n_asked++; }
static void on_note(void *arg, const char *event, const char *text)
{
	(void)event;
	(void)text;
	((struct world *)arg)->n_notes++;
}

static const struct lemf_peer_ops ops = { on_pdu, on_bad, on_reply, on_ack, on_note };

static void begin(struct world *w)
{
	memset(w, 0, sizeof(*w));
	lemf_peer_init(&w->c, &ops, w);
}

static void fini(struct world *w)
{
	lemf_peer_fini(&w->c);
	buf_fini(&w->got);
	buf_fini(&w->replies);
}

static const struct pdu_of who = { .liid = "LI-1", .operator_id = "OP01", .element = "MDF-1", .country = "NL", .time = NOW - 5000000 };

static void iri(struct buf *b, uint32_t number)
{
	struct pdu_of p = who;

	p.number = number;
	CU_ASSERT_TRUE(pdu_iri(b, &p));
}

static void tri(struct buf *b, enum ps_tri kind, uint32_t number, struct view body)
{
	struct pdu_of p = who;

	p.number = number;
	CU_ASSERT_TRUE(pdu_tri(b, &p, kind, body));
}

#define NONE view_of(NULL, 0)

/* Takes the next reply off w->replies; false: there is none. */
static bool reply(struct world *w, enum ps_tri *kind, uint32_t *number, struct view *body, li_us *time)
{
	static uint8_t kept[200];
	struct ps_pdu p;
	const char *what;
	size_t n, at;

	if (w->replies.n == 0)
		return false;
	CU_ASSERT_EQUAL_FATAL(ps_next(buf_view(&w->replies), &n), LI_OK);
	CU_ASSERT_EQUAL_FATAL(ps_decode(view_of(w->replies.p, n), &p, &at, &what), LI_OK);
	CU_ASSERT_EQUAL_FATAL(p.kind, PS_TRI);
	CU_ASSERT_TRUE(view_eq(p.liid, view_str("LI-1")) && view_eq(p.operator_id, view_str("OP01")) && view_eq(p.element_id, view_str("MDF-1")));
	*kind = p.tri;
	*number = p.number;
	*time = p.time;
	memcpy(kept, p.tri_body.p, p.tri_body.n < sizeof(kept) ? p.tri_body.n : sizeof(kept));
	*body = view_of(kept, p.tri_body.n);
	buf_consume(&w->replies, n);
	return true;
}

static bool expect(struct world *w, enum ps_tri kind, uint32_t number)
{
	enum ps_tri k;
	uint32_t n;
	struct view body;
	li_us t;

	return reply(w, &k, &n, &body, &t) && k == kind && n == number && t == NOW;
}

static enum li_err feed(struct world *w, struct buf *b)
{
	enum li_err e = lemf_peer_feed(&w->c, buf_view(b), NOW);

	b->n = 0;
	return e;
}

static void keep_alive(void)	/* HO-KA-005, HO-KA-010 */
{
	struct world w;
	struct buf b = { 0 };

	begin(&w);
	tri(&b, PS_TRI_KEEPALIVE, 7, NONE);
	iri(&b, 0);
	tri(&b, PS_TRI_KEEPALIVE, 8, NONE);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	CU_ASSERT_TRUE(expect(&w, PS_TRI_KEEPALIVE_RESPONSE, 7));
	CU_ASSERT_TRUE(expect(&w, PS_TRI_KEEPALIVE_RESPONSE, 8));
	CU_ASSERT_EQUAL(w.replies.n, 0);
	CU_ASSERT_EQUAL(w.n_got, 1);
	tri(&b, PS_TRI_KEEPALIVE_RESPONSE, 8, NONE);
	tri(&b, PS_TRI_ACK_RESPONSE, 8, NONE);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	CU_ASSERT_EQUAL(w.replies.n, 0);
	CU_ASSERT_EQUAL(w.c.ignored, 2);
	buf_fini(&b);
	fini(&w);
}

static void acknowledge(void)	/* HO-ACK-003, HO-ACK-004 */
{
	struct world w;
	struct buf b = { 0 };

	begin(&w);
	iri(&b, 0);
	tri(&b, PS_TRI_ACK_REQUEST, 3, NONE);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	CU_ASSERT_EQUAL(w.n_asked, 1);
	CU_ASSERT_EQUAL(w.replies.n, 0);		/* nothing is durable yet */
	CU_ASSERT_TRUE(lemf_peer_mark(&w.c));
	iri(&b, 1);
	tri(&b, PS_TRI_ACK_REQUEST, 4, NONE);	/* asked while the disk works: not part of it */
	tri(&b, PS_TRI_KEEPALIVE, 9, NONE);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	CU_ASSERT_TRUE(expect(&w, PS_TRI_KEEPALIVE_RESPONSE, 9));	/* HO-KA-006: does not wait for the disk */
	CU_ASSERT_EQUAL(w.replies.n, 0);
	CU_ASSERT_EQUAL(lemf_peer_ack(&w.c, NOW), LI_OK);
	CU_ASSERT_TRUE(expect(&w, PS_TRI_ACK_RESPONSE, 3));
	CU_ASSERT_EQUAL(w.replies.n, 0);
	CU_ASSERT_EQUAL(lemf_peer_ack(&w.c, NOW), LI_OK);	/* a sync that this one had no part in */
	CU_ASSERT_EQUAL(w.replies.n, 0);
	CU_ASSERT_TRUE(lemf_peer_mark(&w.c));
	CU_ASSERT_EQUAL(lemf_peer_ack(&w.c, NOW), LI_OK);
	CU_ASSERT_TRUE(expect(&w, PS_TRI_ACK_RESPONSE, 4));
	CU_ASSERT_FALSE(lemf_peer_mark(&w.c));
	/* a peer that asks and asks while the disk stands still */
	enum li_err e = LI_OK;
	for (unsigned i = 0; i < 10000 && !e; i++) {
		tri(&b, PS_TRI_ACK_REQUEST, i, NONE);
		e = feed(&w, &b);
	}
	CU_ASSERT_EQUAL(e, LI_EPEER);
	buf_fini(&b);
	fini(&w);
}

static const uint8_t ask_ack[] = { 0xa0, 2, 0x80, 0 }, ask_more[] = { 0xa0, 5, 0x80, 0, 0x85, 1, 9 }, ask_none[] = { 0xa0, 0 }, ask_unknown[] = { 0xa0, 2, 0x86, 0 };
#define ASK(x) view_of(x, sizeof(x))

static void answer_is(struct world *w, uint32_t number, const char *body)
{
	enum ps_tri k;
	uint32_t n;
	struct view v;
	li_us t;

	CU_ASSERT_TRUE_FATAL(reply(w, &k, &n, &v, &t));
	CU_ASSERT_EQUAL(k, PS_TRI_OPTION_RESPONSE);
	CU_ASSERT_EQUAL(n, number);
	CU_ASSERT_TRUE(view_eq(v, view_of(body, body[1] == 2 ? 6 : 4)));
}

static void negotiate(void)	/* annex I; HO-OPT-003, HO-OPT-004, HO-OPT-006, HO-OPT-007, HO-OPT-008, HO-OPT-009, HO-OPT-010, HO-OPT-011, HO-OPT-012, HO-OPT-014 */
{
	struct world w;
	struct buf b = { 0 };

	/* (c) with the keep-alive that should follow */
	begin(&w);
	tri(&b, PS_TRI_OPTION_REQUEST, 5, ASK(ask_more));
	tri(&b, PS_TRI_KEEPALIVE, 0, NONE);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	answer_is(&w, 5, "\xa0\x02\x80\x00\xa1\x00");	/* the unknown one stands in neither list */
	CU_ASSERT_TRUE(expect(&w, PS_TRI_KEEPALIVE_RESPONSE, 0));
	CU_ASSERT_TRUE(expect(&w, PS_TRI_OPTION_COMPLETE, 0));
	CU_ASSERT_EQUAL(w.c.state, LEMF_OURS_DONE);
	tri(&b, PS_TRI_OPTION_COMPLETE, 6, NONE);
	iri(&b, 0);
	tri(&b, PS_TRI_ACK_REQUEST, 0, NONE);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	CU_ASSERT_EQUAL(w.c.state, LEMF_AGREED);
	CU_ASSERT_EQUAL(w.n_asked, 1);
	tri(&b, PS_TRI_OPTION_REQUEST, 7, ASK(ask_none));	/* not after completion */
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	CU_ASSERT_EQUAL(w.replies.n, 0);
	CU_ASSERT_EQUAL(w.n_notes, 1);
	fini(&w);

	/* a second request replaces the first: no acknowledgements then */
	begin(&w);
	tri(&b, PS_TRI_OPTION_REQUEST, 0, ASK(ask_ack));
	tri(&b, PS_TRI_OPTION_REQUEST, 1, ASK(ask_unknown));
	tri(&b, PS_TRI_OPTION_COMPLETE, 2, NONE);
	tri(&b, PS_TRI_ACK_REQUEST, 0, NONE);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	answer_is(&w, 0, "\xa0\x02\x80\x00\xa1\x00");
	answer_is(&w, 1, "\xa0\x00\xa1\x00");
	CU_ASSERT_TRUE(expect(&w, PS_TRI_OPTION_COMPLETE, 0));
	CU_ASSERT_EQUAL(w.n_asked, 0);
	CU_ASSERT_EQUAL(w.c.ignored, 1);
	fini(&w);

	/* no keep-alive follows: ours comes by the clock; the other end never completes */
	begin(&w);
	tri(&b, PS_TRI_OPTION_REQUEST, 0, ASK(ask_none));
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	answer_is(&w, 0, "\xa0\x00\xa1\x00");
	CU_ASSERT_EQUAL(lemf_peer_tick(&w.c, NOW + LEMF_OPTION_WAIT - 1), LI_OK);
	CU_ASSERT_EQUAL(w.replies.n, 0);
	CU_ASSERT_EQUAL(lemf_peer_tick(&w.c, NOW + LEMF_OPTION_WAIT), LI_OK);
	CU_ASSERT_TRUE(w.replies.n > 0);
	CU_ASSERT_EQUAL(lemf_peer_tick(&w.c, NOW + LEMF_NEGOTIATION_WAIT), LI_EPEER);
	fini(&w);

	/* data before completion */
	begin(&w);
	tri(&b, PS_TRI_OPTION_REQUEST, 0, ASK(ask_ack));
	iri(&b, 0);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_EPEER);
	CU_ASSERT_EQUAL(w.n_got, 0);
	fini(&w);

	/* a request after data is none */
	begin(&w);
	iri(&b, 0);
	tri(&b, PS_TRI_OPTION_REQUEST, 0, ASK(ask_ack));
	iri(&b, 1);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	CU_ASSERT_EQUAL(w.replies.n, 0);
	CU_ASSERT_EQUAL(w.n_got, 2);
	fini(&w);
	buf_fini(&b);
}

/* HO-ENC-016: any cutting of the stream gives the same PDUs. */
static void chunks(void)
{
	struct buf all = { 0 };

	for (uint32_t i = 0; i < 60; i++) {
		struct pdu_of p = who;

		p.number = i;
		p.extra = i % 7 == 0 ? 40000 : i;
		CU_ASSERT_TRUE(i % 2 ? pdu_iri(&all, &p) : pdu_cc(&all, &p));
	}
	for (unsigned round = 0; round < unit_rounds(60); round++) {
		struct world w;
		uint64_t seed = round + 1;

		begin(&w);
		for (size_t at = 0; at < all.n;) {
			size_t n = round == 0 ? 1 : 1 + unit_rand(&seed) % (round % 3 ? 20000 : 300);

			n = n < all.n - at ? n : all.n - at;
			CU_ASSERT_EQUAL_FATAL(lemf_peer_feed(&w.c, view_of(all.p + at, n), NOW), LI_OK);
			at += n;
		}
		CU_ASSERT_EQUAL(w.n_got, 60);
		CU_ASSERT_TRUE(view_eq(buf_view(&w.got), buf_view(&all)));
		CU_ASSERT_EQUAL(w.c.part.n, 0);
		fini(&w);
	}
	buf_fini(&all);
}

static void refused(void)
{
	static const uint8_t huge[] = { 0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0xa1 }, junk[] = { 0x16, 3, 1 };
	static const uint8_t empty[] = { 0x30, 0 };
	struct world w;
	struct buf b = { 0 };

	begin(&w);
	CU_ASSERT_EQUAL(lemf_peer_feed(&w.c, view_of(huge, sizeof(huge)), NOW), LI_EPEER);	/* HO-ENC-017 */
	CU_ASSERT_TRUE(strlen(w.c.why) > 0);
	fini(&w);
	begin(&w);
	CU_ASSERT_EQUAL(lemf_peer_feed(&w.c, view_of(junk, sizeof(junk)), NOW), LI_EPEER);	/* HO-ENC-018 */
	fini(&w);
	begin(&w);		/* framed, but no PS-PDU: the stream goes on */
	CU_ASSERT_EQUAL(buf_put(&b, empty, sizeof(empty)), LI_OK);
	iri(&b, 0);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_OK);
	CU_ASSERT_EQUAL(w.n_bad, 1);
	CU_ASSERT_EQUAL(w.n_got, 1);
	w.refuse = LI_EIO;
	iri(&b, 1);
	CU_ASSERT_EQUAL(feed(&w, &b), LI_EIO);
	buf_fini(&b);
	fini(&w);
}

UNIT_MAIN("lemf_peer", UNIT(keep_alive), UNIT(acknowledge), UNIT(negotiate), UNIT(chunks), UNIT(refused))
