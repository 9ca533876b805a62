/* cert.h: until when a file of certificates or CRLs is good. */
#ifndef MEDIATION_CERT_H
#define MEDIATION_CERT_H

#include <li/time.h>

#define CERT_SOON (30 * 86400 * LI_US_SECOND)	/* before an end: weeks to get another */

/* The earliest end of what is in the file (notAfter of certificates, nextUpdate of CRLs). LI_US_NEVER: it cannot be read, or holds
 * none. */
li_us cert_ends(const char *file);

#endif
