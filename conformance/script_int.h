/* script_int.h: between script.c, script_step.c and script_pdu.c. */
#ifndef CONF_SCRIPT_INT_H
#define CONF_SCRIPT_INT_H

#include "conformance/node.h"
#include "conformance/script.h"

struct script_reader {
	struct script *s;
	const struct script_base *base;
	char *folder;			/* of the script: paths are relative to it */
	struct form defaults;		/* of the document that is being read */
	char *conf_name;		/* while a connection is read */
	unsigned depth;
};

/* Fields of a PDU, with offsets in struct script_step. */
extern const struct node_field script_form_fields[];
extern const size_t script_form_n;

void script_steps(struct node_reader *r, yaml_node_t *v, struct script_step **steps, size_t *n);
/* Room for one more of n: the same array, or a larger one. NULL: no memory. */
void *script_grown(void *array, size_t n, size_t size);
void script_path(struct node_reader *r, yaml_node_t *v, void *to);	/* char * */
void script_bytes(struct node_reader *r, yaml_node_t *v, void *to);	/* struct octets: the text itself */
void script_xid(struct node_reader *r, yaml_node_t *v, void *to);	/* 16 octets */

#endif
