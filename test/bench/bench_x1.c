/*
 * bench_x1.c: what X1 takes with many tasks held: ActivateTask one by one, each synced by the audit log and the store, and in one
 * container; and how long GetAllDetails takes. From the octets of a request to those of its answer, without HTTP and TLS.
 *
 *	bench_x1 FOLDER CERTIFICATE KEY CA TASKS
 *
 * FOLDER keeps the tasks for the next round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "mediation/clock.h"
#include "mediation/x1/x1_job.h"

#define DID "19867c20-8c94-473e-b9cd-8b72b7b05fd4"
enum { CONTAINER = 500, SINGLE = 300, MORE = 10000000 };	/* those that are measured have numbers of their own */

static uv_loop_t loop;
static struct x1 *x;
static struct http_asked asked = { .has_peer = true, .peer = { .subject = "CN=admf", .name = "admf.example", .uid = "ADMF-1" } };
static bool answered;
static size_t oks, octets;

static enum li_err no_head(void *arg, uint64_t count, const uint8_t hash[32])
{
	(void)arg, (void)count, (void)hash;
	return LI_OK;
}

static double now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_answer(void *arg, struct buf *b)
{
	(void)arg;
	octets = b->n;
	for (const char *p = (const char *)b->p, *end = p ? p + b->n : p; p && (p = memmem(p, (size_t)(end - p), "<oK>", 4)); p += 4)
		oks++;
	answered = true;
}

static void put(struct buf *b, const char *type, const char *body)
{
	static unsigned transaction;

	if (buf_printf(b, "<x1RequestMessage xsi:type=\"%sRequest\"><admfIdentifier>ADMF-1</admfIdentifier><neIdentifier>MDF-1</neIdentifier>"
		       "<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>"
		       "<x1TransactionId>3741800e-971b-4aa9-85f4-%012x</x1TransactionId>%s</x1RequestMessage>", type, ++transaction, body))
		exit(1);
}

static void begin(struct buf *b)
{
	b->n = 0;
	if (buf_printf(b, "<X1Request xmlns=\"http://uri.etsi.org/03221/X1/2017/10\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
		       "xmlns:c=\"http://uri.etsi.org/03280/common/2017/07\">"))
		exit(1);
}

/* Sends it; how many were done. */
static size_t ask(struct buf *b)
{
	if (buf_printf(b, "</X1Request>"))
		exit(1);
	asked.body = buf_view(b);
	answered = false;
	oks = 0;
	x1_ask(x, &asked, on_answer, NULL);
	while (!answered)
		uv_run(&loop, UV_RUN_ONCE);
	return oks;
}

static void activate(struct buf *b, unsigned i)
{
	char task[1024];

	snprintf(task, sizeof(task), "<taskDetails><xId>%08x-0000-4000-8000-%012x</xId><targetIdentifiers><targetIdentifier><supiimsi>00101%010u</supiimsi>"
		 "</targetIdentifier></targetIdentifiers><deliveryType>X2andX3</deliveryType><listOfDIDs><dId>" DID "</dId></listOfDIDs><listOfMediationDetails>"
		 "<mediationDetails><LIID>LI-%u</LIID><deliveryType>HI2andHI3</deliveryType></mediationDetails></listOfMediationDetails></taskDetails>", i, i, i, i);
	put(b, "ActivateTask", task);
}

static void deactivate(struct buf *b, unsigned i)
{
	char id[64];

	snprintf(id, sizeof(id), "<xId>%08x-0000-4000-8000-%012x</xId>", i, i);
	put(b, "DeactivateTask", id);
}

static void many(struct buf *b, unsigned from, unsigned n, void (*message)(struct buf *b, unsigned i))
{
	for (unsigned i = 0; i < n;) {
		begin(b);
		for (unsigned k = 0; k < CONTAINER && i < n; k++)
			message(b, from + i++);
		(void)ask(b);
	}
}

static void measure(struct buf *b)
{
	double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
	size_t done = 0;

	for (unsigned i = 0; i < SINGLE; i++) {
		begin(b);
		activate(b, MORE + i);
		done += ask(b);
	}
	printf("single_rate %.0f single_cpu_us %.0f ", SINGLE / (now(CLOCK_MONOTONIC) - wall), (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / SINGLE * 1e6);
	wall = now(CLOCK_MONOTONIC);
	begin(b);
	for (unsigned i = SINGLE; i < SINGLE + CONTAINER; i++)
		activate(b, MORE + i);
	done += ask(b);
	printf("container_rate %.0f ", CONTAINER / (now(CLOCK_MONOTONIC) - wall));
	if (done != SINGLE + CONTAINER)
		exit(1);
	wall = now(CLOCK_MONOTONIC);
	begin(b);
	put(b, "GetAllDetails", "");
	(void)ask(b);
	printf("details_s %.3f details_octets %zu\n", now(CLOCK_MONOTONIC) - wall, octets);
	many(b, MORE, SINGLE + CONTAINER, deactivate);
}

int main(int argc, char **argv)
{
	static char *peers[] = { (char *)(uintptr_t)"admf.example" };
	static struct conf_x1 c = { .max_body = LI_X1_OCTETS, .time1 = 60 * LI_US_SECOND, .time2 = 120 * LI_US_SECOND, .n_admfs = 1 };
	static struct conf conf = { .x1 = &c };
	struct x1_open o = { .loop = &loop, .conf = &conf, .clock = clock_real };
	char dir[512], file[600], err[512] = "";
	struct x1_admf_state a;
	struct buf b;
	unsigned want;

	if (argc != 6)
		return 2;
	want = (unsigned)strtoul(argv[5], NULL, 10);
	c.listen = (char *)(uintptr_t)"127.0.0.1:0";
	c.path = (char *)(uintptr_t)"/X1/NE";
	c.admf[0] = (struct conf_x1_admf){ .admf_id = (char *)(uintptr_t)"ADMF-1", .ne_id = (char *)(uintptr_t)"MDF-1", .n_peers = 1, .peer = { peers[0] } };
	o.tls = (struct tls_conf){ .certificate = argv[2], .key = argv[3], .ca = argv[4] };
	snprintf(dir, sizeof(dir), "%s/x1-%u", argv[1], want);
	mkdir(dir, 0700);
	uv_loop_init(&loop);
	snprintf(file, sizeof(file), "%s/state.key", dir);
	o.store = store_open(dir, file, true, err, sizeof(err));
	snprintf(file, sizeof(file), "%s/audit.log", dir);
	unlink(file);
	snprintf(dir + strlen(dir), sizeof(dir) - strlen(dir), "/audit.key");
	o.audit = o.store ? audit_open(file, dir, NULL, NULL, no_head, NULL, clock_real(), err, sizeof(err)) : NULL;
	o.warrants = o.audit ? warrants_new(o.store, NULL, NULL) : NULL;
	x = o.warrants ? x1_open(&o, err, sizeof(err)) : NULL;
	if (!x || warrants_load(o.warrants)) {
		fprintf(stderr, "bench_x1: %s\n", err);
		return 1;
	}
	warrants_advance(o.warrants, clock_real());
	buf_init(&b, 0);
	begin(&b);
	put(&b, "CreateDestination", "<destinationDetails><dId>" DID "</dId><deliveryType>X2andX3</deliveryType><deliveryAddress><ipAddressAndPort><c:address>"
	    "<c:IPv4Address>192.0.2.1</c:IPv4Address></c:address><c:port><c:TCPPort>9</c:TCPPort></c:port></ipAddressAndPort></deliveryAddress></destinationDetails>");
	(void)ask(&b);
	x1_admf(x, 0, &a);
	store_slack(o.store, true);		/* what only fills it need not be synced */
	if (a.tasks < want)
		many(&b, 0, want, activate);
	store_slack(o.store, false);
	measure(&b);
	x1_close(x);
	uv_run(&loop, UV_RUN_DEFAULT);
	x1_free(x);
	warrants_free(o.warrants);
	audit_close(o.audit, clock_real());
	store_close(o.store);
	buf_fini(&b);
	return 0;
}
