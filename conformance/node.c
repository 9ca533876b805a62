/* node.c: YAML documents into structs. */
#include "conformance/node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned node_line(const yaml_node_t *v)
{
	return (unsigned)v->start_mark.line + 1;
}

void node_fault(struct node_reader *r, const yaml_node_t *at, const char *format, ...)
{
	va_list ap;
	int n;

	if (*r->fault)
		return;
	n = snprintf(r->fault, sizeof(r->fault), "%s:%u: ", r->file, node_line(at));
	va_start(ap, format);
	if (n > 0 && (size_t)n < sizeof(r->fault))
		vsnprintf(r->fault + n, sizeof(r->fault) - (size_t)n, format, ap);
	va_end(ap);
}

const char *node_text(struct node_reader *r, yaml_node_t *v)
{
	if (v->type == YAML_SCALAR_NODE && strlen((const char *)v->data.scalar.value) == v->data.scalar.length)
		return (const char *)v->data.scalar.value;
	node_fault(r, v, "a single value is wanted here");
	return NULL;
}

bool node_is(yaml_node_t *v, const char *word)
{
	return v->type == YAML_SCALAR_NODE && strcmp((const char *)v->data.scalar.value, word) == 0;
}

static void pair(struct node_reader *r, yaml_node_t *k, yaml_node_t *v, const struct node_field *fields, size_t n, void *to)
{
	const char *key = node_text(r, k);

	for (size_t i = 0; key && i < n; i++) {
		if (strcmp(fields[i].key, key) == 0) {
			fields[i].take(r, v, (char *)to + fields[i].offset);
			return;
		}
	}
	if (key)
		node_fault(r, k, "nobody knows \"%.40s\" here", key);
}

void node_map(struct node_reader *r, yaml_node_t *map, const struct node_field *fields, size_t n, void *to)
{
	if (map->type != YAML_MAPPING_NODE) {
		node_fault(r, map, "a mapping (key: value) is wanted here");
		return;
	}
	if (++r->depth > NODE_DEPTH)
		node_fault(r, map, "too deep");
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top && !*r->fault; p++)
		pair(r, yaml_document_get_node(r->doc, p->key), yaml_document_get_node(r->doc, p->value), fields, n, to);
	r->depth--;
}

void node_each(struct node_reader *r, yaml_node_t *v, node_take *take, void *to)
{
	if (v->type != YAML_SEQUENCE_NODE) {
		take(r, v, to);
		return;
	}
	if (++r->depth > NODE_DEPTH)
		node_fault(r, v, "too deep");
	for (yaml_node_item_t *i = v->data.sequence.items.start; i < v->data.sequence.items.top && !*r->fault; i++)
		take(r, yaml_document_get_node(r->doc, *i), to);
	r->depth--;
}

bool node_pair(struct node_reader *r, yaml_node_t *map, const char **key, yaml_node_t **value)
{
	yaml_node_pair_t *p = map->data.mapping.pairs.start;

	if (map->type != YAML_MAPPING_NODE || map->data.mapping.pairs.top != p + 1) {
		node_fault(r, map, "one \"key: value\" is wanted here");
		return false;
	}
	*key = node_text(r, yaml_document_get_node(r->doc, p->key));
	*value = yaml_document_get_node(r->doc, p->value);
	return *key;
}

void node_string(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);
	char **s = to;

	if (!t)
		return;
	free(*s);
	*s = strdup(t);
	if (!*s)
		node_fault(r, v, "no memory");
}

void node_bool(struct node_reader *r, yaml_node_t *v, void *to)
{
	bool yes = node_is(v, "yes") || node_is(v, "true"), no = node_is(v, "no") || node_is(v, "false");

	if (!yes && !no)
		node_fault(r, v, "yes or no is wanted here");
	*(bool *)to = yes;
}

void node_duration(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);

	if (t && !when_duration(t, to))
		node_fault(r, v, "\"%.40s\" is no duration: 250us, 10ms, 5s, 2m, 1h", t);
}

void node_u64(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);
	unsigned long long x;
	char *end;

	if (!t)
		return;
	errno = 0;
	x = strtoull(t, &end, 0);
	if (end == t || *end || errno || *t == '-')
		node_fault(r, v, "\"%.40s\" is no number of 64 bits", t);
	else
		*(uint64_t *)to = x;
}

void node_u32(struct node_reader *r, yaml_node_t *v, void *to)
{
	uint64_t x = 0;

	node_u64(r, v, &x);
	if (x > UINT32_MAX)
		node_fault(r, v, "a number of 32 bits is wanted here");
	*(uint32_t *)to = (uint32_t)x;
}

void node_hex(struct node_reader *r, yaml_node_t *v, void *to)
{
	const char *t = node_text(r, v);
	struct octets *o = to;

	o->n = 0;
	if (t && !octets_hex(o, t))
		node_fault(r, v, "that is not hex");
}
