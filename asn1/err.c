/* err.c: the text of each result code. */
#include <li/err.h>

const char *li_err_text(enum li_err e)
{
	switch (e) {
	case LI_OK: return "no error";
	case LI_EAGAIN: return "more is needed";
	case LI_EFULL: return "full";
	case LI_EBUSY: return "busy";
	case LI_ETRUNC: return "ends too early";
	case LI_EFORMAT: return "malformed";
	case LI_ERANGE: return "out of range";
	case LI_EMISSING: return "mandatory member missing";
	case LI_EUNKNOWN: return "unknown";
	case LI_ELIMIT: return "past a limit";
	case LI_EENCODE: return "cannot be encoded";
	case LI_EPEER: return "peer broke the protocol";
	case LI_ECLOSED: return "closed";
	case LI_EAUTH: return "not authenticated";
	case LI_EIO: return "input or output failed";
	case LI_ENOMEM: return "out of memory";
	case LI_ECONFIG: return "configuration is wrong";
	case LI_EUSE: return "called wrongly";
	case LI_ENOTFOUND: return "not found";
	case LI_EEXIST: return "exists already";
	case LI_ESTATE: return "not possible in this state";
	}
	return "unknown error";
}
