/* feed.c: what a frame goes through in whichever thread reads it. */
#include "mediation/feed.h"

#include "mediation/record/upf_cc.h"

enum flow_kind feed_parse(struct feed_common *c, const struct tap_frame *fr, struct flow *f)
{
	struct feed_tap *t = &c->tap[fr->tap];
	enum flow_kind kind = flow_parse(t->parser, fr->dlt, fr->time, fr->tap, fr->octets, fr->wire_len, f);

	if (kind != FLOW_GPDU && kind != FLOW_PFCP && kind != FLOW_SCTP)
		return FLOW_OTHER;
	if (t->dedup && dedup_seen(t->dedup, fr->time, f->ip)) {
		t->seen.duplicates++;
		return FLOW_OTHER;
	}
	return kind;
}

enum li_err feed_signal(struct feed_common *c, const struct flow *f, bool wait, uint64_t *ticket)
{
	struct signal s = { .kind = f->kind == FLOW_PFCP ? SIGNAL_PFCP : SIGNAL_SCTP, .tap = f->tap, .time = f->time,
			    .src = f->src, .dst = f->dst, .sport = f->sport, .dport = f->dport, .octets = f->l4 };
	enum li_err e = signalq_put(c->q, &s, wait, ticket);

	if (e == LI_EFULL || e == LI_ELIMIT)
		c->tap[f->tap].seen.signalling_lost++;
	return e;
}

static void count(struct feed_common *c, const struct flow *f, const struct upf_cc_lost *lost)
{
	struct pipeline_tap *seen = &c->tap[f->tap].seen;

	seen->content_full += lost->full;
	seen->content_unnumbered += lost->unnumbered;
	seen->content_withheld += lost->withheld;
}

void feed_content(struct feed_common *c, const struct route *r, const struct flow *f, bool wait)
{
	struct upf_cc_lost lost = upf_cc(r, f, c->tap[f->tap].n9, wait);

	count(c, f, &lost);
}

void feed_contents(struct feed_common *c, void *const route[], const struct flow f[], size_t n, bool wait)
{
	struct upf_cc u[UPF_CC_BURST];
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (route[i] && route[i] != &route_unwanted)
			u[m++] = (struct upf_cc){ .route = route[i], .flow = &f[i], .n9 = c->tap[f[i].tap].n9 };
		if (m == UPF_CC_BURST || i + 1 == n) {
			upf_cc_burst(u, m, wait);
			for (size_t k = 0; k < m; k++)
				count(c, u[k].flow, &u[k].lost);
			m = 0;
		}
	}
}

void feed_publish(struct feed_common *c, unsigned tap, const struct tap_stats *stats, bool ended)
{
	struct feed_tap *t = &c->tap[tap];
	struct pipeline_tap *to = &c->shown[tap];
	const char *name = to->name;
	bool live = to->live;

	pthread_mutex_lock(&c->lock);
	*to = t->seen;
	to->dedup_forgotten = t->dedup ? dedup_lost(t->dedup) : 0;
	to->name = name;
	to->live = live;
	to->ended = ended;
	to->stats = *stats;
	to->n_flow = flow_counters(t->parser, to->flow);
	pthread_mutex_unlock(&c->lock);
}
