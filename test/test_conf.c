/* test_conf.c: mdfd.yaml: what is read, what holds where nothing is said, what is refused and how. */
#include "mediation/conf.h"
#include "test/said.h"
#include "test/unit.h"

#define LEAST "mdf: {operator_id: OP01, element_id: MDF-1}\ntls: {certificate: c, key: k, ca: a}\n"

static struct conf *load(const char *folder, const char *text, struct said *s)
{
	char *file = file_in(folder, "mdfd.yaml", text);
	struct conf *c;

	s->n = 0;
	c = conf_load(file, said_add, s);
	free(file);
	return c;
}

/* The example that is installed is good, and so is every key in it. */
static void example(void)
{
	struct said s = { .n = 0 };
	struct conf *c = conf_load("mediation/pkg/mdfd.yaml", said_add, &s);

	said_print(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->operator_id, "OP01");
	CU_ASSERT_STRING_EQUAL(c->element_id, "MDF-1");
	CU_ASSERT(c->has_delivery_country && memcmp(c->delivery_country.c, "NL", 2) == 0);
	CU_ASSERT_STRING_EQUAL(c->certificate, "mediation/pkg/mdf.crt");
	CU_ASSERT_STRING_EQUAL(c->state_key, "/var/lib/mdfd/state.key");
	CU_ASSERT_STRING_EQUAL(c->audit_file, "/var/lib/mdfd/audit.log");
	CU_ASSERT_STRING_EQUAL(c->audit_pub, "/var/lib/mdfd/audit.pub");
	CU_ASSERT_STRING_EQUAL(c->warrants_file, "mediation/pkg/warrants.yaml");
	CU_ASSERT_EQUAL(c->n_taps, 1);
	CU_ASSERT_STRING_EQUAL(c->tap[0].interface, "eth1");
	CU_ASSERT_STRING_EQUAL(c->tap[0].nf_upf, "upf-1");
	CU_ASSERT(c->tap[0].n3 && !c->tap[0].n9 && !c->tap[0].deduplicate);
	conf_free(c);
}

/* The spool: where it lies, and its key apart from it. HO-BUF-010 */
static void spool(void)
{
	char *dir = folder_new(), *key = file_in(dir, "spool.key", NULL);
	struct said s;
	struct conf *c = load(dir, LEAST, &s);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT(!c->spool && !c->spool_dir && !c->spool_key);
	conf_free(c);
	c = load(dir, LEAST "spool: {}\n", &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT(c->spool);
	CU_ASSERT_STRING_EQUAL(c->spool_dir, "/var/lib/mdfd/spool");
	CU_ASSERT_STRING_EQUAL(c->spool_key, key);
	conf_free(c);
	c = load(dir, LEAST "spool: {dir: /disk/spool, key: /keys/k}\n", &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->spool_dir, "/disk/spool");
	CU_ASSERT_STRING_EQUAL(c->spool_key, "/keys/k");
	conf_free(c);
	c = load(dir, "mdf: {operator_id: OP01, element_id: MDF-1, state_key: 'keyring:a/b'}\ntls: {certificate: c, key: k, ca: a}\n"
		 "spool: {key: 'keyring:c'}\n", &s);	/* no paths */
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->state_key, "keyring:a/b");
	CU_ASSERT_STRING_EQUAL(c->spool_key, "keyring:c");
	conf_free(c);
	CU_ASSERT_PTR_NULL(load(dir, LEAST "spool: {key: 'keyring:'}\n", &s));
	CU_ASSERT(said(&s, "spool.key: keyring:NAME is expected"));
	CU_ASSERT_PTR_NULL(load(dir, LEAST "spool: {size: 1GiB}\n", &s));
	CU_ASSERT(said(&s, "spool.size: unknown key") || said(&s, "spool: unknown key"));
	free(key);
	folder_remove(dir);
}

static void defaults(void)
{
	char *dir = folder_new(), *want = file_in(dir, "c", NULL);
	struct said s;
	struct conf *c = load(dir, LEAST "taps: [{name: t, file: \"-\"}, {name: u, file: x.pcap, content: []}]\n", &s);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT(c->release == 19 && c->version == 3);
	CU_ASSERT_STRING_EQUAL(c->state_dir, "/var/lib/mdfd");
	CU_ASSERT_STRING_EQUAL(c->control_socket, "/run/mdfd/control");
	CU_ASSERT_PTR_NULL(c->control_group);
	CU_ASSERT_PTR_NULL(c->user);
	CU_ASSERT_EQUAL(c->sandbox, CONF_SANDBOX_WANTED);
	CU_ASSERT_PTR_NULL(c->crl);
	CU_ASSERT_PTR_NULL(c->warrants_file);
	CU_ASSERT_EQUAL(c->drain_timeout, 30 * LI_US_SECOND);
	CU_ASSERT(!c->has_delivery_country);
	CU_ASSERT_STRING_EQUAL(c->certificate, want);
	CU_ASSERT_STRING_EQUAL(c->tap[0].file, "-");
	CU_ASSERT(c->tap[0].n3 && !c->tap[0].n9);
	CU_ASSERT(!c->tap[1].n3 && !c->tap[1].n9);
	conf_free(c);
	free(want);
	folder_remove(dir);
}

/* One document with many faults: each is told, at its line. */
static void every_fault(void)
{
	static const char text[] =
		"mdf:\n"
		"  operator_id: OP01567890123456x\n"	/* 2: 17 octets */
		"  element_id: \"\"\n"			/* 3 */
		"  delivery_country: nl\n"		/* 4 */
		"  ts33128_release: r18\n"		/* 5: of which version? */
		"  drain_timeout: 30\n"			/* 6 */
		"  stat_dir: x\n"			/* 7 */
		"tls: {certificate: c, min_version: 1.1}\n"	/* 8: two missing, and a version that is none */
		"taps:\n"
		"  - name: a\n"				/* 10: neither interface nor file */
		"  - {name: a, file: f, interface: i}\n"	/* 11: both, and the name again */
		"  - {file: f, content: n4}\n"		/* 12: no name, n4 */
		"x1: {listen: 127.0.0.1:1, admf_id: a}\n"		/* 13 */
		"x2x3: {}\n";				/* 14 */
	static const char *const want[] = {
		"mdfd.yaml:2: mdf.operator_id: longer than 16 octets", "mdfd.yaml:3: mdf.element_id: has no value",
		"mdfd.yaml:4: mdf.delivery_country: a country",	/* HO-ENC-006 */ "mdfd.yaml:5: mdf.ts33128_release: the version is needed",
		"mdfd.yaml:6: mdf.drain_timeout: a duration", "mdfd.yaml:7: mdf: unknown key \"stat_dir\"",
		"mdfd.yaml:8: tls.key: is missing", "mdfd.yaml:8: tls.min_version: must be one of: 1.2, 1.3", "mdfd.yaml:8: tls.ca: is missing",
		"mdfd.yaml:10: taps[0]: either interface or file", "mdfd.yaml:11: taps[1]: either interface or file",
		"mdfd.yaml:11: taps[1]: has the name of the tap in line 10", "mdfd.yaml:12: taps[2].name: is missing",
		"mdfd.yaml:12: taps[2].content: must be one of: n3, n9", "mdfd.yaml:13: x1: ne_id: is missing",
		"mdfd.yaml:14: x2x3.listen: is missing",
	};
	char *dir = folder_new();
	struct said s;

	CU_ASSERT_PTR_NULL(load(dir, text, &s));
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		CU_ASSERT(said(&s, want[i]));
		if (!said(&s, want[i]))
			fprintf(stderr, "not said: %s\n", want[i]);
	}
	CU_ASSERT_EQUAL(s.n, sizeof(want) / sizeof(want[0]));
	if (s.n != sizeof(want) / sizeof(want[0]))
		said_print(&s);
	folder_remove(dir);
}

#define HEAD "mdf: {operator_id: o, element_id: e}\ntls: {certificate: c, key: k, ca: a}\n"

static void doors(void)		/* X23-MDF-020, X23-MDF-023 */
{
	static const struct { const char *text, *why[5]; } bad[] = {
		{ "x2x3: {}", { "3: x2x3.listen: is missing" } }, { "x2x3: 5", { "3: x2x3: a mapping" } },
		{ "x2x3: {listen: [], peers: [a]}", { "3: x2x3.listen: names no address" } },
		{ "x2x3: {listen: 127.0.0.1:1}", { "3: x2x3.peers: is missing" } },
		{ "x2x3: {listen: 127.0.0.1:1, peers: []}", { "3: x2x3.peers: names no peer" } },
		{ "x2x3: {listen: unix:x, peers: a}", { "3: x2x3.listen: ADDRESS:PORT" } },
		{ "x2x3: {listen: amf.example:1, peers: a}", { "3: x2x3.listen: ADDRESS:PORT" } },
		{ "x2x3: {listen: [127.0.0.1:1, 127.0.0.1:1], peers: a}", { "3: x2x3.listen[1]: has the address of the listener in line 3" } },
		{ "x2x3: {listen: [{kinds: x2}], peers: a}", { "3: x2x3.listen[0].address: is missing" } },
		{ "x2x3:\n  listen:\n    - {address: 127.0.0.1:1, peers: a}\n    - 127.0.0.1:2", { "6: x2x3.peers: is missing" } },
		{ "x2x3: {listen: 127.0.0.1:1, peers: a, kinds: x1, workers: 0, idle: 1ms, max_skew: 2d, full_wait: 2m, tls: {min_version: 1.1}}",
		  { "3: x2x3.kinds: must be one of: x2, x3", "3: x2x3.workers: must be a number from 1 to 16", "3: x2x3.idle: must be from 1 to",
		    "3: x2x3.max_skew: a duration", "3: x2x3.full_wait: must be from 0" } },
		{ "x2x3: {listen: 127.0.0.1:1, peers: a, kinds: []}", { "3: x2x3.kinds: must be x2, x3 or both" } },
		{ "x2x3: {listen: 127.0.0.1:1, peers: a, workers: 2MiB}", { "3: x2x3.workers: must be a number" } },
	};
	char *dir = folder_new(), want[300];
	struct said s;
	struct conf *c = load(dir, HEAD "x2x3:\n  listen: 127.0.0.1:45443\n  peers: [amf.example, upf.example]\n", &s);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c->x2x3);
	CU_ASSERT(c->x2x3->n_listen == 1 && c->x2x3->peers.n == 2 && c->x2x3->kinds == (CONF_X2 | CONF_X3) && c->x2x3->workers == 2);
	CU_ASSERT(c->x2x3->idle == 0 && c->x2x3->max_skew == 0 && c->x2x3->full_wait == 3 * LI_US_SECOND && !c->x2x3->certificate && c->x2x3->tls_floor == 0);
	CU_ASSERT_STRING_EQUAL(c->x2x3->peers.name[1], "upf.example");
	conf_free(c);
	c = load(dir, HEAD "x2x3:\n  listen:\n    - 10.0.0.1:1\n    - {address: \"[2001:db8::1]:2\", kinds: x3, peers: upf-9.example}\n"
		 "  peers: amf.example\n  kinds: [x2, x3]\n  workers: 4\n  idle: 5m\n  max_skew: 500ms\n  full_wait: 0s\n"
		 "  tls: {certificate: x.crt, key: /x.key, ca: x-ca.crt, crl: x.crl, min_version: 1.3, ciphers: A, ciphersuites: B}\n", &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT(c->x2x3->n_listen == 2 && c->x2x3->listen[1].kinds == CONF_X3 && c->x2x3->listen[1].peers.n == 1 && c->x2x3->listen[0].kinds == 0);
	CU_ASSERT(c->x2x3->workers == 4 && c->x2x3->idle == 300 * LI_US_SECOND && c->x2x3->max_skew == 500000 && c->x2x3->full_wait == 0 && c->x2x3->tls_floor == TLS_FLOOR_13);
	snprintf(want, sizeof(want), "%s/x.crt", dir);
	CU_ASSERT_STRING_EQUAL(c->x2x3->certificate, want);
	CU_ASSERT_STRING_EQUAL(c->x2x3->key, "/x.key");
	CU_ASSERT_STRING_EQUAL(c->x2x3->ciphersuites, "B");
	conf_free(c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[600];

		snprintf(text, sizeof(text), HEAD "%s\n", bad[i].text);
		CU_ASSERT_PTR_NULL(load(dir, text, &s));
		for (size_t k = 0; k < 4 && bad[i].why[k]; k++) {
			snprintf(want, sizeof(want), "mdfd.yaml:%s", bad[i].why[k]);
			CU_ASSERT(said(&s, want));
			if (!said(&s, want))
				fprintf(stderr, "not said: %s\n", want), said_print(&s);
		}
	}
	folder_remove(dir);
}

static void sandbox_and_user(void)
{
	static const struct { const char *text; enum conf_sandbox is; } good[] = {
		{ "wanted", CONF_SANDBOX_WANTED }, { "required", CONF_SANDBOX_REQUIRED }, { "off", CONF_SANDBOX_OFF } };
	char *dir = folder_new(), text[256];
	struct conf *c;
	struct said s;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), "mdf: {operator_id: A, element_id: A, sandbox: %s, user: mdfd}\n"
			 "tls: {certificate: c, key: k, ca: a}\n", good[i].text);
		c = load(dir, text, &s);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_EQUAL(c->sandbox, good[i].is);
		CU_ASSERT_STRING_EQUAL(c->user, "mdfd");
		conf_free(c);
	}
	CU_ASSERT_PTR_NULL(load(dir, "mdf: {operator_id: A, element_id: A, sandbox: yes, user: \"\"}\ntls: {certificate: c, key: k, ca: a}\n", &s));
	CU_ASSERT(said(&s, "mdfd.yaml:1: mdf.sandbox: must be one of: wanted, required, off"));
	CU_ASSERT(said(&s, "mdfd.yaml:1: mdf.user: has no value"));
	folder_remove(dir);
}

/* HO-ENC-007: 1 and 16 octets are kept as they are, 0 and 17 are refused. */
static void identifiers(void)
{
	char *dir = folder_new(), text[256], id[18];
	struct said s;

	for (size_t n = 0; n <= 17; n++) {
		struct conf *c;

		memset(id, 'A', n);
		id[n] = 0;
		snprintf(text, sizeof(text), "mdf: {operator_id: \"%s\", element_id: \"%s\"}\ntls: {certificate: c, key: k, ca: a}\n", id,
			 id);
		c = load(dir, text, &s);
		CU_ASSERT_EQUAL(c != NULL, n >= 1 && n <= 16);
		CU_ASSERT(!c || (strcmp(c->operator_id, id) == 0 && strcmp(c->element_id, id) == 0));
		conf_free(c);
	}
	folder_remove(dir);
}

static void releases(void)
{
	static const struct { const char *text; int release, version; } v[] = {
		{ "r19", 19, 3 }, { "r19v3", 19, 3 }, { "r19v12", 19, 12 }, { "r16v5", 16, 5 }, { "r15v1", 15, 1 }, { "r14v1", 0, 0 },
		{ "r20v1", 0, 0 }, { "19", 0, 0 }, { "r19v", 0, 0 }, { "r19v0", 0, 0 }, { "r19v3x", 0, 0 }, { "r19v123", 0, 0 },
		{ "r+9", 0, 0 }, { "r 19", 0, 0 }, { "r", 0, 0 },
	};
	char *dir = folder_new(), text[256];
	struct said s;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct conf *c;

		snprintf(text, sizeof(text), "mdf: {operator_id: a, element_id: b, ts33128_release: %s}\n"
			 "tls: {certificate: c, key: k, ca: a}\n", v[i].text);
		c = load(dir, text, &s);
		CU_ASSERT_EQUAL(c != NULL, v[i].release != 0);
		CU_ASSERT(!c || (c->release == v[i].release && c->version == v[i].version));
		conf_free(c);
	}
	folder_remove(dir);
}

static void not_there(void)
{
	struct said s = { .n = 0 };

	CU_ASSERT_PTR_NULL(conf_load("/nonexistent/mdfd.yaml", said_add, &s));
	CU_ASSERT(said(&s, "/nonexistent/mdfd.yaml: cannot be read: No such file"));
	s.n = 0;
	CU_ASSERT_PTR_NULL(conf_load("/", said_add, &s));
	CU_ASSERT_EQUAL(s.n, 1);
	conf_free(NULL);
}

UNIT_MAIN("conf", UNIT(example), UNIT(spool), UNIT(defaults), UNIT(every_fault), UNIT(doors), UNIT(sandbox_and_user), UNIT(identifiers), UNIT(releases), UNIT(not_there))
