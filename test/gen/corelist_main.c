/*
 * corelist: what the core sees in captures, as a table for people and for test/integration/core_captures.sh:
 *
 *   corelist [-v] FILE[+FILE]...      files joined by + are taps of one run, merged by capture time
 *   corelist -s FILE...               for scripts (test/demo.sh): all files are taps of one run
 *
 * A line a subscriber: capture, who, sessions, ended, G-PDUs from, to, core; and one of what belongs to no one. With -s
 * a line a session, "session WHO ADDRESS[,ADDRESS] ENDED FROM TO OPENED" (ADDRESS is - where none is known; OPENED in
 * microseconds since 1970; in order of closing), then "capture PACKETS FIRST LAST", its first and last instant.
 * It writes identities to its standard output, so it is a test tool and no part of the service.
 */
#include "mediation/core/core.h"
#include "mediation/tap/flow.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#define FILES 8			/* taps of one run: what one would name by hand */
#define ROWS 4096		/* subscribers, with a table for people */
#define TUNNELS 65536		/* at one time: ten thousand sessions with handovers fit several times */

struct row {
	char who[LI_NAI_MAX + 1];
	unsigned sessions, ready, ended, from, to, core, cp;
};

struct live {			/* a session's counts until it closes */
	struct row row;
	struct session *session;
	li_us opened;
};

static struct run {
	struct row row[ROWS];
	size_t rows;
	struct { struct li_addr addr; uint32_t teid; enum tunnel_kind kind; struct live *of; } tunnel[TUNNELS];
	size_t tunnels;
	unsigned gpdu, nobody, packets;
	bool verbose, by_session;
	li_us t, first;
} run;

static void too_many(const char *what)
{
	fprintf(stderr, "corelist: the capture has more %s than this tool can list\n", what);
	exit(1);
}

static void who(const struct session *s, char out[LI_NAI_MAX + 1])
{
	struct li_smf_rec r;
	char a[LI_ADDR_TEXT] = "unknown";

	session_facts(s, &r);
	if (r.supi.kind) {
		snprintf(out, LI_NAI_MAX + 1, "%.*s", (int)r.supi.text.n, (const char *)r.supi.text.p);
		return;
	}
	if (r.n_ue)
		li_addr_text(&r.ue[0].addr, a);
	snprintf(out, LI_NAI_MAX + 1, "ip:%s", a);
}

static void say(const struct session *s, const char *what, const char *more)
{
	if (run.verbose)
		printf("# %ld.%06ld session %lu %s %s\n", (long)(run.t / LI_US_SECOND), (long)(run.t % LI_US_SECOND),
		       (unsigned long)session_handle(s), what, more);
}

static void opened(void *arg, struct session *s, li_us t, unsigned tap)
{
	struct live *l = calloc(1, sizeof(*l));

	(void)arg, (void)tap;
	if (!l)
		abort();
	l->session = s;
	l->opened = t;
	l->row.sessions = 1;
	session_set_mediation(s, l);
	say(s, "opened", "");
}

static void identified(void *arg, struct session *s, li_us t, unsigned tap)
{
	char name[LI_NAI_MAX + 1];

	(void)arg, (void)t, (void)tap;
	who(s, name);
	say(s, "identified", name);
}

static void ready(void *arg, struct session *s, li_us t, unsigned tap)
{
	struct live *l = session_mediation(s);

	(void)arg, (void)t, (void)tap;
	l->row.ready++;
	say(s, "ready", "");
}

static void changed(void *arg, struct session *s, li_us t, unsigned tap, unsigned changes)
{
	char bits[16];

	(void)arg, (void)t, (void)tap;
	snprintf(bits, sizeof(bits), "%02x", changes);
	say(s, "changed", bits);
}

static void ended(void *arg, struct session *s, li_us t, unsigned tap, const struct session_end *e)
{
	struct live *l = session_mediation(s);
	char by[16];

	(void)arg, (void)t, (void)tap;
	l->row.ended++;
	snprintf(by, sizeof(by), "by %d", (int)e->by);
	say(s, "ended", by);
}

static void say_session(const struct session *s, const struct live *l)
{
	struct li_smf_rec rec;
	char a[LI_ADDR_TEXT];

	session_facts(s, &rec);
	printf("session %s ", l->row.who);
	for (size_t i = 0; i < rec.n_ue; i++) {
		li_addr_text(&rec.ue[i].addr, a);
		printf("%s%s", i ? "," : "", a);
	}
	printf("%s %u %u %u %" PRId64 "\n", rec.n_ue ? "" : "-", l->row.ended, l->row.from, l->row.to, l->opened);
}

static void closed(void *arg, struct session *s)
{
	struct live *l = session_mediation(s);
	size_t i;

	(void)arg;
	who(s, l->row.who);
	say(s, "closed", "");
	if (run.by_session) {
		say_session(s, l);
		free(l);
		return;
	}
	for (i = 0; i < run.rows && strcmp(run.row[i].who, l->row.who) != 0; i++)
		;
	if (i == ROWS)
		too_many("subscribers");
	if (i == run.rows)
		memcpy(run.row[run.rows++].who, l->row.who, sizeof(l->row.who));
	run.row[i].sessions += l->row.sessions;
	run.row[i].ready += l->row.ready;
	run.row[i].ended += l->row.ended;
	run.row[i].from += l->row.from;
	run.row[i].to += l->row.to;
	run.row[i].core += l->row.core;
	run.row[i].cp += l->row.cp;
	free(l);
}

static void failed(void *arg, struct session *s, li_us t, unsigned tap, const struct session_fail *f)
{
	(void)arg, (void)t, (void)tap, (void)f;
	say(s, "failed", "");
}

static void tunnel(void *arg, struct session *s, bool there, enum tunnel_kind kind, const struct li_addr *addr,
		   uint32_t teid)
{
	char a[LI_ADDR_TEXT], text[96];

	(void)arg;
	li_addr_text(addr, a);
	snprintf(text, sizeof(text), "%s kind %d %s teid %u", there ? "there" : "gone", (int)kind, a, teid);
	say(s, "tunnel", text);
	for (size_t i = 0; i < run.tunnels && !there; i++) {
		if (run.tunnel[i].teid == teid && li_addr_eq(&run.tunnel[i].addr, addr)) {
			run.tunnel[i] = run.tunnel[--run.tunnels];
			return;
		}
	}
	if (!there)
		return;
	if (run.tunnels == TUNNELS)
		too_many("tunnels");
	run.tunnel[run.tunnels].addr = *addr;
	run.tunnel[run.tunnels].teid = teid;
	run.tunnel[run.tunnels].kind = kind;
	run.tunnel[run.tunnels++].of = session_mediation(s);
}

static void located(void *arg, struct ue *u, li_us t, unsigned tap)
{
	(void)arg, (void)u, (void)t, (void)tap;
	if (run.verbose)
		printf("# ue %lu located\n", (unsigned long)ue_handle(u));
}

static void ue_identified(void *arg, struct ue *u, li_us t, unsigned tap)
{
	(void)arg, (void)u, (void)t, (void)tap;
	if (run.verbose)
		printf("# ue %lu identified\n", (unsigned long)ue_handle(u));
}

static void ue_closed(void *arg, struct ue *u)
{
	(void)arg, (void)u;
}

static void touched(void *arg, struct session *s)
{
	(void)arg, (void)s;
}

static const struct core_ops ops = { opened, identified, ready, changed, ended, closed, failed, tunnel, located,
				     ue_identified, ue_closed, identified, touched, ue_closed };

static void on_gpdu(const struct flow *f)
{
	run.gpdu++;
	for (size_t i = 0; i < run.tunnels; i++) {
		struct live *l = run.tunnel[i].of;

		if (run.tunnel[i].teid != f->teid || !li_addr_eq(&run.tunnel[i].addr, &f->dst))
			continue;
		switch (run.tunnel[i].kind) {
		case TUNNEL_N3_UL: l->row.from++; break;
		case TUNNEL_N3_DL: l->row.to++; break;
		case TUNNEL_CP: l->row.cp++; break;
		default: l->row.core++; break;
		}
		return;
	}
	run.nobody++;
}

static void on_frame(struct core *c, struct flow_parser *p, int dlt, unsigned tap, const struct pcap_pkthdr *h,
		     const uint8_t *octets)
{
	li_us t = (li_us)h->ts.tv_sec * LI_US_SECOND + h->ts.tv_usec;
	struct flow f;

	run.t = t;
	if (!run.packets++)
		run.first = t;
	switch (flow_parse(p, dlt, t, tap, view_of(octets, h->caplen), h->len, &f)) {
	case FLOW_PFCP:
		core_pfcp(c, t, tap, &f.src, &f.dst, f.sport, f.dport, f.l4);
		break;
	case FLOW_SCTP:
		core_sctp(c, t, tap, &f.src, &f.dst, f.l4);
		break;
	case FLOW_GPDU:
		on_gpdu(&f);
		break;
	default:
		break;
	}
}

static int earlier(const struct pcap_pkthdr *a, const struct pcap_pkthdr *b)
{
	return a->ts.tv_sec != b->ts.tv_sec ? a->ts.tv_sec < b->ts.tv_sec : a->ts.tv_usec < b->ts.tv_usec;
}

/* Files that are taps of one run. Gives 0, or 1 when one cannot be read. */
static int merge(char *const *names, size_t n)
{
	static const struct core_conf conf;
	char err[PCAP_ERRBUF_SIZE];
	struct { pcap_t *p; struct pcap_pkthdr *h; const uint8_t *octets; bool there; struct flow_parser *parser; }
		in[FILES] = { 0 };
	uint64_t count[CORE_COUNTERS_MAX];
	struct core *c = core_new(&conf, &ops, NULL);
	size_t best;
	int rc = 0;

	if (!c || n > FILES)
		too_many("files");
	for (size_t i = 0; i < n; i++) {
		in[i].p = pcap_open_offline(names[i], err);
		in[i].parser = flow_parser_new();
		if (!in[i].p || !in[i].parser) {
			fprintf(stderr, "corelist: %s\n", err);
			rc = 1;
			break;
		}
		in[i].there = pcap_next_ex(in[i].p, &in[i].h, &in[i].octets) == 1;
	}
	while (!rc) {
		best = n;
		for (size_t i = 0; i < n; i++)
			if (in[i].there && (best == n || earlier(in[i].h, in[best].h)))
				best = i;
		if (best == n)
			break;
		on_frame(c, in[best].parser, pcap_datalink(in[best].p), (unsigned)best, in[best].h, in[best].octets);
		in[best].there = pcap_next_ex(in[best].p, &in[best].h, &in[best].octets) == 1;
	}
	core_end_of_input(c, run.t);
	core_counters(c, count);
	for (size_t i = 0; i < core_counters(c, count) && run.verbose; i++)
		if (count[i])
			printf("# %s %lu\n", core_counter_name(i), (unsigned long)count[i]);
	core_free(c);
	for (size_t i = 0; i < n; i++) {
		if (in[i].p)
			pcap_close(in[i].p);
		if (in[i].parser)
			flow_parser_free(in[i].parser);
	}
	return rc;
}

static int table(const char *names)
{
	char *text = strdup(names), *save = NULL, *file[FILES + 1];
	unsigned cp = 0;
	size_t n = 0;
	int rc;

	run = (struct run){ .verbose = run.verbose };
	for (char *name = text ? strtok_r(text, "+", &save) : NULL; name && n <= FILES; name = strtok_r(NULL, "+", &save))
		file[n++] = name;
	rc = merge(file, n);
	free(text);
	for (size_t i = 0; i < run.rows && !rc; i++) {
		const struct row *r = &run.row[i];

		cp += r->cp;
		printf("%s %s sessions %u ready %u ended %u from %u to %u core %u\n", names, r->who, r->sessions,
		       r->ready, r->ended, r->from, r->to, r->core);
	}
	if (!rc)
		printf("%s - gpdu %u nobody %u cp_function %u\n", names, run.gpdu, run.nobody, cp);
	return rc;
}

static int sessions(char *const *files, size_t n)
{
	char first[LI_RFC3339_MAX], last[LI_RFC3339_MAX];
	int rc;

	run.by_session = true;
	rc = merge(files, n);
	if (!li_rfc3339(run.first, first) || !li_rfc3339(run.t, last))
		return 1;
	printf("capture %u %s %s\n", run.packets, first, last);
	return rc;
}

int main(int argc, char **argv)
{
	int i = 1, rc = 0;

	if (i < argc && strcmp(argv[i], "-v") == 0) {
		run.verbose = true;
		i++;
	}
	if (i + 1 < argc && strcmp(argv[i], "-s") == 0)
		return sessions(argv + i + 1, (size_t)(argc - i - 1));
	if (i == argc || argv[i][0] == '-') {
		fprintf(stderr, "usage: corelist [-v] FILE[+FILE]... | corelist [-v] -s FILE...\n");
		return 2;
	}
	for (; i < argc; i++)
		rc |= table(argv[i]);
	return rc;
}
