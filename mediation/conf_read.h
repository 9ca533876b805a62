/* conf_read.h: readers that mdfd.yaml and warrants.yaml share. */
#ifndef MEDIATION_CONF_READ_H
#define MEDIATION_CONF_READ_H

#include "mediation/yaml.h"

/* "r19", or "r19v3": release and version arcs of the payload OIDs. */
bool conf_release(struct yaml *y, const struct yaml_at *at, uint8_t *release, uint8_t *version);
bool conf_country(struct yaml *y, const struct yaml_at *at, struct li_country *c);
/* "1.2" or "1.3": an enum tls_floor. */
uint8_t conf_floor(struct yaml *y, const struct yaml_at *at);
/* path, or base/path when path is relative; NULL without memory. base NULL or ".": path as it is. */
char *conf_path(const char *base, const char *path);
/* The folder part of a file's name; NULL without memory. */
char *conf_folder(const char *file);

#endif
