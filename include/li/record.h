/*
 * record.h: what mediation knows about an event, in plain C, before any encoding. asn1/gen_ts33128_rec.c turns it
 * into TS 33.128 octets; views are borrowed until that call returns. A member is absent when its `has_` flag is false,
 * its count is 0 or its view is empty.
 */
#ifndef LI_RECORD_H
#define LI_RECORD_H

#include <li/ids.h>
#include <li/time.h>

/* TS 102 232-1 clause 5.2.10: END is 2 and CONTINUE is 3. */
enum li_iri_type { LI_IRI_BEGIN = 1, LI_IRI_END = 2, LI_IRI_CONTINUE = 3, LI_IRI_REPORT = 4 };

/* PayloadDirection, TS 102 232-1 annex A. */
enum li_dir { LI_FROM_TARGET, LI_TO_TARGET, LI_DIR_INDETERMINATE, LI_DIR_COMBINED, LI_DIR_NOTAPPLICABLE };

enum li_hi { LI_HI2, LI_HI3 };

/* Services of a subscriber, TS 33.128 clause 4.4.2, as bits of a scope (ServiceType of TS 103 221-1 annex C). A scope without any bit
 * is not scoped: everything. */
enum li_service {
	LI_SERVICE_VOICE = 1, LI_SERVICE_DATA = 2, LI_SERVICE_MESSAGING = 4, LI_SERVICE_PTC = 8, LI_SERVICE_LALS = 16, LI_SERVICE_RCS = 32
};

/* -- identities -- */
enum li_id_kind {
	LI_ID_NONE,
	LI_ID_IMSI,	/* SUPI, 6..15 digits */
	LI_ID_NAI,	/* SUPI in NAI form */
	LI_ID_MSISDN,	/* GPSI, 1..15 digits */
	LI_ID_GPSI_NAI,	/* GPSI as external identifier */
	LI_ID_IMEI,	/* PEI, 14 digits, no check digit */
	LI_ID_IMEISV,	/* PEI, 16 digits */
	LI_ID_IPV4,	/* with prefix length 0..32 */
	LI_ID_IPV6,	/* with prefix length 0..128 */
	LI_ID_MAC,	/* six octets in addr */
	/* What taps never see of a subscriber, and X1, X2 and records name: */
	LI_ID_PLAIN_IMSI,	/* named as IMSI, not as SUPI */
	LI_ID_PLAIN_IMEI,	/* as IMEI, not as PEI */
	LI_ID_PLAIN_MSISDN,	/* as MSISDN, not as GPSI */
	LI_ID_PLAIN_NAI,	/* as NAI, not as SUPI or GPSI */
	LI_ID_PEI_MAC,	/* PEI, six octets in addr */
	LI_ID_PEI_EUI64,	/* PEI, eight octets in addr */
	LI_ID_SIP_URI,	/* IMPU */
	LI_ID_TEL_URI,	/* IMPU */
	LI_ID_IMPI,
	LI_ID_E164,	/* 1..15 digits, no + */
	LI_ID_EMAIL,
	LI_ID_MCPTT,	/* MCPTTID */
	LI_ID_INSTANCE_URN,
	LI_ID_PTC_GROUP,	/* PTCChatGroupID */
	LI_ID_HASHED	/* somebody of whom a digest is known only; as mediation/warrant/hashed.h writes it */
};

struct li_id {
	enum li_id_kind kind;
	struct view text;	/* digits, NAI or URI */
	struct li_addr addr;	/* IPv4, IPv6; for MAC the first six octets, for EUI-64 eight */
	uint8_t prefix;		/* of an address target; 32 or 128 for a host */
};

/* The kind as which a tap sees the same identity, or itself: what X1 names IMSI is the SUPI of 5G. */
static inline enum li_id_kind li_id_seen_as(enum li_id_kind k)
{
	switch (k) {
	case LI_ID_PLAIN_IMSI: return LI_ID_IMSI;
	case LI_ID_PLAIN_NAI: return LI_ID_NAI;
	case LI_ID_PLAIN_IMEI: return LI_ID_IMEI;
	case LI_ID_PLAIN_MSISDN: case LI_ID_E164: return LI_ID_MSISDN;
	default: return k;
	}
}

/* Can a tap see an identity of this kind at all? Of the others only X2 and X3 tell. */
static inline bool li_id_on_tap(enum li_id_kind k)
{
	return (li_id_seen_as(k) != LI_ID_NONE && li_id_seen_as(k) < LI_ID_MAC) || k == LI_ID_HASHED;
}

/* TS 33.128 IRITargetIdentifier.provenance */
enum li_provenance { LI_PROV_LEA = 1, LI_PROV_OBSERVED = 2, LI_PROV_MATCHED = 3, LI_PROV_OTHER = 4 };

struct li_target_id {
	struct li_id id;
	enum li_provenance provenance;
};

/* -- parts of records -- */
struct li_plmn {
	char mcc[4];	/* NUL-terminated digits; empty: absent */
	char mnc[4];
};

struct li_snssai {
	bool present;
	uint8_t sst;
	bool has_sd;
	uint8_t sd[3];
};

struct li_fteid {
	uint32_t teid;
	struct li_addr a4, a6;	/* family 0: absent */
};

struct li_guami {
	bool present;
	struct li_plmn plmn;
	uint8_t region;
	uint16_t set;		/* 10 bits */
	uint8_t pointer;	/* 6 bits */
};

struct li_guti {
	bool present;
	struct li_guami guami;
	uint32_t tmsi;
};

enum li_loc_kind { LI_LOC_NONE, LI_LOC_NR, LI_LOC_EUTRA, LI_LOC_N3IWF };

struct li_location {
	enum li_loc_kind kind;
	struct li_plmn tai_plmn, cell_plmn;
	uint8_t tac[3];
	uint64_t cell;		/* NR 36 bits, E-UTRA 28 bits, right-aligned */
	bool has_time;
	li_us time;		/* age stamp of NGAP's UserLocationInformation */
	struct li_addr n3iwf_addr;
	uint16_t n3iwf_port;
};

enum li_rat { LI_RAT_NONE = 0, LI_RAT_NR = 1, LI_RAT_EUTRA = 2, LI_RAT_WLAN = 3 };	/* TS 33.128 RATType values */
enum li_access { LI_ACCESS_NONE = 0, LI_ACCESS_3GPP = 1, LI_ACCESS_NON3GPP = 2 };
enum li_tri { LI_ABSENT = 0, LI_FALSE, LI_TRUE };

#define LI_UE_ADDRS 4

/* -- SMF records, TS 33.128 clause 6.2.3.2 -- */
enum li_smf_kind {
	LI_SMF_ESTABLISHMENT,	/* tag 6, BEGIN */
	LI_SMF_MODIFICATION,	/* tag 7, CONTINUE */
	LI_SMF_RELEASE,		/* tag 8, END */
	LI_SMF_SOI,		/* tag 9, BEGIN */
	LI_SMF_UNSUCCESSFUL	/* tag 10, REPORT */
};

/* What is told of a session with its end. */
struct li_smf_end {
	bool has_volume;
	uint64_t uplink, downlink;	/* octets */
	li_us first_packet, last_packet;/* 0 absent */
	bool has_ngap_cause;
	uint8_t ngap_group, ngap_value;	/* group as NGAP's Cause CHOICE index 0..4 */
	uint8_t sm_cause;		/* 5GSM cause; 0 absent */
};

struct li_smf_rec {
	enum li_smf_kind kind;

	struct li_id supi, pei, gpsi;
	enum li_tri supi_unauthenticated;
	uint8_t psi;			/* pDUSessionID; 255 when no N2 was seen (filled) */
	bool has_ul;
	struct li_fteid ul;		/* gTPTunnelID: the UPF's N3 tunnel */
	uint8_t n_dl;
	struct li_fteid dl[4];		/* the RAN's N3 tunnels, gTPTunnelInfo */
	uint64_t dl_flows[4];		/* the QoS flows that each carries, a bit a QFI; 0: not known */
	uint8_t pdu_type;		/* PDUSessionType 1..5 */
	struct li_snssai snssai;
	uint8_t n_ue;
	struct li_id ue[LI_UE_ADDRS];	/* uEEndpoint */
	struct li_location location;
	struct view dnn;		/* dotted; empty is legal and counted as filled */
	struct li_guami amf;
	uint8_t request_type;		/* FiveGSMRequestType 1..7 */
	enum li_access access;
	enum li_rat rat;
	struct li_plmn serving;
	struct view dn_request;		/* sMPDUDNRequest */
	uint8_t handover_state;		/* HandoverState value of TS 33.128; 0 absent */

	li_us established;		/* SOI: timeOfSessionEstablishment; 0 absent */

	struct li_smf_end end;		/* release */

	/* unsuccessful */
	uint8_t failed;			/* SMFFailedProcedureType 1 establishment, 2 modification, 3 release */
	uint8_t failure_cause;		/* 5GSM cause 0..255 */
	uint8_t initiator;		/* Initiator 1 uE, 2 network, 3 unknown */
};

/* -- AMF records, TS 33.128 clause 6.2.2.2 -- */
enum li_amf_kind {
	LI_AMF_LOCATION,	/* tag 3, REPORT */
	LI_AMF_SOI		/* tag 4, REPORT */
};

struct li_amf_rec {
	enum li_amf_kind kind;
	struct li_id supi, pei, gpsi;
	struct view suci;		/* 5GS mobile identity octets as in NAS; empty when not seen */
	struct li_guti guti;
	struct li_location location;
	uint8_t registration_result;	/* AMFRegistrationResult 1 threeGPPAccess, 2 nonThreeGPP, 3 both */
	li_us registered;		/* SOI: timeOfRegistration; 0 absent */
	enum li_access access;
	enum li_rat rat;
};

/* What every IRI of one intercept carries beside its event. */
struct li_iri_env {
	uint8_t release, version;	/* arcs of iRIPayloadOID: r19v3 is 19, 3 */
	const struct li_target_id *ids;
	size_t n_ids;
};

#endif
