/*
 * gen_ts33128_part.h: the parts that records share, put into generated structures. For gen_ts33128_*.c alone.
 *
 * A tree is filled without asking after each step: the first failure sticks, later steps do nothing. NULL where a
 * structure is expected means that its memory could not be had. Everything hangs in the pool of gen_codec.h.
 */
#ifndef ASN1_GEN_TS33128_PART_H
#define ASN1_GEN_TS33128_PART_H

#include "asn1/gen_codec.h"
#include <li/record.h>
#include <AMFID.h>
#include <BIT_STRING.h>
#include <BOOLEAN.h>
#include <ENUMERATED.h>
#include <FTEID.h>
#include <FiveGGUTI.h>
#include <FiveGSGTPTunnels.h>
#include <GPSI.h>
#include <GeneralizedTime.h>
#include <Location.h>
#include <PEI.h>
#include <PLMNID.h>
#include <SNSSAI.h>
#include <SUCI.h>
#include <SUPI.h>
#include <TargetIdentifier.h>
#include <UEEndpointAddress.h>

struct tree {
	enum li_err err;
};

/* Zeroed memory for what a pointer member points at. */
void *tree_take(struct tree *t, size_t n);
#define NEW(t, member) ((member) = tree_take((t), sizeof(*(member))))
/* Appends an item to the list of an OF. */
void tree_add(struct tree *t, void *list, void *item);
static inline void tree_fail(struct tree *t, enum li_err err)
{
	if (!t->err)
		t->err = err;
}

void put_octets(struct tree *t, OCTET_STRING_t *to, const void *p, size_t n);
void put_view(struct tree *t, OCTET_STRING_t *to, struct view v);
void put_uint(struct tree *t, INTEGER_t *to, uint64_t x);
/* An enumeration value; one that the type does not have is a failure of ours. */
void put_enum(struct tree *t, ENUMERATED_t *to, const asn_TYPE_descriptor_t *type, long value);
void put_time(struct tree *t, GeneralizedTime_t *to, li_us time);
/* The low `bits` bits of x, left-aligned as a BIT STRING is. */
void put_bits(struct tree *t, BIT_STRING_t *to, uint64_t x, unsigned bits);
void put_bool(struct tree *t, BOOLEAN_t **to, bool x);

void put_supi(struct tree *t, SUPI_t *to, const struct li_id *id);
void put_pei(struct tree *t, PEI_t *to, const struct li_id *id);
void put_gpsi(struct tree *t, GPSI_t *to, const struct li_id *id);
void put_endpoint(struct tree *t, UEEndpointAddress_t *to, const struct li_id *id);
void put_plmn(struct tree *t, PLMNID_t *to, const struct li_plmn *p);
void put_snssai(struct tree *t, SNSSAI_t *to, const struct li_snssai *s);
void put_fteid(struct tree *t, FTEID_t *to, const struct li_fteid *f);
/* The UPF's and the RAN's N3 tunnels of the record, with the QoS flows of the latter. */
void put_tunnels(struct tree *t, FiveGSGTPTunnels_t *to, const struct li_smf_rec *r);
void put_amfid(struct tree *t, AMFID_t *to, const struct li_guami *g);
void put_guti(struct tree *t, FiveGGUTI_t *to, const struct li_guti *g);
void put_location(struct tree *t, Location_t *to, const struct li_location *l, enum li_rat rat);
/* True when the mandatory parts of this kind of location are there. */
bool location_known(const struct li_location *l);

/* The parts of a null-scheme or concealed SUCI of IMSI form, TS 24.501 clause 9.11.3.4. */
struct suci {
	struct li_plmn plmn;
	unsigned routing, routing_digits;
	uint8_t scheme, key_id;
	struct view output;
};
/* False when the octets hold another kind of identity, a SUCI of NAI form (which has no MCC and MNC) or none. */
bool suci_read(struct view nas, struct suci *s);
void put_suci(struct tree *t, SUCI_t *to, const struct suci *s);

/* identity_known() has said that there is a form. */
void put_target(struct tree *t, TargetIdentifier_t *to, const struct li_id *id);

#endif
