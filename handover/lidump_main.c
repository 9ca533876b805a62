/*
 * lidump_main.c: shows PS-PDU and X2/X3 files.
 *
 *	main -> dump            one file, or "-": lidump_read() finds its PDUs (lidump_frame.c)
 *	          lidump_ps     a PS-PDU: text into d.text, packets into d.pcap
 *	          lidump_x      an X2/X3 PDU
 *	        flush           after each PDU
 */
#include <li/version.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/lidump.h"
#include "handover/lemf_key.h"

enum { GOOD = 0, FAILED = 1, WRONG_USE = 2 };

static const char usage[] =
"usage: lidump [--json | --tree | --summary] [--x2x3] [--pcap OUT] [--payload-key CIPHER[,little]:FILE]... FILE...\n";

static const char help[] =
"Decodes files of PS-PDUs (ETSI TS 102 232-1, as lemfd stores them) or of X2/X3 PDUs\n"
"(ETSI TS 103 221-2) with the payloads of 3GPP TS 33.128 inside. FILE \"-\" is standard input.\n"
"\n"
"  --json       a line a PDU in the JSON Encoding Rules of ITU-T X.697 (the default)\n"
"  --tree       an indented tree a PDU\n"
"  --summary    a line a PDU in a table, and totals\n"
"  --x2x3       FILE holds X2/X3 PDUs\n"
"  --pcap OUT   write the content to OUT (-: standard output) as pcapng; nothing else unless a form is asked for as well\n"
"  --payload-key CIPHER[,little]:FILE\n"
"               open encrypted payloads: AES-192-CBC or AES-256-CBC, and the key's file; repeatable, at most 64;\n"
"               little: the number in the IV has its least octet first\n"
"  --help       this text          --version    the version\n"
"\n"
"Exit status: 0 all was decoded, 1 something was not or could not be read or written, 2 wrong use.\n"
"\n"
"examples:\n"
"  lidump --summary lemf/NL-OP01-LI-2026-0001/hi2.ber\n"
"  lidump hi2.ber | jq -r '.payload.iRIPayloadSequence[]?.iRIContents.threeGPP33128DefinedIRI.event | keys[]'\n"
"  lidump --pcap content.pcapng hi3.ber && tshark -r content.pcapng\n"
"  lidump --x2x3 --tree x2.bin\n"
"  lidump --payload-key AES-256-CBC:op01.key --tree hi2.ber\n";

struct run {
	struct lidump d;
	struct pcapwr pcap;
	FILE *pcap_out;
	const char *pcap_name;
	bool x2x3, bad;
	struct lemf_keys keys;
	FILE *file;		/* the one that is being read */
};

static void complain(struct run *r, const char *name, const char *what)
{
	fprintf(stderr, "lidump: %s: %s\n", name, what);
	r->bad = true;
}

/* What a PDU gave goes out before the next is read. False when it cannot: the run ends. */
static bool flush(struct run *r)
{
	struct buf *text = &r->d.text, *packets = &r->pcap.out;

	if (text->n && fwrite(text->p, 1, text->n, r->d.form == LIDUMP_SILENT ? stderr : stdout) != text->n) {
		complain(r, "standard output", strerror(errno));
		return false;
	}
	text->n = 0;
	if (r->pcap_out && packets->n && fwrite(packets->p, 1, packets->n, r->pcap_out) != packets->n) {
		complain(r, r->pcap_name, strerror(errno));
		return false;
	}
	packets->n = 0;
	return true;
}

/* One PDU's text and packets. */
static enum li_err show(struct run *r, struct view pdu, uint64_t offset)
{
	return r->x2x3 ? lidump_x(&r->d, pdu, offset) : lidump_ps(&r->d, pdu, offset);
}

static enum li_err on_pdu(void *arg, struct view pdu, uint64_t offset, bool *faulty)
{
	struct run *r = arg;
	uint64_t before = r->d.faults;
	enum li_err e = show(r, pdu, offset);

	*faulty = r->d.faults != before;
	return e ? e : flush(r) ? LI_OK : LI_ECLOSED;
}

static enum li_err on_lost(void *arg, const struct lidump_lost *l)
{
	struct run *r = arg;
	enum li_err e = lidump_tell_lost(&r->d, l);

	return e ? e : flush(r) ? LI_OK : LI_ECLOSED;
}

static size_t from_file(void *arg, uint8_t *to, size_t n)
{
	return fread(to, 1, n, ((struct run *)arg)->file);
}

/* All PDUs of an open file. False ends the run. */
static bool dump(struct run *r, FILE *f, const char *name, struct buf *in)
{
	struct lidump_reader reader = { r->x2x3, from_file, on_pdu, on_lost, r };
	uint64_t faults = r->d.faults;
	enum li_err e;

	r->file = f;
	e = lidump_read(&reader, in);
	if (e) {
		if (e != LI_ECLOSED)		/* flush() has said that */
			complain(r, name, li_err_text(e));
		return false;
	}
	if (ferror(f))
		complain(r, name, strerror(errno));
	if (r->d.faults != faults)
		r->bad = true;
	return true;
}

static void files(struct run *r, char **names)
{
	struct buf in;
	bool go = true;

	buf_init(&in, 0);
	if (!r->bad)
		go = lidump_heading(&r->d, r->x2x3) == LI_OK && flush(r);
	for (; *names && go; names++) {
		bool std = strcmp(*names, "-") == 0;
		FILE *f = std ? stdin : fopen(*names, "rb");

		if (!f) {
			complain(r, *names, strerror(errno));
			continue;
		}
		go = dump(r, f, std ? "standard input" : *names, &in);
		if (!std)
			fclose(f);
	}
	if (go && lidump_totals(&r->d, r->x2x3) == LI_OK)
		(void)flush(r);
	buf_fini(&in);
}

static bool open_pcap(struct run *r)
{
	bool std = strcmp(r->pcap_name, "-") == 0;

	if (pcapwr_init(&r->pcap) != LI_OK) {
		complain(r, r->pcap_name, li_err_text(LI_ENOMEM));
		return false;
	}
	r->pcap_out = std ? stdout : fopen(r->pcap_name, "wb");
	if (!r->pcap_out)
		complain(r, r->pcap_name, strerror(errno));
	r->d.pcap = &r->pcap;
	return r->pcap_out;
}

static void close_pcap(struct run *r)
{
	if (r->pcap.left_out)
		fprintf(stderr, "lidump: %" PRIu64 " content records are no packet, or too long for one, and are not in %s\n",
			r->pcap.left_out, r->pcap_name);
	if (r->pcap_out && r->pcap_out != stdout && fclose(r->pcap_out) != 0)
		complain(r, r->pcap_name, strerror(errno));
	pcapwr_fini(&r->pcap);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { "tree", no_argument, NULL, 't' },
		{ "summary", no_argument, NULL, 's' }, { "x2x3", no_argument, NULL, 'x' }, { "pcap", required_argument, NULL, 'p' },
		{ "payload-key", required_argument, NULL, 'k' }, { "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	struct run r = { .d = { .form = LIDUMP_JSON } };
	unsigned forms = 0;
	char err[320];
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (o) {
		case 'j': r.d.form = LIDUMP_JSON; forms++; break;
		case 't': r.d.form = LIDUMP_TREE; forms++; break;
		case 's': r.d.form = LIDUMP_SUMMARY; forms++; break;
		case 'x': r.x2x3 = true; break;
		case 'p': r.pcap_name = optarg; break;
		case 'k':
			if (!lemf_keys_option(&r.keys, optarg, err, sizeof(err))) {
				fprintf(stderr, "lidump: --payload-key: %s\n", err);
				return FAILED;
			}
			r.d.decrypt = lemf_keys_decrypt;
			r.d.decrypt_arg = &r.keys;
			break;
		case 'h': printf("%s\n%s", usage, help); return GOOD;
		case 'V': printf("lidump %s\n", LI_VERSION); return GOOD;
		default: fputs(usage, stderr); return WRONG_USE;
		}
	}
	if (optind == argc || forms > 1) {
		fprintf(stderr, "lidump: %s\n%s", forms > 1 ? "one form at a time" : "no file", usage);
		return WRONG_USE;
	}
	if (r.pcap_name && forms && strcmp(r.pcap_name, "-") == 0) {
		fprintf(stderr, "lidump: packets and text cannot both go to standard output\n%s", usage);
		return WRONG_USE;
	}
	if (r.pcap_name && !forms)
		r.d.form = LIDUMP_SILENT;
	buf_init(&r.d.text, LIDUMP_TEXT_MAX);
	if (!r.pcap_name || open_pcap(&r))
		files(&r, argv + optind);
	if (r.pcap_name)
		close_pcap(&r);
	buf_fini(&r.d.text);
	buf_fini(&r.d.opened);
	lemf_keys_fini(&r.keys);
	if (fflush(stdout) != 0)
		complain(&r, "standard output", strerror(errno));
	return r.bad ? FAILED : GOOD;
}
