/* test_door_end.c: who is refused at the door of X2 and X3, how connections end, and what hostile points of interception can reach. */
#include "test/door_rig.h"

/* -- ends -- */

static void cut(void)		/* X23-MDF-021 */
{
	struct poi p;

	start(NULL);
	poi_init(&p, &r, "upf");
	rig_pdu(&b, &(struct rig_pdu){ .sequence = 1, .payload = 100 });
	rig_pdu(&b, &(struct rig_pdu){ .sequence = 2, .payload = 100 });
	p.end_when_sent = true;
	poi_send(&p, view_of(b.p, b.n - 1));
	SPIN(&r, r.n_gone == 1);
	CU_ASSERT(rig_n(&r) == 1 && counted(DOOR_cut) == 1);
	poi_fini(&p);
	rig_fini(&r);
}

/* Who says nothing goes, and what it said before still comes up; who speaks now and then stays. */
static void idle(void)
{
	struct poi silent, lively, waiting;

	start(&(struct door_conf){ .idle = 2 * LI_US_SECOND });
	poi_init(&silent, &r, "amf");
	poi_init(&waiting, &r, "amf");
	poi_init(&lively, &r, "upf");
	SPIN(&r, silent.up && waiting.up && lively.up);
	r.need_open = true;
	r.open[r.n_open++] = 9;
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 1, .sequence = 1, .payload = 10 });
	poi_send(&waiting, buf_view(&b));
	b.n = 0;
	rig_pdu(&b, &(struct rig_pdu){ .correlation = 9, .sequence = 1, .payload = 10 });
	for (unsigned i = 0; i < 5; i++) {
		rig_for(&r, 900, false);
		poi_send(&lively, buf_view(&b));
	}
	for (unsigned i = 0; i < 5000 && rig_n(&r) < 5; i++)
		rig_turn(&r, false);
	CU_ASSERT(silent.closed && !lively.closed && waiting.closed);
	CU_ASSERT(counted(DOOR_idle) == 2 && rig_n(&r) == 5);
	SPIN(&r, rig_n(&r) == 6);
	poi_fini(&silent);
	poi_fini(&waiting);
	poi_fini(&lively);
	rig_fini(&r);
}

/* One octet after the other is no PDU. */
static void slow_octets(void)
{
	struct poi p;

	start(&(struct door_conf){ .idle = 2 * LI_US_SECOND });
	poi_init(&p, &r, "amf");
	SPIN(&r, p.up);
	rig_pdu(&b, &(struct rig_pdu){ .sequence = 1, .payload = 1000 });
	for (size_t i = 0; i < 60 && !p.closed; i++) {
		poi_send(&p, view_of(b.p + i, 1));
		rig_for(&r, 100, true);
	}
	CU_ASSERT(p.closed && counted(DOOR_idle) == 1);
	poi_fini(&p);
	SPIN(&r, counted(DOOR_cut) == 1);
	rig_fini(&r);
}

static void strangers(void)	/* X23-MDF-016, X23-MDF-018, X23-MDF-023 */
{
	struct certs others = { 0 };
	struct poi p;
	struct tls_conf t;
	struct sockaddr_in to;
	char crt[300], key[300];
	int fd;

	start(NULL);
	t = rig_tls(&certs, "other");
	poi_open(&p, &r, &t, 0);
	SPIN(&r, r.n_refusals == 1 && p.closed);
	tls_ctx_free(p.x);
	buf_fini(&p.got);
	CU_ASSERT_STRING_EQUAL(r.refusal[0].of.check, "name");
	CU_ASSERT_STRING_EQUAL(r.refusal[0].of.subject, "CN=other");
	CU_ASSERT_STRING_EQUAL(r.refusal[0].listener, "127.0.0.1:0");
	CU_ASSERT_EQUAL(r.refusal[0].n, 1);
	CU_ASSERT_TRUE_FATAL(certs_init(&others, NULL) && certs_issue(&others, "amf", "amf", "DNS:amf.example", -1, 30));
	t = rig_tls(&certs, "amf");
	snprintf(crt, sizeof(crt), "%s/amf.crt", others.dir);
	snprintf(key, sizeof(key), "%s/amf.key", others.dir);
	t.certificate = crt;
	t.key = key;
	poi_open(&p, &r, &t, 0);
	SPIN(&r, r.n_refusals == 2 && p.closed);
	CU_ASSERT_STRING_EQUAL(r.refusal[1].of.check, "authority");
	tls_ctx_free(p.x);
	buf_fini(&p.got);
	/* no TLS at all: a PDU as it is */
	rig_pdu(&b, &(struct rig_pdu){ .sequence = 1, .payload = 1000 });
	fd = socket(AF_INET, SOCK_STREAM, 0);
	uv_ip4_addr("127.0.0.1", door_port(r.d, 0), &to);
	CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	CU_ASSERT_EQUAL(send(fd, b.p, b.n, MSG_NOSIGNAL), (ssize_t)b.n);
	SPIN(&r, r.n_refusals == 3);
	CU_ASSERT_STRING_EQUAL(r.refusal[2].of.check, "handshake");
	close(fd);
	CU_ASSERT(rig_n(&r) == 0 && r.n_peers == 0 && counted(DOOR_refused) == 3);
	certs_fini(&others, true);
	rig_fini(&r);
}

/* More handshakes at once than there is room for: the oldest gives way, a POI gets in. */
static void handshake_flood(void)
{
	int fd[DOOR_HANDSHAKES_MAX + 40];
	struct sockaddr_in to;
	struct poi p;

	start(NULL);
	uv_ip4_addr("127.0.0.1", door_port(r.d, 0), &to);
	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		CU_ASSERT_EQUAL(connect(fd[i], (struct sockaddr *)&to, sizeof(to)), 0);
	}
	SPIN(&r, counted(DOOR_turned_away) == 40);
	poi_init(&p, &r, "amf");
	SPIN(&r, p.up);
	CU_ASSERT_EQUAL(counted(DOOR_turned_away), 41);
	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		close(fd[i]);
	poi_fini(&p);
	rig_fini(&r);
	start(NULL);			/* whoever has begun to speak does not give way */
	uv_ip4_addr("127.0.0.1", door_port(r.d, 0), &to);
	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		CU_ASSERT_EQUAL(connect(fd[i], (struct sockaddr *)&to, sizeof(to)), 0);
		CU_ASSERT_EQUAL(send(fd[i], "\x16\x03\x01", 3, MSG_NOSIGNAL), 3);
		rig_for(&r, 1, true);
	}
	SPIN(&r, counted(DOOR_connections) == sizeof(fd) / sizeof(fd[0]));
	rig_for(&r, 100, true);
	poi_init(&p, &r, "amf");
	SPIN(&r, p.up);
	CU_ASSERT(counted(DOOR_turned_away) < 40 && counted(DOOR_refused) < 40);
	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		close(fd[i]);
	poi_fini(&p);
	rig_fini(&r);
}

/* Claims of 16 MiB from several POIs at once: memory is what has come, and no more of it than is allowed. */
static void claims(void)
{
	struct poi p[6];
	uint8_t *zero = calloc(1, 1u << 20);
	unsigned closed = 0;

	start(&(struct door_conf){ .torn = 3u << 20 });
	for (unsigned i = 0; i < 6; i++) {
		poi_init(&p[i], &r, "upf");
		poi_send(&p[i], octets("0005 0002 00000028 01000000 0005 0003 00000000000000000000000000000000 0000000000000000"));
		poi_send(&p[i], view_of(zero, 1u << 20));
	}
	for (uint64_t end = rig_ms() + RIG_SECONDS * 1000; closed < 3 && rig_ms() < end;) {
		rig_turn(&r, true);
		closed = 0;
		for (unsigned i = 0; i < 6; i++)
			closed += p[i].closed;
	}
	rig_for(&r, 200, true);
	for (unsigned i = closed = 0; i < 6; i++)
		closed += p[i].closed;
	CU_ASSERT(closed >= 3 && closed < 6);
	CU_ASSERT_EQUAL(counted(DOOR_no_memory), closed);
	for (unsigned i = 0; i < 6; i++)
		poi_fini(&p[i]);
	poi_init(&p[0], &r, "upf");		/* it comes back to all */
	b.n = 0;
	rig_pdu(&b, &(struct rig_pdu){ .sequence = 1, .payload = 2500000 });
	poi_send(&p[0], buf_view(&b));
	SPIN(&r, rig_n(&r) == 1);
	poi_fini(&p[0]);
	rig_fini(&r);
	free(zero);
}

static void clean_up(void)
{
	buf_fini(&b);
	certs_fini(&certs, true);
}

UNIT_MAIN("door_end", UNIT(cut), UNIT(idle), UNIT(slow_octets), UNIT(strangers), UNIT(handshake_flood), UNIT(claims), UNIT(clean_up))
