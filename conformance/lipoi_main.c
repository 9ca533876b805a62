/*
 * lipoi_main.c: a point of interception as a program: options, then
 *
 *	a script (script.h), or one step made of the options: a capture, or a payload again and again
 *	-> play_run, on connections or dry into a file -> report
 *	-> or: play_run dry -> perf_add, each PDU -> perf_run -> report
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "conformance/payload.h"
#include "conformance/perf.h"
#include "conformance/play.h"
#include "conformance/report.h"

enum { GOOD = 0, FAILED = 1, WRONG_USE = 2 };

static const char usage[] =
"usage: lipoi --to HOST:PORT --cert FILE --key FILE --ca FILE [--name NAME] --xid UUID\n"
"             {--capture FILE --as FORMS | --payload FILE | --make FORM:SIZE} [options]\n"
"       lipoi --script FILE [options]\n"
"       lipoi --dry-run --out FILE {--script FILE | --xid UUID ...}\n";

static const char help[] =
"\n"
"Sends X2 and X3 (ETSI TS 103 221-2 over TLS) to a mediation function, as a point of interception does, or as none should.\n"
"\n"
"Where to, and as whom; a script's connections begin as these say:\n"
"  --to HOST:PORT      the mediation function                                     --to 127.0.0.1:45443\n"
"  --name NAME         name that its certificate must bear; unless given HOST     --name mdf.example\n"
"  --cert FILE         our certificate, PEM, intermediates after it               --cert upf-1.crt\n"
"  --key FILE          its private key, PEM                                       --key upf-1.key\n"
"  --ca FILE           who may sign the other end's certificate, PEM              --ca li-ca.crt\n"
"  --crl FILE          revoked certificates, PEM                                  --crl li-ca.crl\n"
"  --tls-min VERSION   1.2 (unless given) or 1.3                                  --tls-min 1.3\n"
"  --tls-max VERSION   1.2 or 1.3                                                 --tls-max 1.2\n"
"  --ciphers LIST      of TLS 1.2, OpenSSL's names                                --ciphers ECDHE-ECDSA-AES256-GCM-SHA384\n"
"  --ciphersuites LIST of TLS 1.3                                                 --ciphersuites TLS_AES_256_GCM_SHA384\n"
"  --keylog FILE       append the sessions' secrets, for tshark: lab only         --keylog keys.txt\n"
"  --plain             no TLS, to this machine itself only, to test tools with    --plain\n"
"  --connections N     so many at once; PDUs go to them in turn                   --connections 4\n"
"  --keepalive D       TIME_P1: 60s unless given; off                             --keepalive 5s\n"
"  --ack-within D      TIME_P2: 180s unless given; off                            --ack-within 15s\n"
"  --reconnect D       dial again so long after an end: 1s unless given; off      --reconnect off\n"
"What every PDU bears; a script's defaults begin as these say:\n"
"  --xid UUID          XID, or the task's product id                              --xid 29f28e1c-f230-486a-a860-f5a784ab9172\n"
"  --correlation N     Correlation ID, 0 unless given                             --correlation 7\n"
"  --domain-id TEXT    Domain ID                                                  --domain-id op01.example\n"
"  --nfid TEXT         Network Function ID                                        --nfid upf-1\n"
"  --ipid TEXT         Interception Point ID                                      --ipid upf-1-cc\n"
"  --matched NAME=VAL  matched target identifier, an X1 element; repeatable       --matched supiimsi=001010000000001\n"
"  --other NAME=VAL    another one of the target; repeatable                      --other gpsimsisdn=31600000001\n"
"  --direction WORD    to, from, unknown, multiple, none                          --direction from\n"
"  --time TIME         now, capture, none or a time; of a capture its own         --time now\n"
"  --pdu-version N     5 unless given                                             --pdu-version 6\n"
"  --hostile           may break the rules                                        --hostile\n"
"What is sent, without a script:\n"
"  --capture FILE      frames of a pcap or pcapng file; \"-\": standard input       --capture n3.pcap\n"
"  --as FORMS          what of them: gtpu, ip, ethernet, sip, rtp, dhcp, radius   --as sip,rtp\n"
"  --target ADDRESS    only its packets, direction as it sees them; repeatable    --target 10.45.0.2\n"
"  --inner             look inside GTP-U for IP, SIP and RTP                      --inner\n"
"  --filter TEXT       libpcap's filter                                           --filter 'udp port 2152'\n"
"  --correlate         a Correlation ID for each target and call                  --correlate\n"
"  --pace PACE         max, or capture: as fast as it was                         --pace capture\n"
"  --limit N           so many PDUs of a pass                                     --limit 1000\n"
"  --payload FILE      a payload; needs --type and --format                       --payload xiri.ber\n"
"  --payload-hex HEX   the same, written here                                     --payload-hex 450000...\n"
"  --make FORM:SIZE    a payload of so many octets: gtpu or ipv4                  --make gtpu:1000\n"
"  --type TYPE         x2 or x3                                                   --type x2\n"
"  --format FORMAT     33128, ipv4, gtpu, sip, mime ... or its number             --format 33128\n"
"  --repeat N          so often (a capture: so many passes)                       --repeat 100\n"
"  --rate N            so many PDUs a second                                      --rate 50\n"
"  --correlations N    so many Correlation IDs from --correlation on, in turn     --correlations 10\n"
"  --script FILE       connections and steps in YAML, see lipoi(1)                --script test.yaml\n"
"How:\n"
"  --stay D            stay connected so long after the last PDU                  --stay 10m\n"
"  --timeout D         fail when all is not done within                           --timeout 1m\n"
"  --dry-run           connect to nothing; waiting takes no time                  --dry-run --out pdus.bin\n"
"  --out FILE          PDUs into FILE as well; .pcap: as TCP on port 42069        --out pdus.pcap\n"
"  --now TIME          with --dry-run: when it begins                             --now 2026-01-01T00:00:00Z\n"
"  --perf D            PDUs made beforehand, sent over and over for so long       --perf 10s\n"
"  --passes N          so many times over, instead                                --passes 100000\n"
"  --record N          with --perf: octets a TLS record, 512 to 16384             --record 4096\n"
"  --json              the report as one JSON object                              --json\n"
"  --verbose           what happens, on standard error, as it does                --verbose\n"
"  --help  --version\n"
"\n"
"D is a duration: 250us, 10ms, 5s, 2m, 1h. Both ends are verified, always; only a script's hostile connection may do without.\n"
"Exit status: 0 all was sent and went as expected, 1 something did not, 2 wrong use.\n"
"\n"
"examples:\n"
"  lipoi --to mdf.example:45443 --cert upf-1.crt --key upf-1.key --ca li-ca.crt --xid 29f28e1c-f230-486a-a860-f5a784ab9172 \\\n"
"        --nfid upf-1 --ipid upf-1-cc --capture n3.pcap --as gtpu --target 10.45.0.2 --time now\n"
"  lipoi --dry-run --out x3.pcap --xid 29f28e1c-f230-486a-a860-f5a784ab9172 --capture n3.pcap --as gtpu\n"
"  tshark -r x3.pcap -d tcp.port==42069,5gli -O 5gli\n"
"  lipoi --script hostile.yaml --json\n"
"  lipoi --to 127.0.0.1:45443 --name mdf.example --cert upf-1.crt --key upf-1.key --ca li-ca.crt --connections 4 \\\n"
"        --xid 29f28e1c-f230-486a-a860-f5a784ab9172 --make gtpu:1000 --perf 10s\n";

struct lipoi {
	struct script_base base;
	struct script_step step;
	const char *script, *payload, *payload_hex, *make, *out;
	uint64_t connections;
	bool dry, json, verbose, has_repeat, has_correlations, has_time;
	struct when start;
	conf_us stay, timeout, perf;
	uint64_t passes, record;
	struct perf *bench;
};

static int wrong(const char *what)
{
	fprintf(stderr, "lipoi: %s\nTry lipoi --help.\n", what);
	return WRONG_USE;
}

static int failed(const char *what)
{
	fprintf(stderr, "lipoi: %s\n", what);
	return FAILED;
}

static void told(const char *text)
{
	fprintf(stderr, "lipoi: %s\n", text);
}

/* -- options -- */

enum option_id { O_TO = 1000, O_NAME, O_CERT, O_KEY, O_CA, O_CRL, O_TLS_MIN, O_TLS_MAX, O_CIPHERS, O_CIPHERSUITES, O_KEYLOG, O_PLAIN, O_CONNECTIONS,
	O_KEEPALIVE, O_ACK_WITHIN, O_RECONNECT, O_XID, O_CORRELATION, O_DOMAIN_ID, O_NFID, O_IPID, O_MATCHED, O_OTHER, O_DIRECTION, O_TIME,
	O_PDU_VERSION, O_HOSTILE, O_CAPTURE, O_AS, O_TARGET, O_INNER, O_FILTER, O_CORRELATE, O_PACE, O_LIMIT, O_PAYLOAD, O_PAYLOAD_HEX, O_MAKE,
	O_TYPE, O_FORMAT, O_REPEAT, O_RATE, O_CORRELATIONS, O_SCRIPT, O_STAY, O_TIMEOUT, O_DRY_RUN, O_OUT, O_NOW, O_PERF, O_PASSES, O_RECORD,
	O_JSON, O_VERBOSE, O_HELP, O_VERSION };

static const struct option options[] = {
	{ "to", 1, NULL, O_TO }, { "name", 1, NULL, O_NAME }, { "cert", 1, NULL, O_CERT }, { "key", 1, NULL, O_KEY }, { "ca", 1, NULL, O_CA },
	{ "crl", 1, NULL, O_CRL }, { "tls-min", 1, NULL, O_TLS_MIN }, { "tls-max", 1, NULL, O_TLS_MAX }, { "ciphers", 1, NULL, O_CIPHERS },
	{ "ciphersuites", 1, NULL, O_CIPHERSUITES }, { "keylog", 1, NULL, O_KEYLOG }, { "plain", 0, NULL, O_PLAIN },
	{ "connections", 1, NULL, O_CONNECTIONS }, { "keepalive", 1, NULL, O_KEEPALIVE }, { "ack-within", 1, NULL, O_ACK_WITHIN },
	{ "reconnect", 1, NULL, O_RECONNECT }, { "xid", 1, NULL, O_XID }, { "correlation", 1, NULL, O_CORRELATION },
	{ "domain-id", 1, NULL, O_DOMAIN_ID }, { "nfid", 1, NULL, O_NFID }, { "ipid", 1, NULL, O_IPID }, { "matched", 1, NULL, O_MATCHED },
	{ "other", 1, NULL, O_OTHER }, { "direction", 1, NULL, O_DIRECTION }, { "time", 1, NULL, O_TIME }, { "pdu-version", 1, NULL, O_PDU_VERSION },
	{ "hostile", 0, NULL, O_HOSTILE }, { "capture", 1, NULL, O_CAPTURE }, { "as", 1, NULL, O_AS }, { "target", 1, NULL, O_TARGET },
	{ "inner", 0, NULL, O_INNER }, { "filter", 1, NULL, O_FILTER }, { "correlate", 0, NULL, O_CORRELATE }, { "pace", 1, NULL, O_PACE },
	{ "limit", 1, NULL, O_LIMIT }, { "payload", 1, NULL, O_PAYLOAD }, { "payload-hex", 1, NULL, O_PAYLOAD_HEX }, { "make", 1, NULL, O_MAKE },
	{ "type", 1, NULL, O_TYPE }, { "format", 1, NULL, O_FORMAT }, { "repeat", 1, NULL, O_REPEAT }, { "rate", 1, NULL, O_RATE },
	{ "correlations", 1, NULL, O_CORRELATIONS }, { "script", 1, NULL, O_SCRIPT }, { "stay", 1, NULL, O_STAY }, { "timeout", 1, NULL, O_TIMEOUT },
	{ "dry-run", 0, NULL, O_DRY_RUN }, { "out", 1, NULL, O_OUT }, { "now", 1, NULL, O_NOW }, { "perf", 1, NULL, O_PERF },
	{ "passes", 1, NULL, O_PASSES }, { "record", 1, NULL, O_RECORD }, { "json", 0, NULL, O_JSON }, { "verbose", 0, NULL, O_VERBOSE },
	{ "help", 0, NULL, O_HELP }, { "version", 0, NULL, O_VERSION }, { NULL, 0, NULL, 0 } };

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(text, &end, 0);
	return end != text && !*end && !errno && *text != '-' && *v >= least && *v <= most;
}

static bool string(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
	return *to;
}

static bool bytes(struct octets *to, const char *text)
{
	to->n = 0;
	octets_put(to, text, strlen(text));
	return !to->failed;
}

static bool duration(const char *text, bool off, conf_us *d)
{
	if (off && strcmp(text, "off") == 0) {
		*d = 0;
		return true;
	}
	return when_duration(text, d);
}

static bool tls_version(const char *text, unsigned *v)
{
	*v = strcmp(text, "1.3") == 0 ? 13 : 12;
	return *v == 13 || strcmp(text, "1.2") == 0;
}

static bool target_identifier(struct octets *o, unsigned type, const char *text)
{
	const char *is = strchr(text, '=');
	char *name = is && is != text ? strndup(text, (size_t)(is - text)) : NULL;
	bool good = name && form_target(o, type, name, is + 1);

	free(name);
	return good;
}

static bool target(struct script_capture *c, const char *text)
{
	struct octets *a = realloc(c->targets, (c->n_targets + 1) * sizeof(*a));
	struct payload_addr addr;

	if (!a)
		return false;
	c->targets = a;
	if (!payload_addr(text, &addr))
		return false;
	a[c->n_targets] = (struct octets){ 0 };
	octets_put(&a[c->n_targets++], addr.b, addr.n);
	return true;
}

static bool time_of(struct form *f, const char *text)
{
	f->time = strcmp(text, "now") == 0 ? FORM_NOW : strcmp(text, "capture") == 0 ? FORM_CAPTURE : strcmp(text, "none") == 0 ? FORM_UNDATED : FORM_AT;
	return f->time != FORM_AT || when_read(text, &f->at);
}

/* NULL, or what is wrong with this option's value. */
static const char *take_wire(struct lipoi *p, int o, const char *v)
{
	struct wire_conf *w = &p->base.wire;

	switch (o) {
	case O_TO: return script_wire_to(w, v) ? NULL : "--to takes HOST:PORT or [HOST]:PORT";
	case O_NAME: return string(&w->tls.peer, v) ? NULL : "no memory";
	case O_CERT: return string(&w->tls.cert, v) ? NULL : "no memory";
	case O_KEY: return string(&w->tls.key, v) ? NULL : "no memory";
	case O_CA: return string(&w->tls.ca, v) ? NULL : "no memory";
	case O_CRL: return string(&w->tls.crl, v) ? NULL : "no memory";
	case O_TLS_MIN: return tls_version(v, &w->tls.min) ? NULL : "--tls-min takes 1.2 or 1.3";
	case O_TLS_MAX: return tls_version(v, &w->tls.max) ? NULL : "--tls-max takes 1.2 or 1.3";
	case O_CIPHERS: return string(&w->tls.ciphers, v) ? NULL : "no memory";
	case O_CIPHERSUITES: return string(&w->tls.ciphersuites, v) ? NULL : "no memory";
	case O_KEYLOG: return string(&w->tls.keylog, v) ? NULL : "no memory";
	case O_PLAIN: w->plain = true; return NULL;
	case O_CONNECTIONS: return number(v, 1, SCRIPT_WIRES, &p->connections) ? NULL : "--connections takes a number, 1 to 4096";
	case O_KEEPALIVE: return duration(v, true, &w->keepalive) ? NULL : "--keepalive takes a duration or off";
	case O_ACK_WITHIN: return duration(v, true, &w->ack_within) ? NULL : "--ack-within takes a duration or off";
	default: return duration(v, true, &w->reconnect) ? NULL : "--reconnect takes a duration or off";
	}
}

static const char *take_form(struct lipoi *p, int o, const char *v)
{
	struct form *f = &p->base.form;
	uint64_t n;

	switch (o) {
	case O_XID:
		f->has_xid = xpdu_uuid(v, f->x.xid);
		return f->has_xid ? NULL : "--xid takes a UUID";
	case O_CORRELATION: return number(v, 0, UINT64_MAX, &f->x.correlation) ? NULL : "--correlation takes a number of 64 bits";
	case O_DOMAIN_ID: return bytes(&f->did, v) ? NULL : "no memory";
	case O_NFID: return bytes(&f->nfid, v) ? NULL : "no memory";
	case O_IPID: return bytes(&f->ipid, v) ? NULL : "no memory";
	case O_MATCHED: return target_identifier(&f->matched, XPDU_A_MATCHED, v) ? NULL : "--matched takes NAME=VALUE";
	case O_OTHER: return target_identifier(&f->other, XPDU_A_OTHER, v) ? NULL : "--other takes NAME=VALUE";
	case O_DIRECTION:
		f->has_direction = xpdu_direction_read(v, &f->x.direction);
		return f->has_direction ? NULL : "--direction takes to, from, unknown, multiple or none";
	case O_TIME:
		p->has_time = true;
		return time_of(f, v) ? NULL : "--time takes now, capture, none, or a time as 2026-01-01T00:00:00Z";
	case O_PDU_VERSION:
		if (!number(v, 0, 0xffff, &n))
			return "--pdu-version takes a number of 16 bits";
		f->x.version = p->base.wire.version = (unsigned)n;
		return NULL;
	case O_HOSTILE: f->hostile = true; return NULL;
	case O_TYPE: return xpdu_type_read(v, &f->x.type) ? NULL : "--type takes x2, x3, keepalive or a number";
	case O_FORMAT:
		f->has_format = xpdu_format_read(v, &f->x.format);
		return f->has_format ? NULL : "--format takes a payload format's name or number";
	default:
		p->has_correlations = true;
		return number(v, 1, UINT32_MAX, &f->correlations) ? NULL : "--correlations takes a number from 1 on";
	}
}

static const char *take_what(struct lipoi *p, int o, const char *v)
{
	struct script_capture *c = &p->step.capture;
	double rate;

	switch (o) {
	case O_CAPTURE: return string(&c->file, v) ? NULL : "no memory";
	case O_AS: return script_as_read(v, &c->as) ? NULL : "--as takes gtpu, ip, ethernet, sip, rtp, dhcp, radius, with commas between them";
	case O_TARGET: return target(c, v) ? NULL : "--target takes an address";
	case O_INNER: c->inner = true; return NULL;
	case O_FILTER: return string(&c->filter, v) ? NULL : "no memory";
	case O_CORRELATE: c->correlate = true; return NULL;
	case O_PACE:
		c->pace = strcmp(v, "capture") == 0 ? SCRIPT_PACE_CAPTURE : SCRIPT_PACE_MAX;
		return c->pace == SCRIPT_PACE_CAPTURE || strcmp(v, "max") == 0 ? NULL : "--pace takes max or capture";
	case O_LIMIT: return number(v, 1, UINT64_MAX, &c->limit) ? NULL : "--limit takes a number from 1 on";
	case O_PAYLOAD: p->payload = v; return NULL;
	case O_PAYLOAD_HEX: p->payload_hex = v; return NULL;
	case O_MAKE: p->make = v; return NULL;
	case O_REPEAT:
		p->has_repeat = true;
		return number(v, 1, UINT64_MAX, &p->step.dose.repeat) ? NULL : "--repeat takes a number from 1 on";
	default:
		rate = strtod(v, NULL);
		p->step.dose.every = rate >= 0.001 && rate <= 1e6 ? (conf_us)(1e6 / rate) : 0;
		return p->step.dose.every ? NULL : "--rate takes a number of PDUs a second, 0.001 to 1000000";
	}
}

static const char *take_how(struct lipoi *p, int o, const char *v)
{
	switch (o) {
	case O_SCRIPT: p->script = v; return NULL;
	case O_STAY: return when_duration(v, &p->stay) ? NULL : "--stay takes a duration";
	case O_TIMEOUT: return when_duration(v, &p->timeout) ? NULL : "--timeout takes a duration";
	case O_DRY_RUN: p->dry = true; return NULL;
	case O_OUT: p->out = v; return NULL;
	case O_NOW: return when_read(v, &p->start) ? NULL : "--now takes a time as 2026-01-01T00:00:00Z";
	case O_PERF: return when_duration(v, &p->perf) && p->perf ? NULL : "--perf takes a duration";
	case O_PASSES: return number(v, 1, UINT64_MAX, &p->passes) ? NULL : "--passes takes a number from 1 on";
	case O_RECORD: return number(v, 512, 16384, &p->record) ? NULL : "--record takes a number, 512 to 16384";
	case O_JSON: p->json = true; return NULL;
	default: p->verbose = true; return NULL;
	}
}

static const char *take(struct lipoi *p, int o, const char *v)
{
	if (o <= O_RECONNECT)
		return take_wire(p, o, v);
	if (o <= O_HOSTILE || o == O_TYPE || o == O_FORMAT || o == O_CORRELATIONS)
		return take_form(p, o, v);
	return o <= O_RATE ? take_what(p, o, v) : take_how(p, o, v);
}

/* -- one step out of options -- */

/* FORM:SIZE: UDP from a subscriber, in a G-PDU or not. */
static bool make(struct lipoi *p, struct octets *o)
{
	struct payload_end from = { { { 10, 45, 0, 2 }, 4 }, 40000 }, to = { { { 192, 0, 2, 53 }, 4 }, 53 };
	bool gtpu = strncmp(p->make, "gtpu:", 5) == 0, ip = strncmp(p->make, "ipv4:", 5) == 0;
	uint64_t size, head = gtpu ? 44 : 28;
	struct octets data = { 0 }, packet = { 0 };

	if ((!gtpu && !ip) || !number(p->make + 5, head, 65535, &size))
		return false;
	for (uint64_t i = 0; i < size - head; i++)
		octets_u8(&data, (unsigned)(i * 7 + 1) & 0xff);
	(void)payload_udp(&from, &to, data.p, data.n, &packet);
	if (gtpu)
		(void)payload_gtpu(1, 9, true, packet.p, packet.n, o);
	else
		octets_put(o, packet.p, packet.n);
	octets_fini(&data);
	octets_fini(&packet);
	p->base.form.x.type = p->base.form.x.type ? p->base.form.x.type : XPDU_X3;
	if (!p->base.form.has_format) {
		p->base.form.x.format = gtpu ? XPDU_F_GTPU : XPDU_F_IPV4;
		p->base.form.has_format = true;
	}
	if (!p->base.form.has_direction) {
		p->base.form.x.direction = XPDU_DIR_FROM;
		p->base.form.has_direction = true;
	}
	return !o->failed;
}

/* NULL, or what is missing. */
static const char *one_step(struct lipoi *p)
{
	struct script_step *st = &p->step;
	struct form *f = &p->base.form;
	int n = (st->capture.file != NULL) + (p->payload != NULL) + (p->payload_hex != NULL) + (p->make != NULL);

	if (n != 1)
		return "one of --script, --capture, --payload, --payload-hex and --make is needed";
	if (!f->has_xid)
		return "--xid UUID is needed";
	if (st->capture.file && !st->capture.as)
		return "--as is needed: what of the capture's frames is to be sent";
	if (p->payload && !octets_file(&f->payload, p->payload)) {
		fprintf(stderr, "lipoi: %s: %s\n", p->payload, strerror(errno));
		return "a payload that can be read is needed";
	}
	if (p->payload_hex && !octets_hex(&f->payload, p->payload_hex))
		return "--payload-hex takes hex";
	if (p->make && !make(p, &f->payload))
		return "--make takes gtpu:SIZE or ipv4:SIZE; a packet has at least 44 or 28 octets, and at most 65535";
	if (!st->capture.file && (f->x.type == 0 || (!p->make && !f->has_format)))
		return "--type and --format are needed";
	if ((p->perf || p->passes) && !st->capture.file) {
		/* each connection has its contexts for itself, unless somebody wants it otherwise */
		if (!p->has_correlations)
			f->correlations = p->connections;
		if (!p->has_repeat)
			st->dose.repeat = p->connections * 64;
	}
	if (st->capture.file && !p->has_time)
		f->time = FORM_CAPTURE;
	if (!form_copy(&st->form, f))
		return "no memory";
	st->what = st->capture.file ? SCRIPT_CAPTURE : SCRIPT_PDU;
	if (st->what == SCRIPT_CAPTURE) {
		st->capture.loop = st->dose.repeat;
		st->capture.now = f->time == FORM_NOW;
		return NULL;
	}
	return form_ready(&st->form);
}

/* -- runs -- */

static void built(void *arg, size_t wire, const uint8_t *p, size_t n, const struct form_place *place)
{
	struct lipoi *l = arg;

	perf_add(l->bench, wire, p, n, place);
}

static int run_perf(struct lipoi *p, const struct script *s)
{
	struct perf_conf c = { .wire = &s->confs[0], .connections = s->n_wires, .within = p->perf, .passes = p->passes, .record = (size_t)p->record,
			       .now = p->base.form.time == FORM_NOW };
	struct play_conf dry = { .script = s, .dry = true, .start = when_now(), .built = built, .arg = p };
	struct perf_result *r = calloc(s->n_wires, sizeof(*r));
	struct play_result *made = NULL;
	char err[WIRETLS_TEXT];
	int rc = FAILED;

	p->bench = perf_new(&c);
	if (!r || !p->bench) {
		rc = failed("no memory");
		goto out;
	}
	made = play_run(&dry, err, sizeof(err));
	if (!made || made->n_fails) {
		rc = failed(made ? made->fails[0].what : err);
		goto out;
	}
	if (!perf_run(p->bench, r, err, sizeof(err))) {
		rc = failed(err);
		goto out;
	}
	if (p->json)
		report_perf_json(stdout, r, s->n_wires);
	else
		report_perf_text(stdout, r, s->n_wires);
	rc = report_perf_good(r, s->n_wires) ? GOOD : FAILED;
out:
	play_free(made);
	perf_free(p->bench);
	free(r);
	return rc;
}

static int run(struct lipoi *p, const struct script *s)
{
	struct play_conf c = { .script = s, .dry = p->dry, .start = p->start, .stay = p->stay, .timeout = p->timeout, .told = p->verbose ? told : NULL };
	struct play_result *r;
	char err[WIRETLS_TEXT];
	int rc;

	if (p->perf || p->passes)
		return run_perf(p, s);
	if (p->out) {
		c.out = outfile_new(p->out, err, sizeof(err));
		if (!c.out)
			return failed(err);
	}
	r = play_run(&c, err, sizeof(err));
	if (!r) {
		(void)outfile_close(c.out);
		return failed(err);
	}
	rc = play_good(r) ? GOOD : FAILED;
	if (!outfile_close(c.out))
		rc = failed("not everything could be written to --out");
	if (p->out && strcmp(p->out, "-") == 0)
		report_text(stderr, r, s);
	else if (p->json)
		report_json(stdout, r, s);
	else
		report_text(stdout, r, s);
	play_free(r);
	return rc;
}

static int prepare(struct lipoi *p)
{
	char fault[SCRIPT_TEXT];
	const char *missing = NULL;
	struct script *s;
	int rc;

	if (p->dry && (p->perf || p->passes))
		return wrong("--dry-run and --perf are two ways of one");
	if (p->dry && !p->base.wire.host)
		(void)script_wire_to(&p->base.wire, "127.0.0.1:0");
	if (p->base.wire.host && !p->base.wire.tls.peer)
		missing = string(&p->base.wire.tls.peer, p->base.wire.host) ? NULL : "no memory";
	/* a script's connections say themselves where to; what the options leave out there may stand in the script */
	if (!p->dry && (!p->script || p->base.wire.host) && !missing)
		missing = script_wire_judge(&p->base.wire);
	if (missing && !(p->script && !p->base.wire.tls.cert))
		return wrong(missing);
	if ((!missing && p->base.wire.host) && !string(&p->base.wire.name, "poi"))
		return failed("no memory");
	p->base.wire.count = p->connections;
	if (p->script) {
		if (p->step.capture.file || p->payload || p->payload_hex || p->make)
			return wrong("a script says itself what is sent");
		s = script_read(p->script, &p->base, fault, sizeof(fault));
	} else {
		missing = one_step(p);
		if (missing)
			return wrong(missing);
		s = script_alone(&p->base, &p->step, p->connections, fault, sizeof(fault));
	}
	if (!s)
		return failed(fault);
	rc = run(p, s);
	script_free(s);
	return rc;
}

int main(int argc, char **argv)
{
	static struct lipoi p;
	struct rlimit files;
	const char *fault;
	int o, rc;

	script_wire_init(&p.base.wire);
	form_init(&p.base.form);
	p.base.form.time = FORM_NOW;
	p.connections = 1;
	p.start = when_now();
	p.step.dose.repeat = 1;
	p.step.dose.to = UINT64_MAX;
	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (o == O_HELP || o == 'h') {
			printf("%s%s", usage, help);
			return GOOD;
		}
		if (o == O_VERSION) {
			puts("lipoi " LI_VERSION);
			return GOOD;
		}
		fault = o == '?' ? "that is not an option of it" : take(&p, o, optarg);
		if (fault)
			return wrong(fault);
	}
	if (optind < argc)
		return wrong("it takes options only");
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	rc = prepare(&p);
	script_wire_fini(&p.base.wire);
	form_fini(&p.base.form);
	if (fflush(stdout) != 0)
		rc = failed("standard output cannot be written");
	return rc;
}
