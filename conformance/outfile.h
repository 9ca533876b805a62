/*
 * outfile.h: PDUs into a file instead of, or beside, a connection: the octets one after the other, or, where the name ends in
 * .pcap, TCP segments of a connection each (port 42069), a PDU a segment, for dissectors that do not put segments together.
 */
#ifndef CONF_OUTFILE_H
#define CONF_OUTFILE_H

#include "conformance/octets.h"
#include "conformance/when.h"

#define OUTFILE_PORT 42069u

struct outfile;

/* NULL: err says why. */
struct outfile *outfile_new(const char *path, char *err, size_t room);
void outfile_put(struct outfile *o, size_t connection, struct when t, const uint8_t *p, size_t n);
/* False: not everything could be written. */
bool outfile_close(struct outfile *o);

#endif
