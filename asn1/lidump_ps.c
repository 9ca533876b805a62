/* lidump_ps.c: a PS-PDU as JSON, tree, line of a table, and packets. */
#include "asn1/lidump.h"

#include <inttypes.h>
#include <stdio.h>

#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/notify.h"
#include "asn1/ps_dec.h"
#include "asn1/ps_wrap.h"

#define NS_US 1000u

void lidump_ascii(struct view v, char *out, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < v.n && k + 4 < n; i++)
		k += (size_t)snprintf(out + k, n - k, v.p[i] > 0x20 && v.p[i] < 0x7f ? "%c" : "%%%02X", v.p[i]);
	out[k] = 0;
}

enum li_err lidump_fault(struct lidump *d, uint64_t offset, const char *reason)
{
	d->faults++;
	if (d->form == LIDUMP_JSON)	/* reasons are of our own making: no character of them needs an escape */
		return buf_printf(&d->text, "{\"error\": {\"offset\": %" PRIu64 ", \"reason\": \"%s\"}}\n", offset, reason);
	return buf_printf(&d->text, "! at offset %" PRIu64 ": %s\n", offset, reason);
}

enum li_err lidump_close(struct lidump *d, struct jer_out *o, const struct jer_fault *f)
{
	char reason[128];

	if (f->err) {
		d->faults++;
		snprintf(reason, sizeof(reason), "%s: %s", f->what, li_err_text(f->err));
		jer_key(o, "error");
		jer_open(o, '{');
		jer_key(o, "offset");
		jer_uint(o, f->at);
		jer_key(o, "reason");
		(void)jer_text(o, view_str(reason));
		jer_close(o, '}');
	}
	jer_close(o, '}');
	return o->err ? o->err : buf_put(&d->text, "\n", 1);
}

/* -- JSON and tree -- */

static enum li_err structured(struct lidump *d, struct view pdu, bool opened, uint64_t offset, const struct jer_fault *head)
{
	struct jer_out o = { d->form == LIDUMP_JSON ? JER_JSON : JER_TREE, &d->text, LI_OK, 0 };
	size_t mark = d->text.n;
	struct jer_fault f;
	enum li_err e = jer_walk(o.form, opened ? JER_PS_PDU_OPENED : JER_PS_PDU, pdu, offset, 0, &d->text, &f);

	if (e)
		return e;
	if (f.err && o.form == JER_JSON && d->text.p[mark] != '{') {	/* not even a SEQUENCE */
		d->text.n = mark;
		jer_open(&o, '{');
		jer_key(&o, "octets");
		jer_hex(&o, pdu);
	} else if (o.form == JER_JSON) {
		d->text.n--;	/* the brace: what is wrong goes before it */
	} else {
		o.depth = 1;
	}
	return lidump_close(d, &o, f.err ? &f : head);
}

static enum li_err tree(struct lidump *d, struct view pdu, bool opened, uint64_t offset, const struct jer_fault *head)
{
	enum li_err e = buf_printf(&d->text, "PDU %" PRIu64 " at offset %" PRIu64 ", %zu octets", d->pdus, offset, pdu.n);

	if (!e)
		e = structured(d, pdu, opened, offset, head);
	return e ? e : buf_put(&d->text, "\n", 1);
}

/* -- summary -- */

bool lidump_event(struct view payload, char *out, size_t n)
{
	struct look_iri l;
	enum li_err e = look_iri(payload, &l);

	if (e)
		snprintf(out, n, "? (%s)", li_err_text(e));
	else if (l.name)
		snprintf(out, n, "%s", l.name);
	else
		snprintf(out, n, "? [%" PRIu32 "] of r%" PRIu32 "v%" PRIu32, l.event, l.release, l.version);
	return e == LI_OK;
}

/* The octets of an item's contents, whether or not they came in segments. */
static struct view contents(const struct ps_item *item, struct buf *joined)
{
	joined->n = 0;
	if (!item->segmented)
		return item->contents;
	return ber_join(item->contents, joined) ? view_of(NULL, 0) : buf_view(joined);
}

static bool iri_text(const struct ps_item *item, struct view v, char *out, size_t n)
{
	static const char *const types[] = { "?", "BEGIN", "END", "CONTINUE", "REPORT" };
	char event[64];
	bool good = true;

	if (item->contents_tag == 19)
		good = lidump_event(v, event, sizeof(event));
	else
		snprintf(event, sizeof(event), "iRIContents [%" PRIu32 "]", item->contents_tag);
	snprintf(out, n, "%-8s %s", item->has_type && (unsigned)item->type < 5 ? types[item->type] : "-", event);
	return good;
}

static const char *dir_text(const struct ps_item *item)
{
	static const char *const dirs[] = { "from", "to", "unknown", "both", "-" };

	return item->has_dir && (unsigned)item->dir < 5 ? dirs[item->dir] : "-";
}

static bool cc_text(const struct ps_item *item, struct view v, char *out, size_t n)
{
	struct buf joined;
	struct look_cc l;
	enum li_err e = LI_OK;

	buf_init(&joined, 0);
	if (item->contents_tag == 23)
		e = look_cc(v, &joined, &l);
	if (e)
		snprintf(out, n, "%-8s ? (%s)", dir_text(item), li_err_text(e));
	else if (item->contents_tag == 23)
		snprintf(out, n, "%-8s %s, %zu octets", dir_text(item), l.name ? l.name : "?", l.octets.n);
	else
		snprintf(out, n, "%-8s cCContents [%" PRIu32 "], %zu octets", dir_text(item), item->contents_tag, v.n);
	buf_fini(&joined);
	return e == LI_OK;
}

/* "threeGPP-LI-Notification activation". */
static bool notification_text(const struct ps_pdu *p, char *out, size_t n)
{
	struct view rest = p->payload;
	bool good = true;
	struct notify x;
	size_t k = 0;

	for (enum li_err e; k + 1 < n && (e = notify_next(p, &rest, &x)) != LI_ECLOSED; ) {
		const char *comma = k ? ", " : "";

		if (e)
			k += (size_t)snprintf(out + k, n - k, "%s? (%s)", comma, li_err_text(e));
		else if (!x.form)
			k += (size_t)snprintf(out + k, n - k, "%shI4Payload [%" PRIu32 "]", comma, x.tag);
		else if (x.what)
			k += (size_t)snprintf(out + k, n - k, "%s%s %s", comma, x.form, x.what);
		else
			k += (size_t)snprintf(out + k, n - k, "%s%s [%" PRIu32 "]", comma, x.form, x.type);
		good &= e == LI_OK;
	}
	if (!k)
		snprintf(out, n, "no notification");
	return good;
}

/* False: an item cannot be read; the text says so when it is the first. */
static bool what_text(const struct ps_pdu *p, char *out, size_t n)
{
	const struct field_member *m;
	struct view rest = p->payload;
	struct ps_item item;
	struct buf joined;
	size_t more = 0, k;
	char none[96];
	enum li_err e;
	bool good;

	if (notify_is(p))
		return notification_text(p, out, n);
	if (p->kind != PS_IRI && p->kind != PS_CC) {
		m = field_by_tag(field_find(&fields_ps, p->kind == PS_TRI ? "TRIPayload" : "Payload"), FIELD_CONTEXT,
				 p->kind == PS_TRI ? p->tri_tag : p->payload_tag);
		if (m)
			snprintf(out, n, "%s", m->name);
		else
			snprintf(out, n, "? [%" PRIu32 "]", p->kind == PS_TRI ? p->tri_tag : p->payload_tag);
		return true;
	}
	e = ps_item_next(p->kind, &rest, &item);
	if (e) {
		snprintf(out, n, "? (%s)", e == LI_ECLOSED ? "no item" : li_err_text(e));
		return e == LI_ECLOSED;
	}
	buf_init(&joined, 0);
	good = (p->kind == PS_IRI ? iri_text : cc_text)(&item, contents(&item, &joined), out, n);
	for (; ps_item_next(p->kind, &rest, &item) != LI_ECLOSED; more++)
		good &= (p->kind == PS_IRI ? iri_text : cc_text)(&item, contents(&item, &joined), none, sizeof(none));
	buf_fini(&joined);
	k = strlen(out);
	if (more)
		snprintf(out + k, n - k, ", and %zu more", more);
	return good;
}

static const char *const kinds[] = { "?", "HI2", "HI3", "TRI", "HI1", "ENC", "HI1-3G", "ILHI", "HI4" };

static enum li_err line(struct lidump *d, const struct ps_pdu *p, const struct jer_fault *f, uint64_t offset)
{
	char liid[3 * LI_LIID_MAX + 1], time[LI_RFC3339_MAX] = "-", cin[16] = "-", what[160];

	if (f->err) {
		snprintf(what, sizeof(what), "%s: %s", f->what, li_err_text(f->err));
		return lidump_fault(d, offset, what);
	}
	lidump_ascii(p->liid, liid, sizeof(liid));
	if (p->has_time && li_rfc3339(p->time, time) == 0)
		snprintf(time, sizeof(time), "-");
	if (p->has_cin)
		snprintf(cin, sizeof(cin), "%" PRIu32, p->cin);
	d->faults += !what_text(p, what, sizeof(what));
	return buf_printf(&d->text, "%7" PRIu64 "  %-27s  %-4s  %-16s %10s %10" PRIu32 "  %s\n", d->pdus, time, kinds[p->kind],
			  liid, cin, p->number, what);
}

/* -- packets -- */

static enum pcapwr_dir pcap_dir(const struct ps_item *item)
{
	if (!item->has_dir)
		return PCAPWR_UNKNOWN;
	return item->dir == LI_FROM_TARGET ? PCAPWR_FROM_TARGET : item->dir == LI_TO_TARGET ? PCAPWR_TO_TARGET : PCAPWR_UNKNOWN;
}

static uint64_t nanoseconds(li_us t)
{
	return t < 0 ? 0 : (uint64_t)t > UINT64_MAX / NS_US ? UINT64_MAX : (uint64_t)t * NS_US;
}

/* Content that cannot be read: the other forms say so themselves. */
static enum li_err no_packet(struct lidump *d, uint64_t offset, enum li_err why)
{
	char text[96];

	d->pcap->left_out++;
	if (d->form != LIDUMP_SILENT)
		return LI_OK;
	snprintf(text, sizeof(text), "content: %s", li_err_text(why));
	return lidump_fault(d, offset, text);
}

static enum li_err packet(struct lidump *d, const struct ps_pdu *p, const struct ps_item *item, struct view v, uint64_t offset)
{
	struct look_cc l = { .kind = LOOK_IP, .octets = v, .qfi = -1 };	/* uMTSCC, ePSCC: a bare packet */
	char liid[3 * LI_LIID_MAX + 1], comment[256];
	struct buf joined;
	enum li_err e = LI_OK;
	int n;

	buf_init(&joined, 0);
	if (item->contents_tag == 23)
		e = look_cc(v, &joined, &l);
	else if (item->contents_tag != 4 && item->contents_tag != 15)
		l.kind = LOOK_OTHER;
	if (e) {
		e = no_packet(d, offset, e);
	} else {
		lidump_ascii(p->liid, liid, sizeof(liid));
		n = snprintf(comment, sizeof(comment), "LIID %s, number %" PRIu32 ", direction %s", liid, p->number, dir_text(item));
		if (p->has_cin)
			n += snprintf(comment + n, sizeof(comment) - (size_t)n, ", CIN %" PRIu32, p->cin);
		if (l.qfi >= 0)
			snprintf(comment + n, sizeof(comment) - (size_t)n, ", QFI %d", l.qfi);
		e = pcapwr_put(d->pcap, l.kind, nanoseconds(item->has_time ? item->time : p->time), pcap_dir(item), l.octets, comment);
	}
	buf_fini(&joined);
	return e;
}

static enum li_err packets(struct lidump *d, const struct ps_pdu *p, uint64_t offset)
{
	struct view rest = p->payload;
	struct ps_item item;
	struct buf joined;
	enum li_err e = LI_OK, got;

	buf_init(&joined, 0);
	while (!e && (got = ps_item_next(p->kind, &rest, &item)) != LI_ECLOSED) {
		if (got)
			d->pcap->left_out++;
		else
			e = packet(d, p, &item, contents(&item, &joined), offset + (uint64_t)(item.whole.p - p->whole.p));
	}
	buf_fini(&joined);
	return e;
}

/* -- one PDU -- */

/* What the summary could not show must not pass for shown: the items too are read. */
static void check_items(const struct ps_pdu *p, uint64_t offset, struct jer_fault *f)
{
	struct view rest = p->payload;
	struct ps_item item;
	enum li_err e = LI_OK;

	while (!f->err && (p->kind == PS_IRI || p->kind == PS_CC) && e != LI_ECLOSED) {
		uint64_t at = offset + (uint64_t)(rest.p - p->whole.p);

		e = ps_item_next(p->kind, &rest, &item);
		if (e && e != LI_ECLOSED)
			*f = (struct jer_fault){ e, at, "item" };
	}
}

/* Where a key opens its container, *p becomes what it means and *pdu the octets with the payload in clear. */
static enum li_err open_container(struct lidump *d, struct view *pdu, struct ps_pdu *p, bool *opened)
{
	struct ps_sealed s;
	struct view payload;
	const char *what;
	uint64_t counter;
	bool clear;
	size_t at;
	enum li_err e;

	*opened = false;
	if (p->kind != PS_ENCRYPTED)
		return LI_OK;
	d->opened.n = 0;
	e = buf_put(&d->opened, pdu->p, pdu->n);
	if (e)
		return e;
	clear = d->decrypt && d->decrypt(d->decrypt_arg, d->opened.p, d->opened.n);
	if (ps_decode(buf_view(&d->opened), p, &at, &what) || ps_sealed_read(p->whole, p->payload, &s) || (!clear && s.type != PS_CIPHER_NONE) ||
	    ps_unwrap(s.octets, &counter, &payload) || ps_decode_payload(payload, p, &what))
		return ps_decode(*pdu, p, &at, &what);		/* it is good: it was decoded before */
	*pdu = p->whole;
	*opened = true;
	return LI_OK;
}

enum li_err lidump_ps(struct lidump *d, struct view pdu, uint64_t offset)
{
	struct jer_fault f = { LI_OK, 0, NULL };
	struct ps_pdu p;
	bool opened = false;
	enum li_err e = LI_OK;
	size_t at;

	d->pdus++;
	f.err = ps_decode(pdu, &p, &at, &f.what);
	f.at = offset + at;
	if (!f.err)
		e = open_container(d, &pdu, &p, &opened);
	if (e)
		return e;
	if (!f.err) {
		d->kinds[p.kind]++;
		check_items(&p, offset, &f);
	}
	if (!f.err && d->pcap && p.kind == PS_CC)
		e = packets(d, &p, offset);
	if (e)
		return e;
	switch (d->form) {
	case LIDUMP_JSON:
		return structured(d, pdu, opened, offset, &f);
	case LIDUMP_TREE:
		return tree(d, pdu, opened, offset, &f);
	case LIDUMP_SUMMARY:
		return line(d, &p, &f, f.at);
	case LIDUMP_SILENT:
		return f.err ? line(d, &p, &f, f.at) : LI_OK;
	}
	return LI_OK;
}

enum li_err lidump_heading(struct lidump *d, bool x2x3)
{
	if (d->form != LIDUMP_SUMMARY)
		return LI_OK;
	if (x2x3)
		return buf_printf(&d->text, "%7s  %-30s  %-5s  %-36s %20s %10s  %s\n", "PDU", "time", "type", "XID", "correlation",
				  "number", "what");
	return buf_printf(&d->text, "%7s  %-27s  %-4s  %-16s %10s %10s  %s\n", "PDU", "time", "kind", "LIID", "CIN", "number", "what");
}

enum li_err lidump_totals(struct lidump *d, bool x2x3)
{
	static const char *const x[] = { "?", "X2", "X3", "keepalive", "keepalive acknowledgement" };
	const char *const *names = x2x3 ? x : kinds;
	size_t n = x2x3 ? sizeof(x) / sizeof(x[0]) : sizeof(kinds) / sizeof(kinds[0]);
	enum li_err e;

	if (d->form != LIDUMP_SUMMARY)
		return LI_OK;
	e = buf_printf(&d->text, "%" PRIu64 " PDUs", d->pdus);
	for (size_t i = 0; i < n && !e; i++)
		if (d->kinds[i])
			e = buf_printf(&d->text, ", %" PRIu64 " %s", d->kinds[i], names[i]);
	return e ? e : buf_printf(&d->text, "; %" PRIu64 " faults\n", d->faults);
}
