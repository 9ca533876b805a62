/*
 * strip_text.h: takes what subscribers say to each other out of the messages that they send it in: SIP, MSRP and MIME (TS 33.128
 * clauses 7.12.9.3 and 7.13.5.3). Octets are overwritten where they stand, so that every length stays right; Content-Length too. Pure,
 * any thread.
 */
#ifndef ASN1_STRIP_TEXT_H
#define ASN1_STRIP_TEXT_H

#include <li/view.h>

/* What was done, as bits 1 << PredefinedPayloadModification; and REWRITE_SIP_BODY, REWRITE_MIME_BODY (rewrite.h). */
enum modified {
	MODIFIED_SMS = 5,			/* user data of a short message: clause 7.12.9.3.2 */
	MODIFIED_IMS_TEXT = 7,		/* 7.12.9.3.3 */
	MODIFIED_IMS_SUBJECT = 8,		/* 7.12.9.3.4 */
	MODIFIED_RCS_TEXT = 11,		/* 7.13.5.3.2 */
	MODIFIED_RCS_SUBJECT = 12,		/* 7.13.5.3.3 */
	MODIFIED_RCS_GEOLOCATION = 13,	/* 7.13.5.3.4 */
	MODIFIED_RCS_URL = 14		/* 7.13.5.3.5 */
};

/* sms_only: short messages, and nothing else. */
unsigned strip_sip(uint8_t *p, size_t n, bool sms_only);
/* Octets that may be headers of a SIP message, without the message or with it: of what is none nothing is changed. */
unsigned strip_headers(uint8_t *p, size_t n, bool sms_only);
/* A MIME entity of this type, which may have a header of its own; an MSRP message. */
unsigned strip_mime(struct view type, uint8_t *p, size_t n, bool sms_only);
unsigned strip_msrp(uint8_t *p, size_t n, bool sms_only);

#endif
