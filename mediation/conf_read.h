/* conf_read.h: readers that mdfd.yaml and warrants.yaml share. */
#ifndef MEDIATION_CONF_READ_H
#define MEDIATION_CONF_READ_H

#include "mediation/conf.h"
#include "mediation/yaml.h"

struct conf_x1;
struct conf_x1_profile;

/* "r19", or "r19v3": release and version arcs of the payload OIDs. */
bool conf_release(struct yaml *y, const struct yaml_at *at, uint8_t *release, uint8_t *version);
bool conf_country(struct yaml *y, const struct yaml_at *at, struct li_country *c);
/* "1.2" or "1.3": an enum tls_floor. */
uint8_t conf_floor(struct yaml *y, const struct yaml_at *at);
/* -- conf_x2x3.c -- */
void conf_read_x2x3(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);	/* struct conf_x2x3 * */
void conf_x2x3_free(struct conf_x2x3 *x);

/* path, or base/path when path is relative; NULL without memory. base NULL or ".": path as it is. */
char *conf_path(const char *base, const char *path);
/* The folder part of a file's name; NULL without memory. */
char *conf_folder(const char *file);
/* Not all zero: 16 octets. */
bool conf_uuid(struct yaml *y, const struct yaml_at *at, uint8_t b[16]);
/* -- conf_dest.c -- */
extern const struct yaml_word conf_deliveries[];	/* bits: 1 HI2, 2 HI3 */
/* Of a destination: enum hm_success, hm_negotiation, hm_without. */
extern const struct yaml_word conf_successes[], conf_negotiations[], conf_withouts[];
/* One of warrants.yaml's destinations; c NULL: without mdfd.yaml. folder: what paths in it are relative to. Texts are the caller's afterwards. */
void conf_dest_item(struct yaml *y, const struct yaml_at *at, const struct conf *c, const char *folder, struct hm_dest_conf *to);
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
