/* x1_server_rig.h: an X1 server in a folder of its own, asked without a network, and what it would tell its ADMF, by the audit log. */
#ifndef TEST_X1_SERVER_RIG_H
#define TEST_X1_SERVER_RIG_H

#include "mediation/x1/x1_server.h"

#include "mediation/clock.h"
#include "mediation/http_int.h"
#include "mediation/x1/x1_job.h"
#include "mediation/x1/x1_report.h"
#include "test/gen/certs.h"
#include "test/said.h"
#include "test/unit.h"

#define NS "xmlns=\"http://uri.etsi.org/03221/X1/2017/10\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" " \
	"xmlns:c=\"http://uri.etsi.org/03280/common/2017/07\" xmlns:s=\"http://uri.etsi.org/03221/X1/2017/10/DestinationSet\""
#define D1 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01"
#define D2 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e02"
#define S1 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e0a"
#define X1_1 "29f28e1c-f230-486a-a860-f5a784ab9171"
#define X1_2 "29f28e1c-f230-486a-a860-f5a784ab9172"

static struct certs certs;
static char *dir, *audit_file;
static uv_loop_t loop;
static struct store *store;
static struct audit *audit;
static struct warrants *ws;
static struct conf conf;
static struct conf_x1 x1conf;
static struct x1 *x;
static char answer[1 << 16];
static bool answered;
static struct http_asked asked;
static const char *from, *to;	/* identifiers of what is asked */
static const char *fault;	/* of the element, now */
static bool lasting;
static char down[2][37];	/* destinations that are */

static char unknown[37];	/* a destination that was not reached yet, and did not fail */

static bool deny;		/* the audit log takes nothing */
static unsigned deny_after;	/* so many acts, where that is not 0 */

static inline enum li_err act(void *arg, enum warrant_act what, const char *who, const struct warrant *w, const struct dest *d)
{
	(void)arg;
	(void)what;
	(void)w;
	(void)d;
	CU_ASSERT_TRUE(strncmp(who, "x1 ", 3) == 0);
	return deny || (deny_after && --deny_after == 0) ? LI_EIO : LI_OK;
}

static li_us clock_shift;

static inline li_us now(void)
{
	return clock_real() + clock_shift;
}

static inline enum li_err no_head(void *arg, uint64_t count, const uint8_t hash[32])
{
	(void)arg;
	(void)count;
	(void)hash;
	return LI_OK;
}

static inline void faults(void *arg, x1_on_fault *fn, void *fn_arg)
{
	(void)arg;
	if (fault)
		fn(fn_arg, fault, lasting, fault);
}

static inline bool dest_down(void *arg, const struct dest *d, char *why, size_t n)
{
	char did[LI_UUID_TEXT];

	(void)arg;
	li_uuid_text(d->conf.did.b, did);
	snprintf(why, n, "no connection");
	return strcmp(did, down[0]) == 0 || strcmp(did, down[1]) == 0;
}

static inline bool dest_up(void *arg, const struct dest *d)
{
	char did[LI_UUID_TEXT];

	(void)arg;
	li_uuid_text(d->conf.did.b, did);
	return strcmp(did, unknown) != 0;
}

static struct warrant counted;	/* what is counted at the next occasion, of the LIID "A" and of others alike */

static inline void count(void *arg, struct warrant *w)
{
	(void)arg;
	w->octets[LI_HI2] += counted.octets[LI_HI2];
	w->octets[LI_HI3] += counted.octets[LI_HI3];
	w->last_record = counted.last_record;
	counted.octets[LI_HI2] = counted.octets[LI_HI3] = 0;
}

static inline void open_x1(void)
{
	struct x1_open o = { .loop = &loop, .conf = &conf, .clock = now, .faults = faults, .dest_down = dest_down, .dest_up = dest_up, .count = count };
	static char crt[300], key[300], ca[300];
	char *state = file_in(dir, "state.key", NULL), *sign = file_in(dir, "audit.key", NULL);
	static const struct warrant_ops ops = { .act = act };
	char err[512];

	uv_loop_init(&loop);
	store = store_open(dir, state, true, err, sizeof(err));
	audit = audit_open(audit_file, sign, NULL, NULL, no_head, NULL, now(), err, sizeof(err));
	free(state);
	free(sign);
	CU_ASSERT_FATAL(store && audit);
	ws = warrants_new(store, &ops, NULL);
	snprintf(crt, sizeof(crt), "%s", certs_path(&certs, "good.crt"));
	snprintf(key, sizeof(key), "%s", certs_path(&certs, "good.key"));
	snprintf(ca, sizeof(ca), "%s", certs_path(&certs, "ca.crt"));
	o.tls = (struct tls_conf){ .certificate = crt, .key = key, .ca = ca };
	o.warrants = ws;
	o.store = store;
	o.audit = audit;
	x = x1_open(&o, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	CU_ASSERT_EQUAL(warrants_load(ws), LI_OK);
	warrants_advance(ws, now());
}

static inline void close_x1(void)
{
	x1_close(x);
	uv_run(&loop, UV_RUN_DEFAULT);
	x1_free(x);
	warrants_free(ws);
	audit_close(audit, now());
	store_close(store);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

static inline void begin(void)
{
	static char *peers[] = { (char *)(uintptr_t)"good.example" };

	if (!certs.dir[0])
		CU_ASSERT_FATAL(certs_init(&certs, NULL) && certs_issue(&certs, "good", "good UID=MDF-1", "DNS:good.example", -1, 30));
	dir = folder_new();
	audit_file = file_in(dir, "audit.log", NULL);
	fault = NULL;
	memset(down, 0, sizeof(down));
	unknown[0] = 0;
	from = "ADMF-1";
	to = "MDF-1";
	memset(&x1conf, 0, sizeof(x1conf));
	x1conf.listen = (char *)(uintptr_t)"127.0.0.1:0";
	x1conf.path = (char *)(uintptr_t)"/X1/NE";
	x1conf.max_body = 1 << 20;
	x1conf.time1 = 5 * LI_US_SECOND;
	x1conf.time2 = 15 * LI_US_SECOND;
	x1conf.n_admfs = 1;
	x1conf.admf[0] = (struct conf_x1_admf){ .admf_id = (char *)(uintptr_t)"ADMF-1", .ne_id = (char *)(uintptr_t)"MDF-1", .n_peers = 1, .peer = { peers[0] },
		.keepalive = true, .time_p2 = 3600 * LI_US_SECOND, .deactivate_all = true, .remove_all = true, .delete_all_objects = true };
	conf.x1 = &x1conf;
	asked = (struct http_asked){ .has_peer = true, .peer = { .subject = "CN=admf", .name = "good.example", .uid = "ADMF-1" } };
	open_x1();
}

static inline void end(void)
{
	close_x1();
	free(audit_file);
	folder_remove(dir);
}

static inline void on_answer(void *arg, struct buf *b)
{
	(void)arg;
	snprintf(answer, sizeof(answer), "%.*s", (int)b->n, (const char *)b->p);
	answered = true;
}

static const char *ask(const char *type, const char *body)
{
	static char text[1 << 18];

	snprintf(text, sizeof(text), "<X1Request " NS "><x1RequestMessage xsi:type=\"%sRequest\"><admfIdentifier>%s</admfIdentifier><neIdentifier>%s</neIdentifier>"
		 "<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>v1.11.1</version>"
		 "<x1TransactionId>3741800e-971b-4aa9-85f4-466d2b1adc7f</x1TransactionId>%s</x1RequestMessage></X1Request>", type, from, to, body);
	asked.body = view_str(text);
	answered = false;
	x1_ask(x, &asked, on_answer, NULL);
	while (!answered)
		uv_run(&loop, UV_RUN_ONCE);
	return answer;
}

static inline bool is_ok(const char *a)
{
	return strstr(a, "<oK>AcknowledgedAndCompleted</oK>");
}

static inline bool is_error(const char *a, const char *code)
{
	char t[64];

	snprintf(t, sizeof(t), "<errorInformation><errorCode>%s</errorCode>", code);
	return strstr(a, t);
}

static inline bool make_dest(const char *did, const char *name)
{
	char t[1024];

	snprintf(t, sizeof(t), "<destinationDetails><dId>%s</dId><friendlyName>%s</friendlyName><deliveryType>X2andX3</deliveryType><deliveryAddress><ipAddressAndPort>"
		 "<c:address><c:IPv4Address>192.0.2.1</c:IPv4Address></c:address><c:port><c:TCPPort>9</c:TCPPort></c:port></ipAddressAndPort></deliveryAddress>"
		 "</destinationDetails>", did, name);
	return is_ok(ask("CreateDestination", t));
}

#define TASK(xid, lists, liid) "<taskDetails><xId>" xid "</xId><targetIdentifiers><targetIdentifier><supiimsi>001010000000001</supiimsi></targetIdentifier>" \
	"</targetIdentifiers><deliveryType>X2Only</deliveryType><listOfDIDs>" lists "</listOfDIDs><listOfMediationDetails><mediationDetails><LIID>" liid \
	"</LIID><deliveryType>HI2andHI3</deliveryType></mediationDetails></listOfMediationDetails></taskDetails>"

/* How many entries of the audit log have both. */
static inline unsigned told(const char *a, const char *b)
{
	FILE *f = fopen(audit_file, "r");
	char line[4096];
	unsigned n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "\"event\":\"x1-report\"") && strstr(line, a) && strstr(line, b);
	if (f)
		fclose(f);
	return n;
}


static inline void used(void *arg, struct warrant *w)
{
	CU_ASSERT_EQUAL_FATAL(w->n_dests, 1);
	li_uuid_text(w->dest[0]->conf.did.b, arg);
}

static const char *used_by(const char *liid)
{
	static char did[LI_UUID_TEXT];
	struct li_liid l;

	CU_ASSERT_EQUAL(li_liid_read(view_str(liid), &l), LI_OK);
	did[0] = 0;
	if (warrants_find(ws, &l, NULL))
		used(did, warrants_find(ws, &l, NULL));
	return did;
}


static inline void clean_up(void)
{
	certs_fini(&certs, true);
}

#endif
