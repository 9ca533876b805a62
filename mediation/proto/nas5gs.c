/*
 * nas5gs.c: 5GS NAS of TS 24.501, as far as it can be read and interception needs it.
 *
 * nas_decode looks under a security header when what it protects is not ciphered (types 1 and 3) or is ciphered with
 * nothing (NEA0). Then comes a mobility management message: a table says which mandatory members it has and which
 * optional elements concern us; one walk (optionals) knows the shapes of clause 11.2.1.1. A session management message
 * stands inside the payload container of UL and DL NAS transport, or alone, and has a table of its own.
 */
#include "mediation/proto/nas5gs.h"

#include "mediation/proto/field.h"

#define EPD_MM 0x7e
#define EPD_SM 0x2e
#define PAYLOAD_N1_SM 1
#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

struct ctx {
	struct nas_msg *m;
	const char *what;	/* the field that the first error is about */
};

struct element {
	uint8_t iei;		/* of a half-octet element its high nibble, as 0x80 */
	const char *what;
	void (*read)(struct ctx *c, struct rd *r, uint8_t nibble);
};

/* Notes what r failed on. A nested reader's error is its parent's as well. */
static void check(struct ctx *c, struct rd *around, const struct rd *r, const char *what)
{
	if (r->err && !c->what)
		c->what = what;
	rd_fail(around, r->err);
}

/* -- 5GS mobile identity, clause 9.11.3.4 -- */

static void read_guti(struct rd *r, struct li_guti *g)
{
	struct li_guami *a = &g->guami;
	uint16_t set;

	field_plmn(r, &a->plmn);
	a->region = rd_u8(r);
	set = rd_u16(r);
	a->set = set >> 6;
	a->pointer = set & 63;
	g->tmsi = rd_u32(r);
	g->present = a->present = !r->err;
}

static void read_s_tmsi(struct rd *r, struct li_guti *g)
{
	uint16_t set = rd_u16(r);

	g->guami.set = set >> 6;
	g->guami.pointer = set & 63;
	g->tmsi = rd_u32(r);
}

/* IMEI or IMEISV: the first digit shares its octet with the type. An IMEI's fifteenth digit is a check digit. */
static void read_imei(struct view all, bool sv, char out[17])
{
	size_t n = field_tbcd_from(all, 1, out, 17);

	if (!sv && n == 15)
		out[14] = 0;
	else if (n != (sv ? 16 : 14))
		out[0] = 0;
}

/* What stands behind this word, if it stands here. */
static bool past(struct rd r, const char *word, struct view *rest)
{
	size_t n = strlen(word);

	if (rd_left(&r) < n || !view_eq(rd_take(&r, n), view_str(word)))
		return false;
	*rest = rd_rest(&r);
	return true;
}

/* TS 23.003 clause 28.7.3: type<t>.rid<r>.schid<s>.userid<name>@<realm>. Under the null scheme (0) what follows
 * "userid" is the SUPI as it is. */
static struct view null_scheme_nai(struct view v)
{
	struct rd r = rd_of(v);
	struct view rest;
	bool null = false;

	for (; rd_left(&r) && past(rd_of(v), "type", &rest); rd_skip(&r, 1)) {
		if (past(r, ".schid0.", &rest))
			null = true;
		if (past(r, ".userid", &rest))
			return null ? rest : view_of(NULL, 0);
	}
	return view_of(NULL, 0);
}

/* SUCI of an IMSI: home network, routing indicator, protection scheme, home network key, scheme output. */
static void read_suci_imsi(struct rd *r, struct nas_identity *id)
{
	struct li_plmn p;
	char msin[11];
	uint8_t scheme;

	field_plmn(r, &p);
	rd_skip(r, 2);
	scheme = rd_u8(r) & 15;
	rd_skip(r, 1);
	if (r->err || scheme != 0)
		return;			/* concealed: only the UDM knows */
	if (field_tbcd(rd_rest(r), msin, sizeof(msin)) && p.mcc[0] &&
	    strlen(p.mcc) + strlen(p.mnc) + strlen(msin) <= LI_IMSI_DIGITS) {
		memcpy(id->imsi, p.mcc, 3);
		memcpy(id->imsi + 3, p.mnc, sizeof(p.mnc));
		memcpy(id->imsi + 3 + strlen(p.mnc), msin, strlen(msin) + 1);
	}
}

static void read_identity(struct rd *r, struct nas_identity *id)
{
	struct rd whole = *r;
	struct view all = rd_rest(&whole);
	uint8_t first = rd_u8(r);

	memset(id, 0, sizeof(*id));
	switch (first & 7) {
	case 1:
		id->is_suci = true;
		id->suci = all;
		if ((first >> 4 & 7) == 0) {
			read_suci_imsi(r, id);
		} else {
			id->nai = null_scheme_nai(rd_rest(r));
			id->is_nai_suci = id->nai.n > 0;
		}
		break;
	case 2:
		read_guti(r, &id->guti);
		id->is_guti = !r->err;
		break;
	case 3:
	case 5:
		id->is_imei = (first & 7) == 3;
		id->is_imeisv = !id->is_imei;
		read_imei(all, id->is_imeisv, id->digits);
		break;
	case 4:
		read_s_tmsi(r, &id->guti);
		id->is_s_tmsi = !r->err;
		break;
	default:			/* no identity, MAC address, EUI-64 */
		break;
	}
}

static void identity(struct ctx *c, struct rd *r, uint8_t nibble)
{
	(void)nibble;
	read_identity(r, &c->m->id);
	c->m->has_identity = !r->err;
}

/* -- optional elements -- */

static void container(struct ctx *c, struct rd *r, uint8_t nibble)
{
	(void)nibble;
	c->m->container = rd_rest(r);
}

static void imeisv(struct ctx *c, struct rd *r, uint8_t nibble)
{
	struct nas_identity id;

	(void)nibble;
	read_identity(r, &id);
	if (r->err || !id.is_imeisv || !id.digits[0])
		return;
	memcpy(c->m->imeisv, id.digits, sizeof(id.digits));
	c->m->has_imeisv = true;
}

static void mm_cause(struct ctx *c, struct rd *r, uint8_t nibble)
{
	(void)nibble;
	c->m->cause = rd_u8(r);
}

static void sm_cause(struct ctx *c, struct rd *r, uint8_t nibble)
{
	(void)nibble;
	c->m->sm_cause = rd_u8(r);
}

static void session_id(struct ctx *c, struct rd *r, uint8_t nibble)
{
	uint8_t psi = rd_u8(r);

	(void)nibble;
	if (!c->m->psi)
		c->m->psi = psi;
}

static void request_type(struct ctx *c, struct rd *r, uint8_t nibble)
{
	(void)r;
	c->m->request_type = nibble & 7;
}

static void dnn(struct ctx *c, struct rd *r, uint8_t nibble)
{
	(void)nibble;
	c->m->dnn = rd_rest(r);
}

/* S-NSSAI, clause 9.11.2.8: SST; SST and mapped SST; SST and SD; with mapped SST; with mapped SST and SD. */
static void snssai(struct ctx *c, struct rd *r, uint8_t nibble)
{
	size_t n = rd_left(r);
	uint8_t sst = rd_u8(r);
	struct view sd = n >= 4 ? rd_take(r, 3) : view_of(NULL, 0);

	(void)nibble;
	if (!r->err)
		field_snssai(&c->m->snssai, sst, sd);
}

static void asked_type(struct ctx *c, struct rd *r, uint8_t nibble)
{
	(void)r;
	c->m->pdu_type = nibble & 7;
}

static void dn_request(struct ctx *c, struct rd *r, uint8_t nibble)
{
	(void)nibble;
	c->m->dn_request = rd_rest(r);
}

/* PDU address, clause 9.11.4.10: IPv4, or an IPv6 interface identifier, or that and then IPv4. */
static void address(struct ctx *c, struct rd *r, uint8_t nibble)
{
	struct nas_msg *m = c->m;
	uint8_t type = rd_u8(r) & 7;

	(void)nibble;
	if (type == 2 || type == 3)
		rd_copy(r, m->iid6, sizeof(m->iid6));
	if (type == 1 || type == 3)
		rd_copy(r, m->addr4, sizeof(m->addr4));
	m->has_addr6 = !r->err && (type == 2 || type == 3);
	m->has_addr4 = !r->err && (type == 1 || type == 3);
}

/* A type with a value of fixed length and no length octet (format TV); of the messages that we read. */
struct tv {
	uint8_t iei, length;
};

/* Clause 11.2.1.1: 8- to F- are one octet, 7x has a length of two (TLV-E), others of one, or they are in the table. */
static void optionals(struct ctx *c, struct rd *r, const struct tv *tv, size_t n_tv, const struct element *e, size_t n)
{
	while (rd_left(r)) {
		uint8_t iei = rd_u8(r), key = iei & 0x80 ? iei & 0xf0 : iei;
		size_t length = 0, i;
		struct rd s;

		for (i = 0; i < n_tv && tv[i].iei != key; i++)
			;
		if (i < n_tv)
			length = tv[i].length;
		else if ((key & 0xf0) == 0x70)
			length = rd_u16(r);
		else if (!(key & 0x80))
			length = rd_u8(r);
		s = rd_sub(r, length);
		check(c, r, &s, "NAS optional information element (24.501 clause 11.2.1.1)");
		for (i = 0; i < n && !r->err; i++) {
			if (e[i].iei != key)
				continue;
			e[i].read(c, &s, iei & 15);
			check(c, r, &s, e[i].what);
			break;
		}
	}
}

static const struct tv mm_tv[] = {
	{ 0x12, 1 },	/* PDU session ID */
	{ 0x46, 1 },	/* local time zone */
	{ 0x47, 7 },	/* universal time and local time zone */
	{ 0x52, 6 },	/* last visited registered TAI */
	{ 0x58, 1 },	/* 5GMM cause */
	{ 0x59, 1 },	/* old PDU session ID */
};
static const struct tv sm_tv[] = {
	{ 0x13, 2 },	/* integrity protection maximum data rate */
	{ 0x55, 2 },	/* maximum number of supported packet filters */
	{ 0x56, 1 },	/* RQ timer value */
	{ 0x59, 1 },	/* 5GSM cause */
};

struct message {
	uint8_t type;
	const char *what;	/* the mandatory part, in an error */
	void (*mandatory)(struct ctx *c, struct rd *r);
	const struct element *e;
	size_t n;		/* optional elements that concern us; with none the rest is not looked at */
};

/* -- session management, clause 8.3 -- */

static void m_sm_cause(struct ctx *c, struct rd *r)
{
	c->m->sm_cause = rd_u8(r);
}

/* Integrity protection maximum data rate. */
static void m_est_request(struct ctx *c, struct rd *r)
{
	(void)c;
	rd_skip(r, 2);
}

/* Selected session type and SSC mode, authorized QoS rules (LV-E), session AMBR (LV). */
static void m_est_accept(struct ctx *c, struct rd *r)
{
	c->m->pdu_type = rd_u8(r) & 7;
	rd_skip(r, rd_u16(r));
	rd_skip(r, rd_u8(r));
}

static const struct element e_est_request[] = {
	{ 0x90, "NAS PDU session type (24.501 clause 9.11.4.11)", asked_type },
	{ 0x39, "NAS SM PDU DN request container (24.501 clause 9.11.4.15)", dn_request },
};
static const struct element e_est_accept[] = {
	{ 0x59, "NAS 5GSM cause (24.501 clause 9.11.4.2)", sm_cause },
	{ 0x29, "NAS PDU address (24.501 clause 9.11.4.10)", address },
	{ 0x22, "NAS S-NSSAI (24.501 clause 9.11.2.8)", snssai },
	{ 0x25, "NAS DNN (24.501 clause 9.11.2.1B)", dnn },
};
static const struct element e_sm_cause[] = {
	{ 0x59, "NAS 5GSM cause (24.501 clause 9.11.4.2)", sm_cause },
};

static const struct message sm_messages[] = {
	{ NAS_PDU_EST_REQUEST, "NAS PDU session establishment request (24.501 clause 8.3.1)", m_est_request,
	  e_est_request, COUNT(e_est_request) },
	{ NAS_PDU_EST_ACCEPT, "NAS PDU session establishment accept (24.501 clause 8.3.2)", m_est_accept,
	  e_est_accept, COUNT(e_est_accept) },
	{ NAS_PDU_EST_REJECT, "NAS PDU session establishment reject (24.501 clause 8.3.3)", m_sm_cause, NULL, 0 },
	{ NAS_PDU_MOD_REQUEST, "NAS PDU session modification request (24.501 clause 8.3.7)", NULL,
	  e_sm_cause, COUNT(e_sm_cause) },
	{ NAS_PDU_MOD_REJECT, "NAS PDU session modification reject (24.501 clause 8.3.8)", m_sm_cause, NULL, 0 },
	{ NAS_PDU_MOD_COMMAND, "NAS PDU session modification command (24.501 clause 8.3.9)", NULL,
	  e_sm_cause, COUNT(e_sm_cause) },
	{ NAS_PDU_MOD_COMMAND_REJECT, "NAS PDU session modification command reject (24.501 clause 8.3.11)", m_sm_cause,
	  NULL, 0 },
	{ NAS_PDU_REL_REQUEST, "NAS PDU session release request (24.501 clause 8.3.12)", NULL,
	  e_sm_cause, COUNT(e_sm_cause) },
	{ NAS_PDU_REL_REJECT, "NAS PDU session release reject (24.501 clause 8.3.13)", m_sm_cause, NULL, 0 },
	{ NAS_PDU_REL_COMMAND, "NAS PDU session release command (24.501 clause 8.3.14)", m_sm_cause, NULL, 0 },
	{ NAS_PDU_REL_COMPLETE, "NAS PDU session release complete (24.501 clause 8.3.15)", NULL,
	  e_sm_cause, COUNT(e_sm_cause) },
	{ NAS_SM_STATUS, "NAS 5GSM status (24.501 clause 8.3.16)", m_sm_cause, NULL, 0 },
};

static void body(struct ctx *c, struct rd *r, uint8_t type, const struct message *m, size_t n, const struct tv *tv,
		 size_t n_tv)
{
	for (size_t i = 0; i < n; i++) {
		if (m[i].type != type)
			continue;
		if (m[i].mandatory)
			m[i].mandatory(c, r);
		check(c, r, r, m[i].what);
		if (m[i].n)
			optionals(c, r, tv, n_tv, m[i].e, m[i].n);
		return;
	}
}

/* After the extended protocol discriminator: PDU session identity, procedure transaction identity, type. */
static void session_management(struct ctx *c, struct rd *r)
{
	c->m->psi = rd_u8(r);
	c->m->pti = rd_u8(r);
	c->m->sm = rd_u8(r);
	check(c, r, r, "NAS 5GSM header (24.501 clause 9.1.1)");
	body(c, r, c->m->sm, sm_messages, COUNT(sm_messages), sm_tv, COUNT(sm_tv));
}

/* -- mobility management, clause 8.2 -- */

/* 5GS mobile identity with a length of two octets (LV-E). */
static void lv_identity(struct ctx *c, struct rd *r)
{
	struct rd s = rd_sub(r, rd_u16(r));

	identity(c, &s, 0);
	check(c, r, &s, "NAS 5GS mobile identity (24.501 clause 9.11.3.4)");
}

static void m_registration_request(struct ctx *c, struct rd *r)
{
	c->m->registration_type = rd_u8(r) & 7;	/* the follow-on request bit and the key set identifier are beside it */
	lv_identity(c, r);
}

static void m_registration_accept(struct ctx *c, struct rd *r)
{
	struct rd s = rd_sub(r, rd_u8(r));

	c->m->registration_result = rd_u8(&s) & 7;
	check(c, r, &s, "NAS 5GS registration result (24.501 clause 9.11.3.6)");
}

static void m_mm_cause(struct ctx *c, struct rd *r)
{
	c->m->cause = rd_u8(r);
}

static void m_dereg_request_ue(struct ctx *c, struct rd *r)
{
	uint8_t type = rd_u8(r);

	c->m->switch_off = type & 8;
	c->m->dereg_access = type & 3;
	lv_identity(c, r);
}

static void m_dereg_request_net(struct ctx *c, struct rd *r)
{
	c->m->dereg_access = rd_u8(r) & 3;
}

static void m_service_request(struct ctx *c, struct rd *r)
{
	rd_skip(r, 1);			/* key set identifier, service type */
	lv_identity(c, r);
}

static void m_sm_command(struct ctx *c, struct rd *r)
{
	uint8_t algorithms = rd_u8(r);

	if (!r->err)
		c->m->cipher = algorithms >> 4;
}

/* Payload container type, payload container (LV-E). */
static void m_transport(struct ctx *c, struct rd *r)
{
	struct rd s;

	c->m->payload_type = rd_u8(r) & 15;
	s = rd_sub(r, rd_u16(r));
	if (c->m->payload_type == PAYLOAD_N1_SM && !s.err) {
		if (rd_u8(&s) != EPD_SM)
			rd_fail(&s, LI_EFORMAT);
		session_management(c, &s);
	}
	check(c, r, &s, "NAS payload container (24.501 clause 9.11.3.39)");
}

static const struct element e_container[] = {
	{ 0x71, "NAS message container (24.501 clause 9.11.3.33)", container },
};
static const struct element e_registration_accept[] = {
	{ 0x77, "NAS 5G-GUTI (24.501 clause 9.11.3.4)", identity },
};
static const struct element e_sm_complete[] = {
	{ 0x77, "NAS IMEISV (24.501 clause 9.11.3.4)", imeisv },
	{ 0x71, "NAS message container (24.501 clause 9.11.3.33)", container },
};
static const struct element e_mm_cause[] = {
	{ 0x58, "NAS 5GMM cause (24.501 clause 9.11.3.2)", mm_cause },
};
static const struct element e_transport[] = {
	{ 0x12, "NAS PDU session identity (24.501 clause 9.11.3.41)", session_id },
	{ 0x80, "NAS request type (24.501 clause 9.11.3.47)", request_type },
	{ 0x22, "NAS S-NSSAI (24.501 clause 9.11.2.8)", snssai },
	{ 0x25, "NAS DNN (24.501 clause 9.11.2.1B)", dnn },
	{ 0x58, "NAS 5GMM cause (24.501 clause 9.11.3.2)", mm_cause },
};

static const struct message mm_messages[] = {
	{ NAS_REGISTRATION_REQUEST, "NAS registration request (24.501 clause 8.2.6)", m_registration_request,
	  e_container, COUNT(e_container) },
	{ NAS_REGISTRATION_ACCEPT, "NAS registration accept (24.501 clause 8.2.7)", m_registration_accept,
	  e_registration_accept, COUNT(e_registration_accept) },
	{ NAS_REGISTRATION_REJECT, "NAS registration reject (24.501 clause 8.2.9)", m_mm_cause, NULL, 0 },
	{ NAS_DEREG_REQUEST_UE, "NAS deregistration request of the UE (24.501 clause 8.2.12)", m_dereg_request_ue,
	  NULL, 0 },
	{ NAS_DEREG_REQUEST_NET, "NAS deregistration request of the network (24.501 clause 8.2.14)", m_dereg_request_net,
	  e_mm_cause, COUNT(e_mm_cause) },
	{ NAS_SERVICE_REQUEST, "NAS service request (24.501 clause 8.2.16)", m_service_request,
	  e_container, COUNT(e_container) },
	{ NAS_SERVICE_REJECT, "NAS service reject (24.501 clause 8.2.18)", m_mm_cause, NULL, 0 },
	{ NAS_CONFIG_UPDATE, "NAS configuration update command (24.501 clause 8.2.19)", NULL,
	  e_registration_accept, COUNT(e_registration_accept) },
	{ NAS_AUTH_FAILURE, "NAS authentication failure (24.501 clause 8.2.4)", m_mm_cause, NULL, 0 },
	{ NAS_IDENTITY_RESPONSE, "NAS identity response (24.501 clause 8.2.22)", lv_identity, NULL, 0 },
	{ NAS_SM_COMMAND, "NAS security mode command (24.501 clause 8.2.25)", m_sm_command, NULL, 0 },
	{ NAS_SM_COMPLETE, "NAS security mode complete (24.501 clause 8.2.26)", NULL,
	  e_sm_complete, COUNT(e_sm_complete) },
	{ NAS_SM_REJECT, "NAS security mode reject (24.501 clause 8.2.27)", m_mm_cause, NULL, 0 },
	{ NAS_UL_TRANSPORT, "NAS UL NAS transport (24.501 clause 8.2.10)", m_transport,
	  e_transport, COUNT(e_transport) },
	{ NAS_DL_TRANSPORT, "NAS DL NAS transport (24.501 clause 8.2.11)", m_transport,
	  e_transport, COUNT(e_transport) },
	{ NAS_MM_STATUS, "NAS 5GMM status (24.501 clause 8.2.29)", m_mm_cause, NULL, 0 },
};

/* After the extended protocol discriminator and a security header type of 0. */
static void mobility_management(struct ctx *c, struct rd *r)
{
	c->m->mm = rd_u8(r);
	check(c, r, r, "NAS 5GMM header (24.501 clause 9.1.1)");
	body(c, r, c->m->mm, mm_messages, COUNT(mm_messages), mm_tv, COUNT(mm_tv));
}

static const char header[] = "NAS security header (24.501 clause 9.1.1)";

enum li_err nas_decode(struct view pdu, bool nea0, struct nas_msg *m, const char **what)
{
	struct ctx c = { .m = m };
	struct rd r = rd_of(pdu);
	uint8_t epd = rd_u8(&r);

	memset(m, 0, sizeof(*m));
	m->cipher = 255;
	*what = NULL;
	if (epd == EPD_MM) {
		m->sec = rd_u8(&r) & 15;
		if (m->sec > 4)
			rd_fail(&r, LI_EUNKNOWN);
		m->protected_ = m->sec != 0;
		if (m->protected_) {
			rd_skip(&r, 5);		/* message authentication code, sequence number */
			m->ciphered = !r.err && (m->sec == 2 || m->sec == 4) && !nea0;
			if (m->ciphered)
				return LI_OK;
			epd = rd_u8(&r);
			if (epd == EPD_MM)
				rd_skip(&r, 1);		/* plain; some AMFs repeat the outer security header type */
		}
	}
	if (!r.err && epd != EPD_MM && epd != EPD_SM)
		rd_fail(&r, LI_EUNKNOWN);
	check(&c, &r, &r, header);
	if (!r.err) {
		if (epd == EPD_MM)
			mobility_management(&c, &r);
		else
			session_management(&c, &r);
	}
	*what = c.what;
	return r.err;
}
