/*
 * script.c: what a subscriber does, an episode at a time: it registers, asks for a session, talks, moves, sleeps, comes
 * back, ends one, leaves. Each episode is written down as steps, each one frame (step.c), when the one before is over.
 */
#include "test/gen/world_priv.h"

#include <stdlib.h>

#define PARTS 3		/* a session talks so often, with something else in between */

static void add(struct sub *u, enum step s, unsigned slot)
{
	if (u->n == u->room) {
		u->room = u->room ? 2 * u->room : 32;
		u->script = realloc(u->script, u->room * sizeof(*u->script));
		if (!u->script)
			abort();
	}
	u->script[u->n].step = (uint8_t)s;
	u->script[u->n++].slot = (uint8_t)slot;
}

static bool is_live(const struct ses *x)
{
	return x->s && !x->over;
}

static bool is_up(const struct ses *x)
{
	return is_live(x) && x->bound && x->up;
}

static unsigned count(const struct sub *u, bool (*is)(const struct ses *x))
{
	unsigned n = 0;

	for (unsigned i = 0; i < WORLD_SLOTS; i++)
		n += is(&u->ses[i]);
	return n;
}

static bool is_open(const struct ses *x)
{
	return is_live(x) && !x->stays;
}

static bool is_taken(const struct ses *x)
{
	return x->s != NULL;
}

/* Each session for which `is` holds takes these two steps. */
static void each(struct sub *u, bool (*is)(const struct ses *x), enum step a, enum step b)
{
	for (unsigned i = 0; i < WORLD_SLOTS; i++) {
		if (!is(&u->ses[i]))
			continue;
		add(u, a, i);
		add(u, b, i);
	}
}

static bool is_up_n4(const struct ses *x)
{
	return is_up(x) && x->n4;
}

/* -- a session's beginning -- */

static struct ses *new_session(struct world *w, struct sub *u, unsigned *slot)
{
	struct world_session *s = &w->session[u->id * w->c.sessions + u->asked++];
	struct ses *x;
	bool late;

	for (*slot = 0; u->ses[*slot].s; )
		++*slot;
	x = &u->ses[*slot];
	*x = (struct ses){ .s = s, .parts = PARTS };
	x->n4 = !u->n2 || !world_chance(&u->rng, w->c.n2_only);
	late = world_chance(&u->rng, w->c.n4_late);
	x->n4_late = u->n2 && x->n4 && late;
	x->has_anchor = world_chance(&u->rng, w->c.n9) && x->n4;
	x->packets = w->c.packets ? (unsigned)(world_rnd(&u->rng) % (2 * w->c.packets) + 1) : 0;
	u->psi = (uint8_t)(u->psi % 15 + 1);
	x->psi = u->psi;
	x->p = (struct pfcp_session){ .cp = w->smf, .up = w->upf_n4, .cp_seid = 0x1000 + 2 * s->number, .up_seid = 0x800000 + s->number,
		.choose = world_chance(&u->rng, w->c.choose), .user_id = u->user_id, .imsi = u->imsi, .msisdn = u->msisdn,
		.imei = u->imei, .ue4 = s->ue4, .ue6 = s->ue6,
		.dnn = world_chance(&u->rng, 80) ? "internet.mnc001.mcc001.gprs" : NULL,
		.pdn_type = world_chance(&u->rng, 80) ? (uint8_t)(!s->ue4.family ? 2 : s->ue6.family ? 3 : 1) : 0, .sst = 1,
		.sd = world_chance(&u->rng, 50) ? 0x010203 : UINT32_MAX, .mbr = 100000 };
	x->p.ul = world_tunnel(w, u, &w->upf_n3, false);
	x->p.dl = world_tunnel(w, u, &w->gnb[u->n2 ? u->gnb : world_rnd(&u->rng) % GNBS], false);
	if (world_chance(&u->rng, w->c.cp))
		x->p.cp_tunnel = world_tunnel(w, u, &w->smf, true);
	if (!x->has_anchor) {
		if (world_chance(&u->rng, w->c.far))
			x->p.core = world_tunnel(w, u, &w->far_upf, true);
		return x;
	}
	x->anchor = x->p;
	x->anchor.up = w->anchor_n4;
	x->anchor.cp_seid++;
	x->anchor.cp_tunnel = (struct out_tunnel){ .teid = 0 };
	x->anchor.ul = x->p.core = world_tunnel(w, u, &w->anchor_n9, false);
	x->anchor.dl = x->p.core_dl = world_tunnel(w, u, &w->mid_n9, false);
	if (world_chance(&u->rng, 50)) {		/* N9, in so many words */
		x->anchor.access_type = x->p.core_type = 15 + 1;
		x->p.access_type = 11 + 1;
	}
	if (world_chance(&u->rng, 50)) {		/* the one in the middle need not know whose it is */
		x->p.user_id = false;
		x->p.ue4 = x->p.ue6 = (struct li_addr){ 0 };
	}
	return x;
}

/* N4, up to where the UPFs know everything but the RAN's tunnel. */
static void establish(struct sub *u, const struct ses *x, unsigned k)
{
	if (!x->has_anchor) {
		add(u, S_ESTABLISH, k);
		add(u, S_ESTABLISHED, k);
	} else if (x->n4_late || world_chance(&u->rng, 50)) {	/* the one in the middle first */
		add(u, S_ESTABLISH, k);
		add(u, S_ESTABLISHED, k);
		add(u, S_ANCHOR, k);
		add(u, S_ANCHORED, k);
		add(u, S_ANCHOR_MODIFY, k);
		add(u, S_ANCHOR_MODIFIED, k);
	} else {
		add(u, S_ANCHOR, k);
		add(u, S_ANCHORED, k);
		add(u, S_ESTABLISH, k);
		add(u, S_ESTABLISHED, k);
		add(u, S_ANCHOR_MODIFY, k);
		add(u, S_ANCHOR_MODIFIED, k);
	}
}

static void end_n4(struct sub *u, const struct ses *x, unsigned k)
{
	bool first = world_chance(&u->rng, 50);

	if (!x->n4)
		return;
	if (x->has_anchor && first) {
		add(u, S_ANCHOR_DELETE, k);
		add(u, S_ANCHOR_DELETED, k);
	}
	add(u, S_DELETE, k);
	add(u, S_DELETED, k);
	if (x->has_anchor && !first) {
		add(u, S_ANCHOR_DELETE, k);
		add(u, S_ANCHOR_DELETED, k);
	}
}

static void set_up(struct world *w, struct sub *u, struct ses *x, unsigned k)
{
	bool between = world_chance(&u->rng, 50);

	if (x->n4 && !x->n4_late) {
		establish(u, x, k);
		if (w->c.eager)
			add(u, S_EARLY, k);
	}
	if (u->n2) {
		add(u, S_SETUP, k);
		if (world_chance(&u->rng, 50))
			add(u, S_EARLY, k);
		if (x->n4_late && between)
			establish(u, x, k);
		add(u, S_SET_UP, k);
		if (x->n4_late && !between) {
			add(u, S_TALK, k);
			establish(u, x, k);
		}
	}
	if (x->n4) {
		add(u, S_MODIFY, k);
		add(u, S_MODIFIED, k);
	}
	x->bound = u->n2;
	x->up = true;
}

static void ask(struct world *w, struct sub *u)
{
	unsigned k;
	struct ses *x = new_session(w, u, &k);
	bool reject = world_chance(&u->rng, w->c.reject), retry = world_chance(&u->rng, w->c.retry),
	     refuse = world_chance(&u->rng, w->c.refuse);

	if (u->n2) {
		if (world_chance(&u->rng, 30))
			add(u, S_MOVE, k);
		add(u, S_ASK, k);
	}
	if (reject && x->n4 && !x->n4_late && !x->has_anchor) {
		add(u, S_ESTABLISH, k);
		add(u, retry ? S_OVERTAKEN : S_REJECTED, k);
		if (!retry) {
			if (u->n2 && world_chance(&u->rng, 50))
				add(u, S_REFUSED, k);
			add(u, S_PAUSE, k);
			add(u, S_REST, k);
			return;
		}
	} else if (refuse && u->n2) {
		if (world_chance(&u->rng, 50)) {	/* the SMF, before there is any session */
			add(u, S_REFUSED, k);
		} else {				/* the RAN */
			if (x->n4 && !x->n4_late)
				establish(u, x, k);
			add(u, S_SETUP, k);
			add(u, S_SETUP_FAILED, k);
			if (x->n4 && !x->n4_late)
				end_n4(u, x, k);
		}
		add(u, S_REST, k);
		return;
	}
	set_up(w, u, x, k);
}

/* -- within it -- */

static void talk(struct world *w, struct sub *u, struct ses *x, unsigned k)
{
	unsigned n = x->packets / PARTS + (x->parts == PARTS ? x->packets % PARTS : 0);

	x->parts--;
	for (unsigned i = 0; i < n; i++) {
		add(u, S_TALK, k);
		if (x->has_anchor)
			add(u, S_TALK_N9, k);
	}
	if (x->n4 && world_chance(&u->rng, w->c.twice))
		add(u, S_TWICE, k);
}

static void move(struct world *w, struct sub *u)
{
	u->next_gnb = (u->gnb + 1 + (unsigned)(world_rnd(&u->rng) % (GNBS - 1))) % GNBS;
	if (!world_chance(&u->rng, w->c.n2_handover)) {
		add(u, S_SWITCH, 0);
		each(u, is_up_n4, S_MODIFY, S_MODIFIED);
		add(u, S_SWITCHED, 0);
		return;
	}
	u->forwards = world_chance(&u->rng, w->c.forward);
	u->direct = world_chance(&u->rng, 50);
	add(u, S_HO_REQUIRED, 0);
	add(u, S_HO_REQUEST, 0);
	add(u, S_HO_ACK, 0);
	if (world_chance(&u->rng, w->c.cancel)) {
		add(u, S_HO_CANCEL, 0);
		add(u, S_HO_TARGET, 0);
		add(u, S_HO_TARGET_DONE, 0);
		add(u, S_HO_CANCELLED, 0);
		return;
	}
	if (u->forwards && !u->direct)
		each(u, is_up_n4, S_FORWARD, S_FORWARDED);
	add(u, S_HO_COMMAND, 0);
	if (u->forwards)
		each(u, is_up_n4, S_FORWARD_TALK, S_FORWARD_TALK);
	add(u, S_HO_NOTIFY, 0);
	each(u, is_up_n4, S_MODIFY, S_MODIFIED);
	add(u, S_HO_SOURCE, 0);
	add(u, S_HO_SOURCE_DONE, 0);
	if (u->forwards && !u->direct)
		each(u, is_up_n4, S_UNFORWARD, S_UNFORWARDED);
}

/* The UE context is released, and the UE comes back: after a pause, or when it has something to ask. */
static void sleep(struct sub *u)
{
	add(u, S_SLEEP_ASK, 0);
	add(u, S_SLEEP, 0);
	add(u, S_ASLEEP, 0);
	each(u, is_up_n4, S_BUFFER, S_BUFFERED);
}

static bool is_kept(const struct ses *x)
{
	return is_live(x) && x->bound;
}

static bool is_kept_n4(const struct ses *x)
{
	return is_kept(x) && x->n4;
}

static void come_back(struct world *w, struct sub *u)
{
	u->by_guti = world_chance(&u->rng, w->c.reassign);
	add(u, S_RETURN, 0);
	if (u->by_guti)
		add(u, S_ACCEPT, 0);
	add(u, S_WAKE, 0);
	add(u, S_AWAKE, 0);
	each(u, is_kept_n4, S_MODIFY, S_MODIFIED);
	for (unsigned i = 0; i < WORLD_SLOTS; i++)
		u->ses[i].up = is_kept(&u->ses[i]);
}

static void doze(struct sub *u, const struct ses *x, unsigned k)
{
	add(u, S_DOZE, k);
	add(u, S_DOZED, k);
	if (x->n4) {
		add(u, S_BUFFER, k);
		add(u, S_BUFFERED, k);
	}
	add(u, S_ROUSE, k);
	add(u, S_ROUSED, k);
	if (x->n4) {
		add(u, S_MODIFY, k);
		add(u, S_MODIFIED, k);
	}
}

/* -- its end -- */

static void end_session(struct sub *u, struct ses *x, unsigned k)
{
	bool n2 = x->bound && u->connected;

	if (n2 && (!x->n4 || world_chance(&u->rng, 40))) {
		add(u, S_RELEASE, k);
		if (world_chance(&u->rng, 40))
			add(u, S_COMPLETE, k);		/* the UE may be faster than its RAN */
		add(u, S_RELEASED, k);
		add(u, S_LATE, k);
		end_n4(u, x, k);
	} else {
		end_n4(u, x, k);
		add(u, S_LATE, k);
		if (n2) {
			add(u, S_RELEASE, k);
			add(u, S_RELEASED, k);
		}
	}
	add(u, S_REST, k);
	x->over = true;
}

static void leave(struct sub *u)
{
	bool soon = world_chance(&u->rng, 50);

	add(u, S_LEAVE, 0);
	if (soon)
		add(u, S_LEFT, 0);
	for (unsigned i = 0; i < WORLD_SLOTS; i++) {
		struct ses *x = &u->ses[i];

		if (!x->s)
			continue;
		if (!x->over)
			end_n4(u, x, i);
		x->over = true;
	}
	if (!soon)
		add(u, S_LEFT, 0);
	add(u, S_GONE, 0);
	add(u, S_ASLEEP, 0);
	for (unsigned i = 0; i < WORLD_SLOTS; i++)
		if (u->ses[i].s)
			add(u, S_REST, i);
}

/* -- the next episode -- */

static void go_on(struct world *w, struct sub *u)
{
	unsigned k = (unsigned)(world_rnd(&u->rng) % WORLD_SLOTS);
	struct ses *x;

	while (!is_open(&u->ses[k]))
		k = (k + 1) % WORLD_SLOTS;
	x = &u->ses[k];
	if (x->parts) {
		if (x->up)
			talk(w, u, x, k);
		else
			x->parts--;
		if (u->n2 && x->up && world_chance(&u->rng, w->c.handover))
			move(w, u);
		if (x->n4 && world_chance(&u->rng, w->c.qos)) {
			add(u, S_QOS, k);
			add(u, S_QOS_DONE, k);
		}
		if (u->n2 && x->up && world_chance(&u->rng, w->c.inactive))
			doze(u, x, k);
		if (u->n2 && world_chance(&u->rng, w->c.idle))
			sleep(u);
		return;
	}
	if (world_chance(&u->rng, w->c.release))
		end_session(u, x, k);
	else
		x->stays = true;
}

bool script_next(struct world *w, struct sub *u)
{
	unsigned tries = 0, left;

	u->n = u->pos = 0;
	while (u->n == 0 && tries++ < 64) {
		left = w->c.sessions - u->asked;
		if (u->n2 && !u->registered) {
			if (left == 0)
				return false;
			u->by_guti = u->has_guti && world_chance(&u->rng, 50);
			add(u, u->by_guti ? S_RETURN : S_REGISTER, 0);
			add(u, S_SECURITY, 0);
			add(u, S_ACCEPT, 0);
		} else if (u->n2 && !u->connected && (left || count(u, is_open))) {
			if (count(u, is_open) && world_chance(&u->rng, 15)) {	/* the network ends one meanwhile */
				for (unsigned k = 0; k < WORLD_SLOTS; k++)
					if (is_open(&u->ses[k]) && u->ses[k].n4) {
						end_session(u, &u->ses[k], k);
						break;
					}
			} else {
				come_back(w, u);
			}
		} else if (u->n2 && u->connected && u->asked && !u->left && world_chance(&u->rng, w->c.deregister / 4)) {
			u->left = left == 0 || world_chance(&u->rng, 25);	/* in the middle of whatever it does */
			leave(u);
		} else if (left && count(u, is_taken) < WORLD_SLOTS &&
			   (count(u, is_live) == 0 || count(u, is_open) == 0 || world_chance(&u->rng, w->c.several))) {
			ask(w, u);
		} else if (count(u, is_open)) {
			go_on(w, u);
		} else if (u->n2 && u->connected && !u->left && world_chance(&u->rng, w->c.deregister)) {
			u->left = left == 0;
			leave(u);
		} else {
			return false;
		}
	}
	return u->n > 0;
}
