/* fuzz_pfcp.c: a UDP payload of port 8805. */
#include "mediation/proto/pfcp.h"
#include "test/fuzz/touch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void name(struct view v)
{
	char text[LI_DNN_MAX + 1];

	if (pfcp_name_text(v, text) != strlen(text))
		abort();
	touch(v);
}

static void pdrs(const struct pfcp_pdr *p, size_t n)
{
	if (n > PFCP_PDRS)
		abort();
	for (; n--; p++) {
		name(p->network_instance);
		touch(p->ue_mac);
		if (p->n_qfi > sizeof(p->qfi))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pfcp_msg m;
	struct view rest = view_of(data, size);
	const char *what;
	enum li_err e;
	size_t at;

	do {
		size_t before = rest.n;

		e = pfcp_next(&rest, &m, &at, &what);
		touch_error(e, what, at, before);
		if (rest.n && rest.n >= before)
			abort();
		pdrs(m.create_pdr, m.n_create_pdr);
		pdrs(m.update_pdr, m.n_update_pdr);
		pdrs(m.created_pdr, m.n_created_pdr);
		pdrs(m.create_endpoint, m.n_create_endpoint);
		pdrs(m.created_endpoint, m.n_created_endpoint);
		for (size_t i = 0; i < m.n_create_far; i++)
			name(m.create_far[i].network_instance);
		for (size_t i = 0; i < m.n_update_far; i++)
			name(m.update_far[i].network_instance);
		name(m.apn);
		touch(m.user.nai);
		touch(m.user.external_id);
		touch_text(m.user.imsi, sizeof(m.user.imsi));
		touch_text(m.user.imei, sizeof(m.user.imei));
		touch_text(m.user.msisdn, sizeof(m.user.msisdn));
		if (m.n_usage > PFCP_REPORTS || m.n_fqcsid > PFCP_SETS || m.n_remove_pdr > PFCP_PDRS)
			abort();
	} while (e == LI_OK);
	return 0;
}
