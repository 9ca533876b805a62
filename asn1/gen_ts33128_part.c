/* gen_ts33128_part.c: the parts that records share: identities, tunnels, locations. */
#include "asn1/gen_ts33128_part.h"
#include <li/rd.h>
#include <DLRANTunnelInformation.h>
#include <EUTRALocation.h>
#include <IPAddr.h>
#include <LocationInfo.h>
#include <N3GALocation.h>
#include <NRLocation.h>
#include <QOSFlowList.h>
#include <QOSFlowTunnelInformation.h>
#include <QOSFlowTunnelInformationList.h>
#include <RATType.h>
#include <UserLocation.h>

/* -- primitives -- */
void *tree_take(struct tree *t, size_t n)
{
	void *p = t->err ? NULL : CALLOC(1, n);

	if (!p)
		tree_fail(t, LI_ENOMEM);
	return p;
}

void tree_add(struct tree *t, void *list, void *item)
{
	if (!t->err && (!item || asn_set_add(list, item) != 0))
		tree_fail(t, LI_ENOMEM);
}

void put_octets(struct tree *t, OCTET_STRING_t *to, const void *p, size_t n)
{
	if (!t->err && (!to || OCTET_STRING_fromBuf(to, p ? p : "", (int)n) != 0))
		tree_fail(t, LI_ENOMEM);
}

void put_view(struct tree *t, OCTET_STRING_t *to, struct view v)
{
	put_octets(t, to, v.p, v.n);
}

void put_uint(struct tree *t, INTEGER_t *to, uint64_t x)
{
	if (!t->err && (!to || asn_uint642INTEGER(to, x) != 0))
		tree_fail(t, LI_ENOMEM);
}

void put_enum(struct tree *t, ENUMERATED_t *to, const asn_TYPE_descriptor_t *type, long value)
{
	/* libasn1c forgot the const, it only reads */
	union { const void *in; asn_INTEGER_specifics_t *out; } map = { type->specifics };

	if (t->err)
		return;
	if (!INTEGER_map_value2enum(map.out, value))
		tree_fail(t, LI_EENCODE);
	else if (!to || asn_long2INTEGER(to, value) != 0)
		tree_fail(t, LI_ENOMEM);
}

void put_time(struct tree *t, GeneralizedTime_t *to, li_us time)
{
	char text[LI_GTIME_MAX];
	size_t n = li_gtime(time, text);

	if (n)
		put_octets(t, to, text, n);
	else
		tree_fail(t, LI_EENCODE);
}

void put_bits(struct tree *t, BIT_STRING_t *to, uint64_t x, unsigned bits)
{
	size_t n = (bits + 7) / 8;
	uint8_t octets[8];

	x <<= 64 - bits;
	for (size_t i = 0; i < n; i++)
		octets[i] = (uint8_t)(x >> (56 - 8 * i));
	put_octets(t, (OCTET_STRING_t *)to, octets, n);
	if (!t->err)
		to->bits_unused = (int)(n * 8 - bits);
}

void put_bool(struct tree *t, BOOLEAN_t **to, bool x)
{
	if (NEW(t, *to))
		**to = x;
}

static void put_text(struct tree *t, OCTET_STRING_t *to, const char *s)
{
	put_octets(t, to, s, strlen(s));
}

static void put_addr4(struct tree *t, OCTET_STRING_t **to, const struct li_addr *a)
{
	if (a->family == 4)
		put_octets(t, NEW(t, *to), a->b, 4);
}

static void put_addr6(struct tree *t, OCTET_STRING_t **to, const struct li_addr *a)
{
	if (a->family == 6)
		put_octets(t, NEW(t, *to), a->b, 16);
}

/* -- identities -- */
void put_supi(struct tree *t, SUPI_t *to, const struct li_id *id)
{
	if (!to)
		return;
	if (id->kind == LI_ID_IMSI) {
		to->present = SUPI_PR_iMSI;
		put_view(t, &to->choice.iMSI, id->text);
	} else if (id->kind == LI_ID_NAI) {
		to->present = SUPI_PR_nAI;
		put_view(t, &to->choice.nAI, id->text);
	} else {
		tree_fail(t, LI_EENCODE);
	}
}

void put_pei(struct tree *t, PEI_t *to, const struct li_id *id)
{
	if (!to)
		return;
	if (id->kind == LI_ID_IMEI) {
		to->present = PEI_PR_iMEI;
		put_view(t, &to->choice.iMEI, id->text);
	} else if (id->kind == LI_ID_IMEISV) {
		to->present = PEI_PR_iMEISV;
		put_view(t, &to->choice.iMEISV, id->text);
	} else if (id->kind == LI_ID_MAC || id->kind == LI_ID_PEI_MAC) {
		to->present = PEI_PR_mACAddress;
		put_octets(t, &to->choice.mACAddress, id->addr.b, 6);
	} else if (id->kind == LI_ID_PEI_EUI64) {
		to->present = PEI_PR_eUI64;
		put_octets(t, &to->choice.eUI64, id->addr.b, 8);
	} else {
		tree_fail(t, LI_EENCODE);
	}
}

void put_gpsi(struct tree *t, GPSI_t *to, const struct li_id *id)
{
	if (!to)
		return;
	if (id->kind == LI_ID_MSISDN) {
		to->present = GPSI_PR_mSISDN;
		put_view(t, &to->choice.mSISDN, id->text);
	} else if (id->kind == LI_ID_GPSI_NAI) {
		to->present = GPSI_PR_nAI;
		put_view(t, &to->choice.nAI, id->text);
	} else {
		tree_fail(t, LI_EENCODE);
	}
}

/* LI128-071, LI128-072 */
void put_endpoint(struct tree *t, UEEndpointAddress_t *to, const struct li_id *id)
{
	if (!to)
		return;
	if (id->kind == LI_ID_IPV4) {
		to->present = UEEndpointAddress_PR_iPv4Address;
		put_octets(t, &to->choice.iPv4Address, id->addr.b, 4);
	} else if (id->kind == LI_ID_IPV6) {
		to->present = UEEndpointAddress_PR_iPv6Address;
		put_octets(t, &to->choice.iPv6Address, id->addr.b, 16);
	} else if (id->kind == LI_ID_MAC) {
		to->present = UEEndpointAddress_PR_ethernetAddress;
		put_octets(t, &to->choice.ethernetAddress, id->addr.b, 6);
	} else {
		tree_fail(t, LI_EENCODE);
	}
}

/* An alternative that is one string. */
static void put_text_target(struct tree *t, TargetIdentifier_t *to, TargetIdentifier_PR as, OCTET_STRING_t *string, const struct li_id *id)
{
	to->present = as;
	put_view(t, string, id->text);
}

void put_target(struct tree *t, TargetIdentifier_t *to, const struct li_id *id)
{
	if (!to)
		return;
	switch (id->kind) {
	case LI_ID_IMSI: case LI_ID_NAI:
		to->present = TargetIdentifier_PR_sUPI;
		put_supi(t, &to->choice.sUPI, id);
		return;
	case LI_ID_MSISDN: case LI_ID_GPSI_NAI:
		to->present = TargetIdentifier_PR_gPSI;
		put_gpsi(t, &to->choice.gPSI, id);
		return;
	case LI_ID_IMEI: case LI_ID_IMEISV: case LI_ID_PEI_MAC: case LI_ID_PEI_EUI64:
		to->present = TargetIdentifier_PR_pEI;
		put_pei(t, &to->choice.pEI, id);
		return;
	case LI_ID_IPV4:
		to->present = TargetIdentifier_PR_iPv4Address;
		put_octets(t, &to->choice.iPv4Address, id->addr.b, 4);
		return;
	case LI_ID_IPV6:
		to->present = TargetIdentifier_PR_iPv6Address;
		put_octets(t, &to->choice.iPv6Address, id->addr.b, 16);
		return;
	case LI_ID_MAC:
		to->present = TargetIdentifier_PR_ethernetAddress;
		put_octets(t, &to->choice.ethernetAddress, id->addr.b, 6);
		return;
	case LI_ID_SIP_URI:
		to->present = TargetIdentifier_PR_iMPU;
		to->choice.iMPU.present = IMPU_PR_sIPURI;
		put_view(t, &to->choice.iMPU.choice.sIPURI, id->text);
		return;
	case LI_ID_TEL_URI:
		to->present = TargetIdentifier_PR_iMPU;
		to->choice.iMPU.present = IMPU_PR_tELURI;
		put_view(t, &to->choice.iMPU.choice.tELURI, id->text);
		return;
	case LI_ID_PTC_GROUP:
		to->present = TargetIdentifier_PR_pTCChatGroupID;
		put_view(t, &to->choice.pTCChatGroupID.groupIdentity, id->text);
		return;
	case LI_ID_PLAIN_IMSI: put_text_target(t, to, TargetIdentifier_PR_iMSI, &to->choice.iMSI, id); return;
	case LI_ID_PLAIN_IMEI: put_text_target(t, to, TargetIdentifier_PR_iMEI, &to->choice.iMEI, id); return;
	case LI_ID_PLAIN_MSISDN: put_text_target(t, to, TargetIdentifier_PR_mSISDN, &to->choice.mSISDN, id); return;
	case LI_ID_PLAIN_NAI: put_text_target(t, to, TargetIdentifier_PR_nAI, &to->choice.nAI, id); return;
	case LI_ID_IMPI: put_text_target(t, to, TargetIdentifier_PR_iMPI, &to->choice.iMPI, id); return;
	case LI_ID_E164: put_text_target(t, to, TargetIdentifier_PR_e164Number, &to->choice.e164Number, id); return;
	case LI_ID_EMAIL: put_text_target(t, to, TargetIdentifier_PR_emailAddress, &to->choice.emailAddress, id); return;
	case LI_ID_MCPTT: put_text_target(t, to, TargetIdentifier_PR_mCPTTID, &to->choice.mCPTTID, id); return;
	case LI_ID_INSTANCE_URN:
		put_text_target(t, to, TargetIdentifier_PR_instanceIdentifierURN, &to->choice.instanceIdentifierURN, id);
		return;
	case LI_ID_NONE: case LI_ID_HASHED:	/* nobody can be named by a digest */
		break;
	}
	tree_fail(t, LI_EENCODE);
}

/* Digits of a PLMN: mcc2 mcc1 | mnc3 mcc3 | mnc2 mnc1, mnc3 = F for a network code of two digits. */
static bool plmn_read(const uint8_t b[3], struct li_plmn *p)
{
	const uint8_t digit[] = { b[0] & 15, b[0] >> 4, b[1] & 15, b[2] & 15, b[2] >> 4, b[1] >> 4 };

	*p = (struct li_plmn){ 0 };
	for (size_t i = 0; i < 6; i++) {
		if (digit[i] > 9 && !(i == 5 && digit[i] == 15))
			return false;
		if (digit[i] <= 9)
			(i < 3 ? p->mcc : p->mnc)[i % 3] = (char)('0' + digit[i]);
	}
	return true;
}

bool suci_read(struct view nas, struct suci *s)
{
	struct rd r = rd_of(nas);
	uint8_t kind = rd_u8(&r), plmn[3], routing[2];

	*s = (struct suci){ 0 };
	rd_copy(&r, plmn, sizeof(plmn));
	rd_copy(&r, routing, sizeof(routing));
	s->scheme = rd_u8(&r) & 15;
	s->key_id = rd_u8(&r);
	/* identity type 1 is SUCI, SUPI format 0 is IMSI */
	if (r.err || (kind & 7) != 1 || (kind >> 4 & 7) != 0 || !plmn_read(plmn, &s->plmn))
		return false;
	for (unsigned i = 0; i < 4; i++) {
		unsigned digit = routing[i / 2] >> (i % 2 * 4) & 15;

		if (digit == 15)
			break;		/* filler: shorter than four digits */
		if (digit > 9)
			return false;
		s->routing = s->routing * 10 + digit;
		s->routing_digits++;
	}
	s->output = rd_rest(&r);
	return s->routing_digits > 0;
}

void put_suci(struct tree *t, SUCI_t *to, const struct suci *s)
{
	if (!to)
		return;
	put_text(t, &to->mCC, s->plmn.mcc);
	put_text(t, &to->mNC, s->plmn.mnc);
	to->routingIndicator = (long)s->routing;
	to->protectionSchemeID = s->scheme;
	put_octets(t, &to->homeNetworkPublicKeyID, &s->key_id, 1);
	put_view(t, &to->schemeOutput, s->output);
	if (NEW(t, to->routingIndicatorLength))
		*to->routingIndicatorLength = (long)s->routing_digits;
	if (NEW(t, to->sUPIType))
		*to->sUPIType = 0;	/* IMSI */
}

/* -- network -- */
void put_plmn(struct tree *t, PLMNID_t *to, const struct li_plmn *p)
{
	if (!to)
		return;
	put_text(t, &to->mCC, p->mcc);
	put_text(t, &to->mNC, p->mnc);
}

void put_snssai(struct tree *t, SNSSAI_t *to, const struct li_snssai *s)
{
	static const uint8_t none[3] = { 0xff, 0xff, 0xff };	/* TS 23.003 clause 28.4.2: no SD (LI128-077) */

	if (!to)
		return;
	to->sliceServiceType = s->sst;
	if (s->has_sd && memcmp(s->sd, none, 3) != 0)
		put_octets(t, NEW(t, to->sliceDifferentiator), s->sd, 3);
}

/* LI128-074: a TEID has 32 bits and no sign; LI128-075 */
void put_fteid(struct tree *t, FTEID_t *to, const struct li_fteid *f)
{
	if (!to)
		return;
	to->tEID = f->teid;
	put_addr4(t, &to->iPv4Address, &f->a4);
	put_addr6(t, &to->iPv6Address, &f->a6);
}

/* associatedQOSFlowList is mandatory, and empty where nobody told the flows: only N2 does. Of a flow the QFI is what
 * N2 says; rules and descriptions are NAS's, and optional. LI128-094: a set of 64 bits has no other QFI. */
static void put_flow_tunnel(struct tree *t, QOSFlowTunnelInformation_t *to, const struct li_fteid *f, uint64_t flows)
{
	if (!to)
		return;
	put_fteid(t, &to->uPTunnelInformation, f);
	for (unsigned qfi = 0; qfi < 64; qfi++) {
		QOSFlowList_t *flow;

		if (!(flows >> qfi & 1))
			continue;
		flow = tree_take(t, sizeof(*flow));
		if (flow)
			flow->qFI = (long)qfi;
		tree_add(t, &to->associatedQOSFlowList.list, flow);
	}
}

void put_tunnels(struct tree *t, FiveGSGTPTunnels_t *to, const struct li_smf_rec *r)
{
	DLRANTunnelInformation_t *ran;

	if (!to)
		return;
	if (r->has_ul)
		put_fteid(t, NEW(t, to->uLNGUUPTunnelInformation), &r->ul);
	if (!r->n_dl || !NEW(t, to->dLRANTunnelInformation))
		return;
	ran = to->dLRANTunnelInformation;
	put_flow_tunnel(t, NEW(t, ran->dLQOSFlowTunnelInformation), &r->dl[0], r->dl_flows[0]);
	if (r->n_dl == 1 || !NEW(t, ran->additionalDLQOSFlowTunnelInformation))
		return;
	for (size_t i = 1; i < r->n_dl; i++) {
		QOSFlowTunnelInformation_t *more = tree_take(t, sizeof(*more));

		put_flow_tunnel(t, more, &r->dl[i], r->dl_flows[i]);
		tree_add(t, &ran->additionalDLQOSFlowTunnelInformation->list, more);
	}
}

void put_amfid(struct tree *t, AMFID_t *to, const struct li_guami *g)
{
	(void)t;
	if (!to)
		return;
	to->aMFRegionID = g->region;
	to->aMFSetID = g->set;
	to->aMFPointer = g->pointer;
}

void put_guti(struct tree *t, FiveGGUTI_t *to, const struct li_guti *g)
{
	if (!to)
		return;
	put_text(t, &to->mCC, g->guami.plmn.mcc);
	put_text(t, &to->mNC, g->guami.plmn.mnc);
	to->aMFRegionID = g->guami.region;
	to->aMFSetID = g->guami.set;
	to->aMFPointer = g->guami.pointer;
	to->fiveGTMSI = g->tmsi;
}

/* -- location -- */
bool location_known(const struct li_location *l)
{
	switch (l->kind) {
	case LI_LOC_NR: case LI_LOC_EUTRA: return l->tai_plmn.mcc[0] && l->cell_plmn.mcc[0];
	case LI_LOC_N3IWF: return l->n3iwf_addr.family != 0;
	case LI_LOC_NONE: break;
	}
	return false;
}

static void put_tai(struct tree *t, TAI_t *to, const struct li_location *l)
{
	if (!to)
		return;
	put_plmn(t, &to->pLMNID, &l->tai_plmn);
	put_octets(t, &to->tAC, l->tac, sizeof(l->tac));
}

static void put_nr(struct tree *t, NRLocation_t *to, const struct li_location *l)
{
	if (!to)
		return;
	put_tai(t, &to->tAI, l);
	put_plmn(t, &to->nCGI.pLMNID, &l->cell_plmn);
	put_bits(t, &to->nCGI.nRCellID, l->cell, 36);
	if (l->has_time)
		put_time(t, NEW(t, to->uELocationTimestamp), l->time);
}

static void put_eutra(struct tree *t, EUTRALocation_t *to, const struct li_location *l)
{
	if (!to)
		return;
	put_tai(t, &to->tAI, l);
	put_plmn(t, &to->eCGI.pLMNID, &l->cell_plmn);
	put_bits(t, &to->eCGI.eUTRACellID, l->cell, 28);
	if (l->has_time)
		put_time(t, NEW(t, to->uELocationTimestamp), l->time);
}

static void put_n3iwf(struct tree *t, N3GALocation_t *to, const struct li_location *l)
{
	if (!to)
		return;
	if (l->tai_plmn.mcc[0])
		put_tai(t, NEW(t, to->tAI), l);
	if (NEW(t, to->uEIPAddr)) {
		put_addr4(t, &to->uEIPAddr->iPv4Addr, &l->n3iwf_addr);
		put_addr6(t, &to->uEIPAddr->iPv6Addr, &l->n3iwf_addr);
	}
	if (l->n3iwf_port)
		put_uint(t, NEW(t, to->portNumber), l->n3iwf_port);
	if (l->has_time)
		put_time(t, NEW(t, to->uELocationTimestamp), l->time);
}

/* From live signalling: currentLoc is TRUE, uELocationTimestamp says how old the network called it. */
void put_location(struct tree *t, Location_t *to, const struct li_location *l, enum li_rat rat)
{
	LocationInfo_t *info;

	if (!to || !NEW(t, to->locationInfo) || !NEW(t, to->locationInfo->userLocation))
		return;
	info = to->locationInfo;
	if (l->kind == LI_LOC_NR)
		put_nr(t, NEW(t, info->userLocation->nRLocation), l);
	else if (l->kind == LI_LOC_EUTRA)
		put_eutra(t, NEW(t, info->userLocation->eUTRALocation), l);
	else
		put_n3iwf(t, NEW(t, info->userLocation->n3GALocation), l);
	put_bool(t, &info->currentLoc, true);
	if (rat)
		put_enum(t, NEW(t, info->rATType), &asn_DEF_RATType, rat);
}
