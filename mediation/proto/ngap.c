/*
 * ngap.c: NGAP of TS 38.413, as far as interception needs it.
 *
 * ngap_decode reads the outer CHOICE and the procedure code; of a procedure that concerns us it walks the message's
 * ProtocolIE-Container by a table (ngap_fields): id, what it is called in an error, who reads it. The lists of PDU
 * sessions are all built alike and have a table of their own: which members an item has and which transfer
 * (ngap_transfer.c) it carries. Where the UE is, is read by ngap_location.c. What no table names is stepped over.
 */
#include "mediation/proto/ngap.h"

#include "mediation/proto/field.h"
#include "mediation/proto/ngap_ie.h"

#define FIELDS_MAX 65535	/* maxProtocolIEs, maxProtocolExtensions */
#define SESSIONS_MAX 256	/* maxnoofPDUSessions */

void ngap_fail(struct ngap_ctx *c, const struct aper *a, enum li_err e, const char *what)
{
	if (c->err)
		return;
	c->err = e;
	c->what = what;
	c->at = a->r.p ? (size_t)(a->r.p - c->base) : 0;
}

/* -- containers, clause 9.4.8 (NGAP-Containers) -- */

/* ProtocolIE-Field and ProtocolExtensionField: id, criticality, open type. */
static void field(struct ngap_ctx *c, struct aper *a, const struct ngap_field *table, size_t n, void *to)
{
	uint16_t id = (uint16_t)aper_int(a, 0, 65535);
	struct aper s;
	enum li_err e;

	(void)aper_int(a, 0, 2);
	for (size_t i = 0; i < n; i++) {
		if (table[i].id != id)
			continue;
		s = aper_open(a);
		table[i].read(c, &s, to);
		e = aper_end(&s);
		if (e)
			ngap_fail(c, &s, e, table[i].what);
		return;
	}
	aper_skip_open(a);
}

void ngap_fields(struct ngap_ctx *c, struct aper *a, unsigned lo, const struct ngap_field *table, size_t n, void *to)
{
	for (uint64_t k = aper_int(a, lo, FIELDS_MAX); k && !aper_failed(a) && !c->err; k--)
		field(c, a, table, n, to);
}

void ngap_skip_extensions(struct aper *a)
{
	struct ngap_ctx none = { 0 };

	ngap_fields(&none, a, 1, NULL, 0, NULL);
}

void ngap_choice(struct ngap_ctx *c, struct aper *a, const struct ngap_field *table, size_t n, void *to)
{
	field(c, a, table, n, to);
}

static void extensions(struct aper *a, const struct aper_seq *s, unsigned i)
{
	if (aper_has(s, i))
		ngap_skip_extensions(a);
	aper_sequence_end(a, s);
}

/* -- shared elements -- */

struct ngap_cause ngap_read_cause(struct aper *a)
{
	/* values before the extension marker of radioNetwork, transport, nas, protocol, misc */
	static const uint8_t root[] = { 45, 2, 4, 7, 6 };
	struct ngap_cause c = { 0 };
	uint64_t group = aper_int(a, 0, 5), value;

	if (group == sizeof(root)) {
		ngap_choice(&(struct ngap_ctx){ 0 }, a, NULL, 0, NULL);
		return c;
	}
	value = aper_enum(a, root[group]);
	if (aper_failed(a) || value > UINT8_MAX)
		return c;
	c.present = true;
	c.group = (uint8_t)group;
	c.value = (uint8_t)value;
	return c;
}

void ngap_read_address(struct aper *a, struct li_addr *a4, struct li_addr *a6)
{
	size_t bits = aper_size_ext(a, 1, 160);
	struct rd r = rd_of(aper_octets(a, (bits + 7) / 8));

	memset(a4, 0, sizeof(*a4));
	memset(a6, 0, sizeof(*a6));
	if (aper_failed(a))
		return;
	if (bits == 32 || bits == 160)
		*a4 = li_addr4(rd_take(&r, 4).p);
	if (bits == 128 || bits == 160)
		*a6 = li_addr6(rd_take(&r, 16).p);
	if (a6->family == 4) {	/* IPv4-mapped */
		if (!a4->family)
			*a4 = *a6;
		memset(a6, 0, sizeof(*a6));
	}
}

static void read_snssai(struct aper *a, struct li_snssai *out)
{
	struct aper_seq s = aper_sequence(a, 2);
	uint8_t sst = (uint8_t)aper_bits(a, 8);	/* one octet of fixed size is not aligned; three are */
	struct view sd = { NULL, 0 };

	if (aper_has(&s, 0))
		sd = aper_octets(a, 3);
	extensions(a, &s, 1);
	if (!aper_failed(a))
		field_snssai(out, sst, sd);
}

static uint64_t read_amf_id(struct aper *a)
{
	return aper_int(a, 0, UINT64_C(1099511627775));
}

static uint32_t read_ran_id(struct aper *a)
{
	return (uint32_t)aper_int(a, 0, UINT32_MAX);
}

/* -- elements of the message -- */

static void ie_amf_id(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->amf_id = read_amf_id(a);
	c->m->has_amf_id = !aper_failed(a);
}

static void ie_ran_id(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->ran_id = read_ran_id(a);
	c->m->has_ran_id = !aper_failed(a);
}

static void ie_source_amf_id(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->source_amf_id = read_amf_id(a);
	c->m->has_source_amf_id = !aper_failed(a);
}

static void ie_new_amf_id(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->new_amf_id = read_amf_id(a);
	c->m->has_new_amf_id = !aper_failed(a);
}

/* UE NGAP IDs, clause 9.3.3.3: the pair, or the AMF's alone. */
static void ie_ue_ids(struct ngap_ctx *c, struct aper *a, void *to)
{
	uint64_t which = aper_int(a, 0, 2);
	struct aper_seq s;

	if (which == 2) {
		ngap_choice(c, a, NULL, 0, NULL);
	} else if (which == 1) {
		ie_amf_id(c, a, to);
	} else {
		s = aper_sequence(a, 1);
		ie_amf_id(c, a, to);
		ie_ran_id(c, a, to);
		extensions(a, &s, 0);
	}
}

static void ie_cause(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->cause = ngap_read_cause(a);
}

static void ie_location(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	ngap_read_location(c, a, &c->m->location);
}

static void ie_guami(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct li_guami *g = &c->m->guami;
	struct aper_seq s = aper_sequence(a, 1);
	struct rd r = rd_of(aper_octets(a, 3));

	(void)to;
	memset(g, 0, sizeof(*g));
	if (!aper_failed(a))
		field_plmn(&r, &g->plmn);
	g->region = (uint8_t)aper_bits(a, 8);
	g->set = (uint16_t)aper_bits(a, 10);
	g->pointer = (uint8_t)aper_bits(a, 6);
	extensions(a, &s, 0);
	g->present = !aper_failed(a);
}

static void ie_s_tmsi(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 1);
	struct rd r;

	(void)to;
	c->m->s_tmsi_set = (uint16_t)aper_bits(a, 10);
	c->m->s_tmsi_pointer = (uint8_t)aper_bits(a, 6);
	r = rd_of(aper_octets(a, 4));
	if (!aper_failed(a))
		c->m->s_tmsi = rd_u32(&r);
	extensions(a, &s, 0);
	c->m->has_s_tmsi = !aper_failed(a);
}

static void ie_handover_type(struct ngap_ctx *c, struct aper *a, void *to)
{
	uint64_t x = aper_enum(a, 3);

	(void)to;
	c->m->handover_type = aper_failed(a) || x >= UINT8_MAX ? 0 : (uint8_t)(x + 1);
}

static void ie_nas(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->nas = aper_octet_string(a);
}

static void ie_rerouted(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->rerouted = aper_octet_string(a);
}

/* UE-associatedLogicalNG-connectionList: up to 65,536, so that its length is a general one. */
static void ie_connections(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct ngap_msg *m = c->m;

	(void)to;
	for (size_t n = aper_count(a); n && !aper_failed(a); n--) {
		struct aper_seq s = aper_sequence(a, 3);
		uint64_t amf = aper_has(&s, 0) ? read_amf_id(a) : 0;
		uint32_t ran = aper_has(&s, 1) ? read_ran_id(a) : 0;

		extensions(a, &s, 2);
		if (aper_failed(a))
			break;
		if (m->n_reset >= NGAP_RESETS) {
			m->over_limit = true;
			continue;
		}
		m->reset[m->n_reset].has_amf = aper_has(&s, 0);
		m->reset[m->n_reset].has_ran = aper_has(&s, 1);
		m->reset[m->n_reset].amf = amf;
		m->reset[m->n_reset++].ran = ran;
	}
}

static void ie_reset(struct ngap_ctx *c, struct aper *a, void *to)
{
	switch (aper_int(a, 0, 2)) {
	case 0:
		(void)aper_enum(a, 1);
		c->m->reset_all = !aper_failed(a);
		break;
	case 1:
		ie_connections(c, a, to);
		break;
	default:
		ngap_choice(c, a, NULL, 0, NULL);
	}
}

/* PrintableString (SIZE(1..150, ...)): 74 letters, which the aligned variant writes in octets. */
static struct view read_name(struct aper *a)
{
	size_t n = aper_size_ext(a, 1, 150);

	return aper_octets(a, n);
}

static void ie_ran_name(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->ran_name = read_name(a);
}

static void ie_amf_name(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->amf_name = read_name(a);
}

/* Extended names (clauses 9.3.3.51, 9.3.3.52): VisibleString or UTF8String, used when the plain one cannot hold it. */
static struct view read_long_name(struct aper *a)
{
	struct aper_seq s = aper_sequence(a, 3);
	struct view v = { NULL, 0 };

	if (aper_has(&s, 0))
		v = read_name(a);
	if (aper_has(&s, 1))
		v = aper_octet_string(a);
	extensions(a, &s, 2);
	return v;
}

static void ie_long_ran_name(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->ran_name = read_long_name(a);
}

static void ie_long_amf_name(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)to;
	c->m->amf_name = read_long_name(a);
}

/* -- lists of PDU sessions -- */

enum list_flags { L_NAS = 1, L_SLICE = 2, L_FAILED = 4, L_RELEASED = 8, L_BARE = 16 };

struct list {
	unsigned flags;		/* members of an item beside id and transfer; where it goes */
	const char *transfer;	/* its name in an error */
	void (*read)(struct ngap_ctx *c, struct aper *a, void *to);	/* NULL: nothing in it concerns us */
};

static void ext_snssai(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)c;
	read_snssai(a, &((struct ngap_item *)to)->snssai);
}

static const struct ngap_field in_item_extensions[] = {
	{ 148, "NGAP S-NSSAI of a PDU session (38.413 clause 9.3.1.24)", ext_snssai },
};

static void item(struct ngap_ctx *c, struct aper *a, const struct list *l, struct ngap_item *i)
{
	struct aper_seq s = aper_sequence(a, l->flags & L_NAS ? 2 : 1);
	struct view v = { NULL, 0 };

	i->psi = (uint8_t)aper_int(a, 0, 255);
	i->failed = l->flags & L_FAILED;
	if (l->flags & L_NAS && aper_has(&s, 0))
		i->nas = aper_octet_string(a);
	if (l->flags & L_SLICE)
		read_snssai(a, &i->snssai);
	if (!(l->flags & L_BARE))
		v = aper_octet_string(a);
	if (aper_has(&s, s.n - 1))
		NGAP_FIELDS(c, a, 1, in_item_extensions, i);
	aper_sequence_end(a, &s);
	if (l->read && !aper_failed(a)) {
		struct aper t = aper_of(v);
		enum li_err e;

		l->read(c, &t, i);
		e = aper_end(&t);
		if (e)
			ngap_fail(c, &t, e, l->transfer);
	}
}

static void sessions(struct ngap_ctx *c, struct aper *a, const struct list *l)
{
	struct ngap_msg *m = c->m;
	bool released = l->flags & L_RELEASED;
	struct ngap_item *list = released ? m->released : m->item;
	size_t *n = released ? &m->n_released : &m->n_items;

	for (uint64_t k = aper_int(a, 1, SESSIONS_MAX); k && !aper_failed(a) && !c->err; k--) {
		if (*n >= NGAP_ITEMS) {
			m->over_limit = true;
			(void)rd_rest(&a->r);
			return;
		}
		item(c, a, l, &list[(*n)++]);
	}
}

#define LIST(name, flags, transfer, read)						\
	static void name(struct ngap_ctx *c, struct aper *a, void *to)			\
	{										\
		static const struct list l = { flags, "NGAP " transfer ")", read };	\
											\
		(void)to;								\
		sessions(c, a, &l);							\
	}

LIST(l_setup_req, L_NAS | L_SLICE, "PDU Session Resource Setup Request Transfer (38.413 clause 9.3.4.1", ngap_request)
LIST(l_ho_req, L_SLICE, "PDU Session Resource Setup Request Transfer (38.413 clause 9.3.4.1", ngap_request)
LIST(l_setup_res, 0, "PDU Session Resource Setup Response Transfer (38.413 clause 9.3.4.2", ngap_setup_response)
LIST(l_setup_fail, L_FAILED, "PDU Session Resource Setup Unsuccessful Transfer (38.413 clause 9.3.4.16",
     ngap_cause_diagnostics)
LIST(l_mod_req, L_NAS, "PDU Session Resource Modify Request Transfer (38.413 clause 9.3.4.3", ngap_request)
LIST(l_mod_res, 0, "PDU Session Resource Modify Response Transfer (38.413 clause 9.3.4.4", ngap_modify_response)
LIST(l_mod_fail, L_FAILED, "PDU Session Resource Modify Unsuccessful Transfer (38.413 clause 9.3.4.17",
     ngap_cause_diagnostics)
LIST(l_mod_ind, 0, "PDU Session Resource Modify Indication Transfer (38.413 clause 9.3.4.6", ngap_modify_indication)
LIST(l_mod_cfm, 0, "PDU Session Resource Modify Confirm Transfer (38.413 clause 9.3.4.7", ngap_modify_confirm)
LIST(l_mod_ind_fail, L_FAILED, "PDU Session Resource Modify Indication Unsuccessful Transfer (38.413 clause 9.3.4.22",
     ngap_cause_only)
LIST(l_notify, 0, "PDU Session Resource Notify Transfer (38.413 clause 9.3.4.5", ngap_notify)
LIST(l_notify_rel, L_RELEASED, "PDU Session Resource Notify Released Transfer (38.413 clause 9.3.4.13", ngap_cause_only)
LIST(l_rel_cmd, L_RELEASED, "PDU Session Resource Release Command Transfer (38.413 clause 9.3.4.12", ngap_cause_only)
LIST(l_rel_res, L_RELEASED, "PDU Session Resource Release Response Transfer (38.413 clause 9.3.4.21", NULL)
LIST(l_ctx_rel, L_RELEASED | L_BARE, "PDU Session Resource Item (38.413 clause 9.2.2", NULL)
LIST(l_ho_rqd, 0, "Handover Required Transfer (38.413 clause 9.3.4.14", NULL)
LIST(l_ho_cmd, 0, "Handover Command Transfer (38.413 clause 9.3.4.10", NULL)
LIST(l_ho_rel, L_RELEASED, "Handover Preparation Unsuccessful Transfer (38.413 clause 9.3.4.18", ngap_cause_only)
LIST(l_ho_ack, 0, "Handover Request Acknowledge Transfer (38.413 clause 9.3.4.11", ngap_handover_ack)
LIST(l_ho_fail, L_FAILED, "Handover Resource Allocation Unsuccessful Transfer (38.413 clause 9.3.4.19",
     ngap_cause_diagnostics)
LIST(l_switch, 0, "Path Switch Request Transfer (38.413 clause 9.3.4.8", ngap_path_switch)
LIST(l_switched, 0, "Path Switch Request Acknowledge Transfer (38.413 clause 9.3.4.9", ngap_path_switch_ack)
LIST(l_switch_fail, L_FAILED, "Path Switch Request Setup Failed Transfer (38.413 clause 9.3.4.15", ngap_cause_only)
LIST(l_switch_rel, L_RELEASED, "Path Switch Request Unsuccessful Transfer (38.413 clause 9.3.4.20", ngap_cause_only)

/* -- the message -- */

static const struct ngap_field in_message[] = {
	{ 1, "NGAP AMF Name (38.413 clause 9.3.3.21)", ie_amf_name },
	{ 10, "NGAP AMF UE NGAP ID (38.413 clause 9.3.3.1)", ie_amf_id },
	{ 15, "NGAP Cause (38.413 clause 9.3.1.2)", ie_cause },
	{ 26, "NGAP 5G-S-TMSI (38.413 clause 9.3.3.20)", ie_s_tmsi },
	{ 28, "NGAP GUAMI (38.413 clause 9.3.3.3)", ie_guami },
	{ 29, "NGAP Handover Type (38.413 clause 9.3.1.22)", ie_handover_type },
	{ 38, "NGAP NAS-PDU (38.413 clause 9.3.3.4)", ie_nas },
	{ 40, "NGAP New AMF UE NGAP ID (38.413 clause 9.3.3.1)", ie_new_amf_id },
	{ 42, "NGAP NGAP Message (38.413 clause 9.2.5.4)", ie_rerouted },
	{ 53, "NGAP PDU Session Resource Admitted List (38.413 clause 9.2.3.5)", l_ho_ack },
	{ 54, "NGAP PDU Session Resource Failed to Modify List (38.413 clause 9.2.1.6)", l_mod_fail },
	{ 55, "NGAP PDU Session Resource Failed to Setup List (38.413 clause 9.2.2.2)", l_setup_fail },
	{ 56, "NGAP PDU Session Resource Failed to Setup List (38.413 clause 9.2.3.5)", l_ho_fail },
	{ 57, "NGAP PDU Session Resource Failed to Setup List (38.413 clause 9.2.3.8)", l_switch_fail },
	{ 58, "NGAP PDU Session Resource Failed to Setup List (38.413 clause 9.2.1.2)", l_setup_fail },
	{ 59, "NGAP PDU Session Resource Handover List (38.413 clause 9.2.3.2)", l_ho_cmd },
	{ 60, "NGAP PDU Session Resource List (38.413 clause 9.2.2.6)", l_ctx_rel },
	{ 61, "NGAP PDU Session Resource List (38.413 clause 9.2.3.1)", l_ho_rqd },
	{ 62, "NGAP PDU Session Resource Modify List (38.413 clause 9.2.1.9)", l_mod_cfm },
	{ 63, "NGAP PDU Session Resource Modify List (38.413 clause 9.2.1.8)", l_mod_ind },
	{ 64, "NGAP PDU Session Resource Modify List (38.413 clause 9.2.1.5)", l_mod_req },
	{ 65, "NGAP PDU Session Resource Modify List (38.413 clause 9.2.1.6)", l_mod_res },
	{ 66, "NGAP PDU Session Resource Notify List (38.413 clause 9.2.1.7)", l_notify },
	{ 67, "NGAP PDU Session Resource Released List (38.413 clause 9.2.1.7)", l_notify_rel },
	{ 68, "NGAP PDU Session Resource Released List (38.413 clause 9.2.3.9)", l_switch_rel },
	{ 69, "NGAP PDU Session Resource Released List (38.413 clause 9.2.3.10)", l_switch_rel },
	{ 70, "NGAP PDU Session Resource Released List (38.413 clause 9.2.1.4)", l_rel_res },
	{ 71, "NGAP PDU Session Resource Setup List (38.413 clause 9.2.2.1)", l_setup_req },
	{ 72, "NGAP PDU Session Resource Setup List (38.413 clause 9.2.2.2)", l_setup_res },
	{ 73, "NGAP PDU Session Resource Setup List (38.413 clause 9.2.3.4)", l_ho_req },
	{ 74, "NGAP PDU Session Resource Setup List (38.413 clause 9.2.1.1)", l_setup_req },
	{ 75, "NGAP PDU Session Resource Setup List (38.413 clause 9.2.1.2)", l_setup_res },
	{ 76, "NGAP PDU Session Resource to be Switched List (38.413 clause 9.2.3.8)", l_switch },
	{ 77, "NGAP PDU Session Resource Switched List (38.413 clause 9.2.3.9)", l_switched },
	{ 78, "NGAP PDU Session Resource to Release List (38.413 clause 9.2.3.2)", l_ho_rel },
	{ 79, "NGAP PDU Session Resource to Release List (38.413 clause 9.2.1.3)", l_rel_cmd },
	{ 82, "NGAP RAN Node Name (38.413 clause 9.2.6.1)", ie_ran_name },
	{ 85, "NGAP RAN UE NGAP ID (38.413 clause 9.3.3.2)", ie_ran_id },
	{ 88, "NGAP Reset Type (38.413 clause 9.2.6.11)", ie_reset },
	{ 100, "NGAP Source AMF UE NGAP ID (38.413 clause 9.3.3.1)", ie_source_amf_id },
	{ 111, "NGAP UE-associated Logical NG-connection List (38.413 clause 9.3.3.25)", ie_connections },
	{ 114, "NGAP UE NGAP IDs (38.413 clause 9.2.2.5)", ie_ue_ids },
	{ 121, "NGAP User Location Information (38.413 clause 9.3.1.16)", ie_location },
	{ 131, "NGAP PDU Session Resource Failed to Modify List (38.413 clause 9.2.1.9)", l_mod_ind_fail },
	{ 132, "NGAP PDU Session Resource Failed to Setup List (38.413 clause 9.2.2.3)", l_setup_fail },
	{ 133, "NGAP PDU Session Resource List (38.413 clause 9.2.2.4)", l_ctx_rel },
	{ 162, "NGAP New GUAMI (38.413 clause 9.3.3.3)", ie_guami },
	{ 273, "NGAP Extended RAN Node Name (38.413 clause 9.3.3.51)", ie_long_ran_name },
	{ 274, "NGAP Extended AMF Name (38.413 clause 9.3.3.52)", ie_long_amf_name },
};

static bool concerns_us(uint8_t proc)
{
	switch ((enum ngap_proc)proc) {
	case NGAP_DOWNLINK_NAS:
	case NGAP_HANDOVER_CANCEL:
	case NGAP_HANDOVER_NOTIFICATION:
	case NGAP_HANDOVER_PREPARATION:
	case NGAP_HANDOVER_RESOURCE_ALLOCATION:
	case NGAP_INITIAL_CONTEXT_SETUP:
	case NGAP_INITIAL_UE:
	case NGAP_LOCATION_REPORT:
	case NGAP_NG_RESET:
	case NGAP_NG_SETUP:
	case NGAP_PATH_SWITCH:
	case NGAP_PDU_MODIFY:
	case NGAP_PDU_MODIFY_INDICATION:
	case NGAP_PDU_RELEASE:
	case NGAP_PDU_SETUP:
	case NGAP_PDU_NOTIFY:
	case NGAP_REROUTE_NAS:
	case NGAP_RRC_INACTIVE_REPORT:
	case NGAP_UE_CONTEXT_MODIFICATION:
	case NGAP_UE_CONTEXT_RELEASE:
	case NGAP_UE_CONTEXT_RELEASE_REQUEST:
	case NGAP_UPLINK_NAS:
		return true;
	}
	return false;
}

enum li_err ngap_decode(struct view pdu, struct ngap_msg *m, size_t *at, const char **what)
{
	struct ngap_ctx c = { .base = pdu.p, .m = m };
	struct aper a = aper_of(pdu), v;
	struct aper_seq s;
	enum li_err e;

	memset(m, 0, sizeof(*m));
	/* NGAP-PDU: CHOICE of three and an extension marker; each is procedure code, criticality, open type */
	if (aper_bit(&a))
		ngap_fail(&c, &a, LI_EUNKNOWN, "NGAP-PDU (38.413 clause 9.4.3)");
	m->dir = (enum ngap_dir)aper_int(&a, 0, 2);
	m->proc = (uint8_t)aper_int(&a, 0, 255);
	(void)aper_int(&a, 0, 2);
	v = aper_open(&a);
	if (aper_failed(&a))	/* octets after the PDU are left alone: some AMFs send their whole buffer */
		ngap_fail(&c, &a, a.r.err, "NGAP-PDU (38.413 clause 9.4.3)");
	if (!c.err && concerns_us(m->proc)) {
		s = aper_sequence(&v, 0);
		NGAP_FIELDS(&c, &v, 0, in_message, NULL);
		aper_sequence_end(&v, &s);
		e = aper_end(&v);
		if (e)
			ngap_fail(&c, &v, e, "NGAP message container (38.413 clause 9.4.8)");
	}
	*at = c.at;
	*what = c.what;
	return c.err;
}
