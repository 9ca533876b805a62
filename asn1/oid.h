/* oid.h: domain ids of TS 102 232-1 and payload ids of TS 33.128: contents octets and back. */
#ifndef ASN1_OID_H
#define ASN1_OID_H

#include <li/buf.h>
#include <li/err.h>
#include <li/view.h>

#define OID_GEN_HEADER 33	/* li-psDomainId of TS 102 232-1 V3.26.1 */
#define OID_MAX 12		/* contents octets of the longest of ours */

/* The last arc of a TS 33.128 RELATIVE-OID {threeGPP(4) ts33128(19) release version kind}. */
enum oid_33128 { OID_XIRI = 1, OID_XCC = 2, OID_IRI = 3, OID_CC = 4, OID_LINOTIFICATION = 5 };

/* {0 4 0 2 2 5 1 version}; both give the number of octets. */
size_t oid_gen_header(uint8_t version, uint8_t out[OID_MAX]);
size_t oid_33128(uint8_t release, uint8_t version, enum oid_33128 kind, uint8_t out[OID_MAX]);

/* The version arc; LI_EUNKNOWN when it is not a genHeader id. */
enum li_err oid_gen_header_read(struct view octets, uint32_t *version) LI_MUST;
enum li_err oid_33128_read(struct view octets, uint32_t *release, uint32_t *version, uint32_t *kind) LI_MUST;

/* Appends the dotted text of an OBJECT IDENTIFIER's or RELATIVE-OID's contents octets. LI_EFORMAT. */
enum li_err oid_text(struct view octets, bool relative, struct buf *out) LI_MUST;

/* "r19" or "r19v3" of a configuration. Without a version: the newest of that release whose module we know.
 * LI_EFORMAT; LI_EUNKNOWN for a release that we do not write. */
enum li_err oid_release_read(struct view text, uint8_t *release, uint8_t *version) LI_MUST;

#endif
