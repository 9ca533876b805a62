/*
 * limits.h: every maximum that a peer, a packet or an operator could otherwise choose for us, with its reason.
 */
#ifndef LI_LIMITS_H
#define LI_LIMITS_H

/* -- identifiers (TS 102 232-1 clause 5.2, annex A) -- */
#define LI_LIID_MAX		25	/* TS 103 280 LIID: OCTET STRING (SIZE (1..25)) */
#define LI_OPERATOR_MAX		16	/* operatorIdentifier SIZE (1..16) */
#define LI_ELEMENT_MAX		16	/* networkElementIdentifier SIZE (1..16) */
#define LI_NAME_MAX		255	/* our own names: taps, network functions, destinations; fits NFID and EIPID */
#define LI_DNN_MAX		100	/* TS 23.003 clause 9A: an APN or DNN is at most 100 octets */
#define LI_IMSI_DIGITS		15	/* ITU-T E.212 */
#define LI_MSISDN_DIGITS	15	/* ITU-T E.164 */
#define LI_NAI_MAX		253	/* RFC 7542 clause 2.2: fits a RADIUS attribute */
#define LI_URI_MAX		1023	/* an identity as text in X2 and X1: SIP URIs have no limit of their own; RFC 3261 clause 18.1.1 keeps whole requests near 1300 */
#define LI_TARGET_MAX		LI_URI_MAX	/* a target as text */

/* -- wire -- */
#define LI_PDU_MAX		(1u << 20)	/* a PS-PDU: 65,535 octets of packet or a large SIP body many times over */
#define LI_BER_DEPTH		64	/* nested TLVs; TS 33.128 r19 itself needs fewer than 30 */
#define LI_X_HEADER_MAX		(128u << 10)	/* an X2/X3 header with attributes: two of the longest there can be (65,535 octets) */
#define LI_X_PAYLOAD_MAX	(16u << 20)	/* an X2/X3 payload: a MIME message with its attachments; packets are 64 KiB */
#define LI_SNAP_MAX		262144	/* libpcap's MAXIMUM_SNAPLEN: no frame is longer */
#define LI_PACKET_MAX		65575	/* IPv6 header and 65,535 octets of payload: the largest reassembled packet */
#define LI_TLS_RECORD		16384	/* RFC 8446 clause 5.1: the largest plaintext of a record */

/* -- X1 documents (TS 103 221-1 clause 8.3) -- */
#define LI_X1_OCTETS		(4u << 20)	/* 1,000 tasks of two LIIDs in one container are 2 MiB */
#define LI_X1_MESSAGES		1024		/* of one container; answered within TIME1, so that more help nobody */
#define LI_X1_ELEMENTS		100000		/* those 1,000 tasks have 50,000; a tree of so many takes 20 MiB */
#define LI_X1_DEPTH		32		/* locationType/LALS in a response is the fourteenth, a delegated task's the twentieth */
#define LI_X1_ATTRIBUTES	16		/* X1 knows one (xsi:type); namespaces are declared in as many */
#define LI_X1_TEXT		65535		/* TS 103 280 LongString */

/* -- tables of one process; each full table is a counted event, never an abort -- */
#define LI_FRAG_FLOWS		1024	/* fragmented packets in reassembly at once per tap: 64 MiB at the worst */
#define LI_FRAG_PARTS		64	/* fragments of one packet: 65,535 octets in pieces of an Ethernet frame are 45 */
#define LI_FRAG_SECONDS		2	/* RFC 8200 clause 4.5 says 60, but IPv4 numbers come again within seconds at a core's rates (RFC 4963) */
#define LI_VLAN_TAGS		4	/* QinQ is two; provider backbones add two */
#define LI_MPLS_LABELS		8	/* deepest stack seen in transport networks is 5 */
#define LI_SCTP_FLOWS		16384	/* directions of N2 associations followed at once: an AMF serves a few thousand gNBs */
#define LI_SCTP_ADDRS		16	/* addresses that one end of an association lists: two paths are usual, Linux lists every interface */
#define LI_SCTP_FRAGMENTS	4096	/* DATA chunks of unfinished messages held at once per tap */
#define LI_SCTP_HELD		(8u << 20)	/* and their octets */
#define LI_SCTP_MESSAGE		(1u << 20)	/* one user message: NGAP with radio capabilities stays below 128 KiB */
#define LI_GTPU_EXT		16	/* extension headers of one G-PDU; five kinds are defined */
#define LI_SESSIONS_MAX		4000000	/* PDU sessions followed at once */
#define LI_UES_MAX		4000000	/* NGAP UE associations followed at once */
#define LI_TUNNELS_SESSION	32	/* F-TEIDs of one session: N3 both ways, handover, split, N9 */
#define LI_PDU_SESSIONS_UE	256	/* PDU session identity is one octet */
#define LI_WARRANTS_MAX		1000000
#define LI_ORDERS_MAX		0xffffffffu	/* orders of a store's whole life: each record in a queue says in 32 bits whose it is; one a second for 136 years */
#define LI_TARGETS_TASK		16	/* identities of one task that must all match; X1 practice is 1 to 3 */
#define LI_TASKS_LIID		64	/* tasks of one LIID: an order of a person with that many identities is none that we know; each is held against the others */
#define LI_DESTS_WARRANT	16	/* destinations of one warrant */
#define LI_DESTS_MAX		1024	/* agencies' delivery end points of one operator */
#define LI_INTERCEPTS_SESSION	64	/* warrants in force on one session at once */
#define LI_TAPS_MAX		64
#define LI_SENDERS_COMM		16	/* network functions that report one communication over X2 and X3: SMF, UPFs, and who took over from them */
#define LI_POINTS_MAX		(LI_TAPS_MAX + LI_SENDERS_COMM)	/* where records of one stream may have been seen */

/* -- order (architecture: the ticket rule) -- */
#define LI_HOLD_US		10000000	/* a live tap waits that long for a ticket that may announce or end a tunnel: a disk that stalls */
#define LI_HOLD_OCTETS		(16u << 20)	/* and holds that many octets of packets at the most: an eighth of that second at 1 Gbit/s */
#define LI_SIGNAL_QUEUE		4096	/* signalling packets between a tap and the control loop */
#define LI_BEGIN_WAIT_US	15000000	/* BEGIN is sent that long after N4's acceptance when N2 stays silent */

#endif
