/* lidump.h: one PDU as lidump shows it. What is shared by lidump_main.c (options, files), lidump_frame.c, lidump_ps.c
 * and lidump_x.c, and who else reads such files. */
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
/* Where no PDU begins: at and next are offsets. */
struct lidump_lost {
	uint64_t at, next;
	bool cut;		/* the file ends within the PDU at `at` */
	bool found;		/* a PDU begins at next; else none does in the rest of the file */
	char why[128];
};
/* Why no PDU begins with v, into l->why; l->cut is known. */
void lidump_say_lost(bool x2x3, struct view v, struct lidump_lost *l);
enum li_err lidump_tell_lost(struct lidump *d, const struct lidump_lost *l) LI_MUST;

#define LIDUMP_PIECE (256u << 10)	/* octets asked of a file at once */

/* All PDUs of a file, from its front to its end. What a callback returns ends the reading.
 *
 * Where no PDU begins, or one claims more than the file has, the next place where one may begin is looked for. When the
 * PDU before was faulty it is looked for within that one: a PDU that was cut has taken octets of the next for its own.
 * Not so when that one was itself found by looking, or the same octets could be shown any number of times. */
struct lidump_reader {
	bool x2x3;
	size_t (*read)(void *arg, uint8_t *to, size_t n);	/* 0: the end */
	enum li_err (*pdu)(void *arg, struct view pdu, uint64_t offset, bool *faulty);
	enum li_err (*lost)(void *arg, const struct lidump_lost *l);
	void *arg;
};
enum li_err lidump_read(const struct lidump_reader *r, struct buf *in) LI_MUST;

/* -- for lidump_ps.c and lidump_x.c -- */
/* Closes the object (or tree) of a PDU that began at mark of d->text, with its fault if it has one. */
enum li_err lidump_close(struct lidump *d, struct jer_out *o, const struct jer_fault *f) LI_MUST;
/* Name of an event, or its tag, or why there is none; into out. False: the payload cannot be read. */
bool lidump_event(struct view payload, char *out, size_t n);
/* Octets as text for a table: what is no printable ASCII is %XX, as in lemfd's names. */
void lidump_ascii(struct view v, char *out, size_t n);

#endif
