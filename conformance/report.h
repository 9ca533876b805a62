/* report.h: what came of a run, for people or as one JSON object. */
#ifndef CONF_REPORT_H
#define CONF_REPORT_H

#include <stdio.h>

#include "conformance/perf.h"
#include "conformance/play.h"

void report_text(FILE *f, struct play_result *r, const struct script *s);
void report_json(FILE *f, struct play_result *r, const struct script *s);
void report_perf_text(FILE *f, const struct perf_result *r, size_t n);
void report_perf_json(FILE *f, const struct perf_result *r, size_t n);
bool report_perf_good(const struct perf_result *r, size_t n);

#endif
