/* nas5gs.h: 5GS NAS of TS 24.501 where it is plain or under NEA0. Pure decoder; the caller keeps the security state. */
#ifndef MEDIATION_PROTO_NAS5GS_H
#define MEDIATION_PROTO_NAS5GS_H

#include <li/record.h>

enum nas_mm {
	NAS_REGISTRATION_REQUEST = 0x41, NAS_REGISTRATION_ACCEPT = 0x42, NAS_REGISTRATION_COMPLETE = 0x43,
	NAS_REGISTRATION_REJECT = 0x44, NAS_DEREG_REQUEST_UE = 0x45, NAS_DEREG_ACCEPT_UE = 0x46,
	NAS_DEREG_REQUEST_NET = 0x47, NAS_DEREG_ACCEPT_NET = 0x48, NAS_SERVICE_REQUEST = 0x4c, NAS_SERVICE_REJECT = 0x4d,
	NAS_SERVICE_ACCEPT = 0x4e, NAS_CONFIG_UPDATE = 0x54, NAS_AUTH_REQUEST = 0x56, NAS_AUTH_RESPONSE = 0x57,
	NAS_AUTH_REJECT = 0x58, NAS_AUTH_FAILURE = 0x59, NAS_IDENTITY_REQUEST = 0x5b, NAS_IDENTITY_RESPONSE = 0x5c,
	NAS_SM_COMMAND = 0x5d,
	NAS_SM_COMPLETE = 0x5e, NAS_SM_REJECT = 0x5f, NAS_MM_STATUS = 0x64, NAS_UL_TRANSPORT = 0x67, NAS_DL_TRANSPORT = 0x68
};
enum nas_sm {
	NAS_PDU_EST_REQUEST = 0xc1, NAS_PDU_EST_ACCEPT = 0xc2, NAS_PDU_EST_REJECT = 0xc3, NAS_PDU_MOD_REQUEST = 0xc9,
	NAS_PDU_MOD_REJECT = 0xca, NAS_PDU_MOD_COMMAND = 0xcb, NAS_PDU_MOD_COMPLETE = 0xcc,
	NAS_PDU_MOD_COMMAND_REJECT = 0xcd, NAS_PDU_REL_REQUEST = 0xd1, NAS_PDU_REL_REJECT = 0xd2,
	NAS_PDU_REL_COMMAND = 0xd3, NAS_PDU_REL_COMPLETE = 0xd4, NAS_SM_STATUS = 0xd6
};

struct nas_identity {		/* 5GS mobile identity, any kind */
	bool is_suci, is_guti, is_imei, is_imeisv, is_nai_suci;
	bool is_s_tmsi;		/* service request: guti.guami's set and pointer, guti.tmsi; guti.present is false */
	char imsi[16];		/* from a null-scheme SUCI only; empty otherwise */
	char digits[17];	/* IMEI (14) or IMEISV (16) */
	struct view nai;	/* null-scheme SUCI in NAI form: user@realm as transported */
	struct view suci;	/* the octets of the identity when it is a SUCI, whatever the scheme */
	struct li_guti guti;
};

struct nas_msg {
	bool ciphered;			/* a security header that we may not look under: nothing below is set */
	bool protected_;		/* some security header was there */
	uint8_t sec;			/* security header type 0..4 */
	uint8_t mm;			/* enum nas_mm; 0 when it is a session management message on its own */
	bool has_identity;
	struct nas_identity id;		/* registration request, identity response, deregistration request (UE), accept (GUTI),
					 * service request (5G-S-TMSI), configuration update (GUTI) */
	bool has_imeisv;
	char imeisv[17];		/* security mode complete */
	uint8_t registration_type;	/* 1..4; 0 absent */
	uint8_t registration_result;	/* accept: 1..3; 0 absent */
	uint8_t cause;			/* 5GMM cause; 0 absent */
	uint8_t cipher;			/* security mode command: 0 NEA0 … 7; 255 absent */
	bool switch_off;
	uint8_t dereg_access;		/* 1 3GPP, 2 non-3GPP, 3 both; 0 absent */
	struct view container;		/* NAS message container (SM complete, registration, service request) */

	/* UL/DL NAS transport with N1 SM information, or a session management message */
	uint8_t sm;			/* enum nas_sm; 0 none */
	uint8_t psi, pti;
	uint8_t request_type;		/* 5GS request type IE 1..7; 0 absent */
	uint8_t payload_type;
	struct view dnn;		/* labels of the DNN IE (transport or accept) */
	struct li_snssai snssai;
	uint8_t sm_cause;		/* 5GSM cause; 0 absent */
	uint8_t pdu_type;		/* selected (accept) or asked (request), 1..5; 0 absent */
	bool has_addr4, has_addr6;	/* PDU address of the accept */
	uint8_t addr4[4], iid6[8];
	struct view dn_request;		/* SM PDU DN request container */
};

/* One NAS PDU as in NGAP. nea0: Security Mode Command selected NEA0 for this UE, so security header types 2 and 4 may
 * be looked under. On error *what names the field (static). */
enum li_err nas_decode(struct view pdu, bool nea0, struct nas_msg *m, const char **what) LI_MUST;

#endif
