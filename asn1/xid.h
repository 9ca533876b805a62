/*
 * xid.h: identities as X1 writes them and X2 bears them in its attributes 17 and 18 (TS 103 221-2 clauses 5.3.18 and 5.3.19): the
 * child of TargetIdentifier as XML text, e.g. <imsi>204081234567890</imsi>. Read tolerantly, for what comes does not come by
 * the book: names in any case of letters and with any prefix, the enclosing element too, or no element at all. Pure, any thread.
 */
#ifndef ASN1_XID_H
#define ASN1_XID_H

#include <li/record.h>

#define XID_TEXT (LI_URI_MAX + 1)

/* The identity of a fragment. Its text is written to `to` and out->text is a view of it; textual prefixes (imsi-, msisdn-, imei-
 * …) and a + in front of digits are gone, and so is an IMEI's check digit. LI_EUNKNOWN: TargetIdentifier has no form for it (SUCI,
 * ports, ranges …), or text without an element that says nothing of its kind; LI_EFORMAT, LI_ERANGE: not what its
 * element is for. */
enum li_err xid_identity(struct view fragment, char to[XID_TEXT], struct li_id *out) LI_MUST;

#endif
