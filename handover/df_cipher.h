/*
 * df_cipher.h: payload encryption where PDUs leave (TS 102 232-1 clause 6.2.6, annex G). The queue holds containers in clear, of
 * encryptionType none(1); the same octets, encrypted, stand in room of the delivery function's own while they go out. No length and no
 * position changes, so that a PDU that goes again, from its beginning, is the same octets again. The delivery function's thread only.
 */
#ifndef HANDOVER_DF_CIPHER_H
#define HANDOVER_DF_CIPHER_H

#include "handover/cipher.h"
#include "handover/feed.h"

#define DF_CIPHER_FEEDS 2

struct df_cipher;

/* Takes *first. NULL: no memory. */
struct df_cipher *df_cipher_new(struct cipher **first);
void df_cipher_free(struct df_cipher *x);
/* Another key, from the first PDU of each feed on that has never gone out: what has goes again under its own. Takes *key. LI_ENOMEM: all
 * is as it was. */
enum li_err df_cipher_change(struct df_cipher *x, struct cipher **key, const struct feed feed[], unsigned feeds) LI_MUST;
/* *v, octets of feed i from d->at on: as they are sent, and no more of them than are encrypted already. PDUs that are no container, of before
 * the agreement or agreed to go as they are, stay so. LI_ENOMEM, LI_EENCODE (OpenSSL): nothing may be sent. */
enum li_err df_cipher_view(struct df_cipher *x, unsigned i, const struct feed *d, struct view *v) LI_MUST;

/* Feed i has moved by so many octets (feed_give): of what is encrypted only the PDU that is partly out is still so, if there is one. */
void df_cipher_moved(struct df_cipher *x, unsigned i, const struct feed *d, uint64_t by);

#endif
