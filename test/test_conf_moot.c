/* test_conf_moot.c: what --check says of options without effect: each row of moot.tbl with an example, what a profile brought along, warrants, and mdfd.yaml. */
#include <stdlib.h>

#include "handover/df.h"
#include "mediation/conf_read.h"
#include "test/said.h"
#include "test/unit.h"

#define HEAD "mdf: {operator_id: OP01, element_id: MDF-1}\ntls: {certificate: c, key: k, ca: a}\nspool: {}\n"
#define DID "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e0"

/* In the order of the rows: what says it, and nothing else; what lacks only the cause. */
static const struct { const char *said, *sound; } example[] = {
	{ "without_acknowledgement: refuse", "without_acknowledgement: refuse, negotiation: yes" },
	{ "without_acknowledgement: refuse, negotiation: yes, success: tcp", "without_acknowledgement: refuse, negotiation: yes" },
	{ "timers: {NEGOTIATION: 5s}", "timers: {NEGOTIATION: 5s}, negotiation: try" },
	{ "timers: {TIME4: 30s}, success: tcp", "timers: {TIME4: 30s}" },
	{ "timers: {TIME5: 70s}, success: written", "timers: {TIME5: 70s}" },
	{ "timers: {TIME6: 2s}, success: further", "timers: {TIME6: 2s}" },
	{ "timers: {QUIET: 5m}", "timers: {QUIET: 5m}, success: further" },
	{ "timers: {IDLE: 5m}", "timers: {IDLE: 5m}, connection: as-required" },
	{ "keepalive_when_closed: yes", "keepalive_when_closed: yes, connection: as-required" },
	{ "padding: {every: 60s}, connection: as-required", "padding: {every: 59s}, connection: as-required" },
	{ "padding: {size: 1KiB}", "padding: {size: 1KiB, every: 9s}" },
	{ "addresses_use: spread, lanes: 2", "addresses_use: spread, lanes: 2, addresses: \"i:2\"" },
	{ "addresses_use: spread, addresses: \"i:2\"", "addresses_use: spread, addresses: \"i:2\", lanes: 2" },
	{ "return: no", "return: no, addresses: \"i:2\"" },
	{ "timers: {RETURN: 1m}", "timers: {RETURN: 1m}, addresses: \"i:2\"" },
	{ "timers: {RETURN: 1m}, addresses: \"i:2\", return: no", "timers: {RETURN: 1m}, addresses: \"i:2\"" },
	{ "addresses: [\"i:2\", \"192.0.2.1:1\"]", "addresses: [\"i:2\", \"192.0.2.1:2\"]" },
	{ "family: ipv6", "family: ipv6, addresses: \"[::1]:1\"" },
	{ "connections: shared, delivery: HI2Only", "connections: shared" },
	{ "cc_form: uPFCCPDU, delivery: HI2Only", "cc_form: uPFCCPDU" },
	{ "aggregation: {cc: 2}, delivery: HI2Only", "aggregation: {cc: 2}" },
	{ "aggregation: {iri: 2}, delivery: HI3Only", "aggregation: {iri: 2}" },
	{ "aggregation: {octets: 8KiB}", "aggregation: {octets: 8KiB, cc: 2}" },
	{ "aggregation: {delay: 1s, cc: 1}", "aggregation: {delay: 1s, iri: 2}" },
	{ "aggregation: {time: items}", "aggregation: {time: items, cc: 2}" },
	{ "segment: 8KiB, delivery: HI2Only", "segment: 8KiB" },
	{ "encryption: {type: none, iv_order: little}", "encryption: {type: AES-192-CBC, key: k, iv_order: little}" },
	{ "encryption: {type: none, tri: yes}", "encryption: {type: AES-192-CBC, key: k, tri: yes}" },
	{ "messages: none, message_numbers: zero", "message_numbers: zero" },
	{ "messages: none, message_charset: ascii", "message_charset: ascii" },
	{ "queue: 128KiB", "queue: 128KiB, spill: none" },
	{ "spill: iri, spill_limit: 1GiB, delivery: HI3Only", "spill: all, spill_limit: 1GiB, delivery: HI3Only" },
	{ "spread: liid", "spread: liid, lanes: 2" },
	{ "lane_leave: 1s", "lane_leave: 1s, lanes: 2" },
	{ "backlog_contexts: split", "backlog_contexts: split, backlog: second" },
	{ "backlog_over: 1MiB", "backlog_over: 1MiB, backlog: second" },
	{ "backlog_over: 33MiB, backlog: second, spill: none", "backlog_over: 33MiB, backlog: second" },
	{ "backlog_late: 1s", "backlog_late: 1s, backlog: second" },
	{ "integrity: {hash: none, hashTimeout: 2s}", "integrity: {hash: SHA-256, hashTimeout: 2s}" },
	{ "integrity: {hash: none, dataPduCount: 2}", "integrity: {hash: SHA-256, dataPduCount: 2}" },
	{ "integrity: {hash: none, first_number: 1}", "integrity: {hash: SHA-256, first_number: 1}" },
	{ "integrity: {hash: none, hash_algorithm: no}", "integrity: {hash: SHA-256, hash_algorithm: no}" },
	{ "integrity: {hash: SHA-256, hash_algorithm: all}", "integrity: {hash: SHA-256, hash_algorithm: all, sign: s}" },
	{ "integrity: {hash: none, sign: s}", "integrity: {hash: SHA-256, sign: s}" },
	{ "integrity: {hash: SHA-256, signTimeout: 9s}", "integrity: {hash: SHA-256, signTimeout: 9s, sign: s}" },
	{ "integrity: {hash: SHA-256, hashPduCount: 9}", "integrity: {hash: SHA-256, hashPduCount: 9, sign: s}" },
	{ "integrity: {hash: SHA-256, signed: payload}", "integrity: {hash: SHA-256, signed: payload, sign: s}" },
	{ "ps_version: 43, integrity: {hash: SHA-256, signature_algorithm: yes}", "ps_version: 43, integrity: {hash: SHA-256, signature_algorithm: yes, sign: s}" },
	{ "ps_version: 42, integrity: {hash: SHA-256, signature_algorithm: yes, sign: s}", "ps_version: 43, integrity: {hash: SHA-256, signature_algorithm: yes, sign: s}" },
	{ "tls: {ciphers: X, min_version: 1.3}", "tls: {ciphers: X}" },
};

static const struct { const char *key, *why; } row[] = {
#define MOOT(key, member, when, why) { key, why },
#include "mediation/moot.tbl"
#undef MOOT
};
#define ROWS (sizeof(row) / sizeof(row[0]))

static char *dir;

/* What is told of this mdfd.yaml and warrants.yaml; faults of theirs are said as well. */
static void told(const char *conf, const char *warrants, struct said *s)
{
	char *file = file_in(dir, "mdfd.yaml", conf);
	struct view v = view_str(warrants ? warrants : "");
	struct conf_warrants *w = NULL;
	struct conf *c;

	s->n = 0;
	c = conf_load(file, said_add, s);
	CU_ASSERT_PTR_NOT_NULL(c);
	if (c && warrants) {
		w = conf_warrants_load(c, "w.yaml", &v, NULL, NULL, said_add, s);
		CU_ASSERT_PTR_NOT_NULL(w);
	}
	if (c)
		conf_moot_tell(c, w, said_add, s);
	if (!c || (warrants && !w))
		said_print(s);
	conf_warrants_free(w);
	conf_free(c);
	free(file);
}

static void of_dest(const char *conf, const char *options, struct said *s)
{
	char text[1024];

	snprintf(text, sizeof(text), "destinations:\n  - {did: " DID "1, name: A, address: \"192.0.2.1:1\", peer_name: p%s%s}\n", *options ? ", " : "", options);
	told(conf, text, s);
}

static void each_row(void)
{
	struct said s;

	CU_ASSERT_EQUAL_FATAL(sizeof(example) / sizeof(example[0]), ROWS);
	of_dest(HEAD, "", &s);
	CU_ASSERT_EQUAL(s.n, 0);
	for (size_t i = 0; i < ROWS; i++) {
		char line[512];

		snprintf(line, sizeof(line), "w.yaml:2: destinations[0].%s: warning: %s", row[i].key, row[i].why);
		of_dest(HEAD, example[i].said, &s);
		CU_ASSERT(s.n == 1 && strcmp(s.line[0], line) == 0);
		if (s.n != 1 || strcmp(s.line[0], line) != 0) {
			fprintf(stderr, "  wanted: %s\n", line);
			said_print(&s);
		}
		of_dest(HEAD, example[i].sound, &s);
		CU_ASSERT_EQUAL(s.n, 0);
		if (s.n)
			said_print(&s);
	}
}

/* What came with a profile and was switched off by the destination is nothing to tell; what a profile says in vain is, where it is taken. */
static void of_profiles(void)
{
	struct said s;

#define P HEAD "profiles:\n  - {name: p, lanes: 4, lane_leave: 9s, segment: 8KiB, integrity: {hash: SHA-256, sign: s, signTimeout: 9s}}\n  - {name: q, backlog_late: 3s}\n"
	of_dest(P, "profile: p", &s);
	CU_ASSERT_EQUAL(s.n, 0);
	of_dest(P, "profile: p, lanes: 1, integrity: {hash: none}, delivery: HI2Only", &s);
	CU_ASSERT_EQUAL(s.n, 0);
	of_dest(P, "profile: p, lanes: 1, lane_leave: 8s", &s);
	CU_ASSERT(s.n == 1 && said(&s, "destinations[0].lane_leave: warning:"));
	of_dest(P, "profile: q", &s);
	CU_ASSERT(s.n == 1 && said(&s, "destinations[0].backlog_late: warning:"));
	of_dest(P, "profile: q, backlog: second", &s);
	CU_ASSERT_EQUAL(s.n, 0);
	told(P "x1: {listen: 192.0.2.1, ne_id: M, admf_id: B, destination_profiles: [{profile: p, match: a}, {profile: q, spread: liid}]}\n", NULL, &s);
	CU_ASSERT(s.n == 2 && said(&s, "x1.destination_profiles[1].backlog_late: warning:") && said(&s, "x1.destination_profiles[1].spread: warning:"));
#undef P
}

#define DESTS "destinations:\n  - {did: " DID "1, name: A, address: \"h:1\", peer_name: p, aggregation: {cc: 2, iri: 2}, segment: 8KiB}\n" \
	"  - {did: " DID "2, name: B, address: \"h:2\", peer_name: p, aggregation: {cc: 3}}\n" \
	"  - {did: " DID "3, name: C, address: \"h:3\", peer_name: p, delivery: HI2Only}\n"
#define WARRANT(more) "warrants:\n  - {liid: A, xid: 29f28e1c-f230-486a-a860-f5a784ab9172, start: 2026-01-01T00:00:00Z, end: never, targets: [{supiimsi: \"001010000000001\"}], " more "}\n"

static void of_warrants(void)
{
	struct said s;

	told(HEAD, DESTS WARRANT("delivery: HI2andHI3, destinations: [" DID "1]"), &s);
	CU_ASSERT_EQUAL(s.n, 0);
	told(HEAD, DESTS WARRANT("delivery: HI2andHI3, destinations: [" DID "1, " DID "2]"), &s);
	CU_ASSERT(s.n == 2 && said(&s, "w.yaml:6: warrants[0].destinations: warning: not all of them have agreed to aggregation.iri") && said(&s, "agreed to segment: it"));
	told(HEAD, DESTS WARRANT("delivery: HI3Only, destinations: [" DID "1, " DID "3]"), &s);
	CU_ASSERT_EQUAL(s.n, 0);		/* the other one takes no content */
	told(HEAD, DESTS WARRANT("delivery: HI2Only, truncate_tp_user_data: yes, location_only: yes, location: none, product_id: 29f28e1c-f230-486a-a860-f5a784ab9173, "
				 "destinations: [" DID "3]"), &s);
	CU_ASSERT(s.n == 3 && said(&s, "truncate_tp_user_data: warning:") && said(&s, "location_only: warning:") && said(&s, "product_id: warning:"));
	CU_ASSERT(!said(&s, "29f28e1c"));
	told(HEAD "x2x3: {listen: \"192.0.2.1:1\", peers: a}\n",
	     DESTS WARRANT("delivery: HI2andHI3, truncate_tp_user_data: yes, location_only: yes, product_id: 29f28e1c-f230-486a-a860-f5a784ab9173, destinations: [" DID "1]"), &s);
	CU_ASSERT_EQUAL(s.n, 0);
}

static void of_file(void)
{
	static const struct { const char *conf, *line; } bad[] = {
		{ "mdf: {operator_id: O, element_id: M}\ntls: {certificate: c, key: k, ca: a, min_version: 1.3, ciphers: X}\n", "mdfd.yaml: tls.ciphers: warning:" },
		{ "mdf: {operator_id: O, element_id: M, start_empty: yes, resume_within: 1m}\ntls: {certificate: c, key: k, ca: a}\n", "mdf.resume_within: warning:" },
		{ HEAD "metrics: {listen: \"127.0.0.1:9\", tls: {ca: x}}\n", "metrics.tls: warning:" },
		{ HEAD "x1: {listen: 192.0.2.1, ne_id: M, admf_id: B, keepalive: no, TIME_P2: 2h}\n", "mdfd.yaml:4: x1: TIME_P2: warning:" },
		{ HEAD "x1: {listen: 192.0.2.1, ne_id: M, admf_id: B, destination_profiles: [{match: b}, {match: \"*\"},\n {match: a}]}\n",
		  "mdfd.yaml:5: x1.destination_profiles[2]: warning: the one in line 4 matches" },
		{ HEAD "taps: [{name: a, interface: e},\n {name: b, interface: e}]\n", "mdfd.yaml:5: taps[1].interface: warning: the tap in line 4" },
		{ HEAD "x2x3: {listen: [{address: \"192.0.2.1:1\", peers: a}], peers: b}\n", "mdfd.yaml:4: x2x3.peers: warning:" },
		{ HEAD "x2x3: {listen: \"192.0.2.1:1\", peers: b, tls: {min_version: 1.3, ciphers: X}}\n", "mdfd.yaml:4: x2x3.tls.ciphers: warning:" },
	};
	struct said s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		told(bad[i].conf, NULL, &s);
		CU_ASSERT(s.n == 1 && said(&s, bad[i].line));
		if (s.n != 1)
			said_print(&s);
	}
	told("mdf: {operator_id: O, element_id: M, start_empty: yes, resume_within: 0s}\ntls: {certificate: c, key: k, ca: a, min_version: 1.2, ciphers: X}\n"
	     "metrics: {listen: \"192.0.2.1:9\", peers: [m], tls: {ca: x}}\nx1: {listen: 192.0.2.1, ne_id: M, admf_id: B, TIME_P2: 2h}\n"
	     "taps: [{name: a, interface: e}, {name: b, interface: e, filter: tcp}, {name: c, interface: f}]\nx2x3: {listen: [\"192.0.2.1:1\", {address: \"192.0.2.1:2\", peers: a}], peers: b, tls: {ciphers: X}}\n", NULL, &s);
	CU_ASSERT_EQUAL(s.n, 0);
	said_print(&s);
	/* the floor of mdfd.yaml is a destination's, too */
	of_dest("mdf: {operator_id: O, element_id: M}\ntls: {certificate: c, key: k, ca: a, min_version: 1.3}\n", "tls: {ciphers: X}", &s);
	CU_ASSERT(s.n == 1 && said(&s, "destinations[0].tls.ciphers: warning:"));
}

static void all(void (*test)(void))
{
	dir = folder_new();
	test();
	folder_remove(dir);
}

static void rows(void) { all(each_row); }
static void profiles(void) { all(of_profiles); }
static void warrants(void) { all(of_warrants); }
static void file(void) { all(of_file); }

UNIT_MAIN("conf_moot", UNIT(rows), UNIT(profiles), UNIT(warrants), UNIT(file))
