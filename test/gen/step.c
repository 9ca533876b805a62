/* step.c: see world_priv.h. What a frame says, and what is true by it for who sees N2, N3, N4 and N9 and knows no key. */
#include "test/gen/world_priv.h"

/* -- carriers -- */

static void wrap_ip(struct world *w, struct wr *x, const struct li_addr *src, const struct li_addr *dst, uint8_t proto)
{
	frame_ip(x, src, dst, proto, ++w->ip_id);
}

static void pfcp(struct world *w, struct wr *x, const struct li_addr *upf, bool to_upf)
{
	const struct li_addr *src = to_upf ? &w->smf : upf, *dst = to_upf ? upf : &w->smf;

	frame_udp(x, src, dst, 8805, 8805);
	wrap_ip(w, x, src, dst, 17);
}

static void ngap(struct world *w, struct wr *x, unsigned gnb, bool to_amf, const uint8_t *msg, size_t n)
{
	const struct li_addr *src = to_amf ? &w->gnb[gnb] : &w->amf, *dst = to_amf ? &w->amf : &w->gnb[gnb];

	wr_put(x, msg, n);
	frame_sctp(x, to_amf ? 9487 : 38412, to_amf ? 38412 : 9487, (to_amf ? 0x11111111 : 0x22222222) + gnb, w->tsn[gnb][to_amf]++, 1,
		   w->ssn[gnb][to_amf]++);
	wrap_ip(w, x, src, dst, 132);
}

/* From the UE's own RAN node. */
static void up(struct world *w, struct wr *x, struct sub *u, const uint8_t *msg, size_t n)
{
	ngap(w, x, u->gnb, true, msg, n);
}

static void down(struct world *w, struct wr *x, struct sub *u, const uint8_t *msg, size_t n)
{
	ngap(w, x, u->gnb, false, msg, n);
}

static void uplink_nas(struct world *w, struct wr *x, struct sub *u, struct view plain, struct world_frame *f)
{
	ngap_out m;
	nas_out n;
	size_t k = nas_out_protect(n, &u->nas, plain, &u->rng);

	life_place(u, f);
	up(w, x, u, m, ngap_out_uplink_nas(m, &u->ids, view_of(n, k), &u->place));
}

static void downlink_nas(struct world *w, struct wr *x, struct sub *u, struct view plain)
{
	ngap_out m;
	nas_out n;
	size_t k = nas_out_protect(n, &u->nas, plain, &u->rng);

	down(w, x, u, m, ngap_out_downlink_nas(m, &u->ids, view_of(n, k)));
}

/* -- content -- */

/* An inner packet from or to the UE, of a length inside the limits. */
static struct view inner_packet(struct world *w, struct sub *u, const struct world_session *s, bool to_net)
{
	static const uint8_t net4[4] = { 192, 0, 2, 1 }, net6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	struct li_addr far4 = li_addr4(net4), far6 = li_addr6(net6);
	bool v6 = s->ue4.family == 0 || (s->ue6.family && world_rnd(&u->rng) % 2);
	const struct li_addr *ue = v6 ? &s->ue6 : &s->ue4, *net = v6 ? &far6 : &far4;
	size_t head = v6 ? 48 : 28;
	size_t n = w->c.least + world_rnd(&u->rng) % (w->c.most - w->c.least + 1);
	struct wr x = wr_of(w->inner, sizeof(w->inner));

	n = n > head ? n - head : 0;
	for (size_t i = 0; i < n; i++)
		wr_u8(&x, (uint8_t)world_rnd(&u->rng));
	frame_udp(&x, to_net ? ue : net, to_net ? net : ue, 4000, 5000);
	frame_ip(&x, to_net ? ue : net, to_net ? net : ue, 17, (uint16_t)world_rnd(&u->rng));
	return wr_view(&x);
}

static void gpdu(struct world *w, struct wr *x, struct sub *u, const struct world_session *s, const struct li_addr *src,
		 const struct out_tunnel *t, bool to_net, struct world_frame *f)
{
	f->inner = inner_packet(w, u, s, to_net);
	wr_put(x, f->inner.p, f->inner.n);
	frame_gtpu(x, t->teid, world_chance(&u->rng, 20), world_chance(&u->rng, 10), world_chance(&u->rng, 60) ? 9 : 64, to_net,
		   world_chance(&u->rng, 20) ? (unsigned)(world_rnd(&u->rng) % 3) : 0);
	frame_udp(x, src, &t->addr, 2152, 2152);
	wrap_ip(w, x, src, &t->addr, 17);
	f->way = to_net ? WORLD_UP : WORLD_DOWN;
	f->whose = s;
}

static void talk(struct world *w, struct wr *x, struct sub *u, struct ses *s, bool to_net, struct world_frame *f)
{
	gpdu(w, x, u, s->s, to_net ? &s->p.dl.addr : &s->p.ul.addr, to_net ? &s->p.ul : &s->p.dl, to_net, f);
	*(to_net ? &s->up_octets : &s->down_octets) += f->inner.n;
	life_event(f, s->s, TRUTH_CONTENT);
}

/* G-PDU that belongs to no one, or to no tunnel any more. */
static void stray(struct world *w, struct wr *x, const struct out_tunnel *t)
{
	static const uint8_t o[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 198, 51, 100, 1, 198, 51, 100, 2, 0, 1, 0, 2, 0, 8 };

	wr_put(x, o, sizeof(o));
	frame_gtpu(x, t->teid, false, false, 64, true, 0);
	frame_udp(x, &w->gnb[1], &t->addr, 2152, 2152);
	wrap_ip(w, x, &w->gnb[1], &t->addr, 17);
}

void step_noise(struct world *w, struct wr *out)
{
	struct out_tunnel nobody = { w->upf_n3, 1 + (uint32_t)(world_rnd(&w->rng) % 0xffff) };

	stray(w, out, &nobody);
}

/* -- what becomes of a session -- */

static void become_ready(struct world_session *s, struct world_frame *f)
{
	if (s->ready || s->failed || !s->accepted)
		return;
	s->ready = f->time;
	life_event(f, s, TRUTH_READY);
}

static void become_ended(struct world_session *s, struct world_frame *f)
{
	if (s->ended || !s->accepted)
		return;
	become_ready(s, f);
	s->ended = f->time;
	life_event(f, s, TRUTH_ENDED);
}

static void fail(struct sub *u, struct ses *x, struct world_frame *f)
{
	if (life_now(u)->named && !x->s->known)
		x->s->known = f->time;
	x->s->failed = f->time;
	life_event(f, x->s, TRUTH_FAILED);
}

/* N4 shows the session, or one more part of it: identities and addresses that it did not show yet. */
static void shown(struct sub *u, struct ses *x, const struct pfcp_session *p, struct world_frame *f)
{
	struct world_session *s = x->s;
	bool news = false;

	if (p->user_id && !s->known_other) {
		s->known_other = f->time;
		if (!s->known)
			s->known = f->time;
		news = true;
	}
	if (p->ue4.family && !s->known4) {
		s->known4 = f->time;
		news = true;
	}
	if (p->ue6.family && !s->known6) {
		s->known6 = f->time;
		news = true;
	}
	if (news)
		life_event(f, s, TRUTH_NAMED | (s->ready ? TRUTH_CHANGED : 0));
	if (p->user_id && x->bound && u->n2 && s->accepted && x->n4_late)
		life_name(u, f);
}

static void accepted(struct sub *u, struct ses *x, const struct pfcp_session *p, struct world_frame *f)
{
	if (!x->s->accepted) {
		x->s->accepted = f->time;
		life_event(f, x->s, TRUTH_ACCEPTED);
	}
	x->n4_left++;
	shown(u, x, p, f);
}

/* -- messages with all sessions of the UE that are awake, or kept -- */

static unsigned moving(const struct sub *u, struct ngap_moving out[WORLD_SLOTS], bool kept, bool next, bool forward)
{
	unsigned n = 0;

	for (unsigned i = 0; i < WORLD_SLOTS; i++) {
		const struct ses *x = &u->ses[i];

		if (!x->s || x->over || !x->bound || !(kept || x->up))
			continue;
		out[n] = (struct ngap_moving){ .psi = x->psi, .sst = x->p.sst, .sd = x->p.sd, .ul = x->p.ul,
					       .dl = next ? x->next_dl : x->p.dl,
					       .type = x->s->ue4.family && x->s->ue6.family ? 2 : x->s->ue6.family ? 1 : 0 };
		if (forward)
			out[n].forward = x->fwd_upf.addr.family ? x->fwd_upf : x->fwd_ran;
		n++;
	}
	return n;
}

/* New tunnels at a RAN node for them. */
static void promise(struct world *w, struct sub *u, unsigned gnb, bool kept)
{
	for (unsigned i = 0; i < WORLD_SLOTS; i++) {
		struct ses *x = &u->ses[i];

		if (!x->s || x->over || !x->bound || !(kept || x->up))
			continue;
		x->next_dl = world_tunnel(w, u, &w->gnb[gnb], false);
		x->fwd_upf = x->fwd_ran = (struct out_tunnel){ .teid = 0 };
	}
}

static void fulfil(struct world *w, struct sub *u, bool kept, bool tell, struct world_frame *f)
{
	for (unsigned i = 0; i < WORLD_SLOTS; i++) {
		struct ses *x = &u->ses[i];

		if (!x->s || x->over || !x->bound || !(kept || x->up) || !x->next_dl.addr.family)
			continue;
		world_free_tunnel(w, &x->p.dl);
		x->p.dl = x->next_dl;
		x->next_dl = (struct out_tunnel){ .teid = 0 };
		if (tell && x->s->ready)
			life_event(f, x->s, TRUTH_CHANGED);
	}
}

static void new_ids(struct world *w, struct sub *u)
{
	u->ids = (struct ngap_ids){ ++w->amf_id, ++w->ran_id };
}

static uint32_t next_seq(struct world *w)
{
	return ++w->seq & 0xffffff;
}

/* The old one may be anybody's, once nobody who has kept up takes it for this UE's. */
static void new_tmsi(struct world *w, struct sub *u)
{
	uint32_t old = u->nas.tmsi;

	if (w->freed_tmsi && w->freed_tmsi != old && world_chance(&u->rng, w->c.reuse)) {
		u->nas.tmsi = w->freed_tmsi;
		w->freed_tmsi = 0;
	} else {
		u->nas.tmsi = ++w->tmsi;
	}
	life_accepted(u);
	if (u->has_guti && !u->fresh && !u->tmsi_fresh && !(u->person.guti && u->person.tmsi == old))
		w->freed_tmsi = old;
	u->tmsi_fresh = u->fresh;
	u->has_guti = true;
}

/* -- the UE -- */

static void ue_step(struct world *w, struct sub *u, enum step s, struct wr *x, struct world_frame *f)
{
	struct ngap_moving all[WORLD_SLOTS];
	ngap_out m;
	nas_out n;
	size_t k;

	switch (s) {
	case S_REGISTER:
		u->registered = u->connected = true;
		u->gnb = (unsigned)(world_rnd(&u->rng) % GNBS);
		new_ids(w, u);
		k = nas_out_registration(n, &u->nas, u->concealed, &u->rng);
		life_register(u, f);
		up(w, x, u, m, ngap_out_initial_ue(m, u->ids.ran, view_of(n, k), &u->place));
		break;
	case S_SECURITY:
		u->nas.nea = world_chance(&u->rng, w->c.nea2) ? 2 : 0;
		life_secured(w, u);
		k = nas_out_security_mode(n, &u->nas);
		down(w, x, u, m, ngap_out_downlink_nas(m, &u->ids, view_of(n, k)));
		break;
	case S_ACCEPT:
		new_tmsi(w, u);
		k = nas_out_accept(n, &u->nas);
		downlink_nas(w, x, u, view_of(n, k));
		break;
	case S_MOVE:
		u->place.cell ^= 1 + world_rnd(&u->rng) % 7;
		k = nas_out_service_request(n, &u->nas);
		uplink_nas(w, x, u, view_of(n, k), f);
		break;
	case S_RETURN:
		u->registered = u->connected = true;
		u->gnb = (unsigned)(world_rnd(&u->rng) % GNBS);
		if (world_chance(&u->rng, 50))
			u->place.cell = 0x300 + world_rnd(&u->rng) % 64;
		new_ids(w, u);
		k = u->by_guti ? nas_out_registration_guti(n, &u->nas) : nas_out_service_request(n, &u->nas);
		life_return(w, u, f);
		/* the RAN gives the 5G-S-TMSI when it has it from the UE; it stands in the NAS message in any case */
		if (world_chance(&u->rng, 70))
			k = ngap_out_returning_ue(m, u->ids.ran, view_of(n, k), &u->place, u->nas.set_pointer, u->nas.tmsi);
		else
			k = ngap_out_initial_ue(m, u->ids.ran, view_of(n, k), &u->place);
		up(w, x, u, m, k);
		break;
	case S_WAKE:
		k = moving(u, all, true, false, false);
		down(w, x, u, m, ngap_out_context_setup(m, &u->ids, all, (unsigned)k));
		if (k)
			life_rejoin(u, f);
		break;
	case S_AWAKE:
		promise(w, u, u->gnb, true);
		k = moving(u, all, true, true, false);
		up(w, x, u, m, ngap_out_context_set_up(m, &u->ids, all, (unsigned)k));
		(u->fresh ? &u->other : &u->person)->registered = true;
		fulfil(w, u, true, true, f);
		break;
	case S_SLEEP_ASK:
		up(w, x, u, m, ngap_out_context_release_request(m, &u->ids));
		break;
	case S_SLEEP: case S_GONE:
		down(w, x, u, m, ngap_out_context_release(m, &u->ids, s == S_GONE));
		break;
	case S_ASLEEP:
		up(w, x, u, m, ngap_out_context_released(m, &u->ids));
		u->connected = false;
		break;
	case S_LEAVE:
		k = nas_out_deregistration(n, &u->nas);
		uplink_nas(w, x, u, view_of(n, k), f);
		break;
	case S_LEFT:
		u->registered = false;
		k = nas_out_deregistered(n);
		downlink_nas(w, x, u, view_of(n, k));
		if (!life_now(u)->readable)
			break;
		life_left(u);
		for (unsigned i = 0; i < WORLD_SLOTS; i++)
			if (u->ses[i].s && u->ses[i].bound)
				become_ended(u->ses[i].s, f);
		/* of an earlier registration, whose end was ciphered: who is not registered has no session */
		while (!u->fresh && u->ghosts)
			become_ended(u->ghost[--u->ghosts], f);
		break;
	case S_SWITCH:
		u->place.cell = 0x200 + world_rnd(&u->rng) % 64;
		promise(w, u, u->next_gnb, false);
		k = moving(u, all, false, true, false);
		u->gnb = u->next_gnb;
		u->ids.ran = ++w->ran_id;
		life_place(u, f);
		up(w, x, u, m, ngap_out_path_switch(m, u->ids.ran, u->ids.amf, &u->place, all, (unsigned)k));
		break;
	case S_SWITCHED:	/* N4 was faster, where it is seen */
		k = moving(u, all, false, false, false);
		down(w, x, u, m, ngap_out_path_switched(m, &u->ids, all, (unsigned)k));
		fulfil(w, u, false, true, f);
		break;
	default:
		break;
	}
}

static void handover_step(struct world *w, struct sub *u, enum step s, struct wr *x, struct world_frame *f)
{
	struct ngap_moving all[WORLD_SLOTS];
	struct ngap_ids at_target = u->old_ids;
	ngap_out m;
	unsigned n;

	switch (s) {
	case S_HO_REQUIRED:
		n = moving(u, all, false, false, false);
		up(w, x, u, m, ngap_out_handover_required(m, &u->ids, all, n, u->direct));
		break;
	case S_HO_REQUEST:
		u->old_ids = (struct ngap_ids){ ++w->amf_id, ++w->ran_id };
		promise(w, u, u->next_gnb, false);
		n = moving(u, all, false, true, false);
		ngap(w, x, u->next_gnb, false, m, ngap_out_handover_request(m, u->old_ids.amf, all, n));
		break;
	case S_HO_ACK:
		for (unsigned i = 0; i < WORLD_SLOTS && u->forwards; i++)
			if (u->ses[i].next_dl.addr.family)
				u->ses[i].fwd_ran = world_tunnel(w, u, &w->gnb[u->next_gnb], true);
		n = moving(u, all, false, true, true);
		ngap(w, x, u->next_gnb, true, m, ngap_out_handover_ack(m, &at_target, all, n));
		break;
	case S_HO_COMMAND:
		n = moving(u, all, false, true, true);
		down(w, x, u, m, ngap_out_handover_command(m, &u->ids, all, n));
		break;
	case S_HO_NOTIFY:
		u->old_ids = u->ids;
		u->ids = at_target;
		n = u->gnb;
		u->gnb = u->next_gnb;
		u->next_gnb = n;
		u->place.cell = 0x200 + world_rnd(&u->rng) % 64;
		life_place(u, f);
		up(w, x, u, m, ngap_out_handover_notify(m, &u->ids, &u->place));
		fulfil(w, u, false, true, f);
		break;
	case S_HO_SOURCE: case S_HO_TARGET:
		ngap(w, x, u->next_gnb, false, m, ngap_out_context_release(m, &u->old_ids, false));
		break;
	case S_HO_SOURCE_DONE: case S_HO_TARGET_DONE:
		ngap(w, x, u->next_gnb, true, m, ngap_out_context_released(m, &u->old_ids));
		for (unsigned i = 0; i < WORLD_SLOTS && s == S_HO_TARGET_DONE; i++)
			u->ses[i].next_dl = (struct out_tunnel){ .teid = 0 };
		break;
	case S_HO_CANCEL:
		up(w, x, u, m, ngap_out_handover_cancel(m, &u->ids));
		break;
	case S_HO_CANCELLED:
		down(w, x, u, m, ngap_out_handover_cancelled(m, &u->ids));
		break;
	default:
		break;
	}
}

/* -- a session, on N2 -- */

static void setup(struct world *w, struct sub *u, struct ses *x, bool answered, struct wr *out, struct world_frame *f)
{
	struct ngap_pdu_session ps = { .psi = x->psi, .sst = x->p.sst, .sd = x->p.sd, .t = x->p.ul,
				       .type = x->s->ue4.family && x->s->ue6.family ? 2 : x->s->ue6.family ? 1 : 0 };
	ngap_out m;
	nas_out n, o;
	size_t k;

	if (answered) {		/* with what the UE asked for */
		k = nas_out_session_accept(n, x->psi, 1, &x->s->ue4, "internet");
		k = nas_out_protect(o, &u->nas, view_of(n, k), &u->rng);
		ps.nas = view_of(o, k);
	}
	down(w, out, u, m, ngap_out_setup_request(m, &u->ids, &ps));
	if (!answered)
		return;
	x->bound = true;
	if (!x->s->accepted) {
		x->s->accepted = f->time;
		life_event(f, x->s, TRUTH_ACCEPTED);
	}
	if (x->s->known_other)		/* PFCP has said who this UE is */
		life_name(u, f);
	if (life_now(u)->named && !x->s->known) {
		x->s->known = f->time;
		life_event(f, x->s, TRUTH_NAMED);
	}
	if (life_now(u)->readable && x->s->ue4.family && !x->s->known4) {
		x->s->known4 = f->time;
		life_event(f, x->s, TRUTH_NAMED);
	}
}

static void n2_step(struct world *w, struct sub *u, enum step s, struct ses *x, struct wr *out, struct world_frame *f)
{
	struct out_tunnel gone;
	ngap_out m;
	nas_out n, o;
	size_t k;

	switch (s) {
	case S_ASK:
		k = nas_out_session_request(n, x->psi, 1, "internet", 1);
		uplink_nas(w, out, u, view_of(n, k), f);
		break;
	case S_SETUP: case S_ROUSE:
		setup(w, u, x, s == S_SETUP, out, f);
		break;
	case S_SET_UP:
		up(w, out, u, m, ngap_out_setup_response(m, &u->ids, x->psi, &x->p.dl));
		become_ready(x->s, f);
		break;
	case S_ROUSED:
		gone = x->p.dl;
		x->p.dl = world_tunnel(w, u, &w->gnb[u->gnb], false);
		world_free_tunnel(w, &gone);
		up(w, out, u, m, ngap_out_setup_response(m, &u->ids, x->psi, &x->p.dl));
		life_event(f, x->s, TRUTH_CHANGED);
		break;
	case S_SETUP_FAILED:
		up(w, out, u, m, ngap_out_setup_failed(m, &u->ids, x->psi));
		fail(u, x, f);
		break;
	case S_REFUSED:
		k = nas_out_session_reject(n, x->psi, 26);
		downlink_nas(w, out, u, view_of(n, k));
		if (life_now(u)->readable && life_now(u)->named)
			fail(u, x, f);
		break;
	case S_RELEASE: case S_DOZE:
		k = nas_out_session_release(n, x->psi);
		k = nas_out_protect(o, &u->nas, view_of(n, k), &u->rng);
		down(w, out, u, m, ngap_out_release_command(m, &u->ids, x->psi, view_of(o, s == S_DOZE ? 0 : k), s == S_DOZE));
		break;
	case S_RELEASED: case S_DOZED:
		up(w, out, u, m, ngap_out_release_response(m, &u->ids, x->psi));
		if (s == S_RELEASED)
			become_ended(x->s, f);
		break;
	case S_COMPLETE:
		k = nas_out_session_released(n, x->psi);
		uplink_nas(w, out, u, view_of(n, k), f);
		if (life_now(u)->readable)
			become_ended(x->s, f);
		break;
	default:
		break;
	}
}

/* -- a session, on N4 -- */

static void request(struct world *w, struct sub *u, enum step s, struct ses *x, struct wr *out)
{
	bool anchor = s == S_ANCHOR || s == S_ANCHOR_MODIFY || s == S_ANCHOR_DELETE;
	struct pfcp_session *p = anchor ? &x->anchor : &x->p;

	if (s != S_TWICE)
		x->seq = next_seq(w);
	if (x->next_dl.addr.family && s == S_MODIFY)	/* Xn handover: it moves with this */
		p->dl = x->next_dl;
	switch (s) {
	case S_ESTABLISH: case S_ANCHOR:
		pfcp_out_establish(out, p, x->seq, false);
		break;
	case S_DELETE: case S_ANCHOR_DELETE:
		pfcp_out_delete(out, p, x->seq);
		break;
	case S_BUFFER:
		pfcp_out_buffer(out, p, x->seq);
		break;
	case S_FORWARD:
		x->fwd_upf = world_tunnel(w, u, &p->ul.addr, true);
		pfcp_out_forward(out, p, x->seq, &x->fwd_upf, &x->fwd_ran);
		break;
	case S_UNFORWARD:
		x->fwd_upf = (struct out_tunnel){ .teid = 0 };
		pfcp_out_unforward(out, p, x->seq);
		break;
	case S_QOS:
		p->mbr += 1000;
		pfcp_out_modify(out, p, x->seq, true);
		break;
	default:
		pfcp_out_modify(out, p, x->seq, false);
		break;
	}
	pfcp(w, out, &p->up, true);
}

/* Another UPF is asked for the same. */
static void overtake(struct world *w, struct sub *u, struct ses *x)
{
	x->p.up = w->anchor_n4;
	x->p.cp_seid++;
	x->p.ul = world_tunnel(w, u, &w->anchor_n9, true);
}

static void answer(struct world *w, struct sub *u, enum step s, struct ses *x, struct wr *out, struct world_frame *f)
{
	bool anchor = s == S_ANCHORED || s == S_ANCHOR_MODIFIED || s == S_ANCHOR_DELETED, refused;
	struct pfcp_session *p = anchor ? &x->anchor : &x->p;
	struct li_addr upf = p->up;

	switch (s) {
	case S_ESTABLISHED: case S_ANCHORED:
		pfcp_out_established(out, p, x->seq, 1);
		accepted(u, x, p, f);
		break;
	case S_REJECTED:
		pfcp_out_established(out, p, x->seq, 73);
		refused = u->pos < u->n && u->script[u->pos].step == S_REFUSED && life_now(u)->named && life_now(u)->readable;
		if (!p->user_id)
			break;		/* nobody can say whose attempt it was */
		shown(u, x, p, f);
		if (!refused) {		/* else the UE is told, and then it has failed */
			x->s->failed = f->time;
			life_event(f, x->s, TRUTH_REJECTED);
		}
		break;
	case S_OVERTAKEN:
		pfcp_out_established(out, p, x->seq, 73);
		overtake(w, u, x);
		break;
	case S_DELETED: case S_ANCHOR_DELETED:
		pfcp_out_deleted(out, p, x->seq, x->up_octets, x->down_octets);
		if (--x->n4_left == 0)
			become_ended(x->s, f);
		break;
	case S_MODIFIED:
		pfcp_out_modified(out, p, x->seq);
		become_ready(x->s, f);
		if (x->next_dl.addr.family) {	/* the new tunnel is in force; N2's acknowledgement says nothing new */
			x->next_dl = (struct out_tunnel){ .teid = 0 };
			life_event(f, x->s, TRUTH_CHANGED);
		}
		break;
	default:		/* bit rates, buffers and forwarding are no member of a record: nothing to tell */
		pfcp_out_modified(out, p, x->seq);
		break;
	}
	pfcp(w, out, &upf, false);
}

/* To a tunnel that is gone, or never was; one whose end no tap could see stays what it was. */
static void late(struct world *w, const struct ses *x, struct wr *out, struct world_frame *f)
{
	if (x->s->ended || x->s->failed) {
		stray(w, out, &x->p.ul);
		f->whose = x->s;
	} else {
		step_noise(w, out);
	}
}

/* -- all -- */

void step_run(struct world *w, struct sub *u, enum step s, struct ses *x, struct wr *out, struct world_frame *f)
{
	struct out_tunnel gone;
	bool to_net;

	if (u->n2)
		f->ue = &u->ue;
	switch (s) {
	case S_REGISTER: case S_SECURITY: case S_ACCEPT: case S_MOVE: case S_RETURN: case S_WAKE: case S_AWAKE:
	case S_SLEEP_ASK: case S_SLEEP: case S_ASLEEP: case S_LEAVE: case S_LEFT: case S_GONE: case S_SWITCH: case S_SWITCHED:
		ue_step(w, u, s, out, f);
		break;
	case S_HO_REQUIRED: case S_HO_REQUEST: case S_HO_ACK: case S_HO_COMMAND: case S_HO_NOTIFY: case S_HO_SOURCE:
	case S_HO_SOURCE_DONE: case S_HO_CANCEL: case S_HO_CANCELLED: case S_HO_TARGET: case S_HO_TARGET_DONE:
		handover_step(w, u, s, out, f);
		break;
	case S_ASK: case S_SETUP: case S_SET_UP: case S_SETUP_FAILED: case S_REFUSED: case S_RELEASE: case S_RELEASED:
	case S_COMPLETE: case S_DOZE: case S_DOZED: case S_ROUSE: case S_ROUSED:
		n2_step(w, u, s, x, out, f);
		break;
	case S_ESTABLISH: case S_ANCHOR: case S_ANCHOR_MODIFY: case S_MODIFY: case S_BUFFER: case S_FORWARD: case S_UNFORWARD:
	case S_QOS: case S_DELETE: case S_ANCHOR_DELETE: case S_TWICE:
		request(w, u, s, x, out);
		break;
	case S_ESTABLISHED: case S_REJECTED: case S_OVERTAKEN: case S_ANCHORED: case S_ANCHOR_MODIFIED: case S_MODIFIED:
	case S_BUFFERED: case S_FORWARDED: case S_UNFORWARDED: case S_QOS_DONE: case S_DELETED: case S_ANCHOR_DELETED:
		answer(w, u, s, x, out, f);
		break;
	case S_EARLY:
		talk(w, out, u, x, true, f);
		break;
	case S_TALK:
		talk(w, out, u, x, world_rnd(&u->rng) % 2, f);
		break;
	case S_TALK_N9:
		to_net = world_rnd(&u->rng) % 2;
		gpdu(w, out, u, x->s, to_net ? &x->p.core_dl.addr : &x->p.core.addr, to_net ? &x->p.core : &x->p.core_dl, to_net, f);
		life_event(f, x->s, TRUTH_N9);
		break;
	case S_FORWARD_TALK:	/* a second copy of what went to the source: nobody's */
		gone = x->fwd_upf.addr.family && world_chance(&u->rng, 50) ? x->fwd_upf : x->fwd_ran;
		gpdu(w, out, u, x->s, &w->gnb[u->gnb], &gone, false, f);
		break;
	case S_LATE:
		late(w, x, out, f);
		break;
	case S_REST:
		late(w, x, out, f);
		if (x->s->ended) {
			world_free_tunnel(w, &x->p.ul);
			world_free_tunnel(w, &x->p.dl);
		} else if (x->s->accepted && !x->s->failed && !u->fresh && u->ghosts < sizeof(u->ghost) / sizeof(u->ghost[0])) {
			u->ghost[u->ghosts++] = x->s;
		}
		x->s = NULL;
		break;
	case S_PAUSE:
		step_noise(w, out);
		u->at += WORLD_FAIL_WAIT + WORLD_FAIL_WAIT / 4;
		break;
	}
	u->ue.named = u->person.named;
	u->ue.registered = u->person.registered;
	u->ue.guti = u->person.guti;
}
