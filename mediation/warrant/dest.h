/* dest.h: a destination's settings as an object: copy, compare, free. The strings of a copy are its own. */
#ifndef MEDIATION_WARRANT_DEST_H
#define MEDIATION_WARRANT_DEST_H

#include "handover/hm.h"

enum li_err dest_conf_copy(struct hm_dest_conf *to, const struct hm_dest_conf *from) LI_MUST;
void dest_conf_fini(struct hm_dest_conf *c);
bool dest_conf_eq(const struct hm_dest_conf *a, const struct hm_dest_conf *b);

#endif
