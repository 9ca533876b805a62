/*
 * lemfd_main.c: the agency's end of the handover as a program: options, signals, the summary. The work is lemf.c's.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <li/version.h>

#include "handover/lemf.h"
#include "handover/lemf_rules.h"
#include "handover/memlock.h"
#include "handover/report/command.h"
#include "handover/sandbox.h"

#define NAMES_MAX 64	/* tls.c takes as many */

static const char usage[] =
"usage: lemfd --listen HOST:PORT --cert FILE --key FILE --ca FILE --out DIR --name PEER... [--crl FILE]\n"
"             [--signer FILE]... [--payload-key CIPHER[,little]:FILE]... [--expect NAME=PATTERN]... [--unexpected NAME=WORD]...\n"
"             [--limit NAME=LIMITS]...\n"
"             [--gap-wait TIME] [--options ask|answer|decline|none] [--negotiation-wait TIME] [--tls-min 1.2|1.3] [--ciphers LIST] [--ciphersuites LIST] [--once N]\n"
"       lemfd report | export | verify DIR ...    what it has stored, to read, to pass on, and judged anew: lemfd report --help\n"
"\n"
"Takes HI2 and HI3 (TS 102 232-1 over TLS) from mediation functions and stores it by interception.\n"
"\n"
"  --listen HOST:PORT  where to listen; port 0 takes any, which is then printed   --listen 127.0.0.1:50001\n"
"                      an IPv6 address stands in brackets                         --listen '[::1]:50001'\n"
"  --cert FILE         our certificate, PEM, intermediates after it               --cert lemf.crt\n"
"  --key FILE          its private key, PEM                                       --key lemf.key\n"
"  --ca FILE           who may sign the peers' certificates, PEM                  --ca li-ca.crt\n"
"  --crl FILE          revoked certificates, PEM; a chain without CRL is refused  --crl li-ca.crl\n"
"  --name PEER         name a peer's certificate must bear, DNS or IP; repeatable --name mdf.example\n"
"  --out DIR           where to store; made when it is not there                  --out /var/lib/lemf\n"
"  --signer FILE       public key or certificate of who signs integrity checks    --signer mdf-sign.pem\n"
"  --payload-key CIPHER[,little]:FILE                                             --payload-key AES-256-CBC:op01.key\n"
"                      opens encrypted payloads; AES-192-CBC or AES-256-CBC\n"
"  --expect NAME=PATTERN, --expect NAME=@FILE                                     --expect 'mdf.example=NL-OP01-*'\n"
"                      which interceptions that peer may deliver, by the names of their folders; others go aside\n"
"  --unexpected NAME=aside|refuse                                                 --unexpected mdf.example=refuse\n"
"                      what becomes of the others: kept aside and acknowledged (unless given), or the connection ends\n"
"  --limit NAME=connections=N,rate=SIZE                                           --limit mdf.example=connections=8,rate=50MiB\n"
"                      how many connections it may have, and what it may send in a second; all of these are repeatable\n"
"  --gap-wait TIME     of a peer with several connections, how long what is       --gap-wait 5m\n"
"                      missing on one may still come on another before it is a gap: 10s;\n"
"                      a number with ms, s or m, alone of seconds, at most 1440m; 0: not at all\n"
"  --options WORD      answer: take part in a peer's option negotiation; ask: and  --options ask\n"
"                      ask for acknowledgement ourselves; decline: refuse it; none: know no options\n"
"  --negotiation-wait TIME   how long one may take: 30s; at most 1440m            --negotiation-wait 10s\n"
"  --tls-min VERSION   1.2 (unless given) or 1.3                                  --tls-min 1.3\n"
"  --ciphers LIST      of TLS 1.2, OpenSSL's names; only ephemeral keys and AEAD  --ciphers ECDHE-ECDSA-AES256-GCM-SHA384\n"
"  --ciphersuites LIST of TLS 1.3                                                 --ciphersuites TLS_AES_256_GCM_SHA384\n"
"  --once N            end when N verified connections have ended                 --once 2\n"
"  --help  --version\n"
"\n"
"DIR/<country>-<operator>-<LIID>/ holds hi2.ber and hi3.ber, the octets as received, and events.jsonl: gaps, duplicates,\n"
"resets, peers, and the verdict on each integrity check (integrity.ber). What came before an acknowledgement request is\n"
"on the disk when it is answered. Standard output gets one line, \"listening on HOST:PORT\", when peers may connect;\n"
"standard error tells what happens and, at the end, how much came.\n"
"SIGHUP reads certificate, key, CA and CRL again, for the connections to come; a bad file changes nothing.\n"
"Exit status: 0 ended by a signal or by --once, 1 failed, 2 wrong use.\n";

#define DAY_MS (86400 * 1000)
#define GAP_WAIT (10 * LI_US_SECOND)	/* from a break to what was lost by it, and between two parts of a backlog */

struct lemfd {
	uv_loop_t loop;
	uv_signal_t term, interrupt, hangup;
	uv_timer_t day;
	struct lemf *lemf;
	const struct tls_conf *tls;	/* as the options say: for SIGHUP */
	struct lemf_stats last;
	unsigned long once, ended;
	int status;
};

static li_us now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (li_us)t.tv_sec * LI_US_SECOND + t.tv_nsec / 1000;
}

static void on_closed(void *arg)
{
	struct lemfd *d = arg;

	d->last = *lemf_stats(d->lemf);
	d->lemf = NULL;
}

static void stop(struct lemfd *d)
{
	if (d->lemf)
		lemf_close(d->lemf, on_closed, d);
	if (!uv_is_closing((uv_handle_t *)&d->term)) {
		uv_close((uv_handle_t *)&d->term, NULL);
		uv_close((uv_handle_t *)&d->interrupt, NULL);
		uv_close((uv_handle_t *)&d->hangup, NULL);
		uv_close((uv_handle_t *)&d->day, NULL);
	}
}

static void on_signal(uv_signal_t *s, int number)
{
	(void)number;
	stop(s->data);
}

static void warn_of_ends(struct lemfd *d)
{
	char text[TLS_ERR_TEXT];

	if (d->lemf && lemf_tls_ends(d->lemf, text, sizeof(text)))
		fprintf(stderr, "lemfd: warning: %s: peers will refuse us, or we them; get another, then SIGHUP\n", text);
}

static void on_day(uv_timer_t *t)
{
	warn_of_ends(t->data);
}

static void on_hangup(uv_signal_t *s, int number)
{
	struct lemfd *d = s->data;
	char err[TLS_ERR_TEXT] = "";

	(void)number;
	if (d->lemf && lemf_reload(d->lemf, d->tls, err, sizeof(err)))
		fprintf(stderr, "lemfd: reload: %s; what was read before stays in use\n", err);
	else
		fprintf(stderr, "lemfd: reload: certificate, key, CA and CRL were read again\n");
	warn_of_ends(d);
}

static void on_up(void *arg, uint64_t id, const char *address, const struct tls_peer *p)
{
	(void)arg;
	fprintf(stderr, "lemfd: connection %llu from %s up: %s (%s), %s %s\n", (unsigned long long)id, address, p->name, p->subject,
		p->protocol, p->cipher);
}

static void on_down(void *arg, uint64_t id, const char *address, bool was_up, const char *why)
{
	struct lemfd *d = arg;

	fprintf(stderr, "lemfd: connection %llu from %s %s: %s\n", (unsigned long long)id, address, was_up ? "down" : "failed", why);
	if (was_up && ++d->ended == d->once)
		stop(d);
}

static void on_failed(void *arg, const char *why, bool last)
{
	struct lemfd *d = arg;

	fprintf(stderr, "lemfd: %s%s\n", why, last ? "; ending, what was not acknowledged will be sent again" : "; peers were dropped");
	if (last) {
		d->status = 1;
		stop(d);
	}
}

static void summary(const struct lemf_stats *s)
{
	fprintf(stderr, "lemfd: %llu HI2 and %llu HI3 PDUs (%llu and %llu octets) and %llu others of %u interceptions; %llu duplicates, "
		"%llu conflicts, %llu repeats, %llu gaps (%llu closed, %llu numbers missing), %llu numbers not issued, %llu undecoded, "
		"%llu unexpected; integrity checks: %llu good, %llu bad, %llu open\n",
		(unsigned long long)s->pdus[LEMF_HI2], (unsigned long long)s->pdus[LEMF_HI3], (unsigned long long)s->octets[LEMF_HI2],
		(unsigned long long)s->octets[LEMF_HI3], (unsigned long long)s->pdus[LEMF_OTHER], s->interceptions,
		(unsigned long long)s->duplicates, (unsigned long long)s->conflicts, (unsigned long long)s->repeats,
		(unsigned long long)s->gaps, (unsigned long long)s->gaps_closed, (unsigned long long)s->missing, (unsigned long long)s->not_issued,
		(unsigned long long)s->undecoded, (unsigned long long)s->unexpected, (unsigned long long)s->checks_good, (unsigned long long)s->checks_bad,
		(unsigned long long)s->checks_open);
}

static bool add_payload_key(struct lemf_keys *k, char *text)
{
	char err[TLS_ERR_TEXT];
	bool good = lemf_keys_option(k, text, err, sizeof(err));

	if (!good)
		fprintf(stderr, "lemfd: --payload-key: %s\n", err);
	return good;
}

static bool add_signer(struct lemf_keys *k, const char *file)
{
	char err[TLS_ERR_TEXT] = "";
	bool good = lemf_keys_signer_file(k, file, err, sizeof(err));

	if (!good)
		fprintf(stderr, "lemfd: --signer: %s\n", err);
	return good;
}

static bool add_rule(struct lemf_rules *r, int option, char *text)
{
	static const struct { int option; const char *name; bool (*take)(struct lemf_rules *r, char *text, char *err, size_t n); } takers[] = {
		{ 'e', "expect", lemf_rules_expect }, { 'L', "limit", lemf_rules_limit }, { 'u', "unexpected", lemf_rules_unexpected } };
	char err[TLS_ERR_TEXT] = "";
	size_t i = 0;
	bool good;

	while (takers[i].option != option)
		i++;
	good = takers[i].take(r, text, err, sizeof(err));
	if (!good)
		fprintf(stderr, "lemfd: --%s: %s\n", takers[i].name, err);
	return good;
}

/* A rule for a name that no peer can have would hold nobody back. */
static bool rules_are_of_names(const struct lemf_rules *r, const struct lemf_conf *c)
{
	for (unsigned i = 0; i < r->n; i++) {
		size_t k = 0;

		while (k < c->n_names && strcmp(c->names[k], r->rule[i].name))
			k++;
		if (k == c->n_names) {
			fprintf(stderr, "lemfd: --expect, --unexpected, --limit: %s is no --name\n", r->rule[i].name);
			return false;
		}
		if (r->rule[i].refuses && !r->rule[i].n_exact && !r->rule[i].n_pattern)
			fprintf(stderr, "lemfd: warning: --unexpected %s=refuse refuses nothing: without an --expect of it all is expected\n",
				r->rule[i].name);
	}
	return true;
}

/* HOST:PORT or [HOST]:PORT; cuts text in two. */
static bool split(char *text, const char **host, const char **port)
{
	char *colon = strrchr(text, ':'), *end = colon;

	if (!colon || colon == text || !colon[1])
		return false;
	*port = colon + 1;
	*host = text;
	if (*text == '[') {
		if (end[-1] != ']')
			return false;
		end--;
		*host = text + 1;
	} else if (strchr(text, ':') != colon) {
		return false;
	}
	*end = '\0';
	return **host && strspn(*port, "0123456789") == strlen(*port) && strtoul(*port, NULL, 10) <= 65535;
}

/* 500ms, 60s, 60, 5m. */
static bool duration(const char *text, li_us *out)
{
	static const struct { const char *unit; li_us us; } units[] = { { "ms", 1000 }, { "s", LI_US_SECOND }, { "", LI_US_SECOND }, { "m", 60 * LI_US_SECOND } };
	char *end;
	unsigned long x = strtoul(text, &end, 10);

	if (end == text || *text == '-' || *text == '+')
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0 && x <= (unsigned long)(DAY_MS * 1000LL / units[i].us)) {
			*out = (li_us)x * units[i].us;
			return true;
		}
	return false;
}

static bool options_word(const char *word, enum lemf_options *out)
{
	static const char *const words[] = { [LEMF_OPTIONS_ANSWER] = "answer", [LEMF_OPTIONS_ASK] = "ask", [LEMF_OPTIONS_DECLINE] = "decline",
		[LEMF_OPTIONS_NONE] = "none" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum lemf_options)i;
			return true;
		}
	return false;
}

static int wrong(const char *what)
{
	fprintf(stderr, "lemfd: %s\nTry lemfd --help.\n", what);
	return 2;
}

/* A core would hold content. */
static void harden(void)
{
	size_t limit;

	if (!sandbox_no_dumps())
		fprintf(stderr, "lemfd: core dumps cannot be switched off: %s\n", strerror(errno));
	(void)memlock_all(&limit);	/* what it holds for seconds, it stores: keys suffice */
}

/* All is open: the folder it stores in is what it needs from now on, and those whose files it reads again. */
static void confine(const struct lemf_conf *c)
{
	char missing[SANDBOX_TEXT];
	struct sandbox b;

	sandbox_begin(&b);
	sandbox_path(&b, c->dir, SANDBOX_WRITE);
	sandbox_folder_of(&b, c->tls.certificate, SANDBOX_READ);
	sandbox_folder_of(&b, c->tls.key, SANDBOX_READ);
	sandbox_folder_of(&b, c->tls.ca, SANDBOX_READ);
	if (c->tls.crl)
		sandbox_folder_of(&b, c->tls.crl, SANDBOX_READ);
	if (!sandbox_enter(&b, SANDBOX_LEMFD, missing))
		fprintf(stderr, "lemfd: sandbox: without %s\n", missing);
}

static int run(struct lemfd *d, struct lemf_conf *c)
{
	static const struct lemf_ops ops = { on_up, on_down, on_failed };
	char err[TLS_ERR_TEXT] = "";
	bool started;

	uv_loop_init(&d->loop);
	uv_signal_init(&d->loop, &d->term);
	uv_signal_init(&d->loop, &d->interrupt);
	uv_signal_init(&d->loop, &d->hangup);
	uv_timer_init(&d->loop, &d->day);
	d->term.data = d->interrupt.data = d->hangup.data = d->day.data = d;
	d->tls = &c->tls;
	d->lemf = lemf_new(&d->loop, c, &ops, d, err, sizeof(err));
	started = d->lemf != NULL;
	if (started) {
		confine(c);
		uv_signal_start(&d->term, on_signal, SIGTERM);
		uv_signal_start(&d->interrupt, on_signal, SIGINT);
		uv_signal_start(&d->hangup, on_hangup, SIGHUP);
		uv_timer_start(&d->day, on_day, DAY_MS, DAY_MS);
		printf("listening on %s\n", lemf_address(d->lemf));
		fflush(stdout);
		warn_of_ends(d);
	} else {
		fprintf(stderr, "lemfd: %s\n", err);
		d->status = 1;
		stop(d);
	}
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	if (started)
		summary(&d->last);
	return d->status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' }, { "cert", required_argument, NULL, 'c' }, { "key", required_argument, NULL, 'k' },
		{ "ca", required_argument, NULL, 'a' }, { "crl", required_argument, NULL, 'r' }, { "name", required_argument, NULL, 'n' },
		{ "signer", required_argument, NULL, 'g' }, { "payload-key", required_argument, NULL, 'p' }, { "expect", required_argument, NULL, 'e' }, { "limit", required_argument, NULL, 'L' },
		{ "unexpected", required_argument, NULL, 'u' },
		{ "gap-wait", required_argument, NULL, 'w' }, { "options", required_argument, NULL, 'O' }, { "negotiation-wait", required_argument, NULL, 'W' },
		{ "tls-min", required_argument, NULL, 'm' }, { "ciphers", required_argument, NULL, 'C' }, { "ciphersuites", required_argument, NULL, 'S' },
		{ "out", required_argument, NULL, 'o' }, { "once", required_argument, NULL, '1' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 } };
	static struct lemfd d;
	static struct lemf_keys keys;
	static struct lemf_rules rules;
	const char *names[NAMES_MAX];
	struct lemf_conf c = { .names = names, .now = now, .keys = &keys, .rules = &rules, .gap_wait = GAP_WAIT };
	struct rlimit files;
	char *listen = NULL, *end;
	int o;

	if (argc > 1 && command_is(argv[1]))
		return command_main(argc - 1, argv + 1);
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'l':
			listen = optarg;
			break;
		case 'c':
			c.tls.certificate = optarg;
			break;
		case 'k':
			c.tls.key = optarg;
			break;
		case 'a':
			c.tls.ca = optarg;
			break;
		case 'r':
			c.tls.crl = optarg;
			break;
		case 'n':
			if (c.n_names == NAMES_MAX)
				return wrong("too many --name");
			names[c.n_names++] = optarg;
			break;
		case 'g':
			if (!add_signer(&keys, optarg))
				return 1;
			break;
		case 'p':
			if (!add_payload_key(&keys, optarg))
				return 1;
			break;
		case 'e':
		case 'L':
		case 'u':
			if (!add_rule(&rules, o, optarg))
				return 1;
			break;
		case 'w':
			if (!duration(optarg, &c.gap_wait))
				return wrong("--gap-wait takes a time: 500ms, 60s, 5m, or 0; at most 1440m");
			break;
		case 'W':
			if (!duration(optarg, &c.negotiation_wait) || !c.negotiation_wait)
				return wrong("--negotiation-wait takes a time: 500ms, 30s, 5m; at most 1440m");
			break;
		case 'O':
			if (!options_word(optarg, &c.options))
				return wrong("--options takes answer, ask, decline or none");
			break;
		case 'm':
			if (strcmp(optarg, "1.2") && strcmp(optarg, "1.3"))
				return wrong("--tls-min takes 1.2 or 1.3");
			c.tls.floor = optarg[2] == '3' ? TLS_FLOOR_13 : TLS_FLOOR_12;
			break;
		case 'C':
			c.tls.ciphers = optarg;
			break;
		case 'S':
			c.tls.ciphersuites = optarg;
			break;
		case 'o':
			c.dir = optarg;
			break;
		case '1':
			d.once = strtoul(optarg, &end, 10);
			if (*end || end == optarg || d.once == 0)
				return wrong("--once takes a number from 1 on");
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'v':
			puts("lemfd " LI_VERSION);
			return 0;
		default:
			return wrong("that is not an option of it");
		}
	}
	if (optind < argc)
		return wrong("it takes options only");
	if (!listen || !split(listen, &c.host, &c.port))
		return wrong("--listen HOST:PORT is needed");
	if (!c.tls.certificate || !c.tls.key || !c.tls.ca)
		return wrong("--cert, --key and --ca are needed: both ends prove who they are");
	if (!c.dir)
		return wrong("--out DIR is needed");
	if (!c.n_names)
		return wrong("--name PEER is needed: a name that a peer's certificate must bear");
	if (getrandom(&c.seed, sizeof(c.seed), 0) != sizeof(c.seed))
		return wrong("no random numbers");
	harden();
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < LEMF_CONNS_MAX + 2 * LEMF_OPEN_MAX) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a file that may not grow is a disk that is full */
	lemf_rules_ready(&rules);
	if (!rules_are_of_names(&rules, &c))
		return 2;
	d.status = run(&d, &c);
	lemf_rules_fini(&rules);
	lemf_keys_fini(&keys);
	return d.status;
}
