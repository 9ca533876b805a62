/*
 * yaml.c: see yaml.h. Two passes over the text: the first looks at libyaml's events and refuses what we do not want to
 * hold (aliases, foreign tags, depth, a second document) before anything is built; the second loads the document, whose
 * nodes carry their lines. From there the tables of the callers lead.
 */
#include "mediation/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <yaml.h>

#define YAML_DEPTH_MAX 16	/* our deepest document has 5 levels; libyaml's scanner costs depth per token */
#define YAML_FAULTS_MAX 1000	/* lines that a person may still read; later ones are counted in one last line */
#define YAML_READ_STEP 65536

struct yaml {
	char *file;
	conf_say *say;
	void *arg;
	unsigned faults;
	struct buf text;
	yaml_document_t doc;
	bool loaded;
};

/* -- faults -- */

/* A key may be quoted when it can be no identity: a word without digits, as all of our keys are or nearly are. */
static bool plain_word(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= 32 && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") == n;
}

static void LI_PRINTF(4, 0) fault_at(struct yaml *y, int line, const char *key, const char *fmt, va_list ap)
{
	char text[1024];
	int n;

	if (++y->faults > YAML_FAULTS_MAX)
		return;
	n = snprintf(text, sizeof(text), line ? "%s:%d: " : "%s: ", y->file, line);
	if (n > 0 && (size_t)n < sizeof(text) && *key)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s: ", key);
	if (n > 0 && (size_t)n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	if (y->say)
		y->say(y->arg, text);
}

void yaml_fault_line(struct yaml *y, int line, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_at(y, line, key, fmt, ap);
	va_end(ap);
}

unsigned yaml_faults(const struct yaml *y)
{
	return y->faults;
}

static const yaml_node_t *node_of(const struct yaml_at *at)
{
	return (const yaml_node_t *)(const void *)at->node;
}

int yaml_line(struct yaml *y, const struct yaml_at *at)
{
	(void)y;
	return at->node ? (int)node_of(at)->start_mark.line + 1 : 0;
}

void yaml_fault(struct yaml *y, const struct yaml_at *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_at(y, yaml_line(y, at), at->path, fmt, ap);
	va_end(ap);
}

void yaml_nomem(struct yaml *y)
{
	yaml_fault_line(y, 0, "", "out of memory");
}

/* -- opening -- */

static void read_file(struct yaml *y, size_t max)
{
	FILE *f = fopen(y->file, "re");
	size_t got;

	if (!f) {
		yaml_fault_line(y, 0, "", "cannot be read: %s", strerror(errno));
		return;
	}
	do {
		if (buf_need(&y->text, YAML_READ_STEP)) {
			yaml_nomem(y);
			break;
		}
		got = fread(y->text.p + y->text.n, 1, YAML_READ_STEP, f);
		y->text.n += got;
	} while (got > 0 && y->text.n <= max);
	if (!y->faults && ferror(f))
		yaml_fault_line(y, 0, "", "cannot be read: %s", strerror(errno));
	fclose(f);
}

/* What libyaml found wrong. Its texts are its own and quote nothing. */
static void syntax(struct yaml *y, const yaml_parser_t *p)
{
	int line = (int)p->problem_mark.line + 1;

	if (p->error == YAML_MEMORY_ERROR) {
		yaml_nomem(y);
		return;
	}
	if (p->error == YAML_READER_ERROR) {	/* it knows the octet only */
		line = 1;
		for (size_t i = 0; i < p->problem_offset && i < y->text.n; i++)
			line += y->text.p[i] == '\n';
	}
	yaml_fault_line(y, line, "", "not YAML: %s%s%s", p->problem ? p->problem : "unreadable", p->context ? ", " : "",
		   p->context ? p->context : "");
}

static bool tag_ok(const char *tag, const char *plain)
{
	return !tag || strcmp(tag, "!") == 0 || strcmp(tag, plain) == 0;
}

/* One event of the first pass: what it does to the depth, and whether we hold it. */
static void check_event(struct yaml *y, const yaml_event_t *e, unsigned *depth, unsigned *documents)
{
	int line = (int)e->start_mark.line + 1;
	const char *tag = NULL, *plain = YAML_STR_TAG;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		yaml_fault_line(y, line, "", "aliases are not accepted");
		return;
	case YAML_DOCUMENT_START_EVENT:
		if (++*documents == 2)
			yaml_fault_line(y, line, "", "a second document");
		return;
	case YAML_SCALAR_EVENT:
		tag = (const char *)e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		tag = (const char *)e->data.sequence_start.tag;
		plain = YAML_SEQ_TAG;
		++*depth;
		break;
	case YAML_MAPPING_START_EVENT:
		tag = (const char *)e->data.mapping_start.tag;
		plain = YAML_MAP_TAG;
		++*depth;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		--*depth;
		return;
	default:
		return;
	}
	if (!tag_ok(tag, plain))
		yaml_fault_line(y, line, "", "tags are not accepted");
	if (*depth > YAML_DEPTH_MAX)
		yaml_fault_line(y, line, "", "nested deeper than %d levels", YAML_DEPTH_MAX);
}

static void check_events(struct yaml *y)
{
	unsigned depth = 0, documents = 0;
	yaml_parser_t p;
	yaml_event_t e;
	bool end = false;

	if (!yaml_parser_initialize(&p)) {
		yaml_nomem(y);
		return;
	}
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, y->text.p, y->text.n);
	while (!end && documents < 2 && depth <= YAML_DEPTH_MAX) {
		if (!yaml_parser_parse(&p, &e)) {
			syntax(y, &p);
			break;
		}
		end = e.type == YAML_STREAM_END_EVENT;
		check_event(y, &e, &depth, &documents);
		yaml_event_delete(&e);
	}
	if (!y->faults && !documents)
		yaml_fault_line(y, 0, "", "is empty");
	yaml_parser_delete(&p);
}

static void load(struct yaml *y)
{
	yaml_parser_t p;

	if (!yaml_parser_initialize(&p)) {
		yaml_nomem(y);
		return;
	}
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, y->text.p, y->text.n);
	y->loaded = yaml_parser_load(&p, &y->doc);
	if (!y->loaded)
		syntax(y, &p);
	else if (!yaml_document_get_root_node(&y->doc))
		yaml_fault_line(y, 0, "", "is empty");
	yaml_parser_delete(&p);
}

struct yaml *yaml_open(const char *file, const struct view *text, size_t max, conf_say *say, void *arg)
{
	struct yaml *y = calloc(1, sizeof(*y));

	if (y)
		y->file = strdup(file);
	if (!y || !y->file) {
		free(y);
		return NULL;
	}
	y->say = say;
	y->arg = arg;
	buf_init(&y->text, 0);
	if (!text)
		read_file(y, max);
	else if (text->n > max)
		yaml_fault_line(y, 0, "", "longer than %zu octets", max);
	else if (buf_put(&y->text, text->p, text->n))
		yaml_nomem(y);
	if (!y->faults && y->text.n > max)
		yaml_fault_line(y, 0, "", "longer than %zu octets", max);
	if (!y->faults && !y->text.n)
		yaml_fault_line(y, 0, "", "is empty");
	if (!y->faults)
		check_events(y);
	if (!y->faults)
		load(y);
	if (!y->faults)
		return y;
	yaml_close(y);
	return NULL;
}

bool yaml_close(struct yaml *y)
{
	bool good = !y->faults;

	if (y->faults > YAML_FAULTS_MAX && y->say) {
		char text[64];

		snprintf(text, sizeof(text), "and %u faults more", y->faults - YAML_FAULTS_MAX);
		y->say(y->arg, text);
	}
	if (y->loaded)
		yaml_document_delete(&y->doc);
	buf_fini(&y->text);
	free(y->file);
	free(y);
	return good;
}

/* -- walking -- */

static struct yaml_at at_node(struct yaml *y, yaml_node_item_t i, const char *path)
{
	struct yaml_at at = { .node = (const void *)yaml_document_get_node(&y->doc, i) };

	snprintf(at.path, sizeof(at.path), "%s", path);
	return at;
}

struct yaml_at yaml_root(struct yaml *y)
{
	return at_node(y, 1, "");
}

static const char *scalar(const yaml_node_t *n)
{
	const char *s = n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;

	return s && strlen(s) == n->data.scalar.length ? s : NULL;	/* no NUL inside */
}

/* A step down: "path.key", or "path" alone when the key may not be quoted. */
static struct yaml_at step(struct yaml *y, const struct yaml_at *at, yaml_node_item_t i, const char *key)
{
	struct yaml_at down = at_node(y, i, at->path);
	size_t n = strlen(down.path);

	if (key)
		snprintf(down.path + n, sizeof(down.path) - n, "%s%s", n ? "." : "", key);
	return down;
}

static bool is_map(struct yaml *y, const struct yaml_at *at)
{
	if (node_of(at) && node_of(at)->type == YAML_MAPPING_NODE)
		return true;
	yaml_fault(y, at, "a mapping (key: value) is expected");
	return false;
}

bool yaml_is_map(const struct yaml_at *at)
{
	return node_of(at) && node_of(at)->type == YAML_MAPPING_NODE;
}

/* The row of a key; n: none, and the fault is reported. at_key: where the key itself stands. */
static size_t find_row(struct yaml *y, const struct yaml_at *at_key, const struct yaml_key *keys, size_t n)
{
	const char *name = scalar(node_of(at_key));
	size_t i = n;

	if (name)
		for (i = 0; i < n && strcmp(keys[i].name, name) != 0; i++)
			;
	if (i == n && name && plain_word(name))
		yaml_fault(y, at_key, "unknown key \"%s\"", name);
	else if (i == n)
		yaml_fault(y, at_key, "unknown key");
	return i;
}

void yaml_map(struct yaml *y, const struct yaml_at *at, const struct yaml_key *keys, size_t n, void *object,
	      uint64_t *seen)
{
	const yaml_node_pair_t *end;
	uint64_t have = 0;

	if (!is_map(y, at))
		return;
	end = node_of(at)->data.mapping.pairs.top;
	for (const yaml_node_pair_t *p = node_of(at)->data.mapping.pairs.start; p < end; p++) {
		struct yaml_at key = step(y, at, p->key, NULL), value;
		size_t i = find_row(y, &key, keys, n);

		if (i == n)
			continue;
		key = step(y, at, p->key, keys[i].name);
		value = step(y, at, p->value, keys[i].name);
		if (have & UINT64_C(1) << i)
			yaml_fault(y, &key, "given twice");
		else
			keys[i].read(y, &value, &keys[i], (char *)object + keys[i].offset);
		have |= UINT64_C(1) << i;
	}
	for (size_t i = 0; i < n; i++) {
		struct yaml_at missing = *at;
		size_t len = strlen(missing.path);

		if (!keys[i].required || have & UINT64_C(1) << i)
			continue;
		snprintf(missing.path + len, sizeof(missing.path) - len, "%s%s", len ? "." : "", keys[i].name);
		yaml_fault(y, &missing, "is missing");
	}
	if (seen)
		*seen = have;
}

bool yaml_member(struct yaml *y, const struct yaml_at *at, const char *key, struct yaml_at *value)
{
	const yaml_node_pair_t *p, *end;

	if (!yaml_is_map(at))
		return false;
	p = node_of(at)->data.mapping.pairs.start;
	end = node_of(at)->data.mapping.pairs.top;
	for (; p < end; p++) {
		const char *name = scalar(yaml_document_get_node(&y->doc, p->key));

		if (!name || strcmp(name, key) != 0)
			continue;
		*value = step(y, at, p->value, key);
		return true;
	}
	return false;
}

void yaml_pairs(struct yaml *y, const struct yaml_at *at, size_t max,
		void (*fn)(struct yaml *y, const char *key, const struct yaml_at *value, void *arg), void *arg)
{
	size_t count;

	if (!is_map(y, at))
		return;
	count = (size_t)(node_of(at)->data.mapping.pairs.top - node_of(at)->data.mapping.pairs.start);
	if (count == 0 || count > max) {
		yaml_fault(y, at, "1 to %zu keys are expected", max);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const yaml_node_pair_t *p = node_of(at)->data.mapping.pairs.start + i;
		struct yaml_at value = step(y, at, p->value, NULL);
		const char *key = scalar(yaml_document_get_node(&y->doc, p->key));

		if (key)
			fn(y, key, &value, arg);
		else
			yaml_fault(y, at, "unknown key");
	}
}

size_t yaml_count(struct yaml *y, const struct yaml_at *at, size_t max, bool scalar_too)
{
	const yaml_node_t *n = node_of(at);
	size_t count;

	if (n && n->type == YAML_SCALAR_NODE && scalar_too)
		return 1;
	if (!n || n->type != YAML_SEQUENCE_NODE) {
		yaml_fault(y, at, "a list is expected");
		return 0;
	}
	count = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
	if (count <= max)
		return count;
	yaml_fault(y, at, "more than %zu items", max);
	return 0;
}

struct yaml_at yaml_item(struct yaml *y, const struct yaml_at *at, size_t i)
{
	struct yaml_at down;
	size_t n;

	if (node_of(at)->type != YAML_SEQUENCE_NODE)
		return *at;
	down = at_node(y, node_of(at)->data.sequence.items.start[i], at->path);
	n = strlen(down.path);
	snprintf(down.path + n, sizeof(down.path) - n, "[%zu]", i);
	return down;
}

/* -- values -- */

const char *yaml_text(struct yaml *y, const struct yaml_at *at, size_t max)
{
	const yaml_node_t *n = node_of(at);
	const char *s = scalar(n);

	if (!n || n->type != YAML_SCALAR_NODE) {
		yaml_fault(y, at, "a plain value is expected");
		return NULL;
	}
	if (n->data.scalar.length == 0) {
		yaml_fault(y, at, "has no value");
		return NULL;
	}
	if (n->data.scalar.length > max) {
		yaml_fault(y, at, "longer than %zu octets", max);
		return NULL;
	}
	for (size_t i = 0; s && s[i]; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			s = NULL;
	if (!s)
		yaml_fault(y, at, "control characters in a value");
	return s;
}

const char *yaml_word_of(const struct yaml_word *words, int value)
{
	for (; words->word && words->value != value; words++)
		;
	return words->word ? words->word : "";
}

#define SHORT_TEXT 64	/* a word, number or size of ours is never longer */

bool yaml_word(struct yaml *y, const struct yaml_at *at, const struct yaml_word *words, int *out)
{
	const char *s = yaml_text(y, at, SHORT_TEXT);
	char list[256] = "";
	size_t n = 0;

	if (!s)
		return false;
	for (const struct yaml_word *w = words; w->word; w++)
		if (strcmp(w->word, s) == 0) {
			*out = w->value;
			return true;
		}
	for (const struct yaml_word *w = words; w->word && n < sizeof(list); w++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", w->word);
	yaml_fault(y, at, "must be one of: %s", list);
	return false;
}

bool yaml_bool(struct yaml *y, const struct yaml_at *at, bool *out)
{
	static const struct yaml_word words[] = { { "yes", 1 }, { "no", 0 }, { "true", 1 }, { "false", 0 }, { "on", 1 },
		{ "off", 0 }, { NULL, 0 } };
	int v;

	if (!yaml_word(y, at, words, &v))
		return false;
	*out = v;
	return true;
}

struct unit { const char *name; uint64_t each; };

/* digits and one of the units; *out is bounded by INT64_MAX. */
static bool number_unit(const char *s, const struct unit *units, uint64_t *out)
{
	size_t digits = strspn(s, "0123456789");
	uint64_t v;

	if (digits == 0 || digits > 18)
		return false;
	v = strtoull(s, NULL, 10);
	for (; units->name; units++)
		if (strcmp(s + digits, units->name) == 0) {
			*out = v > INT64_MAX / units->each ? INT64_MAX : v * units->each;
			return true;
		}
	return false;
}

bool yaml_uint(struct yaml *y, const struct yaml_at *at, uint64_t least, uint64_t most, uint64_t *out)
{
	static const struct unit units[] = { { "", 1 }, { NULL, 0 } };
	const char *s = yaml_text(y, at, SHORT_TEXT);

	if (!s)
		return false;
	if (number_unit(s, units, out) && *out >= least && *out <= most)
		return true;
	yaml_fault(y, at, "must be a number from %llu to %llu", (unsigned long long)least, (unsigned long long)most);
	return false;
}

bool yaml_duration(struct yaml *y, const struct yaml_at *at, li_us least, li_us most, li_us *out)
{
	static const struct unit units[] = { { "us", 1 }, { "ms", 1000 }, { "s", LI_US_SECOND }, { "m", 60 * LI_US_SECOND },
		{ "h", 3600 * LI_US_SECOND }, { NULL, 0 } };
	const char *s = yaml_text(y, at, SHORT_TEXT);
	uint64_t v;

	if (!s)
		return false;
	if (!number_unit(s, units, &v)) {
		yaml_fault(y, at, "a duration is a number and us, ms, s, m or h, as in 30s");
		return false;
	}
	if ((li_us)v < least || (li_us)v > most) {
		yaml_fault(y, at, "must be from %g to %g seconds", (double)least / 1e6, (double)most / 1e6);
		return false;
	}
	*out = (li_us)v;
	return true;
}

bool yaml_size(struct yaml *y, const struct yaml_at *at, uint64_t least, uint64_t most, uint64_t *out)
{
	static const struct unit units[] = { { "B", 1 }, { "KiB", 1u << 10 }, { "MiB", 1u << 20 }, { "GiB", 1u << 30 },
		{ NULL, 0 } };
	const char *s = yaml_text(y, at, SHORT_TEXT);

	if (!s)
		return false;
	if (!number_unit(s, units, out)) {
		yaml_fault(y, at, "a size is a number and B, KiB, MiB or GiB, as in 32MiB");
		return false;
	}
	if (*out >= least && *out <= most)
		return true;
	yaml_fault(y, at, "must be from %llu to %llu octets", (unsigned long long)least, (unsigned long long)most);
	return false;
}

/* -- readers for tables -- */

bool yaml_unset(const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s = scalar(node_of(at));

	if (!s || !k->more || strcmp(s, k->more) != 0)
		return false;
	memset(to, 0, k->size);
	return true;
}

static const char *text_within(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k)
{
	const char *s = yaml_text(y, at, (size_t)k->most);

	if (s && strlen(s) < (size_t)k->least) {
		yaml_fault(y, at, "shorter than %lld octets", (long long)k->least);
		return NULL;
	}
	return s;
}

void yaml_read_string(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s = yaml_unset(at, k, to) ? NULL : text_within(y, at, k);
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy)
		yaml_nomem(y);
	memcpy(to, &copy, sizeof(copy));
}

void yaml_read_array(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s = text_within(y, at, k);

	if (s)
		memcpy(to, s, strlen(s) + 1);
}

void yaml_read_bool(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	(void)k;
	(void)yaml_bool(y, at, to);
}

void yaml_read_duration(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	if (!yaml_unset(at, k, to))
		(void)yaml_duration(y, at, k->least, k->most, to);
}

void yaml_read_uint(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	uint64_t v;

	if (!yaml_unset(at, k, to) && yaml_uint(y, at, (uint64_t)k->least, (uint64_t)k->most, &v))
		*(unsigned *)to = (unsigned)v;
}

void yaml_read_octet(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	uint64_t v;

	if (!yaml_unset(at, k, to) && yaml_uint(y, at, (uint64_t)k->least, (uint64_t)k->most, &v))
		*(uint8_t *)to = (uint8_t)v;
}

void yaml_read_choice(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	int v;

	if (!yaml_word(y, at, k->more, &v))
		return;
	if (k->size == sizeof(uint8_t))
		*(uint8_t *)to = (uint8_t)v;
	else
		memcpy(to, &v, sizeof(v));
}

void yaml_read_rate(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const struct unit units[] = { { "bit/s", 1 }, { "kbit/s", 1000 }, { "Mbit/s", 1000000 }, { "Gbit/s", 1000000000 }, { NULL, 0 } };
	const char *s = yaml_unset(at, k, to) ? NULL : yaml_text(y, at, SHORT_TEXT);
	uint64_t v;

	if (!s)
		return;
	if (!number_unit(s, units, &v))
		yaml_fault(y, at, "a rate is a number and bit/s, kbit/s, Mbit/s or Gbit/s, as in 100Mbit/s");
	else if (v < (uint64_t)k->least * 8 || v > (uint64_t)k->most * 8)
		yaml_fault(y, at, "must be from %lld to %lld bit/s", (long long)k->least * 8, (long long)k->most * 8);
	else
		*(uint64_t *)to = v / 8;
}

void yaml_read_size(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	uint64_t v;

	if (!yaml_unset(at, k, to) && yaml_size(y, at, (uint64_t)k->least, (uint64_t)k->most, &v))
		*(size_t *)to = (size_t)v;
}

void yaml_read_map(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const struct yaml_table *t = k->more;

	yaml_map(y, at, t->keys, t->n, to, NULL);
}

void yaml_read_apart(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	(void)y, (void)at, (void)k, (void)to;
}
