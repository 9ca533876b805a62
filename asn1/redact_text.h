/*
 * redact_text.h: takes a subscriber's location out of what subscribers and networks sent each other as text: SIP messages, MIME
 * parts, XML documents (TS 33.128 clauses 7.12.9.2 and 7.13.5.2). Octets are overwritten where they stand, so that every length
 * stays right; Content-Length too. Pure, any thread.
 */
#ifndef ASN1_REDACT_TEXT_H
#define ASN1_REDACT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was done, as bits 1 << PredefinedPayloadModification. */
enum redact_done {
	REDACT_PANI = 1,		/* P-Access-Network-Info: clause 7.12.9.2.2 */
	REDACT_CNI = 2,			/* Cellular-Network-Info: 7.12.9.2.3 */
	REDACT_GEOLOCATION = 3,		/* Geolocation: 7.12.9.2.4 */
	REDACT_PRESENCE = 4,		/* location-info of a presence document: 7.12.9.2.5 */
	REDACT_RCS_PRESENCE = 9,	/* the same in what RCS bears: 7.13.5.2.2 */
	REDACT_RCS_CPIM = 10		/* P-Access-Network-Info, Cellular-Network-Info among CPIM headers: 7.13.5.2.3 */
};

/* A SIP message, whatever its bodies are. */
unsigned redact_sip(uint8_t *p, size_t n);
/* A MIME entity or an MSRP message of RCS. */
unsigned redact_rcs(uint8_t *p, size_t n);
/* The character data of every element inside a location-info, in any text. True: there was some. */
bool redact_xml(uint8_t *p, size_t n);
/* Likewise the text of every element of this name, whatever its prefix: blanks. */
bool redact_element(uint8_t *p, size_t n, const char *name);
/* Does a JSON document of a service-based interface say where somebody is, by the names of its members? */
bool redact_is_located(const uint8_t *p, size_t n);

#endif
