/* test_sctp_path.c: multi-homed associations: one name for each end, and nobody taken for another. */
#include "mediation/proto/ngap.h"
#include "mediation/proto/sctp_path.h"

#include <li/limits.h>
#include <li/wr.h>
#include <stdlib.h>

#include "unit.h"

/* gNB n: 10.0.2.n and 10.8.2.n, and 172.17.0.1, which every host has; the AMF: 10.0.1.1 and fd00::1. */
static struct li_addr gnb(uint8_t n, bool second)
{
	return li_addr4((uint8_t[4]){ 10, second ? 8 : 0, 2, n });
}

static struct li_addr bridge(void)
{
	return li_addr4((uint8_t[4]){ 172, 17, 0, 1 });
}

static struct li_addr amf(bool second)
{
	return second ? li_addr6((uint8_t[16]){ 0xfd, [15] = 1 }) : li_addr4((uint8_t[4]){ 10, 0, 1, 1 });
}

static struct sctp_key key(bool up, struct li_addr ran, struct li_addr core, uint32_t vtag)
{
	return up ? (struct sctp_key){ ran, core, 9487, 38412, vtag } : (struct sctp_key){ core, ran, 38412, 9487, vtag };
}

/* An INIT or INIT ACK with this tag and these addresses, after its chunk header. */
static struct view chunk(uint8_t *room, size_t n, uint32_t tag, const struct li_addr *a, size_t addresses)
{
	struct wr w = wr_of(room, n);

	while (addresses--) {
		size_t length = a[addresses].family == 4 ? 4 : 16;

		wr_put(&w, a[addresses].b, length);
		wr_u16(&w, (uint16_t)(4 + length));
		wr_u16(&w, length == 4 ? 5 : 6);
	}
	wr_put(&w, "\x80\0\0\x05x\0\0\0", 8);	/* a parameter that nobody knows, padded */
	wr_put(&w, "\0\1\0\0\0\x0a\0\x0a\0\0\0\1", 12);
	wr_u32(&w, tag);
	CU_ASSERT_EQUAL_FATAL(w.err, LI_OK);
	return wr_view(&w);
}

/* Tags: the gNB's is tag, so that the AMF's packets bear it; the AMF's is tag + 1. */
static void begin(struct sctp_paths *p, uint8_t n, uint32_t tag)
{
	const struct li_addr mine[] = { gnb(n, false), gnb(n, true), bridge() }, theirs[] = { amf(false), amf(true) };
	struct sctp_key k = key(true, gnb(n, false), amf(false), 0);
	uint8_t room[256];

	sctp_paths_learn(p, &k, SCTP_INIT, rd_of(chunk(room, sizeof(room), tag, mine, 3)));
	k = key(false, gnb(n, false), amf(false), tag);
	sctp_paths_learn(p, &k, SCTP_INIT_ACK, rd_of(chunk(room, sizeof(room), tag + 1, theirs, 2)));
}

static bool is(const struct sctp_key *k, struct li_addr src, struct li_addr dst)
{
	return li_addr_eq(&k->src, &src) && li_addr_eq(&k->dst, &dst);
}

static void paths(void)
{
	struct sctp_paths *p = sctp_paths_new();
	struct sctp_key k;

	begin(p, 1, 100);
	begin(p, 2, 200);
	for (uint8_t n = 1; n <= 2; n++) {
		uint32_t tag = n * 100u;

		k = key(true, gnb(n, true), amf(true), tag + 1);
		sctp_paths_resolve(p, &k);
		CU_ASSERT(is(&k, gnb(n, false), amf(false)) && k.sport == 9487 && k.vtag == tag + 1);
		k = key(false, gnb(n, true), amf(false), tag);
		sctp_paths_resolve(p, &k);
		CU_ASSERT(is(&k, amf(false), gnb(n, false)));
		k = key(true, bridge(), amf(false), tag + 1);	/* the address of both hosts: the tag tells */
		sctp_paths_resolve(p, &k);
		CU_ASSERT(is(&k, gnb(n, false), amf(false)));
		k = key(true, gnb(n, false), amf(false), tag + 1);
		sctp_paths_resolve(p, &k);
		CU_ASSERT(is(&k, gnb(n, false), amf(false)));
	}
	/* another tag, another direction's, another port, an address that is in no list: another association */
	for (unsigned i = 0; i < 4; i++) {
		struct li_addr from = i == 3 ? gnb(9, true) : gnb(1, true);

		k = key(true, from, amf(true), i == 0 ? 102 : i == 1 ? 100 : 101);
		k.sport = i == 2 ? 9488 : 9487;
		sctp_paths_resolve(p, &k);
		CU_ASSERT(is(&k, from, amf(true)));
	}
	sctp_paths_free(p);
}

/* What is broken, unasked or cut sets nothing up, and whatever comes stays in bounds. */
static void hostile(void)
{
	struct sctp_paths *p = sctp_paths_new();
	struct li_addr many[LI_SCTP_ADDRS + 9];
	struct sctp_key k, init = key(true, gnb(1, false), amf(false), 0);
	uint64_t seed = 5;
	uint8_t room[1024];
	struct view v;

	k = key(false, gnb(1, false), amf(false), 100);		/* an answer to nothing */
	sctp_paths_learn(p, &k, SCTP_INIT_ACK, rd_of(chunk(room, sizeof(room), 101, &(struct li_addr){ .family = 4 }, 1)));
	k = key(true, gnb(1, true), amf(true), 101);
	sctp_paths_resolve(p, &k);
	CU_ASSERT(is(&k, gnb(1, true), amf(true)));
	for (uint8_t i = 0; i < LI_SCTP_ADDRS + 9; i++)
		many[i] = gnb(i, true);
	v = chunk(room, sizeof(room), 100, many, LI_SCTP_ADDRS + 9);
	for (size_t n = 0; n <= v.n; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, v.p, n);
		sctp_paths_learn(p, &init, SCTP_INIT, rd_of(view_of(copy, n)));
		free(copy);
	}
	for (unsigned i = 0; i < unit_rounds(20000); i++) {
		uint8_t junk[64];

		for (size_t n = 0; n < sizeof(junk); n++)
			junk[n] = (uint8_t)(unit_rand(&seed) % (n < 20 || n % 4 ? 256 : 24));
		k = key(i % 2, gnb(1, false), amf(false), (uint32_t)(unit_rand(&seed) % 4));
		sctp_paths_learn(p, &k, (uint8_t)(1 + i % 2), rd_of(view_of(junk, unit_rand(&seed) % sizeof(junk))));
		sctp_paths_resolve(p, &k);
	}
	/* More associations than are followed: the latest work, the first are single paths again. */
	for (uint32_t i = 0; i < LI_SCTP_FLOWS; i++)
		begin(p, 1, 1000 + 2 * i);
	k = key(true, gnb(1, true), amf(true), 1001 + 2 * (LI_SCTP_FLOWS - 1));
	sctp_paths_resolve(p, &k);
	CU_ASSERT(is(&k, gnb(1, false), amf(false)));
	k = key(true, gnb(1, true), amf(true), 1001);
	sctp_paths_resolve(p, &k);
	CU_ASSERT(is(&k, gnb(1, true), amf(true)));
	sctp_paths_free(p);
}

static struct sctp_message last;
static unsigned duplicates;

static void message(void *arg, const struct sctp_message *m)
{
	(void)arg;
	last = *m;
	duplicates += m->duplicate;
}

static void feed(struct sctp *s, const struct sctp_key *k, uint8_t type, struct view body)
{
	uint8_t room[512];
	struct wr w = wr_of(room, sizeof(room));
	const char *what;

	wr_put(&w, body.p, body.n);
	wr_u16(&w, (uint16_t)(4 + body.n));
	wr_u16(&w, (uint16_t)(type << 8 | 3));
	wr_u32(&w, 0);
	wr_u32(&w, k->vtag);
	wr_u16(&w, k->dport);
	wr_u16(&w, k->sport);
	CU_ASSERT_EQUAL(sctp_packet(s, 0, &k->src, &k->dst, wr_view(&w), message, NULL, &what), LI_OK);
}

/* A chunk that is sent again by the other path is the same one, and both bear the first path's addresses. */
static void retransmitted(void)
{
	const struct li_addr mine[] = { gnb(1, false), gnb(1, true) }, theirs[] = { amf(false), amf(true) };
	static const uint8_t data[] = { 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 60, 'x', 'y', 'z', '!' };
	struct sctp *s = sctp_new();
	uint8_t room[256];
	struct sctp_key k;

	k = key(true, gnb(1, false), amf(false), 0);
	feed(s, &k, SCTP_INIT, chunk(room, sizeof(room), 100, mine, 2));
	k = key(false, gnb(1, false), amf(false), 100);
	feed(s, &k, SCTP_INIT_ACK, chunk(room, sizeof(room), 101, theirs, 2));
	for (unsigned i = 0; i < 2; i++) {
		k = key(true, gnb(1, i == 1), amf(i == 1), 101);
		feed(s, &k, SCTP_DATA, view_of(data, sizeof(data)));
		k = (struct sctp_key){ .src = last.src, .dst = last.dst };
		CU_ASSERT(is(&k, gnb(1, false), amf(false)));
		CU_ASSERT_EQUAL(duplicates, i);
	}
	sctp_free(s);
}

UNIT_MAIN("sctp_path", UNIT(paths), UNIT(hostile), UNIT(retransmitted))
