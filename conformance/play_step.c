/*
 * play_step.c: what each kind of step does: DONE the next one may begin, AGAIN once more, BLOCKED until t->wake or until a connection changes,
 * FAILED the track is over.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/play_int.h"

/* -- sending -- */

/* May this connection be sent to now? */
static enum play_go open_for(struct play *p, struct track *t, const struct script_step *st, size_t wire)
{
	struct wire *w;

	if (p->c->dry)
		return DONE;
	w = p->r->wires[wire];
	switch (wire_state(w)) {
	case WIRE_UP:
		if (wire_has_room(w))
			return DONE;
		t->wake = PLAY_NEVER;
		return BLOCKED;
	case WIRE_DIALLING:
	case WIRE_WAITING:
		if (t->since == 0)
			t->since = play_now(p);
		t->wake = t->since + PLAY_UP_WITHIN;
		if (play_now(p) < t->wake)
			return BLOCKED;
		play_fail(p, st->line, "%s: no connection within %d s", wire_name(w), (int)(PLAY_UP_WITHIN / WHEN_SECOND));
		return FAILED;
	case WIRE_NEW:
		play_fail(p, st->line, "%s: nobody has connected it yet", wire_name(w));
		return FAILED;
	case WIRE_CLOSING:
	case WIRE_ENDED:
		break;
	}
	p->r->unsent++;
	if (wire_conf(w)->may_end)
		return AGAIN;		/* this one is lost; the next may go elsewhere */
	play_fail(p, st->line, "%s: it has ended", wire_name(w));
	return FAILED;
}

static void emit(struct play *p, const struct script_dose *d, size_t wire, enum wire_kind k, const uint8_t *o, size_t n)
{
	if (p->c->out)
		outfile_put(p->c->out, wire, play_wall(p), o, n);
	p->r->octets += n;
	if (p->c->dry)
		return;
	if (d->under)
		wire_put_under(p->r->wires[wire], o, n);
	else
		wire_put(p->r->wires[wire], k, o, n);
}

static uint64_t dice(uint64_t *s)	/* xorshift64* */
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(2685821657736338717);
}

/* The same seed and number change the same octets in the same way. */
static void fuzz(const struct script_dose *d, uint64_t nth, struct octets *o)
{
	uint64_t s = (d->seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (nth + 1) * UINT64_C(0xbf58476d1ce4e5b9);
	static const uint32_t lengths[] = { 0, 1, 3, 39, 40, 41, 48, 0x7fff, 0xffff, 0x10000, 0x20001, 0x1000001, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff };

	if (s == 0)
		s = 1;
	for (uint64_t i = 0; i < d->fuzz && o->n > 12; i++) {
		size_t at = (size_t)(dice(&s) % o->n);

		switch (dice(&s) % 8) {
		case 0: case 1:
			o->p[at] ^= (uint8_t)(1u << dice(&s) % 8);
			break;
		case 2: case 3:
			o->p[at] = (uint8_t)dice(&s);
			break;
		case 4:			/* a length of the header */
			octets_set32(o->p + (dice(&s) % 2 ? 4 : 8), lengths[dice(&s) % (sizeof(lengths) / sizeof(lengths[0]))]);
			break;
		case 5:			/* cut short */
			o->n = at;
			break;
		case 6:			/* some octets less */
			memmove(o->p + at, o->p + at + 1, o->n - at - 1);
			o->n--;
			break;
		default:		/* some more */
			octets_u8(o, 0);
			if (o->failed)
				return;
			memmove(o->p + at + 1, o->p + at, o->n - at - 1);
			o->p[at] = (uint8_t)dice(&s);
			break;
		}
	}
}

static void note_lack(struct play *p, const uint8_t *o, size_t n)
{
	char lacks[sizeof(p->r->lacks)];
	struct xpdu x;

	if (xpdu_read(o, n, &x))
		return;
	xpdu_lacks(&x, lacks, sizeof(lacks));
	if (*lacks && p->r->lacking++ == 0)
		memcpy(p->r->lacks, lacks, sizeof(lacks));
}

/* What t->out holds goes out: at once, or so many octets at a time. */
static enum play_go drip(struct play *p, struct track *t, const struct script_step *st, size_t wire, enum wire_kind k)
{
	const struct script_dose *d = &st->dose;
	size_t n = t->out.n - t->at;

	if (d->drip && d->drip < n)
		n = (size_t)d->drip;
	emit(p, d, wire, d->drip ? WIRE_PART : k, t->out.p + t->at, n);
	t->at += n;
	if (t->at < t->out.n) {
		t->due = play_now(p) + d->drip_every;
		return BLOCKED;
	}
	t->out.n = t->at = 0;
	t->nth++;
	t->since = 0;
	if (d->every)
		t->due = (t->due ? t->due : play_now(p)) + d->every;
	return t->nth < d->repeat ? AGAIN : DONE;
}

/* Waits for its time. */
static bool due(struct play *p, struct track *t)
{
	t->wake = t->due;
	return t->due == 0 || play_now(p) >= t->due;
}

/* The step's next dose, on its connection; false: not now, and *g says what becomes of the step. */
static bool next_dose(struct play *p, struct track *t, const struct script_step *st, size_t *wire, enum play_go *g)
{
	const struct script_dose *d = &st->dose;

	*wire = (size_t)d->wires[t->nth % d->n_wires];
	*g = t->nth >= d->repeat ? DONE : BLOCKED;
	if (*g == DONE || !due(p, t))
		return false;
	*g = open_for(p, t, st, *wire);
	if (*g == DONE)
		return true;
	if (*g == AGAIN) {
		t->out.n = t->at = 0;
		*g = ++t->nth < d->repeat ? AGAIN : DONE;
	}
	return false;
}

static enum play_go do_pdu(struct play *p, struct track *t, const struct script_step *st, struct form *f, struct when when)
{
	const struct script_dose *d = &st->dose;
	size_t wire;
	unsigned type = f->x.type;
	bool part = d->has_cut || d->fuzz || f->x.has_header_length || f->x.has_payload_length || type == 0 || type > XPDU_KEEPALIVE;
	struct form_place place;
	enum play_go g;

	if (!next_dose(p, t, st, &wire, &g))
		return g;
	if (t->out.n == 0) {
		if (!form_build(f, p->sequence, t->nth, when, &t->out, &place)) {
			play_fail(p, st->line, "no memory");
			return FAILED;
		}
		note_lack(p, t->out.p, t->out.n);
		if (p->c->built)
			p->c->built(p->c->arg, wire, t->out.p, t->out.n, &place);
		if (d->fuzz)
			fuzz(d, t->nth, &t->out);
		if (d->has_cut) {
			if (d->to < t->out.n)
				t->out.n = (size_t)d->to;
			octets_drop(&t->out, d->from > t->out.n ? t->out.n : (size_t)d->from);
		}
		p->r->pdus[part ? 0 : type]++;
		if (t->out.n == 0) {
			t->nth++;
			return AGAIN;
		}
	}
	return drip(p, t, st, wire, part ? WIRE_PART : type == XPDU_X2 ? WIRE_X2 : type == XPDU_X3 ? WIRE_X3 : WIRE_OTHER);
}

static enum play_go do_raw(struct play *p, struct track *t, const struct script_step *st)
{
	const struct script_dose *d = &st->dose;
	size_t wire;
	enum play_go g;

	if (!next_dose(p, t, st, &wire, &g))
		return g;
	if (t->out.n == 0) {
		octets_put(&t->out, st->raw.p, st->raw.n);
		if (d->fuzz)
			fuzz(d, t->nth, &t->out);
		p->r->pdus[0]++;
		if (t->out.n == 0)
			return ++t->nth < d->repeat ? AGAIN : DONE;
	}
	return drip(p, t, st, wire, WIRE_PART);
}

static enum play_go do_keepalive(struct play *p, struct track *t, const struct script_step *st)
{
	const struct script_dose *d = &st->dose;
	size_t wire;
	struct octets o = { 0 };
	uint32_t sequence;
	enum play_go g;

	if (!next_dose(p, t, st, &wire, &g))
		return g;
	sequence = !st->next ? st->sequence + (uint32_t)t->nth : p->c->dry ? (uint32_t)t->nth : wire_next_keepalive(p->r->wires[wire]);
	xpdu_keepalive(p->c->dry ? XPDU_VERSION : wire_conf(p->r->wires[wire])->version, st->with_sequence, sequence, &o);
	if (p->c->out)
		outfile_put(p->c->out, wire, play_wall(p), o.p, o.n);
	p->r->octets += o.n;
	octets_fini(&o);
	p->r->pdus[XPDU_KEEPALIVE]++;
	if (!p->c->dry)
		wire_put_keepalive(p->r->wires[wire], st->with_sequence, sequence);
	t->nth++;
	if (d->every)
		t->due = (t->due ? t->due : play_now(p)) + d->every;
	return t->nth < d->repeat ? AGAIN : DONE;
}

/* -- a capture -- */

static void text_of(struct octets *o, const char *text)
{
	o->n = 0;
	if (text)
		octets_put(o, text, strlen(text));
}

static void end_of(const struct payload_end *e, struct octets *addr, struct octets *port)
{
	addr->n = port->n = 0;
	octets_put(addr, e->addr.b, e->addr.n);
	octets_u16(port, e->port);
}

/* The common part of a capture's form, and this item. */
static void fill(struct form *f, const struct script_step *st, const struct capture_item *i)
{
	f->x.type = st->form.x.type && xpdu_format_permitted(st->form.x.type, i->format) ? st->form.x.type : i->type;
	f->x.format = i->format;
	f->x.direction = st->form.has_direction ? st->form.x.direction : i->direction;
	f->x.correlation = st->form.x.correlation + (st->capture.correlate ? i->group : 0);	/* X23-POI-005 */
	f->has_format = f->has_direction = true;
	f->payload.n = 0;
	octets_put(&f->payload, i->payload, i->n);
	if (i->has_ends) {		/* clause 5.3.11 to 5.3.17: the addresses that the payload has lost */
		end_of(&i->from, &f->source_addr, &f->source_port);
		end_of(&i->to, &f->destination_addr, &f->destination_port);
		f->protocol.n = 0;
		octets_u8(&f->protocol, i->protocol);
	} else {
		f->source_addr.n = f->source_port.n = f->destination_addr.n = f->destination_port.n = f->protocol.n = 0;
	}
	text_of(&f->sdp, i->sdp);
	f->hostile = true;		/* it was judged when the script was read; what changes is ours */
}

static conf_us between(struct when a, struct when b)
{
	return ((conf_us)b.s - (conf_us)a.s) * WHEN_SECOND + ((conf_us)b.ns - (conf_us)a.ns) / 1000;
}

static void add_capture(struct play *p, struct track *t)
{
	const struct capture_stats *s = capture_stats(t->capture);
	struct capture_stats *r = &p->r->capture;

	r->frames += s->frames;
	r->items += s->items;
	r->cut += s->cut;
	r->fragments += s->fragments;
	r->unwanted += s->unwanted;
	r->others += s->others;
	p->r->captured = true;
	capture_close(t->capture);
	t->capture = NULL;
}

/* One item at a time is a PDU of a step of its own: sent once, to the next connection. */
static enum play_go do_capture(struct play *p, struct track *t, const struct script_step *st)
{
	struct script_step one = *st;
	char err[SCRIPT_TEXT];
	uint64_t nth = t->nth;
	enum play_go g;
	int r;

	if (!t->capture) {
		if (t->pass == st->capture.loop)
			return DONE;
		t->capture = capture_open(&st->capture, err, sizeof(err));
		if (!t->capture) {
			play_fail(p, st->line, "%s", err);
			return FAILED;
		}
		if (t->pass++ == 0 && !form_copy(&t->form, &st->form)) {
			play_fail(p, st->line, "no memory");
			return FAILED;
		}
		t->count = 0;
		t->first.s = 0;
	}
	if (!t->has_item) {
		const char *fault;

		r = st->capture.limit && t->count == st->capture.limit ? 0 : capture_next(t->capture, &t->item);
		if (r < 0)
			play_fail(p, st->line, "%s: %s", st->capture.file, capture_error(t->capture));
		if (r <= 0) {
			add_capture(p, t);
			if (r == 0 && t->pass < st->capture.loop)
				return AGAIN;
			form_fini(&t->form);
			return r ? FAILED : DONE;
		}
		fill(&t->form, st, &t->item);
		fault = form_ready(&t->form);
		if (fault) {
			play_fail(p, st->line, "%s", fault);
			return FAILED;
		}
		if (t->first.s == 0) {
			t->first = t->item.time;
			t->since = 0;
			if (st->capture.pace == SCRIPT_PACE_CAPTURE)
				t->due = play_now(p);
		} else if (st->capture.pace == SCRIPT_PACE_CAPTURE) {
			conf_us d = between(t->first, t->item.time);

			t->due += d > 0 ? d : 0;
			if (d > 0)
				t->first = t->item.time;
		}
		t->count++;
		t->has_item = true;
	}
	one.dose.repeat = nth + 1;
	g = do_pdu(p, t, &one, &t->form, st->capture.now ? play_wall(p) : t->item.time);
	if (g == BLOCKED || g == FAILED)
		return g;
	t->has_item = false;
	return AGAIN;
}

/* -- connections -- */

static enum play_go do_connect(struct play *p, const struct script_step *st)
{
	for (size_t i = 0; !p->c->dry && i < st->dose.n_wires; i++)
		wire_dial(p->r->wires[st->dose.wires[i]]);
	return DONE;
}

/* Until all of them are in this state. */
static bool all_in(struct play *p, const struct script_step *st, enum wire_state s)
{
	for (size_t i = 0; i < st->dose.n_wires; i++)
		if (wire_state(p->r->wires[st->dose.wires[i]]) != s)
			return false;
	return true;
}

static enum play_go do_close(struct play *p, struct track *t, const struct script_step *st)
{
	if (p->c->dry)
		return DONE;
	if (!t->begun)
		for (size_t i = 0; i < st->dose.n_wires; i++)
			wire_close(p->r->wires[st->dose.wires[i]], st->how);
	t->wake = PLAY_NEVER;
	return all_in(p, st, WIRE_ENDED) ? DONE : BLOCKED;
}

static enum play_go do_reconnect(struct play *p, struct track *t, const struct script_step *st)
{
	if (p->c->dry)
		return DONE;
	t->wake = PLAY_NEVER;
	if (!t->begun) {
		for (size_t i = 0; i < st->dose.n_wires; i++)
			wire_close(p->r->wires[st->dose.wires[i]], st->how);
		t->nth = 0;
		t->since = play_now(p);
	}
	if (t->nth == 0 && all_in(p, st, WIRE_ENDED)) {
		t->nth = 1;
		(void)do_connect(p, st);
	}
	if (t->nth == 1 && all_in(p, st, WIRE_UP))
		return DONE;
	t->wake = t->since + PLAY_UP_WITHIN;
	if (play_now(p) < t->wake)
		return BLOCKED;
	play_fail(p, st->line, "no connection within %d s", (int)(PLAY_UP_WITHIN / WHEN_SECOND));
	return FAILED;
}

static enum play_go do_tls(struct play *p, struct track *t, const struct script_step *st)
{
	enum play_go g = DONE;

	for (size_t i = 0; !p->c->dry && i < st->dose.n_wires && g == DONE; i++) {
		struct wire *w = p->r->wires[st->dose.wires[i]];

		g = open_for(p, t, st, (size_t)st->dose.wires[i]);
		if (g == DONE && !(st->tls == SCRIPT_RENEGOTIATE ? wire_renegotiate(w) : wire_key_update(w))) {
			play_fail(p, st->line, "%s: not possible on this connection", wire_name(w));
			g = FAILED;
		}
	}
	return g == AGAIN ? DONE : g;
}

/* -- expectations -- */

static const char *const wanted[] = { [SCRIPT_ACK] = "an acknowledgement", [SCRIPT_ACK_ALL] = "acknowledgements of all keepalives",
	[SCRIPT_NO_ACK] = "no acknowledgement", [SCRIPT_CLOSED] = "an end of the connection", [SCRIPT_REFUSED] = "a refusal",
	[SCRIPT_UP] = "a connection", [SCRIPT_OPEN] = "a connection that stays" };

/* 1: met, 0: not yet, -1: it cannot be any more. */
static int met(const struct script_step *st, struct wire *w, bool late)
{
	enum wire_state s = wire_state(w);
	bool ended = s == WIRE_ENDED || s == WIRE_WAITING;

	switch (st->expect) {
	case SCRIPT_ACK:
		return wire_acked(w, st->with_sequence, st->sequence) ? 1 : ended ? -1 : 0;
	case SCRIPT_ACK_ALL:
		return ended ? -1 : s == WIRE_UP && wire_pending(w) == 0 && wire_drained(w);
	case SCRIPT_NO_ACK:
		return late;		/* judged by the count */
	case SCRIPT_CLOSED:
		return ended;
	case SCRIPT_REFUSED:
		return wire_refused(w) ? 1 : ended ? -1 : 0;
	case SCRIPT_UP:
		return s == WIRE_UP ? 1 : s == WIRE_ENDED ? -1 : 0;
	case SCRIPT_OPEN:
		return s != WIRE_UP ? -1 : late;
	}
	return -1;
}

static uint64_t acks(struct play *p, const struct script_step *st)
{
	uint64_t n = 0;

	for (size_t i = 0; i < st->dose.n_wires; i++)
		n += wire_stats(p->r->wires[st->dose.wires[i]])->acks;
	return n;
}

static enum play_go do_expect(struct play *p, struct track *t, const struct script_step *st)
{
	bool late, all = true;

	if (p->c->dry)
		return DONE;
	if (!t->begun) {
		t->since = play_now(p);
		t->count = acks(p, st);
	}
	t->wake = t->since + st->time;
	late = play_now(p) >= t->wake;
	for (size_t i = 0; i < st->dose.n_wires; i++) {
		struct wire *w = p->r->wires[st->dose.wires[i]];
		int m = met(st, w, late);

		if (st->expect == SCRIPT_NO_ACK && acks(p, st) != t->count)
			m = -1;
		if (m < 0 || (m == 0 && late)) {
			play_fail(p, st->line, "%s: %s was expected%s", wire_name(w), wanted[st->expect], m < 0 ? "" : " in time");
			return FAILED;
		}
		all = all && m == 1;
	}
	if (!all)
		return BLOCKED;
	for (size_t i = 0; i < st->dose.n_wires; i++)
		if (st->expect == SCRIPT_CLOSED || st->expect == SCRIPT_REFUSED)
			wire_excuse(p->r->wires[st->dose.wires[i]]);
	p->r->expected++;
	return DONE;
}

bool play_marked(const struct play *p, const char *mark)
{
	for (size_t i = 0; i < p->n_marks; i++)
		if (strcmp(p->marks[i], mark) == 0)
			return true;
	return false;
}

enum play_go play_step(struct play *p, struct track *t, const struct script_step *st)
{
	switch (st->what) {
	case SCRIPT_PDU:
		/* the form is the step's own: building it changes only its scratch */
		return do_pdu(p, t, st, (struct form *)&st->form, play_wall(p));
	case SCRIPT_KEEPALIVE:
		return do_keepalive(p, t, st);
	case SCRIPT_RAW:
		return do_raw(p, t, st);
	case SCRIPT_CAPTURE:
		return do_capture(p, t, st);
	case SCRIPT_WAIT:
		if (!t->begun)
			t->due = play_now(p) + st->time;
		return due(p, t) ? DONE : BLOCKED;
	case SCRIPT_EXPECT:
		return do_expect(p, t, st);
	case SCRIPT_CONNECT:
		return do_connect(p, st);
	case SCRIPT_RECONNECT:
		return do_reconnect(p, t, st);
	case SCRIPT_CLOSE:
		return do_close(p, t, st);
	case SCRIPT_TLS:
		return do_tls(p, t, st);
	case SCRIPT_MARK:
		if (p->n_marks < PLAY_MARKS)
			p->marks[p->n_marks++] = st->mark;
		return DONE;
	case SCRIPT_WAIT_FOR:
		t->wake = PLAY_NEVER;
		return play_marked(p, st->mark) ? DONE : BLOCKED;
	case SCRIPT_LOOP:
		break;		/* run_track's */
	}
	return DONE;
}

void play_drop_capture(struct play *p, struct track *t)
{
	if (!t->capture)
		return;
	add_capture(p, t);
	form_fini(&t->form);
}
