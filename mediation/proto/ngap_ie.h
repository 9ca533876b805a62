/* ngap_ie.h: information elements of TS 38.413 that the files of the NGAP decoder share. */
#ifndef MEDIATION_PROTO_NGAP_IE_H
#define MEDIATION_PROTO_NGAP_IE_H

#include "mediation/proto/aper.h"
#include "mediation/proto/ngap.h"

/* The first error of a message, and where it was. */
struct ngap_ctx {
	const uint8_t *base;
	struct ngap_msg *m;
	enum li_err err;
	const char *what;
	size_t at;
};

void ngap_fail(struct ngap_ctx *c, const struct aper *a, enum li_err e, const char *what);

/* One field of a ProtocolIE-Container or ProtocolExtensionContainer: its value is an open type. */
struct ngap_field {
	uint16_t id;
	const char *what;
	void (*read)(struct ngap_ctx *c, struct aper *a, void *to);
};
/* Reads the fields of a container that starts at its count; those not in the table are stepped over. lo: 0 for
 * ProtocolIE-Container, 1 for ProtocolExtensionContainer. */
void ngap_fields(struct ngap_ctx *c, struct aper *a, unsigned lo, const struct ngap_field *table, size_t n, void *to);
#define NGAP_FIELDS(c, a, lo, table, to) ngap_fields(c, a, lo, table, sizeof(table) / sizeof((table)[0]), to)
/* iE-Extensions of which nothing concerns us. */
void ngap_skip_extensions(struct aper *a);
/* choice-Extensions: a single field. */
void ngap_choice(struct ngap_ctx *c, struct aper *a, const struct ngap_field *table, size_t n, void *to);

/* Cause, clause 9.3.1.2. */
struct ngap_cause ngap_read_cause(struct aper *a);
/* TransportLayerAddress, clause 9.3.2.4: one address, or IPv4 and IPv6 one after the other. */
void ngap_read_address(struct aper *a, struct li_addr *a4, struct li_addr *a6);
/* UserLocationInformation, clause 9.3.1.16: ngap_location.c. to is a struct li_location. */
void ngap_read_location(struct ngap_ctx *c, struct aper *a, void *to);

/* The transfers, which NGAP carries for the SMF as octet strings (clause 9.3.4): ngap_transfer.c. to is a
 * struct ngap_item. */
void ngap_request(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_setup_response(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_modify_response(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_modify_indication(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_notify(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_modify_confirm(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_handover_ack(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_path_switch(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_path_switch_ack(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_cause_only(struct ngap_ctx *c, struct aper *a, void *to);
void ngap_cause_diagnostics(struct ngap_ctx *c, struct aper *a, void *to);

#endif
