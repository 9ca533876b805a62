/* disk.c: see disk.h. */
#include "handover/disk.h"

#include <errno.h>
#include <unistd.h>

int disk_holds(int fd)
{
	if (pwrite(fd, "", 0, 0) == 0)
		return 0;
	return errno == EBADF ? fsync(fd) : -1;	/* a folder: a sync that has nothing to do */
}

int disk_sync(int fd)
{
	return fdatasync(fd) ? -1 : disk_holds(fd);
}

int disk_sync_folder(int fd)
{
	return fsync(fd) ? -1 : disk_holds(fd);
}
