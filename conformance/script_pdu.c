/* script_pdu.c: a PDU as a script says it: header, attributes, payload. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/payload.h"
#include "conformance/script_int.h"

#define NAMES(a) (sizeof(a) / sizeof((a)[0]))
#define STEP(m) offsetof(struct script_step, m)

void script_bytes(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct octets *o = to;

	if (v->type != YAML_SCALAR_NODE) {
		node_fault(r, v, "a text is wanted here");
		return;
	}
	o->n = 0;
	octets_put(o, v->data.scalar.value, v->data.scalar.length);
}

void script_xid(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !xpdu_uuid(t, to))
		node_fault(r, v, "a UUID is wanted here");
}

static struct script_step *step_of(void *form_member, size_t offset)
{
	return (struct script_step *)((char *)form_member - offset);
}

/* -- header -- */

static void take_version(struct node_reader *r, yaml_node_t *v, void *to)
{
	uint64_t x = 0;

	node_u64(r, v, &x);
	if (x > 0xffff)
		node_fault(r, v, "a number of 16 bits is wanted here");
	*(unsigned *)to = (unsigned)x;
}

static void take_type(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !xpdu_type_read(t, to))
		node_fault(r, v, "x2, x3, keepalive, ack or a number is wanted here");
}

static void take_format(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !xpdu_format_read(t, to))
		node_fault(r, v, "a payload format's name or number is wanted here");
	step_of(to, STEP(form.x.format))->form.has_format = true;
}

static void take_direction(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !xpdu_direction_read(t, to))
		node_fault(r, v, "to, from, unknown, multiple, none or a number is wanted here");
	step_of(to, STEP(form.x.direction))->form.has_direction = true;
}

static void take_xid(struct node_reader *r, yaml_node_t *v, void *to)
{
	script_xid(r, v, to);
	step_of(to, STEP(form.x.xid))->form.has_xid = true;
}

static void take_header_length(struct node_reader *r, yaml_node_t *v, void *to)
{
	node_u32(r, v, to);
	step_of(to, STEP(form.x.header_length))->form.x.has_header_length = true;
}

static void take_payload_length(struct node_reader *r, yaml_node_t *v, void *to)
{
	node_u32(r, v, to);
	step_of(to, STEP(form.x.payload_length))->form.x.has_payload_length = true;
}

/* -- attributes -- */

static void take_sequence(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct form *f = to;

	if (node_is(v, "none")) {
		f->number = FORM_UNNUMBERED;
	} else if (node_is(v, "count")) {
		f->number = FORM_COUNT;
	} else {
		f->number = FORM_SET;
		node_u32(r, v, &f->set);
	}
}

static void take_time(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);
	struct form *f = to;

	if (!t)
		return;
	if (strcmp(t, "now") == 0) {
		f->time = FORM_NOW;
	} else if (strcmp(t, "capture") == 0) {
		f->time = FORM_CAPTURE;
	} else if (strcmp(t, "none") == 0) {
		f->time = FORM_UNDATED;
	} else {
		f->time = FORM_AT;
		if (!when_read(t, &f->at))
			node_fault(r, v, "now, capture, none, a time as 2026-01-01T00:00:00Z or seconds since 1970 is wanted here");
	}
}

static void take_shift(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);
	bool back = t && *t == '-';
	conf_us d = 0;

	if (t && !when_duration(back ? t + 1 : t, &d))
		node_fault(r, v, "a duration is wanted here, with - in front for earlier");
	*(conf_us *)to = back ? -d : d;
}

/* ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT into attributes. */
static void take_end(struct node_reader *r, yaml_node_t *v, struct octets *addr, struct octets *port)
{
	const char *t = node_text(r, v);
	struct payload_end e = { .port = 0 };

	if (!t)
		return;
	addr->n = port->n = 0;
	if (payload_addr(t, &e.addr)) {
		octets_put(addr, e.addr.b, e.addr.n);
		return;
	}
	if (!payload_end(t, &e)) {
		node_fault(r, v, "an address, or address:port, is wanted here");
		return;
	}
	octets_put(addr, e.addr.b, e.addr.n);
	octets_u16(port, e.port);
}

static void take_source(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct form *f = to;

	take_end(r, v, &f->source_addr, &f->source_port);
}

static void take_destination(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct form *f = to;

	take_end(r, v, &f->destination_addr, &f->destination_port);
}

static void take_protocol(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct octets *o = to;
	uint64_t x = 0;

	o->n = 0;
	if (node_is(v, "udp") || node_is(v, "tcp"))
		x = node_is(v, "udp") ? 17 : 6;
	else
		node_u64(r, v, &x);
	if (x > 255)
		node_fault(r, v, "udp, tcp or a number of 8 bits is wanted here");
	octets_u8(o, (unsigned)x);
}

/* {imsi: "…"}, or the attribute's text itself. */
static void take_target(struct node_reader *r, yaml_node_t *v, struct octets *o, unsigned type)
{
	const char *name, *text;
	yaml_node_t *value;

	if (v->type == YAML_SCALAR_NODE) {
		if (!xpdu_attr(o, type, v->data.scalar.value, v->data.scalar.length))
			node_fault(r, v, "an attribute is longer than 65,535 octets");
		return;
	}
	if (!node_pair(r, v, &name, &value))
		return;
	text = node_text(r, value);
	if (text && !form_target(o, type, name, text))
		node_fault(r, v, "an attribute is longer than 65,535 octets");
}

static void one_matched(struct node_reader *r, yaml_node_t *v, void *to)
{
	take_target(r, v, to, XPDU_A_MATCHED);
}

static void one_other(struct node_reader *r, yaml_node_t *v, void *to)
{
	take_target(r, v, to, XPDU_A_OTHER);
}

struct axri {
	uint8_t xid[16];
	uint64_t correlation;
	uint32_t sequence;
	bool has_sequence;
};

static void axri_sequence(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct axri *a = to;

	a->has_sequence = true;
	node_u32(r, v, &a->sequence);
}

static void one_axri(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "xid", script_xid, offsetof(struct axri, xid) },
		{ "correlation", node_u64, offsetof(struct axri, correlation) }, { "sequence", axri_sequence, 0 } };
	struct axri a = { .correlation = 0 };
	struct octets o = { 0 };

	node_map(r, v, fields, NAMES(fields), &a);
	octets_put(&o, a.xid, 16);
	octets_u64(&o, a.correlation);
	if (a.has_sequence)
		octets_u32(&o, a.sequence);
	(void)xpdu_attr(to, XPDU_A_AXRI, o.p, o.n);
	octets_fini(&o);
}

struct own {
	struct octets owner, value;
};

static void one_proprietary(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "owner", script_bytes, offsetof(struct own, owner) },
		{ "hex", node_hex, offsetof(struct own, value) }, { "text", script_bytes, offsetof(struct own, value) } };
	struct own a = { { 0 }, { 0 } };
	struct octets o = { 0 };

	node_map(r, v, fields, NAMES(fields), &a);
	if (a.owner.n > 255)
		node_fault(r, v, "an owner is at most 255 octets long");
	octets_u8(&o, (unsigned)a.owner.n);
	octets_put(&o, a.owner.p, a.owner.n);
	octets_put(&o, a.value.p, a.value.n);
	if (!xpdu_attr(to, XPDU_A_PROPRIETARY, o.p, o.n))
		node_fault(r, v, "an attribute is longer than 65,535 octets");
	octets_fini(&o);
	octets_fini(&a.owner);
	octets_fini(&a.value);
}

struct raw_attr {
	unsigned type;
	struct octets value;
	uint64_t length;		/* what is claimed; 65,536: the truth */
};

static void attr_type(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !xpdu_attr_type_read(t, to))
		node_fault(r, v, "an attribute's name or number is wanted here");
}

struct fill {
	uint64_t octet, n;
};

static void take_fill(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "octet", node_u64, offsetof(struct fill, octet) }, { "octets", node_u64, offsetof(struct fill, n) } };
	struct fill f = { 0, 0 };
	struct octets *o = to;

	node_map(r, v, fields, NAMES(fields), &f);
	if (f.octet > 255 || f.n > OCTETS_MAX)
		node_fault(r, v, "octet is at most 255, octets at most %u", OCTETS_MAX);
	o->n = 0;
	if (!*r->fault)
		octets_fill(o, (uint8_t)f.octet, (size_t)f.n);
	if (o->failed)
		node_fault(r, v, "no memory");
}

static void one_raw(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "type", attr_type, offsetof(struct raw_attr, type) },
		{ "hex", node_hex, offsetof(struct raw_attr, value) }, { "text", script_bytes, offsetof(struct raw_attr, value) },
		{ "fill", take_fill, offsetof(struct raw_attr, value) }, { "length", node_u64, offsetof(struct raw_attr, length) } };
	struct raw_attr a = { .length = XPDU_ATTR_MAX + 1 };

	node_map(r, v, fields, NAMES(fields), &a);
	if (a.length > XPDU_ATTR_MAX && a.value.n > XPDU_ATTR_MAX)
		node_fault(r, v, "an attribute is longer than 65,535 octets: length: must say what it claims");
	octets_u16(to, a.type);
	octets_u16(to, (unsigned)(a.length > XPDU_ATTR_MAX ? a.value.n : a.length));
	octets_put(to, a.value.p, a.value.n);
	octets_fini(&a.value);
}

static void anew(struct node_reader *r, yaml_node_t *v, void *to, node_take *one)
{
	((struct octets *)to)->n = 0;
	node_each(r, v, one, to);
}

static void take_matched(struct node_reader *r, yaml_node_t *v, void *to) { anew(r, v, to, one_matched); }
static void take_other(struct node_reader *r, yaml_node_t *v, void *to) { anew(r, v, to, one_other); }
static void take_axri(struct node_reader *r, yaml_node_t *v, void *to) { anew(r, v, to, one_axri); }
/* these add to what the defaults have */
static void take_raw(struct node_reader *r, yaml_node_t *v, void *to) { node_each(r, v, one_raw, to); }
static void take_proprietary(struct node_reader *r, yaml_node_t *v, void *to) { node_each(r, v, one_proprietary, to); }

/* -- payload -- */

static void take_file(struct node_reader *r, yaml_node_t *v, void *to)
{
	char *path = NULL;
	struct octets *o = to;

	script_path(r, v, &path);
	o->n = 0;
	if (path && !octets_file(o, path))
		node_fault(r, v, "%s: %s", path, strerror(errno));
	free(path);
}

static void take_hex_file(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct octets text = { 0 }, *o = to;

	take_file(r, v, &text);
	octets_u8(&text, 0);
	o->n = 0;
	if (!*r->fault && !octets_hex(o, (const char *)text.p))
		node_fault(r, v, "that file does not hold hex");
	octets_fini(&text);
}

static void take_payload(struct node_reader *r, yaml_node_t *v, void *to);

struct made {			/* udp:, gtpu:, ethernet:, rtp: */
	struct payload_end from, to;
	struct octets data;
	uint32_t teid, stamp, ssrc;
	uint64_t qfi, type, number;
	bool downlink;
	struct octets mac[2];
};

static void one_end(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !payload_end(t, to))
		node_fault(r, v, "address:port or [address]:port is wanted here");
}

static void made_fini(struct made *m)
{
	octets_fini(&m->data);
	octets_fini(&m->mac[0]);
	octets_fini(&m->mac[1]);
}

static void take_udp(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "from", one_end, offsetof(struct made, from) }, { "to", one_end, offsetof(struct made, to) },
		{ "data", take_payload, offsetof(struct made, data) } };
	struct made m = { .qfi = 0 };

	node_map(r, v, fields, NAMES(fields), &m);
	((struct octets *)to)->n = 0;
	if (!*r->fault && !payload_udp(&m.from, &m.to, m.data.p, m.data.n, to))
		node_fault(r, v, "from and to are addresses of one family, and a packet is at most 65,535 octets long");
	made_fini(&m);
}

static void take_gtpu(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "teid", node_u32, offsetof(struct made, teid) }, { "qfi", node_u64, offsetof(struct made, qfi) },
		{ "downlink", node_bool, offsetof(struct made, downlink) }, { "inner", take_payload, offsetof(struct made, data) } };
	struct made m = { .qfi = UINT64_MAX };

	node_map(r, v, fields, NAMES(fields), &m);
	((struct octets *)to)->n = 0;
	if (!*r->fault && ((m.qfi > 63 && m.qfi != UINT64_MAX) ||
			   !payload_gtpu(m.teid, m.qfi == UINT64_MAX ? -1 : (int)m.qfi, !m.downlink, m.data.p, m.data.n, to)))
		node_fault(r, v, "qfi is at most 63, a packet at most 65,535 octets long");
	made_fini(&m);
}

static void take_ethernet(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "destination", node_hex, offsetof(struct made, mac[0]) },
		{ "source", node_hex, offsetof(struct made, mac[1]) }, { "inner", take_payload, offsetof(struct made, data) } };
	struct made m = { .qfi = 0 };

	node_map(r, v, fields, NAMES(fields), &m);
	((struct octets *)to)->n = 0;
	if (m.mac[0].n != 6 || m.mac[1].n != 6)
		node_fault(r, v, "destination and source are six octets each");
	else
		payload_ethernet(m.mac[0].p, m.mac[1].p, m.data.p, m.data.n, to);
	made_fini(&m);
}

static void take_rtp(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "type", node_u64, offsetof(struct made, type) }, { "number", node_u64, offsetof(struct made, number) },
		{ "stamp", node_u32, offsetof(struct made, stamp) }, { "ssrc", node_u32, offsetof(struct made, ssrc) },
		{ "data", take_payload, offsetof(struct made, data) } };
	struct made m = { .qfi = 0 };

	node_map(r, v, fields, NAMES(fields), &m);
	((struct octets *)to)->n = 0;
	payload_rtp((unsigned)m.type, (unsigned)m.number & 0xffff, m.stamp, m.ssrc, m.data.p, m.data.n, to);
	made_fini(&m);
}

static void take_payload(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "hex", node_hex, 0 }, { "text", script_bytes, 0 }, { "file", take_file, 0 },
		{ "hex_file", take_hex_file, 0 }, { "fill", take_fill, 0 }, { "udp", take_udp, 0 }, { "gtpu", take_gtpu, 0 },
		{ "ethernet", take_ethernet, 0 }, { "rtp", take_rtp, 0 } };

	if (v->type == YAML_SCALAR_NODE)
		node_hex(r, v, to);
	else
		node_map(r, v, fields, NAMES(fields), to);
}

static void take_number_at(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct form *f = to;

	f->has_number_at = true;
	node_u64(r, v, &f->number_at);
}

const struct node_field script_form_fields[] = {
	{ "version", take_version, STEP(form.x.version) },
	{ "type", take_type, STEP(form.x.type) },
	{ "format", take_format, STEP(form.x.format) },
	{ "direction", take_direction, STEP(form.x.direction) },
	{ "xid", take_xid, STEP(form.x.xid) },
	{ "correlation", node_u64, STEP(form.x.correlation) },
	{ "correlations", node_u64, STEP(form.correlations) },
	{ "header_length", take_header_length, STEP(form.x.header_length) },
	{ "payload_length", take_payload_length, STEP(form.x.payload_length) },
	{ "domain_id", script_bytes, STEP(form.did) },
	{ "nfid", script_bytes, STEP(form.nfid) },
	{ "ipid", script_bytes, STEP(form.ipid) },
	{ "sequence", take_sequence, STEP(form) },
	{ "skip", node_u32, STEP(form.skip) },
	{ "time", take_time, STEP(form) },
	{ "shift", take_shift, STEP(form.shift) },
	{ "source", take_source, STEP(form) },
	{ "destination", take_destination, STEP(form) },
	{ "protocol", take_protocol, STEP(form.protocol) },
	{ "matched", take_matched, STEP(form.matched) },
	{ "other", take_other, STEP(form.other) },
	{ "mime_type", script_bytes, STEP(form.mime_type) },
	{ "mime_encoding", script_bytes, STEP(form.mime_encoding) },
	{ "axri", take_axri, STEP(form.axri) },
	{ "sdp", script_bytes, STEP(form.sdp) },
	{ "proprietary", take_proprietary, STEP(form.raw) },
	{ "attributes", take_raw, STEP(form.raw) },
	{ "payload", take_payload, STEP(form.payload) },
	{ "number_at", take_number_at, STEP(form) },
	{ "hostile", node_bool, STEP(form.hostile) },
};
const size_t script_form_n = NAMES(script_form_fields);
