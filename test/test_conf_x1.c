/* test_conf_x1.c: mdfd.yaml's x1: one ADMF, several, what holds where nothing is said, what is refused and how. */
#include "mediation/conf.h"
#include "test/said.h"
#include "test/unit.h"

#define HEAD "mdf: {operator_id: OP01, element_id: MDF-1, ts33128_release: r18v4}\ntls: {certificate: c, key: k, ca: a}\n"

static struct conf *load(const char *text, struct said *s)
{
	char *dir = folder_new(), *file = file_in(dir, "mdfd.yaml", text);
	struct conf *c;

	s->n = 0;
	c = conf_load(file, said_add, s);
	free(file);
	folder_remove(dir);
	return c;
}

/* As little as it takes: TS 103 221-1's own values hold. X1-HTTP-003, X1-HTTP-005, X1-MSG-017, X1-KA-002, X1-KA-003 */
static void one(void)
{
	struct said s;
	struct conf *c = load(HEAD "x1: {listen: 192.0.2.1, ne_id: MDF-1, peers: [admf.example, b.example], admf_url: \"https://admf.example:8444/\"}\n", &s);
	const struct conf_x1 *x;

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	x = c->x1;
	CU_ASSERT_STRING_EQUAL(x->listen, "192.0.2.1:443");
	CU_ASSERT_STRING_EQUAL(x->path, "/X1/NE");
	CU_ASSERT(x->time1 == 5 * LI_US_SECOND && x->time2 == 15 * LI_US_SECOND && x->max_body == LI_X1_OCTETS);
	CU_ASSERT(x->n_admfs == 1 && x->n_profiles == 0);
	CU_ASSERT_STRING_EQUAL(x->admf[0].admf_id, "admf.example");
	CU_ASSERT_STRING_EQUAL(x->admf[0].ne_id, "MDF-1");
	CU_ASSERT_STRING_EQUAL(x->admf[0].url, "https://admf.example:8444/X1/ADMF");
	CU_ASSERT(x->admf[0].n_peers == 2 && x->admf[0].keepalive && x->admf[0].time_p2 == 3600 * LI_US_SECOND);
	CU_ASSERT(x->admf[0].deactivate_all && x->admf[0].remove_all && x->admf[0].delete_all_objects && !x->admf[0].has_country);
	conf_free(c);
}

static void several(void)
{
	struct said s;
	struct conf *c = load(HEAD "spool: {}\nx1:\n  listen: \"[::1]:8443\"\n  path: /li/x1\n  tls: {certificate: x1.crt, key: x1.key}\n  max_body: 1MiB\n"
		"  TIME1: 2s\n  TIME2: 4s\n  admfs:\n"
		"    - {admf_id: ADMF 1, ne_id: NE 1, keepalive: no, authorization_country: NL}\n"
		"    - {admf_id: ADMF-2, ne_id: NE-2, peers: admf2.example, TIME_P2: 10m, deactivate_all: no, remove_all: no, delete_all_objects: no,\n"
		"       end_of_task: purge, admf_url: \"https://h/li\"}\n"
		"  destination_profiles:\n"
		"    - {match: \"agency-a*\", peer_name: \"{name}.lemf.example\", success: tcp, cc_form: uPFCCPDU, timers: {TIME1: 3s}, spill: none, tls: {ca: a.crt}}\n"
		"    - {ts33128_release: r17v6, connections: shared, ps_version: 43}\n", &s);
	const struct conf_x1 *x;

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	x = c->x1;
	CU_ASSERT_STRING_EQUAL(x->listen, "[::1]:8443");
	CU_ASSERT_STRING_EQUAL(x->path, "/li/x1");
	CU_ASSERT(x->certificate[0] == '/' && !x->ca && x->n_admfs == 2 && x->n_profiles == 2);
	CU_ASSERT_STRING_EQUAL(x->admf[0].peer[0], "ADMF 1");
	CU_ASSERT(!x->admf[0].keepalive && x->admf[0].has_country && !x->admf[0].url && x->admf[1].keepalive);
	CU_ASSERT(x->admf[1].time_p2 == 600 * LI_US_SECOND && !x->admf[1].deactivate_all && !x->admf[1].remove_all && !x->admf[1].delete_all_objects);
	CU_ASSERT(!x->admf[0].purge && x->admf[1].purge);
	CU_ASSERT_STRING_EQUAL(x->admf[1].url, "https://h/li");
	CU_ASSERT_STRING_EQUAL(x->profile[0].match, "agency-a*");
	CU_ASSERT_STRING_EQUAL(x->profile[0].d.peer_name, "{name}.lemf.example");
	CU_ASSERT(x->profile[0].d.success == HM_TCP && x->profile[0].d.cc_form == PS_CC_GTPU && x->profile[0].d.time1 == 3 * LI_US_SECOND);
	CU_ASSERT(x->profile[0].d.spill == HM_SPILL_NONE && x->profile[0].d.release == 18 && x->profile[0].d.version == 4 && x->profile[0].d.ca[0] == '/');
	CU_ASSERT(!x->profile[1].match && x->profile[1].d.spill == HM_SPILL_IRI && x->profile[1].d.release == 17 && x->profile[1].d.shared && x->profile[1].d.gen_header == 43);
	conf_free(c);
}

#define EIGHT(n) "{admf_id: a" n ", ne_id: n" n ", peers: [p, q, r, s, t, u, v, w]}"
static const struct { const char *text, *why; } faulty[] = {
	{ "{listen: 192.0.2.1, admfs: [" EIGHT("1") ", " EIGHT("2") ", " EIGHT("3") ", " EIGHT("4") ", " EIGHT("5") ", " EIGHT("6") ", " EIGHT("7")
	  ", " EIGHT("8") ", " EIGHT("9") "]}", "more than 64 peers" },
	{ "{ne_id: a, peers: [b]}", "x1.listen: is missing" },
	{ "{listen: host, ne_id: a, peers: [b]}", "x1.listen: ADDRESS or ADDRESS:PORT" },
	{ "{listen: \"unix:x\", ne_id: a, peers: [b]}", "x1.listen: ADDRESS or ADDRESS:PORT" },
	{ "{listen: 192.0.2.1, peers: [b]}", "x1: ne_id: is missing" },
	{ "{listen: 192.0.2.1, ne_id: a}", "x1: admf_id or peers is needed" },
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: \"b  c\"}", "x1.admf_id: blanks stand alone" },
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, path: X1}", "x1.path: a path is expected" },
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, path: /a?b}", "x1.path: a path is expected" },
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, TIME2: 9s}", "x1: TIME2 must be at least twice TIME1" },	/* X1-MSG-017 */
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, tls: {certificate: x}}", "x1: tls: certificate and key belong together" },
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, admf_url: \"http://h/\"}", "x1.admf_url: https://HOST" },
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, max_body: 1KiB}", "x1.max_body: must be from" },
	{ "{listen: 192.0.2.1, ne_id: a, admfs: [{admf_id: b, ne_id: c}]}", "each has its keys in the list" },
	{ "{listen: 192.0.2.1, admfs: [{admf_id: b, ne_id: c}, {admf_id: b, ne_id: d}]}", "two have one admf_id" },
	{ "{listen: 192.0.2.1, admfs: [{admf_id: b, ne_id: c}, {admf_id: d, ne_id: c}]}", "two have one ne_id" },	/* X1-SEC-013 */
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, destination_profiles: [{spill: iri}]}", "spill: mdfd.yaml names no spool" },
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, destination_profiles: [{did: x}]}", "unknown key" },
	{ "{listen: 192.0.2.1, ne_id: a, admf_id: b, destination_profiles: [{timers: {TIME5: 1s}}]}", "TIME5 must be longer" },
};

static void faults(void)
{
	for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
		char text[1024];
		struct said s;
		struct conf *c;
		bool good;

		snprintf(text, sizeof(text), HEAD "x1: %s\n", faulty[i].text);
		c = load(text, &s);
		good = !c && said(&s, faulty[i].why);
		CU_ASSERT(good);
		if (!good) {
			fprintf(stderr, "fault %zu: %s\n", i, faulty[i].why);
			said_print(&s);
		}
		conf_free(c);
	}
}

static void on_left(void *arg, const char *key)
{
	strcat(strcat(arg, key), " ");
}

/* A reload: all is taken but where it listens and who its ADMFs are; that is named. */
static void taken(void)
{
	struct said s;
	char left[256] = "";
	struct conf *a = load(HEAD "x1: {listen: 192.0.2.1, ne_id: a, admf_id: b, tls: {ca: x}}\n", &s);
	struct conf *b = load(HEAD "x1: {listen: 192.0.2.1, ne_id: a, admf_id: b, peers: [p, q], admf_url: \"https://h\", keepalive: no, deactivate_all: no, TIME_P2: 7s,"
		" TIME1: 2s, max_body: 1MiB, tls: {ca: y}, destination_profiles: [{success: tcp, peer_name: z}]}\n", &s);
	struct conf *c = load(HEAD "x1: {listen: 192.0.2.2, path: /else, ne_id: other, admf_id: b, keepalive: yes, TIME1: 3s}\n", &s);
	struct conf *d = load(HEAD, &s);
	const char *ne;

	CU_ASSERT_FATAL(a && b && c && d);
	ne = a->x1->admf[0].ne_id;
	conf_take(a, b, on_left, left);
	CU_ASSERT_STRING_EQUAL(left, "");
	CU_ASSERT(a->x1->ca[strlen(a->x1->ca) - 1] == 'y' && a->x1->time1 == 2 * LI_US_SECOND && a->x1->max_body == 1 << 20);
	CU_ASSERT(a->x1->admf[0].n_peers == 2 && strcmp(a->x1->admf[0].peer[1], "q") == 0 && strcmp(a->x1->admf[0].url, "https://h/X1/ADMF") == 0);
	CU_ASSERT(!a->x1->admf[0].keepalive && !a->x1->admf[0].deactivate_all && a->x1->admf[0].time_p2 == 7 * LI_US_SECOND);
	CU_ASSERT(a->x1->n_profiles == 1 && strcmp(a->x1->profile[0].d.peer_name, "z") == 0);
	CU_ASSERT_PTR_EQUAL(a->x1->admf[0].ne_id, ne);	/* threads have it */
	conf_free(b);
	conf_take(a, c, on_left, left);
	CU_ASSERT_STRING_EQUAL(left, "x1.listen x1.path x1.admfs ");
	CU_ASSERT(!a->x1->admf[0].keepalive && a->x1->admf[0].n_peers == 2);	/* of an ADMF all or nothing */
	CU_ASSERT(a->x1->time1 == 3 * LI_US_SECOND && a->x1->n_profiles == 0 && strcmp(a->x1->listen, "192.0.2.1:443") == 0);
	left[0] = 0;
	conf_take(a, d, on_left, left);
	CU_ASSERT_STRING_EQUAL(left, "x1 ");
	conf_free(a);
	conf_free(c);
	conf_free(d);
}

UNIT_MAIN("conf_x1", UNIT(one), UNIT(several), UNIT(faults), UNIT(taken))
