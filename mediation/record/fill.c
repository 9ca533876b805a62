/* fill.c: see fill.tbl. */
#include "mediation/record/fill.h"

enum { PDU_IPV4 = 1, PDU_IPV6 = 2, PDU_IPV4V6 = 3, PDU_UNSTRUCTURED = 4, PDU_ETHERNET = 5 };	/* PDUSessionType */
enum { PSI_UNKNOWN = 255, REQUEST_INITIAL = 1, REQUEST_INITIAL_EMERGENCY = 3, REQUEST_MODIFICATION = 5 };			/* FiveGSMRequestType */

const char *fill_name(enum fill f)
{
	static const char *const name[] = {
#define FILL(name, member, value, why) #name,
#include "mediation/record/fill.tbl"
#undef FILL
	};

	return name[f];
}

static uint8_t type_by_addresses(const struct li_smf_rec *r)
{
	bool v4 = false, v6 = false, mac = false;

	for (size_t i = 0; i < r->n_ue; i++) {
		v4 |= r->ue[i].kind == LI_ID_IPV4;
		v6 |= r->ue[i].kind == LI_ID_IPV6;
		mac |= r->ue[i].kind == LI_ID_MAC;
	}
	if (mac)
		return PDU_ETHERNET;
	return v4 && v6 ? PDU_IPV4V6 : v6 ? PDU_IPV6 : v4 ? PDU_IPV4 : PDU_UNSTRUCTURED;
}

static bool lacks_flows(const struct li_smf_rec *r)
{
	for (size_t i = 0; i < r->n_dl; i++)
		if (!r->dl_flows[i])
			return true;
	return false;
}

static void identity(struct li_smf_rec *r, const struct li_id *targets, size_t n, struct fill_counts *c)
{
	bool used = false;

	if (r->supi.kind || r->pei.kind || r->gpsi.kind)
		return;
	for (size_t i = 0; i < n; i++) {
		struct li_id *to = NULL;

		switch (li_id_seen_as(targets[i].kind)) {
		case LI_ID_IMSI: case LI_ID_NAI: to = &r->supi; break;
		case LI_ID_MSISDN: case LI_ID_GPSI_NAI: to = &r->gpsi; break;
		case LI_ID_IMEI: case LI_ID_IMEISV: to = &r->pei; break;
		default: break;
		}
		if (to) {
			*to = targets[i];
			to->kind = li_id_seen_as(to->kind);
			used = true;
		}
	}
	if (used)
		c->n[FILL_identity]++;
}

void fill_smf(struct li_smf_rec *r, bool has_n2, const struct li_id *targets, size_t n_targets, struct fill_counts *c)
{
	bool mod = r->kind == LI_SMF_MODIFICATION;

	identity(r, targets, n_targets, c);
	if (!has_n2 && r->psi == 0) {
		r->psi = PSI_UNKNOWN;	/* LI128-200 */
		c->n[FILL_psi]++;
	}
	if (r->kind == LI_SMF_RELEASE)
		return;
	/* What asked for the session did not ask for its modification. */
	if (mod && (r->request_type == REQUEST_INITIAL || r->request_type == REQUEST_INITIAL_EMERGENCY))
		r->request_type = 0;
	if (r->request_type == 0) {
		r->request_type = mod ? REQUEST_MODIFICATION : REQUEST_INITIAL;	/* LI128-067 */
		c->n[mod ? FILL_request_modification : FILL_request_establishment]++;
	}
	if (r->kind != LI_SMF_UNSUCCESSFUL && lacks_flows(r))
		c->n[FILL_flows]++;
	if (r->kind != LI_SMF_ESTABLISHMENT && r->kind != LI_SMF_SOI)
		return;
	if (r->pdu_type == 0) {
		r->pdu_type = type_by_addresses(r);
		c->n[FILL_pdu_type]++;
	}
	if (r->dnn.n == 0)
		c->n[FILL_dnn]++;
}
