/*
 * x1_msg.h: the messages of TS 103 221-1 as structures. x1_read.h fills them from a document, x1_write.h writes what we
 * answer and report. What a task, a destination or a generic object was given with is kept beside the structure as a
 * canonical XML fragment (x1_frag.h), because queries give back what was sent.
 *
 * Every view is borrowed from the document it was read from (struct x1_doc) and good until that is freed.
 */
#ifndef MEDIATION_X1_X1_MSG_H
#define MEDIATION_X1_X1_MSG_H

#include <li/ids.h>
#include <li/record.h>
#include <li/time.h>

/* -- the catalogue -- */
enum x1_type {
	X1_UNKNOWN,	/* a request of a type that no schema of ours has */
#define M(id, name, dir, since, clause, req, res) X1_##id,
#include "mediation/x1/x1_message.tbl"
#undef M
	X1_TYPES
};

enum x1_code {
#define E(code, id, name, older, since, who, when) X1_E_##id = code,
#include "mediation/x1/x1_error.tbl"
#undef E
};

/* "ActivateTask"; "ExtendedRequestMessageType" of X1_UNKNOWN: the requestMessageType of an ErrorResponse. */
const char *x1_type_name(enum x1_type t);
/* The name of a code ("Syntax/schema error") and NULL of one that no version has. */
const char *x1_code_name(int code);

/* -- every message -- */
struct x1_version {
	unsigned major, minor, patch;
};
#define X1_MINOR 22	/* the newest schema that ours covers: v1.22.1 */
#define X1_VERSION_OURS ((struct x1_version){ 1, X1_MINOR, 1 })

struct x1_head {
	struct view admf, ne;		/* admfIdentifier, neIdentifier */
	li_us time;			/* messageTimestamp */
	struct x1_version version;	/* a response carries the requester's */
	uint8_t transaction[16];	/* x1TransactionId */
};

/* code 0: none. The text never holds a value from the message: it names types and elements. */
struct x1_error {
	int code;
	struct view text;
};

/* -- parts -- */
struct x1_object_id { uint8_t b[16]; };

/* listOfDIDs */
struct x1_dests {
	struct li_did *did;
	size_t n_dids;
	struct x1_object_id *set;	/* dSId: a DestinationSet */
	size_t n_sets;
};

/* deliveryType of a task or destination, and of mediation details: bits */
#define X1_X2 1u
#define X1_X3 2u
#define X1_HI2 1u
#define X1_HI3 2u

/* ServiceType: bits */
#define X1_VOICE 1u
#define X1_DATA 2u
#define X1_MESSAGING 4u
#define X1_PUSH_TO_TALK 8u
#define X1_LALS 16u
#define X1_RCS 32u

/* Extension (annex B): one of these for each foreign element in it, or one without a name where it has only its Owner. */
enum x1_ext_kind {
	X1_EXT_UNKNOWN,			/* of a namespace or a name that we do not know */
	X1_EXT_EMPTY,			/* Owner alone */
#define X(id, element, where) X1_EXT_##id,
#include "mediation/x1/x1_extension.tbl"
#undef X
};

struct x1_trigger {	/* PDSRTriggerType */
	enum { X1_TRIGGER_SECONDS, X1_TRIGGER_PACKETS, X1_TRIGGER_OCTETS } kind;
	uint64_t value;
};

struct x1_extension {
	enum x1_ext_kind kind;
	struct view owner;
	struct view ns, name;		/* of the foreign element as it was sent; X1Extensions: of the element in it */
	unsigned release;		/* 3GPP's rN of the namespace; 0: not 3GPP's */
	union {
		struct {		/* HeaderReporting */
			bool pdsr;	/* else PDHR */
			struct x1_trigger *trigger;
			size_t n_triggers;
			enum li_tri use_session;
		} header;
		bool location_only;	/* LocationOnlyProvisioning with LocationOnly in it */
		bool truncate_sms;	/* SMSFExtensions */
		bool all_events;	/* IdentifierAssociation: All; ChargingDataEvents: Translated… */
		bool report_diversion;	/* STIRSHAKENProvisioning */
		struct {		/* LALSLILCSTargetProvisioning, LALSLTFProvisioning */
			bool periodic;
			bool has_period;
			uint64_t period;	/* PositioningPeriodicity, seconds */
			struct li_addr client;	/* LTF: LILCSClientAddress */
		} lals;
	} u;
};

struct x1_extensions {
	struct x1_extension *p;
	size_t n;
};

/* -- target identifiers (table 5) -- */
enum x1_target_kind {
	X1_TARGET_UNKNOWN_EXTENSION,	/* targetIdentifierExtension of a namespace or element that we do not know */
#define T(id, element, since) X1_TARGET_##id,
#include "mediation/x1/x1_target.tbl"
#undef T
};

struct x1_target {
	enum x1_target_kind kind;
	const char *name;	/* X1's element name, or that of the 3GPP element in the extension; static: for error 3010 */
	/*
	 * The identity as mediation matches it. id.kind LI_ID_NONE: mediation has no such kind (3010), or its value is none:
	 * then `why` is a static text without the value (1010).
	 */
	struct li_id id;
	const char *why;
	struct view value;	/* simple ones: the text, and the address and length of a CIDR; complex ones: empty */
	struct {		/* hashedIdentifier */
		struct x1_object_id context;
		struct view type;	/* targetIdentityType */
		struct view digest;	/* octets */
	} hashed;
	struct x1_extension extension;	/* targetIdentifierExtension */
};

/* -- tasks -- */
enum x1_location_mode {
	X1_LOCATION_DEFAULT,	/* not said: the MDF's default */
	X1_LOCATION_NONE,	/* doNotReport */
	X1_LOCATION_LISTED	/* listOfLocationTypes: what the three flags say */
};

struct x1_scope {		/* serviceScopingOptions, table C.2 */
	bool has_services;
	unsigned services;	/* X1_VOICE … */
	enum x1_location_mode location;
	enum li_tri begin_end, upon_change, lals;	/* of all its locationType elements: true where one says so */
	enum li_tri suspend_roaming;	/* suspendOnOutboundInternationalRoaming */
	enum li_tri report_digits;	/* reportPostDialledDigits */
};

struct x1_object_ids {
	struct x1_object_id *p;
	size_t n;
};

struct x1_mediation {		/* mediationDetails, table C.1 */
	struct li_liid liid;
	bool liid_binary;	/* given as 26 to 50 hex digits: liid holds the octets */
	unsigned delivery;	/* X1_HI2, X1_HI3 */
	bool has_start, has_end;
	li_us start, end;
	bool has_dests;		/* replaces the task's list for this LIID */
	struct x1_dests dests;
	struct x1_extensions extensions;
	bool has_scopes;
	struct x1_scope *scope;
	size_t n_scopes;
	struct x1_object_ids policies;	/* listOfTrafficPolicyReferences */
};

struct x1_task {		/* taskDetails, clause 6.2.1.2 */
	struct view xml;	/* <taskDetails>…</taskDetails>, canonical */
	unsigned young;		/* minor version that has all its members, or that of who sent them: see x1_frag.h */
	struct li_xid xid;
	struct x1_target *target;
	size_t n_targets;
	unsigned delivery;	/* X1_X2, X1_X3; an MDF does not look at it */
	struct x1_dests dests;
	bool has_mediation;
	struct x1_mediation *mediation;
	size_t n_mediation;
	bool has_correlation;
	uint64_t correlation;	/* correlationID; UINT64_MAX where it is larger than X2/X3 can carry */
	enum li_tri implicit;	/* implicitDeactivationAllowed */
	bool has_product;
	struct li_xid product;	/* productID */
	bool has_services;
	unsigned services;	/* listOfServiceTypes; absent: all */
	struct x1_extensions extensions;
	struct x1_object_ids policies;
};

/* -- destinations -- */
enum x1_address_kind { X1_ADDRESS_IP, X1_ADDRESS_E164, X1_ADDRESS_URI, X1_ADDRESS_EMAIL };

struct x1_dest {		/* destinationDetails, clause 6.3.1.2 */
	struct view xml;	/* <destinationDetails>…</destinationDetails> */
	unsigned young;
	struct li_did did;
	bool has_name;
	struct view name;	/* friendlyName */
	unsigned delivery;
	enum x1_address_kind address;
	struct li_addr ip;	/* X1_ADDRESS_IP */
	uint16_t port;
	bool udp;
	struct view text;	/* the other kinds */
	struct x1_extensions extensions;
};

/* -- generic objects -- */
enum x1_object_kind { X1_OBJECT_UNKNOWN, X1_OBJECT_HASH_CONTEXT, X1_OBJECT_DESTINATION_SET };
enum x1_hash { X1_SHA_256, X1_SHA_512, X1_SHA3_512 };

struct x1_set_member {
	struct li_did did;
	bool has_preference;
	uint64_t preference;
};

struct x1_object {
	struct view xml;	/* <object xsi:type="…">…</object> */
	unsigned young;
	enum x1_object_kind kind;
	struct view type;	/* Q{namespace}LocalName */
	struct x1_object_id id;
	struct {		/* hashedID:HashContext, annex D */
		enum x1_hash algorithm;
		struct view salt;	/* octets */
	} hash;
	struct {		/* destinationSet:DestinationSetDetails, annex E */
		bool has_name;
		struct view name;
		struct x1_set_member *member;
		size_t n;
		bool redundant;		/* else Duplicate */
		struct x1_extensions extensions;
	} set;
};

/* -- our reports (clause 6.5) -- */
enum x1_report_type {		/* taskReportType, destinationReportType */
	X1_ALL_CLEAR,
	X1_WARNING,
	X1_NON_TERMINATING_FAULT,
	X1_TERMINATING_FAULT,
	X1_IMPLICIT_DEACTIVATION,
	X1_ACTIONED_SUCCESSFUL,
	X1_ACTIONED_UNSUCCESSFUL
};

enum x1_ne_issue { X1_NE_WARNING, X1_NE_FAULT_CLEARED, X1_NE_FAULT_REPORT, X1_NE_ALERT };

struct x1_report {
	uint8_t id[16];			/* XID or DID; not of ReportNEIssue */
	enum x1_report_type type;
	enum x1_ne_issue ne_type;
	struct x1_error issue;		/* code 0: none; of ReportNEIssue the text is its description */
};

/* -- a message as read -- */
struct x1_msg {
	enum x1_type type;
	bool response;
	struct x1_head head;
	struct view type_name;		/* local name of its xsi:type without Request or Response: X1_UNKNOWN's extension */
	bool type_3gpp;			/* of one of 3GPP's namespaces */
	/*
	 * A request: what is to be answered instead of doing it; code 0: the body is there. A response: what an ErrorResponse
	 * says, whose requestMessageType is `type`; or, where `invalid`, why it is no answer at all.
	 */
	struct x1_error error;
	bool invalid;			/* the error is ours: the message breaks the schema, or cannot be done as it is */
	union {
		struct x1_task task;		/* ActivateTask, ModifyTask */
		struct li_xid xid;		/* DeactivateTask, GetTaskDetails */
		struct x1_dest dest;		/* CreateDestination, ModifyDestination */
		struct li_did did;		/* RemoveDestination, GetDestinationDetails */
		struct x1_object object;	/* CreateObject, ModifyObject */
		struct x1_object_id object_id;	/* DeleteObject, GetObject */
		struct view object_type;	/* ListObjectsOfType; GetAllGenericObjectDetails: empty: all */
		struct x1_report report;	/* our own requests, read by whoever plays the ADMF */
		bool completed;			/* a response with oK: AcknowledgedAndCompleted, else Acknowledged */
	} u;
};

/* -- what a document says -- */
enum x1_root { X1_REQUEST, X1_RESPONSE, X1_TOP_LEVEL_ERROR };

struct x1_doc {
	enum x1_root root;
	struct x1_msg *msg;
	size_t n;		/* X1_TOP_LEVEL_ERROR: one, of which only head is there (without transaction) */
	struct x1_arena *arena;	/* where everything above lies */
};

#endif
