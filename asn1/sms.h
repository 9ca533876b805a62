/*
 * sms.h: a short message without its text. A TPDU of TS 23.040 clause 9.2.2 is written over where it stands, as TS 33.128 clause
 * 7.4.5.2.1 has it: the text becomes blanks of its own coding, elements of the user data header that are no control become
 * fillers, no length changes. What is read here was sent by subscribers. Pure, any thread.
 */
#ifndef ASN1_SMS_H
#define ASN1_SMS_H

#include <li/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The values of SMSMessageType (TS 33.128 table 6.2.5.3-4). */
enum sms_type { SMS_DELIVER = 1, SMS_DELIVER_REPORT_ACK, SMS_DELIVER_REPORT_ERROR, SMS_STATUS_REPORT, SMS_COMMAND, SMS_SUBMIT,
	SMS_SUBMIT_REPORT_ACK, SMS_SUBMIT_REPORT_ERROR };
#define SMS_IS(t) (1u << (t))
#define SMS_MESSAGES (SMS_IS(SMS_DELIVER) | SMS_IS(SMS_STATUS_REPORT) | SMS_IS(SMS_COMMAND) | SMS_IS(SMS_SUBMIT))
#define SMS_REPORTS (SMS_IS(SMS_DELIVER_REPORT_ACK) | SMS_IS(SMS_DELIVER_REPORT_ERROR) | SMS_IS(SMS_SUBMIT_REPORT_ACK) | \
		     SMS_IS(SMS_SUBMIT_REPORT_ERROR))

/* A TPDU. types: which it may be, as bits SMS_IS(). *is: which it is; *changed: an octet is other than before. LI_EFORMAT: it cannot be
 * read as one of them: nothing has been changed, and nothing vouches for it. */
enum li_err sms_blank(uint8_t *p, size_t n, unsigned types, enum sms_type *is, bool *changed) LI_MUST;
/* The octets of a TPDU before its user data, of one that may end anywhere (TruncatedSMSTPDU). LI_EFORMAT likewise. */
enum li_err sms_head(const uint8_t *p, size_t n, unsigned types, size_t *head) LI_MUST;
/* An RP message (TS 24.011 clause 7.3), as SIP bears it. LI_EFORMAT likewise. */
enum li_err sms_blank_rp(uint8_t *p, size_t n, bool *changed) LI_MUST;

#endif
