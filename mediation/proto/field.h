/* field.h: fields that several protocols of the mobile core write the same way. */
#ifndef MEDIATION_PROTO_FIELD_H
#define MEDIATION_PROTO_FIELD_H

#include <li/rd.h>
#include <li/record.h>

/* TBCD (TS 29.002 clause 17.7.8): low nibble first, F ends. Gives the number of digits written with their NUL to
 * out[room]; 0 and an empty text when there is another nibble, a digit after the filler, or too many. */
size_t field_tbcd(struct view octets, char *out, size_t room);
/* The same from a nibble on that is not the first: nibble 1 is the high one of octet 0. */
size_t field_tbcd_from(struct view octets, size_t nibble, char *out, size_t room);
/* ASCII digits, 1 to room - 1 of them, as text; 0 when there is anything else. */
size_t field_digits(struct view text, char *out, size_t room);
/* Three octets of MCC and MNC (TS 24.008 clause 10.5.1.3); a malformed one leaves *p empty. */
void field_plmn(struct rd *r, struct li_plmn *p);
/* SD FFFFFF means that there is none (TS 23.003 clause 28.4.2). */
void field_snssai(struct li_snssai *s, uint8_t sst, struct view sd);
/* Seconds of NTP (RFC 5905): with the top bit clear they count from 2036. 0 stays 0: absent. */
li_us field_ntp(uint32_t seconds);

#endif
