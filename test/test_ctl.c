/* test_ctl.c: the control socket over a real one: who may what, what is audited, broken and greedy clients. */
#include "mediation/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "mediation/warrant/warrant.h"
#include "test/said.h"
#include "test/unit.h"

static uv_loop_t loop;
static struct ctl *ctl;
static char *dir, *path, err[256];
static char audited[8192];
static bool deny;
static bool is_closed;
static struct ctl_warrants cw;

static enum li_err on_audit(void *arg, const char *who, const char *verb, const char *result, const char *object)
{
	size_t n = strlen(audited);

	(void)arg;
	snprintf(audited + n, sizeof(audited) - n, "[%s|%s|%s|%s]", strncmp(who, "uid:", 4) ? "?" : "uid", verb, result, object);
	return deny ? LI_EIO : LI_OK;
}

static void see(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	(void)arg;
	json_text(&a->json, "argument", r->argument);
	json_uint(&a->json, "body", r->body.n);
}

static void big(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	(void)arg;
	(void)r;
	json_array(&a->json, "list");
	for (unsigned i = 0; i < 300000; i++)
		json_text(&a->json, NULL, "0123456789");
	json_close(&a->json, ']');
}

static void half(void *arg, const struct ctl_request *r, struct ctl_answer *a)
{
	(void)arg;
	(void)r;
	json_array(&a->json, "list");
	ctl_fault(a, "f:1: k: bad");
	ctl_fault(a, "f:2: k: worse");
	ctl_error(a, "it failed");
}

static const struct ctl_verb own[] = {
	{ "status", false, CTL_NONE, false, NULL, see, NULL, true }, { "see", false, CTL_OPTIONAL, false, NULL, see, NULL, false },
	{ "need", false, CTL_REQUIRED, false, NULL, see, NULL, false }, { "reload", true, CTL_NONE, false, NULL, see, NULL, false },
	{ "put", true, CTL_OPTIONAL, true, NULL, see, NULL, false }, { "big", false, CTL_NONE, false, NULL, big, NULL, false },
	{ "half", false, CTL_NONE, false, NULL, half, NULL, false },
};
static struct ctl_verb verbs[CTL_WARRANT_VERBS];

static void taps(void *arg, int kind, struct json *array)
{
	(void)arg;
	json_text(array, NULL, kind == LI_ID_IMSI ? "n2" : "n4");
}

static void begin(void)
{
	const struct ctl_verb *tables[] = { own, verbs };
	size_t counts[] = { sizeof(own) / sizeof(own[0]), CTL_WARRANT_VERBS };

	signal(SIGPIPE, SIG_IGN);	/* as mdfd does */
	uv_loop_init(&loop);
	dir = folder_new();
	path = file_in(dir, "control", NULL);
	cw = (struct ctl_warrants){ warrants_new(NULL, NULL, NULL), NULL, taps, NULL, NULL };
	ctl_warrant_verbs(&cw, verbs);
	audited[0] = 0;
	deny = false;
	ctl = ctl_new(&loop, path, NULL, NULL, tables, counts, 2, on_audit, NULL, err, sizeof(err));
	if (!ctl)
		fprintf(stderr, "%s\n", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ctl);
}

static void on_closed(void *arg)
{
	(void)arg;
	is_closed = true;
}

static void end(void)
{
	is_closed = false;
	ctl_close(ctl, on_closed, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT(is_closed);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);	/* nothing left on it */
	CU_ASSERT(access(path, F_OK) != 0);
	warrants_free(cw.warrants);
	free(path);
	folder_remove(dir);
}

static int dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void tick(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
}

/* One answer, into *b; false when the connection closed without one. */
static bool answer(int fd, struct buf *b)
{
	b->n = 0;
	for (unsigned i = 0; i < 200000; i++) {
		char c[65536];
		ssize_t n = recv(fd, c, sizeof(c), MSG_PEEK);
		char *nl = n > 0 ? memchr(c, '\n', (size_t)n) : NULL;

		if (n > 0)	/* no further than this answer's end */
			n = recv(fd, c, nl ? (size_t)(nl - c) + 1 : (size_t)n, 0);
		if (n == 0)
			return false;
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n > 0 && buf_put(b, c, (size_t)n))
			abort();
		if (b->n && b->p[b->n - 1] == '\n') {
			b->p[b->n - 1] = 0;
			return true;
		}
		tick();
	}
	return false;
}

static char *ask_on(int fd, const char *request)
{
	static struct buf b;

	CU_ASSERT_EQUAL(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
	if (!answer(fd, &b)) {
		b.n = 0;
		if (buf_put(&b, "closed", 7))
			abort();
	}
	return (char *)b.p;
}

static char *ask(const char *request)
{
	int fd = dial();
	char *s = ask_on(fd, request);

	close(fd);
	tick();
	return s;
}

static void requests(void)
{
	int fd;

	begin();
	CU_ASSERT_STRING_EQUAL(ask("status\n"), "{\"ok\":true,\"argument\":\"\",\"body\":0}");
	CU_ASSERT_STRING_EQUAL(ask("see a b c\n"), "{\"ok\":true,\"argument\":\"a b c\",\"body\":0}");
	CU_ASSERT_STRING_EQUAL(ask("put /my file +3\nabc"), "{\"ok\":true,\"argument\":\"/my file\",\"body\":3}");
	CU_ASSERT_STRING_EQUAL(ask("put +3\nabc"), "{\"ok\":true,\"argument\":\"\",\"body\":3}");
	CU_ASSERT_STRING_EQUAL(ask("put x\n"), "{\"ok\":false,\"error\":\"a document is missing\"}");
	CU_ASSERT_STRING_EQUAL(ask("need\n"), "{\"ok\":false,\"error\":\"an argument is missing\"}");
	CU_ASSERT_STRING_EQUAL(ask("status x\n"), "{\"ok\":false,\"error\":\"this verb takes no argument\"}");
	CU_ASSERT_STRING_EQUAL(ask("status +3\nabc"), "{\"ok\":false,\"error\":\"this verb takes no document\"}");
	CU_ASSERT_STRING_EQUAL(ask("statusx\n"), "{\"ok\":false,\"error\":\"no such verb\"}");
	CU_ASSERT_STRING_EQUAL(ask("\n"), "{\"ok\":false,\"error\":\"no such verb\"}");
	CU_ASSERT_STRING_EQUAL(ask("half\n"), "{\"ok\":false,\"error\":\"it failed\",\"faults\":[\"f:1: k: bad\",\"f:2: k: worse\"]}");
	fd = dial();	/* several on one connection, also at once and in pieces */
	CU_ASSERT_STRING_EQUAL(ask_on(fd, "see 1\n"), "{\"ok\":true,\"argument\":\"1\",\"body\":0}");
	CU_ASSERT_EQUAL(send(fd, "se", 2, 0), 2);
	tick();
	CU_ASSERT_STRING_EQUAL(ask_on(fd, "e 2\nsee 3\n"), "{\"ok\":true,\"argument\":\"2\",\"body\":0}");
	CU_ASSERT_STRING_EQUAL(ask_on(fd, ""), "{\"ok\":true,\"argument\":\"3\",\"body\":0}");
	close(fd);
	end();
}

static void audit_first(void)	/* LI128-217, LI128-221 */
{
	begin();
	ask("status\n");
	ask("need\n");
	ask("001010000000001\n");	/* what is typed in the wrong place may be an identity */
	ask("warrant show 001010000000001\n");
	CU_ASSERT_STRING_EQUAL(audited, "[uid|status|allowed|][uid|need|refused|][uid|unknown|refused|][uid|warrant show|allowed|]");
	deny = true;
	CU_ASSERT_STRING_EQUAL(ask("see\n"), "{\"ok\":false,\"error\":\"the audit log cannot be written\"}");
	CU_ASSERT_STRING_EQUAL(ask("reload\n"), "{\"ok\":false,\"error\":\"the audit log cannot be written\"}");
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("status\n"), "\"ok\":true"));	/* figures: what is wrong has to be seen */
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("status x\n"), "\"ok\":false"));
	end();
}

static void greedy(void)
{
	char line[CTL_LINE_MAX + 3];
	int fd[CTL_CLIENTS_MAX + 2], one;
	struct buf b;

	begin();
	memset(line, 'a', sizeof(line));
	line[CTL_LINE_MAX + 1] = 0;
	CU_ASSERT_PTR_NOT_NULL(strstr(ask(line), "not a request"));
	line[CTL_LINE_MAX] = '\n';
	CU_ASSERT_PTR_NOT_NULL(strstr(ask(line), "no such verb"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("put +999999999\n"), "too long"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("put +9999999999999999999999\n"), "too long"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("put +1x\n"), "too long"));
	buf_init(&b, 0);
	one = dial();	/* a document that is not taken is not read as requests */
	CU_ASSERT_PTR_NOT_NULL(strstr(ask_on(one, "put +999999999\nreload\n"), "too long"));
	CU_ASSERT(!answer(one, &b));
	close(one);
	one = dial();
	CU_ASSERT_PTR_NOT_NULL(strstr(ask_on(one, "status +7\nreload\n"), "takes no document"));
	CU_ASSERT(!answer(one, &b));
	close(one);
	CU_ASSERT_PTR_NULL(strstr(audited, "reload"));
	one = dial();
	CU_ASSERT_EQUAL(send(one, "sta\0tus\n", 8, 0), 8);
	CU_ASSERT(answer(one, &b) && strstr((char *)b.p, "not a request"));
	CU_ASSERT(!answer(one, &b));	/* and it is let go */
	close(one);
	/* one too many is closed at once, the others are served */
	for (unsigned i = 0; i < CTL_CLIENTS_MAX + 1; i++) {
		fd[i] = dial();
		tick();
	}
	CU_ASSERT_STRING_EQUAL(ask_on(fd[0], "see 1\n"), "{\"ok\":true,\"argument\":\"1\",\"body\":0}");
	CU_ASSERT_EQUAL(recv(fd[CTL_CLIENTS_MAX], line, 1, 0), 0);	/* closed, and not just silent */
	for (unsigned i = 0; i < CTL_CLIENTS_MAX + 1; i++)
		close(fd[i]);
	tick();
	tick();
	/* a big answer arrives whole; one who leaves in the middle harms nobody */
	one = dial();
	CU_ASSERT_EQUAL(send(one, "big\n", 4, 0), 4);
	CU_ASSERT(answer(one, &b));
	CU_ASSERT_EQUAL(b.n, sizeof("{\"ok\":true,\"list\":[]}") + 300000 * 13 - 1);
	CU_ASSERT_EQUAL(send(one, "big\n", 4, 0), 4);
	tick();
	close(one);
	one = dial();
	CU_ASSERT_EQUAL(send(one, "put +100\nabc", 12, 0), 12);
	tick();
	close(one);
	buf_fini(&b);
	CU_ASSERT_STRING_EQUAL(ask("see 1\n"), "{\"ok\":true,\"argument\":\"1\",\"body\":0}");
	end();	/* also with clients still there */
}

/* Groups: another user who is in none sees nothing; in the one sees; in the other changes, too. */
static void as_user(const gid_t *groups, size_t n, const char *want_see, const char *want_change)
{
	int p[2], status;
	pid_t pid;

	CU_ASSERT_FATAL(pipe2(p, O_NONBLOCK) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		char got[2][256] = { "", "" };
		int fd;

		snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
		if (setgroups(n, groups) || setgid(60000) || setuid(60000))
			_exit(1);
		for (unsigned i = 0; i < 2; i++) {
			fd = socket(AF_UNIX, SOCK_STREAM, 0);
			if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
				snprintf(got[i], sizeof(got[i]), "%s", strerror(errno));
			else if (send(fd, i ? "reload\n" : "status\n", 7, MSG_NOSIGNAL) == 7 && recv(fd, got[i], sizeof(got[i]) - 1, 0) < 0)
				got[i][0] = 0;
			close(fd);
		}
		if (write(p[1], got, sizeof(got)) < 0)
			_exit(1);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		tick();
	{
		char got[2][256] = { "", "" };

		CU_ASSERT_EQUAL(read(p[0], got, sizeof(got)), sizeof(got));
		CU_ASSERT_PTR_NOT_NULL(strstr(got[0], want_see));
		CU_ASSERT_PTR_NOT_NULL(strstr(got[1], want_change));
	}
	close(p[0]);
	close(p[1]);
}

static void groups(void)
{
	const struct ctl_verb *tables[] = { own };
	size_t counts[] = { sizeof(own) / sizeof(own[0]) };
	struct group *g;
	gid_t see_g, change_g, both[2];
	struct stat st;

	if (geteuid() != 0)
		UNIT_SKIP("changing users needs root");
	if (!(g = getgrnam("daemon")))
		UNIT_SKIP("no group daemon");
	see_g = g->gr_gid;
	if (!(g = getgrnam("mail")))
		UNIT_SKIP("no group mail");
	change_g = g->gr_gid;
	both[0] = see_g;
	both[1] = change_g;
	uv_loop_init(&loop);
	dir = folder_new();
	chmod(dir, 0755);
	path = file_in(dir, "control", NULL);
	cw.warrants = NULL;
	ctl = ctl_new(&loop, path, "daemon", "mail", tables, counts, 1, NULL, NULL, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(ctl);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660 && st.st_gid == see_g);
	as_user(NULL, 0, "Permission denied", "Permission denied");
	as_user(&see_g, 1, "{\"ok\":true", "not allowed");
	as_user(both, 2, "{\"ok\":true", "{\"ok\":true");
	CU_ASSERT(chmod(path, 0666) == 0);	/* the mode is the first door, not the only one */
	as_user(NULL, 0, "not allowed", "not allowed");
	as_user(&change_g, 1, "{\"ok\":true", "{\"ok\":true");
	end();
}

static void the_socket(void)
{
	const struct ctl_verb *tables[] = { own };
	size_t counts[] = { 1 };
	char longest[200], *other;
	int fd;
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	begin();
	CU_ASSERT_PTR_NULL(ctl_new(&loop, path, NULL, NULL, tables, counts, 1, NULL, NULL, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "another process listens"));
	CU_ASSERT_PTR_NULL(ctl_new(&loop, path, "no-such-group-here", NULL, tables, counts, 1, NULL, NULL, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "no such group"));
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = 0;
	CU_ASSERT_PTR_NULL(ctl_new(&loop, longest, NULL, NULL, tables, counts, 1, NULL, NULL, err, sizeof(err)));
	other = file_in(dir, "file", "text");
	CU_ASSERT_PTR_NULL(ctl_new(&loop, other, NULL, NULL, tables, counts, 1, NULL, NULL, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "is no socket"));
	free(other);
	end();
	/* one that nobody listens on any more is in nobody's way */
	dir = folder_new();
	path = file_in(dir, "control", NULL);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
	uv_loop_init(&loop);
	cw.warrants = NULL;
	ctl = ctl_new(&loop, path, NULL, NULL, tables, counts, 1, NULL, NULL, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(ctl);
	end();
}

/* -- verbs over warrants -- */

#define DOC "destinations:\n  - {did: 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01, name: agency, address: \"[::1]:1\", peer_name: p}\n" \
	"warrants:\n  - {liid: A, xid: 29f28e1c-f230-486a-a860-f5a784ab9172, delivery: HI2andHI3, start: 2026-01-01T00:00:00Z, end: never,\n" \
	"     targets: [supiimsi: \"001010000000001\", imei: \"35693803564380\"], destinations: [9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01]}\n"

#define TWO DOC "  - {liid: A, xid: 29f28e1c-f230-486a-a860-f5a784ab9173, delivery: HI2Only, start: 2026-01-01T00:00:00Z, end: never,\n" \
	"     targets: [msisdn: \"31612345678\"], destinations: [9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01]}\n"

static char *put(const char *verb, const char *doc)
{
	char text[2048];

	snprintf(text, sizeof(text), "%s f.yaml +%zu\n%s", verb, strlen(doc), doc);
	return ask(text);
}

static void warrant_verbs(void)
{
	const char *shown;

	begin();
	CU_ASSERT_STRING_EQUAL(ask("warrant list\n"), "{\"ok\":true,\"warrants\":[]}");
	CU_ASSERT_PTR_NOT_NULL(strstr(put("destination add", DOC), "added by warrant add"));
	CU_ASSERT_PTR_NOT_NULL(strstr(put("warrant add", "warrants: [{liid: A}]\n"), "\"f.yaml:1: warrants[0].xid: is missing\""));
	CU_ASSERT_STRING_EQUAL(put("warrant add", DOC), "{\"ok\":true,\"added\":1,\"changed\":0,\"ended\":0,\"destinations_added\":1,"
		"\"destinations_changed\":0}");
	CU_ASSERT_STRING_EQUAL(ask("warrant show A\n"), "{\"ok\":true,\"warrant\":{\"liid\":\"A\",\"xid\":\"29f28e1c-f230-486a-a860-f5a784ab9172\","
		"\"handle\":1,\"state\":\"pending\",\"owner\":\"mdfctl\",\"delivery\":\"HI2andHI3\",\"start\":\"2026-01-01T00:00:00.000000Z\","
		"\"end\":null,\"targets\":[{\"supiimsi\":\"001010000000001\"},{\"imei\":\"35693803564380\"}],"
		"\"destinations\":[\"9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01\"],\"ordered\":[null],\"last_match\":null,\"begins\":0,\"ends\":0,\"iri\":0,\"cc\":0,\"purged\":0,\"stripped\":0,"
		"\"seen_by\":[{\"target\":\"supiimsi\",\"taps\":[\"n2\"]},{\"target\":\"imei\",\"taps\":[\"n4\"]}]}}");
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant resume A\n"), "it is not suspended"));
	CU_ASSERT_STRING_EQUAL(ask("warrant suspend A\n"), "{\"ok\":true}");
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant show A\n"), "\"state\":\"suspended\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant suspend A\n"), "it is suspended already"));
	CU_ASSERT_STRING_EQUAL(ask("warrant resume A\n"), "{\"ok\":true}");
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant suspend B\n"), "no such warrant"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant purge B\n"), "no such warrant"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("destination list\n"), "\"address\":\"[::1]:1\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("destination show 9A1D8A56-5D2C-4C3E-9D5F-0A4B0C6F1E01\n"), "\"warrants\":1"));
	shown = ask("destination show 9A1D8A56-5D2C-4C3E-9D5F-0A4B0C6F1E01\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(shown, "\"rate\":\"none\""));		/* test_conf_show.c sees that it is all of it */
	CU_ASSERT_PTR_NOT_NULL(strstr(shown, "\"owner\":\"mdfctl\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("destination show x\n"), "no destination has this DID"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("destination remove 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01\n"), "still delivers"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant end B\n"), "no such warrant"));
	audited[0] = 0;
	CU_ASSERT_STRING_EQUAL(ask("warrant purge A\n"), "{\"ok\":true}");
	CU_ASSERT_STRING_EQUAL(audited, "[uid|warrant purge|allowed|A]");
	CU_ASSERT_STRING_EQUAL(put("warrant add", DOC), "{\"ok\":true,\"added\":1,\"changed\":0,\"ended\":0,\"destinations_added\":0,"
		"\"destinations_changed\":0}");
	audited[0] = 0;
	CU_ASSERT_STRING_EQUAL(ask("warrant end A\n"), "{\"ok\":true}");
	CU_ASSERT_STRING_EQUAL(audited, "[uid|warrant end|allowed|A]");
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant show A\n"), "no warrant has this LIID"));
	/* a LIID in two tasks: shown and ended together, or one by one */
	CU_ASSERT_PTR_NOT_NULL(strstr(put("warrant add", TWO), "\"added\":2"));
	shown = ask("warrant show A\n");
	CU_ASSERT(strstr(shown, "{\"ok\":true,\"warrants\":[{\"liid\":\"A\",") && strstr(shown, "ab9172") && strstr(shown, "ab9173"));
	shown = ask("warrant show A 29f28e1c-f230-486a-a860-f5a784ab9173\n");
	CU_ASSERT(strstr(shown, "{\"ok\":true,\"warrant\":{\"liid\":\"A\",") && !strstr(shown, "ab9172"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant show A 29f28e1c-f230-486a-a860-f5a784ab9174\n"), "no warrant has this LIID and XID"));
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant end A x\n"), "no such warrant"));
	audited[0] = 0;
	CU_ASSERT_STRING_EQUAL(ask("warrant end A 29f28e1c-f230-486a-a860-f5a784ab9173\n"), "{\"ok\":true}");
	CU_ASSERT_STRING_EQUAL(audited, "[uid|warrant end|allowed|A 29f28e1c-f230-486a-a860-f5a784ab9173]");
	CU_ASSERT_PTR_NOT_NULL(strstr(ask("warrant show A\n"), "\"warrant\":{"));
	CU_ASSERT_PTR_NOT_NULL(strstr(put("warrant add", TWO), "\"added\":1"));
	CU_ASSERT_STRING_EQUAL(ask("warrant end A\n"), "{\"ok\":true}");
	CU_ASSERT_STRING_EQUAL(ask("warrant list\n"), "{\"ok\":true,\"warrants\":[]}");
	CU_ASSERT_STRING_EQUAL(ask("destination remove 9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01\n"), "{\"ok\":true}");
	CU_ASSERT_STRING_EQUAL(ask("destination list\n"), "{\"ok\":true,\"destinations\":[]}");
	end();
}

static void audit_tail(void)
{
	char *log, want[64];
	FILE *f;
	struct ctl_verb v;
	struct buf b;

	dir = folder_new();
	log = file_in(dir, "audit.log", NULL);
	f = fopen(log, "w");
	for (unsigned i = 1; i <= 50; i++)
		fprintf(f, "{\"n\":%u}\n", i);
	fprintf(f, "{\"n\":51");	/* being written */
	fclose(f);
	v = ctl_audit_verb(log);
	buf_init(&b, 0);
	for (unsigned n = 0; n <= 60; n += n < 3 ? 1 : 19) {
		struct ctl_answer a = { .json = json_to(&b) };
		char arg[8] = "";
		struct ctl_request r = { .verb = v.name, .argument = arg };
		struct json_doc d;
		unsigned count = 0, expect = n == 0 ? 20 : n > 50 ? 50 : n;

		if (n)
			snprintf(arg, sizeof(arg), "%u", n);
		b.n = 0;
		json_object(&a.json, NULL);
		v.fn(v.arg, &r, &a);
		json_close(&a.json, '}');
		CU_ASSERT_EQUAL_FATAL(json_read(buf_view(&b), &d), LI_OK);
		snprintf(want, sizeof(want), "%u", 50 - expect + 1);
		for (const struct json_node *e = json_first(&d, json_first(&d, &d.node[0])); e; e = json_next(&d, e))
			if (count++ == 0)
				CU_ASSERT(view_eq(json_member(&d, e, "n")->text, view_str(want)));
		CU_ASSERT_EQUAL(count, expect);
		json_doc_fini(&d);
	}
	buf_fini(&b);
	free(log);
	folder_remove(dir);
}

UNIT_MAIN("ctl", UNIT(requests), UNIT(audit_first), UNIT(greedy), UNIT(groups), UNIT(the_socket), UNIT(warrant_verbs), UNIT(audit_tail))
