/* test_lemf.c: the receiver over loopback with real TLS: an MDF of a few lines delivers, asks, goes and comes back. */
#include "handover/lemf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/ps_dec.h"
#include "handover/netio.h"
#include "test/gen/certs.h"
#include "test/gen/pdus.h"
#include "test/scratch.h"
#include "test/unit.h"

#define NOW INT64_C(1770371041608000)

static struct certs own;
static char dir[SCRATCH_PATH];

static li_us now(void) { return NOW; }

struct mdf {
	struct netio n;
	struct buf todo, got;
	bool up, closed;
	unsigned answers, want;		/* PDUs that came; ends when so many have */
	uint32_t last;
	char why[TLS_ERR_TEXT];
};

struct world {
	uv_loop_t loop;
	struct lemf *l;
	struct tls_ctx *client;
	struct mdf mdf[100];
	unsigned n_mdf, down, ups, lemf_gone, failed;
	struct lemf_stats stats;
	char why[TLS_ERR_TEXT];
};

static void pour(struct mdf *m)
{
	struct view v = buf_view(&m->todo);
	enum li_err e = netio_put(&m->n, &v);

	buf_consume(&m->todo, m->todo.n - v.n);
	if (!e)
		e = netio_flush(&m->n);
	CU_ASSERT_TRUE(e == LI_OK || e == LI_EAGAIN || e == LI_ESTATE);
}

static void m_up(struct netio *n)
{
	struct mdf *m = n->arg;

	m->up = true;
	pour(m);
	if (!m->want && m->todo.n == 0)
		netio_end(n, "said all");
}

static void m_data(struct netio *n, struct view v)
{
	struct mdf *m = n->arg;
	struct ps_pdu p;
	const char *what;
	size_t k, at;

	CU_ASSERT_EQUAL_FATAL(buf_put(&m->got, v.p, v.n), LI_OK);
	while (ps_next(buf_view(&m->got), &k) == LI_OK) {
		CU_ASSERT_EQUAL_FATAL(ps_decode(view_of(m->got.p, k), &p, &at, &what), LI_OK);
		m->answers++;
		m->last = p.number;
		buf_consume(&m->got, k);
	}
	if (m->answers >= m->want)
		netio_end(n, "answered");
}

static void m_sent(struct netio *n)
{
	struct mdf *m = n->arg;

	if (m->todo.n)
		pour(m);
	if (!m->want && m->todo.n == 0)
		netio_end(n, "said all");
}

static void m_closed(struct netio *n, const char *why)
{
	struct mdf *m = n->arg;

	m->closed = true;
	snprintf(m->why, sizeof(m->why), "%s", why);
}

static const struct netio_ops m_ops = { m_up, m_data, m_sent, m_closed };

static void gone(void *arg)
{
	struct world *w = arg;

	w->stats = *lemf_stats(w->l);
	w->lemf_gone++;
}

static void l_up(void *arg, uint64_t id, const char *address, const struct tls_peer *p)
{
	struct world *w = arg;

	(void)id;
	w->ups++;
	CU_ASSERT_EQUAL(strncmp(address, "127.0.0.1:", 10), 0);
	CU_ASSERT_STRING_EQUAL(p->name, "mdf.example");
}

static void l_down(void *arg, uint64_t id, const char *address, bool was_up, const char *why)
{
	struct world *w = arg;

	(void)id;
	(void)address;
	(void)was_up;
	snprintf(w->why, sizeof(w->why), "%s", why);
	if (++w->down == w->n_mdf)
		lemf_close(w->l, gone, w);
}

static void l_failed(void *arg, const char *why, bool last)
{
	(void)why;
	(void)last;
	((struct world *)arg)->failed++;
}

static const struct lemf_ops l_ops = { l_up, l_down, l_failed };

static void paths(const char *name, char crt[300], char key[300], char ca[300])
{
	snprintf(crt, 300, "%s/%s.crt", own.dir, name);
	snprintf(key, 300, "%s/%s.key", own.dir, name);
	snprintf(ca, 300, "%s/ca.crt", own.dir);
}

static void world_init(struct world *w, const char *client, unsigned n)
{
	static const char *names[] = { "other.example", "mdf.example" };
	char crt[300], key[300], ca[300], err[TLS_ERR_TEXT] = "";
	struct lemf_conf c = { .host = "127.0.0.1", .port = "0", .names = names, .n_names = 2, .dir = dir, .seed = 7, .now = now };

	memset(w, 0, sizeof(*w));
	if (!own.ca)
		CU_ASSERT_TRUE_FATAL(certs_init(&own, NULL) && certs_issue(&own, "mdf", "mdf", "DNS:mdf.example", -1, 30) &&
			certs_issue(&own, "stranger", "stranger", "DNS:stranger.example", -1, 30) &&
			certs_issue(&own, "lemf", "lemf", "DNS:lemf.example", -1, 30));
	uv_loop_init(&w->loop);
	w->n_mdf = n;
	paths(client, crt, key, ca);
	struct tls_conf t = { .certificate = crt, .key = key, .ca = ca };
	w->client = tls_ctx_new(TLS_CLIENT, &t, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->client);
	paths("lemf", crt, key, ca);
	c.tls = t;
	w->l = lemf_new(&w->loop, &c, &l_ops, w, err, sizeof(err));
	if (!w->l)
		printf("# %s\n", err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->l);
}

static void connect_all(struct world *w)
{
	const char *lemf = "lemf.example";
	struct sockaddr_in a;

	uv_ip4_addr("127.0.0.1", atoi(strrchr(lemf_address(w->l), ':') + 1), &a);
	for (unsigned i = 0; i < w->n_mdf; i++) {
		CU_ASSERT_EQUAL_FATAL(netio_init(&w->mdf[i].n, &w->loop, w->client, &lemf, 1, &m_ops, &w->mdf[i]), LI_OK);
		CU_ASSERT_EQUAL(netio_connect(&w->mdf[i].n, (struct sockaddr *)&a), LI_OK);
	}
}

static void world_run(struct world *w)
{
	connect_all(w);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&w->loop), 0);
	CU_ASSERT_EQUAL(w->lemf_gone, 1);
	tls_ctx_free(w->client);
	for (unsigned i = 0; i < w->n_mdf; i++) {
		CU_ASSERT_TRUE(w->mdf[i].closed);
		buf_fini(&w->mdf[i].todo);
		buf_fini(&w->mdf[i].got);
	}
}

static void fresh(void)
{
	scratch_new(dir);
}

static void load(struct mdf *m, const char *liid, uint32_t from, uint32_t to, bool ask)
{
	struct pdu_of p = { .liid = liid, .country = "NL", .has_cin = true, .cin = 1, .time = NOW };

	for (p.number = from; p.number < to; p.number++) {
		p.extra = p.number % 1400;
		CU_ASSERT_TRUE_FATAL(pdu_cc(&m->todo, &p));
		if (ask && p.number % 50 == 49) {
			CU_ASSERT_TRUE_FATAL(pdu_tri(&m->todo, &p, PS_TRI_ACK_REQUEST, view_of(NULL, 0)));
			m->want++;
		}
	}
}

static size_t octets(const char *name)
{
	char path[400];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) ? 0 : (size_t)st.st_size;
}

static bool has(const char *name, const char *text)
{
	char path[400], line[2000];
	FILE *f;
	bool found = false;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return found;
}

/* Four at once, one of them the second half of another's stream; each request is answered when its octets are durable. */
static void several(void)
{
	struct world w;
	struct pdu_of k = { .liid = "x", .number = 77, .time = NOW };
	size_t want = 0;

	fresh();
	world_init(&w, "mdf", 4);
	load(&w.mdf[0], "LI-1", 0, 1000, true);
	want = w.mdf[0].todo.n;
	load(&w.mdf[1], "LI-2", 0, 500, true);
	load(&w.mdf[2], "LI-1", 1000, 2000, false);
	want += w.mdf[2].todo.n;
	CU_ASSERT_TRUE(pdu_tri(&w.mdf[3].todo, &k, PS_TRI_KEEPALIVE, view_of(NULL, 0)));
	w.mdf[3].want = 1;
	world_run(&w);
	CU_ASSERT_EQUAL(w.mdf[0].answers, 20);
	CU_ASSERT_EQUAL(w.mdf[0].last, 999);
	CU_ASSERT_EQUAL(w.mdf[1].answers, 10);
	CU_ASSERT_EQUAL(w.mdf[3].answers, 1);
	CU_ASSERT_EQUAL(w.mdf[3].last, 77);
	CU_ASSERT_EQUAL(w.stats.pdus[LEMF_HI3], 2500);
	CU_ASSERT_EQUAL(w.stats.missing, 0);		/* whatever the two connections' octets came between each other */
	CU_ASSERT_EQUAL(w.stats.duplicates, 0);
	CU_ASSERT_TRUE(octets("NL-OP01-LI-1/hi3.ber") > want - 20 * 100 && octets("NL-OP01-LI-1/hi3.ber") < want);
	CU_ASSERT_TRUE(has("events.jsonl", "\"event\":\"peer-up\",\"connection\":1,"));
	CU_ASSERT_TRUE(has("events.jsonl", "\"text\":\"the peer closed\""));
	CU_ASSERT_EQUAL(w.failed, 0);
}

/* The same again by a new process of the LEMF: all duplicates, acknowledged, nothing stored. HO-BUF-011, HO-CON-013 */
static void again(void)
{
	struct world w;
	size_t before = octets("NL-OP01-LI-1/hi3.ber");

	world_init(&w, "mdf", 1);
	load(&w.mdf[0], "LI-1", 0, 2000, true);
	world_run(&w);
	CU_ASSERT_EQUAL(w.mdf[0].answers, 40);
	CU_ASSERT_EQUAL(w.stats.duplicates, 2000);
	CU_ASSERT_EQUAL(w.stats.conflicts + w.stats.repeats + w.stats.gaps, 0);
	CU_ASSERT_EQUAL(octets("NL-OP01-LI-1/hi3.ber"), before);
}

static void wrong_name(void)
{
	struct world w;

	fresh();
	world_init(&w, "stranger", 1);
	load(&w.mdf[0], "LI-1", 0, 10, true);
	world_run(&w);
	CU_ASSERT_EQUAL(w.ups, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.why, "none of the expected names"));
	CU_ASSERT_EQUAL(w.stats.pdus[LEMF_HI3], 0);
	CU_ASSERT_TRUE(has("events.jsonl", "\"event\":\"peer-failed\""));
}

/* HO-ENC-018: not PS-PDUs: closed, and the next one is served. */
static void junk(void)
{
	struct world w;

	fresh();
	world_init(&w, "mdf", 2);
	CU_ASSERT_EQUAL(buf_put(&w.mdf[0].todo, "GET / HTTP/1.1\r\n\r\n", 18), LI_OK);
	w.mdf[0].want = 1;
	load(&w.mdf[1], "LI-1", 0, 50, true);
	world_run(&w);
	CU_ASSERT_EQUAL(w.mdf[0].answers, 0);
	CU_ASSERT_STRING_EQUAL(w.mdf[0].why, "the peer closed");
	CU_ASSERT_EQUAL(w.mdf[1].answers, 1);
	CU_ASSERT_TRUE(has("events.jsonl", "\"event\":\"peer-refused\""));
	CU_ASSERT_EQUAL(w.stats.pdus[LEMF_HI3], 50);
}

/* HO-CON-012: a hundred connections, each gone again soon, all are served. */
static void hundred(void)
{
	static struct world w;
	char liid[16];

	fresh();
	world_init(&w, "mdf", 100);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(liid, sizeof(liid), "LI-%u", i);
		load(&w.mdf[i], liid, 0, 1 + i % 3 * 50, i % 2);
	}
	world_run(&w);
	CU_ASSERT_EQUAL(w.ups, 100);
	CU_ASSERT_EQUAL(w.stats.pdus[LEMF_HI3], 34 * 1 + 33 * 51 + 33 * 101);
	CU_ASSERT_EQUAL(w.failed, 0);
}

/* A LEMF that cannot start says why and leaves nothing on the loop. */
static void no_start(void)
{
	static const char *names[] = { "mdf.example" };
	char err[TLS_ERR_TEXT] = "", crt[300], key[300], ca[300];
	struct lemf_conf c = { .host = "127.0.0.1", .port = "0", .names = names, .n_names = 1, .dir = dir, .now = now };
	struct world w = { 0 };

	uv_loop_init(&w.loop);
	paths("lemf", crt, key, ca);
	c.tls = (struct tls_conf){ .certificate = crt, .key = "/nonexistent.key", .ca = ca };
	CU_ASSERT_PTR_NULL(lemf_new(&w.loop, &c, &l_ops, &w, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "/nonexistent.key: No such file"));
	c.tls.key = key;
	c.host = "192.0.2.1";
	CU_ASSERT_PTR_NULL(lemf_new(&w.loop, &c, &l_ops, &w, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "192.0.2.1 port 0: "));
	uv_run(&w.loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&w.loop), 0);
	scratch_remove(dir);
	certs_fini(&own, true);
}

UNIT_MAIN("lemf", UNIT(several), UNIT(again), UNIT(wrong_name), UNIT(junk), UNIT(hundred), UNIT(no_start))
