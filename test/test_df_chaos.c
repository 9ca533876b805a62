/* test_df_chaos.c: every option of a delivery function's session together, agencies that do all they should not, and another
 * configuration whenever: it never stands still for ever, and where an agency has to acknowledge nothing is lost. */
#include "test/df_rig.h"

struct chaos {
	struct rig *r;
	struct peer other;
	struct shaper shaper;
	uint64_t seed;
	bool acknowledged;	/* in every configuration of this round */
};

static unsigned any(struct chaos *c, unsigned n)
{
	return (unsigned)(unit_rand(&c->seed) % n);
}

static void choose(struct chaos *c, struct df_conf *f)
{
	bool swap = any(c, 2);

	free(f->host);
	f->host = strdup(any(c, 4) ? "127.0.0.1" : "localhost");
	f->port = swap ? c->other.port : c->r->peer.port;
	if (any(c, 3)) {
		f->more = calloc(1, sizeof(*f->more));
		f->n_more = 1;
		snprintf(f->more[0].host, sizeof(f->more[0].host), "127.0.0.1");
		f->more[0].port = swap ? c->r->peer.port : c->other.port;
	}
	f->family = AF_INET;
	f->stays = any(c, 2);
	f->success = c->acknowledged ? HM_ACKNOWLEDGED : (enum hm_success)any(c, 4);
	f->negotiation = (enum hm_negotiation)any(c, c->acknowledged ? 2 : 3);
	f->without_ack = c->acknowledged ? HM_WITHOUT_REFUSE : (enum hm_without)any(c, 2);
	f->as_required = any(c, 2);
	f->keepalive_closed = any(c, 2);
	f->shaper = &c->shaper;
	f->padding = 1 + any(c, 3000);
	f->timer[DF_PADDING] = any(c, 2) ? 3 * MS : 0;
	f->timer[DF_TIME1] = (1 + any(c, 20)) * MS;
	f->timer[DF_TIME3] = f->timer[DF_TIME5] = 60 * MS;
	f->timer[DF_TIME6] = (1 + any(c, 5)) * MS;
	f->timer[DF_RECONNECT] = (1 + any(c, 5)) * MS;
	f->timer[DF_IDLE] = (1 + any(c, 10)) * MS;
	f->timer[DF_QUIET] = (1 + any(c, 10)) * MS;
	f->timer[DF_RETURN] = (1 + any(c, 10)) * MS;
	f->timer[DF_NEGOTIATION] = 60 * MS;
	f->timer[DF_TURN] = 5 * MS;
}

static void disturb(struct chaos *c, struct peer *p)
{
	struct df_conf *f;

	switch (any(c, 14)) {
	case 0: atomic_fetch_add(&p->reset, 1); break;
	case 1: atomic_fetch_add(&p->depart, 1); break;
	case 2: atomic_store(&p->mute_ack, any(c, 2)); break;
	case 3: atomic_store(&p->mute_keepalive, any(c, 2)); break;
	case 4: atomic_store(&p->hang_up, any(c, 3) == 0); break;
	case 5: atomic_store(&p->part, any(c, 3) == 0); break;
	case 6: atomic_store(&p->stall, any(c, 3) == 0); break;
	case 7: atomic_store(&p->wrong_numbers, any(c, 3) == 0); break;
	case 8: atomic_store(&p->options, any(c, 3)); break;
	case 9: atomic_store(&p->fault, any(c, PEER_LATE)); break;
	case 10: shaper_set(&c->shaper, any(c, 2) ? 1000000 : 0, 16384); break;
	case 11: df_purge(c->r->df); break;
	case 12:
		f = conf_new("127.0.0.1", p->port, "lemf.example");
		choose(c, f);
		df_change(c->r->df, &f);
		break;
	default: break;
	}
}

static void behaves(struct peer *p)
{
	atomic_store(&p->mute_ack, false);
	atomic_store(&p->mute_keepalive, false);
	atomic_store(&p->hang_up, false);
	atomic_store(&p->part, false);
	atomic_store(&p->stall, false);
	atomic_store(&p->wrong_numbers, false);
	atomic_store(&p->options, PEER_ACCEPTS);
	atomic_store(&p->fault, PEER_NONE);
	atomic_fetch_add(&p->reset, 1);		/* what they have of a connection is of before */
}

/* Every number at one of them, with its octets. */
static void check_all(struct chaos *c)
{
	struct peer *const at[] = { &c->r->peer, &c->other };
	bool seen[2][4096] = { { false } };

	for (unsigned i = 0; i < 2; i++) {
		struct peer_pdu *d;
		size_t n = peer_take(at[i], &d);

		for (size_t j = 0; j < n; j++) {
			if (d[j].kind != PS_IRI)
				continue;
			CU_ASSERT_FATAL(d[j].cin < 2 && d[j].number < 4096);
			CU_ASSERT_EQUAL(d[j].hash, c->r->hash[d[j].cin][d[j].number]);
			seen[d[j].cin][d[j].number] = true;
		}
		free(d);
		CU_ASSERT_EQUAL(at[i]->broken, 0);
	}
	for (unsigned k = 0; k < 2 && c->acknowledged; k++)
		for (unsigned i = 0; i < c->r->next[k]; i++)
			CU_ASSERT(seen[k][i]);
}

static void round_of(uint64_t seed, bool acknowledged)
{
	struct chaos c = { .r = rig_new(2), .seed = seed, .acknowledged = acknowledged };

	CU_ASSERT_FATAL(peer_start(&c.other, &certs, "lemf", 0));
	choose(&c, c.r->conf);
	go(c.r);
	for (unsigned i = 0; i < 200; i++) {
		feed(c.r, any(&c, 2), any(&c, 4), 20 + any(&c, 3000));
		disturb(&c, any(&c, 2) ? &c.other : &c.r->peer);
		run_ms(c.r, any(&c, 5));
	}
	behaves(&c.other);
	behaves(&c.r->peer);
	shaper_set(&c.shaper, 0, 0);
	feed(c.r, 0, 1, 100);
	CU_ASSERT(UNTIL(c.r, all_empty(c.r)));
	check_all(&c);
	rig_free(c.r);
	peer_stop(&c.other);
}

static void acknowledged(void)
{
	for (unsigned i = 0; i < unit_rounds(8); i++)
		round_of(i + 1, true);
}

static void by_other_rules(void)
{
	for (unsigned i = 0; i < unit_rounds(8); i++)
		round_of(1000 + i, false);
}

UNIT_MAIN("df_chaos", UNIT(acknowledged), UNIT(by_other_rules))
