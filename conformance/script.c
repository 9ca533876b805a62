/*
 * script.c: a script's documents into connections and tracks.
 *
 *	script_read -> documents (libyaml) -> all their connections: -> for each: defaults:, then steps: (script_step.c)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/script_int.h"

#define NAMES(a) (sizeof(a) / sizeof((a)[0]))
#define DOCUMENTS 64		/* tracks of one script */

static struct script_reader *of(struct node_reader *r)
{
	return r->arg;
}

void script_path(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v), *folder = of(r)->folder;
	char **s = to;

	if (!t)
		return;
	free(*s);
	if (asprintf(s, "%s%s", *t == '/' || strcmp(t, "-") == 0 ? "" : folder, t) < 0) {
		*s = NULL;
		node_fault(r, v, "no memory");
	}
}

/* -- connections -- */

void script_wire_init(struct wire_conf *w)
{
	memset(w, 0, sizeof(*w));
	w->version = XPDU_VERSION;
	w->keepalive = 60 * WHEN_SECOND;	/* TIME_P1 and TIME_P2, clause 6.2.4. X23-POI-014 */
	w->ack_within = 180 * WHEN_SECOND;
	w->reconnect = WHEN_SECOND;
	w->connect_within = 10 * WHEN_SECOND;
	w->count = 1;
}

#define TEXTS(do) do(name) do(host) do(port) do(tls.cert) do(tls.key) do(tls.ca) do(tls.crl) do(tls.peer) do(tls.ciphers) \
	do(tls.ciphersuites) do(tls.keylog)

void script_wire_fini(struct wire_conf *w)
{
#define FREE(m) free(w->m);
	TEXTS(FREE)
	octets_fini(&w->before);
}

bool script_wire_copy(struct wire_conf *to, const struct wire_conf *from)
{
	bool good = true;

	*to = *from;
#define DUP(m) if (from->m) { to->m = strdup(from->m); good = good && to->m; }
	TEXTS(DUP)
	to->before = (struct octets){ 0 };
	octets_put(&to->before, from->before.p, from->before.n);
	return good && !to->before.failed;
}

bool script_wire_to(struct wire_conf *w, const char *text)
{
	const char *colon = strrchr(text, ':'), *end = colon;

	if (!colon || colon == text || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) || strtoul(colon + 1, NULL, 10) > 65535)
		return false;
	if (*text == '[') {
		if (end[-1] != ']')
			return false;
		text++;
		end--;
	} else if (strchr(text, ':') != colon) {
		return false;
	}
	free(w->host);
	free(w->port);
	w->host = strndup(text, (size_t)(end - text));
	w->port = strdup(colon + 1);
	return w->host && w->port && *w->host;
}

const char *script_wire_judge(const struct wire_conf *w)
{
	bool odd = w->tls.no_certificate || w->tls.no_verify || w->stall || w->deaf || w->before.n || (w->tls.min && w->tls.min < 12) ||
		   (w->tls.max && w->tls.max < 12);

	if (!w->host)
		return "to: HOST:PORT is missing";
	if (odd && !w->hostile)
		return "no_certificate, no_verify, stall, deaf, before and TLS below 1.2 need hostile: yes";
	if (w->plain)
		return NULL;
	if (!w->tls.no_certificate && (!w->tls.cert || !w->tls.key))
		return "certificate and key are missing: both ends prove who they are";
	if (!w->tls.no_verify && (!w->tls.ca || !w->tls.peer))
		return "ca and the peer's name are missing: both ends prove who they are";
	return NULL;
}

static void take_to(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !script_wire_to(to, t))
		node_fault(r, v, "host:port or [host]:port is wanted here");
}

static void take_off(struct node_reader *r, yaml_node_t *v, void *to)
{
	if (node_is(v, "off"))
		*(conf_us *)to = 0;
	else
		node_duration(r, v, to);
}

static void take_tls_version(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (!t)
		return;
	if (strlen(t) != 3 || t[0] != '1' || t[1] != '.' || t[2] < '0' || t[2] > '3')
		node_fault(r, v, "1.0 to 1.3 is wanted here");
	else
		*(unsigned *)to = 10 + (unsigned)(t[2] - '0');
}

static void take_version(struct node_reader *r, yaml_node_t *v, void *to)
{
	uint32_t x = 0;

	node_u32(r, v, &x);
	*(unsigned *)to = x & 0xffff;
}

static const struct node_field wire_fields[] = {
	{ "to", take_to, 0 },
	{ "peer", node_string, offsetof(struct wire_conf, tls.peer) },
	{ "certificate", script_path, offsetof(struct wire_conf, tls.cert) },
	{ "key", script_path, offsetof(struct wire_conf, tls.key) },
	{ "ca", script_path, offsetof(struct wire_conf, tls.ca) },
	{ "crl", script_path, offsetof(struct wire_conf, tls.crl) },
	{ "ciphers", node_string, offsetof(struct wire_conf, tls.ciphers) },
	{ "ciphersuites", node_string, offsetof(struct wire_conf, tls.ciphersuites) },
	{ "keylog", script_path, offsetof(struct wire_conf, tls.keylog) },
	{ "tls_min", take_tls_version, offsetof(struct wire_conf, tls.min) },
	{ "tls_max", take_tls_version, offsetof(struct wire_conf, tls.max) },
	{ "no_certificate", node_bool, offsetof(struct wire_conf, tls.no_certificate) },
	{ "no_verify", node_bool, offsetof(struct wire_conf, tls.no_verify) },
	{ "plain", node_bool, offsetof(struct wire_conf, plain) },
	{ "later", node_bool, offsetof(struct wire_conf, later) },
	{ "may_end", node_bool, offsetof(struct wire_conf, may_end) },
	{ "hostile", node_bool, offsetof(struct wire_conf, hostile) },
	{ "stall", node_bool, offsetof(struct wire_conf, stall) },
	{ "deaf", node_bool, offsetof(struct wire_conf, deaf) },
	{ "before", node_hex, offsetof(struct wire_conf, before) },
	{ "version", take_version, offsetof(struct wire_conf, version) },
	{ "keepalive", take_off, offsetof(struct wire_conf, keepalive) },
	{ "ack_within", take_off, offsetof(struct wire_conf, ack_within) },
	{ "reconnect", take_off, offsetof(struct wire_conf, reconnect) },
	{ "connect_within", node_duration, offsetof(struct wire_conf, connect_within) },
	{ "count", node_u64, offsetof(struct wire_conf, count) },
};

void *script_grown(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : realloc(array, (n ? n * 2 : 1) * size);
}

static bool add_conf(struct script *s, const struct wire_conf *base, struct wire_conf **c)
{
	struct wire_conf *a = script_grown(s->confs, s->n_confs, sizeof(*a));

	if (!a)
		return false;
	s->confs = a;
	*c = &a[s->n_confs++];
	return script_wire_copy(*c, base);
}

static void take_connection(struct node_reader *r, yaml_node_t *k, yaml_node_t *v)
{
	struct script *s = of(r)->s;
	const char *name = node_text(r, k), *missing;
	struct wire_conf *c;

	if (!name)
		return;
	for (size_t i = 0; i < s->n_confs; i++)
		if (strcmp(s->confs[i].name, name) == 0)
			node_fault(r, k, "there are two connections of this name");
	if (!add_conf(s, &of(r)->base->wire, &c)) {
		node_fault(r, k, "no memory");
		return;
	}
	free(c->name);
	c->name = strdup(name);
	node_map(r, v, wire_fields, NAMES(wire_fields), c);
	if (!c->tls.peer && c->host && !c->tls.no_verify)
		c->tls.peer = strdup(c->host);		/* RFC 6125: the name that was dialled */
	missing = script_wire_judge(c);
	if (missing)
		node_fault(r, v, "%s", missing);
	if (c->count == 0 || c->count > SCRIPT_WIRES || (s->n_wires += (size_t)c->count) > SCRIPT_WIRES)
		node_fault(r, v, "there are at least 1 and at most %u connections", SCRIPT_WIRES);
}

void script_wires_of(const struct script *s, size_t conf, size_t *from, size_t *to)
{
	*from = 0;
	for (size_t i = 0; i < conf; i++)
		*from += (size_t)s->confs[i].count;
	*to = *from + (size_t)s->confs[conf].count;
}

/* -- documents -- */

static void step_fini(struct script_step *st)
{
	for (size_t i = 0; i < st->n_steps; i++)
		step_fini(&st->steps[i]);
	free(st->steps);
	form_fini(&st->form);
	octets_fini(&st->raw);
	free(st->dose.wires);
	free(st->mark);
	free(st->capture.file);
	free(st->capture.filter);
	for (size_t i = 0; i < st->capture.n_targets; i++)
		octets_fini(&st->capture.targets[i]);
	free(st->capture.targets);
}

void script_free(struct script *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_confs; i++)
		script_wire_fini(&s->confs[i]);
	for (size_t i = 0; i < s->n_tracks; i++) {
		for (size_t k = 0; k < s->tracks[i].n_steps; k++)
			step_fini(&s->tracks[i].steps[k]);
		free(s->tracks[i].steps);
	}
	free(s->confs);
	free(s->tracks);
	free(s->file);
	free(s);
}

static yaml_node_t *member(struct node_reader *r, yaml_node_t *map, const char *key)
{
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++)
		if (node_is(yaml_document_get_node(r->doc, p->key), key))
			return yaml_document_get_node(r->doc, p->value);
	return NULL;
}

static void connections(struct node_reader *r, yaml_node_t *root)
{
	yaml_node_t *v;

	if (root->type != YAML_MAPPING_NODE) {
		node_fault(r, root, "a document is a mapping: connections, defaults, steps");
		return;
	}
	v = member(r, root, "connections");
	if (!v)
		return;
	if (v->type != YAML_MAPPING_NODE) {
		node_fault(r, v, "a mapping (name: connection) is wanted here");
		return;
	}
	for (yaml_node_pair_t *p = v->data.mapping.pairs.start; p < v->data.mapping.pairs.top && !*r->fault; p++)
		take_connection(r, yaml_document_get_node(r->doc, p->key), yaml_document_get_node(r->doc, p->value));
}

static void nothing(struct node_reader *r, yaml_node_t *v, void *to)
{
	(void)r;
	(void)v;
	(void)to;
}

static void track(struct node_reader *r, yaml_node_t *root)
{
	static const struct node_field fields[] = { { "connections", nothing, 0 }, { "defaults", nothing, 0 }, { "steps", nothing, 0 } };
	struct script *s = of(r)->s;
	struct script_track *a = script_grown(s->tracks, s->n_tracks, sizeof(*a));
	yaml_node_t *v = member(r, root, "defaults");
	struct script_step st = { .what = SCRIPT_PDU };

	if (!a || !form_copy(&st.form, &of(r)->base->form)) {
		node_fault(r, root, "no memory");
		return;
	}
	s->tracks = a;
	a[s->n_tracks] = (struct script_track){ NULL, 0 };
	node_map(r, root, fields, NAMES(fields), NULL);
	if (v)
		node_map(r, v, script_form_fields, script_form_n, &st);
	of(r)->defaults = st.form;
	v = member(r, root, "steps");
	if (v && !*r->fault)
		script_steps(r, v, &a[s->n_tracks].steps, &a[s->n_tracks].n_steps);
	s->n_tracks++;
	form_fini(&of(r)->defaults);
}

static void documents(struct node_reader *r, FILE *f)
{
	yaml_document_t docs[DOCUMENTS];
	size_t n = 0;
	yaml_parser_t y;
	yaml_node_t *root;

	if (!yaml_parser_initialize(&y)) {
		snprintf(r->fault, sizeof(r->fault), "no memory");
		return;
	}
	yaml_parser_set_input_file(&y, f);
	for (;;) {
		if (n == DOCUMENTS) {
			snprintf(r->fault, sizeof(r->fault), "%s: more than %u documents", r->file, DOCUMENTS - 1);
			break;
		}
		if (!yaml_parser_load(&y, &docs[n])) {
			snprintf(r->fault, sizeof(r->fault), "%s:%zu: %s", r->file, y.problem_mark.line + 1, y.problem ? y.problem : "cannot be read");
			break;
		}
		r->doc = &docs[n];
		if (!yaml_document_get_root_node(&docs[n])) {
			yaml_document_delete(&docs[n]);
			break;
		}
		n++;
	}
	for (size_t i = 0; i < n && !*r->fault; i++) {
		r->doc = &docs[i];
		connections(r, yaml_document_get_root_node(r->doc));
	}
	for (size_t i = 0; i < n && !*r->fault; i++) {
		r->doc = &docs[i];
		root = yaml_document_get_root_node(r->doc);
		if (of(r)->s->n_confs == 0 && of(r)->base->wire.name) {	/* the command line's only */
			struct wire_conf *c;

			if (!add_conf(of(r)->s, &of(r)->base->wire, &c))
				node_fault(r, root, "no memory");
			of(r)->s->n_wires = (size_t)of(r)->base->wire.count;
		}
		if (of(r)->s->n_confs == 0)
			node_fault(r, root, "connections: is missing");
		else
			track(r, root);
	}
	for (size_t i = 0; i < n; i++)
		yaml_document_delete(&docs[i]);
	yaml_parser_delete(&y);
}

struct script *script_read(const char *file, const struct script_base *base, char *fault, size_t room)
{
	bool std = strcmp(file, "-") == 0;
	struct script_reader own = { .base = base };
	struct node_reader r = { .file = std ? "standard input" : file, .arg = &own };
	const char *slash = strrchr(file, '/');
	FILE *f = std ? stdin : fopen(file, "rb");

	*fault = '\0';
	if (!f) {
		snprintf(fault, room, "%s: %s", file, strerror(errno));
		return NULL;
	}
	own.folder = strndup(file, slash ? (size_t)(slash - file) + 1 : 0);
	own.s = calloc(1, sizeof(*own.s));
	if (own.s)
		own.s->file = strdup(r.file);
	if (own.folder && own.s && own.s->file)
		documents(&r, f);
	else
		snprintf(r.fault, sizeof(r.fault), "no memory");
	if (!std)
		fclose(f);
	free(own.folder);
	snprintf(fault, room, "%s", r.fault);
	if (*r.fault) {
		script_free(own.s);
		return NULL;
	}
	return own.s;
}

struct script *script_alone(const struct script_base *base, struct script_step *step, uint64_t count, char *fault, size_t room)
{
	struct script *s = calloc(1, sizeof(*s));
	struct wire_conf *c;

	snprintf(fault, room, "no memory");
	if (!s || !add_conf(s, &base->wire, &c))
		goto bad;
	c->count = count;
	s->n_wires = (size_t)count;
	s->file = strdup("command line");
	s->tracks = calloc(1, sizeof(*s->tracks));
	if (!s->file || !s->tracks)
		goto bad;
	s->tracks[0].steps = calloc(1, sizeof(*step));
	step->dose.wires = calloc(s->n_wires, sizeof(*step->dose.wires));
	if (!s->tracks[0].steps || !step->dose.wires)
		goto bad;
	for (size_t i = 0; i < s->n_wires; i++)
		step->dose.wires[step->dose.n_wires++] = i;
	s->tracks[0].steps[0] = *step;
	s->tracks[0].n_steps = 1;
	s->n_tracks = 1;
	*fault = '\0';
	return s;
bad:
	script_free(s);
	return NULL;
}
