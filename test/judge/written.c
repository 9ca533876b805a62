/*
 * written.c: PS-PDUs as we send them, each beside the value that it has to mean: what asn1ct makes of the value has to be the same octets.
 *
 *	ROOT <tab> octets in hex <tab> the value by the JSON Encoding Rules of ITU-T X.697
 *
 * The octets come from the writers of asn1/ and handover/, the text from the values by printf alone: nothing that writes octets, and no reader
 * of ours, has a part in it. (Of content and notifications the octets inside are a line of their own, and are looked up for that.)
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "asn1/ber.h"
#include "asn1/cc_template.h"
#include "asn1/gen_ps.h"
#include "asn1/gen_ts33128.h"
#include "asn1/ps_aggregate.h"
#include "asn1/ps_dec.h"
#include "asn1/ps_hi1.h"
#include "asn1/ps_hi4.h"
#include "asn1/ps_tri.h"
#include "asn1/ps_wrap.h"
#include "handover/cipher.h"
#include "test/judge/judge.h"

#define LONG 70000		/* octets of the longest content: past the length that takes a third octet */
#define NUMBERS 400		/* of a check: its list takes three octets of length */

static uint64_t state;
static uint8_t octets[LONG], letters[LONG], other[LONG];
static char digits[16];
static unsigned made, bad;

static uint64_t any(void)		/* splitmix64 */
{
	uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static unsigned below(unsigned n)
{
	return (unsigned)(any() % n);
}

/* Numbers where an INTEGER gets another octet, and others. HO-ENC-004 */
static uint32_t number(void)
{
	static const uint32_t edge[] = { 0, 1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 8388607, 8388608, 16777216, INT32_MAX, UINT32_C(0x80000000), UINT32_MAX };
	unsigned i = below(2 * sizeof(edge) / sizeof(edge[0]));

	return i < sizeof(edge) / sizeof(edge[0]) ? edge[i] : (uint32_t)any() >> below(32);
}

/* Lengths where a length octet is added, at this level or at one of those around it (a header is 40 to 110 octets), and others; at most n. */
static size_t length(size_t n)
{
	static const size_t edge[] = { 127, 255, 65535 };
	size_t x = edge[below(3) ? below(2) : 2] + below(4), less = below(160);

	x = !below(3) ? below(3000) : x > less ? x - less : less;
	return x > n ? n - below(2) : x;
}

static void random_octets(uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)any();
}

/* -- values as text ------------------------------------------------------------------------------------------------------- */

static void hex(struct view v)
{
	for (size_t i = 0; i < v.n; i++)
		printf("%02x", v.p[i]);
}

static void hex_member(const char *name, struct view v)
{
	printf("\"%s\":\"", name);
	hex(v);
	printf("\"");
}

/* As DER has it: no zeros at the end of the fraction. */
static void time_text(li_us t)
{
	time_t s = (time_t)(t / LI_US_SECOND);
	unsigned us = (unsigned)(t % LI_US_SECOND);
	char text[64];
	struct tm tm;
	size_t n;

	gmtime_r(&s, &tm);
	n = strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm);
	if (us) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, ".%06u", us);
		while (text[n - 1] == '0')
			n--;
	}
	printf("\"%.*sZ\"", (int)n, text);
}

static const char *const dirs[] = { "fromTarget", "toTarget", "indeterminate", "combined", "notapplicable" };
static const char *const types[] = { "", "iRI-Begin", "iRI-End", "iRI-Continue", "iRI-Report" };

/* -- headers ---------------------------------------------------------------------------------------------------------------- */

static uint8_t operator_id[LI_OPERATOR_MAX], element_id[LI_ELEMENT_MAX];

static struct ps_head head(void)
{
	struct ps_head h = { .gen_header = (uint8_t)(1 + below(127)), .liid.n = (uint8_t)(1 + below(LI_LIID_MAX)), .has_auth_country = below(3),
		.has_delivery_country = below(3), .auth_country = { { 'N', 'L' } }, .delivery_country = { { 'D', 'E' } }, .has_cin = below(3),
		.unqualified = !below(4), .operator_id = view_of(operator_id, 1 + below(LI_OPERATOR_MAX)), .element_id = view_of(element_id, below(LI_ELEMENT_MAX + 1)),
		.time_form = below(2) ? PS_TIME_MICRO : PS_TIME_GENERALIZED };

	h.cin.v = number();
	random_octets(h.liid.p, h.liid.n);
	random_octets(operator_id, h.operator_id.n);
	random_octets(element_id, h.element_id.n);
	random_octets(other, sizeof(other));
	if (!below(3))
		h.nfid = view_of(other, 1 + length(below(8) ? 300 : 65534));
	if (!below(3))
		h.eipid = view_of(other, 1 + length(below(8) ? 300 : 65534));
	return h;
}

static li_us instant(void)
{
	static const li_us edge[] = { 0, 1, 10, 127, 128, 999999, 1000000, INT64_C(127000000), INT64_C(128000000), INT64_C(2147483647999999), INT64_C(2147483648000000),
		INT64_C(4294967296100000) };
	unsigned i = below(20);

	return i < sizeof(edge) / sizeof(edge[0]) ? edge[i] : (li_us)(any() % UINT64_C(253402300800000000)) / (i & 1 ? 1 : 1000) * (i & 1 ? 1 : 1000);
}

/* timeStamp or microSecondTimeStamp, with the comma before it. */
static void time_member(const struct ps_head *h, li_us t)
{
	if (h->time_form == PS_TIME_GENERALIZED) {
		printf(",\"timeStamp\":");
		time_text(t);
	} else {
		printf(",\"microSecondTimeStamp\":{\"seconds\":%" PRId64 ",\"microSeconds\":%" PRId64 "}", t / LI_US_SECOND, t % LI_US_SECOND);
	}
}

static const char *const qualifiers[] = { NULL, "timeOfInterception", NULL, "timeOfAggregation" };

/* qualifier: by its number; 0: none. */
static void head_text(const struct ps_head *h, uint32_t n, bool timed, li_us t, unsigned qualifier)
{
	printf("{\"pSHeader\":{\"li-psDomainId\":\"0.4.0.2.2.5.1.%u\",", h->gen_header);
	hex_member("lawfulInterceptionIdentifier", view_of(h->liid.p, h->liid.n));
	if (h->has_auth_country)
		printf(",\"authorizationCountryCode\":\"%.2s\"", h->auth_country.c);
	printf(",\"communicationIdentifier\":{\"networkIdentifier\":{");
	hex_member("operatorIdentifier", h->operator_id);
	if (h->element_id.n) {
		printf(",");
		hex_member("networkElementIdentifier", h->element_id);
	}
	printf("}");
	if (h->has_cin)
		printf(",\"communicationIdentityNumber\":%" PRIu32, h->cin.v);
	if (h->has_delivery_country)
		printf(",\"deliveryCountryCode\":\"%.2s\"", h->delivery_country.c);
	printf("},\"sequenceNumber\":%" PRIu32, n);
	if (timed)
		time_member(h, t);
	if (qualifier > 1 || (qualifier && !h->unqualified))
		printf(",\"timeStampQualifier\":\"%s\"", qualifiers[qualifier]);
	if (h->eipid.n && h->gen_header >= PS_SINCE_POINTS) {
		printf(",");
		hex_member("extendedInterceptionPointID", h->eipid);
	}
	if (h->nfid.n && h->gen_header >= PS_SINCE_POINTS) {
		printf(",");
		hex_member("networkFunctionIdentifier", h->nfid);
	}
	printf("},\"payload\":{");
}

/* -- lines ------------------------------------------------------------------------------------------------------------------ */

/* The beginning of a line; the other judge, asn1c, has its say where its set knows the members. */
static void line(enum judge_kind kind, struct view v, enum li_err e)
{
	struct buf again = { 0 };

	if (!e && kind != JUDGE_PS_WHOLE) {
		e = kind == JUDGE_PS ? gen_ps_recode(GEN_PS_PDU, v, &again) : kind == JUDGE_ENCRYPTED ? gen_ps_recode(GEN_PS_ENCRYPTED_PAYLOAD, v, &again) :
		    gen_ts33128_recode(kind == JUDGE_CC ? GEN_CC : GEN_LINOTIFICATION, v, &again);
		e = e ? e : view_eq(v, buf_view(&again)) ? LI_OK : LI_EENCODE;
	}
	buf_fini(&again);
	bad += e != LI_OK;
	if (e)
		fprintf(stderr, "written: line %u: %s\n", made, li_err_text(e));
	made++;
	printf("%d\t", (int)kind);
	hex(v);
	printf("\t");
}

static void iri(struct buf *b)		/* HO-ENC-001, HO-ENC-019, HO-IRI-002, HO-IRI-003 */
{
	struct ps_head h = head();
	struct ps_iri x = { .type = (enum li_iri_type)(1 + below(4)), .tag = PS_IRI_33128, .octets = view_of(octets, length(LONG)),
		.has_session = !below(4), .has_direction = !below(4), .session = (enum li_dir)below(5), .direction = (enum li_dir)below(5) };
	bool plain = !x.has_session && !x.has_direction;
	uint32_t n = number();
	li_us t = instant();
	enum li_err e = plain ? ps_enc_iri(&h, n, t, x.type, x.octets, b) : ps_enc_record(&h, n, t, &x, b);

	line(JUDGE_PS, buf_view(b), e);
	head_text(&h, n, true, t, true);
	printf("\"iRIPayloadSequence\":[{\"iRIType\":\"%s\",\"iRIContents\":{", types[x.type]);
	hex_member("threeGPP33128DefinedIRI", x.octets);
	printf("}");
	if (x.has_session)
		printf(",\"sessionDirection\":\"%s\"", dirs[x.session]);
	if (x.has_direction)
		printf(",\"payloadDirection\":\"%s\"", dirs[x.direction]);
	printf("}]}}\n");
}

/* What a CCPayload is, in the form of cc. */
static void cc_text(const struct ps_cc *cc)
{
	static const char *const inner[] = { "uPFIPCC", "uPFEthernetCC", "uPFUnstructuredCC" };

	printf("{\"cCPayloadOID\":\"4.19.%u.%u.4\",\"pDU\":{", cc->release, cc->version);
	switch (cc->form) {
	case PS_CC_EXTENDED:
		printf("\"extendedUPFCCPDU\":{\"payload\":{");
		hex_member(inner[cc->inner_kind], cc->octets);
		printf("}");
		if (cc->has_qfi)
			printf(",\"qFI\":%u", cc->qfi);
		printf("}");
		break;
	case PS_CC_MMS:
		printf("\"mMSCCPDU\":{\"version\":{\"majorVersion\":%u,\"minorVersion\":%u},\"transactionID\":\"%.*s\",", cc->beside->major, cc->beside->minor,
		       (int)cc->beside->transaction.n, (const char *)cc->beside->transaction.p);
		hex_member("mMSContent", cc->octets);
		printf("}");
		break;
	case PS_CC_IMS:
		printf("\"iMSCCPDU\":{");
		hex_member("payload", cc->octets);
		if (cc->beside->sdp.p) {
			printf(",");
			hex_member("sDPInfo", cc->beside->sdp);
		}
		printf("}");
		break;
	case PS_CC_RCS_MSRP:
		printf("\"rCSCCPDU\":{\"encapsulatedRCSPayload\":{\"mSRP\":{\"encapsulatedMSRP\":\"%.*s\"}}}", (int)cc->octets.n, (const char *)cc->octets.p);
		break;
	default:
		hex_member(cc->form == PS_CC_GTPU ? "uPFCCPDU" : cc->form == PS_CC_NIDD ? "nIDDCCPDU" : "pTCCCPDU", cc->octets);
		break;
	}
	printf("}}\n");
}

/* The template writes what is sent; ps_enc_cc() has to agree. */
static enum li_err cc_write(const struct ps_head *h, const struct ps_cc *cc, uint32_t n, li_us t, struct buf *b)
{
	struct buf slow = { 0 };
	enum li_err e;
	struct cc_template *template = cc_template_new(h, cc->release, cc->version, &e);
	size_t size = template ? cc_template_size(template, cc, n, t) : 0;

	if (template)
		e = buf_need(b, size);
	if (!e) {
		cc_template_write(template, cc, n, t, b->p, size);
		b->n = size;
		e = ps_enc_cc(h, cc, n, t, &slow);
		e = e ? e : view_eq(buf_view(&slow), buf_view(b)) ? LI_OK : LI_EENCODE;
	}
	cc_template_free(template);
	buf_fini(&slow);
	return e;
}

static void cc(struct buf *b)		/* HO-ENC-001, HO-ENC-019, HO-ENC-020 */
{
	static const enum ps_cc_form forms[] = { PS_CC_EXTENDED, PS_CC_GTPU, PS_CC_MMS, PS_CC_NIDD, PS_CC_PTC, PS_CC_IMS, PS_CC_RCS_MSRP };
	struct ps_head h = head();
	struct ps_cc_beside beside = { .transaction = view_of(digits, below(sizeof(digits))), .major = (uint8_t)any(), .minor = (uint8_t)any() };
	struct ps_cc x = { .form = forms[below(sizeof(forms) / sizeof(forms[0]))], .dir = (enum li_dir)below(5), .has_qfi = below(2), .qfi = (uint8_t)below(64),
		.release = (uint8_t)(18 + below(2)), .version = (uint8_t)(1 + below(200)), .beside = &beside };
	uint32_t n = number();
	li_us t = instant();
	struct view rest, v = view_of(NULL, 0);
	struct ps_item i;
	struct ps_pdu p;
	const char *what;
	size_t at;
	enum li_err e;

	x.octets = view_of(x.form == PS_CC_RCS_MSRP ? letters : octets, length(LONG));	/* mSRP is a UTF8String */
	if (x.form == PS_CC_EXTENDED)
		x.inner_kind = (enum ps_inner)below(3);
	if (below(2))
		beside.sdp = view_of(octets + 7, length(1000));
	e = cc_write(&h, &x, n, t, b);
	if (!e && (e = ps_decode(buf_view(b), &p, &at, &what)) == LI_OK) {
		rest = p.payload;
		e = ps_item_next(p.kind, &rest, &i);
		v = i.contents;
	}
	line(JUDGE_CC, v, e);
	cc_text(&x);
	line(JUDGE_PS, buf_view(b), e);
	head_text(&h, n, true, t, true);
	printf("\"cCPayloadSequence\":[{\"payloadDirection\":\"%s\",\"cCContents\":{", dirs[x.dir]);
	hex_member("threeGPP33128DefinedCC", v);
	printf("}}]}}\n");
}

/* -- aggregated items -------------------------------------------------------------------------------------------------------- */

#define ITEMS 40

/* HO-AGG-003, HO-AGG-004, HO-TS-006: one kind of item, of which each may differ from the others in time, direction and IRI type. */
static void aggregate(struct buf *b)
{
	static const char *const names[] = { "iRIPayloadSequence", "cCPayloadSequence" };
	enum ps_times times = (enum ps_times)below(3);
	bool content = below(2), long_ones = !below(4);
	unsigned count = 2 + below(ITEMS - 1);
	struct { struct ps_iri iri; enum li_dir dir; li_us t; struct view v; } x[ITEMS];
	struct buf single = { 0 }, first = { 0 }, items = { 0 }, inner = { 0 };
	struct ps_head h = head();
	uint32_t n = number();
	li_us made_at = instant();
	enum li_err e = LI_OK;

	for (unsigned i = 0; i < count && !e; i++) {
		struct ps_cc cc = { .form = PS_CC_GTPU, .release = 19, .version = 3, .octets = view_of(octets + i, long_ones ? length(3000) : below(90)) };
		struct ps_item item;
		struct ps_pdu p;
		const char *what;
		size_t at;

		x[i].iri = (struct ps_iri){ .type = (enum li_iri_type)(1 + below(4)), .tag = PS_IRI_33128, .octets = cc.octets, .has_direction = below(2),
			.direction = (enum li_dir)below(5) };
		x[i].dir = cc.dir = (enum li_dir)below(5);
		x[i].t = instant();
		single.n = 0;
		e = content ? ps_enc_cc(&h, &cc, n, x[i].t, &single) : ps_enc_record(&h, n, x[i].t, &x[i].iri, &single);
		if (!e && !i)
			e = buf_put(&first, single.p, single.n);
		if (!e)
			e = ps_aggregate_item(buf_view(&single), times, &items);
		if (!e)
			e = ps_decode(buf_view(&single), &p, &at, &what);
		if (!e)
			e = ps_item_next(p.kind, &p.payload, &item);
		x[i].v = view_of(NULL, inner.n);	/* where it begins, until none moves any more */
		if (!e)
			e = buf_put(&inner, item.contents.p, item.contents.n);
	}
	if (!e)
		e = ps_aggregate(buf_view(&first), times, made_at, buf_view(&items), b);
	line(JUDGE_PS, buf_view(b), e);
	head_text(&h, n, times != PS_TIMES_ITEMS, times == PS_TIMES_BOTH ? made_at : x[0].t, times == PS_TIMES_BOTH ? 3 : times == PS_TIMES_HEADER);
	printf("\"%s\":[", names[content]);
	for (unsigned i = 0; i < count; i++) {
		size_t from = x[i].v.n, to = i + 1 < count ? x[i + 1].v.n : inner.n;

		printf(content ? "%s{\"payloadDirection\":\"%s\",\"cCContents\":{" : "%s{\"iRIType\":\"%s\",\"iRIContents\":{", i ? "," : "",
		       content ? dirs[x[i].dir] : types[x[i].iri.type]);
		hex_member(content ? "threeGPP33128DefinedCC" : "threeGPP33128DefinedIRI", view_of(inner.p + from, to - from));
		printf("}");
		if (times != PS_TIMES_HEADER)
			time_member(&h, x[i].t);
		if (times != PS_TIMES_HEADER && !h.unqualified)
			printf(",\"timeStampQualifier\":\"timeOfInterception\"");
		if (!content && x[i].iri.has_direction)
			printf(",\"payloadDirection\":\"%s\"", dirs[x[i].iri.direction]);
		printf("}");
	}
	printf("]}}\n");
	buf_fini(&single);
	buf_fini(&first);
	buf_fini(&items);
	buf_fini(&inner);
}

/* -- TRI ----------------------------------------------------------------------------------------------------------------------- */

static enum li_err body_of(enum ps_tri kind, struct buf *b, struct ps_check *c, uint32_t numbers[], size_t *n, unsigned *choice)
{
	*choice = below(6);
	switch (kind) {
	case PS_TRI_INTEGRITY:
		*n = 1 + below(NUMBERS);
		for (size_t i = 0; i < *n; i++)
			numbers[i] = number();
		*c = (struct ps_check){ .type = 1 + below(2), .data = below(4), .value = view_of(octets, 1 + length(2000)) };
		if (c->type == PS_CHECK_HASH)
			c->hash = below(5);
		else
			c->signature = below(4);
		return ps_check_write(c, numbers, *n, b);
	case PS_TRI_PADDING:
		*n = length(LONG);
		return buf_put(b, octets, *n);
	case PS_TRI_OPERATOR_MESSAGE:
		*n = 1 + (below(2) ? below(PS_TEXT_MAX) : 126 + below(3));
		return ps_message_write(*choice & 1 ? PS_ERROR : PS_INFORMATIONAL, view_of(octets, *n), b);
	case PS_TRI_OPTION_REQUEST:
		return ps_option_request(*choice & 1, b);
	case PS_TRI_OPTION_RESPONSE:
		return ps_option_response(*choice % 3 == 1, *choice % 3 == 2, b);
	default:
		return LI_OK;
	}
}

static void check_text(const struct ps_check *c, const uint32_t numbers[], size_t n)
{
	static const char *const data[] = { "", "iRI", "cC", "iLHI" }, *const hash[] = { "", "sHA-1", "sHA-256", "sHA-384", "sHA-512" },
		*const signature[] = { "", "dSA", "eCDSA", "edDSA" };

	printf("{\"includedSequenceNumbers\":[");
	for (size_t i = 0; i < n; i++)
		printf("%s%" PRIu32, i ? "," : "", numbers[i]);
	printf("],\"checkType\":\"%s\"", c->type == PS_CHECK_HASH ? "hash" : "signature");
	if (c->data)
		printf(",\"dataType\":\"%s\"", data[c->data]);
	printf(",");
	hex_member("checkValue", c->value);
	if (c->hash)
		printf(",\"hashAlgorithm\":\"%s\"", hash[c->hash]);
	if (c->signature)
		printf(",\"signatureAlgorithm\":\"%s\"", signature[c->signature]);
	printf("}");
}

static void tri(struct buf *b, enum ps_tri kind)
{
	static const char *const name[] = { "integrityCheck", "testPDU", "paddingPDU", "keep-alive", "keep-aliveResponse", "firstSegmentFlag",
		"lastSegmentFlag", "cINReset", "operatorLeaMessage", "optionRequest", "optionResponse", "optionComplete", "pDUAcknowledgementRequest",
		"pDUAcknowledgementResponse" };
	static const char ask[] = "{\"pDUAcknowledgement\":null}";
	static uint32_t numbers[NUMBERS];
	struct ps_head h = head();
	struct buf body = { 0 };
	struct ps_check c = { 0 };
	uint32_t n = number();
	li_us t = instant();
	unsigned choice;
	size_t size = 0;
	enum li_err e = body_of(kind, &body, &c, numbers, &size, &choice);

	line(JUDGE_PS, buf_view(b), e ? e : ps_enc_tri(&h, kind, n, t, buf_view(&body), b));
	head_text(&h, n, kind != PS_TRI_FIRST_SEGMENT && kind != PS_TRI_LAST_SEGMENT, t, false);
	printf("\"tRIPayload\":{\"%s\":", name[kind]);
	switch (kind) {
	case PS_TRI_INTEGRITY:
		check_text(&c, numbers, size);
		break;
	case PS_TRI_PADDING:
		printf("\"");
		hex(view_of(octets, size));
		printf("\"");
		break;
	case PS_TRI_OPERATOR_MESSAGE:
		printf("{\"messagePriority\":\"%s\",", choice & 1 ? "error" : "informational");
		hex_member("message", view_of(octets, size));
		printf("}");
		break;
	case PS_TRI_OPTION_REQUEST:
		printf("{\"requestedOptions\":[%s]}", choice & 1 ? ask : "");
		break;
	case PS_TRI_OPTION_RESPONSE:
		printf("{\"acceptedOptions\":[%s],\"declinedOptions\":[%s]}", choice % 3 == 1 ? ask : "", choice % 3 == 2 ? ask : "");
		break;
	default:
		printf("null");
	}
	printf("}}}\n");
	buf_fini(&body);
}

/* -- containers ------------------------------------------------------------------------------------------------------------------ */

static uint64_t counter(void)
{
	return below(2) ? (uint64_t)number() << 32 | number() : any() >> below(64);
}

/* Content put into its container as it is written, as the hot path does; v: what stands in cCContents. */
static enum li_err wrapped_cc(const struct ps_head *h, struct ps_cc *cc, uint32_t n, li_us t, uint64_t x, struct buf *plain, struct buf *b, struct view *v)
{
	enum li_err e;
	struct cc_template *template = cc_template_new(h, cc->release, cc->version, &e);
	size_t header, payload, size = template ? cc_template_parts(template, cc, n, t, &header, &payload) : 0, at;
	struct ps_item i;
	struct ps_wrap w;
	struct ps_pdu p;
	const char *what;

	if (template) {
		ps_wrap_measure(&w, header, payload, x);
		e = buf_need(b, w.n);
	}
	if (!e) {
		cc_template_write(template, cc, n, t, b->p + w.plain_at, size);
		ps_wrap(&w, b->p);
		b->n = w.n;
		e = ps_enc_cc(h, cc, n, t, plain);
	}
	if (!e)
		e = ps_decode(buf_view(plain), &p, &at, &what);
	if (!e)
		e = ps_item_next(p.kind, &p.payload, &i);
	if (!e)
		*v = i.contents;
	cc_template_free(template);
	return e;
}

/* TRI or CC as encryptionContainer: none(1), then sealed. HO-PEN-001, HO-PEN-004, HO-PEN-005 */
static void container(struct buf *b)
{
	struct ps_cc cc = { .form = PS_CC_EXTENDED, .release = 19, .version = 3, .dir = (enum li_dir)below(5), .octets = view_of(octets, length(LONG)) };
	bool content = below(2);
	struct cipher_key key = { .type = below(2) ? PS_CIPHER_AES_192 : PS_CIPHER_AES_256 };
	struct ps_head h = head();
	struct buf plain = { 0 };
	struct view v = view_of(octets, length(LONG)), inner = view_of(NULL, 0), pad = inner;
	uint32_t n = number();
	uint64_t x = counter();
	li_us t = instant();
	struct ps_sealed s = { 0 };
	struct cipher *c = NULL;
	struct ps_pdu p;
	const char *what;
	size_t at;
	enum li_err e = content ? wrapped_cc(&h, &cc, n, t, x, &plain, b, &v) : ps_enc_tri(&h, PS_TRI_PADDING, n, t, v, &plain);

	if (!e && !content)
		e = ps_wrap_put(buf_view(&plain), x, b);
	if (!e)
		e = ps_decode(buf_view(b), &p, &at, &what);
	if (!e)
		e = ps_sealed_read(p.whole, p.payload, &s);
	if (!e) {
		struct rd r = rd_of(s.octets);
		struct ber all;

		e = ber_next(&r, &all) ? LI_OK : LI_EFORMAT;
		inner = e ? inner : all.whole;
		pad = e ? pad : rd_rest(&r);
	}
	if (!e && (pad.n >= PS_WRAP_BLOCK || s.octets.n % PS_WRAP_BLOCK))
		e = LI_EENCODE;
	line(JUDGE_ENCRYPTED, inner, e);
	printf("{\"byteCounter\":%" PRIu64 ",\"payload\":{", x);
	if (content)
		printf("\"cCPayloadSequence\":[{\"payloadDirection\":\"%s\",\"cCContents\":{", dirs[cc.dir]);
	else
		printf("\"tRIPayload\":{");
	hex_member(content ? "threeGPP33128DefinedCC" : "paddingPDU", v);
	printf(content ? "}}]}}\n" : "}}}\n");
	for (unsigned round = 0; round < 2; round++) {
		line(JUDGE_PS, buf_view(b), e);
		head_text(&h, n, true, t, content);
		printf("\"encryptionContainer\":{\"encryptionType\":\"%s\",", !round ? "none" : key.type == PS_CIPHER_AES_192 ? "aES-192-CBC" : "aES-256-CBC");
		hex_member("encryptedPayload", s.octets);
		printf(",\"encryptedPayloadType\":\"part7\"}}}\n");
		if (round || e)
			break;
		random_octets(key.key, sizeof(key.key));
		c = cipher_new(&key);
		e = c ? cipher_seal(c, b->p, b->n) : LI_ENOMEM;		/* in place: s.octets are the enciphered ones now */
	}
	cipher_free(c);
	buf_fini(&plain);
}

/* -- HI4 ------------------------------------------------------------------------------------------------------------------------- */

static void address_text(const char *hi, const struct li_addr *a, uint16_t port)
{
	printf("\"%sDeliveryIPAddress\":{", hi);
	hex_member(a->family == 4 ? "iPv4Address" : "iPv6Address", view_of(a->b, a->family == 4 ? 4 : 16));
	printf("},\"%sDeliveryPortNumber\":%u", hi, port);
}

static void notification_text(const struct ps_hi4 *x)
{
	static const char *const type[] = { "", "activation", "deactivation", "modification" };

	printf("{\"lINotificationPayloadOID\":\"4.19.%u.%u.5\",\"notification\":{\"lINotification\":{\"notificationType\":\"%s\"", x->release, x->version, type[x->type]);
	if (x->target)
		printf(",\"appliedTargetID\":{\"sUPI\":{\"iMSI\":\"%.*s\"}}", (int)x->target->text.n, (const char *)x->target->text.p);
	for (size_t i = 0; i < x->n_delivery; i++) {
		const struct ps_hi4_delivery *d = &x->delivery[i];

		printf(i ? ",{" : ",\"appliedDeliveryInformation\":[{");
		if (d->hi2.family)
			address_text("hI2", &d->hi2, d->hi2_port);
		if (d->hi2.family && d->hi3.family)
			printf(",");
		if (d->hi3.family)
			address_text("hI3", &d->hi3, d->hi3_port);
		printf("}");
	}
	if (x->n_delivery)
		printf("]");
	if (x->has_start) {
		printf(",\"appliedStartTime\":");
		time_text(x->start);
	}
	if (x->has_end) {
		printf(",\"appliedEndTime\":");
		time_text(x->end);
	}
	if (x->local)
		printf(",\"appliedTargetIsLocal\":%s", x->local == LI_TRUE ? "true" : "false");
	if (x->non_local)
		printf(",\"appliedTargetIsNonLocal\":%s", x->non_local == LI_TRUE ? "true" : "false");
	printf("}}}");
}

static struct li_addr address(void)
{
	struct li_addr a = { .family = (uint8_t)(below(3) * 2 + 2) };		/* 2: none */

	a.family = a.family == 2 ? 0 : a.family;
	random_octets(a.b, a.family == 4 ? 4 : 16);
	return a;
}

static void hi4(struct buf *b)		/* HO-HI4-003, LI128-004 */
{
	struct ps_hi4_delivery d[PS_HI4_DELIVERIES];
	struct li_id imsi = { .kind = LI_ID_IMSI, .text = view_of(digits, 6 + below(10)) };
	struct ps_head h = head();
	struct ps_hi4 x = { .type = (enum ps_hi4_type)(1 + below(3)), .release = (uint8_t)(17 + below(3)), .version = (uint8_t)(1 + below(200)),
		.target = below(2) ? &imsi : NULL, .delivery = d, .n_delivery = below(2) ? below(4) : below(PS_HI4_DELIVERIES + 1), .has_start = below(2),
		.has_end = below(2), .start = instant(), .end = instant(), .local = (enum li_tri)below(3), .non_local = (enum li_tri)below(3) };
	uint32_t n = number();
	li_us t = instant();
	enum li_err e;

	for (size_t i = 0; i < x.n_delivery; i++)
		d[i] = (struct ps_hi4_delivery){ address(), address(), (uint16_t)number(), (uint16_t)number() };
	e = ps_enc_hi4(&h, &x, n, t, b);
	line(JUDGE_PS_WHOLE, buf_view(b), e);
	head_text(&h, n, true, t, false);
	printf("\"hI4Payload\":[{\"threeGPP-LI-Notification\":");
	notification_text(&x);
	printf("}]}}\n");
}

/* -- HI1 -- */

/* A moment that two digits of a year can name, in whole seconds; its text is made here from the calendar of the C library. */
static li_us utc_instant(char text[16])
{
	time_t t = (time_t)(any() % UINT32_C(2524608000));
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, 16, "%y%m%d%H%M%SZ", &tm);
	return (li_us)t * LI_US_SECOND;
}

static void hi1(struct buf *b)
{
	static const char *const type[] = { "", "liActivated", "liDeactivated", "liModified", "alarms-indicator" };
	struct ps_head h = head();
	struct buf payload = { 0 };
	char utc[16];
	struct ps_hi1 x = { .module = below(2) ? PS_HI1_ETSI : PS_HI1_3GPP, .type = (enum ps_hi1_type)(1 + below(4)), .liid = h.liid, .time = utc_instant(utc) + below(1000000) };
	uint32_t n = number();
	li_us t = instant();
	enum li_err e;

	x.text = view_of(octets, (x.type == PS_HI1_ALARM) + below(PS_HI1_TEXT_MAX));
	e = ps_hi1_write(&x, &payload);
	if (!e)
		e = ps_enc_payload(&h, n, t, buf_view(&payload), b);
	buf_fini(&payload);
	line(JUDGE_PS, buf_view(b), e);
	head_text(&h, n, true, t, false);
	printf("\"%s\":{\"%s\":{", x.module == PS_HI1_ETSI ? "hI1-Operation" : "threeGPP-HI1-Operation", type[x.type]);
	hex_member("lawfulInterceptionIdentifier", view_of(x.liid.p, x.liid.n));
	printf(",\"timeStamp\":{\"utcTime\":\"%s\"}", utc);
	if (x.text.n)
		printf(",");
	if (x.text.n)
		hex_member(x.type == PS_HI1_ALARM ? "alarm-information" : "target-Information", x.text);
	printf("}}}}\n");
}

/* -- all ---------------------------------------------------------------------------------------------------------------------------- */

int judge_written(uint64_t seed, unsigned rounds)
{
	struct buf b = { 0 };

	state = seed;
	random_octets(octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (uint8_t)('a' + below(26));
	for (size_t i = 0; i < sizeof(digits); i++)
		digits[i] = (char)('0' + below(10));
	for (unsigned r = 0; r < rounds; r++)
		for (unsigned kind = 0; kind < PS_TRI_UNKNOWN + 8; kind++) {
			b.n = 0;
			if (kind < PS_TRI_UNKNOWN)
				tri(&b, (enum ps_tri)kind);
			else if (kind == PS_TRI_UNKNOWN)
				hi4(&b);
			else if (kind == PS_TRI_UNKNOWN + 1)
				container(&b);
			else if (kind == PS_TRI_UNKNOWN + 2)
				hi1(&b);
			else if (kind == PS_TRI_UNKNOWN + 3)
				aggregate(&b);
			else
				(kind & 1 ? iri : cc)(&b);
		}
	buf_fini(&b);
	fprintf(stderr, "# %u PDUs and parts written, %u bad\n", made, bad);
	return bad || ferror(stdout) ? 1 : 0;
}
