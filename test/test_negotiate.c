/* test_negotiate.c: the five flows of annex I; our own two ends against each other; whatever may come, in any order. */
#include "handover/negotiate.h"

#include <stdlib.h>

#include "handover/lemf_peer.h"
#include "test/gen/pdus.h"
#include "test/unit.h"

static struct buf octets;

/* A TRI of the agency; body: of the option lists. */
static struct ps_pdu tri(enum ps_tri kind, uint32_t number, bool ack, bool decline)
{
	static struct ps_pdu p;
	struct pdu_of of = { .liid = "TRI", .number = number, .time = 1 };
	struct buf body = { 0 };
	const char *what;
	size_t at;

	if (kind == PS_TRI_OPTION_REQUEST)
		CU_ASSERT_EQUAL(ps_option_request(ack, &body), LI_OK);
	if (kind == PS_TRI_OPTION_RESPONSE)
		CU_ASSERT_EQUAL(ps_option_response(ack, decline, &body), LI_OK);
	octets.n = 0;
	CU_ASSERT_TRUE_FATAL(pdu_tri(&octets, &of, kind, buf_view(&body)));
	CU_ASSERT_EQUAL_FATAL(ps_decode(buf_view(&octets), &p, &at, &what), LI_OK);
	buf_fini(&body);
	return p;
}

static void takes(struct negotiate *g, enum ps_tri kind, uint32_t number, bool ack, bool decline, struct negotiate_out *out)
{
	struct ps_pdu p = tri(kind, number, ack, decline);

	CU_ASSERT_EQUAL(negotiate_take(g, &p, out), kind != PS_TRI_KEEPALIVE_RESPONSE);
}

static bool says(const struct negotiate_out *o, unsigned i, enum ps_tri kind, uint32_t number, bool ack, bool decline)
{
	return i < o->n && o->tri[i].kind == kind && (kind == PS_TRI_KEEPALIVE || o->tri[i].number == number) && o->tri[i].ack == ack &&
	       o->tri[i].decline == decline;
}

static void begins(struct negotiate *g, bool ack, struct negotiate_out *o)	/* HO-OPT-001 */
{
	negotiate_begin(g, ack, o);
	CU_ASSERT(o->n == 2 && says(o, 0, PS_TRI_OPTION_REQUEST, 0, ack, false) && says(o, 1, PS_TRI_KEEPALIVE, 0, false, false));
	CU_ASSERT_FALSE(negotiate_is_over(g));
}

static void flow_a(void)	/* an agency that knows no options: HO-OPT-005 */
{
	struct negotiate_out o;
	struct negotiate g;

	begins(&g, true, &o);
	takes(&g, PS_TRI_KEEPALIVE_RESPONSE, 0, false, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_PLAIN && negotiate_is_over(&g) && !g.ack && o.n == 0);
}

static void flow_b(void)	/* both request */
{
	struct negotiate_out o;
	struct negotiate g;

	begins(&g, true, &o);
	takes(&g, PS_TRI_OPTION_RESPONSE, 0, true, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_ANSWERED && g.ack && o.n == 0);
	takes(&g, PS_TRI_KEEPALIVE_RESPONSE, 0, false, false, &o);
	takes(&g, PS_TRI_OPTION_REQUEST, 7, true, false, &o);
	CU_ASSERT(o.n == 2 && says(&o, 0, PS_TRI_OPTION_COMPLETE, 1, false, false) && says(&o, 1, PS_TRI_OPTION_RESPONSE, 7, true, false));
	CU_ASSERT_FALSE(negotiate_is_over(&g));
	takes(&g, PS_TRI_OPTION_COMPLETE, 8, false, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_AGREED && g.ack && g.theirs_ack && o.n == 0);	/* HO-OPT-006 */
}

static void flow_c(void)	/* ours alone */
{
	struct negotiate_out o;
	struct negotiate g;

	begins(&g, true, &o);
	takes(&g, PS_TRI_OPTION_RESPONSE, 0, false, true, &o);
	takes(&g, PS_TRI_KEEPALIVE_RESPONSE, 0, false, false, &o);
	takes(&g, PS_TRI_OPTION_COMPLETE, 0, false, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_AGREED && !g.ack && o.n == 1 && says(&o, 0, PS_TRI_OPTION_COMPLETE, 1, false, false));	/* HO-OPT-014 */
}

static void flow_d(void)	/* the agency's alone: we ask for nothing, and decline */
{
	struct negotiate_out o;
	struct negotiate g;

	begins(&g, false, &o);
	takes(&g, PS_TRI_OPTION_RESPONSE, 0, true, false, &o);		/* accepts what nobody asked for */
	CU_ASSERT_FALSE(g.ack);
	takes(&g, PS_TRI_OPTION_REQUEST, 0, true, false, &o);
	CU_ASSERT(o.n == 2 && says(&o, 0, PS_TRI_OPTION_COMPLETE, 1, false, false) && says(&o, 1, PS_TRI_OPTION_RESPONSE, 0, false, true));
	takes(&g, PS_TRI_OPTION_REQUEST, 1, false, false, &o);		/* anew: it replaces the first. HO-OPT-007 */
	CU_ASSERT(o.n == 1 && says(&o, 0, PS_TRI_OPTION_RESPONSE, 1, false, false) && !g.theirs_ack);
	takes(&g, PS_TRI_OPTION_COMPLETE, 2, false, false, &o);
	CU_ASSERT_EQUAL(g.state, NEGOTIATE_AGREED);
}

static void flow_e(void)	/* repeated requests, before and after our answer came */
{
	struct negotiate_out o;
	struct negotiate g;

	begins(&g, true, &o);
	takes(&g, PS_TRI_OPTION_REQUEST, 0, false, false, &o);
	CU_ASSERT(o.n == 1 && says(&o, 0, PS_TRI_OPTION_RESPONSE, 0, false, false));
	takes(&g, PS_TRI_OPTION_REQUEST, 1, true, false, &o);
	CU_ASSERT(g.theirs_ack && says(&o, 0, PS_TRI_OPTION_RESPONSE, 1, true, false));
	takes(&g, PS_TRI_OPTION_COMPLETE, 2, false, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_THEIRS_DONE && o.n == 0);
	takes(&g, PS_TRI_OPTION_RESPONSE, 0, true, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_AGREED && g.ack && o.n == 1 && says(&o, 0, PS_TRI_OPTION_COMPLETE, 1, false, false));
}

static void quiet(void)		/* an agency that waits for us */
{
	struct negotiate_out o;
	struct negotiate g;

	begins(&g, true, &o);
	negotiate_quiet(&g, &o);
	CU_ASSERT(g.state == NEGOTIATE_ASKED && o.n == 0);
	takes(&g, PS_TRI_OPTION_RESPONSE, 0, true, false, &o);
	negotiate_quiet(&g, &o);
	CU_ASSERT(o.n == 1 && says(&o, 0, PS_TRI_OPTION_COMPLETE, 1, false, false));
	negotiate_quiet(&g, &o);
	CU_ASSERT(o.n == 0 && g.state == NEGOTIATE_OURS_DONE);
	takes(&g, PS_TRI_OPTION_COMPLETE, 0, false, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_AGREED && o.n == 0);
	takes(&g, PS_TRI_OPTION_REQUEST, 1, true, false, &o);	/* HO-OPT-010: after the end it means nothing */
	CU_ASSERT(g.state == NEGOTIATE_AGREED && o.n == 0);
}

static void broken(void)	/* HO-OPT-009, HO-OPT-012 */
{
	struct negotiate_out o;
	struct negotiate g;
	struct ps_pdu p;

	begins(&g, true, &o);
	takes(&g, PS_TRI_ACK_RESPONSE, 0, false, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_FAILED && strstr(g.why, "before the options"));
	begins(&g, true, &o);
	takes(&g, PS_TRI_OPTION_RESPONSE, 3, true, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_FAILED && strstr(g.why, "no request"));
	begins(&g, true, &o);
	takes(&g, PS_TRI_OPTION_RESPONSE, 0, true, false, &o);
	takes(&g, PS_TRI_OPTION_RESPONSE, 0, true, false, &o);
	CU_ASSERT(g.state == NEGOTIATE_FAILED && strstr(g.why, "out of turn"));
	begins(&g, true, &o);
	p = tri(PS_TRI_OPTION_RESPONSE, 0, true, false);
	p.tri_body.n--;
	CU_ASSERT(negotiate_take(&g, &p, &o) && g.state == NEGOTIATE_FAILED && strstr(g.why, "cannot be read"));
	begins(&g, true, &o);
	negotiate_late(&g);
	CU_ASSERT(g.state == NEGOTIATE_FAILED && strstr(g.why, "in time"));
	g = (struct negotiate){ 0 };
	negotiate_late(&g);
	CU_ASSERT(negotiate_is_over(&g));
}

/* -- with our own other end ------------------------------------------------------------------------------------------ */

struct wire { struct lemf_peer lemf; struct buf to_mf; };

static enum li_err no_pdu(void *arg, const struct ps_pdu *p)
{
	(void)arg;
	(void)p;
	CU_FAIL("data in a negotiation");
	return LI_OK;
}

static enum li_err no_bad(void *arg, struct view pdu, enum li_err why, size_t at, const char *what)
{
	(void)pdu;
	(void)why;
	(void)at;
	(void)what;
	return no_pdu(arg, NULL);
}

static enum li_err reply(void *arg, struct view pdu)
{
	return buf_put(&((struct wire *)arg)->to_mf, pdu.p, pdu.n);
}

static void no_ack(void *arg)
{
	(void)arg;
}

static void note(void *arg, const char *event, const char *text)
{
	(void)arg;
	(void)event;
	CU_FAIL("noted");
	fprintf(stderr, "%s\n", text);
}

static void sends(struct wire *w, const struct negotiate_out *o, li_us now)
{
	struct pdu_of of = { .liid = "TRI", .time = 1 };
	struct buf b = { 0 }, body = { 0 };

	for (unsigned i = 0; i < o->n; i++) {
		b.n = body.n = 0;
		of.number = o->tri[i].number;
		if (o->tri[i].kind == PS_TRI_OPTION_REQUEST)
			CU_ASSERT_EQUAL(ps_option_request(o->tri[i].ack, &body), LI_OK);
		if (o->tri[i].kind == PS_TRI_OPTION_RESPONSE)
			CU_ASSERT_EQUAL(ps_option_response(o->tri[i].ack, o->tri[i].decline, &body), LI_OK);
		CU_ASSERT_TRUE(pdu_tri(&b, &of, o->tri[i].kind, buf_view(&body)));
		CU_ASSERT_EQUAL(lemf_peer_feed(&w->lemf, buf_view(&b), now), LI_OK);
	}
	buf_fini(&b);
	buf_fini(&body);
}

static void both_ends(void)
{
	static const struct lemf_peer_ops ops = { no_pdu, no_bad, reply, no_ack, note };

	for (unsigned ack = 0; ack < 2; ack++) {
		struct wire w = { .to_mf = { 0 } };
		struct negotiate_out o;
		struct negotiate g;
		size_t n;

		lemf_peer_init(&w.lemf, &ops, &w);
		negotiate_begin(&g, ack, &o);
		sends(&w, &o, 0);
		while (w.to_mf.n) {
			struct ps_pdu p;
			const char *what;
			size_t at;

			CU_ASSERT_EQUAL_FATAL(ps_next(buf_view(&w.to_mf), &n), LI_OK);
			CU_ASSERT_EQUAL_FATAL(ps_decode(view_of(w.to_mf.p, n), &p, &at, &what), LI_OK);
			(void)negotiate_take(&g, &p, &o);
			buf_consume(&w.to_mf, n);
			sends(&w, &o, 0);
		}
		CU_ASSERT(g.state == NEGOTIATE_AGREED && g.ack == ack && w.lemf.state == LEMF_AGREED && w.lemf.accepted_ack == ack);
		lemf_peer_fini(&w.lemf);
		buf_fini(&w.to_mf);
	}
}

static void anything(void)	/* property: never more than a few answers, never out of the table, numbers of ours rise by one */
{
	static const enum ps_tri kinds[] = { PS_TRI_OPTION_REQUEST, PS_TRI_OPTION_RESPONSE, PS_TRI_OPTION_COMPLETE, PS_TRI_KEEPALIVE_RESPONSE,
		PS_TRI_ACK_RESPONSE, PS_TRI_TEST };

	srand(5);
	for (unsigned k = 0; k < 3000; k++) {
		struct negotiate_out o;
		struct negotiate g;
		uint32_t next = 1;

		negotiate_begin(&g, rand() & 1, &o);
		for (unsigned i = 0; i < 12; i++) {
			unsigned what = (unsigned)rand() % 14;
			bool over = negotiate_is_over(&g) || g.state == NEGOTIATE_FAILED;
			struct ps_pdu p;

			o.n = 0;
			if (what == 13) {
				negotiate_quiet(&g, &o);
			} else {
				p = tri(kinds[what < 11 ? what % 4 : what - 7], (uint32_t)rand() % 2, rand() & 1, rand() & 1);
				(void)negotiate_take(&g, &p, &o);
			}
			CU_ASSERT(o.n <= 2 && (!over || o.n == 0) && g.state < NEGOTIATE_STATES);
			for (unsigned j = 0; j < o.n; j++)
				if (o.tri[j].kind == PS_TRI_OPTION_COMPLETE)
					CU_ASSERT_EQUAL(o.tri[j].number, next++);
			CU_ASSERT(next <= 2);	/* it is said once */
		}
	}
	CU_ASSERT_STRING_EQUAL(negotiate_state_name(NEGOTIATE_AGREED), "AGREED");
	buf_fini(&octets);
}

UNIT_MAIN("negotiate", UNIT(flow_a), UNIT(flow_b), UNIT(flow_c), UNIT(flow_d), UNIT(flow_e), UNIT(quiet), UNIT(broken), UNIT(both_ends), UNIT(anything))
