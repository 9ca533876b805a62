/* seal.h: identities at rest: AES-256-GCM, each value bound to its place; and a keyed name for what is looked up. */
#ifndef MEDIATION_WARRANT_SEAL_H
#define MEDIATION_WARRANT_SEAL_H

#include <li/buf.h>

#define SEAL_KEY 32
#define SEAL_MAC 32

struct seal { uint8_t enc[SEAL_KEY], mac[SEAL_KEY]; };

/* Both keys from the one that is kept. LI_EIO: the library failed. */
enum li_err seal_init(struct seal *s, const uint8_t master[SEAL_KEY]) LI_MUST;
void seal_fini(struct seal *s);
/* Appends nonce, ciphertext and tag. place: what the value is of, so that it cannot be moved elsewhere. */
enum li_err seal_put(const struct seal *s, struct view place, struct view plain, struct buf *out) LI_MUST;
/* Appends the plain value. LI_EFORMAT: another key, another place, or changed octets. */
enum li_err seal_get(const struct seal *s, struct view place, struct view sealed, struct buf *out) LI_MUST;
enum li_err seal_name(const struct seal *s, struct view key, uint8_t out[SEAL_MAC]) LI_MUST;

#endif
