/*
 * hm.h: the handover manager, as mediation sees it. It numbers, encodes, queues and delivers; it knows contexts,
 * destinations and profiles, and nothing of warrants. Public shape only: no libuv handle but the caller's loop.
 */
#ifndef HANDOVER_HM_H
#define HANDOVER_HM_H

#include <uv.h>

#include "asn1/ps_enc.h"
#include "asn1/ps_tri.h"
#include "handover/tls.h"

struct hm;
struct hm_dest;
struct hm_ctx;

/* What "delivered" means: TS 102 232-1 clauses 6.4.3 and 6.3.6. FURTHER: as much again as TCP's send buffer holds has been written, or nothing
 * for QUIET, while keep-alives were answered. */
enum hm_success { HM_ACKNOWLEDGED, HM_WRITTEN, HM_TCP, HM_FURTHER };

/* Are the session's options negotiated on each connection (clause 6.3.5), or agreed beforehand? TRY: where that fails, the next
 * connection is without. */
enum hm_negotiation { HM_NEGOTIATION_NO, HM_NEGOTIATION_YES, HM_NEGOTIATION_TRY };
/* Acknowledgement is wanted, and was not agreed on: what "delivered" means then, or that nothing is delivered. */
enum hm_without { HM_WITHOUT_TCP, HM_WITHOUT_WRITTEN, HM_WITHOUT_REFUSE };

/* What of a destination may be on this machine's disk, encrypted, when memory is full or the service stops. */
enum hm_spill { HM_SPILL_NONE, HM_SPILL_IRI, HM_SPILL_ALL };

#define HM_PADDING 256		/* octets of a paddingPDU where nothing is said: as small as most of what it hides */
#define HM_AGGREGATE_OCTETS (16u << 10)	/* a record of TLS */

/* Which records give way when a queue's memory is full, and the disk where there is one. */
enum hm_full { HM_FULL_NEWEST, HM_FULL_OLDEST };

/* By what a context is given its lane, of those that a side of a destination has: LIID and CIN, the LIID alone, or chance. */
enum hm_spread { HM_SPREAD_CONTEXT, HM_SPREAD_LIID, HM_SPREAD_RANDOM };

/* After an outage: what is old goes first (ORDER), or a second connection takes what is new meanwhile (SECOND). Contexts that have something
 * of old then stay behind it (KEEP), or do not (SPLIT): the agency puts them together by their numbers. */
enum hm_backlog { HM_BACKLOG_ORDER, HM_BACKLOG_SECOND };
enum hm_backlog_contexts { HM_BACKLOG_KEEP, HM_BACKLOG_SPLIT };

#define HM_LANES_MAX	16	/* connections of a side: 1.2 Gbit/s are four of what TLS carries on one core */
#define HM_LANE_LEAVE	(30 * LI_US_SECOND)	/* a lane that is down that long is left by the contexts that may */
#define HM_BACKLOG_OVER	((size_t)64 << 20)	/* octets that make a backlog, */
#define HM_BACKLOG_LATE	(10 * LI_US_SECOND)	/* or how old what goes out is */
/* LI notifications of TS 33.128 clause 5.6: unless said otherwise, to who takes release 16 or later. */
enum hm_hi4 { HM_HI4_BY_RELEASE, HM_HI4_YES, HM_HI4_NO };
#define HM_HI4_SINCE 16
/* HI1 operations notifications: of which module, TS 101 671's or TS 33.108's. */
enum hm_hi1 { HM_HI1_NONE, HM_HI1_ETSI, HM_HI1_3GPP };
/* operatorLeaMessage: what is told. Words on numbers that were not issued are, but for NONE. */
enum hm_messages { HM_MESSAGES_ERRORS, HM_MESSAGES_ALL, HM_MESSAGES_NONE };
/* Their numbers and their octets, of which TS 102 232-1 says nothing: counted up from 0 as long as the destination is open, or 0. */
enum hm_numbers { HM_NUMBERS_COUNTED, HM_NUMBERS_ZERO };
enum hm_charset { HM_CHARSET_UTF8, HM_CHARSET_LATIN1, HM_CHARSET_ASCII };	/* what it has not becomes "?" */

/* What of the Hash PDUs a signature digests: TS 102 232-1 does not say it twice in the same way. */
enum hm_signed { HM_SIGNED_PDU, HM_SIGNED_PAYLOAD };
/* Where hashAlgorithm stands: in each Hash, in each Signature too, nowhere. */
enum hm_hash_named { HM_HASH_NAMED, HM_HASH_NAMED_ALL, HM_HASH_UNNAMED };

struct hm_dest_conf {		/* one agency's delivery end point; strings are copied */
	struct li_did did;
	const char *name;
	const char *host;
	uint16_t port;
	bool addresses_spread;		/* lanes begin with one each, and go round; else all begin with the first */
	const char *addresses;		/* where else, in the order of trying: HOST:PORT with blanks between (address.h); NULL: nowhere */
	uint8_t family;			/* of its addresses: 0 any, 4, 6 */
	bool stays;			/* on an address that is not the first, also when that answers again */
	li_us time_return;		/* how often it is asked; 0: the default of timers.tbl */
	const char *peer_name;		/* must be in the peer's certificate */
	bool hi2, hi3;			/* what it is given */
	enum hm_success success;
	bool shared;			/* HI2 and HI3 on one DF instead of one each */
	enum ps_cc_form cc_form;
	enum ps_time_form time_form;
	uint8_t release, version;	/* TS 33.128 arcs */
	uint8_t gen_header;
	bool unqualified;		/* records bear no timeStampQualifier */
	bool liid_octets;		/* a LIID that is hexadecimal digits goes as the octets that they stand for */
	bool no_auth_country;		/* headers bear no authorizationCountryCode */
	const char *delivery_country;	/* two letters, or "none"; NULL: the manager's */
	li_us time1, time3, time5, time6;	/* 0: the default of timers.tbl */
	li_us time2, time4;		/* the agency's own; 0: not known, then 30 s are supposed */
	li_us reconnect;		/* likewise */
	bool as_required;		/* closed while there is nothing to deliver, after time_idle */
	bool keepalive_closed;		/* then: opened for keep-alives, too, TIME1 after the last PDU */
	li_us time_idle, time_quiet;	/* 0: the defaults of timers.tbl */
	uint64_t rate;			/* octets a second, over all connections; 0: no limit */
	size_t burst;			/* of these at once; 0: shaper.h's */
	li_us time_padding;		/* a paddingPDU so long after the last data; 0: none */
	uint64_t padding_rate;		/* or as many as make so many octets a second with the data */
	size_t padding_size;		/* octets of one; 0: HM_PADDING */
	enum hm_negotiation negotiation;
	enum hm_without without_ack;	/* with negotiation */
	li_us time_negotiation;		/* likewise; 0: the default of timers.tbl */
	size_t queue;			/* octets of memory a queue; from 128 KiB */
	/* TLS of our end, as in struct tls_conf; NULL members and an unset floor: the hm's own */
	const char *certificate, *key, *ca, *crl, *ciphers, *ciphersuites;
	uint8_t tls_floor;		/* enum tls_floor */
	enum hm_spill spill;
	size_t spill_limit;		/* octets of disk a queue; 0: as much as there is */
	enum hm_full full;
	uint8_t lanes;			/* connections of a side, each with queues of its own: to HM_LANES_MAX; 0 is 1 */
	enum hm_spread spread;
	li_us lane_leave;		/* 0: HM_LANE_LEAVE */
	enum hm_backlog backlog;
	enum hm_backlog_contexts backlog_contexts;
	size_t backlog_over;		/* 0: HM_BACKLOG_OVER */
	li_us backlog_late;		/* 0: HM_BACKLOG_LATE */
	/* aggregation, clause 6.2.3: records of one context in one PDU, which differ in nothing but time, direction and IRI type */
	unsigned aggregate_cc, aggregate_iri;	/* of them at the most; 0: one */
	size_t aggregate_octets;	/* likewise; 0: HM_AGGREGATE_OCTETS */
	li_us aggregate_delay;		/* how long the first waits for others; 0: those that come at once (hm_cc_burst, hm_turn) */
	uint8_t aggregate_times;	/* enum ps_times */
	size_t segment;			/* clause 6.2.4: content of MMS and RCS goes in segments where its PDU would be longer; 0: it never does */
	/* payload encryption, clause 6.2.6 and annex G */
	uint8_t encryption;		/* enum ps_cipher: PS_CIPHER_AES_192 or PS_CIPHER_AES_256; 0: none */
	bool encryption_tri;		/* also of TRI that tell of an interception */
	bool encryption_little;		/* the order of octets in the IV: struct cipher_key.little_iv */
	const char *encryption_key;	/* a file, as cipher_key_read() takes it */
	/* Integrity checks, clause 7.2.3 and annex J: HO-INT-001 */
	enum ps_hash hash;		/* PS_HASH_NONE: none */
	li_us hash_timeout, sign_timeout;	/* 0: HM_HASH_TIMEOUT, HM_SIGN_TIMEOUT */
	uint32_t data_pdu_count, hash_pdu_count;	/* 0: HM_DATA_PDU_COUNT, HM_HASH_PDU_COUNT */
	const char *sign_key;		/* file of a private key, PEM; NULL: hashes are not signed */
	enum hm_signed signs;
	enum hm_hash_named hash_named;
	bool signature_named;		/* signatureAlgorithm stands in each Signature */
	uint8_t first_check;		/* number of the first of each chain's Hashes, and of its Signatures: 0 or 1 */
	/* what it is told beside records */
	uint8_t hi4, hi1;		/* enum hm_hi4, enum hm_hi1 */
	bool test_pdu, cin_reset;	/* at the activation of each interception */
	uint8_t messages, message_numbers, message_charset;	/* enum hm_messages, hm_numbers, hm_charset */
	bool account_message;		/* its agency is told how a warrant's account ends (mediation/balance.h) */
};

#define HM_HASH_TIMEOUT LI_US_SECOND
#define HM_DATA_PDU_COUNT 1000
#define HM_SIGN_TIMEOUT (300 * LI_US_SECOND)
#define HM_HASH_PDU_COUNT 15
#define HM_HASH_PDU_COUNT_MAX 1000	/* a signature names each; and their octets are kept until then */

static inline bool hm_wants_hi4(const struct hm_dest_conf *c)
{
	return c->hi4 == HM_HI4_YES || (c->hi4 == HM_HI4_BY_RELEASE && c->release >= HM_HI4_SINCE && c->gen_header >= PS_SINCE_HI4);
}

/* Where queues spill to. Its calls come on the control loop with the arg of hm_new(), and must not block for long. */
struct hm_spool {
	const char *dir;		/* made where it is absent; NULL: nothing goes to disk */
	const uint8_t *key;		/* 32 octets; not looked at after hm_new() */
	/* Up to which of its ids a queue is delivered: what set_position() was last told; 0: nothing is known. */
	uint64_t (*position)(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane);
	/* At most every HM_POSITIONS_MS while something is on disk, and at the end. If it is lost, records are sent again. */
	void (*set_position)(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t id);
	/* What a stop leaves of a queue in its segments, delivered records in them included: told while the manager closes, added to
	 * what was told of that queue, and asked for (and forgotten) when the queue is opened. NULL: not kept. */
	void (*leave)(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane, uint64_t records);
	uint64_t (*left)(void *arg, const struct li_did *did, enum li_hi kind, unsigned lane);
	/* Once, while the manager closes: undelivered PDUs that are on disk for a next start, and those that are nowhere. Without dir,
	 * too; NULL allowed. */
	void (*kept)(void *arg, uint64_t kept, uint64_t lost);
};

/* What must survive of chains of integrity checks, so that no number comes twice and nothing that was sent stays without a Hash or a
 * Signature: rows, each of which holds an LIID. */
enum hm_seal_what { HM_SEAL_CHAIN, HM_SEAL_CHAIN_GONE, HM_SEAL_CHECK, HM_SEAL_CHECK_GONE };
struct hm_seal_row {
	enum hm_seal_what what;
	uint64_t chain;			/* its name, opaque; above 0, below 2^63 */
	uint32_t group;			/* of both: whose records it is about; 0: several groups' */
	/* HM_SEAL_CHAIN: new, or in its place */
	struct li_did did;
	enum li_hi kind;
	uint8_t data;			/* enum ps_check_data */
	uint64_t ctx;
	uint32_t hashes, signatures, sealed;	/* the next numbers; the first Hash that is not signed */
	struct view ids;		/* whom it is of: asn1/ps_ids.h */
	/* HM_SEAL_CHECK: not delivered yet, or a Hash that is not signed yet. CHECK_GONE: type and number only */
	uint8_t type;			/* enum ps_check_type */
	uint32_t number;
	struct view octets;		/* the PS-PDU */
};
/* Calls come on the control loop with the arg of hm_new(). NULL members: nothing survives. */
struct hm_seals {
	/* All or nothing, on disk when it returns. A chain that is gone goes with its checks. */
	enum li_err (*save)(void *arg, const struct hm_seal_row row[], size_t n);
	/* Those of this queue: each chain, then its checks in the order of their numbers. fn must not call back. */
	enum li_err (*load)(void *arg, const struct li_did *did, enum li_hi kind, enum li_err (*fn)(void *to, const struct hm_seal_row *row), void *to);
};

struct hm_conf {
	struct view operator_id, element_id;
	struct li_country delivery_country;
	bool has_delivery_country;
	const char *certificate, *key, *ca, *crl, *ciphers, *ciphersuites;	/* as in struct tls_conf */
	uint8_t tls_floor;		/* enum tls_floor */
	li_us (*now)(void);		/* the clock of keep-alives; NULL: the system's */
	struct hm_spool spool;
	struct hm_seals seals;
};

struct hm_dest_stats {
	bool up[2];			/* by enum li_hi: a connection at the least */
	bool rests[2];			/* closed, until there is something to deliver */
	unsigned lanes[2], lanes_up[2];	/* connections that it is to have; those that are up, or rest */
	unsigned reliefs_up[2];		/* second ones that are up beside them */
	unsigned address[2];		/* on which of its addresses the connection stands, or did last: from 1; 0: it never stood */
	const char *waits[2];		/* why what is queued does not go out: connection, rate, options, answer, agency; NULL: it goes, or nothing is */
	const char *options[2];		/* of the connection: negotiate_word() */
	enum hm_success success[2];	/* what "delivered" means on the connection */
	uint64_t queued_pdus[2], queued_octets[2];
	uint64_t delivered_pdus[2], delivered_octets[2];
	uint64_t dropped_pdus[2], dropped_octets[2];
	uint64_t purged_pdus[2];	/* queued, and not delivered since they were purged; or refused afterwards */
	bool spills[2];			/* it may spill */
	uint64_t memory_pdus[2], memory_octets[2];	/* of those queued; the others are on disk, or on their way there */
	uint64_t disk_octets[2];	/* of files */
	uint64_t spilled_pdus[2], read_back_pdus[2];
	uint64_t damaged_pdus[2];	/* lost on the disk */
	uint64_t dropped_disk[2];	/* of those dropped: the disk was full or refused */
	uint64_t unreadable[2];		/* files of another key, or without a good head: left where they are */
	bool disk_full[2], disk_broken[2];	/* now */
	uint64_t connects[2], failures[2];
	uint64_t resent_pdus[2];
	uint64_t unfit_pdus[2];		/* not given to it: its release of TS 33.128 has no form for them */
	uint64_t hashes[2], signatures[2];	/* integrity checks that were made */
	uint64_t tls_writes[2];		/* SSL_write calls: PDUs per record show from it */
	li_us oldest[2];		/* capture time of the first that is queued; LI_US_NEVER: none is */
};

/* Records of one context that a destination will never get. */
struct hm_loss {
	bool damaged;			/* on disk; else there was no room for them */
	uint64_t ctx;			/* its id; 0: of several contexts, or it is not known */
	bool named;			/* liid, has_cin and cin are known; else the owner of the id knows */
	struct li_liid liid;
	bool has_cin;
	struct li_cin cin;
	uint64_t pdus;
	uint32_t first, last;		/* numbers, with ctx */
};

/* Records of one context that were purged from a queue before they were delivered. */
struct hm_purged {
	uint32_t group;
	uint64_t ctx;			/* its id; 0: of more contexts than there was memory for */
	uint64_t pdus;
	uint64_t sent;			/* of these: had gone out before, unanswered, and were not sent again */
	uint32_t first, last;		/* numbers, with ctx */
};

/* A connection that has come up. */
struct hm_up {
	unsigned lane;
	const char *subject;		/* of the peer's certificate, and SHA-256 of its DER */
	const uint8_t *sha256;
	const char *options;		/* negotiate_word() */
	enum hm_success success;	/* what "delivered" means on it */
	unsigned address;		/* which of the destination's, from 1 */
};

/* What becomes of a record at one destination: fate.tbl. */
enum hm_fate {
#define FATE(name, class, text) HM_FATE_##name,
#include "handover/fate.tbl"
#undef FATE
	HM_FATES
};
/* So many records of a group came to that, since it was told last. */
struct hm_counted {
	uint32_t group;
	enum hm_fate fate;
	bool old;			/* an earlier process had queued them */
	uint64_t n;
	uint64_t octets;		/* of PS-PDUs, where they had been written */
};
/* What a destination has of a kind: the first of these that is so. */
enum hm_standing {
	HM_ABSENT,			/* it is not open here */
	HM_OLD,				/* something that an earlier process left on disk, or that cannot be read there just now */
	HM_QUEUED,			/* something is queued */
	HM_EMPTY,
};

#define HM_CLOSED_BY_US	"closed by us"

/* Upward calls, always on the control loop. lane says which of a side's connections: from 0; from HM_LANES_MAX on, second ones beside those
 * before. They must not block and must not free the hm. */
struct hm_ops {
	/* A connection came up, its end has accepted us (or is silent for SETTLE, timers.tbl), and the options are agreed where they are
	 * negotiated. */
	void (*up)(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_up *up);
	/* A connection was closed since there is nothing to deliver; it will be opened again for that. NULL allowed. */
	void (*rests)(void *arg, struct hm_dest *d, enum li_hi kind, unsigned lane);
	/* A connection ended, or an attempt failed; of failures in a row that were not told yet only the last is. why: HM_CLOSED_BY_US where
	 * nobody else is the reason. */
	void (*down)(void *arg, struct hm_dest *d, enum li_hi kind, unsigned lane, const char *why);
	/* Its end was refused in TLS, or refuses us, and why: before `down`, at each attempt that comes to it. NULL allowed. */
	void (*refused)(void *arg, struct hm_dest *d, enum li_hi kind, const char *why, const struct tls_refusal *r);
	/* Some calls of the three above follow, or have followed: of all that has happened since they were told last. NULL allowed. */
	void (*telling)(void *arg, bool begins);
	/* Records were dropped because the queue was full, since the last call. */
	void (*dropped)(void *arg, struct hm_dest *d, enum li_hi kind, uint64_t pdus);
	/* Records were lost: those dropped, and others that were damaged on disk, by context; each is told once. NULL allowed. */
	void (*lost)(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_loss *l);
	/* What hm_purge() took away, when all of a queue has been looked at; what was on its way to a connection that broke
	 * afterwards comes later, and after a restart what still lies in segments once more. NULL allowed. */
	void (*purged)(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_purged p[], size_t n);
	/* Called from hm_count(), hm_count_group(), and where a destination or the manager goes. NULL: of no interest. */
	void (*counted)(void *arg, struct hm_dest *d, enum li_hi kind, const struct hm_counted c[], size_t n);
	/* Every queue has just become empty and acknowledged. */
	void (*drained)(void *arg);
	/* Less than half of their lease is left to these contexts, named by their ids: hm_ctx_lease() is wanted soon, and is not
	 * asked for again before it was given. NULL: no context is leased. */
	void (*leases)(void *arg, const uint64_t id[], size_t n);
};

/* The delivery loop's thread starts with the first destination. NULL and *err: LI_ENOMEM, LI_ECONFIG (certificates; the log says which). */
struct hm *hm_new(uv_loop_t *control, const struct hm_conf *c, const struct hm_ops *ops, void *arg, enum li_err *err);
/* Stops delivering, closes connections, joins the thread; `closed` is called when nothing of it is left on the loop.
 * Producers that wait are woken; from now on hm_iri and hm_cc give LI_ECLOSED. Contexts are still the caller's to
 * free. */
void hm_close(struct hm *h, void (*closed)(void *arg), void *arg);

/* The manager's own TLS files and terms from now on: what is added or changed (hm_dest_change) after this call has these. Whether
 * they are good is said there. Control loop. LI_ENOMEM: nothing has changed. */
enum li_err hm_tls_files(struct hm *h, const struct tls_conf *c) LI_MUST;
/* What a destination's TLS is, member by member: its own, else own's. Strings are borrowed. */
void hm_dest_tls(const struct hm_dest_conf *c, const struct tls_conf *own, struct tls_conf *out);

/* -- destinations: control loop only ------------------------------------------------------------------------------- */
enum li_err hm_dest_add(struct hm *h, const struct hm_dest_conf *c, struct hm_dest **out) LI_MUST;
/* Could it be opened: are its certificate, key, CA and CRL good, and its key of payload encryption? LI_ECONFIG: err says which is not. */
enum li_err hm_dest_check(const struct hm *h, const struct hm_dest_conf *c, char *err, size_t n) LI_MUST;
/* Changes what may change while contexts are open (address, timers, TLS); LI_ESTATE for the rest. */
enum li_err hm_dest_change(struct hm_dest *d, const struct hm_dest_conf *c) LI_MUST;
/* Delivers what is queued, then closes and frees; takes nothing new. */
void hm_dest_remove(struct hm_dest *d);
/* Those that were removed, or gave way to one of another form, and have something of that left. */
void hm_each_leaving(const struct hm *h, void (*fn)(void *arg, const struct hm_dest *d), void *arg);
void hm_dest_stats(const struct hm_dest *d, struct hm_dest_stats *s);
const struct hm_dest_conf *hm_dest_conf(const struct hm_dest *d);

enum hm_standing hm_standing(const struct hm *h, const struct li_did *did, enum li_hi kind);

/* -- what becomes of each record, by group: control loop --
 * Tells all that was counted: but of contexts that are open not yet what was taken. So whoever asks hm_count_group() afterwards has taken
 * no less than came to anything. Then it tells positions (hm_spool.set_position), as they are now: who keeps these counts has not counted what
 * a crash lets be sent again. */
void hm_count(struct hm *h);
/* Tells what the contexts of this group have taken. False: there is none of it. */
bool hm_count_group(struct hm *h, uint32_t group);

/* Segments of no destination that is here: one that was removed, or does not take this kind any more. They stay, until it
 * comes back or somebody takes them away. Gives how many (destination, kind) there are, of which `most` at most are in out. */
struct hm_orphan { struct li_did did; enum li_hi kind; uint64_t files, octets; };
size_t hm_spool_orphans(const struct hm *h, struct hm_orphan *out, size_t most);

/* -- contexts: a sequence-number context {LIID, operator, element, CIN, country, HI2|HI3} and its destinations ----- */
struct hm_point {		/* one interception point: networkFunctionIdentifier, extendedInterceptionPointID */
	struct view nfid, eipid;
};
struct hm_ctx_conf {
	enum li_hi kind;
	struct li_liid liid;
	bool has_auth_country, has_cin;
	struct li_country auth_country;
	struct li_cin cin;
	const struct hm_point *points;	/* where a record may have been seen: by tap; at least one */
	size_t n_points;
	unsigned families;		/* HI3: whose content it will carry, bits 1u << enum ps_family; 0: a UPF's alone */
	uint64_t id;			/* its owner's, durable: queue elements bear it; 0: one of the manager's own */
	uint32_t group;			/* likewise: what is purged together; 0: never is */
	uint32_t first_number;		/* 0 but for a context that outlives a session */
	bool leased;			/* HI3: only numbers before lease_end may be used, until hm_ctx_lease() gives more */
	uint32_t lease_end;
	struct hm_dest *const *dests;	/* those that take this kind; may be 0 of them */
	size_t n_dests;
	bool own_numbers;		/* the numbers are those of its one destination: a context of the same LIID for another has others */
};
/* Control loop. Lays the templates out. A destination whose release lacks any of the families gets nothing of this context: its records have
 * no gap there, because there are none; each is counted as unfit. So families that differ in that want contexts of their own. */
struct hm_ctx *hm_ctx_new(struct hm *h, const struct hm_ctx_conf *c, enum li_err *err);
/* HI2: a record is for none of its destinations, whose releases have no form for it: counted. */
void hm_iri_unfit(const struct hm_ctx *c);
/* n records for this context came to that before they had a number: counted at each of its destinations. Any thread. */
void hm_ctx_count(const struct hm_ctx *c, enum hm_fate fate, uint64_t n);
/* A turn of the caller is over: IRI that wait for no more than others of the same turn go. wait: as for these. Control loop. */
void hm_turn(struct hm *h, bool wait);
/* What of it waits for others (hm_dest_conf.aggregate_cc, aggregate_iri) goes now: before hm_ctx_mark() or hm_ctx_next() is asked for the
 * last time. Control loop. */
void hm_ctx_flush(struct hm_ctx *c);
/* Control loop, when no producer can still hold it (after the index's grace period), before or after hm_close(). Queued
 * records stay queued. A context of the same LIID, CIN and kind (and destination, where numbers are its own) that is made while this one lives
 * shares its numbers (first_number is then not looked at): so one holder can follow another without a gap or a repeat. */
void hm_ctx_free(struct hm_ctx *c);
/* The next number to be used. */
uint32_t hm_ctx_next(const struct hm_ctx *c);
/* Octets of its records in the queues of all its destinations, since its numbers began here; *last: the time that the last of them bears,
 * 0: none. */
uint64_t hm_ctx_octets(const struct hm_ctx *c, li_us *last);
/* Numbers before end may be used from now on: they are on disk as leased. Control loop. */
void hm_ctx_lease(struct hm_ctx *c, uint32_t end);

/* Who was told LI_EBUSY and may wait for a moment: until it has more numbers. LI_EBUSY: not within ms; LI_ECLOSED. Any thread but
 * that of the control loop. */
enum li_err hm_ctx_lease_await(struct hm_ctx *c, unsigned ms) LI_MUST;

/* A place in the queues of a context: where its record of number *next will go at the earliest. When it has been passed, all
 * records before have been delivered, by each destination's meaning of it, or lie on disk for a next start (queue_passed), or
 * were dropped and counted. A mark outlives its context and keeps its destinations; it is freed before the manager is gone.
 * NULL: no memory. Control loop. */
struct hm_mark;
struct hm_mark *hm_ctx_mark(const struct hm_ctx *c, uint32_t *next);
bool hm_mark_passed(const struct hm_mark *m);
void hm_mark_free(struct hm_mark *m);	/* NULL allowed */

/* -- purging ------------------------------------------------------------------------------------------------------- */
/* What is queued of the contexts of these groups is delivered no more: in memory, on disk, and whatever a destination that is opened
 * later finds in its segments. What TLS has been given goes out; what was sent without an answer is not sent again. Groups are purged
 * for ever: a group's number is not given again, and whoever still holds one of its contexts is refused, counted as purged. Before the first destination is added: what earlier processes purged. Their order
 * takes effect at once; memory and disk are overwritten by other threads. 0: no memory, nothing is purged; else a serial number. Control loop. */
uint64_t hm_purge(struct hm *h, const uint32_t group[], size_t n) LI_MUST;
/* Nothing of the groups up to this serial is left anywhere, segments of destinations that are not here included. Looks into the spool's
 * folder. */
uint64_t hm_purged_upto(struct hm *h);
/* Does it know what an earlier process may have left on disk? */
bool hm_has_spool(const struct hm *h);
/* They may be forgotten: a start need not be told of them. */
void hm_purge_forget(struct hm *h, uint64_t serial);

/* operatorLeaMessage (TS 102 232-1 clause 6.2.2): text for the agency about one interception, in the queue among its records, so
 * that it is delivered as they are. */
enum hm_priority { HM_ERROR = 1, HM_INFORMATIONAL = 2 };	/* is the quality of what is delivered affected? */
#define HM_TEXT_MAX 255
struct hm_message {
	uint64_t ctx;			/* id of the context that it is about */
	uint32_t group;			/* likewise */
	struct li_liid liid;
	bool has_auth_country, has_cin;
	struct li_country auth_country;
	struct li_cin cin;
	enum hm_priority priority;
	const char *text;		/* 1 to HM_TEXT_MAX octets */
};
/* To one destination, on the side of that kind, or of the other where it is not given this one. *mark: the place after it.
 * LI_EFULL: no room just now, and nothing is counted as dropped. A destination that wants no messages is sent none, and that is LI_OK. Control loop. */
enum li_err hm_message(struct hm_dest *d, enum li_hi kind, const struct hm_message *m, struct hm_mark **mark) LI_MUST;

/* What else an agency is told of an interception, in the queue among its records. Nothing of it is purged. */
enum hm_notice_kind { HM_NOTICE_PAYLOAD, HM_NOTICE_TEST, HM_NOTICE_CIN_RESET };
#define HM_LIID_ALL "-"			/* of cINReset: every interception */
struct hm_notice {
	enum hm_notice_kind kind;
	struct li_liid liid;
	bool has_auth_country;
	struct li_country auth_country;
	struct view payload;		/* HM_NOTICE_PAYLOAD: the TLV of an alternative of Payload: HI1, HI4 */
	uint32_t number;		/* of that; the others' are 0 */
	li_us time;
};
/* As hm_message(). */
enum li_err hm_notice(struct hm_dest *d, enum li_hi kind, const struct hm_notice *n, struct hm_mark **mark) LI_MUST;

/* One IRI to every destination of the context, in the order of its dests: iri[i] is an alternative of IRIContents as destination i
 * gets it (a TS33128Payloads.IRIPayload of its release, as a rule). Any thread. A full queue drops it for that destination: LI_EFULL
 * when some destination did not get it (counted there). With wait: blocks until there is room instead. Empty octets: that
 * destination is not given the record (counted as unfit), and its number is missing there: hm_iri_skipped(). None of them is: no number
 * is taken. */
enum li_err hm_iri(struct hm_ctx *c, unsigned point, li_us t, const struct ps_iri iri[], bool wait) LI_MUST;

/* Tells destination `given` of the context's dests that it will not get this number, and why, by operatorLeaMessage. LI_EFULL:
 * no room just now; LI_ENOTFOUND: it takes no HI2. Control loop. */
enum li_err hm_iri_skipped(struct hm_ctx *c, unsigned given, uint32_t number, const char *why) LI_MUST;

/* Back-pressure for whoever can wait without blocking, as a connection can that is not read. hm_has_room(): no queue at all is nearly full, and
 * nobody has to ask. Else: has a record of about n octets to wait? For room, `patience` at the most after the queue was first found nearly full;
 * then no more, until half of it has been free. coming: octets of records that the caller has under way to it. now: a clock that nobody sets.
 * Any thread; of a destination the control loop. */
bool hm_has_room(const struct hm *h);
bool hm_ctx_holds_up(const struct hm_ctx *c, size_t n, li_us now, li_us patience);
bool hm_dest_holds_up(const struct hm_dest *d, enum li_hi kind, size_t n, size_t coming, li_us now, li_us patience);

/* One item of content. Any thread, the hot path. */
struct hm_packet {
	enum ps_cc_form form;		/* PS_CC_EXTENDED: a packet of a PDU session, in the form that each destination wants; else the form itself */
	struct view gtpu, inner;	/* the whole GTP-U message, empty where there was none, and the packet inside; in other forms inner is the content */
	enum ps_inner inner_kind;
	bool has_qfi;
	uint8_t qfi;
	enum li_dir dir;
	const struct ps_cc_beside *beside;	/* as in struct ps_cc; good until the call returns */
};
/* LI_EBUSY: its lease is used up (with wait: waits for more instead); LI_EUSE: the context is of other families; no number was taken.
 * LI_ELIMIT: longer than a PS-PDU, or a queue, may be; it is counted as dropped, and a gap. LI_ENOTFOUND: the context is purged
 * (hm_iri, too). */
enum li_err hm_cc(struct hm_ctx *c, unsigned point, li_us t, const struct hm_packet *p, bool wait) LI_MUST;
/* Records in their order, as hm_cc() would take one after the other; got: what it would have said of each. Those of the same destination
 * take their numbers and places as one act, so that what that costs is paid once for all of them. */
#define HM_CC_BURST 32		/* at once; more are several times as many */
struct hm_record {
	struct hm_ctx *ctx;
	unsigned point;
	li_us time;
	const struct hm_packet *packet;
};
void hm_cc_burst(const struct hm_record r[], size_t n, bool wait, enum li_err got[]);
/* The same without wait, up to the first that is told LI_EBUSY: gives its place, or n. Who waits for its numbers (hm_ctx_lease_await) and
 * goes on from there keeps the order, also where they come while the burst is under way. */
size_t hm_cc_in_order(const struct hm_record r[], size_t n, enum li_err got[]) LI_MUST;
/* Brings what hm_cc() will need of a context nearer to the core, a pointer further with each step from 0 to HM_CC_STEPS - 1: who has many
 * records takes each step for all of them before the next, and waits for the memory once a step and not once a record. Any thread. */
#define HM_CC_STEPS 2
void hm_cc_ahead(const struct hm_ctx *c, unsigned point, unsigned step);

/* Nothing more is taken and whoever waits for room is woken, also the control loop itself: hm_iri and hm_cc give
 * LI_ECLOSED from now on. What is queued is still delivered. Any thread: for the end of a run whose producers wait. */
void hm_interrupt(struct hm *h);
/* All queues empty, all delivered by their destination's meaning of it. Control loop. */
bool hm_is_drained(struct hm *h);
/* No more is coming, or it comes slowly: from now on acknowledgement is asked for as soon as all is written, not only
 * every TIME6. Control loop; optional. */
void hm_drain(struct hm *h);

#endif
