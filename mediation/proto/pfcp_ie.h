/* pfcp_ie.h: what the files of the PFCP decoder share: the walk over information elements, and who reads a rule. */
#ifndef MEDIATION_PROTO_PFCP_IE_H
#define MEDIATION_PROTO_PFCP_IE_H

#include <li/rd.h>

#include "mediation/proto/pfcp.h"

struct pfcp_ctx {
	const uint8_t *base;	/* start of the datagram's rest: errors tell offsets from here */
	struct pfcp_msg *m;
	enum li_err err;
	const char *what;
	size_t at;
};

struct pfcp_ie {
	uint16_t type;
	const char *what;
	void (*read)(struct pfcp_ctx *c, struct rd *r, void *to);
};

void pfcp_fail(struct pfcp_ctx *c, const struct rd *r, enum li_err e, const char *what);
/* Reads the elements of a message or of a grouped element, by table; those not in it are stepped over. */
void pfcp_walk(struct pfcp_ctx *c, struct rd *r, const struct pfcp_ie *table, size_t n, void *to);
#define PFCP_WALK(c, r, table, to) pfcp_walk(c, r, table, sizeof(table) / sizeof((table)[0]), to)
/* A place for one more, or NULL and the note that there was none. */
void *pfcp_place(struct pfcp_ctx *c, void *first, size_t size, size_t *n, size_t max);
#define PFCP_PLACE(c, array, count) pfcp_place(c, c->m->array, sizeof(c->m->array[0]), &c->m->count, \
					       sizeof(c->m->array) / sizeof(c->m->array[0]))

struct li_addr pfcp_addr4(struct rd *r);
struct li_addr pfcp_addr6(struct rd *r);
/* The address families of a tunnel as PFCP lists them. An IPv4-mapped IPv6 address is an IPv4 one: it takes that
 * place when the place is free. */
void pfcp_addrs(struct rd *r, bool v4, bool v6, struct li_addr *a4, struct li_addr *a6);

/* Rules: pfcp_rule.c. `to` is not used: they are placed in the message's lists. */
void pfcp_create_pdr(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_update_pdr(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_created_pdr(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_create_endpoint(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_update_endpoint(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_remove_endpoint(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_created_endpoint(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_remove_pdr(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_create_far(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_update_far(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_remove_far(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_create_qer(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_update_qer(struct pfcp_ctx *c, struct rd *r, void *to);
void pfcp_remove_qer(struct pfcp_ctx *c, struct rd *r, void *to);

#endif
