/* pfcp.h: PFCP of TS 29.244, decoded without memory of its own. Views point into the message. Pure, any thread. */
#ifndef MEDIATION_PROTO_PFCP_H
#define MEDIATION_PROTO_PFCP_H

#include <li/record.h>

enum pfcp_type {
	PFCP_HEARTBEAT_REQ = 1, PFCP_HEARTBEAT_RSP = 2, PFCP_ASSOC_SETUP_REQ = 5, PFCP_ASSOC_SETUP_RSP = 6,
	PFCP_ASSOC_RELEASE_REQ = 9, PFCP_ASSOC_RELEASE_RSP = 10, PFCP_SET_DELETION_REQ = 14, PFCP_SET_DELETION_RSP = 15,
	PFCP_EST_REQ = 50, PFCP_EST_RSP = 51, PFCP_MOD_REQ = 52, PFCP_MOD_RSP = 53, PFCP_DEL_REQ = 54, PFCP_DEL_RSP = 55,
	PFCP_REPORT_REQ = 56, PFCP_REPORT_RSP = 57
};

enum pfcp_iface { PFCP_ACCESS = 0, PFCP_CORE = 1, PFCP_SGI = 2, PFCP_CP = 3, PFCP_IFACE_NONE = 255 };

#define PFCP_PDRS 64		/* PDRs, FARs, QERs of one message: CUPS deployments stay below 32 */
#define PFCP_REPORTS 32
#define PFCP_SETS 8		/* FQ-CSIDs of one message: one a kind of node, of which clause 7.4.6 knows seven */
#define PFCP_RETAINED 16	/* addresses of PFCP entities of one CP function: an SMF has a few */
#define PFCP_CSIDS 15		/* the count is four bits */

struct pfcp_fteid {
	bool present, choose;		/* CH: the UP function chooses, see Created PDR */
	bool has_choose_id;
	uint8_t choose_id;
	struct li_fteid f;
};

struct pfcp_ue_ip {
	bool present, is_destination;	/* S/D flag */
	bool choose;			/* CHV4 or CHV6: the UP function chooses, see Created PDR */
	struct li_addr a4, a6;
};

struct pfcp_fseid {
	bool present;
	uint64_t seid;
	struct li_addr a4, a6;
};

/* Create, Update, Created PDR; a (created) traffic endpoint has endpoint, fteid, ue and network instance only. */
struct pfcp_pdr {
	bool has_id;
	uint16_t id;
	uint8_t source;			/* enum pfcp_iface */
	bool has_3gpp_source;
	uint8_t source_3gpp;		/* 3GPP Interface Type of the PDI: 0 S1-U, 11 N3 3GPP, 12 N3 trusted, 13 N3 untrusted, 15 N9 … */
	struct pfcp_fteid fteid;
	struct pfcp_ue_ip ue;
	struct view network_instance;	/* octets of the IE */
	struct view ue_mac;		/* six octets, from MAC address IEs of the PDI's Ethernet filter; empty */
	uint8_t n_qfi;
	uint8_t qfi[4];
	bool has_far;
	uint32_t far;
	/* PDI optimisation (clause 5.2.1A): tunnel and address stand in a traffic endpoint. Of the same message's: taken
	 * over into fteid and ue here already. Chosen by the UP function: see created_endpoint of the response. */
	bool has_endpoint;
	uint8_t endpoint;
};

struct pfcp_far {			/* Create, Update or (id only) Remove FAR */
	bool has_id;			/* always, of one that is listed */
	uint32_t id;
	bool has_dest;
	uint8_t dest;			/* enum pfcp_iface */
	bool has_3gpp_dest;
	uint8_t dest_3gpp;
	bool has_apply;
	uint8_t apply;			/* Apply Action, first octet: 1 DROP, 2 FORW, 4 BUFF, 8 NOCP, 16 DUPL */
	bool has_ohc;			/* Outer Header Creation with GTP-U */
	struct li_fteid ohc;
	struct view network_instance;
};

struct pfcp_qer {			/* Create, Update, Remove QER */
	uint32_t id;
	bool has_id, has_qfi, has_mbr, has_gbr, has_gate;
	uint8_t qfi, gate;
	uint64_t mbr_ul, mbr_dl, gbr_ul, gbr_dl;	/* kbit/s */
};

struct pfcp_usage {			/* Usage Report of a modification, deletion or report */
	bool has_total, has_ul, has_dl;
	uint64_t total, ul, dl;		/* octets */
	li_us first_packet, last_packet;/* 0 absent */
};

struct pfcp_user {
	bool present;
	char imsi[16], msisdn[16], imei[17];	/* digits; empty: absent. imei: 14 digits IMEI or 16 IMEISV */
	struct view nai;		/* also a SUPI that is not an IMSI */
	struct view external_id;	/* GPSI that is not an MSISDN */
};

struct pfcp_fqcsid {			/* Session Set Deletion: all sessions of these sets are gone */
	struct li_addr addr;		/* of the node; or */
	uint32_t other;
	uint8_t n;
	uint16_t csid[PFCP_CSIDS];
};

struct pfcp_msg {
	struct view octets;			/* the whole message */
	uint8_t type;
	bool has_seid;
	uint64_t seid;
	uint32_t seq;
	bool has_cause;
	uint8_t cause;
	bool has_node;
	struct li_addr node_addr;		/* Node ID when it is an address */
	bool has_recovery;
	uint32_t recovery;			/* Recovery Time Stamp, NTP seconds */
	struct pfcp_fseid cp_or_up;		/* F-SEID: the sender's (CP in a request, UP in a response) */
	struct pfcp_user user;
	uint8_t pdn_type;			/* 0 absent; 1 v4, 2 v6, 3 v4v6, 4 non-IP, 5 Ethernet */
	struct view apn;			/* APN/DNN IE (159): labels as in the IE */
	struct li_snssai snssai;
	bool retains;				/* Association Setup: PFCP Session Retention Information */
	/* An identity that breaks its clause is not set above, a rule without its own identity is not listed: counted by
	 * the caller. */
	bool left_out;
	bool over_limit;			/* more of something than the limits above: counted by the caller */
	bool interfaces_seen;			/* some 3GPP Interface Type (160) was there */
	bool sx_s1u;				/* and every one was of the EPC: an Sxa/Sxb session of a 4G core */
	size_t n_create_pdr, n_update_pdr, n_remove_pdr, n_created_pdr;
	size_t n_create_far, n_update_far, n_remove_far;
	size_t n_create_qer, n_update_qer, n_remove_qer;
	size_t n_create_endpoint, n_update_endpoint, n_created_endpoint, n_remove_endpoint;
	size_t n_usage, n_retained, n_fqcsid;
	/* Lists: what is behind their ends is not written, for they are 70 kB. `create_pdr` is the first of them. */
	struct pfcp_pdr create_pdr[PFCP_PDRS], update_pdr[PFCP_PDRS], created_pdr[PFCP_PDRS];
	uint16_t remove_pdr[PFCP_PDRS];
	struct pfcp_far create_far[PFCP_PDRS], update_far[PFCP_PDRS];
	uint32_t remove_far[PFCP_PDRS];
	struct pfcp_qer create_qer[PFCP_PDRS], update_qer[PFCP_PDRS];
	uint32_t remove_qer[PFCP_PDRS];
	/* Of an update, an F-TEID that is present without an address is taken away (clause 5.6.3). */
	struct pfcp_pdr create_endpoint[PFCP_PDRS], update_endpoint[PFCP_PDRS], created_endpoint[PFCP_PDRS];
	uint8_t remove_endpoint[PFCP_PDRS];
	struct pfcp_usage usage[PFCP_REPORTS];
	struct li_addr retained[PFCP_RETAINED];	/* sessions of these CP entities are to be kept, of all when none is named */
	struct pfcp_fqcsid fqcsid[PFCP_SETS];
};

/* Decodes the message at the front of *rest and steps over it; several follow one another when FO is set.
 * LI_ECLOSED when *rest is empty. On error *what names the field (static) and *at its offset; the datagram is lost. */
enum li_err pfcp_next(struct view *rest, struct pfcp_msg *m, size_t *at, const char **what) LI_MUST;

/* Labels (APN/DNN encoding) to dotted text; gives its length, 0 when they are malformed. A Network Instance may be
 * plain text or labels: both are accepted. */
size_t pfcp_name_text(struct view labels, char out[LI_DNN_MAX + 1]);

#endif
