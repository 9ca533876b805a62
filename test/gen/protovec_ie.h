/* protovec_ie.h: information elements of NGAP, for the messages of protovec_ngap.c and protovec_move.c. Each ends its field of
 * the message that is being written, or what a list's item carries. */
#ifndef TEST_GEN_PROTOVEC_IE_H
#define TEST_GEN_PROTOVEC_IE_H

#include "test/gen/per.h"
#include "test/gen/protovec.h"

extern struct per ie_value;	/* the value of the field that is being written */
extern struct per ie_transfer;	/* the transfer of a list's item */
extern const struct view ie_v4a, ie_v4b, ie_v6, ie_both;

enum flows { PLAIN, MAPPED, FORWARDED, NOTIFIED, WITH_CAUSE };

void ie_begin(void);
void ie_field_to(struct per *w, unsigned id, struct view v);
void ie_field(unsigned id);
void ie_seq(struct per *w, unsigned opt, unsigned n);
void ie_unknown_extension(struct per *w);
void ie_end(struct protovec *out, const char *name, unsigned dir, unsigned proc);
void ie_amf_id(uint64_t id);
void ie_ran_id(uint32_t id);
void ie_ids(uint64_t amf, uint32_t ran);
void ie_cause_to(struct per *w, unsigned group, unsigned x);
void ie_cause(unsigned group, unsigned x);
void ie_plmn(struct per *w);
void ie_tai(struct per *w, uint32_t tac);
void ie_location_nr(uint64_t cell, uint32_t tac, uint32_t stamp);
void ie_location_eutra(uint32_t cell, uint32_t tac);
void ie_address(struct per *w, struct view a);
void ie_location_n3iwf(void);
void ie_location_tngf(void);
void ie_guami(unsigned id);
void ie_nas(const char *octets, size_t n);
void ie_snssai(struct per *w, bool sd);
void ie_tunnel(struct per *w, struct view a, uint32_t teid);
void ie_flow_list(struct per *w, enum flows form, unsigned first);
void ie_dl_info(struct per *w, struct view a, uint32_t teid);
void ie_security_result(struct per *w);
void ie_security_indication(struct per *w);
void ie_begin_list(unsigned n);
void ie_item(unsigned psi, int optional_nas, bool slice, bool sd, bool transfer, bool extension);
void ie_setup_request(struct view a, uint32_t teid, unsigned type, bool more);
void ie_cause_transfer(unsigned group, unsigned x, unsigned optional);

#endif
