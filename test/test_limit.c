/* test_limit.c: what a warrant's scope leaves of what network functions report: services, locations, locations only. */
#include "mediation/limit.h"
#include "test/x_event.h"

#define WHERE " { A2 { A2 { 81 { 'somewhere' } } } }"		/* Location { positioningInfo } */
#define UPDATE "A3 { " EV_SUPI " A6" WHERE " }"
#define BEGIN(more) "A6 { " EV_SUPI " 85 { 05 } " more "8F { 01 } }"
#define MORE(more) "A7 { " EV_SUPI " " more "88 { 05 } }"
#define END(more) "A8 { " EV_SUPI " 84 { 05 } " more "}"

/* L0 all, L1 locations only, L2 no location, L3 that of the beginning and the end. */
static struct x_rig *four(void)
{
	struct x_rig *r = rig_open(4);

	r->w[1].scope.location_only = true;
	memset(r->w[2].scope.location, WARRANT_LOCATION_LIMITED, WARRANT_SERVICES);
	memset(r->w[3].scope.location, WARRANT_LOCATION_LIMITED | WARRANT_LOCATION_BEGIN_END, WARRANT_SERVICES);
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	return r;
}

/* The one that this warrant got of the last n, or one of octets none. */
static const struct item *got(size_t n, char liid)
{
	for (size_t i = n_items - n; i < n_items; i++)
		if (item(i)->liid[1] == liid)
			return item(i);
	return item(SIZE_MAX);
}

/* LI128-122, LI128-123, LI128-124: locations as they come; what bears one becomes a report of it alone; of anything else nothing. */
static void locations_only(void)
{
	struct x_rig *r = four();
	struct item *i;
	size_t n;

	n = rig_event(r, 0, 1, 0, UPDATE, &i);
	CU_ASSERT(is_event(got(n, '1'), UPDATE) && got(n, '1')->type == LI_IRI_REPORT);
	n = rig_event(r, 5, 1, 0, BEGIN("AB" WHERE " "), &i);
	CU_ASSERT(is_event(got(n, '1'), "BF66 { " EV_SUPI " A6" WHERE " }") && got(n, '1')->type == LI_IRI_REPORT && got(n, '1')->cin >= 0);
	CU_ASSERT(is_event(got(n, '0'), BEGIN("AB" WHERE " ")) && got(n, '0')->type == LI_IRI_BEGIN);
	n = rig_event(r, 5, 1, 1, MORE(""), &i);
	CU_ASSERT(n == 3 && !got(n, '1')->n);
	n = rig_event(r, 0, 1, 1, "A2 { 81 { 01 } 82 { 01 } A3 { 81 { '001010000000001' } } }", &i);
	CU_ASSERT(n == 3 && !got(n, '1')->n);
	n_items = 0;
	x3(r, 5, 2, 0, 1);		/* and no content */
	CU_ASSERT(n_items == 3 && !got(3, '1')->n);
	rig_close(r);
}

/* LI128-126, LI128-127, LI128-137: no location, wherever it stands, and no record that is nothing else; or that of the beginning and the end. */
static void locations(void)
{
	struct x_rig *r = four();
	struct item *i;
	size_t n;

	n = rig_event(r, 0, 1, 0, UPDATE, &i);
	CU_ASSERT(n == 2 && !got(n, '2')->n && !got(n, '3')->n);
	n = rig_event(r, 5, 1, 0, BEGIN("AB" WHERE " "), &i);
	CU_ASSERT(n == 4 && is_event(got(n, '2'), BEGIN("")) && is_event(got(n, '3'), BEGIN("AB" WHERE " ")));
	n = rig_event(r, 5, 1, 1, MORE("A7" WHERE " "), &i);
	CU_ASSERT(n == 4 && is_event(got(n, '2'), MORE("")) && is_event(got(n, '3'), MORE("")) && is_event(got(n, '0'), MORE("A7" WHERE " ")));
	n = rig_event(r, 5, 1, 2, END("A9" WHERE " "), &i);
	CU_ASSERT(n == 4 && is_event(got(n, '2'), END("")) && is_event(got(n, '3'), END("A9" WHERE " ")));
	n = rig_event(r, 0, 1, 1, "BF813E { A1" WHERE " A2 { A1 { 80 { 01 } } } }", &i);
	CU_ASSERT(got(n, '0')->n && !got(n, '2')->n && !got(n, '3')->n);
	rig_close(r);
}

/* LI128-128, LI128-126: of a call where it is begun, answered and ended. */
static void calls(void)
{
	static const struct { const char *line, *method; bool edge; } v[] = {
		{ "INVITE sip:b@x SIP/2.0", "INVITE", true }, { "SIP/2.0 180 Ringing", "INVITE", false }, { "SIP/2.0 200 OK", "INVITE", true },
		{ "ACK sip:b@x SIP/2.0", "ACK", false }, { "UPDATE sip:b@x SIP/2.0", "UPDATE", false }, { "SIP/2.0 200 OK", "UPDATE", false },
		{ "BYE sip:b@x SIP/2.0", "BYE", true }, { "SIP/2.0 200 OK", "BYE", true } };
	struct x_rig *r = four();
	char text[400];

	for (size_t k = 0; k < sizeof(v) / sizeof(v[0]); k++) {
		size_t before = n_items, n;
		struct made d;

		snprintf(text, sizeof(text), "%s\r\nCSeq: 1 %s\r\nP-Access-Network-Info: 3GPP-NR;utran-cell-id-3gpp=26201abcd\r\n"
			 "Cellular-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=26202beef\r\nContent-Length: 0\r\n\r\n", v[k].line, v[k].method);
		rig_sip(&d, 5, (int64_t)k, LI_XD_FROM, text);
		rig_x2(r, &d);
		n = n_items - before;
		CU_ASSERT_EQUAL(n, 3);		/* the one for locations only: a message of SIP names nobody it could report on */
		for (char c = '0'; c <= '3'; c++) {
			const struct item *i = got(n, c);
			bool told = c == '0' || (c == '3' && v[k].edge);

			if (c == '1')
				continue;
			CU_ASSERT_EQUAL(memmem(i->octets, i->n, "26201abcd", 9) != NULL, told);
			CU_ASSERT_EQUAL(memmem(i->octets, i->n, "26202beef", 9) != NULL, told);
			CU_ASSERT(memmem(i->octets, i->n, "Content-Length: 0\r\n\r\n", 21) != NULL);
		}
	}
	rig_close(r);
}

/* LI128-206, LI128-207: each warrant gets the services that it is for, of IRI and CC; one that names none gets all. */
static void services(void)
{
	static const char *const v[] = { BEGIN(""), "AC { A1 { 84 { 0B91 } } A2 { " EV_SUPI " } 83 { 02 } 84 { 01 } }", "BF6B { 81 { 'roaming' } }" };
	static const char *const who[] = { "01", "02", "03" };
	struct x_rig *r = rig_open(4);
	struct item *i;

	r->w[1].scope.services = 1u << WARRANT_DATA;
	r->w[2].scope.services = 1u << WARRANT_MESSAGING;
	r->w[3].scope.services = 1u << WARRANT_VOICE;
	CU_ASSERT_EQUAL(rig_apply(r), LI_OK);
	for (size_t k = 0; k < 3; k++) {
		size_t n = rig_event(r, 5 + k, 1, 0, v[k], &i);

		CU_ASSERT_EQUAL(n, 2);
		for (size_t c = 0; c < 2; c++)
			CU_ASSERT(got(n, who[k][c])->n != 0);
	}
	n_items = 0;
	x3(r, 5, 2, 0, 1);		/* a PDU session's */
	CU_ASSERT(n_items == 2 && got(2, '0')->n && got(2, '1')->n);
	CU_ASSERT_EQUAL(rig_event(r, 0, 1, 0, "A2 { 81 { 01 } 82 { 01 } }", &i), 4);	/* of no service */
	rig_close(r);
}

UNIT_MAIN("limit", UNIT(locations_only), UNIT(locations), UNIT(calls), UNIT(services))
