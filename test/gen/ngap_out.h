/* ngap_out.h: NGAP (TS 38.413, aligned PER) for tests: one function a message, into a caller's buffer. */
#ifndef TEST_GEN_NGAP_OUT_H
#define TEST_GEN_NGAP_OUT_H

#include "test/gen/pfcp_out.h"

#define NGAP_OUT_MAX 2048

struct ngap_ids { uint64_t amf; uint32_t ran; };
struct ngap_place {		/* UserLocationInformationNR */
	uint8_t plmn[3], tac[3];
	uint64_t cell;		/* 36 bits */
	bool has_time;
	uint32_t time;		/* NTP seconds */
};
struct ngap_pdu_session {
	uint8_t psi, sst;
	uint32_t sd;		/* over 24 bits: none */
	uint8_t type;		/* NGAP's enumeration: 0 ipv4, 1 ipv6, 2 ipv4v6, 3 ethernet, 4 unstructured */
	struct out_tunnel t;
	struct view nas;
};

/* Each gives the length of the message in out. */
typedef uint8_t ngap_out[NGAP_OUT_MAX];
size_t ngap_out_initial_ue(ngap_out out, uint32_t ran, struct view nas, const struct ngap_place *p);
size_t ngap_out_downlink_nas(ngap_out out, const struct ngap_ids *id, struct view nas);
size_t ngap_out_uplink_nas(ngap_out out, const struct ngap_ids *id, struct view nas, const struct ngap_place *p);
size_t ngap_out_setup_request(ngap_out out, const struct ngap_ids *id, const struct ngap_pdu_session *s);
size_t ngap_out_setup_response(ngap_out out, const struct ngap_ids *id, uint8_t psi, const struct out_tunnel *dl);
size_t ngap_out_setup_failed(ngap_out out, const struct ngap_ids *id, uint8_t psi);
/* asleep: for user inactivity, which ends no session; else a normal release. */
size_t ngap_out_release_command(ngap_out out, const struct ngap_ids *id, uint8_t psi, struct view nas, bool asleep);
size_t ngap_out_release_response(ngap_out out, const struct ngap_ids *id, uint8_t psi);
/* gone: the UE is deregistered; else for user inactivity. */
size_t ngap_out_context_release(ngap_out out, const struct ngap_ids *id, bool gone);
size_t ngap_out_context_released(ngap_out out, const struct ngap_ids *id);

/* -- ngap_move.c: a UE comes back, and moves, with its sessions -- */

struct ngap_moving {		/* one session */
	uint8_t psi, sst, type;
	uint32_t sd;
	struct out_tunnel ul, dl;
	struct out_tunnel forward;	/* of data forwarding; family 0: none */
};

/* With the 5G-S-TMSI beside the NAS message. */
size_t ngap_out_returning_ue(ngap_out out, uint32_t ran, struct view nas, const struct ngap_place *p, uint16_t set_pointer,
			     uint32_t tmsi);
size_t ngap_out_context_setup(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n);
size_t ngap_out_context_set_up(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n);
size_t ngap_out_context_release_request(ngap_out out, const struct ngap_ids *id);
size_t ngap_out_path_switch(ngap_out out, uint32_t ran, uint64_t source_amf, const struct ngap_place *p,
			    const struct ngap_moving *s, unsigned n);
size_t ngap_out_path_switched(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n);
size_t ngap_out_handover_required(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n, bool direct);
size_t ngap_out_handover_request(ngap_out out, uint64_t amf, const struct ngap_moving *s, unsigned n);
size_t ngap_out_handover_ack(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n);
size_t ngap_out_handover_command(ngap_out out, const struct ngap_ids *id, const struct ngap_moving *s, unsigned n);
size_t ngap_out_handover_notify(ngap_out out, const struct ngap_ids *id, const struct ngap_place *p);
size_t ngap_out_handover_cancel(ngap_out out, const struct ngap_ids *id);
size_t ngap_out_handover_cancelled(ngap_out out, const struct ngap_ids *id);

#endif
