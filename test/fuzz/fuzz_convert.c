/* fuzz_convert.c: one X3 PDU as it comes off the wire, in every family: what comes out lies inside it, and fits the record that it goes into.
 * Input: the PDU. */
#include "asn1/cc_template.h"
#include "mediation/x/convert.h"
#include "test/fuzz/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct view v, struct view outer)
{
	if (v.n && (v.p < outer.p || v.p + v.n > outer.p + outer.n))
		abort();
	touch(v);
}

static void record(const struct converted *c)
{
	static struct cc_template *t;
	struct ps_head h = { .gen_header = 33, .liid = { 4, "LI-1" }, .operator_id = view_str("OP01") };
	const struct hm_packet *p = &c->packet;
	enum li_err e;

	if (!t)
		t = cc_template_new(&h, 19, 3, &e);
	for (unsigned gtpu = 0; gtpu < 2; gtpu++) {
		struct ps_cc cc = { .form = p->form, .inner_kind = p->inner_kind, .has_qfi = p->has_qfi, .qfi = p->qfi, .dir = p->dir, .release = 19,
				    .version = 3, .octets = p->inner, .beside = p->beside };
		struct buf slow;
		uint8_t *fast;
		size_t n;

		if (gtpu && (p->form != PS_CC_EXTENDED || p->inner_kind != PS_INNER_IP || !p->gtpu.n))
			break;
		if (gtpu) {
			cc.form = PS_CC_GTPU;
			cc.octets = p->gtpu;
		}
		buf_init(&slow, 0);
		e = ps_enc_cc(&h, &cc, 1, 5, &slow);
		n = cc_template_size(t, &cc, 1, 5);
		if (!e) {
			fast = malloc(n);
			cc_template_write(t, &cc, 1, 5, fast, n);
			if (!view_eq(view_of(fast, n), buf_view(&slow)))
				abort();
			free(fast);
		} else if (e != LI_ERANGE || n <= LI_PDU_MAX) {
			abort();
		}
		buf_fini(&slow);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = view_of(data, size), payload;
	struct li_x_pdu pdu;
	struct x_pdu x;

	if (li_x_decode(v, &pdu) || pdu.type != LI_X_X3)
		return 0;
	payload = pdu.payload;
	x_pdu_read(&pdu, &x);
	for (enum ps_family f = 0; f <= PS_FAMILIES; f++) {
		struct converted c;
		enum convert_why why = convert(&x, f, 7, &c);

		touch(view_str(convert_text(why)));
		if (!convert_good(why))
			continue;
		if (ps_family(c.packet.form) != f || c.packet.form == PS_CC_GTPU)
			abort();
		inside(c.packet.inner, payload);
		inside(c.packet.gtpu, payload);
		if (c.packet.beside) {
			inside(c.packet.beside->front, view_of(c.front, sizeof(c.front)));
			inside(c.packet.beside->sdp, v);
			touch(c.packet.beside->mime_type);
			inside(c.packet.beside->transaction, payload);
		}
		record(&c);
	}
	return 0;
}
