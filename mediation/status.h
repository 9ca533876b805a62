/* status.h: what `mdfctl status` and `mdfctl counters` answer, as members of an open JSON object. */
#ifndef MEDIATION_STATUS_H
#define MEDIATION_STATUS_H

#include "mediation/json.h"
#include "mediation/pipeline.h"

struct service;
void status_write(struct service *s, struct json *j);
void status_counters(struct service *s, struct json *j);
/* Which tap, and how it is: what `status` and `tap list` begin with. */
void status_tap_head(struct json *j, const struct pipeline_tap *t);

#endif
