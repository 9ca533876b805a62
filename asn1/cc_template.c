/*
 * cc_template.c: content on the hot path. A template is three runs of octets that never change in one (intercept,
 * session, destination profile); what lies between them is written for each packet, tail first into room of exactly
 * the right size, so that nothing is moved and the content is copied once.
 *
 *	30 { A1 { [ids] 84 number  A7|85 time [points] }
 *	     A2 { A1 { 30 { 80 direction  A2 { 97 { 30 { [oid] A2 { content and QFI by form } } } } } } } }
 */
#include "asn1/cc_template.h"

#include <stdlib.h>

#include "asn1/ber.h"
#include "asn1/oid.h"
#include "asn1/ps_head.h"

#define IDS_MAX 128	/* domain id, LIID, countries, network identifier, CIN: 12 + 25 + 2 * 2 + 2 * 16 + 5 and heads */
#define POINT_HEAD 8	/* head of one of the two points, and the qualifier */

struct cc_template {
	enum ps_time_form time_form;
	enum ps_cc_form form;
	size_t ids_n, points_n, oid_n;
	uint8_t octets[];	/* ids, points, oid */
};

struct cc_template *cc_template_new(const struct ps_head *h, enum ps_cc_form form, uint8_t release, uint8_t version,
				    enum li_err *err)
{
	size_t most = IDS_MAX + h->nfid.n + h->eipid.n + 2 * POINT_HEAD + 2 + OID_MAX;
	uint8_t oid[OID_MAX];
	struct cc_template *t;
	struct wr w;

	*err = ps_head_check(h);
	if (*err)
		return NULL;
	t = malloc(sizeof(*t) + most);
	if (!t) {
		*err = LI_ENOMEM;
		return NULL;
	}
	t->time_form = h->time_form;
	t->form = form;
	w = wr_of(t->octets, most);
	ber_put(&w, BER_CTX(1), view_of(oid, oid_33128(release, version, OID_CC, oid)));
	t->oid_n = wr_len(&w);
	ps_write_points(&w, h, true);
	t->points_n = wr_len(&w) - t->oid_n;
	ps_write_ids(&w, h);
	t->ids_n = wr_len(&w) - t->oid_n - t->points_n;
	if (w.err) {
		*err = LI_EENCODE;
		free(t);
		return NULL;
	}
	memmove(t->octets, w.p, wr_len(&w));
	return t;
}

void cc_template_free(struct cc_template *t)
{
	free(t);
}

void cc_template_ahead(const struct cc_template *t)
{
	for (size_t at = 0; at < sizeof(*t) + IDS_MAX; at += 64)
		__builtin_prefetch((const char *)t + at);
}

/* Capture clocks outside what the form can say (before 1970, after 9999) give the nearest instant inside. */
static li_us clamp(enum ps_time_form form, li_us time)
{
	if (time < 0)
		return 0;
	return ps_time_ok(form, time) ? time : PS_GTIME_LAST;
}

static size_t uint_tlv(uint64_t x)
{
	return ber_tlv_size(ber_uint_size(x));
}

static size_t time_size(enum ps_time_form form, li_us time)
{
	uint64_t us = (uint64_t)(time % LI_US_SECOND);
	size_t n = 15;		/* YYYYMMDDhhmmssZ */

	if (form == PS_TIME_MICRO)
		return ber_tlv_size(uint_tlv((uint64_t)(time / LI_US_SECOND)) + uint_tlv(us));
	if (us) {
		for (n += 7; us % 10 == 0; us /= 10)	/* ".ffffff" without trailing zeros */
			n--;
	}
	return ber_tlv_size(n);
}

size_t cc_template_size(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time)
{
	size_t n = ber_tlv_size(cc->octets.n), head;

	if (t->form == PS_CC_EXTENDED)
		n = ber_tlv_size(ber_tlv_size(n) + (cc->has_qfi ? uint_tlv(cc->qfi) : 0));
	n = ber_tlv_size(t->oid_n + ber_tlv_size(n));			/* CCPayload of TS 33.128 */
	n = uint_tlv(cc->dir) + ber_tlv_size(ber_tlv_size(n));		/* CCPayload of TS 102 232-1 */
	n = ber_tlv_size(ber_tlv_size(ber_tlv_size(n)));		/* payload, cCPayloadSequence, its item */
	head = t->ids_n + uint_tlv(number) + time_size(t->time_form, clamp(t->time_form, time)) + t->points_n;
	return ber_tlv_size(ber_tlv_size(head) + n);
}

void cc_template_write(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time, uint8_t *to, size_t n)
{
	const uint8_t *points = t->octets + t->ids_n, *oid = points + t->points_n;
	struct wr w = wr_of(to, n);
	size_t mark;

	if (t->form == PS_CC_EXTENDED) {
		if (cc->has_qfi)
			ber_put_uint(&w, BER_CTX(2), cc->qfi);
		mark = wr_len(&w);
		ber_put(&w, BER_CTX(1 + cc->inner_kind), cc->octets);
		ber_head(&w, BER_CTX_C(1), mark);
		ber_head(&w, BER_CTX_C(2), 0);
	} else {
		ber_put(&w, BER_CTX(1), cc->octets);
	}
	ber_head(&w, BER_CTX_C(2), 0);		/* pDU */
	wr_put(&w, oid, t->oid_n);
	ber_head(&w, BER_SEQ, 0);
	ber_head(&w, BER_CTX(23), 0);		/* threeGPP33128DefinedCC */
	ber_head(&w, BER_CTX_C(2), 0);		/* cCContents */
	ber_put_uint(&w, BER_CTX(0), cc->dir);
	ber_head(&w, BER_SEQ, 0);
	ber_head(&w, BER_CTX_C(1), 0);		/* cCPayloadSequence */
	ber_head(&w, BER_CTX_C(2), 0);		/* payload */
	mark = wr_len(&w);
	wr_put(&w, points, t->points_n);
	ps_write_time(&w, t->time_form, clamp(t->time_form, time));
	ber_put_uint(&w, BER_CTX(4), number);
	wr_put(&w, t->octets, t->ids_n);
	ber_head(&w, BER_CTX_C(1), mark);
	ber_head(&w, BER_SEQ, 0);
}
