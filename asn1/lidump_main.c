/*
 * lidump_main.c: shows PS-PDU and X2/X3 files.
 *
 *	main -> dump            one file, or "-": read in pieces, framed by the PDUs' own lengths
 *	          lidump_ps     a PS-PDU: text into d.text, packets into d.pcap
 *	          lidump_x      an X2/X3 PDU
 *	        flush           after each PDU
 */
#include <li/limits.h>
#include <li/rd.h>
#include <li/version.h>
#include <li/x2x3.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "asn1/lidump.h"
#include "asn1/ps_dec.h"

#define PIECE (256u << 10)	/* octets asked of a file at once */

enum { GOOD = 0, FAILED = 1, WRONG_USE = 2 };

static const char usage[] =
"usage: lidump [--json | --tree | --summary] [--x2x3] [--pcap OUT] FILE...\n";

static const char help[] =
"Decodes files of PS-PDUs (ETSI TS 102 232-1, as lemfd stores them) or of X2/X3 PDUs\n"
"(ETSI TS 103 221-2) with the payloads of 3GPP TS 33.128 inside. FILE \"-\" is standard input.\n"
"\n"
"  --json       a line a PDU in the JSON Encoding Rules of ITU-T X.697 (the default)\n"
"  --tree       an indented tree a PDU\n"
"  --summary    a line a PDU in a table, and totals\n"
"  --x2x3       FILE holds X2/X3 PDUs\n"
"  --pcap OUT   write the content to OUT as pcapng; nothing else unless a form is asked for as well\n"
"  --help       this text          --version    the version\n"
"\n"
"Exit status: 0 all was decoded, 1 something was not or could not be read or written, 2 wrong use.\n"
"\n"
"examples:\n"
"  lidump --summary lemf/NL-OP01-LI-2026-0001/hi2.ber\n"
"  lidump hi2.ber | jq -r '.payload.iRIPayloadSequence[]?.iRIContents.threeGPP33128DefinedIRI.event | keys[]'\n"
"  lidump --pcap content.pcapng hi3.ber && tshark -r content.pcapng\n"
"  lidump --x2x3 --tree x2.bin\n";

struct run {
	struct lidump d;
	struct pcapwr pcap;
	FILE *pcap_out;
	const char *pcap_name;
	bool x2x3, bad;
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

/* Why no PDU begins here. */
static void lost(struct run *r, struct view v, char *out, size_t n)
{
	struct rd rd = rd_of(v);

	if (!r->x2x3 && rd_peek(&rd) != 0x30)
		snprintf(out, n, "framing lost: octet %02x where a PS-PDU begins with 30; the rest of the file is skipped", rd_peek(&rd));
	else if (!r->x2x3)
		snprintf(out, n, "framing lost: a PS-PDU of more than %u octets or without a legal length; the rest of the file is skipped",
			 LI_PDU_MAX);
	else
		snprintf(out, n, "framing lost: no X2/X3 header of major version 0 with lengths in their limits; the rest of the file is "
			 "skipped");
}

/* All PDUs of an open file. False ends the run. */
static bool dump(struct run *r, FILE *f, const char *name, struct buf *in)
{
	uint64_t offset = 0, faults = r->d.faults;
	size_t pos = 0, n;
	bool ended = false;
	enum li_err e = LI_OK;
	char why[192];

	in->n = 0;
	while (!e) {
		struct view v = view_of(in->p + pos, in->n - pos);
		enum li_err next = r->x2x3 ? li_x_next(v, &n) : ps_next(v, &n);

		if (next == LI_OK) {
			v.n = n;
			e = r->x2x3 ? lidump_x(&r->d, v, offset) : lidump_ps(&r->d, v, offset);
			pos += n;
			offset += n;
		} else if (next != LI_EAGAIN) {
			lost(r, v, why, sizeof(why));
			e = lidump_fault(&r->d, offset, why);
			ended = true;
			v.n = 0;
		} else if (ended && v.n) {
			snprintf(why, sizeof(why), "ends within a PDU: %zu octets of it are there", v.n);
			e = lidump_fault(&r->d, offset, why);
			v.n = 0;
		}
		if (!e && !flush(r))
			return false;
		if (e || next == LI_OK)
			continue;
		if (ended)
			break;
		buf_consume(in, pos);
		pos = 0;
		e = buf_need(in, PIECE);
		if (e)
			break;
		n = fread(in->p + in->n, 1, PIECE, f);
		in->n += n;
		ended = n == 0;
	}
	if (e) {
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
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	struct run r = { .d = { .form = LIDUMP_JSON } };
	unsigned forms = 0;
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (o) {
		case 'j': r.d.form = LIDUMP_JSON; forms++; break;
		case 't': r.d.form = LIDUMP_TREE; forms++; break;
		case 's': r.d.form = LIDUMP_SUMMARY; forms++; break;
		case 'x': r.x2x3 = true; break;
		case 'p': r.pcap_name = optarg; break;
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
	if (fflush(stdout) != 0)
		complain(&r, "standard output", strerror(errno));
	return r.bad ? FAILED : GOOD;
}
