/* show_status.c: see show_status.h; the answer is status.c's. */
#include "mediation/show_status.h"

#include <inttypes.h>
#include <stdlib.h>

#include "mediation/show.h"

#define TEXT_MAX 512
#define SECONDS "YYYY-MM-DDThh:mm:ss"

/* A member's text, with nothing in it that could move the cursor. */
struct shown { char s[TEXT_MAX]; };

static struct shown text_of(const struct json_doc *d, const struct json_node *object, const char *name)
{
	const struct json_node *m = object ? json_member(d, object, name) : NULL;
	struct shown t = { "" };

	if (m && m->kind >= JSON_NUMBER && m->kind <= JSON_STRING)
		show_clean(t.s, sizeof(t.s), m->text);
	return t;
}

/* An instant to the second. */
static struct shown when(const struct json_doc *d, const struct json_node *object, const char *name)
{
	struct shown t = text_of(d, object, name);

	if (t.s[0] && strlen(t.s) > strlen(SECONDS))
		snprintf(t.s + strlen(SECONDS), sizeof(t.s) - strlen(SECONDS), "Z");
	return t;
}

static int64_t number(const struct json_doc *d, const struct json_node *object, const char *name)
{
	return strtoll(text_of(d, object, name).s, NULL, 10);
}

static bool is(const struct json_doc *d, const struct json_node *object, const char *name, enum json_kind kind)
{
	const struct json_node *m = object ? json_member(d, object, name) : NULL;

	return m && m->kind == kind;
}

static const struct json_node *part(const struct json_doc *d, const char *name)
{
	return json_member(d, &d->node[0], name);
}

/* -- the parts -- */

static void alarms(FILE *out, const struct json_doc *d, const char *name, bool raised)
{
	for (const struct json_node *a = json_first(d, part(d, name)); a; a = json_next(d, a)) {
		int64_t n = number(d, a, "count");

		fprintf(out, "\n%s %s %s: %s\n", raised ? "ALARM" : "over ", text_of(d, a, "what").s, text_of(d, a, "object").s,
			text_of(d, a, "text").s);
		fprintf(out, "      since %s", when(d, a, "since").s);
		if (n > 1)
			fprintf(out, ", %" PRId64 " times, the last %s", n, when(d, a, "last").s);
		if (!raised)
			fprintf(out, ", over %s", when(d, a, "over").s);
		fputc('\n', out);
		if (raised)
			fprintf(out, "      %s\n", text_of(d, a, "action").s);
	}
}

static void drops(FILE *out, const struct json_doc *d)
{
	for (const struct json_node *t = json_first(d, part(d, "taps")); t; t = json_next(d, t)) {
		bool any = false;

		for (const struct json_node *m = json_first(d, json_member(d, t, "dropped")); m; m = json_next(d, m)) {
			struct shown many, name;

			if (m->text.n == 1 && m->text.p[0] == '0')
				continue;
			if (any)
				fputs(", ", out);
			else
				fprintf(out, "%s dropped: ", text_of(d, t, "name").s);
			show_clean(many.s, sizeof(many.s), m->text);
			show_clean(name.s, sizeof(name.s), m->name);
			fprintf(out, "%s %s", many.s, name.s);
			any = true;
		}
		if (any)
			fputc('\n', out);
	}
}

void show_taps(FILE *out, const struct json_doc *d, const char *columns)
{
	const struct json_node *list = part(d, "taps");

	if (list)
		show_table(out, d, list, columns);
	drops(out, d);
}

static void size(FILE *out, double octets)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t u = 0;

	for (; octets >= 1024 && u < 4; u++)
		octets /= 1024;
	fprintf(out, octets < 10 && u ? "%.1f %s" : "%.0f %s", octets, units[u]);
}

static void machine(FILE *out, const struct json_doc *d)
{
	const struct json_node *c = part(d, "clock");

	fprintf(out, "\nsandbox       %s\n", text_of(d, part(d, "status"), "sandbox").s);
	fprintf(out, "clock         %s; error about %.3f ms, at most %.3f ms; set %" PRId64 " times since the start\n",
		is(d, c, "synchronised", JSON_TRUE) ? "in step" : is(d, c, "synchronised", JSON_FALSE) ? "NOT IN STEP" : "unknown",
		(double)number(d, c, "error_us") / 1000, (double)number(d, c, "worst_error_us") / 1000, number(d, c, "steps"));
	for (const struct json_node *x = json_first(d, part(d, "disks")); x; x = json_next(d, x)) {
		fprintf(out, "disk          %s: ", text_of(d, x, "name").s);
		size(out, (double)number(d, x, "free_octets"));
		fputs(" free of ", out);
		size(out, (double)number(d, x, "size_octets"));
		fprintf(out, " (%s)\n", text_of(d, x, "path").s);
	}
	for (const struct json_node *x = json_first(d, part(d, "certificates")); x; x = json_next(d, x)) {
		fprintf(out, "certificate   %s %s: ", text_of(d, x, "of").s, text_of(d, x, "what").s);
		if (is(d, x, "days_left", JSON_NULL))
			fputs("cannot be read\n", out);
		else
			fprintf(out, "%" PRId64 " days left, until %s\n", number(d, x, "days_left"), when(d, x, "ends").s);
	}
	fputs("memory        ", out);
	size(out, (double)number(d, part(d, "memory"), "resident_octets"));
	fputc('\n', out);
}

static void x2x3(FILE *out, const struct json_doc *d)
{
	const struct json_node *x = part(d, "x2x3"), *list;

	if (!x)
		return;
	list = json_member(d, x, "connections");
	if (list && json_first(d, list))
		show_table(out, d, list, "connection name address listener since last x2 x3 keepalives state");
	list = json_member(d, x, "senders");
	if (list && json_first(d, list))
		show_table(out, d, list, "sender last delay_us");
	fprintf(out, "x2x3          %" PRId64 " PDUs of X2 wait; %" PRId64 " of X2 and X3 bore an XID that no task has\n\n", number(d, x, "queued_pdus"),
		number(d, x, "unknown_xid"));
}

void show_status(FILE *out, const struct json_doc *d)
{
	const struct json_node *s = part(d, "status"), *n = part(d, "sessions"), *x = part(d, "numbers"), *list;
	unsigned raised = 0;

	for (const struct json_node *a = json_first(d, part(d, "alarms")); a; a = json_next(d, a))
		raised++;
	fprintf(out, "mdfd %s, %s since %s: ", text_of(d, s, "version").s, text_of(d, s, "state").s, when(d, s, "since").s);
	if (raised)
		fprintf(out, "%u ALARM%s\n", raised, raised == 1 ? "" : "S");
	else
		fputs("well\n", out);
	alarms(out, d, "alarms", true);
	alarms(out, d, "alarms_over", false);
	fputc('\n', out);
	show_taps(out, d, "name kind state packets packets_per_second octets_per_second reopened");
	fprintf(out, "\nsessions      %" PRId64 " known, %" PRId64 " intercepted; interceptions %" PRId64 "; warrants %" PRId64 "\n",
		number(d, n, "known"), number(d, n, "intercepted"), number(d, n, "interceptions"), number(d, n, "warrants"));
	fprintf(out, "numbers       %" PRId64 " contexts not settled; %" PRId64 " not issued by the last process, %" PRId64 " messages about them, %"
		PRId64 " contexts to announce\n\n", number(d, x, "contexts"), number(d, x, "not_issued"), number(d, x, "announced"),
		number(d, x, "to_announce"));
	x2x3(out, d);
	list = part(d, "destinations");
	if (list)
		show_table(out, d, list, "destination name kind connection address since queued_pdus waits_for disk_pdus oldest_seconds delivered_pdus resent_pdus "
			   "dropped_pdus last_error");
	list = part(d, "admfs");
	if (list && json_first(d, list)) {
		fputc('\n', out);
		show_table(out, d, list, "admf ne heard silent tasks destinations objects reports_waiting");
	}
	machine(out, d);
}

void show_counters(FILE *out, const struct json_doc *d)
{
	for (const struct json_node *c = json_first(d, part(d, "counters")); c; c = json_next(d, c)) {
		struct shown value = text_of(d, c, "value");
		int n;

		if (strcmp(value.s, "0") == 0)
			continue;
		n = fprintf(out, "%s", text_of(d, c, "name").s);
		for (const struct json_node *l = json_first(d, json_member(d, c, "of")); l; l = json_next(d, l)) {
			struct shown v;

			show_clean(v.s, sizeof(v.s), l->text);
			n += fprintf(out, " %s", v.s);
		}
		fprintf(out, "%*s %s\n    %s\n", n < 60 ? 60 - n : 0, "", value.s, text_of(d, c, "means").s);
	}
}
