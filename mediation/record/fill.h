/* fill.h: completes a record with what no tap can see, by fill.tbl, and counts each use. Control loop only. */
#ifndef MEDIATION_RECORD_FILL_H
#define MEDIATION_RECORD_FILL_H

#include <li/record.h>

enum fill {
#define FILL(name, member, value, why) FILL_##name,
#include "mediation/record/fill.tbl"
#undef FILL
	FILL_COUNT
};

struct fill_counts { uint64_t n[FILL_COUNT]; };

const char *fill_name(enum fill f);

/* targets: those of the warrant the record is for; used only when signalling names no identity at all. */
void fill_smf(struct li_smf_rec *r, bool has_n2, const struct li_id *targets, size_t n_targets, struct fill_counts *c);

#endif
