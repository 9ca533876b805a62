/*
 * fuzz_products.c: octets as products of X2 and X3 for a task with two warrants, one of them scoped, and another task: eight octets say what
 * (which task, correlation, sender, number, payload format, odd marks, its time), two how long the payload is, and it follows. Between them time
 * goes by and a warrant comes and goes. What is delivered is of the task that the product named and no other, inside its window, with
 * numbers that leave none out; and nothing is left at the end.
 */
#include <ftw.h>
#include <unistd.h>

#include <li/rd.h>

#include "test/x_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the rig asserts is asserted here, too: there is no suite. */
CU_BOOL CU_assertImplementation(CU_BOOL good, unsigned line, const char *what, const char *file, const char *function, CU_BOOL fatal)
{
	(void)line, (void)what, (void)file, (void)function, (void)fatal;
	if (!good)
		abort();
	return good;
}

static const uint16_t formats[] = { LI_XF_33128, LI_XF_33128, LI_XF_SIP, LI_XF_EPS_IRI, LI_XF_33108, LI_XF_102232_1, LI_XF_PS_PAYLOAD, LI_XF_DHCP };
static const uint16_t contents[] = { LI_XF_GTPU, LI_XF_IPV4, LI_XF_IPV6, LI_XF_ETHERNET, LI_XF_RTP, LI_XF_MSRP, LI_XF_MIME, LI_XF_UNSTRUCTURED };

/* Everything delivered since the last call. */
static void look(uint8_t task)
{
	for (size_t i = 0; i < n_items && i < 512; i++)
		if ((item(i)->liid[1] == '2') != (task == 2))
			abort();
	n_items = 0;
}

static void product(struct x_rig *r, uint8_t what, struct rd *in)
{
	uint8_t task = what & 0x10 ? 2 : 1, mark = rd_u8(in), how;
	struct made d;
	struct view v;

	make(&d, what & 1, task, rd_u8(in) & 3, rd_u8(in) % 20 + 1, (what & 2) ? rd_u8(in) : -1);
	how = rd_u8(in);
	d.pdu.format = (what & 1 ? contents : formats)[how & 7];
	d.p.direction = (uint8_t)((how >> 3 & 7) % 5 + 1);
	d.pdu.direction = d.p.direction;
	d.p.odd = mark & 1 ? X_ODD_AHEAD : mark & 2 ? X_ODD_FORMAT : 0;
	d.p.time += ((int)rd_u8(in) - 128) * LI_US_SECOND / 16;
	if (mark & 4) {
		d.p.flow.has = X_FLOW_SOURCE | X_FLOW_DESTINATION | X_FLOW_SPORT | X_FLOW_DPORT;
		d.p.flow.source = li_addr4("\x0a\x00\x00\x01");
		d.p.flow.destination = li_addr4("\x0a\x00\x00\x02");
	}
	if (mark & 8)
		d.p.sdp = view_str("v=0");
	v = rd_take(in, rd_u16(in) % 1500);
	if (mark & 16) {
		d.p.matched[0] = d.p.other[0] = v;
		d.p.n_matched = d.p.n_other = 1;
	}
	if (in->err)
		return;
	d.pdu.payload = v;
	d.pdu.payload_len = (uint32_t)v.n;
	if (what & 1) {
		x3_of(r, &d);
	} else {
		mediate_turn_begin(r->m);
		iri_mediate(r->x, &d.p);
		mediate_turn_end(r->m);
	}
	look(task);
}

static void order(struct x_rig *r, uint8_t what)
{
	r->n = 3;
	r->w[0].end = what & 0x10 ? clock_now + LI_US_SECOND : LI_US_NEVER;
	r->w[1].scope.location[0] = r->w[1].scope.location[1] = what & 0x20 ? WARRANT_LOCATION_LIMITED : 0;
	r->w[1].scope.location_only = what & 0x40;
	r->w[1].hi3 = !(what & 8);
	r->w[0].scope.truncate_sms = what & 4;
	r->w[1].start = what & 0x80 ? clock_now + LI_US_SECOND : 0;
	if (rig_apply(r))
		abort();
	n_items = 0;	/* starts of interception: of either task */
}

static struct x_rig *rig;

static int rm(const char *p, const struct stat *st, int kind, struct FTW *f)
{
	(void)st, (void)kind, (void)f;
	return remove(p);
}

static void gone(void)
{
	store_close(rig->store);
	nftw(rig->dir, rm, 16, FTW_DEPTH | FTW_PHYS);
}

static void first(void)
{
	rig = rig_open(3);
	rig->w[2].xid.b[0] = 2;
	rig->w[2].target[0].text = view_str("001010000000002");
	rig_down(rig);
	atexit(gone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(view_of(data, size));

	if (!rig)
		first();
	n_items = n_numbers = n_audits = 0;
	rig_up(rig);
	order(rig, 0);
	while (rd_left(&in) && !in.err && n_numbers < 200) {
		uint8_t what = rd_u8(&in);

		switch (what >> 2 & 3) {
		case 0: case 1:
			product(rig, what, &in);
			break;
		case 2:
			rig_now(rig, clock_now + (what >> 4) * LI_US_SECOND / 4);
			products_tick(rig->x);
			rig_settle(rig);
			break;
		default:
			order(rig, what);
		}
		n_items = 0;
	}
	rig->n = 0;
	if (rig_apply(rig) || rig->x->n_comms || rig->x->n_products)
		abort();
	rig->n = 3;
	rig_down(rig);
	return 0;
}
