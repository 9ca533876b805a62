/*
 * conf_words.c: what can be chosen in mdfd.yaml and warrants.yaml, word by word. The first word of a value is the one that is shown.
 */
#include "mediation/conf_read.h"

#include "asn1/ps_aggregate.h"
#include "asn1/ps_wrap.h"

#define END { NULL, 0 }

const struct yaml_word conf_deliveries[] = { { "HI2Only", 1 }, { "HI3Only", 2 }, { "HI2andHI3", 3 }, END };
const struct yaml_word conf_floors[] = { { "1.2", TLS_FLOOR_12 }, { "1.3", TLS_FLOOR_13 }, END };
const struct yaml_word conf_dest_floors[] = { { "1.2", TLS_FLOOR_12 }, { "1.3", TLS_FLOOR_13 }, { "default", TLS_FLOOR_UNSET }, END };

/* -- a destination: its session -- */
const struct yaml_word conf_successes[] = { { "acknowledged", HM_ACKNOWLEDGED }, { "written", HM_WRITTEN }, { "tcp", HM_TCP },
	{ "further", HM_FURTHER }, END };
const struct yaml_word conf_negotiations[] = { { "no", HM_NEGOTIATION_NO }, { "yes", HM_NEGOTIATION_YES }, { "try", HM_NEGOTIATION_TRY }, END };
const struct yaml_word conf_withouts[] = { { "tcp", HM_WITHOUT_TCP }, { "written", HM_WITHOUT_WRITTEN }, { "refuse", HM_WITHOUT_REFUSE }, END };
const struct yaml_word conf_address_uses[] = { { "standby", false }, { "spread", true }, END };
const struct yaml_word conf_families[] = { { "any", 0 }, { "ipv4", 4 }, { "ipv6", 6 }, END };
const struct yaml_word conf_returns[] = { { "yes", false }, { "no", true }, { "true", false }, { "false", true }, { "on", false }, { "off", true }, END };
const struct yaml_word conf_connections[] = { { "always", false }, { "as-required", true }, END };
const struct yaml_word conf_sharings[] = { { "separate", false }, { "shared", true }, END };

/* -- its octets -- */
const struct yaml_word conf_cc_forms[] = { { "extendedUPFCCPDU", PS_CC_EXTENDED }, { "uPFCCPDU", PS_CC_GTPU }, END };
const struct yaml_word conf_time_forms[] = { { "microSecond", PS_TIME_MICRO }, { "generalized", PS_TIME_GENERALIZED }, END };
const struct yaml_word conf_qualifiers[] = { { "timeOfInterception", false }, { "none", true }, END };
const struct yaml_word conf_liid_forms[] = { { "text", false }, { "octets", true }, END };
const struct yaml_word conf_auth_countries[] = { { "sent", false }, { "none", true }, END };
const struct yaml_word conf_aggregate_times[] = { { "both", PS_TIMES_BOTH }, { "items", PS_TIMES_ITEMS }, { "header", PS_TIMES_HEADER }, END };
const struct yaml_word conf_encryptions[] = { { "none", 0 }, { "AES-192-CBC", PS_CIPHER_AES_192 }, { "AES-256-CBC", PS_CIPHER_AES_256 }, END };
const struct yaml_word conf_iv_orders[] = { { "big", false }, { "little", true }, END };

/* -- its queues and lanes -- */
const struct yaml_word conf_spills[] = { { "none", HM_SPILL_NONE }, { "iri", HM_SPILL_IRI }, { "all", HM_SPILL_ALL }, END };
const struct yaml_word conf_fulls[] = { { "newest", HM_FULL_NEWEST }, { "oldest", HM_FULL_OLDEST }, END };
const struct yaml_word conf_spreads[] = { { "context", HM_SPREAD_CONTEXT }, { "liid", HM_SPREAD_LIID }, { "random", HM_SPREAD_RANDOM }, END };
const struct yaml_word conf_backlogs[] = { { "order", HM_BACKLOG_ORDER }, { "second", HM_BACKLOG_SECOND }, END };
const struct yaml_word conf_backlog_contexts[] = { { "keep", HM_BACKLOG_KEEP }, { "split", HM_BACKLOG_SPLIT }, END };

/* -- integrity checks -- */
const struct yaml_word conf_hashes[] = { { "none", PS_HASH_NONE }, { "SHA-256", PS_HASH_SHA256 }, { "SHA-384", PS_HASH_SHA384 }, { "SHA-512", PS_HASH_SHA512 }, END };
const struct yaml_word conf_signed[] = { { "pdu", HM_SIGNED_PDU }, { "payload", HM_SIGNED_PAYLOAD }, END };
const struct yaml_word conf_hash_named[] = { { "yes", HM_HASH_NAMED }, { "all", HM_HASH_NAMED_ALL }, { "no", HM_HASH_UNNAMED }, END };

/* -- what it is told beside records -- */
const struct yaml_word conf_hi4s[] = { { "yes", HM_HI4_YES }, { "no", HM_HI4_NO }, { "by-release", HM_HI4_BY_RELEASE }, { "true", HM_HI4_YES },
	{ "false", HM_HI4_NO }, { "on", HM_HI4_YES }, { "off", HM_HI4_NO }, END };
const struct yaml_word conf_hi1_modules[] = { { "none", HM_HI1_NONE }, { "etsi", HM_HI1_ETSI }, { "threeGPP", HM_HI1_3GPP }, END };
const struct yaml_word conf_cin_resets[] = { { "no", false }, { "at-activation", true }, END };
const struct yaml_word conf_message_kinds[] = { { "errors", HM_MESSAGES_ERRORS }, { "all", HM_MESSAGES_ALL }, { "none", HM_MESSAGES_NONE }, END };
const struct yaml_word conf_message_numbers[] = { { "counted", HM_NUMBERS_COUNTED }, { "zero", HM_NUMBERS_ZERO }, END };
const struct yaml_word conf_message_charsets[] = { { "utf-8", HM_CHARSET_UTF8 }, { "iso-8859-1", HM_CHARSET_LATIN1 }, { "ascii", HM_CHARSET_ASCII }, END };
