/*
 * gen_ts33128_rec.c: records of ours as TS 33.128 IRIPayload octets.
 *
 * A record is filled by the table `members`: a row knows how one member is made from what mediation knows, whatever
 * record type it stands in. gen_ts33128_smf() and gen_ts33128_amf() choose the type, fill() steps through its members
 * and calls their rows, missing() then holds what was put against the ASN.1 and against `rules`, the table of what the
 * text of TS 33.128 makes present although the ASN.1 leaves it OPTIONAL. Last, asn1c's constraint check is the gate.
 */
#include "asn1/gen_ts33128.h"
#include "asn1/gen_ts33128_part.h"
#include "asn1/identity.h"
#include <GTPTunnelInfo.h>
#include <IRIPayload.h>
#include <IRITargetIdentifier.h>
#include <NGAPCauseInt.h>
#include <SMFServingNetwork.h>
#include <TargetIdentifierProvenance.h>

#define UE_IDS_MAX 64		/* identities of one intercept: a task has LI_TARGETS_TASK, a session shows a few more */

/* What a record is made from: one of smf and amf, and what both have. */
struct source {
	const struct li_smf_rec *smf;
	const struct li_amf_rec *amf;
	const struct li_id *supi, *pei, *gpsi;
	const struct li_location *location;
	enum li_rat rat;
	struct suci suci;
};

/* Where a row puts its member. */
struct spot {
	struct tree *tree;
	const asn_TYPE_member_t *member;
	void *record;
	bool put;
};

/* The member's memory, made when the member is a pointer. NULL on failure only. */
static void *spot(struct spot *s, size_t n)
{
	void *at = (char *)s->record + s->member->memb_offset;

	s->put = true;
	if (!(s->member->flags & ATF_POINTER))
		return at;
	return *(void **)at = tree_take(s->tree, n);
}

#define SPOT(s, type) ((type *)spot((s), sizeof(type)))

/* -- rows: a member each -------------------------------------------------------------------------------------------- */
static void row_supi(struct spot *s, const struct source *f)
{
	if (f->supi->kind)
		put_supi(s->tree, SPOT(s, SUPI_t), f->supi);
}

/* LI128-073: FALSE is told, not left out. */
static void row_supi_unauthenticated(struct spot *s, const struct source *f)
{
	BOOLEAN_t *b;

	if (f->smf->supi_unauthenticated == LI_ABSENT)
		return;
	b = SPOT(s, BOOLEAN_t);
	if (b)
		*b = f->smf->supi_unauthenticated == LI_TRUE;
}

static void row_pei(struct spot *s, const struct source *f)
{
	if (f->pei->kind)
		put_pei(s->tree, SPOT(s, PEI_t), f->pei);
}

static void row_gpsi(struct spot *s, const struct source *f)
{
	if (f->gpsi->kind)
		put_gpsi(s->tree, SPOT(s, GPSI_t), f->gpsi);
}

/* Where it is OPTIONAL, 255 (nothing known) is not told. */
static void row_psi(struct spot *s, const struct source *f)
{
	long *to;

	if (f->smf->kind == LI_SMF_UNSUCCESSFUL && f->smf->psi == 255)
		return;
	to = SPOT(s, long);
	if (to)
		*to = f->smf->psi;
}

static void row_tunnel_id(struct spot *s, const struct source *f)
{
	if (f->smf->has_ul)
		put_fteid(s->tree, SPOT(s, FTEID_t), &f->smf->ul);
}

static void row_tunnel_info(struct spot *s, const struct source *f)
{
	GTPTunnelInfo_t *to;

	if (!f->smf->has_ul && !f->smf->n_dl)
		return;
	to = SPOT(s, GTPTunnelInfo_t);
	if (to)
		put_tunnels(s->tree, NEW(s->tree, to->fiveGSGTPTunnels), f->smf);
}

static void row_enum(struct spot *s, long value)
{
	if (value)
		put_enum(s->tree, SPOT(s, ENUMERATED_t), s->member->type, value);
}

static void row_pdu_type(struct spot *s, const struct source *f) { row_enum(s, f->smf->pdu_type); }
static void row_request_type(struct spot *s, const struct source *f) { row_enum(s, f->smf->request_type); }
static void row_handover_state(struct spot *s, const struct source *f) { row_enum(s, f->smf->handover_state); }
static void row_failed(struct spot *s, const struct source *f) { row_enum(s, f->smf->failed); }
static void row_initiator(struct spot *s, const struct source *f) { row_enum(s, f->smf->initiator); }
static void row_access(struct spot *s, const struct source *f) { row_enum(s, (long)f->smf->access); }
static void row_rat(struct spot *s, const struct source *f) { row_enum(s, (long)f->rat); }
static void row_registration_result(struct spot *s, const struct source *f) { row_enum(s, f->amf->registration_result); }

static void row_snssai(struct spot *s, const struct source *f)
{
	if (f->smf->snssai.present)
		put_snssai(s->tree, SPOT(s, SNSSAI_t), &f->smf->snssai);
}

/* One address in a modification, a list elsewhere; where the list is mandatory it may be empty (LI128-089). */
static void row_ue(struct spot *s, const struct source *f)
{
	asn_anonymous_sequence_ *list;
	size_t n = f->smf->n_ue;

	if (s->member->type == &asn_DEF_UEEndpointAddress) {
		if (n)
			put_endpoint(s->tree, SPOT(s, UEEndpointAddress_t), &f->smf->ue[0]);
		return;
	}
	if (!n && s->member->optional)
		return;
	list = spot(s, (size_t)((const asn_SET_OF_specifics_t *)s->member->type->specifics)->struct_size);
	for (size_t i = 0; list && i < n; i++) {
		UEEndpointAddress_t *one = tree_take(s->tree, sizeof(*one));

		put_endpoint(s->tree, one, &f->smf->ue[i]);
		tree_add(s->tree, list, one);
	}
}

static void row_non3gpp(struct spot *s, const struct source *f)
{
	const struct li_location *l = f->location;
	struct li_id id = { .kind = l->n3iwf_addr.family == 4 ? LI_ID_IPV4 : LI_ID_IPV6, .addr = l->n3iwf_addr };

	if (l->kind == LI_LOC_N3IWF && location_known(l))
		put_endpoint(s->tree, SPOT(s, UEEndpointAddress_t), &id);
}

static void row_location(struct spot *s, const struct source *f)
{
	if (location_known(f->location))
		put_location(s->tree, SPOT(s, Location_t), f->location, f->rat);
}

/* Empty is legal: what no tap can see (a counted fill of mediation's). */
static void row_dnn(struct spot *s, const struct source *f)
{
	if (f->smf->dnn.n || !s->member->optional)
		put_view(s->tree, SPOT(s, OCTET_STRING_t), f->smf->dnn);
}

static void row_amfid(struct spot *s, const struct source *f)
{
	if (f->smf->amf.present)
		put_amfid(s->tree, SPOT(s, AMFID_t), &f->smf->amf);
}

static void row_dn_request(struct spot *s, const struct source *f)
{
	if (f->smf->dn_request.n)
		put_view(s->tree, SPOT(s, OCTET_STRING_t), f->smf->dn_request);
}

static void row_serving(struct spot *s, const struct source *f)
{
	SMFServingNetwork_t *to;

	if (!f->smf->serving.mcc[0])
		return;
	to = SPOT(s, SMFServingNetwork_t);
	if (to)
		put_plmn(s->tree, &to->pLMNID, &f->smf->serving);
}

static void row_time(struct spot *s, li_us time)
{
	if (time)
		put_time(s->tree, SPOT(s, GeneralizedTime_t), time);
}

static void row_established(struct spot *s, const struct source *f) { row_time(s, f->smf->established); }
static void row_first_packet(struct spot *s, const struct source *f) { row_time(s, f->smf->end.first_packet); }
static void row_last_packet(struct spot *s, const struct source *f) { row_time(s, f->smf->end.last_packet); }
static void row_registered(struct spot *s, const struct source *f) { row_time(s, f->amf->registered); }

static void row_uplink(struct spot *s, const struct source *f)
{
	if (f->smf->end.has_volume)
		put_uint(s->tree, SPOT(s, INTEGER_t), f->smf->end.uplink);
}

static void row_downlink(struct spot *s, const struct source *f)
{
	if (f->smf->end.has_volume)
		put_uint(s->tree, SPOT(s, INTEGER_t), f->smf->end.downlink);
}

/* LI128-084 */
static void row_ngap_cause(struct spot *s, const struct source *f)
{
	NGAPCauseInt_t *to;

	if (!f->smf->end.has_ngap_cause)
		return;
	to = SPOT(s, NGAPCauseInt_t);
	if (to) {
		put_uint(s->tree, &to->group, f->smf->end.ngap_group);
		put_uint(s->tree, &to->value, f->smf->end.ngap_value);
	}
}

static void row_failure_cause(struct spot *s, const struct source *f)
{
	long *to = SPOT(s, long);

	if (to)
		*to = f->smf->failure_cause;
}

static void row_suci(struct spot *s, const struct source *f)
{
	if (f->suci.routing_digits)
		put_suci(s->tree, SPOT(s, SUCI_t), &f->suci);
}

static void row_guti(struct spot *s, const struct source *f)
{
	if (f->amf->guti.present)
		put_guti(s->tree, SPOT(s, FiveGGUTI_t), &f->amf->guti);
}

/* The same name means the same thing in every record type that has it. */
static const struct row {
	const char *member;
	void (*put)(struct spot *, const struct source *);
} members[] = {
	{ "sUPI", row_supi },
	{ "sUPIUnauthenticated", row_supi_unauthenticated },
	{ "pEI", row_pei },
	{ "gPSI", row_gpsi },
	{ "pDUSessionID", row_psi },
	{ "gTPTunnelID", row_tunnel_id },
	{ "pDUSessionType", row_pdu_type },
	{ "sNSSAI", row_snssai },
	{ "uEEndpoint", row_ue },
	{ "non3GPPAccessEndpoint", row_non3gpp },
	{ "location", row_location },
	{ "dNN", row_dnn },
	{ "aMFID", row_amfid },
	{ "requestType", row_request_type },
	{ "accessType", row_access },
	{ "rATType", row_rat },
	{ "sMPDUDNRequest", row_dn_request },
	{ "servingNetwork", row_serving },
	{ "handoverState", row_handover_state },
	{ "gTPTunnelInfo", row_tunnel_info },
	/* start of interception */
	{ "timeOfSessionEstablishment", row_established },
	/* release */
	{ "timeOfFirstPacket", row_first_packet },
	{ "timeOfLastPacket", row_last_packet },
	{ "uplinkVolume", row_uplink },
	{ "downlinkVolume", row_downlink },
	{ "nGAPCause", row_ngap_cause },
	/* unsuccessful */
	{ "failedProcedureType", row_failed },
	{ "failureCause", row_failure_cause },
	{ "initiator", row_initiator },
	/* AMF */
	{ "sUCI", row_suci },
	{ "gUTI", row_guti },
	{ "registrationResult", row_registration_result },
	{ "timeOfRegistration", row_registered },
};

/*
 * What the text makes present. `member` may name several: one of them at least. `with` names a member that must be
 * there for the rule to hold. Members that the ASN.1 makes mandatory are not listed: missing() asks the descriptor.
 */
static const struct rule {
	IRIEvent_PR record;
	const char *member, *with;
} rules[] = {
	/* clauses 6.2.3.2.2 to 6.2.3.2.6: one identity at least (LI128-066); sUPIUnauthenticated whenever sUPI is there */
	{ IRIEvent_PR_pDUSessionEstablishment, "sUPI pEI gPSI", NULL },
	{ IRIEvent_PR_pDUSessionEstablishment, "sUPIUnauthenticated", "sUPI" },
	{ IRIEvent_PR_pDUSessionModification, "sUPI pEI gPSI", NULL },
	{ IRIEvent_PR_pDUSessionModification, "sUPIUnauthenticated", "sUPI" },
	{ IRIEvent_PR_startOfInterceptionWithEstablishedPDUSession, "sUPI pEI gPSI", NULL },
	{ IRIEvent_PR_startOfInterceptionWithEstablishedPDUSession, "sUPIUnauthenticated", "sUPI" },
	{ IRIEvent_PR_unsuccessfulSMProcedure, "sUPI pEI gPSI", NULL },
	{ IRIEvent_PR_unsuccessfulSMProcedure, "sUPIUnauthenticated", "sUPI" },
	/* added in a later release, hence OPTIONAL in the ASN.1 (drafting rules D.2.8, D.4.13) */
	{ IRIEvent_PR_pDUSessionEstablishment, "gTPTunnelInfo", NULL },
	{ IRIEvent_PR_pDUSessionModification, "gTPTunnelInfo", NULL },
	{ IRIEvent_PR_pDUSessionModification, "pDUSessionID", NULL },
	{ IRIEvent_PR_startOfInterceptionWithEstablishedPDUSession, "gTPTunnelInfo", NULL },
};

/* -- filling and checking ------------------------------------------------------------------------------------------- */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Calls the rows of a record type's members; gives the set of those that were put, a bit each. */
static uint64_t fill(struct tree *t, const asn_TYPE_descriptor_t *type, void *record, const struct source *from)
{
	uint64_t put = 0;

	for (int i = 0; i < type->elements_count && i < 64; i++)
		for (size_t k = 0; k < COUNT(members); k++) {
			struct spot s = { t, &type->elements[i], record, false };

			if (strcmp(members[k].member, s.member->name) != 0)
				continue;
			members[k].put(&s, from);
			if (s.put)
				put |= UINT64_C(1) << i;
		}
	return put;
}

/* Is one of these names (blanks between) among the members that were put? */
static bool any_put(const asn_TYPE_descriptor_t *type, uint64_t put, const char *names)
{
	for (int i = 0; i < type->elements_count; i++) {
		const char *name = type->elements[i].name, *at = names;
		size_t n = strlen(name);

		for (; (put >> i & 1) && at; at = strchr(at, ' ')) {
			at += *at == ' ';
			if (strncmp(at, name, n) == 0 && (at[n] == ' ' || !at[n]))
				return true;
		}
	}
	return false;
}

/* The first member that ought to be there and is not, or NULL. */
static const char *missing(IRIEvent_PR record, const asn_TYPE_descriptor_t *type, uint64_t put)
{
	for (int i = 0; i < type->elements_count; i++)
		if (!type->elements[i].optional && !(put >> i & 1))
			return type->elements[i].name;
	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct rule *r = &rules[i];

		if (r->record == record && (!r->with || any_put(type, put, r->with)) && !any_put(type, put, r->member))
			return r->member;
	}
	return NULL;
}

/* {threeGPP(4) ts33128(19) release version iRI(3)}, LI128-002, HO-M33-010 */
static void put_oid(struct tree *t, RELATIVE_OID_t *to, uint8_t release, uint8_t version)
{
	const uint8_t arc[] = { 4, 19, release, version, 3 };
	uint8_t octets[2 * sizeof(arc)];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(arc); i++) {
		if (arc[i] > 127)
			octets[n++] = 0x81;	/* an arc of two octets: 128 to 255 */
		octets[n++] = arc[i] & 127;
	}
	put_octets(t, (OCTET_STRING_t *)to, octets, n);
}

static bool same_id(const struct li_target_id *a, const struct li_target_id *b)
{
	return a->provenance == b->provenance && a->id.kind == b->id.kind && view_eq(a->id.text, b->id.text) &&
	       memcmp(a->id.addr.b, b->id.addr.b, sizeof(a->id.addr.b)) == 0;
}

/* LI128-047, LI128-049: each pair of identity and provenance once. */
static void put_target_ids(struct tree *t, IRIPayload_t *iri, const struct li_iri_env *env)
{
	size_t n = env->n_ids < UE_IDS_MAX ? env->n_ids : UE_IDS_MAX;

	for (size_t i = 0; i < n && !t->err; i++) {
		IRITargetIdentifier_t *one;
		bool twice = !identity_known(&env->ids[i].id, env->release);

		for (size_t k = 0; k < i && !twice; k++)
			twice = same_id(&env->ids[k], &env->ids[i]);
		if (twice)
			continue;
		if (!iri->targetIdentifiers && !NEW(t, iri->targetIdentifiers))
			return;
		one = tree_take(t, sizeof(*one));
		if (!one)
			return;
		put_target(t, &one->identifier, &env->ids[i].id);
		put_enum(t, NEW(t, one->provenance), &asn_DEF_TargetIdentifierProvenance, (long)env->ids[i].provenance);
		tree_add(t, &iri->targetIdentifiers->list, one);
	}
}

static enum li_err encode(IRIEvent_PR record, const struct source *from, const struct li_iri_env *env, struct buf *out,
			  const char **member)
{
	/* The alternatives of IRIEvent stand in its descriptor in the order of IRIEvent_PR, which begins with NOTHING. */
	const asn_TYPE_member_t *alternative = &asn_DEF_IRIEvent.elements[record - 1];
	struct tree t = { LI_OK };
	struct gen_pool pool;
	IRIPayload_t *iri;

	*member = NULL;
	if (!gen_pool_open(&pool))
		return LI_ENOMEM;
	iri = tree_take(&t, sizeof(*iri));
	if (iri) {
		uint64_t put;

		iri->event.present = record;
		put_oid(&t, &iri->iRIPayloadOID, env->release, env->version);
		put = fill(&t, alternative->type, (char *)&iri->event + alternative->memb_offset, from);
		*member = missing(record, alternative->type, put);
		put_target_ids(&t, iri, env);
		if (!t.err && *member)
			t.err = LI_EMISSING;
		if (!t.err)
			t.err = gen_write(&asn_DEF_IRIPayload, iri, out);
		if (t.err != LI_EMISSING)
			*member = NULL;
	}
	gen_pool_close(&pool);
	return t.err;
}

enum li_err gen_ts33128_smf(const struct li_smf_rec *r, const struct li_iri_env *env, struct buf *out, const char **member)
{
	static const IRIEvent_PR record[] = {	/* LI128-065 */
		[LI_SMF_ESTABLISHMENT] = IRIEvent_PR_pDUSessionEstablishment,
		[LI_SMF_MODIFICATION] = IRIEvent_PR_pDUSessionModification,
		[LI_SMF_RELEASE] = IRIEvent_PR_pDUSessionRelease,
		[LI_SMF_SOI] = IRIEvent_PR_startOfInterceptionWithEstablishedPDUSession,
		[LI_SMF_UNSUCCESSFUL] = IRIEvent_PR_unsuccessfulSMProcedure,
	};
	const struct source from = {
		.smf = r, .supi = &r->supi, .pei = &r->pei, .gpsi = &r->gpsi, .location = &r->location, .rat = r->rat
	};

	return encode(record[r->kind], &from, env, out, member);
}

enum li_err gen_ts33128_amf(const struct li_amf_rec *r, const struct li_iri_env *env, struct buf *out, const char **member)
{
	struct source from = {
		.amf = r, .supi = &r->supi, .pei = &r->pei, .gpsi = &r->gpsi, .location = &r->location, .rat = r->rat
	};

	if (!suci_read(r->suci, &from.suci))
		from.suci.routing_digits = 0;
	return encode(r->kind == LI_AMF_SOI ? IRIEvent_PR_startOfInterceptionWithRegisteredUE : IRIEvent_PR_locationUpdate,
		      &from, env, out, member);
}
