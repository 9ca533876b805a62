/* feed.c: positions of one queue in one connection. */
#include "handover/feed.h"

void feed_rewind(struct feed *d)
{
	d->sent = d->asked = d->sealed = d->handed = queue_tail(d->q);
	d->at = d->sent.octets;
}

uint64_t feed_on_the_way(const struct feed d[], unsigned n)
{
	uint64_t octets = 0;

	for (unsigned i = 0; i < n; i++)
		octets += d[i].at - queue_tail(d[i].q).octets;
	return octets;
}

bool feeds_are_empty(const struct feed d[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!queue_is_empty(d[i].q))
			return false;
	return true;
}

bool feed_has_more(const struct feed *d)
{
	return d->at != queue_ready(d->q).octets;
}

struct view feed_run(const struct feed *d, bool to_end_of_pdu)
{
	uint64_t to = to_end_of_pdu ? queue_end(d->q, d->sent.elems) : queue_ready(d->q).octets;

	return queue_view(d->q, d->at, to);
}

/* Moves m forward over the elements that end at or before an octet position. */
static void advance(const struct queue *q, struct queue_mark *m, uint64_t upto, uint64_t elems)
{
	while (m->elems < elems && queue_end(q, m->elems) <= upto) {
		m->octets = queue_end(q, m->elems);
		m->elems++;
	}
}

uint64_t feed_put(struct feed *d, size_t n)
{
	uint64_t before = d->sent.elems, again = 0;

	d->at += n;
	advance(d->q, &d->sent, d->at, queue_ready(d->q).elems);
	if (before < d->high)
		again = (d->sent.elems < d->high ? d->sent.elems : d->high) - before;
	if (d->sent.elems > d->high)
		d->high = d->sent.elems;
	return again;
}

/* Written is all that was encrypted when the write that has just ended began, or all that is encrypted when no other
 * follows. Gathered octets may be any feed's: each takes them for its own, which errs on the safe side. */
struct queue_mark feed_written(struct feed *d, size_t gathered, bool busy)
{
	struct queue_mark upto;

	if (d->at - d->sealed.octets > gathered)
		advance(d->q, &d->sealed, d->at - gathered, d->sent.elems);
	upto = busy ? d->handed : d->sealed;
	d->handed = d->sealed;
	return upto;
}
