/* world.c: see world.h. A heap of next instants puts the subscribers' frames in order; script.c and step.c say what they are. */
#include "test/gen/world_priv.h"

#include <stdio.h>
#include <stdlib.h>

#define FREED_MAX 64	/* tunnels that wait to be given anew: the longer they wait, the less they prove */

uint64_t world_rnd(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(2685821657736338717);
}

bool world_chance(uint64_t *s, unsigned percent)
{
	return world_rnd(s) % 100 < percent;
}

struct world_conf world_default(uint64_t seed)
{
	return (struct world_conf){ .seed = seed, .subscribers = 8, .sessions = 3, .packets = 12, .least = 40, .most = 1400,
		.start = INT64_C(1767225600) * LI_US_SECOND, .step = 20000,
#define X(member, option, share) .member = share,
		WORLD_SHARES(X)
#undef X
	};
}

void world_plain(struct world_conf *c)
{
	struct world_conf was = *c;

#define X(member, option, share) c->member = 0;
	WORLD_SHARES(X)
#undef X
	c->n2 = c->user_id = 100;
	c->choose = was.choose;
	c->release = was.release;
	c->dual = was.dual;
	c->only6 = was.only6;
}

static struct li_addr core_addr(const struct world *w, unsigned net, unsigned host)
{
	uint8_t six[16] = { 0xfd, 0, 0, 0, 0, 0, 0, (uint8_t)net, 0, 0, 0, 0, 0, 0, (uint8_t)(host >> 8), (uint8_t)host };
	uint8_t four[4] = { 10, 0, (uint8_t)net, (uint8_t)host };

	return w->c.v6 ? li_addr6(six) : li_addr4(four);
}

/* -- tunnels -- */

struct out_tunnel world_tunnel(struct world *w, struct sub *u, const struct li_addr *at, bool anew)
{
	bool again = !anew && world_chance(&u->rng, w->c.reuse);

	for (size_t i = 0; i < w->n_freed && again; i++) {
		struct out_tunnel t = w->freed[i];

		if (!li_addr_eq(&t.addr, at))
			continue;
		memmove(&w->freed[i], &w->freed[i + 1], (--w->n_freed - i) * sizeof(t));
		return t;
	}
	return (struct out_tunnel){ *at, ++w->teid };
}

void world_free_tunnel(struct world *w, const struct out_tunnel *t)
{
	if (w->n_freed == FREED_MAX)
		memmove(&w->freed[0], &w->freed[1], --w->n_freed * sizeof(*t));
	w->freed[w->n_freed++] = *t;
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

/* -- life -- */

static void new_session(struct world *w, struct sub *u, unsigned i)
{
	struct world_session *s = &w->session[i];
	uint8_t six[16] = { 0xfd, 0x64, 0, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, [15] = 1 };
	uint8_t four[4] = { 100, (uint8_t)(64 | (i >> 16 & 63)), (uint8_t)(i >> 8), (uint8_t)i };
	bool only6 = world_chance(&u->rng, w->c.only6), dual = world_chance(&u->rng, w->c.dual);

	*s = (struct world_session){ .subscriber = u->id, .number = i, .imsi = u->imsi, .msisdn = u->msisdn, .imei = u->imei };
	if (!only6)
		s->ue4 = li_addr4(four);
	if (only6 || dual)
		s->ue6 = li_addr6(six);
}

static void new_sub(struct world *w, unsigned i)
{
	struct sub *u = &w->sub[i];

	u->id = i;
	u->rng = w->c.seed * UINT64_C(0x9e3779b97f4a7c15) + i + 1;
	for (int k = 0; k < 8; k++)
		world_rnd(&u->rng);
	snprintf(u->imsi, sizeof(u->imsi), "00101%010u", i + 1);
	snprintf(u->msisdn, sizeof(u->msisdn), "31600%06u", i + 1);
	snprintf(u->imei, sizeof(u->imei), "35%012u", i + 1);
	u->n2 = world_chance(&u->rng, w->c.n2);
	u->user_id = world_chance(&u->rng, w->c.user_id) || !u->n2;
	u->concealed = world_chance(&u->rng, w->c.concealed);
	u->nas = (struct nas_ue){ .imsi = u->imsi, .plmn = { 0x00, 0xf1, 0x10 }, .region = 2, .set_pointer = 0x0040 };
	u->place = (struct ngap_place){ .plmn = { 0x00, 0xf1, 0x10 }, .tac = { 0, 0, 1 }, .cell = 0x100 + world_rnd(&u->rng) % 16,
					.has_time = world_chance(&u->rng, 50), .time = 0xee000000 };
	u->ue.subscriber = i;
	u->at = w->c.start + (li_us)(world_rnd(&u->rng) % (uint64_t)(w->c.step * 4 + 1));
	for (unsigned k = 0; k < w->c.sessions; k++)
		new_session(w, u, i * w->c.sessions + k);
}

struct world *world_new(const struct world_conf *c)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->c = *c;
	w->rng = c->seed + 77;
	w->teid = 0x10000u + (uint32_t)(c->seed * 7919 % 0x7fff0000u);	/* some worlds pass 2^31 */
	w->tmsi = 0xc0000000u;
	for (unsigned i = 0; i < GNBS; i++) {
		w->tsn[i][0] = (uint32_t)c->seed * 31 + i;
		w->tsn[i][1] = 0xfffffff0u - (uint32_t)c->seed % 64;		/* wraps soon */
		w->gnb[i] = core_addr(w, 2, i + 1);
	}
	w->smf = core_addr(w, 0, 1);
	w->upf_n4 = core_addr(w, 0, 2);
	w->anchor_n4 = core_addr(w, 0, 3);
	w->upf_n3 = core_addr(w, 1, 1);
	w->mid_n9 = core_addr(w, 1, 2);
	w->anchor_n9 = core_addr(w, 1, 3);
	w->far_upf = core_addr(w, 1, 9);
	w->amf = core_addr(w, 3, 1);
	w->sessions = (size_t)c->subscribers * c->sessions;
	w->session = calloc(w->sessions ? w->sessions : 1, sizeof(*w->session));
	w->sub = calloc(c->subscribers ? c->subscribers : 1, sizeof(*w->sub));
	w->heap = calloc(c->subscribers ? c->subscribers : 1, sizeof(*w->heap));
	w->freed = calloc(FREED_MAX, sizeof(*w->freed));
	if (!w->session || !w->sub || !w->heap || !w->freed) {
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
	free(w->freed);
	free(w->sub);
	free(w->heap);
	free(w->session);
	free(w);
}

/* -- frames -- */

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

static void forget(struct world_frame *f)
{
	f->n = 0;
	f->ue = NULL;
	f->located = false;
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
		forget(f);
	return true;
}

static bool is_signalling(struct view ip)
{
	if (ip.n < 48)
		return false;
	return ip.p[0] >> 4 == 4 ? ip.p[9] == 132 || (ip.p[22] == 8805 >> 8 && ip.p[23] == (8805 & 255)) :
	       ip.p[6] == 132 || (ip.p[42] == 8805 >> 8 && ip.p[43] == (8805 & 255));
}

/* Signalling that is on the wire, or in the capture, a second time is nothing new. */
static void again(struct world *w, struct wr *x)
{
	if (w->again_n && world_chance(&w->rng, w->c.twice))
		wr_put(x, w->again, w->again_n);
	else
		step_noise(w, x);
}

bool world_next(struct world *w, struct world_frame *f)
{
	static const char *const names[] = {
#define X(name) #name,
		WORLD_STEPS(X)
#undef X
	};
	struct view ip;
	struct wr x;
	struct sub *u;

	if (next_part(w, f))
		return true;
	for (;;) {
		if (w->heaped == 0)
			return false;
		u = &w->sub[w->heap[0]];
		if (u->pos < u->n || script_next(w, u))
			break;
		w->heap[0] = w->heap[--w->heaped];
		sift(w, 0);
	}
	*f = (struct world_frame){ .time = u->at };
	x = wr_of(w->out, sizeof(w->out));
	if (world_chance(&w->rng, w->c.noise)) {
		again(w, &x);
	} else {
		unsigned slot = u->script[u->pos].slot;
		enum step s = (enum step)u->script[u->pos].step;

		u->pos++;
		f->step = names[s];
		step_run(w, u, s, &u->ses[slot], &x, f);
	}
	u->at += 1 + (li_us)(world_rnd(&u->rng) % (uint64_t)(2 * w->c.step + 1));
	sift(w, 0);
	if (x.err)
		abort();		/* FRAME_MAX is ours to choose */
	ip = wr_view(&x);
	if (is_signalling(ip)) {
		memcpy(w->again, ip.p, ip.n);
		w->again_n = ip.n;
	}
	w->parts.count = w->parts.next = 0;
	if (w->c.mtu && wr_len(&x) > w->c.mtu) {
		w->pending = *f;
		frame_fragments(ip, w->c.mtu, ++w->seq, part, w);
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
