/*
 * disk.h: what was written is on the disk, and the disk's word for it holds.
 *
 * A file system that gives up under a sync (its device fails, its journal is aborted) may answer that very sync with success and
 * forget what was written: ext4 of Linux 6.18 does so for one sync in a hundred that it gives up under. A process that lives on for
 * some milliseconds then sends numbers, and acknowledges records, that nobody will know of after the next start. But from that instant on such
 * a file system refuses every write, even one of no octets. So it is asked for one before its word is believed.
 */
#ifndef HANDOVER_DISK_H
#define HANDOVER_DISK_H

/* Does the file system still take writes? fd: a file open for writing, or a folder. 0, or -1 with errno. */
int disk_holds(int fd);

/* fdatasync() whose word holds. fd: a file open for writing. 0, or -1 with errno: what was written may or may not be there. */
int disk_sync(int fd);

/* The same for the names in a folder. */
int disk_sync_folder(int fd);

#endif
