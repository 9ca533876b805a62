/* negotiate.c: negotiate.tbl says what may come in which state; fire() alone changes it. */
#include "handover/negotiate.h"

enum event {
#define EVENT(name, text) EV_##name,
#include "handover/negotiate.tbl"
#undef EVENT
};

struct step { struct negotiate *g; struct negotiate_out *out; uint32_t number; struct ps_options o; };

const char *negotiate_state_name(enum negotiate_state s)
{
	static const char *const name[] = {
#define STATE(name, text) #name,
#include "handover/negotiate.tbl"
#undef STATE
	};

	return name[s];
}

const char *negotiate_word(enum negotiate_state s)
{
	switch (s) {
	case NEGOTIATE_OFF: return "none";
	case NEGOTIATE_AGREED: return "agreed";
	case NEGOTIATE_PLAIN: return "unknown";
	default: return "negotiating";
	}
}

static void say(struct step *s, enum ps_tri kind, uint32_t number, bool ack, bool decline)
{
	unsigned i = s->out->n++;

	s->out->tri[i].kind = kind;
	s->out->tri[i].number = number;
	s->out->tri[i].ack = ack;
	s->out->tri[i].decline = decline;
}

/* -- what the machine does ----------------------------------------------------------------------------------------- */

static void nothing(struct step *s)
{
	(void)s;
}

/* HO-OPT-001, HO-OPT-002: the keep-alive at once behind it tells whether anybody there knows options. */
static void ask(struct step *s)
{
	struct negotiate *g = s->g;

	g->asked = g->next++;
	say(s, PS_TRI_OPTION_REQUEST, g->asked, g->want_ack, false);
	say(s, PS_TRI_KEEPALIVE, 0, false, false);
}

static void take(struct step *s)
{
	s->g->ack = s->g->want_ack && s->o.ack;		/* HO-OPT-014: what nobody asked for is not accepted either */
}

/* HO-OPT-003, HO-OPT-004: declined is what we know and do not want; what we do not know stands in neither list. */
static void answer(struct step *s)
{
	bool yes = s->o.ack && s->g->want_ack;

	s->g->theirs_ack = yes;
	say(s, PS_TRI_OPTION_RESPONSE, s->number, yes, s->o.ack && !yes);
}

static void complete(struct step *s)
{
	say(s, PS_TRI_OPTION_COMPLETE, s->g->next++, false, false);
}

static void complete_and_answer(struct step *s)
{
	complete(s);
	answer(s);
}

static void take_and_complete(struct step *s)
{
	take(s);
	complete(s);
}

/* -- the machine --------------------------------------------------------------------------------------------------- */

static bool fire(struct step *s, enum event e)
{
	static const struct {
		enum negotiate_state in;
		enum event on;
		enum negotiate_state to;
		void (*act)(struct step *s);
	} rows[] = {
#define ROW(in, on, to, act) { NEGOTIATE_##in, EV_##on, NEGOTIATE_##to, act },
#include "handover/negotiate.tbl"
#undef ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].in == s->g->state && rows[i].on == e) {
			s->g->state = rows[i].to;
			rows[i].act(s);
			return true;
		}
	return false;
}

static void fail(struct negotiate *g, const char *why)
{
	g->state = NEGOTIATE_FAILED;
	g->why = why;
}

void negotiate_begin(struct negotiate *g, bool want_ack, struct negotiate_out *out)
{
	struct step s = { .g = g, .out = out };

	*g = (struct negotiate){ .want_ack = want_ack };
	out->n = 0;
	(void)fire(&s, EV_BEGIN);
}

static enum event event_of(const struct ps_pdu *p)
{
	if (p->kind != PS_TRI)
		return EV_DATA;
	switch (p->tri) {
	case PS_TRI_OPTION_REQUEST: return EV_REQUEST;
	case PS_TRI_OPTION_RESPONSE: return EV_RESPONSE;
	case PS_TRI_OPTION_COMPLETE: return EV_COMPLETE;
	case PS_TRI_KEEPALIVE_RESPONSE: return EV_ALIVE;
	default: return EV_DATA;
	}
}

bool negotiate_take(struct negotiate *g, const struct ps_pdu *p, struct negotiate_out *out)
{
	struct step s = { .g = g, .out = out, .number = p->number };
	enum event e = event_of(p);
	bool options = e == EV_REQUEST || e == EV_RESPONSE || e == EV_COMPLETE;

	out->n = 0;
	if (negotiate_is_over(g) || g->state == NEGOTIATE_FAILED)
		return options;		/* HO-OPT-010, HO-OPT-013: they mean nothing any more */
	if ((e == EV_REQUEST || e == EV_RESPONSE) && ps_options_read(p->tri_body, &s.o))
		fail(g, "an option list that cannot be read");
	else if (e == EV_RESPONSE && p->number != g->asked)
		fail(g, "an optionResponse to no request of ours");
	else if (!fire(&s, e))
		fail(g, e == EV_DATA ? "something else before the options were agreed" : "an option PDU out of turn");	/* HO-OPT-009 */
	return e != EV_ALIVE;
}

void negotiate_quiet(struct negotiate *g, struct negotiate_out *out)
{
	struct step s = { .g = g, .out = out };

	out->n = 0;
	(void)fire(&s, EV_QUIET);
}

void negotiate_late(struct negotiate *g)
{
	struct negotiate_out out = { .n = 0 };
	struct step s = { .g = g, .out = &out };

	if (fire(&s, EV_LATE))
		fail(g, "the option negotiation was not completed in time");
}
