/* status.h: what `mdfctl status`, `tap list`, `queue list` and `counters` answer, as members of an open JSON object. A counter has the
 * same name wherever it is told. */
#ifndef MEDIATION_STATUS_H
#define MEDIATION_STATUS_H

#include "mediation/json.h"

struct service;
void status_write(struct service *s, struct json *j);
void status_counters(struct service *s, struct json *j);
/* all: what `tap list` tells besides. */
void status_taps(struct service *s, struct json *j, bool all);
/* What `status` tells of destinations, and besides what their queues have and had. */
void status_queues(struct service *s, struct json *j);

#endif
