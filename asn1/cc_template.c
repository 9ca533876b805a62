/*
 * cc_template.c: content on the hot path. A template is three runs of octets that never change in one (intercept,
 * session, destination profile); what lies between them is written for each packet, from the first octet to the last into room
 * of exactly the right size, since levels() knows every length before: nothing is moved and the content is copied once. Packets of a
 * PDU session, of which there are millions, are laid out here; other content in cc_other.c.
 *
 *	30 { A1 { [ids] 84 number  A7|85 time [points] }
 *	     A2 { A1 { 30 { 80 direction  A2 { 97 { 30 { [oid] A2 { content and QFI by form } } } } } } } }
 */
#include "asn1/cc_template.h"

#include <assert.h>
#include <stdlib.h>

#include "asn1/cc_other.h"
#include "asn1/hot.h"
#include "asn1/oid.h"
#include "asn1/ps_head.h"
#include "asn1/put.h"

#define IDS_MAX 128	/* domain id, LIID, countries, network identifier, CIN: 12 + 25 + 2 * 2 + 2 * 16 + 5 and heads */
#define POINT_HEAD 8	/* head of one of the two points, and the qualifier */

struct cc_template {		/* two cache lines, mostly */
	uint8_t time_form;	/* enum ps_time_form */
	uint8_t ids_n, oid_n;
	uint32_t points_n;
	uint8_t octets[];	/* ids, points, oid */
};

struct cc_template *cc_template_new(const struct ps_head *h, uint8_t release, uint8_t version, enum li_err *err)
{
	size_t most = IDS_MAX + h->nfid.n + h->eipid.n + 2 * POINT_HEAD + 2 + OID_MAX, ids_n, points_n, oid_n;
	struct cc_template *t = NULL;
	uint8_t oid[OID_MAX], *room;
	struct wr w;

	*err = ps_head_check(h);
	if (*err)
		return NULL;
	room = malloc(most);
	w = wr_of(room, room ? most : 0);
	ber_put(&w, BER_CTX(1), view_of(oid, oid_33128(release, version, OID_CC, oid)));
	oid_n = wr_len(&w);
	ps_write_points(&w, h, true);
	points_n = wr_len(&w) - oid_n;
	ps_write_ids(&w, h);
	ids_n = wr_len(&w) - oid_n - points_n;
	if (!w.err && ids_n <= IDS_MAX)
		t = hot_take(sizeof(*t) + wr_len(&w));
	if (t) {
		t->time_form = (uint8_t)h->time_form;
		t->ids_n = (uint8_t)ids_n;
		t->oid_n = (uint8_t)oid_n;
		t->points_n = (uint32_t)points_n;
		memcpy(t->octets, w.p, wr_len(&w));
	}
	*err = t ? LI_OK : room && (w.err || ids_n > IDS_MAX) ? LI_EENCODE : LI_ENOMEM;
	free(room);
	return t;
}

void cc_template_free(struct cc_template *t)
{
	hot_give(t);
}

struct view cc_template_ids(const struct cc_template *t)
{
	return view_of(t->octets, t->ids_n);
}

void cc_template_ahead(const struct cc_template *t)
{
	__builtin_prefetch(t);
	__builtin_prefetch((const char *)t + 64);
}

/* Capture clocks outside what the form can say (before 1970, after 9999) give the nearest instant inside. */
static li_us clamp(enum ps_time_form form, li_us time)
{
	if (time < 0)
		return 0;
	return ps_time_ok(form, time) ? time : PS_GTIME_LAST;
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

/* Contents octets of each level, the outermost first; SIZE is that of all. */
enum { SIZE, PDU, HEADER, PAYLOAD, SEQUENCE, ITEM, CONTENTS, DEFINED, CC, CC_PDU, EXTENDED, UPF, CONTENT, LEVELS };

static void levels(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time, size_t n[LEVELS])
{
	n[CONTENT] = cc->octets.n;
	n[UPF] = ber_tlv_size(n[CONTENT]);
	n[EXTENDED] = ber_tlv_size(n[UPF]) + (cc->has_qfi ? uint_tlv(cc->qfi) : 0);
	if (cc->form == PS_CC_EXTENDED)
		n[CC_PDU] = ber_tlv_size(n[EXTENDED]);
	else
		n[CC_PDU] = cc->form == PS_CC_GTPU ? n[UPF] : cc_other_size(cc);
	n[CC] = t->oid_n + ber_tlv_size(n[CC_PDU]);		/* CCPayload of TS 33.128 */
	n[DEFINED] = ber_tlv_size(n[CC]);
	n[CONTENTS] = ber_tlv_size(n[DEFINED]);
	n[ITEM] = uint_tlv(cc->dir) + ber_tlv_size(n[CONTENTS]);	/* CCPayload of TS 102 232-1 */
	n[SEQUENCE] = ber_tlv_size(n[ITEM]);
	n[PAYLOAD] = ber_tlv_size(n[SEQUENCE]);
	n[HEADER] = t->ids_n + uint_tlv(number) + time_size((enum ps_time_form)t->time_form, time) + t->points_n;
	n[PDU] = ber_tlv_size(n[HEADER]) + ber_tlv_size(n[PAYLOAD]);
	n[SIZE] = ber_tlv_size(n[PDU]);
}

size_t cc_template_size(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time)
{
	size_t n[LEVELS];

	levels(t, cc, number, clamp((enum ps_time_form)t->time_form, time), n);
	return n[SIZE];
}

size_t cc_template_parts(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time, size_t *header, size_t *payload)
{
	size_t n[LEVELS];

	levels(t, cc, number, clamp((enum ps_time_form)t->time_form, time), n);
	*header = ber_tlv_size(n[HEADER]);
	*payload = n[PAYLOAD];
	return n[SIZE];
}

/* -- forwards ------------------------------------------------------------------------------------------------------- */

static uint8_t *put_time(uint8_t *to, enum ps_time_form form, li_us time)
{
	uint8_t room[LI_GTIME_MAX + 2];
	struct wr w = wr_of(room, sizeof(room));
	uint64_t s = (uint64_t)(time / LI_US_SECOND), us = (uint64_t)(time % LI_US_SECOND);

	if (form == PS_TIME_MICRO)
		return put_uint(put_uint(put_head(to, BER_CTX_C(7), uint_tlv(s) + uint_tlv(us)), BER_CTX(0), s), BER_CTX(1), us);
	ps_write_time(&w, form, time);
	return put(to, w.p, wr_len(&w));
}

void cc_template_write(const struct cc_template *t, const struct ps_cc *cc, uint32_t number, li_us time, uint8_t *to, size_t size)
{
	const uint8_t *points = t->octets + t->ids_n, *oid = points + t->points_n, *end = to + size;
	size_t n[LEVELS];

	time = clamp((enum ps_time_form)t->time_form, time);
	levels(t, cc, number, time, n);
	assert(n[SIZE] == size);
	to = put_head(to, BER_SEQ, n[PDU]);
	to = put_head(to, BER_CTX_C(1), n[HEADER]);
	to = put(to, t->octets, t->ids_n);
	to = put_uint(to, BER_CTX(4), number);
	to = put_time(to, (enum ps_time_form)t->time_form, time);
	to = put(to, points, t->points_n);
	to = put_head(to, BER_CTX_C(2), n[PAYLOAD]);
	to = put_head(to, BER_CTX_C(1), n[SEQUENCE]);		/* cCPayloadSequence */
	to = put_head(to, BER_SEQ, n[ITEM]);
	to = put_uint(to, BER_CTX(0), cc->dir);
	to = put_head(to, BER_CTX_C(2), n[CONTENTS]);		/* cCContents */
	to = put_head(to, BER_CTX(23), n[DEFINED]);		/* threeGPP33128DefinedCC */
	to = put_head(to, BER_SEQ, n[CC]);
	to = put(to, oid, t->oid_n);
	to = put_head(to, BER_CTX_C(2), n[CC_PDU]);		/* pDU */
	if (cc->form > PS_CC_GTPU) {
		to = cc_other_put(cc, to);
		assert(to == end);
		return;
	}
	if (cc->form == PS_CC_EXTENDED) {
		to = put_head(to, BER_CTX_C(2), n[EXTENDED]);
		to = put_head(to, BER_CTX_C(1), n[UPF]);
		to = put_head(to, BER_CTX(1 + cc->inner_kind), n[CONTENT]);
	} else {
		to = put_head(to, BER_CTX(1), n[CONTENT]);
	}
	to = put_view(to, cc->octets);
	if (cc->form == PS_CC_EXTENDED && cc->has_qfi)
		to = put_uint(to, BER_CTX(2), cc->qfi);
	assert(to == end);
}

#define QUALIFIER_N 3	/* octets, where the points begin with it */

enum li_err cc_template_tri(const struct cc_template *t, enum ps_tri kind, uint32_t number, struct buf *out)
{
	const uint8_t *points = t->octets + t->ids_n, skip = t->points_n && points[0] == BER_CTX(8) ? QUALIFIER_N : 0;
	size_t header = t->ids_n + uint_tlv(number) + t->points_n - skip, payload = ber_tlv_size(2), n;
	uint8_t *to;
	enum li_err e;

	n = ber_tlv_size(header) + ber_tlv_size(payload);
	e = buf_need(out, ber_tlv_size(n));
	if (e)
		return e;
	to = put_head(put_head(out->p + out->n, BER_SEQ, n), BER_CTX_C(1), header);
	to = put(to, t->octets, t->ids_n);
	to = put_uint(to, BER_CTX(4), number);
	to = put(to, points + skip, t->points_n - skip);
	to = put_head(put_head(to, BER_CTX_C(2), payload), BER_CTX_C(2), 2);	/* tRIPayload is a CHOICE */
	put_head(to, BER_CTX(kind), 0);						/* NULL */
	out->n += ber_tlv_size(n);
	return LI_OK;
}
