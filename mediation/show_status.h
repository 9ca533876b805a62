/* show_status.h: the answers of `status`, `tap list` and `counters` for people: one screen, alarms first, each with what to do. */
#ifndef MEDIATION_SHOW_STATUS_H
#define MEDIATION_SHOW_STATUS_H

#include <stdio.h>

#include "mediation/json.h"

void show_status(FILE *out, const struct json_doc *d);
/* A table of these columns, and what each tap has dropped and why. */
void show_taps(FILE *out, const struct json_doc *d, const char *columns);
/* Those that are not 0, with what they mean. */
void show_counters(FILE *out, const struct json_doc *d);

#endif
