/*
 * sandbox.h: a process gives up, for good, what it will not need: core dumps, files that nobody named (landlock), rights
 * (capabilities, new privileges), system calls (seccomp). It knows nothing of configuration: who calls names the paths.
 *
 *	sandbox_no_dumps, memlock_all		first of all, before anything secret is in memory
 *	sandbox_begin, sandbox_path…		what may still be opened afterwards
 *	sandbox_enter				when all that needs rights is open, and before the first thread
 */
#ifndef HANDOVER_SANDBOX_H
#define HANDOVER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include <li/err.h>

#define SANDBOX_TEXT 512

/* No core file, no debugger of the same user, no /proc/PID/mem. False: errno says why. */
bool sandbox_no_dumps(void) LI_MUST;

enum sandbox_use {
	SANDBOX_READ,		/* read; a folder: list it and read what is in it */
	SANDBOX_WRITE,		/* read and change it; a folder: and make, rename and remove files and folders in it */
	SANDBOX_SOCKETS,	/* a folder in which unix sockets are made and removed */
};

enum sandbox_who {
	SANDBOX_MDFD,		/* connects, resolves names, serves a unix socket, starts threads */
	SANDBOX_LEMFD,		/* as it, but every socket it will ever listen on is open, and it connects to nobody */
};

struct sandbox {
	int rules;		/* landlock's ruleset; -1: not to be had */
	int why;		/* the errno of that */
};

void sandbox_begin(struct sandbox *s);
/* What path is now, or what the symbolic link leads to, with what is below it. A path that is not there gives nothing. A rule is tied
 * to the file itself, so what is replaced by rename must be allowed by its folder. */
void sandbox_path(struct sandbox *s, const char *path, enum sandbox_use use);
/* The folder that path lies in, and the one where a symbolic link of that name really ends. */
void sandbox_folder_of(struct sandbox *s, const char *path, enum sandbox_use use);
/* What the C library reads to resolve a name. */
void sandbox_resolver(struct sandbox *s);

/* Takes effect for this thread and all that it will start; no other may run yet. Frees s. True: everything. False: what could not be
 * had stands in missing, separated by commas; the rest holds. */
bool sandbox_enter(struct sandbox *s, enum sandbox_who who, char missing[SANDBOX_TEXT]) LI_MUST;
/* It has been called: what needs rights, or other files and system calls, is not to be tried any more, for it may be the end. */
bool sandbox_is_entered(void);
/* Instead of it. */
void sandbox_cancel(struct sandbox *s);

/* Becomes that user, with its groups, and keeps of the rights those that opening needs (packet sockets, the group of the control
 * socket, locked memory); sandbox_enter() drops them. folder, which may be NULL, is given to the user first. False: err says why. */
bool sandbox_user(const char *name, const char *folder, char *err, size_t n) LI_MUST;

#endif
