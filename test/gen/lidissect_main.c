/*
 * lidissect: what our decoders read in a capture, in the words of tshark, so that the two can be compared:
 * lidissect FILE prints, a line a value, "frame<TAB>tshark's field name<TAB>value": test/integration/proto_tshark.sh.
 * NAS is taken to be under NEA0, as tshark takes it with nas-5gs.null_decipher.
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <li/rd.h>

#include "mediation/proto/field.h"
#include "mediation/proto/nas5gs.h"
#include "mediation/proto/ngap.h"
#include "mediation/proto/pfcp.h"
#include "mediation/tap/flow.h"

#define TEXT 1024
#define FAR_ID UINT32_C(0x7fffffff)	/* tshark shows the bit of predefined rules apart */

static unsigned frame;
static struct sctp *sctp;

LI_PRINTF(2, 3) static void say(const char *field, const char *fmt, ...)
{
	va_list ap;

	printf("%u\t%s\t", frame, field);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void say_addr(const char *v4, const char *v6, const struct li_addr *a)
{
	char text[LI_ADDR_TEXT];

	if (!a->family)
		return;
	li_addr_text(a, text);
	say(a->family == 4 ? v4 : v6, "%s", text);
}

static void say_text(const char *field, struct view v)
{
	if (v.n)
		say(field, "%.*s", (int)v.n, (const char *)v.p);
}

static void say_hex(const char *field, const void *p, size_t n)
{
	char text[TEXT];

	for (size_t i = 0; i < n && 2 * i + 2 < sizeof(text); i++)
		snprintf(text + 2 * i, 3, "%02x", ((const uint8_t *)p)[i]);
	if (n)
		say(field, "%s", text);
}

static void say_name(const char *field, struct view v)
{
	char text[LI_DNN_MAX + 1];

	if (pfcp_name_text(v, text))
		say(field, "%s", text);
}

static void say_time(const char *field, li_us t)
{
	time_t s = (time_t)(t / LI_US_SECOND);
	char text[64];
	struct tm tm;

	if (t && gmtime_r(&s, &tm) && strftime(text, sizeof(text), "%b %e, %Y %H:%M:%S.000000000 UTC", &tm))
		say(field, "%s", text);
}

static void failed(const char *protocol, enum li_err e, const char *what)
{
	say("error", "%s: %s: %s", protocol, what ? what : "", li_err_text(e));
}

/* -- PFCP -- */

static void pdrs(const struct pfcp_pdr *p, size_t n, bool endpoint)
{
	for (; n--; p++) {
		if (!endpoint)
			say("pfcp.pdr_id", "%u", p->id);
		if (p->source != PFCP_IFACE_NONE)
			say("pfcp.source_interface", "%u", p->source);
		if (p->has_3gpp_source)
			say("pfcp.tgpp_interface_type", "%u", p->source_3gpp);
		if (p->fteid.present && (p->fteid.f.a4.family || p->fteid.f.a6.family)) {
			say("pfcp.f_teid.teid", "0x%08" PRIx32, p->fteid.f.teid);
			say_addr("pfcp.f_teid.ipv4_addr", "", &p->fteid.f.a4);
			say_addr("pfcp.f_teid.ipv6_addr", "pfcp.f_teid.ipv6_addr", &p->fteid.f.a6);
		}
		if (p->fteid.has_choose_id)
			say("pfcp.f_teid.choose_id", "%02x", p->fteid.choose_id);
		say_addr("pfcp.ue_ip_addr_ipv4", "", &p->ue.a4);
		say_addr("pfcp.ue_ip_addr_ipv6", "pfcp.ue_ip_addr_ipv6", &p->ue.a6);
		say_name("pfcp.network_instance", p->network_instance);
		for (size_t i = 0; i < p->n_qfi; i++)
			say("pfcp.qfi_value", "0x%02x", p->qfi[i]);
		if (p->has_far)
			say("pfcp.far_id", "%" PRIu32, p->far & FAR_ID);
	}
}

static void fars(const struct pfcp_far *f, size_t n)
{
	for (; n--; f++) {
		say("pfcp.far_id", "%" PRIu32, f->id & FAR_ID);
		if (f->has_dest)
			say("pfcp.dst_interface", "%u", f->dest);
		if (f->has_3gpp_dest)
			say("pfcp.tgpp_interface_type", "%u", f->dest_3gpp);
		if (f->has_ohc) {
			say("pfcp.outer_hdr_creation.teid", "0x%08" PRIx32, f->ohc.teid);
			say_addr("pfcp.outer_hdr_creation.ipv4", "", &f->ohc.a4);
			say_addr("", "pfcp.outer_hdr_creation.ipv6", &f->ohc.a6);
		}
		say_name("pfcp.network_instance", f->network_instance);
		if (f->has_apply)
			say("pfcp.apply_action.forw", "%u", f->apply >> 1 & 1u);
	}
}

static void qers(const struct pfcp_qer *q, size_t n)
{
	for (; n--; q++) {
		if (q->has_mbr) {
			say("pfcp.ul_mbr", "%" PRIu64, q->mbr_ul);
			say("pfcp.dl_mbr", "%" PRIu64, q->mbr_dl);
		}
		if (q->has_gbr) {
			say("pfcp.ul_gbr", "%" PRIu64, q->gbr_ul);
			say("pfcp.dl_gbr", "%" PRIu64, q->gbr_dl);
		}
		if (q->has_qfi)
			say("pfcp.qfi_value", "0x%02x", q->qfi);
	}
}

static void pfcp_message(const struct pfcp_msg *m)
{
	say("pfcp.msg_type", "%u", m->type);
	if (m->has_seid)
		say("pfcp.seid", "0x%016" PRIx64, m->seid);
	say("pfcp.seqno", "%" PRIu32, m->seq);
	if (m->has_cause)
		say("pfcp.cause", "%u", m->cause);
	say_addr("pfcp.node_id_ipv4", "pfcp.node_id_ipv6", &m->node_addr);
	if (m->has_recovery && m->recovery) {
		int64_t s = (int64_t)m->recovery + (m->recovery >> 31 ? 0 : INT64_C(1) << 32) - INT64_C(2208988800);

		say_time("pfcp.recovery_time_stamp", s * LI_US_SECOND);
	}
	if (m->cp_or_up.present) {
		say("pfcp.seid", "0x%016" PRIx64, m->cp_or_up.seid);
		say_addr("pfcp.f_seid.ipv4", "", &m->cp_or_up.a4);
		say_addr("", "pfcp.f_seid.ipv6", &m->cp_or_up.a6);
	}
	if (m->user.imsi[0])
		say("e212.imsi", "%s", m->user.imsi);
	if (m->user.msisdn[0])
		say("e164.msisdn", "%s", m->user.msisdn);
	if (m->user.imei[0])
		say("pfcp.user_id.imei", "%s", m->user.imei);
	say_text("pfcp.user_id.nai", m->user.nai);
	if (m->user.external_id.n)
		say("pfcp.user_id.gpsi", "extid-%.*s", (int)m->user.external_id.n, (const char *)m->user.external_id.p);
	if (m->pdn_type)
		say("pfcp.pdn_type", "%u", m->pdn_type);
	say_name("pfcp.apn_dnn", m->apn);
	if (m->snssai.present) {
		say("pfcp.s_nssai_sst.sst", "%02x", m->snssai.sst);
		if (m->snssai.has_sd)
			say("pfcp.s_nssai_sst.sd", "%u", m->snssai.sd[0] << 16 | m->snssai.sd[1] << 8 | m->snssai.sd[2]);
	}
	pdrs(m->create_pdr, m->n_create_pdr, false);
	pdrs(m->update_pdr, m->n_update_pdr, false);
	pdrs(m->created_pdr, m->n_created_pdr, false);
	pdrs(m->update_endpoint, m->n_update_endpoint, true);
	pdrs(m->created_endpoint, m->n_created_endpoint, true);
	for (size_t i = 0; i < m->n_remove_pdr; i++)
		say("pfcp.pdr_id", "%u", m->remove_pdr[i]);
	fars(m->create_far, m->n_create_far);
	fars(m->update_far, m->n_update_far);
	for (size_t i = 0; i < m->n_remove_far; i++)
		say("pfcp.far_id", "%" PRIu32, m->remove_far[i] & FAR_ID);
	qers(m->create_qer, m->n_create_qer);
	qers(m->update_qer, m->n_update_qer);
	for (size_t i = 0; i < m->n_usage; i++) {
		const struct pfcp_usage *u = &m->usage[i];

		if (u->has_total)
			say("pfcp.volume_measurement.tovol", "%" PRIu64, u->total);
		if (u->has_ul)
			say("pfcp.volume_measurement.ulvol", "%" PRIu64, u->ul);
		if (u->has_dl)
			say("pfcp.volume_measurement.dlvol", "%" PRIu64, u->dl);
		say_time("pfcp.time_of_first_packet", u->first_packet);
		say_time("pfcp.time_of_last_packet", u->last_packet);
	}
}

static void pfcp(struct view v)
{
	static struct pfcp_msg m;
	const char *what;
	enum li_err e;
	size_t at;

	while ((e = pfcp_next(&v, &m, &at, &what)) == LI_OK)
		pfcp_message(&m);
	if (e != LI_ECLOSED)
		failed("pfcp", e, what);
}

/* -- NAS -- */

static void nas(struct view v)
{
	struct nas_msg m;
	const char *what;
	enum li_err e;

	if (!v.n)
		return;
	e = nas_decode(v, true, &m, &what);
	if (v.p[0] == 0x7e)
		say("nas_5gs.security_header_type", "%u", m.sec);
	if (e) {
		failed("nas", e, what);
		return;
	}
	if (m.mm && m.protected_) {
		struct rd r = rd_of(v);

		rd_skip(&r, 8);
		say("nas_5gs.security_header_type", "%u", rd_u8(&r) & 15u);
	}
	if (m.mm)
		say("nas_5gs.mm.message_type", "0x%02x", m.mm);
	if (m.sm) {
		say("nas_5gs.sm.message_type", "0x%02x", m.sm);
		say("nas_5gs.proc_trans_id", "%u", m.pti);
	}
	if (m.request_type)
		say("nas_5gs.mm.req_type", "%u", m.request_type);
	if (m.mm == NAS_UL_TRANSPORT && m.snssai.present) {
		say("nas_5gs.mm.sst", "%u", m.snssai.sst);
		if (m.snssai.has_sd)
			say("nas_5gs.mm.mm_sd", "%u", m.snssai.sd[0] << 16 | m.snssai.sd[1] << 8 | m.snssai.sd[2]);
	}
	if (m.id.imsi[0]) {		/* tshark gives the parts */
		struct rd r = rd_of(m.id.suci);
		struct li_plmn p;

		rd_skip(&r, 1);
		field_plmn(&r, &p);
		say("nas_5gs.mm.suci.msin", "%s", m.id.imsi + strlen(p.mcc) + strlen(p.mnc));
	}
	say_text("nas_5gs.mm.suci.nai", m.id.is_nai_suci ? m.id.nai : view_of(NULL, 0));
	if (m.id.is_guti)
		say("nas_5gs.amf_region_id", "%u", m.id.guti.guami.region);
	if (m.id.is_guti || m.id.is_s_tmsi) {
		say("nas_5gs.amf_set_id", "%u", m.id.guti.guami.set);
		say("nas_5gs.amf_pointer", "%u", m.id.guti.guami.pointer);
		say("nas_5gs.5g_tmsi", "%" PRIu32, m.id.guti.tmsi);
	}
	if (m.has_imeisv)
		say("nas_5gs.mm.imeisv", "%s", m.imeisv);
	if (m.id.is_imeisv)
		say("nas_5gs.mm.imeisv", "%s", m.id.digits);
	if (m.registration_type)
		say("nas_5gs.mm.5gs_reg_type", "%u", m.registration_type);
	if (m.registration_result)
		say("nas_5gs.mm.reg_res.res", "%u", m.registration_result);
	if (m.cause)
		say("nas_5gs.mm.5gmm_cause", "%u", m.cause);
	if (m.sm_cause)
		say("nas_5gs.sm.5gsm_cause", "%u", m.sm_cause);
	if (m.cipher != 255)
		say("nas_5gs.mm.nas_sec_algo_enc", "%u", m.cipher);
	if (m.pdu_type && m.sm == NAS_PDU_EST_ACCEPT)
		say("nas_5gs.sm.pdu_ses_type", "%u", m.pdu_type);
	if (m.has_addr4)
		say("nas_5gs.sm.pdu_addr_inf_ipv4", "%u.%u.%u.%u", m.addr4[0], m.addr4[1], m.addr4[2], m.addr4[3]);
	say_name("nas_5gs.cmn.dnn", m.dnn);
	nas(m.container);
}

/* -- NGAP -- */

static void tunnels(const struct li_fteid *f, size_t n)
{
	for (; n--; f++) {
		say("ngap.gTP_TEID", "%08" PRIx32, f->teid);
		say_addr("ngap.TransportLayerAddressIPv4", "", &f->a4);
		say_addr("", "ngap.TransportLayerAddressIPv6", &f->a6);
	}
}

static void cause(const struct ngap_cause *c)
{
	static const char *const group[] = { "ngap.radioNetwork", "ngap.transport", "ngap.nas", "ngap.protocol",
					     "ngap.misc" };

	if (c->present)
		say(group[c->group], "%u", c->value);
}

static void flow_identifiers(uint64_t set)
{
	for (unsigned qfi = 0; qfi < 64; qfi++)
		if (set >> qfi & 1)
			say("ngap.qosFlowIdentifier", "%u", qfi);
}

static void items(const struct ngap_item *i, size_t n)
{
	for (; n--; i++) {
		say("ngap.pDUSessionID", "%u", i->psi);
		tunnels(i->ul, i->n_ul);
		tunnels(i->dl, i->n_dl);
		for (size_t k = 0; k < i->n_dl; k++)
			flow_identifiers(i->dl_flows[k]);
		flow_identifiers(i->flows);
		cause(&i->cause);
		if (i->pdu_type)
			say("ngap.PDUSessionType", "%u", i->pdu_type - 1u);
		if (i->snssai.present) {
			say_hex("ngap.sST", &i->snssai.sst, 1);
			if (i->snssai.has_sd)
				say_hex("ngap.sD", i->snssai.sd, 3);
		}
		nas(i->nas);
	}
}

static void location(const struct li_location *l)
{
	if (l->kind == LI_LOC_NR)
		say("ngap.NRCellIdentity", "0x%016" PRIx64, l->cell);
	if (l->kind == LI_LOC_EUTRA)
		say("ngap.EUTRACellIdentity", "0x%08" PRIx64, l->cell);
	if (l->kind == LI_LOC_NR || l->kind == LI_LOC_EUTRA)
		say("ngap.tAC", "%u", l->tac[0] << 16 | l->tac[1] << 8 | l->tac[2]);
	if (l->kind == LI_LOC_N3IWF)
		say_addr("ngap.TransportLayerAddressIPv4", "ngap.TransportLayerAddressIPv6", &l->n3iwf_addr);
	if (l->has_time) {
		uint32_t s = (uint32_t)(l->time / LI_US_SECOND + INT64_C(2208988800));

		say("ngap.timeStamp", "%08" PRIx32, s);
	}
}

static void ngap(void *arg, const struct sctp_message *s)
{
	static struct ngap_msg m;
	const char *what;
	enum li_err e;
	size_t at;

	(void)arg;
	if (s->duplicate) {
		say("duplicate", "tsn");
		return;
	}
	e = ngap_decode(s->data, &m, &at, &what);
	if (e) {
		failed("ngap", e, what);
		return;
	}
	say("ngap.procedureCode", "%u", m.proc);
	if (m.has_amf_id)
		say("ngap.AMF_UE_NGAP_ID", "%" PRIu64, m.amf_id);
	if (m.has_source_amf_id)
		say("ngap.AMF_UE_NGAP_ID", "%" PRIu64, m.source_amf_id);
	if (m.has_new_amf_id)
		say("ngap.AMF_UE_NGAP_ID", "%" PRIu64, m.new_amf_id);
	if (m.has_ran_id)
		say("ngap.RAN_UE_NGAP_ID", "%" PRIu32, m.ran_id);
	if (m.has_s_tmsi) {
		say("ngap.aMFSetID", "%04x", m.s_tmsi_set << 6);	/* tshark pads bit strings behind */
		say("ngap.aMFPointer", "%02x", m.s_tmsi_pointer << 2);
		say("ngap.fiveG_TMSI", "%" PRIu32, m.s_tmsi);
	}
	if (m.guami.present) {
		say_hex("ngap.aMFRegionID", &m.guami.region, 1);
		say("ngap.aMFSetID", "%04x", m.guami.set << 6);
		say("ngap.aMFPointer", "%02x", m.guami.pointer << 2);
	}
	if (m.handover_type)
		say("ngap.HandoverType", "%u", m.handover_type - 1u);
	say_text("ngap.RANNodeName", m.ran_name);
	say_text("ngap.AMFName", m.amf_name);
	cause(&m.cause);
	location(&m.location);
	for (size_t i = 0; i < m.n_reset; i++) {
		if (m.reset[i].has_amf)
			say("ngap.AMF_UE_NGAP_ID", "%" PRIu64, m.reset[i].amf);
		if (m.reset[i].has_ran)
			say("ngap.RAN_UE_NGAP_ID", "%" PRIu32, m.reset[i].ran);
	}
	nas(m.nas);
	items(m.item, m.n_items);
	items(m.released, m.n_released);
}

/* -- frames -- */

static void packet(struct flow_parser *p, int dlt, const struct pcap_pkthdr *h, const u_char *octets)
{
	li_us t = (li_us)h->ts.tv_sec * LI_US_SECOND + (li_us)h->ts.tv_usec;
	const char *what;
	struct flow f;
	enum li_err e;

	switch (flow_parse(p, dlt, t, 0, view_of(octets, h->caplen), h->len, &f)) {
	case FLOW_PFCP:
		pfcp(f.l4);
		break;
	case FLOW_SCTP:
		e = sctp_packet(sctp, t, &f.src, &f.dst, f.l4, ngap, NULL, &what);
		if (e)
			failed("sctp", e, what);
		break;
	case FLOW_OTHER:
	case FLOW_GPDU:
	case FLOW_FRAGMENT:
	case FLOW_BAD:
		break;
	}
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE];
	struct flow_parser *flow;
	struct pcap_pkthdr *h;
	const u_char *octets;
	pcap_t *p;

	if (argc != 2) {
		fprintf(stderr, "usage: lidissect FILE\n");
		return 2;
	}
	p = pcap_open_offline(argv[1], why);
	sctp = sctp_new();
	flow = flow_parser_new();
	if (!p || !sctp || !flow) {
		fprintf(stderr, "lidissect: %s\n", p ? "no memory" : why);
		return 1;
	}
	while (pcap_next_ex(p, &h, &octets) == 1) {
		frame++;
		packet(flow, pcap_datalink(p), h, octets);
	}
	pcap_close(p);
	flow_parser_free(flow);
	sctp_free(sctp);
	return 0;
}
