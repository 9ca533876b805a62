/* sandbox.c: see sandbox.h. The kernel's calls themselves for landlock and capabilities, libseccomp for the filter. */
#include "handover/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than Debian 12's headers. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)	/* version 3 */
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)	/* version 5 */
#endif

#define ACCESS_1 (LANDLOCK_ACCESS_FS_REFER - 1)	/* all of version 1 */
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CHANGE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define CHANGE_FOLDER (LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
		       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REFER)
#define OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | CHANGE_FILE)

/* Why this build has no sandbox; NULL: it has. */
#if defined(SANDBOX_OFF)
static const char *const off = SANDBOX_OFF;
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const char *const off = "this build has a sanitizer, which needs its own files, threads and calls";
#else
static const char *const off;
#endif

static LI_PRINTF(2, 3) void add(char text[SANDBOX_TEXT], const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	if (n && n + 2 < SANDBOX_TEXT)
		n += (size_t)snprintf(text + n, SANDBOX_TEXT - n, ", ");
	va_start(ap, fmt);
	if (n < SANDBOX_TEXT)
		vsnprintf(text + n, SANDBOX_TEXT - n, fmt, ap);
	va_end(ap);
}

bool sandbox_no_dumps(void)
{
	struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;	/* LI128-216 */
}

/* -- files -- */

/* What this kernel's landlock can refuse; 0: it has none. */
static uint64_t known_access(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (v < 1)
		return 0;
	return ACCESS_1 | (v >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (v >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0) |
	       (v >= 5 ? LANDLOCK_ACCESS_FS_IOCTL_DEV : 0);
}

void sandbox_begin(struct sandbox *s)
{
	struct landlock_ruleset_attr a = { .handled_access_fs = off ? 0 : known_access() };

	s->rules = -1;
	s->why = errno;
	if (!a.handled_access_fs)
		return;
	s->rules = (int)syscall(SYS_landlock_create_ruleset, &a, sizeof(a), 0);
	s->why = errno;
}

void sandbox_path(struct sandbox *s, const char *path, enum sandbox_use use)
{
	static const uint64_t access[] = {
		[SANDBOX_READ] = READ,
		[SANDBOX_WRITE] = READ | CHANGE_FILE | CHANGE_FOLDER,
		[SANDBOX_SOCKETS] = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE,
	};
	struct landlock_path_beneath_attr a = { .allowed_access = access[use] };
	struct stat st;

	if (s->rules < 0)
		return;
	a.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (a.parent_fd < 0)
		return;
	a.allowed_access &= known_access();
	if (fstat(a.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		a.allowed_access &= OF_FILES;
	if (syscall(SYS_landlock_add_rule, s->rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0))
		s->why = errno;
	close(a.parent_fd);
}

void sandbox_folder_of(struct sandbox *s, const char *path, enum sandbox_use use)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	char *real = realpath(path, NULL), *end = real ? strrchr(real, '/') : NULL;

	if (folder)
		sandbox_path(s, folder, use);
	if (end && end != real) {
		*end = 0;
		sandbox_path(s, real, use);
	}
	free(folder);
	free(real);
}

void sandbox_resolver(struct sandbox *s)
{
	static const char *const files[] = { "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
		"/etc/services", "/etc/protocols", "/etc/ssl", "/etc/ld.so.cache", "/etc/localtime", "/etc/passwd", "/etc/group" };
	/* libraries of the name service; whatever makes resolv.conf; what the C library asks about the machine */
	static const char *const folders[] = { "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/run/systemd/resolve", "/run/NetworkManager",
		"/run/resolvconf", "/run/connman", "/usr/share/zoneinfo", "/proc/self", "/sys/devices/system/cpu", "/dev/urandom" };

	/* A tool may give /etc a new resolv.conf by rename. Who is not root reads no secret in /etc; root is held to the files. */
	if (geteuid() != 0)
		sandbox_path(s, "/etc", SANDBOX_READ);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		sandbox_path(s, files[i], SANDBOX_READ);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		sandbox_path(s, folders[i], SANDBOX_READ);
	sandbox_path(s, "/dev/null", SANDBOX_WRITE);
}

/* -- rights -- */

static int caps_set(const struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return (int)syscall(SYS_capset, &h, d);
}

static bool drop_caps(void)
{
	static const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	/* what the bounding set still names, an execve() could give back: seccomp has none, and this is the second lock */
	for (unsigned long c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) && errno != EPERM)
			return false;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return caps_set(none) == 0;
}

/* Kept until everything is open. */
static const unsigned opening[] = { CAP_NET_RAW, CAP_NET_ADMIN, CAP_CHOWN, CAP_IPC_LOCK, CAP_SETPCAP };

bool sandbox_user(const char *name, const char *folder, char *err, size_t n)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3], keep[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	struct passwd *p;

	errno = 0;
	p = getpwnam(name);
	if (!p) {
		snprintf(err, n, "there is no user %s", name);
		return false;
	}
	if (p->pw_uid == geteuid())
		return true;	/* the service manager did it */
	if (geteuid() != 0) {
		snprintf(err, n, "only root can become user %s", name);
		return false;
	}
	if (syscall(SYS_capget, &h, have))
		goto failed;
	for (size_t i = 0; i < sizeof(opening) / sizeof(opening[0]); i++)
		keep[opening[i] / 32].permitted |= have[opening[i] / 32].permitted & 1u << opening[i] % 32;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		keep[i].effective = keep[i].permitted;
	if ((folder && chown(folder, p->pw_uid, p->pw_gid)) || initgroups(name, p->pw_gid) || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) ||
	    setresgid(p->pw_gid, p->pw_gid, p->pw_gid) || setresuid(p->pw_uid, p->pw_uid, p->pw_uid) || caps_set(keep) ||
	    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		goto failed;
	return true;
failed:
	snprintf(err, n, "cannot become user %s: %s", name, strerror(errno));
	return false;
}

/* -- system calls -- */

/* 0: done; what this machine or this libseccomp does not know is nobody's. */
static int rule(scmp_filter_ctx f, uint32_t action, const char *name, const struct scmp_arg_cmp *only)
{
	int nr = seccomp_syscall_resolve_name(name), r;

	if (nr == __NR_SCMP_ERROR)
		return 0;
	r = only ? seccomp_rule_add(f, action, nr, 1, *only) : seccomp_rule_add(f, action, nr, 0);
	return nr < 0 ? 0 : r;	/* below 0: a call that other machines have */
}

/* Calls that are newer than the table are answered as an older kernel would: a library of tomorrow tries them and falls back. */
#define LAST_KNOWN 452
#define LAST_NEW 511	/* beyond it x86-64 has another numbering */

static int all_rules(scmp_filter_ctx f, enum sandbox_who who)
{
	int r = 0;

#define CALL(name) if (!r) r = rule(f, SCMP_ACT_ALLOW, #name, NULL);
#define ONLY(name, arg, mask, value) \
	if (!r) r = rule(f, SCMP_ACT_ALLOW, #name, &(struct scmp_arg_cmp){ arg, SCMP_CMP_MASKED_EQ, (mask), (value) });
#define PEER(calls) if (who != SANDBOX_LEMFD) { calls }
#define NOSYS(name) if (!r) r = rule(f, SCMP_ACT_ERRNO(ENOSYS), #name, NULL);
#include "handover/syscalls.tbl"
	for (int nr = LAST_KNOWN + 1; nr <= LAST_NEW && !r; nr++)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), nr, 0);
	return r;
}

static int filter_calls(enum sandbox_who who)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = f ? all_rules(f, who) : -ENOMEM;

	if (!r)
		r = seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0);	/* ours: with landlock */
	if (!r)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

/* -- all of it -- */

/* Landlock and capabilities are a thread's own: one that runs already would be left out. */
static bool is_alone(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return !d || n == 1;
}

void sandbox_cancel(struct sandbox *s)
{
	if (s->rules >= 0)
		close(s->rules);
	s->rules = -1;
}

static bool entered;	/* written before the second thread begins */

bool sandbox_is_entered(void)
{
	return entered;
}

bool sandbox_enter(struct sandbox *s, enum sandbox_who who, char missing[SANDBOX_TEXT])
{
	int r;

	entered = true;
	missing[0] = 0;
	if (off)
		add(missing, "everything (%s)", off);
	else if (!is_alone())
		add(missing, "files and rights of threads that run already");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		add(missing, "no new privileges (%s)", strerror(errno));
	if (!off && (s->rules < 0 || syscall(SYS_landlock_restrict_self, s->rules, 0)))
		add(missing, "files (landlock: %s)", strerror(s->rules < 0 ? s->why : errno));
	sandbox_cancel(s);
	if (!drop_caps())
		add(missing, "rights (capabilities: %s)", strerror(errno));
	r = off ? 0 : filter_calls(who);	/* the last: what is above needs other calls */
	if (r)
		add(missing, "system calls (seccomp: %s)", strerror(-r));
	return !missing[0];
}
