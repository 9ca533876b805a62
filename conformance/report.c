/* report.c: what came of a run. */
#include "conformance/report.h"

#include <inttypes.h>

#include "conformance/tell.h"
#include "conformance/xpdu.h"

#define MS(us) ((double)(us) / 1e3)

static const char *const ack_faults[] = { "length", "fields that are not zero", "no sequence number", "version" };

static uint64_t pdus(const struct wire_stats *s)
{
	return s->sent[WIRE_X2] + s->sent[WIRE_X3];
}

/* -- people -- */

static void spread_text(FILE *f, const char *what, struct spread *s)
{
	if (s->n)
		fprintf(f, "    %s: %" PRIu64 ", least %.3f ms, median %.3f, 99 of 100 %.3f, most %.3f\n", what, s->n, MS(s->least),
			MS(spread_at(s, 500)), MS(spread_at(s, 990)), MS(s->most));
}

static void wire_text(FILE *f, struct wire *w)
{
	struct wire_stats *s = wire_stats(w);
	size_t n;
	const struct wire_end *e = wire_ends(w, &n);

	fprintf(f, "%s to %s%s%s: %" PRIu64 " X2, %" PRIu64 " X3, %" PRIu64 " keepalives, %" PRIu64 " others and parts, %" PRIu64 " octets\n", wire_name(w),
		s->address, *s->tls ? ", " : "", s->tls, s->sent[WIRE_X2], s->sent[WIRE_X3], s->sent[WIRE_KEEPALIVE],
		s->sent[WIRE_OTHER] + s->sent[WIRE_PART], s->octets);
	fprintf(f, "    acknowledgements: %" PRIu64 ", of keepalives that were not sent %" PRIu64 ", faulty %" PRIu64 "; timeouts (TIME_P2) %" PRIu64
		"; other PDUs %" PRIu64 "\n", s->acks, s->acks_unexpected, s->acks_faulty, s->ack_timeouts, s->others);
	for (unsigned i = 0; i < 4; i++)
		if (s->ack_faults & 1u << i)
			fprintf(f, "    faulty acknowledgements: %s\n", ack_faults[i]);
	spread_text(f, "acknowledged after", &s->ack_us);
	spread_text(f, "connected after", &s->up_us);
	if (n > 1 || (n == 1 && !e[0].ours))
		for (size_t i = 0; i < n; i++)
			fprintf(f, "    ended: %s%s\n", e[i].why, e[i].was_up ? "" : " (before it was up)");
}

void report_text(FILE *f, struct play_result *r, const struct script *s)
{
	fprintf(f, "%" PRIu64 " X2 and %" PRIu64 " X3 PDUs, %" PRIu64 " keepalives of the script, %" PRIu64 " broken or raw, %" PRIu64 " octets, %zu contexts, %.3f s\n",
		r->pdus[1], r->pdus[2], r->pdus[3], r->pdus[0] + r->pdus[4], r->octets, r->contexts, (double)r->took / 1e6);
	if (r->unsent)
		fprintf(f, "%" PRIu64 " not sent: their connections had ended\n", r->unsent);
	if (r->captured)
		fprintf(f, "capture: %" PRIu64 " frames, %" PRIu64 " sent; fragments %" PRIu64 ", cut short %" PRIu64 ", of others %" PRIu64 ", nothing that was asked for %" PRIu64 "\n",
			r->capture.frames, r->capture.items, r->capture.fragments, r->capture.cut, r->capture.unwanted, r->capture.others);
	if (r->lacking)
		fprintf(f, "%" PRIu64 " PDUs lack what TS 33.128 asks of a POI, the first: %s\n", r->lacking, r->lacks);
	for (size_t i = 0; i < r->n_wires; i++)
		wire_text(f, r->wires[i]);
	for (size_t i = 0; i < r->n_fails; i++) {
		if (r->fails[i].line)
			fprintf(f, "FAILED %s:%u: %s\n", s->file, r->fails[i].line, r->fails[i].what);
		else
			fprintf(f, "FAILED %s\n", r->fails[i].what);
	}
	if (r->more_fails)
		fprintf(f, "FAILED and %zu more\n", r->more_fails);
	fprintf(f, "%" PRIu64 " expectations met, %zu failures%s: %s\n", r->expected, r->n_fails + r->more_fails, r->stopped ? ", stopped by a signal" : "",
		play_good(r) ? "good" : "not good");
}

static double total(const struct perf_result *r, size_t n, uint64_t *all, uint64_t *octets, double *cpu)
{
	double longest = 0;

	*all = *octets = 0;
	*cpu = 0;
	for (size_t i = 0; i < n; i++) {
		*all += r[i].pdus;
		*octets += r[i].octets;
		*cpu += r[i].cpu;
		if (r[i].seconds > longest)
			longest = r[i].seconds;
	}
	return longest;
}

bool report_perf_good(const struct perf_result *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (*r[i].fault)
			return false;
	return true;
}

static double per(double a, double b)
{
	return b > 0 ? a / b : 0;
}

void report_perf_text(FILE *f, const struct perf_result *r, size_t n)
{
	uint64_t all, octets;
	double cpu, s = total(r, n, &all, &octets, &cpu);

	for (size_t i = 0; i < n; i++) {
		fprintf(f, "connection %zu: %" PRIu64 " PDUs, %" PRIu64 " octets, %.3f s, last acknowledgement after %.3f ms", i, r[i].pdus, r[i].octets,
			r[i].seconds, MS(r[i].wait));
		fprintf(f, *r[i].fault ? ", FAILED %s\n" : "\n", r[i].fault);
	}
	fprintf(f, "%" PRIu64 " PDUs, %" PRIu64 " octets, %.3f s: %.0f PDUs/s, %.1f Mbit/s; %.3f us of CPU a PDU here\n", all, octets, s, per((double)all, s),
		per((double)octets * 8e-6, s), per(cpu * 1e6, (double)all));
}

/* -- programs -- */

static void spread_json(struct tell *t, const char *key, struct spread *s)
{
	tell_open(t, key, '{');
	tell_number(t, "count", s->n);
	if (s->n) {
		tell_number(t, "min", (uint64_t)s->least);
		tell_number(t, "p50", (uint64_t)spread_at(s, 500));
		tell_number(t, "p99", (uint64_t)spread_at(s, 990));
		tell_number(t, "max", (uint64_t)s->most);
		tell_real(t, "mean", s->sum / (double)s->n);
	}
	tell_close(t, '}');
}

static void wire_json(struct tell *t, struct wire *w)
{
	struct wire_stats *s = wire_stats(w);
	size_t n;
	const struct wire_end *e = wire_ends(w, &n);

	tell_open(t, NULL, '{');
	tell_text(t, "name", wire_name(w));
	tell_text(t, "address", s->address);
	tell_text(t, "tls", s->tls);
	tell_number(t, "dials", s->dials);
	tell_number(t, "ups", s->ups);
	tell_number(t, "x2", s->sent[WIRE_X2]);
	tell_number(t, "x3", s->sent[WIRE_X3]);
	tell_number(t, "keepalives", s->sent[WIRE_KEEPALIVE]);
	tell_number(t, "others", s->sent[WIRE_OTHER] + s->sent[WIRE_PART]);
	tell_number(t, "octets", s->octets);
	tell_number(t, "acks", s->acks);
	tell_number(t, "acksUnexpected", s->acks_unexpected);
	tell_number(t, "acksFaulty", s->acks_faulty);
	tell_open(t, "ackFaults", '[');
	for (unsigned i = 0; i < 4; i++)
		if (s->ack_faults & 1u << i)
			tell_text(t, NULL, ack_faults[i]);
	tell_close(t, ']');
	tell_number(t, "ackTimeouts", s->ack_timeouts);
	tell_number(t, "otherPdus", s->others);
	spread_json(t, "ackMicroseconds", &s->ack_us);
	spread_json(t, "upMicroseconds", &s->up_us);
	tell_number(t, "badEnds", s->bad_ends);
	tell_open(t, "ends", '[');
	for (size_t i = 0; i < n; i++) {
		tell_open(t, NULL, '{');
		tell_text(t, "why", e[i].why);
		tell_bool(t, "wasUp", e[i].was_up);
		tell_bool(t, "ours", e[i].ours);
		tell_close(t, '}');
	}
	tell_close(t, ']');
	tell_close(t, '}');
}

void report_json(FILE *f, struct play_result *r, const struct script *s)
{
	struct tell t = { .f = f };
	uint64_t x2 = 0, x3 = 0, sent = 0;

	tell_open(&t, NULL, '{');
	tell_text(&t, "program", "lipoi " LI_VERSION);
	tell_bool(&t, "good", play_good(r));
	tell_real(&t, "seconds", (double)r->took / 1e6);
	tell_open(&t, "built", '{');
	tell_number(&t, "x2", r->pdus[1]);
	tell_number(&t, "x3", r->pdus[2]);
	tell_number(&t, "keepalives", r->pdus[3]);
	tell_number(&t, "others", r->pdus[0] + r->pdus[4]);
	tell_number(&t, "octets", r->octets);
	tell_number(&t, "contexts", r->contexts);
	tell_number(&t, "lacking", r->lacking);
	tell_text(&t, "lacks", r->lacks);
	tell_close(&t, '}');
	for (size_t i = 0; i < r->n_wires; i++) {
		x2 += wire_stats(r->wires[i])->sent[WIRE_X2];
		x3 += wire_stats(r->wires[i])->sent[WIRE_X3];
		sent += pdus(wire_stats(r->wires[i]));
	}
	tell_open(&t, "sent", '{');
	tell_number(&t, "x2", x2);
	tell_number(&t, "x3", x3);
	tell_number(&t, "pdus", sent);
	tell_number(&t, "unsent", r->unsent);
	tell_close(&t, '}');
	if (r->captured) {
		tell_open(&t, "capture", '{');
		tell_number(&t, "frames", r->capture.frames);
		tell_number(&t, "items", r->capture.items);
		tell_number(&t, "fragments", r->capture.fragments);
		tell_number(&t, "cut", r->capture.cut);
		tell_number(&t, "unwanted", r->capture.unwanted);
		tell_number(&t, "others", r->capture.others);
		tell_close(&t, '}');
	}
	tell_open(&t, "connections", '[');
	for (size_t i = 0; i < r->n_wires; i++)
		wire_json(&t, r->wires[i]);
	tell_close(&t, ']');
	tell_number(&t, "expectationsMet", r->expected);
	tell_bool(&t, "stopped", r->stopped);
	tell_open(&t, "failures", '[');
	for (size_t i = 0; i < r->n_fails; i++) {
		tell_open(&t, NULL, '{');
		tell_text(&t, "file", s->file);
		tell_number(&t, "line", r->fails[i].line);
		tell_text(&t, "what", r->fails[i].what);
		tell_close(&t, '}');
	}
	tell_close(&t, ']');
	tell_close(&t, '}');
	fputc('\n', f);
}

void report_perf_json(FILE *f, const struct perf_result *r, size_t n)
{
	struct tell t = { .f = f };
	uint64_t all, octets;
	double cpu, s = total(r, n, &all, &octets, &cpu);

	tell_open(&t, NULL, '{');
	tell_text(&t, "program", "lipoi " LI_VERSION);
	tell_bool(&t, "good", report_perf_good(r, n));
	tell_number(&t, "pdus", all);
	tell_number(&t, "octets", octets);
	tell_real(&t, "seconds", s);
	tell_real(&t, "pdusPerSecond", per((double)all, s));
	tell_real(&t, "cpuSeconds", cpu);
	tell_real(&t, "cpuMicrosecondsPerPdu", per(cpu * 1e6, (double)all));
	tell_open(&t, "connections", '[');
	for (size_t i = 0; i < n; i++) {
		tell_open(&t, NULL, '{');
		tell_number(&t, "pdus", r[i].pdus);
		tell_number(&t, "octets", r[i].octets);
		tell_number(&t, "passes", r[i].passes);
		tell_real(&t, "seconds", r[i].seconds);
		tell_real(&t, "cpuSeconds", r[i].cpu);
		tell_number(&t, "lastAckMicroseconds", (uint64_t)r[i].wait);
		tell_text(&t, "fault", r[i].fault);
		tell_close(&t, '}');
	}
	tell_close(&t, ']');
	tell_close(&t, '}');
	fputc('\n', f);
}
