/* gen_ps.c: the adapter of the set `ps`. */
#include "asn1/gen_ps.h"
#include "asn1/gen_codec.h"
#include <EncryptedPayload.h>
#include <PS-PDU.h>

enum li_err gen_ps_recode(enum gen_ps_pdu type, struct view ber, struct buf *out)
{
	return gen_recode(type == GEN_PS_PDU ? &asn_DEF_PS_PDU : &asn_DEF_EncryptedPayload, ber, out);
}
