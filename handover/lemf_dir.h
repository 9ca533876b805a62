/*
 * lemf_dir.h: the files of a LEMF: one folder an interception, few of them open at once, written in batches, synced in
 * groups. What a file holds is its owner's business (lemf_store.c). One thread, but for lemf_sync_run().
 */
#ifndef HANDOVER_LEMF_DIR_H
#define HANDOVER_LEMF_DIR_H

#include <stdio.h>

#include <li/buf.h>

enum lemf_kind { LEMF_HI2, LEMF_HI3, LEMF_OTHER, LEMF_CHECKS, LEMF_EVENTS, LEMF_KINDS };

#define LEMF_OPEN_MAX	256		/* open files; the usual limit of a process is 1024 */
#define LEMF_PENDING	(64u << 10)	/* octets of a file that are gathered before they are written */
#define LEMF_SYNC_FILES	64		/* more dirty files than this are synced by one syncfs() */

/* "hi2.ber" … "events.jsonl" */
extern const char *const lemf_file_name[LEMF_KINDS];

struct lemf_folder;

struct lemf_file {
	struct lemf_folder *of;
	int fd;				/* -1: not open just now */
	uint64_t size;			/* written, without what is pending */
	uint64_t synced, syncing;	/* durable; will be, when the sync under way ends well */
	uint64_t found;			/* what an earlier process left of it */
	struct buf pending;
	bool dirty, waiting;		/* changed since the last sync; has something pending */
	struct lemf_file *newer, *older;	/* the open ones by last use */
	struct lemf_file *next_dirty, *next_waiting, *next_syncing;
};

struct lemf_folder {
	char *name;
	bool made;			/* it was not there before */
	struct lemf_file file[LEMF_KINDS];
	void *owner;
	struct lemf_folder *next;	/* in its chain of the table */
	struct lemf_ledger *ledger;	/* of lemf_ledger.c's */
	bool has_ledger;		/* there is a file of it */
	bool stored;			/* something became durable that has no entry yet */
	struct lemf_folder *next_stored;
};

struct lemf_dir;

/* Makes the directory if there is none and locks it. NULL: err says why. */
struct lemf_dir *lemf_dir_open(const char *path, char *err, size_t errlen);
void lemf_dir_close(struct lemf_dir *d);
/* The folder of that name, made when it is not there; "." is the directory itself. NULL: see lemf_dir_error(). */
struct lemf_folder *lemf_dir_folder(struct lemf_dir *d, const char *name);
/* Calls each for every folder that is on the disk; the first error ends it. */
enum li_err lemf_dir_each(struct lemf_dir *d, enum li_err (*each)(void *arg, const char *name), void *arg) LI_MUST;
/* Folders of which something became durable since they were asked for last; takes one, NULL: no more. Not the directory itself. */
struct lemf_folder *lemf_dir_stored(struct lemf_dir *d);
bool lemf_dir_has_stored(const struct lemf_dir *d);
/* One that could not be seen to: it will be asked for again. */
void lemf_dir_stored_again(struct lemf_dir *d, struct lemf_folder *o);
/* Calls each for every folder that was looked at. */
void lemf_dir_known(struct lemf_dir *d, void (*each)(void *arg, struct lemf_folder *o), void *arg);
/* Makes the file of its ledger, empty. */
enum li_err lemf_dir_make_ledger(struct lemf_dir *d, struct lemf_folder *o) LI_MUST;
int lemf_dir_fd(const struct lemf_dir *d);
/* What the last LI_EIO was about. */
const char *lemf_dir_error(const struct lemf_dir *d);

/* Where the next octet goes. */
static inline uint64_t lemf_file_end(const struct lemf_file *f)
{
	return f->size + f->pending.n;
}

enum li_err lemf_file_append(struct lemf_dir *d, struct lemf_file *f, struct view v) LI_MUST;
/* At most n octets from offset; *got < n only at the end. */
enum li_err lemf_file_read(struct lemf_dir *d, struct lemf_file *f, uint64_t offset, uint8_t *to, size_t n, size_t *got) LI_MUST;
/* Cuts the file at offset; what stood after it goes to a file of its own beside it ("hi2.ber.torn-OFFSET"): a crash leaves such
 * ends, and nothing that was received is ever thrown away. */
enum li_err lemf_file_cut(struct lemf_dir *d, struct lemf_file *f, uint64_t offset) LI_MUST;
/* The file may hold what an earlier process wrote and did not sync. */
void lemf_file_doubt(struct lemf_dir *d, struct lemf_file *f);

/* A file of another name in a folder, to be written at once: it appears under its name, whole, with lemf_dir_created(), and is durable with the
 * next sync. created: e as it was, or that the disk refused (LI_EIO); with an error nothing is left of it, and f is closed in any case. */
enum li_err lemf_dir_create(struct lemf_dir *d, const struct lemf_folder *o, const char *name, FILE **f) LI_MUST;
enum li_err lemf_dir_created(struct lemf_dir *d, const struct lemf_folder *o, const char *name, FILE *f, enum li_err e) LI_MUST;

/* Writes what is pending; readers of the files see it then. */
enum li_err lemf_dir_flush(struct lemf_dir *d) LI_MUST;
/* Something was written since the last sync began. */
bool lemf_dir_is_dirty(const struct lemf_dir *d);

/* A sync in three steps, one at a time: begin flushes and takes what is dirty; run, on any thread, makes it durable; end, back on the
 * owner's thread, takes note. After a run that failed what the disk holds is unknown: end cuts the files back to what
 * was durable before, and the directory takes nothing more. */
struct lemf_sync {
	int fd[LEMF_SYNC_FILES];
	unsigned n;
	bool all;		/* fd[0] is the directory: the whole file system is synced */
	int error;		/* errno of run */
};
enum li_err lemf_dir_sync_begin(struct lemf_dir *d, struct lemf_sync *s) LI_MUST;
void lemf_sync_run(struct lemf_sync *s);
enum li_err lemf_dir_sync_end(struct lemf_dir *d, struct lemf_sync *s) LI_MUST;
/* All three at once. */
enum li_err lemf_dir_sync(struct lemf_dir *d) LI_MUST;

#endif
