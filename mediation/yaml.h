/*
 * yaml.h: a YAML document under a table of ours. libyaml reads it into nodes that know their line; tables of keys say
 * what may stand where. Every fault is reported, not only the first: "file:line: key: reason". A reason never quotes a
 * value, because values are identities; a key is quoted only when it is a plain word.
 *
 *   yaml_open -> yaml_map (a table: each key to its reader, by kind) -> yaml_each for lists -> yaml_close: any faults?
 */
#ifndef MEDIATION_YAML_H
#define MEDIATION_YAML_H

#include <li/buf.h>
#include <li/time.h>
#include <li/view.h>

#include "mediation/conf.h"

struct yaml;
struct yaml_node;	/* opaque */

/* Where a value stands, for messages: "warrants[3].targets". */
#define YAML_PATH_MAX 128	/* names are ours and short; a longer path is cut */
struct yaml_at {
	const struct yaml_node *node;
	char path[YAML_PATH_MAX];
};

/* Reads text, or the file when text is NULL, of at most max octets. Faults of syntax are reported at once and give NULL;
 * so do an empty document, a second one, aliases, and tags other than a string's. */
struct yaml *yaml_open(const char *file, const struct view *text, size_t max, conf_say *say, void *arg);
/* Frees. True when no fault was reported. */
bool yaml_close(struct yaml *y);
struct yaml_at yaml_root(struct yaml *y);

void yaml_fault(struct yaml *y, const struct yaml_at *at, const char *fmt, ...) LI_PRINTF(3, 4);
/* A fault of the program's surroundings, not of the text: out of memory. */
void yaml_nomem(struct yaml *y);
/* The same where only the line is known any more. */
void yaml_fault_line(struct yaml *y, int line, const char *key, const char *fmt, ...) LI_PRINTF(4, 5);
unsigned yaml_faults(const struct yaml *y);
int yaml_line(struct yaml *y, const struct yaml_at *at);

/* -- mappings -- */
struct yaml_key {
	const char *name;
	bool required;
	/* Reads the value into `to`; faults go to yaml_fault(). */
	void (*read)(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);
	size_t offset, size;		/* of the member in the object that yaml_map() fills */
	int64_t least, most;		/* lengths of texts, values of numbers, items of lists */
	const void *more;		/* by reader: words, table of a mapping within; of numbers and texts the word for 0 and NULL, where there is one */
};
/* A mapping: each of its keys read by its row of the table; unknown, missing and repeated ones are faults. seen (may be
 * NULL): a bit a row, for what depends on presence. */
void yaml_map(struct yaml *y, const struct yaml_at *at, const struct yaml_key *keys, size_t n, void *object,
	      uint64_t *seen);
/* Every pair of a mapping whose keys no table knows; at most max. key is the text as written. */
void yaml_pairs(struct yaml *y, const struct yaml_at *at, size_t max,
		void (*fn)(struct yaml *y, const char *key, const struct yaml_at *value, void *arg), void *arg);

/* -- lists -- */
/* Number of items of a list that has at most max, or one item for a plain value when scalar_too; 0 after a fault. */
size_t yaml_count(struct yaml *y, const struct yaml_at *at, size_t max, bool scalar_too);
struct yaml_at yaml_item(struct yaml *y, const struct yaml_at *at, size_t i);

/* The value of that key, with the key in its path; false where the mapping has none, or it is no mapping: no fault. */
bool yaml_member(struct yaml *y, const struct yaml_at *at, const char *key, struct yaml_at *value);
bool yaml_is_map(const struct yaml_at *at);	/* no fault where it is none */
/* The value is the row's word for 0 or NULL (`more`), and *to is that now; no fault where it is not. */
bool yaml_unset(const struct yaml_at *at, const struct yaml_key *k, void *to);

/* -- values -- */
/* The text of a scalar: printable, not empty, at most max octets; NULL after a fault. Good until yaml_close(). */
const char *yaml_text(struct yaml *y, const struct yaml_at *at, size_t max);
struct yaml_word { const char *word; int value; };	/* a list of them ends with word NULL */
bool yaml_word(struct yaml *y, const struct yaml_at *at, const struct yaml_word *words, int *out);
/* The other way: "" where there is none. */
const char *yaml_word_of(const struct yaml_word *words, int value);
bool yaml_bool(struct yaml *y, const struct yaml_at *at, bool *out);
bool yaml_uint(struct yaml *y, const struct yaml_at *at, uint64_t least, uint64_t most, uint64_t *out);
/* "30s", "500ms", "2m", "1h", "90us"; a unit is required. Limits in microseconds. */
bool yaml_duration(struct yaml *y, const struct yaml_at *at, li_us least, li_us most, li_us *out);
/* "32MiB", "512KiB", "1GiB", "4096B". */
bool yaml_size(struct yaml *y, const struct yaml_at *at, uint64_t least, uint64_t most, uint64_t *out);

/* -- readers for tables -- */
void yaml_read_string(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* char *, strdup */
void yaml_read_array(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* char[most + 1] */
void yaml_read_bool(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);
void yaml_read_duration(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* li_us */
void yaml_read_uint(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* unsigned */
void yaml_read_octet(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* uint8_t */
/* more: words. Of one octet, or an enum. */
void yaml_read_choice(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);
/* "100Mbit/s": limits and *to (uint64_t) are octets a second. */
void yaml_read_rate(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);
void yaml_read_size(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* size_t */
void yaml_read_map(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* more: yaml_table */
void yaml_read_apart(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* by yaml_member(), before or after the others */
struct yaml_table { const struct yaml_key *keys; size_t n; };

#endif
