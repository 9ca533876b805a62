/*
 * script_step.c: a script's steps, a taker each. The form of a step that has one begins as the document's defaults, its dose as once to the
 * only connection.
 */
#include <stdlib.h>
#include <string.h>

#include "conformance/payload.h"
#include "conformance/script_int.h"

#define NAMES(a) (sizeof(a) / sizeof((a)[0]))
#define STEP(m) offsetof(struct script_step, m)
#define FIELDS 64		/* of a form and a dose together */

static struct script_reader *of(struct node_reader *r)
{
	return r->arg;
}

/* -- doses -- */

static void one_wire(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script *s = of(r)->s;
	struct script_dose *d = to;
	const char *name = node_text(r, v);
	size_t i = 0, from, upto;
	uint64_t *a;

	if (!name)
		return;
	while (i < s->n_confs && strcmp(s->confs[i].name, name) != 0)
		i++;
	if (i == s->n_confs) {
		node_fault(r, v, "there is no such connection");
		return;
	}
	script_wires_of(s, i, &from, &upto);
	a = realloc(d->wires, (d->n_wires + upto - from) * sizeof(*a));
	if (!a) {
		node_fault(r, v, "no memory");
		return;
	}
	d->wires = a;
	while (from < upto)
		a[d->n_wires++] = from++;
}

static void take_on(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_dose *)to)->n_wires = 0;
	node_each(r, v, one_wire, to);
}

static void take_rate(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);
	double rate = t ? strtod(t, NULL) : 0;

	if (!(rate >= 0.001 && rate <= 1e6))
		node_fault(r, v, "a number of PDUs a second, 0.001 to 1000000, is wanted here");
	else
		*(conf_us *)to = (conf_us)(1e6 / rate);
}

static void cut_from(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_dose *d = to;

	d->has_cut = true;
	node_u64(r, v, &d->from);
}

static void cut_to(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_dose *d = to;

	d->has_cut = true;
	node_u64(r, v, &d->to);
}

static void take_slow(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "octets", node_u64, offsetof(struct script_dose, drip) },
		{ "every", node_duration, offsetof(struct script_dose, drip_every) } };
	struct script_dose *d = to;

	d->drip = 1;
	node_map(r, v, fields, NAMES(fields), d);
	if (d->drip == 0 || d->drip_every == 0)
		node_fault(r, v, "octets: and every: are wanted here");
}

static void take_fuzz(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "changes", node_u64, offsetof(struct script_dose, fuzz) },
		{ "seed", node_u64, offsetof(struct script_dose, seed) } };

	((struct script_dose *)to)->fuzz = 1;
	node_map(r, v, fields, NAMES(fields), to);
}

static const struct node_field dose_fields[] = {
	{ "on", take_on, STEP(dose) },
	{ "repeat", node_u64, STEP(dose.repeat) },
	{ "every", node_duration, STEP(dose.every) },
	{ "rate", take_rate, STEP(dose.every) },
	{ "from", cut_from, STEP(dose) },
	{ "upto", cut_to, STEP(dose) },
	{ "slow", take_slow, STEP(dose) },
	{ "fuzz", take_fuzz, STEP(dose) },
	{ "under_tls", node_bool, STEP(dose.under) },
};

/* Where nothing is said and there is but one kind of connection, it is that. */
static void default_wires(struct node_reader *r, yaml_node_t *at, struct script_dose *d)
{
	struct script *s = of(r)->s;

	if (d->n_wires || *r->fault)
		return;
	if (s->n_confs != 1) {
		node_fault(r, at, "on: is missing");
		return;
	}
	d->wires = calloc(s->n_wires, sizeof(*d->wires));
	if (!d->wires)
		node_fault(r, at, "no memory");
	for (size_t i = 0; d->wires && i < s->n_wires; i++)
		d->wires[d->n_wires++] = i;
}

/* -- steps -- */

static size_t both(struct node_field *out, const struct node_field *a, size_t n, const struct node_field *b, size_t m)
{
	memcpy(out, a, n * sizeof(*a));
	memcpy(out + n, b, m * sizeof(*b));
	return n + m;
}

static void ready(struct node_reader *r, yaml_node_t *v, struct script_step *st)
{
	const char *fault;

	if (*r->fault)
		return;
	fault = form_ready(&st->form);
	if (fault)
		node_fault(r, v, "%s", fault);
	if ((st->dose.has_cut || st->dose.fuzz || st->dose.under || st->dose.drip) && !st->form.hostile)
		node_fault(r, v, "from, upto, slow, fuzz and under_tls need hostile: yes");
}

static void take_pdu(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_step *st = to;
	struct node_field fields[FIELDS];
	size_t n = both(fields, script_form_fields, script_form_n, dose_fields, NAMES(dose_fields));

	st->what = SCRIPT_PDU;
	node_map(r, v, fields, n, st);
	if (!*r->fault && st->form.x.type == 0 && !st->form.hostile)
		node_fault(r, v, "type: is missing");
	default_wires(r, v, &st->dose);
	ready(r, v, st);
}

static void take_number(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_step *st = to;

	st->next = node_is(v, "next");
	st->with_sequence = !node_is(v, "none");
	if (st->with_sequence && !st->next)
		node_u32(r, v, &st->sequence);
}

static void take_keepalive(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_step *st = to;
	struct node_field fields[FIELDS];
	static const struct node_field own[] = { { "sequence", take_number, 0 }, { "hostile", node_bool, STEP(form.hostile) } };
	size_t n = both(fields, own, NAMES(own), dose_fields, NAMES(dose_fields));

	st->what = SCRIPT_KEEPALIVE;
	st->with_sequence = st->next = true;
	node_map(r, v, fields, n, st);
	if (!st->with_sequence && !st->form.hostile)
		node_fault(r, v, "a keepalive without sequence number: hostile: yes is needed for that");
	default_wires(r, v, &st->dose);
}

static void take_raw(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_step *st = to;
	struct node_field fields[FIELDS];
	static const struct node_field own[] = { { "hex", node_hex, STEP(raw) }, { "text", script_bytes, STEP(raw) } };
	size_t n = both(fields, own, NAMES(own), dose_fields, NAMES(dose_fields));

	st->what = SCRIPT_RAW;
	node_map(r, v, fields, n, st);
	default_wires(r, v, &st->dose);
}

static void take_wait(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_step *st = to;

	st->what = SCRIPT_WAIT;
	node_duration(r, v, &st->time);
}

static void expect_ack(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_step *st = to;

	st->expect = node_is(v, "all") ? SCRIPT_ACK_ALL : SCRIPT_ACK;
	if (st->expect == SCRIPT_ACK)
		take_number(r, v, to);
	if (st->next)
		node_fault(r, v, "all, none or a number is wanted here");
}

#define EXPECT(name, value) \
	static void name(struct node_reader *r, yaml_node_t *v, void *to) { bool yes; node_bool(r, v, &yes); ((struct script_step *)to)->expect = value; }
EXPECT(expect_closed, SCRIPT_CLOSED)
EXPECT(expect_refused, SCRIPT_REFUSED)
EXPECT(expect_up, SCRIPT_UP)

static void expect_no_ack(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_step *)to)->expect = SCRIPT_NO_ACK;
	node_duration(r, v, &((struct script_step *)to)->time);
}

static void expect_open(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_step *)to)->expect = SCRIPT_OPEN;
	node_duration(r, v, &((struct script_step *)to)->time);
}

static void take_expect(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "ack", expect_ack, 0 }, { "no_ack", expect_no_ack, 0 }, { "closed", expect_closed, 0 },
		{ "refused", expect_refused, 0 }, { "up", expect_up, 0 }, { "open", expect_open, 0 }, { "within", node_duration, STEP(time) },
		{ "on", take_on, STEP(dose) } };
	struct script_step *st = to;

	st->what = SCRIPT_EXPECT;
	st->time = 5 * WHEN_SECOND;
	st->expect = (enum script_expect)-1;
	node_map(r, v, fields, NAMES(fields), st);
	if (st->expect == (enum script_expect)-1)
		node_fault(r, v, "what is expected? ack, no_ack, closed, refused, up or open");
	default_wires(r, v, &st->dose);
}

/* connect: a   or   {on: [a, b]} */
static void take_wires(struct node_reader *r, yaml_node_t *v, struct script_step *st)
{
	static const struct node_field fields[] = { { "on", take_on, STEP(dose) } };

	if (v->type == YAML_MAPPING_NODE)
		node_map(r, v, fields, NAMES(fields), st);
	else
		take_on(r, v, &st->dose);
	default_wires(r, v, &st->dose);
}

static void take_connect(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_step *)to)->what = SCRIPT_CONNECT;
	take_wires(r, v, to);
}

static void take_reconnect(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_step *)to)->what = SCRIPT_RECONNECT;
	take_wires(r, v, to);
}

static void take_how(struct node_reader *r, yaml_node_t *v, void *to)
{
	if (node_is(v, "notify"))
		*(enum wire_close *)to = WIRE_NOTIFY;
	else if (node_is(v, "fin"))
		*(enum wire_close *)to = WIRE_FIN;
	else if (node_is(v, "reset"))
		*(enum wire_close *)to = WIRE_RESET;
	else
		node_fault(r, v, "notify, fin or reset is wanted here");
}

static void take_close(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "on", take_on, STEP(dose) }, { "how", take_how, STEP(how) } };
	struct script_step *st = to;

	st->what = SCRIPT_CLOSE;
	if (v->type == YAML_MAPPING_NODE)
		node_map(r, v, fields, NAMES(fields), st);
	else
		take_on(r, v, &st->dose);
	default_wires(r, v, &st->dose);
}

static void take_renegotiate(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_step *)to)->what = SCRIPT_TLS;
	((struct script_step *)to)->tls = SCRIPT_RENEGOTIATE;
	take_wires(r, v, to);
}

static void take_key_update(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_step *)to)->what = SCRIPT_TLS;
	((struct script_step *)to)->tls = SCRIPT_KEY_UPDATE;
	take_wires(r, v, to);
}

static void take_mark(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_step *)to)->what = SCRIPT_MARK;
	node_string(r, v, &((struct script_step *)to)->mark);
}

static void take_wait_for(struct node_reader *r, yaml_node_t *v, void *to)
{
	((struct script_step *)to)->what = SCRIPT_WAIT_FOR;
	node_string(r, v, &((struct script_step *)to)->mark);
}

bool script_as_read(const char *text, unsigned *as)
{
	static const struct { const char *name; unsigned bit; } names[] = { { "gtpu", SCRIPT_AS_GTPU }, { "ip", SCRIPT_AS_IP },
		{ "ethernet", SCRIPT_AS_ETHERNET }, { "sip", SCRIPT_AS_SIP }, { "rtp", SCRIPT_AS_RTP }, { "dhcp", SCRIPT_AS_DHCP },
		{ "radius", SCRIPT_AS_RADIUS } };

	*as = 0;
	while (*text) {
		size_t n = strcspn(text, ","), i = 0;

		while (i < NAMES(names) && (strlen(names[i].name) != n || strncmp(names[i].name, text, n) != 0))
			i++;
		if (i == NAMES(names))
			return false;
		*as |= names[i].bit;
		text += n + (text[n] == ',');
	}
	return *as;
}

static void take_as(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !script_as_read(t, to))
		node_fault(r, v, "gtpu, ip, ethernet, sip, rtp, dhcp or radius, with commas between them, are wanted here");
}

static void one_address(struct node_reader *r, yaml_node_t *v, void *to)
{
	struct script_capture *c = to;
	struct octets *a = realloc(c->targets, (c->n_targets + 1) * sizeof(*a));
	const char *t = node_text(r, v);
	struct payload_addr addr;

	if (!a || !t)
		return;
	c->targets = a;
	a[c->n_targets] = (struct octets){ 0 };
	if (payload_addr(t, &addr))
		octets_put(&a[c->n_targets++], addr.b, addr.n);
	else
		node_fault(r, v, "an address is wanted here");
}

static void take_targets(struct node_reader *r, yaml_node_t *v, void *to)
{
	node_each(r, v, one_address, to);
}

static void take_pace(struct node_reader *r, yaml_node_t *v, void *to)
{
	if (node_is(v, "capture"))
		*(enum script_pace *)to = SCRIPT_PACE_CAPTURE;
	else if (!node_is(v, "max"))
		node_fault(r, v, "max or capture is wanted here");
}

static void take_capture(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field own[] = { { "file", script_path, STEP(capture.file) }, { "as", take_as, STEP(capture.as) },
		{ "filter", node_string, STEP(capture.filter) }, { "inner", node_bool, STEP(capture.inner) }, { "target", take_targets, STEP(capture) },
		{ "correlate", node_bool, STEP(capture.correlate) }, { "pace", take_pace, STEP(capture.pace) },
		{ "limit", node_u64, STEP(capture.limit) }, { "loop", node_u64, STEP(capture.loop) } };
	struct node_field fields[FIELDS];
	size_t n = both(fields, script_form_fields, script_form_n, dose_fields, NAMES(dose_fields));
	struct script_step *st = to;

	n = both(fields, fields, n, own, NAMES(own));
	st->what = SCRIPT_CAPTURE;
	st->form.time = FORM_CAPTURE;
	node_map(r, v, fields, n, st);
	if (!st->capture.file || !st->capture.as)
		node_fault(r, v, "file: and as: are wanted here");
	if (!st->form.has_xid)
		node_fault(r, v, "xid is missing");
	st->capture.now = st->form.time == FORM_NOW;
	default_wires(r, v, &st->dose);
}

static void loop_steps(struct node_reader *r, yaml_node_t *v, void *to)
{
	script_steps(r, v, &((struct script_step *)to)->steps, &((struct script_step *)to)->n_steps);
}

static void take_loop(struct node_reader *r, yaml_node_t *v, void *to)
{
	static const struct node_field fields[] = { { "times", node_u64, STEP(times) }, { "steps", loop_steps, 0 } };
	struct script_step *st = to;

	st->what = SCRIPT_LOOP;
	st->times = 1;
	if (++of(r)->depth > SCRIPT_DEPTH)
		node_fault(r, v, "loops are too deep");
	node_map(r, v, fields, NAMES(fields), st);
	of(r)->depth--;
}

void script_steps(struct node_reader *r, yaml_node_t *v, struct script_step **steps, size_t *n)
{
	static const struct { const char *name; node_take *take; } kinds[] = { { "pdu", take_pdu }, { "keepalive", take_keepalive }, { "raw", take_raw },
		{ "wait", take_wait }, { "expect", take_expect }, { "connect", take_connect }, { "reconnect", take_reconnect }, { "close", take_close },
		{ "mark", take_mark }, { "wait_for", take_wait_for }, { "loop", take_loop }, { "capture", take_capture },
		{ "renegotiate", take_renegotiate }, { "key_update", take_key_update } };

	if (v->type != YAML_SEQUENCE_NODE) {
		node_fault(r, v, "a list of steps is wanted here");
		return;
	}
	for (yaml_node_item_t *i = v->data.sequence.items.start; i < v->data.sequence.items.top && !*r->fault; i++) {
		yaml_node_t *item = yaml_document_get_node(r->doc, *i), *value;
		struct script_step *a = script_grown(*steps, *n, sizeof(*a)), *st;
		const char *name;
		size_t k = 0;

		if (!a) {
			node_fault(r, item, "no memory");
			return;
		}
		*steps = a;
		st = &a[(*n)++];
		memset(st, 0, sizeof(*st));
		if (!form_copy(&st->form, &of(r)->defaults))
			node_fault(r, item, "no memory");
		st->line = node_line(item);
		st->dose.repeat = 1;
		st->dose.to = UINT64_MAX;
		st->capture.loop = 1;
		if (!node_pair(r, item, &name, &value))
			return;
		while (k < NAMES(kinds) && strcmp(kinds[k].name, name) != 0)
			k++;
		if (k == NAMES(kinds))
			node_fault(r, item, "nobody knows the step \"%.40s\"", name);
		else
			kinds[k].take(r, value, st);
	}
}
