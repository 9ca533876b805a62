/* test_script.c: lipoi's scripts: what they become, and what of them is refused, with file and line. */
#include "conformance/play.h"

#include <string.h>
#include <unistd.h>

#include "test/hex.h"

#define HEAD "connections:\n  a: {to: \"127.0.0.1:1\", plain: yes}\n"
#define BEGIN HEAD "defaults: {xid: 29f28e1c-f230-486a-a860-f5a784ab9172, nfid: upf-1, ipid: cc}\nsteps:\n"

static char fault[SCRIPT_TEXT];

static struct script *script(const char *text)
{
	static const char path[] = "/tmp/test_script.yaml.XXXXXX";
	struct script_base base = { .hostile = false };
	char name[sizeof(path)];
	struct script *s;
	FILE *f;
	int fd;

	memcpy(name, path, sizeof(path));
	fd = mkstemp(name);
	CU_ASSERT_FATAL(fd >= 0);
	f = fdopen(fd, "w");
	fputs(text, f);
	fclose(f);
	script_wire_init(&base.wire);
	form_init(&base.form);
	s = script_read(name, &base, fault, sizeof(fault));
	unlink(name);
	return s;
}

/* Plays a script dry; the octets into out. */
static struct play_result *dry(struct script *s, struct octets *out)
{
	char path[] = "/tmp/test_script.out.XXXXXX", err[WIRETLS_TEXT];
	struct play_conf c = { .script = s, .dry = true, .start = { 1000, 500 } };
	struct play_result *r;
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	c.out = outfile_new(path, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c.out);
	r = play_run(&c, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_TRUE(outfile_close(c.out));
	out->n = 0;
	CU_ASSERT_TRUE(octets_file(out, path));
	unlink(path);
	return r;
}

static bool gives(const char *steps, const char *hex)
{
	struct script *s = script(steps);
	struct octets o = { 0 };
	struct play_result *r;
	bool good;

	if (!s) {
		fprintf(stderr, "%s\n", fault);
		return false;
	}
	r = dry(s, &o);
	good = hex_is(view_of(o.p, o.n), hex) && play_good(r);
	for (size_t i = 0; i < r->n_fails; i++)
		fprintf(stderr, "%u: %s\n", r->fails[i].line, r->fails[i].what);
	play_free(r);
	script_free(s);
	octets_fini(&o);
	return good;
}

#define XID "29f28e1cf230486aa860f5a784ab9172"
#define WHO "0006 0005 7570662d31 0007 0002 6363"	/* upf-1, cc: 15 octets */
#define AT "0009 0008 000003e8 000001f4"		/* the clock of dry() */

/* X23-POI-005 X23-POI-009 X23-POI-010 X23-POI-017: every attribute by its name */
static void attributes(void)
{
	CU_ASSERT(gives(BEGIN "- pdu: {type: x3, direction: from, correlation: 7, payload: 45}\n- pdu: {type: x3, direction: to, correlation: 7, payload: \"46\"}\n",
		"0005 0002 0000004b 00000001 0005 0003 " XID " 0000000000000007 " WHO " 0008 0004 00000000 " AT " 45"
		"0005 0002 0000004b 00000001 0005 0002 " XID " 0000000000000007 " WHO " 0008 0004 00000001 " AT " 46"));
	CU_ASSERT(gives(BEGIN "- pdu:\n    type: x2\n    format: sip\n    domain_id: nl\n    sequence: 4294967295\n    time: \"2023-11-14T22:13:20.123456789Z\"\n"
		"    source: 192.0.2.1:5060\n    destination: \"[2001:db8::1]:5061\"\n    protocol: udp\n    matched: {imsi: \"204081234567890\"}\n"
		"    other: [{nai: \"a@b\"}, \"bare\"]\n    mime_type: t\n    mime_encoding: e\n    axri: [{xid: " XID ", correlation: 1}, {xid: " XID ", correlation: 2, sequence: 3}]\n"
		"    proprietary: {owner: v.example, hex: ff}\n    attributes: [{type: 200, hex: 0102}, {type: 33128, text: x}]\n"
		"    payload: {text: S}\n- pdu: {type: x2, domain_id: nl, time: none, payload: {fill: {octet: 1, octets: 2}}}\n",
		"0005 0001 00000118 00000001 0009 0005 " XID " 0000000000000000 0005 0002 6e6c " WHO " 0008 0004 ffffffff 0009 0008 6553f100 075bcd15"
		"000a 0004 c0000201 000d 0010 20010db8000000000000000000000001 000e 0002 13c4 000f 0002 13c5 0010 0001 11"
		"0011 001c 3c696d73693e3230343038313233343536373839303c2f696d73693e 0012 000e 3c6e61693e6140623c2f6e61693e 0012 0004 62617265"
		"0013 0001 74 0014 0001 65 0015 0018 " XID " 0000000000000001 0015 001c " XID " 0000000000000002 00000003"
		"0004 000b 09 762e6578616d706c65 ff 00c8 0002 0102 0002 0001 78 53"
		"0005 0001 00000045 00000002 0002 0005 " XID " 0000000000000000 0005 0002 6e6c " WHO " 0008 0004 00000000 0101"));
	CU_ASSERT(gives(BEGIN "- pdu: {type: x3, format: rtp, sequence: none, shift: -1s, destination: 192.0.2.1:8000, sdp: v=0, payload: {rtp: {type: 8, number: 2, stamp: 3, ssrc: 4, data: ff}}}\n",
		"0005 0002 00000058 0000000d 0008 0001 " XID " 0000000000000000 " WHO " 0009 0008 000003e7 000001f4 000b 0004 c0000201 000f 0002 1f40 0016 0003 763d30"
		"8008 0002 00000003 00000004 ff"));
}

/* What a hostile form gives: header fields as they are said, parts, raw octets, keepalives. */
static void hostile(void)
{
	CU_ASSERT(gives(BEGIN "- pdu: {hostile: yes, type: 9, version: 0x0105, format: 99, direction: 0, header_length: 4294967295, payload_length: 39, sequence: none, time: none, nfid: \"\", ipid: \"\"}\n",
		"0105 0009 ffffffff 00000027 0063 0000 " XID " 0000000000000000"));
	CU_ASSERT(gives(BEGIN "- pdu: {hostile: yes, type: x3, upto: 3, payload: 45}\n- pdu: {hostile: yes, type: x3, from: 75, payload: 45}\n", "000500 45"));
	CU_ASSERT(gives(BEGIN "- pdu: {hostile: yes, type: x3, from: 1, upto: 5, slow: {octets: 3, every: 1h}, payload: 45}\n- raw: {hex: beef, repeat: 2}\n- raw: {text: a}\n",
		"05000200 beef beef 61"));
	CU_ASSERT(gives(BEGIN "- pdu: {hostile: yes, type: x3, time: none, sequence: none, attributes: [{type: 8, hex: 01, length: 65535}]}\n",
		"0005 0002 0000003c 00000000 0005 0001 " XID " 0000000000000000 " WHO " 0008 ffff 01"));
	CU_ASSERT(gives(BEGIN "- keepalive: {sequence: 42, repeat: 2}\n- keepalive: {sequence: none, hostile: yes}\n",
		"0005 0003 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 0000002a"
		"0005 0003 00000030 00000000 0000 0000 00000000000000000000000000000000 0000000000000000 0008 0004 0000002b"
		"0005 0003 00000028 00000000 0000 0000 00000000000000000000000000000000 0000000000000000"));
}

/* The same seed breaks in the same way, another one in another. */
static void fuzzed(void)
{
	static const char *const seeds[] = { "1", "1", "2" };
	struct octets o[3] = { { 0 }, { 0 }, { 0 } };
	char text[512];

	for (int i = 0; i < 3; i++) {
		struct script *s;
		struct play_result *r;

		snprintf(text, sizeof(text), BEGIN "- pdu: {hostile: yes, type: x3, payload: 4500, repeat: 500, fuzz: {changes: 3, seed: %s}}\n", seeds[i]);
		s = script(text);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		r = dry(s, &o[i]);
		CU_ASSERT_EQUAL(r->pdus[0], 500);
		play_free(r);
		script_free(s);
	}
	CU_ASSERT(o[0].n > 1000 && o[0].n == o[1].n && memcmp(o[0].p, o[1].p, o[0].n) == 0);
	CU_ASSERT(o[0].n != o[2].n || memcmp(o[0].p, o[2].p, o[0].n) != 0);
	for (int i = 0; i < 3; i++)
		octets_fini(&o[i]);
}

/* Times, loops, tracks and marks: in order of the clock, which costs nothing when dry. */
static void order(void)
{
	CU_ASSERT(gives(BEGIN "- loop: {times: 2, steps: [{raw: {hex: 01}}, {loop: {times: 2, steps: [{raw: {hex: 02}}]}}, {loop: {times: 0, steps: [{raw: {hex: 09}}]}}]}\n", "01 02 02 01 02 02"));
	CU_ASSERT(gives(BEGIN "- wait: 1h\n- raw: {hex: 02}\n- mark: m\n- wait: 10s\n- raw: {hex: 04}\n---\nsteps: [{raw: {hex: 01}}, {wait_for: m}, {wait: 5s}, {raw: {hex: 03}}]\n", "01 02 03 04"));
	CU_ASSERT(gives(BEGIN "- raw: {hex: 01, repeat: 3, every: 2s}\n---\nsteps: [{wait: 1s}, {raw: {hex: 02, repeat: 3, rate: 0.5}}]\n", "01 02 01 02 01 02"));
	CU_ASSERT(gives(BEGIN "- pdu: {type: x3, nfid: \"\", ipid: \"\", sequence: none, payload: {udp: {from: 10.0.0.1:1, to: 10.0.0.2:2, data: 00000000}}, number_at: 28, repeat: 2, every: 1s}\n",
		"0005 0002 00000034 00000020 0005 0001 " XID " 0000000000000000 " AT " 4500002000004000401126cb0a0000010a000002 00010002000cebd0 00000000"
		"0005 0002 00000034 00000020 0005 0001 " XID " 0000000000000000 0009 0008 000003e9 000001f4 4500002000004000401126cb0a0000010a000002 00010002000cebd0 00000001"));
	{
		struct script *s = script(BEGIN "- wait_for: nobody\n");
		struct octets o = { 0 };
		struct play_result *r;

		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		r = dry(s, &o);
		CU_ASSERT_FALSE(play_good(r));
		play_free(r);
		script_free(s);
		octets_fini(&o);
	}
}

static void packets(void)	/* made payloads: checked here against octets that tshark finds good */
{
	CU_ASSERT(gives(BEGIN "- pdu: {type: x3, format: gtpu, nfid: \"\", ipid: \"\", sequence: none, time: none, payload: {gtpu: {teid: 0x01020304, qfi: 9, inner: 45}}}\n"
		"- pdu: {type: x3, format: gtpu, nfid: \"\", ipid: \"\", sequence: none, time: none, payload: {gtpu: {teid: 1, qfi: 1, downlink: yes, inner: 45}}}\n"
		"- pdu: {type: x3, format: gtpu, nfid: \"\", ipid: \"\", sequence: none, time: none, payload: {gtpu: {teid: 1, inner: 45}}}\n"
		"- pdu: {type: x3, format: ethernet, nfid: \"\", ipid: \"\", sequence: none, time: none, payload: {ethernet: {destination: 000000000001, source: 000000000002, inner: 60}}}\n",
		"0005 0002 00000028 00000011 000c 0001 " XID " 0000000000000000 34ff0009 01020304 0000 0085 01100900 45"
		"0005 0002 00000028 00000011 000c 0001 " XID " 0000000000000000 34ff0009 00000001 0000 0085 01000100 45"
		"0005 0002 00000028 00000009 000c 0001 " XID " 0000000000000000 30ff0001 00000001 45"
		"0005 0002 00000028 0000000f 0007 0001 " XID " 0000000000000000 000000000001 000000000002 86dd 60"));
}

/* Each is refused at this line, with these words. */
static void faults(void)
{
	static const struct { const char *text, *want; } v[] = {
		{ "steps: []\n", "connections: is missing" }, { "[]", ":1: a document is a mapping" }, { "a: [", "" },
		{ HEAD "steps:\n- what: {}\n", ":4: nobody knows the step \"what\"" }, { HEAD "steps: {}\n", ":3: a list of steps" },
		{ HEAD "step: []\n", ":3: nobody knows \"step\" here" },
		{ HEAD "connections: {}\nsteps:\n- pdu: {type: x3, payload: 45}\n", ":5: xid is missing" },
		{ BEGIN "- pdu: {payload: 45}\n", ":5: type: is missing" }, { BEGIN "- pdu: {type: x3, paylod: 45}\n", ":5: nobody knows \"paylod\"" },
		{ BEGIN "- pdu: {type: x3, payload: 4}\n", ":5: that is not hex" }, { BEGIN "- pdu: {type: x3, direction: up}\n", ":5: to, from" },
		{ BEGIN "- pdu: {type: x3, format: sip}\n", ":5: a payload format that table 7 does not permit for this PDU type: hostile: yes is needed" },
		{ BEGIN "- pdu: {type: x3, upto: 4}\n", ":5: from, upto, slow, fuzz and under_tls need hostile" },
		{ BEGIN "- pdu: {type: x3, fuzz: {}}\n", "need hostile" }, { BEGIN "- keepalive: {sequence: none}\n", "hostile: yes is needed" },
		{ BEGIN "- pdu: {type: x3, on: b}\n", ":5: there is no such connection" }, { BEGIN "- wait: 5 parsecs\n", "is no duration" },
		{ BEGIN "- expect: {within: 5s}\n", "what is expected?" }, { BEGIN "- expect: {ack: next}\n", "all, none or a number" },
		{ BEGIN "- close: {how: gently}\n", "notify, fin or reset" }, { BEGIN "- capture: {as: gtpu}\n", "file: and as:" },
		{ BEGIN "- capture: {as: x25, file: x}\n", "gtpu, ip, ethernet" }, { BEGIN "- pdu: {type: x3, payload: {file: /nonexistent}}\n", "/nonexistent: No such file" },
		{ BEGIN "- pdu: {type: x3, time: yesterday}\n", "a time as" }, { BEGIN "- pdu: {type: x3, sequence: 4294967296}\n", "32 bits" },
		{ BEGIN "- pdu: {type: x3, rate: 0}\n", "a number of PDUs a second" }, { BEGIN "- pdu: {type: x3, slow: {octets: 1}}\n", "octets: and every:" },
		{ BEGIN "- pdu: {type: x3, payload: {udp: {from: 1.2.3.4:1, to: \"[::1]:2\"}}}\n", "one family" },
		{ BEGIN "- pdu: {type: x3, matched: {a: b, c: d}}\n", "one \"key: value\"" }, { BEGIN "- &x {loop: {steps: [*x]}}\n", "" },
		{ "connections:\n  a: {to: \"127.0.0.1:1\"}\n", ":2: certificate and key are missing" },
		{ "connections:\n  a: {to: \"127.0.0.1:1\", certificate: c, key: k}\n", ":2: ca and the peer's name are missing" },
		{ "connections:\n  a: {plain: yes}\n", "to: HOST:PORT is missing" }, { "connections:\n  a: {to: \"::1:1\"}\n", "host:port" },
		{ "connections:\n  a: {to: \"127.0.0.1:1\", plain: yes, stall: yes}\n", "need hostile: yes" },
		{ "connections:\n  a: {to: \"127.0.0.1:1\", plain: yes, tls_min: 1.1}\n", "need hostile: yes" },
		{ "connections:\n  a: {to: \"127.0.0.1:1\", plain: yes, count: 5000}\n", "at most 4096" },
		{ "connections:\n  a: {to: \"h:1\", plain: yes}\n  a: {to: \"h:1\", plain: yes}\n", "two connections of this name" },
		{ "connections:\n  a: {to: \"h:1\", plain: yes}\n  b: {to: \"h:1\", plain: yes}\nsteps:\n- raw: {hex: 00}\n", "on: is missing" } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct script *s = script(v[i].text);

		CU_ASSERT_PTR_NULL(s);
		if (s || !strstr(fault, v[i].want) || !*fault) {
			fprintf(stderr, "%s\nwant: %s\nis:   %s\n", v[i].text, v[i].want, fault);
			CU_FAIL("fault");
		}
		script_free(s);
	}
}

/* X23-POI-014: TIME_P1 and TIME_P2, their defaults and others; connections by number */
static void connections(void)
{
	struct script *s = script("connections:\n  a: {to: \"[::1]:45443\", plain: yes}\n  b: {to: \"h:1\", certificate: c.crt, key: /k, ca: ca, keepalive: 5s, ack_within: 15s, reconnect: off, count: 3}\n"
		"steps:\n- raw: {hex: 00, on: [b, a]}\n");
	size_t from, upto;

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT(s->n_confs == 2 && s->n_wires == 4);
	CU_ASSERT(s->confs[0].keepalive == 60 * WHEN_SECOND && s->confs[0].ack_within == 180 * WHEN_SECOND && s->confs[0].reconnect == WHEN_SECOND);
	CU_ASSERT(s->confs[1].keepalive == 5 * WHEN_SECOND && s->confs[1].ack_within == 15 * WHEN_SECOND && s->confs[1].reconnect == 0);
	CU_ASSERT_STRING_EQUAL(s->confs[0].host, "::1");
	CU_ASSERT_STRING_EQUAL(s->confs[0].port, "45443");
	CU_ASSERT_STRING_EQUAL(s->confs[1].tls.peer, "h");	/* the name that is dialled */
	CU_ASSERT_STRING_EQUAL(s->confs[1].tls.cert, "/tmp/c.crt");	/* relative to the script */
	CU_ASSERT_STRING_EQUAL(s->confs[1].tls.key, "/k");
	script_wires_of(s, 1, &from, &upto);
	CU_ASSERT(from == 1 && upto == 4);
	CU_ASSERT(s->tracks[0].steps[0].dose.n_wires == 4 && s->tracks[0].steps[0].dose.wires[0] == 1 && s->tracks[0].steps[0].dose.wires[3] == 0);
	script_free(s);
}

static void times(void)
{
	static const struct { const char *text; conf_us d; } v[] = { { "1", 1000000 }, { "1.5s", 1500000 }, { "250us", 250 }, { "10ms", 10000 },
		{ "2m", 120000000 }, { "1h", 3600000000 }, { "0", 0 }, { ".5", 500000 } };
	static const char *const bad[] = { "", "-1s", "1 day", "s", "1e30", "nan", "1ss" };
	char text[WHEN_RFC3339];
	struct when w;
	conf_us d;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		CU_ASSERT_TRUE(when_duration(v[i].text, &d));
		CU_ASSERT_EQUAL(d, v[i].d);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(when_duration(bad[i], &d));
	CU_ASSERT(when_read("2106-02-07T06:28:15.000000001Z", &w) && w.s == UINT32_MAX && w.ns == 1);
	when_text(w, text);
	CU_ASSERT_STRING_EQUAL(text, "2106-02-07T06:28:15.000000001Z");
	CU_ASSERT(when_read("12.05", &w) && w.s == 12 && w.ns == 50000000);
	CU_ASSERT_FALSE(when_read("2106-02-07T06:28:16Z", &w));
	CU_ASSERT_FALSE(when_read("2026-01-01T00:00:00", &w));
	CU_ASSERT_FALSE(when_read("12.", &w));
	CU_ASSERT_FALSE(when_read("12x", &w));
	w = when_add((struct when){ 10, 999999000 }, 1);
	CU_ASSERT(w.s == 11 && w.ns == 0);
	w = when_add((struct when){ 10, 0 }, -1);
	CU_ASSERT(w.s == 9 && w.ns == 999999000);
}

UNIT_MAIN("script", UNIT(attributes), UNIT(hostile), UNIT(fuzzed), UNIT(order), UNIT(packets), UNIT(faults), UNIT(connections), UNIT(times))
