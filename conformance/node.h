/*
 * node.h: YAML documents (libyaml) into structs, by tables: a key, the function that takes its value, and where to. The first
 * fault sticks, with file, line and reason; keys that nobody knows are faults.
 */
#ifndef CONF_NODE_H
#define CONF_NODE_H

#include <yaml.h>

#include "conformance/when.h"
#include "conformance/octets.h"

#define NODE_TEXT 256		/* room for a fault's text */
#define NODE_DEPTH 16		/* an alias may point at what it stands in */

struct node_reader {
	const char *file;
	yaml_document_t *doc;
	void *arg;		/* whoever reads */
	char fault[NODE_TEXT];	/* empty: all is well */
	unsigned depth;
};

typedef void node_take(struct node_reader *r, yaml_node_t *v, void *to);

struct node_field {
	const char *key;
	node_take *take;
	size_t offset;		/* of what is taken into, in the struct that node_map is given */
};

void node_fault(struct node_reader *r, const yaml_node_t *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Takes each pair of a mapping. */
void node_map(struct node_reader *r, yaml_node_t *map, const struct node_field *fields, size_t n, void *to);
/* One for each item: the items of a sequence, or v itself. */
void node_each(struct node_reader *r, yaml_node_t *v, node_take *take, void *to);
/* The only pair of a mapping. False, with a fault, where it is none. */
bool node_pair(struct node_reader *r, yaml_node_t *map, const char **key, yaml_node_t **value);
/* A scalar's text; NULL, with a fault, when it is no scalar. */
const char *node_text(struct node_reader *r, yaml_node_t *v);
bool node_is(yaml_node_t *v, const char *word);
unsigned node_line(const yaml_node_t *v);

/* Takers. */
void node_string(struct node_reader *r, yaml_node_t *v, void *to);	/* char *: a copy */
void node_bool(struct node_reader *r, yaml_node_t *v, void *to);	/* bool */
void node_duration(struct node_reader *r, yaml_node_t *v, void *to);	/* conf_us */
void node_u64(struct node_reader *r, yaml_node_t *v, void *to);		/* uint64_t */
void node_u32(struct node_reader *r, yaml_node_t *v, void *to);		/* uint32_t */
void node_hex(struct node_reader *r, yaml_node_t *v, void *to);		/* struct octets: anew */

#endif
