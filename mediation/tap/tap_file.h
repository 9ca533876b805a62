/* tap_file.h: one capture file or stream, whatever its format; the merge of several is tap_merge.c. */
#ifndef MEDIATION_TAP_TAP_FILE_H
#define MEDIATION_TAP_TAP_FILE_H

#include <stdatomic.h>

#include "mediation/tap/tap.h"

struct tap_file;

/* stop: when it becomes true, a read that waits for a stream ends as if the stream had ended. */
struct tap_file *tap_file_open(const struct tap_conf *c, unsigned index, const atomic_bool *stop, char *err, size_t errlen);
/* LI_ECLOSED, or LI_EIO and tap_file_error(). The frame is good until the next call. */
enum li_err tap_file_next(struct tap_file *f, struct tap_frame *out) LI_MUST;
/* As tap_file_next(), of what has been read already, while all frames given so stay good until tap_file_next(). LI_EAGAIN: there is
 * none, or this format has no such. */
enum li_err tap_file_ahead(struct tap_file *f, struct tap_frame *out) LI_MUST;
const char *tap_file_error(const struct tap_file *f);
void tap_file_stats(const struct tap_file *f, struct tap_stats *s);
void tap_file_close(struct tap_file *f);

#endif
