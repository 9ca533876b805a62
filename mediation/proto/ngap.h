/* ngap.h: NGAP of TS 38.413 (aligned PER), as far as interception needs it; and SCTP underneath. Pure decoders. */
#ifndef MEDIATION_PROTO_NGAP_H
#define MEDIATION_PROTO_NGAP_H

#include <li/record.h>

/* Procedure codes of TS 38.413 clause 9.4 that we act on; any other is walked over. */
enum ngap_proc {
	NGAP_DOWNLINK_NAS = 4, NGAP_HANDOVER_CANCEL = 10, NGAP_HANDOVER_NOTIFICATION = 11, NGAP_HANDOVER_PREPARATION = 12,
	NGAP_HANDOVER_RESOURCE_ALLOCATION = 13, NGAP_INITIAL_CONTEXT_SETUP = 14, NGAP_INITIAL_UE = 15,
	NGAP_LOCATION_REPORT = 18, NGAP_NG_RESET = 20, NGAP_NG_SETUP = 21, NGAP_PATH_SWITCH = 25, NGAP_PDU_MODIFY = 26,
	NGAP_PDU_MODIFY_INDICATION = 27, NGAP_PDU_RELEASE = 28, NGAP_PDU_SETUP = 29, NGAP_PDU_NOTIFY = 30,
	NGAP_REROUTE_NAS = 36, NGAP_RRC_INACTIVE_REPORT = 37, NGAP_UE_CONTEXT_MODIFICATION = 40, NGAP_UE_CONTEXT_RELEASE = 41,
	NGAP_UE_CONTEXT_RELEASE_REQUEST = 42, NGAP_UPLINK_NAS = 46
};
enum ngap_dir { NGAP_INITIATING, NGAP_SUCCESSFUL, NGAP_UNSUCCESSFUL };

#define NGAP_ITEMS 64		/* PDU sessions of one message; the standard allows 256, cores send a few */
#define NGAP_NAS 65		/* NAS PDUs of one message: the message's own and one a PDU session */
#define NGAP_RESETS 1024	/* UE associations of one NG Reset; the standard allows 65,536 */
#define NGAP_TUNNELS 4		/* one, and three more by multi-connectivity (maxnoofMultiConnectivity) */

struct ngap_cause {
	bool present;
	uint8_t group;		/* CHOICE index: 0 radioNetwork, 1 transport, 2 nas, 3 protocol, 4 misc */
	uint8_t value;
};

struct ngap_item {		/* one PDU session of a list, request, response or transfer */
	uint8_t psi;
	bool failed;		/* in a failed-to-set-up or failed-to-modify list */
	struct li_snssai snssai;
	uint8_t pdu_type;	/* TS 33.128 PDUSessionType 1..5; 0 absent */
	uint8_t n_ul, n_dl;
	/* UPF's N3 tunnels: setup request, handover request, path switch ack, modify request and confirm */
	struct li_fteid ul[NGAP_TUNNELS];
	/* RAN's N3 tunnels: setup response, handover request ack, path switch request, modify response and indication */
	struct li_fteid dl[NGAP_TUNNELS];
	/* The QoS flows of each, a bit a QFI (0 to 63). A modify response names those of additional tunnels here, and in
	 * flows those that it added to the first; dl_flows[0] of 0: the first has them as before. */
	uint64_t dl_flows[NGAP_TUNNELS];
	uint64_t flows, flows_released;	/* modify response: accepted; modify request, notify: released */
	struct ngap_cause cause;
	struct view nas;	/* its NAS PDU */
};

struct ngap_msg {
	enum ngap_dir dir;
	uint8_t proc;
	bool has_amf_id, has_ran_id, has_source_amf_id;
	bool has_new_amf_id;
	uint64_t amf_id, source_amf_id;	/* AMF-UE-NGAP-ID, 40 bits */
	uint64_t new_amf_id;		/* UE Context Modification: takes the place of amf_id */
	uint32_t ran_id;
	struct li_location location;	/* UserLocationInformation */
	struct li_guami guami;		/* also the new one of UE Context Modification */
	bool has_s_tmsi;
	uint16_t s_tmsi_set;		/* FiveG-S-TMSI of InitialUEMessage */
	uint8_t s_tmsi_pointer;
	uint32_t s_tmsi;
	struct ngap_cause cause;
	uint8_t handover_type;		/* NGAP enumeration + 1; 0 absent */
	bool reset_all;			/* NG Reset of the whole interface */
	size_t n_reset;			/* or of these UE associations */
	struct { bool has_amf, has_ran; uint64_t amf; uint32_t ran; } reset[NGAP_RESETS];
	struct view nas;		/* the message's own NAS PDU */
	size_t n_items;			/* set up / modify / switched lists */
	struct ngap_item item[NGAP_ITEMS];
	/* to-release and released lists. Of UE Context Release Request and Complete: sessions whose user plane is given
	 * up, which does not end them. */
	size_t n_released;
	struct ngap_item released[NGAP_ITEMS];
	struct view ran_name, amf_name;	/* NG Setup */
	struct view rerouted;		/* Reroute NAS Request: the whole Initial UE Message, an NGAP-PDU again */
	bool over_limit;
};

/* One NGAP-PDU. On error *what names the field (static), *at its bit offset / 8. Unknown procedures and IEs are
 * stepped over: LI_OK with only dir and proc. */
enum li_err ngap_decode(struct view pdu, struct ngap_msg *m, size_t *at, const char **what) LI_MUST;

/* -- SCTP (RFC 9260): DATA chunks of one packet, reassembled per association and stream by a bounded table -- */
#define SCTP_PPID_NGAP 60

struct sctp_message {
	struct li_addr src, dst;	/* of the association's first path, whichever this packet took */
	uint16_t sport, dport, stream;
	uint32_t ppid, tsn, vtag;
	bool duplicate;			/* a TSN that was seen before on this association */
	struct view data;
};
struct sctp;
struct sctp *sctp_new(void);	/* NULL: no memory */
void sctp_free(struct sctp *s);

/* What was dropped or noticed, and how often. */
struct sctp_stats {
	uint64_t messages;		/* given to fn */
	uint64_t duplicates;		/* DATA chunks whose TSN was seen before */
	uint64_t fragments_lost;	/* dropped: the rest of their message did not come in LI_FRAG_SECONDS, or no room */
	uint64_t flows_evicted;		/* forgotten for a newer one: the table was full */
};
void sctp_stats(const struct sctp *s, struct sctp_stats *out);

/* Feeds one SCTP packet (from its common header on); fn is called for each whole user message of payload protocol
 * NGAP (60; on port 38412 any other too, as some gNBs send 0). src/dst tell the association. LI_EFORMAT and so on for a
 * broken packet (*what). */
enum li_err sctp_packet(struct sctp *s, li_us t, const struct li_addr *src, const struct li_addr *dst,
			struct view packet, void (*fn)(void *arg, const struct sctp_message *), void *arg,
			const char **what) LI_MUST;

#endif
