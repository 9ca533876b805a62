/*
 * sip.h: as much of RFC 3261 as an intercepted message needs: its lines and body, its method, and MIME parts (RFC 2046). What is
 * read here was sent by subscribers. Nothing is copied. Pure, any thread.
 */
#ifndef ASN1_SIP_H
#define ASN1_SIP_H

#include <li/rd.h>

struct sip {
	bool is_response;
	unsigned status;	/* of a response */
	struct view method;	/* of a request, or of its CSeq; empty: none was found */
	struct view headers;	/* all header lines */
	struct view body;
};

struct sip_header {
	struct view name, value;	/* without blanks around; folded lines lie in the value as they came */
};

/* Lines may end in LF alone. LI_EFORMAT: it does not begin as a SIP message does. */
enum li_err sip_read(struct view message, struct sip *out) LI_MUST;
/* The next header of a block; false after the last. The block ends at an empty line. */
bool sip_next(struct rd *r, struct sip_header *h);
/* The first header of this name, or of this compact form (0: none), in a block; false: there is none. */
bool sip_find(struct view headers, const char *name, char compact, struct view *value);
bool sip_is(struct view v, const char *text);	/* the same, in any case of letters */
bool sip_begins(struct view v, const char *text);	/* likewise */
bool sip_ends(struct view v, const char *text);
/* The URI of a name-addr or addr-spec, whatever stands around it; empty: it is cut off. */
struct view sip_uri(struct view v);
/* Who is called, of a message that is a request. */
struct view sip_request_uri(struct view message);
/* Header block and body at an empty line; without one all of it is headers. */
void sip_split(struct view part, struct view *headers, struct view *body);

/* Is the body behind this block in other octets than those of its text (Content-Encoding, Content-Transfer-Encoding)? */
bool sip_is_encoded(struct view block);
/* The parts of a multipart body, one after the other: *rest starts as the body. False after the last. */
bool sip_part(struct view boundary, struct view *rest, struct view *part);
/* The boundary of a Content-Type; false: it is no multipart. */
bool sip_boundary(struct view content_type, struct view *boundary);

#endif
