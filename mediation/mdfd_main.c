/*
 * mdfd_main.c: the service: options, start order, signals, end order.
 *
 * Start: configuration; no core dumps, memory locked, the user; what needs rights or keys (store, audit, TLS, taps); the
 * sandbox; then the rest and the threads. End, on SIGTERM or when a drained run is done: taps stop, what they handed over is worked off, interceptions
 * are closed and audited, the queues are delivered, connections say goodbye, the audit log is signed and closed.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <li/limits.h>
#include <li/log.h>
#include <li/version.h>

#include "handover/memlock.h"
#include "handover/sandbox.h"
#include "mediation/pipeline.h"
#include "mediation/service.h"
#include "mediation/x/door.h"

/* Of each destination HI2 and HI3: a connection, a segment that is written, one that is read, one that is purged; and of all doors. */
#define FILES_WANTED (LI_DESTS_MAX * 2u * 4u + DOOR_CONNS_MAX + 256u)

enum { EXIT_OK = 0, EXIT_FAULT = 1, EXIT_WRONG_USE = 2, EXIT_UNDELIVERED = 3 };

static const char help[] =
	"usage: mdfd -c FILE [--check] [--drain] [--new-store]\n"
	"\n"
	"The OpenMDF mediation and delivery function: taps a mobile core, keeps what warrants in force cover, and hands it\n"
	"over to the agencies' monitoring facilities. Runs in the foreground and logs to standard error.\n"
	"\n"
	"  -c, --config FILE   the configuration            mdfd -c /etc/mdfd/mdfd.yaml\n"
	"      --check         check it, print every fault, start nothing; exit 0 or 1\n"
	"                                                   mdfd -c mdfd.yaml --check\n"
	"      --drain         exit 0 when every file tap has ended and all is delivered; exit 3 when something could not\n"
	"                      be delivered within drain_timeout\n"
	"                                                   mdfd -c demo.yaml --drain\n"
	"      --new-store     the store in state_dir is lost for good: make a new one beside the audit log, and tell every agency that\n"
	"                      CINs and numbers begin anew (cINReset); nothing where the store is there\n"
	"                                                   mdfd -c mdfd.yaml --new-store\n"
	"  -v, --verbose       log more                     mdfd -v -c mdfd.yaml\n"
	"  -h, --help          this text                    mdfd --help\n"
	"      --version       the version                  mdfd --version\n"
	"\n"
	"Signals: TERM, INT stop taking, deliver what is queued, keep the rest on disk where that is allowed, close. HUP reads the configuration, warrants and\n"
	"certificates again; a bad file changes nothing, and what needs a restart is logged. Exit status: 0 done, 1 a fault, 2 wrong use, 3 not everything was\n"
	"delivered (nor, but for --drain, kept on disk for the next start).\n"
	"See mdfd(8) and mdfd.yaml(5).\n";

static void say(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

/* Identities live in our memory: no core dump, no debugger of the same user, no swap. */
static void harden(void)
{
	size_t limit;

	if (!sandbox_no_dumps())
		li_log(LI_LOG_WARNING, "core dumps cannot be switched off: %s", strerror(errno));
	if (memlock_all(&limit))
		return;
	li_log(LI_LOG_WARNING, "memory: only keys, and queues as far as they fit, are kept out of the swap: the limit of locked memory is %zu KiB, "
	       "unlimited is needed (LimitMEMLOCK=infinity)", limit / 1024);
}

/* An agency takes two connections and a few files, and a shell gives a process 1,024 of both. */
static void raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
	if (r.rlim_max < FILES_WANTED)
		li_log(LI_LOG_NOTICE, "files: the limit of open files is %ju: all agencies and network functions that there may be need %u (LimitNOFILE)",
		       (uintmax_t)r.rlim_max, FILES_WANTED);
}

/* As root with mdf.user: what is made from here on is that user's. */
static bool become(const struct conf *c)
{
	char err[SANDBOX_TEXT];
	bool made = mkdir(c->state_dir, 0700) == 0;

	if (!c->user || sandbox_user(c->user, made ? c->state_dir : NULL, err, sizeof(err)))
		return true;
	li_log(LI_LOG_ERR, "mdf.user: %s", err);
	return false;
}

/* How long the service manager waits for a sign of life: WATCHDOG_USEC, where it means this process. */
static li_us watchdog(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	char *end;
	long long n = us ? strtoll(us, &end, 10) : 0;

	if (!us || *end || n <= 0 || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return n;
}

/* sd_notify(3) without its library: one datagram to the socket that the service manager names. */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = path ? strlen(path) : 0;
	int fd;

	if (n == 0 || n >= sizeof(a.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&a,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		li_log(LI_LOG_WARNING, "service manager not told: %s", strerror(errno));
	close(fd);
}

/*
 * Signals come to a thread of their own: the control loop may be waiting for room in a queue of a file tap's run, and
 * must be woken out of it.
 */
struct signals {
	struct service *service;
	pthread_t thread;
	sigset_t set;
};

static void *signal_thread(void *arg)
{
	struct signals *s = arg;
	int n;

	for (;;) {
		if (sigwait(&s->set, &n))
			continue;
		if (n == SIGUSR2)	/* from main: it is over */
			return NULL;
		service_signal(s->service, n == SIGHUP ? SERVICE_RELOAD : SERVICE_STOP);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
		{ "drain", no_argument, NULL, 'd' }, { "new-store", no_argument, NULL, 'n' }, { "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	const char *file = NULL;
	bool only_check = false, drain = false;
	struct service_conf sc = { 0 };
	struct signals sig = { NULL };
	struct conf *conf;
	int o, status;

	while ((o = getopt_long(argc, argv, "c:vh", options, NULL)) != -1) {
		switch (o) {
		case 'c': file = optarg; break;
		case 'k': only_check = true; break;
		case 'd': drain = true; break;
		case 'n': sc.new_store = true; break;
		case 'v': li_log_level(LI_LOG_DEBUG); break;
		case 'h': fputs(help, stdout); return EXIT_OK;
		case 'V': printf("mdfd %s\n", LI_VERSION); return EXIT_OK;
		default: fputs("try mdfd --help\n", stderr); return EXIT_WRONG_USE;
		}
	}
	if (!file || optind != argc) {
		fputs(help, stderr);
		return EXIT_WRONG_USE;
	}
	conf = conf_load(file, say, NULL);
	if (!conf)
		return EXIT_FAULT;
	if (only_check) {
		status = service_check(conf, true, NULL, say, NULL) ? EXIT_FAULT : EXIT_OK;
		if (status == EXIT_OK)
			printf("%s: good\n", conf->file);
		for (size_t i = 0; status == EXIT_OK && conf->x1 && i < conf->x1->n_admfs; i++)
			printf("%s: x1: %s: end_of_task: %s\n", conf->file, conf->x1->admf[i].admf_id,
			       conf->x1->admf[i].purge ? "purge" : "deliver");
		conf_free(conf);
		return status;
	}
	harden();
	raise_files();
	if (!become(conf)) {
		conf_free(conf);
		return EXIT_FAULT;
	}
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&sig.set);
	sigaddset(&sig.set, SIGTERM);
	sigaddset(&sig.set, SIGINT);
	sigaddset(&sig.set, SIGHUP);
	sigaddset(&sig.set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &sig.set, NULL);	/* every thread inherits it */

	sc.conf = conf;
	sc.drain = drain;
	sc.ready = notify;
	sc.watchdog = watchdog();
	sig.service = service_open(&sc);
	status = EXIT_FAULT;
	if (sig.service && pthread_create(&sig.thread, NULL, signal_thread, &sig) == 0) {
		status = service_run(sig.service);
		pthread_kill(sig.thread, SIGUSR2);
		pthread_join(sig.thread, NULL);
	}
	service_free(sig.service);
	conf_free(conf);
	return status == SERVICE_UNDELIVERED ? EXIT_UNDELIVERED : status == SERVICE_DONE ? EXIT_OK : EXIT_FAULT;
}
