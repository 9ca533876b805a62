/* ngap_location.c: where the UE is, as the RAN tells: UserLocationInformation of TS 38.413 clause 9.3.1.16. */
#include "mediation/proto/field.h"
#include "mediation/proto/ngap_ie.h"

static void read_plmn(struct aper *a, struct li_plmn *p)
{
	struct rd r = rd_of(aper_octets(a, 3));

	if (!aper_failed(a))
		field_plmn(&r, p);
}

static void extensions(struct aper *a, const struct aper_seq *s, unsigned i)
{
	if (aper_has(s, i))
		ngap_skip_extensions(a);
	aper_sequence_end(a, s);
}

static void read_tai(struct aper *a, struct li_location *l)
{
	struct aper_seq s = aper_sequence(a, 1);
	struct rd r;

	read_plmn(a, &l->tai_plmn);
	r = rd_of(aper_octets(a, 3));
	if (!aper_failed(a))
		rd_copy(&r, l->tac, 3);
	extensions(a, &s, 0);
}

/* NR-CGI (36 bits) or EUTRA-CGI (28 bits): a bit string of more than 16 bits begins on an octet border. */
static void read_cell(struct aper *a, struct li_location *l, unsigned bits)
{
	struct aper_seq s = aper_sequence(a, 1);

	read_plmn(a, &l->cell_plmn);
	(void)aper_octets(a, 0);
	l->cell = aper_bits(a, bits);
	extensions(a, &s, 0);
}

static void cellular(struct aper *a, struct li_location *l, enum li_loc_kind kind, unsigned bits)
{
	struct aper_seq s = aper_sequence(a, 2);

	read_cell(a, l, bits);
	read_tai(a, l);
	if (aper_has(&s, 0)) {
		struct rd r = rd_of(aper_octets(a, 4));	/* clause 9.3.1.75: the seconds of an NTP time stamp */

		if (!aper_failed(a))
			l->time = field_ntp(rd_u32(&r));
		l->has_time = l->time != 0;
	}
	extensions(a, &s, 1);
	l->kind = kind;
}

static void ie_tai(struct ngap_ctx *c, struct aper *a, void *to)
{
	(void)c;
	read_tai(a, to);
}

static const struct ngap_field in_non3gpp[] = {
	{ 213, "NGAP TAI of a non-3GPP access (38.413 clause 9.3.3.11)", ie_tai },
};

/* What N3IWF, TNGF and TWIF have in common: the UE's address and port on the access network, and the TAI. */
static void endpoint(struct ngap_ctx *c, struct aper *a, struct li_location *l, const struct aper_seq *s, bool has_port)
{
	struct li_addr a4 = { 0 }, a6 = { 0 };

	ngap_read_address(a, &a4, &a6);
	l->n3iwf_addr = a4.family ? a4 : a6;
	if (has_port)
		l->n3iwf_port = (uint16_t)aper_bits(a, 16);	/* two octets of fixed size are not aligned */
	if (aper_has(s, s->n - 1))
		NGAP_FIELDS(c, a, 1, in_non3gpp, l);
	aper_sequence_end(a, s);
	l->kind = LI_LOC_N3IWF;
}

static void n3iwf(struct ngap_ctx *c, struct aper *a, struct li_location *l)
{
	struct aper_seq s = aper_sequence(a, 1);

	endpoint(c, a, l, &s, true);
}

/* UserLocationInformationTNGF, and TWIF, which is built alike. */
static void ie_trusted(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct aper_seq s = aper_sequence(a, 2);

	(void)aper_octet_string(a);	/* TNAP-ID, TWAP-ID */
	endpoint(c, a, to, &s, aper_has(&s, 0));
}

static const struct ngap_field in_choice[] = {
	{ 244, "NGAP User Location Information TNGF (38.413 clause 9.3.1.16)", ie_trusted },
	{ 248, "NGAP User Location Information TWIF (38.413 clause 9.3.1.16)", ie_trusted },
};

void ngap_read_location(struct ngap_ctx *c, struct aper *a, void *to)
{
	struct li_location *l = to;

	memset(l, 0, sizeof(*l));
	switch (aper_int(a, 0, 3)) {
	case 0:
		cellular(a, l, LI_LOC_EUTRA, 28);
		break;
	case 1:
		cellular(a, l, LI_LOC_NR, 36);
		break;
	case 2:
		n3iwf(c, a, l);
		break;
	default:
		ngap_choice(c, a, in_choice, sizeof(in_choice) / sizeof(in_choice[0]), l);
	}
	if (aper_failed(a))
		memset(l, 0, sizeof(*l));
}
