/* pfcp_out.h: PFCP messages (TS 29.244) for tests, written tail first. */
#ifndef TEST_GEN_PFCP_OUT_H
#define TEST_GEN_PFCP_OUT_H

#include <li/ids.h>
#include <li/wr.h>

struct out_tunnel {
	struct li_addr addr;
	uint32_t teid;
};

struct pfcp_session {		/* what the messages of one session say */
	struct li_addr cp, up;			/* addresses in F-SEIDs and Node IDs */
	uint64_t cp_seid, up_seid;
	struct out_tunnel ul, dl;		/* N3: at the UPF, at the RAN */
	struct out_tunnel core;			/* N9 toward another UPF; family 0: none */
	struct out_tunnel core_dl;		/* N9 from another UPF, which ends here; family 0: none */
	uint8_t access_type, core_type;		/* 3GPP interface types, plus one; 0: not told */
	struct out_tunnel cp_tunnel;		/* N4-u; family 0: none */
	bool choose;				/* the UP function chooses its F-TEIDs: CH, and Created PDR */
	bool user_id;				/* User ID IE */
	const char *imsi, *msisdn, *imei;
	struct li_addr ue4, ue6;
	const char *dnn;			/* APN/DNN IE; NULL: none */
	uint8_t pdn_type;			/* 0: none */
	uint8_t sst;
	uint32_t sd;				/* over 24 bits: none */
	uint32_t mbr;				/* kbit/s of its QER */
};

void pfcp_out_association(struct wr *w, bool request, uint32_t seq, const struct li_addr *node, uint32_t recovery);
void pfcp_out_establish(struct wr *w, const struct pfcp_session *s, uint32_t seq, bool with_dl);
void pfcp_out_established(struct wr *w, const struct pfcp_session *s, uint32_t seq, uint8_t cause);
/* Update FAR toward the RAN's tunnel (dl), and the QER when qer is true. */
void pfcp_out_modify(struct wr *w, const struct pfcp_session *s, uint32_t seq, bool qer);
void pfcp_out_modified(struct wr *w, const struct pfcp_session *s, uint32_t seq);
void pfcp_out_delete(struct wr *w, const struct pfcp_session *s, uint32_t seq);
void pfcp_out_deleted(struct wr *w, const struct pfcp_session *s, uint32_t seq, uint64_t uplink, uint64_t downlink);
/* The access side's packets wait: no tunnel to the RAN. */
void pfcp_out_buffer(struct wr *w, const struct pfcp_session *s, uint32_t seq);
/* Indirect data forwarding of a handover: what comes at `from` goes on to `to`; and its removal. */
void pfcp_out_forward(struct wr *w, const struct pfcp_session *s, uint32_t seq, const struct out_tunnel *from,
		      const struct out_tunnel *to);
void pfcp_out_unforward(struct wr *w, const struct pfcp_session *s, uint32_t seq);

#endif
