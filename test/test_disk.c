/* test_disk.c: a sync's word, on a file system that gives up (ext4 on a loop device, in a mount namespace of its own). */
#include "handover/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/unit.h"

#define SHUTDOWN	_IOR('X', 125, uint32_t)	/* EXT4_IOC_SHUTDOWN */
#define NOLOGFLUSH	2u

static void a_good_disk(void)
{
	char name[] = "/tmp/test_disk.XXXXXX";
	int fd = mkstemp(name), folder = open("/tmp", O_RDONLY | O_DIRECTORY);
	struct stat st;

	CU_ASSERT(fd >= 0 && write(fd, "abc", 3) == 3);
	CU_ASSERT(disk_sync(fd) == 0 && disk_holds(fd) == 0);
	CU_ASSERT(fstat(fd, &st) == 0 && st.st_size == 3);
	CU_ASSERT(disk_sync_folder(folder) == 0 && disk_holds(folder) == 0);
	close(folder);
	close(fd);
	unlink(name);
	CU_ASSERT(disk_sync(fd) == -1 && errno == EBADF);
	CU_ASSERT(disk_holds(fd) == -1 && errno == EBADF);
	CU_ASSERT(disk_sync_folder(-1) == -1 && errno == EBADF);
}

/* In the child, 0: as it should be; 77: no such disk here. */
static int on_a_dying_disk(void)
{
	static const char make[] = "d=$(mktemp -d) && mkdir $d/m && truncate -s 16M $d/img && mkfs.ext4 -q -F $d/img && mount -o loop $d/img $d/m"
				   " && echo $d";
	char dir[128], name[160], cmd[300];
	uint32_t how = NOLOGFLUSH;
	int fd, folder, bad = 0;
	FILE *f;

	if (unshare(CLONE_NEWNS) || !freopen("/dev/null", "w", stderr) || system("mount --make-rprivate /"))
		return 77;
	f = popen(make, "r");
	if (!f || !fgets(dir, 100, f) || pclose(f))
		return 77;
	dir[strcspn(dir, "\n")] = 0;
	snprintf(name, sizeof(name), "%s/m", dir);
	folder = open(name, O_RDONLY | O_DIRECTORY);
	strcat(name, "/file");
	fd = open(name, O_RDWR | O_CREAT, 0600);
	bad |= fd < 0 || write(fd, "abc", 3) != 3 || disk_sync(fd) || disk_sync_folder(folder) || disk_holds(fd) || disk_holds(folder);
	bad |= (ioctl(folder, SHUTDOWN, &how) != 0) << 1;
	bad |= (disk_holds(fd) != -1 || (errno != EIO && errno != EROFS)) << 2;
	bad |= (disk_holds(folder) != -1) << 3;
	bad |= (disk_sync(fd) != -1 || disk_sync_folder(folder) != -1) << 4;
	close(fd);
	close(folder);
	snprintf(cmd, sizeof(cmd), "umount %s/m && rm -r %s", dir, dir);
	bad |= (system(cmd) != 0) << 5;
	return bad;
}

static void a_dying_disk(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(on_a_dying_disk());
	CU_ASSERT_FATAL(child > 0 && waitpid(child, &status, 0) == child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		UNIT_SKIP("no ext4 on a loop device");
	CU_ASSERT_EQUAL(status, 0);
}

UNIT_MAIN("disk", UNIT(a_good_disk), UNIT(a_dying_disk))
