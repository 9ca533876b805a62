/* object.c: see object.h. */
#include "handover/object.h"

#include <time.h>

#include "handover/bundle.h"

#define FLAG_MOST 512		/* octets of a flag without its points: a header and nothing else, in a container */
#define NAP_NS 1000000		/* between two looks for room: who waits has objects of many PDUs */

size_t object_segment(const struct hm_ctx *c)
{
	size_t least = SIZE_MAX;

	if (!(c->families & (1u << PS_FAMILY_MMS | 1u << PS_FAMILY_RCS)))
		return 0;
	for (unsigned i = 0; i < c->n_targets; i++) {
		size_t s = dest_of(c, i)->conf.segment;

		least = !s ? 0 : s < least ? s : least;
	}
	return c->n_targets ? least : 0;
}

/* A segment's content: octets from `from` on, with the front where that is 0. */
struct segment {
	const struct hm_packet *whole;
	struct hm_packet packet;
	struct ps_cc_beside beside;
	size_t from, n;
};

static void segment_of(struct segment *s, size_t from, bool first, size_t most)
{
	size_t left = s->whole->inner.n - from, front = first && s->whole->beside ? s->whole->beside->front.n : 0;

	most = most > front ? most - front : 0;
	s->from = from;
	s->n = left < most ? left : most;
	/* content of RCS is a UTF8String: a character is not cut, where it is one */
	for (unsigned back = 0; s->n < left && s->n > 3 && back < 3 && (s->whole->inner.p[from + s->n] & 0xc0) == 0x80; back++)
		s->n--;
	s->packet = *s->whole;
	s->packet.inner = view_of(s->whole->inner.p + from, s->n);
	if (!s->whole->beside)
		return;
	s->beside = *s->whole->beside;
	if (!first)
		s->beside.front = view_of(NULL, 0);
	s->packet.beside = &s->beside;
}

static size_t size(const struct hm_ctx *c, unsigned i, unsigned point, li_us t, const struct hm_packet *p, uint32_t number, struct ps_wrap *w)
{
	struct ps_cc cc;
	const struct cc_template *tmpl = record_content(&c->profile[c->target[i].profile], point, p, &cc);

	return record_cc_size(c, i, tmpl, &cc, number, t, w);
}

/* How much content a PDU may have, of the longest form that any of the targets is given. */
static size_t room_of(const struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p)
{
	struct segment s = { .whole = p };
	struct ps_wrap w;
	size_t over = 0;

	segment_of(&s, 0, true, SIZE_MAX);
	for (unsigned i = 0; i < c->n_targets; i++) {
		size_t n = size(c, i, point, t, &s.packet, UINT32_MAX, &w) - s.n - s.beside.front.n + (is_wrapped(c, i) ? PS_WRAP_BLOCK : 0);	/* its padding */

		over = n > over ? n : over;
	}
	/* what stands beside the content may be long itself */
	return over < c->segment / 2 ? c->segment - over : c->segment / 2;
}

/* One PDU, with the seq locked. */
static enum li_err put(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, enum li_err *worst)
{
	uint32_t number = c->seq->next;
	struct places pl;
	unsigned full;
	enum li_err e;

	if (number == c->seq->stop && !lease_left(c->hm, c->seq))
		return LI_EBUSY;
	for (unsigned i = 0; i < c->n_targets; i++)
		pl.n[i] = size(c, i, point, t, p, number, &pl.wrap[i]);
	e = record_place(c, &pl, number, t, false, false, &full);
	for (unsigned i = 0; i < c->n_targets; i++) {
		struct ps_cc cc;

		if (pl.got[i]) {
			*worst = pl.got[i] == LI_ENOTFOUND ? *worst : pl.got[i];
			continue;
		}
		record_cc_write(c, i, record_content(&c->profile[c->target[i].profile], point, p, &cc), &cc, number, t, pl.slot[i].to, pl.n[i], &pl.wrap[i]);
		queue_commit(pl.q[i], &pl.slot[i], 1);
	}
	return e;
}

/*
 * byteCounter of a flag that goes in a container (HO-PEN-006). Annex G counts by sequence number: that of PDU N is that of PDU N-1 and its octets. A flag has
 * the number of the segment that it stands beside, and takes none of its own (clause 6.2.4); so it bears the counter of that number, and adds nothing: what the
 * agency computes from one data PDU for the next holds with and without flags in between. The IV is the segment's, too; the first blocks of both differ
 * by the length that they begin with, so nothing is encrypted twice alike.
 */
static uint64_t flag_counter(const struct hm_ctx *c, unsigned i, enum ps_tri kind)
{
	return kind == PS_TRI_FIRST_SEGMENT ? record_byte_counter(c, i) : c->seq->counter[c->target[i].counter].last;
}

/* HO-SEG-001, HO-SEG-002, HO-SEG-004 */
static enum li_err put_flag(struct hm_ctx *c, unsigned i, unsigned point, li_us t, enum ps_tri kind, uint32_t number)
{
	const struct target *g = &c->target[i];
	struct queue_elem e = { .ctx = c->seq->handle, .group = c->group.group, .time = t, .number = number, .kind = LI_HI3 | ELEM_WORD };
	struct buf plain, wrapped;
	const struct buf *out = &plain;
	struct queue *q = NULL;
	struct queue_slot slot;
	enum li_err err;

	buf_init(&plain, 0);
	buf_init(&wrapped, 0);
	err = cc_template_tri(c->profile[g->profile].tmpl[point], kind, number, &plain);
	if (!err && c->profile[g->profile].wraps_tri) {
		err = ps_wrap_put(buf_view(&plain), flag_counter(c, i, kind), &wrapped);
		out = &wrapped;
	}
	e.n = (uint32_t)out->n;
	if (!err) {
		if (g->way)
			way_turn(g->way);
		q = queue_of(c, i);
		queue_lock(q);
		err = queue_reserve(q, &e, &slot);
		if (!err && g->way)
			g->way->place = queue_place_locked(q);
		queue_unlock(q);
	}
	if (!err) {
		memcpy(slot.to, out->p, out->n);
		queue_commit(q, &slot, 1);
	}
	buf_fini(&plain);
	buf_fini(&wrapped);
	return err;
}

static void put_flags(struct hm_ctx *c, unsigned point, li_us t, enum ps_tri kind, uint32_t number, enum li_err *worst)
{
	for (unsigned i = 0; i < c->n_targets; i++) {
		enum li_err e = put_flag(c, i, point, t, kind, number);

		*worst = e && e != LI_ENOTFOUND ? e : *worst;
	}
}

/* Has each queue room for all of it just now, or never will? */
static bool has_room(const struct hm_ctx *c, size_t octets, size_t pdus)
{
	bool has = true;

	for (unsigned i = 0; i < c->n_targets && has; i++) {
		queue_lock(queue_of(c, i));
		has = queue_room_all(queue_of(c, i), octets, pdus) != LI_EFULL;
		queue_unlock(queue_of(c, i));
	}
	return has;
}

/* The seq is locked when it is LI_OK: nothing of the context waits for others, and there are numbers for all segments. */
static enum li_err begin(struct hm_ctx *c, size_t octets, size_t segments, bool wait)
{
	struct seq *s = c->seq;
	enum li_err e;

	for (;;) {
		seq_lock(s);
		if (ctx_is_dead(c)) {
			seq_unlock(s);
			return record_too_late(c);
		}
		if (s->bundle && !bundle_ended(s, wait))
			continue;
		if (s->leased && s->end - s->next < segments) {	/* HO-SEG-005: not in the middle of it */
			(void)lease_left(c->hm, s);
			seq_unlock(s);
			e = wait ? lease_wait(c->hm, s) : LI_EBUSY;
			if (e == LI_ECLOSED)
				hm_ctx_count(c, HM_FATE_gone, 1);
			if (e)
				return e;
			continue;
		}
		if (!wait || has_room(c, octets, segments + 2))
			return LI_OK;
		seq_unlock(s);
		nanosleep(&(struct timespec){ 0, NAP_NS }, NULL);
	}
}

enum li_err object_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait)
{
	size_t most = room_of(c, point, t, p), front = p->beside ? p->beside->front.n : 0, all = front + p->inner.n, segments;
	struct segment s = { .whole = p };
	enum li_err e, worst = LI_OK;
	uint32_t last = 0;

	if (all <= most)
		return c->bundle ? bundle_cc(c, point, t, p, wait, false) : record_cc(c, point, t, p, wait);
	segments = all / (most - 3) + 2;	/* the front may leave the first one nothing, and a character may take 3 octets more */
	e = begin(c, all + (segments + 2) * (c->segment - most + FLAG_MOST), segments, wait);
	if (e)
		return e;
	put_flags(c, point, t, PS_TRI_FIRST_SEGMENT, c->seq->next, &worst);
	for (size_t from = 0, i = 0; !e && (from < p->inner.n || !i); from += s.n, i++) {	/* HO-SEG-003 */
		segment_of(&s, from, !i, most);
		last = c->seq->next;
		e = put(c, point, t, &s.packet, &worst);
	}
	put_flags(c, point, t, PS_TRI_LAST_SEGMENT, last, &worst);
	seq_unlock(c->seq);
	for (unsigned i = 0; i < c->n_lacking; i++)
		dest_unfit(c->lacking[i], LI_HI3, c->group.group);
	return e ? e : worst;
}
