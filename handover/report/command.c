/* command.c: options of lemfd's subcommands. What they read came from others: so each gives up, before it reads, whatever it does not need. */
#include "handover/report/command.h"

#include <errno.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <li/version.h>

#include "handover/report/places.h"
#include "handover/sandbox.h"

static const char keys_help[] =
"  --signer FILE        public key or certificate of who signs integrity checks         --signer mdf-sign.pem\n"
"  --payload-key CIPHER[,little]:FILE                                                   --payload-key AES-256-CBC:op01.key\n"
"                       opens encrypted payloads; AES-192-CBC or AES-256-CBC; both of these are repeatable, at most 64 of each\n"
"  --help  --version\n";

static const char report_help[] =
"usage: lemfd report DIR [FOLDER...] [--out DIR2] [--signer FILE]... [--payload-key CIPHER[,little]:FILE]...\n"
"\n"
"Writes what an agency received of each interception as one HTML page that needs nothing else: DIR2/FOLDER.html, and\n"
"DIR2/index.html for several. DIR is what lemfd --out names; it is read only, and lemfd may be running on it.\n"
"Gaps and integrity are judged anew from the files.\n"
"\n"
"  --out DIR2           where to write, made when it is not there; never in DIR         --out reports\n"
"                       (the current directory unless given)\n";

static const char export_help[] =
"usage: lemfd export DIR FOLDER... [--json FILE] [--pcap FILE] [--signer FILE]... [--payload-key CIPHER[,little]:FILE]...\n"
"\n"
"Writes all PDUs of interceptions in the order of their times, and of each context in the order of its numbers. Standard error names\n"
"what is missing.\n"
"\n"
"  --json FILE          JSON Lines, as lidump writes them; - is standard output         --json case.jsonl\n"
"  --pcap FILE          the content as pcapng; - is standard output                     --pcap case.pcapng\n";

static const char verify_help[] =
"usage: lemfd verify DIR [FOLDER...] [--json] [--since FILE] [--signer FILE]... [--payload-key CIPHER[,little]:FILE]...\n"
"\n"
"Judges everything that is stored anew: numbers that are missing or twice, damaged PDUs, every integrity check; and by the\n"
"ledger that lemfd wrote, PDUs that stand in another order, are gone, were put there, or have other octets.\n"
"\n"
"  --json               a JSON object an interception, a line each\n"
"  --since FILE         what --json said earlier, kept elsewhere: no ledger was cut or written anew,     --since monday.jsonl\n"
"                       and no interception is gone\n";

static const char status_help[] =
"Exit status: 0 all is there and as it was sent, 1 something is missing, bad, or could not be judged or written, 2 wrong use.\n";

enum { OPT_OUT = 1, OPT_JSON_FILE = 2, OPT_PCAP = 4, OPT_JSON = 8, OPT_SINCE = 16 };

static const struct subcommand {
	const char *name, *help, *status;
	int (*run)(struct command *c);
	unsigned options;
} subcommands[] = {
	{ "report", report_help, "Exit status: 0 every page was written, whatever it says; 1 one was not; 2 wrong use.\n", report_run, OPT_OUT },
	{ "export", export_help, status_help, export_run, OPT_JSON_FILE | OPT_PCAP },
	{ "verify", verify_help, status_help, verify_run, OPT_JSON | OPT_SINCE },
};

static const struct subcommand *named(const char *word)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (strcmp(subcommands[i].name, word) == 0)
			return &subcommands[i];
	return NULL;
}

bool command_is(const char *word)
{
	return named(word);
}

void command_say(const struct command *c, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "lemfd %s: ", c->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void command_confine(const struct command *c, const char *out)
{
	char missing[SANDBOX_TEXT];
	uint8_t digest[32];
	struct sandbox b;

	(void)EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL);	/* OpenSSL reads its configuration now */
	sandbox_begin(&b);
	sandbox_path(&b, c->dir, SANDBOX_READ);
	sandbox_path(&b, places_folder(), SANDBOX_WRITE);
	if (out)
		sandbox_path(&b, out, SANDBOX_WRITE);
	if (!sandbox_enter(&b, SANDBOX_LEMFD, missing))
		command_say(c, "sandbox: without %s", missing);
}

static int wrong(const struct command *c, const char *what)
{
	command_say(c, "%s\nTry lemfd %s --help.", what, c->name);
	return COMMAND_WRONG_USE;
}

/* >= 0: that is the end. */
static int options(struct command *c, const struct subcommand *s, int argc, char **argv)
{
	enum { OUT = 'o', JSON = 'j', PCAP = 'p', SINCE = 'S', SIGNER = 's', KEY = 'k', HELP = 'h', VERSION = 'v' };
	static const struct option names[] = {
		{ "out", required_argument, NULL, OUT }, { "json", required_argument, NULL, JSON }, { "pcap", required_argument, NULL, PCAP },
		{ "since", required_argument, NULL, SINCE },
		{ "signer", required_argument, NULL, SIGNER }, { "payload-key", required_argument, NULL, KEY }, { "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION }, { NULL, 0, NULL, 0 } };
	struct option mine[sizeof(names) / sizeof(names[0])];
	char err[COMMAND_TEXT] = "";
	bool good = true;
	int o;

	memcpy(mine, names, sizeof(names));
	mine[1].has_arg = s->options & OPT_JSON ? no_argument : required_argument;
	optind = 1;
	while ((o = getopt_long(argc, argv, "h", mine, NULL)) != -1) {
		switch (o) {
		case OUT: c->out = optarg; good = s->options & OPT_OUT; break;
		case JSON:
			c->json = optarg;
			c->as_json = true;
			good = s->options & (OPT_JSON | OPT_JSON_FILE);
			break;
		case SINCE: c->since = optarg; good = s->options & OPT_SINCE; break;
		case PCAP: c->pcap = optarg; good = s->options & OPT_PCAP; break;
		case SIGNER:
			if (!lemf_keys_signer_file(&c->keys, optarg, err, sizeof(err))) {
				command_say(c, "--signer: %s", err);
				return COMMAND_BAD;
			}
			break;
		case KEY:
			if (!lemf_keys_option(&c->keys, optarg, err, sizeof(err))) {
				command_say(c, "--payload-key: %s", err);
				return COMMAND_BAD;
			}
			break;
		case HELP: printf("%s%s\n%s", s->help, keys_help, s->status); return COMMAND_GOOD;
		case VERSION: puts("lemfd " LI_VERSION); return COMMAND_GOOD;
		default: good = false;
		}
		if (!good)
			return wrong(c, "that is not an option of it");
	}
	return -1;
}

/* The folders that were named, or all; they are the caller's. */
static enum li_err folders(struct command *c, char **names, int n)
{
	c->all = n == 0;
	if (c->all)
		return evidence_folders(&c->evidence, &c->folder, &c->n_folders);
	c->folder = calloc((size_t)n, sizeof(*c->folder));
	if (!c->folder)
		return LI_ENOMEM;
	for (; c->n_folders < (size_t)n; c->n_folders++) {
		char *name = strdup(names[c->n_folders]);

		if (!name)
			return LI_ENOMEM;
		for (size_t k = strlen(name); k > 1 && name[k - 1] == '/'; k--)	/* as a shell completes it */
			name[k - 1] = '\0';
		c->folder[c->n_folders] = name;
	}
	return LI_OK;
}

int command_main(int argc, char **argv)
{
	const struct subcommand *s = named(argv[0]);
	struct command c = { .name = argv[0], .evidence = { .fd = -1 } };
	char err[COMMAND_TEXT] = "";
	int status = options(&c, s, argc, argv);
	enum li_err e;

	if (status < 0 && optind == argc)
		status = wrong(&c, "DIR is needed: what lemfd --out names");
	else if (status < 0 && s->options & OPT_PCAP && optind + 1 == argc)
		status = wrong(&c, "FOLDER is needed: an interception of DIR");
	else if (status < 0 && s->options & OPT_PCAP && !c.json && !c.pcap)
		status = wrong(&c, "--json or --pcap is needed");
	if (status >= 0)
		goto out;
	status = COMMAND_BAD;
	if (!sandbox_no_dumps())	/* a core would hold content */
		command_say(&c, "core dumps cannot be switched off: %s", strerror(errno));
	c.dir = argv[optind];
	if (!evidence_open(&c.evidence, c.dir, err, sizeof(err))) {
		command_say(&c, "%s", err);
		goto out;
	}
	e = folders(&c, argv + optind + 1, argc - optind - 1);
	if (e || getrandom(&c.seed, sizeof(c.seed), 0) != sizeof(c.seed)) {
		command_say(&c, "%s: %s", c.dir, li_err_text(e ? e : LI_EIO));
		goto out;
	}
	if (!c.n_folders)
		command_say(&c, "%s: no interception is stored there", c.dir);
	else
		status = s->run(&c);
out:
	for (size_t i = 0; i < c.n_folders; i++)
		free(c.folder[i]);
	free(c.folder);
	evidence_close(&c.evidence);
	lemf_keys_fini(&c.keys);
	if (fflush(stdout) && status == COMMAND_GOOD) {
		command_say(&c, "standard output: %s", strerror(errno));
		status = COMMAND_BAD;
	}
	return status;
}
