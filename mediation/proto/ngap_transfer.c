/*
 * ngap_transfer.c: the transfers of TS 38.413 clause 9.3.4, which are the SMF's and travel in NGAP as octet strings.
 * Wanted of them are the N3 tunnels and their QoS flows, the PDU session type and the cause; what stands before a wanted member is walked.
 * Tunnels for data forwarding at handover are not N3 tunnels of the session.
 */
#include "mediation/proto/ngap_ie.h"

#define FLOWS 64	/* maxnoofQosFlows */
#define QFI_MAX 63	/* QosFlowIdentifier, clause 9.3.1.51 */
#define TUNNELS_MORE 3	/* maxnoofMultiConnectivityMinusOne */

static void extensions(struct aper *a, const struct aper_seq *s, unsigned i)
{
	if (aper_has(s, i))
		ngap_skip_extensions(a);
	aper_sequence_end(a, s);
}

/* UPTransportLayerInformation, clause 9.3.2.2: a CHOICE of two without marker. False: of a kind we do not know. */
static bool read_tunnel(struct aper *a, struct li_fteid *f)
{
	struct aper_seq s;
	struct rd r;

	memset(f, 0, sizeof(*f));
	if (aper_bit(a)) {
		ngap_choice(&(struct ngap_ctx){ 0 }, a, NULL, 0, NULL);
		return false;
	}
	s = aper_sequence(a, 1);
	ngap_read_address(a, &f->a4, &f->a6);
	r = rd_of(aper_octets(a, 4));
	if (!aper_failed(a))
		f->teid = rd_u32(&r);
	extensions(a, &s, 0);
	return !aper_failed(a);
}

static void add(struct ngap_ctx *c, struct aper *a, struct li_fteid *list, uint8_t *n)
{
	struct li_fteid f;

	if (!read_tunnel(a, &f))
		return;
	if (*n < NGAP_TUNNELS)
		list[(*n)++] = f;
	else
		c->m->over_limit = true;
}

static void add_ul(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct ngap_item *i = to;

	add(c, a, i->ul, &i->n_ul);
}

static void add_dl(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct ngap_item *i = to;

	add(c, a, i->dl, &i->n_dl);
}

/* UPTransportLayerInformationList: items of one tunnel. */
static void ul_list(struct ngap_ctx *c, struct aper *a, void *to)
{
	for (uint64_t n = aper_int(a, 1, TUNNELS_MORE); n && !aper_failed(a); n--) {
		struct aper_seq s = aper_sequence(a, 1);

		add_ul(c, a, to);
		extensions(a, &s, 0);
	}
}

/* Items of an uplink and the downlink it belongs to: UL-NGU-UP-TNLModifyList (1..4), UPTransportLayerInformation-
 * PairList (1..3). Both ends are there already or told elsewhere as well; the uplink is what is new. */
static void pairs(struct ngap_ctx *c, struct aper *a, void *to, unsigned most)
{
	for (uint64_t n = aper_int(a, 1, most); n && !aper_failed(a); n--) {
		struct aper_seq s = aper_sequence(a, 1);
		struct li_fteid dl;

		add_ul(c, a, to);
		(void)read_tunnel(a, &dl);
		extensions(a, &s, 0);
	}
}

static void modify_list(struct ngap_ctx *c, struct aper *a, void *to)
{
	pairs(c, a, to, TUNNELS_MORE + 1);
}

static void pair_list(struct ngap_ctx *c, struct aper *a, void *to)
{
	pairs(c, a, to, TUNNELS_MORE);
}

/* -- lists of QoS flows -- */

enum flow_form {
	FLOW_PLAIN,		/* QosFlowAcceptedItem, QosFlowModifyConfirmItem, QosFlowAddOrModifyResponseItem */
	FLOW_MAPPED,		/* AssociatedQosFlowItem: ENUMERATED {ul, dl, ...} OPTIONAL */
	FLOW_FORWARDED,		/* QosFlowItemWithDataForwarding: ENUMERATED {data-forwarding-accepted, ...} OPTIONAL */
	FLOW_NOTIFIED,		/* QosFlowNotifyItem: ENUMERATED {fulfilled, not-fulfilled, ...} */
	FLOW_CAUSE		/* QosFlowWithCauseItem: Cause */
};

/* A bit a QFI. One of 64 or more has no place in TS 33.128's QFI and in a GTP-U header (LI128-094). */
static uint64_t flows(struct ngap_ctx *c, struct aper *a, enum flow_form form)
{
	bool optional = form == FLOW_MAPPED || form == FLOW_FORWARDED;
	uint64_t set = 0;

	for (uint64_t n = aper_int(a, 1, FLOWS); n && !aper_failed(a); n--) {
		struct aper_seq s = aper_sequence(a, optional ? 2 : 1);
		uint64_t qfi = aper_int_ext(a, 0, QFI_MAX);

		if (qfi <= QFI_MAX && !aper_failed(a))
			set |= UINT64_C(1) << qfi;
		else
			c->m->over_limit = true;
		if (optional && aper_has(&s, 0))
			(void)aper_enum(a, form == FLOW_MAPPED ? 2 : 1);
		if (form == FLOW_NOTIFIED)
			(void)aper_enum(a, 2);
		if (form == FLOW_CAUSE)
			(void)ngap_read_cause(a);
		extensions(a, &s, s.n - 1);
	}
	return set;
}

/* The flows of the tunnel that was read last, when there was a place for it. */
static void flows_of_last(struct ngap_ctx *c, struct aper *a, struct ngap_item *i, uint8_t before, enum flow_form form)
{
	uint64_t set = flows(c, a, form);

	if (i->n_dl > before)
		i->dl_flows[i->n_dl - 1] = set;
}

/* QosFlowPerTNLInformation, clause 9.3.2.8. */
static void dl_flows(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 1);
	struct ngap_item *i = to;
	uint8_t before = i->n_dl;

	add_dl(c, a, to);
	flows_of_last(c, a, i, before, FLOW_MAPPED);
	extensions(a, &s, 0);
}

static void dl_flows_list(struct ngap_ctx *c, struct aper *a, void *to)
{
	for (uint64_t n = aper_int(a, 1, TUNNELS_MORE); n && !aper_failed(a); n--) {
		struct aper_seq s = aper_sequence(a, 1);

		dl_flows(c, a, to);
		extensions(a, &s, 0);
	}
}

/* SecurityResult and SecurityIndication, clauses 9.3.1.59 and 9.3.1.27. */
static void security_result(struct aper *a)
{
	struct aper_seq s = aper_sequence(a, 1);

	(void)aper_enum(a, 2);
	(void)aper_enum(a, 2);
	extensions(a, &s, 0);
}

static void security_indication(struct aper *a)
{
	struct aper_seq s = aper_sequence(a, 2);

	(void)aper_enum(a, 3);
	(void)aper_enum(a, 3);
	if (aper_has(&s, 0))
		(void)aper_enum(a, 2);
	extensions(a, &s, 1);
}

/* AdditionalDLUPTNLInformationForHOItem: tunnel, its flows, a forwarding tunnel. */
static void handover_list(struct ngap_ctx *c, struct aper *a, void *to)
{
	for (uint64_t n = aper_int(a, 1, TUNNELS_MORE); n && !aper_failed(a); n--) {
		struct aper_seq s = aper_sequence(a, 2);
		struct ngap_item *i = to;
		struct li_fteid forwarding;
		uint8_t before = i->n_dl;

		add_dl(c, a, to);
		flows_of_last(c, a, i, before, FLOW_FORWARDED);
		if (aper_has(&s, 0))
			(void)read_tunnel(a, &forwarding);
		extensions(a, &s, 1);
	}
}

/* DataForwardingResponseDRBList, clause 9.3.1.77: forwarding tunnels a radio bearer. */
static void forwarded_bearers(struct aper *a)
{
	for (uint64_t n = aper_int(a, 1, 32); n && !aper_failed(a); n--) {
		struct aper_seq s = aper_sequence(a, 3);
		struct li_fteid forwarding;

		(void)aper_int_ext(a, 1, 32);
		for (unsigned i = 0; i < 2; i++)
			if (aper_has(&s, i))
				(void)read_tunnel(a, &forwarding);
		extensions(a, &s, 2);
	}
}

/* -- the transfers -- */

/* Extensions that carry tunnels: multi-connectivity, and the redundant N3 of Release 16. */
static const struct ngap_field in_extensions[] = {
	{ 153, "NGAP Additional DL UP TNL Information for HO List (38.413 clause 9.3.4.11)", handover_list },
	{ 154, "NGAP Additional NG-U UP TNL Information (38.413 clause 9.3.2.11)", pair_list },
	{ 155, "NGAP Additional DL QoS Flow per TNL Information (38.413 clause 9.3.2.8)", dl_flows_list },
	{ 184, "NGAP Additional Redundant DL QoS Flow per TNL Information (38.413 clause 9.3.2.8)", dl_flows_list },
	{ 185, "NGAP Additional Redundant NG-U UP TNL Information (38.413 clause 9.3.2.11)", pair_list },
	{ 192, "NGAP Redundant DL NG-U UP TNL Information (38.413 clause 9.3.2.2)", add_dl },
	{ 193, "NGAP Redundant DL QoS Flow per TNL Information (38.413 clause 9.3.2.8)", dl_flows },
	{ 195, "NGAP Redundant UL NG-U UP TNL Information (38.413 clause 9.3.2.2)", add_ul },
};

static void tunnel_extensions(struct ngap_ctx *c, struct aper *a, const struct aper_seq *s, unsigned i, void *to)
{
	if (aper_has(s, i))
		NGAP_FIELDS(c, a, 1, in_extensions, to);
	aper_sequence_end(a, s);
}

/* NGAP lists Ethernet before Unstructured, TS 33.128 after it (clause 9.3.1.52): LI128-078. */
static void pdu_type(struct ngap_ctx *c, struct aper *a, void *to)
{
	static const uint8_t type[] = { 1, 2, 3, 5, 4 };
	uint64_t x = aper_enum(a, sizeof(type));

	(void)c;
	((struct ngap_item *)to)->pdu_type = x < sizeof(type) && !aper_failed(a) ? type[x] : 0;
}

static void flows_to_release(struct ngap_ctx *c, struct aper *a, void *to)
{
	((struct ngap_item *)to)->flows_released = flows(c, a, FLOW_CAUSE);
}

static const struct ngap_field in_request[] = {
	{ 126, "NGAP Additional UL NG-U UP TNL Information (38.413 clause 9.3.2.12)", ul_list },
	{ 134, "NGAP PDU Session Type (38.413 clause 9.3.1.52)", pdu_type },
	{ 137, "NGAP QoS Flow to Release List (38.413 clause 9.3.1.13)", flows_to_release },
	{ 139, "NGAP UL NG-U UP TNL Information (38.413 clause 9.3.2.2)", add_ul },
	{ 140, "NGAP UL NG-U UP TNL Modify List (38.413 clause 9.3.4.3)", modify_list },
	{ 186, "NGAP Additional Redundant UL NG-U UP TNL Information (38.413 clause 9.3.2.12)", ul_list },
	{ 195, "NGAP Redundant UL NG-U UP TNL Information (38.413 clause 9.3.2.2)", add_ul },
};

/* PDU Session Resource Setup and Modify Request Transfer, clauses 9.3.4.1 and 9.3.4.3. */
void ngap_request(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 0);

	NGAP_FIELDS(c, a, 0, in_request, to);
	aper_sequence_end(a, &s);
}

/* PDU Session Resource Setup Response Transfer, clause 9.3.4.2. */
void ngap_setup_response(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 4);

	dl_flows(c, a, to);
	if (aper_has(&s, 0))
		dl_flows_list(c, a, to);
	if (aper_has(&s, 1))
		security_result(a);
	if (aper_has(&s, 2))
		(void)flows(c, a, FLOW_CAUSE);
	tunnel_extensions(c, a, &s, 3, to);
}

/* PDU Session Resource Modify Response Transfer, clause 9.3.4.4. */
void ngap_modify_response(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 6);

	if (aper_has(&s, 0))
		add_dl(c, a, to);
	if (aper_has(&s, 1))
		add_ul(c, a, to);
	if (aper_has(&s, 2))
		((struct ngap_item *)to)->flows = flows(c, a, FLOW_PLAIN);
	if (aper_has(&s, 3))
		dl_flows_list(c, a, to);
	if (aper_has(&s, 4))
		(void)flows(c, a, FLOW_CAUSE);
	tunnel_extensions(c, a, &s, 5, to);
}

/* PDU Session Resource Notify Transfer, clause 9.3.4.5: the RAN has let go of flows. */
void ngap_notify(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 3);

	if (aper_has(&s, 0))
		(void)flows(c, a, FLOW_NOTIFIED);
	if (aper_has(&s, 1))
		flows_to_release(c, a, to);
	extensions(a, &s, 2);
}

/* PDU Session Resource Modify Indication Transfer, clause 9.3.4.6. */
void ngap_modify_indication(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 2);

	dl_flows(c, a, to);
	if (aper_has(&s, 0))
		dl_flows_list(c, a, to);
	tunnel_extensions(c, a, &s, 1, to);
}

/* PDU Session Resource Modify Confirm Transfer, clause 9.3.4.7. */
void ngap_modify_confirm(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 3);

	(void)flows(c, a, FLOW_PLAIN);	/* of those that the indication named */
	add_ul(c, a, to);
	if (aper_has(&s, 0))
		pair_list(c, a, to);
	if (aper_has(&s, 1))
		(void)flows(c, a, FLOW_CAUSE);
	tunnel_extensions(c, a, &s, 2, to);
}

/* Handover Request Acknowledge Transfer, clause 9.3.4.11. */
void ngap_handover_ack(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 5);
	struct ngap_item *i = to;
	struct li_fteid forwarding;
	uint8_t before = i->n_dl;

	add_dl(c, a, to);
	if (aper_has(&s, 0))
		(void)read_tunnel(a, &forwarding);
	if (aper_has(&s, 1))
		security_result(a);
	flows_of_last(c, a, i, before, FLOW_FORWARDED);
	if (aper_has(&s, 2))
		(void)flows(c, a, FLOW_CAUSE);
	if (aper_has(&s, 3))
		forwarded_bearers(a);
	tunnel_extensions(c, a, &s, 4, to);
}

/* Path Switch Request Transfer, clause 9.3.4.8. */
void ngap_path_switch(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 3), u;
	struct ngap_item *i = to;
	uint8_t before = i->n_dl;

	add_dl(c, a, to);
	if (aper_has(&s, 0))
		(void)aper_enum(a, 1);		/* DL NG-U TNL Information Reused */
	if (aper_has(&s, 1)) {			/* User Plane Security Information, clause 9.3.1.60 */
		u = aper_sequence(a, 1);
		security_result(a);
		security_indication(a);
		extensions(a, &u, 0);
	}
	flows_of_last(c, a, i, before, FLOW_PLAIN);
	tunnel_extensions(c, a, &s, 2, to);
}

/* Path Switch Request Acknowledge Transfer, clause 9.3.4.9. */
void ngap_path_switch_ack(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 3);

	if (aper_has(&s, 0))
		add_ul(c, a, to);
	if (aper_has(&s, 1))
		security_indication(a);
	tunnel_extensions(c, a, &s, 2, to);
}

/* The unsuccessful and release transfers of clauses 9.3.4.12 to 9.3.4.19: a cause comes first, what follows is
 * criticality diagnostics and extensions. diagnostics: that member is there. */
static void cause_first(struct aper *a, struct ngap_item *i, unsigned optional)
{
	(void)aper_sequence(a, optional);
	i->cause = ngap_read_cause(a);
	(void)rd_rest(&a->r);
}

void ngap_cause_only(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)c;
	cause_first(a, to, 1);
}

void ngap_cause_diagnostics(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)c;
	cause_first(a, to, 2);
}
