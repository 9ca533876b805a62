/*
 * audit_mirror.h: a second place that knows how far the audit log has come: the count and the hash of its head at each
 * sync, in the system's log. Whoever cuts the log and the store has to cut that one too, which may be on another machine. No
 * identity: a number and a hash. Control loop only.
 */
#ifndef MEDIATION_AUDIT_MIRROR_H
#define MEDIATION_AUDIT_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

enum audit_mirror { AUDIT_MIRROR_NONE, AUDIT_MIRROR_SYSLOG, AUDIT_MIRROR_JOURNALD };

#define AUDIT_JOURNAL "/run/systemd/journal/socket"

/* Never waits, never fails for the caller: the log itself is what counts. False: this one did not go out (the first of a row
 * is logged). journal: the journal's socket. */
bool audit_mirror(enum audit_mirror to, const char *journal, uint64_t count, const uint8_t hash[32]);

#endif
