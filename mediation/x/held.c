/* held.c: see held.h. */
#include "mediation/x/held.h"

#include <li/rd.h>

#include <stdlib.h>

#include "asn1/ber.h"
#include "asn1/oid.h"
#include "asn1/start.h"

#define ROOM 64			/* around an event: OID, tags and lengths */

static struct view copied(uint8_t **to, struct view v)
{
	struct view copy = view_of(*to, v.n);

	if (v.n)
		memcpy(*to, v.p, v.n);
	*to += v.n;
	return copy;
}

static bool keep(struct held_event *h, const struct held_event *as, struct view octets)
{
	uint8_t *copy = malloc(octets.n + as->by.domain.n + as->by.nfid.n + as->by.ipid.n), *to = copy;
	struct held_event x = *as;

	if (!copy)
		return false;
	x.octets = copy;
	x.n = copied(&to, octets).n;
	x.by = (struct held_names){ copied(&to, as->by.domain), copied(&to, as->by.nfid), copied(&to, as->by.ipid) };
	held_drop(h);
	*h = x;
	return true;
}

bool held_set(struct held_event *h, const struct xiri *event, unsigned sender, const struct held_names *by, li_us time)
{
	static const uint8_t none[] = { 4, 19, 19, 3, 1 };	/* of one that came without: left out again by held_read() */
	const struct held_event as = { .start = xiri_starts(event->tag), .time = time, .sender = sender, .no_oid = event->oid.n == 0, .by = *by };
	size_t most = event->event.n + event->oid.n + ROOM, mark;
	uint8_t *octets = as.start && event->event.n <= HELD_MAX ? malloc(most) : NULL;
	struct wr w;
	bool good;

	if (!octets)
		return false;
	w = wr_of(octets, most);
	mark = wr_len(&w);
	wr_put(&w, event->event.p, event->event.n);
	ber_head(&w, BER_CTX_C(2), mark);
	ber_put(&w, BER_CTX(1), as.no_oid ? view_of(none, sizeof(none)) : event->oid);
	ber_head(&w, BER_SEQ, 0);
	good = !w.err && keep(h, &as, wr_view(&w));
	explicit_bzero(octets, most);
	free(octets);
	return good;
}

void held_drop(struct held_event *h)
{
	if (h->octets)
		explicit_bzero(h->octets, h->n);
	free(h->octets);
	*h = (struct held_event){ 0 };
}

enum li_err held_read(const struct held_event *h, struct xiri *out)
{
	enum li_err e = h->start ? xiri_read(view_of(h->octets, h->n), out) : LI_ENOTFOUND;

	if (!e && h->no_oid) {
		out->oid = view_of(NULL, 0);
		out->release = out->version = 0;
	}
	return e;
}

/* start 4, time 8, no_oid 1, n 4, octets, three names of n 1, octets */
enum li_err held_save(const struct held_event *h, struct buf *b)
{
	uint8_t head[17];
	struct wr w = wr_of(head, sizeof(head));
	enum li_err e;

	wr_u32(&w, (uint32_t)h->n);
	wr_u8(&w, h->no_oid);
	wr_uint(&w, (uint64_t)h->time, 8);
	wr_u32(&w, h->start);
	e = buf_put(b, head, sizeof(head));
	if (!e && h->n)
		e = buf_put(b, h->octets, h->n);
	for (unsigned i = 0; i < 3 && !e; i++) {
		const struct view name = i == 0 ? h->by.domain : i == 1 ? h->by.nfid : h->by.ipid;

		e = buf_put_uint(b, name.n, 1);
		if (!e && name.n)
			e = buf_put(b, name.p, name.n);
	}
	return e;
}

enum li_err held_restore(struct held_event *h, struct view *rest, bool named)
{
	struct rd r = rd_of(*rest);
	struct held_event as = { .start = rd_u32(&r) };
	struct view octets;
	struct xiri x;
	uint32_t n;

	as.time = (li_us)rd_u64(&r);
	as.no_oid = rd_u8(&r);
	n = rd_u32(&r);
	octets = rd_take(&r, n);
	for (unsigned i = 0; i < 3 && named; i++)
		*(i == 0 ? &as.by.domain : i == 1 ? &as.by.nfid : &as.by.ipid) = rd_take(&r, rd_u8(&r));
	if (r.err)
		return r.err;
	*rest = rd_rest(&r);
	if (!as.start)
		return n || as.by.domain.n || as.by.nfid.n || as.by.ipid.n ? LI_EFORMAT : LI_OK;
	if (n > HELD_MAX + ROOM || xiri_read(octets, &x) || xiri_starts(x.tag) != as.start)
		return LI_EFORMAT;
	return keep(h, &as, octets) ? LI_OK : LI_ENOMEM;
}
