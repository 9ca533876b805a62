/* test_sandbox.c: what a process can no longer do, each try in a child of its own. */
#include "handover/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover/memlock.h"
#include "test/unit.h"

static char dir[64];	/* with folders mine, read, other, each with a file x in it; and link -> other/x */

static void path(char out[128], const char *name)
{
	snprintf(out, 128, "%s/%s", dir, name);
}

static bool put(const char *name)
{
	char p[128];
	int fd;

	path(p, name);
	fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	return fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0;
}

static void make_dir(void)
{
	static const char *const names[] = { "mine", "read", "other" };
	char p[128], to[128];

	if (dir[0])
		return;
	strcpy(dir, "/tmp/test_sandbox.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	CU_ASSERT(chmod(dir, 0755) == 0);
	for (size_t i = 0; i < 3; i++) {
		path(p, names[i]);
		CU_ASSERT(mkdir(p, 0755) == 0);
		strcat(p, "/x");
		CU_ASSERT(put(p + strlen(dir) + 1));
	}
	path(p, "link");
	path(to, "other/x");
	CU_ASSERT(symlink(to, p) == 0);
}

static void remove_dir(void)
{
	char command[128];

	if (dir[0]) {
		snprintf(command, sizeof(command), "rm -rf %s", dir);
		(void)!system(command);
	}
}

/* The status of a child that runs fn: its exit status, or 256 + the signal that ended it. */
static int in_child(int (*fn)(void))
{
	int status;
	pid_t p;

	fflush(stdout);
	p = fork();
	if (p == 0)
		_exit(fn());
	if (p < 0 || waitpid(p, &status, 0) != p)
		return -1;
	return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}
#define KILLED (256 + SIGSYS)

static bool enter(enum sandbox_who who)
{
	char missing[SANDBOX_TEXT], p[128];
	struct sandbox b;

	sandbox_begin(&b);
	path(p, "mine");
	sandbox_path(&b, p, SANDBOX_WRITE);
	path(p, "read/x");
	sandbox_folder_of(&b, p, SANDBOX_READ);
	sandbox_resolver(&b);
	if (sandbox_enter(&b, who, missing))
		return true;
	fprintf(stderr, "sandbox without %s\n", missing);
	return false;
}

/* Why this build or this machine has none; NULL: it has. */
static const char *absent(void)
{
	static char missing[SANDBOX_TEXT];
	int p[2];
	pid_t c;

	if (pipe(p))
		return "no pipe";
	c = fork();
	if (c == 0) {
		struct sandbox b;

		sandbox_begin(&b);
		(void)!sandbox_enter(&b, SANDBOX_MDFD, missing);
		(void)!write(p[1], missing, strlen(missing));
		_exit(0);
	}
	close(p[1]);
	missing[read(p[0], missing, sizeof(missing) - 1)] = 0;
	close(p[0]);
	waitpid(c, NULL, 0);
	return missing[0] ? missing : NULL;
}
#define NEEDS_IT() do { const char *why = absent(); if (why) UNIT_SKIP(why); make_dir(); } while (0)

/* -- system calls -- */

static int chosen;
static enum sandbox_who as;

static int forbidden(void)
{
	char *none[] = { NULL };
	struct iovec v = { &chosen, sizeof(chosen) };

	if (!enter(as))
		return 99;
	switch (chosen) {
	case 0: execve("/bin/true", none, none); break;
	case 1: (void)fork(); break;
	case 2: (void)!socket(AF_PACKET, SOCK_RAW, 0); break;
	case 3: (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL); break;
	case 4: (void)mount("none", "/mnt", "tmpfs", 0, NULL); break;
	case 5: (void)kill(getppid(), 0); break;
	case 6: (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); break;
	case 7: (void)mprotect((void *)((uintptr_t)dir & ~4095ul), 4096, PROT_READ | PROT_WRITE | PROT_EXEC); break;
	case 8: (void)!setuid(0); break;
	case 9: (void)process_vm_readv(getppid(), &v, 1, &v, 1, 0); break;
	case 10: (void)unshare(CLONE_NEWUSER); break;
	case 11: (void)ioctl(0, TIOCSTI, "x"); break;
	case 12: (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); break;
	case 13: (void)syscall(SYS_bpf, 0, NULL, 0); break;
	case 14: (void)syscall(SYS_keyctl, 0); break;
	case 15: (void)syscall(SYS_init_module, NULL, 0, ""); break;
	case 16: (void)syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0); break;
	case 17: (void)syscall(SYS_capset, NULL, NULL); break;
	case 18: (void)!symlink("/etc/shadow", "mine/shadow"); break;
	case 19: (void)syscall(SYS_tgkill, getppid(), getppid(), 0); break;
	default: return 98;
	}
	return 0;
}
#define FORBIDDEN 20

static void a_forbidden_call_kills(void)
{
	NEEDS_IT();
	for (int who = 0; who < 2; who++)
		for (chosen = 0; chosen < FORBIDDEN; chosen++) {
			as = (enum sandbox_who)who;
			int got = in_child(forbidden);

			if (got != KILLED)
				fprintf(stderr, "call %d: %d\n", chosen, got);
			CU_ASSERT_EQUAL(got, KILLED);
		}
}

static void *thread(void *arg)
{
	return arg;
}

/* What mdfd does all the time: threads, sockets, names, locked memory; and what a library of tomorrow tries. */
static int allowed(void)
{
	struct addrinfo *a = NULL;
	pthread_t t;
	int sv[2];

	if (!enter(SANDBOX_MDFD))
		return 99;
	if (pthread_create(&t, NULL, thread, NULL) || pthread_join(t, NULL))
		return 1;
	if (getaddrinfo("localhost", "80", NULL, &a))
		return 2;
	freeaddrinfo(a);
	(void)getaddrinfo("a.name.that.is.not.there.invalid", "80", NULL, &a);
	if (socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 && errno != EAFNOSUPPORT)
		return 3;
	if (socket(AF_UNIX, SOCK_DGRAM, 0) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		return 4;
	if (syscall(500) != -1 || errno != ENOSYS)
		return 5;
	if (syscall(SYS_io_uring_setup, 1, NULL) != -1 || errno != ENOSYS)
		return 6;
	if (mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return 7;
	return raise(SIGURG) ? 8 : 0;
}

static void what_is_needed_goes_on(void)
{
	NEEDS_IT();
	CU_ASSERT_EQUAL(in_child(allowed), 0);
}

static int agency_connects(void)
{
	return enter(SANDBOX_LEMFD) ? socket(AF_INET, SOCK_STREAM, 0) : 99;
}

static void the_agency_connects_to_nobody(void)
{
	NEEDS_IT();
	CU_ASSERT_EQUAL(in_child(agency_connects), KILLED);
}

/* -- files -- */

static int opens(const char *name, int flags)
{
	char p[128];
	int fd;

	path(p, name);
	fd = open(p, flags, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : errno;
}

static int files(void)
{
	char a[128], b[128];
	int early;

	path(a, "other/x");
	early = open(a, O_RDONLY);
	if (!enter(SANDBOX_MDFD))
		return 99;
	if (opens("mine/x", O_RDWR) || opens("mine/new", O_RDWR | O_CREAT) || opens("read/x", O_RDONLY))
		return 1;
	if (opens("read/x", O_WRONLY) != EACCES || opens("read/new", O_WRONLY | O_CREAT) != EACCES)
		return 2;
	if (opens("other/x", O_RDONLY) != EACCES || opens("link", O_RDONLY) != EACCES || opens("other", O_RDONLY | O_DIRECTORY) != EACCES)
		return 3;
	if (open("/root", O_RDONLY | O_DIRECTORY) >= 0 || open("/usr/bin/env", O_RDONLY) >= 0 || open("/dev/mem", O_RDONLY) >= 0)
		return 4;
	if (early < 0 || read(early, a, 1) != 1)	/* what is open stays open: captures */
		return 5;
	path(a, "mine/new");
	path(b, "mine/newer");
	if (rename(a, b) || unlink(b))
		return 6;
	path(a, "mine/folder");
	if (mkdir(a, 0700))
		return 7;
	path(a, "mine/x");
	path(b, "mine/folder/x");
	if (rename(a, b) || rename(b, a))	/* from folder to folder: segments of a queue */
		return 8;
	path(a, "read/x");
	return unlink(a) == 0 ? 9 : 0;
}

static void only_what_is_named_opens(void)
{
	NEEDS_IT();
	CU_ASSERT_EQUAL(in_child(files), 0);
}

/* A certificate is replaced by rename, or is a link to where another tool keeps it. */
static int replaced(void)
{
	char missing[SANDBOX_TEXT], p[128];
	struct sandbox b;
	int ready[2], done[2];
	char c = 0;
	pid_t k;

	if (pipe(ready) || pipe(done))
		return 98;
	k = fork();
	if (k == 0) {
		char to[128];

		(void)!read(ready[0], &c, 1);
		path(p, "read/x.new");
		path(to, "read/x");
		_exit(put("read/x.new") && rename(p, to) == 0 && write(done[1], "x", 1) == 1 ? 0 : 1);
	}
	sandbox_begin(&b);
	path(p, "read/x");
	sandbox_folder_of(&b, p, SANDBOX_READ);
	path(p, "link");
	sandbox_folder_of(&b, p, SANDBOX_READ);
	if (!sandbox_enter(&b, SANDBOX_MDFD, missing))
		return 99;
	if (write(ready[1], "x", 1) != 1 || read(done[0], &c, 1) != 1 || c != 'x')
		return 1;
	return opens("read/x", O_RDONLY) ? 2 : opens("link", O_RDONLY) ? 3 : 0;
}

static void what_is_replaced_opens(void)
{
	NEEDS_IT();
	CU_ASSERT_EQUAL(in_child(replaced), 0);
}

/* -- rights -- */

static bool status_says(const char *line)
{
	FILE *f = fopen("/proc/self/status", "re");
	char l[256];
	bool found = false;

	while (f && fgets(l, sizeof(l), f))
		found |= strncmp(l, line, strlen(line)) == 0;
	if (f)
		fclose(f);
	return found;
}

static int rights(void)
{
	if (!enter(SANDBOX_MDFD))
		return 99;
	return !status_says("CapEff:\t0000000000000000") || !status_says("CapPrm:\t0000000000000000") ||
	       !status_says("CapInh:\t0000000000000000") || !status_says("NoNewPrivs:\t1") || !status_says("Seccomp:\t2");
}

static void no_right_is_left(void)
{
	NEEDS_IT();
	CU_ASSERT_EQUAL(in_child(rights), 0);
}

static int dumps(void)
{
	struct rlimit r;

	return !(sandbox_no_dumps() && prctl(PR_GET_DUMPABLE) == 0 && getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_max == 0);
}

/* LI128-216 */
static void no_dumps(void)
{
	CU_ASSERT_EQUAL(in_child(dumps), 0);
}

/* A thread that runs already would keep its rights: that is told. */
static int waiting[2];
static void *wait_for_end(void *arg)
{
	char c;

	(void)!read(waiting[0], &c, 1);
	return arg;
}
static int late(void)
{
	char missing[SANDBOX_TEXT];
	struct sandbox b;
	pthread_t t;

	if (pipe(waiting) || pthread_create(&t, NULL, wait_for_end, NULL))
		return 98;
	sandbox_begin(&b);
	if (sandbox_enter(&b, SANDBOX_MDFD, missing))
		return 1;
	return !strstr(missing, "threads that run already");
}

static void a_thread_before_it_is_told(void)
{
	NEEDS_IT();
	CU_ASSERT_EQUAL(in_child(late), 0);
}

/* -- the user -- */

static int user(void)
{
	char err[SANDBOX_TEXT] = "", p[128];
	struct passwd *n = getpwnam("nobody");
	struct stat st;

	path(p, "mine");
	if (!sandbox_user("nobody", p, err, sizeof(err)))
		return 1;
	if (getuid() != n->pw_uid || geteuid() != n->pw_uid || getegid() != n->pw_gid || stat(p, &st) || st.st_uid != n->pw_uid)
		return 2;
	if (setuid(0) == 0 || prctl(PR_GET_DUMPABLE) != 0)
		return 3;
	if (status_says("CapEff:\t0000000000000000") || opens("read/new", O_WRONLY | O_CREAT) == 0)
		return 4;
	if (!sandbox_user("nobody", NULL, err, sizeof(err)))	/* is it already */
		return 5;
	if (sandbox_user("root", NULL, err, sizeof(err)) || !strstr(err, "only root"))
		return 6;
	if (absent())
		return 0;
	return !enter(SANDBOX_MDFD) || !status_says("CapEff:\t0000000000000000") || !status_says("CapPrm:\t0000000000000000") ? 7 : 0;
}

static int no_user(void)
{
	char err[SANDBOX_TEXT];

	return sandbox_user("no-such-user", NULL, err, sizeof(err)) || !strstr(err, "there is no user");
}

static void becomes_its_user(void)
{
	CU_ASSERT_EQUAL(in_child(no_user), 0);
	if (geteuid() != 0)
		UNIT_SKIP("only root becomes another user");
	make_dir();
	CU_ASSERT_EQUAL(in_child(user), 0);
}

/* -- memory -- */

static size_t locked(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char l[256];

	while (f && fgets(l, sizeof(l), f))
		(void)sscanf(l, "VmLck: %lu", &kib);
	if (f)
		fclose(f);
	return kib * 1024;
}

#define LIMIT (512u << 10)
static int little(void)
{
	struct rlimit r = { LIMIT, LIMIT };
	size_t limit = 0, before;
	char *p;

	if (setrlimit(RLIMIT_MEMLOCK, &r) || (geteuid() == 0 && (setgid(65534) || setuid(65534))))
		return 98;
	if (memlock_all(&limit) || limit != LIMIT)
		return 1;
	before = locked();	/* OpenSSL's heap of keys */
	if (before < 1u << 18)
		return 2;
	p = mmap(NULL, LIMIT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p[0] = 1;
	if (!memlock(p, 4096) || locked() <= before)
		return 3;
	return memlock(p, LIMIT) ? 4 : 0;	/* too much: told, and not fatal */
}

#define NO_LIMIT_RAISED 97
static int much(void)
{
	size_t limit, before;
	char *p;

	if (!memlock_all(&limit))
		return limit == (size_t)RLIM_INFINITY ? 1 : NO_LIMIT_RAISED;
	before = locked();
	p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(p, 1, 1 << 20);
	return locked() < before + (1 << 20) ? 2 : 0;
}

static void memory_is_locked(void)
{
	if (absent() && strstr(absent(), "sanitizer"))
		UNIT_SKIP("a sanitizer does not let memory be locked");
	CU_ASSERT_EQUAL(in_child(little), 0);
	int got = in_child(much);

	if (got == NO_LIMIT_RAISED)
		UNIT_SKIP("the limit of locked memory cannot be raised here: only pieces were tried");
	CU_ASSERT_EQUAL(got, 0);
}

int main(void)
{
	CU_TestInfo tests[] = { UNIT(a_forbidden_call_kills), UNIT(what_is_needed_goes_on), UNIT(the_agency_connects_to_nobody),
		UNIT(only_what_is_named_opens), UNIT(what_is_replaced_opens), UNIT(no_right_is_left), UNIT(no_dumps),
		UNIT(a_thread_before_it_is_told), UNIT(becomes_its_user), UNIT(memory_is_locked), CU_TEST_INFO_NULL };
	int r = unit_run("sandbox", tests);

	remove_dir();
	return r;
}
