/* core_chaos.h: messages of N4 and N2 at random, between few nodes with few numbers, so that they meet. */
#ifndef TEST_CORE_CHAOS_H
#define TEST_CORE_CHAOS_H

#include "core_made.h"

/* A traffic endpoint that is created, updated or removed, and PDRs of both sides that name it. */
static inline void random_endpoint(struct pfcp_msg *m, uint64_t *seed, unsigned upf)
{
	struct pfcp_pdr e = { .has_endpoint = true, .endpoint = (uint8_t)(unit_rand(seed) % 2) };

	e.fteid.present = unit_rand(seed) % 4;
	if (unit_rand(seed) % 4)
		e.fteid.f = fteid(0, upf, (uint32_t)(unit_rand(seed) % 6));
	switch (unit_rand(seed) % 4) {
	case 0: m->create_endpoint[m->n_create_endpoint++] = e; break;
	case 1: m->update_endpoint[m->n_update_endpoint++] = e; break;
	case 2: m->remove_endpoint[m->n_remove_endpoint++] = e.endpoint; break;
	default: break;
	}
	for (size_t i = 0; i < m->n_create_pdr; i++) {
		m->create_pdr[i].has_endpoint = unit_rand(seed) % 2;
		m->create_pdr[i].endpoint = (uint8_t)(unit_rand(seed) % 2);
	}
}

static inline void random_n4(struct script *s, uint64_t *seed)
{
	unsigned what = unit_rand(seed) % 8, smf = 1, upf = 2 + unit_rand(seed) % 2;
	uint32_t seq = 1 + (uint32_t)(unit_rand(seed) % 200), seid = (uint32_t)(unit_rand(seed) % 4);
	uint32_t teid = (uint32_t)(unit_rand(seed) % 6), ran = (uint32_t)(unit_rand(seed) % 6);
	struct pfcp_msg *m;

	switch (what) {
	case 0: case 1:
		m = est_req(s, seq, seid, unit_rand(seed) % 3 ? unit_rand(seed) % 2 ? IMSI1 : IMSI2 : NULL, seid + 1);
		if (unit_rand(seed) % 3 == 0)
			ohc_of(&m->create_far[0], fteid(0, 2, teid));
		if (unit_rand(seed) % 3 == 0)
			m->create_pdr[1].fteid = (struct pfcp_fteid){ .present = true, .f = fteid(0, upf, ran + 50) };
		if (unit_rand(seed) % 3 == 0)
			random_endpoint(m, seed, upf);
		send_up(s, smf, upf);
		break;
	case 2: case 3:
		m = est_rsp(s, seq, seid, teid);
		m->created_pdr[0].fteid.f = fteid(0, upf, teid);
		seid_of(m, seid, upf);
		m->cause = unit_rand(seed) % 4 ? 1 : 73;
		send_back(s, smf, upf);
		break;
	case 4:
		m = mod_req(s, seq, seid);
		ohc_of(far_of(m->update_far, &m->n_update_far, 2, PFCP_ACCESS),
		       unit_rand(seed) % 4 ? fteid(2, 1, ran) : fteid(0, 2 + (upf == 2), ran + 50));
		if (unit_rand(seed) % 2)
			random_endpoint(m, seed, upf);
		send_up(s, smf, upf);
		break;
	case 5:
		pfcp(s, PFCP_MOD_RSP, seq)->cause = unit_rand(seed) % 20 ? 1 : 65;
		send_back(s, smf, upf);
		break;
	case 6:
		pfcp(s, PFCP_DEL_REQ, seq)->seid = seid;
		send_up(s, smf, upf);
		pfcp(s, PFCP_DEL_RSP, seq)->cause = 1;
		send_back(s, smf, upf);
		break;
	default:
		if (unit_rand(seed) % 20 == 0)
			recovery(s, PFCP_ASSOC_SETUP_REQ, seq, upf, (uint32_t)(unit_rand(seed) % 3));
		if (unit_rand(seed) % 20 == 0) {
			m = pfcp(s, PFCP_ASSOC_SETUP_REQ, seq);
			m->retains = unit_rand(seed) % 2;
			m->n_retained = unit_rand(seed) % 2;
			m->retained[0] = host(0, smf);
			send_up(s, smf, upf);
			pfcp(s, PFCP_ASSOC_SETUP_RSP, seq)->cause = 1;
			send_back(s, smf, upf);
		}
		break;
	}
}

static inline void random_n2(struct script *s, uint64_t *seed)
{
	static const uint8_t procs[] = {
		NGAP_DOWNLINK_NAS, NGAP_HANDOVER_CANCEL, NGAP_HANDOVER_NOTIFICATION, NGAP_HANDOVER_RESOURCE_ALLOCATION,
		NGAP_INITIAL_CONTEXT_SETUP, NGAP_INITIAL_UE, NGAP_NG_RESET, NGAP_NG_SETUP, NGAP_PATH_SWITCH, NGAP_PDU_MODIFY,
		NGAP_PDU_MODIFY_INDICATION, NGAP_PDU_RELEASE, NGAP_PDU_SETUP, NGAP_PDU_SETUP, NGAP_PDU_SETUP, NGAP_PDU_NOTIFY,
		NGAP_UE_CONTEXT_MODIFICATION, NGAP_UE_CONTEXT_RELEASE, NGAP_UPLINK_NAS, NGAP_UPLINK_NAS
	};
	struct ngap_msg *m = ngap(s, procs[unit_rand(seed) % sizeof(procs)], unit_rand(seed) % 3);
	unsigned gnb = 1 + unit_rand(seed) % 2;
	uint8_t psi = 1 + unit_rand(seed) % 2;
	struct ngap_item *i;

	if (m->proc == NGAP_NG_SETUP && unit_rand(seed) % 10)
		return;
	ids_of(m, unit_rand(seed) % 4, (uint32_t)(unit_rand(seed) % 4));
	m->has_source_amf_id = unit_rand(seed) % 2;
	m->source_amf_id = unit_rand(seed) % 4;
	m->has_new_amf_id = unit_rand(seed) % 4 == 0;
	m->new_amf_id = 1 + unit_rand(seed) % 3;
	m->reset_all = unit_rand(seed) % 8 == 0;
	m->n_reset = 1;
	m->reset[0].has_ran = true;
	m->reset[0].ran = m->ran_id;
	if (unit_rand(seed) % 4 == 0)
		cell_of(m, unit_rand(seed) % 3);
	m->has_s_tmsi = unit_rand(seed) % 2;
	m->s_tmsi_set = m->s_tmsi_pointer = 1;
	m->s_tmsi = 0xc0000000 | (uint32_t)(unit_rand(seed) % 3);
	i = item_of(m, psi);
	i->failed = unit_rand(seed) % 6 == 0;
	i->n_ul = unit_rand(seed) % 2;
	i->ul[0] = fteid(0, 2 + unit_rand(seed) % 2, (uint32_t)(unit_rand(seed) % 6));
	i->n_dl = (uint8_t)(unit_rand(seed) % (unit_rand(seed) % 3 ? 2 : NGAP_TUNNELS + 1));
	for (size_t k = 0; k < i->n_dl; k++) {
		i->dl[k] = fteid(2, gnb, (uint32_t)(unit_rand(seed) % 6));
		i->dl_flows[k] = unit_rand(seed) & unit_rand(seed) & unit_rand(seed);
	}
	i->flows = unit_rand(seed) & 7;
	i->flows_released = unit_rand(seed) & 7;
	if (m->proc == NGAP_PDU_RELEASE || m->proc == NGAP_PDU_NOTIFY)
		m->released[m->n_released++].psi = psi;
	switch (unit_rand(seed) % 12) {
	case 0: m->nas = nas_register(s, 1 + unit_rand(seed) % 2); break;
	case 1: m->nas = NAS(s, true, 0x7e, 0, 0x42, 1, 1, 0x77, 0, 11, GUTI((uint8_t)(unit_rand(seed) % 3))); break;
	case 2: m->nas = NAS(s, false, 0x7e, 3, 1, 2, 3, 4, 0, 0x7e, 0, 0x5d, (uint8_t)(unit_rand(seed) % 4 ? 2 : 0x22),
			     1, 2, 0xe0, 0xe0); break;
	case 3: m->nas = nas_session(s, false, psi, NAS_PDU_EST_REJECT, 26); break;
	case 4: m->nas = nas_release_complete(s, psi); break;
	case 5: m->nas = NAS(s, true, 0x7e, 0, 0x46); break;
	case 6: m->nas = NAS(s, true, 0x7e, 0, 0x67, 1, 0, 7, 0x2e, psi, 1, 0xc1, 0xff, 0xff, 0x91, 0x12, psi, 0x81); break;
	case 7: m->nas = NAS(s, false, 0x7e, 0, 0x5c, 0, 13, SUCI(1 + unit_rand(seed) % 2)); break;
	default: break;
	}
	if (unit_rand(seed) % 2)
		to_amf(s, gnb);
	else
		to_ran(s, gnb);
}

#endif
