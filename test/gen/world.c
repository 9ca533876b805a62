/*
 * world.c: each subscriber is a script: a list of steps, each one frame. A heap of next instants puts the subscribers' frames in
 * order. A step knows the truth it makes.
 */
#include "test/gen/world.h"

#include <stdio.h>
#include <stdlib.h>

enum step {
	S_REGISTER, S_SECURITY, S_ACCEPT, S_MOVE, S_ASK,	/* N2 */
	S_ESTABLISH, S_ESTABLISHED, S_SETUP, S_SET_UP, S_EARLY,	/* N4 and N2 */
	S_MODIFY, S_MODIFIED, S_TALK, S_TWICE,
	S_SWITCH, S_SWITCHED, S_HO_MODIFY, S_HO_MODIFIED,
	S_QOS, S_QOS_DONE,
	S_DELETE, S_DELETED, S_RELEASE, S_RELEASED, S_NAS_RELEASE, S_NAS_RELEASED, S_LATE,
	S_REST, S_DONE
};

#define SCRIPT_MAX 2048

struct sub {
	unsigned id;
	char imsi[16], msisdn[16], imei[15];
	uint64_t rng;
	li_us at;
	uint8_t *script;		/* enum step, one a frame */
	size_t n, pos;
	unsigned left;			/* sessions still to come */
	struct world_session *s;
	struct pfcp_session p;
	uint32_t pfcp_seq;
	struct nas_ue nas;
	struct ngap_ids ids;
	struct ngap_place place, told;
	bool n2, user_id, concealed, has_told, registered;
	uint8_t psi;
};

struct world {
	struct world_conf c;
	struct sub *sub;
	unsigned *heap;
	size_t heaped;
	struct world_session *session;
	size_t sessions, room;
	uint64_t rng;
	uint32_t teid, seq;
	uint32_t tsn[2];
	uint16_t ssn[2], ip_id;
	struct li_addr smf, upf_n4, upf_n3, gnb[4], amf, far_upf;
	uint8_t out[FRAME_MAX], inner[FRAME_MAX], last[FRAME_MAX];
	size_t last_n;
	struct { uint8_t o[64][FRAME_MAX]; size_t n[64]; unsigned count, next; } parts;
	struct world_frame pending;
};

static uint64_t rnd(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(2685821657736338717);
}

static bool chance(uint64_t *s, unsigned percent)
{
	return rnd(s) % 100 < percent;
}

struct world_conf world_default(uint64_t seed)
{
	return (struct world_conf){ .seed = seed, .subscribers = 8, .sessions = 2, .packets = 12, .least = 40, .most = 1400,
		.start = INT64_C(1767225600) * LI_US_SECOND, .step = 20000, .n2 = 80, .user_id = 60, .nea2 = 40, .concealed = 15,
		.choose = 50, .handover = 30, .qos = 20, .release = 70, .n9 = 10, .cp = 20, .reject = 10, .twice = 10, .noise = 10,
		.dual = 20, .only6 = 10 };
}

static struct li_addr core_addr(const struct world *w, unsigned net, unsigned host)
{
	uint8_t six[16] = { 0xfd, 0, 0, 0, 0, 0, 0, (uint8_t)net, 0, 0, 0, 0, 0, 0, (uint8_t)(host >> 8), (uint8_t)host };
	uint8_t four[4] = { 10, 0, (uint8_t)net, (uint8_t)host };

	return w->c.v6 ? li_addr6(six) : li_addr4(four);
}

/* -- the heap -- */

static bool before(const struct world *w, unsigned a, unsigned b)
{
	const struct sub *x = &w->sub[a], *y = &w->sub[b];

	return x->at != y->at ? x->at < y->at : x->id < y->id;
}

static void sift(struct world *w, size_t i)
{
	for (;;) {
		size_t m = i, l = 2 * i + 1;
		unsigned t;

		for (size_t k = l; k < l + 2 && k < w->heaped; k++)
			if (before(w, w->heap[k], w->heap[m]))
				m = k;
		if (m == i)
			return;
		t = w->heap[i];
		w->heap[i] = w->heap[m];
		w->heap[m] = t;
		i = m;
	}
}

/* -- scripts -- */

static void add(struct sub *u, enum step s)
{
	if (u->n < SCRIPT_MAX)
		u->script[u->n++] = (uint8_t)s;
}

static void talk(struct world *w, struct sub *u, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		add(u, S_TALK);
	if (chance(&u->rng, w->c.twice))
		add(u, S_TWICE);
}

/* A session's whole life. */
static void write_script(struct world *w, struct sub *u)
{
	unsigned packets = w->c.packets ? (unsigned)(rnd(&u->rng) % (2 * w->c.packets) + 1) : 0, third = packets / 3;
	bool reject = chance(&u->rng, w->c.reject);

	u->n = u->pos = 0;
	if (u->n2 && !u->registered) {
		add(u, S_REGISTER);
		add(u, S_SECURITY);
		add(u, S_ACCEPT);
	}
	if (u->n2) {
		if (chance(&u->rng, 30))
			add(u, S_MOVE);
		add(u, S_ASK);
	}
	add(u, S_ESTABLISH);
	add(u, S_ESTABLISHED);
	if (reject) {
		add(u, S_REST);
		return;
	}
	if (w->c.eager)
		add(u, S_EARLY);
	if (u->n2) {
		add(u, S_SETUP);
		if (chance(&u->rng, 50))
			add(u, S_EARLY);
		add(u, S_SET_UP);
	}
	add(u, S_MODIFY);
	add(u, S_MODIFIED);
	talk(w, u, packets - 2 * third);
	if (u->n2 && chance(&u->rng, w->c.handover)) {
		add(u, S_SWITCH);
		add(u, S_HO_MODIFY);
		add(u, S_HO_MODIFIED);
		add(u, S_SWITCHED);
	}
	talk(w, u, third);
	if (chance(&u->rng, w->c.qos)) {
		add(u, S_QOS);
		add(u, S_QOS_DONE);
	}
	talk(w, u, third);
	if (chance(&u->rng, w->c.release)) {
		if (u->n2 && chance(&u->rng, 40)) {
			add(u, S_RELEASE);
			add(u, S_RELEASED);
			add(u, S_LATE);
			add(u, S_DELETE);
			add(u, S_DELETED);
		} else {
			add(u, S_DELETE);
			add(u, S_DELETED);
			add(u, S_LATE);
			if (u->n2) {
				add(u, S_RELEASE);
				add(u, S_RELEASED);
			}
		}
		add(u, S_REST);
	} else {
		u->left = 0;	/* it stays up: the subscriber does nothing more */
	}
}

static void new_session(struct world *w, struct sub *u)
{
	struct world_session *s = &w->session[w->sessions];
	unsigned i = (unsigned)w->sessions++;
	uint8_t six[16] = { 0xfd, 0x64, 0, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, [15] = 1 };
	uint8_t four[4] = { 100, (uint8_t)(64 | (i >> 16 & 63)), (uint8_t)(i >> 8), (uint8_t)i };
	bool only6 = chance(&u->rng, w->c.only6), dual = chance(&u->rng, w->c.dual);

	*s = (struct world_session){ .subscriber = u->id, .number = i, .imsi = u->imsi, .msisdn = u->msisdn, .imei = u->imei,
				     .has_n2 = u->n2, .imsi_seen = u->user_id || (u->n2 && !u->concealed), .other_seen = u->user_id,
				     .ue_named = u->n2 && !u->concealed };
	if (!only6)
		s->ue4 = li_addr4(four);
	if (only6 || dual)
		s->ue6 = li_addr6(six);
	s->ul = (struct out_tunnel){ w->upf_n3, ++w->teid };
	s->dl = (struct out_tunnel){ w->gnb[rnd(&u->rng) % 4], ++w->teid };
	u->s = s;
	u->psi = (uint8_t)(u->psi % 15 + 1);
	u->p = (struct pfcp_session){ .cp = w->smf, .up = w->upf_n4, .cp_seid = 0x1000 + i, .up_seid = 0x800000 + i, .ul = s->ul,
		.dl = s->dl, .choose = chance(&u->rng, w->c.choose), .user_id = u->user_id, .imsi = u->imsi,
		.msisdn = u->msisdn, .imei = u->imei, .ue4 = s->ue4, .ue6 = s->ue6,
		.dnn = chance(&u->rng, 80) ? "internet.mnc001.mcc001.gprs" : NULL,
		.pdn_type = chance(&u->rng, 80) ? (uint8_t)(only6 ? 2 : dual ? 3 : 1) : 0, .sst = 1,
		.sd = chance(&u->rng, 50) ? 0x010203 : UINT32_MAX, .mbr = 100000 };
	if (chance(&u->rng, w->c.n9))
		u->p.core = (struct out_tunnel){ w->far_upf, ++w->teid };
	if (chance(&u->rng, w->c.cp))
		u->p.cp_tunnel = (struct out_tunnel){ w->smf, ++w->teid };
	write_script(w, u);
}

static void new_sub(struct world *w, unsigned i)
{
	struct sub *u = &w->sub[i];

	u->id = i;
	u->rng = w->c.seed * UINT64_C(0x9e3779b97f4a7c15) + i + 1;
	for (int k = 0; k < 8; k++)
		rnd(&u->rng);
	snprintf(u->imsi, sizeof(u->imsi), "00101%010u", i + 1);
	snprintf(u->msisdn, sizeof(u->msisdn), "31600%06u", i + 1);
	snprintf(u->imei, sizeof(u->imei), "35%012u", i + 1);
	u->n2 = chance(&u->rng, w->c.n2);
	u->user_id = chance(&u->rng, w->c.user_id) || !u->n2;
	u->concealed = chance(&u->rng, w->c.concealed);
	u->nas = (struct nas_ue){ .imsi = u->imsi, .plmn = { 0x00, 0xf1, 0x10 }, .region = 2, .set_pointer = 0x0040,
				  .tmsi = 0xc0000000u + i, .nea = chance(&u->rng, w->c.nea2) ? 2 : 0 };
	u->ids = (struct ngap_ids){ i + 1, i + 1 };
	u->place = (struct ngap_place){ .plmn = { 0x00, 0xf1, 0x10 }, .tac = { 0, 0, 1 }, .cell = 0x100 + rnd(&u->rng) % 16,
					.has_time = chance(&u->rng, 50), .time = 0xee000000 };
	u->left = w->c.sessions;
	u->script = malloc(SCRIPT_MAX);
	u->at = w->c.start + (li_us)(rnd(&u->rng) % (uint64_t)(w->c.step * 4 + 1));
	if (!u->script)
		abort();
	u->left--;
	new_session(w, u);
}

struct world *world_new(const struct world_conf *c)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->c = *c;
	w->rng = c->seed + 77;
	w->teid = 0x10000u + (uint32_t)(c->seed * 7919 % 0x7fff0000u);	/* some worlds pass 2^31 */
	w->tsn[0] = (uint32_t)c->seed * 31;
	w->tsn[1] = 0xfffffff0u - (uint32_t)c->seed % 64;		/* wraps soon */
	w->smf = core_addr(w, 0, 1);
	w->upf_n4 = core_addr(w, 0, 2);
	w->upf_n3 = core_addr(w, 1, 1);
	w->far_upf = core_addr(w, 1, 9);
	w->amf = core_addr(w, 3, 1);
	for (unsigned i = 0; i < 4; i++)
		w->gnb[i] = core_addr(w, 2, i + 1);
	w->room = (size_t)c->subscribers * c->sessions;
	w->session = calloc(w->room ? w->room : 1, sizeof(*w->session));
	w->sub = calloc(c->subscribers ? c->subscribers : 1, sizeof(*w->sub));
	w->heap = calloc(c->subscribers ? c->subscribers : 1, sizeof(*w->heap));
	if (!w->session || !w->sub || !w->heap) {
		world_free(w);
		return NULL;
	}
	for (unsigned i = 0; i < c->subscribers; i++) {
		new_sub(w, i);
		w->heap[w->heaped++] = i;
	}
	for (size_t i = w->heaped; i-- > 0;)
		sift(w, i);
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	for (unsigned i = 0; w->sub && i < w->c.subscribers; i++)
		free(w->sub[i].script);
	free(w->sub);
	free(w->heap);
	free(w->session);
	free(w);
}

/* -- frames -- */

static void wrap_ip(struct world *w, struct wr *x, const struct li_addr *src, const struct li_addr *dst, uint8_t proto)
{
	frame_ip(x, src, dst, proto, ++w->ip_id);
}

static void pfcp(struct world *w, struct wr *x, bool to_upf)
{
	const struct li_addr *src = to_upf ? &w->smf : &w->upf_n4, *dst = to_upf ? &w->upf_n4 : &w->smf;

	frame_udp(x, src, dst, 8805, 8805);
	wrap_ip(w, x, src, dst, 17);
}

static void ngap(struct world *w, struct wr *x, bool to_amf, const uint8_t *msg, size_t n)
{
	const struct li_addr *gnb = &w->gnb[0], *src = to_amf ? gnb : &w->amf, *dst = to_amf ? &w->amf : gnb;

	wr_put(x, msg, n);
	frame_sctp(x, to_amf ? 9487 : 38412, to_amf ? 38412 : 9487, to_amf ? 0x11111111 : 0x22222222, w->tsn[to_amf]++, 1,
		   w->ssn[to_amf]++);
	wrap_ip(w, x, src, dst, 132);
}

/* An inner packet from or to the UE, of a length inside the limits. */
static struct view inner_packet(struct world *w, struct sub *u, bool up)
{
	static const uint8_t net4[4] = { 192, 0, 2, 1 }, net6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	struct li_addr far4 = li_addr4(net4), far6 = li_addr6(net6);
	bool v6 = u->s->ue4.family == 0 || (u->s->ue6.family && rnd(&u->rng) % 2);
	const struct li_addr *ue = v6 ? &u->s->ue6 : &u->s->ue4, *net = v6 ? &far6 : &far4;
	size_t head = v6 ? 48 : 28;
	size_t n = w->c.least + rnd(&u->rng) % (w->c.most - w->c.least + 1);
	struct wr x = wr_of(w->inner, sizeof(w->inner));

	n = n > head ? n - head : 0;
	for (size_t i = 0; i < n; i++)
		wr_u8(&x, (uint8_t)rnd(&u->rng));
	frame_udp(&x, up ? ue : net, up ? net : ue, 4000, 5000);
	frame_ip(&x, up ? ue : net, up ? net : ue, 17, (uint16_t)rnd(&u->rng));
	return wr_view(&x);
}

static void gpdu(struct world *w, struct wr *x, struct sub *u, bool up, struct world_frame *f)
{
	const struct out_tunnel *t = up ? &u->s->ul : &u->s->dl;
	const struct li_addr *src = up ? &u->s->dl.addr : &w->upf_n3;

	f->inner = inner_packet(w, u, up);
	wr_put(x, f->inner.p, f->inner.n);
	frame_gtpu(x, t->teid, chance(&u->rng, 20), chance(&u->rng, 10), chance(&u->rng, 60) ? 9 : 64, up,
		   chance(&u->rng, 20) ? (unsigned)(rnd(&u->rng) % 3) : 0);
	frame_udp(x, src, &t->addr, 2152, 2152);
	wrap_ip(w, x, src, &t->addr, 17);
	f->truth = TRUTH_CONTENT;
	f->way = up ? WORLD_UP : WORLD_DOWN;
	if (up)
		u->s->up_octets += f->inner.n;
	else
		u->s->down_octets += f->inner.n;
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

static bool same_place(const struct ngap_place *a, const struct ngap_place *b)
{
	return memcmp(a->tac, b->tac, 3) == 0 && a->cell == b->cell;
}

/* The AMF hears where the UE is. */
static unsigned tell_place(struct sub *u)
{
	bool other = u->has_told && !same_place(&u->told, &u->place);

	u->told = u->place;
	u->has_told = true;
	return other ? TRUTH_LOCATED : 0;
}

static void uplink_nas(struct world *w, struct wr *x, struct sub *u, struct view plain, struct world_frame *f)
{
	ngap_out m;
	nas_out n;
	size_t k = nas_out_protect(n, &u->nas, plain, &u->rng);

	f->truth |= tell_place(u);
	ngap(w, x, true, m, ngap_out_uplink_nas(m, &u->ids, view_of(n, k), &u->place));
}

static unsigned become_ready(struct sub *u, li_us t)
{
	if (u->s->ready)
		return 0;
	u->s->ready = t;
	return TRUTH_READY;
}

static unsigned become_ended(struct sub *u, li_us t)
{
	unsigned truth = 0;

	if (u->s->ended)
		return 0;
	truth = become_ready(u, t);
	u->s->ended = t;
	return truth | TRUTH_ENDED;
}

static void one(struct world *w, struct sub *u, enum step s, struct wr *x, struct world_frame *f)
{
	ngap_out m;
	nas_out n, o;
	size_t k;
	struct ngap_pdu_session ps;

	switch (s) {
	case S_REGISTER:
		u->registered = true;
		k = nas_out_registration(n, &u->nas, u->concealed, &u->rng);
		f->truth |= tell_place(u);
		ngap(w, x, true, m, ngap_out_initial_ue(m, u->ids.ran, view_of(n, k), &u->place));
		break;
	case S_SECURITY:
		k = nas_out_security_mode(n, &u->nas);
		ngap(w, x, false, m, ngap_out_downlink_nas(m, &u->ids, view_of(n, k)));
		break;
	case S_ACCEPT:
		k = nas_out_accept(n, &u->nas);
		k = nas_out_protect(o, &u->nas, view_of(n, k), &u->rng);
		ngap(w, x, false, m, ngap_out_downlink_nas(m, &u->ids, view_of(o, k)));
		break;
	case S_MOVE:
		u->place.cell ^= 1 + rnd(&u->rng) % 7;
		k = nas_out_service_request(n, &u->nas);
		uplink_nas(w, x, u, view_of(n, k), f);
		break;
	case S_ASK:
		k = nas_out_session_request(n, u->psi, 1, "internet", 1);
		uplink_nas(w, x, u, view_of(n, k), f);
		break;
	case S_ESTABLISH:
		u->pfcp_seq = ++w->seq & 0xffffff;
		pfcp_out_establish(x, &u->p, u->pfcp_seq, false);
		pfcp(w, x, true);
		break;
	case S_ESTABLISHED:
		u->s->rejected = u->pos < u->n && u->script[u->pos] == S_REST;
		pfcp_out_established(x, &u->p, u->pfcp_seq, u->s->rejected ? 73 : 1);
		pfcp(w, x, false);
		if (u->s->rejected) {
			f->truth |= TRUTH_REJECTED;
		} else {
			u->s->accepted = f->time;
			u->s->known = u->user_id ? f->time : 0;
			f->truth |= TRUTH_ACCEPTED;
		}
		break;
	case S_SETUP:
		k = nas_out_session_accept(n, u->psi, 1, &u->s->ue4, "internet");
		k = nas_out_protect(o, &u->nas, view_of(n, k), &u->rng);
		ps = (struct ngap_pdu_session){ .psi = u->psi, .sst = u->p.sst, .sd = u->p.sd, .t = u->s->ul, .nas = view_of(o, k),
						.type = u->s->ue4.family && u->s->ue6.family ? 2 : u->s->ue6.family ? 1 : 0 };
		ngap(w, x, false, m, ngap_out_setup_request(m, &u->ids, &ps));
		if (!u->s->known && u->s->imsi_seen)	/* N2 says whose the tunnel is */
			u->s->known = f->time;
		break;
	case S_SET_UP:
		ngap(w, x, true, m, ngap_out_setup_response(m, &u->ids, u->psi, &u->s->dl));
		f->truth |= become_ready(u, f->time);
		break;
	case S_MODIFY: case S_HO_MODIFY:
		u->pfcp_seq = ++w->seq & 0xffffff;
		pfcp_out_modify(x, &u->p, u->pfcp_seq, false);
		pfcp(w, x, true);
		break;
	case S_MODIFIED:
		pfcp_out_modified(x, &u->p, u->pfcp_seq);
		pfcp(w, x, false);
		f->truth |= become_ready(u, f->time);
		break;
	case S_HO_MODIFIED:	/* the new tunnel is in force; the AMF's acknowledgement says nothing new */
		pfcp_out_modified(x, &u->p, u->pfcp_seq);
		pfcp(w, x, false);
		f->truth |= TRUTH_CHANGED;
		break;
	case S_EARLY:
		gpdu(w, x, u, true, f);
		break;
	case S_TALK:
		gpdu(w, x, u, rnd(&u->rng) % 2, f);
		break;
	case S_TWICE:		/* a retransmission: the last N4 request once more */
		pfcp_out_modify(x, &u->p, u->pfcp_seq, false);
		pfcp(w, x, true);
		break;
	case S_SWITCH:
		u->place.cell = 0x200 + rnd(&u->rng) % 64;
		u->s->dl = u->p.dl = (struct out_tunnel){ w->gnb[rnd(&u->rng) % 4], ++w->teid };
		f->truth |= tell_place(u);
		ngap(w, x, true, m, ngap_out_path_switch(m, u->ids.ran, u->ids.amf, &u->place, u->psi, &u->s->dl));
		break;
	case S_SWITCHED:
		ngap(w, x, false, m, ngap_out_path_switched(m, &u->ids, u->psi, &u->s->ul));
		break;
	case S_QOS:
		u->p.mbr += 1000;
		u->pfcp_seq = ++w->seq & 0xffffff;
		pfcp_out_modify(x, &u->p, u->pfcp_seq, true);
		pfcp(w, x, true);
		break;
	case S_QOS_DONE:
		pfcp_out_modified(x, &u->p, u->pfcp_seq);
		pfcp(w, x, false);		/* bit rates are no member of a record: nothing to tell */
		break;
	case S_DELETE:
		u->pfcp_seq = ++w->seq & 0xffffff;
		pfcp_out_delete(x, &u->p, u->pfcp_seq);
		pfcp(w, x, true);
		break;
	case S_DELETED:
		pfcp_out_deleted(x, &u->p, u->pfcp_seq, u->s->up_octets, u->s->down_octets);
		pfcp(w, x, false);
		f->truth |= become_ended(u, f->time);
		break;
	case S_RELEASE: case S_NAS_RELEASE:
		k = nas_out_session_release(n, u->psi);
		k = nas_out_protect(o, &u->nas, view_of(n, k), &u->rng);
		ngap(w, x, false, m, ngap_out_release_command(m, &u->ids, u->psi, view_of(o, k)));
		break;
	case S_RELEASED: case S_NAS_RELEASED:
		ngap(w, x, true, m, ngap_out_release_response(m, &u->ids, u->psi));
		f->truth |= become_ended(u, f->time);
		break;
	case S_LATE: case S_REST: case S_DONE:
		stray(w, x, &u->s->ul);	/* its tunnel is gone, or never was */
		break;
	}
}

/* Puts the link header on, or cuts the packet into fragments that world_next() gives one by one. */
static void part(void *arg, struct view ip)
{
	struct world *w = arg;
	unsigned i = w->parts.count;
	struct wr x = wr_of(w->parts.o[i], FRAME_MAX);

	if (i == 64)
		return;
	wr_put(&x, ip.p, ip.n);
	frame_link(&x, w->c.link, w->c.v6);
	memmove(w->parts.o[i], x.p, wr_len(&x));
	w->parts.n[i] = wr_len(&x);
	w->parts.count++;
}

static bool next_part(struct world *w, struct world_frame *f)
{
	unsigned i = w->parts.next;

	if (i == w->parts.count)
		return false;
	*f = w->pending;
	f->frame = view_of(w->parts.o[i], w->parts.n[i]);
	w->parts.next++;		/* what they say together is true with the last */
	if (w->parts.next < w->parts.count)
		f->truth = TRUTH_NOTHING;
	return true;
}

bool world_next(struct world *w, struct world_frame *f)
{
	struct wr x;
	struct sub *u;
	enum step s;

	if (next_part(w, f))
		return true;
	for (;;) {
		if (w->heaped == 0)
			return false;
		u = &w->sub[w->heap[0]];
		if (u->pos < u->n)
			break;
		if (u->left) {
			u->left--;
			new_session(w, u);
			break;
		}
		w->heap[0] = w->heap[--w->heaped];
		sift(w, 0);
	}
	*f = (struct world_frame){ .time = u->at, .session = u->s };
	x = wr_of(w->out, sizeof(w->out));
	if (chance(&w->rng, w->c.noise)) {
		struct out_tunnel nobody = { w->upf_n3, 1 + (uint32_t)(rnd(&w->rng) % 0xffff) };

		f->session = NULL;
		stray(w, &x, &nobody);
	} else {
		s = u->script[u->pos++];
		one(w, u, s, &x, f);
	}
	u->at += 1 + (li_us)(rnd(&u->rng) % (uint64_t)(2 * w->c.step + 1));
	sift(w, 0);
	if (x.err)
		abort();		/* FRAME_MAX is ours to choose */
	w->parts.count = w->parts.next = 0;
	if (w->c.mtu && wr_len(&x) > w->c.mtu) {
		w->pending = *f;
		frame_fragments(wr_view(&x), w->c.mtu, ++w->seq, part, w);
		return next_part(w, f);
	}
	frame_link(&x, w->c.link, w->c.v6);
	f->frame = wr_view(&x);
	return true;
}

size_t world_sessions(const struct world *w)
{
	return w->sessions;
}

struct world_session *world_session(struct world *w, size_t i)
{
	return &w->session[i];
}

int world_dlt(const struct world *w)
{
	return frame_dlt(w->c.link);
}
