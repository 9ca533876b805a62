/* lidump.h: one PDU as lidump shows it. What is shared by lidump_main.c (options, files), lidump_frame.c, lidump_ps.c
 * and lidump_x.c. */
#ifndef ASN1_LIDUMP_H
#define ASN1_LIDUMP_H

#include "asn1/jer.h"
#include "asn1/pcapwr.h"

enum lidump_form { LIDUMP_JSON, LIDUMP_TREE, LIDUMP_SUMMARY, LIDUMP_SILENT };

#define LIDUMP_TEXT_MAX (512u << 20)	/* text of one PDU: a megabyte of two-octet members at the depth limit, as a tree */

struct lidump {
	enum lidump_form form;
	struct buf text;	/* the PDU's text, whole lines; the caller writes and empties it */
	struct pcapwr *pcap;	/* NULL: none wanted */
	/* Decrypts the payload of a whole PS-PDU in place, but for encryptionType, which stays as it came; false: no key opens it, and nothing has
	 * changed. NULL: there are no keys. */
	bool (*decrypt)(void *arg, uint8_t *pdu, size_t n);
	void *decrypt_arg;
	struct buf opened;	/* such a PDU; the caller frees it */
	uint64_t pdus, faults;
	uint64_t kinds[16];	/* PDUs by enum ps_payload or enum li_x_type */
};

/* Append one whole PDU, which began at `offset` of its file. Only a failure to append is returned. */
enum li_err lidump_ps(struct lidump *d, struct view pdu, uint64_t offset) LI_MUST;
enum li_err lidump_x(struct lidump *d, struct view pdu, uint64_t offset) LI_MUST;
/* Append a line that says what is wrong at `offset`. Counts a fault. */
enum li_err lidump_fault(struct lidump *d, uint64_t offset, const char *reason) LI_MUST;
/* Append the summary's heading or its last lines. */
enum li_err lidump_heading(struct lidump *d, bool x2x3) LI_MUST;
enum li_err lidump_totals(struct lidump *d, bool x2x3) LI_MUST;

/* -- where PDUs begin -- */
/* As ps_next() and li_x_next(). */
enum li_err lidump_frame(bool x2x3, struct view v, size_t *n) LI_MUST;
/* Octets of v before the first place where a PDU may begin; *found: it is known to be one, else more octets may tell. */
size_t lidump_seek(bool x2x3, struct view v, bool ended, bool *found);
/* Why no PDU begins with v; cut: the file ends within it. Then, when it is known where the next one begins, the line of
 * that fault: at and next are offsets. */
void lidump_lost(bool x2x3, struct view v, bool cut, char *out, size_t n);
enum li_err lidump_tell_lost(struct lidump *d, uint64_t at, uint64_t next, bool cut, bool found, const char *why) LI_MUST;

/* -- for lidump_ps.c and lidump_x.c -- */
/* Closes the object (or tree) of a PDU that began at mark of d->text, with its fault if it has one. */
enum li_err lidump_close(struct lidump *d, struct jer_out *o, const struct jer_fault *f) LI_MUST;
/* Name of an event, or its tag, or why there is none; into out. False: the payload cannot be read. */
bool lidump_event(struct view payload, char *out, size_t n);
/* Octets as text for a table: what is no printable ASCII is %XX, as in lemfd's names. */
void lidump_ascii(struct view v, char *out, size_t n);

#endif
