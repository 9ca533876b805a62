/*
 * err.h: the one result type. Codes are grouped by what the caller does about them, so that a caller may ask
 * li_err_class() and need not know each code.
 */
#ifndef LI_ERR_H
#define LI_ERR_H

/* A result that must not be ignored. */
#define LI_MUST __attribute__((warn_unused_result))
#define LI_PRINTF(f, a) __attribute__((format(printf, f, a)))

enum li_err {
	LI_OK = 0,

	/* try again: nothing is wrong, the call could not finish yet */
	LI_EAGAIN = 1,		/* not enough octets yet, or no room yet */
	LI_EFULL,		/* a bounded queue or table is full */
	LI_EBUSY,		/* somebody else holds it just now */

	/* drop this PDU: the input is wrong, what follows it may be right */
	LI_ETRUNC = 16,		/* ends before its own length says */
	LI_EFORMAT,		/* breaks the syntax of its clause */
	LI_ERANGE,		/* a value outside its limits */
	LI_EMISSING,		/* a mandatory member is absent */
	LI_EUNKNOWN,		/* a kind, version or reference that we do not know */
	LI_ELIMIT,		/* past one of the limits of limits.h */
	LI_EENCODE,		/* our own record cannot be encoded: a failure of ours */

	/* drop this peer: the connection or file can no longer be trusted */
	LI_EPEER = 32,		/* protocol broken, framing lost */
	LI_ECLOSED,		/* the peer closed, or the input ended */
	LI_EAUTH,		/* certificate or name not accepted */
	LI_EIO,			/* the system refused to read or write; errno says why */

	/* stop: the program or its set-up is wrong */
	LI_ENOMEM = 48,
	LI_ECONFIG,		/* configuration is wrong */
	LI_EUSE,		/* called against its contract */
	LI_ENOTFOUND,		/* no such object */
	LI_EEXIST,		/* there is one already */
	LI_ESTATE		/* not possible in this state, or not by this owner */
};

enum li_err_class { LI_CLASS_OK, LI_CLASS_AGAIN, LI_CLASS_PDU, LI_CLASS_PEER, LI_CLASS_STOP };

static inline enum li_err_class li_err_class(enum li_err e)
{
	if (e == LI_OK)
		return LI_CLASS_OK;
	if (e < LI_ETRUNC)
		return LI_CLASS_AGAIN;
	if (e < LI_EPEER)
		return LI_CLASS_PDU;
	return e < LI_ENOMEM ? LI_CLASS_PEER : LI_CLASS_STOP;
}

/* A short English text of a code, never NULL, static. */
const char *li_err_text(enum li_err e);

#endif
