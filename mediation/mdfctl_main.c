/*
 * mdfctl_main.c: the service's command line. A verb is found in the table (its request, its columns, its example); most
 * are one line to the control socket and one line of JSON back, shown as it is or as a table. "audit verify" reads the
 * log itself and needs no service. Exit status: 0 done, 1 failed or refused, 2 wrong use.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <li/version.h>

#include "mediation/audit.h"
#include "mediation/ctl.h"
#include "mediation/show.h"
#include "mediation/show_status.h"
#include "mediation/warrant/store.h"

#define DEFAULT_SOCKET "/run/mdfd/control"
#define DEFAULT_LOG "/var/lib/mdfd/audit.log"
#define PUB_NAME "audit.pub"
#define FILES_MAX AUDIT_FILES_MAX
#define ANSWER_SECONDS 60	/* a reload with many warrants waits for the disk */

enum { DONE, FAILED, MISUSED };

struct options {
	const char *socket;
	bool json;
};

struct verb {
	const char *name, *arguments, *what, *example;
	int least, most;		/* arguments */
	bool file;			/* the argument is a file that is sent along */
	const char *columns;		/* of its table; NULL: all */
	int (*fn)(const struct options *o, const struct verb *v, int argc, char **argv);
};

static int ask(const struct options *o, const struct verb *v, int argc, char **argv);
static int ask_warrant(const struct options *o, const struct verb *v, int argc, char **argv);
static int ask_message(const struct options *o, const struct verb *v, int argc, char **argv);
static int verify(const struct options *o, const struct verb *v, int argc, char **argv);
static int version(const struct options *o, const struct verb *v, int argc, char **argv);
static int help(const struct options *o, const struct verb *v, int argc, char **argv);

#define WARRANT_COLUMNS "liid xid state delivery start end targets destinations owner"
#define ACCOUNT_COLUMNS "liid did kind state in delivered waiting filtered lost unsure unsure_more filtered_by lost_by unsure_by"
#define DEST_COLUMNS "did name address delivery success warrants owner"
#define QUEUE_COLUMNS "name kind connection queued_pdus memory_pdus disk_pdus disk_octets disk delivered_pdus dropped_pdus " \
	"purged_pdus damaged_pdus resent_pdus connects failures"
static const struct verb verbs[] = {
	{ "status", "", "is it well, and what is it doing: alarms and what to do, taps, sessions, connections, clock, disks, certificates",
	  "mdfctl status", 0, 0, false, NULL, ask },
	{ "counters", "", "every counter that is not 0, and what it means; with --json all", "mdfctl counters", 0, 0, false, NULL, ask },
	{ "warrant list", "", "every warrant", "mdfctl --json warrant list", 0, 0, false, WARRANT_COLUMNS, ask },
	{ "warrant show", "LIID [--xid XID]", "the warrant of a LIID, or of each of its tasks: what it has met, which taps can see its target",
	  "mdfctl warrant show LI-2026-0001", 1, 3, false, "", ask_warrant },
	{ "warrant account", "LIID [--xid XID] | XID", "what has become of each of its records, by destination: in = delivered + waiting + filtered + lost + unsure, and why",
	  "mdfctl warrant account LI-2026-0001", 1, 3, false, ACCOUNT_COLUMNS, ask_warrant },
	{ "warrant add", "FILE", "add or change the warrants of a file in the form of warrants.yaml; - is standard input",
	  "mdfctl warrant add new.yaml", 1, 1, true, NULL, ask },
	{ "warrant end", "LIID [--xid XID] [--purge]", "end a warrant that mdfctl added, in all tasks of the LIID, or in that of the XID; --purge: what is queued of it is not delivered",
	  "mdfctl warrant end LI-2026-0001 --purge", 1, 3, false, NULL, ask_warrant },
	{ "warrant purge", "LIID [--xid XID]", "the same as warrant end LIID --purge", "mdfctl warrant purge LI-2026-0001", 1, 3, false, NULL, ask_warrant },
	{ "warrant suspend", "LIID [--xid XID]", "suspend a warrant that mdfctl added: not in force, and what is queued of it is purged",
	  "mdfctl warrant suspend LI-2026-0001", 1, 3, false, NULL, ask_warrant },
	{ "warrant resume", "LIID [--xid XID]", "it goes on, as a new order from now on", "mdfctl warrant resume LI-2026-0001", 1, 3, false, NULL, ask_warrant },
	{ "warrant test", "LIID|XID [--xid XID]", "send a test PDU to the agencies of a warrant that is in force", "mdfctl warrant test LI-2026-0001", 1, 3, false, NULL,
	  ask_warrant },
	{ "warrant reset-cin", "LIID", "its sessions begin anew, under new CINs and numbers, and its agencies are told so (cINReset)",
	  "mdfctl warrant reset-cin LI-2026-0001", 1, 1, false, NULL, ask_warrant },
	{ "warrant message", "LIID|XID TEXT [--information]", "say something to its agencies (operatorLeaMessage): an error; --information: nothing is wrong with what is delivered",
	  "mdfctl warrant message LI-2026-0001 'content of N3 is missing from 10:00 to 10:20 UTC'", 2, 3, false, NULL, ask_message },
	{ "destination list", "", "every destination", "mdfctl destination list", 0, 0, false, DEST_COLUMNS, ask },
	{ "destination show", "DID", "one destination: every option, as warrants.yaml would have it",
	  "mdfctl destination show 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01", 1, 1, false, "", ask },
	{ "destination add", "FILE", "add or change the destinations of a file", "mdfctl destination add agency.yaml", 1, 1,
	  true, NULL, ask },
	{ "destination remove", "DID", "remove a destination that no warrant uses",
	  "mdfctl destination remove 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01", 1, 1, false, NULL, ask },
	{ "session list", "", "sessions under interception, of taps and of X2 and X3", "mdfctl session list", 0, 0, false, NULL, ask },
	{ "tap list", "", "taps: what they see and drop", "mdfctl tap list", 0, 0, false, NULL, ask },
	{ "queue list", "", "queues towards the agencies", "mdfctl queue list", 0, 0, false, QUEUE_COLUMNS, ask },
	{ "audit verify", "[--key PUB] [FILE...]", "check the audit log, all its files in any order; needs no service",
	  "mdfctl audit verify --key audit.pub audit.log audit.log.*", 0, FILES_MAX, false, NULL, verify },
	{ "audit show", "[N]", "the last N entries of the audit log", "mdfctl audit show 50", 0, 1, false,
	  "n time event who fields", ask },
	{ "reload", "", "read configuration, warrants and certificates again; a bad file changes nothing", "mdfctl reload", 0, 0, false, NULL, ask },
	{ "version", "", "the version of mdfctl", "mdfctl version", 0, 0, false, NULL, version },
	{ "help", "[VERB]", "this", "mdfctl help warrant add", 0, 2, false, NULL, help },
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* -- help -- */

static void usage(FILE *out)
{
	fprintf(out, "usage: mdfctl [-s SOCKET] [--json] VERB [ARGUMENT...]\n\n");
	for (size_t i = 0; i < N_VERBS; i++) {
		int n = fprintf(out, "  %s %s", verbs[i].name, verbs[i].arguments);

		fprintf(out, "%*s%s\n", n < 38 ? 38 - n : 1, "", verbs[i].what);
	}
	fprintf(out, "\n  -s SOCKET  the control socket (%s)\n  --json     the answer as JSON\n\n"
		"Exit status: 0 done, 1 failed, 2 wrong use. mdfctl help VERB gives an example.\n", DEFAULT_SOCKET);
}

static int misuse(const char *what, const char *which)
{
	fprintf(stderr, "mdfctl: %s%s%s; mdfctl help tells more\n", what, *which ? ": " : "", which);
	return MISUSED;
}

/* The verb of one or two words that argv begins with; *words: how many. */
static const struct verb *find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < N_VERBS; i++) {
		const char *space = strchr(verbs[i].name, ' ');
		size_t n = space ? (size_t)(space - verbs[i].name) : strlen(verbs[i].name);

		*words = space ? 2 : 1;
		if (argc < *words || strlen(argv[0]) != n || strncmp(argv[0], verbs[i].name, n) != 0)
			continue;
		if (!space || strcmp(argv[1], space + 1) == 0)
			return &verbs[i];
	}
	return NULL;
}

static int help(const struct options *o, const struct verb *v, int argc, char **argv)
{
	int words;

	(void)o;
	if (argc == 0) {
		usage(stdout);
		return DONE;
	}
	v = find(argc, argv, &words);
	if (!v || words != argc)
		return misuse("no such verb", "");
	printf("mdfctl %s %s\n  %s\n\nexample:\n  %s\n", v->name, v->arguments, v->what, v->example);
	return DONE;
}

static int version(const struct options *o, const struct verb *v, int argc, char **argv)
{
	(void)v;
	(void)argc;
	(void)argv;
	if (o->json)
		printf("{\"ok\":true,\"version\":\"%s\"}\n", LI_VERSION);
	else
		printf("mdfctl %s\n", LI_VERSION);
	return DONE;
}

/* -- asking the service -- */

static int fail(const struct options *o, const char *what, const char *why)
{
	struct buf b;
	struct json j;
	char text[1024];

	snprintf(text, sizeof(text), "%s%s%s", what, *why ? ": " : "", why);
	if (!o->json) {
		fprintf(stderr, "mdfctl: %s\n", text);
		return FAILED;
	}
	buf_init(&b, 0);
	j = json_to(&b);
	json_object(&j, NULL);
	json_bool(&j, "ok", false);
	json_text(&j, "error", text);
	json_close(&j, '}');
	if (!json_end(&j))
		printf("%.*s\n", (int)b.n, (const char *)b.p);
	buf_fini(&b);
	return FAILED;
}

static bool read_all(FILE *f, size_t max, struct buf *b)
{
	size_t n = 1;

	while (n > 0 && b->n <= max) {
		if (buf_need(b, 65536))
			return false;
		n = fread(b->p + b->n, 1, 65536, f);
		b->n += n;
	}
	return !ferror(f) && b->n <= max;
}

static int connect_to(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = ANSWER_SECONDS };
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait))) {
		int e = errno;

		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

static bool send_all(int fd, struct view v)
{
	while (v.n) {
		ssize_t n = send(fd, v.p, v.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		v = view_of(v.p + n, v.n - (size_t)n);
	}
	return true;
}

/* One line of an answer, without its end. */
static bool receive(int fd, struct buf *b)
{
	for (;;) {
		ssize_t n;

		if (b->n && b->p[b->n - 1] == '\n') {
			b->n--;
			return true;
		}
		if (buf_need(b, 65536))
			return false;
		n = recv(fd, b->p + b->n, 65536, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : ECONNRESET;
			return false;
		}
		b->n += (size_t)n;
	}
}

/* Text of the service for a terminal: faults a line each, the error last. */
static void tell_refusal(const struct json_doc *d)
{
	const struct json_node *f = json_first(d, json_member(d, &d->node[0], "faults"));
	const struct json_node *e = json_member(d, &d->node[0], "error");

	for (; f; f = json_next(d, f))
		fprintf(stderr, "%.*s\n", (int)f->text.n, (const char *)f->text.p);
	fprintf(stderr, "mdfctl: %.*s\n", e ? (int)e->text.n : 0, e ? (const char *)e->text.p : "");
}

static void print(const struct verb *v, const struct json_doc *d)
{
	if (strcmp(v->name, "status") == 0)
		show_status(stdout, d);
	else if (strcmp(v->name, "counters") == 0)
		show_counters(stdout, d);
	else if (strcmp(v->name, "tap list") == 0)
		show_taps(stdout, d, "name kind state packets octets packets_per_second octets_per_second reopened truncated held");
	else
		show_answer(stdout, d, v->columns);
}

static int show(const struct options *o, const struct verb *v, struct view answer)
{
	const struct json_node *ok;
	struct json_doc d;
	bool good;

	if (json_read(answer, &d))
		return fail(o, "the service's answer cannot be read", "");
	ok = json_member(&d, &d.node[0], "ok");
	good = ok && ok->kind == JSON_TRUE;
	if (o->json) {
		fwrite(answer.p, 1, answer.n, stdout);
		putchar('\n');
	} else if (good) {
		print(v, &d);
	} else {
		tell_refusal(&d);
	}
	json_doc_fini(&d);
	return good ? DONE : FAILED;
}

/* The document's whole name, so that messages and relative paths in it mean the same to the service. */
static int request_of(const struct options *o, const struct verb *v, const char *argument, struct buf *line,
		      struct buf *body)
{
	bool in = v->file && strcmp(argument, "-") == 0;
	char *whole = NULL;
	FILE *f;
	enum li_err e;

	if (!v->file)
		return !buf_printf(line, *argument ? "%s %s\n" : "%s\n", v->name, argument) ? DONE : FAILED;
	f = in ? stdin : fopen(argument, "re");
	if (!f || !read_all(f, CTL_BODY_MAX, body)) {
		const char *why = body->n > CTL_BODY_MAX ? "too long" : strerror(errno);

		if (f && !in)
			fclose(f);
		return fail(o, argument, why);
	}
	if (!in) {
		fclose(f);
		whole = realpath(argument, NULL);
	}
	e = buf_printf(line, "%s %s +%zu\n", v->name, in ? "standard-input" : whole ? whole : argument, body->n);
	free(whole);
	return e ? FAILED : DONE;
}

static int exchange(const struct options *o, const struct verb *v, struct view line, struct view body)
{
	int fd = connect_to(o->socket), status;
	struct buf answer;

	buf_init(&answer, JSON_READ_MAX);
	if (fd < 0)
		status = fail(o, o->socket, strerror(errno));
	else if (!send_all(fd, line) || (!send_all(fd, body) && errno != EPIPE) || !receive(fd, &answer))
		status = fail(o, o->socket, strerror(errno));
	else
		status = show(o, v, buf_view(&answer));
	if (fd >= 0)
		close(fd);
	buf_fini(&answer);
	return status;
}

static int ask(const struct options *o, const struct verb *v, int argc, char **argv)
{
	struct buf line, body;
	int status;

	buf_init(&line, CTL_LINE_MAX + 2);
	buf_init(&body, CTL_BODY_MAX + 2 * 65536);
	status = request_of(o, v, argc ? argv[0] : "", &line, &body);
	if (status == DONE)
		status = exchange(o, v, buf_view(&line), buf_view(&body));
	buf_wipe(&body);
	buf_fini(&line);
	buf_fini(&body);
	return status;
}

/* The text goes as a document, so that it stands in no line that is audited. */
static int ask_message(const struct options *o, const struct verb *v, int argc, char **argv)
{
	const char *word[2] = { NULL, NULL };
	char line[CTL_LINE_MAX];
	bool information = false;
	int n = 0;

	for (int i = 0; i < argc; i++) {
		bool option = strcmp(argv[i], "--information") == 0;

		information |= option;
		if (!option && n == 2)
			return misuse("too many arguments", v->name);
		if (!option)
			word[n++] = argv[i];
	}
	if (n < 2 || !*word[1])
		return misuse("an argument is missing", v->name);
	n = snprintf(line, sizeof(line), "warrant %s %s +%zu\n", information ? "inform" : "message", word[0], strlen(word[1]));
	if (n >= (int)sizeof(line))
		return misuse("too long", v->name);
	return exchange(o, v, view_str(line), view_str(word[1]));
}

/* LIID [--xid XID], in any order: "LIID XID" on the socket. */
static int ask_warrant(const struct options *o, const struct verb *v, int argc, char **argv)
{
	const char *liid = NULL, *xid = NULL;
	char argument[CTL_LINE_MAX];
	uint8_t b[16];

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--xid") == 0 && i + 1 < argc && !xid)
			xid = argv[++i];
		else if (!liid)
			liid = argv[i];
		else
			return misuse("too many arguments", v->name);
	}
	if (!liid)
		return misuse("an argument is missing", v->name);
	if (xid && li_uuid_read(xid, b))
		return misuse("an XID is expected: 8-4-4-4-12 hexadecimal digits", v->name);
	if (snprintf(argument, sizeof(argument), xid ? "%s %s" : "%s", liid, xid) >= (int)sizeof(argument))
		return misuse("too long", v->name);
	return ask(o, v, 1, (char *[]){ argument });
}

/* -- the audit log -- */

static char *beside(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	char *s;

	return asprintf(&s, "%.*s%s", slash ? (int)(slash - file + 1) : 0, file, name) < 0 ? NULL : s;
}

typedef unsigned long long ull;

/* What follows the last checkpoint is only as good as the store's word for it. */
static int verified(const struct options *o, uint64_t entries, uint64_t signed_to, bool head)
{
	if (!head && !signed_to)
		return fail(o, "the chain is good, but there is no checkpoint in it and no store beside it: anybody may have written this log", "");
	if (o->json)
		printf("{\"ok\":true,\"entries\":%llu,\"signed\":%llu,\"head\":%s}\n", (ull)entries, (ull)signed_to, head ? "true" : "false");
	else if (head)
		printf("%llu entries: chain and signatures are good, and the end is the one that the store knows\n", (ull)entries);
	else if (entries == signed_to)
		printf("%llu entries: chain and signatures are good; no store lies beside the log, so an end cut off after this last checkpoint "
		       "would not show\n", (ull)entries);
	else
		printf("%llu entries: chain and signatures are good; entries %llu to %llu follow the last checkpoint and no store lies beside the "
		       "log, so changes and cuts among them would not show\n", (ull)entries, (ull)signed_to + 1, (ull)entries);
	return DONE;
}

/* A service that runs writes an entry first and tells the store then: how long that may take on a slow disk. */
#define TOLD_TRIES 30
#define TOLD_PAUSE (100 * 1000 * 1000)	/* ns */

static bool store_has(const char *dir, uint64_t entries, uint64_t *count, uint8_t hash[32])
{
	const struct timespec pause = { .tv_nsec = TOLD_PAUSE };

	for (int i = 0; i < TOLD_TRIES; i++) {
		if (store_peek_audit_head(dir, count, hash) == LI_OK && *count >= entries)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static int verify(const struct options *o, const struct verb *v, int argc, char **argv)
{
	static char *preset[FILES_MAX];
	const char *const *files;
	const char *pub = NULL;
	char err[512] = "", *dir, *own = NULL;
	uint64_t entries = 0, signed_to = 0, count;
	uint8_t hash[32];
	bool head;
	enum li_err e;
	size_t n;

	(void)v;
	if (argc && strcmp(argv[0], "--key") == 0) {
		if (argc < 2)
			return misuse("--key needs a file", "");
		pub = argv[1];
		argc -= 2;
		argv += 2;
	}
	if (argc && argv[0][0] == '-' && argv[0][1])
		return misuse("unknown option", argv[0]);
	files = (const char *const *)(void *)(argc ? argv : preset);
	n = argc ? (size_t)argc : audit_files(DEFAULT_LOG, preset, FILES_MAX);
	for (size_t i = 0; i < n; i++)
		if (n > FILES_MAX || !files[i])
			return fail(o, "too many files, or out of memory", "");
	if (!pub)
		pub = own = beside(files[0], PUB_NAME);
	dir = beside(files[n - 1], ".");
	if (!pub || !dir) {
		free(own);
		free(dir);
		return fail(o, "out of memory", "");
	}
	/* the head first: the log may grow meanwhile, and then is longer than it, not shorter */
	head = store_peek_audit_head(dir, &count, hash) == LI_OK;
	e = audit_verify(files, n, pub, head ? &count : NULL, head ? hash : NULL, &entries, &signed_to, err, sizeof(err));
	if (!e && head && entries > count && store_has(dir, entries, &count, hash)) {	/* are they those that it knows? */
		e = audit_verify(files, n, pub, &count, hash, &entries, &signed_to, err, sizeof(err));
		entries = count;	/* what has come since is not looked at */
		signed_to = signed_to < entries ? signed_to : entries;
	} else if (!e && head && entries > count) {
		snprintf(err, sizeof(err), "%s: the store knows the log up to entry %llu: entries %llu to %llu were added, or written just before a "
			 "crash, which the next start of the service notes", files[n - 1], (ull)count, (ull)count + 1, (ull)entries);
		e = LI_EFORMAT;
	}
	free(own);
	free(dir);
	return e ? fail(o, *err ? err : li_err_text(e), "") : verified(o, entries, signed_to, head);
}

/* -- */

/* An ending that purges is a verb of its own to the service: argv without --purge; true: it was there. */
static bool take_purge(int *argc, char **argv)
{
	static char purge[] = "purge";

	if (*argc < 3 || strcmp(argv[0], "warrant") != 0 || strcmp(argv[1], "end") != 0)
		return false;
	for (int i = 2; i < *argc; i++) {
		if (strcmp(argv[i], "--purge") != 0)
			continue;
		memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i - 1) * sizeof(argv[0]));
		argv[1] = purge;
		--*argc;
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct options o = { DEFAULT_SOCKET, false };
	const struct verb *v;
	int i = 1, words;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-s") == 0 && i + 1 < argc)
			o.socket = argv[++i];
		else if (strcmp(argv[i], "--json") == 0)
			o.json = true;
		else if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
			return help(&o, NULL, 0, NULL);
		else if (strcmp(argv[i], "--version") == 0)
			return version(&o, NULL, 0, NULL);
		else
			return misuse("unknown option, or one that needs a value", argv[i]);
	}
	if (i == argc) {
		usage(stderr);
		return MISUSED;
	}
	words = argc - i;
	if (take_purge(&words, argv + i))
		argc--;
	v = find(argc - i, argv + i, &words);
	if (!v)
		return misuse("no such verb", "");
	i += words;
	if (i < argc && strcmp(argv[argc - 1], "--json") == 0) {	/* people write it at the end, too */
		o.json = true;
		argc--;
	}
	if (i < argc && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
		char *name[] = { argv[i - words], argv[i - 1] };

		return help(&o, NULL, words, name);
	}
	if (argc - i < v->least || argc - i > v->most)
		return misuse(argc - i < v->least ? "an argument is missing" : "too many arguments", v->name);
	return v->fn(&o, v, argc - i, argv + i);
}
