/* feed.c: positions of one queue in one connection. */
#include "handover/feed.h"

void feed_rewind(struct feed *d)
{
	d->sent = d->asked = d->sealed = d->handed = d->done;
	d->at = d->sent.octets;
	d->stepped = 0;
	if (queue_is_purging(d->q))
		queue_look_again(d->q, d->sent);
}

uint64_t feed_on_the_way(const struct feed d[], unsigned n)
{
	uint64_t octets = 0;

	for (unsigned i = 0; i < n; i++)
		octets += d[i].at - d[i].done.octets - d[i].stepped;
	return octets;
}

bool feeds_are_empty(const struct feed d[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!queue_is_empty(d[i].q) || (d[i].seal && df_seal_is_busy(d[i].seal)))
			return false;
	return true;
}

/* The first end of a PDU of which nothing behind it is with TLS. */
static struct queue_mark untouched(const struct feed *d)
{
	struct queue_mark m = d->sent;

	if (feed_is_mid(d)) {
		m.octets = queue_end(d->q, m.elems);
		m.elems++;
	}
	return m;
}

/* Up to where it may be sent. What was begun is ended, purged or not. */
static uint64_t limit(const struct feed *d)
{
	return queue_is_purging(d->q) ? queue_may_send(d->q, untouched(d)).octets : queue_ready(d->q).octets;
}

bool feed_has_more(const struct feed *d)
{
	return d->at != limit(d);
}

struct view feed_run(const struct feed *d, bool to_end_of_pdu)
{
	return queue_view(d->q, d->at, to_end_of_pdu ? queue_end(d->q, d->sent.elems) : limit(d));
}

static bool look(struct feed *d)
{
	bool more = queue_look(d->q, untouched(d), d->high);
	struct queue_mark m = feed_is_mid(d) ? d->sent : queue_step_over(d->q, d->sent);

	d->stepped += m.octets - d->sent.octets;
	if (m.elems != d->sent.elems)
		d->at = m.octets;
	d->sent = m;
	return more;
}

bool feeds_are_purging(const struct feed d[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (queue_is_purging(d[i].q))
			return true;
	return false;
}

bool feeds_look(struct feed d[], unsigned n, unsigned slices)
{
	bool more = false, one;

	for (unsigned i = 0; i < n; i++) {
		one = queue_is_purging(d[i].q);
		for (unsigned k = 0; one && k < slices; k++)
			one = look(&d[i]);
		more |= one;
	}
	return more;
}

static void not_before(struct queue_mark *m, struct queue_mark tail)
{
	if (m->elems < tail.elems)
		*m = tail;
}

bool feed_give(struct feed *d, uint64_t *by)
{
	struct queue_gave g;
	bool moved, was_out;

	if (!queue_is_pressed(d->q))
		return false;
	if (queue_yield(d->q, untouched(d)))
		return false;
	was_out = feed_is_mid(d) && d->sent.elems < d->high;
	g = queue_give(d->q, d->sent, d->done.elems, feed_is_mid(d));
	moved = g.sent.elems != d->sent.elems;
	*by = g.sent.octets - d->sent.octets;
	if (moved) {	/* nothing is out any more, but for what is partly */
		d->sent = d->asked = d->sealed = d->handed = g.sent;
		d->at += *by;
		d->stepped = 0;
	} else {
		not_before(&d->asked, g.tail);
		not_before(&d->sealed, g.tail);
		not_before(&d->handed, g.tail);
		d->stepped -= g.stepped;
	}
	not_before(&d->done, g.tail);
	if (d->high < g.tail.elems + was_out) {	/* what is partly out is digested once, wherever it lies */
		d->high = g.tail.elems + was_out;
		queue_went_out(d->q, d->high);
	}
	return moved;
}

bool feed_release(struct feed *d, struct queue_mark m)
{
	struct queue_mark tail = queue_tail(d->q), behind;

	if (m.elems < tail.elems)
		m = tail;	/* the oldest have given way meanwhile */
	if (queue_is_purging(d->q) && m.elems < d->sent.elems) {
		behind = queue_step_over(d->q, m);
		m = behind.elems < d->sent.elems ? behind : d->sent;
	}
	if (m.elems <= d->done.elems)
		return feed_settle(d);
	for (uint64_t i = d->done.elems; d->stepped && i < m.elems; i++)
		if (queue_elem(d->q, i)->purged)
			d->stepped -= queue_elem(d->q, i)->n;
	d->done = m;
	return feed_settle(d);
}

bool feed_settle(struct feed *d)
{
	struct queue_mark m = d->seal ? df_seal_limit(d->seal, d->done) : d->done;

	if (m.elems < d->done.elems)
		queue_done(d->q, d->done);
	if (m.elems <= queue_tail(d->q).elems)
		return false;
	queue_release(d->q, m);
	return true;
}

/* Moves m forward over the elements that end at or before an octet position. */
static void advance(const struct queue *q, struct queue_mark *m, uint64_t upto, uint64_t elems)
{
	while (m->elems < elems && queue_end(q, m->elems) <= upto) {
		m->octets = queue_end(q, m->elems);
		m->elems++;
	}
}

uint64_t feed_put(struct feed *d, size_t n, uint64_t now)
{
	uint64_t before = d->sent.elems, again = 0;

	d->at += n;
	advance(d->q, &d->sent, d->at, queue_ready(d->q).elems);
	if (before < d->high)
		again = (d->sent.elems < d->high ? d->sent.elems : d->high) - before;
	if (d->seal && df_seal_is_on(d->seal))
		for (uint64_t i = before > d->high ? before : d->high; i < d->sent.elems; i++)
			df_seal_put(d->seal, i, now);
	if (d->sent.elems > d->high) {
		d->high = d->sent.elems;
		queue_went_out(d->q, d->high);
	}
	return again;
}

/* Where the last n octets that were put begin: what was stepped over was not. */
static uint64_t back(const struct feed *d, size_t n)
{
	uint64_t at = d->at, i = d->sent.elems, begin = d->sent.octets;

	while (d->stepped && n > at - begin && i > d->sealed.elems) {
		n -= (size_t)(at - begin);
		at = begin;
		for (i--; i > d->sealed.elems && queue_elem(d->q, i)->purged; i--)
			at -= queue_elem(d->q, i)->n;
		begin = at - queue_elem(d->q, i)->n;
	}
	return at - n;
}

/* Written is all that was encrypted when the write that has just ended began, or all that is encrypted when no other
 * follows. Gathered octets may be any feed's: each takes them for its own, which errs on the safe side. */
struct queue_mark feed_written(struct feed *d, size_t gathered, bool busy)
{
	struct queue_mark upto;

	if (d->at - d->sealed.octets > gathered)
		advance(d->q, &d->sealed, back(d, gathered), d->sent.elems);
	upto = busy ? d->handed : d->sealed;
	d->handed = d->sealed;
	return upto;
}
