/*
 * dest_conf.h: a destination's settings as an object: copied, compared, freed, kept as text, and held against their limits. What there is
 * of them says dest.tbl. Any thread.
 */
#ifndef HANDOVER_DEST_CONF_H
#define HANDOVER_DEST_CONF_H

#include "handover/df.h"

/* The strings of a copy are its own. LI_ENOMEM: *to holds nothing. */
enum li_err dest_conf_copy(struct hm_dest_conf *to, const struct hm_dest_conf *from) LI_MUST;
/* Texts that it shares with base become its own: what is not, is already. LI_ENOMEM: it lacks one of them. */
enum li_err dest_conf_own(struct hm_dest_conf *c, const struct hm_dest_conf *base) LI_MUST;
void dest_conf_fini(struct hm_dest_conf *c);
bool dest_conf_eq(const struct hm_dest_conf *a, const struct hm_dest_conf *b);
/* Do they differ in nothing but what may change while contexts are open? */
bool dest_conf_may_follow(const struct hm_dest_conf *old, const struct hm_dest_conf *c);
/* What leads to the agency (dest.tbl: WAY) becomes that of `as`; texts are borrowed. */
void dest_conf_lead(struct hm_dest_conf *to, const struct hm_dest_conf *as);
/* Does the same record of the same context have the same octets for both? */
bool dest_conf_same_octets(const struct hm_dest_conf *a, const struct hm_dest_conf *b);

/* Its options (dest.tbl: OPTION) as text: a line MEMBER=VALUE for each that is not 0 and not NULL. LI_ENOMEM. */
enum li_err dest_conf_write(const struct hm_dest_conf *c, struct buf *out) LI_MUST;
/* Back; lines of options that are not known are of a later version, and left. Texts are in `lines`, which is changed, and end with it.
 * LI_EFORMAT. */
enum li_err dest_conf_read(char *lines, struct hm_dest_conf *c) LI_MUST;

/* What the log calls it: names of agencies are secret, so it has the first digits of the DID. */
void dest_label(const struct li_did *did, char out[DF_LABEL]);
/* LI_ECONFIG: the log says what is missing or out of its limits. */
enum li_err dest_conf_check(const struct hm_dest_conf *c) LI_MUST;
/* Are its certificate, key, CA and CRL good? LI_ECONFIG: err says which is not. own: the manager's TLS. */
enum li_err dest_tls_check(const struct hm_dest_conf *c, const struct tls_conf *own, char *err, size_t n) LI_MUST;
/* Is its key of payload encryption good? LI_ECONFIG: err says why not. */
enum li_err dest_encryption_check(const struct hm_dest_conf *c, char *err, size_t n) LI_MUST;
/* What one DF needs of it; reads the TLS files and that key. LI_ECONFIG: the log says why. */
enum li_err dest_df_conf(const struct hm_dest_conf *c, const struct tls_conf *own, struct df_conf **out) LI_MUST;
/* Its addresses begin with the nth from the first on, and go round. LI_ENOMEM: it has been freed. */
enum li_err dest_df_turn(struct df_conf *f, unsigned n) LI_MUST;

#endif
