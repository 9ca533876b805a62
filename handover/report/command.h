/* command.h: lemfd's subcommands: report, export and verify read what it has stored. */
#ifndef HANDOVER_REPORT_COMMAND_H
#define HANDOVER_REPORT_COMMAND_H

#include "handover/lemf_key.h"
#include "handover/report/evidence.h"

enum { COMMAND_GOOD = 0, COMMAND_BAD = 1, COMMAND_WRONG_USE = 2 };

#define COMMAND_TEXT 512

struct command {
	const char *name;		/* "report" */
	const char *dir;
	char **folder;			/* those that were asked for, or all */
	size_t n_folders;
	bool all;			/* none was named */
	const char *out, *json, *pcap, *since;	/* options; NULL: not given */
	bool as_json;
	uint64_t seed;			/* random */
	struct lemf_keys keys;
	struct evidence evidence;
};

/* Is the word one of them? */
bool command_is(const char *word);
/* argv[0] is the word. The exit status. */
int command_main(int argc, char **argv);
/* To standard error: "lemfd report: ..." */
void command_say(const struct command *c, const char *fmt, ...) LI_PRINTF(2, 3);

/* All that it writes to is open, or lies in the folder out (NULL: none): from now on it can open nothing else but the evidence, to read. */
void command_confine(const struct command *c, const char *out);

/* -- each a file of its own -- */
int report_run(struct command *c);
int export_run(struct command *c);
int verify_run(struct command *c);

#endif
