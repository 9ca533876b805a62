/* test_conf_warrants.c: warrants.yaml: what is read, and every way in which warrants do not fit together. */
#include "asn1/ps_aggregate.h"
#include "asn1/ps_wrap.h"
#include "mediation/conf.h"
#include "mediation/warrant/target.h"
#include "test/said.h"
#include "test/unit.h"

#define DID1 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01"
#define DID2 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e02"
#define XID1 "29f28e1c-f230-486a-a860-f5a784ab9172"
#define XID2 "29f28e1c-f230-486a-a860-f5a784ab9173"
#define XID3 "29f28e1c-f230-486a-a860-f5a784ab9174"
#define DEST(did, name, more) "  - {did: " did ", name: " name ", address: \"127.0.0.1:50001\", peer_name: p" more "}\n"
#define DESTS "destinations:\n" DEST(DID1, "a", "") DEST(DID2, "b", "")
#define WARRANT(liid, xid, did, target, more) "  - {liid: " liid ", xid: " xid ", delivery: HI2andHI3, " \
	"start: 2026-01-01T00:00:00Z, end: 2027-01-01T00:00:00Z, targets: [" target "], destinations: [" did "]" more "}\n"
#define IMSI1 "supiimsi: \"001010000000001\""
#define IMSI2 "supiimsi: \"001010000000002\""

static struct conf_warrants *load(const char *text, struct said *s)
{
	struct view v = view_str(text);

	s->n = 0;
	return conf_warrants_load(NULL, "w.yaml", &v, NULL, NULL, said_add, s);
}

static void example(void)
{
	struct said s = { .n = 0 };
	struct conf_warrants *w = conf_warrants_load(NULL, "mediation/pkg/warrants.yaml", NULL, NULL, NULL, said_add, &s);
	const struct hm_dest_conf *d;

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(w->n_dests == 1 && w->n_warrants == 1);
	d = &w->dest[0];
	CU_ASSERT_STRING_EQUAL(d->name, "agency-a");
	CU_ASSERT_STRING_EQUAL(d->host, "127.0.0.1");
	CU_ASSERT_EQUAL(d->port, 50001);
	CU_ASSERT(d->hi2 && d->hi3 && d->success == HM_ACKNOWLEDGED && !d->shared && d->cc_form == PS_CC_EXTENDED);
	CU_ASSERT(d->time_form == PS_TIME_MICRO && d->release == 19 && d->version == 3 && d->queue == 32u << 20);
	CU_ASSERT(d->time1 == 120 * LI_US_SECOND && d->time6 == LI_US_SECOND && d->reconnect == LI_US_SECOND);
	CU_ASSERT_EQUAL(w->warrant[0].start, INT64_C(1767225600000000));
	CU_ASSERT(w->warrant[0].hi2 && w->warrant[0].hi3 && w->warrant[0].has_auth_country);
	CU_ASSERT(w->warrant[0].n_targets == 1 && w->warrant[0].target[0].kind == LI_ID_IMSI);
	CU_ASSERT(w->warrant[0].n_dests == 1);
	conf_warrants_free(w);
}

static void all_of_a_destination(void)
{
	struct said s;
	struct conf c = { .release = 17, .version = 4 };
	struct view v = view_str("destinations:\n" DEST(DID1, "a", "") "  - {did: " DID2 ", name: b, address: \"[2001:db8::1]:1\", "
		"peer_name: p, delivery: HI3Only, success: tcp, connections: shared, cc_form: uPFCCPDU, time_form: generalized, "
		"ts33128_release: r16v5, ps_version: 43, timers: {TIME1: 2m, TIME2: 30s, TIME3: 60s, TIME4: 59s, TIME6: 2s, NEGOTIATION: 5s, IDLE: 3s, QUIET: 1m, RETURN: 7s}, reconnect: 500ms, queue: 1GiB, "
		"negotiation: try, without_acknowledgement: written, connection: as-required, keepalive_when_closed: yes, "
		"rate: 100Mbit/s, burst: 1MiB, padding: {rate: 64kbit/s, size: 100B}, "
		"addresses: [\"b.example:2\", \"[2001:db8::2]:3\"], family: ipv6, return: no, "
		"hi4: no, hi1: threeGPP, test_pdu: yes, cin_reset: at-activation, messages: all, message_numbers: zero, message_charset: iso-8859-1, "
		"tls: {certificate: b.crt, key: /b.key, min_version: 1.3}, encryption: {type: AES-192-CBC, key: pen.key, iv_order: little, tri: yes}, "
		"aggregation: {cc: 20, iri: 5, octets: 8KiB, delay: 50ms, time: items}, segment: 64KiB}\n");
	struct conf_warrants *w = conf_warrants_load(&c, "/etc/mdfd/w.yaml", &v, NULL, NULL, said_add, &s);
	const struct hm_dest_conf *d;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(w->dest[0].release == 17 && w->dest[0].version == 4 && w->dest[0].certificate == NULL);
	d = &w->dest[1];
	CU_ASSERT_STRING_EQUAL(d->host, "2001:db8::1");
	CU_ASSERT(!d->hi2 && d->hi3 && d->success == HM_TCP && d->shared && d->cc_form == PS_CC_GTPU);
	CU_ASSERT(d->time_form == PS_TIME_GENERALIZED && d->release == 16 && d->version == 5 && d->gen_header == 43 && w->dest[0].gen_header == 33);
	CU_ASSERT(d->time1 == 120 * LI_US_SECOND && d->time3 == 60 * LI_US_SECOND && d->time6 == 2 * LI_US_SECOND);
	CU_ASSERT(d->time2 == 30 * LI_US_SECOND && d->time4 == 59 * LI_US_SECOND);
	CU_ASSERT(d->reconnect == LI_US_SECOND / 2 && d->queue == 1u << 30);
	CU_ASSERT(d->negotiation == HM_NEGOTIATION_TRY && d->without_ack == HM_WITHOUT_WRITTEN && d->time_negotiation == 5 * LI_US_SECOND);
	CU_ASSERT_STRING_EQUAL(d->addresses, "b.example:2 [2001:db8::2]:3");
	CU_ASSERT(d->rate == 12500000 && d->burst == 1u << 20 && d->padding_rate == 8000 && d->padding_size == 100 && d->time_padding == 0);
	CU_ASSERT(w->dest[0].rate == 0 && w->dest[0].burst == 0 && w->dest[0].padding_rate == 0 && w->dest[0].time_padding == 0);
	CU_ASSERT(d->family == 6 && d->stays && d->time_return == 7 * LI_US_SECOND);
	CU_ASSERT(!w->dest[0].addresses && w->dest[0].family == 0 && !w->dest[0].stays);
	CU_ASSERT(d->as_required && d->keepalive_closed && d->time_idle == 3 * LI_US_SECOND && d->time_quiet == 60 * LI_US_SECOND);
	CU_ASSERT(!w->dest[0].as_required && !w->dest[0].keepalive_closed && w->dest[0].time_idle == 0);
	CU_ASSERT(w->dest[0].negotiation == HM_NEGOTIATION_NO && w->dest[0].without_ack == HM_WITHOUT_TCP);
	CU_ASSERT(d->hi4 == HM_HI4_NO && d->hi1 == HM_HI1_3GPP && d->test_pdu && d->cin_reset && d->messages == HM_MESSAGES_ALL &&
		  d->message_numbers == HM_NUMBERS_ZERO && d->message_charset == HM_CHARSET_LATIN1);
	CU_ASSERT(!hm_wants_hi4(d) && hm_wants_hi4(&w->dest[0]) && w->dest[0].messages == HM_MESSAGES_ERRORS);
	w->dest[0].gen_header = PS_SINCE_HI4;
	CU_ASSERT(hm_wants_hi4(&w->dest[0]));
	w->dest[0].gen_header--;
	CU_ASSERT(!hm_wants_hi4(&w->dest[0]));
	CU_ASSERT_STRING_EQUAL(d->certificate, "/etc/mdfd/b.crt");
	CU_ASSERT_STRING_EQUAL(d->key, "/b.key");
	CU_ASSERT_EQUAL(d->tls_floor, TLS_FLOOR_13);
	CU_ASSERT(d->encryption == PS_CIPHER_AES_192 && d->encryption_little && d->encryption_tri && !w->dest[0].encryption);
	CU_ASSERT_STRING_EQUAL(d->encryption_key, "/etc/mdfd/pen.key");
	CU_ASSERT(d->aggregate_cc == 20 && d->aggregate_iri == 5 && d->aggregate_octets == 8192 && d->aggregate_delay == LI_US_SECOND / 20);
	CU_ASSERT(d->segment == 65536 && !w->dest[0].segment);
	CU_ASSERT(d->aggregate_times == PS_TIMES_ITEMS && !w->dest[0].aggregate_cc && !w->dest[0].aggregate_delay);
	conf_warrants_free(w);
}

/* HO-INT-001, HO-INT-010: none unless agreed; what is agreed. */
static void integrity(void)
{
	struct said s;
	struct conf c = { .release = 19, .version = 3 };
	struct view v = view_str("destinations:\n" DEST(DID1, "a", "") DEST(DID2, "b", ", integrity: {hash: SHA-384, hashTimeout: 500ms, dataPduCount: 100, "
		"sign: s.key, signTimeout: 2m, hashPduCount: 7, signed: payload, first_number: 1, hash_algorithm: no, signature_algorithm: yes}"));
	struct conf_warrants *w = conf_warrants_load(&c, "/etc/mdfd/w.yaml", &v, NULL, NULL, said_add, &s);
	const struct hm_dest_conf *d;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(w->dest[0].hash == PS_HASH_NONE && !w->dest[0].sign_key);
	d = &w->dest[1];
	CU_ASSERT(d->hash == PS_HASH_SHA384 && d->hash_timeout == LI_US_SECOND / 2 && d->data_pdu_count == 100 && d->hash_pdu_count == 7);
	CU_ASSERT(d->sign_timeout == 120 * LI_US_SECOND && d->signs == HM_SIGNED_PAYLOAD && d->first_check == 1);
	CU_ASSERT(d->hash_named == HM_HASH_UNNAMED && d->signature_named);
	CU_ASSERT_STRING_EQUAL(d->sign_key, "/etc/mdfd/s.key");
	conf_warrants_free(w);
}

/* Content only where the destination says so; IRI where there is a spool; nothing where there is none. */
static void spill(void)
{
	struct said s;
	struct conf with = { .release = 19, .version = 3, .spool = true }, without = { .release = 19, .version = 3 };
	struct view plain = view_str("destinations:\n" DEST(DID1, "a", "")), all = view_str("destinations:\n" DEST(DID1, "a",
		", spill: all, spill_limit: 3GiB, account_message: yes") DEST(DID2, "b", ", spill: none"));
	struct conf_warrants *w = conf_warrants_load(&without, "w.yaml", &plain, NULL, NULL, said_add, &s);

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(w->dest[0].spill == HM_SPILL_NONE && w->dest[0].spill_limit == 0);
	conf_warrants_free(w);
	w = conf_warrants_load(&with, "w.yaml", &plain, NULL, NULL, said_add, &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(w->dest[0].spill, HM_SPILL_IRI);
	conf_warrants_free(w);
	w = conf_warrants_load(&with, "w.yaml", &all, NULL, NULL, said_add, &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(w->dest[0].spill == HM_SPILL_ALL && w->dest[0].spill_limit == (size_t)3 << 30 && w->dest[1].spill == HM_SPILL_NONE);
	CU_ASSERT(w->dest[0].account_message && !w->dest[1].account_message);
	conf_warrants_free(w);
	s.n = 0;
	CU_ASSERT_PTR_NULL(conf_warrants_load(&without, "w.yaml", &all, NULL, NULL, said_add, &s));
	CU_ASSERT(said(&s, "destinations[0].spill: mdfd.yaml names no spool") && s.n == 1);
}

/* Several connections; and a destination that says nothing of them has one. */
static void lanes(void)
{
	struct conf c = { .release = 19, .version = 3 };
	struct view text = view_str("destinations:\n" DEST(DID1, "a", "") DEST(DID2, "b", ", full: oldest, lanes: 16, addresses_use: spread, spread: liid, lane_leave: 5s, backlog: second"
		", backlog_contexts: split, backlog_over: 1MiB, backlog_late: 2s"));
	struct said s;
	struct conf_warrants *w = conf_warrants_load(&c, "w.yaml", &text, NULL, NULL, said_add, &s);
	const struct hm_dest_conf *d;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	d = &w->dest[0];
	CU_ASSERT(d->lanes <= 1 && d->spread == HM_SPREAD_CONTEXT && d->backlog == HM_BACKLOG_ORDER);
	d = &w->dest[1];
	CU_ASSERT(d->lanes == 16 && d->full == HM_FULL_OLDEST && w->dest[0].full == HM_FULL_NEWEST && d->addresses_spread && !w->dest[0].addresses_spread && d->spread == HM_SPREAD_LIID && d->lane_leave == 5 * LI_US_SECOND && d->backlog == HM_BACKLOG_SECOND);
	CU_ASSERT(d->backlog_contexts == HM_BACKLOG_SPLIT && d->backlog_over == 1 << 20 && d->backlog_late == 2 * LI_US_SECOND);
	conf_warrants_free(w);
}

static const struct { const char *text, *why; } faulty[] = {
	{ "destinations:\n" DEST(DID1, "a", ", full: all"), "full: must be one of: newest, oldest" },
	{ "destinations:\n" DEST(DID1, "a", ", lanes: 17"), "lanes: must be a number from 1 to 16" },
	{ "destinations:\n" DEST(DID1, "a", ", lanes: 0"), "lanes: must be a number from 1 to 16" },
	{ "destinations:\n" DEST(DID1, "a", ", spread: name"), "spread: must be one of: context, liid, random" },
	{ "destinations:\n" DEST(DID1, "a", ", backlog: third"), "backlog: must be one of: order, second" },
	{ "destinations:\n" DEST(DID1, "a", ", backlog_contexts: order"), "backlog_contexts: must be one of: keep, split" },
	{ "destinations:\n" DEST(DID1, "a", ", lane_leave: 1ms"), "lane_leave: must be" },
	{ "destinations:\n" DEST(DID1, "a", ", backlog_over: 1KiB"), "backlog_over: must be from" },
	{ "destinations:\n" DEST(DID1, "a", ", hi4: maybe"), "hi4: " },
	{ "destinations:\n" DEST(DID1, "a", ", hi4: yes, ts33128_release: r15v4"), "hi4: LI notifications are in TS 33.128 from release 16 on" },
	{ "destinations:\n" DEST(DID1, "a", ", hi1: itu"), "hi1: must be one of: none" },
	{ "destinations:\n" DEST(DID1, "a", ", cin_reset: yes"), "cin_reset: must be one of: no" },
	{ "destinations:\n" DEST(DID1, "a", ", messages: some"), "messages: must be one of: errors" },
	{ "destinations:\n" DEST(DID1, "a", ", spill: content"), "spill: must be one of: none" },
	{ "destinations:\n" DEST(DID1, "a", ", spill_limit: 1KiB"), "spill_limit: must be from" },
	{ "warrants: []\nother: x\n", "w.yaml:2: unknown key" },
	{ "{}\n", "neither destinations nor warrants" },
	/* destinations */
	{ "destinations:\n" DEST(DID1, "a", "") DEST(DID1, "b", ""), "w.yaml:3: destinations[1]: has the did of the destination in line 2" },
	{ "destinations:\n" DEST(DID1, "a", "") DEST(DID2, "a", ""), "w.yaml:3: destinations[1]: has the name of the destination in line 2" },
	{ "destinations:\n" DEST("00000000-0000-0000-0000-000000000000", "a", ""), "did: a UUID is expected" },
	{ "destinations:\n" DEST(DID1 "0", "a", ""), "did: a UUID is expected" },
	{ "destinations:\n" DEST(DID1, "a", ", timers: {TIME7: 1s}"), "timers: unknown key" },
	{ "destinations:\n" DEST(DID1, "a", ", timers: {TIME2: 60s}"), "TIME3 must be longer than TIME2" },		/* HO-KA-008 */
	{ "destinations:\n" DEST(DID1, "a", ", timers: {TIME4: 30s, TIME5: 30s}"), "TIME5 must be longer than TIME4" },	/* HO-ACK-007 */
	{ "destinations:\n" DEST(DID1, "a", ", timers: {TIME5: 1s}"), "TIME5 must be longer than TIME6" },
	{ "destinations:\n" DEST(DID1, "a", ", tls: {key: k}"), "certificate and key belong together" },
	{ "destinations:\n" DEST(DID1, "a", ", segment: 4000B"), "segment: must be from" },
	{ "destinations:\n" DEST(DID1, "a", ", aggregation: {cc: 0}"), "cc: must be a number from 1 to 1024" },
	{ "destinations:\n" DEST(DID1, "a", ", aggregation: {cc: 2, octets: 1MiB}"), "octets: must be from" },
	{ "destinations:\n" DEST(DID1, "a", ", aggregation: {cc: 2, time: none}"), "time: must be one of: both, items, header" },
	{ "destinations:\n" DEST(DID1, "a", ", encryption: {type: AES-128-CBC, key: k}"), "type: must be one of: none, AES-192-CBC, AES-256-CBC" },
	{ "destinations:\n" DEST(DID1, "a", ", encryption: {type: AES-256-CBC}"), "encryption: a type other than none, and a key, belong together" },
	{ "destinations:\n" DEST(DID1, "a", ", encryption: {type: none, key: k}"), "encryption: a type other than none, and a key, belong together" },
	{ "destinations:\n" DEST(DID1, "a", ", ps_version: 28"), "ps_version: must be a number from 29 to 127" },
	{ "destinations:\n" DEST(DID1, "a", ", hi4: yes, ps_version: 29"), "hi4: LI notifications are in LI-PS-PDU from version 30 on (ps_version)" },
	{ "destinations:\n" DEST(DID1, "a", ", queue: 1KiB"), "queue: must be from" },
	{ "destinations:\n" DEST(DID1, "a", ", addresses: [\"a:1\", \"::1:1\"]"), "destinations[0].addresses[1]: HOST:PORT is expected" },
	{ "destinations:\n" DEST(DID1, "a", ", rate: 100"), "rate: a rate is a number and bit/s" },
	{ "destinations:\n" DEST(DID1, "a", ", rate: 100Mb/s"), "rate: a rate is a number and bit/s" },
	{ "destinations:\n" DEST(DID1, "a", ", rate: 999bit/s"), "rate: must be from 1000 to 400000000000 bit/s" },
	{ "destinations:\n" DEST(DID1, "a", ", rate: 401Gbit/s"), "rate: must be from" },
	{ "destinations:\n" DEST(DID1, "a", ", rate: 99999999999999999999Gbit/s"), "rate: a rate is a number and bit/s" },
	{ "destinations:\n" DEST(DID1, "a", ", burst: 1MiB"), "burst: there is no rate" },
	{ "destinations:\n" DEST(DID1, "a", ", rate: 1kbit/s, padding: {rate: 2kbit/s}"), "its rate is more than rate allows" },
	{ "destinations:\n" DEST(DID1, "a", ", padding: {rate: 2kbit/s, every: 1s}"), "padding: every, or rate" },
	{ "destinations:\n" DEST(DID1, "a", ", padding: {size: 0B}"), "padding.size: must be from" },
	{ "destinations:\n" DEST(DID1, "a", ", family: ipv5"), "family: must be one of: any, ipv4, ipv6" },
	{ "destinations:\n" DEST(DID1, "a", ", negotiation: maybe"), "negotiation: must be one of: no, yes, try" },
	{ "destinations:\n" DEST(DID1, "a", ", negotiation: try, without_acknowledgement: refuse"), "which without_acknowledgement refuses" },
	{ "destinations:\n" DEST(DID1, "a", ", delivery: X2Only"), "delivery: must be one of: HI2Only" },
	{ "destinations: [{did: " DID1 "}]\n", "destinations[0].peer_name: is missing" },
	{ "destinations:\n" DEST(DID1, "a", ", integrity: {}"), "integrity: hash is missing" },
	{ "destinations:\n" DEST(DID1, "a", ", integrity: {hash: SHA-1}"), "hash: must be one of: none, SHA-256" },		/* HO-INT-010 */
	{ "destinations:\n" DEST(DID1, "a", ", integrity: {hash: SHA-256, dataPduCount: 0}"), "dataPduCount: must be a number from 1 to 100000" },
	{ "destinations:\n" DEST(DID1, "a", ", integrity: {hash: SHA-256, hashPduCount: 1001}"), "hashPduCount: must be a number from 1 to 1000" },
	{ "destinations:\n" DEST(DID1, "a", ", integrity: {hash: SHA-256, hashTimeout: 25h}"), "hashTimeout: must be" },
	{ "destinations:\n" DEST(DID1, "a", ", integrity: {hash: SHA-256, first_number: 2}"), "first_number: must be" },
	{ "destinations:\n" DEST(DID1, "a", ", integrity: {hash: SHA-256, signed: all}"), "signed: must be one of: pdu" },
	/* one warrant */
	{ DESTS "warrants:\n" WARRANT("123456789012345678901234567", XID1, DID1, IMSI1, ""), "w.yaml:5: warrants[0].liid: must have 1 to 25" },
	{ DESTS "warrants:\n" WARRANT("1234567890123456789012345X", XID1, DID1, IMSI1, ""), "beyond 25 characters lower-case hexadecimal digits" },
	{ DESTS "warrants:\n" WARRANT("\"a b\"", XID1, DID1, IMSI1, ""), "liid: printable ASCII" },
	{ DESTS "warrants:\n" WARRANT("\"-\"", XID1, DID1, IMSI1, ""), "liid: printable ASCII" },
	{ DESTS "warrants:\n" WARRANT("A", "x", DID1, IMSI1, ""), "xid: a UUID" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", authorization_country: N1"), "authorization_country: a country" },	/* HO-ENC-006 */
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, "", ""), "targets: at least one target" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, "", IMSI1, ""), "destinations: at least one destination" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1 ", " DID1, IMSI1, ""), "destinations[1]: given twice" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e03", IMSI1, ""), "w.yaml:5: destinations: item 1 is not" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, "{}", ""), "targets[0]: 1 to 1 keys" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, "{" IMSI1 ", msisdn: 1}", ""), "targets[0]: 1 to 1 keys" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, "tmsi: \"1\"", ""), "targets[0]: unknown kind of target" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, "supiimsi: \"00101000000000A\"", ""), "targets[0]: digits only" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1 ", " IMSI2, ""), "targets[1]: two different identities of one kind" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1 ", imsi: \"001010000000001\"", ""), "targets[1]: given twice" },
	{ DESTS "warrants:\n" WARRANT("001010000000001", XID1, DID1, IMSI1, ""), "liid must not be the target's identity" },	/* HO-PSH-004 */
	{ DESTS "warrants:\n" WARRANT("192.0.2.1", XID1, DID1, "ipv4Address: 192.0.2.1", ""), "liid must not be the target's identity" },
	{ DESTS "warrants:\n  - {liid: A, xid: " XID1 ", delivery: HI2Only, start: 2027-01-01T00:00:00Z, end: 2027-01-01T00:00:00Z, "
	  "targets: [" IMSI1 "], destinations: [" DID1 "]}\n", "end must be after start" },
	{ DESTS "warrants:\n  - {liid: A, xid: " XID1 ", delivery: HI2Only, start: 2026-01-01, end: 2026-13-01T00:00:00Z, "
	  "targets: [" IMSI1 "], destinations: [" DID1 "]}\n", "start: an instant is expected" },
	{ DESTS "warrants:\n  - {liid: A, xid: " XID1 ", delivery: HI2Only, start: 2026-01-01T00:00:00.0000001Z, end: never, "
	  "targets: [" IMSI1 "], destinations: [" DID1 "]}\n", "start: at most six digits" },
	{ DESTS "warrants:\n  - {liid: A, xid: " XID1 ", delivery: HI2Only, start: 2026-01-01T00:00:00Z, "
	  "targets: [" IMSI1 "], destinations: [" DID1 "]}\n", "warrants[0].end: is missing" },
	/* its scope, and its other name */
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", suspend_roaming: yes"), "suspend_roaming: cannot be yes" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", services: [voice, fax]"), "services[1]: must be one of: voice" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", services: []"), "services: at least one" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", location: [none, LALS]"), "location[0]: stands alone" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", location: [uponChange, all]"), "location[1]: stands alone" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", location: sometimes"), "location: must be one of: beginningAndEnd" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", location_only: maybe"), "location_only: " },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", suspended: until"), "suspended: " },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", product_id: 12"), "product_id: a UUID" },
	/* together */
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", product_id: " XID2) WARRANT("B", XID1, DID2, IMSI1, ""),
	  "w.yaml:6: product_id: is other than in line 5, of the same xid" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, "") WARRANT("A", XID1, DID2, IMSI1, ""),
	  "w.yaml:6: liid: is given in line 5 already, of the same xid" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, "") WARRANT("A", XID2, DID2, IMSI1, ""),
	  "w.yaml:6: liid: is given in line 5 already, with the same targets and services" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI2, "") WARRANT("A", XID2, DID1, IMSI1, ", services: [voice, data]")
	  WARRANT("A", XID3, DID1, IMSI1, ", services: [data]"), "w.yaml:7: liid: is given in line 6 already, with the same targets and services" },
	{ DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, "") WARRANT("B", XID1, DID2, IMSI2, ""),
	  "w.yaml:6: xid: is shared with line 5, whose targets are other" },
	{ "destinations:\n" DEST(DID1, "a", ", delivery: HI2Only") "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ""),
	  "delivery: no destination takes HI3" },
	{ "destinations:\n" DEST(DID1, "a", ", delivery: HI3Only") "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ""),
	  "delivery: no destination takes HI2" },
};

/* Each is refused with its reason, and the reason bears no identity, LIID or agency. */
static void faults(void)
{
	for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
		struct said s;
		struct conf_warrants *w = load(faulty[i].text, &s);
		bool good = !w && said(&s, faulty[i].why) && !said(&s, "00101") && !said(&s, "192.0.2.1") && !said(&s, "12345678");

		CU_ASSERT(good);
		if (!good) {
			fprintf(stderr, "fault %zu: %s\n", i, faulty[i].why);
			said_print(&s);
		}
		conf_warrants_free(w);
	}
}

static void addresses(void)
{
	static const struct { const char *text, *host; unsigned port; } v[] = {
		{ "127.0.0.1:1", "127.0.0.1", 1 }, { "lemf.example:65535", "lemf.example", 65535 }, { "[::1]:22", "::1", 22 },
		{ "::1:22", NULL, 0 }, { "[::1]", NULL, 0 }, { "127.0.0.1", NULL, 0 }, { "127.0.0.1:0", NULL, 0 }, { "h:65536", NULL, 0 },
		{ ":1", NULL, 0 }, { "h:", NULL, 0 }, { "h:1x", NULL, 0 }, { "a b:1", NULL, 0 }, { "[host]:1", NULL, 0 }, { "[]:1", NULL, 0 },
		{ "h/x:1", NULL, 0 }, { "h:-1", NULL, 0 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char text[256];
		struct said s;
		struct conf_warrants *w;

		snprintf(text, sizeof(text), "destinations: [{did: " DID1 ", name: a, peer_name: p, address: \"%s\"}]\n", v[i].text);
		w = load(text, &s);
		CU_ASSERT_EQUAL(w != NULL, v[i].host != NULL);
		CU_ASSERT(!w || !v[i].host || (strcmp(w->dest[0].host, v[i].host) == 0 && w->dest[0].port == v[i].port));
		CU_ASSERT(w || said(&s, "HOST:PORT"));
		conf_warrants_free(w);
	}
}

/* Sharing a task, several targets, instants to the microsecond, an open end, LIIDs of 25 octets. */
static void accepted(void)
{
	static char many[(LI_TASKS_LIID + 2) * 256];
	struct said s;
	struct conf_warrants *w = load(DESTS "warrants:\n"
		WARRANT("1234567890123456789012345", XID1, DID1, IMSI1 ", ipv4Cidr: 10.0.0.0/8", "")	/* HO-ENC-008 */
		WARRANT("B", XID1, DID2 ", " DID1, "ipv4Cidr: 10.0.0.0/8, imsi: \"001010000000001\"", "")
		"  - {liid: C, xid: " XID2 ", delivery: HI3Only, start: 2026-01-01T00:00:00.000001+01:00, end: never, targets: ["
		IMSI1 "], destinations: [" DID1 "]}\n", &s);

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(w->n_warrants, 3);
	CU_ASSERT_EQUAL(w->warrant[0].liid.n, 25);
	CU_ASSERT_EQUAL(w->warrant[0].n_targets, 2);
	CU_ASSERT_EQUAL(w->warrant[1].n_dests, 2);
	CU_ASSERT_EQUAL(w->warrant[2].start, INT64_C(1767222000000001));
	CU_ASSERT_EQUAL(w->warrant[2].end, LI_US_NEVER);
	CU_ASSERT(!w->warrant[2].hi2 && w->warrant[2].hi3);
	conf_warrants_free(w);
	/* one LIID in several tasks: other targets, or other services of the same */
	w = load(DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", services: [voice, LALS]") WARRANT("A", XID2, DID2, IMSI1, ", services: [data]")
		 WARRANT("A", XID3, DID1, IMSI2, ""), &s);
	said_print(&s);
	CU_ASSERT(w && w->n_warrants == 3);
	conf_warrants_free(w);
	strcpy(many, DESTS "warrants:\n");
	for (unsigned i = 0; i <= LI_TASKS_LIID; i++)
		sprintf(many + strlen(many), "  - {liid: A, xid: 29f28e1c-f230-486a-a860-f5a784ab91%02x, delivery: HI2Only, start: 2026-01-01T00:00:10Z, end: never, "
			"targets: [{imsi: \"0010100000001%02u\"}], destinations: [" DID1 "]}\n", i + 1, i);
	CU_ASSERT_PTR_NULL(load(many, &s));
	CU_ASSERT(said(&s, "w.yaml:69: liid: is given to more than 64 tasks") && s.n == 1);
	w = load("warrants: []\n", &s);	/* said in so many words: it ends them all */
	CU_ASSERT(w && w->n_warrants == 0);
	conf_warrants_free(w);
}

static void scope(void)
{
	struct said s;
	struct conf_warrants *w = load(DESTS "warrants:\n" WARRANT("A", XID1, DID1, IMSI1, ", product_id: " XID2 ", services: [data, LALS], "
		"location: [LALS], suspend_roaming: no") WARRANT("B", XID1, DID1, IMSI1, ", product_id: " XID2 ", suspended: yes, location: none, report_digits: no")
		WARRANT("C", XID1, DID1, IMSI1, ", product_id: " XID2 ", location: all, location_only: yes, truncate_tp_user_data: yes, report_digits: yes, suspend_roaming: no, "
			"services: RCS"), &s);
	char text[WARRANT_SCOPE_TEXT];
	struct li_xid xid;

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(!li_uuid_read(XID2, xid.b) && w->warrant[0].has_product_id && memcmp(w->warrant[0].product_id.b, xid.b, 16) == 0);
	warrant_scope_text(&w->warrant[0].scope, text);
	CU_ASSERT_STRING_EQUAL(text, "services=data,LALS location=LALS");
	warrant_scope_text(&w->warrant[1].scope, text);
	CU_ASSERT_STRING_EQUAL(text, "location=none report_digits=no");
	CU_ASSERT(!w->warrant[0].suspended && w->warrant[1].suspended);
	warrant_scope_text(&w->warrant[2].scope, text);
	CU_ASSERT_STRING_EQUAL(text, "services=RCS location_only truncate_tp_user_data");
	conf_warrants_free(w);
}

static const struct hm_dest_conf *known(void *arg, const struct li_did *did)
{
	static const struct hm_dest_conf d = { .hi2 = true };
	struct li_did want;

	(void)arg;
	return !li_uuid_read(DID1, want.b) && memcmp(did->b, want.b, 16) == 0 ? &d : NULL;
}

/* A document may refer to destinations that exist already, and is held to what they take. */
static void known_destinations(void)
{
	struct view both = view_str("warrants:\n" WARRANT("A", XID1, DID1, IMSI1, "")), other = view_str("warrants:\n"
		WARRANT("A", XID1, DID2, IMSI1, "")), iri = view_str("warrants:\n  - {liid: A, xid: " XID1 ", delivery: HI2Only, "
		"start: 2026-01-01T00:00:00Z, end: never, targets: [" IMSI1 "], destinations: [" DID1 "]}\n");
	struct said s = { .n = 0 };
	struct conf_warrants *w = conf_warrants_load(NULL, "w", &iri, known, NULL, said_add, &s);

	CU_ASSERT_PTR_NOT_NULL(w);
	conf_warrants_free(w);
	CU_ASSERT_PTR_NULL(conf_warrants_load(NULL, "w", &both, known, NULL, said_add, &s));
	CU_ASSERT(said(&s, "no destination takes HI3"));
	CU_ASSERT_PTR_NULL(conf_warrants_load(NULL, "w", &other, known, NULL, said_add, &s));
	CU_ASSERT(said(&s, "item 1 is not a destination"));
}

UNIT_MAIN("conf_warrants", UNIT(example), UNIT(all_of_a_destination), UNIT(spill), UNIT(integrity), UNIT(lanes), UNIT(faults), UNIT(addresses), UNIT(accepted), UNIT(scope),
	  UNIT(known_destinations))
