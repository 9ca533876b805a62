/*
 * core_made.h: scripts for the core: messages made of a few words, and a transcript of what the core tells.
 * Network: SMF 10.0.0.1, UPF 10.0.0.2 (another 10.0.0.3), AMF 10.0.1.1, gNBs 10.0.2.n.
 */
#ifndef TEST_CORE_MADE_H
#define TEST_CORE_MADE_H

#include "mediation/core/n2.h"
#include "mediation/core/n4.h"
#include "mediation/core/peer.h"

#include "unit.h"

#include <stdarg.h>

#define IMSI1 "001010000000001"
#define IMSI2 "001010000000002"

struct script {
	struct core *c;
	li_us t;
	unsigned named;			/* sessions and UEs get numbers by their first appearance */
	const void *who[64];
	char out[16384];
	size_t n;
	struct pfcp_msg p;
	struct ngap_msg m;
	uint8_t nas[512];		/* NAS PDUs of the message being made */
	size_t n_nas;
	unsigned opened, closed, tunnels;
	bool quiet;
	uint64_t flows;			/* of tunnels that setup_answered() tells */
};

static inline void script_say(struct script *s, const char *fmt, ...) LI_PRINTF(2, 3);
static inline void script_say(struct script *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (s->quiet)
		return;
	va_start(ap, fmt);
	n = vsnprintf(s->out + s->n, sizeof(s->out) - s->n, fmt, ap);
	va_end(ap);
	s->n += (size_t)n < sizeof(s->out) - s->n ? (size_t)n : 0;
}

static inline unsigned script_number(struct script *s, const void *p)
{
	for (unsigned i = 0; i < s->named; i++)
		if (s->who[i] == p)
			return i + 1;
	if (s->named == 64)
		return 99;
	s->who[s->named++] = p;
	return s->named;
}

static inline void script_forget(struct script *s, const void *p)
{
	unsigned n = script_number(s, p);

	if (n <= sizeof(s->who) / sizeof(s->who[0]))	/* one past the table has no place in it */
		s->who[n - 1] = NULL;
}

static inline const char *script_supi(const struct session *x, char out[LI_NAI_MAX + 1])
{
	struct li_smf_rec r;

	session_facts(x, &r);
	snprintf(out, LI_NAI_MAX + 1, "%.*s", (int)r.supi.text.n, r.supi.kind ? (const char *)r.supi.text.p : "");
	return out[0] ? out : "-";
}

static inline void script_opened(void *arg, struct session *x, li_us t, unsigned tap)
{
	char supi[LI_NAI_MAX + 1];
	struct script *s = arg;

	(void)t, (void)tap;
	s->opened++;
	script_say(s, "opened %u %s\n", script_number(s, x), script_supi(x, supi));
}

static inline void script_identified(void *arg, struct session *x, li_us t, unsigned tap)
{
	char supi[LI_NAI_MAX + 1];

	(void)t, (void)tap;
	script_say(arg, "identified %u %s\n", script_number(arg, x), script_supi(x, supi));
}

static inline void script_ready(void *arg, struct session *x, li_us t, unsigned tap)
{
	struct script *s = arg;

	(void)tap;
	script_say(s, "ready %u", script_number(s, x));
	script_say(s, t == s->t ? "\n" : " at %lds\n", (long)(t / LI_US_SECOND));
}

static inline void script_changed(void *arg, struct session *x, li_us t, unsigned tap, unsigned changes)
{
	static const char *const names[] = { "dl", "ul", "location", "handover", "qos", "address", "n2", "identity",
					     "flows" };

	(void)t, (void)tap;
	script_say(arg, "changed %u", script_number(arg, x));
	for (unsigned i = 0; i < 9; i++)
		if (changes & (1u << i))
			script_say(arg, " %s", names[i]);
	script_say(arg, "\n");
}

static inline void script_ended(void *arg, struct session *x, li_us t, unsigned tap, const struct session_end *e)
{
	static const char *const by[] = { "n4", "n2", "nas", "deregistered", "restart", "lost" };

	(void)t, (void)tap;
	script_say(arg, "ended %u %s", script_number(arg, x), by[e->by]);
	if (e->told.has_volume)
		script_say(arg, " volume %lu/%lu", (unsigned long)e->told.uplink, (unsigned long)e->told.downlink);
	if (e->told.has_ngap_cause)
		script_say(arg, " cause %u/%u", e->told.ngap_group, e->told.ngap_value);
	if (e->told.sm_cause)
		script_say(arg, " 5gsm %u", e->told.sm_cause);
	script_say(arg, "\n");
}

static inline void script_closed(void *arg, struct session *x)
{
	struct script *s = arg;

	s->closed++;
	script_say(s, "closed %u\n", script_number(s, x));
	script_forget(s, x);
}

static inline void script_failed(void *arg, struct session *x, li_us t, unsigned tap, const struct session_fail *f)
{
	char supi[LI_NAI_MAX + 1];

	(void)t, (void)tap;
	script_say(arg, "failed %s procedure %u cause %u by %u\n", script_supi(x, supi), f->procedure, f->cause,
		   f->initiator);
}

static inline void script_tunnel(void *arg, struct session *x, bool there, enum tunnel_kind kind,
				 const struct li_addr *addr, uint32_t teid)
{
	static const char *const kinds[] = { "n3ul", "n3dl", "n9ul", "n9dl", "cp" };
	char a[LI_ADDR_TEXT];
	struct script *s = arg;

	s->tunnels += there ? 1u : -1u;
	li_addr_text(addr, a);
	script_say(s, "%c%s %u %s/%u\n", there ? '+' : '-', kinds[kind], script_number(s, x), a, teid);
}

static inline void script_located(void *arg, struct ue *u, li_us t, unsigned tap)
{
	struct li_amf_rec r;

	(void)t, (void)tap;
	ue_facts(u, &r);
	script_say(arg, "located %.*s cell %lu\n", (int)r.supi.text.n, r.supi.kind ? (const char *)r.supi.text.p : "",
		   (unsigned long)r.location.cell);
}

static inline void script_ue_identified(void *arg, struct ue *u, li_us t, unsigned tap)
{
	struct li_amf_rec r;

	(void)t, (void)tap;
	ue_facts(u, &r);
	script_say(arg, "ue %.*s%s%s\n", (int)r.supi.text.n, r.supi.kind ? (const char *)r.supi.text.p : "-",
		   r.guti.present ? " guti" : "", r.pei.kind ? " pei" : "");
}

static inline void script_ue_closed(void *arg, struct ue *u)
{
	(void)arg, (void)u;
}

static inline void script_confirmed(void *arg, struct session *x, li_us t, unsigned tap)
{
	(void)t, (void)tap;
	script_say(arg, "confirmed %u\n", script_number(arg, x));
}

static inline void script_touched(void *arg, struct session *x)
{
	(void)arg, (void)x;
}

static inline void script_ue_touched(void *arg, struct ue *u)
{
	(void)arg, (void)u;
}

static const struct core_ops script_ops = {
	script_opened, script_identified, script_ready, script_changed, script_ended, script_closed, script_failed,
	script_tunnel, script_located, script_ue_identified, script_ue_closed, script_confirmed, script_touched,
	script_ue_touched
};

static inline struct script *script_new(void)
{
	static const struct core_conf conf = { { 1, 2 } };
	struct script *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->c = core_new(&conf, &script_ops, s);
	if (!s->c)
		abort();
	s->t = 1000 * LI_US_SECOND;
	return s;
}

static inline void script_free(struct script *s)
{
	s->quiet = true;
	core_free(s->c);
	CU_ASSERT_EQUAL(s->opened, s->closed);
	CU_ASSERT_EQUAL(s->tunnels, 0);
	free(s);
}

/* Whether the transcript since the last call is this. */
static inline bool script_is(struct script *s, const char *want)
{
	bool same = strcmp(s->out, want) == 0;

	if (!same)
		printf("# told:\n%s# wanted:\n%s", s->out, want);
	s->n = 0;
	s->out[0] = '\0';
	return same;
}
#define SCRIPT_IS(s, want) CU_ASSERT(script_is(s, want))

static inline void script_skip(struct script *s)
{
	s->n = 0;
	s->out[0] = '\0';
}

static inline void script_later(struct script *s, li_us by)
{
	s->t += by;
	core_advance(s->c, s->t);
}

static inline struct li_addr host(unsigned net, unsigned n)
{
	return li_addr4((uint8_t[4]){ 10, 0, (uint8_t)net, (uint8_t)n });
}

static inline struct li_fteid fteid(unsigned net, unsigned n, uint32_t teid)
{
	return (struct li_fteid){ .teid = teid, .a4 = host(net, n) };
}

/* -- N4 -- */
static inline struct pfcp_msg *pfcp(struct script *s, enum pfcp_type type, uint32_t seq)
{
	memset(&s->p, 0, sizeof(s->p));
	s->p.type = (uint8_t)type;
	s->p.seq = seq;
	return &s->p;
}

/* From SMF smf to UPF upf (10.0.0.smf, .upf), or back. */
static inline void send_up(struct script *s, unsigned smf, unsigned upf)
{
	struct way w = { host(0, smf), host(0, upf), 8805, 8805 };

	core_pfcp_message(s->c, (struct seen){ s->t, 0 }, &w, &s->p);
}

static inline void send_back(struct script *s, unsigned smf, unsigned upf)
{
	struct way w = { host(0, upf), host(0, smf), 8805, 8805 };

	core_pfcp_message(s->c, (struct seen){ s->t, 0 }, &w, &s->p);
}

static inline void seid_of(struct pfcp_msg *m, uint64_t seid, unsigned node)
{
	m->cp_or_up = (struct pfcp_fseid){ .present = true, .seid = seid, .a4 = host(0, node) };
}

static inline void name_of(struct pfcp_msg *m, const char *imsi)
{
	m->user.present = imsi != NULL;
	if (imsi)
		snprintf(m->user.imsi, sizeof(m->user.imsi), "%s", imsi);
}

static inline struct pfcp_pdr *pdr_of(struct pfcp_pdr *list, size_t *n, uint16_t id, enum pfcp_iface from, uint32_t far)
{
	struct pfcp_pdr *p = &list[(*n)++];

	*p = (struct pfcp_pdr){ .id = id, .source = (uint8_t)from, .has_far = far != 0, .far = far };
	return p;
}

static inline struct pfcp_far *far_of(struct pfcp_far *list, size_t *n, uint32_t id, enum pfcp_iface to)
{
	struct pfcp_far *f = &list[(*n)++];

	*f = (struct pfcp_far){ .id = id, .has_dest = to != PFCP_IFACE_NONE, .dest = (uint8_t)to };
	return f;
}

static inline void ohc_of(struct pfcp_far *f, struct li_fteid to)
{
	f->has_ohc = true;
	f->ohc = to;
}

static inline void chosen(struct pfcp_msg *m, uint16_t id, struct li_fteid f)
{
	struct pfcp_pdr *p = pdr_of(m->created_pdr, &m->n_created_pdr, id, PFCP_IFACE_NONE, 0);

	p->fteid = (struct pfcp_fteid){ .present = true, .f = f };
}

/* The establishment that most SMFs send: an uplink PDR whose tunnel the UPF chooses, a downlink FAR that buffers. */
static inline struct pfcp_msg *est_req(struct script *s, uint32_t seq, uint64_t cp_seid, const char *imsi, unsigned ue)
{
	struct pfcp_msg *m = pfcp(s, PFCP_EST_REQ, seq);
	struct pfcp_pdr *p;

	seid_of(m, cp_seid, 1);
	name_of(m, imsi);
	m->pdn_type = 1;
	p = pdr_of(m->create_pdr, &m->n_create_pdr, 1, PFCP_ACCESS, 1);
	p->fteid = (struct pfcp_fteid){ .present = true, .choose = true };
	p = pdr_of(m->create_pdr, &m->n_create_pdr, 2, PFCP_CORE, 2);
	if (ue)
		p->ue = (struct pfcp_ue_ip){ .present = true, .is_destination = true, .a4 = host(9, ue) };
	p->network_instance = view_str("internet");
	far_of(m->create_far, &m->n_create_far, 1, PFCP_CORE);
	far_of(m->create_far, &m->n_create_far, 2, PFCP_ACCESS);
	m->create_qer[m->n_create_qer++] = (struct pfcp_qer){ .id = 1, .has_mbr = true, .mbr_ul = 1000, .mbr_dl = 2000 };
	return m;
}

static inline struct pfcp_msg *est_rsp(struct script *s, uint32_t seq, uint64_t up_seid, uint32_t teid)
{
	struct pfcp_msg *m = pfcp(s, PFCP_EST_RSP, seq);

	m->has_cause = true;
	m->cause = 1;
	seid_of(m, up_seid, 2);
	chosen(m, 1, fteid(0, 2, teid));
	return m;
}

static inline void accept_back(struct script *s, enum pfcp_type type, uint32_t seq, uint8_t cause)
{
	struct pfcp_msg *m = pfcp(s, type, seq);

	m->has_cause = true;
	m->cause = cause;
	send_back(s, 1, 2);
}

/* A whole establishment: SEIDs both n, the UPF's TEID teid. */
static inline void establish_n4(struct script *s, uint32_t seq, uint64_t seid, const char *imsi, unsigned ue,
				uint32_t teid)
{
	est_req(s, seq, seid, imsi, ue);
	send_up(s, 1, 2);
	est_rsp(s, seq, seid, teid);
	send_back(s, 1, 2);
}

static inline struct pfcp_msg *mod_req(struct script *s, uint32_t seq, uint64_t seid)
{
	struct pfcp_msg *m = pfcp(s, PFCP_MOD_REQ, seq);

	m->has_seid = true;
	m->seid = seid;
	return m;
}

/* The modification that gives the UPF the RAN's tunnel. */
static inline void downlink_n4(struct script *s, uint32_t seq, uint64_t seid, struct li_fteid ran)
{
	struct pfcp_msg *m = mod_req(s, seq, seid);

	ohc_of(far_of(m->update_far, &m->n_update_far, 2, PFCP_ACCESS), ran);
	send_up(s, 1, 2);
	accept_back(s, PFCP_MOD_RSP, seq, 1);
}

static inline void delete_n4(struct script *s, uint32_t seq, uint64_t seid)
{
	pfcp(s, PFCP_DEL_REQ, seq)->seid = seid;
	send_up(s, 1, 2);
	accept_back(s, PFCP_DEL_RSP, seq, 1);
}

static inline void recovery(struct script *s, enum pfcp_type type, uint32_t seq, unsigned node, uint32_t stamp)
{
	struct pfcp_msg *m = pfcp(s, type, seq);

	m->has_recovery = true;
	m->recovery = stamp;
	if (node == 1)
		send_up(s, 1, 2);
	else
		send_back(s, 1, node);
}

/* -- N2 -- */
static inline struct ngap_msg *ngap(struct script *s, enum ngap_proc proc, enum ngap_dir dir)
{
	memset(&s->m, 0, sizeof(s->m));
	s->m.proc = (uint8_t)proc;
	s->m.dir = dir;
	s->n_nas = 0;
	return &s->m;
}

static inline void ids_of(struct ngap_msg *m, uint64_t amf, uint32_t ran)
{
	m->has_amf_id = amf != 0;
	m->amf_id = amf;
	m->has_ran_id = ran != 0;
	m->ran_id = ran;
}

/* gnb 0 is as good as 1. */
static inline void to_amf(struct script *s, unsigned gnb)
{
	struct way w = { host(2, gnb ? gnb : 1), host(1, 1), 9487, 38412 };

	core_ngap_message(s->c, (struct seen){ s->t, 1 }, &w, &s->m);
}

static inline void to_ran(struct script *s, unsigned gnb)
{
	struct way w = { host(1, 1), host(2, gnb ? gnb : 1), 38412, 9487 };

	core_ngap_message(s->c, (struct seen){ s->t, 1 }, &w, &s->m);
}

static inline struct ngap_item *item_of(struct ngap_msg *m, uint8_t psi)
{
	struct ngap_item *i = &m->item[m->n_items++];

	*i = (struct ngap_item){ .psi = psi };
	return i;
}

static inline void cell_of(struct ngap_msg *m, uint64_t cell)
{
	m->location = (struct li_location){ .kind = LI_LOC_NR, .tac = { 0, 0, 1 }, .cell = cell };
	snprintf(m->location.tai_plmn.mcc, 4, "001");
	snprintf(m->location.tai_plmn.mnc, 4, "01");
}

/* -- NAS: plain, or as under NEA0 -- */
static inline struct view nas(struct script *s, bool secured, const void *octets, size_t n)
{
	static const uint8_t header[] = { 0x7e, 0x02, 1, 2, 3, 4, 0 };
	uint8_t *p = s->nas + s->n_nas;
	size_t h = secured ? sizeof(header) : 0;

	if (s->n_nas + h + n > sizeof(s->nas))
		abort();
	memcpy(p, header, h);
	memcpy(p + h, octets, n);
	s->n_nas += h + n;
	return view_of(p, h + n);
}
#define NAS(s, secured, ...) nas(s, secured, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* The null-scheme SUCI of 00101000000000d. */
#define SUCI(d) 0x01, 0x00, 0xf1, 0x10, 0xf0, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, (uint8_t)((d) << 4)
#define GUTI(d) 0xf2, 0x00, 0xf1, 0x10, 0x01, 0x00, 0x41, 0xc0, 0x00, 0x00, (d)

static inline struct view nas_register(struct script *s, unsigned d)
{
	return NAS(s, false, 0x7e, 0, 0x41, 0x79, 0, 13, SUCI(d), 0x2e, 2, 0xe0, 0xe0);
}

static inline struct view nas_release_complete(struct script *s, uint8_t psi)
{
	return NAS(s, true, 0x7e, 0, 0x67, 1, 0, 4, 0x2e, psi, 1, NAS_PDU_REL_COMPLETE, 0x12, psi);
}

/* A session management message of one octet after its header. */
static inline struct view nas_session(struct script *s, bool up, uint8_t psi, uint8_t type, uint8_t octet)
{
	return NAS(s, true, 0x7e, 0, up ? 0x67 : 0x68, 1, 0, 5, 0x2e, psi, 1, type, octet, 0x12, psi);
}

/* The AMF's Security Mode Command. */
static inline struct view nas_cipher(struct script *s, uint8_t cipher)
{
	return NAS(s, false, 0x7e, 3, 1, 2, 3, 4, 0, 0x7e, 0, 0x5d, (uint8_t)(cipher << 4 | 2), 1, 2, 0xe0, 0xe0);
}

static inline void nas_up(struct script *s, unsigned gnb, uint32_t ran, struct view v)
{
	struct ngap_msg *m = ngap(s, NGAP_UPLINK_NAS, NGAP_INITIATING);

	ids_of(m, ran, ran);
	m->nas = v;
	to_amf(s, gnb);
}

static inline void nas_down(struct script *s, unsigned gnb, uint32_t ran, struct view v)
{
	struct ngap_msg *m = ngap(s, NGAP_DOWNLINK_NAS, NGAP_INITIATING);

	ids_of(m, ran, ran);
	m->nas = v;
	to_ran(s, gnb);
}

/* Of a UE that comes by the 5G-S-TMSI of GUTI(tmsi); 0: by no name. */
static inline struct ngap_msg *initial(struct script *s, uint32_t ran, uint8_t tmsi)
{
	struct ngap_msg *m = ngap(s, NGAP_INITIAL_UE, NGAP_INITIATING);

	ids_of(m, 0, ran);
	if (!tmsi)
		return m;
	m->has_s_tmsi = true;
	m->s_tmsi_set = 1;
	m->s_tmsi_pointer = 1;
	m->s_tmsi = 0xc0000000 | tmsi;
	return m;
}

/* It comes so at gNB 1, and is answered: the association is (ran, ran). */
static inline void comes_back(struct script *s, uint32_t ran, uint8_t tmsi)
{
	initial(s, ran, tmsi);
	to_amf(s, 1);
	nas_down(s, 1, ran, (struct view){ NULL, 0 });
}

/* Registration with a readable (or another) cipher. The association is (ran, ran) at this gNB. */
static inline void attach(struct script *s, unsigned gnb, uint32_t ran, unsigned d, uint8_t cipher)
{
	struct ngap_msg *m = ngap(s, NGAP_INITIAL_UE, NGAP_INITIATING);

	ids_of(m, 0, ran);
	cell_of(m, gnb);
	m->nas = nas_register(s, d);
	to_amf(s, gnb);
	nas_down(s, gnb, ran, nas_cipher(s, cipher));
}

/* The AMF accepts the UE and gives it a GUTI. */
static inline void accept_guti(struct script *s, unsigned gnb, uint32_t ran, uint8_t tmsi)
{
	struct ngap_msg *m = ngap(s, NGAP_INITIAL_CONTEXT_SETUP, NGAP_INITIATING);

	ids_of(m, ran, ran);
	m->nas = NAS(s, true, 0x7e, 0, 0x42, 1, 1, 0x77, 0, 11, GUTI(tmsi));
	to_ran(s, gnb);
	ids_of(ngap(s, NGAP_INITIAL_CONTEXT_SETUP, NGAP_SUCCESSFUL), ran, ran);
	to_amf(s, gnb);
}

static inline void setup_asked(struct script *s, unsigned gnb, uint32_t ran, uint8_t psi, struct li_fteid upf)
{
	struct ngap_msg *m = ngap(s, NGAP_PDU_SETUP, NGAP_INITIATING);
	struct ngap_item *i = item_of(m, psi);

	ids_of(m, ran, ran);
	i->n_ul = 1;
	i->ul[0] = upf;
	i->pdu_type = 1;
	to_ran(s, gnb);
}

static inline void setup_answered(struct script *s, unsigned gnb, uint32_t ran, uint8_t psi, struct li_fteid tunnel)
{
	struct ngap_msg *m = ngap(s, NGAP_PDU_SETUP, NGAP_SUCCESSFUL);
	struct ngap_item *i = item_of(m, psi);

	ids_of(m, ran, ran);
	i->n_dl = 1;
	i->dl[0] = tunnel;
	i->dl_flows[0] = s->flows;
	to_amf(s, gnb);
}

static inline void setup_refused(struct script *s, unsigned gnb, uint32_t ran, uint8_t psi)
{
	struct ngap_msg *m = ngap(s, NGAP_PDU_SETUP, NGAP_SUCCESSFUL);

	ids_of(m, ran, ran);
	item_of(m, psi)->failed = true;
	m->item[0].cause = (struct ngap_cause){ true, 0, 22 };
	to_amf(s, gnb);
}

/* The session that most tests have: UE 1's session 5, (3, 3) at gNB 1, tunnels 10.0.0.2/100 and 10.0.2.1/200. */
static inline void session_n2(struct script *s)
{
	attach(s, 1, 3, 1, 0);
	setup_asked(s, 1, 3, 5, fteid(0, 2, 100));
	setup_answered(s, 1, 3, 5, fteid(2, 1, 200));
}

/* The same with N4, whose SEIDs are 7, up to the modification that gives it the RAN's tunnel. */
static inline void session_n4_n2(struct script *s)
{
	establish_n4(s, 1, 7, IMSI1, 5, 100);
	session_n2(s);
}

/* N2 releases it: the AMF's command, or the RAN's answer. */
static inline void release_n2(struct script *s, enum ngap_dir dir, struct ngap_cause cause)
{
	struct ngap_msg *m = ngap(s, NGAP_PDU_RELEASE, dir);

	ids_of(m, 3, 3);
	m->released[m->n_released++] = (struct ngap_item){ .psi = 5, .cause = cause };
	if (dir == NGAP_INITIATING)
		to_ran(s, 1);
	else
		to_amf(s, 1);
}

static inline void release_context(struct script *s, unsigned gnb, uint32_t ran)
{
	ids_of(ngap(s, NGAP_UE_CONTEXT_RELEASE, NGAP_INITIATING), ran, ran);
	to_ran(s, gnb);
	ids_of(ngap(s, NGAP_UE_CONTEXT_RELEASE, NGAP_SUCCESSFUL), ran, ran);
	to_amf(s, gnb);
}

/* A UE asks for a session in NAS. */
static inline void ask_session(struct script *s, uint32_t ran, uint8_t psi)
{
	nas_up(s, 1, ran, NAS(s, true, 0x7e, 0, 0x67, 1, 0, 7, 0x2e, psi, 1, 0xc1, 0xff, 0xff, 0x91, 0x12, psi, 0x81,
			      0x25, 4, 3, 'i', 'm', 's'));
}

#endif
