/* conf_read.h: readers that mdfd.yaml and warrants.yaml share. */
#ifndef MEDIATION_CONF_READ_H
#define MEDIATION_CONF_READ_H

#include "mediation/conf.h"
#include "mediation/yaml.h"

#define CONF_RESUME_WITHIN (300 * LI_US_SECOND)	/* a restart, an upgrade or a reboot; a tunnel rarely finds a new owner in it */
#define CONF_X1_TIME_P2 (3600 * LI_US_SECOND)	/* TS 103 221-1 clause 6.6.2 */

struct conf_x1;
struct conf_x1_profile;

/* A row of conf.tbl as a row of yaml_map(), of the members of that struct; a finished table. */
#define ROW(object, n, req, rd, m, least, most, more) \
	{ #n, req, rd, offsetof(struct object, m), sizeof(((struct object *)0)->m), least, most, more },
#define TABLE(name) static const struct yaml_table name##_table = { name, sizeof(name) / sizeof(name[0]) }

/* "r19", or "r19v3": release and version arcs of the payload OIDs. */
bool conf_release(struct yaml *y, const struct yaml_at *at, uint8_t *release, uint8_t *version);
bool conf_country(struct yaml *y, const struct yaml_at *at, struct li_country *c);
/* -- conf_x2x3.c -- */
void conf_read_x2x3(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* struct conf_x2x3 * */
void conf_x2x3_free(struct conf_x2x3 *x);

/* path, or base/path when path is relative; NULL without memory. base NULL or ".": path as it is. */
char *conf_path(const char *base, const char *path);
/* The folder part of a file's name; NULL without memory. */
char *conf_folder(const char *file);
/* Not all zero: 16 octets. */
bool conf_uuid(struct yaml *y, const struct yaml_at *at, uint8_t b[16]);
/* -- conf_words.c: the words of each choice, and the values of its member -- */
extern const struct yaml_word conf_deliveries[];	/* bits: 1 HI2, 2 HI3 */
extern const struct yaml_word conf_floors[];		/* enum tls_floor; of a destination there may be none */
extern const struct yaml_word conf_dest_floors[];
extern const struct yaml_word conf_successes[], conf_negotiations[], conf_withouts[], conf_address_uses[], conf_families[], conf_returns[],
	conf_connections[], conf_sharings[], conf_cc_forms[], conf_time_forms[], conf_qualifiers[], conf_liid_forms[], conf_auth_countries[],
	conf_spills[], conf_fulls[], conf_spreads[], conf_backlogs[], conf_backlog_contexts[], conf_hi4s[], conf_hi1_modules[], conf_cin_resets[],
	conf_message_kinds[], conf_message_numbers[], conf_message_charsets[], conf_aggregate_times[], conf_encryptions[], conf_iv_orders[],
	conf_hashes[], conf_signed[], conf_hash_named[];
/* -- conf_show.c -- */
struct json;
/* Members of an open object: each option, as warrants.yaml has it. Files of keys are named, as there; no octet of them is. */
void conf_dest_show(struct json *j, const struct hm_dest_conf *d);
/* -- conf_moot.c -- */
/* A bit for each row of moot.tbl that holds of a destination; base: what it was read on top of. */
uint64_t conf_moot(const struct conf *c, const struct hm_dest_conf *d, const struct hm_dest_conf *base);
/* -- conf_dest.c -- */
/* One of warrants.yaml's destinations; c NULL: without mdfd.yaml. folder: what paths in it are relative to. Texts are the caller's afterwards.
 * *moot: what conf_moot() has to say. */
void conf_dest_item(struct yaml *y, const struct yaml_at *at, const struct conf *c, const char *folder, struct hm_dest_conf *to, uint64_t *moot);
/* A destination that says nothing but its names. c NULL: nor does mdfd.yaml. */
struct hm_dest_conf conf_dest_preset(const struct conf *c);
/* mdfd.yaml's profiles, into c->profile; when the rest of it is read that they inherit. */
void conf_read_profiles(struct yaml *y, const struct yaml_at *at, struct conf *c, const char *folder);
void conf_profiles_free(struct conf *c);
/* One of x1's destination_profiles: a destination without its names. */
void conf_dest_profile(struct yaml *y, const struct yaml_at *at, const struct conf *c, const char *folder, struct conf_x1_profile *p);
/* -- conf_x1.c -- */
void conf_read_x1(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);
/* When all else of mdfd.yaml is read, and its profiles: destination_profiles of the document's root, and paths. */
void conf_x1_resolve(struct yaml *y, const struct yaml_at *root, struct conf *c, const char *dir);
void conf_x1_free(struct conf_x1 *x);
/* Are they the same but for the certificates' files? */
/* conf_take() of x1. */
void conf_x1_take(struct conf_x1 *to, struct conf_x1 *from, conf_say *left, void *arg);

#endif
