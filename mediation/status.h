/* status.h: what `mdfctl status` and `mdfctl counters` answer, as members of an open JSON object. */
#ifndef MEDIATION_STATUS_H
#define MEDIATION_STATUS_H

#include "mediation/json.h"

struct service;
void status_write(struct service *s, struct json *j);
void status_counters(struct service *s, struct json *j);

#endif
