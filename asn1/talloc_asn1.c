/* talloc_asn1.c: the one global that libasn1c asks its program for. NULL between the calls of the adapters; see
 * gen_codec.h. */
extern void *talloc_asn1_ctx;
void *talloc_asn1_ctx;
